"""Chips beside a study: status, design features and whom it concerns. Each rests on the record or on words."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re

from aggregator import lexicon
from aggregator.evidence.bucket import perioperative_words
from aggregator.evidence.figures import NO_DIFFERENCE
from aggregator.evidence.text import Hit, Reading
from aggregator.summary import Span, Summary
from aggregator.vocabulary import FLAGS

PILOT = re.compile(
    r"\bpilot\b|\bproof[- ]of[- ]concept\b|\bfeasibility (?:study|trial)\b|\bpreliminary (?:study|trial)\b"
)
CROSSOVER = re.compile(r"\bcross-?\s?over\b|\bwithin-subjects?\b|\bcounter-?balanced\b")
OPEN_LABEL = re.compile(r"\bopen[- ]label(?:led)?\b|\bunblinded\b|\bopen (?:trial|study)\b")
NON_INFERIORITY = re.compile(r"\bnon-?\s?inferior(?:ity)?\b|\bequivalence trial\b")
VETERANS = re.compile(r"\bveterans?\b|\bservice members?\b|\bmilitary\b|\bactive[- ]duty\b")
#: Makers of esketamine and of other ketamine products, and chains that sell the treatment.
INDUSTRY = re.compile(lexicon.pattern_of_all("industry"))
TRIAL_FAMILIES = re.compile(lexicon.acronym_pattern(lexicon.table("industry")["trials"]["printed"]))
PRIMARY = re.compile(r"\bprimary (?:[\w-]+ ){0,3}(?:outcomes?|end-? ?points?|efficacy|measure|hypothesis)\b")
NOT_MET = re.compile(
    r"\b(?:was|were|did|has|had|is) not (?:\w+ )?(?:met|reach\w*|achiev\w*|attain\w*|significan\w*|differ\w*|statistically|superior|support\w*)|\bno (?:statistically )?(?:significant )?(?:difference|effect|improvement|interaction|benefit)|\bfailed to\b|\bnot meet\b|\bnon-?significant\b|\bdid not (?:\w+ )?(?:meet|reach|differ|separate|improve|reduce|support)"
)


def flags_of(reading: Reading, summary: Summary) -> tuple[str, ...]:
    """The flags that hold, in the vocabulary's order."""
    holds = _status(reading) | _from_summary(summary) | _from_words(reading, summary)
    return tuple(flag for flag in FLAGS if flag in holds)


def _status(reading: Reading) -> set[str]:
    citation = reading.citation
    states = {
        "retracted": citation.is_retracted,
        "expression-of-concern": citation.has_concern,
        "corrected": citation.is_corrected,
        "preprint": citation.is_preprint,
    }
    return {flag for flag, holds in states.items() if holds}


def _from_summary(summary: Summary) -> set[str]:
    comparators = {fact.value for fact in summary.comparators}
    ages = {fact.value for fact in summary.age_groups}
    pools = summary.design.value in {"meta-analysis", "systematic-review", "narrative-review"}
    holds = {
        "active-placebo": bool(comparators & {"midazolam", "other-active-placebo"}) and not pools,
        "inert-placebo": "saline" in comparators and not pools,
        "secondary-analysis": summary.design.value == "secondary-analysis",
        "perioperative": summary.bucket == "perioperative",
        "adolescent": "adolescent" in ages,
        "older-adults": "older-adult" in ages,
        "primary-outcome-not-met": bool(summary.primary_not_met),
    }
    return {flag for flag, held in holds.items() if held}


_IN_STUDY = frozenset({"title", "objective", "methods", "open", "results"})


