"""What can go wrong between a client and PubMed, by name, and a schedule of bad days."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from xml.sax.saxutils import escape

from aggregator.pubmed import simulator_answers as shape
from aggregator.pubmed import simulator_damage as damage


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer before it goes over the wire."""

    status: int = 200
    body: bytes = b""
    content_type: str = shape.XML
    headers: tuple[tuple[str, str], ...] = ()
    #: How it travels; see TRANSPORTS.
    transport: str = "whole"
    #: Who asked: the key or the network address, and the email. NCBI repeats the former in some of its errors.
    caller: str = "203.0.113.7"
    email: str = ""


Fault = Callable[[Response], Response]

#: How an answer may travel besides whole.
TRANSPORTS: Mapping[str, str] = MappingProxyType(
    {
        "hang": "no byte ever comes",
        "hang-after-headers": "the headers come, then nothing",
        "drip": "one byte at a time, with a pause after each, inside one chunk",
        "slow": "in eight pieces with pauses",
        "cut": "the connection closes in the middle of a chunk",
        "reset": "the connection is reset",
        "gzip-cut": "the compressed bytes end too early, in chunks that are whole",
        "gzip-corrupted": "a compressed byte is another one",
    }
)


_BACKEND_DOWN = "Search Backend failed: Database is not supported: pubmed"
_TRACE = (
    'NCBI C++ Exception:\n    Error: TXCLIENT(CException::eUnknown) "/simulated/pubmed.cpp", line 1: Read failed: EOF'
)


def _page(status: int, title: str, text: str, *headers: tuple[str, str]) -> Fault:
    made = Response(status=status, body=shape.html_page(title, text), content_type=shape.HTML, headers=headers)
    return lambda _: made


def _fetch_error(status: int, message: str) -> Fault:
    made = Response(status=status, body=shape.efetch_error(message))
    return lambda _: made


def _limited(status: int, *headers: tuple[str, str]) -> Fault:
    def answer(response: Response) -> Response:
        body = shape.rate_limit_body(response.caller, 4, 3)
        return Response(status=status, body=body, content_type=shape.JSON, headers=headers)

    return answer


def _search_error(message: str) -> Fault:
    def answer(response: Response) -> Response:
        as_json = response.content_type == shape.JSON
        return replace(response, status=200, body=shape.esearch_error(message, as_json=as_json))

    return answer


def _past_the_wall(response: Response) -> Response:
    """Inside HTTP 200 where it is a search, and HTTP 400 where a stored search was to be fetched."""
    said = shape.wall_message(9_999)
    if _is_search(response):
        return _search_error(f"Search Backend failed: Exception:\n{said}")(response)
    return _fetch_error(400, f"Search backend cannot retrieve history data. Reason: Exception: {said}")(response)


def _is_search(response: Response) -> bool:
    return b"eSearchResult" in response.body or b'"type":"esearch"' in response.body


def _history_lost(response: Response) -> Response:
    """Each endpoint says it in its own document; which one it is shows in the answer that was due."""
    said, as_json = "Unable to obtain query #1", response.content_type == shape.JSON
    if _is_search(response):
        body = shape.esearch_error(said, as_json=as_json)
    elif b"eSummaryResult" in response.body or as_json:
        body = shape.esummary_error(said, as_json=as_json, listed=True)
    else:
        body = shape.efetch_error(said)
    return replace(response, status=200, body=body)


def _body(change: damage.Damage) -> Fault:
    return lambda response: replace(response, body=change(response.body))


def _travel(transport: str) -> Fault:
    return lambda response: replace(response, transport=transport)


def _echoing(response: Response) -> Response:
    """A remark that repeats who asked; only ESearch has a place for it."""
    said = escape(f"the client {response.caller} {response.email} is near its limit")
    remark, place = f"<OutputMessage>{said}</OutputMessage>".encode(), b"<WarningList>"
    if place in response.body:
        return replace(response, body=response.body.replace(place, place + remark, 1))
    end = b"</eSearchResult>"
    return replace(response, body=response.body.replace(end, place + remark + b"</WarningList>" + end, 1))


