"""What the library holds beside a claim: how many studies of which kind, what they state, and what was not found.

Counts and the studies behind them; nothing is pooled, weighed or judged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from aggregator.claims import Claim
from aggregator.evidence.findings import hours_of
from aggregator.report import NOT_REPORTED, is_counted, is_preprint, is_retracted
from aggregator.study import Study

TRIALS = ("randomized-trial",)
REVIEWS = ("meta-analysis", "systematic-review")
#: The group of rules that look at trials.
TRIALS_LOOKED_AT = "Randomised trials"
#: "Beyond four weeks": day 28 and week 4 are four weeks, one month and day 30 are more.
_FOUR_WEEKS = 28 * 24.0
_MANY = 100

_Test = Callable[[Study], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A number with the studies that make it up."""

    #: The name of the set in addresses, unique within a claim.
    key: str
    words: str
    studies: tuple[Study, ...]
    #: What its words stand under, where several numbers share it.
    group: str = ""
    #: Its studies are set aside in lists.
    is_aside: bool = False

    def __len__(self) -> int:
        return len(self.studies)

    @property
    def name(self) -> str:
        """The words by themselves: Randomised trials with an active placebo."""
        return f"{self.group} {self.words}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the trials are that state it; never a sum, since trials are not pooled."""

    smallest: Study
    largest: Study
    median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvidence:
    """A claim and what bears on it."""

    claim: Claim
    #: Clinical studies in humans, not retracted, not deleted, no preprints.
    studies: Tally
    trials: Tally
    reviews: Tally
    #: The trials whose abstract states the number of participants.
    sized: Tally
    sizes: Sizes | None
    #: Every randomised trial once, by the direction that its abstract states.
    directions: tuple[Tally, ...]
    newest_trial: Study | None
    largest_trial: Study | None
    newest_review: Study | None
    retracted: Tally
    concerns: Tally
    #: What was looked for, with what was found, zeros kept.
    looked_for: tuple[Tally, ...]

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """Every number of the claim."""
        counted = (self.studies, self.trials, self.reviews, self.sized, self.retracted, self.concerns)
        return (*counted, *self.directions, *self.looked_for)


