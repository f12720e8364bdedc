"""The library: what we know, since when, and under which topic; one SQLite file."""

from aggregator.library.library import Added, ImportedFile, Issue, Library, Record, Sent
from aggregator.library.mailing_list import Leaving, MailingList

__all__ = ["Added", "ImportedFile", "Issue", "Leaving", "Library", "MailingList", "Record", "Sent"]
