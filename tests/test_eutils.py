"""The client: polite, persistent, complete; against a fake session that plays PubMed from a script."""

import re
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import requests

from aggregator.errors import PubMedUnavailable, QueryRejected
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


class FakeSession:
    """PubMed with some PMIDs; `script` holds answers that are given first, in order."""

    def __init__(self, pmids=(), script=(), broken=()):
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
        if self.broken & set(asked):
            return 502, {}, b""
        return 200, {}, wrap(map(record, asked))

    def _search(self, data):
        hits = self.pmids
        if limits := re.search(r"(\d+):(\d+)\[uid\]", data["term"]):
            hits = [pmid for pmid in hits if int(limits[1]) <= pmid <= int(limits[2])]
        return found(hits[: min(int(data["retmax"]), 9999)], count=len(hits))


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
    assert batch.missing == ("2",)
    assert [call[1]["id"] for call in session.calls] == ["1,2,3", "2"]


def test_a_record_that_was_not_asked_for_is_not_taken():
    session = FakeSession([1], script=[(200, {}, wrap(map(record, [1, 99])))])
    (batch,) = client(session).fetch(["1"])
    assert [r.citation.pmid for r in batch.records] == ["1"]


def test_one_record_that_breaks_every_batch_costs_one_record():
    session = FakeSession(range(1, 9), broken=[5])
    (batch,) = client(session, attempts=2).fetch([str(number) for number in range(1, 9)])
    assert {r.citation.pmid for r in batch.records} == set("1234678")
    assert batch.missing == ("5",)


def test_past_the_wall_the_uid_range_is_halved_until_all_pmids_are_listed():
    pmids = range(40_000_001, 40_025_001)
    session = FakeSession(pmids)
    answer = client(session).search("ketamine")
    assert answer.is_complete
    assert answer.count == 25_000
    assert set(map(int, answer.pmids)) == set(pmids)


def test_a_count_that_its_list_does_not_reach_is_not_complete():
    session = FakeSession(script=[(200, {}, found([1, 2], count=3))])
    assert not client(session).search("ketamine").is_complete


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


def test_retry_after_is_honoured():
    clock = Clock()
    client(FakeSession([1], script=[(429, {"Retry-After": "17"}, b"")]), clock).search("ketamine")
    assert max(clock.slept) >= 17


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
