"""The archive of weeks: what each digest announced and showed, what changed, how its searches went; values and pages."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import html5lib
import pytest

from aggregator import assets
from aggregator.archive import weeks
from aggregator.dates import week_period
from aggregator.render import weeks as pages_module
from aggregator.render.site import site
from aggregator.report import IssueEntry, compose
from aggregator.scheduler import parse_rule
from tests.studies import NOW, TOPICS, change, retracted, search, study

UTC_ZONE = ZoneInfo("UTC")
GOLDEN = Path(__file__).parent / "golden" / "weeks"
HOSTILE = "\"'><img src=x onerror=alert(1)></script><script>alert(2)</script>{{ 7*7 }}&amp;"


def issue(label: str, *, new: int = 0, shown=()) -> IssueEntry:
    return IssueEntry(label=label, period=week_period(label, UTC_ZONE), new=new, shown=tuple(shown))


def announced(label: str = "2026-W47"):
    return (label, week_period(label, UTC_ZONE).end)


def moment(day: int, hour: int = 6) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def world():
    """Two weeks with one of each kind that their pages treat in their own way."""
    return [
        study("90000001", title="A meta-analysis of nothing.", design="meta-analysis", n=None, studies_included=7, announced=announced(), topics=("depression", "ptsd")),
        study("90000002", title="A cohort of nobody.", design="cohort", announced=announced(), topics=("depression",)),
        retracted("90000003", title="A withdrawn trial.", announced=announced("2026-W46"), changes=[change("90000003", after="J Invent Stud. 2026;1:9 (PMID 90000098)", seen=moment(18))]),
        study("90000004", title="Given for an operation.", bucket="perioperative", bucket_reason="given for an operation", announced=announced()),
        study("90000005", title="An old trial.", entered=date(2020, 1, 1), changes=[change("90000005", "corrected", before="no correction", after="J Invent Stud. 2026;2:1", seen=moment(17)), change("90000005", "indexed", after="12 MeSH headings", seen=moment(17))]),
        replace(study("90000006", title="A deleted trial.", entered=date(2020, 1, 1), changes=[change("90000006", "merged", after="90000001", seen=moment(10))]), deleted=moment(10)),
    ]  # fmt: skip


def report_of(studies=None, **rest):
    asked = [search(topic.slug, started=moment(day)) for topic in TOPICS for day in (10, 17)]
    given = {
        "topics": TOPICS,
        "searches": [*asked, search("ptsd", complete=False, problem="PubMed did not answer", started=moment(18))],
        "issues": [issue("2026-W46", new=1), issue("2026-W47", new=4, shown=["90000002", "90000001", "90009999"])],
        "now": NOW,
        "version": "9.9",
        "due": parse_rule("daily 05:30"),
        **rest,
    }
    return compose(studies=world() if studies is None else studies, **given)


def pmids(studies) -> list[str]:
    return [one.pmid for one in studies]


def test_weeks_stand_newest_first_with_what_each_announced_by_design():
    newer, older = weeks(report_of())
    assert (newer.issue.label, older.issue.label) == ("2026-W47", "2026-W46")
    assert pmids(newer.announced) == ["90000001", "90000002"]
    assert dict(newer.designs) == {"meta-analysis": 1, "cohort": 1}
    assert [(group.bucket, pmids(group.studies)) for group in newer.set_aside] == [("perioperative", ["90000004"])]


def test_a_study_retracted_since_is_listed_and_counted_apart():
    older = weeks(report_of())[1]
    assert pmids(older.announced) == ["90000003"]
    assert (dict(older.designs), older.retracted) == ({}, 1)


def test_what_an_edition_showed_keeps_its_order_and_leaves_out_what_is_no_longer_held():
    assert pmids(weeks(report_of())[0].shown) == ["90000002", "90000001"]


def test_what_was_announced_and_is_gone_is_counted():
    assert [week.gone for week in weeks(report_of())] == [1, 0]


def test_changes_belong_to_the_week_in_which_they_were_seen_gravest_first():
    newer, older = weeks(report_of())
    assert [(entry.change.kind, entry.study.pmid) for entry in newer.status_changes] == [("retracted", "90000003"), ("corrected", "90000005")]  # fmt: skip
    assert dict(newer.other_changes) == {"indexed": 1}
    assert [entry.change.kind for entry in older.status_changes] == ["merged"]


@pytest.mark.parametrize(
    ("when", "label"),
    [
        pytest.param(datetime(2026, 11, 16, tzinfo=UTC), "2026-W47", id="the first instant belongs to a week"),
        pytest.param(datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC), "2026-W46", id="the last second too"),
        pytest.param(datetime(2026, 11, 23, tzinfo=UTC), None, id="its end does not"),
        pytest.param(datetime(2026, 11, 1, tzinfo=UTC), None, id="what came before the first week is in none"),
    ],
)
def test_a_moment_belongs_to_one_week_at_most(when, label):
    found = weeks(report_of([study(changes=[change("90000001", seen=when)])]))
    assert [week.issue.label for week in found if week.status_changes] == ([label] if label else [])


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        pytest.param([(17, True), (18, True)], "complete", id="all complete"),
        pytest.param([(17, False), (18, True)], "mended", id="mended within the week"),
        pytest.param([(17, True), (18, False)], "incomplete", id="left incomplete"),
        pytest.param([(10, True)], "not-searched", id="watched and not asked"),
    ],
)
def test_how_the_searches_of_a_topic_went(asked, outcome):
    made = [search("ptsd", complete=whole, started=moment(day)) for day, whole in asked]
    (topic,) = weeks(report_of([], searches=made, issues=[issue("2026-W47")]))[0].searches
    assert topic.outcome == outcome


@pytest.mark.parametrize(
    ("made", "slugs"),
    [
        pytest.param([search("ptsd", started=moment(24))], (), id="a topic first asked later was not watched"),
        pytest.param([search("retired", started=moment(10))], (), id="a topic of old was watched no more"),
        pytest.param([search("retired", started=moment(18))], ("retired",), id="a topic of old that was asked this week"),
    ],
)  # fmt: skip
def test_a_week_names_the_topics_that_were_watched_in_it(made, slugs):
    found = weeks(report_of([], searches=made, issues=[issue("2026-W47")]))[0]
    assert tuple(topic.slug for topic in found.searches) == slugs


# ---- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    into = tmp_path_factory.mktemp("report") / "site"
    site(report_of(), into=into, folder=assets.folder("reports"))
    return into


BLOCKS = re.compile(r"</?(?:p|li|h\d|tr|dt|dd|div|nav|ul|ol|section|summary|caption)\b[^>]*>")


def main_text(file) -> str:
    """The words of a page, a block a line."""
    main = re.search(r"<main.*</main>", file.read_text(encoding="utf-8"), re.DOTALL)[0].replace("\n", " ")
    rows = re.sub(r"<[^>]+>", " ", BLOCKS.sub("\n", main)).splitlines()
    words = [re.sub(r"\s+", " ", unescape(row)).strip() for row in rows]
    return "\n".join(filter(None, words)) + "\n"


@pytest.mark.parametrize("name", ["weeks/index", "weeks/2026-W47", "weeks/2026-W46", "searches"])
def test_pages_as_they_are_read(built, name):
    """The golden files hold the words of a page, a block a line. UPDATE_GOLDEN=1 writes them anew."""
    text = main_text(built / f"{name}.html")
    golden = GOLDEN / f"{Path(name).name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_week_leads_to_its_neighbours_its_studies_and_the_notices(built):
    page = html5lib.parse((built / "weeks" / "2026-W47.html").read_text(), namespaceHTMLElements=False)
    links = {link.get("href") for link in page.iter("a")}
    assert {
        "2026-W46.html",
        "index.html",
        "../studies/90000001.html",
        "../studies/90000004.html",
        "https://pubmed.ncbi.nlm.nih.gov/90000098/",
        "../searches.html",
    } <= links
    assert "2026-W48.html" not in links
    older = html5lib.parse((built / "weeks" / "2026-W46.html").read_text(), namespaceHTMLElements=False)
    assert {"2026-W47.html", "https://pubmed.ncbi.nlm.nih.gov/90000001/"} <= {a.get("href") for a in older.iter("a")}


def test_the_first_page_and_the_methods_lead_to_weeks_calendar_and_feeds(built):
    index, methods = (built / "index.html").read_text(), (built / "methods.html").read_text()
    assert 'href="weeks/2026-W47.html"' in index
    assert 'href="searches.html"' in methods
    for page in (index, methods):
        assert 'href="feeds/new.atom"' in page
        assert 'href="feeds/topic-ptsd.json"' in page


def test_no_address_of_a_person_is_in_the_archive(built):
    for file in (built / "weeks").iterdir():
        assert "@" not in file.read_text(encoding="utf-8"), file
        assert "mailto" not in file.read_text(encoding="utf-8"), file


def test_pages_name_their_feeds_for_programs(built):
    """https://www.rssboard.org/rss-autodiscovery: link rel=alternate with the feed's media type."""
    for name, wanted in (("index.html", 4), ("weeks/2026-W47.html", 4), ("topics/ptsd.html", 6)):
        page = html5lib.parse((built / name).read_text(encoding="utf-8"), namespaceHTMLElements=False)
        found = [link for link in page.iter("link") if link.get("rel") == "alternate"]
        assert len(found) == wanted, name
        assert {link.get("type") for link in found} == {"application/atom+xml", "application/feed+json"}
        assert all((built / name).parent.joinpath(link.get("href")).is_file() for link in found)


