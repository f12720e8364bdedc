"""How this program was called, for the commands that it proposes to be typed next."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def command() -> str:
    """What calls this program again from the folder where it was started."""
    return _command(sys.argv[0], sys.executable, Path.cwd(), is_found=shutil.which("aggregator") is not None)


def _command(called: str, python: str, here: Path, *, is_found: bool) -> str:
    """`called` is the first word of the command line, `is_found` whether the shell knows `aggregator`."""
    door = Path(called).name
    if door == "run.py":
        return f"{_near(python, here)} {_near(called, here)}"
    if door == "__main__.py":
        return f"{_near(python, here)} -m aggregator"
    return "aggregator" if is_found or Path(called).stem != "aggregator" else _near(called, here)


def _near(file: str, here: Path) -> str:
    """A file as the shell takes it, from here where it lies below."""
    path = Path(file)
    return shlex.quote(str(path.relative_to(here)) if path.is_relative_to(here) else file)
