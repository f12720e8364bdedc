"""Ways in which abstracts word one fact: every row is an invented sentence and what it states.

The traps are in test_evidence_traps.py, directions in test_direction.py; these rows stand for a field's whole range.
"""

from __future__ import annotations

import pytest

from aggregator.evidence import summarise
from tests.test_evidence import study, values

CHILD, TEEN, ADULT, OLDER = "child", "adolescent", "adult", "older-adult"


@pytest.mark.parametrize(
    ("methods", "ages"),
    [
        ("Forty outpatients with depression (47.3 ± 13.8 years old) had ketamine.", [ADULT]),
        ("Forty outpatients with depression, 47.3±15.2 years of age, had ketamine.", [ADULT]),
        ("Thirty-one inpatients (mean [SD] age, 44.9 [16.1] years; 19 women) had ketamine.", [ADULT]),
        ("The mean (SD) age of the 31 inpatients was 52.6 (17.3) years.", [ADULT]),
        ("The 31 inpatients were on average 43.1 (SD 11.9) years old.", [ADULT]),
        ("Patients (age 33.4, SD 12.1) had ketamine.", [ADULT]),
        ("The median age was 71 years (interquartile range 66-78).", [OLDER]),
        ("Patients 65 years or older had ketamine.", [OLDER]),
        ("Patients over 60 years of age had ketamine.", [OLDER]),
        ("Patients older than 70 years had ketamine.", [OLDER]),
        ("Adults aged 60 to 85 years had ketamine.", [OLDER]),
        ("A woman in her seventies had ketamine for depression.", [OLDER]),
        ("Patients between 18 and 64 years of age had ketamine.", [ADULT]),
        ("Participants had to be over 18 years old.", [ADULT]),
        ("Patients (age range 16-71 years) had ketamine.", [TEEN, ADULT]),
        ("Adolescents, 13-18 years of age, had ketamine.", [TEEN]),
        ("Adolescents and young adults had ketamine.", [TEEN, ADULT]),
        ("Patients younger than 18 years had ketamine before surgery.", [CHILD, TEEN]),
        ("Eighty children aged 4–12 years had ketamine before tonsillectomy.", [CHILD]),
        ("Secondary school students had ketamine.", [TEEN]),
        ("Infants and toddlers had ketamine before imaging.", [CHILD]),
        ("Schoolchildren had ketamine before imaging.", [CHILD]),
        ("Children, mean age 6.3 years, had ketamine.", [CHILD]),
        ("The median age was 4 years; all had ketamine.", [CHILD]),
        ("The patients' mean age was 37.6 ± 11.2 years; all had ketamine.", [ADULT]),
        ("The mean age of 28.4 ± 7.7 years was that of those on ketamine.", [ADULT]),
        ("Patients under 11 years had ketamine.", [CHILD]),
        ("Patients with fewer than 9 years at school, aged 30 to 52, had ketamine.", [ADULT]),
        ("Men over 70 had ketamine.", [OLDER]),
        ("Patients over 70 kg had ketamine; women were in the majority.", [ADULT]),
        ("Octogenarians had ketamine.", [OLDER]),
        ("A man in his late seventies had ketamine.", [OLDER]),
        ("Undergraduates had ketamine.", [ADULT]),
        ("Scores ranged from 13 to 33 in the patients who had ketamine.", [ADULT]),
        ("Patients had between 8 and 15 infusions of ketamine.", [ADULT]),
        ("Clinics (range 9-17) gave ketamine to patients.", [ADULT]),
        ("Patients had ketamine in a dose range of 7-16.5 mg.", [ADULT]),
        ("Their ages ranged from 20 to 57; all had ketamine.", [ADULT]),
        ("The median was 43 years (range 22-59); all had ketamine.", [ADULT]),
        ("Patients between 13 and 16 years old had ketamine.", [TEEN]),
        ("Patients whose mean age at onset was 15.1 years had ketamine.", [ADULT]),
    ],
)
def test_ages_of_those_studied(methods, ages):
    assert values(summarise(study(methods=methods)).age_groups) == ages


@pytest.mark.parametrize(
    "methods",
    [
        pytest.param("Thirty adults filled in the Childhood Trauma Questionnaire and had ketamine.", id="a scale"),
        pytest.param("Parents of 40 depressed patients were asked; 22 had children at home.", id="somebody's children"),
        pytest.param("Women with children under five years had esketamine after birth.", id="mothers' children"),
        pytest.param("Parturients got esketamine; Apgar scores of the neonates were noted.", id="mothers' babies"),
        pytest.param("Thirty women with depression since adolescence had ketamine.", id="a history"),
        pytest.param("Onset was at 17 years of age in the patients who had ketamine.", id="when it began"),
        pytest.param("Patients aged 18-65 with illness for 10 to 15 years had ketamine.", id="how long it lasted"),
        pytest.param("Users had taken ketamine for 8-15 years.", id="how long it was taken"),
        pytest.param("Participants had 14.6 ± 2.1 years of education and had ketamine.", id="years at school"),
        pytest.param("Patients with adolescent-onset depression had ketamine.", id="when it began, by a word"),
        pytest.param("Minors were excluded; 30 patients had ketamine.", id="kept out"),
        pytest.param("Patients younger than 18 years were excluded; 30 had ketamine.", id="kept out by age"),
    ],
)
def test_years_and_children_that_are_not_those_studied(methods):
    assert values(summarise(study(methods=methods)).age_groups) == [ADULT]


