"""Which way a comparison came out, as new wordings tell it: every row is an invented sentence and what it shows.

The traps of old are in test_evidence_traps.py; these rows stand for general rules of reading.
"""

from __future__ import annotations

import pytest

from aggregator.evidence import summarise
from tests.test_evidence_traps import TRIAL, study, trial, value

E_AND_C = (
    "Women were randomised to the esketamine group (group E, n = 40) or to normal saline (NS). "
    "EPDS scores were taken at six weeks."
)
COHORT = "We looked back at the records of 300 women with depression who had ketamine at birth and of 300 who had not."
POOLED = "We pooled randomised trials of ketamine versus placebo in depression."


def direction(citation) -> str | None:
    return value(summarise(citation).direction)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("EPDS scores were lower in group E than in NS (P = 0.01).", "favours-ketamine", id="names that the abstract gives its arms"),
        pytest.param("EPDS scores were lower in NS than in group E (P = 0.01).", "favours-comparator", id="the same names the other way round"),
        pytest.param("EPDS positivity was 8% in group E and 21% in NS (P = 0.01).", "favours-ketamine", id="shares of arms by their short names"),
    ],
)  # fmt: skip
def test_arms_go_by_the_names_that_the_abstract_gives_them(results, expected):
    assert direction(trial(results, methods=E_AND_C)) == expected


def test_a_comparator_is_known_by_its_own_word():
    methods = "Sixty adults in agitation were randomised to ketamine or droperidol versus haloperidol alone."
    told = "Haloperidol relieved agitation in more patients than ketamine (P = 0.02)."
    assert direction(trial(told, methods=methods)) == "favours-comparator"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("The effects of ketamine on MADRS scores were superior (with at least medium size) to midazolam.", "favours-ketamine", id="a bracket between 'superior' and what to"),
        pytest.param("The intervention group was significantly favoured when compared with the control group on the MADRS (P = 0.002).", "favours-ketamine", id="favoured, in the passive voice"),
        pytest.param("MADRS improvement was greater with ketamine vs. midazolam.", "favours-ketamine", id="a change behind the name of its outcome"),
        pytest.param("Ketamine led to fewer sessions and a greater decrease in MADRS scores than midazolam.", "favours-ketamine", id="two degrees in one sentence"),
        pytest.param("Depressive symptoms improved within a day after ketamine but not after midazolam.", "favours-ketamine", id="one arm had it and the other had not"),
        pytest.param("Depressive symptoms decreased exclusively in the ketamine group.", "favours-ketamine", id="only one arm had it"),
        pytest.param("MADRS scores fell under ketamine, and to a smaller degree under midazolam.", "favours-ketamine", id="to a smaller degree"),
        pytest.param("We saw significant antidepressant effects of ketamine when compared with midazolam.", "favours-ketamine", id="an effect held against the control"),
        pytest.param("More patients responded in the midazolam plus ketamine group than in the midazolam group.", "favours-ketamine", id="ketamine added to what both had"),
        pytest.param("Mean change in MADRS score (95% CI) was -23.7 (-26.9, -20.4) for ketamine versus -14.8 (-18.3, -11.3) for midazolam (P < 0.001).", "favours-ketamine", id="intervals of each arm are no contrast"),
        pytest.param("Of those who had remitted, 24 (27%) in the ketamine group and 39 (45%) in the midazolam group had a relapse (P = .003).", "favours-ketamine", id="what people came to have stands behind the shares"),
        pytest.param("Suicidal ideation was absent: 88% of the ketamine group and 33% of the midazolam group had no ideation (p < 0.05).", "favours-ketamine", id="had none of it"),
        pytest.param("The pooled SMD for depression came to -0.44 (95% CI, -0.71 to -0.17; Cochran Q, P = .38), an advantage for midazolam over ketamine.", "favours-comparator", id="a p value of heterogeneity"),
        pytest.param("Ketamine had a greater fall in MADRS scores than midazolam; no significant difference between the groups was reached (p = .071).", "no-difference", id="taken back behind a semicolon"),
        pytest.param("People given ketamine had no significantly reduced rate of depression compared with those given midazolam.", "no-difference", id="no significantly reduced"),
        pytest.param("Serum BDNF did not change; MADRS scores were lower with ketamine than with midazolam.", "favours-ketamine", id="a serum level before the semicolon"),
        pytest.param("MADRS scores were lower with ketamine than with midazolam, and treatment was well tolerated.", "favours-ketamine", id="well tolerated behind the comma"),
        pytest.param("Sedation did not differ, but MADRS scores were lower with ketamine than with midazolam.", "favours-ketamine", id="a side measure in a clause of its own"),
        pytest.param("Cortisol rose more with ketamine than with midazolam.", "unclear", id="no outcome of benefit is named"),
        pytest.param("Acute effects were felt as more intense with ketamine than with midazolam.", "unclear", id="effects that are felt are no benefit"),
        pytest.param("Depression scores fell more in men given ketamine than in women.", "unclear", id="some patients against others"),
        pytest.param("Ketamine with midazolam as a combination lowered MADRS scores more than ketamine alone.", "unclear", id="a combination against ketamine alone"),
        pytest.param("After midazolam there were no significant effects on MADRS scores.", "unclear", id="what the control did by itself"),
        pytest.param("Ketamine lowered the level of anhedonia more than midazolam did.", "favours-ketamine", id="a level of what the treatment is for"),
        pytest.param("Remission was more frequent with esketamine as compared to ketamine and propofol.", "favours-ketamine", id="another form of it and another drug as reference"),
        pytest.param("Ketamine with lamotrigine showed no stronger antidepressant effect than ketamine alone.", "unclear", id="a companion of ketamine beyond ketamine alone"),
        pytest.param("Lamotrigine did not modulate ketamine-induced symptoms of depression.", "unclear", id="what another drug does to ketamine's effects"),
        pytest.param("The effect size against midazolam was d = 0.5 (95% CI 0.1-0.9), and for ketamine versus saline it was d = 1.1 (95% CI 0.6-1.6).", "unclear", id="sizes of two effects are no figures of arms"),
        pytest.param("MADRS scores fell more with ketamine than with midazolam. fMRI showed no differences of activation.", "favours-ketamine", id="a sentence that begins with a small letter"),
        pytest.param("The groups were alike in pain before operation. Pain was rated more intense in people on ketamine than in those on midazolam.", "favours-comparator", id="what was so before the operation"),
        pytest.param("Depression fell more with ketamine than with midazolam on the MADRS (p = 0.02) but not the QIDS (p = 0.8).", "mixed", id="one scale, but not another"),
        pytest.param("MADRS scores of the ketamine and midazolam groups remained similar to baseline.", "unclear", id="similar to what was before"),
        pytest.param("At six months, relapse had occurred in 70% after ketamine compared with 48% after ECT (P = .01).", "favours-comparator", id="ECT behind its share is an arm"),
        pytest.param("In opioid-tolerant patients, ketamine made no difference to pain scores.", "no-difference", id="tolerant of opioids is no tolerability"),
        pytest.param("Nine trials were found and 40 groups were asked: the intervention was told of in 11 reports, the control in 92 (p < 0.001).", "unclear", id="counts that are no figures of arms"),
    ],
)  # fmt: skip
def test_a_sentence_is_read_by_its_parts(results, expected):
    assert direction(trial(results)) == expected


