"""An older library is copied and then upgraded, once, wholly or not at all, whoever kills whom at which moment."""

from __future__ import annotations

import gzip
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.errors import LibraryError
from aggregator.library import Library, backup, store
from aggregator.library.store import KEPT_OF_OLD, UPGRADES, VERSION
from tests.test_disk import fill

TOP = Path(__file__).resolve().parent.parent
LIBRARIES = Path(__file__).parent / "fixtures" / "libraries"
NOW = datetime(2026, 11, 28, 5, 30, tzinfo=UTC)
OLD = range(1, VERSION)


def old_library(folder, version):
    file = folder / "library.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / f"version-{version}.sqlite.gz").read_bytes()))
    return file


def state(file):
    """The version and everything that a library holds."""
    with closing(backup.connect(file)) as db:
        return db.execute("PRAGMA user_version").fetchone()[0], list(db.iterdump())


def opened(file, now=NOW):
    with Library(file, clock=lambda: now) as library:
        assert library.faults() == ()
        return len(library)


@pytest.mark.parametrize("version", OLD)
def test_before_an_upgrade_a_copy_of_the_library_as_it_was_is_kept(tmp_path, version):
    file = old_library(tmp_path, version)
    before = state(file)
    assert opened(file) == 3
    copied = tmp_path / "backups" / f"library-version-{version}-2026-11-28T053000Z.sqlite"
    assert list(copied.parent.iterdir()) == [copied]
    assert state(copied) == before
    assert state(file)[0] == VERSION
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert stat.S_IMODE(copied.parent.stat().st_mode) == 0o700
    # The copy is a library like any other.
    assert opened(copied) == 3


def test_a_library_of_this_version_is_not_copied(tmp_path):
    opened(tmp_path / "library.sqlite")
    opened(tmp_path / "library.sqlite")
    assert not (tmp_path / "backups").exists()


def test_a_bounded_number_of_such_copies_is_kept_the_newest_ones_and_no_other_file_is_touched(tmp_path):
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "library-version-1-mine.sqlite").write_text("an invented file of the operator's")
    for month in range(1, KEPT_OF_OLD + 4):
        opened(old_library(tmp_path, 3 if month % 2 else 4), NOW.replace(month=month))
    kept = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert kept == [
        "library-version-1-mine.sqlite",
        "library-version-3-2026-05-28T053000Z.sqlite",
        "library-version-4-2026-04-28T053000Z.sqlite",
        "library-version-4-2026-06-28T053000Z.sqlite",
    ]


def test_two_copies_of_one_moment_do_not_replace_each_other(tmp_path):
    for _ in range(3):
        opened(old_library(tmp_path, 4))
    assert [path.name for path in backup.kept(tmp_path / "library.sqlite", store.OF_OLD)] == [
        "library-version-4-2026-11-28T053000Z.sqlite",
        "library-version-4-2026-11-28T053000Z-2.sqlite",
        "library-version-4-2026-11-28T053000Z-3.sqlite",
    ]


# -- what is in the way -----------------------------------------------------------------------------


def test_without_room_for_the_copy_the_library_is_left_as_it_was_until_there_is(small_disk):
    file = old_library(small_disk, 1)
    before = file.read_bytes()
    fill(small_disk, leaving=20_000)
    with pytest.raises(
        LibraryError, match=r"of version 1; before .* a copy .* as it was: .*too full for a copy .* free some space"
    ):
        Library(file)
    assert file.read_bytes() == before
    assert [path.name for path in (small_disk / "backups").iterdir()] == []
    (small_disk / "filler").unlink()
    assert opened(file) == 3


def test_a_disk_that_fills_up_after_the_copy_leaves_the_library_as_it_was_and_no_copy_for_each_try(small_disk):
    file = old_library(small_disk, 1)
    before = file.read_bytes()
    fill(small_disk, leaving=len(before) + 12_000)
    for _ in range(3):
        with pytest.raises(LibraryError, match=r"full.* free some space"):
            Library(file)
    assert file.read_bytes() == before
    assert [path.name for path in (small_disk / "backups").iterdir()] == []
    (small_disk / "filler").unlink()
    assert opened(file) == 3


def test_a_folder_for_copies_that_cannot_be_made_is_named_and_the_library_left_as_it_was(tmp_path):
    file = old_library(tmp_path, 4)
    before = file.read_bytes()
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(
        LibraryError, match=r"the library as it was|library is as it was: .*backups: cannot keep a copy"
    ):
        Library(file)
    assert file.read_bytes() == before


def test_a_damaged_library_is_not_upgraded(tmp_path):
    file = old_library(tmp_path, 4)
    data = bytearray(file.read_bytes())
    # Pages in the middle: the header and the list of tables stay readable.
    data[5 * 4096 : 9 * 4096] = b"\xaa" * (4 * 4096)
    file.write_bytes(data)
    with pytest.raises(LibraryError, match=r"library\.sqlite: is damaged .*`check` says more"):
        Library(file)
    assert file.read_bytes() == bytes(data)


