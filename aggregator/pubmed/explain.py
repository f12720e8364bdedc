"""Why a query finds a citation or does not: each clause with its verdict, and the very words that meet it.

No second reading of the language: a clause is put to the record by `compile_query`, and then to each passage and value
of its field alone. Those that suffice by themselves are what it found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from aggregator.citation import Citation, MeshHeading
from aggregator.pubmed import query_filters
from aggregator.pubmed.language import Match, compile_query
from aggregator.pubmed.mesh import headings_below, publication_types_below, subheadings_below
from aggregator.pubmed.query_fields import Field, Kind
from aggregator.pubmed.query_index import Headings, Index, first_day, heading_of
from aggregator.pubmed.query_parser import parse
from aggregator.pubmed.query_tree import DateRange, Leaf, Node, NumberRange, Operation, Recent, Term, translation
from aggregator.pubmed.word_places import Place, places
from aggregator.pubmed.words import plain

#: The places where running words are looked for, the narrowest first, as a reader calls them.
_NARROW = {
    "Title": "title",
    "Abstract": "abstract",
    "Other Term": "keyword",
    "Transliterated Title": "title in the original language",
    "Affiliation": "affiliation",
    "Conflict of Interest Statements": "statement of conflicts of interest",
    "Grants and Funding": "grant",
    "Author - Corporate": "group of authors",
}
#: The same for values that broad fields search as running words.
_NARROW_VALUES = {
    "Publication Type": "publication type",
    "Supplementary Concept": "substance",
    "Journal": "journal",
    "Author": "author",
    "Language": "language",
    "Location ID": "identifier",
}
_FAMILIES = {
    "MeSH Terms": headings_below,
    "MeSH Major Topic": headings_below,
    "MeSH Subheading": subheadings_below,
    "Publication Type": publication_types_below,
}


_MAPPED = "PubMed would also map this untagged word to MeSH terms, journals and authors; that is not done here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words of the record that meet a clause: `text[start:end]` of a passage or value, verbatim."""

    #: title, abstract, MeSH heading, ...
    field: str
    text: str
    start: int
    end: int

    @property
    def words(self) -> str:
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a query put to one citation."""

    #: As it was written.
    query: str
    is_met: bool
    #: AND, OR, NOT between the clauses below; None for a single term.
    operator: str | None = None
    clauses: tuple[Clause, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: What was looked for, and where.
    sought: str = ""
    #: What PubMed does beyond what is done here, or what the term stands for.
    note: str | None = None


def explain(query: str, citation: Citation, *, today: date | None = None) -> Clause:
    """The query as a tree of clauses with what each found in the citation.

    Raises QuerySyntaxError for a query that cannot be read, or that asks what a citation does not hold.
    """
    # Refuses, with the place in the whole query, what cannot be tested.
    compile_query(query, today=today)
    return _Explainer(query, Index(citation), today).clause(parse(query))


class _Explainer:
    def __init__(self, written: str, index: Index, today: date | None) -> None:
        self._written = written
        self._index = index
        self._today = today

    def clause(self, node: Node) -> Clause:
        if not isinstance(node, Operation):
            return self._leaf(node)
        return Clause(
            query=translation(node),
            is_met=compile_query(node, today=self._today)(self._index),
            operator=node.operator,
            clauses=tuple(map(self.clause, node.operands)),
        )

    def _leaf(self, leaf: Leaf) -> Clause:
        is_met = compile_query(leaf, today=self._today)
        search = query_filters.search(leaf.text) if isinstance(leaf, Term) and leaf.field.kind is Kind.FILTER else None
        return Clause(
            query=self._written[leaf.start : leaf.end],
            is_met=is_met(self._index),
            clauses=(_Explainer(search, self._index, self._today).clause(parse(search)),) if search else (),
            evidence=tuple(_evidence(leaf, is_met, self._index)),
            sought=_sought(leaf, self._today),
            note=_note(leaf),
        )


def _evidence(leaf: Leaf, is_met: Match, index: Index) -> Iterator[Evidence]:
    for part in _parts(index, leaf.field):
        if is_met(part):
            yield from (
                Evidence(field=part.name, text=part.shown, start=start, end=end)
                for start, end in _spans(leaf, part.shown)
            )


class _Part(Index):
    """A citation of which only one passage or value is to be seen."""

    __slots__ = ("_day", "_heading", "name", "shown")

    def __init__(
        self, index: Index, name: str, shown: str, *, heading: MeshHeading | None = None, day: date | None = None
    ) -> None:
        super().__init__(index.citation)
        self.name = name
        self.shown = shown
        self._heading = heading
        self._day = day

    def passages(self, field: str) -> tuple[str, ...]:  # noqa: ARG002 - whatever is asked
        return (self.shown,)

    def stated(self, field: str) -> tuple[str, ...]:  # noqa: ARG002
        return (self.shown,)

    def headings(self) -> Headings:
        return (heading_of(self._heading),) if self._heading else ()

    def dates(self, field: str) -> tuple[date, ...]:  # noqa: ARG002
        return (self._day,) if self._day else ()

    def single_dates(self) -> tuple[date, ...]:
        return tuple(day for day in super().single_dates() if day == self._day)


def _parts(index: Index, field: Field) -> Iterator[_Part]:
    """Every passage or value of a field, each by itself; none for what is a fact of the whole record."""
    match field.kind:
        case Kind.WORDS:
            for passage in dict.fromkeys(index.passages(field.name)):
                yield _Part(index, _place_name(index, field, passage), passage)
        case Kind.TREE if field.name != "Publication Type":
            for heading in index.citation.mesh:
                yield _Part(index, "MeSH heading", _heading_text(heading), heading=heading)
        case Kind.DATE:
            for day in dict.fromkeys(index.dates(field.name)):
                yield _Part(index, field.name, _stated_day(index.citation, field, day), day=day)
        case Kind.VALUE | Kind.NAME | Kind.TREE:
            for value in dict.fromkeys(index.stated(field.name)):
                yield _Part(index, field.name, value)
        case Kind.NUMBER:
            yield _Part(index, "PMID", index.citation.pmid)


def _place_name(index: Index, field: Field, passage: str) -> str:
    named = [name for narrow, name in _NARROW.items() if passage in index.passages(narrow)]
    named += [name for narrow, name in _NARROW_VALUES.items() if passage in index.stated(narrow)]
    if any(passage in (heading.descriptor, *(q.name for q in heading.qualifiers)) for heading in index.citation.mesh):
        named.append("MeSH heading")
    return named[0] if named else field.name


def _stated_day(citation: Citation, field: Field, day: date) -> str:
    """A day as the record states it: of "2026 Mar" the first is searched, and it is not shown."""
    if "Publication" in field.name:
        for published in (citation.published, citation.e_published):
            if published is not None and first_day(published) == day:
                return str(published)
    return day.isoformat()


def _heading_text(heading: MeshHeading) -> str:
    """As NLM prints it: a star before what is a major topic."""
    names = [("*" if heading.is_major else "") + heading.descriptor]
    names += [("*" if qualifier.is_major else "") + qualifier.name for qualifier in heading.qualifiers]
    return "/".join(names)


def _spans(leaf: Leaf, passage: str) -> list[tuple[int, int]]:
    """The characters that meet a leaf: in running words each phrase whole and of near words each word; else all."""
    if not isinstance(leaf, Term) or leaf.field.kind is not Kind.WORDS:
        return [(0, len(passage))]
    return _spans_of_words(leaf, places(passage))


def _spans_of_words(term: Term, held: Sequence[Place]) -> list[tuple[int, int]]:
    wanted = plain(term.text).split()
    if term.distance is not None:
        return [(held[at].start, held[at].end) for at in _near_places(held, wanted, len(wanted) + term.distance)]
    stretches = (held[at : at + len(wanted)] for at in range(len(held) - len(wanted) + 1))
    return [(some[0].start, some[-1].end) for some in stretches if _reads(some, wanted, is_stem=term.is_truncated)]


def _near_places(held: Sequence[Place], wanted: Sequence[str], span: int) -> list[int]:
    """Which words of a passage are wanted ones within a stretch that has all of them."""
    needed = Counter(wanted)
    near: set[int] = set()
    for at, place in enumerate(held):
        inside = [other for other in range(at, min(at + span, len(held))) if held[other].word in needed]
        if place.word in needed and Counter(held[other].word for other in inside) >= needed:
            near.update(inside)
    return sorted(near)


def _reads(held: Sequence[Place], wanted: Sequence[str], *, is_stem: bool) -> bool:
    said = [place.word for place in held]
    if is_stem:
        return said[:-1] == wanted[:-1] and said[-1].startswith(wanted[-1])
    return said == wanted


def _sought(leaf: Leaf, today: date | None) -> str:
    match leaf:
        case DateRange():
            return f"{leaf.first} to {leaf.last} in {leaf.field.name}"
        case Recent() if today is not None:
            last = leaf.until(today)
            return f"{leaf.since(today)} {'or later' if last > today else f'to {last}'} in {leaf.field.name}"
        case NumberRange():
            return f"PMIDs {leaf.first} to {leaf.last}"
        case Term():
            return _sought_by_term(leaf)
    return translation(leaf)


def _sought_by_term(term: Term) -> str:
    match term.field.kind:
        case Kind.FILTER:
            return f"the filter {term.text}"
        case Kind.WORDS if query_filters.flag(term.text) and term.field.name == "All Fields":
            return f"the flag {term.text}"
        case Kind.WORDS:
            words = plain(term.text)
            if term.distance is not None:
                return f"the words {words} with at most {term.distance} others between them in {term.field.name}"
            kind = "words side by side" if " " in words else "word"
            return f"the {kind} {words}{_and_others(term)} in {term.field.name}"
        case _:
            subheading = f" with the subheading {term.subheading}" if term.subheading else ""
            return f"{term.text}{subheading}{_and_others(term)} in {term.field.name}"


def _and_others(term: Term) -> str:
    """What a term finds beside itself."""
    if term.is_truncated:
        return " and what begins so"
    if term.explodes and (family := _FAMILIES.get(term.field.name)):
        below = len(family(term.text)) - 1
        return f", or one of the {below} narrower ones known here," if below else ""
    return ""


def _note(leaf: Leaf) -> str | None:
    if not isinstance(leaf, Term):
        return None
    if leaf.field.kind is Kind.FILTER and query_filters.search(leaf.text):
        return "stands for the search below"
    is_mapped = not (leaf.is_tagged or leaf.is_quoted or leaf.is_truncated or query_filters.flag(leaf.text))
    return _MAPPED if is_mapped else None
