# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""Which way the comparison came out, as the authors put it.

Each sentence of the results and the conclusion is asked what it claims (claims.py). Sentences that name the primary
outcome decide; else the results together with the conclusion, on what the title asks. A null about safety is no null
result, two doses that do not differ say nothing about ketamine against its control, and measures of the brain are no
benefit. What stays open is "unclear", and a study without a comparison says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from aggregator import lexicon
from aggregator.evidence.arms import (
    CONTROL_ARM,
    KETAMINE,
    NAMES_ARMS,
    THAN,
    names_both,
    renamed_in,
    two_arms,
)
from aggregator.evidence.claims import claim_of, is_hedged
from aggregator.evidence.clauses import told_of
from aggregator.evidence.design import SYNTHESES
from aggregator.evidence.direction_of_reviews import direction_of_review
from aggregator.evidence.figures import MIXED, NO_DIFFERENCE
from aggregator.evidence.findings import primary_outcome_of
from aggregator.evidence.outcomes import scale_places
from aggregator.evidence.places import Sought
from aggregator.evidence.text import Passage, Reading, Sentence
from aggregator.summary import DesignFact, Fact, Finding, Span, Summary

_KETAMINE = re.compile(KETAMINE)
#: Sentences on these are about something else than whether it worked.
_ASIDE = re.compile(lexicon.expression("directions", "aside"))
#: Measures that are no benefit by themselves; a list may name them beside what the treatment is for.
_BESIDE = re.compile(lexicon.expression("directions", "beside"))
#: Some of these are what a treatment is for where the title says so.
_MAY_BE_ASKED = re.compile(lexicon.expression("directions", "may-be-asked"))
_FOR_WHICH = re.compile(lexicon.expression("directions", "for-which", "response"))
#: In a study of how the drug works a response may be of anything; these are symptoms.
_OF_SYMPTOMS = re.compile(lexicon.expression("directions", "for-which", "symptoms"))
#: What came with or after ketamine was compared, not ketamine.
_NAMES_OTHER = re.compile(CONTROL_ARM)
_OTHER_SUBJECT = re.compile(
    r"^\W*(?:conclusions?\W+)?(?:[\w-]+ ){0,4}(?:therapy|psychotherapy|training|interviewing|cbt|mindfulness|activation|continuation|maintenance|lithium)\b[^;,]{0,40}\b(?:after|following)\b[^;,]{0,30}ketamine"
)
#: Parts of a sentence that hold two forms or doses of ketamine against each other; the rest may tell of the control.
_PIECE = re.compile(r"[^;,]+[;,]?|[;,]")
_BETWEEN_KETAMINES = re.compile(
    r"\b(?:single|repeated|racemic|es|s-|iv|intravenous) ?ketamine [^;,]{0,60}\b(?:than|versus|vs\.?|compared (?:with|to)|and|from) [^;,]{0,30}\b(?:single |repeated |racemic |intranasal |es|s-)ketamine|\bnon-?anxious|\bbetween (?:single|repeated|one|low)[- ]?(?:dose )?(?:and|versus) (?:serial|repeated|multiple|high)\b|\b(?:between|across|among) (?:the )?(?:two |three |active )?(?:ketamine |esketamine )?(?:doses|dose groups|dose levels|dosages|strengths)\b|\b(?:the |two |three |both |active )(?:ketamine |esketamine )?doses\b[^;,]{0,40}\b(?:differ|did not|comparable|similar)|\bhigher dose[^;,]{0,40}\bthan[^;,]*dose|\bdoses\b(?=[^.;,]{0,40}\b(?:differ|compar))|\bbetween \d[\d.]* ?(?:mg/kg |mg )?and \d[\d.]* ?mg"
)
_NON_INFERIOR = Sought(r"\bnon-? ?inferior|\bnot inferior|\bequivalen(?:ce|t) (?:trial|margin)")
#: Non-inferiority that was found or missed, not planned: a verb of showing beside it, or a test for it.
_NON_INFERIOR_TOLD = re.compile(
    r"\b(?:was|were|is|are|be|being|proved|remained|as) (?:[\w-]+ ){0,2}?(?:non-? ?inferior|not inferior)\b(?!ity)"
    r"|\bnon-? ?inferiority\b[^;]{0,60}?\b(?:(?:was|were|is|be|been) (?:[\w-]+ ){0,2}?(?:met|shown|established|demonstrated|confirmed|achieved|reached|declared|concluded|proven|supported)|inconclusive|failed)\b"
    r"|\b(?:meet|met|meeting|show\w*|demonstrat\w*|establish\w*|confirm\w*|achiev\w*|reach\w*|prov(?:e[dn]?|ing)|support\w*|indicat\w*) (?:[\w-]+ ){0,5}?non-? ?inferiority\b"
    r"|\b(?:p|significant) ?(?:[<=] ?0?\.\d+ )?for (?:the )?non-? ?inferiority\b"
)
_NOT_SHOWN = re.compile(r"\b(?:not|fail\w*|unable|cannot|inconclusive|neither|nor|lack\w*)\b(?! (?:inferior|superior))")
#: A denial on these says nothing of ketamine against its control: on kinds of people, on what was there before, on
#: analyses beside the main one, and on what changes in one arm.
_NULL_OF_ELSE = re.compile(lexicon.expression("directions", "null-of-else"))
#: What the control did by itself: it is no comparison.
_CONTROL_ALONE = re.compile(
    r"\b(?:placebo|saline|midazolam|controls?)\b[^;,]{0,30}\b(?:demonstrated|showed|had|produced|there (?:was|were)) no\b|\bno (?:[\w-]+ ){0,3}(?:effects?|changes?|improvements?|reductions?) (?:[\w-]+ ){0,3}?(?:after|with|in|for|following) (?:the )?(?:placebo|saline|midazolam|controls?)\b(?![^;,]*ketamine)"
)
#: Treatments whose own sentences say nothing of ketamine.
_OTHER_TREATMENT = Sought(lexicon.expression("directions", "other-treatment"))
_PRIMARY = re.compile(
    r"\b(?:co-)?primary (?:[\w-]+ ){0,3}(?:outcomes?|end-? ?points?|efficacy|measures?|hypothes[ie]s|analys[ie]s)\b"
)
_CO_PRIMARY = re.compile(
    r"\bco-?primary (?:[\w-]+ ){0,2}(?:outcomes|end-? ?points|measures)\b|\bprimary (?:outcomes|end-? ?points|(?:outcome|efficacy|end-? ?point) (?:measures|variables|parameters)) (?:were|included)\b"
)
_SOME_MET = Sought(
    r"\b(?:one|two) of (?:the )?(?:two|three|four) (?:co-?)?primary (?:outcomes|end-? ?points|measures) (?:was|were) (?:not )?met\b"
)
#: Titles of studies that ask how it works: what they measure is no benefit, however much it differs.
#: Titles of studies that ask in whom it works, what stands between drug and outcome, or what people believed.
#: Titles of studies of who gets it, what it costs, and of how well it is measured.
_ASKS_HOW = re.compile(lexicon.expression("directions", "title-how"))
_ASKS_WHO = re.compile(lexicon.expression("directions", "title-who"))
_ASKS_ELSE = re.compile(lexicon.expression("directions", "title-how", "title-who", "title-access"))
_OF_ITS_EFFECTS = re.compile(r"\bketamine-induced\b")
#: Titles that ask what it harms, unless they ask whether it helps as well.
_ASKS_OF_HARM = re.compile(lexicon.expression("directions", "title-harm"))
_EFFECT_OF_HARM = re.compile(r"\b(?:adverse|side)[- ]effects? of")
_ASKS_OF_EFFICACY = re.compile(lexicon.expression("directions", "title-efficacy"))
_ASKS_OF_BENEFIT = re.compile(lexicon.expression("directions", "title-benefit"))

