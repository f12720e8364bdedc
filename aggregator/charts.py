"""Pictures of the field as inline SVG: where studies are and where none are, how many a year, what they reported.

Each has a title and a description for those who do not see it, and says by number or pattern what it says by colour.
Colours stand in the site's style sheet (classes s1 to s7), so that dark mode and print can change them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10, sqrt

from aggregator.estimates import Panel, Row
from aggregator.report import NOT_REPORTED, DirectionRow, EvidenceMap, Year
from aggregator.summary import NOT_STATED
from aggregator.vocabulary import DESIGNS, DIRECTIONS, MEASURES

#: Sixteen designs are too many to tell apart in a bar.
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Syntheses and guidelines", ("meta-analysis", "systematic-review", "guideline")),
    ("Randomised trials", ("randomized-trial",)),
    ("Other trials, secondary analyses", ("non-randomized-trial", "secondary-analysis")),
    ("Observational studies", ("cohort", "case-control", "cross-sectional", "case-report", "qualitative")),
    ("Reviews, protocols, others", ("narrative-review", "protocol", "preclinical", "comment", "other")),
)

#: Bars that fit side by side; the table beside the chart has every year.
YEARS_DRAWN = 25

#: What a segment of the direction strip says besides its colour.
DIRECTION_SIGNS = {
    "favours-ketamine": "+",
    "mixed": "±",
    "no-difference": "=",
    "favours-comparator": "−",
    "unclear": "?",
    "not-comparative": "·",
    NOT_REPORTED: "",
}
DIRECTION_WORDS = {**DIRECTIONS, NOT_REPORTED: NOT_STATED}

#: (topic, design) or (topic, direction) -> where its studies are listed.
Address = Callable[[str, str], str]


def evidence_map(data: EvidenceMap, address: Address) -> str:
    """Topics down, designs across; a circle's area is the number of studies, an empty cell says 0."""
    left, top, cell, row = 170, 128, 62, 54
    width, height = left + cell * len(data.designs) + 60, top + row * len(data.topics) + 8
    heads = [
        _text(DESIGNS[design], left + cell * (column + 0.5), top - 12, turn=-38, kind="axis")
        for column, design in enumerate(data.designs)
    ]
    rows = [
        _map_row(topic.slug, topic.name, counts, data, address, y=top + row * (index + 0.5), left=left, cell=cell)
        for index, (topic, counts) in enumerate(zip(data.topics, data.counts, strict=True))
    ]
    rules = [
        _tag("line", x1=0, x2=width - 60, y1=top + row * index, y2=top + row * index, class_="rule")
        for index in range(len(data.topics) + 1)
    ]
    return _svg(
        "map",
        (width, height),
        "Evidence map: number of studies by topic and design",
        f"{len(data.topics)} topics by {len(data.designs)} designs. The table below the chart holds the same numbers.",
        "".join([*rules, *heads, *rows]),
    )


def _map_row(
    slug: str, name: str, counts: Sequence[int], data: EvidenceMap, address: Address, *, y: float, left: int, cell: int
) -> str:
    cells = [
        _map_cell(
            f"{name}, {DESIGNS[design]}: {count:,}",
            count,
            data.largest,
            address=address(slug, design),
            x=left + cell * (i + 0.5),
            y=y,
        )
        for i, (design, count) in enumerate(zip(data.designs, counts, strict=True))
    ]
    return _text(name, 0, y + 5, kind="label") + "".join(cells)


def _map_cell(name: str, count: int, largest: int, *, address: str, x: float, y: float) -> str:
    if not count:
        return _text("0", x, y + 5, anchor="middle", kind="zero")
    radius = max(4.5 + 4.5 * len(str(count)), 24 * sqrt(count / largest))
    circle = _tag("circle", cx=x, cy=y, r=radius, class_="bubble")
    target = _tag("rect", x=x - 24, y=y - 24, width=48, height=48, class_="target")
    number = _text(f"{count:,}", x, y + 5, anchor="middle", kind="number")
    return _tag("a", _tag("title", escape(name)), target, circle, number, href=address)


