"""What topics match in one file of PubMed records, with its summaries: the work that other processes and machines do.

Plain values in and out, so that a file's name and a `Plan` are all that another machine has to be told.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from aggregator.citation import Citation
from aggregator.errors import RecordFileError
from aggregator.library import Record
from aggregator.pubmed import bulk, language
from aggregator.pubmed.literals import all_literals, looks_at_people
from aggregator.pubmed.records import DeletedRecord, Entry, ReadRecord, UnreadableEntry
from aggregator.pubmed.sieve import Sieve
from aggregator.summarising import summary_of
from aggregator.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What files are picked over for."""

    #: (topic, query).
    questions: tuple[tuple[str, str], ...]
    #: The day from which "last 7 days" counts.
    today: date
    #: PMIDs whose records are taken whatever matches: they are held, and may be newer here.
    held: frozenset[int] = frozenset()

    @property
    def depends_on_the_day(self) -> bool:
        """Whether a query counts days back, so that a file may have something else for it tomorrow."""
        leaves = (leaf for _, query in self.questions for leaf in language.terms(language.parse(query)))
        return any(isinstance(leaf, language.Recent) for leaf in leaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A record that is taken; values as JSON, which costs a tenth of Python's own way between processes."""

    pmid: str
    citation: bytes
    raw: bytes
    summary: bytes
    #: The topics that match it.
    topics: tuple[str, ...]

    @property
    def record(self) -> Record:
        return Record(
            citation=msgspec.json.decode(self.citation, type=Citation),
            raw=self.raw,
            summary=msgspec.json.decode(self.summary, type=Summary),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedFile:
    """What a file has for the topics."""

    read: int = 0
    #: The PMIDs of all its records.
    pmids: array[int]
    taken: tuple[Picked, ...] = ()
    deleted: tuple[str, ...] = ()
    #: PMID (or None) and reason of each record that could not be read.
    unreadable: tuple[tuple[str | None, str], ...] = ()
    #: Why the file could not be read.
    problem: str | None = None


def can_be_picked(plan: Plan) -> bool:
    """Whether words follow from every query, so that records without them need not be read."""
    return bool(all_literals(query for _, query in plan.questions))


def pick(file: str, plan: Plan) -> PickedFile | None:
    """The records of a file that a topic matches or that are held; None where it has to be read record by record."""
    questions, sieve = _prepared(plan)
    try:
        bulk.check_sum(Path(file))
        sifted = bulk.sift_file(Path(file), sieve)
    except RecordFileError as error:
        return PickedFile(pmids=array("Q"), problem=str(error))
    if sifted is None:
        return None
    return PickedFile(
        read=sifted.records,
        pmids=sifted.pmids,
        taken=tuple(_taken(sifted.entries, questions, plan.held)),
        deleted=tuple(entry.pmid for entry in sifted.entries if isinstance(entry, DeletedRecord)),
        unreadable=tuple((e.pmid, e.reason) for e in sifted.entries if isinstance(e, UnreadableEntry)),
    )


Questions = tuple[tuple[str, language.Match], ...]


def questions_of(plan: Plan) -> Questions:
    """Each topic with the test that tells whether it finds a citation."""
    return tuple((topic, language.compile_query(query, today=plan.today)) for topic, query in plan.questions)


def matching(citation: Citation, questions: Questions) -> tuple[str, ...]:
    """The topics that find a citation."""
    laid_out = language.index(citation)
    return tuple(topic for topic, matches in questions if matches(laid_out))


def _taken(entries: Iterable[Entry], questions: Questions, held: frozenset[int]) -> Iterator[Picked]:
    for entry in entries:
        if isinstance(entry, ReadRecord):
            topics = matching(entry.citation, questions)
            if topics or int(entry.citation.pmid) in held:
                yield Picked(
                    pmid=entry.citation.pmid,
                    citation=msgspec.json.encode(entry.citation),
                    raw=entry.raw,
                    summary=msgspec.json.encode(summary_of(entry.citation)),
                    topics=topics,
                )


# A worker meets one plan, and for a file now and then one of its own.
@lru_cache(maxsize=4)
def _prepared(plan: Plan) -> tuple[Questions, Sieve]:
    queries = [query for _, query in plan.questions]
    words = all_literals(queries)
    if not words:
        raise ValueError("no words follow from these queries: ask can_be_picked first")
    return questions_of(plan), Sieve(words, people=looks_at_people(queries), wanted=plan.held)
