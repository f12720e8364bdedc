"""One installation's settings: whom PubMed may write to, when we ask, and who gets the digest.

`KEYS` is the table of everything that aggregator.toml may say; reading, defaults, messages and
aggregator.example.toml all come from it. Secrets come from the environment only.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from aggregator.errors import SettingsError
from aggregator.hosts import is_loopback
from aggregator.logs import FORMATS as LOG_FORMATS
from aggregator.subscribers import CADENCES, Subscriber
from aggregator.vocabulary import ASIDE, DESIGNS

#: Read when it is there and no other file is named.
DEFAULT_FILE = Path("aggregator.toml")
EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

#: NCBI's limits in requests a second without and with an API key
#: (https://www.ncbi.nlm.nih.gov/books/NBK25497/, "Usage Guidelines and Requirements").
PACE_WITHOUT_KEY = 3.0
PACE_WITH_KEY = 10.0

API_KEY_VARIABLE = "NCBI_API_KEY"
EMAIL_VARIABLE = "NCBI_EMAIL"
SMTP_VARIABLE = "AGGREGATOR_SMTP_PASSWORD"
IMAP_VARIABLE = "AGGREGATOR_IMAP_PASSWORD"

#: The usual port of each way to speak to a mail server (RFC 6409, RFC 8314).
PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: The same for reading a mailbox (RFC 9051, RFC 8314).
IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}

#: Keys that would hold a secret, with the variable that holds it instead.
_SECRET_KEYS = {
    "api_key": API_KEY_VARIABLE,
    "apikey": API_KEY_VARIABLE,
    "ncbi_api_key": API_KEY_VARIABLE,
    "password": SMTP_VARIABLE,
    "passwd": SMTP_VARIABLE,
    "smtp_password": SMTP_VARIABLE,
    "imap_password": IMAP_VARIABLE,
}


class Secret:
    """A text that shows itself as *** wherever it is printed, logged or formatted; `reveal` gives it."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a secret cannot be changed ({name})")

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())


