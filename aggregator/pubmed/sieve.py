"""Finds among many records those that a query may find, in the bytes of NLM's files, without reading the others.

The words sought (`aggregator.pubmed.literals`) are looked for in the file's text as it stands, in small letters. A word
can be printed so that its letters do not stand side by side there: with accents, ligatures or full-width letters, or
with markup inside (ket<i>amine</i>). Records that have anything of the kind are looked at again, roughly and then
spelled out, so that none is lost that reading every record would find.

With stringzilla (the extra `bulk`) the looking takes a ninth of the time; without it the results are the same.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product

from aggregator.pubmed.byte_search import find, translate
from aggregator.pubmed.literals import LONG, Literal
from aggregator.pubmed.words import SMALL_DIGITS, folded

_END = b"</pubmedarticle>"
_PMID = re.compile(rb"<pmid[^>]*>\s*(\d{1,12})")
_PEOPLE = (b"<authorlist", b"</authorlist>")
#: No citation says anything of them.
_REFERENCES = (b"<referencelist", b"</referencelist>")

#: First bytes in UTF-8 of accented letters of two bytes: Latin-1, Latin Extended-A and -B.
_ACCENTED = bytes(range(0xC3, 0xCA))


def _plain_letters() -> dict[int, int]:
    """Each of these letters, as its two bytes in one number, as a plain one; none of those that are of their own."""
    printed = ((chr(code).encode(), folded(chr(code))) for code in range(0xC0, 0x250))
    return {
        first << 8 | second: ord(plain) for (first, second), plain in printed if len(plain) == 1 and plain.isascii()
    }


_PLAIN = _plain_letters()
_LATIN_1 = 0xC3
#: What the second bytes of Latin-1's letters are as plain letters.
_PLAIN_LATIN_1 = bytes(_PLAIN.get(_LATIN_1 << 8 | byte, byte) for byte in range(256))
#: First bytes of accents by themselves, ligatures, full-width letters and more accented ones; and "#", which character
#: references have.
_ODDER = bytes([0xCC, 0xCD, 0xE1, 0xEF]) + b"#"
_NOT_LATIN_1 = _ACCENTED[1:] + _ODDER
#: Stands in the text looked at for the first of these bytes; no XML has it.
_ODD = 1
#: Small letters, and _ODD where letters are printed otherwise than they are searched.
_LOOKED_AT = bytes(_ODD if byte in _ACCENTED + _ODDER else byte for byte in bytes(range(256)).lower())
#: The tags that words may have inside, as NLM writes them (without spaces): what they begin with, what their ends begin
#: with, and how long an end is. "<su" is that of <sub> and <sup>.
_INLINE = ((b"<i", b"</i>", 4), (b"<b", b"</b>", 4), (b"<u", b"</u>", 4), (b"<su", b"</su", 6))
#: From the beginning of such a tag to behind it.
_OPENED = {b"<i": 3, b"<b": 3, b"<u": 3, b"<su": 5}
_EMPTY = b"/>"
#: What may stand inside a word and hide any part of it: formulas, comments, instructions.
_HIDING = (b"</mml:", b"<!", b"<?")
#: How far about a place it is looked at. Words with more than this between them are no phrase.
_NEAR = 300
#: A word of eight letters, each in a tag of its own, is not longer.
_WORD = 120
_TAG = re.compile(rb"<[^<>]*>")
_TAGS_BEGIN, _TAGS_END, _HASH, _AMPERSAND = b"<>#&"
_ODDLY = bytes([_ODD])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What a stretch of whole records has."""

    #: Their PMIDs, where they could be told.
    pmids: tuple[int, ...]
    records: int
    #: The bytes of those that may match, each from the end of the one before to its own.
    suspects: tuple[bytes, ...]


