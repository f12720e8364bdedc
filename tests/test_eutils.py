"""The client: polite, persistent, complete; against a fake session that plays PubMed from a script."""

import json
import random
import re
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import requests

from aggregator.errors import PubMedError, PubMedUnavailable, QueryRejected
from aggregator.pubmed.eutils import PubMed
from aggregator.pubmed.records import wrap

KEY = "0123456789abcdef-secret"


def record(pmid):
    return (
        f'<PubmedArticle><MedlineCitation Status="Publisher" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        '<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2026</Year></PubDate>'
        f"</JournalIssue></Journal><ArticleTitle>Invented {pmid}.</ArticleTitle><Language>eng</Language>"
        '<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>'
        "</Article><MedlineJournalInfo><MedlineTA>Inv J</MedlineTA></MedlineJournalInfo></MedlineCitation>"
        "</PubmedArticle>"
    ).encode()


def found(pmids, count=None):
    ids = "".join(f"<Id>{pmid}</Id>" for pmid in pmids)
    return (
        f"<eSearchResult><Count>{len(pmids) if count is None else count}</Count><RetMax>{len(pmids)}</RetMax>"
        f"<RetStart>0</RetStart><IdList>{ids}</IdList><TranslationSet/>"
        "<QueryTranslation>as asked</QueryTranslation></eSearchResult>"
    ).encode()


def summaries(asked, known):
    told = {
        pmid: {"uid": pmid} if pmid in known else {"uid": pmid, "error": "cannot get document summary"}
        for pmid in asked
    }
    return json.dumps({"header": {}, "result": {"uids": list(asked), **told}}).encode()


class FakeSession:
    """PubMed with some PMIDs; `script` holds answers that are given first, in order."""

    def __init__(self, pmids=(), script=(), broken=(), withheld=(), order=None):
        self.withheld = set(map(str, withheld))
        self.order = order or (lambda pmids: pmids)
        self.pmids = sorted(map(int, pmids), reverse=True)
        self.script = list(script)
        self.broken = set(map(str, broken))
        self.headers = {}
        self.calls = []

    @contextmanager
    def post(self, url, data, **options):
        self.calls.append((url.rsplit("/", 1)[1], data, options))
        status, headers, body = self._next(url, data)
        yield FakeAnswer(status, headers, body)

    def _next(self, url, data):
        if self.script:
            step = self.script.pop(0)
            if isinstance(step, Exception):
                raise step
            return step
        if "esearch" in url:
            return 200, {}, self._search(data)
        asked = [pmid for pmid in data["id"].split(",") if int(pmid) in self.pmids]
        if "esummary" in url:
            return 200, {}, summaries(data["id"].split(","), asked)
        asked = [pmid for pmid in asked if pmid not in self.withheld]
        if self.broken & set(asked):
            return 502, {}, b""
        return 200, {}, wrap(map(record, asked))

    def _search(self, data):
        hits = self.pmids
        if limits := re.search(r"(\d+):(\d+)\[uid\]", data["term"]):
            hits = [pmid for pmid in hits if int(limits[1]) <= pmid <= int(limits[2])]
        return found(self.order(hits)[: min(int(data["retmax"]), 9999)], count=len(hits))


class FakeAnswer:
    def __init__(self, status, headers, body):
        self.status_code, self.headers, self._body = status, headers, body

    def iter_content(self, size):
        yield self._body


