"""Which words no match of a pattern can do without: a text that lacks them need not be searched.

Most patterns find nothing in most texts, and the rest of a wording tells that sooner than its beginning: "aged" stands
in many abstracts, "older than" in few. A pattern is written out as far as it is known: `EDGE` stands for a sign that is
part of no word, or for the edge of a word, `_ANY` for whatever the pattern leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

EDGE, _ANY = "\0", "\1"
#: Beginnings of words, whole words with `EDGE` behind them, and letters within words with `INSIDE` before them: a match
#: has a word that begins with one of these, is one or holds one.
Need = frozenset[str]
INSIDE = _ANY
#: Letters within a word that tell enough.
WITHIN = 4
#: A part of a pattern written out, and what it needs besides.
_Read = tuple[frozenset[str], list[Need]]

#: More wordings of one part of a pattern are not written out, and more words of one wording are not asked for.
_MOST, _WORDS = 160, 3
#: An ending of so many letters that may be missing is as good as any.
_ENDING = 3
#: Words of nearly every abstract tell nothing.
_COMMON = frozenset({
    "a", "an", "and", "by", "for", "from", "in", "is", "of", "on", "or", "patients", "that", "the", "this", "to", "was",
    "were", "with",
})  # fmt: skip
_PIECE = re.compile(rf"(?<={EDGE})(?P<first>\w+{EDGE}?)|(?P<within>\w{{{WITHIN}}})\w*")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a match needs, what it looks at included."""

    #: Words of every one.
    all_of: tuple[Need, ...] = ()
    #: And those of one of these; none where nothing more is known.
    one_of: tuple[tuple[Need, ...], ...] = ()


def needs_of(pattern: str) -> Needs:
    """The words that every match of a pattern has; none for a pattern with flags, since its capitals may not count."""
    tree = parser.parse(pattern)
    if tree.state.flags & ~re.UNICODE:
        return Needs()
    wordings, needs = _read(tree)
    return Needs((*needs, *_needs(wordings)), _alternatives(wordings))


def _alternatives(wordings: Iterable[str]) -> tuple[tuple[Need, ...], ...]:
    words = {tuple(_words(wording)[:_WORDS]) for wording in wordings}
    if () in words:
        return ()
    single = _shortest(only for only, *others in words if not others)
    several = sorted(some for some in words if single.isdisjoint(some))
    return (*([(single,)] if single else []), *(tuple(frozenset({word}) for word in some) for some in several))


def chance_of_any(need: Iterable[str]) -> float:
    """How likely it is, roughly, that a text has one of these words."""
    return sum(map(_chance_of, need))


@cache
def _chance_of(word: str) -> float:
    return 0.9 if word.rstrip(EDGE) in _COMMON else 0.45 ** len(word.lstrip(INSIDE))


@cache
def _words(wording: str) -> list[str]:
    """The words of a wording, the most telling first."""
    words = {piece["first"] or INSIDE + piece["within"] for piece in _PIECE.finditer(wording)}
    return sorted(words, key=lambda word: (_chance_of(word), word))


def _needs(wordings: Iterable[str]) -> list[Need]:
    """The most telling word of each wording."""
    words = [_words(wording)[:1] for wording in wordings]
    return [_shortest(word for (word,) in words)] if all(words) else []


def _shortest(words: Iterable[str]) -> Need:
    """Without those that begin with another one."""
    words = set(words)
    return frozenset(word for word in words if not any(word[:length] in words for length in range(1, len(word))))


def _read(part: Iterable[tuple[Any, Any]], *, at_edge: bool = False) -> _Read:
    needs: list[Need] = []
    run = frozenset({EDGE if at_edge else ""})
    letters = ""
    for kind, value in part:
        if kind is op.LITERAL:
            letters += _sign(value)
            continue
        if letters:
            run, letters = frozenset(first + letters for first in run), ""
        wordings, inner = _read_one(kind, value, at_edge=_end_at_edge(run))
        needs += inner
        if len(run) * len(wordings) > _MOST:
            needs += _needs(run)
            run = _left_open(run)
        run = frozenset(first + then for first in run for then in wordings)
    return frozenset(first + letters for first in run) if letters else run, needs


