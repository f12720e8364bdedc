"""Who was studied: conditions and age groups.

A condition counts when the title names it or when words such as "patients with" bind it to those studied; a mention in
the background does not.

Adults: abstracts name minors whenever minors were studied and often leave adults unnamed. So the words for those
studied ("patients with TRD", "healthy volunteers") are read as adults where no other age is named; the span shows
exactly these words, so that a reader sees what the value rests on. Held against MeSH's check tags, hidden from the
program for the purpose: of 269 development records read so, none lacked a tag for adults. A text that names no people
has no age group, and neither has a review that states none.
"""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator import lexicon
from aggregator.evidence.design import SECOND_HAND
from aggregator.evidence.places import Ending, Sought
from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.wordings import wordings
from aggregator.summary import DesignFact, Fact, Span

#: Conditions with the words for them, in lower case.
CONDITIONS = lexicon.patterns("conditions")
_PEOPLE = (
    r"(?:patients?|participants?|subjects?|individuals?|adults?|adolescents?|volunteers?|women|men|veterans?|people|persons?|"
    r"outpatients?|inpatients?|youths?|children|cases?|sample|population|survivors|parturients|mothers|volunteer|woman|man|group|those|controls?|members|personnel|workers|students|firefighters|nurses|physicians|drinkers)"
)
#: Words before a condition that bind it to those who were studied.
_BOUND_BEFORE = re.compile(
    rf"\b{_PEOPLE}\b(?:[^.;]{{0,70}})\b(?:with|who (?:had|have|met)|suffering|diagnosed|experiencing|affected|having|meeting|in)\b[^.;]{{0,80}}$"
    r"|\b(?:diagnos\w+|suffering from|comorbid|treatment of|treating|for the treatment of|therapy (?:for|of|in)|management of|treated for|efficacy (?:of .{0,40})?(?:in|for)|criteria for|episodes? of|history of)\s+(?:[\w-]+[ ,]+){0,4}$"
    r"|\b(?:with|in|of|and|\d+|for)\s(?:[\w/-]+[ ,]+){0,4}$"
)
_BOUND_AFTER = re.compile(rf"^[^.;,]{{0,25}}\b{_PEOPLE}\b|^\s*\((?:n ?=|[a-z][a-z0-9-]{{1,7}}\))")
_STRONG_BEFORE = re.compile(
    rf"\b{_PEOPLE}\b(?:[^.;]{{0,60}})\b(?:with|suffering|diagnosed|experiencing|affected by|having|meeting|who (?:had|have|met))\b[^.;]{{0,80}}$"
    r"|\b(?:diagnos\w+|suffering from|treated for|criteria for|comorbid)\s+(?:[\w-]+[ ,]+){0,4}$"
)
_NOT_STUDIED = Sought(
    r"\b(?:without|no\b|history of|except|excluding|exclusion of|absence of|models? of|not\b|free of|(?:risk|rates?|incidence|prevention|preventing|prevent|development|emergence|induc\w+) (?:of|for)?)\s*(?:[\w-]+ ){0,3}$|\bnon-?$|(?:severity|scale|rating|inventory|score|screen\w*|assess\w*|measured?|measures)\s(?!in |among )(?:[\w-]+ ){0,2}$"
)
#: What a title says is to be prevented is what the study is about.
_PREVENTED = re.compile(r"\bprevent(?:ion of|ing|s)? (?:[\w-]+ ){0,3}$")
_SCALE_AFTER = re.compile(
    r"^\s*(?:[\w-]+ ){0,2}(?:rating|scale|inventory|questionnaire|score|severity (?:rating|scale)|item|checklist|subscale|screen|status)|^-?\s?(?:like|induced)\b"
)
_LIKENESS = re.compile(
    r"^[- ]?(?:like|relevant|related|induced|mimetic|spectrum symptoms)\b|^ (?:model|symptoms? in healthy)"
)

