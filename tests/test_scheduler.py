"""When the jobs run: rules, days on which the clocks change, weeks off, failures, and a service that keeps going."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import schedule
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import LibraryError, PubMedUnavailable, SettingsError
from aggregator.job_run import JobRun, Result
from aggregator.scheduler import Job, Rule, parse_rule, run_due, run_forever, spread_of, standing
from aggregator.stopping import Stopped

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
LOG = logging.getLogger("test.scheduler")


def may_run(found):
    return found.due is not None and found.again is None


def at(text, zone=NEW_YORK):
    """A moment as a clock on the wall in `zone` or, with Z, as UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


# --- rules ---


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("daily 05:30", "daily 05:30"),
        ("Daily 5:30", "daily 05:30"),
        (" monday   07:00 ", "monday 07:00"),
        ("thursday, monday 07:00", "monday,thursday 07:00"),
        ("monday,monday 00:00", "monday 00:00"),
        ("hourly", "hourly"),
        ("sunday 23:59", "sunday 23:59"),
        (
            "monday,tuesday,wednesday,thursday,friday,saturday,sunday 06:00",
            "daily 06:00",
        ),
    ],
)
def test_a_rule_reads_as_it_is_written(text, canonical):
    assert str(parse_rule(text)) == canonical
    assert parse_rule(canonical) == parse_rule(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no time for a job; write it as"),
        ("daily", "is no time for a job"),
        ("07:00 monday", "'monday' in '07:00 monday' is no time of day"),
        ("daily 24:00", "'24:00' in 'daily 24:00' is no time of day from 00:00 to 23:59"),
        ("daily 7:5", "is no time of day"),
        ("daily 7am", "is no time of day"),
        ("mondy 07:00", "'mondy' in 'mondy 07:00' is no day of the week; did you mean 'monday'?"),
        ("dayly 07:00", "did you mean 'daily'?"),
        ("xyz 07:00", 'write it as "daily 05:30"'),
        ("monday,daily 07:00", "'daily' in 'monday,daily 07:00' is no day of the week"),
        ("hourly 07:00", "is no day of the week"),
        ("every monday 07:00", "is no time for a job"),
    ],
)
def test_what_is_no_rule_is_refused_in_clear_words(text, words):
    with pytest.raises(SettingsError) as caught:
        parse_rule(text)
    assert words in str(caught.value)


