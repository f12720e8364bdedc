"""What people see on a terminal: progress bars, one study in full, small tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aggregator.dates import in_words
from aggregator.plain import blanked, line
from aggregator.study import CHANGE_KINDS, Change, Study
from aggregator.summary import NOT_STATED, Fact, Span, labels
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
    PHASES,
    PSYCHOTHERAPY,
    REGIMENS,
    ROUTES,
)

if TYPE_CHECKING:
    from aggregator.harvest import Progress

#: Wide enough to read in a pipe, where there is no terminal to ask.
PIPE_WIDTH = 120


def console(*, to_stderr: bool = False) -> Console:
    """A console that writes plain text into pipes and files."""
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else PIPE_WIDTH, highlight=False, soft_wrap=False)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A small table on stdout; numbers are set right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    held = [tuple(map(line, row)) for row in rows]
    for column, head in enumerate(heads):
        is_number = bool(held) and all(row[column].replace(",", "").isdigit() for row in held)
        table.add_column(head, justify="right" if is_number else "left", overflow="fold")
    for row in held:
        table.add_row(*map(Text, row))
    console().print(table)


@contextmanager
def progress(*, is_quiet: bool) -> Iterator[Progress]:
    """A progress bar on a terminal's stderr; silence in pipes and with --quiet."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _doing, _done, _whole: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(to_stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def show(doing: str, done: int, whole: int) -> None:
            if doing not in tasks:
                tasks[doing] = bars.add_task(line(doing), total=whole)
            bars.update(tasks[doing], completed=done)  # type: ignore[arg-type]

        yield show


# -- one study in full ------------------------------------------------------------------------------


def print_study(study: Study) -> None:
    """The study as a card: its facts, each with the words it was read from, then the abstract."""
    citation, summary = study.citation, study.summary
    out = console()
    out.print(Text(line(citation.title), style="bold"))
    where = (citation.byline, citation.journal.name or "journal not stated", str(citation.published))
    out.print(Text(line(" ".join(f"{part.rstrip('.')}." for part in where))))
    out.print(Text(f"PMID {citation.pmid}  {citation.url}"))
    for standing in _standing(study):
        out.print(Text(line(standing), style="bold red"))
    out.print()
    out.print(_facts(study))
    if summary.conclusion:
        out.print()
        out.print("Authors conclude:", style="bold")
        out.print(Padding(Text(f"“{line(summary.conclusion.quote)}”"), (0, 2)))
    out.print()
    out.print(_abstract(study))
    if study.changes:
        out.print()
        out.print("History", style="bold")
        out.print(Group(*(Text(f"  {_change_in_words(change)}") for change in study.changes)))


def _standing(study: Study) -> Iterator[str]:
    citation = study.citation
    if citation.is_retracted:
        yield "RETRACTED: its results are not shown"
    if study.deleted:
        yield f"Deleted from PubMed, found on {in_words(study.deleted.date())}"
    for notice in citation.notices:
        if notice.kind in ("retraction", "expression-of-concern", "erratum"):
            yield f"{notice.kind.replace('-', ' ').capitalize()}: {notice.source or 'source not stated'}" + (
                f" (PMID {notice.pmid})" if notice.pmid else ""
            )


def _facts(study: Study) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(style="italic", overflow="fold", ratio=3)
    for name, value, spans in _fact_rows(study):
        words = dict.fromkeys(_words(study, span) for span in spans)
        table.add_row(name, Text(line(value)), Text(line("; ".join(f"“{word}”" for word in words))))
    return table


