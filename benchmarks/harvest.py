"""How long a first run of many records takes beside the time that NCBI's pace and the network force, and what a run
with nothing new asks; beside Bio.Entrez fetching the same records.

    python benchmarks/harvest.py [--records N] [--latency SECONDS] [--runs N] [--titles]

Everything is a process of its own. The simulated PubMed answers after `latency` and refuses more than 3 requests a
second, as NCBI does; it serves the demo's invented studies, each under many PMIDs. The forced time is that of so many
requests three a second apart, and one latency. `--titles` leaves the abstracts out: what remains of the time is asking,
reading and storing, without the work of summarising, which the cores share with the simulated PubMed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Self

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from aggregator.demo_world import DEMO_WEEKS, demo_world  # noqa: E402 - runs from a checkout, installed or not
from aggregator.pubmed.simulator import NCBI_LIMITS, Simulator, World  # noqa: E402

FIRST_PMID = 91_000_001
NOW = DEMO_WEEKS[1]
TOPIC = """title = "Everything that the benchmark serves"
question = "How long does a first run take?"
query = "{first}:{last}[uid]"
sources = ["invented"]
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=10_000)
    options.add_argument("--latency", type=float, default=0.3)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--titles", action="store_true", help="records without abstracts")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--entrez", metavar="URL", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        serve(chosen.records, chosen.latency, has_abstracts=not chosen.titles)
    elif chosen.entrez:
        fetch_with_entrez(chosen.entrez, chosen.records)
    else:
        compare(chosen)


def compare(chosen: argparse.Namespace) -> None:
    rows: dict[str, list[Measured]] = {}
    for _ in range(chosen.runs):
        for name, measured in one_round(chosen):
            rows.setdefault(name, []).append(measured)
    print(
        f"{chosen.records:,} records{' without abstracts' if chosen.titles else ''}, {chosen.latency:g} s latency, "
        f"3 requests a second; medians of {chosen.runs} runs"
    )
    print(f"{'':<34}{'requests':>9}{'forced s':>10}{'seconds':>9}{'ratio':>7}{'peak MB':>9}{'most in 1 s':>13}")
    for name, taken in rows.items():
        middle = sorted(taken, key=lambda one: one.seconds)[len(taken) // 2]
        megabytes = statistics.median(one.megabytes for one in taken)
        most = max(one.most_in_a_second for one in taken)
        print(
            f"{name:<34}{middle.requests:>9}{middle.forced:>10.1f}{middle.seconds:>9.1f}"
            f"{middle.seconds / middle.forced:>7.2f}{megabytes:>9.0f}{most:>13}"
        )


class Measured:
    """One process: its seconds and memory by the operating system's account, its requests by the server's."""

    def __init__(self, seconds: float, megabytes: float, moments: list[float], latency: float) -> None:
        self.seconds = seconds
        self.megabytes = megabytes
        self.requests = len(moments)
        self.forced = max(0, self.requests - 1) / NCBI_LIMITS[0] + latency
        self.most_in_a_second = max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


def one_round(chosen: argparse.Namespace):
    with tempfile.TemporaryDirectory() as folder, Served(chosen) as served:
        top = Path(folder)
        (top / "queries").mkdir()
        last = FIRST_PMID + chosen.records - 1
        (top / "queries" / "all.toml").write_text(TOPIC.format(first=FIRST_PMID, last=last))
        (top / "aggregator.toml").write_text(f'[pubmed]\nurl = "{served.url}"\nemail = "you@clinic.example"\n')
        update = [sys.executable, str(TOP / "run.py"), "update", "--config", str(top / "aggregator.toml"), "--quiet"]
        environment = os.environ | {"XDG_CACHE_HOME": str(top / "cache")}
        for name, moment in (("first run", NOW), ("second run, nothing new", NOW + timedelta(days=1))):
            yield name, timed([*update, "--now", moment.isoformat()], served, chosen.latency, environment)
        entrez = [sys.executable, __file__, "--entrez", served.url, "--records", str(chosen.records)]
        yield "Bio.Entrez: fetch and read only", timed(entrez, served, chosen.latency, environment)


def timed(command: list[str], served: Served, latency: float, environment: dict[str, str]) -> Measured:
    served.moments()
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{command[1]} ended with exit code {process.returncode}")
    return Measured(seconds, usage.ru_maxrss / 1024, served.moments(), latency)


# -- the other process: PubMed ----------------------------------------------------------------------


class Served:
    """A simulated PubMed in a process of its own; ask it for the moments of the requests since last asked."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self._words = [sys.executable, __file__, "--serve", "--records", str(chosen.records)]
        self._words += ["--latency", str(chosen.latency), *(["--titles"] if chosen.titles else [])]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()

    def moments(self) -> list[float]:
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def serve(records: int, latency: float, *, has_abstracts: bool) -> None:
    world = World(now=NOW)
    raws = [held.raw for held in demo_world(NOW).records().values()]
    if not has_abstracts:
        raws = [re.sub(rb"<Abstract>.*?</Abstract>", b"", raw, flags=re.DOTALL) for raw in raws]
    own_pmid = re.compile(
        rb"(?<=<PMID Version=\"1\">)\d+(?=</PMID>)|(?<=<ArticleId IdType=\"pubmed\">)\d+(?=</ArticleId>)"
    )
    for number, raw in enumerate(islice(cycle(raws), records)):
        own = own_pmid.search(raw)[0]
        world.add(raw.replace(own, str(FIRST_PMID + number).encode()))
    with Simulator(world, latency=latency, limits=NCBI_LIMITS) as simulator:
        print(simulator.url, flush=True)
        for _ in sys.stdin:
            print(json.dumps([request.moment for request in simulator.log]), flush=True)
            simulator.clear_log()


# -- the other client -------------------------------------------------------------------------------


def fetch_with_entrez(url: str, records: int) -> None:
    """Biopython's way, the whole set in batches of 200: its own pace, its own reader, nothing kept."""
    from urllib.request import Request

    from Bio import Entrez

    real_open = Entrez.urlopen

    def redirected(request: Request) -> object:
        request.full_url = request.full_url.replace("https://eutils.ncbi.nlm.nih.gov/entrez/eutils/", url)
        return real_open(request)

    Entrez.urlopen, Entrez.email = redirected, "you@clinic.example"
    pmids = [str(FIRST_PMID + number) for number in range(records)]
    came = 0
    for start in range(0, records, 200):
        with Entrez.efetch(db="pubmed", id=",".join(pmids[start : start + 200]), retmode="xml") as answer:
            came += sum(map(len, Entrez.read(answer).values()))
    if came != records:
        raise SystemExit(f"Bio.Entrez read {came} of {records} records")


if __name__ == "__main__":
    main()
