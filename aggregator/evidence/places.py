"""Where in a text the words of a table can stand: each word is looked up once, for all tables together.

A `Text` finds what `re` finds, at the same places and in the same order; it tries a pattern only where a match can
begin.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from aggregator.evidence.letters import LONGEST, Opening, closings_of, openings_of

#: Letters that are looked for one by one; more of them are looked for by their first signs, all at once.
_FEW = 4
#: Letters of a word that tell it from most others; with a short word the next one must be looked at too.
SHORT = 4
#: No word, so that the last one of a text has letters enough.
_END = "\0" * LONGEST
#: Beginnings of words that are kept with the patterns that they may open.
_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to find where a pattern can begin."""

    #: The first letters of words, looked up in the index.
    of_words: tuple[str, ...]
    #: Letters that may stand anywhere, else their first signs as a class.
    anywhere: tuple[str, ...] | re.Pattern[str]


class Tables(dict[str, tuple[int, ...] | None]):
    """All patterns that were looked for in one kind of text: from the beginning of a word to the patterns it may open.

    A pattern goes by its `id`, since the hash of a pattern takes as long as a search; what it can begin with besides
    words is looked for when it is asked for, and until then its words go by the `id` of its plan.
    """

    def __init__(self, *, lower_case: bool) -> None:
        super().__init__()
        self._lower_case = lower_case
        self._plans: dict[int, tuple[re.Pattern[str], _Plan | None]] = {}
        self._groups: dict[int, tuple[tuple[re.Pattern[str], ...], dict[int, int] | None]] = {}
        self._by_letters: dict[str, set[int]] = {}
        #: The same for openings that are longer, by their first letters.
        self._longer: dict[str, set[int]] = {}
        #: The names of all plans that are known.
        self.names: frozenset[int] = frozenset()
        #: Words of which one may open a pattern.
        self.words = re.compile(r"(?!)")

    def plan(self, pattern: re.Pattern[str]) -> _Plan | None:
        """The plan of a pattern, read at its first use; None for one that must be tried everywhere."""
        known = self._plans.get(id(pattern))
        if known is None:
            known = self._plans[id(pattern)] = pattern, self._planned(pattern)
        return known[1]

    def _planned(self, pattern: re.Pattern[str]) -> _Plan | None:
        any_case = self._lower_case and pattern.flags & re.IGNORECASE
        if pattern.flags & ~re.UNICODE != any_case:
            return None
        openings = openings_of(pattern.pattern)
        if openings is None:
            return None
        if any_case:
            openings = frozenset(replace(opening, letters=opening.letters.lower()) for opening in openings)
        plan = _Plan(tuple(opening.letters for opening in openings if opening.at_word), _anywhere(openings))
        name = id(plan) if plan.anywhere else id(pattern)
        for letters in plan.of_words:
            self._by_letters.setdefault(letters, set()).add(name)
            if len(letters) > SHORT:
                self._longer.setdefault(letters[:SHORT], set()).add(name)
        if plan.of_words:
            self.words = re.compile(rf"{_class(letters[0] for letters in self._by_letters)}\w*")
        self.names |= {name}
        self.clear()
        return plan

    def names_of(self, patterns: tuple[re.Pattern[str], ...]) -> dict[int, int] | None:
        """The patterns' names with their indices; None where one of them may begin elsewhere than with a word."""
        known = self._groups.get(id(patterns))
        if known is None:
            plans = [self.plan(pattern) for pattern in patterns]
            by_words = all(plan and not plan.anywhere for plan in plans)
            names = {id(pattern): index for index, pattern in enumerate(patterns)} if by_words else None
            known = self._groups[id(patterns)] = patterns, names
        return known[1]

    def __missing__(self, beginning: str) -> tuple[int, ...] | None:
        if len(self) >= _KEPT:
            self.clear()
        cut = len(beginning) == SHORT and beginning in self._longer
        if cut and not beginning.isalnum():
            self[beginning] = None
            return None
        letters = (beginning[:length] for length in range(1, len(beginning) + 1))
        names = {name for some in letters for name in self._by_letters.get(some, ())}
        found = self[beginning] = tuple(names | self._longer[beginning] if cut else names)
        return found


def _anywhere(openings: Iterable[Opening]) -> tuple[str, ...] | re.Pattern[str]:
    """The longest few letters that the openings within words have, else their first two signs or one as classes."""
    letters = {opening.letters for opening in openings if not opening.at_word}
    for length in range(LONGEST, 1, -1):
        cut = {some[:length] for some in letters}
        if len(cut) <= _FEW:
            return tuple(cut)
    first, second = (_class(some[place : place + 1] for some in letters) for place in (0, 1))
    return re.compile(f"{first}(?={second})" if min(map(len, letters)) > 1 else first)


def _class(signs: Iterable[str]) -> str:
    return f"[{re.escape(''.join(sorted(set(signs))))}]"