def _fact_rows(study: Study) -> Iterator[tuple[str, str, tuple[Span, ...]]]:
    summary = study.summary
    design = DESIGNS[summary.design.value]
    confirmed = "confirmed by PubMed" if summary.design.confirmed else "not confirmed by PubMed's publication types"
    yield "Design", f"{design} ({confirmed})", summary.design.spans
    if summary.bucket != "core":
        yield "Set aside", f"{BUCKETS[summary.bucket]}: {summary.bucket_reason or ''}", summary.bucket_spans
    yield _listed("Conditions", summary.conditions, CONDITIONS)
    yield _listed("Ages", summary.age_groups, AGE_GROUPS)
    yield _counted("Participants", summary.sample_size)
    if summary.studies_included:
        yield _counted("Studies included", summary.studies_included)
    yield _listed("Drug", summary.drugs, DRUGS)
    doses = "; ".join(f"{DRUGS[dose.drug]} {dose.value}" for dose in summary.doses) or NOT_STATED
    yield "Dose", doses, tuple(span for dose in summary.doses for span in dose.spans)
    yield _listed("Route", summary.routes, ROUTES)
    yield _regimen(study)
    yield _listed("Comparator", summary.comparators, COMPARATORS)
    yield _listed("Control", _some(summary.control), CONTROLS)
    if summary.phase:
        yield _listed("Phase", _some(summary.phase), PHASES)
    yield _listed("Scales", summary.scales, {})
    for finding in summary.findings:
        interval = f" ({finding.ci_level or 95:g}% CI {finding.ci[0]:g} to {finding.ci[1]:g})" if finding.ci else ""
        p = f", p {finding.p}" if finding.p else ""
        yield (
            "Finding",
            f"{finding.scale or ''} {finding.measure} {finding.estimate:g}{interval}{p}".strip(),
            finding.spans,
        )
    yield _listed("Direction", _some(summary.direction), DIRECTIONS)
    yield _listed("Harms named", summary.harms, {})
    yield "Psychotherapy", PSYCHOTHERAPY[summary.psychotherapy.value], summary.psychotherapy.spans
    yield "Registration", ", ".join(study.registrations) or "not stated in the record", ()
    if summary.flags:
        yield "Flags", "; ".join(FLAGS[flag] for flag in summary.flags), ()
    if study.topics:
        yield "Topics", ", ".join(study.topics), ()


def _some(fact: Fact | None) -> tuple[Fact, ...]:
    return (fact,) if fact else ()


def _listed(name: str, facts: tuple[Fact, ...], table: dict[str, str]) -> tuple[str, str, tuple[Span, ...]]:
    return name, labels(facts, table), tuple(span for fact in facts for span in fact.spans)


def _counted(name: str, count: object) -> tuple[str, str, tuple[Span, ...]]:
    from aggregator.summary import CountFact

    return (name, f"{count.value:,}", count.spans) if isinstance(count, CountFact) else (name, NOT_STATED, ())


def _regimen(study: Study) -> tuple[str, str, tuple[Span, ...]]:
    regimen = study.summary.regimen
    if regimen is None:
        return "Regimen", NOT_STATED, ()
    sessions = f", {regimen.sessions} sessions" if regimen.sessions else ""
    return "Regimen", REGIMENS[regimen.value] + sessions, regimen.spans


def _words(study: Study, span: Span) -> str:
    return study.citation.section_text(span.section)[span.start : span.end]


def _abstract(study: Study) -> Group:
    """The abstract with every word that a fact was read from underlined."""
    citation = study.citation
    if not citation.abstract:
        return Group(Text("No abstract in the record."))
    spans = [span for _, _, found in _fact_rows(study) for span in found]
    lines = []
    for index, section in enumerate(citation.abstract):
        text = Text(section.text)
        for span in spans:
            if span.section == index:
                text.stylize("underline", span.start, span.end)
        head = Text(f"{section.label}: ", style="bold") if section.label else Text()
        lines.append(Text.assemble(head, _made_safe(text)))
    return Group(*lines)


def _made_safe(text: Text) -> Text:
    text.plain = blanked(text.plain)
    return text


def _change_in_words(change: Change) -> str:
    told = f": {line(change.after)}" if change.after and change.kind != "revised" else f": {change.field}"
    return f"{in_words(change.seen.date())}  {CHANGE_KINDS.get(change.kind, change.kind)}{told}"
