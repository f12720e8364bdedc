"""One citation laid out for searching: the words of each field, cut once and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from aggregator.citation import Author, Citation, MeshHeading, PubDate
from aggregator.pubmed.words import plain

#: Stands between two passages, so that no phrase runs from one into the next.
_BREAK = "\n"

Headings = tuple[tuple[str, bool, tuple[tuple[str, bool], ...]], ...]


class Index:
    """A citation with the words of its fields, each field cut when it is first asked for."""

    __slots__ = ("_headings", "_plain", "_texts", "_values", "_vocabularies", "citation")

    def __init__(self, citation: Citation) -> None:
        self.citation = citation
        self._plain: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._vocabularies: dict[str, frozenset[str]] = {}
        self._values: dict[str, frozenset[str]] = {}
        self._headings: Headings | None = None

    def passages(self, field: str) -> tuple[str, ...]:
        """The running texts of a field as the record has them."""
        return tuple(passage for passage in _PASSAGES[field](self.citation) if passage)

    def stated(self, field: str) -> tuple[str, ...]:
        """The values of a list field or of names as the record has them."""
        return tuple(value for value in _VALUES[field](self.citation) if value)

    def text(self, field: str) -> str:
        """The plain words of a field, with a space before and behind each passage and line breaks between."""
        if field not in self._texts:
            self._texts[field] = f" {f' {_BREAK} '.join(map(self.plain, self.passages(field)))} "
        return self._texts[field]

    def plain(self, passage: str) -> str:
        """A passage of this citation as plain words; most stand in several fields and are cut once."""
        if passage not in self._plain:
            self._plain[passage] = plain(passage)
        return self._plain[passage]

    def vocabulary(self, field: str) -> frozenset[str]:
        """The different words of a field."""
        if field not in self._vocabularies:
            self._vocabularies[field] = frozenset(self.text(field).split())
        return self._vocabularies[field]

    def values(self, field: str) -> frozenset[str]:
        """The values of a list field or of names, each as plain words."""
        if field not in self._values:
            self._values[field] = frozenset(map(self.plain, self.stated(field)))
        return self._values[field]

    def single_dates(self) -> tuple[date, ...]:
        """The days that a search for one publication date finds; an electronic one after print, only a range finds.

        https://pubmed.ncbi.nlm.nih.gov/help/#dp
        """
        printed, electronic = first_day(self.citation.published), first_day(self.citation.e_published)
        if printed and electronic and electronic > printed:
            return (printed,)
        return tuple(day for day in (printed, electronic) if day is not None)

    def headings(self) -> Headings:
        """The MeSH headings as plain words: (descriptor, is major, ((subheading, is major), ...))."""
        if self._headings is None:
            self._headings = tuple(map(heading_of, self.citation.mesh))
        return self._headings

    def dates(self, field: str) -> tuple[date, ...]:
        """The days that a date field holds."""
        return tuple(day for day in _DATES[field](self.citation) if day is not None)


def heading_of(heading: MeshHeading) -> tuple[str, bool, tuple[tuple[str, bool], ...]]:
    """A heading as plain words: (descriptor, is major, ((subheading, is major), ...))."""
    qualifiers = tuple((plain(qualifier.name), qualifier.is_major) for qualifier in heading.qualifiers)
    # Before 2010 the star mostly stood on the qualifier; either makes the heading a major topic.
    is_major = heading.is_major or any(major for _, major in qualifiers)
    return plain(heading.descriptor), is_major, qualifiers


def _title(citation: Citation) -> Iterator[str | None]:
    yield citation.title
    if citation.journal.is_book:
        yield citation.journal.title


def _abstracts(citation: Citation) -> Iterator[str | None]:
    sections = list(citation.abstract)
    for other in citation.other_abstracts:
        sections += other.sections
    for section in sections:
        yield section.label
        yield section.text


def _title_abstract(citation: Citation) -> Iterator[str | None]:
    """NLM counts the authors' own keywords to [tiab]."""
    yield from _title(citation)
    yield from _abstracts(citation)
    yield from citation.keywords


