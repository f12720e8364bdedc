# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""What the figures of a sentence say of two arms: shares and means told one after the other, pooled effects, tests."""

from __future__ import annotations

import re

from aggregator.evidence.arms import ARMS, KETAMINE, THAN, named_behind, two_arms
from aggregator.evidence.benefit import CHANGE, CHANGE_NAMED, OUTCOME, outcome_beside, sign_of, sign_of_change
from aggregator.evidence.clauses import without_brackets
from aggregator.evidence.places import Sought

FAVOURS_KETAMINE, NO_DIFFERENCE, FAVOURS_COMPARATOR, MIXED = (
    "favours-ketamine",
    "no-difference",
    "favours-comparator",
    "mixed",
)

_P_VALUE = re.compile(r"\bps?(?:[- ]values?)? ?(?P<sign>[=<>≤≥˂]|&lt;|&gt;) ?(?P<p>0?\.\d+)")
#: A test of something else than the difference.
_OTHER_TEST = re.compile(
    r"\b(?:cochran\w*(?:'s)?,? q|q|i ?2|i\^2|heterogeneity|egger\w*(?:'s)?)\b[^;)\]]{0,30}?\bp ?[=<>≤≥] ?0?\.\d+"
)
_INTERVAL = Sought(
    r"(?:\bcr?i|intervals?)\b[^\d-]{0,14}(?P<low>-? ?\d*\.?\d+)(?: ?%)?(?: to |, ?| ?; ?| ?~ ?| - | ?- ?(?=\d))(?P<high>-? ?\d*\.?\d+)"
)
#: A number of an arm: a share or a mean; not a p value, an interval, a count of people, a time or a dose.
_FIGURE = re.compile(
    r"(?<![\d.,/-])(?P<n>\d{1,3}(?:\.\d+)?)(?! ?(?:mg|µg|mcg|ml|h\b|hours?|days?|weeks?|months?|min|years?|d\b|patients|participants|studies|trials|rcts|/)|\d|\.\d|-(?:item|point|day|week|month|year|hour|min))(?P<share> ?%| per ?cent)?"
)
#: The same of outcomes that are times.
_IN_TIME = re.compile(r"\b(?:times? (?:to|until|of)|durations?|length of stay|latency)\b")
_TIME = re.compile(
    r"(?<![\d.,/-])(?P<n>\d{1,4}(?:\.\d+)?)(?P<share>) ?(?:min(?:utes)?|h|hours?|days?|weeks?|months?|s|sec(?:onds)?)\b(?! after| of follow)"
)
_RATIO = re.compile(
    r"\bratios?\b|\bodds\b|\brelative risks?\b|\bhazards?\b|\brisk (?=\d)|\b[oahr]?(?:or|rr|hr)\b ?[=:,(]? ?\d|\bor \d"
)


def told_by_figures(text: str, *, alone: bool, hedged: bool) -> str | None:
    """What the figures of a sentence say where its words say nothing; in a `hedged` one only an estimate counts."""
    significant = _is_significant(text)
    if significant is None:
        return None
    told = None if hedged else _counted(text, significant=significant)
    return told or (_pooled(text, alone=alone) if significant else None)


def _counted(text: str, *, significant: bool) -> str | None:
    """What two figures say of two arms that are told one after the other, where a test or an interval tells them apart.

    Also a contrast whose own interval holds no effect: no difference.
    """
    if not significant:
        return NO_DIFFERENCE if OUTCOME.search(text) and (_CONTRAST.search(text) or two_arms(text)) else None
    text = _FROM_TO.sub(r"to \g<end>", text)
    bare = without_brackets(text)
    changes = None
    if _NEGATIVE_CHANGE.search(bare):
        changes = _by_arm(bare, _CHANGED_BY) or _by_arm(text, _CHANGED_BY)
    figures = changes or _by_arm(bare, _FIGURE) or _by_arm(text, _FIGURE)
    if figures is None and _IN_TIME.search(bare):
        figures = _by_arm(bare, _TIME)
    if figures is None or figures[0] == figures[1]:
        return None
    polarity = _of_fall(text) if changes else _of_figures(bare)
    if polarity is None:
        return None
    return FAVOURS_KETAMINE if (figures[0] > figures[1]) == (polarity > 0) else FAVOURS_COMPARATOR


