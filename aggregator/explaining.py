"""The verb `explain`: which clauses of a query match a study, as a tree for people and as JSON for programs."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from aggregator.citation import Citation
from aggregator.exits import DONE, FAILED
from aggregator.house import House
from aggregator.plain import blanked, line
from aggregator.terminal import console, has_styles, marked

if TYPE_CHECKING:
    from aggregator.pubmed.explain import Clause, Evidence

#: What a group of clauses asks for.
_GROUPS = {"AND": "all of these", "OR": "one or more of these", "NOT": "the first and none of the others"}
#: Characters of the record shown before and behind the words.
_CONTEXT = 40
#: Passages and values shown of one clause.
_SHOWN = 3


def explain(house: House, options: Namespace) -> int:
    """Explains; whether the query finds the study is the answer and no matter of success or failure."""
    from aggregator.pubmed.explain import explain as explained
    from aggregator.pubmed.language import compile_query
    from aggregator.verbs import study_of

    # What cannot be read is told before PubMed is asked for anything.
    compile_query(options.query, today=house.today)
    study = study_of(house, options.pmid)
    if study is None:
        return FAILED
    clause = explained(options.query, study.citation, today=house.today)
    if options.format == "json":
        sys.stdout.write(as_json(study.citation, options.query, clause))
    else:
        print_explanation(study.citation, clause)
    return DONE


def print_explanation(citation: Citation, clause: Clause) -> None:
    """The tree of clauses, each with ✓ or ✗, the words that matched with a little of what stands around them."""
    out = console()
    underlined = has_styles(out)
    out.print(Text(line(citation.title), style="bold"))
    verdict = "is found" if clause.is_met else "is not found"
    out.print(Text(f"PMID {citation.pmid} {verdict} by this query."))
    out.print()
    for depth, text in _lines(clause, 0, "", underlined=underlined):
        out.print(Padding(text, (0, 0, 0, 2 * depth), expand=False))
    for note, queries in _notes(clause).items():
        out.print()
        out.print(Text(f"{', '.join(queries)}: {note}."))


def _lines(clause: Clause, depth: int, before: str, *, underlined: bool) -> Iterator[tuple[int, Text]]:
    """Each line with its depth; `before` is the NOT that stands before a clause."""
    asked = _GROUPS[clause.operator] if clause.operator else line(clause.query)
    sign = Text("✓ ", style="green") if clause.is_met else Text("✗ ", style="red")
    yield depth, Text.assemble(sign, (before, "bold"), asked)
    if not (clause.is_met or clause.clauses):
        yield depth + 2, Text(f"not there: {clause.sought}", style="dim")
    yield from ((depth + 2, found) for found in _found(clause.evidence, underlined=underlined))
    for place, below in enumerate(clause.clauses):
        is_taken_away = clause.operator == "NOT" and place > 0
        yield from _lines(below, depth + 1, "NOT " if is_taken_away else "", underlined=underlined)


def _found(evidence: Sequence[Evidence], *, underlined: bool) -> Iterator[Text]:
    passages = [list(some) for _, some in groupby(evidence, key=lambda one: (one.field, one.text))]
    for some in passages[:_SHOWN]:
        yield Text.assemble(f"{some[0].field}: ", _excerpt(some, underlined=underlined))
    if len(passages) > _SHOWN:
        yield Text(f"and {len(passages) - _SHOWN} more")


def _excerpt(evidence: Sequence[Evidence], *, underlined: bool) -> Text:
    """One passage around its first words; those that follow close enough to be seen are marked too."""
    text = evidence[0].text
    start = max(0, evidence[0].start - _CONTEXT)
    end = min(len(text), evidence[0].end + _CONTEXT)
    shown = Text("… " if start else "")
    at = start
    for one in evidence:
        if one.start < at or one.end > end:
            continue
        shown.append(blanked(text[at : one.start]))
        shown.append_text(marked(one.words, underlined=underlined))
        at = one.end
    return shown.append(blanked(text[at:end]) + (" …" if end < len(text) else ""))


def _notes(clause: Clause) -> dict[str, list[str]]:
    """Each note once, with the clauses that it is about."""
    notes: dict[str, list[str]] = {}
    for one in _each(clause):
        if one.note:
            notes.setdefault(one.note, []).append(line(one.query))
    return notes


def _each(clause: Clause) -> Iterator[Clause]:
    yield clause
    for below in clause.clauses:
        yield from _each(below)


def as_json(citation: Citation, query: str, clause: Clause) -> str:
    """The same as one JSON object; `text[start:end]` of a piece of evidence are its words."""
    told = {"pmid": citation.pmid, "query": query, "found": clause.is_met, "clause": _clause_json(clause)}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {
        "query": clause.query,
        "met": clause.is_met,
        "operator": clause.operator,
        "sought": clause.sought or None,
        "note": clause.note,
        "evidence": [
            {"field": one.field, "words": one.words, "text": one.text, "start": one.start, "end": one.end}
            for one in clause.evidence
        ],
        "clauses": [_clause_json(below) for below in clause.clauses],
    }
