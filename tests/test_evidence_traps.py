"""Wording that misleads a reader of abstracts: every row is an invented sentence and one way to take it wrongly."""

from __future__ import annotations

import pytest

from aggregator.citation import AbstractSection, Citation, MeshHeading, Notice
from aggregator.evidence import summarise

TRIAL = ("Journal Article", "Randomized Controlled Trial")
METHODS = (
    "In this randomised, double-blind trial 84 adults with depression received ketamine 0.5 mg/kg or midazolam. "
    "The primary outcome was the MADRS score at week 3."
)
NEUTRAL = "These are the observations of one invented clinic."


def study(title="An invented study of ketamine.", *, types=("Journal Article",), mesh=(), notices=(), **parts) -> Citation:  # fmt: skip
    """An invented citation; `text` is an abstract in one piece, every other part is a section of its own."""
    text = parts.pop("text", None)
    sections = [AbstractSection(label=name.upper(), category=name.upper(), text=words) for name, words in parts.items()]
    if text:
        sections.append(AbstractSection(text=text))
    return Citation(
        pmid="90000001",
        title=title,
        abstract=tuple(sections),
        publication_types=types,
        mesh=tuple(MeshHeading(descriptor=name) for name in mesh),
        notices=notices,
    )


def trial(results="Both groups were followed.", conclusions=NEUTRAL, **more) -> Citation:
    """An invented randomised trial of ketamine against midazolam in depression that reports this."""
    fields = {"title": "Ketamine for depression: a randomised trial.", "types": TRIAL, "methods": METHODS, **more}
    return study(**fields, results=results, conclusions=conclusions)


def values(facts) -> list[str]:
    return [fact.value for fact in facts]


def value(fact):
    return fact.value if fact else None


# --- design ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "citation",
    [
        pytest.param(study("Norketamine levels and low mood: a Mendelian randomization study.", methods="Variants near one gene served as instruments."), id="Mendelian randomisation in the title"),
        pytest.param(study("Ketamine and appetite.", methods="Two-sample Mendelian randomisation used 212,000 genomes."), id="Mendelian randomisation in the methods"),
        pytest.param(study("Ketamine or ECT in one county.", methods="Treatment was not randomised: 61 inpatients chose ketamine or ECT themselves."), id="not randomised"),
        pytest.param(study("Oral ketamine for panic disorder.", text="Eleven outpatients took oral ketamine. Panic scores fell by a third. Adequately powered randomised trials are now needed to confirm this."), id="further randomised trials are needed"),
        pytest.param(study("Oral ketamine for panic disorder.", text="Eleven outpatients took oral ketamine. Panic scores fell by a third. The next step is a randomised trial against an active placebo."), id="a randomised trial is the next step"),
        pytest.param(study("Ketamine in daily practice.", methods="The files of 90 randomly selected outpatients given ketamine were read again."), id="randomly selected files"),
        pytest.param(study("Ketamine in daily practice.", background="A randomised trial showed that ketamine works.", methods="We looked back at the charts of 58 outpatients."), id="a trial in the background"),
        pytest.param(study("Esketamine over one year: an open-label extension.", methods="Adults who had completed a randomised trial of esketamine entered this extension and all took esketamine."), id="open-label extension of a randomised trial"),
        pytest.param(study("How long relief lasts.", methods="Participants (N = 44) were drawn from a randomised, midazolam-controlled trial of ketamine."), id="participants of another trial"),
        pytest.param(study("Sleep and the answer to ketamine: secondary analysis of a randomised clinical trial.", types=TRIAL, methods="Patients had been randomised to ketamine or saline."), id="secondary analysis that PubMed calls a trial"),
    ],
)  # fmt: skip
def test_words_about_chance_do_not_make_every_study_a_randomised_trial(citation):
    assert summarise(citation).design.value != "randomized-trial"


@pytest.mark.parametrize(
    ("citation", "design"),
    [
        pytest.param(study("Ketamine tablets or ECT: an open-label, randomised comparison.", methods="Forty adults were randomised 1:1."), "randomized-trial", id="open label does not undo randomisation"),
        pytest.param(study("Ketamine for grief.", methods="Forty adults were randomised to ketamine or saline. Analyses that the trial protocol did not foresee are marked."), "randomized-trial", id="a trial that speaks of its protocol"),
        pytest.param(study("An infusion protocol of ketamine in late life: a retrospective study.", methods="The charts of 31 patients were read."), "cohort", id="an infusion protocol is a recipe"),
        pytest.param(study("Ketamine for grief.", methods="Participants will be randomised 1:1. Ketamine or midazolam will be administered once. Ethics and dissemination: a board has approved it."), "protocol", id="a protocol that its title hides"),
        pytest.param(study("Pain before and after esketamine: who gains?", methods="We made a post hoc analysis of a randomised, placebo-controlled trial of esketamine."), "secondary-analysis", id="post hoc in the methods"),
        pytest.param(study("Ketamine for eating disorders.", text="This review summarises what is known. One open trial, three case reports and one case series describe weight gain. We discuss what is missing."), "narrative-review", id="case series inside a review"),
        pytest.param(study("Ketamine for eating disorders: a systematic review.", results="Nine reports were included: six case series and three open trials."), "systematic-review", id="case series inside a systematic review"),
        pytest.param(study("[Esketamine for treatment-resistant depression: a randomised trial.]", methods="Sixty adults were randomised to esketamine or saline."), "randomized-trial", id="a translated title in brackets"),
        pytest.param(study("P-113. Ketamine lozenges in late life.", types=("Meeting Abstract",), text="Background: Few trials exist. Methods: Thirty patients with depression were randomised to ketamine or placebo. Results: Scores fell in both groups. Conclusions: More is to be learnt."), "randomized-trial", id="conference abstract"),
        pytest.param(study("Two drugs for low mood.", background="Much is unclear. We asked whether two drugs differ among patients of one town with stubborn low mood in a historical cohort study.", methods="Adults received ketamine."), "cohort", id="a design that the background tells"),
        pytest.param(study("A young man's mood.", text="The patient, a 19-year-old clerk, took ketamine."), "case-report", id="a patient whose age comes behind a comma"),
        pytest.param(study("Ketamine once more.", methods="Earlier meta-analyses disagree, so 40 adults were randomised to ketamine or saline."), "randomized-trial", id="earlier meta-analyses"),
    ],
)  # fmt: skip
def test_the_design_is_that_of_the_study_itself(citation, design):
    assert summarise(citation).design.value == design


def test_an_open_label_extension_is_a_trial_without_randomisation():
    citation = study(
        "Esketamine over one year: an open-label extension.",
        methods="Adults who had completed a randomised trial of esketamine entered this extension and all took esketamine.",
    )
    summary = summarise(citation)
    assert (summary.design.value, value(summary.control)) == ("non-randomized-trial", "none")
    assert "open-label" in summary.flags


