"""When the next request may start: one pace for every process on this machine that asks the same server.

NCBI counts the requests of an address, or of a key, over all programs together
(https://www.ncbi.nlm.nih.gov/books/NBK25497/, "Usage Guidelines and Requirements").
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

#: A window of a second, and what rounding may take from it.
_SECOND = 1.005
#: Marks older than this, or further ahead, are of another day's clock.
_MEMORY = 300.0
#: The longest silence that a server may ask of everybody, in seconds.
_SILENCE = 3600.0
#: A faster pace is allowed for a simulated PubMed only, where nobody counts seconds.
_COUNTED = 20
#: How much later than it was sent a request may have reached the server, at most, in seconds.
_LATEST = 1.0


class Mark(msgspec.Struct):
    """One request: when it was sent, and the latest moment at which the server can have seen it."""

    start: float
    seen: float


class Sheet(msgspec.Struct):
    """The last requests to one server, in the order of their starts."""

    marks: list[Mark] = []
    #: The server asked for silence until then.
    closed_until: float = 0.0

    def forget(self, now: float, *, keep: int) -> None:
        """Drops what no longer matters, and everything that a clock set back has left in the future."""
        self.marks = [mark for mark in self.marks[-keep:] if abs(mark.start - now) <= _MEMORY]
        if self.closed_until - now > _SILENCE:
            self.closed_until = 0.0


class Sheets:
    """Where the sheets are kept: in a file that other processes share, or, without one, in memory."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._own: dict[str, Sheet] = {}
        self._lock = threading.Lock()

    @contextmanager
    def edit(self, server: str) -> Iterator[Sheet]:
        """The server's sheet, nobody else's for as long as the block lasts."""
        with self._lock:
            if self._file is None:
                yield self._own.setdefault(server, Sheet())
                return
            try:
                lock = FileLock(f"{self._file}.lock", timeout=10, poll_interval=0.005, mode=0o600)
                lock.acquire()
            except (OSError, Timeout, NotImplementedError) as error:
                # A pace of its own is better than no work at all.
                log.info("the pace is not shared with other processes: %s", error)
                self._file = None
                yield self._own.setdefault(server, Sheet())
                return
            try:
                held = _read(self._file)
                sheet = held.setdefault(server, Sheet())
                yield sheet
                self._own[server] = sheet
                if not _write(self._file, held, newest=sheet):
                    self._file = None
            finally:
                lock.release()


def _read(file: Path) -> dict[str, Sheet]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Sheet])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _write(file: Path, held: dict[str, Sheet], *, newest: Sheet) -> bool:
    """Keeps the servers that were asked lately; False where nothing can be written, as on a full disk."""
    last = newest.marks[-1].start if newest.marks else 0.0
    kept = {
        server: sheet
        for server, sheet in held.items()
        if sheet is newest or (sheet.marks and abs(sheet.marks[-1].start - last) <= _SILENCE)
    }
    try:
        file.write_bytes(msgspec.json.encode(kept))
    except OSError as error:
        log.info("the pace is not shared with other processes: %s", error)
        return False
    return True


class Pace:
    """Keeps requests apart, so that the server never sees more than `per_second` of them in any one second.

    The server sees a request some time after it was sent: at once on an open connection, later on a new one. That
    delay is not known, but a bound is: the time that the answer took beyond the quickest answer of its kind. A request
    waits until a second has passed since the last moment at which the `per_second`-th request before it can have been
    seen. `clock` must run forward only and be the same for all processes (time.monotonic is).
    """

    def __init__(
        self,
        per_second: float,
        *,
        server: str,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        sheets: Sheets | None = None,
    ) -> None:
        self._distance = 1 / per_second
        self._most = max(1, int(per_second)) if per_second <= _COUNTED else 0
        self._server = server
        self._clock = clock
        self._sleep = sleep
        self._sheets = sheets or Sheets()
        self._quickest: dict[str, float] = {}

    def wait(self) -> float:
        """Returns when the next request may start, with the moment that it counts from."""
        with self._sheets.edit(self._server) as sheet:
            now = self._clock()
            sheet.forget(now, keep=self._most + 1)
            start = max(now, sheet.closed_until)
            if sheet.marks:
                start = max(start, sheet.marks[-1].start + self._distance)
            if 0 < self._most <= len(sheet.marks):
                start = max(start, sorted(mark.seen for mark in sheet.marks)[-self._most] + _SECOND)
            sheet.marks.append(Mark(start, start))
        if start > now:
            self._sleep(start - now)
        return start

    def answered(self, start: float, kind: str) -> None:
        """Tells that the answer to the request of `start` has begun; `kind` is what
        was asked and how it was answered, so that like is measured against like.
        """
        took = self._clock() - start
        quickest = self._quickest.get(kind, 0.0)
        self._quickest[kind] = min(took, self._quickest.get(kind, took))
        late = min(_LATEST, took - quickest)
        if not self._most or late <= 0:
            return
        with self._sheets.edit(self._server) as sheet:
            for mark in sheet.marks:
                if mark.start == start:
                    mark.seen = start + late

    def hold(self, seconds: float) -> None:
        """The server asks for silence: nobody on this machine asks it before that."""
        with self._sheets.edit(self._server) as sheet:
            sheet.closed_until = max(sheet.closed_until, self._clock() + min(seconds, _SILENCE))


def shared_pace_file() -> Path | None:
    """What every process of this user shares on this machine, whatever its workspace: NCBI counts them together.

    None where there is no place for it.
    """
    from platformdirs import user_cache_path

    name = "ketamine-literature-aggregator"
    try:
        folder = user_cache_path(name, ensure_exists=True)
        if os.access(folder, os.W_OK):
            return folder / "pace.json"
    except OSError:
        pass
    # A service without a home of its own.
    folder = Path(tempfile.gettempdir()) / f"{name}-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder / "pace.json"


__all__ = ["Pace", "Sheets", "shared_pace_file"]
