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

from aggregator.pubmed.byte_search import find, find_first_of, translate
from aggregator.pubmed.literals import LONG, Literal
from aggregator.pubmed.words import SMALL_DIGITS, folded

_END = b"</pubmedarticle>"
_PMID = re.compile(rb"<pmid[^>]*>\s*(\d{1,12})")
_PEOPLE = (b"<authorlist", b"</authorlist>")
#: No citation says anything of them.
_REFERENCES = (b"<referencelist", b"</referencelist>")

_LOWER = bytes(range(256)).lower()
#: Formulas in markup of their own.
_FORMULA = b"</mml:"

#: First byte in UTF-8 of the accented letters of Latin-1, and what their second bytes are as plain letters.
_LATIN_1 = 0xC3
_PLAIN_LATIN_1 = (
    _LOWER[:128]
    + bytes(
        ord(letter[0]) if len(letter := folded(chr(byte + 64))) == 1 and letter.isascii() and letter.isalpha() else byte
        for byte in range(128, 192)
    )
    + bytes(range(192, 256))
)
#: First bytes of other accented Latin letters, accents by themselves, ligatures and full-width letters; the signs of
#: character references and of comments.
_ODDER = bytes([*range(0xC4, 0xCA), 0xCC, 0xCD, 0xE1, 0xEF]) + b"#!"
_REMARK = ord("!")
_ODD = bytes([_LATIN_1]) + _ODDER
#: What inline tags, formulas, comments and instructions begin with or are named.
_OF_TAGS = b"biupsm!?"
#: In the shapes of a text: an opening tag or a comment behind a letter; a closing <i>, <b>, <u>, <sub> or <sup> before
#: one, or before the next tag; where the letter is.
_BROKEN_WORDS = {b"L<L": 0, b"</L>L": 4, b"</LLL>L": 6, b"</L><": -1, b"</LLL><": -1}
#: How far about a place it is looked at. Words with more than this between them are no phrase.
_NEAR = 300
#: A word of eight letters, each in a tag of its own, is not longer.
_WORD = 120
_TAG = re.compile(rb"<[^<>]*>")


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
        self._letters = frozenset(b"".join(anchor for anchor, _ in self._anchors)) | frozenset(range(0x80, 0x100))
        self._shapes = _shapes(self._letters)
        self._wanted = wanted
        self._lists = (_REFERENCES,) if people else (_PEOPLE, _REFERENCES)

    def sift(self, block: bytes | bytearray, until: int) -> Sifted:
        """The records of `block` before `until`, where a record ends: behind </PubmedArticle>."""
        lower = translate(block, _LOWER, until)
        shapes = translate(lower, self._shapes, until)
        ends = [place + len(_END) for place in _places(lower, _END)]
        starts = [0, *ends[:-1]]
        kept, doubtful = self._looked_for(lower, shapes, ends)
        pmids = []
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if found := _PMID.search(lower, start, end):
                pmids.append(int(found[1]))
                if pmids[-1] in self._wanted:
                    kept.add(number)
            is_plain = number not in doubtful and find_first_of(lower, _ODD, start, end) < 0
            if number in kept or is_plain:
                continue
            stretches = list(_without(self._lists, lower, start, end))
            may_be_there = number in doubtful or self._may_be_there_oddly(lower, stretches)
            if may_be_there and self._has_spelled_out(b"".join(block[first:last] for first, last in stretches)):
                kept.add(number)
        suspects = tuple(bytes(block[starts[number] : ends[number]]) for number in sorted(kept))
        return Sifted(pmids=tuple(pmids), records=len(ends), suspects=suspects)

    def _looked_for(self, lower: bytes, shapes: bytes, ends: Sequence[int]) -> tuple[set[int], set[int]]:
        """The numbers of the records that have a word sought, and of those that may have one in broken words."""
        kept, doubtful = set(), set()
        for anchor, pattern in self._anchors:
            for place in _places(lower, anchor):
                first, last = max(0, place - _NEAR), place + _NEAR
                if pattern is None or pattern.search(lower, first, last):
                    kept.add(bisect_right(ends, place))
                elif _is_odd_or_broken(lower, shapes, place):
                    doubtful.add(bisect_right(ends, place))
        for broken, letter in _BROKEN_WORDS.items():
            for place in _places(shapes, broken):
                if lower[place + letter] in self._letters and self._may_be_there_broken(lower, place):
                    doubtful.add(bisect_right(ends, place))
        doubtful.update(bisect_right(ends, place) for place in _places(lower, _FORMULA))
        return kept, doubtful

    def _has_spelled_out(self, record: bytes) -> bool:
        """Whether a word stands in the record as the reader would give it."""
        text = _spelled_out(record)
        return any(
            pattern.search(text, max(0, place.start() - _NEAR), place.end() + _NEAR)
            for anchor, pattern in self._spelled
            for place in re.finditer(anchor, text)
        )

    def _has_anchor(self, text: bytes) -> bool:
        return any(anchor in text for anchor, _ in self._anchors)

    def _may_be_there_broken(self, lower: bytes, place: int) -> bool:
        """Whether a word may stand about a place once markup is taken off."""
        text = _TAG.sub(b"", lower[max(0, place - _WORD) : place + _WORD])
        return find_first_of(text, _ODDER, 0, len(text)) >= 0 or self._has_anchor(_roughly_plain(text))

    def _may_be_there_oddly(self, lower: bytes, stretches: Iterable[tuple[int, int]]) -> bool:
        """Whether the record has letters that are printed otherwise than searched, and may have a word with them."""
        for first, last in stretches:
            if find_first_of(lower, _ODD, first, last) < 0:
                continue
            if self._has_anchor(_roughly_plain(lower[first:last])) or self._may_have_odder(lower, first, last):
                return True
        return False

    def _may_have_odder(self, lower: bytes, first: int, last: int) -> bool:
        place = find_first_of(lower, _ODDER, first, last)
        while place >= 0:
            # A comment may be as long as it likes.
            if lower[place] == _REMARK or self._has_anchor(
                _spelled_out(lower[max(0, place - _WORD) : place + 2 * _WORD]).encode()
            ):
                return True
            place = find_first_of(lower, _ODDER, place + _WORD, last) if place + _WORD < last else -1
        return False


