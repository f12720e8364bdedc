"""How the report bears a large library: building it, building it again, and finding something in it in a browser.

    python benchmarks/site.py [--studies N] [--runs N] [--keep FOLDER]

Fills a library with invented studies (seeded; eight topics, thirty years, abstracts of some 250 words) and builds the
report of it twice, each time as a whole process, so that reading the library counts too. Then opens the report from the
disk in Chromium and types. Needs Chromium, and playwright from the group "test".
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from aggregator.citation import Grant, MeshHeading, PubDate  # noqa: E402 - the package need not be installed
from aggregator.library import Library, Record  # noqa: E402
from aggregator.study import Study  # noqa: E402
from aggregator.vocabulary import COMPARATORS, CONDITIONS, DESIGNS, DRUGS, ROUTES  # noqa: E402
from benchmarks.reader import NAMES, VOCABULARY  # noqa: E402
from tests.conftest import ARGUMENTS, chromium  # noqa: E402 - the tests are no installed package
from tests.studies import NOW, result, study  # noqa: E402

RUN = [sys.executable, str(TOP / "run.py")]
TOPICS = sorted(file.stem for file in (TOP / "queries").glob("*.toml"))
SCALES = ("MADRS", "HAM-D", "CAPS-5", "PCL-5", "LSAS", "C-SSRS", "CADSS", "BDI-II", "QIDS-SR", "HAM-A")
HARMS = ("dissociation", "nausea", "headache", "dizziness", "raised blood pressure", "sedation")
#: What lists leave out, and how often.
BUCKETS = {"core": 70, "protocol": 4, "perioperative": 14, "preclinical": 8, "misuse": 4}
#: Typed letter by letter: frequent and rare words, a name, a PMID.
TYPED = (
    "ketamine depression",
    "intranasal midazolam",
    "rowan hazel",
    "90012345",
    "post-traumatic",
    "severe sleep diary",
)


class Inventor:
    """Invented studies from a seed; the same seed gives the same studies."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._prose = VOCABULARY.split()

    def studies(self, count: int) -> Iterator[Study]:
        return (self._study(90_000_001 + number) for number in range(count))

    def _study(self, pmid: int) -> Study:
        chance = self._random
        received = NOW.date() - timedelta(days=int(chance.triangular(0, 30 * 365, 0)))
        estimate = round(chance.uniform(1, 20), 1)
        scale = chance.choice(SCALES)
        bucket = chance.choices(list(BUCKETS), weights=BUCKETS.values())[0]
        return study(
            str(pmid),
            title=f"{self._words(6, 12)} of ketamine, invented.",
            design=chance.choice(list(DESIGNS)),
            confirmed=chance.random() < 0.5,
            bucket=bucket,
            bucket_reason=None if bucket in ("core", "protocol") else "an invented reason",
            conditions=self._some(CONDITIONS, 2),
            n=chance.randint(8, 900),
            drugs=self._some(DRUGS, 2),
            routes=self._some(ROUTES, 2),
            comparators=self._some(COMPARATORS, 2),
            scales=(scale,),
            harms=self._some(HARMS, 3),
            results=[
                result(f"{scale} was {estimate} points lower.", scale=scale, estimate=estimate),
                result(f"{self._sentences(7)}", measure="response rate", estimate=float(chance.randint(10, 90))),
            ],
            direction=chance.choice(["favours-ketamine", "no-difference", "mixed", "unclear"]),
            conclusion=self._sentences(2),
            topics=self._some(TOPICS, 3),
            authors=[f"{chance.choice(NAMES)}{chance.choice(NAMES).lower()} {chance.choice('ABC')}" for _ in range(6)],
            published=PubDate(received.year, received.month),
            entered=received,
            doi=f"10.99999/invented.{pmid}",
            registrations=[f"NCT{chance.randint(0, 99_999_999):08}"] if chance.random() < 0.2 else [],
            citation_changes={
                "volume": str(chance.randint(1, 90)),
                "pages": f"{chance.randint(1, 500)}-{chance.randint(501, 900)}",
                "keywords": tuple(self._words(1, 2) for _ in range(5)),
                "mesh": tuple(MeshHeading(descriptor=self._words(1, 2)) for _ in range(8)),
                "grants": (Grant(agency="Invented agency", id="R00"),),
                "coi_statement": self._sentences(1),
            },
        )

    def _some(self, values: object, most: int) -> list[str]:
        return self._random.sample(list(values), self._random.randint(1, most))

    def _words(self, low: int, high: int) -> str:
        return " ".join(self._random.choices(self._prose, k=self._random.randint(low, high))).capitalize()

    def _sentences(self, count: int) -> str:
        return ". ".join(self._words(10, 22) for _ in range(count)) + "."


def fill(workspace: Path, count: int, seed: int = 6) -> None:
    workspace.mkdir(parents=True, exist_ok=True)
    matching: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    batch: list[Record] = []
    with Library(workspace / "library.sqlite") as library:
        for one in Inventor(seed).studies(count):
            batch.append(Record(citation=one.citation, raw=b"", summary=one.summary))
            for topic in one.topics:
                matching[topic].append(one.pmid)
            if len(batch) == 1000:
                library.add(batch, now=NOW)
                batch = []
        library.add(batch, now=NOW)
        for topic, pmids in matching.items():
            library.match(topic, pmids, now=NOW, is_whole=True)


