"""The client for NCBI's E-utilities: asks PubMed for PMIDs and records, politely and completely.

Obeys https://www.ncbi.nlm.nih.gov/books/NBK25497/ (usage guidelines) and NBK25499 (parameters).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
import tenacity

from aggregator.errors import PubMedError, PubMedUnavailable, QueryRejected, UnreadableRecord
from aggregator.pubmed import records
from aggregator.pubmed.answers import (
    Fault,
    SearchAnswer,
    fault_in,
    read_existing,
    read_info,
    read_search,
    read_spelling,
)

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
TOOL = "ketamine-literature-aggregator"

#: PubMed lists no more than this many PMIDs of one search, whatever is asked for.
WALL = 9_999
#: Records in one EFetch request.
BATCH = 200
#: Above every PMID that PubMed will give out for decades.
_LAST_UID = 999_999_999

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One batch of records: what was asked for is what was answered plus what is missing."""

    records: tuple[records.ReadRecord, ...]
    #: Asked for, asked for again, and not answered.
    missing: tuple[str, ...] = ()


class _Unusable(Exception):
    """An answer that may be better next time."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Pace:
    """Keeps the starts of requests apart, so that a second never holds more than `per_second`.

    NCBI allows 3 requests a second, 10 with a key. The distance is stretched by a twentieth,
    because the network may push two requests closer together than they were sent.
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._distance = 1.05 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = float("-inf")

    def wait(self) -> None:
        """Returns when the next request may start."""
        delay = self._next - self._clock()
        if delay > 0:
            self._sleep(delay)
        self._next = max(self._clock(), self._next) + self._distance


