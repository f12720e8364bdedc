"""Every error that the aggregator raises on purpose.

AggregatorError
├── SettingsError           aggregator.toml, a flag or the environment is wrong
│   └── LooksError          a template in the user's own reports/ is wrong
├── TopicError              a file in queries/ is wrong
├── QuerySyntaxError        a query cannot be read; knows the position
├── PubMedError             PubMed did not give what was asked
│   ├── PubMedUnavailable   no usable answer after all attempts: try again later
│   ├── QueryRejected       PubMed understood and refuses: change the request
│   └── UnreadableRecord    one record's XML cannot be read
├── RecordFileError         a file given to `import` or `simulate` cannot be read
├── LibraryError            the SQLite file cannot be opened, read or written
└── MailError               one recipient's message was not accepted

Every message says what happened and ends with what to do next.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path


class AggregatorError(Exception):
    """The family's root; the command line turns any of these into one clear line."""


class SettingsError(AggregatorError):
    """Settings that cannot be used; the message names the key and the remedy."""


class LooksError(SettingsError):
    """A template that cannot be drawn."""

    def __init__(self, message: str, *, file: Path | None = None, line: int | None = None) -> None:
        where = f"{file}, line {line}" if file else "reports/"
        super().__init__(f"{where}: {message}; mend the template, or take it away and the shipped one is used")
        self.file = file
        self.line = line


class TopicError(AggregatorError):
    """A topic's file that cannot be used."""

    def __init__(self, message: str, *, file: Path | None = None, line: int | None = None) -> None:
        where = f"{file}" if file else "topics"
        if line is not None:
            where += f", line {line}"
        super().__init__(f"{where}: {message}")
        self.file = file
        self.line = line


def _blank(letter: str) -> str:
    """As much room as a letter takes on a terminal."""
    if unicodedata.combining(letter):
        return ""
    return "  " if unicodedata.east_asian_width(letter) in "WF" else " "


class QuerySyntaxError(AggregatorError):
    """A query that cannot be read; `position` counts characters from 0."""

    def __init__(self, message: str, *, query: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.query = query
        self.position = position

    def pointed(self) -> str:
        """The line of the query that holds the fault with a caret below it, for a terminal."""
        start = self.query.rfind("\n", 0, self.position) + 1
        end = self.query.find("\n", self.position)
        line = self.query[start : end if end >= 0 else None]
        at = self.position - start
        window = max(0, at - 50)
        shown = line.replace("\t", " ")
        return f"{shown[window : window + 78]}\n{''.join(map(_blank, shown[window:at]))}^"


class PubMedError(AggregatorError):
    """PubMed did not give what was asked."""


class PubMedUnavailable(PubMedError):
    """No usable answer after every allowed attempt; nothing is known about what matches."""


class QueryRejected(PubMedError):
    """PubMed refuses the request itself: repeating it will not help."""


class UnreadableRecord(PubMedError):
    """One record that the reader cannot understand, its neighbours unharmed; or, without `pmid`, a whole
    document that is no complete set of PubMed records.
    """

    def __init__(self, message: str, *, pmid: str | None = None) -> None:
        super().__init__(f"PMID {pmid}: {message}" if pmid else message)
        self.pmid = pmid


class RecordFileError(AggregatorError):
    """A file of PubMed records that cannot be read."""

    def __init__(self, message: str, *, file: Path) -> None:
        super().__init__(f"{file}: {message}")
        self.file = file


class LibraryError(AggregatorError):
    """The library's file cannot be opened, read or written."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class MailError(AggregatorError):
    """A message that one recipient's server did not accept.

    `general`: it is the server that is in trouble, so that the next recipient's message would fare no better.
    """

    def __init__(
        self, message: str, *, recipient: str | None = None, permanent: bool = False, general: bool = False
    ) -> None:
        super().__init__(message)
        self.recipient = recipient
        self.permanent = permanent
        self.general = general
