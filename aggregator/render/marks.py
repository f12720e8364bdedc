"""The markup that ties a value to its words: drawn here and not by templates, because a large site has millions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from aggregator.render.reading import HARD, Segment, Value


def marked(segments: Iterable[Segment]) -> Markup:
    """The text with what facts were read from marked, each mark leading to the first of its facts."""
    return Markup("".join(map(_segment, segments)))  # noqa: S704 - each piece is escaped


def tied(value: Value, marks: Mapping[str, str]) -> Markup:
    """A value as a link to its words, by a reading's `marks`; without words on the page it is no link."""
    text = escape(value.text)
    mark = marks.get(value.id)
    if mark is None:
        return Markup(f'<span class="value" id="{value.id}">{text}</span>')  # noqa: S704 - ids are our own numbers
    return Markup(f'<a class="value" id="{value.id}" href="#{mark}">{text}</a>')  # noqa: S704 - as above


def parted(facts: str) -> Markup:
    """The facts of a line, in which no line of the page begins with a dot or ends within "CAPS-5"."""
    text = str(escape(facts))
    # Most lines need no element, and a large site has a hundred thousand of them.
    parts = [f'<span class="part">{part}</span>' if "-" in part else part for part in text.split(" · ")]
    return Markup(f"{HARD}· ".join(parts))  # noqa: S704 - as above


def _segment(segment: Segment) -> str:
    text = escape(segment.text)
    if not segment.facts:
        return text
    facts = " ".join(segment.facts)
    return f'<mark id="{segment.id}" data-facts="{facts}"><a href="#{segment.facts[0]}">{text}</a></mark>'
