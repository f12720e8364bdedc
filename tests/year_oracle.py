"""What a library that follows an invented PubMed must say after every step; names each difference in a sentence.

The oracle looks at the library after each run and compares two looks with two moments of the invented PubMed. It keeps
its own account of what came to which topic and when, and never asks the product what matches or what is new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from aggregator import jobs
from aggregator.dates import EASTERN
from aggregator.harvest import UpdateOutcome
from aggregator.library import Library
from aggregator.pubmed import records
from aggregator.study import STATUS_CHANGES, Change
from tests.year_world import DAY, SLUGS, InventedPubMed, Question, record_xml, told

#: What NLM changes without telling is found by fetching everything again this often.
REFETCH = 28 * DAY
#: A search older than this leaves days of a weekly digest unasked.
FRESH = timedelta(days=2)
#: Of plain revisions, the fields that an invented record may be revised in.
FIELDS = ("title", "abstract", "mesh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the library says at one moment."""

    #: Which of its states each record is held in, counted from 0; -1 for one that PubMed never gave out.
    held: Mapping[str, int] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    matched: Mapping[str, frozenset[str]] = field(default_factory=lambda: dict.fromkeys(SLUGS, frozenset()))
    #: How many changes it has recorded.
    changes: int = 0

    def matching(self, slugs: Iterable[str] = SLUGS) -> frozenset[str]:
        return frozenset[str]().union(*(self.matched[slug] for slug in slugs))


@dataclass(slots=True)
class _Course:
    """The course of one topic: what is known of it and since when."""

    #: What PubMed received from this Eastern day on is new, also while the topic is being filled.
    asked: date
    #: Whether a complete search has been made with its present query.
    is_filled: bool = False
    #: What complete searches have listed, and what was listed while the filling went on.
    listed: set[str] = field(default_factory=set)
    filling: set[str] = field(default_factory=set)
    #: Held when a complete search did not list them.
    passed_over: set[str] = field(default_factory=set)
    #: Matched once and lost.
    lost: set[str] = field(default_factory=set)
    #: The last search, if it was complete.
    searched: datetime | None = None
    last_complete: datetime | None = None
    query: str = ""


