"""What `doctor` makes of what it finds, row by row: the verdict, the words, and that there is something to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator import health
from aggregator.health import Package, Present, Verdict
from aggregator.job_run import JobRun, Result
from aggregator.locks import Holder, Seen
from aggregator.scheduler import parse_rule

OK, NOTE, FAILED = Verdict
EASTERN = ZoneInfo("America/New_York")
#: A Wednesday, 09:00 in New York.
NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
FILE = Path("/srv/a/aggregator.toml")
GB = 1_000_000_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKLY = Holder(verb="weekly", process=12, since=NOW)


def check(found, verdict, *words):
    assert found.verdict is verdict, str(found)
    for word in words:
        assert word in str(found)
    assert (found.remedy is None) is (verdict is OK)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("mode", "holds", "verdict", "words"),
    [
        (0o100600, "addresses", OK, "can be used"),
        (0o100640, "addresses", OK, "can be used"),
        (0o100644, "addresses", NOTE, "everybody on this machine can read /srv/a/aggregator.toml, with addresses; run `chmod o-r"),
        (0o100644, "", OK, "can be used"),
        (0o100666, "", NOTE, "can change /srv/a/aggregator.toml; run `chmod o-rw"),
        (0, "addresses", OK, "can be used"),
    ],
    ids=["its owner's", "its group's", "read by all", "read by all, and holds nothing", "written by all", "no rights told"],
)  # fmt: skip
def test_rights(mode, holds, verdict, words):
    check(health.rights("settings", FILE, mode, holds=holds, words="it can be used"), verdict, words)


@pytest.mark.parametrize(
    ("free", "needed", "is_writable", "verdict", "words"),
    [
        (76.2 * GB, 0, True, OK, "ok      disk: 76.2 GB free at /srv/w"),
        (0.3 * GB, 0, True, FAILED, "only 0.3 GB free at /srv/w; free some space"),
        (4 * GB, 2 * GB, True, NOTE, "4.0 GB free at /srv/w, which is little beside a library of 2.0 GB; free some"),
        (6 * GB, 2 * GB, True, OK, "6.0 GB free"),
        (76 * GB, 0, False, FAILED, "/srv/w cannot be written; check its rights"),
    ],
    ids=["room", "no room", "no room for a copy", "room for a copy", "closed"],
)
def test_disk(free, needed, is_writable, verdict, words):
    check(health.disk("disk", Path("/srv/w"), free=int(free), is_writable=is_writable, needed=needed), verdict, words)


@pytest.mark.parametrize(
    ("age", "verdict", "words"),
    [
        (None, NOTE, "the folder for backups is empty; is the service running?"),
        (3 * DAY, OK, "the newest, library.sqlite, is of 2026-11-22 14:00 UTC"),
        (8 * DAY, OK, "2026-11-17"),
        (9 * DAY, NOTE, "9 days old; is the service running?"),
        (-DAY, OK, "2026-11-26"),
    ],
    ids=["none", "of this week", "just in time", "too old", "of tomorrow"],
)
def test_backups(age, verdict, words):
    newest = None if age is None else (Path("/srv/w/backups/library.sqlite"), NOW - age)
    check(health.backup(newest, now=NOW), verdict, words)


@pytest.mark.parametrize(
    ("off", "verdict", "words"),
    [
        (timedelta(0), OK, "it agrees with PubMed's"),
        (timedelta(minutes=4), OK, "it agrees"),
        (timedelta(minutes=-4), OK, "it agrees"),
        (timedelta(minutes=7), NOTE, "it is ahead of PubMed's by 7 minutes; set this machine's clock"),
        (timedelta(minutes=-7), NOTE, "it is behind PubMed's by 7 minutes; set"),
        (timedelta(hours=3), FAILED, "it is ahead of PubMed's by 3 hours, so that jobs run at wrong times; set"),
        (-400 * DAY, FAILED, "behind PubMed's by 400 days"),
        (None, NOTE, "no date to compare with; check the clock by hand"),
    ],
    ids=str,
)
def test_clock(off, verdict, words):
    check(health.clock(NOW, None if off is None else NOW - off), verdict, words)


def package(**more):
    return Package(**{"name": "requests", "asked": ">=2.32,<3", "found": "2.32.5", "is_right": True} | more)


@pytest.mark.parametrize(
    ("packages", "verdict", "words"),
    [
        ([package(), package(name="isal", is_needed=False)], OK, "Python 3.12; 1 packages as asked for"),
        (
            [package(found="2.31", is_right=False)],
            FAILED,
            "requests is 2.31 and >=2.32,<3 is asked for; run `pip install",
        ),
        ([package(found=None, is_right=False)], FAILED, "requests is missing"),
        ([package(), package(name="isal", found="0.1", is_right=False, is_needed=False)], NOTE, "isal is 0.1 and"),
        ([package(), package(name="isal", found=None, is_right=False, is_needed=False)], OK, "as asked for"),
    ],
    ids=["all right", "too old", "missing", "an extra too old", "an extra not wanted"],
)
def test_versions(packages, verdict, words):
    check(health.versions("Python 3.12", packages), verdict, words)


def run(started, result=Result.DONE, *, ended=True, problem=None):
    return JobRun(
        id=started.isoformat(),
        job="update",
        started=started,
        ended=started + timedelta(minutes=1) if ended else None,
        result=result if ended else None,
        problem=problem,
    )


AT_HALF_PAST_FIVE = NOW - timedelta(hours=3, minutes=30)
FAILS = {"result": Result.FAILED, "problem": "NCBI refuses the API key;\n  check NCBI_API_KEY"}
JOBS = {
    "never run": ([], NOTE, "it never ran here; next at Thu 2026-11-26 05:30 EST; is the service running?"),
    "done today": (
        [run(AT_HALF_PAST_FIVE)],
        OK,
        "it last succeeded at Wed 2026-11-25 05:30 EST; next at Thu 2026-11-26 05:30 EST",
    ),
    "done yesterday only, and nobody tried": (
        [run(AT_HALF_PAST_FIVE - DAY)],
        NOTE,
        "and has been due since Wed 2026-11-25 05:30 EST; is the service running?",
    ),
    "done yesterday, and today it failed": (
        [run(AT_HALF_PAST_FIVE - DAY), run(AT_HALF_PAST_FIVE, **FAILS)],
        NOTE,
        "it was tried at Wed 2026-11-25 05:30 EST and failed: NCBI refuses the API key; check NCBI_API_KEY",
    ),
    "done in part today": (
        [run(AT_HALF_PAST_FIVE - DAY), run(AT_HALF_PAST_FIVE, Result.IN_PART, problem="ptsd: INCOMPLETE")],
        NOTE,
        "and done in part: ptsd: INCOMPLETE",
    ),
    "not done for two days, and nobody tried": (
        [run(AT_HALF_PAST_FIVE - 2 * DAY)],
        FAILED,
        "it last succeeded at Mon 2026-11-23 05:30 EST, and has been due twice since; is the service running?",
    ),
    "not done for two days, tried all the time": (
        [run(AT_HALF_PAST_FIVE - 2 * DAY), run(AT_HALF_PAST_FIVE - DAY, **FAILS), run(NOW - HOUR, **FAILS)],
        FAILED,
        "and failed: NCBI refuses the API key; check NCBI_API_KEY; do as the reason says",
    ),
    "not done for two days, tried until yesterday": (
        [run(AT_HALF_PAST_FIVE - 2 * DAY), run(AT_HALF_PAST_FIVE - DAY, **FAILS)],
        FAILED,
        "is the service running?",
    ),
    "never done, tried for two days": (
        [run(AT_HALF_PAST_FIVE - 2 * DAY, **FAILS), run(NOW - HOUR, **FAILS)],
        FAILED,
        "it has never succeeded, and has been due twice since",
    ),
    "never done, tried since today": ([run(AT_HALF_PAST_FIVE, **FAILS)], NOTE, "it has never succeeded; it was tried"),
    "killed today": (
        [run(AT_HALF_PAST_FIVE - DAY), run(NOW - HOUR, ended=False)],
        NOTE,
        "it was tried at Wed 2026-11-25 08:00 EST and broken off; next at Thu 2026-11-26 05:30 EST; its process was killed",
    ),
    "killed two days ago": (
        [run(AT_HALF_PAST_FIVE - 3 * DAY), run(AT_HALF_PAST_FIVE - 2 * DAY, ended=False)],
        FAILED,
        "and broken off; is the service running?",
    ),
    "done in the future": ([run(NOW + DAY)], NOTE, "in the future; check this machine's clock"),
}


@pytest.mark.parametrize(("runs", "verdict", "words"), JOBS.values(), ids=JOBS)
def test_jobs(runs, verdict, words):
    check(health.job("update", parse_rule("daily 05:30"), EASTERN, runs, now=NOW), verdict, "job update: ", words)


@pytest.mark.parametrize(
    ("is_at_work", "age", "verdict", "words"),
    [
        pytest.param(True, HOUR, OK, "it has been at work since Wed 2026-11-25 08:00 EST; it last", id="at work"),
        pytest.param(True, 3 * DAY, NOTE, "if it hangs, restart the service", id="at work for days"),
        pytest.param(None, HOUR, NOTE, "or was broken off: whether its process lives cannot be known", id="not known"),
        pytest.param(False, HOUR, NOTE, "and broken off; next at", id="its process has ended"),
        pytest.param(False, 3 * DAY, FAILED, "and broken off; is the service", id="its process ended days ago"),
    ],
)
def test_a_run_without_an_end_is_at_work_only_while_its_process_lives(is_at_work, age, verdict, words):
    runs = [run(NOW - age - DAY), run(NOW - age, ended=False)]
    found = health.job(
        "update", parse_rule("daily 05:30"), EASTERN, runs, now=NOW, present=Present(is_at_work=is_at_work)
    )
    check(found, verdict, words)


@pytest.mark.parametrize(
    ("runs", "present", "words"),
    [
        pytest.param(
            [run(NOW - 6 * HOUR, ended=False)],
            Present(is_at_work=True, waits_for="the night"),
            "it has waited since Wed 2026-11-25 03:00 EST for the night; it has never succeeded",
            id="the job at work waits",
        ),
        pytest.param(
            [run(AT_HALF_PAST_FIVE - DAY)],
            Present(behind="update"),
            "it has been due since Wed 2026-11-25 05:30 EST, and waits for update; it last succeeded",
            id="one behind it is due",
        ),
        pytest.param(
            [], Present(behind="update"), "and waits for update; it has never succeeded", id="one behind it never ran"
        ),
        pytest.param(
            [run(AT_HALF_PAST_FIVE)], Present(behind="update"), "next at Thu 2026-11-26 05:30 EST", id="one is not due"
        ),
    ],
)
def test_a_job_that_waits_is_no_trouble_and_says_for_what(runs, present, words):
    check(health.job("digest", parse_rule("daily 05:30"), EASTERN, runs, now=NOW, present=present), OK, words)


@pytest.mark.parametrize(
    ("writer", "words"),
    [
        pytest.param(
            Seen(holder=WEEKLY), "`weekly` (process 12) is writing to it; run `doctor` again later", id="lives"
        ),
        pytest.param(Seen(), "or was broken off while it did", id="nobody is there"),
        pytest.param(Seen(holder=WEEKLY, is_certain=False), "or was broken off while it did", id="cannot be known"),
    ],
)
def test_who_writes_is_named_where_it_is_known(writer, words):
    check(health.half_written("library.sqlite", writer), NOTE, words)


def test_a_weekly_job_has_a_week_more_before_it_is_overdue():
    rule = parse_rule("monday 07:00")
    monday = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    for weeks, verdict in ((0, OK), (1, NOTE), (2, FAILED)):
        check(health.job("digest", rule, EASTERN, [run(monday - weeks * 7 * DAY)], now=NOW), verdict)


def test_a_job_is_said_to_come_next_when_its_own_minute_comes():
    found = health.job(
        "update",
        parse_rule("daily 05:30"),
        EASTERN,
        [run(AT_HALF_PAST_FIVE)],
        now=AT_HALF_PAST_FIVE,
        spread=timedelta(minutes=4),
    )
    assert "05:34" in found.words


def test_a_job_is_not_late_while_the_service_may_just_be_busy():
    found = health.job(
        "update", parse_rule("daily 05:30"), EASTERN, [run(AT_HALF_PAST_FIVE - DAY)], now=AT_HALF_PAST_FIVE + HOUR
    )
    check(found, OK)


@pytest.mark.parametrize(
    ("message", "words", "remedy"),
    [
        ("it is broken; mend it", "it is broken", "mend it"),
        ("a; b; c", "a; b", "c"),
        ("no remedy here", "no remedy here", "look it up"),
    ],
)
def test_an_errors_words_end_with_what_to_do(message, words, remedy):
    found = health.of_error("x", message, otherwise="look it up")
    assert (found.verdict, found.words, found.remedy) == (FAILED, words, remedy)
