"""Conditions, treatments and comparators in the words that abstracts use for them."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    short: str
    long: str
    baseline: tuple[float, float]
    #: Standard deviation of change.
    sd: float
    response: str
    remission: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    slug: str
    #: "treatment-resistant depression"
    name: str
    short: str
    #: "adults with treatment-resistant depression"
    people: tuple[str, ...]
    criteria: tuple[str, ...]
    scale: Scale
    second: Scale
    #: What a title calls the symptoms.
    symptoms: str
    ages: tuple[str, ...]
    background: tuple[str, ...]
    mesh: tuple[str, ...]
    keywords: tuple[str, ...]


MADRS = Scale(
    short="MADRS",
    long="Montgomery\u2013Åsberg Depression Rating Scale",
    baseline=(29, 36),
    sd=10.2,
    response="a reduction of at least 50% in MADRS score",
    remission="a MADRS score of 10 or less",
)
HAMD = Scale(
    short="HAM-D-17",
    long="17-item Hamilton Depression Rating Scale",
    baseline=(21, 26),
    sd=7.1,
    response="a reduction of at least 50% in HAM-D-17 score",
    remission="a HAM-D-17 score of 7 or less",
)
CAPS = Scale(
    short="CAPS-5",
    long="Clinician-Administered PTSD Scale for DSM-5",
    baseline=(36, 45),
    sd=12.6,
    response="a reduction of at least 30% in CAPS-5 score",
    remission="loss of the PTSD diagnosis on the CAPS-5",
)
PCL = Scale(
    short="PCL-5",
    long="PTSD Checklist for DSM-5",
    baseline=(47, 58),
    sd=16.5,
    response="a fall of at least 10 points on the PCL-5",
)
LSAS = Scale(
    short="LSAS",
    long="Liebowitz Social Anxiety Scale",
    baseline=(82, 98),
    sd=22.0,
    response="a reduction of more than 35% in LSAS score",
    remission="an LSAS score of 30 or less",
)
SPIN = Scale(short="SPIN", long="Social Phobia Inventory", baseline=(41, 50), sd=11.5, response="a SPIN score below 19")
HAMA = Scale(
    short="HAM-A",
    long="Hamilton Anxiety Rating Scale",
    baseline=(23, 29),
    sd=7.6,
    response="a reduction of at least 50% in HAM-A score",
    remission="a HAM-A score of 7 or less",
)
GAD7 = Scale(
    short="GAD-7",
    long="7-item Generalized Anxiety Disorder scale",
    baseline=(13, 17),
    sd=4.9,
    response="a GAD-7 score below 10",
)
YBOCS = Scale(
    short="Y-BOCS",
    long="Yale\u2013Brown Obsessive Compulsive Scale",
    baseline=(26, 31),
    sd=6.8,
    response="a reduction of at least 35% in Y-BOCS score",
)
PDSS = Scale(
    short="PDSS",
    long="Panic Disorder Severity Scale",
    baseline=(15, 19),
    sd=5.2,
    response="a reduction of at least 40% in PDSS score",
)
SSI = Scale(
    short="SSI",
    long="clinician-rated Scale for Suicidal Ideation",
    baseline=(14, 20),
    sd=7.3,
    response="a reduction of at least 50% in SSI score",
    remission="an SSI score of 0",
)
CDRS = Scale(
    short="CDRS-R",
    long="Children's Depression Rating Scale-Revised",
    baseline=(60, 72),
    sd=13.5,
    response="a reduction of at least 50% in CDRS-R score",
    remission="a CDRS-R score of 28 or less",
)
QIDS = Scale(
    short="QIDS-SR16",
    long="16-item Quick Inventory of Depressive Symptomatology",
    baseline=(16, 20),
    sd=5.0,
    response="a reduction of at least 50% in QIDS-SR16 score",
    remission="a QIDS-SR16 score of 5 or less",
)

_ADULT = ("18 to 65", "21 to 65", "18-70", "18 to 60")

CONDITIONS: dict[str, Condition] = {
    condition.slug: condition
    for condition in (
        Condition(
            slug="trd",
            name="treatment-resistant depression",
            short="TRD",
            people=("adults with treatment-resistant depression", "patients with treatment-resistant depression (TRD)"),
            criteria=(
                "an inadequate response to at least two antidepressants in the current episode",
                "failure of two or more adequate antidepressant trials",
                "a current major depressive episode that had not responded to at least three antidepressants",
            ),
            scale=MADRS,
            second=QIDS,
            symptoms="depressive symptoms",
            ages=_ADULT,
            background=(
                "About a third of people with major depressive disorder do not recover after two antidepressant trials.",
                "Ketamine reduces depressive symptoms within hours, but how best to deliver it in routine services is uncertain.",
                "Trials of ketamine in treatment-resistant depression have mostly been short, and functional unblinding is a recurrent concern.",
                "Whether repeated dosing sustains the early antidepressant response to ketamine remains unclear.",
                "The optimal comparator for trials of rapid-acting antidepressants is debated.",
            ),
            mesh=("Depressive Disorder, Treatment-Resistant", "Ketamine", "Antidepressive Agents"),
            keywords=("ketamine", "treatment-resistant depression", "antidepressant", "MADRS"),
        ),
        Condition(
            slug="mdd",
            name="major depressive disorder",
            short="MDD",
            people=(
                "outpatients with major depressive disorder",
                "adults with a moderate to severe major depressive episode",
            ),
            criteria=(
                "a MADRS score of 25 or more",
                "at least one failed antidepressant trial",
                "DSM-5 major depressive disorder without psychotic features",
            ),
            scale=HAMD,
            second=QIDS,
            symptoms="depression severity",
            ages=_ADULT,
            background=(
                "Most antidepressants take weeks to act, and faster treatments are needed for major depressive disorder.",
                "N-methyl-D-aspartate receptor antagonists have been studied as rapid-acting antidepressants for two decades.",
                "Evidence for ketamine earlier in the course of major depressive disorder is limited.",
                "The durability of the antidepressant effect of a ketamine course is poorly characterised.",
            ),
            mesh=("Depressive Disorder, Major", "Ketamine", "Antidepressive Agents"),
            keywords=("ketamine", "major depressive disorder", "rapid-acting antidepressant"),
        ),
        Condition(
            slug="bipolar",
            name="bipolar depression",
            short="BD",
            people=(
                "adults with bipolar I or II disorder in a depressive episode",
                "patients with treatment-resistant bipolar depression",
            ),
            criteria=(
                "non-response to at least one mood stabiliser recommended for bipolar depression",
                "a stable dose of lithium or valproate for four weeks",
            ),
            scale=MADRS,
            second=HAMA,
            symptoms="depressive symptoms",
            ages=_ADULT,
            background=(
                "Treatment options for bipolar depression are few, and concern about affective switch limits the use of antidepressants.",
                "Data on ketamine in bipolar disorder come mainly from small crossover trials.",
                "Whether ketamine can be given safely with mood stabilisers in bipolar depression is of practical importance.",
            ),
            mesh=("Bipolar Disorder", "Ketamine", "Antidepressive Agents"),
            keywords=("bipolar disorder", "ketamine", "mood stabiliser", "affective switch"),
        ),
        Condition(
            slug="suicidality",
            name="suicidal ideation",
            short="SI",
            people=(
                "adults presenting to the emergency department with depression and suicidal ideation",
                "inpatients with a major depressive episode and active suicidal ideation",
            ),
            criteria=(
                "an SSI score of 4 or more",
                "suicidal ideation with intent on the Columbia-Suicide Severity Rating Scale",
            ),
            scale=SSI,
            second=MADRS,
            symptoms="suicidal ideation",
            ages=_ADULT,
            background=(
                "Suicidal ideation is a frequent reason for emergency psychiatric care, and no drug acts on it reliably within hours.",
                "Ketamine may reduce suicidal ideation partly independently of its effect on depression.",
                "Evidence on the duration of the anti-suicidal effect of ketamine is inconsistent.",
            ),
            mesh=("Suicidal Ideation", "Depressive Disorder, Major", "Ketamine"),
            keywords=("suicidal ideation", "ketamine", "emergency psychiatry", "C-SSRS"),
        ),
        Condition(
            slug="late-life",
            name="late-life treatment-resistant depression",
            short="LL-TRD",
            people=(
                "adults aged 60 years or older with treatment-resistant depression",
                "older adults with treatment-resistant depression",
            ),
            criteria=("failure of at least two antidepressants and a Mini-Mental State Examination score above 24",),
            scale=MADRS,
            second=QIDS,
            symptoms="depressive symptoms",
            ages=("60 to 85", "60-80"),
            background=(
                "Older adults are under-represented in trials of rapid-acting antidepressants.",
                "Late-life depression often responds poorly to oral antidepressants, and cardiovascular safety needs particular attention.",
            ),
            mesh=("Depressive Disorder, Treatment-Resistant", "Aged", "Ketamine"),
            keywords=("late-life depression", "older adults", "ketamine"),
        ),
        Condition(
            slug="adolescent",
            name="adolescent depression",
            short="MDD",
            people=("adolescents with treatment-resistant depression", "adolescents with major depressive disorder"),
            criteria=("non-response to two antidepressants and a course of psychotherapy",),
            scale=CDRS,
            second=MADRS,
            symptoms="depressive symptoms",
            ages=("13 to 17", "12-17"),
            background=(
                "A considerable proportion of depressed adolescents do not respond to selective serotonin reuptake inhibitors and psychotherapy.",
                "Controlled data on ketamine in adolescents are scarce.",
            ),
            mesh=("Depressive Disorder, Major", "Adolescent", "Ketamine"),
            keywords=("adolescents", "depression", "ketamine"),
        ),
        Condition(
            slug="ptsd",
            name="post-traumatic stress disorder",
            short="PTSD",
            people=(
                "adults with chronic post-traumatic stress disorder (PTSD)",
                "veterans with post-traumatic stress disorder (PTSD)",
                "patients with PTSD after civilian or military trauma",
                "service members and veterans with antidepressant-resistant PTSD",
            ),
            criteria=(
                "a CAPS-5 score of 30 or more",
                "symptoms for at least six months and a failed trial of a selective serotonin reuptake inhibitor",
                "DSM-5 PTSD confirmed by structured interview",
            ),
            scale=CAPS,
            second=PCL,
            symptoms="PTSD symptoms",
            ages=_ADULT,
            background=(
                "Few drugs are licensed for post-traumatic stress disorder (PTSD), and many patients remain symptomatic.",
                "Glutamatergic dysfunction is implicated in PTSD, but trials of ketamine have given conflicting results.",
                "Ketamine may open a window for relearning after trauma, yet controlled evidence in PTSD is limited.",
                "Repeated ketamine infusions have been proposed for chronic PTSD.",
                "Depression accompanies PTSD in about half of patients and complicates the interpretation of ketamine trials.",
            ),
            mesh=("Stress Disorders, Post-Traumatic", "Ketamine"),
            keywords=("PTSD", "ketamine", "CAPS-5", "trauma"),
        ),
        Condition(
            slug="sad",
            name="social anxiety disorder",
            short="SAD",
            people=("adults with social anxiety disorder", "adults with generalised social anxiety disorder"),
            criteria=(
                "an LSAS score of 60 or more",
                "a DSM-5 diagnosis and an inadequate response to one first-line treatment",
            ),
            scale=LSAS,
            second=SPIN,
            symptoms="social anxiety",
            ages=_ADULT,
            background=(
                "Social anxiety disorder is common and often responds incompletely to medication.",
                "Preliminary studies suggested that ketamine may reduce social anxiety, but replication is lacking.",
                "Most people with social anxiety disorder remain symptomatic after first-line treatment.",
            ),
            mesh=("Phobia, Social", "Ketamine", "Anxiety"),
            keywords=("social anxiety disorder", "ketamine", "LSAS"),
        ),
        Condition(
            slug="gad",
            name="generalised anxiety disorder",
            short="GAD",
            people=(
                "adults with refractory generalised anxiety disorder",
                "patients with treatment-refractory generalised anxiety disorder",
            ),
            criteria=("a HAM-A score of 20 or more despite treatment",),
            scale=HAMA,
            second=GAD7,
            symptoms="generalised anxiety",
            ages=_ADULT,
            background=(
                "Dose-response data for ketamine in anxiety disorders are sparse.",
                "Refractory anxiety disorders cause considerable disability, and new pharmacological options are needed.",
            ),
            mesh=("Anxiety Disorders", "Ketamine"),
            keywords=("generalised anxiety disorder", "ketamine", "HAM-A"),
        ),
        Condition(
            slug="ocd",
            name="obsessive-compulsive disorder",
            short="OCD",
            people=(
                "adults with obsessive-compulsive disorder (OCD)",
                "patients with treatment-refractory obsessive-compulsive disorder (OCD)",
            ),
            criteria=("a Y-BOCS score of 20 or more", "non-response to at least one serotonin reuptake inhibitor"),
            scale=YBOCS,
            second=HAMA,
            symptoms="obsessive-compulsive symptoms",
            ages=_ADULT,
            background=(
                "Glutamate has been implicated in obsessive-compulsive disorder (OCD), which makes ketamine a candidate treatment.",
                "First-line treatments for OCD act slowly and leave many patients impaired.",
            ),
            mesh=("Obsessive-Compulsive Disorder", "Ketamine"),
            keywords=("obsessive-compulsive disorder", "ketamine", "glutamate"),
        ),
        Condition(
            slug="panic",
            name="panic disorder",
            short="PD",
            people=("adults with panic disorder, with or without agoraphobia",),
            criteria=("a PDSS score of 10 or more and at least one panic attack a week",),
            scale=PDSS,
            second=HAMA,
            symptoms="panic symptoms",
            ages=_ADULT,
            background=(
                "Ketamine has hardly been studied in panic disorder, in which its sympathomimetic effects might be unwelcome.",
            ),
            mesh=("Panic Disorder", "Ketamine"),
            keywords=("panic disorder", "ketamine"),
        ),
        Condition(
            slug="anxious-depression",
            name="anxious depression",
            short="anxious depression",
            people=(
                "adults with major depressive disorder and comorbid anxiety",
                "patients with treatment-resistant anxious depression",
                "adults with major depressive disorder with anxious distress",
            ),
            criteria=(
                "a HAM-A score of 20 or more beside a MADRS score of 25 or more",
                "an anxiety/somatisation factor score of 7 or more",
            ),
            scale=HAMA,
            second=MADRS,
            symptoms="anxiety and depressive symptoms",
            ages=_ADULT,
            background=(
                "Anxious depression responds less well to conventional antidepressants than depression without anxiety.",
                "Comorbid anxiety is common in depression and predicts a poorer outcome; whether it does so with ketamine is disputed.",
            ),
            mesh=("Depressive Disorder, Major", "Anxiety", "Ketamine"),
            keywords=("anxious depression", "comorbidity", "ketamine", "anxiety"),
        ),
        Condition(
            slug="ptsd-depression",
            name="comorbid post-traumatic stress disorder and treatment-resistant depression",
            short="PTSD with TRD",
            people=(
                "veterans with comorbid post-traumatic stress disorder and treatment-resistant depression",
                "adults with co-occurring PTSD and major depressive disorder",
            ),
            criteria=("a PCL-5 score of 33 or more and a MADRS score of 25 or more",),
            scale=PCL,
            second=MADRS,
            symptoms="PTSD and depressive symptoms",
            ages=_ADULT,
            background=(
                "Post-traumatic stress disorder and depression often co-occur, and their combination is hard to treat.",
                "Comorbid depression may modify the effect of ketamine on PTSD symptoms.",
            ),
            mesh=("Stress Disorders, Post-Traumatic", "Depressive Disorder, Treatment-Resistant", "Ketamine"),
            keywords=("PTSD", "treatment-resistant depression", "comorbidity", "ketamine"),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """A way of giving the drug."""

    slug: str
    #: ketamine or esketamine, as the title names it.
    drug: str
    #: "six intravenous ketamine infusions (0.5 mg/kg over 40 minutes) over two weeks"
    words: tuple[str, ...]
    #: For titles: "repeated intravenous ketamine"
    title: tuple[str, ...]
    #: Slugs of COMPARATORS it can be held against.
    against: tuple[str, ...]
    #: Where the primary outcome is measured.
    timepoints: tuple[str, ...]
    mesh: tuple[str, ...] = ()


TREATMENTS: dict[str, Treatment] = {
    treatment.slug: treatment
    for treatment in (
        Treatment(
            slug="single-iv",
            drug="ketamine",
            words=(
                "a single intravenous infusion of ketamine (0.5 mg/kg over 40 minutes)",
                "one infusion of racemic ketamine 0.5 mg/kg given intravenously over 40 min",
                "intravenous ketamine 0.5 mg/kg infused over 40 minutes",
            ),
            title=(
                "A single intravenous infusion of ketamine",
                "Single-dose intravenous ketamine",
                "A single subanaesthetic dose of ketamine",
            ),
            against=("midazolam", "saline"),
            timepoints=("24 hours", "day 3", "day 7"),
            mesh=("Infusions, Intravenous",),
        ),
        Treatment(
            slug="repeated-iv",
            drug="ketamine",
            words=(
                "six intravenous ketamine infusions (0.5 mg/kg over 40 minutes) over two weeks",
                "twice-weekly intravenous ketamine (0.5 mg/kg over 40 min) for four weeks, eight infusions in all",
                "ketamine 0.5 mg/kg intravenously three times a week for two weeks",
                "six ketamine infusions, starting at 0.5 mg/kg and raised to 0.75 mg/kg if tolerated, over three weeks",
            ),
            title=(
                "Repeated intravenous ketamine",
                "Serial ketamine infusions",
                "A course of intravenous ketamine infusions",
            ),
            against=("midazolam", "saline"),
            timepoints=("2 weeks", "the end of the infusion course", "week 4"),
            mesh=("Infusions, Intravenous",),
        ),
        Treatment(
            slug="subcutaneous",
            drug="ketamine",
            words=(
                "subcutaneous racemic ketamine (0.5 to 0.9 mg/kg, titrated to response) twice weekly for four weeks",
                "twice-weekly subcutaneous injections of ketamine 0.6 mg/kg for 4 weeks",
            ),
            title=("Subcutaneous ketamine",),
            against=("midazolam",),
            timepoints=("week 4", "4 weeks"),
        ),
        Treatment(
            slug="intramuscular",
            drug="ketamine",
            words=(
                "intramuscular ketamine 0.5 mg/kg weekly for six weeks",
                "a single intramuscular injection of ketamine 0.75 mg/kg",
            ),
            title=("Intramuscular ketamine",),
            against=("midazolam", "saline"),
            timepoints=("day 7", "week 6"),
        ),
        Treatment(
            slug="oral",
            drug="ketamine",
            words=(
                "oral ketamine 1 mg/kg three times a week for three weeks",
                "low-dose oral ketamine, 0.5 mg/kg rising to 1.0 mg/kg, daily for 21 days",
            ),
            title=("Oral ketamine", "Low-dose oral ketamine"),
            against=("placebo",),
            timepoints=("day 21", "3 weeks"),
        ),
        Treatment(
            slug="sublingual",
            drug="ketamine",
            words=("sublingual ketamine lozenges 150 mg twice weekly for four weeks",),
            title=("Sublingual ketamine",),
            against=("placebo",),
            timepoints=("week 4",),
        ),
        Treatment(
            slug="intranasal-racemic",
            drug="ketamine",
            words=(
                "a single intranasal dose of racemic ketamine 50 mg",
                "intranasal ketamine 75 mg on two occasions one week apart",
            ),
            title=("Intranasal ketamine",),
            against=("midazolam", "saline"),
            timepoints=("24 hours", "day 7"),
            mesh=("Administration, Intranasal",),
        ),
        Treatment(
            slug="esketamine-nasal",
            drug="esketamine",
            words=(
                "esketamine nasal spray (56 or 84 mg, flexibly dosed, twice weekly) with a newly started oral antidepressant",
                "fixed-dose esketamine nasal spray 84 mg twice weekly for four weeks plus an oral antidepressant",
                "intranasal esketamine 56 mg twice a week for 4 weeks in addition to standard care",
            ),
            title=("Esketamine nasal spray", "Intranasal esketamine", "Flexibly dosed esketamine nasal spray"),
            against=("placebo-spray", "quetiapine"),
            timepoints=("day 28", "week 4", "week 8"),
            mesh=("Administration, Intranasal",),
        ),
        Treatment(
            slug="esketamine-iv",
            drug="esketamine",
            words=(
                "a single intravenous infusion of esketamine 0.25 mg/kg over 40 min",
                "intravenous esketamine 0.2 mg/kg over 40 minutes on days 1, 3 and 5",
            ),
            title=("Intravenous esketamine", "Low-dose intravenous esketamine"),
            against=("saline", "midazolam"),
            timepoints=("24 hours", "day 7"),
            mesh=("Infusions, Intravenous",),
        ),
        Treatment(
            slug="arketamine",
            drug="arketamine",
            words=("a single intravenous infusion of arketamine 0.5 mg/kg over 40 minutes",),
            title=("Intravenous arketamine",),
            against=("saline",),
            timepoints=("24 hours",),
            mesh=("Infusions, Intravenous",),
        ),
        Treatment(
            slug="ketamine-ect",
            drug="ketamine",
            words=("intravenous ketamine 0.5 mg/kg over 40 minutes twice weekly for three weeks",),
            title=("Ketamine",),
            against=("ect",),
            timepoints=("the end of acute treatment", "week 3"),
            mesh=("Electroconvulsive Therapy",),
        ),
        Treatment(
            slug="dose-finding",
            drug="ketamine",
            words=("intravenous ketamine 0.5 mg/kg over 40 minutes",),
            title=("Standard-dose intravenous ketamine",),
            against=("low-dose",),
            timepoints=("day 3", "day 7"),
            mesh=("Infusions, Intravenous",),
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparator:
    slug: str
    #: "midazolam (0.045 mg/kg)"
    words: tuple[str, ...]
    #: For titles and short reference.
    name: str
    #: Whether patients and raters can be blind to it.
    is_blind: bool = True


COMPARATORS: dict[str, Comparator] = {
    comparator.slug: comparator
    for comparator in (
        Comparator(
            slug="midazolam",
            words=(
                "midazolam (0.045 mg/kg)",
                "midazolam 0.02 mg/kg as an active placebo",
                "an equal volume of midazolam 0.03 mg/kg",
            ),
            name="midazolam",
        ),
        Comparator(slug="saline", words=("saline", "0.9% saline", "an equal volume of normal saline"), name="saline"),
        Comparator(slug="placebo", words=("matching placebo", "placebo"), name="placebo"),
        Comparator(
            slug="placebo-spray",
            words=("a placebo nasal spray with an oral antidepressant", "placebo nasal spray"),
            name="placebo",
        ),
        Comparator(
            slug="quetiapine",
            words=("extended-release quetiapine (150 to 300 mg daily)",),
            name="quetiapine",
            is_blind=False,
        ),
        Comparator(
            slug="ect",
            words=("electroconvulsive therapy (ECT), three times weekly for three weeks",),
            name="ECT",
            is_blind=False,
        ),
        Comparator(slug="low-dose", words=("ketamine 0.1 mg/kg",), name="low-dose ketamine"),
    )
}
