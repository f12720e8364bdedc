"""Which kind of study it is: PubMed's publication types first, then the title, then the abstract.

Labels the design and never its quality. The order of the rules follows facts about how records are indexed: a
protocol is often tagged as a randomised trial, a secondary analysis too, and recent records carry no useful type.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aggregator.citation import Citation
from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.wordings import Wording, of_strength, wordings
from aggregator.summary import DesignFact

#: NLM's publication types with the design that they state; the surer stand first.
#: https://www.nlm.nih.gov/mesh/pubtypes.html
PUBLICATION_TYPES: tuple[tuple[str, str], ...] = (
    ("Clinical Trial Protocol", "protocol"),
    ("Network Meta-Analysis", "meta-analysis"),
    ("Meta-Analysis", "meta-analysis"),
    ("Systematic Review", "systematic-review"),
    ("Scoping Review", "systematic-review"),
    ("Practice Guideline", "guideline"),
    ("Guideline", "guideline"),
    ("Consensus Development Conference", "guideline"),
    ("Consensus Development Conference, NIH", "guideline"),
    ("Consensus Statement", "guideline"),
    ("Randomized Controlled Trial", "randomized-trial"),
    ("Equivalence Trial", "randomized-trial"),
    ("Pragmatic Clinical Trial", "randomized-trial"),
    ("Clinical Trial, Phase IV", "non-randomized-trial"),
    ("Clinical Trial, Phase III", "non-randomized-trial"),
    ("Clinical Trial, Phase II", "non-randomized-trial"),
    ("Clinical Trial, Phase I", "non-randomized-trial"),
    ("Controlled Clinical Trial", "non-randomized-trial"),
    ("Adaptive Clinical Trial", "non-randomized-trial"),
    ("Clinical Trial", "non-randomized-trial"),
    ("Case Reports", "case-report"),
    ("Observational Study", "cohort"),
    ("Editorial", "comment"),
    ("Comment", "comment"),
    ("News", "comment"),
    ("Newspaper Article", "comment"),
    ("Review", "narrative-review"),
    ("Letter", "comment"),
)
_REVIEW_HEADING = re.compile(r"\b(?:PURPOSE|AIM|SCOPE) OF (?:THE |THIS )?REVIEW\b", re.IGNORECASE)
#: Types that announce something about another record.
NOTICE_TYPES = ("Published Erratum", "Retraction of Publication", "Expression of Concern", "Retraction Notice")

#: Designs that a type of PubMed's confirms besides its own.
_CONFIRMED_BY = {
    "meta-analysis": ("Network Meta-Analysis", "Meta-Analysis"),
    "randomized-trial": ("Randomized Controlled Trial",),
    "non-randomized-trial": tuple(name for name, design in PUBLICATION_TYPES if design == "non-randomized-trial"),
    "cohort": ("Observational Study",),
    "case-control": ("Observational Study",),
    "cross-sectional": ("Observational Study",),
}

WORDINGS = wordings("designs")
#: What a title says; the first entry that fits decides.
TITLED = tuple(
    wording for wording in WORDINGS.values() if wording.means and wording.is_for_titles and not wording.strength
)
NOTICE_TITLE = WORDINGS["notice"].pattern
OPEN_TRIAL = WORDINGS["open-trial"].pattern
_SURE, _STRONG, _PLAIN, _WEAK = (of_strength(WORDINGS, strength) for strength in ("sure", "strong", "plain", "weak"))
_RANDOMISED = tuple(wording for wording in _STRONG if wording.means == "randomized-trial")

#: Designs that take other studies together.
SYNTHESES = frozenset({"meta-analysis", "systematic-review"})
REVIEWS = SYNTHESES | {"narrative-review"}
#: Designs that tell of other people's patients.
SECOND_HAND = REVIEWS | {"comment", "guideline"}
WITHOUT_PATIENTS = SECOND_HAND | {"preclinical"}


def design_of(reading: Reading) -> DesignFact:
    """The study design with the words it was read from, and whether PubMed's publication types say the same."""
    value, hit = _read(reading)
    return DesignFact(
        value=value,
        confirmed=_confirmed(value, reading.citation),
        spans=(hit.span,) if hit else (),
    )


