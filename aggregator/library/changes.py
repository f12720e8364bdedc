"""What became different between two versions of a record, and which of it a reader must hear of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeVar

import msgspec

from aggregator.citation import Citation, Notice
from aggregator.study import Change
from aggregator.summary import Summary

T = TypeVar("T", Citation, Summary)


@dataclass(frozen=True, slots=True)
class _Milestone:
    """A state that a record reaches once; reaching it is a change of that kind."""

    kind: str
    field: str
    is_reached: Callable[[Citation], bool]
    evidence: Callable[[Citation], str | None]


def _notice(*ref_types: str) -> Callable[[Citation], str | None]:
    def told(citation: Citation) -> str | None:
        for notice in citation.notices:
            if notice.ref_type in ref_types:
                return _where(notice)
        return None

    return told


def _issued(citation: Citation) -> bool:
    return citation.publication_status in ("ppublish", "epublish")


def _reference(citation: Citation) -> str:
    parts = (str(citation.published), citation.volume, citation.issue, citation.pages)
    return "; ".join(part for part in parts if part)


MILESTONES = (
    _Milestone("retracted", "notices", lambda c: c.is_retracted, _notice("RetractionIn")),
    _Milestone("expression-of-concern", "notices", lambda c: c.has_concern, _notice("ExpressionOfConcernIn")),
    _Milestone("published", "notices", lambda c: c.is_preprint and c.has_notice("UpdateIn"), _notice("UpdateIn")),
    _Milestone("issued", "publication_status", _issued, _reference),
    _Milestone("indexed", "mesh", lambda c: c.is_indexed, lambda c: f"{len(c.mesh)} MeSH headings"),
)

_CORRECTIONS = ("ErratumIn", "CorrectedandRepublishedIn")

#: Dates that move with every touch of the record: told by `revised`, not by a row of their own.
_SILENT = frozenset({"revised", "completed", "history", "indexed", "processed", "version"})


def between(before: Citation, after: Citation, *, seen: datetime) -> tuple[Change, ...]:
    """Every difference that matters, milestones first; empty when only dates of handling moved."""
    found = list(_milestones(before, after, seen))
    told = {change.field for change in found}
    found += [
        Change(
            pmid=after.pmid, kind="revised", field=name, before=_text(before, name), after=_text(after, name), seen=seen
        )
        for name in _differing(before, after)
        if name not in told
    ]
    return tuple(found)


def _milestones(before: Citation, after: Citation, seen: datetime) -> Iterator[Change]:
    for milestone in MILESTONES:
        if milestone.is_reached(after) and not milestone.is_reached(before):
            yield Change(
                pmid=after.pmid,
                kind=milestone.kind,
                field=milestone.field,
                before=_text(before, milestone.field) if milestone.kind == "issued" else None,
                after=milestone.evidence(after),
                seen=seen,
            )
    yield from _corrections(before, after, seen)


def _corrections(before: Citation, after: Citation, seen: datetime) -> Iterator[Change]:
    """Each correction is a change of its own, however many came since the last look."""
    held = [notice for notice in before.notices if notice.ref_type in _CORRECTIONS]
    for notice in after.notices:
        if notice.ref_type in _CORRECTIONS and not any(_is_the_same(notice, other) for other in held):
            yield Change(
                pmid=after.pmid, kind="corrected", field="notices", before=None, after=_where(notice), seen=seen
            )


def _is_the_same(one: Notice, other: Notice) -> bool:
    """A notice gets its PMID, or its place in a journal, later than it is first named."""
    if one.pmid and other.pmid:
        return one.pmid == other.pmid
    return one.source == other.source


def _where(notice: Notice) -> str:
    return f"{notice.source or 'notice without source'}{f' (PMID {notice.pmid})' if notice.pmid else ''}"


def differing_fields(before: T, after: T) -> tuple[str, ...]:
    """The names of the fields in which two values of one dataclass differ."""
    names = (field.name for field in fields(before))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _differing(before: Citation, after: Citation) -> Iterator[str]:
    return (name for name in differing_fields(before, after) if name not in _SILENT)


def _text(citation: Citation, name: str) -> str | None:
    value = getattr(citation, name)
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
