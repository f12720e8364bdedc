"""The page that sets what clinics commonly say beside counts and quotations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from aggregator import charts
from aggregator.claim_evidence import ClaimEvidence, Tally
from aggregator.claims import Claim
from aggregator.digest import headline
from aggregator.render.catalogue import Line, claim_set
from aggregator.report import Report
from aggregator.study import Study
from aggregator.vocabulary import CONDITIONS, DESIGNS

#: The signs of the direction chart on the first page; what says nothing has the question mark.
_SIGNS = {**charts.DIRECTION_SIGNS, "no-direction": "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A count with where its studies are listed; no address where there is nothing to list."""

    words: str
    count: int
    address: str | None
    sign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A study that stands out by its date or size, in the words of its own abstract."""

    #: Newest randomised trial.
    why: str
    headline: str
    line: Line
    is_not_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """One claim as the page shows it."""

    claim: Claim
    studies: Number
    trials: Number
    reviews: Number
    sized: Number
    #: Smallest and largest trial with their number of participants; None where no trial states any.
    smallest: tuple[str, int] | None
    largest: tuple[str, int] | None
    median: float | None
    directions: tuple[Number, ...]
    chart: Markup
    #: Groups of numbers, each with its name; "" for a group without.
    looked_for: tuple[tuple[str, tuple[Number, ...]], ...]
    retracted: Number
    concerns: Number
    quoted: tuple[Quoted, ...]
    #: (name, words) of what was counted.
    conditions: tuple[tuple[str, str], ...]


def claim_views(report: Report, lines: Mapping[str, Line], address: Callable[..., str]) -> tuple[ClaimView, ...]:
    """Every claim; `lines` has the line of every PMID, `address` gives the list of what it is asked for."""
    topics = {page.topic.slug: page.topic.name for page in report.topics}
    return tuple(_view(evidence, lines, address, topics) for evidence in report.claims)


def _view(
    evidence: ClaimEvidence, lines: Mapping[str, Line], address: Callable[..., str], topics: Mapping[str, str]
) -> ClaimView:
    claim, sizes = evidence.claim, evidence.sizes

    def number(tally: Tally, *, sign: str = "") -> Number:
        where = {"claim": claim_set(claim.id, tally.key), **({"aside": "1"} if tally.is_aside else {})}
        link = address(**where) if tally.studies else None
        return Number(words=tally.words, count=len(tally), address=link, sign=sign)

    def sized(study: Study | None) -> tuple[str, int] | None:
        size = study.summary.sample_size if study else None
        return (study.pmid, size.value) if study and size else None

    directions = tuple(number(tally, sign=_SIGNS[tally.key]) for tally in evidence.directions)
    return ClaimView(
        claim=claim,
        studies=number(evidence.studies),
        trials=number(evidence.trials),
        reviews=number(evidence.reviews),
        sized=number(evidence.sized),
        smallest=sized(sizes.smallest if sizes else None),
        largest=sized(sizes.largest if sizes else None),
        median=sizes.median if sizes else None,
        directions=directions,
        chart=Markup(  # noqa: S704 - charts escapes every text it is given
            charts.strip(
                f"strip-{claim.id}",
                f"{claim.short}: direction reported by randomised trials",
                [(one.words, one.sign, one.count, one.address or "") for one in directions],
            )
        ),
        looked_for=tuple(
            (group, tuple(map(number, tallies)))
            for group, tallies in groupby(evidence.looked_for, key=lambda tally: tally.group)
        ),
        retracted=number(evidence.retracted),
        concerns=number(evidence.concerns),
        quoted=tuple(_quoted(evidence, lines)),
        conditions=tuple(_conditions(claim, topics)),
    )


def _quoted(evidence: ClaimEvidence, lines: Mapping[str, Line]) -> Iterator[Quoted]:
    """The studies that stand out; one that is both the newest and the largest is quoted once."""
    chosen: dict[str, tuple[Study, list[str]]] = {}
    for why, study in (
        ("newest randomised trial", evidence.newest_trial),
        ("largest randomised trial", evidence.largest_trial),
        ("newest systematic review or meta-analysis", evidence.newest_review),
    ):
        if study:
            chosen.setdefault(study.pmid, (study, []))[1].append(why)
    for study, reasons in chosen.values():
        why = " and ".join(reasons)
        yield Quoted(
            why=why[:1].upper() + why[1:],
            headline=headline(study),
            line=lines[study.pmid],
            is_not_met=bool(study.summary.primary_not_met),
        )


def _conditions(claim: Claim, topics: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, values, words in (
        ("Topic", claim.topics, topics),
        ("Condition", claim.conditions, CONDITIONS),
        ("Design", claim.designs, DESIGNS),
    ):
        if values:
            yield name, " or ".join(words.get(value, value) for value in values)
