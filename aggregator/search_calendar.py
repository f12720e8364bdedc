"""The days on which PubMed was asked: how completely, and where more time passed than the schedule allows.

Pure values; `render.searching` draws them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

from aggregator.report import Report
from aggregator.scheduler import Rule

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDay:
    """One day in the report's zone: slugs of the topics watched then, by how the day's searches went."""

    day: date
    #: At least one search gave everything.
    complete: tuple[str, ...]
    #: Asked, and no search gave everything.
    incomplete: tuple[str, ...]
    #: Not asked at all.
    not_searched: tuple[str, ...]
    #: More time than the schedule allows had no complete search of some topic, and this day lies within it.
    is_in_gap: bool

    @property
    def watched(self) -> int:
        return len(self.complete) + len(self.incomplete) + len(self.not_searched)

    @property
    def kind(self) -> str:
        """all, some, failed (asked, and no topic complete), none (not asked) or before (nothing was watched yet)."""
        if not self.watched:
            return "before"
        if len(self.complete) == self.watched:
            return "all"
        if self.complete:
            return "some"
        return "failed" if self.incomplete else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMonth:
    """One month's days up to the day of the report, from the day on which PubMed was first asked."""

    year: int
    month: int
    days: tuple[SearchDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days without a complete search of some topics, more of them than the schedule allows."""

    topics: tuple[str, ...]
    #: The day of the last complete search before; None when there was none.
    after: date | None
    first: date
    last: date
    #: A complete search came the day after `last`; otherwise none has come yet.
    is_over: bool

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCalendar:
    """All days of searches, the newest month first."""

    months: tuple[SearchMonth, ...]
    #: The newest first.
    gaps: tuple[Gap, ...]
    #: The most days from one due search to the next; None where no schedule is known.
    allowed: int | None


def calendar(report: Report) -> SearchCalendar:
    """The searches of a report by day, in its own time zone."""
    today = report.made.date()
    asked = _asked(report)
    watches = [
        _Watch(slug, asked[slug], until=today if slug in {page.topic.slug for page in report.topics} else None)
        for slug in _in_order(report, asked)
    ]
    allowed = days_between(report.due) if report.due else None
    gaps = _gaps(watches, allowed, today) if allowed else ()
    return SearchCalendar(months=tuple(_months(watches, gaps, today)), gaps=gaps, allowed=allowed)


def days_between(rule: Rule) -> int:
    """The most days that lie between two searches made by the rule: 1 for every day, 7 for once a week."""
    if rule.is_monthly:
        return 31
    first = rule.days[0] + 7
    return max(later - earlier for earlier, later in pairwise((*rule.days, first)))


def _asked(report: Report) -> Mapping[str, dict[date, bool]]:
    """Topic -> day -> whether any of the day's searches was complete."""
    asked: defaultdict[str, dict[date, bool]] = defaultdict(dict)
    for search in report.searches:
        day = search.started.astimezone(report.made.tzinfo).date()
        asked[search.topic][day] = asked[search.topic].get(day, False) or search.complete
    return asked


def _in_order(report: Report, asked: Iterable[str]) -> list[str]:
    """Today's topics in their order, then those that are watched no more."""
    today = [page.topic.slug for page in report.topics]
    return [*(slug for slug in today if slug in asked), *sorted(set(asked) - set(today))]


class _Watch:
    """One topic from its first search to today, or to its last for a topic that is watched no more."""

    def __init__(self, slug: str, asked: Mapping[date, bool], *, until: date | None) -> None:
        self.slug = slug
        self.asked = asked
        self.first = min(asked)
        self.last = max(until or self.first, *asked)
        self.complete = sorted(day for day, whole in asked.items() if whole)

    def has(self, day: date) -> bool:
        return self.first <= day <= self.last

    def stretches(self, allowed: int) -> Iterator[tuple[date | None, date, date, bool]]:
        """(last complete day before, first day without, last day without, whether it is over) of each gap."""
        days: list[date] = [self.first - _A_DAY, *self.complete, self.last + _A_DAY]
        known = set(self.complete)
        for before, after in pairwise(days):
            is_over = after in known
            # The day that has not ended may still bring its search.
            last = after - _A_DAY
            if (last - before).days >= allowed + (0 if is_over else 1) and last > before:
                yield before if before in known else None, before + _A_DAY, last, is_over


def _gaps(watches: Iterable[_Watch], allowed: int, today: date) -> tuple[Gap, ...]:
    """Topics that share a gap stand together."""
    found = sorted(
        (first, last, is_over, after or date.min, watch.slug)
        for watch in watches
        for after, first, last, is_over in watch.stretches(allowed)
        if is_over or last >= today
    )
    gaps = [
        Gap(
            topics=tuple(slug for *_, slug in members),
            after=None if after == date.min else after,
            first=first,
            last=last,
            is_over=is_over,
        )
        for (first, last, is_over, after), members in groupby(found, key=lambda entry: entry[:4])
    ]
    return tuple(sorted(gaps, key=lambda gap: (gap.last, gap.first), reverse=True))


def _months(watches: Sequence[_Watch], gaps: Sequence[Gap], today: date) -> Iterator[SearchMonth]:
    if not watches:
        return
    day = min(watch.first for watch in watches)
    within = {gap.first + timedelta(days=n) for gap in gaps for n in range(gap.days)}
    days = [_day(day + timedelta(days=n), watches, within) for n in range((max(today, day) - day).days + 1)]
    months = [(key, tuple(group)) for key, group in groupby(days, key=lambda one: (one.day.year, one.day.month))]
    for (year, month), members in reversed(months):
        yield SearchMonth(year=year, month=month, days=members)


def _day(day: date, watches: Iterable[_Watch], within: Container[date]) -> SearchDay:
    watched = [watch for watch in watches if watch.has(day)]
    return SearchDay(
        day=day,
        complete=tuple(watch.slug for watch in watched if watch.asked.get(day)),
        incomplete=tuple(watch.slug for watch in watched if watch.asked.get(day) is False),
        not_searched=tuple(watch.slug for watch in watched if day not in watch.asked),
        is_in_gap=day in within,
    )
