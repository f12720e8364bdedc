"""An IMAP server that knows just what is asked of it, over real sockets with TLS, logins and bad days."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field


@dataclass
class FakeImap:
    """A folder INBOX of messages by UID. `answers` replaces the answer to a command that begins so; "drop" hangs up."""

    messages: dict[int, bytes]
    tls: ssl.SSLContext | None = None
    #: starttls is offered with `tls`, and TLS begins at once with `is_implicit`.
    is_implicit: bool = False
    greeting: bytes = b"* OK ready"
    validity: int = 7
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    login: tuple[str, str] = ("reader", "correct horse ü")
    answers: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def __enter__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)

    def _serve(self):
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            caller.settimeout(10)
            with ExitStack() as leaving:
                leaving.callback(caller.close)
                try:
                    self._talk(caller, leaving)
                except (OSError, UnicodeError):
                    continue

    def _secured(self, caller, leaving):
        secured = self.tls.wrap_socket(caller, server_side=True)
        leaving.callback(secured.close)
        return secured, leaving.enter_context(secured.makefile("rb"))

    def _talk(self, caller, leaving):
        lines = leaving.enter_context(caller.makefile("rb", buffering=0))
        if self.tls and self.is_implicit:
            caller, lines = self._secured(caller, leaving)
        caller.sendall(self.greeting + b"\r\n")
        while row := lines.readline():
            tag, command = row.decode().strip().split(" ", 1)
            self.commands.append(command)
            planned = next((answer for start, answer in self.answers.items() if command.startswith(start)), None)
            if planned == "drop":
                return
            if planned is not None:
                caller.sendall(f"{tag} {planned}\r\n".encode())
            elif command == "STARTTLS":
                caller.sendall(f"{tag} OK begin\r\n".encode())
                caller, lines = self._secured(caller, leaving)
            elif command == "AUTHENTICATE PLAIN":
                caller.sendall(b"+ \r\n")
                _, name, password = base64.b64decode(lines.readline()).decode().split("\0")
                caller.sendall(f"{tag} {self._let_in(name, password)}\r\n".encode())
            else:
                caller.sendall(self._answer(command) + f"{tag} {self._ending(command)}\r\n".encode())

    def _let_in(self, name, password):
        return "OK in" if (name, password) == self.login else f"NO [AUTHENTICATIONFAILED] not {name} with {password}"

    def _ending(self, command):
        return self._let_in(*re.findall(r'"([^"]*)"', command)) if command.startswith("LOGIN") else "OK done"

    def _answer(self, command):
        if command == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\r\n".encode()
        if command.startswith("LOGIN"):
            return b""
        if command == "LOGOUT":
            return b"* BYE\r\n"
        if command.startswith("EXAMINE"):
            return f"* {len(self.messages)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] is\r\n".encode()
        if found := re.fullmatch(r"UID SEARCH UID (\d+):\*", command):
            uids = [uid for uid in self.messages if uid >= int(found[1])] or sorted(self.messages)[-1:]
            return ("* SEARCH " + " ".join(map(str, uids)) + "\r\n").encode()
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            octets = self.messages[int(found[1])][: int(found[2])]
            head = f"* 9 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(octets)}}}\r\n"
            return head.encode() + octets + b")\r\n"
        raise AssertionError(command)