class Sieve:
    """Keeps the records that have one of the words sought.

    `sought`: as `literals` gives them; `people`: whether the words may stand in the list of authors; `wanted`: PMIDs
    whose records are kept whatever they have.
    """

    def __init__(self, sought: Iterable[Literal], *, people: bool, wanted: frozenset[int] = frozenset()) -> None:
        literals = sorted(set(sought), key=lambda literal: (len(_anchor(literal)), literal))
        grouped: dict[str, list[Literal]] = {}
        for literal in literals:
            own = _anchor(literal)
            grouped.setdefault(next((known for known in grouped if known in own), own), []).append(literal)
        self._anchors = [(anchor.encode(), _in_bytes(found, anchor)) for anchor, found in grouped.items()]
        self._spelled = [(anchor, _in_text(found)) for anchor, found in grouped.items()]
        words = {word.encode() for literal in literals for word in literal}
        self._may_meet = _pairs(words)
        self._may_begin = bytes(any(word[0] == byte for word in words) for byte in range(256))
        self._may_end = bytes(any(word[-1] == byte for word in words) for byte in range(256))
        self._alone = frozenset(word[0] for word in words if len(word) == 1)
        self._wanted = wanted
        self._lists = (_REFERENCES,) if people else (_PEOPLE, _REFERENCES)

    def sift(self, block: bytes | bytearray, until: int) -> Sifted:
        """The records of `block` before `until`, where a record ends: behind </PubmedArticle>."""
        lower = translate(block, _LOOKED_AT, until)
        ends = [place + len(_END) for place in _places(lower, _END)]
        starts = [0, *ends[:-1]]
        search = _PMID.search
        found = [search(lower, start, end) for start, end in zip(starts, ends, strict=True)]
        pmids = [int(pmid[1]) for pmid in found if pmid]
        kept = {bisect_right(ends, place) for place in self._plain(lower)}
        if not self._wanted.isdisjoint(pmids):
            kept.update(at for at, pmid in enumerate(found) if pmid and int(pmid[1]) in self._wanted)
        doubtful = self._doubtful(block, lower, ends) - kept
        kept.update(at for at in doubtful if self._has_spelled_out(block, lower, starts[at], ends[at]))
        suspects = tuple(bytes(block[starts[number] : ends[number]]) for number in sorted(kept))
        return Sifted(pmids=tuple(pmids), records=len(ends), suspects=suspects)

    def _plain(self, lower: bytes) -> Iterator[int]:
        """Where a word sought stands, printed plainly."""
        for anchor, pattern in self._anchors:
            for place in _places(lower, anchor):
                if pattern is None or pattern.search(lower, max(0, place - _NEAR), place + _NEAR):
                    yield place

    def _doubtful(self, block: bytes | bytearray, lower: bytes, ends: Sequence[int]) -> set[int]:
        """The numbers of the records that may have a word sought, with letters printed otherwise or markup inside."""
        hidden = (place for mark in _HIDING for place in _places(lower, mark))
        may_be_there = (
            place
            for place in chain(self._broken(lower), self._odd(block, lower, ends))
            if self._may_stand_about(block[max(0, place - _WORD) : place + _WORD].lower())
        )
        return {bisect_right(ends, place) for place in chain(hidden, may_be_there)}

    def _broken(self, lower: bytes) -> Iterator[int]:
        """Where an inline tag stands between two letters that may stand side by side in a word sought."""
        may_meet = self._may_meet
        for opening, closing, length in _INLINE:
            to_behind = _OPENED[opening]
            for end in _places(lower, closing):
                begin = lower.rfind(opening, 0, end)
                behind = begin + to_behind
                # An attribute is none of NLM's; what it hides is looked at.
                if begin > 0 and (lower[behind - 1] != _TAGS_END or may_meet[lower[begin - 1] << 8 | lower[behind]]):
                    yield begin
                if may_meet[lower[end - 1] << 8 | lower[end + length]]:
                    yield end
        for end in _places(lower, _EMPTY):
            if lower[end + len(_EMPTY)] != _TAGS_BEGIN and lower[lower.rfind(b"<", 0, end) - 1] != _TAGS_END:
                yield end

    def _odd(self, block: bytes | bytearray, lower: bytes, ends: Sequence[int]) -> Iterator[int]:
        """Where a letter is printed otherwise than it is searched, and may belong to a word sought."""
        place = find(lower, _ODDLY, 0, len(lower))
        lists: tuple[tuple[int, int], ...] = ()
        end = 0
        while place >= 0:
            if place >= end:
                number = bisect_right(ends, place)
                end = ends[number]
                lists = tuple(self._lists_of(lower, ends[number - 1] if number else 0, end))
            passed = next((last for first, last in lists if first <= place < last), None)
            if passed is None and self._may_be_a_letter(block, lower, place):
                yield place
            place = find(lower, _ODDLY, passed or place + 1, len(lower))

    def _may_be_a_letter(self, block: bytes | bytearray, lower: bytes, place: int) -> bool:
        """Whether what begins with an odd byte may be a letter of a word sought, as far as its neighbours tell."""
        first = block[place]
        if first not in _ACCENTED:
            return first != _HASH or block[place - 1] == _AMPERSAND
        letter = _PLAIN.get(first << 8 | block[place + 1])
        if letter is None or letter in self._alone:
            return letter is not None
        before = self._may_meet[lower[place - 1] << 8 | letter]
        behind = self._may_meet[letter << 8 | lower[place + 2]]
        return bool((before and (behind or self._may_end[letter])) or (behind and self._may_begin[letter]))

    def _lists_of(self, lower: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """From where to where a record has the lists of which nothing is sought, in their order."""
        for opening, closing in self._lists:
            first = find(lower, opening, start, end)
            last = lower.rfind(closing, first, end) if first >= 0 else -1
            if last >= 0:
                yield first, last
                start = last

    def _may_stand_about(self, text: bytes | bytearray) -> bool:
        """Whether a stretch of small letters may have a word once it is printed plainly."""
        if b"<!" in text:
            return True
        if len(text.translate(None, _NOT_LATIN_1)) < len(text):
            return self._has_anchor(_spelled_out(text).encode())
        return self._has_anchor(_TAG.sub(b"", text).translate(_PLAIN_LATIN_1, bytes([_LATIN_1])))

    def _has_anchor(self, text: bytes) -> bool:
        return any(anchor in text for anchor, _ in self._anchors)

    def _has_spelled_out(self, block: bytes | bytearray, lower: bytes, start: int, end: int) -> bool:
        """Whether a word stands in a record, beside its lists, as the reader would give it."""
        stretches = []
        for first, last in self._lists_of(lower, start, end):
            stretches.append(block[start:first])
            start = last
        text = _spelled_out(b"".join((*stretches, block[start:end])))
        return any(
            pattern.search(text, max(0, place.start() - _NEAR), place.end() + _NEAR)
            for anchor, pattern in self._spelled
            for place in re.finditer(anchor, text)
        )


def _pairs(words: Iterable[bytes]) -> bytes:
    """By two bytes, first and second: whether they may stand side by side in one of the words.

    Of what is printed oddly, small digits too, and behind or before a tag, nothing is known.
    """
    met = {pair for word in words for pair in pairwise(word)}
    unknown = {_ODD, _TAGS_BEGIN, _TAGS_END, *range(0x80, 0x100)}
    pairs = product(range(256), repeat=2)
    return bytes(pair in met or not unknown.isdisjoint(pair) for pair in pairs)


def _anchor(literal: Literal) -> str:
    """What is looked for of a phrase: its rarest stretch of letters, or of digits that no letter precedes."""
    pieces: list[str] = [piece for word in literal for piece in re.findall(r"[a-z]+|^[0-9]+", word)]
    return min(pieces, key=lambda piece: (10.0 if piece.isdigit() else 26.0) ** -len(piece))


def _pattern(literal: Literal, between: str, spelled: Callable[[str], str]) -> str:
    """A long word may be a part of one, short words are whole."""
    if len(literal) == 1 and _anchor(literal) == literal[0] and len(literal[0]) >= LONG:
        return literal[0]
    return f"(?<![a-z0-9]){between.join(map(spelled, literal))}(?![a-z0-9])"


def _in_bytes(literals: Iterable[Literal], anchor: str) -> re.Pattern[bytes] | None:
    """What must stand about an anchor in a file, where tags part words and digits may be small; None: nothing."""
    patterns = [_pattern(literal, "(?:<[^>]*>|[^a-z0-9<])+", _with_small_digits) for literal in literals]
    return None if anchor in patterns else re.compile("|".join(patterns).encode())


def _in_text(literals: Iterable[Literal]) -> re.Pattern[str]:
    return re.compile("|".join(_pattern(literal, "[^a-z0-9]+", str) for literal in literals))


def _with_small_digits(word: str) -> str:
    return "".join(f"(?:{sign}|{'|'.join(SMALL_DIGITS[int(sign)])})" if sign.isdigit() else sign for sign in word)


def _places(text: bytes, sought: bytes) -> list[int]:
    places = []
    place = find(text, sought, 0, len(text))
    while place >= 0:
        places.append(place)
        place = find(text, sought, place + len(sought), len(text))
    return places


_MARKUP = re.compile(r"<!--.*?-->|<!\[cdata\[|\]\]>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def _spelled_out(record: bytes | bytearray) -> str:
    """The record's text as the reader gives it, one element run into the next."""
    return folded(html.unescape(_MARKUP.sub("", record.decode("utf-8", "replace"))))
