"""How long the weekly job takes: first run and second run, as whole processes against the simulator.

    python benchmarks/main_job.py [--corpus FILE ...] [--runs N]

Without --corpus the demo's invented studies are served. The pace to the simulator is set out of the way; against NCBI
the pace of 3 requests a second (10 with a key) comes on top.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.pubmed.simulator import Simulator, World

TOP = Path(__file__).resolve().parent.parent
RUN = [sys.executable, str(TOP / "run.py")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", nargs="+", type=Path)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    world = World.load(chosen.corpus, now=DEMO_WEEKS[1]) if chosen.corpus else demo_world(DEMO_WEEKS[1])
    with Simulator(world) as simulator:
        rows = [measured(simulator.url) for _ in range(chosen.runs)]
    print(f"{len(world.records()):,} records in PubMed, {rows[0][2]} studies kept; medians of {chosen.runs} runs")
    print(f"{'':<30}{'seconds':>9}{'peak MB':>9}")
    for index, name in enumerate(("first weekly run", "second run, nothing new")):
        seconds = statistics.median(row[index][0] for row in rows)
        megabytes = statistics.median(row[index][1] for row in rows)
        print(f"{name:<30}{seconds:>9.2f}{megabytes:>9.0f}")


def measured(url: str) -> tuple[tuple[float, float], tuple[float, float], str]:
    """Seconds and peak megabytes of the first and the second run in a fresh workspace, and what is held."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "aggregator.toml"
        settings.write_text(f'[pubmed]\nurl = "{url}"\nemail = "you@clinic.example"\nrequests_per_second = 1000\n')
        words = ["--config", str(settings), "--now", DEMO_WEEKS[1].isoformat()]
        first, second = timed("weekly", *words), timed("weekly", *words)
        table = subprocess.run([*RUN, "export", "--format", "csv", *words], capture_output=True, text=True, check=True)
        return first, second, table.stderr.split()[0]


def timed(*words: str) -> tuple[float, float]:
    """Wall seconds and peak megabytes of one command, by the operating system's own account of it."""
    start = time.perf_counter()
    with subprocess.Popen([*RUN, *words, "--quiet"]) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{words[0]} ended with exit code {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
