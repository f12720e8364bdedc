# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""Which way the evidence points that a systematic review or a meta-analysis sums up.

A review has no arms of its own: it counts the studies that found a benefit, says whether they agree, and tells what
follows. What it asks comes first: a review of mechanisms, of people who are well or of long-term use says nothing of
benefit, and one of harms, of practice or of what people experienced compares nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from aggregator import lexicon
from aggregator.evidence.arms import CONTROL_ARM, KETAMINE
from aggregator.evidence.benefit import CHANGE, OUTCOME, outcome_beside, sign_of_change
from aggregator.evidence.claims import claim_of
from aggregator.evidence.clauses import Part, parts, told_of
from aggregator.evidence.figures import FAVOURS_KETAMINE, MIXED, NO_DIFFERENCE
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import Passage, Reading, Sentence
from aggregator.lexicon.numbers import NUMBER
from aggregator.summary import Fact, Span, Summary

_KETAMINE = re.compile(KETAMINE)
_CONTROL = re.compile(CONTROL_ARM)
#: Other drugs by what their kinds of names end in.
_OTHER_DRUG = re.compile(lexicon.expression("directions", "other-drugs"))

#: Titles of reviews of how it works, of what else changes with it, or of people who are well; beside those of all studies.
_ASKS_ELSE = re.compile(lexicon.expression("directions", "review-how"))
#: Titles of reviews of what helps against its own effects.
_OF_ITS_EFFECTS = re.compile(r"ketamine[- ](?:induced|associated|related)\b")
#: Titles that ask whether it helps, whatever else they name.
_ASKS_OF_EFFICACY = re.compile(lexicon.expression("directions", "review-efficacy"))
#: Titles of reviews of how it is given, taken, felt, studied or paid for: they compare nothing.
_ASKS_OF_PRACTICE = re.compile(lexicon.expression("directions", "review-practice"))
#: Titles of reviews of what it harms.
_ASKS_OF_HARM = re.compile(lexicon.expression("directions", "review-harm"))
#: Words by which such titles ask whether it helps as well.
_ASKS_OF_BENEFIT = re.compile(lexicon.expression("directions", "review-benefit"))

#: Pooled changes since baseline hold ketamine against nothing.
_SINCE_BASELINE = re.compile(
    r"\b(?:mean )?(?:differences?|changes?|smds?\)?|effect sizes?) (?:between|from) (?:the )?(?:end-?point|post-?(?:treatment|infusion|intervention)?|pre-?(?:treatment)?|baseline)(?: scores?| values?)? (?:and|to) (?:the )?(?:baseline|end-?point|post|pre)\b|\bsingle-arm (?:studies|trials|meta-analys[ie]s)\b|\bproportional meta-analysis\b"
)

