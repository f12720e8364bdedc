"""How often somebody may ask: a bucket of tokens for each client and one for all of them, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many at once, and then so many a minute."""

    burst: int
    per_minute: float


#: The servers of one mailbox provider may press the button for all of its users.
EACH = Rate(burst=60, per_minute=60)
EVERYONE = Rate(burst=300, per_minute=300)


class _Bucket:
    def __init__(self, rate: Rate, now: float) -> None:
        self._rate, self._tokens, self._since = rate, float(rate.burst), now

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 when there is one."""
        per_second = self._rate.per_minute / 60
        self._tokens = min(self._rate.burst, self._tokens + (now - self._since) * per_second)
        self._since = now
        return max(0.0, (1 - self._tokens) / per_second)

    def take(self) -> None:
        self._tokens -= 1


class Limiter:
    """Whether a client may ask now. `clock` gives seconds and only runs forward.

    Of more than `most_clients` the one that was silent longest is forgotten: whoever has thousands of addresses is
    stopped by the bucket for all.
    """

    def __init__(
        self, *, clock: Callable[[], float], each: Rate = EACH, everyone: Rate = EVERYONE, most_clients: int = 4096
    ) -> None:
        self._clock, self._each, self._most_clients = clock, each, most_clients
        self._everyone = _Bucket(everyone, clock())
        self._clients: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def wait(self, client: str) -> float:
        """0 lets a request pass and counts it; else the seconds after which it may come again."""
        with self._lock:
            now = self._clock()
            bucket = self._clients.pop(client, None) or _Bucket(self._each, now)
            self._clients[client] = bucket
            if len(self._clients) > self._most_clients:
                del self._clients[next(iter(self._clients))]
            # A client that is refused takes nothing from the others.
            seconds = bucket.wait(now) or self._everyone.wait(now)
            if not seconds:
                bucket.take()
                self._everyone.take()
            return seconds
