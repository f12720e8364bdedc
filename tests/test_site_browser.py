"""The site in a real Chromium, opened from a disk: finding, filtering, lighting up words; nothing executed, nothing fetched."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator import assets, claim_evidence
from aggregator.citation import PubDate
from aggregator.claims import Claim
from aggregator.dates import week_period
from aggregator.render.site import site
from aggregator.report import IssueEntry, compose
from aggregator.scheduler import parse_rule
from tests.studies import NOW, TOPICS, change, result, retracted, search, searches, study

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    lower = result("CAPS-5 was 11.9 points lower (7 to 16.6).", scale="CAPS-5", estimate=11.9, ci=(7.0, 16.6))
    studies = [
        study("90000001", title="Ketamine for post-traumatic stress", authors=("García-Oak M",), results=[lower], direction="favours-ketamine", scales=("CAPS-5",), n=30, entered=date(2026, 11, 17)),
        study("90000002", title="Esketamine in posttraumatic distress", design="cohort", drugs=("esketamine",), routes=("intranasal",), comparators=(), n=158, topics=("depression", "ptsd"), entered=date(2026, 11, 16)),
        study("90000003", title="Another temporal view of traumatic events post surgery", design="meta-analysis", sessions=3, announced=("2026-W47", NOW), changes=[change("90000003", "corrected", after="J Invent Stud. 2026;2:1 (PMID 90000001)", seen=NOW - timedelta(days=2))], studies_included=9, n=None, topics=("depression",), conditions=("depression",), entered=date(2026, 11, 15)),
        study("90000005", title="Anaesthesia with ketamine", bucket="perioperative", bucket_reason="given for an operation", topics=("depression",)),
        retracted("90000006", title="Withdrawn", topics=("ptsd",), published=PubDate(2020)),
        study("90000007", title="=HYPERLINK(1) " + HOSTILE, conclusion=HOSTILE, authors=(HOSTILE,), journal=HOSTILE, topics=("social-anxiety",), conditions=("social-anxiety",)),
        *(study(str(90000100 + number), title=f"Filler number {number}", topics=("psychotherapy",), conditions=("pain",), entered=date(2020, 1, 1), published=PubDate(2020)) for number in range(70)),
    ]  # fmt: skip
    into = tmp_path_factory.mktemp("report") / "a site"
    week = IssueEntry(label="2026-W47", period=week_period("2026-W47", ZoneInfo("UTC")), new=1, shown=("90000003",))
    claim = Claim(
        id="stress", short="Zebra", says="Something invented.", query="x[tiab]", topics=("ptsd", "depression")
    )
    report = compose(
        studies=studies,
        topics=TOPICS,
        searches=[*searches(), *(search("ptsd", started=NOW - timedelta(days=days)) for days in (6, 5, 4))],
        issues=[week],
        now=NOW,
        version="0",
        due=parse_rule("daily 05:30"),
        claims=claim_evidence.compose([claim], {"stress": {one.pmid for one in studies}}, studies),
    )
    site(report, into=into, folder=assets.folder("reports"))
    return into


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all tests: opening one costs more than most of them."""
    opened = browser.new_page()
    opened.troubles = []
    opened.on(
        "console",
        lambda message: opened.troubles.append(message.text) if message.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: opened.troubles.append(str(error)))
    opened.on("request", lambda request: opened.troubles.append(request.url))
    return opened


@pytest.fixture
def page(tab, folder):
    """The tab, fresh; an error, a warning or a request for anything outside the folder fails the test at its end."""
    tab.troubles.clear()
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.show = lambda address: (tab.goto("about:blank"), tab.goto(f"{folder.as_uri()}/{address}"))
    yield tab
    assert tab.title() != "run"
    own = (f"{folder.as_uri()}/", "about:blank", "blob:")
    assert [trouble for trouble in tab.troubles if not trouble.startswith(own)] == []


def index(page, fragment: str = ""):
    page.show(f"index.html{fragment}")
    page.wait_for_selector("html[data-loaded=all]")
    return page


def found(page) -> list[str]:
    return [row.split()[-1] for row in page.locator("#results .meta .number").all_inner_texts()]


def facet(page, name: str, label: str):
    page.locator(f"details.facet:has(summary:text-is('{name}'))").evaluate("facet => { facet.open = true; }")
    return page.locator(f"details.facet:has(summary:text-is('{name}')) label:has(.name:text-is('{label}'))")