#: What leaves the question open, what the studies asked, and what else did to ketamine's effects is no result.
_NO_RESULT = re.compile(
    r"\bno (?:[\w-]+ ){0,2}?conclusions?\b|\b(?:cannot|could not|can not|can't|not possible to|unable to|difficult to|premature to|too early to) (?:be )?(?:\w+ly )?(?:conclu\w+|draw\w*|determin\w+|ascertain\w*|establish\w*|infer\w*|confirm\w*|made|recommend\w*)|\bnot (?:yet )?(?:sufficient|enough|permit|allow)\b|\binsufficient\w*|\binconclusive|\bremain(?:s|ed)? (?:to be |largely )?(?:un\w+|determined|established|elusive|limited|low|scarce|sparse)|\bnot (?:yet )?(?:been )?(?:established|clear|known)\b|\b(?:more|further|future|larger|additional) (?:[\w-]+,? ){0,4}?(?:is|are|should|needed|required|warranted)\b"
    r"|\b(?:improv|enhanc|prolong|extend|potentiat|sustain|maintain|augment|boost|increas|strengthen|reduc|attenuat|modulat|block)\w* (?:the )?(?:[\w-]+ ){0,2}?(?:effects?|benefits?|responses?|efficacy|actions?) (?:of|to) (?:[\w-]+ )?ketamine"
    r"|(?:\b(?:reporting|examining|assessing|evaluating|investigating|exploring|comparing|measuring|testing)\b(?! scales?)[^;.]{0,60}?\b(?:efficacy|effectiveness|effects?|benefits?|improvements?|reductions?)\b|\b(?:stud(?:y|ies)|trials?|rcts?) (?:[\w-]+ )?(?:compared|assessed|evaluated|examined|investigated|explored|measured|tested|used)\b)(?!.*\b(?:found|show\w*|report\w*|demonstrat\w*|observ\w*|reveal\w*|indicat\w*)\b)"
)
#: That it is not known.
_NOT_KNOWN = re.compile(
    r"\b(?:is|are|remains?|still) (?:\w+ly )?(?:uncertain|unclear|unknown|unproven|undetermined|inconclusive|insufficient)\b|\b(?:insufficient|inconclusive|inadequate) (?:[\w-]+ )?(?:evidence|data)\b|\bno (?:[\w-]+ ){0,2}?conclusions?\b|\b(?:evidence|data|results) (?:is|are|remains?) (?:\w+ly )?(?:insufficient|inconclusive|too)\b"
)
#: How long it lasts and how it works may be open where it is known to help.
_LATER = re.compile(r"\blong(?:er)?-?term\b|\bdurab|\bmechanis|\boptimal|\bsustained\b|\bdos(?:e|es|ing|age)\b")
#: The studies of a review do not agree with each other.
_DISAGREE = re.compile(
    r"\b(?:mixed|conflicting|contradictory|inconsistent|equivocal|divergent|discrepant|less consistent) (?:[\w-]+ ){0,2}?(?:results|findings|evidence|effects|efficacy|outcomes|conclusions)\b"
    r"|\b(?:results|findings|evidence|effects|efficacy|outcomes)\b[^;.]{0,70}?\b(?:is|are|was|were|remains?|has been|have been|appears?) (?:[\w-]+ )?(?:mixed|conflicting|contradictory|inconsistent|equivocal|divergent|discrepant)\b"
    r"|\bone positive and one negative\b"
)
#: It says so of all of them.
_ON_THE_WHOLE = re.compile(
    r"\boverall\b|\bin general\b|\bon the whole\b|\btaken together\b|\bacross (?:the )?(?:[\w-]+ )?(?:studies|trials)\b|\bprimary outcomes?\b|\b(?:included|reviewed|these|available) (?:studies|trials)\b"
)
#: What others found before is not what the review found.
_BEFORE = re.compile(r"\b(?:previous|prior|earlier|past|preceding)(?:ly)?\b")
#: Results of studies that are told by their side alone; a hope for some is none.
_PROMISING = r"(?:promising|positive|encouraging|favou?rable|beneficial) (?:[\w-]+,? ){0,3}?(?:results|findings|outcomes|effects)"
_TOLD = r"(?:found|find|report\w*|observ\w+|show\w*|demonstrat\w+|yield\w*|obtain\w*|seen|noted|document\w+|produc\w+|reveal\w*|led to|associat\w+)"
_GOOD_RESULTS = re.compile(
    rf"\b{_PROMISING}\b(?=[^;.]{{0,50}}\b{_TOLD}\b)|\b{_TOLD} (?:[\w-]+ ){{0,3}}?{_PROMISING}\b|\b(?:results|findings)(?: (?:with|of|for|from) (?:[\w-]+ ){{0,3}}?ketamine)? (?:are|were|have been) (?:[\w-]+ )?(?:promising|positive|encouraging|favou?rable)\b"
    r"|\b(?:evidence|results|findings|stud(?:y|ies)|trials|literature|data|review|meta-analys[ie]s)\b[^;.]{0,40}?\b(?:supports?|favou?rs?) (?:the )?(?:[\w-]+ ){0,3}?(?:use|role|application|administration) of (?:[\w-]+ ){0,3}?ketamine"
    r"|\brapid(?:ly acting)? and (?:[\w-]+ (?:and )?){1,3}?(?:antidepressant|anti-[a-z]+|anxiolytic|analgesic) (?:effects?|responses?|actions?|benefits?)"
    r"|\b(?:significant|large|strong|robust|marked|substantial|moderate|medium)(?:,? (?:and |to )?[\w-]+){0,3}? effects?(?: sizes?)? (?:of|for) (?:[\w-]+,? ){0,4}?ketamine\b[^;]{0,60}?\bon (?:[\w-]+ ){0,4}?(?:depress|anxi|suicid|ptsd|post-?traumatic|pain\b|craving|obsess|mood\b|symptoms?\b|fatigue)"
    r"|\beffect sizes? (?:was|were) (?:[\w-]+ ){0,2}?(?:large|medium|moderate)\b|\b(?:large|moderate|medium)(?:[- ]to[- ]large)? effect sizes? (?:was|were|for|on|compared|versus)\b"
    r"|\beffects? of (?:[\w-]+ ){0,3}?ketamine (?:[\w-]+ ){0,5}?(?:was|were) (?:[\w-]+ )?(?:significant|large)\b"
    r"|\b(?:nnts?|numbers? needed to treat)\b(?: \(nnts?\))?[^.;]{0,50}?(?: |=|<)\d"
)
#: "Despite small samples, results were positive"; "rapid but short-lived effects".
_CONCESSION = re.compile(r"^\W*(?:however, )?(?:despite|notwithstanding|in spite of|although|while) [^,;]*,")
_LASTING = re.compile(
    r",? (?:but|yet|though|although|albeit) (?=(?:transient|short|brief|temporary|time-limited|modest|limited)\b)"
)
#: Two forms of ketamine that did the same are one.
_BOTH_FORMS = re.compile(
    r"\bboth (?:[\w()-]+ ){0,3}?[\w()-]*ketamine(?: [\w-]+){0,2},? and (?:[\w()-]+ ){0,3}?[\w()-]*ketamine\b"
)
_NOT_SO = re.compile(
    r"\b(?:no|not|nor|neither|without|lack\w*|few|may|might|could|would|limited|preliminary|unclear|adverse|hypothes\w+|preclinical|animal|rodent\w*)\b"
)

