"""Work shared with processes beside: batches done there while the next ones are done here, given back in order."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextvars import copy_context
from multiprocessing.connection import wait
from types import TracebackType
from typing import TypeVar

log = logging.getLogger(__name__)

Batch = TypeVar("Batch")
Done = TypeVar("Done")

#: Batches that may wait for their turn; more would only take memory.
AHEAD = 4
#: With so many batches not done by the others, the next one is done here.
BUSY = 3


class _Pool(ProcessPoolExecutor):
    """Left by an exception, it ends its processes: nobody wants what they are making."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if kind is not None:
            for process in multiprocessing.active_children():
                process.terminate()
        return super().__exit__(kind, error, trace)


def pool(at_most: int = 3) -> ProcessPoolExecutor | None:
    """One process for each core but this one's, `at_most` so many; None where the system allows no other process."""
    try:
        return _Pool(
            max(1, min(at_most, (os.cpu_count() or 1) - 1)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_serve_one_master,
        )
    except (OSError, NotImplementedError) as error:
        _told(error)
        return None


def _serve_one_master() -> None:
    """A worker leaves Ctrl-C to its parent, and goes when the parent has gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def in_order(
    batches: Iterable[Batch],
    *,
    there: Callable[[Batch], Future[Done]],
    here: Callable[[Batch], Done],
    most: Callable[[], int] = lambda: BUSY,
    ahead: int = AHEAD,
    breaks: tuple[type[Exception], ...] = (BrokenExecutor,),
) -> Iterator[tuple[Batch, Done]]:
    """Each batch with what was made of it, in order.

    `there` gives a batch to the others and `here` does it in this process: when `most()` batches are not done by the
    others yet, or when their processes have broken down, which raises one of `breaks`. At most `ahead` batches that are
    done wait for the one before them.
    """

    def sent(batch: Batch) -> Future[Done]:
        try:
            return there(batch)
        except breaks as error:
            _told(error)
            return _done(here(batch))

    def received(batch: Batch, future: Future[Done]) -> tuple[Batch, Done]:
        try:
            return batch, future.result()
        except breaks as error:
            _told(error)
            return batch, here(batch)

    waiting: deque[tuple[Batch, Future[Done]]] = deque()
    for batch in batches:
        is_busy = sum(not future.done() for _, future in waiting) >= most()
        waiting.append((batch, _done(here(batch)) if is_busy else sent(batch)))
        while waiting and (len(waiting) > ahead or waiting[0][1].done()):
            yield received(*waiting.popleft())
    while waiting:
        yield received(*waiting.popleft())


def in_thread(work: Callable[[], Done]) -> Future[Done]:
    """Does the work in a thread that never keeps the process alive; the future has the result or the error.

    What is logged there belongs to the run that asked.
    """
    future: Future[Done] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for the result
            future.set_exception(error)

    threading.Thread(target=copy_context().run, args=(run,), daemon=True).start()
    return future


def _done(made: Done) -> Future[Done]:
    future: Future[Done] = Future()
    future.set_result(made)
    return future


def _told(error: Exception) -> None:
    log.info("the work is done in this process alone: %s", error)