def count(page, name: str, label: str) -> int:
    return int(facet(page, name, label).locator(".tally").inner_text())


@pytest.mark.parametrize(
    ("words", "pmids"),
    [
        pytest.param("post-traumatic", ["90000001", "90000002", "90000003"], id="a hyphen is also none, and a space"),
        pytest.param("post-surgery", ["90000003"], id="a hyphen where the text has a space"),
        pytest.param("S-ketamine cohort", ["90000002"], id="a letter and a hyphen belong to their word"),
        pytest.param("0.5 mg/kg garcia", ["90000001"], id="a dose with its unit"),
        pytest.param("0.5mg/kg garcia", ["90000001"], id="and without a space between"),
        pytest.param("0.25 mg/kg", [], id="another dose"),
        pytest.param("randomized garcia", ["90000001"], id="the spelling of either side of the Atlantic"),
        pytest.param("3 sessions traumatic", ["90000003"], id="the number of sessions"),
        pytest.param("posttraumatic", ["90000001", "90000002"], id="one word finds the hyphenated"),
        pytest.param("post traumatic", ["90000001", "90000002", "90000003"], id="two words find both, in any order"),
        pytest.param("garcia oak", ["90000001"], id="an accent is forgiven"),
        pytest.param("GARCÍA-OAK", ["90000001"], id="and so is its presence"),
        pytest.param("90000003", ["90000003"], id="a PMID"),
        pytest.param("intranasal cohort", ["90000002"], id="extracted terms"),
        pytest.param("oral", [], id="a short word matches where words begin: not behavioral, not temporal"),
        pytest.param("withdrawn", ["90000006"], id="a retracted study can be found"),
    ],
)
def test_typing_finds_studies(page, words, pmids):
    index(page).fill("#q", words)
    page.wait_for_function(
        "text => document.getElementById('count').textContent === text",
        arg=f"{len(pmids)} {'study' if len(pmids) == 1 else 'studies'}",
    )
    assert sorted(found(page)) == pmids


def test_facet_counts_say_what_each_choice_would_show(page):
    index(page)
    assert count(page, "Topic", "PTSD") == 3
    assert count(page, "Design", "Cohort study") == 1
    facet(page, "Topic", "PTSD").click()
    assert count(page, "Design", "Meta-analysis") == 0
    assert count(page, "Design", "Randomised trial") == 2
    assert count(page, "Topic", "With psychotherapy") == 70  # within a facet values add up
    facet(page, "Design", "Cohort study").click()
    assert found(page) == ["90000002"]
    assert count(page, "Topic", "Depression") == 1


def test_a_filter_that_an_address_chooses_is_seen_open(page):
    index(page, "#scale=CAPS-5")
    assert page.locator("details.facet:has(summary:text-is('Scale'))").evaluate("facet => facet.open")


def test_the_address_holds_the_view_and_restores_it(page):
    index(page)
    facet(page, "Topic", "Depression").click()
    page.fill("#q", "esketamine")
    page.select_option("#sort", "size")
    page.wait_for_function("() => location.hash.includes('q=')")
    address = page.evaluate("location.hash")
    assert address == "#q=esketamine&topic=depression&sort=size"
    index(page, address)
    assert found(page) == ["90000002"]
    assert page.input_value("#q") == "esketamine"
    assert page.input_value("#sort") == "size"
    assert facet(page, "Topic", "Depression").locator("input").is_checked()
    assert page.locator("#chosen button").all_inner_texts() == ["Topic: Depression ×"]


def test_a_number_of_the_evidence_map_leads_to_its_studies(page):
    index(page)
    page.locator(".chart-map a", has_text="Depression, Meta-analysis: 1").click()
    page.wait_for_selector("html.asking")
    assert found(page) == ["90000003"]


