"""Estimates that an abstract reports: how large, how sure, on which scale, when, and what the sentence makes of it.

A finding is read from one sentence of the results or of the conclusion, and only where its words leave no doubt which
numbers belong together. What does not fit is left out; numbers that contradict each other are reported as such.
"""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aggregator.evidence.outcomes import scale_places
from aggregator.evidence.places import Ending, Sought
from aggregator.evidence.rates import Rate, rates_in
from aggregator.evidence.text import Passage, Reading, Sentence, lower
from aggregator.summary import DesignFact, Fact, Finding, Span

#: Records of these kinds report no estimate of what the treatment did.
_SILENT_BUCKETS = frozenset({"off-topic", "preclinical", "protocol", "notice", "misuse"})
_SILENT_DESIGNS = frozenset({"protocol", "preclinical", "narrative-review", "guideline", "comment", "case-report"})
#: Designs whose estimates are the study's question; in others many estimates are about who responds, not whether.
_OF_TREATMENT = frozenset({"randomized-trial", "meta-analysis", "systematic-review"})
_ZONES = frozenset({"results", "conclusion", "open"})

#: Measures by their words, the more telling first; upper and lower case count.
MEASURE_WORDS: tuple[tuple[str, str], ...] = (
    ("hedges g", r"[Hh]edges?'?s?'? ?g\b|(?<![\w.%] )(?<![\w.'-])(?:adjusted )?g(?= ?=)"),
    ("cohens d", r"[Cc]ohen'?s?'? ?d\b(?!')|(?<![\w.'-])d(?= ?=)"),
    (
        "standardized mean difference",
        r"\b[Ss]tandard(?:i[sz]ed)? (?:weighted )?mean differences?\b|\bSMDs?\b",
    ),
    (
        "mean difference",
        r"\b(?:[Ll]east[- ]squares? |LSM? |[Aa]djusted |[Ee]stimated |[Ww]eighted )*[Mm]ean (?:treatment |between-group |group )?diff(?:erences?\b|\.)|\bLSM differences?\b|\b(?:LS|W)?MD\b|\b[Dd]ifferences? (?:in|of|between) (?:(?:[Ll]east[- ]squares?|LS|adjusted) )?means\b",
    ),
    (
        "plain difference",
        r"\b(?:[Bb]etween-groups? |[Tt]reatment |[Gg]roup |[Aa]djusted |[Aa]bsolute )?[Dd]ifference\b(?!-)",
    ),
    ("odds ratio", r"\b[Oo]dds ratios?\b|\b[Aa]?ORs?\b|\badj\.? ?OR\b"),
    ("risk ratio", r"\b[Rr]isk ratios?\b|\b[Rr]elative risks?\b(?! (?:ratio[^;]{0,80}RRR|reduction))|\b[Aa]?RRs?\b"),
    ("hazard ratio", r"\b[Hh]azards? ratios?\b|\b[Aa]?HRs?\b"),
    ("number needed to treat", r"\b[Nn]umbers?[- ]needed[- ]to[- ]treat\b|\bNNTs?\b"),
)
_MENTION = re.compile("|".join(f"(?P<m{index}>{words})" for index, (_, words) in enumerate(MEASURE_WORDS)))
#: A sentence without any of these letters names no measure.
_LETTERS = (
    "ifference",
    " ratio",
    "elative risk",
    "OR",
    "RR",
    "HR",
    "MD",
    "NNT",
    "eeded",
    "edges",
    "ohen",
    "g =",
    "g=",
    "d =",
    "d=",
)
#: Words before a measure that make it another one.
_ANOTHER_MEASURE = re.compile(
    r"(?:\bratio of|\breporting|\bproportional|\bdiagnostic|\blog|\bln|\bmedian|\bmedian of treatment|\brisk|\brate|\bpercentage|\bincidence|\bprevalence|\bproportion|\bstandardi[sz]ed|\bmean rank|\bno|\bnot|\bany|\bsignificant|\bno statistical|\bclinically important|\bminimum|\bminimal(?:ly)? important|\brelative|\bincidence rate|\bchi-square|\btime)[- ]$",
    re.IGNORECASE,
)
_RATIOS = frozenset({"odds ratio", "risk ratio", "hazard ratio"})
#: Acronyms that stand for other things too: read only where the record spells them so, or an interval follows.
_SPELT = {"odds ratio": "odds", "risk ratio": "risk", "hazard ratio": "hazard", "mean difference": "difference"}
#: What an acronym stands for instead in a record that says this.
_OTHER_MEANING = {
    "hazard ratio": re.compile(r"\bheart rate|\bhigh[- ]risk \(hr"),
    "risk ratio": re.compile(r"\brespiratory rate|\bresponse ratio"),
    "mean difference": re.compile(r"\bmean diffusivity|\bmajor depression \(md\)"),
}

_DOT = r"[-+]? ?(?:\d+(?:\.\d+)?|\.\d+)(?![\d]|\.\d)"
_COMMA = r"[-+]? ?\d+,\d+(?![\d.])"
_UNIT = r"(?: ?-?(?:points?|units?|seconds?|minutes?|hours?|days?|mg|mC|mm(?: ?Hg)?|cm|ml|mL|kg|s)\b)?(?: on (?:the )?[A-Za-z][^;(),]{1,40}?(?= ?[;(,]))?"
_CI_NAME = r"(?:(?:bootstrap|bootstrapped|bayesian|simultaneous) )?(?:\[?C[Il]s?\]?|[Cc]onfidence (?:[Ii]ntervals?|limits)|CrIs?|[Cc]redible [Ii]ntervals?)(?: ?[(\[](?:95 ?% ?)?(?:CI|CrI)s?[)\]])?"
_LEVEL = r"(?P<level>9\d(?:\.\d+)?) ?%,? ?-?"
_CI_WORDS = rf"(?:{_LEVEL})?{_CI_NAME}(?: ?(?:of|from|ranging from|was|were))?"
_ANY_CI = re.compile(rf"9\d(?:\.\d+)? ?%,? ?{_CI_NAME}|[Cc]onfidence [Ii]ntervals?|\bCI\b")


def _interval(number: str, *, commas: bool) -> str:
    """Two limits as printed; a comma parts them only where it cannot be a decimal comma."""
    separator = (
        r" ?; ?| to | - | ?- ?| ?~ ?| and |; "
        if commas
        else r",? to |, ?and | and | ?; ?|, | ?,(?=[-+.])|(?<=\.\d)\d*,(?=\d+\.\d)| ?- ?| ?~ ?| ?, ?(?=[-+])"
    )
    if commas:
        return rf"(?P<low>{number})(?:{separator})(?P<high>{number})"
    exact = r"[-+]?\d*\.\d+,(?=[-+]?\d*\.\d)"
    return rf"(?:(?={exact})(?P<low_>{number}),(?P<high_>{number})|(?P<low>{number})(?: ?%| points?)?(?:{separator})(?P<high>{number}))"


def _stated(*, commas: bool) -> re.Pattern[str]:
    """An estimate behind the words of its measure, and its interval."""
    number = _COMMA if commas else _DOT
    spread = rf"(?: ?[\[(] ?(?:S[ED]M? ?[=:,]? ?)?{number}[\])])?"
    short = r"(?: ?[\[(](?:[A-Za-z]{1,6}|[Hh]edges'? ?g|[Cc]ohen'?s? d)[\])])?"
    heading = rf"{short}(?P<heads> ?[\[(](?:{_LEVEL.replace('level', 'level_')}{_CI_NAME}|S[ED]M?)[\])])?"
    named = rf"[ ,;:]*[(\[]?[ ]*{_CI_WORDS}[ :=,]*[(\[]?[ ]*{_interval(number, commas=commas)}"
    bare = _interval(number, commas=commas)
    for name in ("low", "high"):
        bare = bare.replace(f"<{name}_>", f"<bare_{name}_>").replace(f"<{name}>", f"<bare_{name}>")
    return re.compile(
        rf"{heading}(?P<gap>[ :=,()\[\]]{{0,5}}|[)\]]?[^;()\n]{{0,110}}?(?:\b(?:was|were|is|of|being|equal(?:l?ed|s)|amounted to|stood at)|[=:]) | in [A-Z][\w-]{{1,12}},? | (?:for|of) [a-z -]{{3,40}} (?=\d*[.,]\d))(?P<estimate>{number})"
        rf"(?!(?: ?-| to) ?\.?\d|(?:,? and| or) ?-?\.?\d[\d.]*(?! ?[\d.]* ?%))(?P<percent> ?%| percent)?{_UNIT}{spread}"
        rf"(?:{named}|(?P<bare> ?[(\[]{bare}[)\]]))?"
    )


