# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""The clauses of a sentence, each in its bare words and with its brackets, where figures and tests stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.evidence.arms import ARMS, CONTROL_ARM, KETAMINE_ARM

#: Many sentences give with one hand and take with the other.
_BUT = re.compile(
    rf"(?:^|[,;) ])(?:but(?! (?:not|in none|none) (?:[\w-]+ ){{0,3}}?(?:{KETAMINE_ARM}|{CONTROL_ARM}))|although|however|whereas|while|though|yet|albeit)\b|; | and (?=no (?:significant )?(?:differences?|effects?|benefits?)\b|(?:did|does|was|were|is|are) not\b)|, and (?=[^,;]{{0,90}}\b(?:not|no)\b)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A clause in its bare words, and with its brackets, where figures and tests stand."""

    words: str
    figures: str


def parts(text: str) -> Iterator[Part]:
    """The clauses that "but", "while" or a semicolon part; what brackets hold parts nothing."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        if ARMS.search(match.group()) and not _DIGIT.search(match.group()):
            return match.group()  # "the same in all groups (ketamine, saline)"
        held.append(match.group())
        return chr(_HELD + len(held) - 1)

    marked = _BRACKETS.sub(hold, _BRACKETS.sub(hold, text)) if "(" in text or "[" in text else text
    for part in _BUT.split(marked):
        if part and part.strip():
            yield Part(_MARKS.sub("", part), _opened(_opened(part, held), held))


def _opened(part: str, held: list[str]) -> str:
    return _MARKS.sub(lambda mark: held[ord(mark.group()) - _HELD], part)


#: Brackets; those within a word are part of it: "(es)ketamine", "(S)-ketamine".
_BRACKETS = re.compile(r" ?(?:\((?!r,s\)|s\)|r\))[^()]*\)|\[[^\[\]]*\])(?![\w-])")
_DIGIT = re.compile(r"\d")
#: Signs for private use stand where a bracket was.
_HELD = 0xE000
_MARKS = re.compile("[\ue000-\uf8ff]")


def told_of(text: str, aside: re.Pattern[str]) -> str:
    """A sentence without those of its clauses that speak of something else."""
    return "; ".join(part.figures for part in parts(text) if not aside.search(part.figures))


def without_brackets(text: str) -> str:
    return "".join(part.words for part in parts(text))
