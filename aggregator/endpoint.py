"""Unsubscribing with one click (RFC 8058): a WSGI application, and a small server that runs it behind a proxy.

    limiter = Limiter(clock=time.monotonic)
    app = application(path="/unsubscribe", unsubscribe=..., page=..., limiter=limiter)
    with serve(app, port=8025) as endpoint:
        endpoint.wait()

The proxy in front brings HTTPS, which RFC 8058 demands. No token and no address of a client is ever logged.
"""

from __future__ import annotations

import contextlib
import logging
import math
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from http import HTTPStatus
from http.client import LineTooLong
from ipaddress import IPv6Address, ip_address
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, cast
from urllib.parse import parse_qsl
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from aggregator.errors import AggregatorError, SettingsError
from aggregator.limiter import Limiter
from aggregator.listening import ThreadedServer
from aggregator.unsubscribe import TOKEN

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

MOST_BYTES_OF_BODY = 4_096
MOST_BYTES_OF_HEAD = 16_384
#: Seconds after which to come again when the library is busy.
RETRY_AFTER = 120
#: The one field of a request, from a mailbox provider and from our own page's button alike (RFC 8058, 3.1).
ONE_CLICK = ("List-Unsubscribe", "One-Click")
ALLOWED = ("GET", "HEAD", "POST")

_PRIVATE = (
    ("Cache-Control", "no-store"),
    # The token is in the address.
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow"),
)
_OF_PAGES = (
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    *_PRIVATE,
)
_OF_TEXT = (("Content-Type", "text/plain; charset=utf-8"), *_PRIVATE)
_SORRY = b"This did not work. Please try again later, or answer any letter with the word unsubscribe.\n"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    #: Which page: confirm, done, unknown or busy.
    state: str
    headers: tuple[tuple[str, str], ...] = ()


_CONFIRM = _Answer(HTTPStatus.OK, "confirm")
_DONE = _Answer(HTTPStatus.OK, "done")
_UNKNOWN = _Answer(HTTPStatus.NOT_FOUND, "unknown")
_OTHER_METHOD = _Answer(HTTPStatus.METHOD_NOT_ALLOWED, "confirm", (("Allow", ", ".join(ALLOWED)),))
# Whatever a program got wrong, a person may still press the button.
_NO_LENGTH = _Answer(HTTPStatus.LENGTH_REQUIRED, "confirm")
_TOO_LONG = _Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "confirm")
_NO_CLICK = _Answer(HTTPStatus.BAD_REQUEST, "confirm")
_TOO_SLOW = _Answer(HTTPStatus.REQUEST_TIMEOUT, "busy")