@dataclass(frozen=True, slots=True, kw_only=True)
class PubMedSettings:
    """How PubMed is asked."""

    #: None: the real PubMed must not be asked, since NCBI wants to know whom to write to.
    email: str | None
    tool: str
    url: str
    #: Within NCBI's limits unless `url` is on this machine.
    requests_per_second: float
    #: Seconds.
    timeout: float
    attempts: int
    failures: int
    #: Minutes.
    time_limit: float
    refetch_days: int
    off_peak: bool
    api_key: Secret | None

    @property
    def is_loopback(self) -> bool:
        """True when the simulator on this machine is asked, not NCBI."""
        return is_loopback(urlsplit(self.url).hostname or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """When the jobs run; `update` and `digest` are rules for scheduler.parse_rule."""

    timezone: ZoneInfo
    update: str
    digest: str
    #: Minutes.
    jitter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """How the report is built and where it will be served."""

    url: str | None
    abstracts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The server that takes our mail and whom it comes from."""

    host: str
    port: int
    #: starttls, tls or none.
    security: str
    username: str | None
    password: Secret | None
    sender: str
    reply_to: str | None
    unsubscribe: str | None
    unsubscribe_url: str | None
    postal_address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """How long a digest may be, and what a week without news brings."""

    cards: int
    lines: int
    words: int
    #: "note" or "silence".
    quiet: str
    aside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """The mailbox that takes wishes to unsubscribe, read by IMAP."""

    host: str
    port: int
    #: tls, starttls or none.
    security: str
    username: str
    password: Secret | None
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSettings:
    """Who is told when a scheduled job fails, and who waits for its successes."""

    email: str | None
    #: Who knows it can pretend that all is well.
    heartbeat: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is kept of what the jobs say."""

    file: bool
    #: None: in the workspace.
    path: Path | None
    #: text or json.
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that one installation decides."""

    #: None: no file, all defaults.
    file: Path | None
    workspace: Path
    #: Weekly copies of the library that are kept; 0: none is made.
    backups: int
    pubmed: PubMedSettings
    schedule: ScheduleSettings
    report: ReportSettings
    digest: DigestSettings
    #: None: nothing can be sent.
    mail: MailSettings | None
    #: None: wishes to unsubscribe come in a file, or by the link.
    mailbox: MailboxSettings | None
    operator: OperatorSettings
    log: LogSettings
    subscribers: tuple[Subscriber, ...]

    @property
    def email(self) -> str | None:
        return self.pubmed.email

    @property
    def folder(self) -> Path:
        """Where the user's own queries/ and reports/ may stand: beside her settings file."""
        return self.file.parent if self.file else Path()


# --- reading single values: each returns the value to keep or raises ValueError with the remedy ---


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text in quotes and not empty")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("must be one line of text; take the control characters out")
    return value.strip()


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false, without quotes")


def _between(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        # TOML has nan and inf, which a comparison written this way round refuses.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}, without quotes")
        return float(value)

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, without quotes")
        return value

    return read


# ASCII only: a server without SMTPUTF8 (RFC 6531) could not deliver anything else.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(localhost|([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+)")


def _address(value: Any) -> str:
    text = _text(value)
    if not _ADDRESS.fullmatch(text):
        raise ValueError("must be one mail address such as you@clinic.example")
    return text


def _mailbox(value: Any) -> str:
    text = _text(value)
    address = parseaddr(text)[1]
    is_one = text == address or text.endswith(f"<{address}>")
    if not is_one or not _ADDRESS.fullmatch(address):
        raise ValueError('must be an address such as "Ketamine evidence <digest@clinic.example>"')
    return text


def _url(value: Any) -> str:
    text = _text(value)
    if not _is_plain_url(text):
        raise ValueError("must be an address such as https://intranet.example/ketamine/ (no user name, ? or #)")
    return text.rstrip("/") + "/"


def _https_url(value: Any) -> str:
    url = _url(value)
    if not url.startswith("https://"):
        raise ValueError("must begin with https://, since mail programs follow no other (RFC 8058)")
    return url


def _heartbeat(value: Any) -> Secret:
    text = _text(value)
    # What is refused may be a secret with a slip in it, and is not repeated.
    remedy = "must be an address such as https://watch.clinic.example/ping/example (no user name, spaces or #)"
    if not _is_plain_url(text.partition("?")[0]) or re.search(r"[\s#]", text):
        raise ValueError(remedy)
    if not text.startswith("https://") and not is_loopback(urlsplit(text).hostname or ""):
        raise ValueError("must begin with https://, since whoever reads it on its way can use it")
    return Secret(text)


def _is_plain_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password or re.search(r"\s", text))
    return is_plain and port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)


def _eutils_url(value: Any) -> str:
    url = _url(value)
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https://, since the API key travels with each request")
    return url


def _timezone(value: Any) -> ZoneInfo:
    name = _text(value)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is no time zone; {_nearest(name, available_timezones())}") from error