def _from_words(reading: Reading, summary: Summary) -> set[str]:
    if summary.design.value in {"meta-analysis", "systematic-review", "narrative-review", "guideline", "comment"}:
        tables: tuple[tuple[str, re.Pattern[str]], ...] = (("veterans", VETERANS),)
    else:
        tables = (
            ("pilot", PILOT),
            ("crossover", CROSSOVER),
            ("open-label", OPEN_LABEL),
            ("non-inferiority", NON_INFERIORITY),
            ("veterans", VETERANS),
        )
    holds = {flag for flag, pattern in tables if any(map(_is_of_this_study, reading.hits(pattern)))}
    if _industry(reading):
        holds.add("industry-linked")
    if summary.bucket == "protocol" and perioperative_words(reading):
        holds.add("perioperative")
    return holds


#: "Data come mainly from small crossover trials": several studies are those of others, unless these are told of.
_OF_STUDIES = re.compile(r"[ -](?:[\w-]+,? ){0,3}?(?:trials|studies)\b")
_OWN = re.compile(
    r"\b(?:(?:these|our|both|two|three|both of the|the present) (?:[\w-]+,? ){0,3}|extension of (?:[\w-]+,? ){0,3})$"
)


def _is_of_this_study(hit: Hit) -> bool:
    of_others = not hit.in_title and _OF_STUDIES.match(hit.after(60)) and not _OWN.search(hit.before(60))
    return hit.zone in _IN_STUDY and not of_others


def _industry(reading: Reading) -> bool:
    """Sponsors in affiliations, grants, the conflict statement or the text; the trial families that one sponsor ran."""
    citation = reading.citation
    said = [
        citation.coi_statement or "",
        *(grant.agency or "" for grant in citation.grants),
        *(affiliation for author in citation.authors for affiliation in author.affiliations),
    ]
    if INDUSTRY.search("\n".join(said).lower()):
        return True
    if reading.in_abstract(INDUSTRY):
        return True
    return bool(TRIAL_FAMILIES.search(reading.plain[: len(reading.title.text)]))


def primary_not_met_of(reading: Reading, summary: Summary) -> tuple[Span, ...]:
    """The sentences by which a trial says that its primary outcome did not differ or was not met.

    In a randomised trial that names its primary outcome the sentences of a main result without a difference say so too;
    not in one of non-inferiority, which hopes for that. Reads design, findings and direction of the summary.
    """
    if summary.design.value not in {"randomized-trial", "non-randomized-trial"} or reading.citation.is_retracted:
        return ()
    said = tuple(
        passage.span(sentence.start, sentence.end)
        for passage, sentence in reading.sentences()
        if sentence.zone in {"results", "conclusion", "open"}
        and passage.low.search(PRIMARY, sentence.start, sentence.end)
        and any(map(_says_not_met, _PARTS.split(passage.low[sentence.start : sentence.end])))
    )
    return said or _main_result_null(reading, summary)


def _main_result_null(reading: Reading, summary: Summary) -> tuple[Span, ...]:
    """The sentence of the primary estimates if none shows a difference, else of a main result that is null."""
    if summary.design.value != "randomized-trial" or reading.first(NON_INFERIORITY) or not reading.in_abstract(PRIMARY):
        return ()
    primary = [finding for finding in summary.findings if finding.primary]
    if primary and all(finding.direction == NO_DIFFERENCE for finding in primary):
        passage, sentence = reading.of(primary[0].spans[0])
        return (passage.span(sentence.start, sentence.end),)
    direction = summary.direction
    return direction.spans if direction and direction.value == NO_DIFFERENCE else ()


#: Parts of a sentence that say things of their own.
_PARTS = re.compile(r"; |, (?:and|but|while|whereas|although|however)\b|\bbut\b|\bwhereas\b|\balthough\b")
_OTHER_NULL = re.compile(r"\bbaseline\b|\badverse|\bsafety|\bsecondary\b|\bnon-? ?inferior|\bside[- ]effects?")


def _says_not_met(part: str) -> bool:
    """Whether a part of a sentence names the primary outcome and denies that it differed."""
    return bool(PRIMARY.search(part) and NOT_MET.search(part) and not _OTHER_NULL.search(part))
