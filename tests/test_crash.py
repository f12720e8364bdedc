"""Killed at any instruction, the next run ends in the same library as one that nobody disturbed.

A third of the kills strike at a chosen line of our own modules, a third between two pages that SQLite writes (both
seeded, so that a failure can be had again), a third at any moment. CRASH_SEED and CRASH_LIBRARIES in the environment
widen the search.
"""

from __future__ import annotations

import functools
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.library import store
from aggregator.pubmed.records import wrap
from aggregator.pubmed.simulator import Simulator
from tests.crash_world import (
    WEEKS,
    Runner,
    command,
    contents,
    counted,
    differences,
    files_of,
    first_week,
    furnish,
    record,
    timeless,
    unlike,
    worlds,
)

TOP = Path(__file__).resolve().parent.parent
HOUR = timedelta(hours=1)
SEED = int(os.environ.get("CRASH_SEED", "20261115"))
#: How many libraries live through the three weeks with each kind of kill, KILLS of them in a row every week:
#: 3 x 5 x 3 x 5 are 225 kills.
LIBRARIES = int(os.environ.get("CRASH_LIBRARIES", "5"))
KILLS = 5
#: Where an import stores what it reads.
STORING = ("jobs.py", "library.py", "store.py")


@pytest.fixture(scope="module")
def pubmeds():
    """The address of a PubMed for each week."""
    with ExitStack() as stack:
        yield [stack.enter_context(Simulator(world)).url for world in worlds()]


@pytest.fixture(scope="module")
def run(pubmeds, tmp_path_factory):
    runner = Runner()
    # Once in the process that forks the rest, which then finds everything imported.
    runner.week(tmp_path_factory.mktemp("warm"), pubmeds[0], WEEKS[0], fork=False)
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def undisturbed(run, pubmeds, tmp_path_factory):
    """What the library holds after each week when nobody disturbs it, and each run's lines and seconds."""
    place = tmp_path_factory.mktemp("undisturbed")
    traced = tmp_path_factory.mktemp("traced")
    weeks = []
    for url, now in zip(pubmeds, WEEKS, strict=True):
        seconds = run.week(place, url, now)["seconds"]
        lines = run.week(traced, url, now, trace=True)["lines"]
        size = (place / "library.sqlite").stat().st_size
        weeks.append({"contents": contents(place), "lines": lines, "seconds": seconds, "size": size})
        assert differences(contents(traced), contents(place)) == []
    return weeks


def test_the_weeks_hold_everything_that_can_happen_to_a_record(undisturbed):
    """Else the kills would prove less than they seem to."""
    kinds = {change["kind"] for change in undisturbed[-1]["contents"]["changes"]}
    assert kinds >= {"revised", "retracted", "deleted", "merged", "restored", "topic-gained", "topic-lost"}
    assert [len(week["contents"]["announcements"]) for week in undisturbed] == sorted(
        {len(week["contents"]["announcements"]) for week in undisturbed}
    )


# -- kills ----------------------------------------------------------------------------------------


class Lines:
    """Kills at lines: each line that a run reaches once before one comes again; the first time it is reached or any."""

    def __init__(self, chance, lines):
        self._chance = chance
        self._lines = lines
        self._deck = []

    def draw(self, last):
        if not self._deck:
            self._deck = sorted(self._lines)
            self._chance.shuffle(self._deck)
        line = self._deck.pop()
        return {"kill_line": (line, self._chance.choice((1, self._chance.randint(1, self._lines[line]))))}


class Moments:
    """Kills at random moments of a run."""

    def __init__(self, chance, seconds):
        self._chance = chance
        self._seconds = seconds

    def draw(self, last):
        return {"kill_after": self._chance.uniform(0, last["seconds"] if last else self._seconds)}


def kill(runs, points):
    """Kills each of these runs once; one that was quicker than its kill does not count and is started again."""
    last = None
    for run in runs:
        while not (last := run(**points.draw(last)))["killed"]:
            assert last["code"] == 0, last["said"]


class Pages:
    """Kills in the middle of what SQLite writes: some pages of a commit are in the file, the others are not."""

    _COMMIT = next(
        f"store.py:{number}"
        for number, line in enumerate(Path(store.__file__).read_text().splitlines(), 1)
        if 'execute("COMMIT")' in line
    )

    def __init__(self, chance, lines, size):
        self._chance = chance
        self._commits = lines[self._COMMIT]
        self._size = size

    def draw(self, last):
        commit = self._chance.randint(1, self._commits)
        return {"kill_line": (self._COMMIT, commit), "tear": self._chance.randint(1, self._size)}


@pytest.fixture(scope="module")
def points(undisturbed):
    """The kill points of each week, by kind."""
    chance = random.Random(SEED)
    return {
        "a line": [Lines(chance, week["lines"]) for week in undisturbed],
        "a page": [Pages(chance, week["lines"], week["size"]) for week in undisturbed],
        "any moment": [Moments(chance, week["seconds"]) for week in undisturbed],
    }


