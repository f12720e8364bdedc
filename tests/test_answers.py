"""What the E-utilities' answers mean. Shapes: NBK25499 and answers that were recorded by others."""

import json
from pathlib import Path

import pytest

from aggregator.pubmed.answers import entrez_read, fault_in, read_existing, read_info, read_search, read_spelling

RECORDED = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "eutils"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not on this machine")

SEARCH_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
)
TWO_HITS = (
    SEARCH_HEAD + "<eSearchResult><Count>2</Count><RetMax>2</RetMax><RetStart>0</RetStart><IdList>\n"
    "<Id>90000002</Id>\n<Id>90000001</Id>\n</IdList><TranslationSet/>"
    '<QueryTranslation>"ketamine"[Title]</QueryTranslation></eSearchResult>'
).encode()
NO_HITS = (
    SEARCH_HEAD + "<eSearchResult><Count>0</Count><RetMax>0</RetMax><RetStart>0</RetStart><IdList/><TranslationSet/>"
    "<QueryTranslation>(abcXYZ[All Fields])</QueryTranslation><ErrorList><PhraseNotFound>abcXYZ</PhraseNotFound>"
    "</ErrorList><WarningList><OutputMessage>No items found.</OutputMessage></WarningList></eSearchResult>"
).encode()


def test_a_search_gives_count_pmids_and_translation():
    answer = read_search(TWO_HITS)
    assert (answer.count, answer.pmids, answer.translation) == (2, ("90000002", "90000001"), '"ketamine"[Title]')


def test_no_hit_is_a_result_and_the_lost_term_a_warning():
    assert fault_in("esearch", 200, {}, NO_HITS) is None
    answer = read_search(NO_HITS)
    assert (answer.count, answer.warnings) == (0, ("not found: abcXYZ",))


def test_a_dtd_of_a_later_year_needs_no_network():
    later = TWO_HITS.replace(b"20060628", b"20310101")
    assert read_search(later).count == 2


@pytest.mark.parametrize("cut", range(1, len(TWO_HITS)), ids=str)
def test_a_search_cut_anywhere_is_never_a_result(cut):
    assert fault_in("esearch", 200, {}, TWO_HITS[:cut]).is_transient


