"""Searching the library in PubMed's own syntax: the index narrows, the query language decides.

The index lies in a file of its own beside the library. What it knows is held against the library whenever it is opened,
so that it may be deleted, restored or left behind at any time and is never wrong, only made up to date.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aggregator import citation as citation_module
from aggregator.citation import Citation
from aggregator.errors import LibraryError
from aggregator.library import Library
from aggregator.library.search_index import Document, SearchIndex, is_for_reading_only
from aggregator.pubmed import language, query_filters, query_index, query_keys, words
from aggregator.pubmed.query_bounds import bounds
from aggregator.study import Study

if TYPE_CHECKING:
    from aggregator.harvest import Progress

#: Records indexed in one transaction.
_AT_ONCE = 2000
#: What decides how a record is cut into words and values: when any of it changes, the index is made anew.
_MAKERS = (citation_module, query_filters, query_index, query_keys, words)

log = logging.getLogger(__name__)

Warn = Callable[[str], None]
T = TypeVar("T")


class LocalSearch:
    """A library that answers PubMed queries, by its index where it has one."""

    def __init__(self, library: Library, index: SearchIndex | None, warn: Warn) -> None:
        self._library = library
        self._index = index
        self._warn = warn

    def pmids(self, query: str, *, today: date, topic: str | None = None) -> Iterator[str]:
        """The PMIDs that a query finds, one by one, the newest publication first; or those of a topic among them.

        The same as evaluating the query on each citation. Raises QuerySyntaxError at once for a query that cannot be
        read or asks what a citation does not hold.
        """
        matches = language.compile_query(query, today=today)
        candidates = self._candidates(language.parse(query), today)
        if topic is not None:
            of_topic = self._library.pmids(topic)
            candidates = ((pmid, is_sure) for pmid, is_sure in candidates if pmid in of_topic)
        return self._decided(candidates, matches)

    def studies(self, pmids: Iterable[str]) -> Iterator[Study]:
        """The studies of PMIDs in their order, read as they are asked for."""
        for some in _growing(pmids):
            yield from self._library.studies(some)

    def _candidates(self, query: language.Node, today: date) -> Iterable[tuple[str, bool]]:
        """PMIDs that may match, the newest first, each with whether it surely does."""
        if self._index is not None:
            try:
                return _indexed(self._index, query, today)
            except LibraryError as error:
                self._warn(_without(error))
        return [(pmid, False) for pmid in self._library.newest_first()]

    def _decided(self, candidates: Iterable[tuple[str, bool]], matches: language.Match) -> Iterator[str]:
        for some in _growing(candidates):
            unsure = self._library.citations(pmid for pmid, is_sure in some if not is_sure)
            yield from (pmid for pmid, is_sure in some if is_sure or matches(unsure[pmid]))


def _indexed(index: SearchIndex, query: language.Node, today: date) -> Iterable[tuple[str, bool]]:
    with index.asking():
        found, order = bounds(query, index, today=today), index.newest_first()
    return ((pmid, number in found.sure) for number, pmid in order if number in found.maybe)


@contextmanager
def searching(library: Library, index_file: Path, *, progress: Progress, warn: Warn) -> Iterator[LocalSearch]:
    """The library ready to be searched, its index up to date; where none can be kept, each citation is read."""
    with ExitStack() as open_files:
        index = None
        try:
            index = open_files.enter_context(
                SearchIndex(index_file, fields=query_index.WORD_FIELDS, version=_version())
            )
            bring_up_to_date(index, library, progress)
            index.load()
        except LibraryError as error:
            if error.path != index_file:
                raise
            # Whoever may only read is told nothing new by it.
            (log.info if is_for_reading_only(error) else warn)(_without(error))
            index = None
        yield LocalSearch(library, index, warn)


def _without(error: LibraryError) -> str:
    return f"{error}; every citation is read instead, which takes longer"


def bring_up_to_date(index: SearchIndex, library: Library, progress: Progress) -> None:
    """Indexes what the library holds and the index does not, or not in this form; each batch is kept as it is done."""
    stamps = library.stamps()
    lacking = index.lacking(stamps)
    for start in range(0, len(lacking), _AT_ONCE):
        some = library.citations(lacking[start : start + _AT_ONCE])
        index.add(_document(citation, stamps[pmid]) for pmid, citation in some.items())
        progress("indexing", min(start + _AT_ONCE, len(lacking)), len(lacking))


def _document(citation: Citation, stamp: bytes) -> Document:
    keys = query_keys.keys_of(citation)
    return Document(
        pmid=citation.pmid,
        rank=citation.published.iso or "",
        stamp=stamp,
        passages=keys.passages,
        values=keys.values,
    )


def _version() -> str:
    """A name for the way in which words are cut, this Python's knowledge of letters included."""
    sources = b"".join(Path(str(maker.__file__)).read_bytes() for maker in _MAKERS)
    return f"{hashlib.sha256(sources).hexdigest()} {sys.version}"


def _growing(items: Iterable[T]) -> Iterator[list[T]]:
    """Pieces of 1, 2, 4, ... up to 200: the first answer waits for nothing, the others do not cost a question each."""
    source, size = iter(items), 1
    while some := list(islice(source, size)):
        yield some
        size = min(2 * size, 200)
