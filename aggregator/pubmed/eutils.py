"""The client for NCBI's E-utilities: asks PubMed for PMIDs and records, politely and completely.

Obeys https://www.ncbi.nlm.nih.gov/books/NBK25497/ (usage guidelines) and NBK25499 (parameters).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import requests
import tenacity

from aggregator.beside import in_thread
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
from aggregator.pubmed.pace import Pace, Sheets
from aggregator.stopping import Stop

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
TOOL = "ketamine-literature-aggregator"

#: PubMed lists no more than this many PMIDs of one search, whatever is asked for.
WALL = 9_999
#: Records in one EFetch request.
BATCH = 200
#: Requests on their way at the same time. Three a second are allowed, and an answer takes up to a second or two.
CONNECTIONS = 3
#: Above every PMID that PubMed will give out for decades.
_LAST_UID = 999_999_999
#: Tries of each part of a batch that failed as a whole.
_TRIES_OF_A_PART = 2
#: So many parts failed in a row, down to single records, without one that came: it is not the records.
_PARTS_IN_A_ROW = 12

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One batch of records: what was asked for is what was answered, what is missing and what is gone."""

    records: tuple[records.ReadRecord, ...]
    #: PubMed has them, was asked again and again, and did not deliver them.
    missing: tuple[str, ...] = ()
    #: PubMed has no record of them: deleted, or never given out.
    gone: tuple[str, ...] = ()
    #: The last failure on the way to what is missing; None when PubMed only left it out.
    problem: str | None = None


