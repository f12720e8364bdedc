"""PubMed's query language: reads a search, tells which citations it finds, and writes it out again.

`compile_query(query)` gives a test for many citations, `matches(query, citation)` for one. It follows PubMed, with
these differences, all on the side of plain reading: untagged words are searched in All Fields and not mapped to MeSH;
a phrase is found wherever its words stand side by side; MeSH explodes as far as `aggregator.pubmed.mesh` knows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from aggregator.citation import Citation
from aggregator.errors import QuerySyntaxError
from aggregator.pubmed import query_filters
from aggregator.pubmed.mesh import headings_below, publication_types_below, subheadings_below
from aggregator.pubmed.query_fields import Field, Kind
from aggregator.pubmed.query_index import Index
from aggregator.pubmed.query_parser import Problem, Reading, parse, read
from aggregator.pubmed.query_tree import (
    DateRange,
    Leaf,
    Node,
    NumberRange,
    Operation,
    Recent,
    Term,
    operations,
    terms,
    translation,
)
from aggregator.pubmed.words import plain

__all__ = [
    "DateRange",
    "Index",
    "Leaf",
    "Node",
    "NumberRange",
    "Operation",
    "Problem",
    "Reading",
    "Recent",
    "Term",
    "compile_query",
    "index",
    "matches",
    "operations",
    "parse",
    "read",
    "terms",
    "translation",
]

Match = Callable[[Citation | Index], bool]
_Test = Callable[[Index], bool]


def index(citation: Citation) -> Index:
    """A citation laid out for searching; build it once when many queries are put to it."""
    return Index(citation)


def matches(query: str | Node, citation: Citation | Index, *, today: date | None = None) -> bool:
    """Whether PubMed would find this citation with this query.

    `today` is the day from which "last 7 days" counts. Raises QuerySyntaxError for a query that cannot be read,
    or that asks what a citation does not hold.
    """
    return compile_query(query, today=today)(citation)


def compile_query(query: str | Node, *, today: date | None = None) -> Match:
    """The query as a function that tells of any citation, or its Index, whether the query finds it."""
    written = query if isinstance(query, str) else translation(query)
    node = parse(query) if isinstance(query, str) else query
    test = _Compiler(written, today).test(node)

    def match(citation: Citation | Index) -> bool:
        return test(citation if isinstance(citation, Index) else Index(citation))

    return match


class _Compiler:
    """Turns a tree into one function; what cannot be tested is refused here, before any citation is."""

    def __init__(self, written: str, today: date | None) -> None:
        self._written = written
        self._today = today

    def test(self, node: Node) -> _Test:
        match node:
            case Operation():
                return _combine(node.operator, tuple(self.test(operand) for operand in node.operands))
            case Term():
                return self._term(node)
            case DateRange():
                return _between(node.field, node.first, node.last)
            case Recent():
                return self._recent(node)
            case NumberRange():
                return lambda index: node.first <= int(index.citation.pmid) <= node.last

    def _refuse(self, message: str, leaf: Leaf) -> QuerySyntaxError:
        return QuerySyntaxError(message, query=self._written, position=leaf.start)

    def _recent(self, recent: Recent) -> _Test:
        if self._today is None:
            raise self._refuse(f"'last {recent.count} {recent.unit}s' needs to know today's date; give a range", recent)
        return _between(recent.field, recent.since(self._today), self._today)

    def _term(self, term: Term) -> _Test:
        match term.field.kind:
            case Kind.WORDS:
                return _words(term)
            case Kind.TREE:
                return _tree(term)
            case Kind.VALUE:
                return _value(term)
            case Kind.NAME:
                return _name(term)
            case Kind.NUMBER:
                return lambda index: index.citation.pmid == term.text
            case Kind.FILTER:
                return self._filter(term)
            case _:
                raise self._refuse(f"[{term.field.name}] can be asked of PubMed only: it is not kept here", term)

    def _filter(self, term: Term) -> _Test:
        if search := query_filters.search(term.text):
            return self.test(parse(search))
        if fact := query_filters.fact(term.text):
            return lambda index: fact(index.citation)
        raise self._refuse(f"the filter '{term.text}' can be asked of PubMed only: it is not known here", term)


def _combine(operator: str, tests: tuple[_Test, ...]) -> _Test:
    if operator == "OR":
        return lambda index: any(test(index) for test in tests)
    if operator == "AND":
        return lambda index: all(test(index) for test in tests)
    kept, removed = tests[0], tests[1:]
    return lambda index: kept(index) and not any(test(index) for test in removed)


def _words(term: Term) -> _Test:
    name = term.field.name
    if flag := query_filters.flag(term.text) if name == "All Fields" else None:
        return lambda index: flag(index.citation)
    phrase = plain(term.text)
    if term.distance is not None:
        return _near(name, phrase.split(), term.distance)
    if term.is_truncated:
        stem = f" {phrase}"
        return lambda index: stem in index.text(name)
    if " " not in phrase:
        return lambda index: phrase in index.vocabulary(name)
    whole = f" {phrase} "
    return lambda index: whole in index.text(name)


def _near(field: str, wanted: list[str], distance: int) -> _Test:
    """All the words in any order, with at most `distance` others between them, within one passage."""
    span = len(wanted) + distance

    def test(index: Index) -> bool:
        if not index.vocabulary(field).issuperset(wanted):
            return False
        passages = (passage.split() for passage in index.text(field).split("\n"))
        return any(_within(passage, wanted, span) for passage in passages)

    return test


def _within(passage: list[str], wanted: list[str], span: int) -> bool:
    """Whether some stretch of `span` words holds every wanted word, a word wanted twice twice."""
    starts = (at for at, word in enumerate(passage) if word in wanted)
    needed = {word: wanted.count(word) for word in wanted}
    return any(
        all(stretch.count(word) >= count for word, count in needed.items())
        for stretch in (passage[at : at + span] for at in starts)
    )


def _tree(term: Term) -> _Test:
    if term.field.name == "Publication Type":
        return _among("Publication Type", term, publication_types_below)
    if term.field.name == "MeSH Subheading":
        wanted = _family(term, subheadings_below)
        return lambda index: any(
            wanted(qualifier) for _, _, qualifiers in index.headings() for qualifier, _ in qualifiers
        )
    heading = _family(term, headings_below)
    major_only = term.field.name == "MeSH Major Topic"
    if term.subheading:
        return _with_subheading(heading, subheadings_below(term.subheading), term, major_only=major_only)
    return lambda index: any(
        heading(descriptor) and (is_major or not major_only) for descriptor, is_major, _ in index.headings()
    )


def _with_subheading(
    heading: Callable[[str], bool], subheadings: frozenset[str], term: Term, *, major_only: bool
) -> _Test:
    wanted = subheadings if term.explodes else frozenset({plain(term.subheading or "")})
    return lambda index: any(
        heading(descriptor) and any(name in wanted and (major or not major_only) for name, major in qualifiers)
        for descriptor, _, qualifiers in index.headings()
    )


def _family(term: Term, below: Callable[[str], frozenset[str]]) -> Callable[[str], bool]:
    """Whether a value is the term's, or below it. PubMed does not explode a truncated term."""
    name = plain(term.text)
    if term.is_truncated:
        return lambda value: value.startswith(name)
    if not term.explodes:
        return lambda value: value == name
    return below(term.text).__contains__


def _among(field: str, term: Term, below: Callable[[str], frozenset[str]]) -> _Test:
    wanted = _family(term, below)
    return lambda index: any(wanted(value) for value in index.values(field))


def _value(term: Term) -> _Test:
    name, wanted = term.field.name, plain(term.text)
    if term.is_truncated:
        return lambda index: any(value.startswith(wanted) for value in index.values(name))
    return lambda index: wanted in index.values(name)


def _name(term: Term) -> _Test:
    """An author: `zarate` and `zarate c` find Zarate CA, `"zarate c"` in quotes only Zarate C."""
    name, wanted = term.field.name, plain(term.text)
    has_initials = " " in wanted
    if term.is_truncated or (term.is_open and has_initials):
        return lambda index: any(value.startswith(wanted) for value in index.values(name))
    if has_initials:
        return lambda index: wanted in index.values(name)
    surname = f"{wanted} "
    return lambda index: any(value == wanted or value.startswith(surname) for value in index.values(name))


def _between(field: Field, first: date, last: date) -> _Test:
    return lambda index: any(first <= day <= last for day in index.dates(field.name))
