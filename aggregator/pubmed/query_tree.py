"""A search strategy as a small tree of plain values, and the way PubMed writes it out again."""

from __future__ import annotations

import dataclasses
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.pubmed.query_fields import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word or phrase in one field. Two terms are equal when they ask the same, wherever they stand."""

    #: Without quotes, tag, subheading and asterisk; in fields of running words cut into plain words.
    text: str
    field: Field
    is_truncated: bool = False
    #: A broader heading finds its narrower ones; False after :noexp.
    explodes: bool = True
    #: Other words allowed between the words, from [tiab:~N].
    distance: int | None = None
    #: therapy in depression/therapy[mh].
    subheading: str | None = None
    #: An author's name without quotes: further initials may follow.
    is_open: bool = False
    is_tagged: bool = dataclasses.field(default=True, compare=False)
    is_quoted: bool = dataclasses.field(default=False, compare=False)
    #: Characters of the query, from 0; the tag belongs to the term.
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """Days from `first` to `last`, both included."""

    field: Field
    first: date
    last: date
    #: The one publication date that was asked for, 2026, 2026/11 or 2026/11/15: PubMed takes it otherwise than a
    #: range of the same days.
    single: str | None = None
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """As in "last 7 days"[crdt]: counted back from the day the search is run."""

    field: Field
    count: int
    #: day, month or year.
    unit: str
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)

    def since(self, today: date) -> date:
        """The first day that counts when the search is run today; of a shorter month the last."""
        if self.unit == "day":
            return today - timedelta(days=self.count)
        months = self.count * (12 if self.unit == "year" else 1)
        year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
        if year < date.min.year:
            return date.min
        return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))

    def until(self, today: date) -> date:
        """The last day that counts. NLM: of publication dates, those in the future are included in the results."""
        return date.max if self.field.name == "Date - Publication" else today


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """PMIDs from `first` to `last`, both included."""

    field: Field
    first: int
    last: int
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Operands joined by one operator from left to right; `a NOT b NOT c` takes b and c from a."""

    #: AND, OR or NOT.
    operator: str
    operands: tuple[Node, ...]
    #: Stood in parentheses of its own.
    is_grouped: bool = dataclasses.field(default=False, compare=False)
    #: Characters of the query, from 0, with the operation's own parentheses.
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)
    #: Where the operator stands that began this operation.
    operator_at: int = dataclasses.field(default=0, compare=False)


Leaf = Term | DateRange | Recent | NumberRange
Node = Leaf | Operation


def terms(node: Node) -> tuple[Leaf, ...]:
    """Every single term and range of a query in the order of writing, each with its field and position."""
    return tuple(_leaves(node))


def _leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Operation):
        for operand in node.operands:
            yield from _leaves(operand)
    else:
        yield node


def operations(node: Node) -> Iterator[Operation]:
    """Every operation of a query, the outermost first."""
    if isinstance(node, Operation):
        yield node
        for operand in node.operands:
            yield from operations(operand)


def translation(node: Node) -> str:
    """The query written out with every tag and group, as PubMed's QueryTranslation prints tagged terms.

    `parse(translation(node)) == node`.
    """
    match node:
        case Operation():
            return f" {node.operator} ".join(_print_operand(operand) for operand in node.operands)
        case Term():
            return _print_term(node)
        case DateRange():
            return _print_dates(node)
        case Recent():
            return _print_recent(node)
        case NumberRange():
            return _print_numbers(node)


def _print_operand(node: Node) -> str:
    text = translation(node)
    return f"({text})" if isinstance(node, Operation) else text


def _print_term(term: Term) -> str:
    subheading = f"/{term.subheading}" if term.subheading else ""
    truncation = "*" if term.is_truncated else ""
    phrase = f"{term.text}{subheading}{truncation}"
    return f"{phrase}{_tag(term)}" if term.is_open else f'"{phrase}"{_tag(term)}'


def _tag(term: Term) -> str:
    option = "" if term.explodes else ":noexp"
    if term.distance is not None:
        option = f":~{term.distance}"
    return f"[{term.field.name}{option}]"


def _print_dates(dates: DateRange) -> str:
    if dates.single:
        return f"{dates.single}[{dates.field.name}]"
    return f"{dates.first:%Y/%m/%d}:{dates.last:%Y/%m/%d}[{dates.field.name}]"


def _print_recent(recent: Recent) -> str:
    return f'"last {recent.count} {recent.unit}s"[{recent.field.name}]'


def _print_numbers(numbers: NumberRange) -> str:
    return f"{numbers.first}:{numbers.last}[{numbers.field.name}]"