def test_both_arms_that_helped_do_not_favour_one():
    words = "Six weeks of either ketamine or midazolam improved depressive symptoms."
    assert direction(trial("The MADRS difference was 1.5 (95% CI -1.4 to 4.4; p = 0.31).", words)) == "no-difference"


@pytest.mark.parametrize(
    ("results", "conclusions", "expected"),
    [
        pytest.param("MADRS scores were lower with ketamine than with midazolam. QIDS scores did not differ between groups.", "Both were watched.", "favours-ketamine", id="the first result speaks where no conclusion does"),
        pytest.param("QIDS scores did not differ between groups. Symptoms of depression were lower with ketamine than with midazolam.", "Ketamine reduced depressive symptoms compared with midazolam.", "favours-ketamine", id="a conclusion that a result bears out"),
        pytest.param("Both groups were followed.", "Esketamine raised the level of BDNF in serum, and relieved depressive symptoms within a day.", "favours-ketamine", id="a serum level before the benefit"),
        pytest.param("Both groups were followed.", "Esketamine raised the level of BDNF in serum, and this was correlated with relief of depressive symptoms.", "unclear", id="a serum level and what goes with it"),
        pytest.param("Both groups were followed.", "This trial assessed the efficacy of ketamine in depression.", "unclear", id="what was only asked"),
        pytest.param("MADRS scores were rated.", "Ketamine did not reduce the incidence of depression. However, ketamine reduced depression scores.", "mixed", id="a conclusion that says both"),
    ],
)  # fmt: skip
def test_what_decides_between_statements(results, conclusions, expected):
    methods = "84 adults with depression were randomised to ketamine or midazolam in this double-blind trial."
    assert direction(trial(results, conclusions, methods=methods)) == expected


