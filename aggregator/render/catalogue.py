"""What the page's search knows of every study: one line each, and the values that it can be filtered by."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from aggregator.formats import bibtex, ris
from aggregator.formats.vancouver import cite
from aggregator.plain import clean
from aggregator.render.reading import HARD, regimen_words, shortened
from aggregator.report import NOT_REPORTED, Report, is_retracted, is_shown
from aggregator.study import CHANGE_KINDS, Study
from aggregator.summary import NOT_STATED, Fact, Summary
from aggregator.vocabulary import (
    AGE_GROUPS,
    BUCKETS,
    COMPARATORS,
    CONDITIONS,
    CONTROLS,
    DESIGNS,
    DIRECTIONS,
    DRUGS,
    FLAGS,
    PSYCHOTHERAPY,
    ROUTES,
)

#: Studies a file: small enough that the newest are usable before the rest has come.
PART = 2000

#: Publishers often put the word before the title themselves; lists say it once, for every retracted study.
_OWN_PREFIX = re.compile(r"^\s*retracted(?: article)?\s*:\s*", re.IGNORECASE)

#: Flags that stand beside a title; the others are facets only.
STATUS_FLAGS = ("retracted", "expression-of-concern", "corrected", "preprint", "primary-outcome-not-met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A study in a list."""

    pmid: str
    title: str
    byline: str
    #: Journal and date.
    source: str
    design: str
    is_confirmed: bool
    is_retracted: bool
    #: Participants, condition, treatment and comparison as far as stated, joined for reading.
    facts: str
    #: Words of STATUS_FLAGS.
    status: tuple[str, ...]
    conclusion: str | None
    #: Why it is set aside; None for a study that is not.
    set_aside: str | None


def says_retracted(title: str) -> bool:
    """The title itself begins with the word."""
    return _OWN_PREFIX.match(title) is not None


def line(study: Study, *, abstracts: bool = True) -> Line:
    """The study as lists show it; a retracted one without its results."""
    citation, summary = study.citation, study.summary
    retracted = is_retracted(study)
    quote = summary.conclusion.quote if summary.conclusion and not retracted else None
    return Line(
        pmid=study.pmid,
        title=(_OWN_PREFIX.sub("", citation.title, count=1) if retracted else citation.title)
        or citation.vernacular_title
        or "Title not stated",
        byline=citation.byline,
        source=" · ".join(
            part for part in (citation.journal.abbreviation or citation.journal.name, str(citation.published)) if part
        ),
        design=DESIGNS.get(summary.design.value, summary.design.value),
        is_confirmed=summary.design.confirmed,
        is_retracted=retracted,
        facts=" · ".join(_facts(study)),
        status=tuple(FLAGS[flag] for flag in flags(study) if flag in STATUS_FLAGS),
        conclusion=quote if abstracts or quote is None else shortened(quote),
        set_aside=None if is_shown(study) else (summary.bucket_reason or BUCKETS.get(summary.bucket, summary.bucket)),
    )


def _facts(study: Study) -> Iterator[str]:
    summary = study.summary
    if summary.studies_included:
        yield f"{summary.studies_included.value:,} studies"
    if summary.sample_size:
        yield f"n{HARD}={HARD}{summary.sample_size.value:,}"
    yield from _joined(summary.conditions, CONDITIONS)
    doses = ", ".join(dose.value.replace(" ", HARD) for dose in summary.doses[:2])
    treatment = [*_joined(summary.drugs, DRUGS), *([doses] if doses else [])]
    if summary.routes:
        treatment.append(ROUTES.get(summary.routes[0].value, summary.routes[0].value))
    if treatment:
        yield " ".join(treatment)
    for against in _joined(summary.comparators, COMPARATORS):
        yield f"compared with {against}"
    yield from _joined(summary.scales[:3], {})


def _joined(facts: Sequence[Fact], table: Mapping[str, str]) -> Iterator[str]:
    if facts:
        yield ", ".join(table.get(fact.value, fact.value) for fact in facts)


def flags(study: Study) -> tuple[str, ...]:
    """The summary's flags and the record's own status, in the order of display."""
    citation = study.citation
    status = {
        "retracted": citation.is_retracted,
        "expression-of-concern": citation.has_concern,
        "corrected": citation.is_corrected,
        "preprint": citation.is_preprint,
    }
    held = {*study.summary.flags, *(name for name, holds in status.items() if holds)}
    return tuple(flag for flag in FLAGS if flag in held)


