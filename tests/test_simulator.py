"""The simulated PubMed: the shapes, limits, dates and faults that the E-utilities are documented and recorded with."""

import gzip
import http.client
import io
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from Bio import Entrez
from lxml import etree

from aggregator.dates import EASTERN
from aggregator.errors import RecordFileError
from aggregator.pubmed import records
from aggregator.pubmed.simulator import FAULTS, NCBI_LIMITS, Simulator, World, serve
from aggregator.pubmed.simulator_faults import ONLY_AT, TRANSPORTS

NOON = datetime(2026, 11, 16, 12, tzinfo=EASTERN)


def record(
    pmid,
    *,
    title="Ketamine for depression.",
    entered=date(2026, 11, 1),
    published="2026",
    extra="",
    types="Journal Article",
):
    year, month, day = entered.year, entered.month, entered.day
    dates = "".join(
        f'<PubMedPubDate PubStatus="{status}"><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></PubMedPubDate>'
        for status in ("entrez", "pubmed")
    )
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        f'<Article PubModel="Print"><Journal><ISSN IssnType="Print">0000-0019</ISSN><JournalIssue CitedMedium="Print">'
        f"<Volume>4</Volume><Issue>2</Issue><PubDate><Year>{published}</Year></PubDate></JournalIssue>"
        f"<Title>Invented Journal</Title><ISOAbbreviation>Invent J</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle><Pagination><MedlinePgn>1-9</MedlinePgn></Pagination>"
        f'<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Wren</LastName><ForeName>Ada</ForeName>'
        f"<Initials>A</Initials></Author></AuthorList><Language>eng</Language><PublicationTypeList>"
        f'<PublicationType UI="D016428">{types}</PublicationType></PublicationTypeList></Article>'
        f"<MedlineJournalInfo><MedlineTA>Invent J</MedlineTA></MedlineJournalInfo>{extra}</MedlineCitation>"
        f"<PubmedData><History>{dates}</History><PublicationStatus>ppublish</PublicationStatus><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList></PubmedData></PubmedArticle>'
    ).encode()


@pytest.fixture
def world():
    world = World(now=NOON)
    world.add(*(record(90000000 + number, title=f"Ketamine and depression, part {number}.") for number in range(1, 31)))
    world.add(record(90000040, title="Esketamine in social anxiety.", published="2012"))
    return world


@pytest.fixture
def simulator(world):
    with Simulator(world) as running:
        yield running


@pytest.fixture
def ask(simulator):
    session = requests.Session()

    def ask(endpoint, **params):
        return session.post(f"{simulator.url}{endpoint}.fcgi", data=params, timeout=10)

    yield ask
    session.close()


def search(ask, term, **params):
    return ask("esearch", db="pubmed", term=term, retmode="json", **params).json()["esearchresult"]


# ── ESearch ──


def test_twenty_pmids_come_unless_more_are_asked_for_and_the_newest_first(ask):
    found = search(ask, "ketamine[tiab]")
    assert (found["count"], found["retmax"], len(found["idlist"])) == ("30", "20", 20)
    assert found["idlist"] == sorted(found["idlist"], reverse=True)
    assert "webenv" not in found


def test_retmax_is_answered_with_the_number_of_pmids_given(ask):
    found = search(ask, "ketamine[tiab]", retmax=500, retstart=25)
    assert (found["retmax"], found["retstart"]) == ("5", "25")
    assert found["idlist"] == [str(90000000 + number) for number in (5, 4, 3, 2, 1)]


def test_xml_and_json_say_the_same(ask):
    as_xml = Entrez.read(io.BytesIO(ask("esearch", db="pubmed", term="ketamine[tiab]", retmax=3).content))
    as_json = search(ask, "ketamine[tiab]", retmax=3)
    assert list(as_xml["IdList"]) == as_json["idlist"]
    assert as_xml["QueryTranslation"] == as_json["querytranslation"] == '"ketamine"[Title/Abstract]'


def test_get_and_post_are_answered_alike(simulator, ask):
    params = {"db": "pubmed", "term": "ketamine[tiab]"}
    by_get = requests.get(f"{simulator.url}esearch.fcgi", params=params, timeout=10)
    assert by_get.content == ask("esearch", **params).content


def test_count_alone_can_be_asked_for(ask):
    assert search(ask, "ketamine[tiab]", rettype="count") == {"count": "30"}
    answer = Entrez.read(io.BytesIO(ask("esearch", db="pubmed", term="ketamine[tiab]", rettype="count").content))
    assert dict(answer) == {"Count": "30"}


def test_a_word_that_nothing_holds_is_named(ask):
    found = search(ask, "abcXYZ")
    assert found["count"] == "0"
    assert [phrase.casefold() for phrase in found["errorlist"]["phrasesnotfound"]] == ["abcxyz"]
    assert found["warninglist"]["outputmessages"] == ["No items found."]