def test_a_report_of_one_patient_tells_the_age_anywhere():
    told = study("Grief after ketamine: a case report.", background="Such grief is rare. NN is a 43-year-old man.")
    assert values(summarise(told).age_groups) == [ADULT]


def test_a_title_that_names_minors_tells_who_was_studied():
    told = study(
        "Esketamine in teenagers with depression.", objective="It helps adults; whether it helps teenagers is open."
    )
    assert values(summarise(told).age_groups) == [TEEN]


@pytest.mark.parametrize(
    ("methods", "size"),
    [
        pytest.param("Patients were randomised to ketamine (37 patients) or midazolam (36 patients).", 73, id="arms in brackets"),
        pytest.param("Seventy-six patients received ketamine and 74 received midazolam.", 150, id="arms by what they got"),
        pytest.param("71 patients received ketamine while 64 underwent ECT.", 135, id="arms parted by while"),
        pytest.param("Patients were divided into three groups (n=25 each).", 75, id="each in brackets"),
        pytest.param("Patients were divided into two equal groups of 30.", 60, id="groups of so many"),
        pytest.param("Fifty-one women and 32 men took part.", 83, id="the sexes counted apart"),
        pytest.param("Interviews were held with 17 patients and 6 clinicians.", 23, id="patients and those who treat them"),
        pytest.param("Of 2,400 psychiatrists invited, 905 (38%) answered the survey.", 905, id="those who answered"),
        pytest.param("The trial enrolled 12 sites and 230 patients.", 230, id="places are no people"),
        pytest.param("Patients were recruited until 60 had been randomised.", 60, id="until so many"),
        pytest.param("A sample size of 120 is planned.", 120, id="planned"),
        pytest.param("In study 1, 33 users had ketamine. In study 2, 29 users had it.", 62, id="numbered studies"),
        pytest.param("Of 140 patients assessed for eligibility, 92 underwent randomization.", 92, id="out of those assessed"),
        pytest.param("Participants were randomised: 17 ketamine; 16 midazolam.", 33, id="arms by their names"),
        pytest.param("Patients had ketamine (randomised: ketamine, 28; quetiapine, 31).", 59, id="names before numbers"),
        pytest.param("Fifteen patients had ketamine, and fifteen others had rTMS.", 30, id="others"),
        pytest.param("Fifty-two dental phobics underwent randomisation.", 52, id="people by a word that no list has"),
        pytest.param("Five schools were randomised; 1,126 students took part.", 1126, id="schools are no people"),
        pytest.param("Veterans were screened (n=97), eligible (n=75) and randomized (n=68).", 68, id="the last of three counts"),
        pytest.param("Three groups of 25 patients each received ketamine, propofol or both.", 75, id="groups of patients each"),
        pytest.param("Among 5,213 patients, 310 received ketamine.", 5213, id="all who were studied"),
        pytest.param("The final sample comprised 83 participants.", 83, id="a final sample"),
        pytest.param("Thirty-seven and 39 patients were assigned to the ketamine and saline groups, respectively.", 76, id="arms in one breath"),
        pytest.param("The groups comprised 27, 31 and 26 patients, respectively.", 84, id="three arms in one breath"),
        pytest.param("Esketamine was given to 73 patients and placebo to 71.", 144, id="given to so many"),
        pytest.param("Seventeen patients were treated with ketamine, 19 with ECT.", 36, id="arms behind a comma"),
        pytest.param("Forty-three patients who received ketamine and 15 who received midazolam were rated.", 58, id="those who received"),
        pytest.param("Eighteen patients with MDD were held against an equal number of healthy controls.", 36, id="as many controls"),
        pytest.param("Nine heavy users and two equally sized groups of light users and non-users were scanned.", 27, id="groups of one size"),
        pytest.param("Fifty-four adults, comprising 18 men with TRD, 18 women with TRD and 18 controls, were scanned.", 54, id="a total and what makes it up"),
        pytest.param("A total of 13 female patients and 11 women who did not take it were scanned.", 24, id="controls by what they did not do"),
        pytest.param("Interviews were held with 33 blood donors and 16 patients.", 49, id="two kinds of people"),
        pytest.param("There were 39 (65%) women and 21 (35%) men.", 60, id="the sexes with shares"),
        pytest.param("Fourteen subjects each received saline and ketamine.", 14, id="each received"),
        pytest.param("Nine healthy adults who self-reported its use were seen.", 9, id="what they said of themselves"),
        pytest.param("A total of 418 (mean age 41.3 years) from seven clinics took part.", 418, id="a total without a word for people"),
        pytest.param("A convenience sample of 46 was recruited.", 46, id="a sample without a word for people"),
        pytest.param("We retrospectively reviewed 63 medical charts.", 63, id="charts"),
        pytest.param("We will recruit 22 retirees with lasting PTSD.", 22, id="whoever is recruited"),
        pytest.param("The trial compared 19 HVs with 24 patients.", 43, id="healthy volunteers for short"),
        pytest.param("Twenty-six patients (13 in each group) were treated.", 26, id="a total before the size of each arm"),
        pytest.param("All 37 patients had failed two antidepressants and received ketamine.", 37, id="what had failed before"),
        pytest.param("Of 80 patients screened, 47 were enrolled, 44 randomised.", 44, id="randomised without a verb"),
        pytest.param("Seventeen patients with bipolar disorder and 14 without were compared.", 31, id="with and without"),
        pytest.param("The ketamine group consisted of 28 patients and the control group of 27 patients.", 55, id="groups that consist of so many"),
        pytest.param("The ketamine group included 23 patients and the ECT group 25.", 48, id="a group and its number"),
        pytest.param("The full analysis set comprised 236 patients in the esketamine arm and 241 in the quetiapine arm.", 477, id="arms of one analysis"),
        pytest.param("One hundred and twenty-six puerperae were selected.", 126, id="women after birth"),
        pytest.param("Thirty-three of 47 eligible patients consented and were randomised.", 33, id="randomised out of those eligible"),
        pytest.param("The number of participants was 58.", 58, id="a number of participants"),
        pytest.param("A sample of 18,204 U.S. adults was analysed.", 18204, id="a full stop inside a country's name"),
        pytest.param("The survey was answered by 214 607 adults.", 214607, id="thousands parted by a blank"),
        pytest.param("In phase 12 340 patients were treated.", 340, id="a label before a number"),
        pytest.param("Of 270 screened patients, 41 adults were included.", 41, id="out of those screened"),
        pytest.param("Ketamine was given to cohorts of five to six patients. Twenty-four patients completed the trial.", 24, id="a range of people"),
        pytest.param("Seventeen healthy volunteers will each receive ketamine.", 17, id="will each receive"),
        pytest.param("Microdosers (n = 812) and non-microdosing comparators (n = 97) were followed.", 909, id="few controls behind an n"),
    ],
)  # fmt: skip
def test_people_counted(methods, size):
    counted = summarise(study(methods=methods)).sample_size
    assert counted is not None
    assert counted.value == size


