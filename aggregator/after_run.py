"""After a run of a scheduled job: the watchman elsewhere is called, and the operator told where it is time to.

Nothing that goes wrong here changes what came of the run: it is logged.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

from aggregator import heartbeat, logs, operator_mail
from aggregator.errors import AggregatorError, LibraryError, SettingsError
from aggregator.exits import DONE, IN_PART
from aggregator.files import told_by_the_system, write_whole
from aggregator.house import House
from aggregator.job_run import JobRun, Result
from aggregator.operator_mail import Event, Notice, Told

T = TypeVar("T")

log = logging.getLogger("aggregator.schedule")

#: The name under which the operator is told that no job can run.
ITSELF = "schedule"

#: Where nothing can be remembered, a process that may end with this run tells the operator in this hour of the day
#: only, so that no cron job tells her every hour.
_UNREMEMBERED = 7
#: Warnings of a run that are kept as the reason why it failed; the log has all.
_LINES = 20
#: What could not be remembered anywhere else, by workspace and job; None: a trouble that she was not told of.
_IN_THIS_PROCESS: dict[tuple[Path, str], Told | None] = {}


def after_run(house: House, run: JobRun, *, is_tried_again: bool = True) -> None:
    """Calls the heartbeat after a success, and mails the operator what she has to know and does not know yet.

    `run` has ended; its `problem` is the reason where the log has none. `is_tried_again`: the service does so by
    itself, after a pause. Never raises.
    """
    try:
        if run.result is Result.DONE:
            _beat(house)
        if house.settings.operator.email and house.settings.mail:
            _tell(house, run, is_tried_again=is_tried_again)
    except Exception:
        # A defect in telling must not hide what came of the job, nor end the service.
        log.exception("the operator could not be told of %s", run.job)


def could_not_begin(house: House, job: str, error: AggregatorError) -> None:
    """What follows a run that was due and could not even be begun, as with a damaged library. Never raises."""
    run = JobRun(id=uuid4().hex, job=job, started=house.now, ended=house.now, result=Result.FAILED, problem=str(error))
    with logs.as_run(run.id):
        _note(house, run)
        after_run(house, run)


def telling_operator(house: House, verb: str, work: Callable[[], int]) -> int:
    """The exit code of a verb that was typed, or stands in a crontab; how it ended is told as of a job of the service.

    SettingsError where there is nobody to tell. Whoever interrupts it knows of it.
    """
    if not house.settings.operator.email:
        raise SettingsError("there is nobody to tell; set `email` in [operator], or leave --tell-operator out")
    begun = JobRun(id=logs.run_id() or uuid4().hex, job=f"{verb} from the command line", started=house.now)
    with logs.hearing_warnings() as warned:
        try:
            code = work()
        except AggregatorError as error:
            _ended(house, begun, Result.FAILED, str(error))
            raise
        except OSError as error:
            _ended(house, begun, Result.FAILED, told_by_the_system(error))
            raise
        except Exception as error:
            _ended(house, begun, Result.FAILED, f"{type(error).__name__}: {error}: a defect; please report it")
            raise
    result = {DONE: Result.DONE, IN_PART: Result.IN_PART}.get(code, Result.FAILED)
    _ended(house, begun, result, "\n".join(dict.fromkeys(warned[:_LINES])) or None)
    return code


def _ended(house: House, begun: JobRun, result: Result, problem: str | None) -> None:
    current = house.later()
    run = replace(begun, ended=current.now, result=result, problem=None if result is Result.DONE else problem)
    _note(current, run)
    after_run(current, run, is_tried_again=False)


def _note(house: House, run: JobRun) -> None:
    # What could not be begun makes no library.
    if house.library_file.exists():
        with suppress(LibraryError), house.library() as library:
            library.runs.remember(run)


def or_tell(house: House, job: str, work: Callable[[], T]) -> T:
    """What `work` gives; where it fails before a run of the job can be noted, the operator is told."""
    try:
        return work()
    except AggregatorError as error:
        could_not_begin(house.later(), job, error)
        raise


def finding_jobs(house: House, find: Callable[[], T]) -> T:
    """Which jobs there are, as `find` finds; where that cannot be known, the operator is told that nothing runs."""
    jobs = or_tell(house, ITSELF, find)
    current = house.later()
    if house.settings.operator.email and _Memory(current, ITSELF).recalled()[1]:
        done = JobRun(id=uuid4().hex, job=ITSELF, started=current.now, ended=current.now, result=Result.DONE)
        after_run(current, done)
    return jobs


def _beat(house: House) -> None:
    url = house.settings.operator.heartbeat
    if url and (problem := heartbeat.beat(url.reveal())):
        log.warning("%s; check [operator] heartbeat in the settings, and the network", problem)


def _tell(house: House, run: JobRun, *, is_tried_again: bool) -> None:
    reason = run.problem or "no reason was given"
    memory = _Memory(house, run.job)
    told = operator_mail.notice(run, *memory.recalled(), reason=reason, is_tried_again=is_tried_again)
    if told is None:
        return
    is_kept = memory.keeps(replace(told.told, is_sent=False))
    # What is started by somebody's own clock may never be at work in that hour.
    if not is_kept and is_tried_again and house.now.astimezone(house.zone).hour != _UNREMEMBERED:
        log.error("what the operator was told cannot be remembered, so she is told at %d:00 only", _UNREMEMBERED)
        return
    try:
        _send(house, told, run, reason)
    except AggregatorError as error:
        # Tried again after the next run; when all is well by then, that is told with what had been the matter.
        log.error("the operator could not be told that %s %s: %s", run.job, told.event, error)  # noqa: TRY400
        return
    log.info("the operator was told: %s %s", run.job, told.event)
    memory.keeps(None if told.event is Event.WELL else told.told)


def _send(house: House, told: Notice, run: JobRun, reason: str) -> None:
    text = operator_mail.letter(
        told,
        reason=logs.hide(reason, house.secrets),
        lines=logs.last_lines(),
        where=f"{house.workspace.resolve()} on {socket.gethostname()}; run {run.id}",
        zone=house.zone,
    )
    with house.mailer(timeout=10, patience=60, attempts=1) as mailer:
        mailer.send(house.note_to_operator(operator_mail.subject(told), text))


class _Memory:
    """What the operator was told of a job: in the library or, where it cannot be used, in a file beside it.

    Where neither can be written, as on a full disk, this process remembers; a second trouble proves that it goes on.
    """

    def __init__(self, house: House, job: str) -> None:
        self._house, self._job = house, job
        self._key = (house.workspace.absolute(), job)
        self._file = house.workspace / "operator-told.json"

    def recalled(self) -> tuple[tuple[JobRun, ...], Told | None]:
        """The job's runs as far as they can be known, and what was told of it."""
        runs: tuple[JobRun, ...] = ()
        told: Told | None = None
        with suppress(LibraryError), self._house.library() as library:
            runs, told = library.runs.all(self._job), library.operator_notes.of(self._job)
        return runs, told or self._in_file().get(self._job) or _IN_THIS_PROCESS.get(self._key)

    def keeps(self, told: Told | None) -> bool:
        """Remembers it, or that there is nothing more to remember; False where that cannot be done."""
        beside = {job: held for job, held in self._in_file().items() if job != self._job}
        try:
            with self._house.library() as library:
                library.operator_notes.remember(self._job, told)
        except LibraryError:
            beside |= {self._job: told} if told else {}
        try:
            self._write(beside)
        except OSError:
            if self._job in beside:
                return self._keeps_here(told)
        _IN_THIS_PROCESS.pop(self._key, None)
        return True

    def _keeps_here(self, told: Told | None) -> bool:
        goes_on = self._key in _IN_THIS_PROCESS
        _IN_THIS_PROCESS[self._key] = told if goes_on else None
        return goes_on

    def _in_file(self) -> dict[str, Told]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Told])
        except (OSError, msgspec.MsgspecError):
            return {}

    def _write(self, held: dict[str, Told]) -> None:
        if held:
            write_whole(self._file, msgspec.json.encode(held))
        else:
            self._file.unlink(missing_ok=True)
