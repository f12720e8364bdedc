"""A full disk and a folder that may not be written: a clear line, a sound library, and everything works again after."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from aggregator.cli import main
from aggregator.library import store
from aggregator.pubmed.simulator import Simulator
from tests.crash_world import (
    WEEKS,
    Runner,
    command,
    contents,
    differences,
    files_of,
    furnish,
    worlds,
)

TOP = Path(__file__).resolve().parent.parent
#: What a full disk is told with.
FULL = ("full", "nothing was lost", "free some space")
VERBS = ("update", "report", "digest", "weekly")


@pytest.fixture(scope="module")
def pubmeds():
    """The address of a PubMed for each week."""
    with ExitStack() as stack:
        yield [stack.enter_context(Simulator(world)).url for world in worlds()]


@pytest.fixture(scope="module")
def run(tmp_path_factory, pubmeds):
    """Runs of the command line in forked children, which find everything imported."""
    place = furnish(tmp_path_factory.mktemp("warm"), pubmeds[0])
    # The home of a user who may run these must be one that she can use.
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        yield from _warm(Runner(HOME=home), place)


def _warm(runner, place):
    for words in (["weekly"], ["export", "--format", "csv", "-o", str(place / "x.csv")], ["log"], ["topics"]):
        assert runner(words=command(place, *words), fork=False)["code"] == 0
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def lived(run, pubmeds, tmp_path_factory):
    """A place after the first week, PubMed being that of the second, to be copied."""
    place = furnish(tmp_path_factory.mktemp("lived"), pubmeds[0])
    assert run(words=command(place, "weekly"))["code"] == 0
    return furnish(place, pubmeds[1])


@pytest.fixture(scope="module")
def expected(run, lived, tmp_path_factory):
    """What the library holds after the second week when nothing is in the way."""
    place = copied(lived, tmp_path_factory.mktemp("expected") / "place")
    for verb in ("update", "digest"):
        assert run(words=command(place, verb, now=WEEKS[1]))["code"] == 0
    return contents(place / "workspace")


def copied(lived, place):
    shutil.copytree(lived, place)
    return place


def check_clear(done, *words):
    """One line that says what is the matter and what to do, and nothing of Python's."""
    assert done["code"] == 1, done
    assert "Traceback" not in done["said"]
    lines = done["said"].strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("aggregator: "), lines
    for word in words:
        assert word in lines[0]


def check_kept(place, before):
    """The library is sound and still holds all that it held, in this state or a newer one; pages are as they were."""
    held = contents(place / "workspace")
    for table in ("citations", "summaries", "matches", "announcements"):
        assert {row["pmid"] for row in before["library"][table]} <= {row["pmid"] for row in held[table]}
    assert [row for row in before["library"]["changes"] if row not in held["changes"]] == []
    after = files_of(place / "workspace")
    assert [name for name in after if "/." in name or name.startswith(".site")] == []
    for name, data in before["files"].items():
        if name.startswith(("site/", "digests/")):
            assert after[name] == data


def state(place):
    return {"library": contents(place / "workspace"), "files": files_of(place / "workspace")}


def check_recovered(run, place, expected, verb):
    """Once there is space, or the rights, the same command does what it should have done, and the week comes to its end."""
    for each in dict.fromkeys(("update", verb, "digest")):
        done = run(words=command(place, each, now=WEEKS[1]))
        assert (done["code"], done["said"]) == (0, "")
    assert differences(contents(place / "workspace"), expected) == []
    assert [name for name in files_of(place / "workspace") if "/." in name] == []


# -- a disk that is full --------------------------------------------------------------------------


def fill(disk, *, leaving):
    """Fills a disk but for so many bytes."""
    free = shutil.disk_usage(disk).free
    (disk / "filler").write_bytes(b"\0" * max(0, free - leaving))


@pytest.mark.parametrize("leaving", [0, 40_000])
@pytest.mark.parametrize("verb", VERBS)
def test_a_full_disk_is_said_and_nothing_is_lost(verb, leaving, run, lived, expected, small_disk):
    place = copied(lived, small_disk / "place")
    before = state(place)
    fill(small_disk, leaving=leaving)
    done = run(words=command(place, verb, now=WEEKS[1]))
    if done["code"] != 0:
        check_clear(done, *FULL)
        check_kept(place, before)
    else:
        assert leaving, "with no space at all nothing can be written"
    (small_disk / "filler").unlink()
    check_recovered(run, place, expected, verb)