def _one_of(known: Collection[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _text(value)
        if text not in known:
            raise ValueError(f"'{text}' is not known; {_nearest(text, known)}")
        return text

    return read


def _some(read_one: Callable[[Any], str]) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValueError('must be a list such as ["a", "b"]')  # noqa: TRY004 - as every reader here does
        return tuple(dict.fromkeys(read_one(member) for member in value))

    return read


def _many(read_one: Callable[[Any], str]) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError('must be a list such as ["a", "b"] and not empty; leave the key out to get all')
        return _some(read_one)(value)

    return read


def _nearest(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, sorted(known), n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(known)}" if len(known) <= 20 else "write it as Europe/Berlin or America/New_York"


# --- the table of keys ---

REQUIRED = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of aggregator.toml: how it is read, what holds without it, and what it means."""

    table: str
    name: str
    read: Callable[[Any], Any]
    #: As it would be written in the file; None: nothing; REQUIRED: the table cannot do without.
    default: Any = None
    #: What aggregator.example.toml shows.
    example: Any
    meaning: str


#: The tables with what each is for; `subscriber` may stand any number of times.
TABLES = {
    "pubmed": "How PubMed is asked.",
    "workspace": "Where everything that is made by running it is kept.",
    "schedule": "When `aggregator schedule` works, in the time zone named here.",
    "report": "The browsable report.",
    "digest": "How long a digest may be, and what a week without news brings.",
    "mail": "The server that takes the digest; without this table nothing can be sent.",
    "mailbox": "The mailbox to which wishes to unsubscribe come, for `subscribers unsubscribes --imap`.",
    "operator": "Whoever keeps it running, and how she learns that a job fails (docs/operator.md).",
    "log": "What `schedule`, `weekly`, `update` and `digest --send` write down of what they do (docs/operator.md).",
    "subscriber": "One table for each reader of the digest; or enrol them with `subscribers add`, which notes consent.",
}
_REPEATED = frozenset({"subscriber"})

KEYS = (
    Key(
        table="pubmed",
        name="email",
        read=_address,
        example="you@clinic.example",
        meaning=f"Whom NCBI may write to if our requests trouble them; needed to ask PubMed. Or set {EMAIL_VARIABLE}.",
    ),
    Key(
        table="pubmed",
        name="tool",
        read=_text,
        default="ketamine-literature-aggregator",
        example="ketamine-literature-aggregator",
        meaning="The name that we give NCBI.",
    ),
    Key(table="pubmed", name="url", read=_eutils_url, default=EUTILS, example=EUTILS, meaning="The E-utilities."),
    Key(
        table="pubmed",
        name="requests_per_second",
        read=_between(0.01, 10_000),
        example=3,
        meaning=f"The pace. NCBI allows 3, and 10 with an API key (set {API_KEY_VARIABLE}), which is the default; "
        "only for an address on this machine may it be higher.",
    ),
    Key(
        table="pubmed",
        name="timeout",
        read=_between(1, 600),
        default=60,
        example=60,
        meaning="Seconds to wait for an answer.",
    ),
    Key(
        table="pubmed",
        name="attempts",
        read=_whole(1, 20),
        default=5,
        example=5,
        meaning="How often one request is tried before PubMed counts as unreachable.",
    ),
    Key(
        table="pubmed",
        name="failures",
        read=_whole(1, 10_000),
        default=100,
        example=100,
        meaning="How many tries may fail in one run before it gives up; what came until then is kept.",
    ),
    Key(
        table="pubmed",
        name="time_limit",
        read=_between(1, 10_000),
        default=120,
        example=120,
        meaning="Minutes that one run may ask PubMed; what came until then is kept.",
    ),
    Key(
        table="pubmed",
        name="refetch_days",
        read=_whole(1, 365),
        default=28,
        example=28,
        meaning="After so many days everything held is fetched again: the only way to see deletions and edits that "
        "NLM does not date.",
    ),
    Key(
        table="pubmed",
        name="off_peak",
        read=_switch,
        default=False,
        example=False,
        meaning="Whether a topic's first run waits for the hours that NCBI asks large jobs to keep to: 21:00 to 5:00 "
        "in New York, and weekends. For one run, `update --off-peak`.",
    ),
    Key(
        table="workspace",
        name="path",
        read=_text,
        default="workspace",
        example="workspace",
        meaning="The folder of the library, the report and the digests; a relative path starts at this file's folder.",
    ),
    Key(
        table="workspace",
        name="backups",
        read=_whole(0, 520),
        default=0,
        example=4,
        meaning="How many weekly copies of the library are kept in the folder backups; 0, the default: none is made. "
        "For one on another disk: `aggregator backup FOLDER`.",
    ),
    Key(
        table="schedule",
        name="timezone",
        read=_timezone,
        default="America/New_York",
        example="America/New_York",
        meaning="Europe/Berlin, America/New_York, ... Days and weeks begin at midnight here.",
    ),
    Key(
        table="schedule",
        name="update",
        read=_text,
        default="daily 05:30",
        example="daily 05:30",
        meaning='When PubMed is asked: "daily 05:30", "monday,thursday 07:00" or "hourly".',
    ),
    Key(
        table="schedule",
        name="digest",
        read=_text,
        default="monday 07:00",
        example="monday 07:00",
        meaning="When the digest is written and sent; the same words.",
    ),
    Key(
        table="schedule",
        name="jitter",
        read=_whole(0, 30),
        default=5,
        example=5,
        meaning="Minutes, at most, that the service waits after the time of `update`, so that installations do not ask "
        "PubMed all at once; each has its own delay, always the same. 0 turns it off.",
    ),
    Key(
        table="report",
        name="url",
        read=_url,
        example="https://intranet.example/ketamine/",
        meaning="Where the report will be served; links in mails and feeds point there.",
    ),
    Key(
        table="report",
        name="abstracts",
        read=_switch,
        default=True,
        example=True,
        meaning="Whether its pages show whole abstracts. Publishers own them: false for a report open to the public.",
    ),
    Key(
        table="digest",
        name="cards",
        read=_whole(0, 20),
        default=5,
        example=5,
        meaning="Full cards at most, the leading study among them.",
    ),
    Key(
        table="digest",
        name="lines",
        read=_whole(0, 100),
        default=10,
        example=10,
        meaning="Studies told in one line, at most.",
    ),
    Key(
        table="digest",
        name="words",
        read=_whole(250, 5_000),
        default=700,
        example=700,
        meaning="Words of the whole mail; 700 are about four minutes. The first study and changes of status are never "
        "cut.",
    ),
    Key(
        table="digest",
        name="quiet",
        read=_one_of(("note", "silence")),
        default="note",
        example="note",
        meaning="What a subscriber gets when every search is complete and nothing is new: a note of three lines, or "
        "nothing (silence).",
    ),
    Key(
        table="digest",
        name="aside",
        read=_some(_one_of(ASIDE)),
        default=list(ASIDE),
        example=list(ASIDE),
        meaning="What is counted in the mail's foot, with links, and not shown; take out what you want to see.",
    ),
    Key(table="mail", name="host", read=_text, default=REQUIRED, example="smtp.clinic.example", meaning="The server."),
    Key(
        table="mail",
        name="port",
        read=_whole(1, 65535),
        example=587,
        meaning="587 is usual for starttls, 465 for tls; left out, the usual one is taken.",
    ),
    Key(
        table="mail",
        name="security",
        read=_one_of(PORTS),
        default="starttls",
        example="starttls",
        meaning="starttls, tls, or none (only for a server on this machine).",
    ),
    Key(
        table="mail",
        name="username",
        read=_text,
        example="digest",
        meaning=f"The login; its password comes from {SMTP_VARIABLE} only.",
    ),
    Key(
        table="mail",
        name="sender",
        read=_mailbox,
        default=REQUIRED,
        example="Ketamine evidence <digest@clinic.example>",
        meaning="Whom the digest comes from.",
    ),
    Key(
        table="mail",
        name="reply_to",
        read=_mailbox,
        example="librarian@clinic.example",
        meaning="Who gets the answers; left out, the sender.",
    ),
    Key(
        table="mail",
        name="unsubscribe",
        read=_address,
        example="unsubscribe@clinic.example",
        meaning="Where wishes to unsubscribe are mailed; left out, where answers go. `subscribers unsubscribes` reads "
        "that mailbox.",
    ),
    Key(
        table="mail",
        name="unsubscribe_url",
        read=_https_url,
        example="https://clinic.example/unsubscribe/",
        meaning="Where `aggregator serve` can be reached from outside: letters then have a link that unsubscribes with "
        "one click (RFC 8058).",
    ),
    Key(
        table="mail",
        name="postal_address",
        read=_text,
        example="Clinic Example, 1 Example Street, 12345 Example",
        meaning="The sender's postal address, for the foot of each mail; the law asks for it in many places.",
    ),
    Key(
        table="mailbox",
        name="host",
        read=_text,
        default=REQUIRED,
        example="imap.clinic.example",
        meaning="The server.",
    ),
    Key(
        table="mailbox",
        name="port",
        read=_whole(1, 65535),
        example=993,
        meaning="993 is usual for tls, 143 for starttls; left out, the usual one is taken.",
    ),
    Key(
        table="mailbox",
        name="security",
        read=_one_of(IMAP_PORTS),
        default="tls",
        example="tls",
        meaning="tls, starttls, or none (only for a server on this machine).",
    ),
    Key(
        table="mailbox",
        name="username",
        read=_text,
        default=REQUIRED,
        example="unsubscribe",
        meaning=f"The login; its password comes from {IMAP_VARIABLE} only.",
    ),
    Key(table="mailbox", name="folder", read=_text, default="INBOX", example="INBOX", meaning="The folder to read."),
    Key(
        table="operator",
        name="email",
        read=_address,
        example="it@clinic.example",
        meaning="Who gets a mail when a scheduled job begins to fail, and one when it works again; it goes through the "
        "server of [mail].",
    ),
    Key(
        table="operator",
        name="heartbeat",
        read=_heartbeat,
        example="https://watch.clinic.example/ping/example",
        meaning="An address that is called after each scheduled job that succeeded, for a watchman elsewhere who "
        "raises the alarm when no call comes. Whoever knows it can pretend that all is well: keep this file private.",
    ),
    Key(
        table="log",
        name="file",
        read=_switch,
        default=True,
        example=True,
        meaning="Whether a log file is kept; what people see on the terminal is the same.",
    ),
    Key(
        table="log",
        name="path",
        read=_text,
        example="workspace/logs/aggregator.log",
        meaning="The file, readable by its owner alone and rotated at 5 MB; left out, logs/aggregator.log in the "
        "workspace. A relative path starts at the folder of these settings.",
    ),
    Key(
        table="log",
        name="format",
        read=_one_of(LOG_FORMATS),
        default="text",
        example="text",
        meaning="text, or json: one object a line.",
    ),
    Key(
        table="subscriber",
        name="email",
        read=_address,
        default=REQUIRED,
        example="a.doctor@clinic.example",
        meaning="Who gets it.",
    ),
    Key(table="subscriber", name="name", read=_text, example="Dr A. Doctor", meaning="The name on the mail."),
    Key(
        table="subscriber",
        name="topics",
        read=_many(_text),
        example=["ptsd", "social-anxiety", "depression"],
        meaning="Topics of interest by their slugs (`aggregator topics` lists them); left out, all.",
    ),
    Key(
        table="subscriber",
        name="designs",
        read=_many(_one_of(DESIGNS)),
        example=["meta-analysis", "systematic-review", "randomized-trial"],
        meaning=f"Study designs of interest; left out, all. Known: {', '.join(DESIGNS)}.",
    ),
    Key(
        table="subscriber",
        name="cadence",
        read=_one_of(CADENCES),
        default="weekly",
        example="weekly",
        meaning="daily, weekly or monthly. Each digest tells of everything since the last one.",
    ),
    Key(
        table="subscriber",
        name="timezone",
        read=_timezone,
        example="Europe/Berlin",
        meaning="Where the reader's days begin; left out, the one of [schedule].",
    ),
    Key(
        table="subscriber",
        name="items",
        read=_whole(1, 100),
        example=8,
        meaning="Studies that a digest shows at most, the strongest first; left out, the caps of [digest].",
    ),
)


def reader(table: str, name: str) -> Callable[[Any], Any]:
    """What reads one key's value, and raises ValueError with the remedy."""
    return _keys(table)[name].read


def _keys(table: str) -> dict[str, Key]:
    return {key.name: key for key in KEYS if key.table == table}


# --- the file ---


@dataclass(frozen=True, slots=True)
class _Source:
    """The settings file's name and text, so that a fault can be shown where it stands."""

    file: Path | None
    text: str

    def fault(self, message: str, *, table: str, key: str | None = None, number: int = 1) -> SettingsError:
        where = str(self.file or "settings")
        line = _line_of(self.text, table, key, number) or _line_of(self.text, table, None, number)
        return SettingsError(f"{where}, line {line}: {message}" if line else f"{where}: {message}")


_HEADER = re.compile(r"\s*\[\[?\s*[\"']?(?P<name>[^\]\"']+?)[\"']?\s*\]")


def _line_of(text: str, table: str, key: str | None, number: int) -> int | None:
    """The line of `key` in the table's `number`th occurrence, or of the table's own header."""
    here, seen = "", 0
    for line_number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            here = header["name"]
            seen += here == table
        is_there = here == table and (not table or seen == number)
        wanted = header if key is None else re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)
        if is_there and wanted:
            return line_number
    return None


def load(path: Path | None, *, environ: Mapping[str, str], workspace: Path | None = None) -> Settings:
    """The settings of `path`, else of ./aggregator.toml when it is there, else the defaults.

    The file's email wins over NCBI_EMAIL; `workspace` wins over the file's. Raises SettingsError for the
    first fault, with the line and the remedy. Topics' slugs and the schedule's rules are checked by those
    who know them: `check_topics` and scheduler.parse_rule.
    """
    file = path or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    return understand(_read(file) if file else "", file=file, environ=environ, workspace=workspace)


def understand(text: str, *, file: Path | None, environ: Mapping[str, str], workspace: Path | None = None) -> Settings:
    """The settings that a file with this text gives; raises as `load` does."""
    source = _Source(file, text)
    raw = _parse(source)
    _check_tables(raw, source)
    values = {table: _values(raw.get(table), table, source) for table in TABLES if table not in _REPEATED}
    return Settings(
        file=file,
        workspace=workspace or _beside(file, values["workspace"]["path"]),
        backups=values["workspace"]["backups"],
        pubmed=_pubmed(values["pubmed"], source, environ),
        schedule=ScheduleSettings(**values["schedule"]),
        report=ReportSettings(**values["report"]),
        digest=DigestSettings(**values["digest"]),
        mailbox=_mailbox_settings(values["mailbox"], source, environ) if "mailbox" in raw else None,
        mail=_mail(values["mail"], source, environ) if "mail" in raw else None,
        operator=_operator(values["operator"], raw, source),
        log=_log(values["log"], file),
        subscribers=_subscribers(raw.get("subscriber", []), source),
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SettingsError(
            f"{file}: there is no such file; `aggregator init --config FILE` writes one, or name another with --config"
        ) from error
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror}); check the file's rights") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: is not UTF-8 text; save it as UTF-8") from error


