"""What is logged: to people on stderr, to a file that a service keeps for years, and a run's last lines for a mail.

People see what they asked for (`-v`, `--quiet`). The file has more: every line with time, level, run and logger, and
what was said to people as well.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aggregator.plain import clean

#: How a line of the file is written.
FORMATS = ("text", "json")
#: Bytes of a log file before the next one is begun, and how many old ones are kept beside it: 30 MB in all.
SIZE, KEPT = 5_000_000, 5
#: Lines of a run that are kept for the operator's mail.
LAST_LINES = 15
#: Lines that wait for the file's folder to be made, or for space on a full disk.
_MOST_WAITING = 1000

_OURS = logging.getLogger("aggregator")
#: What was said to people. They have it already: it goes to the file and the last lines only.
_SAID = logging.getLogger("aggregator.said")
_SAID.propagate = False
_SAID.setLevel(logging.INFO)
# Without any handler, Python would print it.
_SAID.addHandler(logging.NullHandler())

_run: ContextVar[str | None] = ContextVar("run", default=None)


@contextmanager
def as_run(name: str) -> Iterator[None]:
    """Everything that is logged meanwhile, in this thread and in those that copy its context, bears the run's id."""
    token = _run.set(name)
    recent = _recent()
    if recent:
        recent.lines.clear()
    try:
        yield
    finally:
        _run.reset(token)


def run_id() -> str | None:
    """The run that is at work; None outside one."""
    return _run.get()


def said(words: str, level: int = logging.INFO, *, exc_info: BaseException | None = None, **facts: object) -> None:
    """Keeps what people are told elsewhere; `facts` become fields of their own where lines are JSON."""
    _SAID.log(level, "%s", words.strip("\n"), exc_info=exc_info, extra=facts)


def last_lines() -> tuple[str, ...]:
    """The last lines of the present run, short and the oldest first; none outside `logging_to`."""
    recent = _recent()
    return tuple(recent.lines) if recent else ()


@contextmanager
def hearing_warnings() -> Iterator[list[str]]:
    """What people are warned of meanwhile, in order."""
    heard = _Heard()
    _SAID.addHandler(heard)
    try:
        yield heard.words
    finally:
        _SAID.removeHandler(heard)


# -- people -----------------------------------------------------------------------------------------


def to_people(*, verbose: int, is_quiet: bool) -> None:
    """Shows people warnings on stderr; with `verbose` 1 what is done, with 2 all there is; `is_quiet`: errors only."""
    level = logging.ERROR if is_quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(message)s", force=True)
    logging.getLogger().handlers[0].addFilter(_is_for_people)
    # At debug level urllib3 prints whole URLs and pandas its imports; neither helps here.
    for name in ("urllib3", "asyncio", "filelock"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_for_people(record: logging.LogRecord) -> bool:
    """Whether a record would have been made without the file, for which `logging_to` lets more be made."""
    shown = logging.getLogger().level
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger and logger is not _OURS:
        if logger.level and shown < logging.ERROR:
            # A logger with a level of its own, such as the schedule's, tells that much whatever was asked for.
            return True
        logger = logger.parent
    return logger is None or record.levelno >= shown


# -- the file ---------------------------------------------------------------------------------------


@contextmanager
def logging_to(file: Path | None, *, form: str = "text", secrets: Iterable[str] = ()) -> Iterator[None]:
    """Keeps what is logged meanwhile in `file` (None: nowhere), and a run's last lines at hand.

    The file is readable by its owner alone, and rotated by size. Its folder is made, but not the folder around that
    one: until somebody makes it, lines wait. A file that cannot be written stops nobody; `trouble` tells of it.
    Any of `secrets` is written as ***.
    """
    hidden = tuple(secrets)
    kept: list[logging.Handler] = [_LastLines(_ShortLines(hidden))]
    if file:
        kept.append(_SharedFile(file, _Objects(hidden) if form == "json" else _Lines(hidden)))
    before = _OURS.level
    _OURS.setLevel(min(logging.INFO, logging.getLogger().level))
    for logger in (_OURS, _SAID):
        for handler in kept:
            logger.addHandler(handler)
    try:
        yield
    finally:
        _OURS.setLevel(before)
        for handler in kept:
            for logger in (_OURS, _SAID):
                logger.removeHandler(handler)
            handler.close()


def trouble() -> str | None:
    """Why the log's file cannot be written, with the remedy; once for each trouble, None where all is well."""
    for handler in _SAID.handlers:
        if isinstance(handler, _SharedFile) and handler.trouble and not handler.is_told:
            handler.is_told = True
            return handler.trouble
    return None


class _Lines(logging.Formatter):
    """Lines for people, each of them with its time (UTC), level, run and logger."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        head = self.head(record)
        words = [self.words(record), *filter(None, [self.traceback(record)])]
        return "\n".join(head + line for part in words for line in part.splitlines() or [""])

    def head(self, record: logging.LogRecord) -> str:
        return f"{_time(record)} {record.levelname} {_run.get() or '-'} {record.name}: "

    def words(self, record: logging.LogRecord) -> str:
        return self._hidden(record.getMessage())

    def traceback(self, record: logging.LogRecord) -> str | None:
        return self._hidden(self.formatException(record.exc_info)) if record.exc_info else None

    def _hidden(self, text: str) -> str:
        return hide(clean(text), self._secrets)


class _ShortLines(_Lines):
    """Lines of one run, for a mail: time of day (UTC), level and words."""

    def head(self, record: logging.LogRecord) -> str:
        return f"{_time(record)[11:19]} {record.levelname} "


class _Objects(_Lines):
    """One JSON object a line, with what the record carries besides as fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "run": _run.get(),
            "logger": record.name,
            "message": self.words(record),
        }
        if traceback := self.traceback(record):
            told["traceback"] = traceback
        for name in sorted(vars(record).keys() - _USUAL - told.keys()):
            value = vars(record)[name]
            told[name] = value if isinstance(value, (bool, int, float)) or value is None else self._hidden(str(value))
        return json.dumps(told, ensure_ascii=False)