class _Unusable(Exception):
    """An answer that may be better next time."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class PubMed:
    """PubMed as questions and answers. Safe to use from several threads.

    `timeout` bounds, in seconds, the wait for each piece of an answer, `patience` one whole answer, `time_limit`
    everything that is asked of this client. `attempts` is the number of tries for one request, `failures` the number
    of failed tries that this client bears before it gives up for good. `pace_file` is shared with other processes,
    so that they keep one pace together; without it the pace is this client's own. Asked to end by `stop`, whatever
    waits here, for an answer, for its turn or before another try, raises Stopped.
    """

    def __init__(
        self,
        *,
        email: str,
        tool: str = TOOL,
        api_key: str | None = None,
        url: str = NCBI,
        requests_per_second: float | None = None,
        pace_file: Path | None = None,
        timeout: float = 30,
        patience: float = 300,
        time_limit: float = 7200,
        attempts: int = 5,
        failures: int = 100,
        connections: int = CONNECTIONS,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        stop: Stop | None = None,
    ) -> None:
        self._url = url.rstrip("/") + "/"
        self._identity = {"tool": tool, "email": email} | ({"api_key": api_key} if api_key else {})
        #: Told to be given up, so that nobody waits for a request that nobody needs.
        self._closing: Future[None] = Future()
        self._stop = stop or Stop()
        self._sleep = sleep or self._doze
        self._clock = clock
        self._pace = Pace(
            requests_per_second or (10 if api_key else 3),
            server=urlsplit(self._url).netloc + (" with a key" if api_key else ""),
            clock=clock,
            sleep=self._sleep,
            sheets=Sheets(pace_file),
        )
        self._timeout = timeout
        self._patience = patience
        self._time_limit = time_limit
        self._ends: float | None = None
        self._attempts = attempts
        self._failures = self._failures_left = failures
        self._connections = connections
        #: True after a request that failed to the last attempt: the next ones are tried once each,
        #: so that a run without network ends soon.
        self._is_down = False
        #: When the last answer was written, by the server's clock and in its words.
        self._date: str | None = None
        #: Why nothing more is asked, once PubMed has said so.
        self._refusal: PubMedError | None = None
        self._state = threading.Lock()
        self._sessions: deque[requests.Session] = deque()
        self._new_session: Callable[[], requests.Session] = (lambda: session) if session else requests.Session
        self._user_agent = tool

    # -- searching ------------------------------------------------------------------------------

    def search(self, query: str, *, limit: int | None = None) -> SearchAnswer:
        """All PMIDs that match, or the `limit` most recent ones, the highest first.

        Raises PubMedUnavailable when the answer is not known, QueryRejected when asking again is no use.
        """
        if limit is not None and limit <= WALL:
            return self._listing(query, limit)
        first = self._listing(query)
        if first.count <= WALL:
            return first
        found = self._listed_downwards(query, first, limit) or self._bisected(query, first)
        return replace(found, pmids=found.pmids[:limit])

    def _listed_downwards(self, query: str, first: SearchAnswer, limit: int | None) -> SearchAnswer | None:
        """Lists past the wall: each search lists the highest PMIDs, the next one asks below the lowest of them.

        That is one request for every 9,999 matches. It rests on PubMed's order, newest first, so it must prove
        itself: what is left below must be what the last search counted and did not list. None when it is not.
        """
        pmids = list(first.pmids)
        part = first
        while part.count > len(part.pmids) and (limit is None or len(pmids) < limit):
            if not part.pmids:
                return None
            left, below = part.count - len(part.pmids), min(map(int, part.pmids)) - 1
            if below < 1:
                return None
            part = self._listing(f"({query}) AND 1:{below}[uid]")
            if part.count != left:
                return None
            pmids += part.pmids
        is_whole = len(set(pmids)) == first.count or limit is not None
        return replace(first, pmids=tuple(pmids)) if is_whole else None

    def _bisected(self, query: str, first: SearchAnswer) -> SearchAnswer:
        """Lists past the wall by halving the range of PMIDs until every part is listed whole."""
        low, high = (min(known), max(known)) if (known := list(map(int, first.pmids))) else (1, 1)
        ranges = ((1, low - 1), (low, high), (high + 1, _LAST_UID))
        found = {pmid for start, end in ranges if start <= end for pmid in self._bisect(query, start, end)}
        pmids = sorted(found, key=int, reverse=True)
        count = first.count if len(pmids) == first.count else self._search_part(query, 0).count
        return replace(first, count=count, pmids=tuple(pmids), is_complete=len(pmids) == count)

    def _bisect(self, query: str, low: int, high: int) -> Iterator[str]:
        part = self._listing(f"({query}) AND {low}:{high}[uid]")
        if part.is_complete and part.count <= WALL:
            yield from part.pmids
            return
        if part.count <= WALL or not part.pmids or low == high:
            raise PubMedUnavailable(
                f"PubMed counted {part.count:,} matches and listed {len(part.pmids):,}; try again later"
            )
        # The part's own list says where records lie, so that no half is asked for in vain.
        middle = (low + min(high, max(map(int, part.pmids)))) // 2
        yield from self._bisect(query, low, middle)
        yield from self._bisect(query, middle + 1, high)

    def _listing(self, query: str, most: int | None = None) -> SearchAnswer:
        """One search; asked again while its list does not hold as many PMIDs as its count says."""
        most = WALL if most is None else most
        for _ in range(self._attempts):
            answer = self._search_part(query, most)
            if len(set(answer.pmids)) == len(answer.pmids) == min(answer.count, most):
                return answer
        return replace(answer, is_complete=False)

    def _search_part(self, query: str, retmax: int) -> SearchAnswer:
        fields = {"db": "pubmed", "term": query, "retmode": "xml", "retmax": str(retmax)}
        return self._ask("esearch", fields, read_search)

    # -- fetching -------------------------------------------------------------------------------

    def fetch(self, pmids: Iterable[str]) -> Iterator[Fetched]:
        """The records of these PMIDs, batch by batch; the next ones are on their way while one is worked on.

        What PubMed leaves out is asked for again. A batch that keeps failing is halved until the failing record is
        alone; it is then missing. Raises PubMedUnavailable, after the batches that came, when PubMed cannot be reached.
        """
        wanted = list(dict.fromkeys(pmids))
        batches = deque(wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))
        under_way: deque[Future[Fetched]] = deque()
        failed: PubMedError | None = None
        try:
            while batches or under_way:
                while batches and len(under_way) < self._connections:
                    under_way.append(in_thread(partial(self._fetch_batch, batches.popleft())))
                try:
                    batch = self._stop.result(under_way.popleft())
                except PubMedError as error:
                    failed = failed or error
                    batches.clear()
                    continue
                if batches:
                    under_way.append(in_thread(partial(self._fetch_batch, batches.popleft())))
                yield batch
        except BaseException:
            if not self._closing.done():
                self._closing.set_result(None)
            raise
        if failed:
            raise failed

    def _fetch_batch(self, pmids: Sequence[str]) -> Fetched:
        answered, problem = self._fetch_in_parts(pmids)
        left = [pmid for pmid in pmids if pmid not in answered]
        gone: frozenset[str] = frozenset()
        # Asked again; then ESummary says what there is to ask for, and that is asked for as often as attempts allow.
        for turn in range(max(2, self._attempts - 1)):
            if not left:
                break
            try:
                if turn == 1:
                    gone = frozenset(left) - self.existing(left)
                    left = [pmid for pmid in left if pmid not in gone]
                answered |= self._fetch_once(left, tries=1 if turn else None) if left else {}
                left = [pmid for pmid in left if pmid not in answered]
            except PubMedUnavailable as error:
                # Silence is no proof that a record is gone.
                log.info("PMIDs %s: %s", ", ".join(left), error)
                problem = str(error)
                if self._refusal or (turn and not answered):
                    raise
        return Fetched(
            records=tuple(answered[pmid] for pmid in pmids if pmid in answered),
            missing=tuple(left),
            gone=tuple(pmid for pmid in pmids if pmid in gone),
            problem=problem,
        )

    def _fetch_in_parts(self, pmids: Sequence[str]) -> tuple[dict[str, records.ReadRecord], str | None]:
        """A batch, halved and halved again where it fails; a single record that fails is left out, the failure told.

        Raises PubMedUnavailable when nothing came: it need not be the records then.
        """
        answered: dict[str, records.ReadRecord] = {}
        problem = None
        parts = [list(pmids)]
        failed_in_a_row = 0
        while parts:
            part = parts.pop()
            try:
                answered |= self._fetch_once(part, tries=None if len(part) == len(pmids) else _TRIES_OF_A_PART)
                failed_in_a_row = 0
            except PubMedUnavailable as error:
                failed_in_a_row += 1
                if self._refusal or _is_elsewhere(error) or failed_in_a_row >= _PARTS_IN_A_ROW:
                    raise
                problem = str(error)
                if len(part) == 1:
                    if not parts and not answered:
                        raise
                    log.info("PMID %s: %s", part[0], error)
                    continue
                middle = len(part) // 2
                parts += (part[middle:], part[:middle])
        return answered, problem

    def _fetch_once(self, pmids: Sequence[str], *, tries: int | None) -> dict[str, records.ReadRecord]:
        fields = {"db": "pubmed", "id": ",".join(pmids), "retmode": "xml"}
        answered = self._ask("efetch", fields, _read_records, tries=tries)
        asked = frozenset(pmids)
        return {pmid: record for pmid, record in answered.items() if pmid in asked}

    def existing(self, pmids: Iterable[str]) -> frozenset[str]:
        """Those of the PMIDs that PubMed still has a record of, by ESummary."""
        wanted = list(dict.fromkeys(pmids))
        found: set[str] = set()
        for start in range(0, len(wanted), BATCH):
            asked = wanted[start : start + BATCH]
            fields = {"db": "pubmed", "id": ",".join(asked), "retmode": "json"}
            found |= self._ask("esummary", fields, partial(read_existing, asked=asked))
        return frozenset(found)

    # -- small questions ------------------------------------------------------------------------

    def spelling(self, query: str) -> str | None:
        """Another spelling of a query that found nothing, where PubMed proposes one."""
        return self._ask("espell", {"db": "pubmed", "term": query}, read_spelling)

    def info(self) -> str:
        """How many records PubMed holds and when it was updated, in words."""
        return self._ask("einfo", {"db": "pubmed", "retmode": "xml"}, read_info)

    @property
    def date_of_answer(self) -> datetime | None:
        """When the last answer was written, by the server's clock; None where it did not say."""
        try:
            return parsedate_to_datetime(self._date or "").astimezone(UTC)
        except ValueError:
            return None

    # -- asking ---------------------------------------------------------------------------------

    def _ask(self, endpoint: str, fields: dict[str, str], read: Callable[[bytes], T], *, tries: int | None = None) -> T:
        self._stop.check()
        if self._refusal:
            raise self._refusal
        retrying = tenacity.Retrying(
            stop=self._given_up(self._tries(tries)),
            wait=_Backoff(),
            retry=tenacity.retry_if_exception_type(_Unusable),
            before_sleep=lambda state: log.info("%s: %s; trying again", endpoint, _problem(state)),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: T = retrying(self._attempt, endpoint, fields, read)
        except _Unusable as error:
            # One try that failed proves less than five.
            self._is_down = self._is_down or tries is None
            count = int(retrying.statistics["attempt_number"])
            tried = "tried once" if count == 1 else f"tried {count} times"
            raise PubMedUnavailable(f"{error} ({endpoint}, {tried}); check the network and try again later") from error
        return answer

    def _tries(self, wanted: int | None) -> int:
        most = 1 if self._is_down and wanted is None else wanted or self._attempts
        return min(most, self._attempts)

    def _given_up(self, tries: int) -> Callable[[tenacity.RetryCallState], bool]:
        """Whether to give a request up: after so many tries, or when the next one would begin past the time limit."""

        def stops(state: tenacity.RetryCallState) -> bool:
            is_late = self._ends is not None and self._clock() + state.upcoming_sleep > self._ends
            return is_late or state.attempt_number >= tries

        return stops

    def _attempt(self, endpoint: str, fields: dict[str, str], read: Callable[[bytes], T]) -> T:
        try:
            answer = self._answer(endpoint, fields, read)
        except _Unusable as error:
            with self._state:
                self._failures_left -= 1
            if self._failures_left <= 0:
                self._refusal = PubMedUnavailable(
                    f"{error}; {self._failures} tries have failed in this run, which is all that [pubmed] failures "
                    "allows; what came is kept: try again later"
                )
                raise self._refusal from error
            raise
        self._is_down = False
        return answer

    def _answer(self, endpoint: str, fields: dict[str, str], read: Callable[[bytes], T]) -> T:
        self._check_time()
        start = self._pace.wait()
        if self._closing.done():
            raise PubMedUnavailable("the run was broken off; run again")
        status, headers, body = self._in_time(endpoint, fields, start)
        log.info("%s: HTTP %s, %s bytes", endpoint, status, f"{len(body):,}")
        if endpoint != "efetch":
            body = self._without_secrets(body)
        fault = fault_in(endpoint, status, headers, body)
        if fault is None:
            try:
                return read(body)
            except (ValueError, KeyError, UnreadableRecord) as error:
                raise _Unusable(Fault(message=f"PubMed's answer is damaged: {error}", is_transient=True)) from error
        if fault.retry_after:
            self._pace.hold(fault.retry_after)
        if fault.is_transient:
            raise _Unusable(fault)
        refusal = QueryRejected(fault.message) if fault.is_rejection else PubMedUnavailable(fault.message)
        if fault.is_final:
            self._refusal = refusal
        raise refusal

    def _check_time(self) -> None:
        """Starts the time limit with the first request; past it, nothing more is asked."""
        if self._ends is None:
            self._ends = self._clock() + self._time_limit
        elif self._clock() > self._ends:
            self._refusal = PubMedUnavailable(
                f"the time limit of {self._time_limit / 60:g} minutes is used up; what came is kept: run again, "
                "or raise [pubmed] time_limit in the settings"
            )
            raise self._refusal

    def _in_time(self, endpoint: str, fields: dict[str, str], start: float) -> tuple[int, Mapping[str, str], bytes]:
        """One request that ends within our patience, however slowly its bytes drip: it is another thread that waits."""
        try:
            posted = in_thread(partial(self._post, endpoint, fields, start))
            return self._stop.result(posted, self._patience)
        except TimeoutError as error:
            raise _Unusable(Fault(message=self._out_of_patience, is_transient=True)) from error

    @property
    def _out_of_patience(self) -> str:
        return f"PubMed's answer took more than {self._patience:g} seconds"

    def _post(self, endpoint: str, fields: dict[str, str], start: float) -> tuple[int, Mapping[str, str], bytes]:
        """One request: always POST, which keeps the key and long queries out of URLs and proxies' logs."""
        try:
            with (
                self._session() as session,
                session.post(
                    f"{self._url}{endpoint}.fcgi",
                    data=fields | self._identity,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                self._date = answer.headers.get("Date")
                self._pace.answered(start, f"{endpoint} {answer.status_code} {len(fields.get('id', '')).bit_length()}")
                return answer.status_code, answer.headers, self._body(answer)
        except requests.exceptions.SSLError as error:
            self._refusal = PubMedUnavailable(
                f"the connection to {self._url} is not secure: its certificate was refused; "
                "check the machine's clock and any proxy that opens secure connections"
            )
            raise self._refusal from error
        except requests.exceptions.RequestException as error:
            raise _Unusable(
                Fault(
                    message=f"{_in_words(error)} at {self._url}",
                    is_transient=True,
                    is_elsewhere=isinstance(error, _UNREACHED),
                )
            ) from error

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """A session that no other thread uses meanwhile; its connection stays open for the next request."""
        try:
            session = self._sessions.pop()
        except IndexError:
            session = self._new_session()
            session.headers["User-Agent"] = self._user_agent
        try:
            yield session
        finally:
            self._sessions.append(session)

    def _body(self, answer: requests.Response) -> bytes:
        end = self._clock() + self._patience
        pieces = []
        for piece in answer.iter_content(1 << 16):
            pieces.append(piece)
            if self._clock() > end:
                raise _Unusable(Fault(message=self._out_of_patience, is_transient=True))
        return b"".join(pieces)

    def _doze(self, seconds: float) -> None:
        with suppress(TimeoutError):
            self._stop.result(self._closing, seconds)

    def _without_secrets(self, body: bytes) -> bytes:
        """An answer about a search may repeat what was asked, the key with it. (Records are not touched: an author
        may have the address that we ask from.)
        """
        for secret in (self._identity.get("api_key"), self._identity["email"]):
            for written in (secret, quote(secret, safe="")) if secret else ():
                body = body.replace(written.encode(), b"***")
        return body


class _Backoff(tenacity.wait.wait_base):
    """Retry-After where the server names one, and no less than 1, 2, 4, ... 60 seconds with jitter."""

    _grow = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.fault.retry_after if isinstance(error, _Unusable) else None
        return max(asked or 0.0, self._grow(retry_state))


def _is_elsewhere(error: PubMedUnavailable) -> bool:
    return isinstance(error.__cause__, _Unusable) and error.__cause__.fault.is_elsewhere


def _problem(state: tenacity.RetryCallState) -> str:
    return str(state.outcome.exception()) if state.outcome else ""


def _read_records(body: bytes) -> dict[str, records.ReadRecord]:
    """The readable records of an EFetch answer by PMID; the unreadable ones are named in the log."""
    answered: dict[str, records.ReadRecord] = {}
    for entry in records.read_entries(body):
        if isinstance(entry, records.ReadRecord):
            answered[entry.citation.pmid] = entry
        elif isinstance(entry, records.UnreadableEntry):
            log.warning("PMID %s cannot be read: %s", entry.pmid or "unknown", entry.reason)
    return answered


#: The server was not reached at all. (A read that timed out, or broke off, had reached it.)
_UNREACHED = (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)

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
