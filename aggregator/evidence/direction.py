# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""Which way the comparison came out, as the authors put it.

Each sentence of the results and the conclusion is asked which arm it says did better: what was compared (a symptom, of
which less is better, or an improvement, of which more is better), which way it differed, and in whose favour. Sentences
that name the primary outcome decide; else the results together with the conclusion. A null about safety is no null
result, two doses that do not differ say nothing about ketamine against its control, and measures of the brain are no
benefit. What stays open is "unclear", and a study without a comparison says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.evidence.findings import primary_outcome_of
from aggregator.evidence.outcomes import scale_places
from aggregator.evidence.text import Passage, Reading, Sentence
from aggregator.summary import DesignFact, Fact, Finding, Span

#: The arm that got ketamine, by its usual names; "the study group" is one only beside a control group.
KETAMINE = r"(?:(?:es|ar)?ketamine(?! (?:users?|abuse|levels?|metabol))|\bkets?\b|\besk(?:-?(?:ns|in|iv))?\b|\bspravato|\bkap\b|\bket01\b|\bgroups? (?:k|ket|sk|e|ek|esk|es)\b|\b(?:k|e|ek|sk|esk|pe) groups?\b)"
_KETAMINE_ARM = rf"(?:{KETAMINE}|\b(?:study|experimental|intervention|observation|treatment|exposed|active) group)"
#: What it is held against.
_CONTROL_ARM = r"(?:\bplacebo|\bsaline|\bmidazolam|\bcontrols?\b(?! (?:for|of))|\bnon-?exposed|\bunexposed|\bother (?:groups?|patients|comparators?)|\bcomparators?\b|\belectroconvulsive|\bect\b|\bquetiapine|\bpropofol|\bthiopental|\bmethohexital|\busual care|\bstandard[- ](?:of[- ])?care|\bsufentanil|\bremifentanil|\bfentanyl|\bmorphine|\bdexmedetomidine|\bescitalopram|\baripiprazole|\bantidepressant (?:plus|\+)|\bad ?(?:\+|plus) placebo|\bgroups? (?:c|p|n|s|m|ns|ps|pbo|d)\b|\b(?:c|p|ns|ps|d) groups?\b|\bwait-?list|\bpsilocybin|\betomidate|\bwithout (?:es)?ketamine|\blidocaine|\bmagnesium)"

