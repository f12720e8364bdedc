"""Backups are whole and sound, restoring loses nothing and undoes nobody's wish, and what is wrong is named."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import zlib
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator import safekeeping
from aggregator.cli import main
from aggregator.errors import LibraryError
from aggregator.library import Library, backup, checking
from aggregator.library.store import VERSION
from aggregator.pubmed.simulator import Simulator
from aggregator.subscribers import Subscriber
from tests.crash_world import WEEKS, command, contents, differences, furnish, worlds
from tests.test_disk import fill

TOP = Path(__file__).resolve().parent.parent
LIBRARIES = Path(__file__).parent / "fixtures" / "libraries"
NOW = datetime(2026, 11, 28, 5, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A place after one week with an invented PubMed, to be copied."""
    place = tmp_path_factory.mktemp("lived")
    world = next(worlds())
    with Simulator(world) as simulator:
        furnish(place, simulator.url)
        assert main(command(place, "weekly")) == 0
    return place


@pytest.fixture
def place(lived, tmp_path):
    shutil.copytree(lived, tmp_path / "place")
    return tmp_path / "place"


def library_of(place):
    return place / "workspace" / "library.sqlite"


def run(place, verb, *words, now=NOW):
    loud = [word for word in command(place, verb, *map(str, words), now=now) if word != "--quiet"]
    return main(loud)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def backups_of(place):
    folder = place / "workspace" / "backups"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def edit(file, statement, *values):
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(statement, values)


# -- backup -----------------------------------------------------------------------------------------


def test_a_backup_holds_what_the_library_holds_for_its_owner_alone(place, tmp_path, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    said = capsys.readouterr().err
    assert "18 studies, PubMed asked last on 2026-11-15" in said
    assert f"`restore {tmp_path / 'copy.sqlite'}` brings it back" in said
    assert mode(tmp_path / "copy.sqlite") == 0o600
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "copy.sqlite", tmp_path / "other" / "library.sqlite")
    assert differences(contents(tmp_path / "other"), contents(place / "workspace")) == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_in_a_folder_a_backup_is_named_for_its_moment(place, tmp_path):
    (tmp_path / "disk").mkdir()
    assert run(place, "backup", tmp_path / "disk") == 0
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["library-2026-11-28T053000Z.sqlite"]


def test_a_file_that_is_there_is_replaced_with_force_only(place, tmp_path, capsys):
    held = tmp_path / "held.sqlite"
    held.write_text("an invented file")
    assert run(place, "backup", held) == 2
    assert "is there already; name another file, or replace it with --force" in capsys.readouterr().err
    assert held.read_text() == "an invented file"
    assert run(place, "backup", held, "--force") == 0
    assert checking.held_in(held).studies == 18
    assert mode(held) == 0o600


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("nowhere/copy.sqlite", "no such folder; make it, or mount the disk"),
        ("place/workspace/library.sqlite", "is the library itself; name another"),
        ("link.sqlite", "is the library itself; name another"),
        ("pipe", "no ordinary file; name another"),
    ],
    ids=["no folder", "the library", "a link to the library", "a pipe"],
)
def test_where_no_backup_can_be_is_said(place, tmp_path, capsys, to, words):
    (tmp_path / "link.sqlite").symlink_to(library_of(place))
    os.mkfifo(tmp_path / "pipe")
    before = library_of(place).read_bytes()
    assert run(place, "backup", tmp_path / to, "--force") == 2
    assert words in capsys.readouterr().err
    assert library_of(place).read_bytes() == before


def test_without_a_library_there_is_nothing_to_back_up_and_none_is_made(tmp_path, capsys):
    assert main(["backup", str(tmp_path / "x.sqlite"), "--workspace", str(tmp_path / "w")]) == 1
    assert "there is no library yet; `update` makes it" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_a_full_disk_is_said_and_leaves_neither_half_a_backup_nor_the_old_one_harmed(place, small_disk, capsys):
    (small_disk / "copy.sqlite").write_text("an earlier backup")
    fill(small_disk, leaving=60_000)
    assert run(place, "backup", small_disk / "copy.sqlite", "--force") == 1
    said = capsys.readouterr().err
    assert "too full for a copy" in said
    assert "free some space and run again" in said
    assert sorted(path.name for path in small_disk.iterdir()) == ["copy.sqlite", "filler"]
    assert (small_disk / "copy.sqlite").read_text() == "an earlier backup"


