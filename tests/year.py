"""A year of weekly updates and digests against an invented PubMed, good weeks and bad ones, in a few seconds.

account = live(seed, folder)
account.differences  # every way in which the library was not what the oracle says it must be
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from sqlite3 import Connection
from unittest.mock import patch
from zoneinfo import ZoneInfo

from aggregator import harvest, jobs
from aggregator.dates import EASTERN
from aggregator.harvest import UpdateOutcome, update
from aggregator.library import Library, Sent
from aggregator.pubmed import eutils
from aggregator.pubmed.eutils import BATCH, WALL, PubMed
from aggregator.pubmed.simulator import Simulator
from tests.year_oracle import Oracle
from tests.year_world import ANXIETY, MOOD, TRAUMA, WIDER_TRAUMA, InventedPubMed, Question

#: The weekly run is on Wednesdays, more or less.
FIRST_RUN = datetime(2026, 1, 7, 12, tzinfo=EASTERN)

# -- the schedule ----------------------------------------------------------------------------------------------------

_ANYWHERE = (
    *("rate-limit", "rate-limit-without-retry-after", "rate-limit-in-200", "server-error", "forwarding-error"),
    *("bad-gateway", "unavailable", "gateway-timeout", "empty-body", "truncated", "truncated-15/16", "corrupted"),
    *("trace", "maintenance", "unroutable", "cut", "reset", "gzip-cut", "gzip-corrupted"),
)
#: Faults that pass, by the endpoint that they meet.
TRANSIENT: Mapping[str, tuple[str, ...]] = {
    "esearch": (
        *(*_ANYWHERE, "backend-failed", "database-not-supported", "history-lost", "count-too-high"),
        *("dropped-pmid", "duplicated-pmid", "shuffled-pmids"),
    ),
    "efetch": (
        *(*_ANYWHERE, "viewer-timeout", "pubone", "no-document-summary", "no-root"),
        *("dropped-record", "duplicated-record", "shuffled-records", "foreign-record", "empty-page"),
    ),
    "esummary": (*_ANYWHERE, "invalid-json", "document-summary-backend", "dropped-summary"),
}
#: Faults that stay for weeks.
LASTING: Mapping[str, tuple[str, ...]] = {
    "esearch": ("server-error", "backend-failed", "truncated", "reset", "blocked", "redirect", "count-too-high"),
    "efetch": ("server-error", "truncated", "cut", "blocked", "dropped-record", "empty-page", "foreign-record"),
    "esummary": ("server-error", "invalid-json", "blocked", "dropped-summary"),
}
ENDPOINTS = tuple(TRANSIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What PubMed does wrong: `times` requests in a row meet it, or all when None, after some that pass."""

    endpoint: str
    kind: str
    times: int | None = 1
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What is done in a week, and what goes wrong."""

    updates: bool = True
    faults: tuple[Fault, ...] = ()
    #: Some records spoil every EFetch that asks for them, with this fault.
    poison: str | None = None
    #: The update is broken off after so many transactions.
    breaks: int | None = None
    #: A digest is made; it is sent; on the next day there is a second update and digest.
    digest: bool = True
    is_sent: bool = False
    again: bool = False
    #: Hours that the run is late.
    late: int = 0

    @property
    def expects(self) -> bool | None:
        """Whether an update can be complete; None where that depends on what it needs to ask."""
        lasting = [fault for fault in self.faults if fault.times is None]
        if any(fault.endpoint == "esearch" and not fault.after for fault in lasting):
            return False
        return None if lasting or self.poison else True


def transient(random: Random, endpoint: str) -> Fault:
    kind = random.choice(TRANSIENT[endpoint])
    return Fault(endpoint=endpoint, kind=kind, times=random.randint(1, 3), after=random.randint(0, 4))


def lasting(random: Random, endpoint: str) -> Fault:
    return Fault(
        endpoint=endpoint, kind=random.choice(LASTING[endpoint]), times=None, after=random.choice((0, 0, 1, 2, 3, 5))
    )


def schedule(random: Random, weeks: int) -> tuple[Week, ...]:
    """More than half of the weeks are undisturbed, and the last one is."""
    made: list[Week] = []
    while len(made) < weeks - 1:
        made += _spell(random)
    return (*made[: weeks - 1], Week())


def _spell(random: Random) -> list[Week]:
    """A week, or some bad ones in a row."""
    week = Week(
        digest=random.random() < 0.85,
        is_sent=random.random() < 0.5,
        again=random.random() < 0.1,
        late=random.randint(-40, 40),
    )
    lot, endpoints = random.random(), random.sample(ENDPOINTS, 3)
    if lot < 0.12:
        passing = [transient(random, endpoints[1])] * random.randint(0, 1)
        return [replace(week, faults=(lasting(random, endpoints[0]), *passing))] * random.randint(1, 3)
    if lot < 0.35:
        return [replace(week, faults=tuple(transient(random, it) for it in endpoints[: random.randint(1, 3)]))]
    if lot < 0.42:
        return [replace(week, updates=False)] * random.randint(1, 3)
    if lot < 0.47:
        return [replace(week, poison=random.choice(LASTING["efetch"][:3]))] * random.randint(1, 2)
    if lot < 0.52:
        return [replace(week, breaks=random.randint(0, 25))]
    return [week]


# -- living through it -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Account:
    """How a year went."""

    updates: int = 0
    incomplete: int = 0
    broken_off: int = 0
    skipped: int = 0
    digests: int = 0
    requests: int = 0
    #: What the library holds, has announced, and has recorded at the end.
    held: int = 0
    announced: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    #: What happened at PubMed.
    happened: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


class BrokenOff(BaseException):
    """The run ends here, as when somebody presses Control-C."""


class Unsynced(Library):
    """A library that does not wait for the disk, since nobody pulls the plug here; but a run can be broken off."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._store.rows("PRAGMA synchronous = OFF")
        self._writing = self._store.writing
        self._store.writing = self._counted  # type: ignore[method-assign]
        #: Transactions until the run is broken off.
        self.left: int | None = None

    @contextmanager
    def _counted(self) -> Iterator[Connection]:
        if self.left is not None:
            if not self.left:
                raise BrokenOff
            self.left -= 1
        with self._writing() as db:
            yield db


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the year is lived with; to test the oracle, a worse part takes the place of a good one."""

    library: type[Unsynced] = Unsynced
    client: type[PubMed] = PubMed
    update: Callable[..., UpdateOutcome] = update


class Clock:
    """A clock that hardly anything but sleeping moves, so that waiting takes no time."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 0.001
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def live(
    seed: int, folder: Path, weeks: Sequence[Week] | int = 52, *, events: float = 0.9, parts: Parts | None = None
) -> Account:
    """Lives through so many weeks, or through these, by the dice of the seed; so many things happen a day."""
    random = Random(f"schedule {seed}")
    planned = schedule(random, weeks) if isinstance(weeks, int) else weeks
    # So many PMIDs in one request as ever, or so few that a handful of records makes several.
    batch, wall, asked = random.choice(((BATCH, WALL, 300), (4, 7, 3)))
    life = _Life(seed, random, folder, events, parts or Parts(), wall)
    with (
        patch.multiple(eutils, BATCH=batch, WALL=wall),
        patch.object(harvest, "_PMIDS_IN_A_QUESTION", asked),
        life.simulator,
        life.library,
    ):
        for number, week in enumerate(planned):
            life.week(number, week)
        return life.account()