_WITH_POINTS = _stated(commas=False)
_WITH_COMMAS = _stated(commas=True)
_OTHER_STATISTICS = r"(?:[ ,;)\]]*(?:[ZztknNF]|df|S[ED]M?|Wald)(?: ?\([\d., ]+\))? ?= ?-? ?[\d.]+)*"
_P_VALUE = re.compile(
    rf"{_OTHER_STATISTICS}[ ,;)\](]*(?:(?:two|2|one|1)[- ]?(?:sided|tailed),? |adjusted |corrected |nominal )?[pP](?:[- ]?values?)? ?(?P<sign>[<>=≤≥˂]|&lt;) ?(?P<p>0?\.\d+|1\.0+|0,\d+)(?![\d.])(?! ?(?:x|×) ?10)(?P<after>[^.]{{0,60}})"
)
#: A p value followed by these is that of heterogeneity or of another test.
#: A p value beside these may be that of heterogeneity: only the interval can tell.
_HETEROGENEITY = re.compile(r"^[ ,;]*(?:I ?\(?[2²]|I\^2|I$)")
_NOT_ITS_P = re.compile(r"^[ ,;]*(?:for (?:the )?(?:non-?inferiority|heterogeneity|interaction))", re.IGNORECASE)

#: Sentences that plan, define or explain, or ask who responds: their numbers are no results of treatment.
_NO_RESULT = re.compile(
    r"\bpower(?:ed)? (?:to|of|calc|anal)|\bto detect\b|\bsample size|\bassum(?:ed|ing|ption)|\bdefined as\b(?!.*\bp ?[=<>] ?0?\.\d)|\bminimal(?:ly)? (?:clinical|important)|\bthresholds?\b|\bcut-?off|\bwere (?:calculated|computed|used|estimated|expressed|pooled)\b|\bwas (?:calculated|computed|used to)\b|\bwill be\b|\bpreviously\b|\b(?:an|the|one|our) (?:earlier|previous|prior|former) (?:[\w-]+ )?(?:stud|trial|meta|report|analys)|\b(?:earlier|prior|past) (?:[\w-]+ )?(?:studies|trials|reports|meta)|\bprevious (?:stud|trial|meta)|\bhypothesi[sz]ed"
)
#: A margin that was planned looks like an estimate; one with an interval is none.
_PLANNED = re.compile(r"\bmargins?\b(?! of error)|\bset (?:at|to)\b|\bestablished\b")
_PREDICTS = re.compile(
    r"\bpredict|\bmoderat(?:or|ed by|es\b)|\bmediat|\bcorrelat|\brisk factors?\b|\bprotective factors?|\bindependent factors?|\bfactors (?:for|associated|related|linked)|\b(?:positively|negatively|inversely|independently) (?:associated|related)|\bassociated with (?:\w+ ){0,4}(?:odds|likelihood|probability) of|\bbaseline (?:\w+ ){0,3}(?:was|were) associated|\bper (?:unit|point|year)\b|\b(?:every|each) (?:\w+ ){0,2}(?:points?|increment|unit|year|additional)|\bwomen (?:were|had|are)\b|\bsex differences\b|\bphenotype|\bsubgroups? of\b|\bsensitivity (?:of|and specificity)\b|\bspecificity\b|\bamong those with baseline\b|\bage was\b|\bhistory of\b|\bgenotype|\ballele|\bpolymorphism|\b(?:non-?)?(?:remitters|responders)\b[^;]{0,90}\bthan\b|\b(?:after|following) ketamine\b[^.;]{0,120}\b(?:after|following) ketamine|\bconnectivity|\bactivation\b|\bhippocamp|\bcort(?:ex|ical)|\bbdnf\b|\bgamma power|\bglutamate (?:levels?|concentration)|\bvolumes?\b"
)
_KETAMINE = re.compile(
    r"ketamine|\bket\b|\besk\b|\bspravato|\bnmda|glutamat|\bkap\b|\bksk\b|\bintervention (?:arm|group|participants)"
)
_COMPARED = re.compile(
    r"\bplacebo|\bsaline|\bmidazolam|\bcontrol|\bversus\b|\bvs\b|\bcompared (?:with|to)\b|\brelative to\b|\bthan\b|\bbetween[- ]group|\bbetween (?:the )?(?:two )?groups|\bthe two (?:arms|groups)\b|\bdifference\b|\bpoints? (?:lower|higher|better|worse)\b"
)
#: Treatments whose own estimates are not ketamine's.
_OTHER_TREATMENT = Sought(
    r"\bpsychedelics\b|\bpsilocybin|\bmdma\b|\blsd\b|\bayahuasca|\bdexmedetomidine|\br?tms\b|transcranial magnetic|\belectroconvulsive|\bect\b|\blithium\b|\bvalproate|\bpropofol|\bremimazolam|\bsevoflurane|\bmagnesium|\bnon-ketamine|\bmemantine|\bd-cycloserine|\briluzole|\bnitrous oxide|\bscopolamine|\brisperidone|\baripiprazole|\bquetiapine|\bolanzapine|\bbotulinum|\bbrexanolone|\bzuranolone|\bopioid use\b|\bexercise\b|\bmelatonin|\bhaloperidol|\bslow-wave|\bnaltrexone|\bdextromethorphan|\bselegiline|\brapastinel|\bprobiotic|\bdeep brain|\bvagus|\besmethadone|\bphenobarbital|\bhydroxyzine"
)
#: An estimate of these is one of harm or of physiology, not of whether it helped.
_OF_HARM = Sought(
    r"\badverse|\bside[- ]effects?|\bsafety\b|\bnausea|\bvomit|\bdizz|\bheadache|\bhypotens|\bhypertens|\bblood pressure|\barterial pressure|\bsystolic|\bdiastolic|\bmm ?hg\b|\d ms\b|\bheart rate|\bbpm\b|\bbradycard|\btachycard|\bdesaturat|\bhypox|\brespirat|\bhallucinat|\bnightmare|\bdrows|\bsomnolen|\bsedation|\bdissociat|\bpsychotomimetic|\binjection pain|\bbody movement|\bpruritus|\bvisual|\bdiplopia|\bconfusion|\bseizure|\bstimulus|\bdiscontinu|\bdrop-?outs?|\bwithdraw|\bmortality|\bdeath|\bhemodynamic|\bhaemodynamic|\bintubation|\bextubation|\bcadss\b|\bpsychiatric symptoms|\bvertigo|\bparesthesia|\bdysgeusia|\babuse\b|\bmisuse|\bhypersalivat|\bblurred|\bacceptability|\btolerab|\bunreal|\bdropp(?:ed|ing) out|\bdereali|\bdepersonali|\bitch|\bnumb(?:ness)?\b|\btingl|\burinary|\bbladder|\bcystitis|\bintoxicat|\beuphori|\bdry mouth|\bxerostomia|\bparaesthes|\bnystagmus|\bamnesi|\bliver\b|\bperceptual|\bout-of-body|\b(?:manic|mood|affective) switch"
)
_NEW_OUTCOME = re.compile(
    r"\bscores?\b|\bdepress|\banx|\bsuicid|\bsymptom|\brespon(?:se|d)|\bremission|\brates?\b|\brisk\b|\bincidence|\bpain\b|\brelapse|\bquality\b|\bfunction|\bincreas|\bhigher\b|\bbut\b|\bwhereas\b|\bwhile\b|\bdecreas|\breduc|\bscales?\b|\bdisabilit|\bsleep"
)

_NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|twenty-?four"
_TIME_UNIT = r"(?:min(?:ute)?s?|h(?:ou)?rs?|h|days?|d|weeks?|wks?|months?|years?)"
#: Moments: "week 8", "24 hours", "two-week follow-up"; a length of treatment or a half-life is none.
TIMEPOINT = re.compile(
    rf"\b(?P<moment>(?:post-?operative |post-?treatment )?(?:day|week|month|hour|year) ?(?P<n1>\d+(?:\.\d+)?)(?! ?(?:(?:-|to|and|or|,) ?\d|\d*%)))\b"
    rf"|\b(?P<pod>pod ?-?(?P<n3>\d+))\b"
    rf"|(?<![\d.,-])(?P<amount>\b(?P<n2>\d+(?:\.\d+)?|{_NUMBER_WORDS})[ -]?(?P<unit>{_TIME_UNIT}))\b(?P<tail>(?:'? |-)(?:after|post|follow|later|of follow)\w*)?",
)
_BEFORE_AMOUNT = re.compile(
    r"(?:\bat|\bafter|\bby|\bwithin|\bon|\bpost|\bfollowing|\bat the|\bfirst|\bthe|\bfrom baseline to|\bat approximately|\bat about)[ -]$|\($"
)
_NO_MOMENT = re.compile(
    r"(?:\bover|\bfor|\bup to|\bduring|\bevery|\bper|\blasting|\bover the|\bfor the|\blast|\bprevious|\bpast|\buntil|\bbeyond|\bbetween|\bevery other|\bfor at least|\bfor up to|\bduring the|\bage[ds]?)[ -](?:an? )?$"
)
_LENGTH_OF_STUDY = re.compile(
    r"^-?[ -]?(?:\w+-?){0,2} ?(?:trial|study|period|phase|infusion|treatment(?! end)|course|window|old|of age|before|prior|ago|apart|intervals?|half|long|double-blind|interval|daily)"
)
_IN_HOURS = {"min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0, "mo": 730.0, "y": 8760.0}
_WORD_VALUES = {
    word: value
    for value, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1)
} | {
    "twelve": 12,
    "fourteen": 14,
    "twenty-four": 24,
    "twentyfour": 24,
}

_PRIMARY = re.compile(r"\b(?:co-)?primary (?:[\w-]+ ){0,3}(?:outcomes?|end-? ?points?|efficacy|measures?)\b")
_SECONDARY = re.compile(r"\bsecondary\b|\bexploratory\b|\bpost[- ]hoc\b|\balthough\b")

_NULL = re.compile(
    r"\b(?:did|does|do|was|were) not (?:\w+ )?(?:differ|separate|significant(?:ly)?|statistically|superior|reduce|improve|reach)|\bno (?:statistically |clinically )?(?:significant |meaningful |evidence of )?(?:between-group |group |overall )?(?:differences?|benefit|effect|improvement|advantage)|\bnot (?:statistically )?(?:significant|superior|different)|\bnon-?significant"
)
_GOOD = (
    r"(?:respon(?:se|ders?)|remission|improvements?|reductions?|decreases?|efficacy|antidepressant effects?|effects?)"
)
_BAD = r"(?:scores?|symptoms?|severity|incidence|risk|rates? of (?:relapse|depression|ppd|pod)|ideation|relapse|ppd|pod|depression|anxiety|delirium)"
_MORE = r"(?:greater|larger|higher|increased|more|better|superior)"
_LESS = r"(?:lower|less|smaller|reduced|fewer|decreased)"
_DRUG = r"(?:[\w()+-]* ?)?(?:es)?ketamine"
_SAID_BETTER = re.compile(
    rf"\b{_MORE} (?:[\w-]+ ){{0,6}}?{_GOOD}\b[^;]{{0,80}}\b(?:with|in|for|following|after) (?:the |patients (?:receiving|given) )?{_DRUG}|\b{_LESS} (?:[\w-]+ ){{0,6}}?{_BAD}\b[^;]{{0,80}}\b(?:with|in|for|following|after) (?:the )?{_DRUG}"
    rf"|\b{_BAD}\b[^;]{{0,80}}\b(?:was|were) (?:[\w.()=-]+ ){{0,5}}?(?:lower|less frequent|reduced|smaller) (?:in|with|among|for|following|after) (?:the )?{_DRUG}|\b{_GOOD}\b[^;]{{0,80}}\b(?:was|were) (?:[\w.-]+ ){{0,5}}?(?:greater|higher|larger|superior|better) (?:in|with|among|for|following|after) (?:the )?{_DRUG}"
    rf"|\bpoints? (?:\([^)]*\) )?lower (?:in|with|for) (?:the )?{_DRUG}"
    rf"|\b{_BAD}\b[^;]{{0,60}}\bin the {_DRUG} groups? (?:was|were) (?:\w+ )?lower than"
    rf"|{_DRUG} (?:[\w-]+ ){{0,4}}?(?:was (?:\w+ )?superior to|was (?:\w+ )?more effective than|(?:exhibited|demonstrated|showed|had|produced|led to) (?:an? )?(?:\w+ )?(?:{_MORE} (?:[\w-]+ ){{0,4}}?{_GOOD}|{_LESS} (?:[\w-]+ ){{0,4}}?{_BAD}))\b"
    rf"|\bfavou?r(?:ed|ing|s) {_DRUG}"
)
_SAID_WORSE = re.compile(
    rf"\b{_LESS} (?:[\w-]+ ){{0,6}}?{_GOOD}\b[^;]{{0,80}}\b(?:with|in|for|following|after) (?:the )?{_DRUG}|{_DRUG} (?:[\w-]+ ){{0,3}}?was (?:\w+ )?(?:inferior to|less effective than)|\badvantage for ect\b|\bfavou?r(?:ed|ing|s) (?:ect|placebo|midazolam|control)"
)
#: Denials, and two doses, routes or forms of ketamine held against each other: no side is favoured.
_OPEN_QUESTION = re.compile(
    r"\bnot\b|\bno\b|\bneither\b|\bnor\b|ketamine\b[^;.]{0,80}\b(?:than|to|versus|vs|with|over|from) (?:[\w.-]+ ){0,4}?(?:es|ar)?ketamine|\bdoses\b|\bdose groups?\b"
)
_OF_KETAMINE = re.compile(r"(?<!non-)ketamine|\bket\b|\besk\b")