#: Sentences on these count studies of something else than benefit.
_ASIDE = re.compile(lexicon.expression("directions", "review-aside"))
_STUDIES = r"(?:stud(?:y|ies)|trials?|rcts?|reports|articles|papers|publications|reviews|meta-analyses|investigations|comparisons)\b"
_OF_STUDIES = rf"(?: ?\([^)]*\))?(?: of the)?(?: (?!of\b|in\b|with\b|on\b)[\w-]+){{0,4}}? {_STUDIES}"
_THEY_SAY = r"(?:did|f(?:ou|i)nd|show(?:ed|s)?|report(?:ed|s)?|fail(?:ed)?|had|demonstrat\w+|observed|saw|noted|suggest\w*|indicat\w+|reveal\w*|favou?r(?:ed|s)?|support\w*|yielded|documented|detected|describ\w+|improv(?:ed|es)|reduc(?:ed|es))\b"
#: How many of the studies: "nine of the eleven trials", "all studies", "5/6 RCTs", "two did not".
_COUNTED = re.compile(
    rf"\b(?P<place>(?:in|by|from|across|within) )?(?:"
    rf"(?P<all>all|both|each|every)\b(?: of)?(?: (?:the|these))?(?: {NUMBER})?{_OF_STUDIES}"
    rf"|(?P<most>(?:the )?(?:large |vast |great )?majority|most)\b(?: of)?(?: (?:the|these))?{_OF_STUDIES}"
    rf"|(?P<single>the (?:first|second|third|other)|another)(?: [\w-]+){{0,3}}? (?:study|trial|rct|one)\b"
    rf"|(?P<n>{NUMBER})(?: ?\([^)]*\))?(?:(?: out)? of (?:all |the |these )*(?P<of>{NUMBER})|(?P<slash>/\d+))?(?:{_OF_STUDIES}|(?= {_THEY_SAY})|(?<= in [a-z][a-z][a-z])(?=[,;.]|$)))"
)
_WORD = re.compile(r"\w")
#: What they found stands behind a verb of theirs, near the count.
_THEIR_VERB = re.compile(rf"[^.;:]{{0,60}}?\b{_THEY_SAY}")
_NONE = re.compile(
    r"\b(?:no|not|nor|neither|none|without|failed|negative|null|ineffective|non-?significant|similar|comparable|unchanged)\b|n't\b"
)
_NONE_OF_IT = re.compile(
    r"\b(?:effects?|differences?|differ|benefits?|superior\w*|improve\w*|significan\w+|changes?|results?|reductions?|reduce)\b|\b(?:did not|didn't|found none)\W*$"
)
#: What was measured, left out or did not last, what both arms did and what got no worse is no finding of benefit.
_TELLS_NOTHING = re.compile(
    r"\bnot (?:\w+ly )?(?:report|assess|measur|includ|stat|specif|describ|provid|us|mask|blind|evaluat|mention|sustain|maintain|last|durable|persist|replicat)\w*|\b(?:as|for) (?:an? |the |their )?(?:primary|secondary|main|only)? ?(?:outcomes?|end-?points?)\b|\bcompared? (?:\w+ )?(?:ketamine|esketamine) (?:with|to|and|versus|against)\b"
    rf"|\b(?:both|all|each|either)(?: of the)? (?:[\w-]+ )?(?:groups?|arms?|treatments?|drugs?|conditions?|interventions?)\b|\bboth (?:[\w-]+ )?(?:{KETAMINE}|{CONTROL_ARM}) and\b|\b(?:no|not) (?:\w+ly )?(?:significant(?:ly)? )?(?:increas|worsen|deteriorat|serious|harm)\w*"
)
_BAD = re.compile(r"\b(?:worse\w*|inferior|deteriorat\w+|exacerbat\w+|aggravat\w+|harm\w*)\b")
_GOOD = re.compile(
    r"\b(?:(?:positive|favou?rable) (?:[\w-]+ )?(?:effects?|results?|findings|outcomes?|responses?)|beneficial|benefits?|benefited|superior\w*|effective|efficac\w+|improvements?|improved|favou?red|(?:statistically )?significant(?: \w+)? (?:differences?|findings|effects?|results))\b"
)
#: Shares of the studies from which their verdict is that of the review, and from which those that found it weigh.
_CLEAR, _NOTABLE = 0.75, 1 / 3


