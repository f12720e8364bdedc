"""Searching a simulated PubMed: terms, stored sets and dates to PMIDs, the history server behind it."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from aggregator.citation import Citation
from aggregator.errors import QuerySyntaxError
from aggregator.pubmed import language
from aggregator.pubmed.simulator_world import World

#: datetype=..., as the tag that asks the same.
_DATE_TAGS = {
    "crdt": "crdt",
    "edat": "edat",
    "mdat": "lr",
    "lr": "lr",
    "mhda": "mhda",
    "pdat": "dp",
    "dp": "dp",
    "epdt": "epdat",
    "ppdt": "ppdat",
    "cdat": "dcom",
}
_DAY = re.compile(r"\d{4}(?:/\d{1,2}(?:/\d{1,2})?)?")
_STORED_SET = re.compile(r'"[^"]*"|#(\d+)')
#: A PMID that no record can have, with a set's number behind it, stands for the set while the query is read.
_STAND_IN = 10**20
#: How many answered searches are kept.
_KEPT = 500

#: sort=..., as the key of a citation and whether the largest comes first; the default is the highest PMID first.
SORTS: Mapping[str, tuple[Callable[[Citation], Any], bool]] = {
    "pub_date": (lambda citation: citation.published.sort_key, True),
    "date": (lambda citation: citation.published.sort_key, True),
    "author": (lambda citation: citation.byline.casefold(), False),
    "journalname": (lambda citation: (citation.journal.name or "").casefold(), False),
    "title": (lambda citation: citation.title.casefold(), False),
}


class SearchError(Exception):
    """An error that ESearch reports inside HTTP 200."""


@dataclass(frozen=True, slots=True)
class Found:
    """The PMIDs that match a term, and what there is to say of it."""

    pmids: tuple[str, ...]
    translation: str
    phrases_not_found: tuple[str, ...] = ()
    fields_not_found: tuple[str, ...] = ()
    quoted_not_found: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


@dataclass(slots=True)
class _Environment:
    used: datetime
    sets: list[tuple[str, ...]] = field(default_factory=list)


class History:
    """Sets of PMIDs under WebEnv and query_key, whole however few were asked to be listed."""

    def __init__(self, lifetime: timedelta | None = None) -> None:
        self._lifetime = lifetime
        self._environments: dict[str, _Environment] = {}
        self._lock = threading.Lock()

    def store(self, pmids: Sequence[str], web_env: str | None, now: datetime) -> tuple[int, str]:
        """Keeps a set, in a new environment when the one named is not alive; gives query_key and WebEnv."""
        with self._lock:
            environment = self._living(web_env, now)
            if environment is None:
                # A Mongo ObjectId: the first eight digits are the epoch second of its making.
                web_env = f"MCID_{int(now.timestamp()):08x}{secrets.token_hex(8)}"
                environment = self._environments[web_env] = _Environment(now)
            environment.sets.append(tuple(pmids))
            return len(environment.sets), str(web_env)

    def recall(self, web_env: str | None, query_key: str, now: datetime) -> tuple[str, ...]:
        """A stored set; LookupError when it is unknown or has expired."""
        with self._lock:
            environment = self._living(web_env, now)
            if environment is None or not query_key.isdigit() or not 0 < int(query_key) <= len(environment.sets):
                raise LookupError(query_key)
            environment.used = now
            return environment.sets[int(query_key) - 1]

    def forget(self) -> None:
        """Loses everything, as NCBI may at any moment."""
        with self._lock:
            self._environments.clear()

    def _living(self, web_env: str | None, now: datetime) -> _Environment | None:
        environment = self._environments.get(web_env or "")
        if environment and self._lifetime and now - environment.used > self._lifetime:
            return None
        return environment


class Searcher:
    """ESearch without its wire: parameters to PMIDs, the highest first."""

    def __init__(self, world: World, history: History, unknown_phrases: frozenset[str] = frozenset()) -> None:
        self._world = world
        self._history = history
        self._unknown_phrases = unknown_phrases
        self._kept: dict[tuple[str, int, date], Found] = {}

    def search(self, params: Mapping[str, str]) -> Found:
        """What an ESearch finds. Raises SearchError."""
        term = params.get("term", "").strip()
        if (tag := params.get("field")) and term and "[" not in term:
            term = f"{term}[{tag}]"
        key = params.get("query_key")
        if key and params.get("webenv"):
            term = f"#{key} AND ({term})" if term else f"#{key}"
        if not term:
            raise SearchError("Empty term and query_key - nothing todo")
        return self._within_dates(self._found(term, params.get("webenv")), params)

    def sorted(self, pmids: tuple[str, ...], order: str) -> tuple[str, ...]:
        """PMIDs in the order that `sort` asks for; an order that is not known leaves them as they are."""
        rule = SORTS.get(re.sub(r"[ +]", "", order).casefold())
        if rule is None:
            return pmids
        key, largest_first = rule
        held = self._world.records()
        return tuple(sorted(pmids, key=lambda pmid: key(held[pmid].citation), reverse=largest_first))

    def _found(self, term: str, web_env: str | None) -> Found:
        numbers = [mark[1] for mark in _STORED_SET.finditer(term) if mark[1]]
        if numbers:
            return self._with_sets(term, {number: self._recall(web_env, number) for number in numbers})
        place = (term, self._world.revision, self._world.today)
        if place not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[place] = self._answered(term, {})
        return self._kept[place]

    def _recall(self, web_env: str | None, key: str) -> frozenset[str]:
        try:
            return frozenset(self._history.recall(web_env, key, self._world.now))
        except LookupError as error:
            raise SearchError(f"Unable to obtain query #{key}") from error

    def _with_sets(self, term: str, stored: Mapping[str, frozenset[str]]) -> Found:
        """A term in which #1 is a stored set."""
        stand_ins = {str(_STAND_IN + int(number)): pmids for number, pmids in stored.items()}
        written = _STORED_SET.sub(lambda mark: f"{_STAND_IN + int(mark[1])}[uid]" if mark[1] else mark[0], term)
        found = self._answered(written, stand_ins)
        translated = re.sub(rf"\"?{_STAND_IN // 10}(\d+)\"?\[UID\]", lambda mark: f"#{int(mark[1])}", found.translation)
        return replace(found, translation=translated)

    def _answered(self, term: str, stand_ins: Mapping[str, frozenset[str]]) -> Found:
        try:
            reading = language.read(term)
            matching = self._pmids(reading.node, stand_ins)
        except QuerySyntaxError as error:
            # A parenthesis too many is the backend's failure at NCBI too.
            raise SearchError(f"Search Backend failed: {error}") from error
        pmids = tuple(pmid for pmid in self._world.records() if pmid in matching)
        missing = self._missing(language.terms(reading.node), has_hits=bool(pmids))
        unknown_tags = [_tag_at(term, problem.position) for problem in reading.problems]
        return Found(
            pmids,
            language.translation(reading.node),
            phrases_not_found=tuple(text for text, quoted in missing if not quoted),
            fields_not_found=tuple(tag for tag in unknown_tags if tag),
            quoted_not_found=tuple(text for text, quoted in missing if quoted),
            messages=tuple(
                problem.message for problem, tag in zip(reading.problems, unknown_tags, strict=True) if not tag
            ),
        )

    def _pmids(self, node: language.Node, stand_ins: Mapping[str, frozenset[str]]) -> frozenset[str]:
        """Stored sets are joined to what the records say; a part without any is put to the records in one go."""
        if isinstance(node, language.Term) and node.text in stand_ins:
            return stand_ins[node.text]
        parts = language.terms(node)
        if isinstance(node, language.Operation) and any(getattr(part, "text", "") in stand_ins for part in parts):
            sets = [self._pmids(operand, stand_ins) for operand in node.operands]
            return _JOINS[node.operator](sets[0], *sets[1:])
        matches = language.compile_query(node, today=self._world.today)
        return frozenset(pmid for pmid, held in self._world.records().items() if matches(held.index))

    def _missing(self, leaves: Sequence[language.Leaf], *, has_hits: bool) -> list[tuple[str, bool]]:
        """Words and phrases that the index does not hold: those named so, and a lone one that finds nothing."""
        alone = not has_hits and len(leaves) == 1
        return [
            (f'"{leaf.text}"[{leaf.field.name}]' if leaf.is_quoted else leaf.text, leaf.is_quoted)
            for leaf in leaves
            if isinstance(leaf, language.Term) and (alone or leaf.text.casefold() in self._unknown_phrases)
        ]

    def _within_dates(self, found: Found, params: Mapping[str, str]) -> Found:
        """Datetype with mindate and maxdate, or with reldate, both ends included."""
        tag = _DATE_TAGS.get(params.get("datetype", "").casefold(), "dp")
        first, last = params.get("mindate", ""), params.get("maxdate", "")
        if params.get("reldate", "").isdigit():
            today = self._world.today
            first, last = f"{today - timedelta(days=int(params['reldate'])):%Y/%m/%d}", f"{today:%Y/%m/%d}"
        if not (_DAY.fullmatch(first) and _DAY.fullmatch(last)):
            return found
        within = self._found(f"{first}:{last}[{tag}]", None)
        kept = frozenset(within.pmids)
        return replace(
            found,
            pmids=tuple(pmid for pmid in found.pmids if pmid in kept),
            translation=f"({found.translation}) AND {within.translation}",
        )


_JOINS: Mapping[str, Callable[..., frozenset[str]]] = {
    "AND": lambda first, *others: first.intersection(*others),
    "OR": lambda first, *others: first.union(*others),
    "NOT": lambda first, *others: first.difference(*others),
}


def _tag_at(term: str, position: int) -> str | None:
    """The tag that a complaint is about, when it is about a tag."""
    found = re.match(r"\[([^\]]*)\]", term[position:])
    return found[1].strip() if found else None