def _parse(source: _Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source.file}: is not valid TOML: {error}; mend that line") from error


def _check_tables(raw: Mapping[str, Any], source: _Source) -> None:
    for name, value in raw.items():
        if name not in TABLES:
            raise _unknown_table(name, value, source)
        wanted = list if name in _REPEATED else dict
        if not isinstance(value, wanted):
            brackets = f"[[{name}]]" if name in _REPEATED else f"[{name}]"
            raise source.fault(f"write {brackets} on a line of its own with its keys below it", table=name)


def _unknown_table(name: str, value: Any, source: _Source) -> SettingsError:
    if isinstance(value, (dict, list)):
        return source.fault(f"unknown table [{name}]; {_nearest(name, TABLES)}", table=name)
    _refuse_secret(name, source, "", 1)
    homes = [f"[{key.table}]" for key in KEYS if key.name == name]
    hint = f"it belongs below {' or '.join(homes)}" if homes else _nearest(name, {key.name for key in KEYS})
    return source.fault(f"the key '{name}' stands in no table; {hint}", table="", key=name)


def _refuse_secret(name: str, source: _Source, table: str, number: int) -> None:
    variable = _SECRET_KEYS.get(name.lower().replace("-", "_"))
    if variable:
        message = (
            f"'{name}' must not stand in a file, which gets copied, shared and backed up; "
            f"take it out and set the environment variable {variable}"
        )
        raise source.fault(message, table=table, key=name, number=number)