class Told(Protocol):
    """What one sentence says, as the rules for all studies read it."""

    @property
    def value(self) -> str: ...
    @property
    def span(self) -> Span: ...
    @property
    def words(self) -> str: ...
    @property
    def in_conclusion(self) -> bool: ...


_T = TypeVar("_T", bound=Told)


def direction_of_review(
    reading: Reading,
    summary: Summary,
    *,
    asks_else: bool,
    told: Callable[[], tuple[_T, ...]],
    weighed: Callable[[tuple[_T, ...]], Fact | None],
    closing: tuple[Span, ...],
) -> Fact | None:
    """What a systematic review or meta-analysis sums up.

    `asks_else`: its title is one of a study of something else than benefit; `told` reads its sentences as those of any
    study, and `weighed` makes one of them.
    """
    if _asks_of_benefit(reading, summary, asks_else=asks_else):
        hit = reading.first(_SINCE_BASELINE)
        if hit and not hit.in_title and not summary.comparators:
            return Fact(value="not-comparative", spans=(hit.span,))
        found = _summed_up(reading, summary, told, weighed)
        if found:
            return found
    value = "not-comparative" if _compares_nothing(reading, summary) else "unclear"
    return Fact(value=value, spans=closing) if closing else None


def _asks_of_benefit(reading: Reading, summary: Summary, *, asks_else: bool) -> bool:
    title = reading.title_low
    if summary.bucket == "misuse" or _OF_ITS_EFFECTS.search(title):
        return False
    if _ASKS_OF_EFFICACY.search(title):
        return True
    if asks_else or _ASKS_ELSE.search(title) or {fact.value for fact in summary.conditions} == {"healthy-volunteers"}:
        return False
    beside = _ASKS_OF_HARM.search(title) or _ASKS_OF_PRACTICE.search(title)
    return beside is None or _ASKS_OF_BENEFIT.search(title) is not None


