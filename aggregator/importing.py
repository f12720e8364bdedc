"""Files of PubMed records into the library: what any topic matches, file after file in their order.

NLM's files are picked over by many processes, on this machine or on a Dask cluster, while this one stores. A file that
is done is remembered with its size and time, so that an import that was broken off goes on where it was, and one that
is run again does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator import beside
from aggregator.dates import day_at_pubmed
from aggregator.errors import AggregatorError, RecordFileError
from aggregator.library import Added, ImportedFile, Library, Record
from aggregator.picking import PickedFile, Plan, can_be_picked, matching, pick, questions_of
from aggregator.pubmed.bulk import check_sum, opened_records
from aggregator.pubmed.records import DeletedRecord, Entry, UnreadableEntry
from aggregator.summarising import record_of
from aggregator.topics import Topic

if TYPE_CHECKING:
    from distributed import Client

#: Endings of files with records, in folders; the rest of a folder (.md5, README) is left alone.
_ENDINGS = (".xml", ".xml.gz", ".nbib", ".medline")
#: pubmed26n1335.xml.gz: year and number, in whose order NLM wants its files applied.
_NLM_NAME = re.compile(r"(?:pubmed|medline)(\d\d)n(\d+)\.xml\.gz")

#: Less than so many bytes are read before another process has begun.
_MUCH = 20_000_000

#: (bytes done, bytes in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What importing a file did."""

    file: Path
    #: It was imported before, with these queries, and has not changed since: nothing was done.
    is_known: bool = False
    read: int = 0
    added: Added = field(default_factory=Added)
    #: Records that no topic matches and that are not held.
    left_aside: int = 0
    deleted: tuple[str, ...] = ()
    #: PMID (or None) and reason of each record that could not be read.
    unreadable: tuple[tuple[str | None, str], ...] = ()
    #: Why the file was not read to its end; what came before is kept.
    problem: str | None = None


def files_in(places: Iterable[Path]) -> list[Path]:
    """The files named, and those of the folders named: NLM's in the order of their numbers, behind all others.

    Raises RecordFileError for a folder without any.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(file for file in place.iterdir() if file.name.endswith(_ENDINGS))
            if not inside:
                raise RecordFileError(f"this folder has no {', '.join(_ENDINGS)} file; name another", file=place)
            found += inside
        else:
            found.append(place)
    return sorted(dict.fromkeys(found), key=lambda file: _number(file) or (0, 0))


def gaps(files: Iterable[Path]) -> list[str]:
    """NLM's files that are missing between these, a run of them in one: what they change would be lost."""
    numbered = sorted({number for file in files if (number := _number(file))})
    return [
        _run(year, first + 1, following - 1)
        for (year, first), (same, following) in pairwise(numbered)
        if year == same and following > first + 1
    ]


def _run(year: int, first: int, last: int) -> str:
    names = [f"pubmed{year:02}n{number:04}.xml.gz" for number in dict.fromkeys((first, last))]
    return " to ".join(names)


def _number(file: Path) -> tuple[int, int] | None:
    found = _NLM_NAME.fullmatch(file.name)
    return (int(found[1]), int(found[2])) if found else None


def import_files(
    library: Library,
    files: Sequence[Path],
    topics: Sequence[Topic],
    *,
    now: datetime,
    keep_all: bool = False,
    scheduler: str | None = None,
    progress: Progress = lambda _done, _whole: None,
) -> Iterator[ImportOutcome]:
    """Imports the files one after the other and tells of each: the records that any topic matches, or every one.

    `scheduler` is the address of a Dask cluster whose workers see the same files; without one, all cores of this
    machine share the work. Raises AggregatorError when the cluster cannot be reached.
    """
    plan = Plan(
        questions=tuple((topic.slug, topic.query) for topic in topics),
        today=day_at_pubmed(now),
        held=frozenset(int(pmid) for pmid in library.pmids() if pmid.isdigit()),
    )
    importing = _Importing(library, plan, now=now, keep_all=keep_all)
    sizes = {file: file.stat().st_size if file.exists() else 0 for file in files}
    known: list[Path] = []
    fresh: list[Path] = []
    for file in files:
        (known if importing.is_known(file) else fresh).append(file)
    yield from (ImportOutcome(file=file, is_known=True) for file in known)
    whole, done = sum(sizes[file] for file in fresh), 0
    progress(done, whole)
    for outcome in importing.all_of(fresh, scheduler, is_much=whole > _MUCH):
        done += sizes[outcome.file]
        progress(done, whole)
        yield outcome


