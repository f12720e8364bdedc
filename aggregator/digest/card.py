"""One study as a card or a line: what was studied, in whom, against what, and the result in the abstract's own words.

Nothing is shown that has no span: what the abstract does not state is said to be not stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from aggregator.citation import Citation, Notice, squeeze
from aggregator.digest.words import TITLE_LENGTH, count_words, plural, shorten, title_of
from aggregator.evidence.text import prepare
from aggregator.study import Study
from aggregator.summary import PRIMARY_NOT_MET, Fact, Finding, Span, Summary
from aggregator.topics import Topic
from aggregator.vocabulary import (
    AGE_GROUPS,
    COMPARATORS,
    CONDITIONS,
    CONTROLS,
    DESIGNS,
    DRUGS,
    FLAGS,
    PHASES,
    REGIMENS,
    ROUTES,
)

#: Designs whose headline is made of extracted facts; all others are known by their title.
_HEADLINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "meta-analysis": "{design}{studies}: {treatment} for {condition}",
        "systematic-review": "{design}{studies}: {treatment} for {condition}",
        "guideline": "{design}: {treatment} for {condition}",
        "randomized-trial": "{design}{people}: {treatment} for {condition}",
        "non-randomized-trial": "{design}{people}: {treatment} for {condition}",
        "secondary-analysis": "{design}{people}: {treatment} for {condition}",
        "cohort": "{design}{people}: {treatment} in {condition}",
        "case-control": "{design}{people}: {treatment} in {condition}",
        "cross-sectional": "{design}{people}: {treatment} in {condition}",
        "case-report": "{design}{people}: {treatment} in {condition}",
        "qualitative": "{design}{people}: {treatment} in {condition}",
    }
)
#: Comparators in the words of a headline, where those of the vocabulary are too long for one.
_SHORT_COMPARATORS = {"ketamine-dose": "another dose or route"}

_CONCERN = "ExpressionOfConcernIn"
NO_ESTIMATE = "No effect estimate read from the abstract"
NO_ABSTRACT = "PubMed has no abstract of this study."

#: Copyright: a quotation is short, with a link to the source.
_RESULT_LENGTH = 280
_CONCLUSION_LENGTH = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a card."""

    label: str
    text: str
    #: The words stand in the abstract.
    is_quote: bool = False
    is_stated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One study in facts, or several reports of one trial with the strongest in front."""

    study: Study
    headline: str
    #: The title, shortened; None where it is the headline already.
    title: str | None
    rows: tuple[Row, ...]
    #: Labels of what the abstract does not state.
    unstated: tuple[str, ...] = ()
    #: Flags, phase and how sure the design is, in words.
    remarks: tuple[str, ...] = ()
    #: Names of the reader's topics that match.
    topics: tuple[str, ...] = ()
    related: tuple[Study, ...] = ()
    #: Notices of an expression of concern.
    concerns: tuple[Notice, ...] = ()

    @property
    def words(self) -> int:
        texts = [
            self.headline,
            self.title or "",
            *self.remarks,
            *self.topics,
            *self.unstated,
            *(f"{r.label} {r.text}" for r in self.rows),
        ]
        return count_words(texts) + 14 + 4 * len(self.related)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One study in one line."""

    study: Study
    #: The title, shortened.
    title: str
    #: Design and size: "Cohort study, 214 participants".
    kind: str
    #: Flags that a reader must not miss.
    remarks: tuple[str, ...] = ()
    #: Other topics that match.
    also: tuple[str, ...] = ()
    related: tuple[Study, ...] = ()

    @property
    def words(self) -> int:
        return count_words([self.title, self.kind, *self.remarks, *self.also]) + 5 + 4 * len(self.related)


def card_of(story: Sequence[Study], topics: Sequence[Topic] = ()) -> Card:
    """The card of a study; those behind the first are other reports of its trial and are named only."""
    study, *related = story
    first, title = headline(study), title_of(study.citation)
    rows, unstated = _rows(study) if study.citation.abstract else ((Row(label="Abstract", text=NO_ABSTRACT),), ())
    return Card(
        study=study,
        headline=first,
        title=None if first == _as_headline(title) else shorten(title, TITLE_LENGTH),
        rows=rows,
        unstated=unstated,
        remarks=remarks(study),
        topics=names_of(study, topics),
        related=tuple(related),
        concerns=tuple(n for n in study.citation.notices if n.ref_type == _CONCERN),
    )