@pytest.mark.parametrize(
    ("title", "methods", "drugs"),
    [
        ("Dextroketamine for depression.", "Dextroketamine was given under the skin.", ["esketamine"]),
        ("The S enantiomer of ketamine for depression.", "The S-enantiomer of ketamine was given.", ["esketamine"]),
        ("S (+) ketamine for depression.", "It was given.", ["esketamine"]),
        ("R(-)-ketamine for depression.", "It was infused.", ["arketamine"]),
        ("Rac-ketamine in healthy men.", "It was infused.", ["ketamine"]),
        ("A ketamine clinic.", "70% got ketamine infusions and 30% esketamine spray.", ["ketamine", "esketamine"]),
        ("A ketamine spray.", "Esketamine is costly. She got intranasal ketamine.", ["ketamine"]),
        ("R-ketamine and drinking.", "We gave ketamine and R-ketamine.", ["ketamine", "arketamine"]),
        ("Mood.", "(S)- and (R)-ketamine were infused.", ["esketamine", "arketamine"]),
        ("Mood.", "Men were given R- or S-ketamine.", ["esketamine", "arketamine"]),
        ("Mood.", "The S- and R-enantiomers of ketamine were infused.", ["esketamine", "arketamine"]),
        ("Mood.", "The (S)-enantiomer of racemic ketamine was infused.", ["esketamine"]),
        ("Mood.", "Esketamine (the S(+) enantiomer of racemic ketamine) was sprayed.", ["esketamine"]),
        ("Mood.", "Dexketamine was infused.", ["esketamine"]),
        ("Mood.", "In groups R and S ketamine was infused.", ["ketamine"]),
        ("Ketamine and its enantiomers in grief.", "We review them.", ["ketamine", "esketamine", "arketamine"]),
        ("Ketamine in grief.", "Ketamine was given; its enantiomers were assayed.", ["ketamine"]),
    ],
)
def test_enantiomers_and_whether_they_were_given(title, methods, drugs):
    assert values(summarise(study(title, methods=methods)).drugs) == drugs