def _values(stated: Mapping[str, Any] | None, table: str, source: _Source, number: int = 1) -> dict[str, Any]:
    """Every key of one table with its value or default; a table that is not there misses no required key."""
    keys, raw = _keys(table), stated or {}
    for name in raw:
        if name not in keys:
            _refuse_secret(name, source, table, number)
            message = f"unknown key '{name}' in [{table}]; {_nearest(name, keys)}"
            raise source.fault(message, table=table, key=name, number=number)
    for name, key in keys.items():
        if key.default is REQUIRED and stated is not None and name not in raw:
            message = f"'{name}' is missing in [{table}]; add {name} = {json.dumps(key.example)}"
            raise source.fault(message, table=table, number=number)
    return {name: _value(key, raw, source, number) for name, key in keys.items()}


def _value(key: Key, raw: Mapping[str, Any], source: _Source, number: int) -> Any:
    if key.name not in raw:
        return None if key.default in (None, REQUIRED) else key.read(key.default)
    try:
        return key.read(raw[key.name])
    except ValueError as error:
        raise source.fault(f"'{key.name}' {error}", table=key.table, key=key.name, number=number) from error


def _beside(file: Path | None, path: str) -> Path:
    return (file.parent if file else Path()) / Path(path).expanduser()


def _pubmed(values: dict[str, Any], source: _Source, environ: Mapping[str, str]) -> PubMedSettings:
    api_key = _secret(environ, API_KEY_VARIABLE)
    limit = PACE_WITH_KEY if api_key else PACE_WITHOUT_KEY
    pace = values.pop("requests_per_second") or limit
    email = values.pop("email") or _email_of(environ)
    pubmed = PubMedSettings(**values, email=email, requests_per_second=pace, api_key=api_key)
    if pace > limit and not pubmed.is_loopback:
        message = f"'requests_per_second' is above NCBI's limit of {limit:g}; lower it"
        remedy = "" if api_key else f", or get an API key and set {API_KEY_VARIABLE} ({PACE_WITH_KEY:g} a second)"
        raise source.fault(message + remedy, table="pubmed", key="requests_per_second")
    return pubmed


