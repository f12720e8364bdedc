"""The feeds: what is in them, and that they are valid Atom (RFC 4287) and JSON Feed 1.1 whatever a title contains.

UPDATE_GOLDEN=1 writes the golden files anew; look at the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.citation import Notice
from aggregator.formats.feeds import Entry, Feed, atom, identifier, json_feed
from aggregator.render.catalogue import line
from aggregator.render.syndication import MOST_ENTRIES, files
from aggregator.report import compose
from tests.studies import NOW, TOPICS, change, result, retracted, searches, study

HERE = Path(__file__).parent
GRAMMAR = etree.RelaxNG(etree.parse(HERE / "fixtures" / "atom.rng"))
SAFE = etree.XMLParser(resolve_entities=False, no_network=True)
A = "{http://www.w3.org/2005/Atom}"

HOSTILE = '\x00\x1b[31m<b onclick="x">&amp;</title>]]><script>alert(1)</script>\ud800\ufffe\uffff\u202e\u2028\nEnd'
WITHDRAWN = "scores fell by 23 points"
ISSUE = ("2026-W47", NOW - timedelta(hours=1))


def world():
    """One of each kind that a feed treats in its own way."""
    earlier = NOW - timedelta(days=3)
    return [
        study("90000001", title="An invented trial.", announced=ISSUE, first_seen=earlier, topics=("ptsd", "depression")),
        study("90000002", title="An invented correction.", announced=ISSUE, first_seen=earlier - timedelta(days=90), topics=("depression",), notices=(Notice(ref_type="ErratumIn", source="J Invent Stud. 2026;2:1", pmid="90000097"),), changes=[change("90000002", "corrected", after="J Invent Stud. 2026;2:1 (PMID 90000097)", seen=NOW)]),
        retracted("90000003", title="Retracted: An invented withdrawal.", announced=ISSUE, first_seen=earlier, results=[result(f"With ketamine {WITHDRAWN}.", estimate=23)], direction="favours-ketamine", conclusion=f"In sum, {WITHDRAWN}.", changes=[change("90000003", after="J Invent Stud. 2026;1:9 (PMID 90000098)"), change("90000003", "corrected", after="J Invent Stud. 2026;1:8", seen=earlier)]),
        study("90000004", bucket="perioperative", bucket_reason="given for an operation", announced=ISSUE, changes=[change("90000004", "corrected")]),
        study("90000005", title="Known for years.", entered=date(2020, 1, 1), first_seen=NOW - timedelta(days=400)),
        study("90000006", title="New since the last digest.", first_seen=NOW, topics=("social-anxiety",)),
    ]  # fmt: skip


def made(studies, **rest) -> dict[str, str]:
    given_ = {"topics": TOPICS, "searches": searches(), "now": NOW, "version": "0", **rest}
    report = compose(studies=studies, **given_)
    return dict(files(report, {one.pmid: line(one) for one in report.studies}))


def entries(text: str) -> list[dict]:
    return json.loads(text)["items"]


def titles(text: str) -> list[str]:
    return [entry["title"] for entry in entries(text)]


# ---- validity -------------------------------------------------------------------------------------------------------


def check_atom(text: str) -> None:
    """RFC 4287: the grammar, and the rules of section 4 that no grammar says."""
    root = etree.fromstring(text.encode(), SAFE)
    assert GRAMMAR.validate(root), GRAMMAR.error_log
    assert root.find(f"{A}author") is not None  # 4.1.1: or one in every entry
    for element in (root, *root.iter(f"{A}entry")):
        alternates = [
            (link.get("type"), link.get("hreflang")) for link in element.findall(f"{A}link[@rel='alternate']")
        ]
        assert len(alternates) == len(set(alternates)), "4.1.1: alternates of one type and language"
        assert element.tag == f"{A}feed" or alternates, "4.1.2: an entry without content has an alternate"
        assert urlsplit(element.findtext(f"{A}id")).scheme, "4.2.6: an absolute IRI"
        for link in element.findall(f"{A}link"):
            assert urlsplit(link.get("href")).scheme in ("http", "https")
    ids = [entry.findtext(f"{A}id") for entry in root.iter(f"{A}entry")]
    assert len(ids) == len(set(ids)), "4.1.1: two entries of one id must differ in atom:updated; these feeds have none"
    moments = [entry.findtext(f"{A}updated") for entry in root.iter(f"{A}entry")]
    assert not moments or root.findtext(f"{A}updated") == max(moments)


KNOWN = {
    "feed": {"version", "title", "home_page_url", "feed_url", "description", "authors", "language", "items"},
    "item": {"id", "url", "external_url", "title", "content_text", "date_published", "date_modified", "tags"},
}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def check_json(text: str) -> None:
    """https://www.jsonfeed.org/version/1.1/, the rules of its sections Top-level, Items and Authors."""
    feed = json.loads(text)
    assert feed.keys() <= KNOWN["feed"]
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert next(iter(feed)) == "version"
    assert feed["title"]
    assert all(author.get("name") for author in feed["authors"])
    assert re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", feed["language"])
    assert isinstance(feed["items"], list)
    ids = [item["id"] for item in feed["items"]]
    assert len(ids) == len(set(ids))
    for item in feed["items"]:
        assert item.keys() <= KNOWN["item"]
        assert isinstance(item["id"], str)
        assert isinstance(item["content_text"], str)
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert all(RFC_3339.fullmatch(item[name]) for name in ("date_published", "date_modified"))
    for address in [feed.get("home_page_url"), feed.get("feed_url"), *(item["url"] for item in feed["items"])]:
        assert address is None or urlsplit(address).scheme in ("http", "https")


