"""The SQLite file: its schema, its transactions, and how values are packed into it."""

from __future__ import annotations

import logging
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from aggregator.errors import LibraryError
from aggregator.files import make_private
from aggregator.library import backup, holders
from aggregator.library.remedies import explained

log = logging.getLogger(__name__)

#: Raised by one whenever the schema changes; a newer file is refused.
VERSION = 5
APPLICATION_ID = 0x4B45544C  # "KETL", so that `file` and we ourselves recognise a library

_MAILING_LIST = """\
CREATE TABLE subscribers (
    address   TEXT PRIMARY KEY,    -- in lower case
    email     TEXT NOT NULL,
    name      TEXT,
    topics    TEXT NOT NULL,       -- JSON; empty: all
    designs   TEXT NOT NULL,       -- JSON; empty: all
    cadence   TEXT NOT NULL,
    timezone  TEXT,
    items     INTEGER,
    consented TEXT NOT NULL,       -- a day
    source    TEXT NOT NULL
) STRICT;
CREATE TABLE paused (
    address TEXT PRIMARY KEY,      -- in lower case
    since   TEXT NOT NULL
) STRICT;
CREATE TABLE removed (
    mark    TEXT PRIMARY KEY,      -- a keyed hash of the address
    removed TEXT NOT NULL,
    way     TEXT NOT NULL          -- by whose wish: link, mailbox, command line
) STRICT;
CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    mark  TEXT NOT NULL UNIQUE
) STRICT;
"""

_IMPORTS = """\
CREATE TABLE imports (
    file     TEXT PRIMARY KEY,     -- its whole path
    size     INTEGER NOT NULL,
    modified INTEGER NOT NULL,     -- nanoseconds, as the disk tells it
    asked    TEXT NOT NULL,        -- a hash of the queries it was picked over for
    finished TEXT NOT NULL
) STRICT;
"""

_RUNS = """\
CREATE TABLE runs (
    id      TEXT PRIMARY KEY,
    job     TEXT NOT NULL,
    due     TEXT,                  -- UTC, the moment that it was run for
    started TEXT NOT NULL,
    ended   TEXT,                  -- NULL: under way, or killed
    result  TEXT,                  -- done, in part, failed, stopped
    problem TEXT
) STRICT;
CREATE INDEX runs_by_job ON runs (job, started);
"""

_EDITIONS = """\
CREATE TABLE editions (
    issue   TEXT PRIMARY KEY REFERENCES issues,
    edition BLOB NOT NULL          -- Edition, JSON, deflated: what the general edition said
) STRICT;
"""

SCHEMA = f"""
CREATE TABLE citations (
    pmid       TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    title      TEXT NOT NULL,
    published  TEXT,               -- 2026, 2026-03 or 2026-03-14
    entered    TEXT,               -- CRDT
    revised    TEXT,               -- LR
    first_seen TEXT NOT NULL,      -- UTC
    fetched    TEXT NOT NULL,      -- UTC, when the newest version came
    deleted    TEXT,               -- UTC, when PubMed was found to have dropped it
    citation   BLOB NOT NULL,      -- Citation, JSON, deflated
    raw        BLOB NOT NULL,      -- PubMed's own XML, deflated
    doi        TEXT                -- in lower case
) STRICT;
CREATE INDEX citations_by_doi ON citations (doi);
CREATE TABLE summaries (
    pmid    TEXT PRIMARY KEY REFERENCES citations,
    bucket  TEXT NOT NULL,
    design  TEXT NOT NULL,
    summary BLOB NOT NULL          -- Summary, JSON, deflated
) STRICT;
CREATE TABLE matches (
    pmid       TEXT NOT NULL REFERENCES citations,
    topic      TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    backfill   INTEGER NOT NULL,   -- 1: found when the topic was filled for the first time
    lost       TEXT,               -- UTC, since when it no longer matches
    PRIMARY KEY (pmid, topic)
) STRICT;
CREATE INDEX matches_by_topic ON matches (topic);
CREATE TABLE searches (
    id          INTEGER PRIMARY KEY,
    topic       TEXT NOT NULL,
    query       TEXT NOT NULL,
    started     TEXT NOT NULL,
    translation TEXT,
    found       INTEGER,
    new         INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    missing     TEXT NOT NULL,     -- PMIDs, JSON
    warnings    TEXT NOT NULL,     -- JSON
    complete    INTEGER NOT NULL,
    problem     TEXT
) STRICT;
CREATE INDEX searches_by_topic ON searches (topic, id);
CREATE TABLE changes (
    id     INTEGER PRIMARY KEY,
    pmid   TEXT NOT NULL REFERENCES citations,
    kind   TEXT NOT NULL,
    field  TEXT NOT NULL,
    before TEXT,
    after  TEXT,
    seen   TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_pmid ON changes (pmid);
CREATE INDEX changes_by_time ON changes (seen);
CREATE TABLE issues (
    issue   TEXT PRIMARY KEY,      -- 2026-W47
    started TEXT NOT NULL,
    ended   TEXT NOT NULL,
    shown   TEXT NOT NULL          -- PMIDs, JSON: what the general edition showed
) STRICT;
CREATE TABLE announcements (
    pmid  TEXT PRIMARY KEY REFERENCES citations,
    issue TEXT NOT NULL REFERENCES issues
) STRICT;
CREATE TABLE sent (
    issue      TEXT NOT NULL,
    subscriber TEXT NOT NULL,
    state      TEXT NOT NULL,      -- sending, sent, failed, quiet
    attempts   INTEGER NOT NULL,
    answer     TEXT,
    moment     TEXT NOT NULL,
    pmids      TEXT NOT NULL,      -- JSON, the studies that the message showed
    told       TEXT NOT NULL DEFAULT '[]',  -- JSON, these and the ones it left to the report
    started    TEXT,               -- the period that the message was about
    ended      TEXT,
    PRIMARY KEY (issue, subscriber)
) STRICT;
{_MAILING_LIST}{_EDITIONS}{_IMPORTS}{_RUNS}CREATE TABLE facts (
    name  TEXT PRIMARY KEY,        -- such as "refetched"
    value TEXT NOT NULL
) STRICT;
"""