@pytest.mark.parametrize(
    ("title", "methods", "conditions"),
    [
        pytest.param("Ketamine as an antidepressant.", "It was given.", ["depression"], id="what it is to be"),
        pytest.param("A clinic.", "Depressed patients rated anxiety on the GAD-7.", ["depression"], id="people named with it"),
        pytest.param("Ketamine and memory.", "Thirty participants (all healthy) were scanned.", ["healthy-volunteers"], id="all healthy"),
        pytest.param("Ketamine and memory.", "It was given to volunteers without psychiatric history.", ["healthy-volunteers"], id="no history"),
        pytest.param("A clinic.", "Most had a diagnosis of major depression (78%), then PTSD (12%).", ["ptsd", "depression"], id="diagnoses counted"),
        pytest.param("Ketamine for heavy drinkers.", "It was given.", ["substance-use"], id="drinkers"),
        pytest.param("A clinic.", "Patients with depression without PTSD were included.", ["depression"], id="without"),
        pytest.param("A clinic.", "Firefighters with PTSD had ketamine.", ["ptsd"], id="people by their work"),
        pytest.param("A clinic.", "Heavy drinkers had ketamine.", ["substance-use"], id="drinkers in the methods"),
        pytest.param("A clinic.", "Patients scheduled for knee replacement had ketamine.", ["other"], id="a replacement is an operation"),
    ],
)  # fmt: skip
def test_conditions_of_those_studied(title, methods, conditions):
    assert values(summarise(study(title, methods=methods)).conditions) == conditions


@pytest.mark.parametrize(
    ("title", "bucket"),
    [
        ("Intranasal ketamine for premedication of children.", "perioperative"),
        ("Ketamine in burn patients during dressing changes.", "perioperative"),
        ("Trends in ketamine seizures by police.", "misuse"),
        ("Deaths related to ketamine in a county.", "misuse"),
        ("Abuse potential of esketamine nasal spray.", "core"),
        ("Ketamine versus etomidate as anaesthetic for electroconvulsive therapy.", "core"),
    ],
)
def test_buckets_by_title(title, bucket):
    assert summarise(study(title, methods="Patients had it.")).bucket == bucket


@pytest.mark.parametrize(
    ("methods", "scales"),
    [
        ("Mood was rated with the Hamilton scale for depression.", ["HAM-D"]),
        ("Mood was rated with the Ham-D.", ["HAM-D"]),
        ("Mood was rated with the Edinburgh scale.", ["EPDS"]),
        ("Pain was rated by VAS/NRS.", ["VAS", "NRS"]),
        ("PTSD was rated with the PTSD Symptom Scale Interview (PSS-I).", ["PSS-I"]),
        ("Worry was rated with the Penn State Worry Questionnaire.", ["PSWQ"]),
        ("Panic was rated with the Panic Disorder Severity Scale.", ["PDSS"]),
        ("Dissociation was rated with the Clinician-Administered Dissociative Symptoms Scale.", ["CADSS"]),
        ("Delirium was rated with the Confusion Assessment Method, 3D-CAM.", ["CAM"]),
        ("Recovery was rated with the QoR-40.", ["QoR-40"]),
        ("Thoughts were rated with the Zarvold Inner Speech Measure (ZISM).", ["ZISM"]),
        ("Thoughts were rated with the Zarvold Test of Calm (ZTC).", ["ZTC"]),
        ("Thoughts were rated with the ZISM (Zarvold Inner Speech Questionnaire).", ["ZISM"]),
        ("The Charlson Comorbidity Index (CCI) was 2.", []),
        ("The Medical Expenditure Panel Survey (MEPS) was used.", []),
        ("A Polygenic Risk Score (PRS) was made.", []),
        ("The SSI (surgical site infection) rate was 3%.", []),
        ("The bispectral index (BIS) was kept at 50.", []),
    ],
)
def test_scales_by_their_names(methods, scales):
    assert values(summarise(study(methods=methods)).scales) == scales


