"""How well summaries agree with our own annotations of 511 ketamine records, made by reading, blind to the program.

    python benchmarks/evaluate_annotations.py [--errors FIELD|all] [--part tune|held-out] [--corpus FOLDER] [--write]

annotations.jsonl holds PMIDs and values only; annotations.md says how they were made. Sets of values (doses, scales,
...) are scored as micro-averaged precision, recall and F1, single values in the same way; "same" is the share of
records that agree wholly, of those of which annotation or summary says anything. F1 has the middle 95 % of 500
resamples of the records. `part` in the file says which records rules were written on; disagreements are listed for
these alone, unless told otherwise: what is read is tuned on. The last column is how well a second reader agreed with
the first on 40 records. `--write` also renews aggregator/accuracy.toml, the held-out figures that the report's methods
page shows.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from evaluate_summaries import CORPUS

from aggregator import __version__, accuracy
from aggregator.accuracy import Accuracy, FieldAccuracy
from aggregator.citation import Citation
from aggregator.evidence import summarise
from aggregator.evidence.outcomes import SCALES
from aggregator.pubmed import language, records
from aggregator.summary import Summary
from aggregator.topics import load

HERE = Path(__file__).resolve().parent
Values = frozenset[object]
Pair = tuple[Values, Values]
_IN_MINUTES = {"min": 1, "h": 60}


def values_of(field: str) -> Callable[[Summary], Values]:
    return lambda summary: frozenset(fact.value for fact in getattr(summary, field))


def value_of(field: str) -> Callable[[Summary], Values]:
    return lambda summary: frozenset({fact.value} if (fact := getattr(summary, field)) else ())


def finding(measure: str, estimate: float) -> tuple[str, float]:
    """Papers differ in which arm comes first, so that the sign says nothing here."""
    return measure, round(abs(estimate), 3)


def dose(text: str) -> str:
    """1.0 mg/kg and 1 mg/kg are one dose; so are mcg and µg, with either letter mu."""
    text = re.sub("mcg|microg|\u03bcg", "\u00b5g", text)
    return re.sub(r"(\d+)\.0+(?=[ -])|(\d+\.\d*?[1-9])0+(?=[ -])", r"\1\2", text)


def minutes(summary: Summary) -> Values:
    fact = summary.infusion_time
    if fact is None:
        return frozenset()
    amount, unit = fact.value.split()
    return frozenset({float(amount) * _IN_MINUTES[unit]}) if amount.replace(".", "").isdigit() else frozenset({amount})


@cache
def scale(name: str) -> str:
    """The scale that a reader's name means in the table of scales: QIDS for QIDS-SR, RSS for Ramsay; else the name."""
    worded = f"{name.lower()} scale"
    return next(
        (
            known.name
            for known in SCALES
            if (known.printed and known.printed.fullmatch(name)) or (known.words and known.words.match(worded))
        ),
        name,
    )


#: Scales with their editions and names apart, as the annotations have them.
AS_NAMED = "scales, as named"
NOT_MET = "primary_outcome_not_met"

#: Field of the annotation, and what a summary says of it.
FIELDS: dict[str, Callable[[Summary], Values]] = {
    "bucket": lambda summary: frozenset({summary.bucket}),
    "design": lambda summary: frozenset({summary.design.value}),
    "conditions": values_of("conditions"),
    "age_groups": values_of("age_groups"),
    "sample_size": value_of("sample_size"),
    "studies_included": value_of("studies_included"),
    "drugs": values_of("drugs"),
    "doses": lambda summary: frozenset(dose(one.value) for one in summary.doses),
    "infusion_minutes": minutes,
    "routes": values_of("routes"),
    "regimen": value_of("regimen"),
    "comparators": values_of("comparators"),
    "control": value_of("control"),
    "scales": values_of("scales"),
    AS_NAMED: values_of("scales"),
    "findings": lambda summary: frozenset(finding(one.measure, one.estimate) for one in summary.findings),
    "direction": value_of("direction"),
    "psychotherapy": lambda summary: frozenset({summary.psychotherapy.value}),
    NOT_MET: lambda summary: frozenset({True} if summary.primary_not_met else ()),
}
#: Fields that the report's methods page has no row for.
BESIDE = {AS_NAMED, NOT_MET}


def annotated(row: dict, field: str) -> Values | None:
    """What a reader says of a field; None where it was not asked of the record."""
    name = field.partition(",")[0]
    if name not in row:
        return None
    value = row[name]
    if field == "findings":
        return frozenset(finding(one["measure"], one["estimate"]) for one in value)
    if field == "doses":
        return frozenset(map(dose, value))
    if field == "scales":
        return frozenset(map(scale, value))
    if isinstance(value, list):
        return frozenset(value)
    return frozenset() if value is None or value is False else frozenset({value})


