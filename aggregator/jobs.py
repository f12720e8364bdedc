"""The three jobs: update asks PubMed, publish builds the report, issue_digest writes and sends the digest.

The only place where PubMed, the library, the extractor, the pages and the mail meet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from aggregator import digest, report
from aggregator.citation import Citation
from aggregator.dates import EASTERN, Period, issue_of, week_period
from aggregator.errors import MailError, PubMedError, RecordFileError
from aggregator.evidence import summarise
from aggregator.files import write_whole
from aggregator.library import Added, Library, Record, Sent
from aggregator.pubmed import language, records
from aggregator.pubmed.answers import SearchAnswer
from aggregator.pubmed.eutils import Fetched
from aggregator.render.letter import Letter, letter
from aggregator.render.site import site
from aggregator.study import Search
from aggregator.topics import Topic

log = logging.getLogger(__name__)

#: NLM's revisions carry a day, not an hour, and appear late: ask again for the last week each time.
REVISION_OVERLAP = timedelta(days=7)
#: Silent edits and deletions are found by fetching everything again this often.
REFETCH_EVERY = timedelta(days=28)
#: How far a first digest looks back.
FIRST_LOOK_BACK = timedelta(days=7)
_INSTANT = timedelta(microseconds=1)


class PubMedLike(Protocol):
    """What the jobs need of PubMed; `aggregator.pubmed.eutils.PubMed` is one."""

    def search(self, query: str, *, limit: int | None = None) -> SearchAnswer: ...
    def fetch(self, pmids: Iterable[str]) -> Iterator[Fetched]: ...
    def existing(self, pmids: Iterable[str]) -> frozenset[str]: ...


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


# -- update -----------------------------------------------------------------------------------------


def update(
    library: Library,
    topics: Sequence[Topic],
    pubmed: PubMedLike,
    *,
    now: datetime,
    progress: Progress = no_progress,
) -> UpdateOutcome:
    """Asks PubMed every topic's question and keeps what is new and what became different.

    A topic that fails is named in its search and costs only itself.
    """
    harvest = _Harvest(library, pubmed, now, progress)
    searches = []
    for topic in topics:
        search = harvest.topic(topic)
        library.remember_search(search)
        searches.append(search)
    problems = harvest.look_again()
    return UpdateOutcome(
        searches=tuple(searches),
        new=harvest.added.new,
        changed=tuple(dict.fromkeys(harvest.added.changed)),
        deleted=harvest.deleted,
        problems=problems,
    )


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

    def topic(self, topic: Topic) -> Search:
        """One topic's search, from the question to the stored records."""
        last = self._library.last_complete(topic.slug)
        search = Search(topic=topic.slug, query=topic.query, started=self._now)
        before = self.added
        try:
            answer = self._pubmed.search(topic.query)
            search = replace(search, found=answer.count, translation=answer.translation, warnings=answer.warnings)
            left = self._fetch_unknown(topic, answer.pmids)
            gone = self._library.pmids(topic.slug) - set(answer.pmids) if answer.is_complete else frozenset()
            self._library.match(
                topic.slug, answer.pmids, now=self._now, is_whole=answer.is_complete, is_backfill=last is None
            )
            self._keep_again(sorted(gone), f"{topic.name}: no longer listed")
            if last is not None:
                self._revisions(topic, last)
        except PubMedError as error:
            return self._told(search, before, problem=str(error))
        problem = None if answer.is_complete else _miscounted(answer)
        return self._told(search, before, missing=left, problem=problem)

    def _told(
        self, search: Search, before: Added, *, missing: tuple[str, ...] = (), problem: str | None = None
    ) -> Search:
        if missing and problem is None:
            problem = f"PubMed listed {len(missing)} of the records and did not deliver them"
        return replace(
            search,
            new=len(self.added.new) - len(before.new),
            changed=len(self.added.changed) - len(before.changed),
            missing=missing,
            complete=problem is None,
            problem=problem,
        )

    def _fetch_unknown(self, topic: Topic, pmids: Iterable[str]) -> tuple[str, ...]:
        """Fetches and keeps what is not held; answers the PMIDs that exist and did not come."""
        unknown = self._library.unknown(pmids)
        missing = self._keep(unknown, topic.name)
        if not missing:
            return ()
        existing = self._pubmed.existing(missing)
        return tuple(pmid for pmid in missing if pmid in existing)

    def _keep(self, pmids: Sequence[str], doing: str) -> tuple[str, ...]:
        """Fetches and keeps records, batch by batch; answers what did not come."""
        missing: list[str] = []
        done = 0
        for batch in self._pubmed.fetch(pmids) if pmids else ():
            self.added += self._library.add(map(_record, batch.records), now=self._now)
            self._fetched.update(record.citation.pmid for record in batch.records)
            missing += batch.missing
            done += len(batch.records) + len(batch.missing)
            self._progress(doing, done, len(pmids))
        return tuple(missing)

    def _keep_again(self, pmids: Iterable[str], doing: str) -> tuple[str, ...]:
        """Fetches held records again; what PubMed no longer has is marked. Answers what did not come."""
        missing = self._keep([pmid for pmid in pmids if pmid not in self._fetched], doing)
        if not missing:
            return ()
        existing = self._pubmed.existing(missing)
        gone = [pmid for pmid in missing if pmid not in existing]
        self.deleted += self._library.mark_deleted(gone, now=self._now)
        return tuple(pmid for pmid in missing if pmid in existing)

    def _revisions(self, topic: Topic, last: datetime) -> None:
        """Fetches what is held of a topic and was revised since its last complete search."""
        day = (last.astimezone(EASTERN) - REVISION_OVERLAP).strftime("%Y/%m/%d")
        revised = self._pubmed.search(f'({topic.query}) AND ("{day}"[lr] : "3000"[lr])')
        held = self._library.pmids()
        self._keep_again([pmid for pmid in revised.pmids if pmid in held], f"{topic.name}: revised")

    def look_again(self) -> tuple[str, ...]:
        """Every four weeks, fetches everything held again; answers what went wrong."""
        last = self._library.moment("refetched")
        if last is None:
            self._library.remember_moment("refetched", self._now)
            return ()
        if self._now - last < REFETCH_EVERY:
            return ()
        try:
            missing = self._keep_again(sorted(self._library.pmids()), "everything held, again")
        except PubMedError as error:
            return (f"fetching everything held again: {error}",)
        if missing:
            return (f"fetching everything held again: {len(missing)} records did not come",)
        self._library.remember_moment("refetched", self._now)
        return ()


