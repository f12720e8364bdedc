"""How large and how slow are the archive of weeks, the calendar of searches and the feeds after ten years?

    python benchmarks/archive.py
    python benchmarks/archive.py --one-week     # the worst case: everything announced in one week

30,000 invented studies (seeded), 521 weeks, eight topics searched daily, 1 % of the searches cut short and some days
missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from aggregator import assets  # noqa: E402 - as below
from aggregator.dates import issue_of, week_period  # noqa: E402
from aggregator.render.site import _Builder  # noqa: E402
from aggregator.report import IssueEntry, Report, compose  # noqa: E402
from aggregator.scheduler import parse_rule  # noqa: E402
from aggregator.study import Change, Search, Study  # noqa: E402
from aggregator.topics import Topic  # noqa: E402
from tests.studies import change, search, study  # noqa: E402 - the tests are no installed package

STUDIES = 30_000
DAYS = 3_650
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=ZONE)
FIRST = NOW - timedelta(days=DAYS)
TOPICS = [
    Topic(slug=f"t{n}", title=f"Topic {n}", short=f"Topic {n}", question="?", query="x", order=n) for n in range(1, 9)
]
DESIGNS = ("randomized-trial", "cohort", "case-report", "narrative-review", "meta-analysis", "protocol")
BUCKETS = ("core",) * 8 + ("perioperative", "preclinical")
NOTICE = "J Invent Stud. 2026;1:9 (PMID 90000098)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one-week", action="store_true")
    report = decade(one_week=parser.parse_args().one_week)
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        builder = _Builder(report, site, assets.folder("reports"), abstracts=True)
        timed("weeks and calendar", builder.archive)
        timed("feeds", builder.feeds)
        sizes = sorted(((file.stat().st_size, file) for file in site.rglob("*.*") if file.is_file()), reverse=True)
        largest_week = next(entry for entry in sizes if entry[1].stem[:1].isdigit())
        for size, file in dict.fromkeys([*sizes[:4], largest_week]):
            print(f"{size / 1e6:8.2f} MB  {file.relative_to(site)}")


def timed(name: str, job) -> None:
    start = time.perf_counter()
    job()
    print(f"{time.perf_counter() - start:8.2f} s   {name}")


def decade(*, one_week: bool) -> Report:
    chance = random.Random(1)
    labels = sorted({issue_of(FIRST + timedelta(days=day)) for day in range(DAYS)})[:-1]
    periods = {label: week_period(label, ZONE) for label in labels}
    announced = defaultdict(list)
    studies: list[Study] = []
    for number in range(STUDIES):
        label = labels[-1] if one_week else chance.choice(labels)
        pmid = str(90000001 + number)
        announced[label].append(pmid)
        seen = periods[label].start + timedelta(days=chance.randrange(7), hours=5)
        studies.append(
            study(
                pmid,
                title=f"An invented study of ketamine; its title has the usual length of about a hundred, {number}",
                design=chance.choice(DESIGNS),
                topics=tuple(topic.slug for topic in chance.sample(TOPICS, chance.choice((1, 1, 2, 3)))),
                entered=seen.date(),
                first_seen=seen,
                announced=(label, periods[label].end),
                bucket=chance.choice(BUCKETS),
                changes=[_change(pmid, chance, seen)] if number % 10 == 0 else (),
                conclusion="Nothing can be said yet about the invented effect. " * 4,
            )
        )
    issues = [
        IssueEntry(label=label, period=periods[label], new=len(announced[label]), shown=tuple(announced[label][:20]))
        for label in labels
    ]
    return compose(
        studies=studies,
        topics=TOPICS,
        searches=list(_searches(chance)),
        issues=issues,
        now=NOW,
        version="0",
        url="https://intranet.example/ketamine/",
        due=parse_rule("daily 05:30"),
    )


def _change(pmid: str, chance: random.Random, seen: datetime) -> Change:
    kind = chance.choice(("corrected", "retracted", "indexed"))
    return change(pmid, kind, after=NOTICE, seen=seen + timedelta(days=30))


def _searches(chance: random.Random):
    for day in range(DAYS):
        if 1000 < day < 1030 or day % 97 == 0:
            continue
        for topic in TOPICS:
            yield _search(topic.slug, FIRST + timedelta(days=day), is_complete=chance.random() >= 0.01)


def _search(slug: str, started: datetime, *, is_complete: bool) -> Search:
    return search(slug, complete=is_complete, problem=None if is_complete else "PubMed did not answer", started=started)


if __name__ == "__main__":
    main()