#: Outcomes of which less is better; then those of which more is.
LESS_IS_BETTER = re.compile(
    r"\b(?:scores?|symptoms?|severity|incidences?|risks?|rates? of (?:relapse|depression|ppd|pod|delirium|suicid\w+)|prevalence|occurrence|odds|ideation|suicid\w+|relapses?|ppds?|pods?|pocd|depressi(?:on|ve)\w*|anxiety|deliri(?:um|a)|pain|fatigue|ptsd|cravings?|use days|insomnia|disturbances?|headaches?|poms|madrs|ham-?d(?:-?\d+)?|hdrs(?:-?\d+)?|hamd(?:-?\d+)?|epds|phq-?9|caps(?:-5)?|pcl(?:-5)?|vas|nrs|bdi|qids(?:-sr)?|hama|ham-a|gad-?7|lsas|y-?bocs|ssi|bssi?|anhedonia|dysfunction|agitation|withdrawal|distress|(?:ect )?sessions|readmission\w*|si|time to (?:relapse|remission|response|recovery)|hospital stays?)\b"
)
MORE_IS_BETTER = re.compile(
    r"\b(?:respon(?:se|ders?|ded)(?: rates?)?|remission(?: rates?)?|remitters?|improve(?:ments?|d)|reductions?|decreases?|declines?|decrements|changes?(?: from baseline| in|\b)|efficac\w+|(?:antidepressant|antisuicidal|anxiolytic|analgesic|treatment|therapeutic|beneficial) (?:effects?|benefits?|actions?)|effect sizes?|benefits?|quality|satisfaction|abstinen\w+|recovery|relief|alleviation|mood|well-?being|functioning|analgesia|efficiency|seizure (?:duration|quality)s?)\b"
)
#: Words that put one arm above the other in what is measured, and below it.
_HIGHER = r"(?:greater|larger|higher|increased|more|bigger|stronger|longer|faster|more rapid(?:ly)?|earlier|elevated|augment\w*|prolong\w*)"
_LOWER = r"(?:lower|less|smaller|reduced|fewer|decreased|shorter|declined|diminished|attenuated|weaker|milder)"
_DIFFERS = re.compile(rf"\b(?:(?P<higher>{_HIGHER})|(?P<lower>{_LOWER}))\b(?! (?:and|or) (?:non|no)\b)")
#: Words that judge by themselves.
_BETTER = re.compile(
    r"\b(?:superior(?:ity)?|more effective(?:ly)?|more efficacious|outperform\w*|(?<!no )better|(?:relative |therapeutic |small |significant |additional |clear )?advantages?|more (?:beneficial|favou?rable)|protective)\b"
)
_WORSE = re.compile(r"\b(?:inferior(?:ity)?|less effective|less efficacious|worse(?:ned|ning)?|poorer)\b")
_THAN = re.compile(
    r"\b(?:than|compared (?:with|to)|in comparison (?:with|to)|relative to|versus|vs\.?|superior(?:ity)? (?:to|over)|inferior (?:to)|over|against|as compared)\b"
)
_FAVOURS = re.compile(rf"\bfavou?r(?:ed|ing|s)? (?:[\w()-]+ ){{0,3}}?(?P<arm>{KETAMINE}|{_CONTROL_ARM})")
#: A plain change that one arm brings about: "esketamine after childbirth decreases episodes".
_REDUCES = r"(?:attenuat|reduc|decreas|prevent|alleviat|lower|reliev|mitigat|ameliorat|suppress|treat(?!ment|ed|ing)|diminish|protect)\w*"
_IMPROVES = r"(?:improv|enhanc|increas|boost|promot|augment|prolong)\w*"
_ACTS = re.compile(
    rf"{KETAMINE}\b[^;:]{{0,110}}?\b(?:{_REDUCES} [^;:]{{0,70}}?(?:{LESS_IS_BETTER.pattern})|improv\w* [^;:]{{0,70}}?(?:{LESS_IS_BETTER.pattern}|{MORE_IS_BETTER.pattern})|{_IMPROVES} [^;:]{{0,50}}?(?:{MORE_IS_BETTER.pattern}))"
)
#: "Reduced symptoms more": what is greater is the change.
_CHANGES = re.compile(rf"\b(?:{_REDUCES}|{_IMPROVES}) (?:[\w-]+ ){{1,6}}$")
_WORKS = re.compile(
    rf"{KETAMINE}\b[^;:]{{0,110}}?\b(?:(?:is|was|are|were|be|to be|appears?|an?|rapidly|highly) (?:[\w-]+,? ){{0,4}}?(?:effective|efficacious)|(?:ha[sd]|have|having|exerts?|exerted|produc\w+|show\w*|demonstrat\w+|provid\w+|induc\w+|yield\w*|reveal\w*|led to|leads to|resulted in|offers?|confers?|associated with) (?:an? |the |its )?(?:[\w-]+,? (?:and )?){{0,5}}?(?:antidepressant|anti-?suicidal|anxiolytic|beneficial|therapeutic|positive|protective|reductions?|improvements?|decreases?|efficacy|benefits?|impact|effects? on (?:reducing|depress|symptom|suicid)))"
    rf"|{KETAMINE}\b[^;:]{{0,40}}?,? (?:an? )?(?:[\w-]+ )?significant(?:ly)? (?:reductions?|improvements?|decreases?) in [^;:]{{3,60}}? (?:was|were) (?:observed|found|seen|noted)"
    rf"|\b(?:efficacy|effectiveness|antidepressant effects?|anti-?suicidal effects?|benefits?|superiority|advantage) (?:of|for) (?:[\w()/-]+ ){{0,8}}?{KETAMINE}|\b(?:reductions?|improvements?|decreases?) in (?:[\w-]+ ){{0,6}}(?:with|after|following|by|from) (?:[\w-]+ ){{0,3}}{KETAMINE}"
)
_NOTHING = re.compile(
    r"\bno (?:statistically |clinically )*(?:significant |meaningful |evidence of |apparent |overall )*(?:(?:between-?|inter)?groups? (?:(?:×|x|by|-by-|\*) ?time )?|treatment |drug |additional )?(?:differences?|benefits?|effects?|superiority|improvements?|advantages?|reductions?|changes?|association|impact|influence|interactions?(?: effects?)?)\b|\bno (?:significant )?(?:greater|better|larger|more|additional)\b|\black of (?:clinical )?(?:efficacy|effect|benefit)|\bno significant (?:\w+[- ]){0,4}?(?:interaction|effect|difference)"
    r"|\b(?:did|does|do|was|were|is|are|could|can|has|have|had|may) ?not (?:(?:appear|seem) to )?(?:\w+ly )?(?:\w+ )?(?:differ\w*|superior|improv\w*|reduc\w*|better|separate|statistically|significan\w*|more effective|prevent|outperform|decreas\w*|result in|enhanc\w*|affect|lower|meet|reach\w*|met|demonstrat\w*|show|alter|associat\w*|effective|support\w*|detect\w*|confirmed|increase|observed|found|different|alleviate)|\bcannot (?:significantly )?(?:reduc|improv|prevent|decreas)|\bfailed to\b|\bnot (?:statistically )?(?:superior|significantly|significant|different|better|more effective)\b|\bnon-? ?significant\b|\binsignificant\b"
    r"|\b(?:was|were|is|are|had|showed|remained) (?:[\w-]+ )?(?:similar|comparable|equivalent|the same)\b|\b(?:similar|comparable|equal(?:ly)?|equivalent) (?:between|in both|across|among|efficacy|effective\w*|reductions|improvements|decreases|antidepressant|response|rates|to that|in the two)|\bneither\b[^.;]{0,80}\b(?:differ|nor)|\bunable to detect\b|\bnot found\b|\bas effective as\b|\bcomparable (?:with|to)\b|\bprimary (?:\w+ ){0,2}(?:end-? ?point|outcome) was not met"
)
#: No increase of a harm and no worse outcome are no null results.
_NOTHING_BAD = re.compile(
    r"\b(?:no|without|not) (?:[\w-]+ ){0,3}?(?:increas\w*|worsen\w*|higher|raise|impair\w*|deteriorat\w*|adverse|serious)"
)
#: Sentences on these are about something else than whether it worked.
_ASIDE = re.compile(
    r"\badverse|\bside[- ]effects?|\bsafety|\btolera|\bat baseline\b|\bbaseline (?:\w+ )?(?:characteristics|differences?|data|demographic\w*|values?|variables)|\bbody mass\b|\bbefore (?:surgery|treatment|medication|drug administration|the operation)\b|\bdemographic|\bbetween (?:the )?(?:two )?doses|\bdose groups|\bresponders (?:and|vs|versus|from) non|\bblinding\b|\bmasking\b|\bplasma\b|\bserum\b|\bcytokine|\bsecondary (?:outcomes?|end)|\bfurther (?:stud|research|trial|investig)|\bfuture\b|\bschizophrenia-like|\boperating conditions|\bmortality|\bdeaths?\b|\bwith(?:out)? (?:a )?history of|\bpredict|\bmoderat(?:ed|or)|\bmediat|\bcorrelat|\bin the (?:es)?ketamine group, |\bmen and women|\bsex differences|\bconnectivity|\bactivation|\bactivity\b|\bcortex|\beeg\b|\bpower\b|\bneuro(?:nal|transmitter|trophic)|\bbdnf\b|\blevels? of\b|\bconcentrations?\b|\bgene\b|\bgenotype|\ballele|\bbrain\b|\bretention|\bdrop-?outs?|\bdiscontinuation|\bpreoperative(?:ly)?\b[^.;]{0,30}\bbetween"
)
#: Measures that are no benefit by themselves; a list may name them beside what the treatment is for.
_BESIDE = re.compile(
    r"\bblood pressure|\bheart rate|\barterial pressure|\bdissociat|\bpsychotomimetic|\bhallucinat|\bnausea|\bvomit|\bdizz|\bpsychedelic phenomena|\bsedation\b|\bextubation|\brecovery room|\bmabp\b|\bmean arterial|\bcognit\w+|\bhemodynamic|\bhaemodynamic|\bseizure (?:duration|threshold)"
)
_FOR_WHICH = re.compile(
    r"\bdepress|\bmadrs|\bham-?d|\bhdrs|\bqids|\bphq|\bepds|\bbdi\b|\brespon(?:se|ded)|\bremission|\bsuicid|\bptsd\b|\bcaps\b|\bpcl\b|\bpain\b|\bdeliri|\banxi"
)
#: What came with or after ketamine was compared, not ketamine; and two forms of ketamine with each other.
_OTHER_SUBJECT = re.compile(
    r"^\W*(?:conclusions?\W+)?(?:[\w-]+ ){0,4}(?:therapy|psychotherapy|training|interviewing|cbt|mindfulness|activation|continuation|maintenance|lithium)\b[^;,]{0,40}\b(?:after|following)\b[^;,]{0,30}ketamine"
)
_BETWEEN_KETAMINES = re.compile(
    r"\b(?:single|repeated|racemic|es|s-|iv|intravenous) ?ketamine [^;]{0,60}\b(?:than|versus|vs\.?|compared (?:with|to)|and|from) [^;]{0,30}\b(?:single |repeated |racemic |intranasal |es|s-)ketamine|\bnon-?anxious|\bdoses\b(?=[^.;]{0,40}\b(?:differ|compar|than))"
)
#: What the control did by itself: it is no comparison.
_CONTROL_ALONE = re.compile(rf"{_CONTROL_ARM}[^;,]{{0,30}}\b(?:demonstrated|showed|had|produced) no\b")
#: Treatments whose own sentences say nothing of ketamine.
_OTHER_TREATMENT = re.compile(
    r"\bpsilocybin|\bmdma\b|\blsd\b|\bayahuasca|\bzuranolone|\bbrexanolone|\br?tms\b|\bdexmedetomidine|\bbupropion|\bauvelity|\blithium|\bprobiotic|\bscopolamine|\bnitrous oxide"
)
#: Titles of studies that ask how it works or in whom, not whether: no arm does better.
_ASKS_ELSE = re.compile(
    r"\bconnectivity|\beeg\b|\belectroencephalog|\bmagnetoencephalog|\bmeg\b|\bf?mri\b|\bmagnetic resonance|\bpet\b|\bspectroscop|\bimaging|\bcorrelates?\b|\bbiomarkers?|\bmarkers?\b|\bpredict\w*|\bmoderat\w+|\bmediat\w+|\bcytokine|\binflammat\w+|\bneurotroph\w+|\bbdnf\b|\bmetabolomic|\bproteomic|\bgen(?:e|etic|omic)s?\b|\bpolymorphism|\bpharmacokinetic|\bbrain (?:activity|activation|network|perfusion|glutamate)|\bcortical|\bnetworks?\b(?! meta)|\bketamine-induced\b|\brelationships? between|\bblinding|\bexpectanc|\bneural|\bphysiolog|\bplasma|\bserum|\bmechanis\w+|\bpathways?\b|\bpreclinical\b|\breliability|\bvalidation\b|\bscale factors|\bcost"
)
#: Titles that ask what it harms, unless they ask whether it helps as well.
_ASKS_OF_HARM = re.compile(r"\bsafety\b|\bside[- ]effects?|\badverse|\babuse|\baddiction|\bdissociati\w+|\btolerab")
_ASKS_OF_BENEFIT = re.compile(r"\befficacy|\beffective|\beffects? (?:of|on)|\bfor\b")
#: Non-inferiority, shown or not, is neither a difference nor none: the flag tells it.
_NON_INFERIOR = re.compile(r"\bnon-? ?inferior|\bequivalen(?:ce|t) (?:trial|margin)")
#: Scores of which more is better.
_QUALITY_SCORES = re.compile(
    r"\b(?:sf-?36|sf-?12|qor-?(?:15|40)|moca|mmse|gaf|eq-5d(?:-\dl)?|who-5|shaps-positive|satisfaction|quality of (?:life|recovery|sleep)|(?:sleep|life) quality|function(?:al|ing)?) (?:[\w-]+ )?scores?\b"
)
#: A hope is no result; neither is a trend.
_HEDGED = re.compile(
    r"\b(?:promising|preliminary|potential(?:ly)?|trend(?:s|ed)?|unclear|uncertain|insufficient|inconclusive|possib\w+|remains? to be|limited evidence|hypothes\w+|marginal(?:ly)?|cautious|numerical(?:ly)?|may|might|could)\b"
)
#: "Lower, though the differences were not significant".
_TAKEN_BACK = re.compile(
    r"\b(?:differences?|this|it|these|which|effects?) (?:was|were|did) (?:not (?:\w+ )?(?:significan\w*|reach)|non-?significant)"
)
#: Many conclusions give with one hand and take with the other.
_BUT = re.compile(r"(?:^|[,;) ])(?:but|although|however|whereas|while|though)\b|; |, and (?=[^,;]{0,90}\bnot\b)")
#: "No differences, except": what was said first stands.
_EXCEPT = re.compile(r",? (?:except|apart from|other than)\b.*")
_DENIED = re.compile(
    r"\bno evidence (?:that|of|for)\b|\b(?:does|do|did|could) not (?:show|demonstrate|establish|find|support|confirm)\b|\bnot (?:shown|demonstrated|established|confirmed) to\b"
)
_PRIMARY = re.compile(
    r"\b(?:co-)?primary (?:[\w-]+ ){0,3}(?:outcomes?|end-? ?points?|efficacy|measures?|hypothes[ie]s|analys[ie]s)\b"
)

