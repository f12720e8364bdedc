"""Summaries made in a process beside: the same ones, in order, whatever becomes of that process."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from aggregator import beside, summarising
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.errors import PubMedUnavailable
from aggregator.pubmed.eutils import Fetched
from aggregator.pubmed.records import ReadRecord
from aggregator.summarising import record_of, summarised

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def batches():
    held = demo_world(DEMO_WEEKS[0]).records().values()
    read = [ReadRecord(citation=one.citation, raw=one.raw) for one in held]
    return [Fetched(records=tuple(read[start : start + 20])) for start in range(0, 120, 20)]


def test_many_are_summarised_in_another_process_and_come_in_order(batches):
    made = list(summarised(iter(batches), expected=summarising.MANY))
    assert [batch for batch, _ in made] == batches
    assert [ready for _, ready in made] == [[record_of(read) for read in batch.records] for batch in batches]


def test_what_came_before_pubmed_failed_is_given_first(batches):
    def failing():
        yield from batches[:2]
        raise PubMedUnavailable("no answer; try again later")

    came = []
    with pytest.raises(PubMedUnavailable):
        came.extend(summarised(failing(), expected=summarising.MANY))
    assert [batch for batch, _ in came] == batches[:2]


def test_without_another_process_the_work_is_done_here(batches, monkeypatch):
    def broken(*_, **__):
        raise OSError("no semaphores")

    monkeypatch.setattr(beside, "ProcessPoolExecutor", broken)
    made = list(summarised(iter(batches[:1]), expected=summarising.MANY))
    assert len(made[0][1]) == 20


def test_a_process_that_breaks_down_costs_time_and_nothing_else(batches):
    with beside.pool() as pool:
        pool.submit(os.getpid).result()
        with pytest.raises(BrokenExecutor):
            pool.submit(os._exit, 1).result()
        made = list(summarising._summarised_beside(iter(batches[:2]), pool, 40))
    assert [len(ready) for _, ready in made] == [20, 20]


MASTER = """
import time
import os
from aggregator import beside
if __name__ == "__main__":
    pool = beside.pool()
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_other_process_goes_when_its_master_is_killed(tmp_path):
    script = tmp_path / "master.py"
    script.write_text(MASTER)
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as master:
        worker = int(master.stdout.readline())
        master.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not Path(f"/proc/{worker}").exists() or "State:\tZ" in Path(f"/proc/{worker}/status").read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail("the worker outlives its master")
