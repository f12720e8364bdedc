"""Studies without random allocation that were never done: open-label trials, cohorts, surveys, case reports."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from datetime import date
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.conditions import CONDITIONS, TREATMENTS
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import in_words, percent
from aggregator.demo_data.record import Invented, Part, Periodical

_HUMANS = ("Humans", "Male", "Female", "Adult", "Middle Aged")


def parts(writing: Writing, background: str, methods: str, results: str, conclusion: str) -> tuple[Part, ...]:
    """An abstract in the journal's layout."""
    if writing.layout == "plain":
        return (Part(" ".join(text for text in (background, methods, results, conclusion) if text)),)
    first = {"objective": "OBJECTIVE", "four": "BACKGROUND", "importance": "IMPORTANCE"}[writing.layout]
    return (
        Part(background, first, "OBJECTIVE" if first == "OBJECTIVE" else "BACKGROUND"),
        Part(methods, "METHODS", "METHODS"),
        Part(results, "RESULTS", "RESULTS"),
        Part(conclusion, _last_label(writing), "CONCLUSIONS"),
    )


def _last_label(writing: Writing) -> str:
    return {"four": "CONCLUSION", "importance": "CONCLUSIONS AND RELEVANCE"}.get(writing.layout, "CONCLUSIONS")


def journals_for(condition: str) -> tuple[Periodical, ...]:
    if condition in {"ptsd", "sad", "gad", "panic", "ocd", "ptsd-depression"}:
        return (*people.TRAUMA_AND_ANXIETY, *people.CLINICAL)
    return people.CLINICAL


def open_label(key: str, *, condition: str, treatment: str, entered: date) -> Invented:
    """An uncontrolled trial."""
    random = Random(f"open-label {key}")
    who, how = CONDITIONS[condition], TREATMENTS[treatment]
    writing = Writing.of(random, journals_for(condition))
    number, scale, digits = random.randint(10, 42), who.scale, writing.print
    done = number - random.randint(0, 3)
    start = random.uniform(*scale.baseline)
    end = start * random.uniform(0.48, 0.72)
    responders = round(done * random.uniform(0.4, 0.68))
    drug_words = random.choice(how.title)
    title = random.choice(
        (
            f"{drug_words} for {who.name}: an open-label pilot study.",
            f"An open-label trial of {drug_words[0].lower()}{drug_words[1:]} in {who.people[0]}.",
            f"Feasibility and tolerability of {drug_words[0].lower()}{drug_words[1:]} in {who.people[-1]}: a single-arm study.",
        )
    )
    methods = random.choice(
        (
            f"In this open-label, single-arm study, {in_words(number)} {who.people[0]} received {random.choice(how.words)}. Outcomes were assessed with the {scale.long} ({scale.short}).",
            f"{in_words(number).capitalize()} {random.choice(who.people)} ({random.choice(who.criteria)}) were enrolled and given {random.choice(how.words)} without a control group. The main outcome was the {scale.short} ({scale.long}).",
        )
    )
    results = (
        f"{in_words(done).capitalize()} participants completed treatment. Mean {scale.short} score fell from {start:.1f} (SD {scale.sd * 0.6:.1f}) at baseline to {end:.1f} (SD {scale.sd:.1f}) at {random.choice(how.timepoints)} "
        f"({digits.p(0.0004)}); {responders} of {done} ({percent(100 * responders / done, places=0)}) met criteria for response. "
        + random.choice(
            (
                "Dissociation was mild and transient, and there were no serious adverse events.",
                f"{random.randint(2, 4)} participants had systolic blood pressure above 160 mm Hg during dosing.",
                "Fatigue and headache were the most frequent adverse events.",
                "",
            )
        )
    ).strip()
    conclusion = random.choice(
        (
            "The treatment was feasible; without a control group its effect cannot be separated from expectation and time.",
            f"Improvement in {who.symptoms} was seen during treatment. A randomised trial is warranted.",
            f"These preliminary data support a controlled study of {how.drug} in {who.name}.",
        )
    )
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=title,
        abstract=parts(writing, random.choice(who.background), methods, results, conclusion),
        publication_types=("Journal Article", "Clinical Trial"),
        mesh=(*who.mesh, *how.mesh, *_HUMANS, "Treatment Outcome"),
        major=frozenset(who.mesh[:1]) | {"Ketamine"},
        keywords=who.keywords,
        is_registered=random.random() < 0.6,
    )