#: Titles that say what a treatment is for, be it no condition that is known.
_TREATS = re.compile(lexicon.expression("directions", "title-treats"))
_PATIENTS = re.compile(r"\bpatients\b")

_COMPARATIVE = frozenset({"randomized-trial", "meta-analysis", "secondary-analysis"})
_WITHOUT_RESULT = frozenset({"protocol", "preclinical", "comment", "guideline"})
#: Words of a study that has people without ketamine beside those with it.
_GROUPED = re.compile(lexicon.expression("directions", "grouped"))
#: Studies that are told as one group's and yet may hold it against another.
_MAY_HAVE_GROUPS = frozenset({"cohort", "secondary-analysis", "other"})
#: Records of these kinds have none either, whatever their design.
_WITHOUT_ONE = frozenset({"notice", "off-topic", "preclinical", "protocol"})
_WITHOUT_COMPARISON = frozenset({"case-report", "cross-sectional", "qualitative", "narrative-review"})
#: Where patients chose their form of ketamine, the forms are told side by side.
_UNASSIGNED = frozenset({"cohort", "non-randomized-trial"})
_ALWAYS_COMPARE = frozenset({"randomized-trial", "case-control"})

#: What titles say a treatment is for, with the words that sentences have for it.
_DOMAINS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(lexicon.pattern_of(domain["title"])), re.compile(lexicon.pattern_of(domain["words"])))
    for domain in lexicon.table("domains").values()
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sentence that may speak of two arms; `sums_up`: it says what the authors make of their results."""

    words: str
    span: Span
    concludes: bool
    sums_up: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What one sentence says: the primary outcome outweighs what stands beside it."""

    value: str
    span: Span
    words: str
    is_primary: bool
    in_conclusion: bool