#: Of a score before and after, the one after.
_FROM_TO = re.compile(r"\bfrom (?:a mean of )?\d[\d.]*(?: ?\([^()]*\))? to (?P<end>\d)")


#: An effect with its number: a difference, of which a fall is below zero, or a ratio.
_EFFECT = re.compile(
    r"\b(?:(?P<difference>smds?|l?s?w?md|(?:standardi[sz]ed |weighted |pooled )?mean difference|hedges'?s?'? ?g|cohen'?s? d|g|d|effect size)|(?P<ratio>[ar]?ors?|odds ratios?|a?rrs?|risk ratios?|relative risks?|a?hrs?|hazard ratios?))\b[\])]?[^\d;()\[-]{0,25}[(\[]?(?P<value>-? ?\d*\.?\d+)"
)


def _pooled(text: str, *, alone: bool) -> str | None:
    """What one estimate of an effect on a named outcome says, where its interval or test tells it from none.

    Signs differ between papers: a difference counts where it is below zero and the outcome better so.
    """
    effect, outcome = _EFFECT.search(text), OUTCOME.search(text)
    if effect is None or outcome is None or not (alone or THAN.search(text)):
        return None
    bare = without_brackets(text)
    than = THAN.search(bare)
    reference = named_behind(bare, than) if than else None
    value, good = float(effect["value"].replace(" ", "")), sign_of(outcome) > 0
    if effect["difference"] and (value > 0 or good):
        return None
    better = (value > 1) == good if effect["ratio"] else True
    if reference is None and ARMS.search(bare) and not re.search(KETAMINE, bare):
        return None
    return FAVOURS_KETAMINE if better != (reference is True) else FAVOURS_COMPARATOR if than else None


def _of_figures(text: str) -> int | None:
    """Whether the greater of two figures is the better one: scores that "fell by" so much, or that "fell to" so much."""
    change = CHANGE.search(text)
    if change and (CHANGE_NAMED.fullmatch(change.group()) or _BY_A_FIGURE.match(text, change.end())):
        return sign_of_change(change, outcome_beside(text, change))
    figures = list(_FIGURE.finditer(text))
    reached = _REACHED.search(text, figures[-1].end()) if figures else None
    outcome = (reached and OUTCOME.search(text, reached.end())) or OUTCOME.search(text)
    if outcome is None:
        return None
    undone = _DENIED_OUTCOME.search(text[: outcome.start()]) or _GOT_RID.match(text, outcome.end())
    return -sign_of(outcome) if undone else sign_of(outcome)


#: What people came to have, told behind their shares: "24% and 45% had a relapse", "had no suicidal ideation".
_REACHED = re.compile(r"\b(?:had|have|experienced|developed|showed|met|reached|achieved|suffered|reported|were)\b")
_DENIED_OUTCOME = re.compile(
    r"\b(?:no|without|free of|free from|rid of|absence of|resolution of|loss of) (?:[\w-]+ )?$"
)
#: "Suicidal ideation resolved in 63%": a share of those who got rid of it.
_GOT_RID = re.compile(
    r"[^;,]{0,20}\b(?:resolved|remitted|disappeared|vanished|abated|ceased|subsided|was absent|were absent)\b"
)


def _of_fall(text: str) -> int | None:
    """Whether the greater of two falls is the better one: a change of -15.6 against one of -9.2."""
    outcome = OUTCOME.search(text)
    return -sign_of(outcome) if outcome else None


#: A change of a score as a number below zero, for each arm.
_NEGATIVE_CHANGE = re.compile(r"\bchanges?\b(?! in (?:the )?proportion)[^;]{0,80}?(?:was|were|of|:|,|=) -\d")
_CHANGED_BY = re.compile(r"(?<![\d.,/-])-(?P<n>\d{1,3}(?:\.\d+)?)(?!\d|\.\d)(?P<share> ?%)?")
_BY_A_FIGURE = re.compile(r"(?: by)?(?: an?)?(?: mean| median| average)?(?: of)? -?\d")
_CONTRAST = re.compile(
    r"\bdifferences?\b|\bratios?\b|\b(?:or|rr|hr|smd|md|d|g) ?[=:,(] ?-?\d|\bcontrast|\bsmd\b|\bcoefficient|\brespectively\b"
)


