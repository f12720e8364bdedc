"""The reader loses no word, invents no date, and one bad record costs one record."""

from datetime import date
from html import escape
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Grant,
    HistoryDate,
    Identifier,
    MeshHeading,
    MeshQualifier,
    Notice,
    OtherAbstract,
    PubDate,
    Registration,
    squeeze,
)
from aggregator.errors import UnreadableRecord
from aggregator.pubmed import records
from aggregator.pubmed.records import DeletedRecord, ReadRecord, UnreadableEntry, read, read_entries, read_one, wrap

FIXTURES = Path(__file__).parent / "fixtures" / "records"


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.xml").read_bytes()


def titled(title: str, pmid: str = "90000100") -> bytes:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{title}</ArticleTitle>"
        "</Article></MedlineCitation></PubmedArticle>"
    ).encode()


def part(text: str, label: str | None = None, category: str | None = None) -> AbstractSection:
    return AbstractSection(label=label, category=category, text=text)


def own(pmid: str) -> Identifier:
    return Identifier(system="pubmed", value=pmid)


# --- Hard cases: a fixture, and what must be read from it -----------------------------------------------------

HARD_CASES: dict[str, dict[str, object]] = {
    "inline-markup": {"title": "Effect of S-ketamine, H2O and 10-3 mg: an invented trial."},
    "nested-italics": {"title": "The in vivo part of it."},
    "mathml": {"abstract": (part("The dose was 10-3 mg."),)},
    "escaped-less-than": {
        "abstract": (part("We found p < 0.05 & n > 3, and the words &lt;i&gt; as they stand."),),
    },
    "structured-abstract": {
        "abstract": (
            part("Why.", "BACKGROUND", "BACKGROUND"),
            part("How.", "PATIENTS AND METHODS", "METHODS"),
            part("What.", "RESULTS", "RESULTS"),
        )
    },
    "structured-without-category": {"abstract": (part("Why.", "AIMS"), part("What.", "FINDINGS"))},
    "empty-section": {
        "abstract": (part("Why.", "AIM", "OBJECTIVE"), part("", "TRIAL REGISTRATION", "UNASSIGNED")),
    },
    "comment-inside-text": {"title": "Words around a comment.", "abstract": (part("Onetwo <three>."),)},
    "white-space": {"title": "Words in lines and thin spaces."},
    "collective-beside-persons": {
        "authors": (
            Author(
                last_name="Aster",
                fore_name="Ada B",
                initials="AB",
                suffix="Jr",
                identifiers=(Identifier(system="ORCID", value="0000-0000-0000-0001"),),
                affiliations=("First Invented University.", "Second Invented Clinic."),
            ),
            Author(last_name="Brich", initials="C", is_valid=False),
            Author(collective="Invented Ketamine Study Group"),
        ),
        "authors_complete": True,
    },
    "authors-incomplete": {"authors_complete": False, "byline": "Aster A et al."},
    "medlinedate-within-a-year": {"published": PubDate(2019, 4, stated="2019 Apr-Jun")},
    "medlinedate-over-new-year": {"published": PubDate(1998, 12, stated="1998 Dec-1999 Jan")},
    "medlinedate-years": {"published": PubDate(2023, stated="2023-2024")},
    "medlinedate-season-first": {"published": PubDate(2019, stated="Winter 2019")},
    "season": {"published": PubDate(2019, stated="2019 Winter")},
    "month-as-number": {"published": PubDate(2019, 6, 4)},
    "month-as-name": {"published": PubDate(2019, 6), "volume": "4", "issue": "2-3"},
    "impossible-day": {"published": PubDate(2019, 2, stated="2019 Feb 30")},
    "date-without-numbers": {"published": PubDate(None, stated="undated")},
    "electronic-before-print": {
        "published": PubDate(2026, 1),
        "e_published": PubDate(2025, 11, 3),
        "entered": date(2025, 11, 4),
        "processed": date(2025, 11, 5),
        "indexed": date(2026, 1, 6),
        "history": (
            HistoryDate(status="accepted", day=date(2025, 10, 1)),
            HistoryDate(status="entrez", day=date(2025, 11, 4)),
            HistoryDate(status="pubmed", day=date(2025, 11, 5)),
            HistoryDate(status="medline", day=date(2026, 1, 6)),
        ),
    },
    "vernacular-title": {
        "title": "[An invented study of ketamine].",
        "vernacular_title": "Une étude inventée.",
    },
    "other-abstract": {
        "abstract": (part("English words."),),
        "copyright": "Copyright © invented.",
        "other_abstracts": (
            OtherAbstract(
                kind="Publisher",
                language="spa",
                sections=(part("Palabras inventadas.", "OBJETIVO"),),
                copyright="Otro.",
            ),
            OtherAbstract(kind="plain-language-summary", language="eng", sections=(part("In plain words."),)),
        ),
    },
    "references-have-their-own-ids": {
        "doi": None,
        "pmcid": None,
        "identifiers": (Identifier(system="pii", value="invented-1"), own("90000024")),
        "notices": (Notice(ref_type="CommentIn", source="J Invent Stud. 2026", pmid="90000901"),),
    },
    "several-dois": {
        "doi": "10.99999/first",
        "identifiers": (
            Identifier(system="doi", value="10.99999/first"),
            Identifier(system="doi", value="10.99999/second"),
            own("90000025"),
        ),
        "pages": None,
    },
    "pages-from-start-to-end": {"pages": "12-34"},
    "several-registries": {
        "registrations": (
            Registration(databank="ClinicalTrials.gov", accession="NCT99999901"),
            Registration(databank="ClinicalTrials.gov", accession="NCT99999902"),
            Registration(databank="ISRCTN", accession="ISRCTN99999903"),
        ),
        "grants": (
            Grant(id="R00 MH000000", acronym="MH", agency="Invented agency", country="United States"),
            Grant(agency="Agency alone"),
        ),
    },
    "retracted-without-pmid": {
        "is_retracted": True,
        "notices": (
            Notice(ref_type="RetractionIn", source="J Invent Stud. 2027 Jan;5(1):10", note="An invented note."),
        ),
    },
    "retraction-notice": {
        "is_retracted": False,
        "notices": (Notice(ref_type="RetractionOf", source="J Invent Stud. 2026", pmid="90000001"),),
    },
    "version-2": {"version": 2},
    "no-abstract-no-author": {"abstract": (), "authors": (), "citation_status": "Publisher"},
    "mesh-and-chemicals": {
        "mesh": (
            MeshHeading(
                descriptor="Ketamine",
                ui="D007649",
                qualifiers=(
                    MeshQualifier(name="therapeutic use", ui="Q000627", is_major=True),
                    MeshQualifier(name="adverse effects", ui="Q000009"),
                ),
            ),
            MeshHeading(descriptor="Humans", ui="D006801"),
        ),
        "chemicals": (
            Chemical(name="Ketamine", ui="D007649", registry_number="690G0D6V8H"),
            Chemical(name="Antidepressive Agents", ui="D000928", registry_number="0"),
        ),
        "supplementary": ("Invented protocol",),
        "keywords": ("N-methyl", "Mood"),
        "coi_statement": "No conflict.",
    },
    "unknown-elements": {
        "title": "Words in an element of the future.",
        "authors": (Author(last_name="Aster"),),
    },
    "book-chapter": {
        "title": "Ketamine chapter",
        "doi": None,
        "identifiers": (Identifier(system="bookaccession", value="NBK999999"), own("90000034")),
        "published": PubDate(2021, 3, 4),
        "revised": date(2022, 5, 6),
        "entered": date(2021, 3, 5),
        "authors": (
            Author(last_name="Aster", fore_name="Ada", initials="A"),
            Author(last_name="Elder", initials="E", role="editors"),
        ),
        "publication_types": ("Review",),
        "abstract": (part("Words.", "CLINICAL CHARACTERISTICS"),),
        "copyright": "Copyright invented.",
        "keywords": ("ketamine",),
        "languages": ("eng",),
        "grants": (Grant(agency="Invented agency", country="Nowhere"),),
    },
    "whole-book": {
        "title": "A whole invented book",
        "doi": "10.99999/whole",
        "published": PubDate(2020, 5),
        "volume": "7",
        "authors": (Author(last_name="Fennel", initials="F"),),
    },
}


