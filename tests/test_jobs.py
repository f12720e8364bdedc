"""The jobs: what a digest covers, and who is sent what."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from aggregator import jobs
from aggregator.citation import Notice
from aggregator.digest import Preferences
from aggregator.errors import MailError
from aggregator.library import Library
from aggregator.pubmed.medline import read_medline
from aggregator.pubmed.records import ReadRecord
from tests.fake_pubmed import PTSD, SAFETY, SUNDAY, WEEK, ZONE, FakePubMed, citation, update


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


def test_what_comes_after_a_digest_was_sent_waits_for_the_next(library):
    pubmed = FakePubMed(citation(1))
    monday = SUNDAY - timedelta(days=6)
    update(library, pubmed, monday)
    send(library, plan(library, monday))
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY)
    assert plan(library, SUNDAY).new == {"90000001"}
    assert plan(library, SUNDAY + timedelta(days=1)).new == {"90000002"}


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


# -- sending


READERS = (
    jobs.Recipient(email="a.doctor@clinic.example", preferences=Preferences()),
    jobs.Recipient(email="b.nurse@clinic.example", preferences=Preferences(topics=("safety",))),
)


def send(library, planned, deliver=lambda recipient, letter: "250 accepted", now=SUNDAY, looks=None):
    from aggregator import assets

    return jobs.send_digest(
        library, (PTSD, SAFETY), planned, READERS, now=now, deliver=deliver, looks=looks or assets.shipped("reports")
    )


def test_each_subscriber_gets_a_digest_once(library):
    update(library, FakePubMed(citation(1)), topics=(PTSD, SAFETY))
    planned, letters = plan(library, SUNDAY), []
    first = send(library, planned, lambda recipient, letter: letters.append((recipient.email, letter)) or "250")
    second = send(library, planned)
    assert (len(first.sent), second.sent, len(second.had_it)) == (2, (), 2)
    assert "invented study 1" in letters[0][1].text
    assert "invented study 1" not in letters[1][1].text


def test_one_refused_address_does_not_keep_the_others_from_theirs(library):
    update(library, FakePubMed(citation(1)), topics=(PTSD, SAFETY))

    def deliver(recipient, letter):
        if recipient.email.startswith("a."):
            raise MailError("550 no such user; check the address", recipient=recipient.email, permanent=True)
        return "250"

    planned = plan(library, SUNDAY)
    outcome = send(library, planned, deliver)
    assert [address for address, _ in outcome.failed] == ["a.doctor@clinic.example"]
    assert outcome.sent == ("b.nurse@clinic.example",)
    assert send(library, planned).sent == ("a.doctor@clinic.example",)


def test_a_run_killed_between_two_messages_sends_the_rest_and_no_second_copy(library):
    update(library, FakePubMed(citation(1)), topics=(PTSD, SAFETY))
    planned, got = plan(library, SUNDAY), []

    def deliver(recipient, letter):
        if got:
            raise KeyboardInterrupt
        got.append(recipient.email)
        return "250"

    with pytest.raises(KeyboardInterrupt):
        send(library, planned, deliver)
    assert {row.subscriber: row.state for row in library.sent()} == {
        READERS[0].email: "sent",
        READERS[1].email: "sending",
    }
    assert send(library, planned).sent == (READERS[1].email,)


def test_a_new_subscriber_is_not_told_that_she_was_sent_something(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    library.remember_shown(plan(library, SUNDAY).name, ["90000001"])
    pubmed.put(replace(pubmed.held["90000001"], publication_types=("Retracted Publication",)))
    pubmed.revised = ("90000001",)
    update(library, pubmed, SUNDAY + WEEK)
    letters = []
    planned = plan(library, SUNDAY + WEEK)
    send(library, planned, lambda _, letter: letters.append(letter) or "250", SUNDAY + WEEK)
    assert "You were sent this" not in letters[0].text
    general = jobs.compose_digest(library, (PTSD,), planned, now=SUNDAY + WEEK)
    assert [note.sent for note in general.notes] == [date(2026, 11, 15)]


def test_a_retraction_says_when_this_subscriber_was_sent_the_study(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    send(library, plan(library, SUNDAY))
    notice = Notice(ref_type="RetractionIn", source="Inv J. 2026;1:2", pmid="90000009")
    pubmed.put(replace(pubmed.held["90000001"], publication_types=("Retracted Publication",), notices=(notice,)))
    pubmed.revised = ("90000001",)
    update(library, pubmed, SUNDAY + WEEK)
    letters = []
    send(library, plan(library, SUNDAY + WEEK), lambda _, letter: letters.append(letter) or "250", SUNDAY + WEEK)
    assert "15 Nov 2026" in letters[0].text
    assert "retract" in letters[0].text.lower()


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
