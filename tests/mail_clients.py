"""What a letter asks of the program that shows it, and which programs can do it (fixtures/mail_clients.csv)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
from lxml import html as lxml_html

TABLE = Path(__file__).parent / "fixtures" / "mail_clients.csv"
CLIENTS = ("gmail", "outlook_windows", "apple_mail")

#: Attributes that change what is seen or said; class, style and href are judged by what stands in them.
_ATTRIBUTES = {"align", "border", "cellpadding", "cellspacing", "lang", "role", "scope", "width"}
_SELECTORS = {
    "selector class": re.compile(r"\.[a-z]"),
    "selector type": re.compile(r"(?:^|[\s,])[a-z]"),
    "selector chaining": re.compile(r"[a-z]\.[a-z]"),
    "selector descendant": re.compile(r"\w\s+[\w.]"),
    "selector grouping": re.compile(r","),
    "selector attribute": re.compile(r"\["),
    "selector child": re.compile(r">"),
    "selector pseudo-class": re.compile(r":"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """One feature: y, a (in part), n or "" (nobody has tested it) for each client, and what happens where it fails."""

    feature: str
    #: The feature's name at caniemail.com; empty where it has no page there.
    source: str
    gmail: str
    outlook_windows: str
    apple_mail: str
    fallback: str

    @property
    def is_everywhere(self) -> bool:
        return all(getattr(self, client) == "y" for client in CLIENTS)


def read_table() -> dict[str, Support]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["feature"]: Support(**row) for row in csv.DictReader(file)}


def features(page: str) -> set[str]:
    """Every element, attribute, property, at-rule and kind of selector of a page."""
    found = set()
    for element in lxml_html.document_fromstring(page).iter(etree.Element):
        found.add(f"element {element.tag}")
        found |= {f"attribute {name}" for name in element.attrib if name in _ATTRIBUTES}
        found |= set(_declared(element.get("style", "")))
        if element.tag == "style":
            found |= set(_in_sheet(element.text))
    return found


def _declared(declarations: str) -> Iterator[str]:
    for name, value in re.findall(r"([\w-]+)\s*:\s*([^;]+)", declarations):
        yield f"property {name}"
        if name == "display":
            yield f"display {value.split()[0]}"
        if "!important" in value:
            yield "!important"


def _in_sheet(sheet: str) -> Iterator[str]:
    for condition, rules in re.findall(r"@media([^{]+)\{((?:[^{}]+\{[^{}]*\})*)\s*\}", sheet):
        yield "@media"
        if "prefers-color-scheme" in condition:
            yield "@media prefers-color-scheme"
        for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", rules):
            yield from _declared(declarations)
            yield from (name for name, shape in _SELECTORS.items() if shape.search(selectors.strip()))
    yield from (f"@{name}" for name in re.findall(r"@([\w-]+)", sheet) if name != "media")