@pytest.mark.parametrize(
    ("results", "conclusions", "expected"),
    [
        pytest.param("Ketamine and depression scores at one day: SMD -0.47 (95% CI -0.78 to -0.16; I2 = 35%).", "Nine trials are few.", "favours-ketamine", id="an effect below zero on symptoms"),
        pytest.param("Response to ketamine: RR 0.58 (95% CI 0.37 to 0.91) compared with placebo.", "Nine trials are few.", "favours-comparator", id="a ratio below one on response"),
        pytest.param("Ketamine and the risk of relapse: OR = 0.80 (95% CrI 0.51 to 1.24).", "Nine trials are few.", "no-difference", id="a credible interval that holds one"),
        pytest.param("Ketamine may result in less depression compared with placebo: MD -3.4 (95% CI -6.1 to -0.7).", "Nine trials are few.", "favours-ketamine", id="an interval behind 'may'"),
        pytest.param("Nine trials were read.", "The results on ketamine in depression are mixed.", "mixed", id="results that are said to be mixed"),
        pytest.param("Ketamine had the lowest incidence of relapse among all eight treatments.", "Nine trials are few.", "favours-ketamine", id="the least of a harm among all"),
        pytest.param("By their ranks, ketamine was first in response.", "Nine trials are few.", "favours-ketamine", id="ranked first"),
        pytest.param("Ketamine had the lowest response rate among all eight treatments.", "Nine trials are few.", "unclear", id="the least of a benefit"),
        pytest.param("Esketamine had a similar efficacy on depression.", "Nine trials are few.", "unclear", id="similar to what stands in the sentence before"),
        pytest.param("One trial found lower depression scores with ketamine compared with placebo.", "We know one positive and one negative study of ketamine in depression.", "mixed", id="a conclusion that the trials disagree"),
        pytest.param("Three found lower scores with ketamine than with placebo and three did not.", "Evidence for ketamine in depression is mixed.", "mixed", id="some trials found it"),
    ],
)  # fmt: skip
def test_pooled_effects_speak_by_sign_interval_and_outcome(results, conclusions, expected):
    title = "Ketamine for depression: a meta-analysis of randomised trials."
    pooled = study(title, types=("Journal Article", "Meta-Analysis"), methods=POOLED, results=results, conclusions=conclusions)  # fmt: skip
    assert direction(pooled) == expected


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        pytest.param(trial("After the fifth session MADRS scores were lower with ketamine than with midazolam.", title="Ketamine relieves depression through an invented pathway: a randomised trial."), "favours-ketamine", id="a trial whose title names a pathway"),
        pytest.param(trial("Adverse events were noted.", title="Acute adverse effects of ketamine in depression: a randomised trial."), "unclear", id="a trial of harms"),
        pytest.param(study("Ketamine at birth: a retrospective cohort.", methods=COHORT, results="EPDS positivity did not differ between women with and without ketamine (9% and 10%)."), "no-difference", id="a cohort of exposed and unexposed"),
        pytest.param(study("Ketamine in daily practice: a retrospective cohort.", methods="We looked back at 58 outpatients with depression.", results="MADRS scores fell by 12 points after ketamine."), "not-comparative", id="a cohort of one group"),
        pytest.param(trial("Relapse rates did not differ between the two schedules.", title="Ketamine weekly or monthly: a randomised trial.", methods="Sixty adults with depression were randomised to ketamine every week or every month."), "no-difference", id="two schedules that do not differ"),
        pytest.param(study("Ketamine or esketamine in practice: a retrospective cohort.", methods="We looked back at 58 outpatients with depression who received intravenous ketamine or intranasal esketamine.", results="MADRS scores fell with both.", conclusions="Both are effective in depression."), "not-comparative", id="two forms that patients chose"),
        pytest.param(study("Psychotic symptoms after ketamine: a double-blind study.", methods="In a double-blind crossover design, 12 healthy volunteers and 12 patients with schizophrenia received ketamine and placebo.", results="Symptoms were similar in both groups after ketamine and placebo."), "unclear", id="symptoms that are called forth"),
        pytest.param(trial("Sedation was better with midazolam than with ketamine (p = 0.01).", title="Ketamine or midazolam for sedation of children: a randomised trial."), "favours-comparator", id="sedation where the title asks for it"),
        pytest.param(trial("Sedation was better with midazolam than with ketamine (p = 0.01)."), "unclear", id="sedation where the title does not"),
        pytest.param(trial("Relapse was rarer with weekly than with monthly ketamine.", title="Ketamine weekly or monthly: a randomised trial.", methods="Sixty adults with depression were randomised to ketamine every week or every month."), "unclear", id="two schedules favour no side"),
        pytest.param(study("A preclinical randomised trial of ketamine: a review of mice.", types=TRIAL, methods="Mice were given ketamine or saline i.p.", results="Ketamine reduced immobility in mice compared with saline."), None, id="animals have no direction"),
        pytest.param(trial(title="Ketamine for depression: a randomised trial.", results="Both groups were watched for a week.", conclusions="Ketamine produced large decreases in depression, but larger trials are warranted."), "favours-ketamine", id="a call for trials behind the claim"),
    ],
)  # fmt: skip
def test_what_a_study_can_say_depends_on_what_it_compared(citation, expected):
    assert direction(citation) == expected


def test_a_part_without_heading_before_headed_ones_is_no_result():
    told = study(
        "Ketamine for depression: a randomised trial.",
        types=TRIAL,
        text="We know that ketamine is superior to midazolam in depression. We randomised 84 adults to ketamine or midazolam.",
        results="Both groups were followed.",
    )
    assert direction(told) == "unclear"


def test_an_abstract_without_words_has_no_direction():
    assert direction(study("Ketamine", text="\n")) is None


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("Remission was twice as likely with ketamine as with midazolam.", "favours-ketamine", id="twice as likely as"),
        pytest.param("Patients given ketamine were half as likely to relapse as those given midazolam.", "favours-ketamine", id="half as likely as"),
        pytest.param("Suicidal ideation resolved in 63% of ketamine and 32% of midazolam recipients (p=0.01).", "favours-ketamine", id="shares of those rid of it"),
        pytest.param("Fewer ketamine patients relapsed (26% vs 45%, p=0.003).", "favours-ketamine", id="the arm behind its degree"),
        pytest.param("Response rates were similar (41% vs 38%).", "no-difference", id="two shares alike"),
        pytest.param("Ketamine did not speed the antidepressant effect of midazolam.", "no-difference", id="any verb denied"),
        pytest.param("Relapse occurred in 19% in each group.", "no-difference", id="one share for both"),
        pytest.param("MADRS scores fell equally in all groups.", "no-difference", id="equally in all"),
        pytest.param("There was only a trend for lower MADRS scores with ketamine (p=0.07).", "no-difference", id="only a trend"),
        pytest.param("MADRS scores did not differ between unmedicated and medicated patients.", "unclear", id="other groups"),
        pytest.param("Ratings of drug effects were similar across groups.", "unclear", id="what the drug felt like"),
        pytest.param("Most sought an alternative to ineffective treatments (26%).", "unclear", id="other treatments that failed"),
        pytest.param("There was no difference in response between esketamine and racemic ketamine.", "unclear", id="ketamine against itself"),
        pytest.param("Improvement of depression was not associated with sex.", "unclear", id="what improvement went with"),
    ],
)  # fmt: skip
def test_more_ways_to_say_which_arm_did_better(results, expected):
    assert direction(trial(results)) == expected


def test_a_sentence_may_name_what_no_list_of_comparators_has():
    told = study(
        "Ketamine to stop smoking: a randomised trial.",
        types=TRIAL,
        methods="Sixty smokers were randomised.",
        results="More smokers were abstinent after ketamine than with nicotine patches (52% vs 27%, p = 0.02).",
    )
    assert direction(told) == "favours-ketamine"


