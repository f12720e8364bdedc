"""Whether a library is sound: its file, what points where, and whether everything packed in it can be unpacked.

A library is looked at as it is: nothing is upgraded, nothing mended.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from aggregator.citation import Citation
from aggregator.edition import Edition
from aggregator.errors import AggregatorError, LibraryError
from aggregator.library.backup import connect
from aggregator.library.remedies import explained
from aggregator.library.store import APPLICATION_ID, VERSION, unpacked
from aggregator.summary import Summary

_RESTORE = "`restore` a backup"
_READ_AGAIN = "`resummarise` reads it again from PubMed's own record"
_FETCHED_AGAIN = "`update` fetches it again within [pubmed] refetch_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a library's file says of itself."""

    file: Path
    #: Bytes.
    size: int
    version: int
    studies: int
    #: When PubMed was asked last; None: never.
    asked: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in a library that is not as it should be, and what to do about it."""

    #: Such as "PMID 90000001".
    subject: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at, in how many places, and what is wrong there."""

    name: str
    examined: int
    faults: tuple[Fault, ...]


def held_in(path: Path) -> Held:
    """What a file holds; LibraryError when there is none, it is no library, or one of a newer version."""
    if path.is_dir():
        raise LibraryError("is a folder; name the library's file in it", path=path)
    if not path.exists():
        raise LibraryError("there is no such library; check the path", path=path)
    try:
        with explained(path, "read"), closing(connect(path)) as db:
            return _held(path, db)
    except LibraryError as error:
        if getattr(error.__cause__, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise LibraryError(
                f"is no library, or a damaged one ({error.__cause__}); name another file, or `restore` a backup",
                path=path,
            ) from error
        raise


def _held(path: Path, db: sqlite3.Connection) -> Held:
    if _number(db, "PRAGMA application_id") != APPLICATION_ID:
        raise LibraryError("is empty, or an SQLite file of another program; name a library", path=path)
    version = _number(db, "PRAGMA user_version")
    if version > VERSION:
        raise LibraryError(
            f"is of version {version}, and this program knows versions up to {VERSION}; install a newer one", path=path
        )
    asked = db.execute("SELECT max(started) FROM searches").fetchone()[0]
    return Held(
        file=path,
        size=path.stat().st_size,
        version=version,
        studies=_number(db, "SELECT count(*) FROM citations"),
        asked=datetime.fromisoformat(asked) if asked else None,
    )


def check(path: Path, *, read: Callable[[bytes], Citation]) -> tuple[Check, ...]:
    """Looks at everything in a library; `read` reads one of PubMed's own records and raises for one that it cannot."""
    with explained(path, "read"), closing(connect(path)) as db:
        db.row_factory = sqlite3.Row
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return tuple(_looked_at(name, look(db, read)) for name, (needed, look) in _CHECKS.items() if needed <= tables)


def _looked_at(name: str, look: Iterator[Fault | None]) -> Check:
    """Counts what is looked at and gathers the faults; one that ends early is a fault itself."""
    examined, faults = 0, []
    try:
        for fault in look:
            examined += 1
            if fault:
                faults.append(fault)
    except sqlite3.DatabaseError as error:
        faults.append(Fault(subject=name, problem=f"cannot be read to the end ({error})", remedy=_RESTORE))
    return Check(name=name, examined=examined, faults=tuple(faults))


# -- each gives a fault or None for everything that it has looked at ---------------------------------


def _file(db: sqlite3.Connection, _: object) -> Iterator[Fault | None]:
    for row in db.execute("PRAGMA integrity_check"):
        yield None if row[0] == "ok" else Fault(subject="the file", problem=str(row[0]), remedy=_RESTORE)


def _references(db: sqlite3.Connection, _: object) -> Iterator[Fault | None]:
    lost = {(row[0], row[1]): row[2] for row in db.execute("PRAGMA foreign_key_check")}
    for table in [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]:
        if db.execute(f"PRAGMA foreign_key_list({table})").fetchone():
            for row in db.execute(f"SELECT rowid AS place, * FROM {table}"):  # noqa: S608 - the schema's own name
                target = lost.get((table, row["place"]))
                problem = f"{table} names it, and {target} does not have it"
                yield Fault(subject=_subject(row), problem=problem, remedy=_RESTORE) if target else None


def _subject(row: sqlite3.Row) -> str:
    return f"PMID {row['pmid']}" if "pmid" in row.keys() else f"digest {row['issue']}"  # noqa: SIM118 - a Row is no dict


def _citations(db: sqlite3.Connection, _: object) -> Iterator[Fault | None]:
    for row in db.execute("SELECT pmid, citation FROM citations ORDER BY pmid"):
        citation = unpacked(row["citation"], Citation)
        if citation is None:
            yield Fault(subject=f"PMID {row['pmid']}", problem="its citation cannot be unpacked", remedy=_READ_AGAIN)
        elif citation.pmid != row["pmid"]:
            problem = f"its citation is that of PMID {citation.pmid}"
            yield Fault(subject=f"PMID {row['pmid']}", problem=problem, remedy=_READ_AGAIN)
        else:
            yield None


def _summaries(db: sqlite3.Connection, _: object) -> Iterator[Fault | None]:
    for row in db.execute("SELECT pmid, summary FROM citations LEFT JOIN summaries USING (pmid) ORDER BY pmid"):
        problem = None
        if row["summary"] is None:
            problem = "it has no summary, and is shown nowhere"
        elif unpacked(row["summary"], Summary) is None:
            problem = "its summary cannot be unpacked"
        yield Fault(subject=f"PMID {row['pmid']}", problem=problem, remedy=_READ_AGAIN) if problem else None


def _records(db: sqlite3.Connection, read: Callable[[bytes], Citation]) -> Iterator[Fault | None]:
    for row in db.execute("SELECT pmid, raw FROM citations ORDER BY pmid"):
        problem = _unreadable(row["raw"], row["pmid"], read)
        yield Fault(subject=f"PMID {row['pmid']}", problem=problem, remedy=_FETCHED_AGAIN) if problem else None


def _unreadable(raw: bytes, pmid: str, read: Callable[[bytes], Citation]) -> str | None:
    try:
        found = read(zlib.decompress(raw)).pmid
    except zlib.error:
        return "PubMed's record of it cannot be unpacked"
    except (AggregatorError, ValueError, StopIteration) as error:
        return f"PubMed's record of it cannot be read ({error})"
    return None if found == pmid else f"PubMed's record of it is that of PMID {found}"


def _digests(db: sqlite3.Connection, _: object) -> Iterator[Fault | None]:
    held = {row[0] for row in db.execute("SELECT pmid FROM citations")}
    for row in db.execute("SELECT issue, shown FROM issues ORDER BY issue"):
        yield _shown(f"digest {row['issue']}", row["shown"], held)
    for row in db.execute("SELECT issue, pmids FROM sent ORDER BY issue"):
        yield _shown(f"a letter of {row['issue']}", row["pmids"], held)


def _shown(subject: str, pmids: str, held: set[str]) -> Fault | None:
    try:
        lost = sorted(set(msgspec.json.decode(pmids, type=list[str])) - held)
    except msgspec.DecodeError:
        return Fault(subject=subject, problem="its list of studies cannot be read", remedy=_RESTORE)
    if lost:
        problem = f"it showed {', '.join(lost[:5])}{' and others' * (len(lost) > 5)}, not held here"
        return Fault(subject=subject, problem=problem, remedy=_RESTORE)
    return None


def _editions(db: sqlite3.Connection, _: object) -> Iterator[Fault | None]:
    for row in db.execute("SELECT issue, edition FROM editions ORDER BY issue"):
        is_whole = unpacked(row["edition"], Edition) is not None
        problem = "its wording cannot be unpacked"
        yield None if is_whole else Fault(subject=f"digest {row['issue']}", problem=problem, remedy=_RESTORE)


Look = Callable[[sqlite3.Connection, Callable[[bytes], Citation]], Iterator[Fault | None]]

#: What is looked at: the tables that it needs, for older libraries lack some, and who looks.
_CHECKS: dict[str, tuple[frozenset[str], Look]] = {
    "the file (integrity_check)": (frozenset(), _file),
    "references (foreign_key_check)": (frozenset(), _references),
    "citations": (frozenset({"citations"}), _citations),
    "summaries": (frozenset({"citations", "summaries"}), _summaries),
    "PubMed's own records": (frozenset({"citations"}), _records),
    "digests and letters": (frozenset({"citations", "issues", "sent"}), _digests),
    "digests' wordings": (frozenset({"editions"}), _editions),
}


def _number(db: sqlite3.Connection, question: str) -> int:
    return int(db.execute(question).fetchone()[0])
