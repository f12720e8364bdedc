"""Text that no terminal, page or mail header obeys: hostile titles are shown, never followed."""

from __future__ import annotations

import re

#: Control characters but tab and line feed, reversals of the writing direction (UAX 9), stray surrogates, byte order
#: marks.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Text without harmful characters; line ends become plain ones."""
    # Neither a harmful character nor a strange line end is printable, and all else of most texts and pages is.
    if text.replace("\n", "").isprintable():
        return text
    return _HARMFUL.sub("", _LINE_ENDS.sub("\n", text))


def line(text: str) -> str:
    """Clean text in one line."""
    return re.sub(r"\s+", " ", clean(text)).strip()


def blanked(text: str) -> str:
    """Text of the same length with a space for each harmful character, so that no span moves."""
    return _HARMFUL.sub(" ", text)
