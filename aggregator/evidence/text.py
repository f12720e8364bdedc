"""The words of a record made ready for reading: passages, sentences and the part of the abstract each belongs to.

Everything here keeps offsets: `plain[i]` and `low[i]` stand for `text[i]`, so that what a rule finds can be shown
verbatim in PubMed's own text.
"""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from aggregator.citation import AbstractSection, Citation
from aggregator.evidence.places import CASED, LOWER, Text
from aggregator.lexicon.numbers import NUMBER
from aggregator.summary import Span

#: Signs that publishers write in several ways, as one; every replacement has the length of what it replaces.
_ONE_SIGN = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\t\r\n", " "),
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    "\u00b7": ".",
    "\u2219": ".",
}

#: NlmCategory, else words of the label, to the part of an abstract.
ZONES = {
    "BACKGROUND": "background",
    "OBJECTIVE": "objective",
    "METHODS": "methods",
    "RESULTS": "results",
    "CONCLUSIONS": "conclusion",
}
_LABEL_ZONES: tuple[tuple[str, str], ...] = (
    (r"REGISTR|FUNDING|TRIAL NUMBER|CLINICALTRIALS|DISCLOSURE|CONFLICT", "registration"),
    (r"CONCLU|INTERPRET|DISCUSS|IMPLICATION|SIGNIFICANCE|LIMITATION", "conclusion"),
    (r"ETHICS", "registration"),
    (r"RESULT|FINDING|SYNTHESIS", "results"),
    (
        r"METHOD|DESIGN|APPROACH|ACQUISITION|SETTING|PARTICIPANT|PATIENT|INTERVENTION|MEASURE|OUTCOME|DATA|PROCEDURE|SUBJECTS",
        "methods",
    ),
    (r"OBJECTIVE|AIM|PURPOSE|HYPOTHES", "objective"),
    (r"BACKGROUND|INTRODUCTION|RATIONALE|IMPORTANCE|CONTEXT", "background"),
)
_LABEL_RULES = tuple((re.compile(pattern), zone) for pattern, zone in _LABEL_ZONES)
#: Labels whose word is surer than the NlmCategory that was given to them.
_SURE_LABEL = re.compile(r"REGISTR|FUNDING|LIMITATION|ETHICS|TRIAL NUMBER|CLINICALTRIALS")

#: Headings that run into the text of an abstract that was sent to PubMed without sections.
_HEADING = re.compile(
    r"(?:(?<=[.?!:)] )|(?<=[.?!]  )|(?<=\n)|(?<=[.?!)])(?=[A-Za-z ]{3,40}:)|^)\(?\b"
    r"(?P<label>background(?: and (?:aims?|objectives?|purpose))?|introduction|rationale|context|importance"
    r"|objectives?|aims?(?: and objectives?| of the study)?|purpose|hypothesis"
    r"|(?:materials?|patients|subjects|participants) and methods|methods? and (?:analysis|design|materials)"
    r"|methods?|design|study design|experimental design|setting|participants|interventions?|procedures?"
    r"|main outcome measures?|measurements?"
    r"|(?:main |principal )?results?(?: and conclusions?)?|(?:principal |main |key )?findings?"
    r"|conclusions?(?: and relevance| and significance)?|discussion|interpretation|limitations?"
    r"|ethics and dissemination|(?:clinical )?trial registration(?: number)?|funding)\)?"
    r"(?:\s*[:.]|(?= (?-i:[A-Z])))",
    re.IGNORECASE,
)

_BREAK = re.compile(
    r"[.!?)](?:(?<!\))(?:[\"')\]]*\s+(?=[\"'(\[]*(?:[A-Z0-9]|[a-z]{1,2}[A-Z]))|(?=[A-Z][a-z]{2,}[ :]))|(?<=\))\.?(?=(?:Methods?|Results?|Conclusions?):))"
)
_NO_BREAK = re.compile(
    r"(?:\b(?:vs|i\.?e|e\.?g|cf|approx|fig|figs|no|nos|resp|dr|prof|st|et al|ca|incl|[a-z]\.[a-z]|i\.v|i\.m|s\.c|(?<![a-z]-)[A-Z])"
    r")\.$",
    re.IGNORECASE,
)