@pytest.mark.parametrize("case", HARD_CASES)
def test_a_hard_record_is_read_in_full(case):
    citation = read_one(fixture(case))
    assert {name: getattr(citation, name) for name in HARD_CASES[case]} == HARD_CASES[case]


def test_every_fixture_is_held_against_something():
    assert {path.stem for path in FIXTURES.glob("*.xml")} == set(HARD_CASES)


def test_a_chapter_names_its_book_in_the_journals_place():
    journal = read_one(fixture("book-chapter")).journal
    assert (journal.title, journal.is_book) == ("The invented Handbook", True)


@pytest.mark.parametrize("case", HARD_CASES)
def test_the_stored_xml_of_a_record_reads_as_the_same_citation(case):
    (entry,) = read_entries(wrap([fixture(case)]))
    assert isinstance(entry, ReadRecord)
    assert read_one(entry.raw) == entry.citation


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        pytest.param('<ArticleId IdType="pmc">PMC12</ArticleId>', "PMC12", id="as EFetch writes it"),
        pytest.param('<ArticleId IdType="pmc">pmc12.1</ArticleId>', "PMC12", id="with a version"),
        pytest.param('<ArticleId IdType="pmcid">pmc-id: PMC12;manuscript-id: X;</ArticleId>', "PMC12", id="long form"),
        pytest.param('<ArticleId IdType="pmc">12</ArticleId>', "PMC12", id="number alone"),
        pytest.param('<ArticleId IdType="pii">PMC12</ArticleId>', None, id="another system's"),
    ],
)
def test_a_pmc_id_is_normalised(element, expected):
    raw = titled("T").replace(
        b"</MedlineCitation>",
        b"</MedlineCitation><PubmedData><ArticleIdList>%b</ArticleIdList></PubmedData>" % element.encode(),
    )
    assert read_one(raw).pmcid == expected


