"""What the operator is told by mail: from the runs of a job and what she was told before, whether and what to tell.

One mail when a job begins to fail, one when the reason changes in kind, a reminder each week, one when all is well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from textwrap import fill
from zoneinfo import ZoneInfo

from aggregator.job_run import JobRun, Result

#: How long a trouble that may pass by itself is waited for before it is told.
PATIENCE = timedelta(hours=3)
REMINDER = timedelta(days=7)
#: Letters of a reason that a mail shows, and of a line of the log.
_LONGEST_REASON, _LONGEST_LINE = 1200, 300
_WIDTH = 76
_NOT_AGAIN = "It is tried again when it is started the next time, and not before. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of trouble: by which words it is known, whether it stays until somebody does something, and what."""

    name: str
    marks: tuple[str, ...]
    lasts: bool
    remedy: str


OTHER = Kind(
    name="something unforeseen",
    marks=(),
    lasts=True,
    remedy="Look into the log. If it goes on and the words do not say what to do, it is a defect: report it with them.",
)

#: The first kind one of whose marks stands in the words decides.
KINDS = (
    Kind(
        name="the API key",
        marks=("refuses the API key",),
        lasts=True,
        remedy="Correct NCBI_API_KEY where the service gets its environment, or take it out, and restart the service.",
    ),
    Kind(
        name="blocked by NCBI",
        marks=("has blocked this network address",),
        lasts=True,
        remedy="Do as it says; stop the service until NCBI has answered, since each try may prolong the block.",
    ),
    Kind(
        name="a certificate",
        marks=("certificate",),
        lasts=True,
        remedy="Check this machine's clock, its list of authorities and any proxy; then the server that is named.",
    ),
    Kind(
        name="the disk",
        marks=("disk is full", "quota", "disk takes no more", "may not grow"),
        lasts=True,
        remedy="Free some space; nothing that was stored is lost, and the job goes on where it was.",
    ),
    Kind(
        name="the library",
        marks=("is damaged", "not a library", "newer version of the aggregator", "of another program"),
        lasts=True,
        remedy="Run `aggregator doctor`; restore the library from a backup if it says so.",
    ),
    Kind(
        name="rights",
        marks=("its rights", "the rights of", "can only be read"),
        lasts=True,
        remedy="Give the user that runs the service the right to write there.",
    ),
    Kind(
        name="a template",
        marks=("mend the template",),
        lasts=True,
        remedy="Mend the file that is named; until then report and mail stay as they are.",
    ),
    Kind(
        name="another run",
        marks=("is working here", "another run is writing"),
        lasts=False,
        remedy="Look whether another aggregator hangs in this workspace, and end it.",
    ),
    Kind(
        name="the mail login",
        marks=("refuses the login", "has no password", "a login would travel", "nothing can be sent", "no STARTTLS"),
        lasts=True,
        remedy="Correct [mail] and AGGREGATOR_SMTP_PASSWORD, and restart the service; `aggregator doctor` tries them.",
    ),
    Kind(
        name="mail",
        marks=("the mail server", "NOT SENT", "no letter to"),
        lasts=False,
        remedy="Check the mail server; letters that were not sent go out as soon as it takes them.",
    ),
    Kind(
        name="settings or topics",
        marks=(".toml", "[pubmed]", "there is no topic", "NCBI asks everyone", "nobody to send to"),
        lasts=True,
        remedy="Mend the file that is named. After a change of aggregator.toml restart the service.",
    ),
    Kind(
        name="PubMed",
        marks=("PubMed", "NCBI", "INCOMPLETE", "PMIDs missing", "network", "the request failed"),
        lasts=False,
        remedy="Check this machine's network. Nothing is lost: what is missed now is made up later.",
    ),
)