#: Words for age groups; what undoes them stands in the table.
AGES = tuple(wordings("ages").values())
#: MeSH check tags (https://www.nlm.nih.gov/bsd/indexing/training/CHK_010.html) as age groups.
MESH_AGES = {
    "Child": "child",
    "Child, Preschool": "child",
    "Infant": "child",
    "Adolescent": "adolescent",
    "Adult": "adult",
    "Young Adult": "adult",
    "Middle Aged": "adult",
    "Aged": "older-adult",
    "Aged, 80 and over": "older-adult",
}
_YEARS = re.compile(
    r"\b(?:aged?|ages|age[- ]range|between|range[ds]?|years?)\b[^.;]{0,22}?\b(?P<low>\d{1,2})\s?(?:-|to|and|through|years to|years and)\s?(?P<high>\d{2})\b(?!(?:[.,]\d+)?\s?(?:mg|µg|kg|ml|ng|%|min|h\b|hours|days|weeks|months))"
    r"|\b(?<![.±])(?P<low2>\d{1,2})\s?(?:-|to)\s?(?P<high2>\d{2})[- ]?(?:years?|yrs?|y)\b"
)
#: Years that something lasted, or that lie between two things; "of age" and "old" speak of people.
_LASTED_BEFORE = Ending(
    r"\b(?:for|over|during|after|within|past|last|next|every|spanning|lasting|(?:illness|education|use|duration|experience|follow-up|history)(?: (?:of|was|were|ranged|ranging|from|:|=))*)(?: (?:about|the|a|up to))? "
)
_LASTED = re.compile(
    r" (?:of (?!age\b)|follow|history|period|ago\b|later\b|earlier\b|after\b|before\b|in (?:duration|length)|experience|duration|illness)"
)
_OLDER_THAN = re.compile(
    r"(?:\baged?|\bages|\bage of|\bage)\W{0,3}(?:≥|>=?|at least|over|above|from|older than)\s*(?P<age>\d{2})\b"
    r"|(?:≥|>=?|\bover|\bolder than|\babove|\bat least) ?(?P<age2>\d{2}) ?(?:years|yrs|y)\b(?! (?:of (?!age)|follow|history|ago|later))"
    r"|\b(?P<age3>\d{2})(?: ?(?:years|yrs|y))?(?: of age| old)?,? (?:or|and) (?:older|over|above)\b"
    r"|\b(?:men|women|people|adults|persons|individuals|veterans) (?:≥|>=?|over|older than|above) ?(?P<age4>[5-9]\d)\b(?! ?(?:%|kg|mg|min|h\b|hours|days|weeks|months|sites|centers|centres))"
)
_YOUNGER_THAN = re.compile(
    r"\b(?:aged?|ages|age) (?:<|under|below|less than|up to) ?(?P<age>18|1[0-4]|[3-9])\b|(?:<|\bunder|\bbelow|\byounger than) ?(?:the age of )?18 (?:years|yrs|y)\b|\bunder the age of (?P<age2>18|1[0-4]|[3-9])\b"
    r"|\b(?:younger than|(?:patients|children|participants|those|individuals|people) (?:<|under|below)) ?(?P<age3>1[0-4]|[3-9]) (?:years|yrs|y)\b"
)
_SPREAD = r"(?:[.,]\d+)? ?(?:±|\+/-) ?\d+(?:[.,]\d+)?"
_MEAN_AGE = re.compile(
    r"\b(?:mean|average|median)(?: \((?:sd|standard deviation|range)[^)]*\)| \[[^\]]*\])? ?(?:patient )?age(?!,? (?:at|of) (?:[\w-]+ ){0,2}?(?:onset|first|diagnosis|initiation|debut|start))(?: of \w+| at \w+)?[^.;\d]{0,30}?(?P<age>\d{2}|(?<!\d)\d(?=(?:[.,]\d+)? ?(?:±|\+/-|years|yrs)))(?:[.,]\d+)?|\baged? (?P<age2>\d{2})(?:[.,]\d+)? ?(?:±|\+/-|\()"
    rf"|\b(?<![.,±-])(?<!± )(?<! to )(?<!over )(?<!than )(?<!above )(?<!under )(?<!below )(?P<age3>\d{{2}})(?:{_SPREAD}|[.,]\d+)? years (?:old|of age)\b(?!,? (?:or|and) (?:older|over|above))|\b(?:m|mean) ?age ?= ?(?P<age4>\d{{2}})"
)
#: The age at which an illness began is not that of those studied.
_BEGAN = Ending(
    r"\b(?:onset|began|begun|started|first|since|before|until|diagnosed|from)(?: (?:at|of|before|by|use|was|the|age|drinking)){0,3} "
)
#: People whose name says that they are grown up.
_ADULT_PEOPLE = re.compile(
    r"\b(?:veterans?|service members|women|men|parturients|mothers|pregnant|puerpera\w*|postpartum|medical students|university students|college students|undergraduates|postmenopausal)\b"
)
PEOPLE_STUDIED = re.compile(
    r"\b(?:patients?|participants?|volunteers?|subjects|inpatients?|outpatients?|individuals|users|respondents|persons|people|controls|smokers|males?|females?|students|man|woman)\b"
)


