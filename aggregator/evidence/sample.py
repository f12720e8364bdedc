"""How many people were studied, or how many studies and people a review covers.

Every number is looked at once, with the words before and behind it. The wording nearest to "randomised" wins; then a
stated total, those enrolled or treated, those named in passing, and an "n =" last.
"""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.evidence.arms import CONTROL_ARM, KETAMINE
from aggregator.evidence.design import SYNTHESES
from aggregator.evidence.places import Ending, Sought
from aggregator.evidence.population import AIM
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import Passage, Reading, Sentence, zone_of
from aggregator.lexicon.numbers import DIGITS, NUMBER
from aggregator.summary import CountFact, DesignFact, Span

_NUMBER = re.compile(NUMBER)
PEOPLE = (
    r"(?:patients?|participants?|subjects?|individuals?|adults?|adolescents?|volunteers?|women|woman|men|man|males?|females?|veterans?|people|persons?|pts|out-?patients?|in-?patients?|youths?|children|child|"
    r"parturients|mothers|users|respondents|controls|survivors|students|smokers|members|cases|undergraduates|abusers|alcoholics|residents|boys|girls|hcs|hvs|humans|puerpera(?:e|s)|responders|completers|caregivers|clinicians|physicians|donors|drinkers|attendees|non-?users|nonusers|consumers|parents|recipients|probands|elders|seniors|teenagers|teens|infants|neonates|toddlers|soldiers|sufferers|migraineurs|paramedics|an(?:a?e)sthetists|an(?:a?e)sthesiologists|psychologists|firefighters|workers|nurses|clients|carers|relatives|therapists|psychiatrists|practitioners|doctors|trainees|veteran)"
)
#: Up to seven words between a number and the people it counts: "20 unmedicated, treatment-resistant patients".
_FILL = (
    r"(?:(?!\d+(?:\.\d+)?,? )(?!(?:of|per|mg|or|to|in|with|who|had|were|was|received|completed|weeks?|days?|months?|years?|hours?|h|min|minutes?|times|infusions?|sessions?|items?|points?|studies|trials?|rcts|sites?|cent(?:er|re)s?|arms?|groups?|placebo|dose|doses|databases|"
    r"treatments?|samples?|scans|conditions|healthcare|health)(?![\w-]))(?:u\.s\.|[\w/'\u2018\u2019%-]+)(?: ?\([^)]{0,40}\))?,? ){0,7}?"
)
_COUNTED = re.compile(rf",? (?:\([^)]{{0,30}}\) )?{_FILL}(?P<people>{PEOPLE})\b")
_N_EQUALS = Ending(r"\bn ?= ?")
_RANDOM = r"(?:randomi[sz]ed|randomly(?! (?:selected|chosen|sampled|drawn))|allocated|assigned)"

#: Words behind the people counted, with the rank that they give.
_ON = r"(?:\([^)]{0,120}\)|[^.;(]){0,110}?"
_RANDOMISED_AFTER = re.compile(
    rf"{_ON}\b(?:were|was|who|been|be) (?:[\w-]+ ){{0,4}}?{_RANDOM}\b|,? {_RANDOM}\b|(?: [\w-]+){{0,3}} underwent randomi[sz]ation\b"
)
_TAKEN_AFTER = re.compile(
    _ON
    + r"\b(?:(?:were|was|have been|had been) (?:[\w-]+ ){0,2}?(?:included|enrol+ed|recruited|analy[sz]ed|studied|treated|assessed|evaluated|identified|administered|given|examined|tested|"
    r"scanned|surveyed|interviewed|exposed|infused|imaged|selected|investigated|followed)|participated|completed|received|underwent|took part|entered|responded|performed)\b"
)
_RANDOMISED_BEFORE = Ending(rf"\b{_RANDOM}(?: (?:assigned|allocated|to))?,? (?:a total of |all )?")
_TOTAL_BEFORE = Ending(
    r"\b(?:total (?:sample )?(?:of|size of|size was|size =|n ?=)|in total,?|altogether,?|overall,?|(?:total )?number of (?:included |enrolled )?(?:patients|participants|subjects|respondents) (?:was|of)|all|final sample (?:of|included|comprised|consisted of)|target sample (?:size )?(?:is|of)|sample size (?:of|was)) ?"
)
_TAKEN_BEFORE = Ending(
    r"\b(?:gave|included|enrol+ed|enrol+ing|recruited|recruiting|comprised|comprising|studied|evaluated|treated|involv(?:ed|ing)|examined|surveyed|analy[sz]ed|interviewed|assessed|tested|including|scanned|enroll|consisted of|"
    r"administered to|given to|performed (?:in|on|with)|conducted (?:in|on|with|among)|carried out (?:in|on|with)|trial (?:of|in|with)|study (?:of|in|with)|data (?:from|of)|sample (?:of|comprised|included)|recruit|include|enrol) (?:data from |approximately )?"
)
_AMONG_BEFORE = Ending(r"\b(?:in|with|among|from|of|on|to)(?: (?:a|our))?(?: (?:sample|cohort|group) of)? ")
#: Words before a number that make it something else than those studied.
_ELSE_BEFORE = Ending(
    r"(?:\b(?:per|every|score of|times|least|next|first|last|top|only|remaining|exception of|except for|other|another|day|week|phase|than|items?|at|grade|type|stage|either|visit|month|session|age|aged|version|axis|number|no|factor|hour|cluster|sn|dsm|dsm-)|ranged? from \d+ to|between \d+ and|(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)) to|\bphases? ?(?:[1-4]|i+)[ab]? ?(?:and|or|/|-|to|&)|[<>≤≥⩾⩽±=+~-]|n ?=|each of(?: the)?|\d(?:\.\d)? ?%\)?,? (?:of|in))"
)
#: The name of a study or group that goes by a small number: "study 1", "group 2".
_LABEL_BEFORE = Ending(r"\b(?:group|study|trial|experiment|cohort)")
_LARGEST_LABEL = 9
_SHARE_BEFORE = Ending(
    rf"(?:\d\)?|{'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty|fifty|sixty'}|most|half|some|all|any|%\)?|majority|subset|subgroup|subsample|proportion|number|each) (?:out )?of (?:the |these |our )?"
)
_PART_AFTER = re.compile(
    r"[^.;,]{0,40}?\b(?:responders|dropped out|withdrew|discontinued|responded to (?:treatment|ketamine)|experienced|(?<!self-)reported(?! (?:no|never|minimal|little|using)\b)|achieved|died|relapsed|declined|(?<!had )failed|improved|remitted|showed|had (?:a )?(?:respon|remi)|met (?:criteria for )?(?:the )?(?:respon|remi)|excluded|screened|refused)\b|[^.;,(]{0,40}?\b(?:per (?:group|arm)|in each|each(?! (?:receiv|underwent|undergo|complet|g[eo]t|took|take|ha[vd]|attend)))\b|\s*\(\d+(?:\.\d+)? ?%[),;]"
)
#: Fifty patients in the placebo group.
_IN_ONE_ARM = re.compile(r"(?: \([^)]*\))? (?:in|from) the (?P<name>(?:[\w-]+ ){1,3}?(?:group|arm))\b")
#: 52 patients in the ketamine group and 49 in the placebo group.
_BOTH_COUNTED_ARMS = re.compile(
    rf"{_IN_ONE_ARM.pattern.replace('name', 'one')},? (?:and|versus|vs\.?) (?P<m>{NUMBER})(?: {PEOPLE})?{_IN_ONE_ARM.pattern.replace('name', 'other')}"
)
_THERE_WERE = Ending(r"\bthere (?:were|are) ")
_PER_ARM = re.compile(r"[^.;,(\d]{0,20}\b(?:per (?:research )?(?:group|arm|site|cent)|in each|each group|each arm)")
#: People by a word that no list has are people where they were randomised.
_BARE_RANDOMISED = re.compile(
    rf"(?:,? {_FILL}(?:(?!rooms|clusters|schools|wards|clinics|hospitals|units|practices|villages|sites|slices|cells|images|sessions|infusions|injections|doses|treatments|courses|visits|times|days|weeks|months|hours)[a-z-]{{3,}}s))?(?: underwent randomi[sz]ation\b| randomi[sz]ed[.;)]| (?:[a-z]+ (?:[a-z]+ )?and )?(?:were|was|had been|have been) (?:[\w-]+ (?:and )?)?(?:randomi[sz]ed|randomly(?! (?:selected|chosen|sampled|drawn)))\b)"
)
_BARE_TOTAL = re.compile(
    r"\)| of the (?:respondents|participants)\b| (?:were|was|is|has been|will be|completed|received|participated)\b|[,.]"
)

