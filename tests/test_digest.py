"""What a digest chooses, in which order and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.citation import Notice
from aggregator.dates import week_period
from aggregator.digest import Preferences, card_of, compose, headline, line_of, shortened
from aggregator.digest.card import NO_ABSTRACT, NO_ESTIMATE
from aggregator.digest.choice import DESIGN_WEIGHT as WEIGHT
from aggregator.digest.choice import NOTICES_OF
from aggregator.digest.issue import FRAME_WORDS, SET_ASIDE
from aggregator.study import STATUS_CHANGES
from aggregator.summary import Fact, Span
from aggregator.vocabulary import BUCKETS, DESIGNS
from tests.studies import NOW, TOPICS, change, result, retracted, search, searches, study

PERIOD = week_period("2026-W47", ZoneInfo("America/New_York"))
ALL = Preferences()


def digest_of(*studies, changed=(), asked=None, preferences=ALL, sent=None, last=None, made=NOW, **more):
    return compose(
        issue="2026-W47",
        period=PERIOD,
        made=made,
        studies=studies,
        changed=changed,
        searches=searches() if asked is None else asked,
        topics=TOPICS,
        last_by_topic=last or {},
        preferences=preferences,
        sent_before=sent or {},
        **more,
    )


def pmids(digest):
    """Lead, cards and lines in the order of the letter."""
    lead = [digest.lead.study.pmid] if digest.lead else []
    lines = [line.study.pmid for group in digest.lines for line in group.lines]
    return lead + [card.study.pmid for card in digest.cards] + lines


def reasons(digest):
    return {group.reason: len(group.studies) for group in digest.set_aside}


# The tables


def test_every_design_has_a_weight_and_every_bucket_a_reason():
    assert set(WEIGHT) == set(DESIGNS)
    assert set(BUCKETS) - {"core"} <= set(SET_ASIDE)
    assert set(NOTICES_OF) == set(STATUS_CHANGES)


# Order


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            study("90000002", design="meta-analysis", n=40), study("90000001", n=400), id="a synthesis before a trial"
        ),
        pytest.param(study("90000002", n=31), study("90000001", n=30), id="the larger of two trials"),
        pytest.param(
            study("90000002", n=30), study("90000001", n=None), id="a size that is stated before one that is not"
        ),
        pytest.param(
            study("90000002", topics=("ptsd",)),
            study("90000001", topics=("depression",)),
            id="the reader's first topic",
        ),
        pytest.param(
            study("90000002", entered=date(2026, 11, 19)),
            study("90000001", entered=date(2026, 11, 17)),
            id="the later of two that are alike",
        ),
        pytest.param(
            study("90000002", design="case-report", n=1),
            study("90000001", design="meta-analysis", publication_types=("Preprint",)),
            id="anything reviewed before a preprint",
        ),
        pytest.param(
            study("90000002", design="cohort"),
            study("90000001", notices=(Notice(ref_type="ExpressionOfConcernIn"),)),
            id="a study that stands before one under a concern",
        ),
    ],
)
def test_of_two_studies_the_one_that_goes_first_is(first, second):
    wide = Preferences(words=10_000)
    assert pmids(digest_of(first, second, preferences=wide)) == [first.pmid, second.pmid]
    assert pmids(digest_of(second, first, preferences=wide)) == [first.pmid, second.pmid]


@pytest.mark.parametrize(
    "only",
    [
        pytest.param(study(publication_types=("Preprint",)), id="a preprint"),
        pytest.param(retracted(), id="a retracted study"),
        pytest.param(study(notices=(Notice(ref_type="ExpressionOfConcernIn"),)), id="a study under a concern"),
        pytest.param(study(design="narrative-review"), id="a review without data of its own"),
        pytest.param(study(has_abstract=False), id="a study without abstract"),
    ],
)
def test_no_letter_is_led_by(only):
    digest = digest_of(only)
    assert digest.lead is None
    assert [s.pmid for s in digest.shown] == [only.pmid]


def test_caps_are_kept_and_what_is_beyond_them_stands_in_the_report():
    studies = [study(str(90000100 + i), n=100 - i) for i in range(30)]
    digest = digest_of(*studies, preferences=Preferences(cards=2, lines=3, words=100_000))
    assert digest.lead.study.pmid == "90000100"
    assert len(digest.cards) == 1
    assert sum(len(group.lines) for group in digest.lines) == 3
    assert len(digest.beyond) == 25
    assert digest.new == 30


def test_by_default_there_are_at_most_five_cards_and_ten_lines():
    digest = digest_of(*(study(str(90000100 + i)) for i in range(60)), preferences=Preferences(words=100_000))
    assert 1 + len(digest.cards) == 5
    assert sum(len(group.lines) for group in digest.lines) == 10


def test_no_shorter_study_of_lower_rank_overtakes_one_that_is_too_long_for_a_card():
    long, short = (
        study("90000002", n=80, conclusion="Much is not known. " * 12),
        study("90000003", n=70, conclusion=None),
    )
    room = card_of([study()]).words + card_of([short]).words + FRAME_WORDS + 30
    digest = digest_of(study("90000001", n=90), long, short, preferences=Preferences(words=room))
    assert digest.lead.study.pmid == "90000001"
    assert not digest.cards
    assert [line.study.pmid for group in digest.lines for line in group.lines] == ["90000002", "90000003"]


def test_every_topic_gets_its_first_line_before_any_gets_its_second():
    crowd = [study(str(90000100 + i), n=900 - i, topics=("depression",)) for i in range(9)]
    lone = study("90000200", n=4, topics=("social-anxiety",), design="case-report")
    digest = digest_of(*crowd, lone, preferences=Preferences(cards=1, lines=2, words=10_000))
    assert [group.name for group in digest.lines] == ["Social anxiety", "Depression"]


def test_a_study_of_two_topics_is_shown_once_with_both():
    digest = digest_of(study(topics=("depression", "ptsd")))
    assert digest.lead.topics == ("PTSD", "Depression")
    assert digest.found == len(digest.shown) == 1


def test_a_study_that_comes_twice_is_counted_once():
    assert digest_of(study(), study()).found == 1


# One trial, one card


TRIAL = study("90000001", n=64, registrations=("NCT99900001",))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            study("90000002", design="secondary-analysis", registrations=("nct99900001",)),
            id="the same registry number",
        ),
        pytest.param(
            study(
                "90000002",
                n=64,
                publication_types=("Preprint",),
                notices=(Notice(ref_type="UpdateIn", pmid="90000001"),),
            ),
            id="its preprint",
        ),
        pytest.param(study("90000002", title=TRIAL.citation.title.upper()), id="its ahead-of-print twin"),
    ],
)
def test_another_report_of_a_trial_is_named_on_its_card(other):
    digest = digest_of(other, TRIAL)
    assert digest.lead.study is TRIAL
    assert [s.pmid for s in digest.lead.related] == ["90000002"]
    assert not digest.cards
    assert not digest.lines
    assert len(digest.shown) == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(study("90000002", registrations=("NCT99900002",)), id="another registry number"),
        pytest.param(
            study("90000002", design="meta-analysis", registrations=("NCT99900001",)),
            id="a synthesis that names the trial",
        ),
        pytest.param(study("90000002", title=TRIAL.citation.title + " A reply"), id="a title that is only like it"),
    ],
)
def test_a_study_of_its_own_keeps_its_own_card(other):
    assert len(digest_of(other, TRIAL, preferences=Preferences(words=10_000)).cards) == 1


def test_a_pooled_analysis_does_not_make_two_trials_one():
    second = study("90000002", n=50, registrations=("NCT99900002",))
    pooled = study("90000003", design="secondary-analysis", registrations=("NCT99900001", "NCT99900002"))
    digest = digest_of(pooled, second, TRIAL, preferences=Preferences(words=10_000))
    assert pmids(digest) == ["90000001", "90000002"]
    assert [s.pmid for s in digest.lead.related] == ["90000003"]


# Status


def test_changes_of_status_come_with_the_gravest_first():
    changed = [
        (study(f"9000030{i}"), (change(f"9000030{i}", kind),)) for i, kind in enumerate(reversed(STATUS_CHANGES))
    ]
    assert tuple(note.kinds[0] for note in digest_of(changed=changed).notes) == STATUS_CHANGES


@pytest.mark.parametrize(
    ("held", "sent", "words"),
    [
        pytest.param(retracted(), {"90000099": date(2026, 10, 12)}, "You were sent this on 12 Oct 2026.", id="sent"),
        pytest.param(
            retracted(announced=("2026-W41", NOW)), {}, "Announced in the digest of 2026-W41.", id="announced"
        ),
        pytest.param(retracted(), {}, "You were not sent this before.", id="held only"),
    ],
)
def test_a_change_of_status_says_whether_the_reader_met_the_study(held, sent, words):
    (note,) = digest_of(changed=[(held, (change(held.pmid),))], sent=sent).notes
    assert note.history == words
    assert note.title.startswith("RETRACTED: ")
    assert [notice.pmid for notice in note.notices] == ["90000098"]


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(retracted(topics=("depression",)), id="a topic that was not chosen"),
        pytest.param(retracted(design="cohort"), id="a design that was not chosen"),
        pytest.param(retracted(bucket="perioperative"), id="a study that is set aside now"),
    ],
)
def test_who_was_sent_a_study_hears_of_its_retraction_whatever_was_chosen(held):
    chosen = Preferences(topics=("ptsd",), designs=("randomized-trial",))
    changed = [(held, (change(held.pmid),))]
    assert not digest_of(changed=changed, preferences=chosen).notes
    assert digest_of(changed=changed, preferences=chosen, sent={held.pmid: date(2026, 10, 12)}).notes


def test_a_change_that_no_reader_needs_is_no_news():
    digest = digest_of(changed=[(study(), (change("90000001", "revised"), change("90000001", "indexed")))])
    assert digest.is_quiet


def test_a_new_study_that_is_already_retracted_is_told_without_results_and_counted_with_no_design():
    digest = digest_of(retracted(results=(result("CAPS-5 was lower with ketamine."),)))
    (note,) = digest.notes
    assert note.is_new
    assert not digest.cards
    assert not digest.designs
    assert digest.summary == "1 new study: 1 already retracted."
    assert digest.found == len(digest.shown) == 1


def test_a_study_that_is_new_and_changed_in_the_same_week_is_shown_once():
    digest = digest_of(study(), changed=[(study(), (change("90000001", "corrected"),))])
    assert not digest.notes
    assert pmids(digest) == ["90000001"]


def test_a_card_under_a_concern_names_the_notice():
    notice = Notice(ref_type="ExpressionOfConcernIn", pmid="90000005")
    card = card_of([study(notices=(notice,))])
    assert card.concerns == (notice,)
    assert "Expression of concern" in card.remarks


# What is set aside, and counts


@pytest.mark.parametrize("bucket", [bucket for bucket in BUCKETS if bucket != "core"])
def test_noise_is_set_aside_with_its_reason_and_never_dropped(bucket):
    digest = digest_of(study(bucket=bucket))
    assert reasons(digest) == {bucket: 1}
    assert digest.is_quiet
    assert digest.counts == f"Found new: 1. Shown here: 0. Set aside: 1 ({digest.set_aside[0].label})."


@pytest.mark.parametrize(
    ("preferences", "reason"),
    [
        pytest.param(Preferences(topics=("social-anxiety",)), "topics", id="another topic"),
        pytest.param(Preferences(designs=("cohort",)), "designs", id="another design"),
    ],
)
def test_what_a_reader_did_not_choose_is_counted(preferences, reason):
    digest = digest_of(study(), preferences=preferences)
    assert reasons(digest) == {reason: 1}
    assert digest.new == 0


INVENTED = st.builds(
    lambda number, design, bucket, n, topics, preprint, withdrawn, trial: study(
        str(90000000 + number),
        design=design,
        bucket=bucket,
        n=n,
        topics=tuple(topics),
        publication_types=("Preprint",) * preprint + ("Retracted Publication",) * withdrawn,
        registrations=(f"NCT9990000{trial}",) if trial else (),
    ),
    st.integers(1, 400),
    st.sampled_from(list(DESIGNS)),
    st.sampled_from(["core"] * 6 + list(BUCKETS)),
    st.none() | st.integers(1, 5000),
    st.sets(st.sampled_from([topic.slug for topic in TOPICS] + ["a-topic-of-old"])),
    st.booleans(),
    st.booleans(),
    st.integers(0, 4),
)
CHOICES = st.builds(
    Preferences,
    topics=st.sets(st.sampled_from([topic.slug for topic in TOPICS])).map(tuple),
    designs=st.sets(st.sampled_from(list(DESIGNS)), max_size=3).map(tuple),
    cards=st.integers(0, 6),
    lines=st.integers(0, 12),
    words=st.integers(0, 2000),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(studies=st.lists(INVENTED, max_size=40), preferences=CHOICES, cuts=st.integers(0, 4))
def test_found_is_shown_and_set_aside_whatever_the_week_and_the_reader(studies, preferences, cuts):
    digest = digest_of(*studies, preferences=preferences)
    for _ in range(cuts):
        digest = shortened(digest) or digest
    shown = [s.pmid for s in digest.shown]
    aside = [s.pmid for group in digest.set_aside for s in group.studies]
    assert sorted(shown + aside) == sorted({s.pmid for s in studies})
    assert digest.found == len(shown) + len(aside)
    cards = [digest.lead, *digest.cards] if digest.lead else list(digest.cards)
    assert len(cards) <= preferences.cards
    assert sum(len(group.lines) for group in digest.lines) <= preferences.lines
    assert not any(card.study.citation.is_retracted for card in cards)
    assert digest.lead is None or not digest.lead.study.citation.is_preprint
    assert len(digest.subject) <= 110


def test_the_other_reports_of_a_trial_are_counted_wherever_its_card_goes():
    family = [study(str(90000100 + i), registrations=("NCT99900001",)) for i in range(3)]
    none = digest_of(*family, preferences=Preferences(cards=0, lines=0))
    assert reasons(none) == {"length": 3}
    assert none.found == none.new == 3
    shown = digest_of(*family)
    assert len(shown.shown) == 3
    assert reasons(shortened(shown)) == {"length": 3}


def test_a_digest_is_shortened_until_only_its_changes_of_status_are_left():
    digest = digest_of(*(study(str(90000100 + i)) for i in range(9)), retracted())
    steps = 0
    while following := shortened(digest):
        digest, steps = following, steps + 1
    assert steps >= 5
    assert [s.pmid for s in digest.shown] == ["90000099"]
    assert digest.found == len(digest.shown) + sum(len(group.studies) for group in digest.set_aside)


# Quiet weeks and searches


def test_a_topic_without_news_is_named_with_its_last_study():
    last = study("90000700", topics=("social-anxiety",))
    digest = digest_of(study(), last={"social-anxiety": last})
    assert [(quiet.topic.slug, quiet.last) for quiet in digest.quiet] == [
        ("social-anxiety", last),
        ("depression", None),
        ("psychotherapy", None),
    ]


def test_a_retracted_study_is_not_what_a_quiet_topic_is_remembered_by():
    digest = digest_of(last={"ptsd": retracted()})
    assert digest.quiet[0].last is None
    assert digest.last is None


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        pytest.param([], "not searched yet", id="never searched"),
        pytest.param(
            [search(complete=False, problem="HTTP 502")],
            "the search of 23 Nov 2026 did not finish (never complete so far)",
            id="cut short",
        ),
        pytest.param(
            [search(missing=("90000801", "90000802"), complete=False)],
            "on 23 Nov 2026 PubMed listed 2 records that it did not deliver (never complete so far)",
            id="records not delivered",
        ),
        pytest.param(
            [search(started=NOW - timedelta(days=5))], "last searched on 18 Nov 2026", id="days not asked for"
        ),
        pytest.param(
            [search(started=NOW - timedelta(days=3)), search(complete=False)],
            "the search of 23 Nov 2026 did not finish (last complete on 20 Nov 2026)",
            id="the last of two cut short",
        ),
    ],
)
def test_a_topic_is_not_known_rather_than_quiet_when_it_was(asked, why):
    digest = digest_of(asked=[*asked, *searches(topics=TOPICS[1:])])
    assert [(gap.topic.slug, gap.why) for gap in digest.unknown] == [("ptsd", why)]
    assert "ptsd" not in [quiet.topic.slug for quiet in digest.quiet]
    assert digest.complete == 3
    assert "nothing new" not in digest.subject
    assert "1 of 4 searches incomplete" in digest.subject


def test_a_search_on_the_last_day_of_an_older_period_is_recent_enough():
    digest = digest_of(
        asked=[search(t.slug, started=PERIOD.end - timedelta(hours=20)) for t in TOPICS], made=NOW + timedelta(days=90)
    )
    assert not digest.unknown


def test_new_studies_are_shown_though_a_search_is_incomplete():
    digest = digest_of(study(), asked=searches(incomplete=("ptsd",)))
    assert digest.lead
    assert [gap.topic.slug for gap in digest.unknown] == ["ptsd"]


def test_only_the_reader_s_topics_count_as_searches():
    digest = digest_of(asked=searches(incomplete=("ptsd",)), preferences=Preferences(topics=("depression",)))
    assert digest.searched == "Searches complete: 1 of 1."
    assert digest.subject == "Ketamine evidence, 16–22 Nov 2026: nothing new"


@pytest.mark.parametrize(
    ("studies", "changed", "subject"),
    [
        pytest.param([], [], "nothing new", id="nothing"),
        pytest.param([study()], [], "1 new (1 RCT)", id="one trial"),
        pytest.param(
            [study("90000001"), study("90000002"), study("90000003", design="meta-analysis")],
            [],
            "3 new (1 meta-analysis, 2 RCTs)",
            id="the strongest first",
        ),
        pytest.param([study(design="cohort")], [], "1 new", id="no design to boast of"),
        pytest.param([], [(retracted(), (change("90000099"),))], "1 retracted; nothing new", id="a retraction only"),
        pytest.param([study()], [(retracted(), (change("90000099"),))], "1 retracted; 1 new (1 RCT)", id="both"),
    ],
)
def test_the_subject_says_the_week_and_the_counts(studies, changed, subject):
    assert digest_of(*studies, changed=changed).subject == f"Ketamine evidence, 16–22 Nov 2026: {subject}"


# Words


@pytest.mark.parametrize(
    ("one", "words"),
    [
        pytest.param(study(), "Randomised trial, 30 participants: ketamine or midazolam for PTSD", id="a trial"),
        pytest.param(study(n=None), "Randomised trial: ketamine or midazolam for PTSD", id="size not stated"),
        pytest.param(
            study(n=1, design="case-report", comparators=()),
            "Case report or series, 1 participant: ketamine in PTSD",
            id="one",
        ),
        pytest.param(
            study(comparators=()), "Randomised trial, 30 participants: ketamine for PTSD", id="no comparator stated"
        ),
        pytest.param(
            study(comparators=("placebo", "saline")),
            "Randomised trial, 30 participants: ketamine or saline for PTSD",
            id="saline placebo",
        ),
        pytest.param(
            study(comparators=("ketamine-dose",)),
            "Randomised trial, 30 participants: ketamine or another dose or route for PTSD",
            id="doses",
        ),
        pytest.param(
            study(comparators=("midazolam", "ect", "tms")),
            "Randomised trial, 30 participants: ketamine or 3 comparators for PTSD",
            id="many comparators",
        ),
        pytest.param(
            study(
                design="meta-analysis", n=None, studies_included=14, comparators=(), conditions=("ptsd", "depression")
            ),
            "Meta-analysis of 14 studies: ketamine for PTSD and depression",
            id="a meta-analysis",
        ),
        pytest.param(
            study(design="cohort", n=1214, comparators=(), drugs=("ketamine", "esketamine")),
            "Cohort study, 1,214 participants: ketamine and esketamine in PTSD",
            id="a cohort",
        ),
        pytest.param(
            study(conditions=("healthy-volunteers",)),
            "Randomised trial, 30 participants: ketamine or midazolam in healthy volunteers",
            id="healthy volunteers",
        ),
        pytest.param(study(drugs=(), title="An invented title."), "An invented title.", id="no drug stated: the title"),
        pytest.param(
            study(conditions=(), title="An invented title."), "An invented title.", id="no condition stated: the title"
        ),
        pytest.param(
            study(design="narrative-review", title="An invented title."),
            "An invented title.",
            id="a design known by its title",
        ),
        pytest.param(
            study(has_abstract=False, title="An invented title."), "An invented title.", id="no abstract: the title"
        ),
        pytest.param(study(has_abstract=False, title=""), "[No title in PubMed]", id="not even a title"),
    ],
)
def test_a_headline_is_made_of_stated_facts_only(one, words):
    assert headline(one) == words


def rows(one):
    return {row.label: row.text for row in card_of([one]).rows}


def test_a_card_states_who_what_against_what_with_which_result():
    full = study(
        results=(
            result("CAPS-5 was 8.4 points lower with ketamine (95% CI 2.1 to 14.7).", estimate=8.4, ci=(2.1, 14.7)),
        ),
        harms=("nausea", "dissociation"),
        regimen="repeated",
        sessions=6,
    )
    assert rows(full) == {
        "Population": "30 participants; adults; PTSD",
        "Treatment": "intravenous ketamine, 0.5 mg/kg, repeated doses (6 sessions)",
        "Compared with": "midazolam",
        "Result": "CAPS-5 was 8.4 points lower with ketamine (95% CI 2.1 to 14.7).",
        "Harms named": "nausea, dissociation",
        "Authors conclude": "Larger trials are needed before conclusions can be drawn.",
    }
    assert card_of([full]).unstated == ()


@pytest.mark.parametrize(
    "conclusion",
    [
        pytest.param("Ketamine is a promising treatment.", id="a hopeful conclusion"),
        pytest.param(None, id="no conclusion quoted: beside the result"),
    ],
)
def test_a_card_says_that_the_primary_outcome_was_not_met_beside_what_it_quotes(conclusion):
    one = study(
        results=[result("Sleep was better (p = 0.01).", p="0.01")],
        not_met=["The primary outcome did not differ."],
        conclusion=conclusion,
    )
    shown = card_of([one])
    labels = [row.label for row in shown.rows]
    here = labels.index("Primary outcome")
    assert labels[here + 1 :] == (["Authors conclude"] if conclusion else [])
    assert (shown.rows[here].text, shown.rows[here].is_quote) == ("not met, as the abstract says", False)


def test_a_card_is_silent_on_a_primary_outcome_that_is_not_said_to_be_unmet():
    assert "Primary outcome" not in rows(study())
    assert "primary outcome" not in " ".join(card_of([study()]).unstated)


def test_a_card_keeps_the_title_beside_a_headline_of_facts():
    assert card_of([study(title="An invented title.")]).title == "An invented title."
    assert card_of([study(title="An invented title.", drugs=())]).title is None


def test_what_an_abstract_does_not_state_is_said_so():
    bare = study(
        n=None,
        conditions=(),
        age_groups=(),
        dose=None,
        regimen=None,
        routes=(),
        drugs=(),
        comparators=(),
        control=None,
        conclusion=None,
    )
    card = card_of([bare])
    assert [(row.text, row.is_stated) for row in card.rows] == [(NO_ESTIMATE, False)]
    assert card.unstated == ("population", "treatment", "comparator", "harms", "authors’ conclusion")


def test_a_study_without_abstract_says_so_once():
    card = card_of([study(has_abstract=False)])
    assert [row.text for row in card.rows] == [NO_ABSTRACT]
    assert card.unstated == ()


def test_nothing_is_shown_that_has_no_span():
    one = study(harms=("nausea",), results=(result("CAPS-5 was lower.", estimate=1.0),))
    summary = one.summary
    stripped = replace(
        summary,
        **{
            name: tuple(replace(value, spans=()) for value in getattr(summary, name))
            for name in ("conditions", "age_groups", "drugs", "routes", "doses", "comparators", "harms", "findings")
        },
        **{
            name: replace(getattr(summary, name), spans=())
            for name in ("sample_size", "regimen", "control", "conclusion")
        },
    )
    bare = replace(one, summary=stripped)
    assert rows(bare) == {"Result": NO_ESTIMATE}
    assert headline(bare) == one.citation.title
    assert line_of([bare]).kind == "Randomised trial"


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param((Span(9, 0, 4),), id="a section that is not there"),
        pytest.param((Span(1, 0, 9_999),), id="beyond the end"),
        pytest.param((Span(1, 5, 5),), id="no words"),
        pytest.param((Span(0, 0, 4), Span(1, 0, 4)), id="words of two sections"),
    ],
)
def test_a_finding_whose_span_cannot_be_followed_is_not_quoted(spans):
    one = study(results=(result("CAPS-5 was lower.", estimate=1.0),))
    findings = (replace(one.summary.findings[0], spans=spans),)
    assert rows(replace(one, summary=replace(one.summary, findings=findings)))["Result"] == NO_ESTIMATE


def test_the_primary_outcome_is_quoted_rather_than_the_first_finding():
    one = study(
        results=(
            result("Sleep was better (95% CI 1 to 2).", ci=(1, 2)),
            result("CAPS-5 did not differ between groups (p = 0.4).", p="0.4", primary=True),
        )
    )
    assert rows(one)["Result"] == "CAPS-5 did not differ between groups (p = 0.4)."


def test_a_result_is_quoted_as_the_whole_sentence_around_its_words():
    one = study(
        results=(result("At week 2, the difference was 8.4 points (95% CI 2.1 to 14.7). Nothing else was measured."),)
    )
    start = one.citation.abstract[1].text.index("8.4")
    findings = (replace(one.summary.findings[0], spans=(Span(1, start, start + 3),)),)
    one = replace(one, summary=replace(one.summary, findings=findings))
    assert rows(one)["Result"] == "At week 2, the difference was 8.4 points (95% CI 2.1 to 14.7)."


@given(before=st.integers(0, 120), after=st.integers(0, 120))
def test_a_long_sentence_is_cut_around_its_finding_and_never_within_it(before, after):
    told = "the difference was 8.4 points (95% CI 2.1 to 14.7)"
    sentence = f"{'before ' * before}{told}{' after' * after}."
    one = study(results=(result(sentence, estimate=8.4),))
    start = sentence.index(told)
    findings = (replace(one.summary.findings[0], spans=(Span(1, start, start + len(told)),)),)
    quote = rows(replace(one, summary=replace(one.summary, findings=findings)))["Result"]
    assert told in quote
    assert len(quote) <= 290
    pieces = quote.removeprefix("… ").removesuffix(" …")
    assert pieces in sentence
    assert quote.startswith("… ") == (not sentence.startswith(pieces))
    assert quote.endswith(" …") == (not sentence.endswith(pieces))


def test_a_long_conclusion_is_cut_between_words_and_says_so():
    quote = rows(study(conclusion="Much more must be known about this. " * 20))["Authors conclude"]
    assert quote.endswith(" …")
    assert len(quote) <= 240


@pytest.mark.parametrize(
    ("confirmed", "words"),
    [
        pytest.param(True, "Design confirmed by PubMed", id="confirmed"),
        pytest.param(False, "Design not yet confirmed", id="not"),
    ],
)
def test_a_card_says_how_sure_its_design_is(confirmed, words):
    assert card_of([study(confirmed=confirmed)]).remarks[-1] == words


def test_flags_stand_in_words_and_a_record_s_own_standing_is_never_missing():
    card = card_of([study(publication_types=("Preprint",), flags=("pilot", "veterans"), phase="2")])
    assert card.remarks == (
        "Preprint, not peer reviewed",
        "Pilot study",
        "Veterans",
        "Phase 2",
        "Design confirmed by PubMed",
    )


def test_no_control_group_is_said_only_where_the_abstract_says_it():
    assert rows(study(comparators=(), control="none"))["Compared with"] == "no control group"
    silent = study(comparators=(), control=None)
    unsaid = replace(silent, summary=replace(silent.summary, control=Fact(value="none")))
    assert "Compared with" not in rows(unsaid)


def test_the_digest_depends_on_what_it_is_given_and_on_nothing_else():
    studies = [study(str(90000100 + i), n=i + 1) for i in range(20)]
    assert digest_of(*studies) == digest_of(*reversed(studies))
    assert digest_of(*studies, made=datetime(2026, 11, 24, tzinfo=UTC)).cards == digest_of(*studies).cards


def test_a_first_filling_is_told_so_that_nothing_new_is_not_mistaken_for_nothing_there():
    digest = digest_of(filled=482)
    assert "482 earlier studies came in when topics were searched for the first time" in " ".join(digest.quiet_note)
    assert "earlier" not in " ".join(digest_of().quiet_note)


def test_the_general_edition_says_that_it_is_for_nobody_in_person():
    assert "general edition" in digest_of(is_general=True).reader
    assert "your address is on" in digest_of().reader


@pytest.mark.parametrize(
    ("comparators", "design", "expected"),
    [
        pytest.param(("midazolam",), "randomized-trial", "ketamine or midazolam for", id="one comparator"),
        pytest.param(("midazolam", "ect"), "randomized-trial", "ketamine, midazolam or ECT for", id="two"),
        pytest.param(("midazolam",), "meta-analysis", "ketamine for", id="a synthesis has none of its own"),
    ],
)
def test_a_headline_reads_as_a_comparison_and_not_as_a_menu(comparators, design, expected):
    assert expected in headline(study("90000001", design=design, comparators=comparators))


def test_what_is_set_aside_is_a_choice():
    noise = [study("90000001", bucket="perioperative"), study("90000002", bucket="protocol", design="protocol")]
    usual, curious = (
        digest_of(*noise, preferences=Preferences(aside=aside)) for aside in (Preferences().aside, ("protocol",))
    )
    assert (len(usual.shown), usual.put_aside) == (0, 2)
    assert [one.pmid for one in curious.shown] == ["90000001"]
    assert [group.label for group in curious.aside] == ["1 protocol without results"]