def test_a_number_beside_a_claim_leads_to_its_studies_and_no_filter_or_search_shows_claims(page):
    page.show("claims.html")
    page.locator("#content dd a", has_text="1").first.click()
    page.wait_for_selector("html.asking")
    assert page.evaluate("location.hash") == "#claim=stress.trials"
    assert found(page) == ["90000001"]
    assert page.locator("#chosen button").all_inner_texts() == ["Claim: Zebra: Randomised trials ×"]
    assert not page.locator("#facets summary", has_text="Claim").is_visible()
    with page.expect_download() as saved:
        page.click("#csv")
    assert "Claim" not in saved.value.path().read_text(encoding="utf-8-sig").splitlines()[0]
    page.click("#clear")
    page.fill("#q", "zebra")
    page.wait_for_function("() => document.getElementById('count').textContent === '0 studies'")


def test_a_reported_estimate_leads_to_its_study_by_keyboard(page):
    page.show("estimates/ptsd.html")
    page.locator(".chart a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/90000001.html")


def test_clear_all_brings_everything_back(page):
    index(page, "#topic=depression&q=esketamine&aside=1").click("#clear")
    assert page.inner_text("#count") == "75 studies"
    assert page.evaluate("location.hash") == ""
    assert not page.is_visible("#clear")


def test_studies_set_aside_are_out_of_the_way_and_one_click_away(page):
    index(page, "#q=anaesthesia")
    assert found(page) == []
    page.locator("#empty button", has_text="1 study with those set aside").click()
    assert found(page) == ["90000005"]
    assert "Set aside: given for an operation" in page.inner_text("#results")


def test_choosing_a_kind_that_is_set_aside_shows_it(page):
    index(page)
    assert count(page, "Kind", "Perioperative use") == 1
    facet(page, "Kind", "Perioperative use").click()
    assert found(page) == ["90000005"]


def test_the_empty_view_says_what_to_loosen(page):
    index(page, "#design=meta-analysis&topic=ptsd")
    ways = page.locator("#empty button").all_inner_texts()
    assert sorted(ways) == ["1 study whatever the topic", "3 studies whatever the design"]
    page.locator("#empty button", has_text="whatever the topic").click()
    assert found(page) == ["90000003"]


def test_sorting_by_size_and_by_design(page):
    index(page, "#topic=ptsd,depression&sort=size")
    assert found(page)[0] == "90000002"
    page.select_option("#sort", "design")
    assert found(page)[0] == "90000003"


def test_a_long_list_opens_fifty_at_a_time(page):
    index(page, "#q=filler")
    assert len(found(page)) == 50
    page.click("#more")
    assert len(found(page)) == 70
    assert not page.is_visible("#more")
    assert page.evaluate("document.activeElement.textContent").startswith("Filler number")


def test_a_retracted_study_is_marked_in_the_list_and_shows_no_conclusion(page):
    index(page, "#q=withdrawn")
    shown = page.inner_text("#results")
    assert shown.startswith("RETRACTED: Withdrawn")
    assert "Results are not shown." in shown
    assert "Authors conclude" not in shown


def test_hostile_text_stays_text_and_is_harmless_in_a_spreadsheet(page):
    index(page, "#topic=social-anxiety")
    assert HOSTILE in page.inner_text("#results h3")
    assert page.locator("#results img").count() == 0
    with page.expect_download() as saved:
        page.click("#csv")
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text(encoding="utf-8-sig"), newline="")))
    assert [row["PMID"] for row in rows] == ["90000007"]
    assert rows[0]["Title"] == "'=HYPERLINK(1) " + HOSTILE
    page.show("studies/90000007.html")
    assert HOSTILE in page.inner_text("h1")


def test_the_view_is_saved_as_ris(page):
    index(page, "#q=90000001")
    with page.expect_download() as saved:
        page.click("#ris")
    text = saved.value.path().read_bytes().decode()
    assert text.startswith("TY  - JOUR\r\nAU  - García-Oak, M\r\nTI  - Ketamine for post-traumatic stress\r\n")
    assert text.rstrip().endswith("ER  -")


def test_pointing_at_a_fact_lights_its_words_and_the_other_way_round(page):
    page.show("studies/90000001.html")
    page.locator("a.value", has_text="0.5 mg/kg").hover()
    assert page.locator("mark.lit").all_inner_texts() == ["0.5 mg/kg"]
    page.locator("mark a", has_text="midazolam").hover()
    assert page.locator("a.value.lit").all_inner_texts() == ["Midazolam"]
    page.locator("a.value", has_text="Intravenous").focus()
    assert "intravenous" in page.locator("mark.lit").all_inner_texts()


