"""The words of a record made ready for reading: passages, sentences and the part of the abstract each belongs to.

Everything here keeps offsets: `plain[i]` and `low[i]` stand for `text[i]`, so that what a rule finds can be shown
verbatim in PubMed's own text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from aggregator.citation import AbstractSection, Citation
from aggregator.summary import Span

#: Signs that publishers write in several ways, as one; every replacement has the length of what it replaces.
_ONE_SIGN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\t\r\n", " "),
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        "\u00b7": ".",
        "\u2219": ".",
    }
)

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
    (r"RESULT|FINDING", "results"),
    (r"METHOD|DESIGN|SETTING|PARTICIPANT|PATIENT|INTERVENTION|MEASURE|OUTCOME|DATA|PROCEDURE|SUBJECTS", "methods"),
    (r"OBJECTIVE|AIM|PURPOSE|HYPOTHES", "objective"),
    (r"BACKGROUND|INTRODUCTION|RATIONALE|IMPORTANCE|CONTEXT", "background"),
)
_LABEL_RULES = tuple((re.compile(pattern), zone) for pattern, zone in _LABEL_ZONES)
#: Labels whose word is surer than the NlmCategory that was given to them.
_SURE_LABEL = re.compile(r"REGISTR|FUNDING|LIMITATION|ETHICS|TRIAL NUMBER|CLINICALTRIALS")

#: Headings that run into the text of an abstract that was sent to PubMed without sections.
_HEADING = re.compile(
    r"(?:(?<=[.?!:)] )|(?<=[.?!]  )|^)\(?"
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

_BREAK = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|[.!?](?=[A-Z][a-z]{2,} )")
_NO_BREAK = re.compile(
    r"(?:\b(?:vs|i\.?e|e\.?g|cf|approx|fig|figs|no|nos|resp|dr|prof|st|et al|ca|incl|[a-z]\.[a-z]|i\.v|i\.m|s\.c|[A-Z])"
    r")\.$",
    re.IGNORECASE,
)

#: Sentences of an unlabelled abstract that speak of the study itself.
_STUDY_BEGINS = re.compile(
    r"\bwe\b|\b(?:this|the present|present|our|the current|current) (?:\w+[ -]){0,4}"
    r"(?:study|trial|review|article|paper|report|analys[ie]s|meta-analysis|case|work|investigation|research|protocol)\b"
    r"|\bthe (?:aims?|objectives?|purpose|goal) (?:of|was|is)\b|\baimed?\b|\bwere (?:randomi[sz]|recruit|enrol|includ|assign|"
    r"treat|studied|given|administered|examined|investigated)|\bwas (?:administered|investigated|examined|conducted|given)"
    r"|\bto (?:investigate|examine|assess|determine|evaluate|explore|test|compare)\b|\bparticipated\b|\breceived\b"
)
_CONCLUDES = re.compile(
    r"^(?:in conclusion|in summary|to conclude|conclusions?\b|overall,|taken together|together,|altogether|thus,|therefore,|"
    r"collectively|(?:these|our|the(?: present| current)?) (?:\w+ ){0,3}(?:results|findings|data|study|observations|outcomes)\b"
    r"(?: \w+){0,4} (?:suggest|indicat|support|demonstrat|provid|confirm|highlight|show|point|impl|add|underscore|reveal|"
    r"warrant|rais|extend|are|may|were|is)|this (?:\w+ ){0,3}(?:study|trial|report|case|review|analysis|meta-analysis|work|finding) "
    r"(?:\w+ ){0,2}(?:suggest|indicat|support|demonstrat|provid|confirm|highlight|show|impl|is the first|underscore|add)|"
    r"(?:further|future|larger|additional|more) (?:\w+ ){0,3}(?:research|stud|trial|work)|we conclude|it is concluded|"
    r"(?:ketamine|esketamine) (?:may|might|appears|seems|could)\b)"
)

#: Sentences that say nothing of the study's content: registers, funders, the record's own copyright line.
NOT_CONTENT = re.compile(
    r"\bclinicaltrials\.gov|\btrial regist|\bregistered (?:at|in|on|with|under)\b|^\s*\(?fund(?:ed|ing)\b|\bfunding\s*:|"
    r"psycinfo database record|copyright|\ball rights reserved|\bregistration (?:number|no)|^\s*nct\d|"
    r"^\s*(?:identifier|chictr|isrctn|url|trial identifier|registry)\b"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its offsets in the passage, and the part of the abstract it stands in."""

    start: int
    end: int
    zone: str


