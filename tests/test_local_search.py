"""Searching the library: with the index the same is found as by evaluating the query on each citation."""

from __future__ import annotations

import gzip
import os
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import topics
from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Journal,
    MeshHeading,
    MeshQualifier,
    Notice,
    PubDate,
)
from aggregator.errors import LibraryError, QuerySyntaxError
from aggregator.evidence import summarise
from aggregator.library import Library, Record
from aggregator.library.search_index import SearchIndex
from aggregator.local_search import LocalSearch, bring_up_to_date, searching
from aggregator.pubmed import language, records
from aggregator.pubmed.query_bounds import bounds
from aggregator.pubmed.query_index import WORD_FIELDS
from tests.studies import NOW

TODAY = date(2026, 11, 22)
TOPICS = topics.load(Path(__file__).resolve().parent.parent / "queries")
CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "corpus" / "records.xml.gz"

#: Few words, so that invented queries meet invented citations; accents, ligatures and signs among them.
WORDS = (
    "ketamine",
    "ketamines",
    "S-ketamine",
    "stress",
    "naïve",
    "trauma",
    "ﬂow",
    "Spravato™",
    "β",
    "of",
    "the",
    "covid-19",
)
HEADINGS = ("Ketamine", "Phobia, Social", "Anxiety Disorders", "Humans", "Animals", "Mood Disorders")
QUALIFIERS = ("therapy", "drug therapy", "adverse effects")
NAMES = ("Aster", "de la Cruz", "Müller")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
days = st.dates(date(2024, 1, 1), date(2026, 11, 22))
headings = st.builds(
    MeshHeading,
    descriptor=st.sampled_from(HEADINGS),
    is_major=st.booleans(),
    qualifiers=st.lists(
        st.builds(MeshQualifier, name=st.sampled_from(QUALIFIERS), is_major=st.booleans()), max_size=2
    ).map(tuple),
)
authors = st.one_of(
    st.builds(
        Author,
        last_name=st.sampled_from(NAMES),
        initials=st.sampled_from(["A", "AB", "B"]),
        fore_name=st.sampled_from(["Anna", "Ben", None]),
        affiliations=st.lists(texts, max_size=2).map(tuple),
    ),
    st.builds(Author, collective=texts),
)


def many(values, most=3):
    return st.lists(values, max_size=most).map(tuple)


citations = st.builds(
    Citation,
    pmid=st.just("0"),
    title=texts,
    abstract=many(st.builds(AbstractSection, label=st.sampled_from([None, "METHODS"]), text=texts)),
    keywords=many(texts),
    vernacular_title=st.one_of(st.none(), texts),
    coi_statement=st.one_of(st.none(), texts),
    authors=many(authors),
    journal=st.builds(Journal, title=texts, is_book=st.booleans()),
    published=st.builds(
        PubDate,
        st.sampled_from([None, 2024, 2025]),
        st.sampled_from([None, 3]),
        stated=st.sampled_from(["", "2024 Fall"]),
    ),
    pmcid=st.sampled_from([None, "PMC90000001"]),
    e_published=st.one_of(
        st.none(), st.builds(PubDate, st.sampled_from([2024, 2025, 2027]), st.sampled_from([1, 4, 12]))
    ),
    entered=st.one_of(st.none(), days),
    mesh=many(headings),
    chemicals=many(st.builds(Chemical, name=texts)),
    publication_types=many(st.sampled_from(["Review", "Clinical Trial", "Randomized Controlled Trial"])),
    languages=many(st.sampled_from(["eng", "fre"]), 1),
    notices=many(st.builds(Notice, ref_type=st.sampled_from(["ErratumIn", "RetractionIn"]), note=texts)),
    citation_status=st.sampled_from([None, "MEDLINE", "Publisher"]),
    publication_status=st.sampled_from([None, "aheadofprint"]),
)
libraries = st.lists(citations, min_size=1, max_size=9).map(
    lambda some: [replace(one, pmid=str(90_000_001 + number)) for number, one in enumerate(some)]
)