#: A scale's name with where it stands.
_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings, and whether an estimate was left out because its own numbers contradict each other."""

    findings: tuple[Finding, ...] = ()
    inconsistent: bool = False


@dataclass(frozen=True, slots=True)
class _Estimate:
    """One estimate by its places in the reading, before it is told of what and when."""

    measure: str
    start: int
    end: int
    value: float
    ci: tuple[float, float] | None
    level: float | None
    p: str | None
    #: Where the measure is named, if that is not beside the numbers.
    heading: tuple[int, int] | None = None


def findings_of(reading: Reading, design: DesignFact, bucket: str, comparators: tuple[Fact, ...]) -> Findings:
    """Every estimate that one sentence states with its measure; none for plans, animals, notices and retracted studies."""
    if reading.citation.is_retracted or bucket in _SILENT_BUCKETS or design.value in _SILENT_DESIGNS:
        return Findings()
    stated: PrimaryOutcome | None = None
    found: list[Finding] = []
    inconsistent = False
    alone = not comparators and design.value not in {"randomized-trial", "meta-analysis", "systematic-review"}
    named = bool(comparators) and "ketamine" in reading.title_low
    for passage, sentence in _telling(reading):
        here: list[Finding] = []
        estimates = (
            _estimates(reading, passage, sentence) if _is_of_treatment(passage, sentence, design, named=named) else []
        )
        if estimates and design.value in _REVIEWS and _are_of_changes(passage, sentence, reading):
            estimates = []
        for index, estimate in enumerate(estimates):
            if not _agrees(estimate):
                inconsistent = True
                continue
            stated = stated or primary_outcome_of(reading)
            finding = _told(passage, sentence, estimates, index, stated)
            if finding:
                here.append(finding)
        rates = list(rates_in(passage, sentence, alone=alone))
        here.extend(_rate(passage, sentence, rate, rates) for rate in rates)
        found += [finding for finding in here if not any(_says_again(finding, other) for other in found)]
    return Findings(tuple(found), inconsistent)


def _says_again(finding: Finding, other: Finding) -> bool:
    """Whether a later sentence repeats the numbers of an earlier one."""
    return (finding.measure, finding.estimate, finding.ci) == (other.measure, other.estimate, other.ci)


def _telling(reading: Reading) -> Iterator[tuple[Passage, Sentence]]:
    """Sentences that may state a result with a number."""
    for passage, sentence in reading.sentences():
        if sentence.zone not in _ZONES:
            continue
        low, start, end = passage.low, sentence.start, sentence.end
        stated = low.search(_DIGIT, start, end) and not low.search(_NO_RESULT, start, end)
        if stated and not low.search(_PREDICTS, start, end):
            yield passage, sentence


def _is_of_treatment(passage: Passage, sentence: Sentence, design: DesignFact, *, named: bool) -> bool:
    """Whether estimates of the sentence may be of what the treatment did: always where that is the study's question.

    `named`: the title names ketamine, and the record what it is held against, so that a sentence may leave it unsaid.
    """
    if design.value in _OF_TREATMENT:
        return True
    low, start, end = passage.low, sentence.start, sentence.end
    return bool((named or low.search(_KETAMINE, start, end)) and low.search(_COMPARED, start, end))


_REVIEWS = frozenset({"meta-analysis", "systematic-review"})
#: What a review pooled: changes of those who were treated.
_POOLED_CHANGE = re.compile(
    r"(?:\bmean (?:differences?|changes?)|\beffect sizes?|\bsmds?\b|\bhedges?'?s?'? ?g\b)[^.;]{0,60}(?:\bbetween (?:the )?(?:end-?point|post[\w -]{0,20}|follow-?up) and (?:the )?(?:baseline|pre)|\bbetween (?:the )?(?:baseline|pre[\w-]*) and\b|\bpre-? ?(?:to|and|/|vs\.?)? ?-?post|\bfrom baseline\b)"
)
_HELD_AGAINST = re.compile(
    r"\bplacebo|\bsaline|\bmidazolam|\bcontrol|\bversus\b|\bvs\b|\bcompared (?:with|to)\b(?! baseline)|\bthan\b|\bbetween[- ]groups?\b"
)


def _are_of_changes(passage: Passage, sentence: Sentence, reading: Reading) -> bool:
    """Whether a review says that it pooled changes since baseline, and the sentence holds nothing against ketamine."""
    if passage.low.search(_HELD_AGAINST, sentence.start, sentence.end):
        return False
    return any(
        not where.low.search(_BETWEEN, place.start, place.end)
        for where, place in reading.sentences()
        if where.low.search(_POOLED_CHANGE, place.start, place.end)
    )


_DIGIT = re.compile(r"\d|\bper ?cent\b")


def _estimates(reading: Reading, passage: Passage, sentence: Sentence) -> list[_Estimate]:
    text = passage.plain[sentence.start : sentence.end]
    by_place = _points_apart(passage, sentence)
    named = any(letters in text for letters in _LETTERS)
    for mention in _MENTION.finditer(passage.plain, sentence.start, sentence.end) if named else ():
        made = _estimate(reading, passage, sentence, mention)
        if made is None:
            continue
        place, estimate = made
        other = by_place.get(place)
        if other is None or other.measure != estimate.measure:
            by_place[place] = estimate
    for place, estimate in _listed(passage, sentence) if named and _HEADED.search(text) else ():
        by_place.setdefault(place, estimate)
    for estimate in list(by_place.values()):
        for place, other in _and_others(passage, sentence, estimate):
            by_place.setdefault(place, other)
    found = sorted(by_place.values(), key=lambda estimate: estimate.start)
    return [estimate for estimate in found if not _is_told_better(estimate, found)]


#: The name of a measure with that of its interval, as the heading of a list: "mean difference [95% CI]: ...".
_HEADS_LIST = re.compile(
    rf"(?: ?[(\[][A-Za-z]{{1,6}}[\])])? ?(?:[(\[]|,? (?:with|and)(?: the| their)? |, )(?P<level>9\d(?:\.\d+)?) ?% ?{_CI_NAME}[\])]*(?! ?[:=,]? ?[(\[]?{_DOT}(?: to |, ?|; ?| ?- ?){_DOT})"
)
_LISTED = re.compile(
    rf"(?P<estimate>(?! ){_DOT}){_UNIT} ?[(\[](?P<low>{_DOT})(?: to |, |; ?| ?- ?)(?P<high>{_DOT})(?:[;,] ?[pP] ?(?P<sign>[<>=≤≥]) ?(?P<p>0?\.\d+))?[\])]"
)


_HEADED = re.compile(r"%[^()\[\]]{2,40}[)\]]|(?:with|and|,) (?:the |their )?9\d ?% ?[Cc]")


def _listed(passage: Passage, sentence: Sentence) -> Iterator[tuple[int, _Estimate]]:
    """Estimates with an interval in brackets each, behind one heading that names measure and interval."""
    plain = passage.plain
    for mention in _MENTION.finditer(plain, sentence.start, sentence.end):
        heads = _HEADS_LIST.match(plain, mention.end(), sentence.end)
        measure = MEASURE_WORDS[int((mention.lastgroup or "m0")[1:])][0]
        if heads is None or measure == "plain difference":
            continue
        following = _MENTION.search(plain, heads.end(), sentence.end)
        for one in _LISTED.finditer(plain, heads.end(), following.start() if following else sentence.end):
            limits = _number(one["low"]), _number(one["high"])
            p = ("" if one["sign"] == "=" else one["sign"]) + one["p"] if one["p"] else None
            heading, level = (mention.start(), heads.end()), float(heads["level"])
            value = _number(one["estimate"])
            yield one.start(), _Estimate(measure, one.start(), one.end(), value, limits, level, p, heading)


#: What joins an estimate to the next of the same measure: "and", with the first one's moment or outcome before it.
_AND = re.compile(
    r"[)\]]*(?P<of> (?:for|at|on|by|after|in|from) [^;:()\[\]=%]{1,45}?)?(?:,? and |, )(?P<own>(?:for|at|on|by|after|in) [\w -]{1,30}? (?:it )?was )?(?=-?\d)"
)
#: Behind a number without an interval: its own moment or outcome, as those before it have theirs.
_OF_ITS_OWN = re.compile(r"[ (]{1,2}(?:at|on|by|after|from|for|in) (?!\d+[ ,]+(?:and|or|to)\b)|[.;]?$")
_NO_END = re.compile(r"\b(?:day|week|month|hour)s?(?: \d+,?(?: and)?)? ?$")


def _and_others(passage: Passage, sentence: Sentence, estimate: _Estimate) -> Iterator[tuple[int, _Estimate]]:
    """Further estimates of the same measure that "and" joins to one, where each has its own interval or its own moment.

    Their words begin with those of the measure.
    """
    plain = passage.plain
    while joined := _AND.match(plain, estimate.end, sentence.end):
        stated = _stated_at(plain, joined.end(), sentence.end)
        if stated is None or stated["gap"] or stated["percent"]:
            return
        limits = _limits(stated, plain, sentence)
        value = _number(stated["estimate"])
        if bool(limits) != bool(estimate.ci) or not (
            limits or _is_parallel(passage, sentence, joined, stated, estimate)
        ):
            return
        p, end = _p_behind(plain, stated.end(), sentence.end, _Shown(value, limits, estimate.measure))
        end = _trimmed(plain, joined.end(), end)
        estimate = replace(estimate, end=end, value=value, ci=limits, p=p)
        yield stated.start("estimate"), estimate


def _is_parallel(
    passage: Passage, sentence: Sentence, joined: re.Match[str], stated: re.Match[str], before: _Estimate
) -> bool:
    """Whether a number without an interval stands beside its own moment or outcome as the one before it does."""
    plain = passage.plain
    whole = "." in stated["estimate"] or before.measure == "number needed to treat"
    if whole and joined["own"]:
        return True
    if not whole or not joined["of"] or _NO_END.search(plain, before.end, joined.end()):
        return False
    return _OF_ITS_OWN.match(plain, stated.end("estimate"), sentence.end) is not None


def _is_told_better(estimate: _Estimate, others: list[_Estimate]) -> bool:
    """Whether another estimate of the sentence gives the same difference with its sign and interval."""
    return any(
        other is not estimate
        and other.measure == estimate.measure
        and other.ci is not None
        and estimate.ci is None
        and abs(other.value) == abs(estimate.value)
        for other in others
    )


#: Differences of means without the word: "11.9 points lower in the ketamine group than in the midazolam group",
#: "lower by 7.6 points ... than", "separated by 5.3 points".
_NUMBER_SHOWN = r"(?<![\d.,])(?P<estimate>\d+(?:[.,]\d+)?)"
_POINTS = re.compile(
    rf"{_NUMBER_SHOWN}[ -]points?(?: ?\((?:S[ED]M?|95 ?% ?CI)[^()]{{1,30}}\))? (?:lower|higher|greater|less|more|better|worse) (?:in|with|for|among|under|after) [^.;]{{3,70}}? than "
    rf"|\b(?:lower|higher|better|less|more|greater|steeper) (?:(?!than)[\w-]+ ){{0,7}}?by (?:a mean of |an average of |about )?{_NUMBER_SHOWN.replace('estimate', 'by')} ?points?\b"
    rf"|{_NUMBER_SHOWN.replace('estimate', 'with')}[ -]points?(?: ?\((?:S[ED]M?|95 ?% ?CI)[^()]{{1,30}}\))? (?:lower|higher|better|worse)(?: ?\([^()]{{1,20}}\))? (?:in|with|on) (?:the )?(?:intranasal |intravenous |oral |S-?)?(?:es)?ketamine\b"
    rf"|{_NUMBER_SHOWN.replace('estimate', 'apart_')}-points? (?:mean |adjusted |between-group |group )*(?:difference|advantage)\b"
    rf"|\b(?:separated|differed|apart|diverged) by (?:a mean of )?{_NUMBER_SHOWN.replace('estimate', 'apart')} ?(?:[A-Z][\w-]* )?points?\b"
)
_INTERVAL_BEHIND = re.compile(
    r"[^.;]{0,90}?[(\[, ](?:(?P<level>9\d(?:\.\d+)?) ?%,? ?-?(?:CI|[Cc]onfidence (?:[Ii]nterval|limits))s?|CI ?(?P<level_>9\d) ?%)[ :=,]*[(\[]? ?(?P<low>-?\d+(?:[.,]\d+)?)(?: to |, |,(?=-)|; ?| ?- ?| ?~ ?| and )(?P<high>-?\d+(?:[.,]\d+)?)"
)


def _points_apart(passage: Passage, sentence: Sentence) -> dict[int, _Estimate]:
    text = passage.low[sentence.start : sentence.end]
    if not any(words in text for words in (" points", " point ", "-point ")):
        return {}
    match = passage.plain.search(_POINTS, sentence.start, sentence.end)
    name = match and next(name for name in ("estimate", "by", "with", "apart", "apart_") if match[name])
    if match is None or name is None or not _COMPARED.search(text):
        return {}
    value = _number(match[name])
    end = _trimmed(passage.plain, match.start(), match.end())
    interval = _INTERVAL_BEHIND.match(passage.plain, match.end(name), sentence.end)
    limits = (_number(interval["low"]), _number(interval["high"])) if interval else None
    if interval is None or limits is None or not limits[0] <= value <= limits[1]:
        return {match.start(): _Estimate("mean difference", match.start(), end, value, None, None, None)}
    level = float(interval["level"] or interval["level_"])
    p, end = _p_behind(passage.plain, interval.end(), sentence.end, _Shown(value, limits, "mean difference"))
    end = _trimmed(passage.plain, match.start(), end)
    return {match.start(): _Estimate("mean difference", match.start(), end, value, limits, level, p)}


def _estimate(
    reading: Reading, passage: Passage, sentence: Sentence, mention: re.Match[str]
) -> tuple[int, _Estimate] | None:
    """The number that a mention of a measure is bound to, with its place."""
    measure = MEASURE_WORDS[int((mention.lastgroup or "m0")[1:])][0]
    plain = passage.plain
    before = plain[max(sentence.start, mention.start() - 30) : mention.start()]
    if _ANOTHER_MEASURE.search(before):
        return None
    stated = _stated_at(plain, mention.end(), sentence.end)
    if stated is None or not _bound(plain, sentence, mention, stated, measure):
        return None
    if measure == "plain difference":
        if not _of_scores(passage, sentence, mention.start(), stated.end()):
            return None
        measure = "mean difference"
    limits = _limits(stated, passage.plain, sentence)
    if passage.low.search(_PLANNED, sentence.start, sentence.end) and not limits:
        return None
    value = _number(stated["estimate"])
    p, end = _p_behind(plain, stated.end(), sentence.end, _Shown(value, limits, measure))
    if mention.group().isupper() and not _acronym_is_meant(reading, measure, stated, tested=p is not None):
        return None
    if p is None and limits is None and stated["bare"]:
        end = stated.start("bare")
    level = stated["level"] or stated["level_"]
    estimate = _Estimate(
        measure=measure,
        start=mention.start(),
        end=_trimmed(plain, mention.start(), end),
        value=value,
        ci=limits,
        level=float(level) if limits and level else None,
        p=p,
    )
    return stated.start("estimate"), estimate


def _stated_at(plain: str, start: int, end: int) -> re.Match[str] | None:
    with_commas = _WITH_COMMAS.match(plain, start, end)
    with_points = _WITH_POINTS.match(plain, start, end)
    if with_commas and (not with_points or with_commas.start("estimate") <= with_points.start("estimate")):
        return with_commas
    return with_points


_FURTHER = re.compile(r" ?(?:vs\.?|versus|±|\+/-|/)")
#: "RR = 3.0 vs. RR = 1.4": each is an estimate of its own where two forms of ketamine are told.
_TWO_ESTIMATES = re.compile(rf" ?(?:vs\.?|versus) (?:{_MENTION.pattern}) ?[=:]")
_SECOND_OF_TWO = re.compile(rf"(?:{_MENTION.pattern}) ?[=:] ?{_DOT} (?:vs\.?|versus) $")
_TWO_FORMS = re.compile(r"\b[Ee]sketamine\b.*\b[Kk]etamine\b|\b[Kk]etamine\b.*\besketamine\b")
_STATISTIC_BEFORE = re.compile(
    r"(?:Δ|β|δ|[Bb]eta|\bB|\bb|coef\w*|[Ee]stimate|[Cc]hange|[Rr]eduction|ES|\bM) ?[=,:] ?-? ?\d*\.?\d+[^()\[\]]*$"
)


def _bound(plain: str, sentence: Sentence, mention: re.Match[str], stated: re.Match[str], measure: str) -> bool:
    """Whether the number can only be this measure's: not a range, a share, a contrast of two or another's interval."""
    gap = stated["gap"]
    if stated["percent"] or (measure in _RATIOS | {"number needed to treat"} and _number(stated["estimate"]) <= 0):
        return False
    if _MENTION.search(gap) or _ANY_CI.search(gap) or _WORDS_AGAINST.search(gap):
        return False
    ends = [end for end in (stated.end(), stated.end("estimate")) if _FURTHER.match(plain, end, sentence.end)]
    before = plain[max(sentence.start, mention.start() - 40) : mention.start()]
    if (ends or re.search(r"\b(?:vs\.?|versus) $", before)) and not (
        (_SECOND_OF_TWO.search(before) or any(_TWO_ESTIMATES.match(plain, end, sentence.end) for end in ends))
        and _TWO_FORMS.search(plain, sentence.start, sentence.end)
    ):
        return False
    bracket = plain[max(sentence.start, mention.start() - 60) : mention.start()]
    return not _STATISTIC_BEFORE.search(bracket)


#: Words between a measure and a number that bind the number to something else.
_WORDS_AGAINST = re.compile(
    r"\b(?:(?:vs|versus)(?!\.? (?:placebo|saline|midazolam|control))|(?<!change from )(?<!changes from )baseline|aged?|dose|significant|range[ds]?|[Nn] ?=|p ?[<=>]|sample|studies|heterogeneity|margin|percent|median|SD|less|greater|whereas|but|which)\b|[<>≤≥]|%"
)


def _acronym_is_meant(reading: Reading, measure: str, stated: re.Match[str], *, tested: bool) -> bool:
    """Upper-case letters alone are a measure where a sign stands behind them, or an interval or a p value (`tested`) follows."""
    spelt = _SPELT.get(measure)
    if spelt is None:
        return True
    other = _OTHER_MEANING.get(measure)
    full = {"odds ratio": "odds ratio", "hazard ratio": "hazard ratio", "mean difference": "mean difference"}.get(
        measure, "risk"
    )
    if other and other.search(reading.low) and (measure == "risk ratio" or full not in reading.low):
        return False
    has_interval = bool(_group(stated, "low") or _group(stated, "bare_low"))
    if measure in {"hazard ratio", "risk ratio"} and not has_interval and _number(stated["estimate"]) > _LARGEST_RATIO:
        return False
    return has_interval or tested or any(sign in stated["gap"] for sign in "=:")


#: What is larger without an interval is a rate of the heart or of breaths.
_LARGEST_RATIO = 12


def _of_scores(passage: Passage, sentence: Sentence, start: int, end: int) -> bool:
    """Whether a difference without "mean" is one of scores: a scale or points are named, no share or time."""
    near = passage.low[max(sentence.start, start - 120) : end]
    if _SHARES.search(near):
        return False
    return (
        "point" in near
        or bool(re.search(r"\bscores?\b", near))
        or any(True for _ in scale_places(passage, start, end))
        or any(True for _ in scale_places(passage, max(sentence.start, start - 120), start))
    )


_SHARES = re.compile(
    r"%(?! ?,? ?c[il]|,? ?conf|,? ?cred)|\bpercentage|\bmedian|\bproportion|\bincidence|\brates?\b|\brisk\b|\bin differences?\b|\bdays?\b of|\bseconds?\b"
)


def _group(stated: re.Match[str], name: str) -> str | None:
    """A number of the match; with a decimal comma the same number stands under another name."""
    groups = stated.groupdict()
    return groups.get(name) or groups.get(f"{name}_")


def _limits(stated: re.Match[str], plain: str, sentence: Sentence) -> tuple[float, float] | None:
    low, high = _group(stated, "low"), _group(stated, "high")
    if low is None and (stated["heads"] or _ANY_CI.search(plain, sentence.start, stated.end())):
        low, high = _group(stated, "bare_low"), _group(stated, "bare_high")
        if stated["heads"] and "C" not in stated["heads"]:
            return None
    return (_number(low), _number(high)) if low and high else None


def _number(text: str) -> float:
    return float(text.replace(" ", "").replace(",", "."))


@dataclass(frozen=True, slots=True)
class _Shown:
    """An estimate with its interval, to hold a p value against."""

    value: float
    limits: tuple[float, float] | None
    measure: str

    @property
    def p(self) -> float | None:
        """The p value that a 95 % interval implies on the normal scale of the measure."""
        if self.limits is None or not self.limits[0] < self.limits[1]:
            return None
        if self.measure in _RATIOS:
            if self.limits[0] <= 0 or self.value <= 0:
                return None
            low, value, high = math.log(self.limits[0]), math.log(self.value), math.log(self.limits[1])
        else:
            low, value, high = self.limits[0], self.value, self.limits[1]
        return math.erfc(abs(value) / ((high - low) / 3.92) / math.sqrt(2))


def _p_behind(plain: str, start: int, end: int, shown: _Shown) -> tuple[str | None, int]:
    """A p value that follows at once, as printed without spaces, and where it ends; None for one of another test."""
    match = _P_VALUE.match(plain, start, end)
    if match is None or _NOT_ITS_P.search(match["after"]):
        return None, start
    sign = "<" if match["sign"] in {"&lt;", "˂"} else match["sign"]
    p = ("" if sign == "=" else sign) + match["p"]
    strict = bool(_HETEROGENEITY.search(match["after"]))
    return (p, match.end("p")) if _agree(shown, p, strict=strict) else (None, start)


def _agree(shown: _Shown, p: str, *, strict: bool) -> bool:
    """Whether a p value can be that of the interval; one far from it belongs to another test."""
    expected = shown.p
    if expected is None:
        return not strict
    value = float(p.lstrip("<>≤≥").replace(",", "."))
    room = 2.0 if strict else 10.0
    if p[0] in "<≤":
        return expected <= value * room
    if p[0] in ">≥":
        return expected * room >= value
    return expected / room - 0.005 <= value <= expected * room + 0.005


def _agrees(estimate: _Estimate) -> bool:
    return estimate.ci is None or estimate.ci[0] <= estimate.value <= estimate.ci[1]


def _trimmed(plain: str, start: int, end: int) -> int:
    return start + len(plain[start:end].rstrip(" ,;:"))


@dataclass(frozen=True, slots=True)
class PrimaryOutcome:
    """The primary outcome as the record states it: one scale and one moment, in hours."""

    scale: str | None = None
    hours: float | None = None


def primary_outcome_of(reading: Reading) -> PrimaryOutcome:
    """The one scale, and the one moment if there is one, of the sentence that states the primary outcome."""
    for passage, sentence in reading.sentences():
        match = passage.low.search(_PRIMARY, sentence.start, sentence.end)
        if match is None or sentence.zone in {"title", "background"}:
            continue
        start, end = _where_stated(passage, sentence, match)
        scales = {name for name, _, _ in scale_places(passage, start, end)}
        moment = _only(_moments(passage, sentence, start, end))
        if len(scales) == 1:
            return PrimaryOutcome(scales.pop(), moment.hours if moment else None)
    return PrimaryOutcome()


#: "Change in MADRS at day 7 was the primary outcome; response was ..." names it before.
_NAMED_BEFORE = Ending(r"\b(?:was|were|is|are|being|served as|chosen as) (?:the |our |a )?")


def _where_stated(passage: Passage, sentence: Sentence, primary: re.Match[str]) -> tuple[int, int]:
    """Where a sentence says what its primary outcome is: before the words or behind them, up to the secondary ones."""
    before = passage.low[sentence.start : primary.start()]
    if _NAMED_BEFORE.search(before):
        return sentence.start + before.rfind(";") + 1, primary.start()
    secondary = passage.low.find("secondary", primary.end(), sentence.end)
    return primary.start(), secondary if secondary > 0 else sentence.end


def _told(
    passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int, stated: PrimaryOutcome
) -> Finding | None:
    """An estimate with its scale and its moment; None where it is not ketamine's or not one of benefit."""
    estimate = estimates[index]
    first = index
    while first and _VERSUS.fullmatch(passage.low, estimates[first - 1].end, estimates[first].start):
        first -= 1
    start = estimates[first - 1].end if first else sentence.start
    before = passage.low[start : estimate.start]
    whole = passage.low[sentence.start : sentence.end]
    within = passage.low[estimate.start : estimate.end]
    if _OF_HARM.search(before) or _OF_HARM.search(within) or _is_of_another_treatment(before + within, whole):
        return None
    if _OF_PARTS.search(before) or _AS_DID.search(before):
        return None
    if _is_within_an_arm(passage, sentence, estimates, first) or _is_each_arms_own(passage, sentence, estimates, first):
        return None
    if _of_the_placebo(before) or _is_of_parallel_treatment(passage, sentence, estimates, first):
        return None
    if first and (_OTHER_ARMS_OWN.fullmatch(before) or (_OF_HARM.search(whole) and not _NEW_OUTCOME.search(before))):
        return None
    scale = _scale(passage, sentence, estimates, index)
    moment = _moment(passage, sentence, estimates, index)
    spans = _spans(passage, (estimate.start, estimate.end), scale, moment, heading=estimate.heading)
    timepoint = passage.verbatim(moment.start, moment.end) if moment else None
    primary = _is_primary(before + within, scale, moment, stated)
    return Finding(
        scale=scale[0] if scale else None,
        timepoint=timepoint,
        measure=estimate.measure,
        estimate=estimate.value,
        ci=estimate.ci,
        ci_level=estimate.level,
        p=estimate.p,
        direction=_direction(passage, sentence, estimates, index),
        primary=True if primary else None,
        spans=spans,
    )


