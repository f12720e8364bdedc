"""What the report shows, counts and admits to: compose() on invented studies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.citation import PubDate
from aggregator.dates import week_period
from aggregator.report import MAPPED_DESIGNS, NOT_REPORTED, IssueEntry, Report, compose, is_counted
from tests.studies import NOW, TOPICS, change, result, retracted, search, searches, study


def composed(*studies, **rest) -> Report:
    given = {"topics": TOPICS, "searches": searches(), "now": NOW, "version": "0", **rest}
    return compose(studies=studies, **given)


def pmids(studies) -> list[str]:
    return [one.pmid for one in studies]


def test_studies_stand_newest_first_by_the_day_pubmed_received_them_then_by_pmid():
    report = composed(
        study("90000001", entered=date(2026, 1, 5)),
        study("90000003", entered=date(2026, 3, 5)),
        study("90000010", entered=date(2026, 1, 5)),
        study("90000002", entered=None),
    )
    assert pmids(report.studies) == ["90000003", "90000010", "90000001", "90000002"]


def test_a_study_of_two_topics_stands_on_both_pages_and_once_in_the_list():
    report = composed(study("90000001", topics=("ptsd", "depression")))
    pages = {page.topic.slug: page for page in report.topics}
    assert len(report.studies) == 1
    assert pmids(pages["ptsd"].studies) == pmids(pages["depression"].studies) == ["90000001"]
    assert pages["social-anxiety"].studies == ()


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        pytest.param(study(), True, id="a clinical study"),
        pytest.param(study(design="protocol", bucket="protocol"), True, id="a protocol"),
        pytest.param(retracted(), False, id="retracted by its record"),
        pytest.param(study(flags=("retracted",)), False, id="retracted by its flag"),
        pytest.param(study(flags=("preprint",)), False, id="a preprint by its flag"),
        pytest.param(study(publication_types=("Preprint",)), False, id="a preprint by its record"),
        pytest.param(study(bucket="perioperative"), False, id="set aside"),
        pytest.param(replace(study(), deleted=NOW), False, id="deleted from PubMed"),
    ],
)
def test_the_charts_count_a_study_only_when_it_stands(one, counts):
    report = composed(one)
    assert is_counted(one) is counts
    assert report.counts.counted == sum(year.total for year in report.years) == int(counts)
    assert sum(map(sum, report.evidence_map.counts)) == int(counts)


def test_a_retracted_study_stays_in_the_lists_and_is_not_called_new():
    report = composed(retracted(topics=("ptsd",)))
    assert pmids(report.topics[0].studies) == ["90000099"]
    assert report.new == ()
    assert report.counts.retracted == 1


def test_studies_set_aside_are_grouped_by_kind_and_stay_within_reach():
    report = composed(
        study("90000001", bucket="preclinical", bucket_reason="animals"),
        study("90000002", bucket="perioperative"),
        study("90000003", bucket="preclinical"),
        study("90000004"),
    )
    page = report.topics[0]
    assert [(group.bucket, len(group.studies)) for group in page.set_aside] == [
        ("perioperative", 1),
        ("preclinical", 2),
    ]
    assert pmids(page.studies) == ["90000004"]
    assert (report.counts.studies, report.counts.shown, report.counts.set_aside) == (4, 1, 3)


def test_the_evidence_map_keeps_its_empty_cells_and_loses_no_study_of_an_unmapped_design():
    report = composed(study("90000001"), study("90000002"), study("90000003", design="comment", topics=("depression",)))
    table = report.evidence_map
    cells = {
        (topic.slug, design): count
        for topic, row in zip(table.topics, table.counts, strict=True)
        for design, count in zip(table.designs, row, strict=True)
    }
    assert set(MAPPED_DESIGNS) < set(table.designs)
    assert cells["ptsd", "randomized-trial"] == table.largest == 2
    assert cells["depression", "comment"] == 1
    assert cells["social-anxiety", "meta-analysis"] == 0
    assert len(cells) == len(TOPICS) * (len(MAPPED_DESIGNS) + 1)


def test_years_without_a_study_are_kept_and_the_current_year_is_partial():
    report = composed(
        study("90000001", published=PubDate(2023)),
        study("90000002", published=PubDate(2026, 2), design="cohort"),
        study("90000003", published=PubDate(None)),
    )
    assert [(year.year, year.total, year.is_partial) for year in report.years] == [
        (2023, 1, False),
        (2024, 0, False),
        (2025, 0, False),
        (2026, 1, True),
    ]


def test_the_direction_strip_counts_randomised_trials_and_those_that_report_none():
    says = [result("Scores were lower.")]
    report = composed(
        study("90000001", results=says, direction="favours-ketamine"),
        study("90000002", results=says, direction="no-difference"),
        study("90000003"),
        study("90000004", design="cohort", results=says, direction="favours-ketamine"),
    )
    row = report.directions[0]
    stated = {name: count for name, count in row.directions.items() if count}
    assert stated == {"favours-ketamine": 1, "no-difference": 1, NOT_REPORTED: 1}
    assert row.total == 3


@pytest.mark.parametrize(
    ("entered", "seen_ago", "library_age", "is_new"),
    [
        pytest.param(date(2026, 11, 20), 3, 300, True, id="received this week"),
        pytest.param(date(2026, 3, 1), 3, 300, True, id="older, but it matches only since this week"),
        pytest.param(date(2026, 3, 1), 3, 3, False, id="older, found when the library was first filled"),
        pytest.param(date(2026, 3, 1), 90, 300, False, id="known for long"),
    ],
)
def test_new_is_what_arrived_or_first_matched_in_the_last_week(entered, seen_ago, library_age, is_new):
    one = study(entered=entered, first_seen=NOW - timedelta(days=seen_ago))
    report = composed(one, searches=[search(started=NOW - timedelta(days=library_age)), *searches()])
    assert (report.new == (one,)) is is_new


def test_new_studies_stand_by_design_first():
    report = composed(
        study("90000001", design="case-report"), study("90000002"), study("90000003", design="meta-analysis")
    )
    assert pmids(report.new) == ["90000003", "90000002", "90000001"]


def test_data_go_through_the_last_complete_search_and_incomplete_topics_are_named_with_the_day():
    late, early = NOW - timedelta(days=1), NOW - timedelta(days=30)
    report = composed(
        searches=[
            search("ptsd", started=late),
            search("depression", started=early),
            search("depression", started=late, complete=False),
            search("social-anxiety", started=late, complete=False),
        ]
    )
    assert report.data_through == late.date()
    assert {state.topic.slug: state.last_complete for state in report.incomplete} == {
        "depression": early,
        "social-anxiety": None,
        "psychotherapy": None,  # never searched is not complete
    }


def test_before_the_first_complete_search_there_is_no_data_through_date():
    assert composed(searches=[]).data_through is None


def test_the_data_through_date_is_a_day_in_the_readers_zone():
    # 02:00 UTC on the 23rd is still the 22nd in New York.
    now = NOW.astimezone(ZoneInfo("America/New_York"))
    report = composed(searches=[search(started=NOW.replace(hour=2))], now=now)
    assert report.data_through == date(2026, 11, 22)


def test_status_changes_of_four_weeks_are_told_and_plain_revisions_are_not():
    recent, old = NOW - timedelta(days=5), NOW - timedelta(days=40)
    report = composed(
        study(
            "90000001",
            changes=[change("90000001", "corrected", seen=recent), change("90000001", "revised", seen=recent)],
        ),
        study("90000002", changes=[change("90000002", "retracted", seen=old)]),
    )
    assert [(entry.study.pmid, entry.change.kind) for entry in report.status_changes] == [("90000001", "corrected")]


def test_a_retraction_is_told_before_a_newer_correction():
    report = composed(
        study("90000001", changes=[change("90000001", "corrected", seen=NOW - timedelta(days=1))]),
        retracted("90000002", changes=[change("90000002", "retracted", seen=NOW - timedelta(days=9))]),
    )
    assert [entry.change.kind for entry in report.status_changes] == ["retracted", "corrected"]


def test_publications_of_one_trial_are_tied_by_its_registry_number():
    report = composed(
        study("90000001", registrations=("NCT09990001",)),
        study("90000002", registrations=("NCT09990001", "NCT09990002")),
    )
    assert {number: sorted(pmids(tied)) for number, tied in report.trials.items()} == {
        "NCT09990001": ["90000001", "90000002"]
    }


def test_weeks_stand_newest_first():
    zone = ZoneInfo("UTC")
    weeks = [IssueEntry(label=label, period=week_period(label, zone), new=1) for label in ("2026-W45", "2026-W46")]
    assert [issue.label for issue in composed(issues=weeks).issues] == ["2026-W46", "2026-W45"]


def test_an_empty_library_is_a_report_too():
    report = composed(topics=(), searches=())
    assert (report.studies, report.years, report.evidence_map.largest, report.counts.studies) == ((), (), 0, 0)
