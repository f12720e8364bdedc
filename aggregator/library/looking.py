"""A library that is only looked at: not made, not upgraded, not changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from aggregator.errors import LibraryError
from aggregator.library.store import VERSION, Store

#: Seconds that somebody who only looks waits for whoever writes.
_PATIENCE = 5
#: The oldest SQLite that knows STRICT tables (https://www.sqlite.org/stricttables.html).
OLDEST_SQLITE = (3, 37, 0)


class OlderLibrary(LibraryError):
    """A library that is still to be upgraded, which whoever only looks does not do."""


class StoreToLookAt(Store):
    """A library's file, opened for reading. LibraryError when there is none, or none that can be read as it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # So short a wait needs no word.
        self._silence = self._patience = _PATIENCE
        with self._explained("open"):
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE, isolation_level=None
            )
            self._db.row_factory = sqlite3.Row
            try:
                self._check_version()
                self._check_age()
            except BaseException:
                self._db.close()
                raise

    def _check_age(self) -> None:
        version = self._pragma("user_version")
        if version < VERSION:
            raise OlderLibrary(
                f"of version {version}; its next use makes it one of version {VERSION}; keep a copy of it first",
                path=self.path,
            )


def sqlite_version() -> tuple[str, bool]:
    """The SQLite that Python brings, and whether it can hold a library."""
    return sqlite3.sqlite_version, sqlite3.sqlite_version_info >= OLDEST_SQLITE
