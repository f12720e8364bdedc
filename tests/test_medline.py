"""PubMed's tagged text gives the same citation as its XML, as far as the text goes."""

from datetime import date
from pathlib import Path

import pytest

from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Grant,
    HistoryDate,
    Identifier,
    MeshHeading,
    MeshQualifier,
    Notice,
    OtherAbstract,
    PubDate,
    Registration,
)
from aggregator.errors import UnreadableRecord
from aggregator.pubmed.medline import read_medline

INVENTED = (Path(__file__).parent / "fixtures" / "records" / "invented.nbib").read_text(encoding="utf-8")
REAL = Path(__file__).parents[2] / "shared" / "data" / "eutils" / "medline"

FULL = {
    "pmid": "90000201",
    "doi": "10.99999/invented.201",
    "pmcid": "PMC99999201",
    "identifiers": (
        Identifier(system="pii", value="S0000-201"),
        Identifier(system="doi", value="10.99999/invented.201"),
        Identifier(system="pmc", value="PMC99999201"),
    ),
    "title": "[An invented trial of ketamine whose title is long enough to go on over the end of its first line].",
    "vernacular_title": "Un essai inventé.",
    "abstract": (
        AbstractSection(label="BACKGROUND", text="Why it was invented (see IMPORTANT: a note)."),
        AbstractSection(label="MATERIALS AND METHODS", text="How it was invented."),
        AbstractSection(label="RESULTS", text="The ratio was 2:1. HAM-D: 3 points."),
        AbstractSection(label="CONCLUSIONS", text="It was invented."),
    ),
    "other_abstracts": (
        OtherAbstract(kind="Publisher", language="fre", sections=(AbstractSection(text="Des mots inventés."),)),
    ),
    "copyright": "Copyright © 2026 Invented.",
    "authors": (
        Author(
            last_name="Aster",
            fore_name="Ada B",
            initials="AB",
            suffix="Jr",
            identifiers=(Identifier(system="ORCID", value="0000-0000-0000-0001"),),
            affiliations=("First Invented University, Department of long names, Somewhere.", "Second Clinic."),
        ),
        Author(last_name="de Birch", fore_name="C", initials="C"),
        Author(collective="Invented Study Group"),
    ),
    "volume": "4",
    "issue": "2",
    "pages": "1-9",
    "published": PubDate(2026, 1, stated="2026 Jan-Feb"),
    "e_published": PubDate(2025, 11, 3),
    "entered": date(2025, 11, 4),
    "processed": date(2025, 11, 5),
    "indexed": date(2026, 1, 6),
    "revised": date(2026, 2, 7),
    "completed": date(2026, 1, 6),
    "history": (
        HistoryDate(status="received", day=date(2025, 6, 1)),
        HistoryDate(status="entrez", day=date(2025, 11, 4)),
    ),
    "publication_status": "ppublish",
    "citation_status": "MEDLINE",
    "publication_types": ("Journal Article", "Retracted Publication"),
    "mesh": (
        MeshHeading(
            descriptor="Depressive Disorder",
            qualifiers=(MeshQualifier(name="drug therapy", is_major=True), MeshQualifier(name="psychology")),
        ),
        MeshHeading(descriptor="Ketamine", is_major=True),
        MeshHeading(descriptor="Humans"),
    ),
    "chemicals": (
        Chemical(name="Ketamine", registry_number="690G0D6V8H"),
        Chemical(name="Antidepressive Agents (invented)", registry_number="0"),
    ),
    "keywords": ("ketamine", "mood"),
    "languages": ("fre",),
    "registrations": (Registration(databank="ClinicalTrials.gov", accession="NCT99999901"),),
    "grants": (
        Grant(id="R00 MH000000", acronym="MH", agency="NIMH invented", country="United States"),
        Grant(id="A/1", agency="Invented agency", country="Nowhere"),
        Grant(agency="Agency alone", country="Nowhere"),
    ),
    "coi_statement": "The authors are invented and declare that nothing about them could be in conflict with anything.",
    "notices": (
        Notice(
            ref_type="RetractionIn", source="J Invent Stud. 2027 Jan;5(1):10. doi: 10.99999/notice.", pmid="90000202"
        ),
        Notice(ref_type="ErratumIn", source="J Invent Stud. 2026 Mar;4(3):99."),
        Notice(ref_type="ExpressionOfConcernIn", source="J Invent Stud. 2026 Dec;4(12):1.", pmid="90000203"),
    ),
    "is_retracted": True,
}


@pytest.mark.parametrize("field", FULL)
def test_every_field_of_the_text_is_read(field):
    first, _ = read_medline(INVENTED)
    assert getattr(first, field) == FULL[field]


