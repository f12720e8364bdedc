"""Does a service that runs for weeks grow? 1,000 scheduled runs in one process, with faults of PubMed and of the mail.

    python benchmarks/soak.py [--runs N] [--every N] [--seed N]

Prints memory, open files and threads of the process at several points, and what came of the runs; ends with 1 if a due
moment was served twice.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from tests.soak import Measured, soak  # noqa: E402 - the tests are no installed package

#: What the verbs say of each fault goes here.
UNHEARD = io.StringIO


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=1000)
    options.add_argument("--every", type=int, default=100)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    print(f"{'runs':>6} {'MB':>7} {'files':>6} {'threads':>8} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(UNHEARD()):
        found = soak(Path(folder), runs=chosen.runs, every=chosen.every, seed=chosen.seed, tell=row)
    for (job, result), count in sorted(found.results.items()):
        print(f"{count:>6} {job}: {result}")
    twice = [moment for moment, count in found.served.items() if count > 1]
    print(f"{len(found.served):>6} due moments served, {len(twice)} of them twice")
    return 1 if twice else 0


def row(one: Measured) -> None:
    print(f"{one.runs:>6} {one.megabytes:>7.1f} {one.files:>6} {one.threads:>8} {one.seconds:>8.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
