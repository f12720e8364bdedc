"""What a page was drawn from, as a short mark at its end, so that an unchanged page need not be drawn again."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from aggregator.assets import shipped

_PACKAGE = Path(__file__).resolve().parent.parent
#: What of the program and of its looks decides how a page comes out: its text, not its number, which a developer or
#: somebody who corrects a table of words does not change.
_PROGRAM = ("*.py", "*.toml")
_LOOKS = ("*.html", "*.j2")


class Origin:
    """Marks of what pages are drawn from; `common` is what all of them share beside the program and its looks."""

    def __init__(self, *common: Any) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._common = blake2b(_texts(), digest_size=16)
        self._common.update(self._encode(common))

    def mark(self, *values: Any) -> str:
        """A comment for the end of the page that is drawn from these values: dataclasses, lists, texts, numbers."""
        own = self._common.copy()
        own.update(self._encode(values))
        return f"<!-- drawn from {own.hexdigest()} -->\n"


def _texts() -> bytes:
    folders = ((_PACKAGE, _PROGRAM), (shipped("reports"), _LOOKS))
    files = sorted(file for folder, kinds in folders for kind in kinds for file in folder.rglob(kind))
    return b"\0".join(part for file in files for part in (file.name.encode(), file.read_bytes()))
