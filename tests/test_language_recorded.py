"""The engine agrees with what PubMed has answered: recorded translations and fields, which are not part of the project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from aggregator.pubmed import language
from aggregator.pubmed.language import parse, translation
from aggregator.pubmed.query_fields import Kind, field_of

ANSWERS = Path(__file__).parent.parent.parent / "shared" / "data" / "eutils" / "answers"

pytestmark = pytest.mark.skipif(not ANSWERS.exists(), reason="the recorded answers are not on this machine")


def recorded(name: str, element: str) -> str:
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    return etree.parse(ANSWERS / name, parser).findtext(f".//{element}") or ""


@pytest.mark.parametrize(
    ("answer", "query"),
    [
        pytest.param("esearch1.xml", "biopython", id="one word"),
        pytest.param("esearch8.xml", "abcXYZ", id="a word that PubMed does not have"),
    ],
)
def test_a_query_that_pubmed_does_not_map_is_translated_alike(answer, query):
    assert parse(recorded(answer, "QueryTranslation")) == parse(query)


@pytest.mark.parametrize("answer", ["esearch1.xml", "esearch2.xml", "esearch3.xml", "esearch8.xml"])
def test_pubmeds_translation_is_read_whole_and_printed_as_the_same_query(answer):
    written = recorded(answer, "QueryTranslation")
    assert language.read(written).problems == ()
    assert parse(translation(parse(written))) == parse(written)


def test_pubmeds_translation_is_printed_letter_by_letter():
    written = recorded("esearch2.xml", "QueryTranslation")
    assert translation(parse(written)) == written
    assert translation(parse("97[vi]")) in recorded("esearch3.xml", "QueryTranslation")


def test_what_pubmed_put_in_the_place_of_words_is_read_too():
    assert parse(recorded("esearch2.xml", "To"))
    (journal,) = language.terms(parse(recorded("esearch3.xml", "To")))
    assert journal.text == "7505876"


def test_what_pubmed_mapped_is_what_the_remarks_name():
    # PNAS[ta] became "proc natl acad sci u s a"[Journal], and cancer ten alternatives.
    assert recorded("esearch3.xml", "From") == "PNAS[ta]"
    (remark,) = language.remarks("PNAS[ta] AND 97[vi]")
    assert (remark.start, remark.end) == (0, len("PNAS[ta]"))
    assert recorded("esearch2.xml", "From") == "cancer"
    (remark,) = language.remarks("cancer AND 2025/09/27:2025/11/26[edat]")
    assert (remark.start, remark.end) == (0, len("cancer"))


def fields() -> list[dict[str, str]]:
    text = (ANSWERS / "einfo2.xml").read_text(encoding="utf-8") if ANSWERS.exists() else ""
    return [
        dict(re.findall(r"<(\w+)>(.*?)</\1>", field)) for field in re.findall(r"<Field>(.*?)</Field>", text, re.DOTALL)
    ]


def test_every_field_of_einfo_is_known_by_its_short_and_its_long_name():
    assert len(fields()) > 40
    for field in fields():
        known = field_of(field["Name"])
        assert known is not None, field["Name"]
        # EInfo calls the full author names "Author" too.
        assert field_of(field["FullName"]) == known or field["Name"] == "FULL", field["FullName"]


@pytest.mark.parametrize(
    ("mark", "kind"), [("IsDate", Kind.DATE), ("Hierarchy", Kind.TREE), ("IsNumerical", Kind.NUMBER)]
)
def test_dates_trees_and_numbers_are_einfos(mark, kind):
    marked = {field["Name"] for field in fields() if field[mark] == "Y"} - {"P1DAT"}
    assert marked
    assert {name for name in marked if field_of(name).kind is not kind} == set()