class Oracle:
    """Follows the library from step to step. Each method gives what is wrong after a step, in sentences."""

    def __init__(self, pubmed: InventedPubMed, library: Library) -> None:
        self._pubmed = pubmed
        self._library = library
        self._last = Look()
        self._courses: dict[str, _Course] = {}
        #: Came to a topic after its first asking: must be announced; or may be.
        self._due: set[str] = set()
        self._possible: set[str] = set()
        #: Came with the filling of a topic.
        self._backfill: set[str] = set()
        self._announced: dict[str, str] = {}
        self._ever_matched: set[str] = set()

    def _look(self) -> Look:
        return Look(
            held={pmid: self._place(pmid, raw) for pmid, raw in self._library.records()},
            deleted=frozenset(study.pmid for study in self._library.studies() if study.deleted),
            matched={slug: self._library.pmids(slug) for slug in SLUGS},
            changes=len(self._library.changes()),
        )

    def _place(self, pmid: str, raw: bytes) -> int:
        """Which state of the record these bytes are: of those that look alike the newest of all, else the last held."""
        states = self._pubmed.states[pmid]
        alike = [place for place, state in enumerate(states) if record_xml(state) == raw]
        last = self._last.held.get(pmid)
        return last if last in alike and len(states) - 1 not in alike else max(alike, default=-1)

    # -- after an update ------------------------------------------------------------------------

    def after_update(
        self, outcome: UpdateOutcome, questions: Sequence[Question], now: datetime, *, expects: bool | None
    ) -> Iterator[str]:
        """`expects` says whether the update can or cannot be complete; None where that depends on what it asks."""
        before = self._last
        complete = {search.topic for search in outcome.searches if search.complete}
        if expects not in (None, outcome.is_complete):
            said = [search.problem for search in outcome.searches if search.problem]
            yield f"the update calls itself complete: {outcome.is_complete}, which is wrong; {said} {outcome.problems}"
        yield from self._searches(outcome, questions, complete, now)
        yield from self._after_run(questions, complete, now, is_complete=outcome.is_complete)
        after = self._last
        changes = self._library.changes()[before.changes :]
        told_of = {change.pmid for change in changes if not change.kind.startswith("topic-")}
        of_states = {change.pmid for change in changes if change.field not in {"topics", "record"}}
        yield from _same("new by the outcome", outcome.new, after.held.keys() - before.held.keys())
        yield from _same("deleted by the outcome", outcome.deleted, after.deleted - before.deleted)
        yield from _none("changed by the outcome only", set(outcome.changed) - told_of)
        yield from _none("changed and not in the outcome", of_states - set(outcome.changed))

    def after_break(self, questions: Sequence[Question], now: datetime) -> Iterator[str]:
        """An update was broken off: what the log calls complete is, and of the rest nothing is claimed."""
        begun = {search.topic: search for search in self._library.last_searches() if search.started == now}
        complete = {slug for slug, search in begun.items() if search.complete}
        yield from self._after_run([it for it in questions if it.slug in begun], complete, now, is_complete=False)

    def _after_run(
        self, questions: Sequence[Question], complete: AbstractSet[str], now: datetime, *, is_complete: bool
    ) -> Iterator[str]:
        """What must be true after any run that asked these questions, and completed those of these slugs."""
        before, after = self._last, self._look()
        for question in questions:
            self._asks(question, now)
        yield from self._records(before, after, questions)
        yield from self._matches(before, after, questions, complete)
        yield from self._existence(before, after, now, complete, is_complete=is_complete)
        if is_complete:
            yield from self._newest(after, questions, now)
        yield from self._changes(before, after, now)
        for question in questions:
            self._remember(question, after, now, is_complete=question.slug in complete)
        self._ever_matched |= after.matching()
        self._last = after

    def _asks(self, question: Question, now: datetime) -> None:
        """A topic begins on the day of its first asking; a changed query, where the old one was last known."""
        course = self._courses.get(question.slug)
        today = now.astimezone(EASTERN).date()
        if course is None:
            self._courses[question.slug] = _Course(asked=today, query=question.query)
        elif course.query != question.query:
            course.query, course.is_filled, course.filling = question.query, False, set()
            course.passed_over = set()
            if course.last_complete:
                course.asked = course.last_complete.astimezone(EASTERN).date()

    def _searches(
        self, outcome: UpdateOutcome, questions: Sequence[Question], complete: AbstractSet[str], now: datetime
    ) -> Iterator[str]:
        """Each topic's search is in the log, and one that is not complete says so and why."""
        logged = {search.topic: search for search in self._library.last_searches()}
        incomplete = self._library.incomplete_since()
        last_complete = {slug: course.last_complete for slug, course in self._courses.items()}
        asked = {question.slug for question in questions}
        yield from _same("topics of the outcome", (search.topic for search in outcome.searches), asked)
        for question in questions:
            slug, search = question.slug, logged.get(question.slug)
            if search is None or search.started != now:
                yield f"{slug}: no search of this run in the log"
            elif search.complete != (slug in complete) or search.complete == (slug in incomplete):
                yield f"{slug}: log, outcome and incomplete_since do not agree"
            elif not search.complete and not search.problem:
                yield f"{slug}: not complete, and no word why"
            elif not search.complete and incomplete[slug] != last_complete.get(slug):
                yield f"{slug}: incomplete since {incomplete[slug]}, last complete {last_complete.get(slug)}"
            elif search.complete and search.found != len(self._pubmed.listed(question)):
                yield f"{slug}: found {search.found}, there are {len(self._pubmed.listed(question))}"

    def _records(self, before: Look, after: Look, questions: Sequence[Question]) -> Iterator[str]:
        """Nothing is lost, and what is held is what PubMed gave: as before, or as it is now."""
        newest = {pmid: len(self._pubmed.states[pmid]) - 1 for pmid in self._pubmed.now()}
        moved = {pmid for pmid, place in after.held.items() if place != before.held.get(pmid)}
        listed = frozenset[str]().union(*map(self._pubmed.listed, questions))
        yield from _none("lost from the library", before.held.keys() - after.held.keys())
        yield from _none("held as PubMed never had it", (p for p in moved if after.held[p] != newest.get(p)))
        yield from _none("held and asked for by nobody", after.held.keys() - before.held.keys() - listed)

    def _matches(
        self, before: Look, after: Look, questions: Sequence[Question], complete: AbstractSet[str]
    ) -> Iterator[str]:
        for question in questions:
            slug, listed = question.slug, self._pubmed.listed(question)
            was, is_now = before.matched[slug], after.matched[slug]
            if slug in complete:
                yield from _same(f"{slug}: matched", is_now, listed)
            yield from _none(f"{slug}: match made up", is_now - was - listed)
            yield from _none(f"{slug}: match dropped without ground", (was & listed) - is_now)

    def _existence(
        self, before: Look, after: Look, now: datetime, complete: AbstractSet[str], *, is_complete: bool
    ) -> Iterator[str]:
        """A record is marked as deleted when it is gone, and unmarked when it is back: at once where a topic asks."""
        gone, there = self._pubmed.gone, self._pubmed.now().keys()
        yield from _none("marked as deleted and there", (after.deleted - before.deleted) - gone.keys())
        yield from _none("unmarked and gone", (before.deleted - after.deleted) & gone.keys())
        yield from _none("gone and not marked", (before.matching(complete) & gone.keys()) - after.deleted)
        if is_complete:
            long_ago = _long_ago(now)
            back = (pmid for pmid in after.deleted & there if self._pubmed.back.get(pmid, date.min) < long_ago)
            long_gone = {pmid for pmid in after.held if pmid in gone and gone[pmid] < long_ago}
            yield from _none("listed and still marked as deleted", after.matching(complete) & after.deleted)
            yield from _none("back for long and still marked as deleted", back)
            yield from _none("gone for long and not marked", long_gone - after.deleted)

    def _newest(self, after: Look, questions: Sequence[Question], now: datetime) -> Iterator[str]:
        """After a complete run: the newest state that LR tells of; four weeks later, the newest.

        LR need not be asked of what matches only a topic that was given up, nor of what came in a run that was broken
        off and matched no topic when it was looked at again: no reader has seen it.
        """
        long_ago = _long_ago(now)
        unasked = after.matching() - after.matching(question.slug for question in questions)
        unasked |= after.held.keys() - self._ever_matched - after.matching()
        for pmid in after.held.keys() - after.deleted - self._pubmed.gone.keys():
            missed = self._pubmed.states[pmid][after.held[pmid] + 1 :]
            if pmid not in unasked and any(state.is_told for state in missed):
                yield f"{pmid}: revised, and LR tells it since {missed[0].since}; held as before"
            elif any(state.since < long_ago for state in missed):
                yield f"{pmid}: silently changed on {missed[0].since}; held as before"

    def after_poison(self, poisoned: AbstractSet[str], questions: Sequence[Question]) -> Iterator[str]:
        """Records that cannot be fetched cost nothing but themselves."""
        listed = frozenset[str]().union(*map(self._pubmed.listed, questions))
        yield from _none("not held, though others fail", listed - poisoned - self._last.held.keys())

    # -- changes --------------------------------------------------------------------------------

    def _changes(self, before: Look, after: Look, now: datetime) -> Iterator[str]:
        """Every difference between two looks is recorded with its kind, once, and nothing else is."""
        rows = self._library.changes()[before.changes :]
        recorded = Counter((change.pmid, _kind(change)) for change in rows)
        expected: Counter[tuple[str, str]] = Counter()
        for pmid, place in before.held.items():
            states = self._pubmed.states[pmid]
            for kind, times in told(states[place], states[after.held[pmid]]).items():
                expected[pmid, kind] = times
        expected.update(self._changes_of_existence(before, after, recorded))
        expected.update(self._changes_of_topics(before, after, recorded))
        for pmid, kind in sorted(recorded.keys() | expected.keys()):
            if kind != "revised" and recorded[pmid, kind] != expected[pmid, kind]:
                yield f"{pmid}: '{kind}' recorded {recorded[pmid, kind]} times, expected {expected[pmid, kind]}"
        yield from _none("changes of another moment", (str(change.seen) for change in rows if change.seen != now))

    def _changes_of_existence(
        self, before: Look, after: Look, recorded: Mapping[tuple[str, str], int]
    ) -> Iterator[tuple[str, str]]:
        yield from ((pmid, "restored") for pmid in before.deleted - after.deleted)
        for pmid in after.deleted - before.deleted:
            twins = self._pubmed.twins(pmid)
            if twins & (before.held.keys() - before.deleted - after.deleted):
                yield pmid, "merged"
            elif twins & after.held.keys() and (pmid, "merged") in recorded:
                # The twin came or went in this very run: which of the two was met first decides.
                yield pmid, "merged"
            else:
                yield pmid, "deleted"

    def _changes_of_topics(
        self, before: Look, after: Look, recorded: Mapping[tuple[str, str], int]
    ) -> Iterator[tuple[str, str]]:
        for slug, course in self._courses.items():
            for pmid in before.matched[slug] - after.matched[slug]:
                # Of a deleted record it may be left unsaid.
                if pmid not in after.deleted or (pmid, f"topic-lost {slug}") in recorded:
                    yield pmid, f"topic-lost {slug}"
            for pmid in after.matched[slug] - before.matched[slug]:
                if pmid in course.lost | course.passed_over:
                    yield pmid, f"topic-gained {slug}"

    # -- what came when -------------------------------------------------------------------------

    def _remember(self, question: Question, after: Look, now: datetime, *, is_complete: bool) -> None:
        """What came to a topic, and whether that was after the topic was asked for the first time."""
        course, listed = self._courses[question.slug], self._pubmed.listed(question)
        young = {pmid for pmid in listed if self._pubmed.states[pmid][0].entered >= course.asked}
        news = listed - course.listed if course.is_filled else young
        course.lost |= self._last.matched[question.slug] - after.matched[question.slug]
        self._possible |= news
        course.searched = now if is_complete else None
        if not is_complete:
            course.filling |= set() if course.is_filled else listed - young
            return
        # What was listed while the filling went on, and not at its end, may count as known or as new.
        self._due |= news - course.filling if course.is_filled else news
        self._backfill |= set() if course.is_filled else listed - news
        course.listed |= listed
        course.passed_over |= after.held.keys() - listed
        course.is_filled, course.last_complete = True, now

    # -- after a digest -------------------------------------------------------------------------

    def after_plan(self, plan: jobs.DigestPlan, *, sent: jobs.DigestPlan | None) -> Iterator[str]:
        """`sent` is the plan of the same week that was sent already, and must stand."""
        if sent:
            yield from _same("in a digest that was sent", plan.new, sent.new)
            return
        first = plan.period.start.astimezone(EASTERN).date()
        entered = {pmid: states[0].entered for pmid, states in self._pubmed.states.items()}
        matching = self._last.matching() - self._last.deleted
        mine = {pmid for pmid, issue in self._announced.items() if issue == plan.name}
        # Of the backfill, what PubMed received in the period; on its first day it may be or not.
        due = self._due | {pmid for pmid in self._backfill if entered[pmid] > first}
        filling = self._backfill.union(*(course.filling for course in self._courses.values()))
        possible = self._possible | {pmid for pmid in filling if entered[pmid] >= first}
        yield from _none("announced twice", (plan.new & self._announced.keys()) - mine)
        yield from _none("announced and taken back", mine - plan.new)
        yield from _none("announced and matching nothing", plan.new - mine - matching)
        yield from _none("announced and not new", plan.new - mine - possible)
        yield from _none("new and not announced", (due & matching) - self._announced.keys() - plan.new)
        self._announced.update(dict.fromkeys(plan.new, plan.name))

    def after_composing(self, questions: Sequence[Question], plan: jobs.DigestPlan, now: datetime) -> Iterator[str]:
        """Of a topic that was not searched completely just now, a digest says that it does not know."""
        digest = jobs.compose_digest(self._library, [question.topic for question in questions], plan, now=now)
        asked = {slug for slug, course in self._courses.items() if course.searched and now - course.searched <= FRESH}
        unknown = {question.slug for question in questions} - asked
        yield from _same("unknown by the digest", (gap.topic.slug for gap in digest.unknown), unknown)
        yield from _none("not known and called quiet", {quiet.topic.slug for quiet in digest.quiet} & unknown)
        if unknown and ("nothing new" in digest.subject or digest.summary.startswith("Nothing new in PubMed")):
            yield f"not known of {', '.join(sorted(unknown))}, and the digest says: {digest.subject}; {digest.summary}"

    def after_all(self) -> Iterator[str]:
        """What must be true of the year as a whole."""
        issues = self._library.issues()
        announced = [pmid for issue in issues for pmid in self._library.announced_in(issue.issue)]
        yield from _none("announced in two issues", (pmid for pmid, n in Counter(announced).items() if n > 1))
        yield from _same("announced over the year", announced, self._announced)
        for change in self._library.changes(kinds=STATUS_CHANGES):
            told_in = [issue.issue for issue in issues if change.seen in issue.period]
            if len(told_in) != 1 and change.seen >= issues[0].period.start:
                yield f"{change.pmid}: '{change.kind}' of {change.seen:%d %b} falls into the digests {told_in}"
        stored = {study.pmid: study.citation for study in self._library.studies()}
        read = {pmid: records.read_one(raw) for pmid, raw in self._library.records()}
        yield from _none("citation and raw record differ", (pmid for pmid in read if stored[pmid] != read[pmid]))
        yield from self._library.faults()


def _long_ago(now: datetime) -> date:
    return now.astimezone(EASTERN).date() - REFETCH


def _kind(change: Change) -> str:
    """The kind, with the topic or the field where it is about one."""
    if change.kind.startswith("topic-"):
        return f"{change.kind} {change.after or change.before}"
    return f"revised {change.field}" if change.kind == "revised" and change.field in FIELDS else change.kind


def _none(what: str, found: Iterable[str]) -> Iterator[str]:
    if listed := sorted(found):
        yield f"{what}: {', '.join(listed)}"


def _same(what: str, found: Iterable[str], expected: Iterable[str]) -> Iterator[str]:
    found, expected = set(found), set(expected)
    yield from _none(f"{what}, wrongly", found - expected)
    yield from _none(f"{what}, not so", expected - found)
