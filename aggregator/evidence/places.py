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
from dataclasses import dataclass
from functools import reduce
from operator import or_
from threading import Lock
from typing import Self

from aggregator.evidence.letters import LONGEST, Opening, closings_of, openings_of
from aggregator.evidence.needs import EDGE, INSIDE, WITHIN, Need, chance_of_any, needs_of

#: Letters that are looked for one by one; more of them are looked for by their first signs, all at once.
_FEW = 4
#: So many first letters stand everywhere.
_EVERYWHERE = 8
#: Words that are kept with the patterns that they may open.
_KEPT = 50_000
#: Texts that are searched without plans: a record has two of small letters, its title and the whole.
_PATIENCE = 50
_WORDS = re.compile(r"\w+")
_DIGITS = frozenset("0123456789")
_NUMBERS = re.compile("[0-9]+")
_DIGIT = re.compile("[0123456789]")


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to find where a pattern can begin."""

    #: Kept, since plans go by the `id` of a pattern: its hash takes as long as a search.
    pattern: re.Pattern[str]
    #: Bits that a text must have, and of which it must have some.
    needs: int = 0
    one_of: tuple[int, ...] = ()
    #: How many plans there were before it.
    number: int = 0
    #: Words that may open it, as in `needs`; and whether digits may.
    words: Need = frozenset()
    by_digits: bool = False
    #: Letters that may stand anywhere, else their first signs as a class.
    anywhere: tuple[str, ...] | re.Pattern[str] = ()
    #: Nothing is known of how a match begins.
    is_open: bool = False


class Tables:
    """All patterns that were looked for in one kind of text.

    Each is planned at its first use, but in the first texts, as many as `patience` says: all plans cost as much as
    searching a hundred records without them, and a week's run reads few.
    """

    def __init__(self, *, lower_case: bool, patience: int = 0) -> None:
        self._lower_case = lower_case
        self._patience = patience
        #: How many texts there were.
        self.texts = 0
        self.plans: dict[int, _Plan] = {}
        self._groups: dict[int, tuple[tuple[re.Pattern[str], ...], int | None]] = {}
        self._given: dict[Need, int] = {}
        #: From words, as in `needs`, to the bits that they give a text, and to the patterns that they may open.
        self.bits: dict[str, int] = {}
        self.opens: defaultdict[str, set[int]] = defaultdict(set)
        self._bits_given = 0
        self._words = Words(self)
        self._lock = Lock()

    def words(self) -> Words:
        """What is known of words by all plans that there are."""
        if len(self._words) > _KEPT or self._words.plans < len(self.plans):
            self._words = Words(self)
        return self._words

    def has_plan(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern has a plan or may get one now."""
        return self.texts > self._patience or id(pattern) in self.plans

    def plan(self, pattern: re.Pattern[str]) -> _Plan:
        with self._lock:
            plan = self.plans.get(id(pattern))
            if plan is None:
                plan = self.plans[id(pattern)] = self._planned(pattern)
            return plan

    def _planned(self, pattern: re.Pattern[str]) -> _Plan:
        number = len(self.plans)
        any_case = self._lower_case and pattern.flags & re.IGNORECASE
        if pattern.flags & ~re.UNICODE != any_case:
            return _Plan(pattern, number=number, is_open=True)
        needs = needs_of(pattern.pattern)
        openings = openings_of(pattern.pattern)
        all_of = self._bits_of(needs.all_of)
        one_of = tuple(self._bits_of(alternative) for alternative in needs.one_of)
        if openings is None:
            return _Plan(pattern, all_of, one_of, number, is_open=True)
        if any_case:
            openings = frozenset(opening._replace(letters=opening.letters.lower()) for opening in openings)
        words = frozenset(_first_word(opening.letters) for opening in openings if opening.at_word)
        anywhere = _anywhere(openings)
        if anywhere is None:
            return _Plan(pattern, all_of, one_of, number, is_open=True)
        if words and not anywhere:
            all_of |= self._bits_of([words])
        opening_words = words - _DIGITS
        for word in opening_words:
            self.bits.setdefault(word, 0)
            self.opens[word].add(id(pattern))
        return _Plan(pattern, all_of, one_of, number, words, bool(words & _DIGITS), anywhere)

    def group(self, patterns: tuple[re.Pattern[str], ...]) -> int | None:
        """The first of the bits in a row that words give which may open these patterns; None where others may."""
        known = self._groups.get(id(patterns))
        if known is None:
            plans = [self.plan(pattern) for pattern in patterns]
            first = self._bits_given if not any(plan.anywhere or plan.is_open for plan in plans) else None
            for plan in plans:
                self._give(plan.words)
            known = self._groups[id(patterns)] = patterns, first
            self._words = Words(self)
        return known[1]

    def _bits_of(self, needs: Iterable[Need]) -> int:
        """The bits of these needs, which their words give from now on."""
        bits = 0
        for need in needs:
            if need not in self._given:
                self._given[need] = self._give(need)
            bits |= self._given[need]
        return bits

    def _give(self, need: Need) -> int:
        bit = 1 << self._bits_given
        self._bits_given += 1
        for word in need:
            self.bits[word] = self.bits.get(word, 0) | bit
        return bit


