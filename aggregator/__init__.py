"""Ketamine evidence from PubMed, for notebooks: search, read, summarise, and open the library.

>>> import aggregator
>>> citations = aggregator.search("ketamine[ti] AND ptsd[ti]", email="you@clinic.example")  # doctest: +SKIP
>>> aggregator.table(citations)  # doctest: +SKIP
>>> aggregator.open_library("workspace/library.sqlite").table(topic="ptsd")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.citation import Citation, PubDate
    from aggregator.errors import (
        AggregatorError,
        LibraryError,
        MailError,
        PubMedError,
        PubMedUnavailable,
        QueryRejected,
        QuerySyntaxError,
        RecordFileError,
        SettingsError,
        TopicError,
        UnreadableRecord,
    )
    from aggregator.evidence import summarise
    from aggregator.library import Library
    from aggregator.notebook import open_library, read, search, table
    from aggregator.study import Change, Search, Study
    from aggregator.summary import Span, Summary
    from aggregator.topics import Topic

__version__ = "0.1.0"

#: Where each public name lives; loaded on first use, so that `--help` stays quick.
_HOMES = {
    "search": "notebook",
    "table": "notebook",
    "open_library": "notebook",
    "read": "notebook",
    "summarise": "evidence",
    "Citation": "citation",
    "PubDate": "citation",
    "Summary": "summary",
    "Span": "summary",
    "Study": "study",
    "Search": "study",
    "Change": "study",
    "Topic": "topics",
    "Library": "library",
    "AggregatorError": "errors",
    "SettingsError": "errors",
    "TopicError": "errors",
    "QuerySyntaxError": "errors",
    "PubMedError": "errors",
    "PubMedUnavailable": "errors",
    "QueryRejected": "errors",
    "UnreadableRecord": "errors",
    "RecordFileError": "errors",
    "LibraryError": "errors",
    "MailError": "errors",
}

__all__ = [
    "AggregatorError",
    "Change",
    "Citation",
    "Library",
    "LibraryError",
    "MailError",
    "PubDate",
    "PubMedError",
    "PubMedUnavailable",
    "QueryRejected",
    "QuerySyntaxError",
    "RecordFileError",
    "Search",
    "SettingsError",
    "Span",
    "Study",
    "Summary",
    "Topic",
    "TopicError",
    "UnreadableRecord",
    "open_library",
    "read",
    "search",
    "summarise",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'aggregator' has no attribute '{name}'; it offers {', '.join(__all__)}")
    return getattr(import_module(f"aggregator.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
