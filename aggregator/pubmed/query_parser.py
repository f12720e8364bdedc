"""Reads a search as it is typed into PubMed's box: operators from left to right, phrases, tags, ranges.

Source: PubMed User Guide, https://pubmed.ncbi.nlm.nih.gov/help/.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from aggregator.errors import QuerySyntaxError
from aggregator.pubmed.query_fields import ALL_FIELDS, EXPLODING, NEARNESS, UID, Field, Kind, field_of, nearest_tag
from aggregator.pubmed.query_tree import DateRange, Leaf, Node, NumberRange, Operation, Recent, Term
from aggregator.pubmed.words import STOP_WORDS, plain, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKENS = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<quoted>"[^"]*")
    | (?P<tag>\[[^\[\]]*\])
    | (?P<colon>:)
    | (?P<operator>[&|] | (?:AND|OR|NOT)(?![^\s()\[\]":&|]))
    | (?P<word>[^\s()\[\]":&|]+)
    """,
    re.VERBOSE,
)
_SIGNS = {"&": "AND", "|": "OR"}
#: What a word processor makes of ".
_CURLY = {ord(sign): '"' for sign in "\u201c\u201d\u201e\u00ab\u00bb"}
_LOWER_CASE = {"and": "AND", "or": "OR", "not": "NOT"}
_RELATIVE = re.compile(r"last\s+(?:(\d{1,4})\s+)?(day|month|year)s?", re.IGNORECASE)
#: The date fields in which PubMed counts back from today, and the one in which a single date is no range.
_RELATIVE_FIELDS = frozenset({"Date - Publication", "Date - Entry", "Date - Create"})
_PUBLICATION = "Date - Publication"
#: PubMed's search details name a journal so: "Invented Med"[Journal:__jid9900001].
_JOURNAL_ID = "__jid"
_PMID = re.compile(r"[1-9]\d{0,7}")
_DATE = re.compile(r"(\d{4})(?:[/-](\d{1,2})(?:[/-](\d{1,2}))?)?")
#: PubMed: "at least four characters must be provided in the truncated term".
_SHORTEST_STEM = 4
#: Deeper nesting than any strategy has; keeps a hostile query from exhausting the stack.
_DEEPEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a query that PubMed lets pass but searches otherwise than it reads."""

    message: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A query as PubMed would take it, with everything that it would take otherwise than written."""

    node: Node
    problems: tuple[Problem, ...]
    #: Stop words that PubMed leaves out of words without a tag, as its User Guide says: nothing to mend.
    left_out: tuple[Term, ...] = ()


def parse(query: str) -> Node:
    """The tree of a query.

    Raises QuerySyntaxError, with the position, for whatever cannot be read, and also for what PubMed lets pass
    but searches otherwise than written: an unknown tag, an operator in small letters, a truncation too short.
    """
    reading = read(query)
    if reading.problems:
        first = min(reading.problems, key=lambda problem: problem.position)
        raise QuerySyntaxError(first.message, query=query, position=first.position)
    return reading.node


def read(query: str) -> Reading:
    """The query as PubMed takes it: unknown tags search All Fields, small-letter operators are left out.

    Raises QuerySyntaxError for what cannot be read at all.
    """
    parser = _Parser(query)
    node = parser.query()
    return Reading(node=node, problems=tuple(parser.problems), left_out=tuple(parser.left_out))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(query: str) -> Iterator[_Token]:
    at = 0
    while at < len(query):
        found = _TOKENS.match(query, at)
        if not found:
            raise QuerySyntaxError(_UNREADABLE[query[at]], query=query, position=at)
        if found.lastgroup != "space":
            yield _Token(found.lastgroup or "", found[0], at, found.end())
        at = found.end()
    yield _Token("end", "", len(query), len(query))


_UNREADABLE = {
    '"': 'this quotation mark is never closed; put a second " after the phrase',
    "[": "this field tag is never closed; write it as [tiab]",
    "]": "this ] closes no field tag; write the tag as [tiab]",
}