@pytest.mark.parametrize(
    ("results", "conclusions", "expected"),
    [
        pytest.param("By week 3, 48% of ketamine and 31% of midazolam patients had responded (p=0.02); remission did not differ (27% vs 22%).", "Ketamine raised response, not remission.", "favours-ketamine", id="figures of the first of two clauses"),
        pytest.param("The MADRS contrast was -2.3 (95% CI -5.2 to 0.6; P = .15), not reaching significance.", "Although the primary outcome missed significance, results favoured ketamine.", "no-difference", id="what is hoped for after a null"),
        pytest.param("Both arms reported less depression. No differences emerged between arms.", "Masking mattered.", "no-difference", id="no differences in so many words"),
        pytest.param("The two higher doses, but not the 0.1 mg/kg dose, beat midazolam on the MADRS.", "Dose matters.", "favours-ketamine", id="the doses that worked"),
        pytest.param("Depression was watched.", "Ketamine delays relapse.", "favours-ketamine", id="relapse delayed"),
        pytest.param("Sedation came faster and agitation was lower with ketamine than with midazolam.", "Both are in use.", "favours-ketamine", id="two degrees of two measures"),
        pytest.param("Sleep disturbance was seen in 23% (ketamine) and 43% (midazolam), OR 0.4 (95% CI 0.2-0.7).", "Sleep matters.", "favours-ketamine", id="a disturbance of something good"),
        pytest.param("The ketamine group had better MADRS scores than the midazolam group.", "Scores matter.", "favours-ketamine", id="better scores"),
        pytest.param("MADRS scores went down from 33 to 12 with ketamine and from 32 to 24 with midazolam (p<0.001).", "Scores fell.", "favours-ketamine", id="from so much to so much in each arm"),
        pytest.param("MADRS scores went down from 33 to 19 with ketamine and from 32 to 18 with midazolam (p=0.4).", "Scores fell.", "no-difference", id="the same without a difference"),
        pytest.param("Ketamine cut hypotension and bradycardia compared with midazolam (P<0.01).", "Circulation was steady.", "unclear", id="the circulation is no benefit"),
    ],
)  # fmt: skip
def test_several_statements_in_one_abstract(results, conclusions, expected):
    assert direction(trial(results, conclusions)) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("MADRS scores fell in both arms, more so with ketamine (between-arm p=0.03).", "favours-ketamine", id="more so"),
        pytest.param("Outcomes were comparable: 44% of each arm reached remission.", "no-difference", id="one share of each arm"),
        pytest.param("Depression eased regardless of group.", "no-difference", id="regardless of group"),
        pytest.param("Our hypothesis that ketamine would outperform midazolam was not supported.", "no-difference", id="a hypothesis that failed"),
        pytest.param("We could not reject the null hypothesis of equal MADRS change in the two groups.", "no-difference", id="a null hypothesis that stands"),
        pytest.param("Midazolam was as good as ketamine at week 3.", "no-difference", id="as good as"),
        pytest.param("No superiority of ketamine could be shown.", "no-difference", id="could be shown"),
    ],
)  # fmt: skip
def test_more_denials(results, expected):
    assert direction(trial(results)) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("Ketamine met noninferiority to ECT for response (61% vs 57%; P = .01 for noninferiority).", "no-difference", id="non-inferiority that was met"),
        pytest.param("The lower bound crossed the margin, and noninferiority of ketamine to ECT was not demonstrated.", "unclear", id="a margin that was missed does not say who did better"),
        pytest.param("ECT failed to show noninferiority to ketamine.", "unclear", id="the control missed it"),
        pytest.param("Ketamine may be noninferior to ECT.", "unclear", id="perhaps non-inferior"),
        pytest.param("Noninferiority was judged by a margin of 9 points.", "unclear", id="a margin alone"),
        pytest.param("Neither dose of ketamine prevented a relapse of depression.", "no-difference", id="neither dose prevented it"),
        pytest.param("Ketamine lowered MADRS scores on day 2 more than midazolam and did not lower them in month 5.", "favours-ketamine", id="what comes first of two verbs"),
        pytest.param("MADRS scores two days after ketamine were 7 points below those after midazolam (p = 0.01).", "favours-ketamine", id="below those of the other"),
        pytest.param("MADRS scores two days after ketamine were 7 points above those after midazolam (p = 0.01).", "favours-comparator", id="above those of the other"),
        pytest.param("Finger tapping did not differ between ketamine and midazolam.", "unclear", id="what did not differ is no benefit"),
        pytest.param("Ketamine did not differ from midazolam.", "no-difference", id="the arms did not differ, whatever was measured"),
        pytest.param("PSQI scores did not differ between ketamine and midazolam.", "no-difference", id="a scale that did not differ"),
        pytest.param("The superiority of midazolam to ketamine in MADRS scores was evident.", "favours-comparator", id="superiority of one to another"),
        pytest.param("The superiority of ketamine to midazolam in MADRS scores was evident.", "favours-ketamine", id="superiority of ketamine to another"),
    ],
)  # fmt: skip
def test_denials_and_margins_by_what_they_deny(results, expected):
    assert direction(trial(results, methods=E_AND_C.replace("normal saline (NS)", "midazolam"))) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("Ketamine relieves grief in widowed adults: a randomised trial.", "unclear", id="of no outcome that is known"),
        pytest.param("Ketamine relieves depression in widowed adults: a randomised trial.", "favours-ketamine", id="a verb of its own"),
        pytest.param("Ketamine does not hasten remission of depression: a randomised trial.", "no-difference", id="a denial"),
        pytest.param("Ketamine is inferior to midazolam in depression: a randomised trial.", "favours-comparator", id="inferior"),
        pytest.param("Ketamine relieves depression? A randomised trial.", "unclear", id="a question"),
        pytest.param("Ketamine to relieve depression in widowed adults: a randomised trial.", "unclear", id="a purpose"),
        pytest.param("Efficacy of ketamine in depression: a randomised trial.", "unclear", id="a subject"),
    ],
)  # fmt: skip
def test_a_title_that_tells_the_result_is_the_main_claim(title, expected):
    assert direction(trial(title=title)) == expected


