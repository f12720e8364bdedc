"""A plain table for a terminal or a pipe: no colour, no PMID cut short, titles wrapped."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aggregator.plain import line
from aggregator.study import Study
from aggregator.vocabulary import DESIGNS

#: For a pipe, where nobody knows a width.
_USUAL_WIDTH = 120


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    text: Callable[[Study], str]
    #: The narrowest table that has room for it.
    from_width: int = 0
    ratio: int | None = None
    width: int | None = None
    justify: str = "left"


def _title(study: Study) -> str:
    return f"RETRACTED: {study.citation.title}" if study.citation.is_retracted else study.citation.title


def _journal(study: Study) -> str:
    return study.citation.journal.abbreviation or study.citation.journal.title or ""


def _size(study: Study) -> str:
    return f"{study.summary.sample_size.value:,}" if study.summary.sample_size else ""


_PMID = _Column("PMID", lambda study: study.pmid, width=8)
_YEAR = _Column("Year", lambda study: str(study.citation.published.year or ""), from_width=40, width=4)
_DESIGN = _Column(
    "Design", lambda study: DESIGNS.get(study.summary.design.value, study.summary.design.value), 64, ratio=3
)
_SIZE = _Column("N", _size, from_width=64, width=7, justify="right")
_TOPICS = _Column("Topics", lambda study: ", ".join(study.topics), from_width=90, width=20)
_JOURNAL = _Column("Journal", _journal, from_width=90, ratio=3)
_TITLE = _Column("Title", _title, ratio=9)


def write(studies: Sequence[Study], width: int | None = None) -> str:
    """The studies as a table of that many columns (120 where none is given); a narrow one leaves columns out."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not studies:
        return "No studies.\n"
    room = width or _USUAL_WIDTH
    columns = [column for column in _columns(studies) if room >= column.from_width]
    table = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False, padding=(0, 1))
    for column in columns:
        table.add_column(
            column.header,
            ratio=column.ratio,
            width=max(len(column.text(study)) for study in studies) if column is _PMID else column.width,
            no_wrap=column.width is not None,
            justify="right" if column.justify == "right" else "left",
            overflow="fold",
        )
    for study in studies:
        table.add_row(*(Text(line(column.text(study))) for column in columns))
    out = io.StringIO()
    Console(file=out, width=room, color_system=None, force_terminal=False, legacy_windows=False).print(table)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().strip("\n").splitlines())


def _columns(studies: Sequence[Study]) -> tuple[_Column, ...]:
    """Studies that were only looked up have no topics: the journal stands in their place."""
    place = _TOPICS if any(study.topics for study in studies) else _JOURNAL
    return (_PMID, _YEAR, _DESIGN, _SIZE, place, _TITLE)
