"""A small HTTP server with a thread for each connection, which can be stopped whatever its clients do."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any


class ThreadedServer(ThreadingHTTPServer):
    """http.server's own, knowing which connections are open, and since when."""

    daemon_threads = True
    block_on_close = False
    #: Connections that may wait to be taken; beyond the usual five the system resets those that come in a rush.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # HTTPServer asks DNS for its own name here, which can take seconds and is never used.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is its own affair."""

    @property
    def open_connections(self) -> int:
        with self._lock:
            return len(self._connections)

    def close_connections(self, *, older: float = 0, how: int = socket.SHUT_RDWR) -> None:
        """Ends the connections that are older than so many seconds; SHUT_RD lets answers under way arrive."""
        now = time.monotonic()
        with self._lock:
            connections = [connection for connection, since in self._connections.items() if now - since >= older]
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(how)
