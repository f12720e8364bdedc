"""The MEDLINE text that PubMed itself exports (.nbib), abstracts included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap

from aggregator.citation import Author, Citation, Grant, MeshHeading, Notice, PubDate, squeeze
from aggregator.dates import MONTHS
from aggregator.formats.reference import given_name
from aggregator.study import Study

#: Where PubMed breaks its lines.
_WIDTH = 88

#: Only these are broken: Bio.Medline, for one, takes a continued line of any other tag for another value.
_WRAPPED = frozenset({"AB", "AD", "JT", "MH", "SO", "TI", "TT"})

#: NLM's RefType as the tag of the display format.
_NOTICE_TAGS = {
    "CommentIn": "CIN",
    "CommentOn": "CON",
    "CorrectedandRepublishedFrom": "CRF",
    "CorrectedandRepublishedIn": "CRI",
    "ErratumFor": "EFR",
    "ErratumIn": "EIN",
    "ExpressionOfConcernFor": "ECF",
    "ExpressionOfConcernIn": "ECI",
    "OriginalReportIn": "ORI",
    "RepublishedFrom": "RPF",
    "RepublishedIn": "RPI",
    "RetractedandRepublishedFrom": "RRF",
    "RetractedandRepublishedIn": "RRI",
    "RetractionIn": "RIN",
    "RetractionOf": "ROF",
    "SummaryForPatientsIn": "SPIN",
    "UpdateIn": "UIN",
    "UpdateOf": "UOF",
}


def write(studies: Sequence[Study]) -> str:
    """The studies in PubMed's display format: a tag in four columns, continued lines indented by six.

    Source: https://www.nlm.nih.gov/bsd/mms/medlineelements.html. What a Citation does not hold (OWN, SB, the hour of
    CRDT) is left out, not made up.
    """
    return "\n".join(_record(study.citation) for study in studies)


def _record(citation: Citation) -> str:
    return "".join(_line(tag, squeeze(value)) for tag, value in _fields(citation) if value and squeeze(value))


def _line(tag: str, value: str) -> str:
    if tag not in _WRAPPED:
        return f"{tag:<4}- {value}\n"
    lines = wrap(value, _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return f"{tag:<4}- " + "\n      ".join(lines) + "\n"


def _fields(citation: Citation) -> Iterator[tuple[str, str | None]]:
    yield "PMID", citation.pmid
    yield "STAT", citation.citation_status
    yield "DCOM", _compact(citation.completed)
    yield "LR", _compact(citation.revised)
    yield "IS", citation.journal.issn
    yield "VI", citation.volume
    yield "IP", citation.issue
    yield "DP", _publication_date(citation.published)
    yield "TI", citation.title
    yield "PG", citation.pages
    yield "LID", f"{citation.doi} [doi]" if citation.doi else None
    yield from _abstracts(citation)
    yield from _people(citation)
    yield from (("LA", language) for language in citation.languages)
    yield from (("SI", f"{entry.databank}/{entry.accession}") for entry in citation.registrations)
    yield from (("GR", _grant(grant)) for grant in citation.grants)
    yield from (("PT", kind) for kind in citation.publication_types)
    yield "TT", citation.vernacular_title
    yield "DEP", _electronic_date(citation.e_published)
    yield from _journal(citation)
    yield from (("RN", f"{entry.registry_number or 0} ({entry.name})") for entry in citation.chemicals)
    yield from (("NM", concept) for concept in citation.supplementary)
    yield from (
        (_NOTICE_TAGS[entry.ref_type], _notice(entry)) for entry in citation.notices if entry.ref_type in _NOTICE_TAGS
    )
    yield from (("MH", _heading(heading)) for heading in citation.mesh)
    yield "PMC", citation.pmcid
    yield from (("OT", keyword) for keyword in citation.keywords)
    yield "COIS", citation.coi_statement
    yield from _history(citation)
    yield from (("AID", f"{entry.value} [{entry.system}]") for entry in citation.identifiers)
    yield "PST", citation.publication_status
    yield "SO", _source(citation)


def _abstracts(citation: Citation) -> Iterator[tuple[str, str | None]]:
    yield "AB", citation.abstract_text
    yield "CI", citation.copyright
    for other in citation.other_abstracts:
        yield "OAB", " ".join(f"{part.label}: {part.text}" if part.label else part.text for part in other.sections)
        yield "OABL", other.language


def _people(citation: Citation) -> Iterator[tuple[str, str | None]]:
    for author in citation.authors:
        # PubMed too shows the corrected name only, which stands beside the misprinted one.
        if not author.is_valid:
            continue
        is_editor = author.role == "editors"
        if author.collective:
            yield "CN", author.collective
        else:
            yield "FED" if is_editor else "FAU", _full_name(author)
            yield "ED" if is_editor else "AU", author.name
        yield from (("AUID", f"{identifier.system}: {identifier.value}") for identifier in author.identifiers)
        yield from (("AD", affiliation) for affiliation in author.affiliations)


def _full_name(author: Author) -> str:
    """Last, First Suffix, as PubMed has it."""
    given = " ".join(part for part in (given_name(author), author.suffix) if part)
    return ", ".join(part for part in (author.last_name, given) if part)


def _journal(citation: Citation) -> Iterator[tuple[str, str | None]]:
    journal = citation.journal
    yield "PL", journal.country
    yield "TA", journal.abbreviation
    yield "BTI" if journal.is_book else "JT", journal.title
    yield "JID", journal.nlm_id


def _history(citation: Citation) -> Iterator[tuple[str, str | None]]:
    yield "EDAT", _slashed(citation.processed)
    yield "MHDA", _slashed(citation.indexed)
    yield "CRDT", _slashed(citation.entered)
    yield from (("PHST", f"{_slashed(entry.day)} [{entry.status}]") for entry in citation.history)


def _compact(day: date | None) -> str | None:
    return f"{day:%Y%m%d}" if day else None


def _slashed(day: date | None) -> str | None:
    return f"{day:%Y/%m/%d}" if day else None


def _publication_date(published: PubDate) -> str | None:
    """2026 Mar 14, as far as it is known; the record's own words where it has more to say."""
    if published.stated or published.year is None:
        return published.stated
    words = [str(published.year)]
    if published.month:
        words.append(MONTHS[published.month - 1])
        if published.day:
            words.append(str(published.day))
    return " ".join(words)


