"""Reads PubMed's tagged text (.nbib, the MEDLINE display format) as citations.

The fields are NLM's (https://www.nlm.nih.gov/bsd/mms/medlineelements.html). The format says less than XML: headings
of an abstract are words of its text, identifiers of substances and MeSH are missing, and so are NlmCategory and
the languages of other abstracts' parts; what it does not say stays None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import StringIO
from typing import Any

from Bio import Medline

from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Grant,
    HistoryDate,
    Identifier,
    Journal,
    MeshHeading,
    MeshQualifier,
    Notice,
    OtherAbstract,
    PubDate,
    Registration,
    squeeze,
)
from aggregator.errors import UnreadableRecord
from aggregator.pubmed.records import pub_date

#: What Bio.Medline makes of a record: tag -> its lines, or their text where the tag comes once.
Tagged = Mapping[str, Any]

#: Tag -> the RefType that the XML has for the same tie.
NOTICE_TAGS = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "CRF": "CorrectedandRepublishedFrom",
    "CRI": "CorrectedandRepublishedIn",
    "ECF": "ExpressionOfConcernFor",
    "ECI": "ExpressionOfConcernIn",
    "EFR": "ErratumFor",
    "EIN": "ErratumIn",
    "ORI": "OriginalReportIn",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RPF": "RepublishedFrom",
    "RPI": "RepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}


def read_medline(text: str) -> Iterator[Citation]:
    """The citations of MEDLINE text, one at a time.

    Raises UnreadableRecord at a record without PMID, and when there is no record at all.
    """
    blocks = [block for block in re.split(r"\n\s*\n", _unfolded(text)) if block.strip()]
    if not blocks:
        raise UnreadableRecord("PubMed records in MEDLINE format were expected, but this is empty. Choose another file")
    for block in blocks:
        record: Tagged = Medline.read(StringIO(block))  # type: ignore[no-untyped-call]  # Biopython has no types
        if not (_one(record, "PMID") or "").isdecimal():
            raise UnreadableRecord(
                f"a record in MEDLINE format with a PMID was expected, but this begins '{squeeze(block)[:80]}'. "
                "Choose another file"
            )
        yield _citation(record, _pairs(block))


def _unfolded(text: str) -> str:
    """The text with one line a field: Bio.Medline takes a folded line of most fields for another value."""
    lines = "\n".join(text.lstrip("\ufeff").splitlines())
    return re.sub(r"\n {6}[ \t]*", " ", lines)


def _pairs(block: str) -> list[tuple[str, str]]:
    return [(line[:4].rstrip(), squeeze(line[6:])) for line in block.split("\n") if line[4:5] == "-"]


def _citation(record: Tagged, pairs: list[tuple[str, str]]) -> Citation:
    identifiers = _identifiers(record)
    history = tuple(_history(_many(record, "PHST")))
    return Citation(
        pmid=_one(record, "PMID") or "",
        doi=next((each.value for each in identifiers if each.system == "doi"), None),
        pmcid=_one(record, "PMC"),
        identifiers=identifiers,
        title=_one(record, "TI") or _one(record, "BTI") or "",
        vernacular_title=_one(record, "TT"),
        abstract=_sections(_one(record, "AB")),
        other_abstracts=tuple(_other_abstracts(record)),
        copyright=_one(record, "CI"),
        authors=tuple(_authors(pairs)),
        journal=_journal(record),
        volume=_one(record, "VI"),
        issue=_one(record, "IP"),
        pages=_one(record, "PG"),
        published=pub_date(_one(record, "DP") or ""),
        e_published=_e_published(record),
        entered=_day(_one(record, "CRDT")),
        processed=_day(_one(record, "EDAT")),
        indexed=_day(_one(record, "MHDA")),
        revised=_day(_one(record, "LR")),
        completed=_day(_one(record, "DCOM")),
        history=history,
        publication_status=_one(record, "PST"),
        citation_status=_one(record, "STAT"),
        publication_types=_many(record, "PT"),
        mesh=tuple(_mesh_heading(words) for words in _many(record, "MH")),
        chemicals=tuple(_chemical(words) for words in _many(record, "RN")),
        supplementary=_many(record, "NM"),
        keywords=tuple(word.lstrip("*") for word in _many(record, "OT")),
        languages=_many(record, "LA"),
        registrations=tuple(_registrations(_many(record, "SI"))),
        grants=tuple(_grant(words) for words in _many(record, "GR")),
        coi_statement=_one(record, "COIS"),
        notices=tuple(_notices(pairs)),
    )


# --- Values of one tag ----------------------------------------------------------------------------------------


def _many(record: Tagged, tag: str) -> tuple[str, ...]:
    stated = record.get(tag, ())
    values = [stated] if isinstance(stated, str) else stated
    return tuple(words for value in values if (words := squeeze(value)))


def _one(record: Tagged, tag: str) -> str | None:
    return " ".join(_many(record, tag)) or None


def _day(words: str | None) -> date | None:
    """2020/01/14 06:00 and 20200114; None of a day that no calendar has."""
    found = re.match(r"(\d{4})/?(\d{2})/?(\d{2})", words or "")
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _e_published(record: Tagged) -> PubDate | None:
    day = _day(_one(record, "DEP"))
    return PubDate(day.year, day.month, day.day) if day else None


def _history(lines: Iterable[str]) -> Iterator[HistoryDate]:
    for line in lines:
        day, status = _day(line), re.search(r"\[([^\]]+)\]", line)
        if day and status:
            yield HistoryDate(status=status[1], day=day)


def _identifiers(record: Tagged) -> tuple[Identifier, ...]:
    stated = " ".join([*_many(record, "LID"), *_many(record, "AID")])
    found = [Identifier(system=system, value=value) for value, system in re.findall(r"(\S+) \[(\w+)\]", stated)]
    pmc = _one(record, "PMC")
    return tuple(dict.fromkeys([*found, *([Identifier(system="pmc", value=pmc)] if pmc else [])]))


def _journal(record: Tagged) -> Journal:
    issn = re.search(r"\d{4}-\d{3}[\dXx]", _one(record, "IS") or "")
    book = _one(record, "BTI")
    return Journal(
        title=book or _one(record, "JT"),
        abbreviation=_one(record, "TA"),
        issn=issn[0] if issn else None,
        nlm_id=_one(record, "JID"),
        country=_one(record, "PL"),
        is_book=book is not None,
    )


def _mesh_heading(words: str) -> MeshHeading:
    """Descriptor/qualifier/*major qualifier; "Adult", "*Ketamine/administration & dosage"."""
    descriptor, *qualifiers = words.split("/")
    return MeshHeading(
        descriptor=descriptor.lstrip("*"),
        is_major=descriptor.startswith("*"),
        qualifiers=tuple(MeshQualifier(name=name.lstrip("*"), is_major=name.startswith("*")) for name in qualifiers),
    )


def _chemical(words: str) -> Chemical:
    found = re.fullmatch(r"(\S+) \((.+)\)", words)
    return Chemical(name=found[2], registry_number=found[1]) if found else Chemical(name=words)


def _registrations(lines: Iterable[str]) -> Iterator[Registration]:
    for line in lines:
        databank, _, accession = line.partition("/")
        if accession:
            yield Registration(databank=databank, accession=accession)


def _grant(words: str) -> Grant:
    """Number/acronym/agency/country; the first two may be missing, and a number may hold a slash itself."""
    *number, agency, country = words.split("/") if "/" in words else [words, ""]
    acronym = number.pop() if len(number) > 1 and _ACRONYM.fullmatch(number[-1]) else None
    return Grant(id="/".join(number) or None, acronym=acronym, agency=agency or None, country=country or None)


#: The two letters of an institute: MH, DA, HX.
_ACRONYM = re.compile(r"[A-Z]{2}[A-Z0-9_]{0,2}")


def _notices(pairs: list[tuple[str, str]]) -> Iterator[Notice]:
    for tag, words in pairs:
        if tag in NOTICE_TAGS:
            source, _, pmid = words.partition("PMID:")
            found = re.match(r"\s*(\d+)", pmid)
            yield Notice(ref_type=NOTICE_TAGS[tag], source=source.strip() or None, pmid=found[1] if found else None)


# --- Authors --------------------------------------------------------------------------------------------------

_SUFFIX = re.compile(r" (Jr|Sr|\d(?:st|nd|rd|th)|I{2,3}|IV)\.?$")
_NEW_NAME = {"FAU": "authors", "FED": "editors", "CN": "authors"}


def _authors(pairs: list[tuple[str, str]]) -> Iterator[Author]:
    """Names in order, each with the affiliations and identifiers that follow it; Bio.Medline lists them apart."""
    full = any(tag == "FAU" for tag, _ in pairs)
    new_name = _NEW_NAME if full else {**_NEW_NAME, "AU": "authors"}
    current: list[tuple[str, str]] = []
    for tag, words in pairs:
        if tag in new_name:
            yield from _author(current)
            current = [(tag, words)]
        elif current and tag in {"AU", "ED", "AUID", "AD"}:
            current.append((tag, words))
    yield from _author(current)


def _author(lines: list[tuple[str, str]]) -> Iterator[Author]:
    if not lines:
        return
    (tag, words), stated = lines[0], dict(reversed(lines))
    named = {"collective": words} if tag == "CN" else _name(words, stated.get("AU") or stated.get("ED") or "")
    yield Author(
        **named,
        role=_NEW_NAME.get(tag, "authors"),
        identifiers=tuple(_author_identifier(value) for name, value in lines if name == "AUID"),
        affiliations=tuple(value for name, value in lines if name == "AD"),
    )


def _name(full: str, short: str) -> dict[str, str | None]:
    """The parts of "Aster, Ada B Jr" and "Aster AB Jr"; a name without a comma has no full form."""
    suffix = _SUFFIX.search(short) or _SUFFIX.search(full)
    short, full = _SUFFIX.sub("", short or full), _SUFFIX.sub("", full)
    last, _, fore = full.partition(", ")
    if not fore and " " in short:
        last = short.rpartition(" ")[0] if full == short else last
    return {
        "last_name": last,
        "fore_name": fore or None,
        "initials": short.removeprefix(last).strip() or None,
        "suffix": suffix[1] if suffix else None,
    }


def _author_identifier(words: str) -> Identifier:
    system, separator, value = words.partition(": ")
    return Identifier(system=system, value=value) if separator else Identifier(system="", value=words)


# --- Abstracts ------------------------------------------------------------------------------------------------

#: Words of which one stands in every heading that NLM writes into the text of a structured abstract.
_HEADING_WORDS = (
    "AIM|AIMS|BACKGROUND|CASE|CONCLUSION|CONCLUSIONS|CONTEXT|DATA|DESIGN|DISCUSSION|EVIDENCE|FINDINGS|FUNDING|GOAL|"
    "HYPOTHESIS|IMPLICATIONS|IMPORTANCE|INTERPRETATION|INTERVENTION|INTERVENTIONS|INTRODUCTION|LIMITATIONS|MEASURE|"
    "MEASURES|MEASUREMENTS|METHOD|METHODS|METHODOLOGY|OBJECTIVE|OBJECTIVES|OUTCOME|OUTCOMES|PARTICIPANTS|PATIENTS|"
    "PURPOSE|RATIONALE|REGISTRATION|RELEVANCE|RESULT|RESULTS|SETTING|SIGNIFICANCE|SUBJECTS|SUMMARY"
)
_CAPITALS = r"[A-Z][A-Z0-9 /&,()'\u2019-]{0,80}"
_HEADING = re.compile(
    rf"(?:^|(?<=[.!?)\]%] ))(?=[^a-z:]*\b(?:{_HEADING_WORDS})\b)({_CAPITALS}): ",
)


def _sections(text: str | None) -> tuple[AbstractSection, ...]:
    """The parts of an abstract that begins with a heading and has another; else the whole as one part."""
    if not text:
        return ()
    headings = list(_HEADING.finditer(text))
    if len(headings) < 2 or headings[0].start() != 0:
        return (AbstractSection(text=text),)
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    return tuple(
        AbstractSection(label=heading[1], text=text[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    )


def _other_abstracts(record: Tagged) -> Iterator[OtherAbstract]:
    languages = _many(record, "OABL")
    for number, words in enumerate(_many(record, "OAB")):
        kind = re.match(r"Publisher: |plain-language-summary: ", words)
        text = words[kind.end() :] if kind else words
        yield OtherAbstract(
            kind=kind[0].removesuffix(": ") if kind else None,
            language=languages[number] if number < len(languages) else None,
            sections=_sections(text),
        )