def _record(read: records.ReadRecord) -> Record:
    return Record(citation=read.citation, raw=read.raw, summary=summarise(read.citation))


def _miscounted(answer: SearchAnswer) -> str:
    return f"PubMed counted {answer.count:,} matches and listed {len(set(answer.pmids)):,}"


# -- import -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What importing a file did; `left_aside` counts records that no topic matches."""

    read: int
    added: Added
    left_aside: int
    deleted: tuple[str, ...] = ()
    #: PMID (or None) and reason of each record that could not be read.
    unreadable: tuple[tuple[str | None, str], ...] = ()
    #: Why reading ended before the file's end; what came before is kept.
    problem: str | None = None


def import_records(
    library: Library,
    entries: Iterable[records.Entry],
    topics: Sequence[Topic],
    *,
    now: datetime,
    keep_all: bool = False,
) -> ImportOutcome:
    """Keeps the records that any topic matches, or every record; deletions are marked.

    Stored in batches, so that an import that is broken off keeps what it had read.
    """
    questions = [
        (topic.slug, language.compile_query(topic.query, today=now.astimezone(EASTERN).date())) for topic in topics
    ]
    importing = _Importing(library, questions, now, keep_all)
    problem = None
    try:
        for entry in entries:
            importing.take(entry)
    except RecordFileError as error:
        problem = str(error)
    finally:
        importing.store()
    return replace(importing.outcome(), problem=problem)