@pytest.mark.parametrize("pages", [0, 1, 3, 8, 15, 25])
def test_a_library_that_cannot_grow_keeps_what_it_has(pages, run, lived, expected, tmp_path, monkeypatch, capfd):
    """The disk is full at a chosen page of the file, wherever in a transaction that is."""
    place = copied(lived, tmp_path / "place")
    before = state(place)
    with closing(sqlite3.connect(place / "workspace/library.sqlite")) as db:
        limit = db.execute("PRAGMA page_count").fetchone()[0] + pages

    class Small(sqlite3.Connection):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.execute(f"PRAGMA max_page_count = {limit}")

    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(store.sqlite3, "connect", lambda *a, **o: connect(*a, **o, factory=Small))
        code = main(command(place, "update", now=WEEKS[1]))
    said = capfd.readouterr().err
    if code or not pages:
        check_clear({"code": code, "said": said}, "the disk is full", "free some space")
    check_kept(place, before)
    check_recovered(run, place, expected, "update")


@pytest.mark.parametrize("size", [0, 40_000])
@pytest.mark.parametrize("verb", VERBS)
def test_files_that_may_not_grow_are_said_and_nothing_is_lost(verb, size, run, lived, expected, tmp_path):
    """As on a disk with a quota: writes fail with "File too large"."""
    place = copied(lived, tmp_path / "place")
    before = state(place)
    done = run(words=command(place, verb, now=WEEKS[1]), file_size=size)
    if done["code"] != 0:
        check_clear(done, *FULL)
        check_kept(place, before)
    else:
        assert size, "with no space at all nothing can be written"
    check_recovered(run, place, expected, verb)


# -- a folder that may not be written -------------------------------------------------------------


@pytest.fixture(scope="module")
def reader(run):
    """How to run as somebody whom rights bind: ourselves, or, for root, the user nobody."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody").pw_uid
    except KeyError:
        pytest.skip("root may write everywhere, and there is no user nobody")
    seen = subprocess.run(["test", "-r", str(TOP / "queries/ptsd.toml")], check=False, user=nobody)
    if seen.returncode:
        pytest.skip("root may write everywhere, and the user nobody cannot read this checkout")
    return {"user": nobody}


@pytest.fixture
def shown(lived, reader):
    """A copied place that everybody can reach and, if run by another, owns."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        place = copied(lived, Path(folder) / "place")
        everything = [place, *place.rglob("*")]
        for path in everything:
            if reader:
                os.chown(path, reader["user"], -1)
        yield place
        for path in everything:
            if path.is_dir():
                path.chmod(0o755)


CLOSED = {
    "the workspace": (".",),
    "the library's file": ("library.sqlite",),
    "everything": (".", "library.sqlite", "site", "digests", "digests/2026-W46"),
}


def close(workspace, names):
    for name in reversed(names):
        path = workspace / name
        path.chmod(0o555 if path.is_dir() else 0o444)


def open_again(workspace, names):
    for name in names:
        path = workspace / name
        path.chmod(0o755 if path.is_dir() else 0o600)


@pytest.mark.parametrize(
    ("verb", "what"),
    # A report only reads the library.
    [(verb, what) for verb in VERBS for what in CLOSED if (verb, what) != ("report", "the library's file")],
)
def test_what_may_not_be_written_is_named_and_left_as_it_was(verb, what, run, reader, shown, expected):
    before = state(shown)
    close(shown / "workspace", CLOSED[what])
    done = run(words=command(shown, verb, now=WEEKS[1]), **reader)
    check_clear(done, str(shown / "workspace"), "rights")
    open_again(shown / "workspace", CLOSED[what])
    assert state(shown) == before
    check_recovered(functools.partial(run, **reader), shown, expected, verb)


@pytest.mark.parametrize("verb", ["digest", "weekly"])
def test_a_folder_of_digests_that_may_not_be_written_is_named(verb, run, reader, shown, expected):
    closed = ("digests", "digests/2026-W46")
    before = state(shown)
    close(shown / "workspace", closed)
    done = run(words=command(shown, verb, now=WEEKS[1]), **reader)
    check_clear(done, str(shown / "workspace/digests"), "rights")
    open_again(shown / "workspace", closed)
    check_kept(shown, {"library": before["library"], "files": {}})
    check_recovered(functools.partial(run, **reader), shown, expected, verb)


@pytest.mark.parametrize(
    "words",
    [["export", "--format", "csv"], ["log"], ["topics"], ["show", "90000001"], ["search", "--local", "ketamine[tiab]"]],
    ids=lambda words: words[0],
)
def test_what_only_reads_needs_no_right_to_write(words, run, reader, shown):
    before = state(shown)
    close(shown / "workspace", CLOSED["everything"])
    done = run(words=command(shown, *words), **reader)
    assert (done["code"], done["said"]) == (0, "")
    open_again(shown / "workspace", CLOSED["everything"])
    assert state(shown) == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_workspace_that_cannot_be_made_is_named(verb, run, reader, shown):
    shutil.rmtree(shown / "workspace")
    shown.chmod(0o555)
    done = run(words=command(shown, verb), **reader)
    check_clear(done, str(shown / "workspace"), "rights")
    assert not (shown / "workspace").exists()
