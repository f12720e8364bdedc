"""Trial registration numbers that stand in the text."""

from __future__ import annotations

import re

from aggregator.evidence.text import Reading
from aggregator.summary import Fact, Span

#: The registers' own forms; https://www.who.int/clinical-trials-registry-platform lists the registers.
REGISTERS: tuple[tuple[str, str], ...] = (
    ("ClinicalTrials.gov", r"NCT ?\d{8}"),
    ("ANZCTR", r"ACTRN ?\d{14}p?"),
    ("ISRCTN", r"ISRCTN ?\d{8}"),
    ("ChiCTR", r"ChiCTR(?:-[A-Za-z]{2,5})?-? ?\d{8,10}"),
    ("UMIN", r"UMIN ?\d{9}"),
    ("CTRI", r"CTRI/\d{4}/\d{2,3}/\d{6}"),
    ("IRCT", r"IRCT ?\d+N\d+"),
    ("EudraCT", r"(?<![\d-])20\d\d-\d{6}-\d{2}(?![\d-])"),
    ("jRCT", r"jRCTs?\d{9,10}"),
    ("DRKS", r"DRKS ?\d{8}"),
    ("KCT", r"KCT ?\d{7}"),
    ("TCTR", r"TCTR ?\d{11}"),
    ("NTR", r"\bNTR ?\d{3,5}"),
    ("PROSPERO", r"CRD ?4\d{9,}"),
)
_REGISTERS = tuple(re.compile(rf"(?:{pattern})(?!\d)") for _, pattern in REGISTERS)


def registrations_of(reading: Reading) -> tuple[Fact, ...]:
    """Each registry number once, as its register writes it, with every place it stands."""
    found: dict[str, list[Span]] = {}
    for register in _REGISTERS:
        for hit in reading.hits(register, cased=True):
            number = hit.match.group().replace(" ", "")
            found.setdefault(number, []).append(hit.span)
    return tuple(Fact(value=number, spans=tuple(spans)) for number, spans in found.items())
