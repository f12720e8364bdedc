"""How well the extractor reads, as a benchmark measured it: the figures of accuracy.toml beside this file.

`benchmarks/evaluate_annotations.py --write` writes them; the report's methods page shows them.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

import msgspec

_HERE = Path(__file__).resolve().parent
FILE = _HERE / "accuracy.toml"
#: What decides how a record is read.
_RULES = ("evidence", "lexicon")
_HEAD = """\
# How well summaries agree with a reader on records that no rule was written on. Do not edit: written by
#     python benchmarks/evaluate_annotations.py --write
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAccuracy:
    """One field of a summary against the reader's values."""

    #: As in annotations.jsonl: "sample_size".
    name: str
    #: Held-out records of which the reader or the program says anything.
    records: int
    #: Values that the reader states, that the program gives, and those of them that are the same.
    stated: int
    given: int
    right: int
    #: F1 between two readers; None for a field that was not read twice.
    readers: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """One evaluation."""

    measured: date
    #: Version of the program, and `rules` of the extractor that was measured.
    version: str
    rules: str
    #: Records annotated by reading, those of them held out, and those read by a second reader.
    annotated: int
    held_out: int
    read_twice: int
    field: tuple[FieldAccuracy, ...]


def read(file: Path = FILE) -> Accuracy:
    """The last evaluation."""
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Accuracy)


def as_toml(accuracy: Accuracy) -> str:
    """The text that `read` reads."""
    values = msgspec.to_builtins(accuracy, builtin_types=(date,))
    fields = values.pop("field")
    return _HEAD + _lines(values) + "".join(f"\n[[field]]\n{_lines(field)}" for field in fields)


def _lines(values: dict[str, object]) -> str:
    """A line for each value that is not None: TOML has no word for it."""
    return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items() if value is not None)


def _toml(value: object) -> str:
    """TOML writes strings and numbers as JSON does, and dates as they are."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def rules() -> str:
    """A mark of the extractor's rules and tables as they are now; a changed one has another."""
    files = sorted(file for room in _RULES for kind in ("*.py", "*.toml") for file in (_HERE / room).glob(kind))
    mark = blake2b(digest_size=8)
    for file in files:
        mark.update(file.name.encode() + file.read_text(encoding="utf-8").encode())
    return mark.hexdigest()