def test_a_quoted_phrase_outside_the_index_is_named_though_others_find(world):
    with Simulator(world, unknown_phrases={"sad mood"}) as simulator:
        body = simulator.answer("esearch", "POST", {"term": '"sad mood"[tiab] OR ketamine[tiab]'}).body
    assert b'<WarningList><QuotedPhraseNotFound>"sad mood"[Title/Abstract]</QuotedPhraseNotFound></WarningList>' in body
    assert b"<Count>30</Count>" in body


def test_an_unknown_tag_is_named_and_its_word_searched_in_all_fields(ask):
    found = search(ask, "ketamine[colour]")
    assert found["errorlist"]["fieldsnotfound"] == ["colour"]
    assert found["count"] == "30"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({"term": "(("}, "Search Backend failed", id="parentheses that never close"),
        pytest.param({"term": ""}, "Empty term and query_key - nothing todo", id="nothing asked"),
        pytest.param({"db": "pub", "term": "x"}, "Invalid db name specified: pub", id="a database that is not there"),
        pytest.param({"term": "#1 AND x"}, "Unable to obtain query #1", id="a set that was never stored"),
    ],
)
def test_errors_come_inside_http_200(ask, params, message):
    answer = ask("esearch", **{"db": "pubmed", "retmode": "json"} | params)
    assert answer.status_code == 200
    assert message in json.loads(answer.text, strict=False)["esearchresult"]["ERROR"]
    with pytest.raises(RuntimeError, match=re.escape(message)):
        Entrez.read(io.BytesIO(ask("esearch", **{"db": "pubmed"} | params).content))


def test_publication_date_orders_when_asked(ask):
    found = search(ask, "ketamine[tiab] OR esketamine[tiab]", sort="pub_date", retmax=40)
    assert found["idlist"][-1] == "90000040"


# ── the wall ──


@pytest.fixture
def walled(world):
    with Simulator(world, wall=10) as simulator:
        yield simulator


def test_past_the_wall_the_json_is_invalid_as_it_is_at_ncbi(walled):
    body = walled.answer(
        "esearch", "POST", {"term": "ketamine[tiab]", "retstart": "10", "retmode": "json"}
    ).body.decode()
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert "'retstart' cannot be larger than 9." in json.loads(body, strict=False)["esearchresult"]["ERROR"]


def test_a_page_across_the_wall_is_cut_short_without_an_error(walled):
    page = {"term": "ketamine[tiab]", "retmode": "json"}
    first = json.loads(walled.answer("esearch", "POST", page | {"retmax": "100000"}).body)["esearchresult"]
    assert (first["count"], first["retmax"]) == ("30", "10")
    assert "warninglist" not in first
    second = json.loads(walled.answer("esearch", "POST", page | {"retstart": "9"}).body)["esearchresult"]
    assert second["warninglist"]["outputmessages"] == ["Restrictions achieved. start and count adjusted to 9, 1"]


def test_history_does_not_lift_the_wall(walled):
    stored = json.loads(
        walled.answer("esearch", "POST", {"term": "ketamine[tiab]", "usehistory": "y", "retmode": "json"}).body
    )["esearchresult"]
    history = {"db": "pubmed", "query_key": stored["querykey"], "webenv": stored["webenv"]}
    clamped = walled.answer("efetch", "POST", history | {"retstart": "5", "retmax": "500"})
    assert len(list(records.read(clamped.body))) == 5
    refused = walled.answer("efetch", "POST", history | {"retstart": "10"})
    assert refused.status == 400
    assert b"Search backend cannot retrieve history data" in refused.body


# ── history ──


def test_a_stored_set_is_whole_and_can_be_narrowed_and_fetched(ask):
    stored = search(ask, "ketamine[tiab]", usehistory="y", retmax=0)
    assert re.fullmatch(r"MCID_[0-9a-f]{24}", stored["webenv"])
    assert int(stored["webenv"][5:13], 16) == int(NOON.timestamp())
    narrowed = search(ask, '#1 AND "part 7"[ti]', WebEnv=stored["webenv"], usehistory="y")
    assert (narrowed["idlist"], narrowed["querykey"]) == (["90000007"], "2")
    assert narrowed["querytranslation"].startswith("#1 AND ")
    fetched = ask("efetch", db="pubmed", query_key="1", WebEnv=stored["webenv"], retstart=28, retmax=10)
    assert [one.pmid for one in records.read(fetched.content)] == ["90000002", "90000001"]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        pytest.param('#1 NOT "part 7"[ti]', 2, id="a set less a search"),
        pytest.param('"part 3"[ti] OR #1', 4, id="a search joined to a set"),
        pytest.param('esketamine[ti] OR "part 7"[ti] AND #1', 1, id="left to right: both, then the set"),
        pytest.param("#1", 3, id="a set alone"),
    ],
)
def test_sets_take_part_in_any_query(ask, term, expected):
    posted = Entrez.read(io.BytesIO(ask("epost", db="pubmed", id="90000007,90000008,90000009").content))
    assert search(ask, term, WebEnv=posted["WebEnv"])["count"] == str(expected)


