"""An index of the words and values of documents, in an SQLite file beside the library that may be deleted at any time.

It knows nothing of what the words mean. Documents are numbered as they come and numbers are never used again; each
batch is a segment of its own whose lists follow those of the segments before. Every word of every document has a
position of its own, counted on from document to document, so that words side by side are found by adding one.
"""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, chain, compress, repeat
from operator import add, and_, sub
from pathlib import Path
from typing import Self

from aggregator.errors import LibraryError

_SCHEMA = (
    "DROP TABLE IF EXISTS facts",
    "DROP TABLE IF EXISTS documents",
    "DROP TABLE IF EXISTS segments",
    "DROP TABLE IF EXISTS words",
    "DROP TABLE IF EXISTS listed",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    pmid   TEXT NOT NULL UNIQUE,
    rank   TEXT NOT NULL,          -- later comes first
    stamp  BLOB NOT NULL           -- differs when what was indexed differs
) STRICT
""",
    """
CREATE TABLE segments (
    segment    INTEGER PRIMARY KEY,
    documents  INTEGER NOT NULL,   -- the first number that is free after it
    positions  INTEGER NOT NULL,   -- the first position that is free after it
    passages   BLOB NOT NULL       -- first position, fields and document of each stretch of words in the same fields
) STRICT
""",
    """
