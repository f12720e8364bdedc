# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""What the arms of a comparison are called: by everybody, and by the short names that one abstract gives them."""

from __future__ import annotations

import re
from collections.abc import Callable

from aggregator import lexicon
from aggregator.evidence.places import Sought
from aggregator.evidence.text import Reading
from aggregator.summary import Fact

#: The arm that got ketamine, by its usual names; "the study group" is one only beside a control group.
KETAMINE = r"(?:(?:\(?[rs]\)?(?:,s)?-|racemic )?(?:(?:es|ar)ketamine(?= users)|(?:es|ar)?ketamine(?! ?\+)(?! (?:users?|abuse|levels?|metabol)))|\b(?:kets?\b|esk(?:-?(?:ns|in|iv))?\b|sk\b|spravato|kap\b|ket01\b|groups? (?:k|ket|sk|kp|pk|e|ek|esk|es)\b|(?:k|e|ek|sk|esk|pe) groups?\b|nasal spray))"
KETAMINE_ARM = rf"(?:{KETAMINE}|\b(?:(?:study|experimental|intervention|observation|treatment|treated|exposed|active|drug|test) (?:group|arm|patients)|the (?:drug|intervention|active drug|study drug)\b))"
#: What it is held against.
CONTROL_ARM = f"(?:{lexicon.expression('arms', 'control')})"
ARMS = Sought(rf"(?P<k>{KETAMINE_ARM})|(?P<c>{CONTROL_ARM})")

THAN = re.compile(
    r"\b(?:than|(?:as )?compared (?:with|to|against)|in comparison (?:with|to)|by comparison with|in contrast to|relative to|versus|vs\.?|superior(?:ity)? (?:to|over)|inferior (?:to)|(?<!-)over(?! (?:the (?:course|study|first|next|following|period|whole|entire|\d)|time|a |\d))|against|separated from|advantages? over|beyond|as opposed to|unlike|out-?perform\w*(?: by)?|surpass\w*(?: by)?|exceed(?:ed|s|ing)(?: by)?|outdid|bettered(?: by)?|short of|match for|as against|beat)(?=\W)(?! (?:the )?(?:baseline|pre-|before|screening|day 0|previous|prior|pre ))"
)


def named_behind(text: str, than: re.Match[str]) -> bool | None:
    """The arm that a "than" names, as first_arm tells it."""
    return first_arm(re.split(r"[,;(]", text[than.end() : than.end() + 80].lstrip(" (,"))[0])


THOSE = re.compile(
    r" (?:in |with |for |among |the )*(?:those|men|women|males|females|patients|participants|subjects|younger|older|non-?\w+)\b(?! (?:who )?(?:did|had|were|not|without|given|receiving))"
)


def first_arm(text: str) -> bool | None:
    """True for ketamine's arm, False for the control's, None where neither is named."""
    arm = ARMS.search(text)
    return None if arm is None else arm["k"] is not None


def two_arms(text: str) -> tuple[bool, bool] | None:
    """Whether ketamine's arm is told first, where each of the two arms is named and no third."""
    text = _AROUND_ECT.sub(" ", text)
    order = list(dict.fromkeys(match["k"] is not None for match in ARMS.finditer(text)))
    return (order[0], order[1]) if len(order) == 2 else None


#: Words without which nothing is said of two arms.
NAMES_ARMS = re.compile(
    r"ketamine|\b(?:kets?\b|esk\b|esk-|kap\b|spravato|nasal spray|infusions?\b|groups?\b|arms?\b|conditions\b|treatments?\b|placebo|control|differ|interactions?\b|primary\b|compar|allocation\b|mixed\b|s?mds?\b|hedges|ratios?\b|[or]rs?\b|effects?\b|nmda\b|the drug\b|intervention|study drug|than\b|neither\b|similar|midazolam|saline|ect\b|superior|favou?r)"
)


def names_both(text: str) -> bool:
    """Whether a sentence holds ketamine's arm against another that it names."""
    return THAN.search(text) is not None and two_arms(text) is not None


#: Electroconvulsive therapy that both arms had is neither of them.
_AROUND_ECT = re.compile(
    r"(?<!% )\b(?:after|before|during|following|undergoing|for|of|to) (?:[\w-]+ ){0,2}(?:ect|electroconvulsive therapy)\b"
)