@pytest.mark.parametrize(
    ("words", "expected", "iso"),
    [
        ("2019 Mar 14", PubDate(2019, 3, 14), "2019-03-14"),
        ("2019 03", PubDate(2019, 3), "2019-03"),
        ("2019 September", PubDate(2019, 9), "2019-09"),
        ("2019", PubDate(2019), "2019"),
        ("2000 Jul - Aug", PubDate(2000, 7, stated="2000 Jul - Aug"), "2000-07"),
        ("2019 Apr 15-30", PubDate(2019, 4, 15, stated="2019 Apr 15-30"), "2019-04-15"),
        ("2019 3rd Quarter", PubDate(2019, stated="2019 3rd Quarter"), "2019"),
        ("2019 13", PubDate(2019, stated="2019 13"), "2019"),
        ("0000", PubDate(0, stated="0000"), "0000"),
        ("", PubDate(None), None),
    ],
)
def test_a_date_is_as_exact_as_its_words(words, expected, iso):
    assert records.pub_date(words) == expected
    assert records.pub_date(words).iso == iso


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Z")), max_size=40))
def test_no_words_of_a_date_lose_a_record(words):
    assert records.pub_date(words).stated or records.pub_date(words).year or not words.strip()


# --- Text -----------------------------------------------------------------------------------------------------

XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
MARKUP = st.recursive(
    XML_TEXT.map(lambda text: (escape(text), text)),
    lambda inner: st.tuples(st.sampled_from(["i", "b", "sub", "sup", "u", "unknown"]), st.lists(inner, max_size=4)).map(
        lambda node: (
            f"<{node[0]}>{''.join(xml for xml, _ in node[1])}</{node[0]}>",
            "".join(text for _, text in node[1]),
        )
    ),
    max_leaves=8,
)


@given(st.lists(MARKUP, max_size=5))
def test_no_markup_costs_a_character_of_text(pieces):
    xml, text = "".join(xml for xml, _ in pieces), "".join(text for _, text in pieces)
    assert read_one(titled(xml)).title == squeeze(text)


