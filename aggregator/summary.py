"""What a study reported, each value with the very words that it was read from.

None or an empty tuple means "not stated in the abstract". Nothing here is guessed, pooled or reworded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from aggregator.vocabulary import CONDITIONS, DESIGNS, DRUGS, FLAGS, ROUTES

NOT_STATED = "not stated in the abstract"
#: Said beside the authors' conclusion, so that nobody reads a hopeful one alone.
PRIMARY_NOT_MET = "not met, as the abstract says"


@dataclass(frozen=True, slots=True)
class Span:
    """Where words stand: text[start:end] of the title or of the abstract section with that index."""

    section: int | Literal["title"]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A value of one of the closed vocabularies, or a scale's acronym."""

    value: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFact:
    """The study design; `confirmed` when PubMed's own publication types say the same."""

    value: str
    confirmed: bool = False
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFact:
    """A number of participants or of studies."""

    value: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """A dose in the abstract's own unit, bound to the drug that it was given of."""

    value: str
    drug: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """How often the drug was given; `sessions` only where a number is stated."""

    value: str
    sessions: int | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reported estimate; all of it read from a single sentence."""

    scale: str | None = None
    timepoint: str | None = None
    measure: str
    estimate: float
    ci: tuple[float, float] | None = None
    ci_level: float | None = None
    #: As printed: "<0.001", "0.03".
    p: str | None = None
    direction: str | None = None
    primary: bool | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The authors' own conclusion, verbatim."""

    quote: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that was read from one citation; the fields stand in the order of the JSON."""

    bucket: str = "core"
    design: DesignFact = DesignFact(value="other")
    conditions: tuple[Fact, ...] = ()
    age_groups: tuple[Fact, ...] = ()
    sample_size: CountFact | None = None
    studies_included: CountFact | None = None
    drugs: tuple[Fact, ...] = ()
    routes: tuple[Fact, ...] = ()
    doses: tuple[Dose, ...] = ()
    regimen: Regimen | None = None
    comparators: tuple[Fact, ...] = ()
    control: Fact | None = None
    phase: Fact | None = None
    scales: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    direction: Fact | None = None
    harms: tuple[Fact, ...] = ()
    psychotherapy: Fact = Fact(value="none-stated")
    conclusion: Conclusion | None = None
    flags: tuple[str, ...] = ()
    #: Why the study stands in its bucket, in words a reader understands; not part of the JSON.
    bucket_reason: str | None = None
    #: The words that the bucket was decided on; not part of the JSON.
    bucket_spans: tuple[Span, ...] = ()
    #: Registry numbers read from the text; the JSON lists them with the record's own.
    registrations: tuple[Fact, ...] = ()
    #: How long one infusion lasted, as printed; not part of the JSON.
    infusion_time: Fact | None = None
    #: How response and remission are defined, in the abstract's words; not part of the JSON.
    definitions: tuple[Fact, ...] = ()
    #: The sentences that say that the primary outcome was not met; not part of the JSON.
    primary_not_met: tuple[Span, ...] = ()

    def _repr_html_(self) -> str:
        from aggregator.citation import card_html

        rows = (
            ("Participants", f"{self.sample_size.value:,}" if self.sample_size else NOT_STATED),
            ("Conditions", labels(self.conditions, CONDITIONS)),
            ("Drug", labels(self.drugs, DRUGS)),
            ("Dose", ", ".join(dose.value for dose in self.doses) or NOT_STATED),
            ("Route", labels(self.routes, ROUTES)),
            *([("Primary outcome", PRIMARY_NOT_MET)] if self.primary_not_met else []),
            ("Authors conclude", self.conclusion.quote if self.conclusion else NOT_STATED),
        )
        return card_html(DESIGNS[self.design.value], "; ".join(FLAGS[flag] for flag in self.flags), rows)


def labels(facts: tuple[Fact, ...], table: dict[str, str]) -> str:
    """Facts in a reader's words, or that nothing is stated."""
    return ", ".join(table.get(fact.value, fact.value) for fact in facts) or NOT_STATED


#: Fields of Summary that the outside contract does not carry.
INTERNAL_FIELDS = frozenset(
    {"bucket_reason", "bucket_spans", "registrations", "infusion_time", "definitions", "primary_not_met"}
)


def summary_json(summary: Summary) -> dict[str, Any]:
    """The `summary` object of a study's JSON: every key present, spans included."""
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(summary)
    return {name: value for name, value in plain.items() if name not in INTERNAL_FIELDS}
