"""RIS for reference managers (Zotero, EndNote, Mendeley), abstracts included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.citation import Author, Citation, PubDate, squeeze
from aggregator.formats.reference import given_name, page_range, people, standing
from aggregator.study import Study


def write(studies: Sequence[Study], *, abstracts: bool = True) -> str:
    """The studies as RIS: two-letter tags, one line each ended by CR LF, a record ended by ER.

    Source: Research Information Systems, "RIS Format Specifications" (2001, 2011).
    """
    return "".join(_record(study.citation, abstracts=abstracts) for study in studies)


def _record(citation: Citation, *, abstracts: bool) -> str:
    lines = [
        f"{tag}  - {words}\r\n"
        for tag, value in _fields(citation)
        if value and (abstracts or tag != "AB") and (words := squeeze(value))
    ]
    return "".join(lines) + "ER  - \r\n\r\n"


def _fields(citation: Citation) -> Iterator[tuple[str, str | None]]:
    journal = citation.journal
    yield "TY", "CHAP" if journal.is_book else "JOUR"
    yield from (("AU", _name(author)) for author in people(citation))
    yield from (("A2", _name(editor)) for editor in people(citation, "editors"))
    yield "TI", citation.title
    yield "TT", citation.vernacular_title
    yield "T2", journal.name
    yield "JO" if not journal.is_book else "J2", journal.abbreviation
    yield "PY", str(citation.published.year or "")
    yield "DA", _date(citation.published)
    yield "VL", citation.volume
    yield "IS", citation.issue
    yield from zip(("SP", "EP"), page_range(citation.pages), strict=True)
    yield "SN", journal.issn
    yield "DO", citation.doi
    yield "AN", citation.pmid
    yield "C2", citation.pmcid
    yield "LA", "; ".join(citation.languages)
    yield "M3", "; ".join(citation.publication_types)
    yield from (("N1", words) for words in standing(citation))
    yield "AB", citation.abstract_text
    headings = [heading.descriptor for heading in citation.mesh]
    yield from (("KW", word) for word in dict.fromkeys([*citation.keywords, *headings]))
    yield "UR", citation.url
    yield "DB", "PubMed"


def _name(author: Author) -> str:
    """Last, First, Suffix; a group as it stands."""
    if author.collective:
        return author.collective
    return ", ".join(part for part in (author.last_name, given_name(author), author.suffix) if part)


def _date(published: PubDate) -> str:
    """YYYY/MM/DD/other with what is not known left blank."""
    if published.year is None:
        return ""
    month = f"{published.month:02d}" if published.month else ""
    day = f"{published.day:02d}" if published.month and published.day else ""
    return f"{published.year:04d}/{month}/{day}/{published.stated or ''}"