def test_the_quick_way_through_text_is_the_same_as_squeezing_it():
    spaces = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    assert [space for space in spaces if space.isprintable()] == [" "]


def test_a_named_character_is_read_though_no_dtd_is_asked_for():
    document = wrap([titled("H&ouml;lle &unheard; &amp;ouml;")])
    (entry,) = read_entries(document)
    assert entry.citation.title == "Hölle &unheard; &ouml;"
    assert read_one(entry.raw) == entry.citation


def test_mathml_is_read_though_its_prefix_is_only_declared_in_the_dtd():
    title = "Dose <mml:math><mml:mi>x</mml:mi></mml:math>"
    citations = list(read(wrap([titled(title, "90000101"), titled(title, "90000102")])))
    assert [citation.title for citation in citations] == ["Dose x", "Dose x"]


# --- Documents ------------------------------------------------------------------------------------------------


def test_a_document_is_read_from_bytes_and_from_a_stream():
    document = wrap([fixture("season"), fixture("book-chapter")])
    assert list(read(document)) == list(read(BytesIO(document)))
    assert [citation.pmid for citation in read(document)] == ["90000016", "90000034"]


def test_an_empty_set_is_an_answer():
    assert list(read(wrap([]))) == []


def test_deleted_records_are_named():
    document = wrap([titled("T"), b"<DeleteCitation><PMID>90000001</PMID><PMID>90000002</PMID></DeleteCitation>"])
    assert list(read_entries(document))[1:] == [DeletedRecord(pmid="90000001"), DeletedRecord(pmid="90000002")]
    assert [citation.title for citation in read(document)] == ["T"]


def test_a_bare_citation_of_an_old_file_is_kept_as_todays_record():
    bare = titled("Old").removeprefix(b"<PubmedArticle>").removesuffix(b"</PubmedArticle>")
    (entry,) = read_entries(b"<MedlineCitationSet>" + bare + b"</MedlineCitationSet>")
    assert entry.raw == titled("Old")
    assert entry.citation == read_one(titled("Old"))


def test_the_dtd_of_2031_is_survived():
    document = wrap([titled("T")]).replace(b"January 2025", b"January 2031").replace(b"250101", b"310101")
    assert [citation.title for citation in read(document)] == ["T"]


@pytest.mark.parametrize(
    ("broken", "pmid"),
    [
        pytest.param(b"<PubmedArticle><MedlineCitation/></PubmedArticle>", None, id="no PMID"),
        pytest.param(b"<PubmedArticle/>", None, id="nothing inside"),
        pytest.param(titled("T", pmid="90x"), "90x", id="a PMID that is no number"),
        pytest.param(
            b"<PubmedArticle><MedlineCitation><CommentsCorrectionsList><CommentsCorrections><PMID>90000009</PMID>"
            b"</CommentsCorrections></CommentsCorrectionsList></MedlineCitation></PubmedArticle>",
            None,
            id="only another's PMID",
        ),
    ],
)
def test_a_bad_record_costs_one_record(broken, pmid):
    document = wrap([titled("One", "90000001"), broken, titled("Two", "90000002")])
    first, bad, second = read_entries(document)
    assert (first.citation.title, second.citation.title) == ("One", "Two")
    assert isinstance(bad, UnreadableEntry)
    assert bad.pmid == pmid
    assert "without a PMID of its own" in bad.reason
    with pytest.raises(UnreadableRecord):
        list(read(document))