# --- bucket ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("citation", "bucket"),
    [
        pytest.param(study("Subanaesthetic-dose esketamine in adolescents with suicidal thoughts."), "core", id="subanaesthetic is no anaesthesia"),
        pytest.param(study("Ketamine or propofol as the anaesthetic in electroconvulsive therapy for depression."), "core", id="the anaesthetic of ECT"),
        pytest.param(study("Depressive symptoms after thyroid surgery under esketamine.", methods="PHQ-9 was rated after surgery."), "perioperative", id="a depression scale around an operation"),
        pytest.param(study("Ketamine and long-term depression at invented synapses.", text="Currents were recorded from slices."), "off-topic", id="long-term depression is no disorder"),
        pytest.param(study("Ventilatory depression under esketamine and fentanyl.", text="Breaths were counted in volunteers."), "off-topic", id="ventilatory depression is no disorder"),
        pytest.param(study("Relief of despair by ketamine in male mice.", background="Many people with depression do not respond.", methods="Mice received ketamine (10 mg/kg, i.p.)."), "preclinical", id="people in the background of an animal study"),
        pytest.param(study("Ketamine for social anxiety.", mesh=("Animals", "Ketamine"), methods="Twenty adults with social anxiety disorder received ketamine."), "core", id="the heading Animals alone"),
        pytest.param(study("'Ketamine and grief in invented veterans': Correction."), "notice", id="a correction named behind the title"),
        pytest.param(study('"Ketamine and grief in invented veterans": Correction to Nobody et al. (2031).'), "notice", id="a correction with the names of authors"),
        pytest.param(study("Rapid correction of suicidal thinking with ketamine: a case series.", methods="Three women were treated."), "core", id="a symptom that is corrected"),
        pytest.param(study("Sex and the response to ketamine in a chronic stress model.",text="Female and male mice received ketamine at 2 or 7 mg/kg (n = 11 per group). Females responded to lower doses. Sex should be considered."), "preclinical", id="mice in one sentence"),
        pytest.param(study("Metabolites of arketamine and despair.",text="Depression is a common illness, and many patients do not respond. Here we show that a metabolite given to mice at 12 mg/kg shortens immobility in the forced swim test. These data may help patients."), "preclinical", id="people in the background and in the outlook"),
        pytest.param(study("Ketamine and burst firing in the lateral habenula.",methods="Recordings were made in brain slices of helpless rats.",results="Bursts fell by half."), "preclinical", id="slices of the brain"),
        pytest.param(study("BDNF release under esketamine.",methods="Primary cortical neurons were incubated with esketamine for 6 h.",results="Release doubled."), "preclinical", id="neurons in culture"),
        pytest.param(study("Ketamine blocks reconsolidation of a cocaine memory.",methods="Animals were trained to press a lever and were then injected with ketamine (15 mg/kg, i.p.).",results="Lever presses fell."), "preclinical", id="animals that are not named"),
        pytest.param(study("Rapid relief by arketamine after social defeat.",text="The mechanism of arketamine is unclear. C57BL/6J males that were susceptible to defeat received 10 mg/kg intraperitoneally. Preference for sucrose rose within a day."), "preclinical", id="a strain and a way into the belly"),
        pytest.param(study("Prefrontal spines after a single dose of ketamine.",text="Two-photon imaging in awake mice showed that spines form within 14 h of ketamine. Spines may be a target for people with depression."), "preclinical", id="awake mice and a hope for people"),
        pytest.param(study("Sleep after ketamine.",mesh=("Animals","Ketamine","Male"),methods="Male Long-Evans animals were implanted with electrodes and given ketamine.",results="REM sleep fell in all."), "preclinical", id="indexed with Animals alone"),
        pytest.param(study("Norketamine at the opioid receptor.",methods="HEK293 cells that express the receptor were exposed to norketamine.",results="No current was seen."), "preclinical", id="a line of cells"),
        pytest.param(study("Glutamate after ketamine in awake marmosets.",methods="Marmosets received ketamine."), "preclinical", id="an animal in the title"),
        pytest.param(study("Ketamine in adolescence and adult social behaviour.",methods="Adolescent rats received ketamine 20 mg/kg or saline daily for 10 days.",results="Adult social interaction fell."), "preclinical", id="adolescent rats"),
        pytest.param(study("Ketamine and BDNF in depression.",text="In rats, ketamine raises BDNF. Rats were less helpless in earlier work. We gave ketamine to 14 patients with depression and took blood. BDNF did not rise."), "core", id="rats in the background of a trial in patients"),
        pytest.param(study("Ketamine and extinction of fear.",text="In male rats ketamine speeds extinction. In this trial 30 adults with PTSD received ketamine or midazolam. Fear fell in both arms."), "core", id="rats in the background of a randomised trial"),
        pytest.param(study("How ketamine relieves low mood.",types=("Journal Article","Review"),text="Rats received ketamine in many studies, and mice showed less despair. We review the evidence."), "core", id="a review of animals by its type"),
        pytest.param(study("Towards a model of ketamine's action.",text="In this review we bring together work in which mice were given ketamine and work in which circuits were imaged."), "core", id="a review of animals by its words"),
        pytest.param(study("Ketamine and gamma power.",methods="Nineteen volunteers received ketamine 0.5 mg/kg; the same was done in six macaques.",results="Gamma power rose in humans and macaques."), "core", id="people and macaques"),
        pytest.param(study("Ketamine for stubborn depression.",methods="Forty-two outpatients received ketamine; serum was tested in vitro on a cell line.",results="Scores fell."), "core", id="a line of cells beside patients"),
        pytest.param(study("Computerised adaptive testing under ketamine.",methods="The CAT-DI was taken before and after ketamine by persons with depression. CAT scores were compared.",results="CAT scores fell."), "core", id="a test that is called as an animal is"),
        pytest.param(study("Esketamine and craving.",text="Animal studies suggest that ketamine blocks memories: rats were less prone to relapse. Heavy drinkers, 22 men, took esketamine once. Craving fell."), "core", id="rats that others studied"),
        pytest.param(study("Brain volumes after esketamine.",background="Mice showed new spines after ketamine in prior work.",methods="MRI was done before and after esketamine.",results="Volumes were unchanged."), "core", id="mice of earlier work"),
        pytest.param(study("Ketamine for methamphetamine use disorder: a randomised trial.",methods="Fifty adults with methamphetamine use disorder were randomised to ketamine or midazolam.",results="Craving fell."), "core", id="a treatment of another dependence"),
        pytest.param(study("A single ketamine infusion in methamphetamine dependence.",methods="Twelve patients dependent on methamphetamine received one infusion of ketamine.",results="Craving fell."), "core", id="an infusion in another dependence"),
        pytest.param(study("Ketamine and methamphetamine in party goers.",methods="We asked 400 party goers about their drugs.",results="One in five had used both."), "misuse", id="two drugs that people took"),
        pytest.param(study("Naltrexone for ketamine use disorder: a placebo-controlled trial.",methods="Thirty patients were randomised to naltrexone or placebo."), "misuse", id="a treatment of dependence on ketamine"),
        pytest.param(study("Memory during ketamine intoxication: a placebo-controlled study in healthy men.",methods="Sixteen healthy men received ketamine or placebo in a double-blind cross-over study."), "core", id="intoxication in the laboratory"),
        pytest.param(study("Ketamine intoxication at one emergency department.",methods="Charts of 61 visits were read."), "misuse", id="intoxication outside it"),
        pytest.param(study("Reaction time after ketamine with propofol.",methods="Twenty healthy volunteers took a test of attention after ketamine with or without propofol.",results="Reaction time rose."), "core", id="propofol in volunteers"),
        pytest.param(study("Working memory under subanaesthetic ketamine and dexmedetomidine.",methods="In a cross-over study 18 healthy men were scanned under each drug.",results="Memory fell with ketamine only."), "core", id="dexmedetomidine in volunteers"),
        pytest.param(study("Ketamine and propofol for colonoscopy.",methods="Eighty adults were randomised.",results="Pain fell."), "perioperative", id="propofol around an endoscopy"),
        pytest.param(study("Ketamine with dexmedetomidine for sedation of children.",methods="Sixty children scheduled for MRI were sedated with either.",results="All slept."), "perioperative", id="sedation of children"),
        pytest.param(study("Esketamine with propofol in old age.",methods="Ninety patients undergoing gastroscopy were randomised."), "perioperative", id="propofol in patients under endoscopy"),
        pytest.param(study("Ketamine or midazolam sedation of ventilated adults.",methods="Adults on the intensive care unit were randomised."), "perioperative", id="sedation on intensive care"),
        pytest.param(study("Anaesthetics as medicines of the brain.",types=("Journal Article","Review"),text="New medicines are slow to come. This review examines what anaesthetics such as propofol, xenon and ketamine could do for illnesses of the brain. Much is known of animals. Less is known of people. Costs matter. Doses differ. More studies are needed. Some are under way."), "core", id="what a review sets out to look at"),
        pytest.param(study("Stimulation of the vagus in low mood.",text="Low mood is common. Drugs such as ketamine help some. We stimulated the vagus in 40 adults. Scores fell. Nobody died. Sleep was better. Work was easier. More is to be learnt."), "off-topic", id="named once in the background"),
        pytest.param(study("Ketamine for cocaine and methamphetamine use: a review of what is known.",types=("Journal Article","Review"),text="We review ketamine for stimulant use. Ketamine may help."), "core", id="a review of another dependence"),
        pytest.param(study("Methamphetamine and ketamine on the streets of one city.",methods="Street samples were tested.",results="One in nine held ketamine."), "misuse", id="samples of the street"),
        pytest.param(study("A school course against illicit drugs: a cluster-randomised trial.",methods="Schools were randomised to the course or to none.",results="Fewer pupils took ketamine or cannabis in either year."), "misuse", id="a trial of a course against drugs"),
        pytest.param(study("Ketamine beyond anaesthesia.", types=("Journal Article", "Review"), text="We review what ketamine does for low mood."), "core", id="beyond anaesthesia"),
        pytest.param(study("Waking from anaesthesia on ketamine.", methods="Forty adults were randomised."), "perioperative", id="waking from anaesthesia"),
    ],
)  # fmt: skip
def test_the_bucket_is_not_misled_by_a_word(citation, bucket):
    assert summarise(citation).bucket == bucket


@pytest.mark.parametrize(
    ("citation", "flags"),
    [
        pytest.param(trial(notices=(Notice(ref_type="ErratumIn", pmid="90000002"),)), {"corrected"}, id="corrected since"),
        pytest.param(trial(notices=(Notice(ref_type="CorrectedandRepublishedIn", pmid="90000002"),)), {"corrected"}, id="corrected and republished"),
        pytest.param(trial(notices=(Notice(ref_type="RepublishedIn", pmid="90000002"),)), set(), id="printed a second time"),
        pytest.param(trial(notices=(Notice(ref_type="RepublishedFrom", pmid="90000002"),)), set(), id="the second printing"),
        pytest.param(study("Retraction of: Ketamine for grief.", types=("Retraction of Publication",), notices=(Notice(ref_type="RetractionOf", pmid="90000002"),)), set(), id="the notice is not what is retracted"),
        pytest.param(trial(notices=(Notice(ref_type="ExpressionOfConcernIn", pmid="90000002"),)), {"expression-of-concern"}, id="a concern"),
    ],
)  # fmt: skip
def test_a_notice_flags_the_record_it_is_about(citation, flags):
    assert {"retracted", "corrected", "expression-of-concern"} & set(summarise(citation).flags) == flags