class _Importing:
    """One import: the batch that is being gathered, and the counts."""

    _BATCH = 500

    def __init__(
        self,
        library: Library,
        questions: Sequence[tuple[str, Callable[[Citation], bool]]],
        now: datetime,
        keep_all: bool,  # noqa: FBT001 - handed on from a keyword
    ) -> None:
        self._library = library
        self._questions = questions
        self._now = now
        self._keep_all = keep_all
        self._batch: list[Record] = []
        self._matching: dict[str, list[str]] = {slug: [] for slug, _ in questions}
        self._read = 0
        self._left_aside = 0
        self._added = Added()
        self._deleted: list[str] = []
        self._unreadable: list[tuple[str | None, str]] = []

    def take(self, entry: records.Entry) -> None:
        if isinstance(entry, records.DeletedRecord):
            self._deleted.append(entry.pmid)
        elif isinstance(entry, records.UnreadableEntry):
            self._read += 1
            self._unreadable.append((entry.pmid, entry.reason))
        else:
            self._read += 1
            self._consider(entry)

    def _consider(self, entry: records.ReadRecord) -> None:
        slugs = [slug for slug, matches in self._questions if matches(entry.citation)]
        if not slugs and not self._keep_all:
            self._left_aside += 1
            return
        self._batch.append(_record(entry))
        for slug in slugs:
            self._matching[slug].append(entry.citation.pmid)
        if len(self._batch) >= self._BATCH:
            self.store()

    def store(self) -> None:
        """Keeps the batch; records first, because a match points at its record."""
        self._added += self._library.add(self._batch, now=self._now)
        for slug, pmids in self._matching.items():
            if pmids:
                self._library.match(slug, pmids, now=self._now, is_whole=False, is_backfill=True)
        self._batch = []
        self._matching = {slug: [] for slug in self._matching}

    def outcome(self) -> ImportOutcome:
        return ImportOutcome(
            read=self._read,
            added=self._added,
            left_aside=self._left_aside,
            deleted=self._library.mark_deleted(self._deleted, now=self._now),
            unreadable=tuple(self._unreadable),
        )


# -- report -----------------------------------------------------------------------------------------


def publish(
    library: Library,
    topics: Sequence[Topic],
    *,
    into: Path,
    looks: Path,
    now: datetime,
    version: str,
    abstracts: bool = True,
    banner: str | None = None,
) -> int:
    """Builds the report in the folder `into`; answers the number of studies in it.

    Built beside and swapped: a reader never meets half a report.
    """
    studies = [study for study in library.studies() if study.topics or study.deleted is None]
    composed = report.compose(
        studies=studies,
        topics=topics,
        searches=library.searches(),
        issues=[
            report.IssueEntry(label=issue.issue, period=issue.period, new=len(library.announced_in(issue.issue)))
            for issue in library.issues()
        ],
        now=now,
        version=version,
        banner=banner,
    )
    site(composed, into=into, folder=looks, abstracts=abstracts)
    return len(studies)


# -- digest -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlan:
    """What a digest covers: its name, its period, and the PMIDs that are new in it."""

    name: str
    period: Period
    new: frozenset[str]


def plan_digest(library: Library, *, now: datetime, zone: ZoneInfo) -> DigestPlan:
    """The digest of the week that `now` lies in: what became known since the digest of an earlier week.

    Remembered by the library, so that the next one starts where this one ends. Once it was sent
    to anybody it stays as it is, and what comes later waits for the next.
    """
    name = issue_of(now.astimezone(zone))
    held = library.issue(name)
    if held and library.sent(issue=name):
        return DigestPlan(name=name, period=held.period, new=library.announced_in(name))
    end = now.astimezone(zone) + _INSTANT
    start = held.period.start if held else _start_after(library, name, end)
    period = Period(start=start.astimezone(zone), end=max(end, held.period.end) if held else end)
    return DigestPlan(name=name, period=period, new=library.announce(name, period))


def _start_after(library: Library, name: str, end: datetime) -> datetime:
    earlier = [issue for issue in library.issues() if issue.issue < name]
    return min(earlier[-1].period.end, end) if earlier else end - FIRST_LOOK_BACK


def plan_week(library: Library, week: str, *, now: datetime, zone: ZoneInfo) -> DigestPlan:
    """The digest of a given week: as it was made then, or what became known in that week.

    Raises ValueError for a week that does not exist or has not begun.
    """
    if week == issue_of(now.astimezone(zone)):
        return plan_digest(library, now=now, zone=zone)
    period = week_period(week, zone)
    if period.start > now:
        raise ValueError(f"the week {week} has not begun; choose one up to {issue_of(now.astimezone(zone))}")
    held = library.issue(week)
    if held:
        return DigestPlan(name=week, period=held.period, new=library.announced_in(week))
    return DigestPlan(name=week, period=period, new=library.since(period))


