"""Ketamine with psychotherapy in studies that were never held; also protocols and second looks at trials."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from datetime import date
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.conditions import COMPARATORS, CONDITIONS, TREATMENTS
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import in_words, mean_difference
from aggregator.demo_data.observational import journals_for, parts
from aggregator.demo_data.record import Invented
from aggregator.demo_data.trials import ACRONYMS, harms

_THERAPIES = (
    ("cognitive behavioural therapy", "ten weekly sessions of cognitive behavioural therapy (CBT)"),
    ("prolonged exposure therapy", "ten sessions of prolonged exposure therapy"),
    ("written exposure therapy", "five sessions of written exposure therapy"),
    ("behavioural activation", "eight sessions of behavioural activation"),
    ("mindfulness training", "an eight-week mindfulness programme"),
    ("acceptance and commitment therapy", "six sessions of acceptance and commitment therapy"),
    ("motivational interviewing", "four sessions of motivational interviewing"),
)


def combined_trial(key: str, *, condition: str, therapy: int, outcome: str, entered: date) -> Invented:
    """Psychotherapy added to ketamine in one of two randomised groups."""
    random = Random(f"combined {key}")
    who, (name, words) = CONDITIONS[condition], _THERAPIES[therapy % len(_THERAPIES)]
    writing = Writing.of(random, (*people.PSYCHOTHERAPY, *journals_for(condition)))
    first = random.randint(16, 44)
    second = first - random.randint(0, 2)
    estimate = mean_difference(random, first=first, second=second, sd=who.scale.sd, outcome=outcome)
    digits, give = writing.print, random.choice(TREATMENTS["repeated-iv"].words)
    week = random.choice((8, 10, 12, 16))
    null = outcome == "null"
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=random.choice(
            (
                f"Ketamine followed by {name} for {who.name}: a randomised controlled trial.",
                f"Adding {name} to ketamine in {who.people[0]}: a randomised trial.",
                f"Does {name} extend the effect of ketamine in {who.name}? Randomised clinical trial.",
            )
        ),
        abstract=parts(
            writing,
            f"The effect of ketamine in {who.name} often fades within weeks, and psychotherapy might prolong it.",
            f"{in_words(first + second).capitalize()} {who.people[0]} received {give} and were randomly assigned to {words} (n={first}) or to treatment as usual (n={second}) afterwards. The primary outcome was the {who.scale.long} ({who.scale.short}) at week {week}.",
            f"{who.scale.short} scores at week {week} {'did not differ significantly between groups' if null else f'were lower with {name}'} (mean difference {digits.full(estimate)}). {harms(random, 'ketamine', 'usual care', is_blind=False)}".strip(),
            f"{name[0].upper()}{name[1:]} after ketamine {'did not improve outcome over usual care' if null else 'was associated with a more lasting improvement than usual care'} in this {'small ' if first < 30 else ''}trial.",
        ),
        publication_types=("Journal Article", "Randomized Controlled Trial"),
        mesh=(
            *who.mesh,
            "Psychotherapy",
            "Humans",
            "Male",
            "Female",
            "Adult",
            *(("Cognitive Behavioral Therapy",) if "CBT" in words else ()),
        ),
        major=frozenset({"Ketamine", "Psychotherapy"}),
        keywords=("ketamine-assisted psychotherapy", name, *who.keywords[:2]),
        is_registered=True,
    )


def assisted(key: str, *, condition: str, entered: date) -> Invented:
    """Ketamine-assisted psychotherapy as clinics give it, without a control group."""
    random = Random(f"assisted {key}")
    who = CONDITIONS[condition]
    writing = Writing.of(random, (*people.PSYCHOTHERAPY, *people.CLINICAL))
    number = random.randint(18, 260)
    before = random.uniform(*who.second.baseline)
    after = before * random.uniform(0.5, 0.72)
    route = random.choice(
        (
            "sublingual ketamine lozenges (100 to 300 mg)",
            "intramuscular ketamine (0.5 to 1.5 mg/kg)",
            "intravenous ketamine (0.5 mg/kg)",
        )
    )
    setting = random.choice(("group", "individual"))
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=random.choice(
            (
                f"Ketamine-assisted psychotherapy for {who.name}: outcomes of {setting} treatment in private practice.",
                f"{setting.capitalize()} ketamine-assisted psychotherapy in {who.people[0]}: a retrospective evaluation.",
                f"Outcomes of ketamine-assisted psychotherapy in {who.people[-1]}: a naturalistic study.",
            )
        ),
        abstract=parts(
            writing,
            "Ketamine-assisted psychotherapy is spreading faster than its evidence.",
            f"We reviewed the records of {number} {random.choice(who.people)} who had {setting} ketamine-assisted psychotherapy with {route}, including preparation and integration sessions.",
            f"Mean {who.second.short} score fell from {before:.1f} to {after:.1f} over {random.randint(4, 12)} weeks. {random.randint(9, 31)}% did not complete treatment. There was no control group.",
            "Improvement was seen in those who completed treatment. The contributions of drug, psychotherapy and time cannot be told apart.",
        ),
        publication_types=("Journal Article", "Observational Study"),
        mesh=(*who.mesh, "Psychotherapy", "Humans", "Retrospective Studies"),
        major=frozenset({"Ketamine", "Psychotherapy"}),
        keywords=("ketamine-assisted psychotherapy", "integration", *who.keywords[:1]),
        most_authors=6,
    )


def protocol(key: str, *, condition: str, treatment: str, entered: date, with_therapy: int | None = None) -> Invented:
    """What a trial intends to do; no results."""
    random = Random(f"protocol {key}")
    who, how = CONDITIONS[condition], TREATMENTS[treatment]
    versus = COMPARATORS[random.choice(how.against)]
    writing = Writing.of(random, people.CLINICAL, layouts=("objective", "four"))
    number, acronym = random.choice((60, 84, 100, 120, 146, 220)), random.choice(ACRONYMS)
    therapy = "" if with_therapy is None else f" combined with {_THERAPIES[with_therapy][0]}"
    drug_words = random.choice(how.title)
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=random.choice(
            (
                f"{drug_words}{therapy} for {who.name} ({acronym}): study protocol for a randomised controlled trial.",
                f"Protocol for a randomised trial of {drug_words[0].lower()}{drug_words[1:]}{therapy} versus {versus.name} in {who.people[0]} (the {acronym} trial).",
            )
        ),
        abstract=parts(
            writing,
            random.choice(who.background),
            f"{number} {who.people[0]} will be randomised 1:1 to {random.choice(how.words)}{therapy} or {random.choice(versus.words)}. The primary outcome will be change in {who.scale.short} score at {random.choice(how.timepoints)}; secondary outcomes include {who.second.short}, adverse events and treatment guesses.",
            f"Recruitment will take place at {random.choice(('three', 'four', 'six'))} sites until {entered.year + 2}. Ethics approval has been obtained, and results will be submitted to a peer-reviewed journal.",
            f"The trial will show whether {how.drug}{therapy} is superior to {versus.name} for {who.symptoms}.",
        ),
        publication_types=("Journal Article", "Clinical Trial Protocol"),
        mesh=(*who.mesh, "Humans"),
        major=frozenset({"Ketamine"}),
        keywords=(
            "study protocol",
            "randomised controlled trial",
            *who.keywords[:2],
            *(("psychotherapy",) if therapy else ()),
        ),
        is_registered=True,
    )


_QUESTIONS = (
    ("baseline anxiety", "moderated", "anxious depression"),
    ("body mass index", "predicted", "weight"),
    ("dissociation during dosing", "mediated", "mechanism"),
    ("childhood trauma", "moderated", "trauma history"),
    ("age", "moderated", "older adults"),
    ("expectancy", "mediated", "unblinding"),
    ("sleep", "mediated", "insomnia"),
    ("suicidal ideation at baseline", "predicted", "suicidality"),
)


def secondary(key: str, *, condition: str, place: int, finds: bool, entered: date) -> Invented:
    """Another look at a trial's data."""
    random = Random(f"secondary {key}")
    who = CONDITIONS[condition]
    factor, verb, keyword = _QUESTIONS[place % len(_QUESTIONS)]
    writing = Writing.of(random, journals_for(condition))
    digits, number = writing.print, random.randint(48, 210)
    p = random.uniform(0.004, 0.04) if finds else random.uniform(0.18, 0.81)
    kind = random.choice(("secondary analysis", "post hoc analysis"))
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=random.choice(
            (
                f"Does {factor} shape the response to ketamine in {who.name}? A {kind} of a randomised trial.",
                f"{factor[0].upper()}{factor[1:]} and outcome of ketamine treatment for {who.name}: {kind} of randomised trial data.",
            )
        ),
        abstract=parts(
            writing,
            f"It is unclear whether {factor} matters for the effect of ketamine in {who.name}, including in those with comorbid anxiety.",
            f"This {kind} used data of {number} participants in a completed randomised, midazolam-controlled trial. Models included the interaction of {factor} with treatment on {who.scale.short} change.",
            f"{factor[0].upper()}{factor[1:]} {verb if finds else 'was not related to'}{' the effect of treatment' if finds else ' the difference between ketamine and midazolam'} ({digits.p(p)}).",
            f"{'These exploratory findings need replication.' if finds else f'We found no evidence that {factor} alters the effect of ketamine.'} The trial was not designed for this question.",
        ),
        mesh=(*who.mesh, "Humans", "Male", "Female", "Adult", "Midazolam"),
        major=frozenset({"Ketamine"}),
        keywords=("secondary analysis", keyword, *who.keywords[:2]),
    )
