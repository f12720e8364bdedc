"""The verbs that keep going or show the product by itself: schedule, simulate, demo."""

from __future__ import annotations

import logging
import shutil
import signal
import threading
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from aggregator import logs, scheduler, verbs
from aggregator.after_run import after_run, finding_jobs, or_tell
from aggregator.errors import AggregatorError, LibraryError, SettingsError
from aggregator.exits import DONE, IN_PART
from aggregator.house import House
from aggregator.job_run import JobRun, Result

if TYPE_CHECKING:
    from aggregator.config import Settings
    from aggregator.subscribers import Subscriber


# -- schedule ---------------------------------------------------------------------------------------


def schedule(house: House, options: Namespace) -> int:
    """Runs what is due now (--once), or keeps looking every minute until it is told to stop."""
    if options.once:
        outcomes = scheduler.run_due(_jobs_or_tell(house), house.now, house.zone, _log())
        failed = [outcome for outcome in outcomes if outcome.problem]
        if not outcomes:
            house.say("nothing is due")
        return IN_PART if failed else DONE
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    house.say(_timetable(_jobs_or_tell(house), house))
    scheduler.run_forever(
        lambda: _jobs_or_tell(house),
        clock=lambda: datetime.now(UTC),
        sleep=stop.wait,
        zone=house.zone,
        stop=stop,
        log=_log(),
    )
    house.say("stopped")
    return DONE


def _log() -> logging.Logger:
    """What a service did is its only sign of life: it is told without -v too, and logged with --quiet too."""
    log = logging.getLogger("aggregator.schedule")
    log.setLevel(logging.INFO)
    return log


def _jobs_or_tell(house: House) -> tuple[scheduler.Job, ...]:
    return finding_jobs(house, lambda: _scheduled_jobs(house))


def _scheduled_jobs(house: House) -> tuple[scheduler.Job, ...]:
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
            last_done=lambda: or_tell(house, name, lambda: _last_done(house, name)),
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
    with logs.as_run(begun.id):
        logs.said(f"{name} begins", job=name)
        try:
            ended = _ended(current, begun, verb)
        except Exception as error:
            after_run(current.later(), _failed(current, begun, error))
            raise
        seconds = (ended.took or timedelta()).total_seconds()
        logs.said(f"{name}: {ended.result}", job=name, result=ended.result, seconds=seconds)
        after_run(current.later(), ended)
    if ended.result is not Result.DONE:
        raise AggregatorError(f"{name} was not complete; see the lines above. It will be tried again")


def _ended(house: House, begun: JobRun, verb: Callable[[House], int]) -> JobRun:
    """The run as it is remembered at its end."""
    with house.library() as library:
        library.runs.remember(begun)
    code = verb(house)
    result = {DONE: Result.DONE, IN_PART: Result.IN_PART}.get(code, Result.FAILED)
    problem = None if result is Result.DONE else "\n".join(logs.warnings()) or "it was not complete; see the log"
    ended = replace(begun, ended=house.later().now, result=result, problem=problem)
    with house.library() as library:
        library.runs.remember(ended)
    return ended


def _failed(house: House, begun: JobRun, error: Exception) -> JobRun:
    """A run that broke off, remembered where the library can be written."""
    problem = str(error) if isinstance(error, AggregatorError) else f"{type(error).__name__}: {error}"
    failed = replace(begun, ended=house.later().now, result=Result.FAILED, problem=problem)
    with suppress(LibraryError), house.library() as library:
        library.runs.remember(failed)
    return failed


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


def _timetable(work: tuple[scheduler.Job, ...], house: House) -> str:
    return "\n".join(
        f"{job.name}: next at {job.rule.next_due(house.now, job.zone or house.zone):%a %Y-%m-%d %H:%M %Z}"
        for job in work
    )


# -- simulate ---------------------------------------------------------------------------------------


def simulate(house: House, options: Namespace) -> int:
    """Serves records as PubMed does, on this machine only, until it is stopped."""
    from aggregator.pubmed.simulator import serve

    now = house.now if house.is_rehearsal else None
    try:
        simulator = serve(options.corpus, port=options.port, now=now)
    except OSError as error:
        raise SettingsError(f"port {options.port}: {error.strerror}; choose another --port") from error
    try:
        house.say(f"PubMed, simulated with {len(simulator.world.records()):,} records, at {simulator.url}")
        house.say(f'use it with this in aggregator.toml:\n[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 100')
        simulator.wait()
    finally:
        simulator.stop()
    return DONE


# -- demo -------------------------------------------------------------------------------------------


def demo(house: House, options: Namespace) -> int:
    """The main job for two successive weeks against the simulator, with invented studies only."""
    from aggregator.demo_world import DEMO_WEEKS, demo_world
    from aggregator.pubmed.simulator import Simulator

    workspace = options.workspace or Path("demo-workspace")
    _clear_demo(workspace)
    world = demo_world()
    code = DONE
    with Simulator(world) as simulator:
        house.say("PubMed is simulated on this machine; every study is INVENTED and says so.")
        for week in DEMO_WEEKS:
            world.now = week
            house.say(f"\n== the week that ends on {week:%A, %d %B %Y} ==")
            settings = _demo_settings(workspace, simulator.url)
            rehearsal = replace(house, now=week.astimezone(UTC), settings=settings, banner=_DEMO_BANNER)
            code = max(code, verbs.weekly(rehearsal, Namespace(send=False, off_peak=False)))
    house.say(_where_to_look(workspace))
    return code


_DEMO_BANNER = "Demonstration: every study, author and number here is invented."
#: Stands in a workspace that the demo made, so that the demo never touches another one.
_DEMO_MARK = "DEMO-invented-studies.txt"


def _clear_demo(workspace: Path) -> None:
    if workspace.exists() and any(workspace.iterdir()):
        if not (workspace / _DEMO_MARK).exists():
            raise SettingsError(
                f"{workspace} holds something that is not a demo; choose another --workspace, "
                "so that invented studies never stand among real ones"
            )
        shutil.rmtree(workspace)
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / _DEMO_MARK).write_text("Everything in this folder was made from invented studies.\n", encoding="utf-8")


def _demo_settings(workspace: Path, url: str) -> Settings:
    from aggregator import config

    base = config.load(None, environ={}, workspace=workspace)
    asked = replace(base.pubmed, url=url, requests_per_second=100, email="demo@clinic.example")
    # As often as the demo asks: else its report would tell of a gap.
    weekly = replace(base.schedule, update="sunday 18:00")
    return replace(base, pubmed=asked, schedule=weekly, workspace=workspace)


def _where_to_look(workspace: Path) -> str:
    digests = sorted((workspace / "digests").glob("*/digest.html"))
    lines = ["", "Look at:", f"  the report   {workspace / 'site' / 'index.html'}"]
    lines += [f"  a digest     {digest} (and .txt, .eml)" for digest in digests]
    lines += [
        f"  the searches python run.py log --workspace {workspace}",
        f"  one study    python run.py show 90000001 --workspace {workspace}",
    ]
    return "\n".join(lines)