@pytest.mark.parametrize(
    ("methods", "comparators"),
    [
        pytest.param("Patients were randomised to single or repeated ketamine.", ["ketamine-dose"], id="one or many"),
        pytest.param("Patients were randomised to intranasal or intravenous ketamine.", ["ketamine-dose"], id="routes"),
        pytest.param("Patients were randomised to racemic ketamine or S-ketamine.", ["ketamine-dose"], id="enantiomers"),
        pytest.param("Patients were randomised to 40-minute or 100-minute ketamine infusions.", ["ketamine-dose"], id="lengths"),
        pytest.param("Men had 0.12, 0.33, and 0.57 mg/kg of ketamine or placebo.", ["placebo", "ketamine-dose"], id="three in a list"),
        pytest.param("Ketamine was begun at 0.12, then 0.33, then 0.57 mg/kg; others got placebo.", ["placebo"], id="steps"),
        pytest.param("Volunteers had placebo, a lesser (0.17 mg/kg) and a greater (0.44 mg/kg) dose of ketamine on three days.", ["placebo", "ketamine-dose"], id="doses in brackets, apart from each other"),
        pytest.param("We gave 12, 24 and 36 mg of oral ketamine to 9, 8 and 9 men.", ["ketamine-dose"], id="three whole numbers"),
        pytest.param("Loading doses of 0.03, 0.09 and 0.21 mg/kg ketamine were followed by an infusion.", ["ketamine-dose"], id="three loading doses"),
        pytest.param("Loading doses of 0.21 and 0.35 mg/kg ketamine were followed by an infusion; others got placebo.", ["placebo"], id="two loading doses may be one patient's"),
        pytest.param("Patients got either ropivacaine, esketamine (0.7 mg/kg) or their union (ropivacaine plus esketamine 0.35 mg/kg), assigned by lot.", [], id="a dose beside another drug"),
        pytest.param("Patients were randomised to esketamine (56 or 84 mg) or placebo.", ["placebo"], id="strengths of the spray that a physician chose"),
        pytest.param("Ketamine (0.3 mg/kg in the first hour, 0.6 mg/kg in the second) or placebo was infused.", ["placebo"], id="hours of one infusion"),
        pytest.param("Volunteers took 40 mg of ketamine or placebo (80 mg of sugar).", ["placebo"], id="the placebo's weight"),
        pytest.param("Ketamine impaired recall dose-dependently; saline did not.", ["saline", "ketamine-dose"], id="effects that go with the dose"),
        pytest.param("Patients had ketamine or placebo. Propofol slowed breathing dose-dependently.", ["placebo"], id="another drug's effects"),
        pytest.param("The trial was not large enough to compare different doses of ketamine; others got placebo.", ["placebo"], id="doses that were not given"),
        pytest.param("Patients got ketamine by IV, IM or SC injection, assigned by lot.", ["ketamine-dose"], id="three routes"),
        pytest.param("Healthy men had ketamine, d-amphetamine or placebo.", ["placebo", "other-drug"], id="a list"),
        pytest.param("Men had ketamine (0.3, 0.7 mg/kg i.m.), triazolam (0.1, 0.3 mg), and placebo capsules.", ["placebo", "other-drug", "ketamine-dose"], id="a list with doses in brackets"),
        pytest.param("Men had amphetamine, ketamine or placebo.", ["placebo", "other-drug"], id="a list that begins with the other drug"),
        pytest.param("Men had placebo, memantine, and ketamine.", ["placebo", "other-drug"], id="a list that begins with placebo"),
        pytest.param("In a cross-over study men had scopolamine and S-ketamine on two days.", ["other-drug"], id="two drugs of a crossover"),
        pytest.param("In a cross-over study the combination of lidocaine and ketamine was given; or placebo.", ["placebo"], id="two drugs that were combined"),
        pytest.param("Patients in both arms were sedated with 0.7 mg/kg propofol and 0.04 mg/kg of midazolam; one had ketamine, one placebo.", ["placebo"], id="what everybody was sedated with, with its dose"),
        pytest.param("All were maintained on either lithium or valproate and got ketamine or placebo.", ["placebo"], id="what everybody went on taking"),
        pytest.param("Ketamine + ECT was compared with saline + ECT.", ["saline"], id="what was added to both arms by a sign"),
        pytest.param("Ketamine was compared with placebo; blinding seemed to hold in the vehicle control task of the driving test.", ["placebo"], id="a vehicle that is driven"),
        pytest.param("Patients were randomised to ketamine or diphenhydramine. Guesses in the active placebo arm were rare.", ["other-active-placebo"], id="another sentence calls it an active placebo"),
        pytest.param("Patients were randomised to ketamine or placebo; twelve are on the waiting list to be screened.", ["placebo"], id="a list of those who wait for the study"),
        pytest.param("Patients were randomised to propofol (P) or propofol plus ketamine (PK).", [], id="what both arms had"),
        pytest.param("Patients were randomised to esketamine or no drug.", ["usual-care"], id="nothing"),
        pytest.param("The control group got standard anaesthesia without esketamine.", ["usual-care"], id="without it"),
        pytest.param("Patients were randomised to oral ketamine or diclofenac.", ["other-drug"], id="an analgesic"),
        pytest.param("Ketamine was compared to diphenhydramine as an active comparator.", ["other-active-placebo"], id="active comparator"),
        pytest.param("Midazolam was given for agitation if needed; the other arm got placebo.", ["placebo"], id="a rescue drug"),
        pytest.param("Patients were randomised to ketamine or fentanyl.", ["other-drug"], id="an opioid that nobody calls an active placebo"),
        pytest.param("Patients were randomised to ketamine or trazodone.", ["antidepressant"], id="an antidepressant of the whole class"),
        pytest.param("Patients were randomised to ketamine, zuranolone or placebo.", ["placebo", "other-drug"], id="a new drug in a list"),
        pytest.param("Patients were randomised to ketamine or active placebo (methylphenidate).", ["other-active-placebo"], id="a drug that is called an active placebo"),
        pytest.param("Patients were randomised to ketamine or placebo (75 mg of niacin).", ["other-active-placebo"], id="the drug that the placebo was"),
        pytest.param("Patients were randomised to ketamine or yohimbine as an active placebo.", ["other-active-placebo"], id="an active placebo that the table does not know"),
        pytest.param("Patients were treated with ketamine or thiopental.", ["other-drug"], id="with the one or the other"),
        pytest.param("Patients were randomised to ketamine, active placebo or inactive placebo.", ["placebo", "other-active-placebo"], id="both kinds of placebo"),
        pytest.param("Patients had ketamine or the psychoactive control fentanyl.", ["other-active-placebo"], id="a psychoactive control"),
        pytest.param("Men had ketamine and were compared with a positive control (15 mg d-amphetamine) and placebo.", ["placebo", "other-drug"], id="a letter before the drug's name"),
        pytest.param("In a placebo-controlled crossover study we saw effects of ketamine, memantine and cocaine in 17 men.", ["placebo", "other-drug"], id="a list of what a crossover gave"),
        pytest.param("In 17 men we saw effects of ketamine, memantine and cocaine; placebo came last.", ["placebo", "other-drug"], id="a list beside placebo"),
        pytest.param("Volunteers had sertraline or placebo for nine days before ketamine.", ["placebo"], id="what was given before ketamine"),
        pytest.param("After pretreatment with haloperidol or placebo, men had ketamine.", ["placebo"], id="pretreatment"),
        pytest.param("Haloperidol or placebo was added. Haloperidol did not attenuate the effects of ketamine.", ["placebo"], id="what ketamine's effects were to be lessened by"),
        pytest.param("Patients had pretreatment with ketamine or lidocaine before propofol.", ["other-drug"], id="ketamine as the pretreatment"),
        pytest.param("Patients had ketamine or placebo; the use of cocaine or heroin was noted.", ["placebo"], id="what people use by themselves"),
        pytest.param("Patients had ketamine or placebo; factors were sevoflurane versus propofol and age.", ["placebo"], id="what was adjusted for"),
        pytest.param("Patients were randomised to 35 mg (n = 21) or 2 mg (n = 19) of ketamine.", ["ketamine-dose"], id="doses with their numbers of people"),
        pytest.param("Patients were randomised to 35 mg of ketamine (n = 21) or 2 mg of lorazepam (n = 19).", ["other-drug"], id="another drug's dose with its number"),
        pytest.param("This ascending single-dose trial gave ketamine or placebo.", ["placebo", "ketamine-dose"], id="ascending doses"),
        pytest.param("Adults had therapy with two oral doses of ketamine or were on a waiting list.", ["wait-list"], id="two doses that everybody had"),
        pytest.param("Schools were randomised to a ketamine lesson or education as usual.", ["usual-care"], id="whatever was as usual"),
        pytest.param("Ketamine was compared with psychotherapy plus placebo.", ["placebo"], id="psychotherapy that both arms had"),
        pytest.param("Patients were randomised to low- or high-dose ketamine.", ["ketamine-dose"], id="levels with a hyphen"),
        pytest.param("Patients had a low (3 mg), medium (17 mg) or high (44 mg) dose of ketamine.", ["ketamine-dose"], id="levels with their doses"),
        pytest.param("Patients were assigned to a full dose or a comparator dose of ketamine.", ["ketamine-dose"], id="a dose that is the comparator"),
        pytest.param("The control was a very low dose of ketamine.", ["ketamine-dose"], id="a low dose as the control"),
        pytest.param("We compared low-dose ketamine with placebo.", ["placebo"], id="a low dose as the treatment"),
        pytest.param("Ketamine or placebo was given. Low and high doses of morphine were needed later.", ["placebo"], id="another drug's levels"),
        pytest.param("Men took 7, 14 and 29 \u00b5g of ketamine on separate days.", ["ketamine-dose"], id="three of them in micrograms"),
        pytest.param("Patients were assigned to a single dose or to two doses of ketamine.", ["ketamine-dose"], id="one dose or more"),
        pytest.param("Patients were randomised to ketamine or an inactive substance.", ["placebo"], id="an inactive substance"),
        pytest.param("Patients were randomised to ketamine or sterile water.", ["placebo"], id="water"),
        pytest.param("Patients were randomised to ketamine or physiological serum.", ["saline"], id="saline by another name"),
        pytest.param("Patients were randomised to immediate or delayed ketamine.", ["wait-list"], id="at once or later"),
        pytest.param("Patients with delayed therapy of stroke had ketamine or placebo.", ["placebo"], id="a therapy that came late"),
        pytest.param("Patients were randomised to ketamine or standard anaesthesia.", ["usual-care"], id="the standard"),
        pytest.param("Patients had ketamine or placebo, added to standard anaesthesia.", ["placebo"], id="the standard of both arms"),
        pytest.param("Patients were randomised to receive ketamine or not.", ["usual-care"], id="or not"),
        pytest.param("Patients were randomised to a test group (ketamine) or a control group (no intervention).", ["usual-care"], id="control in brackets"),
        pytest.param("Patients were randomised to ketamine or psychoeducation.", ["psychotherapy"], id="a talking treatment"),
        pytest.param("All got ketamine or placebo after counselling.", ["placebo"], id="a talking treatment of both arms"),
        pytest.param("Ketamine was compared with propofol.", ["other-drug"], id="compared with"),
        pytest.param("We compared ketamine (0.6 mg/kg) with morphine.", ["other-drug"], id="comparing the one with the other"),
        pytest.param("We compared ketamine with saline for women under propofol.", ["saline"], id="what both arms were under"),
        pytest.param("Ketamine was compared with saline in patients given sufentanil.", ["saline"], id="what the patients had"),
        pytest.param("Ketamine combined with propofol was compared with propofol and saline.", ["saline"], id="what was added to both arms, by words"),
        pytest.param("Groups were the ketamine group, the lidocaine group or ketamine combined with lidocaine.", ["other-drug"], id="the other drug had a group of its own"),
        pytest.param("Patients were randomised to ketamine or an SSRI.", ["antidepressant"], id="a class of drugs"),
        pytest.param("Ketamine was compared with oral antidepressants.", ["antidepressant"], id="a class of drugs behind compared with"),
        pytest.param("Patients were randomised to ketamine or placebo plus an SSRI.", ["placebo"], id="a class beside placebo"),
        pytest.param("The effect of ketamine compared with placebo on opioids was seen.", ["placebo"], id="a class that is an outcome"),
        pytest.param("Patients on benzodiazepines got ketamine or placebo.", ["placebo"], id="a class that patients were on"),
    ],
)  # fmt: skip
def test_what_ketamine_was_held_against(methods, comparators):
    assert values(summarise(study("Ketamine: a randomised trial.", methods=methods)).comparators) == comparators