# --- people ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "size"),
    [
        pytest.param("The ketamine (n = 21) and midazolam (n = 20) groups were of like age.", 41, id="one arm is not all"),
        pytest.param("KET-Rs (n = 12) and KET-NRs (n = 9) were scanned after ketamine.", 21, id="responders and non-responders as groups"),
        pytest.param("Sixty-four outpatients were randomised.", 64, id="a number in words"),
        pytest.param("One hundred and twelve adults were randomly assigned to esketamine or placebo.", 112, id="a hundred in words"),
        pytest.param("Of 210 people screened, 58 were eligible and 52 were randomised.", 52, id="screened are not randomised"),
        pytest.param("Of 140 adults who took open-label esketamine, the 88 responders were randomised to go on or to stop.", 88, id="only those who responded were randomised"),
        pytest.param("We calculated that 128 patients would give a power of 80%; 71 were randomised.", 71, id="a planned number of a trial that has ended"),
        pytest.param("At 14 centres (n = 14), 96 patients were randomised.", 96, id="centres have an n too"),
        pytest.param("Over two years 412 infusions were given to 39 patients.", 39, id="infusions are not people"),
        pytest.param("Eighteen of the 22 men who were randomised finished the trial.", 22, id="those who finished are not all"),
        pytest.param("Thirty-one patients in the ketamine group had one infusion. Twenty-nine patients in the saline group had saline.", 60, id="arms in sentences of their own"),
        pytest.param("Nine adults in the placebo group and 12 adults in the esketamine group were scanned.", 21, id="arms in one sentence"),
        pytest.param("Remission was seen in 14 and 9 patients, respectively.", None, id="parts of the arms"),
        pytest.param("Talks between two individuals were filmed.", None, id="a pair"),
        pytest.param("Ketamine helped all with the exception of 12 patients.", None, id="an exception"),
        pytest.param("Three patients had nausea.", None, id="a few of those treated"),
        pytest.param("Two independent clinicians rated the films.", None, id="raters"),
        pytest.param("The wards saw 61 admissions (age 19 to 58 years, 34 males).", None, id="one sex of a whole"),
        pytest.param("Women were the greater part (n = 41/63).", None, id="a fraction"),
        pytest.param("Twelve patients who reported nausea were given water.", None, id="those who reported an event"),
        pytest.param("We treated 22 patients and 15 completers were seen again.", 22, id="completers are no other people"),
        pytest.param("Remission came to 19 patients in the ketamine group and 11 in the placebo group.", None, id="a result of both arms"),
        pytest.param("A total of 82 cases were divided into a study group and a control group, with 41 cases in each group.", 82, id="the size of each group behind all"),
        pytest.param("Scores were read at four time points: before, and 1 week, 1 month and 1 year after ketamine (N = 310, N = 188, N = 120, and N = 41, respectively).", 310, id="the same people again and again"),
        pytest.param("Data were there at baseline (n = 62), week 2 (n = 55) and week 8 (n = 47) after ketamine.", 62, id="moments in brackets"),
        pytest.param("Most who were eligible (n = 51) entered the first phase of ketamine; half met the criteria of response (n = 25), and only a third (8) agreed to go on.", 51, id="a stage of those before"),
        pytest.param("Of those approached (n = 120), some consented (n = 64) and were given ketamine.", 64, id="those approached"),
        pytest.param("A sample of users (n = 412), of whom most were men (n = 300), took ketamine.", 412, id="the men among them"),
        pytest.param("One hundred and forty people—31 on ketamine, 40 on cocaine and 60 on neither—were tested.", 140, id="a total before its parts"),
        pytest.param("Two comparison groups, each comprising nine matched subjects, were tested beside the ketamine group.", None, id="each of two groups"),
        pytest.param("Ketamine, midazolam and saline were given to three groups of 15 adults.", 45, id="three groups of so many"),
        pytest.param("Twenty-one healthy volunteers (HVs) and 16 SPs took part in ketamine sessions.", 37, id="groups that go by letters"),
        pytest.param("Eleven subjects who had ketamine at one clinic and seven subjects who had it at another were rated.", 18, id="two clinics"),
        pytest.param("Sixty-six adults were enrolled at 6 sites; 61 received ketamine or saline and 58 reached week 4.", 66, id="enrolled, treated and rated"),
        pytest.param("We enrolled 84 women, 42 per arm.", 84, id="so many per arm"),
        pytest.param("Ninety-two people were screened, 70 entered, and 68 were randomised (34 to each arm).", 68, id="screened, entered, randomised"),
        pytest.param("Ketamine was given to 12 men and 17 women.", 29, id="men and women with the drug"),
        pytest.param("Participants were 12 men and 17 women with depression who had ketamine.", 29, id="men and women with an illness"),
        pytest.param("Forty-eight infusions of ketamine in 8 patients were looked at.", 8, id="infusions"),
        pytest.param("The sample was 57 veterans (mean age 48), 39 of them men, on ketamine.", 57, id="men among veterans"),
        pytest.param("Patients were randomised 2:1 to ketamine (n = 40) or midazolam (n = 20).", 60, id="two to one"),
        pytest.param("The mean age of the 73 people given ketamine was 41 years.", 73, id="a mean age before them"),
        pytest.param("In a pilot in 10 patients ketamine had helped; here 95 were randomised.", 95, id="a pilot before"),
        pytest.param("A dose of 40 mg was given to 40 adults over 40 minutes.", 40, id="a dose and a time"),
        pytest.param("The ketamine arm had 37 members and the saline arm 35.", 72, id="members of arms"),
        pytest.param("Among 1,204 admissions 311 patients had ketamine.", 311, id="admissions"),
        pytest.param("Outcomes of 128 treatment courses of ketamine in 101 people were read from charts.", 101, id="courses of treatment"),
        pytest.param("Twenty-six adolescents and their 26 mothers were asked about ketamine.", 52, id="mothers too"),
        pytest.param("Ketamine was offered to 55 people, of whom 44 accepted and were treated.", 44, id="accepted and treated"),
        pytest.param("Fifteen clinicians who give ketamine were interviewed.", 15, id="those who give it"),
        pytest.param("The primary analysis held 143 people, the safety analysis 150.", 143, id="two sets"),
        pytest.param("From 2015 to 2019, 388 patients had ketamine at our clinic.", 388, id="years of our time"),
        pytest.param("Ketamine (0.5 mg/kg; n = 18), esketamine (0.25 mg/kg; n = 17) or saline (n = 18) was given.", 53, id="three drugs"),
        pytest.param("Eight of 20 dropped out of the ketamine group.", None, id="those who left"),
        pytest.param("Each infusion was watched by 2 nurses; 34 people had ketamine.", 34, id="nurses"),
        pytest.param("A number of 44 subjects was needed; 46 were randomised to ketamine or saline.", 46, id="a number needed"),
    ],
)  # fmt: skip
def test_the_sample_is_those_who_took_part(methods, size):
    assert value(summarise(study(methods=methods)).sample_size) == size


@pytest.mark.parametrize(
    ("citation", "size"),
    [
        pytest.param(study(text="A survey of 9,000 veterans found that PTSD is common. We randomised 36 veterans to ketamine or midazolam. Scores fell."), 36, id="a number of the background without a heading"),
        pytest.param(study(methods="Twelve patients received ketamine.", conclusions="A trial of 300 patients would settle it."), 12, id="a trial that is wished for"),
        pytest.param(study("Ketamine for PTSD: a review.", types=("Journal Article", "Review"), text="Across 14 trials 2,310 patients have been given ketamine. We discuss what they tell."), None, id="a review has no sample of its own"),
        pytest.param(study("Ketamine for PTSD: study protocol for a randomised trial.", methods="We will recruit 150 adults after a pilot in 12 adults."), 150, id="a protocol plans its number"),
        pytest.param(study("Ketamine in five people with pain of the phantom limb.", types=("Case Reports",), methods="An earlier trial randomised 40 patients to ketamine or saline. We describe five of them."), 5, id="cases of the title"),
        pytest.param(study("Prices of ketamine in one region: a case study.", methods="We read the prices of five years."), None, id="a case study of no person"),
        pytest.param(study("Ketamine for a woman with grief: a case study.", methods="She had six infusions."), 1, id="a case study of a woman"),
        pytest.param(study("Experiences of four nuns after ketamine: a case series.", methods="A trial in 29 patients had been done before."), None, id="patients of a trial before the cases"),
    ],
)  # fmt: skip
def test_numbers_of_other_studies_are_no_sample(citation, size):
    assert value(summarise(citation).sample_size) == size


