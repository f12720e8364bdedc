"""The mailing list: who was enrolled, with her consent; who pauses; who was removed and is never written to again.

An address that was removed or erased is remembered as a keyed hash only: enough to see it in an old settings file,
not enough to be read. Tokens lead to the same hash, so that a letter's link names nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from aggregator.dates import utc_text
from aggregator.library.store import Store
from aggregator.subscribers import Subscriber

if TYPE_CHECKING:
    import sqlite3

_SALT = "mailing list: salt"
#: By whose wish somebody was removed of whom nothing is to be kept.
_ERASED = "erased"
_READ = "mailing list: {} read up to"
_OBEYED = "mailing list: message {} obeyed"


class Leaving(StrEnum):
    """What came of a wish to leave."""

    LEFT = "left"
    HAD_LEFT = "had left before"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Who must not be written to, for now or ever, and what letters have as their links to leave, in the library's own
    form.
    """

    salt: str | None
    #: Hash, moment, way.
    removed: tuple[tuple[str, str, str], ...]
    #: Address, since when.
    paused: tuple[tuple[str, str], ...]
    #: Token, hash.
    tokens: tuple[tuple[str, str], ...]


def _new_token() -> str:
    """144 bits: nobody guesses one, and it stays short in a mail."""
    return secrets.token_urlsafe(18)


class MailingList:
    """The subscribers that a library keeps. Addresses are compared in lower case."""

    def __init__(self, store: Store, make_token: Callable[[], str] = _new_token) -> None:
        self._store = store
        self._make_token = make_token

    def enrolled(self) -> tuple[Subscriber, ...]:
        """Everybody who was added and not removed, paused or not, by address."""
        return tuple(map(_subscriber, self._store.rows("SELECT * FROM subscribers ORDER BY address")))

    def add(self, subscriber: Subscriber, *, now: datetime) -> None:
        """Enrols a subscriber, or writes anew what she wants; a new consent ends a pause and a removal."""
        with self._store.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO subscribers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    subscriber.address,
                    subscriber.email,
                    subscriber.name,
                    msgspec.json.encode(subscriber.topics).decode(),
                    msgspec.json.encode(subscriber.designs).decode(),
                    subscriber.cadence,
                    str(subscriber.timezone) if subscriber.timezone else None,
                    subscriber.items,
                    (subscriber.consented or now.date()).isoformat(),
                    subscriber.source or "not stated",
                ),
            )
            db.execute("DELETE FROM paused WHERE address = ?", (subscriber.address,))
            mark = _mark(db, subscriber.address)
            db.execute("DELETE FROM removed WHERE mark = ?", (mark,))
            db.execute("UPDATE sent SET subscriber = ? WHERE subscriber = ?", (subscriber.address, mark))

    # -- pauses ---------------------------------------------------------------------------------

    def paused(self) -> frozenset[str]:
        """Addresses that get nothing for the time being."""
        return frozenset(row[0] for row in self._store.rows("SELECT address FROM paused"))

    def pause(self, address: str, *, now: datetime) -> None:
        """No letters until `resume`; the first one then tells of everything since the last."""
        with self._store.writing() as db:
            db.execute("INSERT OR IGNORE INTO paused VALUES (?, ?)", (address.lower(), utc_text(now)))

    def resume(self, address: str) -> bool:
        """Ends a pause; False when there was none."""
        with self._store.writing() as db:
            return db.execute("DELETE FROM paused WHERE address = ?", (address.lower(),)).rowcount > 0

    # -- leaving --------------------------------------------------------------------------------

    def is_removed(self, address: str) -> bool:
        """Whether an address must not be written to, whoever names it."""
        salt = self._store.rows("SELECT value FROM facts WHERE name = ?", (_SALT,))
        if not salt:
            # The first who is removed brings the salt along.
            return False
        mark = _hashed(address, salt[0][0])
        return bool(self._store.rows("SELECT 1 FROM removed WHERE mark = ?", (mark,)))

    def removed(self) -> int:
        """How many addresses are never written to again."""
        return int(self._store.rows("SELECT count(*) FROM removed")[0][0])

    def remove(self, address: str, *, now: datetime, way: str) -> Leaving:
        """Strikes an address off for good. What was sent stays in the ledger, under the hash."""
        with self._store.writing() as db:
            return _strike_off(db, _mark(db, address), now, way)

    def erase(self, address: str, *, now: datetime) -> bool:
        """Removes an address and everything that is known of its owner; False when nothing was."""
        with self._store.writing() as db:
            mark = _mark(db, address)
            known = _strike_off(db, mark, now, _ERASED) is Leaving.LEFT
            known |= db.execute("DELETE FROM sent WHERE subscriber = ?", (address.lower(),)).rowcount > 0
            return _forget(db, mark) or known

    # -- tokens ---------------------------------------------------------------------------------

    def token_of(self, address: str) -> str:
        """The opaque text in this subscriber's links to unsubscribe; the same in all her letters."""
        with self._store.writing() as db:
            mark = _mark(db, address)
            held = db.execute("SELECT token FROM tokens WHERE mark = ?", (mark,)).fetchone()
            if held:
                return str(held[0])
            token = self._make_token()
            db.execute("INSERT INTO tokens VALUES (?, ?)", (token, mark))
            return token

    def unsubscribe(self, token: str, *, now: datetime, way: str) -> Leaving:
        """Strikes off whoever has this token; UNKNOWN for one that nobody has."""
        with self._store.writing() as db:
            held = db.execute("SELECT mark FROM tokens WHERE token = ?", (token,)).fetchone()
            return _strike_off(db, held[0], now, way) if held else Leaving.UNKNOWN

    # -- another state of the same list ---------------------------------------------------------

    def wishes(self) -> Wishes:
        """Every wish to leave and to pause, to be obeyed by an earlier state of the list too."""
        salt = self._store.rows("SELECT value FROM facts WHERE name = ?", (_SALT,))
        return Wishes(
            salt=salt[0][0] if salt else None,
            removed=self._triples("SELECT mark, removed, way FROM removed"),
            paused=self._triples("SELECT address, since FROM paused"),
            tokens=self._triples("SELECT token, mark FROM tokens"),
        )

    def _triples(self, question: str) -> tuple[Any, ...]:
        return tuple(tuple(row) for row in self._store.rows(question))

    def obey(self, wishes: Wishes) -> bool:
        """Obeys the wishes known to a later state of this list, which an earlier one must not undo.

        False: they are of another list, with a salt of its own. Whoever is enrolled here is then struck off all the
        same; an address that only a settings file names is not recognised.
        """
        with self._store.writing() as db:
            is_same = wishes.salt is None or _salt(db, wishes.salt) == wishes.salt
            left = {mark: (moment, way) for mark, moment, way in wishes.removed}
            for address in _addresses(db):
                moment, way = left.get(_hashed(address, wishes.salt or ""), ("", ""))
                if moment:
                    mark = _mark(db, address)
                    _strike_off(db, mark, datetime.fromisoformat(moment), way)
                    if way == _ERASED:
                        _forget(db, mark)
            if is_same:
                db.execute("DELETE FROM paused")
                db.executemany("INSERT OR IGNORE INTO removed VALUES (?, ?, ?)", wishes.removed)
                db.executemany("INSERT OR IGNORE INTO tokens VALUES (?, ?)", wishes.tokens)
            db.executemany("INSERT OR IGNORE INTO paused VALUES (?, ?)", wishes.paused)
            return is_same or not wishes.removed

    # -- the mailbox that takes wishes to leave -------------------------------------------------

    def read_up_to(self, mailbox: str) -> tuple[int, int] | None:
        """How far a mailbox has been read: the validity of its numbers and the last one (RFC 9051, 2.3.1.1)."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = ?", (_READ.format(mailbox),))
        return msgspec.json.decode(rows[0][0], type=tuple[int, int]) if rows else None

    def remember_read(self, mailbox: str, validity: int, last: int) -> None:
        """Remembers how far the wishes in a mailbox have been obeyed."""
        with self._store.writing() as db:
            value = msgspec.json.encode((validity, last)).decode()
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_READ.format(mailbox), value))

    def is_obeyed(self, message_id: str) -> bool:
        """Whether the wish in a message has been obeyed."""
        return bool(self._store.rows("SELECT 1 FROM facts WHERE name = ?", (_OBEYED.format(_hash(message_id)),)))

    def remember_obeyed(self, message_id: str, *, now: datetime) -> None:
        """Remembers, by its hash, a message whose wish has been obeyed."""
        with self._store.writing() as db:
            row = (_OBEYED.format(_hash(message_id)), utc_text(now))
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", row)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _mark(db: sqlite3.Connection, address: str) -> str:
    """What an address is remembered by: a hash with this library's own salt, of no use elsewhere."""
    return _hashed(address, _salt(db, secrets.token_hex(32)))


