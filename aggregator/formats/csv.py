"""Comma-separated values for spreadsheets: one study a row, lists joined with "; ", UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from aggregator.citation import squeeze
from aggregator.formats.columns import COLUMNS, Column
from aggregator.study import Study

#: A text that begins so is run as a formula by spreadsheets (OWASP, "CSV Injection"), full-width forms included.
_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def write(studies: Sequence[Study]) -> str:
    """The studies as CSV with a header line, each on one line with a plain end, so that pipes can cut columns.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(column.name for column in COLUMNS)
    rows.writerows([_cell(column, study) for column in COLUMNS] for study in studies)
    return out.getvalue()


def _cell(column: Column, study: Study) -> str:
    value: Any = column.value(study)
    if value is None:
        return ""
    if column.kind == "flag":
        return "true" if value else "false"
    if column.kind == "whole":
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return _harmless("; ".join(value) if column.kind == "texts" else value)


def _harmless(value: str) -> str:
    # Tabs and line breaks in front start formulas too; inside they would break the line.
    text = squeeze(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