_SETTINGS = {
    "ketamine": (
        "four community ketamine clinics",
        "a regional interventional psychiatry service",
        "a public hospital infusion programme",
        "a multicentre treatment registry",
    ),
    "esketamine": (
        "an academic esketamine clinic",
        "the electronic health records of a national health service",
        "a multicentre esketamine registry",
        "nine outpatient clinics",
    ),
    "emergency": ("the emergency departments of two general hospitals", "a psychiatric emergency service"),
}


def cohort(key: str, *, condition: str, drug: str, entered: date) -> Invented:
    """A cohort from practice, looked back on or followed."""
    random = Random(f"cohort {key}")
    who = CONDITIONS[condition]
    writing = Writing.of(random, journals_for(condition))
    scale = random.choice((who.scale, who.second))
    number = random.choice((random.randint(38, 120), random.randint(121, 420), random.randint(600, 3400)))
    is_emergency = condition == "suicidality"
    setting, is_looking_back = random.choice(_SETTINGS["emergency" if is_emergency else drug]), random.random() < 0.6
    kind = "retrospective cohort study" if is_looking_back else "prospective observational study"
    ways = (
        ("intravenous ketamine",)
        if is_emergency
        else ("intravenous ketamine", "ketamine infusions", "sublingual ketamine")
    )
    give = "esketamine nasal spray" if drug == "esketamine" else random.choice(ways)
    response, remission = random.uniform(34, 58), random.uniform(14, 31)
    months = random.choice((3, 6, 12))
    title = random.choice(
        (
            f"Real-world outcomes of {give} in {who.people[0]}: a {kind}.",
            f"{give[0].upper()}{give[1:]} for {who.name} in routine care: {months}-month outcomes from {setting}.",
            f"Effectiveness and persistence of {give} in {who.name}: a {kind}.",
            f"Who benefits from {give}? A {kind} in {who.name}.",
        )
    )
    methods = random.choice(
        (
            f"We analysed records of {number:,} {who.people[0]} treated with {give} at {setting} between {entered.year - 4} and {entered.year - 1}. The {scale.long} ({scale.short}) was completed before and during treatment.",
            f"This {kind} included {number:,} {random.choice(who.people)} who started {give} at {setting}. Response was {scale.response}.",
            f"Data of {number:,} consecutive patients with {who.name} who received {give} were taken from {setting}. Outcome was change in {scale.short} ({scale.long}).",
        )
    )
    findings = [
        f"After the acute course, {percent(response)} had responded and {percent(remission)} were in remission on the {scale.short}.",
        f"At {months} months, {percent(random.uniform(38, 66))} were still receiving treatment.",
        f"Comorbid {random.choice(('anxiety', 'personality disorder', 'chronic pain', 'post-traumatic stress disorder'))} was {random.choice(('not associated', 'associated'))} with response (adjusted odds ratio {writing.print.number(random.uniform(0.82, 0.97), 2)}).",
        f"Discontinuation was due to lack of benefit in {percent(random.uniform(12, 28))}, to cost or travel in {percent(random.uniform(8, 19))} and to adverse events in {percent(random.uniform(3, 9))}.",
    ]
    harm = random.choice(
        (
            f"Dissociation was recorded in {percent(random.uniform(15, 44))} and raised blood pressure in {percent(random.uniform(4, 17))} of sessions.",
            f"There were {random.randint(1, 4)} suicide attempts and no deaths during follow-up.",
            "No case of ketamine misuse or cystitis was recorded.",
            "",
        )
    )
    results = f"{findings[0]} {' '.join(random.sample(findings[1:], 2))} {harm}".strip()
    conclusion = random.choice(
        (
            "Outcomes in routine care were similar to those of trials in this uncontrolled cohort, and about half of patients stopped treatment within a year.",
            f"Patients with {who.name} improved during treatment. Without a comparison group causal inference is not possible.",
            f"{give[0].upper()}{give[1:]} was continued by a minority of patients. Reasons for stopping deserve study.",
            "These data from practice complement trials but are limited by missing follow-up.",
        )
    )
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=title,
        abstract=parts(writing, random.choice(who.background), methods, results, conclusion),
        publication_types=("Journal Article", "Observational Study"),
        mesh=(
            *who.mesh,
            *_HUMANS,
            "Retrospective Studies" if is_looking_back else "Prospective Studies",
            *(("Administration, Intranasal",) if drug == "esketamine" else ()),
        ),
        major=frozenset(who.mesh[:1]) | {"Ketamine"},
        substances=("Ketamine", *(("Esketamine",) if drug == "esketamine" else ())),
        keywords=(*who.keywords, "real-world evidence"),
    )


