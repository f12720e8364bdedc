"""A PubMed on localhost: serves any PubMed records through the E-utilities, with a clock that can be set.

Rehearsals, the demo and the tests stand on it. It behaves as NLM documents the service and as recorded
answers show it (https://www.ncbi.nlm.nih.gov/books/NBK25499/), its limits, refusals and bad days included.
What it leaves out: automatic term mapping (an untagged word is searched as it stands), ELink, ECitMatch and
EFetch's text formats other than the list of PMIDs.

    with Simulator(World.load([Path("records.xml.gz")])) as simulator:
        ...  # set [pubmed] url = simulator.url
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aggregator.pubmed import simulator_answers as shape
from aggregator.pubmed.simulator_endpoints import Endpoints
from aggregator.pubmed.simulator_faults import FAULTS, Faults, Response
from aggregator.pubmed.simulator_search import History, Searcher
from aggregator.pubmed.simulator_wire import Server
from aggregator.pubmed.simulator_world import Held, World

__all__ = ["FAULTS", "Faults", "Held", "Request", "Response", "Simulator", "World", "serve"]

_SECRETS = frozenset({"api_key", "email"})
#: Requests a second that NCBI allows without and with a key.
NCBI_LIMITS = (3, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the log keeps it: without the key and the address of who asked."""

    #: Seconds of a clock that only runs forward; for counting requests a second.
    moment: float
    endpoint: str
    method: str
    params: Mapping[str, str]
    had_key: bool
    status: int
    #: The planned fault that it met.
    fault: str | None
    #: The names of parameters that came in the URL, where proxies and servers write them down.
    in_url: tuple[str, ...] = ()


class _Limiter:
    """Requests of the last second for each address or key."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def count(self, who: str, moment: float) -> int:
        """How many came within the second, this one included."""
        with self._lock:
            times = self._times.setdefault(who, deque())
            while times and moment - times[0] >= 1:
                times.popleft()
            times.append(moment)
            return len(times)


class Simulator:
    """The E-utilities over a World, on a port of 127.0.0.1 (0: a free one); a context manager.

    latency: seconds before each answer. limits: requests a second without and with a key (NCBI_LIMITS); None lets
    everything pass. keys: those that are known; any when None. wall: how many records of a search can be listed.
    longest_url: characters before HTTP 414. history_lifetime: how long a WebEnv lives after its last use.
    unknown_phrases: words and phrases that the index does not hold, so that a search for them says so; which those
    are a small corpus cannot know by itself. dtd_year: the year that EFetch declares. poison: PMIDs that spoil every
    EFetch which asks for them, each with the fault of FAULTS that then comes. drip: seconds between the pieces of an
    answer that comes slowly, and between the bytes of one that drips.
    """

    def __init__(
        self,
        world: World,
        *,
        port: int = 0,
        latency: float = 0.0,
        limits: tuple[int, int] | None = None,
        keys: frozenset[str] | None = None,
        wall: int = 9_999,
        longest_url: int = 4_000,
        history_lifetime: timedelta | None = None,
        unknown_phrases: Iterable[str] = (),
        dtd_year: int = 2025,
        poison: Mapping[str, str] | None = None,
        drip: float = 0.05,
    ) -> None:
        self.world = world
        self.poison = dict(poison or {})
        self.drip = drip
        self.faults = Faults()
        self.limits = limits
        self.keys = keys
        self.latency = latency
        self.longest_url = longest_url
        self.stopping = threading.Event()
        self._port = port
        self._history = History(history_lifetime)
        searcher = Searcher(world, self._history, frozenset(phrase.casefold() for phrase in unknown_phrases))
        self._endpoints = Endpoints(world=world, history=self._history, searcher=searcher, wall=wall, dtd_year=dtd_year)
        self._limiter = _Limiter()
        self._log: list[Request] = []
        self._log_lock = threading.Lock()
        self._server: Server | None = None

    def start(self) -> Self:
        """Opens the port and answers from another thread, once. OSError when the port is taken."""
        if self._server:
            return self
        self.stopping.clear()
        self._server = Server(("127.0.0.1", self._port), self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Closes the port and every connection; does nothing when it is not running."""
        if self._server:
            self.stopping.set()
            self._server.shutdown()
            self._server.close_connections()
            self._server.server_close()
            self._server = None

    def wait(self) -> None:
        """Returns when the simulator is stopped; for a command that does nothing else."""
        while not self.stopping.wait(0.5):
            pass

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What to set as [pubmed] url. RuntimeError when it is not running."""
        if self._server is None:
            raise RuntimeError("the simulator is not running; call start() first")
        return f"http://127.0.0.1:{self._server.server_address[1]}/entrez/eutils/"

    @property
    def log(self) -> tuple[Request, ...]:
        """The requests so far, in the order of their answers."""
        with self._log_lock:
            return tuple(self._log)

    def clear_log(self) -> None:
        """Forgets the requests so far."""
        with self._log_lock:
            self._log.clear()

    def forget_history(self) -> None:
        """Loses every WebEnv, as NCBI may at any moment."""
        self._history.forget()

    def answer(
        self,
        endpoint: str,
        method: str,
        params: Mapping[str, str],
        address: str = "127.0.0.1",
        *,
        in_url: tuple[str, ...] = (),
    ) -> Response:
        """The answer to a request, planned faults included; no wire is needed. Parameter names are in lower case;
        `in_url` names those that came in the URL.
        """
        # A request counts from its arrival, however long its answer takes.
        moment = time.monotonic()
        fault = self.faults.next(endpoint) or self._poisoned(endpoint, params)
        refusal = self._refusal(params, address, moment)
        if self.latency:
            self.stopping.wait(self.latency)
        response = refusal or self._endpoints.answer(endpoint, params)
        if fault:
            caller = params.get("api_key") or address
            response = FAULTS[fault](replace(response, caller=caller, email=params.get("email", "")))
        request = Request(
            moment=moment,
            endpoint=endpoint,
            method=method,
            params={name: value for name, value in params.items() if name not in _SECRETS},
            had_key="api_key" in params,
            status=response.status,
            fault=fault,
            in_url=in_url,
        )
        with self._log_lock:
            self._log.append(request)
        return response

    def _poisoned(self, endpoint: str, params: Mapping[str, str]) -> str | None:
        if endpoint != "efetch" or not self.poison:
            return None
        asked = params.get("id", "").split(",")
        return next((fault for pmid, fault in self.poison.items() if pmid in asked), None)

    def _refusal(self, params: Mapping[str, str], address: str, moment: float) -> Response | None:
        """What is refused before an endpoint is asked: a wrong key, too many requests."""
        key = params.get("api_key")
        if key is not None and (not key.strip() or (self.keys is not None and key not in self.keys)):
            return Response(status=400, body=shape.invalid_key_body(key), content_type=shape.JSON)
        if self.limits is None:
            return None
        limit = self.limits[1 if key else 0]
        count = self._limiter.count(key or address, moment)
        if count <= limit:
            return None
        return Response(
            status=429,
            body=shape.rate_limit_body(key or address, count, limit),
            content_type=shape.JSON,
            headers=(("Retry-After", "2"), ("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Remaining", "0")),
        )


def serve(files: Iterable[Path], *, port: int = 0, now: datetime | None = None, **options: Any) -> Simulator:
    """A running simulator over the records of PubMed XML files; `wait()` on it, `stop()` it.

    `now` stops its clock at a moment; `options` are Simulator's. RecordFileError for a file that cannot be read;
    OSError for a port in use.
    """
    return Simulator(World.load(files, now=now), port=port, **options).start()
