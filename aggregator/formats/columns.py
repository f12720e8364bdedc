"""One study as one row: the columns of CSV and Parquet, each with its meaning.

Lists keep the order of the record; a value that the abstract does not state is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from aggregator.study import Study
from aggregator.summary import Dose, Fact, Finding

Kind = Literal["text", "texts", "whole", "flag", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, the kind of its values, how to read it off a study, and what it means."""

    name: str
    kind: Kind
    value: Callable[[Study], Any]
    meaning: str


def _values(facts: Iterable[Fact | Dose]) -> list[str]:
    return [fact.value for fact in facts]


def _value(fact: Any) -> Any:
    return fact.value if fact else None


def in_words(finding: Finding) -> str:
    """A finding in the abstract's own numbers: CAPS-5 at 2 weeks: mean difference 11.9 (95% CI 6.5 to 17.3), p 0.03."""
    place = " at ".join(part for part in (finding.scale, finding.timepoint) if part)
    text = f"{place}: {finding.measure} {finding.estimate:g}" if place else f"{finding.measure} {finding.estimate:g}"
    if finding.ci:
        level = f"{finding.ci_level:g}% " if finding.ci_level else ""
        text += f" ({level}CI {finding.ci[0]:g} to {finding.ci[1]:g})"
    return f"{text}, p {finding.p}" if finding.p else text


COLUMNS = (
    Column("pmid", "text", lambda study: study.pmid, "PubMed's number"),
    Column("doi", "text", lambda study: study.citation.doi, "Digital object identifier"),
    Column("pmcid", "text", lambda study: study.citation.pmcid, "PubMed Central's number: free full text"),
    Column("url", "text", lambda study: study.citation.url, "The record in PubMed"),
    Column("title", "text", lambda study: study.citation.title, "Title"),
    Column("authors", "texts", lambda study: [author.name for author in study.citation.authors], "Authors and groups"),
    Column("journal", "text", lambda study: study.citation.journal.name, "Journal, or the book of a chapter"),
    Column(
        "published", "text", lambda study: study.citation.published.iso, "As far as stated: 2026, 2026-03 or 2026-03-14"
    ),
    Column("year", "whole", lambda study: study.citation.published.year, "Year of publication"),
    Column("entered", "day", lambda study: study.citation.entered, "Day the record was created in PubMed"),
    Column(
        "first_seen", "day", lambda study: study.first_seen and study.first_seen.date(), "Day the library first held it"
    ),
    Column("topics", "texts", lambda study: list(study.topics), "Slugs of the topics that it matches"),
    Column("bucket", "text", lambda study: study.summary.bucket, "core, or why it is set aside"),
    Column("design", "text", lambda study: study.summary.design.value, "Study design"),
    Column(
        "design_confirmed",
        "flag",
        lambda study: study.summary.design.confirmed,
        "PubMed's publication types say the same",
    ),
    Column("conditions", "texts", lambda study: _values(study.summary.conditions), "Conditions studied"),
    Column("age_groups", "texts", lambda study: _values(study.summary.age_groups), "Age groups studied"),
    Column("sample_size", "whole", lambda study: _value(study.summary.sample_size), "Participants"),
    Column("studies_included", "whole", lambda study: _value(study.summary.studies_included), "Studies in a review"),
    Column("drugs", "texts", lambda study: _values(study.summary.drugs), "Ketamine and its relatives"),
    Column("routes", "texts", lambda study: _values(study.summary.routes), "Routes of administration"),
    Column("doses", "texts", lambda study: _values(study.summary.doses), "Doses as printed"),
    Column("regimen", "text", lambda study: _value(study.summary.regimen), "single, repeated or continuous"),
    Column(
        "sessions",
        "whole",
        lambda study: study.summary.regimen and study.summary.regimen.sessions,
        "Number of doses or sessions",
    ),
    Column(
        "infusion_time",
        "text",
        lambda study: _value(study.summary.infusion_time),
        "How long one infusion lasted, as printed",
    ),
    Column("comparators", "texts", lambda study: _values(study.summary.comparators), "What it was compared with"),
    Column("control", "text", lambda study: _value(study.summary.control), "Kind of control"),
    Column("phase", "text", lambda study: _value(study.summary.phase), "Phase of the trial"),
    Column("scales", "texts", lambda study: _values(study.summary.scales), "Outcome scales"),
    Column(
        "findings",
        "texts",
        lambda study: [in_words(finding) for finding in study.summary.findings],
        "Estimates as reported",
    ),
    Column("direction", "text", lambda study: _value(study.summary.direction), "Which side the result favours"),
    Column(
        "primary_outcome_not_met",
        "flag",
        lambda study: bool(study.summary.primary_not_met),
        "A sentence says that the primary outcome was not met; false: none says so",
    ),
    Column("harms", "texts", lambda study: _values(study.summary.harms), "Harms named"),
    Column("psychotherapy", "text", lambda study: study.summary.psychotherapy.value, "Part that psychotherapy plays"),
    Column(
        "conclusion",
        "text",
        lambda study: study.summary.conclusion and study.summary.conclusion.quote,
        "The authors' conclusion, verbatim",
    ),
    Column("flags", "texts", lambda study: list(study.summary.flags), "retracted, preprint, pilot, ..."),
    Column("registrations", "texts", lambda study: list(study.registrations), "Registry numbers"),
    Column(
        "publication_types", "texts", lambda study: list(study.citation.publication_types), "PubMed's publication types"
    ),
    Column("mesh", "texts", lambda study: [heading.descriptor for heading in study.citation.mesh], "MeSH headings"),
    Column("keywords", "texts", lambda study: list(study.citation.keywords), "Authors' keywords"),
    Column("languages", "texts", lambda study: list(study.citation.languages), "Languages, three letters"),
)