@pytest.mark.parametrize(
    ("results", "counts"),
    [
        pytest.param("We pooled 11 randomised trials (1,204 participants).", (11, 1204), id="people in brackets"),
        pytest.param("Seventeen studies were included, in which 903 people had taken ketamine.", (17, 903), id="people in a clause"),
        pytest.param("Thirty-three published articles were included, corresponding to 26 studies and 1,806 participants.", (26, 1806), id="articles of fewer studies"),
        pytest.param("Nineteen reports of 16 trials met the criteria.", (16, None), id="reports of fewer trials"),
        pytest.param("The review included 37 full-text articles.", (37, None), id="full texts that it included"),
        pytest.param("A total of 29 full-text papers on ketamine (18) and esketamine (11) were included.", (29, None), id="numbers in brackets between"),
        pytest.param("Eleven of 280 studies were eligible.", (11, None), id="so many of those found"),
        pytest.param("We screened 1,730 records and included 21.", (21, None), id="the word is not said twice"),
        pytest.param("Of the 17 included studies, 11 were randomised trials.", (17, None), id="a part of those included"),
        pytest.param("Phase 1 and 2 trials were included. Sixteen trials were included.", (16, None), id="phases are no number of trials"),
        pytest.param("Two pilot studies showed relief.", (None, None), id="what a few studies showed"),
        pytest.param("All five randomised studies showed relief.", (5, None), id="what all studies showed"),
        pytest.param("Eight trials were included. Remission did not differ (3 trials, 214 patients, RR 0.93, 95% CI 0.71 to 1.22).", (8, None), id="people of one outcome"),
        pytest.param("Nine trials included 402 patients treated with esketamine and 391 controls.", (9, 793), id="patients and controls of all trials"),
        pytest.param("Thirteen trials with 466 patients in the ketamine group and 452 in the control group were included.", (13, 918), id="arms of all trials"),
        pytest.param("Twelve trials were identified (n = 1,033).", (12, 1033), id="people behind a sign"),
        pytest.param("Of 2,418 records, nine trials were included; their samples ranged from 12 to 96 patients.", (9, None), id="the range of samples is no sum"),
    ],
)  # fmt: skip
def test_a_meta_analysis_counts_its_studies_and_their_people_apart(results, counts):
    summary = summarise(study("Ketamine for suicidal thoughts: a meta-analysis.", results=results))
    assert (value(summary.studies_included), value(summary.sample_size)) == counts


@pytest.mark.parametrize(
    ("citation", "conditions"),
    [
        pytest.param(study(methods="Outpatients with unipolar or bipolar depression received ketamine."), {"depression", "bipolar"}, id="a mixed sample is both"),
        pytest.param(study(methods="Adults with depression received ketamine. Patients with bipolar disorder, PTSD or psychosis were excluded."), {"depression"}, id="those excluded"),
        pytest.param(study("Ketamine in winter.", methods="Adults with depression in winter (seasonal affective disorder, SAD) received ketamine."), {"depression"}, id="SAD is seasonal affective disorder"),
        pytest.param(study("Ketamine for social anxiety.", methods="Adults with social anxiety disorder (SAD) received ketamine."), {"social-anxiety"}, id="SAD is social anxiety disorder"),
        pytest.param(study("Ketamine for panic disorder.", results="Respiratory depression was not seen in any of the patients."), {"panic"}, id="respiratory depression is a harm"),
        pytest.param(study("[Ketamine for obsessive-compulsive disorder.]", methods="Ten adults received it."), {"ocd"}, id="a translated title"),
        pytest.param(study(methods="Twelve adults with non-psychotic bipolar depression received ketamine."), {"depression", "bipolar"}, id="non-psychotic denies psychosis alone"),
        pytest.param(study(methods="Adults with unipolar or bipolar TRD received ketamine."), {"depression", "bipolar"}, id="bipolar TRD"),
        pytest.param(study(methods="Adults with PTSD received ketamine.", results="Ketamine raised blood pressure, back pain (12%) and delirium (OR = 2.1)."), {"ptsd"}, id="harms before a bracket"),
        pytest.param(study("Grief after ketamine: relation to reductions in low mood and anxiety.", methods="Adults with PTSD received ketamine."), {"ptsd"}, id="what fell in a title"),
        pytest.param(study(methods="Healthy volunteers received ketamine.", results="Waves fell, similar to deficits reported in patients with schizophrenia."), {"healthy-volunteers"}, id="healthy people like patients"),
        pytest.param(study(methods="Patients with schizophrenia and healthy volunteers received ketamine.", results="Waves fell as reported in patients with schizophrenia."), {"schizophrenia", "healthy-volunteers"}, id="patients beside healthy people"),
        pytest.param(study(background="Sleep is poor. We examined esketamine in women undergoing hysteroscopy."), {"other"}, id="an aim told in the background"),
        pytest.param(study(background="Esketamine helps women undergoing hysteroscopy."), set(), id="people of the background"),
        pytest.param(study(background="We examined brain measures in healthy men given ketamine."), {"healthy-volunteers"}, id="measures in people"),
        pytest.param(study("Esketamine for postoperative depressive symptoms.", methods="Surgical patients had esketamine."), {"other"}, id="low mood after an operation is an outcome"),
        pytest.param(study("Esketamine for depressed patients after surgery.", methods="It was given."), {"depression", "other"}, id="depressed patients after surgery"),
        pytest.param(study(methods="Adults with PTSD received ketamine.", conclusions="Ketamine eases anxiety symptoms in patients with PTSD."), {"ptsd"}, id="what eased in a conclusion"),
        pytest.param(study("Changes in suicidal, depressed inpatients on ketamine.", methods="It was given."), {"suicidality", "depression"}, id="people named behind what fell"),
        pytest.param(study("Ketamine for anxiety in life-threatening illness.", methods="It was given."), {"anxiety", "other"}, id="a life-threatening illness"),
        pytest.param(study("What comes of ketamine.", methods="We looked for differences in health outcomes of patients with PTSD."), {"ptsd"}, id="outcomes in health are no healthy people"),
        pytest.param(study("Memory and mood.", methods="Users of ketamine filled in a form."), {"substance-use"}, id="users of it"),
    ],
)  # fmt: skip
def test_conditions_are_what_the_people_have(citation, conditions):
    assert set(values(summarise(citation).conditions)) == conditions


# --- treatment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "doses"),
    [
        pytest.param("Adults got midazolam 0.02 mg/kg or ketamine 0.5 mg/kg.", [("0.5 mg/kg", "ketamine")], id="the comparator's dose comes first"),
        pytest.param("Adults got 0.5 mg/kg of ketamine, with 0.045 mg/kg of midazolam as control.", [("0.5 mg/kg", "ketamine")], id="doses before their drugs"),
        pytest.param("Seizures were induced under methohexital 1 mg/kg or ketamine 1.5 mg/kg.", [("1.5 mg/kg", "ketamine")], id="the other anaesthetic's dose"),
        pytest.param("Adults got fentanyl 50 \u00b5g or esketamine 20 mg.", [("20 mg", "esketamine")], id="a comparator in micrograms"),
        pytest.param("Zebrafish larvae and mice were given esketamine 20 mg/kg.", [], id="fish and mice"),
        pytest.param("Adults received ketamine 0,2\u20130,4 mg/kg.", [("0.2-0.4 mg/kg", "ketamine")], id="a range with decimal commas"),
        pytest.param("Adults received ketamine 0.5 mg\u00b7kg\u22121.", [("0.5 mg/kg", "ketamine")], id="a power with U+2212"),
        pytest.param("Adults received a 56\u2011mg or 84\u2011mg dose of esketamine.", [("56 mg", "esketamine"), ("84 mg", "esketamine")], id="hyphens that do not break"),
        pytest.param("Adults received a subanesthetic dose (0.4 mg/kg) of ketamine.", [("0.4 mg/kg", "ketamine")], id="subanesthetic dose"),
        pytest.param("Children received dexmedetomidine (1.5 µg/kg), esketamine (0.8 mg/kg) or both.", [("0.8 mg/kg", "esketamine")], id="a bracket belongs to the drug before it"),
        pytest.param("Adults received ketamine (KET) or midazolam (MDZ): KET at 0.4 mg/kg, MDZ at 0.03 mg/kg.", [("0.4 mg/kg", "ketamine")], id="both drugs by their abbreviations"),
        pytest.param("Adults received ketamine (IV) and IV fluids, 0.4 mg/kg of it.", [("0.4 mg/kg", "ketamine")], id="a route in brackets is no abbreviation"),
        pytest.param("Men had S-ketamine (30 mg/70 kg).", [("30 mg/70 kg", "esketamine")], id="for a man of 70 kg"),
        pytest.param("Adults received esketamine (5 mg/ml) at 0.2 mg/kg.", [("0.2 mg/kg", "esketamine")], id="a concentration"),
        pytest.param("Adults received KETAMINE 0.3 OR 0.6 MG/KG.", [("0.3 mg/kg", "ketamine"), ("0.6 mg/kg", "ketamine")], id="capitals throughout"),
    ],
)  # fmt: skip
def test_a_dose_is_one_that_people_got_of_the_drug(methods, doses):
    assert [(dose.value, dose.drug) for dose in summarise(study("A study.", methods=methods)).doses] == doses