@dataclass(frozen=True, kw_only=True)
class Build:
    seconds: float
    #: The processor's own, of all its processes: what the neighbours of a shared machine take is not in it.
    processor: float
    #: The peaks of all its processes together.
    megabytes: float


def build(workspace: Path) -> Build:
    """One report as a process of its own, by the operating system's account of it."""
    words = ["report", "--workspace", str(workspace), "--now", NOW.isoformat(), "--quiet"]
    start = time.perf_counter()
    with subprocess.Popen([*RUN, *words], cwd=workspace) as process, Helpers(process.pid) as helpers:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the report ended with exit code {process.returncode}")
    return Build(
        seconds=seconds,
        processor=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024) + helpers.megabytes,
    )


class Helpers:
    """Watches how much memory the processes take that a process starts (in /proc, so on Linux only)."""

    def __init__(self, pid: int) -> None:
        self._children = Path(f"/proc/{pid}/task/{pid}/children")
        self._peaks: dict[str, int] = {}
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    @property
    def megabytes(self) -> float:
        return sum(self._peaks.values()) / 1024

    def _look(self) -> None:
        while not self._over.wait(0.2):
            with suppress(OSError):
                for child in self._children.read_text().split():
                    status = Path(f"/proc/{child}/status").read_text()
                    peak = re.search(r"VmHWM:\s+(\d+)", status)
                    self._peaks[child] = int(peak[1]) if peak else self._peaks.get(child, 0)


# --- In the browser ---------------------------------------------------------------------------------------------

#: Runs before the page's own scripts: notes the moment at which one can type and the first studies stand there.
WATCH = """
    const usable = () => {
        const field = document.getElementById("q");
        if (field && field.checkVisibility() && !field.disabled && document.querySelector("#results > li"))
            window.usableAfter = performance.now();
        else requestAnimationFrame(usable);
    };
    requestAnimationFrame(usable);
"""
#: From the keystroke until the frame after the one in which the results are drawn.
TYPE = """async ([text]) => {
    const field = document.getElementById("q");
    const count = document.getElementById("count");
    const times = [];
    for (let end = 1; end <= text.length; end++) {
        const start = performance.now();
        const drawn = new Promise((resolve) => new MutationObserver((_, watch) => { watch.disconnect(); resolve(); })
            .observe(count, { childList: true, characterData: true, subtree: true }));
        field.value = text.slice(0, end);
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await drawn;
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 120));
    }
    return times;
}"""


@contextmanager
def opened(site: Path) -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(WATCH)
        page.goto(f"{site.as_uri()}/index.html", wait_until="commit")
        yield page
        browser.close()


def usable_after(site: Path) -> tuple[float, float]:
    """Milliseconds from the opening until the index is usable, and until all of it is there."""
    with opened(site) as page:
        usable = page.wait_for_function("() => window.usableAfter").json_value()
        page.wait_for_selector("html[data-loaded=all]")
        return usable, page.evaluate("performance.now()")


def keystrokes(site: Path) -> list[float]:
    """Milliseconds from each keystroke until the studies found stand on the page."""
    with opened(site) as page:
        page.wait_for_selector("html[data-indexed=all]")
        return [spent for text in TYPED for spent in page.evaluate(TYPE, [text])]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--studies", type=int, default=30_000)
    options.add_argument("--runs", type=int, default=3, help="openings of the index; the median counts")
    options.add_argument("--keep", type=Path, help="make the workspace here, or use the one that is here, and leave it")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = (chosen.keep or Path(temporary)).resolve()
        if not (workspace / "library.sqlite").exists():
            fill(workspace, chosen.studies)
        measure(workspace, chosen.runs)


def measure(workspace: Path, runs: int) -> None:
    site = workspace / "site"
    shutil.rmtree(site, ignore_errors=True)
    for name in ("first build", "second build, nothing changed"):
        before = {file: file.stat().st_ino for file in site.rglob("*.html")}
        made = build(workspace)
        kept = sum(file.stat().st_ino == number for file, number in before.items() if file.exists())
        times = f"{made.seconds:>8.1f} s ({made.processor:.1f} s of a core)"
        print(f"{name:<44}{times} {made.megabytes:>6.0f} MB   {kept:,} pages kept", flush=True)
    sizes = {file: file.stat().st_size for file in site.rglob("*") if file.is_file()}
    pages = {file: size for file, size in sizes.items() if file.suffix == ".html"}
    largest = max(pages, key=pages.__getitem__)
    print(f"{len(sizes):,} files, {sum(sizes.values()) / 1e6:,.0f} MB")
    print(f"{'largest page, ' + str(largest.relative_to(site)):<44}{pages[largest] / 1e6:>8.2f} MB")
    openings = [usable_after(site) for _ in range(runs)]
    print(f"{'index usable after':<44}{statistics.median(first for first, _ in openings):>8.0f} ms")
    print(f"{'all of it loaded after':<44}{statistics.median(whole for _, whole in openings):>8.0f} ms")
    spent = sorted(keystrokes(site))
    print(f"{'a keystroke to its results, median':<44}{statistics.median(spent):>8.0f} ms")
    print(f"{'the slowest in a hundred':<44}{spent[int(len(spent) * 0.99)]:>8.0f} ms   of {len(spent)} keystrokes")


if __name__ == "__main__":
    main()
