"""What a search index must know of a citation so that any query can be answered from it, or nearly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aggregator.citation import Citation
from aggregator.pubmed import query_filters
from aggregator.pubmed.query_index import DATE_FIELDS, VALUE_FIELDS, WORD_FIELDS, Index

#: Kinds of values beside those that bear a field's name.
FILTER = "Filter"
#: The days that a search for one publication date finds; a range finds more.
SINGLE_DATE = "Date - Publication, single"
MESH, MAJOR, SUBHEADING = "MeSH Terms", "MeSH Major Topic", "MeSH Subheading"
#: Headings with a subheading, joined by a slash, which no plain word holds.
MESH_PAIR, MAJOR_PAIR = "MeSH Terms/", "MeSH Major Topic/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The words and values of one citation, as queries name them."""

    #: Each different running text as plain words, with the fields that it stands in.
    passages: Mapping[str, frozenset[str]]
    #: (kind, value), each once; days are written 2026-11-22.
    values: frozenset[tuple[str, str]]


def keys_of(citation: Citation) -> Keys:
    """Everything that a query can ask of a citation."""
    index = Index(citation)
    return Keys(passages=_passages(index), values=frozenset(_values(index)))


def _passages(index: Index) -> dict[str, frozenset[str]]:
    fields: dict[str, set[str]] = {}
    for field in WORD_FIELDS:
        for passage in index.passages(field):
            fields.setdefault(index.plain(passage), set()).add(field)
    return {passage: frozenset(names) for passage, names in fields.items()}


def _values(index: Index) -> Iterator[tuple[str, str]]:
    for field in VALUE_FIELDS:
        yield from ((field, value) for value in index.values(field))
    for field in DATE_FIELDS:
        yield from ((field, day.isoformat()) for day in index.dates(field))
    yield from ((SINGLE_DATE, day.isoformat()) for day in index.single_dates())
    yield from ((FILTER, name) for name in query_filters.facts_of(index.citation))
    for descriptor, is_major, qualifiers in index.headings():
        yield MESH, descriptor
        if is_major:
            yield MAJOR, descriptor
        for qualifier, is_major_pair in qualifiers:
            yield SUBHEADING, qualifier
            yield MESH_PAIR, f"{descriptor}/{qualifier}"
            if is_major_pair:
                yield MAJOR_PAIR, f"{descriptor}/{qualifier}"
