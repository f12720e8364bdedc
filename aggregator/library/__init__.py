"""The library: what we know, since when, and under which topic; one SQLite file."""

from aggregator.library.library import Added, Issue, Library, Record, Sent

__all__ = ["Added", "Issue", "Library", "Record", "Sent"]
