"""What PubMed had received before the demo begins: the studies of 2012 to early November 2026, as a list of kinds."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from aggregator.demo_data import mechanism, noise, observational, people, psychotherapy, reviews, trials
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


#: Makes a study from its key, from which every choice in it is drawn.
Maker = Callable[[str], Invented]


def studies(taken: Collection[str] = ()) -> Iterator[Invented]:
    """The backlog; none has a title of `taken` or that of another, a study that would have is drawn again.

    Days of arrival are drawn for each study by its own key, more of them late than early.
    """
    seen = set(taken)
    for key, make in _makers():
        study = _unlike(seen, key, make)
        seen.add(study.title.casefold())
        yield replace(study, key=key)


def _unlike(seen: Collection[str], key: str, make: Maker) -> Invented:
    for attempt in range(50):
        study = make(f"{key}/{attempt}" if attempt else key)
        if study.title.casefold() not in seen:
            return study
    raise ValueError(f"the demo has no title left for {key}; give its table more of them")


def _makers() -> Iterator[tuple[str, Maker]]:
    yield from _trials()
    yield from _without_allocation()
    yield from _syntheses()
    yield from _with_psychotherapy()
    yield from _mechanisms_and_noise()


def _day(key: str, begin: date) -> date:
    share = Random(f"day {key}").random() ** 0.62
    return begin + timedelta(days=int(share * (_END - begin).days))


#: Nothing is studied, summed up or reported before it can be: the first day for kinds of keys, and for what is given.
_EARLIEST = (
    ("cohort-esketamine", date(2019, 10, 1)),
    ("esketamine-nasal", date(2016, 3, 1)),
    ("signal-", date(2020, 6, 1)),
    ("guideline-", date(2019, 2, 1)),
    ("survey-", date(2019, 5, 1)),
    ("talk-", date(2019, 1, 1)),
    ("meta-", date(2017, 1, 1)),
    ("systematic-", date(2016, 1, 1)),
    ("essay-", date(2018, 1, 1)),
    ("assisted-", date(2017, 6, 1)),
    ("secondary-", date(2015, 1, 1)),
    ("arketamine", date(2019, 1, 1)),
    ("ptsd", date(2014, 6, 1)),
)


def _begin(words: str) -> date:
    return max((day for part, day in _EARLIEST if part in words), default=_BEGIN)


def _trials() -> Iterator[tuple[str, Maker]]:
    for number, (condition, treatment, outcome, *design) in enumerate(_rows(_TRIALS)):
        yield _later(
            f"trial-{number:03d}",
            trials.trial,
            condition=condition,
            treatment=treatment,
            outcome=outcome,
            is_crossover=bool(design),
        )


def _later(key: str, make: Callable[..., Invented], **chosen: Any) -> tuple[str, Maker]:
    """A study to be made, that arrives on the day drawn for its key."""
    words = " ".join([key, *(str(value) for value in chosen.values())])
    return key, partial(make, entered=_day(key, _begin(words)), **chosen)


_OPEN = ("repeated-iv", "intramuscular", "oral", "esketamine-nasal", "subcutaneous", "sublingual")
_COHORTS = ("trd", "mdd", "ptsd", "suicidality", "bipolar", "anxious-depression", "late-life", "ptsd-depression")


def _without_allocation() -> Iterator[tuple[str, Maker]]:
    for number in range(16):
        condition, treatment = _CONDITIONS[number % len(_CONDITIONS)], _OPEN[number % len(_OPEN)]
        yield _later(f"open-{number:03d}", observational.open_label, condition=condition, treatment=treatment)
    for number in range(26):
        drug = "ketamine" if number % 3 else "esketamine"
        condition = _COHORTS[number % len(_COHORTS)]
        yield _later(f"cohort-{drug}-{number:03d}", observational.cohort, condition=condition, drug=drug)
    for number in range(14):
        yield _later(f"case-{number:03d}", observational.case_report, place=number)
    for number in range(5):
        yield _later(f"survey-{number}", observational.survey, place=number)
    for number in range(4):
        yield _later(f"talk-{number}", observational.interviews, place=number)
    # The fourth comes in the demo's first week.
    for number in (0, 1, 2, 4, 5):
        yield _later(f"signal-{number}", observational.pharmacovigilance, place=number)


def _syntheses() -> Iterator[tuple[str, Maker]]:
    for number in range(17):
        condition, outcome = _CONDITIONS[(number * 5) % len(_CONDITIONS)], "null" if number % 4 == 2 else "benefit"
        yield _later(f"meta-{number:03d}", reviews.meta_analysis, condition=condition, outcome=outcome)
    for number in range(10):
        condition = _CONDITIONS[(number * 7) % len(_CONDITIONS)]
        yield _later(f"systematic-{number:03d}", reviews.systematic_review, condition=condition)
    for number in range(12):
        yield _later(f"essay-{number:02d}", reviews.essay, place=number)
    for condition in ("trd", "ptsd"):
        yield _later(f"guideline-{condition}", reviews.guideline, condition=condition)
    for condition in ("trd", "ptsd", "sad", "anxious-depression", "bipolar", "mdd"):
        yield _later(f"letter-{condition}", reviews.letter, condition=condition)
    yield "german", _german
    yield "chapter", _chapter


def _german(key: str) -> Invented:
    """A record in another language, with its title as NLM translates it."""
    return replace(
        reviews.essay(key, place=0, entered=date(2021, 9, 14)),
        title="[Ketamine in the treatment of depression: an overview for the clinic].",
        vernacular_title="Ketamin in der Behandlung der Depression: ein \u00dcberblick f\u00fcr die Klinik.",
        language="ger",
        publication_types=("English Abstract", "Journal Article", "Review"),
    )


def _chapter(key: str) -> Invented:
    """PubMed holds chapters of books too, in another form of record."""
    return replace(
        reviews.essay(key, place=1, entered=date(2024, 2, 6)),
        title="Ketamine and esketamine in depression.",
        journal=people.BOOK,
        publication_types=("Review",),
        status="Publisher",
        is_book=True,
    )


#: Condition, number of the therapy, outcome.
_COMBINED = """
ptsd 1 benefit;ptsd 2 null;trd 0 benefit;trd 3 null;anxious-depression 4 benefit
ocd 0 benefit;sad 0 null;mdd 5 null;suicidality 0 null;ptsd-depression 6 benefit
"""
#: Condition, treatment, number of a therapy given with it.
_PROTOCOLS = """
trd subcutaneous;ptsd repeated-iv 2;sad single-iv;suicidality single-iv;bipolar repeated-iv
anxious-depression sublingual 0;late-life repeated-iv;gad oral;mdd esketamine-iv
"""


def _rows(table: str) -> list[list[str]]:
    return [row.split() for row in table.replace("\n", ";").split(";") if row.strip()]


def _with_psychotherapy() -> Iterator[tuple[str, Maker]]:
    for number, (condition, therapy, outcome) in enumerate(_rows(_COMBINED)):
        key = f"combined-{number:02d}"
        yield _later(key, psychotherapy.combined_trial, condition=condition, therapy=int(therapy), outcome=outcome)
    for condition in ("ptsd", "trd", "anxious-depression", "sad", "gad", "mdd"):
        yield _later(f"assisted-{condition}", psychotherapy.assisted, condition=condition)
    for number, (condition, treatment, *therapies) in enumerate(_rows(_PROTOCOLS)):
        therapy_number = int(therapies[0]) if therapies else None
        key = f"protocol-{number:02d}"
        yield _later(key, psychotherapy.protocol, condition=condition, treatment=treatment, with_therapy=therapy_number)
    for number in range(16):
        condition = _CONDITIONS[(number * 3) % len(_CONDITIONS)]
        key = f"secondary-{number:02d}"
        yield _later(key, psychotherapy.secondary, condition=condition, place=number, finds=number % 3 == 0)


def _mechanisms_and_noise() -> Iterator[tuple[str, Maker]]:
    """Some places of these tables are left to the demo's two weeks."""
    for number in (0, 1, 2, 3, 5, 6, 8, 9, 10, 11):
        yield _later(f"human-{number:02d}", mechanism.human, place=number)
    for number in (1, 2, 4, 5, 6, 7):
        yield _later(f"animal-{number}", mechanism.animal, place=number)
    for number in range(2, 8):
        outcome = "benefit" if number % 3 else "null"
        yield _later(f"theatre-{number}", noise.theatre, place=number, outcome=outcome)
    for number in (0, 1, 2, 4):
        yield _later(f"misuse-{number}", noise.misuse, place=number)
    for number in range(3):
        yield _later(f"wandering-{number}", noise.wandering, place=number)
