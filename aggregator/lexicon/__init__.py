r"""The words of the field as tables that a clinician can read and correct: TOML files beside this one.

A wording is what an abstract says, in small letters and whole words:

    =============  ============================================  ==================================================
    a space        a space or a hyphen                           "wait list" finds wait-list
    `*`            any ending of a word                          "mindfulness*"
    `(a|b)`        either                                        "generali(s|z)ed anxiety"
    `[a]` `[a|b]`  may be missing                                "adult[s]", "teenage[d|r|rs]", "wait[ing][ ]list*"
    `{a |b }`      any number of these, in any order, or none    "{major |bipolar }depression"
    `_`            one word, whichever                           "rectal [_ ]ketamine"
    ` ... `        up to as many words as dots ("and" not       "oral ... ketamine", "healthy .... volunteer*"
                   counted), as few as there can be
    ` ~ `          up to forty signs of the same clause; each    "on monday[s] ~ friday[s]"
                   further one forty more
    `#` `<1-11>`   digits, a number from 1 to 11                 "ly#", "<1-11> year old"
    `<number>`     a number in digits or words                   "<number> infusions"
    `<amount>`     an amount in digits, be it a range            "<amount> mg/kg/h"
    `<time>`       minutes or hours                              "over <time>", for "over 30-40 min"
    `<not a>`      what must not follow                          "guideline[s] <not adherence>"
    `<then a>`     what must follow without being part of it     "continued <then ~ surgery>"
    `\(`           a bracket that is printed, as it is           `\(n[ ]=`
    `^` `$`        where the title begins, where it ends         "^editorial", "perspective[s]$"
    =============  ============================================  ==================================================

The first wording of an entry that fits at a place is taken, so that a longer one stands before a shorter one that it
begins with. What depends on what stands around it stays a regular expression, `pattern` beside the `words` of its
entry, with the reason. Acronyms are `printed` as abstracts print them,
capitals counting: a hyphen may be missing or be a space, `#` is a number that may follow.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from aggregator.lexicon.numbers import NUMBER, TIME

Wordings = tuple[str, ...] | list[str]

_HERE = Path(__file__).resolve().parent
_SIGNS = {
    " ": "[ -]",
    "*": r"\w*",
    "(": "(?:",
    ")": ")",
    "|": "|",
    "[": "(?:",
    "]": ")?",
    "{": "(?:",
    "}": ")*",
    "_": r"[\w-]+",
    "#": r"\d+",
    "^": "^",
    "$": "$",
    "<number>": NUMBER,
    "<amount>": r"\d[\d.]*(?: ?(?:-|to|,|or) ?\d[\d.]*)*",
    "<time>": TIME,
}
_SIGN = re.compile(
    r"(?P<edge> |^)(?P<gap>\.{2,}|~+)(?P<then> |$)| ?<(?P<look>not|then) (?P<words>[^>]+)>"
    r"|<(?P<first>\d+)-(?P<last>\d+)>|<[a-z]+>|\\(?P<itself>.)|."
)
#: A word that dots stand for, such as 0.5, i.v., S(+)- or (n = 9); an entry may say which words they never stand for.
_ANY_WORD = r"(?:[\w/%+-]++(?:\.[\w/%+-]++)*+(?:(?<=\b\w)\.)?,? |\w*\([^()]{1,30}\)(?:-|,? ))(?:and )?"
#: A sign within a clause; a point before a digit is one of a number.
_CLAUSE = r"(?:[^.;]|\.(?=\d))"


@cache
def table(name: str) -> dict[str, Any]:
    """The entries of one file, in its order."""
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))


def patterns(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The entries of one file that have words, each with what finds any of them."""
    return tuple((value, re.compile(found)) for value, found in _worded(name))


def pattern_of_all(name: str, *, but: str | None = None) -> str:
    """A regular expression that finds the words of all entries of one file, or of all but one."""
    return "|".join(found for value, found in _worded(name) if value != but)


def expression(name: str, *entries: str) -> str:
    """A regular expression that finds the words of any of these entries of one file."""
    return "|".join(_expression(table(name)[entry]) for entry in entries)


def _worded(name: str) -> Iterator[tuple[str, str]]:
    return ((value, _expression(entry)) for value, entry in table(name).items() if "words" in entry)


def _expression(entry: dict[str, Any]) -> str:
    words = pattern_of(entry["words"], never=entry.get("never", ()))
    return f"{words}|{entry['pattern']}" if "pattern" in entry else words


def pattern_of(wordings: Wordings, *, never: Wordings = ()) -> str:
    """A regular expression that finds any of the wordings in small letters; one that finds nothing for none.

    No word of a gap is one of those that it `never` is.
    """
    word = rf"(?!{pattern_of(never)}){_ANY_WORD}" if never else _ANY_WORD
    runs = ((at_word, "|".join(_wording(text, word) for text in run)) for at_word, run in groupby(wordings, _at_word))
    return "|".join(rf"\b(?:{found})" if at_word else found for at_word, found in runs) or r"(?!)"


def pattern_before(wordings: Wordings) -> str:
    """The same for words that stand at the very end of a text, before what it was cut off from."""
    return rf"(?:{pattern_of(wordings)})[ (-]{{0,2}}"


def pattern_behind(wordings: Wordings) -> str:
    """The same for words that stand at the very beginning of a text."""
    return rf"[^\w.;]{{0,2}}(?:{pattern_of(wordings)})"


def _at_word(text: str) -> bool:
    first = text.lstrip("([{<")[:1]
    return first.isalnum() or first == "#"


def _wording(text: str, word: str) -> str:
    """The expression for one wording, after the beginning of its first word."""
    last = text.rstrip(")]}>")[-1:]
    end = r"\b" if last.isalnum() or last == "#" else ""
    return _SIGN.sub(lambda sign: _translated(sign, word), text) + end


def _translated(sign: re.Match[str], word: str) -> str:
    if sign["gap"]:
        return _gap(sign, word)
    if sign["look"]:
        return rf"\b(?{_LOOKS[sign['look']]}[^\w.;]{{0,2}}(?:{pattern_of([sign['words']])}))"
    if sign["first"]:
        numbers = range(int(sign["first"]), int(sign["last"]) + 1)
        return f"(?:{'|'.join(map(str, numbers))})"
    return _SIGNS.get(sign.group()) or re.escape(sign["itself"] or sign.group())


def _gap(sign: re.Match[str], word: str) -> str:
    length, begins, ends = len(sign["gap"]), not sign["edge"], not sign["then"]
    if sign["gap"].startswith("."):
        return ("" if begins else "[ -]") + rf"(?:{word}){{0,{length}}}?"
    return ("" if begins else r"\b") + rf"{_CLAUSE}{{0,{40 * length}}}?" + ("" if ends else r"\b")


_LOOKS = {"not": "!", "then": "="}


def acronym_pattern(printed: Wordings) -> str:
    """A regular expression that finds any of the acronyms as printed."""
    return "|".join(map(_acronym, printed)) or r"(?!)"


def _acronym(text: str) -> str:
    body = "".join({"-": r"[- ]?", "#": r"(?:-?\d+)?"}.get(sign) or re.escape(sign) for sign in text)
    return rf"\b{body}\b"