def years(data: Sequence[Year]) -> str:
    """Studies a year, stacked by family of designs; a year that is not over has a broken outline."""
    drawn = data[-YEARS_DRAWN:]
    left, top, plot, step = 48, 62, 200, 36
    width = max(780, left + step * len(drawn) + 16)
    most, gap = _scale(max((year.total for year in drawn), default=0))
    grid = [_grid_line(value, top + plot - plot * value / most, left, width) for value in range(0, most + 1, gap)]
    bars = [
        _bar(year, x=left + step * index + 6, base=top + plot, unit=plot / most, wide=step - 12)
        for index, year in enumerate(drawn)
    ]
    return _svg(
        "years",
        (width, top + plot + 44),
        "Studies per year of publication, by design",
        f"{sum(year.total for year in drawn):,} studies. A broken outline marks a year that is not complete.",
        "".join([_legend([name for name, _ in FAMILIES], left), *grid, *bars]),
        patterns=len(FAMILIES),
        prefix="y",
    )


def by_family(designs: Mapping[str, int]) -> tuple[int, ...]:
    """The counts of one year in the order of FAMILIES."""
    return tuple(sum(designs.get(design, 0) for design in members) for _, members in FAMILIES)


def _scale(largest: int) -> tuple[int, int]:
    """The top of an axis and the distance of its lines: round numbers, about four of them."""
    if largest <= 4:
        return 4, 1
    power = 10 ** int(log10(largest / 4))
    gap = next(
        int(power * factor)
        for factor in (1, 2, 2.5, 5, 10, 20)
        if power * factor * 4 >= largest and power * factor >= 1
    )
    return gap * ceil(largest / gap), gap


def _grid_line(value: int, y: float, left: int, width: int) -> str:
    line = _tag("line", x1=left, x2=width, y1=y, y2=y, class_="rule")
    return line + _text(f"{value:,}", left - 8, y + 4, anchor="end", kind="axis")


def _bar(year: Year, *, x: float, base: float, unit: float, wide: float) -> str:
    parts, y = [], base
    for number, count in enumerate(by_family(year.designs), 1):
        y -= count * unit
        if count:
            parts.append(_tag("rect", x=x, y=y, width=wide, height=count * unit, fill=f"url(#y{number})"))
    if year.is_partial and year.total:
        parts.append(_tag("rect", x=x - 2, y=y - 2, width=wide + 4, height=base - y + 2, class_="partial"))
    middle = x + wide / 2
    parts.append(_text(f"{year.total:,}", middle, y - 6, anchor="middle", kind="axis"))
    parts.append(_text(str(year.year), middle, base + 17, anchor="middle", kind="axis"))
    if year.is_partial:
        parts.append(_text("so far", middle, base + 32, anchor="middle", kind="axis"))
    words = f"{year.year}{' so far' if year.is_partial else ''}: {year.total:,}"
    return _tag("g", _tag("title", escape(words)), *parts)


def directions(data: Sequence[DirectionRow], address: Address) -> str:
    """One bar a topic: its randomised trials by the direction that their abstracts report, or that they report none."""
    left, top, row, plot, columns = 170, 84, 40, 560, 4
    largest = max((entry.total for entry in data), default=0) or 1
    bars = [
        _strip(entry, x=left, y=top + row * index, unit=plot / largest, address=address)
        for index, entry in enumerate(data)
    ]
    names = [f"{DIRECTION_SIGNS[name]} {DIRECTION_WORDS[name]}".strip() for name in DIRECTION_SIGNS]
    return _svg(
        "directions",
        (left + plot + 70, top + row * len(data) + 8),
        "Direction of effect reported by randomised trials, by topic",
        "As read from abstracts; trials whose abstract gives no direction are shown too. Nothing is pooled.",
        "".join([_legend(names, 0, columns=columns, prefix="d"), *bars]),
        patterns=len(DIRECTION_SIGNS),
        prefix="d",
    )