def _electronic_date(day: PubDate | None) -> str | None:
    return (day.iso or "").replace("-", "") if day else None


def _grant(grant: Grant) -> str:
    return "/".join(part for part in (grant.id, grant.acronym, grant.agency, grant.country) if part)


def _notice(notice: Notice) -> str:
    return " ".join(part for part in (notice.source, f"PMID: {notice.pmid}" if notice.pmid else None) if part)


def _heading(heading: MeshHeading) -> str:
    """*Ketamine/administration & dosage/*therapeutic use: an asterisk before what is a main point."""
    parts = [(heading.descriptor, heading.is_major)]
    parts += [(qualifier.name, qualifier.is_major) for qualifier in heading.qualifiers]
    return "/".join(f"*{name}" if is_major else name for name, is_major in parts)


def _source(citation: Citation) -> str | None:
    """Short J Title. 2026 Mar;12(3):123-8. doi: 10.1000/x."""
    journal = citation.journal.abbreviation or citation.journal.title
    if not journal:
        return None
    place = citation.volume or ""
    place += f"({citation.issue})" if citation.issue else ""
    place += f":{citation.pages}" if citation.pages else ""
    published = _publication_date(citation.published) or ""
    parts = (
        journal,
        ";".join(part for part in (published, place) if part),
        f"doi: {citation.doi}" if citation.doi else "",
    )
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
