"""Letters: what each subscriber's own digest covers, that nobody misses a study, and that nobody gets one twice."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator import assets, delivery, jobs
from aggregator.citation import Notice
from aggregator.delivery import Recipient
from aggregator.digest import Preferences
from aggregator.edition import Edition
from aggregator.errors import MailError
from aggregator.library import Library
from aggregator.subscribers import Subscriber, written_to
from tests.fake_pubmed import PTSD, SAFETY, SUNDAY, WEEK, ZONE, FakePubMed, citation, update

TOPICS = (PTSD, SAFETY)
DAY = timedelta(days=1)


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


def recipient(email="a.doctor@clinic.example", *, topics=(), designs=(), cards=5, **wishes):
    return Recipient(
        subscriber=Subscriber(email=email, topics=topics, designs=designs, **wishes),
        preferences=Preferences(topics=topics, designs=designs, cards=cards),
    )


DOCTOR = recipient()
NURSE = recipient("b.nurse@clinic.example", topics=("safety",))


class Postman:
    """Takes every letter; fails for the addresses in `refused`, and dies at letter number `dies_at`, before or after."""

    def __init__(self, *, refused=(), permanent=True, dies_at=None, after=False):
        self.letters, self.refused, self.permanent = [], refused, permanent
        self.dies_at, self.after = dies_at, after

    def __call__(self, name, reader, letter):
        if reader.email in self.refused:
            raise MailError("550 no such user; check the address", recipient=reader.email, permanent=self.permanent)
        if self.dies_at == len(self.letters) + 1 and not self.after:
            raise KeyboardInterrupt
        self.letters.append((name, reader.email, letter))
        if self.dies_at == len(self.letters) and self.after:
            raise KeyboardInterrupt
        return "250 2.0.0 accepted"

    def texts(self, email="a.doctor@clinic.example"):
        return [letter.text for _, address, letter in self.letters if address == email]


def send(library, now=SUNDAY, *readers, postman=None, plan=None, **options):
    postman = postman or Postman()
    outcome = delivery.send_digest(
        library,
        TOPICS,
        readers or (DOCTOR, NURSE),
        general=plan or jobs.plan_digest(library, now=now.astimezone(UTC), zone=ZONE),
        is_given=plan is not None,
        now=now.astimezone(UTC),
        zone=ZONE,
        deliver=postman,
        looks=assets.shipped("reports"),
        **options,
    )
    return outcome, postman


# -- once, whatever happens


def test_each_subscriber_gets_a_digest_once(library):
    update(library, FakePubMed(citation(1)), topics=TOPICS)
    first, postman = send(library)
    second, _ = send(library)
    assert (len(first.sent), second.sent, len(second.had_it)) == (2, (), 2)
    assert "invented study 1" in postman.texts()[0]
    assert "invented study 1" not in postman.texts("b.nurse@clinic.example")[0]


def test_one_refused_address_does_not_keep_the_others_from_theirs(library):
    update(library, FakePubMed(citation(1)), topics=TOPICS)
    outcome, _ = send(library, postman=Postman(refused=("a.doctor@clinic.example",)))
    assert [address for address, _ in outcome.failed] == ["a.doctor@clinic.example"]
    assert outcome.sent == ("b.nurse@clinic.example",)
    assert send(library)[0].sent == ("a.doctor@clinic.example",)


def test_a_server_that_is_down_is_not_asked_five_hundred_times_and_the_next_run_has_everybody(library):
    update(library, FakePubMed(citation(1)), topics=TOPICS)
    readers = [recipient(f"reader-{number}@clinic.example") for number in range(20)]
    asked = []

    def down(name, reader, letter):
        asked.append(reader.email)
        raise MailError("the mail server is not there; check 'host' in [mail]", general=True)

    outcome, _ = send(library, SUNDAY, *readers, postman=down)
    assert (len(asked), len(outcome.failed)) == (delivery.IN_VAIN, 20)
    assert outcome.failed[-1][1] == "not tried after 3 others: the mail server is not there; check 'host' in [mail]"
    assert len(send(library, SUNDAY, *readers)[0].sent) == 20


@pytest.mark.parametrize("permanent", [True, False], ids=["no such mailboxes", "greylisted"])
def test_refusals_of_single_readers_keep_no_other_waiting(library, permanent):
    update(library, FakePubMed(citation(1)), topics=TOPICS)
    readers = [recipient(f"reader-{number}@clinic.example") for number in range(9)]
    refused = Postman(refused=[one.subscriber.email for one in readers[:8]], permanent=permanent)
    outcome, _ = send(library, SUNDAY, *readers, postman=refused)
    assert (len(outcome.failed), len(outcome.sent)) == (8, 1)


@pytest.mark.parametrize("number", [1, 2, 3], ids=["the first letter", "one in the middle", "the last letter"])
@pytest.mark.parametrize("after", [False, True], ids=["before the server had it", "before its answer was written"])
def test_a_run_killed_at_any_letter_sends_to_the_rest_and_no_second_copy(library, number, after):
    update(library, FakePubMed(citation(1)), topics=TOPICS)
    readers = [recipient(f"reader-{n}@clinic.example") for n in (1, 2, 3)]
    killed = Postman(dies_at=number, after=after)
    with pytest.raises(KeyboardInterrupt):
        send(library, SUNDAY, *readers, postman=killed)
    states = {row.subscriber: row.state for row in library.sent()}
    assert list(states.values()) == ["sent"] * (number - 1) + ["sending"]
    outcome, rest = send(library, SUNDAY + timedelta(hours=1), *readers)
    assert len(outcome.sent) == 4 - number
    assert len(outcome.had_it) == number - 1
    # The one window: the server had the letter and we do not know it. It comes again, the very same.
    twice = {email for _, email, _ in killed.letters} & {email for _, email, _ in rest.letters}
    assert len(twice) == after
    if after:
        assert rest.letters[0][0] == killed.letters[-1][0]
        assert rest.letters[0][2].text == killed.letters[-1][2].text


def test_a_letter_that_may_have_arrived_is_sent_again_about_the_same_days(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed, topics=TOPICS)
    send(library, SUNDAY, DOCTOR)
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY + WEEK, topics=TOPICS)
    with pytest.raises(KeyboardInterrupt):
        send(library, SUNDAY + WEEK, DOCTOR, postman=Postman(dies_at=1, after=True))
    pubmed.put(citation(3))
    update(library, pubmed, SUNDAY + WEEK + timedelta(hours=2), topics=TOPICS)
    _, again = send(library, SUNDAY + WEEK + timedelta(hours=3), DOCTOR)
    assert "invented study 2" in again.texts()[0]
    assert "invented study 3" not in again.texts()[0]
    _, following = send(library, SUNDAY + 2 * WEEK, DOCTOR)
    assert "invented study 3" in following.texts()[0]
    assert "invented study 2" not in following.texts()[0]


def test_whoever_leaves_while_letters_are_sent_gets_none(library):
    update(library, FakePubMed(citation(1)), topics=TOPICS)

    def deliver(name, reader, letter):
        library.mailing_list.remove(NURSE.subscriber.email, now=SUNDAY, way="link")
        return "250"

    outcome, _ = send(library, postman=deliver)
    assert outcome.left == ("b.nurse@clinic.example",)
    assert [row.subscriber for row in library.sent()] == ["a.doctor@clinic.example"]


# -- nobody misses a study


def test_what_comes_after_a_letter_waits_for_the_next(library):
    pubmed = FakePubMed(citation(1))
    monday = SUNDAY - 6 * DAY
    update(library, pubmed, monday)
    send(library, monday, DOCTOR)
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY)
    assert send(library, SUNDAY, DOCTOR)[0].had_it
    assert jobs.plan_digest(library, now=SUNDAY.astimezone(UTC), zone=ZONE).new == {"90000001"}
    _, postman = send(library, SUNDAY + DAY, DOCTOR)
    assert "invented study 2" in postman.texts()[0]
    assert "invented study 1" not in postman.texts()[0]


def test_a_letter_that_failed_for_weeks_is_made_up_by_the_next_that_arrives(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    send(library, SUNDAY, DOCTOR)
    broken = Postman(refused=("a.doctor@clinic.example",))
    for week in (1, 2):
        pubmed.put(citation(week + 1))
        update(library, pubmed, SUNDAY + week * WEEK)
        send(library, SUNDAY + week * WEEK, DOCTOR, postman=broken)
    pubmed.put(citation(4))
    update(library, pubmed, SUNDAY + 3 * WEEK)
    _, postman = send(library, SUNDAY + 3 * WEEK, DOCTOR)
    (text,) = postman.texts()
    assert all(f"invented study {number}" in text for number in (2, 3, 4))
    assert "16 Nov – 6 Dec 2026" in text
    assert "invented study 1" not in text


def test_a_retraction_while_letters_failed_is_told_with_the_day_on_which_the_study_was_sent(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    send(library, SUNDAY, DOCTOR)
    notice = Notice(ref_type="RetractionIn", source="Inv J. 2026;1:2", pmid="90000009")
    pubmed.put(replace(pubmed.held["90000001"], publication_types=("Retracted Publication",), notices=(notice,)))
    pubmed.revised = ("90000001",)
    update(library, pubmed, SUNDAY + WEEK)
    send(library, SUNDAY + WEEK, DOCTOR, postman=Postman(refused=("a.doctor@clinic.example",)))
    update(library, pubmed, SUNDAY + 2 * WEEK)
    _, postman = send(library, SUNDAY + 2 * WEEK, DOCTOR)
    assert "RETRACTED" in postman.texts()[0]
    assert "You were sent this on 15 Nov 2026" in postman.texts()[0]
    _, following = send(library, SUNDAY + 3 * WEEK, DOCTOR)
    assert "RETRACTED" not in following.texts()[0]


def test_a_new_subscriber_is_not_told_that_she_was_sent_something(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    plan = jobs.plan_digest(library, now=SUNDAY.astimezone(UTC), zone=ZONE)
    library.remember_edition(plan.name, Edition(written=SUNDAY, shown=("90000001",)))
    pubmed.put(replace(pubmed.held["90000001"], publication_types=("Retracted Publication",)))
    pubmed.revised = ("90000001",)
    update(library, pubmed, SUNDAY + WEEK)
    _, postman = send(library, SUNDAY + WEEK, DOCTOR)
    assert "You were sent this" not in postman.texts()[0]
    planned = jobs.plan_digest(library, now=(SUNDAY + WEEK).astimezone(UTC), zone=ZONE)
    general = jobs.compose_digest(library, (PTSD,), planned, now=SUNDAY + WEEK)
    assert [note.sent for note in general.notes] == [date(2026, 11, 15)]


def test_a_study_that_comes_to_her_topic_when_it_is_indexed_is_told_then_though_it_was_held_before(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed, topics=TOPICS)
    send(library, SUNDAY, NURSE)
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY + WEEK, topics=TOPICS)
    _, before = send(library, SUNDAY + WEEK, NURSE)
    assert "invented study 2" not in before.texts(NURSE.subscriber.email)[0]
    pubmed.put(citation(2, title="Ketamine for PTSD, safety: invented study 2"))
    update(library, pubmed, SUNDAY + 2 * WEEK, topics=TOPICS)
    _, after = send(library, SUNDAY + 2 * WEEK, NURSE)
    assert "invented study 2" in after.texts(NURSE.subscriber.email)[0]
    _, following = send(library, SUNDAY + 3 * WEEK, NURSE)
    assert "invented study 2" not in following.texts(NURSE.subscriber.email)[0]


def test_a_study_whose_design_is_confirmed_later_reaches_whoever_chose_that_design(library):
    trials = recipient(designs=("randomized-trial",))
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    send(library, SUNDAY, trials)
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY + WEEK)
    send(library, SUNDAY + WEEK, trials)
    assert library.sent(issue="2026-W47")[0].told == ()
    pubmed.put(citation(2, publication_types=("Randomized Controlled Trial",)))
    pubmed.revised = ("90000002",)
    update(library, pubmed, SUNDAY + 2 * WEEK)
    send(library, SUNDAY + 2 * WEEK, trials)
    assert library.sent(issue="2026-W48")[0].told == ("90000002",)


# -- each in her own rhythm


@pytest.mark.parametrize(
    ("wishes", "moments", "names"),
    [
        ({"cadence": "daily"}, (0, 1, 1, 2), ["2026-11-15", "2026-11-16", "2026-11-17"]),
        ({"cadence": "weekly"}, (0, 1, 2, 8), ["2026-W46", "2026-W47", "2026-W48"]),
        ({"cadence": "monthly"}, (0, 1, 15, 16, 20), ["2026-11", "2026-12"]),
        ({"cadence": "daily", "timezone": ZoneInfo("Asia/Tokyo")}, (0, 1), ["2026-11-16", "2026-11-17"]),
        ({"timezone": ZoneInfo("Asia/Tokyo")}, (-1, 0, 1), ["2026-W46", "2026-W47"]),
    ],
    ids=["every day", "every week", "every month", "her day has begun already", "her Monday has begun already"],
)
def test_a_letter_a_day_a_week_or_a_month_where_she_lives(library, wishes, moments, names):
    update(library, FakePubMed(citation(1)), SUNDAY - 2 * DAY)
    got = []
    for days in moments:
        _, postman = send(library, SUNDAY + days * DAY, recipient(**wishes))
        got += [name for name, _, _ in postman.letters]
    assert got == names


def test_a_daily_letter_tells_what_came_since_yesterdays(library):
    pubmed = FakePubMed(citation(1))
    daily = recipient(cadence="daily")
    update(library, pubmed, SUNDAY - DAY)
    texts = []
    for day in range(3):
        pubmed.put(citation(day + 2, entered=date(2026, 11, 14)))
        update(library, pubmed, SUNDAY + day * DAY)
        texts += send(library, SUNDAY + day * DAY, daily)[1].texts()
    told = [[number for number in (2, 3, 4) if f"invented study {number}" in text] for text in texts]
    assert told == [[2], [3], [4]]


def test_a_change_of_cadence_neither_repeats_nor_skips(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    send(library, SUNDAY, recipient(cadence="weekly"))
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY + 3 * DAY)
    _, postman = send(library, SUNDAY + 3 * DAY, recipient(cadence="daily"))
    assert "invented study 2" in postman.texts()[0]
    assert "invented study 1" not in postman.texts()[0]


def test_a_digest_asked_for_by_its_week_is_everybodys(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed)
    given = jobs.plan_week(library, "2026-W46", now=SUNDAY.astimezone(UTC), zone=ZONE)
    _, postman = send(library, SUNDAY + DAY, DOCTOR, recipient("c@clinic.example", cadence="monthly"), plan=given)
    assert [name for name, _, _ in postman.letters] == ["2026-W46", "2026-W46"]


# -- composed once, kept short, silent on request


def test_a_digest_is_composed_once_for_all_who_want_the_same(library):
    update(library, FakePubMed(*map(citation, range(1, 5))), topics=TOPICS)
    readers = [recipient(f"reader-{n}@clinic.example", topics=(("ptsd",), ("safety",), ())[n % 3]) for n in range(30)]
    outcome, postman = send(library, SUNDAY, *readers)
    assert (len(outcome.sent), outcome.composed) == (30, 3)
    assert len({id(letter) for _, _, letter in postman.letters}) == 3
    update(library, FakePubMed(*map(citation, range(1, 6))), SUNDAY + WEEK, topics=TOPICS)
    outcome, _ = send(library, SUNDAY + WEEK, *readers)
    assert (len(outcome.sent), outcome.composed) == (30, 3)


def test_silence_when_quiet_is_written_down_and_never_hides_an_incomplete_search(library):
    pubmed = FakePubMed(citation(1))
    update(library, pubmed, topics=TOPICS)
    send(library, SUNDAY, DOCTOR)
    update(library, pubmed, SUNDAY + WEEK, topics=TOPICS)
    outcome, postman = send(library, SUNDAY + WEEK, DOCTOR, is_silent_when_quiet=True)
    assert (outcome.quiet, postman.letters) == (("a.doctor@clinic.example",), [])
    assert send(library, SUNDAY + WEEK, DOCTOR, is_silent_when_quiet=True)[0].had_it
    pubmed.down = ("safety",)
    update(library, pubmed, SUNDAY + 2 * WEEK, topics=TOPICS)
    _, postman = send(library, SUNDAY + 2 * WEEK, DOCTOR, is_silent_when_quiet=True)
    assert "NOT KNOWN" in postman.texts()[0]
    pubmed.down = ()
    pubmed.put(citation(2))
    update(library, pubmed, SUNDAY + 3 * WEEK, topics=TOPICS)
    assert "invented study 2" in send(library, SUNDAY + 3 * WEEK, DOCTOR, is_silent_when_quiet=True)[1].texts()[0]


# -- who is written to


def reader(email, **wishes):
    return Subscriber(email=email, **wishes)


@pytest.mark.parametrize(
    ("named", "enrolled", "paused", "removed", "expected"),
    [
        (["a@x.example"], ["b@x.example"], (), (), ["a@x.example", "b@x.example"]),
        (["A@x.example"], ["a@x.example"], (), (), ["a@x.example"]),
        (["a@x.example"], ["b@x.example"], ("b@x.example",), (), ["a@x.example"]),
        (["a@x.example"], [], ("a@x.example",), (), []),
        (["a@x.example"], [], (), ("a@x.example",), []),
        (["A@x.example", "b@x.example"], [], (), ("a@x.example",), ["b@x.example"]),
        ([], [], (), (), []),
    ],
    ids=[
        "both the settings and the library",
        "named twice, the library wins",
        "paused in the library",
        "paused though the settings name her",
        "removed though the settings name her",
        "removed in other letters",
        "nobody",
    ],
)
def test_those_are_written_to_who_wish_it(named, enrolled, paused, removed, expected):
    got = written_to(
        map(reader, named), map(reader, enrolled), paused=paused, is_removed=lambda address: address in removed
    )
    assert [one.email for one in got] == expected