#: A change of one arm: from baseline, before and after, within the group.
_WITHIN = re.compile(
    r"\bover time\b|\b(?:increas|decreas|declin|improv|chang|drop|fell|r[io]se|reduc)\w* (?:[\w-]+ ){0,3}?from (?:the )?[\w -]{2,40}? to\b|\b(?:from|to|with|versus|vs\.?|between|since) (?:the )?baseline\b|\bbaseline (?:to|and|versus|vs)\b|\bfrom pre-?|\bpre-? ?(?:to|and|/|vs\.?) ?-?post|\bbefore and after\b|\bwithin(?:[- ]| the )(?:group|arm|subject|(?:es|s-)?ketamine)|\bwithin (?:the |each )(?:[\w-]+ ){1,2}(?:groups?|arms?)\b|\bfrom (?:the )?(?:first|start|beginning|screening|entry|admission) to\b|\b(?:their own|before (?:treatment|the infusions?|infusions?|ketamine)\b)|\b(?:fell|dropped|decreased|declined|reduced|rose|improved|went) from \d"
)
#: Words that hold the other arm against it, or measures that are of two arms by themselves.
_BETWEEN = re.compile(
    r"\bplacebo|\bsaline|\bmidazolam|\bcontrols?\b|\bcomparator|\bect\b|\belectroconvulsive|\bversus\b(?! baseline)|\bvs\b(?!\.? baseline)|\bthan\b|\bbetween[- ](?:groups?|arms?|treatments?)|\bbetween (?:the )?(?:two |study |treatment )?(?:groups|arms|treatments|drugs|conditions)|\b(?:two|both) (?:groups|arms)\b"
    r"|\bbetween (?:[\w()-]+ )?ketamine and\b|\bleast[- ]squares?\b|\bls\b|\blsmd|\blsm\b|\b(?:treatment|(?<!within[- ])group|intergroup) (?:difference|effect)|\bgroup (?:×|x|\*|by)|\bgroup-by-|\bfavou?r|\brelative to (?!baseline)|\bcompared (?:with|to|against) (?!(?:the |their )?(?:baseline|pre|own\b|scores before|before))|\bsuperior|\bover (?:placebo|midazolam|saline)|\bcomparable\b|\bgroups\b|\bdifferences? (?:in|of) (?:least|adjusted) "
)


