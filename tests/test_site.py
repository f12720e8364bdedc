"""The site's files: whole, linked, valid, honest about what is missing, and deaf to hostile text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import assets, charts, claim_evidence
from aggregator.citation import AbstractSection, Citation, Grant, Notice, PubDate
from aggregator.claims import Claim
from aggregator.dates import week_period
from aggregator.errors import LooksError
from aggregator.render import site as site_module
from aggregator.render import study_page
from aggregator.render.catalogue import line
from aggregator.render.marks import parted, tied
from aggregator.render.pages import POLICY
from aggregator.render.reading import finding_words, read, registry_url, segments, shortened
from aggregator.render.site import site
from aggregator.report import IssueEntry, compose
from aggregator.study import Study
from aggregator.summary import Fact, Finding, Span, Summary
from aggregator.vocabulary import FLAGS
from tests.studies import NOW, TOPICS, change, result, retracted, searches, study

FOLDER = assets.folder("reports")
HOSTILE = "\"'><img src=x onerror=alert(1)></script><script>alert(2)</script>{{ 7*7 }}&amp;"
WITHDRAWN = "scores fell by 23 points"
CLAIM = Claim(id="ptsd", short=HOSTILE, says=HOSTILE, query="ketamine[tiab]", note=HOSTILE)


def library() -> list[Study]:
    """One of each kind that a page treats in its own way."""
    lower = result(
        "CAPS-5 was 11.9 points lower.",
        scale="CAPS-5",
        estimate=11.9,
        ci=(7, 16.6),
        ci_level=95,
        p="0.004",
        primary=True,
    )
    return [
        study("90000001", results=[lower], direction="favours-ketamine", scales=("CAPS-5",), harms=("dissociation",), infusion_time="40 min", definitions=("response meant half the score",), registrations=("NCT09990001",), doi="10.5555/invented.1", pmcid="PMC99000001", announced=("2026-W46", NOW)),
        study("90000002", design="meta-analysis", studies_included=7, registrations=("NCT09990001",), topics=("ptsd", "depression")),
        retracted("90000003", topics=("ptsd",), results=[result(f"With ketamine {WITHDRAWN}.", estimate=23)], direction="favours-ketamine", conclusion=f"In sum, {WITHDRAWN}.", changes=[change("90000003", after="J Invent Stud. 2026;1:9")]),
        study("90000004", has_abstract=False, published=PubDate(None), authors=()),
        study("90000005", bucket="perioperative", bucket_reason="given for an operation", topics=("depression",)),
        study("90000006", flags=("preprint", "pilot"), notices=(Notice(ref_type="ErratumIn", source="J Invent Stud. 2026;2:1", pmid="90000001"), Notice(ref_type="ExpressionOfConcernIn", source="J Invent Stud. 2026;3:1"))),
        replace(study("90000007", published=PubDate(2019, 4)), deleted=NOW),
        study("90000666", title=HOSTILE, authors=(HOSTILE,), journal=HOSTILE, conclusion=HOSTILE, doi='javascript:alert(1)" onclick="x', registrations=(HOSTILE,), citation_changes={"coi_statement": HOSTILE, "grants": (Grant(agency=HOSTILE),), "copyright": HOSTILE, "vernacular_title": HOSTILE}),
    ]  # fmt: skip


def report_of(studies, **rest):
    weeks = [IssueEntry(label="2026-W46", period=week_period("2026-W46", ZoneInfo("UTC")), new=1)]
    return compose(
        studies=studies,
        **{
            "topics": TOPICS,
            "searches": searches(incomplete=["depression"]),
            "issues": weeks,
            "now": NOW,
            "version": "9.9",
            "claims": claim_evidence.compose([CLAIM], {"ptsd": {one.pmid for one in studies}}, studies),
            **rest,
        },
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    into = tmp_path_factory.mktemp("report") / "site"
    site(report_of(library()), into=into, folder=FOLDER)
    return into


def pages(folder):
    return sorted(folder.rglob("*.html"))


def tree(file):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(file.read_text(encoding="utf-8"))


def text_of(file) -> str:
    return re.sub(r"\s+", " ", "".join(tree(file).itertext()))


def data_of(folder, pattern):
    """The rows that the search loads, as the browser reads them."""
    return [
        row
        for file in sorted((folder / "assets").glob(pattern))
        for row in json.loads(json.loads(re.fullmatch(r"catalogue\.\w+\(JSON\.parse\((.*)\)\);\n", file.read_text(encoding="utf-8"), re.DOTALL)[1]))
    ]  # fmt: skip


def test_every_study_topic_and_year_has_its_page(built):
    names = {str(file.relative_to(built)) for file in pages(built)}
    assert names == {
        "index.html",
        "methods.html",
        "searches.html",
        "weeks/index.html",
        "weeks/2026-W46.html",
        "claims.html",
        "estimates.html",
        "estimates/ptsd.html",
        *(f"topics/{topic.slug}.html" for topic in TOPICS),
        *(f"studies/{one.pmid}.html" for one in library()),
        "years/2026.html",
        "years/2019.html",
        "years/undated.html",
    }


def test_every_page_is_strictly_valid_html_with_a_title_one_heading_and_unique_ids(built):
    for file in pages(built):
        page = tree(file)
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert page.findtext(".//title").strip(), file
        assert len(page.findall(".//h1")) == 1, file
        assert len(ids) == len(set(ids)), file
        assert page.find(".//main") is not None, file
        assert page.find(".//a[@class='skip']").get("href") == "#content", file


def test_no_link_is_dead_and_every_address_is_http_or_inside_the_site(built):
    for file in pages(built):
        page = tree(file)
        for element in page.iter():
            for name in ("href", "src"):
                address = element.get(name)
                if address is None:
                    continue
                parts = urlsplit(address)
                if parts.scheme:
                    assert parts.scheme in ("http", "https"), (file, address)
                    continue
                target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
                assert target.is_file(), (file, address)
                assert target.is_relative_to(built), (file, address)
                if parts.fragment and "=" not in parts.fragment:
                    ids = {other.get("id") for other in tree(target).iter()}
                    assert parts.fragment in ids, (file, address)


def test_every_study_is_reached_by_links_alone(built):
    linked = {
        str((file.parent / urlsplit(link.get("href")).path).resolve().relative_to(built))
        for file in [*built.glob("topics/*.html"), *built.glob("years/*.html")]
        for link in tree(file).iter("a")
        if not urlsplit(link.get("href")).scheme and link.get("href").startswith("../studies/")
    }
    assert linked == {f"studies/{one.pmid}.html" for one in library()}


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(built):
    for file in pages(built):
        page = tree(file)
        assert all(script.get("src") and not (script.text or "").strip() for script in page.iter("script")), file
        assert not list(page.iter("style")), file
        assert not [
            (element.tag, name)
            for element in page.iter()
            for name in element.attrib
            if name.startswith("on") or name == "style"
        ]
        policies = [
            meta.get("content") for meta in page.iter("meta") if meta.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == [POLICY], file
        assert "unsafe" not in policies[0]


def test_hostile_text_is_shown_as_text_everywhere(built):
    page = tree(built / "studies" / "90000666.html")
    assert page.findtext(".//title") == HOSTILE
    assert HOSTILE in "".join(page.find(".//h1").itertext())
    for file in pages(built):
        assert not list(tree(file).iter("img")), file
    for link in page.iter("a"):
        assert "javascript" not in urlsplit(link.get("href")).scheme
    row = next(row for row in data_of(built, "studies-*.js") if row[0] == "90000666")
    assert row[1] == HOSTILE


def test_every_page_says_how_fresh_it_is_which_searches_are_incomplete_and_whose_the_records_are(built):
    # A study's page is not drawn anew each day: it takes this from a script, and without scripts from a link.
    stays = (built / "assets" / "today.js").read_text()
    for file in pages(built):
        words = text_of(file)
        if file.parent.name == "studies":
            said = " ".join(json.loads(stays.removeprefix("const today = ").removesuffix(";\n")).values())
            assert "Data through <strong>23 Nov 2026" in said
            assert "Incomplete searches:</strong>\nDepression\n(never completed)" in said
            assert "How current this is" in words, file
        else:
            assert "Data through 23 Nov 2026" in words, file
            assert "Incomplete searches: Depression (never completed)" in words, file
        assert "Courtesy of the U.S. National Library of Medicine" in words, file
        assert "no medical advice" in words, file
        robots = [meta.get("content") for meta in tree(file).iter("meta") if meta.get("name") == "robots"]
        assert "noindex" in robots[0], file


def test_with_complete_searches_no_page_speaks_of_incomplete_ones(tmp_path):
    site(report_of([study()], searches=searches()), into=tmp_path / "site", folder=FOLDER)
    assert not [file for file in pages(tmp_path) if "Incomplete searches" in text_of(file)]
    assert "All searches are complete through 23 Nov 2026. Built" in text_of(tmp_path / "site" / "index.html")


def test_a_retracted_study_shows_its_status_and_notice_and_no_result_anywhere(built):
    words = text_of(built / "studies" / "90000003.html")
    assert "RETRACTED:" in words
    assert "Notice: J Invent Stud. 2026;1:9" in words
    assert "Retracted: J Invent Stud. 2026;1:9" in words  # in its history
    assert "Results are not shown" in words
    for file in [*pages(built), *(built / "assets").iterdir()]:
        assert WITHDRAWN not in file.read_text(encoding="utf-8"), file
    facets = json.loads(
        json.loads((built / "assets" / "catalogue.js").read_text()[len("catalogue.begin(JSON.parse(") : -4])
    )["facets"]
    direction = [facet["key"] for facet in facets].index("direction")
    row = next(row for row in data_of(built, "studies-*.js") if row[0] == "90000003")
    assert row[9][direction] == []


def test_a_title_that_says_retracted_itself_is_not_told_twice(tmp_path):
    site(report_of([retracted(title="RETRACTED: A withdrawn trial.")]), into=tmp_path / "site", folder=FOLDER)
    for name in ("studies/90000099.html", "topics/ptsd.html"):
        words = text_of(tmp_path / "site" / name)
        assert "RETRACTED: A withdrawn trial." in words, name
        assert "RETRACTED: RETRACTED" not in words, name


@pytest.mark.parametrize(
    ("pmid", "words"),
    [
        pytest.param(
            "90000006", "Expression of concern. The journal has published a concern", id="a concern keeps its results"
        ),
        pytest.param("90000006", "Corrected. A correction has been published", id="a correction"),
        pytest.param("90000006", "Preprint. Not peer reviewed", id="a preprint"),
        pytest.param("90000007", "Deleted from PubMed.", id="a deleted record"),
    ],
)
def test_a_status_stands_in_a_banner(built, pmid, words):
    assert words in text_of(built / "studies" / f"{pmid}.html")


def test_what_an_abstract_does_not_state_is_said_so(built):
    assert text_of(built / "studies" / "90000004.html").count("not stated in the abstract") >= 8


def test_a_study_page_ties_registration_full_text_and_the_other_reports_of_its_trial(built):
    page = tree(built / "studies" / "90000001.html")
    links = {link.get("href") for link in page.iter("a")}
    assert {
        "https://pubmed.ncbi.nlm.nih.gov/90000001/",
        "https://doi.org/10.5555/invented.1",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC99000001/",
        "https://clinicaltrials.gov/study/NCT09990001",
        "../studies/90000002.html",
    } <= links
    assert "Announced in digest 2026-W46" in text_of(built / "studies" / "90000001.html")


def test_each_fact_leads_to_its_words_and_each_marked_word_back(built):
    page = tree(built / "studies" / "90000001.html")
    marks = {mark.get("id"): mark for mark in page.iter("mark")}
    values = [link for link in page.iter("a") if link.get("class") == "value"]
    said = {"".join(link.itertext()): "".join(marks[link.get("href")[1:]].itertext()) for link in values}
    assert said["30"] == "30"
    assert said["0.5 mg/kg (ketamine)"] == "0.5 mg/kg"
    assert said["Midazolam"] == "midazolam"
    known = {value.get("id") for value in values}
    assert said["40 min"] == "40 min"
    assert said["response meant half the score"] == "response meant half the score"
    assert all(set(mark.get("data-facts").split()) <= known for mark in marks.values())


def rows_of(one, **asked):
    """Every row of the card with its values' words, under its heading."""
    return {
        heading: [(row.name, [value.text for value in row.values]) for row in rows]
        for heading, rows in read(one, **asked).groups
    }


