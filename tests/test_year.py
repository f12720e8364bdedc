"""A year in a minute: 52 weekly updates of an invented PubMed, and the library is right at every step."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.harvest import update
from aggregator.pubmed.eutils import PubMed
from tests import year
from tests.year_world import EVENTS, FATES


@pytest.mark.parametrize("seed", [2, 3])
def test_over_a_year_the_library_is_right_at_every_step_and_announces_each_study_once(seed, tmp_path):
    account = year.live(seed, tmp_path)
    assert account.differences == []
    assert all(account.happened[name] for name in (*FATES, *EVENTS))
    assert account.incomplete
    assert account.announced > 50


faults = st.sampled_from(year.ENDPOINTS).flatmap(
    lambda endpoint: st.builds(
        year.Fault,
        endpoint=st.just(endpoint),
        kind=st.sampled_from(year.TRANSIENT[endpoint]),
        times=st.sampled_from([1, 2, 3, None]),
        after=st.integers(0, 6),
    )
)
weeks = st.builds(
    year.Week,
    updates=st.booleans(),
    faults=st.lists(faults, max_size=3, unique_by=lambda fault: fault.endpoint).map(tuple),
    breaks=st.none() | st.integers(0, 25),
    digest=st.booleans(),
    is_sent=st.booleans(),
    again=st.booleans(),
    late=st.integers(-40, 40),
)


@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 9), bad=st.lists(weeks, min_size=1, max_size=5))
def test_whatever_weeks_fail_or_are_skipped_the_library_is_right_at_every_step(seed, bad):
    with TemporaryDirectory() as folder:
        assert year.live(seed, Path(folder), (*bad, year.Week())).differences == []


# -- the oracle itself


class Forgetful(PubMed):
    """Never asks what was revised."""

    def search(self, query, *, limit=None):
        answer = super().search(query, limit=limit)
        return replace(answer, pmids=(), count=0) if "[lr]" in query else answer


class Short(PubMed):
    """Leaves out one PMID of a list and does not notice."""

    def search(self, query, *, limit=None):
        answer = super().search(query, limit=limit)
        return replace(answer, pmids=answer.pmids[:-1], count=len(answer.pmids[:-1]))


class Trusting(PubMed):
    """Takes what does not come for what is still there."""

    def fetch(self, pmids):
        return (replace(batch, gone=()) for batch in super().fetch(pmids))


class Rash(PubMed):
    """Takes what does not come for what is gone."""

    def fetch(self, pmids):
        return (replace(batch, missing=(), gone=batch.missing + batch.gone) for batch in super().fetch(pmids))


class Windowed(PubMed):
    """Asks only for what was processed (EDAT) in the last four weeks, as many a tool does."""

    def search(self, query, *, limit=None):
        return super().search(query if "[lr]" in query else f'({query}) AND "last 28 days"[edat]', limit=limit)


class Proud(year.Unsynced):
    """Announces what it was filled with."""

    def match(self, topic, pmids, *, now, is_whole, known_before=None):
        super().match(topic, pmids, now=now, is_whole=is_whole)


class Shy(year.Unsynced):
    """Takes everything that came before today for known."""

    def match(self, topic, pmids, *, now, is_whole, known_before=None):
        super().match(topic, pmids, now=now, is_whole=is_whole, known_before=now)


class Blunt(year.Unsynced):
    """Records that something changed, and not what."""

    def add(self, batch, *, now, is_live=True):
        added = super().add(batch, now=now, is_live=is_live)
        with self._store.writing() as db:
            db.execute("UPDATE changes SET kind = 'revised'")
        return added


class Stubborn(year.Unsynced):
    """Keeps every match for good."""

    def match(self, topic, pmids, *, now, is_whole, known_before=None):
        super().match(topic, pmids, now=now, is_whole=False, known_before=known_before)


class Cheerful(year.Unsynced):
    """Calls every search complete."""

    def remember_search(self, search, row=None):
        return super().remember_search(replace(search, complete=True, problem=None), row)


FLAWS = {
    "never asks what was revised": (year.Parts(client=Forgetful), "held as before"),
    "leaves out a PMID": (year.Parts(client=Short), "matched, not so"),
    "takes what is gone for there": (year.Parts(client=Trusting), "gone and not marked"),
    "takes what did not come for gone": (year.Parts(client=Rash), "marked as deleted and there"),
    "asks by EDAT": (year.Parts(client=Windowed), "matched, not so"),
    "announces its filling": (year.Parts(library=Proud), "announced and not new"),
    "takes what is new for known": (year.Parts(library=Shy), "new and not announced"),
    "does not name changes": (year.Parts(library=Blunt), "recorded 0 times, expected 1"),
    "never loses a match": (year.Parts(library=Stubborn), "matched, wrongly"),
    "calls every search complete": (year.Parts(library=Cheerful), "do not agree"),
}


#: Five weeks, and at the end one in which no record comes.
BARREN = year.Fault(endpoint="efetch", kind="empty-page", times=None)
SOME_WEEKS = (*[year.Week()] * 5, year.Week(faults=(BARREN,)))


@pytest.mark.parametrize(("parts", "words"), FLAWS.values(), ids=FLAWS)
def test_a_harvest_with_a_flaw_is_found_out(parts, words, tmp_path):
    account = year.live(3, tmp_path, SOME_WEEKS, events=4, parts=parts)
    assert any(words in difference for difference in account.differences)


def test_a_harvest_without_a_flaw_is_not(tmp_path):
    assert year.live(3, tmp_path, SOME_WEEKS, events=4).differences == []


def test_a_harvest_that_never_fetches_again_is_found_out(tmp_path):
    parts = year.Parts(update=partial(update, refetch_every=timedelta(days=999)))
    account = year.live(4, tmp_path, [year.Week()] * 20, parts=parts)
    assert any("silently changed" in difference for difference in account.differences)