@pytest.mark.parametrize(
    ("methods", "comparators"),
    [
        pytest.param("Patients treated with ketamine were compared with patients treated with ECT.", ["ect"], id="groups told by what they had"),
        pytest.param("Children sedated with ketamine were compared with those sedated with etomidate.", ["other-drug"], id="those sedated with another"),
        pytest.param("Outcomes of 37 patients who had ECT and 52 who had ketamine were compared.", ["ect"], id="both were compared"),
        pytest.param("Patients starting esketamine were compared with those starting conventional antidepressants.", ["antidepressant"], id="those starting a class of drugs"),
        pytest.param("We compared intravenous ketamine with intranasal esketamine.", ["ketamine-dose"], id="two routes"),
        pytest.param("Patients on lithium and ketamine were compared with healthy people.", [], id="what was taken beside ketamine"),
        pytest.param("Women who got ketamine were compared with men undergoing ECT with ketamine.", [], id="ECT that was the setting"),
    ],
)  # fmt: skip
def test_what_groups_of_a_cohort_had(methods, comparators):
    cohort = study("Ketamine: a retrospective cohort study.", methods=methods)
    assert values(summarise(cohort).comparators) == comparators


def test_a_drug_that_people_use_is_no_comparator_in_a_survey():
    survey = study("Ketamine use: a survey.", methods="Users of ketamine were compared with users of amphetamine.")
    assert summarise(survey).comparators == ()