def test_infusion_time_and_definitions_stand_where_a_reader_looks_for_them():
    rows = rows_of(study(infusion_time="40 min", definitions=["response meant half the score"]))
    assert rows["Treatment"][3:5] == [("Regimen", ["Single dose"]), ("Infusion time", ["40 min"])]
    assert rows["Outcomes"] == [("Scales", []), ("Definitions", ["response meant half the score"])]


def test_what_only_some_studies_can_have_has_no_row_in_others():
    names = {name for rows in rows_of(study()).values() for name, _ in rows}
    assert not names & {"Infusion time", "Definitions", "Primary outcome", "Phase", "Studies included"}
    assert {"Dose", "Psychotherapy", "Scales", "Estimates", "Authors conclude"} <= names


def test_a_primary_outcome_that_was_not_met_stands_directly_before_the_conclusion_with_its_words(tmp_path):
    one = study(not_met=["The primary outcome was not met."], conclusion="A promising treatment.")
    site(report_of([one]), into=tmp_path / "site", folder=FOLDER)
    page = tree(tmp_path / "site" / "studies" / "90000001.html")
    rows = [
        ("".join(row.find("dt").itertext()), row.find(".//a[@class='value']"))
        for row in page.findall(".//dl/div")
        if row.find("dt") is not None
    ]
    names = [name for name, _ in rows]
    here = names.index("Primary outcome")
    assert names[here + 1] == "Authors conclude"
    guard = rows[here][1]
    assert guard.text == "not met, as the abstract says"
    marks = {mark.get("id"): "".join(mark.itertext()) for mark in page.iter("mark")}
    assert marks[guard.get("href")[1:]] == "The primary outcome was not met."