def test_the_journal_is_read():
    journal = next(read_medline(INVENTED)).journal
    assert (journal.title, journal.abbreviation, journal.issn, journal.nlm_id, journal.country, journal.is_book) == (
        "Journal of invented studies",
        "J Invent Stud",
        "0000-0000",
        "0000000",
        "England",
        False,
    )


def test_a_chapter_names_its_book_and_its_editors():
    _, chapter = read_medline(INVENTED)
    assert (chapter.title, chapter.journal.title, chapter.journal.is_book) == ("A chapter", "An invented book", True)
    assert [(author.name, author.role) for author in chapter.authors] == [
        ("Elder E", "editors"),
        ("Fennel F", "authors"),
    ]
    assert chapter.published == PubDate(2020)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    assert list(read_medline("\ufeff" + INVENTED.replace("\n", "\r\n"))) == list(read_medline(INVENTED))


@pytest.mark.parametrize(
    ("abstract", "labels"),
    [
        pytest.param("Plain words. And more.", [None], id="no heading"),
        pytest.param("RESULTS: One heading alone.", [None], id="one heading may be chance"),
        pytest.param("We began. METHODS: A. RESULTS: B.", [None], id="does not begin with a heading"),
        pytest.param("AIM: A. RESULTS: B (p=0.1). CONCLUSION: C.", ["AIM", "RESULTS", "CONCLUSION"], id="headings"),
        pytest.param("AIM: A. The RESULTS: B. METHODS: C.", ["AIM", "METHODS"], id="a heading begins a sentence"),
        pytest.param("AIM: A. NCT: B. METHODS: C.", ["AIM", "METHODS"], id="capitals that are no heading"),
        pytest.param("DATA SOURCES: A. STUDY SELECTION & DESIGN: B.", ["DATA SOURCES", "STUDY SELECTION & DESIGN"]),
    ],
)
def test_an_abstract_is_parted_only_where_that_is_safe(abstract, labels):
    (citation,) = read_medline(f"PMID- 90000201\nTI  - T\nAB  - {abstract}\n")
    assert [section.label for section in citation.abstract] == labels
    assert citation.abstract_text.replace("\n", " ") == abstract


@pytest.mark.parametrize(
    ("full", "short", "expected"),
    [
        pytest.param("Aster, Ada", "Aster A", ("Aster", "Ada", "A", None), id="usual"),
        pytest.param("Aster, A 3rd", "Aster A 3rd", ("Aster", "A", "A", "3rd"), id="a suffix"),
        pytest.param("van der Aster, Ada", "van der Aster A", ("van der Aster", "Ada", "A", None), id="two-word name"),
        pytest.param("Aster", "Aster", ("Aster", None, None, None), id="one name alone"),
    ],
)
def test_names_are_parted_as_in_the_xml(full, short, expected):
    (citation,) = read_medline(f"PMID- 90000201\nFAU - {full}\nAU  - {short}\n")
    (author,) = citation.authors
    assert (author.last_name, author.fore_name, author.initials, author.suffix) == expected


def test_old_records_have_short_names_only():
    (citation,) = read_medline("PMID- 90000201\nAU  - de Aster AB\nAU  - Birch C Jr\n")
    assert [(each.last_name, each.initials, each.suffix) for each in citation.authors] == [
        ("de Aster", "AB", None),
        ("Birch", "C", "Jr"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("<html><title>Blocked</title></html>", id="HTML"),
        pytest.param("id: 999 Error occurred: cannot get document summary\n", id="an error"),
        pytest.param("TY  - JOUR\nTI  - RIS, not MEDLINE\nER  - \n", id="RIS"),
        pytest.param("PMID- none\nTI  - T\n", id="a PMID that is no number"),
    ],
)
def test_what_is_no_medline_text_is_refused(text):
    with pytest.raises(UnreadableRecord, match="MEDLINE format"):
        list(read_medline(text))


def test_an_impossible_day_loses_no_record():
    (citation,) = read_medline("PMID- 90000201\nDP  - 2019 Feb 30\nCRDT- 2019/02/30 06:00\nDEP - 20190230\n")
    assert (citation.published, citation.entered) == (PubDate(2019, 2, stated="2019 Feb 30"), None)


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared real answers are not beside this checkout")
def test_no_word_of_real_medline_text_is_lost():
    for path in sorted(REAL.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        flat = " ".join(text.split())
        citations = list(read_medline(text))
        assert len(citations) == text.count("PMID- ")
        for citation in citations:
            assert f"TI - {citation.title}" in flat
            assert f"AB - {citation.abstract_text}".replace("\n", " ") in flat
            assert all(f"AU - {author.name}" in flat for author in citation.authors)
            assert sum(len(heading.qualifiers) for heading in citation.mesh) <= flat.count("/")
