"""What a citation reports, each value with its source words: Citation in, Summary out."""

from __future__ import annotations

from dataclasses import replace

from aggregator.citation import Citation
from aggregator.evidence.bucket import placement_of
from aggregator.evidence.comparison import comparators_of, control_of
from aggregator.evidence.conclusion import conclusion_of
from aggregator.evidence.design import design_of
from aggregator.evidence.direction import direction_by_numbers, direction_of
from aggregator.evidence.findings import findings_of
from aggregator.evidence.flags import flags_of, primary_not_met_of
from aggregator.evidence.infusion import infusion_time_of
from aggregator.evidence.outcomes import harms_of, scales_of
from aggregator.evidence.population import age_groups_of, conditions_of
from aggregator.evidence.psychotherapy import psychotherapy_of
from aggregator.evidence.rates import definitions_of
from aggregator.evidence.registries import registrations_of
from aggregator.evidence.sample import sample_size_of, studies_included_of
from aggregator.evidence.text import Reading, prepare
from aggregator.evidence.treatment import doses_of, drugs_of, phase_of, regimen_of, routes_of
from aggregator.summary import Summary
from aggregator.vocabulary import FLAGS

__all__ = ["summarise"]


def summarise(citation: Citation) -> Summary:
    """Everything that can be read from one citation, in milliseconds, the same each time.

    Reads title, abstract, publication types, MeSH headings and notices; no I/O, no clock. What the record does not
    state stays None or empty; every span quotes `citation.section_text(span.section)[span.start:span.end]`.
    """
    reading = prepare(citation)
    design = design_of(reading)
    placement = placement_of(reading, design)
    summary = Summary(
        bucket=placement.bucket,
        bucket_reason=placement.reason,
        bucket_spans=placement.spans,
        design=design,
        conditions=conditions_of(reading, design),
        age_groups=age_groups_of(reading, design),
        sample_size=sample_size_of(reading, design),
        studies_included=studies_included_of(reading, design),
        scales=scales_of(reading, design),
        harms=harms_of(reading, design),
        psychotherapy=psychotherapy_of(reading, design),
        conclusion=conclusion_of(reading, design),
        registrations=registrations_of(reading),
        definitions=definitions_of(reading),
        phase=phase_of(reading),
    )
    if placement.bucket != "off-topic":
        summary = _with_treatment(summary, reading)
        summary = replace(summary, direction=direction_of(reading, summary))
    read = findings_of(reading, design, placement.bucket, summary.comparators)
    if summary.direction and summary.direction.value == "unclear":
        by_numbers = direction_by_numbers(reading, read.findings, summary)
        summary = replace(summary, direction=by_numbers or summary.direction)
    summary = replace(summary, findings=read.findings)
    summary = replace(summary, primary_not_met=primary_not_met_of(reading, summary))
    flags = set(flags_of(reading, summary)) | ({"inconsistent-numbers"} if read.inconsistent else set())
    return replace(summary, flags=tuple(flag for flag in FLAGS if flag in flags))


def _with_treatment(summary: Summary, reading: Reading) -> Summary:
    """The fields that speak of ketamine and its kin; a study of something else has none of them."""
    design = summary.design
    doses = doses_of(reading, design)
    comparators = comparators_of(reading, design, doses)
    control = control_of(reading, design, comparators, summary.sample_size)
    return replace(
        summary,
        drugs=drugs_of(reading, design),
        routes=routes_of(reading, design),
        doses=doses,
        regimen=regimen_of(reading, design),
        infusion_time=infusion_time_of(reading, design),
        comparators=comparators,
        control=control,
    )