def test_a_retracted_study_shows_no_primary_outcome_either():
    one = retracted(not_met=["The primary outcome was not met."], definitions=["response meant half the score"])
    rows = rows_of(one)
    assert "Results, as reported" not in rows
    assert read(one).abstract is None


def test_without_abstracts_a_long_definition_is_cut():
    long = "response meant " + "half of the score and " * 30 + "no more"
    (_, (words,)) = rows_of(study(definitions=[long]), abstracts=False)["Outcomes"][1]
    assert words.endswith(" …")
    assert len(words) <= 300


def test_without_abstracts_no_abstract_and_only_short_quotations_are_written(tmp_path):
    long = "Nothing can be said yet about the invented effect. " * 12
    one = study(conclusion=long.strip(), results=[result("An invented secret sentence stands here.")])
    site(report_of([one]), into=tmp_path / "site", folder=FOLDER, abstracts=False)
    for file in [*pages(tmp_path), *(tmp_path / "site" / "assets").iterdir()]:
        words = file.read_text(encoding="utf-8")
        assert "invented secret" not in words, file
        assert long[:350] not in words, file
    assert "This site leaves abstracts out" in text_of(tmp_path / "site" / "studies" / "90000001.html")


def test_studies_set_aside_stand_on_their_topics_page_with_the_reason(built):
    page = tree(built / "topics" / "depression.html")
    aside = page.find(".//details[@class='set-aside']")
    assert "Perioperative use 1" in re.sub(r"\s+", " ", "".join(aside.itertext()))
    assert "Set aside: given for an operation" in "".join(aside.itertext())


