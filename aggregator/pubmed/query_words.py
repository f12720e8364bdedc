"""How words, phrases and truncated words are found in a citation's running words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from aggregator.pubmed.query_index import Index
from aggregator.pubmed.query_tree import Term
from aggregator.pubmed.words import plain

Test = Callable[[Index], bool]

#: The letters by which truncated words are looked up; PubMed takes no shorter ones.
_HEAD = 4
#: Up to so many truncated words are looked for in the text one by one, quicker than to look at each of its words.
_FEW = 20


def finds(term: Term) -> Test:
    """The test for one term in a field of running words."""
    if term.distance is not None:
        return _near(term.field.name, plain(term.text).split(), term.distance)
    return finds_any((term,))


def finds_any(terms: Sequence[Term]) -> Test:
    """The test for alternatives in one field, none with a distance; a topic has hundreds, so they are put together.

    Whole words are looked up at once; a phrase is looked for only where its first word is there; many stems cost a
    look at each of the citation's words, all stems together.
    """
    name = terms[0].field.name
    texts = [(plain(term.text), term.is_truncated) for term in terms]
    words = frozenset(text for text, is_truncated in texts if not is_truncated and " " not in text)
    stems = [text for text, is_truncated in texts if is_truncated and " " not in text]
    phrases = [
        (text.partition(" ")[0], f" {text}" if is_truncated else f" {text} ")
        for text, is_truncated in texts
        if " " in text
    ]
    has_stem = _one_by_one(name, stems) if len(stems) <= _FEW else _all_together(name, stems)

    def test(index: Index) -> bool:
        vocabulary = index.vocabulary(name)
        return (
            not vocabulary.isdisjoint(words)
            or has_stem(index)
            or any(first in vocabulary and phrase in index.text(name) for first, phrase in phrases)
        )

    return test


def _one_by_one(field: str, stems: Iterable[str]) -> Test:
    beginnings = [f" {stem}" for stem in stems]

    def test(index: Index) -> bool:
        text = index.text(field)
        return any(beginning in text for beginning in beginnings)

    return test


def _all_together(field: str, stems: Iterable[str]) -> Test:
    by_head: dict[str, tuple[str, ...]] = {}
    for stem in stems:
        by_head[stem[:_HEAD]] = (*by_head.get(stem[:_HEAD], ()), stem)

    def test(index: Index) -> bool:
        return any(word.startswith(by_head.get(word[:_HEAD], ())) for word in index.vocabulary(field))

    return test


def _near(field: str, wanted: list[str], distance: int) -> Test:
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
