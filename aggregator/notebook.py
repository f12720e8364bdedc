"""The notebook face: PubMed and the library as plain calls; nothing is stored but by the library itself."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.citation import Citation
from aggregator.errors import LibraryError, PubMedUnavailable
from aggregator.evidence import summarise
from aggregator.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from aggregator.library import Library


def search(query: str, *, email: str, limit: int | None = None, url: str | None = None) -> list[Citation]:
    """Everything that PubMed finds for a query, or the `limit` most recent; nothing is stored.

    NCBI wants an email address of whoever asks. A key is taken from NCBI_API_KEY.
    Raises PubMedUnavailable or QueryRejected; never answers an empty list for a failure.
    """
    from aggregator.pubmed.eutils import NCBI, PubMed
    from aggregator.pubmed.pace import shared_pace_file

    pubmed = PubMed(
        email=email, api_key=os.environ.get("NCBI_API_KEY") or None, url=url or NCBI, pace_file=shared_pace_file()
    )
    answer = pubmed.search(query, limit=limit)
    batches = list(pubmed.fetch(answer.pmids))
    missing = [pmid for batch in batches for pmid in batch.missing]
    if missing or not answer.is_complete:
        named = (
            f"these records did not come: {', '.join(missing)}"
            if missing
            else "PubMed's list is shorter than its count"
        )
        raise PubMedUnavailable(f"{named}; search again")
    return [record.citation for batch in batches for record in batch.records]


def table(citations: Iterable[Citation]) -> pd.DataFrame:
    """Citations with what was read from them as a pandas table, one tidy row a study."""
    from aggregator.library.tables import studies_table

    return studies_table(Study(citation=citation, summary=summarise(citation)) for citation in citations)


def open_library(path: str | Path) -> Library:
    """The library of a workspace: `open_library("workspace/library.sqlite").table(topic="ptsd")`.

    Raises LibraryError where there is none: a typing error must not make an empty one.
    """
    from aggregator.library import Library

    if not Path(path).exists():
        raise LibraryError("there is no library here; run `aggregator update` or check the path", path=Path(path))
    return Library(Path(path))


def read(path: str | Path) -> list[Citation]:
    """The citations of a PubMed file: XML or MEDLINE text, compressed or not. Raises RecordFileError."""
    from aggregator.pubmed.bulk import opened_records
    from aggregator.pubmed.records import ReadRecord

    with opened_records(Path(path)) as entries:
        return [entry.citation for entry in entries if isinstance(entry, ReadRecord)]