_CASES = (
    (
        "trd",
        "a {age}-year-old {sex} with treatment-resistant depression and {extra}",
        "eight intravenous infusions of ketamine 0.5 mg/kg",
    ),
    (
        "ptsd",
        "a {age}-year-old {sex} veteran with chronic PTSD and {extra}",
        "six ketamine infusions of 0.5 mg/kg over three weeks",
    ),
    (
        "bipolar",
        "a {age}-year-old {sex} with bipolar I depression and {extra}",
        "esketamine nasal spray 56 mg twice weekly",
    ),
    (
        "ocd",
        "a {age}-year-old {sex} with obsessive-compulsive disorder and {extra}",
        "intravenous esketamine 0.25 mg/kg",
    ),
    (
        "suicidality",
        "a {age}-year-old {sex} with depression, acute suicidal ideation and {extra}",
        "a single intramuscular dose of ketamine 0.5 mg/kg",
    ),
    (
        "late-life",
        "a {age}-year-old {sex} with late-life depression and {extra}",
        "subcutaneous ketamine 0.5 mg/kg twice weekly",
    ),
    (
        "anxious-depression",
        "a {age}-year-old {sex} with comorbid panic disorder and major depression, complicated by {extra}",
        "sublingual ketamine 100 mg twice weekly",
    ),
    (
        "sad",
        "a {age}-year-old {sex} with social anxiety disorder and {extra}",
        "four intravenous infusions of ketamine 0.5 mg/kg",
    ),
)
_EXTRAS = (
    "controlled epilepsy",
    "a kidney transplant",
    "Parkinson's disease",
    "chronic pain treated with methadone",
    "alcohol use disorder in remission",
    "catatonic features",
    "obstructive sleep apnoea",
    "narcolepsy treated with modafinil",
)


def case_report(key: str, *, place: int, entered: date) -> Invented:
    """One patient's story, or two."""
    random = Random(f"case {key}")
    condition, story, treatment = _CASES[place % len(_CASES)]
    who = CONDITIONS[condition]
    writing = Writing.of(random, journals_for(condition), layouts=("plain", "plain", "four"))
    age = random.randint(61, 79) if condition == "late-life" else random.randint(24, 58)
    sex, extra = random.choice(("woman", "man")), random.choice(_EXTRAS)
    patient = story.format(
        age=age,
        sex="female" if "veteran" in story and sex == "woman" else "male" if "veteran" in story else sex,
        extra=extra,
    )
    went_well = random.random() < 0.7
    scale = who.scale
    before = round(random.uniform(*scale.baseline))
    after = round(before * (random.uniform(0.2, 0.45) if went_well else random.uniform(0.8, 1.05)))
    drug = "esketamine" if "esketamine" in treatment else "ketamine"
    title = random.choice(
        (
            f"{drug.capitalize()} in a patient with {who.name} and {extra}: a case report.",
            f"{drug.capitalize()} for {who.name} in a patient with {extra}: case report.",
        )
    )
    course = (
        f"The {scale.short} score fell from {before} to {after} within two weeks, and improvement lasted for {random.randint(2, 6)} months with monthly maintenance."
        if went_well
        else f"The {scale.short} score was {before} before and {after} after the course, and treatment was stopped because of {random.choice(('distressing dissociation', 'lack of effect', 'a hypertensive response'))}."
    )
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=title,
        abstract=parts(
            writing,
            f"Experience with {drug} in patients with {who.name} and {extra} is limited.",
            f"We report the case of {patient}, who was given {treatment} with continuous monitoring.",
            course,
            "A single case does not allow conclusions on efficacy; close monitoring is advisable."
            if went_well
            else "The case illustrates that benefit cannot be taken for granted in complex presentations.",
        ),
        publication_types=("Case Reports", "Journal Article"),
        mesh=(*who.mesh, "Humans", "Female" if sex == "woman" else "Male", "Aged" if age > 64 else "Adult"),
        major=frozenset(who.mesh[:1]),
        keywords=("case report", drug, *who.keywords[:1]),
        fewest_authors=2,
        most_authors=5,
    )


