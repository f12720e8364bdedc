"""The harvest: asks PubMed every topic's question and keeps what is new, changed, corrected, retracted or deleted.

What is new is a set difference between PubMed's list and the library; no date decides it. Whatever does not come is
named, and a topic of which anything is not known is incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from aggregator.dates import EASTERN
from aggregator.errors import PubMedError
from aggregator.library import Added, Library
from aggregator.pubmed.answers import SearchAnswer
from aggregator.pubmed.eutils import Fetched
from aggregator.study import Search
from aggregator.summarising import summarised
from aggregator.topics import Topic

#: NLM's revisions carry a day, not an hour, and appear late: ask again for the last week each time.
REVISION_OVERLAP = timedelta(days=7)
#: Silent edits and deletions are found by fetching everything again this often.
REFETCH_EVERY = timedelta(days=28)
#: PMIDs in one question about them: some 4,000 characters.
_PMIDS_IN_A_QUESTION = 300
#: What the log says of a search whose run was killed: it is written when the search begins.
BROKEN_OFF = "the run was broken off before this search was done; run `update` again"


class PubMedLike(Protocol):
    """What the harvest needs of PubMed; `aggregator.pubmed.eutils.PubMed` is one."""

    def search(self, query: str, *, limit: int | None = None) -> SearchAnswer: ...
    def fetch(self, pmids: Iterable[str]) -> Iterator[Fetched]: ...


#: Called with what is being done, how far it is, and how far it goes.
Progress = Callable[[str, int, int], None]


def no_progress(_: str, __: int, ___: int) -> None:
    """For callers that show none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOutcome:
    """What an update did: one search a topic, and what was stored."""

    searches: tuple[Search, ...]
    new: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...] = ()
    #: What went wrong besides the searches.
    problems: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.problems and all(search.complete for search in self.searches)

    @property
    def has_asked(self) -> bool:
        """PubMed has answered at least one topic's question."""
        return any(search.found is not None for search in self.searches)


def update(
    library: Library,
    topics: Sequence[Topic],
    pubmed: PubMedLike,
    *,
    now: datetime,
    refetch_every: timedelta = REFETCH_EVERY,
    progress: Progress = no_progress,
) -> UpdateOutcome:
    """Asks PubMed every topic's question and keeps what is new and what became different.

    A topic that fails is named in its search and costs only itself. Killed anywhere, the next run ends where this one
    would have: each step is stored whole or not at all, and a search counts as complete when it is written down last.
    """
    harvest = _Harvest(library, pubmed, now, progress)
    # Before the topics are asked: what comes to one of them now was nobody's to ask after until now.
    unmatched = library.unmatched(searched_since=now - REFETCH_EVERY, watched=[topic.slug for topic in topics])
    searches = tuple(harvest.topic(topic) for topic in topics)
    problems = (*harvest.ask_of_the_unmatched(unmatched), *harvest.look_again(refetch_every))
    return UpdateOutcome(
        searches=searches,
        new=harvest.added.new,
        changed=tuple(dict.fromkeys(harvest.added.changed)),
        deleted=harvest.deleted,
        problems=problems,
    )


@dataclass(slots=True)
class _Account:
    """What one question left open: asked is what came, what is missing and what is gone."""

    missing: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str | None:
        """What is not known and why, in a sentence; None when everything is."""
        said = list(dict.fromkeys(self.problems))
        if self.missing:
            said.append(
                f"{len(self.missing):,} of the records that PubMed listed did not come; they will be asked for again"
            )
        return "; ".join(said) or None


