"""What people see on a terminal: progress bars, one study in full, small tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from aggregator.dates import in_words
from aggregator.plain import blanked, line
from aggregator.report import is_retracted
from aggregator.study import CHANGE_KINDS, Change, Study
from aggregator.summary import NOT_STATED, Span
from aggregator.vocabulary import BUCKETS, FLAGS

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from aggregator.harvest import Progress
    from aggregator.render.reading import FactRow, Passage, Reading

#: Wide enough to read in a pipe, where there is no terminal to ask.
PIPE_WIDTH = 120


def console(*, to_stderr: bool = False, width: int | None = None) -> Console:
    """A console that writes plain text into pipes and files, there in lines of that width."""
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(
        file=stream, width=None if stream.isatty() else width or PIPE_WIDTH, highlight=False, soft_wrap=False
    )


def has_styles(out: Console) -> bool:
    """Whether underlining can be seen; else words are marked by signs."""
    return out.is_terminal and out.color_system is not None and not out.no_color


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> None:
    """A small table on stdout; numbers are set right. In a pipe it is as wide as that."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    held = [tuple(map(line, row)) for row in rows]
    for column, head in enumerate(heads):
        is_number = bool(held) and all(row[column].replace(",", "").isdigit() for row in held)
        table.add_column(head, justify="right" if is_number else "left", overflow="fold")
    for row in held:
        table.add_row(*map(Text, row))
    console(width=width).print(table)