def direction_of(reading: Reading, summary: Summary) -> Fact | None:
    """The direction of the main result; None for protocols, animals, notices and retracted studies.

    Only studies that hold ketamine against something else can favour either side. "unclear" points at the sentence
    that leaves it open. Reads bucket, design, comparators, control, conditions and psychotherapy of the summary.
    """
    design = summary.design
    if reading.citation.is_retracted or design.value in _WITHOUT_RESULT or summary.bucket in _WITHOUT_ONE:
        return None
    if design.value in SYNTHESES:
        return direction_of_review(
            reading,
            summary,
            asks_else=reading.in_title(_ASKS_ELSE) is not None,
            told=lambda: _on_the_question(reading, _told_of_arms(reading, summary)),
            weighed=lambda told: _weighed(told, all_count=_asks_of_several(reading)),
            closing=_closing(reading),
        )
    if _asks_of_the_drug(reading, summary) or _asks_of_psychotherapy(summary):
        return _open(reading, summary, value="unclear")
    alone = _not_comparative(reading, design, summary.control)
    told: tuple[_Said, ...] = ()
    if alone is None and _compares(reading, summary):
        told = _told(reading, summary)
    elif (
        alone and design.value in _MAY_HAVE_GROUPS and summary.bucket != "misuse" and _asks_of_benefit(reading, design)
    ):
        told = _told_of_groups(reading, summary)
    told = _on_the_question(reading, told)
    decided = _weighed(told, all_count=_asks_of_several(reading))
    if decided and decided.value == NO_DIFFERENCE and not any(one.is_primary for one in told):
        decided = None if _concludes_a_benefit(reading) else decided
    return decided or alone or _open(reading, summary)


_BENEFIT = re.compile(lexicon.expression("directions", "benefit"))
_NO_BENEFIT = re.compile(lexicon.expression("directions", "no-benefit"))


def _concludes_a_benefit(reading: Reading) -> bool:
    """Whether a sentence of the conclusion has ketamine help, in whatever words; a null result says no such thing."""
    asked = [words for title, words in _DOMAINS if reading.in_title(title)]
    others = [words for _, words in _DOMAINS if words not in asked]
    for passage, sentence in reading.sentences():
        if sentence.zone != "conclusion" or not passage.low.search(_BENEFIT, sentence.start, sentence.end):
            continue
        words = passage.low[sentence.start : sentence.end]
        doubted = _NO_BENEFIT.search(words) or is_hedged(words) or _ASIDE.search(words)
        beside = not any(one.search(words) for one in asked) and any(one.search(words) for one in others)
        if _KETAMINE.search(words) and not (doubted or beside):
            return True
    return False


def _told(reading: Reading, summary: Summary) -> tuple[_Said, ...]:
    """What the sentences say, in a study of how the drug works those alone that speak of symptoms."""
    told = (*_told_by_title(reading), *_told_of_arms(reading, summary))
    if told and _asks_of_no_benefit(reading, summary):
        told = tuple(one for one in told if one.is_primary or _OF_SYMPTOMS.search(one.words))
    if _has_other_arm(summary):
        return told
    unnamed = summary.design.value == "randomized-trial" and not summary.comparators
    return tuple(one for one in told if one.value == NO_DIFFERENCE or (unnamed and _holds_against_another(one.words)))