class _Harvest:
    """One run of `update`: what it has stored so far, and the steps that store more."""

    def __init__(self, library: Library, pubmed: PubMedLike, now: datetime, progress: Progress) -> None:
        self._library = library
        self._pubmed = pubmed
        self._now = now
        self._progress = progress
        self._fetched: set[str] = set()
        self.added = Added()
        self.deleted: tuple[str, ...] = ()

    # -- a topic --------------------------------------------------------------------------------

    def topic(self, topic: Topic) -> Search:
        """One topic's search, from the question to the stored records."""
        search = Search(topic=topic.slug, query=topic.query, started=self._now, problem=BROKEN_OFF)
        row = self._library.remember_search(search)
        before = self.added
        account = _Account()
        if answer := self._ask(topic.query, account):
            self._take(topic, answer, account)
            # While a topic is being filled, what came in an earlier run may have been revised since.
            since = self._library.last_complete(topic.slug) or self._library.filled_from(topic.slug, topic.query)
            if since is not None and since < self._now:
                self._revisions(topic.query, since, f"{topic.name}: revised", account)
            search = replace(search, found=answer.count, translation=answer.translation, warnings=answer.warnings)
        search = replace(
            search,
            new=len(self.added.new) - len(before.new),
            changed=len(self.added.changed) - len(before.changed),
            missing=tuple(account.missing),
            warnings=(*search.warnings, *_ghosts(account.gone)),
            complete=account.problem is None,
            problem=account.problem,
        )
        self._library.remember_search(search, row)
        return search

    def _ask(self, query: str, account: _Account) -> SearchAnswer | None:
        """PubMed's list; None when it gave none. What is wrong with it is written to the account."""
        try:
            answer = self._pubmed.search(query)
        except PubMedError as error:
            account.problems.append(str(error))
            return None
        if not answer.is_complete:
            account.problems.append(
                f"PubMed counted {answer.count:,} matches and listed {len(set(answer.pmids)):,}; run `update` again"
            )
        return answer

    def _take(self, topic: Topic, answer: SearchAnswer, account: _Account) -> None:
        """Keeps what the list brings. The matches come last: until then, a killed run has left everything to do."""
        self._keep(self._library.lacking(answer.pmids), topic.name, account)
        unasked: tuple[str, ...] = ()
        if answer.is_complete:
            unlisted = self._library.pmids(topic.slug) - frozenset(answer.pmids)
            unasked = self._keep_again(sorted(unlisted), f"{topic.name}: no longer listed", account)
        self._library.match(
            topic.slug,
            # What is no longer listed and did not come keeps its match, so that the next run asks after it again.
            (*answer.pmids, *unasked),
            now=self._now,
            is_whole=answer.is_complete,
            known_before=self._library.filled_from(topic.slug, topic.query),
        )

    # -- fetching -------------------------------------------------------------------------------

    def _keep(self, pmids: Sequence[str], doing: str, account: _Account) -> None:
        """Fetches and keeps records, batch by batch; what did not come goes to the account."""
        done: set[str] = set()
        try:
            batches = self._pubmed.fetch(pmids) if pmids else ()
            for batch, ready in summarised(batches, expected=len(pmids)):
                self.added += self._library.add(ready, now=self._now)
                self._fetched.update(record.citation.pmid for record in ready)
                account.missing += batch.missing
                account.gone += batch.gone
                if batch.missing and batch.problem:
                    account.problems.append(batch.problem)
                done.update(batch.missing, batch.gone, (record.citation.pmid for record in batch.records))
                self._progress(doing, len(done), len(pmids))
        except PubMedError as error:
            account.problems.append(str(error))
            account.missing += (pmid for pmid in pmids if pmid not in done)

    def _keep_again(self, pmids: Iterable[str], doing: str, account: _Account) -> tuple[str, ...]:
        """Fetches held records again; what PubMed no longer has is marked. Answers what did not come."""
        again = _Account()
        self._keep([pmid for pmid in pmids if pmid not in self._fetched], doing, again)
        self.deleted += self._library.mark_deleted(again.gone, now=self._now)
        account.missing += again.missing
        account.problems += again.problems
        return tuple(again.missing)

    # -- what became different ------------------------------------------------------------------

    def _revisions(self, query: str, last: datetime, doing: str, account: _Account) -> None:
        """Fetches what is held, answers a query and was revised since its last complete search."""
        day = (last.astimezone(EASTERN) - REVISION_OVERLAP).strftime("%Y/%m/%d")
        if answer := self._ask(f'({query}) AND ("{day}"[lr] : "3000"[lr])', account):
            held = self._library.pmids()
            self._keep_again([pmid for pmid in answer.pmids if pmid in held], doing, account)

    def ask_of_the_unmatched(self, unmatched: Iterable[str]) -> tuple[str, ...]:
        """Asks for revisions of what is held and matches no topic any more: a reader may have been sent it.

        Answers what went wrong.
        """
        name = "unmatched asked"
        last = self._library.moment(name) or self._now - REFETCH_EVERY
        account = _Account()
        left = iter(unmatched)
        while some := list(islice(left, _PMIDS_IN_A_QUESTION)):
            query = " OR ".join(f"{pmid}[uid]" for pmid in some)
            self._revisions(query, last, "held without a topic: revised", account)
        return self._settled(name, "revisions of studies that match no topic", account)

    def look_again(self, every: timedelta) -> tuple[str, ...]:
        """Fetches everything held again when it is time; answers what went wrong.

        What does not come is asked for in each of the next runs, and only that.
        """
        name = "refetched"
        last = self._library.moment(name)
        if last is None:
            return self._settled(name, "", _Account())
        is_due = self._now - last >= every
        wanted = sorted(self._library.pmids()) if is_due else self._library.left_over(name)
        if not wanted:
            return ()
        account = _Account()
        left = self._keep_again(wanted, "everything held, again", account)
        self._library.remember_left_over(name, left, since=self._now if is_due else last)
        return (f"fetching everything held again: {account.problem}",) if account.problem else ()

    def _settled(self, name: str, what: str, account: _Account) -> tuple[str, ...]:
        """Remembers that something was done, if all of it was; else says what was not."""
        if account.problem:
            return (f"{what}: {account.problem}",)
        self._library.remember_moment(name, self._now)
        return ()


def _ghosts(pmids: Sequence[str]) -> tuple[str, ...]:
    """PMIDs that a list named and no record stands behind; each run asks for them again."""
    if not pmids:
        return ()
    return (f"listed, but PubMed has no record of PMID {', '.join(pmids)}; it will be asked for again",)
