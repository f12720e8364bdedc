"""The service killed (SIGKILL) in any of its jobs: the next start makes it up, exactly once, and the one after does nothing.

The runs are processes that are killed at chosen lines of our own modules, in the update, the digest, the report and the
letters, and in what the scheduler itself notes. CRASH_SEED in the environment makes other choices.
"""

import os
import random
import shutil
from collections import Counter
from datetime import timedelta

import pytest

from aggregator.job_run import Result
from aggregator.library import Library
from aggregator.pubmed.simulator import Simulator
from aggregator.scheduler import PAUSES
from tests.crash_world import WEEKS, Runner, command, contents, furnish, timeless, unlike, worlds
from tests.test_sending import mailbox as mailbox  # noqa: PLC0414 - a fixture

SEED = int(os.environ.get("CRASH_SEED", "20261129"))
#: Kills in each job, a start for each.
KILLS = 10
READERS = ("a.doctor@clinic.example", "b.nurse@clinic.example")
DAILY = "c.daily@clinic.example"

#: job or part of one -> the modules whose lines are reached in it, and how the job begins whose run is cut off.
PARTS = {
    "update": (("harvest.py",), "update"),
    "digest": (("letter.py",), "digest"),
    "report": (("site.py",), "digest"),
    "letters": (("mail.py", "delivery.py"), "digest"),
    "backup": (("backup.py", "safekeeping.py"), "backup"),
    "what is noted of the runs": (("scheduling.py", "scheduler.py", "job_runs.py", "locks.py"), ""),
}


@pytest.fixture(scope="module")
def pubmed():
    with Simulator(next(worlds())) as simulator:
        yield simulator


@pytest.fixture
def run():
    runner = Runner()
    yield runner
    runner.close()


@pytest.fixture
def place(tmp_path, mailbox, pubmed):
    furnish(tmp_path, pubmed.url)
    with (tmp_path / "aggregator.toml").open("a") as file:
        file.write("[workspace]\nbackups = 2\n")
        file.write(f'[mail]\nhost = "127.0.0.1"\nport = {mailbox.port}\nsecurity = "none"\n')
        file.write('sender = "Ketamine evidence <digest@clinic.example>"\n')
        for reader in READERS:
            file.write(f'[[subscriber]]\nemail = "{reader}"\n')
        file.write(f'[[subscriber]]\nemail = "{DAILY}"\ncadence = "daily"\n')
    return tmp_path


def start(place, run, *, later=timedelta(), **how):
    return run(words=command(place, "schedule", "--once", now=WEEKS[0] + later), **how)


def runs_of(place):
    with Library(place / "workspace/library.sqlite") as library:
        return library.runs.all()


def letters(mailbox):
    return Counter(to for (to,), _ in mailbox.messages)


@pytest.fixture
def undisturbed(place, run, mailbox):
    """The lines that a start reaches that does all there is to do, and what it leaves behind."""
    start(place, run, fork=False)
    shutil.rmtree(place / "workspace")
    mailbox.messages.clear()
    told = start(place, run, trace=True)
    assert told["code"] == 0, told["said"]
    assert [(one.job, one.result) for one in runs_of(place)] == [
        ("update", Result.DONE),
        ("digest", Result.DONE),
        ("digest, daily, America/New_York", Result.DONE),
        ("backup", Result.DONE),
    ]
    assert letters(mailbox) == dict.fromkeys((*READERS, DAILY), 1)
    return {"lines": told["lines"], "library": timeless(contents(place / "workspace"))}


@pytest.mark.parametrize("part", PARTS)
def test_a_service_killed_in_a_job_makes_it_up_exactly_once(part, place, run, mailbox, undisturbed):
    modules, job = PARTS[part]
    chance = random.Random(f"{SEED} {part}")
    lines = sorted(line for line in undisturbed["lines"] if line.startswith(modules))
    assert len(lines) > KILLS
    for line in chance.sample(lines, KILLS):
        shutil.rmtree(place / "workspace")
        mailbox.messages.clear()
        time = chance.choice((1, chance.randint(1, undisturbed["lines"][line])))
        assert start(place, run, kill_line=(line, time))["killed"]
        again = start(place, run)
        assert again["code"] == 0, (line, again["said"])
        held = runs_of(place)
        done = Counter((one.job, one.due) for one in held if one.result is Result.DONE)
        assert (len(done), set(done.values())) == (4, {1}), f"{line}: each job once, for one due moment"
        broken = [one.job for one in held if one.ended is None]
        assert len(broken) <= 1, "one kill breaks one run off"
        assert all(name.startswith(job) for name in broken), "what has ended before is not made again"
        assert len(held) == 4 + len(broken)
        copies = list((place / "workspace/backups").iterdir())
        assert len(copies) in (1, 2), "what a kill left half done is no copy, and is written over"
        assert {copy.name.partition("-2")[0] for copy in copies} == {"library-weekly"}
        assert not letters(mailbox).keys() ^ {*READERS, DAILY}
        assert letters(mailbox).total() - 3 <= 1, "one letter at most, the one under way, may come again"
        assert unlike(timeless(contents(place / "workspace")), undisturbed["library"]) == {}
        before = len(held)
        third = run(words=[word for word in command(place, "schedule", "--once") if word != "--quiet"])
        assert (third["code"], "nothing is due" in third["said"]) == (0, True)
        assert len(runs_of(place)) == before


def test_a_service_that_crashes_again_and_again_does_not_knock_at_pubmeds_door_each_time(
    place, run, pubmed, undisturbed
):
    """The kill comes when PubMed has been asked; the starts follow each other within the same minute."""
    shutil.rmtree(place / "workspace")
    line = next(line for line in sorted(undisturbed["lines"]) if line.startswith("harvest.py") and ":1" in line)
    asked = []
    for _ in range(6):
        pubmed.clear_log()
        start(place, run, kill_line=(line, 1))
        asked.append(len(pubmed.log))
    update = [one for one in runs_of(place) if one.job == "update"]
    assert [one.ended for one in update] == [None, None], "made up once, and then not before a pause"
    # The other jobs are not held up by it.
    assert [one.result for one in runs_of(place) if one.job == "digest"] == [Result.DONE]
    start(place, run, later=PAUSES[0])
    assert [one.result for one in runs_of(place) if one.job == "update"] == [None, None, Result.DONE]
