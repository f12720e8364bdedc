"""Ports for servers that are to be told theirs before they listen.

A port that the system has just given away (port 0) is free again once it is let go, and the system soon gives it to
somebody else: to a simulator of another worker, or to any connection. These lie below the ports that systems give away
(from 32768 on Linux, from 49152 elsewhere), and each of the processes that share the tests has its own.
"""

from __future__ import annotations

import os
import random
import socket
from itertools import cycle, islice

_FIRST, _WORKERS, _EACH = 20_000, 24, 500

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_OWN = range(_FIRST + _WORKER * _EACH, _FIRST + (_WORKER + 1) * _EACH)
#: From somewhere in the middle, because another run of the tests may be at work on this machine.
_NEXT = islice(cycle(_OWN), random.SystemRandom().randrange(_EACH), None)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at, and that nobody is given unless it is asked for by its number."""
    return next(port for port in islice(_NEXT, _EACH) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