#: A number behind a sign goes on behind a stray space: "P = 0. 03".
_DECIMAL = re.compile(r"(?:[=<>±([]|\bvs\.?|\band|\bby) ?-?\d{1,2}\.$")

#: Sentences of an unlabelled abstract that speak of the study itself.
_STUDY_BEGINS = re.compile(
    r"\bwe\b|\b(?:this|the present|present|our|the current|current) (?:\w+[ -]){0,4}"
    r"(?:study|trial|review|article|paper|report|analys[ie]s|meta-analysis|case|work|investigation|research|protocol)\b"
    r"|\bthe (?:aims?|objectives?|purpose|goal) (?:of|was|is)\b|\baimed?\b|\bwere (?:randomi[sz]|recruit|enrol|includ|assign|"
    r"treat|studied|given|administered|examined|investigated)|\bwas (?:administered|investigated|examined|conducted|given)"
    r"|\bto (?:investigate|examine|assess|determine|evaluate|explore|test|compare)\b|\bparticipated\b|\breceived\b|\bunderwent\b|\brandomly (?:allocated|assigned|divided)\b|\(n ?= ?\d|\bwere (?:allocated|divided|measured|scanned|imaged|interviewed|surveyed|acquired|collected|recorded|invited|asked|infused)\b"
    r"|\b(?:study|experiment) [1-4]\b|\b(?:in|of|from|among|with) (?:\d+|"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|\w+teen|ten|eleven|twelve)(?:-\w+)?) (?:[\w-]+ ){0,4}(?:patients|subjects|volunteers|participants|men|women|adults|adolescents|children|veterans|users)\b"
)
#: A sentence that begins with so many people tells of the study too.
_COUNTS_PEOPLE = re.compile(
    rf"\W*(?:a total of )?{NUMBER} (?:[\w-]+ ){{0,5}}?(?:patients|subjects|volunteers|participants|men|women|adults|adolescents|children|veterans|users|mothers|parturients|cases)\b"
)
_CONCLUDES = re.compile(
    r"(?:in conclusion|in summary|to conclude|conclusions?\b|overall,|taken together|together,|altogether|thus,|therefore,|"
    r"collectively|(?:these|our|the(?: present| current)?) (?:\w+ ){0,3}(?:results|findings|data|study|observations|outcomes)\b"
    r"(?: \w+){0,4} (?:suggest|indicat|support|demonstrat|provid|confirm|highlight|show|point|impl|add|underscore|reveal|"
    r"warrant|rais|extend|are|may|were|is)|this (?:\w+ ){0,3}(?:study|trial|report|case|review|analysis|meta-analysis|work|finding) "
    r"(?:\w+ ){0,2}(?:suggest|indicat|support|demonstrat|provid|confirm|highlight|show|impl|is the first|underscore|add)|"
    r"(?:further|future|larger|additional|more) (?:\w+ ){0,3}(?:research|stud|trial|work)|we conclude|it is concluded|"
    r"(?:ketamine|esketamine) (?:may|might|appears|seems|could)\b)"
)

#: Sentences that say nothing of the study's content: registers, funders, the record's own copyright line.
_NOT_CONTENT = re.compile(
    r"\bclinicaltrials\.gov|\btrial regist|\bregistered (?:at|in|on|with|under)\b|\bfunding\s*:|"
    r"psycinfo database record|copyright|©|\ball rights reserved|\bregistration (?:number|no)"
)
#: The first words of such sentences.
_OPENS_NO_CONTENT = re.compile(
    r"\s*(?:\(?fund(?:ed|ing)\b|nct\d|(?:identifier|chictr|isrctn|url|trial identifier|registry)\b)"
)


