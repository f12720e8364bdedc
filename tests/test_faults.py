"""Every fault that the simulated PubMed knows, at every endpoint that an update asks, once, three times and for ever.

The client, the wire and the library are the real ones; only waiting between tries is not done. The studies are
invented.
"""

import gzip
import io
import re
import shutil
import threading
import time
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.cli import main
from aggregator.dates import EASTERN, Period
from aggregator.errors import PubMedUnavailable
from aggregator.harvest import update
from aggregator.library import Library
from aggregator.pubmed import eutils
from aggregator.pubmed.answers import fault_in, read_existing, read_search
from aggregator.pubmed.eutils import PubMed
from aggregator.pubmed.records import read_entries
from aggregator.pubmed.simulator import FAULTS, Simulator, World
from aggregator.pubmed.simulator_faults import ONLY_AT
from aggregator.topics import Topic

SUNDAY = datetime(2026, 11, 15, 18, tzinfo=EASTERN)
WEEK = timedelta(days=7)
WEDNESDAY = date(2026, 11, 18)
TOPIC = Topic(slug="depression", title="Depression", question="?", query="ketamine[ti]")

# ── the world: seven invented studies and a week in which something happens to five of them ──


ENTREZ = 'PubMedPubDate PubStatus="entrez"'


def record(number, title="Ketamine for depression", *, entered=date(2026, 11, 1), revised=None):
    def day(tag, when):
        return f"<{tag}><Year>{when:%Y}</Year><Month>{when:%m}</Month><Day>{when:%d}</Day></{tag.split()[0]}>"

    return (
        f'<PubmedArticle><MedlineCitation Status="Publisher" Owner="NLM"><PMID Version="1">{90000000 + number}</PMID>'
        f"{day('DateRevised', revised or entered)}"
        '<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2026</Year></PubDate>'
        f"</JournalIssue><Title>Invented Journal</Title></Journal><ArticleTitle>{title}: invented study {number}."
        f"</ArticleTitle><Abstract><AbstractText>Invented words about {number} adults.</AbstractText></Abstract>"
        '<Language>eng</Language><PublicationTypeList><PublicationType UI="D016428">Journal Article'
        "</PublicationType></PublicationTypeList></Article><MedlineJournalInfo><MedlineTA>Inv J</MedlineTA>"
        "</MedlineJournalInfo></MedlineCitation><PubmedData><History>"
        f"{day(ENTREZ, entered)}</History></PubmedData></PubmedArticle>"
    ).encode()


STAYS, REVISED, DELETED, NO_MATCH, NEW = "90000001", "90000003", "90000004", "90000005", ("90000006", "90000007")
BEFORE = {"90000001", "90000002", REVISED, DELETED, NO_MATCH}


def make_world():
    world = World(now=SUNDAY)
    world.add(*(record(number) for number in range(1, 6)))
    world.add(record(3, "Ketamine for depression, revised", revised=WEDNESDAY), since=WEDNESDAY)
    world.remove(DELETED, since=WEDNESDAY)
    world.add(record(5, "Esmolol for depression", revised=WEDNESDAY), since=WEDNESDAY)
    world.add(*(record(number, entered=date(2026, 11, 19)) for number in (6, 7)))
    return world


class Clock:
    """Real time, on which sleeping takes none."""

    def __init__(self):
        self._slept, self._lock = 0.0, threading.Lock()

    def __call__(self):
        return time.monotonic() + self._slept

    def sleep(self, seconds):
        with self._lock:
            self._slept += seconds


def client(url, **options):
    clock = Clock()
    return PubMed(
        email="you@clinic.example", url=url, requests_per_second=1000, sleep=clock.sleep, clock=clock, **options
    )


def state(library):
    """What the library holds, as a reader could notice it: records, matches, deletions, and what was told of each."""
    raws = dict(library.records())
    return {
        study.pmid: {
            "record": raws[study.pmid],
            "topics": study.topics,
            "deleted": study.deleted is not None,
            "told": sorted((told.kind, told.field, told.before or "", told.after or "") for told in study.changes),
        }
        for study in library.studies()
    }