#: What can go wrong, by name: F1 to F23 of the faults seen in production, and records lost or doubled on the way.
FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "rate-limit": _limited(429, ("Retry-After", "2"), ("X-RateLimit-Limit", "3"), ("X-RateLimit-Remaining", "0")),
        "rate-limit-without-retry-after": _limited(429),
        "rate-limit-in-200": _limited(200),
        "invalid-key": lambda response: Response(
            status=400, body=shape.invalid_key_body(response.caller), content_type=shape.JSON
        ),
        "caller-in-warning": _echoing,
        "id-list-empty": _fetch_error(400, "ID list is empty! Possibly it has no correct IDs."),
        "viewer-timeout": _fetch_error(
            400, " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout"
        ),
        "pubone": _fetch_error(400, "Failed to connect to PubOne service: proxy_stream() 502 Bad Gateway"),
        "no-document-summary": _fetch_error(400, " Error occurred: cannot get document summary"),
        "retstart-past-wall": _past_the_wall,
        "history-lost": _history_lost,
        "history-lost-in-400": lambda response: replace(_history_lost(response), status=400),
        "backend-failed": _search_error("Search Backend failed: Exception:\nthe simulated backend is away"),
        "database-not-supported": _search_error(_BACKEND_DOWN),
        "empty-term": _search_error("Empty term and query_key - nothing todo"),
        "invalid-db": _search_error("Invalid db name specified: pub"),
        "blocked": _page(
            200,
            "NCBI - WWW Error Blocked Diagnostic",
            "Your access to the NCBI website has been temporarily blocked due to a possible misuse situation.",
        ),
        "redirect": _page(302, "Found", "Moved.", ("Location", "https://misuse.ncbi.nlm.nih.gov/error/abuse.shtml")),
        "redirect-elsewhere": _page(302, "Found", "Moved.", ("Location", "https://guests.hospital.example/login")),
        "captive-portal": _page(200, "Guest network", "Accept the terms of use to go on."),
        "server-error": _page(
            500,
            "NCBI/eutils202 - WWW Error 500 Diagnostic",
            "This could be a transient problem, please try the query again.",
        ),
        "forwarding-error": lambda response: Response(
            status=500, body=shape.forwarding_error_body(response.caller), content_type=shape.JSON
        ),
        "bad-gateway": _page(502, "502 Bad Gateway", "The proxy got no answer."),
        "unavailable": _page(503, "503 Service Temporarily Unavailable", "Try again later."),
        "gateway-timeout": lambda _: Response(status=504, content_type=shape.HTML),
        "empty-body": _body(lambda _: b""),
        "no-root": _body(damage.without_root),
        "truncated": _body(damage.cut(2 / 3)),
        **{f"truncated-{part}/16": _body(damage.cut(part / 16)) for part in range(16)},
        "corrupted": _body(damage.with_broken_tag),
        "corrupted-bytes": _body(damage.with_random_bytes),
        "control-character": _body(damage.with_inside(b"\x0b")),
        "null-character": _body(damage.with_inside(b"\x00")),
        "invalid-utf-8": _body(damage.with_inside(b"\xff\xfe")),
        "entity-bomb": lambda response: replace(
            response, body=damage.with_entity_bomb(response.body), content_type=shape.XML
        ),
        "invalid-json": _body(damage.with_broken_json),
        "trace": _fetch_error(200, _TRACE),
        "maintenance": _page(200, "down_bethesda", "NCBI is down for maintenance."),
        "document-summary-backend": lambda _: Response(
            body=b'<?xml version="1.0" encoding="UTF-8" ?>\n<eSummaryResult>\n<DocumentSummarySet status="OK">'
            b"<!-- DocSum Backend failed: simulated --></DocumentSummarySet>\n</eSummaryResult>\n"
        ),
        "unroutable": lambda _: Response(
            body=b"Unable to route request!\n\nservice name: /http/service/ratecontrol\ndtab:\n\nbase dtab:\n\n"
            b"override dtab:\n",
            content_type=shape.TEXT,
        ),
        "uri-too-long": _page(414, "414 Request-URI Too Large", "Use POST."),
        **{transport: _travel(transport) for transport in TRANSPORTS},
        "dropped-record": _body(damage.without_last_record),
        "duplicated-record": _body(damage.with_first_record_twice),
        "shuffled-records": _body(damage.with_records_reversed),
        "foreign-record": _body(damage.with_a_foreign_record),
        "empty-page": _body(damage.without_records),
        "count-too-high": _body(damage.with_count_off(+3)),
        "count-too-low": _body(damage.with_count_off(-1)),
        "dropped-pmid": _body(damage.with_pmids(lambda pmids: pmids[:-1])),
        "duplicated-pmid": _body(damage.with_pmids(lambda pmids: [pmids[0], *pmids[:-1]])),
        "shuffled-pmids": _body(damage.with_pmids(lambda pmids: pmids[::-1])),
        "foreign-pmid": _body(damage.with_pmids(lambda pmids: [*pmids[:-1], str(int(pmids[-1]) + 70_000_000)])),
        "refused-summary": _body(damage.with_first_summary_refused),
        "dropped-summary": _body(damage.without_a_summary),
    }
)


#: Faults that only one endpoint's answers can have; the others' pass unharmed.
ONLY_AT: Mapping[str, str] = MappingProxyType(
    {
        "caller-in-warning": "esearch",
        "count-too-high": "esearch",
        "count-too-low": "esearch",
        "dropped-pmid": "esearch",
        "duplicated-pmid": "esearch",
        "shuffled-pmids": "esearch",
        "foreign-pmid": "esearch",
        "dropped-record": "efetch",
        "duplicated-record": "efetch",
        "shuffled-records": "efetch",
        "foreign-record": "efetch",
        "empty-page": "efetch",
        "refused-summary": "esummary",
        "dropped-summary": "esummary",
    }
)


@dataclass(slots=True)
class _Planned:
    endpoint: str
    kind: str
    left: int | None
    after: int


class Faults:
    """A schedule of bad days, empty at first."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()

    def add(self, endpoint: str, kind: str, *, times: int | None = 1, after: int = 0) -> None:
        """Plans a fault of FAULTS for an endpoint ("esearch", "efetch", ..., "*" for each).

        `after` requests to it pass first; then `times` requests meet it, all that follow when None.
        """
        if kind not in FAULTS:
            near = get_close_matches(kind, FAULTS, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known faults: {', '.join(FAULTS)}"
            raise ValueError(f"there is no fault '{kind}'{hint}")
        with self._lock:
            self._planned.append(_Planned(endpoint, kind, times, after))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def next(self, endpoint: str) -> str | None:
        """The fault that this request meets, if any; counts the request."""
        met = None
        with self._lock:
            for plan in self._planned:
                if plan.endpoint not in (endpoint, "*") or plan.left == 0:
                    continue
                if plan.after:
                    plan.after -= 1
                elif met is None:
                    met = plan.kind
                    plan.left = plan.left - 1 if plan.left is not None else None
        return met
