"""Which records a query finds, as far as an index of their words and values can tell.

A query's answer is hemmed in from both sides: records that it surely finds, and records that it may find. Most terms
are known exactly, so that both are the same; where they differ, `compile_query` decides about each record between them.
The same rules of AND, OR and NOT carry both sides up the tree (for NOT, what surely matches is taken from what may).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Protocol

from aggregator.pubmed import query_filters
from aggregator.pubmed.mesh import headings_below, publication_types_below, subheading, subheadings_below
from aggregator.pubmed.query_fields import Kind
from aggregator.pubmed.query_keys import FILTER, MAJOR, MAJOR_PAIR, MESH_PAIR, SINGLE_DATE, SUBHEADING
from aggregator.pubmed.query_parser import parse
from aggregator.pubmed.query_tree import DateRange, Node, NumberRange, Operation, Recent, Term
from aggregator.pubmed.words import plain

Numbers = AbstractSet[int]


class Postings(Protocol):
    """An index that tells the numbers of records by what `query_keys` told of them."""

    def everything(self) -> Numbers:
        """All records."""

    def word(self, word: str, field: str) -> Numbers:
        """Records with this word in the field."""

    def words_starting(self, stem: str, field: str) -> Numbers:
        """Records with a word in the field that begins so."""

    def phrase(self, words: Sequence[str], field: str, *, is_stem: bool) -> Numbers:
        """Records with these words side by side in one passage of the field; `is_stem`: the last may go on."""

    def near(self, words: Sequence[str], field: str, span: int) -> Numbers:
        """No record less than those with all the words within some stretch of `span` words in one passage."""

    def value(self, kind: str, value: str) -> Numbers:
        """Records with this value."""

    def values_starting(self, kind: str, start: str) -> Numbers:
        """Records with a value that begins so."""

    def values_between(self, kind: str, first: str, last: str) -> Numbers:
        """Records with a value from `first` to `last`, both included."""

    def numbered(self, first: int, last: int) -> Numbers:
        """Records with a PMID from `first` to `last`, both included."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The records that a query finds are among `maybe`, and all of `sure` are among them."""

    sure: Numbers
    maybe: Numbers


_NOTHING: Numbers = frozenset()


def bounds(node: Node, postings: Postings, *, today: date | None = None) -> Bounds:
    """The records that surely and that perhaps match, of a query that `compile_query` accepts."""
    match node:
        case Operation():
            return _combined(node.operator, [bounds(operand, postings, today=today) for operand in node.operands])
        case DateRange():
            return _exactly(_days(postings, SINGLE_DATE if node.single else node.field.name, node.first, node.last))
        case Recent() if today is not None:
            return _exactly(_days(postings, node.field.name, node.since(today), node.until(today)))
        case NumberRange():
            return _exactly(postings.numbered(node.first, node.last))
        case Term():
            return _of_term(node, postings, today)
        case _:
            return _unknown(postings)


def _combined(operator: str, parts: Sequence[Bounds]) -> Bounds:
    join = _JOINS[operator]
    sure = join([part.sure for part in parts], [part.maybe for part in parts])
    if all(part.sure is part.maybe for part in parts):
        return _exactly(sure)
    return Bounds(sure=sure, maybe=join([part.maybe for part in parts], [part.sure for part in parts]))


def _union(sets: Iterable[Numbers]) -> Numbers:
    return frozenset().union(*sets)


def _intersection(sets: Iterable[Numbers]) -> Numbers:
    return reduce(lambda one, other: one & other, sorted(sets, key=len))


#: One side of the bounds from the same side of the parts, and from the other side of what NOT takes away.
_JOINS: Mapping[str, Callable[[Sequence[Numbers], Sequence[Numbers]], Numbers]] = {
    "OR": lambda own, _: _union(own),
    "AND": lambda own, _: _intersection(own),
    "NOT": lambda own, other: own[0] - _union(other[1:]),
}


