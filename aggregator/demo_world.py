"""The demo's PubMed: some three hundred invented studies that arrive over the years and in two weeks of November 2026.

Every study, author, journal and number is invented and marked so in its record. The same records come out on every
machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from aggregator.dates import EASTERN
from aggregator.demo_data import backlog, weeks
from aggregator.demo_data.record import Invented, Places, record_xml, source_of
from aggregator.pubmed.simulator import World

#: The moments at which the demo runs the weekly job: two Sundays, in the evening.
DEMO_WEEKS = (
    datetime(2026, 11, 15, 18, tzinfo=EASTERN),
    datetime(2026, 11, 22, 18, tzinfo=EASTERN),
)

_FIRST_PMID = 90_000_001


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """One version of an invented record."""

    key: str
    pmid: str
    raw: bytes
    #: The day from which PubMed shows this version.
    since: date


def demo_world(now: datetime = DEMO_WEEKS[0]) -> World:
    """A World that holds every record of the demo, with its clock at `now`; set `world.now` to go on."""
    world = World(now=now)
    for record in demo_records():
        world.add(record.raw, since=record.since)
    return world


@cache
def demo_records() -> tuple[DemoRecord, ...]:
    """Every version of every record, the PMIDs in the order of arrival."""
    studies = _studies()
    places: Places = {study.key: (str(_FIRST_PMID + number), source_of(study)) for number, study in enumerate(studies)}
    versions = [(study.entered, study) for study in studies]
    versions += [(revision.since, revision.study) for revision in weeks.REVISIONS]
    return tuple(
        DemoRecord(study.key, places[study.key][0], record_xml(study, places), since) for since, study in versions
    )


def _studies() -> list[Invented]:
    told = [*weeks.EARLIER, *weeks.WEEK_A, *weeks.WEEK_B]
    drawn = backlog.studies(taken={study.title.casefold() for study in told})
    return sorted([*drawn, *told], key=lambda study: (study.entered, study.key))
