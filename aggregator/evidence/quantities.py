"""Numbers as abstracts write them: 1,234, 5 299, twenty-nine."""

from __future__ import annotations

import re

_UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: number for number, word in enumerate(_UNITS, 1)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_TEN = "|".join(_TENS)
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))

#: A number in words up to nine hundred and ninety-nine; for lower-case text.
WORDS = (
    rf"(?:(?:one|two|three|four|five|six|seven|eight|nine|a)[ -]hundred(?:[ -](?:and[ -])?)?)?"
    rf"(?:(?:{_TEN})(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:{_UNIT}))(?![a-z])"
)
#: Digits with or without separators of thousands; never part of a decimal or a longer number.
DIGITS = r"(?<![\d.,/-])\d{1,3}(?:,\d{3})+(?![\d%])|(?<![\d.,/])\d{1,7}(?![\d%]|\.\d|,\d)"
NUMBER = rf"(?:{DIGITS}|\b{WORDS})"


def value_of(text: str) -> int | None:
    """The number that a text says; None when it says none."""
    digits = text.replace(",", "").replace(" ", "")
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.split(r"[ -]+", text.lower()):
        if word in {"and", "a"}:
            total = total or (1 if word == "a" else 0)
        elif word == "hundred":
            total = (total or 1) * 100
        elif word in _VALUES:
            total += _VALUES[word]
        else:
            return None
    return total or None
