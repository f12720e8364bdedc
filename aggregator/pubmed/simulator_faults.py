"""What can go wrong between a client and PubMed, by name, and a schedule of bad days."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType

from aggregator.pubmed import simulator_answers as shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer before it goes over the wire."""

    status: int = 200
    body: bytes = b""
    content_type: str = shape.XML
    headers: tuple[tuple[str, str], ...] = ()
    #: How it travels: whole, slowly, cut in mid-chunk, not at all (hang), or as a connection reset.
    transport: str = "whole"


_PROLOG_ONLY = re.compile(rb"\A.*?<!DOCTYPE[^>]*>\s*", re.DOTALL)
_RECORD = re.compile(rb"<Pubmed(?:Book)?Article[ >].*?</Pubmed(?:Book)?Article>", re.DOTALL)
_BACKEND_DOWN = "Search Backend failed: Database is not supported: pubmed"
_TRACE = (
    'NCBI C++ Exception:\n    Error: TXCLIENT(CException::eUnknown) "/simulated/pubmed.cpp", line 1: Read failed: EOF'
)


def _page(status: int, title: str, text: str, *headers: tuple[str, str]) -> Callable[[Response], Response]:
    made = Response(status=status, body=shape.html_page(title, text), content_type=shape.HTML, headers=headers)
    return lambda _: made


def _fetch_error(status: int, message: str) -> Callable[[Response], Response]:
    made = Response(status=status, body=shape.efetch_error(message))
    return lambda _: made


def _limited(status: int, *headers: tuple[str, str]) -> Callable[[Response], Response]:
    body = shape.rate_limit_body("203.0.113.7", 4, 3)
    return lambda _: Response(status=status, body=body, content_type=shape.JSON, headers=headers)


def _search_error(message: str) -> Callable[[Response], Response]:
    def answer(response: Response) -> Response:
        as_json = response.content_type == shape.JSON
        return replace(response, status=200, body=shape.esearch_error(message, as_json=as_json))

    return answer


def _history_lost(response: Response) -> Response:
    """Each endpoint says it in its own document; which one it is shows in the answer that was due."""
    said, as_json = "Unable to obtain query #1", response.content_type == shape.JSON
    if b"eSearchResult" in response.body or b'"type":"esearch"' in response.body:
        body = shape.esearch_error(said, as_json=as_json)
    elif b"eSummaryResult" in response.body or as_json:
        body = shape.esummary_error(said, as_json=as_json, listed=True)
    else:
        body = shape.efetch_error(said)
    return replace(response, status=200, body=body)


def _body(change: Callable[[bytes], bytes]) -> Callable[[Response], Response]:
    return lambda response: replace(response, body=change(response.body))


def _travel(transport: str) -> Callable[[Response], Response]:
    return lambda response: replace(response, transport=transport)


def _without_last_record(body: bytes) -> bytes:
    found = list(_RECORD.finditer(body))
    return body[: found[-1].start()] + body[found[-1].end() :] if found else body


def _with_first_record_twice(body: bytes) -> bytes:
    found = _RECORD.search(body)
    return body[: found.end()] + b"\n" + found[0] + body[found.end() :] if found else body


def _with_records_reversed(body: bytes) -> bytes:
    found = list(_RECORD.finditer(body))
    if not found:
        return body
    turned = b"\n".join(record[0] for record in reversed(found))
    return body[: found[0].start()] + turned + body[found[-1].end() :]


def _with_a_foreign_record(body: bytes) -> bytes:
    """The first record under a PMID that was not asked for."""
    return re.sub(rb"(<PMID[^>]*>)(\d+)", lambda found: found[1] + b"%d" % (int(found[2]) + 70_000_000), body, count=1)


def _without_records(body: bytes) -> bytes:
    found = list(_RECORD.finditer(body))
    return body[: found[0].start()].rstrip() + body[found[-1].end() :].lstrip() if found else body


#: What can go wrong, by name: F1 to F23 of the faults seen in production, and records lost or doubled on the way.
FAULTS: Mapping[str, Callable[[Response], Response]] = MappingProxyType(
    {
        "rate-limit": _limited(429, ("Retry-After", "2"), ("X-RateLimit-Limit", "3"), ("X-RateLimit-Remaining", "0")),
        "rate-limit-without-retry-after": _limited(429),
        "rate-limit-in-200": _limited(200),
        "invalid-key": lambda _: Response(
            status=400, body=shape.invalid_key_body("simulated-key"), content_type=shape.JSON
        ),
        "id-list-empty": _fetch_error(400, "ID list is empty! Possibly it has no correct IDs."),
        "viewer-timeout": _fetch_error(
            400, " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout"
        ),
        "pubone": _fetch_error(400, "Failed to connect to PubOne service: proxy_stream() 502 Bad Gateway"),
        "no-document-summary": _fetch_error(400, " Error occurred: cannot get document summary"),
        "history-lost": _history_lost,
        "backend-failed": _search_error("Search Backend failed: Exception:\nthe simulated backend is away"),
        "database-not-supported": _search_error(_BACKEND_DOWN),
        "empty-term": _search_error("Empty term and query_key - nothing todo"),
        "invalid-db": _search_error("Invalid db name specified: pub"),
        "blocked": _page(
            200,
            "NCBI - WWW Error Blocked Diagnostic",
            "Your access to the NCBI website has been temporarily blocked due to a possible misuse situation.",
        ),
        "redirect": _page(302, "Found", "Moved.", ("Location", "/misuse/")),
        "server-error": _page(
            500,
            "NCBI/eutils202 - WWW Error 500 Diagnostic",
            "This could be a transient problem, please try the query again.",
        ),
        "forwarding-error": lambda _: Response(
            status=500,
            body=b'{"error":"error forwarding request","api-key":"203.0.113.7","type":"ip",\n"status":"ok"}',
            content_type=shape.JSON,
        ),
        "bad-gateway": _page(502, "502 Bad Gateway", "The proxy got no answer."),
        "unavailable": _page(503, "503 Service Temporarily Unavailable", "Try again later."),
        "gateway-timeout": lambda _: Response(status=504, content_type=shape.HTML),
        "empty-body": _body(lambda _: b""),
        "no-root": _body(lambda body: found[0] if (found := _PROLOG_ONLY.match(body)) else b""),
        "truncated": _body(lambda body: body[: len(body) * 2 // 3]),
        "corrupted": _body(lambda body: body[: len(body) // 2] + b"</habel" + body[len(body) // 2 + 7 :]),
        "invalid-json": _body(lambda body: body.rstrip()[:-1] + b",\n"),
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
        "hang": _travel("hang"),
        "slow": _travel("slow"),
        "cut": _travel("cut"),
        "reset": _travel("reset"),
        "dropped-record": _body(_without_last_record),
        "duplicated-record": _body(_with_first_record_twice),
        "shuffled-records": _body(_with_records_reversed),
        "foreign-record": _body(_with_a_foreign_record),
        "empty-page": _body(_without_records),
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