@pytest.mark.parametrize(
    ("title", "doses"),
    [
        pytest.param("Esketamine and tones.", ["0.1 mg/kg", "0.2 mg/kg"], id="the drug of the title"),
        pytest.param("Ketamine, esketamine and tones.", [], id="two drugs"),
        pytest.param("Drugs and tones.", [], id="no drug"),
    ],
)
def test_a_dose_in_a_section_that_names_no_drug_is_that_of_the_title(title, doses):
    citation = study(title, methods="Twelve adults had 0.1 or 0.2 mg/kg or saline.")
    assert [dose.value for dose in summarise(citation).doses] == doses


@pytest.mark.parametrize(
    ("citation", "routes"),
    [
        pytest.param(study("KETAMINE IN DEPRESSION.", methods="Ketamine was given."), [], id="IN of a title in capitals"),
        pytest.param(study(methods="Oral consent was given before ketamine."), [], id="consent by mouth"),
        pytest.param(study(methods="People with spinal cord (SC) injury were given ketamine."), [], id="SC is spinal cord"),
        pytest.param(study(methods="Women were given esketamine 0.2 mg/kg after birth."), [], id="esketamine is not always a nasal spray"),
    ],
)  # fmt: skip
def test_a_route_is_read_and_not_assumed(citation, routes):
    assert values(summarise(citation).routes) == routes


@pytest.mark.parametrize(
    ("citation", "comparators", "control"),
    [
        pytest.param(study(methods="Adults were assigned by lot to a course of ketamine infusions or of ECT."), ["ect"], "active-treatment", id="ECT as comparator"),
        pytest.param(study(methods="Ketamine was the anaesthetic for ECT in all 20 patients."), [], None, id="ECT as setting"),
        pytest.param(study(methods="Ketamine was added to a course of ECT in all 20 patients."), [], None, id="ECT as adjunct"),
        pytest.param(study(methods="Patients who had not improved with ECT were given ketamine."), [], None, id="ECT as a treatment of the past"),
        pytest.param(study(methods="Patients were randomised to ketamine or propofol as the anaesthetic for ECT."), ["other-drug"], "active-treatment", id="two anaesthetics of ECT"),
        pytest.param(study(methods="In this open-label trial 40 adults were randomised to ketamine or usual care."), ["usual-care"], "usual-care", id="open label is not uncontrolled"),
        pytest.param(study(methods="This open-label study had no placebo group; all got ketamine."), [], "none", id="no placebo group"),
        pytest.param(study(methods="All adults got ketamine in this single-arm study.", conclusions="A placebo response cannot be ruled out."), [], "none", id="a placebo response that may be"),
        pytest.param(study(methods="Ketamine was diluted in 100 mL of saline and infused."), [], None, id="saline as the solvent"),
        pytest.param(study(methods="Agitation after ketamine was treated with midazolam 1 mg."), [], None, id="midazolam as rescue"),
        pytest.param(study(background="In this open-label trial we ask whether yoga sustains what ketamine does.", methods="Ketamine was given."), [], "none", id="the study itself in the introduction"),
        pytest.param(study(background="An open-label trial of ketamine gave hope.", methods="Ketamine was given."), [], None, id="another study in the background"),
        pytest.param(study(methods="Patients on a stable dose of lithium, lamotrigine or valproate were randomised to ketamine or midazolam."), ["midazolam"], "active-placebo", id="what everybody took at a stable dose"),
        pytest.param(study(background="Placebo-controlled trials of ketamine are few.", methods="Ketamine was given."), [], None, id="placebo of the background"),
        pytest.param(study(types=TRIAL, methods="Sixty adults were randomised to ketamine or to midazolam."), ["midazolam"], "active-placebo", id="midazolam"),
        pytest.param(study(types=TRIAL, methods="Sixty adults on stable lithium were randomised to ketamine or to a saline drip."), ["saline"], "placebo", id="lithium of all"),
        pytest.param(study(types=TRIAL, methods="All had midazolam 1 mg for their nerves before they were randomised to ketamine or saline."), ["saline"], "placebo", id="a tablet of all for their nerves"),
        pytest.param(study(types=TRIAL, methods="Ketamine was diluted in 50 mL of saline; the other arm had fentanyl as an active placebo."), ["other-active-placebo"], "active-placebo", id="a solvent, and an active placebo"),
        pytest.param(study(types=TRIAL, methods="Patients were randomised to ECT under ketamine or ECT under propofol."), ["other-drug"], "active-treatment", id="ECT under one drug or the other"),
        pytest.param(study(types=TRIAL, methods="Patients were randomised to ketamine or to a course of ECT."), ["ect"], "active-treatment", id="a course of ECT"),
        pytest.param(study(types=TRIAL, methods="Patients who had failed ECT were randomised to ketamine or a dummy infusion."), ["placebo"], "placebo", id="ECT that had failed"),
        pytest.param(study(types=TRIAL, methods="Everyone kept taking sertraline; half got esketamine spray and half a bittered water spray."), ["placebo"], "placebo", id="water as a spray"),
        pytest.param(study(types=TRIAL, methods="Esketamine spray with a new tablet was held against the new tablet alone, either duloxetine or sertraline."), ["antidepressant"], "active-treatment", id="a tablet with the spray or alone"),
        pytest.param(study(types=TRIAL, methods="Propofol was given to all; the groups had ketamine or saline added."), ["saline"], "placebo", id="propofol of all"),
        pytest.param(study(types=TRIAL, methods="Ketamine was started at 0.3 mg/kg and raised to 0.8 mg/kg where needed; the control was saline."), ["saline"], "placebo", id="steps of a dose beside saline"),
        pytest.param(study(types=TRIAL, methods="A bolus of 0.2 mg/kg ketamine and then 0.1 mg/kg/h, or saline, was given."), ["saline"], "placebo", id="a bolus and what follows"),
        pytest.param(study(types=TRIAL, methods="Dose 1 was 0.5 mg/kg ketamine, dose 2, for those who did not respond, 0.75 mg/kg."), [], None, id="a second dose of those who did not respond"),
        pytest.param(study(types=TRIAL, methods="Two doses of ketamine 0.5 mg/kg, two weeks apart, or placebo, were given."), ["placebo"], "placebo", id="two doses one after the other"),
        pytest.param(study(types=TRIAL, methods="Each volunteer had a low dose and a high dose of ketamine and placebo in turn."), ["placebo", "ketamine-dose"], "placebo", id="a low dose and a high one"),
        pytest.param(study(types=TRIAL, methods="The patients got ketamine, and a group on a waiting list got nothing yet."), ["wait-list"], "usual-care", id="a waiting list"),
        pytest.param(study(types=TRIAL, methods="Ketamine with talking therapy was held against talking therapy with a placebo drip."), ["placebo"], "placebo", id="talking therapy of both arms"),
        pytest.param(study(types=TRIAL, methods="Patients were randomised to ketamine with CBT or to ketamine alone."), [], "usual-care", id="psychotherapy added to one arm"),
        pytest.param(study(types=TRIAL, methods="Patients were randomised to ketamine or to CBT."), ["psychotherapy"], "active-treatment", id="psychotherapy alone"),
        pytest.param(study(types=TRIAL, methods="Users of ketamine were compared with users of cocaine."), [], None, id="users of two drugs"),
        pytest.param(study(types=TRIAL, methods="Without a placebo arm, expectancy could not be ruled out; all 30 got ketamine."), [], None, id="a control that is missing"),
        pytest.param(study(types=TRIAL, methods="Pretreatment with lamotrigine or placebo preceded ketamine in all."), ["placebo"], "placebo", id="what came before ketamine"),
        pytest.param(study(types=TRIAL, methods="Ketamine, d-amphetamine and placebo were each given once in random order."), ["placebo", "other-drug"], "placebo", id="drugs in turn"),
        pytest.param(study(types=TRIAL, methods="The control arm got no study drug, the other esketamine."), ["usual-care"], "usual-care", id="no study drug"),
        pytest.param(study(types=TRIAL, methods="Patients had nausea treated with ondansetron; they were randomised to ketamine or placebo."), ["placebo"], "placebo", id="a drug against nausea"),
        pytest.param(study(types=TRIAL, methods="Depression was worse than in people on sertraline in a former trial; here ketamine was held against placebo."), ["placebo"], "placebo", id="a former trial"),
        pytest.param(study(types=TRIAL, methods="Adults were assigned to ketamine, esketamine or saline."), ["saline", "ketamine-dose"], "placebo", id="three arms of which two are forms"),
        pytest.param(study(types=TRIAL, methods="Patients got ketamine or esketamine as their doctor chose, and were followed."), [], None, id="a choice of the doctor"),
        pytest.param(study(types=TRIAL, methods="Ketamine or rTMS was given by chance to 44 adults."), ["tms"], "active-treatment", id="magnetic stimulation by chance"),
        pytest.param(study(types=TRIAL, methods="Motor thresholds were measured with TMS before and after ketamine or placebo."), ["placebo"], "placebo", id="magnetic stimulation as a measure"),
        pytest.param(study(types=TRIAL, methods="Morphine for rescue was counted in the ketamine arm and in the saline arm."), ["saline"], "placebo", id="a drug for rescue"),
        pytest.param(study(types=TRIAL, methods="Opioid users were randomised to ketamine or placebo."), ["placebo"], "placebo", id="users of another drug"),
        pytest.param(study(types=TRIAL, methods="A single 40-minute drip of ketamine or of remifentanil was given."), ["other-drug"], "active-treatment", id="one drug or the other by drip"),
        pytest.param(study(types=TRIAL, methods="Participants received two doses of ketamine (0.3 mg/kg) eight weeks apart, and placebo once."), ["placebo"], "placebo", id="the same dose twice, weeks apart"),
        pytest.param(study(types=TRIAL, methods="Ketamine relieved pain no better than ketorolac in 80 adults who were randomised to one or the other."), ["other-drug"], "active-treatment", id="a drug for pain"),
        pytest.param(study(types=TRIAL, methods="All volunteers received midazolam and ketamine in random order."), ["midazolam"], "active-placebo", id="everyone in turn"),
        pytest.param(study(types=TRIAL, methods="Both groups received midazolam 1 mg; ketamine or saline followed."), ["saline"], "placebo", id="both groups had it"),
        pytest.param(study(types=TRIAL, methods="Pain was rated in the control arm (sufentanil 2 µg/kg + tropisetron 8 mg) and the ketamine arm (ketamine 0.4 mg/kg + sufentanil 2 µg/kg + tropisetron 8 mg)."), [], None, id="a drug of both arms, with its dose"),
        pytest.param(study(types=TRIAL, methods="Veterans with low mood had ketamine or esketamine treatment eight times."), [], None, id="either form as treatment"),
        pytest.param(study(types=TRIAL, methods="Outcomes of ketamine and esketamine treatment were compared."), ["ketamine-dose"], "dose-comparison", id="both forms compared"),
        pytest.param(study(types=TRIAL, methods="Randomised trials of ketamine or esketamine have been few."), [], None, id="trials of either form"),
        pytest.param(study(types=TRIAL, methods="Adults were randomised to ketamine or esketamine."), ["ketamine-dose"], "dose-comparison", id="either form by chance"),
        pytest.param(study(types=TRIAL, methods="Participants received two doses of ketamine, 0.2 and 0.6 mg/kg, or placebo."), ["placebo", "ketamine-dose"], "placebo", id="two amounts"),
    ],
)  # fmt: skip
def test_a_comparator_is_what_ketamine_was_held_against(citation, comparators, control):
    summary = summarise(citation)
    assert (values(summary.comparators), value(summary.control)) == (comparators, control)


