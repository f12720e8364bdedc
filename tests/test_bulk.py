"""Picking what topics match out of NLM's bulk files: nothing lost that reading every record would find."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator import topics
from aggregator.errors import RecordFileError
from aggregator.pubmed import bulk, byte_search, sieve
from aggregator.pubmed.bulk import opened_records, sift_file
from aggregator.pubmed.language import compile_query
from aggregator.pubmed.literals import all_literals, literals, looks_at_people
from aggregator.pubmed.records import DeletedRecord, ReadRecord, UnreadableEntry, read_entries
from aggregator.pubmed.sieve import Sieve

TOP = Path(__file__).resolve().parent.parent
QUERIES = [topic.query for topic in topics.load(TOP / "queries")]
REAL = TOP.parent / "shared" / "data"
FILES = sorted([*REAL.glob("pubmed-xml/*.gz"), *REAL.glob("corpus/**/*.gz")])

LITERALS = {
    "a truncated word": ("ketamin*[tiab]", {("ketamin",)}),
    "either of two": ("ketamin*[tiab] OR spravato[tiab]", {("ketamin",), ("spravato",)}),
    "of AND the rarer": ("mood[tiab] AND ketamin*[tiab]", {("ketamin",)}),
    "what stays of NOT": ("ketamin*[tiab] NOT animals[mh]", {("ketamin",)}),
    "the longest word of a phrase": ('"treatment resistant depression"[tiab]', {("depression",)}),
    "a phrase of short words as a whole": ('"CI-581"[tiab]', {("ci", "581")}),
    "a short word as a whole": ("trd[tiab]", {("trd",)}),
    "a heading and those below it": ('"Ketamine"[mh:noexp]', {("ketamine",)}),
    "a substance": ('"Esketamine"[nm]', {("esketamine",)}),
    "a word of any field": ("ketamine", {("ketamine",)}),
    "a name with its initials stands nowhere side by side": ('"wang ab"', None),
    "nor are days and pages written as All Fields has them": ('"2026 03" OR 1130', None),
    "a date says nothing": ("2020:2024[dp]", None),
    "nor does a range of PMIDs": ("1:99[uid]", None),
    "nor a language, which records write as a code": ("english[la]", None),
    "nor a flag": ("hasabstract", None),
    "two letters stand everywhere": ("iv[tiab]", None),
    "a short stem stands everywhere": ("anxi*[tiab]", None),
    "OR with one that says nothing": ("ketamin*[tiab] OR hasabstract", None),
    "AND with one that says nothing": ("ketamin*[tiab] AND hasabstract", {("ketamin",)}),
}


@pytest.mark.parametrize(("query", "expected"), LITERALS.values(), ids=LITERALS)
def test_what_every_match_must_have_in_its_text(query, expected):
    assert literals(query) == expected


def test_the_topics_can_be_looked_for_without_reading_every_record():
    assert all_literals(QUERIES)
    assert not looks_at_people(QUERIES)


# --- One record ---------------------------------------------------------------------------------------------------

WORDS = ("ketamine", "esketamine", "spravato", "CI-581", "PCN 101", "KET01", "trd", "glutamate")
SOUGHT = 'ketamin*[tiab] OR spravato[tiab] OR "CI-581"[tiab] OR "PCN-101"[tiab] OR KET01[tiab] OR trd[tiab]'
ACCENTED = {"e": "éëęĕ", "a": "áåăȁ", "i": "íïĭ", "t": "ťţṫ", "m": "ṁ", "n": "ñňṅ", "k": "ķḱ", "0": "₀⁰", "1": "₁¹"}
WHOLE = {chr(code): chr(code - 0x21 + 0xFF01) for code in range(0x21, 0x7F) if chr(code).isalnum()}


@st.composite
def printed(draw):
    """A word as it may be printed: capitals, accents, wide letters, references, markup and comments inside."""
    word = draw(st.sampled_from(WORDS))
    return "".join(map(draw, [_letter(letter) for letter in word]))


def _letter(letter):
    ways = [letter, letter, letter, letter.upper(), f"&#{ord(letter)};", f"&#x{ord(letter):X};", WHOLE.get(letter, "-")]
    ways += [*ACCENTED.get(letter, ""), f"{letter}\u0301", f"{letter}<!-- a remark -->", f"<![CDATA[{letter}]]>"]
    ways += [f"<{tag}>{letter}</{tag}>" for tag in ("i", "b", "u", "sub", "sup")]
    ways += [f"<mml:math><mml:mi>{letter}</mml:mi></mml:math>", f"{letter}\u2011", f"{letter} ", f"{letter}™"]
    return st.sampled_from(ways)


def record(pmid: int, title: str, authors: str = "") -> bytes:
    return (
        f'<PubmedArticle>\n<MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID><Article>'
        f"<Journal><Title>J Invent Stud</Title></Journal><ArticleTitle>{title}</ArticleTitle>"
        f"<AuthorList>{authors}</AuthorList></Article></MedlineCitation></PubmedArticle>\n"
    ).encode()


def document(*records: bytes, end: bytes = b"") -> bytes:
    opening = (
        b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet xmlns:mml="http://www.w3.org/1998/Math/MathML">\n'
    )
    return opening + b"".join(records) + end + b"</PubmedArticleSet>\n"


def kept(text: bytes, query: str = SOUGHT) -> list[str]:
    """PMIDs of the records that the sieve keeps."""
    found = Sieve(all_literals([query]), people=looks_at_people([query]))
    sifted = found.sift(text, text.rfind(b"</PubmedArticle>") + len(b"</PubmedArticle>"))
    return [re.search(rb"<PMID[^>]*>(\d+)", suspect)[1].decode() for suspect in sifted.suspects]


def matching(text: bytes, query: str = SOUGHT) -> list[str]:
    """PMIDs of the records that match once they are read."""
    matches = compile_query(query)
    return [entry.citation.pmid for entry in read_entries(text) if matches(entry.citation)]


@settings(max_examples=400, deadline=None)
@given(st.lists(printed(), min_size=1, max_size=3))
@example(["k&#xE9;tamine"])
@example(["ＫＥＴＡＭＩＮＥ"])
@example(["<i>keta</i>mine"])
@example(["CI&#8209;<b>581</b>"])
@example(["pcn–<sup>1</sup>01"])
@example(["KET₀₁"])
@example(["CI-58₁"])
@example(["KEť₀₁"])
@example(["5₈<b>1</b> and CI-5₈<b>1</b>"])
@example(["keta<i class='x'>mine</i> fell"])
@example(["keta<b/>mine"])
@example(["&#80;<![CDATA[C]]>N 101"])
@example(["k<mml:math><mml:mi>e</mml:mi></mml:math>tamine"])
def test_no_word_is_lost_however_it_is_printed(words):
    text = document(record(90000001, "Plain words."), record(90000002, f"Of {' '.join(words)}."), record(90000003, "x"))
    assert set(matching(text)) <= set(kept(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(printed(), min_size=1, max_size=3))
def test_it_is_the_same_without_the_fast_library(words):
    text = document(record(90000001, f"Of {' '.join(words)}."), record(90000002, "Sjögren and market"))
    quick = kept(text)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("find", "translate"):
            patch.setattr(sieve, name, getattr(byte_search, f"_{name}"))
        assert kept(text) == quick


def test_records_without_the_words_are_not_kept():
    titles = (
        "Market and bracket",
        "Pocket 581",
        "CI 95% 1.2",
        "Vitamin and contamination",
        "Sjögren's naïve H<sub>2</sub>O",
    )
    assert kept(document(*(record(90000001 + at, title) for at, title in enumerate(titles)))) == []


def test_names_do_not_make_a_record_doubtful_where_nobody_asks_for_names():
    author = "<Author><LastName>Kétamíně</LastName></Author>"
    assert kept(document(record(90000001, "Plain words.", author))) == []
    asked = "ketamine[au]"
    assert kept(document(record(90000001, "Plain words.", author)), asked) == ["90000001"]


# --- Files --------------------------------------------------------------------------------------------------------


def the_sieve(query: str = SOUGHT) -> Sieve:
    return Sieve(all_literals([query]), people=looks_at_people([query]))


def packed(tmp_path: Path, text: bytes) -> Path:
    file = tmp_path / "pubmed99n0001.xml.gz"
    file.write_bytes(gzip.compress(text))
    return file


def pmids_of(entries) -> list[str]:
    return [entry.citation.pmid for entry in entries if isinstance(entry, ReadRecord)]


@pytest.mark.parametrize("size", [1, 50, 1 << 20])
def test_a_file_is_sifted_whatever_the_size_of_its_blocks(tmp_path, monkeypatch, size):
    monkeypatch.setattr(bulk, "_BLOCK", size)
    records = [record(90000001 + at, "Of ketamine." if at % 3 == 0 else "Plain words.") for at in range(10)]
    gone = b'<DeleteCitation><PMID Version="1">90000099</PMID></DeleteCitation>'
    found = sift_file(packed(tmp_path, document(*records, end=gone)), the_sieve())
    assert found.records == 10
    assert list(found.pmids) == list(range(90000001, 90000011))
    assert pmids_of(found.entries) == ["90000001", "90000004", "90000007", "90000010"]
    assert found.entries[-1] == DeletedRecord(pmid="90000099")


def test_a_record_that_is_no_xml_costs_itself_alone(tmp_path):
    broken = record(90000002, "Of ketamine <i>without an end.")
    found = sift_file(packed(tmp_path, document(broken, record(90000003, "Of ketamine."))), the_sieve())
    assert isinstance(found.entries[0], UnreadableEntry)
    assert pmids_of(found.entries) == ["90000003"]


BROKEN = {
    "cut short": (gzip.compress(document(record(90000001, "Of ketamine.")) * 50)[:-40], "cut short or damaged"),
    "no end of the document": (gzip.compress(document(record(90000001, "x"))[:-20]), "the records before the fault"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_what_to_do(tmp_path, content, words):
    file = tmp_path / "pubmed99n0001.xml.gz"
    file.write_bytes(content)
    with pytest.raises(RecordFileError, match=words) as raised:
        sift_file(file, the_sieve())
    assert file.name in str(raised.value)


OTHERS = {
    "not compressed": lambda text: text,
    "UTF-16": lambda text: gzip.compress(text.decode().replace("utf-8", "utf-16").encode("utf-16")),
    "something else": lambda _: gzip.compress(b"<html><body>Sign in</body></html>"),
    "Latin-1": lambda text: gzip.compress(text.replace(b"utf-8", b"iso-8859-1")),
}


@pytest.mark.parametrize("written", OTHERS.values(), ids=OTHERS)
def test_what_cannot_be_sifted_is_left_to_the_reader(tmp_path, written):
    file = tmp_path / "saved.xml.gz"
    file.write_bytes(written(document(record(90000001, "Of ketamine."), record(90000002, "x"))))
    assert sift_file(file, the_sieve()) is None


@pytest.mark.skipif(not FILES, reason="the shared real records are not beside this checkout")
def test_of_real_files_nothing_is_lost_that_reading_every_record_finds():
    tests = [compile_query(query) for query in QUERIES]
    found = Sieve(all_literals(QUERIES), people=looks_at_people(QUERIES))
    matched = 0
    for file in FILES:
        sifted = sift_file(file, found)
        if sifted is None:
            assert b"MedlineCitationSet" in gzip.decompress(file.read_bytes())[:2000]
            continue
        with opened_records(file) as entries:
            every = list(entries)
        wanted = [e.citation.pmid for e in every if isinstance(e, ReadRecord) and any(t(e.citation) for t in tests)]
        assert set(wanted) <= set(pmids_of(sifted.entries)), file
        assert [e for e in sifted.entries if isinstance(e, DeletedRecord)] == [
            e for e in every if isinstance(e, DeletedRecord)
        ]
        assert sifted.records == sum(not isinstance(e, DeletedRecord) for e in every), file
        matched += len(wanted)
    assert matched > 400