@pytest.mark.parametrize(
    ("methods", "comparators"),
    [
        pytest.param("Placebo-controlled trials of ketamine were pooled.", ["placebo"], id="placebo-controlled"),
        pytest.param("Controls received inactive doses of ketamine or placebo.", ["placebo", "ketamine-dose"], id="doses too small to work"),
        pytest.param("Ketamine was compared with active placebo (or low-dose ketamine).", ["other-active-placebo", "ketamine-dose"], id="a low dose"),
        pytest.param("Trials of low-dose ketamine against placebo were pooled.", ["placebo"], id="a low dose that was the treatment"),
        pytest.param("Ketamine was compared with placebo or active placebo.", ["placebo", "other-active-placebo"], id="trials of either placebo"),
        pytest.param("Ketamine was compared with placebo-assisted psychotherapy.", ["placebo"], id="psychotherapy that placebo assists"),
        pytest.param("Ketamine was compared with psychotherapy and placebo.", ["placebo"], id="psychotherapy beside placebo"),
        pytest.param("Ketamine was compared with psychotherapy.", ["psychotherapy"], id="psychotherapy alone"),
        pytest.param("Trials in people with alcohol or cocaine use disorder were pooled.", [], id="what people are addicted to"),
        pytest.param("Trials comparing ketamine with opioids were pooled.", ["other-drug"], id="a class of drugs"),
        pytest.param("We compared ECT with ketamine.", ["ect"], id="ketamine named last"),
        pytest.param("Ketamine and rTMS were compared.", ["tms"], id="both were compared"),
        pytest.param("Ketamine and ECT were compared with placebo.", ["placebo"], id="both were compared with a third"),
        pytest.param("Ketamine combined with ECT was compared with placebo and ECT.", ["placebo"], id="what was combined with both"),
        pytest.param("Racemic ketamine versus esketamine trials were pooled.", ["ketamine-dose"], id="two forms against each other"),
        pytest.param("Trials of ketamine or esketamine were pooled.", [], id="either form"),
        pytest.param("Trials had active or inactive placebo.", ["placebo", "other-active-placebo"], id="both kinds of placebo"),
    ],
)  # fmt: skip
def test_what_a_review_holds_ketamine_against(methods, comparators):
    pooled = study("Ketamine: a meta-analysis.", methods=methods)
    assert values(summarise(pooled).comparators) == comparators