def _by_arm(text: str, figure: re.Pattern[str]) -> tuple[float, float] | None:
    """The shares, else the means, of ketamine's arm and of the other, where each stands by its arm or both stand together."""
    plain = _WITHOUT_FIGURES.sub(" ", text if "%" in _INTERVAL_NAME.sub("", text) else _OF_HOW_MANY.sub(_share, text))
    arms = two_arms(plain)
    found = list(figure.finditer(plain))
    figures = [match for match in found if match["share"]] or found
    if arms is None or len(figures) != 2:
        return None
    first, second = figures
    between = plain[first.end() : second.start()]
    parted = len(list(ARMS.finditer(between)))
    around = bool(ARMS.search(plain[: first.start()])) == bool(ARMS.search(plain[second.end() :]))
    if parted == 2 or (parted == 0 and not around and not _TOGETHER.fullmatch(between)):
        return None
    pair = float(first["n"]), float(second["n"])
    return pair if arms[0] else pair[::-1]


#: Between two figures that stand side by side.
_TOGETHER = re.compile(r"[^;]{0,25}?\b(?:and|vs?\.?|versus|against|to|compared (?:with|to)|from)\b[^;]{0,25}")
_INTERVAL_NAME = re.compile(r"\b\d{2} ?% ?(?:ci|cri|confidence|credible)")
_OF_HOW_MANY = re.compile(r"\b(?P<n>\d{1,3}) ?(?:/|of|out of) ?(?:the )?(?P<of>[1-9]\d{0,3})\b(?!/)")


def _share(counts: re.Match[str]) -> str:
    """Nine of thirty as a share, to be held against the other arm's."""
    return f"{100 * int(counts['n']) / int(counts['of']):.1f}%"


#: Brackets with counts, spreads and intervals, and tests: none of the two figures.
_WITHOUT_FIGURES = re.compile(
    r"\b(?:n ?=|sd|se|sem|iqr|n) ?=? ?\d[\d.,]*|±\s?\d[\d.]*|\b\d{2} ?% ?,? ?(?:ci|cri|confidence|credible)[^;)]*|\bp(?:[- ]values?)? ?[=<>≤≥] ?0?\.\d+|\((?:sd|se|\d+/\d+|\d+ of \d+)[^()]*\)|\b\d+ ?(?:/|of|out of) ?(?:the )?\d+\b|\b(?:or|rr|hr|smd|md|ratio)\b ?[=:,(]? ?-?\d[\d.]*[^;)]*|\b[dg] ?= ?-?\d[\d.]*|\b(?:difference|contrast)\b[^;]*$|\b(?:differences?|contrast|reduction|gain) ?(?:of|was|[=:,(])? ?-?\d[\d.]*(?: ?%)?|\b(?:day|week|month|hour|phq|hamd|ham-d|caps|pcl|gad|qids|hdrs|qor)[- ]?\d+|\[[^\]]*\]|\b[ft] ?\([^)]*\) ?= ?[\d.]+"
)


def _is_significant(text: str) -> bool | None:
    """By the p values, else by the interval of a ratio or a difference; None where neither is printed."""
    text = _OTHER_TEST.sub("", text)
    if _P_VALUE.search(text):
        return not is_insignificant(text)
    interval = _INTERVAL.search(text)
    if interval is None:
        return False if re.search(r"\bn\. ?s\.", text) else None
    low, high = (float(interval[name].replace(" ", "")) for name in ("low", "high"))
    null = 1.0 if _RATIO.search(text) and low > 0 else 0.0
    return not low <= null <= high


_ABOVE = frozenset({">", "≥", "&gt;"})


def is_insignificant(text: str) -> bool:
    """Whether the numbers speak against the words: every p value is above 0.05, or the interval holds no effect."""
    text = _OTHER_TEST.sub("", text)
    stated = list(_P_VALUE.finditer(text))
    if stated:
        return all(float(one["p"]) > 0.05 or (one["sign"] in _ABOVE and float(one["p"]) >= 0.05) for one in stated)
    interval = _INTERVAL.search(text)
    if interval is None:
        return False
    low, high = (float(interval[name].replace(" ", "")) for name in ("low", "high"))
    if _RATIO.search(text) and low > 0:
        return low <= 1 <= high
    return low < 0 < high
