"""What whoever follows a letter's link to unsubscribe gets to see."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from aggregator.render import environment


@lru_cache(maxsize=16)
def unsubscribe_page(state: str, *, folder: Path) -> str:
    """The page of a state (confirm, done, unknown or busy), drawn with `folder`/mail/unsubscribe.html.

    It names nobody: whoever holds the link may see it. `folder` is a reports/ folder.
    """
    return environment(folder).get_template("mail/unsubscribe.html").render(state=state)