def _email_of(environ: Mapping[str, str]) -> str | None:
    stated = environ.get(EMAIL_VARIABLE, "").strip()
    if not stated:
        return None
    try:
        return _address(stated)
    except ValueError as error:
        raise SettingsError(f"the environment variable {EMAIL_VARIABLE} {error}") from error


def _secret(environ: Mapping[str, str], variable: str) -> Secret | None:
    text = environ.get(variable, "").strip()
    return Secret(text) if text else None


def _mail(values: dict[str, Any], source: _Source, environ: Mapping[str, str]) -> MailSettings:
    port = values.pop("port") or PORTS[values["security"]]
    mail = MailSettings(**values, port=port, password=_secret(environ, SMTP_VARIABLE))
    _check_security(mail, "mail", source)
    return mail


def _mailbox_settings(values: dict[str, Any], source: _Source, environ: Mapping[str, str]) -> MailboxSettings:
    port = values.pop("port") or IMAP_PORTS[values["security"]]
    mailbox = MailboxSettings(**values, port=port, password=_secret(environ, IMAP_VARIABLE))
    _check_security(mailbox, "mailbox", source)
    return mailbox


def _operator(values: dict[str, Any], raw: Mapping[str, Any], source: _Source) -> OperatorSettings:
    if values["email"] and "mail" not in raw:
        message = "'email' needs a mail server; add a [mail] table, or take the key out"
        raise source.fault(message, table="operator", key="email")
    return OperatorSettings(**values)