def test_history_that_is_gone_says_so_inside_http_200(simulator, ask):
    stored = search(ask, "ketamine[tiab]", usehistory="y")
    simulator.forget_history()
    answer = ask("efetch", db="pubmed", query_key=stored["querykey"], WebEnv=stored["webenv"])
    assert answer.status_code == 200
    assert "<ERROR>Unable to obtain query #1</ERROR>" in answer.text


def test_history_lives_as_long_as_it_is_told_to(world):
    with Simulator(world, history_lifetime=timedelta(hours=8)) as simulator:
        params = {"term": "ketamine[tiab]", "usehistory": "y", "retmode": "json"}
        stored = json.loads(simulator.answer("esearch", "POST", params).body)["esearchresult"]
        again = {"db": "pubmed", "query_key": "1", "webenv": stored["webenv"]}
        world.now = NOON + timedelta(hours=7)
        assert b"<PubmedArticle>" in simulator.answer("efetch", "POST", again).body
        world.now = NOON + timedelta(hours=16)
        assert b"Unable to obtain query #1" in simulator.answer("efetch", "POST", again).body


# ── dates ──


def test_the_day_ends_at_midnight_in_bethesda(world, ask):
    world.add(record(90000050, entered=date(2026, 11, 17)))
    world.now = datetime(2026, 11, 17, 4, 59, tzinfo=UTC)
    assert search(ask, "90000050[uid]")["count"] == "0"
    world.now = datetime(2026, 11, 17, 5, 0, tzinfo=UTC)
    assert search(ask, "90000050[uid]")["count"] == "1"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        pytest.param({"datetype": "crdt", "mindate": "2026/11/14", "maxdate": "2026/11/15"}, 1, id="by parameters"),
        pytest.param({"datetype": "crdt", "reldate": "1"}, 1, id="counted back from today, both ends included"),
        pytest.param({"datetype": "crdt", "reldate": "0"}, 0, id="today only"),
        pytest.param({"datetype": "crdt", "mindate": "2026/11/14"}, 32, id="one end alone is passed over"),
    ],
)
def test_dates_narrow_a_search(world, ask, dates, expected):
    world.add(record(90000051, entered=date(2026, 11, 15)))
    assert search(ask, "ketamine OR esketamine", **dates)["count"] == str(expected)


def test_dates_by_parameter_and_in_the_term_are_the_same(world, ask):
    world.add(record(90000051, entered=date(2026, 11, 15)))
    in_term = search(ask, 'ketamine AND ("2026/11/14"[crdt] : "3000"[crdt])')
    by_parameter = search(ask, "ketamine", datetype="crdt", mindate="2026/11/14", maxdate="3000")
    assert in_term["idlist"] == by_parameter["idlist"] == ["90000051"]


# ── the records ──


def test_a_later_version_takes_its_place_on_its_day(world, ask):
    world.add(record(90000007, title="Ketamine, revised."), since=date(2026, 11, 18))
    assert search(ask, "revised[ti]")["count"] == "0"
    world.now = NOON + timedelta(days=2)
    assert search(ask, "revised[ti]")["idlist"] == ["90000007"]
    assert b"revised" in ask("efetch", db="pubmed", id="90000007").content


def test_a_record_can_be_deleted_from_a_day_on(world, ask):
    world.remove("90000007", since=date(2026, 11, 18))
    assert search(ask, "90000007[uid]")["count"] == "1"
    world.now = NOON + timedelta(days=2)
    assert search(ask, "90000007[uid]")["count"] == "0"


def test_a_clock_without_a_zone_is_refused(world):
    with pytest.raises(ValueError, match="time zone"):
        world.now = datetime(2026, 11, 16)  # noqa: DTZ001 - the point of the test


def test_the_machine_s_clock_is_used_until_one_is_set():
    assert World().now.tzinfo is not None


@pytest.mark.parametrize("name", ["records.xml", "records.xml.gz"])
def test_files_are_served_gzipped_or_not(tmp_path, name):
    document = records.wrap([record(90000001), record(90000002)])
    (tmp_path / name).write_bytes(gzip.compress(document) if name.endswith("gz") else document)
    with serve([tmp_path / name], now=NOON) as simulator:
        assert list(simulator.world.records()) == ["90000002", "90000001"]


@pytest.mark.parametrize(
    "content", [b"", b"<html>no</html>", b"<PubmedArticleSet></PubmedArticleSet>", b"\x1f\x8b junk"]
)
def test_a_file_without_records_is_refused_by_name(tmp_path, content):
    file = tmp_path / "records.xml"
    file.write_bytes(content)
    with pytest.raises(RecordFileError, match=r"records\.xml"):
        World.load([file])


def test_update_files_replace_and_delete(tmp_path):
    baseline, update = tmp_path / "1.xml", tmp_path / "2.xml"
    baseline.write_bytes(records.wrap([record(90000001), record(90000002)]))
    deleted = b'<DeleteCitation><PMID Version="1">90000002</PMID></DeleteCitation>'
    update.write_bytes(records.wrap([record(90000001, title="Newer."), deleted]))
    world = World.load([baseline, update], now=NOON)
    assert [held.citation.title for held in world.records().values()] == ["Newer."]


