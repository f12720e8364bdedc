"""The harvest: what an update keeps, what it calls new, changed, deleted or incomplete."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from aggregator.library import Library
from tests.fake_pubmed import PTSD, SAFETY, SUNDAY, WEEK, FakePubMed, citation, update


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


def test_a_second_update_stores_and_announces_nothing(library):
    pubmed = FakePubMed(citation(1), citation(2))
    assert len(update(library, pubmed).new) == 2
    second = update(library, pubmed, SUNDAY + timedelta(hours=1))
    assert (second.new, second.changed, second.is_complete) == ((), (), True)
    assert pubmed.fetched == ["90000001", "90000002"]


def test_a_topic_that_fails_costs_itself_and_is_never_nothing_new(library):
    pubmed = FakePubMed(citation(1), citation(2, title="Ketamine safety, invented"))
    pubmed.down = ("ptsd",)
    outcome = update(library, pubmed, topics=(PTSD, SAFETY))
    ptsd, safety = outcome.searches
    assert (ptsd.complete, ptsd.found, ptsd.problem) == (False, None, "no answer; try again later")
    assert (safety.complete, safety.new) == (True, 1)
    assert library.last_complete("ptsd") is None


def test_a_record_that_exists_and_does_not_come_makes_the_topic_incomplete(library):
    pubmed = FakePubMed(citation(1), citation(2))
    pubmed.withheld = ("90000002",)
    (search,) = update(library, pubmed).searches
    assert (search.complete, search.missing) == (False, ("90000002",))
    pubmed.withheld = ()
    (search,) = update(library, pubmed, SUNDAY + WEEK).searches
    assert (search.complete, search.new) == (True, 1)


def test_a_count_that_the_list_does_not_reach_makes_the_topic_incomplete(library):
    pubmed = FakePubMed(citation(1))
    pubmed.miscount = 2
    (search,) = update(library, pubmed).searches
    assert not search.complete
    assert "counted 3 matches and listed 1" in search.problem


def test_a_retraction_is_fetched_and_told(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    pubmed.put(citation(1, publication_types=("Retracted Publication",)))
    pubmed.revised = ("90000001",)
    outcome = update(library, pubmed, SUNDAY + WEEK)
    assert outcome.changed == ("90000001",)
    assert "retracted" in {change.kind for change in library.changes()}


def test_a_record_no_longer_listed_and_gone_from_pubmed_is_marked_deleted(library):
    pubmed = FakePubMed(citation(1), citation(2))
    update(library, pubmed)
    del pubmed.held["90000002"]
    assert update(library, pubmed, SUNDAY + WEEK).deleted == ("90000002",)
    assert library.study("90000002").deleted


def test_every_four_weeks_everything_held_is_fetched_again(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    pubmed.put(citation(1, title="Ketamine for PTSD: silently edited"))
    assert update(library, pubmed, SUNDAY + 3 * WEEK).changed == ()
    assert update(library, pubmed, SUNDAY + 4 * WEEK).changed == ("90000001",)


def test_a_changed_query_makes_a_new_question_and_floods_no_digest(library):
    pubmed = FakePubMed(citation(1, entered=date(2019, 1, 1)), citation(2, title="Ketamine safety: invented"))
    old = replace(PTSD, query="none of these")
    pubmed.held.clear()
    update(library, pubmed, topics=(old,))
    pubmed.put(citation(1, entered=date(2019, 1, 1)), citation(3, entered=(SUNDAY + WEEK).date()))
    update(library, pubmed, SUNDAY + WEEK, topics=(PTSD,))
    rows = library._store.rows("SELECT pmid, backfill FROM matches ORDER BY pmid")
    assert [tuple(row) for row in rows] == [("90000001", 1), ("90000003", 0)]


def test_what_came_since_the_first_asking_is_new_although_the_first_run_failed(library):
    pubmed = FakePubMed(citation(1, entered=date(2019, 1, 1)))
    pubmed.down = ("ptsd",)
    update(library, pubmed)
    pubmed.down = ()
    pubmed.put(citation(2, entered=(SUNDAY + WEEK).date()))
    update(library, pubmed, SUNDAY + WEEK)
    rows = library._store.rows("SELECT pmid, backfill FROM matches ORDER BY pmid")
    assert [tuple(row) for row in rows] == [("90000001", 1), ("90000002", 0)]


def test_a_listed_pmid_without_a_record_is_named_and_asked_for_again_and_stops_nothing(library):
    pubmed = FakePubMed(citation(1))
    pubmed.ghosts = ("90000099",)
    (search,) = update(library, pubmed).searches
    assert (search.complete, search.found, search.new) == (True, 2, 1)
    assert any("no record of PMID 90000099" in warning for warning in search.warnings)
    pubmed.put(citation(99, title="Ketamine for PTSD, late"))
    pubmed.ghosts = ()
    assert update(library, pubmed, SUNDAY + WEEK).new == ("90000099",)


def test_what_came_before_fetching_broke_off_is_kept_and_matched_and_the_rest_is_named(library):
    pubmed = FakePubMed(citation(1), citation(2))
    pubmed.withheld = ("90000002",)
    pubmed.breaks_off = True
    (search,) = update(library, pubmed).searches
    assert (search.complete, search.found, search.new, search.missing) == (False, 2, 1, ("90000002",))
    assert "no more answers" in search.problem
    assert library.pmids("ptsd") == {"90000001"}


def test_a_record_withheld_among_the_revised_makes_the_topic_incomplete(library):
    pubmed = FakePubMed(citation(1), citation(2))
    update(library, pubmed)
    pubmed.revised = pubmed.withheld = ("90000001",)
    (search,) = update(library, pubmed, SUNDAY + WEEK).searches
    assert (search.complete, search.missing) == (False, ("90000001",))
    assert library.last_complete("ptsd") == SUNDAY


def test_the_retraction_of_a_study_that_matches_no_topic_any_more_is_found(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    pubmed.put(citation(1, title="Ketamine, by another name"))
    update(library, pubmed, SUNDAY + WEEK)
    assert library.pmids("ptsd") == frozenset()
    pubmed.put(citation(1, title="Ketamine, by another name", publication_types=("Retracted Publication",)))
    pubmed.revised = ("90000001",)
    assert update(library, pubmed, SUNDAY + 2 * WEEK).changed == ("90000001",)
    assert "retracted" in {change.kind for change in library.changes()}


def test_with_nothing_new_two_questions_a_topic_are_asked(library):
    pubmed = FakePubMed(citation(1), citation(2, title="Ketamine safety: invented"))
    update(library, pubmed, topics=(PTSD, SAFETY))
    pubmed.asked.clear()
    update(library, pubmed, SUNDAY + WEEK, topics=(PTSD, SAFETY))
    assert len(pubmed.asked) == 4


def test_a_topic_is_gained_where_it_was_asked_for_while_the_study_was_held(library):
    both = citation(1)
    pubmed = FakePubMed(both)
    update(library, pubmed, topics=(PTSD, SAFETY))
    pubmed.put(replace(both, title="Ketamine for PTSD: invented, with safety"))
    update(library, pubmed, SUNDAY + WEEK, topics=(PTSD, SAFETY))
    assert [(c.kind, c.after) for c in library.changes() if c.field == "topics"] == [("topic-gained", "safety")]


def test_a_topic_that_was_asked_later_than_another_gains_nothing(library):
    pubmed = FakePubMed(citation(1, title="Ketamine for PTSD: invented, with safety"))
    update(library, pubmed, topics=(PTSD,))
    update(library, pubmed, SUNDAY + timedelta(hours=1), topics=(PTSD, SAFETY))
    assert library.changes() == ()


def test_a_search_under_way_stands_in_the_log_as_broken_off(library):
    class Killed(BaseException):
        pass

    pubmed = FakePubMed(citation(1))

    def die(pmids):
        raise Killed

    pubmed.fetch = die
    with pytest.raises(Killed):
        update(library, pubmed)
    (search,) = library.searches()
    assert not search.complete
    assert "broken off" in search.problem


def test_the_days_between_full_refetches_are_a_setting(library):
    from aggregator.harvest import update as update_library

    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    pubmed.put(citation(1, title="Ketamine for PTSD: silently edited"))
    outcome = update_library(library, (PTSD,), pubmed, now=SUNDAY + WEEK, refetch_every=timedelta(days=7))
    assert outcome.changed == ("90000001",)


def test_an_unlisted_record_that_could_not_be_asked_after_is_asked_after_again(library):
    pubmed = FakePubMed(citation(1), citation(2))
    update(library, pubmed)
    gone = pubmed.held.pop("90000002")
    pubmed.held["90000002"], pubmed.withheld = replace(gone, title="Ketamine, unlisted"), ("90000002",)
    (search,) = update(library, pubmed, SUNDAY + WEEK).searches
    assert (search.complete, search.missing) == (False, ("90000002",))
    del pubmed.held["90000002"]
    assert update(library, pubmed, SUNDAY + 2 * WEEK).deleted == ("90000002",)


def test_a_revision_between_two_runs_of_a_first_filling_is_found(library):
    pubmed = FakePubMed(citation(1), citation(2))
    pubmed.withheld = ("90000002",)
    update(library, pubmed)
    pubmed.put(citation(1, publication_types=("Retracted Publication",)))
    pubmed.withheld, pubmed.revised = (), ("90000001",)
    assert update(library, pubmed, SUNDAY + WEEK).changed == ("90000001",)


def test_of_a_full_refetch_only_what_did_not_come_is_asked_for_in_the_next_run(library):
    pubmed = FakePubMed(citation(1), citation(2))
    update(library, pubmed)
    pubmed.withheld = ("90000002",)
    assert "did not come" in update(library, pubmed, SUNDAY + 4 * WEEK).problems[0]
    pubmed.fetched.clear()
    assert update(library, pubmed, SUNDAY + 5 * WEEK).problems
    pubmed.withheld = ()
    assert update(library, pubmed, SUNDAY + 6 * WEEK).is_complete
    assert update(library, pubmed, SUNDAY + 7 * WEEK).is_complete
    assert pubmed.fetched == ["90000002", "90000002"]
    update(library, pubmed, SUNDAY + 8 * WEEK)
    assert pubmed.fetched[2:] == ["90000001", "90000002"]


def test_a_study_that_comes_from_no_topic_to_a_new_one_is_asked_after_in_that_very_run(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    pubmed.put(citation(1, title="Ketamine, by another name"))
    update(library, pubmed, SUNDAY + WEEK)
    pubmed.put(citation(1, title="Ketamine safety", publication_types=("Retracted Publication",)))
    pubmed.revised = ("90000001",)
    outcome = update(library, pubmed, SUNDAY + 2 * WEEK, topics=(PTSD, SAFETY))
    assert outcome.changed == ("90000001",)
    assert library.study("90000001").topics == ("safety",)


def test_after_a_long_pause_only_what_matches_nothing_is_asked_after_as_unmatched(library):
    pubmed = FakePubMed(citation(1), citation(2))
    update(library, pubmed)
    pubmed.asked.clear()
    update(library, pubmed, SUNDAY + 9 * WEEK)
    assert not [query for query in pubmed.asked if "[uid]" in query]