@contextmanager
def progress(*, is_quiet: bool) -> Iterator[Progress]:
    """A progress bar on a terminal's stderr; silence in pipes and with --quiet."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with _bars(columns, is_quiet=is_quiet) as show:
        yield show


@contextmanager
def progress_in_bytes(*, is_quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """The same for files: bytes done of bytes in all, how many a second, and the time left."""
    from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with _bars(columns, is_quiet=is_quiet) as show:
        yield lambda done, whole: show("", done, whole)


@contextmanager
def _bars(columns: Iterable[ProgressColumn], *, is_quiet: bool) -> Iterator[Progress]:
    if is_quiet or not sys.stderr.isatty():
        yield lambda _doing, _done, _whole: None
        return
    from rich.progress import Progress

    with Progress(*columns, console=console(to_stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def show(doing: str, done: int, whole: int) -> None:
            if doing not in tasks:
                tasks[doing] = bars.add_task(line(doing), total=whole)
            bars.update(tasks[doing], completed=done)  # type: ignore[arg-type]

        yield show


# -- one study in full ------------------------------------------------------------------------------


def print_study(study: Study) -> None:
    """The study as a card: its facts, each with the words it was read from, then the text with these words marked.

    They are underlined on a terminal; in a pipe, and where NO_COLOR is set, they stand in « ». A retracted study has
    neither results nor abstract.
    """
    # Brings Jinja along, which the tables of other verbs need not wait for.
    from aggregator.render.reading import read

    citation, reading, out = study.citation, read(study), console()
    out.print(Text(line(citation.title), style="bold"))
    where = (citation.byline, citation.journal.name or "journal not stated", str(citation.published))
    out.print(Text(line(" ".join(f"{part.rstrip('.')}." for part in where))))
    out.print(Text(f"PMID {citation.pmid}  {citation.url}"))
    for standing in _standing(study):
        out.print(Text(line(standing), style="bold red"))
    out.print()
    out.print(_facts(study, reading))
    out.print()
    out.print(Group(*_text(reading, underlined=has_styles(out))))
    if study.changes:
        out.print()
        out.print("History", style="bold")
        out.print(Group(*(Text(f"  {_change_in_words(change)}") for change in study.changes)))


def _standing(study: Study) -> Iterator[str]:
    citation = study.citation
    if is_retracted(study):
        yield "RETRACTED: its results are not shown"
    if study.deleted:
        yield f"Deleted from PubMed, found on {in_words(study.deleted.date())}"
    for notice in citation.notices:
        if notice.kind in ("retraction", "expression-of-concern", "erratum"):
            yield f"{notice.kind.replace('-', ' ').capitalize()}: {notice.source or 'source not stated'}" + (
                f" (PMID {notice.pmid})" if notice.pmid else ""
            )


def _facts(study: Study, reading: Reading) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(style="italic", overflow="fold", ratio=3)
    for name, value, words in _fact_rows(study, reading):
        table.add_row(Text(name, style="" if name.startswith(" ") else "bold"), Text(line(value)), Text(line(words)))
    return table


def _fact_rows(study: Study, reading: Reading) -> Iterator[tuple[str, str, str]]:
    """Name, value and the words that it was read from; a name that is not indented is a heading or stands alone."""
    summary = study.summary
    confirmed = "confirmed by PubMed" if summary.design.confirmed else "not confirmed by PubMed's publication types"
    yield "Design", f"{reading.design.text} ({confirmed})", _words(study, reading.design.spans)
    for heading, rows in reading.groups:
        is_aside = heading == "Set aside"
        yield heading, BUCKETS[summary.bucket] if is_aside else "", ""
        for row in rows:
            yield from _row(study, row)
    yield "Record", "", ""
    yield "  Registration", ", ".join(study.registrations) or "not stated in the record", ""
    if summary.flags:
        yield "  Flags", "; ".join(FLAGS[flag] for flag in summary.flags), ""
    if study.topics:
        yield "  Topics", ", ".join(study.topics), ""


def _row(study: Study, row: FactRow) -> Iterator[tuple[str, str, str]]:
    """A line for each value, so that its own words stand beside it; the name before the first."""
    if not row.values:
        yield f"  {row.name}", NOT_STATED, ""
    name = row.name
    for value in row.values:
        if value.is_quote:
            yield f"  {name}", "verbatim", f"“{value.text}”"
        else:
            yield f"  {name}", value.text, _words(study, value.spans) or "from PubMed's indexing"
        name = ""


def _words(study: Study, spans: Iterable[Span]) -> str:
    found = (study.citation.section_text(span.section)[span.start : span.end] for span in spans)
    return "; ".join(f"“{words}”" for words in dict.fromkeys(found))


def _text(reading: Reading, *, underlined: bool) -> Iterator[Text]:
    """The abstract, and the title where something was read from it, with the words of every value marked."""
    passages = [replace(reading.title, label="TITLE"), *(reading.abstract or ())]
    if not _has_marks(passages[0]):
        del passages[0]
    if any(map(_has_marks, passages)):
        yield Text(f"The words that the values were read from {'are underlined' if underlined else 'stand in « »'}.")
    for passage in passages:
        yield _marked(passage, underlined=underlined)
    if reading.abstract is None:
        yield Text("The abstract of a retracted study is not shown here; PubMed has it with its notice.")
    elif not reading.abstract:
        yield Text("No abstract in the record.")


def _has_marks(passage: Passage) -> bool:
    return any(segment.facts for segment in passage.segments)


def _marked(passage: Passage, *, underlined: bool) -> Text:
    text = Text.assemble((f"{passage.label}: ", "bold") if passage.label else "")
    for is_source, run in groupby(passage.segments, key=lambda segment: bool(segment.facts)):
        words = "".join(segment.text for segment in run)
        text.append_text(marked(words, underlined=underlined) if is_source else Text(blanked(words)))
    return text


def marked(words: str, *, underlined: bool) -> Text:
    """Words of a record that something is said of."""
    return Text(blanked(words), style="underline") if underlined else Text(f"«{blanked(words)}»")


def _change_in_words(change: Change) -> str:
    told = f": {line(change.after)}" if change.after and change.kind != "revised" else f": {change.field}"
    return f"{in_words(change.seen.date())}  {CHANGE_KINDS.get(change.kind, change.kind)}{told}"
