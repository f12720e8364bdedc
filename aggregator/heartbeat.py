"""The call that tells a watchman elsewhere that a job was done; when it stays away, he raises the alarm.

A module of its own beside the client of PubMed: what that one knows of pace, retries and answers holds for NCBI only.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from aggregator.beside import in_thread

#: Seconds that one call may take, and how often it is tried.
TIMEOUT, TRIES = 10.0, 2


def beat(url: str, *, timeout: float = TIMEOUT, tries: int = TRIES) -> str | None:
    """Calls the address (GET); None when it answered well, else why not, in words that do not show it whole."""
    problem = None
    for _ in range(tries):
        try:
            # `requests` bounds each wait for a byte, not the whole, and not the search for the name.
            problem = in_thread(lambda: _call(url, timeout)).result(timeout)
        except TimeoutError:
            problem = "gives no answer in time"
        if problem is None:
            return None
    return f"the heartbeat address at {shown(url)} {problem}"


def _call(url: str, timeout: float) -> str | None:
    try:
        # A redirect would carry the address elsewhere.
        with requests.get(url, timeout=timeout, allow_redirects=False, stream=True) as answer:
            return None if 200 <= answer.status_code < 300 else f"answers with HTTP {answer.status_code}"
    # `requests` lets some errors of urllib3 and of names through; their words may hold the address.
    except (requests.exceptions.RequestException, OSError, ValueError) as error:
        return f"cannot be reached ({type(error).__name__})"


def shown(url: str) -> str:
    """The host only: who knows the rest of the address can speak for us."""
    return urlsplit(url).hostname or "an unknown host"
