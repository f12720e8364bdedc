"""PubMed's query language finds what PubMed finds; every record here is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Identifier,
    Journal,
    MeshHeading,
    MeshQualifier,
    Notice,
    OtherAbstract,
    PubDate,
    Registration,
)
from aggregator.errors import QuerySyntaxError
from aggregator.pubmed import mesh
from aggregator.pubmed.language import (
    Operation,
    Recent,
    compile_query,
    index,
    matches,
    parse,
    read,
    terms,
    translation,
)
from aggregator.pubmed.query_fields import field_of
from aggregator.pubmed.words import words

TODAY = date(2026, 11, 22)

TRIAL = Citation(
    pmid="90000001",
    doi="10.5555/invented.1",
    pmcid="PMC9000001",
    identifiers=(Identifier(system="pii", value="S0000-1"),),
    title="Invented trial of S-ketamine for post-traumatic stress disorder in naïve volunteers.",
    abstract=(
        AbstractSection(label="BACKGROUND", category="BACKGROUND", text="Depression often follows trauma."),
        AbstractSection(
            label="RESULTS", category="RESULTS", text="The CAPS-5 score fell; a randomly chosen group got midazolam."
        ),
    ),
    other_abstracts=(OtherAbstract(language="fre", sections=(AbstractSection(text="La kétamine intraveineuse."),)),),
    authors=(
        Author(last_name="Aster", fore_name="Anna Beth", initials="AB", affiliations=("Clinic of Nowhere, Atlantis",)),
        Author(last_name="de la Cruz", fore_name="Eva", initials="E"),
        Author(collective="Imaginary Study Group"),
    ),
    journal=Journal(
        title="Journal of Invented Medicine", abbreviation="J Invent Med", issn="0000-0001", country="Atlantis"
    ),
    published=PubDate(2026, 11),
    e_published=PubDate(2026, 10, 5),
    entered=date(2026, 11, 16),
    processed=date(2026, 11, 17),
    indexed=date(2026, 11, 20),
    revised=date(2026, 11, 21),
    completed=date(2026, 11, 20),
    volume="12",
    pages="1-9",
    publication_status="aheadofprint",
    citation_status="MEDLINE",
    indexing_method="Automated",
    publication_types=("Journal Article", "Randomized Controlled Trial"),
    mesh=(
        MeshHeading(descriptor="Ketamine", qualifiers=(MeshQualifier(name="adverse effects", is_major=True),)),
        MeshHeading(descriptor="Stress Disorders, Post-Traumatic", qualifiers=(MeshQualifier(name="drug therapy"),)),
        MeshHeading(descriptor="Phobia, Social"),
        MeshHeading(descriptor="Humans"),
    ),
    chemicals=(Chemical(name="Esketamine", registry_number="50LFG02TXD"),),
    supplementary=("arketamine",),
    keywords=("rapid-acting antidepressants", "veterans"),
    languages=("eng",),
    registrations=(Registration(databank="ClinicalTrials.gov", accession="NCT90000001"),),
    notices=(Notice(ref_type="ErratumIn", pmid="90000009"),),
)

BARE = Citation(pmid="90000002", title="Invented letter about respiratory depression", citation_status="Publisher")
RAT = Citation(
    pmid="90000003",
    title="Invented rats and ketamine: a systematic review",
    abstract=(AbstractSection(text="Rats were given the drug."),),
    mesh=(MeshHeading(descriptor="Rats, Wistar"), MeshHeading(descriptor="Animals", is_major=True)),
    citation_status="In-Process",
    published=PubDate(2024),
)
RECORDS = {"trial": TRIAL, "bare": BARE, "rat": RAT}


def _row(query: str, record: str, expected: bool, reason: str):
    return pytest.param(query, record, expected, id=reason)


TABLE = [
    # operators
    _row("stress OR zebra AND zebra", "trial", False, "left to right: (stress OR zebra) AND zebra"),
    _row("stress OR (zebra AND zebra)", "trial", True, "parentheses change the order"),
    _row("stress NOT midazolam OR ketamine", "trial", True, "left to right: (stress NOT midazolam) OR ketamine"),
    _row("stress NOT (midazolam OR ketamine)", "trial", False, "NOT takes a whole group"),
    _row("stress NOT zebra NOT midazolam", "trial", False, "NOT after NOT takes away again"),
    _row("zebra AND stress OR trauma", "trial", True, "left to right: (zebra AND stress) OR trauma"),
    _row("ketamine trauma", "trial", True, "words side by side are joined by AND"),
    _row("ketamine zebra", "trial", False, "every word side by side is needed"),
    _row("zebra OR ketamine trauma", "trial", True, "a run of untagged words is one operand"),
    _row("ketamine & trauma", "trial", True, "& is AND"),
    _row("zebra | trauma", "trial", True, "| is OR"),
    _row("ketamine[tiab] trauma[tiab]", "trial", True, "tagged terms side by side are joined by AND"),
    _row("(ketamine)(trauma)", "trial", True, "groups side by side are joined by AND"),
    _row("ORAL OR ketamine", "trial", True, "an operator is a whole word"),
    # words and phrases
    _row("KETAMINE[TIAB]", "trial", True, "case does not matter"),
    _row("naive[ti]", "trial", True, "accents do not matter in the record"),
    _row("kétamine[tiab]", "trial", True, "accents do not matter in the query"),
    _row('"post-traumatic stress"[tiab]', "trial", True, "hyphens are spaces"),
    _row('"post traumatic stress"[tiab]', "trial", True, "a phrase without hyphens finds one with them"),
    _row('"stress post traumatic"[tiab]', "trial", False, "a phrase keeps its order"),
    _row("post-traumatic stress[tiab]", "trial", True, "a tagged run of words is one phrase"),
    _row("stress post[tiab]", "trial", False, "a tagged run keeps its order"),
    _row('"follows trauma results"[tiab]', "trial", False, "no phrase runs across abstract sections"),
    _row('"ketamin"[tiab]', "trial", False, "a word is a whole word"),
    _row("ketamin*[tiab]", "trial", True, "truncation finds longer words"),
    _row('"post-traumatic stres*"[tiab]', "trial", True, "truncation at the end of a phrase"),
    _row("etamine*[tiab]", "trial", False, "truncation does not reach to the left"),
    _row('"(S)-ketamine"[tiab]', "trial", True, "parentheses inside quotes are spaces"),
    # fields of words
    _row("midazolam[ti]", "trial", False, "[ti] is the title only"),
    _row("midazolam[ab]", "trial", True, "[ab] is the abstract"),
    _row("naive[ab]", "trial", False, "[ab] is not the title"),
    _row("midazolam[Title/Abstract]", "trial", True, "long names of tags"),
    _row("midazolam[ title / abstract ]", "trial", True, "spaces in tags"),
    _row("midazolam [tiab]", "trial", True, "a space before the tag"),
    _row("antidepressants[tiab]", "trial", True, "[tiab] has the authors' keywords"),
    _row("intraveineuse[tiab]", "trial", True, "[tiab] has other abstracts"),
    _row("background[tiab]", "trial", True, "[tiab] has section labels"),
    _row("humans[tiab]", "trial", False, "[tiab] has no headings"),
    _row("humans[tw]", "trial", True, "[tw] has headings"),
    _row("veterans[ot]", "trial", True, "[ot] is the authors' keywords"),
    _row("midazolam[ot]", "trial", False, "[ot] is nothing else"),
    _row("atlantis[ad]", "trial", True, "[ad] is the affiliation"),
    _row("atlantis[tw]", "trial", False, "[tw] has no affiliation"),
    _row("atlantis", "trial", True, "all fields have the affiliation"),
    _row("Imaginary Study Group[cn]", "trial", True, "[cn] is the group"),
    # proximity
    _row('"score midazolam"[tiab:~5]', "trial", False, "six words between are too many for five"),
    _row('"score midazolam"[tiab:~6]', "trial", True, "six words between are six"),
    _row('"midazolam score"[tiab:~6]', "trial", True, "proximity in any order"),
    _row('"trauma follows"[tiab:~0]', "trial", True, "proximity 0 in any order"),
    _row('"trauma caps"[tiab:~50]', "trial", False, "proximity stays in one section"),
    # headings
    _row('"Ketamine"[mh]', "trial", True, "a heading"),
    _row('"Ketamine"[MeSH Terms]', "trial", True, "a heading under the long tag"),
    _row("ketamine[mesh]", "trial", True, "a heading without quotes"),
    _row('"Ket"[mh]', "trial", False, "part of a heading is none"),
    _row('"Anxiety Disorders"[mh]', "trial", True, "a broader heading explodes: social phobia"),
    _row('"Mental Disorders"[mh]', "trial", True, "explosion over several floors"),
    _row('"Anxiety Disorders"[mh:noexp]', "trial", False, ":noexp does not explode"),
    _row('"Phobia, Social"[mh:noexp]', "trial", True, ":noexp finds the heading itself"),
    _row('"Mood Disorders"[mh]', "trial", False, "explosion stays in its branch"),
    _row('"Unheard Of"[mh]', "trial", False, "an unknown heading is no error"),
    _row('"Rats, Wistar"[mh]', "rat", True, "a heading with a comma"),
    _row("animals[mh]", "trial", True, "animals explodes to humans"),
    _row("ketamine[tiab] NOT (animals[mh] NOT humans[mh])", "rat", False, "the animal filter takes rats away"),
    _row("ketamine[tiab] NOT (animals[mh] NOT humans[mh])", "trial", True, "the animal filter keeps people"),
    _row("stress*[mh]", "trial", True, "a truncated heading"),
    _row("ketamine[majr]", "trial", True, "a starred subheading makes a major topic"),
    _row('"Phobia, Social"[majr]', "trial", False, "a heading without star is no major topic"),
    _row("animals[majr]", "rat", True, "a starred descriptor is a major topic"),
    _row("ketamine/adverse effects[mh]", "trial", True, "heading and subheading"),
    _row("ketamine/drug therapy[mh]", "trial", False, "the subheading of another heading"),
    _row('"Stress Disorders, Post-Traumatic/therapy"[mh]', "trial", True, "a subheading explodes: drug therapy"),
    _row("ketamine/adverse effects[majr]", "trial", True, "a major subheading"),
    _row("therapy[sh]", "trial", True, "[sh] explodes"),
    _row("therapy[sh:noexp]", "trial", False, "[sh:noexp] does not"),
    # other lists
    _row('"randomized controlled trial"[pt]', "trial", True, "a publication type"),
    _row('"clinical trial"[pt]', "trial", True, "publication types explode"),
    _row('"clinical trial"[pt:noexp]', "trial", False, "[pt:noexp] does not"),
    _row("review[pt]", "trial", False, "another publication type"),
    _row("esketamine[nm]", "trial", True, "[nm] is a substance"),
    _row("arketamine[nm]", "trial", True, "[nm] is a supplementary concept"),
    _row("ketamine[nm]", "trial", False, "[nm] is the whole name"),
    _row("50LFG02TXD[rn]", "trial", True, "[rn] is the registry number"),
    _row('"J Invent Med"[ta]', "trial", True, "a journal by its abbreviation"),
    _row("Journal of Invented Medicine[jour]", "trial", True, "a journal by its title"),
    _row("0000-0001[ta]", "trial", True, "a journal by its ISSN"),
    _row("Invented[ta]", "trial", False, "a journal by one word is none"),
    _row("eng[la]", "trial", True, "a language by its code"),
    _row("English[la]", "trial", True, "a language by its name"),
    _row("german[la]", "trial", False, "another language"),
    _row("NCT90000001[si]", "trial", True, "a registry number"),
    _row("10.5555/invented.1[doi]", "trial", True, "a DOI"),
    _row("12[vi] AND 1-9[pg]", "trial", True, "volume and pages"),
    # authors
    _row("aster[au]", "trial", True, "a surname"),
    _row("aster a[au]", "trial", True, "initials are open to the right"),
    _row('"aster a"[au]', "trial", False, "quotes close the initials"),
    _row('"aster ab"[au]', "trial", True, "full initials in quotes"),
    _row("ast[au]", "trial", False, "part of a surname is none"),
    _row("de la cruz e[au]", "trial", True, "a surname of several words"),
    _row("aster[1au]", "trial", True, "the first author"),
    _row("aster[lastau]", "trial", False, "the last author is another"),
    _row("Anna Beth Aster[fau]", "trial", True, "the full name"),
    # dates
    _row('("2026/11/15"[crdt] : "3000"[crdt])', "trial", True, "created since, open end"),
    _row('("2026/11/17"[crdt] : "3000"[crdt])', "trial", False, "created too early"),
    _row("2026/11/16:2026/11/16[crdt]", "trial", True, "both ends of a range belong to it"),
    _row("2026/11[crdt]", "trial", True, "one month"),
    _row("2025[crdt]", "trial", False, "another year"),
    _row("2020:2026[dp]", "trial", True, "years of publication"),
    _row("2026/10[dp]", "trial", True, "[dp] has the electronic date"),
    _row("2024[dp]", "rat", True, "a record that states only its year"),
    _row("2026/11/17[edat]", "trial", True, "[edat]"),
    _row("2026/11/20[mhda]", "trial", True, "[mhda]"),
    _row("2026/11/21[lr]", "trial", True, "[lr]"),
    _row("2026/11/20[dcom]", "trial", True, "[dcom]"),
    _row("2020:3000[dcom]", "bare", False, "a record without that date"),
    _row('"last 7 days"[crdt]', "trial", True, "the last days"),
    _row('"last 5 days"[crdt]', "trial", False, "too many days ago"),
    _row('"last 2 months"[dp]', "trial", True, "the last months"),
    _row('"last 1 year"[crdt]', "trial", True, "the last year"),
    _row("ketamine[tiab] 2020:2026[dp]", "trial", True, "a term beside a range"),
    # numbers
    _row("90000001[uid]", "trial", True, "a PMID"),
    _row("90000001[pmid] OR 5[pmid]", "bare", False, "another PMID"),
    _row("90000001:90000002[uid]", "bare", True, "a range of PMIDs"),
    _row("1:90000001[uid]", "bare", False, "beyond the range of PMIDs"),
    _row("90000001", "trial", True, "a bare PMID"),
    # subsets, filters, flags
    _row("medline[sb]", "trial", True, "MEDLINE"),
    _row("inprocess[sb]", "rat", True, "in process"),
    _row("publisher[sb]", "bare", True, "as supplied by publisher"),
    _row("pubmednotmedline[sb]", "bare", False, "not PubMed-not-MEDLINE"),
    _row("all[sb]", "bare", True, "everything"),
    _row('"pubmed books"[sb]', "trial", False, "no book"),
    _row("free full text[sb]", "trial", True, "free full text"),
    _row("free full text[Filter]", "bare", False, "no free full text"),
    _row("systematic[sb]", "rat", True, "a systematic review that is not indexed, by its title"),
    _row("systematic[sb]", "trial", False, "a trial is no systematic review"),
    _row("Therapy/Narrow[filter]", "trial", True, "Clinical Queries, narrow"),
    _row("Therapy/Broad[filter]", "trial", True, "Clinical Queries, broad"),
    _row("Therapy/Broad[filter]", "bare", False, "a letter is no therapy study"),
    _row("hasabstract", "trial", True, "has an abstract"),
    _row("hasabstract", "bare", False, "has none"),
    _row("hasstructuredabstract AND ketamine", "rat", False, "an abstract without labels"),
    _row("haserratumin", "trial", True, "has an erratum"),
    _row("hasretractionin", "trial", False, "is not retracted"),
    _row("hasexpressionofconcernin", "trial", False, "no concern"),
    _row("pubstatusaheadofprint", "trial", True, "ahead of print"),
    _row("indexingmethod_automated", "trial", True, "automated indexing"),
]


@pytest.mark.parametrize(("query", "record", "expected"), TABLE)
def test_a_query_finds_what_pubmed_finds(query, record, expected):
    assert matches(query, RECORDS[record], today=TODAY) is expected


def test_a_retracted_study_is_found_by_its_flag():
    retracted = replace(TRIAL, notices=(Notice(ref_type="RetractionIn"), Notice(ref_type="ExpressionOfConcernIn")))
    assert matches("hasretractionin AND hasexpressionofconcernin", retracted)


FAULTY = [
    pytest.param("", 0, "the query is empty", id="empty"),
    pytest.param("  \n ", 4, "the query is empty", id="blank"),
    pytest.param("(a OR b", 0, "this ( is never closed", id="open parenthesis"),
    pytest.param("a AND (b OR (c", 12, "this ( is never closed", id="the innermost open parenthesis"),
    pytest.param("a OR b)", 6, "this ) closes nothing", id="closing parenthesis"),
    pytest.param("melanoma AND (", 13, "this ( is never closed", id="group without content at the end"),
    pytest.param("a ()", 2, "these parentheses are empty", id="empty parentheses"),
    pytest.param('x OR "b', 5, "this quotation mark is never closed", id="open quotation mark"),
    pytest.param("x[tiab", 1, "this field tag is never closed", id="open tag"),
    pytest.param("x]", 1, "this ] closes no field tag", id="closing bracket"),
    pytest.param("a AND", 5, "the query ends where a term is expected", id="operator at the end"),
    pytest.param("AND a", 0, "a term is expected here, not an operator", id="operator at the beginning"),
    pytest.param("a OR OR b", 5, "a term is expected here, not an operator", id="two operators"),
    pytest.param("(a OR) b", 5, "a term is expected before this )", id="operator before )"),
    pytest.param("[ti] OR a", 0, "this field tag belongs to no term", id="tag without term"),
    pytest.param("(a OR b)[ti]", 8, "this field tag belongs to no term", id="tag behind a group"),
    pytest.param("a[tiba]", 1, "did you mean [tiab]?", id="unknown tag, near one named"),
    pytest.param("a or b", 2, "write OR", id="small or"),
    pytest.param("a[ti] and b[ti]", 6, "write AND", id="small and before a tagged term"),
    pytest.param("ket*[tiab]", 3, "* needs at least 4 letters", id="truncation too short"),
    pytest.param("ket*mine[tiab]", 3, "* works only at the end", id="asterisk inside a word"),
    pytest.param('"psych* trial"[tiab]', 6, "* works only at the end", id="asterisk inside a phrase"),
    pytest.param('"ketamin* trial"[tiab:~3]', 8, "* does nothing in a proximity search", id="truncation in proximity"),
    pytest.param('"a b"[mh:~3]', 5, "cannot be used with ':~3'", id="proximity in a field without"),
    pytest.param("a[tiab:noexp]", 1, "cannot be used with ':noexp'", id=":noexp in a field without tree"),
    pytest.param('"alone"[tiab:~3]', 0, "two or more words", id="proximity of one word"),
    pytest.param('"-"[tiab]', 0, "there is no word here", id="no word in quotes"),
    pytest.param("2024/13[dp]", 0, "this is not a date", id="thirteenth month"),
    pytest.param("2024:soon[dp]", 5, "this is not a date", id="end that is no date"),
    pytest.param("2024:2020[dp]", 0, "ends before it begins", id="range backwards"),
    pytest.param("1:x[uid]", 2, "needs whole numbers", id="range of no numbers"),
    pytest.param("a:b[ti]", 3, "has no ranges", id="range of words"),
    pytest.param("2020:2024", 4, "needs a field tag", id="range without tag"),
    pytest.param('("2020"[dp] : "2024"[crdt])', 20, "same field tag", id="range with two tags"),
    pytest.param("#1 AND ketamine", 0, "search history", id="search history"),
    pytest.param("(" * 200 + "a" + ")" * 200, 100, "too many parentheses", id="hostile nesting"),
]


@pytest.mark.parametrize(("query", "position", "message"), FAULTY)
def test_a_faulty_query_is_refused_with_its_place_and_a_remedy(query, position, message):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    assert message in str(caught.value)
    assert caught.value.position == position
    assert caught.value.query == query


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param("antidepressants[pa]", "asked of PubMed only", id="field that is not kept"),
        pytest.param("ketamine AND strange[filter]", "asked of PubMed only", id="unknown filter"),
        pytest.param('"last 7 days"[crdt]', "today's date", id="no date given"),
    ],
)
def test_what_a_citation_does_not_hold_is_refused_rather_than_answered_with_no(query, message):
    with pytest.raises(QuerySyntaxError, match=message):
        compile_query(query)


def test_pubmeds_tolerance_is_read_with_every_problem_named():
    reading = read("a[foo] or ket*[tiab]")
    assert [problem.position for problem in reading.problems] == [1, 7, 13]
    assert translation(reading.node) == '"a"[All Fields] AND "ket"[Title/Abstract]'


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("post-traumatic stress[tiab]", '"post traumatic stress"[Title/Abstract]'),
        ("ketamin*[tiab]", '"ketamin*"[Title/Abstract]'),
        ('"Ketamine"[Mesh]', '"Ketamine"[MeSH Terms]'),
        ("a OR b AND c", '("a"[All Fields] OR "b"[All Fields]) AND "c"[All Fields]'),
        ("depression/therapy[mh:noexp]", '"depression/therapy"[MeSH Terms:noexp]'),
        ("2025/09/27:2025/11/26[edat]", "2025/09/27:2025/11/26[Date - Entry]"),
        ("2024[dp]", "2024/01/01:2024/12/31[Date - Publication]"),
        ('"a b"[tiab:~3]', '"a b"[Title/Abstract:~3]'),
        ("1:9999[uid]", "1:9999[UID]"),
    ],
)
def test_a_translation_reads_as_pubmed_prints_it(query, written):
    assert translation(parse(query)) == written


def test_terms_are_listed_with_field_and_place():
    query = "(ketamine[ti] OR 2024[dp]) AND stress"
    found = [(leaf.field.name, query[leaf.start : leaf.end]) for leaf in terms(parse(query))]
    assert found == [("Title", "ketamine[ti]"), ("Date - Publication", "2024[dp]"), ("All Fields", "stress")]


def test_one_index_serves_many_queries():
    indexed = index(TRIAL)
    assert compile_query("ketamine[tiab]")(indexed)
    assert not compile_query("zebra[tiab]")(indexed)


def test_a_long_chain_of_terms_is_no_burden():
    query = " OR ".join(f"word{number}[tiab]" for number in range(5000)) + " OR ketamine[tiab]"
    assert matches(query, TRIAL)


def test_a_hostile_chain_of_operators_is_refused():
    with pytest.raises(QuerySyntaxError, match="too many changes of operator"):
        parse("a" + " OR b AND c" * 200)


def test_headings_explode_by_tree_number():
    assert mesh.headings_below("Phobic Disorders") <= mesh.headings_below("Mental Disorders")
    assert "depressive disorder treatment resistant" in mesh.headings_below("Mood Disorders")
    assert mesh.headings_below("Unheard Of") == {"unheard of"}
    assert "equivalence trial" in mesh.publication_types_below("Clinical Trial")


WORDS = st.sampled_from(["ketamine", "stress", "trauma", "zebra", "midazolam", "depression", "post-traumatic stress"])
TAGS = st.sampled_from(["[tiab]", "[ti]", "[tw]", "[ab]", "[mh]", "[mh:noexp]", "[majr]", "[pt]", "[nm]", "[au]", ""])
TERMS = st.one_of(
    st.builds(lambda word, tag: f"{word.split()[0] if not tag else word}{tag}", WORDS, TAGS),
    st.builds(lambda word, tag: f'"{word}"{tag}', WORDS, TAGS),
    st.builds(lambda word: f"{word}*[tiab]", WORDS),
    st.builds(lambda one, two, gap: f'"{one} {two}"[tiab:~{gap}]', WORDS, WORDS, st.integers(0, 9)),
    st.sampled_from(
        ["2024[dp]", "2020:2026/11[dp]", '("2026/11"[crdt] : "3000"[crdt])', '"last 9 days"[edat]', "1:90000001[uid]"]
    ),
    st.sampled_from(["medline[sb]", "hasabstract", "humans[mh]", "stress disorders, post-traumatic/therapy[mh]"]),
)
QUERIES = st.recursive(
    TERMS,
    lambda inner: st.builds(
        lambda parts, operators: "".join(
            f" {operator} {part}" for part, operator in zip(parts[1:], operators, strict=False)
        ).join([f"({parts[0]}", ")"]),
        st.lists(inner, min_size=2, max_size=4),
        st.lists(st.sampled_from(["AND", "OR", "NOT"]), min_size=3, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(QUERIES)
def test_a_translation_read_again_is_the_same_query(query):
    node = parse(query)
    again = parse(translation(node))
    assert again == node
    for record in RECORDS.values():
        assert matches(again, record, today=TODAY) is matches(query, record, today=TODAY)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab ()[]"*:~/&|ANDORT#-é', max_size=40))
def test_any_text_is_read_or_refused_in_words(text):
    fault = None
    try:
        node = parse(text)
    except QuerySyntaxError as error:
        fault = error
    assert 0 <= fault.position <= len(text) if fault else parse(translation(node)) == node


def test_a_group_is_kept_apart_from_its_neighbours():
    node = parse("(a OR b) OR c")
    assert isinstance(node, Operation)
    assert [type(operand).__name__ for operand in node.operands] == ["Operation", "Term"]


@pytest.mark.parametrize("tag", ["tiab", "TIAB", "Title/Abstract", "title / abstract"])
def test_tags_are_known_in_any_case_and_spacing(tag):
    field = field_of(tag)
    assert field is not None
    assert field.name == "Title/Abstract"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("Spravato™ spray", ["spravato", "spray"], id="a trade mark is no letter"),
        pytest.param("25 mgª", ["25", "mg"], id="nor is a foot note's mark"),
        pytest.param("phase Ⅲ", ["phase", "iii"], id="a numeral of one character"),
        pytest.param("ﬂuoxetine", ["fluoxetine"], id="a ligature"),
        pytest.param("ＫＥＴ", ["ket"], id="full-width letters"),
        pytest.param("ke\u0301tamine k\u00e9tamine", ["ketamine", "ketamine"], id="an accent by itself or not"),
        pytest.param("H₂O and Ca²⁺", ["h2o", "and", "ca2"], id="small digits"),
        pytest.param("covid-19", ["covid", "19"], id="a hyphen parts"),
    ],
)
def test_text_is_cut_into_the_words_that_a_reader_sees(written, expected):
    assert words(written) == expected


@pytest.mark.parametrize(
    ("asked", "today", "first"),
    [
        ("last 1 month", date(2026, 3, 31), date(2026, 2, 28)),
        ("last 1 year", date(2024, 2, 29), date(2023, 2, 28)),
        ("last 14 months", date(2026, 1, 15), date(2024, 11, 15)),
        ("last 9999 years", date(2026, 1, 15), date.min),
    ],
)
def test_the_last_months_begin_on_a_day_that_there_is(asked, today, first):
    recent = parse(f'"{asked}"[crdt]')
    assert isinstance(recent, Recent)
    assert recent.since(today) == first
