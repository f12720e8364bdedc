"""Reported estimates side by side: never two measures on one axis, never pooled, never of a study that does not count."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from aggregator import charts, estimates
from aggregator.citation import PubDate
from aggregator.render.estimates import group_views
from tests.studies import NOW, result, retracted, study


def lower(estimate=-6.0, ci=(-10.0, -2.0), sentence=None, **rest):
    """A difference on a scale, with the sentence that reports it."""
    scale = rest.pop("scale", "CAPS-5")
    said = sentence or f"{scale or 'It'} changed by {estimate:g} (95% CI {ci[0]:g} to {ci[1]:g})."
    return result(said, scale=scale, estimate=estimate, ci=ci, ci_level=95, **rest)


def ratio(words, **rest):
    return result(
        words,
        measure=rest.pop("measure", "odds ratio"),
        estimate=rest.pop("estimate", 2.0),
        ci=rest.pop("ci", (1.2, 3.3)),
        ci_level=95,
        **rest,
    )


def panels(*studies):
    return [panel for group in estimates.compose(studies) for panel in group.panels]


def names(*studies):
    return [(panel.measure, panel.outcome) for panel in panels(*studies)]


def test_each_measure_and_scale_has_a_panel_of_its_own():
    found = names(
        study("90000001", results=[lower(), lower(scale="PCL-5")]),
        study("90000002", results=[lower(measure="cohens d", estimate=-0.5, ci=(-0.9, -0.1))]),
        study("90000003", results=[lower()]),
    )
    assert found == [("mean difference", "CAPS-5"), ("mean difference", "PCL-5"), ("cohens d", "CAPS-5")]


def test_designs_that_hold_each_other_are_never_drawn_together():
    groups = estimates.compose(
        [study("90000001", results=[lower()]), study("90000002", design="meta-analysis", results=[lower()])]
    )
    assert [(group.name, [panel.studies for panel in group.panels]) for group in groups] == [
        ("Randomised trials", [1]),
        ("Meta-analyses and systematic reviews", [1]),
    ]


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(retracted(results=[lower()]), id="retracted"),
        pytest.param(replace(study(results=[lower()]), deleted=NOW), id="deleted"),
        pytest.param(study(results=[lower()], flags=["preprint"]), id="a preprint"),
        pytest.param(study(results=[lower()], bucket="perioperative"), id="set aside"),
        pytest.param(study(results=[lower()], flags=["inconsistent-numbers"]), id="its numbers disagree"),
        pytest.param(study(results=[result("CAPS-5 fell by 6.", scale="CAPS-5", estimate=6)]), id="no interval"),
    ],
)
def test_what_does_not_count_or_has_no_interval_never_appears(one):
    assert estimates.compose([one]) == ()


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        pytest.param("Response was likelier (OR 2.0, 95% CI 1.2 to 3.3).", "response", id="one event"),
        pytest.param("The OR for remission was 2.0 (1.2 to 3.3).", "remission", id="another"),
        pytest.param("Response and remission were likelier (OR 2.0, 1.2 to 3.3).", None, id="two events"),
        pytest.param("The odds ratio was 2.0 (1.2 to 3.3).", None, id="none"),
        pytest.param("A dose-response was seen (OR 2.0, 1.2 to 3.3).", None, id="a dose-response is no response"),
        pytest.param("The risk of postpartum depression (OR 2.0, 1.2 to 3.3).", "occurrence of depression", id="risk"),
        pytest.param("Depressed patients improved (OR 2.0, 1.2 to 3.3).", None, id="who was treated is no event"),
    ],
)
def test_a_ratio_is_drawn_by_the_one_event_named_beside_it(sentence, outcome):
    (group,) = estimates.compose([study(results=[ratio(sentence)])])
    assert [panel.outcome for panel in group.panels] == ([outcome] if outcome else [])
    assert len(group.undrawn) == (outcome is None)


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        pytest.param("Depressive symptoms fell (SMD -0.5, -0.9 to -0.1).", "depressive symptoms", id="one"),
        pytest.param("Depression and anxiety fell (SMD -0.5, -0.9 to -0.1).", None, id="two"),
        pytest.param("In bipolar depression it fell (SMD -0.5, -0.9 to -0.1).", None, id="who was treated"),
        pytest.param("Major depression scores fell (SMD -0.5, -0.9 to -0.1).", "depressive symptoms", id="its scores"),
        pytest.param("The antidepressant effect (SMD -0.5, -0.9 to -0.1).", None, id="an effect is no symptom"),
    ],
)
def test_a_standardised_difference_without_a_scale_is_drawn_by_the_one_kind_of_symptom(sentence, outcome):
    said = ratio(sentence, measure="standardized mean difference", estimate=-0.5, ci=(-0.9, -0.1))
    (group,) = estimates.compose([study(results=[said])])
    assert [panel.outcome for panel in group.panels] == ([outcome] if outcome else [])


def test_an_outcome_named_before_the_last_estimate_is_not_that_of_the_next():
    one = study(
        results=[
            ratio("Response: OR 2.0 (1.2 to 3.3)"),
            ratio("and remission: OR 1.9 (1.1 to 3.0).", estimate=1.9, ci=(1.1, 3.0)),
        ]
    )
    assert names(one) == [("odds ratio", "remission"), ("odds ratio", "response")]


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(lower(scale=None), id="a difference without its scale has no unit"),
        pytest.param(
            result("The number needed to treat was 5 (3 to 20).", measure="number needed to treat", estimate=5, ci=(3, 20)),
            id="a number needed to treat has no line of no effect",
        ),
        pytest.param(ratio("Response: OR 0.5 (0 to 3.3).", ci=(0.0, 3.3)), id="zero has no place on a logarithmic axis"),
    ],
)  # fmt: skip
def test_what_has_no_axis_to_share_stands_in_the_table_only(one):
    (group,) = estimates.compose([study(results=[one])])
    assert (group.panels, len(group.undrawn), group.reporting) == ((), 1, 1)


@pytest.mark.parametrize(
    ("rows", "sides"),
    [
        pytest.param([("favours-ketamine", -6, (-9, -3))], ("favours-ketamine", "favours-comparator"), id="known"),
        pytest.param([("favours-ketamine", 6, (3, 9))], ("favours-comparator", "favours-ketamine"), id="no minus printed"),
        pytest.param([("favours-ketamine", -6, (-9, -3)), ("favours-ketamine", 6, (3, 9))], None, id="signs differ"),
        pytest.param([("favours-ketamine", -6, (-9, -3)), (None, -5, (-8, -2))], None, id="one does not say"),
        pytest.param([("favours-ketamine", -6, (-9, -3)), ("no-difference", -1, (-4, 2))], ("favours-ketamine", "favours-comparator"), id="no effect takes no side"),
        pytest.param([("no-difference", -1, (-4, 2))], None, id="nobody takes a side"),
        pytest.param([("favours-ketamine", -6, (-9, -3)), ("favours-comparator", 4, (1, 7))], ("favours-ketamine", "favours-comparator"), id="both sides, agreeing"),
    ],
)  # fmt: skip
def test_a_side_is_named_only_where_every_estimate_off_the_line_says_so(rows, sides):
    studies = [
        study(str(90000001 + index), results=[lower(estimate, ci, direction=direction)])
        for index, (direction, estimate, ci) in enumerate(rows)
    ]
    (panel,) = panels(*studies)
    assert panel.favoured == sides


def test_denominators_are_those_that_name_the_scale_and_all_of_the_group():
    studies = [
        study("90000001", results=[lower()], scales=["CAPS-5"]),
        study("90000002", scales=["CAPS-5"]),
        study("90000003", scales=["PCL-5"]),
    ]
    (group,) = estimates.compose(studies)
    assert (group.studies, group.reporting, group.panels[0].studies, group.panels[0].naming) == (3, 1, 1, 2)


# ---- the drawing ----------------------------------------------------------------------------------------------------


def drawing(*studies):
    (view,) = group_views(estimates.compose(studies), "../")
    return view.panels[0], ET.fromstring(view.panels[0].chart)


def words_in(root):
    return [element.text for element in root.iter("text")]


def test_a_row_says_who_how_many_when_and_the_numbers_as_printed_and_leads_to_its_study():
    sentence = "CAPS-5 differed by -6.0 (95% CI -10.0 to -2.0) at week 4."
    _, root = drawing(study(results=[lower(sentence=sentence, timepoint="week 4", primary=True)], n=30))
    (row,) = list(root.iter("a"))
    assert row.get("href") == "../studies/90000001.html"
    assert {"Aster AB 2026", "n 30, week 4", "−6.0 (95%\u00a0CI −10.0 to −2.0)"} <= set(words_in(row))
    assert [mark.get("class") for mark in row.iter("rect")] == ["target", "primary-mark"]


def test_what_is_not_said_to_be_primary_has_another_shape():
    _, root = drawing(study(results=[lower()]))
    assert [mark.get("class") for mark in root.iter("circle")] == ["other-mark"]


def test_there_is_a_line_at_no_effect_and_no_diamond():
    _, root = drawing(study(results=[lower()]))
    assert len([line for line in root.iter("line") if line.get("class") == "no-effect"]) == 1
    assert not list(root.iter("polygon"))


def test_a_ratio_has_equal_steps_for_equal_ratios_and_an_arrow_where_it_leaves_the_axis():
    axis = charts._Axis.over([(0.5, 2.0)], is_ratio=True, left=0, width=100)
    assert (axis.place(0.5), axis.place(1.0), axis.place(2.0)) == (0, 50, 100)
    _, root = drawing(study(results=[ratio("Response: OR 2.0 (1.2 to 900).", ci=(1.2, 900.0))]))
    assert [path.get("class") for path in root.iter("path")] == ["arrow"]


@pytest.mark.parametrize(
    ("intervals", "ticks"),
    [
        ([(-15.7, 3.5)], (-20, -15, -10, -5, 0, 5)),
        ([(0.36, 1.91)], (-0.5, 0, 0.5, 1, 1.5, 2)),
        ([(-0.002, 0.001)], (-0.002, -0.001, 0, 0.001)),
        ([(0.0, 0.0)], (-1, 0, 1)),
    ],
    ids=["points", "standardised", "very small", "nothing"],
)
def test_the_axis_of_differences_is_round_and_has_both_sides_of_no_effect(intervals, ticks):
    assert charts._Axis.over(intervals, is_ratio=False, left=0, width=100).ticks == pytest.approx(ticks)


def test_a_long_panel_is_cut_and_its_table_is_not():
    many = [study(str(90000001 + number), results=[lower()], published=PubDate(2000 + number)) for number in range(18)]
    view, root = drawing(*many)
    assert len(list(root.iter("a"))) == charts.ROWS_DRAWN
    assert (len(view.rows), view.more) == (18, 18 - charts.ROWS_DRAWN)
    assert words_in(next(root.iter("a")))[0] == "Aster AB 2017"


def test_a_long_name_is_cut_and_its_year_is_not():
    _, root = drawing(study(results=[lower()], authors=["A Group With A Very Long Name"], published=PubDate(2026)))
    assert words_in(next(root.iter("a")))[0].endswith("… 2026")


def test_hostile_words_are_text_in_the_drawing():
    hostile = "\"'><script>alert(1)</script>"
    view, root = drawing(study(results=[lower()], authors=[hostile]))
    assert "<script>" not in view.chart
    assert not list(root.iter("script"))
