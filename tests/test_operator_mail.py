"""What the operator is told: once, soon enough, again when the reason is another, and when all is well."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator.job_run import JobRun, Result
from aggregator.operator_mail import (
    KINDS,
    OTHER,
    PATIENCE,
    REMINDER,
    Event,
    Kind,
    kind_of,
    letter,
    notice,
    subject,
)

GOLDEN = Path(__file__).parent / "golden" / "operator"
START = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
EASTERN = ZoneInfo("America/New_York")

AWAY = "NOT SEARCHED: the server could not be reached at https://eutils.ncbi.nlm.nih.gov/ (esearch, tried 5 times); check the network and try again later"  # fmt: skip
KEY = "NOT SEARCHED: NCBI refuses the API key; check the environment variable NCBI_API_KEY"
GREYLISTED = "NOT SENT to a***@clinic.example: the mail server mx.clinic.example:25 does not take the recipient"
DONE = None


def played(*steps, can_send=lambda hour: True, job="update"):
    """The hours at which mail went out, and why, when runs ended so: (hour, reason), a reason of None being a success."""
    runs, told, sent = [], None, []
    for number, (hour, reason) in enumerate(steps):
        moment = START + timedelta(hours=hour)
        result = Result.FAILED if reason else Result.DONE
        run = JobRun(id=str(number), job=job, started=moment, ended=moment, result=result)
        found = notice(run, runs, told, reason=reason or "")
        runs.append(run)
        if found is None:
            continue
        if can_send(hour):
            sent.append((hour, found.event.value))
            told = None if found.event is Event.WELL else found.told
        else:
            told = replace(found.told, is_sent=False)
    return sent


def hourly(reason, start, end):
    return [(hour, reason) for hour in range(start, end)]


PATIENT, WEEK = PATIENCE // timedelta(hours=1), REMINDER // timedelta(hours=1)

COURSES = {
    "all is well": (hourly(DONE, 0, 48), []),
    "what the next try heals is not told": ([(0, AWAY), (1, DONE)], []),
    "what passes within the hours waited is not told": ([*hourly(AWAY, 0, PATIENT), (PATIENT, DONE)], []),
    "it begins anew after each success": ([(0, AWAY), (2, DONE), (3, AWAY), (5, DONE), (6, AWAY)], []),
    "what goes on is told once within the day": (hourly(AWAY, 0, 24), [(PATIENT, "fails")]),
    "what no try heals is told at once": (hourly(KEY, 0, 24), [(0, "fails")]),
    "and when it is well": ([(0, KEY), (1, DONE), (2, DONE)], [(0, "fails"), (1, "works again")]),
    "a second trouble is told like the first": (
        [(0, KEY), (1, DONE), (2, KEY)],
        [(0, "fails"), (1, "works again"), (2, "fails")],
    ),
    "from what passes to what does not": ([(0, AWAY), (1, KEY), (2, KEY)], [(1, "fails")]),
    "another reason that stays is told at once": (
        [(0, KEY), (1, "the disk is full; free some space"), (2, "the disk is full; free some space")],
        [(0, "fails"), (1, "fails for another reason")],
    ),
    "another reason that may pass is waited for": (
        [(0, KEY), *hourly(AWAY, 1, 24)],
        [(0, "fails"), (PATIENT, "fails for another reason")],
    ),
    "reasons that take turns are told once each": (
        [(hour, AWAY if hour % 2 else GREYLISTED) for hour in range(72)],
        [(PATIENT, "fails"), (2 * PATIENT, "fails for another reason")],
    ),
    "a reminder a week": (
        hourly(KEY, 0, 2 * WEEK + 5),
        [(0, "fails"), (WEEK, "still fails"), (2 * WEEK, "still fails")],
    ),
    "a job that runs weekly": (
        [(0, AWAY), (WEEK, AWAY), (2 * WEEK, DONE)],
        [(WEEK, "fails"), (2 * WEEK, "works again")],
    ),
    "a clock that is set back silences nobody for longer": (
        [(8000, KEY), (0, KEY), (1, KEY)],
        [(8000, "fails"), (0, "still fails")],
    ),
}


@pytest.mark.parametrize(("steps", "expected"), COURSES.values(), ids=COURSES)
def test_what_is_told_and_when(steps, expected):
    assert played(*steps) == expected


def test_what_could_not_be_sent_is_tried_again_after_each_run():
    steps = hourly(KEY, 0, 10)
    assert played(*steps, can_send=lambda hour: hour >= 4) == [(4, "fails")]


def test_what_could_never_be_sent_is_told_by_the_next_success():
    assert played(*hourly(KEY, 0, 10), (10, DONE), (11, DONE), can_send=lambda hour: hour >= 10) == [
        (10, "works again")
    ]
    assert played(*hourly(KEY, 0, 4), (4, DONE), (5, DONE), can_send=lambda hour: hour >= 5) == [(5, "works again")]


@pytest.mark.parametrize("result", [Result.FAILED, Result.IN_PART])
def test_done_in_part_is_not_done(result):
    run = JobRun(id="x", job="digest", started=START, ended=START, result=result)
    assert notice(run, [], None, reason=KEY).event is Event.BEGAN


def test_a_run_that_was_killed_is_neither_a_success_nor_a_failure():
    """A machine that was switched off in the middle of a run has had no trouble since then."""
    killed = JobRun(id="killed", job="update", started=START - PATIENCE)
    run = JobRun(id="x", job="update", started=START, ended=START, result=Result.FAILED)
    assert notice(run, [killed, run], None, reason=AWAY) is None
    found = notice(run, [killed, run], None, reason=KEY)
    assert (found.since, found.failures, found.last_done) == (START, 1, None)


def test_runs_that_the_library_keeps_no_more_still_count_as_failing():
    """400 runs of a job are kept; a trouble may be older than the oldest."""
    told = notice(failed_at(0), [], None, reason=KEY).told
    assert notice(failed_at(1000), [failed_at(900)], told, reason=KEY).since == START


def failed_at(hour):
    moment = START + timedelta(hours=hour)
    return JobRun(id=str(hour), job="update", started=moment, ended=moment, result=Result.FAILED)


# -- kinds

#: What the product says where things fail; each belongs to the kind on the left.
WORDS = [
    ("the API key", KEY),
    ("blocked by NCBI", "NCBI has blocked this network address. Register the tool and email of your settings"),
    (
        "a certificate",
        "the connection to https://x.example/ is not secure: its certificate was refused; check the clock",
    ),
    (
        "a certificate",
        "the mail server mx.clinic.example:587 shows a certificate that cannot be trusted (expired); check",
    ),
    ("the disk", "/srv/w/library.sqlite: the disk is full; nothing was lost, free some space and run again"),
    ("the disk", "/srv/w/library.sqlite: the disk takes no more (full, or failing); nothing was lost"),
    ("the library", "/srv/w/library.sqlite: the library's file is damaged; restore it from a backup"),
    ("the library", "/srv/w/library.sqlite: this library was written by a newer version of the aggregator; install it"),
    ("the library", "/srv/w/library.sqlite: this is not a library; move the file away"),
    ("rights", "/srv/w/library.sqlite: the library cannot be written; check the rights of the file and its folder"),
    ("rights", "/srv/w/site: Permission denied; check the path, its rights and the disk"),
    ("a template", "reports/mail/letter.html.j2, line 3: unexpected 'end'; mend the template, or take it away"),
    ("another run", "/srv/w: `weekly` (process 12) is working here; wait until it has ended and run again"),
    ("another run", "another run is writing to the library; wait until it has ended and run again"),
    ("the mail login", "the mail server mx.clinic.example:587 refuses the login 'digest' (535 no); check 'username'"),
    ("the mail login", "the login 'digest' has no password; set the environment variable AGGREGATOR_SMTP_PASSWORD"),
    ("mail", GREYLISTED),
    ("mail", "no letter to a***@clinic.example: it was not taken"),
    ("mail", "the mail server mx.clinic.example:587 does not answer in time (timed out); check 'host'"),
    ("settings or topics", "/etc/a/queries/ptsd.toml, line 4: the query has no title; add one"),
    ("settings or topics", "NCBI asks everyone who uses PubMed by program for an email address: put `email = ...`"),
    ("PubMed", AWAY),
    ("PubMed", "ptsd: INCOMPLETE: PubMed's server failed (HTTP 502) (esearch, tried 5 times)"),
    ("PubMed", "ptsd: PMIDs missing: 90000001"),
    ("something unforeseen", "KeyError: 'x'"),
    ("something unforeseen", ""),
]


@pytest.mark.parametrize(("name", "words"), WORDS)
def test_the_words_tell_the_kind_of_trouble(name, words):
    assert kind_of(words).name == name


@pytest.mark.parametrize("kind", [*KINDS, OTHER], ids=lambda kind: kind.name)
def test_every_kind_says_what_to_do_and_stands_in_the_rows(kind: Kind):
    assert kind.remedy.endswith(".")
    assert kind.name in {name for name, _ in WORDS}


# -- the mail


def told(event, **more):
    run = JobRun(id="9", job="update", started=START, ended=START, result=Result.FAILED)
    done = JobRun(id="1", job="update", started=START - timedelta(days=1), result=Result.DONE)
    return replace(notice(run, [done], None, reason=KEY), event=event, **more)


LINES = (
    "10:30:00 INFO update begins",
    f"10:30:01 WARNING {KEY}",
    "10:30:01 WARNING " + "long " * 100,
)
LETTERS = {
    "fails": (told(Event.BEGAN), KEY, LINES),
    "fails-for-another-reason": (told(Event.CHANGED, failures=7), AWAY, LINES[:1]),
    "still-fails": (
        told(Event.GOES_ON, failures=170, last_done=None),
        "KeyError: 'x'\nand more\n" + "words " * 400,
        (),
    ),
    "works-again": (told(Event.WELL, failures=3, kind="the API key, PubMed"), "", ()),
    "works-again-untold": (told(Event.WELL, kind="mail", was_told=False), "", ()),
}


@pytest.mark.parametrize("name", LETTERS)
def test_the_mail_is_short_and_plain(name):
    what, reason, lines = LETTERS[name]
    text = letter(
        what, reason=reason, lines=lines, where="/srv/aggregator on host.clinic.example; run 0f0f0f0f", zone=EASTERN
    )
    written = f"Subject: {subject(what)}\n\n{text}"
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(written, encoding="utf-8")
    assert written == file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 45
    assert all(len(line) <= 310 for line in text.splitlines())
