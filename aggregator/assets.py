"""Where queries/ and reports/ lie: the user's own beside her settings, else the shipped ones."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
#: hatchling's force-include puts the two folders here in a wheel; a checkout has them at its top.
_SHIPPED = (_PACKAGE / "shipped", _PACKAGE.parent)


def folder(name: str, beside: Path | None = None) -> Path:
    """The folder `name` ("queries" or "reports"): the user's own in `beside`, else the shipped one."""
    candidates = ([beside] if beside else []) + list(_SHIPPED)
    for parent in candidates:
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"the folder {name}/ is missing from this installation; install the package again")


def shipped(name: str) -> Path:
    """The folder as it came with the product, whatever the user has of her own."""
    return folder(name)