class Sentence(NamedTuple):
    """A sentence by its offsets in the passage, and the part of the abstract it stands in."""

    start: int
    end: int
    zone: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The title or one section of the abstract; its offsets count in the whole text of the reading."""

    section: int | Literal["title"]
    #: As PubMed has it.
    text: str
    #: Where the passage begins in `plain` and `low`.
    start: int
    #: The whole reading with one sign for every minus, space and apostrophe.
    plain: Text
    #: `plain` in lower case.
    low: Text
    sentences: tuple[Sentence, ...]

    def span(self, start: int, end: int) -> Span:
        return Span(self.section, start - self.start, end - self.start)

    def verbatim(self, start: int, end: int) -> str:
        return self.text[start - self.start : end - self.start]


class Hit(NamedTuple):
    """What a pattern found, and where. Made by the dozen: a tuple takes a quarter of the time of a frozen dataclass."""

    passage: Passage
    sentence: Sentence
    match: re.Match[str]

    @property
    def start(self) -> int:
        return self.match.start()

    @property
    def end(self) -> int:
        return self.match.end()

    @property
    def zone(self) -> str:
        return self.sentence.zone

    @property
    def in_title(self) -> bool:
        return self.sentence.zone == "title"

    @property
    def span(self) -> Span:
        return self.passage.span(self.match.start(), self.match.end())

    def before(self, length: int = 60) -> str:
        """Lower-case words before the hit, within its sentence."""
        return self.passage.low[max(self.sentence.start, self.match.start() - length) : self.match.start()]

    def after(self, length: int = 60) -> str:
        """Lower-case words behind the hit, within its sentence."""
        return self.passage.low[self.match.end() : min(self.sentence.end, self.match.end() + length)]

    def beside(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern matches in the hit's own sentence."""
        return self.passage.low.search(pattern, self.sentence.start, self.sentence.end) is not None

    def sentence_text(self) -> str:
        return self.passage.low[self.sentence.start : self.sentence.end]


#: Stands between passages in the whole text; no wording in the tables crosses it.
_BETWEEN = "\n;.\n"


@dataclass(frozen=True)
class Reading:
    """A citation with its title and abstract as one text, the title first."""

    citation: Citation
    plain: Text
    low: Text
    passages: tuple[Passage, ...]

    @cached_property
    def _rows(self) -> tuple[tuple[int, ...], tuple[tuple[Passage, Sentence], ...]]:
        rows = tuple(self.sentences())
        return tuple(sentence.start for _, sentence in rows), rows

    @property
    def title(self) -> Passage:
        return self.passages[0]

    @cached_property
    def title_low(self) -> Text:
        """The title in lower case: patterns for titles are asked of its few words."""
        return Text(self.low[: len(self.title.text)], LOWER)

    def at(self, position: int) -> tuple[Passage, Sentence]:
        """The passage and the sentence that an offset lies in."""
        starts, rows = self._rows
        return rows[max(0, bisect_right(starts, position) - 1)]

    def of(self, span: Span) -> tuple[Passage, Sentence]:
        """The passage and the sentence that a span begins in."""
        passage = next(passage for passage in self.passages if passage.section == span.section)
        return self.at(passage.start + span.start)

    def hits(self, pattern: re.Pattern[str], *, cased: bool = False, title_only: bool = False) -> Iterable[Hit]:
        """Every place where a pattern matches, in reading order; lower-case text unless `cased`."""
        text = self.title_low if title_only else self.plain if cased else self.low
        matches = text.finditer(pattern)
        return self._within(matches) if matches else ()

    def _within(self, matches: Iterable[re.Match[str]]) -> Iterator[Hit]:
        for match in matches:
            passage, sentence = self.at(match.start())
            if match.end() <= passage.start + len(passage.text):
                yield Hit(passage, sentence, match)

    def in_title(self, pattern: re.Pattern[str]) -> Hit | None:
        """The first match in the title."""
        match = self.title_low.search(pattern)
        return Hit(self.title, self.title.sentences[0], match) if match else None

    def in_abstract(self, pattern: re.Pattern[str]) -> bool:
        return self.low.search(pattern, len(self.title.text)) is not None

    def first(self, pattern: re.Pattern[str], *, cased: bool = False) -> Hit | None:
        return next(iter(self.hits(pattern, cased=cased)), None)

    def sentences(self) -> Iterator[tuple[Passage, Sentence]]:
        for passage in self.passages:
            for sentence in passage.sentences:
                yield passage, sentence


