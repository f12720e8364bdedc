"""The calendar of searches as a page."""

from __future__ import annotations

from calendar import monthcalendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aggregator.dates import MONTHS
from aggregator.report import Report
from aggregator.scheduler import WEEKDAYS
from aggregator.search_calendar import SearchDay, SearchMonth, calendar

#: How a day went: (sign, words). The sign is a shape, so that no colour is needed.
KINDS = {
    "all": ("●", "every topic searched completely"),
    "some": ("◐", "some topics searched completely"),
    "failed": ("○", "searched, and no topic completely"),
    "none": ("–", "not searched"),
    "before": ("", "before the first search"),
}


#: Gaps that stand open on the page, the newest; the others are one click away.
GAPS_OPEN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One month as a page of a calendar."""

    name: str
    #: Seven places a week, Monday first; None for days of other months and for days that have not come.
    weeks: tuple[tuple[int | None, ...], ...]
    days: Mapping[int, SearchDay]


def page(report: Report) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path within the site, template, what it is told) of the calendar's page."""
    found = calendar(report)
    names = {page.topic.slug: page.topic.name for page in report.topics}
    yield (
        "searches.html",
        "site/searches.html",
        {
            "calendar": found,
            "years": [
                (year, [_sheet(month) for month in months], [day for month in months for day in reversed(month.days)])
                for year, months in ((y, list(g)) for y, g in groupby(found.months, key=lambda month: month.year))
            ],
            "kinds": KINDS,
            "gaps_open": GAPS_OPEN,
            "weekdays": [(name[:2].capitalize(), name.capitalize()) for name in WEEKDAYS],
            "zone": str(report.made.tzinfo),
            "names": lambda slugs: ", ".join(
                [names[s] for s in names if s in slugs] + [s for s in slugs if s not in names]
            ),
        },
    )


def _sheet(month: SearchMonth) -> Sheet:
    return Sheet(
        name=f"{MONTHS[month.month - 1]} {month.year}",
        weeks=tuple(tuple(day or None for day in week) for week in monthcalendar(month.year, month.month)),
        days={one.day.day: one for one in month.days},
    )
