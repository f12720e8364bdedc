"""The mailing list: who was enrolled, with her consent; who pauses; who was removed and is never written to again.

An address that was removed or erased is remembered as a keyed hash only: enough to see it in an old settings file,
not enough to be read. Tokens lead to the same hash, so that a letter's link names nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from aggregator.dates import utc_text
from aggregator.library.store import Store
from aggregator.subscribers import Subscriber

if TYPE_CHECKING:
    import sqlite3

_SALT = "mailing list: salt"
_READ = "mailing list: {} read up to"
_OBEYED = "mailing list: message {} obeyed"


class Leaving(StrEnum):
    """What came of a wish to leave."""

    LEFT = "left"
    HAD_LEFT = "had left before"
    UNKNOWN = "not known"


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
        mark = _salted(salt[0][0], address)
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
            known = _strike_off(db, mark, now, "erased") is Leaving.LEFT
            known |= db.execute("DELETE FROM sent WHERE subscriber IN (?, ?)", (mark, address.lower())).rowcount > 0
            known |= db.execute("DELETE FROM tokens WHERE mark = ?", (mark,)).rowcount > 0
            return known

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
    held = db.execute("SELECT value FROM facts WHERE name = ?", (_SALT,)).fetchone()
    salt = held[0] if held else secrets.token_hex(32)
    if not held:
        db.execute("INSERT INTO facts VALUES (?, ?)", (_SALT, salt))
    return _salted(salt, address)


def _salted(salt: str, address: str) -> str:
    return hmac.new(bytes.fromhex(salt), address.lower().encode(), "sha256").hexdigest()


def _is_removed(db: sqlite3.Connection, mark: str) -> bool:
    return db.execute("SELECT 1 FROM removed WHERE mark = ?", (mark,)).fetchone() is not None


def _strike_off(db: sqlite3.Connection, mark: str, now: datetime, way: str) -> Leaving:
    if _is_removed(db, mark):
        return Leaving.HAD_LEFT
    db.execute("INSERT INTO removed VALUES (?, ?, ?)", (mark, utc_text(now), way))
    # The hash cannot be turned back into an address, so that each one that is held is tried.
    held = db.execute(
        "SELECT address FROM subscribers UNION SELECT address FROM paused UNION SELECT subscriber FROM sent"
    )
    for address in [row[0] for row in held]:
        if _mark(db, address) == mark:
            db.execute("DELETE FROM subscribers WHERE address = ?", (address,))
            db.execute("DELETE FROM paused WHERE address = ?", (address,))
            db.execute("UPDATE sent SET subscriber = ? WHERE subscriber = ?", (mark, address))
    return Leaving.LEFT


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