def test_the_methods_page_has_each_query_as_it_was_sent_and_what_went_wrong(built):
    words = text_of(built / "methods.html")
    assert "ketamine[mh]" in words
    assert "PubMed did not answer" in words
    assert "version 9.9" in words


def test_a_list_that_is_too_long_goes_on_on_further_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(site_module, "LIST_PAGE", 2)
    site(report_of([study(str(90000001 + number)) for number in range(5)]), into=tmp_path / "site", folder=FOLDER)
    lists = [tree(tmp_path / "site" / "topics" / f"ptsd{end}.html") for end in ("", "-2", "-3")]
    assert [len(page.findall(".//ol[@class='studies']/li")) for page in lists] == [2, 2, 1]


def test_an_empty_library_makes_a_site_that_says_so(tmp_path):
    site(report_of([], searches=(), issues=()), into=tmp_path / "site", folder=FOLDER)
    assert "No search has been completed yet" in text_of(tmp_path / "site" / "index.html")
    assert "No study in this topic yet." in text_of(tmp_path / "site" / "topics" / "ptsd.html")


def test_a_second_build_replaces_the_first_and_leaves_nothing_beside_it(tmp_path):
    into = tmp_path / "site"
    site(report_of([study("90000001")]), into=into, folder=FOLDER)
    site(report_of([study("90000002")]), into=into, folder=FOLDER)
    assert [file.name for file in (into / "studies").iterdir()] == ["90000002.html"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["site"]


def test_a_build_that_fails_leaves_the_old_site_as_it_was(tmp_path, monkeypatch):
    into = tmp_path / "site"
    site(report_of([study("90000001")]), into=into, folder=FOLDER)
    before = {file: file.read_bytes() for file in into.rglob("*.*")}

    def broken(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(study_page, "read", broken)
    with pytest.raises(OSError, match="disk full"):
        site(report_of([study("90000002")]), into=into, folder=FOLDER)
    assert {file: file.read_bytes() for file in into.rglob("*.*")} == before


def test_a_users_own_style_wins_and_the_rest_is_shipped(tmp_path):
    own = tmp_path / "reports"
    (own / "site").mkdir(parents=True)
    (own / "site" / "site.css").write_text("body { color: teal }")
    site(report_of([study()]), into=tmp_path / "site", folder=own)
    assert (tmp_path / "site" / "assets" / "site.css").read_text() == "body { color: teal }"
    assert (tmp_path / "site" / "assets" / "find.js").is_file()


def own_template(tmp_path, name, text):
    own = tmp_path / "reports"
    (own / "site").mkdir(parents=True)
    (own / "site" / name).write_text(text)
    return own


def test_one_template_of_a_users_own_is_enough_and_may_extend_the_shipped_one(tmp_path):
    text = '{% extends "shipped/site/methods.html" %}{% block content %}<p>Our house</p>{{ super() }}{% endblock %}'
    site(report_of([study()]), into=tmp_path / "site", folder=own_template(tmp_path, "methods.html", text))
    words = text_of(tmp_path / "site" / "methods.html")
    assert "Our house Methods and limits" in words
    assert "Ketamine studies in psychiatry" in text_of(tmp_path / "site" / "index.html")


def test_a_users_own_page_need_not_say_which_it_is(tmp_path):
    text = '{% extends "site/base.html" %}{% block content %}<h1>Ours</h1>{% endblock %}'
    site(report_of([study()]), into=tmp_path / "site", folder=own_template(tmp_path, "methods.html", text))
    assert " Ours " in text_of(tmp_path / "site" / "methods.html")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param("parts.html", "{% macro study_line(line, root, new) %}\n{{ line.titel }}\n{% endmacro %}", r"parts\.html, line 2: .*'titel'", id="a wrong name"),
        pytest.param("year.html", '{% extends "site/base.html" %}\n{% if %}', r"year\.html, line 2: ", id="wrong syntax"),
        pytest.param("base.html", '{% extends "site/base.html" %}', r"a template extends itself: write \"shipped/\"", id="itself"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_users_own_template_is_told_with_its_place_and_leaves_nothing(tmp_path, name, text, told):
    with pytest.raises(LooksError, match=told):
        site(report_of([study()]), into=tmp_path / "site", folder=own_template(tmp_path, name, text))
    assert [file.name for file in tmp_path.iterdir()] == ["reports"]


def test_the_style_calls_nothing_from_outside():
    for file in (FOLDER / "site").glob("*.*"):
        assert not re.search(r"@import|url\(|https?://(?!pubmed)", file.read_text(encoding="utf-8")), file.name


# ---- facts and their words ------------------------------------------------------------------------------------------


@given(
    text=st.text(max_size=60),
    spans=st.lists(
        st.tuples(st.sampled_from(["f1", "f2", "f3"]), st.integers(-5, 70), st.integers(-5, 70)), max_size=8
    ),
)
def test_segments_joined_are_the_text_whatever_the_spans(text, spans):
    cut = segments(text, [(fact, Span(0, start, end)) for fact, start, end in spans])
    assert "".join(segment.text for segment in cut) == text
    position = 0
    for segment in cut:
        for offset in range(len(segment.text)):
            covering = {fact for fact, start, end in spans if start <= position + offset < end}
            assert set(segment.facts) == covering
        position += len(segment.text)


def test_overlapping_spans_share_their_common_words():
    cut = segments("ketamine 0.5 mg/kg", [("f1", Span(0, 0, 12)), ("f2", Span(0, 9, 18))])
    assert [(segment.text, segment.facts) for segment in cut] == [
        ("ketamine ", ("f1",)),
        ("0.5", ("f1", "f2")),
        (" mg/kg", ("f2",)),
    ]


def test_a_value_that_pubmeds_headings_gave_is_told_from_one_that_the_text_states(tmp_path):
    one = study()
    one = replace(one, summary=replace(one.summary, age_groups=(Fact(value="older-adult"),)))
    site(report_of([one]), into=tmp_path / "site", folder=FOLDER)
    words = text_of(tmp_path / "site" / "studies" / "90000001.html")
    assert "Older adults from PubMed's indexing" in words
    assert words.count("from PubMed's indexing") == 1


def test_a_quiet_week_says_so_and_shows_the_latest_studies(tmp_path):
    quiet = study(entered=date(2026, 10, 1), first_seen=datetime(2026, 10, 2, tzinfo=UTC))
    site(report_of([quiet]), into=tmp_path / "site", folder=FOLDER)
    words = text_of(tmp_path / "site" / "index.html")
    assert "No new study in the last seven days, as far as the searches went." in words
    assert "The latest before that An invented randomised trial" in words


def test_a_value_without_words_on_the_page_is_no_link():
    one = Study(
        citation=Citation(pmid="90000001", title="T", abstract=(AbstractSection(text="x"),)),
        summary=Summary(drugs=(Fact(value="ketamine"),)),
    )
    reading = read(one)
    values = [value for _, rows in reading.groups for row in rows for value in row.values]
    assert [(value.text, reading.marks.get(value.id)) for value in values] == [("Ketamine", None)]
    assert tied(values[0], reading.marks) == '<span class="value" id="f2">Ketamine</span>'


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        pytest.param(
            Finding(scale="CAPS-5", timepoint="2 weeks", measure="mean difference", estimate=11.88, ci=(7.1, 16.6), ci_level=95.0, p="0.004", direction="favours-ketamine", primary=True),
            "CAPS-5 at 2 weeks: mean difference 11.88 (95%\u00a0CI 7.1 to 16.6), p\u00a0=\u00a00.004; favours ketamine; primary outcome",
            id="all of it",
        ),
        pytest.param(Finding(measure="odds ratio", estimate=2.0, p="<0.001"), "Odds ratio 2, p\u00a0<0.001", id="little of it"),
        pytest.param(
            Finding(measure="response rate", estimate=67),
            "Response rate 67%; study n\u00a0=\u00a030, compared with midazolam",
            id="a rate never without what it is a rate of",
        ),
        pytest.param(Finding(measure="cohens d", estimate=-0.5), "Cohen's d −0.5", id="a measure by its usual name"),
    ],
)  # fmt: skip
def test_a_finding_is_said_as_reported(finding, words):
    assert finding_words(finding, study().summary) == words


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        pytest.param(
            "mean difference −2.1; 95% CI −6.0 to 1.80",
            "Mean difference −2.1 (95%\u00a0CI −6.0 to 1.80)",
            id="decimals stay",
        ),
        pytest.param(
            "difference −2·1 (−6·0, 1·8)", "Mean difference −2.1 (95%\u00a0CI −6.0 to 1.8)", id="raised points"
        ),
        pytest.param("−.6 and 16.0", "Mean difference −2.1 (95%\u00a0CI −6 to 1.8)", id="not among the words"),
        pytest.param("", "Mean difference −2.1 (95%\u00a0CI −6 to 1.8)", id="no words"),
    ],
)
def test_the_numbers_of_a_finding_keep_the_decimals_of_its_words(printed, shown):
    finding = Finding(measure="mean difference", estimate=-2.1, ci=(-6.0, 1.8), ci_level=95.0)
    assert finding_words(finding, study().summary, printed) == shown


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("NCT09990001", "https://clinicaltrials.gov/study/NCT09990001"),
        ("ISRCTN99900001", "https://www.isrctn.com/ISRCTN99900001"),
        ("2099-000001-99", "https://www.clinicaltrialsregister.eu/ctr-search/search?query=2099-000001-99"),
        ("ACTRN99900000000001", "https://trialsearch.who.int/Trial2.aspx?TrialID=ACTRN99900000000001"),
        ("GSE999001", None),
        ('NCT"><script>', "https://clinicaltrials.gov/study/NCT%22%3E%3Cscript%3E"),
    ],
)
def test_a_registry_number_leads_to_its_registry(number, address):
    assert registry_url(number) == address


