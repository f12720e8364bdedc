"""PubMed's ready-made filters and flags: searches written out as NLM publishes them, and facts read off the record.

Sources: PubMed User Guide, "Filter search strategies" and "Clinical Queries filters"
(https://pubmed.ncbi.nlm.nih.gov/help/#filter-strategies);
systematic[sb]: https://www.nlm.nih.gov/bsd/pubmed_subsets/sysreviews_strategy.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from aggregator.citation import NOTICE_KINDS, Citation
from aggregator.pubmed.words import plain

Test = Callable[[Citation], bool]

#: Filters that stand for a search.
SEARCHES = {
    "systematic": """(
        ((("systematic review"[ti] OR "systematic literature review"[ti] OR "systematic scoping review"[ti]
           OR "systematic narrative review"[ti] OR "systematic qualitative review"[ti]
           OR "systematic evidence review"[ti] OR "systematic quantitative review"[ti]
           OR "systematic meta-review"[ti] OR "systematic critical review"[ti] OR "systematic mixed studies review"[ti]
           OR "systematic mapping review"[ti] OR "systematic cochrane review"[ti]
           OR "systematic search and review"[ti] OR "systematic integrative review"[ti])
          NOT comment[pt] NOT (protocol[ti] OR protocols[ti])) NOT medline[sb])
        OR ("Cochrane Database Syst Rev"[ta] AND review[pt])
        OR "systematic review"[pt])""",
    "therapynarrow": """("randomized controlled trial"[pt]
        OR (randomized[tiab] AND controlled[tiab] AND trial[tiab]))""",
    "therapybroad": """((clinical[tiab] AND trial[tiab]) OR "clinical trials as topic"[mh] OR "clinical trial"[pt]
        OR random*[tiab] OR "random allocation"[mh] OR "therapeutic use"[sh])""",
    # What the filters beside the results are, and what PubMed calls them in its search details.
    "y1": '"last year"[dp]',
    "y5": '"last 5 years"[dp]',
    "y10": '"last 10 years"[dp]',
    "humans": "humans[mh]",
    "animal": "animals[mh:noexp]",
    "animals": "animals[mh:noexp]",
    "otheranimals": "animals[mh:noexp]",
    "female": "female[mh]",
    "male": "male[mh]",
    "allchild": "infant[mh] OR child[mh] OR adolescent[mh]",
    "newborn": '"infant, newborn"[mh]',
    "allinfant": "infant[mh]",
    "infant": "infant[mh:noexp]",
    "preschoolchild": '"child, preschool"[mh]',
    "child": "child[mh:noexp]",
    "adolescent": "adolescent[mh]",
    "alladult": "adult[mh]",
    "youngadult": '"young adult"[mh]',
    "adult": "adult[mh:noexp]",
    "middleagedaged": '"middle aged"[mh] OR aged[mh]',
    "middleaged": '"middle aged"[mh]',
    "aged": "aged[mh]",
    "80andover": '"aged, 80 and over"[mh]',
    "excludepreprints": "all[sb] NOT preprint[pt]",
    "booksdocs": '"pubmed books"[sb]',
    "clinicaltrial": '"clinical trial"[pt]',
    "metaanalysis": "meta-analysis[pt]",
    "randomizedcontrolledtrial": '"randomized controlled trial"[pt]',
    "review": "review[pt]",
    "english": "english[la]",
}
SEARCHES["systematicreview"] = SEARCHES["systematic"]


def _status(*names: str) -> Test:
    return lambda citation: citation.citation_status in names


#: Filters that are a fact of the record.
FACTS: dict[str, Test] = {
    "all": lambda _: True,
    "medline": _status("MEDLINE"),
    "inprocess": _status("In-Process", "In-Data-Review"),
    "publisher": _status("Publisher"),
    "pubmednotmedline": _status("PubMed-not-MEDLINE"),
    "oldmedline": _status("OLDMEDLINE"),
    "pubmedbooks": lambda citation: citation.journal.is_book,
    "pubmedpmc": lambda citation: citation.pmcid is not None,
    "freefulltext": lambda citation: citation.pmcid is not None,
    "fulltext": lambda citation: citation.pmcid is not None or citation.doi is not None,
    "data": lambda citation: citation.has_notice("AssociatedDataset") or bool(citation.registrations),
    "preprint": lambda citation: citation.is_preprint,
    "fha": lambda citation: bool(citation.abstract),
}
FACTS |= {"ffrft": FACTS["freefulltext"], "fft": FACTS["fulltext"]}

#: Facts that PubMed reads off more than the record, with what this library has to go by.
APPROXIMATE = {
    **dict.fromkeys(("freefulltext", "ffrft"), "free full text is known here only where PubMed Central holds it"),
    **dict.fromkeys(
        ("fulltext", "fft"), "a full text is taken to exist where the record has a DOI or is in PubMed Central"
    ),
    "data": "associated data are taken from the record's notices and registrations",
}


def fact(name: str) -> Test | None:
    """The test for [sb] and [filter] names that are facts of the record; None for a name unknown here."""
    return FACTS.get(key(name)) or flag(name)


def search(name: str) -> str | None:
    """The search that a filter stands for, None when it stands for none."""
    return SEARCHES.get(key(name))


def key(name: str) -> str:
    """A filter's name as the tables have it: PubMed writes free full text[sb] and Therapy/Narrow[filter]."""
    return plain(name).replace(" ", "")


