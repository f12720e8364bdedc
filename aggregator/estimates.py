"""Estimates with their intervals as abstracts report them, side by side and never together.

One panel a measure and a scale or outcome, for one group of designs: what is not measured alike is not drawn on one
axis. Only findings with an interval are shown, of studies that count and whose abstracts' numbers do not disagree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aggregator.citation import Citation
from aggregator.evidence.text import prepare
from aggregator.report import is_counted
from aggregator.study import Study
from aggregator.summary import Finding, Span
from aggregator.vocabulary import DESIGNS, MEASURES

RATIOS = frozenset({"odds ratio", "risk ratio", "hazard ratio"})
#: Differences in a unit of their own: they can be drawn together whatever the scale was, and are so by outcome.
STANDARDISED = frozenset({"standardized mean difference", "hedges g", "cohens d"})

#: Designs that are never drawn together: a synthesis holds the trials beside it.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Randomised trials", ("randomized-trial",)),
    ("Meta-analyses and systematic reviews", ("meta-analysis", "systematic-review")),
    (
        "Studies of other designs",
        tuple(d for d in DESIGNS if d not in ("randomized-trial", "meta-analysis", "systematic-review")),
    ),
)

#: What ratios are of, by the words beside them.
_EVENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("response", re.compile(r"(?<!dose-)(?<!dose )\brespon(?:se|ders?|ded)\b", re.IGNORECASE)),
    ("remission", re.compile(r"\bremi(?:ssion|tters?|tted)\b", re.IGNORECASE)),
    ("relapse", re.compile(r"\brelaps\w*|\brecurrence\b", re.IGNORECASE)),
    (
        "occurrence of depression",
        re.compile(
            r"\b(?:incidence|prevalence|risk|rates?|occurrence) of (?:[\w-]+ ){0,3}?(?:depress\w+|PPD|PND)\b"
            r"|\b(?:depression|PPD|PND) (?:incidence|prevalence|rates?|risk)\b",
            re.IGNORECASE,
        ),
    ),
)
#: Not the name of a diagnosis, which says who was treated, unless symptoms or scores of it follow.
_NO_DIAGNOSIS = (
    r"(?:(?<!bipolar )(?<!unipolar )(?<!resistant )(?<!refractory )(?<!major )(?<!with )"
    r"|(?=\w+ (?:symptom|score|severity|rating)))\b"
)
#: What standardised differences are of where no scale is named.
_SYMPTOMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("depressive symptoms", re.compile(rf"{_NO_DIAGNOSIS}depress\w*", re.IGNORECASE)),
    ("anxiety symptoms", re.compile(rf"{_NO_DIAGNOSIS}anxi\w*", re.IGNORECASE)),
    ("PTSD symptoms", re.compile(rf"{_NO_DIAGNOSIS}(?:PTSD\b|post-?traumatic stress)", re.IGNORECASE)),
    ("suicidal ideation", re.compile(r"\bsuicid\w*", re.IGNORECASE)),
    ("obsessive-compulsive symptoms", re.compile(r"\bobsessi\w*|\bOCD\b", re.IGNORECASE)),
    ("pain", re.compile(r"\bpain\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reported estimate."""

    study: Study
    finding: Finding
    #: The scale or outcome; None where it was not read.
    outcome: str | None

    @property
    def interval(self) -> tuple[float, float]:
        return self.finding.ci or (self.finding.estimate, self.finding.estimate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Estimates that can share an axis, the newest first."""

    measure: str
    outcome: str
    rows: tuple[Row, ...]
    #: Who is favoured below and above no effect, as the abstracts say; None unless all that take a side agree.
    favoured: tuple[str, str] | None
    #: Studies of the group that name the scale; None for an outcome, which the summary does not list.
    naming: int | None

    @property
    def is_ratio(self) -> bool:
        return self.measure in RATIOS

    @property
    def no_effect(self) -> float:
        return 1.0 if self.is_ratio else 0.0

    @property
    def studies(self) -> int:
        return len({row.study.pmid for row in self.rows})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The estimates of one group of designs."""

    name: str
    panels: tuple[Panel, ...]
    #: Estimates with an interval that fit no panel: no outcome was read, or the measure has no line of no effect.
    undrawn: tuple[Row, ...]
    #: Studies that count, and those of them with an interval.
    studies: int
    reporting: int


def compose(studies: Iterable[Study]) -> tuple[Group, ...]:
    """The groups that have an estimate with an interval; never of retracted or deleted studies or of preprints."""
    counted = [study for study in studies if is_counted(study) and study.summary.bucket == "core"]
    groups = (_group(name, [s for s in counted if s.summary.design.value in designs]) for name, designs in GROUPS)
    return tuple(group for group in groups if group.reporting)


def _group(name: str, studies: Sequence[Study]) -> Group:
    newest = sorted(studies, key=lambda study: (study.citation.published.sort_key, study.pmid), reverse=True)
    rows = [row for study in newest if "inconsistent-numbers" not in study.summary.flags for row in _rows(study)]
    members: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    undrawn = []
    for row in rows:
        if row.outcome is None:
            undrawn.append(row)
        else:
            members[row.finding.measure, row.outcome].append(row)
    panels = [_panel(measure, outcome, found, studies) for (measure, outcome), found in members.items()]
    order = list(MEASURES)
    return Group(
        name=name,
        panels=tuple(sorted(panels, key=lambda p: (-p.studies, -len(p.rows), order.index(p.measure), p.outcome))),
        undrawn=tuple(undrawn),
        studies=len(studies),
        reporting=len({row.study.pmid for row in rows}),
    )


def _rows(study: Study) -> Iterator[Row]:
    for finding in study.summary.findings:
        if finding.ci:
            yield Row(study=study, finding=finding, outcome=_outcome(study, finding))


def _outcome(study: Study, finding: Finding) -> str | None:
    """What the estimate is of, if it can be drawn: differences by their scale, ratios by the event beside them."""
    if finding.measure in RATIOS:
        is_drawable = finding.ci is not None and finding.ci[0] > 0
        return _only_named(study, finding, _EVENTS) if is_drawable else None
    if finding.measure in STANDARDISED:
        return finding.scale or _only_named(study, finding, _SYMPTOMS)
    return finding.scale if finding.measure == "mean difference" else None


def _only_named(study: Study, finding: Finding, outcomes: Sequence[tuple[str, re.Pattern[str]]]) -> str | None:
    """The one outcome named in the estimate's sentence since the estimate before; None for none and for several."""
    words = _words_before(study, finding)
    named = [name for name, pattern in outcomes if pattern.search(words)]
    return named[0] if len(named) == 1 else None


def _words_before(study: Study, finding: Finding) -> str:
    """The sentence from its beginning, or from the estimate before, to the end of the estimate."""
    if not finding.spans or finding.spans[0].section == "title":
        return ""
    own = finding.spans[0]
    text = study.citation.section_text(own.section)
    earlier = [
        other.spans[0].end
        for other in study.summary.findings
        if other.spans and other.spans[0].section == own.section and other.spans[0].end <= own.start
    ]
    return text[max([_sentence_start(study.citation, own), *earlier]) : own.end]


def _sentence_start(citation: Citation, span: Span) -> int:
    for passage in prepare(citation).passages:
        if passage.section == span.section:
            starts = [s.start - passage.start for s in passage.sentences if s.start - passage.start <= span.start]
            return max(starts, default=0)
    return 0


def _panel(measure: str, outcome: str, rows: Sequence[Row], studies: Iterable[Study]) -> Panel:
    scales = [{fact.value for fact in study.summary.scales} for study in studies]
    is_scale = any(row.finding.scale == outcome for row in rows)
    return Panel(
        measure=measure,
        outcome=outcome,
        rows=tuple(rows),
        favoured=_favoured(rows, 1.0 if measure in RATIOS else 0.0),
        naming=sum(outcome in named for named in scales) if is_scale else None,
    )


def _favoured(rows: Iterable[Row], no_effect: float) -> tuple[str, str] | None:
    """A side is named only if every row off the line says whom it favours: "11.9 points lower" is printed unsigned."""
    sides = set()
    for row in rows:
        low, high = row.interval
        if low <= no_effect <= high:
            continue
        direction = row.finding.direction
        if direction not in ("favours-ketamine", "favours-comparator"):
            return None
        sides.add((high < no_effect) == (direction == "favours-ketamine"))
    if len(sides) != 1:
        return None
    return ("favours-ketamine", "favours-comparator") if sides.pop() else ("favours-comparator", "favours-ketamine")