def _asks_of_no_benefit(reading: Reading, summary: Summary) -> bool:
    """Whether a study asks how the drug works, or treats nobody for anything: symptoms alone are a benefit there."""
    if reading.in_title(_ASKS_HOW):
        return not reading.in_title(_ASKS_OF_EFFICACY)
    ill = {fact.value for fact in summary.conditions} - {"healthy-volunteers"}
    treats = ill or reading.in_title(_TREATS) or any(reading.in_title(title) for title, _ in _DOMAINS)
    return not treats and reading.first(_PATIENTS) is None


def _told_of_arms(reading: Reading, summary: Summary) -> tuple[_Said, ...]:
    """What the sentences say; the control may be left unsaid by those that sum up, in a trial by all if none says more."""
    several = _asks_of_several(reading)
    asked = tuple(_asked(reading, summary))
    pooled = summary.design.value in SYNTHESES
    controlled = pooled or summary.design.value in _COMPARATIVE or bool(summary.comparators)
    told = tuple(_said(asked, alone=lambda one: pooled or (controlled and one.sums_up), all_count=several))
    if not told and summary.design.value == "randomized-trial" and not reading.in_title(_ASKS_ELSE):
        told = tuple(_said(asked, alone=lambda one: not one.sums_up, all_count=several))
    return told


#: A title that tells the result has a verb of its own behind the drug: "ketamine relieves", "infusions do not".
_TITLE_TELLS = re.compile(
    rf"(?:{KETAMINE})[^:?.]{{0,60}}?\b(?:reduces|relieves|improves|alleviates|attenuates|decreases|lowers|prevents|mitigates|ameliorates|enhances|prolongs|accelerates|hastens|shortens|(?:does|do|did|is|are|was|were) not|fails? to|failed to|(?:is|are|was|were|has|have) (?:\w+ly )?(?:no\b|superior|inferior|non-?inferior|more|better|as effective|effective|efficacious))\b"
)


def _told_by_title(reading: Reading) -> Iterator[_Said]:
    """What the title states in a sentence of its own; it is the authors' main claim."""
    tells = None if "?" in reading.title_low else reading.in_title(_TITLE_TELLS)
    if tells is None:
        return
    clause = next(one for one in reading.title_low.split(": ") if _TITLE_TELLS.search(one))
    value = _value_of(_on_benefit(clause.rstrip(". ]")), alone=True, all_count=False)
    if value:
        yield _Said(value, reading.title.span(0, len(reading.title.text)), clause, is_primary=True, in_conclusion=False)


def _holds_against_another(words: str) -> bool:
    """Whether a sentence itself names what ketamine is held against, be it no comparator that is known."""
    than = THAN.search(words)
    return than is not None and _KETAMINE.search(words) is not None and not _KETAMINE.search(words, than.end())


def _told_of_groups(reading: Reading, summary: Summary) -> tuple[_Said, ...]:
    """What is said of people with and without ketamine in a study that is told as one group's."""
    asked = tuple(_asked(reading, summary))
    if reading.first(_GROUPED) is None:
        asked = tuple(one for one in asked if two_arms(one.words))
    return tuple(_said(asked, alone=lambda _: False, all_count=False))


_TELLS_OF_PEOPLE = _WITHOUT_COMPARISON - {"qualitative"}
#: What the drug does and where it goes, in whoever took it.
_OF_THE_DRUG = re.compile(lexicon.expression("directions", "title-of-the-drug"))
_BLINDED = re.compile(r"\bdouble-? ?blind|\bplacebo|\bcross-?over\b")


def _asks_of_the_drug(reading: Reading, summary: Summary) -> bool:
    """Whether one study of people asked what the drug does, so that no arm could do better, be there one or several."""
    if summary.design.value in _TELLS_OF_PEOPLE:
        return False
    if reading.in_title(_OF_THE_DRUG) and not reading.in_title(_ASKS_OF_EFFICACY):
        return True
    if {fact.value for fact in summary.conditions} != {"healthy-volunteers"}:
        return False
    of_doses = summary.control is not None and summary.control.value == "dose-comparison"
    return of_doses or reading.first(_BLINDED) is not None


#: What a psychotherapy is held against.
_WITHOUT_THERAPY = frozenset({"usual-care", "wait-list", "psychotherapy"})