def change_words(kind: str, before: str | None, after: str | None) -> str:
    """Retracted: J Invent Stud. 2026;1:9: what became different, with the words before and after."""
    words = CHANGE_KINDS[kind]
    if before and after:
        return f"{words}: {before} → {after}"
    return f"{words}: {after}" if after else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One thing that studies can be filtered by."""

    key: str
    name: str
    values: Callable[[Study], Iterable[str]]
    #: Value -> the words a reader sees; values without an entry stand as they are.
    words: Mapping[str, str] = field(default_factory=dict)
    #: The order of values that have no table.
    newest_first: bool = False
    #: Chosen by following a link only: no list of the filters shows it.
    is_hidden: bool = False


def facets(report: Report) -> tuple[Facet, ...]:
    """Every facet, in the order of display."""
    topics = {page.topic.slug: page.topic.name for page in report.topics}
    directions = {**DIRECTIONS, NOT_REPORTED: NOT_STATED}

    def summary_values(name: str) -> Callable[[Study], Iterable[str]]:
        return lambda study: (fact.value for fact in getattr(study.summary, name))

    return (
        Facet(key="topic", name="Topic", values=lambda study: study.topics, words=topics),
        Facet(key="design", name="Design", values=lambda study: (study.summary.design.value,), words=DESIGNS),
        Facet(key="condition", name="Condition", values=summary_values("conditions"), words=CONDITIONS),
        Facet(key="drug", name="Drug", values=summary_values("drugs"), words=DRUGS),
        Facet(key="route", name="Route", values=summary_values("routes"), words=ROUTES),
        Facet(key="comparator", name="Compared with", values=summary_values("comparators"), words=COMPARATORS),
        Facet(key="scale", name="Scale", values=summary_values("scales")),
        Facet(key="age", name="Age", values=summary_values("age_groups"), words=AGE_GROUPS),
        Facet(key="direction", name="Direction reported", values=_direction, words=directions),
        Facet(key="year", name="Year", values=_year, newest_first=True),
        Facet(key="flag", name="Remarks", values=flags, words=FLAGS),
        Facet(key="bucket", name="Kind", values=lambda study: (study.summary.bucket,), words=BUCKETS),
        Facet(key="week", name="Week of the digest", values=_week, newest_first=True),
        *_claim_facets(report),
    )


def claim_set(claim: str, key: str) -> str:
    """The name of one number's studies in addresses: ptsd.trials."""
    return f"{claim}.{key}"


def _claim_facets(report: Report) -> Iterator[Facet]:
    """The studies behind each number of the claims' page, so that each number leads to exactly its own."""
    sets: defaultdict[str, list[str]] = defaultdict(list)
    words: dict[str, str] = {}
    for evidence in report.claims:
        for tally in evidence.tallies:
            name = claim_set(evidence.claim.id, tally.key)
            words[name] = f"{evidence.claim.short}: {tally.name}"
            for study in tally.studies:
                sets[study.pmid].append(name)
    if words:
        yield Facet(
            key="claim", name="Claim", values=lambda study: sets.get(study.pmid, ()), words=words, is_hidden=True
        )


def _direction(study: Study) -> tuple[str, ...]:
    if is_retracted(study):
        return ()
    return (study.summary.direction.value if study.summary.direction else NOT_REPORTED,)


def _year(study: Study) -> tuple[str, ...]:
    return (str(study.citation.published.year),) if study.citation.published.year else ()


def _week(study: Study) -> tuple[str, ...]:
    return (study.announced[0],) if study.announced else ()


def files(report: Report, lines: Mapping[str, Line]) -> Iterator[tuple[str, str]]:
    """(file name, JavaScript) for the folder assets/: the facets, then the studies in parts, newest first.

    Of each part there is what lists show, what is searched besides, and the references to save or copy.

    `lines` has the line of every PMID. Scripts and not JSON, because a page opened from a disk may load a script and
    may not fetch a file.
    """
    known = [_Column(facet, report.studies) for facet in facets(report)]
    parts = [report.studies[start : start + PART] for start in range(0, len(report.studies), PART)]
    yield "catalogue.js", _script("begin", _opening(report, known, len(parts)))
    for number, studies in enumerate(parts, 1):
        yield f"studies-{number}.js", _script("add", [_row(study, lines[study.pmid], known) for study in studies])
        yield f"words-{number}.js", _script("describe", [_words(study, lines[study.pmid]) for study in studies])
        yield f"cite-{number}.js", _script("cite", [number, [_references(study) for study in studies]])


