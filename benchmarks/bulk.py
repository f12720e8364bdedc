"""How fast what the topics match is picked out of a file of NLM's kind, beside other ways to do it.

    python benchmarks/bulk.py [--records N] [--runs N]
    python benchmarks/bulk.py FILE.xml.gz ...

Each measurement is a process of its own, the ways in turn; seconds are the processor's, of all the processes that a way
starts. The file is invented (seeded): 10.4 kB of XML a record; one in a thousand is of ketamine for depression, one in
nine has an accented letter in its text, one in sixty one that is not of Latin-1, as in NLM's own files. xtract
(Debian's ncbi-entrez-direct) and pubmed_parser are measured where they are installed.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from benchmarks.reader import Inventor, ours, pubmed_parser  # noqa: E402 - the package need not be installed

BLOCK = 1 << 20
#: The articles and abstracts that hold a word, as EDirect asks for them.
XTRACT = (
    'gunzip -c "$1" | xtract -pattern PubmedArticle -if ArticleTitle -contains ketamin '
    "-or AbstractText -contains ketamin -element MedlineCitation/PMID"
)


def picked(path: Path) -> int:
    """What `import` does with a file: the records of all eight topics, with their summaries."""
    from datetime import date

    from aggregator import topics
    from aggregator.picking import Plan, pick

    questions = tuple((topic.slug, topic.query) for topic in topics.load(TOP / "queries"))
    found = pick(str(path), Plan(questions=questions, today=date(2026, 11, 23)))
    return len(found.taken)


def unsummarised(path: Path) -> int:
    """The same without the summaries: finding the records, reading them, and matching them with each topic."""
    from aggregator.picking import matching
    from aggregator.pubmed.bulk import sift_file

    questions, sieve = prepared()
    entries = sift_file(path, sieve).entries
    return sum(bool(matching(entry.citation, questions)) for entry in entries if hasattr(entry, "citation"))


@cache
def prepared():
    from datetime import date

    from aggregator import topics
    from aggregator.picking import Plan, questions_of
    from aggregator.pubmed.literals import all_literals, looks_at_people
    from aggregator.pubmed.sieve import Sieve

    questions = tuple((topic.slug, topic.query) for topic in topics.load(TOP / "queries"))
    queries = [query for _, query in questions]
    plan = Plan(questions=questions, today=date(2026, 11, 23))
    return questions_of(plan), Sieve(all_literals(queries), people=looks_at_people(queries))


def unpacked_and_scanned(path: Path) -> int:
    """The least that anybody has to do: isal and bytes.find, for one word in one spelling."""
    from isal import igzip

    with igzip.open(path, "rb") as stream:
        return sum(block.count(b"etamine") for block in iter(lambda: stream.read(BLOCK), b""))


def unpacked_and_scanned_widely(path: Path) -> int:
    """The same with stringzilla."""
    import stringzilla
    from isal import igzip

    with igzip.open(path, "rb") as stream:
        return sum(stringzilla.count(block, b"etamine") for block in iter(lambda: stream.read(BLOCK), b""))


def every_record_by_lxml(path: Path) -> int:
    """lxml over everything: does the text of a record hold the word?"""
    from lxml import etree

    count = 0
    with gzip.open(path) as stream:
        for _, element in etree.iterparse(stream, tag="PubmedArticle", load_dtd=False, no_network=True):
            count += "ketamin" in "".join(element.itertext()).casefold()
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return count


def xtract(path: Path) -> int:
    found = subprocess.run(["sh", "-c", XTRACT, "sh", str(path)], capture_output=True, check=True)
    return len(found.stdout.split())


WAYS: dict[str, Callable[[Path], int]] = {
    "this package: eight topics": picked,
    "the same without summaries": unsummarised,
    "isal and bytes.find, one word": unpacked_and_scanned,
    "isal and stringzilla, one word": unpacked_and_scanned_widely,
    "lxml over everything, one word": every_record_by_lxml,
    "this package's reader": ours,
    "pubmed_parser": pubmed_parser,
    "EDirect's xtract, one word": xtract,
}
#: The least that a file costs.
FLOOR = "isal and bytes.find, one word"
#: What some ways need.
NEEDED = {"pubmed_parser": "pubmed_parser", "isal and bytes.find, one word": "isal"}


def is_there(name: str) -> bool:
    if name == "EDirect's xtract, one word":
        return shutil.which("xtract") is not None
    return name not in NEEDED or importlib.util.find_spec(NEEDED[name]) is not None


def write_file(path: Path, count: int, seed: int = 7) -> None:
    """NLM's kind of file."""
    from aggregator.pubmed import records

    inventor = Inventor(seed)
    prolog, end = records.wrap([]).split(b"<PubmedArticleSet>\n")
    with gzip.open(path, "wb", compresslevel=6) as stream:
        stream.write(prolog + b"<PubmedArticleSet>\n")
        for number in range(count):
            text = inventor.record(number)
            if number % 1000 == 0:
                text = text.replace("<ArticleTitle>", "<ArticleTitle>Ketamine for depression: ", 1)
            if number % 9 == 0:
                text = text.replace("decline", "d\u00e9cline")
            if number % 60 == 0:
                text = text.replace("ratio", "\u0159atio")
            stream.write(text.encode())
        stream.write(end)


# --- Measuring ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Run:
    found: int
    #: The processor's, of all processes, but for the start of Python.
    seconds: float
    megabytes: float


def measure_here(name: str, path: Path) -> None:
    """One run in this process, which does nothing else; prints what it found."""
    way = WAYS[name]
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "first.xml.gz")
        write_file(first, 3)
        way(first)  # imports and patterns are made once for any number of files
    before = spent()
    found = way(path)
    seconds = spent() - before
    whose = resource.RUSAGE_CHILDREN if way is xtract else resource.RUSAGE_SELF
    print(found, seconds, resource.getrusage(whose).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024))


def spent() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def measured(name: str, path: Path) -> Run:
    command = [sys.executable, __file__, "--measure", name, str(path)]
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Run(found=int(words[0]), seconds=float(words[1]), megabytes=float(words[2]))


def compare(path: Path, records: int, runs: int) -> None:
    ways = list(filter(is_there, WAYS))
    found: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(runs):
        for name in ways:
            found[name].append(measured(name, path))
    print(f"\n{path.name}, {records:,} records, median of {runs} runs in turn")
    print(f"{'':34}{'found':>8}{'records/s':>12}{'floors':>9}{'peak MB':>9}")
    floor = statistics.median(run.seconds for run in found[FLOOR if FLOOR in found else ways[0]])
    for name, made in found.items():
        seconds = statistics.median(run.seconds for run in made)
        memory = statistics.median(run.megabytes for run in made)
        print(f"{name:34}{made[0].found:>8,}{records / seconds:>12,.0f}{seconds / floor:>9.2f}{memory:>9,.0f}")
    print(f"floors: how many times as long as by {FLOOR}")


def count_in(path: Path) -> int:
    with gzip.open(path) as stream:
        return sum(block.count(b"</PubmedArticle>") for block in iter(lambda: stream.read(BLOCK), b""))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--records", type=int, default=30_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--measure", choices=list(WAYS), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        measure_here(chosen.measure, chosen.files[0])
        return
    with tempfile.TemporaryDirectory() as folder:
        files = chosen.files
        if not files:
            files = [Path(folder, "pubmed99n0001.xml.gz")]
            write_file(files[0], chosen.records)
        for path in files:
            compare(path, count_in(path), chosen.runs)


if __name__ == "__main__":
    main()
