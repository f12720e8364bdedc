"""What a page was drawn from, as a short mark at its end, so that an unchanged page need not be drawn again."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import msgspec

from aggregator.assets import shipped
from aggregator.render.pages import Common

_PACKAGE = Path(__file__).resolve().parent.parent
#: What of the program and of its looks decides how a page comes out: its text, not its number, which a developer or
#: somebody who corrects a table of words does not change.
_PROGRAM = ("*.py", "*.toml")
_LOOKS = ("*.html", "*.j2")


class Origin:
    """Marks of what pages are drawn from; `common` is what all of them share beside the program and its looks.

    `common` is a dataclass whose `folder` is the reports/ folder.
    """

    def __init__(self, common: Common) -> None:
        self._common = blake2b(_texts(Path(common.folder)), digest_size=16)
        self._common.update(msgspec.json.encode(common))

    def mark(self, values: bytes) -> str:
        """A comment for the end of the page that is drawn from these values."""
        own = self._common.copy()
        own.update(values)
        return f"<!-- drawn from {own.hexdigest()} -->\n"


def _texts(folder: Path) -> bytes:
    places = ((_PACKAGE, _PROGRAM), (shipped("reports"), _LOOKS), (folder, _LOOKS))
    files = sorted({file for place, kinds in places for kind in kinds for file in place.rglob(kind)})
    return b"\0".join(part for file in files for part in (file.name.encode(), file.read_bytes()))
