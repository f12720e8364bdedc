"""The general edition of a digest in its own words, as the archive keeps it.

Text under headings, and the PMIDs that it was about: no look, no address of a page, and nothing of any reader. It is
kept for years, so every part that is not its core has a default: an edition of old is read by a newer version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled line: a fact of a card, a notice, a topic with what is said of it."""

    label: str
    text: str
    #: The words are somebody else's: an abstract's or a notice's.
    is_quote: bool = False
    is_stated: bool = True
    #: The record that the line names.
    pmid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What was said of one study."""

    pmid: str
    heading: str
    #: The study's title, where the heading is another.
    title: str | None = None
    #: What had become of the study, kinds of STATUS_CHANGES, and in words: "Retracted".
    kinds: tuple[str, ...] = ()
    mark: str = ""
    #: What stood above the heading: topics, or when a reader met the study.
    above: str = ""
    #: Authors, journal and date; in a list also the design.
    source: str = ""
    rows: tuple[Row, ...] = ()
    #: Sentences below: what is not stated, remarks.
    below: tuple[str, ...] = ()
    #: Other reports of the same trial.
    related: tuple[str, ...] = ()
    #: The study's standing then: kinds of STATUS_CHANGES.
    standing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The title, whatever the heading is."""
        return self.title or self.heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pieces under a name of their own; "" where they have none."""

    name: str = ""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of an edition; a heading of "" goes on with what stands before it."""

    heading: str = ""
    #: How it is drawn: "text", "status", "unknown", "cards", "lines" or "quiet".
    form: str = "text"
    text: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    groups: tuple[Group, ...] = ()
    #: Sentences behind everything else.
    more: tuple[str, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for group in self.groups for piece in group.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A whole edition."""

    written: datetime
    #: 16–22 Nov 2026 · 4-minute read
    days: str = ""
    #: What it said before anything else, such as that all of it is invented.
    banner: str | None = None
    summary: str = ""
    sections: tuple[Section, ...] = ()
    #: The newly announced studies that it showed, in its order, other reports of a trial among them.
    shown: tuple[str, ...] = ()
