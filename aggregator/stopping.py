"""Being told to end: every wait and every long loop of a service looks at one `Stop`, and leaves by one exception.

    with asked_by_signals(stop):        SIGTERM, SIGINT (and SIGBREAK, on Windows) ask
        stop.wait(60)                   sleeps, unless asked
        stop.result(future)             waits for others, unless asked
        for page in stop.each(pages):   looks in between

What leaves by `Stopped` leaves between two steps, each of which is done whole or not at all.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

#: What asks a service to end; SIGBREAK is Windows' Ctrl-Break, and what a service manager sends there.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name))


class Stopped(BaseException):
    """Somebody asked this process to end. No Exception, so that nobody takes it for a failure to be borne with."""


class Stop:
    """Asked from any thread, once and for good; looked at by all. Without anybody who asks, it changes nothing."""

    def __init__(self) -> None:
        self._asked: Future[None] = Future()
        self._lock = threading.Lock()

    def ask(self) -> None:
        """From now on every wait ends. Not for signal handlers, which may interrupt the holder of the lock."""
        with self._lock:
            if not self._asked.done():
                self._asked.set_result(None)

    def is_set(self) -> bool:
        return self._asked.done()

    def check(self) -> None:
        """Raises Stopped when asked to."""
        if self._asked.done():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Sleeps so many seconds; raises Stopped as soon as it is asked to."""
        wait_for({self._asked}, max(seconds, 0.0))
        self.check()

    def result(self, future: Future[T], timeout: float | None = None, *, grace: float = 0.0) -> T:
        """What others have done, or its exception; TimeoutError after `timeout` seconds.

        When asked to stop, they are given `grace` seconds to come to an end; then Stopped is raised.
        """
        futures: tuple[Future[Any], ...] = (future, self._asked)
        wait_for(futures, timeout, FIRST_COMPLETED)
        if not future.done() and self.is_set():
            wait_for({future}, grace)
        if future.done():
            return future.result()
        self.check()
        raise TimeoutError

    def each(self, many: Iterable[T]) -> Iterator[T]:
        """One after the other; raises Stopped in between, and ends what it reads from, as a library that is read."""
        try:
            for one in many:
                self.check()
                yield one
        finally:
            if isinstance(many, Generator):
                many.close()


#: For those whom nobody tells to stop.
NEVER = Stop()


@contextmanager
def asked_by_signals(stop: Stop) -> Iterator[None]:
    """While the block lasts, the system's signals to end ask `stop`. For the main thread.

    A handler in Python would interrupt whatever the main thread does, perhaps in the middle of the lock that it needs.
    So the signal's number goes into a socket, and a thread that waits there asks. A second Ctrl-C ends at once.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)

    def listen() -> None:
        while reading.recv(1):
            stop.ask()

    listener = threading.Thread(target=listen, daemon=True, name="signals")
    before = {number: signal.signal(number, _noted) for number in SIGNALS}
    fd_before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(fd_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        writing.close()
        listener.join()
        reading.close()


def _noted(number: int, _: object) -> None:
    if number == signal.SIGINT:
        signal.signal(signal.SIGINT, signal.default_int_handler)