def stated_by_type(citation: Citation) -> str | None:
    """The design that PubMed's publication types state; None when they say only what kind of text it is."""
    types = frozenset(citation.publication_types)
    return next((design for name, design in PUBLICATION_TYPES if name in types), None)


def _confirmed(value: str, citation: Citation) -> bool:
    names = _CONFIRMED_BY.get(value) or tuple(name for name, design in PUBLICATION_TYPES if design == value)
    return any(name in citation.publication_types for name in names)


_Titled = tuple[str, Hit] | None
_Found = tuple[str, Hit | None] | None


def _read(reading: Reading) -> tuple[str, Hit | None]:
    """The first step that finds a design decides."""
    by_type = stated_by_type(reading.citation)
    titled = _first_of(TITLED, reading)
    for step in _STEPS:
        if found := step(reading, by_type, titled):
            return found
    return "other", None


def _notice_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del by_type, titled
    title = reading.in_title(NOTICE_TITLE)
    return ("other", title) if title or set(NOTICE_TYPES) & set(reading.citation.publication_types) else None


def _protocol_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    hit = _protocol(reading, titled)
    return ("protocol", hit) if hit or by_type == "protocol" else None


def _pooling_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    if by_type in _POOLING:
        return by_type, titled[1] if titled and titled[0] == by_type else _words_for(by_type, reading)
    return titled if titled and titled[0] in _POOLING else None


def _preclinical_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del by_type, titled
    hit = preclinical(reading)
    return ("preclinical", hit) if hit else None


def _comment_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    if by_type != "comment" or (titled and titled[0] == "case-report"):
        return None
    return "comment", titled[1] if titled and titled[0] == "comment" else _words_for("comment", reading)


def _sure_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    for wording in _SURE:
        if titled and titled[0] == wording.means:
            return titled
        if found := _unless_outweighed(wording, reading, by_type, titled):
            return found
    return None


