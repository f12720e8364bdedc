"""A study's facts, each tied to the words of the title or abstract that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

from aggregator.citation import Citation
from aggregator.report import is_retracted
from aggregator.study import Study
from aggregator.summary import PRIMARY_NOT_MET, CountFact, Fact, Finding, Span, Summary
from aggregator.vocabulary import (
    AGE_GROUPS,
    COMPARATORS,
    CONDITIONS,
    CONTROLS,
    DESIGNS,
    DIRECTIONS,
    DRUGS,
    MEASURES,
    PHASES,
    PSYCHOTHERAPY,
    REGIMENS,
    ROUTES,
)

#: A quotation where the abstract itself may not be shown: two short sentences at most.
SHORT_QUOTE = 300
#: A space at which no line ends: a number stays with its sign and its unit.
HARD = "\u00a0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One extracted value as a reader sees it."""

    #: The element's id on the page.
    id: str
    text: str
    spans: tuple[Span, ...] = ()
    is_quote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One line of the card; no value means "not stated in the abstract"."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of text that the same facts were read from; none for most of it."""

    text: str
    facts: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The title or one section of the abstract."""

    label: str | None
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Card and text, tied to each other by ids."""

    design: Value
    #: (heading, rows), in the order of display.
    groups: tuple[tuple[str, tuple[FactRow, ...]], ...]
    title: Passage
    #: None where the text is not shown: a retracted study, or a site without abstracts.
    abstract: tuple[Passage, ...] | None
    #: A value's id -> the id of the first marked words that it was read from; none for words that are not on the page.
    marks: Mapping[str, str]


def read(study: Study, *, abstracts: bool = True) -> Reading:
    """The card of a study beside its text.

    A retracted study has neither results nor abstract; with `abstracts=False` no study has an abstract, and a
    conclusion is quoted at SHORT_QUOTE characters at most.
    """
    citation, summary = study.citation, study.summary
    retracted = is_retracted(study)
    with_text = abstracts and not retracted
    numbered = _Numbering()
    design = numbered.value(_design_words(summary), summary.design.spans)
    groups = tuple(_groups(citation, summary, numbered, results=not retracted, whole_quotes=abstracts))
    spans = [(value.id, span) for value in (design, *_values(groups)) for span in value.spans]
    marks = _Numbering("m")
    title = Passage(label=None, segments=segments(citation.title, _in_section(spans, "title"), marks))
    text = (
        tuple(
            Passage(label=section.label, segments=segments(section.text, _in_section(spans, index), marks))
            for index, section in enumerate(citation.abstract)
        )
        if with_text
        else None
    )
    return Reading(design=design, groups=groups, title=title, abstract=text, marks=_first_marks((title, *(text or ()))))


class _Numbering:
    """Ids in the order of the page: f1, f2, ..."""

    def __init__(self, prefix: str = "f") -> None:
        self._prefix = prefix
        self._last = 0

    def __next__(self) -> str:
        self._last += 1
        return f"{self._prefix}{self._last}"

    def value(self, text: str, spans: tuple[Span, ...], *, is_quote: bool = False) -> Value:
        return Value(id=next(self), text=text, spans=spans, is_quote=is_quote)


#: Rows that only some studies can have.
_IF_STATED = frozenset({"Studies included", "Infusion time", "Phase", "Definitions", "Primary outcome"})


