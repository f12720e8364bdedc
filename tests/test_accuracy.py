"""How well studies are read, as measured: from the benchmark to the methods page."""

import importlib
import re
from datetime import date
from pathlib import Path

import pytest

from aggregator import accuracy, assets
from aggregator.accuracy import Accuracy, FieldAccuracy
from aggregator.render.accuracy import WORDS, accuracy_view
from aggregator.render.site import site
from tests.studies import study
from tests.test_site import report_of, text_of, tree

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def evaluation(*fields, **rest):
    known = {"measured": date(2026, 5, 4), "version": "9.9", "rules": "a1", "annotated": 60, "held_out": 20}
    return Accuracy(**{**known, "read_twice": 10, "field": fields, **rest})


def field(name="doses", **rest):
    return FieldAccuracy(
        **{"name": name, "records": 12, "stated": 16, "given": 10, "right": 8, "readers": 0.93, **rest}
    )


def test_what_the_benchmark_writes_is_what_the_report_reads(tmp_path):
    whole = evaluation(field(), field("topics", readers=None, given=0, right=0))
    file = tmp_path / "accuracy.toml"
    file.write_text(accuracy.as_toml(whole), encoding="utf-8")
    assert accuracy.read(file) == whole


def test_a_row_says_how_many_values_are_right_and_how_many_are_found():
    view = accuracy_view(evaluation(field(readers=0.97), field("topics", readers=0.905)), "a1")
    assert [row.name for row in view.rows] == ["Topic", "Dose"]  # in the order of the page
    dose = view.rows[1]
    assert (dose.right.percent, dose.right.part, dose.right.whole) == ("80%", 8, 10)
    assert (dose.found.percent, dose.found.part, dose.found.whole) == ("50%", 8, 16)
    assert view.readers == ("90%", "97%")


def test_a_field_in_which_the_program_said_nothing_has_no_share_of_right_values():
    (row,) = accuracy_view(evaluation(field(given=0, right=0)), "a1").rows
    assert (row.right.percent, row.found.percent) == ("–", "0%")


@pytest.mark.parametrize(("rules", "edited"), [("a1", False), ("b2", True)])
def test_the_page_says_whether_the_rules_are_those_that_were_measured(tmp_path, monkeypatch, rules, edited):
    monkeypatch.setattr(accuracy, "read", lambda: evaluation(field()))
    monkeypatch.setattr(accuracy, "rules", lambda: rules)
    site(report_of([study()]), into=tmp_path / "site", folder=assets.folder("reports"))
    page = tmp_path / "site" / "methods.html"
    (row,) = tree(page).findall(".//table[@class='accuracy']/tbody/tr")
    cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
    assert cells == ["Dose amount and unit, for its drug; 12 records", "80% 8 of 10", "50% 8 of 16"]
    words = text_of(page)
    assert "Measured on 4 May 2026 with version 9.9 on the held-out part of 60 records annotated by reading" in words
    assert "looking at 40 of them. The table is of the other 20" in words
    assert ("the program's rules have been edited since" in words) is edited


def test_the_shipped_figures_are_of_every_field_that_the_page_has_words_for():
    shipped = accuracy.read()
    assert {one.name for one in shipped.field} == set(WORDS)
    assert all(0 < one.right <= min(one.stated, one.given) for one in shipped.field)
    assert re.fullmatch(r"[0-9a-f]{16}", shipped.rules)
    assert shipped.held_out < shipped.annotated


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("evaluate_annotations")


def test_the_benchmark_measures_every_field_of_the_page(benchmark):
    assert {*benchmark.FIELDS, "topics"} - benchmark.BESIDE == set(WORDS)


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        pytest.param("QIDS-SR", "QIDS", id="an edition"),
        pytest.param("Ramsay", "RSS", id="a name without its acronym"),
        pytest.param("visual analog scales", "VAS", id="a name with its noun"),
        pytest.param("CAPS-5", "CAPS-5", id="an edition that goes by its own name"),
        pytest.param("Invented Gloom Test", "Invented Gloom Test", id="unknown"),
    ],
)
def test_editions_and_names_of_a_scale_count_as_one(benchmark, named, meant):
    assert benchmark.annotated({"scales": [named]}, "scales") == {meant}
    assert benchmark.annotated({"scales": [named]}, benchmark.AS_NAMED) == {named}


def test_only_held_out_records_are_counted_and_only_where_the_field_was_asked(benchmark):
    rows = {
        "90000001": {"part": "held-out", "drugs": ["ketamine", "esketamine"]},
        "90000002": {"part": "held-out", "drugs": []},
        "90000003": {"part": "held-out"},
        "90000004": {"part": "tune", "drugs": ["ketamine"]},
    }
    again = {"90000004": {"drugs": ["ketamine", "arketamine"]}}
    said = {"drugs": dict.fromkeys(rows, frozenset({"ketamine"}))}
    found = benchmark.held_out_accuracy(rows, again, said)
    assert (found.annotated, found.held_out, found.read_twice) == (4, 3, 1)
    assert found.field == (FieldAccuracy(name="drugs", records=2, stated=2, given=2, right=1, readers=0.67),)