def test_the_page_of_a_study_says_how_far_the_searches_went(page, browser, folder):
    page.show("studies/90000001.html")
    assert page.locator(".through").inner_text() == "Data through 23 Nov 2026"
    assert page.locator(".incomplete").is_hidden()
    assert "Built 23 Nov 2026" in page.locator("footer").inner_text()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{folder.as_uri()}/studies/90000001.html")
    plain.get_by_role("link", name="How current this is").click()
    assert plain.locator("#searches").is_visible()
    plain.context.close()


def test_the_page_of_a_study_says_which_searches_are_incomplete(browser, tmp_path):
    report = compose(
        studies=[study("90000001")], topics=TOPICS, searches=searches(incomplete=["depression"]), now=NOW, version="0"
    )
    site(report, into=tmp_path / "site", folder=assets.folder("reports"))
    opened = browser.new_page()
    said = []
    for address in ("index.html", "studies/90000001.html"):
        opened.goto(f"{(tmp_path / 'site').as_uri()}/{address}")
        said.append(opened.locator(".incomplete").inner_text())
    opened.close()
    assert said[0] == said[1]
    assert said[0].startswith("Incomplete searches: Depression (")


def test_without_javascript_facts_still_lead_to_their_words_and_lists_are_there(browser, folder):
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{folder.as_uri()}/index.html")
    assert plain.locator("noscript, noscript *").first.is_visible()
    assert not plain.locator("#q").is_visible()
    plain.goto(f"{folder.as_uri()}/topics/ptsd.html")
    assert plain.locator("ol.studies > li").count() == 3
    plain.goto(f"{folder.as_uri()}/studies/90000001.html")
    plain.locator("a.value", has_text="0.5 mg/kg").click()
    assert plain.locator("mark:target").inner_text() == "0.5 mg/kg"
    plain.context.close()


@pytest.mark.parametrize(
    "address",
    [
        "index.html",
        "index.html#topic=ptsd",
        "topics/ptsd.html",
        "studies/90000001.html",
        "studies/90000007.html",
        "methods.html",
        "claims.html",
        "estimates.html",
        "estimates/ptsd.html",
        "years/2026.html",
        "weeks/index.html",
        "weeks/2026-W47.html",
        "searches.html",
    ],
)
def test_no_page_scrolls_sideways_at_320_pixels(page, address):
    page.set_viewport_size({"width": 320, "height": 800})
    page.show(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    "address",
    [
        "index.html",
        "topics/ptsd.html",
        "studies/90000001.html",
        "methods.html",
        "weeks/index.html",
        "weeks/2026-W47.html",
        "searches.html",
        "claims.html",
        "estimates.html",
    ],
)
def test_targets_are_large_enough_to_hit(page, address):
    """WCAG 2.2, 2.5.8: 24 by 24 px, but for links within sentences."""
    page.show(address)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, input, summary, nav a, .study h3 a, .card dl a, .sources a, .tallies a, .issues .when, .turn a, .study h4 a, .feed a, .claim td a, .claim dd a, .glance a, .forest .chart a')]
            .filter((element) => element.checkVisibility() && !element.closest('q'))
            .map((element) => (element.closest('label') || element))
            .filter((element) => { const box = element.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
            .map((element) => `${element.tagName} ${element.textContent.slice(0, 40)} ${element.getBoundingClientRect().width}x${element.getBoundingClientRect().height}`)"""
    )
    assert small == []


def test_without_javascript_a_week_and_the_calendar_can_be_read_to_their_ends(browser, folder):
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{folder.as_uri()}/index.html")
    plain.locator(".weeks a").first.click()
    assert plain.inner_text("h1") == "Week of 16–22 Nov 2026"
    plain.locator("caption a", has_text="calendar of searches").click()
    assert plain.inner_text("h1") == "Calendar of searches"
    plain.locator("summary", has_text="as a table").click()
    assert plain.locator(".twin tbody tr").count() == 7
    plain.context.close()


def test_a_day_says_how_its_searches_went_without_colour(page):
    page.show("searches.html")
    shown = page.locator(".sheet td").all_inner_texts()
    assert "17 ● 1/1" in [" ".join(text.split()) for text in shown]
    assert "20 –! 0/1" in [" ".join(text.split()) for text in shown]
    assert page.locator(".gaps tbody tr").count() == 1
