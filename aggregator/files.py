"""Files written whole or not at all, folders of one's own, and what the system says of either."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o666) -> None:
    """Writes a file beside its place and moves it there, so that a reader never meets half of it.

    What a killed process has left beside it is written over by the next one. `mode` are its rights, less the umask.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.writing")
    try:
        with open(beside, "wb", opener=partial(os.open, mode=mode)) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def make_private(folder: Path) -> None:
    """Makes a folder that only its owner may enter; one that is there keeps its rights."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


#: What the system says of a disk, with what to do about it.
_DISK_REMEDIES = {
    errno.ENOSPC: "the disk is full; nothing was lost, free some space and run again",
    errno.EDQUOT: "your quota of the disk is full; nothing was lost, free some space and run again",
    errno.EFBIG: "a file may not grow further (quota, ulimit -f), as if the disk were full; nothing was lost, "
    "free some space or raise the limit, and run again",
    errno.EROFS: "the disk can only be read; choose another --workspace, or have it mounted for writing",
}


def told_by_the_system(error: OSError) -> str:
    """What an error of the system means for the person who reads it, and what to do."""
    # The place is left out where it may be the source of a copy.
    if remedy := _DISK_REMEDIES.get(error.errno or 0):
        return remedy
    return f"{error.filename or 'the output'}: {error.strerror}; check the path, its rights and the disk"
