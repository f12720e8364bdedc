"""The verb that keeps going: which jobs there are, how a run of one goes, and what the library remembers of it."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from aggregator import scheduler, verbs
from aggregator.errors import AggregatorError
from aggregator.exits import DONE, IN_PART
from aggregator.house import House
from aggregator.job_run import JobRun, Result

if TYPE_CHECKING:
    from aggregator.subscribers import Subscriber


def schedule(house: House, options: Namespace) -> int:
    """Runs what is due now (--once), or keeps looking every minute until it is told to stop."""
    if options.once:
        outcomes = scheduler.run_due(scheduled_jobs(house), house.now, house.zone, _log(house))
        failed = [outcome for outcome in outcomes if outcome.problem]
        if not outcomes:
            house.say("nothing is due")
        return IN_PART if failed else DONE
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    house.say(timetable(scheduled_jobs(house), house))
    scheduler.run_forever(
        lambda: scheduled_jobs(house),
        clock=lambda: datetime.now(UTC),
        sleep=stop.wait,
        zone=house.zone,
        stop=stop,
        log=_log(house),
    )
    house.say("stopped")
    return DONE


def _log(house: House) -> logging.Logger:
    """What a service did is its only sign of life: it is told without -v too."""
    log = logging.getLogger("aggregator.schedule")
    log.setLevel(logging.ERROR if house.is_quiet else logging.INFO)
    return log


def scheduled_jobs(house: House) -> tuple[scheduler.Job, ...]:
    """Update before digest: when both are due, the digest has the newest studies.

    `digest` makes the week's edition and serves those who read weekly in our own time zone; each other pair of cadence
    and time zone among the subscribers has a job of its own, at the same time of day there.
    """
    times = house.settings.schedule
    weekly = scheduler.parse_rule(times.digest)

    def job(
        name: str, rule: scheduler.Rule, verb: Callable[[House], int], zone: ZoneInfo | None = None
    ) -> scheduler.Job:
        return scheduler.Job(
            name=name,
            rule=rule,
            run=lambda: _run_and_remember(house, name, verb),
            last_done=lambda: _last_done(house, name),
            zone=zone,
        )

    ours = ("weekly", house.zone)
    rules = {
        "daily": scheduler.Rule(at=weekly.at or _MORNING),
        "weekly": weekly,
        "monthly": scheduler.Rule(at=weekly.at or _MORNING, is_monthly=True),
    }
    return (
        job("update", scheduler.parse_rule(times.update), _update_now),
        job("digest", weekly, lambda current: _digest_now(current, ours)),
        *(
            job(f"digest, {cadence}, {zone}", rules[cadence], partial(_letters_now, readers=(cadence, zone)), zone)
            for cadence, zone in sorted(_rhythms(house) - {ours}, key=str)
        ),
    )


#: When daily and monthly letters leave where the weekly digest has no time of day.
_MORNING = time(7)


def _rhythms(house: House) -> set[tuple[str, ZoneInfo]]:
    """The pairs of cadence and time zone in which subscribers are written to."""
    if house.settings.mail is None:
        return set()
    with house.library() as library:
        readers = [recipient.subscriber for recipient in house.recipients(library)]
    return {_rhythm(reader, house) for reader in readers}


def _rhythm(reader: Subscriber, house: House) -> tuple[str, ZoneInfo]:
    return (reader.cadence, reader.timezone or house.zone)


def _run_and_remember(house: House, name: str, verb: Callable[[House], int]) -> None:
    """Runs a job at the present moment; only a success is remembered, so that a failure is made up."""
    current = house.later()
    begun = JobRun(id=uuid4().hex, job=name, started=current.now)
    with current.library() as library:
        library.runs.remember(begun)
    code = verb(current)
    result = {DONE: Result.DONE, IN_PART: Result.IN_PART}.get(code, Result.FAILED)
    with current.library() as library:
        library.runs.remember(replace(begun, ended=house.later().now, result=result))
    if code != DONE:
        raise AggregatorError(f"{name} was not complete; see the lines above. It will be tried again")


def _last_done(house: House, name: str) -> datetime | None:
    with house.library() as library:
        return library.runs.last_done(name)


def _update_now(house: House) -> int:
    return verbs.update(house, Namespace(topic=[], off_peak=False))


def _digest_now(house: House, readers: tuple[str, ZoneInfo]) -> int:
    """The week's edition, its letters, and the report."""
    code = _letters_now(house, readers)
    with house.alone("report"), house.library() as library:
        verbs.build_report(house, library)
    return code


def _letters_now(house: House, readers: tuple[str, ZoneInfo]) -> int:
    """The week's edition as it stands, and the letters to those who read in one rhythm, where any can be sent."""
    from aggregator import jobs

    with house.alone("digest"), house.library() as library:
        plan = jobs.plan_digest(library, now=house.now, zone=house.zone)
        verbs.make_digest(house, library, plan)
        if house.settings.mail is None:
            return DONE
        return verbs.run_send(house, library, plan, chosen=lambda reader: _rhythm(reader, house) == readers)


def timetable(work: tuple[scheduler.Job, ...], house: House) -> str:
    return "\n".join(
        f"{job.name}: next at {job.rule.next_due(house.now, job.zone or house.zone):%a %Y-%m-%d %H:%M %Z}"
        for job in work
    )