# ── EFetch ──


def test_records_come_in_the_order_asked_each_once_and_unknown_ones_are_left_out(ask):
    answer = ask("efetch", db="pubmed", id="90000003,99999999,0090000001,90000003")
    assert [one.pmid for one in records.read(answer.content)] == ["90000003", "90000001"]


def test_the_empty_set_has_the_length_it_has_at_ncbi(ask):
    answer = ask("efetch", db="pubmed", id="99999999")
    assert (answer.status_code, len(answer.content)) == (200, 205)


@pytest.mark.parametrize("ids", ["0", "00000000", "abc", "0,abc"])
def test_ids_that_are_none_are_http_400(ask, ids):
    answer = ask("efetch", db="pubmed", id=ids)
    assert answer.status_code == 400
    assert "ID list is empty! Possibly it has no correct IDs." in answer.text


def test_the_database_is_mandatory(ask):
    answer = ask("efetch", id="90000001")
    assert (answer.status_code, answer.text) == (400, "Bad Request (400): Mandatory parameter: db - is omitted")


def test_the_list_of_pmids_comes_as_text_or_xml(ask):
    assert ask("efetch", db="pubmed", id="90000002,5,90000001", rettype="uilist", retmode="text").text == (
        "90000002\n90000001\n"
    )
    xml = ask("efetch", db="pubmed", id="90000002", rettype="uilist", retmode="xml").content
    assert etree.fromstring(xml).findtext("Id") == "90000002"


def test_an_unsupported_form_is_answered_with_nothing(ask):
    answer = ask("efetch", db="pubmed", id="90000002", retmode="json")
    assert (answer.status_code, answer.content) == (200, b"")


def test_books_are_served_like_any_record(world, ask):
    book = (
        b'<PubmedBookArticle><BookDocument><PMID Version="1">90000099</PMID><ArticleIdList/><Book><Publisher>'
        b"<PublisherName>Invented</PublisherName></Publisher><BookTitle>InventPearls</BookTitle><PubDate><Year>2025"
        b"</Year></PubDate></Book><ArticleTitle>Ketamine toxicity.</ArticleTitle></BookDocument></PubmedBookArticle>"
    )
    world.add(book)
    assert search(ask, "toxicity[ti]")["idlist"] == ["90000099"]
    assert b"<PubmedBookArticle>" in ask("efetch", db="pubmed", id="90000099").content


@pytest.mark.parametrize("year", [2025, 2026, 2031])
def test_the_declared_dtd_year_can_be_chosen(world, year):
    with Simulator(world, dtd_year=year) as simulator:
        body = simulator.answer("efetch", "POST", {"db": "pubmed", "id": "90000001"}).body.decode()
    assert f"1st January {year}//EN" in body
    assert f"pubmed_{year % 100}0101.dtd" in body


# ── ESummary, EPost, EInfo, ESpell ──


def test_summaries_are_read_by_biopython_and_say_what_the_record_says(ask):
    (summary,) = Entrez.read(io.BytesIO(ask("esummary", db="pubmed", id="90000040").content))
    assert (summary["Id"], summary["Title"], summary["Source"]) == (
        "90000040",
        "Esketamine in social anxiety.",
        "Invent J",
    )
    assert (summary["SO"], list(summary["AuthorList"])) == ("2012;4(2):1-9", ["Wren A"])


def test_json_summaries_carry_an_error_for_an_unknown_pmid(ask):
    result = ask("esummary", db="pubmed", id="90000001,999", retmode="json").json()["result"]
    assert result["uids"] == ["90000001", "999"]
    assert result["999"] == {"uid": "999", "error": "cannot get document summary"}
    assert result["90000001"]["authors"] == [{"name": "Wren A", "authtype": "Author", "clusterid": ""}]
    assert result["90000001"]["history"][0] == {"pubstatus": "entrez", "date": "2026/11/01 00:00"}


def test_version_two_summaries_have_an_element_for_each_key(ask):
    root = etree.fromstring(ask("esummary", db="pubmed", id="90000001,999", version="2.0").content)
    assert root.findtext(".//DocumentSummary[@uid='90000001']/FullJournalName") == "Invented Journal"
    assert root.findtext(".//DocumentSummary[@uid='999']/error") == "cannot get document summary"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param(
            {"id": "abc"}, {"error": "Invalid uid abc at position= 0", "result": {"uids": []}}, id="no number"
        ),
        pytest.param({}, {"error": "Neither query_key nor id specified"}, id="nothing asked"),
        pytest.param(
            {"id": ",".join(str(number) for number in range(1, 502))},
            {"error": "Too many UIDs in request. Maximum number of UIDs is 500 for JSON format output."},
            id="more than 500",
        ),
        pytest.param(
            {"query_key": "1", "WebEnv": "MCID_0"}, {"esummaryresult": ["Unable to obtain query #1"]}, id="lost history"
        ),
    ],
)
def test_json_summaries_refuse_as_ncbi_does(ask, params, expected):
    answer = ask("esummary", db="pubmed", retmode="json", **params).json()
    assert answer == {"header": {"type": "esummary", "version": "0.3"}} | expected


