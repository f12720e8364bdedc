"""What became different between two versions of a record, and which of it a reader must hear of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime

import msgspec

from aggregator.citation import Citation
from aggregator.study import Change


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
                where = f" (PMID {notice.pmid})" if notice.pmid else ""
                return f"{notice.source or 'notice without source'}{where}"
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
    _Milestone("corrected", "notices", lambda c: c.is_corrected, _notice("ErratumIn", "CorrectedandRepublishedIn")),
    _Milestone("published", "notices", lambda c: c.is_preprint and c.has_notice("UpdateIn"), _notice("UpdateIn")),
    _Milestone("issued", "publication_status", _issued, _reference),
    _Milestone("indexed", "mesh", lambda c: c.is_indexed, lambda c: f"{len(c.mesh)} MeSH headings"),
)

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
    yield from _further_errata(before, after, seen)


def _further_errata(before: Citation, after: Citation, seen: datetime) -> Iterator[Change]:
    """A second correction is a change too, although the record was corrected before."""
    held = {notice for notice in before.notices if notice.ref_type == "ErratumIn"}
    if not held:
        return
    for notice in after.notices:
        if notice.ref_type == "ErratumIn" and notice not in held:
            where = f" (PMID {notice.pmid})" if notice.pmid else ""
            yield Change(
                pmid=after.pmid,
                kind="corrected",
                field="notices",
                before=None,
                after=f"{notice.source or 'erratum'}{where}",
                seen=seen,
            )


def _differing(before: Citation, after: Citation) -> Iterator[str]:
    for field in fields(Citation):
        if field.name not in _SILENT and getattr(before, field.name) != getattr(after, field.name):
            yield field.name


def _text(citation: Citation, name: str) -> str | None:
    value = getattr(citation, name)
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
