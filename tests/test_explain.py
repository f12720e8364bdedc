"""What `explain` says: each clause's verdict is the engine's own, and the words shown stand in the record."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import QuerySyntaxError
from aggregator.pubmed.explain import explain
from aggregator.pubmed.language import Operation, index, matches, parse
from aggregator.pubmed.query_index import WORD_FIELDS
from aggregator.pubmed.word_places import places
from aggregator.pubmed.words import words
from tests.test_language import TODAY, TRIAL
from tests.test_local_search import citations, queries


def each(clause):
    yield clause
    for below in clause.clauses:
        yield from each(below)


def found(query, citation=TRIAL):
    """Field and words of everything that a one-term query found."""
    clause = explain(query, citation, today=TODAY)
    assert not clause.clauses
    return [(one.field, one.words) for one in clause.evidence]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(
            "ketamin*[tiab]", [("title", "ketamine"), ("abstract", "kétamine")], id="a stem finds whole words, as spelt"
        ),
        pytest.param("naive[ti]", [("title", "naïve")], id="the record's own accents"),
        pytest.param(
            '"post traumatic stress"[ti]', [("title", "post-traumatic stress")], id="a phrase with its hyphen"
        ),
        pytest.param(
            '"caps fell"[tiab:~2]', [("abstract", "CAPS"), ("abstract", "fell")], id="of near words each by itself"
        ),
        pytest.param("rapid-acting[tiab]", [("keyword", "rapid-acting")], id="a keyword of [tiab]"),
        pytest.param("atlantis[ad]", [("affiliation", "Atlantis")], id="an affiliation"),
        pytest.param("phobic disorders[mh]", [("MeSH heading", "Phobia, Social")], id="a narrower heading"),
        pytest.param(
            "ketamine/adverse effects[majr]",
            [("MeSH heading", "Ketamine/*adverse effects")],
            id="a heading with its subheading, and the star of a major topic",
        ),
        pytest.param("drug therapy[sh]", [("MeSH heading", "Stress Disorders, Post-Traumatic/drug therapy")], id="sh"),
        pytest.param(
            "clinical trial[pt]", [("Publication Type", "Randomized Controlled Trial")], id="a narrower type of trial"
        ),
        pytest.param("humans", [("MeSH heading", "Humans")], id="a heading among all fields"),
        pytest.param("aster", [("author", "Aster")], id="a name among all fields"),
        pytest.param("aster[au]", [("Author", "Aster AB")], id="an author"),
        pytest.param("esketamine[nm]", [("Supplementary Concept", "Esketamine")], id="a substance"),
        pytest.param("2026/11[dp]", [("Date - Publication", "Nov 2026")], id="a month whose day nobody stated"),
        pytest.param("2026/11/16[crdt]", [("Date - Create", "2026-11-16")], id="a day"),
        pytest.param("90000001[uid]", [("PMID", "90000001")], id="the PMID"),
        pytest.param("1:90000001[uid]", [("PMID", "90000001")], id="a range of PMIDs"),
        pytest.param("hasabstract", [], id="a fact of the record has no words"),
        pytest.param("zebra[tiab]", [], id="nothing found, nothing shown"),
    ],
)
def test_the_words_that_met_a_term_are_the_records_own(query, expected):
    assert found(query) == expected


@pytest.mark.parametrize(
    ("query", "sought"),
    [
        ("zebra[tiab]", "the word zebra in Title/Abstract"),
        ('"zebra crossing*"[ti]', "the words side by side zebra crossing and what begins so in Title"),
        ('"zebra crossing"[ti:~3]', "the words zebra crossing with at most 3 others between them in Title"),
        ('"Bipolar Disorder"[mh:noexp]', "Bipolar Disorder in MeSH Terms"),
        ('"Phobic Disorders"[majr]', "Phobic Disorders, or one of the 2 narrower ones known here, in MeSH Major Topic"),
        ("1999[dp]", "1999-01-01 to 1999-12-31 in Date - Publication"),
        ('"last 2 days"[crdt]', "2026-11-20 to 2026-11-22 in Date - Create"),
        ("1:5[uid]", "PMIDs 1 to 5"),
        ("inprocess[sb]", "the filter inprocess"),
        ("hasretractionin", "the flag hasretractionin"),
        ("birch[au]", "birch in Author"),
    ],
)
def test_a_term_that_is_not_met_says_what_was_looked_for(query, sought):
    clause = explain(query, TRIAL, today=TODAY)
    assert (clause.is_met, clause.sought) == (False, sought)


def test_the_tree_is_that_of_the_query():
    clause = explain("(ketamine[ti] OR zebra[ti]) AND stress NOT rats[mh]", TRIAL, today=TODAY)
    assert [(one.operator, one.query if not one.operator else "", one.is_met) for one in each(clause)] == [
        ("NOT", "", True),
        ("AND", "", True),
        ("OR", "", True),
        (None, "ketamine[ti]", True),
        (None, "zebra[ti]", False),
        (None, "stress", True),
        (None, "rats[mh]", False),
    ]


def test_a_filter_is_explained_by_the_search_that_it_stands_for():
    clause = explain("therapy broad[filter]", TRIAL, today=TODAY)
    assert clause.note == "stands for the search below"
    assert [one.words for below in each(clause) for one in below.evidence if below.query == "random*[tiab]"] == [
        "randomly"
    ]


@pytest.mark.parametrize(
    ("query", "is_told"),
    [("ketamine", True), ("ketamine[tiab]", False), ('"ketamine"', False), ("ketamin*", False), ("hasabstract", False)],
)
def test_only_for_an_untagged_word_it_is_told_that_pubmed_would_map_it(query, is_told):
    note = explain(query, TRIAL, today=TODAY).note
    assert ("PubMed would also map this untagged word" in (note or "")) is is_told


@pytest.mark.parametrize("query", ["(ketamine", "ket*[tiab]", "antidepressants[pa]", '"last 7 days"[crdt]'])
def test_a_query_that_cannot_be_put_to_a_record_is_refused_with_its_place(query):
    with pytest.raises(QuerySyntaxError):
        explain(query, TRIAL)


@settings(max_examples=150, deadline=None)
@given(query=queries, citation=citations)
def test_every_verdict_is_the_engines_and_every_word_the_records(query, citation):
    today = date(2026, 11, 22)
    clause = explain(query, citation, today=today)
    assert clause.is_met is matches(query, citation, today=today)
    held = {passage for field in WORD_FIELDS for passage in index(citation).passages(field)}
    for one in each(clause):
        assert one.is_met or not one.evidence
        # A clause of a single term, read by itself, has the same verdict.
        if not one.clauses and one.sought:
            assert matches(one.query, citation, today=today) is one.is_met
        for found_words in one.evidence:
            assert found_words.words == found_words.text[found_words.start : found_words.end] != ""
            assert found_words.text in held or found_words.field in _VALUES


#: The names under which values are shown that are no running text.
_VALUES = {
    "MeSH heading", "Publication Type", "Supplementary Concept", "Author", "Author - First", "Author - Last",
    "Author - Full", "Language", "Date - Publication", "Date - Create", "PMID",
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(query=queries, citation=citations)
def test_what_is_met_by_words_or_values_shows_some(query, citation):
    for one in each(explain(query, citation, today=TODAY)):
        is_fact = one.sought.startswith(("the flag", "the filter"))
        if one.is_met and one.sought and not is_fact:
            assert not isinstance(parse(one.query), Operation)
            assert one.evidence


@settings(max_examples=400)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30) | st.text("aΣσé ﬁÅ²İßͅ-_'\u0301Ⅷ™", max_size=20))
def test_the_places_of_words_are_those_that_the_words_were_cut_from(text):
    held = places(text)
    assert [place.word for place in held] == words(text)
    for place in held:
        # A sigma looks otherwise where its word ends, and the word may go on behind an apostrophe.
        assert place.word.replace("ς", "σ") in [one.replace("ς", "σ") for one in words(text[place.start : place.end])]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Ke\u0301tamine", ["Ke\u0301tamine"], id="an accent by itself belongs to its letter"),
        pytest.param("(S)-ketamine,", ["S", "ketamine"], id="signs around words are left out"),
        pytest.param("ﬁne", ["ﬁne"], id="a ligature is one letter of the record"),
        pytest.param("Spravato™ spray", ["Spravato", "spray"], id="a trade mark is no letter"),
        pytest.param("ΟΔΟΣ", ["ΟΔΟΣ"], id="a final sigma"),
    ],
)
def test_words_are_shown_as_they_are_printed(text, shown):
    assert [text[place.start : place.end] for place in places(text)] == shown
