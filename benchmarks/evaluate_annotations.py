"""How well summaries agree with our own annotations of 100 ketamine records, made by reading, blind to the program.

    python benchmarks/evaluate_annotations.py [--errors FIELD] [--half tune|held-out|both] [--corpus FOLDER]

annotations.jsonl holds PMIDs and values only; annotations.md says how they were made. Sets of values (doses, scales,
...) are scored as micro-averaged precision, recall and F1; single values as accuracy over the records that have one in
the annotation or in the summary. Disagreements are listed for the tune half alone, unless told otherwise: what is read
is tuned on.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from evaluate_summaries import CORPUS, half_of

from aggregator.citation import Citation
from aggregator.evidence import summarise
from aggregator.pubmed import language, records
from aggregator.summary import Summary
from aggregator.topics import load

HERE = Path(__file__).resolve().parent
Values = frozenset[object]


def values_of(field: str) -> Callable[[Summary], Values]:
    return lambda summary: frozenset(fact.value for fact in getattr(summary, field))


def value_of(field: str) -> Callable[[Summary], Values]:
    return lambda summary: frozenset({fact.value} if (fact := getattr(summary, field)) else ())


def finding(measure: str, estimate: float) -> tuple[str, float]:
    """Papers differ in which arm comes first, so that the sign says nothing here."""
    return measure, round(abs(estimate), 3)


#: Field of the annotation, and what a summary says of it.
SETS: dict[str, Callable[[Summary], Values]] = {
    "drugs": values_of("drugs"),
    "doses": values_of("doses"),
    "routes": values_of("routes"),
    "comparators": values_of("comparators"),
    "conditions": values_of("conditions"),
    "age_groups": values_of("age_groups"),
    "scales": values_of("scales"),
    "findings": lambda summary: frozenset(finding(one.measure, one.estimate) for one in summary.findings),
}
SINGLES: dict[str, Callable[[Summary], Values]] = {
    "bucket": lambda summary: frozenset({summary.bucket}),
    "design": lambda summary: frozenset({summary.design.value}),
    "sample_size": value_of("sample_size"),
    "studies_included": value_of("studies_included"),
    "regimen": value_of("regimen"),
    "control": value_of("control"),
    "direction": value_of("direction"),
}


def annotated(row: dict, field: str) -> Values:
    value = row[field]
    if field == "findings":
        return frozenset(finding(one["measure"], one["estimate"]) for one in value)
    if isinstance(value, list):
        return frozenset(value)
    return frozenset() if value is None else frozenset({value})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--errors", metavar="FIELD", help="list every disagreement of a field, or of all")
    options.add_argument("--half", choices=("tune", "held-out", "both"), default="tune", help="whose to list")
    chosen = options.parse_args()
    rows = {row["pmid"]: row for row in map(json.loads, (HERE / "annotations.jsonl").read_text().splitlines())}
    with gzip.open(chosen.corpus / "records.xml.gz") as stream:
        citations = {citation.pmid: citation for citation in records.read(stream) if citation.pmid in rows}
    summaries = {pmid: summarise(citation) for pmid, citation in citations.items()}
    said = {field: {pmid: take(summaries[pmid]) for pmid in rows} for field, take in (SETS | SINGLES).items()}
    said["topics"] = topics_of(citations)
    print(f"{len(rows)} annotated records")
    print(f"{'':<18}{'annotated':>10}{'said':>7}{'precision':>11}{'recall':>8}{'F1':>7}{'same':>7}")
    for field, guesses in said.items():
        print(scored(field, [(annotated(row, field), guesses[pmid]) for pmid, row in rows.items()]))
    if chosen.errors:
        for field in said if chosen.errors == "all" else [chosen.errors]:
            list_errors(field, rows, said[field], chosen.half)


def scored(field: str, pairs: list[tuple[Values, Values]]) -> str:
    """One line: micro-averaged scores, and how many records agree wholly of those of which either says anything."""
    both = sum(len(truth & guess) for truth, guess in pairs)
    true, guessed = sum(len(truth) for truth, _ in pairs), sum(len(guess) for _, guess in pairs)
    spoken = [truth == guess for truth, guess in pairs if truth or guess]
    precision, recall = both / guessed if guessed else 0.0, both / true if true else 0.0
    f1 = 2 * both / (true + guessed) if true + guessed else 0.0
    return (
        f"{field:<18}{true:>10}{guessed:>7}{precision:>11.2f}{recall:>8.2f}{f1:>7.2f}{sum(spoken) / len(spoken):>7.2f}"
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


def list_errors(field: str, rows: dict[str, dict], guesses: dict[str, Values], half: str) -> None:
    for pmid, row in rows.items():
        truth, guess = annotated(row, field), guesses[pmid]
        if truth != guess and half in {half_of(pmid), "both"}:
            print(f"{field}\t{pmid}\tannotated {sorted(map(str, truth))}\tsaid {sorted(map(str, guess))}")


if __name__ == "__main__":
    main()
