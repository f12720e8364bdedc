"""The library as pandas tables with tidy types: text, categories, whole numbers that may be missing, days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from aggregator.vocabulary import BUCKETS, CONTROLS, DESIGNS, DIRECTIONS, REGIMENS

if TYPE_CHECKING:
    from aggregator.study import Change, Search, Study
    from aggregator.summary import Fact


def _values(facts: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(fact.value for fact in facts)


def _value(fact: Any) -> Any:
    return fact.value if fact else None


def _category(names: Iterable[str]) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(list(names))


#: Column, type, and where the value comes from. Lists stay tuples; what is not stated is missing.
STUDY_COLUMNS: tuple[tuple[str, Any, Callable[[Study], Any]], ...] = (
    ("pmid", "string", lambda s: s.pmid),
    ("title", "string", lambda s: s.citation.title),
    ("journal", "string", lambda s: s.citation.journal.name),
    ("published", "string", lambda s: s.citation.published.iso),
    ("year", "Int16", lambda s: s.citation.published.year),
    ("entered", "datetime64[s]", lambda s: s.citation.entered),
    ("first_seen", "datetime64[us, UTC]", lambda s: s.first_seen),
    ("topics", "object", lambda s: s.topics),
    ("bucket", _category(BUCKETS), lambda s: s.summary.bucket),
    ("design", _category(DESIGNS), lambda s: s.summary.design.value),
    ("design_confirmed", "boolean", lambda s: s.summary.design.confirmed),
    ("conditions", "object", lambda s: _values(s.summary.conditions)),
    ("age_groups", "object", lambda s: _values(s.summary.age_groups)),
    ("sample_size", "Int32", lambda s: _value(s.summary.sample_size)),
    ("studies_included", "Int32", lambda s: _value(s.summary.studies_included)),
    ("drugs", "object", lambda s: _values(s.summary.drugs)),
    ("routes", "object", lambda s: _values(s.summary.routes)),
    ("doses", "object", lambda s: tuple(f"{dose.drug} {dose.value}" for dose in s.summary.doses)),
    ("regimen", _category(REGIMENS), lambda s: _value(s.summary.regimen)),
    ("sessions", "Int16", lambda s: s.summary.regimen.sessions if s.summary.regimen else None),
    ("infusion_time", "string", lambda s: _value(s.summary.infusion_time)),
    ("comparators", "object", lambda s: _values(s.summary.comparators)),
    ("control", _category(CONTROLS), lambda s: _value(s.summary.control)),
    ("phase", "string", lambda s: _value(s.summary.phase)),
    ("scales", "object", lambda s: _values(s.summary.scales)),
    ("direction", _category(DIRECTIONS), lambda s: _value(s.summary.direction)),
    # False says no more than that no sentence says so.
    ("primary_outcome_not_met", "boolean", lambda s: bool(s.summary.primary_not_met)),
    ("harms", "object", lambda s: _values(s.summary.harms)),
    ("psychotherapy", "string", lambda s: s.summary.psychotherapy.value),
    ("conclusion", "string", lambda s: s.summary.conclusion.quote if s.summary.conclusion else None),
    ("registrations", "object", lambda s: s.registrations),
    ("flags", "object", lambda s: s.summary.flags),
    ("doi", "string", lambda s: s.citation.doi),
    ("url", "string", lambda s: s.citation.url),
)

SEARCH_COLUMNS: tuple[tuple[str, Any, Callable[[Search], Any]], ...] = (
    ("database", "string", lambda _: "PubMed"),
    ("interface", "string", lambda _: "NCBI E-utilities (ESearch)"),
    ("topic", "string", lambda s: s.topic),
    ("started", "datetime64[us, UTC]", lambda s: s.started),
    ("query", "string", lambda s: s.query),
    ("translation", "string", lambda s: s.translation),
    ("found", "Int64", lambda s: s.found),
    ("new", "Int64", lambda s: s.new),
    ("changed", "Int64", lambda s: s.changed),
    ("missing", "object", lambda s: s.missing),
    ("warnings", "object", lambda s: s.warnings),
    ("complete", "boolean", lambda s: s.complete),
    ("problem", "string", lambda s: s.problem),
)

CHANGE_COLUMNS: tuple[tuple[str, Any, Callable[[Change], Any]], ...] = (
    ("pmid", "string", lambda c: c.pmid),
    ("kind", "string", lambda c: c.kind),
    ("field", "string", lambda c: c.field),
    ("before", "string", lambda c: c.before),
    ("after", "string", lambda c: c.after),
    ("seen", "datetime64[us, UTC]", lambda c: c.seen),
)


def studies_table(studies: Iterable[Study]) -> pd.DataFrame:
    """One row a study; columns and types as STUDY_COLUMNS says, also when there is no row."""
    return _table(STUDY_COLUMNS, studies)


def searches_table(searches: Iterable[Search]) -> pd.DataFrame:
    """One row a search."""
    return _table(SEARCH_COLUMNS, searches)


def changes_table(changes: Iterable[Change]) -> pd.DataFrame:
    """One row a change."""
    return _table(CHANGE_COLUMNS, changes)


def _table(columns: tuple[tuple[str, Any, Callable[[Any], Any]], ...], rows: Iterable[Any]) -> pd.DataFrame:
    held = list(rows)
    return pd.DataFrame({name: _column(kind, [take(row) for row in held]) for name, kind, take in columns})


def _column(kind: Any, values: list[Any]) -> Any:
    if not (isinstance(kind, str) and kind.startswith("datetime64")):
        return pd.Series(values, dtype=kind)
    moments = pd.to_datetime(pd.Series(values, dtype="object"), utc="UTC" in kind)
    return moments.astype(cast("Any", kind))
