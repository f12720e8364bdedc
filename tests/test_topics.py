"""The topics that ship are whole, and what is wrong in a file is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import topics
from aggregator.citation import AbstractSection, Citation, MeshHeading
from aggregator.pubmed import language
from aggregator.pubmed.language import Operation
from aggregator.pubmed.query_check import findings
from aggregator.topic_check import among, check, recall
from aggregator.topics import Landmark, Topic
from tests.test_language import QUERIES as RANDOM_QUERIES
from tests.test_language import TODAY

QUERIES = Path(__file__).parent.parent / "queries"
SLUGS = (
    "ptsd",
    "social-anxiety",
    "depression",
    "other-anxiety",
    "anxiety-depression",
    "psychotherapy",
    "neuroplasticity",
    "safety",
)
GOOD = """title = "Invented topic"
question = "Is this invented?"
sources = ["invented for a test"]
query = '''
(ketamin*[tiab]
  OR {slot})
'''
"""


def invented(title: str, abstract: str = "", mesh: tuple[str, ...] = ()) -> Citation:
    return Citation(
        pmid="90000001",
        title=title,
        abstract=(AbstractSection(text=abstract),) if abstract else (),
        mesh=tuple(MeshHeading(descriptor=name) for name in mesh),
    )


def faults_of(folder: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return [str(fault) for fault in check(folder)]


def test_the_shipped_topics_stand_in_their_order():
    assert tuple(topic.slug for topic in topics.load(QUERIES)) == SLUGS


def test_the_shipped_topics_have_no_fault():
    assert check(QUERIES) == ()


@pytest.mark.parametrize("topic", topics.load(QUERIES), ids=lambda topic: topic.slug)
def test_a_shipped_query_hides_no_design_or_animal_filter(topic):
    fields = {leaf.field.name for leaf in language.terms(language.parse(topic.query))}
    assert fields <= {"Title/Abstract", "Title", "MeSH Terms", "Supplementary Concept"}
    assert "animals" not in topic.query.casefold()


@pytest.mark.parametrize("topic", topics.load(QUERIES), ids=lambda topic: topic.slug)
def test_a_shipped_query_asks_for_the_drug_and_the_subject(topic):
    node = language.parse(topic.query)
    assert isinstance(node, Operation)
    assert node.operator == "AND"
    finds = language.compile_query(topic.query)
    assert not finds(invented("Ketamine", "")), "the drug alone is not enough"
    assert not finds(invented("Depression, anxiety, PTSD, brain imaging and psychotherapy: an invented title"))


STUDIES = [
    ("ptsd", "Ketamine for PTSD in invented veterans", ""),
    ("ptsd", "Esketamine after trauma", "Invented: posttraumatic stress symptoms fell."),
    ("social-anxiety", "Ketamine for social anxiety disorder", ""),
    ("social-anxiety", "Ketamine in treatment-refractory anxiety disorders", ""),
    ("depression", "Esketamine nasal spray in treatment-resistant depression", ""),
    ("depression", "Ketamine for bipolar disorder", ""),
    ("depression", "Ketamine for suicidal ideation", ""),
    ("depression", "Esketamine and respiratory depression", "Invented: reports on patients given an antidepressant."),
    ("other-anxiety", "Ketamine for generalised anxiety", ""),
    ("other-anxiety", "Ketamine for generalized anxiety", ""),
    ("other-anxiety", "Ketamine for panic disorder", ""),
    ("other-anxiety", "Ketamine in obsessive-compulsive disorder", ""),
    ("other-anxiety", "Ketamine for fear of dying", ""),
    ("anxiety-depression", "Ketamine in anxious depression", ""),
    ("anxiety-depression", "Ketamine infusions in MDD", "Invented: the HAM-A fell too."),
    ("anxiety-depression", "Ketamine for comorbid PTSD and major depression", ""),
    ("psychotherapy", "Ketamine-assisted psychotherapy in an invented practice", ""),
    ("psychotherapy", "Ketamine and behavioural activation", ""),
    ("psychotherapy", "Ketamine and written exposure", "Invented: written exposure therapy."),
    ("neuroplasticity", "Ketamine and EEG in depressed patients", ""),
    ("neuroplasticity", "Resting-state connectivity after ketamine in depression", ""),
    ("neuroplasticity", "Glutamate spectroscopy after ketamine in healthy volunteers", ""),
    ("neuroplasticity", "Interleukin-6 predicts response to ketamine in depression", ""),
    ("neuroplasticity", "Tumour necrosis factor after esketamine in patients", ""),
    ("neuroplasticity", "Cortical thickness and ketamine in depression", ""),
    ("neuroplasticity", "Kynurenine and ketamine in depression", ""),
    ("neuroplasticity", "Lateral habenula and ketamine in depression", ""),
    ("neuroplasticity", "Sleep slow waves and ketamine in patients", ""),
    ("safety", "Cystitis after esketamine for depression", ""),
    ("safety", "Adverse events of ketamine in psychiatric disorders", ""),
]


@pytest.mark.parametrize(("slug", "title", "abstract"), STUDIES, ids=[f"{row[0]}: {row[1]}" for row in STUDIES])
def test_a_fresh_record_without_headings_is_found_by_its_words(slug, title, abstract):
    topic = topics.read_topic(QUERIES / f"{slug}.toml")
    assert language.matches(topic.query, invented(title, abstract))


@pytest.mark.parametrize(
    ("slug", "headings"),
    [
        ("ptsd", ("Ketamine", "Stress Disorders, Post-Traumatic")),
        ("social-anxiety", ("Ketamine", "Phobia, Social")),
        ("depression", ("Ketamine", "Depressive Disorder, Treatment-Resistant")),
        ("other-anxiety", ("Ketamine", "Panic Disorder")),
        ("anxiety-depression", ("Ketamine", "Phobia, Social", "Depressive Disorder, Major")),
        ("psychotherapy", ("Ketamine", "Cognitive Behavioral Therapy")),
        ("neuroplasticity", ("Ketamine", "Functional Neuroimaging", "Humans")),
        ("safety", ("Ketamine", "Cystitis, Interstitial", "Depressive Disorder")),
    ],
)
def test_a_record_whose_title_says_nothing_is_found_by_its_headings(slug, headings):
    topic = topics.read_topic(QUERIES / f"{slug}.toml")
    assert language.matches(topic.query, invented("An invented title", mesh=headings))


@pytest.mark.parametrize("title", ["Ketamine for burns in children", "Ketamine and ST depression"])
def test_other_uses_of_ketamine_are_not_taken_for_depression(title):
    assert not language.matches(topics.read_topic(QUERIES / "depression.toml").query, invented(title))


FAULTY = [
    pytest.param('"ketamine"[tiab', "topic.toml:6:16: error: this field tag is never closed", id="open tag"),
    pytest.param("(x[tiab]", "topic.toml:5:1: error: this ( is never closed", id="open parenthesis"),
    pytest.param('"x[tiab]', "topic.toml:6:6: error: this quotation mark is never closed", id="open quotation mark"),
    pytest.param("x[tiba]", "topic.toml:6:7: error: unknown field tag [tiba]; did you mean [tiab]?", id="unknown tag"),
    pytest.param("x[ti] or y[ti]", "topic.toml:6:12: error: 'or' is no operator", id="operator in small letters"),
    pytest.param("x[ti] AND y[ti]", "topic.toml:6:12: error: OR and AND stand side by side", id="precedence trap"),
    pytest.param("ket*[ti]", "topic.toml:6:9: error: * needs at least 4 letters", id="truncation too short"),
    pytest.param("ketamin*[tiab]", 'topic.toml:6:6: warning: "ketamin*"[Title/Abstract] stands', id="same term twice"),
    pytest.param('"Ketamin"[mh]', "topic.toml:6:6: warning: 'Ketamin' is not among the MeSH", id="unknown heading"),
    pytest.param("x[pa]", "topic.toml:6:6: warning: [Pharmacological Action] can be asked", id="not kept here"),
    pytest.param("x]", "topic.toml:6:7: error: this ] closes no field tag", id="bracket that closes nothing"),
    pytest.param("x[ti] OR ()", "topic.toml:6:15: error: these parentheses are empty", id="empty parentheses"),
    pytest.param("x[ti] NOT y[ti]", "topic.toml:6:12: error: OR and NOT stand side by side", id="NOT beside OR"),
    pytest.param(
        "ketamine[tiab]",
        'topic.toml:6:6: warning: "ketamine"[Title/Abstract] is found by "ketamin*"',
        id="covered word",
    ),
    pytest.param(
        "ketaminergic[ti]",
        'topic.toml:6:6: warning: "ketaminergic"[Title] is found by',
        id="covered in a narrower field",
    ),
    pytest.param(
        '(x[ti] OR "ketamine therap*"[tiab])',
        'topic.toml:6:16: warning: "ketamine therap*"[Title/Abstract] is found by',
        id="covered phrase in a group of its own",
    ),
    pytest.param("2024/02/30[crdt]", "topic.toml:6:6: error: this is not a date", id="impossible date"),
    pytest.param("2024:2020[crdt]", "topic.toml:6:6: error: this range ends before", id="range backwards"),
    pytest.param("3000:3001[crdt]", "topic.toml:6:6: warning: no record has such a date", id="date of no record"),
    pytest.param(
        "(2019[crdt] AND 2020[crdt])", "topic.toml:6:22: warning: no record lies in both", id="two dates at once"
    ),
    pytest.param('"of the"[tiab]', "topic.toml:6:6: warning: 'of the' is made of words that", id="stop words only"),
    pytest.param("(x[ti] NOT x[tiab])", "topic.toml:6:17: warning: this takes away everything", id="NOT of the same"),
    pytest.param("poem[pt]", "topic.toml:6:6: warning: PubMed has no publication type 'poem'", id="unknown type"),
    pytest.param("x/zz[mh]", "topic.toml:6:6: warning: 'x' is not among the MeSH", id="unknown heading of a pair"),
    pytest.param('"Ketamine/zz"[mh]', "topic.toml:6:6: warning: MeSH has no subheading 'zz'", id="unknown subheading"),
    pytest.param("sleep", "topic.toml:6:6: warning: 'sleep' has no field tag", id="word without tag"),
    pytest.param("x y or z[ti]", "topic.toml:6:6: warning: 'x y or z' is one phrase", id="operator inside a phrase"),
    pytest.param(
        "generalised[ti]",
        "topic.toml:6:6: warning: 'generalised' has another spelling; add \"generalized\"[Title] by OR",
        id="British alone",
    ),
    pytest.param(
        '"tumor necrosis"[tiab]',
        "topic.toml:6:6: warning: 'tumor necrosis' has another spelling; add \"tumour necrosis\"[Title/Abstract]",
        id="American alone in a phrase",
    ),
    pytest.param("paediatri*[ti]", "topic.toml:6:6: warning: 'paediatri*' has another spelling", id="truncated"),
]


@pytest.mark.parametrize(("slot", "fault"), FAULTY)
def test_a_fault_in_a_query_is_named_with_its_line_and_column_in_the_file(tmp_path, slot, fault):
    found = faults_of(tmp_path, topic=GOOD.format(slot=slot))
    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    "slot",
    [
        pytest.param("esketamin*[tiab]", id="another word"),
        pytest.param("randomised[ti] OR randomized[ti]", id="both spellings"),
        pytest.param("randomi*[ti]", id="a truncation that covers both spellings"),
        pytest.param(
            '"s-ketamin*"[tiab]', id="a phrase that only ends as another term: PubMed's phrase index is its own"
        ),
        pytest.param("(ketamine[tiab] AND sleep[tiab])", id="a covered word where it narrows"),
        pytest.param('"set and setting"[tiab]', id="a small and in quotes"),
        pytest.param("(2019[dp] AND 2020[dp])", id="print and electronic date may lie apart"),
        pytest.param('"last 7 days"[crdt]', id="days counted back from the day of the search"),
        pytest.param("exercise[ti] OR disease[ti] OR size[ti]", id="words spelled one way everywhere"),
    ],
)
def test_a_good_topic_has_no_fault(tmp_path, slot):
    assert faults_of(tmp_path, topic=GOOD.format(slot=slot)) == []


@pytest.mark.parametrize(
    ("warning", "fault"),
    [
        pytest.param(
            'phrase not found: "bad sleep"[tiab]',
            'topic.toml:6:6: warning: PubMed has answered that it does not have "bad sleep"[Title/Abstract], and searched '
            'its words instead; write "bad sleep"[Title/Abstract:~0]',
            id="a quoted phrase",
        ),
        pytest.param(
            "not found: bad sleep",
            "topic.toml:6:6: warning: PubMed has answered that it does not have",
            id="without tag",
        ),
        pytest.param('phrase not found: "good sleep"[tiab]', None, id="a phrase that is no longer asked"),
        pytest.param('phrase not found: "bad sleep"[mh]', None, id="the phrase in another field"),
        pytest.param("unknown field: foo", None, id="another warning"),
    ],
)
def test_a_phrase_that_pubmed_did_not_find_is_named_where_it_stands(tmp_path, warning, fault):
    (tmp_path / "topic.toml").write_text(GOOD.format(slot='"bad sleep"[tiab]'), encoding="utf-8")
    found = [str(found) for found in check(tmp_path, {"topic": (warning,), "other": ("not found: bad sleep",)})]
    assert len(found) == (fault is not None)
    assert all(text.startswith(fault) for text in found)


def test_every_fault_of_a_query_is_named_at_once(tmp_path):
    found = faults_of(tmp_path, topic=GOOD.format(slot="x[foo] or ket*[ti]"))
    assert len([fault for fault in found if ": error: " in fault]) == 3


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param('title "t"', "topic.toml:1:7: error: is not valid TOML", id="broken TOML"),
        pytest.param("title = ", "topic.toml: error: is not valid TOML", id="TOML that ends too early"),
        pytest.param(
            'title = "t"\nquestion = "q"\nquerry = "x"\n',
            "topic.toml:3: error: unknown key 'querry'; did you mean",
            id="unknown key",
        ),
        pytest.param('title = "t"\nquery = "x[ti]"\n', "topic.toml: error: 'question' is missing", id="missing key"),
        pytest.param(
            'title = "t"\nquestion = "q"\nquery = " "\n', "topic.toml:3: error: 'query' must be text", id="empty query"
        ),
        pytest.param(
            'title = "t"\nquestion = "q"\nquery = "(x"\nsources = ["s"]\n',
            "topic.toml:3:10: error: this ( is never",
            id="one line",
        ),
        pytest.param(
            'title = "t"\nquestion = "q"\nquery = "x[ti]"\n', "topic.toml: warning: names no sources", id="no sources"
        ),
    ],
)
def test_a_fault_in_a_file_is_named_with_its_place(tmp_path, text, fault):
    found = faults_of(tmp_path, topic=text)
    assert len(found) == 1
    assert found[0].startswith(fault)


@settings(max_examples=200, deadline=None)
@given(RANDOM_QUERIES | st.text(alphabet='ab ofthe()[]"*:~/&|ANDORT#-\u00e9\u201c\u201d12', max_size=50))
def test_whatever_is_written_every_finding_has_its_place(query):
    assert all(0 <= finding.position <= len(query) and finding.message for finding in findings(query))


def test_a_folder_without_topics_says_what_to_do(tmp_path):
    assert "add a file such as ptsd.toml" in faults_of(tmp_path)[0]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param("12x,Aster,2020,T,topic", "landmarks.csv:2: error: '12x' is not a PMID", id="malformed PMID"),
        pytest.param("90000001,Aster,20,T,topic", "landmarks.csv:2: error: '20' is not a year", id="malformed year"),
        pytest.param(
            "90000001,Aster,2020,T,topics", "landmarks.csv:2: error: there is no topic 'topics'; did", id="unknown slug"
        ),
        pytest.param("90000001,Aster,2020,T,", "landmarks.csv:2: error: names no topic", id="no topic"),
    ],
)
def test_a_fault_in_the_landmarks_is_named_with_its_line(tmp_path, row, fault):
    (tmp_path / "landmarks.csv").write_text(f"pmid,author,year,title,topics\n{row}\n", encoding="utf-8")
    found = faults_of(tmp_path, topic=GOOD.format(slot="esketamin*[tiab]"))
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_landmarks_without_their_columns_are_refused(tmp_path):
    (tmp_path / "landmarks.csv").write_text("pmid,author\n90000001,Aster\n", encoding="utf-8")
    assert faults_of(tmp_path, topic=GOOD.format(slot="esketamin*[tiab]")) == [
        "landmarks.csv:1: error: lacks the column year, title, topics"
    ]


def landmark(pmid: str, *slugs: str) -> Landmark:
    return Landmark(pmid=pmid, author="Aster", year=2020, title="Invented", topics=slugs)


def test_recall_tells_found_missed_and_absent_apart():
    topic = Topic(slug="ptsd", title="t", question="q", query="ketamine[ti]")
    landmarks = [landmark(f"9000000{last}", "ptsd") for last in (1, 2, 3)] + [landmark("90000004", "other")]
    citations = [Citation(pmid="90000001", title="Ketamine"), Citation(pmid="90000002", title="Something else")]
    (result,) = recall([topic], landmarks, among(citations))
    assert [landmark.pmid for landmark in result.found] == ["90000001"]
    assert [landmark.pmid for landmark in result.missed] == ["90000002"]
    assert [landmark.pmid for landmark in result.absent] == ["90000003"]


STUDY = Citation(
    pmid="90000002",
    title="Invented ketamine study of sleep",
    abstract=(AbstractSection(text="Zebras slept; respiratory depression was rare."),),
)


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        pytest.param("ketamine[ti] AND ptsd[tiab]", [("ptsd[tiab]", False)], id="a term"),
        pytest.param(
            "ketamine[ti] AND (ptsd[tiab] OR trauma*[tiab])",
            [("(ptsd[tiab] OR trauma*[tiab])", False)],
            id="a whole group of alternatives, because each of them failed",
        ),
        pytest.param(
            "(ketamine[ti] AND (sleep[ti] AND horses[tiab])) AND (ptsd[tiab] OR sleep[ti])",
            [("horses[tiab]", False)],
            id="the smallest part of a nested AND",
        ),
        pytest.param("a[ti] AND ketamine[ti] AND b[ti]", [("a[ti]", False), ("b[ti]", False)], id="two terms"),
        pytest.param(
            'ketamine[ti] NOT (cats[ti] OR "respiratory depression"[tiab] OR zebras[tiab])',
            [('"respiratory depression"[tiab]', True), ("zebras[tiab]", True)],
            id="what stands behind NOT and finds it",
        ),
        pytest.param("ptsd[ti] NOT zebras[tiab]", [("ptsd[ti]", False)], id="what stands before NOT"),
        pytest.param("ketamine[ti]\n  AND (2019[dp]\n  OR 2020[dp])", [("(2019[dp] OR 2020[dp])", False)], id="lines"),
    ],
)
def test_recall_names_the_smallest_clause_that_loses_a_landmark(query, clauses):
    topic = Topic(slug="ptsd", title="t", question="q", query=query)
    (result,) = recall([topic], [landmark("90000002", "ptsd")], among([STUDY]))
    assert [(loss.clause, loss.takes_away) for loss in result.losses] == clauses


@settings(max_examples=100, deadline=None)
@given(RANDOM_QUERIES)
def test_whatever_is_missed_some_clause_loses(query):
    topic = Topic(slug="ptsd", title="t", question="q", query=query)
    (result,) = recall([topic], [landmark("90000002", "ptsd")], among([STUDY], today=TODAY))
    assert bool(result.losses) is bool(result.missed)
    assert bool(result.missed) is not language.matches(query, STUDY, today=TODAY)


def test_recall_says_in_which_line_of_the_file_the_clause_stands(tmp_path):
    (tmp_path / "ptsd.toml").write_text(GOOD.format(slot="esketamin*[tiab])\n  AND (ptsd[ti]"), encoding="utf-8")
    topic = topics.read_topic(tmp_path / "ptsd.toml")
    (result,) = recall([topic], [landmark("90000002", "ptsd")], among([STUDY]))
    assert [(loss.line, loss.clause) for loss in result.losses] == [(7, "ptsd[ti]")]


def test_a_long_clause_is_shortened_and_its_terms_are_counted():
    query = "ketamine[ti] AND (" + " OR ".join(f"word{number}[tiab]" for number in range(40)) + ")"
    topic = Topic(slug="ptsd", title="t", question="q", query=query)
    (result,) = recall([topic], [landmark("90000002", "ptsd")], among([STUDY]))
    assert result.losses[0].clause.startswith("(word0[tiab] OR word1[tiab]")
    assert result.losses[0].clause.endswith("... (40 terms)")
    assert len(result.losses[0].clause) < 130