def _log(values: dict[str, Any], file: Path | None) -> LogSettings:
    path = values.pop("path")
    return LogSettings(**values, path=_beside(file, path) if path else None)


def _check_security(server: MailSettings | MailboxSettings, table: str, source: _Source) -> None:
    if server.security == "none" and not is_loopback(server.host):
        message = "'security' may be none only for a server on this machine; use starttls or tls"
        raise source.fault(message, table=table, key="security")


def _subscribers(raw: Iterable[Any], source: _Source) -> tuple[Subscriber, ...]:
    subscribers: dict[str, Subscriber] = {}
    for number, table in enumerate(raw, 1):
        if not isinstance(table, dict):
            raise source.fault("write [[subscriber]] on a line of its own with its keys below it", table="subscriber")
        values = _values(table, "subscriber", source, number)
        # Absent lists are empty tuples: all topics, all designs.
        subscriber = Subscriber(**{name: value for name, value in values.items() if value is not None})
        if subscriber.email.lower() in subscribers:
            message = "this address has a [[subscriber]] table already; join the two"
            raise source.fault(message, table="subscriber", key="email", number=number)
        subscribers[subscriber.email.lower()] = subscriber
    return tuple(subscribers.values())


def check_topics(settings: Settings, slugs: Collection[str]) -> None:
    """Raises SettingsError for the first topic that a subscriber wants and nobody watches."""
    for number, subscriber in enumerate(settings.subscribers, 1):
        for slug in subscriber.topics:
            if slug not in slugs:
                where = f"{settings.file or 'settings'}: [[subscriber]] number {number}"
                raise SettingsError(f"{where}: there is no topic '{slug}'; {_nearest(slug, slugs)}")