class _Column:
    """A facet with the values that occur, numbered."""

    def __init__(self, facet: Facet, studies: Iterable[Study]) -> None:
        self.facet = facet
        found = Counter(value for study in studies for value in facet.values(study))
        self.values = sorted(found, key=lambda value: self._place(value, found), reverse=facet.newest_first)
        self.numbers = {value: number for number, value in enumerate(self.values)}

    def _place(self, value: str, found: Mapping[str, int]) -> tuple[int, int, str]:
        order = list(self.facet.words)
        if value in self.facet.words:
            return (order.index(value), 0, value)
        return (len(order), 0 if self.facet.newest_first else -found[value], value)

    def of(self, study: Study) -> list[int]:
        return [self.numbers[value] for value in dict.fromkeys(self.facet.values(study))]


def _opening(report: Report, known: Iterable[_Column], parts: int) -> dict[str, Any]:
    return {
        "size": len(report.studies),
        "parts": parts,
        "part": PART,
        "facets": [
            {
                "key": column.facet.key,
                "name": column.facet.name,
                "hidden": column.facet.is_hidden,
                "values": [[value, _label(clean(column.facet.words.get(value, value)))] for value in column.values],
            }
            for column in known
        ],
        "status": [FLAGS[flag] for flag in STATUS_FLAGS],
    }


def _label(words: str) -> str:
    return words[:1].upper() + words[1:]


def _row(study: Study, shown: Line, known: Iterable[_Column]) -> list[Any]:
    """What a list needs of one study; texts are cleaned here, as Jinja does it for pages."""
    size = study.summary.sample_size
    return [
        shown.pmid,
        *(clean(text) for text in (shown.title, shown.byline, shown.source, shown.facts)),
        int(shown.is_confirmed),
        int(shown.is_retracted),
        size.value if size else 0,
        clean(shown.set_aside or ""),
        [column.of(study) for column in known],
    ]


def _words(study: Study, shown: Line) -> list[Any]:
    """What is searched and saved beyond the line: authors, journal, DOI, the authors' conclusion, further terms."""
    citation = study.citation
    terms = " ".join((*study.registrations, *_further_terms(study.summary, with_results=not shown.is_retracted)))
    return [
        [clean(author.name) for author in citation.authors if author.name],
        *(clean(text or "") for text in (citation.journal.name, citation.doi, shown.conclusion, terms)),
    ]


def _further_terms(summary: Summary, *, with_results: bool) -> Iterator[str]:
    """The words of what was extracted and stands neither in the line nor in a facet."""
    for facts, words in (
        (summary.doses, {}),
        ((summary.infusion_time,), {}),
        ((summary.control,), CONTROLS),
        ((summary.psychotherapy,) if summary.psychotherapy.spans else (), PSYCHOTHERAPY),
        *(((summary.harms, {}),) if with_results else ()),
    ):
        yield from (words.get(fact.value, fact.value) for fact in facts if fact)
    if regimen := regimen_words(summary):
        yield regimen
    if summary.phase:
        yield f"phase {summary.phase.value}"
    if with_results:
        yield from dict.fromkeys(
            word for finding in summary.findings for word in (finding.measure, finding.timepoint) if word
        )


def _references(study: Study) -> list[str]:
    """The study as the exports write it: a line of a reference list, BibTeX, RIS. Loaded when somebody asks for one.

    Without abstracts, which would double the site. Line ends are plain here; the page gives RIS its own.
    """
    return [clean(text) for text in (cite(study.citation), bibtex.write([study]), ris.write([study], abstracts=False))]


def _script(call: str, data: Any) -> str:
    # A string that the browser parses as JSON loads faster than the same data as a program.
    quoted = msgspec.json.encode(msgspec.json.encode(data).decode()).decode()
    return f"catalogue.{call}(JSON.parse({quoted}));\n"