def differences(held, due, *, besides=()):
    """Where two states differ, in words that are short enough for a test's report."""
    return {
        pmid: sorted(part for part in ("record", "topics", "deleted", "told") if held[pmid][part] != due[pmid][part])
        if pmid in held and pmid in due
        else "lost"
        if pmid in due
        else "too many"
        for pmid in held.keys() | due.keys()
        if {**held.get(pmid, {}), **dict.fromkeys(besides)} != {**due.get(pmid, {}), **dict.fromkeys(besides)}
    }


def announced(library):
    return library.announce("2026-W47", Period(start=SUNDAY - WEEK, end=SUNDAY + WEEK + timedelta(hours=2)))


@pytest.fixture(scope="module")
def simulator():
    with Simulator(make_world(), drip=0.02) as running:
        yield running


@pytest.fixture(scope="module")
def first_week(simulator, tmp_path_factory):
    """The library after a first, undisturbed update."""
    file = tmp_path_factory.mktemp("first") / "library.sqlite"
    simulator.world.now = SUNDAY
    with Library(file) as library:
        assert update(library, [TOPIC], client(simulator.url), now=SUNDAY).is_complete
    simulator.world.now = SUNDAY + WEEK
    return file


@pytest.fixture
def library(first_week, tmp_path, simulator):
    shutil.copy(first_week, tmp_path / "library.sqlite")
    simulator.faults.clear()
    simulator.clear_log()
    with Library(tmp_path / "library.sqlite") as opened:
        # Nobody pulls the plug here, and waiting for the disk would take longer than everything else.
        opened._store._db.execute("PRAGMA synchronous = OFF")
        yield opened


@pytest.fixture(scope="module")
def undisturbed(first_week, simulator, tmp_path_factory):
    """State and announcements after a second, undisturbed update."""
    file = tmp_path_factory.mktemp("undisturbed") / "library.sqlite"
    shutil.copy(first_week, file)
    with Library(file) as library:
        assert harvested(library, simulator).is_complete
        return state(library), announced(library)


def harvested(library, simulator, *, later=timedelta(0), **options):
    return update(library, [TOPIC], client(simulator.url, **options), now=SUNDAY + WEEK + later)


def test_the_undisturbed_week_asks_every_endpoint_and_everything_happens(library, simulator):
    outcome = harvested(library, simulator)
    assert outcome.is_complete
    assert {request.endpoint for request in simulator.log} == {"esearch", "efetch", "esummary"}
    assert {request.method for request in simulator.log} == {"POST"}
    assert (set(outcome.new), outcome.deleted) == (set(NEW), (DELETED,))
    assert set(outcome.changed) == {REVISED, NO_MATCH}
    assert announced(library) == set(NEW)


# ── what each fault comes to ──

