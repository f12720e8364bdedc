"""Letters: one message for one reader, and a mail server that takes it.

Nothing here knows what a digest is; text and HTML come ready-made.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from types import TracebackType
from typing import Any, Self

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from aggregator.addresses import sole_address
from aggregator.errors import MailError
from aggregator.mailserver import MailServer
from aggregator.plain import line

#: Headers made of addresses and identifiers; Python would encode a long one, and nobody could follow it.
_UNFOLDED = frozenset({"list-archive", "list-id", "list-unsubscribe", "list-unsubscribe-post", "message-id"})

#: Headers with names in them; Python loses the quotes of a name that it folds ("Doctor, A" would be two addresses), but
#: not the encoding of one that is more than ASCII.
_NAMED = frozenset({"from", "reply-to", "to"})

#: Letters of a name, which stands in one line.
_LONGEST_NAME = 60


class _LetterPolicy(EmailPolicy):
    """RFC 5322 with CR LF; the headers of `_UNFOLDED` stay as they are written."""

    def fold(self, name: str, value: Any) -> str:
        is_whole = name.lower() in _UNFOLDED or (name.lower() in _NAMED and str(value).isascii())
        return f"{name}: {value}{self.linesep}" if is_whole else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _UNFOLDED | _NAMED:
            return self.fold(name, value).encode("ascii", "replace")
        return super().fold_binary(name, value)


_POLICY = _LetterPolicy(linesep="\r\n")


def mask(address: str) -> str:
    """An address as it may stand in a log: a***@clinic.example."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at else "***"


def compose_message(
    *,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    digest_id: str,
    list_id: str,
    date: datetime,
    unsubscribe: str | None = None,
    unsubscribe_url: str | None = None,
    reply_to: str | None = None,
    recipient_name: str | None = None,
    report_url: str | None = None,
) -> EmailMessage:
    """One letter to one reader: plain text first, HTML beside it (RFC 2046, multipart/alternative).

    `digest_id` and `recipient` alone decide the Message-ID, so a letter that is sent again is known as the same.
    `list_id` names the list as a domain does: ketamine-evidence.clinic.example (RFC 2919). `unsubscribe` is the
    address that takes wishes to unsubscribe; `unsubscribe_url` one that obeys a single POST (RFC 8058). Raises
    MailError for an address that is none.
    """
    author = _address(sender, recipient)
    message = EmailMessage(policy=_POLICY)
    message["From"] = author
    message["To"] = _address(recipient, recipient, recipient_name)
    if reply_to:
        message["Reply-To"] = _address(reply_to, recipient)
    message["Subject"] = _words(subject)
    message["Date"] = date
    message["Message-ID"] = message_id(digest_id, recipient, author.domain)
    message["List-Id"] = f"<{_token(list_id)}>"
    for name, value in _list_headers(unsubscribe, unsubscribe_url, report_url):
        message[name] = value
    # Out-of-office answers must not come back (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(text), cte="quoted-printable")
    message.add_alternative(_encodable(html), subtype="html", cte="quoted-printable")
    # A letter that is sent again is the same to the last byte; Python would draw lots for what parts its parts.
    message.set_boundary(f"=_{str(message['Message-ID']).strip('<>').partition('@')[0]}")
    return message


def compose_note(*, sender: str, recipient: str, subject: str, text: str, date: datetime) -> EmailMessage:
    """A mail of plain text from the machine itself. Raises MailError for an address that is none."""
    author = _address(sender, recipient)
    message = EmailMessage(policy=_POLICY)
    message["From"] = author
    message["To"] = _address(recipient, recipient)
    message["Subject"] = _words(subject)
    message["Date"] = date
    message["Message-ID"] = message_id(f"{subject}\n{date.isoformat()}", recipient, author.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(text), cte="quoted-printable")
    return message