#: Arms named one after the other, each with its own number: "41 to the one group and 39 to the other".
_NEXT_ARM = re.compile(
    rf"(?P<to>[^.;]{{3,90}}?)(?:,| and|,? (?:versus|vs\.?)) (?P<m>{NUMBER})(?: {PEOPLE})?(?: (?:were|was) (?:\w+ )?{_RANDOM})? (?:to|in|received|with|on) "
)
#: Patients and controls named together: 33 participants with depression and 26 healthy controls.
_CONTROLS_TOO = re.compile(
    rf"(?P<between>(?:\([^)]{{0,120}}\)|[^.;()]){{0,140}}?)(?:,| and| plus| versus| vs\.?| with| to) (?:with |to |also )?(?:[a-z-]+ ){{0,2}}?(?P<m>{NUMBER}) (?P<who>{_FILL}(?:{PEOPLE}|healthy|hc)\b|with(?:out)?\b)"
)
_CONTROL_WORDS = re.compile(
    r"\bcontrols?\b|\bhealthy\b|\bh[cv]s?\b|\bvolunteers?\b|\bcomparison\b|\bnon-?users\b|\bnon-|\bnever\b|\busers\b|\bwho (?:did|had) not\b"
    r"|\b(?:clinicians|physicians|therapists|caregivers|carers|relatives|nurses)\b"
)
#: Men and women, counted apart.
_BOTH_SEXES = re.compile(
    r"\b(?:women|females?|girls)\b.*\b(?:men|males?|boys)\b|\b(?:men|males?|boys)\b.*\b(?:women|females?|girls)\b"
)
_ARM_COUNT = re.compile(rf"\bn ?= ?(?P<n>{NUMBER})(?! ?/ ?\d| of \d)|\((?P<m>{NUMBER}) {PEOPLE}\)")

STUDIES = r"(?:studies|trials|rcts|articles|reports|papers|publications|reviews|meta-analyses|case reports|records|manuscripts|sras|datasets)"
_STUDY_FILL = r"(?:(?!\d+,? |(?:of|from|to|per|identified|retrieved|screened|found|effect|effects|across|in|comparisons|outcomes|patients|participants|databases|subjects)\b)[\w/'()-]+,? ){0,6}?"
_STUDIES_COUNTED = re.compile(rf",? {_STUDY_FILL}{STUDIES}\b")
_STUDIES_TAKEN_AFTER = re.compile(
    r"(?:\([^)]{0,120}\)|[^.;(]){0,90}?\b(?:(?:were|was) (?:[\w-]+ ){0,3}?(?:included|eligible|selected|retained|analy[sz]ed|reviewed|synthesi[sz]ed|deemed|used|considered|pooled)|met|fulfilled|satisfied|meeting|(?:eligible|included|suitable) (?:for|in)|included in|reporting|reported|involving|comprising)\b"
)
_STUDIES_TAKEN_BEFORE = Ending(
    r"\b(?:included|including|identif(?:ied|ying)|comprised|comprising|analy[sz]ed|reviewed|yielded|synthesi[sz]ed|across|from|pooled|in|selected|extracted|of|resulted in|total of|covering) (?:a total of |data from |total )?"
)
_BARE_STUDIES = re.compile(
    r" (?:\([^)]*\) )?(?:were|was|met|fulfilled) (?:[\w-]+ )?(?:included|selected|eligible|retained|inclusion)"
)
_SCREENED = re.compile(
    r"\b(?:of [\d,]+ records|abstracts|screened|records|citations|hits|titles|full[- ]text|potentially|unique|retrieved|duplicates)\b"
)
_PEOPLE_IN_STUDIES = re.compile(rf"{STUDIES}\b[^.;]{{0,70}}$")
_PEOPLE_TOTAL = Ending(
    r"\b(?:total(?:l?ing)?(?: sample(?: size)?)?(?: of| was| n ?=?)?|combined (?:sample|n)(?: size)? (?:of|=)|overall n ?=|n ?=) ?"
)

#: What an "n =" of a review must stand behind to be one of people: studies have one too.
_N_OF_PEOPLE = re.compile(
    rf"\b(?:total|overall|combined|pooled|sample)\b[^.;]{{0,40}}$|\bk ?= ?\d+[;,] (?:and )?n ?= ?$|\b{PEOPLE}[,:;]? ?[(\[]?n ?= ?$|{STUDIES}[,;:] n ?= ?$|{NUMBER} (?:[\w-]+ ){{0,2}}{STUDIES} (?:were|met) (?:[\w-]+ ){{0,3}}[(\[]n ?= ?$|{NUMBER} (?:[\w-]+ ){{0,2}}{STUDIES}(?:[,;:]? [(\[]| with )n ?= ?$"
)
_WITHOUT_SAMPLE = frozenset({"narrative-review", "comment", "guideline", "preclinical"})
_SILENT = frozenset({"background", "registration", "conclusion"})


@dataclass(frozen=True, slots=True)
class _Count:
    rank: float
    value: int
    spans: tuple[Span, ...]
    #: A control group that was counted in a sentence of its own.
    is_control: bool = False


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in its sentence."""

    passage: Passage
    sentence: Sentence
    start: int
    end: int
    value: int

    def before(self, length: int) -> str:
        return self.passage.low[max(self.sentence.start, self.start - length) : self.start]

    @property
    def in_brackets(self) -> bool:
        before = self.before(80)
        return before.rfind("(") > before.rfind(")")

    @property
    def is_no_count(self) -> bool:
        """Whether the words before it make it something else: "week 8", "study 2", "at least 5"."""
        before = self.before(70).rstrip()
        label = self.value <= _LARGEST_LABEL and _LABEL_BEFORE.search(before)
        return bool(label or _ELSE_BEFORE.search(before))

    def count(self, rank: float, end: int, value: int | None = None) -> _Count:
        return _Count(rank, value or self.value, (self.passage.span(self.start, end),))


def _numbers(reading: Reading, *, guessed: bool = False) -> Iterator[_Number]:
    """Numbers of the study's own sentences; `guessed`: of background without a heading, or that states the aim."""
    for passage in reading.passages:
        for sentence in passage.sentences:
            if sentence.zone == "background" if guessed else sentence.zone not in _SILENT:
                if guessed and not (
                    _without_heading(reading, passage) or passage.low.search(AIM, sentence.start, sentence.end)
                ):
                    continue
                for match in passage.low.finditer(_NUMBER, sentence.start, sentence.end):
                    value = value_of(match.group())
                    if value and not _is_year(passage.low, match):
                        start, value = _with_thousands(passage.low, match, value)
                        yield _Number(passage, sentence, start, match.end(), value)


#: Digits before a blank that parts thousands: 478 492. Four digits are written without one.
_THOUSANDS = Ending(r"(?<![\w.,/:-])\d{2,3} ")
#: What goes by a number of its own, so that another may follow: phase 12 400 people, level 20 120 people.
_NUMBERED_BEFORE = Ending(r"\b(?:phase|day|week|month|level|aged?|grade|version|visit|part) \d{2,3} ")


