"""A study: a citation, its summary, and what the library knows of it. Also searches and changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.citation import Citation
from aggregator.summary import Summary, summary_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that became different about a record that the library already held."""

    pmid: str
    #: One of CHANGE_KINDS; "revised" for a change that no reader needs to hear of.
    kind: str
    #: The citation's field, "topics", or "record".
    field: str
    before: str | None
    after: str | None
    seen: datetime


#: Kinds of change with the words a reader sees.
CHANGE_KINDS = {
    "retracted": "Retracted",
    "expression-of-concern": "Expression of concern",
    "corrected": "Corrected",
    "published": "Published after preprint",
    "issued": "Assigned to an issue",
    "indexed": "Indexed for MEDLINE",
    "deleted": "Deleted from PubMed",
    "merged": "Merged with another record",
    "restored": "Back in PubMed",
    "topic-gained": "Now matches another topic",
    "topic-lost": "No longer matches a topic",
    "revised": "Revised",
}

#: The kinds that a reader who was sent the study must be told of.
STATUS_CHANGES = ("retracted", "expression-of-concern", "corrected", "published", "deleted", "merged", "restored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is shown to readers: everything known of one PMID."""

    citation: Citation
    summary: Summary
    #: Slugs of the topics that match.
    topics: tuple[str, ...] = ()
    #: When the library first held it; None for a study that was only looked up.
    first_seen: datetime | None = None
    #: The issue (2026-W47) of the digest that announced it, with the moment it was made.
    announced: tuple[str, datetime] | None = None
    #: When PubMed was found to have deleted the record.
    deleted: datetime | None = None
    changes: tuple[Change, ...] = ()

    @property
    def pmid(self) -> str:
        return self.citation.pmid

    @property
    def registrations(self) -> tuple[str, ...]:
        """Registry numbers, the record's own first, then those read from the text."""
        stated = [registration.accession for registration in self.citation.registrations]
        read = [fact.value for fact in self.summary.registrations]
        return tuple(dict.fromkeys(stated + read))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One question put to PubMed, as a review's methods section reports it (PRISMA-S)."""

    topic: str
    query: str
    started: datetime
    #: PubMed's own reading of the query.
    translation: str | None = None
    #: Hits counted by PubMed; None when it is not known.
    found: int | None = None
    new: int = 0
    changed: int = 0
    #: PMIDs that PubMed listed and did not deliver.
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    complete: bool = False
    #: What went wrong, for the operator; None for a complete search.
    problem: str | None = None


def study_json(study: Study) -> dict[str, Any]:
    """One study as the JSON that `export` and `search` promise (README, "One study as JSON")."""
    citation = study.citation
    return {
        "pmid": citation.pmid,
        "doi": citation.doi,
        "pmcid": citation.pmcid,
        "title": citation.title,
        "journal": citation.journal.name,
        "published": citation.published.iso,
        "entered": citation.entered.isoformat() if citation.entered else None,
        "authors": [author.name for author in citation.authors],
        "publication_types": list(citation.publication_types),
        "mesh": [heading.descriptor for heading in citation.mesh],
        "languages": list(citation.languages),
        "registrations": list(study.registrations),
        "abstract": [
            {"label": section.label, "category": section.category, "text": section.text}
            for section in citation.abstract
        ],
        "topics": list(study.topics),
        "first_seen": study.first_seen.date().isoformat() if study.first_seen else None,
        "notices": [{"kind": notice.kind, "pmid": notice.pmid} for notice in citation.notices],
        "summary": summary_json(study.summary),
    }
