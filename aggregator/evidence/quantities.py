"""Numbers as abstracts write them: 1,234, twenty-nine, thirty two, one hundred and five."""

from __future__ import annotations

import re

_UNITS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: number for number, word in enumerate(_UNITS, 1)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_WORD = "|".join(sorted((*_UNITS, *_TENS), key=len, reverse=True))

#: A number in words; for lower-case text. `value_of` decides whether the words make one number.
WORDS = rf"\b(?:{_WORD})(?:[ -](?:and[ -])?(?:{_WORD}|hundred))*(?![a-z-])"
#: Digits with or without separators of thousands; never part of a decimal, a range or a share.
DIGITS = r"(?<![\w.,/:])\d{1,3}(?:,\d{3})+(?![\d%])|(?<![\w.,/:])\d{1,7}(?![\d%:]|\.\d|,\d)"
NUMBER = rf"(?:{DIGITS}|{WORDS})"


def value_of(text: str) -> int | None:
    """The number that a text says; None when it says none or several."""
    digits = text.replace(",", "")
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.split(r"[ -]+", text):
        if word == "hundred" and 0 < total < 10:
            total *= 100
        elif word in _VALUES and _fits(total, _VALUES[word]):
            total += _VALUES[word]
        elif word != "and":
            return None
    return total or None


def _fits(total: int, value: int) -> bool:
    """Tens follow hundreds and units follow tens: "four twenty" is two numbers."""
    return total % 100 == 0 or (value < 10 and total % 10 == 0 and total % 100 >= 20)
