"""PubMed's ready-made filters and flags: searches written out as NLM publishes them, and facts read off the record.

Sources: PubMed User Guide, "Filters" and "Clinical Queries" (https://pubmed.ncbi.nlm.nih.gov/help/#clinical-study-categories);
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
    "therapy narrow": """("randomized controlled trial"[pt]
        OR (randomized[tiab] AND controlled[tiab] AND trial[tiab]))""",
    "therapy broad": """((clinical[tiab] AND trial[tiab]) OR "clinical trials as topic"[mh] OR "clinical trial"[pt]
        OR random*[tiab] OR "random allocation"[mh] OR "therapeutic use"[sh])""",
    "humans": "humans[mh]",
    "animals": "animals[mh:noexp]",
    "other animals": "animals[mh:noexp]",
    "female": "female[mh]",
    "male": "male[mh]",
}


def _status(*names: str) -> Test:
    return lambda citation: citation.citation_status in names


#: Filters that are a fact of the record.
FACTS: dict[str, Test] = {
    "all": lambda _: True,
    "medline": _status("MEDLINE"),
    "inprocess": _status("In-Process", "In-Data-Review"),
    "in process": _status("In-Process", "In-Data-Review"),
    "publisher": _status("Publisher"),
    "pubmednotmedline": _status("PubMed-not-MEDLINE"),
    "oldmedline": _status("OLDMEDLINE"),
    "pubmed books": lambda citation: citation.journal.is_book,
    "pubmed pmc": lambda citation: citation.pmcid is not None,
    # A record names free full text only where PubMed Central holds it.
    "free full text": lambda citation: citation.pmcid is not None,
    "full text": lambda citation: citation.pmcid is not None or citation.doi is not None,
    "data": lambda citation: citation.has_notice("AssociatedDataset") or bool(citation.registrations),
    "preprint": lambda citation: citation.is_preprint,
}


def fact(name: str) -> Test | None:
    """The test for [sb] and [filter] names that are facts of the record; None for a name unknown here."""
    return FACTS.get(plain(name)) or flag(name)


def search(name: str) -> str | None:
    """The search that a filter stands for, None when it stands for none."""
    return SEARCHES.get(plain(name))


def flag(word: str) -> Test | None:
    """The test for a bare word such as hasabstract or haserratumin; None when the word is no flag."""
    return _FLAGS.get(word.casefold()) or _stated(word.casefold())


def _has_notice(ref_type: str) -> Test:
    return lambda citation: citation.has_notice(ref_type)


_FLAGS: dict[str, Test] = {
    "hasabstract": lambda citation: bool(citation.abstract),
    "hasstructuredabstract": lambda citation: any(section.label for section in citation.abstract),
    **{f"has{ref_type.casefold()}": _has_notice(ref_type) for ref_type in NOTICE_KINDS},
}


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
    if plain(name) in FACTS:
        return plain(name)
    return name.casefold() if flag(name) else None


def facts_of(citation: Citation) -> Iterator[str]:
    """Every fact and flag that is true of a record, so that an index of records can be made of them."""
    yield from (name for name, test in (FACTS | _FLAGS).items() if test(citation))
    yield f"pubstatus{(citation.publication_status or '').casefold()}"
    yield f"indexingmethod_{(citation.indexing_method or '').casefold()}"