class Ending:
    """A wording that is looked for at the very end of a text, whose last letters tell whether it can be there."""

    __slots__ = ("_closings", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(rf"(?:{pattern})\Z")
        self._closings = closings_of(pattern)

    def search(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text) if self._closings is None or text.endswith(self._closings) else None


class Opened:
    """A long list of wordings, tried only where a word begins as one of them does: Python tries each at every place."""

    __slots__ = ("_begins", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern)
        openings = openings_of(pattern)
        if openings is None or not all(opening.at_word for opening in openings):
            raise ValueError("each wording must begin with a word")
        begins: defaultdict[str, set[str]] = defaultdict(set)
        for opening in openings:
            begins[opening.letters[0]].add(opening.letters[1:2])
        self._begins = re.compile(
            r"\b(?:" + "|".join(first + ("" if "" in then else _class(then)) for first, then in begins.items()) + ")"
        )

    def search(self, text: str) -> re.Match[str] | None:
        begins = self._begins.finditer(text)
        return next(filter(None, (self.pattern.match(text, begin.start()) for begin in begins)), None)


_NOWHERE: list[int] = []
LOWER = Tables(lower_case=True)
CASED = Tables(lower_case=False)


class Text(str):
    """A text that knows where each pattern can begin.

    `search` and `finditer` are those of a compiled pattern, with its `pos` and `endpos`.
    """

    __slots__ = ("_known", "_places", "_tables")
    _tables: Tables
    _known: frozenset[int]
    _places: dict[int, list[int]]

    def __new__(cls, text: str, tables: Tables) -> Self:
        self = super().__new__(cls, text)
        self._tables = tables
        self._known = tables.names
        self._places = self._index(text)
        return self

    def _index(self, text: str) -> dict[int, list[int]]:
        tables = self._tables
        found: defaultdict[int, list[int]] = defaultdict(list)
        text += _END
        starts = [word.start() for word in tables.words.finditer(text)]
        beginnings = [text[at : at + SHORT] for at in starts]
        for at, names in zip(starts, map(tables.__getitem__, beginnings), strict=True):
            for name in tables[text[at : at + LONGEST]] or () if names is None else names:
                found[name].append(at)
        return found

    def places(self, pattern: re.Pattern[str]) -> list[int] | None:
        """Where a match can begin, in reading order; None for a pattern that must be tried everywhere."""
        name = id(pattern)
        found = self._places.get(name)
        return found if found is not None else _NOWHERE if name in self._known else self._looked_up(pattern)

    def _looked_up(self, pattern: re.Pattern[str]) -> list[int] | None:
        plan = self._tables.plan(pattern)
        if plan is None:
            return None
        found = self._places.get(id(plan), _NOWHERE)
        if (id(plan) if plan.anywhere else id(pattern)) not in self._known:
            words = self._tables.words.finditer(self)
            found = [word.start() for word in words if self.startswith(plan.of_words, word.start())]
        if plan.anywhere:
            others = self._anywhere(plan.anywhere)
            found = sorted({*found, *others}) if found or isinstance(plan.anywhere, tuple) else others
        self._places[id(pattern)] = found
        return found

    def possible(self, patterns: tuple[re.Pattern[str], ...]) -> Iterable[int]:
        """The indices of the patterns that can begin somewhere, in their order: for a long table asked all at once."""
        names = self._tables.names_of(patterns)
        if names is None or not names.keys() <= self._known:
            return range(len(patterns))
        return sorted(names[name] for name in self._places.keys() & names.keys())

    def _anywhere(self, letters: tuple[str, ...] | re.Pattern[str]) -> list[int]:
        if isinstance(letters, re.Pattern):
            return [sign.start() for sign in letters.finditer(self)]
        found = []
        for some in letters:
            at = self.find(some)
            while at >= 0:
                found.append(at)
                at = self.find(some, at + 1)
        return found

    def search(self, pattern: re.Pattern[str], start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        places = self.places(pattern)
        if places is None:
            return pattern.search(self, start, end)
        for at in places[bisect_left(places, start) :] if start else places:
            if at >= end:
                return None
            if match := pattern.match(self, at, end):
                return match
        return None

    def finditer(
        self, pattern: re.Pattern[str], start: int = 0, end: int = sys.maxsize, *, of: str | None = None
    ) -> Iterable[re.Match[str]]:
        """The matches, also those `of` a text with other capitals; an empty tuple where there can be none."""
        places = self.places(pattern)
        text = self if of is None else of
        if places is None:
            return pattern.finditer(text, start, end)
        return _matches(pattern, text, places, start, end) if places else ()


def _matches(pattern: re.Pattern[str], text: str, places: list[int], start: int, end: int) -> Iterator[re.Match[str]]:
    for at in places:
        if at >= end:
            return
        if at >= start and (match := pattern.match(text, at, end)):
            start = match.end()
            yield match
