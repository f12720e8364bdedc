"""How well summaries agree with human labels: weighted F1 per task, on records tuned on and on records held out.

    python benchmarks/evaluate_summaries.py [--errors TASK|all] [--half tune|held-out|both] [--corpus FOLDER]

Labels are those of the PsyNamic project's annotators, mapped as the corpus's LABELS.md says. An abstract without any
true class counts as one true case of the class "none"; so does a prediction. A row that lacks a label altogether was
not labelled for that task (15 of the 147 on ketamine have no number of participants though most state one) and is left
out, unless told otherwise. The labelled PMIDs are split by the
SHA-256 of the PMID: rules were tuned by reading the tune half only.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random

from aggregator.citation import Citation
from aggregator.summarising import summary_of
from aggregator.summary import Summary

#: Rounds that are timed, behind the one that compiles the patterns.
TIMED = 5
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus"
#: Classes of each task for the labelled ketamine records, read by the labels' own rules, blind to the labels.
SECOND_READING = Path(__file__).with_name("labels_second_reading.jsonl")
NONE = "none"

BANDS = (
    ("1-20", 1, 20),
    ("21-40", 21, 40),
    ("41-60", 41, 60),
    ("61-80", 61, 80),
    ("81-100", 81, 100),
    ("100-199", 101, 199),
    ("200-499", 200, 499),
    ("500-999", 500, 999),
    ("≥1000", 1000, 10**9),
)
DESIGN_CLASSES = {
    "randomized-trial": "rct",
    "protocol": "protocol",
    "systematic-review": "review",
    "meta-analysis": "review",
    "case-report": "case",
    "cohort": "observational",
    "case-control": "observational",
    "cross-sectional": "observational",
    "qualitative": "qualitative",
}
TYPE_CLASSES = {
    "Randomized-controlled trial (RCT)": "rct",
    "Study protocol": "protocol",
    "Systematic review/meta-analysis": "review",
    "Case report": "case",
    "Case series": "case",
    "Cohort study": "observational",
    "Real-world study": "observational",
    "Qualitative Study": "qualitative",
}
CONDITION_CLASSES = {
    "depression": "depression",
    "ptsd": "ptsd",
    "social-anxiety": "anxiety",
    "generalized-anxiety": "anxiety",
    "panic": "anxiety",
    "anxiety": "anxiety",
    "healthy-volunteers": "healthy",
}
CONDITION_LABELS = {
    "Depression": "depression",
    "Post-traumatic stress disorder (PTSD)": "ptsd",
    "Anxiety": "anxiety",
    "Healthy Participants": "healthy",
}
DRUG_LABELS = {"Ketamine": "ketamine", "S-Ketamine": "esketamine", "R-Ketamine": "arketamine"}
ROUTE_LABELS = {
    "Intravenous": "intravenous",
    "Nasal": "intranasal",
    "Oral": "oral",
    "Subcutaneous": "subcutaneous",
    "Other": "other",
}
CONTROL_CLASSES = {
    "placebo": "placebo",
    "active-placebo": "active",
    "active-treatment": "active",
    "dose-comparison": "other",
    "usual-care": "other",
    "none": "uncontrolled",
}
CONTROL_LABELS = {
    "Placebo": "placebo",
    "Active control": "active",
    "Other control": "other",
    "Non-controlled": "uncontrolled",
}
REGIMEN_CLASSES = {"single": "single", "repeated": "multiple", "continuous": "multiple"}
REGIMEN_LABELS = {"Single Dose": "single", "Multiple Applications": "multiple"}

Classes = frozenset[str]


def _band(summary: Summary) -> Classes:
    if summary.sample_size is None:
        return frozenset()
    size = summary.sample_size.value
    return frozenset(name for name, low, high in BANDS if low <= size <= high)


def _label_band(row: dict) -> Classes:
    band = row.get("number_of_participants")
    return frozenset({band}) & {name for name, _, _ in BANDS}


def _route(value: str) -> str:
    return value if value in ROUTE_LABELS.values() else "other"


def _ages(summary: Summary) -> Classes:
    groups = {fact.value for fact in summary.age_groups}
    return frozenset(
        name
        for name, members in (("pediatric", {"child", "adolescent"}), ("adult", {"adult", "older-adult"}))
        if groups & members
    )


def _label_ages(row: dict) -> Classes:
    text = " ".join(row.get("age_of_participants", []))
    return frozenset(name for name, word in (("pediatric", "Pediatric"), ("adult", "Adult")) if word in text)


def _phases(row: dict) -> Classes:
    return frozenset(re.findall(r"Phase (\d)", " ".join(row.get("clinical_trial_phase", []))))


def _listed(field: str, classes: dict[str, str]) -> Callable[[dict], Classes]:
    return lambda row: frozenset(classes[label] for label in row.get(field) or [] if label in classes)


#: The label that a task is held against; a row without it was not labelled for the task.
LABEL_OF = {
    "study type": "study_type",
    "condition": "condition",
    "substances": "substances",
    "participants": "number_of_participants",
    "route": "application_form",
    "control": "study_control",
    "regimen": "regimen",
    "age": "age_of_participants",
    "phase": "clinical_trial_phase",
}

#: Task, what a summary says, what the labels say.
TASKS: tuple[tuple[str, Callable[[Summary], Classes], Callable[[dict], Classes]], ...] = (
    (
        "study type",
        lambda summary: frozenset({DESIGN_CLASSES.get(summary.design.value, "other")}),
        lambda row: frozenset({TYPE_CLASSES.get(row["study_type"], "other")}),
    ),
    (
        "condition",
        lambda summary: frozenset(
            CONDITION_CLASSES[fact.value] for fact in summary.conditions if fact.value in CONDITION_CLASSES
        ),
        _listed("condition", CONDITION_LABELS),
    ),
    (
        "substances",
        lambda summary: frozenset(fact.value for fact in summary.drugs) & frozenset(DRUG_LABELS.values()),
        _listed("substances", DRUG_LABELS),
    ),
    ("participants", _band, _label_band),
    (
        "route",
        lambda summary: frozenset(_route(fact.value) for fact in summary.routes),
        _listed("application_form", ROUTE_LABELS),
    ),
    (
        "control",
        lambda summary: frozenset({CONTROL_CLASSES[summary.control.value]}) if summary.control else frozenset(),
        _listed("study_control", CONTROL_LABELS),
    ),
    (
        "regimen",
        lambda summary: frozenset({REGIMEN_CLASSES[summary.regimen.value]}) if summary.regimen else frozenset(),
        _listed("regimen", REGIMEN_LABELS),
    ),
    ("age", _ages, _label_ages),
    (
        "phase",
        lambda summary: frozenset(summary.phase.value.split("/")) if summary.phase else frozenset(),
        _phases,
    ),
)

Pair = tuple[Classes, Classes]


def weighted_f1(pairs: Iterable[Pair]) -> float:
    """F1 of each class weighted by how often it is true; an empty set stands for the class "none"."""
    true: Counter[str] = Counter()
    said: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for truth, guess in ((truth or {NONE}, guess or {NONE}) for truth, guess in pairs):
        true.update(truth)
        said.update(guess)
        both.update(frozenset(truth) & frozenset(guess))
    total = sum(true.values())
    return sum(2 * both[name] / (true[name] + said[name]) * true[name] for name in true) / total if total else 0.0


def interval(pairs: list[Pair], draws: int = 500) -> tuple[float, float]:
    """The middle 95 % of weighted F1 over resamples of the records (bootstrap, fixed seed)."""
    random = Random(7)
    scores = sorted(weighted_f1(random.choices(pairs, k=len(pairs))) for _ in range(draws))
    return scores[int(0.025 * draws)], scores[int(0.975 * draws) - 1]


def half_of(pmid: str) -> str:
    """ "tune" or "held-out", for ever the same for a PMID."""
    return "tune" if int(hashlib.sha256(pmid.encode()).hexdigest(), 16) % 2 == 0 else "held-out"


def mentions_ketamine(citation: Citation) -> bool:
    return "ketamin" in f"{citation.title} {citation.abstract_text}".lower()


def _table(
    rows: dict[str, dict], citations: dict[str, Citation], summaries: dict[str, Summary], *, as_none: bool
) -> None:
    groups = (
        ("ketamine, tune", lambda pmid: half_of(pmid) == "tune" and mentions_ketamine(citations[pmid])),
        ("ketamine, held out", lambda pmid: half_of(pmid) == "held-out" and mentions_ketamine(citations[pmid])),
        ("all, tune", lambda pmid: half_of(pmid) == "tune"),
        ("all, held out", lambda pmid: half_of(pmid) == "held-out"),
    )
    chosen = [(name, [pmid for pmid in rows if pmid in citations and keep(pmid)]) for name, keep in groups]
    print(f"{'weighted F1':14}" + "".join(f"{f'{name} (n={len(pmids)})':>32}" for name, pmids in chosen))
    for task, said, true in TASKS:
        line = f"{task:14}"
        for _, pmids in chosen:
            labelled = [pmid for pmid in pmids if as_none or LABEL_OF[task] in rows[pmid]]
            pairs = [(true(rows[pmid]), said(summaries[pmid])) for pmid in labelled]
            low, high = interval(pairs)
            line += f"{weighted_f1(pairs):>12.3f} ({low:.2f}-{high:.2f}){len(labelled):>6}"
        print(line)


def _ceiling(rows: dict[str, dict], summaries: dict[str, Summary], readings: dict[str, dict], *, as_none: bool) -> None:
    """What a careful reader gets against the same labels, and the program against that reader."""
    print(f"\n{'weighted F1':14}{'half':>10}{'n':>6}{'reader, label':>16}{'program, label':>16}{'program, reader':>17}")
    for half in ("tune", "held-out"):
        for task, said, true in TASKS:
            pmids = [
                pmid
                for pmid in readings
                if pmid in rows and half_of(pmid) == half and (as_none or LABEL_OF[task] in rows[pmid])
            ]
            labels = [true(rows[pmid]) for pmid in pmids]
            read = [frozenset(readings[pmid][task]) for pmid in pmids]
            guesses = [said(summaries[pmid]) for pmid in pmids]
            scores = [
                weighted_f1(zip(*pair, strict=True)) for pair in ((labels, read), (labels, guesses), (read, guesses))
            ]
            print(f"{task:14}{half:>10}{len(pmids):>6}" + "".join(f"{score:>16.3f}" for score in scores))


def _disagreements(
    task: str, half: str, rows: dict[str, dict], citations: dict[str, Citation], summaries: dict[str, Summary]
) -> Iterator[str]:
    for name, said, true in TASKS:
        if task not in {name, "all"}:
            continue
        for pmid, row in rows.items():
            if LABEL_OF[name] not in row:
                continue
            if pmid not in citations or not mentions_ketamine(citations[pmid]) or half not in {half_of(pmid), "both"}:
                continue
            truth, guess = sorted(true(row)), sorted(said(summaries[pmid]))
            if truth != guess:
                yield f"{name}\t{pmid}\tlabel {truth or NONE}\tsummary {guess or NONE}\t{citations[pmid].title[:110]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--errors", metavar="TASK", help="list every disagreement of a task, or of all")
    parser.add_argument(
        "--half", choices=("tune", "held-out", "both"), default="tune", help="whose disagreements to list"
    )
    parser.add_argument(
        "--missing-as-none", action="store_true", help="count a label that is missing from a row as the class 'none'"
    )
    parser.add_argument(
        "--reader", action="store_true", help="also what a careful reader, blind to labels and program, gets on them"
    )
    arguments = parser.parse_args()
    from aggregator.pubmed.records import read

    rows = {
        row["pmid"]: row
        for row in map(json.loads, (arguments.corpus / "labels.jsonl").read_text(encoding="utf-8").splitlines())
    }
    with gzip.open(arguments.corpus / "records.xml.gz") as stream:
        citations = {citation.pmid: citation for citation in read(stream)}
    summaries = {}
    rates = []
    for _ in range(1 + TIMED):
        began = time.process_time()
        summaries = {pmid: summary_of(citation) for pmid, citation in citations.items()}
        rates.append(len(summaries) / (time.process_time() - began))
    _table(rows, citations, summaries, as_none=arguments.missing_as_none)
    if arguments.reader:
        readings = {
            row["pmid"]: row for row in map(json.loads, SECOND_READING.read_text(encoding="utf-8").splitlines())
        }
        _ceiling(rows, summaries, readings, as_none=arguments.missing_as_none)
    first, *others = rates
    print(
        f"\n{len(summaries)} records on one core: {statistics.median(others):.0f} records/s (median of {TIMED} rounds, "
        f"{min(others):.0f}-{max(others):.0f}); {first:.0f}/s in the first round, which compiles the patterns"
    )
    if arguments.errors:
        print()
        print(*_disagreements(arguments.errors, arguments.half, rows, citations, summaries), sep="\n")


if __name__ == "__main__":
    main()