FAULTS = [
    ("rate limit", 429, {"Retry-After": "2"}, b'{"error":"API rate limit exceeded","count":"4"}', "transient"),
    ("rate limit inside 200", 200, {}, b'{"error":"API rate limit exceeded","count":"11"}', "transient"),
    ("wrong key", 400, {}, b'{"error":"API key invalid","api-key":"SECRET123","type":"invalid"}', "rejected"),
    ("no valid PMID", 400, {}, b"<eFetchResult><ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR>", "rejected"),
    ("viewer timeout in 400", 400, {}, b"<ERROR> Error: External viewer error: Empty Response. Status: Timeout</ERROR>", "transient"),
    ("relayed 502 in 400", 400, {}, b"<eFetchResult><ERROR>proxy_stream() 502</ERROR></eFetchResult>", "transient"),
    ("summary failure in 400", 400, {}, b"<eFetchResult><ERROR> Error occurred: cannot get document summary</ERROR></eFetchResult>", "transient"),
    ("lost history", 200, {}, b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", "transient"),
    ("search server out of order", 200, {}, SEARCH_HEAD.encode() + b"<eSearchResult><ERROR>Search Backend failed: Database is not supported: pubmed</ERROR></eSearchResult>", "transient"),
    ("empty term", 200, {}, SEARCH_HEAD.encode() + b"<eSearchResult><ERROR>Empty term and query_key - nothing todo</ERROR></eSearchResult>", "rejected"),
    ("wrong database", 200, {}, b"<eSearchResult><ERROR>Invalid db name specified: pub</ERROR></eSearchResult>", "rejected"),
    ("soft block page", 200, {}, b"<html><title>NCBI - WWW Error Blocked Diagnostic</title></html>", "blocked"),
    ("redirect to the misuse host", 302, {"Location": "https://misuse.ncbi.nlm.nih.gov/error/abuse.shtml"}, b"", "blocked"),
    ("any other redirect", 307, {"Location": "https://elsewhere.example/"}, b"", "final"),
    ("server error page", 500, {}, b"<title>NCBI/eutils202 - WWW Error 500 Diagnostic</title>", "transient"),
    ("bad gateway, empty", 502, {}, b"", "transient"),
    ("empty answer in 200", 200, {}, b"", "transient"),
    ("prolog without a root", 200, {}, SEARCH_HEAD.encode(), "transient"),
    ("C++ trace in 200", 200, {}, b"<eSearchResult><ERROR>NCBI C++ Exception: Error: TXCLIENT(CException::eUnknown) EOF</ERROR></eSearchResult>", "transient"),
    ("maintenance page in 200", 200, {}, b'<html><img src="down_bethesda.gif"></html>', "transient"),
    ("unroutable, plain text", 200, {}, b"Unable to route request!\n\nservice name: /http/service/ratecontrol", "transient"),
    ("URL too long", 414, {}, b"<html>Request-URI Too Long</html>", "rejected"),
    ("another endpoint's answer", 200, {}, b"<eInfoResult></eInfoResult>", "transient"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "status", "headers", "body", "expected"), FAULTS, ids=[row[0] for row in FAULTS])
def test_every_known_fault_is_named_for_what_it_is(_, status, headers, body, expected):
    fault = fault_in("esearch", status, headers, body)
    assert fault is not None
    kind = "transient" if fault.is_transient else "rejected" if fault.is_rejection else "final"
    assert kind == ("final" if expected == "blocked" else expected)
    assert ("Register" in fault.message) == (expected == "blocked")
    assert "SECRET" not in fault.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7), ({}, 2), ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 2)],
    ids=["seconds are honoured", "two seconds where nothing is said", "a date counts as nothing said"],
)
def test_the_wait_after_too_many_requests(headers, seconds):
    assert fault_in("esearch", 429, headers, b"").retry_after == seconds


def test_a_deleted_pmid_has_no_summary():
    body = json.dumps(
        {
            "header": {"type": "esummary", "version": "0.3"},
            "result": {
                "uids": ["90000001", "90000002"],
                "90000001": {"uid": "90000001", "title": "Invented"},
                "90000002": {"uid": "90000002", "error": "cannot get document summary"},
            },
        }
    ).encode()
    assert fault_in("esummary", 200, {}, body) is None
    assert read_existing(body, ["90000001", "90000002"]) == {"90000001"}
    with pytest.raises(ValueError, match="says nothing of PMID 90000003"):
        read_existing(body, ["90000001", "90000003"])


@recorded
@pytest.mark.parametrize("name", ["esearch1", "esearch2", "esearch3", "esearch5", "esearch8"])
def test_recorded_searches_are_read_whole(name):
    body = (RECORDED / "answers" / f"{name}.xml").read_bytes()
    assert fault_in("esearch", 200, {}, body) is None
    answer = read_search(body)
    assert len(answer.pmids) == int(entrez_read(body)["RetMax"])
    assert body.count(b"<Id>") == len(answer.pmids)


@recorded
def test_recorded_spelling_and_info_are_read():
    assert read_spelling((RECORDED / "answers" / "espell.xml").read_bytes()) == "biopython"
    assert "records, last updated" in read_info((RECORDED / "answers" / "einfo2.xml").read_bytes())


@recorded
def test_error_bodies_seen_in_the_wild_are_never_results():
    cases = json.loads((RECORDED / "observed_error_bodies.json").read_text())
    bodies = [
        case.get("body") or case.get("body_contains") for case in cases if case.get("body") or case.get("body_contains")
    ]
    assert bodies
    for body in bodies:
        for endpoint in ("esearch", "efetch", "esummary"):
            assert fault_in(endpoint, 200, {}, body.encode()) is not None