def test_a_short_quotation_shows_that_it_was_cut():
    assert shortened("one two three four", 12) == "one two …"
    assert shortened("one two", 12) == "one two"
    assert len(shortened("word " * 200)) <= 300


def test_a_line_that_quotes_a_conclusion_says_that_the_primary_outcome_was_not_met():
    one = study(flags=("primary-outcome-not-met",), conclusion="A promising treatment.")
    assert (line(one).status, line(one).conclusion) == (("Primary outcome not met",), "A promising treatment.")


def test_a_line_of_a_list_states_what_is_stated_only():
    shown = line(study(n=None, comparators=(), dose=None, scales=("CAPS-5",)))
    assert shown.facts == "PTSD · ketamine intravenous · CAPS-5"
    assert line(study("90000004", has_abstract=False)).facts == ""


def test_a_number_stays_on_the_line_of_its_unit():
    assert line(study(n=1234, scales=())).facts.startswith("n\u00a0=\u00a01,234 · PTSD · ketamine 0.5\u00a0mg/kg ")


def test_a_line_ends_between_facts_and_hostile_facts_stay_text():
    assert parted("PTSD · <b> · CAPS-5") == 'PTSD\u00a0· &lt;b&gt;\u00a0· <span class="part">CAPS-5</span>'


def test_a_rate_without_a_comparison_says_that_none_is_stated():
    alone = replace(study().summary, comparators=())
    words = finding_words(Finding(measure="remission rate", estimate=25), alone)
    assert words == "Remission rate 25%; study n\u00a0=\u00a030, no comparison stated"