def test_posted_pmids_are_kept_and_bad_ones_complained_of(ask):
    good = Entrez.read(io.BytesIO(ask("epost", db="pubmed", id="90000001,90000002").content))
    assert good["QueryKey"] == "1"
    nothing = ask("epost", db="pubmed", id="-1").text
    assert "<ERROR>Empty ID list; Nothing to store</ERROR>" in nothing
    assert "Maximum ID value 18446744073709551615" in nothing
    assert "Invalid db name specified: nothing" in ask("epost", db="nothing", id="1").text


def test_einfo_lists_the_database_and_its_fields(ask):
    assert list(Entrez.read(io.BytesIO(ask("einfo").content))["DbList"]) == ["pubmed"]
    info = Entrez.read(io.BytesIO(ask("einfo", db="pubmed").content))["DbInfo"]
    info = info[0] if isinstance(info, list) else info
    assert info["Count"] == "31"
    flags = {field["Name"]: field["IsDate"] for field in info["FieldList"]}
    assert (flags["CRDT"], flags["TIAB"]) == ("Y", "N")
    assert ask("einfo", db="pubmed", retmode="json").json()["einforesult"]["dbinfo"][0]["count"] == "31"


def test_a_misspelt_word_is_corrected_and_a_good_one_is_not(ask):
    assert Entrez.read(io.BytesIO(ask("espell", db="pubmed", term="ketamne").content))["CorrectedQuery"] == "ketamine"
    assert Entrez.read(io.BytesIO(ask("espell", db="pubmed", term="ketamine").content))["CorrectedQuery"] == ""


# ── the wire ──


def test_a_normal_answer_has_the_headers_of_a_recorded_one(ask):
    headers = ask("esearch", db="pubmed", term="ketamine").headers
    assert headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in headers
    assert headers["Content-Encoding"] == "gzip"
    assert headers["X-RateLimit-Limit"] == "3"
    assert headers["Cache-Control"] == "private"


def test_an_answer_is_plain_for_who_does_not_take_gzip(simulator):
    parts = urlsplit(simulator.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", f"{parts.path}einfo.fcgi")
    answer = connection.getresponse()
    assert answer.getheader("Content-Encoding") is None
    assert b"<DbName>pubmed</DbName>" in answer.read()
    connection.close()


def test_a_long_url_is_refused_and_the_same_by_post_is_not(simulator, ask):
    ids = ",".join(str(90000000 + number) for number in range(1, 600))
    by_get = requests.get(f"{simulator.url}efetch.fcgi?{urlencode({'db': 'pubmed', 'id': ids})}", timeout=10)
    assert by_get.status_code == 414
    assert ask("efetch", db="pubmed", id=ids).status_code == 200


def test_an_unknown_endpoint_is_not_found(ask):
    assert ask("efind", db="pubmed").status_code == 404


@pytest.mark.parametrize("key", ["", "  ", "unknown"])
def test_a_wrong_key_is_refused_and_echoed(world, key):
    with Simulator(world, keys=frozenset({"good"})) as simulator:
        answer = simulator.answer("einfo", "POST", {"api_key": key})
        assert simulator.answer("einfo", "POST", {"api_key": "good"}).status == 200
    assert answer.status == 400
    assert json.loads(answer.body) == {
        "error": "API key invalid",
        "api-key": key,
        "type": "invalid",
        "status": "unknown",
    }


def test_too_many_requests_in_a_second_are_turned_away(world):
    with Simulator(world, limits=NCBI_LIMITS) as simulator:
        without = [simulator.answer("einfo", "POST", {}).status for _ in range(5)]
        with_key = [simulator.answer("einfo", "POST", {"api_key": "k"}).status for _ in range(11)]
        refused = simulator.answer("einfo", "POST", {})
    assert without == [200, 200, 200, 429, 429]
    assert with_key == [200] * 10 + [429]
    assert dict(refused.headers)["Retry-After"] == "2"
    assert json.loads(refused.body)["error"] == "API rate limit exceeded"


def test_the_log_keeps_no_secret(simulator, ask):
    ask("esearch", db="pubmed", term="ketamine", email="ada@clinic.example", api_key="secret", tool="t")
    (request,) = simulator.log
    assert (request.endpoint, request.method, request.had_key, request.status) == ("esearch", "POST", True, 200)
    assert request.params == {"db": "pubmed", "term": "ketamine", "tool": "t"}
    assert request.in_url == ()


def test_the_log_names_what_came_in_the_url(simulator):
    requests.post(f"{simulator.url}einfo.fcgi?db=pubmed&api_key=secret", data={"email": "a@b.example"}, timeout=10)
    (request,) = simulator.log
    assert request.in_url == ("db", "api_key")
    assert "secret" not in repr(request)


def test_many_clients_are_served_at_once(simulator):
    def count(_):
        answer = requests.post(f"{simulator.url}esearch.fcgi", data={"db": "pubmed", "term": "ketamine"}, timeout=10)
        return b"<Count>30</Count>" in answer.content

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(count, range(40)))
    assert len(simulator.log) == 40


