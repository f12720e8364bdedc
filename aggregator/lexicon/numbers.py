"""Numbers and stretches of time as abstracts write them: 1,234, twenty-nine, one hundred and five, 40-60 min."""

from __future__ import annotations

_UNITS = (
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
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
#: The words of which numbers are made, with their values.
VALUES = {word: number for number, word in enumerate(_UNITS, 1)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_WORD = "|".join(sorted(VALUES, key=len, reverse=True))

#: A number in words; for lower-case text. `quantities.value_of` decides whether the words make one number.
WORDS = rf"\b(?:{_WORD})(?:[ -](?:and[ -])?(?:{_WORD}|hundred))*(?![a-z-])"
#: Digits with or without separators of thousands; never part of a decimal, a range or a share.
DIGITS = r"(?<![\w.,/:])\d{1,3}(?:,\d{3})+(?![\d%])|(?<![\w.,/:])\d{1,7}(?![\d%:]|\.\d|,\d)"
NUMBER = rf"(?:{DIGITS}|{WORDS})"
_AMOUNT = rf"\d{{1,3}}(?:[.,]\d)?|\b(?:{_WORD})(?:-(?:{_WORD}))?"
_UNIT = r"min(?:ute)?s?|h(?:ou)?rs?|h"
#: The parts of a stretch of time, be it a range.
TIME_PARTS = rf"(?P<amount>{_AMOUNT})(?: ?(?:-|to) ?\d{{1,3}})?[ -]?(?P<unit>{_UNIT})\b"
#: Minutes or hours; a decimal, and the upper end of a range, are no beginning.
TIME = rf"(?<![\d.,-])(?:{_AMOUNT})(?: ?(?:-|to) ?\d{{1,3}})?[ -]?(?:{_UNIT})\b"
