"""Whether psychotherapy went with the drug, and in which role."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re

from aggregator import lexicon
from aggregator.evidence.places import Ending
from aggregator.evidence.text import Hit, Reading
from aggregator.summary import DesignFact, Fact

THERAPY = re.compile(lexicon.pattern_of_all("psychotherapies"))
#: Directly before a psychotherapy that chance decided on: "randomly assigned to ten weekly sessions of".
_BY_CHANCE = Ending(
    r"\b(?:randomi[sz]ed|random(?:ly)? (?:assigned|allocated|assignment|allocation))\b[^.;]{0,40}?\bto (?:receive |undergo |have )?(?:(?!(?:es)?ketamine|placebo|midazolam|saline|infusions?\b)[\w-]+ ){0,6}"
)
_WITH = re.compile(
    r"\b(?:combin\w+|assisted|enhanced|augmented|facilitated|plus|together|alongside|concurrent|adjunct\w*|integrat\w+|in conjunction|accompanied|with|paired|provided|delivered|received)\b|\+"
)
_AFTER = re.compile(r"\b(?:after|following|followed by|subsequent|then|prior to|preceded by|extend\w*|maintain\w*)\b")
_NATURAL = re.compile(
    r"\b(?:naturalistic|real[- ]world|retrospective|chart review|survey|observational|clinical practice|records)\b"
)
_KETAMINE = re.compile(r"ketamine|\bkap\b|infusion")


def psychotherapy_of(reading: Reading, design: DesignFact) -> Fact:
    """The role of psychotherapy; "none-stated" without spans where the study's own words name none."""
    hits = [hit for hit in reading.hits(THERAPY) if _is_given(hit)]
    if not hits or design.value in {"preclinical", "comment"}:
        return Fact(value="none-stated")
    spans = tuple(hit.span for hit in hits[:4])
    return Fact(value=_role(hits, reading, design), spans=spans)


#: Therapy that failed, that kept people out, or that was only asked about.
_NOT_GIVEN_BEFORE = re.compile(
    r"\b(?:failed|failing|prior|previous|not respond\w* to|resistant to|refractory to|history of|without|no|exclud\w+|stable)\b[^.;,]{0,40}$"
)
_NOT_GIVEN_AFTER = re.compile(r"[^.;]{0,40}\b(?:(?:were|was) (?:excluded|not allowed|prohibited)|had failed)\b")
_KAP_SURVEY = re.compile(r"\bknowledge,? attitudes?\b")


def _is_given(hit: Hit) -> bool:
    if hit.zone in {"background", "conclusion", "registration"}:
        return False
    if _NOT_GIVEN_BEFORE.search(hit.before(60)) or _NOT_GIVEN_AFTER.match(hit.after(60)):
        return False
    if hit.match.group() == "kap" and hit.beside(_KAP_SURVEY):
        return False
    return hit.beside(_KETAMINE) or hit.beside(_WITH)


def _role(hits: list[Hit], reading: Reading, design: DesignFact) -> str:
    if design.value in {"cohort", "cross-sectional", "case-report", "qualitative"} or reading.in_title(_NATURAL):
        return "naturalistic"
    body = [hit.sentence_text() for hit in hits if not hit.in_title]
    if design.value in {"randomized-trial", "protocol"} and any(map(_is_by_chance, hits)):
        return "randomised-factor"
    if any(_AFTER.search(text) for text in body):
        return "sequential"
    return "all-arms"


#: "Randomised to exposure therapy or ketamine" holds one against the other.
_OR_KETAMINE = re.compile(
    r"[^.;]{0,60}?\b(?:or|versus|vs\.?) (?:to )?(?:(?!after|with|plus|following)[\w.-]+ ){0,4}(?:es)?ketamine"
)


def _is_by_chance(hit: Hit) -> bool:
    """Whether a psychotherapy that does not name the drug, as "ketamine-assisted" does, is what was randomised."""
    if hit.in_title or _KETAMINE.search(hit.match.group()) or _OR_KETAMINE.match(hit.after(120)):
        return False
    return bool(_BY_CHANCE.search(hit.before(160)))