_FAVOURS_KETAMINE, _NO_DIFFERENCE, _FAVOURS_COMPARATOR = "favours-ketamine", "no-difference", "favours-comparator"
_COMPARATIVE = frozenset({"randomized-trial", "meta-analysis", "secondary-analysis"})
#: Designs that may compare, where words name a control.
_MAY_COMPARE = frozenset({"systematic-review", "cohort", "case-control", "non-randomized-trial", "other"})
_WITHOUT_RESULT = frozenset({"protocol", "preclinical", "comment", "guideline"})
_SYNTHESES = frozenset({"meta-analysis", "systematic-review"})


@dataclass(frozen=True, slots=True)
class _Said:
    """What one sentence says, with its weight: the primary outcome outweighs what stands beside it."""

    value: str
    span: Span
    is_primary: bool
    in_conclusion: bool


def direction_of(
    reading: Reading,
    design: DesignFact,
    bucket: str,
    comparators: tuple[Fact, ...],
    control: Fact | None,
    conditions: tuple[Fact, ...],
) -> Fact | None:
    """The direction of the main result; None for protocols, animals, notices and retracted studies.

    Only studies that hold ketamine against something else can favour either side. "unclear" points at the sentences
    that leave it open.
    """
    if reading.citation.is_retracted or design.value in _WITHOUT_RESULT or bucket in {"notice", "off-topic"}:
        return None
    alone = _not_comparative(reading, design, control)
    if alone:
        return alone
    against = {fact.value for fact in comparators} - {"ketamine-dose"}
    is_compared = bool(against) or design.value in _SYNTHESES or (control and control.value == "usual-care")
    of_patients = {fact.value for fact in conditions} != {"healthy-volunteers"}
    if is_compared and of_patients and bucket != "misuse" and _asks_of_benefit(reading):
        told = _weighed(_on_the_question(reading, tuple(_statements(reading, design))))
        if told:
            return told
    return _unclear(reading)


