"""How it was measured and what harmed: rating scales and adverse effects that were reported."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aggregator import lexicon
from aggregator.evidence.places import Ending, Text
from aggregator.evidence.text import Hit, Passage, Reading
from aggregator.summary import DesignFact, Fact, Span


@dataclass(frozen=True, slots=True)
class Scale:
    """A rating scale: the name it goes by, how it is printed, and what tells it from its namesakes."""

    name: str
    printed: re.Pattern[str]
    words: re.Pattern[str]
    #: The acronym counts only where the record spells the name as well.
    spelt: bool
    unless: re.Pattern[str] | None


def _scale(name: str, entry: dict[str, Any]) -> Scale:
    unless = entry.get("unless")
    return Scale(
        name,
        re.compile(lexicon.acronym_pattern(entry["printed"])),
        re.compile(lexicon.pattern_of(entry["words"])),
        entry.get("spelt", False),
        re.compile(lexicon.pattern_of(unless)) if unless else None,
    )


SCALES = tuple(_scale(name, entry) for name, entry in lexicon.table("scales").items())
#: Patterns with the places of their scales in the table; a scale may go without acronym or without name.
_PRINTED = tuple(index for index, entry in enumerate(lexicon.table("scales").values()) if entry["printed"])
_WORDED = tuple(index for index, entry in enumerate(lexicon.table("scales").values()) if entry["words"])
_ACRONYMS = tuple(SCALES[index].printed for index in _PRINTED)
_NAMES = tuple(SCALES[index].words for index in _WORDED)
#: A scale that the table does not know, by its full name and its acronym: "Nursing Delirium Screening Scale (Nu-DESC)".
_SCALE_NOUN = (
    r"(?:Scales?|Inventory|Questionnaire|Checklist|(?:Severity|Quality|Symptom|Problem|Disability|Distress|Well-?[Bb]eing|Impairment|Experience) Index|Schedule"
    r"|Screen(?:er)?|(?<!Risk )(?<!Propensity )Score|Instrument|Measure|Interview|Assessment Method)"
)
#: "Bayley Scales (III)" numbers an edition.
_ACRONYM = r"(?P<{}>(?!I{{2,3}}\b|I?V\b|VI{{1,3}}\b)[A-Z][A-Za-z]*[A-Z][A-Za-z/]*(?:-?[A-Z\d]+){{0,2}})"
_UNLISTED = re.compile(
    rf"\b{_SCALE_NOUN}(?:[-, ]+(?:[Rr]evised|[Ss]hort [Ff]orm|\d+|[Vv]ersion|total|[Ss]cores?|for [A-Z][\w-]+)){{0,3}} ?[\[(]{_ACRONYM.format('acronym')}(?=[\]);,])"
    rf"|\bTest (?:of|for) [A-Z][\w -]{{3,40}} \({_ACRONYM.format('test')}(?=[\]);,])"
    r"|\b(?:scale|inventory|questionnaire|checklist)(?:[-, ]+(?:revised|short form|\d+|version)){0,2} ?[\[(](?P<small>[A-Z]{3,}[A-Za-z]*(?:-[A-Z\d]+){0,2})(?=[\]);,])"
)


#: The same the other way round, where the full name closes its bracket: "the ZISM (Zarvold Inner Speech Measure)".
_NAME_CLOSES = re.compile(rf"\b{_SCALE_NOUN}(?:[- ](?:[Rr]evised|[Ss]hort [Ff]orm|\d+))?\)")
_ACRONYM_BEFORE = Ending(rf"(?<![\w(-]){_ACRONYM.format('acronym')} \((?:the )?[A-Z][a-z]+[- ](?:[\w'-]+ ){{0,6}}")


#: Harms in the order of the table, with the words for them.
HARMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (value, re.compile(lexicon.pattern_of(entry["words"]))) for value, entry in lexicon.table("harms").items()
)
#: A sentence that speaks of harm at all.
HARM_SENTENCE = re.compile(
    r"\badverse\b|\bside[- ]effects?\b|\btolera\w+|\bsafety\b|\bteaes?\b|\baes?\b|\bharms?\b|\btoxicit\w+|\bsymptoms? (?:were|was) (?:transient|mild)|\btransient\w*|\bdissociat\w+|\bpsychotomimetic|\bcystitis|\bmisuse|\babuse|\bnnh\b|\bcommon (?:events|complaints)|\bcomplications?\b|\bincidence of (?:nausea|vomit|dizz|halluc)|\binduced (?:nausea|psychot|dissoc)|\bsuicide attempt|\bblood pressure (?:rose|increased|was (?:raised|elevated|above|over)|above|over|of \d)|\b(?:raised|elevated|increased) blood pressure"
)
#: Sentences that plan, measure, correlate or call for caution: what they name was not seen to happen.
_HARM_ASIDE = re.compile(
    r"\bfurther (?:[\w-]+ ){0,3}(?:research|stud|trial)|\bfuture\b|\b(?:is|are) (?:needed|warranted|required)\b|\bshould\b|\bmay be rare|\baim(?:s|ed)? (?:to|of|was)\b|\bwe (?:investigated|examined|assessed|sought|studied|hypothesi[sz]ed|evaluated|measured)|\bto (?:investigate|assess|compare|evaluate|determine|examine)\b|\boutcomes? (?:were|was|included?)\b|\bpotential (?:risks|harms)|\bcorrelat|\bpredict|\bassociations? between|\brelationships? between|\brelated to\b|\bketamine-like|\bdiscuss(?:es|ed)|\bself-ratings?\b|\btrait\b|\bbaseline\b|\bconcerns? (?:about|over|regarding)|\bclass(?:es)? of\b|\bmechanisms?\b|\bdiagnos(?:tic|ed)\b|\bpresented (?:to|with)\b|\bno (?:statistically )?(?:significant )?differences?\b|\b(?:were|was) (?:also )?(?:assessed|measured|recorded|evaluated|collected|monitored)\b(?! in (?:the )?(?:\w+ )?\d)"
)
#: What a sentence must also say for harms that are effects aimed at, symptoms of the illness or mere possibilities too.
_HAPPENED = re.compile(
    r"\badverse|\bside[- ]effects?|\bteaes?\b|\baes?\b|\btransient|\boccur|\bexperienced\b|\bcaused?\b|\binduc|\bnnh\b|\bresolved\b|\bassociated with\b|\bmore (?:common|frequent)|\bhigher (?:rates?|incidence|risks?)|\blower (?:rates?|incidence|risks?)|\bincidences? of\b|\bfrequent(?:ly)?\b|\bincreased?\b|\bsafety profile|\bcomplications?\b|\bemergent\b|\bdied\b|\bdeveloped\b|\breported\b|\bmost common|\bproduced\b|\bled to\b|\bsignificantly (?:higher|greater|more)\b|\brose\b|\b(?:above|over) \d|\b(?:recorded|seen|observed|noted) in (?:the )?(?:\w+ )?\d|\bdistressing\b"
)
_ADVERSE = re.compile(
    r"\badverse|\bside[- ]effects?|\bteaes?\b|\baes?\b|\bemergent\b|\bcomplications?\b|\bnnh\b|\bharms?\b"
)
#: Harms that need such words, by how plain these must be.
_NEEDS = {
    value: {"adverse": _ADVERSE, "happened": _HAPPENED}[entry["needs"]]
    for value, entry in lexicon.table("harms").items()
    if "needs" in entry
}
#: Other treatments: a sentence that names one and no ketamine tells of that one's harms.
_OF_ANOTHER = re.compile(
    r"\bpsilocybin|\bmdma\b|\blsd\b|\bayahuasca|\bauvelity|\bzuranolone|\bbrexanolone|\bbupropion|\bdexmedetomidine|\br?tms\b|\belectroconvulsive|\bect\b|\blithium|\bmemantine|\bpropofol|\bmidazolam (?:caused|produced)"
)
#: Words that deny a harm: nothing of the kind was seen.
_NO_HARM = re.compile(
    r"\b(?:no|without|absence of|not|nor|neither|never|free of|zero|none)\b[^.;,]{0,50}$|\bbut not\b[^.;]{0,50}$|\bnot observed\b[^.;]{0,60}$"
    r"|\b(?:improv\w+|greater|better|deep|deeper|adequate|ramsay|level of|depth of|quality of|efficacy of|nicotine|alcohol|opioid|low risk of|lower risks? (?:of|for)) $"
)
#: A denial that reaches over a list, and one that follows.
_LIST_DENIED = re.compile(
    r"\b(?:no cases? of|no (?:reports?|evidence|signs?|instances?|increased? \w+) of|not (?:identify|find|observe|see|cause|induce|increase)[^.;]{0,30}|free of)\b[^.;]{0,90}$"
)
_DENIED_BEHIND = re.compile(
    r"[^.;,]{0,15}\b(?:did not (?:occur|appear|develop|differ|increase)|was not (?:seen|observed|reported|noted)|were not (?:seen|observed|reported|noted)|never occurred|was absent|were absent)\b"
)
_RATED = re.compile(
    r"\b(?:rated|measured|assessed|scored|monitored|recorded)\b[^.;]{0,40}\b(?:for|with|by) (?:the )?(?:[\w-]+ ){0,2}$"
)
_HARM_UNLESS_SCALE = re.compile(
    r"^\s*(?:states? scale|symptoms? scale|scale|rating|inventory|questionnaire|anesthe|disorder|drugs?\b|anaesthe|scores? (?:were|was) (?:assessed|measured)|agents?)"
)


def scales_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """Rating scales by their usual acronym, in the order of the table; then those that the table does not know."""
    if design.value == "preclinical":
        return ()
    named: dict[int, list[Span]] = {}
    known = set()
    for index, start, end in _names(reading.low):
        known.add((start, end))
        passage, _ = reading.at(start)
        named.setdefault(index, []).append(passage.span(start, end))
    found: dict[int, list[Span]] = {index: list(spans) for index, spans in named.items()}
    for index, start, end in _acronyms(reading.plain):
        if SCALES[index].spelt and index not in named:
            continue
        known.add((start, end))
        passage, _ = reading.at(start)
        found.setdefault(index, []).append(passage.span(start, end))
    found = {index: spans for index, spans in found.items() if not _means_otherwise(SCALES[index], reading)}
    _same_scale_once(found)
    facts = [Fact(value=SCALES[index].name, spans=tuple(found[index][:8])) for index in sorted(found)]
    return (*facts, *_unlisted(reading, known))


def _unlisted(reading: Reading, known: set[tuple[int, int]]) -> Iterator[Fact]:
    """Scales that are no entry of the table but introduced by their full name, by the acronym that they are given."""
    seen = set()
    for hit, start, end in (*_introduced(reading), *_explained(reading)):
        acronym = reading.plain[start:end]
        if hit.zone in {"background", "registration"} or acronym in seen:
            continue
        if any(_is_another_name(reading.plain, place, start, end) for place in known):
            continue
        seen.add(acronym)
        yield Fact(value=acronym, spans=(hit.passage.span(start, end),))


#: Between the name of a scale and an acronym: what else belongs to that name, or the bracket that opens a name.
_GOES_ON = re.compile(r"[\w-]*(?: (?!and |or |the )[\w'-]+){0,3} ?[\[(]")
_OPENS_BRACKET = re.compile(r" [\[(](?:the )?(?:[\w'-]+ ){0,2}")


def _is_another_name(plain: Text, known: tuple[int, int], start: int, end: int) -> bool:
    """Whether an acronym is that of a scale of the table, itself or by the full name that stands beside it."""
    first, last = known
    if last <= start:
        return start - last < 60 and _GOES_ON.fullmatch(plain, last, start) is not None
    return first <= start or (first - end < 30 and _OPENS_BRACKET.fullmatch(plain, end, first) is not None)


def _introduced(reading: Reading) -> Iterator[tuple[Hit, int, int]]:
    """Acronyms in brackets behind the full name, with their places."""
    for hit in reading.hits(_UNLISTED, cased=True):
        name = next(name for name, acronym in hit.match.groupdict().items() if acronym)
        yield hit, *hit.match.span(name)


def _explained(reading: Reading) -> Iterator[tuple[Hit, int, int]]:
    """Acronyms before the full name in brackets, with their places."""
    for hit in reading.hits(_NAME_CLOSES, cased=True):
        begin = max(hit.sentence.start, hit.match.start() - 100)
        before = _ACRONYM_BEFORE.search(reading.plain[begin : hit.match.start()])
        if before:
            yield hit, begin + before.start("acronym"), begin + before.end("acronym")


def scale_places(passage: Passage, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Scales named between two offsets, with where they stand; an edition of CAPS or PCL goes by its own name."""
    for index, first, last in (*_acronyms(passage.plain, start, end), *_names(passage.low, start, end)):
        yield SCALES[index].name, first, last