@pytest.mark.parametrize(
    ("methods", "role"),
    [
        pytest.param("After six infusions of ketamine 40 responders were randomised to CBT or usual care.", "randomised-factor", id="randomised"),
        pytest.param("Forty-four adults had four ketamine infusions and were randomly assigned to nine weekly hours of cognitive behavioural therapy or to treatment as usual.", "randomised-factor", id="by lot, several words before it"),
        pytest.param("After one ketamine dose 60 adults were randomised to a mindfulness programme or usual care.", "randomised-factor", id="a programme"),
        pytest.param("People were randomised to ketamine or midazolam before eleven sessions of prolonged exposure.", "all-arms", id="what chance decided on is the drug"),
        pytest.param("People were randomised to cognitive behavioural therapy or a single ketamine infusion with psychological support.", "all-arms", id="one held against the other"),
        pytest.param("Patients in psychotherapy were excluded; the rest received ketamine.", "none-stated", id="excluded"),
        pytest.param("Patients had failed psychotherapy and two antidepressants before ketamine.", "none-stated", id="failed before"),
        pytest.param("Nurses filled in a questionnaire on knowledge, attitude and practice (KAP) with ketamine.", "none-stated", id="KAP is a kind of questionnaire"),
        pytest.param("Ketamine was the anaesthetic in electroconvulsive therapy.", "none-stated", id="electroconvulsive therapy"),
    ],
)  # fmt: skip
def test_psychotherapy_counts_where_it_was_given(methods, role):
    assert summarise(study("A study.", methods=methods)).psychotherapy.value == role


def test_psychotherapy_of_the_background_was_not_given():
    citation = study(
        background="Manualised psychotherapies combined with ketamine are popular.", methods="It was given."
    )
    assert summarise(citation).psychotherapy.value == "none-stated"


# --- scales ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "scales"),
    [
        pytest.param("Oral ketamine capsules (CAPS) were swallowed each night.", [], id="CAPS are capsules"),
        pytest.param("Surgical-site infections (SSIs) and one other SSI were counted after ketamine.", [], id="SSI is an infection, hyphenated"),
        pytest.param("Suicidal thinking was rated with the Scale for Suicide Ideation (SSI).", ["SSI"], id="SSI is a scale"),
        pytest.param("Mood was rated with the Self-rating Depression Scale (SDS).", ["SDS"], id="SDS of depression"),
        pytest.param("Proteins were parted by sodium dodecyl sulfate (SDS) gels.", [], id="SDS is a detergent"),
        pytest.param("Wounds were rinsed with balanced salt solution (BSS).", [], id="BSS is a solution"),
        pytest.param("The posterior cruciate ligament (PCL) was repaired under ketamine.", [], id="PCL is a ligament"),
        pytest.param("MADRS10 and HAMD17 were rated.", ["MADRS", "HAM-D"], id="numbers of items glued on"),
    ],
)  # fmt: skip
def test_an_acronym_is_a_scale_only_where_it_means_one(methods, scales):
    assert values(summarise(study("A study of ketamine.", methods=methods)).scales) == scales


# --- findings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("MADRS scores fell alike after 0.2 or 0.5 mg/kg of ketamine.", id="or between two doses"),
        pytest.param("MADRS SCORES FELL AFTER KETAMINE 0.3 OR 0.6 MG/KG.", id="OR between two doses"),
        pytest.param("Time in the OR was 2.1 h (95% CI 1.4 to 2.8) with ketamine.", id="OR is a room"),
        pytest.param("With ketamine the HR = 88 and the RR = 17 rose for some minutes.", id="HR is heart rate, RR is breaths"),
        pytest.param("HR and HRV were unchanged after ketamine (HR 0.9 beats per second, 95% CI 0.7 to 1.1).", id="HR is heart rate with an interval"),
        pytest.param("MADRS scores were lowest at 7 d, and at 14 d (d 14) they rose after ketamine.", id="d is a day"),
        pytest.param("The reporting odds ratio of suicidal thoughts with esketamine was 2.9 (95% CI 2.1-3.9).", id="a reporting odds ratio in words"),
        pytest.param("Depression was reported more often with ketamine (ROR = 1.7; 95% CI 1.2-2.4).", id="a reporting odds ratio by its acronym"),
        pytest.param("To detect an odds ratio of 2.5 with a power of 80% 120 adults given ketamine were needed.", id="an odds ratio that was planned with"),
        pytest.param("The non-inferiority margin of ketamine was a risk ratio of 0.80.", id="a margin is no result"),
        pytest.param("An earlier trial of ketamine had found an odds ratio for response of 4.1 (95% CI 1.9 to 8.8).", id="an earlier trial's estimate"),
        pytest.param("Response after placebo is 36% as a rule (response rate 30-40%) with or without ketamine.", id="a rate as a rule"),
    ],
)  # fmt: skip
def test_no_estimate_is_read_from_its_namesakes(sentence):
    assert summarise(trial(sentence)).findings == ()