class _Life:
    """One year: the invented PubMed, the library, the oracle, and the account."""

    def __init__(self, seed: int, random: Random, folder: Path, events: float, parts: Parts, wall: int) -> None:
        self._parts, self._random = parts, random
        self._zone = ZoneInfo(random.choice(("America/New_York", "UTC", "Europe/Berlin", "Pacific/Auckland")))
        #: The weeks in which a topic is added, another one's query is made wider, and a third is given up.
        self._mood_from = random.choice((0, 5, 12))
        self._wider_from = random.choice((3, 20, 99))
        self._anxiety_until = random.choice((30, 99))
        self._pubmed = InventedPubMed(seed, FIRST_RUN, events=events)
        self.simulator = Simulator(self._pubmed.world, wall=wall)
        self.library = parts.library(folder / f"year-{seed}.sqlite")
        self._oracle = Oracle(self._pubmed, self.library)
        self._account = Account(happened=self._pubmed.happened)

    def week(self, number: int, week: Week) -> None:
        now = FIRST_RUN + timedelta(weeks=number, hours=week.late if number else 0)
        self._account.skipped += not week.updates
        if week.updates:
            self._update(number, week, now)
        sent = None
        if week.digest:
            plan = self._digest(number, now + timedelta(hours=1))
            if week.is_sent:
                sent = plan
                self._send(plan, now)
        if week.again:
            self._update(number, week, now + timedelta(hours=20))
            self._digest(number, now + timedelta(hours=21), sent=sent)

    def _questions(self, number: int) -> tuple[Question, ...]:
        trauma = WIDER_TRAUMA if number >= self._wider_from else TRAUMA
        anxiety = (ANXIETY,) if number < self._anxiety_until else ()
        mood = (MOOD,) if number >= self._mood_from else ()
        return (trauma, *anxiety, *mood)

    def _update(self, number: int, week: Week, now: datetime) -> None:
        now, questions = now.astimezone(UTC), self._questions(number)
        self._pubmed.pass_until(now)
        self.simulator.faults.clear()
        self.simulator.clear_log()
        for fault in week.faults:
            self.simulator.faults.add(fault.endpoint, fault.kind, times=fault.times, after=fault.after)
        self.simulator.poison = self._poisoned(week)
        self.library.left = week.breaks
        self._account.updates += 1
        try:
            outcome = self._parts.update(self.library, [it.topic for it in questions], self._client(), now=now)
        except BrokenOff:
            self._account.broken_off += 1
            self._note(number, self._oracle.after_break(questions, now))
            return
        finally:
            self.library.left = None
            self._account.requests += len(self.simulator.log)
        self._account.incomplete += not outcome.is_complete
        self._note(number, self._oracle.after_update(outcome, questions, now, expects=week.expects))
        if week.poison:
            self._note(number, self._oracle.after_poison(self.simulator.poison.keys(), questions))

    def _poisoned(self, week: Week) -> dict[str, str]:
        there = sorted(self._pubmed.now())
        return dict.fromkeys(self._random.sample(there, 2), week.poison) if week.poison else {}

    def _client(self) -> PubMed:
        clock = Clock()
        return self._parts.client(
            email="year@clinic.example",
            url=self.simulator.url,
            requests_per_second=1000,
            timeout=5,
            sleep=clock.sleep,
            clock=clock,
        )

    def _digest(self, number: int, now: datetime, *, sent: jobs.DigestPlan | None = None) -> jobs.DigestPlan:
        now = now.astimezone(UTC)
        plan = jobs.plan_digest(self.library, now=now, zone=self._zone)
        self._account.digests += 1
        self._note(number, self._oracle.after_plan(plan, sent=sent))
        self._note(number, self._oracle.after_composing(self._questions(number), plan, now))
        return plan

    def _send(self, plan: jobs.DigestPlan, now: datetime) -> None:
        self.library.remember_sent(
            Sent(
                issue=plan.name,
                subscriber="a.doctor@clinic.example",
                state="sent",
                attempts=1,
                answer="250",
                moment=now,
                pmids=tuple(sorted(plan.new)),
            )
        )

    def account(self) -> Account:
        self._note(None, self._oracle.after_all())
        self._account.held = len(self.library)
        self._account.announced = sum(len(self.library.announced_in(issue.issue)) for issue in self.library.issues())
        self._account.changes = Counter(change.kind for change in self.library.changes())
        return self._account

    def _note(self, number: int | None, differences: Iterator[str]) -> None:
        when = "the year" if number is None else f"week {number}"
        self._account.differences += [f"{when}: {difference}" for difference in differences]