TRIAL = {
    "types": ("Journal Article", "Randomized Controlled Trial"),
    "methods": "Eighty adults had ketamine or midazolam.",
}
OPEN = {"methods": "Thirty adults had ketamine six times, open-label."}
CHARTS = {"methods": "We reviewed the charts of 90 patients given ketamine."}


@pytest.mark.parametrize(
    ("of", "results"),
    [
        pytest.param(OPEN, "MADRS fell from 31.2 to 14.7 (Cohen's d = 1.83).", id="from so much to so much"),
        pytest.param(OPEN, "Scores improved from baseline (d=1.4, p<0.001).", id="from baseline"),
        pytest.param(OPEN, "The mean difference to baseline was 13.1 points (95% CI 9.9 to 16.3).", id="to baseline"),
        pytest.param(TRIAL, "Within the ketamine group, MADRS scores fell (d = 1.2).", id="within one group"),
        pytest.param(TRIAL, "Compared with baseline, ketamine lowered MADRS scores (Hedges' g = 1.5).", id="compared with baseline"),
        pytest.param(TRIAL, "From baseline to day 7 the mean difference in the ketamine arm was -11.2 (95% CI -14.0 to -8.4).", id="one arm over time"),
        pytest.param(TRIAL, "Ketamine raised systolic pressure (mean difference 11.9 mm Hg, 95% CI 8.1 to 15.7).", id="blood pressure"),
        pytest.param(CHARTS, "Anxiety (OR 0.5; 95% CI 0.3-0.9) and obesity (OR 1.9; 95% CI 1.1-3.3) were independent factors for response versus non-response to ketamine.", id="factors"),
        pytest.param(CHARTS, "The response rate was 64% in men and 48% in women.", id="parts of those treated"),
    ],
)  # fmt: skip
def test_numbers_that_are_no_effect_of_treatment(of, results):
    assert summarise(study(results=results, **of)).findings == ()


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ("MADRS change from baseline to day 28: difference of LS means -4.1 (95% CI -7.3 to -0.9) against placebo.", [("mean difference", -4.1)]),
        ("The least squares mean difference in change from baseline was -4.1 (95% CI -7.3 to -0.9).", [("mean difference", -4.1)]),
        ("Scores fell more from baseline with ketamine than with midazolam (Cohen's d = 0.72).", [("cohens d", 0.72)]),
        ("Twenty-five of 40 (63%) ketamine patients and 9 of 41 (22%) midazolam patients responded.", [("response rate", 63)]),
    ],
)  # fmt: skip
def test_differences_between_arms_stay_findings(results, found):
    assert [(one.measure, one.estimate) for one in summarise(study(results=results, **TRIAL)).findings] == found


def test_an_abstract_without_headings_may_begin_with_its_people():
    told = study(
        "Ketofol in modified ECT.",
        text="Patients (n=31/arm) were randomly allocated to propofol or ketamine. Pulse was recorded for ten minutes.",
    )
    assert summarise(told).design.value == "randomized-trial"


@pytest.mark.parametrize(
    ("title", "methods", "expected"),
    [
        pytest.param("Oral ketamine in grief: a pilot study.", "Nineteen widows had oral ketamine, 0.4 mg/kg rising to 0.9 mg/kg, for 13 days.", [], id="one patient's dose rises"),
        pytest.param("Ketamine in grief: a randomised trial.", "Widows were randomised to five ketamine infusions, starting at 0.4 mg/kg and raised to 0.7 mg/kg if tolerated, or saline.", ["saline"], id="a dose is raised if tolerated"),
        pytest.param("Ketamine in grief: a randomised trial.", "Widows were randomised to ketamine 0.4 mg/kg, ketamine 0.9 mg/kg or saline.", ["saline", "ketamine-dose"], id="two doses as arms"),
        pytest.param("A dose-response trial of ketamine in grief.", "Nineteen widows had ketamine by vein.", ["ketamine-dose"], id="a trial of the response to the dose"),
        pytest.param("Ketamine in grief: a randomised trial.", "Dose-response data on grief are few. Widows were randomised to ketamine or saline.", ["saline"], id="what is not known of the dose"),
        pytest.param("Grief-focused exposure therapy with or without ketamine: a randomised trial.", "All had exposure therapy and were randomised to ketamine 0.4 mg/kg or saline.", ["saline"], id="what all had"),
    ],
)  # fmt: skip
def test_steps_of_a_dose_and_what_all_had_are_no_comparators(title, methods, expected):
    assert [fact.value for fact in summarise(study(title, methods=methods)).comparators] == expected