def _asks_of_benefit(reading: Reading) -> bool:
    if reading.in_title(_ASKS_ELSE):
        return False
    return not reading.in_title(_ASKS_OF_HARM) or reading.in_title(_ASKS_OF_BENEFIT) is not None


def _not_comparative(reading: Reading, design: DesignFact, control: Fact | None) -> Fact | None:
    if control and control.value == "none":
        return Fact(value="not-comparative", spans=control.spans)
    uncontrolled = design.value == "non-randomized-trial" and control is None
    if uncontrolled or design.value in {"case-report", "cross-sectional", "qualitative", "narrative-review"}:
        spans = design.spans or _closing(reading)
        return Fact(value="not-comparative", spans=spans) if spans else None
    return None


def _unclear(reading: Reading) -> Fact | None:
    spans = _closing(reading)
    return Fact(value="unclear", spans=spans) if spans else None


def _closing(reading: Reading) -> tuple[Span, ...]:
    """The last sentence of the conclusion, else of the results: what was read and leaves it open."""
    for zones in (("conclusion",), ("results", "open")):
        told = [pair for pair in reading.sentences() if pair[1].zone in zones and pair[1].start < pair[1].end]
        if told:
            passage, sentence = told[-1 if zones != ("conclusion",) else 0]
            return (passage.span(sentence.start, sentence.end),)
    return ()


