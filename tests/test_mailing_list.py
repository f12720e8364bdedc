"""The mailing list: consent, pauses, leaving for good, and links that name nobody."""

from datetime import UTC, date, datetime

import pytest

from aggregator.library import Leaving, Library, Sent
from aggregator.subscribers import Subscriber

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
DOCTOR = Subscriber(email="A.Doctor@clinic.example", consented=date(2026, 11, 1), source="sign-up sheet")
NURSE = Subscriber(
    email="b.nurse@clinic.example",
    name="B. Nurse",
    topics=("ptsd",),
    designs=("cohort",),
    cadence="daily",
    items=3,
    consented=date(2026, 11, 2),
    source="asked by phone",
)


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


@pytest.fixture
def people(library):
    library.mailing_list.add(NURSE, now=NOW)
    library.mailing_list.add(DOCTOR, now=NOW)
    return library.mailing_list


def test_what_was_enrolled_is_there_with_consent_and_source(people):
    assert people.enrolled() == (DOCTOR, NURSE)


def test_enrolling_again_changes_the_wishes(people):
    changed = Subscriber(email="a.doctor@CLINIC.example", consented=date(2026, 11, 3), source="by mail")
    people.add(changed, now=NOW)
    assert people.enrolled() == (changed, NURSE)


def test_a_pause_ends_when_it_is_ended(people):
    people.pause("a.DOCTOR@clinic.example", now=NOW)
    assert people.paused() == {"a.doctor@clinic.example"}
    assert people.resume("A.Doctor@clinic.example")
    assert (people.paused(), people.resume("A.Doctor@clinic.example")) == (frozenset(), False)


def test_whoever_is_removed_is_gone_and_known_as_removed_in_any_letters(people):
    assert people.remove("a.doctor@clinic.example", now=NOW, way="command line") is Leaving.LEFT
    assert people.remove("A.DOCTOR@clinic.example", now=NOW, way="command line") is Leaving.HAD_LEFT
    assert people.enrolled() == (NURSE,)
    assert people.is_removed("a.Doctor@Clinic.Example")
    assert not people.is_removed("b.nurse@clinic.example")
    assert people.removed() == 1


def test_somebody_who_was_never_enrolled_can_be_removed_before_an_old_settings_file_names_her(people):
    assert people.remove("c@clinic.example", now=NOW, way="command line") is Leaving.LEFT
    assert people.is_removed("c@clinic.example")


def test_a_new_consent_ends_a_removal(people):
    people.remove(DOCTOR.email, now=NOW, way="link")
    people.add(DOCTOR, now=NOW)
    assert not people.is_removed(DOCTOR.email)
    assert people.enrolled() == (DOCTOR, NURSE)


def test_a_token_is_hers_alone_long_and_the_same_in_every_letter(people):
    token = people.token_of(DOCTOR.email)
    assert token == people.token_of("a.doctor@clinic.example") != people.token_of(NURSE.email)
    assert len(token) >= 22
    assert people.unsubscribe(token, now=NOW, way="link") is Leaving.LEFT
    assert people.unsubscribe(token, now=NOW, way="link") is Leaving.HAD_LEFT
    assert people.unsubscribe(token + "x", now=NOW, way="link") is Leaving.UNKNOWN
    assert people.enrolled() == (NURSE,)


def test_the_ledger_forgets_the_name_of_whoever_left_and_knows_her_again_when_she_comes_back(library, people):
    sent = Sent(issue="2026-W46", subscriber=DOCTOR.email, state="sent", attempts=1, answer="250", moment=NOW)
    library.remember_sent(sent)
    people.remove(DOCTOR.email, now=NOW, way="link")
    assert library.sent(subscriber=DOCTOR.email) == ()
    assert [row.issue for row in library.sent()] == ["2026-W46"]
    people.add(DOCTOR, now=NOW)
    assert [row.issue for row in library.sent(subscriber=DOCTOR.email)] == ["2026-W46"]


def test_erasing_leaves_nothing_to_read_but_keeps_her_from_being_written_to(library, people):
    sent = Sent(
        issue="2026-W46",
        subscriber=DOCTOR.email,
        state="sent",
        attempts=1,
        answer="250",
        moment=NOW,
        pmids=("90000001",),
    )
    library.remember_sent(sent)
    people.token_of(DOCTOR.email)
    assert people.erase(DOCTOR.email, now=NOW)
    assert library.sent() == ()
    assert people.is_removed(DOCTOR.email)
    assert not people.erase(DOCTOR.email, now=NOW)
    library.close()
    assert b"doctor" not in library.path.read_bytes().lower()


def test_marks_of_two_libraries_differ_so_that_none_can_be_looked_up(tmp_path, people):
    with Library(tmp_path / "other.sqlite") as other:
        other.mailing_list.remove(DOCTOR.email, now=NOW, way="link")
        people.remove(DOCTOR.email, now=NOW, way="link")
        marks = [store._store.rows("SELECT mark FROM removed")[0][0] for store in (other.mailing_list, people)]
    assert marks[0] != marks[1]
