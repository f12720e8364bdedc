"""A service that lives through many runs in one process: its clock runs fast, its PubMed and its mail server fail at random.

PubMed and mail server are a process of their own, so that what is measured is the service alone.
"""

from __future__ import annotations

import datetime as dt
import gc
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import schedule

from aggregator import config, logs, scheduler, scheduling
from aggregator.after_run import after_run
from aggregator.house import House
from aggregator.library import Library
from aggregator.pubmed.simulator import Simulator
from aggregator.stopping import Stop, Stopped
from tests.crash_world import furnish, worlds
from tests.scripted_smtp import ScriptedServer

#: What a bad day at PubMed may bring, as far as it is over soon.
FAULTS = (
    *("server-error", "bad-gateway", "unavailable", "empty-body", "truncated", "corrupted", "cut", "reset", "gzip-cut"),
    *("rate-limit-in-200", "backend-failed", "captive-portal", "slow"),
)
#: How long the clock runs on at each of the service's naps: the heart beats every minute, the soak has no time for all.
NAP = timedelta(minutes=6)
START = datetime(2026, 11, 15, 12, tzinfo=UTC)
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


# -- the world outside ----------------------------------------------------------------------------


def _outside(told: Connection, seed: int) -> None:
    chance = random.Random(seed)
    with Simulator(next(worlds())) as simulator, ScriptedServer() as mail:
        told.send((simulator.url, mail.port))
        while not told.poll(0.2):
            simulator.clear_log()
            mail.letters.clear()
            simulator.faults.clear()
            if chance.random() < 0.5:
                endpoint = chance.choice(("esearch", "efetch"))
                simulator.faults.add(endpoint, chance.choice(FAULTS), times=chance.randint(1, 4))
            if chance.random() < 0.1:
                mail.faults[chance.choice(("RCPT", "final dot"))] = [chance.choice(("550 no", "554 no"))]


@contextmanager
def outside(seed: int) -> Iterator[tuple[str, int]]:
    """The address of PubMed and the port of the mail server."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_outside, args=(theirs, seed), daemon=True)
    process.start()
    try:
        yield ours.recv()
        ours.send("enough")
        process.join(30)
    finally:
        process.kill()
        process.join()
        ours.close()


# -- the service ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the process holds after so many runs."""

    runs: int
    megabytes: float
    files: int
    threads: int
    seconds: float


@dataclass(slots=True)
class Soak:
    """What came of it."""

    measured: list[Measured] = field(default_factory=list)
    #: (job, result) of every run; a library keeps the last 400 of each job.
    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: (job, due moment) of every run that was done.
    served: Counter[tuple[str, datetime]] = field(default_factory=Counter)


@dataclass(slots=True)
class _Clock:
    """Moves when the service naps; the schedule library sees the same on the wall."""

    now: datetime = START

    def read(self) -> datetime:
        return self.now

    @contextmanager
    def on_the_wall(self) -> Iterator[None]:
        clock, before = self, schedule.datetime

        class WallClock(dt.datetime):
            @classmethod
            def now(cls, tz: object = None) -> dt.datetime:
                return clock.now.replace(tzinfo=None)

        schedule.datetime = SimpleNamespace(datetime=WallClock, timedelta=dt.timedelta, date=dt.date, time=dt.time)
        try:
            yield
        finally:
            schedule.datetime = before


def soak(folder: Path, *, runs: int, every: int, seed: int, tell: Callable[[Measured], None] = lambda _: None) -> Soak:
    """Lets a service do so many runs in this process, and measures it after each `every` of them."""
    with outside(seed) as (url, port):
        settings = config.load(_settings(folder, url, port), environ={}, workspace=folder / "workspace")
        return _serve(House(settings=settings, now=START, is_quiet=True), runs=runs, every=every, tell=tell)


def _settings(folder: Path, url: str, port: int) -> Path:
    furnish(folder, url)
    with (folder / "aggregator.toml").open("a") as file:
        file.write("attempts = 2\ntimeout = 5\n[schedule]\nupdate = 'hourly'\ndigest = 'monday 07:00'\n")
        file.write("[workspace]\nbackups = 2\n[operator]\nemail = 'operator@clinic.example'\n")
        file.write(f"[mail]\nhost = '127.0.0.1'\nport = {port}\nsecurity = 'none'\nsender = 'digest@clinic.example'\n")
        for number, cadence in enumerate(("weekly", "daily", "daily")):
            file.write(f"[[subscriber]]\nemail = 'reader-{number}@clinic.example'\ncadence = '{cadence}'\n")
    return folder / "aggregator.toml"


def _serve(house: House, *, runs: int, every: int, tell: Callable[[Measured], None]) -> Soak:
    clock, stop, found, begun = _Clock(), Stop(), Soak(), time.monotonic()

    def nap(_: float) -> None:
        clock.now += NAP

    def follow(current: House, run: scheduling.JobRun) -> None:
        after_run(current, run)
        found.results[(run.job, str(run.result))] += 1
        if run.result is scheduling.Result.DONE and run.due:
            found.served[(run.job, run.due)] += 1
        number = found.results.total()
        if number % every == 0:
            found.measured.append(measure(number, time.monotonic() - begun))
            tell(found.measured[-1])
        if number >= runs:
            stop.ask()

    house = replace(house, clock=clock.read, stop=stop)
    house.workspace.mkdir()
    with Library(house.library_file) as library:
        library.name_installation(uuid4().hex)
    with logs.logging_to(house.log_file), clock.on_the_wall(), suppress(Stopped):
        scheduler.run_forever(
            lambda: scheduling.scheduled_jobs(house, after=follow),
            clock=clock.read,
            sleep=nap,
            zone=house.zone,
            stop=stop,
            log=scheduling.log,
        )
    return found


def measure(runs: int, seconds: float) -> Measured:
    """What this process holds now; of a system without /proc only the threads are known."""
    gc.collect()
    memory, files = Path("/proc/self/statm"), Path("/proc/self/fd")
    return Measured(
        runs=runs,
        megabytes=int(memory.read_text().split()[1]) * PAGE / 1e6 if memory.exists() else 0.0,
        files=len(list(files.iterdir())) if files.exists() else 0,
        threads=threading.active_count(),
        seconds=seconds,
    )