def message_id(digest_id: str, recipient: str, domain: str) -> str:
    """The same for the same digest and reader, and for no other."""
    name = hashlib.sha256(f"{digest_id}\n{recipient.strip().lower()}".encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{name}@{domain}>"


def _list_headers(unsubscribe: str | None, url: str | None, report_url: str | None) -> list[tuple[str, str]]:
    """RFC 2369, and RFC 8058 where there is an address for one click."""
    ways = ([f"<{_token(url)}>"] if url else []) + ([f"<mailto:{_token(unsubscribe)}>"] if unsubscribe else [])
    headers = [("List-Unsubscribe", ", ".join(ways))] if ways else []
    if url:
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if report_url:
        headers.append(("List-Archive", f"<{_token(report_url)}>"))
    return headers


def _token(text: str) -> str:
    """An identifier or URL with nothing in it that could end its header or its angle brackets."""
    return re.sub(r"[^\x21-\x7e]|[<>]", "", text.removeprefix("mailto:")).replace("=?", "=%3F")


def _words(text: str) -> str:
    """Text for a header in one line, and no part of it an encoded word (RFC 2047).

    Python decodes those that it is given: =?utf-8?q?=0D=0ABcc=3A_...?= would become a header of its own.
    """
    return line(text).replace("=?", "= ?")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _address(text: str, recipient: str, name: str | None = None) -> Address:
    """An address with its display name; MailError when it is not exactly one."""
    found = sole_address(line(text))
    if not found:
        raise _bad_address(text, recipient)
    stated_name, address = found
    try:
        parsed = Address(display_name=_words(name or stated_name)[:_LONGEST_NAME], addr_spec=address)
        parsed.addr_spec.encode("ascii")
    except (MessageError, ValueError, IndexError) as error:
        raise _bad_address(text, recipient) from error
    if not parsed.username or not parsed.domain:
        raise _bad_address(text, recipient)
    return parsed


def _bad_address(text: str, recipient: str) -> MailError:
    message = f"'{mask(line(text))}' is not one mail address; correct it in the settings"
    return MailError(message, recipient=recipient, permanent=True)


class _TryAgain(Exception):
    """What failed may succeed later; `general`: for whomever the letter is."""

    def __init__(self, message: str, *, general: bool = True) -> None:
        super().__init__(message)
        self.general = general


#: smtplib's code for words that are no answer of a mail server; ours for an answer to something else.
_NO_ANSWER = -1

#: What a server may refuse, and the remedy.
_REMEDIES = {
    "sender": "set 'sender' in [mail] to an address that this login may send for",
    "recipient": "correct the subscriber's address or remove the subscriber",
    "message": "ask whoever runs the mail server why",
}


class Mailer:
    """One connection to a mail server for any number of letters, opened when the first is sent.

    `security` is starttls, tls or none. Certificates are checked; `cafile` names other authorities than the
    system's. A login never travels unencrypted, except to this very machine.

    Once the server has been handed the last line of a letter and the connection is lost before its answer, nobody
    knows whether it was accepted: the letter is sent again, and its Message-ID lets mailboxes see that it is the same.
    `timeout` is how long any other answer may take, `patience` how long that one (RFC 5321, 4.5.3.2.6): servers read
    a letter before they take it, and one that is not waited for gets it twice.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: str,
        username: str | None = None,
        password: str | None = None,
        *,
        timeout: float = 30,
        patience: float = 600,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = 3,
        cafile: str | None = None,
    ) -> None:
        self._server = MailServer(
            host=host,
            port=port,
            security=security,
            username=username,
            password=password,
            cafile=cafile,
            section="[mail]",
            variable="AGGREGATOR_SMTP_PASSWORD",
            usual_ports="tls is usually 465, starttls 587",
        )
        self._timeout, self._patience, self._sleep, self._attempts = timeout, patience, sleep, attempts
        self._connection: smtplib.SMTP | None = None
        self._refused_login: str | None = None

    def __repr__(self) -> str:
        return f"Mailer({self._server.host}:{self._server.port}, {self._server.security})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Who is told to stop takes no leave: QUIT might stand in the middle of a letter that is still on its way.
        if error is not None and not isinstance(error, Exception):
            self._cut()
        else:
            self.close()

    def close(self) -> None:
        """Takes leave of the server; a connection that is gone already is no matter."""
        connection, self._connection = self._connection, None
        if connection:
            try:
                connection.quit()
            except OSError:
                connection.close()

    def check(self) -> None:
        """Connects and logs in, once; MailError says what is wrong."""
        try:
            self._connect()
        except _TryAgain as error:
            raise MailError(str(error)) from error
        finally:
            self.close()

    def send(self, message: EmailMessage) -> str:
        """Hands one letter over and gives the server's answer.

        Temporary refusals (4xx) and lost connections are tried again. Raises MailError: permanent for a 5xx, a login
        or a certificate that is refused; not permanent when all attempts have been used.
        """
        sender, recipient = (message[header].addresses[0].addr_spec for header in ("From", "To"))
        payload = message.as_bytes(policy=_POLICY)
        attempts = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=wait_exponential(multiplier=5, max=60),
            retry=retry_if_exception_type(_TryAgain),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(self._deliver, sender, recipient, payload)
        except _TryAgain as error:
            words = f"{error} (tried {self._attempts} times)"
            raise MailError(words, recipient=recipient, general=error.general) from error
        except MailError as error:
            error.recipient = recipient
            raise

    def _deliver(self, sender: str, recipient: str, payload: bytes) -> str:
        connection = self._connection or self._connect()
        try:
            self._accepted("sender", connection.mail(sender), sender)
            self._accepted("recipient", connection.rcpt(recipient), recipient)
            return self._accepted("message", self._data(connection, payload), recipient)
        except OSError as error:
            self._drop()
            message = (
                f"{self._server} lost the connection before it took the letter for certain; it will be sent again later"
            )
            raise _TryAgain(message) from error

    def _data(self, connection: smtplib.SMTP, payload: bytes) -> tuple[int, bytes]:
        try:
            _wait(connection, self._patience)
            return connection.data(payload)
        except smtplib.SMTPDataError as error:
            words = error.smtp_error
            # Not asked to go on, and not refused: the letter has not been sent, whatever the server means by 250.
            code = error.smtp_code if error.smtp_code >= 400 else _NO_ANSWER
            return code, words if isinstance(words, bytes) else words.encode()
        finally:
            _wait(connection, self._timeout)

    def _accepted(self, step: str, answer: tuple[int, bytes], address: str) -> str:
        code, words = answer
        said = re.sub(re.escape(address), mask(address), self._said(code, words), flags=re.IGNORECASE)
        if 200 <= code < 300:
            return said
        self._reset(code)
        whom = f"the {step} {mask(address)}" if step != "message" else f"the message to {mask(address)}"
        if code < 500:
            # Greylisting is one reader's trouble; what is said of the sender, or on hanging up, is everybody's.
            message = f"{self._server} does not take {whom} now ({said}); it will be sent again later"
            raise _TryAgain(message, general=step == "sender" or code in (421, _NO_ANSWER))
        raise MailError(f"{self._server} refuses {whom} ({said}); {_REMEDIES[step]}", permanent=True)

    def _reset(self, code: int) -> None:
        """Makes the connection ready for the next letter; 421 announces that the server hangs up.

        One whose answers do not fit what was asked is given up: the next would be taken for another's.
        """
        try:
            if self._connection and code not in (421, _NO_ANSWER) and self._connection.rset()[0] == 250:
                return
        except OSError:
            pass
        self._drop()

    def _cut(self) -> None:
        """Ends the conversation under whoever is in it: closing alone would wait for the answer that she waits for."""
        if self._connection and self._connection.sock:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        if self._refused_login:
            # Asking again for every reader would lock the account.
            raise MailError(self._refused_login, permanent=True)
        server = self._server
        try:
            self._connection = self._open()
            _greet(self._connection)
            if server.security == "starttls":
                self._connection.starttls(context=server.context())
                # What was said unencrypted counts no more (RFC 3207, 4.2).
                _greet(self._connection)
            if server.username and server.password:
                self._connection.login(server.username, server.password)
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise self._turned_away(error) from error
        except (OSError, UnicodeError) as error:
            self._drop()
            raise self._trouble(error) from error
        return self._connection

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=server.context())
        return smtplib.SMTP(server.host, server.port, timeout=self._timeout)

    def _unsupported(self, error: smtplib.SMTPException) -> MailError:
        if "STARTTLS" in str(error):
            message = f'{self._server} offers no STARTTLS, and nothing is sent unencrypted; try security = "tls"'
        else:
            message = f"{self._server} offers no login that we know; take 'username' out of [mail] or use another port"
        return MailError(message, permanent=True)

    def _turned_away(self, error: smtplib.SMTPResponseException) -> MailError | _TryAgain:
        """A refusal before any letter: at the greeting, at the hello, at STARTTLS or at the login."""
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        said = self._said(error.smtp_code, words)
        if error.smtp_code == _NO_ANSWER:
            return _TryAgain(f"{self._server} does not speak SMTP ({said}); check 'host' and 'port' in [mail]")
        if error.smtp_code < 500:
            return _TryAgain(f"{self._server} is not ready ({said}); try again later")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            refusal = self._server.refused_login(said)
            self._refused_login = str(refusal)
            return refusal
        return MailError(f"{self._server} turns us away ({said}); ask whoever runs it why", permanent=True)

    def _said(self, code: int, words: bytes) -> str:
        said = self._server.said(words)
        return said if code == _NO_ANSWER else f"{code} {said}".strip()

    def _trouble(self, error: Exception) -> MailError | _TryAgain:
        # smtplib calls a wait in vain a lost connection.
        if isinstance(error, smtplib.SMTPServerDisconnected):
            waited = error.__context__
            error = waited if isinstance(waited, TimeoutError) else ConnectionAbortedError(str(error))
        elif isinstance(error, smtplib.SMTPException):
            return self._unsupported(error)
        trouble = self._server.trouble(error)
        return trouble if trouble.permanent else _TryAgain(str(trouble))


def _greet(connection: smtplib.SMTP) -> None:
    """Says EHLO, or HELO to a server that does not know it; smtplib takes a hello put off for a server without TLS."""
    code, words = connection.ehlo()
    if code >= 500:
        code, words = connection.helo()
    if not 200 <= code < 300:
        raise smtplib.SMTPHeloError(code, words)


def _wait(connection: smtplib.SMTP, seconds: float) -> None:
    """From now on no answer may take longer."""
    if connection.sock:
        connection.sock.settimeout(seconds)
