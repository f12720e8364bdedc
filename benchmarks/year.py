"""Lives through years: 52 weekly updates of an invented PubMed each, good weeks and bad ones, held against an oracle.

    python benchmarks/year.py [--seeds N] [--from SEED] [--weeks N] [--events N]

Prints a row for each seed and every difference between the library and what the oracle says it must be; ends with 1
if there was one.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from tests.year import Account, live  # noqa: E402 - the tests are no installed package

COLUMNS = (
    *("updates", "incomplete", "broken_off", "skipped", "digests", "requests"),
    *("happened", "held", "announced", "changes", "differences"),
)


@dataclass(slots=True)
class Total:
    """What all years had together."""

    figures: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)

    def add(self, account: Account) -> None:
        self.figures.update(figures(account))
        self.happened.update(account.happened)
        self.changes.update(account.changes)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--from", type=int, default=0, dest="first", metavar="SEED")
    options.add_argument("--weeks", type=int, default=52)
    options.add_argument("--events", type=float, default=0.9, help="things that happen to PubMed's records a day")
    chosen = options.parse_args()
    # What fails is counted here, not told.
    logging.disable(logging.CRITICAL)
    print(row("seed", {name: name for name in COLUMNS}, "seconds"))
    total, begun = Total(), time.perf_counter()
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            account = lived(seed, Path(folder), chosen.weeks, chosen.events)
        total.add(account)
        print(row(str(seed), figures(account), f"{time.perf_counter() - start:.1f}"), flush=True)
        for difference in account.differences:
            print(f"    {difference}", flush=True)
    print(row("all", total.figures, f"{time.perf_counter() - begun:.0f}"))
    print("\nwhat happened: " + listed(total.happened))
    print("changes recorded: " + listed(total.changes))
    return int(total.figures["differences"] > 0)


def lived(seed: int, folder: Path, weeks: int, events: float) -> Account:
    """The year's account; of a year that broke off, with that as its only difference."""
    try:
        return live(seed, folder, weeks, events=events)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the other years go on
        return Account(differences=[f"the year broke off: {error!r}"])


def figures(account: Account) -> dict[str, int]:
    """The account as one number a column."""
    values = {name: getattr(account, name) for name in COLUMNS}
    sizes = {"happened": account.happened.total(), "changes": account.changes.total()}
    return values | sizes | {"differences": len(account.differences)}


def row(name: str, values: dict[str, int] | dict[str, str] | Counter[str], seconds: str) -> str:
    cells = "".join(f"{values[column]:>{len(column) + 2}}" for column in COLUMNS)
    return f"{name:>5}{cells}{seconds:>9}"


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