@pytest.mark.parametrize("number", range(LIBRARIES))
@pytest.mark.parametrize("where", ["a line", "a page", "any moment"])
def test_killed_again_and_again_it_ends_in_the_same_library(where, number, run, pubmeds, undisturbed, points, tmp_path):
    for week, (url, now) in enumerate(zip(pubmeds, WEEKS, strict=True)):
        weekly = functools.partial(run.week, tmp_path, url, now)
        kill([weekly] * KILLS, points[where][week])
        weekly()
        assert differences(contents(tmp_path), undisturbed[week]["contents"]) == []


@pytest.mark.parametrize("number", range(LIBRARIES // 2))
def test_run_again_an_hour_after_each_kill_it_tells_the_same(number, run, pubmeds, undisturbed, points, tmp_path):
    for week, (url, now) in enumerate(zip(pubmeds, WEEKS, strict=True)):
        runs = [functools.partial(run.week, tmp_path, url, now + hours * HOUR) for hours in range(4)]
        kill(runs[:-1], points["a line"][week])
        runs[-1]()
        assert unlike(timeless(contents(tmp_path)), timeless(undisturbed[week]["contents"])) == {}


@pytest.mark.parametrize("number", range(LIBRARIES // 2))
def test_what_a_week_of_kills_left_untold_a_later_week_tells(number, run, pubmeds, undisturbed, points, tmp_path):
    run.week(tmp_path, pubmeds[0], WEEKS[0])
    kill([functools.partial(run.week, tmp_path, pubmeds[1], WEEKS[1])] * 3, points["a line"][1])
    run.week(tmp_path, pubmeds[2], WEEKS[2])
    told, expected = timeless(contents(tmp_path)), timeless(undisturbed[2]["contents"])
    # In which week a study was told and what happened to it in between depends on when the runs came through.
    for held in (told, expected):
        del held["changes"]
        held["announcements"] = counted(pmid for pmid, _ in held["announcements"])
    assert unlike(told, expected) == {}


@pytest.mark.parametrize("number", range(LIBRARIES // 2))
def test_what_a_first_week_of_kills_left_untold_the_second_tells(number, run, pubmeds, undisturbed, points, tmp_path):
    weekly = functools.partial(run.week, tmp_path, pubmeds[0], WEEKS[0])
    kill([weekly] * 2, points["a line"][0])
    while not searches_begun(tmp_path):
        kill([weekly], points["a line"][0])
    run.week(tmp_path, pubmeds[1], WEEKS[1])
    told, expected = contents(tmp_path), undisturbed[1]["contents"]
    # What stopped to match any topic is not new; what PubMed had long before is known as long as a topic is being filled.
    matching = {row["pmid"] for row in expected["matches"] if row["lost"] is None}
    lately = {row["pmid"] for row in expected["citations"] if row["entered"] >= "2026-11-09"}
    assert announced(told) & matching & lately == announced(expected) & matching & lately


def test_an_import_killed_again_and_again_ends_in_the_same_library(run, pubmeds, tmp_path):
    file = tmp_path / "records.xml"
    file.write_bytes(wrap(record(number, **fields) for number, fields in first_week().items()))
    places = []
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        places.append(furnish(tmp_path / name, pubmeds[0]))
    undisturbed, killed = (functools.partial(run, words=command(place, "import", str(file))) for place in places)
    lines = {line: count for line, count in undisturbed(trace=True)["lines"].items() if line.startswith(STORING)}
    kill([killed] * 8, Lines(random.Random(SEED), lines))
    assert killed()["code"] == 0
    assert differences(*(contents(place / "workspace") for place in places)) == []


def announced(held):
    """The PMIDs that any week has told."""
    return {row["pmid"] for row in held["announcements"]}


def searches_begun(workspace):
    """Whether PubMed was asked: a run that was killed before that has left no trace of its week."""
    with closing(sqlite3.connect(workspace / "library.sqlite")) as db:
        tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'searches'").fetchone()[0]
        return bool(tables and db.execute("SELECT count(*) FROM searches").fetchone()[0])


# -- the command line -----------------------------------------------------------------------------

#: Where the pages come from.
PAGES = ("verbs.py", "house.py", "files.py", "letter.py", "site.py", "weeks.py", "searching.py", "syndication.py")
#: The pages that tell of every search, the broken-off ones too.
LOGS = ("site/methods.html", "site/weeks/")


@pytest.fixture(scope="module")
def place(pubmeds, tmp_path_factory):
    """A folder with settings and topics of its own, whose PubMed is that of the first week."""
    return furnish(tmp_path_factory.mktemp("place"), pubmeds[0])


@pytest.fixture(scope="module")
def typed(place):
    """The weekly job as a process of its own."""
    return [sys.executable, str(TOP / "run.py"), *command(place, "weekly")]


@pytest.fixture(scope="module")
def published(run, place, typed):
    """What a weekly job that nobody disturbs leaves in its workspace, and how long and over which lines it runs."""
    start = time.monotonic()
    done = subprocess.run(typed, check=False, capture_output=True, text=True)
    seconds = time.monotonic() - start
    assert (done.returncode, done.stderr) == (0, "")
    files, held = files_of(place / "workspace"), contents(place / "workspace")
    shutil.rmtree(place / "workspace")
    # As above: the pages' part is imported too.
    run(words=command(place, "weekly"), fork=False)
    shutil.rmtree(place / "workspace")
    lines = run(words=command(place, "weekly"), trace=True)["lines"]
    return {"files": files, "contents": held, "seconds": seconds, "lines": lines}


@pytest.fixture
def workspace(place, published):
    """The workspace of that folder, not yet made."""
    shutil.rmtree(place / "workspace", ignore_errors=True)
    return place / "workspace"


def check_visible(workspace, published):
    """Whatever bears its final name is as an undisturbed run writes it; a site has every page or is not there."""
    names = set()
    for name, data in files_of(workspace).items() if workspace.exists() else ():
        if name.startswith(("site/", "digests/")) and "/." not in name:
            names.add(name)
            is_log = name.startswith(LOGS) and data.rstrip().endswith(b"</html>")
            assert is_log or data == published["files"][name], f"{name} is not whole"
    pages = {name for name in published["files"] if name.startswith("site/")}
    assert {name for name in names if name.startswith("site/")} in (set(), pages)


def check_finished(workspace, published):
    """All is there that an undisturbed run leaves, and nothing of the runs that were killed."""
    check_visible(workspace, published)
    assert files_of(workspace).keys() == published["files"].keys()
    assert differences(contents(workspace), published["contents"]) == []


@pytest.fixture(scope="module")
def page_points(published):
    """Kill points on the way to the pages; the library's own lines are killed above."""
    return Lines(
        random.Random(SEED), {line: count for line, count in published["lines"].items() if line.startswith(PAGES)}
    )


@pytest.mark.parametrize("number", range(3))
def test_a_weekly_job_killed_while_it_writes_leaves_pages_that_are_whole(
    number, run, place, published, workspace, page_points
):
    weekly = functools.partial(run, words=command(place, "weekly"))
    for _ in range(5):
        kill([weekly], page_points)
        check_visible(workspace, published)
    assert weekly()["code"] == 0
    check_finished(workspace, published)


def test_a_file_is_old_or_new_wherever_its_writing_is_killed(run, tmp_path):
    write = functools.partial(run, file=str(tmp_path / "digest.txt"))
    lines = write(text="old", trace=True)["lines"]
    assert len(lines) > 5
    for line in lines:
        assert write(text="new", kill_line=(line, 1))["killed"]
        assert (tmp_path / "digest.txt").read_text() in ("old", "new")
        write(text="old")
        assert [path.name for path in tmp_path.iterdir()] == ["digest.txt"]


def test_the_command_itself_killed_five_times_ends_as_if_nothing_had_been(typed, published, workspace):
    chance = random.Random(SEED)
    for part in range(5):
        process = subprocess.Popen(typed)
        time.sleep(published["seconds"] * chance.uniform(part, part + 1) / 5)
        process.kill()
        process.wait()
        check_visible(workspace, published)
    done = subprocess.run(typed, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    check_finished(workspace, published)


# -- one writer -----------------------------------------------------------------------------------


def test_a_second_run_says_who_is_there_and_a_killed_run_leaves_the_door_open(pubmeds, tmp_path):
    with Simulator(next(worlds()), latency=60) as slow:
        place = furnish(tmp_path, slow.url)
        first = subprocess.Popen([sys.executable, str(TOP / "run.py"), *command(place, "update")])
        try:
            note = place / "workspace/.writer"
            while not (note.exists() and note.read_text()):
                assert first.poll() is None
                time.sleep(0.01)
            second = _typed(place, "report")
            assert second.returncode == 1
            assert f"`update` (process {first.pid}) is working here" in second.stderr
            assert "wait until it has ended" in second.stderr
            assert "Traceback" not in second.stderr
        finally:
            first.kill()
            first.wait()
    furnish(tmp_path, pubmeds[0])
    assert (_typed(place, "weekly").returncode, _typed(place, "report").returncode) == (0, 0)
    assert not note.exists()


def _typed(place, verb):
    words = [sys.executable, str(TOP / "run.py"), *command(place, verb)]
    return subprocess.run(words, check=False, capture_output=True, text=True)


#: The command line with a process beside it for the summaries of any number of records, in batches of four.
BESIDE = """
import sys
from aggregator import summarising
from aggregator.cli import main
from aggregator.pubmed import eutils
summarising.MANY, eutils.BATCH = 1, 4
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_a_killed_run_takes_the_processes_beside_it_along(pubmeds, tmp_path):
    with Simulator(next(worlds()), latency=0.3) as slow:
        place = furnish(tmp_path, slow.url)
        first = subprocess.Popen([sys.executable, "-c", BESIDE, *command(place, "update")], cwd=TOP)
        try:
            while not (beside := _children(first.pid)):
                assert first.poll() is None
                time.sleep(0.01)
        finally:
            first.kill()
            first.wait()
    furnish(tmp_path, pubmeds[0])
    assert _typed(place, "update").returncode == 0
    while any(map(_is_running, beside)):
        time.sleep(0.01)


def _children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
