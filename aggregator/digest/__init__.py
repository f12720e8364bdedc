"""The digest: which of the week's studies a reader is shown, in which order and in which words.

Pure values; `render.letter` draws them. Three promises: a change of status comes first, nothing is shown that the
abstract does not state in its own words, and the counts add up (found = shown + set aside, each with its reason).

    choice.py   what is shown and in which order
    card.py     one study in facts
    issue.py    the whole, with its counts and sentences
    wording.py  the whole as an edition for the archive
    words.py    titles, counts and lengths in words
"""

from aggregator.digest.card import Card, Line, Row, card_of, headline, line_of, remarks
from aggregator.digest.choice import compose, reason_aside
from aggregator.digest.issue import (
    EVERYTHING,
    MOST_NOTES,
    Digest,
    Preferences,
    QuietTopic,
    SetAside,
    StatusNote,
    TopicLines,
    UnknownTopic,
    shortened,
)
from aggregator.digest.wording import edition_of

__all__ = [
    "EVERYTHING",
    "MOST_NOTES",
    "Card",
    "Digest",
    "Line",
    "Preferences",
    "QuietTopic",
    "Row",
    "SetAside",
    "StatusNote",
    "TopicLines",
    "UnknownTopic",
    "card_of",
    "compose",
    "edition_of",
    "headline",
    "line_of",
    "reason_aside",
    "remarks",
    "shortened",
]