def _compares_nothing(reading: Reading, summary: Summary) -> bool:
    """Whether a review of practice or, without pooling, of harms is meant; pooled harms are held against a control."""
    title = reading.title_low
    if _ASKS_OF_PRACTICE.search(title):
        return True
    of_harm = _ASKS_OF_HARM.search(title) and not _OF_ITS_EFFECTS.search(title)
    return summary.design.value == "systematic-review" and bool(of_harm)


def _summed_up(
    reading: Reading,
    summary: Summary,
    told: Callable[[], tuple[_T, ...]],
    weighed: Callable[[tuple[_T, ...]], Fact | None],
) -> Fact | None:
    """That the studies disagree, how many found it, what the sentences say, or that results were good: the first of these."""
    said = tuple(one for one in told() if _is_result(one))
    pools = summary.design.value == "meta-analysis"
    return (
        _disagreement(reading)
        or (None if pools else _counted(reading, summary))
        or weighed(tuple(one for one in said if one.value == MIXED and one.in_conclusion) or said)
        or (_counted(reading, summary) if pools else None)
        or (None if _leaves_it_open(reading) else _good_results(reading))
    )


_OF_EFFICACY = re.compile(r"\b(?:efficacy|effectiveness|effects?|benefits?|relationships?|evidence|role|value)\b")


def _leaves_it_open(reading: Reading) -> bool:
    """Whether the conclusion says that it is not known if it helps, so that good results of some studies decide nothing."""
    return any(
        sentence.zone == "conclusion"
        and _NOT_KNOWN.search(words)
        and _OF_EFFICACY.search(words)
        and not (_ASIDE.search(words) or _LATER.search(words))
        for _, sentence, words in _own_sentences(reading)
    )


def _is_result(one: Told) -> bool:
    """Whether a sentence claims as much without those of its clauses that are no result."""
    if one.value == MIXED:
        return not _BEFORE.search(one.words)
    if not _NO_RESULT.search(one.words):
        return True
    return claim_of(told_of(one.words, _NO_RESULT), alone=True) == one.value


def _own_sentences(reading: Reading) -> Iterator[tuple[Passage, Sentence, str]]:
    """The sentences of results and conclusion, in small letters."""
    headed = any(sentence.zone == "results" for _, sentence in reading.sentences())
    zones = {"results", "conclusion"} if headed else {"open", "conclusion"}
    for passage, sentence in reading.sentences():
        if sentence.zone in zones:
            yield passage, sentence, passage.low[sentence.start : sentence.end]


def _disagreement(reading: Reading) -> Fact | None:
    for passage, sentence, words in _own_sentences(reading):
        of_all = sentence.zone == "conclusion" or _ON_THE_WHOLE.search(words)
        if of_all and _DISAGREE.search(words) and not (_ASIDE.search(words) or _BEFORE.search(words)):
            return Fact(value=MIXED, spans=(passage.span(sentence.start, sentence.end),))
    return None


