"""How long one infusion lasted, as stated: "over 40 minutes", "a 40-minute infusion"."""

from __future__ import annotations

import re

from aggregator import lexicon
from aggregator.evidence.design import WITHOUT_PATIENTS
from aggregator.evidence.places import Ending
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.treatment import OTHER_AGENTS
from aggregator.evidence.wordings import wordings
from aggregator.lexicon.numbers import TIME_PARTS
from aggregator.summary import DesignFact, Fact

_WORDINGS = wordings("infusions")
_LENGTHS = tuple(wording for name, wording in _WORDINGS.items() if name not in {"other-times", "between"})
_OTHER_TIMES = Ending(lexicon.pattern_before(lexicon.table("infusions")["other-times"]["words"]))
_TIME = re.compile(TIME_PARTS)


def infusion_time_of(reading: Reading, design: DesignFact) -> Fact | None:
    """The length of one infusion as printed ("40 min", "96 h"); None where no sentence on giving it states one."""
    if design.value in WITHOUT_PATIENTS:
        return None
    hits = sorted((hit for wording in _LENGTHS for hit in wording.hits(reading)), key=lambda hit: hit.start)
    return next((fact for hit in hits if not _is_none(hit) and (fact := _fact(hit))), None)


def _is_none(hit: Hit) -> bool:
    return bool(_OTHER_TIMES.search(hit.before(60))) or _is_of_another_drug(hit) or not _is_of_giving(hit)


#: Words by which the drug is given, a dose by weight among them.
_GIVING = re.compile(
    r"\b(?:infus\w*|perfus\w*|pump(?:ed|s)?|drip\w*|administ\w*|given|giving|receiv\w*|inject\w*|push\w*|bolus"
    r"|intravenously|i\.?v\.?(?!\w))|\b(?:mg|µg|μg|mcg) ?(?:/|\.| |per ) ?kg\b"
)
#: What may stand between the words of giving and the time; the rest tells of something else that took it.
_BETWEEN = frozenset(lexicon.table("infusions")["between"]["words"])
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ASIDE = re.compile(r"\([^()]*\)")


def _is_of_giving(hit: Hit) -> bool:
    """Whether the time is that of giving: "ketamine reduced pain for 24 h", "blood was sampled over 4 h" are none."""
    if hit.match.group().endswith(("infusion", "infusions", "drip")):
        return True
    time = _TIME.search(hit.match.group())
    words = hit.before(140) + hit.match.group()[: time.start() if time else 0]
    giving = [match.end() for match in _GIVING.finditer(words)]
    if not giving:
        return False
    between = OTHER_AGENTS.sub(" ", _ASIDE.sub(" ", words[giving[-1] :]))
    return all(
        word in _BETWEEN or "ketamin" in word or word.startswith("sub-an") or word.endswith("ly")
        for word in _WORD.findall(between)
    )


def _is_of_another_drug(hit: Hit) -> bool:
    near = hit.before(50)
    other = OTHER_AGENTS.search(near)
    if not other or "ketamine" in near[other.end() :] or other.group() in {"saline", "placebo"}:
        return False
    before = hit.before(140)[: other.start() - len(near)]
    return not (_OF_EACH.search(near) or _OR_THE_OTHER.search(before))


#: One time for both arms: "ketamine or midazolam, each given over 40 minutes", "ketamine or midazolam over 40 minutes".
_OF_EACH = re.compile(r"\b(?:each|both|all)\b[^,;]{0,30}$")
_OR_THE_OTHER = re.compile(r"ketamine\b[^;]{0,80}\b(?:or|versus|vs\.?) (?:[\w-]+ ){0,2}$")


def _fact(hit: Hit) -> Fact | None:
    time = _TIME.search(hit.match.group())
    if time is None:
        return None
    amount = time["amount"]
    number = amount if amount[0].isdigit() else str(value_of(amount))
    return Fact(value=f"{number} {'min' if time['unit'].startswith('m') else 'h'}", spans=(hit.span,))
