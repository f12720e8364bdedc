"""One reader's issue: its parts, its counts, and the sentences that say what is new and what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from aggregator.citation import Notice, squeeze
from aggregator.dates import Period, in_words, period_in_words
from aggregator.digest.card import Card, Line
from aggregator.digest.words import TITLE_LENGTH, day_of, plural, shorten, title_of
from aggregator.study import CHANGE_KINDS, STATUS_CHANGES, Study
from aggregator.topics import Topic
from aggregator.vocabulary import ASIDE, DESIGNS

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
    "merged": "merged with another record",
    "restored": "back in PubMed",
}
_SUBJECT_DESIGNS = {
    "meta-analysis": ("meta-analysis", "meta-analyses"),
    "systematic-review": ("systematic review", "systematic reviews"),
    "guideline": ("guideline", "guidelines"),
    "randomized-trial": ("randomised trial", "randomised trials"),
}
#: A subject has little room, and readers know this abbreviation.
_ABBREVIATED = {"randomised trial": "RCT", "randomised trials": "RCTs"}

#: What a subject says behind the week; most mailboxes show some 70 characters of the whole.
_NEWS_LENGTH = 64
#: Changes of status that are told one by one; what lies beyond is counted and stands in the report.
MOST_NOTES = 12
#: Words that the foot of the mail, its headings and links take of the reader's time.
FRAME_WORDS = 185
#: Words of a change of status and of a quiet topic, as they come out on average.
NOTE_WORDS = 36
QUIET_WORDS = 10
_WORDS_A_MINUTE = 200
_PUBMED = "https://pubmed.ncbi.nlm.nih.gov/?term="
#: Groups of set-aside studies that a clinician may want to look at; the others are of no use or of her own choosing.
_WORTH_A_LINK = ("protocol", "perioperative", "preclinical", "misuse")
#: More than so many are no list for a mail.
_MOST_LINKED = 25


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
    #: Buckets that are counted and not shown.
    aside: tuple[str, ...] = ASIDE


#: A reader who chose nothing.
EVERYTHING = Preferences()


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
        title = shorten(title_of(self.study.citation), 2 * TITLE_LENGTH)
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

    @property
    def url(self) -> str | None:
        """These very studies in PubMed, where a clinician may want to look at them and they are not too many."""
        if self.reason not in _WORTH_A_LINK or len(self.studies) > _MOST_LINKED:
            return None
        return _PUBMED + "+OR+".join(f"{study.pmid}%5Buid%5D" for study in self.studies)


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
    #: The edition for nobody in person, which the report's folder keeps.
    is_general: bool = False
    #: Studies that came when a topic was filled for the first time: known, not new.
    filled: int = 0
    #: What must be known before anything else, such as that all of it is invented.
    banner: str | None = None

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
        return max(studies, key=lambda study: (day_of(study), study.pmid), default=None)

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
        """Ketamine evidence, 16–22 Nov 2026: 1 retracted; 7 new (1 meta-analysis, 2 RCTs)."""
        news = next((text for text in self._news() if len(text) <= _NEWS_LENGTH), self._news()[-1])
        return f"Ketamine evidence, {self.days}: {news}"

    def _news(self) -> tuple[str, str, str]:
        """The same news in three lengths."""
        kinds = [(kind, sum(note.kinds[0] == kind for note in self.notes)) for kind in STATUS_CHANGES]
        status = ", ".join(f"{count} {_SUBJECT_KINDS[kind]}" for kind, count in kinds if count)
        graver = ", ".join(f"{count} {_SUBJECT_KINDS[kind]}" for kind, count in kinds[:2] if count)
        brief = graver or (plural(len(self.notes), "change of status", "changes of status") if self.notes else "")
        new = f"{self.new:,} new" if self.new else "" if self.unknown else "nothing new"
        gaps = (
            f"{len(self.unknown)} of {plural(len(self.topics), 'search', 'searches')} incomplete"
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
        named = [plural(count, *_SUBJECT_DESIGNS[value]) for value, count in self.designs if value in _SUBJECT_DESIGNS]
        others = sum(count for value, count in self.designs if value not in _SUBJECT_DESIGNS)
        if named and others:
            named.append(plural(others, "other", "others"))
        if withdrawn := self.new - sum(count for _, count in self.designs):
            named.append(f"{withdrawn:,} already retracted")
        return f"{plural(self.new, 'new study', 'new studies')}{': ' if named else ''}{', '.join(named)}."

    @property
    def searched(self) -> str:
        return f"Searches complete: {self.complete} of {len(self.topics)}."

    def _nothing(self) -> str:
        """What can be said of a week in which nothing was found: only of the topics that were searched."""
        if not self.unknown:
            return f"Nothing new in PubMed for your {plural(len(self.topics), 'topic', 'topics')}, {self.days}."
        if not self.complete:
            return f"No search is complete for {self.days}."
        return f"Nothing new for the other {plural(self.complete, 'topic', 'topics')}, {self.days}."

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
        title = shorten(title_of(citation), 2 * TITLE_LENGTH).removesuffix(".")
        return f"The last new study: {title} ({squeeze(citation.byline)}, {citation.published})."

    @property
    def aside(self) -> tuple[SetAside, ...]:
        """What was set aside, by reason; what is left out for length only is no part of it."""
        return tuple(group for group in self.set_aside if group.reason != "length")

    @property
    def put_aside(self) -> int:
        """How many studies were set aside."""
        return sum(len(group.studies) for group in self.aside)

    @property
    def counts(self) -> str:
        """Found new: 26. Shown here: 11. In the report only: 4. Set aside: 11 (3 protocols without results, ...)."""
        why = f" ({', '.join(group.label for group in self.aside)})" if self.aside else ""
        return " ".join(filter(None, (self.tally, f"Set aside: {self.put_aside:,}{why}.", self.filling)))

    @property
    def tally(self) -> str:
        """Found new: 26. Shown here: 11. In the report only: 4."""
        beyond = f" In the report only: {len(self.beyond):,}." if self.beyond else ""
        return f"{self._found} Shown here: {len(self.shown):,}.{beyond}"

    @property
    def _found(self) -> str:
        """A count of what was found is no count of what there is while searches are incomplete."""
        if not self.unknown:
            return f"Found new: {self.found:,}."
        return f"Found new so far: {self.found:,}." if self.found else "Found new: not known."

    @property
    def filling(self) -> str:
        """What topics that were searched for the first time brought; empty where none was."""
        if not self.filled:
            return ""
        studies = plural(self.filled, "earlier study", "earlier studies")
        stand = "stands" if self.filled == 1 else "stand"
        return f"{studies} came in when topics were searched for the first time, and {stand} in the report."

    @property
    def reader(self) -> str:
        """Why this reader gets this mail."""
        if self.is_general:
            return "This is the general edition: every topic, every design, for nobody in person."
        topics = ", ".join(topic.name for topic in self.topics) if self.preferences.topics else "all"
        designs = ", ".join(DESIGNS[value].lower() for value in self.preferences.designs) or "all"
        return (
            f"You get this because your address is on this digest’s list. Topics: {topics}; designs: {designs}. "
            "To change what you get, answer the sender."
        )

    @property
    def preheader(self) -> str:
        """The line that a mailbox shows behind the subject."""
        if self.notes:
            note = self.notes[0]
            return shorten(f"{note.label}: {title_of(note.study.citation)}", 110)
        if self.lead:
            return shorten(self.lead.headline, 110)
        if self.unknown:
            return "Some searches did not finish: whether there is something new is not known."
        if self.new:
            return f"{self.new} new {'study' if self.new == 1 else 'studies'}, none of them with data for a card."
        return f"Nothing new in PubMed for your {plural(len(self.topics), 'topic', 'topics')}."

    @property
    def minutes(self) -> int:
        """Minutes to read, foot and all, at 200 words a minute."""
        words = (
            sum(part.words for part in self._parts())
            + NOTE_WORDS * len(self.notes)
            + QUIET_WORDS * len(self.quiet)
            + FRAME_WORDS
        )
        return 1 if self.is_quiet else -(-words // _WORDS_A_MINUTE)


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


def _strongest(designs: Sequence[tuple[str, int]]) -> str:
    named = [(count, _SUBJECT_DESIGNS[value][count != 1]) for value, count in designs if value in _SUBJECT_DESIGNS]
    words = [f"{count:,} {_ABBREVIATED.get(name, name)}" for count, name in named]
    return f" ({', '.join(words)})" if words else ""
