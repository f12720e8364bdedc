"""How text is cut into words for searching: the same way for queries and for records."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-case words without accents, cut at everything that is neither letter nor digit: covid-19 is covid, 19."""
    if not text.isascii():
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return _WORD.findall(text.lower())


def plain(text: str) -> str:
    """The words of a text joined by single spaces, which makes two spellings of one phrase equal."""
    return " ".join(words(text))
