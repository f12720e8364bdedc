"""A service in one process grows in nothing: not in open files, not in threads, not in memory. benchmarks/soak.py is the long one."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.soak import soak

#: What the first runs load, and the allocator's moods, in megabytes. A leak of 100 kB a run would be four times that.
ROOM = 2


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory and files are read in /proc")
def test_a_service_that_does_many_runs_with_faults_holds_no_more_than_after_the_first_ones(tmp_path):
    # In a process of its own: room that earlier tests have left would hide what grows.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as alone:
        found = alone.submit(soak, tmp_path, runs=120, every=20, seed=1).result()
    first, *_, last = found.measured[1:]
    assert last.runs - first.runs == 80
    assert last.threads <= first.threads
    assert last.files <= first.files
    assert last.megabytes <= first.megabytes + ROOM
    assert max(found.served.values()) == 1, "no due moment is served twice"
    results = {result for _, result in found.results}
    assert "done" in results
    assert results & {"failed", "in part"}, "some runs must meet a fault, or nothing is shown"