def _groups(
    citation: Citation, summary: Summary, number: _Numbering, *, results: bool, whole_quotes: bool
) -> Iterable[tuple[str, tuple[FactRow, ...]]]:
    """Every heading with its rows; a row that only some studies can have appears only when it is stated."""

    def facts(name: str, found: Iterable[Fact | None], table: Mapping[str, str]) -> FactRow:
        stated = [fact for fact in found if fact is not None]
        values = tuple(number.value(_capital(table.get(fact.value, fact.value)), fact.spans) for fact in stated)
        return FactRow(name=name, values=values)

    def one(name: str, text: str | None, spans: tuple[Span, ...]) -> FactRow:
        return FactRow(name=name, values=(number.value(text, spans),) if text is not None else ())

    def count(name: str, found: CountFact | None) -> FactRow:
        return one(name, f"{found.value:,}", found.spans) if found else FactRow(name=name, values=())

    def quoted(name: str, found: Iterable[tuple[str, tuple[Span, ...]]]) -> FactRow:
        shown = [(quote if whole_quotes else shortened(quote), spans) for quote, spans in found]
        return FactRow(name=name, values=tuple(number.value(quote, spans, is_quote=True) for quote, spans in shown))

    yield (
        "Who was studied",
        _kept(
            count("Studies included", summary.studies_included),
            count("Participants", summary.sample_size),
            facts("Condition", summary.conditions, CONDITIONS),
            facts("Age", summary.age_groups, AGE_GROUPS),
        ),
    )
    doses = tuple(
        number.value(f"{dose.value} ({DRUGS.get(dose.drug, dose.drug)})", dose.spans) for dose in summary.doses
    )
    regimen = summary.regimen
    therapy = None if summary.psychotherapy.value == "none-stated" else summary.psychotherapy
    yield (
        "Treatment",
        _kept(
            facts("Drug", summary.drugs, DRUGS),
            FactRow(name="Dose", values=doses),
            facts("Route", summary.routes, ROUTES),
            one("Regimen", regimen_words(summary), regimen.spans if regimen else ()),
            facts("Infusion time", (summary.infusion_time,), {}),
            facts("Psychotherapy", (therapy,), PSYCHOTHERAPY),
        ),
    )
    yield (
        "Comparison",
        _kept(
            facts("Compared with", summary.comparators, COMPARATORS),
            facts("Control", (summary.control,), CONTROLS),
            facts("Phase", (summary.phase,), PHASES),
        ),
    )
    yield (
        "Outcomes",
        _kept(
            facts("Scales", summary.scales, {}),
            quoted("Definitions", [(fact.value, fact.spans) for fact in summary.definitions]),
        ),
    )
    if results:
        conclusion = summary.conclusion
        findings = tuple(
            number.value(finding_words(finding, summary, printed(citation, finding)), finding.spans)
            for finding in summary.findings
        )
        yield (
            "Results, as reported",
            _kept(
                FactRow(name="Estimates", values=findings),
                facts("Direction", (summary.direction,), DIRECTIONS),
                facts("Harms named", summary.harms, {}),
                # Beside the conclusion, which may dwell on whatever else came out well.
                one("Primary outcome", PRIMARY_NOT_MET if summary.primary_not_met else None, summary.primary_not_met),
                quoted("Authors conclude", [(conclusion.quote, conclusion.spans)] if conclusion else []),
            ),
        )
    if summary.bucket != "core" and summary.bucket_reason:
        yield "Set aside", (one("Reason", summary.bucket_reason, summary.bucket_spans),)


def _kept(*rows: FactRow) -> tuple[FactRow, ...]:
    return tuple(row for row in rows if row.values or row.name not in _IF_STATED)


def _design_words(summary: Summary) -> str:
    return DESIGNS.get(summary.design.value, summary.design.value)


def regimen_words(summary: Summary) -> str | None:
    """Repeated doses, 6 sessions."""
    if summary.regimen is None:
        return None
    words = _capital(REGIMENS.get(summary.regimen.value, summary.regimen.value))
    sessions = summary.regimen.sessions
    return f"{words}, {sessions} session{'' if sessions == 1 else 's'}" if sessions else words


#: Shares of patients, in per cent: they mean nothing without the number studied and what it was compared with.
_RATES = ("response rate", "remission rate")


def printed(citation: Citation, finding: Finding) -> str:
    """The words that a finding was read from."""
    return " ".join(citation.section_text(span.section)[span.start : span.end] for span in finding.spans)


#: A number as abstracts print it, with a raised or missing decimal point.
_PRINTED_NUMBER = re.compile(r"(?<![\d.·])(?=[.·]?\d)(?P<whole>\d+)?(?:[.·](?P<part>\d+))?")


def _as_printed(value: float, words: str) -> str:
    """The number with the decimals that its own words give it: −6.0, not −6; by itself where they do not hold it."""
    sign = "−" if value < 0 else ""
    for found in _PRINTED_NUMBER.finditer(words):
        digits = (found["whole"] or "0") + (f".{found['part']}" if found["part"] else "")
        if float(digits) == abs(value):
            return f"{sign}{digits}"
    return f"{sign}{abs(value):g}"


def finding_words(finding: Finding, summary: Summary, words: str = "") -> str:
    """CAPS-5 at 2 weeks: mean difference 11.88 (95% CI 7 to 16), p = 0.004; favours ketamine; primary outcome.

    `words`: those that it was read from, whose decimals the numbers keep.
    """
    where = " at ".join(part for part in (finding.scale, finding.timepoint) if part)
    measure = MEASURES.get(finding.measure, finding.measure)
    text = f"{measure} {estimate_words(finding, words)}"
    if finding.p:
        text += f", p{HARD}{finding.p}" if finding.p[0] in "<>≤≥=" else f", p{HARD}={HARD}{finding.p}"
    parts = [f"{where}: {text}" if where else _capital(text)]
    if finding.measure in _RATES:
        parts.append(_context_of_rate(summary))
    if finding.direction:
        parts.append(DIRECTIONS.get(finding.direction, finding.direction))
    if finding.primary:
        parts.append("primary outcome")
    return "; ".join(parts)


