"""Numbers that agree with each other, printed the ways that journals print them."""
# ruff: noqa: SIM905 - sentences and tables of words read best on one line

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its 95% confidence interval and p value."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Events in two groups."""

    first: int
    of_first: int
    second: int
    of_second: int

    @property
    def first_percent(self) -> float:
        return 100 * self.first / self.of_first

    @property
    def second_percent(self) -> float:
        return 100 * self.second / self.of_second


def two_sided_p(z: float) -> float:
    """The p value of a z statistic."""
    return math.erfc(abs(z) / math.sqrt(2))


def mean_difference(random: Random, *, first: int, second: int, sd: float, outcome: str) -> Estimate:
    """A difference between two means that fits the group sizes and the spread; below zero favours the first group.

    outcome: "benefit" and "against" are statistically significant, "null" is not.
    """
    scale = math.sqrt(1 / first + 1 / second)
    error = sd * scale
    while True:
        if outcome == "null":
            effect = random.uniform(-0.35, 1.55) * scale
        else:
            low = max(2.2 * scale, 0.28)
            effect = random.uniform(low, max(low + 0.12, 0.72))
        value = round(-sd * effect if outcome != "against" else sd * effect, 1)
        low_end, high_end = round(value - 1.96 * error, 1), round(value + 1.96 * error, 1)
        crosses = low_end < 0 < high_end
        if crosses == (outcome == "null") and value not in (low_end, high_end) and 0 not in (low_end, high_end):
            return Estimate(value, low_end, high_end, two_sided_p(value / error))


def odds_ratio(rates: Rates) -> Estimate:
    """The odds ratio of two groups (Woolf's interval); half an event is added where a cell is empty."""
    cells: list[float] = [rates.first, rates.of_first - rates.first, rates.second, rates.of_second - rates.second]
    if 0 in cells:
        cells = [cell + 0.5 for cell in cells]
    a, b, c, d = cells
    log, error = math.log(a * d / (b * c)), math.sqrt(sum(1 / cell for cell in cells))
    value, low, high = (math.exp(log + shift * error) for shift in (0, -1.96, 1.96))
    return Estimate(round(value, 2), round(low, 2), round(high, 2), two_sided_p(log / error))


def pooled(random: Random, *, outcome: str, places: int = 2, low: float = 0.25, high: float = 0.8) -> Estimate:
    """A pooled standardised mean difference; below zero favours ketamine."""
    while True:
        value = -random.uniform(low, high) if outcome == "benefit" else random.uniform(-0.28, 0.08)
        error = abs(value) / random.uniform(2.4, 4.6) if outcome == "benefit" else random.uniform(0.12, 0.25)
        ends = round(value - 1.96 * error, places), round(value + 1.96 * error, places)
        if (ends[0] < 0 < ends[1]) == (outcome == "null") and 0 not in ends:
            return Estimate(round(value, places), *ends, two_sided_p(value / error))


def responders(random: Random, *, first: int, second: int, outcome: str) -> Rates:
    """Response in two groups, in step with the main outcome."""
    control = random.uniform(0.15, 0.35)
    gain = {"benefit": random.uniform(0.18, 0.35), "null": random.uniform(-0.03, 0.08), "against": -0.15}[outcome]
    return Rates(round(first * (control + gain)), first, round(second * control), second)


@dataclass(frozen=True, slots=True)
class Print:
    """How one journal prints numbers."""

    p_sign: str = "p"
    #: p=0.03 or P = .03
    spaced: bool = True
    leading_zero: bool = True
    #: " to ", ", " or "\u2013"
    between: str = " to "
    minus: str = "\u2212"
    ci_words: str = "95% CI"
    brackets: bool = False

    def number(self, value: float, places: int = 1) -> str:
        text = f"{abs(value):.{places}f}"
        return self.minus + text if value < 0 and float(text) else text

    def ci(self, estimate: Estimate, places: int = 1) -> str:
        # An en dash between two negative numbers cannot be read.
        between = " to " if self.between == "\u2013" and estimate.low < 0 else self.between
        ends = f"{self.number(estimate.low, places)}{between}{self.number(estimate.high, places)}"
        return f"{self.ci_words} [{ends}]" if self.brackets else f"{self.ci_words} {ends}"

    def p(self, value: float) -> str:
        sign, digits = ("<", "0.001") if value < 0.001 else ("=", f"{value:.3f}" if value < 0.1 else f"{value:.2f}")
        if not self.leading_zero:
            digits = digits.removeprefix("0")
        return f"{self.p_sign} {sign} {digits}" if self.spaced else f"{self.p_sign}{sign}{digits}"

    def full(self, estimate: Estimate, places: int = 1) -> str:
        """-4.1; 95% CI -6.9 to -1.3; p = 0.004"""
        return f"{self.number(estimate.value, places)}; {self.ci(estimate, places)}; {self.p(estimate.p)}"


PRINTS = (
    Print(),
    Print(p_sign="P", leading_zero=False, ci_words="95% CI,"),
    Print(spaced=False, between=" to "),
    Print(p_sign="P", spaced=False, minus="-", between=", ", brackets=True),
    Print(minus="-"),
    Print(p_sign="p", spaced=False, between="\u2013", ci_words="95% confidence interval"),
)


def percent(value: float, *, places: int = 1) -> str:
    return f"{value:.{places}f}%" if places else f"{round(value)}%"


def in_words(number: int) -> str:
    """Numbers below a hundred as a sentence begins with them: Forty-two."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_ONES[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")