@pytest.mark.parametrize("version", OLD)
def test_all_steps_are_one_so_that_the_last_ones_failure_undoes_the_first(tmp_path, monkeypatch, version):
    file = old_library(tmp_path, version)
    before = state(file)
    monkeypatch.setitem(UPGRADES, VERSION - 1, UPGRADES[VERSION - 1] + "INSERT INTO absent VALUES (1);\n")
    with pytest.raises(LibraryError, match="no such table: absent"):
        Library(file)
    assert state(file) == before
    assert list((tmp_path / "backups").iterdir()) == []


# -- others -----------------------------------------------------------------------------------------

CHILD = f"""
import os, resource, signal, sqlite3, sys
from datetime import datetime
from pathlib import Path
from aggregator.library import Library, store

file, role, at, tear = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
statements = 0

def seen(statement):
    global statements
    statements += statement.split()[0] in ("UPDATE", "CREATE", "ALTER", "DROP", "INSERT", "DELETE")
    if role == "second" and statement == "BEGIN IMMEDIATE":
        print("waits", flush=True)
    if role == "killed" and statements == at:
        os.kill(os.getpid(), signal.SIGKILL)
    if role == "torn" and statement == "COMMIT":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (tear, tear))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)

class Watched(sqlite3.Connection):
    def __init__(self, path, **options):
        super().__init__(path, **options)
        if path == file:
            self.set_trace_callback(seen)
            if role == "killed":
                # Pages go to the file before the commit, as those of a large library do.
                self.execute("PRAGMA cache_size = 1")

connect = sqlite3.connect
sqlite3.connect = lambda path, **options: connect(path, **options, factory=Watched)

def clock():
    if role == "first":
        print("upgrades", flush=True)
        sys.stdin.readline()
    if role == "second":
        print("upgrades, too", flush=True)
    return datetime.fromisoformat("{NOW.isoformat()}")

with Library(file, clock=clock) as library:
    print(len(library), "studies", flush=True)
"""


def child(file, role, *, at=0, tear=0):
    command = [sys.executable, "-c", CHILD, str(file), role, str(at), str(tear)]
    return subprocess.Popen(command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_of_two_processes_that_open_an_old_library_one_upgrades_and_the_other_waits_and_goes_on(tmp_path):
    file = old_library(tmp_path, 1)
    with child(file, "first") as first:
        assert first.stdout.readline() == "upgrades\n"
        with child(file, "second") as second:
            assert second.stdout.readline() == "waits\n"
            first.communicate("go on\n")
            assert second.stdout.read() == "3 studies\n"
    assert (first.returncode, second.returncode) == (0, 0)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["library-version-1-2026-11-28T053000Z.sqlite"]


def test_one_that_is_killed_while_another_waits_leaves_the_upgrade_to_it(tmp_path):
    file = old_library(tmp_path, 2)
    with child(file, "first") as first:
        assert first.stdout.readline() == "upgrades\n"
        with child(file, "second") as second:
            assert second.stdout.readline() == "waits\n"
            first.kill()
            assert second.stdout.read() == "upgrades, too\n3 studies\n"
    assert second.returncode == 0
    assert opened(file) == 3


def statements(version):
    """How many statements make a library of this version one of the present one."""
    steps = "".join(UPGRADES[step] for step in range(version, VERSION))
    return len([one for one in steps.split(";\n") if one.strip()])


@pytest.mark.parametrize(
    ("version", "at"),
    [(version, at) for version in OLD for at in (1, 2, 1 + statements(version) // 2, statements(version))],
)
def test_killed_at_any_statement_of_an_upgrade_the_old_library_is_there_and_the_next_one_upgrades_it(
    tmp_path, version, at
):
    file = old_library(tmp_path, version)
    before = state(file)
    with child(file, "killed", at=at) as killed:
        said, _ = killed.communicate()
    assert (killed.returncode, said) == (-9, "")
    assert state(file) == before
    assert opened(file) == 3


@pytest.mark.parametrize("tear", range(2048, 32 * 4096, 4 * 4096))
def test_killed_between_two_pages_of_the_commit_the_old_library_is_there(tmp_path, tear):
    file = old_library(tmp_path, 3)
    before = state(file)
    with child(file, "torn", tear=tear) as torn:
        torn.communicate()
    if torn.returncode == 0:
        assert tear > file.stat().st_size - 4096, "it was not killed"
    else:
        copied = tmp_path / "copied"
        copied.mkdir()
        for part in tmp_path.glob("library.sqlite*"):
            shutil.copy(part, copied)
        assert state(copied / file.name) == before
    assert opened(file) == 3


def test_who_makes_a_new_library_at_the_same_moment_as_another_finds_it_made(tmp_path, monkeypatch):
    file = tmp_path / "library.sqlite"
    lay_out = store.Store._lay_out

    def after_another(self):
        monkeypatch.undo()
        opened(file)
        lay_out(self)

    monkeypatch.setattr(store.Store, "_lay_out", after_another)
    assert opened(file) == 0


def test_the_fixtures_are_of_every_version_that_was_ever_in_use():
    assert {path.name for path in LIBRARIES.iterdir()} == {f"version-{version}.sqlite.gz" for version in OLD}
    assert set(UPGRADES) == set(OLD)
