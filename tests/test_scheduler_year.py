"""A year of due moments in three time zones, against an oracle that reckons them in another way: each served once.

The machine is switched off at random, for minutes and for weeks; each start remembers nothing but the runs. In the rough
years PubMed is away for hours, runs fail, are killed or stopped, and the clock jumps forward and back. SCHEDULER_SEEDS
in the environment widens the search.
"""

import logging
import os
import random
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from zoneinfo import ZoneInfo

import pytest

from aggregator.job_run import JobRun, Result
from aggregator.scheduler import HEARTBEAT, PAUSES, Job, parse_rule, run_due
from aggregator.stopping import Stopped

SEEDS = int(os.environ.get("SCHEDULER_SEEDS", "3"))
#: One with summer time in the north, one in the south, by half an hour, and one that has none.
ZONES = ("America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 8, tzinfo=UTC)
LOG = logging.getLogger("test.scheduler.year")
LOG.setLevel(logging.CRITICAL)
#: Of each job; a library keeps 400.
KEPT = 40
#: Long enough for every pause to be over, and for the turn after it.
PATIENCE = PAUSES[-1] + timedelta(hours=1)

#: name -> (rule, delay, the days that the oracle counts). 02:15 and 02:30 fall into the hours that clocks skip or repeat.
JOBS = {
    "update": ("daily 02:15", timedelta(minutes=4), lambda day: True),
    "digest": ("monday 02:30", timedelta(), lambda day: day.weekday() == 0),
    "letters": ("monthly 07:00", timedelta(), lambda day: day.day == 1),
}


# -- the oracle -----------------------------------------------------------------------------------


def due_moments(zone):
    """Minute by minute through the year: the first minute of each day at which the clock on the wall says so much."""
    moment = START - timedelta(days=45)
    found = {name: [] for name in JOBS}
    # The minute at which we begin to look would stand for the one that its day had.
    last = dict.fromkeys(JOBS, moment.astimezone(zone).date())
    wanted = {name: tuple(map(int, rule.split()[1].split(":"))) for name, (rule, _, _) in JOBS.items()}
    while moment < END:
        wall = moment.astimezone(zone)
        day, clock = wall.date(), (wall.hour, wall.minute)
        for name, (_, _, is_day) in JOBS.items():
            if day != last[name] and clock >= wanted[name]:
                last[name] = day
                if is_day(day):
                    found[name].append(moment)
        moment += timedelta(minutes=1)
    return found


@pytest.fixture(scope="module", params=ZONES)
def zone(request):
    return ZoneInfo(request.param)


@pytest.fixture(scope="module")
def expected(zone):
    return due_moments(zone)


def test_the_oracle_and_the_rules_name_the_same_moments(zone, expected):
    for name, (text, _, _) in JOBS.items():
        rule = parse_rule(text)
        for moment, following in pairwise(expected[name]):
            assert rule.last_due(moment, zone) == moment
            assert rule.next_due(moment, zone) == following


# -- the world ------------------------------------------------------------------------------------


@dataclass
class World:
    """A machine with a clock that may be wrong, and what its library remembers."""

    chance: random.Random
    zone: ZoneInfo
    is_rough: bool
    now: datetime = START
    #: How wrong the clock is.
    error: timedelta = timedelta()
    runs: dict[str, list[JobRun]] = field(default_factory=lambda: {name: [] for name in JOBS})
    #: Due moments by the run that served them.
    served: dict[str, list[datetime]] = field(default_factory=lambda: {name: [] for name in JOBS})
    #: Begun, by the clock, before it was due; or for another moment than the latest.
    wrong: list[tuple] = field(default_factory=list)
    happened: Counter = field(default_factory=Counter)
    is_pubmed_away: bool = False
    ids: count = field(default_factory=count)

    @property
    def clock(self):
        return self.now + self.error

    def job(self, name):
        text, delay, _ = JOBS[name]
        return Job(
            name=name,
            rule=parse_rule(text),
            run=lambda due: self.run(name, due),
            runs=lambda: tuple(self.runs[name]),
            spread=delay,
        )

    def run(self, name, due):
        begun = JobRun(id=str(next(self.ids)), job=name, due=due, started=self.clock)
        if self.clock < due + JOBS[name][1]:
            self.wrong.append((name, due, self.clock))
        kind = self.chance.choices(("killed", "stopped", "failed"), k=1)[0]
        if self.is_rough and self.chance.random() < 0.15:
            self.happened[kind] += 1
        else:
            kind = "away" if name == "update" and self.is_pubmed_away else "done"
            self.happened[kind] += 1
        self.now += timedelta(seconds=self.chance.uniform(5, 1800))
        result = {"away": Result.FAILED, "failed": Result.FAILED, "stopped": Result.STOPPED, "done": Result.DONE}.get(
            kind
        )
        ended = None if kind == "killed" else self.clock
        run = JobRun(id=begun.id, job=name, due=due, started=begun.started, ended=ended, result=result)
        self.runs[name] = [*self.runs[name], run][-KEPT:]
        if kind in ("killed", "stopped"):
            raise Stopped
        if kind == "done":
            self.served[name].append(due)
        return run

    @property
    def troubles(self):
        """What has gone wrong so far; as long as it stays the same, all is well."""
        return (self.error, *(self.happened[kind] for kind in ("failed", "away", "killed", "stopped")))

    def turn(self):
        """One heartbeat of a process that knows nothing of the one before."""
        try:
            run_due([self.job(name) for name in JOBS], self.clock, self.zone, LOG)
        except Stopped:
            self.now += timedelta(seconds=self.chance.uniform(1, 600))

    def trouble(self):
        """Something happens between two heartbeats."""
        if self.chance.random() < 0.002:
            self.happened["off"] += 1
            self.now += timedelta(hours=self.chance.choice((0.1, 1, 8, 24, 80, 24 * 7, 24 * 22)) * self.chance.random())
        if not self.is_rough:
            return
        if self.chance.random() < 0.004:
            self.is_pubmed_away = not self.is_pubmed_away
        if self.error and self.chance.random() < 0.02:
            self.error = timedelta()
        elif not self.error and self.chance.random() < 0.001:
            self.happened["clock wrong"] += 1
            self.error = timedelta(hours=self.chance.choice((-50, -3, -1, -0.01, 0.01, 1, 3, 50, 24 * 400)))


def live(world, expected):
    """The year, and of each job the due moments that must have been served: somebody was up for them, long enough."""
    required = {name: set() for name in JOBS}
    #: Of each job: the moment that reigns, and since when nothing has been amiss.
    reigns: dict[str, tuple] = {}
    while world.now < END - timedelta(days=7):
        before = world.troubles
        world.turn()
        world.now += timedelta(seconds=world.chance.uniform(60, 3000))
        for name, moments in expected.items():
            due = moments[bisect_right(moments, world.clock) - 1] if moments[0] <= world.clock < END else None
            held, since = reigns.get(name, (None, world.now))
            if due != held or world.troubles != before:
                since = world.now
            reigns[name] = (due, since)
            if due and world.now - since > PATIENCE and world.clock > due + PATIENCE:
                required[name].add(due)
        was = (world.now, world.error)
        world.trouble()
        if (world.now, world.error) != was:
            reigns = {}
    return required


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("is_rough", [False, True], ids=["a calm year", "a rough year"])
def test_every_due_moment_that_somebody_was_up_for_is_served_exactly_once(zone, expected, is_rough, seed):
    world = World(chance=random.Random(f"{zone} {is_rough} {seed}"), zone=zone, is_rough=is_rough)
    required = live(world, expected)
    assert world.wrong == []
    for name, moments in expected.items():
        served = Counter(world.served[name])
        # A clock that is wrong by more than a year leaves the moments that the oracle has reckoned.
        assert {due for due in served if due < END} <= set(moments), "nothing is served that was not due"
        assert set(served.values()) == {1}, "nothing is served twice"
        assert required[name] <= served.keys(), "nothing is left out that somebody was up for"
    least = {"update": 60, "digest": 15, "letters": 4}
    assert {name: len(found) >= least[name] for name, found in required.items()} == dict.fromkeys(JOBS, True)
    kinds = {"done", "off"} | ({"failed", "killed", "stopped", "away", "clock wrong"} if is_rough else set())
    assert kinds <= world.happened.keys()


def test_in_a_calm_year_the_heartbeat_serves_each_moment_within_its_minute(zone, expected):
    """Nobody is off, so that nothing has to be made up; the delay belongs to the moment."""
    world = World(chance=random.Random(0), zone=zone, is_rough=False)
    late = {name: [] for name in JOBS}
    moments = sorted({(due + JOBS[name][1], name) for name in JOBS for due in expected[name] if due > START})
    for due, _ in moments:
        world.now = due - timedelta(seconds=30)
        world.turn()
        world.now = max(world.now, due) + HEARTBEAT / 2
        world.turn()
    for name in JOBS:
        late[name] = [run.started - run.due for run in world.runs[name] if run.due > START + timedelta(days=31)]
        assert max(late[name]) <= timedelta(hours=1), "behind one other job at most"
        assert Counter(world.served[name]).most_common(1)[0][1] == 1
        assert {due for due in expected[name] if due > START} <= set(world.served[name])