#: People around an operation: it is why they are treated.
_OPERATED = re.compile(
    r"\b(?:patients?|children|women|adults|parturients|mothers|individuals|participants) (?:[\w-]+ ){0,5}?(?:undergoing|scheduled (?:for|to)|who underwent|who had|receiving|having|after|with) (?:[\w-]+ ){0,6}?(?:surger(?:y|ies)|c(?:a?e)sar[ei]an|\w{3,}scop(?:y|ies|ic)|\w{3,}ectomy|arthroplasty|an(?:a?e)sthesia|resection|replacement|curettage|thoracotomy|craniotomy|operations?)\b"
    r"|\b(?:surgical|perioperative|postoperative) (?:patients|children)\b|\bpost-?operative (?:[\w-]+ )?depress\w+"
)
#: People who take drugs by themselves.
_TAKES_DRUGS = re.compile(
    r"\b(?:club|party|recreational|illicit|psychedelic) drugs? (?:use|users|abuse)\b|\brecreational (?:drug |poly-?drug )?(?:use|users)\b|\bpoly-?drug users\b|\busers of (?:recreational |illicit )?ketamine\b|\b(?:use|used|using) (?:of )?(?:[\w-]+,? (?:and )?){0,4}(?:psychedelics|club drugs|party drugs|hallucinogens|mdma|ecstasy)\b|\bhallucinogen (?:use|misuse|users)\b|\bchemsex\b|\billicit drugs?\b|\b(?:nightclub|festival|dance event|rave)[- ]?(?:/[\w-]+ )?(?:attendees|attending|goers)"
)
#: Words that show patients with schizophrenia; in challenge studies of healthy people it is only the model.
_WITH_SCHIZOPHRENIA = re.compile(
    r"\b(?:patients|individuals|people|participants|subjects|volunteers|persons|men|inpatients|outpatients) (?:diagnosed )?with (?:[\w-]+ ){0,3}schizo|\bschizophreni[ca]\w* (?:patients|volunteers|subjects|individuals|group|probands)|\b(?:neuroleptic-free|medicated|chronic) schizophreni"
)
#: Words by which healthy people are held against what others found in patients.
_ALIKE = re.compile(
    r"\b(?:similar|reports?|reported|observed|seen|found|described|known|deficits?|deviations?|mimic\w*|resembl\w*|reminiscent|parallel\w*|like)\b[^.;]{0,60}$"
)
#: Conditions that kept people out of a study.
_KEPT_OUT = Sought(r"\bexclu(?:ded|ding|sion criteria (?:were|included)|sion of)\b[^.;]{0,90}$")
_WERE_KEPT_OUT = Sought(r"[^.;]{0,70}\b(?:were|was|being) (?:excluded|ineligible|not eligible|exclusion criteria)\b")
#: In a title, what comes behind these is what was measured.
_MEASURED = re.compile(
    r"\b(?:effects? (?:of [^,:;]{3,60} )?on|resolution of|improvements? in|changes? in|correlates of|reduc\w+ (?:in|of)?|associat\w+ with|impact (?:of [^,:;]{3,60} )?on) (?:[\w-]+ ){0,3}$"
)