def test_hostile_text_stays_text_on_the_archives_pages(tmp_path):
    one = study(title=HOSTILE, authors=(HOSTILE,), journal=HOSTILE, announced=announced(), changes=[change("90000001", before=HOSTILE, after=HOSTILE, seen=moment(17))])  # fmt: skip
    aside = study("90000002", title=HOSTILE, bucket="off-topic", bucket_reason=HOSTILE, announced=announced())
    told = [search("ptsd", complete=False, problem=HOSTILE, started=moment(17)), search(HOSTILE, started=moment(17))]
    site(report_of([one, aside], searches=told, issues=[issue("2026-W47", shown=["90000001"])]), into=tmp_path / "site", folder=assets.folder("reports"))  # fmt: skip
    for name in ("weeks/2026-W47.html", "searches.html", "weeks/index.html"):
        text = (tmp_path / "site" / name).read_text(encoding="utf-8")
        page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        assert not list(page.iter("img")), name
        assert not [script for script in page.iter("script") if not script.get("src")], name
    assert HOSTILE in "".join(html5lib.parse((tmp_path / "site/weeks/2026-W47.html").read_text(), namespaceHTMLElements=False).itertext())  # fmt: skip


def test_without_a_digest_and_without_a_search_the_pages_say_so(tmp_path):
    site(report_of([], issues=[], searches=[]), into=tmp_path / "site", folder=assets.folder("reports"))
    assert "No digest has been made yet." in main_text(tmp_path / "site" / "weeks" / "index.html")
    assert "No search has been made yet." in main_text(tmp_path / "site" / "searches.html")


