"""The simulated PubMed's HTTP: parameters in, chunked and gzip'd answers out, and the wire's own accidents."""

from __future__ import annotations

import gzip
import re
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from aggregator.listening import ThreadedServer
from aggregator.pubmed.simulator_faults import FAULTS, Response

if TYPE_CHECKING:
    from aggregator.pubmed.simulator import Simulator

_PATH = re.compile(r"/entrez/eutils/(\w+)\.f?cgi")


class Server(ThreadedServer):
    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Finatra"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        self._handle("")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode("utf-8", "replace")
        self._handle(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Says nothing: Simulator.log keeps the requests, without secrets."""

    def _handle(self, body: str) -> None:
        simulator = self.server.simulator
        _, _, path, query, _ = urlsplit(self.path)
        found = _PATH.fullmatch(path)
        if len(self.path) > simulator.longest_url:
            self._send(FAULTS["uri-too-long"](Response()))
            return
        response = simulator.answer(
            found[1] if found else "",
            self.command,
            _params("&".join(part for part in (query, body) if part)),
            str(self.client_address[0]),
            in_url=tuple(_params(query)),
        )
        self._send(response)

    def _send(self, response: Response) -> None:
        if response.transport == "hang":
            self._hang()
            return
        if response.transport == "reset":
            # SO_LINGER 0 turns the close into a RST.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self.close_connection = True
            self.connection.close()
            return
        is_gzip = "gzip" in self.headers.get("Accept-Encoding", "") and bool(response.body)
        body = _damaged(gzip.compress(response.body, 1) if is_gzip else response.body, response.transport)
        self._head(response, gzipped=is_gzip)
        self._chunks(body, response.transport)

    def _hang(self) -> None:
        self.server.simulator.stopping.wait(600)
        self.close_connection = True

    def _head(self, response: Response, *, gzipped: bool) -> None:
        self.send_response(response.status)
        set_here = {name for name, _ in response.headers}
        for name, value in (*response.headers, *(pair for pair in _headers(self) if pair[0] not in set_here)):
            self.send_header(name, value)
        if gzipped:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", response.content_type)
        # No Content-Length, as at NCBI: that an answer was cut shows in its chunks or in its XML only.
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunks(self, body: bytes, transport: str) -> None:
        if transport == "hang-after-headers":
            self.wfile.flush()
            self._hang()
            return
        if transport == "cut":
            self.wfile.write(b"%x\r\n" % len(body) + body[: len(body) // 2])
            self.close_connection = True
            return
        if transport == "drip":
            self._drip(b"%x\r\n" % len(body) + body + b"\r\n", size=1)
        elif transport == "slow":
            size = max(1, len(body) // 8)
            self._drip(b"".join(_chunked(body, size)), size=size)
        else:
            self.wfile.writelines(_chunked(body, 64_000))
        self.wfile.write(b"0\r\n\r\n")

    def _drip(self, body: bytes, *, size: int) -> None:
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            self.wfile.flush()
            if self.server.simulator.stopping.wait(self.server.simulator.drip):
                return


def _chunked(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        part = body[start : start + size]
        yield b"%x\r\n" % len(part) + part + b"\r\n"


def _damaged(encoded: bytes, transport: str) -> bytes:
    middle = len(encoded) // 2
    if transport == "gzip-cut":
        return encoded[:middle]
    if transport == "gzip-corrupted" and encoded:
        return encoded[:middle] + bytes([encoded[middle] ^ 0xFF]) + encoded[middle + 1 :]
    return encoded


def _params(query: str) -> dict[str, str]:
    """Parameters by lower-case name; id may come many times."""
    params: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        key = name.lower()
        params[key] = f"{params[key]},{value}" if key == "id" and key in params else value
    return params


def _headers(handler: _Handler) -> Iterator[tuple[str, str]]:
    """The headers of a normal answer (recorded 2024-04-12)."""
    limits = handler.server.simulator.limits
    limit = str(limits[0] if limits else 3)
    yield "X-RateLimit-Limit", limit
    yield "X-RateLimit-Remaining", "0"
    yield "Access-Control-Expose-Headers", "X-RateLimit-Limit,X-RateLimit-Remaining"
    yield "Access-Control-Allow-Origin", "*"
    yield "Cache-Control", "private"
    yield "NCBI-PHID", "322C" + "0" * 24 + ".1.1.m_1"
    yield "NCBI-SID", "0" * 16 + "_0000SID"
    yield "Referrer-Policy", "origin-when-cross-origin"
    yield "Keep-Alive", "timeout=4, max=40"
