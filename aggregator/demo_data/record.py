"""An invented study as a PubMed record: values in, the XML of NLM's 2025 DTD out.

Element order follows pubmed_250101.dtd (https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/index.html).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from aggregator.dates import MONTHS

#: The first words of every invented abstract.
MARK = "Invented record for demonstration."
COPYRIGHT = "Invented record; no rights reserved."

#: Publication types with NLM's identifiers.
PUBLICATION_TYPES = {
    "Case Reports": "D002363",
    "Clinical Trial": "D016430",
    "Clinical Trial Protocol": "D000078325",
    "Clinical Trial, Phase II": "D017427",
    "Clinical Trial, Phase III": "D017428",
    "Comment": "D016420",
    "Comparative Study": "D003160",
    "Editorial": "D016421",
    "English Abstract": "D004740",
    "Equivalence Trial": "D000073843",
    "Expression of Concern": "D000075742",
    "Journal Article": "D016428",
    "Letter": "D016422",
    "Meta-Analysis": "D017418",
    "Multicenter Study": "D016448",
    "Observational Study": "D064888",
    "Practice Guideline": "D017065",
    "Preprint": "D000076942",
    "Published Erratum": "D016425",
    "Randomized Controlled Trial": "D016449",
    "Retracted Publication": "D016441",
    "Retraction of Publication": "D016440",
    "Review": "D016454",
    "Systematic Review": "D000078182",
}

#: MeSH descriptors with NLM's identifiers.
MESH = {
    "Administration, Intranasal": "D000281",
    "Adolescent": "D000293",
    "Adult": "D000328",
    "Aged": "D000368",
    "Animals": "D000818",
    "Antidepressive Agents": "D000928",
    "Anxiety": "D001007",
    "Anxiety Disorders": "D001008",
    "Bipolar Disorder": "D001714",
    "Blood Pressure": "D001794",
    "Brain-Derived Neurotrophic Factor": "D019208",
    "Cesarean Section": "D002585",
    "Cognitive Behavioral Therapy": "D015928",
    "Cross-Over Studies": "D018592",
    "Cross-Sectional Studies": "D003430",
    "Cystitis": "D003556",
    "Delirium": "D003693",
    "Depression": "D003863",
    "Depression, Postpartum": "D019052",
    "Depressive Disorder, Major": "D003865",
    "Depressive Disorder, Treatment-Resistant": "D061218",
    "Double-Blind Method": "D004311",
    "Electroconvulsive Therapy": "D004565",
    "Electroencephalography": "D004569",
    "Female": "D005260",
    "Humans": "D006801",
    "Infusions, Intravenous": "D007262",
    "Ketamine": "D007649",
    "Magnetic Resonance Imaging": "D008279",
    "Male": "D008297",
    "Mice": "D051379",
    "Midazolam": "D008874",
    "Middle Aged": "D008875",
    "Neuronal Plasticity": "D009473",
    "Obsessive-Compulsive Disorder": "D009771",
    "Pain, Postoperative": "D010149",
    "Panic Disorder": "D016584",
    "Phobia, Social": "D000072861",
    "Prospective Studies": "D011446",
    "Psychotherapy": "D011613",
    "Rats": "D051381",
    "Retrospective Studies": "D012189",
    "Stress Disorders, Post-Traumatic": "D013313",
    "Substance-Related Disorders": "D019966",
    "Suicidal Ideation": "D059020",
    "Treatment Outcome": "D016896",
    "Veterans": "D014728",
    "Young Adult": "D055815",
}

#: Substances: registry number and NLM's identifier.
SUBSTANCES = {
    "Ketamine": ("690G0D6V8H", "D007649"),
    "Esketamine": ("50LFG02TXD", "C000629870"),
    "Midazolam": ("R60L0SM5BC", "D008874"),
    "Antidepressive Agents": ("0", "D000928"),
    "Brain-Derived Neurotrophic Factor": ("0", "D019208"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodical:
    """An invented journal."""

    title: str
    abbreviation: str
    issn: str
    nlm_id: str
    #: Spelling and the manner of printing numbers differ between journals: "uk" or "us".
    manner: str = "uk"
    is_preprint_server: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    last_name: str = ""
    fore_name: str = ""
    initials: str = ""
    collective: str = ""
    affiliation: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an abstract; without label in one that is not structured."""

    text: str
    label: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A tie to another study of the demo, by its key."""

    ref_type: str
    to: str


#: PMID and source line ("Invent J Mood Med. 2026 Nov") of each study, by key.
Places = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """Everything that a record of the demo says."""

    #: Names the study within the demo; never shown.
    key: str
    title: str
    abstract: tuple[Part, ...] = ()
    entered: date
    journal: Periodical
    authors: tuple[Person, ...] = ()
    publication_types: tuple[str, ...] = ("Journal Article",)
    mesh: tuple[str, ...] = ()
    #: Descriptors that are major topics.
    major: frozenset[str] = frozenset()
    substances: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    registrations: tuple[str, ...] = ()
    grant: str | None = None
    coi: str | None = None
    language: str = "eng"
    vernacular_title: str | None = None
    #: MEDLINE, Publisher, In-Data-Review, PubMed-not-MEDLINE.
    status: str = "PubMed-not-MEDLINE"
    #: ppublish, epublish, aheadofprint.
    publication_status: str = "epublish"
    published: date
    #: Days of the publication date are often not stated.
    states_day: bool = False
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    revised: date | None = None
    #: When MeSH headings came; some weeks after entry where it is not said.
    indexed: date | None = None
    links: tuple[Link, ...] = ()
    in_pmc: bool = False
    #: A chapter; `journal` is then the book.
    is_book: bool = False


def source_of(study: Invented) -> str:
    """The line by which other records name this one."""
    return f"{study.journal.abbreviation}. {study.published.year} {MONTHS[study.published.month - 1]}"


def record_xml(study: Invented, places: Places) -> bytes:
    """The study as one PubmedArticle element."""
    pmid, _ = places[study.key]
    if study.is_book:
        return _chapter_xml(study, pmid)
    article = ET.Element("PubmedArticle")
    _medline(article, study, pmid, places)
    _pubmed_data(article, study, pmid)
    # ASCII with numeric references, as EFetch writes; never parsed here, so nothing foreign is read.
    return bytes(ET.tostring(article, encoding="us-ascii"))


def _chapter_xml(study: Invented, pmid: str) -> bytes:
    """A chapter as one PubmedBookArticle element."""
    article = ET.Element("PubmedBookArticle")
    document = _add(article, "BookDocument")
    _add(document, "PMID", pmid, Version="1")
    _article_ids(document, study, pmid)
    book = _add(document, "Book")
    _add(_add(book, "Publisher"), "PublisherName", "Invented University Press")
    _add(book, "BookTitle", study.journal.title, book="inventpearls")
    _add(_add(book, "PubDate"), "Year", str(study.published.year))
    _add(document, "ArticleTitle", study.title)
    _add(document, "Language", study.language)
    _authors(document, study)
    for kind in study.publication_types:
        _add(document, "PublicationType", kind, UI=PUBLICATION_TYPES[kind])
    _abstract(document, study)
    _date(_add(document, "ContributionDate"), study.entered)
    data = _add(article, "PubmedBookData")
    history = _add(data, "History")
    for status in ("pubmed", "medline", "entrez"):
        _date(_add(history, "PubMedPubDate", PubStatus=status), study.entered, padded=False)
    _add(data, "PublicationStatus", "ppublish")
    _add(_add(data, "ArticleIdList"), "ArticleId", pmid, IdType="pubmed")
    return bytes(ET.tostring(article, encoding="us-ascii"))


def _article_ids(parent: ET.Element, study: Invented, pmid: str) -> None:
    ids = _add(parent, "ArticleIdList")
    _add(ids, "ArticleId", pmid, IdType="pubmed")
    _add(ids, "ArticleId", f"10.5555/invented.{pmid}", IdType="doi")
    if study.in_pmc:
        _add(ids, "ArticleId", f"PMC{pmid}", IdType="pmc")


def _medline(parent: ET.Element, study: Invented, pmid: str, places: Places) -> None:
    medline = _add(parent, "MedlineCitation", Status=study.status, Owner="NLM")
    if study.status == "MEDLINE":
        medline.set("IndexingMethod", "Automated")
    _add(medline, "PMID", pmid, Version="1")
    if study.status == "MEDLINE":
        _date(_add(medline, "DateCompleted"), _indexed(study))
    if study.revised or study.status == "MEDLINE":
        _date(_add(medline, "DateRevised"), study.revised or _indexed(study))
    _article(medline, study)
    info = _add(medline, "MedlineJournalInfo")
    _add(info, "MedlineTA", study.journal.abbreviation)
    _add(info, "NlmUniqueID", study.journal.nlm_id)
    _add(info, "ISSNLinking", study.journal.issn)
    _substances(medline, study)
    if study.status == "MEDLINE":
        _add(medline, "CitationSubset", "IM")
    _links(medline, study, places)
    _mesh(medline, study)
    if study.keywords:
        keywords = _add(medline, "KeywordList", Owner="NOTNLM")
        for keyword in study.keywords:
            _add(keywords, "Keyword", keyword, MajorTopicYN="N")
    if study.coi:
        _add(medline, "CoiStatement", study.coi)


def _article(parent: ET.Element, study: Invented) -> None:
    is_print = study.publication_status == "ppublish"
    article = _add(parent, "Article", PubModel="Print-Electronic" if is_print else "Electronic")
    journal = _add(article, "Journal")
    _add(journal, "ISSN", study.journal.issn, IssnType="Electronic")
    issue = _add(journal, "JournalIssue", CitedMedium="Internet")
    for tag, value in (("Volume", study.volume), ("Issue", study.issue)):
        if value:
            _add(issue, tag, value)
    published = _add(issue, "PubDate")
    _add(published, "Year", str(study.published.year))
    _add(published, "Month", MONTHS[study.published.month - 1])
    if study.states_day:
        _add(published, "Day", f"{study.published.day:02d}")
    _add(journal, "Title", study.journal.title)
    _add(journal, "ISOAbbreviation", study.journal.abbreviation)
    _add(article, "ArticleTitle", study.title)
    if study.pages:
        _add(_add(article, "Pagination"), "MedlinePgn", study.pages)
    _add(article, "ELocationID", _doi(parent), EIdType="doi", ValidYN="Y")
    _abstract(article, study)
    _authors(article, study)
    _add(article, "Language", study.language)
    _databank_and_grant(article, study)
    types = _add(article, "PublicationTypeList")
    for kind in study.publication_types:
        _add(types, "PublicationType", kind, UI=PUBLICATION_TYPES[kind])
    if study.vernacular_title:
        _add(article, "VernacularTitle", study.vernacular_title)
    _date(_add(article, "ArticleDate", DateType="Electronic"), study.entered)


def _doi(medline: ET.Element) -> str:
    """10.5555 is the prefix that Crossref keeps for examples."""
    return f"10.5555/invented.{medline.findtext('PMID')}"


def _abstract(parent: ET.Element, study: Invented) -> None:
    if not study.abstract:
        return
    abstract = _add(parent, "Abstract")
    for place, part in enumerate(study.abstract):
        text = f"{MARK} {part.text}" if place == 0 else part.text
        node = _add(abstract, "AbstractText", text)
        if part.label:
            node.set("Label", part.label)
        if part.category:
            node.set("NlmCategory", part.category)
    _add(abstract, "CopyrightInformation", COPYRIGHT)


def _authors(parent: ET.Element, study: Invented) -> None:
    if not study.authors:
        return
    people = _add(parent, "AuthorList", CompleteYN="Y", Type="authors")
    for person in study.authors:
        author = _add(people, "Author", ValidYN="Y")
        if person.collective:
            _add(author, "CollectiveName", person.collective)
            continue
        _add(author, "LastName", person.last_name)
        _add(author, "ForeName", person.fore_name)
        _add(author, "Initials", person.initials)
        if person.affiliation:
            _add(_add(author, "AffiliationInfo"), "Affiliation", person.affiliation)


def _databank_and_grant(parent: ET.Element, study: Invented) -> None:
    if study.registrations:
        bank = _add(_add(parent, "DataBankList", CompleteYN="Y"), "DataBank")
        _add(bank, "DataBankName", "ClinicalTrials.gov")
        accessions = _add(bank, "AccessionNumberList")
        for number in study.registrations:
            _add(accessions, "AccessionNumber", number)
    if study.grant:
        grant = _add(_add(parent, "GrantList", CompleteYN="Y"), "Grant")
        _add(grant, "GrantID", study.grant)
        _add(grant, "Agency", "Invented Research Council")


def _substances(parent: ET.Element, study: Invented) -> None:
    if not study.substances or study.status != "MEDLINE":
        return
    chemicals = _add(parent, "ChemicalList")
    for name in study.substances:
        number, identifier = SUBSTANCES[name]
        chemical = _add(chemicals, "Chemical")
        _add(chemical, "RegistryNumber", number)
        _add(chemical, "NameOfSubstance", name, UI=identifier)


def _links(parent: ET.Element, study: Invented, places: Places) -> None:
    if not study.links:
        return
    links = _add(parent, "CommentsCorrectionsList")
    for link in study.links:
        pmid, source = places[link.to]
        tie = _add(links, "CommentsCorrections", RefType=link.ref_type)
        _add(tie, "RefSource", source)
        _add(tie, "PMID", pmid, Version="1")


def _mesh(parent: ET.Element, study: Invented) -> None:
    if not study.mesh or study.status != "MEDLINE":
        return
    headings = _add(parent, "MeshHeadingList")
    for name in sorted(set(study.mesh)):
        major = "Y" if name in study.major else "N"
        _add(_add(headings, "MeshHeading"), "DescriptorName", name, UI=MESH[name], MajorTopicYN=major)


def _indexed(study: Invented) -> date:
    """Indexing took some weeks."""
    return study.indexed or study.entered + timedelta(days=40)


def _pubmed_data(parent: ET.Element, study: Invented, pmid: str) -> None:
    data = _add(parent, "PubmedData")
    history = _add(data, "History")
    received = study.entered - timedelta(days=170)
    moments = [("received", received), ("accepted", study.entered - timedelta(days=21))]
    # EDAT follows CRDT by a day in most records, as it does at NLM.
    moments += [("entrez", study.entered), ("pubmed", study.entered + timedelta(days=1))]
    indexed = _indexed(study) if study.status == "MEDLINE" else study.entered + timedelta(days=1)
    for status, day in (*moments, ("medline", indexed)):
        _date(_add(history, "PubMedPubDate", PubStatus=status), day, padded=False)
    _add(data, "PublicationStatus", study.publication_status)
    _article_ids(data, study, pmid)


def _date(parent: ET.Element, day: date, *, padded: bool = True) -> None:
    _add(parent, "Year", str(day.year))
    _add(parent, "Month", f"{day.month:02d}" if padded else str(day.month))
    _add(parent, "Day", f"{day.day:02d}" if padded else str(day.day))


def _add(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    node = ET.SubElement(parent, tag, attributes)
    node.text = text
    return node
