"""Which letters a text must hold for a pattern to match at all: looking for them first makes reading quick.

Python tries a pattern at every place of a text; most tables of words find nothing in most abstracts. `letters_of`
reads a pattern and names a few literal strings of which every match holds one.
"""

from __future__ import annotations

import re

_SHORTEST = 3
_OPENING = re.compile(r"\((?:\?(?P<look><?[=!])|\?:|\?P<\w+>)?")
_QUANTIFIER = re.compile(r"(?:(?P<optional>[?*]|\{0?,\d*\}|\{0,?\d*\})|\+|\{\d+(?:,\d*)?\})[?+]?")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")

Letters = frozenset[str]
_known: dict[str, Letters] = {}


def may_match(pattern: re.Pattern[str], text: str) -> bool:
    """False only where the pattern cannot match anywhere in the text."""
    letters = _known.get(pattern.pattern)
    if letters is None:
        letters = _known[pattern.pattern] = letters_of(pattern.pattern)
    if not letters:
        return True
    for wanted in letters:  # noqa: SIM110 - runs some hundred times a record; a generator doubles the cost
        if wanted in text:
            return True
    return False


def letters_of(pattern: str) -> Letters:
    """Literal strings of which every match of the pattern holds one; empty when there is no such set.

    Knows what the tables of this package use: groups, classes, look-around, quantifiers; no flags, no back-references.
    """
    found, _ = _alternatives(pattern, 0)
    return found or frozenset()


def _alternatives(pattern: str, at: int) -> tuple[Letters | None, int]:
    """The letters of "a|b|c" up to the closing bracket, and where that is."""
    union: set[str] = set()
    known = True
    while True:
        best, at = _sequence(pattern, at)
        known = known and best is not None
        union |= best or frozenset()
        if at >= len(pattern) or pattern[at] == ")":
            return (frozenset(union) if known else None), at
        at += 1


def _sequence(pattern: str, at: int) -> tuple[Letters | None, int]:
    """The most telling letters of one alternative, and where it ends."""
    best: Letters | None = None
    run = ""
    while at < len(pattern) and pattern[at] not in "|)":
        literal, inner, at = _element(pattern, at)
        quantifier = _QUANTIFIER.match(pattern, at)
        at = quantifier.end() if quantifier else at
        optional = bool(quantifier and quantifier["optional"])
        if literal and not optional:
            run += literal
        if inner and not optional:
            best = _better(best, inner)
        if not literal or quantifier:
            best, run = _better(best, _long(run)), ""
    return _better(best, _long(run)), at


def _element(pattern: str, at: int) -> tuple[str, Letters | None, int]:
    """One character, class or group: its literal, else the letters within it, and where it ends."""
    sign = pattern[at]
    if sign == "(":
        opening = _OPENING.match(pattern, at)
        inner, end = _alternatives(pattern, opening.end() if opening else at + 1)
        return "", None if opening and opening["look"] else inner, end + 1
    if sign == "[":
        found = _CLASS.match(pattern, at)
        return "", None, found.end() if found else at + 1
    if sign == "\\":
        escaped = pattern[at + 1]
        return "" if escaped.isalnum() else escaped, None, at + 2
    return "" if sign in ".^$" else sign, None, at + 1


def _long(run: str) -> Letters | None:
    return frozenset({run}) if len(run) >= _SHORTEST or (len(run) > 1 and run.isupper()) else None


def _better(one: Letters | None, other: Letters | None) -> Letters | None:
    """The set whose shortest string is longer; of equals the smaller set."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda letters: (min(map(len, letters)), -len(letters)))