def test_a_surprise_inside_a_record_costs_one_record(monkeypatch):
    def surprised(element, draft):
        raise KeyError("surprise")

    monkeypatch.setitem(records._MEDLINE_CITATION, "CoiStatement", surprised)
    odd = titled("Odd", "90000001").replace(b"</MedlineCitation>", b"<CoiStatement/></MedlineCitation>")
    bad, good = read_entries(wrap([odd, titled("Good", "90000002")]))
    assert isinstance(bad, UnreadableEntry)
    assert (bad.pmid, good.citation.title) == ("90000001", "Good")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \n", "empty", id="white space"),
        pytest.param(b"<!DOCTYPE html><html><title>Blocked &amp; so</title><p>x</html>", "HTML page (Blocked & so)"),
        pytest.param(b"<html><head></head><body/></html>", "HTML page", id="well-formed HTML"),
        pytest.param(b'{"error":"API rate limit exceeded"}', "JSON", id="JSON"),
        pytest.param(b"<eFetchResult><ERROR>ID list is empty</ERROR></eFetchResult>", "(ID list is empty)", id="error"),
        pytest.param(b"<eFetchResult>\n\t<ERROR>Unable to obtain", "Unable to obtain", id="error cut off"),
        pytest.param(b"<eSearchResult><Count>0</Count></eSearchResult>", "eSearchResult", id="another answer"),
        pytest.param(b"Unable to route request!", "plain text", id="text"),
        pytest.param(b"\x1f\x8b\x08\x00", "gzip", id="compressed"),
        pytest.param(b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet>', "ends in the middle", id="prolog only"),
        pytest.param(b"<PubmedArticleSet><a></b></PubmedArticleSet>", "broken", id="mismatched tags"),
        pytest.param(wrap([titled("\x01")]), "broken", id="a character that XML forbids"),
        pytest.param(wrap([titled("T")]).replace(b">T<", b">\xff<"), "broken", id="bytes that are not UTF-8"),
    ],
)
def test_what_is_no_set_of_records_is_refused_by_name(document, words):
    with pytest.raises(UnreadableRecord, match="again") as caught:
        list(read_entries(document))
    assert words in str(caught.value)
    assert caught.value.pmid is None


def test_a_document_cut_anywhere_gives_whole_records_and_then_an_error():
    document = wrap([titled("One", "90000001"), titled("Two", "90000002")]).rstrip()
    whole = list(read(document))
    ends = [document.index(b"</PubmedArticle>") + 16, document.rindex(b"</PubmedArticle>") + 16]
    for cut in range(len(document)):
        found: list[Citation] = []
        with pytest.raises(UnreadableRecord):
            found.extend(citation for citation in _into(found, read(document[:cut])))
        assert found == whole[: sum(cut >= end for end in ends)], f"cut after {cut} bytes"


REFERENCE = b"<Reference><ArticleIdList><ArticleId IdType='doi'>10.99999/other</ArticleId></ArticleIdList></Reference>"
LIST = b"<ReferenceList>" + REFERENCE * 2 + b"</ReferenceList>"


def with_references(title: str, pmid: str, references: bytes) -> bytes:
    data = b"</MedlineCitation><PubmedData><PublicationStatus>ppublish</PublicationStatus>%b</PubmedData>"
    return titled(title, pmid).replace(b"</MedlineCitation>", data % references)


def in_pieces(document: bytes, size: int) -> list[bytes]:
    start = document.index(b"<PubmedArticleSet>") + len(b"<PubmedArticleSet>")
    return [document[:start], *(document[place : place + size] for place in range(start, len(document), size))]


