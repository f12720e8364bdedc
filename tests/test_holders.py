"""A library that somebody else keeps locked: who it is and how long it is waited for is said, and then what to do."""

import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from aggregator.cli import main
from aggregator.errors import LibraryError
from aggregator.library import Library, holders, store
from aggregator.library.holders import Lock, locks_of
from aggregator.locks import holding
from aggregator.operator_mail import kind_of

NOW = datetime(2026, 11, 16, 5, 30, tzinfo=UTC)

#: Locks a file until somebody writes it a line.
HOLDS = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(sys.argv[2])
db.execute("SELECT count(*) FROM runs").fetchone()
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
print("free", flush=True)
"""


@pytest.fixture(autouse=True)
def heard(caplog):
    """What is said of a lock is heard even where a test before has silenced the log."""
    caplog.set_level(logging.WARNING, logger=store.log.name)


@pytest.fixture
def file(tmp_path):
    with Library(tmp_path / "library.sqlite"):
        return tmp_path / "library.sqlite"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(store, "_SILENCE", 0.01)
    monkeypatch.setattr(store, "_PATIENCE_AT_FIRST", 0.02)
    monkeypatch.setattr(store, "_PATIENCE", 0.02)


@contextmanager
def held(file, how="BEGIN EXCLUSIVE"):
    command = [sys.executable, "-c", HOLDS, str(file), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        try:
            yield other
        finally:
            other.communicate()


def lets_go(other):
    other.stdin.write("\n")
    other.stdin.flush()
    assert other.stdout.readline() == "free\n"


class LetsGo(logging.Handler):
    """Whoever holds the library lets it go as soon as somebody says that she waits."""

    def __init__(self, other):
        super().__init__(logging.WARNING)
        self.other, self.said = other, []

    def emit(self, record):
        self.said.append(record.getMessage())
        lets_go(self.other)


def writes(library):
    with library._store.writing() as db:
        db.execute("INSERT INTO facts VALUES ('a', 'b')")


needs_linux = pytest.mark.skipif(not holders.LOCKS.exists(), reason="who holds a lock is told in /proc/locks")


@needs_linux
@pytest.mark.parametrize(
    ("how", "work"),
    [
        pytest.param("BEGIN EXCLUSIVE", lambda file: Library(file, clock=lambda: NOW).close(), id="in opening"),
        pytest.param("BEGIN IMMEDIATE", None, id="in beginning to write"),
        pytest.param("BEGIN", None, id="in ending to write, held up by a reader"),
    ],
)
def test_who_waits_says_for_whom_and_until_when_and_then_goes_on(file, how, work, monkeypatch):
    monkeypatch.setattr(store, "_SILENCE", 0)
    with Library(file, clock=lambda: NOW) as library, held(file, how) as other:
        handler = LetsGo(other)
        store.log.addHandler(handler)
        try:
            work(file) if work else writes(library)
        finally:
            store.log.removeHandler(handler)
    (said,) = handler.said
    assert said.startswith(f"{file} is kept locked by process {other.pid} (")
    assert said.endswith("it is waited for until 05:32:00 UTC at most" if work else "until 05:30:30 UTC at most")


@needs_linux
def test_in_the_end_it_is_said_who_it_is_and_what_to_do(file, impatient, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    with held(file) as other:
        assert main(["--workspace", ".", "export"]) == 1
    said = capfd.readouterr().err
    assert f"WARNING library.sqlite is kept locked by process {other.pid}" in said
    assert "wait until it has ended, or end it if it hangs, and run again" in said


def test_a_run_of_ours_is_named_by_its_verb(file, monkeypatch):
    monkeypatch.setattr(holders, "LOCKS", file.with_name("none"))
    with held(file), holding(file.parent, "writer", "weekly", now=NOW):
        said = holders.who_holds(file, myself=1)
    assert said == f"`weekly` (process {os.getpid()}), at work since 2026-11-16 05:30 UTC"


def test_we_do_not_name_ourselves(file, monkeypatch):
    monkeypatch.setattr(holders, "LOCKS", file.with_name("none"))
    with held(file), holding(file.parent, "writer", "weekly", now=NOW):
        assert holders.who_holds(file).startswith("another program that cannot be named")


def test_a_library_that_is_given_up_is_left_ready_for_the_next(file, impatient):
    with Library(file) as library:
        with held(file, "BEGIN"), pytest.raises(LibraryError, match="another run is writing to the library") as caught:
            writes(library)
        writes(library)
    assert kind_of(str(caught.value)).name == "another run"


def test_who_only_looks_does_not_wait_for_long_and_hears_who_it_is(file, monkeypatch):
    monkeypatch.setattr("aggregator.library.looking._PATIENCE", 0.01)
    with held(file), pytest.raises(LibraryError, match="run again"):
        Library(file, looks_only=True)


def test_what_is_no_lock_is_raised_as_it_is(file):
    with Library(file) as library, pytest.raises(LibraryError, match="no such table"):
        library._store.rows("SELECT * FROM no_such_thing")
    with closing(sqlite3.connect(file)) as db, pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("SELECT * FROM no_such_thing")
    assert not holders.is_busy(caught.value)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            "1: POSIX  ADVISORY  WRITE 3568 fd:01:99 1073741825 1073741825\n",
            (Lock(process=3568, is_exclusive=True),),
            id="who writes",
        ),
        pytest.param(
            "1: POSIX  ADVISORY  READ 12 fd:01:99 1073741826 1073742335\n",
            (Lock(process=12, is_exclusive=False),),
            id="who reads",
        ),
        pytest.param("1: -> POSIX  ADVISORY  WRITE 3568 fd:01:99 0 EOF\n", (), id="who waits holds nothing"),
        pytest.param("1: POSIX  ADVISORY  WRITE 3568 fd:01:98 0 EOF\n", (), id="another file"),
        pytest.param("1: POSIX  ADVISORY  WRITE 3568 fd:02:99 0 EOF\n", (), id="another disk"),
        pytest.param("nothing of the kind\n\n", (), id="other words"),
    ],
)
def test_the_systems_list_of_locks_is_read(told, expected):
    assert locks_of(told, device=os.makedev(0xFD, 1), inode=99) == expected