def _strip(entry: DirectionRow, *, x: float, y: float, unit: float, address: Address) -> str:
    parts = [_text(entry.topic.name, 0, y + 18, kind="label")]
    for number, (name, sign) in enumerate(DIRECTION_SIGNS.items(), 1):
        count = entry.directions.get(name, 0)
        if count:
            parts.append(
                _segment(
                    DIRECTION_WORDS[name],
                    (sign, f"{count:,}"),
                    address(entry.topic.slug, name),
                    fill=f"url(#d{number})",
                    place=(x, y, count * unit),
                )
            )
            x += count * unit
    total = f"{entry.total:,}" if entry.total else "no randomised trial"
    return "".join([*parts, _text(total, x + 8, y + 18, kind="axis")])


def strip(name: str, title: str, parts: Sequence[tuple[str, str, int, str]]) -> str:
    """One bar of parts side by side: (words, sign, number, where its studies are listed); the empty ones are left out.

    `name` keeps its ids apart from those of other drawings on the page.
    """
    # As wide as the narrowest screens, so that nobody sees a part of it and takes that for all.
    total, plot = sum(count for _, _, count, _ in parts), 280
    x, drawn = 0.0, []
    for number, (words, sign, count, address) in enumerate(parts, 1):
        if count:
            wide = plot * count / total
            place = (x, 1.0, wide)
            drawn.append(_segment(words, (sign, f"{count:,}"), address, fill=f"url(#{name}-{number})", place=place))
            x += wide
    empty = _text("none", 0, 20, kind="axis") if not total else ""
    said = ", ".join(f"{words} {count:,}" for words, _, count, _ in parts)
    return _svg(name, (plot, 30), title, f"{said}.", "".join(drawn) + empty, patterns=len(parts), prefix=f"{name}-")