_SURVEYS = (
    (
        "Attitudes of psychiatrists towards ketamine for depression: a cross-sectional survey.",
        "trd",
        "A questionnaire was sent to {sent} psychiatrists; {number} ({rate}%) answered.",
        "{yes}% would refer a patient with treatment-resistant depression for ketamine, {half}% felt insufficiently trained, and the most frequent concern was misuse ({fear}%).",
        "Psychiatrists were interested but many felt unprepared.",
    ),
    (
        "Use of at-home sublingual ketamine for depression and anxiety: a cross-sectional online survey.",
        "anxious-depression",
        "We surveyed {number} adults who had received mail-order ketamine for depression and anxiety.",
        "Most ({yes}%) reported less depression and anxiety; {half}% had no contact with a clinician between doses, and {fear}% had used more than prescribed.",
        "Self-reported benefit was common, and supervision was often lacking.",
    ),
    (
        "Urinary symptoms among patients receiving ketamine for depression: a cross-sectional study.",
        "trd",
        "{number} outpatients receiving repeated ketamine or esketamine for depression completed a urinary symptom score.",
        "Symptoms suggestive of cystitis were reported by {fear}% and were associated with the number of treatments; {yes}% had none.",
        "Urinary symptoms should be asked about during maintenance ketamine treatment for depression.",
    ),
    (
        "Access to esketamine among veterans with post-traumatic stress disorder and depression: a cross-sectional analysis.",
        "ptsd-depression",
        "Administrative data of {number} veterans with PTSD and major depressive disorder were analysed.",
        "Only {fear}% of those eligible had received esketamine; distance to a clinic above 60 km was the main barrier in {half}%.",
        "Geography limited access to esketamine in this population.",
    ),
    (
        "Expectations before a first ketamine infusion in people with social anxiety and depression: a questionnaire study.",
        "sad",
        "{number} outpatients with social anxiety disorder, most with comorbid depression, rated their expectations before a first ketamine infusion.",
        "Expectations were high in {yes}%; {half}% feared losing control in front of staff, and fear was greater with higher Liebowitz Social Anxiety Scale scores.",
        "Socially anxious patients may need particular preparation for dissociative effects.",
    ),
)


def survey(key: str, *, place: int, entered: date) -> Invented:
    random = Random(f"survey {key}")
    title, condition, methods, results, conclusion = _SURVEYS[place % len(_SURVEYS)]
    who = CONDITIONS[condition]
    writing = Writing.of(random, journals_for(condition))
    number = random.randint(120, 640)
    sent = round(number / random.uniform(0.3, 0.6))
    values = {
        "number": number,
        "sent": sent,
        "rate": round(100 * number / sent),
        "yes": random.randint(58, 81),
        "half": random.randint(36, 55),
        "fear": random.randint(7, 24),
    }
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=title,
        abstract=parts(
            writing, random.choice(who.background), methods.format(**values), results.format(**values), conclusion
        ),
        publication_types=("Journal Article",),
        mesh=(*who.mesh, "Humans", "Male", "Female", "Adult", "Cross-Sectional Studies"),
        major=frozenset({"Ketamine"}),
        keywords=("survey", *who.keywords[:2]),
    )