def plan_since(library: Library, day: date, *, now: datetime, zone: ZoneInfo) -> DigestPlan:
    """Everything that became known, or that PubMed received, from a day on. Nothing is remembered of it.

    Raises ValueError for a day in the future.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    if start > now:
        raise ValueError(f"{day} lies in the future; choose an earlier day")
    period = Period(start=start, end=now.astimezone(zone) + _INSTANT)
    return DigestPlan(name=f"since-{day}", period=period, new=library.since(period))


def compose_digest(
    library: Library,
    topics: Sequence[Topic],
    plan: DigestPlan,
    *,
    now: datetime,
    preferences: digest.Preferences | None = None,
    sent_before: Mapping[str, date] | None = None,
    banner: str | None = None,
) -> digest.Digest:
    """What the digest shows to a reader with these preferences."""
    return digest.compose(
        issue=plan.name,
        period=plan.period,
        made=now,
        studies=list(library.studies(plan.new)),
        changed=[(study, told) for study, told in library.status_changes(plan.period) if study.pmid not in plan.new],
        searches=_of_topics(library.last_searches(), topics),
        topics=topics,
        last_by_topic={topic.slug: study for topic in topics if (study := library.newest_of(topic.slug))},
        preferences=preferences or digest.Preferences(),
        sent_before=_shown_before(library, plan) if sent_before is None else sent_before,
        filled=len(library.filled(plan.period) - plan.new),
        is_general=preferences is None,
        banner=banner,
    )


def _shown_before(library: Library, plan: DigestPlan) -> dict[str, date]:
    """When earlier general editions showed each study: that edition goes to nobody in person."""
    return {
        pmid: issue.period.last_day
        for issue in library.issues()
        if issue.period.end <= plan.period.start
        for pmid in library.shown_in(issue.issue)
    }


def _of_topics(searches: Iterable[Search], topics: Sequence[Topic]) -> tuple[Search, ...]:
    """The last search of each topic; a topic never searched stands as incomplete, not as silent."""
    held = {search.topic: search for search in searches}
    return tuple(held[topic.slug] for topic in topics if topic.slug in held)


def write_digest(written: Letter, folder: Path) -> tuple[Path, Path]:
    """Writes digest.html and digest.txt; each is whole or not there."""
    html, text = folder / "digest.html", folder / "digest.txt"
    write_whole(html, written.html)
    write_whole(text, written.text)
    return html, text


# -- sending ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One subscriber with what she wants to read."""

    email: str
    preferences: digest.Preferences


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOutcome:
    """How sending went for each subscriber."""

    sent: tuple[str, ...]
    #: Those who already have it.
    had_it: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def send_digest(
    library: Library,
    topics: Sequence[Topic],
    plan: DigestPlan,
    recipients: Collection[Recipient],
    *,
    now: datetime,
    deliver: Callable[[Recipient, Letter], str],
    looks: Path,
    report_url: str | None = None,
) -> SendOutcome:
    """Sends the digest to those who have not got it; `deliver` answers the server's words or raises MailError.

    Each message is written into the ledger before it leaves and after, so that a run that was
    killed sends to the rest and never twice to those who are known to have it.
    """
    ledger = {row.subscriber: row for row in library.sent(issue=plan.name)}
    sent: list[str] = []
    had_it: list[str] = []
    failed: list[tuple[str, str]] = []
    for recipient in recipients:
        row = ledger.get(recipient.email)
        if row and row.state == "sent":
            had_it.append(recipient.email)
            continue
        composed = compose_digest(
            library,
            topics,
            plan,
            now=now,
            preferences=recipient.preferences,
            sent_before=_sent_before(library, plan, recipient.email),
        )
        entry = Sent(
            issue=plan.name,
            subscriber=recipient.email,
            state="sending",
            attempts=(row.attempts if row else 0) + 1,
            answer=None,
            moment=now,
            pmids=tuple(study.pmid for study in composed.shown),
        )
        library.remember_sent(entry)
        try:
            answer = deliver(recipient, letter(composed, folder=looks, report_url=report_url))
        except MailError as error:
            library.remember_sent(replace(entry, state="failed", answer=str(error)))
            failed.append((recipient.email, str(error)))
        else:
            library.remember_sent(replace(entry, state="sent", answer=answer))
            sent.append(recipient.email)
    return SendOutcome(sent=tuple(sent), had_it=tuple(had_it), failed=tuple(failed))


def _sent_before(library: Library, plan: DigestPlan, subscriber: str) -> dict[str, date]:
    """When this subscriber was first sent each study; a message under way may have arrived and counts."""
    told: dict[str, date] = {}
    for row in library.sent(subscriber=subscriber):
        if row.issue != plan.name and row.state != "failed":
            for pmid in row.pmids:
                told.setdefault(pmid, row.moment.date())
    return told
