"""The notebook face: plain calls, tidy tables, and never an empty answer for a failure."""

import importlib

import pandas as pd
import pytest

import aggregator
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.pubmed.records import wrap
from aggregator.pubmed.simulator import Simulator
from tests.studies import study


@pytest.fixture(scope="module")
def simulator():
    with Simulator(demo_world(DEMO_WEEKS[1])) as running:
        yield running


def test_every_public_name_is_there_and_no_other_is_offered():
    assert sorted(aggregator.__all__) == aggregator.__all__
    for name in aggregator.__all__:
        assert getattr(aggregator, name) is not None
    with pytest.raises(AttributeError, match="it offers"):
        importlib.import_module("aggregator").nonsense  # noqa: B018


def test_a_search_gives_citations_and_a_table_one_row_each(simulator):
    citations = aggregator.search("ketamine[ti] AND ptsd[tiab]", email="a@clinic.example", limit=5, url=simulator.url)
    assert len(citations) == 5
    table = aggregator.table(citations)
    assert isinstance(table, pd.DataFrame)
    assert list(table["pmid"]) == [citation.pmid for citation in citations]
    assert "PMID" in citations[0]._repr_html_()
    assert "Participants" in aggregator.summarise(citations[0])._repr_html_()


def test_a_search_that_fails_raises_and_is_never_empty(simulator):
    simulator.faults.add("esearch", "empty-term", times=1)
    try:
        with pytest.raises(aggregator.QueryRejected):
            aggregator.search("ketamine", email="a@clinic.example", url=simulator.url)
    finally:
        simulator.faults.clear()


def test_a_file_is_read_and_a_library_opened(simulator, tmp_path):
    raws = [held.raw for held in list(simulator.world.records().values())[:3]]
    file = tmp_path / "records.xml"
    file.write_bytes(wrap(raws))
    assert len(aggregator.read(file)) == 3
    with pytest.raises(aggregator.RecordFileError, match="check the path"):
        aggregator.read(tmp_path / "none.xml")


def test_a_mistyped_path_makes_no_empty_library(tmp_path):
    with pytest.raises(aggregator.LibraryError, match="there is no library here"):
        aggregator.open_library(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("not_met", "rows"),
    [
        pytest.param(("The primary outcome was not met.",), ["Primary outcome", "Authors conclude"], id="not met"),
        pytest.param((), ["Authors conclude"], id="nothing said"),
    ],
)
def test_a_card_says_before_the_conclusion_that_the_primary_outcome_was_not_met(not_met, rows):
    card = study(not_met=not_met).summary._repr_html_()
    assert [name for name in ("Primary outcome", "Authors conclude") if name in card] == rows
    assert ("not met, as the abstract says" in card) is bool(not_met)


def test_a_hostile_title_is_text_in_a_notebook():
    citation = aggregator.Citation(pmid="90000001", title="<script>alert(1)</script>")
    assert "<script>" not in citation._repr_html_()