def test_the_response_rate_of_the_background_is_nobody_here():
    text = (
        "Antidepressants have a response rate of 45%. Ketamine is said to have a response rate of 64%. "
        "We randomised 84 adults with depression to ketamine or midazolam. Both groups were followed."
    )
    assert summarise(study("Ketamine for depression: a randomised trial.", text=text)).findings == ()


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param("MADRS scores were lower with ketamine (mean difference \u22124.2; 95% CI \u22126.8 to \u22121.6).", (-4.2, (-6.8, -1.6), None), id="U+2212"),
        pytest.param("MADRS scores were lower with ketamine (mean difference \u20134.2; 95% CI \u20136.8 to \u20131.6).", (-4.2, (-6.8, -1.6), None), id="en dash"),
        pytest.param("MADRS scores were lower with ketamine (mean difference \uff0d4.2; 95% CI \uff0d6.8 to \uff0d1.6).", (-4.2, (-6.8, -1.6), None), id="full-width minus"),
        pytest.param("MADRS scores were lower with ketamine (mean difference \u2212 4.2; 95% CI \u2212 6.8 to \u2212 1.6).", (-4.2, (-6.8, -1.6), None), id="a blank behind the minus"),
        pytest.param("MADRS scores were lower with ketamine (mean difference -4,2; 95% CI -6,8 to -1,6; p = 0,002).", (-4.2, (-6.8, -1.6), "0,002"), id="decimal commas; the p value stays as printed"),
        pytest.param("MADRS scores were lower with ketamine (mean difference -4.2; 95% CI -6.8 to -1.6; p &lt; 0.01).", (-4.2, (-6.8, -1.6), "<0.01"), id="an HTML entity before the p value"),
        pytest.param("MADRS scores were lower with ketamine (mean difference -4.2; 95% CI -6.8 to -1.6; P\u2009=\u20090.002).", (-4.2, (-6.8, -1.6), "0.002"), id="thin spaces"),
    ],
)  # fmt: skip
def test_signs_and_separators_do_not_change_a_number(sentence, expected):
    assert [(found.estimate, found.ci, found.p) for found in summarise(trial(sentence)).findings] == [expected]


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        pytest.param("MADRS scores were lower with ketamine (mean difference \u22121.1; 95% CI \u22126.8 to \u22121.6).", [], id="above the interval"),
        pytest.param("Response was likelier with ketamine (OR 1.2; 95% CI 1.6 to 4.4).", [], id="below the interval"),
        pytest.param("Response was likelier with ketamine (OR 2.2; 95% CI 4.4 to 1.6).", [], id="limits the wrong way round"),
        pytest.param("MADRS scores were lower with ketamine (mean difference 4.2; 95% CI \u22126.8 to \u22121.6).", [], id="a lost minus sign"),
        pytest.param("Response (OR 2.2; 95% CI 1.6 to 4.4) and remission (OR 0.9; 95% CI 1.1 to 3.0) were likelier with ketamine.", [2.2], id="only the one that is wrong is dropped"),
    ],
)  # fmt: skip
def test_an_estimate_outside_its_interval_is_dropped_and_flagged(sentence, kept):
    summary = summarise(trial(sentence))
    assert [found.estimate for found in summary.findings] == kept
    assert "inconsistent-numbers" in summary.flags


RESULT = "MADRS scores were lower with ketamine than with midazolam (mean difference -4.2; 95% CI -6.8 to -1.6)."
SILENT_RECORDS = [
    pytest.param(trial(RESULT, "Ketamine was superior to midazolam.", notices=(Notice(ref_type="RetractionIn"),)), id="retracted by a notice without a PMID"),
    pytest.param(trial(RESULT, "Ketamine was superior to midazolam.", types=(*TRIAL, "Retracted Publication")), id="retracted by its type"),
    pytest.param(trial(f"Assumed for planning: {RESULT}", "Ketamine will be superior to midazolam.", title="Ketamine for depression: protocol for a randomised trial.", types=("Journal Article",)), id="protocol"),
    pytest.param(study("Retraction of: Ketamine for depression.", types=("Retraction of Publication",), text=RESULT), id="notice"),
    pytest.param(study("Ketamine or midazolam in stressed rats.", methods="Male rats received ketamine 10 mg/kg i.p. or midazolam.", results="Rats were randomised; immobility was lower with ketamine (mean difference -40; 95% CI -60 to -20)."), id="animals"),
    pytest.param(study("Intravenous ketamine or midazolam for depression."), id="a title and nothing else"),
]  # fmt: skip


@pytest.mark.parametrize("citation", SILENT_RECORDS)
def test_a_record_without_results_of_its_own_shows_none(citation):
    summary = summarise(citation)
    assert (summary.findings, summary.direction, summary.harms) == ((), None, ())


def test_a_title_alone_states_what_it_says_and_nothing_more():
    summary = summarise(study("Intravenous ketamine for panic disorder."))
    assert (values(summary.conditions), values(summary.drugs), values(summary.routes)) == (
        ["panic"],
        ["ketamine"],
        ["intravenous"],
    )
    assert (summary.sample_size, summary.doses, summary.control, summary.conclusion) == (None, (), None, None)


# --- direction ------------------------------------------------------------------------------------------------


def test_one_of_two_primary_outcomes_met_is_mixed():
    methods = f"{METHODS} Co-primary outcomes were the PCL-5 and the MADRS."
    results = "PCL-5 scores were lower with ketamine (p = 0.018), whereas MADRS scores did not differ between groups (p = 0.17)."
    assert value(summarise(trial(results, methods=methods)).direction) == "mixed"
    assert value(summarise(trial(results)).direction) == "favours-ketamine"
    told = trial(conclusions="Ketamine reduced PTSD symptoms but not depression; one of two primary outcomes was met.")
    assert value(summarise(told).direction) == "mixed"


def test_a_title_about_moderate_depression_asks_of_benefit():
    told = trial(
        "MADRS scores were lower with ketamine.", title="Ketamine in adults with moderate to severe depression."
    )
    assert value(summarise(told).direction) == "favours-ketamine"


@pytest.mark.parametrize(
    ("results", "direction"),
    [
        pytest.param("Both doses of ketamine lowered MADRS scores more than midazolam; the two doses did not differ from each other.", "favours-ketamine", id="doses that do not differ and both win"),
        pytest.param("MADRS scores did not differ between 0.5 and 1.0 mg/kg of ketamine, but each dose was superior to midazolam.", "favours-ketamine", id="the null between doses comes first"),
        pytest.param("There were no significant differences in adverse events between ketamine and midazolam.", "unclear", id="a null about safety"),
        pytest.param("Blood pressure and dissociation did not differ between ketamine and midazolam.", "unclear", id="a null about side effects"),
        pytest.param("MADRS scores were lower with ketamine than with midazolam. Adverse events did not differ between the groups.", "favours-ketamine", id="benefit beside a safety null"),
        pytest.param("Ketamine was non-inferior to ECT in MADRS scores.", "no-difference", id="non-inferior is no clear difference"),
        pytest.param("Noninferiority of ketamine to ECT was not shown.", "unclear", id="non-inferiority not shown is neither"),
        pytest.param("Body mass index did not moderate the effect of ketamine.", "unclear", id="a null about a moderator"),
        pytest.param("MADRS scores fell from baseline in the ketamine group (p<0.001).", "unclear", id="a change within one arm"),
        pytest.param("MADRS scores were numerically lower with ketamine, but the difference from midazolam was not significant.", "no-difference", id="numerically lower"),
        pytest.param("Ketamine showed a trend towards lower MADRS scores, which did not differ significantly from midazolam.", "no-difference", id="a trend"),
        pytest.param("MADRS scores were higher with midazolam than with ketamine.", "favours-ketamine", id="the control is the subject"),
        pytest.param("Remission was more frequent with midazolam than with ketamine.", "favours-comparator", id="the control was better"),
        pytest.param("It could not be ruled out that MADRS scores did not differ between ketamine and midazolam.", "unclear", id="a doubt about a null"),
        pytest.param("Mean MADRS change at day 7 was −15.2 with ketamine and −9.1 with midazolam (mean difference −6.1; 95% CI −11.0 to −1.2; p=0.009).", "favours-ketamine", id="two changes below zero"),
        pytest.param("Mean MADRS change at day 7 was −9.1 with ketamine and −15.2 with midazolam (mean difference 6.1; 95% CI 1.2 to 11.0; p=0.009).", "favours-comparator", id="the lesser of two changes below zero"),
        pytest.param("Mean MADRS change at day 7 was −9.1 with ketamine and −8.2 with midazolam (mean difference −0.9; 95% CI −4.0 to 2.2; p=0.41).", "no-difference", id="two changes that a test does not tell apart"),
        pytest.param("Ketamine produced greater improvement than midazolam, with transient adverse effects.", "favours-ketamine", id="benefit with harms behind a comma"),
        pytest.param("Response rates were 81% with ketamine and 80% with midazolam; there was no statistical difference between groups.", "no-difference", id="the denial behind a semicolon"),
        pytest.param("Ketamine effects were more like those of ethanol than those of midazolam.", "unclear", id="more like something is not better"),
        pytest.param("The advantage of ketamine over midazolam on the MADRS could not be confirmed.", "no-difference", id="an advantage not confirmed"),
        pytest.param("Contrary to our hypothesis, midazolam and ketamine performed alike.", "no-difference", id="a hope that failed"),
        pytest.param("At day 1 the MADRS had fallen by 15.4 points after ketamine and by 6.6 points after midazolam (P<.001).", "favours-ketamine", id="two falls in points"),
        pytest.param("MADRS scores were halved: 14.2 with ketamine, 20.9 with midazolam (P=.02).", "favours-ketamine", id="two end values behind a verb"),
        pytest.param("Relapse after ECT: 8/30 (ketamine) and 17/31 (midazolam), P=.03.", "favours-ketamine", id="two counts as shares"),
        pytest.param("Remission was more frequent with ketamine than with ketamine plus propofol.", "unclear", id="ketamine in both arms"),
        pytest.param("MADRS scores at baseline did not differ between ketamine and midazolam.", "unclear", id="groups alike at the start"),
    ],
)  # fmt: skip
def test_direction_needs_words_about_benefit(results, direction):
    assert value(summarise(trial(results)).direction) == direction