#: What makes a library of a version one of the next. `doi_of` reads a packed citation.
UPGRADES = {
    # The index of words was asked by nobody and took a third of the time of storing.
    1: """
DROP TABLE words;
ALTER TABLE citations ADD COLUMN doi TEXT;
UPDATE citations SET doi = doi_of(citation);
CREATE INDEX citations_by_doi ON citations (doi);
""",
    # The ledger tells what each subscriber has been told of, and up to when; her digests follow from it.
    2: """
UPDATE OR REPLACE sent SET subscriber = lower(subscriber);
ALTER TABLE sent ADD COLUMN told TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sent ADD COLUMN started TEXT;
ALTER TABLE sent ADD COLUMN ended TEXT;
UPDATE sent SET
    started = (SELECT started FROM issues WHERE issues.issue = sent.issue),
    ended = (SELECT ended FROM issues WHERE issues.issue = sent.issue),
    told = (SELECT json_group_array(pmid) FROM announcements WHERE announcements.issue = sent.issue);
"""  # noqa: S608 - constants
    + _MAILING_LIST,
    # What a digest said then cannot be made again from what is known now; an import goes on where it was.
    3: _EDITIONS + _IMPORTS,
    # Of a job only the moment of its last success was known.
    4: _RUNS
    + """\
INSERT INTO runs
SELECT 'before version 5: ' || substr(name, 1, length(name) - 5), substr(name, 1, length(name) - 5),
    NULL, value, NULL, 'done', NULL
FROM facts WHERE name LIKE '% done';
DELETE FROM facts WHERE name LIKE '% done';
""",
}

T = TypeVar("T")


def pack(value: object) -> bytes:
    """A dataclass as deflated JSON."""
    return squeeze(msgspec.json.encode(value))


def squeeze(data: bytes) -> bytes:
    """Deflated at the level where time and room are both well spent (3: a quarter quicker than 6, 4 % larger)."""
    return zlib.compress(data, 3)


def unpack(blob: bytes, kind: type[T]) -> T:
    """The dataclass that `pack` was given."""
    return msgspec.json.decode(zlib.decompress(blob), type=kind)


def unpacked(blob: bytes | None, kind: type[T]) -> T | None:
    """The same, or None for what is not there or damaged."""
    try:
        return unpack(blob, kind) if blob is not None else None
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        return None


def inflated(blob: bytes) -> bytes | None:
    """What `squeeze` was given, or None for what is damaged."""
    try:
        return zlib.decompress(blob)
    except zlib.error:
        return None


def _doi_of(blob: bytes) -> str | None:
    doi = msgspec.json.decode(zlib.decompress(blob)).get("doi")
    return doi.casefold() if doi else None


#: Seconds that one waits for another who writes; and for one who upgrades, before whom nothing can be done.
_PATIENCE, _PATIENCE_AT_FIRST = 30, 120
#: The first of them pass in silence: whoever writes is mostly done by then.
_SILENCE = 3
#: Copies that are kept of libraries as they were before an upgrade.
KEPT_OF_OLD = 3
#: Their kind, as a regular expression.
OF_OLD = r"version-\d+"


def now_in_utc() -> datetime:
    return datetime.now(UTC)