class _Parser:
    """One query being read; `problems` fills up on the way."""

    def __init__(self, query: str) -> None:
        self.written = query.translate(_CURLY)
        self.problems: list[Problem] = []
        self.left_out: list[Term] = []
        self._tokens = list(_tokens(self.written))
        self._at = 0
        self._depth = 0
        self._changes = 0
        curly = next((at for at, sign in enumerate(query) if ord(sign) in _CURLY), None)
        if curly is not None:
            self._problem('this quotation mark is a curly one; write "', curly)

    def query(self) -> Node:
        if self._here.kind == "end":
            raise self._error("the query is empty; write at least one word", self._here)
        node = self._expression()
        if self._here.kind == "close":
            raise self._error("this ) closes nothing; take it out or open a ( before it", self._here)
        return node

    @property
    def _here(self) -> _Token:
        return self._tokens[self._at]

    @property
    def _next(self) -> _Token:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def _take(self) -> _Token:
        token = self._here
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _error(self, message: str, token: _Token) -> QuerySyntaxError:
        return QuerySyntaxError(message, query=self.written, position=token.start)

    def _problem(self, message: str, position: int) -> None:
        self.problems.append(Problem(message=message, position=position))

    def _expression(self) -> Node:
        """Operands folded strictly from left to right: `a OR b AND c` is `(a OR b) AND c`."""
        begin = self._here.start
        folded = self._operand()
        while self._here.kind not in {"end", "close"}:
            operator, operator_at = self._operator()
            operand = self._operand()
            # An operand's own parentheses belong to the operation, though a single term in them does not know of them.
            span = (begin, self._tokens[self._at - 1].end)
            joined = _join(folded, operator, operand, operator_at, span)
            self._changes += len(joined.operands) == 2 and isinstance(folded, Operation) and not folded.is_grouped
            if self._changes > _DEEPEST:
                raise self._error("too many changes of operator; group the query with parentheses", self._here)
            folded = joined
        return folded

    def _operator(self) -> tuple[str, int]:
        token = self._here
        if token.kind == "operator":
            self._take()
            return _SIGNS.get(token.text, token.text), token.start
        return "AND", token.start

    def _operand(self) -> Node:
        token = self._here
        if token.kind == "open":
            return self._group()
        if token.kind in {"quoted", "word"}:
            return self._words()
        raise self._error(_EXPECTED.get(token.kind, "a word, a phrase or ( is expected here"), token)

    def _group(self) -> Node:
        opening = self._take()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("too many parentheses inside one another; write the query flatter", opening)
        if self._here.kind == "close":
            raise self._error("these parentheses are empty; put a term between them", opening)
        if self._here.kind == "end":
            raise self._error("this ( is never closed; add a ) where its group ends", opening)
        node = self._expression()
        if self._here.kind != "close":
            raise self._error("this ( is never closed; add a ) where its group ends", opening)
        closing = self._take()
        self._depth -= 1
        if isinstance(node, Operation):
            return replace(node, is_grouped=True, start=opening.start, end=closing.end)
        return node

    def _words(self) -> Node:
        """A quoted phrase or a run of words, with the tag or range that follows; untagged words are joined by AND."""
        if self._here.kind == "quoted":
            return self._quoted()
        run = self._run()
        if self._here.kind == "colon":
            return self._range(run[-1]) if len(run) == 1 else self._split_before_range(run)
        if self._here.kind == "tag":
            return self._tagged_run(run)
        return self._untagged_run(run)

    def _run(self) -> list[_Token]:
        run = [self._take()]
        while self._here.kind == "word":
            run.append(self._take())
        return run

    def _split_before_range(self, run: list[_Token]) -> Node:
        """`ketamine 2020:2024[dp]`: the last word begins the range, the words before it are searched by AND."""
        before = self._untagged_run(run[:-1])
        return _join(before, "AND", self._range(run[-1]), run[-1].start)

    def _tagged_run(self, run: list[_Token]) -> Node:
        run = self._without_loose_operators(run)
        phrase = _Token("word", self.written[run[0].start : run[-1].end], run[0].start, run[-1].end)
        return self._term(phrase)

    def _without_loose_operators(self, run: list[_Token]) -> list[_Token]:
        """`or esketamin*[tiab]`: in the middle of a tagged phrase the small word belongs to it, at its edges hardly."""
        if len(run) > 1 and run[0].text in _LOWER_CASE:
            self._lower_case(run[0])
            return run[1:]
        return run

    def _untagged_run(self, run: list[_Token]) -> Node:
        """PubMed maps a run of untagged words as one: `heart OR lung cancer` is `heart OR (lung AND cancer)`.

        Several PMIDs side by side are joined by OR.
        """
        if len(run) > 1 and all(_PMID.fullmatch(token.text) for token in run):
            return self._joined(run, UID, "OR")
        return self._joined(self._searched(run), ALL_FIELDS, "AND")

    def _searched(self, run: list[_Token]) -> list[_Token]:
        """The words of a run without signs, operators in small letters and stop words; the first where none remains."""
        for token in run:
            if token.text in _LOWER_CASE:
                self._lower_case(token)
        written = [token for token in run if plain(token.text) and token.text not in _LOWER_CASE]
        kept = [token for token in written if plain(token.text) not in STOP_WORDS]
        if kept:
            self.left_out += [self._untagged(token, ALL_FIELDS) for token in written if token not in kept]
        return kept or written[:1] or run[:1]

    def _untagged(self, token: _Token, field: Field) -> Term:
        return self._make_term(token, field, "", tagged=False, end=token.end)

    def _joined(self, tokens: list[_Token], field: Field, operator: str) -> Node:
        nodes = [self._untagged(token, field) for token in tokens]
        folded: Node = nodes[0]
        for token, node in zip(tokens[1:], nodes[1:], strict=True):
            folded = _join(folded, operator, node, token.start)
        return replace(folded, is_grouped=True) if isinstance(folded, Operation) else folded

    def _lower_case(self, token: _Token) -> None:
        capitals = _LOWER_CASE[token.text]
        self._problem(f"'{token.text}' is no operator in small letters; write {capitals}", token.start)

    def _quoted(self) -> Node:
        phrase = self._take()
        if self._here.kind == "colon":
            return self._range(phrase)
        if self._here.kind == "tag":
            if self._next.kind == "colon":
                return self._range(phrase)
            return self._term(phrase)
        return self._untagged(phrase, ALL_FIELDS)

    def _term(self, phrase: _Token) -> Node:
        tag = self._take()
        if self._here.kind == "colon":
            self._at -= 1
            return self._range(phrase)
        field, option = self._field(tag)
        if field.kind is Kind.DATE:
            return self._date(phrase, field, tag.end)
        return self._make_term(phrase, field, option, tagged=True, end=tag.end)

    def _field(self, tag: _Token) -> tuple[Field, str]:
        """A tag's field and what follows its colon; an unknown tag is a problem and searches All Fields."""
        name, _, option = tag.text[1:-1].partition(":")
        field = field_of(name)
        option = re.sub(r"\s", "", option).casefold()
        if field is None:
            near = nearest_tag(name)
            hint = f"did you mean [{near}]?" if near else "see PubMed's list of field tags"
            self._problem(f"unknown field tag [{name.strip()}]; {hint}", tag.start)
            return ALL_FIELDS, ""
        if option and not self._fits(field, option):
            raise self._error(f"[{field.name}] cannot be used with ':{option}'; use [tiab:~3] or [mh:noexp]", tag)
        return field, option

    def _fits(self, field: Field, option: str) -> bool:
        if option == "noexp":
            return field.name in EXPLODING
        if field.name == "Journal":
            return re.fullmatch(rf"{_JOURNAL_ID}\w+", option) is not None
        return field.name in NEARNESS and re.fullmatch(r"~\d{1,4}", option) is not None

    def _make_term(self, phrase: _Token, field: Field, option: str, *, tagged: bool, end: int) -> Term:
        quoted = phrase.kind == "quoted"
        inner = phrase.text[1:-1] if quoted else phrase.text
        offset = phrase.start + quoted
        if option.startswith(_JOURNAL_ID):
            inner = option.removeprefix(_JOURNAL_ID)
        distance = int(option[1:]) if option.startswith("~") else None
        if distance is not None and "*" in inner:
            self._problem("* turns the proximity off; spell the words out", offset + inner.index("*"))
            distance = None
        inner, truncated = self._truncation(inner, offset)
        text, subheading = self._subheading(inner, field)
        if not plain(text):
            raise self._error("there is no word here to search for; write a word or take it out", phrase)
        if re.fullmatch(r"#\d+", inner):
            raise self._error(f"{inner} points at a search history, which exists only in PubMed's own page", phrase)
        if distance is not None and len(words(text)) < 2:
            raise self._error("a proximity search needs two or more words in quotes", phrase)
        if distance is not None and not quoted:
            raise self._error('a proximity search needs its words in quotes, as in "a b"[tiab:~3]', phrase)
        return Term(
            text=text,
            field=field,
            is_truncated=truncated,
            explodes=option != "noexp",
            distance=distance,
            subheading=subheading,
            is_open=field.kind is Kind.NAME and not quoted,
            is_tagged=tagged,
            is_quoted=quoted,
            start=phrase.start,
            end=end,
        )

    def _subheading(self, text: str, field: Field) -> tuple[str, str | None]:
        """The text as its field compares it, and the subheading behind the slash in a MeSH term."""
        if field.name in {"MeSH Terms", "MeSH Major Topic"}:
            heading, _, subheading = text.partition("/")
            return _tidy(heading), _tidy(subheading).casefold() or None
        # A flag such as indexingmethod_automated is one word; so is a whole value from a list.
        whole = field.kind is not Kind.WORDS or "_" in text
        return (_tidy(text) if whole else plain(text) or text), None

    def _truncation(self, text: str, offset: int) -> tuple[str, bool]:
        """The text without asterisks, and whether it ends in one that PubMed honours."""
        stem = text.rstrip()
        if "*" not in stem:
            return text, False
        if stem.index("*") != len(stem) - 1:
            self._problem("* works only at the end of the last word", offset + stem.index("*"))
            return stem.replace("*", " "), False
        last = words(stem[:-1].rsplit(" ", 1)[-1])
        if not last or len(last[-1]) < _SHORTEST_STEM:
            self._problem(f"* needs at least {_SHORTEST_STEM} letters before it", offset + len(stem) - 1)
            return stem[:-1], False
        return stem[:-1], True

    def _date(self, phrase: _Token, field: Field, end: int) -> Leaf:
        text = phrase.text.strip('" ')
        if relative := _RELATIVE.fullmatch(text):
            if field.name not in _RELATIVE_FIELDS:
                raise self._error(f"PubMed counts back in [dp], [edat] and [crdt] only, not in [{field.name}]", phrase)
            count, unit = int(relative[1] or 1), relative[2].casefold()
            return Recent(field=field, count=count, unit=unit, start=phrase.start, end=end)
        first, last = self._days(phrase)
        single = text.replace("-", "/") if field.name == _PUBLICATION else None
        return DateRange(field=field, first=first, last=last, single=single, start=phrase.start, end=end)

    def _range(self, begin: _Token) -> Leaf:
        """first:last[tag], or ("first"[tag] : "last"[tag])."""
        early = self._take() if self._here.kind == "tag" else None
        colon = self._take()
        if self._here.kind not in {"word", "quoted"}:
            raise self._error("a range needs its end after the colon, as in 2020:2024[dp]", self._here)
        finish = self._take()
        if self._here.kind != "tag":
            raise self._error("a range needs a field tag, as in 2020:2024[dp] or 1:9999[uid]", colon)
        tag = self._take()
        field, _ = self._field(tag)
        if early is not None and self._field(early)[0] != field:
            raise self._error("both ends of a range need the same field tag", tag)
        if field.kind is Kind.DATE:
            return self._date_range(begin, finish, field, tag.end)
        if field.kind is Kind.NUMBER:
            return self._number_range(begin, finish, field, tag.end)
        raise self._error(f"[{field.name}] has no ranges; only dates and [uid] have", tag)

    def _date_range(self, begin: _Token, finish: _Token, field: Field, end: int) -> DateRange:
        first, last = self._days(begin)[0], self._days(finish)[1]
        if first > last:
            raise self._error("this range ends before it begins; put the earlier date first", begin)
        return DateRange(field=field, first=first, last=last, start=begin.start, end=end)

    def _days(self, token: _Token) -> tuple[date, date]:
        """The first and the last day of a year, a month or a day."""
        days = _days_of(token.text.strip('" '))
        if days is None:
            raise self._error("this is not a date; write it as 2026, 2026/11 or 2026/11/15", token)
        return days

    def _number_range(self, begin: _Token, finish: _Token, field: Field, end: int) -> NumberRange:
        bounds = [token.text.strip('" ') for token in (begin, finish)]
        for token, bound in zip((begin, finish), bounds, strict=True):
            if not re.fullmatch(r"[0-9]{1,12}", bound):
                raise self._error("a range of PMIDs needs whole numbers, as in 1:9999[uid]", token)
        first, last = map(int, bounds)
        if first > last:
            raise self._error("this range ends before it begins; put the smaller number first", begin)
        return NumberRange(field=field, first=first, last=last, start=begin.start, end=end)


_EXPECTED = {
    "operator": "a term is expected here, not an operator; put one between the operators",
    "close": "a term is expected before this ); add one or take out the operator",
    "end": "the query ends where a term is expected; add one or take out the last operator",
    "tag": "this field tag belongs to no term; put a word or a phrase right before it",
    "colon": "a : stands only between two dates or two PMIDs, as in 2020:2024[dp]",
}


def _join(left: Node, operator: str, right: Node, operator_at: int, span: tuple[int, int] | None = None) -> Operation:
    """Two operands as one operation, which stands from the one to the other unless its span is given."""
    start, end = span or (left.start, right.end)
    if isinstance(left, Operation) and left.operator == operator and not left.is_grouped:
        return replace(left, operands=(*left.operands, right), end=end)
    return Operation(operator=operator, operands=(left, right), start=start, end=end, operator_at=operator_at)


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _days_of(text: str) -> tuple[date, date] | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        last_month = month or 12
        return first, date(first.year, last_month, day or calendar.monthrange(first.year, last_month)[1])
    except ValueError:
        return None