CHECKS = {"atom": check_atom, "json": check_json}


@pytest.mark.parametrize(
    ("studies", "rest"),
    [
        pytest.param(world(), {}, id="one of each kind, served nowhere"),
        pytest.param(world(), {"url": "https://intranet.example/ketamine"}, id="served at an address"),
        pytest.param([], {}, id="no study"),
        pytest.param([], {"searches": ()}, id="nothing was ever searched"),
        pytest.param([study(title=HOSTILE, conclusion=HOSTILE, authors=(HOSTILE,), journal=HOSTILE, changes=[change("90000001", "corrected", before=HOSTILE, after=HOSTILE)])], {"banner": HOSTILE, "topics": [replace(TOPICS[0], short=HOSTILE)]}, id="hostile text everywhere"),
    ],
)  # fmt: skip
def test_every_feed_is_valid_in_both_formats(studies, rest):
    found = made(studies, **rest)
    topics = rest.get("topics", TOPICS)
    names = ["new", "changes", *(f"topic-{topic.slug}" for topic in topics)]
    assert set(found) == {f"feeds/{name}.{ending}" for name in names for ending in CHECKS}
    for name, text in found.items():
        CHECKS[name.rpartition(".")[2]](text)


@pytest.mark.parametrize(
    ("breach", "into"),
    [
        pytest.param("<updated>", "<updated>x", id="a date that is none"),
        pytest.param("  <id>", "  <id>x</id><id>", id="two ids"),
        pytest.param("<entry>", "<entry><item/>", id="an element that Atom does not have"),
        pytest.param('type="text"', 'type="markdown"', id="a type of text that Atom does not have"),
    ],
)
def test_the_grammar_refuses_what_is_not_atom(breach, into):
    text = made(world())["feeds/new.atom"]
    assert breach in text
    with pytest.raises(AssertionError):
        check_atom(text.replace(breach, into, 1))


@given(st.text(st.characters(), max_size=200))
def test_any_text_makes_a_valid_feed(text):
    entry = Entry(id=identifier("x"), title=text, url="https://pubmed.ncbi.nlm.nih.gov/90000001/", published=NOW, updated=NOW, text=text, topics=((("ptsd"), text),))  # fmt: skip
    feed = Feed(name="new", title="t", description=text, updated=NOW, entries=(entry,))
    check_atom(atom(feed))
    check_json(json_feed(feed))
    assert json.loads(json_feed(feed))["items"][0]["title"] == etree.fromstring(atom(feed).encode()).findtext(f"{A}entry/{A}title")  # fmt: skip


def test_hostile_text_stays_text():
    found = made([study(title=HOSTILE, conclusion=HOSTILE)])
    root = etree.fromstring(found["feeds/new.atom"].encode(), SAFE)
    shown = '[31m<b onclick="x">&amp;</title>]]><script>alert(1)</script> End'
    assert root.findtext(f"{A}entry/{A}title") == titles(found["feeds/new.json"])[0] == shown
    assert not list(root.iter(f"{A}script", "script"))


# ---- what is in them ------------------------------------------------------------------------------------------------


def test_new_is_what_a_digest_announced_or_the_first_page_calls_new_and_nothing_set_aside():
    assert titles(made(world())["feeds/new.json"]) == [
        "New since the last digest.",
        "RETRACTED: An invented withdrawal.",
        "An invented correction.",
        "An invented trial.",
    ]


def test_a_topic_has_its_own_studies_only():
    found = made(world())
    assert set(titles(found["feeds/topic-depression.json"])) == {"An invented trial.", "An invented correction."}
    assert titles(found["feeds/topic-psychotherapy.json"]) == []