#: Read all the same.
HARMLESS = {"slow", "shuffled-records", "duplicated-record", "shuffled-pmids", "caller-in-warning"}
#: In a summary, of which nothing but its being there is used.
HARMLESS_IN_A_SUMMARY = {"control-character", "null-character"}
#: PubMed contradicts itself in whole documents: nothing tells until it says the truth again.
UNNOTICED = {"foreign-pmid", "refused-summary"}
#: Will be the same whatever is asked next, so that nothing more is asked: the words of cause and remedy.
FINAL = {
    "invalid-key": r"NCBI refuses the API key; check .*NCBI_API_KEY",
    "blocked": r"NCBI has blocked this network address\. Register the tool and email",
    "redirect": r"NCBI has blocked this network address\. Register the tool and email",
    "redirect-elsewhere": r"answers with a redirect.*check \[pubmed\] url and any proxy",
}
#: Refused, and asking the same again is no use.
REFUSED = {
    "id-list-empty": r"no valid PMID.*check the PMIDs",
    "retstart-past-wall": r"the first 9,999 matches only; narrow the query",
    "empty-term": r"the query is empty; write",
    "invalid-db": r"does not know the database",
    "uri-too-long": r"the request is too long",
}
#: Pass by themselves: the words of the cause, when they do not.
PASSING = {
    "rate-limit": "too many requests",
    "rate-limit-without-retry-after": "too many requests",
    "rate-limit-in-200": "too many requests",
    "viewer-timeout": "record server timed out",
    "pubone": "record server (failed|could not be reached)",
    "no-document-summary": "record server failed",
    "history-lost": "lost the search",
    "history-lost-in-400": "lost the search",
    "backend-failed": "search server failed",
    "database-not-supported": "search server is out of order",
    "captive-portal": "a web page in place of an answer",
    "server-error": "HTTP 500",
    "forwarding-error": "could not forward",
    "bad-gateway": "HTTP 502",
    "unavailable": "HTTP 503",
    "gateway-timeout": "HTTP 504",
    "empty-body": "an empty answer",
    "trace": "record server broke off",
    "maintenance": "down for maintenance",
    "document-summary-backend": "summary server failed",
    "unroutable": "could not route",
    "hang": "no answer in time",
    "hang-after-headers": "no answer in time|broke off|could not be reached",
    "drip": "took more than",
    "cut": "broke off",
    "reset": "could not be reached|broke off",
    "gzip-cut": "broke off|empty answer",
    "gzip-corrupted": "compressed answer is damaged",
    "dropped-record": "did not come",
    "foreign-record": "did not come",
    "empty-page": "did not come",
    "count-too-high": r"counted \d+ matches and listed \d+",
    "count-too-low": r"counted \d+ matches and listed \d+",
    "dropped-pmid": r"counted \d+ matches and listed \d+",
    "duplicated-pmid": r"counted \d+ matches and listed \d+",
    **dict.fromkeys(
        (
            *("no-root", "truncated", *(f"truncated-{part}/16" for part in range(16))),
            *("corrupted", "corrupted-bytes", "control-character", "null-character", "invalid-utf-8", "entity-bomb"),
            *("invalid-json", "dropped-summary"),
        ),
        "broke off|damaged|an empty answer|in place of an answer",
    ),
}
REMEDY = r"try again later|run `update` again|did not come"

ENDPOINTS = ("esearch", "efetch", "esummary")
HOW_OFTEN = {"once": 1, "three times": 3, "for ever": None}


def test_every_fault_has_its_row():
    rows = [HARMLESS, UNNOTICED, FINAL, REFUSED, PASSING]
    assert set().union(*rows) == set(FAULTS)
    assert sum(map(len, rows)) == len(FAULTS)


def times_that_differ(kind):
    """A fault that is final is met once, however often it is planned; the sixteenths are sixteen of one kind."""
    if kind in FINAL or kind in HARMLESS:
        return ("for ever",)
    return ("once",) if kind.endswith("/16") else tuple(HOW_OFTEN)


MATRIX = [
    pytest.param(kind, endpoint, often, id=f"{kind}-{endpoint}-{often}")
    for kind in FAULTS
    for endpoint in ENDPOINTS
    for often in times_that_differ(kind)
    if ONLY_AT.get(kind, endpoint) == endpoint
]


def plan(simulator, kind, endpoint, often):
    if endpoint == "esummary":
        # Records that EFetch leaves out twice make it necessary to ask whether they exist.
        simulator.faults.add("efetch", "empty-page", times=2)
    simulator.faults.add(endpoint, kind, times=HOW_OFTEN[often])


def patience_with(kind, often):
    """Waiting is short where waiting is the fault, and long where a slow machine must not look like one."""
    waits = {"hang": "timeout", "hang-after-headers": "timeout", "drip": "patience"}
    if kind not in waits:
        return {}
    return {waits[kind]: 0.05, "attempts": 3} if often == "for ever" else {waits[kind]: 0.1, "attempts": 10}


def passes(kind, endpoint, often):
    if endpoint == "esummary" and kind in HARMLESS_IN_A_SUMMARY:
        return True
    return kind in HARMLESS or (kind in PASSING and often != "for ever")