#: Rows of a forest that are drawn; the table beside it has all.
ROWS_DRAWN = 15
#: The ends of a ratio's axis: what reaches further has an arrow.
_RATIO_ENDS = (0.01, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestLine:
    """What a forest says of one row in words."""

    study: str
    #: Participants and moment, under the study.
    about: str
    estimate: str
    address: str


def forest(name: str, panel: Panel, rows: Sequence[ForestLine]) -> str:
    """Reported estimates with their intervals, one a line, on one axis with a line at no effect; nothing is pooled.

    `rows` are the words of the panel's rows. `name` keeps its ids apart from those of other drawings on the page.
    """
    # Narrow, so that a phone shows both sides of no effect: half an axis misleads.
    left, plot, top, step = 136, 178, 30, 38
    drawn = list(zip(panel.rows, rows, strict=True))[:ROWS_DRAWN]
    axis = _Axis.over([row.interval for row, _ in drawn], is_ratio=panel.is_ratio, left=left, width=plot)
    base = top + step * len(drawn)
    heads = [
        _text("Study", 0, 16, kind="axis"),
        _text("Estimate (interval), as printed", left + plot + 20, 16, kind="axis"),
    ]
    lines = [
        _tag("line", x1=axis.place(value), x2=axis.place(value), y1=top, y2=base + 5, class_="rule")
        + _text(f"{value:g}".replace("-", "−"), axis.place(value), base + 20, anchor="middle", kind="axis")
        for value in axis.ticks
    ]
    middle = axis.place(panel.no_effect)
    none = _tag("line", x1=middle, x2=middle, y1=top - 6, y2=base + 5, class_="no-effect")
    marks = [
        _forest_row(row, words, axis, y=top + step * (index + 0.5), right=left + plot + 20)
        for index, (row, words) in enumerate(drawn)
    ]
    sides = (
        "".join(
            _text(words, middle + shift, base + 40, anchor=anchor, kind="axis")
            for words, shift, anchor in (
                (f"← {DIRECTIONS[panel.favoured[0]]}", -8, "end"),
                (f"{DIRECTIONS[panel.favoured[1]]} →", 8, "start"),
            )
        )
        if panel.favoured
        else _text("no effect", middle, base + 40, anchor="middle", kind="axis")
    )
    return _svg(
        name,
        (left + plot + 280, base + 50),
        f"{panel.outcome}: {MEASURES[panel.measure]}, as reported",
        f"{len(panel.rows):,} estimates with intervals on one axis. A filled square marks a primary outcome, an open "
        "circle any other. Nothing is pooled. The table below the chart holds all of them.",
        "".join([*heads, *lines, none, *marks, sides]),
    )


def _forest_row(row: Row, words: ForestLine, axis: _Axis, *, y: float, right: float) -> str:
    low, high = (axis.place(value) for value in row.interval)
    point = axis.place(row.finding.estimate)
    ends = [
        _tag("path", d=f"M{_number(x)} {_number(y)}l{_number(7 * way)} -5v10z", class_="arrow")
        if axis.is_beyond(value)
        else _tag("line", x1=x, x2=x, y1=y - 5, y2=y + 5, class_="interval")
        for x, value, way in ((low, row.interval[0], 1), (high, row.interval[1], -1))
    ]
    mark = (
        _tag("rect", x=point - 5, y=y - 5, width=10, height=10, class_="primary-mark")
        if row.finding.primary
        else _tag("circle", cx=point, cy=y, r=5, class_="other-mark")
    )
    return _tag(
        "a",
        _tag("title", escape(f"{words.study}, {words.about}: {words.estimate}")),
        _tag("rect", x=0, y=y - 17, width=right + 258, height=34, class_="target"),
        _text(words.study, 0, y - 2, kind="label"),
        _text(words.about, 0, y + 13, kind="axis"),
        _tag("line", x1=low, x2=high, y1=y, y2=y, class_="interval"),
        *ends,
        mark,
        _text(words.estimate, right, y + 5, kind="label"),
        href=words.address,
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where a value stands: in equal steps for differences, in equal ratios for ratios."""

    low: float
    high: float
    ticks: tuple[float, ...]
    is_ratio: bool
    left: float
    width: float

    @classmethod
    def over(cls, intervals: Sequence[tuple[float, float]], *, is_ratio: bool, left: float, width: float) -> _Axis:
        """An axis that holds the intervals and some of both sides of no effect, with round ends."""
        values = [value for interval in intervals for value in interval]
        if not is_ratio:
            gap = _round_gap(max(*values, 0.0) - min(*values, 0.0))
            first, last = min(-1, floor(min(values) / gap)), max(1, ceil(max(values) / gap))
            ticks = tuple(round(gap * step, 6) for step in range(first, last + 1))
            return cls(ticks[0], ticks[-1], ticks, is_ratio, left, width)
        steps = [factor * 10.0**power for power in range(-2, 3) for factor in (1, 2, 5) if factor * 10.0**power <= 100]
        low = max([step for step in steps if step <= min(*values, 0.5)], default=_RATIO_ENDS[0])
        high = min([step for step in steps if step >= max(*values, 2.0)], default=_RATIO_ENDS[1])
        inside = [step for step in steps if low <= step <= high]
        is_long = len(inside) > 8
        ticks = tuple(step for step in inside if not is_long or step in (0.01, 0.1, 1.0, 10.0, 100.0))
        return cls(low, high, ticks, is_ratio, left, width)

    def place(self, value: float) -> float:
        held = min(max(value, self.low), self.high)
        if self.is_ratio:
            return self.left + self.width * log10(held / self.low) / log10(self.high / self.low)
        return self.left + self.width * (held - self.low) / (self.high - self.low)

    def is_beyond(self, value: float) -> bool:
        return not self.low <= value <= self.high


def _round_gap(span: float) -> float:
    """The distance of an axis' lines: 1, 2 or 5 times a power of ten, three to six of them in the span."""
    power = 10.0 ** floor(log10(span / 4)) if span else 1.0
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * 5 >= span)


def _segment(name: str, label: tuple[str, str], address: str, *, fill: str, place: tuple[float, float, float]) -> str:
    """A part of a bar with its sign and number, or as much of them as it has room for; the title has both."""
    x, y, width = place
    bar = _tag("rect", x=x, y=y, width=max(1.0, width - 1), height=28, fill=fill)
    words = " ".join(label).strip()
    fitting = next((text for text in (words, label[1]) if width > 7.5 * len(text) + 10), None)
    plate = _plate(fitting, x + width / 2, y + 5) if fitting else ""
    return _tag("a", _tag("title", escape(f"{name}: {words}")), bar, plate, href=address)


def _plate(words: str, middle: float, y: float) -> str:
    """Words on a plain ground, so that a pattern does not run through them."""
    wide = 7.5 * len(words) + 8
    ground = _tag("rect", x=middle - wide / 2, y=y, width=wide, height=18, rx=3, class_="plate")
    return ground + _text(words, middle, y + 14, anchor="middle", kind="number")


def _legend(names: Sequence[str], left: float, *, columns: int = 3, prefix: str = "y") -> str:
    wide = 200 if columns == 4 else 230
    parts = []
    for number, name in enumerate(names):
        x, y = left + wide * (number % columns), 2 + 22 * (number // columns)
        parts.append(_tag("rect", x=x, y=y, width=16, height=14, fill=f"url(#{prefix}{number + 1})"))
        parts.append(_text(name, x + 23, y + 12, kind="axis"))
    return "".join(parts)


#: Lines and dots drawn over a series' colour: (path in an 8 by 8 tile), empty for plain.
_PATTERNS = (
    "",
    "M0 8L8 0",
    "M0 0L8 8",
    "M0 4H8",
    "M4 0V8",
    "M0 0L8 8M0 8L8 0",
    "M4 3.5V4.5",
)


def _pattern(number: int, prefix: str) -> str:
    tile = _tag("rect", width=8, height=8, class_=f"s{number}")
    lines = _tag("path", d=_PATTERNS[number - 1], class_="hatch") if _PATTERNS[number - 1] else ""
    return _tag("pattern", tile, lines, id=f"{prefix}{number}", width=8, height=8, patternUnits="userSpaceOnUse")


def _svg(
    name: str,
    size: tuple[float, float],
    title: str,
    description: str,
    body: str,
    *,
    patterns: int = 0,
    prefix: str = "",
) -> str:
    width, height = size
    defs = _tag("defs", *(_pattern(number, prefix) for number in range(1, patterns + 1))) if patterns else ""
    return _tag(
        "svg",
        _tag("title", escape(title), id=f"{name}-title"),
        _tag("desc", escape(description), id=f"{name}-desc"),
        defs,
        body,
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        width=width,
        height=height,
        role="group",
        class_=f"chart chart-{name}",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _text(words: str, x: float, y: float, *, anchor: str = "start", turn: float = 0, kind: str = "label") -> str:
    turned = {"transform": f"rotate({_number(turn)} {_number(x)} {_number(y)})"} if turn else {}
    return _tag("text", escape(words), x=x, y=y, text_anchor=anchor, class_=kind, **turned)


def _tag(name: str, *children: str, **attributes: str | float) -> str:
    """An element; attribute values are escaped here, children are markup already."""
    written = "".join(f' {_attribute(key)}="{escape(_number(value))}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


#: SVG's own spelling where it is not the keyword with hyphens.
_SPELLING = {"class_": "class", "viewBox": "viewBox", "patternUnits": "patternUnits"}


def _attribute(key: str) -> str:
    return _SPELLING.get(key, key.replace("_", "-"))


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