def _shapes(letters: frozenset[int]) -> bytes:
    """The table that makes L of what a word sought may have, odd letters too, and of what tags have; else dots.

    So markup between two letters is a few fixed strings, _BROKEN_WORDS.
    """

    def shape(byte: int) -> str:
        if byte >= 0xC0:
            return "L" if byte in _ODD else "."
        return "L" if byte in letters or byte in _OF_TAGS else chr(byte) if byte in b"</>" else "."

    return "".join(map(shape, range(256))).encode()


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


def _places(text: bytes, sought: bytes) -> Iterator[int]:
    place = find(text, sought, 0, len(text))
    while place >= 0:
        yield place
        place = find(text, sought, place + len(sought), len(text))


def _roughly_plain(lower: bytes) -> bytes:
    """Text with the letters of Latin-1 without their accents, and other signs as whatever letters."""
    return lower if lower.isascii() else lower.translate(_PLAIN_LATIN_1, bytes([_LATIN_1]))


def _is_odd_or_broken(lower: bytes, shapes: bytes, place: int) -> bool:
    """Whether words about a place have odd letters or markup in them."""
    first, last = max(0, place - _WORD), place + _WORD
    if find_first_of(lower, _ODD, first, min(last, len(lower))) >= 0:
        return True
    return any(broken in shapes[first:last] for broken in _BROKEN_WORDS)


def _without(lists: Iterable[tuple[bytes, bytes]], lower: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of a record beside these of its lists, which come in this order."""
    for opening, closing in lists:
        first = find(lower, opening, start, end)
        last = lower.rfind(closing, first, end) if first >= 0 else -1
        if last >= 0:
            yield start, first
            start = last
    yield start, end


_MARKUP = re.compile(r"<!--.*?-->|<!\[cdata\[|\]\]>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def _spelled_out(record: bytes) -> str:
    """The record's text as the reader gives it, one element run into the next."""
    return folded(html.unescape(_MARKUP.sub("", record.decode("utf-8", "replace"))))
