"""What is wrong with a query, or looks so: each finding with its place and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from aggregator.errors import QuerySyntaxError
from aggregator.pubmed.language import compile_query
from aggregator.pubmed.query_fields import Kind
from aggregator.pubmed.query_parser import read
from aggregator.pubmed.query_remarks import remarks
from aggregator.pubmed.query_tree import (
    DateRange,
    Leaf,
    Node,
    NumberRange,
    Operation,
    Term,
    operations,
    terms,
    translation,
)
from aggregator.pubmed.spellings import twin_phrase
from aggregator.pubmed.words import STOP_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to mend or to look at; `position` counts characters of the query from 0."""

    message: str
    position: int
    #: The query cannot be used, or asks something else than it says.
    is_error: bool = False


def findings(query: str, answered: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Everything that can be said of a query without asking PubMed, in the order of writing.

    `answered` are the warnings of PubMed to earlier searches, as the library keeps them ("phrase not found: ...").
    """
    try:
        reading = read(query)
    except QuerySyntaxError as error:
        return (_from_error(error, is_error=True),)
    node, leaves = reading.node, terms(reading.node)
    found = [Finding(message=note.message, position=note.position, is_error=True) for note in reading.problems]
    if not reading.problems:
        # With a tag or an operator misread, what follows from it would be named as a second fault.
        found += _refused(query)
        found += _mixed(node)
        found += (Finding(message=remark.message, position=remark.start) for remark in remarks(reading))
    for rule in _RULES:
        found += rule(node, leaves)
    found += _not_found(leaves, answered)
    return tuple(sorted(found, key=lambda finding: finding.position))


def _from_error(error: QuerySyntaxError, *, is_error: bool) -> Finding:
    message = str(error).removesuffix(f" (at character {error.position + 1})")
    return Finding(message=message, position=error.position, is_error=is_error)


def _refused(query: str) -> Iterator[Finding]:
    """What PubMed can answer and this library cannot: the query would work online and not on an import."""
    try:
        compile_query(query, today=date(2000, 1, 1))
    except QuerySyntaxError as error:
        yield _from_error(error, is_error=False)


def _mixed(node: Node) -> Iterator[Finding]:
    """An operation right inside another of a different operator: PubMed folds it from left to right."""
    for outer in operations(node):
        inner = outer.operands[0]
        if isinstance(inner, Operation) and not inner.is_grouped:
            message = (
                f"{inner.operator} and {outer.operator} stand side by side; PubMed has no precedence and reads "
                f"from left to right, so put parentheses around what belongs together"
            )
            yield Finding(message=message, position=outer.operator_at, is_error=True)


def _repeated(node: Node, _: Sequence[Leaf]) -> Iterator[Finding]:
    """The same term twice under one operator; the same term in two groups may well be meant."""
    for operation in operations(node):
        seen: set[Node] = set()
        for operand in operation.operands:
            if not isinstance(operand, Operation) and operand in seen:
                message = f"{translation(operand)} stands here for the second time; take one out"
                yield Finding(message=message, position=operand.start)
            seen.add(operand)


def _covered(node: Node, _: Sequence[Leaf]) -> Iterator[Finding]:
    """In a group of alternatives, a term that another one finds as well: ketamine beside ketamin*."""
    for group in _alternatives(node):
        broad = [leaf for leaf in group if leaf.is_truncated]
        for leaf in group:
            cover = next((other for other in broad if other != leaf and _covers(other, leaf)), None)
            if cover:
                message = f"{translation(leaf)} is found by {translation(cover)} already; take it out"
                yield Finding(message=message, position=leaf.start)


def _alternatives(node: Node) -> Iterator[list[Term]]:
    """The terms of each OR, with those of the ORs right inside it."""
    if not isinstance(node, Operation):
        return
    joined = list(_flat(node))
    if node.operator == "OR":
        yield [leaf for leaf in joined if isinstance(leaf, Term)]
    for operand in joined:
        yield from _alternatives(operand)


def _flat(node: Operation) -> Iterator[Node]:
    """The operands of an operation; those of an OR inside an OR in place of it."""
    for operand in node.operands:
        if isinstance(operand, Operation) and operand.operator == node.operator == "OR":
            yield from _flat(operand)
        else:
            yield operand


#: The fields that hold every word of a field.
_WIDER = {
    "Title": {"Title", "Title/Abstract", "Text Word", "All Fields"},
    "Abstract": {"Abstract", "Title/Abstract", "Text Word", "All Fields"},
    "Other Term": {"Other Term", "Title/Abstract", "Text Word", "All Fields"},
    "Title/Abstract": {"Title/Abstract", "Text Word", "All Fields"},
    "Text Word": {"Text Word", "All Fields"},
}


def _covers(broad: Term, narrow: Term) -> bool:
    """Whether every record that the second finds is found by the first."""
    if broad.distance is not None or narrow.distance is not None:
        return broad == narrow
    if broad.field.name not in _WIDER.get(narrow.field.name, {narrow.field.name}):
        return False
    if broad.is_truncated:
        return narrow.text.casefold().startswith(broad.text.casefold()) and narrow.subheading == broad.subheading
    return broad.text.casefold() == narrow.text.casefold() and not narrow.is_truncated and broad.explodes


def _hopeless(node: Node, leaves: Sequence[Leaf]) -> Iterator[Finding]:
    """What can match nothing."""
    for leaf in leaves:
        if isinstance(leaf, Term) and _is_empty(leaf):
            message = f"'{leaf.text}' is made of words that PubMed does not search alone; add the words that matter"
            yield Finding(message=message, position=leaf.start)
        if isinstance(leaf, DateRange) and leaf.first.year >= _OPEN_END:
            yield Finding(message="no record has such a date; write the year in which it begins", position=leaf.start)
    for operation in operations(node):
        yield from _impossible(operation)


#: The year that stands for "and later".
_OPEN_END = 3000


def _is_empty(term: Term) -> bool:
    is_words = term.field.kind is Kind.WORDS and term.distance is None and not term.is_truncated
    return is_words and STOP_WORDS.issuperset(term.text.split())


def _impossible(operation: Operation) -> Iterator[Finding]:
    if operation.operator == "NOT":
        kept, *removed = operation.operands
        for leaf in removed:
            if leaf == kept or (isinstance(leaf, Term) and isinstance(kept, Term) and _covers(leaf, kept)):
                message = "this takes away everything that stands before NOT; narrow it, or take it out"
                yield Finding(message=message, position=leaf.start)
    if operation.operator == "AND":
        ranges = [leaf for leaf in operation.operands if isinstance(leaf, DateRange | NumberRange)]
        for one, other in combinations(ranges, 2):
            # A record may have two publication dates, one in each range.
            if one.field == other.field and one.field.name != "Date - Publication" and _are_apart(one, other):
                message = f"no record lies in both {translation(one)} and {translation(other)}; join them by OR"
                yield Finding(message=message, position=other.start)


def _are_apart(one: DateRange | NumberRange, other: DateRange | NumberRange) -> bool:
    return one.last < other.first or other.last < one.first  # type: ignore[operator]


def _loose_operators(_: Node, leaves: Sequence[Leaf]) -> Iterator[Finding]:
    """`depression or anxiety[tiab]` without quotes is searched as one phrase."""
    for leaf in leaves:
        if isinstance(leaf, Term) and (found := re.search(r" (and|or|not) ", leaf.text)) and not leaf.is_quoted:
            message = (
                f"'{leaf.text}' is one phrase, in which '{found[1]}' is no operator; put it in quotes if you mean "
                f"that, else write {found[1].upper()} and tag each word"
            )
            yield Finding(message=message, position=leaf.start)


def _lone_spellings(_: Node, leaves: Sequence[Leaf]) -> Iterator[Finding]:
    """British without American, or the other way round; a truncation that covers both is enough."""
    searched = [leaf for leaf in leaves if isinstance(leaf, Term) and leaf.field.kind is Kind.WORDS]
    for leaf in searched:
        other = twin_phrase(leaf.text)
        if other and not any(_finds(term, other, leaf) for term in searched):
            star = "*" if leaf.is_truncated else ""
            message = f"'{leaf.text}{star}' has another spelling; add \"{other}{star}\"{_tag(leaf)} by OR"
            yield Finding(message=message, position=leaf.start)


def _finds(term: Term, text: str, like: Term) -> bool:
    """Whether a term of the query finds this text, truncated as another term is."""
    if term.field.name not in _WIDER.get(like.field.name, {like.field.name}):
        return False
    if term.is_truncated:
        return text.startswith(term.text)
    return term.text == text and not like.is_truncated


def _tag(term: Term) -> str:
    return translation(term).rpartition('"')[2]


def _not_found(leaves: Sequence[Leaf], answered: Iterable[str]) -> Iterator[Finding]:
    """Terms of which PubMed has said that it does not have them."""
    for warning in dict.fromkeys(answered):
        kind, _, written = warning.partition("not found: ")
        missing = _as_term(written) if kind in {"", "phrase "} else None
        for leaf in leaves:
            if missing and isinstance(leaf, Term) and _is_same(missing, leaf):
                yield Finding(message=_advice(leaf), position=leaf.start)


def _as_term(written: str) -> Term | None:
    """A term as PubMed names it in a warning: "a b"[tiab], or a b alone."""
    phrase = written if re.search(r'["\[]', written) else f'"{written}"'
    try:
        node = read(phrase).node
    except QuerySyntaxError:
        return None
    return node if isinstance(node, Term) else None


def _is_same(missing: Term, leaf: Term) -> bool:
    is_same_field = missing.field == leaf.field or not missing.is_tagged
    return is_same_field and missing.text.casefold() == leaf.text.casefold()


def _advice(leaf: Term) -> str:
    said = f"PubMed has answered that it does not have {translation(leaf)}"
    if leaf.field.name in {"Title", "Title/Abstract"} and " " in leaf.text and not leaf.is_truncated:
        return f'{said}, and searched its words instead; write "{leaf.text}"[{leaf.field.name}:~0]'
    return f"{said}; make sure of its spelling or take it out"


_RULES: tuple[Callable[[Node, Sequence[Leaf]], Iterator[Finding]], ...] = (
    _repeated,
    _covered,
    _hopeless,
    _loose_operators,
    _lone_spellings,
)
