"""Who is at work in a folder: a lock that dies with its process, and beside it a note that says whose it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from aggregator.errors import LibraryError
from aggregator.files import make_private, write_whole

#: Nobody but the owner may read what is noted, or hold the lock.
_PRIVATE = 0o600
#: Seconds: whoever only asks who is there holds a lock for a moment.
_MOMENT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock."""

    #: As it was typed: "schedule", "update".
    verb: str
    process: int
    since: datetime

    def __str__(self) -> str:
        return f"`{self.verb}` (process {self.process})"


class Occupied(LibraryError):
    """Somebody else is at work in this workspace."""


@contextmanager
def holding(folder: Path, name: str, verb: str, *, now: datetime) -> Iterator[None]:
    """Holds the lock `.NAME.lock` of a folder, made where there is none; Occupied says who has it.

    The system takes the lock from a process that ends, however it ends; only the note may outlive it, and says nothing
    without the lock.
    """
    make_private(folder)
    note = _note(folder, name)
    try:
        with FileLock(_lock(folder, name), timeout=_MOMENT, mode=_PRIVATE):
            holder = Holder(verb=verb, process=os.getpid(), since=now)
            # A full disk keeps nobody from the lock: what it keeps from, the work will say.
            with suppress(OSError):
                write_whole(note, msgspec.json.encode(holder), mode=_PRIVATE)
            try:
                yield
            finally:
                note.unlink(missing_ok=True)
    except Timeout as error:
        found = _read(note)
        who, since = (str(found), f" since {found.since:%Y-%m-%d %H:%M} UTC") if found else ("another run", "")
        raise Occupied(f"{who} is working here{since}; wait until it has ended and run again", path=folder) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What can be seen of a lock from outside."""

    #: None: nobody holds it.
    holder: Holder | None = None
    #: False: the lock could not be tried, and what its note says may be of a process that has ended.
    is_certain: bool = True


def look_at(folder: Path, name: str) -> Seen:
    """Who holds the lock of a folder now. Makes nothing, and needs no right to write."""
    lock, note = _lock(folder, name), _note(folder, name)
    try:
        if not lock.exists():
            return Seen()
        with FileLock(lock, timeout=0, mode=_PRIVATE):
            return Seen()
    except Timeout:
        nameless = Holder(verb="another run", process=0, since=datetime.fromtimestamp(0, UTC))
        return Seen(holder=_read(note) or nameless)
    except (OSError, NotImplementedError):
        # Somebody else's workspace, or a disk without locks: what the note says is all that can be known.
        return Seen(holder=_read(note), is_certain=False)


def holder_of(folder: Path, name: str) -> Holder | None:
    """Who holds the lock of a folder now, as far as that can be known; None: nobody."""
    return look_at(folder, name).holder


def _lock(folder: Path, name: str) -> Path:
    return folder / f".{name}.lock"


def _note(folder: Path, name: str) -> Path:
    return folder / f".{name}"


def _read(note: Path) -> Holder | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return None
