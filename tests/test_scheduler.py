"""When the jobs run: rules, days on which the clocks change, weeks off, failures, and a service that keeps going."""

from __future__ import annotations

import datetime as dt
import logging
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import schedule
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import LibraryError, PubMedUnavailable, SettingsError
from aggregator.scheduler import Job, JobOutcome, Rule, due, parse_rule, run_due, run_forever

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
LOG = logging.getLogger("test.scheduler")


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


@pytest.mark.parametrize(
    ("now", "last_done", "expected"),
    [
        pytest.param("2026-11-23 07:05", "2026-11-16 07:03", "2026-11-23 07:00", id="a week later"),
        pytest.param("2026-11-23 07:05", "2026-11-23 07:01", None, id="done already"),
        pytest.param("2026-11-23 06:59", "2026-11-16 07:03", None, id="not yet"),
        pytest.param(
            "2026-11-26 15:00", "2026-11-16 07:03", "2026-11-23 07:00", id="made up on Thursday after a power cut"
        ),
        pytest.param("2026-12-07 09:00", "2026-11-16 07:03", "2026-12-07 07:00", id="three weeks off: the latest only"),
        pytest.param("2026-11-23 07:05", None, "2026-11-23 07:00", id="never done"),
        pytest.param("2026-11-23 07:05", "2030-01-01 00:00", None, id="done in the future by a wrong clock"),
        pytest.param("2026-11-23 07:05", "2026-11-23 07:00", None, id="done on the very minute"),
    ],
)
def test_what_is_due_follows_from_what_was_done(now, last_done, expected):
    found = due(WEEKLY, at(now), NEW_YORK, at(last_done) if last_done else None)
    assert found == (at(expected) if expected else None)


@dataclass
class Library:
    """What was done and when, as the library would remember it; `faults` are raised by the next runs."""

    now: datetime = field(default_factory=lambda: at("2026-11-23 07:05"))
    done: list[datetime] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def run(self):
        self.tried.append(self.now)
        if self.faults:
            raise self.faults.pop(0)
        self.done.append(self.now)

    def last_done(self):
        return max(self.done, default=None)

    def job(self, name="digest", rule="monday 07:00"):
        return Job(name=name, rule=parse_rule(rule), run=self.run, last_done=self.last_done)


def test_three_weeks_off_are_made_up_once():
    library = Library(now=at("2026-12-07 09:00"), done=[at("2026-11-16 07:03")])
    assert run_due([library.job()], library.now, NEW_YORK, LOG) == [
        JobOutcome(name="digest", due=at("2026-12-07 07:00"))
    ]
    assert run_due([library.job()], library.now, NEW_YORK, LOG) == []
    assert len(library.tried) == 1


def test_a_job_that_fails_is_logged_with_its_reason_and_stops_no_other(caplog):
    update = Library(faults=[PubMedUnavailable("PubMed does not answer; try again later")])
    report, digest = Library(faults=[ZeroDivisionError("a defect")]), Library()
    jobs = [update.job("update"), report.job("report"), digest.job("digest")]
    outcomes = run_due(jobs, at("2026-11-23 07:05"), NEW_YORK, LOG)
    assert [outcome.problem for outcome in outcomes] == [
        "PubMed does not answer; try again later",
        "ZeroDivisionError: a defect",
        None,
    ]
    assert len(digest.done) == 1
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert errors[0].getMessage() == "update failed: PubMed does not answer; try again later"
    assert not errors[0].exc_info
    assert errors[1].exc_info[0] is ZeroDivisionError


def test_a_library_that_cannot_be_read_costs_its_job_only(tmp_path):
    def unreadable():
        raise LibraryError("is damaged; restore a backup", path=tmp_path)

    broken = Job(name="update", rule=WEEKLY, run=lambda: None, last_done=unreadable)
    digest = Library()
    first, second = run_due([broken, digest.job()], at("2026-11-23 07:05"), NEW_YORK, LOG)
    assert first.due is None
    assert first.problem.endswith("is damaged; restore a backup")
    assert second.problem is None


def test_an_operators_interrupt_is_no_failure_of_a_job():
    library = Library(faults=[KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        run_due([library.job()], library.now, NEW_YORK, LOG)


def test_a_last_run_in_the_future_is_doubted_aloud(caplog):
    library = Library(done=[at("2030-01-01 00:00")])
    assert run_due([library.job()], library.now, NEW_YORK, LOG) == []
    assert "check this machine's clock" in caplog.text


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
        "11-23 09:40",
        "11-23 10:40",
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


def test_a_job_that_leaves_no_trace_in_the_library_does_not_run_every_minute(monkeypatch):
    tried = []
    job = Job(name="digest", rule=WEEKLY, run=lambda: tried.append(1), last_done=lambda: None)
    World(monkeypatch, at("2026-11-23 07:00"), at("2026-11-23 12:00"), []).serve(job)
    assert len(tried) == 1


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
    update = Library(done=[at("2026-11-22 05:30")])
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
    assert local(update.done[1:]) == ["11-23 05:30"]
    assert max(world.naps) <= 60


def test_setting_the_stop_event_ends_the_service_before_another_job_is_begun(monkeypatch):
    library = Library(done=[at("2026-11-16 07:00")])
    world = World(monkeypatch, at("2026-11-23 06:59"), at("2026-11-23 07:00"), [library])
    world.serve(library.job())
    assert library.tried == []


def test_the_service_ends_at_once_on_a_real_event_while_it_sleeps():
    stop = Event()
    job = Job(name="digest", rule=WEEKLY, run=stop.set, last_done=lambda: None)
    run_forever(lambda: [job], clock=lambda: at("2026-11-23 07:05"), sleep=stop.wait, zone=NEW_YORK, stop=stop, log=LOG)
    assert stop.is_set()


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Sydney"])
def test_a_year_with_restarts_at_random_serves_every_due_moment_that_somebody_was_up_for(zone):
    """Ticks of seven minutes, off at random for up to four weeks: each stretch off is made up once."""
    place, chance = ZoneInfo(zone), random.Random(zone)
    library = Library(now=datetime(2026, 1, 1, tzinfo=place).astimezone(UTC))
    job, end = library.job("digest", "monday 02:30"), datetime(2027, 1, 1, tzinfo=UTC)
    served: list[datetime] = []
    while library.now < end:
        outcomes = run_due([job], library.now, place, LOG)
        served += [outcome.due for outcome in outcomes]
        assert library.last_done() >= job.rule.last_due(library.now, place)
        is_off = chance.random() < 0.0005
        library.now += timedelta(days=chance.uniform(0, 28)) if is_off else timedelta(minutes=7)
    assert served == sorted(set(served))
    assert len(library.done) == len(served) > 15
    for moment, following in zip(library.done, library.done[1:], strict=False):
        missed = job.rule.next_due(moment, place)
        assert missed <= following, "nothing runs before it is due"
