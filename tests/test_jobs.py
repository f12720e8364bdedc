"""The jobs: what a digest covers, and what is read again."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from aggregator import jobs
from aggregator.library import Library, Sent
from aggregator.pubmed.medline import read_medline
from aggregator.pubmed.records import ReadRecord
from tests.fake_pubmed import PTSD, SUNDAY, WEEK, ZONE, FakePubMed, citation, update


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


# -- the digest's period


def plan(library, now):
    return jobs.plan_digest(library, now=now.astimezone(UTC), zone=ZONE)


def test_each_digest_begins_where_the_last_one_ended(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    first = plan(library, SUNDAY)
    pubmed.put(citation(2, entered=date(2026, 11, 20)))
    update(library, pubmed, SUNDAY + 3 * WEEK)
    second = plan(library, SUNDAY + 3 * WEEK)
    assert (first.name, second.name) == ("2026-W46", "2026-W49")
    assert second.period.start == first.period.end
    assert (first.new, second.new) == ({"90000001"}, {"90000002"})


def test_a_digest_made_twice_in_a_week_keeps_what_it_announced(library):
    update(library, FakePubMed(citation(1)))
    assert plan(library, SUNDAY).new == plan(library, SUNDAY + timedelta(hours=2)).new == {"90000001"}


@pytest.mark.parametrize(
    ("week", "words"),
    [("2026-W60", "not a week"), ("2026W47", "write it as"), ("2027-W01", "has not begun")],
    ids=["no such week", "written otherwise", "in the future"],
)
def test_a_week_that_cannot_be_is_refused(library, week, words):
    with pytest.raises(ValueError, match=words):
        jobs.plan_week(library, week, now=SUNDAY, zone=ZONE)


def test_since_a_day_shows_what_pubmed_received_from_then_on_and_remembers_nothing(library):
    update(library, FakePubMed(citation(1, entered=date(2026, 9, 1)), citation(2, entered=date(2026, 3, 1))))
    since = jobs.plan_since(library, date(2026, 8, 1), now=SUNDAY, zone=ZONE)
    assert since.new == {"90000001"}
    assert library.issues() == ()


# -- what the archive keeps of an edition


def write(library, planned, *, now=SUNDAY):
    composed = jobs.compose_digest(library, [PTSD], planned, now=now.astimezone(UTC))
    jobs.remember_edition(library, planned, composed)
    return composed


def sent_to_somebody(library, name):
    library.remember_sent(Sent(issue=name, subscriber="a.doctor@clinic.example", state="sent", attempts=1, answer="250", moment=SUNDAY))  # fmt: skip


def test_a_digest_written_again_in_its_week_is_kept_as_it_was_written_last(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    write(library, plan(library, SUNDAY))
    pubmed.put(citation(2))
    later = SUNDAY + timedelta(hours=2)
    update(library, pubmed, later)
    write(library, plan(library, later), now=later)
    assert library.edition("2026-W46").written == later
    assert set(library.edition("2026-W46").shown) == {"90000001", "90000002"} == set(library.shown_in("2026-W46"))


def test_once_it_was_sent_the_archive_keeps_what_was_read(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    write(library, plan(library, SUNDAY))
    sent_to_somebody(library, "2026-W46")
    later = SUNDAY + timedelta(hours=2)
    pubmed.put(replace(pubmed.held["90000001"], publication_types=("Retracted Publication",)))
    pubmed.revised = ("90000001",)
    update(library, pubmed, later)
    composed = write(library, plan(library, later), now=later)
    assert composed.notes
    kept = library.edition("2026-W46")
    assert kept.written == SUNDAY
    assert [section.form for section in kept.sections if section.pieces] != ["status"]


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "written by an earlier version"])
def test_a_week_that_is_over_is_written_again_and_its_archive_stays(library, is_kept):
    update(library, FakePubMed(citation(1)))
    planned = plan(library, SUNDAY)
    if is_kept:
        write(library, planned)
    later = SUNDAY + 3 * WEEK
    write(library, jobs.plan_week(library, "2026-W46", now=later.astimezone(UTC), zone=ZONE), now=later)
    kept = library.edition("2026-W46")
    assert (kept and kept.written) == (SUNDAY if is_kept else None)


def test_a_digest_since_a_day_and_one_of_a_week_without_an_issue_leave_no_trace(library):
    update(library, FakePubMed(citation(1)))
    write(library, jobs.plan_since(library, date(2026, 8, 1), now=SUNDAY.astimezone(UTC), zone=ZONE))
    write(library, jobs.plan_week(library, "2026-W40", now=SUNDAY.astimezone(UTC), zone=ZONE))
    assert library.issues() == ()
    assert library.edition("2026-W40") is None


# -- reading again


def test_a_better_extractor_is_applied_to_everything_held_and_says_what_changed(library, monkeypatch):
    from aggregator import summarising
    from aggregator.demo_world import DEMO_WEEKS, demo_world
    from aggregator.evidence import summarise

    held = list(demo_world(DEMO_WEEKS[0]).records().values())[:5]
    monkeypatch.setattr(summarising, "summary_of", lambda citation: replace(summarise(citation), bucket="off-topic"))
    read = [ReadRecord(citation=one.citation, raw=one.raw) for one in held]
    library.add([summarising.record_of(record) for record in read], now=SUNDAY)
    medline = "PMID- 90009999\nTI  - Ketamine for PTSD: an invented trial.\nPT  - Journal Article\n"
    (citation_of,) = read_medline(medline)
    library.add([summarising.record_of(ReadRecord(citation=citation_of, raw=medline.encode()))], now=SUNDAY)
    monkeypatch.undo()
    before = {study.pmid: study.first_seen for study in library.studies()}
    outcome = jobs.resummarise(library)
    assert (outcome.read, outcome.unreadable) == (6, ())
    assert set(outcome.changed["bucket"]) <= {*before}
    assert outcome.changed["bucket"]
    studies = {study.pmid: study for study in library.studies()}
    assert all(studies[one.citation.pmid].summary == summarise(one.citation) for one in held)
    assert {pmid: study.first_seen for pmid, study in studies.items()} == before
    assert library.changes() == ()
    assert jobs.resummarise(library).changed == {}


def test_a_record_that_cannot_be_read_again_keeps_its_summary_and_is_named(library):
    update(library, FakePubMed(citation(1)))
    outcome = jobs.resummarise(library)
    assert [pmid for pmid, _ in outcome.unreadable] == ["90000001"]
    assert library.study("90000001").summary.drugs
