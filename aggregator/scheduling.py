"""The service: which jobs there are, the one way that a run of each takes, and the verb `schedule`.

What is due, and what waits, is decided by `scheduler` from the runs that the library keeps.
"""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from aggregator import logs, safekeeping, scheduler, verbs
from aggregator.after_run import ITSELF, after_run, finding_jobs, or_tell
from aggregator.dates import moment_in_words
from aggregator.errors import AggregatorError, LibraryError
from aggregator.exits import DONE, IN_PART
from aggregator.files import told_by_the_system
from aggregator.house import House
from aggregator.job_run import JobRun, Result
from aggregator.locks import Occupied, Seen, holding, look_at
from aggregator.stopping import Stop, Stopped, asked_by_signals

if TYPE_CHECKING:
    from aggregator import jobs
    from aggregator.delivery import SendOutcome
    from aggregator.harvest import UpdateOutcome
    from aggregator.library import Library
    from aggregator.subscribers import Subscriber

log = logging.getLogger("aggregator.schedule")

#: The job that asks PubMed, and comes first.
UPDATE = "update"
#: The lock that a service holds for as long as it lives.
_SERVICE = "service"
#: When daily and monthly letters leave where the weekly digest has no time of day.
_MORNING = time(7)
#: Lines of a run's problem, and characters of each, that are kept; the log has all.
_LINES, _LETTERS = 20, 400
#: What a run says that was asked to end.
STOPPED = "stopped: the service was asked to end; what was stored is kept, and the rest is made up at its next start"


# -- one run ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a job's work came to: whether all of it was done, and a line for each thing that was not."""

    result: Result = Result.DONE
    problems: tuple[str, ...] = ()

    def __add__(self, other: Work) -> Work:
        """What two parts of a job came to: done if both were, failed if both have."""
        results = {self.result, other.result}
        result = results.pop() if len(results) == 1 else Result.IN_PART
        return Work(result=result, problems=self.problems + other.problems)


#: Is told of each run that has ended by itself, after it was noted.
AfterRun = Callable[[House, JobRun], None]


def nothing_more(_: House, __: JobRun) -> None:
    """For those who have nothing to do after a run."""


def run_job(
    house: House, name: str, due: datetime, work: Callable[[House], Work], *, after: AfterRun = nothing_more
) -> JobRun:
    """The one way that every run of a job takes: it is noted as begun, done at the present moment, noted as ended.

    Answers the run as it was noted; nothing that goes wrong in the work is raised. Raises LibraryError where the run
    cannot be noted, and Stopped, once that is noted, when the service is asked to end. All that is logged meanwhile
    bears the run's id.
    """
    current = house.later()
    begun = JobRun(id=uuid4().hex, job=name, due=due, started=current.now)
    with logs.as_run(begun.id):
        logs.said(f"{name} begins", job=name)
        ended = _run(current, begun, work)
        try:
            after(current.later(), ended)
        except Exception:
            log.exception("what follows a run of %s failed by a defect; please report it", name)
    return ended


def _run(house: House, begun: JobRun, work: Callable[[House], Work]) -> JobRun:
    _note(house, begun)
    try:
        done = _done(begun.job, work, house)
    except Stopped:
        done = None
    if done is None:
        # Not while Stopped is handled: its traceback keeps a reading of the library open, and nothing can be written.
        _note_stopped(house, replace(begun, ended=house.later().now, result=Result.STOPPED, problem=STOPPED))
        raise Stopped
    ended = replace(begun, ended=house.later().now, result=done.result, problem=_problem(done))
    _note(house, ended)
    _tell(ended)
    return ended


def _done(name: str, work: Callable[[House], Work], house: House) -> Work:
    try:
        return work(house)
    except AggregatorError as error:
        return Work(result=Result.FAILED, problems=(str(error),))
    except OSError as error:
        return Work(result=Result.FAILED, problems=(told_by_the_system(error),))
    except Exception as error:
        log.exception("%s failed by a defect; please report it", name)
        defect = f"{type(error).__name__}: {error}: a defect; please report it, with the lines of the log"
        return Work(result=Result.FAILED, problems=(defect,))


def _note(house: House, run: JobRun) -> None:
    with house.library() as library:
        library.runs.remember(run)


def _note_stopped(house: House, run: JobRun) -> None:
    """Nothing holds up the end of the service; without the note the run counts as broken off."""
    try:
        _note(house, run)
    except LibraryError as error:
        log.warning("that %s was stopped could not be noted: %s", run.job, error)


def _problem(work: Work) -> str | None:
    if work.result is Result.DONE:
        return None
    lines = [f"{text[:_LETTERS]} ..." if len(text) > _LETTERS else text for text in work.problems]
    more = len(lines) - _LINES
    return "\n".join([*lines[:_LINES], *([f"and {more} more; see the log"] if more > 0 else [])]) or "see the log"


def _tell(run: JobRun) -> None:
    if run.result is Result.DONE:
        log.info("%s: done", run.job)
    else:
        log.error("%s: %s: %s", run.job, run.result, (run.problem or "").replace("\n", "; "))


