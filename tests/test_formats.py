"""The ways out: every format against golden files of three invented studies, and read back by other readers.

UPDATE_GOLDEN=1 writes the golden files anew; look at the difference before committing it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from Bio import Medline
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Grant,
    HistoryDate,
    Identifier,
    Journal,
    MeshHeading,
    MeshQualifier,
    Notice,
    OtherAbstract,
    PubDate,
    Registration,
    squeeze,
)
from aggregator.errors import SettingsError
from aggregator.formats import FORMATS, bibtex, columns, get, reference, table
from aggregator.formats.vancouver import cite
from aggregator.pubmed import records
from aggregator.pubmed.medline import read_medline
from aggregator.study import Study, study_json
from aggregator.summary import (
    Conclusion,
    CountFact,
    DesignFact,
    Dose,
    Fact,
    Finding,
    Regimen,
    Span,
    Summary,
)

GOLDEN = Path(__file__).parent / "golden" / "formats"

TRIAL = Study(
    citation=Citation(
        pmid="90000001",
        doi="10.5555/invented.2026_01",
        pmcid="PMC90000001",
        identifiers=(
            Identifier(system="doi", value="10.5555/invented.2026_01"),
            Identifier(system="pii", value="INV-1"),
            Identifier(system="pmc", value="PMC90000001"),
        ),
        title="Ketamine & midazolam for PTSD: an invented trial with a title long enough to be wrapped, p ≤ 0.05 in 50% of α-tests.",
        abstract=(
            AbstractSection(
                label="BACKGROUND", category="BACKGROUND", text="This study is invented; nobody took part in it."
            ),
            AbstractSection(
                label="RESULTS",
                category="RESULTS",
                text="Thirty invented participants were randomised. CAPS-5 was 11.9 points lower at 2 weeks (95% CI 6.5 to 17.3; p<0.001).",
            ),
        ),
        other_abstracts=(
            OtherAbstract(
                kind="Publisher", language="ger", sections=(AbstractSection(text="Diese Studie ist erfunden."),)
            ),
        ),
        copyright="© 2026 Invented Press.",
        authors=(
            Author(
                last_name="Åström-O'Neil",
                fore_name="Anna Berta",
                initials="AB",
                suffix="Jr",
                identifiers=(Identifier(system="ORCID", value="0000-0000-0000-0000"),),
                affiliations=("Department of Invention, University of Nowhere, Nowhere.", "Clinic of Examples."),
            ),
            Author(last_name="Misprint", fore_name="Otto", initials="O", is_valid=False),
            Author(last_name="Birch", fore_name="Carl", initials="C"),
            Author(collective="Invented Study Group, and Friends"),
        ),
        journal=Journal(
            title="Journal of Invented Studies",
            abbreviation="J Invent Stud",
            issn="0000-0000",
            nlm_id="9000001",
            country="England",
        ),
        volume="12",
        issue="3",
        pages="123-8",
        published=PubDate(2026, 3, 14),
        e_published=PubDate(2026, 2, 1),
        entered=date(2026, 2, 2),
        processed=date(2026, 2, 3),
        indexed=date(2026, 4, 5),
        revised=date(2026, 5, 6),
        completed=date(2026, 4, 5),
        history=(HistoryDate(status="received", day=date(2025, 11, 12)),),
        publication_status="ppublish",
        citation_status="MEDLINE",
        publication_types=("Journal Article", "Randomized Controlled Trial"),
        mesh=(
            MeshHeading(
                descriptor="Ketamine",
                qualifiers=(
                    MeshQualifier(name="administration & dosage"),
                    MeshQualifier(name="therapeutic use", is_major=True),
                ),
            ),
            MeshHeading(descriptor="Stress Disorders, Post-Traumatic", is_major=True),
        ),
        chemicals=(Chemical(name="Ketamine", registry_number="690G0D6V8H"),),
        supplementary=("invented protocol",),
        keywords=(
            "PTSD",
            "an invented keyword that is longer than one line of the format has room for, so that wrapping would tear it",
        ),
        languages=("eng",),
        registrations=(Registration(databank="ClinicalTrials.gov", accession="NCT90000001"),),
        grants=(Grant(id="X00 00", acronym="IN", agency="Institute of Invention", country="United States"),),
        coi_statement="The authors do not exist.",
        notices=(Notice(ref_type="CommentIn", source="J Invent Stud. 2026 Apr;12(4):200", pmid="90000004"),),
    ),
    summary=Summary(
        design=DesignFact(value="randomized-trial", confirmed=True),
        conditions=(Fact(value="ptsd", spans=(Span("title", 26, 30),)),),
        age_groups=(Fact(value="adult"),),
        sample_size=CountFact(value=30, spans=(Span(1, 0, 6),)),
        drugs=(Fact(value="ketamine", spans=(Span("title", 0, 8),)),),
        routes=(Fact(value="intravenous"),),
        doses=(Dose(value="0.5 mg/kg", drug="ketamine"),),
        regimen=Regimen(value="repeated", sessions=6),
        comparators=(Fact(value="midazolam", spans=(Span("title", 11, 20),)),),
        control=Fact(value="active-placebo"),
        scales=(Fact(value="CAPS-5"),),
        findings=(
            Finding(
                scale="CAPS-5",
                timepoint="2 weeks",
                measure="mean difference",
                estimate=11.9,
                ci=(6.5, 17.3),
                ci_level=95,
                p="<0.001",
            ),
        ),
        direction=Fact(value="favours-ketamine"),
        harms=(Fact(value="dissociation"),),
        conclusion=Conclusion(quote="Thirty invented participants were randomised."),
        flags=("pilot",),
    ),
    topics=("ptsd",),
    first_seen=datetime(2026, 2, 3, 10, 30, tzinfo=UTC),
)

RETRACTED = Study(
    citation=Citation(
        pmid="90000002",
        title='=HYPERLINK("https://evil.example","An invented formula") {with braces}',
        vernacular_title="Eine erfundene Übersicht.",
        authors=(Author(last_name="Straße", initials="D"),),
        journal=Journal(title="Erfundene Zeitschrift", abbreviation="Erfund Z"),
        volume="1",
        pages="e100",
        published=PubDate(2019, None, None, stated="Winter 2019"),
        entered=date(2019, 12, 30),
        publication_types=("Meta-Analysis", "Retracted Publication"),
        languages=("ger",),
        notices=(Notice(ref_type="RetractionIn", source="Erfund Z. 2021;3:1", pmid="90000009"),),
    ),
    summary=Summary(
        design=DesignFact(value="meta-analysis", confirmed=True),
        studies_included=CountFact(value=4),
        flags=("retracted",),
    ),
    topics=("ptsd", "depression"),
    first_seen=datetime(2026, 2, 3, 10, 30, tzinfo=UTC),
)

CHAPTER = Study(
    citation=Citation(
        pmid="90000003",
        title="An invented chapter without abstract",
        authors=(
            Author(last_name="Cedar", fore_name="Dora", initials="D"),
            Author(last_name="Doe", initials="E", role="editors"),
        ),
        journal=Journal(title="The Invented Handbook", is_book=True),
        published=PubDate(None),
        languages=("eng",),
    ),
    summary=Summary(bucket="off-topic"),
)

THREE = (TRIAL, RETRACTED, CHAPTER)


def text_of(name, studies=THREE) -> str:
    text = FORMATS[name].write(studies)
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("name", [name for name, known in FORMATS.items() if not known.is_binary])
def test_what_people_look_at_is_as_it_was_approved(name):
    file = GOLDEN / f"three{FORMATS[name].suffix}"
    written = text_of(name)
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(written, encoding="utf-8", newline="")
    with file.open(encoding="utf-8", newline="") as stream:
        assert written == stream.read()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_an_empty_list_of_studies(name):
    written = FORMATS[name].write(())
    assert isinstance(written, bytes if FORMATS[name].is_binary else str)


def test_an_unknown_format_is_refused_with_the_nearest_and_all_others():
    with pytest.raises(
        SettingsError, match=r"there is no format 'bibtxe'; did you mean 'bibtex'\? known formats: table, csv, jsonl"
    ):
        get("bibtxe")
    assert get("ris") is FORMATS["ris"]


def test_help_stays_quick_because_no_format_imports_pandas_before_it_writes():
    check = "import sys, aggregator.formats; sys.exit(' '.join({'pandas', 'pyarrow', 'rich', 'numpy'} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# --- table ---


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_the_table_keeps_to_its_width_and_never_cuts_a_pmid(width):
    written = table.write(THREE, width=width)
    assert max(len(line) for line in written.splitlines()) <= width
    for study in THREE:
        assert study.pmid in written


def test_the_table_loses_no_word_of_a_title():
    written = table.write((TRIAL,), width=60)
    column = written.splitlines()[0].index("Title")
    assert " ".join(line[column:].strip() for line in written.splitlines()[2:]) == TRIAL.citation.title


def test_the_table_shows_that_a_study_was_retracted():
    assert "RETRACTED: =HYPERLINK" in table.write((RETRACTED,), width=200)


def test_studies_without_topics_are_shown_with_their_journal():
    looked_up = replace(TRIAL, topics=())
    assert "J Invent Stud" in table.write((looked_up,), width=120)
    assert "J Invent Stud" not in table.write((TRIAL,), width=120)


def test_a_title_cannot_play_tricks_on_the_terminal():
    nasty = replace(TRIAL, citation=replace(TRIAL.citation, title="Red \x1b[31malert\x07 [bold]kept[/bold] \u202etxt"))
    written = table.write((nasty,), width=120)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", written)
    assert "[bold]kept[/bold]" in written


# --- csv ---


def rows_of(studies) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of("csv", studies))))


def test_csv_has_one_row_a_study_and_the_documented_columns():
    rows = rows_of(THREE)
    assert [row["pmid"] for row in rows] == ["90000001", "90000002", "90000003"]
    assert list(rows[0]) == [column.name for column in columns.COLUMNS]
    assert all(column.meaning for column in columns.COLUMNS)
    assert rows[0]["authors"] == "Åström-O'Neil AB Jr; Misprint O; Birch C; Invented Study Group, and Friends"
    assert rows[0]["sample_size"] == "30"
    assert rows[0]["findings"] == "CAPS-5 at 2 weeks: mean difference 11.9 (95% CI 6.5 to 17.3), p <0.001"
    assert rows[2]["sample_size"] == ""


@pytest.mark.parametrize(
    ("stated", "cells"),
    [
        pytest.param({"infusion_time": Fact(value="40 min")}, ("40 min", "false"), id="how long one infusion lasted"),
        pytest.param({"primary_not_met": (Span(0, 0, 4),)}, ("", "true"), id="a primary outcome said to be not met"),
        pytest.param({}, ("", "false"), id="neither is stated"),
    ],
)
def test_csv_has_infusion_time_and_unmet_primary_outcomes_which_the_json_leaves_out(stated, cells):
    one = replace(TRIAL, summary=replace(TRIAL.summary, **stated))
    (row,) = rows_of((one,))
    assert (row["infusion_time"], row["primary_outcome_not_met"]) == cells
    assert study_json(one) == study_json(TRIAL)


@pytest.mark.parametrize(
    ("start", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1 point", "'-1 point"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=x", "'=x"),
        ("\r\n@x", "'@x"),
        ("＝1", "'＝1"),
        ("p = 1", "p = 1"),
    ],
)
def test_no_text_cell_of_csv_is_a_formula(start, safe):
    nasty = replace(TRIAL, citation=replace(TRIAL.citation, title=start, keywords=(start, "b")), topics=(start,))
    row = rows_of((nasty,))[0]
    assert (row["title"], row["keywords"], row["topics"]) == (safe, f"{safe}; b", safe)


def test_a_negative_number_inside_a_text_cell_is_left_alone():
    finding = Finding(measure="mean difference", estimate=-4.5)
    lower = replace(TRIAL, summary=replace(TRIAL.summary, findings=(finding,)))
    assert rows_of((lower,))[0]["findings"] == "mean difference -4.5"


@settings(max_examples=150, deadline=None)
@given(title=st.text(), conclusion=st.text(min_size=1))
def test_csv_gives_any_text_back_on_one_line(title, conclusion):
    study = replace(
        TRIAL,
        citation=replace(TRIAL.citation, title=title),
        summary=replace(TRIAL.summary, conclusion=Conclusion(quote=conclusion)),
    )
    written = text_of("csv", (study,))
    row = next(csv.DictReader(io.StringIO(written, newline="")))
    assert row["title"].removeprefix("'") == squeeze(title).removeprefix("'")
    assert row["conclusion"].removeprefix("'") == squeeze(conclusion).removeprefix("'")
    assert re.fullmatch(r"[^\r\n]*\n[^\r\n]*\n", written)


# --- jsonl ---


def test_jsonl_is_the_promised_json_one_study_a_line_in_plain_letters():
    written = text_of("jsonl")
    assert [json.loads(line) for line in written.splitlines()] == json.loads(
        json.dumps([study_json(study) for study in THREE])
    )
    assert json.loads(written.splitlines()[0])["summary"]["findings"][0]["ci"] == [6.5, 17.3]
    assert "Åström" in written


# --- parquet ---


def parquet_of(studies) -> pd.DataFrame:
    written = FORMATS["parquet"].write(studies)
    return pd.read_parquet(io.BytesIO(written))


def test_parquet_read_again_equals_what_was_written():
    frame = parquet_of(THREE)
    for column in columns.COLUMNS:
        for study, cell in zip(THREE, frame[column.name], strict=True):
            expected = column.value(study)
            if column.kind == "texts":
                assert list(cell) == expected, column.name
            elif expected is None:
                assert pd.isna(cell), column.name
            elif column.kind == "day":
                assert cell.date() == expected, column.name
            else:
                assert cell == expected, column.name


@pytest.mark.parametrize("studies", [THREE, (), (CHAPTER,)], ids=["three", "none", "one with hardly a value"])
def test_parquet_types_do_not_depend_on_what_is_there(studies):
    dtypes = parquet_of(studies).dtypes
    assert str(dtypes["sample_size"]) == "Int64"
    assert str(dtypes["design_confirmed"]) == "boolean"
    assert str(dtypes["entered"]) == "datetime64[ms]"
    assert pd.api.types.is_string_dtype(dtypes["title"])


# --- reference managers ---


def ris_records(text: str) -> list[list[tuple[str, str]]]:
    """A reader as small as RIS: tag, two spaces, hyphen, space, value."""
    records: list[list[tuple[str, str]]] = []
    for line in text.split("\r\n"):
        if not line:
            continue
        found = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert found, line
        if found[1] == "TY":
            records.append([])
        records[-1].append((found[1], found[2]))
    return records


def test_ris_read_back_gives_the_citation():
    first, second, chapter = ris_records(text_of("ris"))
    fields = dict(first)
    assert first[0] == ("TY", "JOUR")
    assert first[-1] == ("ER", "")
    assert [value for tag, value in first if tag == "AU"] == [
        "Åström-O'Neil, Anna Berta, Jr",
        "Birch, Carl",
        "Invented Study Group, and Friends",
    ]
    assert fields["TI"] == TRIAL.citation.title
    assert (fields["SP"], fields["EP"], fields["PY"], fields["DA"]) == ("123", "128", "2026", "2026/03/14/")
    assert (fields["AN"], fields["DO"]) == ("90000001", "10.5555/invented.2026_01")
    assert fields["AB"].startswith("BACKGROUND: This study is invented")
    assert dict(second)["DA"] == "2019///Winter 2019"
    assert dict(second)["N1"] == "Retracted publication (notice: PMID 90000009)"
    assert dict(chapter)["TY"] == "CHAP"
    assert "PY" not in dict(chapter)


@given(title=st.text(), abstract=st.text(), name=st.text())
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_out_of_its_ris_line(title, abstract, name):
    citation = replace(
        TRIAL.citation,
        title=title,
        abstract=(AbstractSection(text=abstract),),
        authors=(Author(last_name=name, initials="A"),),
    )
    records = ris_records(text_of("ris", (replace(TRIAL, citation=citation),)))
    assert len(records) == 1
    assert [tag for tag, _ in records[0]].count("ER") == 1


def test_bibtex_keys_are_unique_stable_and_plain():
    assert [bibtex.key(study.citation) for study in THREE] == [
        "astromoneil2026_90000001",
        "strasse2019_90000002",
        "cedar_90000003",
    ]
    assert text_of("bibtex", THREE[::-1]).count("@article{astromoneil2026_90000001,") == 1


def test_bibtex_protects_titles_and_escapes_what_latex_would_obey():
    written = text_of("bibtex")
    assert r"title = {{Ketamine \& midazolam for PTSD:" in written
    assert r"p $\leq$ 0.05 in 50\% of $\alpha$-tests.}}" in written
    assert "author = {Åström-O'Neil, Jr, Anna Berta and Birch, Carl and {Invented Study Group, and Friends}}" in written
    assert "doi = {10.5555/invented.2026_01}" in written
    assert "month = mar," in written
    assert "pages = {123--128}" in written


@given(text=st.text(), doi=st.text())
@settings(max_examples=150, deadline=None)
def test_no_text_unbalances_the_braces_of_bibtex(text, doi):
    authors = (Author(collective=text), Author(last_name=text, fore_name=text, suffix=text))
    citation = replace(TRIAL.citation, title=text, doi=doi, authors=authors, keywords=(text,), volume=text, pages=text)
    entry = bibtex.write((replace(TRIAL, citation=citation),))
    depth = 0
    for character in entry:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert entry.rstrip().endswith("}")


def test_csl_is_an_array_with_dates_only_as_far_as_they_are_known():
    first, second, chapter = json.loads(text_of("csl"))
    assert first["issued"] == {"date-parts": [[2026, 3, 14]]}
    assert second["issued"] == {"date-parts": [[2019]]}
    assert "issued" not in chapter
    assert [item["type"] for item in (first, second, chapter)] == ["article-journal", "article-journal", "chapter"]
    assert first["author"][0] == {"family": "Åström-O'Neil", "given": "Anna Berta", "suffix": "Jr"}
    assert first["author"][-1] == {"literal": "Invented Study Group, and Friends"}
    assert second["note"].startswith("Retracted publication")
    assert all(item["id"] == f"pmid:{item['PMID']}" for item in (first, second, chapter))


def test_nbib_read_by_biopython_gives_the_citation():
    first, second, _ = Medline.parse(io.StringIO(text_of("nbib")))
    citation = TRIAL.citation
    assert first["PMID"] == citation.pmid
    assert first["TI"] == citation.title
    assert first["AB"] == citation.abstract_text.replace("\n", " ")
    assert first["FAU"] == ["Åström-O'Neil, Anna Berta Jr", "Birch, Carl"]
    assert first["AU"] == ["Åström-O'Neil AB Jr", "Birch C"]
    assert first["CN"] == ["Invented Study Group, and Friends"]
    assert first["AD"] == list(citation.authors[0].affiliations)
    assert first["MH"] == ["Ketamine/administration & dosage/*therapeutic use", "*Stress Disorders, Post-Traumatic"]
    assert first["OT"] == list(citation.keywords)
    assert (first["DP"], first["PG"], first["VI"], first["IP"]) == ("2026 Mar 14", "123-8", "12", "3")
    assert first["SI"] == ["ClinicalTrials.gov/NCT90000001"]
    assert first["AID"] == ["10.5555/invented.2026_01 [doi]", "INV-1 [pii]", "PMC90000001 [pmc]"]
    assert first["SO"] == "J Invent Stud. 2026 Mar 14;12(3):123-8. doi: 10.5555/invented.2026_01."
    assert (first["CRDT"], first["LR"], first["DEP"]) == (["2026/02/02"], "20260506", "20260201")
    assert second["RIN"] == ["Erfund Z. 2021;3:1 PMID: 90000009"]
    assert second["DP"] == "Winter 2019"


def test_what_leaves_as_nbib_can_be_imported_again():
    back = next(read_medline(text_of("nbib", (TRIAL,))))
    # The format has no place for the category of a section, the kind of another abstract or a misprinted name.
    absent = {"abstract", "other_abstracts", "authors"}
    for name in {field.name for field in fields(Citation)} - absent:
        assert getattr(back, name) == getattr(TRIAL.citation, name), name
    assert back.abstract_text == TRIAL.citation.abstract_text
    assert back.authors == tuple(author for author in TRIAL.citation.authors if author.is_valid)


def test_nbib_breaks_long_texts_as_pubmed_does():
    lines = text_of("nbib", (TRIAL,)).splitlines()
    assert all(re.match(r"[A-Z]{2,4} *- |      \S", line) for line in lines)
    continued = [line for line in lines if line.startswith("      ")]
    assert continued
    assert max(len(line) for line in continued) <= 88


@given(
    title=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    words=st.lists(st.text("ab -", min_size=1), max_size=60),
)
@settings(max_examples=100, deadline=None)
def test_nbib_gives_any_title_and_abstract_back(title, words):
    citation = replace(TRIAL.citation, title=title, abstract=(AbstractSection(text=" ".join(words)),))
    record = next(iter(Medline.parse(io.StringIO(text_of("nbib", (replace(TRIAL, citation=citation),)), newline="\n"))))
    assert record.get("TI", "").split() == title.split()
    assert record.get("AB", "").split() == " ".join(words).split()


CORPUS = Path(__file__).parents[2] / "shared" / "data" / "corpus" / "records.xml.gz"


@pytest.fixture(scope="module")
def real_studies():
    if not CORPUS.exists():
        pytest.skip("the shared corpus of real records is not here")
    with gzip.open(CORPUS) as stream:
        return [Study(citation=citation, summary=Summary()) for citation in records.read(stream)]


def test_every_real_record_leaves_as_nbib_and_comes_back_whole(real_studies):
    back = list(Medline.parse(io.StringIO(text_of("nbib", real_studies), newline="\n")))
    assert [record["PMID"] for record in back] == [study.pmid for study in real_studies]
    for study, record in zip(real_studies, back, strict=True):
        citation = study.citation
        assert record.get("TI", "").split() == citation.title.split()
        assert record.get("AB", "").split() == citation.abstract_text.split()
        assert record.get("OT", []) == list(citation.keywords)
        assert [heading.split("/")[0].lstrip("*") for heading in record.get("MH", [])] == [
            heading.descriptor for heading in citation.mesh
        ]


def test_every_real_record_leaves_as_ris_bibtex_and_csv_once(real_studies):
    pmids = [study.pmid for study in real_studies]
    assert [dict(record)["AN"] for record in ris_records(text_of("ris", real_studies))] == pmids
    assert [row["pmid"] for row in rows_of(real_studies)] == pmids
    written = text_of("bibtex", real_studies)
    keys = re.findall(r"^@\w+\{([a-z]+\d*_\d+),$", written, re.MULTILINE)
    assert len(set(keys)) == len(pmids)
    assert written.count("{") == written.count("}")


@pytest.mark.parametrize(
    ("pages", "first", "last"),
    [
        pytest.param("123-8", "123", "128", id="the end abbreviated as NLM does"),
        pytest.param("99-107", "99", "107", id="the end longer than the start"),
        pytest.param("S12-8", "S12", "S18", id="with a letter in front of both"),
        pytest.param("S12-S18", "S12", "S18", id="the letter repeated"),
        pytest.param("1200–15", "1200", "1215", id="an en dash"),
        pytest.param("e123", "e123", None, id="an electronic number"),
        pytest.param("12-8, 30", "12-8, 30", None, id="two ranges stay as they stand"),
        pytest.param("100-7; discussion 108-9", "100-7; discussion 108-9", None, id="a discussion stays as it stands"),
        pytest.param(None, None, None, id="not stated"),
        pytest.param(" ", None, None, id="blank"),
    ],
)
def test_page_ranges_are_written_out(pages, first, last):
    assert reference.page_range(pages) == (first, last)


def test_whoever_cites_a_study_learns_what_befell_it():
    preprint = replace(
        CHAPTER.citation, publication_types=("Preprint",), notices=(Notice(ref_type="ErratumIn", pmid="90000008"),)
    )
    assert reference.standing(preprint) == ("Corrected (notice: PMID 90000008)", "Preprint, not peer reviewed")
    assert reference.standing(TRIAL.citation) == ()


# ---- a line of a reference list -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({}, "Aster AB, Birch C. An invented trial. J Invent Stud. 2026;12(3):123-8. PMID: 90000001. doi:10.5555/x.1", id="all of it"),
        pytest.param({"doi": None, "issue": None, "pages": None}, "Aster AB, Birch C. An invented trial. J Invent Stud. 2026;12. PMID: 90000001.", id="no full stop is lost without a DOI"),
        pytest.param({"volume": None, "issue": None, "pages": None, "published": PubDate(None)}, "Aster AB, Birch C. An invented trial. J Invent Stud. PMID: 90000001. doi:10.5555/x.1", id="nothing is invented for what is not stated"),
        pytest.param({"authors": tuple(Author(last_name=f"Name{n}", initials="X") for n in range(7))}, "Name0 X, Name1 X, Name2 X, Name3 X, Name4 X, Name5 X, et al. An invented trial. J Invent Stud. 2026;12(3):123-8. PMID: 90000001. doi:10.5555/x.1", id="six authors are named"),
        pytest.param({"title": "Does it help?"}, "Aster AB, Birch C. Does it help? J Invent Stud. 2026;12(3):123-8. PMID: 90000001. doi:10.5555/x.1", id="a question keeps its mark"),
        pytest.param({"publication_types": ("Retracted Publication",), "notices": (Notice(ref_type="RetractionIn", pmid="90000009"),)}, "Aster AB, Birch C. RETRACTED: An invented trial. J Invent Stud. 2026;12(3):123-8. PMID: 90000001. doi:10.5555/x.1 [Retracted publication (notice: PMID 90000009)]", id="a retraction goes with it"),
    ],
)  # fmt: skip
def test_a_line_of_a_reference_list(changes, line):
    citation = Citation(
        pmid="90000001",
        title="An invented trial",
        authors=(Author(last_name="Aster", initials="AB"), Author(last_name="Birch", initials="C")),
        journal=Journal(title="Journal of Invented Studies", abbreviation="J Invent Stud"),
        volume="12",
        issue="3",
        pages="123-8",
        published=PubDate(2026, 3),
        doi="10.5555/x.1",
    )
    assert cite(replace(citation, **changes)) == line
