"""PubMed's query language: reads a search, tells which citations it finds, and writes it out again.

`compile_query(query)` gives a test for many citations, `matches(query, citation)` for one. It follows PubMed, with
these differences, all on the side of plain reading: untagged words are searched in All Fields and not mapped to MeSH;
a phrase is found wherever its words stand side by side; MeSH explodes as far as `aggregator.pubmed.mesh` knows it.
`remarks(query)` lists where that makes a difference to a query; what no record can answer is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from aggregator.citation import Citation
from aggregator.errors import QuerySyntaxError
from aggregator.pubmed import query_filters, query_words
from aggregator.pubmed.mesh import headings_below, publication_types_below, subheading, subheadings_below
from aggregator.pubmed.query_fields import Kind
from aggregator.pubmed.query_index import Index
from aggregator.pubmed.query_parser import Problem, Reading, parse, read
from aggregator.pubmed.query_remarks import Remark, remarks
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
    "Remark",
    "Term",
    "compile_query",
    "index",
    "matches",
    "operations",
    "parse",
    "read",
    "remarks",
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
    is_text = isinstance(query, str)
    written = query if isinstance(query, str) else translation(query)
    node = parse(query) if isinstance(query, str) else query
    test = _Compiler(written, today, is_own=is_text).test(node)

    def match(citation: Citation | Index) -> bool:
        return test(citation if isinstance(citation, Index) else Index(citation))

    return match


class _Compiler:
    """Turns a tree into one function; what cannot be tested is refused here, before any citation is."""

    def __init__(self, written: str, today: date | None, *, is_own: bool) -> None:
        self._written = written
        #: The tree was read from this very text, so that its positions are those of the text.
        self._is_own = is_own
        self._today = today

    def test(self, node: Node) -> _Test:
        match node:
            case Operation(operator="OR"):
                return self._any(node.operands)
            case Operation():
                return _combine(node.operator, tuple(self.test(operand) for operand in node.operands))
            case Term():
                return self._term(node)
            case DateRange():
                return _between(node)
            case Recent():
                return self._recent(node)
            case NumberRange():
                return lambda index: node.first <= int(index.citation.pmid) <= node.last

    def _any(self, operands: Sequence[Node]) -> _Test:
        """Alternatives; those of running words in one field are looked up together, and first."""
        together: dict[str, list[Term]] = {}
        others: list[Node] = []
        for operand in operands:
            if isinstance(operand, Term) and _is_plain(operand):
                together.setdefault(operand.field.name, []).append(operand)
            else:
                others.append(operand)
        tests = (*map(query_words.finds_any, together.values()), *map(self.test, others))
        return tests[0] if len(tests) == 1 else lambda index: any(test(index) for test in tests)

    def _refuse(self, message: str, leaf: Leaf) -> QuerySyntaxError:
        position = leaf.start if self._is_own else max(self._written.find(translation(leaf)), 0)
        return QuerySyntaxError(message, query=self._written, position=position)

    def _recent(self, recent: Recent) -> _Test:
        if self._today is None:
            raise self._refuse(f"'last {recent.count} {recent.unit}s' needs to know today's date; give a range", recent)
        first, last = recent.since(self._today), recent.until(self._today)
        return _between(DateRange(field=recent.field, first=first, last=last))

    def _term(self, term: Term) -> _Test:
        match term.field.kind:
            case Kind.WORDS:
                return self._words(term)
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

    def _words(self, term: Term) -> _Test:
        if term.field.name == "All Fields":
            if flag := query_filters.flag(term.text):
                return lambda index: flag(index.citation)
            if query_filters.is_known_to_pubmed_only(term.text):
                raise self._refuse(f"'{term.text}' can be asked of PubMed only: records do not state it", term)
        return query_words.finds(term)

    def _filter(self, term: Term) -> _Test:
        if search := query_filters.search(term.text):
            return self.test(parse(search))
        if fact := query_filters.fact(term.text):
            return lambda index: fact(index.citation)
        raise self._refuse(f"the filter '{term.text}' can be asked of PubMed only: it is not known here", term)


def _is_plain(term: Term) -> bool:
    """A word, phrase or stem of a field of running words; in All Fields a word may be a flag."""
    return term.field.kind is Kind.WORDS and term.distance is None and term.field.name != "All Fields"


def _combine(operator: str, tests: tuple[_Test, ...]) -> _Test:
    if operator == "AND":
        return lambda index: all(test(index) for test in tests)
    kept, removed = tests[0], tests[1:]
    return lambda index: kept(index) and not any(test(index) for test in removed)


def _tree(term: Term) -> _Test:
    if term.field.name == "Publication Type":
        wanted = _family(term, plain(term.text), publication_types_below)
        return lambda index: any(map(wanted, index.values("Publication Type")))
    if term.field.name == "MeSH Subheading":
        wanted = _family(term, subheading(term.text), subheadings_below)
        return lambda index: any(
            wanted(qualifier) for _, _, qualifiers in index.headings() for qualifier, _ in qualifiers
        )
    heading = _family(term, plain(term.text), headings_below)
    major_only = term.field.name == "MeSH Major Topic"
    if term.subheading:
        return _with_subheading(heading, term.subheading, explodes=term.explodes, major_only=major_only)
    return lambda index: any(
        heading(descriptor) and (is_major or not major_only) for descriptor, is_major, _ in index.headings()
    )


def _with_subheading(heading: Callable[[str], bool], name: str, *, explodes: bool, major_only: bool) -> _Test:
    wanted = subheadings_below(name) if explodes else frozenset({subheading(name)})
    return lambda index: any(
        heading(descriptor) and any(name in wanted and (major or not major_only) for name, major in qualifiers)
        for descriptor, _, qualifiers in index.headings()
    )


def _family(term: Term, name: str, below: Callable[[str], frozenset[str]]) -> Callable[[str], bool]:
    """Whether a value is the term's, or below it. PubMed does not explode a truncated term."""
    if term.is_truncated:
        return lambda value: value.startswith(name)
    return below(name).__contains__ if term.explodes else name.__eq__


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


def _between(wanted: DateRange) -> _Test:
    name, first, last = wanted.field.name, wanted.first, wanted.last
    if wanted.single:
        return lambda index: any(first <= day <= last for day in index.single_dates())
    return lambda index: any(first <= day <= last for day in index.dates(name))
