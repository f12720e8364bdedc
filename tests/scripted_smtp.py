"""A mail server on a free port that fails as it is told, at any step: what servers in the world do on bad days."""

from __future__ import annotations

import select
import socket
import socketserver
import ssl
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

#: What a server says at each step when all is well. A step after STARTTLS has "again" behind its name.
USUAL = {
    "greeting": "220 scripted ESMTP",
    "HELO": "250 hello",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 welcome",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    "body": "",
    "final dot": "250 taken",
    "RSET": "250 OK",
    "QUIT": "221 bye",
}

#: Faults that are not answers.
DROP = "drop"
RESET = "reset"
SILENCE = "silence"
LATE = "late"
KEEP_AND_DROP = "keep and drop"
KEEP_AND_SILENCE = "keep and silence"


class _HangUp(Exception):
    """The conversation ends without a word."""


@dataclass
class ScriptedServer:
    """Says what `faults` has for a step, in order, and the usual where that is used up.

    With `context` it offers STARTTLS and, once encrypted, a login. `patience` is how long a late answer takes.
    """

    faults: dict[str, list[str]] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    features: tuple[str, ...] = ("AUTH PLAIN",)
    patience: float = 1
    #: (sender, recipient, what stood between DATA and the final dot)
    letters: list[tuple[str, str, bytes]] = field(default_factory=list)
    #: How often each step was reached, and how many callers came.
    steps: Counter[str] = field(default_factory=Counter)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def connections(self) -> int:
        return self.steps["greeting"]

    @property
    def recipients(self) -> list[str]:
        return [recipient for _, recipient, _ in self.letters]

    def __enter__(self) -> Self:
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._converse)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _converse(self, connection, address, server) -> None:
        conversation = _Conversation(self, connection)
        try:
            conversation.hold()
        except (_HangUp, OSError):
            pass  # either side may leave at any time
        finally:
            conversation.end()


class _Conversation:
    def __init__(self, script: ScriptedServer, connection) -> None:
        self.script, self.connection = script, connection
        self.lines = connection.makefile("rb")
        self.is_encrypted = False
        self.sender = self.recipient = ""

    def end(self) -> None:
        self.lines.close()
        self.connection.close()

    def hold(self) -> None:
        self.answer("greeting")
        while row := self.lines.readline():
            verb = row.split()[0].decode().upper()
            if verb == "EHLO":
                self.ehlo()
            elif verb == "DATA":
                self.data()
            elif verb == "STARTTLS":
                self.starttls()
            else:
                self.simple(verb, row.decode())

    def ehlo(self) -> None:
        step = "EHLO again" if self.is_encrypted else "EHLO"
        offered = ("STARTTLS",) if self.script.context and not self.is_encrypted else self.script.features
        self.answer(step, "\r\n".join(["250-scripted", *(f"250-{feature}" for feature in offered), "250 SIZE"]))

    def starttls(self) -> None:
        if not self.answer("STARTTLS"):
            return
        # The caller speaks first; Python 3.11 leaks a socket that is reset before (it warns, and a warning is a failure).
        select.select([self.connection], [], [])
        self.answer("handshake", "")
        self.lines.close()
        self.connection = self.script.context.wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")
        self.is_encrypted = True

    def simple(self, verb: str, row: str) -> None:
        if verb == "MAIL" and self.sender:
            self.say("503 one letter at a time")
            return
        if not self.answer(verb, "502 no such command" if verb not in USUAL else None):
            return
        address = row.partition("<")[2].partition(">")[0]
        if verb == "MAIL":
            self.sender = address
        elif verb == "RCPT":
            self.recipient = address
        elif verb == "RSET":
            self.sender = ""
        elif verb == "QUIT":
            raise _HangUp

    def data(self) -> None:
        if not self.answer("DATA"):
            return
        body = []
        while (row := self.lines.readline()) != b".\r\n":
            if not body:
                self.answer("body", "")
            body.append(row)
        letter = (self.sender, self.recipient, b"".join(body))
        self.sender = ""
        if self.answer("final dot", keep=letter):
            self.script.letters.append(letter)

    def answer(self, step: str, usual: str | None = None, keep=None) -> bool:
        """Says what the script has for this step; True when nothing was amiss."""
        self.script.steps[step] += 1
        waiting = self.script.faults.get(step)
        fault = waiting.pop(0) if waiting else ""
        if fault in (KEEP_AND_DROP, KEEP_AND_SILENCE):
            self.script.letters.append(keep)
        if fault == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _HangUp
        if fault in (DROP, KEEP_AND_DROP):
            self.connection.shutdown(socket.SHUT_WR)
        if fault in (DROP, KEEP_AND_DROP, SILENCE, KEEP_AND_SILENCE):
            self.hear_the_caller_out()
            raise _HangUp
        if fault == LATE:
            if select.select([self.connection], [], [], self.script.patience)[0]:
                raise _HangUp  # the caller has not waited
            fault = ""
        self.say(fault or (USUAL[step] if usual is None else usual))
        if fault.startswith("421"):
            raise _HangUp
        return not fault

    def hear_the_caller_out(self) -> None:
        """Until she leaves: to leave words unread would reset the connection."""
        while self.connection.recv(65536):
            pass

    def say(self, words: str) -> None:
        if words:
            self.connection.sendall(f"{words}\r\n".encode())
