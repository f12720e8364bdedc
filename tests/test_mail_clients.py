"""What the letter asks of Gmail, Outlook for Windows and Apple Mail: nothing that they cannot do, or something instead.

The table is fixtures/mail_clients.csv: facts tested by caniemail.com (data of 13 May 2026, npm caniemail 2.0.2), the
weakest of a client's platforms (Gmail: web, mobile web, iOS, Android; Outlook for Windows; Apple Mail: macOS, iOS);
the last column is ours. `python benchmarks/mail_clients.py --write` renews it where node is installed.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
from lxml import etree
from lxml import html as lxml_html

from tests.mail_clients import CLIENTS, features, read_table
from tests.test_letter import WEEKS, letter_of

TABLE = read_table()
#: What carries the order and the words: it must work everywhere.
NEEDED = ("element table", "element td", "element th", "element p", "element h1", "element h2", "element h3")
NEEDED += ("attribute align", "attribute cellpadding", "attribute role", "property background-color")


@cache
def used() -> frozenset[str]:
    return frozenset().union(*(features(letter_of(week).html) for week in WEEKS))


def inline_styles(week: str):
    for element in lxml_html.document_fromstring(letter_of(week).html).iter(etree.Element):
        for name, value in re.findall(r"([\w-]+)\s*:\s*([^;]+)", element.get("style", "")):
            yield element, name, value.strip()


def test_the_table_knows_what_the_letter_uses_and_nothing_else():
    assert used() - set(TABLE) == set(), "run benchmarks/mail_clients.py --write and state what happens where it fails"
    assert set(TABLE) - used() == set(), "no longer used"


@pytest.mark.parametrize("feature", sorted(TABLE))
def test_what_a_program_cannot_do_has_a_fallback(feature):
    support = TABLE[feature]
    assert {getattr(support, client) for client in CLIENTS} <= {"y", "a", "n", "u", ""}
    assert support.is_everywhere != bool(support.fallback)


@pytest.mark.parametrize("feature", NEEDED)
def test_what_carries_the_letter_works_everywhere(feature):
    assert TABLE[feature].is_everywhere


@pytest.mark.parametrize("week", WEEKS)
def test_space_is_made_as_outlook_for_windows_makes_it(week):
    """It pads table cells only, and puts no negative margin anywhere."""
    padded = [
        element.tag
        for element, name, value in inline_styles(week)
        if name.startswith("padding") and re.search(r"[1-9]", value) and element.tag not in ("td", "th", "a", "span")
    ]
    assert padded == []
    assert not [
        value for _, name, value in inline_styles(week) if name.startswith("margin") and re.search("-|auto", value)
    ]


@pytest.mark.parametrize("week", WEEKS)
def test_the_page_has_a_width_where_max_width_is_unknown(week):
    opening, closing = re.findall(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", letter_of(week).html)
    assert re.fullmatch(r'<table [^>]*width="600"><tr><td>', opening)
    assert closing == "</td></tr></table>"


@pytest.mark.parametrize("week", WEEKS)
def test_important_is_written_as_gmail_and_outlook_read_it(week):
    html = letter_of(week).html
    assert len(re.findall("!important", html, re.IGNORECASE)) == html.count(" !important")
    assert not [value for _, _, value in inline_styles(week) if "!" in value]


@pytest.mark.parametrize("week", WEEKS)
def test_the_charset_stands_where_programs_look_for_it(week):
    assert b'<meta charset="utf-8">' in letter_of(week).html.encode()[:1024]


@pytest.mark.parametrize("week", WEEKS)
def test_the_style_element_is_short_enough_for_gmail(week):
    """Gmail drops one of more than 8,192 characters, and all of one that it cannot read."""
    (style,) = re.findall(r"<style>(.*?)</style>", letter_of(week).html, re.DOTALL)
    assert len(style) < 8192
    assert style.count("{") == style.count("}")