@pytest.mark.parametrize(("kind", "endpoint", "often"), MATRIX)
def test_a_fault_costs_time_or_is_told_and_never_costs_a_study(library, simulator, undisturbed, kind, endpoint, often):
    plan(simulator, kind, endpoint, often)
    outcome = harvested(library, simulator, **patience_with(kind, often))
    assert kind in {request.fault for request in simulator.log}
    problems = " ".join(filter(None, (*(search.problem for search in outcome.searches), *outcome.problems)))
    due, new = undisturbed
    if passes(kind, endpoint, often):
        assert outcome.is_complete, problems
        assert not differences(state(library), due)
        assert announced(library) == new
        return
    assert library.pmids() >= BEFORE
    assert {study.pmid for study in library.studies() if study.deleted} <= {DELETED}
    if kind not in UNNOTICED:
        assert not outcome.is_complete
        assert re.search((FINAL | REFUSED | PASSING)[kind], problems), problems
        assert kind not in PASSING or re.search(REMEDY, problems), problems
    if kind in FINAL:
        assert [request.fault for request in simulator.log].count(kind) == 1
        assert simulator.log[-1].fault == kind
    simulator.faults.clear()
    assert harvested(library, simulator, later=timedelta(hours=1)).is_complete
    assert not differences(state(library), due, besides=["told"] if kind in UNNOTICED else [])
    assert announced(library) == new


# ── any schedule of faults ──


@contextmanager
def copied(first_week):
    """The library of the first week, in a place of its own."""
    with TemporaryDirectory() as folder:
        file = Path(shutil.copy(first_week, folder))
        with Library(file) as library:
            library._store._db.execute("PRAGMA synchronous = OFF")
            yield library


def is_right_in_the_end(library, simulator, undisturbed):
    """Says no run that it is complete when it is not; and the first that meets no fault is, and makes all right."""
    due, new = undisturbed
    if harvested(library, simulator).is_complete:
        assert not differences(state(library), due)
    simulator.faults.clear()
    assert harvested(library, simulator, later=timedelta(hours=1)).is_complete
    assert not differences(state(library), due)
    assert announced(library) == new