def test_it_stops_and_starts_again(world):
    simulator = Simulator(world).start()
    simulator.stop()
    simulator.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = simulator.url
    with simulator:
        assert requests.get(f"{simulator.url}einfo.fcgi", timeout=10).status_code == 200


# ── bad days ──

#: The faults seen in production (issue: F1 to F23), each with the names that it has here.
SEEN_IN_PRODUCTION = {
    "F1 too many requests": ("rate-limit", "rate-limit-without-retry-after", "rate-limit-in-200"),
    "F2 wrong key, echoed": ("invalid-key",),
    "F3 no id that could be one": ("id-list-empty",),
    "F4 viewer timeout inside 400": ("viewer-timeout",),
    "F5 relayed 502 inside 400": ("pubone",),
    "F6 no document summary inside 400": ("no-document-summary",),
    "F7 past the wall": ("retstart-past-wall",),
    "F8 history lost": ("history-lost", "history-lost-in-400"),
    "F9 backend failed inside 200": ("backend-failed", "database-not-supported"),
    "F10 empty term": ("empty-term",),
    "F11 no such database": ("invalid-db",),
    "F12 blocked": ("blocked", "redirect"),
    "F13 error 500": ("server-error", "forwarding-error"),
    "F14 bad gateway": ("bad-gateway", "unavailable", "gateway-timeout"),
    "F15 empty body": ("empty-body",),
    "F16 no root": ("no-root",),
    "F17 broken on the way": ("truncated", "cut", "corrupted", "corrupted-bytes"),
    "F18 C++ trace": ("trace",),
    "F19 maintenance": ("maintenance",),
    "F20 summary backend failed": ("document-summary-backend",),
    "F21 unroutable": ("unroutable",),
    "F22 URL too long": ("uri-too-long",),
    "F23 hang": ("hang", "hang-after-headers", "drip", "slow"),
}


def test_every_fault_seen_in_production_can_be_planned():
    assert [name.split()[0] for name in SEEN_IN_PRODUCTION] == [f"F{number}" for number in range(1, 24)]
    assert {kind for kinds in SEEN_IN_PRODUCTION.values() for kind in kinds} <= set(FAULTS)


STATUS = {
    "rate-limit": 429,
    "rate-limit-without-retry-after": 429,
    "invalid-key": 400,
    "id-list-empty": 400,
    "viewer-timeout": 400,
    "pubone": 400,
    "no-document-summary": 400,
    "retstart-past-wall": 400,
    "history-lost-in-400": 400,
    "redirect": 302,
    "redirect-elsewhere": 302,
    "server-error": 500,
    "forwarding-error": 500,
    "bad-gateway": 502,
    "unavailable": 503,
    "gateway-timeout": 504,
    "uri-too-long": 414,
}
#: The twenty that an ESearch for ketamine lists.
NEWEST = [str(90000000 + number) for number in range(30, 10, -1)]
ASKED = {
    "esearch": {"db": "pubmed", "term": "ketamine[tiab]", "retmode": "xml"},
    "efetch": {"db": "pubmed", "id": "90000001,90000002,90000003"},
    "esummary": {"db": "pubmed", "id": "90000001,90000002,90000003", "retmode": "json"},
}


@pytest.mark.parametrize("kind", sorted(set(FAULTS) - set(TRANSPORTS)))
def test_a_planned_fault_is_met_once_and_changes_the_answer(world, kind):
    simulator = Simulator(world)
    endpoint = ONLY_AT.get(kind, "efetch")
    good = simulator.answer(endpoint, "POST", ASKED[endpoint])
    simulator.faults.add(endpoint, kind)
    bad = simulator.answer(endpoint, "POST", ASKED[endpoint])
    assert (bad.status, bad.body) != (good.status, good.body)
    assert bad.status == STATUS.get(kind, 200)
    assert simulator.answer(endpoint, "POST", ASKED[endpoint]) == good
    assert [request.fault for request in simulator.log] == [None, kind, None]


