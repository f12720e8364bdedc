"""How invented sentences are read: which way a comparison came out, estimates, sample sizes, treatment and control.

    python benchmarks/evaluate_invented.py [--errors KIND]

The sentences of invented/*.jsonl were written and labelled by a hand that knew neither the rules nor the program's
output; since then rules were mended by them, so they show what still holds, not how well new text is read. No study in
them is real.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluate_annotations import Values, minutes

from aggregator.citation import AbstractSection, Citation
from aggregator.evidence import summarise

FOLDER = Path(__file__).with_name("invented")
INVENTED_PMID = "90000001"
TITLES = {
    "randomized-trial": "Ketamine for depression: a randomised trial.",
    "meta-analysis": "Ketamine for depression: a meta-analysis.",
    "cohort": "Ketamine for depression: a retrospective cohort.",
    "non-randomized-trial": "Ketamine for depression: an open-label study.",
}
COMPARED = "Adults with depression were randomised to ketamine or midazolam."


@dataclass(frozen=True, slots=True)
class Compared:
    """What one row should give and what was read, as sets of values."""

    kind: str
    wanted: Values
    said: Values
    text: str


def citation(title: str, *sections: tuple[str, str]) -> Citation:
    """An invented record with these labelled sections."""
    return Citation(
        pmid=INVENTED_PMID,
        title=title,
        abstract=tuple(AbstractSection(label=label, category=label or None, text=text) for label, text in sections),
    )


def directions(row: dict) -> Iterator[Compared]:
    section = "CONCLUSIONS" if row["zone"] == "conclusion" else "RESULTS"
    summary = summarise(citation(TITLES["randomized-trial"], ("METHODS", COMPARED), (section, row["text"])))
    said = summary.direction.value if summary.direction else "unclear"
    yield Compared("direction", frozenset({row["label"] or "unclear"}), frozenset({said}), row["text"])


def estimates(row: dict) -> Iterator[Compared]:
    methods = COMPARED if row["comparators"] else "Adults with depression received ketamine."
    if row["design"] == "meta-analysis":
        methods = "We pooled randomised trials of ketamine versus placebo."
    summary = summarise(citation(TITLES[row["design"]], ("METHODS", methods), ("RESULTS", row["text"])))
    wanted = frozenset(f"{finding['measure']} {abs(float(finding['estimate'])):g}" for finding in row["findings"])
    said = frozenset(f"{finding.measure} {abs(finding.estimate):g}" for finding in summary.findings)
    yield Compared("estimates", wanted, said, row["text"])


def sizes(row: dict) -> Iterator[Compared]:
    summary = summarise(citation(row["title"], *((label or "", text) for label, text in row["sections"])))
    text = " ".join([row["title"], *(text for _, text in row["sections"])])
    said = summary.sample_size.value if summary.sample_size else None
    yield Compared("sample size", _set(row["n"]), _set(said), text)
    yield Compared("design", _set(row["design"]), _set(summary.design.value), text)


def treatments(row: dict) -> Iterator[Compared]:
    summary = summarise(citation("Ketamine in depression.", ("METHODS", row["text"])))
    yield Compared(
        "regimen", _set(row["regimen"]), _set(summary.regimen.value if summary.regimen else None), row["text"]
    )
    yield Compared(
        "control", _set(row["control"]), _set(summary.control.value if summary.control else None), row["text"]
    )
    yield Compared("infusion minutes", _set(row["infusion_minutes"]), minutes(summary), row["text"])


def _set(value: object) -> Values:
    return frozenset() if value is None else frozenset({value})


READERS: dict[str, Callable[[dict], Iterator[Compared]]] = {
    "direction": directions,
    "findings": estimates,
    "sample": sizes,
    "regimen": treatments,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", metavar="KIND", help="list every disagreement of a kind, or of all")
    arguments = parser.parse_args()
    rows: list[Compared] = []
    for name, read in READERS.items():
        for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            rows.extend(read(json.loads(line)))
    print(f"{'':18}{'rows':>6}{'same':>6}{'wanted':>8}{'said':>6}{'precision':>11}{'recall':>8}")
    for kind in dict.fromkeys(row.kind for row in rows):
        of_kind = [row for row in rows if row.kind == kind]
        same = sum(row.wanted == row.said for row in of_kind)
        wanted, said, both = (
            sum(len(values(row)) for row in of_kind)
            for values in (lambda row: row.wanted, lambda row: row.said, lambda row: row.wanted & row.said)
        )
        print(f"{kind:18}{len(of_kind):>6}{same:>6}{wanted:>8}{said:>6}{both / said:>11.2f}{both / wanted:>8.2f}")
    sides = {"favours-ketamine", "favours-comparator"}
    crossed = sum(
        row.kind == "direction" and row.wanted | row.said == sides and len(row.wanted) == 1 and row.wanted != row.said
        for row in rows
    )
    print(f"directions read the wrong way round: {crossed}")
    for row in rows:
        if row.wanted != row.said and arguments.errors in {row.kind, "all"}:
            print(row.kind, sorted(map(str, row.wanted)), sorted(map(str, row.said)), row.text, sep="\t")


if __name__ == "__main__":
    main()
