"""The tables of wording: the language they are written in, and what every file must hold to."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from aggregator import lexicon, vocabulary

FILES = sorted(Path(lexicon.__file__).parent.glob("*.toml"))
NAMES = [path.stem for path in FILES]
EVIDENCE = Path(lexicon.__file__).parents[1] / "evidence"
#: Keys of lists of wordings, and all keys that an entry may have.
WORDED = (
    "title",
    "words",
    "never",
    "only_if",
    "only_with",
    "only_after",
    "unless",
    "unless_if",
    "unless_after",
    "unless_before",
    "unless_with",
)
KEYS = {*WORDED, "name", "printed", "pattern", "spelt", "needs", "control", "means", "where", "strength", "yields_to"}
#: Tables whose entries share words: a title may use those of an abstract, a weak entry those of a strong one.
SHARING = {"benefit", "designs", "directions", "regimens", "infusions"}
#: Wordings that mean two things at once: bipolar depression that resists treatment, depression with suicidal ideation.
OF_TWO = {"trbd", "mdsi"}


@pytest.mark.parametrize(
    ("wording", "text", "found"),
    [
        pytest.param("wait list", "a wait-list control", "wait-list", id="a space may be a hyphen"),
        pytest.param("wait list", "the wait listed", None, id="words are whole"),
        pytest.param("mindfulness*", "a mindfulness-based course", "mindfulness", id="a star may be no ending"),
        pytest.param("schizophreni*", "in schizophrenic patients", "schizophrenic", id="a star is any ending"),
        pytest.param("generali(s|z)ed anxiety", "generalised anxiety", "generalised anxiety", id="either letter"),
        pytest.param("adult[s]", "adults", "adults", id="an optional letter that is there"),
        pytest.param("adult[s]", "an adult", "adult", id="an optional letter that is missing"),
        pytest.param("teenage[d|r|rs]", "teenagers", "teenagers", id="one of several optional endings"),
        pytest.param("[oral |new ]antidepressant", "an oral antidepressant", "oral antidepressant", id="optional word"),
        pytest.param("{major |bipolar }depression", "depression", "depression", id="any number of words is none"),
        pytest.param(
            "{major |bipolar }depression", "bipolar major depression", "bipolar major depression", id="in any order"
        ),
        pytest.param("rectal [_ ]ketamine", "rectal s-ketamine ketamine", "rectal s-ketamine ketamine", id="any word"),
        pytest.param("rectal [_ ]ketamine", "rectal surgery under ketamine", None, id="one word is not two"),
        pytest.param("healthy ... men", "healthy, men", None, id="a comma is no space"),
        pytest.param(
            "healthy ... men",
            "healthy young, lean and tall men",
            "healthy young, lean and tall men",
            id="and is not counted",
        ),
        pytest.param(
            "healthy ... men", "healthy men and women and men", "healthy men", id="as few words as there can be"
        ),
        pytest.param("healthy ... men", "healthy a b c d men", None, id="no more words than dots"),
        pytest.param("healthy .... men", "healthy a b c d men", "healthy a b c d men", id="as many words as dots"),
        pytest.param(
            "oral ... ketamine",
            "oral 0.5 mg/kg (s)-ketamine",
            "oral 0.5 mg/kg (s)-ketamine",
            id="amounts and brackets are words",
        ),
        pytest.param("oral ... ketamine", "oral use. ketamine", None, id="no words beyond a sentence"),
        pytest.param("i.v. .. dose", "an i.v. dose", "i.v. dose", id="a point within an abbreviation"),
        pytest.param(
            "monday[s] ~ friday[s]",
            "mondays, wednesdays and fridays",
            "mondays, wednesdays and fridays",
            id="signs of a clause",
        ),
        pytest.param("monday[s] ~ friday[s]", "monday; by friday", None, id="not beyond the clause"),
        pytest.param(
            "monday[s] ~ friday[s]", "monday, as we had said at some length before, and friday", None, id="not too far"
        ),
        pytest.param(
            "monday[s] ~~ friday[s]",
            "monday, as we had said at some length, friday",
            "monday, as we had said at some length, friday",
            id="further",
        ),
        pytest.param("dose ~ mg", "dose of 0.5 mg", "dose of 0.5 mg", id="a decimal ends no clause"),
        pytest.param(
            "<number> infusions", "after twenty-one infusions", "twenty-one infusions", id="a number in words"
        ),
        pytest.param("<number> infusions", "after 6 infusions", "6 infusions", id="a number in digits"),
        pytest.param("<number> infusions", "0.5 infusions", None, id="no part of a number"),
        pytest.param("<amount> mg/kg", "0.2 or 0.5 mg/kg", "0.2 or 0.5 mg/kg", id="an amount may be a list"),
        pytest.param("over <time>", "over 30-40 min.", "over 30-40 min", id="a range of time"),
        pytest.param("over <time>", "over ninety-six hours", "over ninety-six hours", id="time in words"),
        pytest.param("over <time>", "over 40 mg", None, id="an amount is no time"),
        pytest.param("guideline[s] <not adherence>", "guidelines", "guidelines", id="what must not follow does not"),
        pytest.param("guideline[s] <not adherence>", "guideline adherence", None, id="what must not follow does"),
        pytest.param(
            "trial <not ... studies>", "trial and of cohort studies", None, id="what must not follow, after some words"
        ),
        pytest.param("given <not (daily|weekly)>", "given. weekly", "given", id="another sentence is not looked at"),
        pytest.param(
            "continued <then ~ surgery>",
            "continued until the end of surgery",
            "continued",
            id="what follows is no part",
        ),
        pytest.param("continued <then ~ surgery>", "continued for long", None, id="what must follow does not"),
        pytest.param("^editorial", "editorial", "editorial", id="the beginning of a title"),
        pytest.param("^editorial", "an editorial", None, id="not the beginning of a title"),
        pytest.param("perspective[s]$", "new perspectives", "perspectives", id="the end of a title"),
        pytest.param(r"\(<time>\)", "(40 min)", "(40 min)", id="brackets that are printed"),
        pytest.param("# year", "a 43-year", "43-year", id="digits begin a wording"),
        pytest.param("<1-11> year old", "an 11-year-old", "11-year-old", id="a number within the range"),
        pytest.param("<1-11> year old", "a 12-year-old", None, id="a number above the range"),
        pytest.param("<1-11> year old", "aged 21 year old", None, id="a number that ends like one of the range"),
        pytest.param("ly#", "of ly354740,", "ly354740", id="a number"),
        pytest.param("ly#", "lying", None, id="no number"),
        pytest.param("0.9[ ]% (nacl|sodium chloride)", "0.9% nacl", "0.9% nacl", id="a point is a point"),
        pytest.param("i.[ ]v.", "given i. v.", "i. v.", id="a full stop ends a wording too"),
    ],
)
def test_a_wording_finds(wording, text, found):
    match = re.search(lexicon.pattern_of([wording]), text)
    assert (match and match.group()) == found


def test_of_two_wordings_the_first_one_counts():
    assert (
        re.search(lexicon.pattern_of(["anxiety disorder[s]", "anxiety"]), "anxiety disorders")[0] == "anxiety disorders"
    )


def test_some_words_may_stand_in_no_gap():
    pattern = lexicon.pattern_of(["single .... dose"], never=["patient[s]"])
    assert re.search(pattern, "a single low dose")
    assert not re.search(pattern, "a single patient had a dose")


@pytest.mark.parametrize(
    ("wording", "before", "found"),
    [
        pytest.param("non", "a non-", True, id="directly before"),
        pytest.param("non", "a non trivial ", False, id="not directly before"),
        pytest.param("previous ...", "in previous small ", True, id="with a few words between"),
        pytest.param("previous ...", "in previous ", True, id="with none between"),
        pytest.param("previous ...", "in previous ones. The ", False, id="in another sentence"),
        pytest.param("future ~", "in future, as (", True, id="in the clause"),
    ],
)
def test_words_before_what_they_undo(wording, before, found):
    assert bool(re.search(lexicon.pattern_before([wording]) + r"\Z", before)) == found


@pytest.mark.parametrize(
    ("wording", "behind", "found"),
    [
        pytest.param("trials", " trials", True, id="directly behind"),
        pytest.param("... trials", ", controlled trials", True, id="with a word between"),
        pytest.param("trials", ". trials", False, id="in another sentence"),
    ],
)
def test_words_behind_what_they_undo(wording, behind, found):
    assert bool(re.match(lexicon.pattern_behind([wording]), behind)) == found


def test_no_wordings_find_nothing():
    assert not re.search(lexicon.pattern_of([]), "anything")


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("conditions", "treatment-resistant bipolar depression", {"depression", "bipolar"}),
        ("conditions", "the gad-7", set()),
        ("ages", "a 16-year-old and an elderly woman", {"adolescents", "older-adults"}),
        ("routes", "the infusion pump", set()),
        ("routes", "oral prolonged-release ketamine", {"oral"}),
        ("comparators", "a wait-list or saline", {"wait-list", "saline"}),
    ],
)
def test_a_table_finds(name, text, values):
    assert {value for value, pattern in lexicon.patterns(name) if pattern.search(text)} == values


@pytest.mark.parametrize(
    ("entries", "text", "found"),
    [
        pytest.param(["aside"], "drugs in plasma rose", True, id="how it works is beside the question"),
        pytest.param(["aside"], "it was well-tolerated", False, id="tolerated stands beside a benefit"),
        pytest.param(["beside"], "manic switches were counted", True, id="mania is no benefit"),
        pytest.param(
            ["beside"], "clinical manifestations eased", False, id="words that begin as mania does are none of it"
        ),
        pytest.param(["for-which", "response"], "response was commoner", True, id="several entries: the second"),
        pytest.param(["for-which", "symptoms"], "response was commoner", False, id="several entries: neither"),
        pytest.param(["for-which"], "injection pain was rarer", False, id="an entry's expression counts"),
        pytest.param(["null-of-else"], "scores at baseline and at week 4", False, id="baseline beside a later time"),
        pytest.param(["null-of-else"], "scores at the second baseline did", True, id="what was there before"),
        pytest.param(
            ["title-efficacy"], "a cost-effectiveness ratio", False, id="a ratio of costs asks for no efficacy"
        ),
        pytest.param(["review-harm"], "ketamine abuse among nurses", True, id="its own abuse is a harm"),
        pytest.param(["review-harm"], "ketamine for alcohol abuse", False, id="the abuse that it treats is none"),
    ],
)
def test_entries_of_one_file_may_be_looked_for_together(entries, text, found):
    assert bool(re.search(lexicon.expression("directions", *entries), text)) is found


def test_every_entry_on_directions_is_asked_for():
    read_by = "".join(path.read_text(encoding="utf-8") for path in EVIDENCE.glob("direction*.py"))
    assert [name for name in lexicon.table("directions") if f'"{name}"' not in read_by] == []


def test_one_entry_may_be_left_out():
    assert re.search(lexicon.pattern_of_all("agents"), "saline")
    assert not re.search(lexicon.pattern_of_all("agents", but="inert"), "saline")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conditions", vocabulary.CONDITIONS),
        ("routes", vocabulary.ROUTES),
    ],
)
def test_a_table_has_the_values_of_the_vocabulary_in_its_order(name, words):
    assert list(lexicon.table(name)) == list(words)


def test_comparators_and_their_controls_are_of_the_vocabulary():
    table = lexicon.table("comparators")
    assert table.keys() == vocabulary.COMPARATORS.keys()
    assert {entry["control"] for entry in table.values()} <= vocabulary.CONTROLS.keys()


@pytest.mark.parametrize(
    ("name", "values"),
    [("designs", vocabulary.DESIGNS), ("regimens", vocabulary.REGIMENS), ("ages", vocabulary.AGE_GROUPS)],
)
def test_what_wordings_mean_is_of_the_vocabulary(name, values):
    table = lexicon.table(name)
    assert {entry["means"] for entry in table.values() if "means" in entry} <= set(values)
    for entry in table.values():
        assert entry.get("strength", "plain") in {"sure", "strong", "plain", "weak"}
        assert set(entry.get("yields_to", ())) <= {"title", *values}


@pytest.mark.parametrize("name", NAMES)
def test_wordings_compile_are_in_small_letters_and_stand_once(name):
    seen = Counter()
    for value, entry in lexicon.table(name).items():
        assert entry.keys() <= KEYS, value
        for wording in (wording for key in WORDED for wording in entry.get(key, ())):
            re.compile(lexicon.pattern_of([wording]))
            assert wording == wording.lower().strip(), wording
        re.compile(entry.get("pattern", ""))
        seen.update(entry.get("words", ()))
        seen.update(("as printed", acronym) for acronym in entry.get("printed", ()))
    assert name in SHARING or {wording for wording, times in seen.items() if times > 1} - OF_TWO == set()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_says_what_it_is_and_why_it_needs_an_expression(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    for before, line in pairwise(lines):
        assert not line.startswith("pattern") or before.startswith("#"), line
