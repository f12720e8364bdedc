"""The archive of weeks: what each digest announced and showed, what changed, how its searches went; values and pages."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import html5lib
import pytest

from aggregator import assets
from aggregator.archive import told_today, weeks
from aggregator.citation import Notice
from aggregator.dates import week_period
from aggregator.digest import Preferences, edition_of
from aggregator.digest import compose as compose_digest
from aggregator.edition import Edition, Group, Piece, Row, Section
from aggregator.render import weeks as pages_module
from aggregator.render.site import site
from aggregator.report import IssueEntry, compose
from aggregator.scheduler import parse_rule
from tests.studies import NOW, TOPICS, change, result, retracted, search, study

UTC_ZONE = ZoneInfo("UTC")
GOLDEN = Path(__file__).parent / "golden" / "weeks"
HOSTILE = "\"'><img src=x onerror=alert(1)></script><script>alert(2)</script>{{ 7*7 }}&amp;"


def issue(label: str, *, new: int = 0, shown=(), edition=None) -> IssueEntry:
    return IssueEntry(label=label, period=week_period(label, UTC_ZONE), new=new, shown=tuple(shown), edition=edition)


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


#: When the digest of this world's first week was written.
WRITTEN = moment(15, 18)


def edition(studies=(), *, changed=(), incomplete=(), **rest):
    """The general edition of 2026-W46 as it was written from these studies, as they stood then."""
    return edition_of(
        compose_digest(
            issue="2026-W46",
            period=week_period("2026-W46", UTC_ZONE),
            made=WRITTEN,
            studies=studies,
            changed=changed,
            searches=[search(topic.slug, started=WRITTEN, complete=topic.slug not in incomplete) for topic in TOPICS],
            topics=TOPICS,
            last_by_topic={},
            is_general=True,
            **rest,
        )
    )


LOWER = result("CAPS-5 was 11.9 points lower than with midazolam.", estimate=11.9, scale="CAPS-5")


def then():
    """Studies of a week as they stood before anything became of them: three cards and a line."""
    return [
        study("90000011", title="A trial that stands.", results=[LOWER], topics=("ptsd",)),
        study("90000012", title="A trial that will be withdrawn.", n=44, results=[LOWER], topics=("depression",)),
        study("90000013", title="A cohort that will be corrected.", design="cohort", topics=("depression", "ptsd")),
        study("90000014", title="A review in one line.", design="narrative-review", topics=("social-anxiety",)),
    ]


def told_page(folder, kept, studies, *, abstracts=True, name="2026-W46", **rest) -> Path:
    """The page of the week whose digest said this, when its studies stand like these."""
    shown = [issue("2026-W46", new=4, shown=kept.shown, edition=kept)]
    into = folder / "site"
    site(report_of(studies, issues=shown, **rest), into=into, folder=assets.folder("reports"), abstracts=abstracts)
    return into / "weeks" / f"{name}.html"


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


# ---- a digest in its own words, beside what became of its studies ----


def became(now, told=None):
    """(kinds since, whether its words are withheld) of the first study that the edition tells of."""
    kept = told or edition([study(results=[LOWER])])
    (first, *_) = [
        one for part in told_today(kept, {one.pmid: one for one in now}) for _, of in part.groups for one in of
    ]
    return [since.kind for since in first.since], first.is_withheld


CONCERN = Notice(ref_type="ExpressionOfConcernIn", source="J Invent Stud. 2026;3:1", pmid="90000097")
ERRATUM = Notice(ref_type="ErratumIn", source="J Invent Stud. 2026;3:2", pmid="90000096")


@pytest.mark.parametrize(
    ("now", "since", "is_withheld"),
    [
        pytest.param([study()], [], False, id="it stands as it stood"),
        pytest.param([retracted("90000001")], ["retracted"], True, id="retracted"),
        pytest.param([study(flags=("retracted",))], ["retracted"], True, id="retracted, as only the summary says"),
        pytest.param([replace(study(), deleted=moment(20))], ["deleted"], True, id="deleted"),
        pytest.param([replace(study(changes=[change("90000001", "merged", after="90000002", seen=moment(20))]), deleted=moment(20))], ["merged"], True, id="merged"),
        pytest.param([], ["gone"], True, id="held no longer"),
        pytest.param([study(notices=[CONCERN])], ["expression-of-concern"], False, id="a concern"),
        pytest.param([study(notices=[ERRATUM], changes=[change("90000001", "corrected", seen=moment(20))])], ["corrected"], False, id="a correction"),
        pytest.param([study(changes=[change("90000001", "published", seen=moment(20))])], ["published"], False, id="published after a preprint"),
        pytest.param([study(changes=[change("90000001", "indexed", seen=moment(20))])], [], False, id="indexed, which no reader needs to know"),
        pytest.param([study(changes=[change("90000001", "published", seen=moment(14))])], [], False, id="published before it was written"),
        pytest.param([retracted("90000001", notices=[CONCERN, Notice(ref_type="RetractionIn", source="x")])], ["retracted", "expression-of-concern"], True, id="the gravest first"),
    ],
)  # fmt: skip
def test_what_became_of_a_study_since_a_digest_told_of_it(now, since, is_withheld):
    assert became(now) == (since, is_withheld)


def test_what_a_digest_knew_already_is_not_since():
    assert became([study(notices=[ERRATUM])], edition([study(notices=[ERRATUM])])) == ([], False)
    again = study(notices=[ERRATUM, ERRATUM], changes=[change("90000001", "corrected", seen=moment(20))])
    assert became([again], edition([study(notices=[ERRATUM])])) == (["corrected"], False)


def test_a_change_of_status_is_told_without_results_and_stays_when_more_became_of_the_study():
    corrected = study(notices=[ERRATUM], entered=date(2020, 1, 1))
    kept = edition(changed=[(corrected, (change("90000001", "corrected", seen=moment(12)),))])
    assert became([retracted("90000001")], kept) == (["retracted"], False)
    assert became([], kept) == (["gone"], False)
    kept = edition([retracted("90000001")])
    assert became([retracted("90000001")], kept) == ([], False)


def test_a_week_whose_wording_was_not_kept_tells_nothing():
    newer, older = weeks(report_of(issues=[issue("2026-W46", edition=edition(then())), issue("2026-W47")]))
    assert newer.told == ()
    assert older.told_of == {"90000011", "90000012", "90000013", "90000014"}


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


def since_then():
    """The studies of `then` today, with what was new that week and not in the digest."""
    standing, _, corrected, line = then()
    return [
        standing,
        retracted("90000012", title="Retracted: A trial that will be withdrawn.", n=44, results=[LOWER], topics=("depression",), changes=[change("90000012", after="J Invent Stud. 2026;1:9 (PMID 90000098)", seen=moment(24))]),
        replace(corrected, citation=replace(corrected.citation, notices=(ERRATUM,)), changes=(change("90000013", "corrected", seen=moment(23)),)),
        line,
        study("90000015", title="A trial that the digest left to the report.", announced=announced("2026-W46")),
        replace(line, citation=replace(line.citation, pmid="90000016"), announced=announced("2026-W46")),
    ]  # fmt: skip


def test_the_page_has_the_digest_in_its_own_words_and_what_it_left_out(tmp_path):
    """As golden file: UPDATE_GOLDEN=1 writes it anew."""
    text = main_text(told_page(tmp_path, edition(then(), incomplete=["psychotherapy"]), since_then()))
    golden = GOLDEN / "told.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_of_a_study_retracted_since_no_word_of_the_digest_is_left_but_the_title(tmp_path):
    page = told_page(tmp_path, edition(then()), since_then())
    card = html5lib.parse(page.read_text(), namespaceHTMLElements=False).find(".//li[@id='d90000012']")
    text = re.sub(r"\s+", " ", "".join(card.itertext())).strip()
    assert text == (
        "RETRACTED: A trial that will be withdrawn. This study has been retracted since the digest was written."
        " What the digest said of it is not repeated here. Its page says more."
    )
    assert {link.get("href") for link in card.iter("a")} == {"../studies/90000012.html"}
    # Two cards reported that result, and one is left.
    assert page.read_text().count("CAPS-5 was 11.9 points lower") == 1
    assert "44 participants" not in page.read_text()


def test_a_study_that_is_gone_is_named_and_leads_nowhere(tmp_path):
    standing, *others = since_then()
    page = told_page(tmp_path, edition(then()), others)
    text = main_text(page)
    assert "A trial that stands.\nThe report no longer holds this study" in text
    assert standing.pmid not in {link.get("href") for link in html5lib.parse(page.read_text(), namespaceHTMLElements=False).iter("a")}  # fmt: skip
    assert "11.9" not in text


def test_other_reports_and_quiet_topics_say_that_a_study_they_name_is_retracted(tmp_path):
    first = study("90000011", title="A trial.", registrations=["NCT99900001"])
    second = study("90000012", design="secondary-analysis", title="Its second report.", registrations=["NCT99900001"])
    page = told_page(tmp_path, edition([first, second]), [first, retracted("90000012")])
    assert "Other report of this trial: PMID 90000012 (retracted) ." in main_text(page)


def test_a_quiet_week_says_so_in_its_own_words(tmp_path):
    text = main_text(told_page(tmp_path, edition(incomplete=["ptsd"]), []))
    assert "Not known\nWhether there is anything new is not known for:\nPTSD : the search of 15 Nov 2026" in text
    assert "Nothing new for the other 3 topics, 9–15 Nov 2026." in text


def test_the_wording_repeats_a_banner_only_where_the_site_has_another(tmp_path):
    kept = edition(then(), banner="All of it was invented.")
    assert "All of it was invented." in main_text(told_page(tmp_path, kept, then()))
    same = told_page(tmp_path, kept, then(), banner="All of it was invented.").read_text()
    assert same.count("All of it was invented.") == 1


def test_without_abstracts_a_quotation_is_cut_as_elsewhere(tmp_path):
    row = Row(label="Authors conclude", text="Invented words. " * 40, is_quote=True)
    kept = Edition(written=WRITTEN, sections=(Section(form="cards", groups=(Group(pieces=(Piece(pmid="90000011", heading="A trial", rows=(row,)),)),)),))  # fmt: skip
    whole = main_text(told_page(tmp_path, kept, then()))
    cut = main_text(told_page(tmp_path, kept, then(), abstracts=False))
    assert whole.count("Invented words.") == 40
    assert 15 <= cut.count("Invented words.") <= 20
    assert "… ”" in cut or "…”" in cut


def test_hostile_words_stay_words_in_the_archive(tmp_path):
    hostile = [
        study("90000011", title=HOSTILE, authors=(HOSTILE,), journal=HOSTILE, conclusion=HOSTILE, conditions=("other",)),
        study("90000012", title=HOSTILE, design="narrative-review", authors=(HOSTILE,), journal=HOSTILE),
        retracted("90000013", title=HOSTILE, notices=[Notice(ref_type="RetractionIn", source=HOSTILE, pmid="javascript:alert(1)", note=HOSTILE)]),
        study("90000014", title=HOSTILE, design="case-report", conditions=("other",)),
    ]  # fmt: skip
    kept = edition(hostile, banner=HOSTILE)
    text = told_page(tmp_path, kept, hostile[1:3]).read_text(encoding="utf-8")
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    assert not list(page.iter("img"))
    assert not [script for script in page.iter("script") if not script.get("src")]
    assert not [link for link in page.iter("a") if link.get("href", "").startswith("javascript")]
    digest = page.find(".//div[@class='told']")
    assert "".join(digest.itertext()).count(HOSTILE) >= 5


def test_however_long_a_digest_was_its_page_opens_at_once(tmp_path):
    many = [study(str(90001000 + n), title=f"Study {n}: {'words of a title ' * 8}", results=[LOWER]) for n in range(500)]  # fmt: skip
    kept = edition(many, preferences=Preferences(cards=500, lines=500, words=1_000_000))
    assert len(kept.shown) == 500
    assert told_page(tmp_path, kept, many).stat().st_size < 3_000_000


def test_headings_stand_in_order_and_ids_stand_once(tmp_path):
    kept = edition([*then(), retracted("90000019")], incomplete=["psychotherapy"])
    page = html5lib.parse(told_page(tmp_path, kept, since_then()).read_text(), namespaceHTMLElements=False)
    levels = [int(node.tag[1]) for node in page.iter() if re.fullmatch(r"h\d", str(node.tag))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    targets = {link.get("href")[1:] for link in page.iter("a") if link.get("href", "").startswith("#")}
    assert targets <= set(ids)


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
