"""How values become pages and mail: one Jinja environment for both, in which hostile text stays harmless.

Everything that a template prints is escaped (except in .txt templates) and rid of characters that could turn the
reading order or end a header: a title is data, whatever it contains.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup

from aggregator import vocabulary
from aggregator.assets import shipped
from aggregator.dates import in_words
from aggregator.errors import LooksError
from aggregator.plain import clean, line
from aggregator.summary import Fact

#: The only addresses that a page or mail may link to.
SAFE_SCHEMES = ("http", "https", "mailto")

#: Vocabularies by the name that the filter `word` takes.
_TABLES = {
    "bucket": vocabulary.BUCKETS,
    "design": vocabulary.DESIGNS,
    "condition": vocabulary.CONDITIONS,
    "age_group": vocabulary.AGE_GROUPS,
    "drug": vocabulary.DRUGS,
    "route": vocabulary.ROUTES,
    "regimen": vocabulary.REGIMENS,
    "comparator": vocabulary.COMPARATORS,
    "control": vocabulary.CONTROLS,
    "phase": vocabulary.PHASES,
    "measure": vocabulary.MEASURES,
    "direction": vocabulary.DIRECTIONS,
    "psychotherapy": vocabulary.PSYCHOTHERAPY,
    "flag": vocabulary.FLAGS,
}


def environment(folder: Path) -> Environment:
    """Jinja over `folder`, a reports/ folder; a template that it lacks is taken from the shipped one.

    "shipped/site/methods.html" is the shipped template: a user's own of that name extends it to change a part.

    Autoescape is on for everything but .txt, an undefined name is an error. Filters: word, words_of, day, plural,
    number, safe_url, clean, line.
    """
    ours = FileSystemLoader(shipped("reports"))
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), PrefixLoader({"shipped": ours}), ours]),
        autoescape=select_autoescape(
            enabled_extensions=("html", "html.j2", "xml", "xml.j2", "svg", "svg.j2"),
            disabled_extensions=("txt", "txt.j2"),
            default=True,
            default_for_string=True,
        ),
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters.update(
        word=word,
        words_of=words_of,
        day=day,
        plural=plural,
        number=number,
        safe_url=safe_url,
        clean=clean,
        line=line,
    )
    return env


@contextmanager
def naming_mistakes() -> Iterator[None]:
    """Within it, or within a function that it decorates, a mistake in a template is a LooksError with its place."""
    try:
        yield
    except TemplateSyntaxError as error:
        file = Path(error.filename) if error.filename else None
        raise LooksError(error.message or "it cannot be read", file=file, line=error.lineno) from error
    except TemplateError as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.endswith(".py")]
        # A page that another process draws tells no place.
        file, line = (Path(frames[-1].filename), frames[-1].lineno) if frames else (None, None)
        raise LooksError(error.message or "it cannot be drawn", file=file, line=line) from error
    except RecursionError as error:
        raise LooksError('a template extends itself: write "shipped/" before the name it extends') from error


def safe_url(url: str | None) -> str:
    """The address if it may be linked to, else "": no javascript:, no data:, no white space, no control characters."""
    if not url or clean(url) != url or re.search(r"\s", url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    named = parts.netloc if parts.scheme != "mailto" else parts.path
    return url if parts.scheme.lower() in SAFE_SCHEMES and named else ""


def word(value: str, table: str) -> str:
    """A vocabulary's value in a reader's words: {{ "ptsd"|word("condition") }}."""
    return _TABLES[table].get(value, value)


def words_of(facts: Iterable[Fact], table: str) -> str:
    """Facts in a reader's words, joined by commas; "" for none."""
    return ", ".join(word(fact.value, table) for fact in facts)


def day(moment: date | datetime | None) -> str:
    """22 Nov 2026; "" for None."""
    return in_words(moment) if moment else ""


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 study, 2 studies: {{ n|plural("study", "studies") }}."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float) -> str:
    """1,234; 0.5: never more digits than were read."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _finalize(value: Any) -> Any:
    if isinstance(value, Markup):
        return Markup(clean(value))  # noqa: S704 - it was escaped when it became Markup; cleaning only takes away
    return clean(value) if isinstance(value, str) else value
