"""`schedule --list`: what runs next and when, and what came of the last runs; for people and for programs."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap
from zoneinfo import ZoneInfo

from aggregator import scheduler, scheduling
from aggregator.dates import moment_in_words
from aggregator.exits import DONE
from aggregator.house import House
from aggregator.job_run import JobRun, Result
from aggregator.locks import Seen

#: What became of a run that has no end.
UNDER_WAY, BROKEN_OFF, UNKNOWN = "under way", "broken off", "not known"
#: Columns of a terminal that the table needs at most.
_WIDTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One job as the list tells it."""

    name: str
    rule: scheduler.Rule
    #: Where its times are meant.
    zone: ZoneInfo
    spread: timedelta
    standing: scheduler.Standing
    #: When it is begun next; in the past, it only waits for somebody to run it.
    next: datetime
    last: JobRun | None
    #: What became of the last run: its result, or one of the three below.
    outcome: str


def lines(house: House, service: Seen) -> tuple[Line, ...]:
    """Every job at this moment, in the order in which they run."""
    return tuple(_line(job, house, service) for job in scheduling.scheduled_jobs(house))


def _line(job: scheduler.Job, house: House, service: Seen) -> Line:
    zone = job.zone or house.zone
    runs = job.runs()
    found = job.standing(house.now, house.zone)
    # One that a wrong clock dated into the future is the last only where there is no other.
    past = tuple(run for run in runs if run.started <= house.now)
    last = (past or runs)[-1] if runs else None
    following = job.next_due(house.now, house.zone)
    return Line(
        name=job.name,
        rule=job.rule,
        zone=zone,
        spread=job.spread,
        standing=found,
        next=following if found.due is None else (found.again or found.due).astimezone(zone),
        last=last,
        outcome=_outcome(last, service) if last else "",
    )


def _outcome(run: JobRun, service: Seen) -> str:
    if run.ended:
        return str(run.result or Result.FAILED)
    return {True: UNDER_WAY, False: BROKEN_OFF, None: UNKNOWN}[scheduling.is_at_work(run, service)]


def show(house: House, options: Namespace) -> int:
    """Prints the list; asks nobody and changes nothing."""
    service = scheduling.service_seen(house)
    found = lines(house, service)
    if options.format == "json":
        print(json.dumps(_as_json(found, service), ensure_ascii=False, indent=1))
        return DONE
    from aggregator.terminal import print_table

    print_table(("job", "next", "last run", "took", "result"), (_row(line, house) for line in found), width=_WIDTH)
    for text in _remarks(found, house, service):
        print(text)
    return DONE


def _row(line: Line, house: House) -> tuple[str, ...]:
    is_waiting = line.standing.due is not None and line.next <= house.now
    following = "now" if is_waiting else _moment(line.next, line.zone, house)
    if line.last is None:
        return (line.name, following, "never", "", "")
    took = in_short(line.last.took) if line.last.took is not None else ""
    return (line.name, following, _moment(line.last.started, line.zone, house), took, line.outcome)


def _moment(moment: datetime, zone: ZoneInfo, house: House) -> str:
    """Mon 30 Nov 07:00; of another year 2025-11-30 07:00, which is as long."""
    here, now = moment.astimezone(zone), house.now.astimezone(zone)
    return here.strftime("%a %d %b %H:%M" if abs(here - now) < timedelta(days=300) else "%Y-%m-%d %H:%M")


def in_short(span: timedelta) -> str:
    """12 s, 3 min, 1 h 05."""
    seconds = round(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"


def _remarks(found: Iterable[Line], house: House, service: Seen) -> Iterator[str]:
    """Below the table: where the times are meant, who serves them, and what went wrong with what to do."""
    yield ""
    yield f"Times: {house.zone}, or where a job's name says."
    if not service.is_certain:
        yield "Whether a service is running cannot be known from here: its lock cannot be tried."
        yield "Ask as the user who runs it."
    if service.holder:
        seems = "is" if service.is_certain else "was"
        yield f"{service.holder} {seems} at work, since {moment_in_words(service.holder.since, house.zone)}."
    elif service.is_certain:
        yield "No service is running: start `aggregator schedule`, or call `schedule --once`"
        yield "from cron."
    for line in found:
        yield from _trouble(line)


def _trouble(line: Line) -> Iterator[str]:
    told: list[str] = []
    if line.outcome == UNKNOWN:
        told.append("it is at work, or was broken off")
    if line.outcome == BROKEN_OFF:
        told.append("the process was killed, or the machine went off, before the run had ended")
    elif line.last and line.last.problem:
        told += line.last.problem.splitlines()
    if line.standing.failures:
        times = "once" if line.standing.failures == 1 else f"{line.standing.failures} times"
        again = f"from {line.next:%a %H:%M %Z} on" if line.standing.again else "as soon as a service runs"
        told.append(f"failed {times} for this date; it is tried again {again}")
    if line.standing.future:
        told.append(f"a run is dated {line.standing.future:%Y-%m-%d %H:%M} UTC, in the future; check the clock")
    if told:
        yield f"\n{line.name}:"
    for text in told:
        yield from wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _as_json(found: Iterable[Line], service: Seen) -> dict[str, object]:
    holder = service.holder
    return {
        "service": None if holder is None else {"process": holder.process, "since": _iso(holder.since)},
        "service_is_certain": service.is_certain,
        "jobs": [
            {
                "job": line.name,
                "rule": str(line.rule),
                "timezone": str(line.zone),
                "jitter_seconds": round(line.spread.total_seconds()),
                "next": _iso(line.next),
                "overdue_since": _iso(line.standing.due),
                "failures": line.standing.failures,
                "last": _run_as_json(line.last, line.outcome) if line.last else None,
            }
            for line in found
        ],
    }


def _run_as_json(run: JobRun, outcome: str) -> dict[str, object]:
    return {
        "id": run.id,
        "due": _iso(run.due),
        "started": _iso(run.started),
        "ended": _iso(run.ended),
        "seconds": None if run.took is None else run.took.total_seconds(),
        "result": outcome,
        "problem": run.problem,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