def _good_results(reading: Reading) -> Fact | None:
    if not _KETAMINE.search(reading.title_low):
        return None
    for passage, sentence, words in _own_sentences(reading):
        told = _LASTING.sub(" and ", _CONCESSION.sub("", words))
        both = _BOTH_FORMS.search(told) and claim_of(_BOTH_FORMS.sub("ketamine", told), alone=True) == FAVOURS_KETAMINE
        if both or (_GOOD_RESULTS.search(told) and any(map(_tells_of_good, parts(told)))):
            return Fact(value=FAVOURS_KETAMINE, spans=(passage.span(sentence.start, sentence.end),))
    return None


def _tells_of_good(part: Part) -> bool:
    words = part.figures
    doubted = any(guard.search(words) for guard in (_NOT_SO, _NO_RESULT, _ASIDE, _OTHER_DRUG))
    named = _KETAMINE.search(words) or not _CONTROL.search(words)
    return bool(_GOOD_RESULTS.search(words) and named and not doubted)


def _counted(reading: Reading, summary: Summary) -> Fact | None:
    """The verdict of the first sentence that counts the studies for and against."""
    included = summary.studies_included.value if summary.studies_included else None
    titled = _KETAMINE.search(reading.title_low) is not None
    for passage, sentence, words in _own_sentences(reading):
        if _ASIDE.search(words):
            continue
        if not _KETAMINE.search(words) and (not titled or _CONTROL.search(words) or _OTHER_DRUG.search(words)):
            continue
        value = verdict_of(words, included)
        if value:
            return Fact(value=value, spans=(passage.span(sentence.start, sentence.end),))
    return None


def verdict_of(words: str, included: int | None = None) -> str | None:
    """What the counted studies of a sentence found; `included`: how many there are where the sentence does not say."""
    counts = list(_COUNTED.finditer(words))
    votes: Counter[str] = Counter()
    total = 0
    for place, count in enumerate(counts):
        end = counts[place + 1].start() if place + 1 < len(counts) else len(words)
        start = counts[place - 1].end() if place else 0
        before, behind = words[start : count.start()], words[count.end() : end]
        found = _found_in(before if _WORD.search(before) else behind) if count["place"] else _found_by(behind)
        if found is None:
            continue
        if count["all"] or count["most"]:
            return found
        number = 1 if count["single"] else value_of(count["n"])
        if number is None:
            return None
        votes[found] += number
        of = value_of(count["of"]) if count["of"] else int(count["slash"][1:]) if count["slash"] else 0
        total = max(total, of or 0)
    return _outcome(votes, max(total, sum(votes.values())), whole=total or len(votes) > 1, included=included)


def _outcome(votes: Counter[str], total: int, *, whole: int | bool, included: int | None) -> str | None:
    if not whole and included is not None and included >= total:
        whole, total = True, included
    if not whole or total < 2:
        return None
    most, number = votes.most_common(1)[0] if votes else ("", 0)
    if number / total >= _CLEAR:
        return most
    good = votes[FAVOURS_KETAMINE]
    return MIXED if good and (len(votes) > 1 or good / total >= _NOTABLE) else None


def _found_by(clause: str) -> str | None:
    return _found_in(clause) if _THEIR_VERB.match(clause) else None


def _found_in(clause: str) -> str | None:
    """What the studies that are counted beside a clause found, as it says it."""
    if _TELLS_NOTHING.search(clause) or _NO_RESULT.search(clause):
        return None
    claimed = claim_of(clause, alone=True)
    if claimed:
        return claimed
    if _BAD.search(clause) or (_CONTROL.search(clause) and not _KETAMINE.search(clause)):
        return None
    outcome = OUTCOME.search(clause)
    if _NONE.search(clause):
        return NO_DIFFERENCE if outcome or _NONE_OF_IT.search(clause) else None
    change = CHANGE.search(clause)
    beside = outcome_beside(clause, change) if change else None
    if change and (beside or change["mend"]) and not change["plain"]:
        return FAVOURS_KETAMINE if sign_of_change(change, beside) > 0 else None
    return FAVOURS_KETAMINE if _GOOD.search(clause) else None