class PubMed:
    """PubMed as questions and answers.

    `timeout` bounds, in seconds, the wait for each piece of an answer; `patience` bounds one whole
    answer. `attempts` is the number of tries for one request, `failures` the number of failed
    tries that one client bears before it gives up for good.
    """

    def __init__(
        self,
        *,
        email: str,
        tool: str = TOOL,
        api_key: str | None = None,
        url: str = NCBI,
        requests_per_second: float | None = None,
        timeout: float = 30,
        patience: float = 300,
        attempts: int = 5,
        failures: int = 60,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/") + "/"
        self._identity = {"tool": tool, "email": email} | ({"api_key": api_key} if api_key else {})
        self._pace = Pace(requests_per_second or (10 if api_key else 3), clock=clock, sleep=sleep)
        self._timeout = timeout
        self._patience = patience
        self._attempts = attempts
        self._failures_left = failures
        #: True after a request that failed to the last attempt: the next ones are tried once each,
        #: so that a run without network ends soon.
        self._is_down = False
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"{tool} ({email})"
        self._sleep = sleep
        self._clock = clock

    def search(self, query: str, *, limit: int | None = None) -> SearchAnswer:
        """All PMIDs that match, or the `limit` most recent ones.

        Past PubMed's wall of 9,999 the range of PMIDs is halved until every part is listed whole.
        Raises PubMedUnavailable when the answer is not known, QueryRejected when asking again is no use.
        """
        first = self._search_part(query, WALL if limit is None else min(limit, WALL))
        if limit is not None and limit <= WALL:
            return first
        if first.count <= WALL:
            return _checked(first)
        pmids = sorted(self._bisect(query, 1, _LAST_UID), key=int, reverse=True)
        return SearchAnswer(
            count=first.count,
            pmids=tuple(pmids[:limit]),
            translation=first.translation,
            warnings=first.warnings,
            is_complete=len(pmids) >= first.count,
        )

    def _bisect(self, query: str, low: int, high: int) -> Iterator[str]:
        part = self._search_part(f"({query}) AND {low}:{high}[uid]", WALL)
        if part.count <= WALL:
            if not _checked(part).is_complete:
                raise PubMedUnavailable(
                    f"PubMed counted {part.count:,} matches and listed {len(part.pmids):,}; try again later"
                )
            yield from part.pmids
            return
        # PubMed lists the highest PMIDs first, so the first part's own list says where the records lie.
        middle = (low + min(high, max(map(int, part.pmids)))) // 2
        yield from self._bisect(query, low, middle)
        yield from self._bisect(query, middle + 1, high)

    def _search_part(self, query: str, retmax: int) -> SearchAnswer:
        fields = {"db": "pubmed", "term": query, "retmode": "xml", "retmax": str(retmax)}
        return self._ask("esearch", fields, read_search)

    def fetch(self, pmids: Iterable[str]) -> Iterator[Fetched]:
        """The records of these PMIDs, batch by batch; what PubMed leaves out is asked for again.

        A batch that keeps failing is halved until the failing PMID is alone; it is then missing.
        Raises PubMedUnavailable when the client's failures are used up.
        """
        wanted = list(dict.fromkeys(pmids))
        for start in range(0, len(wanted), BATCH):
            yield self._fetch_batch(wanted[start : start + BATCH])

    def _fetch_batch(self, pmids: Sequence[str]) -> Fetched:
        try:
            answered = self._fetch_once(pmids)
        except PubMedUnavailable:
            if len(pmids) == 1 or self._failures_left <= 0:
                raise
            return self._fetch_halves(pmids)
        left_out = [pmid for pmid in pmids if pmid not in answered]
        if left_out:
            answered |= self._fetch_once(left_out)
        return Fetched(
            records=tuple(answered[pmid] for pmid in pmids if pmid in answered),
            missing=tuple(pmid for pmid in left_out if pmid not in answered),
        )

    def _fetch_halves(self, pmids: Sequence[str]) -> Fetched:
        middle = len(pmids) // 2
        found: list[records.ReadRecord] = []
        missing: list[str] = []
        failed = 0
        for half in (pmids[:middle], pmids[middle:]):
            try:
                part = self._fetch_batch(half)
            except PubMedUnavailable as error:
                log.warning("PMIDs %s: %s", ", ".join(half), error)
                missing += half
                failed += 1
                if failed == 2 or self._failures_left <= 0:
                    raise
            else:
                found += part.records
                missing += part.missing
        return Fetched(records=tuple(found), missing=tuple(missing))

    def _fetch_once(self, pmids: Sequence[str]) -> dict[str, records.ReadRecord]:
        fields = {"db": "pubmed", "id": ",".join(pmids), "retmode": "xml"}
        answered = self._ask("efetch", fields, _read_records)
        return {pmid: record for pmid, record in answered.items() if pmid in pmids}

    def existing(self, pmids: Iterable[str]) -> frozenset[str]:
        """Those of the PMIDs that PubMed still has a record of, by ESummary."""
        wanted = list(dict.fromkeys(pmids))
        found: set[str] = set()
        for start in range(0, len(wanted), BATCH):
            fields = {"db": "pubmed", "id": ",".join(wanted[start : start + BATCH]), "retmode": "json"}
            found |= self._ask("esummary", fields, read_existing)
        return frozenset(found)

    def spelling(self, query: str) -> str | None:
        """Another spelling of a query that found nothing, where PubMed proposes one."""
        return self._ask("espell", {"db": "pubmed", "term": query}, read_spelling)

    def info(self) -> str:
        """How many records PubMed holds and when it was updated, in words."""
        return self._ask("einfo", {"db": "pubmed", "retmode": "xml"}, read_info)

    def _ask(self, endpoint: str, fields: dict[str, str], read: Callable[[bytes], T]) -> T:
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(min(1 if self._is_down else self._attempts, max(1, self._failures_left))),
            wait=_Backoff(),
            retry=tenacity.retry_if_exception_type(_Unusable),
            before_sleep=lambda state: log.info("%s: %s; trying again", endpoint, _problem(state)),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: T = retrying(self._attempt, endpoint, fields, read)
        except _Unusable as error:
            self._is_down = True
            tries = int(retrying.statistics["attempt_number"])
            tried = "tried once" if tries == 1 else f"tried {tries} times"
            raise PubMedUnavailable(f"{error} ({endpoint}, {tried}); check the network and try again later") from error
        return answer

    def _attempt(self, endpoint: str, fields: dict[str, str], read: Callable[[bytes], T]) -> T:
        try:
            answer = self._answer(endpoint, fields, read)
        except _Unusable:
            self._failures_left -= 1
            raise
        self._is_down = False
        return answer

    def _answer(self, endpoint: str, fields: dict[str, str], read: Callable[[bytes], T]) -> T:
        self._pace.wait()
        status, headers, body = self._post(endpoint, fields)
        log.info("%s: HTTP %s, %s bytes", endpoint, status, f"{len(body):,}")
        fault = fault_in(endpoint, status, headers, body)
        if fault is None:
            try:
                return read(body)
            except (ValueError, KeyError, UnreadableRecord) as error:
                raise _Unusable(Fault(message=f"PubMed's answer is damaged: {error}", is_transient=True)) from error
        if fault.is_transient:
            raise _Unusable(fault)
        if fault.is_rejection:
            raise QueryRejected(fault.message)
        raise PubMedUnavailable(fault.message)

    def _post(self, endpoint: str, fields: dict[str, str]) -> tuple[int, Any, bytes]:
        """One request: always POST, which keeps the key and long queries out of URLs and proxies' logs."""
        try:
            with self._session.post(
                f"{self._url}{endpoint}.fcgi",
                data=fields | self._identity,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, answer.headers, self._body(answer)
        except requests.exceptions.SSLError as error:
            raise PubMedUnavailable(
                f"the connection to {self._url} is not secure: its certificate was refused; "
                "check the machine's clock and any proxy that opens secure connections"
            ) from error
        except requests.exceptions.RequestException as error:
            raise _Unusable(Fault(message=f"{_in_words(error)} at {self._url}", is_transient=True)) from error

    def _body(self, answer: requests.Response) -> bytes:
        end = self._clock() + self._patience
        pieces = []
        for piece in answer.iter_content(1 << 16):
            pieces.append(piece)
            if self._clock() > end:
                raise _Unusable(
                    Fault(message=f"PubMed's answer took more than {self._patience:g} seconds", is_transient=True)
                )
        return b"".join(pieces)


class _Backoff(tenacity.wait.wait_base):
    """Retry-After where the server names one, else 1, 2, 4, ... seconds with jitter; never over two minutes."""

    _grow = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.fault.retry_after if isinstance(error, _Unusable) else None
        return min(120.0, max(asked or 0.0, self._grow(retry_state)))


def _problem(state: tenacity.RetryCallState) -> str:
    return str(state.outcome.exception()) if state.outcome else ""


def _checked(answer: SearchAnswer) -> SearchAnswer:
    distinct = len(set(answer.pmids))
    if distinct == answer.count == len(answer.pmids):
        return answer
    return SearchAnswer(
        count=answer.count,
        pmids=answer.pmids,
        translation=answer.translation,
        warnings=answer.warnings,
        is_complete=False,
    )


def _read_records(body: bytes) -> dict[str, records.ReadRecord]:
    """The readable records of an EFetch answer by PMID; the unreadable ones are named in the log."""
    answered: dict[str, records.ReadRecord] = {}
    for entry in records.read_entries(body):
        if isinstance(entry, records.ReadRecord):
            answered[entry.citation.pmid] = entry
        elif isinstance(entry, records.UnreadableEntry):
            log.warning("PMID %s cannot be read: %s", entry.pmid or "unknown", entry.reason)
    return answered


#: What went wrong on the way, without the URL's fields or anything secret.
_TROUBLES: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.ConnectTimeout, "no connection in time to the server"),
    (requests.exceptions.ReadTimeout, "no answer in time from the server"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the compressed answer is damaged"),
    (requests.exceptions.ProxyError, "the proxy refused the connection"),
    (requests.exceptions.ConnectionError, "the server could not be reached"),
)


def _in_words(error: Exception) -> str:
    return next((words for kind, words in _TROUBLES if isinstance(error, kind)), "the request failed")


__all__ = ["NCBI", "Fetched", "PubMed", "PubMedError", "SearchAnswer"]