OF_HOW = "Twenty adults with depression were randomised to ketamine or saline, double-blind."
IN_HEALTH = "Twelve healthy volunteers had oral ketamine 40 mg and 80 mg, double-blind, in two sessions."


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        pytest.param(trial("Amygdala responses were reduced more by ketamine than by saline.", title="Amygdala reactivity after ketamine: a randomised trial.", methods=OF_HOW), "unclear", id="a measure of how it works"),
        pytest.param(trial("MADRS scores were lower after ketamine than after saline.", title="Amygdala reactivity after ketamine: a randomised trial.", methods=OF_HOW), "favours-ketamine", id="symptoms beside a measure of how it works"),
        pytest.param(trial(conclusions="The antidepressant effect of ketamine is not explained by glutamate.", title="Glutamate and ketamine: a randomised trial.", methods=OF_HOW), "unclear", id="an effect that is explained and not told"),
        pytest.param(trial("MADRS scores fell more with ketamine than with saline.", title="Mediators of the effect of ketamine on depression in a randomised trial.", methods=OF_HOW), "unclear", id="what mediates the effect"),
        pytest.param(trial("MADRS scores fell more with ketamine than with saline.", title="Expectancy and unblinding in a randomised trial of ketamine.", methods=OF_HOW), "unclear", id="what people believed"),
        pytest.param(study("Pharmacokinetics of oral ketamine.", methods=IN_HEALTH, results="Exposure was proportional to dose."), "unclear", id="where the drug goes"),
        pytest.param(study("Oral ketamine and the sense of time.", methods=IN_HEALTH, results="Intervals seemed longer after 80 mg."), "unclear", id="doses in healthy people"),
        pytest.param(study("Hippocampal volume after ketamine: an open-label study.", methods="Twenty adults with depression had six infusions of ketamine.", results="Volume rose."), "not-comparative", id="one group of patients, however measured"),
        pytest.param(study("Oral ketamine for grief: an open-label study.", methods="Twenty bereaved adults had two doses of ketamine.", results="Grief eased."), "not-comparative", id="one group"),
    ],
)  # fmt: skip
def test_studies_of_how_the_drug_works_favour_nobody(citation, expected):
    assert direction(citation) == expected


def test_a_conclusion_that_holds_the_arms_against_each_other_outweighs_what_stands_beside():
    told = trial(
        "The stay in hospital was 6 days longer with ECT.",
        "ECT was more effective than ketamine in psychotic depression, although it took longer.",
        title="Ketamine or ECT for psychotic depression: a cohort study.",
        types=("Journal Article",),
        methods="Charts of 80 adults who had ketamine (n = 30) or ECT (n = 50) were read.",
    )
    assert direction(told) == "favours-comparator"


def review(title="Ketamine for the treatment of alcohol use disorder: a systematic review.", *, kind="Systematic Review", results="We included twelve studies.", conclusions="Ketamine is in use."):  # fmt: skip
    methods = "We searched three databases for studies of ketamine."
    return study(title, types=("Journal Article", kind), methods=methods, results=results, conclusions=conclusions)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("All seven trials reported that cravings fell after ketamine.", "favours-ketamine", id="all of the studies"),
        pytest.param("Most studies showed improvement of drinking after ketamine.", "favours-ketamine", id="most of the studies"),
        pytest.param("Eight of the ten trials found significant reductions in craving with ketamine.", "favours-ketamine", id="nearly all of a stated number"),
        pytest.param("Craving was lower after ketamine: reductions were seen in 8/9 studies.", "favours-ketamine", id="a fraction behind what was seen"),
        pytest.param("Reductions of craving after ketamine were reported in nine of the eleven studies.", "favours-ketamine", id="the count behind its finding"),
        pytest.param("Ketamine was found to reduce craving in seven studies and to have no effect in one.", "favours-ketamine", id="for and against, behind the findings"),
        pytest.param("Six RCTs observed statistically significant differences in craving between ketamine and control; two RCTs did not.", "favours-ketamine", id="two did not"),
        pytest.param("Nine studies found less craving after ketamine.", "favours-ketamine", id="a count of the studies that are included"),
        pytest.param("Four of the nine trials found significant reductions in craving with ketamine.", "mixed", id="a good part, but not most"),
        pytest.param("Three trials reported less craving with ketamine, whereas four found no effect.", "mixed", id="as many against as for"),
        pytest.param("Five of six trials found no difference between ketamine and placebo in craving.", "no-difference", id="nearly all found none"),
        pytest.param("Four of five trials favoured placebo over ketamine for craving scores.", "favours-comparator", id="nearly all favoured the control"),
        pytest.param("Two of the twelve trials reported less craving with ketamine.", "unclear", id="a few of many, the rest unsaid"),
        pytest.param("All seven trials reported more craving after ketamine.", "unclear", id="a change for the worse"),
        pytest.param("Most trials did not report craving at all.", "unclear", id="what was not measured"),
        pytest.param("Nine of ten trials found that improvements of craving with ketamine were not sustained.", "unclear", id="a benefit that did not last"),
        pytest.param("Ten studies reported antidepressant effects of ketamine as a secondary outcome.", "unclear", id="a benefit that was measured"),
        pytest.param("Nine of ten trials found improvements of craving in the control group.", "unclear", id="what the control did"),
        pytest.param("Nine of ten trials found improvements of craving with topiramate and lamotrigine.", "unclear", id="another drug"),
        pytest.param("The first trial reported less craving with ketamine, but the second trial found no effect.", "mixed", id="the first and the second"),
        pytest.param("In eight of the nine studies ketamine lowered craving.", "favours-ketamine", id="where it was found, first in the sentence"),
        pytest.param("All trials reported less craving in both groups, ketamine and control.", "unclear", id="what both groups did"),
        pytest.param("Nine of ten trials found that psychotherapy enhanced the effects of ketamine.", "unclear", id="what another treatment did to its effects"),
        pytest.param("Nine of ten trials found no increase of craving with ketamine.", "unclear", id="no harm is no null result"),
        pytest.param("All studies found more adverse effects with ketamine.", "unclear", id="harms are no benefit"),
        pytest.param("Seven studies joined ketamine with psychotherapy, while five focused on its effects alone.", "unclear", id="kinds of studies"),
        pytest.param("Most of the trials were not run to present standards of efficacy.", "unclear", id="how the studies were run"),
        pytest.param("We identified nine trials reporting the efficacy of ketamine in craving.", "unclear", id="what the studies asked"),
    ],
)  # fmt: skip
def test_a_systematic_review_counts_its_studies(results, expected):
    assert direction(review(results=f"We included twelve studies. {results}")) == expected