def _with_thousands(low: str, match: re.Match[str], value: int) -> tuple[int, int]:
    """Where a number begins and what it says, with the thousands that a blank parts from it."""
    if match.end() - match.start() != 3 or not match.group().isdigit():
        return match.start(), value
    before = low[max(0, match.start() - 16) : match.start()]
    thousands = _THOUSANDS.search(before)
    if not thousands or _NUMBERED_BEFORE.search(before):
        return match.start(), value
    start = match.start() - len(thousands.group())
    return start, int(thousands.group()) * 1000 + value


def _without_heading(reading: Reading, passage: Passage) -> bool:
    return passage.section != "title" and zone_of(reading.citation.abstract[passage.section]) == "open"


_BEFORE_A_YEAR = re.compile(
    r"(?:\b(?:january|february|march|april|may|june|july|august|september|october|november|december|in|since|from|to|until|through|between|during|and|early|late)|\d(?:st|nd|rd|th)?,|\d\(?(?:st|nd|rd|th)\)?|[-/])\s*$"
)


def _is_year(low: str, match: re.Match[str]) -> bool:
    """August 2024, between 2019 and 2020: four digits of our time behind a word for time."""
    text = match.group()
    return bool(re.fullmatch(r"(?:19[5-9]|20[0-3])\d", text)) and bool(
        _BEFORE_A_YEAR.search(low, max(0, match.start() - 12), match.start())
    )


def sample_size_of(reading: Reading, design: DesignFact) -> CountFact | None:
    """Participants randomised, else studied; for a review those of all its studies. None where no number is stated."""
    if design.value in _WITHOUT_SAMPLE:
        return None
    if design.value in SYNTHESES:
        return _best(count for number in _numbers(reading) if (count := _covered(number)))
    if design.value == "case-report" and not _many_cases(reading):
        return _single_case(reading)
    counts = [count for number in _numbers(reading) if (count := _studied(number))]
    if not counts:
        counts = [
            count for number in _numbers(reading, guessed=True) if (count := _studied(number)) and count.rank >= 5
        ]
    if design.value != "case-report":
        counts = [count for count in counts if count.value > _FEW or count.rank >= _SURE_OF_FEW]
    else:
        return _settled(_of_cases(counts, reading), reading) or _single_case(reading)
    return _settled(counts, reading)


def _of_cases(counts: list[_Count], reading: Reading) -> list[_Count]:
    """Counts that may be of cases: those of the title if it has any, and none of a trial that was done before."""
    titled = [count for count in counts if count.spans[0].section == "title"]
    return titled or [count for count in counts if count.value < 100 and not _is_of_a_trial(count, reading)]


def _is_of_a_trial(count: _Count, reading: Reading) -> bool:
    passage, sentence = reading.of(count.spans[0])
    return passage.low.search(_A_TRIAL, sentence.start, sentence.end) is not None


_A_TRIAL = re.compile(r"\btrial\b|\brandomi[sz]ed\b|\brandomly\b")

#: So few are seldom a study: they must have been treated, studied or randomised.
_FEW = 3
_SURE_OF_FEW = 3.5

