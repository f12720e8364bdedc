"""Records with their summaries: a few at once, many in a process beside, while the next ones are on their way."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait

import msgspec

from aggregator.citation import Citation
from aggregator.errors import PubMedError
from aggregator.library import Record
from aggregator.pubmed import records
from aggregator.pubmed.eutils import Fetched
from aggregator.summary import Summary

log = logging.getLogger(__name__)

#: From so many records on a second process earns its start.
MANY = 1_000
#: Batches that may wait for their summaries; more would only take memory.
_AHEAD = 4
#: With so many batches not done by the others, the next one is done here; with one, of the last records.
_BUSY = 3
_LAST = 600


def summary_of(citation: Citation) -> Summary:
    """The summary of a citation. The extractor's tables are loaded with the first: PubMed is asked meanwhile."""
    from aggregator.evidence import summarise

    return summarise(citation)


def record_of(read: records.ReadRecord, summary: Summary | None = None) -> Record:
    """A record with its summary, ready to be kept."""
    return Record(citation=read.citation, raw=read.raw, summary=summary or summary_of(read.citation))


def summarised(batches: Iterable[Fetched], *, expected: int) -> Iterator[tuple[Fetched, list[Record]]]:
    """Each batch with its records and their summaries, in order. What `batches` raises comes after what it gave."""
    if expected >= MANY and (pool := _pool()):
        with pool:
            yield from _summarised_beside(batches, pool, expected)
    else:
        for batch in batches:
            yield batch, [record_of(read) for read in batch.records]


def _pool() -> ProcessPoolExecutor | None:
    """One process for each core but the one that stores; None where the system allows no other process."""
    try:
        return ProcessPoolExecutor(
            max(1, min(3, (os.cpu_count() or 1) - 1)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_serve_one_master,
        )
    except (OSError, NotImplementedError) as error:
        log.info("summaries are made in this process: %s", error)
        return None


def _serve_one_master() -> None:
    """A worker leaves Ctrl-C to its parent, and goes when the parent has gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def _summarised_beside(
    batches: Iterable[Fetched], pool: ProcessPoolExecutor, expected: int
) -> Iterator[tuple[Fetched, list[Record]]]:
    waiting: deque[tuple[Fetched, Future[list[Summary] | list[bytes]]]] = deque()
    failed: PubMedError | None = None
    try:
        for batch in batches:
            expected -= len(batch.records) + len(batch.missing) + len(batch.gone)
            most = _BUSY if expected > _LAST else 1
            is_busy = sum(not future.done() for _, future in waiting) >= most
            waiting.append((batch, _made_here(batch) if is_busy else _submitted(pool, batch)))
            while waiting and (len(waiting) > _AHEAD or waiting[0][1].done()):
                yield _joined(*waiting.popleft())
    except PubMedError as error:
        failed = error
    while waiting:
        yield _joined(*waiting.popleft())
    if failed:
        raise failed


def _submitted(pool: ProcessPoolExecutor, batch: Fetched) -> Future[list[Summary] | list[bytes]]:
    try:
        return pool.submit(_summaries, [msgspec.json.encode(read.citation) for read in batch.records])
    except BrokenExecutor as error:
        log.info("summaries are made in this process: %s", error)
        return _made_here(batch)


def _summaries(citations: Sequence[bytes]) -> list[bytes]:
    """What the other process does. Values go to and fro as JSON, which costs a tenth of Python's own way."""
    return [msgspec.json.encode(summary_of(msgspec.json.decode(one, type=Citation))) for one in citations]


def _made_here(batch: Fetched) -> Future[list[Summary] | list[bytes]]:
    future: Future[list[Summary] | list[bytes]] = Future()
    future.set_result([summary_of(read.citation) for read in batch.records])
    return future


def _joined(batch: Fetched, future: Future[list[Summary] | list[bytes]]) -> tuple[Fetched, list[Record]]:
    """The batch with its summaries; made here where the other process has broken down."""
    try:
        made = future.result()
        summaries = [one if isinstance(one, Summary) else msgspec.json.decode(one, type=Summary) for one in made]
    except BrokenExecutor as error:
        log.info("summaries are made in this process: %s", error)
        summaries = [summary_of(read.citation) for read in batch.records]
    return batch, [record_of(read, summary) for read, summary in zip(batch.records, summaries, strict=True)]