_SHORT = r"(?:[A-Z][A-Za-z]{0,2}[A-Z0-9][A-Za-z0-9+/-]{0,5}|[A-Z]|[1-4]|I{1,3})"
_DOSE = r"\d[\d.]*[ -]?(?:mg|µg|ml|mcg)(?:/kg)?(?:/h)?"
#: "ketamine group (n = 30, group K)", "normal saline (NS)", "ketamine-assisted therapy (KAT)".
_IN_BRACKETS = re.compile(
    rf"[(\[](?:n ?= ?\d+[,;:] ?)?(?:[Gg]roup )?(?P<name>{_SHORT})(?: [Gg]roup)?(?:[,;:] ?n ?= ?\d+)?[)\]]"
)
_NAMED_BEFORE = re.compile(
    rf"(?:{KETAMINE}|{CONTROL_ARM})(?:[- ](?:assisted|treated|psychotherapy|therapy|treatment|groups?|arm|infusions?|hydrochloride|nasal|spray|ana?esthesia|injection|administration|condition|solution|{_DOSE}))*,? ?$"
)
#: "group E received esketamine", "Group 2 (n = 40): saline".
_GROUP = re.compile(
    rf"\b[Gg]roup (?P<name>{_SHORT})(?: ?\(n ?= ?\d+\))?\W{{1,3}}(?:(?:patients|who|in|which|was|were|received|receiving|given|got|treated|anesthetized|anaesthetised|with|by|the|an?|iv|intravenous|intranasal|infusion|injection|of|administered|{_DOSE}) ?){{0,8}}"
)
_ARM_BEHIND = re.compile(rf"(?:{KETAMINE}|{CONTROL_ARM})[^,;.:]{{0,30}}")
_BREAKS = re.compile(r"[,;:.(]|\bor\b|\bversus\b|\bvs\b")


def renamed_in(reading: Reading, comparators: tuple[Fact, ...]) -> Callable[[str], str] | None:
    """Puts "ketamine" and "control" in place of the names that the abstract gives its arms; None where it gives none.

    Drugs that ketamine is held against are named by the comparators' own words.
    """
    names = _names_in(reading) | dict.fromkeys(_agents_in(reading, comparators), "control")
    if not names:
        return None
    choices = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = re.compile(rf"\b(?:[Gg]roup )?(?P<name>{choices})(?: (?=[Gg]roup)|\b(?![-/]?\w))")

    def put(match: re.Match[str]) -> str:
        name = match["name"]
        bare = len(name) < 2 or name.isdigit() or set(name) == {"I"}
        if bare and not (match.group().startswith(("group", "Group")) or match.group().endswith(" ")):
            return match.group()
        return f"{names[name]} " if match.group().endswith(" ") else f"{names[name]} group"

    return lambda text: pattern.sub(put, text)


#: Comparators that are drugs or devices, whose words mean nothing else in a sentence on results.
_OF_AGENTS = frozenset({"other-drug", "other-active-placebo", "tms"})


def _agents_in(reading: Reading, comparators: tuple[Fact, ...]) -> set[str]:
    spans = [span for fact in comparators if fact.value in _OF_AGENTS for span in fact.spans]
    words = {reading.citation.section_text(span.section)[span.start : span.end].lower() for span in spans}
    named = {word for word in words if len(word) > _SHORTEST and not ARMS.fullmatch(word)}
    return named | {word.capitalize() for word in named}


#: Letters of the shortest word that is taken for a drug's name.
_SHORTEST = 3


def _names_in(reading: Reading) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    plain, low = reading.plain, reading.low
    for match in plain.finditer(_IN_BRACKETS):
        before = low[max(0, match.start() - 70) : match.start()]
        last = max((one.end() for one in _BREAKS.finditer(before)), default=0)
        if _NAMED_BEFORE.search(before, last) and (arm := _arm_of(before[last:])):
            found.setdefault(match["name"], set()).add(arm)
    for match in plain.finditer(_GROUP):
        behind = _ARM_BEHIND.match(low, match.end())
        if behind and (arm := _arm_of(behind.group())):
            found.setdefault(match["name"], set()).add(arm)
    return {name: arms.pop() for name, arms in found.items() if len(arms) == 1 and not ARMS.fullmatch(name.lower())}


def _arm_of(words: str) -> str | None:
    """Ketamine's arm also where something is added to it; None where "ketamine and saline" may be one arm or two."""
    kinds = {match["k"] is not None for match in ARMS.finditer(words)}
    if len(kinds) == 2 and " and " in words:
        return None
    return ("ketamine" if True in kinds else "control") if kinds else None