#: Effect sizes are of changes as often as of differences: "MADRS improved with ketamine (d = 1.4)".
_OF_CHANGES_TOO = frozenset({"cohens d", "hedges g"})
_CHANGED = re.compile(
    r"\b(?:improved|decreased|declined|fell|dropped|changed|rose|reduction|decrease|decline|improvement)\b"
)
_ONE_ARM = re.compile(r"\bwithin (?:the |each )(?:[\w-]+ ){1,2}(?:groups?|arms?)\b")


def _is_within_an_arm(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> bool:
    """Whether an estimate is of a change of one arm, not of a difference between two.

    One of a list, with neither told beside it, is what the one before it is.
    """
    for at in range(index, -1, -1):
        start = estimates[at - 1].end if at else sentence.start
        near = passage.low[start : estimates[at].end]
        of_change, of_two = _WITHIN.search(near), _BETWEEN.search(_ONE_ARM.sub(" ", near))
        if of_change:
            return of_two is None
        if of_two and at:
            return False
    whole = passage.low[sentence.start : sentence.end]
    if _BETWEEN.search(whole):
        return False
    is_size = estimates[index].measure in _OF_CHANGES_TOO
    return _WITHIN.search(whole) is not None or (is_size and _CHANGED.search(whole) is not None)


def _is_each_arms_own(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> bool:
    """Whether ketamine has its estimate and its control has one beside it: "after ketamine (d = 1.9), after placebo (d = 0.8)"."""
    arms = [_arm_at(passage, sentence, estimates, at) for at in range(len(estimates))]
    return bool(arms[index]) and len({arm.endswith("ketamine") for arm in arms if arm}) == 2


def _arm_at(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> str | None:
    start = estimates[index - 1].end if index else sentence.start
    before = passage.low[start : estimates[index].start]
    match = None if _HELD_AGAINST_IT.search(before) else _ARM_BEFORE.search(before)
    return match["arm"] if match else None


#: Then an arm that is named is what the other is held against.
_HELD_AGAINST_IT = re.compile(
    r"\bthan\b|\bcompared\b|\bversus\b|\bvs\b|\brelative to\b|\bover\b|\bagainst\b|\bbetween\b|\bfrom\b|\bsuperior\b|\binferior\b|\bequal\b|\bfavou?r|\bdiffer"
)


#: The response to placebo is what is spoken of, not what ketamine is held against.
_PLACEBO_RESPONSE = re.compile(
    r"(?<!with )(?<!to )(?<!than )(?<!over )(?<!versus )(?<!vs )(?<!vs\. )(?<!from )\bplacebo (?:responses?|effects?)\b"
)


def _of_the_placebo(before: str) -> bool:
    return "placebo " in before and _PLACEBO_RESPONSE.search(before) is not None


#: An estimate in brackets at once behind the name of a treatment, which by its ending is one.
_NAME_BEFORE = re.compile(
    r"(?<![\w-])(?P<name>(?!alone\b|baseline\b)[a-z][\w()-]*(?:ine|one|ole|[pzl]am|ide|bin|cin|ium|ol|tal|ane)|r?tms|tdcs|ect)(?: [\d.,]+ ?(?:mg|µg|μg|mcg)(?:/kg|/day|/d)?)? ?[\[(]$"
)
#: Between two such names.
_AND_ANOTHER = re.compile(
    r"[)\]]*(?:[,;]|,? (?:and|or|versus|vs\.?|but not))? (?:and |or |for |with |in |of )?(?:the )?"
)


def _is_of_parallel_treatment(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> bool:
    """Whether a list gives each treatment its estimate, "ketamine (RR 1.9), zolamine (RR 1.3)", and this one is not ketamine's."""
    named = [_named_at(passage, sentence, estimates, at) for at in range(len(estimates))]
    mine = named[index]
    if mine is None or "ketamine" in mine:
        return False
    return any(other and "ketamine" in other for other in named)


def _named_at(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> str | None:
    """The treatment that an estimate in brackets stands behind, where it opens a list or goes on with it."""
    start = estimates[index - 1].end if index else sentence.start
    before = passage.low[start : estimates[index].start]
    match = _NAME_BEFORE.search(before)
    if match is None or (index and not _AND_ANOTHER.fullmatch(before, 0, match.start())):
        return None
    return match["name"]


#: Between two estimates of one outcome.
_VERSUS = re.compile(r" ?(?:vs\.?|versus) ")
#: Between an estimate of ketamine's arm and one of another: "in the ketamine arm (RR 0.4) and the other arm (RR 0.5)".
_OTHER_ARMS_OWN = re.compile(r"[\])]*,? and (?:in )?(?:the )?(?!(?:s-|es)?ket|esk)[\w-]+ (?:arm|group) ?[(\[]")
#: "As did the placebo arm (MD -4.1": the arm that ketamine is held against has an estimate of its own.
_AS_DID = re.compile(
    r"\b(?:as|so|nor|neither) (?:(?:they|it|scores) )?(?:did|was|were|had)\b(?:(?!ketamine)[^;]){0,60}\b(?:placebo|saline|midazolam|control|comparison|comparator)\b(?: (?:arms?|groups?|conditions?|patients|participants))? ?[(\[]$"
)
#: One part of those treated held against another: women against men, those who kept to it against others.
_OF_PARTS = re.compile(
    r"\bthan (?:in |for |with |among )?(?:the )?(?:men|women|males|females|boys|girls|others|other patients|those (?:who|without|whose|aged|at|not)|the rest|non-(?!ketamine)\w+|younger|older)\b"
)
#: An estimate in brackets at once behind the name of one arm.
_ARM_BEFORE = re.compile(
    r"\b(?:after|with|on|under|for|in|following|to|and) (?:the )?(?P<arm>(?:es|ar|s-)?ketamine|placebo|saline|midazolam|controls?)(?: (?:arm|group|condition|alone))?,? ?[(\[]$"
)
#: Something added to ketamine held against ketamine alone: what was added is judged.
_BEYOND_KETAMINE = re.compile(
    r"\b(?:than|to|with|versus|vs\.?|from|over) (?:the )?(?:es|s-)?ketamine (?:alone|mono-?therapy|only)\b"
)


def _is_of_another_treatment(near: str, whole: str) -> bool:
    if _BEYOND_KETAMINE.search(near):
        return True
    if _OF_KETAMINE.search(near):
        return False
    return bool(_OTHER_TREATMENT.search(near)) or (not _KETAMINE.search(whole) and bool(_OTHER_TREATMENT.search(whole)))


#: What follows a scale's name where a part of it is meant.
_PART = re.compile(r"[ -](?:sub-?(?:scale|score|item)|items?\b|question|factor)|[^.;,]{0,20}\bitem \d")


def _scale(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> _Place | None:
    """The one scale named since the estimate before; else the sentence's, where nothing else was named since."""
    estimate = estimates[index]
    start = estimates[index - 1].end if index else sentence.start
    near = [place for place in scale_places(passage, start, estimate.end) if not _at_baseline(passage, place)]
    if near:
        whole = len({name for name, _, _ in near}) == 1 and not _PART.match(passage.low, near[-1][2])
        return near[-1] if whole else None
    everywhere = [
        place for place in scale_places(passage, sentence.start, sentence.end) if not _at_baseline(passage, place)
    ]
    if len({name for name, _, _ in everywhere}) != 1:
        return None
    if index == 0:
        follows = everywhere[0][1] - estimate.end
        return everywhere[0] if len(estimates) == 1 and 0 <= follows < 30 else None
    between = passage.low[estimates[0].end : estimate.start]
    return everywhere[0] if everywhere[0][1] < estimates[0].start and not _NEW_OUTCOME.search(between) else None


def _at_baseline(passage: Passage, place: _Place) -> bool:
    """Whether a scale is named for where people stood before: "those with a baseline HAM-D above 24"."""
    return passage.low[max(0, place[1] - 9) : place[1]] == "baseline "


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment in time as a sentence names it; `sure` where its words leave no doubt that it is one."""

    hours: float
    start: int
    end: int
    sure: bool


def _moments(passage: Passage, sentence: Sentence, start: int, end: int) -> list[_Moment]:
    """Moments with their distance in hours: "week 8", "24 hours"; lengths of treatment are not sure ones."""
    found = []
    for match in passage.low.finditer(TIMEPOINT, start, end):
        before = passage.low[max(sentence.start, match.start() - 22) : match.start()]
        after = passage.low[match.end() : min(sentence.end, match.end() + 30)]
        lasts = _NO_MOMENT.search(before) or (not match["tail"] and _LENGTH_OF_STUDY.search(after))
        if match["amount"]:
            sure = bool(match["tail"] or _BEFORE_AMOUNT.search(before) or _OPENS.match(after))
            first, last = match.start("amount"), match.end("amount")
        else:
            sure = True
            first, last = match.start(), match.end()
        found.append(_Moment(_distance(match), first, last, sure and not lasts))
    return found


def hours_of(timepoint: str) -> float | None:
    """The distance in hours of a moment as a finding prints it: "week 8", "24-hours", "POD 3"; None for other words."""
    match = TIMEPOINT.search(lower(timepoint))
    return _distance(match) if match else None


def _distance(match: re.Match[str]) -> float:
    """The hours that a match of TIMEPOINT names."""
    if match["amount"]:
        return _hours(match["n2"], match["unit"])
    return _hours(match["n3"] or match["n1"], "day" if match["pod"] else _OPERATIVE.sub("", match["moment"]))


_OPENS = re.compile(r"^,? ?[(\[]")
_OPERATIVE = re.compile(r"^post-?(?:operative|treatment) ")
#: Stretches of time: with one of these about, no single moment is meant.
_STRETCH = re.compile(rf"\b(?:days|weeks|months|hours) \d|\d ?(?:-|to|and|or|,) ?\d+ ?-?{_TIME_UNIT}\b")


def _hours(number: str, unit: str) -> float:
    amount = float(_WORD_VALUES.get(number) or number)
    return amount * next(hours for name, hours in _IN_HOURS.items() if unit.startswith(name))


def _moment(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> _Moment | None:
    """The one moment named since the estimate before, or at once behind; else the sentence's only one."""
    estimate = estimates[index]
    start = estimates[index - 1].end if index else sentence.start
    if index and (after_each := _moment_behind(passage, sentence, estimates[index - 1], estimate.end)):
        start = after_each.end
    near = _moments(passage, sentence, start, estimate.end)
    if any(moment.sure for moment in near):
        return None if passage.low.search(_STRETCH, start, estimate.start) else _only(near)
    behind = _moment_behind(passage, sentence, estimate, sentence.end)
    if behind:
        return behind
    everywhere = _moments(passage, sentence, sentence.start, sentence.end)
    only = None if passage.low.search(_STRETCH, sentence.start, sentence.end) else _only(everywhere)
    return only if only and only.start < estimates[0].start else None


def _moment_behind(passage: Passage, sentence: Sentence, estimate: _Estimate, end: int) -> _Moment | None:
    """The moment that stands at once behind an estimate: "-3.1 at week 1"."""
    behind = next(iter(_moments(passage, sentence, estimate.end, end)), None)
    at_once = behind and behind.sure and _AT_ONCE.fullmatch(passage.low, estimate.end, behind.start)
    return behind if at_once else None


_AT_ONCE = re.compile(r"[),\]; ]{0,4}(?:at|on|after|by|within) ")


def _only(moments: list[_Moment]) -> _Moment | None:
    """The moment that all of them are, if a sure one is among them."""
    sure = [moment for moment in moments if moment.sure]
    return sure[0] if sure and len({moment.hours for moment in moments}) == 1 else None


def _is_primary(near: str, scale: _Place | None, moment: _Moment | None, stated: PrimaryOutcome) -> bool:
    if _SECONDARY.search(near):
        return False
    if _PRIMARY.search(near):
        return True
    return bool(scale and moment and scale[0] == stated.scale and moment.hours == stated.hours)


def _direction(passage: Passage, sentence: Sentence, estimates: list[_Estimate], index: int) -> str | None:
    """What the words around the estimate say, where its numbers do not speak against them."""
    estimate = estimates[index]
    start = estimates[index - 1].end if index else sentence.start
    end = sentence.end if index == len(estimates) - 1 else estimate.end
    text = passage.low[start:end]
    significant = _is_significant(estimate)
    if _NULL.search(text):
        return "no-difference" if significant is not True and not _SAID_BETTER.search(text) else None
    better, worse = _SAID_BETTER.search(text), _SAID_WORSE.search(text)
    if bool(better) == bool(worse) or significant is False or _OPEN_QUESTION.search(text):
        return None
    return "favours-ketamine" if better else "favours-comparator"


def _is_significant(estimate: _Estimate) -> bool | None:
    """By the interval, else by the p value; None where neither tells."""
    if estimate.ci:
        null = 1.0 if estimate.measure in _RATIOS else 0.0
        return estimate.ci[0] > null or estimate.ci[1] < null
    if estimate.p is None or estimate.p[0] in ">≥":
        return None if estimate.p is None else False
    return float(estimate.p.lstrip("<≤").replace(",", ".")) <= 0.05


def _rate(passage: Passage, sentence: Sentence, rate: Rate, rates: list[Rate]) -> Finding:
    moment = _only(_moments(passage, sentence, sentence.start, sentence.end))
    several = sum(other.measure == rate.measure for other in rates) > 1
    if moment and several and moment.start > min(other.start for other in rates):
        moment = None  # one of several shares has it
    scales = list(scale_places(passage, sentence.start, sentence.end))
    scale = scales[0] if len({name for name, _, _ in scales}) == 1 else None
    return Finding(
        scale=scale[0] if scale else None,
        timepoint=passage.verbatim(moment.start, moment.end) if moment else None,
        measure=rate.measure,
        estimate=rate.value,
        spans=_spans(passage, (rate.start, rate.end), scale, moment),
    )


def _spans(
    passage: Passage,
    place: tuple[int, int],
    scale: _Place | None,
    moment: _Moment | None,
    *,
    heading: tuple[int, int] | None = None,
) -> tuple[Span, ...]:
    """The words of the numbers, then those of the measure, the scale and the moment where they stand elsewhere."""
    start, end = place
    others = [heading] if heading else []
    others += [scale[1:]] if scale else []
    others += [(moment.start, moment.end)] if moment else []
    outside = [(first, last) for first, last in others if first < start or last > end]
    return tuple(passage.span(first, last) for first, last in [place, *outside])
