"""The small table of MeSH is whole: every number has its place, no branch bites its own tail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aggregator import topics
from aggregator.pubmed import language, mesh
from aggregator.pubmed.words import plain

QUERIES = Path(__file__).parent.parent / "queries"
#: The tops of the branches that the table has, with nothing of MeSH above them.
BRANCHES = """
A08.511 A08.612 A08.850 A11.284.180.225 B01 D27.505.954.427.700.122 D27.505.954.427.700.372 D27.505.954.427.700.872
D27.505.696.577.190.300 D27.505.696.577.600.850 E01.370.350.578 E01.370.350.825.500 E01.370.350.825.800.399
E01.370.376.300 E01.370.376.500 F01.145.126 F01.470 F01.700.039 F03 F04.408.413 F04.754 G11.561.127 G11.561.200
G11.561.620 G11.561.638 G11.561.830 M01.060 M01.774.500 M01.930
"""
TABLES = {"headings": mesh._HEADINGS, "publication types": mesh._PUBLICATION_TYPES}
ROWS = {
    name: [re.fullmatch(r"(?:([A-Z]\d\d(?:\.\d{3})*) )?(.+?)(?: < (.+))?", row) for row in table.strip().splitlines()]
    for name, table in TABLES.items()
}


@pytest.mark.parametrize("table", ROWS)
def test_every_row_is_a_place_with_a_name_and_none_stands_twice(table):
    assert all(ROWS[table])
    numbers = [row[1] for row in ROWS[table] if row[1]]
    assert len(numbers) == len(set(numbers))
    named = [(row[2], row[3]) for row in ROWS[table] if not row[1]]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("table", ROWS)
def test_a_heading_put_below_another_by_name_finds_that_one_in_the_table(table):
    names = {row[2] for row in ROWS[table]}
    assert [row[3] for row in ROWS[table] if row[3] and row[3] not in names] == []


def test_above_every_number_stands_its_parent_unless_a_branch_begins_there():
    numbers = {row[1] for row in ROWS["headings"] if row[1]}
    assert sorted(number for number in numbers if number.rpartition(".")[0] not in numbers) == sorted(BRANCHES.split())


def test_no_two_headings_are_below_each_other():
    below = {name: mesh.headings_below(name) for name in mesh._HEADING_TREE.places}
    assert [(a, b) for a, found in below.items() for b in found if a != b and a in below[b]] == []


@pytest.mark.parametrize("topic", topics.load(QUERIES), ids=lambda topic: topic.slug)
def test_every_heading_of_the_shipped_topics_is_in_the_table(topic):
    asked = [leaf for leaf in language.terms(language.parse(topic.query)) if leaf.field.name == "MeSH Terms"]
    assert [leaf.text for leaf in asked if not mesh.is_heading(leaf.text)] == []


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        pytest.param("Mental Disorders", "Phobia, Social", id="over three floors"),
        pytest.param("Anxiety Disorders", "Generalized Anxiety Disorder", id="a heading newer than its number"),
        pytest.param("Neuroimaging", "Connectome", id="by way of functional neuroimaging and brain mapping"),
        pytest.param("Magnetic Resonance Imaging", "Diffusion Tensor Imaging", id="in a second place, given by name"),
        pytest.param("Electroencephalography", "Theta Rhythm", id="one of two places"),
        pytest.param("Mood Disorders", "Cyclothymic Disorder", id="two places in one branch: here"),
        pytest.param("Bipolar Disorder", "Cyclothymic Disorder", id="two places in one branch: there"),
        pytest.param("Animals", "Humans", id="NLM's animal filter rests on it"),
        pytest.param("Stress Disorders, Traumatic", "Combat Disorders", id="trauma"),
        pytest.param("Psychotherapy", "Mindfulness", id="psychotherapy"),
    ],
)
def test_a_broader_heading_finds_the_narrower_and_not_the_other_way_round(broad, narrow):
    assert plain(narrow) in mesh.headings_below(broad)
    assert plain(broad) not in mesh.headings_below(narrow)


def test_an_unknown_heading_stands_alone():
    assert mesh.headings_below("Unheard Of") == {"unheard of"}
    assert not mesh.is_heading("Unheard Of")


def test_publication_types_explode():
    found = mesh.publication_types_below("Clinical Trial")
    assert {"randomized controlled trial", "equivalence trial", "clinical trial phase iii"} <= found
    assert "systematic review" in mesh.publication_types_below("Review")
    assert "observational study" not in found
    assert "evaluation studies" in mesh.publication_types_below("Evaluation Study"), "the name in older records"
    assert "observational study" in mesh.publication_types_below("Clinical Study")


def test_subheadings_explode_as_nlm_groups_them():
    # NLM's own example, https://www.nlm.nih.gov/bsd/disted/meshtutorial/meshtreestructures/04.html
    assert mesh.subheadings_below("therapeutic use") == {
        "therapeutic use",
        "administration dosage",
        "adverse effects",
        "poisoning",
    }
    assert "toxicity" in mesh.subheadings_below("pharmacology")
    assert mesh.subheadings_below("nursing") == {"nursing"}


@pytest.mark.parametrize("written", ["dt", "DT", "drug therapy", "Drug Therapy"])
def test_a_subheading_is_known_by_its_name_and_by_two_letters(written):
    assert mesh.subheading(written) == "drug therapy"
    assert mesh.is_subheading(written)


def test_the_user_guides_and_is_the_records_ampersand():
    assert mesh.subheading("Administration and Dosage") == mesh.subheading("administration & dosage")