def _unless_outweighed(wording: Wording, reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    if by_type in wording.yields_to or (titled and "title" in wording.yields_to):
        return None
    hit = wording.first(reading)
    return (wording.means, hit) if hit else None


def _type_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    weak = by_type is None or by_type in {"narrative-review", "cohort"}
    return None if weak or by_type is None else _settle_type(by_type, reading, titled)


def _title_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    """The title decides, save that cohorts and open trials may turn out to be randomised."""
    del by_type
    if not titled or titled[0] == "cohort":
        return None
    if WORDINGS["extension"].first(reading):
        return titled
    if titled[0] == "non-randomized-trial" and (randomised(reading) or _is_small_and_observed(reading, titled[1])):
        return None
    return titled


def _is_small_and_observed(reading: Reading, title: Hit) -> bool:
    small = WORDINGS["small-or-new"].pattern.search(title.match.group())
    return bool(small and WORDINGS["cohort"].first(reading))


def _review_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del titled
    if by_type != "narrative-review" and not _is_headed_as_review(reading.citation):
        return None
    return "narrative-review", reading.first(WORDINGS["review"].pattern)


def _is_headed_as_review(citation: Citation) -> bool:
    """Reviews of some publishers have headings of their own, long before NLM calls them reviews."""
    return any(_REVIEW_HEADING.search(section.label or "") for section in citation.abstract)


def _abstract_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    for wording in _STRONG:
        if found := _unless_outweighed(wording, reading, by_type, titled):
            return found
    if titled and not (titled[0] == "non-randomized-trial" and _is_small_and_observed(reading, titled[1])):
        return titled
    if found := _first_of(_PLAIN, reading):
        return found
    return (by_type, None) if by_type else _first_of(_WEAK, reading)


def _first_of(table: tuple[Wording, ...], reading: Reading) -> tuple[str, Hit] | None:
    return next(((wording.means, hit) for wording in table if (hit := wording.first(reading))), None)


_POOLING = SYNTHESES | {"guideline"}
_STEPS: tuple[Callable[[Reading, str | None, _Titled], _Found], ...] = (
    _notice_step,
    _protocol_step,
    _pooling_step,
    _preclinical_step,
    _comment_step,
    _sure_step,
    _type_step,
    _title_step,
    _review_step,
    _abstract_step,
)


def _protocol(reading: Reading, titled: _Titled) -> Hit | None:
    if titled and titled[0] == "protocol":
        return titled[1]
    if titled and titled[0] in {"meta-analysis", "systematic-review", "narrative-review", "comment"}:
        return None
    planned = list(WORDINGS["planned"].hits(reading))
    if not planned:
        return None
    sure = WORDINGS["protocol-told"].first(reading)
    if sure and (len(planned) >= 2 or "will be" in sure.match.group()):
        return sure
    has_results = any(sentence.zone == "results" for _, sentence in reading.sentences())
    return planned[0] if len(planned) >= 3 and not has_results else None


def _words_for(design: str, reading: Reading) -> Hit | None:
    """Where the record speaks of a design that PubMed's types state, be it of another study's."""
    patterns = (wording.pattern for wording in (*TITLED, *_SURE) if wording.means == design)
    return next((hit for pattern in patterns for hit in reading.hits(pattern)), None)


def randomised(reading: Reading) -> Hit | None:
    """Words by which this study says that it was randomised, or assigned people to blinded arms."""
    found = _first_of(_RANDOMISED, reading)
    return found[1] if found else None


def _settle_type(by_type: str, reading: Reading, titled: _Titled) -> tuple[str, Hit | None]:
    """A phase or "Clinical Trial" type says nothing of randomisation: the words do."""
    if by_type == "non-randomized-trial":
        hit = titled[1] if titled and titled[0] == "randomized-trial" else randomised(reading)
        if hit:
            return "randomized-trial", hit
        return by_type, reading.first(OPEN_TRIAL)
    if titled and titled[0] == by_type:
        return titled
    words = {"randomized-trial": "randomised", "case-report": "case-told"}.get(by_type)
    return by_type, reading.first(WORDINGS[words].pattern) if words else None


def preclinical(reading: Reading) -> Hit | None:
    """Animal or cell words that are the study's subject; MeSH "Animals" alone never decides."""
    animals, people = WORDINGS["animals"], WORDINGS["people"]
    animal = WORDINGS["animals-in-title"].first(reading)
    named = reading.in_title(people.pattern)
    if animal and not named:
        humans, others = (
            sum(1 for _ in reading.low.finditer(wording.pattern, len(reading.title.text)))
            for wording in (people, animals)
        )
        if others >= humans:
            return animal
    if named:
        return None
    found = list(animals.hits(reading))
    mesh = {heading.descriptor for heading in reading.citation.mesh}
    is_indexed_so = "Animals" in mesh and "Humans" not in mesh
    spoken_of = len(list(people.hits(reading)))
    if not spoken_of and len(found) >= (2 if is_indexed_so else 3):
        return found[0]
    if "Humans" in mesh or _tells_of_others(reading) or WORDINGS["people-studied"].first(reading):
        return None
    studied = WORDINGS["animals-studied"].first(reading)
    return studied if studied and (is_indexed_so or len(found) >= spoken_of) else None


def _tells_of_others(reading: Reading) -> bool:
    """Whether the record speaks of studies that others made, so that their animals are not its own."""
    by_type = stated_by_type(reading.citation)
    titled = _first_of(TITLED, reading)
    return (
        by_type in SECOND_HAND
        or (titled is not None and titled[0] in SECOND_HAND)
        or _is_headed_as_review(reading.citation)
        or any(WORDINGS[name].first(reading) for name in ("this-review", "review"))
    )
