"""When the jobs run: due times in the clinic's time zone, reckoned from what was done before, never from memory.

After three weeks off, what was missed is made up once. The schedule library is the heartbeat: it wakes us every
minute; what is due is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from logging import Logger
from typing import Protocol
from zoneinfo import ZoneInfo

from aggregator.errors import AggregatorError, SettingsError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

HEARTBEAT = timedelta(minutes=1)

#: The pauses after a job's first, second, ... failure; the last one is kept to until the job succeeds or is due anew.
PAUSES = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=60))

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


def due(rule: Rule, now: datetime, zone: ZoneInfo, last_done: datetime | None) -> datetime | None:
    """The due moment that is still to be served, or None: however many were missed, only the latest is made up.

    What was never done is due. What was done in the future, by a clock that has been set back, counts as done.
    """
    latest = rule.last_due(now, zone)
    return latest if last_done is None or last_done.astimezone(UTC) < latest else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do by a rule; `last_done` asks the library when it last succeeded."""

    name: str
    rule: Rule
    run: Callable[[], None]
    last_done: Callable[[], datetime | None]
    #: Where the rule's days and hours are meant; None: in the installation's zone.
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """What came of a job; `problem` is None for success, `due` for a job whose past cannot be read."""

    name: str
    due: datetime | None
    problem: str | None = None


def run_due(jobs: Iterable[Job], now: datetime, zone: ZoneInfo, log: Logger) -> list[JobOutcome]:
    """Runs, in order, every job that is due; one that fails is logged with its reason and stops no other."""
    outcomes = []
    for job in jobs:
        moment = None
        here = job.zone or zone
        try:
            last_done = job.last_done()
            moment = due(job.rule, now, here, last_done)
            _doubt_the_clock(job, now, last_done, log)
            if moment is None:
                continue
            log.info("%s: due since %s, begins", job.name, moment.astimezone(here).isoformat(timespec="minutes"))
            job.run()
        except AggregatorError as error:
            log.error("%s failed: %s", job.name, error)  # noqa: TRY400 - these say all there is to say
            outcomes.append(JobOutcome(name=job.name, due=moment, problem=str(error)))
        except Exception as error:
            log.exception("%s failed by a defect; please report it", job.name)
            outcomes.append(JobOutcome(name=job.name, due=moment, problem=f"{type(error).__name__}: {error}"))
        else:
            log.info("%s: done", job.name)
            outcomes.append(JobOutcome(name=job.name, due=moment))
    return outcomes


def _doubt_the_clock(job: Job, now: datetime, last_done: datetime | None, log: Logger) -> None:
    if last_done is not None and last_done.astimezone(UTC) > now.astimezone(UTC) + HEARTBEAT:
        log.warning("%s was last done in the future, %s; check this machine's clock", job.name, last_done.isoformat())


class Stop(Protocol):
    """What ends a service: threading.Event is one."""

    def is_set(self) -> bool: ...


@dataclass(slots=True)
class _Failure:
    """A job that failed for one due moment, how often, and when it is tried again."""

    due: datetime | None
    count: int
    again: datetime


@dataclass(slots=True)
class _Service:
    """One process's turn after turn; it remembers only what saves it from trying too often."""

    jobs: Callable[[], Sequence[Job]]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    log: Logger
    failures: dict[str, _Failure] = field(default_factory=dict)
    #: The due moment that each job has served in this process.
    served: dict[str, datetime | None] = field(default_factory=dict)

    def turn(self) -> None:
        """One heartbeat: runs what is due and does not have to wait."""
        now = self.clock()
        try:
            jobs = self.jobs()
        except AggregatorError as error:
            self.log.error("what is to be done cannot be read: %s", error)  # noqa: TRY400 - it says all there is to say
            return
        for outcome in run_due([job for job in jobs if self._may_run(job, now)], now, self.zone, self.log):
            self._remember(outcome, self.clock())

    def _may_run(self, job: Job, now: datetime) -> bool:
        latest = job.rule.last_due(now, job.zone or self.zone)
        # A job that succeeded without leaving a trace in the library must not run every minute.
        if self.served.get(job.name) == latest:
            return False
        failure = self.failures.get(job.name)
        if failure is None or failure.due not in (latest, None):
            return True
        # A clock that was set back must not make a pause longer than the longest.
        return not now < failure.again <= now + PAUSES[-1]

    def _remember(self, outcome: JobOutcome, now: datetime) -> None:
        if outcome.problem is None:
            self.failures.pop(outcome.name, None)
            self.served[outcome.name] = outcome.due
            return
        before = self.failures.get(outcome.name)
        count = before.count + 1 if before and before.due == outcome.due else 1
        pause = PAUSES[min(count, len(PAUSES)) - 1]
        self.failures[outcome.name] = _Failure(due=outcome.due, count=count, again=now + pause)
        minutes = pause // timedelta(minutes=1)
        self.log.warning("%s: will be tried again in %d minutes (failure %d)", outcome.name, minutes, count)


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
    after 10, 30 and then every 60 minutes. Give `stop.wait` of a threading.Event as `sleep`, and setting the event
    ends the service at once, or when the job at work has come to its end.
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