@pytest.mark.parametrize("kind", sorted(ONLY_AT))
def test_a_fault_of_one_endpoint_leaves_the_others_as_they_are(world, kind):
    simulator = Simulator(world)
    for endpoint in set(ASKED) - {ONLY_AT[kind]}:
        good = simulator.answer(endpoint, "POST", ASKED[endpoint])
        simulator.faults.add(endpoint, kind)
        assert simulator.answer(endpoint, "POST", ASKED[endpoint]).body == good.body


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param("count-too-high", ("33", NEWEST), id="three more than listed"),
        pytest.param("count-too-low", ("29", NEWEST), id="one less than there are"),
        pytest.param("dropped-pmid", ("30", NEWEST[:-1]), id="the last is lost"),
        pytest.param("duplicated-pmid", ("30", [NEWEST[0], *NEWEST[:-1]]), id="one in place of another"),
        pytest.param("shuffled-pmids", ("30", NEWEST[::-1]), id="another order"),
        pytest.param("foreign-pmid", ("30", [*NEWEST[:-1], "160000011"]), id="one that there is not"),
    ],
)
@pytest.mark.parametrize("retmode", ["xml", "json"])
def test_lists_go_astray_in_documents_that_are_whole(world, kind, expected, retmode):
    simulator = Simulator(world)
    simulator.faults.add("esearch", kind)
    body = simulator.answer("esearch", "POST", ASKED["esearch"] | {"retmode": retmode}).body
    if retmode == "json":
        found = json.loads(body)["esearchresult"]
        assert (found["count"], found["idlist"]) == expected
    else:
        found = Entrez.read(io.BytesIO(body))
        assert (found["Count"], list(found["IdList"])) == expected


@pytest.mark.parametrize(
    ("form", "refused", "kept"),
    [
        pytest.param({"retmode": "json"}, b'"uid":"90000001","error":"cannot get', b'"title":', id="JSON"),
        pytest.param({}, b"<ERROR>UID=90000001: cannot get document summary</ERROR>", b"<DocSum>", id="version 1"),
        pytest.param({"version": "2.0"}, b'"90000001"><error>cannot get', b"<DocumentSummary uid", id="version 2"),
    ],
)
def test_a_summary_is_refused_or_forgotten(world, form, refused, kept):
    simulator = Simulator(world)
    simulator.faults.add("esummary", "refused-summary")
    simulator.faults.add("esummary", "dropped-summary")
    params = ASKED["esummary"] | {"retmode": "xml"} | form
    assert refused in simulator.answer("esummary", "POST", params).body
    left = simulator.answer("esummary", "POST", params).body
    assert left.count(kept) == 2
    assert b"cannot get document summary" not in left


def test_a_poisoned_pmid_spoils_every_fetch_that_asks_for_it(world):
    simulator = Simulator(world, poison={"90000002": "viewer-timeout"})
    spoilt = [
        simulator.answer("efetch", "POST", {"db": "pubmed", "id": ids}) for ids in ("90000001,90000002", "90000002")
    ]
    assert [answer.status for answer in spoilt] == [400, 400]
    assert simulator.answer("efetch", "POST", {"db": "pubmed", "id": "90000001"}).status == 200
    assert b"90000002" in simulator.answer("esearch", "POST", {"term": '"part 2"[ti]'}).body


@pytest.mark.parametrize("kind", ["rate-limit", "invalid-key", "forwarding-error", "caller-in-warning"])
def test_ncbi_repeats_the_key_of_who_asks(world, kind):
    simulator = Simulator(world)
    simulator.faults.add("esearch", kind)
    body = simulator.answer("esearch", "POST", ASKED["esearch"] | {"api_key": "sentinel-key"}).body
    assert b"sentinel-key" in body


@pytest.mark.parametrize("term", ["ketamine[tiab]", "nothing[tiab]"], ids=["none besides", "beside another"])
def test_a_remark_joins_the_others_in_a_document_that_can_be_read(world, term):
    simulator = Simulator(world)
    simulator.faults.add("esearch", "caller-in-warning")
    answer = Entrez.read(io.BytesIO(simulator.answer("esearch", "POST", {"term": term, "api_key": "k<y"}).body))
    said = [str(message) for message in answer["WarningList"]["OutputMessage"]]
    assert "the client k<y  is near its limit" in said
    assert len(said) == (1 if answer["Count"] == "30" else 2)


def test_a_request_counts_from_its_arrival_however_long_its_answer_takes(world):
    simulator = Simulator(world, latency=0.2, limits=NCBI_LIMITS)
    before = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: simulator.answer("einfo", "POST", {}).status, range(4)))
    assert statuses == [200, 200, 200, 429]
    assert all(before <= request.moment < time.monotonic() - 0.2 for request in simulator.log)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param("dropped-record", ["90000001", "90000002"], id="the last is lost"),
        pytest.param("duplicated-record", ["90000001", "90000001", "90000002", "90000003"], id="the first comes twice"),
        pytest.param("shuffled-records", ["90000003", "90000002", "90000001"], id="another order"),
        pytest.param("foreign-record", ["160000001", "90000002", "90000003"], id="one nobody asked for"),
        pytest.param("empty-page", [], id="none though the history has them"),
    ],
)
def test_records_go_astray_in_documents_that_are_whole(world, kind, expected):
    simulator = Simulator(world)
    simulator.faults.add("efetch", kind)
    answer = simulator.answer("efetch", "POST", {"db": "pubmed", "id": "90000001,90000002,90000003"})
    assert [one.pmid for one in records.read(answer.body)] == expected


