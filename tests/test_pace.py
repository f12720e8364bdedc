"""The pace, as the server sees it: whatever the network does to a request on its way, and over processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.pubmed import eutils
from aggregator.pubmed.eutils import PubMed
from aggregator.pubmed.pace import Pace, Sheets, shared_pace_file
from aggregator.pubmed.simulator import NCBI_LIMITS, Simulator

TOP = Path(__file__).resolve().parent.parent


class Clock:
    """Time that only sleeping and travelling move."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def pace(clock, per_second=3, sheets=None, server="pubmed.example"):
    return Pace(per_second, server=server, clock=clock, sleep=clock.sleep, sheets=sheets)


def most_in_a_second(moments):
    return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


@pytest.mark.parametrize("per_second", [3, 10])
@settings(max_examples=200, deadline=None)
@given(
    delays=st.lists(st.floats(0, 0.9), min_size=8, max_size=60),
    back=st.lists(st.floats(0.05, 0.4), min_size=8, max_size=60),
)
def test_however_late_a_request_arrives_no_second_holds_more_than_is_allowed(per_second, delays, back):
    clock = Clock()
    kept, seen = pace(clock, per_second), []
    # The quickest way there and back is known from the first request on: a floor under every later one.
    for there, home in zip([0.0, *delays], [0.05, *back], strict=False):
        start = kept.wait()
        clock.now += there
        seen.append(clock.now)
        clock.now += home
        kept.answered(start, "efetch 200")
    assert most_in_a_second(seen) <= per_second


def test_on_a_quick_line_the_pace_is_nearly_all_that_is_allowed():
    clock = Clock()
    kept, starts = pace(clock), []
    for _ in range(61):
        starts.append(kept.wait())
        clock.now += 0.3
        kept.answered(starts[-1], "efetch 200")
    assert (starts[-1] - starts[4]) / 56 < 1.05 / 3


def test_two_processes_keep_one_pace_by_a_shared_file(tmp_path):
    clock, file = Clock(), tmp_path / "pace.json"
    one, two = pace(clock, sheets=Sheets(file)), pace(clock, sheets=Sheets(file))
    starts = [kept.wait() for _ in range(10) for kept in (one, two)]
    assert most_in_a_second(starts) <= 3


def test_another_server_has_a_pace_of_its_own(tmp_path):
    clock, sheets = Clock(), Sheets(tmp_path / "pace.json")
    one, two = pace(clock, sheets=sheets), pace(clock, sheets=sheets, server="other.example")
    assert one.wait() == two.wait() == 1000.0


def test_silence_that_the_server_asks_of_one_is_kept_by_all(tmp_path):
    clock, file = Clock(), tmp_path / "pace.json"
    one, two = pace(clock, sheets=Sheets(file)), pace(clock, sheets=Sheets(file))
    one.hold(30)
    assert two.wait() == 1030.0


def test_marks_of_a_clock_that_was_set_back_are_forgotten(tmp_path):
    file = tmp_path / "pace.json"
    late = pace(Clock(900_000.0), sheets=Sheets(file))
    late.wait()
    late.hold(3600)
    assert pace(Clock(10.0), sheets=Sheets(file)).wait() == 10.0


@pytest.mark.parametrize("text", [b"", b"{", b'{"pubmed.example": 3}', b"\xff\xfe"], ids=repr)
def test_a_damaged_file_costs_the_memory_and_nothing_else(tmp_path, text):
    file = tmp_path / "pace.json"
    file.write_bytes(text)
    assert pace(Clock(), sheets=Sheets(file)).wait() == 1000.0
    assert json.loads(file.read_text())["pubmed.example"]["marks"]


def test_without_a_place_for_the_file_the_pace_is_kept_alone(tmp_path):
    clock = Clock()
    kept = pace(clock, sheets=Sheets(tmp_path / "not there" / "pace.json"))
    starts = [kept.wait() for _ in range(7)]
    assert most_in_a_second(starts) <= 3


def test_where_the_file_cannot_be_written_the_pace_is_kept_alone(tmp_path):
    clock, file = Clock(), tmp_path / "pace.json"
    file.mkdir()
    kept = pace(clock, sheets=Sheets(file))
    starts = [kept.wait() for _ in range(7)]
    assert most_in_a_second(starts) <= 3


def test_without_any_place_to_write_there_is_no_shared_file(monkeypatch):
    def refuse(*_, **__):
        raise OSError("read-only")

    monkeypatch.setattr("platformdirs.user_cache_path", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert shared_pace_file() is None


UPDATE = "from aggregator.cli import main; import sys; sys.exit(main(sys.argv[1:]))"


def test_update_and_search_at_the_same_time_in_two_processes_stay_within_ncbis_limit(tmp_path):
    settings_file = tmp_path / "aggregator.toml"
    with Simulator(demo_world(DEMO_WEEKS[0]), limits=NCBI_LIMITS, latency=0.05) as simulator:
        settings_file.write_text(f'[pubmed]\nurl = "{simulator.url}"\nemail = "you@clinic.example"\n')
        words = ["--config", str(settings_file), "--workspace", str(tmp_path / "w"), "--now", DEMO_WEEKS[0].isoformat()]
        runs = [
            subprocess.Popen(
                [sys.executable, "-c", UPDATE, *verb, *words, "--quiet"], cwd=TOP, stdout=subprocess.DEVNULL
            )
            for verb in (
                ["update", "ptsd", "social-anxiety"],
                ["search", "ketamine", "--limit", "5"],
                ["search", "esketamine"],
            )
        ]
        assert [run.wait(120) for run in runs] == [0, 0, 0]
        moments = [request.moment for request in simulator.log]
        statuses = {request.status for request in simulator.log}
    assert len(moments) >= 8
    assert statuses == {200}
    assert most_in_a_second(moments) <= 3


def test_several_connections_of_one_client_stay_within_the_limit(monkeypatch):
    monkeypatch.setattr(eutils, "BATCH", 30)
    with Simulator(demo_world(DEMO_WEEKS[0]), limits=NCBI_LIMITS, latency=0.4) as simulator:
        pubmed = PubMed(email="you@clinic.example", url=simulator.url)
        pmids = sorted(simulator.world.records())
        came = sum(len(batch.records) for batch in pubmed.fetch(pmids))
        log = simulator.log
    assert came == len(pmids)
    assert len(log) == -(-len(pmids) // 30)
    assert most_in_a_second([request.moment for request in log]) <= 3
