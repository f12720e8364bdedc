"""A folder of files that is built beside its place and swapped in, so that a reader meets the old one or the new one.

A file whose content is what the old folder has is the old file itself, by a hard link: most of a large site is the same
from one build to the next, and neither the disk nor a backup has to take it again.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from aggregator.stopping import NEVER, Stop


class NewFolder:
    """Takes files for the folder `place`; nothing of it is to be seen there before `put_in_place`.

    Before each file it looks whether it is to stop.
    """

    def __init__(self, place: Path, *, stop: Stop = NEVER) -> None:
        self._stop = stop
        self._place = place
        self._beside = place.with_name(f".{place.name}.building")
        self._folders = {""}
        # Where the disk knows no hard links, the first refusal tells.
        self._can_link = True
        shutil.rmtree(self._beside, ignore_errors=True)
        self._beside.mkdir(parents=True)

    def write(self, name: str, content: str | bytes) -> None:
        """Takes the file `name` ("studies/90000001.html"). Each name may come once: writing into a link would change
        the old folder.
        """
        self._stop.check()
        data = content.encode() if isinstance(content, str) else content
        if _holds(f"{self._place}/{name}", data) and self._linked(name):
            return
        # A Path for each of 30,000 files takes its time.
        with open(self._new(name), "xb", buffering=0) as stream:  # noqa: PTH123
            stream.write(data)

    def keep(self, name: str, ending: str) -> bool:
        """Takes over the old file `name` where it ends with `ending`; answers whether it did."""
        self._stop.check()
        return _ends_with(f"{self._place}/{name}", ending.encode()) and self._linked(name)

    def _new(self, name: str) -> str:
        """The file's path, whose folder is there."""
        folder, _, _ = name.rpartition("/")
        if folder not in self._folders:
            (self._beside / folder).mkdir(parents=True)
            self._folders.add(folder)
        return f"{self._beside}/{name}"

    def _linked(self, name: str) -> bool:
        """Whether the old file could be made the new one."""
        if self._can_link:
            try:
                os.link(f"{self._place}/{name}", self._new(name))
            except OSError:
                self._can_link = False
        return self._can_link

    def put_in_place(self) -> None:
        """The new folder stands in the place of the old one, which is gone."""
        old = self._place.with_name(f".{self._place.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self._place.exists():
            self._place.rename(old)
        try:
            self._beside.rename(self._place)
        except OSError:
            if old.exists():
                old.rename(self._place)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def give_up(self) -> None:
        """Leaves the old folder as it is, and nothing beside it: on a full disk, half a folder would keep it full."""
        shutil.rmtree(self._beside, ignore_errors=True)


def _holds(file: str, data: bytes) -> bool:
    try:
        if os.stat(file).st_size != len(data):  # noqa: PTH116 - as above
            return False
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - as above
            return stream.read() == data
    except OSError:
        return False


def _ends_with(file: str, data: bytes) -> bool:
    try:
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - as above
            stream.seek(-len(data), os.SEEK_END)
            return stream.read() == data
    except OSError:
        return False
