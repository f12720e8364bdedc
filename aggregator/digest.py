"""The digest: which of the week's studies a reader is shown, in which order and in which words.

Pure values; `render.letter` draws them. Three promises: a change of status comes first, nothing is shown that the
abstract does not state in its own words, and the counts add up (found = shown + set aside, each with its reason).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from aggregator.citation import Citation, Notice, squeeze
from aggregator.dates import Period, in_words, period_in_words
from aggregator.evidence.text import prepare
from aggregator.study import CHANGE_KINDS, STATUS_CHANGES, Change, Search, Study
from aggregator.summary import Fact, Finding, Span
from aggregator.topics import Topic
from aggregator.vocabulary import (
    AGE_GROUPS,
    COMPARATORS,
    CONDITIONS,
    CONTROLS,
    DESIGNS,
    DRUGS,
    FLAGS,
    PHASES,
    REGIMENS,
    ROUTES,
)

#: How far up a design stands: the order of a likely-best-evidence list (OCEBM 2011), never a grade of one study.
DESIGN_WEIGHT: Final[Mapping[str, int]] = MappingProxyType(
    {
        "meta-analysis": 100,
        "systematic-review": 100,
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

#: Why a study that was found is not in the mail; buckets first, then the reader's own choice, then length.
SET_ASIDE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "protocol": ("protocol without results", "protocols without results"),
        "perioperative": ("perioperative study", "perioperative studies"),
        "preclinical": ("preclinical study", "preclinical studies"),
        "misuse": ("study of misuse or dependence", "studies of misuse or dependence"),
        "notice": ("notice or comment", "notices and comments"),
        "off-topic": ("off topic", "off topic"),
        "topics": ("outside your topics", "outside your topics"),
        "designs": ("of a design you did not choose", "of designs you did not choose"),
        "length": ("more in the report", "more in the report"),
    }
)

#: The notices that tell of a change, by NLM's RefType.
NOTICES_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "retracted": ("RetractionIn", "RetractedandRepublishedIn"),
        "expression-of-concern": ("ExpressionOfConcernIn",),
        "corrected": ("ErratumIn", "CorrectedandRepublishedIn"),
        "published": ("UpdateIn",),
        "deleted": (),
    }
)

#: Ties that make two records one story: a preprint and its publication, a republication.
_SAME_WORK = ("UpdateIn", "UpdateOf", "RepublishedIn", "RepublishedFrom", "CorrectedandRepublishedIn")
#: Designs that gather other people's trials: the registry numbers they name are not their own.
_SYNTHESES = ("meta-analysis", "systematic-review", "guideline", "narrative-review", "comment")

#: Designs whose headline is made of extracted facts; all others are known by their title.
_HEADLINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "meta-analysis": "{design}{studies}: {treatment} for {condition}",
        "systematic-review": "{design}{studies}: {treatment} for {condition}",
        "guideline": "{design}: {treatment} for {condition}",
        "randomized-trial": "{design}{people}: {treatment} for {condition}",
        "non-randomized-trial": "{design}{people}: {treatment} for {condition}",
        "secondary-analysis": "{design}{people}: {treatment} for {condition}",
        "cohort": "{design}{people}: {treatment} in {condition}",
        "case-control": "{design}{people}: {treatment} in {condition}",
        "cross-sectional": "{design}{people}: {treatment} in {condition}",
        "case-report": "{design}{people}: {treatment} in {condition}",
        "qualitative": "{design}{people}: {treatment} in {condition}",
    }
)
#: Comparators in the words of a headline, where those of the vocabulary are too long for one.
_SHORT_COMPARATORS = {"ketamine-dose": "another dose or route"}

NO_ESTIMATE = "No effect estimate read from the abstract"
NO_ABSTRACT = "PubMed has no abstract of this study."

#: Copyright: a quotation is short, with a link to the source.
_RESULT_LENGTH = 280
_CONCLUSION_LENGTH = 200
#: What a subject says behind the week; most mailboxes show some 70 characters of the whole.
_NEWS_LENGTH = 64
_TITLE_LENGTH = 110
#: Words that the foot of the mail, its headings and links take of the reader's time.
_FRAME_WORDS = 205
_WORDS_A_MINUTE = 200
#: What stands between white space, if there is a letter or digit in it.
_WORD = re.compile(r"\S*\w\S*")
#: From the fourth card on, room is kept for this many lines: breadth before a further study in full.
_LINES_KEPT = 5
_LINE_WORDS = 18
#: A complete search older than this leaves days of the period unasked.
_STALE = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What one reader wants; an empty tuple means all."""

    topics: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    #: Full cards, the leading study among them.
    cards: int = 5
    lines: int = 10
    #: The length of the whole mail, about four minutes; the leading study and changes of status are never cut.
    words: int = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a card."""

    label: str
    text: str
    #: The words stand in the abstract.
    is_quote: bool = False
    is_stated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One study in facts, or several reports of one trial with the strongest in front."""

    study: Study
    headline: str
    rows: tuple[Row, ...]
    #: Labels of what the abstract does not state.
    unstated: tuple[str, ...] = ()
    #: Flags, phase and how sure the design is, in words.
    remarks: tuple[str, ...] = ()
    #: Names of the reader's topics that match.
    topics: tuple[str, ...] = ()
    related: tuple[Study, ...] = ()
    #: Notices of an expression of concern.
    concerns: tuple[Notice, ...] = ()

    @property
    def words(self) -> int:
        texts = [
            self.headline,
            *self.remarks,
            *self.topics,
            *self.unstated,
            *(f"{r.label} {r.text}" for r in self.rows),
        ]
        return _count_words(texts) + 12 + 4 * len(self.related)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One study in one line."""

    study: Study
    #: The title, shortened.
    title: str
    #: Design and size: "Cohort study, 214 participants".
    kind: str
    #: Flags that a reader must not miss.
    remarks: tuple[str, ...] = ()
    #: Other topics that match.
    also: tuple[str, ...] = ()
    related: tuple[Study, ...] = ()

    @property
    def words(self) -> int:
        return _count_words([self.title, self.kind, *self.remarks, *self.also]) + 5 + 4 * len(self.related)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLines:
    """The lines of one topic; `topic` is None for studies that no present topic matches."""

    topic: Topic | None
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        return self.topic.name if self.topic else "Other"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusNote:
    """A study whose standing changed; none of its results are repeated."""

    study: Study
    #: Kinds of change, the gravest first.
    kinds: tuple[str, ...]
    #: The notices that say so.
    notices: tuple[Notice, ...] = ()
    #: The day on which this reader was sent the study.
    sent: date | None = None
    #: New in this issue, and already retracted.
    is_new: bool = False

    @property
    def label(self) -> str:
        return ", ".join(
            CHANGE_KINDS[kind].lower() if index else CHANGE_KINDS[kind] for index, kind in enumerate(self.kinds)
        )

    @property
    def title(self) -> str:
        """The study's title; a retracted one says so in words."""
        title = _shorten(_title(self.study.citation), 2 * _TITLE_LENGTH)
        said = title.upper().startswith("RETRACTED")
        return f"RETRACTED: {title}" if "retracted" in self.kinds and not said else title

    def notice_word(self, notice: Notice) -> str:
        """What a notice is to this study: "Retraction notice"."""
        return _NOTICE_WORDS.get(notice.ref_type, "Notice")

    @property
    def history(self) -> str:
        """Whether and when the reader met the study."""
        if self.sent:
            return f"You were sent this on {in_words(self.sent)}."
        if self.is_new:
            return "New in our searches, and already retracted when it was found."
        if self.study.announced:
            return f"Announced in the digest of {self.study.announced[0]}."
        return "You were not sent this before."


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTopic:
    """A topic whose search is complete and brought nothing new."""

    topic: Topic
    last: Study | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownTopic:
    """A topic of which it is not known whether something is new, and why."""

    topic: Topic
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Studies that were found and are not shown, with the reason; `reason` is a key of SET_ASIDE."""

    reason: str
    studies: tuple[Study, ...]

    @property
    def label(self) -> str:
        """3 protocols without results."""
        count = len(self.studies)
        return f"{count:,} {SET_ASIDE[self.reason][count != 1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One reader's issue, ready to be drawn."""

    issue: str
    period: Period
    made: datetime
    notes: tuple[StatusNote, ...]
    lead: Card | None
    cards: tuple[Card, ...]
    lines: tuple[TopicLines, ...]
    quiet: tuple[QuietTopic, ...]
    unknown: tuple[UnknownTopic, ...]
    set_aside: tuple[SetAside, ...]
    #: Newly announced studies, each PMID once.
    found: int
    #: The reader's topics.
    topics: tuple[Topic, ...]
    preferences: Preferences

    @property
    def shown(self) -> tuple[Study, ...]:
        """The newly announced studies in this mail, other reports of a trial among them."""
        told = [note.study for note in self.notes if note.is_new]
        return (*told, *(study for part in self._parts() for study in (part.study, *part.related)))

    def _parts(self) -> list[Card | Line]:
        lead = [self.lead] if self.lead else []
        return [*lead, *self.cards, *(line for group in self.lines for line in group.lines)]

    @property
    def beyond(self) -> tuple[Study, ...]:
        """Studies that the reader wanted and that are only in the report, for length."""
        return next((group.studies for group in self.set_aside if group.reason == "length"), ())

    @property
    def new(self) -> int:
        """New studies of the reader's topics and designs."""
        return len(self.shown) + len(self.beyond)

    @property
    def is_quiet(self) -> bool:
        """Nothing new and no change of status."""
        return not self.new and not self.notes

    @property
    def complete(self) -> int:
        """How many of the reader's topics were searched completely."""
        return len(self.topics) - len(self.unknown)

    @property
    def last(self) -> Study | None:
        """The newest study that the quiet topics remember."""
        studies = [quiet.last for quiet in self.quiet if quiet.last]
        return max(studies, key=lambda study: (_day(study), study.pmid), default=None)

    @property
    def days(self) -> str:
        return period_in_words(self.period)

    @property
    def designs(self) -> tuple[tuple[str, int], ...]:
        """How many of the new studies have which design, in the order of the vocabulary; no retracted study counts."""
        standing = (study for study in (*self.shown, *self.beyond) if not study.citation.is_retracted)
        values = [study.summary.design.value for study in standing]
        return tuple((value, values.count(value)) for value in DESIGNS if value in values)

    @property
    def subject(self) -> str:
        """Ketamine evidence, 16–22 Nov 2026: 1 retracted; 7 new (1 meta-analysis, 2 randomised trials)."""
        news = next((text for text in self._news() if len(text) <= _NEWS_LENGTH), self._news()[-1])
        return f"Ketamine evidence, {self.days}: {news}"

    def _news(self) -> tuple[str, str, str]:
        """The same news in three lengths."""
        kinds = [(kind, sum(note.kinds[0] == kind for note in self.notes)) for kind in STATUS_CHANGES]
        status = ", ".join(f"{count} {_SUBJECT_KINDS[kind]}" for kind, count in kinds if count)
        graver = ", ".join(f"{count} {_SUBJECT_KINDS[kind]}" for kind, count in kinds[:2] if count)
        brief = graver or (_plural(len(self.notes), "change of status", "changes of status") if self.notes else "")
        new = f"{self.new:,} new" if self.new else "" if self.unknown else "nothing new"
        gaps = (
            f"{len(self.unknown)} of {_plural(len(self.topics), 'search', 'searches')} incomplete"
            if self.unknown
            else ""
        )
        return (
            "; ".join(part for part in (status, new and new + _strongest(self.designs), gaps) if part),
            "; ".join(part for part in (status, new, gaps) if part),
            "; ".join(part for part in (brief, new, gaps) if part),
        )

    @property
    def summary(self) -> str:
        """7 new studies: 1 meta-analysis, 2 randomised trials, 4 others."""
        if not self.new:
            return self._nothing()
        named = [_plural(count, *_SUBJECT_DESIGNS[value]) for value, count in self.designs if value in _SUBJECT_DESIGNS]
        others = sum(count for value, count in self.designs if value not in _SUBJECT_DESIGNS)
        if named and others:
            named.append(_plural(others, "other", "others"))
        if withdrawn := self.new - sum(count for _, count in self.designs):
            named.append(f"{withdrawn:,} already retracted")
        return f"{_plural(self.new, 'new study', 'new studies')}{': ' if named else ''}{', '.join(named)}."

    @property
    def searched(self) -> str:
        return f"Searches complete: {self.complete} of {len(self.topics)}."

    def _nothing(self) -> str:
        """What can be said of a week in which nothing was found: only of the topics that were searched."""
        if not self.unknown:
            return f"Nothing new in PubMed for your {_plural(len(self.topics), 'topic', 'topics')}, {self.days}."
        if not self.complete:
            return f"No search is complete for {self.days}."
        return f"Nothing new for the other {_plural(self.complete, 'topic', 'topics')}, {self.days}."

    @property
    def gaps(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Names of the topics of which it is not known whether something is new, by the reason."""
        reasons = dict.fromkeys(gap.why for gap in self.unknown)
        return tuple((tuple(gap.topic.name for gap in self.unknown if gap.why == why), why) for why in reasons)

    @property
    def quiet_note(self) -> tuple[str, ...]:
        """The whole of a quiet week in three lines."""
        return (self._nothing(), f"{self.searched} {self.counts}", *([self._memory(self.last)] if self.last else []))

    def _memory(self, last: Study) -> str:
        citation = last.citation
        title = _shorten(_title(citation), 2 * _TITLE_LENGTH).removesuffix(".")
        return f"The last new study: {title} ({squeeze(citation.byline)}, {citation.published})."

    @property
    def counts(self) -> str:
        """Found new: 26. Shown: 15. Set aside: 11 (3 protocols without results, 8 perioperative studies)."""
        count = sum(len(group.studies) for group in self.set_aside)
        why = f" ({', '.join(group.label for group in self.set_aside)})" if count else ""
        return f"Found new: {self.found:,}. Shown: {len(self.shown):,}. Set aside: {count:,}{why}."

    @property
    def reader(self) -> str:
        """Why this reader gets this mail."""
        topics = ", ".join(topic.name for topic in self.topics) if self.preferences.topics else "all"
        designs = ", ".join(DESIGNS[value].lower() for value in self.preferences.designs) or "all"
        return (
            f"You get this because your address is on this digest’s list. Topics: {topics}; designs: {designs}. "
            "To change or end it, answer the sender."
        )

    @property
    def preheader(self) -> str:
        """The line that a mailbox shows behind the subject."""
        if self.notes:
            note = self.notes[0]
            return _shorten(f"{note.label}: {_title(note.study.citation)}", 110)
        if self.lead:
            return _shorten(self.lead.headline, 110)
        if self.unknown:
            return "Some searches did not finish: whether there is something new is not known."
        if self.new:
            return f"{self.new} new {'study' if self.new == 1 else 'studies'}, none of them with data for a card."
        return f"Nothing new in PubMed for your {_plural(len(self.topics), 'topic', 'topics')}."

    @property
    def minutes(self) -> int:
        """Minutes to read, foot and all, at 200 words a minute."""
        words = sum(part.words for part in self._parts()) + 25 * len(self.notes) + 10 * len(self.quiet) + _FRAME_WORDS
        return 1 if self.is_quiet else -(-words // _WORDS_A_MINUTE)


#: What a notice is called beside the study that it is about, by NLM's RefType.
_NOTICE_WORDS = {
    "RetractionIn": "Retraction notice",
    "RetractedandRepublishedIn": "Retracted and republished",
    "ExpressionOfConcernIn": "Expression of concern",
    "ErratumIn": "Correction",
    "CorrectedandRepublishedIn": "Corrected and republished",
    "UpdateIn": "Published version",
}
_SUBJECT_KINDS = {
    "retracted": "retracted",
    "expression-of-concern": "with an expression of concern",
    "corrected": "corrected",
    "published": "published after preprint",
    "deleted": "deleted from PubMed",
}
_SUBJECT_DESIGNS = {
    "meta-analysis": ("meta-analysis", "meta-analyses"),
    "systematic-review": ("systematic review", "systematic reviews"),
    "guideline": ("guideline", "guidelines"),
    "randomized-trial": ("randomised trial", "randomised trials"),
}


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
    preferences: Preferences = Preferences(),
    sent_before: Mapping[str, date] = MappingProxyType({}),
) -> Digest:
    """One reader's digest.

    `studies` is everything newly announced, `changed` what was held before with the changes seen in the period,
    `searches` the last search of each topic, `sent_before` the day each PMID was sent to this reader. A topic without
    a complete and recent search is "not known", never "nothing new".
    """
    mine = tuple(topic for topic in topics if not preferences.topics or topic.slug in preferences.topics)
    new = {study.pmid: study for study in studies}
    wanted, aside = _sift(new.values(), mine, preferences)
    told = [study for study in wanted if study.citation.is_retracted]
    notes = _notes(told, [pair for pair in changed if pair[0].pmid not in new], mine, preferences, sent_before)
    unknown = _unknown(mine, searches, period, made)
    quiet = _quiet(mine, wanted, unknown, last_by_topic)
    stories = _stories(sorted((s for s in wanted if s not in told), key=lambda study: _rank(study, mine)))
    budget = preferences.words - _FRAME_WORDS - 25 * len(notes) - 10 * len(quiet)
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
    )


def shortened(digest: Digest) -> Digest | None:
    """The digest with its last line, else its last card, left to the report; None when nothing more can go."""
    lines, cards, lead = digest.lines, digest.cards, digest.lead
    gone: Card | Line
    if lines:
        group = lines[-1]
        gone = group.lines[-1]
        lines = (*lines[:-1], *([replace(group, lines=group.lines[:-1])] if group.lines[:-1] else []))
    elif cards:
        gone, cards = cards[-1], cards[:-1]
    elif lead:
        gone, lead = lead, None
    else:
        return None
    beyond = SetAside(reason="length", studies=(gone.study, *gone.related, *digest.beyond))
    aside = (*(group for group in digest.set_aside if group.reason != "length"), beyond)
    return replace(digest, lines=lines, cards=cards, lead=lead, set_aside=aside)


# Choice and order


def _sift(
    studies: Iterable[Study], topics: Sequence[Topic], preferences: Preferences
) -> tuple[list[Study], dict[str, list[Study]]]:
    wanted: list[Study] = []
    aside: dict[str, list[Study]] = {}
    for study in studies:
        reason = _reason_aside(study, topics, preferences)
        (aside.setdefault(reason, []) if reason else wanted).append(study)
    return wanted, aside


def _reason_aside(study: Study, topics: Sequence[Topic], preferences: Preferences) -> str | None:
    if preferences.topics and not any(topic.slug in study.topics for topic in topics):
        return "topics"
    if study.summary.bucket != "core":
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
        -_day(study).toordinal(),
        study.pmid,
    )


def _day(study: Study) -> date:
    published = study.citation.published
    return study.citation.entered or date(published.year or 1, published.month or 1, 1)


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
    """The cards, the stories left over, and the words left over; the first card has its place whatever its length."""
    cards: list[Card] = []
    rest: list[tuple[Study, ...]] = []
    for story in stories:
        card = card_of(story, topics) if _has_data(story[0]) and len(cards) < preferences.cards else None
        kept = _LINE_WORDS * min(_LINES_KEPT, len(stories) - len(cards) - 1) if len(cards) > 2 else 0
        if card and (not cards or card.words <= budget - kept):
            cards.append(card)
            budget -= card.words
        else:
            rest.append(story)
    return cards, rest, budget


def _has_data(study: Study) -> bool:
    return DESIGN_WEIGHT[study.summary.design.value] >= CARD_WEIGHT


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


def _names(study: Study, topics: Sequence[Topic]) -> tuple[str, ...]:
    return tuple(topic.name for topic in topics if topic.slug in study.topics)


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
        if kinds and (sent or not _reason_aside(study, topics, preferences)):
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
    for search in sorted(searches, key=lambda search: search.started):
        last[search.topic] = search
    reasons = ((topic, _why_unknown(last.get(topic.slug), min(period.end, made))) for topic in topics)
    return tuple(UnknownTopic(topic=topic, why=why) for topic, why in reasons if why)


def _why_unknown(search: Search | None, until: datetime) -> str | None:
    if search is None:
        return "not searched yet"
    day = in_words(search.started.date())
    if search.missing:
        return f"on {day} PubMed listed {_plural(len(search.missing), 'record', 'records')} that it did not deliver"
    if not search.complete:
        return f"the search of {day} did not finish"
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
    return tuple(
        QuietTopic(topic=topic, last=last_by_topic.get(topic.slug)) for topic in topics if topic.slug not in busy
    )


# Cards and lines


def card_of(story: Sequence[Study], topics: Sequence[Topic] = ()) -> Card:
    """The card of a study; those behind the first are other reports of its trial and are named only."""
    study, *related = story
    rows, unstated = _rows(study) if study.citation.abstract else ((Row(label="Abstract", text=NO_ABSTRACT),), ())
    return Card(
        study=study,
        headline=headline(study),
        rows=rows,
        unstated=unstated,
        remarks=remarks(study),
        topics=_names(study, topics),
        related=tuple(related),
        concerns=tuple(n for n in study.citation.notices if n.ref_type in NOTICES_OF["expression-of-concern"]),
    )


def line_of(story: Sequence[Study], topics: Sequence[Topic] = ()) -> Line:
    """The line of a study; those behind the first are other reports of its trial and are named only."""
    study, *related = story
    kept = [flag for flag in _flags(study) if flag in ("expression-of-concern", "corrected", "preprint")]
    return Line(
        study=study,
        title=_shorten(_title(study.citation), _TITLE_LENGTH),
        kind=f"{DESIGNS[study.summary.design.value]}{_people(study)}",
        remarks=tuple(FLAGS[flag] for flag in kept),
        also=_names(study, topics)[1:],
        related=tuple(related),
    )


def headline(study: Study) -> str:
    """What was studied, from facts with spans; the title where they do not suffice."""
    summary = study.summary
    conditions = _values(summary.conditions, CONDITIONS)
    drugs = _values(summary.drugs, DRUGS)
    pattern = _HEADLINES.get(summary.design.value)
    if not (pattern and 0 < len(drugs) <= 2 and 0 < len(conditions) <= 2) or CONDITIONS["other"] in conditions:
        return _shorten(_title(study.citation), 2 * _TITLE_LENGTH)
    if CONDITIONS["healthy-volunteers"] in conditions:
        pattern = pattern.replace(" for ", " in ")
    included = summary.studies_included
    return pattern.format(
        design=DESIGNS[summary.design.value],
        studies=f" of {included.value:,} studies" if included and included.spans else "",
        people=_people(study),
        treatment=" or ".join([" and ".join(drugs), *_short_comparators(summary.comparators)]),
        condition=" and ".join(conditions),
    )


def remarks(study: Study) -> tuple[str, ...]:
    """Flags and phase in words, then whether PubMed's own publication types confirm the design."""
    summary = study.summary
    words = [FLAGS[flag] for flag in _flags(study) if flag != summary.design.value]
    if summary.phase and summary.phase.spans:
        words.append(PHASES[summary.phase.value])
    words.append("Design confirmed by PubMed" if summary.design.confirmed else "Design not yet confirmed")
    return tuple(words)


def _flags(study: Study) -> list[str]:
    """The summary's flags with the record's own standing, in the order of the vocabulary."""
    citation = study.citation
    standing = {
        "retracted": citation.is_retracted,
        "expression-of-concern": citation.has_concern,
        "corrected": citation.is_corrected,
        "preprint": citation.is_preprint,
    }
    flags = {flag for flag, holds in standing.items() if holds} | set(study.summary.flags)
    return [flag for flag in FLAGS if flag in flags]


def _rows(study: Study) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    stated = (
        ("Population", _population(study)),
        ("Treatment", _treatment(study)),
        ("Compared with", _compared(study)),
        ("Result", _result(study)),
        ("Harms named", ", ".join(fact.value for fact in study.summary.harms if fact.spans) or None),
        ("Authors conclude", _conclusion(study)),
    )
    rows = []
    for label, text in stated:
        if text:
            rows.append(Row(label=label, text=text, is_quote=label in ("Result", "Authors conclude")))
        elif label == "Result":
            rows.append(Row(label=label, text=NO_ESTIMATE, is_stated=False))
    unstated = {"Population": "population", "Treatment": "treatment", "Compared with": "comparator"}
    unstated |= {"Harms named": "harms", "Authors conclude": "authors’ conclusion"}
    return tuple(rows), tuple(unstated[label] for label, text in stated if not text and label in unstated)


def _population(study: Study) -> str | None:
    summary = study.summary
    included = summary.studies_included
    parts = [f"{included.value:,} studies"] if included and included.spans else []
    if summary.sample_size and summary.sample_size.spans:
        parts.append(_plural(summary.sample_size.value, "participant", "participants"))
    parts += [", ".join(_values(summary.age_groups, AGE_GROUPS)), ", ".join(_values(summary.conditions, CONDITIONS))]
    return "; ".join(part for part in parts if part) or None


def _treatment(study: Study) -> str | None:
    summary = study.summary
    drugs = _values(summary.drugs, DRUGS)
    doses = [dose for dose in summary.doses if dose.spans]
    several = len({dose.drug for dose in doses}) > 1
    amounts = [f"{dose.value} {DRUGS[dose.drug]}" if several else dose.value for dose in doses]
    words = [f"{' or '.join(_values(summary.routes, ROUTES))} {' and '.join(drugs)}".strip()]
    words.append(" or ".join(dict.fromkeys(amounts)))
    if summary.regimen and summary.regimen.spans:
        sessions = f" ({summary.regimen.sessions} sessions)" if summary.regimen.sessions else ""
        words.append(f"{REGIMENS[summary.regimen.value]}{sessions}")
    return ", ".join(word for word in words if word) or None


def _compared(study: Study) -> str | None:
    comparators = _values(study.summary.comparators, COMPARATORS)
    control = study.summary.control
    if not comparators and control and control.spans:
        return CONTROLS[control.value]
    return ", ".join(comparators) or None


def _result(study: Study) -> str | None:
    findings = sorted(study.summary.findings, key=_finding_rank)
    quotes = (_sentence_with(study.citation, finding.spans) for finding in findings)
    return next((quote for quote in quotes if quote), None)


def _finding_rank(finding: Finding) -> tuple[bool, bool, bool]:
    """The primary outcome first, then what has an interval, then what has a p value; else as they stand."""
    return (finding.primary is not True, finding.ci is None, finding.p is None)


def _sentence_with(citation: Citation, spans: Sequence[Span]) -> str | None:
    """The abstract's own sentence around the spans; cut with an ellipsis where it is long, never within the spans."""
    if not spans or any(span.section != spans[0].section for span in spans):
        return None
    passage = next((p for p in prepare(citation).passages if p.section == spans[0].section), None)
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    if passage is None or not 0 <= start < end <= len(passage.text):
        return None
    first, last = passage.sentence_at(start).start, passage.sentence_at(end - 1).end
    return _around(passage.text, first, last, start, end)


def _around(text: str, first: int, last: int, start: int, end: int) -> str:
    """text[first:last], kept to the allowed length by leaving out words before `start` or behind `end`."""
    spare = max(0, _RESULT_LENGTH - (end - start))
    before = min(start - first, max(spare // 2, spare - (last - end)))
    after = min(last - end, spare - before)
    left = first if start - before <= first else text.find(" ", start - before, start) + 1 or start
    right = last if end + after >= last else max(text.rfind(" ", end, end + after), end)
    opening, closing = "… " if left > first else "", " …" if right < last else ""
    return f"{opening}{squeeze(text[left:right])}{closing}"


def _conclusion(study: Study) -> str | None:
    conclusion = study.summary.conclusion
    return _shorten(conclusion.quote, _CONCLUSION_LENGTH) if conclusion and conclusion.spans else None


def _people(study: Study) -> str:
    size = study.summary.sample_size
    return f", {_plural(size.value, 'participant', 'participants')}" if size and size.spans else ""


def _short_comparators(facts: Sequence[Fact]) -> list[str]:
    values = [fact.value for fact in facts if fact.spans]
    if "saline" in values and "placebo" in values:
        values.remove("placebo")
    words = [_SHORT_COMPARATORS.get(value, COMPARATORS[value]) for value in values]
    return words if len(words) <= 2 else [f"{len(words)} comparators"]


def _values(facts: Sequence[Fact], table: Mapping[str, str]) -> list[str]:
    return [table[value] for value in dict.fromkeys(fact.value for fact in facts if fact.spans)]


# Words


def _title(citation: Citation) -> str:
    return squeeze(citation.title) or "[No title in PubMed]"


def _shorten(text: str, length: int) -> str:
    """The text in one line, cut between words with an ellipsis; a single endless word is cut as well."""
    line = squeeze(text)
    if len(line) <= length:
        return line
    return (
        textwrap.shorten(line, length, placeholder=" …").removeprefix(" ")
        if " " in line[:length]
        else f"{line[:length]}…"
    )


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _strongest(designs: Sequence[tuple[str, int]]) -> str:
    named = [f"{count} {_SUBJECT_DESIGNS[value][count != 1]}" for value, count in designs if value in _SUBJECT_DESIGNS]
    return f" ({', '.join(named)})" if named else ""


def _count_words(texts: Iterable[str]) -> int:
    return sum(len(_WORD.findall(text)) for text in texts)
