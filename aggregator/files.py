"""Files written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, is_private: bool = False) -> None:
    """Writes a file beside its place and moves it there, so that a reader never meets half of it.

    What a killed process has left beside it is written over by the next one. `is_private`: only its owner may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.writing")
    try:
        if is_private:
            private_file(beside)
        with beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def private_file(path: Path) -> None:
    """Makes an empty file that only its owner may read, in the place of what is there."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def move_into_place(beside: Path, path: Path) -> None:
    """Gives a written file its name once the disk has it, name included, so that no loss of power undoes it."""
    with beside.open("rb+") as stream:
        os.fsync(stream.fileno())
    beside.replace(path)
    # Windows opens no folders, and some file systems do not sync them.
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