def test_a_week_with_thousands_of_new_studies_stays_a_page_that_opens(tmp_path, monkeypatch):
    monkeypatch.setattr(pages_module, "MOST_NEW", 3)
    monkeypatch.setattr(pages_module, "MOST_ASIDE", 2)
    many = [study(str(90000001 + n), announced=announced()) for n in range(5)]
    aside = [study(str(90000101 + n), announced=announced(), bucket="off-topic") for n in range(4)]
    site(
        report_of(many + aside, issues=[issue("2026-W47", new=9)]),
        into=tmp_path / "site",
        folder=assets.folder("reports"),
    )
    text = main_text(tmp_path / "site" / "weeks" / "2026-W47.html")
    assert "Here are the first 3 by design. All 5 are in the search" in text
    assert "And 2 more" in text
    assert text.count("An invented randomised trial") == 3 + 2


def test_a_period_that_begins_where_the_last_digest_ended_is_kept(tmp_path):
    """Digests do not begin at midnight: a change between Monday's midnight and its digest belongs to the older one."""
    first = week_period("2026-W46", UTC_ZONE)
    end = first.end + timedelta(hours=7)
    older = replace(issue("2026-W46"), period=replace(first, end=end))
    newer = replace(issue("2026-W47"), period=replace(week_period("2026-W47", UTC_ZONE), start=end))
    told = [change("90000001", seen=first.end + timedelta(hours=1))]
    found = weeks(report_of([study(changes=told)], issues=[older, newer]))
    assert [len(week.status_changes) for week in found] == [0, 1]