# -- the jobs ---------------------------------------------------------------------------------------


def scheduled_jobs(
    house: House, *, is_spread: bool = True, after: AfterRun = nothing_more
) -> tuple[scheduler.Job, ...]:
    """Update before digest: when both are due, the digest has the newest studies.

    `digest` makes the week's edition and serves those who read weekly in our own time zone; each other pair of cadence
    and time zone among the subscribers has a job of its own, at the same time of day there. `is_spread`: what asks
    PubMed is begun some minutes later, each installation at its own; letters come when they are expected.
    """
    times = house.settings.schedule
    weekly = scheduler.parse_rule(times.digest)

    def job(
        name: str,
        rule: scheduler.Rule,
        work: Callable[[House], Work],
        zone: ZoneInfo | None = None,
        spread: timedelta = timedelta(),
    ) -> scheduler.Job:
        return scheduler.Job(
            name=name,
            rule=rule,
            run=lambda due: or_tell(house, name, lambda: run_job(house, name, due, work, after=after)),
            runs=lambda: or_tell(house, name, lambda: _runs(house, name)),
            zone=zone,
            spread=spread,
        )

    ours = ("weekly", house.zone)
    rules = {
        "daily": scheduler.Rule(at=weekly.at or _MORNING),
        "weekly": weekly,
        "monthly": scheduler.Rule(at=weekly.at or _MORNING, is_monthly=True),
    }
    update = scheduler.parse_rule(times.update)
    return (
        job(UPDATE, update, _update, spread=_spread(house, UPDATE) if is_spread else timedelta()),
        job("digest", weekly, lambda current: _digest(current, ours)),
        *(
            job(f"digest, {cadence}, {zone}", rules[cadence], partial(_letters, readers=(cadence, zone)), zone)
            for cadence, zone in sorted(_rhythms(house) - {ours}, key=str)
        ),
        *((job("backup", scheduler.parse_rule(safekeeping.WHEN), _backup),) if house.settings.backups else ()),
    )


def _spread(house: House, job: str) -> timedelta:
    """This installation's own delay; none while it has no name."""
    name = None
    if house.library_file.exists():
        with house.library() as library:
            name = library.installation()
    most = timedelta(minutes=house.settings.schedule.jitter)
    return scheduler.spread_of(name, job, most=most) if name else timedelta()


def _rhythms(house: House) -> set[tuple[str, ZoneInfo]]:
    """The pairs of cadence and time zone in which subscribers are written to."""
    if house.settings.mail is None:
        return set()
    readers: list[Subscriber] = list(house.settings.subscribers)
    if house.library_file.exists():
        with house.library() as library:
            readers = [recipient.subscriber for recipient in house.recipients(library)]
    return {_rhythm(reader, house) for reader in readers}


def _rhythm(reader: Subscriber, house: House) -> tuple[str, ZoneInfo]:
    return (reader.cadence, reader.timezone or house.zone)


def _runs(house: House, name: str) -> tuple[JobRun, ...]:
    if not house.library_file.exists():
        return ()
    with house.library() as library:
        return library.runs.all(name)


def _update(house: House) -> Work:
    outcome = verbs.update_topics(house, house.topics, held_up=partial(_held_up, house))
    if outcome.is_complete:
        return Work()
    return Work(result=Result.IN_PART if outcome.has_asked else Result.FAILED, problems=missing_searches(outcome))


def _held_up(house: House, until: datetime) -> str:
    """The jobs that are due by then: they are done one after another, so that the digest has the newest studies."""
    others = [job for job in scheduled_jobs(house) if job.name != UPDATE]
    names = [job.name for job in others if _is_due_by(job, until, house)]
    return f"; {', '.join(names)} {'waits' if len(names) == 1 else 'wait'} for it" if names else ""


def _is_due_by(job: scheduler.Job, until: datetime, house: House) -> bool:
    return job.standing(house.now, house.zone).due is not None or job.next_due(house.now, house.zone) <= until


def missing_searches(outcome: UpdateOutcome) -> tuple[str, ...]:
    """What an update does not know and why, a line for each reason with the topics that it concerns."""
    topics: dict[str, list[str]] = {}
    for search in outcome.searches:
        if not search.complete:
            topics.setdefault(search.problem or "not known why; see `log`", []).append(search.topic)
    return (*(f"{', '.join(slugs)}: {problem}" for problem, slugs in topics.items()), *outcome.problems)


def _digest(house: House, readers: tuple[str, ZoneInfo]) -> Work:
    """The week's edition, the report whose archive has it, then the letters that point there.

    A report that cannot be built holds no letter back.
    """
    from aggregator import jobs

    with house.alone("digest"), house.library() as library:
        plan = jobs.plan_digest(library, now=house.now, zone=house.zone)
        verbs.make_digest(house, library, plan)
        return _report(house, library) + _sent(house, library, plan, readers)