#: The studies that one report tells of: "in study 1", "(experiment 2)".
_NUMBERED = re.compile(
    r"\b(?:stud(?:y|ies)|experiments?|trials?|samples?|cohorts?) (?P<which>[1-4]|one|two|three|four|iv|i{1,3})\b(?! (?:of|arm))"
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def _of_numbered_studies(counts: list[_Count], reading: Reading) -> CountFact | None:
    """The people of the studies that one report numbers, where each counts its own."""
    best: dict[int, _Count] = {}
    for count in sorted(counts, key=lambda count: -count.rank):
        which = _study_of(reading, count.spans[0])
        if which is not None:
            best.setdefault(which, count)
    if len(best) < 2:
        return None
    spans = tuple(span for count in best.values() for span in count.spans)
    return CountFact(value=sum(count.value for count in best.values()), spans=spans)


def _study_of(reading: Reading, span: Span) -> int | None:
    """The numbered study that a count belongs to: the one its sentence names nearest to it."""
    passage, sentence = reading.of(span)
    at = passage.start + span.start
    named = list(passage.low.finditer(_NUMBERED, sentence.start, sentence.end))
    nearest = min(named, key=lambda match: abs(match.start() - at), default=None)
    return (_ROMAN.get(nearest["which"]) or value_of(nearest["which"])) if nearest else None


def _settled(counts: list[_Count], reading: Reading) -> CountFact | None:
    """The best count, with control groups that stand in sentences of their own added."""
    if of_all := _of_numbered_studies(counts, reading):
        return of_all
    people = [count for count in counts if not count.is_control] or counts
    best = max(people, key=lambda count: count.rank, default=None)
    if best and not _HAVE_A_CONDITION.search(_words_at(reading, best.spans[0])):
        best = max(counts, key=lambda count: count.rank)
    if best is None or best.rank < 4.4:
        arms = _arms(reading)
        if arms and (best is None or arms.value > best.value):
            return arms
    if best is None:
        return None
    best = _total_before(best, counts)
    beside = [count for count in counts if count.is_control and count.rank >= 4.2 and not _overlap(count, best)]
    if best.rank >= 7 or len(beside) > 2 or not _HAVE_A_CONDITION.search(_words_at(reading, best.spans[0])):
        beside = []
    return CountFact(
        value=best.value + sum(count.value for count in beside),
        spans=(*best.spans, *(span for count in beside for span in count.spans)),
    )


def _total_before(best: _Count, counts: list[_Count]) -> _Count:
    """The total that stands just before the groups which make it up: "130 volunteers: 29 users, 22 ..."."""
    first = best.spans[0]
    before = (
        count
        for count in counts
        for span in count.spans
        if span.section == first.section and 0 < first.start - span.end < _JUST_BEFORE and count.value > best.value
    )
    return next(before, best) if best.rank < 7 else best


_JUST_BEFORE = 40


def _overlap(one: _Count, other: _Count) -> bool:
    return any(
        first.section == second.section and first.start < second.end and second.start < first.end
        for first in one.spans
        for second in other.spans
    )


_HAVE_A_CONDITION = Sought(
    r"\bpatients\b|\busers\b|\babusers\b|\bwith\b|\bmdd\b|\btrd\b|schizophren|depress|bipolar|\bptsd\b"
)


def _words_at(reading: Reading, span: Span) -> str:
    passage, _ = reading.of(span)
    start = passage.start + span.start
    return passage.low[max(passage.start, start - _NAMED_BEFORE) : passage.start + span.end + 30]


#: Characters before a count in which those counted may be named: "patients (N = 44)".
_NAMED_BEFORE = 14


def studies_included_of(reading: Reading, design: DesignFact) -> CountFact | None:
    """How many studies a review includes; those found or screened do not count."""
    if design.value not in SYNTHESES:
        return None
    return _best(
        count for number in _numbers(reading) if number.value < 3000 and (count := _included(number)) is not None
    )


def _best(counts: Iterable[_Count]) -> CountFact | None:
    best = max(counts, key=lambda count: count.rank, default=None)
    return CountFact(value=best.value, spans=best.spans) if best else None


#: People of a model, and those reached so far of a plan, are not those studied.
_MODELLED = re.compile(
    r"\bmarkov|\bsimulat|\bour model\b|\bprojected\b|\bextrapolat|\brandomi[sz]ed to date\b|\benrol+ed to date\b"
)


def _studied(number: _Number) -> _Count | None:
    low, last = number.passage.low, number.sentence.end
    before = number.before(70)
    if low.search(_MODELLED, number.sentence.start, last):
        return None
    if _N_EQUALS.search(before):
        return _by_n(number, before)
    if number.is_no_count or low[number.end : number.end + 2] == " %":
        return None
    if low.find("respectively", number.end, last) >= 0:
        several = _SEVERAL.match(low, number.end, last)
        if several or _LAST_OF_SEVERAL.search(before):
            return _each_of_several(number, several, before) if several else None
    if count := _out_of_more(number, before) or _both_sexes(number):
        return count
    counted = _COUNTED.match(low, number.end, last)
    return _people(number, counted, before) if counted else _bare(number, before)


#: Arms of which the people are named once: 45 and 43 patients were assigned to ketamine and saline, respectively.
_SEVERAL = re.compile(
    rf"(?:, (?P<second>{NUMBER}))?(?:, (?P<third>{NUMBER}))?,? and (?P<m>{NUMBER}) {_FILL}{PEOPLE}\b(?P<behind>[^;]*)"
)
_LAST_OF_SEVERAL = Ending(rf"{NUMBER},? and ")
_GIVEN_IN = Ending(r"\b(?:administered|given|infused|tested|studied)[\w ]{0,30} in ")
_INTO_ARMS = re.compile(
    rf"[^.;]{{0,60}}?\b(?:{_RANDOM}|included|enrol+ed|recruited|analy[sz]ed|treated|studied|received|completed)\b|[.,]? respectively"
)


def _each_of_several(number: _Number, several: re.Match[str], before: str) -> _Count | None:
    """The sum of arms counted in one breath; of people who did something else than take part nothing."""
    taken = _TAKEN_BEFORE.search(before) or _TOTAL_BEFORE.search(before) or _GIVEN_IN.search(before)
    into = _INTO_ARMS.match(several["behind"])
    if number.value <= 3 or not into or (into.group().endswith("respectively") and not taken):
        return None
    others = sum(value_of(size) or 0 for size in several.group("second", "third", "m") if size)
    rank = 9.7 if re.search(_RANDOM, into.group()) else 6.5
    return number.count(rank, several.start("behind"), number.value + others)


def _out_of_more(number: _Number, before: str) -> _Count | None:
    """The people taken out of a greater number, or all of those that one list names kind by kind."""
    low, last = number.passage.low, number.sentence.end
    if _OF_WHOM.search(before) and _OF_WHOM_TAKEN.match(low, number.end, last):
        return number.count(8, number.end)
    of_more = _OF_MORE.match(low, number.end, last)
    if of_more and number.value > 3 and _WERE_RANDOMISED.match(low, of_more.end(), last):
        return number.count(9.6, of_more.end())
    listed = _NAMED_ONCE.match(low, number.end, last)
    if listed and number.value > 3 and not low.search(_NAMED, number.end, listed.start("m")):
        others = [value_of(listed[name]) or 0 for name in ("second", "m") if listed[name]]
        return number.count(4 if number.in_brackets else 6, listed.end(), number.value + sum(others))
    return None


#: People who were asked or looked at, not those who took part.
_INVITED = re.compile(
    r"(?: [\w-]+){0,3} (?:were |was |who were )?(?:invited|approached|contacted|screened|sent|referred|eligible|assessed for eligibility)\b"
)
_ASKED = re.compile(r"\b(?:screened|approached|invited|contacted)\b")
_ASKED_BEFORE = Ending(r"\b(?:sent to|distributed to|mailed to|invited) (?:\w+ )?")


def _people(number: _Number, counted: re.Match[str], before: str) -> _Count | None:
    low, last, end = number.passage.low, number.sentence.end, counted.end()
    if _did_not_take_part(number, counted, before):
        return None
    if both := _BOTH_COUNTED_ARMS.match(low, end, last):
        taken_part = _TAKEN_BEFORE.search(before) or _THERE_WERE.search(before)
        return number.count(6.5, both.end(), number.value + (value_of(both["m"]) or 0)) if taken_part else None
    if "randomi" in counted.group() or _RANDOMISED_BEFORE.search(before):
        return number.count(9, end)
    after = _RANDOMISED_AFTER.match(low, end, last)
    if after and not _other_number(low, end, after.end()):
        return _both_arms(number, after.end()) or number.count(9, after.end())
    taken = (
        _TAKEN_BEFORE.search(before)
        or (_TOTAL_BEFORE.search(before) and not before.endswith("all "))
        or _GROUPS_OF.search(before)
    )
    part = "%)" in counted.group() or (_PART_AFTER.match(low, end, last) and not taken)
    return None if part or _SHARE_BEFORE.search(before) else _ranked(number, counted, before)


def _did_not_take_part(number: _Number, counted: re.Match[str], before: str) -> bool:
    """People who were only asked, a part or one arm of the sample, or no people at all (seven individual drugs)."""
    low, last, end = number.passage.low, number.sentence.end, counted.end()
    asked = _INVITED.match(low, end, last) or _ASKED_BEFORE.search(before) or _ASKED.search(counted.group())
    part = counted["people"] in {"responders", "completers"} and not _RANDOMISED_AFTER.match(low, end, last)
    adjective = number.value > 1 and counted["people"] in _SINGULARS and not _PEOPLE_NEXT.match(low, end, last)
    one_sex = number.in_brackets and counted["people"] in _SEXES and not _with_controls(number, counted)
    per_arm = _PER_ARM.match(low, end, last) and not _GROUPS_OF.search(before)
    of_each = _EACH_OF.search(number.before(30))
    one_arm = _IN_ONE_ARM.match(low, end, last) and not _BOTH_COUNTED_ARMS.match(low, end, last)
    return bool(asked or part or adjective or one_sex or per_arm or of_each or one_arm)


#: Two groups, each comprising nine.
_EACH_OF = Ending(r"\beach (?:comprising|consisting of|containing|including|numbering|made up of) ")


def _ranked(number: _Number, counted: re.Match[str], before: str) -> _Count:
    """People who were studied, with those that the same list or the number of groups adds."""
    end = counted.end()
    rank = _rank(number, before, end)
    groups = _GROUPS_OF.search(before)
    if groups:
        return number.count(rank + 0.5, end, (value_of(groups["groups"]) or 1) * number.value)
    together = _with_controls(number, counted) or _with_other_arm(number, end) or _with_as_many(number, end)
    if together:
        return _Count(rank + 0.5, together[0], (number.passage.span(number.start, together[1]),))
    return _Count(rank, number.value, (number.passage.span(number.start, end),), _is_control_group(number, counted))


#: Behind a number above one these are adjectives: seven individual drugs, twelve patient characteristics.
_SINGULARS = frozenset({"patient", "individual", "participant", "subject", "volunteer", "person", "user"})
_SEXES = frozenset({"women", "men", "females", "female", "males", "male", "girls", "boys"})
_PEOPLE_NEXT = re.compile(rf" {PEOPLE}\b")
#: Two groups of twelve volunteers.
_GROUPS_OF = Ending(r"\b(?P<groups>two|three|four|five|[2-5]) (?:[\w-]+ )?groups of ")
_OF_TIME = re.compile(r"[ -](?:minutes?|min|hours?|h|days?|weeks?|months?|years?|mg|sessions?|infusions?|doses?)\b")
_CONTROL_GROUP = re.compile(r"\bcontrols\b|\bhealthy\b|\bh[cv]s\b|\bcomparison subjects|\bnon-?users\b")


def _is_control_group(number: _Number, counted: re.Match[str]) -> bool:
    if number.sentence.zone not in {"objective", "methods", "open"}:
        return False
    return bool(_CONTROL_GROUP.search(counted.group()))


def _rank(number: _Number, before: str, end: int) -> float:
    low, last = number.passage.low, number.sentence.end
    if _TOTAL_BEFORE.search(before):
        rank = 7.0
    elif _TAKEN_AFTER.match(low, end, last) or _TAKEN_BEFORE.search(before):
        rank = 6.0
    elif _AMONG_BEFORE.search(before):
        rank = 5.0
    else:
        rank = 4.5
    if number.sentence.zone in {"results", "title"} and rank < 7:
        rank -= 1
    if number.in_brackets:
        rank -= 2
    return rank if number.value > 3 else rank - 2 if number.value > 1 else rank - 3


def _other_number(low: str, start: int, end: int) -> bool:
    between = _without_brackets(low[start:end])
    return bool(re.search(r"(?<![\d.,(=:-])\b\d{1,4}\b(?! ?%|[-.:\d)]| years| weeks| to \d)", between))


def _both_arms(number: _Number, end: int) -> _Count | None:
    """The sum of arms that one sentence names one after the other."""
    low, last = number.passage.low, number.sentence.end
    following = _NEXT_ARM.match(low, end, last)
    if not following or " to " not in low[end - 4 : following.start("m")] or "(" in low[end : following.start("m")]:
        return None
    second = value_of(following["m"])
    if not second or second > 10 * number.value:
        return None
    return number.count(9.5, following.end("m"), number.value + second)


def _with_controls(number: _Number, counted: re.Match[str]) -> tuple[int, int] | None:
    """Patients and their controls, users and non-users: groups of a list summed, and where the list ends."""
    low, last = number.passage.low, number.sentence.end
    total, end, words = number.value, counted.end(), counted.group()
    while match := _CONTROLS_TOO.match(low, end, last):
        second = value_of(match["m"])
        if not second or re.fullmatch(r"(?:19|20)\d\d", match["m"]):
            break
        if _MADE_UP_OF.search(low, end, match.start("m")):
            return None
        words = f"{words} {match['who']} {low[match.end() : min(last, match.end() + 30)]}"
        if not (_CONTROL_WORDS.search(words) or _BOTH_SEXES.search(words) or _are_others(counted, match)):
            break
        total, end = total + second, match.end()
    return (total, end) if total > number.value else None


def _are_others(counted: re.Match[str], match: re.Match[str]) -> bool:
    """Whether a second kind of people stands right behind the first: 22 donors and 18 patients."""
    kind = re.search(rf"{PEOPLE}$", match["who"])
    if match["who"].startswith("with"):
        return match.group().startswith((" with", " without")) and " and " in match.group()
    no_others = {counted["people"], "responders", "completers"}
    return match.group().startswith(" and ") and kind is not None and kind.group() not in no_others


#: What stands between a total and those who make it up.
_MADE_UP_OF = re.compile(r"\b(?:compris|consist|made up of|composed of)|[:\u2014]")

_GOT = r"(?:who )?(?:took(?! part)|tried|received|were given|was given|got|had|chose|preferred|were treated with|underwent|were assigned to|were allocated to)"
#: Arms counted by what they got: seventy received ketamine and 68 received saline; ketamine was given to 70 and saline to 68.
_OTHER_GOT = re.compile(
    rf"(?: \([^)]*\))? {_GOT} [^.;,()]{{3,60}}?,? (?:and|while|whereas|versus|vs\.?) (?:the (?:other|next) )?(?P<m>{NUMBER})(?: others| {PEOPLE})?(?: \([^)]*\))? {_GOT} "
    rf"|(?: \([^)]*\))? {_GOT} [^.;,()]{{3,60}}?(?:;|,) (?:and )?(?P<next>{NUMBER})(?: {PEOPLE})?(?: {_GOT}| with) {CONTROL_ARM}"
    rf"|(?: \([^)]*\))?,? (?:and|while|whereas|versus|vs\.?) (?:the )?(?:[\w-]+ ){{1,3}}(?:group|arm|cohort) (?:of |included |comprised |consisted of |had )?(?P<group>{NUMBER})\b(?![-.:]\d| ?(?:%|mg|h\b|min|days?|weeks?))"
    rf"|(?: \([^)]*\))?,? and {CONTROL_ARM} to (?P<given>{NUMBER})\b(?! ?(?:%|mg|h\b|min|days?|weeks?|[-.]\d))"
)


#: Groups that go by letters: "18 volunteers (NVs) and 17 SVs took part".
_BY_LETTERS = re.compile(
    rf" \([a-z]{{2,6}}\),? and (?P<m>{NUMBER}) [a-z]{{2,6}} (?:took part|participated|received|completed|underwent|were)\b"
)
#: As many controls as patients; two groups as large as the first.
_AS_MANY = re.compile(
    r"(?P<between>(?:\([^)]{0,80}\)|[^.;()]){0,90}?) (?:and|with|to|against|versus|vs\.?) (?:(?:an|the) (?:equal|same|identical) number of (?:[a-z-]+ ){0,4}?(?:controls?|subjects|volunteers|participants|individuals|people|patients|non-?users)|(?P<groups>two|three) (?:[a-z-]+, )?(?:equally sized|equal-sized|equally large)(?: [a-z-]+,?){0,2} groups)\b"
)


def _with_as_many(number: _Number, end: int) -> tuple[int, int] | None:
    low, last = number.passage.low, number.sentence.end
    if low.find("equal", end, last) < 0 and low.find("same number", end, last) < 0:
        return None
    others = _AS_MANY.match(low, end, last)
    return (number.value * (1 + (value_of(others["groups"] or "one") or 1)), others.end()) if others else None


def _with_other_arm(number: _Number, end: int) -> tuple[int, int] | None:
    low, last = number.passage.low, number.sentence.end
    following = _OTHER_GOT.match(low, end, last) or _BY_LETTERS.match(low, end, last)
    if following is None:
        return None
    second = value_of(next(filter(None, following.groups())))
    return (number.value + second, following.end()) if second else None


#: Eighteen frequent and 19 infrequent users: the people are named once, at the end.
_NAMED_ONCE = re.compile(
    rf"(?:(?: (?!or |to |of |and )[a-z/-]{{3,}}){{1,3}},? (?:and )?(?P<second>{NUMBER}))?(?: (?!or |to |of |and |weeks|days|months|hours|sites|cent|hospital|clinic|countr|stud|trial|infusion|session|scan)[a-z/-]{{3,}}){{1,3}} and (?P<m>{NUMBER})(?: (?!or |to |of |and )[a-z/-]{{3,}}){{0,3}} {PEOPLE}\b"
)


_NAMED = re.compile(rf"\b{PEOPLE}\b")


#: Forty of 43 eligible patients.
_OF_MORE = re.compile(rf" of (?:the )?(?:{NUMBER}) {_FILL}{PEOPLE}\b")
_WERE_RANDOMISED = re.compile(rf"(?: \([^)]*\))?(?: [a-z]+ and)? (?:were|was) (?:[\w-]+ ){{0,3}}?{_RANDOM}\b")
#: Of those found, the ones who were studied; and answers that were counted instead of people.
_OF_WHOM = Ending(r"\bof whom ")
_OF_WHOM_TAKEN = re.compile(
    r"[^.;]{0,90}?\b(?:were|was|had been) (?:\w+ )?(?:analy[sz]ed|included|enrol+ed|randomi[sz]ed|studied|treated)\b|[^.;]{0,70}?\band were (?:analy[sz]ed|included|treated|studied)\b"
)
_ANSWERS = re.compile(
    r" (?:[\w-]+ ){0,2}(?:responses|replies|questionnaires|surveys)\b|(?: of them)? (?:completed|answered|returned) (?:it|the (?:survey|questionnaire))\b"
)


#: Of 2,400 who were invited, 905 (38%) answered.
_OF_ASKED = Ending(
    rf"\bof (?:the )?{NUMBER} [\w -]{{0,40}}?(?:invited|contacted|approached|mailed|e-?mailed|asked|eligible)[\w ]{{0,12}}, "
)
_ANSWERED = re.compile(
    r"(?: \(\d+(?:\.\d+)? ?%\))? (?:\w+ )?(?:answered|responded|completed|replied|took part|participated|returned)\b"
)


#: 41 (64%) women and 23 (36%) men: all, where the shares make up the whole.
_SEXES_BY_SHARE = re.compile(
    rf" \((?P<one>\d+(?:\.\d+)?) ?%\) (?:[a-z]+ )?(?:women|men|females?|males?|girls|boys) and (?P<m>{NUMBER}) \((?P<other>\d+(?:\.\d+)?) ?%\) (?:[a-z]+ )?(?:women|men|females?|males?|girls|boys)\b"
)


def _both_sexes(number: _Number) -> _Count | None:
    sexes = _SEXES_BY_SHARE.match(number.passage.low, number.end, number.sentence.end)
    if not sexes or not 99 <= float(sexes["one"]) + float(sexes["other"]) <= 101:
        return None
    return number.count(4.4, sexes.end(), number.value + (value_of(sexes["m"]) or 0))


#: People who go by no word for people.
_ENROLLED = re.compile(r" (?:were|was|had been) (?:\w+ )?(?:enrol+ed|recruited)\b")
#: A sample of forty, whoever they are.
_SAMPLE_OF = Ending(r"\b(?:sample of|cohort of|total of|in total,?|overall,?|altogether,?) ")
_TOOK_PART = re.compile(
    r"(?: ?\([^()]{0,80}\))?(?: (?:in|from|at|with) [^.;()]{3,80}?)? (?:took part|participated|(?:were|was|have been) (?:\w+ )?(?:enrol+ed|recruited|included|surveyed|interviewed|studied|treated|analy[sz]ed|randomi[sz]ed))\b"
)
#: Whoever is recruited with an illness or at an age is somebody, by whatever word.
_RECRUIT = Ending(r"\b(?:recruit(?:ed|ing)?|enrol+(?:ed|ing)?|randomi[sz](?:e|ed|ing)) ")
_NAMELESS = re.compile(r" (?:[a-z-]+ )?[a-z-]{2,}s (?:with|aged|who|undergoing|diagnosed|suffering)\b")
#: Charts stand for people where they are read.
_CHARTS = re.compile(
    r" (?:(?:medical|patient|patients'|clinical|consecutive|outpatient|inpatient|electronic|hospital) ){0,3}(?:charts|records|case notes|case files)\b"
)
_READ_BEFORE = Ending(r"\b(?:reviewed|examined|analy[sz]ed|review of|read)(?: the)? ")


def _bare(number: _Number, before: str) -> _Count | None:
    low, last = number.passage.low, number.sentence.end
    answered = _ANSWERS.match(low, number.end, last) or (
        _OF_ASKED.search(before) and _ANSWERED.match(low, number.end, last)
    )
    if number.value > 3 and answered and not _ASKED_BEFORE.search(before):
        return number.count(5.6, number.end)
    groups = _GROUPS_OF.search(before)
    if groups and number.value > 3 and not _OF_TIME.match(low, number.end):
        return number.count(6, number.end, (value_of(groups["groups"]) or 1) * number.value)
    randomised = _BARE_RANDOMISED.match(low, number.end, last)
    if randomised and number.value > 3:
        return _both_arms(number, randomised.end()) or number.count(8.5, randomised.end())
    ranks = (
        rank
        for after, named_before, rank in _WITHOUT_PEOPLE
        if after.match(low, number.end, last) and (named_before is None or named_before.search(before))
    )
    rank = next(ranks, None) if number.value > 3 else None
    return number.count(rank, number.end) if rank else None


#: What stands behind a number of people who go by no word for people, and before it; and the rank that they give.
_WITHOUT_PEOPLE: tuple[tuple[re.Pattern[str], Ending | None, float], ...] = (
    (_BARE_TOTAL, _TOTAL_BEFORE, 5.5),
    (_TOOK_PART, _SAMPLE_OF, 5.5),
    (_NAMELESS, _RECRUIT, 6),
    (_ENROLLED, None, 5.4),
    (_CHARTS, _READ_BEFORE, 5),
)


#: An n that is no whole: 12 in each group, 41/63, 41 of 63.
_N_OF_A_PART = re.compile(r" ?(?:/ ?\d|of \d|(?:(?:/|per|in every) ?(?:group|arm|cell)|(?:in )?each)\b)")


def _by_n(number: _Number, before: str) -> _Count | None:
    low = number.passage.low
    words = low[max(number.sentence.start, number.start - 80) : number.start]
    if re.search(r"\b(?:group|arm|placebo|responders|vs\.?|condition)\b[^()]{0,20}\(? ?n ?= ?$", words):
        return None
    if re.search(r"\b(?:approached|screened|invited)\b[^()]{0,20}\(? ?n ?= ?$", words):
        return None
    if re.match(r" (?:males?|females?|women|men)\b", low[number.end : number.end + 9]):
        return None
    if _N_OF_A_PART.match(low, number.end):
        return None
    start = number.start - len(before) + (_N_EQUALS.search(before) or re.match("", before)).start()  # type: ignore[union-attr]
    named = re.search(rf"\b{PEOPLE}\b[^.;()]{{0,60}}\(? ?n ?= ?$", words)
    behind = re.split(r"\bn ?=", low[number.end : min(number.sentence.end, number.end + 60)])
    randomised = len(behind) == 1 and re.search(rf"\b{_RANDOM}\b", behind[0])
    rank = 4.2 if named else 3.0
    if (named and randomised) or re.search(rf"\b{_RANDOM} ?[(\[]n ?= ?$", words):
        rank = 8.8
    if number.sentence.zone in {"results", "title"}:
        rank -= 1
    is_control = bool(named and _CONTROL_GROUP.search(named.group()))
    span = number.passage.span(start, number.end)
    return _Count(rank, number.value, (span,), is_control) if number.value > 1 else None


def _arms(reading: Reading) -> CountFact | None:
    """Groups given as (n = 33) and (n = 21) within one sentence, where no total is stated."""
    for passage, sentence in reading.sentences():
        if sentence.zone in _SILENT:
            continue
        found = list(passage.low.finditer(_ARM_COUNT, sentence.start, sentence.end))
        values = [value_of(match["n"] or match["m"]) or 0 for match in found]
        if len(values) > 1 and _are_stages(passage, found):
            continue
        if len(values) > 1 and _are_moments(passage, sentence, values):
            found, values = found[:1], values[:1]
            return CountFact(value=values[0], spans=(passage.span(found[0].start(), found[0].end()),))
        if len(values) > 2 and 2 * max(values) == sum(values):
            found, values = [found[values.index(max(values))]], [max(values)]
        elif not 2 <= len(values) <= 5 or (max(values) >= 0.8 * sum(values) and not _controls_behind(passage, found)):
            continue
        if all(values):
            return CountFact(
                value=sum(values), spans=tuple(passage.span(match.start(), match.end()) for match in found)
            )
    return _arms_by_name(reading) or _named_groups(reading)


def _are_stages(passage: Passage, found: list[re.Match[str]]) -> bool:
    """Whether one group is a part of another: those approached and those who agreed, users and the men among them."""
    first, last = found[0], found[-1]
    return passage.low.search(_STAGE, max(passage.start, first.start() - 40), last.start()) is not None


_STAGE = re.compile(
    r"\bof (?:whom|these|them|those|which)\b|\b(?:screened|approached|invited|eligible|consented|agreed|dropped out|met (?:[\w-]+ ){0,3}criteri(?:a|on))\b"
)


def _are_moments(passage: Passage, sentence: Sentence, values: list[int]) -> bool:
    """Whether the same people are counted again and again, each time fewer: "week 2 (n = 55) and week 8 (n = 47)"."""
    if values != sorted(values, reverse=True) or passage.low.search(_AN_ARM, sentence.start, sentence.end):
        return False
    moments = list(passage.low.finditer(_A_MOMENT, sentence.start, sentence.end))
    return len(moments) >= len(values)


_A_MOMENT = re.compile(
    r"\bbaseline\b|\bbefore\b|\bfollow-?up\b|\b(?:weeks?|months?|years?|days?) ?\d|\d (?:weeks?|months?|years?|days?)\b"
)
_AN_ARM = re.compile(r"\b(?:groups?|arms?|controls?|placebo|saline|midazolam|versus|vs|cohorts?|samples?)\b")


def _controls_behind(passage: Passage, found: list[re.Match[str]]) -> bool:
    """Whether the second of two groups are controls, who may be far fewer than the first."""
    between = passage.low[found[0].end() : found[1].start()]
    return (
        len(found) == 2
        and re.search(r"^\)(?:,? and|,? (?:versus|vs\.?|with|to)) [^();.]*(?:control|compar|healthy|\bnon-)", between)
        is not None
    )


_AGENT = rf"(?:{KETAMINE}|{CONTROL_ARM})(?: (?:group|arm))?"
_SEVERAL_FROM = (
    rf"(?:\b{_RANDOM}|\banaly[sz]ed|\bassigned|\benrol+ed|\bcompleters|\b{PEOPLE}|\b{STUDIES})(?: to)?(?: [(\[]|[:,] )"
)
#: Arms by their names with a number each: "randomised: 17 ketamine; 16 midazolam", "trials (esketamine 804; control 799)".
_ARMS_BY_NAME = re.compile(
    rf"{_SEVERAL_FROM}(?:{_AGENT}[,:]? ?\(?(?P<n>{DIGITS})\)?(?:[,;]|,? (?:and|or|versus|vs\.?))? {_AGENT}[,:]? ?\(?(?P<m>{DIGITS})|(?P<first>{DIGITS})(?: to)? {_AGENT}(?:[,;]|,? (?:and|or))? (?P<second>{DIGITS})(?: to)? {_AGENT})(?! ?(?:%|mg|µg|points?|h\b|min|days?|weeks?|[-.]\d|±))"
)


def _arms_by_name(reading: Reading) -> CountFact | None:
    hit = next((hit for hit in reading.hits(_ARMS_BY_NAME) if hit.zone not in _SILENT), None)
    if hit is None:
        return None
    sizes = [value_of(size) or 0 for size in hit.match.groupdict().values() if size]
    return CountFact(value=sum(sizes), spans=(hit.span,)) if min(sizes) > 1 else None


#: Groups or samples counted in sentences of their own: group A (n = 10), the confirmatory sample (N = 55).
_NAMED_GROUP = re.compile(
    rf"\b(?P<name>group [a-d1-4]|(?:original|initial|first|second|discovery|derivation|exploratory|primary|training|main|validation|confirmatory|replication|independent|test) (?:sample|cohort|dataset|group)),? ?\(n ?= ?(?P<n>{NUMBER})\)"
)


#: Arms counted one after the other: 52 patients in the ketamine group.
_COUNTED_ARM = re.compile(rf"(?P<n>{NUMBER}) {_FILL}{PEOPLE}{_IN_ONE_ARM.pattern}")


#: Twelve in each group: as many times as groups are counted nearby.
_IN_EACH = re.compile(
    rf"(?P<n>{NUMBER})(?: {PEOPLE})? ?(?:in each(?: of the)?|per|each) (?:[\w-]+ )?(?:groups?|arms?)\b|\(n ?= ?(?P<m>{NUMBER})(?:/| per | in each\b| each\b) ?(?:group|arm)?"
)
_GROUP_COUNT = re.compile(
    r"\b(?P<groups>two|three|four|five|[2-5]) (?:[\w-]+ ){0,3}?(?:groups|arms|cells|regimens|conditions|strategies|protocols|an(?:a?e)sthetics)\b"
)


#: Twelve patients in each of the ketamine and propofol groups: two.
_IN_EACH_OF_TWO = re.compile(
    rf"(?P<n>{NUMBER}) {PEOPLE} (?:were )?(?:\w+ )?in each of the (?:[\w()-]+ ){{1,4}}and (?:[\w()-]+ ){{1,4}}(?:groups|arms)\b"
)


def _equal_groups(reading: Reading) -> CountFact | None:
    two = next((hit for hit in reading.hits(_IN_EACH_OF_TWO) if hit.zone not in _SILENT), None)
    if two and (each_of_two := value_of(two.match["n"])):
        return CountFact(value=2 * each_of_two, spans=(two.span,))
    each = next((hit for hit in reading.hits(_IN_EACH) if hit.zone not in _SILENT), None)
    groups = next((hit for hit in reading.hits(_GROUP_COUNT) if hit.zone not in _SILENT), None)
    size = value_of(each.match["n"] or each.match["m"]) if each else None
    if not each or not groups or not size:
        return None
    return CountFact(value=size * (value_of(groups.match["groups"]) or 1), spans=(each.span, groups.span))


def _named_groups(reading: Reading) -> CountFact | None:
    hits = (*reading.hits(_NAMED_GROUP), *reading.hits(_COUNTED_ARM))
    found = {hit.match["name"]: hit for hit in hits if hit.zone not in _SILENT}
    if not 2 <= len(found) <= 4:
        return _equal_groups(reading)
    total = sum(value_of(hit.match["n"]) or 0 for hit in found.values())
    return CountFact(value=total, spans=tuple(hit.span for hit in found.values()))


def _included(number: _Number) -> _Count | None:
    low, last = number.passage.low, number.sentence.end
    before = number.before(60)
    if _REPORTED_IN.search(before):
        return None
    counted = _STUDIES_COUNTED.match(low, number.end, last)
    if counted:
        return _studies(number, counted, before)
    if re.search(STUDIES, before) and _BARE_STUDIES.match(low, number.end, last):
        return number.count(8.5, number.end)
    kept = low[number.end : number.end + 1] in {".", ";"} and _KEPT_ONLY.search(before)
    if (kept and low.search(_SCREENED, number.sentence.start, number.start)) or _PART_OF_STUDIES.match(
        low, number.end, last
    ):
        return number.count(8.5, number.end)
    return number.count(5, number.end) if _NUMBER_OF_STUDIES.search(before) else None


def _studies(number: _Number, counted: re.Match[str], before: str) -> _Count | None:
    low, last = number.passage.low, number.sentence.end
    if told := _TOLD_IN.match(low, number.end, last):
        return number.count(9.5, told.end(), value_of(told["m"]))
    taken_before = _STUDIES_TAKEN_BEFORE.search(before)
    if _SHOWED.match(low, counted.end(), last) and not taken_before and not _ALL_BEFORE.search(before):
        return None
    total, end = _kinds_of_studies(number, counted)
    taken = _STUDIES_TAKEN_AFTER.match(low, end, last)
    if taken and _OF_SO_MANY.search(before) and "included" not in counted.group() and _KEPT.search(taken.group()):
        return None
    if (number.is_no_count and not _NUMBER_OF_STUDIES.search(before)) or _were_only_found(number, counted, taken):
        return None
    if taken and not re.search(r"\d", _without_brackets(taken.group())):
        rank = 9
    else:
        rank = 8 if taken_before else 6 if total > 1 else 3
    return number.count(rank - 4 if number.in_brackets else rank, end, total)


def _were_only_found(number: _Number, counted: re.Match[str], taken: re.Match[str] | None) -> bool:
    low = number.passage.low
    if _FOUND.match(low, counted.end()):
        return True
    if not _SCREENED.search(counted.group()) or _INCLUDED_BEFORE.search(number.before(40)):
        return False
    if not taken or not _KEPT.search(taken.group()):
        return True
    return bool(_NUMBER.search(_without_brackets(low[counted.end() : taken.end()])))


def _without_brackets(text: str) -> str:
    return re.sub(r"\([^()]*\)", "", text)


#: Screened so many and included nine: the word is not said twice.
_KEPT_ONLY = Ending(r"\b(?:included|retained|selected) ")
_FOUND = re.compile(r" (?:identified|screened|retrieved|found)\b")
_INCLUDED_BEFORE = Ending(r"\b(?:included|includes|comprised|comprises|synthesi[sz]ed) (?:a total of |data from )?")
_KEPT = re.compile(r"includ|eligib")
#: Fifteen reports of twelve trials are twelve.
_TOLD_IN = re.compile(
    rf" (?:[\w-]+,? ){{0,4}}?(?:articles|reports|publications|papers|records|manuscripts)(?:,? (?:were |met )?(?:the )?(?:[\w-]+ ){{0,3}}?(?:included|retained|selected|criteria))?,? (?:(?:that |which )?(?:report(?:ed|ing)(?: on)?|correspond(?:ed|ing) to|describ(?:ed|ing)|represent(?:ed|ing)|cover(?:ed|ing)|presenting)|of|from|on)(?: data from| results of| a total of)? (?P<m>{NUMBER}) (?:[\w-]+ ){{0,4}}?(?:studies|trials|rcts)\b"
)
#: Two studies showed: a few of those included.
_SHOWED = re.compile(
    r",? (?:have |has |also |both ){0,2}(?:showed|shown|found no|demonstrated|suggest(?:ed)?|indicated|support(?:ed)?|observed|failed)\b"
)
_ALL_BEFORE = Ending(r"\ball (?:of )?(?:the |these |our )?(?:[a-z]+ )?")
#: Nine of 340 studies were included; the greater number is that of the studies found.
_OF_SO_MANY = Ending(rf"{NUMBER} (?:out )?of (?:the |these )?")
_PART_OF_STUDIES = re.compile(
    rf" (?:out )?of (?:the |these )?{NUMBER} (?:(?!included)[\w-]+ ){{0,4}}?{STUDIES} (?:were |was )?(?:included|eligible|selected|retained|(?:met|fulfilled) (?:[\w-]+ ){{0,3}}criteria)\b"
)
#: Twelve trials in 15 publications are twelve.
_IN_REPORTS = re.compile(
    rf" (?:reported |published |described )?in {NUMBER} (?:publications|reports|articles|papers)\b"
)
_REPORTED_IN = Ending(r"\b(?:studies|trials|rcts) (?:reported |published |described )?in ")
#: The number of studies as a sign: k = 9, studies (n = 12).
_NUMBER_OF_STUDIES = re.compile(rf"\bk ?= ?$|{STUDIES},? [(\[]n ?= ?$")
#: Studies named kind by kind: five trials, three cohorts and two case series.
_NEXT_KIND = re.compile(
    rf"(?:, and|,| and| plus) (?P<m>{NUMBER}) (?!(?:were|was|had|met)\b){_STUDY_FILL}(?:{STUDIES}|study|trial|rct|cohorts?(?! stud)|case series)\b"
)


def _kinds_of_studies(number: _Number, counted: re.Match[str]) -> tuple[int, int]:
    """The sum of the studies that a list names kind by kind, and where it ends; those found are not of its kinds."""
    low, last = number.passage.low, number.sentence.end
    total, end = number.value, counted.end()
    found = _SCREENED.search(counted.group()) or number.before(10).endswith(("of ", "of the ", "of these "))
    while not found and (match := _NEXT_KIND.match(low, end, last)):
        total, end = total + (value_of(match["m"]) or 0), match.end()
    reports = _IN_REPORTS.match(low, end, last)
    return total, reports.end() if reports else end


def _covered(number: _Number) -> _Count | None:
    """People in all studies of a review together; those of one study among several do not count."""
    low, last = number.passage.low, number.sentence.end
    before = number.before(90)
    counted = _COUNTED.match(low, number.end, last)
    total = _PEOPLE_TOTAL.search(before)
    sign = bool(total and total.group().startswith("n") and not _N_OF_PEOPLE.search(before))
    if sign and not counted:
        total = None
    of_one_outcome = number.in_brackets and _ESTIMATE.match(low, number.end, last)
    if of_one_outcome or number.value < 10 or (number.is_no_count and not total):
        return None
    if total and (counted or low[number.end : number.end + 1] in ").,;"):
        if re.search(rf"^ {_STUDY_FILL}{STUDIES}", low[number.end : number.end + 60]):
            return None
        return number.count(9 if counted and not sign else 6, counted.end() if counted else number.end)
    return _people_covered(number, counted, before) if counted else None


def _people_covered(number: _Number, counted: re.Match[str], before: str) -> _Count | None:
    low, last = number.passage.low, number.sentence.end
    in_studies = _PEOPLE_IN_STUDIES.search(before)
    if arms := _covered_arms(number, counted):
        return number.count(8.5 if in_studies else 6.5, arms[1], arms[0])
    if _PART_AFTER.match(low, counted.end(), last) or (_SHARE_BEFORE.search(before) and not in_studies):
        return None
    return number.count(8 if in_studies else 6, counted.end())


#: People of one outcome: their number stands beside its estimate.
_ESTIMATE = re.compile(
    r"[^()]{0,40}?\b(?:rr|or|smd|md|wmd|hr|ci|i2|i²|g|d|p) ?[=<:≤]|[^()]{0,40}?(?:\b(?:rr|or|smd|md|wmd|hr|g|d|ci) [-−]?\d|\d ?% ?ci)"
)
#: Arms of a review: 455 patients in the ketamine group and 430 in the control group; 669 patients and 619 controls.
_COVERED_ARMS = re.compile(
    rf"(?: \([^)]*\))?(?: [\w-]+){{0,6}}?,? (?:and|versus|vs\.?) (?P<m>{NUMBER})(?: (?:[\w-]+ ){{0,2}}(?:controls|comparisons|comparators)\b|(?: {PEOPLE})? (?:in|on|with|to|receiving|received|treated|given|assigned|allocated|randomi[sz]ed)\b(?! (?:the )?(?:meta|analys|quanti|quali)))"
)


def _covered_arms(number: _Number, counted: re.Match[str]) -> tuple[int, int] | None:
    """The sum of two arms of all studies, and where the second ends; arms of very unlike size are none."""
    other = _COVERED_ARMS.match(number.passage.low, counted.end(), number.sentence.end)
    second = value_of(other["m"]) if other else None
    if not other or not second or not 1 / 4 < second / number.value < 4:
        return None
    return number.value + second, other.end()


_SINGULAR = re.compile(
    r"\b(?:a|an|the|this|one|our|single) (?:[\w'-]+[ ,]+){0,6}?(?:patient|woman|man|male|female|girl|boy|veteran|lady|gentleman|individual|adolescent|case report|case)\b(?!s| (?:series|study|studies))"
)
_MANY_CASES = re.compile(
    rf"\bcase series\b|\b(?:{NUMBER}) {_FILL}(?:patients|cases|women|men|individuals|adolescents|subjects|veterans|participants)\b|\bcases\b"
)


def _many_cases(reading: Reading) -> bool:
    return any(
        hit.zone not in _SILENT and not hit.match.group().startswith(("one ", "1 "))
        for hit in reading.hits(_MANY_CASES)
    )


def _single_case(reading: Reading) -> CountFact | None:
    hits = (*reading.hits(_SINGULAR), *reading.hits(_OF_AN_AGE))
    hit = next((hit for hit in hits if hit.zone not in {"background", "conclusion"}), None)
    return CountFact(value=1, spans=(hit.span,)) if hit else None


_OF_AN_AGE = re.compile(r"\ban? \d{2}[- ]year[- ]old\b")