def conditions_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """What those studied have, in the vocabulary's order; of animals nothing."""
    if design.value == "preclinical":
        return ()
    found: dict[str, list[Span]] = {}
    for value, pattern in CONDITIONS:
        spans = _studied(reading, value, pattern)
        if spans:
            found[value] = spans
    if "other" not in found and (spans := _of_study(reading, _OPERATED)):
        found["other"] = spans
    if "substance-use" not in found and (spans := _of_study(reading, _TAKES_DRUGS)):
        found["substance-use"] = spans
    if {"healthy-volunteers", "schizophrenia"} <= found.keys() and not _have_schizophrenia(reading):
        del found["schizophrenia"]
    _settle(found, reading.low)
    return tuple(Fact(value=value, spans=tuple(spans)) for value, spans in found.items())


def _have_schizophrenia(reading: Reading) -> bool:
    """Whether patients took part; what healthy people were like is none."""
    return any(
        hit.zone != "conclusion" and not _ALIKE.search(hit.before(90)) for hit in reading.hits(_WITH_SCHIZOPHRENIA)
    )


def _of_study(reading: Reading, pattern: re.Pattern[str]) -> list[Span]:
    return [
        hit.span
        for hit in reading.hits(pattern)
        if hit.zone in {"title", "objective", "methods", "open"} or (hit.zone == "background" and hit.beside(AIM))
    ][:3]


def _studied(reading: Reading, value: str, pattern: re.Pattern[str]) -> list[Span]:
    title: list[Span] = []
    strong: list[Span] = []
    weak: list[Span] = []
    for hit in reading.hits(pattern):
        before, after = hit.before(110), hit.after(40)
        if (not hit.in_title and _is_aside(hit, value)) or _is_no_condition(hit, value, before, after):
            continue
        if hit.in_title:
            if hit.match.group() != "anxiety" or _FOR.search(before):
                title.append(hit.span)
        elif value == "healthy-volunteers" or _is_theirs(hit, before, after):
            if hit.zone != "conclusion" or value not in _CONCLUDED:
                strong.append(hit.span)
        elif hit.zone in {"objective", "methods", "results", "open"} and _BOUND_BEFORE.search(before):
            weak.append(hit.span)
    if value in _WEAK_COUNTS:
        return (title + strong + weak)[:6] if title or strong or len(weak) >= 2 else []
    return (title + strong)[:6]


#: What a conclusion speaks of without people who were studied for it: what got better, what was seen in healthy people.
_CONCLUDED = frozenset({"healthy-volunteers", "anxiety", "suicidality", "pain"})


def _is_theirs(hit: Hit, before: str, after: str) -> bool:
    """Whether the words around a condition, or its own, bind it to people: "depressed patients", "PTSD (12%)"."""
    if _STRONG_BEFORE.search(before) or _BOUND_AFTER.match(after) or _NAMES_PEOPLE.search(hit.match.group()):
        return True
    return bool(_COUNTED_AFTER.match(after) and hit.beside(_DIAGNOSED))


#: Wordings that name the people as well.
_NAMES_PEOPLE = re.compile(rf" {_PEOPLE}$")
#: How many of those studied had it, in a sentence on their diagnoses.
_COUNTED_AFTER = re.compile(r",? ?[(\[]?(?:n ?= ?\d|\d+(?:\.\d+)? ?%)")
_DIAGNOSED = re.compile(r"\bdiagnos|\bsample \(|\bhad (?:mdd|major|bipolar|ptsd|unipolar)\b")


def _is_no_condition(hit: Hit, value: str, before: str, after: str) -> bool:
    """Words for a condition that nobody has who was studied: one that was ruled out, a scale's name, a likeness."""
    if _KEPT_OUT.search(before) or _WERE_KEPT_OUT.match(hit.after(90)):
        return True
    if _NOT_STUDIED.search(before) and not (hit.in_title and _PREVENTED.search(before)):
        return True
    if value == "depression" and _AFTER_SURGERY.search(before):
        return True
    measured = hit.in_title and value in {"suicidality", "anxiety"} and _MEASURED.search(before)
    if measured and not _PEOPLE_FOLLOW.match(after):
        return True
    return bool(_SCALE_AFTER.match(after) or _LIKENESS.match(after))


