"""The verbs that show the product by itself: simulate, demo."""

from __future__ import annotations

import shutil
from argparse import Namespace
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import called, verbs
from aggregator.errors import SettingsError
from aggregator.exits import DONE
from aggregator.house import House

if TYPE_CHECKING:
    from aggregator.config import Settings


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
    call = called.command()
    lines += [
        f"  the searches {call} log --workspace {workspace}",
        f"  one study    {call} show 90000001 --workspace {workspace}",
    ]
    return "\n".join(lines)