@pytest.mark.parametrize(
    ("conclusions", "expected"),
    [
        pytest.param("Positive results were observed with ketamine despite small samples.", "favours-ketamine", id="results that were positive"),
        pytest.param("Despite the spread of designs, results with ketamine were encouraging.", "favours-ketamine", id="what is granted first"),
        pytest.param("The studies show promising results for ketamine versus placebo, but blood pressure rose.", "favours-ketamine", id="a harm in a clause of its own"),
        pytest.param("The literature supports the use of ketamine in alcohol use disorder.", "favours-ketamine", id="its use is supported"),
        pytest.param("Findings suggest rapid but transient anti-craving effects of ketamine.", "favours-ketamine", id="rapid but short"),
        pytest.param("A robust effect of ketamine on craving was found.", "favours-ketamine", id="a robust effect on a symptom"),
        pytest.param("The NNT for abstinence with ketamine was 6.", "favours-ketamine", id="a number needed to treat"),
        pytest.param("Both intravenous ketamine and intranasal esketamine were superior to placebo for craving.", "favours-ketamine", id="two forms that did the same"),
        pytest.param("The effect of ketamine on craving was significant.", "favours-ketamine", id="an effect that was significant"),
        pytest.param("Ketamine reduced craving, although its place remains undetermined.", "favours-ketamine", id="a doubt in a clause of its own"),
        pytest.param("Trials examining the effects of ketamine found that it reduced craving.", "favours-ketamine", id="what the studies asked, and found"),
        pytest.param("Trials examined the effects of ketamine on craving.", "unclear", id="what the studies only asked"),
        pytest.param("The trials yielded conflicting findings on ketamine and craving.", "mixed", id="studies that disagree"),
        pytest.param("Previous reviews had mixed results; ketamine remains to be tested.", "unclear", id="what others found before"),
        pytest.param("Results of the included studies were inconsistent for ketamine.", "mixed", id="inconsistent results"),
        pytest.param("No conclusion on the efficacy of ketamine in alcohol use can be drawn.", "unclear", id="no conclusion can be drawn"),
        pytest.param("There is insufficient evidence for the efficacy of ketamine in alcohol use.", "unclear", id="insufficient evidence"),
        pytest.param("Ketamine may lead to promising results.", "unclear", id="a hope"),
        pytest.param("Positive symptoms were found with ketamine.", "unclear", id="positive symptoms"),
        pytest.param("Promising effects of ketamine were found in rodents.", "unclear", id="animals"),
        pytest.param("Large effects of ketamine on psychotic symptoms were found.", "unclear", id="an effect on what it harms"),
        pytest.param("The studies show promising results for psilocybin.", "unclear", id="promising results of another drug"),
        pytest.param("Evidence does not support the use of ketamine for craving.", "no-difference", id="its use is not supported"),
    ],
)  # fmt: skip
def test_a_systematic_review_says_what_follows(conclusions, expected):
    assert direction(review(conclusions=conclusions)) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("Pain was reported by 52 of 210 (24.8%) with ketamine and 55 of 208 (26.4%) with midazolam (relative risk 0.94, 95% CI 0.68 to 1.30).", "no-difference", id="the interval of a relative risk holds one"),
        pytest.param("Migraine freedom at 12 h: 51% ketamine, 18% midazolam (p = 0.01).", "favours-ketamine", id="freedom from it"),
        pytest.param("One infusion of ketamine had no lasting effect on suicidal ideation.", "no-difference", id="no effect of any kind"),
        pytest.param("No patient on midazolam was seen to gain; effects of ketamine on MADRS scores were greater than those of midazolam.", "favours-ketamine", id="no patient is not no effect"),
        pytest.param("The effect of ketamine on MADRS scores was greater than that of midazolam.", "favours-ketamine", id="a greater effect on scores"),
        pytest.param("Remission was more frequent with midazolam than with ketamine, although at first MADRS scores were lower with ketamine.", "favours-comparator", id="what is conceded behind the claim"),
        pytest.param("Although MADRS scores were at first lower with midazolam, remission was more frequent with ketamine than with midazolam.", "favours-ketamine", id="what is conceded before the claim"),
        pytest.param("Remission was more frequent with ketamine than with midazolam, whereas anxiety was lower with midazolam than with ketamine.", "mixed", id="two claims side by side"),
        pytest.param("Relapse was more frequent in the ketamine group (29% vs 14%; OR 2.5, 95% CI 1.2 to 5.1).", "favours-comparator", id="more frequent in one arm"),
        pytest.param("Median time to remission was 5 days in the ketamine group and 13 days in the midazolam group (P = 0.01).", "favours-ketamine", id="times of two arms"),
        pytest.param("Median time to relapse was 5 weeks in the ketamine group and 13 weeks in the midazolam group (P = 0.01).", "favours-comparator", id="times of which more is better"),
        pytest.param("Nausea lasted 5 days in the ketamine group and 13 days in the midazolam group (P = 0.01).", "unclear", id="days of a harm"),
    ],
)  # fmt: skip
def test_figures_by_what_they_count(results, expected):
    assert direction(trial(results)) == expected


def test_a_decline_that_people_had_is_no_fall_of_symptoms():
    told = "Cognitive decline was seen in 31% of the ketamine group and 18% of the midazolam group (P = 0.02)."
    assert direction(trial(told, title="Ketamine and cognitive decline: a randomised trial.")) == "favours-comparator"