#: Suicidal, low-spirited inpatients: who is called so has it.
_PEOPLE_FOLLOW = re.compile(rf"[\w, -]{{0,30}}\b{_PEOPLE}\b")
#: Low mood that is looked for after an operation is nothing that those operated on have.
_AFTER_SURGERY = re.compile(r"\bpost-?(?:operative|surgical) (?:[\w-]+ )?$")


def _is_aside(hit: Hit, value: str) -> bool:
    """A mention in the background, save where the aim is stated; an adverse event; why one was admitted."""
    if hit.zone == "registration" or (hit.zone == "background" and not hit.beside(AIM)):
        return True
    before = hit.before(90)
    return bool(_AS_HARM.search(before) or (value == "suicidality" and _ON_ADMISSION.search(before)))


AIM = re.compile(
    r"\bwe (?:\w+ )?(?:examin|investigat|test|studied|study|compar|assess|evaluat|explor|sought|aim|conduct|determin|hypothes|report|describe|present)|\b(?:this|the present|the current|our) (?:[\w-]+ ){0,3}(?:study|trial|review|analysis|report) |\baimed? (?:to|of|was)\b"
)
_AS_HARM = Sought(
    r"\b(?:adverse (?:events?|effects?|reactions?)|side[- ]effects?)\b[^.;]{0,60}$|\bemergent (?:[\w-]+ )?$"
)
_ON_ADMISSION = re.compile(
    r"\b(?:admitted|presented|presenting|hospitali[sz]ed)\b[^.;]{0,30}$|\bworsening (?:[\w-]+ )?$"
)

_FOR = re.compile(r"\b(?:for|of|in|with|treating|refractory|resistant|depression,?(?: and)?) (?:[\w-]+ ){0,1}$")
#: Conditions whose words seldom stand for anything but the condition studied.
_WEAK_COUNTS = frozenset({"depression", "bipolar", "ptsd", "ocd", "social-anxiety", "panic", "generalized-anxiety"})


def _settle(found: dict[str, list[Span]], low: str) -> None:
    """Readings that exclude each other: bipolar depression is depression too; a named anxiety disorder is not "anxiety"."""
    if "bipolar" in found and "depression" not in found and "depress" in low:
        found["depression"] = list(found["bipolar"])
    if any(name in found for name in ("social-anxiety", "generalized-anxiety", "panic")):
        found.pop("anxiety", None)
    order = [value for value, _ in CONDITIONS]
    for value in sorted(found, key=order.index):
        found[value] = found.pop(value)


def age_groups_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """Age groups studied, in the vocabulary's order; empty for studies without people."""
    if design.value == "preclinical":
        return ()
    found = _stated_ages(reading)
    if design.value in SECOND_HAND:
        found = {
            value: kept for value, spans in found.items() if (kept := [s for s in spans if _is_question(reading, s)])
        }
    if not found and design.value == "case-report":
        found = _of_the_patient(reading)
    if not found:
        tagged = dict.fromkeys(
            MESH_AGES[heading.descriptor] for heading in reading.citation.mesh if heading.descriptor in MESH_AGES
        )
        words = _adult_people(reading, design)
        only_minors = bool(tagged) and "adult" not in tagged and "older-adult" not in tagged
        return (Fact(value="adult", spans=words),) if words and not only_minors else ()
    return tuple(Fact(value=value, spans=tuple(found[value][:4])) for value in _AGE_ORDER if value in found)


#: A report of one patient may tell the age where an abstract of a study would still tell what is known.
_PATIENTS_AGE = re.compile(
    r"\b(?<![-\u2013.])(?P<age>\d{1,2})[- ]years?[- ]old (?:\w+ ){0,2}?(?:man|woman|boy|girl|male|female|patient|veteran|lady|gentleman|mother|student)\b"
)


def _of_the_patient(reading: Reading) -> dict[str, list[Span]]:
    hits = (hit for hit in reading.hits(_PATIENTS_AGE) if hit.zone != "registration")
    return {_group_of(int(hit.match["age"])): [hit.span] for hit in hits}


def _is_question(reading: Reading, span: Span) -> bool:
    """Whether words stand where a review asks its question: whom its studies had is told in passing elsewhere."""
    return reading.of(span)[1].zone in {"title", "objective"}