#: What every record has.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def hide(text: str, secrets: Iterable[str]) -> str:
    """Text with *** for each secret, also as a URL, JSON or a traceback would write it."""
    for secret in filter(None, secrets):
        for written in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            text = text.replace(written, "***")
    return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _LastLines(logging.Handler):
    """The last lines that were logged."""

    def __init__(self, formatter: _Lines) -> None:
        super().__init__(logging.INFO)
        self._lines = formatter
        self.lines: deque[str] = deque(maxlen=LAST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.extend(self._lines.format(record).splitlines())


class _Heard(logging.Handler):
    """The words of warnings and worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


def _recent() -> _LastLines | None:
    return next((handler for handler in _SAID.handlers if isinstance(handler, _LastLines)), None)


class _SharedFile(RotatingFileHandler):
    """A log file that several processes may write to.

    Each line is appended by one write of the system's, so that lines do not mix. Only who holds the lock beside the
    file rotates it, and everybody else sees by its inode that the file was moved and opens the new one; a line that
    falls between the two stands at the end of the old file, and none is lost.
    """

    def __init__(self, path: Path, formatter: logging.Formatter) -> None:
        super().__init__(path, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", delay=True)
        self.setFormatter(formatter)
        self._path = Path(self.baseFilename)
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)
        #: The last write broke off in the middle of a line.
        self._is_torn = False
        self.trouble: str | None = None
        self.is_told = False

    def _open(self) -> Any:
        # Readable by its owner alone from its first moment on; unbuffered, so that a line is written now or not at all.
        return os.fdopen(os.open(self._path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), "ab", buffering=0)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.append(f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
        except Exception:  # noqa: BLE001 - a record that cannot be written must not end the work
            self.handleError(record)
            return
        try:
            self._write_waiting()
        except OSError as error:
            self._drop()
            self.trouble = (
                f"the log {self._path} cannot be written ({error.strerror}); the work goes on without it: "
                "free some space or check its rights, or set `file = false` in [log]"
            )
        else:
            self.trouble, self.is_told = None, False

    def _write_waiting(self) -> None:
        if not self._path.parent.parent.is_dir():
            return
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        while self._waiting:
            self._write(self._follow(), self._waiting[0])
            self._waiting.popleft()

    def _write(self, descriptor: int, line: bytes) -> None:
        if self._is_torn:
            line = b"\n" + line
        written = os.write(descriptor, line)
        self._is_torn = written < len(line)
        if self._is_torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _follow(self) -> int:
        """Opens the file, anew where it was moved, and moves it where it has become too large."""
        stream = self._opened()
        if os.fstat(stream.fileno()).st_size >= self.maxBytes:
            self._rotate(stream)
            stream = self._opened()
        return int(stream.fileno())

    def _opened(self) -> Any:
        if self.stream and not _is_same(self._path, self.stream):
            self._drop()
        if self.stream is None:
            self.stream = self._open()
        return self.stream

    def _rotate(self, stream: Any) -> None:
        from filelock import FileLock

        # Where it cannot be done, now or at all, a larger file is better than none. (filelock's Timeout is an OSError.)
        with suppress(OSError), FileLock(f"{self._path}.lock", timeout=0, mode=0o600):
            # Somebody else may have done it a moment ago.
            if _is_same(self._path, stream):
                self.doRollover()

    def _drop(self) -> None:
        stream, self.stream = self.stream, None
        if stream:
            with suppress(OSError):
                stream.close()


def _is_same(path: Path, stream: Any) -> bool:
    try:
        there, here = path.stat(), os.fstat(stream.fileno())
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