# --- the example ---


def example() -> str:
    """The text of aggregator.example.toml: every key with its meaning, in a file that loads."""
    opening = (
        "Settings of the ketamine literature aggregator. Copy to aggregator.toml and change; "
        "what you take out keeps its default."
    )
    return "\n".join([*_comment(opening), *(line for table in TABLES for line in _example_of(table))]) + "\n"


def _example_of(table: str) -> Iterator[str]:
    yield ""
    yield from _comment(TABLES[table])
    yield f"[[{table}]]" if table in _REPEATED else f"[{table}]"
    for key in _keys(table).values():
        yield from _comment(key.meaning)
        yield f"{key.name} = {json.dumps(key.example)}"


def started(chosen: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a new aggregator.toml: what was chosen, and every other key with its default, commented out.

    `chosen` is values by table and key, as they are written in the file.
    """
    opening = "Settings of the ketamine literature aggregator. Take the # away from what you want to change."
    lines = (line for table in TABLES for line in _started(table, chosen.get(table, {})))
    return "\n".join([*_comment(opening), *_comment(_NO_SECRETS), *lines]) + "\n"


_NO_SECRETS = (
    f"Secrets stand in the environment only: {API_KEY_VARIABLE}, {SMTP_VARIABLE}, {IMAP_VARIABLE}; for a service in "
    "the file aggregator.env beside this one."
)


def _started(table: str, chosen: Mapping[str, Any]) -> Iterator[str]:
    # A table that lacks what it cannot do without would be refused.
    is_open = bool(chosen) or not any(key.default is REQUIRED for key in _keys(table).values())
    yield ""
    yield from _comment(TABLES[table])
    yield f"{'' if is_open else '#'}{f'[[{table}]]' if table in _REPEATED else f'[{table}]'}"
    for key in _keys(table).values():
        yield from _comment(key.meaning)
        shown = key.example if key.default in (None, REQUIRED) else key.default
        is_chosen = key.name in chosen
        value = json.dumps(chosen[key.name] if is_chosen else shown, ensure_ascii=False)
        yield f"{'' if is_chosen else '#'}{key.name} = {value}"


def default(table: str, name: str) -> Any:
    """What holds for a key that the file does not state, as it would be written there; None: nothing."""
    stated = _keys(table)[name].default
    return None if stated is REQUIRED else stated


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, 110, break_on_hyphens=False)]