def test_a_disk_that_fills_up_meanwhile_is_said_too(place, small_disk, monkeypatch, capsys):
    fill(small_disk, leaving=60_000)
    monkeypatch.setattr(backup, "_check_room", lambda *_: None)
    assert run(place, "backup", small_disk / "copy.sqlite") == 1
    assert "the disk is full; nothing was lost, free some space" in capsys.readouterr().err
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from aggregator.library import Library
from tests.test_library import record
with Library(Path(sys.argv[1])) as library:
    for batch in range(100_000):
        library.add([record(f"9{batch:04d}{n:03d}") for n in range(7)], now=datetime.now(UTC))
        print(batch, flush=True)
"""


def test_a_backup_made_while_another_process_writes_holds_whole_batches_and_the_writer_goes_on(tmp_path):
    file = tmp_path / "library.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True, cwd=TOP) as run:
        try:
            before = 0
            for number in range(5):
                assert run.stdout.readline()
                backup.copy(file, tmp_path / f"{number}.sqlite")
                held = checking.held_in(tmp_path / f"{number}.sqlite").studies
                assert held % 7 == 0
                assert held >= before > -1
                before = held
                assert backup.faults_of(tmp_path / f"{number}.sqlite") == ()
            assert run.poll() is None
            assert run.stdout.readline()
        finally:
            run.kill()


COPIES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from aggregator.library import backup
into = backup.into
def killed(*words, **more):
    into(*words, **more)
    os.kill(os.getpid(), signal.SIGKILL)
backup.into = killed
backup.keep(Path(sys.argv[1]), "weekly", now=datetime.now(UTC))
"""


def test_copies_that_are_killed_again_and_again_do_not_fill_the_disk(place):
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", COPIES, str(library_of(place))], check=False, cwd=TOP)
        assert done.returncode == -9
        assert backups_of(place) == [".weekly.writing"]
    kept = backup.keep(library_of(place), "weekly", now=NOW)
    assert backups_of(place) == [kept.name]
    assert backup.faults_of(kept) == ()


def test_a_damaged_library_gives_no_backup(place, tmp_path, capsys):
    damage(library_of(place))
    assert run(place, "backup", tmp_path / "copy.sqlite") == 1
    assert "is damaged" in capsys.readouterr().err
    assert not (tmp_path / "copy.sqlite").exists()