def prepare(citation: Citation) -> Reading:
    """The citation's title and abstract as one text with sentences and zones."""
    texts = [citation.title, *(section.text for section in citation.abstract)]
    printed = plain_text(_BETWEEN.join(texts))
    plain, low = Text(printed, CASED), Text(lower(printed), LOWER)
    passages = []
    start = 0
    for index, text in enumerate(texts, -1):
        zone = "title" if index < 0 else zone_of(citation.abstract[index])
        sentences = _sentences(plain, low, start, start + len(text), zone)
        passages.append(Passage("title" if index < 0 else index, text, start, plain, low, sentences))
        start += len(text) + len(_BETWEEN)
    return Reading(citation, plain, low, tuple(passages))


def zone_of(section: AbstractSection) -> str:
    """The part of the abstract that a section is; "open" for one without a heading."""
    label = (section.label or "").upper()
    by_label = next((zone for rule, zone in _LABEL_RULES if rule.search(label)), None) if label else None
    if by_label and (_SURE_LABEL.search(label) or not ZONES.get(section.category or "")):
        return by_label
    return ZONES.get(section.category or "") or by_label or "open"


def plain_text(text: str) -> str:
    """The text with one sign for every minus, space and apostrophe, at the same offsets."""
    for sign, plain in _ONE_SIGN.items():
        if sign in text:
            text = text.replace(sign, plain)
    return text


def lower(text: str) -> str:
    """Lower case at the same offsets; a letter whose small form is longer stays as it is."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)


def _sentences(plain: Text, low: Text, start: int, end: int, zone: str) -> tuple[Sentence, ...]:
    bounds = _bounds(plain, start, end) if zone != "title" else [(start, end)]
    named = _zones_of_unlabelled(plain, low, bounds) if zone == "open" else [zone] * len(bounds)
    sentences = tuple(Sentence(begin, finish, name) for (begin, finish), name in zip(bounds, named, strict=True))
    return sentences or (Sentence(start, end, zone),)


def _bounds(plain: str, start: int, end: int) -> list[tuple[int, int]]:
    """Offsets of sentences, without the white space between them."""
    bounds: list[tuple[int, int]] = []
    begin = start
    for match in _BREAK.finditer(plain, start, end):
        before = max(begin, match.start() - 8)
        if _NO_BREAK.search(plain, before, match.start() + 1) or (
            plain[match.end()].isdigit() and _DECIMAL.search(plain, before, match.start() + 1)
        ):
            continue
        bounds.append((begin, match.start() + len(match.group().rstrip())))
        begin = match.end()
    bounds.append((begin, start + len(plain[start:end].rstrip())))
    return [(first, last) for first, last in bounds if first < last]


def _zones_of_unlabelled(plain: Text, low: Text, bounds: list[tuple[int, int]]) -> list[str]:
    headings = [
        (match.start("label"), zone_of(AbstractSection(label=match["label"], text="")))
        for match in (low.finditer(_HEADING, bounds[0][0], bounds[-1][1], of=plain) if bounds else ())
    ]
    if len(headings) >= 2:
        return [_zone_before(headings, start, end) for start, end in bounds]
    return _zones_by_wording(low, bounds)


def _zone_before(headings: list[tuple[int, str]], start: int, end: int) -> str:
    zone = "background"
    for position, name in headings:
        if position < min(end, start + 3):
            zone = name
    return zone


def _zones_by_wording(low: Text, bounds: list[tuple[int, int]]) -> list[str]:
    first = next((index for index, (start, end) in enumerate(bounds) if _tells_of_study(low, start, end)), 0)
    zones = ["background"] * first + ["open"] * (len(bounds) - first)
    for index in range(len(bounds) - 1, max(first, len(bounds) // 2), -1):
        start, end = bounds[index]
        if _CONCLUDES.match(low, start, end):
            zones[index] = "conclusion"
        elif is_no_content(low, start, end):
            zones[index] = "registration"
        elif "conclusion" in zones[index:]:
            break
    return zones


def _tells_of_study(low: Text, start: int, end: int) -> bool:
    return bool(low.search(_STUDY_BEGINS, start, end) or _COUNTS_PEOPLE.match(low, start, end))


def is_no_content(low: Text, start: int, end: int) -> bool:
    """Whether a sentence speaks of registers, funders or rights."""
    return bool(_OPENS_NO_CONTENT.match(low, start, end) or low.search(_NOT_CONTENT, start, end))
