"""One PubMed record as plain, immutable values: what NLM says of a publication, and nothing more.

Field names follow NLM's element descriptions
(https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html).
None means that the record does not state it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from aggregator.dates import MONTHS

#: NLM's RefType values as the words used in JSON and on pages.
NOTICE_KINDS = {
    "AssociatedDataset": "associated-dataset",
    "AssociatedPublication": "associated-publication",
    "Cites": "cites",
    "CommentIn": "comment",
    "CommentOn": "comment-on",
    "CorrectedandRepublishedFrom": "corrected-and-republished-from",
    "CorrectedandRepublishedIn": "corrected-and-republished",
    "ErratumFor": "erratum-for",
    "ErratumIn": "erratum",
    "ExpressionOfConcernFor": "expression-of-concern-for",
    "ExpressionOfConcernIn": "expression-of-concern",
    "OriginalReportIn": "original-report",
    "RepublishedFrom": "republished-from",
    "RepublishedIn": "republished",
    "ReprintIn": "reprint",
    "ReprintOf": "reprint-of",
    "RetractedandRepublishedFrom": "retracted-and-republished-from",
    "RetractedandRepublishedIn": "retracted-and-republished",
    "RetractionIn": "retraction",
    "RetractionOf": "retraction-of",
    "SummaryForPatientsIn": "summary-for-patients",
    "UpdateIn": "update",
    "UpdateOf": "update-of",
}


@total_ordering
@dataclass(frozen=True, slots=True)
class PubDate:
    """A publication date as far as it is known; sorts, and prints only what is known."""

    year: int | None
    month: int | None = None
    day: int | None = None
    #: The record's own words where they say more than the numbers: "2024 Nov-Dec", "Winter 2019".
    stated: str | None = None

    def __lt__(self, other: PubDate) -> bool:
        return self.sort_key < other.sort_key

    @property
    def sort_key(self) -> tuple[int, int, int]:
        return (self.year or 0, self.month or 0, self.day or 0)

    @property
    def iso(self) -> str | None:
        """2026, 2026-03 or 2026-03-14: never a month or day that was not stated."""
        if self.year is None:
            return None
        parts = [f"{self.year:04d}"]
        if self.month:
            parts.append(f"{self.month:02d}")
            if self.day:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)

    def __str__(self) -> str:
        if self.stated:
            return self.stated
        if self.year is None:
            return "date not stated"
        words = [str(self.day)] if self.day and self.month else []
        if self.month:
            words.append(MONTHS[self.month - 1])
        return " ".join([*words, str(self.year)])


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractSection:
    """One AbstractText; an unstructured abstract is one section without label."""

    label: str | None = None
    #: NlmCategory: BACKGROUND, OBJECTIVE, METHODS, RESULTS, CONCLUSIONS, UNASSIGNED.
    category: str | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAbstract:
    """An abstract in another language or for other readers (OtherAbstract)."""

    kind: str | None = None
    language: str | None = None
    sections: tuple[AbstractSection, ...] = ()
    copyright: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person, or a group when `collective` is set."""

    last_name: str | None = None
    fore_name: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective: str | None = None
    #: ValidYN="N" marks a name that was printed wrong.
    is_valid: bool = True
    #: "authors" or "editors": the Type of the list that names this one.
    role: str = "authors"
    identifiers: tuple[Identifier, ...] = ()
    affiliations: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Lastname AB Jr, or the group's name."""
        if self.collective:
            return self.collective
        return " ".join(part for part in (self.last_name, self.initials or self.fore_name, self.suffix) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier with the name of its system: doi, pii, pmc, ORCID, ..."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Where it was published; for a book chapter the book stands here."""

    title: str | None = None
    #: ISOAbbreviation, else MedlineTA.
    abbreviation: str | None = None
    issn: str | None = None
    #: NlmUniqueID.
    nlm_id: str | None = None
    country: str | None = None
    is_book: bool = False

    @property
    def name(self) -> str | None:
        return self.title or self.abbreviation


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshQualifier:
    """A subheading."""

    name: str
    ui: str | None = None
    is_major: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshHeading:
    """A descriptor with its subheadings."""

    descriptor: str
    ui: str | None = None
    is_major: bool = False
    qualifiers: tuple[MeshQualifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chemical:
    """NameOfSubstance with its registry number ("0" where there is none)."""

    name: str
    ui: str | None = None
    registry_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A DataBank accession: a trial's registry number, a data set, a sequence."""

    databank: str
    accession: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant as stated."""

    id: str | None = None
    acronym: str | None = None
    agency: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A tie to another publication: a retraction, an erratum, a comment (CommentsCorrections)."""

    #: NLM's RefType, as it stands.
    ref_type: str
    source: str | None = None
    pmid: str | None = None
    note: str | None = None

    @property
    def kind(self) -> str:
        """The word for it in JSON and on pages; a type unknown here in NLM's own spelling."""
        return NOTICE_KINDS.get(self.ref_type, self.ref_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDate:
    """A PubMedPubDate: received, accepted, entrez, pubmed, medline, ..."""

    status: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One PubMed record."""

    pmid: str
    version: int = 1
    doi: str | None = None
    #: PMC1234567
    pmcid: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    title: str = ""
    vernacular_title: str | None = None
    abstract: tuple[AbstractSection, ...] = ()
    other_abstracts: tuple[OtherAbstract, ...] = ()
    copyright: str | None = None
    authors: tuple[Author, ...] = ()
    #: CompleteYN="N": the record names some authors only.
    authors_complete: bool = True
    journal: Journal = Journal()
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    published: PubDate = PubDate(None)
    #: ArticleDate, the electronic publication.
    e_published: PubDate | None = None
    #: CRDT, the day the record was first created in PubMed (PubStatus "entrez"); it never moves.
    entered: date | None = None
    #: EDAT (PubStatus "pubmed").
    processed: date | None = None
    #: MHDA (PubStatus "medline"), the day MeSH headings came.
    indexed: date | None = None
    #: LR (DateRevised).
    revised: date | None = None
    #: DCOM (DateCompleted).
    completed: date | None = None
    history: tuple[HistoryDate, ...] = ()
    #: ppublish, epublish, aheadofprint.
    publication_status: str | None = None
    #: MEDLINE, PubMed-not-MEDLINE, In-Process, In-Data-Review, Publisher, ...
    citation_status: str | None = None
    #: Automated, Curated; None is manual or not indexed.
    indexing_method: str | None = None
    publication_types: tuple[str, ...] = ()
    mesh: tuple[MeshHeading, ...] = ()
    chemicals: tuple[Chemical, ...] = ()
    #: Supplementary concepts (SupplMeshList).
    supplementary: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    registrations: tuple[Registration, ...] = ()
    grants: tuple[Grant, ...] = ()
    coi_statement: str | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def url(self) -> str:
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"

    @property
    def doi_url(self) -> str | None:
        return f"https://doi.org/{self.doi}" if self.doi else None

    @property
    def full_text_url(self) -> str | None:
        """Free full text in PubMed Central, where the record names one."""
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{self.pmcid}/" if self.pmcid else None

    @property
    def byline(self) -> str:
        """First author and others: "Aster AB", "Aster AB and Birch C", "Aster AB et al."."""
        names = [author.name for author in self.authors if author.role == "authors" and author.name]
        if not names:
            return "No authors listed"
        if len(names) == 1:
            return names[0] if self.authors_complete else f"{names[0]} et al."
        return f"{names[0]} and {names[1]}" if len(names) == 2 else f"{names[0]} et al."

    @property
    def abstract_text(self) -> str:
        """The whole abstract, one section a paragraph, labels before their text."""
        return "\n".join(
            f"{section.label}: {section.text}" if section.label else section.text for section in self.abstract
        )

    @property
    def is_retracted(self) -> bool:
        """Retracted itself; a retraction notice is not."""
        return "Retracted Publication" in self.publication_types or self.has_notice("RetractionIn")

    @property
    def has_concern(self) -> bool:
        return self.has_notice("ExpressionOfConcernIn")

    @property
    def is_corrected(self) -> bool:
        return self.has_notice("ErratumIn", "CorrectedandRepublishedIn")

    @property
    def is_preprint(self) -> bool:
        return "Preprint" in self.publication_types

    @property
    def is_ahead_of_print(self) -> bool:
        return self.publication_status == "aheadofprint"

    @property
    def is_indexed(self) -> bool:
        return bool(self.mesh)

    def has_notice(self, *ref_types: str) -> bool:
        return any(notice.ref_type in ref_types for notice in self.notices)

    def section_text(self, section: int | str) -> str:
        """The text that a Span's `section` names: "title", or an index into the abstract."""
        return self.title if section == "title" else self.abstract[int(section)].text

    def _repr_html_(self) -> str:
        return card_html(
            self.title, f"{self.byline}. {self.journal.name or ''} {self.published}", (("PMID", self.pmid),), self.url
        )


def card_html(title: str, line: str, rows: Iterable[tuple[str, str]], url: str | None = None) -> str:
    """The small card that citations and summaries show of themselves in a notebook."""
    from html import escape

    heading = f'<a href="{escape(url)}">{escape(title)}</a>' if url else escape(title)
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<div><strong>{heading}</strong><br><small>{escape(line)}</small><table>{body}</table></div>"


def squeeze(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(text.split())
