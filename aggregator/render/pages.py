"""What every page of the site is drawn with: its policy, its head and foot, its filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment

from aggregator.render import environment
from aggregator.render.marks import marked, parted, tied
from aggregator.render.syndication import FeedLink

#: Scripts and styles of this folder only. `file:` lets browsers that do not count the files of a folder as 'self' load
#: them from a disk; a page from a web server cannot load such an address whatever its policy says.
POLICY = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all pages of a site share. Nothing in it changes from one day to the next."""

    #: A reports/ folder.
    folder: str
    #: (slug, name) of every topic.
    topics: tuple[tuple[str, str], ...]
    feeds: tuple[FeedLink, ...]
    banner: str | None
    has_claims: bool
    abstracts: bool


def page_environment(common: Common) -> Environment:
    """Jinja over the site's reports/ folder with what reports/site/base.html needs.

    What it draws is not cleaned: `plain.clean` is for a page as a whole, which has hundreds of values.
    """
    jinja = environment(Path(common.folder))
    jinja.globals.update(
        banner=common.banner,
        has_claims=common.has_claims,
        feeds=common.feeds,
        abstracts=common.abstracts,
        policy=POLICY,
        drawn_once=_DrawnOnce(),
        # What a page calls itself; a user's own page need not.
        here="",
    )
    jinja.filters.update(marked=marked, parted=parted, tied=tied)
    # One build reads each template once: nobody edits it meanwhile, and asking the disk for every page takes its time.
    jinja.auto_reload = False
    jinja.finalize = None
    return jinja


class _DrawnOnce:
    """{% call drawn_once("foot", root, here) %}: drawn for the first page with these words only."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, ...], str] = {}

    def __call__(self, *words: str, caller: Callable[[], str]) -> str:
        if words not in self._drawn:
            self._drawn[words] = caller()
        return self._drawn[words]
