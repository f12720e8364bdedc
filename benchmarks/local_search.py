"""How long the library takes to answer PubMed queries, with its index and by reading each citation.

    python benchmarks/local_search.py [--citations N] [--runs N] [--without] [--keep FOLDER]

Fills a library with invented citations (seeded; titles and abstracts of some 250 words drawn from 40,000 invented
words, a few of them frequent as in prose), makes the index, and asks queries of it in one process. "First" is from the
asking to the first whole study, or to knowing that there is none; "all" until every PMID is known. `--without` also
evaluates each query on every citation, as a search without an index does, and compares the PMIDs. Times are the
processor's: a shared machine's clock also counts the neighbours, and the files lie in memory after the first asking.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import TypeVar

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from aggregator.citation import (  # noqa: E402 - the package need not be installed
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Journal,
    MeshHeading,
    MeshQualifier,
    PubDate,
)
from aggregator.evidence import summarise  # noqa: E402
from aggregator.library import Library, Record  # noqa: E402
from aggregator.local_search import LocalSearch, searching  # noqa: E402
from benchmarks.reader import NAMES  # noqa: E402
from tests.studies import NOW  # noqa: E402 - the tests are no installed package

T = TypeVar("T")
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi")
#: Words that queries ask for, with the place in the order of frequency that each takes.
KNOWN = {
    "of": 0,
    "the": 1,
    "and": 2,
    "ketamine": 8,
    "treatment": 12,
    "depression": 15,
    "randomized": 30,
    "controlled": 33,
    "trial": 36,
    "anxiety": 60,
    "social": 120,
    "suicidal": 150,
    "esketamine": 180,
    "midazolam": 400,
    "psilocybin": 1500,
    "agoraphobia": 6000,
}
HEADINGS = ("Ketamine", "Humans", "Depressive Disorder, Major", "Phobia, Social", "Animals", "Rats", "Male", "Female")
QUALIFIERS = ("therapeutic use", "adverse effects", "drug therapy")
QUERIES = {
    "one word that all have": "ketamine[tiab]",
    "a word of one in six": "social[tiab]",
    "a rare word": "agoraphobia[tiab]",
    "a word that nobody wrote": "zebrafinch[tiab]",
    "truncation": "ketamin*[tiab] AND suicid*[tiab]",
    "a phrase": '"social anxiety"[tiab]',
    "a phrase of frequent words": '"treatment of the depression"[tiab]',
    "a phrase that never stands so": '"midazolam esketamine psilocybin"[tiab]',
    "words near each other": '"ketamine suicidal"[tiab:~3]',
    "near each other, never": '"agoraphobia psilocybin ketamine"[tiab:~5]',
    "a heading with the narrower ones": '"Mood Disorders"[mh] AND ketamine/therapeutic use[mh]',
    "a topic's strategy": (
        "(ketamine[mh] OR ketamin*[tiab] OR esketamin*[tiab]) AND (phobia, social[mh] OR social anxiety[tiab]"
        ' OR "social phobia"[tiab]) NOT (animals[mh:noexp] NOT humans[mh])'
    ),
    "all but what most have": "social[tiab] NOT ketamine[tiab]",
    "dates": "ketamine[tiab] AND 2019:2021[dp]",
    "an author": "aster a[au] AND midazolam[tiab]",
    "a filter": "therapy narrow[filter] AND hasabstract",
    "a flag that nobody has": "hasretractionin",
    "everywhere": "rowanville AND psilocybin",
}


class Inventor:
    """Invented citations from a seed; the same seed gives the same ones."""

    def __init__(self, seed: int, words: int = 40_000) -> None:
        self._random = random.Random(seed)
        self._vocabulary = [self._word() for _ in range(words)]
        for word, place in KNOWN.items():
            self._vocabulary[place] = word
        # Zipf's law, as prose has it.
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(words)))

    def _word(self) -> str:
        return "".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 5)))

    def _words(self, count: int) -> str:
        top = self._weights[-1]
        places = (bisect(self._weights, self._random.random() * top) for _ in range(count))
        return " ".join(self._vocabulary[place] for place in places)

    def citations(self, count: int) -> Iterator[Citation]:
        return (self._citation(90_000_001 + number) for number in range(count))

    def _citation(self, pmid: int) -> Citation:
        chance = self._random
        received = NOW.date() - timedelta(days=int(chance.triangular(0, 30 * 365, 0)))
        return Citation(
            pmid=str(pmid),
            doi=f"10.99999/invented.{pmid}",
            title=f"{self._words(12).capitalize()} ketamine, invented.",
            abstract=tuple(
                AbstractSection(label=label, category=label, text=f"{self._words(62).capitalize()}.")
                for label in ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")
            ),
            authors=tuple(self._author() for _ in range(chance.randint(2, 8))),
            journal=Journal(title="Journal of invented studies", abbreviation="J Invent Stud", country="Atlantis"),
            published=PubDate(received.year, received.month),
            entered=received,
            processed=received,
            revised=received,
            citation_status=chance.choice(("MEDLINE", "MEDLINE", "Publisher")),
            publication_types=("Journal Article", *chance.choices(("Review", "Randomized Controlled Trial"), k=1)),
            mesh=tuple(self._heading(name) for name in chance.sample(HEADINGS, 4))
            + tuple(self._heading(self._words(2).capitalize()) for _ in range(6)),
            chemicals=(Chemical(name="Ketamine", registry_number="690G0D6V8H"),),
            keywords=tuple(self._words(2) for _ in range(5)),
            languages=("eng",),
            coi_statement=f"{self._words(15).capitalize()}.",
        )

    def _author(self) -> Author:
        chance = self._random
        return Author(
            last_name=f"{chance.choice(NAMES)}{chance.choice(('', 'son', 'berg'))}",
            fore_name=f"{chance.choice(NAMES)} {chance.choice('ABC')}",
            initials=chance.choice("ABC"),
            affiliations=(f"Department of {self._words(3)}, Invented University, {chance.choice(NAMES)}ville.",),
        )

    def _heading(self, name: str) -> MeshHeading:
        qualifiers = tuple(MeshQualifier(name=qualifier) for qualifier in self._random.sample(QUALIFIERS, 1))
        return MeshHeading(descriptor=name, is_major=self._random.random() < 0.3, qualifiers=qualifiers)


def fill(file: Path, count: int, seed: int = 7) -> float:
    """Fills a library, and gives the seconds that the storing took."""
    spent = 0.0
    citations = Inventor(seed).citations(count)
    with Library(file) as library:
        # What was read from a citation is not searched; one summary does for all.
        summary = summarise(next(Inventor(seed).citations(1)))
        while some := list(islice(citations, 1000)):
            batch = [Record(citation=one, raw=repr(one).encode(), summary=summary) for one in some]
            spent += seconds(lambda batch=batch: library.add(batch, now=NOW))[0]
    return spent


def seconds(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--citations", type=int, default=30_000)
    options.add_argument("--runs", type=int, default=5, help="askings of each query; the median counts")
    options.add_argument("--without", action="store_true", help="also evaluate each query on every citation (minutes)")
    options.add_argument("--keep", type=Path, help="make the library here, or use the one that is here, and leave it")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        file, index_file = folder / "library.sqlite", folder / "search-index.sqlite"
        if not file.exists():
            row("storing the citations", fill(file, chosen.citations))
        index_file.unlink(missing_ok=True)
        with Library(file) as library:
            measure(library, index_file, chosen.runs, is_compared=chosen.without)


def row(name: str, spent: float) -> None:
    print(f"{name:<44}{spent:>10.2f} s", flush=True)


def measure(library: Library, index_file: Path, runs: int, *, is_compared: bool) -> None:
    row("making the index", seconds(lambda: opened(library, index_file).__enter__())[0])
    row("opening with an index that is up to date", seconds(lambda: opened(library, index_file).__enter__())[0])
    size, held = index_file.stat().st_size, library.path.stat().st_size
    print(f"{'size of the index':<44}{size / 1e6:>10.0f} MB beside a library of {held / 1e6:.0f} MB")
    with opened(library, index_file) as search:
        print(f"\n{'':<36}{'first ms':>9}{'all ms':>9}{'found':>9}" + (f"{'without, ms':>24}" if is_compared else ""))
        for name, query in QUERIES.items():
            compare(search, LocalSearch(library, None, print) if is_compared else None, name, query, runs)


def opened(library: Library, index_file: Path) -> object:
    return searching(library, index_file, progress=lambda *_: None, warn=print)


def compare(search: LocalSearch, without: LocalSearch | None, name: str, query: str, runs: int) -> None:
    first = statistics.median(seconds(lambda: first_study(search, query))[0] for _ in range(runs))
    askings = [seconds(lambda: list(search.pmids(query, today=NOW.date()))) for _ in range(runs)]
    spent, found = zip(*askings, strict=True)
    line = f"{name:<36}{first * 1000:>9.1f}{statistics.median(spent) * 1000:>9.1f}{len(found[0]):>9,}"
    if without:
        to_first = seconds(lambda: first_study(without, query))[0]
        whole, same = seconds(lambda: list(without.pmids(query, today=NOW.date())))
        line += f"{to_first * 1000:>12,.0f}{whole * 1000:>12,.0f}" + ("" if same == found[0] else "  DIFFERS")
    print(line, flush=True)


def first_study(search: LocalSearch, query: str) -> object:
    return next(search.studies(search.pmids(query, today=NOW.date())), None)


if __name__ == "__main__":
    main()
