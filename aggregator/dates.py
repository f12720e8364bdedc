"""Days, ISO weeks and periods; nothing here reads the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: PubMed's days begin and end in Bethesda.
EASTERN = ZoneInfo("America/New_York")

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time; `start` belongs to it and `end` does not. Both know their zone."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def first_day(self) -> date:
        """The first day that belongs to it whole; a period within one day names that day.

        A digest that begins on a Monday at 7:00, where the last one ended, is of the days from Tuesday on.
        """
        day = self.start.date()
        return day if self.start.time() == time() else min(day + timedelta(days=1), self.last_day)

    @property
    def last_day(self) -> date:
        """The last day that the period touches."""
        return (self.end - timedelta(microseconds=1)).date()


def issue_of(moment: datetime) -> str:
    """The ISO week that a moment lies in, as it is written: 2026-W47."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def week_period(issue: str, zone: ZoneInfo) -> Period:
    """Monday 00:00 to the next Monday 00:00 of an ISO week such as 2026-W47.

    Raises ValueError for a week that does not exist.
    """
    found = _WEEK.fullmatch(issue)
    if not found:
        raise ValueError(f"'{issue}' is not a week; write it as 2026-W47")
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError as error:
        raise ValueError(f"'{issue}' is not a week of that year; write it as 2026-W47") from error
    return Period(
        start=datetime.combine(monday, time(), zone),
        end=datetime.combine(monday + timedelta(days=7), time(), zone),
    )


def in_words(day: date) -> str:
    """22 Nov 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """On the clock of a zone: Mon 2026-11-23 07:00 CET."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def period_in_words(period: Period) -> str:
    """The days of a period, as short as they can be said: 16-22 Nov 2026."""
    first, last = period.first_day, period.last_day
    if first == last:
        return in_words(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\u2013{in_words(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} \u2013 {in_words(last)}"
    return f"{in_words(first)} \u2013 {in_words(last)}"


def day_at_pubmed(moment: datetime) -> date:
    """The day that it is at PubMed, from which "last 7 days" counts and which its records bear."""
    return moment.astimezone(EASTERN).date()


def off_peak_from(moment: datetime) -> datetime:
    """The first moment, from this one on, at which NCBI likes large jobs: 21:00 to 5:00 Eastern time, or a weekend.

    https://www.ncbi.nlm.nih.gov/books/NBK25497/, "Frequency, Timing and Registration of E-utility URL Requests".
    """
    here = moment.astimezone(EASTERN)
    if here.weekday() >= 5 or here.hour >= 21 or here.hour < 5:
        return moment
    return here.replace(hour=21, minute=0, second=0, microsecond=0)


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 day or moment as an aware datetime; one without an offset is meant in `zone`.

    Raises ValueError when it is neither.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def utc_text(moment: datetime) -> str:
    """A moment as the library stores it, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
