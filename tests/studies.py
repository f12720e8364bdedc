"""Invented studies for tests: nobody wrote them, nobody took part in them; PMIDs from 90000001 up.

`study()` writes an abstract that states what its arguments say, so that every fact of the summary has a real span.
`Finding`s are given with the sentence that they were read from: `result("CAPS-5 was ... lower", estimate=11.9)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from aggregator.citation import AbstractSection, Author, Citation, Journal, Notice, PubDate, Registration
from aggregator.study import Change, Search, Study
from aggregator.summary import Conclusion, CountFact, DesignFact, Dose, Fact, Finding, Regimen, Span, Summary
from aggregator.topics import Topic
from aggregator.vocabulary import AGE_GROUPS, COMPARATORS, CONDITIONS, CONTROLS, DESIGNS, DRUGS, REGIMENS, ROUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The moment of these tests: a Monday morning after the week 2026-W47.
NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
PUBLISHED = PubDate(2026, 11, 16)

PUBLICATION_TYPES = {
    "meta-analysis": ("Journal Article", "Meta-Analysis"),
    "systematic-review": ("Journal Article", "Systematic Review"),
    "guideline": ("Practice Guideline",),
    "randomized-trial": ("Journal Article", "Randomized Controlled Trial"),
    "case-report": ("Case Reports",),
    "narrative-review": ("Journal Article", "Review"),
    "protocol": ("Clinical Trial Protocol",),
    "comment": ("Comment", "Letter"),
}

TOPICS = tuple(
    Topic(
        slug=slug,
        title=f"Ketamine: {short}",
        short=short,
        question=f"What is new on {short}?",
        query=query,
        order=order,
    )
    for order, (slug, short, query) in enumerate(
        (
            ("ptsd", "PTSD", "ketamine[mh] AND ptsd[tiab]"),
            ("social-anxiety", "Social anxiety", "ketamine[mh] AND social anxiety[tiab]"),
            ("depression", "Depression", "ketamine[mh] AND depression[tiab]"),
            ("psychotherapy", "With psychotherapy", "ketamine[mh] AND psychotherapy[tiab]"),
        ),
        1,
    )
)


@dataclass(frozen=True)
class Result:
    """A sentence of an abstract with the finding that it states."""

    sentence: str
    finding: Finding


def result(sentence: str, *, measure: str = "mean difference", estimate: float = 0.0, **rest: object) -> Result:
    """A sentence and its finding; the span is set when the study is built."""
    return Result(sentence, Finding(measure=measure, estimate=estimate, **rest))


def spans_of(citation: Citation, words: str) -> tuple[Span, ...]:
    """Where words stand first, in the abstract or else in the title; an error when they stand nowhere."""
    for index, section in enumerate(citation.abstract):
        if (start := section.text.find(words)) >= 0:
            return (Span(index, start, start + len(words)),)
    if (start := citation.title.find(words)) >= 0:
        return (Span("title", start, start + len(words)),)
    raise AssertionError(f"the invented study does not say {words!r}")


def study(
    pmid: str = "90000001",
    *,
    title: str | None = None,
    design: str = "randomized-trial",
    confirmed: bool = True,
    bucket: str = "core",
    bucket_reason: str | None = None,
    conditions: Sequence[str] = ("ptsd",),
    age_groups: Sequence[str] = ("adult",),
    n: int | None = 30,
    studies_included: int | None = None,
    drugs: Sequence[str] = ("ketamine",),
    routes: Sequence[str] = ("intravenous",),
    dose: str | None = "0.5 mg/kg",
    regimen: str | None = "single",
    sessions: int | None = None,
    infusion_time: str | None = None,
    comparators: Sequence[str] = ("midazolam",),
    control: str | None = "active-placebo",
    phase: str | None = None,
    scales: Sequence[str] = (),
    definitions: Sequence[str] = (),
    results: Sequence[Result] = (),
    direction: str | None = None,
    harms: Sequence[str] = (),
    not_met: Sequence[str] = (),
    psychotherapy: str = "none-stated",
    conclusion: str | None = "Larger trials are needed before conclusions can be drawn.",
    flags: Sequence[str] = (),
    topics: Sequence[str] = ("ptsd",),
    authors: Sequence[str] = ("Aster AB", "Birch C", "Cedar D"),
    journal: str | None = "Journal of Invented Studies",
    published: PubDate = PUBLISHED,
    entered: date | None = date(2026, 11, 17),
    doi: str | None = None,
    pmcid: str | None = None,
    publication_types: Sequence[str] | None = None,
    notices: Sequence[Notice] = (),
    registrations: Sequence[str] = (),
    has_abstract: bool = True,
    citation_changes: dict | None = None,
    first_seen: datetime | None = NOW,
    announced: tuple[str, datetime] | None = None,
    changes: Sequence[Change] = (),
) -> Study:
    """One invented study; whatever is None or empty is not stated in its abstract either.

    `not_met` are sentences of the results that say that the primary outcome was not met.
    """
    stated = [
        f"This {DESIGNS[design].lower()} is invented.",
        _sentence("It concerned", [CONDITIONS[c] for c in conditions]),
        _sentence("Participants were", [AGE_GROUPS[a] for a in age_groups]),
        f"There were {n:,} participants." if n is not None else "",
        f"We included {studies_included} studies." if studies_included is not None else "",
        _sentence("The drug was", [DRUGS[d] for d in drugs]),
        _sentence("The route was", [ROUTES[r] for r in routes]),
        f"The dose was {dose}." if dose else "",
        f"The schedule was {REGIMENS[regimen]}{f' in {sessions} sessions' if sessions else ''}." if regimen else "",
        f"One infusion lasted {infusion_time}." if infusion_time else "",
        _sentence("The comparison was with", [COMPARATORS[c] for c in comparators]),
        f"The control was {CONTROLS[control]}." if control else "",
        f"It was a phase {phase} study." if phase else "",
        _sentence("Measured with", scales),
        *(f"Here {words}." for words in definitions),
    ]
    found = [r.sentence for r in results] + ([_sentence("Reported were", harms)] if harms else []) + [*not_met]
    sections = [
        AbstractSection(label="METHODS", category="METHODS", text=" ".join(s for s in stated if s)),
        *([AbstractSection(label="RESULTS", category="RESULTS", text=" ".join(found))] if found else []),
        *([AbstractSection(label="CONCLUSIONS", category="CONCLUSIONS", text=conclusion)] if conclusion else []),
    ]
    citation = Citation(
        pmid=pmid,
        title=title
        if title is not None
        else f"An invented {DESIGNS[design].lower()} of {' and '.join(drugs)}, number {pmid}.",
        abstract=tuple(sections) if has_abstract else (),
        authors=tuple(_author(name) for name in authors),
        journal=Journal(title=journal, abbreviation=journal),
        published=published,
        entered=entered,
        doi=doi,
        pmcid=pmcid,
        publication_types=tuple(
            publication_types if publication_types is not None else PUBLICATION_TYPES.get(design, ("Journal Article",))
        ),
        languages=("eng",),
        notices=tuple(notices),
        registrations=tuple(Registration(databank="ClinicalTrials.gov", accession=number) for number in registrations),
        **(citation_changes or {}),
    )
    summary = Summary(
        bucket=bucket,
        bucket_reason=bucket_reason,
        design=DesignFact(value=design, confirmed=confirmed),
        flags=(*flags, *(["primary-outcome-not-met"] if not_met else [])),
    )
    if has_abstract:
        summary = replace(
            summary,
            conditions=tuple(_fact(citation, c, CONDITIONS[c]) for c in conditions),
            age_groups=tuple(_fact(citation, a, AGE_GROUPS[a]) for a in age_groups),
            sample_size=CountFact(value=n, spans=spans_of(citation, f"{n:,}")) if n is not None else None,
            studies_included=CountFact(value=studies_included, spans=spans_of(citation, f"included {studies_included}"))
            if studies_included is not None
            else None,
            drugs=tuple(_fact(citation, d, DRUGS[d]) for d in drugs),
            routes=tuple(_fact(citation, r, ROUTES[r]) for r in routes),
            doses=(Dose(value=dose, drug=drugs[0] if drugs else "ketamine", spans=spans_of(citation, dose)),)
            if dose
            else (),
            regimen=Regimen(value=regimen, sessions=sessions, spans=spans_of(citation, REGIMENS[regimen]))
            if regimen
            else None,
            infusion_time=_fact(citation, infusion_time, infusion_time) if infusion_time else None,
            definitions=tuple(_fact(citation, words, words) for words in definitions),
            primary_not_met=tuple(span for words in not_met for span in spans_of(citation, words)),
            comparators=tuple(_fact(citation, c, COMPARATORS[c]) for c in comparators),
            control=_fact(citation, control, CONTROLS[control]) if control else None,
            phase=_fact(citation, phase, f"phase {phase}") if phase else None,
            scales=tuple(_fact(citation, s, s) for s in scales),
            findings=tuple(replace(r.finding, spans=spans_of(citation, r.sentence)) for r in results),
            direction=Fact(value=direction, spans=spans_of(citation, results[0].sentence))
            if direction and results
            else None,
            harms=tuple(_fact(citation, h, h) for h in harms),
            psychotherapy=Fact(value=psychotherapy),
            conclusion=Conclusion(quote=conclusion, spans=spans_of(citation, conclusion)) if conclusion else None,
        )
    return Study(
        citation=citation,
        summary=summary,
        topics=tuple(topics),
        first_seen=first_seen,
        announced=announced,
        changes=tuple(changes),
    )


def retracted(pmid: str = "90000099", *, notice: str = "90000098", **rest: object) -> Study:
    """An invented study that its journal withdrew."""
    rest.setdefault("publication_types", ("Journal Article", "Retracted Publication"))
    rest.setdefault("flags", ("retracted",))
    rest.setdefault("notices", (Notice(ref_type="RetractionIn", source="J Invent Stud. 2026;1:9", pmid=notice),))
    return study(pmid, **rest)


def change(
    pmid: str, kind: str = "retracted", *, before: str | None = None, after: str | None = None, seen: datetime = NOW
) -> Change:
    """One status change of an invented study."""
    return Change(pmid=pmid, kind=kind, field="notices", before=before, after=after, seen=seen)


def search(
    topic: str = "ptsd", *, complete: bool = True, started: datetime = NOW, problem: str | None = None, **rest: object
) -> Search:
    """One search of a topic; a complete one with counts unless told."""
    if complete:
        rest.setdefault("found", 12)
    return Search(topic=topic, query="ketamine[mh]", started=started, complete=complete, problem=problem, **rest)


def searches(*, incomplete: Sequence[str] = (), topics: Sequence[Topic] = TOPICS) -> tuple[Search, ...]:
    """The last search of every topic, those named in `incomplete` cut short."""
    return tuple(
        search(
            topic.slug,
            complete=topic.slug not in incomplete,
            problem="PubMed did not answer" if topic.slug in incomplete else None,
        )
        for topic in topics
    )


def _sentence(start: str, words: Sequence[str]) -> str:
    return f"{start} {', '.join(words)}." if words else ""


def _fact(citation: Citation, value: str, words: str) -> Fact:
    return Fact(value=value, spans=spans_of(citation, words))


def _author(name: str) -> Author:
    last, _, initials = name.rpartition(" ")
    return Author(last_name=last, initials=initials) if last else Author(collective=name)
