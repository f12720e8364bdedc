"""How fast PubMed's language is read and answered at home: the eight topics' queries over invented records.

    python benchmarks/language.py [--records N] [--runs N]

Reads every shipped topic's query, compiles it, cuts the records into words and puts every query to every record.
Seconds are the processor's, in this one process; medians of the runs. The records are the reader benchmark's (few
match) and the demo's (most match), because a record that matches is done earlier.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from aggregator import topics  # noqa: E402 - runs from a checkout, installed or not
from aggregator.citation import Citation  # noqa: E402
from aggregator.demo_world import demo_world  # noqa: E402
from aggregator.pubmed import language, query_check, records  # noqa: E402
from benchmarks.reader import write_invented  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    watched = topics.load(TOP / "queries")
    tell_queries(watched, options.runs)
    for name, citations in (
        ("invented", invented(options.records)),
        ("the demo's", list(islice(cycle(demo()), options.records))),
    ):
        tell_matches(name, watched, citations, options.runs)


def invented(count: int) -> list[Citation]:
    with TemporaryDirectory() as folder:
        file = Path(folder, "invented.xml.gz")
        write_invented(file, count)
        with gzip.open(file) as stream:
            return list(records.read(stream))


def demo() -> list[Citation]:
    return [held.index.citation for held in demo_world().records().values()]


def tell_queries(watched: Sequence[topics.Topic], runs: int) -> None:
    print("| topic | terms | characters | parse ms | compile ms | check ms |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for topic in watched:
        node = language.parse(topic.query)
        times = (
            seconds(lambda query=topic.query: language.parse(query), runs),
            seconds(lambda parsed=node: language.compile_query(parsed), runs),
            seconds(lambda query=topic.query: query_check.findings(query), runs),
        )
        told = " | ".join(f"{1000 * spent:.1f}" for spent in times)
        print(f"| {topic.slug} | {len(language.terms(node))} | {len(topic.query):,} | {told} |")


def tell_matches(name: str, watched: Sequence[topics.Topic], citations: Sequence[Citation], runs: int) -> None:
    questions = [language.compile_query(topic.query) for topic in watched]
    cut = [language.index(citation) for citation in citations]
    found = sum(any(matches(index) for matches in questions) for index in cut)
    fresh = seconds(lambda: ask(questions, map(language.index, citations)), runs)
    again = seconds(lambda: ask(questions, cut), runs)
    print(f"\n{len(citations):,} records, {name}, of which {found:,} match a topic:")
    print(f"  cut into words and put to all eight queries: {len(citations) / fresh:,.0f} records/s")
    print(f"  put to all eight queries again: {len(citations) / again:,.0f} records/s")


def ask(questions: Sequence[language.Match], indexes: Iterable[language.Index]) -> int:
    return sum(matches(index) for index in indexes for matches in questions)


def seconds(work: Callable[[], object], runs: int) -> float:
    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    work()
    return statistics.median(once() for _ in range(runs))


if __name__ == "__main__":
    main()
