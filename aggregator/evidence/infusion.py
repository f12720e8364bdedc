# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""How long one infusion lasted, as stated: "over 40 minutes", "a 40-minute infusion"."""

from __future__ import annotations

import re

from aggregator.evidence.design import WITHOUT_PATIENTS
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.treatment import OTHER_AGENTS
from aggregator.summary import DesignFact, Fact

_AMOUNT = r"(?P<{n}>\d{{1,3}}(?:[.,]\d)?|one|two|three|four|five|six|ten|twenty|thirty|forty|sixty|ninety|ninety-six|twenty-four)"
_UNIT = r"(?P<{u}>min(?:ute)?s?|h(?:ou)?rs?|h)"
_LENGTH = re.compile(
    rf"\b(?:over|during|for|lasting) (?:a |an |the |about |approximately |~ ?|at least )?(?:period of |duration of |course of )?{_AMOUNT.format(n='n1')}(?: ?(?:-|to) ?\d{{1,3}})?[- ]?{_UNIT.format(u='u1')}\b(?! (?:after|before|post|prior|later|follow|period (?:after|post)|at)| \w+ (?:after|before|prior))"
    rf"|\b(?:lasted|lasting|took|ran for|infusions? of|each of|emptied in|given in|dripped in over|pushed over) (?:about )?{_AMOUNT.format(n='n3')}[- ]?{_UNIT.format(u='u3')}\b|\bmg/kg,? (?:in|over) {_AMOUNT.format(n='n4')}[- ]?{_UNIT.format(u='u4')}\b|[(;,] ?{_AMOUNT.format(n='n5')}[- ]?{_UNIT.format(u='u5')}(?: each)?(?=[);]| each)|\beach {_AMOUNT.format(n='n6')}[- ]?{_UNIT.format(u='u6')} long\b"
    rf"|(?<![\d.,-])\b{_AMOUNT.format(n='n2')}[- ]?{_UNIT.format(u='u2')},? (?:(?:long|continuous|intravenous|iv|i\.v\.|slow|single|low-dose|sub-?an\w+|es|s-|racemic|ketamine|esketamine|ketamine/placebo|constant|steady)[ -]?)*(?:infusions?|drip)\b"
)
_GIVEN = re.compile(r"ketamine|\binfus|\bdrip\b|\bmg/kg|\badministered|\bintravenous|\biv\b|\bpumped")
#: In brackets a time is one of the infusion where an infusion or a dose by weight stands before it.
_INFUSED = re.compile(r"\binfus|\bmg/kg|\binjection|\bdrip\b")
#: Stretches of time that are none of an infusion.
_NOT_OURS = re.compile(
    r"\b(?:follow(?:ed)?(?:-up)?|fast\w*|observ\w+|monitor\w*|measured|assess\w*|recorded|scann\w*|rest\w*|sleep\w*|session|psychotherapy|evaluat\w+|wait\w*|half-life|deprivation)\b[^.;,]{0,40}$"
)


def infusion_time_of(reading: Reading, design: DesignFact) -> Fact | None:
    """The length of one infusion of the drug as printed ("40 min", "96 h"); None where no sentence on giving it states one."""
    if design.value in WITHOUT_PATIENTS:
        return None
    return next((_fact(hit) for hit in reading.hits(_LENGTH) if _is_ours(hit)), None)


def _is_ours(hit: Hit) -> bool:
    if hit.zone in {"background", "registration", "conclusion"} or not hit.beside(_GIVEN):
        return False
    if hit.match["n5"] and not _INFUSED.search(hit.before(60)):
        return False
    if _NOT_OURS.search(hit.before(60)) or (hit.match["n1"] and not re.search(_GIVEN, hit.before(110))):
        return False
    near = hit.before(50)
    other = OTHER_AGENTS.search(near)
    if not other or "ketamine" in near[other.end() :] or other.group() in {"saline", "placebo"}:
        return True
    before = hit.before(140)[: other.start() - len(near)]
    return bool(_OF_EACH.search(near) or _OR_THE_OTHER.search(before))


#: One time for both arms: "ketamine or midazolam, each given over 40 minutes", "ketamine or midazolam over 40 minutes".
_OF_EACH = re.compile(r"\b(?:each|both|all)\b[^,;]{0,30}$")
_OR_THE_OTHER = re.compile(r"ketamine\b[^;]{0,80}\b(?:or|versus|vs\.?) (?:[\w-]+ ){0,2}$")


def _fact(hit: Hit) -> Fact:
    place = next(place for place in range(1, 7) if hit.match[f"n{place}"])
    amount, unit = hit.match[f"n{place}"], hit.match[f"u{place}"]
    number = amount if amount[0].isdigit() else str(value_of(amount) or amount)
    return Fact(value=f"{number} {'min' if unit.startswith('m') else 'h'}", spans=(hit.span,))
