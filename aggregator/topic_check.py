"""Checks the topics' files: what is wrong, in which line, and which known studies a query misses."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aggregator import claims, topics
from aggregator.errors import TopicError
from aggregator.pubmed import language
from aggregator.pubmed.language import Node, Operation
from aggregator.pubmed.query_check import findings
from aggregator.topics import Landmark, Topic, nearest, read_topic

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from aggregator.citation import Citation

#: Of a clause that is shown on one line.
_LONGEST = 120
_COLUMNS = ("pmid", "author", "year", "title", "topics")
_QUERY_KEY = re.compile(r"^[ \t]*query[ \t]*=[ \t]*", re.MULTILINE)
_QUOTES = ('"""', "'''", '"', "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something to mend in a file of the queries folder; line and column count from 1."""

    file: Path
    line: int | None = None
    column: int | None = None
    #: error: the topic cannot be used, or asks something else than it says; warning: look at it.
    severity: str = "error"
    message: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file.name, self.line, self.column) if part is not None)
        return f"{place}: {self.severity}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The smallest part of a query that loses a landmark."""

    landmark: Landmark
    #: As it stands in the query, on one line, shortened in its middle when long.
    clause: str
    #: In the topic's file, from 1.
    line: int | None = None
    #: The clause stands behind NOT and finds the landmark; any other does not find it.
    takes_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How a topic's query does on the studies it must find."""

    topic: str
    found: tuple[Landmark, ...] = ()
    missed: tuple[Landmark, ...] = ()
    #: Landmarks whose record is not there at all, so that nothing can be said.
    absent: tuple[Landmark, ...] = ()
    losses: tuple[Loss, ...] = ()


#: Which of some PMIDs a query finds.
Finds = Callable[[str, frozenset[str]], frozenset[str]]


def check(folder: Path, answered: Mapping[str, Sequence[str]] = MappingProxyType({})) -> tuple[Fault, ...]:
    """Every fault of the topics, of landmarks.csv and of claims.toml in a folder, in the order of files and lines.

    `answered` has PubMed's warnings to the last search of each topic, under its slug.
    """
    files = topics.files(folder)
    if not files:
        return (Fault(file=folder, message="no topic here; add a file such as ptsd.toml (see CONTRIBUTING)"),)
    slugs = [file.stem for file in files]
    faults = chain(
        chain.from_iterable(_topic_faults(file, answered.get(file.stem, ())) for file in files),
        _landmark_faults(folder / topics.LANDMARKS_FILE, slugs),
        _claim_faults(folder / topics.CLAIMS_FILE, slugs),
    )
    return tuple(sorted(faults, key=lambda fault: (fault.file.name, fault.line or 0, fault.column or 0)))


def among(citations: Iterable[Citation], *, today: date | None = None) -> Finds:
    """Finds in these citations."""
    indexes = {citation.pmid: language.index(citation) for citation in citations}

    def finds(query: str, pmids: frozenset[str]) -> frozenset[str]:
        matches = language.compile_query(query, today=today)
        return frozenset(pmid for pmid in pmids if pmid in indexes and matches(indexes[pmid]))

    return finds


def recall(watched: Iterable[Topic], landmarks: Iterable[Landmark], finds: Finds) -> tuple[Recall, ...]:
    """For each topic, which of its landmarks the query finds, and which part of it loses each of the others."""
    landmarks = tuple(landmarks)
    own = (
        (topic, {landmark.pmid: landmark for landmark in landmarks if topic.slug in landmark.topics})
        for topic in watched
    )
    return tuple(_recall(topic, wanted, finds) for topic, wanted in own)


def _recall(topic: Topic, wanted: Mapping[str, Landmark], finds: Finds) -> Recall:
    found = finds(topic.query, frozenset(wanted)) if wanted else frozenset()
    others = frozenset(wanted) - found
    missed = finds("all[sb]", others) if others else frozenset()
    return Recall(
        topic=topic.slug,
        found=tuple(wanted[pmid] for pmid in wanted if pmid in found),
        missed=tuple(wanted[pmid] for pmid in wanted if pmid in missed),
        absent=tuple(wanted[pmid] for pmid in wanted if pmid in others - missed),
        losses=tuple(_losses(topic, wanted, missed, finds)) if missed else (),
    )


def _losses(topic: Topic, wanted: Mapping[str, Landmark], missed: frozenset[str], finds: Finds) -> Iterator[Loss]:
    source = _query_source(topic.file) if topic.file else None

    def asked(node: Node, pmids: frozenset[str]) -> frozenset[str]:
        return finds(topic.query[node.start : node.end], pmids) if pmids else pmids

    node = language.read(topic.query).node
    lost = sorted(_losing(node, missed, asked), key=lambda loss: (list(wanted).index(loss[0]), loss[1].start))
    for pmid, part, takes_away in lost:
        line = source.place(source.query.find(topic.query) + part.start)[0] if source else None
        clause = _shortened(topic.query[part.start : part.end], len(language.terms(part)))
        yield Loss(landmark=wanted[pmid], clause=clause, line=line, takes_away=takes_away)


_Asked = Callable[[Node, frozenset[str]], frozenset[str]]


