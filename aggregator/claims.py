"""What clinics commonly say of ketamine, in our own neutral words: one small file, claims.toml, beside the topics.

Each claim says which studies bear on it; `claim_evidence` counts them, and nobody grades anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator.errors import TopicError
from aggregator.topics import CLAIMS_FILE, nearest, read_toml
from aggregator.vocabulary import CONDITIONS, DESIGNS

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BEGINNING = re.compile(r"^[ \t]*\[\[[ \t]*claim[ \t]*\]\]", re.MULTILINE)
_TEXTS = ("id", "short", "says", "query", "note")
_LISTS = ("topics", "conditions", "designs")
_REQUIRED = ("id", "short", "says", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that is commonly said, and the studies that bear on it.

    These are the studies that the query finds and that have, where the claim names any, one of its topics, one of its
    conditions and one of its designs.
    """

    #: The claim's anchor on the page and its name in addresses.
    id: str
    #: The name in lists.
    short: str
    #: A paraphrase of our own, to stand behind "Clinics say:"; no quotation of anybody.
    says: str
    #: In PubMed's query language, put to the records that the library holds.
    query: str
    topics: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    #: What a reader of the counts must know, in a sentence.
    note: str = ""
    file: Path | None = None


def load(folder: Path, topics: Iterable[str]) -> tuple[Claim, ...]:
    """The claims of a folder in the order of the file; none where it has no claims.toml.

    `topics` are the slugs that a claim may name. Raises TopicError for the first thing that is wrong.
    """
    file = folder / CLAIMS_FILE
    if not file.exists():
        return ()
    table, text = read_toml(file)
    for problem in problems(table, text, file, tuple(topics)):
        raise problem
    return tuple(_claim(entry, file) for entry in entries(table))


def _claim(entry: Mapping[str, Any], file: Path) -> Claim:
    return Claim(
        id=entry["id"].strip(),
        short=entry["short"].strip(),
        says=entry["says"].strip(),
        query=entry["query"].strip(),
        topics=tuple(entry.get("topics", ())),
        conditions=tuple(entry.get("conditions", ())),
        designs=tuple(entry.get("designs", ())),
        note=entry.get("note", "").strip(),
        file=file,
    )


def entries(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tables [[claim]]."""
    found = table.get("claim", [])
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def beginnings(text: str) -> list[int]:
    """Where each [[claim]] begins, in characters."""
    return [found.start() for found in _BEGINNING.finditer(text)]


def problems(table: Mapping[str, Any], text: str, file: Path, topics: Sequence[str]) -> Iterator[TopicError]:
    """Everything that is wrong with the file but for its queries, each with its line."""
    for key in table:
        if key != "claim":
            yield TopicError(f"unknown key '{key}'; a claim begins with [[claim]]", file=file, line=_line_of(key, text))
    if "claim" in table and len(entries(table)) != len(beginnings(text)):
        yield TopicError("every claim begins with a line [[claim]] of its own", file=file)
        return
    if not entries(table):
        yield TopicError("holds no claim; write one or take the file away", file=file)
    seen: set[str] = set()
    for begin, entry in zip(beginnings(text), entries(table), strict=True):
        for key, message in _entry_problems(entry, topics):
            yield TopicError(message, file=file, line=_line_of(key, text, begin))
        if (name := str(entry.get("id"))) in seen:
            yield TopicError(f"the id '{name}' is taken; choose another", file=file, line=_line_of("id", text, begin))
        seen.add(name)


def _entry_problems(entry: Mapping[str, Any], topics: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) of one claim."""
    for key in entry:
        if key not in (*_TEXTS, *_LISTS):
            yield key, f"unknown key '{key}'; {nearest(key, (*_TEXTS, *_LISTS), what='keys')}"
    for key in _REQUIRED:
        if key not in entry:
            yield "", f"'{key}' is missing; every claim needs {', '.join(_REQUIRED)}"
    for key in _TEXTS:
        if key in entry and not (isinstance(entry[key], str) and entry[key].strip()):
            yield key, f"'{key}' must be text and not empty"
    if isinstance(entry.get("id"), str) and not _ID.fullmatch(entry["id"].strip()):
        yield "id", "an id is lower-case words joined by hyphens, such as social-anxiety"
    for key, known in zip(_LISTS, (topics, tuple(CONDITIONS), tuple(DESIGNS)), strict=True):
        yield from ((key, message) for message in _list_problems(key, entry.get(key, []), known))


def _list_problems(key: str, values: Any, known: Sequence[str]) -> Iterator[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        yield f"'{key}' must be a list of texts"
        return
    for value in values:
        if value not in known:
            yield f"'{value}' is not among the {key}; {nearest(value, known, what=key)}"


def _line_of(key: str, text: str, begin: int = 0) -> int:
    """The line of a key behind the character `begin`; that of `begin` for a key that is not there."""
    found = (
        re.compile(rf"^[ \t]*\[*[ \t]*{re.escape(key)}[ \t]*[=\].]", re.MULTILINE).search(text, begin) if key else None
    )
    return text.count("\n", 0, found.start() if found else begin) + 1
