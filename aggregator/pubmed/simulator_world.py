"""The records that a simulated PubMed holds: they come, change and go as its clock moves."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, cast

from aggregator.citation import Citation
from aggregator.dates import day_at_pubmed
from aggregator.errors import RecordFileError, UnreadableRecord
from aggregator.pubmed import language, records


@dataclass(frozen=True, slots=True)
class Held:
    """One version of a record: what searches look at, and the bytes that EFetch hands out."""

    index: language.Index
    raw: bytes
    #: The first Eastern day on which this version is the one to be seen; None: since ever.
    since: date | None

    @property
    def citation(self) -> Citation:
        return self.index.citation


def _wall_clock() -> datetime:
    # The simulator stands for somebody else's computer, which has a clock of its own.
    return datetime.now(UTC)


class World:
    """Records with a clock.

    A record is seen from its CRDT (PubStatus "entrez") on, in US Eastern days; a later version from the day that it
    was added for. The clock is the machine's until `now` is set.
    """

    def __init__(self, *, now: datetime | None = None) -> None:
        self._now = now
        self._versions: dict[str, list[Held]] = {}
        self._removed: dict[str, date | None] = {}
        self._lock = threading.RLock()
        self._seen: tuple[int, date, Mapping[str, Held]] | None = None
        #: Grows with every change, so that answers worked out before are not given again.
        self.revision = 0

    @classmethod
    def load(cls, files: Iterable[Path], *, now: datetime | None = None) -> World:
        """The records of PubMed XML files, gzip'd or not.

        A PMID that comes again is a later version and wins; DeleteCitation takes away. Records that cannot be read
        are left out. Raises RecordFileError for a file that holds none.
        """
        world = cls(now=now)
        for file in files:
            world._load(Path(file))
        return world

    @property
    def now(self) -> datetime:
        return self._now or _wall_clock()

    @now.setter
    def now(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the simulator's clock needs a time zone: give an aware datetime")
        self._now = moment

    @property
    def today(self) -> date:
        """PubMed's day is the day in Bethesda."""
        return day_at_pubmed(self.now)

    def add(self, *raws: bytes, since: date | None = None) -> tuple[str, ...]:
        """Takes PubmedArticle or PubmedBookArticle elements in; gives their PMIDs.

        `since` is the day from which this version is seen; without it a new PMID is seen from its CRDT on, and
        another version of a known one takes its place at once. Raises UnreadableRecord.
        """
        citations = [records.read_one(raw) for raw in raws]
        with self._lock:
            for citation, raw in zip(citations, raws, strict=True):
                self._hold(citation, raw, since)
            self.revision += 1
        return tuple(citation.pmid for citation in citations)

    def remove(self, pmid: str, *, since: date | None = None) -> None:
        """Deletes a record, from the day `since` on or at once. PubMed keeps no trace of it either."""
        with self._lock:
            self._removed[pmid] = since
            self.revision += 1

    def records(self) -> Mapping[str, Held]:
        """What can be seen now, by PMID, the highest first."""
        with self._lock:
            today = self.today
            if self._seen is None or self._seen[:2] != (self.revision, today):
                self._seen = (self.revision, today, MappingProxyType(dict(self._visible(today))))
            return self._seen[2]

    def _load(self, file: Path) -> None:
        count = 0
        try:
            with _opened(file) as stream:
                for entry in records.read_entries(stream):
                    if isinstance(entry, records.ReadRecord):
                        self._hold(entry.citation, entry.raw, None)
                        count += 1
                    elif isinstance(entry, records.DeletedRecord):
                        self._removed[entry.pmid] = None
        except (OSError, EOFError, UnreadableRecord) as error:
            raise RecordFileError(f"cannot be read as PubMed XML ({error}); fetch the file again", file=file) from error
        if not count:
            raise RecordFileError("holds no PubMed record; give PubMed XML as EFetch or the baseline has it", file=file)
        self.revision += 1

    def _hold(self, citation: Citation, raw: bytes, since: date | None) -> None:
        self._removed.pop(citation.pmid, None)
        versions = self._versions.setdefault(citation.pmid, [])
        if since is None:
            since = versions[-1].since if versions else citation.entered
        versions[:] = [held for held in versions if held.since != since]
        versions.append(Held(language.index(citation), raw, since))
        versions.sort(key=lambda held: held.since or date.min)

    def _visible(self, today: date) -> Iterator[tuple[str, Held]]:
        for pmid in sorted(self._versions, key=int, reverse=True):
            if pmid in self._removed and (self._removed[pmid] or date.min) <= today:
                continue
            shown = [held for held in self._versions[pmid] if held.since is None or held.since <= today]
            if shown:
                yield pmid, shown[-1]


def _opened(file: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file)) if file.suffix == ".gz" else file.open("rb")
