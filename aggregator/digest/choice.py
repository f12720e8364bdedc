"""Which of the week's studies a reader is shown, and in which order; why the others are not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from aggregator.dates import Period, in_words
from aggregator.digest.card import Card, Line, card_of, line_of
from aggregator.digest.issue import (
    EVERYTHING,
    FRAME_WORDS,
    NOTE_WORDS,
    QUIET_WORDS,
    SET_ASIDE,
    Digest,
    Preferences,
    QuietTopic,
    SetAside,
    StatusNote,
    TopicLines,
    UnknownTopic,
)
from aggregator.digest.words import day_of, plural
from aggregator.study import STATUS_CHANGES, Change, Search, Study
from aggregator.topics import Topic

#: How far up a design stands: the order of a likely-best-evidence list (OCEBM 2011), never a grade of one study.
#: A review that pools nothing is often one of mixed designs, and stands behind those that pool.
DESIGN_WEIGHT: Final[Mapping[str, int]] = MappingProxyType(
    {
        "meta-analysis": 100,
        "systematic-review": 90,
        "guideline": 95,
        "randomized-trial": 80,
        "secondary-analysis": 55,
        "cohort": 45,
        "non-randomized-trial": 40,
        "case-control": 30,
        "cross-sectional": 25,
        "qualitative": 20,
        "case-report": 20,
        "narrative-review": 10,
        "comment": 10,
        "protocol": 8,
        "preclinical": 5,
        "other": 5,
    }
)
#: Designs below this weight bring no data of their own: they stand as lines, not as cards.
CARD_WEIGHT = 20
#: The notices that tell of a change, by NLM's RefType.
NOTICES_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "retracted": ("RetractionIn", "RetractedandRepublishedIn"),
        "expression-of-concern": ("ExpressionOfConcernIn",),
        "corrected": ("ErratumIn", "CorrectedandRepublishedIn"),
        "published": ("UpdateIn",),
        "deleted": (),
        "merged": (),
        "restored": (),
    }
)

#: Ties that make two records one story: a preprint and its publication, a republication.
_SAME_WORK = ("UpdateIn", "UpdateOf", "RepublishedIn", "RepublishedFrom", "CorrectedandRepublishedIn")
#: Designs that gather other people's trials: the registry numbers they name are not their own.
_SYNTHESES = ("meta-analysis", "systematic-review", "guideline", "narrative-review", "comment")
#: From the third card on, room is kept for this many lines: breadth before a further study in full.
_LINES_KEPT = 5
_LINE_WORDS = 18
#: A complete search older than this leaves days of the period unasked.
_STALE = timedelta(days=2)


def compose(
    *,
    issue: str,
    period: Period,
    made: datetime,
    studies: Sequence[Study],
    changed: Sequence[tuple[Study, tuple[Change, ...]]],
    searches: Sequence[Search],
    topics: Sequence[Topic],
    last_by_topic: Mapping[str, Study],
    preferences: Preferences = EVERYTHING,
    sent_before: Mapping[str, date] = MappingProxyType({}),
    filled: int = 0,
    is_general: bool = False,
    banner: str | None = None,
) -> Digest:
    """One reader's digest.

    `studies` is everything newly announced, `changed` what was held before with the changes seen in the period,
    `searches` the last search of each topic, `sent_before` the day each PMID was sent to this reader, `filled` how many
    earlier studies a topic's first search brought, `is_general` the edition for nobody in person, `banner` what
    it says at its top. A topic without a complete and recent search is "not known", never "nothing new".
    """
    mine = tuple(topic for topic in topics if not preferences.topics or topic.slug in preferences.topics)
    new = {study.pmid: study for study in studies}
    wanted, aside = _sift(new.values(), preferences)
    told = [study for study in wanted if study.citation.is_retracted]
    notes = _notes(told, [pair for pair in changed if pair[0].pmid not in new], mine, preferences, sent_before)
    unknown = _unknown(mine, searches, period, made)
    quiet = _quiet(mine, wanted, unknown, last_by_topic)
    stories = _stories(sorted((s for s in wanted if s not in told), key=lambda study: _rank(study, mine)))
    budget = preferences.words - FRAME_WORDS - NOTE_WORDS * len(notes) - QUIET_WORDS * len(quiet)
    cards, rest, budget = _cards(stories, mine, preferences, budget)
    lines, beyond = _lines(rest, mine, preferences, budget)
    aside["length"] = [study for story in beyond for study in story]
    lead, cards = (cards[0], cards[1:]) if cards and _may_lead(cards[0].study) else (None, cards)
    return Digest(
        issue=issue,
        period=period,
        made=made,
        notes=notes,
        lead=lead,
        cards=tuple(cards),
        lines=lines,
        quiet=quiet,
        unknown=unknown,
        set_aside=tuple(SetAside(reason=key, studies=tuple(aside[key])) for key in SET_ASIDE if aside.get(key)),
        found=len(new),
        topics=mine,
        preferences=preferences,
        filled=filled,
        is_general=is_general,
        banner=banner,
    )


# Choice and order


def _sift(studies: Iterable[Study], preferences: Preferences) -> tuple[list[Study], dict[str, list[Study]]]:
    wanted: list[Study] = []
    aside: dict[str, list[Study]] = {}
    for study in studies:
        reason = reason_aside(study, preferences)
        (aside.setdefault(reason, []) if reason else wanted).append(study)
    return wanted, aside


def reason_aside(study: Study, preferences: Preferences) -> str | None:
    """Why a study is not shown to a reader, a key of SET_ASIDE; None for one that is wanted."""
    if preferences.topics and not set(preferences.topics) & set(study.topics):
        return "topics"
    if study.summary.bucket in preferences.aside:
        return study.summary.bucket
    if preferences.designs and study.summary.design.value not in preferences.designs:
        return "designs"
    return None


def _rank(study: Study, topics: Sequence[Topic]) -> tuple[int, int, int, int, int, str]:
    size = study.summary.sample_size
    place = next((index for index, topic in enumerate(topics) if topic.slug in study.topics), len(topics))
    return (
        2 if study.citation.is_preprint else int(study.citation.has_concern),
        -DESIGN_WEIGHT[study.summary.design.value],
        -(size.value if size else 0),
        place,
        -day_of(study).toordinal(),
        study.pmid,
    )


def _may_lead(study: Study) -> bool:
    return not (study.citation.is_preprint or study.citation.has_concern or study.citation.is_retracted)


def _stories(ranked: Sequence[Study]) -> list[tuple[Study, ...]]:
    """Studies with the other reports of the same trial behind the strongest one.

    A study joins the first story whose front report it is tied to; a pooled analysis of two trials joins one of them
    and never makes the two trials one.
    """
    stories: list[list[Study]] = []
    fronts: list[frozenset[str]] = []
    for study in ranked:
        ties = _ties(study)
        home = next((index for index, front in enumerate(fronts) if front & ties), None)
        if home is None:
            stories.append([study])
            fronts.append(ties)
        else:
            stories[home].append(study)
    return [tuple(story) for story in stories]


def _ties(study: Study) -> frozenset[str]:
    citation = study.citation
    ties = {f"pmid:{citation.pmid}"}
    ties |= {f"pmid:{notice.pmid}" for notice in citation.notices if notice.ref_type in _SAME_WORK and notice.pmid}
    if citation.doi:
        ties.add(f"doi:{citation.doi.lower()}")
    if study.summary.design.value not in _SYNTHESES:
        ties |= {f"trial:{number.upper()}" for number in study.registrations}
    words = re.findall(r"\w+", citation.title.lower())
    if len(words) >= 6:
        ties.add(f"title:{' '.join(words)}")
    return frozenset(ties)


def _cards(
    stories: Sequence[tuple[Study, ...]], topics: Sequence[Topic], preferences: Preferences, budget: int
) -> tuple[list[Card], list[tuple[Study, ...]], int]:
    """The cards, the stories left over, and the words left over; the first card has its place whatever its length.

    A study that is too long for the room that is left ends the cards: no shorter one of lower rank overtakes it.
    """
    cards: list[Card] = []
    for story in (story for story in stories if _has_data(story[0])):
        card = card_of(story, topics)
        kept = _LINE_WORDS * min(_LINES_KEPT, len(stories) - len(cards) - 1) if len(cards) > 1 else 0
        if len(cards) == preferences.cards or (cards and card.words > budget - kept):
            break
        cards.append(card)
        budget -= card.words
    taken = {card.study.pmid for card in cards}
    rest = [story for story in stories if story[0].pmid not in taken]
    return cards, rest, budget


def _has_data(study: Study) -> bool:
    return DESIGN_WEIGHT[study.summary.design.value] >= CARD_WEIGHT and bool(study.citation.abstract)


def _lines(
    stories: Sequence[tuple[Study, ...]], topics: Sequence[Topic], preferences: Preferences, budget: int
) -> tuple[tuple[TopicLines, ...], list[tuple[Study, ...]]]:
    """Lines grouped by topic, and what is left to the report; every topic gets its first line before any its second."""
    groups: dict[str | None, list[Line]] = {}
    beyond: list[tuple[Study, ...]] = []
    taken = 0
    for story in _firsts_first(stories, topics):
        line = line_of(story, topics)
        if taken < preferences.lines and line.words <= budget:
            groups.setdefault(_home(story[0], topics), []).append(line)
            taken += 1
            budget -= line.words
        else:
            beyond.append(story)
    named = {topic.slug: topic for topic in topics}
    order = [*named, None]
    return tuple(
        TopicLines(topic=named.get(slug or ""), lines=tuple(groups[slug])) for slug in order if slug in groups
    ), beyond


def _firsts_first(stories: Sequence[tuple[Study, ...]], topics: Sequence[Topic]) -> list[tuple[Study, ...]]:
    seen: set[str | None] = set()
    firsts: list[tuple[Study, ...]] = []
    others: list[tuple[Study, ...]] = []
    for story in stories:
        home = _home(story[0], topics)
        (others if home in seen else firsts).append(story)
        seen.add(home)
    return firsts + others


def _home(study: Study, topics: Sequence[Topic]) -> str | None:
    return next((topic.slug for topic in topics if topic.slug in study.topics), None)


# Status, quiet topics, searches


def _notes(
    told: Sequence[Study],
    changed: Sequence[tuple[Study, tuple[Change, ...]]],
    topics: Sequence[Topic],
    preferences: Preferences,
    sent_before: Mapping[str, date],
) -> tuple[StatusNote, ...]:
    notes = [_note(study, ("retracted",), None, is_new=True) for study in told]
    for study, changes in changed:
        kinds = tuple(kind for kind in STATUS_CHANGES if any(change.kind == kind for change in changes))
        sent = sent_before.get(study.pmid)
        if kinds and (sent or not reason_aside(study, preferences)):
            notes.append(_note(study, kinds, sent))
    return tuple(sorted(notes, key=lambda n: (STATUS_CHANGES.index(n.kinds[0]), not n.sent, _rank(n.study, topics))))


def _note(study: Study, kinds: tuple[str, ...], sent: date | None, *, is_new: bool = False) -> StatusNote:
    types = [ref_type for kind in kinds for ref_type in NOTICES_OF[kind]]
    notices = tuple(notice for notice in study.citation.notices if notice.ref_type in types)
    return StatusNote(study=study, kinds=kinds, notices=notices, sent=sent, is_new=is_new)


def _unknown(
    topics: Sequence[Topic], searches: Sequence[Search], period: Period, made: datetime
) -> tuple[UnknownTopic, ...]:
    last: dict[str, Search] = {}
    complete: dict[str, Search] = {}
    for search in sorted(searches, key=lambda search: search.started):
        last[search.topic] = search
        if search.complete:
            complete[search.topic] = search
    until = min(period.end, made)
    reasons = ((topic, _why_unknown(last.get(topic.slug), complete.get(topic.slug), until)) for topic in topics)
    return tuple(UnknownTopic(topic=topic, why=why) for topic, why in reasons if why)


def _why_unknown(search: Search | None, complete: Search | None, until: datetime) -> str | None:
    if search is None:
        return "not searched yet"
    day = in_words(search.started.date())
    since = f"last complete on {in_words(complete.started.date())}" if complete else "never complete so far"
    if search.missing:
        records = plural(len(search.missing), "record", "records")
        return f"on {day} PubMed listed {records} that it did not deliver ({since})"
    if not search.complete:
        return f"the search of {day} did not finish ({since})"
    if until - search.started > _STALE:
        return f"last searched on {day}"
    return None


def _quiet(
    topics: Sequence[Topic],
    wanted: Sequence[Study],
    unknown: Sequence[UnknownTopic],
    last_by_topic: Mapping[str, Study],
) -> tuple[QuietTopic, ...]:
    busy = {slug for study in wanted for slug in study.topics} | {gap.topic.slug for gap in unknown}
    last = {slug: study for slug, study in last_by_topic.items() if not study.citation.is_retracted}
    return tuple(QuietTopic(topic=topic, last=last.get(topic.slug)) for topic in topics if topic.slug not in busy)