def _statements(reading: Reading, design: DesignFact) -> Iterator[_Said]:
    scale = primary_outcome_of(reading).scale
    for passage, sentence in reading.sentences():
        if sentence.zone not in {"results", "open", "conclusion"}:
            continue
        if scale and sentence.zone != "conclusion" and _is_of_other_scales(passage, sentence, scale):
            continue
        value = _said(passage, sentence, alone=sentence.zone == "conclusion", pools=design.value in _SYNTHESES)
        if value:
            yield _Said(
                value=value,
                span=passage.span(sentence.start, sentence.end),
                is_primary=passage.low.search(_PRIMARY, sentence.start, sentence.end) is not None,
                in_conclusion=sentence.zone == "conclusion",
            )


def _is_of_other_scales(passage: Passage, sentence: Sentence, primary: str) -> bool:
    """Whether a sentence tells of scales, and not of the one that the primary outcome was measured by."""
    named = {name for name, _, _ in scale_places(passage, sentence.start, sentence.end)}
    return bool(named) and primary not in named


#: What titles say a treatment is for, with the words that sentences have for it.
_DOMAINS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(title), re.compile(words))
    for title, words in (
        (
            r"depress|\bmdd\b|\btrd\b|\bppd\b|\bmood\b",
            r"depress|\bmood\b|\bmadrs|\bham-?d|\bhdrs|\bqids|\bphq|\bepds|\bbdi\b|\bppds?\b|\bremi(?:ssion|t)|\brespon(?:se|d)",
        ),
        (r"suicid", r"suicid|\bssi\b|\bbss|\bideation"),
        (r"stress disorder|\bptsd\b", r"\bptsd\b|stress disorder|\bcaps\b|\bpcl\b|\bcaps-5|\bpcl-5"),
        (r"anxi|\bphobi", r"anxi|\bham-?a\b|\bstai|\bgad|\blsas"),
        (r"\bpain\b|analges|headache|migraine|hyperalgesia", r"\bpain\b|analges|\bvas\b|\bnrs\b|headache|migraine"),
        (r"deliri|agitation", r"deliri|agitation|\bpods?\b|\bpaed\b"),
        (r"sleep|insomnia", r"sleep|insomnia|\bpsqi|\bposd\b"),
        (r"fatigue", r"fatigue|christensen|\bicfs"),
        (
            r"alcohol|cocaine|opioid use|substance|craving|drinking",
            r"alcohol|cocaine|opioid|craving|abstin|drink|\buse\b",
        ),
        (r"obsessive|\bocd\b", r"obsess|\bocd\b|y-?bocs"),
        (r"cognit", r"cognit|\bpocd\b|\bmoca|\bmmse"),
        (r"seizure", r"seizure"),
        (r"emergence(?! (?:deliri|agit))|recovery", r"emergence|recovery"),
    )
)