def _asks_of_psychotherapy(summary: Summary) -> bool:
    """Whether chance decided on psychotherapy, not on ketamine, which both arms had."""
    against = {fact.value for fact in summary.comparators}
    return summary.psychotherapy.value == "randomised-factor" and against <= _WITHOUT_THERAPY


def _open(reading: Reading, summary: Summary, value: str | None = None) -> Fact | None:
    """What no sentence decides: "not-comparative" where nothing is named that ketamine was held against."""
    spans = _closing(reading)
    two_groups = {fact.value for fact in summary.conditions} > {"healthy-volunteers"}
    nothing_named = not (summary.comparators or summary.control or two_groups)
    if value is None:
        value = "not-comparative" if nothing_named and summary.design.value not in _ALWAYS_COMPARE else "unclear"
    return Fact(value=value, spans=spans) if spans else None


def _compares(reading: Reading, summary: Summary) -> bool:
    """Whether ketamine is held against something, be it another dose of it, to see if it helps; a survey treats nobody."""
    is_compared = _has_other_arm(summary) or summary.design.value == "randomized-trial"
    return (
        is_compared
        and summary.design.value != "cross-sectional"
        and not _models_psychosis(summary)
        and summary.bucket != "misuse"
        and _asks_of_benefit(reading, summary.design)
    )


def _models_psychosis(summary: Summary) -> bool:
    """Whether one study gave ketamine to call forth symptoms, not to treat any."""
    of = {fact.value for fact in summary.conditions}
    return of in ({"healthy-volunteers"}, {"healthy-volunteers", "schizophrenia"})


def _has_other_arm(summary: Summary) -> bool:
    """Whether something else than ketamine is named that it could be better or worse than."""
    against = {fact.value for fact in summary.comparators} - {"ketamine-dose"}
    other_group = summary.control is not None and summary.control.value == "usual-care"
    return bool(against) or other_group


def _asks_of_benefit(reading: Reading, design: DesignFact) -> bool:
    """Whether the title leaves room for the question; a trial's often names what was measured beside it."""
    if design.value == "randomized-trial":
        return not (reading.in_title(_OF_ITS_EFFECTS) or reading.in_title(_ASKS_WHO))
    if reading.in_title(_ASKS_WHO) or (reading.in_title(_ASKS_ELSE) and not reading.in_title(_ASKS_OF_EFFICACY)):
        return False
    if not reading.in_title(_ASKS_OF_HARM):
        return True
    return _ASKS_OF_BENEFIT.search(_EFFECT_OF_HARM.sub("", reading.title_low)) is not None


def _not_comparative(reading: Reading, design: DesignFact, control: Fact | None) -> Fact | None:
    if control and control.value == "none":
        return Fact(value="not-comparative", spans=control.spans)
    uncontrolled = design.value == "non-randomized-trial" and control is None
    if control and control.value == "dose-comparison" and design.value in _UNASSIGNED:
        return Fact(value="not-comparative", spans=control.spans)
    if uncontrolled or (design.value in _WITHOUT_COMPARISON and control is None):
        spans = design.spans or _closing(reading)
        return Fact(value="not-comparative", spans=spans) if spans else None
    return None


def _closing(reading: Reading) -> tuple[Span, ...]:
    """The first sentence of the conclusion, else the last of the results: what was read and leaves it open."""
    for zones, place in ((("conclusion",), 0), (("results", "open"), -1)):
        told = [
            (passage, sentence)
            for passage, sentence in reading.sentences()
            if sentence.zone in zones and passage.low[sentence.start : sentence.end].strip()
        ]
        if told:
            passage, sentence = told[place]
            return (passage.span(sentence.start, sentence.end),)
    return ()