def test_a_cohort_that_names_two_treatments_side_by_side_compares_them():
    told = study(
        "Ketamine and stimulation in practice: an observational study.",
        methods="Charts of 80 adults who had ketamine and 90 who had rTMS were read.",
        results="Response rates were 50% with ketamine and 53% with rTMS (p = 0.71).",
    )
    assert direction(told) == "no-difference"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("Overall, mixed results were reported. A single study found less craving with ketamine than with saline.", "mixed", id="of all studies"),
        pytest.param("One report gave conflicting results on doses. Craving was lower with ketamine than with saline.", "favours-ketamine", id="of one study"),
    ],
)  # fmt: skip
def test_that_studies_disagree_is_said_of_all_of_them(results, expected):
    assert direction(review(results=results)) == expected


IMPROVED = "Ketamine reduced symptoms of depression."


@pytest.mark.parametrize(
    ("title", "kind", "expected"),
    [
        pytest.param("Spectral signatures of ketamine in depression: a systematic review.", "Systematic Review", "unclear", id="what it does to the brain"),
        pytest.param("Clinical pharmacokinetics of ketamine: a systematic review.", "Systematic Review", "unclear", id="what becomes of it in the body"),
        pytest.param("Neurocognitive effects of ketamine in healthy people: a systematic review.", "Systematic Review", "unclear", id="people who are well"),
        pytest.param("Antidepressant effects of ketamine and their neural basis: a systematic review.", "Systematic Review", "favours-ketamine", id="benefit beside mechanism"),
        pytest.param("Efficacy of midazolam against ketamine-induced delirium: a meta-analysis.", "Meta-Analysis", "unclear", id="what helps against its own effects"),
        pytest.param("Protocols of ketamine-assisted therapy: a systematic review.", "Systematic Review", "not-comparative", id="how it is given"),
        pytest.param("Patients' experiences of ketamine: a systematic review of qualitative studies.", "Systematic Review", "not-comparative", id="how it is felt"),
        pytest.param("Adverse events of ketamine: a systematic review.", "Systematic Review", "not-comparative", id="what it harms"),
        pytest.param("Adverse events of ketamine: a meta-analysis.", "Meta-Analysis", "unclear", id="harms that are pooled against a control"),
        pytest.param("Use of ketamine in depression and its safety: a systematic review.", "Systematic Review", "favours-ketamine", id="benefit beside harm"),
        pytest.param("Ketamine for depression in substance abuse: a systematic review.", "Systematic Review", "favours-ketamine", id="abuse that is treated"),
    ],
)  # fmt: skip
def test_what_a_review_asks_comes_first(title, kind, expected):
    assert direction(review(title, kind=kind, conclusions=IMPROVED)) == expected


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        pytest.param("We pooled mean differences between endpoint and baseline scores after ketamine.", "not-comparative", id="changes since baseline"),
        pytest.param("We pooled mean differences between endpoint and baseline scores of ketamine and placebo arms of randomised placebo-controlled trials.", "favours-ketamine", id="changes since baseline in two arms"),
    ],
)  # fmt: skip
def test_pooled_changes_of_one_group_compare_nothing(methods, expected):
    title = "Ketamine for depression: a meta-analysis."
    pooled = study(title, types=("Journal Article", "Meta-Analysis"), methods=methods, results=IMPROVED, conclusions="Five trials are few.")  # fmt: skip
    assert direction(pooled) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("Patients had higher odds of response with ketamine than with midazolam.", "favours-ketamine", id="odds of a good thing"),
        pytest.param("Patients had a higher risk of relapse with ketamine than with midazolam.", "favours-comparator", id="a risk of a bad thing"),
    ],
)  # fmt: skip
def test_odds_are_as_good_as_what_they_are_of(results, expected):
    assert direction(trial(results)) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param("MADRS scores did not differ between ketamine and midazolam.", "no-difference", id="a plain null"),
        pytest.param("No differences of MADRS scores between groups were seen based on smoking.", "unclear", id="by what people do"),
        pytest.param("No sex differences in the MADRS response to ketamine were seen.", "unclear", id="kinds of people"),
        pytest.param("There was no treatment-by-age interaction on MADRS scores.", "unclear", id="an interaction with what people are"),
        pytest.param("There was no treatment-by-time interaction on MADRS scores.", "no-difference", id="an interaction with time"),
        pytest.param("There was no group × time interaction on MADRS scores.", "no-difference", id="an interaction with time, in signs"),
        pytest.param("Sensitivity analyses found no difference of MADRS scores between groups.", "unclear", id="an analysis beside the main one"),
        pytest.param("MADRS scores did not differ between groups at the screening visit, nor at screening.", "unclear", id="what was there before"),
        pytest.param("MADRS change from baseline to day 9 did not differ between groups.", "no-difference", id="a change since baseline"),
        pytest.param("Ketamine had no effect on tapping speed compared with midazolam.", "unclear", id="no effect on what is no benefit"),
        pytest.param("Ketamine had no effect on depression compared with midazolam.", "no-difference", id="no effect on what it is for"),
        pytest.param("The incidence of bleeding did not differ between ketamine and midazolam.", "unclear", id="a harm that is no side effect by name"),
        pytest.param("The severity of manic symptoms did not differ between groups.", "unclear", id="symptoms that it may bring"),
        pytest.param("Bleeding times did not differ, but MADRS scores were lower with ketamine than with midazolam.", "favours-ketamine", id="a harm in a clause of its own"),
        pytest.param("MADRS scores were lower in treated patients than in healthy controls after ketamine.", "unclear", id="against healthy people"),
        pytest.param("Depression fell more in responders than in non-responders to ketamine.", "unclear", id="responders against others"),
        pytest.param("In paired t tests ketamine improved MADRS scores by nine points.", "unclear", id="a change within an arm"),
        pytest.param("MADRS scores fell more from baseline with ketamine than with midazolam.", "favours-ketamine", id="a change since baseline of both"),
        pytest.param("Mindfulness scores were higher with ketamine than with midazolam, in depression and out of it.", "favours-ketamine", id="scores of what is good"),
    ],
)  # fmt: skip
def test_what_a_result_is_about_decides_whether_it_speaks_for_the_study(results, expected):
    assert direction(trial(results)) == expected


