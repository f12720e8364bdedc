"""What a treatment is for and which change of it is good: less of its symptoms, more of a response to it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aggregator import lexicon


def _words(*entries: str) -> str:
    return lexicon.expression("benefit", *entries)


WORSE_NAMED, BETTER_NAMED, LESS, MORE = map(_words, ("less-by-name", "more-by-name", "less", "more"))
#: The first that matches at a place counts.
OUTCOME = re.compile(
    rf"\b(?:(?P<bad1>{WORSE_NAMED})|(?P<good1>{BETTER_NAMED})"
    rf"|(?P<good2>(?:{_words('more-as-scores')}) (?:[\w-]+ )?(?:scores?|ratings?|index)|{MORE})|(?P<bad2>{LESS}))\b"
)
FALL, RISE, MEND, _SPOIL, NAMED_CHANGE = map(_words, ("falls", "rises", "mends", "spoils", "as-nouns"))
MENDED = re.compile(rf"\b(?:{MEND}|{_SPOIL})\b")
CHANGE = re.compile(
    rf"\b(?:(?P<fall>{FALL})|(?P<rise>{RISE})|(?P<mend>{MEND})|(?P<spoil>{_SPOIL})|(?P<plain>changes?))\b"
)
#: "The fall in scores was greater".
CHANGE_NAMED = re.compile(NAMED_CHANGE)


def outcome_beside(text: str, change: re.Match[str]) -> re.Match[str] | None:
    return OUTCOME.search(text, change.end()) or last(OUTCOME.finditer(text, 0, change.start()))


def last(found: Iterable[re.Match[str]]) -> re.Match[str] | None:
    every = list(found)
    return every[-1] if every else None


def sign_of(outcome: re.Match[str]) -> int:
    return 1 if outcome["good1"] or outcome["good2"] else -1


def sign_of_change(change: re.Match[str], outcome: re.Match[str] | None) -> int:
    """What mends is good whatever it is; what falls or rises is as good as the outcome says, by itself a symptom."""
    if change["mend"] or change["spoil"]:
        return 1 if change["mend"] else -1
    if change["plain"]:
        return 1  # "greater changes in scores"
    of = sign_of(outcome) if outcome else -1
    return of if change["rise"] else -of