def is_known_to_pubmed_only(word: str) -> bool:
    """Whether a bare word is a flag of PubMed's that no record states, such as ownernasa."""
    return word.casefold() in _PUBMED_ONLY


def flag(word: str) -> Test | None:
    """The test for a bare word such as hasabstract or haserratumin; None when the word is no flag."""
    return _FLAGS.get(word.casefold()) or _stated(word.casefold())


def _has_notice(ref_type: str) -> Test:
    return lambda citation: citation.has_notice(ref_type)


_FLAGS: dict[str, Test] = {
    "hasabstract": lambda citation: bool(citation.abstract),
    "hasstructuredabstract": lambda citation: any(section.label for section in citation.abstract),
    "haskeyword": lambda citation: bool(citation.keywords),
    "hasdatabanklist": lambda citation: bool(citation.registrations),
    "hascois": lambda citation: bool(citation.coi_statement),
    **dict.fromkeys(("pmcbook", "pmcbooktitle", "pmcbookchapter"), lambda citation: citation.journal.is_book),
    **{f"has{ref_type.casefold()}": _has_notice(ref_type) for ref_type in NOTICE_KINDS},
    # NLM drops the "and" from these two.
    "hascorrectedrepublishedin": _has_notice("CorrectedandRepublishedIn"),
    "hascorrectedrepublishedfrom": _has_notice("CorrectedandRepublishedFrom"),
}
_PUBMED_ONLY = frozenset(
    ("hasnihmsid", *(f"owner{owner}" for owner in ("nlm", "nasa", "pip", "kie", "hsr", "hmd", "notnlm")))
)


def _stated(word: str) -> Test | None:
    """pubstatusaheadofprint, indexingmethod_automated: a name and the value that the record must state."""
    found = re.fullmatch(r"(pubstatus|indexingmethod_)([a-z]+)", word)
    if not found:
        return None
    name, value = found.groups()
    if name == "pubstatus":
        return lambda citation: (citation.publication_status or "").casefold() == value
    return lambda citation: (citation.indexing_method or "").casefold() == value


def fact_key(name: str) -> str | None:
    """The name under which `facts_of` tells a fact or flag, however it was typed; None for what is unknown here."""
    if key(name) in FACTS:
        return key(name)
    return name.casefold() if flag(name) else None


def facts_of(citation: Citation) -> Iterator[str]:
    """Every fact and flag that is true of a record, so that an index of records can be made of them."""
    yield from (name for name, test in (FACTS | _FLAGS).items() if test(citation))
    yield f"pubstatus{(citation.publication_status or '').casefold()}"
    yield f"indexingmethod_{(citation.indexing_method or '').casefold()}"
