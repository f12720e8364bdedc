"""How well summaries agree with readers on 564 records of other psychedelics that are put under ketamine's name.

    python benchmarks/evaluate_renamed.py [--errors FIELD] [--corpus FOLDER]

Rules fit the ketamine records that they were written on; here is other text. In titles, abstracts and headings of
records that do not mention ketamine the names of other drugs become "ketamine"; readers annotated what came of it,
blind to the program (annotations_renamed.jsonl, PMIDs and values only; annotations.md). `part` is "read" or "totals":
disagreements of the first may be listed, of the second only the totals are looked at. `round` 2 was annotated after
rules had been changed by what round 1 showed. Not all that comes of it makes sense, and many of the studies are of
people who take drugs by themselves: scores are lower than on ketamine's own.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evaluate_annotations import FIELDS, Values, list_errors, pairs_of, read_rows, scored
from evaluate_summaries import CORPUS, mentions_ketamine

from aggregator.citation import Citation
from aggregator.evidence import summarise
from aggregator.pubmed import records

KETAMINE = "ketamine"
ROWS = "annotations_renamed.jsonl"
#: Ways to write the other drugs and their class, the longer ones first.
OTHERS = re.compile(
    r"(?:3,4[- ]?)?(?:\(±\)-?)?N-Methyl-3,4-methylenedioxyamphetamine|(?:\(?±\)?-?)?3,4[-–‐‑]?\s?methylene-?dioxy-?-?"
    r"(?:meth|N-methyl)-?amphetamine|methylenedioxymethamphetamine|(?:d-)?lysergic acid diethylamide|lysergide|"
    r"5-methoxy-N,\s?N-dimethyltryptamine|\bN,\s?N-dimethyltryptamine|dimethyltryptamine|\b5-MeO-DMT\b|\bDMT\b|"
    r"\bMDMA\b|\bLSD\b|\becstasy\b|\bpsilocybine?\b|\bpsilocin\b|\bayahuasca\b|\bmescaline\b|\b(?:nor)?ibogaine\b|"
    r"\bsalvinorin A\b|\bpeyote\b|\biboga\b|\bmagic mushrooms?\b|\b(?:serotonergic |classic(?:al)? )?(?:psychedelics?|"
    r"hallucinogens?|hallucinogenic)\b",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\bketamine(?: \(ketamine\)|(?:,? (?:and|or) |, | ?/ ?)ketamine)+(?!-)", re.IGNORECASE)


def renamed(text: str) -> str:
    """The text with ketamine in the place of other drugs, once where several were listed."""
    words = OTHERS.sub(lambda name: KETAMINE.capitalize() if name[0].istitle() else KETAMINE, text)
    return _TWICE.sub(lambda names: names[0][: len(KETAMINE)], words)


def renamed_citation(citation: Citation) -> Citation:
    """The record as if it were of ketamine; PMID, people and journal stay."""
    return replace(
        citation,
        title=renamed(citation.title),
        abstract=tuple(replace(section, text=renamed(section.text)) for section in citation.abstract),
        mesh=tuple(replace(heading, descriptor=renamed(heading.descriptor)) for heading in citation.mesh),
        chemicals=tuple(replace(chemical, name=renamed(chemical.name)) for chemical in citation.chemicals),
        keywords=tuple(map(renamed, citation.keywords)),
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument(
        "--errors", metavar="FIELD", help="list every disagreement of a field, in the part that may be read"
    )
    chosen = options.parse_args()
    rows = read_rows(ROWS)
    with gzip.open(chosen.corpus / "records.xml.gz") as stream:
        others = [one for one in records.read(stream) if one.pmid in rows and not mentions_ketamine(one)]
    summaries = {one.pmid: summarise(renamed_citation(one)) for one in others}
    fields: dict[str, Callable[..., Values]] = {
        field: take for field, take in FIELDS.items() if any(field in row for row in rows.values())
    }
    said = {field: {pmid: take(summaries[pmid]) for pmid in rows} for field, take in fields.items()}
    for group in sorted({(row["round"], row["part"]) for row in rows.values()}):
        chosen_rows = {pmid: row for pmid, row in rows.items() if (row["round"], row["part"]) == group}
        print(f"\nround {group[0]}, {group[1]}: {len(chosen_rows)} annotated records")
        print(f"{'':<18}{'annotated':>10}{'said':>7}{'precision':>11}{'recall':>8}{'F1':>7}{'':>14}{'same':>6}")
        for field, guesses in said.items():
            print(scored(field, pairs_of(chosen_rows, field, guesses)))
    if chosen.errors:
        list_errors(chosen.errors, rows, said[chosen.errors], "read")


if __name__ == "__main__":
    main()