class Store:
    """An open library file. Every write happens inside `writing()` or not at all.

    An older library is upgraded when it is opened, after a copy of it was kept in the folder `backups` beside it, whose
    name tells version and moment; `keeps_copy=False` does without, for a file that is itself a copy.
    Another process that has it locked is waited for; after a few seconds it is said who that seems to be.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = now_in_utc, keeps_copy: bool = True) -> None:
        self.path = path
        self._clock = clock
        self._silence, self._patience = float(_SILENCE), float(_PATIENCE_AT_FIRST)
        with self._explained("open"):
            self._create(path)
            self._db = sqlite3.connect(path, timeout=self._silence, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._execute("PRAGMA foreign_keys = ON")
            self._execute("PRAGMA synchronous = FULL")
            # Who is erased must not stand in the file's free pages.
            self._execute("PRAGMA secure_delete = ON")
            if self._is_blank():
                self._lay_out()
            self._check_version()
            if self._version() < VERSION:
                self._upgrade(clock, keeps_copy=keeps_copy)
            self._patience = _PATIENCE

    @staticmethod
    def _create(path: Path) -> None:
        """Makes the file, where there is none, readable by its owner alone: it holds abstracts and subscribers."""
        make_private(path.parent)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return

    def _is_blank(self) -> bool:
        """True for a new file, and for one whose making was interrupted before anything stood in it."""
        return not self._execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

    def _lay_out(self) -> None:
        with self.writing():
            # Of two that come at the same moment, one has done it.
            if self._is_blank():
                self._run(SCHEMA)
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _upgrade(self, clock: Callable[[], datetime], *, keeps_copy: bool) -> None:
        """Makes an older library one of this version, wholly or not at all."""
        self._db.create_function("doi_of", 1, _doi_of)
        copied = None
        try:
            with self.writing():
                # Of two that come at the same moment, the second has waited here for the first.
                version = self._version()
                if keeps_copy and version < VERSION:
                    copied = self._copy(version, clock())
                for step in range(version, VERSION):
                    self._run(UPGRADES[step])
                self._db.execute(f"PRAGMA user_version = {VERSION}")
        except BaseException:
            # The library is as it was; a copy for each try would fill the disk.
            if copied:
                copied.unlink(missing_ok=True)
            raise
        backup.thin_out(self.path, OF_OLD, most=KEPT_OF_OLD)

    def _copy(self, version: int, now: datetime) -> Path:
        """A copy of the library as it is; nobody else can write to it now, and nothing was written yet."""
        try:
            return backup.keep(self.path, f"version-{version}", now=now)
        except LibraryError as error:
            raise LibraryError(
                f"this library is of version {version}; before it is made one of version {VERSION}, a copy of it is to "
                f"be kept, which failed, and the library is as it was: {error}",
                path=self.path,
            ) from error

    def _run(self, statements: str) -> None:
        for statement in statements.split(";\n"):
            if statement.strip():
                self._db.execute(statement)

    def _check_version(self) -> None:
        if self._pragma("application_id") != APPLICATION_ID:
            raise LibraryError("this is an SQLite file of another program; choose another --workspace", path=self.path)
        if self._version() > VERSION:
            raise LibraryError(
                "this library was written by a newer version of the aggregator; install that version or newer",
                path=self.path,
            )

    def _version(self) -> int:
        return self._pragma("user_version")

    def _pragma(self, name: str) -> int:
        return int(self._execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is written, or nothing."""
        with self._explained("write"):
            self._execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                # Whoever reads holds it up.
                self._execute("COMMIT")
            except BaseException:
                # A full disk may already have rolled the transaction back.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: tuple[object, ...] | dict[str, object] = ()) -> list[sqlite3.Row]:
        """Every row of a question."""
        with self._explained("read"):
            return self._execute(sql, values).fetchall()

    def each(self, sql: str, values: tuple[object, ...] = ()) -> Iterator[sqlite3.Row]:
        """Rows one by one, for tables that may be large."""
        with self._explained("read"):
            yield from self._execute(sql, values)

    def _execute(self, sql: str, values: tuple[object, ...] | dict[str, object] = ()) -> sqlite3.Cursor:
        """One statement; another process that keeps it from being done is waited for and, if that takes long, named."""
        try:
            return self._db.execute(sql, values)
        except sqlite3.OperationalError as error:
            if not holders.is_busy(error):
                raise
            reason = error
        left = self._patience - self._silence
        if left > 0:
            until = self._clock().astimezone(UTC) + timedelta(seconds=left)
            log.warning("%s", holders.waiting(self.path, until=until))
            self._wait_at_most(left)
            try:
                done = self._db.execute(sql, values)
            except sqlite3.OperationalError as error:
                if not holders.is_busy(error):
                    raise
                reason = error
            else:
                log.info("%s is free again", self.path)
                return done
            finally:
                self._wait_at_most(self._silence)
        waited = timedelta(seconds=max(self._patience, self._silence))
        raise LibraryError(holders.given_up(self.path, waited=waited), path=self.path) from reason

    def _wait_at_most(self, seconds: float) -> None:
        self._db.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}")

    def close(self) -> None:
        self._db.close()

    def _explained(self, doing: str) -> AbstractContextManager[None]:
        return explained(self.path, doing)
