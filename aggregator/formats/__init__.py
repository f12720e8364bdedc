"""The ways in which studies leave the house: tables, files for statistics, files for reference managers.

A format is a function from studies to text (or bytes). To add one, write it in a file of its own and name it here.
Texts bring their own line ends: write them with newline="" so that nobody translates those of RIS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from aggregator.errors import SettingsError
from aggregator.formats import bibtex, csl, csv, jsonl, nbib, parquet, ris, table
from aggregator.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format by name, with the usual suffix of its files."""

    name: str
    suffix: str
    #: Text for a terminal and a pipe, or bytes for a file.
    is_binary: bool = False
    write: Callable[[Sequence[Study]], str | bytes]


FORMATS = {
    known.name: known
    for known in (
        Format(name="table", suffix=".txt", write=table.write),
        Format(name="csv", suffix=".csv", write=csv.write),
        Format(name="jsonl", suffix=".jsonl", write=jsonl.write),
        Format(name="parquet", suffix=".parquet", is_binary=True, write=parquet.write),
        Format(name="ris", suffix=".ris", write=ris.write),
        Format(name="bibtex", suffix=".bib", write=bibtex.write),
        Format(name="csl", suffix=".json", write=csl.write),
        Format(name="nbib", suffix=".nbib", write=nbib.write),
    )
}


def get(name: str) -> Format:
    """The format of that name; SettingsError names the nearest and all others."""
    if name in FORMATS:
        return FORMATS[name]
    near = get_close_matches(name.lower(), FORMATS, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise SettingsError(f"there is no format '{name}'; {hint}known formats: {', '.join(FORMATS)}")