def _exactly(numbers: Numbers) -> Bounds:
    return Bounds(sure=numbers, maybe=numbers)


def _of_term(term: Term, postings: Postings, today: date | None) -> Bounds:
    match term.field.kind:
        case Kind.WORDS:
            return _of_words(term, postings)
        case Kind.TREE:
            return _of_tree(term, postings)
        case Kind.VALUE:
            return _exactly(_values(postings, term.field.name, plain(term.text), is_stem=term.is_truncated))
        case Kind.NAME:
            return _exactly(_names(term, postings))
        case Kind.NUMBER if term.text.isascii() and term.text.isdigit():
            # A PMID is compared as it is written: 090 is not 90.
            return Bounds(sure=_NOTHING, maybe=postings.numbered(int(term.text), int(term.text)))
        case _:
            return _of_filter(term, postings, today)


def _of_filter(term: Term, postings: Postings, today: date | None) -> Bounds:
    if search := query_filters.search(term.text):
        return bounds(parse(search), postings, today=today)
    fact = query_filters.fact_key(term.text)
    return _exactly(postings.value(FILTER, fact)) if fact else _unknown(postings)


def _unknown(postings: Postings) -> Bounds:
    """Whatever the index knows nothing of: every record is put to the test."""
    return Bounds(sure=_NOTHING, maybe=postings.everything())


def _of_words(term: Term, postings: Postings) -> Bounds:
    field, words = term.field.name, plain(term.text).split()
    if field == "All Fields" and query_filters.flag(term.text):
        return _exactly(postings.value(FILTER, query_filters.fact_key(term.text) or ""))
    if not words:
        return _unknown(postings)
    if term.distance is not None:
        return Bounds(sure=_NOTHING, maybe=postings.near(words, field, len(words) + term.distance))
    if len(words) > 1:
        return _exactly(postings.phrase(words, field, is_stem=term.is_truncated))
    if term.is_truncated:
        return _exactly(postings.words_starting(words[0], field))
    return _exactly(postings.word(words[0], field))


def _of_tree(term: Term, postings: Postings) -> Bounds:
    match term.field.name:
        case "Publication Type":
            return _exactly(_family(term, plain(term.text), postings, term.field.name, publication_types_below))
        case "MeSH Subheading":
            return _exactly(_family(term, subheading(term.text), postings, SUBHEADING, subheadings_below))
    headings = _family(term, plain(term.text), postings, term.field.name, headings_below)
    if not term.subheading:
        return _exactly(headings)
    if term.is_truncated:
        return Bounds(sure=_NOTHING, maybe=headings)
    kind = MAJOR_PAIR if term.field.name == MAJOR else MESH_PAIR
    subheadings = subheadings_below(term.subheading) if term.explodes else {subheading(term.subheading)}
    names = headings_below(term.text) if term.explodes else {plain(term.text)}
    return _exactly(_union(postings.value(kind, f"{name}/{qualifier}") for name in names for qualifier in subheadings))


def _family(term: Term, name: str, postings: Postings, kind: str, below: Callable[[str], AbstractSet[str]]) -> Numbers:
    if term.is_truncated or not term.explodes:
        return _values(postings, kind, name, is_stem=term.is_truncated)
    return _union(postings.value(kind, narrower) for narrower in below(name))


def _values(postings: Postings, kind: str, value: str, *, is_stem: bool) -> Numbers:
    return postings.values_starting(kind, value) if is_stem else postings.value(kind, value)


def _names(term: Term, postings: Postings) -> Numbers:
    kind, wanted = term.field.name, plain(term.text)
    has_initials = " " in wanted
    if term.is_truncated or has_initials:
        return _values(postings, kind, wanted, is_stem=term.is_truncated or term.is_open)
    return postings.value(kind, wanted) | postings.values_starting(kind, f"{wanted} ")


def _days(postings: Postings, kind: str, first: date, last: date) -> Numbers:
    return postings.values_between(kind, first.isoformat(), last.isoformat())