_INTERVIEWS = (
    (
        "\u201cLike stepping outside my own story\u201d: a qualitative study of ketamine treatment for PTSD.",
        "ptsd",
        "veterans with PTSD who had completed six ketamine infusions",
        (
            "distance from traumatic memories",
            "loss of control during dosing",
            "the importance of someone being there afterwards",
        ),
    ),
    (
        "Living with esketamine treatment for depression: an interview study of patients and nurses.",
        "trd",
        "patients with treatment-resistant depression and clinic nurses",
        ("hope against exhaustion", "the burden of clinic visits", "uncertainty about stopping"),
    ),
    (
        "How adolescents and their parents experience ketamine treatment for depression: a thematic analysis.",
        "adolescent",
        "adolescents with depression and their parents",
        ("being taken seriously", "fear of addiction", "different ideas of what getting better means"),
    ),
    (
        "Therapists' accounts of ketamine-assisted psychotherapy: a qualitative study.",
        "anxious-depression",
        "therapists who provide ketamine-assisted psychotherapy for depression and anxiety",
        ("preparing for the unexpected", "touch and boundaries", "integration sessions as the real work"),
    ),
)


def interviews(key: str, *, place: int, entered: date) -> Invented:
    random = Random(f"interviews {key}")
    title, condition, whom, themes = _INTERVIEWS[place % len(_INTERVIEWS)]
    who = CONDITIONS[condition]
    writing = Writing.of(random, (*people.PSYCHOTHERAPY, *people.CLINICAL), layouts=("plain", "objective", "four"))
    number = random.randint(11, 27)
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=title,
        abstract=parts(
            writing,
            "Little is known of how ketamine treatment is experienced by those who receive or provide it.",
            f"Semi-structured interviews were held with {in_words(number)} participants ({whom}) and analysed thematically.",
            f"Three themes were identified: {themes[0]}; {themes[1]}; and {themes[2]}.",
            "Services should give room to preparation and follow-up, which participants valued as much as the drug.",
        ),
        mesh=(*who.mesh, "Humans", "Male", "Female"),
        major=frozenset({"Ketamine"}),
        keywords=("qualitative research", "lived experience", "ketamine"),
        fewest_authors=2,
        most_authors=6,
    )


_SIGNALS = (
    ("Urinary tract disorders", "esketamine and ketamine used for depression", "cystitis", 3.1),
    ("Suicidal ideation", "esketamine nasal spray in major depression", "suicidal ideation", 1.4),
    ("Dissociation and sedation", "esketamine nasal spray in treatment-resistant depression", "dissociation", 9.8),
    ("Hypertensive events", "ketamine and esketamine in psychiatric use", "blood pressure increased", 2.2),
    ("Hepatotoxicity", "repeated ketamine for depression", "drug-induced liver injury", 1.1),
    (
        "Respiratory depression",
        "esketamine nasal spray taken with benzodiazepines by patients with treatment-resistant depression",
        "respiratory depression",
        1.2,
    ),
)


def pharmacovigilance(key: str, *, place: int, entered: date) -> Invented:
    """A disproportionality analysis of spontaneous reports."""
    random = Random(f"signal {key}")
    event, drug, term, odds = _SIGNALS[place % len(_SIGNALS)]
    writing = Writing.of(random, people.SAFETY)
    reports = random.randint(2_100, 9_800)
    cases = round(reports * random.uniform(0.01, 0.07))
    low, high = round(odds * 0.8, 2), round(odds * 1.25, 2)
    signal = low > 1
    digits = writing.print
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{event} reported with {drug}: a disproportionality analysis of a spontaneous reporting database.",
        abstract=parts(
            writing,
            f"Post-marketing data on {term} with {drug} are limited.",
            f"We searched a national pharmacovigilance database for adverse event reports on {drug} received from {entered.year - 6} to {entered.year - 1} and calculated reporting odds ratios (ROR).",
            f"Among {reports:,} reports, {cases} named {term} (ROR {digits.number(odds, 2)}; {digits.ci_words} {digits.number(low, 2)} to {digits.number(high, 2)}). "
            f"{random.randint(31, 62)}% of these were serious. Median time to onset was {random.randint(2, 75)} days.",
            f"{'A signal of disproportionate reporting was found' if signal else 'No clear signal was found'} for {term}. Spontaneous reports cannot establish incidence or causation.",
        ),
        mesh=(
            "Humans",
            "Ketamine",
            "Male",
            "Female",
            "Antidepressive Agents",
            *(("Cystitis",) if term == "cystitis" else ()),
            *(("Blood Pressure",) if "blood" in term else ()),
        ),
        major=frozenset({"Ketamine"}),
        keywords=("pharmacovigilance", "adverse events", "esketamine", "depression"),
        most_authors=6,
    )
