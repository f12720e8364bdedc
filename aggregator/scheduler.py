"""When the jobs run: due times in the time zone of the settings, reckoned from the runs that the library keeps.

After three weeks off, what was missed is made up once. The schedule library is the heartbeat: it wakes us every
minute; what is due, and what has to wait, is decided here from the clock and the runs alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from hashlib import blake2b
from logging import Logger
from typing import Protocol
from zoneinfo import ZoneInfo

from aggregator.errors import AggregatorError, SettingsError
from aggregator.job_run import JobRun, Result

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

HEARTBEAT = timedelta(minutes=1)

#: The pauses after a job's first, second, ... failure; the last one is kept to until the job succeeds or is due anew.
#: They hold over restarts: a service that crashes again and again must not knock at PubMed's door each time.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60, 120, 240))

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_FORMS = 'write it as "daily 05:30", "monday 07:00", "monday,thursday 07:00", "monthly 07:00" or "hourly"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The days of a week (Monday is 0) and the time of day; without a time, every hour of every day."""

    days: tuple[int, ...] = tuple(range(7))
    at: time | None = None
    #: Of those days only the first of a month.
    is_monthly: bool = False

    def __str__(self) -> str:
        if self.at is None:
            return "hourly"
        if self.is_monthly:
            return f"monthly {self.at:%H:%M}"
        days = "daily" if len(self.days) == 7 else ",".join(WEEKDAYS[day] for day in self.days)
        return f"{days} {self.at:%H:%M}"

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The latest moment that was due by `now`, in UTC."""
        moment = now.astimezone(UTC)
        if self.at is None:
            return _full_hour(moment)
        return next(due for due in self._moments(moment, zone, -1) if due <= moment)

    def next_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first moment due after `now`, in UTC."""
        moment = now.astimezone(UTC)
        if self.at is None:
            return _full_hour(moment) + timedelta(hours=1)
        return next(due for due in self._moments(moment, zone, 1) if due > moment)

    def _moments(self, start: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
        """Due moments from the day beside `start` onwards or backwards, without end."""
        day = start.astimezone(zone).date() - timedelta(days=step)
        while True:
            if day.weekday() in self.days and (day.day == 1 or not self.is_monthly):
                yield _moment(day, self.at or time(), zone)
            day += timedelta(days=step)


def parse_rule(text: str) -> Rule:
    """A rule from words such as "daily 05:30", "monday,thursday 07:00" or "hourly"; SettingsError for others."""
    words = re.sub(r"\s*,\s*", ",", text.strip().lower()).split()
    if words == ["hourly"]:
        return Rule()
    if len(words) != 2:
        raise SettingsError(f"'{text}' is no time for a job; {_FORMS}")
    found = _TIME.fullmatch(words[1])
    if not found:
        raise SettingsError(f"'{words[1]}' in '{text}' is no time of day from 00:00 to 23:59; {_FORMS}")
    at = time(int(found[1]), int(found[2]))
    return Rule(at=at, is_monthly=True) if words[0] == "monthly" else Rule(days=_days(words[0], text), at=at)


def _days(words: str, text: str) -> tuple[int, ...]:
    if words == "daily":
        return Rule().days
    for word in words.split(","):
        if word not in WEEKDAYS:
            near = get_close_matches(word, (*WEEKDAYS, "daily", "monthly"), n=1)
            hint = f"did you mean '{near[0]}'?" if near else _FORMS
            raise SettingsError(f"'{word}' in '{text}' is no day of the week; {hint}")
    return tuple(sorted({WEEKDAYS.index(word) for word in words.split(",")}))


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment in UTC of a local time; one that a change of clocks skips is the first moment after the gap.

    A local time that comes twice means its first occurrence. UTC, because Python compares two times of one zone by
    their wall clocks alone (PEP 495).
    """
    stated = datetime.combine(day, at)
    first = stated.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == stated:
        return first
    # In a gap, fold=0 reckons with the old offset and lies after the change, fold=1 with the new and lies before it.
    before, after = stated.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (before, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, after)
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a job stands at one moment."""

    #: The moment that is still to be served; None: the latest one has been.
    due: datetime | None = None
    #: It is not run before that: its own minute has not come, or it failed lately.
    again: datetime | None = None
    #: How often it has failed for this due moment.
    failures: int = 0
    #: Some run bears a moment that is still to come: the clock was wrong then, or is now.
    future: datetime | None = None


def standing(
    rule: Rule, runs: Sequence[JobRun], now: datetime, zone: ZoneInfo, *, spread: timedelta = timedelta()
) -> Standing:
    """What is to be done about a job of which these runs are known; nothing else is remembered.

    A due moment is served by a run that succeeded and was made for it, or for a later one that has come: however many
    were missed, only the latest is made up. What was never done is due. A run that a wrong clock dated into the future
    counts when that time has come, and not before. `spread` is the job's own delay after its due moments.
    """
    moment = now.astimezone(UTC)
    latest = rule.last_due(moment, zone)
    future = max((run.started for run in runs if run.started > moment + HEARTBEAT), default=None)
    since = [run for run in runs if latest <= _meant(run) <= moment]
    if any(run.result is Result.DONE for run in since):
        return Standing(future=future)
    failed = [run for run in since if run.result in (Result.FAILED, Result.IN_PART)]
    killed = [run for run in since if run.ended is None]
    # The power fails once, and what it cut off is made up at once; what is cut off again is likely to be the cause.
    count = len(failed) + max(0, len(killed) - 1)
    begins = latest + spread
    if count:
        last = max(run.ended or run.started for run in (*failed, *killed))
        pause_ends = last + PAUSES[min(count, len(PAUSES)) - 1]
        # A clock that was set back must not make a pause longer than the longest.
        begins = max(begins, pause_ends) if pause_ends <= moment + PAUSES[-1] else begins
    return Standing(due=latest, again=begins if moment < begins else None, failures=count, future=future)


def _meant(run: JobRun) -> datetime:
    """The moment that a run was made for; runs of old versions know only when they were begun."""
    return (run.due or run.started).astimezone(UTC)


def spread_of(installation: str, job: str, *, most: timedelta) -> timedelta:
    """A job's own delay in one installation, always the same, from nothing up to `most`, in whole seconds.

    So that installations which were set up alike do not ask PubMed in the same second.
    """
    seconds = int(most.total_seconds())
    number = int.from_bytes(blake2b(f"{installation}\n{job}".encode(), digest_size=8).digest())
    return timedelta(seconds=number % (seconds + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do by a rule; `runs` asks the library for what is known of it."""

    name: str
    rule: Rule
    #: Is given the moment that it is done for, and answers the run as it was noted. An error means: not even noted.
    run: Callable[[datetime], JobRun]
    runs: Callable[[], Sequence[JobRun]]
    #: Where the rule's days and hours are meant; None: in the installation's zone.
    zone: ZoneInfo | None = None
    #: How long after its due moments it is begun.
    spread: timedelta = timedelta()

    def next_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When it is begun next if all is well, its own delay included, on the clock of its zone."""
        here = self.zone or zone
        return (self.rule.next_due(now - self.spread, here) + self.spread).astimezone(here)

    def standing(self, now: datetime, zone: ZoneInfo) -> Standing:
        return standing(self.rule, self.runs(), now, self.zone or zone, spread=self.spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """What came of a job; `problem` is None for success, `due` for a job whose past cannot be read."""

    name: str
    due: datetime | None
    problem: str | None = None
    #: The library knows of it.
    is_noted: bool = True


def run_due(jobs: Iterable[Job], now: datetime, zone: ZoneInfo, log: Logger) -> list[JobOutcome]:
    """Runs, in order, every job that is due and need not wait; one that fails stops no other.

    While a job waits for its own minute, those behind it wait too: a digest that is due at the same time as an update
    has the newest studies.
    """
    outcomes = []
    for job in jobs:
        here = job.zone or zone
        found = Standing()
        try:
            found = job.standing(now, zone)
            if found.due is None:
                continue
            if found.again:
                if not found.failures:
                    break
                continue
            if found.future:
                log.warning("%s was begun in the future, %s; check this machine's clock", job.name, found.future)
            log.info("%s: due since %s, begins", job.name, found.due.astimezone(here).isoformat(timespec="minutes"))
            run = job.run(found.due)
        except AggregatorError as error:
            log.error("%s failed: %s", job.name, error)  # noqa: TRY400 - these say all there is to say
            outcomes.append(JobOutcome(name=job.name, due=found.due, problem=str(error), is_noted=False))
        except Exception as error:
            log.exception("%s failed by a defect; please report it", job.name)
            problem = f"{type(error).__name__}: {error}"
            outcomes.append(JobOutcome(name=job.name, due=found.due, problem=problem, is_noted=False))
        else:
            outcomes.append(JobOutcome(name=job.name, due=found.due, problem=run.problem))
    return outcomes


class Stop(Protocol):
    """What ends a service: stopping.Stop and threading.Event are ones."""

    def is_set(self) -> bool: ...


@dataclass(slots=True)
class _Trouble:
    """A job of which not even the failure could be noted: how often, and when it is tried again."""

    count: int
    again: datetime


@dataclass(slots=True)
class _Service:
    """One process's turn after turn; it remembers only what the library could not take, as on a full disk."""

    jobs: Callable[[], Sequence[Job]]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    log: Logger
    troubles: dict[str, _Trouble] = field(default_factory=dict)
    #: What was told last, and when: the same trouble is told once an hour, not every minute.
    told: tuple[str, datetime] | None = None

    def turn(self) -> None:
        """One heartbeat: runs what is due and does not have to wait. No error of anybody ends the service."""
        now = self.clock()
        try:
            jobs = [job for job in self.jobs() if self._may_run(job.name, now)]
        except AggregatorError as error:
            self._tell(str(error), now)
            return
        except Exception as error:  # noqa: BLE001 - told, and looked at again in a minute
            self._tell(f"{type(error).__name__}: {error}; please report it", now)
            return
        for outcome in run_due(jobs, now, self.zone, self.log):
            self._remember(outcome, self.clock())

    def _tell(self, problem: str, now: datetime) -> None:
        if self.told is None or self.told[0] != problem or not now < self.told[1] + PAUSES[-1] <= now + PAUSES[-1]:
            self.log.error("what is to be done cannot be read: %s", problem)
            self.told = (problem, now)

    def _may_run(self, name: str, now: datetime) -> bool:
        trouble = self.troubles.get(name)
        return trouble is None or not now < trouble.again <= now + PAUSES[-1]

    def _remember(self, outcome: JobOutcome, now: datetime) -> None:
        if outcome.is_noted:
            self.troubles.pop(outcome.name, None)
            return
        before = self.troubles.get(outcome.name)
        count = before.count + 1 if before else 1
        self.troubles[outcome.name] = _Trouble(count=count, again=now + PAUSES[min(count, len(PAUSES)) - 1])


def run_forever(
    jobs: Callable[[], Sequence[Job]],
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], object],
    zone: ZoneInfo,
    stop: Stop,
    log: Logger,
) -> None:
    """Serves the jobs until `stop` is set, looking every minute for what is due.

    `jobs` is asked each time, since subscribers and their time zones come and go. A job that fails is tried again
    after the pauses of PAUSES. With a stopping.Stop, whose `wait` is the `sleep`, the service ends by
    Stopped, wherever it is.
    """
    import schedule

    service = _Service(jobs=jobs, clock=clock, zone=zone, log=log)
    heartbeat = schedule.Scheduler()
    heartbeat.every(int(HEARTBEAT.total_seconds())).seconds.do(service.turn)
    heartbeat.run_all()
    while not stop.is_set():
        rest = heartbeat.idle_seconds or 0.0
        # schedule reckons in naive local time: where a clock is set back, as each autumn, it would wait all that time.
        if rest > HEARTBEAT.total_seconds():
            heartbeat.run_all()
            continue
        sleep(max(rest, 0))
        if not stop.is_set():
            heartbeat.run_pending()