@pytest.mark.parametrize(
    ("endpoint", "retmode", "expected"),
    [
        ("esearch", "xml", b"<eSearchResult><ERROR>Unable to obtain query #1</ERROR></eSearchResult>"),
        ("esearch", "json", b'"esearchresult":{"ERROR":"Unable to obtain query #1"}'),
        ("efetch", "xml", b"<eFetchResult>\n\t<ERROR>Unable to obtain query #1</ERROR>"),
        ("esummary", "xml", b"<eSummaryResult>\n\t<ERROR>Unable to obtain query #1</ERROR>"),
        ("esummary", "json", b'"esummaryresult":["Unable to obtain query #1"]'),
    ],
)
def test_each_endpoint_tells_of_a_lost_history_in_its_own_document(world, endpoint, retmode, expected):
    simulator = Simulator(world)
    simulator.faults.add(endpoint, "history-lost")
    params = {"db": "pubmed", "term": "ketamine", "id": "90000001", "retmode": retmode}
    assert expected in simulator.answer(endpoint, "POST", params).body


BREAKING = (
    *("truncated", "corrupted", "corrupted-bytes", "no-root", "control-character", "null-character", "invalid-utf-8"),
    *(f"truncated-{part}/16" for part in range(16)),
)


@pytest.mark.parametrize("kind", BREAKING)
def test_broken_xml_is_broken(world, kind):
    simulator = Simulator(world)
    simulator.faults.add("efetch", kind)
    answer = simulator.answer("efetch", "POST", {"db": "pubmed", "id": "90000001"})
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.body)


def test_faults_wait_for_their_turn_and_keep_to_their_endpoint(world):
    simulator = Simulator(world)
    simulator.faults.add("esearch", "bad-gateway", times=2, after=1)
    simulator.faults.add("*", "unavailable", times=None, after=6)
    search_for = {"term": "ketamine"}
    seen = [simulator.answer("esearch", "POST", search_for).status for _ in range(4)]
    seen += [simulator.answer("einfo", "POST", {}).status for _ in range(4)]
    assert seen == [200, 502, 502, 200, 200, 200, 503, 503]
    simulator.faults.clear()
    assert simulator.answer("einfo", "POST", {}).status == 200


def test_an_unknown_fault_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'bad-gateway'"):
        Simulator(World(now=NOON)).faults.add("efetch", "bad-gatway")


def test_an_entity_bomb_would_fill_the_memory(world):
    simulator = Simulator(world)
    simulator.faults.add("efetch", "entity-bomb")
    body = simulator.answer("efetch", "POST", ASKED["efetch"]).body
    assert body.count(b"<!ENTITY") == 10
    with pytest.raises(etree.XMLSyntaxError, match=r"amplification|loop"):
        etree.fromstring(body, etree.XMLParser(resolve_entities=True))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        pytest.param("cut", requests.exceptions.ChunkedEncodingError, id="cut in the middle"),
        pytest.param("reset", requests.exceptions.ConnectionError, id="connection reset"),
        pytest.param("hang", requests.exceptions.ReadTimeout, id="no byte ever"),
        pytest.param("hang-after-headers", requests.exceptions.ConnectionError, id="headers and nothing more"),
        pytest.param("gzip-corrupted", requests.exceptions.ContentDecodingError, id="a compressed byte is another"),
    ],
)
def test_the_wire_fails_in_its_own_ways(simulator, kind, error):
    simulator.faults.add("efetch", kind)
    with requests.Session() as session, pytest.raises(error):
        session.post(f"{simulator.url}efetch.fcgi", data={"db": "pubmed", "id": "90000001"}, timeout=0.3)


def test_a_gzip_stream_cut_short_arrives_as_a_shorter_document(simulator, ask):
    whole = ask("efetch", db="pubmed", id="90000001").content
    simulator.faults.add("efetch", "gzip-cut")
    part = ask("efetch", db="pubmed", id="90000001").content
    assert len(part) < len(whole)
    assert whole.startswith(part)


def test_an_answer_that_drips_comes_byte_by_byte_within_one_chunk(world):
    with Simulator(world, drip=0.002) as simulator:
        simulator.faults.add("einfo", "drip")
        with requests.post(f"{simulator.url}einfo.fcgi", timeout=10, stream=True) as answer:
            assert [bool(piece) for piece in answer.raw.stream(1 << 16)] == [True]


def test_a_slow_answer_arrives_whole(simulator, ask):
    simulator.faults.add("efetch", "slow")
    answer = ask("efetch", db="pubmed", id="90000001")
    assert [one.pmid for one in records.read(answer.content)] == ["90000001"]


def test_the_port_can_be_chosen(tmp_path: Path):
    file = tmp_path / "records.xml"
    file.write_bytes(records.wrap([record(90000001)]))
    with serve([file], now=NOON) as simulator:
        port = urlsplit(simulator.url).port
    with serve([file], port=port, now=NOON) as simulator:
        assert urlsplit(simulator.url).port == port
