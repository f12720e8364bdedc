"""What PubMed had received before the demo begins: the studies of 2012 to early November 2026, as a list of kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from aggregator.demo_data import mechanism, noise, observational, psychotherapy, reviews, trials
from aggregator.demo_data.record import Invented

_BEGIN, _END = date(2012, 2, 1), date(2026, 11, 8)

#: Condition, treatment, outcome, and "crossover" for a trial of that design.
_TRIALS = """
trd single-iv benefit;trd single-iv benefit crossover;trd repeated-iv benefit;trd repeated-iv null;trd repeated-iv benefit
trd subcutaneous benefit;trd subcutaneous null;trd intramuscular benefit;trd oral benefit;trd oral null
trd sublingual null;trd intranasal-racemic benefit crossover;trd esketamine-nasal benefit;trd esketamine-nasal null
trd esketamine-nasal benefit;trd esketamine-iv benefit;trd arketamine null;trd ketamine-ect null;trd ketamine-ect against
trd dose-finding benefit;trd dose-finding null;trd single-iv benefit;trd repeated-iv benefit
mdd single-iv benefit;mdd repeated-iv null;mdd esketamine-nasal benefit;mdd esketamine-iv benefit;mdd oral benefit
mdd intranasal-racemic null;mdd ketamine-ect null;mdd dose-finding benefit;mdd single-iv null
bipolar single-iv benefit crossover;bipolar single-iv benefit;bipolar repeated-iv null;bipolar esketamine-iv benefit
suicidality single-iv benefit;suicidality single-iv null;suicidality esketamine-nasal null;suicidality intramuscular benefit
suicidality intranasal-racemic benefit;late-life subcutaneous benefit;late-life single-iv null;late-life esketamine-nasal benefit
adolescent single-iv benefit crossover;adolescent repeated-iv benefit;adolescent intranasal-racemic null
ptsd single-iv benefit crossover;ptsd single-iv null;ptsd repeated-iv benefit;ptsd repeated-iv null;ptsd repeated-iv benefit
ptsd intranasal-racemic null;ptsd oral benefit;ptsd esketamine-nasal null;ptsd intramuscular benefit
sad single-iv benefit crossover;sad single-iv null crossover;sad repeated-iv benefit;sad intranasal-racemic benefit
sad subcutaneous null;gad subcutaneous benefit;gad single-iv null;gad intramuscular benefit crossover
ocd single-iv benefit crossover;ocd repeated-iv null;ocd esketamine-iv benefit;panic single-iv null
anxious-depression single-iv benefit;anxious-depression esketamine-nasal benefit;anxious-depression repeated-iv null
ptsd-depression repeated-iv benefit;ptsd-depression single-iv null;ptsd-depression esketamine-nasal benefit
"""

_CONDITIONS = (
    "trd",
    "mdd",
    "bipolar",
    "suicidality",
    "late-life",
    "adolescent",
    "ptsd",
    "sad",
    "gad",
    "ocd",
    "anxious-depression",
    "ptsd-depression",
)


def studies() -> Iterator[Invented]:
    """The backlog. Days of arrival are drawn for each study by its own key, more of them late than early."""
    yield from _trials()
    yield from _without_allocation()
    yield from _syntheses()
    yield from _with_psychotherapy()
    yield from _mechanisms_and_noise()


def _day(key: str) -> date:
    share = Random(f"day {key}").random() ** 0.62
    return _BEGIN + timedelta(days=int(share * (_END - _BEGIN).days))


def _trials() -> Iterator[Invented]:
    rows = [row.split() for row in _TRIALS.replace("\n", ";").split(";") if row.strip()]
    for number, (condition, treatment, outcome, *design) in enumerate(rows):
        key = f"trial-{number:03d}"
        yield trials.trial(
            key, condition=condition, treatment=treatment, outcome=outcome, entered=_day(key), is_crossover=bool(design)
        )


def _without_allocation() -> Iterator[Invented]:
    treatments = ("repeated-iv", "intramuscular", "oral", "esketamine-nasal", "subcutaneous", "sublingual")
    for number in range(16):
        key = f"open-{number:03d}"
        condition = _CONDITIONS[number % len(_CONDITIONS)]
        yield observational.open_label(
            key, condition=condition, treatment=treatments[number % len(treatments)], entered=_day(key)
        )
    for number in range(26):
        key = f"cohort-{number:03d}"
        condition = (
            "trd",
            "mdd",
            "ptsd",
            "suicidality",
            "bipolar",
            "anxious-depression",
            "late-life",
            "ptsd-depression",
        )[number % 8]
        drug = "esketamine" if number % 3 == 0 else "ketamine"
        yield observational.cohort(key, condition=condition, drug=drug, entered=_day(key))
    for number in range(14):
        key = f"case-{number:03d}"
        yield observational.case_report(key, place=number, entered=_day(key))
    for number in range(5):
        yield observational.survey(f"survey-{number}", place=number, entered=_day(f"survey-{number}"))
    for number in range(4):
        yield observational.interviews(f"talk-{number}", place=number, entered=_day(f"talk-{number}"))
    for number in (0, 1, 2, 4, 5):
        yield observational.pharmacovigilance(f"signal-{number}", place=number, entered=_day(f"signal-{number}"))


def _syntheses() -> Iterator[Invented]:
    outcomes = ("benefit", "benefit", "null", "benefit")
    for number in range(17):
        key, condition = f"meta-{number:03d}", _CONDITIONS[(number * 5) % len(_CONDITIONS)]
        yield reviews.meta_analysis(key, condition=condition, outcome=outcomes[number % 4], entered=_day(key))
    for number in range(10):
        key, condition = f"systematic-{number:03d}", _CONDITIONS[(number * 7) % len(_CONDITIONS)]
        yield reviews.systematic_review(key, condition=condition, entered=_day(key))
    for number in range(12):
        yield reviews.essay(f"essay-{number:02d}", place=number, entered=_day(f"essay-{number:02d}"))
    for condition in ("trd", "ptsd"):
        yield reviews.guideline(f"guideline-{condition}", condition=condition, entered=_day(f"guideline-{condition}"))
    for number, condition in enumerate(("trd", "ptsd", "sad", "anxious-depression", "bipolar", "mdd")):
        yield reviews.letter(f"letter-{number}", condition=condition, entered=_day(f"letter-{number}"))
    yield _german()


def _german() -> Invented:
    """A record in another language, with its title as NLM translates it."""
    key = "german"
    study = reviews.essay(key, place=0, entered=date(2021, 9, 14))
    return replace(
        study,
        title="[Ketamine in the treatment of depression: an overview for the clinic].",
        vernacular_title="Ketamin in der Behandlung der Depression: ein \u00dcberblick f\u00fcr die Klinik.",
        language="ger",
        publication_types=("English Abstract", "Journal Article", "Review"),
    )


def _with_psychotherapy() -> Iterator[Invented]:
    rows = (
        ("ptsd", 1, "benefit"),
        ("ptsd", 2, "null"),
        ("trd", 0, "benefit"),
        ("trd", 3, "null"),
        ("anxious-depression", 4, "benefit"),
        ("ocd", 0, "benefit"),
        ("sad", 0, "null"),
        ("mdd", 5, "null"),
        ("suicidality", 0, "null"),
        ("ptsd-depression", 6, "benefit"),
    )
    for number, (condition, therapy, outcome) in enumerate(rows):
        key = f"combined-{number:02d}"
        yield psychotherapy.combined_trial(
            key, condition=condition, therapy=therapy, outcome=outcome, entered=_day(key)
        )
    for number, condition in enumerate(("ptsd", "trd", "anxious-depression", "sad", "gad", "mdd")):
        key = f"assisted-{number:02d}"
        yield psychotherapy.assisted(key, condition=condition, entered=_day(key))
    protocols = (
        ("trd", "subcutaneous", None),
        ("ptsd", "repeated-iv", 2),
        ("sad", "single-iv", None),
        ("suicidality", "single-iv", None),
        ("bipolar", "repeated-iv", None),
        ("anxious-depression", "sublingual", 0),
        ("late-life", "repeated-iv", None),
        ("gad", "oral", None),
        ("mdd", "ketamine-ect", None),
    )
    for number, (condition, treatment, therapy_number) in enumerate(protocols):
        key = f"protocol-{number:02d}"
        yield psychotherapy.protocol(
            key, condition=condition, treatment=treatment, entered=_day(key), with_therapy=therapy_number
        )
    for number in range(16):
        key, condition = f"secondary-{number:02d}", _CONDITIONS[(number * 3) % len(_CONDITIONS)]
        yield psychotherapy.secondary(key, condition=condition, place=number, finds=number % 3 == 0, entered=_day(key))


def _mechanisms_and_noise() -> Iterator[Invented]:
    for number in range(12):
        yield mechanism.human(f"human-{number:02d}", place=number, entered=_day(f"human-{number:02d}"))
    for number in range(8):
        yield mechanism.animal(f"animal-{number}", place=number, entered=_day(f"animal-{number}"))
    for number in range(8):
        key = f"theatre-{number}"
        yield noise.theatre(key, place=number, outcome="benefit" if number % 3 else "null", entered=_day(key))
    for number in range(5):
        yield noise.misuse(f"misuse-{number}", place=number, entered=_day(f"misuse-{number}"))
    for number in range(3):
        yield noise.wandering(f"wandering-{number}", place=number, entered=_day(f"wandering-{number}"))