def _salt(db: sqlite3.Connection, new: str) -> str:
    """This library's salt, which is `new` where it had none."""
    db.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (_SALT, new))
    return str(db.execute("SELECT value FROM facts WHERE name = ?", (_SALT,)).fetchone()[0])


def _hashed(address: str, salt: str) -> str:
    return hmac.new(bytes.fromhex(salt), address.lower().encode(), "sha256").hexdigest()


def _addresses(db: sqlite3.Connection) -> list[str]:
    """Every address that is held; among the ledger's may be hashes."""
    held = db.execute(
        "SELECT address FROM subscribers UNION SELECT address FROM paused UNION SELECT subscriber FROM sent"
    )
    return [row[0] for row in held]


def _is_removed(db: sqlite3.Connection, mark: str) -> bool:
    return db.execute("SELECT 1 FROM removed WHERE mark = ?", (mark,)).fetchone() is not None


def _strike_off(db: sqlite3.Connection, mark: str, now: datetime, way: str) -> Leaving:
    if _is_removed(db, mark):
        return Leaving.HAD_LEFT
    db.execute("INSERT INTO removed VALUES (?, ?, ?)", (mark, utc_text(now), way))
    # The hash cannot be turned back into an address, so that each one that is held is tried.
    for address in _addresses(db):
        if _mark(db, address) == mark:
            db.execute("DELETE FROM subscribers WHERE address = ?", (address,))
            db.execute("DELETE FROM paused WHERE address = ?", (address,))
            db.execute("UPDATE sent SET subscriber = ? WHERE subscriber = ?", (mark, address))
    return Leaving.LEFT


def _forget(db: sqlite3.Connection, mark: str) -> bool:
    """Deletes what is known of whoever has this hash, but for the hash itself; False when nothing was."""
    sent = db.execute("DELETE FROM sent WHERE subscriber = ?", (mark,)).rowcount
    tokens = db.execute("DELETE FROM tokens WHERE mark = ?", (mark,)).rowcount
    return sent + tokens > 0


def _subscriber(row: sqlite3.Row) -> Subscriber:
    return Subscriber(
        email=row["email"],
        name=row["name"],
        topics=msgspec.json.decode(row["topics"], type=tuple[str, ...]),
        designs=msgspec.json.decode(row["designs"], type=tuple[str, ...]),
        cadence=row["cadence"],
        timezone=ZoneInfo(row["timezone"]) if row["timezone"] else None,
        items=row["items"],
        consented=date.fromisoformat(row["consented"]),
        source=row["source"],
    )