SCHEDULES = st.lists(
    st.tuples(
        st.sampled_from(ENDPOINTS),
        st.sampled_from(sorted(set(FAULTS) - UNNOTICED - {"hang", "hang-after-headers", "drip", "slow"})),
        st.sampled_from((1, 2, 5, None)),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=4,
)


def disturb(simulator, schedule):
    simulator.faults.clear()
    for endpoint, kind, times, after in schedule:
        simulator.faults.add(endpoint, kind, times=times, after=after)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(schedule=SCHEDULES)
def test_whatever_happens_a_complete_run_is_right_and_the_next_quiet_one_makes_it_so(
    first_week, simulator, undisturbed, schedule
):
    disturb(simulator, schedule)
    with copied(first_week) as library:
        is_right_in_the_end(library, simulator, undisturbed)


@pytest.fixture(scope="module")
def filling():
    """A simulated PubMed for first runs, and the library that an undisturbed one makes: twelve studies, four batches."""
    world = World(now=SUNDAY)
    world.add(*(record(number, entered=date(2026, 11, number + 2)) for number in range(1, 13)))
    with Simulator(world) as simulator:
        with fresh_library() as library:
            assert update(library, [TOPIC], client(simulator.url), now=SUNDAY).is_complete
            due = state(library), announced(library)
        yield simulator, due


@contextmanager
def fresh_library():
    """An empty library, and a client that asks for three records at a time."""
    with TemporaryDirectory() as folder, Library(Path(folder) / "library.sqlite") as library:
        library._store._db.execute("PRAGMA synchronous = OFF")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(eutils, "BATCH", 3)
            yield library


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(schedule=SCHEDULES)
def test_whatever_happens_while_a_topic_is_filled_it_is_filled_in_the_end(filling, schedule):
    simulator, (due, new) = filling
    disturb(simulator, schedule)
    with fresh_library() as library:
        if update(library, [TOPIC], client(simulator.url), now=SUNDAY).is_complete:
            assert not differences(state(library), due)
        simulator.faults.clear()
        assert update(library, [TOPIC], client(simulator.url), now=SUNDAY + timedelta(hours=1)).is_complete
        assert not differences(state(library), due)
        assert announced(library) == new


@pytest.mark.parametrize("kind", ["bad-gateway", "blocked"])
@pytest.mark.parametrize("after", range(11))
def test_pubmed_may_be_gone_for_good_after_any_request(library, simulator, undisturbed, kind, after):
    simulator.faults.add("*", kind, times=None, after=after)
    is_right_in_the_end(library, simulator, undisturbed)


# ── bounds ──


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_failed_tries_are_bounded_by_a_setting(library, simulator, endpoint):
    plan(simulator, "unavailable", endpoint, "for ever")
    assert not harvested(library, simulator, failures=7).is_complete
    assert 0 < [request.fault for request in simulator.log].count("unavailable") <= 7


def test_a_run_s_time_is_bounded_by_a_setting_and_says_so(library, simulator):
    simulator.faults.add("*", "unavailable", times=None)
    clock = Clock()
    pubmed = PubMed(
        email="you@clinic.example",
        url=simulator.url,
        requests_per_second=1000,
        sleep=clock.sleep,
        clock=clock,
        time_limit=600,
        attempts=1000,
        failures=1000,
    )
    start = clock()
    outcome = update(library, [TOPIC], pubmed, now=SUNDAY + WEEK)
    assert not outcome.is_complete
    assert 300 < clock() - start < 700
    assert "HTTP 503" in outcome.searches[0].problem


# ── what the command line says ──


#: One of each cause that has words of its own; without Retry-After, for which the command would really wait.
TOLD = (
    "rate-limit-in-200",
    "invalid-key",
    "blocked",
    "captive-portal",
    "bad-gateway",
    "empty-body",
    "gzip-cut",
    "reset",
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", TOLD)
def test_a_lasting_fault_is_an_exit_code_with_cause_and_remedy_and_never_nothing_new(
    first_week, simulator, tmp_path, capfd, monkeypatch, kind, endpoint
):
    (tmp_path / "workspace").mkdir()
    shutil.copy(first_week, tmp_path / "workspace")
    (tmp_path / "queries").mkdir()
    topic = f'title = "Depression"\nquestion = "?"\nquery = "{TOPIC.query}"\n'
    (tmp_path / "queries" / "depression.toml").write_text(topic)
    settings = (
        f'[pubmed]\nemail = "you@clinic.example"\nurl = "{simulator.url}"\nrequests_per_second = 1000\nattempts = 1\n'
    )
    (tmp_path / "aggregator.toml").write_text(settings)
    monkeypatch.chdir(tmp_path)
    for name in ("NCBI_API_KEY", "NCBI_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    simulator.faults.clear()
    plan(simulator, kind, endpoint, "for ever")
    code = main(["update", "--now", (SUNDAY + WEEK).isoformat()])
    said = capfd.readouterr().err
    assert code == (1 if endpoint == "esearch" else 3)
    assert re.search((FINAL | PASSING)[kind], said)
    assert re.search(r"try again later|check|Register", said)
    assert not re.search(r"\b0 new", said)
    assert "Traceback" not in said


# ── a record that breaks every batch ──


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        pytest.param("viewer-timeout", 0, id="the first record times out"),
        pytest.param("bad-gateway", 19, id="the last one brings the server down"),
        pytest.param("control-character", 9, id="one in the middle has a character that XML forbids"),
        pytest.param("invalid-utf-8", 9, id="one in the middle is no UTF-8"),
    ],
)
def test_a_record_that_breaks_every_batch_costs_one_record(tmp_path, kind, place):
    pmids = [str(90000000 + number) for number in range(101, 121)]
    world = World(now=SUNDAY)
    world.add(*(record(number) for number in range(101, 121)))
    with Simulator(world, poison={pmids[place]: kind}) as poisoned, Library(tmp_path / "library.sqlite") as library:
        outcome = update(library, [TOPIC], client(poisoned.url), now=SUNDAY)
        (search,) = outcome.searches
        assert (search.complete, search.missing) == (False, (pmids[place],))
        assert "1 of the records that PubMed listed did not come" in search.problem
        assert library.pmids() == set(pmids) - {pmids[place]}
        assert len(poisoned.log) < 60
        poisoned.poison.clear()
        assert update(library, [TOPIC], client(poisoned.url), now=SUNDAY + WEEK).is_complete
        assert library.pmids(TOPIC.slug) == set(pmids)


# ── cut at any byte ──


class Replayed(requests.adapters.BaseAdapter):
    """A server that answers with these compressed bytes, read as requests reads a connection."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def send(self, request, **options):
        headers = {"content-encoding": "gzip"}
        raw = urllib3.HTTPResponse(io.BytesIO(self.body), headers=headers, status=200, preload_content=False)
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self):
        pass


ASKED = ["90000001", DELETED]
#: What the simulator is asked, how its answer is read, and how the client asks the same.
QUESTIONS = {
    "esearch": ({"term": "ketamine[ti]"}, read_search, lambda pubmed: pubmed.search("ketamine[ti]")),
    "efetch": ({"id": "90000001"}, lambda body: list(read_entries(body)), lambda pubmed: list(pubmed.fetch(ASKED[:1]))),
    "esummary": (
        {"id": ",".join(ASKED), "retmode": "json"},
        lambda body: read_existing(body, ASKED),
        lambda pubmed: pubmed.existing(ASKED),
    ),
}


def good_answer(simulator, endpoint):
    simulator.faults.clear()
    return simulator.answer(endpoint, "POST", {"db": "pubmed"} | QUESTIONS[endpoint][0]).body


@pytest.mark.parametrize("endpoint", QUESTIONS)
def test_an_answer_cut_at_any_byte_is_no_result_or_says_the_same(simulator, endpoint):
    whole = good_answer(simulator, endpoint)
    _, read, _ = QUESTIONS[endpoint]
    accepted = [end for end in range(len(whole)) if fault_in(endpoint, 200, {}, whole[:end]) is None]
    assert all(read(whole[:end]) == read(whole) for end in accepted)
    # Nothing but a line's end may be missing.
    assert all(end == len(whole) - 1 for end in accepted)


@pytest.mark.parametrize("endpoint", QUESTIONS)
def test_a_compressed_answer_cut_at_any_byte_is_refused_or_says_the_same(simulator, endpoint):
    whole = gzip.compress(good_answer(simulator, endpoint), 1)
    _, _, ask = QUESTIONS[endpoint]
    with requests.Session() as session:
        session.mount("http://", replayed := Replayed(whole))

        def asked():
            return ask(client("http://pubmed.invalid/", session=session, attempts=1))

        due, accepted = asked(), []
        for end in range(len(whole)):
            replayed.body = whole[:end]
            try:
                assert asked() == due, f"cut after byte {end}"
            except PubMedUnavailable:
                continue
            accepted.append(end)
    # Nothing but a line's end, the last bits and the check sum may be missing.
    assert all(end >= len(whole) - 14 for end in accepted)


# ── whole documents that say nonsense ──


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"result":{"uids":["90000001"],"90000001":null}}', id="null for a summary"),
        pytest.param(b'{"result":{"uids":["90000001"],"90000001":"an error occurred"}}', id="words for a summary"),
        pytest.param(b'{"result":{"uids":["90000001"]}}', id="no summary"),
        pytest.param(b'{"result":{}}', id="nothing"),
        pytest.param(b'{"result":null}', id="null"),
        pytest.param(b'["result"]', id="a list"),
        pytest.param(b'{"result":' + b"[" * 100_000, id="nested without end"),
    ],
)
def test_silence_about_a_record_is_no_proof_that_it_is_gone(body):
    assert not is_readable("esummary", body, lambda whole: read_existing(whole, ["90000001"]))


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<Count></Count><IdList/>", id="an empty count"),
        pytest.param(b"<Count>many</Count><IdList/>", id="a count in words"),
        pytest.param(b"<Count>-1</Count><IdList/>", id="less than nothing"),
        pytest.param(b"<Count>1</Count><IdList><Id>abc</Id></IdList>", id="a PMID of letters"),
        pytest.param(b"<Count>1</Count><IdList><Id></Id></IdList>", id="an empty PMID"),
        pytest.param("<Count>1</Count><IdList><Id>٣</Id></IdList>".encode(), id="a PMID of other digits"),
    ],
)
def test_a_list_of_anything_but_pmids_is_no_list(inside):
    assert not is_readable("esearch", b"<eSearchResult>" + inside + b"</eSearchResult>", read_search)


def is_readable(endpoint, body, read):
    if fault_in(endpoint, 200, {}, body) is not None:
        return False
    try:
        read(body)
    except ValueError:
        return False
    return True
