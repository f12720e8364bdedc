"""The authors' own conclusion, verbatim: one sentence or two, never reworded."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re

from aggregator.evidence.text import Passage, Reading, Sentence, is_no_content
from aggregator.summary import Conclusion, DesignFact

LONGEST = 300
#: Sentences that close an abstract without concluding: calls for research, limits.
_CALLS = re.compile(
    r"\b(?:further|future|additional|larger|more) (?:[\w-]+,? ){0,5}(?:research|stud(?:y|ies)|trials?|work|investigations?|rcts)\b|\blimitations?\b|\bis registered\b|\bpublished by\b|\bthis article is\b|\bsupplementary\b"
)


def conclusion_of(reading: Reading, design: DesignFact) -> Conclusion | None:
    """A quotation of at most 300 characters where it can be cut at a sentence's end; None for protocols and retracted studies."""
    if design.value == "protocol" or reading.citation.is_retracted:
        return None
    sentences = _labelled(reading) or _worded(reading) or _last(reading)
    return _quoted(sentences) if sentences else None


def _labelled(reading: Reading) -> list[tuple[Passage, Sentence]]:
    passages = [
        passage
        for passage in reading.passages[1:]
        if passage.sentences and passage.sentences[0].zone == "conclusion" and not _is_limits(reading, passage)
    ]
    return _content(passages[-1:], "conclusion")


def _is_limits(reading: Reading, passage: Passage) -> bool:
    label = reading.citation.abstract[int(passage.section)].label or ""
    return "LIMIT" in label.upper()


def _worded(reading: Reading) -> list[tuple[Passage, Sentence]]:
    return _content(reading.passages[-1:], "conclusion") if len(reading.passages) > 1 else []


def _content(passages: list[Passage] | tuple[Passage, ...], zone: str) -> list[tuple[Passage, Sentence]]:
    return [
        (passage, sentence)
        for passage in passages
        for sentence in passage.sentences
        if sentence.zone == zone and _says_something(passage, sentence)
    ]


def _says_something(passage: Passage, sentence: Sentence) -> bool:
    return sentence.end - sentence.start > 12 and not is_no_content(passage.low, sentence.start, sentence.end)


def _last(reading: Reading) -> list[tuple[Passage, Sentence]]:
    """The last sentence of an abstract in one piece; a last section of methods or results concludes nothing."""
    if len(reading.passages) != 2:
        return []
    passage = reading.passages[1]
    told = [sentence for sentence in passage.sentences if _says_something(passage, sentence)]
    return [(passage, told[-1])] if len(told) > 2 and told[-1].zone == "open" else []


def _quoted(sentences: list[tuple[Passage, Sentence]]) -> Conclusion:
    telling = [pair for pair in sentences if not pair[0].low.search(_CALLS, pair[1].start, pair[1].end)]
    passage, first = (telling or sentences)[0]
    end = first.end
    for other, sentence in sentences:
        follows = other is passage and sentence.start >= end and sentence.start - end < 4
        if follows and sentence.end - first.start <= LONGEST:
            end = sentence.end
            break
    start = first.start + _heading_length(passage, first)
    return Conclusion(quote=passage.verbatim(start, end), spans=(passage.span(start, end),))


_OPENING = re.compile(r"(?:\(\d\) )?conclusions?(?: and relevance)?\s*[:.]\s*", re.IGNORECASE)


def _heading_length(passage: Passage, sentence: Sentence) -> int:
    match = _OPENING.match(passage.plain, sentence.start, sentence.end)
    return match.end() - sentence.start if match and match.end() < sentence.end - 20 else 0
