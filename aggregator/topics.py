"""What we watch: one topic, one TOML file whose name is the topic's slug."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aggregator.errors import TopicError

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: Stands beside the topics and is none: what `claims` reads.
CLAIMS_FILE = "claims.toml"
#: The studies that the topics must find.
LANDMARKS_FILE = "landmarks.csv"
_REQUIRED = ("title", "question", "query")
_KNOWN = (*_REQUIRED, "short", "sources", "order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A clinical question with the PubMed query that asks it."""

    slug: str
    title: str
    question: str
    #: As it can be pasted into PubMed's search box; line breaks are layout only.
    query: str
    #: The name on badges and in tables; the title where none is given.
    short: str = ""
    #: Where the search strategy comes from.
    sources: tuple[str, ...] = ()
    #: Place in lists; topics with the same place stand in the order of their slugs.
    order: int = 100
    file: Path | None = None

    @property
    def name(self) -> str:
        return self.short or self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A study that its topics must find."""

    pmid: str
    author: str
    year: int | None
    #: For people to recognise it by; its first words and an ellipsis where it is long.
    title: str
    topics: tuple[str, ...]


def files(folder: Path) -> list[Path]:
    """The topics' files of a folder, by name."""
    return sorted(file for file in folder.glob("*.toml") if file.name != CLAIMS_FILE)


def load(folder: Path) -> tuple[Topic, ...]:
    """Every topic of a folder, in the order of display.

    Raises TopicError for the first file that cannot be used; `topic_check.check` lists all of them.
    """
    found = files(folder)
    if not found:
        raise TopicError("no topic here; add a file such as ptsd.toml (see CONTRIBUTING)", file=folder)
    return tuple(sorted((read_topic(file) for file in found), key=lambda topic: (topic.order, topic.slug)))


def read_topic(file: Path) -> Topic:
    """One topic from its file; TopicError says what is wrong with it and where."""
    table, text = read_toml(file)
    _check(table, file, text)
    return Topic(
        slug=file.stem,
        title=table["title"].strip(),
        question=table["question"].strip(),
        query=table["query"].strip(),
        short=table.get("short", "").strip(),
        sources=tuple(table.get("sources", ())),
        order=table.get("order", 100),
        file=file,
    )


def read_toml(file: Path) -> tuple[dict[str, Any], str]:
    """A file of the queries folder as its table and as its text; TopicError where it is neither."""
    try:
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except OSError as error:
        raise TopicError(f"cannot be read ({error.strerror}); check the file's rights", file=file) from error
    except UnicodeDecodeError as error:
        raise TopicError("is not UTF-8 text; save it as UTF-8", file=file) from error
    except tomllib.TOMLDecodeError as error:
        raise TopicError(f"is not valid TOML: {error}", file=file) from error


def nearest(word: str, known: Iterable[str], *, what: str) -> str:
    """What to say beside a word that is not known: "did you mean 'query'?", or all that are known."""
    known = tuple(known)
    near = get_close_matches(word, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known {what}: {', '.join(known)}"


def _check(table: dict[str, Any], file: Path, text: str) -> None:
    if not _SLUG.fullmatch(file.stem):
        raise TopicError(
            "a topic's file name is lower-case words joined by hyphens, such as social-anxiety.toml", file=file
        )
    for key in table:
        if key not in _KNOWN:
            hint = nearest(key, _KNOWN, what="keys")
            raise TopicError(f"unknown key '{key}'; {hint}", file=file, line=_line_of(key, text))
    for key in _REQUIRED:
        if key not in table:
            raise TopicError(f"'{key}' is missing; every topic needs {', '.join(_REQUIRED)}", file=file)
        if not isinstance(table[key], str) or not table[key].strip():
            raise TopicError(f"'{key}' must be text and not empty", file=file, line=_line_of(key, text))
    if not isinstance(table.get("short", ""), str):
        raise TopicError("'short' must be text", file=file, line=_line_of("short", text))
    if not isinstance(table.get("order", 0), int):
        raise TopicError("'order' must be a whole number", file=file, line=_line_of("order", text))
    sources = table.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise TopicError("'sources' must be a list of texts", file=file, line=_line_of("sources", text))


def _line_of(key: str, text: str) -> int | None:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return None


def choose(topics: Iterable[Topic], slugs: Iterable[str]) -> tuple[Topic, ...]:
    """The topics with these slugs, all of them when none is named; TopicError for an unknown one."""
    known = {topic.slug: topic for topic in topics}
    wanted = tuple(slugs)
    for slug in wanted:
        if slug not in known:
            near = get_close_matches(slug, known, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise TopicError(f"there is no topic '{slug}'; {hint}known topics: {', '.join(known)}")
    return tuple(topic for topic in known.values() if not wanted or topic.slug in wanted)


def load_landmarks(folder: Path) -> tuple[Landmark, ...]:
    """The studies of landmarks.csv (pmid, author, year, title, topics separated by semicolons)."""
    file = folder / LANDMARKS_FILE
    if not file.exists():
        return ()
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    try:
        return tuple(_landmark(row) for row in rows)
    except (KeyError, ValueError, AttributeError) as error:
        raise TopicError("needs the columns pmid, author, year, title, topics in every row", file=file) from error


def _landmark(row: dict[str, str]) -> Landmark:
    return Landmark(
        pmid=row["pmid"].strip(),
        author=row["author"].strip(),
        year=int(row["year"]) if row["year"].strip() else None,
        title=row["title"].strip(),
        topics=tuple(slug.strip() for slug in row["topics"].split(";") if slug.strip()),
    )
