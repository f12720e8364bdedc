"""Syntheses and opinions that were never written: reviews, guidelines, letters."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from datetime import date
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.conditions import CONDITIONS, Condition
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import in_words, pooled
from aggregator.demo_data.observational import journals_for, parts
from aggregator.demo_data.record import Invented, Part

_DATABASES = (
    "MEDLINE, Embase, PsycINFO and the Cochrane Central Register of Controlled Trials",
    "PubMed, Embase and Web of Science",
    "Scopus, MEDLINE, Embase and two trial registries",
    "MEDLINE, Embase, CENTRAL and ClinicalTrials.gov",
)


def meta_analysis(key: str, *, condition: str, outcome: str, entered: date) -> Invented:
    """A pooled estimate over trials; null when the interval includes no effect."""
    random = Random(f"meta {key}")
    who = CONDITIONS[condition]
    writing = Writing.of(random, journals_for(condition), layouts=("objective", "four", "importance", "plain"))
    digits, scale = writing.print, who.scale
    trials = random.randint(10, 34) if condition in {"trd", "mdd", "suicidality"} else random.randint(5, 11)
    participants = trials * random.randint(24, 74) + random.randint(1, 19)
    effect, heterogeneity = pooled(random, outcome=outcome), random.randint(12, 78)
    title = random.choice(
        (
            f"Ketamine for {who.name}: a systematic review and meta-analysis of randomised controlled trials.",
            f"Efficacy of ketamine and esketamine for {who.symptoms}: systematic review and meta-analysis.",
            f"Ketamine compared with placebo or midazolam for {who.name}: an updated meta-analysis.",
            f"Dose and duration of ketamine treatment in {who.name}: a meta-analysis of {trials} randomised trials.",
        )
    )
    methods = random.choice(
        (
            f"{random.choice(_DATABASES)} were searched to {random.choice(('January', 'March', 'June'))} {entered.year - 1} for randomised trials of ketamine or esketamine in {who.name}. Standardised mean differences (SMD) were pooled with random-effects models, and risk of bias was assessed with RoB 2.",
            f"We searched {random.choice(_DATABASES)} for randomised controlled trials in {who.people[0]}. The primary outcome was symptom severity ({scale.short} or equivalent) between 24 hours and two weeks. The review followed PRISMA and was registered in PROSPERO.",
        )
    )
    results = random.choice(
        (
            f"{in_words(trials).capitalize()} trials with {participants:,} participants were included. The pooled standardised mean difference was {digits.full(effect, 2)}; I2 = {heterogeneity}%.",
            f"We included {trials} studies ({participants:,} participants). Ketamine {'was associated with lower symptom scores' if outcome == 'benefit' else 'did not differ from control'} (SMD {digits.number(effect.value, 2)}, {digits.ci(effect, 2)}, {digits.p(effect.p)}; I2 = {heterogeneity}%).",
        )
    )
    results += " " + random.choice(
        (
            f"{in_words(random.randint(2, max(2, trials // 4))).capitalize()} trials were at low risk of bias.",
            "The effect was smaller in trials with midazolam than in those with saline.",
            "No trial reported outcomes beyond three months.",
            "Dissociation was more frequent with ketamine; serious adverse events were rare and poorly reported.",
            "Certainty of evidence was rated low because of imprecision and unblinding.",
        )
    )
    conclusion = (
        random.choice(
            (
                f"Ketamine reduced {who.symptoms} in the short term; certainty is limited by unblinding and small trials.",
                f"The evidence supports a short-lived effect of ketamine in {who.name}. Long-term trials are lacking.",
            )
        )
        if outcome == "benefit"
        else random.choice(
            (
                f"Current evidence does not show that ketamine is superior to control for {who.symptoms}.",
                f"The effect of ketamine in {who.name} remains uncertain; the included trials were few and small.",
            )
        )
    )
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=title,
        abstract=parts(writing, random.choice(who.background), methods, results, conclusion),
        publication_types=("Journal Article", "Meta-Analysis", "Systematic Review"),
        mesh=(*who.mesh, "Humans", "Treatment Outcome"),
        major=frozenset(who.mesh[:1]) | {"Ketamine"},
        keywords=("meta-analysis", "systematic review", *who.keywords[:3]),
        most_authors=7,
    )


_QUESTIONS = (
    "adverse effects of repeated dosing",
    "predictors of response",
    "how blinding was assessed",
    "maintenance treatment",
    "cognitive effects",
    "patient-reported outcomes",
)


def systematic_review(key: str, *, condition: str, entered: date) -> Invented:
    """A review without pooling."""
    random = Random(f"systematic {key}")
    who = CONDITIONS[condition]
    writing = Writing.of(random, journals_for(condition))
    question, number = random.choice(_QUESTIONS), random.randint(9, 61)
    trials = random.randint(3, max(4, number // 2))
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=random.choice(
            (
                f"Ketamine and esketamine in {who.name}: a systematic review of {question}.",
                f"{question[0].upper()}{question[1:]} in studies of ketamine for {who.name}: systematic review.",
            )
        ),
        abstract=parts(
            writing,
            f"{random.choice(who.background)} No review has focused on {question}.",
            f"{random.choice(_DATABASES)} were searched following PRISMA for studies of any design in {who.people[0]} that reported on {question}.",
            f"Of {random.randint(600, 2900):,} records, {number} studies were included, {trials} of them randomised trials. "
            + random.choice(
                (
                    "Reporting was inconsistent, and meta-analysis was not possible.",
                    "Most studies were small and at high risk of bias.",
                    f"Only {random.randint(2, 6)} studies followed participants for more than six months.",
                )
            ),
            f"Evidence on {question} is limited. Standardised reporting is recommended.",
        ),
        publication_types=("Journal Article", "Systematic Review"),
        mesh=(*who.mesh, "Humans"),
        major=frozenset(who.mesh[:1]) | {"Ketamine"},
        keywords=("systematic review", *who.keywords[:2]),
        most_authors=6,
    )


_ESSAYS = (
    (
        "Ketamine for mood disorders: two decades on",
        "trd",
        "the road from the first infusion studies to nasal esketamine",
        "clinic",
    ),
    ("Practical aspects of setting up an esketamine service", "trd", "staffing, monitoring and follow-up", "clinic"),
    (
        "Ketamine in post-traumatic stress disorder: promise and open questions",
        "ptsd",
        "trials, mechanisms and the place of psychotherapy",
        "clinic",
    ),
    (
        "Social anxiety disorder: what comes after first-line treatment?",
        "sad",
        "ketamine, psychotherapy and other second-line options",
        "clinic",
    ),
    (
        "Ketamine for refractory anxiety and obsessive-compulsive disorders: a narrative review",
        "ocd",
        "short trials and case series",
        "clinic",
    ),
    (
        "Functional unblinding in trials of rapid-acting antidepressants",
        "mdd",
        "how expectation shapes outcomes and what can be done",
        "clinic",
    ),
    (
        "Glutamate, synaptic plasticity and the antidepressant action of ketamine",
        "mdd",
        "NMDA receptor blockade, AMPA throughput, BDNF and mTOR signalling",
        "brain",
    ),
    (
        "Does ketamine need opioid receptors? A review of human and animal evidence",
        "trd",
        "naltrexone studies, imaging and behaviour",
        "brain",
    ),
    (
        "Neuroimaging of ketamine's effects in depression: a selective review",
        "trd",
        "functional connectivity, spectroscopy and perfusion",
        "brain",
    ),
    (
        "Comorbid anxiety and depression in the era of rapid-acting treatments",
        "anxious-depression",
        "measurement, prognosis and trial design",
        "clinic",
    ),
    (
        "Long-term safety of ketamine in psychiatry: bladder, liver, cognition and dependence",
        "trd",
        "what is known from practice and from recreational use",
        "safety",
    ),
    (
        "Models of ketamine-assisted psychotherapy",
        "anxious-depression",
        "preparation, dosing and integration sessions",
        "talk",
    ),
)


def essay(key: str, *, place: int, entered: date) -> Invented:
    """A narrative review."""
    random = Random(f"essay {key}")
    title, condition, subject, side = _ESSAYS[place % len(_ESSAYS)]
    who = CONDITIONS[condition]
    journals = {"brain": people.NEUROSCIENCE, "safety": people.SAFETY, "talk": people.PSYCHOTHERAPY}.get(
        side, people.CLINICAL
    )
    writing = Writing.of(random, journals, layouts=("plain",))
    text = random.choice(
        (
            f"{random.choice(who.background)} This review discusses {subject}. We summarise the literature selectively, point to unresolved questions and suggest directions for research.",
            f"{random.choice(who.background)} Here we review {subject} for clinicians. Evidence is strongest for short-term outcomes; maintenance, comparators and safety over years are less well studied.",
        )
    )
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{title}.",
        abstract=(Part(text),),
        publication_types=("Journal Article", "Review"),
        mesh=(
            *who.mesh,
            "Humans",
            *(("Neuronal Plasticity",) if side == "brain" else ()),
            *(("Psychotherapy",) if side == "talk" else ()),
        ),
        major=frozenset({"Ketamine"}),
        keywords=(*who.keywords, *(("neuroplasticity",) if side == "brain" else ())),
        fewest_authors=1,
        most_authors=4,
    )


def guideline(key: str, *, condition: str, entered: date) -> Invented:
    random = Random(f"guideline {key}")
    who = CONDITIONS[condition]
    writing = Writing.of(random, people.CLINICAL)
    society = random.choice(("Invented Society of Biological Psychiatry", "Invented College of Psychiatrists"))
    number = random.randint(14, 31)
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"Ketamine and esketamine in {who.name}: clinical practice guideline of the {society}.",
        abstract=parts(
            writing,
            f"Guidance on the use of ketamine and esketamine in {who.name} varies between countries.",
            f"A panel of {number} clinicians, pharmacists and people with lived experience reviewed the evidence and rated recommendations with GRADE.",
            f"The panel made {number - 8} recommendations on patient selection, dosing, monitoring of blood pressure and dissociation, and stopping; {random.randint(3, 5)} were rated strong.",
            "The panel advises use within services able to monitor patients, and systematic recording of outcomes.",
        ),
        publication_types=("Journal Article", "Practice Guideline"),
        mesh=(*who.mesh, "Humans"),
        major=frozenset({"Ketamine"}),
        keywords=("guideline", *who.keywords[:2]),
        fewest_authors=8,
        most_authors=15,
    )


def letter(key: str, *, condition: str, entered: date) -> Invented:
    """A letter without an abstract, as letters are."""
    random = Random(f"letter {key}")
    who: Condition = CONDITIONS[condition]
    writing = Writing.of(random, journals_for(condition))
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=random.choice(
            (
                f"Ketamine for {who.name}: do not forget the control group.",
                f"Esketamine and {who.name}: questions of dose.",
                f"What counts as response to ketamine in {who.name}?",
                f"Ketamine clinics and {who.name}: a call for registries.",
            )
        ),
        abstract=(),
        publication_types=("Letter",),
        mesh=(*who.mesh, "Humans"),
        fewest_authors=1,
        most_authors=3,
    )
