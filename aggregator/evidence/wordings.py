"""Tables of wordings walked: what the words of an entry mean, where they count, and what undoes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aggregator import lexicon
from aggregator.evidence.places import Ending
from aggregator.evidence.text import Hit, Reading

_STUDY = frozenset({"title", "objective", "methods", "results", "open"})
_TITLE = frozenset({"title"})
#: The parts of a record by the names that the tables give to several at once.
_PARTS = {
    "title": _TITLE,
    "study": _STUDY,
    "study or conclusion": _STUDY | {"conclusion"},
    "anywhere": _STUDY | {"background", "conclusion", "registration"},
}
#: Letters before and behind a hit that are looked at for words that undo it.
_REACH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One entry of a table: the words, what they mean, where and how much they count."""

    means: str
    pattern: re.Pattern[str]
    where: frozenset[str]
    is_for_titles: bool
    strength: str
    #: What outweighs it, whatever it finds.
    yields_to: frozenset[str]
    #: Words of which one must stand somewhere in the record; beside the words of a title, in the abstract.
    only_if: re.Pattern[str] | None
    #: Words that undo it wherever in the record they stand.
    unless_if: re.Pattern[str] | None
    #: Words of which one must stand in its sentence, or before it.
    only_with: re.Pattern[str] | None
    only_after: Ending | None
    unless_after: Ending | None
    unless_before: re.Pattern[str] | None
    unless_with: re.Pattern[str] | None

    def hits(self, reading: Reading) -> Iterable[Hit]:
        """The places where the words count, in reading order."""
        hits = reading.hits(self.pattern, title_only=self.is_for_titles)
        return self._counting(reading, hits) if hits else ()

    def _counting(self, reading: Reading, hits: Iterable[Hit]) -> Iterator[Hit]:
        start = len(reading.title.text) if self.is_for_titles else 0
        if self.only_if and not reading.low.search(self.only_if, start):
            return
        if self.unless_if and reading.low.search(self.unless_if):
            return
        for hit in hits:
            if hit.zone in self.where and not self._is_undone(hit):
                yield hit

    def first(self, reading: Reading) -> Hit | None:
        return next(iter(self.hits(reading)), None)

    def _is_undone(self, hit: Hit) -> bool:
        before = hit.before(_REACH) if self.only_after or self.unless_after else ""
        return bool(
            (self.only_with and not hit.beside(self.only_with))
            or (self.only_after and not self.only_after.search(before))
            or (self.unless_after and self.unless_after.search(before))
            or (self.unless_before and self.unless_before.match(hit.after(_REACH)))
            or (self.unless_with and hit.beside(self.unless_with))
        )


def wordings(name: str) -> dict[str, Wording]:
    """The entries of one file by their names, in its order."""
    return {entry_name: _wording(entry) for entry_name, entry in lexicon.table(name).items()}


def of_strength(table: dict[str, Wording], strength: str) -> tuple[Wording, ...]:
    return tuple(wording for wording in table.values() if wording.strength == strength)


def _wording(entry: dict[str, Any]) -> Wording:
    where = entry["where"]
    parts = _PARTS[where] if isinstance(where, str) else frozenset(where)
    return Wording(
        means=entry.get("means", ""),
        pattern=re.compile(lexicon.pattern_of(entry["words"], never=entry.get("never", ()))),
        where=parts,
        is_for_titles=parts == _TITLE,
        strength=entry.get("strength", ""),
        yields_to=frozenset(entry.get("yields_to", ())),
        only_if=_any_of(entry, "only_if"),
        unless_if=_any_of(entry, "unless_if"),
        only_with=_any_of(entry, "only_with"),
        only_after=_ending(entry, "only_after"),
        unless_after=_ending(entry, "unless_after"),
        unless_before=re.compile(lexicon.pattern_behind(entry["unless_before"])) if "unless_before" in entry else None,
        unless_with=_any_of(entry, "unless_with"),
    )


def _any_of(entry: dict[str, Any], key: str) -> re.Pattern[str] | None:
    return re.compile(lexicon.pattern_of(entry[key])) if key in entry else None


def _ending(entry: dict[str, Any], key: str) -> Ending | None:
    return Ending(lexicon.pattern_before(entry[key])) if key in entry else None