def _first_word(letters: str) -> str:
    """The beginning of a word, or the whole word with `EDGE`, that letters begin with."""
    word = _WORDS.match(letters)
    assert word
    return letters if word.end() == len(letters) else word.group() + EDGE


class Words(dict[str, int]):
    """Words as they come, each with the bits that it gives a text; and by pattern the words that may open it."""

    def __init__(self, tables: Tables) -> None:
        super().__init__()
        self._tables = tables
        #: How many plans are known.
        self.plans = len(tables.plans)
        self.that_open: defaultdict[int, set[str]] = defaultdict(set)

    def __missing__(self, word: str) -> int:
        bits = self._tables.bits
        found = 0
        for length in range(1, len(word) + 2):
            some = word[:length] if length <= len(word) else word + EDGE
            if some in bits:
                found |= bits[some]
                for name in self._tables.opens.get(some, ()):
                    self.that_open[name].add(word)
        for start in range(len(word) - WITHIN + 1):
            some = INSIDE + word[start : start + WITHIN]
            if some in bits:
                found |= bits[some]
        self[word] = found
        return found


def _anywhere(openings: Iterable[Opening]) -> tuple[str, ...] | re.Pattern[str] | None:
    """The longest few letters that the openings within words have, else their first two signs or one as classes.

    None for first letters that stand everywhere: Python tries the pattern there faster than it is told where.
    """
    letters = {opening.letters for opening in openings if not opening.at_word}
    for length in range(LONGEST, 1, -1):
        cut = {some[:length] for some in letters}
        if len(cut) <= _FEW:
            return tuple(cut)
    signs = {some[0] for some in letters}
    if len(signs) <= _FEW and not any(sign.isalnum() or sign == " " for sign in signs):
        return tuple(signs)
    if sum(sign.isalpha() for sign in signs) > _EVERYWHERE:
        return None
    first, second = (_class(some[place : place + 1] for some in letters) for place in (0, 1))
    return re.compile(f"{first}(?={second})" if min(map(len, letters)) > 1 else first)


def _class(signs: Iterable[str]) -> str:
    return f"[{re.escape(''.join(sorted(set(signs))))}]"


#: Last letters of a closing that tell enough.
_LAST = 3


class Ending:
    """A wording that is looked for at the very end of a text, whose last letters tell whether it can be there.

    Its last few are looked up at once: most texts end otherwise, and Python tries one closing after the other.
    """

    __slots__ = ("_closings", "_from", "_last", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(rf"(?:{pattern})\Z")
        self._closings = closings_of(pattern) or ("",)
        self._from = -min(_LAST, *map(len, self._closings))
        self._last = frozenset(closing[self._from :] for closing in self._closings) if self._from else None

    def search(self, text: str) -> re.Match[str] | None:
        if self._last is not None and text[self._from :] not in self._last:
            return None
        return self.pattern.search(text) if text.endswith(self._closings) else None


class Sought:
    """A pattern that is tried only on texts with some of the letters that every match of it has."""

    __slots__ = ("_letters", "pattern")

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = re.compile(pattern, flags)
        needs = () if flags else needs_of(pattern).all_of
        words = min(needs, key=chance_of_any, default=frozenset[str]())
        self._letters = tuple({word.strip(EDGE + INSIDE) for word in words}) or ("",)

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return self.pattern.search(text, start, end) if self._may_stand_in(text) else None

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return self.pattern.match(text, start, end) if self._may_stand_in(text) else None

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return self.pattern.fullmatch(text, start, end)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        return self.pattern.finditer(text, start, end) if self._may_stand_in(text) else iter(())

    def sub(self, by: str, text: str) -> str:
        return self.pattern.sub(by, text) if self._may_stand_in(text) else text

    def split(self, text: str) -> list[str]:
        return self.pattern.split(text) if self._may_stand_in(text) else [text]

    def _may_stand_in(self, text: str) -> bool:
        for letters in self._letters:  # noqa: SIM110 - a generator takes twice as long
            if letters in text:
                return True
        return False


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


#: Signs of one byte that are part of no word, as spaces.
_AS_SPACES = bytes(code if code > 127 or chr(code).isalnum() or code == ord("_") else 32 for code in range(256))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _pieces(text: str) -> list[str]:
    """The words of a text in a third of the time that a pattern takes; an empty one between two signs of no word."""
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda sign: sign[0] if sign[0].isalnum() else " ", text)
    return text.encode("utf-8", "surrogatepass").translate(_AS_SPACES).decode("utf-8", "surrogatepass").split(" ")