def _losing(node: Node, pmids: frozenset[str], asked: _Asked) -> Iterator[tuple[str, Node, bool]]:
    """The smallest parts of a node for which it does not find these PMIDs: (PMID, part, it takes away)."""
    if not isinstance(node, Operation) or node.operator == "OR":
        yield from ((pmid, node, False) for pmid in pmids)
        return
    needed = node.operands if node.operator == "AND" else node.operands[:1]
    kept = pmids
    for operand in needed:
        if lacking := pmids - asked(operand, pmids):
            yield from _losing(operand, lacking, asked)
            kept -= lacking
    for operand in node.operands[len(needed) :]:
        yield from _taking(operand, asked(operand, kept), asked)


def _taking(node: Node, pmids: frozenset[str], asked: _Asked) -> Iterator[tuple[str, Node, bool]]:
    """The smallest parts of a node behind NOT that find these PMIDs."""
    if isinstance(node, Operation) and node.operator == "OR":
        for operand in node.operands:
            yield from _taking(operand, asked(operand, pmids), asked)
    else:
        yield from ((pmid, node, True) for pmid in pmids)


def _shortened(clause: str, count: int) -> str:
    squeezed = " ".join(clause.split()).replace("( ", "(").replace(" )", ")")
    if len(squeezed) <= _LONGEST:
        return squeezed
    return f"{squeezed[: _LONGEST - 20].rpartition(' ')[0]} ... ({count} terms)"


def _topic_faults(file: Path, answered: Iterable[str]) -> Iterator[Fault]:
    try:
        topic = read_topic(file)
    except TopicError as error:
        yield _unreadable(file, error)
        topic = None
    source = _query_source(file)
    if source:
        yield from _query_faults(file, source, answered)
    if topic and not topic.sources:
        yield Fault(file=file, severity="warning", message="names no sources; say where the strategy comes from")


def _unreadable(file: Path, error: TopicError) -> Fault:
    message = str(error)
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(place[1]), int(place[2])) if place else (error.line, None)
    return Fault(file=file, line=line, column=column, message=message.split(": ", 1)[-1])


@dataclass(frozen=True, slots=True)
class _Source:
    """A query with the place in its file where its first character stands."""

    query: str
    line: int
    column: int
    #: The query stands in the file as it is read, so that positions can be carried over.
    is_verbatim: bool

    def place(self, position: int) -> tuple[int, int | None]:
        if not self.is_verbatim:
            return self.line, None
        before = self.query[:position]
        lines = before.count("\n")
        column = len(before) - (before.rfind("\n") + 1) + 1
        return (self.line + lines, column) if lines else (self.line, self.column + column - 1)


def _query_source(file: Path) -> _Source | None:
    """The query of a file with its place; None where the file has none that could be read."""
    try:
        text = file.read_text(encoding="utf-8")
        query = tomllib.loads(text).get("query")
    except (OSError, ValueError):
        return None
    return _source(query, text, 0) if isinstance(query, str) and query.strip() else None


def _source(query: str, text: str, begin: int) -> _Source:
    """The place of a query: that of the first key `query` from the character `begin` of the file on."""
    key = _QUERY_KEY.search(text, begin)
    if key is None:
        return _Source(query, 1, 1, is_verbatim=False)
    start = key.end() + next(len(quote) for quote in _QUOTES if text.startswith(quote, key.end()))
    # TOML drops the line break right behind opening triple quotes.
    start += 1 if text.startswith("\n", start) else 0
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return _Source(query, line, column, is_verbatim=text.startswith(query, start))


def _query_faults(file: Path, source: _Source, answered: Iterable[str] = ()) -> Iterator[Fault]:
    for finding in findings(source.query, answered):
        line, column = source.place(finding.position)
        severity = "error" if finding.is_error else "warning"
        yield Fault(file=file, line=line, column=column, severity=severity, message=finding.message)


def _claim_faults(file: Path, slugs: Sequence[str]) -> Iterator[Fault]:
    if not file.exists():
        return
    try:
        table, text = topics.read_toml(file)
    except TopicError as error:
        yield _unreadable(file, error)
        return
    yield from (_unreadable(file, error) for error in claims.problems(table, text, file, slugs))
    for begin, entry in zip(claims.beginnings(text), claims.entries(table), strict=False):
        query = entry.get("query")
        if isinstance(query, str) and query.strip():
            yield from _query_faults(file, _source(query, text, begin))


def _landmark_faults(file: Path, slugs: Sequence[str]) -> Iterator[Fault]:
    if not file.exists():
        return
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                yield Fault(file=file, line=1, message=f"lacks the column {', '.join(missing)}")
                return
            for row in reader:
                yield from _row_faults(file, reader.line_num, row, slugs)
    except (OSError, ValueError, csv.Error) as error:
        yield Fault(file=file, message=f"cannot be read ({error}); save it as UTF-8 CSV")


def _row_faults(file: Path, line: int, row: dict[str, Any], slugs: Sequence[str]) -> Iterator[Fault]:
    pmid, year = (row["pmid"] or "").strip(), (row["year"] or "").strip()
    if not re.fullmatch(r"[1-9]\d{0,7}", pmid):
        yield Fault(file=file, line=line, message=f"'{pmid}' is not a PMID; write one to eight digits")
    if year and not re.fullmatch(r"\d{4}", year):
        yield Fault(file=file, line=line, message=f"'{year}' is not a year; write four digits or leave it empty")
    named = [slug.strip() for slug in (row["topics"] or "").split(";") if slug.strip()]
    if not named:
        yield Fault(file=file, line=line, message="names no topic; write slugs separated by semicolons")
    for slug in named:
        if slug not in slugs:
            hint = nearest(slug, slugs, what="topics")
            yield Fault(file=file, line=line, message=f"there is no topic '{slug}'; {hint}")