word = st.sampled_from([*WORDS, "ketamin", "zebra"])
tags = st.sampled_from(["tiab", "ti", "ab", "tw", "ot", "tt", "ad", "all", "cois", "cn"])
leaves = st.one_of(
    st.builds(lambda one, tag: f'"{one}"[{tag}]', word, tags),
    st.builds(lambda some, tag: f'"{" ".join(some)}"[{tag}]', st.lists(word, min_size=2, max_size=4), tags),
    st.builds(lambda one, tag: f"{one}*[{tag}]", st.sampled_from(["keta", "stre", "covid", "spra"]), tags),
    st.builds(lambda one, stem: f'"{one} {stem}*"[tiab]', word, st.sampled_from(["keta", "stre"])),
    st.builds(
        lambda some, tag, gap: f'"{" ".join(some)}"[{tag}:~{gap}]',
        st.lists(word, min_size=2, max_size=3),
        st.sampled_from(["ti", "tiab", "ad"]),
        st.sampled_from([0, 1, 3, 60]),
    ),
    st.builds(
        lambda name, tag: f'"{name}"[{tag}]',
        st.sampled_from([*HEADINGS, "Mental Disorders"]),
        st.sampled_from(["mh", "mh:noexp", "majr", "majr:noexp"]),
    ),
    st.builds(
        lambda name, qualifier, tag: f'"{name}/{qualifier}"[{tag}]',
        st.sampled_from(HEADINGS),
        st.sampled_from(QUALIFIERS),
        st.sampled_from(["mh", "mh:noexp", "majr"]),
    ),
    st.builds(lambda name: f"{name}[sh]", st.sampled_from(QUALIFIERS)),
    st.builds(
        lambda name, tag: f"{name}[{tag}]",
        st.sampled_from(["aster", "aster a", '"aster a"', "de la cruz", "mull*", "müller ab", "anna"]),
        st.sampled_from(["au", "1au", "lastau", "fau"]),
    ),
    st.sampled_from(
        [
            "clinical trial[pt]",
            "clinical trial[pt:noexp]",
            "phob*[mh]",
            "phobia/ther*[mh]",
            "ketamine[nm]",
            "stre*[nm]",
            "english[la]",
            "medline[sb]",
            "hasabstract",
            "haserratumin",
            "pubstatusaheadofprint",
            "therapy broad[filter]",
            "systematic[sb]",
            "2024[dp]",
            "2024/4[dp]",
            "2025[epdat]",
            '"last 2 years"[dp]',
            "2025/03:3000[dp]",
            "ketamine/ae[mh]",
            "dt[sh]",
            "drug therapy[sh:noexp]",
            "haskeyword",
            "hascois",
            "free full text[sb]",
            "adult[filter]",
            "randomizedcontrolledtrial[filter]",
            "y_5[filter]",
            "humans[filter]",
            "90000001 90000003",
            "the[ti]",
            "2024/05:2025/12[crdt]",
            '"last 200 days"[crdt]',
            "90000002[uid]",
            "090000002[uid]",
            "90000002:90000004[uid]",
            "ketamine stress",
            "naive",
        ]
    ),
)
queries = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda parts, operators: (
            "(" + parts[0] + "".join(f" {o} {p}" for o, p in zip(operators, parts[1:], strict=False)) + ")"
        ),
        st.lists(inner, min_size=2, max_size=4),
        st.lists(st.sampled_from(["AND", "OR", "NOT"]), min_size=3, max_size=3),
    ),
    max_leaves=6,
)


def record(citation):
    return Record(citation=citation, raw=repr(citation).encode(), summary=summarise(citation))


def filled(folder, held):
    library = Library(folder / "library.sqlite")
    library.add(map(record, held), now=NOW)
    return library


def index_of(folder):
    return SearchIndex(folder / "search-index.sqlite", fields=WORD_FIELDS, version="1")


def no_progress(*_):
    """Nobody looks."""


def evaluated(library, query):
    """What a query finds when it is put to each citation: the promise that the index must keep."""
    matches = language.compile_query(query, today=TODAY)
    return [study.pmid for study in library.studies() if matches(study.citation)]


def found(library, index, query):
    return list(LocalSearch(library, index, pytest.fail).pmids(query, today=TODAY))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=libraries, asked=st.lists(queries, min_size=20, max_size=20))