def damage(file):
    """Overwrites a page in the middle, which the header and the list of tables do not need."""
    with file.open("r+b") as stream:
        stream.seek(4096 * (file.stat().st_size // 4096 // 2))
        stream.write(b"\xaa" * 4096)


# -- the weekly copy --------------------------------------------------------------------------------


def test_the_weekly_copies_are_as_many_as_the_settings_say_and_others_stay(place, lived):
    with (place / "aggregator.toml").open("a") as stream:
        stream.write("[workspace]\nbackups = 2\n")
    (place / "workspace" / "backups").mkdir()
    (place / "workspace" / "backups" / "library-version-4-2026-01-01T000000Z.sqlite").write_text("other")
    for week in range(4):
        kept = safekeeping.keep_backup(house_of(place, NOW + timedelta(weeks=week)))
        assert kept.exists()
    assert backups_of(place) == [
        "library-version-4-2026-01-01T000000Z.sqlite",
        "library-weekly-2026-12-12T053000Z.sqlite",
        "library-weekly-2026-12-19T053000Z.sqlite",
    ]
    assert checking.held_in(place / "workspace/backups/library-weekly-2026-12-19T053000Z.sqlite").studies == 18


def test_the_schedule_keeps_a_copy_each_week_where_the_settings_wish_for_it(place, capsys):
    with Simulator(next(worlds())) as simulator:
        furnish(place, simulator.url)
        with (place / "aggregator.toml").open("a") as stream:
            stream.write("[workspace]\nbackups = 2\n")
        sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)
        for moment in (sunday, sunday + timedelta(hours=1), sunday + timedelta(days=6), sunday + timedelta(days=7)):
            assert run(place, "schedule", "--once", now=moment) == 0
    assert backups_of(place) == [
        "library-weekly-2026-11-29T120000Z.sqlite",
        "library-weekly-2026-12-06T120000Z.sqlite",
    ]


def test_without_the_setting_no_weekly_copy_is_kept(place):
    assert safekeeping.keep_backup(house_of(place, NOW)) is None
    assert backups_of(place) == []


def house_of(place, now):
    from aggregator import config
    from aggregator.house import House

    settings = config.load(place / "aggregator.toml", environ={}, workspace=place / "workspace")
    return House(settings=settings, now=now, is_rehearsal=True, is_quiet=True)


# -- restore ----------------------------------------------------------------------------------------


def test_a_backup_comes_back_and_what_was_there_is_kept(place, tmp_path, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    before = contents(place / "workspace")
    with Library(library_of(place)) as library:
        library.mark_deleted(sorted(library.pmids())[:5], now=NOW)
    later = contents(place / "workspace")
    assert run(place, "restore", tmp_path / "copy.sqlite") == 0
    assert differences(contents(place / "workspace"), before) == []
    assert "kept as" in capsys.readouterr().err
    aside = place / "workspace" / "backups" / "library-replaced-2026-11-28T053000Z.sqlite"
    assert mode(aside) == 0o600
    assert mode(library_of(place)) == 0o600
    # And the way back.
    assert run(place, "restore", aside, now=NOW + timedelta(hours=1)) == 0
    assert differences(contents(place / "workspace"), later) == []
    assert [path.name for path in (place / "workspace").iterdir() if "restoring" in path.name] == []


def test_where_no_library_is_a_backup_becomes_it(place, tmp_path):
    before = contents(place / "workspace")
    shutil.move(library_of(place), tmp_path / "copy.sqlite")
    assert run(place, "restore", tmp_path / "copy.sqlite") == 0
    assert differences(contents(place / "workspace"), before) == []
    assert mode(library_of(place)) == 0o600
    assert backups_of(place) == []


def test_a_program_that_has_the_library_open_goes_on_with_the_restored_one(place, tmp_path):
    """As `serve` does, whose wishes to unsubscribe would else go into a file that nobody reads."""
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    with Library(library_of(place)) as open_meanwhile:
        open_meanwhile.mailing_list.pause("a.doctor@clinic.example", now=NOW)
        open_meanwhile.mark_deleted(sorted(open_meanwhile.pmids())[:1], now=NOW)
        assert run(place, "restore", tmp_path / "copy.sqlite") == 0
        assert [change.kind for change in open_meanwhile.changes()] == []
        open_meanwhile.mailing_list.pause("b.nurse@clinic.example", now=NOW)
    with Library(library_of(place)) as library:
        assert library.mailing_list.paused() == {"a.doctor@clinic.example", "b.nurse@clinic.example"}


def reader(name):
    return Subscriber(email=f"{name}@clinic.example", source="an invented sheet", consented=NOW.date())


def test_whoever_left_or_paused_since_the_backup_stays_so(place, tmp_path):
    with Library(library_of(place)) as library:
        for name in ("left", "erased", "paused", "resumed", "stays"):
            library.mailing_list.add(reader(name), now=NOW)
        library.mailing_list.token_of("stays@clinic.example")
        library.mailing_list.pause("resumed@clinic.example", now=NOW)
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    with Library(library_of(place)) as library:
        library.mailing_list.remove("left@clinic.example", now=NOW, way="link")
        library.mailing_list.remove("of.settings@clinic.example", now=NOW, way="mailbox")
        library.mailing_list.erase("erased@clinic.example", now=NOW)
        library.mailing_list.pause("paused@clinic.example", now=NOW)
        library.mailing_list.resume("resumed@clinic.example")
        library.mailing_list.add(reader("later"), now=NOW)
        token = library.mailing_list.token_of("later@clinic.example")
    assert run(place, "restore", tmp_path / "copy.sqlite") == 0
    with Library(library_of(place)) as library:
        names = [one.email.partition("@")[0] for one in library.mailing_list.enrolled()]
        assert names == ["paused", "resumed", "stays"]
        assert library.mailing_list.paused() == {"paused@clinic.example"}
        for gone in ("left", "erased", "of.settings"):
            assert library.mailing_list.is_removed(f"{gone}@clinic.example")
        # The link in a letter that was sent since then still leads to its reader.
        assert library.mailing_list.unsubscribe(token, now=NOW, way="link").name == "LEFT"


def test_a_backup_of_another_library_brings_nobody_back_whom_it_names_and_says_whom_it_cannot_know(
    place, tmp_path, capsys
):
    shutil.copy(library_of(place), tmp_path / "other.sqlite")
    for file in (library_of(place), tmp_path / "other.sqlite"):
        with Library(file) as library:
            library.mailing_list.add(reader("left"), now=NOW)
            library.mailing_list.token_of("left@clinic.example")
    with Library(library_of(place)) as library:
        library.mailing_list.remove("left@clinic.example", now=NOW, way="link")
    assert run(place, "restore", tmp_path / "other.sqlite") == 0
    assert "is of another library: addresses that only the settings name" in capsys.readouterr().err
    with Library(library_of(place)) as library:
        assert library.mailing_list.enrolled() == ()
        assert library.mailing_list.is_removed("left@clinic.example")


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_backup_of_an_earlier_version_comes_back_upgraded(place, tmp_path, version):
    copied = tmp_path / "old.sqlite"
    copied.write_bytes(gzip.decompress((LIBRARIES / f"version-{version}.sqlite.gz").read_bytes()))
    before = copied.read_bytes()
    assert run(place, "restore", copied) == 0
    assert checking.held_in(library_of(place)).version == VERSION
    assert checking.held_in(library_of(place)).studies == 3
    assert copied.read_bytes() == before
    assert backups_of(place) == ["library-replaced-2026-11-28T053000Z.sqlite"]


@pytest.mark.parametrize("what", ["damaged", "text", "of a newer version"])
def test_a_library_that_cannot_be_used_is_moved_aside_as_it_is(place, tmp_path, what, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    before = contents(place / "workspace")
    file = library_of(place)
    if what == "damaged":
        damage(file)
    elif what == "text":
        file.write_text("not a library at all")
    else:
        edit(file, "PRAGMA user_version = 99")
    broken = file.read_bytes()
    assert run(place, "restore", tmp_path / "copy.sqlite") == 0
    assert differences(contents(place / "workspace"), before) == []
    assert "whoever unsubscribed since the backup is written to again" in capsys.readouterr().err
    assert backups_of(place) == ["library-damaged-2026-11-28T053000Z.sqlite"]
    assert (place / "workspace" / "backups" / backups_of(place)[0]).read_bytes() == broken


def wrong_files(folder):
    """What somebody may name for a backup, with the words that it is refused with."""
    sound = folder / "sound.sqlite"
    Library(sound).close()
    (folder / "text").write_text("an invented text, no library\n" * 100)
    (folder / "empty").touch()
    (folder / "truncated").write_bytes(sound.read_bytes()[: sound.stat().st_size // 2])
    (folder / "header only").write_bytes(sound.read_bytes()[:100])
    with closing(sqlite3.connect(folder / "another program's")) as db:
        db.execute("CREATE TABLE t (x)")
    shutil.copy(sound, folder / "newer")
    edit(folder / "newer", "PRAGMA user_version = 99")


WRONG = {
    "absent": "no such library; check the path",
    ".": "is a folder; name the library's file",
    "text": "is no library, or a damaged one",
    "empty": "is empty, or an SQLite file of another program",
    "truncated": "damaged",
    "header only": "damaged",
    "another program's": "another program; name a library",
    "newer": "of version 99, and this program knows versions up to",
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("verb", ["restore", "check"])
def test_what_is_no_sound_library_is_refused_with_a_reason_and_nothing_is_touched(place, tmp_path, capsys, verb, name):
    wrong_files(tmp_path)
    before = library_of(place).read_bytes()
    assert run(place, verb, tmp_path / name) == 1
    said = capsys.readouterr().err
    assert WRONG[name] in said
    assert "Traceback" not in said
    assert library_of(place).read_bytes() == before
    assert backups_of(place) == []


def test_the_library_itself_is_no_backup_of_it(place, capsys):
    assert run(place, "restore", library_of(place)) == 2
    assert "is the library itself; name a backup" in capsys.readouterr().err


def test_while_another_run_works_here_nothing_is_restored(place, tmp_path, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    before = library_of(place).read_bytes()
    with house_of(place, NOW).alone("update"):
        assert run(place, "restore", tmp_path / "copy.sqlite") == 1
    assert "`update` (process" in capsys.readouterr().err
    assert library_of(place).read_bytes() == before


def test_without_room_to_keep_what_is_there_nothing_is_restored(place, tmp_path, small_disk, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    shutil.copytree(place, small_disk / "place")
    place = small_disk / "place"
    before = library_of(place).read_bytes()
    fill(small_disk, leaving=len(before) + 60_000)
    assert run(place, "restore", tmp_path / "copy.sqlite") == 1
    assert "too full for a copy" in capsys.readouterr().err
    assert library_of(place).read_bytes() == before
    assert [path.name for path in (place / "workspace").iterdir() if "restoring" in path.name] == []
    (small_disk / "filler").unlink()
    assert run(place, "restore", tmp_path / "copy.sqlite") == 0


KILLED = """
import resource, signal, sys
from pathlib import Path
from aggregator.library import backup
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
backup.put_in_place(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("tear", [1000, 6 * 4096, 20 * 4096])
def test_killed_between_two_pages_of_a_restore_the_library_is_as_it_was(place, tmp_path, tear):
    file = library_of(place)
    with Library(file) as library:
        before = len(library)
    shutil.copy(file, tmp_path / "copy.sqlite")
    edit(tmp_path / "copy.sqlite", "UPDATE citations SET title = title || '!', raw = zeroblob(9000)")
    held = contents(place / "workspace")
    command = [sys.executable, "-c", KILLED, str(tmp_path / "copy.sqlite"), str(file), str(tear)]
    assert subprocess.run(command, check=False, cwd=TOP).returncode < 0
    assert differences(contents(place / "workspace"), held) == []
    assert checking.held_in(file).studies == before


def test_the_search_index_follows_a_restore(place, tmp_path, capsys):
    query = ["search", "--local", "ketamine[tiab]", "--format", "csv"]
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    capsys.readouterr()
    assert run(place, *query) == 0
    first = capsys.readouterr().out
    assert first.count("\n") > 5
    edit(library_of(place), "DELETE FROM matches")
    edit(library_of(place), "DELETE FROM summaries")
    edit(library_of(place), "DELETE FROM announcements")
    edit(library_of(place), "DELETE FROM citations")
    assert run(place, *query) == 0
    assert capsys.readouterr().out.count("\n") <= 1
    assert run(place, "restore", tmp_path / "copy.sqlite") == 0
    capsys.readouterr()
    assert run(place, *query) == 0
    assert capsys.readouterr().out == first


# -- check ------------------------------------------------------------------------------------------


def checked(place, capsys, *words):
    code = run(place, "check", "--format", "json", *words)
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_library_is_said_to_be_sound_with_how_much_was_looked_at(place, capsys):
    before = library_of(place).read_bytes()
    code, told = checked(place, capsys)
    assert (code, told["is_sound"], told["studies"], told["version"]) == (0, True, 18, VERSION)
    examined = {check["name"]: check["examined"] for check in told["checks"]}
    assert examined["citations"] == examined["summaries"] == examined["PubMed's own records"] == 18
    assert examined["references (foreign_key_check)"] > 40
    assert examined["digests and letters"] == examined["digests' wordings"] == 1
    assert run(place, "check") == 0
    assert "everything is sound" in capsys.readouterr().err
    assert library_of(place).read_bytes() == before


FAULTS = {
    "a summary that is noise": (
        "UPDATE summaries SET summary = x'00ff' WHERE pmid = '90000003'",
        ("summaries", "PMID 90000003", "its summary cannot be unpacked", "`resummarise` reads it again"),
    ),
    "a summary of another shape": (
        f"UPDATE summaries SET summary = x'{zlib.compress(b'[1]').hex()}' WHERE pmid = '90000003'",
        ("summaries", "PMID 90000003", "its summary cannot be unpacked", "`resummarise` reads it again"),
    ),
    "no summary": (
        "DELETE FROM summaries WHERE pmid = '90000003'",
        ("summaries", "PMID 90000003", "it has no summary, and is shown nowhere", "`resummarise` reads it again"),
    ),
    "a citation that is noise": (
        "UPDATE citations SET citation = x'00ff' WHERE pmid = '90000003'",
        ("citations", "PMID 90000003", "its citation cannot be unpacked", "`resummarise` reads it again"),
    ),
    "another study's citation": (
        "UPDATE citations SET citation = (SELECT citation FROM citations WHERE pmid = '90000004') WHERE pmid = '90000003'",
        ("citations", "PMID 90000003", "its citation is that of PMID 90000004", "`resummarise` reads it again"),
    ),
    "a record that is noise": (
        "UPDATE citations SET raw = x'00ff' WHERE pmid = '90000003'",
        (
            "PubMed's own records",
            "PMID 90000003",
            "PubMed's record of it cannot be unpacked",
            "`update` fetches it again",
        ),
    ),
    "another study's record": (
        "UPDATE citations SET raw = (SELECT raw FROM citations WHERE pmid = '90000004') WHERE pmid = '90000003'",
        ("PubMed's own records", "PMID 90000003", "is that of PMID 90000004", "`update` fetches it again"),
    ),
    "a match with nothing": (
        "INSERT INTO matches VALUES ('99999999', 'ptsd', '2026-11-15T00:00:00+00:00', 0, NULL)",
        ("references (foreign_key_check)", "PMID 99999999", "matches names it, and citations does not", "`restore`"),
    ),
    "an announcement of nothing": (
        "INSERT INTO announcements VALUES ('99999999', '2026-W46')",
        ("references (foreign_key_check)", "PMID 99999999", "announcements names it", "`restore`"),
    ),
    "a wording that is noise": (
        "UPDATE editions SET edition = x'00ff'",
        ("digests' wordings", "digest 2026-W46", "its wording cannot be unpacked", "`restore`"),
    ),
    "a digest of a study that is not held": (
        """UPDATE issues SET shown = '["99999999"]'""",
        ("digests and letters", "digest 2026-W46", "it showed 99999999, not held here", "`restore`"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_named_with_the_remedy(place, capsys, fault):
    statement, (name, subject, problem, remedy) = FAULTS[fault]
    edit(library_of(place), statement)
    code, told = checked(place, capsys)
    assert (code, told["is_sound"]) == (1, False)
    found = [(check["name"], one) for check in told["checks"] for one in check["faults"]]
    assert len(found) == 1
    assert found[0][0] == name
    assert found[0][1]["subject"] == subject
    assert problem in found[0][1]["problem"]
    assert remedy in found[0][1]["remedy"]
    assert run(place, "check") == 1
    said = capsys.readouterr()
    assert subject in said.out
    assert "NOT SOUND" in said.err


@pytest.mark.parametrize("fault", [fault for fault, (_, told) in FAULTS.items() if "resummarise" in told[3]])
def test_reading_again_mends_what_it_is_said_to_mend(place, capsys, fault):
    edit(library_of(place), FAULTS[fault][0])
    assert run(place, "resummarise") == 0
    assert run(place, "check") == 0


@pytest.mark.parametrize("fault", [fault for fault, (_, told) in FAULTS.items() if "`update`" in told[3]])
def test_fetching_again_mends_what_it_is_said_to_mend(place, fault):
    edit(library_of(place), FAULTS[fault][0])
    *_, later = worlds()
    with Simulator(later) as simulator:
        furnish(place, simulator.url)
        assert main(command(place, "update", now=WEEKS[-1])) == 0
    assert run(place, "check") == 0


def test_a_record_that_is_noise_does_not_end_the_reading_of_the_others(place, capsys):
    edit(library_of(place), FAULTS["a record that is noise"][0])
    assert run(place, "resummarise") == 3
    assert "PMID 90000003 keeps its old summary: what is kept of PubMed's record is damaged" in capsys.readouterr().err


def test_a_damaged_file_is_told_with_everything_that_can_still_be_read(place, capsys):
    damage(library_of(place))
    code, told = checked(place, capsys)
    assert (code, told["is_sound"]) == (1, False)
    assert told["checks"][0]["faults"][0]["remedy"] == "`restore` a backup"


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_library_of_an_earlier_version_is_looked_at_as_it_is(place, tmp_path, capsys, version):
    file = tmp_path / "old.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / f"version-{version}.sqlite.gz").read_bytes()))
    before = file.read_bytes()
    _, told = checked(place, capsys, file)
    assert told["version"] == version
    # The fixtures hold no records of PubMed's.
    assert {check["name"] for check in told["checks"] if check["faults"]} <= {"PubMed's own records"}
    assert file.read_bytes() == before


def test_without_a_library_there_is_nothing_to_check(tmp_path, capsys):
    assert main(["check", "--workspace", str(tmp_path / "w")]) == 1
    assert "there is no library yet" in capsys.readouterr().err


def test_a_library_that_may_only_be_read_can_be_checked_and_copied(place, tmp_path):
    library_of(place).chmod(0o400)
    (place / "workspace").chmod(0o500)
    try:
        assert run(place, "check") == 0
        assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    finally:
        (place / "workspace").chmod(0o700)


def test_who_is_erased_is_told_of_the_copies_that_may_name_her(place, capsys):
    with Library(library_of(place)) as library:
        library.mailing_list.add(reader("a.doctor"), now=NOW)
    backup.keep(library_of(place), "weekly", now=NOW)
    assert run(place, "subscribers", "erase", "a.doctor@clinic.example") == 0
    assert "1 copy of the library in" in capsys.readouterr().err


def test_a_copy_is_not_made_of_a_library_that_stays_locked(place, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_WAIT", 0.05)
    with closing(sqlite3.connect(library_of(place), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LibraryError, match="another run is writing"):
            backup.copy(library_of(place), tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()


def test_a_library_in_use_for_too_long_is_not_restored_over(place, tmp_path, monkeypatch, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    monkeypatch.setattr(backup, "_WAIT", 0.05)
    before = library_of(place).read_bytes()
    with closing(sqlite3.connect(library_of(place), isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM citations").fetchone()
        assert run(place, "restore", tmp_path / "copy.sqlite") == 1
    assert "another run is writing to the library; wait until it has ended" in capsys.readouterr().err
    assert library_of(place).read_bytes() == before
    assert backups_of(place) == []


def test_a_restore_that_fails_puts_even_a_damaged_library_back_where_it_was(place, tmp_path, monkeypatch, capsys):
    assert run(place, "backup", tmp_path / "copy.sqlite") == 0
    damage(library_of(place))
    broken = library_of(place).read_bytes()
    library_of(place).with_name("library.sqlite-journal").write_bytes(b"an invented journal")

    def full(*_):
        raise LibraryError("the disk is full; free some space and run again", path=library_of(place))

    monkeypatch.setattr(backup, "put_in_place", full)
    monkeypatch.setattr(safekeeping, "_wishes", lambda _: None)
    assert run(place, "restore", tmp_path / "copy.sqlite") == 1
    assert "the disk is full" in capsys.readouterr().err
    assert library_of(place).read_bytes() == broken
    assert library_of(place).with_name("library.sqlite-journal").read_bytes() == b"an invented journal"
    assert backups_of(place) == []


# -- who may read what ------------------------------------------------------------------------------

#: What may be served or shown: it names nobody.
OPEN = ("site/", "digests/")


def test_whatever_the_umask_only_the_report_and_the_digests_can_be_read_by_others(place, tmp_path):
    """Every file that the verbs leave in a workspace, the library's journal in the middle of a write among them."""
    before = os.umask(0)
    try:
        shutil.rmtree(place / "workspace")
        with Simulator(next(worlds())) as simulator:
            furnish(place, simulator.url)
            assert main(command(place, "weekly")) == 0
            assert run(place, "search", "--local", "ketamine[tiab]") == 0
            assert run(place, "subscribers", "add", "a.doctor@clinic.example", "--source", "an invented sheet") == 0
            assert run(place, "backup", place / "workspace" / "copy.sqlite") == 0
            assert run(place, "restore", place / "workspace" / "copy.sqlite") == 0
            safekeeping.keep_backup(replace(house_of(place, NOW), settings=with_backups(place)))
        with Library(library_of(place)) as library, library._store.writing() as db:
            db.execute("UPDATE citations SET title = title || '!'")
            db.execute("PRAGMA cache_spill = 1")
            names = {str(path.relative_to(place / "workspace")): mode(path) for path in files_in(place / "workspace")}
    finally:
        os.umask(before)
    assert {"library.sqlite", "library.sqlite-journal", "search-index.sqlite", "copy.sqlite"} <= names.keys()
    assert len([name for name in names if name.startswith("backups/")]) == 2
    private = {name: bits for name, bits in names.items() if not name.startswith(OPEN)}
    assert {name: oct(bits) for name, bits in private.items() if bits & 0o077} == {}


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def with_backups(place):
    return replace(house_of(place, NOW).settings, backups=1)
