"""Copies of the library's file, whole and sound, whoever writes to it meanwhile; what it holds is not known here."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from aggregator.errors import LibraryError
from aggregator.library.remedies import explained

#: The folder beside a library in which copies of it are kept.
FOLDER = "backups"
#: How often a copy waits in vain for whoever writes, and for how many seconds each time.
_PATIENCE, _WAIT = 1, 60


def folder_of(library: Path) -> Path:
    """Where the copies of a library are kept."""
    return library.parent / FOLDER


def copy(source: Path, to: Path, *, beside: Path | None = None) -> None:
    """A consistent, sound copy of an SQLite file, readable by its owner alone; it is there whole or not at all.

    Whoever writes to the source meanwhile may go on. Raises LibraryError when the source is damaged or the disk full.
    `beside`: where it is written; what a killed process has left there is written over.
    """
    beside = beside or to.with_name(f".{to.name}.writing")
    try:
        with explained(source, "read"), closing(connect(source)) as held:
            held.execute("PRAGMA schema_version").fetchone()
            with explained(to, "copy"):
                _check_room(source, to)
                _make_private(beside)
                # Nobody reads it before it is whole, so that no journal is needed.
                into(held, beside, settings=("journal_mode = OFF", "synchronous = OFF"))
            if faults := faults_of(beside):
                raise LibraryError(
                    f"is damaged ({faults[0]}), so that no copy of it is kept; `check` says more, `restore` brings a "
                    "backup back",
                    path=source,
                )
        with explained(to, "copy"):
            _move_into_place(beside, to)
    finally:
        beside.unlink(missing_ok=True)


def connect(path: Path) -> sqlite3.Connection:
    """An SQLite file that is there, to be read; what a killed run left half written in it is taken back first.

    Where it may only be read, it is opened so.
    """
    mode = "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None)


def into(
    held: sqlite3.Connection, to: Path, *, settings: tuple[str, ...] = ("synchronous = FULL", "secure_delete = ON")
) -> None:
    """Makes `to` what an open file holds, in one transaction: who is killed leaves it as it was."""
    waits = 0

    def patience(_: int, remaining: int, pages: int) -> None:
        nonlocal waits
        waits += 1
        if waits > _PATIENCE and remaining == pages:
            raise sqlite3.OperationalError("database is locked")

    with closing(sqlite3.connect(to, timeout=_WAIT, isolation_level=None)) as copied:
        # secure_delete: erased subscribers must not stand in what this file was before.
        for setting in settings:
            copied.execute(f"PRAGMA {setting}")
        # In one step: in several, each commit of another process would make it begin anew.
        held.backup(copied, pages=-1, progress=patience)


def faults_of(path: Path) -> tuple[str, ...]:
    """What SQLite finds wrong with a file; empty when it is sound."""
    try:
        with closing(connect(path)) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    return () if found == ["ok"] else tuple(found)


def _make_private(file: Path) -> None:
    """An empty file that only its owner may read, in the place of what is there."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _move_into_place(beside: Path, to: Path) -> None:
    """Gives a written file its name once the disk has it, name included, so that no loss of power undoes it."""
    with beside.open("rb+") as stream:
        os.fsync(stream.fileno())
    beside.replace(to)
    # Windows opens no folders, and some file systems do not sync them.
    with suppress(OSError):
        folder = os.open(to.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check_room(source: Path, to: Path) -> None:
    needed, free = source.stat().st_size, shutil.disk_usage(to.parent).free
    if free < needed:
        raise LibraryError(
            f"the disk is too full for a copy of {needed / 1e6:,.1f} MB ({free / 1e6:,.1f} MB free); nothing was lost, "
            "free some space and run again",
            path=to,
        )


def put_in_place(copied: Path, library: Path) -> None:
    """Makes a library what a copy holds, for programs that have it open too; the copy is gone then.

    In one transaction of the library's own file, so that who is killed leaves it as it was; where there is no library
    the copy is moved there.
    """
    with explained(library, "write"):
        if not library.exists():
            _move_into_place(copied, library)
            return
        with closing(connect(copied)) as held:
            into(held, library)
        copied.unlink()


# -- copies that are kept beside the library --------------------------------------------------------


def keep(library: Path, kind: str, *, now: datetime) -> Path:
    """Keeps a copy of a library in the folder beside it, named for its kind and moment."""
    folder = _folder_beside(library)
    place = free_name(folder, kind, now=now)
    # One name for all of a kind, so that runs that are killed again and again do not fill the disk.
    copy(library, place, beside=folder / f".{kind}.writing")
    return place


def move_aside(library: Path, kind: str, *, now: datetime) -> Path:
    """Moves a library that no copy can be made of into the folder beside it, with what SQLite has left beside it."""
    folder = _folder_beside(library)
    place = free_name(folder, kind, now=now)
    with explained(place, "write"):
        _rename(library, place)
        place.chmod(0o600)
    return place


def move_back(place: Path, library: Path) -> None:
    """Undoes `move_aside`."""
    with explained(library, "write"):
        _rename(place, library)


def _rename(library: Path, to: Path) -> None:
    """With the journal, which belongs to the name: without it, what a killed run has half written would stay."""
    journal = library.with_name(f"{library.name}-journal")
    if journal.exists():
        journal.replace(to.with_name(f"{to.name}-journal"))
    library.replace(to)


def _folder_beside(library: Path) -> Path:
    folder = folder_of(library)
    with explained(folder, "keep a copy of"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def free_name(folder: Path, kind: str, *, now: datetime) -> Path:
    """A name for a copy of this kind and moment that is not taken: library-weekly-2026-11-28T053000Z.sqlite."""
    name = f"library-{kind}-{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
    candidates = [folder / f"{name}.sqlite", *(folder / f"{name}-{number}.sqlite" for number in range(2, 100))]
    return next(place for place in candidates if not place.exists())


def kept(library: Path, kinds: str) -> tuple[Path, ...]:
    """The copies beside a library whose kind this regular expression describes, the oldest first."""
    form = re.compile(rf"library-(?:{kinds})-(?P<moment>\d{{4}}-\d\d-\d\dT\d{{6}}Z)(?P<number>-\d+)?\.sqlite")
    folder = folder_of(library)
    found = [form.fullmatch(place.name) for place in folder.iterdir()] if folder.is_dir() else []
    named = sorted(filter(None, found), key=lambda one: (one["moment"], -int(one["number"] or -1)))
    return tuple(folder / one.string for one in named)


def thin_out(library: Path, kinds: str, *, most: int) -> tuple[Path, ...]:
    """Deletes the oldest copies of these kinds beyond `most` of them, and names them; nothing else in the folder."""
    surplus = kept(library, kinds)[: -most or None]
    for place in surplus:
        place.unlink(missing_ok=True)
        place.with_name(f"{place.name}-journal").unlink(missing_ok=True)
    return surplus