def line_of(story: Sequence[Study], topics: Sequence[Topic] = ()) -> Line:
    """The line of a study; those behind the first are other reports of its trial and are named only."""
    study, *related = story
    kept = [flag for flag in _flags(study) if flag in ("expression-of-concern", "corrected", "preprint")]
    return Line(
        study=study,
        title=shorten(title_of(study.citation), TITLE_LENGTH),
        kind=f"{DESIGNS[study.summary.design.value]}{_people(study)}",
        remarks=tuple(FLAGS[flag] for flag in kept),
        also=names_of(study, topics)[1:],
        related=tuple(related),
    )


def headline(study: Study) -> str:
    """What was studied, from facts with spans; the title where they do not suffice."""
    summary = study.summary
    conditions = _values(summary.conditions, CONDITIONS)
    drugs = _values(summary.drugs, DRUGS)
    pattern = _HEADLINES.get(summary.design.value)
    if not (pattern and 0 < len(drugs) <= 2 and 0 < len(conditions) <= 2) or CONDITIONS["other"] in conditions:
        return _as_headline(title_of(study.citation))
    if CONDITIONS["healthy-volunteers"] in conditions:
        pattern = pattern.replace(" for ", " in ")
    included = summary.studies_included
    return pattern.format(
        design=DESIGNS[summary.design.value],
        studies=f" of {included.value:,} studies" if included and included.spans else "",
        people=_people(study),
        treatment=_choice(" and ".join(drugs), _opponents(summary)),
        condition=" and ".join(conditions),
    )


def _as_headline(title: str) -> str:
    return shorten(title, 2 * TITLE_LENGTH)


def remarks(study: Study) -> tuple[str, ...]:
    """Flags and phase in words, then whether PubMed's own publication types confirm the design."""
    summary = study.summary
    words = [FLAGS[flag] for flag in _flags(study) if flag != summary.design.value]
    if summary.phase and summary.phase.spans:
        words.append(PHASES[summary.phase.value])
    words.append("Design confirmed by PubMed" if summary.design.confirmed else "Design not yet confirmed")
    return tuple(words)


def _flags(study: Study) -> list[str]:
    """The summary's flags with the record's own standing, in the order of the vocabulary."""
    citation = study.citation
    standing = {
        "retracted": citation.is_retracted,
        "expression-of-concern": citation.has_concern,
        "corrected": citation.is_corrected,
        "preprint": citation.is_preprint,
    }
    flags = {flag for flag, holds in standing.items() if holds} | set(study.summary.flags)
    return [flag for flag in FLAGS if flag in flags]


def _rows(study: Study) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    stated = (
        ("Population", _population(study)),
        ("Treatment", _treatment(study)),
        ("Compared with", _compared(study)),
        ("Result", _result(study)),
        ("Harms named", ", ".join(fact.value for fact in study.summary.harms if fact.spans) or None),
        ("Primary outcome", PRIMARY_NOT_MET if study.summary.primary_not_met else None),
        ("Authors conclude", _conclusion(study)),
    )
    rows = []
    for label, text in stated:
        if text:
            rows.append(Row(label=label, text=text, is_quote=label in ("Result", "Authors conclude")))
        elif label == "Result":
            rows.append(Row(label=label, text=NO_ESTIMATE, is_stated=False))
    unstated = {"Population": "population", "Treatment": "treatment", "Compared with": "comparator"}
    unstated |= {"Harms named": "harms", "Authors conclude": "authors’ conclusion"}
    return tuple(rows), tuple(unstated[label] for label, text in stated if not text and label in unstated)


def _population(study: Study) -> str | None:
    summary = study.summary
    included = summary.studies_included
    parts = [f"{included.value:,} studies"] if included and included.spans else []
    if summary.sample_size and summary.sample_size.spans:
        parts.append(plural(summary.sample_size.value, "participant", "participants"))
    parts += [", ".join(_values(summary.age_groups, AGE_GROUPS)), ", ".join(_values(summary.conditions, CONDITIONS))]
    return "; ".join(part for part in parts if part) or None


