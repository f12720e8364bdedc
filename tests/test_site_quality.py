"""Every kind of page for everybody: axe-core finds nothing, the keyboard suffices, print is clean, nothing hostile runs."""

from __future__ import annotations

from itertools import product
from urllib.parse import quote

import pytest

from aggregator import assets
from aggregator.formats import bibtex, ris
from aggregator.formats.vancouver import cite
from aggregator.render.site import site
from tests.studies import study
from tests.test_site import HOSTILE, library, report_of

pytestmark = pytest.mark.browser

SIZES = {"wide": 1280, "narrow": 320}
LOOKS = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "light", "forced_colors": "active"},
}
#: Views of the first page that have no file of their own.
VIEWS = ("index.html#q=ketamine&topic=ptsd&aside=1", "index.html#q=nothinghasthis", "index.html#bucket=perioperative")
#: Studies whose pages differ in kind: whole, of a review, retracted, without an abstract, a preprint with a concern, deleted, hostile.
STUDIES = tuple(f"studies/{pmid}.html" for pmid in ("90000001", "90000002", "90000003", "90000004", "90000006", "90000007", "90000666"))  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    into = tmp_path_factory.mktemp("report") / "site"
    site(report_of([*library(), *fillers()]), into=into, folder=assets.folder("reports"))
    return into


def fillers():
    return [study(str(90000100 + number), title=f"Filler {number}", topics=("psychotherapy",)) for number in range(60)]


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context.new_page()


@pytest.fixture
def page(tab, folder):
    """The tab, fresh and wide; `show` opens an address of the site and waits until all of it is there."""
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.emulate_media(media="screen", reduced_motion="no-preference", **LOOKS["light"])

    def show(address):
        tab.goto("about:blank")
        tab.goto(f"{folder.as_uri()}/{address}")
        if address.startswith("index.html"):
            tab.wait_for_selector("html[data-loaded=all]")

    tab.show = show
    return tab


def kinds(folder) -> list[str]:
    """The address of one page of every kind there is, a kind that was added yesterday too."""
    first_of_each = [
        next(iter(sorted(part.glob("*.html"))), None) for part in sorted(folder.iterdir()) if part.is_dir()
    ]
    files = [*sorted(folder.glob("*.html")), *filter(None, first_of_each), folder / "topics" / "depression.html"]
    return list(dict.fromkeys([*(str(file.relative_to(folder)) for file in files), *STUDIES, *VIEWS]))


# ---- axe-core -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "look"), list(product(SIZES, LOOKS)))
def test_axe_core_finds_nothing_on_any_kind_of_page(page, folder, size, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.set_viewport_size({"width": SIZES[size], "height": 900})
    page.emulate_media(**LOOKS[look])
    found = []
    for address in kinds(folder):
        page.show(address)
        # What is folded is looked at too.
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        answer = axe.run(page).response
        assert answer["passes"], address
        found += [
            (address, violation["id"], node["target"], node["failureSummary"][:300])
            for violation in answer["violations"]
            for node in violation["nodes"]
        ]
    assert found == []


# ---- the keyboard ---------------------------------------------------------------------------------------------------

FOCUSED = """() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return {
        name: element.id || element.className || element.tagName,
        text: element.textContent.trim().slice(0, 40),
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def tab_to(page, wanted: str, most: int = 120):
    """Presses Tab until the element that the selector names has the focus; each on the way shows that it has it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        held = page.evaluate(FOCUSED)
        assert held["outlined"], held
        assert held["visible"], held
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} is not reached within {most} steps")


