"""A digest in its own words in a real Chromium: axe-core finds nothing, nothing scrolls sideways, print is clean."""

from __future__ import annotations

from itertools import product

import pytest

from tests.studies import retracted, study
from tests.test_archive import CONCERN, HOSTILE, edition, since_then, then, told_page
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
    return told_page(tmp_path_factory.mktemp("report"), kept, [*since_then(), told[-2]]).as_uri()


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


def test_on_paper_the_digest_has_no_frame_and_no_colour_is_needed(page):
    page.emulate_media(media="print", **LOOKS["light"])
    frame = page.evaluate("getComputedStyle(document.querySelector('.told')).borderLeftWidth")
    assert frame == "0px"
    assert page.locator("#d90000012").inner_text().startswith("RETRACTED:")