def read_rows(name: str) -> dict[str, dict]:
    return {row["pmid"]: row for row in map(json.loads, (HERE / name).read_text(encoding="utf-8").splitlines())}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--errors", metavar="FIELD", help="list every disagreement of a field, or of all")
    options.add_argument("--part", choices=("tune", "held-out"), default="tune", help="whose to list")
    options.add_argument("--write", action="store_true", help="renew what the report says of held-out records")
    chosen = options.parse_args()
    rows, again = read_rows("annotations.jsonl"), read_rows("annotations_second_reading.jsonl")
    with gzip.open(chosen.corpus / "records.xml.gz") as stream:
        citations = {citation.pmid: citation for citation in records.read(stream) if citation.pmid in rows}
    summaries = {pmid: summarise(citation) for pmid, citation in citations.items()}
    said = {field: {pmid: take(summaries[pmid]) for pmid in rows} for field, take in FIELDS.items()}
    said["topics"] = topics_of(citations)
    for part in ("tune", "held-out"):
        chosen_rows = {pmid: row for pmid, row in rows.items() if row["part"] == part}
        print(f"\n{part}: {len(chosen_rows)} annotated records")
        columns = f"{'annotated':>10}{'said':>7}{'precision':>11}{'recall':>8}{'F1':>7}"
        print(f"{'':<18}{columns}{'':>14}{'same':>6}{'reader 2':>10}")
        for field, guesses in said.items():
            line = scored(field, pairs_of(chosen_rows, field, guesses))
            readers = {pmid: annotated(row, field) for pmid, row in again.items()}
            print(f"{line}{f1(pairs_of({pmid: rows[pmid] for pmid in readers}, field, readers)):>10.2f}")
    if chosen.write:
        accuracy.FILE.write_text(accuracy.as_toml(held_out_accuracy(rows, again, said)), encoding="utf-8")
    if chosen.errors:
        for field in said if chosen.errors == "all" else [chosen.errors]:
            list_errors(field, rows, said[field], chosen.part)


def pairs_of(rows: dict[str, dict], field: str, guesses: dict[str, Values | None]) -> list[Pair]:
    found = ((annotated(row, field), guesses[pmid]) for pmid, row in rows.items())
    return [(truth, guess) for truth, guess in found if truth is not None and guess is not None]


def held_out_accuracy(rows: dict[str, dict], again: dict[str, dict], said: dict[str, dict[str, Values]]) -> Accuracy:
    """What the report says: the program beside the reader on held-out records, and two readers beside each other."""
    held_out = {pmid: row for pmid, row in rows.items() if row["part"] == "held-out"}
    twice = {pmid: rows[pmid] for pmid in again}
    return Accuracy(
        measured=datetime.now(UTC).date(),
        version=__version__,
        rules=accuracy.rules(),
        annotated=len(rows),
        held_out=len(held_out),
        read_twice=len(again),
        field=tuple(
            counted(
                field,
                pairs_of(held_out, field, guesses),
                pairs_of(twice, field, {pmid: annotated(row, field) for pmid, row in again.items()}),
            )
            for field, guesses in said.items()
            if field not in BESIDE
        ),
    )


def counted(field: str, pairs: list[Pair], readers: list[Pair]) -> FieldAccuracy:
    return FieldAccuracy(
        name=field,
        records=sum(bool(truth or guess) for truth, guess in pairs),
        stated=sum(len(truth) for truth, _ in pairs),
        given=sum(len(guess) for _, guess in pairs),
        right=sum(len(truth & guess) for truth, guess in pairs),
        readers=round(f1(readers), 2) if readers else None,
    )


def f1(pairs: list[Pair]) -> float:
    both = sum(len(truth & guess) for truth, guess in pairs)
    total = sum(len(truth) + len(guess) for truth, guess in pairs)
    return 2 * both / total if total else 0.0


def scored(field: str, pairs: list[Pair]) -> str:
    """One line: micro-averaged scores, and how many records agree wholly of those of which either says anything."""
    both = sum(len(truth & guess) for truth, guess in pairs)
    true, guessed = sum(len(truth) for truth, _ in pairs), sum(len(guess) for _, guess in pairs)
    spoken = [truth == guess for truth, guess in pairs if truth or guess]
    random = Random(7)
    draws = sorted(f1(random.choices(pairs, k=len(pairs))) for _ in range(500))
    same = sum(spoken) / len(spoken) if spoken else 1.0
    return (
        f"{field:<18}{true:>10}{guessed:>7}{both / guessed if guessed else 0:>11.2f}{both / true if true else 0:>8.2f}"
        f"{f1(pairs):>7.2f} ({draws[12]:.2f}-{draws[487]:.2f}){same:>7.2f}"
    )


def topics_of(citations: dict[str, Citation]) -> dict[str, Values]:
    today = datetime.now(UTC).date()
    questions = [
        (topic.slug, language.compile_query(topic.query, today=today)) for topic in load(HERE.parent / "queries")
    ]
    return {
        pmid: frozenset(slug for slug, matches in questions if matches(citation))
        for pmid, citation in citations.items()
    }


def list_errors(field: str, rows: dict[str, dict], guesses: dict[str, Values], part: str) -> None:
    for pmid, row in rows.items():
        truth, guess = annotated(row, field), guesses[pmid]
        if truth is not None and truth != guess and row["part"] == part:
            print(f"{field}\t{pmid}\tannotated {sorted(map(str, truth))}\tsaid {sorted(map(str, guess))}")


if __name__ == "__main__":
    main()
