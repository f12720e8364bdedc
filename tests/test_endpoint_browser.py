"""The pages for unsubscribing in a real Chromium: readable in every light and width, and usable without a mouse."""

from __future__ import annotations

import time

import pytest

from aggregator import assets
from aggregator.endpoint import application, serve
from aggregator.limiter import Limiter
from aggregator.render.unsubscribing import unsubscribe_page

pytestmark = pytest.mark.browser

TOKEN, UNKNOWN, BUSY = (letter * 43 for letter in "tub")
STATES = ("confirm", "done", "unknown", "busy")


@pytest.fixture(scope="module")
def url():
    def page(state):
        return unsubscribe_page(state, folder=assets.folder("reports"))

    app = application(
        path="/unsubscribe", unsubscribe=lambda token: token == TOKEN, page=page, limiter=Limiter(clock=time.monotonic)
    )
    with serve(app) as endpoint:
        yield f"{endpoint.url}/unsubscribe"


@pytest.fixture
def tab(browser):
    opened = browser.new_page()
    opened.troubles = []
    opened.on("console", lambda message: opened.troubles.append(message.text))
    opened.on("pageerror", lambda error: opened.troubles.append(str(error)))
    yield opened
    # Chromium says of itself what was answered 404, as to its own wish for an icon.
    assert [trouble for trouble in opened.troubles if "404" not in trouble] == []
    opened.close()


def test_a_reader_unsubscribes_with_the_keyboard_alone(tab, url):
    tab.goto(f"{url}/{TOKEN}")
    assert tab.inner_text("h1") == "Stop the ketamine evidence digest?"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Unsubscribe"
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_selector("h1:text-is('You are unsubscribed')")
    assert tab.url == f"{url}/{TOKEN}"
    assert tab.context.cookies() == []


def test_a_link_that_is_not_known_says_what_to_do(tab, url):
    tab.goto(f"{url}/{UNKNOWN}")
    tab.click("button")
    tab.wait_for_selector("h1:text-is('This link does not work')")
    assert "answer any letter of the digest with the one word “unsubscribe”" in tab.inner_text("main")


#: WCAG 2: the ratio of two colours' luminances, for each element with text of its own and the ground it stands on.
CONTRASTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.body.querySelectorAll('*')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((element) => {
      const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((one, other) => other - one);
      return [element.tagName, (pair[0] + 0.05) / (pair[1] + 0.05)];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_page_can_be_read_by_everybody(tab, state, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": 320, "height": 640})
    tab.set_content(unsubscribe_page(state, folder=assets.folder("reports")))
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    assert tab.title().endswith("Ketamine evidence")
    assert tab.evaluate("document.documentElement.lang") == "en-GB"
    assert tab.locator("h1").count() == tab.locator("main").count() == 1
    assert "@" not in tab.content().replace("@media", "")
    contrasts = tab.evaluate(CONTRASTS)
    assert len(contrasts) >= 4
    assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []
    assert tab.get_by_role("button", name="Unsubscribe").count() == (state == "confirm")
    for button in tab.locator("button").all():
        box = button.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44


def test_zooming_to_four_times_the_size_loses_nothing(tab):
    tab.set_viewport_size({"width": 320, "height": 256})
    tab.set_content(unsubscribe_page("confirm", folder=assets.folder("reports")))
    tab.add_style_tag(content="html { font-size: 200%; }")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