def _treatment(study: Study) -> str | None:
    summary = study.summary
    drugs = _values(summary.drugs, DRUGS)
    doses = [dose for dose in summary.doses if dose.spans]
    several = len({dose.drug for dose in doses}) > 1
    amounts = [f"{dose.value} {DRUGS[dose.drug]}" if several else dose.value for dose in doses]
    words = [f"{' or '.join(_values(summary.routes, ROUTES))} {' and '.join(drugs)}".strip()]
    words.append(" or ".join(dict.fromkeys(amounts)))
    if summary.regimen and summary.regimen.spans:
        count = summary.regimen.sessions or 0
        sessions = f" ({count} sessions)" if count > 1 else ""
        words.append(f"{REGIMENS[summary.regimen.value]}{sessions}")
    return ", ".join(word for word in words if word) or None


def _compared(study: Study) -> str | None:
    comparators = _values(study.summary.comparators, COMPARATORS)
    control = study.summary.control
    if not comparators and control and control.spans:
        return CONTROLS[control.value]
    return ", ".join(comparators) or None


def _result(study: Study) -> str | None:
    findings = sorted(study.summary.findings, key=_finding_rank)
    quotes = (_sentence_with(study.citation, finding.spans) for finding in findings)
    return next((quote for quote in quotes if quote), None)


def _finding_rank(finding: Finding) -> tuple[bool, bool, bool]:
    """The primary outcome first, then what has an interval, then what has a p value; else as they stand."""
    return (finding.primary is not True, finding.ci is None, finding.p is None)


def _sentence_with(citation: Citation, spans: Sequence[Span]) -> str | None:
    """The abstract's own sentence around the spans; cut with an ellipsis where it is long, never within the spans."""
    if not spans or any(span.section != spans[0].section for span in spans):
        return None
    passage = next((p for p in prepare(citation).passages if p.section == spans[0].section), None)
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    if passage is None or not 0 <= start < end <= len(passage.text):
        return None
    # The passage's sentences count from the beginning of the reading, spans from that of their section.
    bounds = [(sentence.start - passage.start, sentence.end - passage.start) for sentence in passage.sentences]
    first = max((begin for begin, _ in bounds if begin <= start), default=0)
    last = min((stop for _, stop in bounds if stop >= end), default=len(passage.text))
    return _around(passage.text, first, last, start, end)


def _around(text: str, first: int, last: int, start: int, end: int) -> str:
    """text[first:last], kept to the allowed length by leaving out words before `start` or behind `end`."""
    spare = max(0, _RESULT_LENGTH - (end - start))
    before = min(start - first, max(spare // 2, spare - (last - end)))
    after = min(last - end, spare - before)
    left = first if start - before <= first else text.find(" ", start - before, start) + 1 or start
    right = last if end + after >= last else max(text.rfind(" ", end, end + after), end)
    opening, closing = "… " if left > first else "", " …" if right < last else ""
    return f"{opening}{squeeze(text[left:right])}{closing}"


def _conclusion(study: Study) -> str | None:
    conclusion = study.summary.conclusion
    return shorten(conclusion.quote, _CONCLUSION_LENGTH) if conclusion and conclusion.spans else None


def _people(study: Study) -> str:
    size = study.summary.sample_size
    return f", {plural(size.value, 'participant', 'participants')}" if size and size.spans else ""


#: Designs that gather other people's trials: their comparators are many and none of them their own.
_SYNTHESES = ("meta-analysis", "systematic-review", "guideline")


def _opponents(summary: Summary) -> list[str]:
    return [] if summary.design.value in _SYNTHESES else _short_comparators(summary.comparators)


def _choice(treatment: str, comparators: Sequence[str]) -> str:
    """Ketamine or midazolam; ketamine, saline or ECT."""
    *first, last = [treatment, *comparators]
    return f"{', '.join(first)} or {last}" if first else last


def _short_comparators(facts: Sequence[Fact]) -> list[str]:
    values = [fact.value for fact in facts if fact.spans]
    if "saline" in values and "placebo" in values:
        values.remove("placebo")
    words = [_SHORT_COMPARATORS.get(value, COMPARATORS[value]) for value in values]
    return words if len(words) <= 2 else [f"{len(words)} comparators"]


def _values(facts: Sequence[Fact], table: Mapping[str, str]) -> list[str]:
    return [table[value] for value in dict.fromkeys(fact.value for fact in facts if fact.spans)]


def names_of(study: Study, topics: Sequence[Topic]) -> tuple[str, ...]:
    """The names of the topics that match a study."""
    return tuple(topic.name for topic in topics if topic.slug in study.topics)
