"""A digest in its own words in a real Chromium: axe-core finds nothing, nothing scrolls sideways, print is clean."""

from __future__ import annotations

from itertools import product

import pytest

from tests.studies import retracted, study
from tests.test_archive import CONCERN, HOSTILE, announced, edition, since_then, then, told_page
from tests.test_site_quality import LOOKS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A week's page with one of everything: status, gaps, cards, lines, words withheld, words that are hostile or long."""
    told = [
        *then(),
        retracted("90000019", title="A trial that was withdrawn when it was found."),
        study("90000020", title="A trial with a concern.", notices=[CONCERN], topics=("psychotherapy",), conditions=()),
        study("90000021", title="Endless" * 14, design="narrative-review", authors=(HOSTILE,), journal="Endless" * 14),
    ]
    kept = edition(told, incomplete=["psychotherapy"], banner=HOSTILE)
    beyond = study("90000022", scales=("CAPS-5", "Y-BOCS", "MADRS"), harms=(), announced=announced("2026-W46"))
    return told_page(tmp_path_factory.mktemp("report"), kept, [*since_then(), told[-2], beyond]).as_uri()


@pytest.fixture(scope="module")
def page(browser, address):
    opened = browser.new_page()
    opened.goto(address)
    return opened


@pytest.mark.parametrize(("width", "look"), list(product((1280, 360, 320), LOOKS)))
def test_axe_core_finds_nothing_and_nothing_scrolls_sideways(page, width, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media="screen", **LOOKS[look])
    answer = axe.run(page).response
    assert answer["passes"]
    assert [(violation["id"], node["target"]) for violation in answer["violations"] for node in violation["nodes"]] == []  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_links_of_the_digest_are_large_enough_to_hit(page):
    """WCAG 2.2, 2.5.8: 24 by 24 px, but for links within sentences."""
    page.set_viewport_size({"width": 360, "height": 900})
    small = page.evaluate(
        """() => [...document.querySelectorAll('.told-name a, .told-facts a, .told-rows a')]
            .map((element) => [element.textContent, element.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([text, box]) => `${text} ${box.height}`)"""
    )
    assert small == []


#: Of each dot and each hyphen of a study's facts: whether a line begins with it, or ends at it.
BROKEN = """() => [...document.querySelectorAll('.said')].flatMap((said) => {
    const found = [], left = said.getBoundingClientRect().left;
    const walk = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
    const at = (node, place) => {
        const range = document.createRange();
        range.setStart(node, place);
        range.setEnd(node, place + 1);
        return range.getBoundingClientRect();
    };
    while (walk.nextNode()) {
        const text = walk.currentNode.data;
        for (let place = 0; place < text.length; place++) {
            if (text[place] === '·' && at(walk.currentNode, place).left < left + 1) found.push('· ' + text);
            if (text[place] === '-' && place + 1 < text.length
                && at(walk.currentNode, place + 1).top > at(walk.currentNode, place).top + 4) found.push('- ' + text);
        }
    }
    return found;
})"""


def test_no_line_of_a_studys_facts_begins_with_a_dot_or_ends_within_a_name(page):
    page.emulate_media(media="screen", **LOOKS["light"])
    found = {}
    for width in range(320, 420, 4):
        page.set_viewport_size({"width": width, "height": 900})
        if broken := page.evaluate(BROKEN):
            found[width] = broken
    assert page.locator(".said").count() > 2
    assert found == {}


def test_on_paper_the_digest_has_no_frame_and_no_colour_is_needed(page):
    page.emulate_media(media="print", **LOOKS["light"])
    frame = page.evaluate("getComputedStyle(document.querySelector('.told')).borderLeftWidth")
    assert frame == "0px"
    assert page.locator("#d90000012").inner_text().startswith("RETRACTED:")