def test_the_index_finds_what_each_citation_answers(tmp_path_factory, held, asked):
    folder = tmp_path_factory.mktemp("held")
    with filled(folder, held) as library, index_of(folder) as index:
        bring_up_to_date(index, library, no_progress)
        for query in asked:
            truth = evaluated(library, query)
            assert found(library, index, query) == truth
            with index.asking():
                hemmed = bounds(language.parse(query), index, today=TODAY)
                numbers = {number for number, pmid in index.newest_first() if pmid in truth}
            assert hemmed.sure <= numbers <= hemmed.maybe


@settings(max_examples=20, deadline=None)
@given(first=libraries, then=libraries, asked=st.lists(queries, min_size=10, max_size=10))
def test_an_index_that_is_brought_up_to_date_finds_the_same_as_a_new_one(tmp_path_factory, first, then, asked):
    folder = tmp_path_factory.mktemp("held")
    with filled(folder, first) as library, index_of(folder) as index:
        bring_up_to_date(index, library, no_progress)
        library.add(map(record, then), now=NOW)
        bring_up_to_date(index, library, no_progress)
        for query in asked:
            assert found(library, index, query) == evaluated(library, query)


@pytest.fixture
def three(tmp_path):
    """A library of three studies, the newest of them 90000003."""
    held = [
        Citation(
            pmid=f"9000000{number}", title=f"Invented trial {number} of ketamine", published=PubDate(2023 + number)
        )
        for number in (1, 2, 3)
    ]
    with filled(tmp_path, held) as library:
        yield library


def asked(library, query, file, *, topic=None):
    """The PMIDs found, and what was warned of."""
    warnings = []
    with searching(library, file, progress=no_progress, warn=warnings.append) as local:
        return list(local.pmids(query, today=TODAY, topic=topic)), warnings


def test_the_newest_publication_is_found_first(three, tmp_path):
    assert asked(three, "ketamine[ti]", tmp_path / "index") == (["90000003", "90000002", "90000001"], [])


def test_a_search_may_be_kept_to_a_topic(three, tmp_path):
    three.match("ptsd", ["90000002"], now=NOW, is_whole=True)
    assert asked(three, "ketamine[ti]", tmp_path / "index", topic="ptsd") == (["90000002"], [])


def test_a_query_that_cannot_be_read_is_refused_before_anything_is_found(three, tmp_path):
    with searching(three, tmp_path / "index", progress=no_progress, warn=pytest.fail) as local:
        with pytest.raises(QuerySyntaxError):
            local.pmids("(ketamine", today=TODAY)
        with pytest.raises(QuerySyntaxError, match="asked of PubMed only"):
            local.pmids("zebra AND antidepressants[pa]", today=TODAY)


def test_what_became_different_since_is_found_as_it_is_now(three, tmp_path):
    assert asked(three, "ketamine[ti]", tmp_path / "index")[0]
    three.add([record(Citation(pmid="90000002", version=2, title="Invented zebras"))], now=NOW)
    assert asked(three, "ketamine[ti]", tmp_path / "index")[0] == ["90000003", "90000001"]
    assert asked(three, "zebras[ti]", tmp_path / "index")[0] == ["90000002"]


def test_a_better_reading_of_the_same_record_is_found(three, tmp_path):
    assert asked(three, "zebras[ti]", tmp_path / "index")[0] == []
    three.renew([record(Citation(pmid="90000001", title="Invented zebras"))])
    assert asked(three, "zebras[ti]", tmp_path / "index")[0] == ["90000001"]


def test_an_index_of_another_library_is_brought_up_to_date(three, tmp_path):
    other = tmp_path / "other"
    with filled(other, [Citation(pmid="90000009", title="Invented ketamine")]) as library:
        assert asked(library, "ketamine[ti]", tmp_path / "index")[0] == ["90000009"]
    assert asked(three, "ketamine[ti]", tmp_path / "index")[0] == ["90000003", "90000002", "90000001"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no database at all, " * 500, id="no database"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 8000, id="a database that is damaged"),
        pytest.param(b"", id="an empty file"),
    ],
)
def test_a_file_that_is_no_index_is_made_anew(three, tmp_path, content):
    file = tmp_path / "index"
    file.write_bytes(content)
    assert asked(three, "ketamine[ti]", file) == (["90000003", "90000002", "90000001"], [])


