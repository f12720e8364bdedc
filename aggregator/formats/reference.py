"""What every reference manager wants to know of a citation, in the field's usual terms."""

from __future__ import annotations

import re

from aggregator.citation import Author, Citation

_RANGE = re.compile(
    r"(?P<prefix>\D*)(?P<first>\d+)(?P<suffix>\D*?)\s*[-\u2010-\u2015]\s*(?P<last_prefix>\D*)(?P<last>\d+)(?P<last_suffix>\D*)"
)

#: What befell a publication, worst first: whoever cites it must know.
_STANDING = (
    ("is_retracted", "Retracted publication", ("RetractionIn",)),
    ("has_concern", "Expression of concern", ("ExpressionOfConcernIn",)),
    ("is_corrected", "Corrected", ("ErratumIn", "CorrectedandRepublishedIn")),
    ("is_preprint", "Preprint, not peer reviewed", ()),
)


def people(citation: Citation, role: str = "authors") -> tuple[Author, ...]:
    """The persons and groups to be cited; names that NLM marks as misprinted are left out."""
    return tuple(author for author in citation.authors if author.role == role and author.is_valid and author.name)


def given_name(author: Author) -> str:
    return author.fore_name or author.initials or ""


def page_range(pages: str | None) -> tuple[str | None, str | None]:
    """First and last page, the last written out where NLM abbreviates it: "123-8" is 123 and 128.

    Anything that is not one plain range is the first page, as it stands.
    """
    found = _RANGE.fullmatch(pages.strip()) if pages else None
    if not found:
        return (pages.strip() or None, None) if pages else (None, None)
    first, last = found["first"], found["last"]
    if len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    ending = (found["last_prefix"] or found["prefix"]) + last + found["last_suffix"]
    return found["prefix"] + first + found["suffix"], ending


def standing(citation: Citation) -> tuple[str, ...]:
    """What whoever cites it must know, each with the notice's PMID: "Retracted publication (notice: PMID 90000009)"."""
    return tuple(
        words + _notice_of(citation, ref_types) for claim, words, ref_types in _STANDING if getattr(citation, claim)
    )


def _notice_of(citation: Citation, ref_types: tuple[str, ...]) -> str:
    pmids = [notice.pmid for notice in citation.notices if notice.ref_type in ref_types and notice.pmid]
    return f" (notice: PMID {', '.join(pmids)})" if pmids else ""