@pytest.mark.parametrize(
    ("results", "direction"),
    [
        pytest.param("MADRS scores fell more with ketamine than with midazolam.", "favours-ketamine", id="fell more"),
        pytest.param("MADRS scores fell less with ketamine than with midazolam.", "favours-comparator", id="fell less"),
        pytest.param("MADRS scores declined more with ketamine than with midazolam.", "favours-ketamine", id="declined more"),
        pytest.param("MADRS scores rose less with ketamine than with midazolam.", "favours-ketamine", id="rose less"),
        pytest.param("The fall in MADRS scores was greater with ketamine than with midazolam.", "favours-ketamine", id="a greater fall"),
        pytest.param("Ketamine cut MADRS scores more than midazolam did.", "favours-ketamine", id="cut more"),
        pytest.param("Symptoms of depression eased more with ketamine than with midazolam.", "favours-ketamine", id="eased more"),
        pytest.param("Suicidal ideation resolved more often with ketamine than with midazolam.", "favours-ketamine", id="resolved more often"),
        pytest.param("Time to relapse was longer with ketamine than with midazolam.", "favours-ketamine", id="a longer time to relapse"),
        pytest.param("Non-response was more frequent with midazolam than with ketamine.", "favours-ketamine", id="more of no response"),
        pytest.param("MADRS scores were no lower with ketamine than with midazolam.", "no-difference", id="no lower"),
        pytest.param("The improvement in MADRS scores was smaller with ketamine than with midazolam.", "favours-comparator", id="a smaller improvement"),
    ],
)  # fmt: skip
def test_more_of_a_fall_and_less_of_a_rise_are_better(results, direction):
    assert value(summarise(trial(results)).direction) == direction


@pytest.mark.parametrize(
    "citation",
    [
        pytest.param(trial(conclusions="Ketamine was safe and well tolerated in this trial."), id="well tolerated"),
        pytest.param(trial(conclusions="Ketamine holds promise for people with depression."), id="a promise"),
        pytest.param(study("Ketamine for depression: a randomised trial.", text="Ketamine is superior to midazolam in depression. We randomised 84 adults to ketamine or midazolam. MADRS scores were rated. Both groups were followed."), id="a claim of the background"),
    ],
)  # fmt: skip
def test_praise_is_no_result(citation):
    assert value(summarise(citation).direction) == "unclear"


# --- harms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "harms"),
    [
        pytest.param("Ketamine was well tolerated.", set(), id="well tolerated names no harm"),
        pytest.param("Ketamine was well tolerated despite transient dissociation.", {"dissociation"}, id="well tolerated hides no harm"),
        pytest.param("There were no cases of cystitis, misuse or craving as adverse effects of ketamine.", set(), id="a list that is denied"),
        pytest.param("Neither nausea nor dizziness was an adverse effect of ketamine.", set(), id="neither, nor"),
        pytest.param("Respiratory depression did not occur as an adverse event with ketamine.", set(), id="denied behind its name"),
        pytest.param("In the ECT group the most common adverse event was headache.", set(), id="the comparator's harm"),
        pytest.param("Adverse events were rated with the CADSS for dissociation.", set(), id="only measured"),
    ],
)  # fmt: skip
def test_a_harm_is_one_that_was_seen_with_ketamine(results, harms):
    assert set(values(summarise(trial(results)).harms)) == harms


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"background": "Ketamine has adverse effects such as dissociation and cystitis."}, id="of the background"),
        pytest.param({"methods": f"{METHODS} People with psychosis or nausea as an adverse effect of ketamine were excluded."}, id="of those excluded"),
    ],
)  # fmt: skip
def test_harms_outside_the_results_are_not_reported_here(parts):
    assert summarise(trial(**parts)).harms == ()


# --- conclusion and flags -------------------------------------------------------------------------------------

NOT_MET = "The primary outcome did not differ between ketamine and midazolam (p = 0.44)."
PRAISE = "Ketamine is a rapid and effective treatment of depression."


def test_a_glad_conclusion_and_a_primary_outcome_that_was_not_met_stand_side_by_side():
    summary = summarise(trial(f"{NOT_MET} Self-rated mood improved more with ketamine.", PRAISE))
    assert summary.conclusion.quote == PRAISE
    assert "primary-outcome-not-met" in summary.flags
    assert summary.direction.value == "no-difference"


@pytest.mark.parametrize(
    "results",
    [
        pytest.param("The primary outcome was met (p = 0.003), and there was no difference in adverse events.", id="a safety null in the same sentence"),
        pytest.param("Baseline values of the primary outcome measure did not differ between the arms.", id="groups alike at the start"),
        pytest.param("The primary outcome favoured ketamine; the key secondary outcome was not significant.", id="a secondary outcome that was not met"),
        pytest.param("Ketamine was non-inferior to midazolam on the primary outcome, with no significant difference between them.", id="non-inferiority that was shown"),
    ],
)  # fmt: skip
def test_the_flag_for_a_primary_outcome_needs_that_outcome_to_fail(results):
    assert "primary-outcome-not-met" not in summarise(trial(results)).flags


PRIMARY = "The primary outcome was the MADRS at day 9."


@pytest.mark.parametrize(
    ("methods", "results", "flagged"),
    [
        pytest.param(f"{METHODS} {PRIMARY}", "MADRS scores at day 9 did not differ between ketamine and midazolam (p = 0.61).", True, id="by its scale"),
        pytest.param(f"{METHODS} {PRIMARY}", "MADRS scores at day 9 were lower with ketamine than with midazolam (p = 0.004).", False, id="it was met"),
        pytest.param("Fifty adults with depression were randomised to ketamine or midazolam.", "MADRS scores did not differ between ketamine and midazolam (p = 0.61).", False, id="none is called primary"),
        pytest.param(f"Adults had five ketamine infusions and were randomly assigned to six sessions of cognitive behavioural therapy or to usual care. {PRIMARY}", "MADRS scores at day 9 did not differ between the groups (mean difference -1.3; 95% CI -5.2 to 2.6).", True, id="by its estimate, whatever the arms"),
        pytest.param(f"{METHODS} It was a non-inferiority trial. {PRIMARY}", "Ketamine was non-inferior to midazolam on the MADRS.", False, id="non-inferiority hopes for no difference"),
    ],
)  # fmt: skip
def test_a_main_result_without_a_difference_is_a_primary_outcome_that_was_not_met(methods, results, flagged):
    summary = summarise(trial(results, methods=methods))
    assert ("primary-outcome-not-met" in summary.flags) is flagged
    assert bool(summary.primary_not_met) is flagged


def test_well_tolerated_is_shown_as_a_quotation_only():
    words = "Ketamine was well tolerated by these patients."
    summary = summarise(trial(conclusions=words))
    assert (summary.conclusion.quote, summary.harms) == (words, ())


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("ClinicalTrials.gov Identifier: NCT09999999.", id="a registration"),
        pytest.param("Funding: The Invented Fund paid for this.", id="a funder"),
        pytest.param("Larger randomised trials are needed.", id="a call for trials"),
    ],
)
def test_what_closes_an_abstract_is_not_always_its_conclusion(last):
    text = (
        "We gave ketamine to 20 adults with depression. MADRS scores fell by nine points. Nobody left the study. "
        f"In conclusion, ketamine lowered scores quickly in this clinic. {last}"
    )
    quote = summarise(study("Ketamine for depression.", text=text)).conclusion.quote
    assert quote.startswith("In conclusion, ketamine lowered scores quickly in this clinic.")


@pytest.mark.parametrize(
    ("citation", "flag", "holds"),
    [
        pytest.param(trial(background="Open-label studies suggest that ketamine works."), "open-label", False, id="open-label studies of the background"),
        pytest.param(trial(methods="In this open-label, randomised trial 84 adults received ketamine or ECT."), "open-label", True, id="an open-label trial with a control"),
        pytest.param(trial("Ketamine was noninferior to midazolam."), "non-inferiority", True, id="non-inferiority in one word"),
        pytest.param(study(methods="Ketamine was diluted in saline and infused in 20 adults."), "inert-placebo", False, id="saline as the solvent is no placebo"),
    ],
)  # fmt: skip
def test_flags_hold_for_the_study_itself(citation, flag, holds):
    assert (flag in summarise(citation).flags) is holds
