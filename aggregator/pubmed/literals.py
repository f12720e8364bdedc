"""What every citation that a query finds must have in its text: a few short strings, found without reading a record.

For `ketamin*[tiab] AND (depress*[tiab] OR ...)` that is "ketamin": whoever searches millions of records looks for it
first and reads only those that have it. `aggregator.pubmed.sieve` does the looking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aggregator.pubmed import query_filters
from aggregator.pubmed.language import DateRange, Node, NumberRange, Operation, Recent, Term, parse, terms
from aggregator.pubmed.mesh import headings_below, publication_types_below, subheadings_below
from aggregator.pubmed.query_fields import Kind
from aggregator.pubmed.words import words

#: Words that one citation must have side by side, in small letters without accents; the last may go on.
Literal = tuple[str, ...]

#: A single word of more letters is rare enough, whatever stands beside it.
LONG = 5
#: Shorter words stand in every record.
_SHORTEST = 3
#: Fields that a record's list of authors fills, with names, places and numbers.
_OF_PEOPLE = frozenset({"All Fields", "Affiliation"}) | {
    f"Author{end}" for end in ("", " - Identifier", " - First", " - Last", " - Full", " - Corporate")
}
#: A record writes these values otherwise than people search for them: eng for English.
_CODED = frozenset({"Language"})


def literals(query: str | Node) -> frozenset[Literal] | None:
    """Words of which each citation that the query finds has at least one in its record's text.

    Each is a stretch of a word, ("ketamin",), or whole words side by side, ("ci", "581"). None where nothing of the
    kind follows from the query: then only reading every record tells.
    """
    return _of(parse(query) if isinstance(query, str) else query)


def looks_at_people(queries: Iterable[str]) -> bool:
    """Whether one of the queries may find a citation by what its list of authors says."""
    return any(
        isinstance(leaf, Term) and leaf.field.name in _OF_PEOPLE for query in queries for leaf in terms(parse(query))
    )


def all_literals(queries: Iterable[str | Node]) -> frozenset[Literal] | None:
    """The words of several queries together; None when one of them has none."""
    return _united(map(literals, queries))


def _of(node: Node) -> frozenset[Literal] | None:
    match node:
        case Operation(operator="OR"):
            return _united(map(_of, node.operands))
        case Operation(operator="AND"):
            return min(map(_of, node.operands), key=_cost)
        case Operation():
            return _of(node.operands[0])
        case Term():
            return _of_term(node)
        case DateRange() | Recent() | NumberRange():
            return None


def _united(found: Iterable[frozenset[Literal] | None]) -> frozenset[Literal] | None:
    together: set[Literal] = set()
    for one in found:
        if one is None:
            return None
        together |= one
    return frozenset(together)


def _cost(found: frozenset[Literal] | None) -> float:
    """How many records have one of the words, as far as their lengths tell: of two operands the dearer one is left."""
    return float("inf") if found is None else sum(map(_frequency, found))


def _frequency(literal: Literal) -> float:
    return 8.0 ** -min(sum(map(len, literal)), 7)


def _of_term(term: Term) -> frozenset[Literal] | None:
    if term.field.kind is Kind.FILTER:
        search = query_filters.search(term.text)
        return literals(search) if search else None
    if term.field.kind in (Kind.NUMBER, Kind.ABSENT) or term.field.name in _CODED:
        return None
    if term.field.name == "All Fields" and query_filters.flag(term.text):
        return None
    # All Fields also has what no record writes side by side or in digits: names with initials, dates, whole pages.
    is_text = term.field.kind is Kind.WORDS and term.distance is None and term.field.name != "All Fields"
    return _united(_literal(value, is_text=is_text, is_truncated=term.is_truncated) for value in _spellings(term))


def _spellings(term: Term) -> Iterable[str]:
    """What a record has written where the term finds it: the term, or a narrower value of its tree."""
    if term.field.kind is not Kind.TREE or not term.explodes or term.is_truncated:
        return (term.text,)
    if term.field.name == "Publication Type":
        return publication_types_below(term.text)
    if term.field.name == "MeSH Subheading":
        return subheadings_below(term.text)
    return headings_below(term.text)


def _literal(text: str, *, is_text: bool, is_truncated: bool) -> frozenset[Literal] | None:
    """A long word, or else, of text, the whole phrase."""
    found = words(text)
    longest = max((word for word in found if re.fullmatch("[a-z]+", word)), key=len, default="")
    if len(longest) >= LONG:
        return frozenset({(longest,)})
    if not is_text or is_truncated or not all(re.fullmatch("[a-z0-9]+", word) for word in found):
        return None
    return frozenset({tuple(found)}) if max(map(len, found), default=0) >= _SHORTEST else None
