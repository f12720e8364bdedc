"""What SQLite and the system say of a file, told as one error with what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import LibraryError

#: SQLite's words with what to do about them.
_REMEDIES = (
    ("disk is full", "the disk is full; nothing was lost, free some space and run again"),
    (
        "disk I/O error",
        "the disk takes no more (full, or failing); nothing was lost: free some space or check it, and run again",
    ),
    ("readonly", "the library cannot be written; check the rights of the file and its folder"),
    ("unable to open", "the library cannot be opened; check the folder and its rights"),
    ("locked", "another run is writing to the library; wait until it has ended and run again"),
    ("not a database", "this is not a library; move the file away or choose another --workspace"),
    (
        "malformed",
        "the library's file is damaged; `restore` a backup, or move it away and run update",
    ),
)


@contextmanager
def explained(path: Path, doing: str) -> Iterator[None]:
    """Raises LibraryError with a remedy for whatever the system or SQLite has against `doing` something with a file."""
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryError(_remedy(error, doing), path=path) from error
    except OSError as error:
        raise LibraryError(
            f"cannot {doing} the library ({error.strerror}); check the folder and its rights", path=path
        ) from error


def _remedy(error: sqlite3.Error, doing: str) -> str:
    words = str(error)
    return next(
        (remedy for mark, remedy in _REMEDIES if mark in words),
        f"cannot {doing} the library ({words}); run `doctor`",
    )