class _Importing:
    """One import into one library."""

    def __init__(self, library: Library, plan: Plan, *, now: datetime, keep_all: bool) -> None:
        self._library = library
        self._plan = plan
        self._now = now
        self._keep_all = keep_all
        day = plan.today if plan.depends_on_the_day else None
        self._asked = sha256(repr((plan.questions, keep_all, day)).encode()).hexdigest()
        self._imported = library.imported()
        #: PMIDs that this run has taken, of which a later file may have a newer version that no topic matches.
        self._taken: set[int] = set()

    def is_known(self, file: Path) -> bool:
        known = self._imported.get(str(file.resolve()))
        return known is not None and known == self._mark(file)

    def _mark(self, file: Path) -> ImportedFile | None:
        try:
            stat = file.stat()
        except OSError:
            return None
        return ImportedFile(file=str(file.resolve()), size=stat.st_size, modified=stat.st_mtime_ns, asked=self._asked)

    def all_of(self, files: Sequence[Path], scheduler: str | None, *, is_much: bool) -> Iterator[ImportOutcome]:
        if self._keep_all or not can_be_picked(self._plan):
            yield from map(self._read, files)
            return
        with _workers(scheduler, self._plan, is_much=is_much and len(files) > 1) as workers:
            for file, picked in workers.in_order(files):
                yield self._read(file) if picked is None else self._store(file, picked)

    def _store(self, file: Path, picked: PickedFile) -> ImportOutcome:
        if picked.problem:
            # Record by record what comes before the damage can be kept.
            return self._read(file)
        pages = [picked]
        if missed := self._taken.intersection(picked.pmids).difference(int(one.pmid) for one in picked.taken):
            again = pick(str(file), replace(self._plan, held=frozenset(missed)))
            pages += [again] if again else []
        taken = {one.pmid: one for page in pages for one in page.taken}
        self._taken.update(int(pmid) for pmid in taken)
        added = self._keep([(one.record, one.topics) for one in taken.values()])
        return self._done(
            ImportOutcome(
                file=file,
                read=picked.read,
                added=added,
                left_aside=picked.read - len(picked.unreadable) - len(taken),
                deleted=self._library.mark_deleted(picked.deleted, now=self._now),
                unreadable=picked.unreadable,
            )
        )

    def _read(self, file: Path) -> ImportOutcome:
        """Reads every record, in batches, so that little memory is taken and what was read is kept."""
        reading = _Reading(self._plan, keep_all=self._keep_all)
        outcome = ImportOutcome(file=file)
        try:
            check_sum(file)
            with opened_records(file) as entries:
                for batch in reading.batches(entries):
                    outcome = replace(outcome, added=outcome.added + self._keep(batch))
        except RecordFileError as error:
            outcome = replace(outcome, problem=str(error))
        outcome = replace(outcome, added=outcome.added + self._keep(reading.batch))
        return self._done(
            replace(
                outcome,
                read=reading.read,
                left_aside=reading.left_aside,
                deleted=self._library.mark_deleted(reading.deleted, now=self._now),
                unreadable=tuple(reading.unreadable),
            )
        )

    def _keep(self, records: Sequence[tuple[Record, tuple[str, ...]]]) -> Added:
        """Records first, because a match points at its record."""
        added = self._library.add((record for record, _ in records), now=self._now, is_live=False)
        matching: dict[str, list[str]] = {}
        for record, topics in records:
            for topic in topics:
                matching.setdefault(topic, []).append(record.citation.pmid)
        for topic, pmids in matching.items():
            known_before = self._library.last_complete(topic) or self._now
            self._library.match(topic, pmids, now=self._now, is_whole=False, known_before=known_before)
        return added

    def _done(self, outcome: ImportOutcome) -> ImportOutcome:
        """The file need not be read again, if all of it could be read."""
        mark = self._mark(outcome.file)
        if mark and not outcome.problem and not outcome.unreadable:
            self._library.remember_imported(mark, now=self._now)
        return outcome