MOMENTS = {
    "later the same day": ("daily 05:30", NEW_YORK, "2026-11-23 12:00", "2026-11-23 05:30-05:00", "2026-11-24 05:30-05:00"),
    "just before": ("daily 05:30", NEW_YORK, "2026-11-23 05:29:59", "2026-11-22 05:30-05:00", "2026-11-23 05:30-05:00"),
    "on the very minute": ("daily 05:30", NEW_YORK, "2026-11-23 05:30", "2026-11-23 05:30-05:00", "2026-11-24 05:30-05:00"),
    "a week's digest": ("monday 07:00", NEW_YORK, "2026-11-22 12:00", "2026-11-16 07:00-05:00", "2026-11-23 07:00-05:00"),
    "two days of the week": ("monday,thursday 07:00", NEW_YORK, "2026-11-21 12:00", "2026-11-19 07:00-05:00", "2026-11-23 07:00-05:00"),
    "over the turn of the year": ("friday 07:00", NEW_YORK, "2027-01-01 06:59", "2026-12-25 07:00-05:00", "2027-01-01 07:00-05:00"),
    "a leap day": ("daily 07:00", NEW_YORK, "2028-02-29 08:00", "2028-02-29 07:00-05:00", "2028-03-01 07:00-05:00"),
    "the server's own zone does not matter": ("daily 05:30", NEW_YORK, "2026-11-23T10:30:00Z", "2026-11-23 05:30-05:00", "2026-11-24 05:30-05:00"),
    "New York, spring: 02:30 is skipped and runs at 03:00": ("daily 02:30", NEW_YORK, "2026-03-08 04:00", "2026-03-08 03:00-04:00", "2026-03-09 02:30-04:00"),
    "New York, spring: not before the gap is over": ("daily 02:30", NEW_YORK, "2026-03-08 01:59", "2026-03-07 02:30-05:00", "2026-03-08 03:00-04:00"),
    "New York, spring: a time after the gap is kept": ("daily 05:30", NEW_YORK, "2026-03-08 06:00", "2026-03-08 05:30-04:00", "2026-03-09 05:30-04:00"),
    "New York, autumn: 01:30 comes twice and runs at the first": ("daily 01:30", NEW_YORK, "2026-11-01T05:45:00Z", "2026-11-01 01:30-04:00", "2026-11-02 01:30-05:00"),
    "New York, autumn: not again at the second": ("daily 01:30", NEW_YORK, "2026-11-01T06:45:00Z", "2026-11-01 01:30-04:00", "2026-11-02 01:30-05:00"),
    "Berlin, spring: 02:30 is skipped and runs at 03:00": ("daily 02:30", BERLIN, "2026-03-29 12:00", "2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00"),
    "Berlin, autumn: 02:30 comes twice and runs at the first": ("sunday 02:30", BERLIN, "2026-10-25T01:45:00Z", "2026-10-25 02:30+02:00", "2026-11-01 02:30+01:00"),
    "Lord Howe: a gap of half an hour": ("daily 02:15", ZoneInfo("Australia/Lord_Howe"), "2026-10-04 09:00", "2026-10-04 02:30+11:00", "2026-10-05 02:15+11:00"),
    "Samoa: a whole day is skipped": ("daily 07:00", ZoneInfo("Pacific/Apia"), "2011-12-31 06:00", "2011-12-31 00:00+14:00", "2011-12-31 07:00+14:00"),
    "hourly": ("hourly", NEW_YORK, "2026-11-23 12:34:56", "2026-11-23 12:00-05:00", "2026-11-23 13:00-05:00"),
    "hourly in the hour that comes twice": ("hourly", NEW_YORK, "2026-11-01T06:30:00Z", "2026-11-01 01:00-05:00", "2026-11-01 02:00-05:00"),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "zone", "now", "last", "following"), MOMENTS.values(), ids=MOMENTS)
def test_due_moments_in_the_zone_of_the_settings(rule, zone, now, last, following):
    moment = at(now, zone)
    assert parse_rule(rule).last_due(moment, zone) == at(last)
    assert parse_rule(rule).next_due(moment, zone) == at(following)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("clock", ["00:00", "01:30", "02:30", "03:00", "23:59"])