def test_changes_of_status_stand_newest_first_and_begin_with_what_happened():
    assert titles(made(world())["feeds/changes.json"]) == [
        "RETRACTED: An invented withdrawal.",
        "Corrected: An invented correction.",
        "RETRACTED: Corrected: An invented withdrawal.",
    ]


def test_a_retracted_study_is_marked_and_shows_no_result_in_any_feed():
    for text in made(world()).values():
        assert WITHDRAWN not in text
    (entry,) = [e for e in entries(made(world())["feeds/new.json"]) if "withdrawal" in e["title"]]
    assert "Results are not shown." in entry["content_text"]
    assert "Authors conclude" not in entry["content_text"]


def test_a_quotation_is_short_and_no_abstract_is_in_a_feed():
    sentence = "Nothing can be said yet about the invented effect. "
    one = study(conclusion=sentence * 20)
    (entry,) = entries(made([one])["feeds/new.json"])
    quote = re.search("“(.*)”", entry["content_text"])[1]
    assert len(quote) <= 300
    assert one.citation.abstract[0].text not in entry["content_text"]


def test_links_lead_to_the_report_where_it_is_served_and_else_to_pubmed():
    (here,) = entries(made([study()], url="https://intranet.example/ketamine")["feeds/new.json"])
    (nowhere,) = entries(made([study()])["feeds/new.json"])
    assert here["url"] == "https://intranet.example/ketamine/studies/90000001.html"
    assert here["external_url"] == nowhere["url"] == "https://pubmed.ncbi.nlm.nih.gov/90000001/"
    assert "external_url" not in nowhere
    served = json.loads(made([], url="https://intranet.example/ketamine/")["feeds/topic-ptsd.json"])
    assert served["feed_url"] == "https://intranet.example/ketamine/feeds/topic-ptsd.json"
    assert served["home_page_url"] == "https://intranet.example/ketamine/topics/ptsd.html"


def test_an_id_stays_whatever_becomes_of_the_study_and_updated_tells_of_its_change():
    before = study("90000001", first_seen=NOW - timedelta(days=2))
    later = NOW + timedelta(days=1)
    after = replace(
        retracted("90000001", title="Another title."),
        first_seen=before.first_seen,
        announced=ISSUE,
        changes=(change("90000001", seen=later),),
    )
    (old,), (new,) = entries(made([before])["feeds/new.json"]), entries(made([after])["feeds/new.json"])
    assert old["id"] == new["id"] == identifier("https://pubmed.ncbi.nlm.nih.gov/90000001/")
    assert old["date_published"] == new["date_published"] == old["date_modified"] == "2026-11-21T11:00:00Z"
    assert new["date_modified"] == "2026-11-24T11:00:00Z"


def test_several_changes_of_one_study_have_ids_of_their_own():
    told = [change("90000001", "corrected", after=f"J Invent Stud. 2026;{n}") for n in range(3)]
    found = entries(made([study(changes=told)])["feeds/changes.json"])
    assert len({entry["id"] for entry in found}) == 3


def test_the_clock_is_in_no_feed_and_order_of_reading_does_not_matter():
    first = made(world(), url="https://intranet.example/")
    second = made(list(reversed(world())), url="https://intranet.example/")
    assert first == second
    moved = made(world(), url="https://intranet.example/", now=NOW + timedelta(hours=5))
    assert moved == first


@pytest.mark.parametrize(
    ("rest", "moment"),
    [
        pytest.param({}, "2026-11-23T11:00:00Z", id="the last search looked and found nothing"),
        pytest.param({"searches": ()}, "1970-01-01T00:00:00Z", id="nobody ever looked"),
    ],
)
def test_an_empty_feed_was_updated_when_it_was_last_looked_for(rest, moment):
    assert f"<updated>{moment}</updated>" in made([], **rest)["feeds/new.atom"]


def test_a_feed_has_a_hundred_entries_at_most_the_newest():
    many = [
        study(str(90000001 + n), announced=ISSUE, first_seen=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n))
        for n in range(MOST_ENTRIES + 20)
    ]
    many = [replace(one, announced=("2026-W01", one.first_seen)) for one in many]
    found = entries(made(many)["feeds/new.json"])
    assert len(found) == MOST_ENTRIES
    assert found[0]["url"].endswith(f"/{90000001 + MOST_ENTRIES + 19}/")


@pytest.mark.parametrize("name", ["new.atom", "new.json", "changes.atom"])
def test_feeds_as_they_are_read(name):
    """The golden files are what a reader's program gets."""
    text = made(world(), url="https://intranet.example/ketamine/")[f"feeds/{name}"]
    golden = HERE / "golden" / "feeds" / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