def _backup(house: House) -> Work:
    safekeeping.keep_backup(house)
    return Work()


def _report(house: House, library: Library) -> Work:
    def build(current: House) -> Work:
        verbs.build_report(current, library)
        return Work()

    built = _done("report", build, house)
    return replace(built, problems=tuple(f"the report stays as it was: {problem}" for problem in built.problems))


def _letters(house: House, readers: tuple[str, ZoneInfo]) -> Work:
    """The week's edition as it stands, and the letters to those who read in one rhythm."""
    from aggregator import jobs

    with house.alone("digest"), house.library() as library:
        plan = jobs.plan_digest(library, now=house.now, zone=house.zone)
        verbs.make_digest(house, library, plan)
        return _sent(house, library, plan, readers)


def _sent(house: House, library: Library, plan: jobs.DigestPlan, readers: tuple[str, ZoneInfo]) -> Work:
    """The letters to those who read in one rhythm, where any can be sent."""
    if house.settings.mail is None:
        return Work()
    outcome = verbs.send_letters(house, library, plan, chosen=lambda reader: _rhythm(reader, house) == readers)
    if not outcome.failed:
        return Work()
    result = Result.IN_PART if outcome.has_reached else Result.FAILED
    return Work(result=result, problems=unsent_letters(outcome))


def unsent_letters(outcome: SendOutcome) -> tuple[str, ...]:
    """Whom letters did not reach, masked, and why."""
    from aggregator.mail import mask

    return tuple(f"no letter to {mask(address)}: {reason}" for address, reason in outcome.failed)


# -- the verb ---------------------------------------------------------------------------------------


def schedule(house: House, options: Namespace) -> int:
    """Runs what is due now (--once), or keeps looking every minute until it is told to stop; or tells (--list)."""
    if options.list:
        from aggregator import timetable

        return timetable.show(house, options)
    # What a service did is its only sign of life: told without -v too, and logged with --quiet too.
    log.setLevel(logging.INFO)
    stop = Stop()
    house = replace(house, stop=stop, sleep=stop.wait)
    serve = _once if options.once else _serve
    with asked_by_signals(stop):
        try:
            return serve(house, after_run)
        except Stopped:
            house.say("stopped; what was stored is kept, and the rest is made up at the next start")
            return IN_PART if options.once else DONE


def _once(house: House, after: AfterRun) -> int:
    try:
        with _alone(house, "schedule --once"):
            work = finding_jobs(house, lambda: scheduled_jobs(house, is_spread=False, after=after))
            outcomes = scheduler.run_due(work, house.now, house.zone, log)
            waiting = "" if outcomes else _waiting(house)
    except Occupied as error:
        house.say(f"nothing is done here: {error}")
        return DONE
    if not outcomes:
        house.say(f"nothing is due{waiting}")
    return IN_PART if any(outcome.problem for outcome in outcomes) else DONE


def _waiting(house: House) -> str:
    """What failed lately and is not yet tried again."""
    found = [(job, job.standing(house.now, house.zone)) for job in scheduled_jobs(house, is_spread=False)]
    told = [
        f"{job.name} has failed and is tried again from {again.astimezone(job.zone or house.zone):%a %H:%M %Z} on"
        for job, standing in found
        if (again := standing.again)
    ]
    return "".join(f"; {words} (see `schedule --list`)" for words in told)


def _serve(house: House, after: AfterRun) -> int:
    with _alone(house, "schedule"):
        with house.library() as library:
            library.name_installation(uuid4().hex)
        found = partial(finding_jobs, house, lambda: scheduled_jobs(house, after=after))
        house.say(timetable(found(), house))
        scheduler.run_forever(
            found,
            clock=house.clock,
            sleep=house.sleep,
            zone=house.zone,
            stop=house.stop,
            log=log,
        )
        house.stop.check()
    return DONE


@contextmanager
def _alone(house: House, verb: str) -> Iterator[None]:
    """One service to a workspace, `--once` being one for as long as it works."""
    # What cannot be used is told before anything is made.
    or_tell(house, ITSELF, lambda: (house.topics, house.claims))
    with holding(house.workspace, _SERVICE, verb, now=house.later().now):
        yield


def service_seen(house: House) -> Seen:
    """The service of this workspace that is running now, as far as that can be known."""
    return look_at(house.workspace, _SERVICE)


def is_at_work(run: JobRun, service: Seen) -> bool | None:
    """Whether a run goes on: only the service runs jobs, and the system takes its lock away however it ends.

    A run without an end that a service before this one has begun was broken off. None: it cannot be known.
    """
    if run.ended:
        return False
    if service.holder is None:
        return False if service.is_certain else None
    if run.started < service.holder.since:
        return False
    return True if service.is_certain else None


def timetable(work: tuple[scheduler.Job, ...], house: House) -> str:
    """When each job runs next, in a line each."""
    return "\n".join(
        f"{job.name}: next at {moment_in_words(job.next_due(house.now, house.zone), job.zone or house.zone)}"
        for job in work
    )