@pytest.mark.parametrize(
    ("references", "left"),
    [
        pytest.param(LIST, b"", id="a list"),
        pytest.param(LIST + b"\n" + LIST, b"\n", id="two lists"),
        pytest.param(b"<ReferenceList></ReferenceList>", b"", id="an empty list"),
        *(
            pytest.param(xml, xml, id=reason)
            for reason, xml in {
                "a list within a list": b"<ReferenceList><Title>Part</Title>" + LIST + b"</ReferenceList>",
                "an empty tag": b"<ReferenceList/>",
                "a comment in it": LIST.replace(REFERENCE, b"<!-- </ReferenceList> -->", 1),
                "a comment before it": b"<!-- <ReferenceList> -->" + LIST,
                "an instruction before it": b"<?x <ReferenceList> ?>" + LIST,
                "a CDATA section in it": LIST.replace(REFERENCE, b"<![CDATA[</ReferenceList>]]>", 1),
            }.items()
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_lists_of_references_are_cut_and_nothing_else_is(references, left, size):
    titles = ["One", "Two! Or less? <ReferenceList>"]
    document = wrap([with_references(escape(title), f"9000000{n}", references) for n, title in enumerate(titles)])
    cut = b"".join(records._without_references(iter(in_pieces(document, size))))
    assert cut == document.replace(references, left)
    entries = list(read_entries(document))
    assert list(read(document)) == [entry.citation for entry in entries]
    assert [entry.citation.title for entry in entries] == titles
    assert entries[0].raw.count(b"<Reference>") == references.count(b"<Reference>")


@pytest.mark.parametrize(
    "beginning",
    [
        b'<?xml version="1.0" encoding="UTF-16"?><PubmedArticleSet>',
        b'<!DOCTYPE PubmedArticleSet [<!ENTITY x "<ReferenceList>">]><PubmedArticleSet>',
        b"<!-- <PubmedArticleSet> --><PubmedArticleSet>",
        b"<MedlineCitationSet>",
    ],
)
def test_nothing_is_cut_from_a_document_that_begins_otherwise(beginning):
    document = beginning + with_references("One", "90000001", LIST)
    assert b"".join(records._without_references(iter([document]))) == document


def test_a_list_of_references_that_does_not_end_hides_no_record():
    whole = [with_references(f"Number {n}", f"9000000{n}", LIST) for n in range(3)]
    open_end, no_start = whole[1].replace(b"</ReferenceList>", b""), whole[2].replace(b"<ReferenceList>", b"")
    found: list[Citation] = []
    with pytest.raises(UnreadableRecord, match="broken"):
        found.extend(citation for citation in _into(found, read(wrap([whole[0], open_end, no_start]))))
    assert [citation.title for citation in found] == ["Number 0"]


def test_a_document_cut_within_references_ends_in_the_middle():
    document = wrap([with_references(f"Number {n}", f"9000000{n}", LIST) for n in range(2)])
    for end in range(document.rindex(b"<ReferenceList>"), document.rindex(b"</PubmedArticle>")):
        found: list[Citation] = []
        with pytest.raises(UnreadableRecord, match="middle"):
            found.extend(citation for citation in _into(found, read(document[:end])))
        assert [citation.title for citation in found] == ["Number 0"]


def _into(found, citations):
    for citation in citations:
        found.append(citation)
        if False:
            yield


def test_records_before_a_fault_are_kept_over_many_chunks():
    raws = [titled(f"Number {number} {'long ' * 300}", str(90000001 + number)) for number in range(200)]
    document = wrap(raws)
    found: list[Citation] = []
    with pytest.raises(UnreadableRecord, match="middle"):
        list(_into(found, read(document[:-30])))
    assert len(found) == 200 - 1


ENTITIES = b"".join(
    b'<!ENTITY e%d "%b">' % (number, b"&e%d;" % (number - 1) * 10 if number else b"ha") for number in range(12)
)


def bombed(record: bytes) -> bytes:
    return b"<!DOCTYPE PubmedArticleSet [" + ENTITIES + b"]><PubmedArticleSet>" + record + b"</PubmedArticleSet>"


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(titled("&e11;"), id="in text"),
        pytest.param(titled("T").replace(b"<PMID>", b'<PMID Version="&e11;">'), id="in an attribute"),
    ],
)
def test_an_entity_bomb_is_refused(record):
    with pytest.raises(UnreadableRecord, match="entity amplification"):
        list(read(bombed(record)))


def test_a_declared_entity_stays_as_it_is_written():
    assert [citation.title for citation in read(bombed(titled("A &e1; B")))] == ["A &e1; B"]


def test_no_file_is_read_for_an_entity(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    document = (
        f'<!DOCTYPE PubmedArticleSet [<!ENTITY x SYSTEM "{secret.as_uri()}">]><PubmedArticleSet>'.encode()
        + titled("T &x; T")
        + b"</PubmedArticleSet>"
    )
    assert [citation.title for citation in read(document)] == ["T &x; T"]


def test_one_record_is_expected_of_read_one():
    with pytest.raises(UnreadableRecord, match="2 records"):
        read_one(wrap([titled("One"), titled("Two")]))
