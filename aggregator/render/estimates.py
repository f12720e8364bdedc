"""The pages of reported estimates: a drawing and its table a panel, for the whole library and for each topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from aggregator import charts
from aggregator.estimates import Group, Panel, Row, compose
from aggregator.render.reading import estimate_words, printed
from aggregator.report import Report
from aggregator.study import Study
from aggregator.topics import Topic
from aggregator.vocabulary import DESIGNS, DIRECTIONS, MEASURES

#: Letters that a drawing has room for: of an author's name, and of the line below it.
_NAME = 13
_ABOUT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One line of a table."""

    pmid: str
    #: The first.
    author: str
    year: str
    participants: int | None
    design: str
    measure: str
    outcome: str | None
    timepoint: str | None
    words: str
    p: str | None
    direction: str | None
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """One panel with its drawing."""

    id: str
    panel: Panel
    chart: Markup
    rows: tuple[Estimate, ...]
    #: Rows that only the table has.
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """The panels of one group of designs."""

    group: Group
    panels: tuple[PanelView, ...]
    undrawn: tuple[Estimate, ...]


def estimate_pages(report: Report) -> Iterator[tuple[str, Topic | None, tuple[Group, ...]]]:
    """(file, topic or None for all, groups) of each page that has something to show."""
    pages: list[tuple[str, Topic | None, Iterable[Study]]] = [("estimates.html", None, report.studies)]
    pages += [(f"estimates/{page.topic.slug}.html", page.topic, page.studies) for page in report.topics]
    for name, topic, studies in pages:
        if groups := compose(studies):
            yield name, topic, groups


def group_views(groups: Sequence[Group], root: str) -> tuple[GroupView, ...]:
    """The groups as a page shows them; `root` leads from the page to the top of the site."""
    return tuple(
        GroupView(
            group=group,
            panels=tuple(_panel(f"forest-{place}-{index}", panel, root) for index, panel in enumerate(group.panels, 1)),
            undrawn=tuple(map(_estimate, group.undrawn)),
        )
        for place, group in enumerate(groups, 1)
    )


def _panel(name: str, panel: Panel, root: str) -> PanelView:
    rows = tuple(map(_estimate, panel.rows))
    drawn = [_forest_line(row, root) for row in rows]
    return PanelView(
        id=name,
        panel=panel,
        chart=Markup(charts.forest(name, panel, drawn)),  # noqa: S704 - charts escapes every text it is given
        rows=rows,
        more=max(0, len(rows) - charts.ROWS_DRAWN),
    )


def _estimate(row: Row) -> Estimate:
    summary, citation, finding = row.study.summary, row.study.citation, row.finding
    return Estimate(
        pmid=row.study.pmid,
        author=next((author.name for author in citation.authors if author.name), "No author"),
        year=str(citation.published.year or "undated"),
        participants=summary.sample_size.value if summary.sample_size else None,
        design=DESIGNS.get(summary.design.value, summary.design.value),
        measure=MEASURES.get(finding.measure, finding.measure),
        outcome=row.outcome or finding.scale,
        timepoint=finding.timepoint,
        words=estimate_words(finding, printed(citation, finding)),
        p=finding.p,
        direction=DIRECTIONS.get(finding.direction) if finding.direction else None,
        is_primary=bool(finding.primary),
    )


def _forest_line(row: Estimate, root: str) -> charts.ForestLine:
    size = f"n {row.participants:,}" if row.participants is not None else "n not stated"
    about = f"{size}, {row.timepoint}" if row.timepoint else size
    return charts.ForestLine(
        study=f"{_fitting(row.author, _NAME)} {row.year}",
        about=_fitting(about, _ABOUT),
        estimate=row.words,
        address=f"{root}studies/{row.pmid}.html",
    )


def _fitting(words: str, length: int) -> str:
    return words if len(words) <= length else f"{words[: length - 1].rstrip(' ,')}…"
