"""One installation at one moment: settings, folders and clock, and the edges built from them."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator import assets, claims, config, logs, topics
from aggregator.config import Settings
from aggregator.dates import day_at_pubmed
from aggregator.errors import PubMedUnavailable, SettingsError
from aggregator.stopping import Stop

if TYPE_CHECKING:
    from email.message import EmailMessage

    from aggregator.claims import Claim
    from aggregator.delivery import Recipient
    from aggregator.digest import Preferences
    from aggregator.library import Library
    from aggregator.mail import Mailer
    from aggregator.pubmed.eutils import PubMed
    from aggregator.render.letter import Letter
    from aggregator.subscribers import Subscriber
    from aggregator.topics import Topic
    from aggregator.unsubscribe import ImapFolder

#: Letters of a heartbeat's address that make it a secret; a shorter one would blot out half of every text.
_SHORTEST_TAIL = 6

_NO_MAILBOX = "no mailbox to read: the settings have no [mailbox] table (see aggregator.example.toml)"
_NO_MAIL = "nothing can be sent: the settings have no [mail] table (see aggregator.example.toml)"


@dataclass(frozen=True, kw_only=True)
class House:
    """What every verb is given; the only holder of Settings besides the command line itself."""

    settings: Settings
    #: The moment of this run; `--now` sets it.
    now: datetime
    #: True when `now` was set by hand, so that later moments of the run are that one too.
    is_rehearsal: bool = False
    is_quiet: bool = False
    #: True: the library is only looked at, neither made nor upgraded nor changed.
    looks_only: bool = False
    #: What report and digest say at their top, such as that everything in them is invented.
    banner: str | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    #: Asked to end, whatever is at work leaves at its next step.
    stop: Stop = field(default_factory=Stop, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.schedule.timezone

    @property
    def today(self) -> date:
        """The day that it is at PubMed."""
        return day_at_pubmed(self.now)

    @property
    def workspace(self) -> Path:
        return self.settings.workspace

    @property
    def library_file(self) -> Path:
        return self.workspace / "library.sqlite"

    @property
    def search_index_file(self) -> Path:
        """Made from the library whenever it is not there."""
        return self.workspace / "search-index.sqlite"

    @property
    def site(self) -> Path:
        return self.workspace / "site"

    @property
    def digests(self) -> Path:
        return self.workspace / "digests"

    @property
    def log_file(self) -> Path | None:
        """Where jobs are logged; None where the settings want no log."""
        told = self.settings.log
        return (told.path or self.workspace / "logs" / "aggregator.log") if told.file else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log and no mail may repeat, should somebody's answer do so."""
        held = self.settings
        keys = (held.pubmed.api_key, held.mail and held.mail.password, held.mailbox and held.mailbox.password)
        heartbeat = held.operator.heartbeat
        # Of the heartbeat's address the host may be seen; what comes behind it lets anybody speak for us.
        tail = heartbeat.reveal().split("/", 3)[3:] if heartbeat else []
        return (*(key.reveal() for key in keys if key), *(part for part in tail if len(part) >= _SHORTEST_TAIL))

    @property
    def queries(self) -> Path:
        return assets.folder("queries", self.settings.folder)

    @property
    def looks(self) -> Path:
        return assets.folder("reports", self.settings.folder)

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        watched = topics.load(self.queries)
        config.check_topics(self.settings, [topic.slug for topic in watched])
        return watched

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        return claims.load(self.queries, [topic.slug for topic in self.topics])

    def later(self) -> House:
        """The same installation at the present moment; a rehearsal's moment stands still."""
        return self if self.is_rehearsal else replace(self, now=self.clock())

    def at(self, moment: datetime) -> House:
        """Sleeps until a moment; in pieces, because a machine may be asleep for longer. A rehearsal does not wait."""
        while not self.is_rehearsal and (left := (moment - self.clock()).total_seconds()) > 0:
            self.sleep(min(left, 60))
        return self.later()

    @contextmanager
    def alone(self, verb: str) -> Iterator[None]:
        """Keeps every other run that writes out of this workspace; LibraryError says who is in it, and since when.

        The lock dies with its process, so that a run that was killed leaves the door open.
        """
        from aggregator.locks import holding

        # A topic, a claim or a subscriber that cannot be used is told before anything is made.
        _ = self.topics, self.claims
        with holding(self.workspace, "writer", verb, now=self.now):
            yield

    def library(self) -> Library:
        """The library, made on first use."""
        from aggregator.library import Library

        return Library(self.library_file, clock=lambda: self.later().now, looks_only=self.looks_only)

    def pubmed(self, *, patience: float | None = None) -> PubMed:
        """The client; SettingsError without an email, because NCBI wants to know whom to write to.

        With `patience` it tries once, for so many seconds, and waits no longer for its turn.
        """
        from aggregator.pubmed.eutils import PubMed
        from aggregator.pubmed.pace import shared_pace_file

        asked = self.settings.pubmed
        if asked.email is None and not asked.is_loopback:
            raise SettingsError(
                "NCBI asks everyone who uses PubMed by program for an email address; put "
                '`email = "you@clinic.example"` under [pubmed] in aggregator.toml, or set NCBI_EMAIL'
            )
        return PubMed(
            email=asked.email or "nobody@localhost",
            tool=asked.tool,
            api_key=asked.api_key.reveal() if asked.api_key else None,
            url=asked.url,
            requests_per_second=asked.requests_per_second,
            pace_file=shared_pace_file(),
            timeout=min(asked.timeout, patience or asked.timeout),
            time_limit=60 * asked.time_limit,
            attempts=1 if patience else asked.attempts,
            failures=asked.failures,
            stop=self.stop,
            sleep=_impatient(patience, self.sleep) if patience else None,
        )

    def mailer(self, *, timeout: float = 30, patience: float = 600, attempts: int = 3) -> Mailer:
        """The mail server's client (see Mailer for the bounds); SettingsError when the settings name none."""
        from aggregator.mail import Mailer

        mail = self.settings.mail
        if mail is None:
            raise SettingsError(_NO_MAIL)
        return Mailer(
            host=mail.host,
            port=mail.port,
            security=mail.security,
            username=mail.username,
            password=mail.password.reveal() if mail.password else None,
            sleep=self.sleep,
            timeout=timeout,
            patience=patience,
            attempts=attempts,
        )

    def mailbox(self, *, timeout: float = 30) -> ImapFolder:
        """The mailbox that takes wishes to unsubscribe; SettingsError when the settings name none."""
        from aggregator.unsubscribe import ImapFolder

        box = self.settings.mailbox
        if box is None:
            raise SettingsError(_NO_MAILBOX)
        return ImapFolder(
            host=box.host,
            port=box.port,
            security=box.security,
            username=box.username,
            password=box.password.reveal() if box.password else None,
            folder=box.folder,
            timeout=timeout,
        )

    @property
    def postal_address(self) -> str | None:
        """What the foot of a letter says of its sender."""
        return self.settings.mail.postal_address if self.settings.mail else None

    def recipients(self, library: Library) -> tuple[Recipient, ...]:
        """Everybody who gets letters, with what she is shown; SettingsError for a topic that nobody watches."""
        from aggregator.delivery import Recipient
        from aggregator.subscribers import written_to

        readers = written_to(
            self.settings.subscribers,
            library.mailing_list.enrolled(),
            paused=library.mailing_list.paused(),
            is_removed=library.mailing_list.is_removed,
        )
        for reader in readers:
            topics.choose(self.topics, reader.topics)
        return tuple(Recipient(subscriber=reader, preferences=self.preferences(reader)) for reader in readers)

    def preferences(self, reader: Subscriber | None = None) -> Preferences:
        """What a reader is shown, within the settings' caps; without a reader, the general edition's."""
        from aggregator.digest import Preferences

        told = self.settings.digest
        caps = Preferences(cards=told.cards, lines=told.lines, words=told.words, aside=told.aside)
        if reader is None:
            return caps
        cards = min(told.cards, reader.items) if reader.items else told.cards
        lines = reader.items - cards if reader.items else told.lines
        return replace(caps, topics=reader.topics, designs=reader.designs, cards=cards, lines=lines)

    def message(self, issue: str, reader: Subscriber, written: Letter, *, token: str) -> EmailMessage:
        """One subscriber's message: the digest with her own link to leave and the headers that our settings give it."""
        from aggregator.mail import compose_message

        mail = self.settings.mail
        if mail is None:
            raise SettingsError(_NO_MAIL)
        sender = parseaddr(mail.sender)[1]
        mailbox = mail.unsubscribe or parseaddr(mail.reply_to or sender)[1]
        wish = f"{mailbox}?subject=unsubscribe%20{token}"
        link = f"{mail.unsubscribe_url}{token}" if mail.unsubscribe_url else None
        personal = written.for_reader(link or f"mailto:{wish}")
        return compose_message(
            sender=mail.sender,
            recipient=reader.email,
            recipient_name=reader.name,
            subject=personal.subject,
            text=personal.text,
            html=personal.html,
            digest_id=issue,
            list_id=_list_id(sender),
            date=self.now,
            unsubscribe=wish,
            unsubscribe_url=link,
            reply_to=mail.reply_to,
            report_url=self.settings.report.url,
        )

    def sample(self, issue: str, written: Letter, *, recipient: str | None = None) -> EmailMessage:
        """The general edition as a message to one address, or, to be looked at only, to nobody in particular."""
        from aggregator.mail import compose_message

        mail = self.settings.mail
        sender = mail.sender if mail else "Ketamine evidence <digest@localhost>"
        return compose_message(
            sender=sender,
            recipient=recipient or parseaddr(sender)[1],
            subject=f"[Test] {written.subject}" if recipient else written.subject,
            text=written.text,
            html=written.html,
            # A test is a letter of its own each time: mailboxes hide one whose Message-ID they have seen.
            digest_id=f"{issue} test {self.now.isoformat()}" if recipient else issue,
            list_id=_list_id(parseaddr(sender)[1]),
            date=self.now,
            report_url=self.settings.report.url,
        )

    def note_to_operator(self, subject: str, text: str) -> EmailMessage:
        """A mail to whoever keeps this installation running; SettingsError without [mail] or [operator] email."""
        from aggregator.mail import compose_note

        mail, recipient = self.settings.mail, self.settings.operator.email
        if mail is None or recipient is None:
            raise SettingsError(_NO_MAIL)
        return compose_note(sender=mail.sender, recipient=recipient, subject=subject, text=text, date=self.now)

    def say(self, words: str) -> None:
        """Talk for people, on stderr, and for the log; --quiet silences it for people."""
        logs.said(words)
        if not self.is_quiet:
            print(words, file=sys.stderr)

    @staticmethod
    def warn(words: str) -> None:
        """What must be heard even with --quiet."""
        logs.said(words, logging.WARNING)
        print(words, file=sys.stderr)


def _impatient(patience: float, sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Sleeps, but for no longer than that at a time: NCBI may have asked this machine for an hour's silence."""

    def sleep_or_give_up(seconds: float) -> None:
        if seconds > patience:
            raise PubMedUnavailable(f"NCBI has asked this machine to wait {seconds:,.0f} more seconds; try again then")
        sleep(seconds)

    return sleep_or_give_up


def _list_id(sender: str) -> str:
    """The list's name at the sender's domain (RFC 2919)."""
    return f"ketamine-evidence.{sender.rpartition('@')[2]}"
