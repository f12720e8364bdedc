"""Which letters a text must hold for a pattern to match at all: looking for them first makes reading quick.

Python tries a pattern at every place of a text; most tables of words find nothing in most abstracts. `letters_of`
reads a pattern and names a few literal strings of which every match holds one.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SHORTEST = 3
_OPENING = re.compile(r"\((?:\?(?P<look><?[=!])|\?:|\?P<\w+>)?")
_QUANTIFIER = re.compile(r"(?:(?P<optional>[?*]|\{0?,\d*\}|\{0,?\d*\})|\+|\{\d+(?:,\d*)?\})[?+]?")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")

Letters = frozenset[str]
#: Stands for the edge of a word while a pattern is read.
_EDGE = "\0"
_NO_WORD = re.compile(r"[^\w ]")
_SPACES = {sign: " " for sign in range(128) if not (chr(sign).isalnum() or chr(sign) == "_")}
_known: dict[str, tuple[str, ...]] = {}


def may_match(pattern: re.Pattern[str], text: str) -> bool:
    """False only where the pattern cannot match anywhere in the text."""
    wanted = _known.get(pattern.pattern)
    if wanted is None:
        wanted = _known[pattern.pattern] = _fewest(_spaced_letters(pattern.pattern))
    if not wanted:
        return True
    spaced = _spaced(text)
    for letters in wanted:  # noqa: SIM110 - runs some hundred times a record; a generator doubles the cost
        if letters in spaced:
            return True
    return False


@lru_cache(maxsize=8)
def _spaced(text: str) -> str:
    """The text with a space for every sign that belongs to no word, so that a word's edge is a space."""
    spaced = text.translate(_SPACES)
    return f" {spaced if spaced.isascii() else _NO_WORD.sub(' ', spaced)} "


def letters_of(pattern: str) -> Letters:
    """Literal strings of which every match of the pattern holds one; empty when there is no such set.

    Knows what the tables of this package use: groups, classes, look-around, quantifiers; no flags, no back-references.
    """
    found, _ = _alternatives(pattern, 0)
    return frozenset(run.replace(_EDGE, "") for run in found or ())


def _spaced_letters(pattern: str) -> Letters:
    """The same in a text of `_spaced`: " rat" for a word that begins with these letters."""
    found, _ = _alternatives(pattern, 0)
    return frozenset(_edges_as_spaces(run) for run in found or ())


def _edges_as_spaces(run: str) -> str:
    """An edge is the sign outside the word: one space together with that sign where the pattern names it."""
    spaced = re.sub(rf"{_EDGE}\W|\W{_EDGE}", " ", run)
    return _NO_WORD.sub(" ", spaced)


def _fewest(letters: Letters) -> tuple[str, ...]:
    """Without those that hold another one, the shortest first: what holds the longer holds the shorter."""
    kept: list[str] = []
    for run in sorted(letters, key=lambda run: (len(run), run)):
        if not any(shorter in run for shorter in kept):
            kept.append(run)
    return tuple(kept)


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
        literal = _EDGE if escaped == "b" else "" if escaped.isalnum() else escaped
        return literal, None, at + 2
    return "" if sign in ".^$" else sign, None, at + 1


def _long(run: str) -> Letters | None:
    """A run of letters that tells: three, or two that are capitals or stand at a word's edge."""
    count = len(run) - run.count(_EDGE)
    telling = count >= _SHORTEST or (count > 1 and (count < len(run) or run.isupper()))
    return frozenset({run}) if telling else None


def _better(one: Letters | None, other: Letters | None) -> Letters | None:
    """The set without words that most records hold, then the one whose shortest string is longer, then the smaller."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda letters: (not _is_common(letters), min(map(len, letters)), -len(letters)))


#: Words that most records hold: to look for them saves nothing.
_COMMON = ("ketamine", "depress", "patient", "treatment", "stud", "years", "disorder", "symptom", "group", "trial")


def _is_common(letters: Letters) -> bool:
    return any(word in run for run in letters for word in _COMMON if len(run) < len(word) + 6)
