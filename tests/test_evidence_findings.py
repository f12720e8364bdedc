"""Estimates, their direction and harms, read from invented sentences: each row is a wording or a trap."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.citation import AbstractSection, Citation, Notice
from aggregator.evidence import summarise
from aggregator.evidence.findings import hours_of
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import plain_text
from aggregator.lexicon.numbers import WORDS
from aggregator.summary import Finding
from aggregator.vocabulary import DIRECTIONS, MEASURES

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus" / "records.xml.gz"
METHODS = (
    "In this randomised controlled trial, 90 adults with depression received ketamine 0.5 mg/kg or midazolam. "
    "The primary outcome was the MADRS score at week 4."
)
TRIAL = ("Journal Article", "Randomized Controlled Trial")


def trial(results: str, *, types=TRIAL, title="Ketamine for depression: a randomised trial.", notices=(), **sections):
    """An invented trial of ketamine against midazolam whose results say this."""
    named = {"methods": METHODS, "results": results, **sections}
    abstract = tuple(
        AbstractSection(label=name.upper(), category=name.upper(), text=text) for name, text in named.items()
    )
    return Citation(pmid="90000001", title=title, abstract=abstract, publication_types=types, notices=notices)


def findings(results: str, **more) -> tuple[Finding, ...]:
    return summarise(trial(results, **more)).findings


def shown(finding: Finding) -> tuple:
    return finding.measure, finding.estimate, finding.ci, finding.ci_level, finding.p


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param(
            "The between-group difference in MADRS change at week 8 was \u22121.2 points (95% CI \u22123.5 to 1.1; p=0.31).",
            ("mean difference", -1.2, (-3.5, 1.1), 95.0, "0.31"),
            id="minus signs of U+2212, a difference of scores without the word mean",
        ),
        pytest.param(
            "MADRS scores fell more with ketamine (least-squares mean difference [SE]: -4.1 [1.2], 95% CI: -6.5, -1.7; 2-sided P =.001).",
            ("mean difference", -4.1, (-6.5, -1.7), 95.0, ".001"),
            id="standard error between estimate and interval, comma between the limits",
        ),
        pytest.param(
            "PCL-5 scores were lower with ketamine (SMD = -0.62, 95 % confidence interval (CI) = [-0.91, -0.33]).",
            ("standardized mean difference", -0.62, (-0.91, -0.33), 95.0, None),
            id="interval in square brackets behind its name and short form",
        ),
        pytest.param(
            "Ketamine was superior to midazolam (d = -0.31; 95%CI = -0.48,-0.14;p < 0.001).",
            ("cohens d", -0.31, (-0.48, -0.14), 95.0, "<0.001"),
            id="limits parted by a comma without a space",
        ),
        pytest.param(
            "Ketamine reduced symptoms of depression (Hedges' g = -0.9, 95% CI \u22121.2\u2013\u22120.6).",
            ("hedges g", -0.9, (-1.2, -0.6), 95.0, None),
            id="an en dash between two negative limits",
        ),
        pytest.param(
            "Response was more likely with ketamine (odds ratio [OR], 3.40 [95% CI, 1.62-7.14]; P = .001).",
            ("odds ratio", 3.4, (1.62, 7.14), 95.0, ".001"),
            id="measure with its short form in brackets, a hyphen between the limits",
        ),
        pytest.param(
            "Relapse was less frequent in the ketamine group (OR [95% CI] 0.43 [0.21; 0.88]).",
            ("odds ratio", 0.43, (0.21, 0.88), 95.0, None),
            id="the interval's name before the estimate",
        ),
        pytest.param(
            "Relapse was less frequent with ketamine (relative risk 0,62; 95% CI: 0,43; 0,89).",
            ("risk ratio", 0.62, (0.43, 0.89), 95.0, None),
            id="decimal commas",
        ),
        pytest.param(
            "Time to relapse was longer with ketamine (hazard ratio 0\u00b749, 97.5% CI 0\u00b730 to 0\u00b779).",
            ("hazard ratio", 0.49, (0.3, 0.79), 97.5, None),
            id="raised decimal points and another level",
        ),
        pytest.param(
            "The number needed to treat for remission with ketamine was 6.5.",
            ("number needed to treat", 6.5, None, None, None),
            id="number needed to treat in words",
        ),
        pytest.param(
            "In week 3, MADRS scores were 6.4 points (SE=1.8) lower in those on ketamine than in those on midazolam.",
            ("mean difference", 6.4, None, None, None),
            id="points lower in one group than in the other",
        ),
        pytest.param(
            "Sixty-one participants completed; 67% of the people given ketamine and 20% of those given midazolam were responders.",
            ("response rate", 67.0, None, None, None),
            id="a share of ketamine's own arm",
        ),
    ],
)
def test_an_estimate_is_read_with_its_interval_and_p_value(sentence, expected):
    assert [shown(finding) for finding in findings(sentence)] == [expected]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param("Remission was more frequent with ketamine than with midazolam, 31.2 per cent against 18.4 per cent.", [("remission rate", 31.2)], id="two shares side by side, ketamine named first"),
        pytest.param("Response rates for midazolam and ketamine were 28% v. 47%, respectively; remission occurred in 12% v. 29%.", [("response rate", 47.0), ("remission rate", 29.0)], id="ketamine named second"),
        pytest.param("Response was seen with ketamine, midazolam and saline in three groups, 60% vs 40% vs 20%.", [], id="three arms may be told in any order"),
        pytest.param("MADRS response: odds ratios with ketamine were 2.60 (95% CI 1.52 to 4.45) and 1.41 (95% CI 1.08 to 1.84) compared with midazolam at two moments.", [("odds ratio", 2.60), ("odds ratio", 1.41)], id="a second estimate behind 'and' with an interval of its own"),
        pytest.param("The MADRS was 5.1 points lower with ketamine one month later (midazolam as control).", [("mean difference", 5.1)], id="points lower with ketamine, without than"),
        pytest.param("Participants responded more often after ketamine (41.2% response ketamine vs 6% response midazolam) and on the VAS (76.5% response ketamine vs 47.1% response midazolam).", [("response rate", 41.2), ("response rate", 76.5)], id="the arm's name behind the share, against the other's"),
        pytest.param("With ketamine more people than with midazolam had remission in week 6 (31 of 124 people [25.0%] vs. 19 of 121 people [15.7%]) and had no relapse later (22 of 124 people [17.7%] vs. 12 of 121 people [9.9%]).", [("remission rate", 25.0)], id="counts beside the shares, and a share of something else behind"),
        pytest.param("MADRS scores showed a significant effect of ketamine compared to midazolam (64% response rate).", [("response rate", 64.0)], id="a bracket tells of the arm that is spoken of"),
        pytest.param("On the ketamine day 71% of the sample met the criterion for response, on the saline day none did.", [("response rate", 71.0)], id="the other arm in a clause of its own"),
        pytest.param("Remission was attained by 13 of 40 (32.5%) women given esketamine and 5 of 41 (12.2%) given midazolam.", [("remission rate", 32.5)], id="the other arm's count behind 'and'"),
        pytest.param("By day one 15 of 22 ketamine subjects (68%) but also 11 of 22 midazolam subjects (50%) had responded.", [("response rate", 68.0)], id="the share in brackets behind the arm"),
        pytest.param("Fourteen patients (54%) met the response criterion after ketamine and proceeded to midazolam.", [("response rate", 54.0)], id="a verb behind ketamine and 'and'"),
        pytest.param("In all, 17/31 people (55%) were responders (50% lower compared with baseline) to ketamine.", [("response rate", 55.0)], id="compared with baseline is no other arm"),
        pytest.param("After ketamine 70% of patients had a 50% or greater reduction of symptoms within a day.", [("response rate", 70.0)], id="response by its usual measure"),
        pytest.param("The response (50% fall) and remission (BDI below 13) rates after ketamine were 46.2% and 30.8%, respectively.", [("response rate", 46.2), ("remission rate", 30.8)], id="two rates with their definitions in brackets"),
        pytest.param("Response was noted in 7/10 (70%) at 4 hours, in 6/10 (60%) at day 1 and in 3/10 (30%) at day 7 after ketamine.", [("response rate", 70.0), ("response rate", 60.0), ("response rate", 30.0)], id="shares at later moments"),
        pytest.param("After ketamine 31% were in remission, 58% had improved and 10% were worse.", [("remission rate", 31.0)], id="shares of something else in a list"),
        pytest.param("Ketamine against midazolam (least-squares mean difference [95% CI]): BHS, −5.3 ± 4.1 vs −4.4 ± 3.9 [−0.9 (−2.0, 0.2)]; QLDS, −9.6 ± 8 vs −7.1 ± 7.7 [−2.5 (−4.3, −0.7)].", [("mean difference", -0.9), ("mean difference", -2.5)], id="a list under one heading"),
        pytest.param("In both the ketamine arm (RR 0.44, p = 0.21) and the LTG arm (RR 0.61, p = 0.34) readmissions were fewer than in the control arm.", [("risk ratio", 0.44)], id="a p value makes the letters a measure; another arm's estimate"),
        pytest.param("Ketamine relative to esketamine showed more response (RR = 2.40 vs. RR = 1.25) and fewer who left (dropouts: RR = 0.81 vs. RR = 1.12).", [("risk ratio", 2.40), ("risk ratio", 1.25)], id="two forms of ketamine, and a harm"),
        pytest.param("For ketamine the pooled NNTs for response were 6 at 2 h, 4 from day two to day five and 8 for trials of two weeks.", [("number needed to treat", 6), ("number needed to treat", 4), ("number needed to treat", 8)], id="each number with its moment"),
        pytest.param("The NNT with ketamine was 4 on days 1 and 7.", [("number needed to treat", 4)], id="a moment behind 'and' is no estimate"),
        pytest.param("LSM difference (SE) for ketamine at 36 h was -4.1 (1.6), p=0.012, and at day 21 it was -2.2 (1.7), p=0.198.", [("mean difference", -4.1), ("mean difference", -2.2)], id="the moment before the second number"),
        pytest.param("Ketamine brought remission sooner than midazolam (HR for time to remission 1.84, 95% CI 1.07 to 3.16).", [("hazard ratio", 1.84)], id="what the ratio is of, without a verb"),
        pytest.param("Time to remission, defined as the number of sessions, was shorter for ketamine than for midazolam (HR = 3.6, P = .03).", [("hazard ratio", 3.6)], id="a definition within a result"),
        pytest.param("A 4.2-point difference (95% CI 1.1 to 7.3) on the HDRS in favour of ketamine was found.", [("mean difference", 4.2)], id="points as an adjective"),
        pytest.param("The combination did more than esketamine alone (RR 0.33, 95% CI 0.15-0.73).", [], id="something added to ketamine against ketamine alone"),
        pytest.param("Emergence agitation was rarer with ketamine than with midazolam (OR 0.37; 95% CI 0.16 to 0.85).", [("odds ratio", 0.37)], id="agitation is what such trials ask about"),
        pytest.param("Hope rose with medium between-group effects (ketamine vs. midazolam; day 1 d = 0.48; day 3 d = 0.44) and large within-group effects (ketamine; day 1 d = 1.53; day 3 d = 1.62).", [("cohens d", 0.48), ("cohens d", 0.44)], id="a list of changes of one arm behind one of differences"),
        pytest.param("BDI scores fell from baseline to day 2 (d = 1.9) and day 9 (d = 1.4).", [], id="each of a list is a change of one arm"),
        pytest.param("BDI scores fell more than with midazolam on day 2 (d = 0.9) and day 9 (d = 0.4).", [("cohens d", 0.9), ("cohens d", 0.4)], id="each of a list is a difference of two"),
        pytest.param("Ratings of warmth rose from the first session to the last (p = .03, d = .41).", [], id="a rise from one moment to another"),
        pytest.param("Warmth grew over time (d = 0.57).", [], id="a change over time"),
        pytest.param("Warmth differed over time between the groups (d = 0.57).", [("cohens d", 0.57)], id="a difference over time"),
        pytest.param("Placebo response in trials of ketamine was lower than in those of tablets (mean difference -2.7, 95% CI -5.1 to -0.4).", [], id="the response to placebo is what is told"),
        pytest.param("Scores fell more with ketamine than with placebo (mean difference -2.7, 95% CI -5.1 to -0.4).", [("mean difference", -2.7)], id="placebo is what it is held against"),
        pytest.param("Over placebo, zolafaxine (RR 1.31, 95% CI 1.05-1.60), ketamine (RR 1.92, 95% CI 1.30-2.70) and oralone 20 mg (RR 1.22, 95% CI 1.01-1.50) had more response.", [("risk ratio", 1.92)], id="each of several treatments has its estimate"),
        pytest.param("Scores were lower with ketamine (MD -5.2, 95% CI -7.9 to -2.5), as were those of worry (MD -3.1, 95% CI -4.8 to -1.4) and pain (MD -1.1, 95% CI -1.8 to -0.4).", [("mean difference", -5.2), ("mean difference", -3.1), ("mean difference", -1.1)], id="each of several outcomes has its estimate"),
        pytest.param("The effect sizes (standardized mean difference (SMD) with 95% confidence intervals) for ketamine were -0.61 (-1.01 to -0.21) on day 1 and -1.42 (-1.80 to -1.02) at 1 week.", [("standardized mean difference", -0.61), ("standardized mean difference", -1.42)], id="a heading without a bracket of its own"),
        pytest.param("The mean difference, 95% CI -6.3 to -1.9, favoured ketamine in 3 (2 to 4) sites.", [], id="an interval with its numbers heads no list"),
        pytest.param("The standard mean difference between ketamine and saline was -0.71 (95% CI -1.02 to -0.40).", [("standardized mean difference", -0.71)], id="standard for standardised"),
        pytest.param("The relative risk ratio of choosing ketamine over midazolam was 2.6 (RRR = 2.6, 95% CI 1.2 to 5.6).", [], id="a relative risk ratio of classes"),
        pytest.param("The risk ratio reduction with ketamine was 34%.", [], id="a reduction of a risk"),
        pytest.param("The regression coefficient of ketamine against midazolam was -3.4 (95% CI -6.0 to -0.8).", [], id="a coefficient"),
        pytest.param("Ketamine and midazolam differed in slope (beta = -0.41, 95% CI -0.70 to -0.12).", [], id="a slope"),
        pytest.param("Scores under ketamine and midazolam were correlated with plasma levels (d = 0.44, r = 0.21).", [], id="a correlation beside"),
        pytest.param("The incidence rate ratio of admissions was 0.62 (95% CI 0.40-0.96) with ketamine versus midazolam.", [], id="an incidence rate ratio"),
        pytest.param("The ratio of odds ratios for ketamine against saline was 1.4 (95% CI 0.9-2.1).", [], id="a ratio of ratios"),
        pytest.param("The hazard of relapse fell by 44% with ketamine compared with midazolam.", [], id="a hazard that fell by a share"),
        pytest.param("MADRS scores fell after ketamine (d = 1.92), and fell less after midazolam (d = 0.85).", [], id="each arm has its own change"),
        pytest.param("Within the ketamine arm the change in MADRS was large (d = 1.7), within the midazolam arm small (d = 0.3).", [], id="within one arm and within the other"),
        pytest.param("From the first to the last visit MADRS improved with ketamine (Cohen's d = 1.40; p < 0.001).", [], id="from the first visit to the last"),
        pytest.param("The pre-post effect of ketamine was g = 1.31 (95% CI 1.02 to 1.60).", [], id="before and after in a review"),
        pytest.param("Compared with their own scores before treatment, those on ketamine did better (mean difference -12.4, 95% CI -15.0 to -9.8).", [], id="held against their own scores"),
        pytest.param("Scores fell with 0.5 mg/kg (MD -7.2, 95% CI -11.0 to -3.4), as they did in the saline arm (MD -4.1, 95% CI -6.8 to -1.4).", [("mean difference", -7.2)], id="the other arm's own"),
        pytest.param("ECT was better than midazolam (SMD -0.82, 95% CI -1.20 to -0.44).", [], id="another treatment against the control"),
        pytest.param("Women gained more than men (mean difference 3.1, 95% CI 0.4 to 5.8).", [], id="women against men"),
        pytest.param("Responders had a larger fall in BDNF than non-responders (d = 0.66).", [], id="responders against others"),
        pytest.param("Those with a family history of drinking did better than those without (OR 2.7, 95% CI 1.1-6.6).", [], id="a history and none"),
        pytest.param("Patients who guessed their arm rightly improved more than those who did not (mean difference 4.4 points, 95% CI 1.0 to 7.8).", [], id="those who guessed rightly against those who did not"),
        pytest.param("Adherent patients had better scores than others (MD 5.0, 95% CI 2.1 to 7.9).", [], id="those who kept to it against others"),
        pytest.param("Pooled scores favoured ketamine over placebo (SMD -0.50, 95% CI -0.81 to -0.19; Egger's test p = 0.62).", [("standardized mean difference", -0.5)], id="a p value of a test of bias"),
        pytest.param("Remission was likelier with ketamine than with midazolam (OR 2.3, 95% CI 1.2-4.4; tau2 = 0.1; p = 0.012).", [("odds ratio", 2.3)], id="tau between"),
        pytest.param("Dropout was no more common with ketamine than with midazolam (RR 1.12, 95% CI 0.60-2.09).", [], id="who left"),
        pytest.param("More people on ketamine than on midazolam felt unreal (RR 6.4, 95% CI 2.9-14.1).", [], id="what felt unreal"),
        pytest.param("Blood pressure rose more with ketamine than with midazolam (mean difference 17.2, 95% CI 12.0 to 22.4).", [], id="blood pressure as a difference"),
        pytest.param("Acceptability did not differ between ketamine and placebo (OR 0.94, 95% CI 0.61-1.44).", [], id="acceptability"),
        pytest.param("Hedges' g for ketamine against midazolam ranged from 0.31 to 0.77.", [], id="a range over outcomes"),
        pytest.param("Ketamine lowered MADRS more than midazolam (SMD -0.60; prediction interval -1.30 to 0.10).", [], id="an interval of prediction"),
        pytest.param("The response of cortisol rose by 24% with ketamine.", [], id="a response of a hormone"),
        pytest.param("There was a wide range of responses (mean 61% of the maximum).", [], id="a range of responses"),
        pytest.param("The survey had a response of 38%.", [], id="a response to a survey"),
        pytest.param("Of those asked, 44% gave a response to the letter after ketamine.", [], id="an answer to a letter"),
        pytest.param("The hemodynamic response was 12% greater after ketamine.", [], id="a response of the circulation"),
        pytest.param("Skin conductance responses fell by 31% under ketamine.", [], id="a response of the skin"),
        pytest.param("A placebo response of 34% was seen.", [], id="the response to placebo"),
        pytest.param("Response was 36% under midazolam.", [], id="the other arm's response"),
        pytest.param("Response was seen in 58% of those on ketamine and in 29% of those on midazolam.", [("response rate", 58.0)], id="in one arm and in the other"),
        pytest.param("At week 3, 58% on ketamine and 29% on midazolam had responded.", [("response rate", 58.0)], id="arms before what they did"),
        pytest.param("Response rates differed by 29% between ketamine and midazolam.", [], id="a difference of rates"),
        pytest.param("In 12% of the ketamine group remission was lost by month 3.", [], id="a remission that was lost"),
        pytest.param("The responder group had 22% more gamma power after ketamine.", [], id="what responders had more of"),
        pytest.param("Non-response was seen in 47% on ketamine.", [], id="non-response"),
        pytest.param("The immune response was 18% weaker after ketamine.", [], id="a response of the blood"),
        pytest.param("MADRS improved with ketamine (Cohen's d = 1.12).", [], id="an effect size of a change"),
        pytest.param("A large reduction of PCL-5 scores was seen after ketamine (g = 0.97, 95% CI 0.40-1.54).", [], id="an effect size of a fall"),
        pytest.param("MADRS scores were lower with ketamine (Cohen's d = 0.62).", [("cohens d", 0.62)], id="an effect size of a comparison"),
        pytest.param("Derealisation was likelier with ketamine than with midazolam (OR 7.0, 95% CI 2.0-24.5).", [], id="things felt unreal, as a noun"),
        pytest.param("Itching was likelier with ketamine than with midazolam (OR 3.0, 95% CI 1.2-7.5).", [], id="an itch"),
        pytest.param("Numbness was likelier with ketamine than with midazolam (OR 3.0, 95% CI 1.2-7.5).", [], id="numbness"),
        pytest.param("Urinary urgency was likelier with ketamine than with midazolam (OR 3.0, 95% CI 1.2-7.5).", [], id="the bladder"),
        pytest.param("Intoxication was rated higher with ketamine than with midazolam (mean difference 31.0, 95% CI 22.0 to 40.0).", [], id="a rating of intoxication"),
        pytest.param("Suicide attempts were fewer with ketamine than with midazolam (RR 0.41, 95% CI 0.18-0.93).", [("risk ratio", 0.41)], id="attempts are an outcome"),
    ],
)  # fmt: skip
def test_estimates_that_share_their_words_with_others(sentence, expected):
    read = summarise(trial(sentence))
    assert [(finding.measure, finding.estimate) for finding in read.findings] == expected


def test_each_estimate_of_a_list_has_the_moment_behind_it():
    told = "The mean difference (95% CI) with ketamine was -3.1 (-5.2 to -1.0) at week 1 and -2.0 (-4.0 to -0.1) at week 2."
    assert [finding.timepoint for finding in findings(told)] == ["week 1", "week 2"]


def test_a_share_of_several_has_no_moment_that_is_anothers():
    told = "After ketamine, 35% were in remission at day 28, and 48% at week 112."
    assert [(finding.estimate, finding.timepoint) for finding in findings(told)] == [(35.0, None), (48.0, None)]


def test_an_estimate_of_a_list_points_at_the_heading_too():
    told = "Relative risk (95% CI) with ketamine: walking [0.71 (0.46, 1.10)], washing [0.88 (0.61, 1.27)]."
    words = [[told[span.start : span.end] for span in finding.spans] for finding in findings(told)]
    assert words == [[f"{number}", "Relative risk (95% CI)"] for number in ("0.71 (0.46, 1.10)", "0.88 (0.61, 1.27)")]


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param(
            "Patients received 0.2 or 0.5 mg/kg ketamine without difference.", id="or between doses is no odds ratio"
        ),
        pytest.param("KETAMINE 0.2 OR 0.5 MG/KG was given.", id="capital OR between doses is no odds ratio"),
        pytest.param("The HR 72 and the RR 18 were stable after ketamine; heart rate returned.", id="HR is heart rate"),
        pytest.param("Scores fell at 24 hours and 7 d after ketamine.", id="7 d is no Cohen's d"),
        pytest.param("Reporting odds ratio (ROR 3.1, 95% CI 2.0-4.1) was high for ketamine.", id="ROR is no OR"),
        pytest.param("Effect sizes for ketamine were moderate (Cohen d = 0.42-0.68).", id="a range of estimates"),
        pytest.param("The NNT for ketamine was below ten (NNT<10).", id="a bound is no estimate"),
        pytest.param(
            "The median difference in MADRS with ketamine was -5 (95% CI -7 to -2).", id="a difference of medians"
        ),
        pytest.param(
            "Response differed by ketamine (difference, 12.6 percentage points; 95% CI 2.8 to 22.4).",
            id="a difference of shares",
        ),
        pytest.param("The risk difference with ketamine was 0.14 (95% CI 0.03 to 0.25).", id="risk difference"),
        pytest.param(
            "The study had 80% power to detect a mean difference of 5 points with ketamine.", id="planned numbers"
        ),
        pytest.param("Nausea was more frequent with ketamine (RR 2.84, 95% CI 1.93-4.18).", id="an estimate of a harm"),
        pytest.param("Psilocybin reduced depression (SMD -0.66, 95% CI -0.91 to -0.41).", id="another drug's estimate"),
        pytest.param(
            "Earlier hospital stays predicted remission after ketamine (OR 2.4, 95% CI 1.1-5.2).",
            id="who responds, not whether",
        ),
        pytest.param(
            "Ketamine did better than in the other trial (RR = 2.40 vs. RR = 1.25).",
            id="two estimates held against each other",
        ),
        pytest.param("Response rates were 48.3% and 27.6%, respectively.", id="shares of arms that are not named"),
    ],
)
def test_no_estimate_is_read_where_words_mean_something_else(sentence):
    assert findings(sentence) == ()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"notices": (Notice(ref_type="RetractionIn", source="Invent J. 2026"),)}, id="retracted"),
        pytest.param({"types": ("Journal Article", "Retracted Publication")}, id="retracted by its publication type"),
        pytest.param({"title": "Ketamine for depression: study protocol for a randomised trial."}, id="protocol"),
        pytest.param({"title": "Ketamine in a rat model of depression."}, id="preclinical"),
    ],
)
def test_some_records_show_no_findings(more):
    if "title" in more and "rat" in more["title"].split():
        more = {
            **more,
            "methods": "Male Sprague-Dawley rats received ketamine 10 mg/kg i.p. before the forced swim test.",
        }
    assert findings("MADRS scores were lower with ketamine (mean difference -4.1; 95% CI -6.9 to -1.3).", **more) == ()


@pytest.mark.parametrize(
    ("methods", "results", "estimates"),
    [
        pytest.param("Standardized mean differences between endpoint and baseline scores were pooled.", "Scores fell with ketamine (SMD -1.31, 95% CI -1.70 to -0.92), comparably in both sexes.", [], id="changes since baseline were pooled"),
        pytest.param("Pre-post effect sizes were pooled; effect sizes from pre to post were random.", "Scores fell with ketamine (SMD -1.31, 95% CI -1.70 to -0.92).", [], id="so in other words"),
        pytest.param("Standardized mean differences between endpoint and baseline scores were pooled.", "Scores fell more than with saline (SMD -1.31, 95% CI -1.70 to -0.92).", [-1.31], id="the sentence holds ketamine against something"),
        pytest.param("Mean differences in change from baseline between ketamine and placebo were pooled.", "Scores fell with ketamine (SMD -1.31, 95% CI -1.70 to -0.92).", [-1.31], id="differences of changes were pooled"),
    ],
)  # fmt: skip
def test_a_review_of_changes_since_baseline_tells_no_effect_against_a_control(methods, results, estimates):
    title = "Ketamine for depression: a meta-analysis of seven studies."
    read = findings(results, title=title, types=("Journal Article", "Meta-Analysis"), methods=methods)
    assert [finding.estimate for finding in read] == estimates


@pytest.mark.parametrize(
    ("sentence", "shown_so"),
    [
        pytest.param("Ketamine did better than midazolam on the MADRS (mean difference -5.4, 95% CI -9.1 to -1.7; p for interaction with age = 0.40).", ("MADRS", (-9.1, -1.7), None), id="a p value of an interaction"),
        pytest.param("Ketamine was better than midazolam on the MADRS (mean difference -5.4, 95% CI -9.1 to -1.7; p for trend = 0.04).", ("MADRS", (-9.1, -1.7), None), id="a p value of a trend"),
        pytest.param("Ketamine lowered MADRS more than midazolam (mean difference 6.1, interquartile range 3.0 to 8.8).", ("MADRS", None, None), id="quartiles are no interval"),
        pytest.param("Ketamine lowered MADRS more than midazolam (mean difference -6.1, range -13.0 to 2.2).", ("MADRS", None, None), id="a range is no interval"),
        pytest.param("People with a baseline HAM-D above 24 aside, ketamine beat midazolam (OR 2.8, 95% CI 1.3-6.0).", (None, (1.3, 6.0), None), id="a scale of those who entered"),
    ],
)  # fmt: skip
def test_scale_interval_and_p_value_are_those_of_the_estimate(sentence, shown_so):
    (finding,) = findings(sentence)
    assert (finding.scale, finding.ci, finding.p) == shown_so


def test_background_and_methods_give_no_findings():
    sentence = "MADRS scores were lower with ketamine (mean difference -4.1; 95% CI -6.9 to -1.3)."
    assert findings("Both groups improved.", background=sentence, objective=sentence) == ()


def test_numbers_that_contradict_each_other_are_left_out_and_flagged():
    summary = summarise(trial("Scores fell with ketamine (mean difference -4.6; 95% CI -4.2 to -0.9; p = 0.002)."))
    assert summary.findings == ()
    assert "inconsistent-numbers" in summary.flags


def test_a_p_value_of_heterogeneity_is_not_that_of_the_estimate():
    found = findings("Ketamine reduced scores (SMD -0.74, 95% CI [-1.06, -0.42], P = 0.41, I2 = 9%; 5 studies).")
    assert [finding.p for finding in found] == [None]


def test_a_p_value_beside_heterogeneity_is_kept_where_the_interval_says_the_same():
    found = findings("Ketamine reduced scores (SMD -0.47, 95% CI [-0.91, -0.03], p = 0.04; I2 = 38%).")
    assert [finding.p for finding in found] == ["0.04"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param(
            "At week 4, PCL-5 scores were lower with ketamine (mean difference \u22126.9; 95% CI \u221212.6 to \u22121.2), whereas MADRS "
            "scores did not differ (mean difference \u22122.4; 95% CI \u22125.8 to 1.0).",
            [("PCL-5", "week 4", "favours-ketamine"), ("MADRS", "week 4", "no-difference")],
            id="each estimate has the scale named since the one before; the moment holds for both",
        ),
        pytest.param(
            "Effects of ketamine were large at 3 weeks (g = -1.02), 5 weeks (g = -1.11), and 9 weeks (g = -0.94).",
            [(None, "3 weeks", None), (None, "5 weeks", None), (None, "9 weeks", None)],
            id="each estimate has its own moment",
        ),
        pytest.param(
            "Ketamine lowered MADRS scores (SMD -0.8, 95% CI -1.2 to -0.4) and raised remission (RR 2.1, 95% CI 1.2 to 3.6).",
            [("MADRS", None, None), (None, None, None)],
            id="a scale is not carried over to another outcome",
        ),
        pytest.param(
            "MADRS scores after the 4-week treatment were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).",
            [("MADRS", None, "favours-ketamine")],
            id="a length of treatment is no moment",
        ),
        pytest.param(
            "MADRS and PCL-5 scores at day 7 were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).",
            [(None, "day 7", "favours-ketamine")],
            id="two scales before one estimate leave it without",
        ),
        pytest.param(
            "Depression was not less frequent with ketamine (OR 0.87 [0.51 to 1.48], p = 0.61) on postoperative day 5.",
            [(None, "postoperative day 5", None)],
            id="the moment at once behind the estimate",
        ),
    ],
)
def test_scale_and_moment_are_those_of_the_estimate(sentence, expected):
    assert [(finding.scale, finding.timepoint, finding.direction) for finding in findings(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "primary"),
    [
        pytest.param(
            "MADRS scores at week 4 were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).",
            True,
            id="stated scale and moment",
        ),
        pytest.param(
            "MADRS scores at week 8 were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).",
            None,
            id="another moment",
        ),
        pytest.param(
            "PCL-5 scores at week 4 were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).",
            None,
            id="another scale",
        ),
        pytest.param(
            "Ketamine had no benefit on the primary outcome (mean difference -0.4; 95% CI -1.7 to 0.9).",
            True,
            id="named in the sentence",
        ),
        pytest.param(
            "Of secondary outcomes, MADRS at week 4 fell (mean difference -0.4; 95% CI -1.7 to 0.9).",
            None,
            id="named secondary",
        ),
    ],
)
def test_a_finding_is_primary_only_where_the_abstract_says_so(sentence, primary):
    assert [finding.primary for finding in findings(sentence)] == [primary]


@pytest.mark.parametrize(
    ("stated", "primary"),
    [
        pytest.param("Change in LSAS score at day 9 was the primary outcome; response was a fall of half in LSAS.", True, id="named before"),
        pytest.param("Change in LSAS score at day 30 was the primary outcome; all were rated by LSAS at day 9.", None, id="another moment, named before"),
        pytest.param("The primary outcome was change in LSAS score at day 9; secondary outcomes were others.", True, id="named behind"),
    ],
)  # fmt: skip
def test_a_primary_outcome_is_named_before_or_behind_these_words(stated, primary):
    results = "LSAS scores at day 9 were lower with ketamine (mean difference -7.1; 95% CI -12.0 to -2.2)."
    (finding,) = summarise(trial(results, methods=f"Adults were randomised to ketamine or saline. {stated}")).findings
    assert finding.primary is primary


@pytest.mark.parametrize(
    ("sentence", "direction"),
    [
        pytest.param(
            "The reduction in MADRS was greater with ketamine than with midazolam (mean difference -3.0; 95% CI -5.0 to -1.0).",
            "favours-ketamine",
            id="greater reduction",
        ),
        pytest.param(
            "MADRS scores were higher with ketamine than with midazolam (mean difference 3.0; 95% CI 1.0 to 5.0).",
            None,
            id="higher scores are no benefit",
        ),
        pytest.param(
            "MADRS scores did not differ between groups (mean difference -3.0; 95% CI -7.0 to 1.0).",
            "no-difference",
            id="did not differ",
        ),
        pytest.param(
            "MADRS scores did not differ between groups (mean difference -3.0; 95% CI -5.0 to -1.0).",
            None,
            id="words and interval disagree",
        ),
        pytest.param(
            "High-dose ketamine was superior to low-dose ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).",
            None,
            id="two doses of ketamine",
        ),
    ],
)
def test_a_findings_direction_is_what_its_sentence_says(sentence, direction):
    assert [finding.direction for finding in findings(sentence)] == [direction]


def _as_printed(citation: Citation, finding: Finding) -> str:
    span = finding.spans[0]
    return plain_text(citation.section_text(span.section)[span.start : span.end]).replace(" ", "")


def _numbers(finding: Finding) -> list[float]:
    return [finding.estimate, *(finding.ci or ())]


def _hold(text: str, number: float) -> bool:
    printed = re.findall(r"-?(?:\d*\.\d+|\d+)", re.sub(r"(?<=\d),(?=\d)", ".", text))
    printed += re.findall(r"-?(?:\d*\.\d+|\d+)", text)
    in_words = [value_of(words) for words in re.findall(WORDS.removesuffix("(?![a-z-])"), text.lower())]
    return any(abs(float(one)) == abs(number) for one in (*printed, *filter(None, in_words)))


MEASURE_WORDINGS = {
    "mean difference": ("mean difference {}", "adjusted mean difference was {}", "MD = {}"),
    "standardized mean difference": ("SMD {}", "standardised mean difference (SMD): {}"),
    "odds ratio": ("odds ratio {}", "OR = {}", "adjusted odds ratio, {}"),
    "risk ratio": ("risk ratio {}", "RR: {}"),
}


@settings(max_examples=150, deadline=None)
@given(
    measure=st.sampled_from(sorted(MEASURE_WORDINGS)),
    wording=st.integers(0, 9),
    limits=st.tuples(st.integers(1, 400), st.integers(0, 300), st.integers(0, 300)),
    separator=st.sampled_from((" to ", ", ", "; ", "\u2013")),
    level=st.sampled_from(("90", "95", "97.5", "99")),
    negative=st.booleans(),
)
def test_what_was_printed_is_what_is_read(measure, wording, limits, separator, level, negative):
    low, value, high = limits[0] / 100, (limits[0] + limits[1]) / 100, (limits[0] + limits[1] + limits[2]) / 100
    if negative and measure.endswith("difference"):
        low, value, high = -high, -value, -low
        separator = " to " if separator == "\u2013" else separator
    wordings = MEASURE_WORDINGS[measure]
    estimate = wordings[wording % len(wordings)].format(f"{value:.2f}")
    citation = trial(f"Scores fell with ketamine ({estimate}; {level}% CI {low:.2f}{separator}{high:.2f}).")
    (finding,) = summarise(citation).findings
    assert shown(finding) == (measure, round(value, 2), (round(low, 2), round(high, 2)), float(level), None)
    assert all(_hold(_as_printed(citation, finding), number) for number in _numbers(finding))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789.,-\u2212 =()[]%CIORSMDpPto;to ", max_size=60))
def test_no_text_makes_a_finding_that_it_does_not_hold(noise):
    citation = trial(f"Scores fell with ketamine (mean difference {noise}).")
    for finding in summarise(citation).findings:
        assert finding.measure in MEASURES
        assert finding.ci is None or finding.ci[0] <= finding.estimate <= finding.ci[1]
        assert all(_hold(_as_printed(citation, finding), number) for number in _numbers(finding))


def test_numbers_of_real_records_stand_in_their_spans():
    if not CORPUS.exists():
        pytest.skip("the shared corpus is not on this machine")
    from aggregator.pubmed.records import read

    with gzip.open(CORPUS) as stream:
        records = list(read(stream))
    for citation in Random(7).sample(records, 400):
        for finding in summarise(citation).findings:
            assert finding.direction is None or finding.direction in DIRECTIONS
            assert all(_hold(_as_printed(citation, finding), number) for number in _numbers(finding))


@pytest.mark.parametrize(
    ("sentence", "harms"),
    [
        pytest.param("The most common adverse events with ketamine were nausea and dissociation.", {"nausea", "dissociation"}, id="reported"),
        pytest.param("There were no serious adverse events with ketamine.", set(), id="denied"),
        pytest.param("Ketamine was tolerated, but not with more agitation, vomiting or dizziness.", set(), id="denied in a list"),
        pytest.param("Ketamine reduced suicidal ideation and suicidal behaviour.", set(), id="suicidality as an outcome"),
        pytest.param("Treatment-emergent suicidal behaviour was an adverse event in two patients on ketamine.", {"suicidality"}, id="suicidality as an adverse event"),
        pytest.param("Ketamine may make sedation safer and analgesia better.", set(), id="sedation that was wanted"),
        pytest.param("Dissociation at one hour correlated with the antidepressant response.", set(), id="a correlate"),
        pytest.param("Research is needed on ketamine's abuse potential and adverse effects.", set(), id="a call for research"),
        pytest.param("Nicotine dependence and adverse events were assessed after ketamine.", set(), id="an outcome that was measured"),
        pytest.param("Psilocybin caused headache as an adverse event.", set(), id="another drug's harm"),
        pytest.param("Mean systolic blood pressure rose by 14 mm Hg during ketamine dosing.", {"raised blood pressure"}, id="a rise"),
        pytest.param("Five participants had systolic blood pressure above 170 mm Hg after ketamine.", {"raised blood pressure"}, id="above a mark"),
        pytest.param("Dissociation was recorded in 37.5% of ketamine sessions.", {"dissociation"}, id="recorded in so many"),
        pytest.param("Dissociation was recorded after each ketamine infusion.", set(), id="recorded as a measure"),
        pytest.param("Three people given ketamine found the dissociation distressing.", {"dissociation"}, id="distressing"),
    ],
)  # fmt: skip
def test_a_harm_is_one_that_happened_with_the_drug(sentence, harms):
    assert {fact.value for fact in summarise(trial(sentence)).harms} == harms


@pytest.mark.parametrize(
    ("results", "conclusions", "direction"),
    [
        pytest.param("MADRS scores at week 4 were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).", "The findings merit attention.", "favours-ketamine", id="the primary estimate's own sentence"),
        pytest.param("PCL-5 scores at week 4 were lower with ketamine (mean difference -3.0; 95% CI -5.0 to -1.0).", "The findings merit attention.", "unclear", id="a secondary estimate decides nothing"),
        pytest.param("Both groups were followed.", "Ketamine before surgery can improve depression, while ketamine after surgery did not improve it over placebo.", "unclear", id="one claim denied, another made"),
        pytest.param("Both groups were followed.", "Ketamine was not superior to midazolam but was safe.", "no-difference", id="a null with a word on safety"),
        pytest.param("Both groups were followed.", "We found no evidence that ketamine reduces PTSD symptoms more than midazolam.", "no-difference", id="looked for and not seen"),
        pytest.param("Both groups were followed.", "Current evidence does not show that ketamine is superior to midazolam.", "no-difference", id="superiority not shown"),
        pytest.param("Both groups were followed.", "Ketamine may reduce PTSD symptoms more than midazolam.", "unclear", id="a hope is no result"),
        pytest.param("Both groups were followed.", "Ketamine was noninferior to electroconvulsive therapy.", "no-difference", id="non-inferiority is no difference"),
        pytest.param("Both groups were followed.", "Mindfulness training after ketamine was associated with greater improvement than usual care.", "unclear", id="what came after ketamine was compared"),
        pytest.param("Both groups were followed.", "Ketamine was associated with more psychotomimetic symptoms than midazolam.", "unclear", id="a harm is no benefit"),
        pytest.param("Both groups were followed.", "Ketamine reduced PTSD symptoms more than midazolam.", "favours-ketamine", id="said plainly"),
        pytest.param("Both groups were followed.", "A single dose of ketamine decreases depressive episodes by half.", "favours-ketamine", id="the control left unsaid in a controlled trial"),
    ],
)  # fmt: skip
def test_direction_rests_on_the_primary_result(results, conclusions, direction):
    found = summarise(trial(results, conclusions=conclusions)).direction
    assert (found.value if found else None) == direction


def test_a_short_last_sentence_of_a_conclusion_is_not_dropped():
    found = summarise(
        trial(
            "Both groups were followed.",
            conclusions="Ketamine lowered MADRS scores more than midazolam. Long-term trials are lacking.",
        )
    )
    assert found.conclusion.quote.endswith("Long-term trials are lacking.")


def test_a_decimal_comma_without_an_interval_is_read_without_harm():
    assert findings("MADRS scores fell with ketamine (mean difference 0,0).") is not None


@pytest.mark.parametrize(
    ("printed", "hours"),
    [
        ("24-hours", 24),
        ("week 8", 8 * 168),
        ("Six months", 6 * 730),
        ("POD3", 72),
        ("postoperative day 7", 168),
        ("30 min", 0.5),
        ("the end of treatment", None),
    ],
)
def test_a_time_point_as_printed_has_its_distance_in_hours(printed, hours):
    assert hours_of(printed) == hours
