"""With which letters a match of a pattern can begin or end: what a table of wording is looked up by.

Python tries a pattern at every place of a text, and most tables of words find nothing in most abstracts. `openings_of`
reads a pattern and names the few first letters that every match of it has, so that nothing else need be tried. Which
words a match cannot do without, wherever in it they stand, is read by `aggregator.evidence.needs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

#: Letters of an opening; more of them tell no more.
LONGEST = 8
#: Openings of one pattern; what would make more of them is left open.
_MOST = 500

#: Letters that no quantifier follows.
_PLAIN = re.compile(r"[A-Za-z0-9 ,;:'/%<>=-]+(?![?*+{])")
_GROUP = re.compile(r"\((?:\?(?:(?P<look><?[=!])|[:>]|-?[a-z]+:|P<\w+>))?")
#: Where no letter or digit stands before one, a word begins.
_NO_WORD_BEFORE = re.compile(r"\(\?<!(?:\\w|\[\\w[^\]\\]*\])\)")
_QUANTIFIER = re.compile(r"(?:(?P<once>\?)|(?P<optional>\*|\{0?,\d*\})|\+|\{\d+(?:,\d*)?\})[?+]?")
_CLASS = re.compile(r"\[(?P<denied>\^?)(?P<signs>\]?(?:\\.|[^\]\\])*)\]")
_SIGN = re.compile(r"(?P<first>\\?.)(?:-(?P<last>\\?.))?", re.DOTALL)
#: A range of more signs, such as every letter, is as good as any sign.
_WIDEST_RANGE = 10


class Opening(NamedTuple):
    """The first letters of a match, and whether they begin a word."""

    letters: str
    at_word: bool = False
    #: Nothing is known of what follows.
    closed: bool = False


_Openings = frozenset[Opening]
_Join = Callable[[_Openings, _Openings], _Openings]
_CLOSED = Opening("", closed=True)
_NOTHING: _Openings = frozenset({Opening("")})
_ANYTHING: _Openings = frozenset({_CLOSED})
_EDGE: _Openings = frozenset({Opening("", at_word=True)})


def openings_of(pattern: str) -> frozenset[Opening] | None:
    """Openings of which every match has one; None where a match may begin with anything, or with nothing at all.

    Knows what the tables of this package use: groups, classes, look-around, quantifiers; no flags, no back-references.
    """
    found, end = _alternatives(pattern, 0, _joined)
    if end != len(pattern) or not all(opening.letters for opening in found):
        return None
    return frozenset(Opening(opening.letters, opening.at_word and _is_word(opening.letters[0])) for opening in found)


def closings_of(pattern: str) -> tuple[str, ...] | None:
    """Letters with some of which every match ends, in the same way."""
    found, end = _alternatives(pattern, 0, _joined_before)
    if end != len(pattern) or not all(closing.letters for closing in found):
        return None
    return tuple({closing.letters for closing in found})


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _alternatives(pattern: str, at: int, join: _Join) -> tuple[_Openings, int]:
    """The openings of "a|b|c" up to the closing bracket, and where that is."""
    union: _Openings = frozenset()
    while True:
        found, at = _sequence(pattern, at, join)
        union |= found
        if at >= len(pattern) or pattern[at] == ")":
            return union, at
        at += 1


def _sequence(pattern: str, at: int, join: _Join) -> tuple[_Openings, int]:
    """The openings of one alternative, and where it ends."""
    parts = []
    while at < len(pattern) and pattern[at] not in "|)":
        plain = _PLAIN.match(pattern, at)
        if plain:
            parts.append(frozenset({Opening(plain.group())}))
            at = plain.end()
            continue
        part, at = _element(pattern, at, join)
        quantifier = _QUANTIFIER.match(pattern, at)
        if quantifier:
            part, at = _repeated(part, quantifier), quantifier.end()
        parts.append(part)
    return reduce(join, parts if join is _joined else reversed(parts), _NOTHING), at


def _repeated(part: _Openings, quantifier: re.Match[str]) -> _Openings:
    """What may stand several times is known once; what may be missing may be nothing."""
    if quantifier["once"]:
        return part | _NOTHING
    once = _left_open(part)
    return once | _NOTHING if quantifier["optional"] else once


def _joined(first: _Openings, then: _Openings) -> _Openings:
    """Each opening with each that may follow it."""
    found = set()
    for opening in first:
        if opening.closed:
            found.add(opening)
            continue
        for following in then:
            letters = (opening.letters + following.letters)[:LONGEST]
            at_word = opening.at_word or (following.at_word and not opening.letters)
            found.add(Opening(letters, at_word, following.closed or len(letters) == LONGEST))
    return frozenset(found) if len(found) <= max(_MOST, len(then)) else _left_open(first)


def _joined_before(last: _Openings, then: _Openings) -> _Openings:
    """Each closing with each that may stand before it."""
    found = set()
    for closing in last:
        for before in [_CLOSED] if closing.closed else then:
            letters = (before.letters + closing.letters)[-LONGEST:]
            found.add(Opening(letters, closed=before.closed or len(letters) == LONGEST))
    return frozenset(found) if len(found) <= _MOST else _left_open(last)


def _left_open(found: _Openings) -> _Openings:
    return frozenset(Opening(opening.letters, opening.at_word, closed=True) for opening in found)


def _element(pattern: str, at: int, join: _Join) -> tuple[_Openings, int]:
    """The openings of one character, class or group, and where it ends."""
    sign = pattern[at]
    if sign == "(":
        if edge := _NO_WORD_BEFORE.match(pattern, at):
            return _EDGE, edge.end()
        group = _GROUP.match(pattern, at)
        inner, end = _alternatives(pattern, group.end() if group else at + 1, join)
        return _NOTHING if group and group["look"] else inner, end + 1
    if sign == "[":
        found = _CLASS.match(pattern, at)
        return (_of_class(found), found.end()) if found else (_ANYTHING, at + 1)
    if sign == "\\":
        return _escaped(pattern[at + 1]), at + 2
    return _SIGNS.get(sign) or _letters(sign), at + 1


#: A text's own beginning is one of a word, where a word stands there.
_SIGNS = {"^": _EDGE, "$": _NOTHING, ".": _ANYTHING}


def _letters(signs: str) -> _Openings:
    return frozenset(Opening(sign) for sign in signs)


def _escaped(sign: str) -> _Openings:
    if sign == "b":
        return _EDGE
    if sign in "BAZ":
        return _NOTHING
    return _letters("0123456789") if sign == "d" else _ANYTHING if sign.isalnum() else _letters(sign)


def _of_class(found: re.Match[str]) -> _Openings:
    """The signs that a class such as "[sz]" allows."""
    if found["denied"]:
        return _ANYTHING
    union: _Openings = frozenset()
    for sign in _SIGN.finditer(found["signs"]):
        first, last = sign["first"], sign["last"]
        if last:
            codes = range(ord(first[-1]), ord(last[-1]) + 1)
            union |= _letters("".join(map(chr, codes))) if len(codes) <= _WIDEST_RANGE else _ANYTHING
        else:
            union |= _escaped(first[1]) if len(first) > 1 else _letters(first)
    return union