@pytest.mark.parametrize(
    ("conclusions", "expected"),
    [
        pytest.param("Ketamine is a rapid and effective option in depression.", "unclear", id="a benefit that is concluded"),
        pytest.param("Ketamine may be effective in depression.", "no-difference", id="a hope"),
        pytest.param("Ketamine was as effective as midazolam in depression.", "no-difference", id="the same again"),
        pytest.param("Ketamine is effective against pain.", "no-difference", id="a benefit of something else"),
        pytest.param("Ketamine did not improve depression.", "no-difference", id="a denial"),
    ],
)  # fmt: skip
def test_a_null_result_stands_where_no_benefit_is_concluded(conclusions, expected):
    null = "MADRS scores did not differ between ketamine and midazolam (p = 0.44)."
    assert direction(trial(null, conclusions)) == expected
    named = null.replace("MADRS scores", "The primary outcome, MADRS scores,")
    assert direction(trial(named, conclusions)) == "no-difference"


UNTREATED = "In a double-blind crossover, 26 students had ketamine 30 mg or placebo and played a game of cards."


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        pytest.param(study("Ketamine and play.", types=TRIAL, methods=UNTREATED, results="Ratings of fairness did not differ between ketamine and placebo."), "unclear", id="nobody is treated"),
        pytest.param(study("Ketamine and play.", types=TRIAL, methods=UNTREATED, results="Anxiety did not differ between ketamine and placebo."), "no-difference", id="a symptom all the same"),
        pytest.param(study("Ketamine to prevent stage fright.", types=TRIAL, methods=UNTREATED, results="Ratings of success did not differ between ketamine and placebo."), "no-difference", id="a title that says what it is for"),
        pytest.param(study("Depression in people who took ketamine: a cross-sectional survey.", methods="We surveyed 90 adults who had taken ketamine and 90 controls who had not.", results="Depression scores were lower in the ketamine group than in controls (p = 0.02)."), "unclear", id="a survey treats nobody"),
        pytest.param(trial("MADRS scores fell more with ketamine than with midazolam in the young.", title="Age differences in the efficacy of ketamine: a secondary analysis of a randomised trial."), "unclear", id="in whom it works"),
        pytest.param(trial("Effects were stronger with ketamine than with midazolam.", title="Reward and ketamine: a randomised trial."), "unclear", id="a title of how it works"),
        pytest.param(trial("Available medications did not lower MADRS scores more than other treatments.", title="Ketamine for depression: a randomised trial."), "unclear", id="medications that are in use"),
        pytest.param(study("A new scale of hope after ketamine: a secondary analysis of a randomised trial.", methods="We took ratings from a randomised trial of ketamine and escitalopram in depression.", results="Scores rose more with ketamine than with escitalopram."), "not-comparative", id="how well it is measured"),
    ],
)  # fmt: skip
def test_studies_that_treat_nobody_or_ask_something_else_take_no_side(citation, expected):
    assert direction(citation) == expected


THERAPY = "Adults with depression had six ketamine infusions and were randomly assigned to {} or to treatment as usual."


@pytest.mark.parametrize(
    "results",
    [
        pytest.param("MADRS scores were lower with cognitive behavioural therapy (mean difference -4.4; 95% CI -8.1 to -0.7; p=0.02).", id="the therapy did better"),
        pytest.param("MADRS scores did not differ between the groups (mean difference -1.2; 95% CI -4.9 to 2.5; p=0.52).", id="no difference"),
    ],
)  # fmt: skip
def test_a_psychotherapy_that_chance_decided_on_says_nothing_for_or_against_ketamine(results):
    citation = trial(results, methods=THERAPY.format("ten sessions of cognitive behavioural therapy"))
    assert direction(citation) == "unclear"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param("The effect was smaller in trials with midazolam than in those with saline.", "unclear", id="two controls"),
        pytest.param("Symptom control was superior to placebo.", "favours-ketamine", id="control of symptoms is no arm"),
        pytest.param("Etomidate with ketamine relieved depression more than propofol.", "favours-ketamine", id="ketamine with another drug"),
    ],
)  # fmt: skip
def test_one_control_held_against_another_takes_no_side(sentence, expected):
    assert direction(study("Ketamine for depression: a meta-analysis.", methods=POOLED, results=sentence)) == expected


@pytest.mark.parametrize(
    ("conclusions", "expected"),
    [
        pytest.param("Craving in people given ketamine remains a field of few trials.", "favours-ketamine", id="nothing is left open"),
        pytest.param("The efficacy of ketamine in alcohol use remains unclear.", "unclear", id="whether it helps is open"),
        pytest.param("The long-term efficacy of ketamine remains unclear.", "favours-ketamine", id="how long it helps is open"),
    ],
)  # fmt: skip
def test_good_results_decide_nothing_where_a_review_leaves_it_open(conclusions, expected):
    assert (
        direction(review(results="Positive results were observed with ketamine.", conclusions=conclusions)) == expected
    )


def test_several_outcome_measures_are_primary():
    told = trial(
        "Depression did not differ between ketamine and midazolam. Pain was lower with ketamine than with midazolam.",
        title="Ketamine for depression and pain: a randomised trial.",
        methods="Sixty adults with depression were randomised to ketamine or midazolam. The primary outcome measures were depression and pain.",
    )
    assert direction(told) == "mixed"
