"""How titles, counts and lengths are put into words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from aggregator.citation import Citation, squeeze
from aggregator.study import Study

#: A title in one line of a list.
TITLE_LENGTH = 110
#: What stands between white space, if there is a letter or digit in it.
_WORD = re.compile(r"\S*\w\S*")


def title_of(citation: Citation) -> str:
    return squeeze(citation.title) or "[No title in PubMed]"


def shorten(text: str, length: int) -> str:
    """The text in one line, cut between words with an ellipsis; a single endless word is cut as well."""
    words = squeeze(text)
    if len(words) <= length:
        return words
    kept = words[: words.rfind(" ", 0, length - 1)] if " " in words[: length - 1] else words[: length - 2]
    return f"{kept.rstrip(' ,;:')} …"


def plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def count_words(texts: Iterable[str]) -> int:
    return sum(len(_WORD.findall(text)) for text in texts)


def day_of(study: Study) -> date:
    """The day by which studies are put in order: its entry in PubMed, else its publication as far as it is known."""
    published = study.citation.published
    return study.citation.entered or date(published.year or 1, published.month or 1, 1)