def _on_the_question(reading: Reading, said: tuple[_Said, ...]) -> tuple[_Said, ...]:
    """The statements on what the title names, where there are such; those that name nothing of the kind stay."""
    asked = [words for title, words in _DOMAINS if reading.in_title(title)]
    others = [words for _, words in _DOMAINS if words not in asked]
    if not asked:
        return said
    text = {one: reading_words(reading, one.span) for one in said}
    on_it = [one for one in said if any(words.search(text[one]) for words in asked)]
    if not on_it:
        return said
    return tuple(one for one in said if one in on_it or not any(words.search(text[one]) for words in others))


def reading_words(reading: Reading, span: Span) -> str:
    passage = next(passage for passage in reading.passages if passage.section == span.section)
    return passage.low[passage.start + span.start : passage.start + span.end]


def _weighed(said: tuple[_Said, ...]) -> Fact | None:
    """The primary outcome decides; else results and conclusion where they agree, "mixed" where they do not."""
    primary = [one for one in said if one.is_primary]
    if primary:
        return _agreed(primary)
    concluded = [one for one in said if one.in_conclusion]
    found = [one for one in said if not one.in_conclusion]
    if not concluded or not found:
        return _agreed(concluded or found)
    values = {one.value for one in concluded}
    if len(values) == 1 and any(one.value in values for one in found):
        return _agreed(concluded)
    return _agreed(said)


