"""The weeks that were: what each digest announced and said, which standings changed, how its searches went.

Pure values made from a report; `render.weeks` draws them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aggregator.edition import Edition, Piece, Section
from aggregator.report import (
    IssueEntry,
    Report,
    SetAside,
    StatusChange,
    by_design,
    design_rank,
    is_retracted,
    is_shown,
    set_aside,
)
from aggregator.study import STATUS_CHANGES, Search, Study

T = TypeVar("T")

#: How the searches of one topic went in one week, with the words for it; the gravest first.
OUTCOMES = {
    "not-searched": "not searched",
    "incomplete": "incomplete at the week's end",
    "mended": "incomplete at times, complete at the week's end",
    "complete": "complete",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWeek:
    """The searches of one topic in one week, the oldest first."""

    slug: str
    searches: tuple[Search, ...]

    @property
    def complete(self) -> int:
        """How many gave everything that PubMed counted."""
        return sum(search.complete for search in self.searches)

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        if not self.searches:
            return "not-searched"
        if not self.searches[-1].complete:
            return "incomplete"
        return "complete" if self.complete == len(self.searches) else "mended"

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong, each said once."""
        return tuple(dict.fromkeys(search.problem for search in self.searches if search.problem))


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What became of a study after a digest had told of it."""

    #: One of STATUS_CHANGES, or "gone" for a study that the report no longer holds.
    kind: str
    #: When it was seen; None where no change tells of it.
    seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a digest said of one study then, beside what is known of it today."""

    piece: Piece
    #: As it stands today; None where the report no longer holds it.
    study: Study | None
    #: The gravest first.
    since: tuple[Since, ...] = ()
    #: What it said must not be read any more: the study was retracted, deleted, or is held no longer.
    is_withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSection:
    """One part of a digest in its own words, with what became of its studies."""

    section: Section
    #: (name, studies), as the section's groups.
    groups: tuple[tuple[str, tuple[Told, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One digest and its week; studies are as they stand today, except in `told`."""

    issue: IssueEntry
    #: Those that lists show, by design.
    announced: tuple[Study, ...]
    set_aside: tuple[SetAside, ...]
    #: What the general edition showed, in its order.
    shown: tuple[Study, ...]
    #: The gravest kind first, the newest first within it.
    status_changes: tuple[StatusChange, ...]
    #: Kinds of change that say nothing of a study's standing -> how many there were.
    other_changes: Mapping[str, int]
    #: Every topic that was watched by the week's end.
    searches: tuple[TopicWeek, ...]
    #: What the general edition said; empty where its wording was not kept.
    told: tuple[ToldSection, ...] = ()

    @property
    def told_of(self) -> frozenset[str]:
        """The PMIDs that the wording tells of, each with a place of its own."""
        return frozenset(piece.pmid for told in self.told for piece in told.section.pieces)

    @property
    def designs(self) -> Mapping[str, int]:
        """The announced studies by design, without those that were retracted."""
        return by_design(study for study in self.announced if not is_retracted(study))

    @property
    def retracted(self) -> int:
        """How many of the announced studies are retracted by now."""
        return sum(map(is_retracted, self.announced))

    @property
    def set_aside_count(self) -> int:
        return sum(len(group.studies) for group in self.set_aside)

    @property
    def gone(self) -> int:
        """How many it announced that the report no longer holds, because PubMed deleted them or no topic matches."""
        return max(0, self.issue.new - len(self.announced) - self.set_aside_count)

    def with_outcome(self, *outcomes: str) -> tuple[str, ...]:
        """The slugs of the topics whose searches went like this."""
        return tuple(topic.slug for topic in self.searches if topic.outcome in outcomes)


def weeks(report: Report) -> tuple[Week, ...]:
    """Every digest that was made, the newest first."""
    announced: defaultdict[str, list[Study]] = defaultdict(list)
    for study in report.studies:
        if study.announced:
            announced[study.announced[0]].append(study)
    held = {study.pmid: study for study in report.studies}
    seen = [StatusChange(change=change, study=study) for study in report.studies for change in study.changes]
    changes = _by_issue(seen, report.issues, lambda entry: entry.change.seen)
    searches = _by_issue(report.searches, report.issues, lambda search: search.started)
    watched = _Watched(report)
    return tuple(
        _week(
            issue,
            announced=announced[issue.label],
            shown=[held[pmid] for pmid in issue.shown if pmid in held],
            changes=changes[issue.label],
            searches=watched.topics(issue, searches[issue.label]),
            told=told_today(issue.edition, held) if issue.edition else (),
        )
        for issue in report.issues
    )


def _week(
    issue: IssueEntry,
    *,
    announced: Sequence[Study],
    shown: Sequence[Study],
    changes: Iterable[StatusChange],
    searches: tuple[TopicWeek, ...],
    told: tuple[ToldSection, ...],
) -> Week:
    newest = sorted(changes, key=lambda entry: entry.change.seen, reverse=True)
    status = [entry for entry in newest if entry.change.kind in STATUS_CHANGES]
    return Week(
        issue=issue,
        announced=tuple(sorted(filter(is_shown, announced), key=lambda study: design_rank(study.summary.design.value))),
        set_aside=set_aside(announced),
        shown=tuple(shown),
        status_changes=tuple(sorted(status, key=lambda entry: STATUS_CHANGES.index(entry.change.kind))),
        other_changes=Counter(entry.change.kind for entry in newest if entry.change.kind not in STATUS_CHANGES),
        searches=searches,
        told=told,
    )


def told_today(edition: Edition, held: Mapping[str, Study]) -> tuple[ToldSection, ...]:
    """What an edition said, beside what became of its studies since; `held` has today's studies by PMID."""
    return tuple(
        ToldSection(
            section=section,
            groups=tuple(
                (
                    group.name,
                    tuple(_told(piece, held.get(piece.pmid), edition.written, section.form) for piece in group.pieces),
                )
                for group in section.groups
            ),
        )
        for section in edition.sections
    )


def _told(piece: Piece, study: Study | None, written: datetime, form: str) -> Told:
    # A change of status is told without any result of the study, and stays what it was.
    must_go = study is None or is_retracted(study) or study.deleted is not None
    return Told(piece=piece, study=study, since=_since(piece, study, written), is_withheld=must_go and form != "status")


def _since(piece: Piece, study: Study | None, written: datetime) -> tuple[Since, ...]:
    if study is None:
        return (Since(kind="gone"),)
    seen = {change.kind: change.seen for change in study.changes if change.seen > written}
    dropped = "merged" if "merged" in seen else "deleted"
    holds = {
        "retracted": is_retracted(study),
        "expression-of-concern": study.citation.has_concern,
        "corrected": study.citation.is_corrected,
        dropped: study.deleted is not None,
    }
    # A second correction is one since, and a first without a change on record too.
    again = ("expression-of-concern", "corrected", "published")
    kinds = {kind for kind, is_so in holds.items() if is_so and kind not in _stood(piece)}
    kinds |= {kind for kind in again if kind in seen}
    return tuple(Since(kind=kind, seen=seen.get(kind)) for kind in STATUS_CHANGES if kind in kinds)


def _stood(piece: Piece) -> tuple[str, ...]:
    return (*piece.standing, *(["merged"] if "deleted" in piece.standing else []))


def _by_issue(
    things: Iterable[T], issues: Sequence[IssueEntry], moment: Callable[[T], datetime]
) -> defaultdict[str, list[T]]:
    """Each thing under the first issue whose period holds its moment; what lies in none is left out."""
    ordered = sorted(issues, key=lambda issue: issue.period.end)
    ends = [issue.period.end for issue in ordered]
    found: defaultdict[str, list[T]] = defaultdict(list)
    for thing in things:
        when = moment(thing)
        # The end does not belong to a period, so that a moment at an end lies in the next.
        place = bisect_right(ends, when)
        if place < len(ordered) and when in ordered[place].period:
            found[ordered[place].label].append(thing)
    return found


class _Watched:
    """Which topics were watched when: from their first search on, today's topics to this day."""

    def __init__(self, report: Report) -> None:
        self._first: dict[str, datetime] = {}
        for search in report.searches:
            self._first[search.topic] = min(search.started, self._first.get(search.topic, search.started))
        self._today = {page.topic.slug for page in report.topics}

    def topics(self, issue: IssueEntry, searches: Iterable[Search]) -> tuple[TopicWeek, ...]:
        """The topics of one week, today's first and in their order, with that week's searches."""
        made: defaultdict[str, list[Search]] = defaultdict(list)
        for search in sorted(searches, key=lambda search: search.started):
            made[search.topic].append(search)
        slugs = [
            slug
            for slug, first in self._first.items()
            if slug in made or (slug in self._today and first < issue.period.end)
        ]
        return tuple(TopicWeek(slug=slug, searches=tuple(made[slug])) for slug in slugs)