def _asked(reading: Reading, summary: Summary) -> Iterator[_Asked]:
    """The sentences of results and conclusion that may speak of two arms, in words that name these by one name each."""
    scale = primary_outcome_of(reading).scale
    headed = any(sentence.zone == "results" for _, sentence in reading.sentences())
    zones = {"results", "conclusion"} if headed else {"open", "conclusion"}
    renamed = renamed_in(reading, summary.comparators)
    asks_beside = reading.in_title(_MAY_BE_ASKED)
    for passage, sentence in reading.sentences():
        start, end, low = sentence.start, sentence.end, passage.low
        concludes = sentence.zone == "conclusion"
        if sentence.zone not in zones or not (renamed or low.search(NAMES_ARMS, start, end)):
            continue
        if scale and not concludes and _is_of_other_scales(passage, sentence, scale):
            continue
        words = renamed(passage.plain[start:end]).lower() if renamed else low[start:end]
        if renamed or low.search(_ASIDE, start, end):
            words = _on_benefit(words)
        if not asks_beside and low.search(_BESIDE, start, end) and not _FOR_WHICH.search(words):
            words = told_of(words, _BESIDE)
        if words:
            sums_up = concludes or (sentence.zone == "open" and _SUMS_UP.search(words) is not None)
            yield _Asked(words, passage.span(start, end), concludes, sums_up)


def _said(asked: Iterable[_Asked], *, alone: Callable[[_Asked], bool], all_count: bool) -> Iterator[_Said]:
    """What each sentence says; `alone`: whether it may leave the control unsaid."""
    for one in asked:
        value = _value_of(one.words, alone=alone(one), all_count=all_count)
        if value:
            yield _Said(value, one.span, one.words, _PRIMARY.search(one.words) is not None, one.concludes)


#: In an abstract without headings these open what the authors make of their results.
_SUMS_UP = re.compile(
    r"\b(?:we (?:found|conclude|show(?:ed)?|demonstrate)|(?:this|our|the present) (?:study|trial|work) (?:also )?(?:showed|shows|found|demonstrate[sd]|suggest\w*|indicate[sd]|confirm\w*)|(?:these|our|the) (?:results|findings|data) (?:\w+ )?(?:show|suggest|indicat|demonstrat|confirm|support|provide)\w*)\b"
)


def _asks_of_several(reading: Reading) -> bool:
    return reading.first(_CO_PRIMARY) is not None


def _is_of_other_scales(passage: Passage, sentence: Sentence, primary: str) -> bool:
    """Whether a sentence tells of scales, and not of the one that the primary outcome was measured by."""
    named = {name for name, _, _ in scale_places(passage, sentence.start, sentence.end)}
    return bool(named) and primary not in named


def _value_of(text: str, *, alone: bool, all_count: bool) -> str | None:
    """What one sentence says of benefit."""
    if _SOME_MET.search(text):
        return MIXED
    if _OTHER_SUBJECT.match(text) or _is_control_alone(text):
        return None
    if _NON_INFERIOR.search(text):
        return _of_non_inferiority(text)
    if _OTHER_TREATMENT.search(text) and not _KETAMINE.search(text):
        return None
    value = claim_of(_against_the_control(text), alone=alone, all_count=all_count)
    return None if value == NO_DIFFERENCE and _NULL_OF_ELSE.search(text) else value


def _of_non_inferiority(text: str) -> str | None:
    """Shown, it is no difference; missed, it leaves open which arm did better."""
    shown = _NON_INFERIOR_TOLD.search(text) and not _NOT_SHOWN.search(text) and not is_hedged(text)
    return NO_DIFFERENCE if shown else None


_HARMS = r"(?:adverse (?:events|effects|reactions)|side[- ]effects|tolerability|tolerated|safe(?:ty)?|increase in side)"
#: What a sentence on benefit says beside it of harms, and of what should come next.
_WITH_HARMS = Sought(
    rf"(?:, (?:and |but )?(?:with(?:out)?|at the cost of|in exchange for|despite|although with|while) (?:[\w-]+,? ){{0,8}}?| (?:with(?:out)?|at the cost of|in exchange for|despite) (?:[\w-]+ ){{0,6}}?){_HARMS}\b[^;,]*"
    rf"|,? (?:and|but) (?:[\w-]+ ){{0,3}}?(?:is|was|are|were|had|has) (?:[\w-]+ ){{0,5}}?{_HARMS}\b[^;,]*"
    r"|(?:(?<=efficacy)|(?<=effectiveness)) and (?:safety|tolerability)\b"
    r"|,? (?:and|but|though|although|which|suggesting|supporting|indicating) (?:[\w-]+ ){0,6}?(?:further|future|larger|additional|more) (?:[\w-]+,? ){0,4}?(?:stud\w+|trials?|research|investigations?|work)\b[^;]*"
)
_HARMLESS = Sought(
    r"(?:,? and |, )?\b(?:generally |relatively |both |well[- ])?(?:safe(?:ly)?|tolerated|tolerable|feasible)\b(?:,? and )?"
)