_NOWHERE: list[int] = []
LOWER = Tables(lower_case=True, patience=_PATIENCE)
CASED = Tables(lower_case=False, patience=_PATIENCE)


class Text(str):
    """A text that knows where each pattern can begin.

    `search` and `finditer` are those of a compiled pattern, with its `pos` and `endpos`.
    """

    __slots__ = ("_bits", "_known", "_numbers", "_pieces", "_places", "_tables", "_words")
    _tables: Tables
    _known: Words
    _bits: int
    #: Its words with an empty one between signs that are none, which each has the length of a space.
    _pieces: list[str]
    #: Words and numbers with where they stand, once that is asked for.
    _words: dict[str, list[int]]
    _numbers: list[int]
    _places: dict[int, list[int] | None]

    def __new__(cls, text: str, tables: Tables) -> Self:
        self = super().__new__(cls, text)
        tables.texts += 1
        self._tables = tables
        self._pieces = _pieces(text)
        self._words = {}
        self._numbers = []
        self._places = {}
        self._learn()
        return self

    def _learn(self) -> None:
        self._known = self._tables.words()
        self._bits = reduce(or_, map(self._known.__getitem__, {*self._pieces}), 0)

    def _known_places(self, pattern: re.Pattern[str]) -> list[int] | None:
        """The places of a pattern that has a plan or may get one; None for others, which are tried everywhere."""
        name = id(pattern)
        if name in self._places:
            return self._places[name]
        return self.places(pattern) if self._tables.has_plan(pattern) else None

    def places(self, pattern: re.Pattern[str]) -> list[int] | None:
        """Where a match can begin, in reading order; None for a pattern that must be tried everywhere."""
        name = id(pattern)
        if name in self._places:
            return self._places[name]
        plan = self._tables.plans.get(name) or self._tables.plan(pattern)
        if plan.number >= self._known.plans:
            self._learn()
        found: list[int] | None = _NOWHERE
        if plan.needs & self._bits == plan.needs and (not plan.one_of or self._has_one_of(plan.one_of)):
            found = self._looked_up(plan)
        self._places[name] = found
        return found

    def _has_one_of(self, needs: tuple[int, ...]) -> bool:
        bits = self._bits
        for need in needs:  # noqa: SIM110 - a generator takes twice as long
            if need & bits == need:
                return True
        return False

    def _looked_up(self, plan: _Plan) -> list[int] | None:
        if plan.is_open:
            return None
        found = self._anywhere(plan.anywhere) if plan.anywhere else []
        if plan.by_digits:
            found += self._numbers or self._numbered()
        if plan.words:
            words = self._words or self._placed()
            for word in words.keys() & self._known.that_open[id(plan.pattern)]:
                found += words[word]
        found.sort()
        return found

    def _numbered(self) -> list[int]:
        words = self._words or self._placed()
        self._numbers = [at for word, places in words.items() if word[:1] in _DIGITS for at in places]
        return self._numbers

    def _placed(self) -> dict[str, list[int]]:
        words: defaultdict[str, list[int]] = defaultdict(list)
        at = 0
        for piece in self._pieces:
            words[piece].append(at)
            at += len(piece) + 1
        self._words = words
        return words

    def possible(self, patterns: tuple[re.Pattern[str], ...]) -> Iterable[int]:
        """The indices of the patterns that can begin somewhere, in their order: for a long table asked all at once."""
        first = self._tables.group(patterns)
        if first is None:
            return range(len(patterns))
        if self._known is not self._tables.words():
            self._learn()
        return _places_of_bits(self._bits >> first & (1 << len(patterns)) - 1)

    def _anywhere(self, letters: tuple[str, ...] | re.Pattern[str]) -> list[int]:
        if letters is _DIGIT:
            return [at for number in _NUMBERS.finditer(self) for at in range(*number.span())]
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
        places = self._known_places(pattern)
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
        places = self._known_places(pattern)
        text = self if of is None else of
        if places is None:
            return pattern.finditer(text, start, end)
        return _matches(pattern, text, places, start, end) if places else ()


def _places_of_bits(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _matches(pattern: re.Pattern[str], text: str, places: list[int], start: int, end: int) -> Iterator[re.Match[str]]:
    for at in places:
        if at >= end:
            return
        if at >= start and (match := pattern.match(text, at, end)):
            start = match.end()
            yield match
