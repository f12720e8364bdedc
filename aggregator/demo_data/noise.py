"""What a sensitive search also finds: operating theatres, misuse, models of psychosis, wandering words."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from datetime import date
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import Rates, odds_ratio, percent
from aggregator.demo_data.observational import parts
from aggregator.demo_data.record import Invented

#: Title, patients, what was given, the outcome that is counted, MeSH.
_THEATRE = (
    (
        "Intraoperative esketamine and postpartum depression after caesarean delivery: a randomised trial",
        "women undergoing elective caesarean delivery",
        "esketamine 0.2 mg/kg after clamping of the umbilical cord",
        "postpartum depression (Edinburgh Postnatal Depression Scale of 10 or more) at six weeks",
        ("Cesarean Section", "Depression, Postpartum"),
    ),
    (
        "Low-dose esketamine for postoperative delirium in older patients: a double-blind randomised trial",
        "patients older than 65 years undergoing hip fracture surgery",
        "esketamine 0.25 mg/kg at induction of anaesthesia",
        "postoperative delirium within five days",
        ("Delirium",),
    ),
    (
        "Subanaesthetic ketamine and postoperative depressive symptoms after breast surgery: randomised controlled trial",
        "women undergoing mastectomy",
        "ketamine 0.3 mg/kg before incision",
        "depressive symptoms (PHQ-9 of 10 or more) on day 7",
        ("Depression",),
    ),
    (
        "Intranasal ketamine premedication for preoperative anxiety in children: a randomised comparison with dexmedetomidine",
        "children aged 2 to 8 years before day surgery",
        "intranasal ketamine 4 mg/kg",
        "satisfactory separation from parents",
        ("Anxiety",),
    ),
    (
        "Esketamine and postoperative sleep disturbance after laparoscopic surgery in patients with anxiety",
        "adults with preoperative anxiety undergoing laparoscopic surgery",
        "esketamine 0.3 mg/kg/h during surgery",
        "sleep disturbance on the first night",
        ("Anxiety",),
    ),
    (
        "Ketamine-propofol for emergence agitation in veterans with post-traumatic stress disorder undergoing surgery",
        "veterans with PTSD undergoing general anaesthesia",
        "ketamine 0.5 mg/kg at induction",
        "emergence agitation",
        ("Stress Disorders, Post-Traumatic",),
    ),
    (
        "Esketamine in epidural labour analgesia and early postpartum mood: a randomised trial",
        "women in labour",
        "epidural esketamine 0.5 mg/mL added to ropivacaine",
        "depressive mood in the first week",
        ("Depression, Postpartum",),
    ),
    (
        "Perioperative ketamine for chronic pain and depression after spine surgery: a randomised trial",
        "adults undergoing lumbar fusion",
        "ketamine 0.1 mg/kg/h for 24 hours",
        "persistent opioid use at three months",
        ("Pain, Postoperative", "Depression"),
    ),
)

_MISUSE = (
    (
        "Ketamine use disorder among adults presenting to a drug clinic: symptoms of depression and bladder damage",
        "We describe {n} adults with ketamine use disorder. Lower urinary tract symptoms were present in {a}% and depressive symptoms in {b}%.",
        "Cystitis and depression are frequent in people with ketamine use disorder.",
    ),
    (
        "Recreational ketamine and anxiety among university students: a cross-sectional survey",
        "Among {n} students, {a}% had used recreational ketamine in the last year; anxiety scores were higher in users ({b}% above the cut-off).",
        "Recreational use went along with anxiety; the direction of the relation is unknown.",
    ),
    (
        "Ketamine-related deaths and depression in coronial records",
        "Of {n} deaths in which ketamine was detected, {a}% had a history of depression and {b}% involved other sedatives.",
        "Most deaths involved several substances.",
    ),
    (
        "Treatment of ketamine dependence: a chart review",
        "Records of {n} patients with ketamine dependence were reviewed; {a}% had comorbid anxiety or depression and {b}% relapsed within six months.",
        "Relapse was common.",
    ),
    (
        "Cystitis severity in ketamine misuse: a case-control study",
        "{n} people with ketamine misuse were compared with controls; {a}% had reduced bladder capacity and {b}% reported suicidal ideation.",
        "Bladder damage in ketamine misuse is associated with poor mental health.",
    ),
)


def theatre(key: str, *, place: int, outcome: str, entered: date) -> Invented:
    """Ketamine around an operation."""
    random = Random(f"theatre {key}")
    title, whom, give, event, mesh = _THEATRE[place % len(_THEATRE)]
    writing = Writing.of(random, people.PERIOPERATIVE)
    digits, arm = writing.print, random.randint(58, 190)
    while True:
        control = random.uniform(0.16, 0.34)
        gain = random.uniform(0.1, 0.2) if outcome == "benefit" else random.uniform(-0.03, 0.04)
        rates = Rates(round(arm * max(0.02, control - gain)), arm, round(arm * control), arm)
        ratio = odds_ratio(rates)
        if (ratio.low < 1 < ratio.high) == (outcome == "null"):
            break
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{title}.",
        abstract=parts(
            writing,
            "Ketamine and esketamine are used around operations, and their effects on mood and cognition are debated.",
            f"{2 * arm} {whom} were randomised to {give} or the same volume of saline. The primary outcome was {event}.",
            f"The primary outcome occurred in {rates.first} of {arm} patients ({percent(rates.first_percent)}) given the drug and {rates.second} of {arm} ({percent(rates.second_percent)}) given saline "
            f"(odds ratio {digits.full(ratio, 2)}).",
            f"The drug {'reduced the frequency of' if outcome == 'benefit' else 'had no significant effect on'} {event.split(' (')[0]} in this trial.",
        ),
        publication_types=("Journal Article", "Randomized Controlled Trial"),
        mesh=(*mesh, "Ketamine", "Humans", "Double-Blind Method"),
        major=frozenset({"Ketamine"}),
        keywords=("anaesthesia", "perioperative", "esketamine"),
        is_registered=True,
        most_authors=8,
    )


def misuse(key: str, *, place: int, entered: date) -> Invented:
    """Ketamine taken as a drug of misuse."""
    random = Random(f"misuse {key}")
    title, finding, conclusion = _MISUSE[place % len(_MISUSE)]
    writing = Writing.of(random, people.SAFETY)
    values = {"n": random.randint(40, 380), "a": random.randint(31, 74), "b": random.randint(18, 62)}
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{title}.",
        abstract=parts(
            writing,
            "Non-medical use of ketamine has increased in many countries.",
            "Clinical records or questionnaires were analysed.",
            finding.format(**values),
            conclusion,
        ),
        mesh=(
            "Ketamine",
            "Substance-Related Disorders",
            "Humans",
            *(("Cystitis",) if "ystitis" in title or "bladder" in title else ()),
        ),
        major=frozenset({"Substance-Related Disorders"}),
        keywords=("ketamine misuse", "addiction", "cystitis"),
        most_authors=5,
    )


def wandering(key: str, *, place: int, entered: date) -> Invented:
    """Studies that share words with the topics and nothing else."""
    random = Random(f"wandering {key}")
    title, text, conclusion, mesh = (
        (
            "Respiratory depression during procedural sedation with ketamine and propofol in emergency departments",
            "Adverse events of {n} sedations were recorded. Respiratory depression occurred in {a}%.",
            "Respiratory depression was less frequent with ketamine.",
            ("Humans",),
        ),
        (
            "Spreading depression after subarachnoid haemorrhage and sedation with ketamine: an electrocorticography study",
            "{n} patients with subarachnoid haemorrhage had electrocorticography; spreading depression was less frequent during ketamine sedation.",
            "Ketamine may inhibit spreading depression.",
            ("Humans",),
        ),
        (
            "Ketamine as a model of psychosis: working memory in healthy volunteers",
            "{n} healthy volunteers performed a working memory task during ketamine or saline infusion; errors rose by {a}%.",
            "The findings model cognitive symptoms of schizophrenia.",
            ("Humans",),
        ),
    )[place % 3]
    writing = Writing.of(random, people.PERIOPERATIVE if place % 3 < 2 else people.NEUROSCIENCE)
    values = {"n": random.randint(22, 160), "a": random.randint(4, 19)}
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{title}.",
        abstract=parts(
            writing,
            "Ketamine has many uses beyond psychiatry.",
            "Data were collected prospectively.",
            text.format(**values),
            conclusion,
        ),
        mesh=("Ketamine", *mesh),
        keywords=("ketamine", "sedation"),
        most_authors=6,
    )
