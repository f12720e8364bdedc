"""Where the words of a text stand in it, so that what a search found can be shown in the record's own spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.pubmed.words import folded, words

#: Nothing that is done to a word reaches over white space.
_CHUNK = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A word as it is searched, and the characters of the text that it was cut from."""

    word: str
    start: int
    end: int


def places(text: str) -> tuple[Place, ...]:
    """The words of a text, the same as `words(text)`, each with its place."""
    return tuple(place for chunk in _CHUNK.finditer(text) for place in _in_chunk(chunk[0], chunk.start()))


def _in_chunk(chunk: str, offset: int) -> Iterator[Place]:
    letters = [folded(letter) for letter in chunk]
    whole = "".join(letters)
    if whole != folded(chunk):
        # Letters that change each other (a final sigma): the words are shown with the chunk around them.
        yield from (Place(word, offset, offset + len(chunk)) for word in words(chunk))
        return
    origins = [at for at, letter in enumerate(letters) for _ in letter]
    for found in _WORD.finditer(whole):
        end = origins[found.end() - 1] + 1
        # An accent behind its letter belongs to it.
        while end < len(letters) and not letters[end]:
            end += 1
        yield Place(found[0], offset + origins[found.start()], offset + end)