def _text_words(citation: Citation) -> Iterator[str | None]:
    yield from _title_abstract(citation)
    for heading in citation.mesh:
        yield heading.descriptor
        yield from (qualifier.name for qualifier in heading.qualifiers)
    yield from citation.publication_types
    yield from _substances(citation)
    yield from (author.collective for author in citation.authors)
    yield from _registrations(citation)
    yield from (notice.note for notice in citation.notices)


def _all(citation: Citation) -> Iterator[str | None]:
    yield from _text_words(citation)
    yield citation.vernacular_title
    yield from _journal(citation)
    for author in citation.authors:
        yield author.name
        yield author.fore_name
        yield from author.affiliations
    yield from citation.languages
    yield from (field for grant in citation.grants for field in (grant.id, grant.acronym, grant.agency, grant.country))
    yield from _identifiers(citation)
    yield from (citation.pmid, citation.volume, citation.pages, citation.published.iso)


def _substances(citation: Citation) -> Iterator[str | None]:
    yield from (chemical.name for chemical in citation.chemicals)
    yield from citation.supplementary


def _journal(citation: Citation) -> Iterator[str | None]:
    journal = citation.journal
    yield from (journal.title, journal.abbreviation, journal.issn, journal.nlm_id)


def _identifiers(citation: Citation) -> Iterator[str | None]:
    yield from (citation.doi, citation.pmcid)
    yield from (identifier.value for identifier in citation.identifiers)


def _grants(citation: Citation) -> Iterator[str | None]:
    for grant in citation.grants:
        yield " ".join(part for part in (grant.id, grant.acronym, grant.agency, grant.country) if part)


def _registrations(citation: Citation) -> Iterator[str | None]:
    for registration in citation.registrations:
        yield from (registration.databank, registration.accession)
        yield f"{registration.databank}/{registration.accession}"


def _first_page(citation: Citation) -> Iterator[str | None]:
    """NLM: "this field is searchable using only the first page number"."""
    yield re.split(r"[-,;]", citation.pages or "", maxsplit=1)[0]


def _languages(citation: Citation) -> Iterator[str | None]:
    for code in citation.languages:
        yield code
        yield _LANGUAGES.get(code)


def _author_identifiers(citation: Citation) -> Iterator[str | None]:
    """NLM: "includes the organization authority", as in orcid 0000-0001-5027-4446[auid]."""
    for author in citation.authors:
        for identifier in author.identifiers:
            yield from (identifier.value, f"{identifier.system} {identifier.value}")


def _people(citation: Citation) -> list[Author]:
    return [author for author in citation.authors if author.last_name]


def _full_names(citation: Citation) -> Iterator[str | None]:
    for author in _people(citation):
        yield f"{author.last_name} {author.fore_name or ''}"
        yield f"{author.fore_name or ''} {author.last_name}"


#: The codes of MARC that one meets most, with their names.
_LANGUAGES = {
    "eng": "English",
    "fre": "French",
    "ger": "German",
    "spa": "Spanish",
    "por": "Portuguese",
    "ita": "Italian",
    "dut": "Dutch",
    "chi": "Chinese",
    "jpn": "Japanese",
    "kor": "Korean",
    "rus": "Russian",
    "pol": "Polish",
    "cze": "Czech",
    "dan": "Danish",
    "swe": "Swedish",
    "nor": "Norwegian",
    "fin": "Finnish",
    "hun": "Hungarian",
    "tur": "Turkish",
    "heb": "Hebrew",
    "ara": "Arabic",
    "per": "Persian",
    "ukr": "Ukrainian",
    "bul": "Bulgarian",
    "hrv": "Croatian",
    "srp": "Serbian",
    "slo": "Slovak",
    "slv": "Slovenian",
    "rum": "Romanian",
    "gre": "Greek, Modern",
    "lit": "Lithuanian",
    "lav": "Latvian",
    "est": "Estonian",
    "ice": "Icelandic",
    "cat": "Catalan",
    "afr": "Afrikaans",
    "tha": "Thai",
    "vie": "Vietnamese",
    "ind": "Indonesian",
    "mul": "Multiple languages",
    "und": "Undetermined",
}

