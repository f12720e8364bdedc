"""Records with their summaries: a few at once, many in a process beside, while the next ones are on their way."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache

import msgspec

from aggregator import beside
from aggregator.citation import Citation
from aggregator.errors import PubMedError
from aggregator.library import Record
from aggregator.pubmed import records
from aggregator.pubmed.eutils import Fetched
from aggregator.summary import Summary

#: Summaries made here, or those of another process on their way as JSON, which costs a tenth of Python's own way.
_Made = list[Summary] | list[bytes]

#: From so many records on a second process earns its start.
MANY = 1_000
#: Of the last records, this process does what one batch beside leaves.
_LAST = 600


def summary_of(citation: Citation) -> Summary:
    """The summary of a citation. The extractor's tables are loaded with the first: PubMed is asked meanwhile."""
    return _extractor()(citation)


@cache
def _extractor() -> Callable[[Citation], Summary]:
    """The extractor. The search for cycles leaves out its tables, which stay: it took a tenth of the time."""
    from aggregator.evidence import summarise

    gc.freeze()
    return summarise


def record_of(read: records.ReadRecord, summary: Summary | None = None) -> Record:
    """A record with its summary, ready to be kept."""
    return Record(citation=read.citation, raw=read.raw, summary=summary or summary_of(read.citation))


def summarised(batches: Iterable[Fetched], *, expected: int) -> Iterator[tuple[Fetched, list[Record]]]:
    """Each batch with its records and their summaries, in order. What `batches` raises comes after what it gave."""
    if expected >= MANY and (pool := beside.pool()):
        with pool:
            yield from _summarised_beside(batches, pool, expected)
    else:
        for batch in batches:
            yield batch, [record_of(read) for read in batch.records]


def _summarised_beside(
    batches: Iterable[Fetched], pool: ProcessPoolExecutor, expected: int
) -> Iterator[tuple[Fetched, list[Record]]]:
    coming = _Coming(batches, expected)

    def there(batch: Fetched) -> Future[_Made]:
        return pool.submit(_summaries, [msgspec.json.encode(read.citation) for read in batch.records])

    for batch, made in beside.in_order(coming, there=there, here=_made_here, most=coming.most):
        yield batch, _joined(batch, made)
    if coming.failed:
        raise coming.failed


class _Coming:
    """The batches as they come, until PubMed fails; knows how many records are still to come."""

    def __init__(self, batches: Iterable[Fetched], expected: int) -> None:
        self.failed: PubMedError | None = None
        self._batches = batches
        self._expected = expected

    def __iter__(self) -> Iterator[Fetched]:
        try:
            for batch in self._batches:
                self._expected -= len(batch.records) + len(batch.missing) + len(batch.gone)
                yield batch
        except PubMedError as error:
            self.failed = error

    def most(self) -> int:
        return beside.BUSY if self._expected > _LAST else 1


def _summaries(citations: Sequence[bytes]) -> _Made:
    """What the other process does."""
    return [msgspec.json.encode(summary_of(msgspec.json.decode(one, type=Citation))) for one in citations]


def _made_here(batch: Fetched) -> _Made:
    return [summary_of(read.citation) for read in batch.records]


def _joined(batch: Fetched, made: _Made) -> list[Record]:
    summaries = [one if isinstance(one, Summary) else msgspec.json.decode(one, type=Summary) for one in made]
    return [record_of(read, summary) for read, summary in zip(batch.records, summaries, strict=True)]
