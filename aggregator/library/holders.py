"""Who keeps the library's file locked, as far as that can be known, and what is said to whoever waits for it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.locks import holder_of

#: Where Linux tells who holds which lock (proc(5)); other systems tell nobody.
LOCKS = Path("/proc/locks")
_UNKNOWN = "another program that cannot be named (a backup, an SQLite browser, an aggregator elsewhere)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock on some file, as Linux tells it."""

    process: int
    #: It keeps others from writing; a shared one only from ending what they write.
    is_exclusive: bool


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds what was asked for. https://www.sqlite.org/rescode.html#busy"""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def who_holds(library: Path, *, myself: int | None = None) -> str:
    """Who seems to keep a library from us: a run of ours, or the process that the system names."""
    myself = myself or os.getpid()
    process = _process_at(library, myself)
    ours = holder_of(library.parent, "writer")
    if ours and ours.process not in (0, myself) and process in (None, ours.process):
        return f"{ours}, at work since {ours.since:%Y-%m-%d %H:%M} UTC"
    return f"process {process}{_name_of(process)}" if process else _UNKNOWN


def waiting(library: Path, *, until: datetime) -> str:
    """What is said when it has taken a few seconds."""
    return f"{library} is kept locked by {who_holds(library)}; it is waited for until {until:%H:%M:%S} UTC at most"


def given_up(library: Path, *, waited: timedelta) -> str:
    """What is said when it has taken too long."""
    return (
        f"another run is writing to the library, or something else has it open: {who_holds(library)}; it was waited "
        f"for {waited.total_seconds():.0f} seconds; wait until it has ended, or end it if it hangs, and run again"
    )


def locks_of(told: str, *, device: int, inode: int) -> tuple[Lock, ...]:
    """The locks that are held on a file, from the words of /proc/locks."""
    file = f"{os.major(device):02x}:{os.minor(device):02x}:{inode}"
    rows = (line.split() for line in told.splitlines())
    # One that waits for a lock has an arrow in the place of its kind.
    return tuple(
        Lock(process=int(row[4]), is_exclusive=row[3] == "WRITE")
        for row in rows
        if len(row) >= 6 and row[1] != "->" and row[5] == file
    )


def _process_at(library: Path, myself: int) -> int | None:
    """Another process that has a lock on the file, one that writes before one that reads."""
    with suppress(OSError, ValueError, AttributeError):
        here = library.stat()
        locks = locks_of(LOCKS.read_text(), device=here.st_dev, inode=here.st_ino)
        # Of a process outside our container no number is known.
        others = [lock for lock in locks if lock.process > 0 and lock.process != myself]
        return max(others, key=lambda lock: lock.is_exclusive).process if others else None
    return None


def _name_of(process: int) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return f" ({Path(f'/proc/{process}/comm').read_text().strip()})"
    return ""