_LANGUAGE_NAMES = frozenset(map(plain, _LANGUAGES.values()))


def is_language(name: str) -> bool:
    """Whether a language's name is known here, or looks like one of NLM's three-letter codes."""
    return plain(name) in _LANGUAGE_NAMES or re.fullmatch(r"[A-Za-z]{3}", name) is not None


_Passages = Callable[[Citation], Iterator[str | None]]

_PASSAGES: dict[str, _Passages] = {
    "All Fields": _all,
    "Title": _title,
    "Title/Abstract": _title_abstract,
    "Abstract": _abstracts,
    "Text Word": _text_words,
    "Other Term": lambda citation: iter(citation.keywords),
    "Transliterated Title": lambda citation: iter((citation.vernacular_title,)),
    "Affiliation": lambda citation: (place for author in citation.authors for place in author.affiliations),
    "Conflict of Interest Statements": lambda citation: iter((citation.coi_statement,)),
    "Grants and Funding": _grants,
    "Author - Corporate": lambda citation: (author.collective for author in citation.authors),
}

_VALUES: dict[str, _Passages] = {
    "Publication Type": lambda citation: iter(citation.publication_types),
    "Supplementary Concept": _substances,
    "EC/RN Number": lambda citation: (chemical.registry_number for chemical in citation.chemicals),
    "Journal": _journal,
    "Language": _languages,
    "Place of Publication": lambda citation: iter((citation.journal.country,)),
    "Volume": lambda citation: iter((citation.volume,)),
    "Issue": lambda citation: iter((citation.issue,)),
    "Pagination": _first_page,
    "Secondary Source ID": _registrations,
    "Location ID": _identifiers,
    "Author - Identifier": _author_identifiers,
    "Author": lambda citation: (author.name for author in _people(citation)),
    "Author - First": lambda citation: (author.name for author in _people(citation)[:1]),
    "Author - Last": lambda citation: (author.name for author in _people(citation)[-1:]),
    "Author - Full": _full_names,
}


#: "Dates with a season are set as: winter = January, spring = April, summer = July and fall = October".
_SEASONS = {"winter": 1, "spring": 4, "summer": 7, "fall": 10, "autumn": 10}


def first_day(published: PubDate | None) -> date | None:
    """The first day that a publication date can mean, as PubMed sets it (https://pubmed.ncbi.nlm.nih.gov/help/#dp)."""
    if published is None or published.year is None:
        return None
    stated = (published.stated or "").casefold()
    season = next((month for name, month in _SEASONS.items() if name in stated), 1)
    return date(published.year, published.month or season, published.day or 1)


_DATES: dict[str, Callable[[Citation], tuple[date | None, ...]]] = {
    # [dp] finds the print and the electronic date.
    "Date - Publication": lambda citation: (first_day(citation.published), first_day(citation.e_published)),
    "Electronic Publication Date": lambda citation: (first_day(citation.e_published),),
    "Print Publication Date": lambda citation: (first_day(citation.published),),
    "Date - Entry": lambda citation: (citation.processed or citation.entered,),
    "Date - Create": lambda citation: (citation.entered,),
    # Until headings come, PubMed keeps the entry date here.
    "Date - MeSH": lambda citation: (citation.indexed or citation.processed or citation.entered,),
    "Date - Modification": lambda citation: (citation.revised,),
    "Date - Completion": lambda citation: (citation.completed,),
}

#: The fields of each manner, by PubMed's names.
WORD_FIELDS = tuple(_PASSAGES)
VALUE_FIELDS = tuple(_VALUES)
DATE_FIELDS = tuple(_DATES)
