"""The runs of the scheduled jobs: what was begun, for which due moment, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.dates import utc_text
from aggregator.job_run import JobRun, Result
from aggregator.library.store import Store

if TYPE_CHECKING:
    import sqlite3

#: Runs kept of each job, and each job's last success besides: an hourly job's last fortnight.
KEPT = 400


class JobRuns:
    """The job runs that a library keeps; the newest of each job, and its last success whatever came after."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def remember(self, run: JobRun) -> None:
        """Notes a run as begun, or, under the same id, as ended; leaves out the oldest ones of its job."""
        with self._store.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    run.job,
                    utc_text(run.due) if run.due else None,
                    utc_text(run.started),
                    utc_text(run.ended) if run.ended else None,
                    run.result,
                    run.problem,
                ),
            )
            db.execute(
                "DELETE FROM runs WHERE job = ?1 AND id NOT IN"
                " (SELECT id FROM runs WHERE job = ?1 ORDER BY started DESC LIMIT ?2)"
                " AND id NOT IN (SELECT id FROM runs WHERE job = ?1 AND result = ?3 ORDER BY started DESC LIMIT 1)",
                (run.job, KEPT, Result.DONE),
            )

    def all(self, job: str | None = None) -> tuple[JobRun, ...]:
        """The runs kept, of all jobs or of one, the oldest first."""
        rows = self._store.rows("SELECT * FROM runs WHERE ?1 IS NULL OR job = ?1 ORDER BY started, rowid", (job,))
        return tuple(map(_run, rows))


def _run(row: sqlite3.Row) -> JobRun:
    return JobRun(
        id=row["id"],
        job=row["job"],
        due=datetime.fromisoformat(row["due"]) if row["due"] else None,
        started=datetime.fromisoformat(row["started"]),
        ended=datetime.fromisoformat(row["ended"]) if row["ended"] else None,
        result=Result(row["result"]) if row["result"] else None,
        problem=row["problem"],
    )