def _left_open(wordings: Iterable[str]) -> frozenset[str]:
    return frozenset({_ANY + EDGE if _end_at_edge(wordings) else _ANY})


def _end_at_edge(wordings: Iterable[str]) -> bool:
    return all(wording.endswith(EDGE) for wording in wordings)


def _read_one(kind: Any, value: Any, *, at_edge: bool) -> _Read:
    """One class, group or look-around."""
    if kind in _GROUPS:
        part = _GROUPS[kind](value)
        return (frozenset({_ANY}), []) if part is None else _read(part, at_edge=at_edge)
    if kind is op.BRANCH:
        return _either([_read(part, at_edge=at_edge) for part in value[1]])
    if kind in _REPEATS:
        least, most, part = value
        return _repeated(least, most, *_read(part, at_edge=at_edge and most == 1), at_edge=at_edge)
    if kind is op.ASSERT:
        wordings, needs = _read(value[1], at_edge=at_edge and value[0] > 0)
        return frozenset({""}), needs + _needs(wordings)
    if kind is op.IN:
        return _class(value), []
    edge = kind is op.AT and value is not op.AT_NON_BOUNDARY
    return frozenset({EDGE if edge else "" if kind in _NOTHING else _ANY}), []


#: What a group holds; a group with flags of its own is left open.
_GROUPS: dict[Any, Callable[[Any], Any]] = {
    op.SUBPATTERN: lambda value: None if value[1] or value[2] else value[3],
    op.ATOMIC_GROUP: lambda value: value,
}
_REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT})
_NOTHING = frozenset({op.AT, op.ASSERT_NOT})
_NO_WORD = frozenset({op.CATEGORY_SPACE, op.CATEGORY_NOT_WORD})


def _sign(code: int) -> str:
    sign = chr(code)
    return sign if sign.isalnum() or sign == "_" else EDGE


def _class(signs: list[tuple[Any, Any]]) -> frozenset[str]:
    if signs[0][0] is op.NEGATE:
        return frozenset({EDGE if (op.CATEGORY, op.CATEGORY_WORD) in signs else _ANY})
    found = {
        _sign(value) if kind is op.LITERAL else EDGE if kind is op.CATEGORY and value in _NO_WORD else _ANY
        for kind, value in signs
    }
    return frozenset({_ANY} if _ANY in found else found)


def _repeated(least: int, most: int, wordings: frozenset[str], needs: list[Need], *, at_edge: bool) -> _Read:
    """What may be missing is needed by nothing; of what may stand again only the first time is known."""
    if most > 1 and wordings != {EDGE}:
        (again,) = _left_open(wordings)
        if len(wordings) * 2 > _MOST:
            needs = needs + _needs(wordings)
            wordings = frozenset({again})
        else:
            wordings |= {wording + again for wording in wordings}
    if least:
        return wordings, needs
    is_ending = not at_edge and all(wording.isalnum() and len(wording) <= _ENDING for wording in wordings)
    return frozenset({_ANY}) if is_ending else wordings | {""}, []


def _either(parts: list[_Read]) -> _Read:
    """The wordings of all alternatives, and the most telling need of each where it has others besides them."""
    every = frozenset[str]().union(*(wordings for wordings, _ in parts))
    is_known = len(every) <= _MOST
    if is_known and not any(needs for _, needs in parts):
        return every, []
    best = [min(found, key=chance_of_any) for wordings, needs in parts if (found := needs + _needs(wordings))]
    need = [_shortest(word for need in best for word in need)] if len(best) == len(parts) else []
    return every if is_known else _left_open(every), need
