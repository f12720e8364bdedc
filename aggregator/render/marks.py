"""The markup that ties a value to its words: drawn here and not by templates, because a large site has millions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from aggregator.render.reading import Segment, Value


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
    """The facts of a line, so marked that a line of the page ends between them: not in "CAPS-5", not before a dot."""
    parts = str(escape(facts)).replace(" · ", ' ·</span> <span class="part">')
    return Markup(f'<span class="part">{parts}</span>')  # noqa: S704 - as above


def _segment(segment: Segment) -> str:
    text = escape(segment.text)
    if not segment.facts:
        return text
    facts = " ".join(segment.facts)
    return f'<mark id="{segment.id}" data-facts="{facts}"><a href="#{segment.facts[0]}">{text}</a></mark>'