class Clock:
    """Time that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def client(session, clock=None, **options):
    clock = clock or Clock()
    # One connection, so that a script is played in its order.
    options = {"connections": 1} | options
    return PubMed(email="you@clinic.example", session=session, sleep=clock.sleep, clock=clock, **options)


def test_every_call_is_a_post_with_tool_email_key_and_timeout_and_follows_no_redirect():
    session = FakeSession([1, 2])
    list(client(session, api_key=KEY).fetch(client(session, api_key=KEY).search("ketamine").pmids))
    for _, data, options in session.calls:
        assert {"tool", "email", "api_key", "db"} <= set(data)
        assert options["timeout"]
        assert options["allow_redirects"] is False
    assert {call[0] for call in session.calls} == {"esearch.fcgi", "efetch.fcgi"}


def test_no_key_sends_no_empty_key_which_ncbi_would_refuse():
    session = FakeSession([1])
    client(session).search("ketamine")
    assert "api_key" not in session.calls[0][1]


@pytest.mark.parametrize(("key", "allowed"), [(None, 3), (KEY, 10)], ids=["three without key", "ten with a key"])
def test_no_second_holds_more_requests_than_ncbi_allows(key, allowed):
    clock, moments = Clock(), []
    session = FakeSession(range(1, 9))
    original = session.post
    session.post = lambda *a, **k: moments.append(clock.now) or original(*a, **k)
    pubmed = client(session, clock, api_key=key)
    for _ in range(25):
        pubmed.search("ketamine")
    for start in moments:
        assert sum(start <= moment < start + 1 for moment in moments) <= allowed


def test_records_come_in_batches_of_200_and_every_pmid_is_answered():
    pmids = [str(number) for number in range(1, 451)]
    session = FakeSession(pmids)
    batches = list(client(session).fetch(pmids))
    assert [len(batch.records) for batch in batches] == [200, 200, 50]
    assert [r.citation.pmid for batch in batches for r in batch.records] == pmids


def test_a_pmid_that_is_left_out_is_asked_for_again_and_then_named():
    session = FakeSession([1, 3])
    (batch,) = client(session).fetch(["1", "2", "3"])
    assert (batch.missing, batch.gone) == ((), ("2",))
    assert [(call[0], call[1]["id"]) for call in session.calls] == [
        ("efetch.fcgi", "1,2,3"),
        ("efetch.fcgi", "2"),
        ("esummary.fcgi", "2"),
    ]


def test_a_record_that_exists_and_does_not_come_is_asked_for_as_often_as_attempts_say_and_then_named():
    session = FakeSession([1, 2, 3], withheld=[2])
    (batch,) = client(session, attempts=5).fetch(["1", "2", "3"])
    assert (batch.missing, batch.gone) == (("2",), ())
    assert [call[1]["id"] for call in session.calls if call[0] == "efetch.fcgi"] == ["1,2,3", "2", "2", "2", "2"]


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_record_that_is_gone_is_known_as_gone_however_few_the_attempts(attempts):
    session = FakeSession([1])
    (batch,) = client(session, attempts=attempts).fetch(["1", "2"])
    assert (batch.missing, batch.gone) == ((), ("2",))


def test_one_failure_on_the_way_does_not_hide_that_a_record_is_gone():
    session = FakeSession([], script=[(200, {}, wrap([])), (502, {}, b"")])
    (batch,) = client(session).fetch(["2"])
    assert batch.gone == ("2",)


def test_nothing_counts_as_gone_without_a_word_of_pubmed():
    session = FakeSession([1], script=[(200, {}, wrap(map(record, [1]))), (200, {}, wrap([])), *[(500, {}, b"")] * 50])
    (batch,) = client(session).fetch(["1", "2"])
    assert (batch.missing, batch.gone) == (("2",), ())


def test_a_record_that_was_not_asked_for_is_not_taken():
    session = FakeSession([1], script=[(200, {}, wrap(map(record, [1, 99])))])
    (batch,) = client(session).fetch(["1"])
    assert [r.citation.pmid for r in batch.records] == ["1"]


@pytest.mark.parametrize("broken", [[1], [200], [57], [8, 9], [3, 77, 150]], ids=str)
def test_records_that_break_every_batch_cost_no_more_than_themselves(broken):
    pmids = [str(number) for number in range(1, 201)]
    (batch,) = client(FakeSession(range(1, 201), broken=broken)).fetch(pmids)
    assert len(batch.records) == 200 - len(broken)
    assert sorted(batch.missing) == sorted(map(str, broken))
    assert "HTTP 502" in batch.problem


def test_where_nothing_comes_the_cause_is_told_although_it_may_be_the_record():
    with pytest.raises(PubMedUnavailable, match="HTTP 502"):
        list(client(FakeSession([5], broken=[5])).fetch(["5"]))


def test_when_nothing_comes_halving_ends_soon_and_says_so():
    pmids = [str(number) for number in range(1, 1001)]
    session = FakeSession(script=[(502, {}, b"")] * 1000)
    with pytest.raises(PubMedUnavailable, match="try again later"):
        list(client(session).fetch(pmids))
    assert len(session.calls) < 60


@pytest.mark.parametrize(
    "answer",
    [(429, {}, b""), (200, {}, b'{"error":"API rate limit exceeded"}'), (200, {}, b"<html>down_bethesda</html>")],
    ids=["too many requests", "the same in 200", "maintenance"],
)
def test_a_batch_is_not_halved_where_smaller_requests_would_fare_no_better(answer):
    session = FakeSession(range(1, 201), script=[answer] * 1000)
    with pytest.raises(PubMedUnavailable):
        list(client(session).fetch([str(number) for number in range(1, 201)]))
    assert len(session.calls) == 5


def test_batches_that_came_before_pubmed_failed_are_handed_out():
    pmids = [str(number) for number in range(1, 601)]
    session = FakeSession(pmids, script=[(200, {}, wrap(map(record, range(1, 201))))] + [(502, {}, b"")] * 500)
    came = []
    with pytest.raises(PubMedUnavailable):
        came.extend(client(session).fetch(pmids))
    assert [len(batch.records) for batch in came] == [200]


def test_batches_come_in_order_however_many_are_on_their_way():
    pmids = [str(number) for number in range(1, 1501)]
    session = FakeSession(pmids)
    batches = list(client(session, connections=3).fetch(pmids))
    assert [r.citation.pmid for batch in batches for r in batch.records] == pmids


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {}, b"<html><title>NCBI - WWW Error Blocked Diagnostic</title></html>"), "Register the tool and email"),
        ((302, {"Location": "https://misuse.ncbi.nlm.nih.gov/"}, b""), "Register the tool and email"),
        ((302, {"Location": "https://portal.example/"}, b""), "redirect"),
        ((400, {}, b'{"error":"API key invalid","api-key":"x"}'), "NCBI_API_KEY"),
        ((404, {}, b""), r"check \[pubmed\] url"),
    ],
    ids=["blocked", "sent to the misuse page", "sent elsewhere", "wrong key", "wrong address"],
)
def test_what_will_not_pass_ends_all_asking(answer, words):
    session = FakeSession([1], script=[answer])
    pubmed = client(session)
    for _ in range(3):
        with pytest.raises(PubMedError, match=words):
            pubmed.search("ketamine")
    assert len(session.calls) == 1


def test_past_the_time_limit_nothing_more_is_asked():
    clock = Clock()
    session = FakeSession([1])
    pubmed = client(session, clock, time_limit=600)
    pubmed.search("ketamine")
    clock.now += 601
    with pytest.raises(PubMedUnavailable, match=r"time limit of 10 minutes.*run again"):
        pubmed.search("ketamine")
    assert len(session.calls) == 1


def test_no_try_is_waited_for_that_would_begin_past_the_time_limit():
    clock = Clock()
    session = FakeSession([1], script=[(429, {"Retry-After": "900"}, b"")])
    with pytest.raises(PubMedUnavailable, match="too many requests"):
        client(session, clock, time_limit=600).search("ketamine")
    assert (len(session.calls), clock.now < 10) == (1, True)


def test_the_failures_of_a_run_are_bounded():
    session = FakeSession(script=[(500, {}, b"")] * 1000)
    pubmed = client(session, failures=12)
    for _ in range(30):
        with pytest.raises(PubMedUnavailable) as caught:
            pubmed.search("ketamine")
    assert len(session.calls) == 12
    assert "12 tries have failed" in str(caught.value)


def test_past_the_wall_each_search_goes_on_below_the_lowest_pmid_listed():
    pmids = range(40_000_001, 40_025_001)
    session = FakeSession(pmids)
    answer = client(session).search("ketamine")
    assert answer.is_complete
    assert answer.count == 25_000
    assert set(map(int, answer.pmids)) == set(pmids)
    assert len(session.calls) == 3


def test_a_list_that_is_not_in_the_order_of_pmids_shows_by_its_counts_and_the_range_is_halved():
    pmids = range(40_000_001, 40_025_001)
    session = FakeSession(pmids, order=lambda hits: random.Random(5).sample(hits, len(hits)))
    answer = client(session).search("ketamine")
    assert answer.is_complete
    assert answer.count == 25_000
    assert sorted(map(int, answer.pmids)) == list(pmids)


def test_a_wall_of_matches_at_one_end_of_the_range_is_listed_whole():
    session = FakeSession(range(1, 20_000))
    answer = client(session).search("ketamine")
    assert (answer.is_complete, len(answer.pmids)) == (True, 19_999)


@pytest.mark.parametrize("listed", [[], [7], range(1, 10_000)], ids=["nothing", "one", "a wall"])
def test_a_count_past_the_wall_that_stays_wrong_is_an_error_and_no_endless_halving(listed):
    session = FakeSession(script=[(200, {}, found(list(listed), count=50_000))] * 2000)
    with pytest.raises(PubMedUnavailable, match="PubMed counted 50,000 matches"):
        client(session).search("ketamine")


def test_a_limit_past_the_wall_asks_for_no_more_than_it_needs():
    session = FakeSession(range(1, 40_000))
    assert len(client(session).search("ketamine", limit=15_000).pmids) == 15_000
    assert len(session.calls) == 2


def test_a_count_that_its_list_does_not_reach_is_asked_for_again_and_then_not_complete():
    wrong = (200, {}, found([1, 2], count=3))
    assert client(FakeSession([1, 2, 3], script=[wrong] * 4)).search("ketamine").is_complete
    assert not client(FakeSession([1, 2, 3], script=[wrong] * 5)).search("ketamine").is_complete


TRANSIENT = [
    ("too many requests", (429, {"Retry-After": "5"}, b'{"error":"API rate limit exceeded"}')),
    ("server error", (500, {}, b"<html></html>")),
    ("empty", (200, {}, b"")),
    ("web page in 200", (200, {}, b"<html>maintenance</html>")),
    ("cut short", (200, {}, found([1])[:40])),
    ("no connection", requests.exceptions.ConnectionError("refused")),
    ("hang", requests.exceptions.ReadTimeout("slow")),
    ("gzip cut short", requests.exceptions.ContentDecodingError("gzip")),
    ("stream cut short", requests.exceptions.ChunkedEncodingError("IncompleteRead")),
]


@pytest.mark.parametrize(("_", "fault"), TRANSIENT, ids=[row[0] for row in TRANSIENT])
@pytest.mark.parametrize("times", [1, 3])
def test_a_passing_fault_costs_time_and_nothing_else(_, fault, times):
    session = FakeSession([1], script=[fault] * times)
    assert client(session).search("ketamine").pmids == ("1",)


@pytest.mark.parametrize(("_", "fault"), TRANSIENT, ids=[row[0] for row in TRANSIENT])
def test_a_lasting_fault_ends_in_an_error_and_never_in_nothing_found(_, fault):
    session = FakeSession([1], script=[fault] * 50)
    with pytest.raises(PubMedUnavailable, match=r"tried 5 times.*try again later"):
        client(session, api_key=KEY).search("ketamine")
    assert len(session.calls) == 5


def test_after_a_lasting_fault_the_next_question_is_tried_once_until_one_is_answered():
    session = FakeSession([1], script=[(500, {}, b"")] * 6)
    pubmed = client(session)
    for _ in range(2):
        with pytest.raises(PubMedUnavailable):
            pubmed.search("ketamine")
    assert len(session.calls) == 6
    assert pubmed.search("ketamine").count == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "400"}, 400),
        ({"Retry-After": "Sun, 22 Nov 2026 12:01:00 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 60),
        ({}, 2),
    ],
    ids=["seconds", "minutes", "a date", "no word"],
)
def test_retry_after_is_honoured(headers, seconds):
    clock = Clock()
    client(FakeSession([1], script=[(429, headers, b"")]), clock).search("ketamine")
    assert clock.now >= seconds


def test_a_rejected_query_is_asked_once():
    session = FakeSession(
        script=[(200, {}, b"<eSearchResult><ERROR>Empty term and query_key - nothing todo</ERROR></eSearchResult>")]
    )
    with pytest.raises(QueryRejected, match="write at least one search term"):
        client(session).search(" ")
    assert len(session.calls) == 1


def test_the_key_is_in_no_error_even_when_ncbi_echoes_it():
    body = f'{{"error":"API key invalid","api-key":"{KEY}"}}'.encode()
    with pytest.raises(QueryRejected) as caught:
        client(FakeSession(script=[(400, {}, body)]), api_key=KEY).search("ketamine")
    assert KEY not in str(caught.value) + urlencode({"e": repr(caught.value.__cause__)})
    assert "NCBI_API_KEY" in str(caught.value)


def test_an_answer_that_drips_for_ever_is_given_up():
    clock = Clock()

    class Dripping(FakeAnswer):
        def iter_content(self, size):
            while True:
                clock.now += 60
                yield b" "

    session = FakeSession([1])

    @contextmanager
    def post(url, data, **options):
        yield Dripping(200, {}, b"")

    session.post = post
    with pytest.raises(PubMedUnavailable, match="took more than 300 seconds"):
        client(session, clock, attempts=2).search("ketamine")
