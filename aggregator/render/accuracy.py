"""The table of the methods page that says how well studies are read, in a reader's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.accuracy import Accuracy, FieldAccuracy

#: Field -> (its name in a study's card, what was held against the reader's), in the order of the page.
WORDS = {
    "topics": ("Topic", "whether a study that a topic's query finds belongs there"),
    "bucket": ("Kind", "shown, or set aside, and as what"),
    "design": ("Design", ""),
    "studies_included": ("Studies included", "the exact number, in reviews"),
    "sample_size": ("Participants", "the exact number"),
    "conditions": ("Condition", ""),
    "age_groups": ("Age", "age groups; the reader took them from MeSH headings too"),
    "drugs": ("Drug", "ketamine and its forms"),
    "doses": ("Dose", "amount and unit, for its drug"),
    "routes": ("Route", ""),
    "regimen": ("Regimen", "single, repeated or continuous"),
    "infusion_minutes": ("Infusion time", ""),
    "psychotherapy": ("Psychotherapy", "its role; “not stated” counts as a value"),
    "comparators": ("Compared with", ""),
    "control": ("Control", "the kind of control group"),
    "scales": ("Scales", "editions of one scale count as one"),
    "findings": ("Estimates", "measure and number together; the reader took those of harms too"),
    "direction": ("Direction", "of the primary result"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole: 88%, 122 of 139."""

    part: int
    whole: int

    @property
    def percent(self) -> str:
        return f"{self.part / self.whole:.0%}" if self.whole else "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyRow:
    """One field of the table."""

    name: str
    about: str
    records: int
    #: Of the values that this program gave.
    right: Share
    #: Of the values that the reader stated.
    found: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyView:
    """The evaluation as the page shows it."""

    accuracy: Accuracy
    rows: tuple[AccuracyRow, ...]
    #: The lowest and the highest agreement between two readers, over the fields.
    readers: tuple[str, str]
    #: The rules are no more those that were measured.
    is_of_other_rules: bool


def accuracy_view(accuracy: Accuracy, rules: str) -> AccuracyView:
    """The last evaluation beside the extractor's present `rules`."""
    agreed = [field.readers for field in accuracy.field if field.readers is not None]
    return AccuracyView(
        accuracy=accuracy,
        rows=tuple(_rows(accuracy)),
        readers=(f"{min(agreed):.0%}", f"{max(agreed):.0%}"),
        is_of_other_rules=accuracy.rules != rules,
    )


def _rows(accuracy: Accuracy) -> Iterator[AccuracyRow]:
    order = list(WORDS)
    for field in sorted(accuracy.field, key=lambda field: order.index(field.name)):
        yield _row(field)


def _row(field: FieldAccuracy) -> AccuracyRow:
    name, about = WORDS[field.name]
    return AccuracyRow(
        name=name,
        about=about,
        records=field.records,
        right=Share(part=field.right, whole=field.given),
        found=Share(part=field.right, whole=field.stated),
    )
