"""How many people were studied, or how many studies and people a review covers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.evidence.quantities import NUMBER, value_of
from aggregator.evidence.text import Hit, Reading
from aggregator.summary import CountFact, DesignFact, Span

PEOPLE = (
    r"(?:patients?|participants?|subjects?|individuals|adults|adolescents|volunteers|women|men|males?|females?|veterans|people|persons|outpatients|inpatients|youths?|children|"
    r"parturients|mothers|users|respondents|controls|survivors|students|smokers|members|cases|undergraduates|abusers|alcoholics|residents|boys|girls)"
)
_FILL = r"(?:(?!(?:of|per|mg|and|or|to|weeks?|days?|months?|years?|hours?|min|minutes|times|infusions?|sessions?|items?|points?|studies|trials|rcts|sites?|centers?|centres?|arms?|groups?|placebo)\b)[\w/'()%-]+,? ){0,6}?"
_N = rf"(?P<n>{NUMBER})"
_RANDOM = r"(?:randomi[sz]ed|randomly (?:assigned|allocated|divided|selected|distributed)|allocated|assigned)"


@dataclass(frozen=True, slots=True)
class Rule:
    """Wording that states a number of people; a higher rank is nearer to "randomised"."""

    rank: int
    pattern: re.Pattern[str]


RULES: tuple[Rule, ...] = (
    Rule(
        9,
        re.compile(
            rf"{_N} {_FILL}{PEOPLE}\b(?: with [^.;]{{0,80}}?| \([^)]*\)|,? [^.;\d]{{0,60}}?)? (?:were|was) (?:[\w-]+ ){{0,3}}?{_RANDOM}"
        ),
    ),
    Rule(9, re.compile(rf"\b{_RANDOM},? (?:a total of )?{_N} {_FILL}{PEOPLE}\b")),
    Rule(9, re.compile(rf"{_N} (?:[\w-]+ ){{0,2}}randomi[sz]ed (?:[\w-]+ ){{0,3}}{PEOPLE}\b")),
    Rule(9, re.compile(rf"\bof (?:the )?{_N} {_FILL}{PEOPLE} (?:who were )?(?:\w+ )?randomi[sz]ed\b")),
    Rule(9, re.compile(rf"(?<!to ){_N} (?:were|was) (?:\w+ )?randomi[sz]ed\b")),
    Rule(9, re.compile(rf"\brandomi[sz]ed (?:[\w-]+ )?(?:sample )?\(?n ?= ?{_N}")),
    Rule(
        7,
        re.compile(
            rf"\b(?:total (?:sample )?(?:of|size (?:of|was))|total n ?=|total number of (?:\w+ )?{PEOPLE} (?:was|of)|overall,?|in total,?|altogether,?) {_N}(?= {_FILL}{PEOPLE}\b|\)|,| (?:were|was|completed|received))"
        ),
    ),
    Rule(
        6,
        re.compile(
            rf"{_N} {_FILL}{PEOPLE}\b[^.;]{{0,60}}? (?:were|was) (?:[\w-]+ ){{0,2}}?(?:included|enrol+ed|recruited|analy[sz]ed|studied|treated|assessed|evaluated|identified|administered|given|examined|tested|scanned|surveyed|interviewed|exposed)\b"
        ),
    ),
    Rule(
        6,
        re.compile(
            rf"{_N} {_FILL}{PEOPLE}\b[^.;]{{0,80}}? (?:participated|completed|received|underwent|took part|entered|responded)\b"
        ),
    ),
    Rule(
        6,
        re.compile(
            rf"\b(?:we |study |trial )?(?:included|enrol+ed|enrol+ing|recruited|recruiting|comprised|comprising|studied|evaluated|treated|involv(?:ed|ing)|examined|surveyed|analy[sz]ed|interviewed|assessed|identified|tested|including) (?:data from |a total of |a sample of )?{_N} {_FILL}{PEOPLE}\b"
        ),
    ),
    Rule(5, re.compile(rf"\b(?:a )?sample (?:size )?(?:of|comprised|included|was|consisted of) {_N}(?! (?:mg|%))")),
    Rule(5, re.compile(rf"\b(?:in|with|among|of|from) (?:a total of |a sample of )?{_N} {_FILL}{PEOPLE}\b")),
    Rule(4, re.compile(rf"{_N} {_FILL}{PEOPLE}\b")),
    Rule(4, re.compile(rf"{PEOPLE}\b[^.;()]{{0,60}}\(\s?n ?= ?{_N}")),
    Rule(3, re.compile(rf"\bn ?= ?{_N}")),
)
#: Words before the number that make it something else than those studied.
_UNLESS_BEFORE = re.compile(
    r"(?:\bper|\bevery|\bscore of|\bto|\btimes|\bleast|\bnext|\bfirst|\blast|\bafter|\bonly|\bremaining|\bother|\banother|\beach of (?:the )?|\bday|\bweek|\bphase|\bthan|[<>≤≥±=+]|\bitems?|\bn ?=|\bat|\bdsm-|\bgrade|\btype|\bstage|\bone of|\beither)\s*$"
)
_UNLESS_AFTER = re.compile(
    r"^\s*(?:responders|non-?responders|of (?:the |whom|them|these)|\(?\d+(?:\.\d+)?\s?%|%)|^[^.;]{0,30}\b(?:responders|dropped out|withdrew|discontinued|responded|experienced|reported|achieved|died|relapsed|declined|failed|improved|remitted|showed|had (?:a )?(?:respon|remi))\b"
)
_SHARE = re.compile(r"(?:\bof (?:the )?|\bin (?:the )?|/ ?|\bfor )$")
_PARTS = re.compile(
    rf"{_N} (?:{_FILL}){PEOPLE}\b[^.;]{{0,90}}? (?:and|versus|vs\.?|or|with|plus|,) (?:[\w-]+ ){{0,2}}?(?P<m>{NUMBER}) (?:{_FILL})(?:{PEOPLE}|healthy|matched|hcs?|to)\b"
)
_ARMS = re.compile(rf"\bn ?= ?{_N}")
_BARE_ARMS = re.compile(
    rf"{_N} (?:{_FILL})?(?:{PEOPLE} )?(?:were |was )?(?:\w+ )?(?:assigned |allocated |randomi[sz]ed )?(?:to|in|received) (?:the )?(?:[\w/-]+ ){{1,4}}?(?:group|arm)?[^.;]{{0,30}}?,? (?:and|versus|vs\.?) (?P<m>{NUMBER}) (?:{PEOPLE} )?(?:to|in|received|were) "
)

STUDIES = (
    r"(?:studies|trials|rcts|articles|reports|papers|publications|records|reviews|meta-analyses|case reports|records)"
)
_STUDY_FILL = r"(?:(?!(?:of|from|per|patients|participants|databases)\b)[\w/'()-]+,? ){0,5}?"
STUDY_RULES: tuple[Rule, ...] = (
    Rule(
        9,
        re.compile(
            rf"{_N} {_STUDY_FILL}{STUDIES}\b[^.;]{{0,60}}? (?:were|was) (?:[\w-]+ ){{0,2}}?(?:included|eligible|selected|retained|analy[sz]ed|reviewed|synthesi[sz]ed|identified for inclusion|deemed)"
        ),
    ),
    Rule(
        9, re.compile(rf"{_N} {_STUDY_FILL}{STUDIES}\b[^.;]{{0,40}}? (?:met|fulfilled|satisfied|fully met|meeting)\b")
    ),
    Rule(
        8,
        re.compile(
            rf"\b(?:included|including|identif(?:ied|ying)|comprised|comprising|analy[sz]ed|reviewed|yielded|retrieved|synthesi[sz]ed|across|from|of|pooled|in|selected|extracted|obtained|located) (?:a total of |data from )?{_N} {_STUDY_FILL}{STUDIES}\b(?! (?:identified|screened|retrieved))"
        ),
    ),
    Rule(6, re.compile(rf"{_N} {_STUDY_FILL}{STUDIES}\b(?! (?:identified|screened|retrieved))")),
    Rule(5, re.compile(rf"{STUDIES} \((?:k|n) ?= ?{_N}\)|\bk ?= ?(?P<n2>{NUMBER})")),
)
_SCREENED = re.compile(r"\b(?:abstracts|screened|records|citations|hits|titles|full[- ]text)\b")
PARTICIPANT_RULES: tuple[Rule, ...] = (
    Rule(
        9,
        re.compile(
            rf"\b(?:total sample size (?:of|was)|total (?:sample )?(?:of|n ?=?)|totall?ing|combined (?:sample|n) (?:size )?(?:of|=)) {_N}(?= {_FILL}{PEOPLE}|\)|,|\.| )(?! {_STUDY_FILL}{STUDIES})"
        ),
    ),
    Rule(
        8,
        re.compile(
            rf"{STUDIES}\b[^.;]{{0,60}}?[(,;]?\s?(?:\bwith|\binvolving|\bcomprising|\bincluding|\brepresenting|\bincluded|\bencompassing|\bon|\bof|\(|\bin|\btotaling|n ?=|\benrolling|,)\s?(?:a total of |data from |n ?= ?|over |more than )?{_N} {_FILL}{PEOPLE}\b"
        ),
    ),
    Rule(7, re.compile(rf"{STUDIES}[^.;]{{0,30}}\(\s?n ?= ?{_N}(?= {PEOPLE})")),
    Rule(6, re.compile(rf"(?<!of ){_N} {_FILL}{PEOPLE}\b")),
)
SYNTHESES = frozenset({"meta-analysis", "systematic-review"})
_WITHOUT_SAMPLE = frozenset({"narrative-review", "comment", "guideline", "preclinical"})


@dataclass(frozen=True, slots=True)
class _Count:
    rank: int
    value: int
    spans: tuple[Span, ...]


def sample_size_of(reading: Reading, design: DesignFact) -> CountFact | None:
    """Participants randomised, else studied; for a review those of all its studies. None where no number is stated."""
    if design.value in _WITHOUT_SAMPLE:
        return None
    if design.value in SYNTHESES:
        return _chosen(_counts(reading, PARTICIPANT_RULES, least=10))
    counts = _counts(reading, RULES, least=1)
    if design.value == "case-report" and (not counts or max(count.value for count in counts) > 60):
        return _single_case(reading)
    best = _best(counts)
    if best is None:
        return _single_case(reading) if design.value == "case-report" else None
    parts = _parts(reading)
    if parts and best.rank < 9 and parts.value > best.value:
        best = parts
    if best.rank <= 4:
        best = _arms(reading, best) or best
    return CountFact(value=best.value, spans=best.spans)


def studies_included_of(reading: Reading, design: DesignFact) -> CountFact | None:
    """How many studies a review includes; those found or screened do not count."""
    if design.value not in SYNTHESES:
        return None
    counts = [count for count in _counts(reading, STUDY_RULES, least=1, studies=True) if count.value < 5000]
    return _chosen(counts)


def _chosen(counts: list[_Count]) -> CountFact | None:
    best = _best(counts)
    return CountFact(value=best.value, spans=best.spans) if best else None


def _best(counts: list[_Count]) -> _Count | None:
    return max(counts, key=lambda count: count.rank, default=None)


def _counts(reading: Reading, rules: tuple[Rule, ...], *, least: int, studies: bool = False) -> list[_Count]:
    counts: list[_Count] = []
    for rule in rules:
        for hit in reading.hits(rule.pattern):
            if hit.zone in {"background", "registration", "conclusion"}:
                continue
            count = _count(hit, rule.rank, studies=studies)
            if count and count.value >= least:
                counts.append(count)
    return counts


def _count(hit: Hit, rank: int, *, studies: bool) -> _Count | None:
    name = "n" if hit.match["n"] else "n2"
    start, end = hit.match.span(name)
    value = value_of(hit.match[name])
    low = hit.passage.low
    before = low[max(hit.sentence.start, start - 25) : start]
    after = low[end : min(len(low), hit.end + 45)]
    if (
        value is None
        or (_UNLESS_BEFORE.search(before)
        and not hit.match.group().startswith(("n", "total"))
        and rank not in (3,))
    ):
        return None
    if studies:
        if _SCREENED.search(hit.match.group()) and " included" not in hit.match.group():
            return None
    elif _UNLESS_AFTER.search(low[end : end + 12]) or (rank <= 6 and _UNLESS_AFTER.search(low[hit.end : hit.end + 40])) or (rank <= 4 and _SHARE.search(before)):
        return None
    del after
    if hit.passage.section == "title":
        rank -= 1
    return _Count(rank, value, (hit.span,))


def _parts(reading: Reading) -> _Count | None:
    """Patients and controls named together: 33 participants with MDD and 26 healthy controls."""
    for hit in reading.hits(_PARTS):
        if hit.zone in {"background", "registration", "conclusion", "results"}:
            continue
        first, second = value_of(hit.match["n"]), value_of(hit.match["m"])
        tail = hit.passage.low[hit.match.start("m") : hit.end + 25]
        if first and second and re.search(r"control|healthy|hcs?\b|volunteers|patients|non-?users|comparison", tail):
            return _Count(6, first + second, (hit.span,))
    return None


def _arms(reading: Reading, best: _Count) -> _Count | None:
    """Groups given as (n = 33) and (n = 21) within one sentence, where no total is stated."""
    for passage, sentence in reading.sentences():
        if sentence.zone in {"background", "registration", "conclusion", "title"}:
            continue
        found = [
            (value_of(match["n"]) or 0, match) for match in _ARMS.finditer(passage.low, sentence.start, sentence.end)
        ]
        values = [value for value, _ in found]
        if 2 <= len(values) <= 5 and best.value in values and max(values) < sum(values) - max(values) + max(values) / 2:
            spans = tuple(passage.span(match.start(), match.end()) for _, match in found)
            return _Count(5, sum(values), spans)
    return None


_SINGULAR = re.compile(
    r"\b(?:a|an|the|this|one|our) (?:[\w-]+[ ,]+){0,6}?(?:patient|woman|man|male|female|girl|boy|veteran|lady|gentleman|individual|adolescent)\b(?!s)"
)


def _single_case(reading: Reading) -> CountFact | None:
    hit = next((hit for hit in reading.hits(_SINGULAR) if hit.zone not in {"background", "conclusion"}), None)
    return CountFact(value=1, spans=(hit.span,)) if hit else None
