"""The simulated PubMed beside answers recorded from the real one, and over real records (where they are at hand)."""

import io
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from Bio import Entrez
from lxml import etree

from aggregator import topics
from aggregator.dates import EASTERN
from aggregator.demo_world import demo_world
from aggregator.pubmed import records
from aggregator.pubmed.simulator import Simulator, World

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ANSWERS = SHARED / "eutils" / "answers"
CORPUS = SHARED / "corpus" / "records.xml.gz"

needs_answers = pytest.mark.skipif(not ANSWERS.is_dir(), reason="recorded answers are not at hand")
needs_corpus = pytest.mark.skipif(not CORPUS.is_file(), reason="the corpus of real records is not at hand")


@pytest.fixture(scope="module")
def simulator():
    return Simulator(demo_world())


def recorded(name):
    return (ANSWERS / name).read_bytes()


def skeleton(element):
    """Names and order of elements; of neighbours with one name only the first."""
    inside = []
    for child in element:
        name = skeleton(child)
        if not inside or inside[-1] != name:
            inside.append(name)
    attributes = ",".join(f"{key}={value}" for key, value in element.attrib.items() if key in {"Name", "Type"})
    return f"{element.tag}[{attributes}]({' '.join(inside)})"


def doctype(body):
    return re.search(rb"<!DOCTYPE[^>]*>", body)[0]


@needs_answers
@pytest.mark.parametrize(
    ("endpoint", "params", "recording"),
    [
        pytest.param("esearch", {"term": "ketamine[tiab]"}, "esearch1.xml", id="a page of a search"),
        pytest.param("esearch", {"term": "abcXYZ"}, "esearch8.xml", id="a search that finds nothing"),
        pytest.param("epost", {"id": "90000001"}, "epost1.xml", id="a post"),
        pytest.param("epost", {"db": "nothing", "id": "1"}, "epost2.xml", id="a post to no database"),
        pytest.param("epost", {"id": "-1"}, "epost3.xml", id="a post of nothing"),
        pytest.param("espell", {"term": "ketamne"}, "espell.xml", id="a spelling"),
        pytest.param("einfo", {"db": ""}, "einfo1.xml", id="the databases"),
        pytest.param("esummary", {}, "esummary8.xml", id="a summary of nothing"),
    ],
)
def test_elements_stand_as_recorded(simulator, endpoint, params, recording):
    body = simulator.answer(endpoint, "POST", {"db": "pubmed"} | params).body
    expected = recorded(recording)
    assert doctype(body) == doctype(expected)
    assert skeleton(etree.fromstring(body)) == skeleton(etree.fromstring(expected))


@needs_answers
def test_a_page_of_a_search_differs_from_a_recorded_one_in_its_values_only(simulator):
    def without_values(body):
        return re.sub(rb">[^<\n]+<", b"><", body)

    body = simulator.answer("esearch", "POST", {"db": "pubmed", "term": "ketamine[tiab]"}).body
    assert without_values(body).rstrip() == without_values(recorded("esearch1.xml")).rstrip()


@needs_answers
def test_a_stored_search_has_its_key_where_it_was_recorded(simulator):
    params = {"db": "pubmed", "term": "ketamine[tiab]", "usehistory": "y"}
    ours = [child.tag for child in etree.fromstring(simulator.answer("esearch", "POST", params).body)]
    theirs = [child.tag for child in etree.fromstring(recorded("esearch2.xml"))]
    assert ours == theirs


@needs_answers
def test_a_summary_has_the_items_of_a_recorded_one(simulator):
    def items(body):
        summary = etree.fromstring(body).find("DocSum")
        return [(item.get("Name"), item.get("Type")) for item in summary.findall("Item")]

    body = simulator.answer("esummary", "POST", {"db": "pubmed", "id": "90000001"}).body
    assert items(body) == items(recorded("esummary1.xml"))


@needs_answers
def test_pubmed_s_fields_are_those_recorded(simulator):
    flags = ("IsDate", "IsNumerical", "SingleToken", "Hierarchy", "IsHidden")

    def fields(body):
        found = Entrez.read(io.BytesIO(body))["DbInfo"]
        found = found[0] if isinstance(found, list) else found
        return [(one["Name"], one["FullName"], *(one[flag] for flag in flags)) for one in found["FieldList"]]

    body = simulator.answer("einfo", "POST", {"db": "pubmed"}).body
    assert fields(body) == fields(recorded("einfo2.xml"))


@needs_answers
def test_errors_seen_in_the_wild_are_worded_alike(simulator):
    seen = {case["case"]: case for case in json.loads((ANSWERS.parent / "observed_error_bodies.json").read_text())}
    missing = simulator.answer("efetch", "POST", {})
    assert missing.body.decode() == seen["missing_param"]["body"]
    assert missing.status in seen["missing_param"]["http"]
    wall = simulator.answer("esearch", "POST", {"db": "pubmed", "term": "ketamine", "retstart": "9999"}).body.decode()
    assert seen["esearch_retstart"]["body_contains"].split("\\n")[1] in wall
    empty = simulator.answer("efetch", "POST", {"db": "pubmed", "id": "00000000"})
    assert seen["efetch_all_ids_invalid"]["body_contains"] in empty.body.decode()


@pytest.fixture(scope="module")
def real():
    return Simulator(World.load([CORPUS], now=datetime(2026, 11, 22, 18, tzinfo=EASTERN)))


@needs_corpus
def test_real_records_are_handed_out_as_they_came(real):
    held = real.world.records()
    assert len(held) == 1214
    pmids = list(held)[:300]
    answer = real.answer("efetch", "POST", {"db": "pubmed", "id": ",".join(pmids)})
    assert [one.pmid for one in records.read(answer.body)] == pmids
    assert list(records.read(answer.body)) == [held[pmid].citation for pmid in pmids]


@needs_corpus
def test_every_topic_finds_real_records_without_a_complaint(real):
    for topic in topics.load(Path(__file__).resolve().parents[1] / "queries"):
        answer = real.answer("esearch", "POST", {"db": "pubmed", "term": topic.query, "retmode": "json"})
        found = json.loads(answer.body)["esearchresult"]
        assert int(found["count"]) > 0, topic.slug
        assert "errorlist" not in found
        assert "warninglist" not in found


@needs_corpus
def test_every_real_record_has_a_summary_that_biopython_reads(real):
    pmids = list(real.world.records())
    answer = real.answer("esummary", "POST", {"db": "pubmed", "id": ",".join(pmids)})
    summaries = Entrez.read(io.BytesIO(answer.body))
    assert [summary["Id"] for summary in summaries] == pmids
    assert [str(summary["Title"]) for summary in summaries] == [
        held.citation.title for held in real.world.records().values()
    ]
