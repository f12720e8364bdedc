"""The calendar of searches: days by how completely PubMed was asked, and gaps that the schedule does not allow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.report import compose
from aggregator.scheduler import parse_rule
from aggregator.search_calendar import calendar, days_between
from tests.studies import TOPICS, search

TWO = TOPICS[:2]
#: A Friday evening.
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def on(day: int, topic: str = "ptsd", *, complete: bool = True, hour: int = 6):
    return search(
        topic,
        complete=complete,
        problem=None if complete else "PubMed did not answer",
        started=datetime(2026, 11, day, hour, tzinfo=UTC),
    )


def calendar_of(searches, *, due="daily 05:30", now=NOW, topics=TOPICS[:1]):
    return calendar(
        compose(
            studies=(), topics=topics, searches=searches, now=now, version="0", due=parse_rule(due) if due else None
        )
    )


def days(found) -> dict[int, tuple[str, str]]:
    """Day of the month -> (kind, "!" within a gap)."""
    return {
        one.day.day: (one.kind, "!" if one.is_in_gap else "") for month in found.months for one in month.days
    }  # fmt: skip


def gaps(found):
    return [(gap.first.day, gap.last.day, gap.days, gap.is_over) for gap in found.gaps]


@pytest.mark.parametrize(
    ("searches", "kind"),
    [
        pytest.param([on(20), on(20, "social-anxiety")], "all", id="every topic complete"),
        pytest.param([on(20), on(20, "social-anxiety", complete=False)], "some", id="one cut short"),
        pytest.param([on(20, complete=False), on(20, "social-anxiety", complete=False)], "failed", id="both cut short"),
        pytest.param([on(20), on(19, "social-anxiety")], "some", id="one not asked"),
        pytest.param([on(19), on(19, "social-anxiety")], "none", id="nobody asked"),
        pytest.param([on(20, complete=False, hour=5), on(20, hour=9)], "all", id="a second try mends the day; the other topic is not watched yet"),
    ],
)  # fmt: skip
def test_a_day_is_named_by_how_its_topics_were_searched(searches, kind):
    assert days(calendar_of(searches, topics=TWO))[20][0] == kind


def test_a_day_counts_each_watched_topic_once_as_complete_incomplete_or_not_searched():
    found = calendar_of(
        [on(19, slug) for slug in ("ptsd", "social-anxiety", "depression")] + [on(20), on(20, "depression", complete=False)],
        topics=TOPICS,
    )  # fmt: skip
    last = found.months[0].days[-1]
    assert (last.complete, last.incomplete, last.not_searched) == (("ptsd",), ("depression",), ("social-anxiety",))
    assert last.watched == 3  # the fourth topic was never searched


@pytest.mark.parametrize(
    ("asked", "due", "expected"),
    [
        pytest.param([16, 17, 18, 19, 20], "daily 05:30", [], id="every day"),
        pytest.param([16, 17, 20], "daily 05:30", [(18, 19, 2, True)], id="two days missed and made up"),
        pytest.param([16, 17, 18, 19], "daily 05:30", [], id="today may still come"),
        pytest.param([16, 17, 18], "daily 05:30", [(19, 20, 2, False)], id="yesterday was missed, and the gap is open"),
        pytest.param([9, 16], "monday 07:00", [], id="once a week"),
        pytest.param([2, 16], "monday 07:00", [(3, 15, 13, True)], id="a week missed"),
        pytest.param([5, 9, 12, 16, 19], "monday,thursday 07:00", [], id="twice a week, never more than four days apart"),
        pytest.param([19, 20], "hourly", [], id="every hour is at least every day"),
        pytest.param([1], "monthly 07:00", [], id="once a month"),
        pytest.param([2, 16], None, [], id="no schedule known: no gap is claimed"),
    ],
)  # fmt: skip
def test_gaps_longer_than_the_schedule_allows(asked, due, expected):
    assert gaps(calendar_of([on(day) for day in asked], due=due)) == expected


def test_an_incomplete_search_closes_no_gap():
    found = calendar_of([on(17), on(18, complete=False), on(19, complete=False), on(20)])
    assert gaps(found) == [(18, 19, 2, True)]
    assert days(found) == {17: ("all", ""), 18: ("failed", "!"), 19: ("failed", "!"), 20: ("all", "")}
    assert found.gaps[0].after == date(2026, 11, 17)


def test_a_topic_that_was_never_complete_is_a_gap_from_its_first_search_on():
    (gap,) = calendar_of([on(18, complete=False), on(20, complete=False)]).gaps
    assert (gap.after, gap.first, gap.last, gap.is_over) == (None, date(2026, 11, 18), date(2026, 11, 20), False)


def test_topics_that_share_a_gap_stand_together():
    found = calendar_of([on(day, slug) for slug in ("ptsd", "social-anxiety") for day in (16, 20)], topics=TWO)
    assert [gap.topics for gap in found.gaps] == [("ptsd", "social-anxiety")]


def test_a_topic_watched_no_more_has_no_open_gap():
    found = calendar_of([on(10, "retired"), *(on(day) for day in range(10, 21))])
    assert found.gaps == ()
    assert days(found)[20] == ("all", "")


@pytest.mark.parametrize(
    ("zone", "day"),
    [pytest.param("America/New_York", 18, id="still the evening before"), pytest.param("UTC", 19, id="the day itself")],
)
def test_days_are_those_of_the_reports_zone(zone, day):
    found = calendar_of([on(19, hour=2)], now=NOW.astimezone(ZoneInfo(zone)))
    assert min(days(found)) == day


def test_months_stand_newest_first_and_a_change_of_clocks_loses_no_day():
    new_york = ZoneInfo("America/New_York")
    searches = [search("ptsd", started=datetime(2026, 10, 25, 5, 30, tzinfo=new_york) + timedelta(days=n)) for n in range(27)]  # fmt: skip
    found = calendar_of(searches, now=datetime(2026, 11, 20, 18, tzinfo=new_york))
    assert [(month.year, month.month, len(month.days)) for month in found.months] == [(2026, 11, 20), (2026, 10, 7)]
    assert {one.kind for month in found.months for one in month.days} == {"all"}
    assert found.gaps == ()


def test_without_a_search_there_is_no_calendar():
    found = calendar_of([])
    assert (found.months, found.gaps) == ((), ())


@pytest.mark.parametrize(
    ("rule", "most"),
    [("daily 05:30", 1), ("hourly", 1), ("monday 07:00", 7), ("monday,thursday 07:00", 4), ("monthly 07:00", 31)],
)
def test_the_most_days_from_one_due_search_to_the_next(rule, most):
    assert days_between(parse_rule(rule)) == most