def _on_benefit(words: str) -> str:
    """A sentence without what it says of harms and of other things in a statement of its own."""
    without_harms = _HARMLESS.sub(" ", _WITH_HARMS.sub("", words))
    return "; ".join(clause for clause in map(_without_asides, without_harms.split("; ")) if clause)


def _without_asides(clause: str) -> str:
    """A clause without its first statement where that alone is an aside of ketamine's: "raised BDNF, and relieved ..."."""
    if not _ASIDE.search(clause):
        return clause
    aside, _, rest = clause.partition(", and ")
    goes_on = rest and _KETAMINE.search(aside) and not (_NAMES_OTHER.search(aside) or _ASIDE.search(rest))
    return f"ketamine {rest}" if goes_on and _FOR_WHICH.search(rest) else ""


def _is_control_alone(text: str) -> bool:
    return _CONTROL_ALONE.search(text) is not None and not _KETAMINE.search(text)


def _against_the_control(text: str) -> str:
    if "dose" not in text and text.count("ketamine") < 2 and "anxious" not in text and "between" not in text:
        return text
    return "".join(piece for piece in _PIECE.findall(text) if not _BETWEEN_KETAMINES.search(piece))


def _on_the_question(reading: Reading, said: tuple[_Said, ...]) -> tuple[_Said, ...]:
    """The statements on what the title names, where there are such; those that name nothing of the kind stay."""
    if len(said) < 2:
        return said
    asked = [words for title, words in _DOMAINS if reading.in_title(title)]
    others = [words for _, words in _DOMAINS if words not in asked]
    on_it = [one for one in said if any(words.search(one.words) for words in asked)]
    if not on_it:
        return said
    return tuple(one for one in said if one in on_it or not any(words.search(one.words) for words in others))


def _weighed(said: tuple[_Said, ...], *, all_count: bool) -> Fact | None:
    """The primary outcome decides; else the conclusion where the results bear it out, else the first result.

    A conclusion that holds the arms against each other outweighs a first result on one side, which may be of something
    beside; it does not outweigh a first result that is null. `all_count`: the study asked of several outcomes, so that
    one result does not speak for the others.
    """
    primary = [one for one in said if one.is_primary]
    concluded = [one for one in said if one.in_conclusion]
    found = [one for one in said if not one.in_conclusion]
    if primary or all_count:
        return _agreed(primary or said)
    several_told = len({one.value for one in concluded}) > 1
    if several_told or not found or (concluded and _is_borne_out(concluded[0], found)):
        return _agreed(concluded)
    return _agreed(found[:1])


def _is_borne_out(concluded: _Said, found: list[_Said]) -> bool:
    same = concluded.value in {one.value for one in found}
    return same or (found[0].value != NO_DIFFERENCE and names_both(concluded.words))


def _agreed(said: Iterable[_Said]) -> Fact | None:
    first: dict[str, Span] = {}
    for one in said:
        first.setdefault(one.value, one.span)
    if not first:
        return None
    return Fact(value=next(iter(first)) if len(first) == 1 else MIXED, spans=tuple(first.values()))


def direction_by_numbers(reading: Reading, findings: tuple[Finding, ...], summary: Summary) -> Fact | None:
    """The direction that the sentence of the primary estimate says; in a meta-analysis the side that its estimates favour.

    A null among the estimates of a meta-analysis speaks of one outcome or moment only, so it decides nothing.
    """
    design = summary.design
    if design.value not in _COMPARATIVE or _asks_of_psychotherapy(summary):
        return None
    telling = [finding for finding in findings if finding.direction and finding.primary]
    if not telling and design.value == "meta-analysis":
        telling = [finding for finding in findings if finding.direction and (finding.ci or finding.p)]
        if any(finding.direction == "no-difference" for finding in telling):
            return None
    if len({finding.direction for finding in telling}) != 1:
        return None
    return Fact(value=str(telling[0].direction), spans=(_sentence_around(reading, telling[0].spans[0]),))


def _sentence_around(reading: Reading, span: Span) -> Span:
    passage, sentence = reading.of(span)
    return passage.span(sentence.start, sentence.end)