def test_a_status_has_the_look_of_care_in_lists_and_on_its_page(built):
    chip = '<span class="chip chip-care">Expression of concern</span>'
    for page in ("studies/90000006.html", "topics/ptsd.html"):
        assert chip in (built / page).read_text(encoding="utf-8")
    page = (built / "studies/90000006.html").read_text(encoding="utf-8")
    assert f'<span class="chip">{FLAGS["pilot"]}</span>' in page


# ---- charts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("studies", [library(), []], ids=["some", "none"])
def test_charts_are_well_formed_say_what_they_are_and_lead_to_the_studies(studies):
    report = report_of(studies)
    drawn = [
        charts.evidence_map(report.evidence_map, lambda topic, design: f"#{topic}&{design}"),
        charts.years(report.years),
        charts.directions(report.directions, lambda topic, direction: f"#{topic}&{direction}"),
    ]
    for picture in drawn:
        root = ET.fromstring(picture)
        named = root.get("aria-labelledby").split()
        assert [element.tag for element in root if element.get("id") in named] == ["title", "desc"]
    if studies:
        assert "#ptsd&amp;randomized-trial" in drawn[0]
        assert "so far" in drawn[1]


def test_a_chart_escapes_the_words_it_is_given():
    topic = replace(TOPICS[0], short=HOSTILE)
    report = report_of([study(entered=date(2026, 1, 1))], topics=[topic])
    picture = charts.evidence_map(report.evidence_map, lambda *_: HOSTILE)
    assert {element.tag for element in ET.fromstring(picture).iter()} <= {
        "svg",
        "title",
        "desc",
        "line",
        "text",
        "a",
        "rect",
        "circle",
    }


@pytest.mark.parametrize(
    ("largest", "top", "gap"), [(0, 4, 1), (4, 4, 1), (25, 30, 10), (100, 100, 25), (3481, 4000, 1000)]
)
def test_an_axis_ends_at_a_round_number(largest, top, gap):
    assert charts._scale(largest) == (top, gap)