def test_no_day_of_a_year_is_skipped_or_doubled(zone, clock):
    place, rule = ZoneInfo(zone), parse_rule(f"daily {clock}")
    moment, days = datetime(2026, 1, 1, tzinfo=place) - timedelta(seconds=1), []
    while True:
        moment = rule.next_due(moment, place)
        if moment.astimezone(place).year > 2026:
            break
        days.append(moment.astimezone(place).date())
    assert days == [dt.date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


@given(
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca"]),
    days=st.sets(st.integers(0, 6), min_size=1),
    clock=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    now=st.datetimes(*map(datetime.fromisoformat, ("2000-01-01", "2037-01-01")), timezones=st.just(UTC)),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_now_lies_between_the_last_and_the_next_due_moment_and_they_are_neighbours(zone, days, clock, now):
    place, rule = ZoneInfo(zone), Rule(days=tuple(sorted(days)), at=clock)
    last, following = rule.last_due(now, place), rule.next_due(now, place)
    assert last <= now < following
    assert rule.next_due(last, place) == following
    assert rule.last_due(following - timedelta(seconds=1), place) == last


# --- what is due ---

WEEKLY = parse_rule("monday 07:00")
NUMBERS = count(1)


def ran(due, result=Result.DONE, *, started=None, ended=None, zone=NEW_YORK):
    """A run that was made for a due moment; one of old libraries knows only when it was begun."""
    moment = at(due, zone) if due else None
    start = at(started, zone) if started else moment
    end = at(ended, zone) if ended else start
    is_killed = result is None
    return JobRun(
        id=str(next(NUMBERS)), job="digest", due=moment, started=start, ended=None if is_killed else end, result=result
    )


@pytest.mark.parametrize(
    ("now", "runs", "expected"),
    [
        pytest.param("2026-11-23 07:05", [ran("2026-11-16 07:00")], "2026-11-23 07:00", id="a week later"),
        pytest.param("2026-11-23 07:05", [ran("2026-11-23 07:00")], None, id="done already"),
        pytest.param("2026-11-23 06:59", [ran("2026-11-16 07:00")], None, id="not yet"),
        pytest.param(
            "2026-11-26 15:00", [ran("2026-11-16 07:00")], "2026-11-23 07:00", id="made up on Thursday after a power cut"
        ),
        pytest.param(
            "2026-12-07 09:00", [ran("2026-11-16 07:00")], "2026-12-07 07:00", id="three weeks off: the latest only"
        ),
        pytest.param("2026-11-23 07:05", [], "2026-11-23 07:00", id="never done"),
        pytest.param("2026-11-23 07:05", [ran("2026-11-23 07:00", Result.IN_PART)], "2026-11-23 07:00", id="done in part"),
        pytest.param("2026-11-23 07:05", [ran("2026-11-23 07:00", Result.FAILED)], "2026-11-23 07:00", id="failed"),
        pytest.param("2026-11-23 07:05", [ran("2026-11-23 07:00", Result.STOPPED)], "2026-11-23 07:00", id="stopped"),
        pytest.param("2026-11-23 07:05", [ran("2026-11-23 07:00", None)], "2026-11-23 07:00", id="killed"),
        pytest.param(
            "2026-11-23 07:05", [ran("2030-01-07 07:00")], "2026-11-23 07:00", id="done by a clock of the year 2030"
        ),
        pytest.param(
            "2026-11-23 06:00",
            [ran("2026-11-16 07:00"), ran("2026-11-23 07:00")],
            None,
            id="done, and then the clock was set back by an hour",
        ),
        pytest.param(
            "2026-11-23 07:05", [ran("2026-11-16 07:00"), ran("2026-11-23 07:00")], None, id="and forward again: not twice"
        ),
        pytest.param(
            "2026-11-23 07:05", [ran(None, started="2026-11-23 07:01")], None, id="noted by an old version, done"
        ),
        pytest.param(
            "2026-11-23 07:05", [ran(None, started="2026-11-16 07:01")], "2026-11-23 07:00", id="noted by an old version"
        ),
        pytest.param(
            "2026-11-23 07:05", [ran("2026-11-23 06:30")], "2026-11-23 07:00", id="the settings were made later by half an hour"
        ),
        pytest.param(
            "2026-11-23 07:05", [ran("2026-11-23 07:03")], None, id="the settings were made earlier after it was done"
        ),
    ],
)  # fmt: skip
def test_what_is_due_follows_from_the_runs_alone(now, runs, expected):
    found = standing(WEEKLY, runs, at(now), NEW_YORK)
    assert found.due == (at(expected) if expected else None)


FAIL, PART, STOP, DONE = Result.FAILED, Result.IN_PART, Result.STOPPED, Result.DONE


@pytest.mark.parametrize(
    ("results", "minutes"),
    [
        pytest.param([], 0, id="never tried"),
        pytest.param([FAIL], 10, id="failed once"),
        pytest.param([PART], 10, id="done in part is to be completed"),
        pytest.param([FAIL, PART], 30, id="twice"),
        pytest.param([FAIL] * 3, 60, id="three times"),
        pytest.param([FAIL] * 4, 120, id="four times"),
        pytest.param([FAIL] * 5, 240, id="five times"),
        pytest.param([FAIL] * 50, 240, id="fifty times: no longer than that"),
        pytest.param([STOP], 0, id="stopped: made up at once"),
        pytest.param([STOP] * 9, 0, id="stopped again and again"),
        pytest.param([None], 0, id="killed once, as by a power cut: made up at once"),
        pytest.param([None] * 2, 10, id="killed twice: it may be what kills the service"),
        pytest.param([None] * 4, 60, id="a service that crashes in a loop does not knock each time"),
        pytest.param([FAIL, None], 10, id="failed and killed"),
        pytest.param([FAIL, STOP], 10, id="a restart does not shorten the pause"),
    ],
)
def test_pauses_follow_from_the_runs_alone_so_that_they_outlive_a_restart(results, minutes):
    runs = [ran("2026-11-23 07:00", result) for result in results]
    last = at("2026-11-23 07:00")
    begins = last + timedelta(minutes=minutes)
    just_before = standing(WEEKLY, runs, begins - timedelta(seconds=1), NEW_YORK)
    assert just_before.due is None or just_before.due == last - timedelta(days=7) or just_before.again == begins
    assert may_run(standing(WEEKLY, runs, begins, NEW_YORK))
    if minutes:
        assert not may_run(just_before)
        assert just_before.due == last


def test_failures_for_one_due_moment_do_not_make_the_next_one_wait():
    runs = [ran("2026-11-16 07:00", FAIL, started="2026-11-23 06:55")] * 9
    assert not may_run(standing(WEEKLY, runs, at("2026-11-23 06:59"), NEW_YORK))
    assert may_run(standing(WEEKLY, runs, at("2026-11-23 07:00"), NEW_YORK))


def test_a_clock_that_was_set_back_makes_no_pause_longer_than_the_longest():
    runs = [ran("2026-11-23 07:00", FAIL, started="2026-11-23 07:00", ended="2031-01-01 00:00")]
    assert may_run(standing(WEEKLY, runs, at("2026-11-23 07:05"), NEW_YORK))


def test_a_run_of_the_future_is_known_as_one():
    found = standing(WEEKLY, [ran("2030-01-07 07:00")], at("2026-11-23 07:05"), NEW_YORK)
    assert found.future == at("2030-01-07 07:00")


# --- each installation at its own minute ---


def test_an_installation_keeps_its_delay_and_others_have_theirs():
    most = timedelta(minutes=5)
    found = {name: spread_of(name, "update", most=most) for name in map(str, range(2000))}
    assert {spread_of(name, "update", most=most) == delay for name, delay in found.items()} == {True}
    assert min(found.values()) >= timedelta()
    assert max(found.values()) <= most
    a_minute = Counter(int(delay.total_seconds()) // 60 for delay in found.values() if delay < most)
    assert sorted(a_minute) == [0, 1, 2, 3, 4]
    assert min(a_minute.values()) > 300, "2,000 installations in 5 minutes are some 400 a minute"
    assert any(spread_of(name, "digest", most=most) != delay for name, delay in found.items())


def test_without_jitter_there_is_no_delay():
    assert {spread_of(str(number), "update", most=timedelta()) for number in range(50)} == {timedelta()}


def test_a_job_waits_for_its_own_minute_and_is_done_once():
    delay = timedelta(minutes=4)
    found = [
        standing(WEEKLY, runs, at(now), NEW_YORK, spread=delay)
        for now, runs in (
            ("2026-11-23 07:00", [ran("2026-11-16 07:00")]),
            ("2026-11-23 07:04", [ran("2026-11-16 07:00")]),
            ("2026-11-23 07:04", [ran("2026-11-23 07:00", started="2026-11-23 07:04")]),
        )
    ]
    assert [one.due for one in found] == [at("2026-11-23 07:00"), at("2026-11-23 07:00"), None]
    assert [may_run(one) for one in found] == [False, True, False]
    assert found[0].again == at("2026-11-23 07:04")


def test_another_delay_neither_skips_nor_doubles():
    runs = [ran("2026-11-23 07:00", started="2026-11-23 07:04")]
    for minutes in (0, 2, 9, 30):
        for now in ("2026-11-23 07:05", "2026-11-23 07:31", "2026-11-30 06:59"):
            assert standing(WEEKLY, runs, at(now), NEW_YORK, spread=timedelta(minutes=minutes)).due is None


# --- running what is due ---


@dataclass
class Library:
    """The runs of one job, as the library would keep them; `faults` are met by the next runs, as work meets them."""

    now: datetime = field(default_factory=lambda: at("2026-11-23 07:05"))
    done: list[datetime] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    runs: list[JobRun] = field(default_factory=list)

    def __post_init__(self):
        self.runs += [ran(None, started=moment.isoformat()) for moment in self.done]

    def run(self, due):
        self.tried.append(self.now)
        fault = self.faults.pop(0) if self.faults else None
        if fault and not isinstance(fault, Exception):
            raise fault
        run = JobRun(
            id=str(next(NUMBERS)),
            job="digest",
            due=due,
            started=self.now,
            ended=self.now,
            result=FAIL if fault else DONE,
            problem=str(fault) if fault else None,
        )
        self.runs.append(run)
        if not fault:
            self.done.append(self.now)
        return run

    def job(self, name="digest", rule="monday 07:00", **more):
        return Job(name=name, rule=parse_rule(rule), run=self.run, runs=lambda: self.runs, **more)

    def served(self):
        return [run.due for run in self.runs if run.result is DONE and run.due]


def test_three_weeks_off_are_made_up_once():
    library = Library(now=at("2026-12-07 09:00"), done=[at("2026-11-16 07:03")])
    (outcome,) = run_due([library.job()], library.now, NEW_YORK, LOG)
    assert (outcome.name, outcome.due, outcome.problem) == ("digest", at("2026-12-07 07:00"), None)
    assert run_due([library.job()], library.now, NEW_YORK, LOG) == []
    assert len(library.tried) == 1


def test_a_job_that_fails_stops_no_other():
    update, digest = Library(faults=[PubMedUnavailable("PubMed does not answer; try again later")]), Library()
    jobs = [update.job("update"), digest.job("digest")]
    outcomes = run_due(jobs, at("2026-11-23 07:05"), NEW_YORK, LOG)
    assert [outcome.problem for outcome in outcomes] == ["PubMed does not answer; try again later", None]
    assert len(digest.done) == 1


def test_a_job_whose_run_cannot_even_be_noted_stops_no_other_and_is_logged_with_its_reason(caplog, tmp_path):
    def unwritable(_):
        raise LibraryError("the disk is full; free some space", path=tmp_path)

    def defective(_):
        return 1 / 0

    digest = Library()
    jobs = [Job(name=run.__name__, rule=WEEKLY, run=run, runs=list) for run in (unwritable, defective)]
    outcomes = run_due([*jobs, digest.job()], at("2026-11-23 07:05"), NEW_YORK, LOG)
    assert [outcome.is_noted for outcome in outcomes] == [False, False, True]
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert errors[0].getMessage() == f"unwritable failed: {tmp_path}: the disk is full; free some space"
    assert not errors[0].exc_info
    assert errors[1].exc_info[0] is ZeroDivisionError


def test_a_library_that_cannot_be_read_costs_its_job_only(tmp_path):
    def unreadable():
        raise LibraryError("is damaged; restore a backup", path=tmp_path)

    broken = Job(name="update", rule=WEEKLY, run=lambda due: None, runs=unreadable)
    digest = Library()
    first, second = run_due([broken, digest.job()], at("2026-11-23 07:05"), NEW_YORK, LOG)
    assert first.due is None
    assert first.problem.endswith("is damaged; restore a backup")
    assert second.problem is None


def test_being_told_to_stop_is_no_failure_of_a_job():
    library = Library(faults=[Stopped()])
    with pytest.raises(Stopped):
        run_due([library.job()], library.now, NEW_YORK, LOG)


def test_a_last_run_in_the_future_is_doubted_aloud_and_silences_nothing(caplog):
    library = Library(done=[at("2030-01-01 00:00")])
    assert len(run_due([library.job()], library.now, NEW_YORK, LOG)) == 1
    assert "check this machine's clock" in caplog.text


def test_what_is_due_with_an_update_waits_for_the_updates_own_minute():
    update, digest = Library(done=[at("2026-11-16 07:00")]), Library(done=[at("2026-11-16 07:00")])
    jobs = [update.job("update", spread=timedelta(minutes=4)), digest.job("digest")]
    assert run_due(jobs, at("2026-11-23 07:03"), NEW_YORK, LOG) == []
    assert [one.name for one in run_due(jobs, at("2026-11-23 07:04"), NEW_YORK, LOG)] == ["update", "digest"]


def test_an_update_that_failed_keeps_no_digest_waiting():
    update = Library(done=[at("2026-11-16 07:00")], faults=[PubMedUnavailable("down")] * 9)
    digest = Library(done=[at("2026-11-16 07:00")])
    jobs = [update.job("update", spread=timedelta(minutes=4)), digest.job("digest")]
    update.now = at("2026-11-23 07:04")
    assert [one.name for one in run_due(jobs, update.now, NEW_YORK, LOG)] == ["update", "digest"]
    assert run_due(jobs, at("2026-11-23 07:05"), NEW_YORK, LOG) == []


# --- the service ---


class World:
    """A clock that moves only when somebody sleeps; the schedule library sees the same clock on the wall."""

    def __init__(self, monkeypatch, start, until, libraries, zone=NEW_YORK):
        self.now, self.until, self.zone = start.astimezone(UTC), until.astimezone(UTC), zone
        self.libraries, self.stop, self.naps = libraries, Event(), []
        world = self

        class WallClock(dt.datetime):
            @classmethod
            def now(cls, tz=None):
                return world.now.astimezone(zone).replace(tzinfo=None)

        monkeypatch.setattr(
            schedule,
            "datetime",
            SimpleNamespace(datetime=WallClock, timedelta=dt.timedelta, date=dt.date, time=dt.time),
        )
        self._tell()

    def _tell(self):
        for library in self.libraries:
            library.now = self.now

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.now += timedelta(seconds=max(seconds, 0.001))
        self._tell()
        if self.now >= self.until:
            self.stop.set()

    def serve(self, *jobs):
        run_forever(lambda: jobs, clock=lambda: self.now, sleep=self.sleep, zone=self.zone, stop=self.stop, log=LOG)


def local(moments, zone=NEW_YORK):
    return [moment.astimezone(zone).strftime("%m-%d %H:%M") for moment in moments]


def test_the_service_runs_each_job_at_its_time(monkeypatch):
    update, digest = Library(done=[at("2026-11-22 05:30")]), Library(done=[at("2026-11-16 07:00")])
    world = World(monkeypatch, at("2026-11-22 12:00"), at("2026-11-25 00:00"), [update, digest])
    world.serve(update.job("update", "daily 05:30"), digest.job("digest", "monday 07:00"))
    assert local(update.tried) == ["11-23 05:30", "11-24 05:30"]
    assert local(digest.tried) == ["11-23 07:00"]
    assert max(world.naps) <= 60


def test_the_service_makes_up_a_missed_digest_as_soon_as_it_starts(monkeypatch):
    digest = Library(done=[at("2026-11-02 07:00")])
    World(monkeypatch, at("2026-11-25 15:00"), at("2026-11-25 16:00"), [digest]).serve(digest.job())
    assert local(digest.tried) == ["11-25 15:00"]


def test_a_failed_job_is_tried_again_with_growing_pauses_until_it_succeeds(monkeypatch):
    digest = Library(done=[at("2026-11-16 07:00")], faults=[PubMedUnavailable("down")] * 5)
    World(monkeypatch, at("2026-11-23 06:50"), at("2026-11-23 20:00"), [digest]).serve(digest.job())
    assert local(digest.tried) == [
        "11-23 07:00",
        "11-23 07:10",
        "11-23 07:40",
        "11-23 08:40",
        "11-23 10:40",
        "11-23 14:40",
    ]
    assert len(digest.done) == 2


def test_a_failed_job_does_not_wait_for_its_pause_when_it_is_due_anew(monkeypatch):
    update = Library(done=[at("2026-11-23 06:00")], faults=[PubMedUnavailable("down")] * 3)
    World(monkeypatch, at("2026-11-23 06:59"), at("2026-11-23 08:05"), [update]).serve(update.job("update", "hourly"))
    assert local(update.tried) == ["11-23 07:00", "11-23 07:10", "11-23 07:40", "11-23 08:00"]


@pytest.mark.parametrize(
    "fault",
    [PubMedUnavailable("down"), ZeroDivisionError("defect"), OSError("disk full"), RecursionError("deep")],
    ids=repr,
)
def test_no_exception_of_a_job_ends_the_service_or_harms_its_neighbour(monkeypatch, fault):
    update, digest = Library(done=[at("2026-11-22 07:00")], faults=[fault] * 99), Library(done=[at("2026-11-16 07:00")])
    world = World(monkeypatch, at("2026-11-23 06:50"), at("2026-11-23 09:00"), [update, digest])
    world.serve(update.job("update", "daily 07:00"), digest.job("digest", "monday 07:00"))
    assert local(digest.tried) == ["11-23 07:00"]
    assert len(update.tried) == 4


def test_a_job_whose_runs_the_library_cannot_take_does_not_run_every_minute(monkeypatch, tmp_path):
    tried = []

    def unwritable(due):
        tried.append(due)
        raise LibraryError("the disk is full", path=tmp_path)

    job = Job(name="digest", rule=WEEKLY, run=unwritable, runs=list)
    World(monkeypatch, at("2026-11-23 07:00"), at("2026-11-23 10:00"), []).serve(job)
    assert len(tried) == 4


@pytest.mark.parametrize("fault", [SettingsError("a topic is wrong; mend it"), OSError("gone")], ids=repr)
def test_jobs_that_cannot_be_read_do_not_end_the_service_and_are_told_of_once_an_hour(monkeypatch, caplog, fault):
    def unreadable():
        raise fault

    world = World(monkeypatch, at("2026-11-23 07:00"), at("2026-11-23 14:59"), [])
    run_forever(unreadable, clock=lambda: world.now, sleep=world.sleep, zone=NEW_YORK, stop=world.stop, log=LOG)
    assert len(world.naps) > 400
    assert 1 < len([one for one in caplog.records if str(fault) in one.getMessage()]) <= 8


@pytest.mark.parametrize(
    ("zone", "start", "until", "expected"),
    [
        pytest.param(
            NEW_YORK, "2026-10-31 12:00", "2026-11-02 12:00", ["11-01 01:30", "11-02 01:30"], id="New York, autumn"
        ),
        pytest.param(
            NEW_YORK, "2026-03-07 12:00", "2026-03-09 12:00", ["03-08 01:30", "03-09 01:30"], id="New York, spring"
        ),
        pytest.param(
            BERLIN, "2026-10-24 12:00", "2026-10-26 12:00", ["10-25 01:30", "10-26 01:30"], id="Berlin, autumn"
        ),
    ],
)
def test_the_service_neither_skips_nor_doubles_when_the_clocks_change(monkeypatch, zone, start, until, expected):
    update = Library(done=[at(start, zone)])
    world = World(monkeypatch, at(start, zone), at(until, zone), [update], zone)
    world.serve(update.job("update", "daily 01:30"))
    assert local(update.tried, zone) == expected
    # Without re-arming, the heartbeat would stand still for the hour that comes twice.
    assert max(world.naps) <= 60


def test_the_heart_beats_on_when_the_clock_is_set_back_by_a_day(monkeypatch):
    update = Library(done=[at("2026-11-21 05:30"), at("2026-11-22 05:30")])
    world = World(monkeypatch, at("2026-11-22 12:00"), at("2026-11-23 05:40"), [update])
    honest_sleep, set_back = world.sleep, []

    def sleep(seconds):
        honest_sleep(seconds)
        if not set_back and world.now > at("2026-11-22 13:00"):
            set_back.append(world.now)
            world.now -= timedelta(days=1)

    world.sleep = sleep
    world.serve(update.job("update", "daily 05:30"))
    assert set_back
    assert local(update.done[2:]) == ["11-23 05:30"]
    assert max(world.naps) <= 60


def test_setting_the_stop_event_ends_the_service_before_another_job_is_begun(monkeypatch):
    library = Library(done=[at("2026-11-16 07:00")])
    world = World(monkeypatch, at("2026-11-23 06:59"), at("2026-11-23 07:00"), [library])
    world.serve(library.job())
    assert library.tried == []


def test_the_service_ends_at_once_on_a_real_event_while_it_sleeps():
    stop = Event()
    library = Library()
    job = Job(name="digest", rule=WEEKLY, run=lambda due: stop.set() or library.run(due), runs=list)
    run_forever(lambda: [job], clock=lambda: at("2026-11-23 07:05"), sleep=stop.wait, zone=NEW_YORK, stop=stop, log=LOG)
    assert stop.is_set()
