"""The words of the field as tables that a clinician can read and correct: TOML files beside this one.

A wording is what an abstract says, in small letters: a space may be a hyphen, `*` is any ending of a word, `(a|b)` is
either, `[a]` may be missing. Acronyms are printed as abstracts print them, capitals counting: a hyphen may be missing
or a space, `#` is a number that may follow.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_SIGNS = {" ": "[ -]", "*": r"\w*", "(": "(?:", ")": ")", "|": "|", "[": "(?:", "]": ")?"}


@cache
def table(name: str) -> dict[str, Any]:
    """The entries of one file, in its order."""
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))


def pattern_of(wordings: tuple[str, ...] | list[str]) -> str:
    """A regular expression that finds any of the wordings in small letters; one that finds nothing for none."""
    return "|".join(map(_wording, wordings)) or r"(?!)"


def _wording(text: str) -> str:
    body = "".join(_SIGNS.get(sign) or re.escape(sign) for sign in text)
    first, last = text.lstrip("([")[:1], text.rstrip(")]")[-1:]
    return (r"\b" if first.isalnum() else "") + body + (r"\b" if last.isalnum() else "")


def acronym_pattern(printed: tuple[str, ...] | list[str]) -> str:
    """A regular expression that finds any of the acronyms as printed."""
    return "|".join(map(_acronym, printed)) or r"(?!)"


def _acronym(text: str) -> str:
    body = "".join({"-": r"[- ]?", "#": r"(?:-?\d+)?"}.get(sign) or re.escape(sign) for sign in text)
    return rf"\b{body}\b"