def test_where_no_index_can_be_kept_every_citation_is_read_and_it_is_said(three, tmp_path):
    file = tmp_path / "a folder"
    file.mkdir()
    pmids, warnings = asked(three, "ketamine[ti] NOT 3", file)
    assert pmids == ["90000002", "90000001"]
    assert "every citation is read instead" in warnings[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("is_there", [True, False], ids=["with an index", "without an index"])
def test_who_may_only_read_searches_all_the_same(three, tmp_path, is_there):
    if is_there:
        asked(three, "ketamine[ti]", tmp_path / "index")
    tmp_path.chmod(0o500)
    try:
        assert asked(three, "ketamine[ti]", tmp_path / "index") == (["90000003", "90000002", "90000001"], [])
    finally:
        tmp_path.chmod(0o700)


def test_an_index_damaged_since_it_was_opened_costs_nothing_but_time(three, tmp_path):
    file, warnings = tmp_path / "index", []
    with searching(three, file, progress=no_progress, warn=warnings.append) as local:
        with sqlite3.connect(file) as other:
            other.execute("UPDATE words SET positions = x'00', documents = NULL")
        assert list(local.pmids("ketamine[ti]", today=TODAY)) == ["90000003", "90000002", "90000001"]
    assert "delete this file" in warnings[0]


def test_an_index_of_another_version_of_the_program_starts_anew(three, tmp_path):
    file = tmp_path / "index"
    stamps = three.stamps()
    with SearchIndex(file, fields=WORD_FIELDS, version="1") as old:
        bring_up_to_date(old, three, no_progress)
        assert old.lacking(stamps) == ()
        with SearchIndex(file, fields=WORD_FIELDS, version="2") as new:
            assert set(new.lacking(stamps)) == three.pmids()
            bring_up_to_date(new, three, no_progress)
            # The older program, still open, adds nothing to what is no longer its own.
            with pytest.raises(LibraryError, match="another version"):
                old.add([])


def test_an_index_made_anew_by_another_run_is_understood(three, tmp_path):
    file = tmp_path / "index"
    with searching(three, file, progress=no_progress, warn=pytest.fail) as local:
        assert list(local.pmids("90000001[uid]", today=TODAY)) == ["90000001"]
        with sqlite3.connect(file) as other:
            other.execute("UPDATE facts SET value = 'older' WHERE name = 'version'")
        three.add([record(Citation(pmid="90000000", title="Invented ketamine"))], now=NOW)
        asked(three, "ketamine", file)
        assert list(local.pmids("90000001[uid]", today=TODAY)) == ["90000001"]
        assert len(list(local.pmids("ketamine[ti]", today=TODAY))) == 4


def test_many_old_forms_make_the_index_start_anew(three, tmp_path):
    with index_of(tmp_path) as index:
        for version in range(2, 340):
            three.renew([record(Citation(pmid="90000001", version=version, title=f"Invented ketamine {version}"))])
            if version % 10 == 0:
                bring_up_to_date(index, three, no_progress)
        assert found(three, index, "ketamine[ti]") == evaluated(three, "ketamine[ti]")


def test_the_index_is_for_its_owner_alone(three, tmp_path):
    asked(three, "ketamine", tmp_path / "index")
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not on this machine")
def test_real_records_are_found_as_each_of_them_answers(tmp_path):
    with CORPUS.open("rb") as raw, gzip.open(raw) as stream, Library(tmp_path / "library.sqlite") as library:
        summary = summarise(Citation(pmid="0"))
        library.add(
            (Record(citation=one, raw=one.pmid.encode(), summary=summary) for one in records.read(stream)), now=NOW
        )
        with index_of(tmp_path) as index:
            bring_up_to_date(index, library, no_progress)
            for query in (*(topic.query for topic in TOPICS), *REAL):
                assert found(library, index, query) == evaluated(library, query), query


#: Beside the topics' own queries: every way in which the index is asked.
REAL = (
    "ketamine",
    '"quality of life"[tiab] OR "treatment-resistant depress*"[tiab]',
    '"ketamine anxiety"[tiab:~4] NOT rats[mh]',
    "krystal jh[au] OR zarate[1au]",
    "depressive disorder/drug therapy[majr] AND 2015:2020[dp]",
    "medline[sb] AND hasabstract NOT systematic[sb]",
    '"last 8 years"[edat] AND english[la] AND university hospital[ad]',
    "review[pt] AND 20000000:30000000[uid]",
)
