"""Check the claims: counts and quotations beside what clinics say, every number leading to its studies, and no verdict.

UPDATE_GOLDEN=1 writes the golden page anew; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest

from aggregator import assets, claim_evidence, claims, jobs, report, topics
from aggregator.citation import MeshHeading, Notice, PubDate
from aggregator.claims import Claim
from aggregator.errors import TopicError
from aggregator.pubmed import language
from aggregator.render.site import site
from aggregator.topic_check import check
from tests.studies import NOW, TOPICS, result, retracted, searches, study

QUERIES = Path(__file__).parent.parent / "queries"
GOLDEN = Path(__file__).parent / "golden" / "site" / "claims.html"
SLUGS = tuple(topic.slug for topic in topics.load(QUERIES))
PTSD = Claim(
    id="ptsd", short="PTSD", says="Ketamine does what is invented here.", query="invented[tiab]", topics=("ptsd",)
)
GOOD = '''[[claim]]
id = "one"
short = "One"
says = "Something invented."
query = """
ketamin*[tiab] AND ptsd[tiab]
"""
'''
TOPIC = 'title = "t"\nquestion = "q"\nquery = "ketamin*[tiab]"\nsources = ["s"]\n'


def evidence(*studies, claim=PTSD):
    return claim_evidence.beside(claim, studies)


def counts(found):
    return {tally.key: len(tally) for tally in found.tallies}


# ---- the file -------------------------------------------------------------------------------------------------------


def test_the_shipped_claims_are_whole_and_name_the_drug_and_a_topic():
    loaded = claims.load(QUERIES, SLUGS)
    assert [claim.id for claim in loaded] == [
        "ptsd",
        "social-anxiety",
        "treatment-resistant-depression",
        "depression-with-anxiety",
        "psychotherapy",
        "neuroplasticity",
    ]
    assert all(claim.topics and '"Ketamine"[mh]' in claim.query for claim in loaded)
    assert check(QUERIES) == ()


@pytest.mark.parametrize("claim", claims.load(QUERIES, SLUGS), ids=lambda claim: claim.id)
def test_a_shipped_claim_is_put_neutrally_and_its_query_can_be_put_to_records(claim):
    loaded = re.compile(
        r"\b(?:proven|promising|effective|safe|best|breakthrough|powerful|significant\w*)\b", re.IGNORECASE
    )
    assert not loaded.search(f"{claim.says} {claim.note}")
    language.compile_query(claim.query)


def test_the_claims_are_no_topic(tmp_path):
    (tmp_path / "ptsd.toml").write_text(TOPIC)
    (tmp_path / "claims.toml").write_text(GOOD)
    assert [topic.slug for topic in topics.load(tmp_path)] == ["ptsd"]
    assert [claim.id for claim in claims.load(tmp_path, ["ptsd"])] == ["one"]


def test_without_the_file_there_are_no_claims(tmp_path):
    assert claims.load(tmp_path, []) == ()


FAULTY = [
    pytest.param("id 1", "claims.toml:1:4: error: is not valid TOML", id="no TOML"),
    pytest.param("", "claims.toml: error: holds no claim", id="empty"),
    pytest.param("claim = []\n", "claims.toml: error: holds no claim", id="an empty list"),
    pytest.param("claim = [{id = 'x'}]\n", "claims.toml: error: every claim begins with a line [[claim]]", id="inline"),
    pytest.param("extra = 1\n" + GOOD, "claims.toml:1: error: unknown key 'extra'; a claim begins", id="outside a claim"),
    pytest.param(GOOD + 'sais = "x"\n', "claims.toml:8: error: unknown key 'sais'; did you mean 'says'?", id="unknown key"),
    pytest.param(GOOD.replace("One", " "), "claims.toml:3: error: 'short' must be text", id="empty text"),
    pytest.param(GOOD.replace('id = "one"\n', ""), "claims.toml:1: error: 'id' is missing", id="missing key"),
    pytest.param(GOOD.replace('"one"', '"One two"'), "claims.toml:2: error: an id is lower-case", id="odd id"),
    pytest.param(GOOD + GOOD, "claims.toml:9: error: the id 'one' is taken", id="two of one id"),
    pytest.param(GOOD + 'topics = ["ptds"]\n', "claims.toml:8: error: 'ptds' is not among the topics; did you mean 'ptsd'?", id="unknown topic"),
    pytest.param(GOOD + 'conditions = ["pstd"]\n', "claims.toml:8: error: 'pstd' is not among the conditions; did", id="unknown condition"),
    pytest.param(GOOD + 'designs = ["trial"]\n', "claims.toml:8: error: 'trial' is not among the designs;", id="unknown design"),
    pytest.param(GOOD + 'designs = "cohort"\n', "claims.toml:8: error: 'designs' must be a list", id="no list"),
    pytest.param(GOOD.replace("[tiab] AND", "[tiba] AND"), "claims.toml:6:9: error: unknown field tag [tiba]", id="a fault in a query"),
    pytest.param(GOOD + GOOD.replace("one", "two").replace("AND", "and"), "claims.toml:13:16: error: 'and' is no operator", id="in the second query"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), FAULTY)
def test_a_fault_is_named_with_its_line(tmp_path, text, fault):
    (tmp_path / "ptsd.toml").write_text(TOPIC)
    (tmp_path / "claims.toml").write_text(text)
    found = [str(one) for one in check(tmp_path)]
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_claims_that_cannot_be_used_are_refused_with_file_and_line(tmp_path):
    (tmp_path / "claims.toml").write_text(GOOD + 'topics = ["depression"]\n')
    with pytest.raises(TopicError, match=r"claims\.toml, line 8: 'depression' is not among the topics"):
        claims.load(tmp_path, ["ptsd"])


def test_a_query_that_cannot_be_read_names_its_claim():
    with pytest.raises(TopicError, match="claim 'ptsd': this \\( is never closed"):
        jobs.bearing_on([replace(PTSD, query="(invented[tiab]")], [study()], now=NOW)


# ---- what bears on a claim ------------------------------------------------------------------------------------------


def test_only_studies_that_the_query_finds_among_those_with_its_topic_bear_on_a_claim():
    held = [
        study("90000001"),
        study("90000002", topics=("depression",)),
        study("90000003", title="x", has_abstract=False),
    ]
    assert jobs.bearing_on([PTSD], held, now=NOW) == {"ptsd": {"90000001"}}


@pytest.mark.parametrize(
    ("one", "claim", "bears"),
    [
        pytest.param(study(), PTSD, True, id="all of it"),
        pytest.param(study(topics=("depression",)), PTSD, False, id="another topic"),
        pytest.param(study(), replace(PTSD, conditions=("depression",)), False, id="another condition"),
        pytest.param(study(), replace(PTSD, conditions=("depression", "ptsd")), True, id="one of the conditions"),
        pytest.param(study(), replace(PTSD, designs=("cohort",)), False, id="another design"),
        pytest.param(replace(study(), deleted=NOW), PTSD, False, id="deleted"),
    ],
)  # fmt: skip
def test_a_study_bears_on_a_claim_by_its_topic_condition_and_design(one, claim, bears):
    assert claim_evidence.bears_on(one, claim) is bears


@pytest.mark.parametrize(
    ("one", "number"),
    [
        pytest.param(study(), "all", id="a clinical study"),
        pytest.param(study(bucket="preclinical", design="preclinical"), "preclinical", id="in animals: by itself"),
        pytest.param(study(bucket="perioperative"), None, id="another use"),
        pytest.param(study(bucket="protocol", design="protocol"), None, id="a protocol has no results"),
        pytest.param(study(flags=("preprint",)), None, id="a preprint"),
        pytest.param(retracted(), "retracted", id="a retracted study: by itself"),
        pytest.param(study(citation_changes={"mesh": (MeshHeading(descriptor="Animals"),)}), None, id="indexed as animals alone"),
        pytest.param(study(citation_changes={"mesh": (MeshHeading(descriptor="Animals"), MeshHeading(descriptor="Humans"))}), "all", id="animals and humans"),
    ],
)  # fmt: skip
def test_what_is_counted_where(one, number):
    found = counts(evidence(one))
    assert [key for key in ("all", "retracted", "preclinical") if found[key]] == ([number] if number else [])


def test_trials_are_counted_by_the_direction_that_they_state_each_once():
    said = [result("It was so.")]
    directions = (
        "favours-ketamine",
        "no-difference",
        "favours-comparator",
        "mixed",
        "unclear",
        "not-comparative",
        None,
    )
    held = [
        study(str(90000001 + number), results=said, direction=direction) for number, direction in enumerate(directions)
    ]
    found = evidence(*held, study("90000050", design="cohort", results=said, direction="favours-ketamine"))
    assert [(tally.key, len(tally)) for tally in found.directions] == [
        ("favours-ketamine", 1),
        ("mixed", 1),
        ("no-difference", 1),
        ("favours-comparator", 1),
        ("no-direction", 3),
    ]


def test_sizes_are_stated_and_never_added_up():
    sizes = (30, None, 158, 20, 41)
    found = evidence(*(study(str(90000001 + number), n=size) for number, size in enumerate(sizes)))
    assert found.sizes is not None
    assert (len(found.sized), found.sizes.median) == (4, 35.5)
    assert (found.sizes.smallest.pmid, found.sizes.largest.pmid) == ("90000004", "90000003")
    assert evidence(study(n=None)).sizes is None


def test_the_newest_by_publication_and_the_largest_stand_out():
    found = evidence(
        study("90000001", published=PubDate(2026, 2), n=20),
        study("90000002", published=PubDate(2021), n=158),
        study("90000003", design="meta-analysis", published=PubDate(2024)),
        study("90000004", design="systematic-review", published=PubDate(2025)),
        retracted("90000005", published=PubDate(2026, 11), n=900),
    )
    standing_out = (found.newest_trial, found.largest_trial, found.newest_review)
    assert [one and one.pmid for one in standing_out] == ["90000001", "90000002", "90000004"]


@pytest.mark.parametrize(
    ("key", "one"),
    [
        ("meta-analyses", study(design="meta-analysis")),
        ("guidelines", study(design="guideline")),
        ("active-placebo", study(control="active-placebo")),
        ("active-treatment", study(control="active-treatment")),
        ("many", study(n=101)),
        ("later", study(results=[result("It was 6.", timepoint="week 8")])),
        ("later", study(results=[result("It was 6.", timepoint="Six months")])),
        ("interval", study(results=[result("It was 6 (1 to 9).", ci=(1.0, 9.0))])),
        ("adolescents", study(age_groups=("adolescent",))),
        ("psychotherapy", study(psychotherapy="randomised-factor")),
        ("not-met", study(not_met=["The primary outcome was not met."])),
        ("preclinical", study(bucket="preclinical", design="preclinical")),
    ],
)
def test_what_is_looked_for_is_found(key, one):
    assert counts(evidence(one))[key] == 1


@pytest.mark.parametrize(
    ("key", "one"),
    [
        pytest.param("many", study(n=100), id="a hundred are not more than a hundred"),
        pytest.param("later", study(results=[result("It was 6.", timepoint="day 28")]), id="day 28 is four weeks"),
        pytest.param("later", study(results=[result("It was 6.", timepoint="24-hours")]), id="a day"),
        pytest.param("active-placebo", study(design="cohort", control="active-placebo"), id="no randomised trial"),
        pytest.param("psychotherapy", study(psychotherapy="all-arms"), id="given to everybody"),
    ],
)
def test_what_is_looked_for_and_is_not_there_counts_zero(key, one):
    assert counts(evidence(one))[key] == 0


def test_every_number_of_a_claim_has_a_name_of_its_own():
    keys = [tally.key for tally in evidence().tallies]
    assert len(keys) == len(set(keys))


# ---- the page -------------------------------------------------------------------------------------------------------


def library():
    """A small one in which every number differs from zero somewhere and something is missing."""
    lower = result(
        "CAPS-5 was 11.9 points lower at week 8 (95% CI 7.0 to 16.6).", scale="CAPS-5", estimate=11.9, ci=(7.0, 16.6), ci_level=95, timepoint="week 8", primary=True
    )  # fmt: skip
    no_difference = result("Groups did not differ.")
    return [
        study("90000001", results=[lower], direction="favours-ketamine", published=PubDate(2020), conclusion="Scores were lower with ketamine."),
        study("90000002", n=158, results=[no_difference], direction="no-difference", published=PubDate(2022, 4), not_met=["The primary outcome was not met."], conclusion="Ketamine <b>did</b> not differ from placebo.", control="placebo", comparators=("placebo",)),
        study("90000003", n=None, published=PubDate(2026, 3), authors=("Elder E",), conclusion=None),
        study("90000004", design="meta-analysis", studies_included=6, published=PubDate(2024), conclusion="The evidence is limited."),
        study("90000005", design="cohort", notices=(Notice(ref_type="ExpressionOfConcernIn", source="J Invent Stud. 2026;3:1"),)),
        retracted("90000006", published=PubDate(2026, 5), conclusion="A withdrawn conclusion."),
        study("90000007", bucket="preclinical", bucket_reason="in animals", design="preclinical"),
    ]  # fmt: skip


CLAIMS = (
    replace(PTSD, note="A note of what to bear in mind.", conditions=("ptsd",)),
    Claim(id="nothing", short="Nothing", says="Something that no study bears on.", query="unheard[tiab]"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    into = tmp_path_factory.mktemp("report") / "site"
    held = library()
    composed = report.compose(
        studies=held,
        topics=TOPICS,
        searches=searches(),
        now=NOW,
        version="9.9",
        claims=claim_evidence.compose(CLAIMS, jobs.bearing_on(CLAIMS, held, now=NOW), held),
    )
    site(composed, into=into, folder=assets.folder("reports"))
    return into


def page(built):
    text = (built / "claims.html").read_text(encoding="utf-8")
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def words(element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def test_the_page_looks_as_it_was_looked_at(built):
    # Head and foot are every page's.
    text = re.search(r"<main.*</main>\n", (built / "claims.html").read_text(encoding="utf-8"), re.DOTALL)[0]
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_each_number_leads_to_a_list_of_just_as_many_studies(built):
    opening = (built / "assets" / "catalogue.js").read_text(encoding="utf-8")
    facets = json.loads(json.loads(re.fullmatch(r"catalogue\.begin\(JSON\.parse\((.*)\)\);\n", opening)[1]))["facets"]
    place = [facet["key"] for facet in facets].index("claim")
    names = [value for value, _ in facets[place]["values"]]
    rows = json.loads(json.loads(re.fullmatch(r"catalogue\.add\(JSON\.parse\((.*)\)\);\n", (built / "assets" / "studies-1.js").read_text(encoding="utf-8"))[1]))  # fmt: skip
    links = [link for link in page(built).iter("a") if link.get("href").startswith("index.html#claim=")]
    assert len(links) > 15
    for link in links:
        asked = parse_qs(urlsplit(link.get("href")).fragment)
        found = [row for row in rows if names.index(asked["claim"][0]) in row[9][place]]
        assert str(len(found)) == re.sub(r"\D", "", words(link).split(":")[-1]), link.get("href")
        assert all(not row[8] for row in found) or asked["aside"] == ["1"]


def test_the_lists_of_filters_do_not_show_the_numbers_of_claims(built):
    opening = (built / "assets" / "catalogue.js").read_text(encoding="utf-8")
    facets = json.loads(json.loads(re.fullmatch(r"catalogue\.begin\(JSON\.parse\((.*)\)\);\n", opening)[1]))["facets"]
    assert [facet["key"] for facet in facets if facet["hidden"]] == ["claim"]


def test_a_primary_outcome_that_was_not_met_stands_before_the_conclusion(built):
    said = words(page(built).find(".//main"))
    assert "Primary outcome: not met, as the abstract says. Authors conclude: Ketamine <b>did</b> not differ" in said


def test_a_retracted_study_is_counted_by_itself_and_never_quoted(built):
    said = words(page(built).find(".//main"))
    assert "A withdrawn conclusion" not in said
    assert "Retracted, not counted1" in said


def test_a_claim_that_nothing_bears_on_says_zero_everywhere(built):
    section = page(built).findall(".//section[@class='claim']")[1]
    assert {words(number) for number in section.iter("dd")} == {"0"}
    assert not list(section.iter("a"))


def test_the_page_says_what_it_does_and_speaks_no_verdict(built):
    said = words(page(built).find(".//main"))
    assert "nothing is graded, weighed or pooled, and nothing here says whether a claim holds" in said
    own = re.sub(r"Authors conclude: .*?(?= Newest| Largest| What was counted)", "", said)
    assert not re.search(r"\b(?:true|false|proven|supported|refuted|strong|weak|promising|effective|safe)\b", own)


def test_without_claims_there_is_no_page_and_no_link(tmp_path):
    composed = report.compose(studies=[study()], topics=TOPICS, searches=searches(), now=NOW, version="9.9")
    site(composed, into=tmp_path / "site", folder=assets.folder("reports"))
    assert not (tmp_path / "site" / "claims.html").exists()
    assert "claims.html" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
