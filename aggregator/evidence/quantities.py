"""What a number in digits or in words says."""

from __future__ import annotations

import re

from aggregator.lexicon.numbers import VALUES


def value_of(text: str) -> int | None:
    """The number that a text says; None when it says none or several."""
    digits = text.replace(",", "")
    if digits.isdigit():
        return int(digits)
    total = 0
    for word in re.split(r"[ -]+", text):
        if word == "hundred" and 0 < total < 10:
            total *= 100
        elif word in VALUES and _fits(total, VALUES[word]):
            total += VALUES[word]
        elif word != "and":
            return None
    return total or None


def _fits(total: int, value: int) -> bool:
    """Tens follow hundreds and units follow tens: "four twenty" is two numbers."""
    return total % 100 == 0 or (value < 10 and total % 10 == 0 and total % 100 >= 20)
