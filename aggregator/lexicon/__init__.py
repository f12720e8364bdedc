"""The words of the field as tables that a clinician can read and correct: TOML files beside this one.

A wording is what an abstract says, in small letters and whole words:

    =============  ============================================  ==================================================
    a space        a space or a hyphen                           "wait list" finds wait-list
    `*`            any ending of a word                          "mindfulness*"
    `(a|b)`        either                                        "generali(s|z)ed anxiety"
    `[a]` `[a|b]`  may be missing                                "adult[s]", "teenage[d|r|rs]", "wait[ing][ ]list*"
    `{a |b }`      any number of these, in any order, or none    "{major |bipolar }depression"
    `_`            one word, whichever                           "rectal [_ ]ketamine"
    ` ... `        up to as many words as dots ("and" not       "oral ... ketamine", "healthy .... volunteer*"
                   counted), as few as there can be
    `#` `<1-11>`   a number, a number from 1 to 11               "ly#", "<1-11> year old"
    =============  ============================================  ==================================================

The first wording of an entry that fits at a place is taken, so that a longer one stands before a shorter one that it
begins with. What depends on what stands around it stays a regular expression, `pattern` beside the `words` of its
entry, with the reason. Acronyms are `printed` as abstracts print them, capitals counting: a hyphen may be missing or be
a space, `#` is a number that may follow.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_SIGNS = {
    " ": "[ -]",
    "*": r"\w*",
    "(": "(?:",
    ")": ")",
    "|": "|",
    "[": "(?:",
    "]": ")?",
    "{": "(?:",
    "}": ")*",
    "_": r"[\w-]+",
    "#": r"\d+",
}
_SIGN = re.compile(r" (?P<dots>\.{2,}) |<(?P<first>\d+)-(?P<last>\d+)>|.")


@cache
def table(name: str) -> dict[str, Any]:
    """The entries of one file, in its order."""
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))


def patterns(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The entries of one file that have words, each with what finds any of them."""
    return tuple((value, re.compile(found)) for value, found in _worded(name))


def pattern_of_all(name: str, *, but: str | None = None) -> str:
    """A regular expression that finds the words of all entries of one file, or of all but one."""
    return "|".join(found for value, found in _worded(name) if value != but)


def _worded(name: str) -> Iterator[tuple[str, str]]:
    for value, entry in table(name).items():
        if "words" in entry:
            words = pattern_of(entry["words"])
            yield value, f"{words}|{entry['pattern']}" if "pattern" in entry else words


def pattern_of(wordings: tuple[str, ...] | list[str]) -> str:
    """A regular expression that finds any of the wordings in small letters; one that finds nothing for none."""
    return "|".join(map(_wording, wordings)) or r"(?!)"


def _wording(text: str) -> str:
    body = _SIGN.sub(_translated, text)
    first, last = text.lstrip("([{<")[:1], text.rstrip(")]}>")[-1:]
    return (r"\b" if first.isalnum() else "") + body + (r"\b" if last.isalnum() or last == "#" else "")


def _translated(sign: re.Match[str]) -> str:
    if sign["dots"]:
        return rf"[ -](?:[\w-]+,? (?:and )?){{0,{len(sign['dots'])}}}?"
    if sign["first"]:
        numbers = range(int(sign["first"]), int(sign["last"]) + 1)
        return f"(?:{'|'.join(map(str, numbers))})"
    return _SIGNS.get(sign.group()) or re.escape(sign.group())


def acronym_pattern(printed: tuple[str, ...] | list[str]) -> str:
    """A regular expression that finds any of the acronyms as printed."""
    return "|".join(map(_acronym, printed)) or r"(?!)"


def _acronym(text: str) -> str:
    body = "".join({"-": r"[- ]?", "#": r"(?:-?\d+)?"}.get(sign) or re.escape(sign) for sign in text)
    return rf"\b{body}\b"