def kind_of(words: str) -> Kind:
    """The kind of trouble that an error's words tell of."""
    return next((kind for kind in KINDS if any(mark in words for mark in kind.marks)), OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the operator was told of a job that fails."""

    job: str
    #: When it began to fail.
    since: datetime
    #: The names of the kinds of trouble that she was told of.
    kinds: tuple[str, ...]
    #: When the last mail was written.
    at: datetime
    #: False: it could not be sent.
    is_sent: bool = True


class Event(StrEnum):
    """Why the operator is written to."""

    BEGAN = "fails"
    CHANGED = "fails for another reason"
    GOES_ON = "still fails"
    WELL = "works again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told of one job."""

    event: Event
    job: str
    since: datetime
    #: Runs since then that did not succeed.
    failures: int
    #: The last success but for the present one; None: none is known.
    last_done: datetime | None
    #: When all is well: what had been the matter.
    kind: str
    #: False: an earlier mail about it could not be sent.
    was_told: bool
    #: What the operator will have been told.
    told: Told
    #: False: nobody tries it again before it is started the next time.
    is_tried_again: bool = True


def notice(
    run: JobRun, runs: Sequence[JobRun], told: Told | None, *, reason: str, is_tried_again: bool = True
) -> Notice | None:
    """What to tell after a run, or None; `runs` are those of its job, and `reason` is why this one did not succeed.

    A trouble that may pass is told when it has lasted `PATIENCE`, one that does not pass by itself at once; at once
    too if nobody tries the job again by itself: until its next start, which may be in a week, it has not been done.
    """
    now = run.ended or run.started
    before = [earlier for earlier in runs if earlier.id != run.id and earlier.started <= run.started]
    if run.result is Result.DONE:
        return _well(run, before, told, now) if told else None
    since, failures = _failing(run, before, told)
    kind = kind_of(reason)
    event = _event(kind, told, since, now, patience=PATIENCE if is_tried_again else timedelta())
    if event is None:
        return None
    kinds = tuple(dict.fromkeys((*(told.kinds if told else ()), kind.name)))
    return Notice(
        event=event,
        job=run.job,
        since=since,
        failures=failures,
        last_done=_last_done(before),
        kind=kind.name,
        was_told=told is None or told.is_sent,
        told=Told(job=run.job, since=since, kinds=kinds, at=now),
        is_tried_again=is_tried_again,
    )


def _event(kind: Kind, told: Told | None, since: datetime, now: datetime, *, patience: timedelta) -> Event | None:
    if told is None or not told.is_sent:
        return Event.BEGAN if kind.lasts or now - since >= patience else None
    rest = now - told.at
    if kind.name not in told.kinds and (kind.lasts or rest >= patience):
        return Event.CHANGED
    # A moment far in the future was written by a clock that was wrong; it must not silence us until then.
    return Event.GOES_ON if rest >= REMINDER or rest < -PATIENCE else None


def _failing(run: JobRun, before: Sequence[JobRun], told: Told | None) -> tuple[datetime, int]:
    """Since when the job has not succeeded, and in how many runs; older runs than the library keeps were told of."""
    last = _last_done(before)
    failed = [earlier for earlier in before if _is_trouble(earlier) and (last is None or earlier.started > last)] + [
        run
    ]
    since = min(failed[0].started, told.since) if told else failed[0].started
    return since, len(failed)


def _is_trouble(run: JobRun) -> bool:
    """Whether it came to an end that was not a good one; who stopped or killed a run knows why."""
    return run.result in (Result.FAILED, Result.IN_PART)


def _last_done(runs: Sequence[JobRun]) -> datetime | None:
    return max((run.started for run in runs if run.result is Result.DONE), default=None)


def _well(run: JobRun, before: Sequence[JobRun], told: Told, now: datetime) -> Notice:
    failed = [earlier for earlier in before if earlier.started >= told.since and _is_trouble(earlier)]
    return Notice(
        event=Event.WELL,
        job=run.job,
        since=told.since,
        failures=len(failed),
        last_done=_last_done([earlier for earlier in before if earlier.started < told.since]),
        kind=", ".join(told.kinds),
        was_told=told.is_sent,
        told=Told(job=run.job, since=told.since, kinds=told.kinds, at=now),
    )


# -- in words ---------------------------------------------------------------------------------------


def subject(told: Notice) -> str:
    return f"Ketamine aggregator: {told.job} {told.event}"


def letter(told: Notice, *, reason: str, lines: Sequence[str], where: str, zone: ZoneInfo) -> str:
    """The mail's text; `where` names the installation and the run, `lines` are the last of its log."""
    parts = _well_again(told, zone) if told.event is Event.WELL else _in_trouble(told, reason, lines, zone)
    return "\n\n".join([*parts, f"Installation: {where}"]) + "\n"


def _well_again(told: Notice, zone: ZoneInfo) -> list[str]:
    failed = (
        f"It had failed since {_moment(told.since, zone)} ({_times(told.failures)}); what was the matter: {told.kind}."
    )
    untold = [] if told.was_told else [_filled("This could not be told then, since the mail could not be sent.")]
    made_up = "Nothing needs to be done: what was missed has been made up."
    return [_filled(f'The job "{told.job}" works again. {failed}'), *untold, _filled(made_up)]


def _in_trouble(told: Notice, reason: str, lines: Sequence[str], zone: ZoneInfo) -> list[str]:
    last = f"It last succeeded on {_moment(told.last_done, zone)}." if told.last_done else "It has never succeeded."
    began = (
        f'The job "{told.job}" has not succeeded since {_moment(told.since, zone)} ({_times(told.failures)}). {last}'
    )
    kind = kind_of(reason)
    parts = [
        _filled(began),
        "What is wrong:\n" + _indented(_cut(reason, _LONGEST_REASON)),
        "What to do:\n" + _indented(f"{kind.remedy} `aggregator doctor` checks the rest."),
    ]
    if lines:
        parts.append(
            "The last lines of its log (time in UTC):\n" + "\n".join(f"  {_cut(line, _LONGEST_LINE)}" for line in lines)
        )
    again = "The job is tried again by itself. " if told.is_tried_again else _NOT_AGAIN
    ahead = again + (
        "This is told once: again if the reason becomes another one, after a week, and when it works again."
        if told.event is not Event.GOES_ON
        else "You are reminded once a week, and told when it works again."
    )
    return [*parts, _filled(ahead)]


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%A, %d %B %Y, %H:%M %Z}"


def _times(count: int) -> str:
    return {0: "no run", 1: "one run"}.get(count, f"{count} runs")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 4]} ..."


def _filled(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _indented(text: str) -> str:
    lines = (
        fill(line, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)