def _agreed(said: Iterable[_Said]) -> Fact | None:
    first: dict[str, Span] = {}
    for one in said:
        first.setdefault(one.value, one.span)
    if not first:
        return None
    return Fact(value=next(iter(first)) if len(first) == 1 else "mixed", spans=tuple(first.values()))


def _said(passage: Passage, sentence: Sentence, *, alone: bool, pools: bool) -> str | None:
    """What one sentence says; `alone`: also where it leaves the control unsaid, as conclusions do."""
    low, start, end = passage.low, sentence.start, sentence.end
    if low.search(_ASIDE, start, end) or low.search(_BETWEEN_KETAMINES, start, end):
        return None
    if low.search(_BESIDE, start, end) and not low.search(_FOR_WHICH, start, end):
        return None
    text = low[start:end]
    if _NON_INFERIOR.search(text) or _OTHER_SUBJECT.match(text) or _CONTROL_ALONE.search(text):
        return None
    if _OTHER_TREATMENT.search(text) and not re.search(KETAMINE, text):
        return None
    text = _EXCEPT.sub("", _QUALITY_SCORES.sub("quality", text))
    values = [value for part in _BUT.split(text) if part and (value := _clause(part, alone=alone or pools))]
    if values[:2] == [_FAVOURS_KETAMINE, _NO_DIFFERENCE]:
        if _TAKEN_BACK.search(text):
            return _NO_DIFFERENCE
        return _FAVOURS_KETAMINE  # what is said first is the main thing: "lower at 24 h, but not at 72 h"
    return None if not values else values[0] if len(set(values)) == 1 else "mixed"


def _clause(text: str, *, alone: bool) -> str | None:
    """What one clause says of the two arms."""
    if _HEDGED.search(text):
        return None
    if _NOTHING_BAD.search(text):
        text = _NOTHING_BAD.split(text)[0]
    if _DENIED.search(text) or _NOTHING.search(text):
        return _NO_DIFFERENCE if _is_about_arms(text) else None
    favoured = _FAVOURS.search(text)
    if favoured:
        return _FAVOURS_KETAMINE if re.match(KETAMINE, favoured["arm"]) else _FAVOURS_COMPARATOR
    acts = alone and _ACTS.search(text)
    if acts and not _THAN.search(text):
        return _FAVOURS_KETAMINE
    better = _compared(text)
    if better is not None and _is_insignificant(text):
        return _NO_DIFFERENCE
    if better is not None:
        return _FAVOURS_KETAMINE if better else _FAVOURS_COMPARATOR
    return _FAVOURS_KETAMINE if acts or (alone and _WORKS.search(text)) else None


_P_VALUE = re.compile(r"\bp(?:[- ]values?)? ?(?P<sign>[=<>≤≥]) ?(?P<p>0?\.\d+)")
_INTERVAL = re.compile(
    r"(?:\bci|intervals?)\b[^\d-]{0,14}(?P<low>-? ?\d*\.?\d+)(?: to |, ?| ?; ?| - | ?- ?(?=\d))(?P<high>-? ?\d*\.?\d+)"
)


def _is_insignificant(text: str) -> bool:
    """Whether the numbers speak against the words: every p value is above 0.05, or a difference's interval holds zero."""
    stated = list(_P_VALUE.finditer(text))
    if stated:
        return all(
            float(match["p"]) > 0.05 or (match["sign"] in ">≥" and float(match["p"]) >= 0.05) for match in stated
        )
    interval = _INTERVAL.search(text)
    if interval is None or "ratio" in text or "odds" in text:
        return False
    low, high = (float(interval[name].replace(" ", "")) for name in ("low", "high"))
    return low < 0 < high


