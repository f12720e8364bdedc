# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""How long one infusion lasted, as stated: "over 40 minutes", "a 40-minute infusion"."""

from __future__ import annotations

import re

from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.treatment import OTHER_AGENTS
from aggregator.summary import DesignFact, Fact

_AMOUNT = r"(?P<{n}>\d{{1,3}}(?:[.,]\d)?|one|two|three|four|five|six|ten|twenty|thirty|forty|sixty|ninety|ninety-six|twenty-four)"
_UNIT = r"(?P<{u}>min(?:ute)?s?|h(?:ou)?rs?|h)"
_LENGTH = re.compile(
    rf"\b(?:over|during|for|lasting) (?:a |an |the |about |approximately |~ ?|at least )?(?:period of |duration of |course of )?{_AMOUNT.format(n='n1')}(?: ?(?:-|to) ?\d{{1,3}})?[- ]?{_UNIT.format(u='u1')}\b(?! (?:after|before|post|prior|later|follow|period (?:after|post)|at)| \w+ (?:after|before|prior))"
    rf"|(?<![\d.,-])\b{_AMOUNT.format(n='n2')}[- ]?{_UNIT.format(u='u2')},? (?:(?:long|continuous|intravenous|iv|i\.v\.|slow|single|low-dose|sub-?an\w+|es|s-|racemic|ketamine|esketamine|ketamine/placebo|constant|steady)[ -]?)*(?:infusions?|drip)\b"
)
_GIVEN = re.compile(r"ketamine|\binfus|\bdrip\b|\bmg/kg|\badministered|\bintravenous|\biv\b|\bpumped")
#: Stretches of time that are none of an infusion.
_NOT_OURS = re.compile(
    r"\b(?:follow(?:ed)?(?:-up)?|fast\w*|observ\w+|monitor\w*|measured|assess\w*|recorded|scann\w*|rest\w*|sleep\w*|session|psychotherapy|evaluat\w+|wait\w*|half-life|deprivation)\b[^.;,]{0,40}$"
)
_DESIGNS_WITHOUT = frozenset(
    {"preclinical", "narrative-review", "comment", "guideline", "meta-analysis", "systematic-review"}
)


def infusion_time_of(reading: Reading, design: DesignFact) -> Fact | None:
    """The length of one infusion of the drug as printed ("40 min", "96 h"); None where no sentence on giving it states one."""
    if design.value in _DESIGNS_WITHOUT:
        return None
    return next((_fact(hit) for hit in reading.hits(_LENGTH) if _is_ours(hit)), None)


def _is_ours(hit: Hit) -> bool:
    if hit.zone in {"background", "registration", "conclusion"} or not hit.beside(_GIVEN):
        return False
    if _NOT_OURS.search(hit.before(60)) or (hit.match["n1"] and not re.search(_GIVEN, hit.before(110))):
        return False
    near = hit.before(50)
    other = OTHER_AGENTS.search(near)
    return not (other and "ketamine" not in near[other.end() :] and other.group() not in {"saline", "placebo"})


def _fact(hit: Hit) -> Fact:
    amount, unit = hit.match["n1"] or hit.match["n2"], hit.match["u1"] or hit.match["u2"]
    return Fact(value=f"{amount} {'min' if unit.startswith('m') else 'h'}", spans=(hit.span,))