class _Reading:
    """A file read record by record."""

    _BATCH = 500

    def __init__(self, plan: Plan, *, keep_all: bool) -> None:
        self._questions = questions_of(plan)
        self._held = plan.held
        self._keep_all = keep_all
        self.read = 0
        self.left_aside = 0
        self.deleted: list[str] = []
        self.unreadable: list[tuple[str | None, str]] = []
        #: Records that are taken and not given yet.
        self.batch: list[tuple[Record, tuple[str, ...]]] = []

    def batches(self, entries: Iterable[Entry]) -> Iterator[list[tuple[Record, tuple[str, ...]]]]:
        for entry in entries:
            if isinstance(entry, DeletedRecord):
                self.deleted.append(entry.pmid)
                continue
            self.read += 1
            if isinstance(entry, UnreadableEntry):
                self.unreadable.append((entry.pmid, entry.reason))
                continue
            topics = matching(entry.citation, self._questions)
            if not (topics or self._keep_all or int(entry.citation.pmid) in self._held):
                self.left_aside += 1
                continue
            self.batch.append((record_of(entry), topics))
            if len(self.batch) >= self._BATCH:
                full, self.batch = self.batch, []
                yield full


# --- Who does the work --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workers:
    """Where files are picked over."""

    plan: Plan
    #: Gives a file to another process; None: all is done in this one.
    there: Callable[[Path], Future[PickedFile | None]] | None = None
    #: How many files the others may have before this process takes one itself.
    most: int = beside.BUSY
    ahead: int = beside.AHEAD
    #: What the end of another process looks like.
    breaks: tuple[type[Exception], ...] = (BrokenExecutor,)

    def in_order(self, files: Iterable[Path]) -> Iterator[tuple[Path, PickedFile | None]]:
        if self.there is None:
            return ((file, self.here(file)) for file in files)
        return beside.in_order(
            files, there=self.there, here=self.here, most=lambda: self.most, ahead=self.ahead, breaks=self.breaks
        )

    def here(self, file: Path) -> PickedFile | None:
        return pick(str(file), self.plan)


@contextmanager
def _workers(scheduler: str | None, plan: Plan, *, is_much: bool) -> Iterator[_Workers]:
    if scheduler:
        with _cluster(scheduler) as client:
            yield _on_cluster(client, plan)
        return
    cores = cpu_count() or 1
    pool = beside.pool(cores - 1) if is_much and cores > 1 else None
    if pool is None:
        yield _Workers(plan=plan)
        return
    with pool:
        yield _Workers(plan=plan, there=lambda file: pool.submit(pick, str(file), plan), most=cores, ahead=2 * cores)


@contextmanager
def _cluster(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise AggregatorError(
            "--scheduler needs Dask, which is not installed; run pip install 'ketamine-literature-aggregator[bulk]'"
        ) from error
    try:
        client = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise AggregatorError(
            f"no Dask scheduler answers at {address} ({error}); start `dask scheduler`, or leave --scheduler out"
        ) from error
    with client:
        yield client


def _on_cluster(client: Any, plan: Plan) -> _Workers:
    """A file a task, given again when its worker dies; here only where the cluster gives one up."""
    from distributed import CancelledError, KilledWorker

    held = client.scatter(plan, broadcast=True, hash=False)
    threads = max(1, sum(client.nthreads().values()))
    return _Workers(
        plan=plan,
        there=lambda file: client.submit(pick, str(file.resolve()), held, pure=False),
        most=4 * threads,
        ahead=4 * threads,
        breaks=(KilledWorker, CancelledError, OSError),
    )