#: (key, words, the summary's values): what the randomised trials' abstracts state.
DIRECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("favours-ketamine", "favours ketamine", ("favours-ketamine",)),
    ("mixed", "mixed", ("mixed",)),
    ("no-difference", "no clear difference", ("no-difference",)),
    ("favours-comparator", "favours the comparator", ("favours-comparator",)),
    ("no-direction", "no direction read, or unclear", ("unclear", "not-comparative", NOT_REPORTED)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing to look for among the studies of a claim."""

    key: str
    #: Behind the name of its group, if it has one.
    words: str
    designs: tuple[str, ...]
    test: _Test = lambda _: True
    group: str = ""


def _of_trials(key: str, words: str, test: _Test) -> Rule:
    return Rule(key=key, words=words, designs=TRIALS, test=test, group=TRIALS_LOOKED_AT)


def _has_control(value: str) -> _Test:
    return lambda study: study.summary.control is not None and study.summary.control.value == value


def _is_followed_up(study: Study) -> bool:
    points = (finding.timepoint for finding in study.summary.findings if finding.timepoint)
    return any((hours := hours_of(point)) is not None and hours > _FOUR_WEEKS for point in points)


#: What is looked for beside every claim.
RULES: tuple[Rule, ...] = (
    Rule(key="meta-analyses", words="Meta-analyses", designs=("meta-analysis",)),
    Rule(key="guidelines", words="Guidelines", designs=("guideline",)),
    _of_trials("active-placebo", "with an active placebo", _has_control("active-placebo")),
    _of_trials("active-treatment", "against another active treatment", _has_control("active-treatment")),
    _of_trials("many", f"with more than {_MANY} participants", lambda study: _size(study) > _MANY),
    _of_trials("later", "with an estimate read at a time point beyond four weeks", _is_followed_up),
    _of_trials(
        "interval", "with an estimate and its interval read", lambda study: any(f.ci for f in study.summary.findings)
    ),
    _of_trials(
        "adolescents",
        "with adolescents or children",
        lambda study: any(fact.value in ("adolescent", "child") for fact in study.summary.age_groups),
    ),
    _of_trials(
        "psychotherapy",
        "in which psychotherapy is a randomised part",
        lambda study: study.summary.psychotherapy.value == "randomised-factor",
    ),
    _of_trials(
        "not-met",
        "whose abstract says that the primary outcome was not met",
        lambda study: bool(study.summary.primary_not_met),
    ),
)


def compose(
    claims: Iterable[Claim], found: Mapping[str, Collection[str]], studies: Sequence[Study]
) -> tuple[ClaimEvidence, ...]:
    """The evidence beside each claim; `found` has the PMIDs that each claim's query finds, by the claim's id."""
    return tuple(beside(claim, [study for study in studies if study.pmid in found[claim.id]]) for claim in claims)


def beside(claim: Claim, found: Iterable[Study]) -> ClaimEvidence:
    """What bears on a claim among the studies that its query finds."""
    bearing = sorted((study for study in found if bears_on(study, claim)), key=_newness, reverse=True)
    core = [study for study in bearing if study.summary.bucket == "core" and is_human(study)]
    counted = [study for study in core if is_counted(study)]
    trials, reviews = _of(counted, TRIALS), _of(counted, REVIEWS)
    sized = [study for study in trials if study.summary.sample_size]
    by_size = sorted(sized, key=_size)
    return ClaimEvidence(
        claim=claim,
        studies=_tally("all", "Clinical studies", counted),
        trials=_tally("trials", "Randomised trials", trials),
        reviews=_tally("reviews", "Systematic reviews and meta-analyses", reviews),
        sized=_tally("sized", "Randomised trials that state the number of participants", sized),
        sizes=Sizes(smallest=by_size[0], largest=by_size[-1], median=median(map(_size, by_size))) if by_size else None,
        directions=tuple(
            Tally(
                key=key,
                words=words,
                studies=tuple(study for study in trials if _direction(study) in values),
                group="Randomised trials, direction:",
            )
            for key, words, values in DIRECTIONS
        ),
        newest_trial=trials[0] if trials else None,
        largest_trial=by_size[-1] if by_size else None,
        newest_review=reviews[0] if reviews else None,
        retracted=_tally("retracted", "Retracted", [study for study in core if is_retracted(study)]),
        concerns=_tally("concern", "With an expression of concern", [s for s in counted if s.citation.has_concern]),
        looked_for=(*(_looked_for(rule, counted) for rule in RULES), _preclinical(bearing)),
    )


def bears_on(study: Study, claim: Claim) -> bool:
    """Has one of the claim's topics, conditions and designs, where it names any; a deleted record bears on nothing."""
    conditions = {fact.value for fact in study.summary.conditions}
    return (
        study.deleted is None
        and (not claim.topics or not set(claim.topics).isdisjoint(study.topics))
        and (not claim.conditions or not conditions.isdisjoint(claim.conditions))
        and (not claim.designs or study.summary.design.value in claim.designs)
    )


def is_human(study: Study) -> bool:
    """Not indexed as a study of animals alone."""
    headings = {heading.descriptor for heading in study.citation.mesh}
    return "Humans" in headings or "Animals" not in headings


def _looked_for(rule: Rule, counted: Sequence[Study]) -> Tally:
    held = tuple(study for study in _of(counted, rule.designs) if rule.test(study))
    return Tally(key=rule.key, words=rule.words, studies=held, group=rule.group)


def _preclinical(bearing: Iterable[Study]) -> Tally:
    held = [s for s in bearing if s.summary.bucket == "preclinical" and not is_retracted(s) and not is_preprint(s)]
    words = "Studies in animals or cells, set aside and counted nowhere else"
    return Tally(key="preclinical", words=words, studies=tuple(held), is_aside=True)


def _tally(key: str, words: str, studies: Iterable[Study]) -> Tally:
    return Tally(key=key, words=words, studies=tuple(studies))


def _of(studies: Iterable[Study], designs: Collection[str]) -> list[Study]:
    return [study for study in studies if study.summary.design.value in designs]


def _newness(study: Study) -> tuple[tuple[int, int, int], str]:
    """By publication; of two that state the same day, the later PMID."""
    return (study.citation.published.sort_key, study.pmid.zfill(12))


def _size(study: Study) -> int:
    return study.summary.sample_size.value if study.summary.sample_size else 0


def _direction(study: Study) -> str:
    return study.summary.direction.value if study.summary.direction else NOT_REPORTED
