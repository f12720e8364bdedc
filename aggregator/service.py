"""The verbs that look after the installation or rehearse it: simulate, demo, doctor."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import scheduling, verbs
from aggregator.errors import AggregatorError, LibraryError, SettingsError
from aggregator.exits import DONE, FAILED
from aggregator.house import House

if TYPE_CHECKING:
    from aggregator.config import Settings
    from aggregator.library import Library


# -- simulate ---------------------------------------------------------------------------------------


def simulate(house: House, options: Namespace) -> int:
    """Serves records as PubMed does, on this machine only, until it is stopped."""
    from aggregator.pubmed.simulator import serve

    now = house.now if house.is_rehearsal else None
    try:
        simulator = serve(options.corpus, port=options.port, now=now)
    except OSError as error:
        raise SettingsError(f"port {options.port}: {error.strerror}; choose another --port") from error
    try:
        house.say(f"PubMed, simulated with {len(simulator.world.records()):,} records, at {simulator.url}")
        house.say(f'use it with this in aggregator.toml:\n[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 100')
        simulator.wait()
    finally:
        simulator.stop()
    return DONE


# -- demo -------------------------------------------------------------------------------------------


def demo(house: House, options: Namespace) -> int:
    """The main job for two successive weeks against the simulator, with invented studies only."""
    from aggregator.demo_world import DEMO_WEEKS, demo_world
    from aggregator.pubmed.simulator import Simulator

    workspace = options.workspace or Path("demo-workspace")
    _clear_demo(workspace)
    world = demo_world()
    code = DONE
    with Simulator(world) as simulator:
        house.say("PubMed is simulated on this machine; every study is INVENTED and says so.")
        for week in DEMO_WEEKS:
            world.now = week
            house.say(f"\n== the week that ends on {week:%A, %d %B %Y} ==")
            settings = _demo_settings(workspace, simulator.url)
            rehearsal = replace(house, now=week.astimezone(UTC), settings=settings, banner=_DEMO_BANNER)
            code = max(code, verbs.weekly(rehearsal, Namespace(send=False, off_peak=False)))
    house.say(_where_to_look(workspace))
    return code


_DEMO_BANNER = "Demonstration: every study, author and number here is invented."
#: Stands in a workspace that the demo made, so that the demo never touches another one.
_DEMO_MARK = "DEMO-invented-studies.txt"


def _clear_demo(workspace: Path) -> None:
    if workspace.exists() and any(workspace.iterdir()):
        if not (workspace / _DEMO_MARK).exists():
            raise SettingsError(
                f"{workspace} holds something that is not a demo; choose another --workspace, "
                "so that invented studies never stand among real ones"
            )
        shutil.rmtree(workspace)
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / _DEMO_MARK).write_text("Everything in this folder was made from invented studies.\n", encoding="utf-8")


def _demo_settings(workspace: Path, url: str) -> Settings:
    from aggregator import config

    base = config.load(None, environ={}, workspace=workspace)
    asked = replace(base.pubmed, url=url, requests_per_second=100, email="demo@clinic.example")
    # As often as the demo asks: else its report would tell of a gap.
    weekly = replace(base.schedule, update="sunday 18:00")
    return replace(base, pubmed=asked, schedule=weekly, workspace=workspace)


def _where_to_look(workspace: Path) -> str:
    digests = sorted((workspace / "digests").glob("*/digest.html"))
    lines = ["", "Look at:", f"  the report   {workspace / 'site' / 'index.html'}"]
    lines += [f"  a digest     {digest} (and .txt, .eml)" for digest in digests]
    lines += [
        f"  the searches python run.py log --workspace {workspace}",
        f"  one study    python run.py show 90000001 --workspace {workspace}",
    ]
    return "\n".join(lines)


# -- doctor -----------------------------------------------------------------------------------------


def doctor(house: House, _: Namespace) -> int:
    """One line a check, each with the remedy; exit 1 when any failed."""
    is_well = True
    for name, check in _checks(house):
        try:
            verdict, words = "ok", check()
        except AggregatorError as error:
            verdict, words, is_well = "FAILED", str(error), False
        print(f"{verdict:<7} {name}: {words}")
    return DONE if is_well else FAILED


def _checks(house: House) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"{house.settings.file or 'defaults, no aggregator.toml here'}"
    yield "topics", lambda: _topics_are_well(house)
    yield "disk", lambda: _disk_is_well(house)
    yield "library", lambda: _library_is_well(house)
    yield "PubMed", lambda: house.pubmed().info()
    yield "mail", lambda: _mail_is_well(house)
    yield "schedule", lambda: scheduling.timetable(scheduling.scheduled_jobs(house), house).replace("\n", "; ")


def _topics_are_well(house: House) -> str:
    from aggregator.topic_check import check

    errors = [fault for fault in check(house.queries) if fault.severity == "error"]
    if errors:
        raise SettingsError(f"{errors[0]} ({len(errors)} in all); run `topics --check`")
    return f"{len(house.topics)} in {house.queries}"


def _disk_is_well(house: House) -> str:
    nearest = next(folder for folder in (house.workspace, *house.workspace.resolve().parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        raise SettingsError(f"{nearest} cannot be written; check its rights or choose another --workspace")
    free = shutil.disk_usage(nearest).free / 1e9
    if free < 0.5:
        raise SettingsError(f"only {free:.1f} GB free at {nearest}; free some space")
    return f"{free:,.0f} GB free at {nearest}"


def _library_is_well(house: House) -> str:
    if not house.library_file.exists():
        return f"none yet at {house.library_file}; `update` makes it"
    if not os.access(house.library_file, os.W_OK):
        raise LibraryError("cannot be written; check its rights", path=house.library_file)
    with house.library() as library:
        faults = library.faults()
        if faults:
            raise LibraryError(f"{faults[0]}; restore it from a backup", path=house.library_file)
        return f"{len(library):,} studies in {house.library_file}; {_freshness(house, library)}"


def _freshness(house: House, library: Library) -> str:
    incomplete = library.incomplete_since()
    if incomplete:
        return "INCOMPLETE: " + ", ".join(incomplete)
    moments = [moment for topic in house.topics if (moment := library.last_complete(topic.slug))]
    return f"complete as of {min(moments):%Y-%m-%d %H:%M} UTC" if moments else "no search yet"


def _mail_is_well(house: House) -> str:
    if house.settings.mail is None:
        return "no [mail] table: digests are written, not sent"
    from aggregator.digest.words import plural

    with house.mailer() as mailer:
        mailer.check()
    count = len(house.settings.subscribers)
    if house.library_file.exists():
        with house.library() as library:
            count = len(house.recipients(library))
    return f"{house.settings.mail.host} takes our login; {plural(count, 'subscriber', 'subscribers')}"