_AGE_ORDER = ("child", "adolescent", "adult", "older-adult")


def _stated_ages(reading: Reading) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for value, hit in (*_named_ages(reading), *_numbered_ages(reading)):
        found.setdefault(value, []).append(hit.span)
    return found


def _named_ages(reading: Reading) -> Iterator[tuple[str, Hit]]:
    of_minors = any(reading.in_title(wording.pattern) for wording in AGES if wording.means in _MINORS)
    for wording in AGES:
        # a title that names minors alone tells who was studied; what is known of adults stands beside it
        beside = of_minors and wording.means not in _MINORS and not reading.in_title(wording.pattern)
        for hit in wording.hits(reading):
            if not beside or _TOGETHER_WITH.search(hit.before(20)):
                yield wording.means, hit


_MINORS = frozenset({"child", "adolescent"})
_TOGETHER_WITH = Ending(r"\b(?:adolescents?|youths?|teenagers|children),? (?:and|to|&) (?:young )?")


def _numbered_ages(reading: Reading) -> Iterator[tuple[str, Hit]]:
    for hit in _figures(reading, _YEARS):
        low = int(hit.match["low"] or hit.match["low2"])
        high = int(hit.match["high"] or hit.match["high2"])
        if 3 <= low < high and _is_of_ages(hit):
            yield from ((value, hit) for value in _groups_between(low, high))
    for hit in _figures(reading, _MEAN_AGE):
        yield _group_of(_first_number(hit)), hit
    for hit in _figures(reading, _OLDER_THAN):
        if (age := _first_number(hit)) >= _GROWN:
            yield _group_of(age + 5), hit  # whoever is over 60 is older than 60
    for hit in _figures(reading, _YOUNGER_THAN):
        yield "child", hit
        if "18" in hit.match.group():
            yield "adolescent", hit


def _figures(reading: Reading, pattern: re.Pattern[str]) -> Iterator[Hit]:
    """Ages in figures, but for those that kept people out and those at which an illness began."""
    for hit in reading.hits(pattern):
        if hit.zone in _ASIDE:
            continue
        before = hit.before(60)
        if not (_BEGAN.search(before) or _KEPT_OUT.search(before) or _WERE_KEPT_OUT.match(hit.after(90))):
            yield hit


def _first_number(hit: Hit) -> int:
    return int(next(group for group in hit.match.groups() if group))


def _is_of_ages(hit: Hit) -> bool:
    """Whether a range of numbers is one of ages: scores and sessions range from 12 to 34 too."""
    if hit.match.group().startswith("age"):
        return True
    told = hit.match["low2"] or _YEARS_BEHIND.match(hit.after(12)) or _AGES_BEFORE.search(hit.match.group())
    return not _is_stretch(hit) and bool(told or _AGES_BEFORE.search(hit.before(40)))


_YEARS_BEHIND = re.compile(r"[- ]?(?:years?|yrs?|y)\b")
_AGES_BEFORE = re.compile(r"\b(?:aged?|ages|years?|yrs)\b")


def _is_stretch(hit: Hit) -> bool:
    return bool(_LASTED_BEFORE.search(hit.before(60)) or _LASTED.match(hit.after(20)))


#: The age from which on the law calls people grown up in one country or another.
_GROWN = 16
_ASIDE = frozenset({"background", "registration"})


def _groups_between(low: int, high: int) -> list[str]:
    groups = []
    if low < 12:
        groups.append("child")
    if low < 17 and high > 12:
        groups.append("adolescent")
    if high >= 19 and low < 60:
        groups.append("adult")
    if low >= 55:
        groups.append("older-adult")
    return groups


def _group_of(age: int) -> str:
    return "child" if age < 12 else "adolescent" if age < 18 else "adult" if age < 65 else "older-adult"


def _adult_people(reading: Reading, design: DesignFact) -> tuple[Span, ...]:
    """The words for those studied, where nothing says that they are not grown up."""
    if design.value in SECOND_HAND:
        return ()
    for pattern in (_ADULT_PEOPLE, PEOPLE_STUDIED):
        for hit in reading.hits(pattern):
            if hit.zone not in {"background", "conclusion", "registration"}:
                return (hit.span,)
    return ()