def application(
    *,
    path: str,
    unsubscribe: Callable[[str], bool],
    page: Callable[[str], str],
    limiter: Limiter,
    trust_proxy: bool = False,
) -> WSGIApplication:
    """The WSGI application for addresses `path`/TOKEN.

    `unsubscribe` takes a token and says whether it is known, however often it is asked; an AggregatorError of it is
    answered with 503, and the sender of the request keeps the wish. `page` draws the page of a state: confirm, done,
    unknown or busy. With `trust_proxy` the last address in X-Forwarded-For is the client's; without a proxy that sets
    it, anybody could pretend to be somebody else.
    """
    return _Desk(path=path, unsubscribe=unsubscribe, page=page, limiter=limiter, trust_proxy=trust_proxy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    path: str
    unsubscribe: Callable[[str], bool]
    page: Callable[[str], str]
    limiter: Limiter
    trust_proxy: bool

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = self._token(environ)
        answer = self._answer(environ, token)
        method = environ["REQUEST_METHOD"]
        log.info(
            "%s %s: %d",
            method if method in ALLOWED else "another method",
            "a link to unsubscribe" if token else "another address",
            answer.status,
        )
        body = self.page(answer.state).encode()
        headers = [*_OF_PAGES, *answer.headers, ("Content-Length", str(len(body)))]
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [] if method == "HEAD" else [body]

    def _token(self, environ: WSGIEnvironment) -> str | None:
        before, _, token = environ.get("PATH_INFO", "").rpartition("/")
        is_ours = before == f"/{self.path.strip('/')}".rstrip("/")
        return token if is_ours and TOKEN.fullmatch(token) else None

    def _answer(self, environ: WSGIEnvironment, token: str | None) -> _Answer:
        seconds = self.limiter.wait(self._client(environ))
        if seconds:
            return _Answer(HTTPStatus.TOO_MANY_REQUESTS, "busy", (("Retry-After", str(math.ceil(seconds))),))
        if token is None:
            return _UNKNOWN
        if environ["REQUEST_METHOD"] not in ALLOWED:
            return _OTHER_METHOD
        # Whatever looks at a link (scanners of mail, previews) must not unsubscribe anybody.
        if environ["REQUEST_METHOD"] != "POST":
            return _CONFIRM
        return _refusal(environ) or self._fulfilled(token)

    def _fulfilled(self, token: str) -> _Answer:
        try:
            return _DONE if self.unsubscribe(token) else _UNKNOWN
        except AggregatorError as error:
            log.warning("A wish to unsubscribe must be repeated: %s", str(error).replace(token, "***"))
            return _Answer(HTTPStatus.SERVICE_UNAVAILABLE, "busy", (("Retry-After", str(RETRY_AFTER)),))

    def _client(self, environ: WSGIEnvironment) -> str:
        stated = environ.get("HTTP_X_FORWARDED_FOR", "") if self.trust_proxy else ""
        return _neighbourhood(stated.rpartition(",")[2].strip() or environ.get("REMOTE_ADDR", ""))


def _neighbourhood(address: str) -> str:
    """What counts as one client: an IPv4 address, or the 2**64 IPv6 addresses that one connection is given."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or int(found) >> 64)


def _refusal(environ: WSGIEnvironment) -> _Answer | None:
    """What is wrong with a POST; None when it says ONE_CLICK."""
    stated = environ.get("CONTENT_LENGTH") or ""
    if "HTTP_TRANSFER_ENCODING" in environ or not re.fullmatch("[0-9]{1,18}", stated):
        return _NO_LENGTH
    length = int(stated)
    if length > MOST_BYTES_OF_BODY:
        return _TOO_LONG
    try:
        body = environ["wsgi.input"].read(length)
    except TimeoutError:
        return _TOO_SLOW
    return None if ONE_CLICK in _fields(environ.get("CONTENT_TYPE") or "", body) else _NO_CLICK


def _fields(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a form; RFC 8058 allows multipart/form-data as well as the usual encoding."""
    if not content_type.lower().startswith("multipart/form-data"):
        return parse_qsl(body.decode("utf-8", "replace"))
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    parts = message_from_bytes(head + body, policy=compat32).get_payload()
    return [
        (str(part.get_param("name", header="content-disposition")), str(part.get_payload()).strip())
        for part in parts
        if isinstance(part, Message)
    ]


# The server


class Endpoint:
    """A WSGI application on a port, answering from other threads until it is stopped; a context manager."""

    def __init__(
        self, app: WSGIApplication, *, host: str, port: int, patience: float, deadline: float, most_connections: int
    ) -> None:
        try:
            self._server = _Server((host, port), app, patience=patience, deadline=deadline, most=most_connections)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"{host}:{port} cannot be opened for unsubscribing ({reason}); choose another address or port"
            raise SettingsError(message) from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://{self._server.server_name}:{self._server.server_port}"

    def wait(self) -> None:
        """Returns when the endpoint is stopped; for a command that does nothing else."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def stop(self) -> None:
        """Takes no more requests, lets those that have arrived be answered, and closes the port."""
        self._server.shutdown()
        self._server.close_connections(how=socket.SHUT_RD)
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(
    app: WSGIApplication,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    patience: float = 10,
    deadline: float = 30,
    most_connections: int = 64,
) -> Endpoint:
    """A running endpoint; `stop()` it. Port 0 is a free one. SettingsError for an address that cannot be opened.

    patience: seconds for which a client may be silent. deadline: seconds after which a connection ends, however busy.
    most_connections: at once; more are turned away.
    """
    return Endpoint(app, host=host, port=port, patience=patience, deadline=deadline, most_connections=most_connections)


class _Server(ThreadedServer, WSGIServer):
    # Threads that are waited for at the end: a wish that has arrived is fulfilled and answered.
    daemon_threads = False
    block_on_close = True

    def __init__(
        self, address: tuple[str, int], app: WSGIApplication, *, patience: float, deadline: float, most: int
    ) -> None:
        self.app, self.patience, self._deadline, self._most = app, patience, deadline, most
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        super().server_bind()
        self.setup_environ()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - socketserver's signature
        return self.open_connections < self._most

    def service_actions(self) -> None:
        self.close_connections(older=self._deadline)


class _Head:
    """The lines of a request's head, which http.server hears to be too long where they are so in all."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, MOST_BYTES_OF_HEAD

    def readline(self, size: int) -> bytes:
        row = self._stream.readline(min(size, self._left + 1))
        self._left -= len(row)
        if self._left < 0:
            raise LineTooLong("head")
        return row


class _Handler(WSGIRequestHandler):
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.patience)

    def handle(self) -> None:
        stream: Any = self.rfile
        # http.server reads a request's head, http.client its lines: both need readline() only.
        self.rfile = cast("Any", _Head(stream))
        try:
            self.raw_requestline = self.rfile.readline(MOST_BYTES_OF_HEAD + 1)
            if not self.parse_request():
                return
        except LineTooLong:
            self.requestline, self.request_version, self.command = "", "", ""
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            return
        self.rfile = stream
        # WSGI writes X_Forwarded_For and X-Forwarded-For alike; the proxy sets the second, the client the first.
        for name in [name for name in self.headers if "_" in name]:
            del self.headers[name]
        run = _Run(stream, cast("IO[bytes]", self.wfile), self.get_stderr(), self.get_environ(), multithread=True)
        run.request_handler = self
        run.run(self.server.app)

    def finish(self) -> None:
        super().finish()
        # What was sent and never read would make the system reset the connection, and the answer be lost with it.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(0.5)
            left = 65_536
            while left > 0 and (octets := self.connection.recv(4_096)):
                left -= len(octets)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - http.server's signature
        """A request that cannot even be read is answered without repeating any of it."""
        status = HTTPStatus(code)
        log.info("A request that cannot be read: %d", status)
        rows = [f"HTTP/1.0 {status.value} {status.phrase}"]
        rows += [f"{name}: {value}" for name, value in (*_OF_TEXT, ("Content-Length", str(len(_SORRY))))]
        self.wfile.write("\r\n".join([*rows, "", ""]).encode() + _SORRY)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Says nothing: the request's line holds the token."""


class _Run(ServerHandler):
    #: No banner.
    server_software = ""
    request_handler: WSGIRequestHandler
    error_headers = list(_OF_TEXT)  # noqa: RUF012 - the standard library's name
    error_body = _SORRY

    def log_exception(self, exc_info: Any) -> None:
        # A message may quote the token.
        log.error("An answer failed: %s", exc_info[0].__name__)
