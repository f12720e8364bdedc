"""What the operator was told by mail of jobs that fail, so that a restart does not repeat it."""

from __future__ import annotations

import msgspec

from aggregator.library.store import Store
from aggregator.operator_mail import Told

_NOTE = "operator told of: {}"


class OperatorNotes:
    """What a library remembers of the mails to the operator, by job."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, job: str) -> Told | None:
        """What she was told of a job's present trouble; None: nothing, or it is over."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = ?", (_NOTE.format(job),))
        return msgspec.json.decode(rows[0][0], type=Told) if rows else None

    def remember(self, job: str, told: Told | None) -> None:
        """Keeps what she was told last; None: there is nothing more to remember."""
        with self._store.writing() as db:
            db.execute("DELETE FROM facts WHERE name = ?", (_NOTE.format(job),))
            if told:
                value = msgspec.json.encode(told).decode()
                db.execute("INSERT INTO facts VALUES (?, ?)", (_NOTE.format(job), value))