def estimate_words(finding: Finding, words: str) -> str:
    """11.88 (95% CI 7.1 to 16.6), with the decimals of the words that it was read from."""
    unit = "%" if finding.measure in _RATES else ""
    text = f"{_as_printed(finding.estimate, words)}{unit}"
    if finding.ci:
        level = f"{finding.ci_level:g}%{HARD}" if finding.ci_level else ""
        text += f" ({level}CI {_as_printed(finding.ci[0], words)} to {_as_printed(finding.ci[1], words)})"
    return text


def _context_of_rate(summary: Summary) -> str:
    size = f"study n{HARD}={HARD}{summary.sample_size.value:,}" if summary.sample_size else "study n not stated"
    against = ", ".join(COMPARATORS.get(fact.value, fact.value) for fact in summary.comparators)
    return f"{size}, {f'compared with {against}' if against else 'no comparison stated'}"


def shortened(quote: str, limit: int = SHORT_QUOTE) -> str:
    """The quotation cut at a word's end, the cut shown."""
    if len(quote) <= limit:
        return quote
    return quote[: quote.rfind(" ", 0, limit - 2) if " " in quote[: limit - 2] else limit - 2] + " …"


def segments(text: str, spans: Sequence[tuple[str, Span]], marks: _Numbering | None = None) -> tuple[Segment, ...]:
    """The text cut wherever a fact's words begin or end; joined, the segments are the text."""
    number = marks or _Numbering("m")
    inside = [
        (fact, max(0, span.start), min(len(text), span.end))
        for fact, span in spans
        if span.start < len(text) and span.end > max(0, span.start)
    ]
    cuts = sorted({0, len(text), *(cut for _, start, end in inside for cut in (start, end))})
    place = {cut: index for index, cut in enumerate(cuts)}
    # Dictionaries keep the facts' order, each once.
    covering: list[dict[str, None]] = [{} for _ in cuts]
    for fact, start, end in inside:
        for index in range(place[start], place[end]):
            covering[index][fact] = None
    return tuple(
        Segment(text=text[start:end], facts=tuple(facts), id=next(number) if facts else None)
        for (start, end), facts in zip(pairwise(cuts), covering, strict=False)
    )


def _values(groups: Iterable[tuple[str, tuple[FactRow, ...]]]) -> Iterable[Value]:
    return (value for _, rows in groups for row in rows for value in row.values)


def _in_section(spans: Iterable[tuple[str, Span]], section: int | str) -> list[tuple[str, Span]]:
    return [(fact, span) for fact, span in spans if span.section == section]


def _first_marks(passages: Iterable[Passage]) -> dict[str, str]:
    first: dict[str, str] = {}
    for passage in passages:
        for segment in passage.segments:
            for fact in segment.facts:
                first.setdefault(fact, segment.id or "")
    return first


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


#: The registries' own pages of a trial, by how its number begins; others are looked up at WHO's portal.
_REGISTRIES = (
    ("NCT", "https://clinicaltrials.gov/study/{}"),
    ("ISRCTN", "https://www.isrctn.com/{}"),
    ("DRKS", "https://drks.de/search/en/trial/{}"),
    ("jRCT", "https://jrct.mhlw.go.jp/en-latest-detail/{}"),
    ("CRD", "https://www.crd.york.ac.uk/prospero/display_record.php?ID={}"),
)
_TRIAL_NUMBERS = (
    "ACTRN",
    "ChiCTR",
    "CTRI",
    "IRCT",
    "JPRN",
    "KCT",
    "NL",
    "NTR",
    "PACTR",
    "RBR",
    "SLCTR",
    "TCTR",
    "UMIN",
)


def registry_url(number: str) -> str | None:
    """Where a registration can be read; None for an accession that is no trial's."""
    for start, address in _REGISTRIES:
        if number.lower().startswith(start.lower()):
            return address.format(quote(number, safe=""))
    if _is_eudract(number):
        return f"https://www.clinicaltrialsregister.eu/ctr-search/search?query={number}"
    if number.lower().startswith(tuple(start.lower() for start in _TRIAL_NUMBERS)):
        return f"https://trialsearch.who.int/Trial2.aspx?TrialID={quote(number, safe='')}"
    return None


def _is_eudract(number: str) -> bool:
    parts = number.split("-")
    return [len(part) for part in parts] == [4, 6, 2] and all(part.isdigit() for part in parts)


def notice_url(pmid: str | None) -> str | None:
    """The PubMed page of a notice."""
    return Citation(pmid=pmid).url if pmid and pmid.isdigit() else None
