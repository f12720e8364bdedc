"""The weekly letter: one digest as mail, as HTML and as plain text, with the same content in the same order."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment
from markupsafe import Markup, escape

from aggregator.digest import MOST_NOTES, Digest, shortened
from aggregator.plain import clean, line
from aggregator.render import environment, naming_mistakes, safe_url
from aggregator.study import Study

#: Gmail cuts a message behind some 102 KB of HTML, and the foot with it.
MOST_BYTES = 80_000
#: RFC 5322 advises lines of at most 78 characters; 72 leave room for being quoted.
COLUMNS = 72


#: Stands in a letter where each reader's own link to leave comes; the rest is the same for all who read the same.
_LEAVE = "https://leave.invalid/here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail needs beside its address."""

    subject: str
    html: str
    text: str
    #: What it shows: where all would be too long, without what was given to the report.
    digest: Digest

    def for_reader(self, leave: str) -> Letter:
        """The letter with one reader's own address to unsubscribe (https: or mailto:) in its place."""
        return replace(self, html=self.html.replace(_LEAVE, str(escape(leave))), text=self.text.replace(_LEAVE, leave))


@naming_mistakes()
def letter(
    digest: Digest,
    *,
    folder: Path,
    report_url: str | None = None,
    postal_address: str | None = None,
    is_personal: bool = False,
) -> Letter:
    """The digest drawn with the templates of `folder`/mail.

    `folder` is a reports/ folder; `report_url` is where the report is served, None where it is not;
    `postal_address` is the sender's, which the law asks of some (CAN-SPAM); `is_personal` makes room for the link to
    leave that `Letter.for_reader` puts in. A digest whose HTML would be longer than MOST_BYTES gives its last lines and
    cards to the report until it fits.
    """
    env = _environment(folder.resolve())
    names = _names(report_url, postal_address, is_personal=is_personal)
    html = _html(env, digest, names)
    if not _fits(html):
        steps = list(_shorter(digest))
        first = bisect_left(steps, True, key=lambda step: _fits(_html(env, step, names)))
        digest = steps[min(first, len(steps) - 1)] if steps else digest
        html = _html(env, digest, names)
    return Letter(subject=line(digest.subject), html=html, text=_text(env, digest, names), digest=digest)


def _fits(html: str) -> bool:
    return len(html.encode()) <= MOST_BYTES


def _shorter(digest: Digest) -> Iterator[Digest]:
    following = shortened(digest)
    while following:
        yield following
        following = shortened(following)


@lru_cache(maxsize=4)
def _environment(folder: Path) -> Environment:
    env = environment(folder)
    env.filters.update(filled=filled, listed=listed, ruled=ruled)
    return env


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    # @media rules cannot be inlined: they stay in the head for the clients that read them.
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _html(env: Environment, digest: Digest, names: Mapping[str, object]) -> str:
    # The style sheet is the theme's own text, not data: it goes in as it stands.
    style = Markup(env.get_template("mail/letter.css").render())  # noqa: S704
    page = env.get_template("mail/letter.html.j2").render(names, digest=digest, style=style)
    return _charset_first(_inliner().inline(page))


def _charset_first(page: str) -> str:
    """css_inline puts the kept rules before it; programs look for it in the first 1,024 bytes (HTML, 4.2.5.4)."""
    charset = '<meta charset="utf-8">'
    return page.replace(charset, "", 1).replace("<head>", f"<head>{charset}", 1)


def _text(env: Environment, digest: Digest, names: Mapping[str, object]) -> str:
    page = env.get_template("mail/letter.txt.j2").render(names, digest=digest)
    rows = "\n".join(row.rstrip() for row in page.strip().splitlines())
    return re.sub(r"\n{4,}", "\n\n\n", rows) + "\n"


def _names(report_url: str | None, postal_address: str | None, *, is_personal: bool) -> dict[str, object]:
    """What a template knows beside the digest."""
    base = _folder_url(report_url)

    def page_of(study: Study) -> str | None:
        """The study's page in the report."""
        return f"{base}studies/{study.pmid}.html" if base else None

    return {
        "report_url": base,
        "page_of": page_of,
        "most_notes": MOST_NOTES,
        "leave": _LEAVE if is_personal else None,
        "postal_address": postal_address,
    }


def _folder_url(report_url: str | None) -> str | None:
    """The report's address with a slash at its end; None for one that no reader can open.

    A `file:` address is the operator's own disk, for a letter that is only looked at.
    """
    if not report_url or not (safe_url(report_url) or report_url.startswith("file:///")):
        return None
    return line(report_url).rstrip("/") + "/"


# Plain text


def filled(text: str, first: str = "", then: str | None = None) -> str:
    """Text in lines of COLUMNS, `first` before the first and `then` before the others; an address is never broken."""
    rest = " " * len(first) if then is None else then
    # A word longer than a line would push it past the margin; an address is worth more whole than a straight margin.
    words = [part for word in line(text).split(" ") for part in _pieces(word, COLUMNS - len(rest))]
    return "\n".join(
        textwrap.wrap(
            " ".join(words),
            COLUMNS,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _pieces(word: str, width: int) -> list[str]:
    if len(word) <= width or "://" in word:
        return [word]
    return textwrap.wrap(word, width, break_on_hyphens=False)


def listed(text: str, label: str, width: int = 18) -> str:
    """A row of a card: the label in its column, the text beside it."""
    return filled(text, first=f"{label:<{width}}")


def ruled(text: str, sign: str = "-") -> str:
    """A heading with a rule below."""
    heading = filled(clean(text))
    return f"{heading}\n{sign * max(len(row) for row in heading.splitlines())}"
