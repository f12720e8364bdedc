"""A server for mail as we find it: whether it can be trusted with a login, and in plain words why it cannot be reached.

Sending (SMTP) and reading (IMAP) fail in the same ways before a server listens; the words stand here once.
"""

from __future__ import annotations

import base64
import socket
import ssl
from dataclasses import dataclass, field

from aggregator.errors import MailError
from aggregator.hosts import is_loopback
from aggregator.plain import line

#: What goes wrong before a server listens: the error, what to say, what to do, and whether trying again is in vain.
_TROUBLE: tuple[tuple[type[Exception], str, str, bool], ...] = (
    (
        ssl.SSLCertVerificationError,
        "shows a certificate that cannot be trusted",
        "check that 'host' in {section} is the name in the certificate and that it has not expired",
        True,
    ),
    (ssl.SSLEOFError, "breaks off the TLS handshake", "check 'security' and 'port' in {section}", False),
    (
        ssl.SSLError,
        "does not agree on TLS",
        "check 'security' and 'port' in {section}: {usual_ports}",
        True,
    ),
    (UnicodeError, "is not a host name, or the login is not plain ASCII", "check {section} and the password", True),
    (socket.gaierror, "is not a known host", "check 'host' in {section} and the network", False),
    (
        ConnectionRefusedError,
        "refuses the connection",
        "check 'port' in {section} and that the server is running",
        False,
    ),
    (
        TimeoutError,
        "does not answer in time",
        "check 'host', 'port' and 'security' in {section} and the firewall",
        False,
    ),
    (ConnectionError, "closes the connection", "check 'security' and 'port' in {section}", False),
    (OSError, "cannot be reached", "check 'host' and 'port' in {section} and the network", False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where a server is, how it is spoken to, and what its settings are called.

    `security` is starttls, tls or none. Certificates are checked; `cafile` names other authorities than the
    system's. A login never travels unencrypted, except to this very machine: MailError.
    """

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    cafile: str | None = None
    #: The settings and the variable that a remedy names: "[mail]", "AGGREGATOR_SMTP_PASSWORD".
    section: str
    variable: str
    usual_ports: str

    def __post_init__(self) -> None:
        if self.username and self.security == "none" and not is_loopback(self.host):
            message = f"a login would travel unencrypted; set 'security' in {self.section} to starttls or tls"
            raise MailError(message, permanent=True)
        if self.username and not self.password:
            message = f"the login '{self.username}' has no password; set the environment variable {self.variable}"
            raise MailError(message, permanent=True)

    def __str__(self) -> str:
        return f"the mail server {self.host}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """Checks the certificate and the name in it."""
        return ssl.create_default_context(cafile=self.cafile)

    def said(self, words: bytes) -> str:
        """The server's own words, on one line and not endless; a password that it repeats is taken out first.

        It may stand there as it travelled: in base64, alone or behind the name (RFC 4616, RFC 4954).
        """
        said = line(words.decode("utf-8", "replace"))
        if self.password:
            login = f"\0{self.username}\0{self.password}"
            travelled = (base64.b64encode(form.encode()).decode() for form in (login, self.password))
            for form in (*travelled, self.password):
                said = said.replace(form, "***")
        return said[:300]

    def refused_login(self, said: str) -> MailError:
        remedy = f"check 'username' in {self.section} and the environment variable {self.variable}"
        return MailError(f"{self} refuses the login '{self.username}' ({said}); {remedy}", permanent=True)

    def trouble(self, error: Exception) -> MailError:
        """A failure of the network, of TLS or of a name in words with a remedy; any other error is raised again."""
        for kind, words, remedy, is_permanent in _TROUBLE:
            if isinstance(error, kind):
                reason = getattr(error, "verify_message", "") or getattr(error, "strerror", None) or str(error)
                todo = remedy.format(section=self.section, usual_ports=self.usual_ports)
                return MailError(f"{self} {words} ({line(str(reason))[:200]}); {todo}", permanent=is_permanent)
        raise error