@dataclass(frozen=True)
class Passage:
    """The title or one section of the abstract, ready for reading."""

    section: int | Literal["title"]
    text: str
    #: The text with one sign for every minus, space and apostrophe.
    plain: str
    #: `plain` in lower case.
    low: str
    sentences: tuple[Sentence, ...]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(sentence.start for sentence in self.sentences)

    def sentence_at(self, position: int) -> Sentence:
        return self.sentences[max(0, bisect_right(self._starts, position) - 1)]

    def span(self, start: int, end: int) -> Span:
        return Span(self.section, start, end)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a pattern found, and where."""

    passage: Passage
    match: re.Match[str]

    @property
    def start(self) -> int:
        return self.match.start()

    @property
    def end(self) -> int:
        return self.match.end()

    @property
    def sentence(self) -> Sentence:
        return self.passage.sentence_at(self.match.start())

    @property
    def zone(self) -> str:
        return self.sentence.zone

    @property
    def span(self) -> Span:
        return self.passage.span(self.match.start(), self.match.end())

    def group_span(self, group: str | int) -> Span:
        return self.passage.span(self.match.start(group), self.match.end(group))

    def before(self, length: int = 60) -> str:
        """Lower-case words before the hit, within its sentence."""
        return self.passage.low[max(self.sentence.start, self.start - length) : self.start]

    def after(self, length: int = 60) -> str:
        """Lower-case words behind the hit, within its sentence."""
        return self.passage.low[self.end : min(self.sentence.end, self.end + length)]

    def sentence_text(self) -> str:
        sentence = self.sentence
        return self.passage.low[sentence.start : sentence.end]


@dataclass(frozen=True)
class Reading:
    """A citation with its passages; the title comes first."""

    citation: Citation
    passages: tuple[Passage, ...]

    @property
    def title(self) -> Passage:
        return self.passages[0]

    @cached_property
    def low(self) -> str:
        """Title and abstract in lower case, for a quick look whether a word occurs at all."""
        return "\n".join(passage.low for passage in self.passages)

    @cached_property
    def abstract_low(self) -> str:
        return "\n".join(passage.low for passage in self.passages[1:])

    def hits(self, pattern: re.Pattern[str], *, cased: bool = False) -> Iterator[Hit]:
        """Every place where a pattern matches, in reading order; lower-case text unless `cased`."""
        for passage in self.passages:
            for match in pattern.finditer(passage.plain if cased else passage.low):
                yield Hit(passage, match)

    def first(self, pattern: re.Pattern[str], *, cased: bool = False) -> Hit | None:
        return next(self.hits(pattern, cased=cased), None)

    def sentences(self) -> Iterator[tuple[Passage, Sentence]]:
        for passage in self.passages:
            for sentence in passage.sentences:
                yield passage, sentence


def prepare(citation: Citation) -> Reading:
    """The citation's title and abstract as passages with sentences and zones."""
    title = _passage("title", citation.title, ("title",))
    body = tuple(_passage(index, section.text, (zone_of(section),)) for index, section in enumerate(citation.abstract))
    return Reading(citation, (title, *body))


def zone_of(section: AbstractSection) -> str:
    """The part of the abstract that a section is; "open" for one without a heading."""
    label = (section.label or "").upper()
    by_label = next((zone for rule, zone in _LABEL_RULES if rule.search(label)), None) if label else None
    if by_label and (_SURE_LABEL.search(label) or not ZONES.get(section.category or "")):
        return by_label
    return ZONES.get(section.category or "") or by_label or "open"


def plain_text(text: str) -> str:
    """The text with one sign for every minus, space and apostrophe, at the same offsets."""
    return text.translate(_ONE_SIGN)


def lower(text: str) -> str:
    """Lower case at the same offsets; a letter whose small form is longer stays as it is."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)


def _passage(section: int | Literal["title"], text: str, zones: tuple[str, ...]) -> Passage:
    plain = plain_text(text)
    low = lower(plain)
    bounds = _bounds(plain)
    zone = zones[0]
    if zone == "open":
        named = _zones_of_unlabelled(plain, low, bounds)
    else:
        named = [zone] * len(bounds)
    sentences = tuple(Sentence(start, end, name) for (start, end), name in zip(bounds, named, strict=True))
    return Passage(section, text, plain, low, sentences or (Sentence(0, len(text), zone),))


def _bounds(plain: str) -> list[tuple[int, int]]:
    """Offsets of sentences, without the white space between them."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(plain):
        end = match.start() + len(match.group().rstrip())
        if _NO_BREAK.search(plain, max(start, match.start() - 8), match.start() + 1):
            continue
        bounds.append((start, end))
        start = match.end()
    bounds.append((start, len(plain.rstrip())))
    return [(begin, end) for begin, end in bounds if begin < end]


def _zones_of_unlabelled(plain: str, low: str, bounds: list[tuple[int, int]]) -> list[str]:
    headings = [
        (match.start("label"), zone_of(AbstractSection(label=match["label"], text="")))
        for match in _HEADING.finditer(plain)
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


def _zones_by_wording(low: str, bounds: list[tuple[int, int]]) -> list[str]:
    texts = [low[start:end] for start, end in bounds]
    first = next((index for index, text in enumerate(texts) if _STUDY_BEGINS.search(text)), 0)
    zones = ["background"] * first + ["open"] * (len(texts) - first)
    for index in range(len(texts) - 1, max(first, len(texts) // 2), -1):
        if _CONCLUDES.search(texts[index]):
            zones[index] = "conclusion"
        elif NOT_CONTENT.search(texts[index]):
            zones[index] = "registration"
        elif "conclusion" in zones[index:]:
            break
    return zones
