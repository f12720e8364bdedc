"""The demo's invented studies: marked, valid, consistent with themselves, and the same on every machine."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import Bio.Entrez
import pytest
from lxml import etree

from aggregator import topics
from aggregator.demo_data.record import COPYRIGHT, MARK
from aggregator.demo_world import DEMO_WEEKS, demo_records, demo_world
from aggregator.pubmed import language, records

ROOT = Path(__file__).resolve().parents[1]
DTD = Path(Bio.Entrez.__file__).parent / "DTDs" / "pubmed_250101.dtd"
WEEK_A = date(2026, 11, 9)
WEEK_B = date(2026, 11, 16)


@pytest.fixture(scope="module")
def world():
    return demo_world(DEMO_WEEKS[1])


@pytest.fixture(scope="module")
def citations(world):
    return [held.citation for held in world.records().values()]


@pytest.fixture(scope="module")
def by_key():
    """The last version of each record."""
    return {record.key: records.read_one(record.raw) for record in demo_records()}


@pytest.fixture(scope="module")
def by_topic(world):
    found = {}
    for topic in topics.load(ROOT / "queries"):
        matches = language.compile_query(topic.query, today=DEMO_WEEKS[1].date())
        found[topic.slug] = [held.citation for held in world.records().values() if matches(held.index)]
    return found


def all_versions():
    return [records.read_one(record.raw) for record in demo_records()]


def test_there_are_more_than_250_of_them_with_numbers_that_pubmed_has_not_given(citations):
    assert len(citations) >= 250
    assert min(int(citation.pmid) for citation in citations) == 90_000_001
    assert len({citation.pmid for citation in citations}) == len(citations)


def test_every_version_is_valid_by_the_dtd_of_2025():
    dtd = etree.DTD(str(DTD))
    for record in demo_records():
        assert dtd.validate(etree.fromstring(record.raw)), f"{record.key}: {dtd.error_log.last_error}"


def test_every_record_is_marked_as_invented():
    for citation in all_versions():
        assert "nvent" in citation.journal.title
        assert citation.doi == f"10.5555/invented.{citation.pmid}"
        assert citation.copyright == (COPYRIGHT if citation.abstract else None)
        if citation.abstract:
            assert citation.abstract[0].text.startswith(MARK)
        assert all("Invented University" in text for author in citation.authors for text in author.affiliations)
        assert all(re.fullmatch(r"NCT9\d{7}", number.accession) for number in citation.registrations)


def test_no_text_is_lost_on_the_way_from_record_to_citation():
    for record in demo_records():
        tree, citation = etree.fromstring(record.raw), records.read_one(record.raw)
        assert citation.title == "".join(tree.find(".//ArticleTitle").itertext())
        assert [section.text for section in citation.abstract] == [
            "".join(node.itertext()) for node in tree.iterfind(".//Abstract/AbstractText")
        ]
        assert len(citation.authors) == len(tree.findall(".//Author"))


def test_no_two_studies_share_a_title_or_an_abstract(citations):
    titles = Counter(citation.title.casefold() for citation in citations)
    # A preprint and what became of it, spelled by two journals.
    assert [title for title, times in titles.items() if times > 1] == []
    abstracts = Counter(citation.abstract_text for citation in citations if citation.abstract)
    assert max(abstracts.values()) == 1


def test_no_template_is_left_unfilled(citations):
    for citation in citations:
        text = f"{citation.title} {citation.abstract_text}"
        assert not re.search(r"[{}]|\bNone\b(?! declared)|  |\.\.|\(\)| ,", text), text


@pytest.mark.parametrize(
    ("slug", "fewest"),
    [
        ("ptsd", 30),
        ("social-anxiety", 10),
        ("depression", 120),
        ("other-anxiety", 20),
        ("anxiety-depression", 15),
        ("psychotherapy", 20),
        ("neuroplasticity", 15),
        ("safety", 20),
    ],
)
def test_every_topic_has_studies(by_topic, slug, fewest):
    assert len(by_topic[slug]) >= fewest


def test_designs_of_every_kind_come_as_publication_types(citations):
    kinds = Counter(kind for citation in citations for kind in citation.publication_types)
    for kind in (
        "Randomized Controlled Trial",
        "Meta-Analysis",
        "Systematic Review",
        "Review",
        "Case Reports",
        "Observational Study",
        "Clinical Trial Protocol",
        "Practice Guideline",
        "Letter",
        "Preprint",
        "Published Erratum",
    ):
        assert kinds[kind], kind


def test_about_a_quarter_or_more_of_the_trials_found_no_difference(by_key):
    trials = [
        citation
        for key, citation in by_key.items()
        if key.startswith(("trial-", "combined-")) or "Randomized Controlled Trial" in citation.publication_types
    ]
    null = [
        citation
        for citation in trials
        if re.search(
            r"not (?:statistically )?significant|not differ significantly|no significant|not reach significance",
            citation.abstract_text,
        )
    ]
    assert 0.2 < len(null) / len(trials) < 0.55


NUMBER = r"([-\u2212]?\d+(?:\.\d+)?)"
ESTIMATE = re.compile(
    rf"{NUMBER}(?: points)?[;,]? \(?\[?(?:95% CI,?|95% confidence interval) \[?{NUMBER}(?: to |, |\u2013){NUMBER}\]?[;,] ([pP]) ?([<=]) ?(\d?\.\d+)"
)


def test_intervals_hold_their_estimates_and_agree_with_p_values():
    seen = 0
    for citation in all_versions():
        text = citation.abstract_text.replace("\u2212", "-")
        for found in ESTIMATE.finditer(text):
            estimate, low, high = (float(found[group]) for group in (1, 2, 3))
            p = float(found[6])
            ratio = "ratio" in text[max(0, found.start() - 60) : found.start()]
            assert low <= estimate <= high, f"{citation.pmid}: {found[0]}"
            crosses = low <= (1 if ratio else 0) <= high
            assert crosses == (found[5] == "=" and p >= 0.05), f"{citation.pmid}: {found[0]}"
            seen += 1
    assert seen > 100


def test_groups_add_up_and_percentages_are_those_of_the_counts():
    groups = percentages = 0
    for citation in all_versions():
        text = citation.abstract_text
        for count, total, percent in re.findall(
            r"(\d+) of (\d+)(?: participants| patients)? \((\d+(?:\.\d)?)%\)", text
        ):
            places = 1 if "." in percent else 0
            assert round(100 * int(count) / int(total), places) == pytest.approx(float(percent), abs=0.11), (
                citation.pmid
            )
            percentages += 1
        sizes = re.findall(r"\(n ?= ?(\d+)\)", text)
        people = "adults|patients|outpatients|veterans|adolescents|inpatients|service members|older adults"
        stated = re.search(
            rf"\b(\d+) (?:{people})\b[^.]{{0,140}}? were randomi[sz]ed|randomi[sz]ed (\d+) (?:{people})", text
        )
        if len(sizes) == 2 and stated:
            assert sum(map(int, sizes)) == int(stated[1] or stated[2]), citation.pmid
            groups += 1
    assert percentages > 60
    assert groups > 3


def test_most_of_the_old_are_indexed_and_the_fresh_are_not(citations):
    old = [citation for citation in citations if citation.entered < date(2026, 8, 1)]
    fresh = [citation for citation in citations if citation.entered >= WEEK_B]
    assert 0.6 < sum(citation.is_indexed for citation in old) / len(old) < 0.95
    assert not any(citation.is_indexed for citation in fresh)


def test_some_have_no_abstract_and_one_is_in_german(citations):
    assert 5 <= sum(not citation.abstract for citation in citations) <= 20
    assert [citation.vernacular_title[:8] for citation in citations if citation.languages == ("ger",)] == ["Ketamin "]


def test_both_weeks_bring_studies_and_social_anxiety_is_quiet(by_topic):
    for begin, end in ((WEEK_A, WEEK_B), (WEEK_B, date(2026, 11, 23))):
        new = {
            slug: sum(begin <= citation.entered < end for citation in citations) for slug, citations in by_topic.items()
        }
        assert new.pop("social-anxiety") == 0
        assert min(new.values()) >= 1, new


def test_the_first_week_knows_nothing_of_the_second():
    first, second = (demo_world(moment).records() for moment in DEMO_WEEKS)
    assert not any(
        held.citation.is_retracted or held.citation.has_concern or held.citation.is_corrected for held in first.values()
    )
    arrived = set(second) - set(first)
    assert len(arrived) >= 12
    assert all(second[pmid].citation.entered >= WEEK_B for pmid in arrived)
    assert set(first) < set(second)


@pytest.mark.parametrize(
    ("about", "in_its_record", "notice", "in_the_notice"),
    [
        pytest.param("two-doses", "RetractionIn", "retraction", "RetractionOf", id="retracted"),
        pytest.param("clinic-year", "ErratumIn", "erratum", "ErratumFor", id="corrected"),
        pytest.param("exposure-preprint", "UpdateIn", "exposure-published", "UpdateOf", id="published"),
        pytest.param("doubted", "ExpressionOfConcernIn", "concern", "ExpressionOfConcernFor", id="doubted"),
        pytest.param("veterans-ptsd", "CommentIn", "comment", "CommentOn", id="commented"),
    ],
)
def test_what_happens_to_a_study_stands_in_both_records(by_key, about, in_its_record, notice, in_the_notice):
    study, other = by_key[about], by_key[notice]
    assert [(tie.ref_type, tie.pmid) for tie in study.notices] == [(in_its_record, other.pmid)]
    assert [(tie.ref_type, tie.pmid) for tie in other.notices] == [(in_the_notice, study.pmid)]
    assert study.entered < other.entered
    assert WEEK_B <= study.revised <= DEMO_WEEKS[1].date()


def test_the_retracted_study_was_new_a_week_before(by_key):
    study = by_key["two-doses"]
    assert WEEK_A <= study.entered < WEEK_B
    assert study.is_retracted
    assert not by_key["retraction"].is_retracted


def test_a_study_ahead_of_print_is_issued_and_indexed_a_week_later(by_key):
    study = by_key["adolescents"]
    before = demo_world(DEMO_WEEKS[0]).records()[study.pmid].citation
    assert (before.is_ahead_of_print, before.is_indexed, before.issue) == (True, False, None)
    assert (study.is_ahead_of_print, study.is_indexed, study.issue) == (False, True, "11")
    assert before.abstract == study.abstract


def test_a_study_of_the_second_week_belongs_to_two_topics(by_topic, by_key):
    pmid = by_key["both-disorders"].pmid
    found_by = {slug for slug, citations in by_topic.items() if any(citation.pmid == pmid for citation in citations)}
    assert {"ptsd", "depression"} <= found_by


def test_the_same_records_come_out_whatever_the_hash_seed():
    here = hashlib.sha256(b"".join(record.raw for record in demo_records())).hexdigest()
    code = (
        "import hashlib; from aggregator.demo_world import demo_records; "
        "print(hashlib.sha256(b''.join(record.raw for record in demo_records())).hexdigest())"
    )
    env = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
    assert there.strip() == here


def test_a_chapter_of_a_book_is_among_them(citations):
    (chapter,) = [citation for citation in citations if citation.journal.is_book]
    assert chapter.entered == date(2024, 2, 6)
    assert chapter.abstract
