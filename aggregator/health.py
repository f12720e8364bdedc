"""What `doctor` makes of what it finds: for each thing a verdict, words, and what to do.

Everything here is told what was found and looks at nothing itself.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.dates import moment_in_words
from aggregator.job_run import JobRun, Result
from aggregator.locks import Seen
from aggregator.scheduler import Rule

if TYPE_CHECKING:
    from pathlib import Path

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
#: Bytes free below which nothing good can come, and what is left free beside the library's size.
_TOO_LITTLE, _ROOM = 500_000_000, 1_000_000_000
#: How far this machine's clock may be from PubMed's before it is told, and before jobs run at wrong times.
_CLOCK_TOLD, _CLOCK_WRONG = timedelta(minutes=5), _HOUR
_OLD_BACKUP = timedelta(days=8)
#: A job is not called late before it is late by so much: the service looks each minute and runs one job at a time.
_PUNCTUAL = timedelta(hours=2)
_IS_IT_RUNNING = (
    "is the service running? Start `aggregator schedule`, or `aggregator schedule --once` each hour by cron"
)
_IT_IS_MADE_UP = "its process was killed, or the machine went off; the service makes it up as soon as it runs"


class Verdict(StrEnum):
    """Whether something is well."""

    OK = "ok"
    #: It works, and should be looked at.
    NOTE = "note"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    check: str
    verdict: Verdict
    words: str
    #: None only where nothing needs to be done.
    remedy: str | None = None

    def __str__(self) -> str:
        return f"{self.verdict:<7} {self.check}: {self.words}" + (f"; {self.remedy}" if self.remedy else "")


def ok(check: str, words: str) -> Finding:
    return Finding(check=check, verdict=Verdict.OK, words=words)


def note(check: str, words: str, remedy: str) -> Finding:
    return Finding(check=check, verdict=Verdict.NOTE, words=words, remedy=remedy)


def failed(check: str, words: str, remedy: str) -> Finding:
    return Finding(check=check, verdict=Verdict.FAILED, words=words, remedy=remedy)


def of_error(check: str, message: str, *, otherwise: str) -> Finding:
    """A failure in the words of its error, which end with what to do; `otherwise` is that where they do not."""
    words, _, remedy = message.rpartition("; ")
    return failed(check, words, remedy) if words else failed(check, message, otherwise)


# -- files and disks --------------------------------------------------------------------------------


def rights(check: str, file: Path, mode: int, *, holds: str, words: str) -> Finding:
    """Whether others on the machine can read or change a file that `holds` what is not theirs."""
    if mode & stat.S_IWOTH:
        return note(check, f"{words}; everybody on this machine can change {file}", f"run `chmod o-rw {file}`")
    if mode & stat.S_IROTH and holds:
        return note(
            check, f"{words}; everybody on this machine can read {file}, with {holds}", f"run `chmod o-r {file}`"
        )
    return ok(check, words)


def disk(check: str, place: Path, *, free: int, is_writable: bool, needed: int = 0) -> Finding:
    """Bytes free at a place; `needed` are those of a library, which doubles for a moment when it is copied."""
    told = f"{free / 1e9:,.1f} GB free at {place}"
    if not is_writable:
        return failed(check, f"{place} cannot be written", "check its rights, or choose another place")
    if free < _TOO_LITTLE:
        return failed(check, f"only {told}", "free some space")
    if free < _ROOM + 2 * needed:
        return note(
            check, f"{told}, which is little beside a library of {needed / 1e9:,.1f} GB", "free some space soon"
        )
    return ok(check, told)


def backup(newest: tuple[Path, datetime] | None, *, now: datetime) -> Finding:
    """The newest file among the backups, with when it was made."""
    remedy = "is the service running? It keeps a copy each week; `aggregator backup` makes one now"
    if newest is None:
        return note("backups", "the folder for backups is empty", remedy)
    file, made = newest
    age = now - made
    words = f"the newest, {file.name}, is of {made:%Y-%m-%d %H:%M} UTC"
    return note("backups", f"{words}, {_days(age)} old", remedy) if age > _OLD_BACKUP else ok("backups", words)


def _days(age: timedelta) -> str:
    return f"{age // _DAY} days" if age >= 2 * _DAY else f"{age // _HOUR} hours"


def half_written(library: str, writer: Seen) -> Finding:
    """A library that cannot be read now, with the journal of a transaction beside it."""
    again = "run `doctor` again later"
    if writer.holder and writer.is_certain:
        return note("library", f"{library} cannot be read now: {writer.holder} is writing to it", again)
    words = f"{library} cannot be read now: a run is writing to it, or was broken off while it did"
    return note("library", words, f"{again}; the next run takes back what is half written")


# -- clock and versions -----------------------------------------------------------------------------


def clock(here: datetime, there: datetime | None) -> Finding:
    """This machine's clock beside the one of the server that was asked at the same moment."""
    if there is None:
        return note("clock", "PubMed's answer has no date to compare with", "check the clock by hand: `date -u`")
    off = abs(here - there)
    words = f"{'ahead of' if here > there else 'behind'} PubMed's by {_span(off)}"
    remedy = "set this machine's clock, and let it be kept by NTP (`timedatectl set-ntp true`)"
    if off > _CLOCK_WRONG:
        return failed("clock", f"it is {words}, so that jobs run at wrong times", remedy)
    if off > _CLOCK_TOLD:
        return note("clock", f"it is {words}", remedy)
    return ok("clock", "it agrees with PubMed's")


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60:,} hours" if minutes < 48 * 60 else f"{minutes // (24 * 60):,} days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that is asked for."""

    name: str
    asked: str
    #: None: it is not installed.
    found: str | None
    is_right: bool
    #: False: only some work needs it.
    is_needed: bool = True


def versions(words: str, packages: Sequence[Package]) -> Finding:
    """What is installed beside what is asked for."""
    remedy = "run `pip install --upgrade ketamine-literature-aggregator`, in the environment of the service"
    wrong = [package for package in packages if package.is_needed and not package.is_right]
    stale = [package for package in packages if not package.is_needed and package.found and not package.is_right]
    if wrong:
        return failed("versions", f"{words}; {', '.join(map(_mismatch, wrong))}", remedy)
    if stale:
        return note("versions", f"{words}; {', '.join(map(_mismatch, stale))}", remedy)
    needed = sum(package.is_needed for package in packages)
    return ok("versions", f"{words}; {needed} packages as asked for")


def _mismatch(package: Package) -> str:
    return f"{package.name} is {package.found or 'missing'} and {package.asked or 'any version'} is asked for"


# -- jobs -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is known of the service at this moment, as far as it concerns one job."""

    #: Whether a last run without an end goes on, or was broken off; None: it cannot be known.
    is_at_work: bool | None = False
    #: What a run at work has not come yet.
    waits_for: str | None = None
    #: The job that the service is at instead: it does one at a time.
    behind: str | None = None


IDLE = Present()


def job(
    name: str,
    rule: Rule,
    zone: ZoneInfo,
    runs: Sequence[JobRun],
    *,
    now: datetime,
    spread: timedelta = timedelta(),
    present: Present = IDLE,
) -> Finding:
    """How a scheduled job goes, from the runs that the library keeps of it, the oldest first.

    It has failed when it is overdue by more than one period: neither its last due moment was served nor the one before.
    `spread` is its own delay after its due moments.
    """
    check = f"job {name}"
    ahead = f"next at {moment_in_words(rule.next_due(now - spread, zone) + spread, zone)}"
    latest = rule.last_due(now, zone)
    before = rule.last_due(latest - timedelta(microseconds=1), zone)
    done = max((run.started for run in runs if run.result is Result.DONE), default=None)
    since = f"it last succeeded at {moment_in_words(done, zone)}" if done else "it has never succeeded"
    if present.behind and (done is None or done < latest):
        due = moment_in_words(latest, zone)
        return ok(check, f"it has been due since {due}, and waits for {present.behind}; {since}")
    if not runs:
        return note(check, f"it never ran here; {ahead}", _IS_IT_RUNNING)
    if done and done > now + _CLOCK_TOLD:
        return note(check, f"{since}, in the future", "check this machine's clock")
    if runs[-1].ended is None and present.is_at_work is not False:
        return _without_end(check, since, runs[-1], zone, present=present, now=now)
    if (done or runs[0].started) < before:
        return failed(check, f"{since}, and has been due twice since{_why(runs[-1], zone)}", _todo(runs[-1], latest))
    is_late = (done or latest) < latest < now - _PUNCTUAL
    return _lately(check, since, runs[-1], zone, ahead=ahead, late=latest if is_late else None)


def _without_end(check: str, since: str, last: JobRun, zone: ZoneInfo, *, present: Present, now: datetime) -> Finding:
    """A run that goes on, or may."""
    begun = moment_in_words(last.started, zone)
    if not present.is_at_work:
        words = (
            f"it has been at work since {begun}, or was broken off: whether its process lives cannot be known from here"
        )
        return note(check, f"{words}; {since}", "run `aggregator doctor` as the user who runs the service")
    if present.waits_for:
        return ok(check, f"it has waited since {begun} for {present.waits_for}; {since}")
    words = f"it has been at work since {begun}; {since}"
    if now - last.started >= _DAY:
        return note(check, words, "the log says what it does; if it hangs, restart the service")
    return ok(check, words)


def _lately(
    check: str, since: str, last: JobRun, zone: ZoneInfo, *, ahead: str, late: datetime | None = None
) -> Finding:
    """What came of the last run of a job that is not overdue; `late`: since when nobody has begun the next."""
    if late and last.result is Result.DONE:
        return note(check, f"{since}, and has been due since {moment_in_words(late, zone)}", _IS_IT_RUNNING)
    if last.ended is None:
        return note(check, f"{since}{_why(last, zone)}; {ahead}", _IT_IS_MADE_UP)
    if last.result is not Result.DONE:
        remedy = "it is tried again by itself; see the log if it goes on"
        return note(check, f"{since}{_why(last, zone)}; {ahead}", remedy)
    return ok(check, f"{since}; {ahead}")


def _why(last: JobRun, zone: ZoneInfo) -> str:
    if last.result is Result.DONE:
        return ""
    tried = f"; it was tried at {moment_in_words(last.started, zone)}"
    if last.ended is None:
        return f"{tried} and broken off"
    how = {Result.FAILED: "failed", Result.IN_PART: "done in part"}.get(last.result or Result.FAILED, str(last.result))
    return f"{tried} and {how}: {' '.join((last.problem or 'see the log').split())[:400]}"


def _todo(last: JobRun, latest: datetime) -> str:
    is_tried = last.started >= latest and last.result is not Result.DONE
    return "do as the reason says; the service tries again by itself" if is_tried else _IS_IT_RUNNING
