"""The letter in a real Chromium: narrow and wide, light and dark, with and without its style element."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.studies import study
from tests.test_letter import FOLDER, HOSTILE, REPORT, WEEKS, compose_week, letter, letter_of, week

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
#: Ratio of contrast and words for every piece of text that falls short (WCAG 2.2, 1.4.3).
FAINT = """() => {
  const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const isSeen = ([red, green, blue, alpha = 1]) => alpha > 0;
  const ground = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parts(getComputedStyle(each).backgroundColor);
      if (isSeen(colour)) return colour;
    }
    return [255, 255, 255];
  };
  const light = colour => colour.slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  let seen = 0;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const words = texts.currentNode.textContent.trim();
    if (!words || !element.checkVisibility()) continue;
    seen += 1;
    const [one, other] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${words.slice(0, 40)}`);
  }
  return seen ? faint : ['nothing is seen'];
}"""
#: Links that stand alone and are lower than a finger needs (WCAG 2.2, 2.5.8, which spares links in sentences).
LOW = """() => [...document.querySelectorAll('a')]
  .filter(link => ![...link.parentElement.childNodes].some(each => each.nodeType === 3 && /\\S/.test(each.textContent)))
  .map(link => [link.getBoundingClientRect().height, link.textContent])
  .filter(([height]) => height < 24)"""
WIDTH = "() => document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def tab(browser):
    """One tab that asks for nothing: whatever a letter wants to fetch or run is refused and remembered."""
    opened = browser.new_page()
    opened.troubles = []
    opened.route("**", lambda route: (opened.troubles.append(route.request.url), route.abort()))
    opened.on("console", lambda message: opened.troubles.append(message.text))
    return opened


@pytest.fixture
def page(tab):
    tab.troubles.clear()
    yield tab
    assert tab.troubles == []


@cache
def hostile_letter() -> str:
    """Every hostile title in a letter, as cards and lines."""
    titles = [title for title in HOSTILE.values() if "\ud800" not in title]
    studies = [
        study(str(90003000 + number), title=title, authors=(f"{title[:60]} X",), journal=title[:80], conclusion=title)
        for number, title in enumerate(titles)
    ]
    return letter(compose_week(studies), folder=FOLDER, report_url=REPORT).html


@cache
def personal_letter() -> str:
    """One reader's, with a long way out and the sender's address."""
    drawn = letter(
        week("full"), folder=FOLDER, report_url=REPORT, is_personal=True, postal_address="Invented Clinic, 1 Elm Street"
    )
    return drawn.for_reader(f"https://intranet.example/unsubscribe/{'t' * 200}").html


OF_THEIR_OWN = {"hostile": hostile_letter, "personal": personal_letter}
LETTERS = (*WEEKS, *OF_THEIR_OWN)


def shown(page, name: str, width: int, scheme: str = "light", *, styled: bool = True) -> None:
    html = OF_THEIR_OWN[name]() if name in OF_THEIR_OWN else letter_of(name).html
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.set_content(html if styled else re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [320, 360, 600])
@pytest.mark.parametrize("name", LETTERS)
def test_no_letter_scrolls_sideways(page, name, width, scheme):
    shown(page, name, width, scheme)
    assert page.evaluate(WIDTH) <= width


@pytest.mark.parametrize("name", LETTERS)
def test_no_letter_scrolls_sideways_on_a_phone_that_drops_the_style_element(page, name):
    """Gmail's web page on a phone, and its app with other providers' accounts."""
    shown(page, name, 360, styled=False)
    assert page.evaluate(WIDTH) <= 360


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", LETTERS)
def test_every_word_stands_out_from_its_ground(page, name, scheme):
    shown(page, name, 600, scheme)
    assert page.evaluate(FAINT) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_light_and_dark_are_what_they_say(page, scheme):
    shown(page, "full", 600, scheme)
    ground = page.evaluate("() => getComputedStyle(document.querySelector('.page')).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 25, 31)"}[scheme]


@pytest.mark.parametrize("width", [360, 600])
@pytest.mark.parametrize("name", LETTERS)
def test_links_that_stand_alone_have_room_for_a_finger(page, name, width):
    shown(page, name, width)
    assert page.evaluate(LOW) == []


@pytest.mark.parametrize("name", LETTERS)
def test_the_preheader_is_not_seen(page, name):
    shown(page, name, 600)
    assert not page.locator(".preheader").is_visible()


def test_facts_stand_beside_their_labels_where_there_is_room_and_below_where_there_is_none(page):
    def places():
        boxes = [page.locator(f".facts {cell}").first.bounding_box() for cell in ("th", "td")]
        return [(box["x"], box["y"]) for box in boxes]

    shown(page, "full", 600)
    (label_x, label_y), (fact_x, fact_y) = places()
    assert fact_x > label_x
    assert fact_y == label_y
    shown(page, "full", 360)
    (label_x, label_y), (fact_x, fact_y) = places()
    assert fact_x == label_x
    assert fact_y > label_y
