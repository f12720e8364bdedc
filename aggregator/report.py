"""The report: which studies are shown, in which order, how many of which kind, and how complete the searches were.

Pure values; `render.site` draws them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.dates import Period
from aggregator.edition import Edition
from aggregator.scheduler import Rule
from aggregator.study import STATUS_CHANGES, Change, Search, Study
from aggregator.topics import Topic
from aggregator.vocabulary import BUCKETS, DESIGNS, DIRECTIONS

if TYPE_CHECKING:
    from aggregator.claim_evidence import ClaimEvidence

#: Buckets that lists show; the studies of all others are set aside with their reason, and reachable.
SHOWN_BUCKETS = ("core", "protocol")

#: Designs that have a column of the evidence map even when no study has them: an empty cell is information.
MAPPED_DESIGNS = (
    "meta-analysis",
    "systematic-review",
    "guideline",
    "randomized-trial",
    "non-randomized-trial",
    "secondary-analysis",
    "cohort",
    "case-control",
    "cross-sectional",
    "case-report",
    "qualitative",
    "narrative-review",
    "protocol",
)

#: How long a study counts as new, and how long a change of status stands on the first page.
NEW_FOR = timedelta(days=7)
CHANGE_SHOWN_FOR = timedelta(days=28)

#: The bar of the direction strip for trials whose abstract gives no direction.
NOT_REPORTED = "not-reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueEntry:
    """One digest that was made: its week, its period and how many studies it announced."""

    #: 2026-W47
    label: str
    period: Period
    new: int
    #: The PMIDs that its general edition showed, in its order.
    shown: tuple[str, ...] = ()
    #: What that edition said; None where it was not kept.
    edition: Edition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """How the searches of one topic stand."""

    topic: Topic
    last: Search | None
    #: When a search of the topic last gave everything that PubMed counted.
    last_complete: datetime | None

    @property
    def is_complete(self) -> bool:
        """The last search gave everything; a topic that was never searched is not complete."""
        return self.last is not None and self.last.complete


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Studies that a topic's query found and its lists leave out, with the kind of reason."""

    bucket: str
    studies: tuple[Study, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    """Everything of one topic."""

    state: TopicState
    studies: tuple[Study, ...]
    new: tuple[Study, ...]
    set_aside: tuple[SetAside, ...]
    #: Design -> studies that count.
    designs: Mapping[str, int]

    @property
    def topic(self) -> Topic:
        return self.state.topic

    @property
    def set_aside_count(self) -> int:
        return sum(len(group.studies) for group in self.set_aside)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMap:
    """Topic x design counts; the zeros are kept."""

    topics: tuple[Topic, ...]
    designs: tuple[str, ...]
    #: One row a topic, one number a design.
    counts: tuple[tuple[int, ...], ...]
    #: The largest cell, 0 for an empty map.
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The studies published in one year, by design."""

    year: int
    designs: Mapping[str, int]
    #: The year is not over, or its records have not all come in: it must not be read as a fall.
    is_partial: bool

    @property
    def total(self) -> int:
        return sum(self.designs.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionRow:
    """The randomised trials of one topic by the direction that their abstracts report."""

    topic: Topic
    #: Every direction and NOT_REPORTED, zeros kept.
    directions: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.directions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many studies there are of what."""

    studies: int
    shown: int
    set_aside: int
    #: Studies that the charts count.
    counted: int
    retracted: int
    concerns: int
    preprints: int
    #: MeSH headings and final publication types are still to come for these.
    awaiting_indexing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A change that a reader of the study must know, with the study."""

    change: Change
    study: Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the site shows."""

    #: Newest first.
    studies: tuple[Study, ...]
    topics: tuple[TopicPage, ...]
    new: tuple[Study, ...]
    #: The gravest kind first, the newest first within it.
    status_changes: tuple[StatusChange, ...]
    issues: tuple[IssueEntry, ...]
    searches: tuple[Search, ...]
    counts: Counts
    evidence_map: EvidenceMap
    years: tuple[Year, ...]
    directions: tuple[DirectionRow, ...]
    #: Registry number -> studies that carry it, where there are two or more.
    trials: Mapping[str, tuple[Study, ...]]
    #: The day of the last complete search of any topic; None before the first.
    data_through: date | None
    made: datetime
    version: str
    #: What every page says at its top, such as that all of it is invented.
    banner: str | None = None
    #: Where the site will be served; None where nobody knows.
    url: str | None = None
    #: When searches are due; None where nobody knows.
    due: Rule | None = None
    #: What is commonly said, with what the library holds beside it.
    claims: tuple[ClaimEvidence, ...] = ()

    @property
    def incomplete(self) -> tuple[TopicState, ...]:
        """The topics whose last search did not give everything."""
        return tuple(page.state for page in self.topics if not page.state.is_complete)


def compose(
    *,
    studies: Sequence[Study],
    topics: Sequence[Topic],
    searches: Sequence[Search],
    issues: Sequence[IssueEntry] = (),
    now: datetime,
    version: str,
    banner: str | None = None,
    url: str | None = None,
    due: Rule | None = None,
    claims: Sequence[ClaimEvidence] = (),
) -> Report:
    """The report of everything the library holds, as of `now` (aware)."""
    ordered = tuple(sorted(studies, key=newness, reverse=True))
    new = _new(ordered, searches, now)
    states = [_state(topic, searches) for topic in topics]
    counted = [study for study in ordered if is_counted(study)]
    completed = [state.last_complete for state in states if state.last_complete]
    return Report(
        studies=ordered,
        topics=tuple(_topic_page(state, ordered, new) for state in states),
        new=new,
        status_changes=_status_changes(ordered, now),
        issues=tuple(sorted(issues, key=lambda issue: issue.period.start, reverse=True)),
        searches=tuple(sorted(searches, key=lambda search: search.started, reverse=True)),
        counts=_counts(ordered, len(counted)),
        evidence_map=_evidence_map(counted, topics),
        years=_years(counted, now),
        directions=tuple(_direction_row(counted, topic) for topic in topics),
        trials=_trials(ordered),
        data_through=max(completed).astimezone(now.tzinfo).date() if completed else None,
        made=now,
        version=version,
        banner=banner,
        url=url,
        due=due,
        claims=tuple(claims),
    )


def newness(study: Study) -> tuple[date, tuple[int, int, int], int]:
    """Sort key: the day PubMed received it, then its publication date, then the PMID."""
    citation = study.citation
    return (citation.entered or date.min, citation.published.sort_key, int(study.pmid) if study.pmid.isdigit() else 0)


def is_retracted(study: Study) -> bool:
    """By its record or by its summary's flags."""
    return study.citation.is_retracted or "retracted" in study.summary.flags


def is_preprint(study: Study) -> bool:
    """By its record or by its summary's flags."""
    return study.citation.is_preprint or "preprint" in study.summary.flags


def is_shown(study: Study) -> bool:
    """Stands in the lists; the others are set aside."""
    return study.summary.bucket in SHOWN_BUCKETS


def is_counted(study: Study) -> bool:
    """Counts in the charts: not set aside, not retracted, not deleted, not a preprint."""
    return is_shown(study) and not is_retracted(study) and not is_preprint(study) and study.deleted is None


def _state(topic: Topic, searches: Iterable[Search]) -> TopicState:
    own = sorted((search for search in searches if search.topic == topic.slug), key=lambda search: search.started)
    complete = [search.started for search in own if search.complete]
    return TopicState(topic=topic, last=own[-1] if own else None, last_complete=complete[-1] if complete else None)


def _new(studies: Iterable[Study], searches: Iterable[Search], now: datetime) -> tuple[Study, ...]:
    """Shown studies that PubMed received, or that a search after the first found, in the last days; none retracted."""
    since = now - NEW_FOR
    earliest = min((search.started for search in searches), default=now)

    def is_new(study: Study) -> bool:
        entered, seen = study.citation.entered, study.first_seen
        found_late = seen is not None and seen >= since and earliest < since
        return (entered is not None and since.date() <= entered) or found_late

    fresh = [study for study in studies if is_shown(study) and not is_retracted(study) and is_new(study)]
    return tuple(sorted(fresh, key=lambda study: design_rank(study.summary.design.value)))


def design_rank(design: str) -> int:
    """The place of a design in every list that is ordered by design."""
    return list(DESIGNS).index(design) if design in DESIGNS else len(DESIGNS)


def _topic_page(state: TopicState, studies: Iterable[Study], new: Sequence[Study]) -> TopicPage:
    slug = state.topic.slug
    own = [study for study in studies if slug in study.topics]
    return TopicPage(
        state=state,
        studies=tuple(study for study in own if is_shown(study)),
        new=tuple(study for study in new if slug in study.topics),
        set_aside=set_aside(own),
        designs=by_design(study for study in own if is_counted(study)),
    )


def set_aside(studies: Iterable[Study]) -> tuple[SetAside, ...]:
    """Those of the studies that no list shows, by the kind of reason."""
    groups: dict[str, list[Study]] = {bucket: [] for bucket in BUCKETS if bucket not in SHOWN_BUCKETS}
    for study in studies:
        if not is_shown(study):
            groups.setdefault(study.summary.bucket, []).append(study)
    return tuple(SetAside(bucket=name, studies=tuple(members)) for name, members in groups.items() if members)


def by_design(studies: Iterable[Study]) -> dict[str, int]:
    """How many studies have each design, in the order of the designs."""
    found = Counter(study.summary.design.value for study in studies)
    return {design: found[design] for design in sorted(found, key=design_rank)}


def _status_changes(studies: Iterable[Study], now: datetime) -> tuple[StatusChange, ...]:
    recent = [
        StatusChange(change=change, study=study)
        for study in studies
        for change in study.changes
        if change.kind in STATUS_CHANGES and change.seen >= now - CHANGE_SHOWN_FOR
    ]
    newest = sorted(recent, key=lambda entry: entry.change.seen, reverse=True)
    return tuple(sorted(newest, key=lambda entry: STATUS_CHANGES.index(entry.change.kind)))


def _counts(studies: Sequence[Study], counted: int) -> Counts:
    shown = sum(map(is_shown, studies))
    return Counts(
        studies=len(studies),
        shown=shown,
        set_aside=len(studies) - shown,
        counted=counted,
        retracted=sum(map(is_retracted, studies)),
        concerns=sum(study.citation.has_concern for study in studies),
        preprints=sum(map(is_preprint, studies)),
        awaiting_indexing=sum(not study.citation.is_indexed for study in studies),
    )


def _evidence_map(counted: Sequence[Study], topics: Sequence[Topic]) -> EvidenceMap:
    cells = Counter((slug, study.summary.design.value) for study in counted for slug in study.topics)
    present = {design for _, design in cells}
    designs = tuple(design for design in DESIGNS if design in MAPPED_DESIGNS or design in present)
    rows = tuple(tuple(cells[topic.slug, design] for design in designs) for topic in topics)
    return EvidenceMap(
        topics=tuple(topics), designs=designs, counts=rows, largest=max((max(row) for row in rows), default=0)
    )


def _years(counted: Iterable[Study], now: datetime) -> tuple[Year, ...]:
    """Every year from the first to the current one, quiet ones too."""
    members: defaultdict[int, list[Study]] = defaultdict(list)
    for study in counted:
        if study.citation.published.year:
            members[study.citation.published.year].append(study)
    if not members:
        return ()
    return tuple(
        Year(year=year, designs=by_design(members.get(year, ())), is_partial=year >= now.year)
        for year in range(min(members), max(*members, now.year) + 1)
    )


def _direction_row(counted: Iterable[Study], topic: Topic) -> DirectionRow:
    trials = [
        study for study in counted if topic.slug in study.topics and study.summary.design.value == "randomized-trial"
    ]
    found = Counter(study.summary.direction.value if study.summary.direction else NOT_REPORTED for study in trials)
    return DirectionRow(topic=topic, directions={name: found[name] for name in (*DIRECTIONS, NOT_REPORTED)})


def _trials(studies: Iterable[Study]) -> dict[str, tuple[Study, ...]]:
    reports: defaultdict[str, list[Study]] = defaultdict(list)
    for study in studies:
        for number in study.registrations:
            reports[number].append(study)
    return {number: tuple(members) for number, members in reports.items() if len(members) > 1}
