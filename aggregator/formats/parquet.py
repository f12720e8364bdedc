"""Parquet for statistics: the columns of CSV with true types, lists as lists, what is not stated as null."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from aggregator.formats.columns import COLUMNS
from aggregator.study import Study

_DTYPES = {"text": "string", "texts": "object", "whole": "Int64", "flag": "boolean", "day": "datetime64[ms]"}


def write(studies: Sequence[Study]) -> bytes:
    """The studies as one Parquet file; pandas.read_parquet gives back nullable integers, texts and dates."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow: dict[str, Any] = {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "whole": pa.int64(),
        "flag": pa.bool_(),
        "day": pa.timestamp("ms"),
    }
    frame = pd.DataFrame(
        {
            column.name: pd.Series([column.value(study) for study in studies], dtype=_DTYPES[column.kind])
            for column in COLUMNS
        }
    )
    # The schema is stated: from an empty or all-null column Arrow would guess another type.
    schema = pa.schema([(column.name, arrow[column.kind]) for column in COLUMNS])
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), out)
    return out.getvalue()
