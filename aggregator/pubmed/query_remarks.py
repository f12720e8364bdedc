"""What this library reads plainly where PubMed would do more: said beside the answer, never guessed.

PubMed maps words without a tag to headings, spellings, journals and authors, or matches them to one citation; it knows
entry terms and other names of headings, substances and journals (https://pubmed.ncbi.nlm.nih.gov/help/#automatic-term-mapping).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aggregator.pubmed import mesh, query_filters
from aggregator.pubmed.query_index import is_language
from aggregator.pubmed.query_parser import Reading, read
from aggregator.pubmed.query_tree import Term, terms
from aggregator.pubmed.words import STOP_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One way in which the answer may differ from PubMed's."""

    message: str
    #: Characters of the query, from 0.
    start: int
    end: int


def remarks(query: str | Reading) -> tuple[Remark, ...]:
    """Every part of a query that is searched here otherwise than PubMed would search it, in the order of writing.

    Raises QuerySyntaxError for what cannot be read at all. A part that no record can answer is no remark:
    `language.compile_query` refuses it.
    """
    reading = read(query) if isinstance(query, str) else query
    leaves = [leaf for leaf in terms(reading.node) if isinstance(leaf, Term)]
    mapped = sorted((*filter(_is_mapped, leaves), *reading.left_out), key=lambda leaf: leaf.start)
    found = [*map(_unmapped, _runs(mapped)), *filter(None, map(_remark, leaves))]
    return tuple(sorted(found, key=lambda remark: remark.start))


def _runs(words: Iterable[Term]) -> Iterator[list[Term]]:
    """Words that stand side by side, which PubMed maps together."""
    run: list[Term] = []
    for word in words:
        if run and word.start > run[-1].end + 1:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _unmapped(run: Sequence[Term]) -> Remark:
    searched = [word.text for word in run if word.text not in STOP_WORDS] or [run[0].text]
    left_out = [word.text for word in run if word.text not in searched]
    message = (
        f"'{' '.join(word.text for word in run)}' has no field tag: searched in All Fields as it stands"
        + (f", without {', '.join(left_out)}, which PubMed leaves out too" if left_out else "")
        + "; PubMed would map it to headings, spellings and names, or match a citation; "
        + f"tag it, as in {searched[0]}[tiab]"
    )
    return Remark(message=message, start=run[0].start, end=run[-1].end)


def _is_mapped(leaf: Term) -> bool:
    """Quotes and truncation turn the mapping off, a PMID and a flag such as hasabstract need none."""
    return (
        leaf.field.name == "All Fields"
        and not leaf.is_quoted
        and not leaf.is_truncated
        and not leaf.text.isdigit()
        and query_filters.flag(leaf.text) is None
    )


def _remark(leaf: Term) -> Remark | None:
    explain = _EXPLAINED.get(leaf.field.name)
    message = explain(leaf) if explain else None
    return Remark(message=message, start=leaf.start, end=leaf.end) if message else None


def _heading(leaf: Term) -> str | None:
    if leaf.is_truncated or mesh.is_heading(leaf.text):
        return _subheading_of(leaf)
    return (
        f"'{leaf.text}' is not among the MeSH headings known here: it finds itself, no narrower ones and no other "
        f"names; make sure of its spelling in https://meshb.nlm.nih.gov"
    )


def _subheading_of(leaf: Term) -> str | None:
    if leaf.subheading is None or mesh.is_subheading(leaf.subheading):
        return None
    return f"MeSH has no subheading '{leaf.subheading}'; see https://www.nlm.nih.gov/mesh/qualifiers_scopenotes.html"


def _subheading(leaf: Term) -> str | None:
    if leaf.is_truncated or mesh.is_subheading(leaf.text):
        return None
    return f"MeSH has no subheading '{leaf.text}'; see https://www.nlm.nih.gov/mesh/qualifiers_scopenotes.html"


def _publication_type(leaf: Term) -> str | None:
    if leaf.is_truncated or mesh.is_publication_type(leaf.text):
        return None
    return f"PubMed has no publication type '{leaf.text}'; see https://pubmed.ncbi.nlm.nih.gov/help/#publication-types"


def _substance(leaf: Term) -> str | None:
    if leaf.is_quoted or leaf.is_truncated:
        return None
    return f"'{leaf.text}' is compared with the substances' names as they stand; PubMed would add its synonyms"


def _journal(leaf: Term) -> str | None:
    if leaf.is_quoted or leaf.is_truncated:
        return None
    return f"'{leaf.text}' is compared with the record's own title, abbreviation and numbers; PubMed knows other names"


def _language(leaf: Term) -> str | None:
    if leaf.is_truncated or is_language(leaf.text):
        return None
    return f"PubMed has no language '{leaf.text}'; write its name, or three letters such as eng"


def _filter(leaf: Term) -> str | None:
    return query_filters.APPROXIMATE.get(query_filters.key(leaf.text))


def _abstract(_: Term) -> str:
    return "NLM's list of field tags has no [ab]: here it is the abstract alone, in PubMed write [tiab]"


_EXPLAINED: dict[str, Callable[[Term], str | None]] = {
    "MeSH Terms": _heading,
    "MeSH Major Topic": _heading,
    "MeSH Subheading": _subheading,
    "Publication Type": _publication_type,
    "Supplementary Concept": _substance,
    "Journal": _journal,
    "Language": _language,
    "Filter": _filter,
    "Abstract": _abstract,
}
