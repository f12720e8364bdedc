"""One run of a job: what the library remembers of it, and `schedule --list` and `doctor` tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Result(StrEnum):
    """What came of a run."""

    DONE = "done"
    #: Done in part: what is missing stands in `problem`.
    IN_PART = "in part"
    FAILED = "failed"
    #: The service was asked to end; what was stored is kept, and the rest is made up at its next start.
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A job that was begun, and how it ended; one that was killed has no end."""

    #: Stands in every line that the run logs.
    id: str
    job: str
    #: The moment for which it was run; None where nobody knows when it was due.
    due: datetime | None = None
    started: datetime
    #: None: it is under way, or was killed.
    ended: datetime | None = None
    result: Result | None = None
    #: What went wrong, with the remedy; None for success.
    problem: str | None = None

    @property
    def took(self) -> timedelta | None:
        """How long it took; None without an end. A clock that was set back makes it no less than nothing."""
        return max(self.ended - self.started, timedelta()) if self.ended else None