def _names(low: Text, start: int = 0, end: int = sys.maxsize) -> list[tuple[int, int, int]]:
    """Scales by their full name, as index, start and end, in reading order; the longest name at one place."""
    found = [
        (match.start(), -match.end(), _WORDED[place])
        for place in low.possible(_NAMES)
        for match in low.finditer(_NAMES[place], start, end)
    ]
    return _longest(found)


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of several names at one place the longest, and none that is part of another; given as start, minus end, index."""
    kept: list[tuple[int, int, int]] = []
    reach = -1
    for at, last, index in sorted(found):
        if -last > reach:
            kept.append((index, at, -last))
            reach = -last
    return kept


def _acronyms(plain: Text, start: int = 0, end: int = sys.maxsize) -> list[tuple[int, int, int]]:
    """Scales by their acronym, as index, start and end, in reading order."""
    found = []
    for place in plain.possible(_ACRONYMS):
        for at in plain.places(_ACRONYMS[place]) or ():
            if start <= at < end - 1 and _begins_a_name(plain, at, start):
                match = _ACRONYMS[place].match(plain, at)
                if match:
                    found.append((at, -match.end(), _PRINTED[place]))
    return _longest(found)


def _begins_a_name(plain: str, at: int, start: int) -> bool:
    """Whether no capital stands before it in the same run of letters and hyphens: "self-MADRS" and "VAS/NRS", not "X-NRS"."""
    while at > start and _IN_NAME.match(plain, at - 1):
        at -= 1
        if _OPENS_NAME.match(plain, at):
            return False
    return True


_IN_NAME = re.compile(r"[\w-]")
_OPENS_NAME = re.compile(r"[A-Z\d]")


def _means_otherwise(scale: Scale, reading: Reading) -> bool:
    return bool(scale.unless and reading.first(scale.unless))


_INDEX = {scale.name: index for index, scale in enumerate(SCALES)}
#: A general name that means a special edition, where the abstract names that too.
_SAME = (("CAPS", "CAPS-5"), ("PCL", "PCL-5"), ("BSS", "SSI"), ("IDS", "QIDS"))


def _same_scale_once(found: dict[int, list[Span]]) -> None:
    """CAPS and PCL without a number are the fifth edition where the abstract says so elsewhere."""
    for general, edition in _SAME:
        if _INDEX[general] in found and _INDEX[edition] in found:
            found[_INDEX[edition]] = found[_INDEX[edition]] + found.pop(_INDEX[general])


def harms_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """Adverse effects that the results or the conclusion report; those denied or only measured are left out."""
    if design.value in {"preclinical", "protocol"} or reading.citation.is_retracted:
        return ()
    about_ketamine = "ketamine" in reading.title_low
    sentences = [
        (passage, sentence)
        for passage, sentence in reading.sentences()
        if sentence.zone in {"results", "conclusion", "open"}
        and passage.low.search(HARM_SENTENCE, sentence.start, sentence.end)
        and not passage.low.search(_HARM_ASIDE, sentence.start, sentence.end)
        and not _is_of_another(passage.low[sentence.start : sentence.end], about_ketamine=about_ketamine)
    ]
    found: dict[str, list[Span]] = {}
    for value, pattern in HARMS:
        needed = _NEEDS.get(value)
        for passage, sentence in sentences:
            if needed and not passage.low.search(needed, sentence.start, sentence.end):
                continue
            for match in passage.low.finditer(pattern, sentence.start, sentence.end):
                hit = Hit(passage, sentence, match)
                before = hit.before(100)
                denied = _LIST_DENIED.search(before) or _DENIED_BEHIND.match(hit.after(60)) or _RATED.search(before)
                if not denied and not _NO_HARM.search(hit.before(60)) and not _HARM_UNLESS_SCALE.match(hit.after(30)):
                    found.setdefault(value, []).append(hit.span)
    if "headache" in reading.title_low:
        found.pop("headache", None)
    return tuple(Fact(value=value, spans=tuple(spans[:4])) for value, spans in found.items())


def _is_of_another(sentence: str, *, about_ketamine: bool) -> bool:
    """Whether a sentence tells of another drug; in a record whose title names no ketamine it must name it itself."""
    return "ketamine" not in sentence and (not about_ketamine or bool(_OF_ANOTHER.search(sentence)))