def test_the_keyboard_alone_leads_from_the_search_through_a_filter_to_a_study_and_back(page):
    page.show("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    tab_to(page, "#q", most=3)
    page.keyboard.type("ketamine")
    page.wait_for_function("() => location.hash.includes('q=ketamine')")
    tab_to(page, "details.facet > summary")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.checked")
    assert "topic=" in page.evaluate("location.hash")
    tab_to(page, "#results h3 a")
    title = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/*.html")
    assert page.inner_text("h1") == title
    page.go_back()  # the browser's own key, which a browser without a window does not take
    page.wait_for_url("**/index.html#*")
    page.wait_for_selector("html[data-loaded=all]")
    assert page.input_value("#q") == "ketamine"
    assert page.locator("#facets input:checked").count() == 1


def test_the_keyboard_is_caught_nowhere_every_page_is_left_at_its_end(page, folder):
    for address in kinds(folder):
        page.show(address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", address
        stops = page.evaluate(
            "[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')].filter((element) => element.checkVisibility() && !element.disabled).length"
        )
        # Behind the last stop comes the browser's own, or without a window the first one again.
        for _ in range(stops + 2):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body || document.activeElement.className === 'skip'"):
                break
        else:
            raise AssertionError((address, page.evaluate(FOCUSED)))


# ---- what is announced ----------------------------------------------------------------------------------------------


def test_the_count_is_announced_once_the_typing_pauses_and_the_visible_one_at_once(page):
    page.show("index.html")
    told = page.locator("#told")
    assert told.get_attribute("role") == "status"
    page.fill("#q", "filler")
    page.wait_for_function("() => document.getElementById('count').textContent === '60 studies'")
    page.wait_for_function("() => document.getElementById('told').textContent === '60 studies'")
    page.fill("#q", "nothinghasthis")
    page.wait_for_function("() => document.getElementById('told').textContent.includes('loosen')")


# ---- print and motion -----------------------------------------------------------------------------------------------


def test_a_printed_study_has_its_facts_its_abstract_and_its_addresses_and_no_controls(page):
    page.show("studies/90000001.html")
    page.emulate_media(media="print", **LOOKS["dark"])
    printed = page.inner_text("main")
    for words in (
        "Participants",
        "0.5 mg/kg",
        "not stated in the abstract",
        "This randomised trial is invented.",
        "Cite as:",
    ):
        assert words in printed, words
    for control in (".skip", ".top nav", "#copy", ".crumbs", ".hint"):
        assert not page.locator(control).first.is_visible(), control
    after = "element => getComputedStyle(element, '::after').content"
    assert "https://doi.org/10.5555/invented.1" in page.locator(".sources a", has_text="DOI").evaluate(after)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_a_printed_list_has_its_studies_and_no_controls(page):
    page.show("index.html#q=ketamine")
    page.emulate_media(media="print", **LOOKS["light"])
    assert page.locator("#results h3").first.is_visible()
    assert page.locator("#count").is_visible()
    for control in page.locator("button, input, select").all():
        assert not control.is_visible(), control.evaluate("element => element.outerHTML")


def test_nothing_moves_for_whoever_wants_no_motion(page, folder):
    page.emulate_media(reduced_motion="reduce")
    for address in kinds(folder):
        page.show(address)
        moving = page.evaluate(
            """() => [...document.querySelectorAll('*')].map((element) => getComputedStyle(element))
                .filter((style) => style.transitionDuration !== '0s' || style.animationName !== 'none' || style.scrollBehavior === 'smooth').length"""
        )
        assert moving == 0, address


# ---- hostile text ---------------------------------------------------------------------------------------------------


def test_hostile_text_runs_on_no_kind_of_page_and_out_of_no_address(page, folder):
    ran, refused = [], []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    evil = quote(HOSTILE)
    addresses = [
        *kinds(folder),
        *(f"index.html#{key}={evil}" for key in ("q", "topic", "design", "year", "flag", "sort", "aside")),
        f"index.html#{evil}",
        "index.html#q=%E0%A4%A&topic=__proto__,constructor",
        "index.html#__proto__=1&constructor=2",
        f"studies/90000666.html#{evil}",
        f"topics/ptsd.html#{evil}",
    ]
    for address in addresses:
        page.show(address)
        assert page.locator("img").count() == 0, address
        assert page.locator("[onerror], [onclick], [onload]").count() == 0, address
    page.show("index.html#q=alert")
    page.locator("#results .copy").first.click()
    page.wait_for_function("() => document.getElementById('told').textContent === 'Citation copied.'")
    assert (ran, refused) == ([], [])


# ---- references -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "written"),
    [
        pytest.param("#ris", lambda studies: ris.write(studies, abstracts=False), id="RIS"),
        pytest.param("#bibtex", bibtex.write, id="BibTeX"),
    ],
)
def test_the_view_is_saved_as_the_exports_write_the_same_studies(page, button, written):
    page.show("index.html#topic=ptsd,depression&aside=1")
    with page.expect_download() as saved:
        page.click(button)
    shown = [row.split()[-1] for row in page.locator("#results .meta .number").all_inner_texts()]
    by_pmid = {one.pmid: one for one in library()}
    assert len(shown) > 4
    assert saved.value.path().read_bytes().decode() == written([by_pmid[pmid] for pmid in shown])


@pytest.mark.parametrize("address", ["index.html#q=90000001", "studies/90000001.html"])
def test_a_citation_is_copied_from_a_list_and_from_a_studys_page(page, address):
    page.show(address)
    page.locator("#results .copy, #copy").first.click()
    page.wait_for_function("() => document.getElementById('told').textContent === 'Citation copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == cite(library()[0].citation)


def test_where_the_browser_refuses_to_copy_the_citation_is_selected_and_that_is_said(page):
    page.show("studies/90000001.html")
    page.evaluate(
        """() => {
            Object.defineProperty(navigator, 'clipboard', { value: undefined });
            document.execCommand = () => false;
        }"""
    )
    page.click("#copy")
    page.wait_for_selector(".by-hand")
    assert "refused to copy" in page.inner_text("#told")
    assert page.evaluate("getSelection().toString() || document.activeElement.value") == cite(library()[0].citation)


def test_where_only_the_older_way_of_copying_works_it_is_taken(page):
    page.show("index.html#q=90000001")
    page.evaluate("() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }); }")
    page.locator("#results .copy").click()
    page.wait_for_function("() => document.getElementById('told').textContent === 'Citation copied.'")
    assert page.evaluate("document.activeElement.className") == "copy"