def _is_about_arms(text: str) -> bool:
    """Whether a denial speaks of ketamine or of the two groups, and of what the treatment is for."""
    outcome = (
        LESS_IS_BETTER.search(text) or MORE_IS_BETTER.search(text) or _PRIMARY.search(text) or _BETTER.search(text)
    )
    arms = re.search(
        rf"{_KETAMINE_ARM}|{_CONTROL_ARM}|\bgroups?\b|\barms\b|\bconditions\b|\btreatments?\b|\bdifferences?\b", text
    )
    return bool(outcome and arms)


def _compared(text: str) -> bool | None:
    """Whether ketamine is said to have done better than its control; None where no comparison is made out."""
    judged = _BETTER.search(text) or _WORSE.search(text)
    differs = _DIFFERS.search(text)
    marker = judged or differs
    if marker is None:
        return None
    subject_is_ketamine = _subject(text, marker)
    if subject_is_ketamine is None:
        return None
    if judged:
        return bool(_BETTER.match(text, judged.start())) == subject_is_ketamine
    good = _more_is_better(text, differs) if differs else None
    if good is None or differs is None:
        return None
    return ((differs["higher"] is not None) == good) == subject_is_ketamine


def _subject(text: str, marker: re.Match[str]) -> bool | None:
    """Whether the arm that the marker speaks of is ketamine's: the one that "than" or "compared with" does not name."""
    than = next((match for match in _THAN.finditer(text) if match.end() <= marker.start() - 3), None)
    behind = next((match for match in _THAN.finditer(text) if match.start() >= marker.start()), None)
    if behind:
        reference = _first_arm(text[behind.end() : behind.end() + 70])
        return None if reference is None else not reference
    if than:
        reference = _first_arm(text[than.end() : than.end() + 50])
        return None if reference is None else not reference
    near = re.search(
        rf"^[^;]{{0,90}}?\b(?:in|with|for|among|by|following|after|of|to) (?:the |those |patients |participants )?(?:[\w()-]+ ){{0,3}}?(?:(?P<k>{_KETAMINE_ARM})|(?P<c>{_CONTROL_ARM}))",
        text[marker.end() :],
    )
    if near:
        return near["k"] is not None
    before = _first_arm(text[: marker.start()])
    return before or None


def _first_arm(text: str) -> bool | None:
    """True for ketamine's arm, False for the control's, None where neither is named."""
    arm = re.search(rf"(?P<k>{_KETAMINE_ARM})|(?P<c>{_CONTROL_ARM})", text)
    return None if arm is None else arm["k"] is not None


def _more_is_better(text: str, differs: re.Match[str]) -> bool | None:
    """What is greater or less: named just behind the marker, else the last thing named before it."""
    behind = text[differs.end() : differs.end() + 45]
    behind = re.split(
        r"\b(?:in|with|for|than|compared|among|after|versus|vs)\b(?! (?:depress|symptom|suicid|madrs|score|pain))",
        behind,
    )[0]
    good, bad = MORE_IS_BETTER.search(behind), LESS_IS_BETTER.search(behind)
    if good or bad:
        return bool(good) and not (bad and good and bad.start() < good.start())
    before = text[: differs.start()]
    if _CHANGES.search(before):
        return True  # reduced symptoms more than
    goods, bads = list(MORE_IS_BETTER.finditer(before)), list(LESS_IS_BETTER.finditer(before))
    if not goods and not bads:
        return None
    if not bads:
        return True
    if not goods:
        return False
    if re.search(r"\b(?:changes?|reductions?|improvements?|decreases?|declines?) (?:in|of|from)\b", before):
        return True
    return goods[-1].start() > bads[-1].start()


def direction_by_numbers(reading: Reading, findings: tuple[Finding, ...], design: DesignFact) -> Fact | None:
    """The direction that the sentence of the primary estimate says; in a meta-analysis the side that its estimates favour.

    A null among the estimates of a meta-analysis speaks of one outcome or moment only, so it decides nothing.
    """
    if design.value not in _COMPARATIVE:
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
    passage = next(passage for passage in reading.passages if passage.section == span.section)
    _, sentence = reading.at(passage.start + span.start)
    return passage.span(sentence.start, sentence.end)