CREATE TABLE words (
    word      TEXT NOT NULL,
    segment   INTEGER NOT NULL,
    documents BLOB,                -- with the fields in each; NULL for a rare word, whose positions tell it soon enough
    positions BLOB NOT NULL,
    PRIMARY KEY (word, segment)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE listed (
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    segment   INTEGER NOT NULL,
    documents BLOB NOT NULL,
    PRIMARY KEY (kind, value, segment)
) STRICT, WITHOUT ROWID
""",
)
#: Behind every character: the end of a range of keys that begin alike.
_LAST = chr(0x10FFFF)
#: Lists shorter than this are not worth deflating.
_SHORT = 64
#: Segments that make a frequent word slow to read; then it is time to make the file anew.
_MOST_SEGMENTS = 400
_DOCUMENTS = "SELECT documents, CASE WHEN documents IS NULL THEN positions END FROM words"
#: Documents of a segment that make a word frequent.
_FREQUENT = 30
#: Positions of a segment that make a word so frequent that single ones are sought in the list as it is.
_VERY_FREQUENT = 8000
#: Looking for one position costs as much as going through so many.
_SEEKING = 20
#: What a list begins with that is not deflated: the steps of a short one, the numbers of a very long one.
_PLAIN, _WHOLE = b"=", b"#"
#: Words further apart than this are not sought by their positions.
_FAR = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is to be found of one record."""

    pmid: str
    #: Larger comes first among what is found.
    rank: str
    stamp: bytes
    #: Running texts as words with single spaces, and the fields that each stands in.
    passages: Mapping[str, AbstractSet[str]]
    #: (kind, value)
    values: AbstractSet[tuple[str, str]]


class SearchIndex:
    """An open index. Raises LibraryError when its file can be neither used nor made anew.

    `version` names the program that cuts words: an index of another version is made anew.
    """

    def __init__(self, path: Path, *, fields: Sequence[str], version: str) -> None:
        self.path = path
        self._bits = {field: 1 << number for number, field in enumerate(fields)}
        self._version = f"{version} {sys.byteorder}"
        self._snapshot: _Snapshot | None = None
        with self._explained():
            self._db = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    # -- keeping --------------------------------------------------------------------------------

    def lacking(self, stamps: Mapping[str, bytes]) -> tuple[str, ...]:
        """Those PMIDs that are not indexed, or not in this form; what is indexed and not among them is forgotten.

        Where too much of the file is old forms or small pieces, it starts anew and lacks everything.
        """
        with self._explained():
            held = dict(self._db.execute("SELECT pmid, stamp FROM documents"))
            segments, numbers = self._db.execute("SELECT count(*), max(documents) FROM segments").fetchone()
        if segments > _MOST_SEGMENTS or (numbers or 0) > 2 * len(held) + 1000:
            self._start_anew()
            held = {}
        if gone := held.keys() - stamps.keys():
            with self._writing():
                self._db.executemany("DELETE FROM documents WHERE pmid = ?", ((pmid,) for pmid in gone))
        return tuple(pmid for pmid, stamp in stamps.items() if held.get(pmid) != stamp)

    def add(self, documents: Iterable[Document]) -> None:
        """Indexes documents in one transaction, in the place of older forms of them."""
        with self._writing():
            segment = _Segment(self._bits, *self._free())
            for document in documents:
                self._db.execute("DELETE FROM documents WHERE pmid = ?", (document.pmid,))
                self._db.execute(
                    "INSERT INTO documents VALUES (?, ?, ?, ?)",
                    (segment.number, document.pmid, document.rank, document.stamp),
                )
                segment.take(document)
            row = self._db.execute(
                "INSERT INTO segments (documents, positions, passages) VALUES (?, ?, ?)",
                (segment.number, segment.position, segment.packed_passages()),
            ).lastrowid
            self._db.executemany(
                "INSERT INTO words (segment, word, documents, positions) VALUES (?, ?, ?, ?)",
                ((row, *word) for word in segment.packed_words()),
            )
            self._db.executemany(
                "INSERT INTO listed (segment, kind, value, documents) VALUES (?, ?, ?, ?)",
                ((row, *value) for value in segment.packed_values()),
            )

    def _free(self) -> tuple[int, int]:
        row = self._db.execute("SELECT documents, positions FROM segments ORDER BY segment DESC LIMIT 1").fetchone()
        return row or (0, 0)

    # -- asking ---------------------------------------------------------------------------------

    def load(self) -> None:
        """Reads into memory what every question needs, which the first one would do otherwise."""
        with self.asking():
            pass

    @contextmanager
    def asking(self) -> Iterator[Self]:
        """The index at one moment, while questions are put to it."""
        with self._explained():
            self._db.execute("BEGIN")
            try:
                self._loaded(self._fact("generation"))
                yield self
            finally:
                self._db.execute("ROLLBACK")

    def newest_first(self) -> Sequence[tuple[int, str]]:
        """Number and PMID of every document, the highest rank first."""
        return self._held.order

    def everything(self) -> AbstractSet[int]:
        """All documents."""
        return self._held.numbers

    def word(self, word: str, field: str) -> AbstractSet[int]:
        """Documents with this word in the field."""
        return self._with_word(self._db.execute(f"{_DOCUMENTS} WHERE word = ?", (word,)), field)

    def words_starting(self, stem: str, field: str) -> AbstractSet[int]:
        """Documents with a word in the field that begins so."""
        rows = self._db.execute(f"{_DOCUMENTS} WHERE word BETWEEN ? AND ?", (stem, stem + _LAST))
        return self._with_word(rows, field)

    def phrase(self, words: Sequence[str], field: str, *, is_stem: bool) -> AbstractSet[int]:
        """Documents with these words side by side in one passage of the field; `is_stem`: the last may go on."""
        *whole, last = words
        places = [self._places(word) for word in whole]
        places.append(self._places_starting(last) if is_stem else self._places(last))
        # The rarest word is held, and the others run past it.
        (at, rarest), *others = sorted(enumerate(places), key=lambda place: len(place[1]))
        held = frozenset(rarest)
        for offset, other in others:
            held = other.among(_shifted(held, offset - at))
            at = offset
        return self._documents_at(held, field)

    def near(self, words: Sequence[str], field: str, span: int) -> AbstractSet[int]:
        """No document less than those with all the words within some stretch of `span` words in one passage."""
        if span > _FAR:
            return frozenset.intersection(*(frozenset(self.word(word, field)) for word in words))
        rarest, *others = sorted((self._places(word) for word in dict.fromkeys(words)), key=len)
        places = frozenset(rarest)
        for other in others:
            places &= _around(other.among(_around(places, span)), span)
        return self._documents_at(places, field)

    def value(self, kind: str, value: str) -> AbstractSet[int]:
        """Documents with this value."""
        return _all_of(self._db.execute("SELECT documents FROM listed WHERE kind = ? AND value = ?", (kind, value)))

    def values_starting(self, kind: str, start: str) -> AbstractSet[int]:
        """Documents with a value that begins so."""
        return self.values_between(kind, start, start + _LAST)

    def values_between(self, kind: str, first: str, last: str) -> AbstractSet[int]:
        """Documents with a value from `first` to `last`, both included."""
        question = "SELECT documents FROM listed WHERE kind = ? AND value BETWEEN ? AND ?"
        return _all_of(self._db.execute(question, (kind, first, last)))

    def numbered(self, first: int, last: int) -> AbstractSet[int]:
        """Documents with a PMID from `first` to `last`, both included."""
        return frozenset(number for number, pmid in self._held.order if first <= int(pmid) <= last)

    @property
    def _held(self) -> _Snapshot:
        return self._snapshot or self._loaded(self._fact("generation"))

    def _loaded(self, generation: str) -> _Snapshot:
        """What is held in memory. Documents that another run added since are left out; numbers given anew are not."""
        if self._snapshot is None or self._snapshot.generation != generation:
            self._snapshot = _Snapshot(
                generation,
                self._db.execute("SELECT number, pmid FROM documents ORDER BY rank DESC, pmid DESC").fetchall(),
                [row[0] for row in self._db.execute("SELECT passages FROM segments ORDER BY segment")],
            )
        return self._snapshot

    def _with_word(self, rows: Iterable[tuple[bytes | None, bytes | None]], field: str) -> AbstractSet[int]:
        found: set[int] = set()
        for documents, positions in rows:
            if documents is None:
                found |= self._documents_at(accumulate(_unpacked(positions or b"")), field)
            else:
                entries = _unpacked(documents)
                middle = len(entries) // 2
                in_field = map(and_, entries[middle:], repeat(self._bits[field]))
                found.update(compress(accumulate(entries[:middle]), in_field))
        return found

    def _places(self, word: str) -> _Places:
        return _Places(self._db.execute("SELECT positions FROM words WHERE word = ?", (word,)))

    def _places_starting(self, stem: str) -> _Places:
        return _Places(self._db.execute("SELECT positions FROM words WHERE word BETWEEN ? AND ?", (stem, stem + _LAST)))

    def _documents_at(self, positions: Iterable[int], field: str) -> frozenset[int]:
        held, bit = self._held, self._bits[field]
        at = map(sub, map(bisect_right, repeat(held.starts), positions), repeat(1))
        return frozenset(held.documents[passage] for passage in at if held.fields[passage] & bit)

    # -- the file -------------------------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._connected()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            # Everything in it can be had again.
            self.path.unlink()
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        if not self.path.exists():
            # For its owner's eyes alone, like the library.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        if self._fact("version") != self._version:
            self._start_anew()
        return self._db

    def _start_anew(self) -> None:
        with self._explained(), self._transaction():
            # Another run may just have done it.
            if self._fact("version") == self._version and not self._free()[0]:
                return
            for statement in _SCHEMA:
                self._db.execute(statement)
            self._db.executemany(
                "INSERT INTO facts VALUES (?, ?)",
                [("version", self._version), ("generation", secrets.token_hex(8))],
            )
        self._snapshot = None

    def _fact(self, name: str) -> str:
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone():
            return ""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._explained(), self._transaction():
            if self._fact("version") != self._version:
                raise LibraryError("another version of the program took this index over; search again", path=self.path)
            yield
        self._snapshot = None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk may already have rolled the transaction back.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        # The last four: a list that was damaged.
        except (sqlite3.Error, OSError, zlib.error, ValueError, IndexError, OverflowError) as error:
            raise LibraryError(
                f"the search index cannot be used ({error}); delete this file, the next search makes it anew",
                path=self.path,
            ) from error


def is_for_reading_only(error: LibraryError) -> bool:
    """Whether the index was not used because this user may not write here, which is nobody's fault."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return isinstance(cause, OSError) and cause.errno in (errno.EACCES, errno.EPERM, errno.EROFS)


class _Places:
    """The positions of a word, counted at once and worked out when they are asked for."""

    def __init__(self, rows: Iterable[tuple[bytes]]) -> None:
        blobs = [row[0] for row in rows]
        self._whole = [_numbers(blob[1:]) for blob in blobs if blob[:1] == _WHOLE]
        self._steps = [_unpacked(blob) for blob in blobs if blob[:1] != _WHOLE]

    def __len__(self) -> int:
        return sum(map(len, chain(self._whole, self._steps)))

    def __iter__(self) -> Iterator[int]:
        return chain(chain.from_iterable(self._whole), chain.from_iterable(map(accumulate, self._steps)))

    def among(self, positions: frozenset[int]) -> frozenset[int]:
        """Those of the positions that the word has; of a word like "the" only these are looked for."""
        if len(positions) * _SEEKING > len(self):
            return positions.intersection(self)
        in_whole = (_met(numbers, sorted(positions)) for numbers in self._whole)
        in_steps = (positions.intersection(accumulate(steps)) for steps in self._steps)
        return frozenset().union(*in_whole, *in_steps)


def _met(numbers: array[int], positions: Sequence[int]) -> Iterator[int]:
    """Those of ascending positions that are among ascending numbers."""
    within = positions[bisect_left(positions, numbers[0]) : bisect_right(positions, numbers[-1])]
    return (position for position in within if numbers[bisect_left(numbers, position)] == position)


class _Snapshot:
    """What every question needs: the documents in order, and where each stretch of words begins."""

    def __init__(self, generation: str, order: Sequence[tuple[int, str]], passages: Iterable[bytes]) -> None:
        self.generation = generation
        self.order = order
        self.numbers = frozenset(number for number, _ in order)
        self.starts, self.fields, self.documents = array("I"), array("I"), array("I")
        for entries in map(_unpacked, passages):
            third = len(entries) // 3
            self.starts.extend(accumulate(entries[:third]))
            self.fields.extend(entries[third : 2 * third])
            self.documents.extend(accumulate(entries[2 * third :]))


class _Segment:
    """The lists of one batch while it is being taken in."""

    def __init__(self, bits: Mapping[str, int], number: int, position: int) -> None:
        self._bits = bits
        self.number = number
        self.position = position
        self._starts, self._fields, self._documents = array("I"), array("I"), array("I")
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        #: By word: document, fields, document, fields, ...
        self._words: defaultdict[str, list[int]] = defaultdict(list)
        self._values: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def take(self, document: Document) -> None:
        """Counts the words of a document on from the last position, texts of the same fields in one stretch."""
        texts: defaultdict[int, list[str]] = defaultdict(list)
        for passage, fields in document.passages.items():
            texts[sum(map(self._bits.__getitem__, fields))].append(passage)
        fields_of: defaultdict[str, int] = defaultdict(int)
        for bits, passages in texts.items():
            self._starts.append(self.position)
            self._fields.append(bits)
            self._documents.append(self.number)
            for passage in passages:
                self._count(passage.split())
            for word in {word for passage in passages for word in passage.split()}:
                fields_of[word] |= bits
        for word, bits in fields_of.items():
            self._words[word] += (self.number, bits)
        for value in document.values:
            self._values[value].append(self.number)
        self.number += 1

    def _count(self, words: Sequence[str]) -> None:
        places = self._places
        for position, word in enumerate(words, self.position):
            places[word].append(position)
        # A position that no word has keeps a phrase from running into the next passage.
        self.position += len(words) + 1

    def packed_passages(self) -> bytes:
        return _packed(_steps(self._starts) + self._fields + _steps(self._documents))

    def packed_words(self) -> Iterator[tuple[str, bytes | None, bytes]]:
        """Word, documents and positions, in the order in which the table keeps them."""
        for word in sorted(self._places):
            held = self._words[word]
            is_rare = len(held) < 2 * _FREQUENT
            documents = None if is_rare else _packed(_steps(held[::2]) + array("I", held[1::2]))
            places = self._places[word]
            is_sought_in = len(places) >= _VERY_FREQUENT
            yield word, documents, _WHOLE + array("I", places).tobytes() if is_sought_in else _packed(_steps(places))

    def packed_values(self) -> Iterator[tuple[str, str, bytes]]:
        """Kind, value and documents, in the order in which the table keeps them."""
        for kind, value in sorted(self._values):
            yield kind, value, _packed(_steps(self._values[kind, value]))


def _steps(numbers: Sequence[int]) -> array[int]:
    """From each number to the next, which deflates well."""
    return array("I", map(sub, numbers, chain((0,), numbers)))


def _packed(numbers: array[int]) -> bytes:
    plain = numbers.tobytes()
    return _PLAIN + plain if len(plain) < _SHORT else zlib.compress(plain, 1)


def _unpacked(blob: bytes) -> array[int]:
    return _numbers(blob[1:] if blob[:1] == _PLAIN else zlib.decompress(blob))


def _numbers(plain: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(plain)
    return numbers


def _all_of(rows: Iterable[tuple[bytes]]) -> frozenset[int]:
    return frozenset(chain.from_iterable(accumulate(_unpacked(row[0])) for row in rows))


def _shifted(places: Iterable[int], gap: int) -> frozenset[int]:
    return frozenset(map(add, places, repeat(gap)))


def _around(places: AbstractSet[int], span: int) -> frozenset[int]:
    """The places, and those so near that both fit into a stretch of `span`."""
    return frozenset(chain.from_iterable(_shifted(places, gap) for gap in range(1 - span, span)))
