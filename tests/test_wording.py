"""A digest as an edition for the archive: its words are the letter's, and nothing of any reader is among them."""

from __future__ import annotations

import re

import msgspec
import pytest
from lxml import html as lxml_html

from aggregator.digest import MOST_NOTES, edition_of
from aggregator.edition import Edition
from tests.studies import change, study
from tests.test_letter import WEEKS, compose_week, letter_of, week


def words(text: str) -> str:
    """Text without the marks and spaces that a look may set otherwise."""
    return re.sub(r"\W+", " ", text).strip()


def texts(edition: Edition):
    """Every text of an edition, in the order of reading."""
    yield from (edition.days, edition.summary)
    for section in edition.sections:
        yield from (section.heading, *section.text)
        for row in section.rows:
            yield from (row.label, row.text)
        for group in section.groups:
            yield group.name
            for piece in group.pieces:
                yield from texts_of(piece, section.form)
        yield from section.more


def texts_of(piece, form):
    yield from (piece.mark, piece.above, piece.heading, piece.title or "", piece.source)
    rows = piece.rows
    if form == "status":
        # The letter links to the notices first, and says where they stand below.
        rows = [row for row in rows if row.is_quote]
    for row in rows:
        yield from (row.label, row.text)
    yield from piece.below


def body(html: str) -> str:
    tree = lxml_html.document_fromstring(html)
    for node in tree.xpath("//head | //*[@class='preheader']"):
        node.drop_tree()
    # A block ends a word; so does a line break.
    for node in tree.iter("p", "td", "th", "br", "h1", "h2", "h3"):
        node.tail = f" {node.tail or ''}"
    return words(tree.text_content())


@pytest.mark.parametrize("name", WEEKS)
def test_an_edition_says_what_the_letter_says_in_its_words_and_order(name):
    left = body(letter_of(name).html)
    for text in filter(None, map(words, texts(edition_of(week(name))))):
        before, found, left = left.partition(text)
        assert found, f"the letter does not go on with {text!r} but with {(before + left)[:200]!r}"


@pytest.mark.parametrize("name", WEEKS)
def test_no_heading_and_no_study_of_the_letter_is_left_out(name):
    edition, tree = edition_of(week(name)), lxml_html.document_fromstring(letter_of(name).html)
    headings = {section.heading for section in edition.sections} | {"About this issue"}
    assert {heading.text_content() for heading in tree.iter("h2")} == headings - {""}
    named = {piece.pmid for section in edition.sections for piece in section.pieces}
    named |= {pmid for section in edition.sections for piece in section.pieces for pmid in piece.related}
    named |= {row.pmid for section in edition.sections for row in section.rows}
    named |= {row.pmid for section in edition.sections for piece in section.pieces for row in piece.rows}
    # Beside what it tells of, the letter's foot links searches for what it set aside.
    links = (link.get("href") for link in tree.iter("a"))
    assert set(re.findall(r"(?:gov|studies)/(\d+)", " ".join(links))) == named - {None}


def test_shown_are_the_studies_that_the_digest_showed():
    assert edition_of(week("full")).shown == tuple(one.pmid for one in week("full").shown)


@pytest.mark.parametrize("name", WEEKS)
def test_nothing_of_a_reader_is_in_an_edition(name):
    packed = msgspec.json.encode(edition_of(week(name))).decode()
    assert not re.search(r"@|mailto|unsubscribe|your address|https?:", packed, re.IGNORECASE)


def test_as_many_changes_of_status_are_told_as_the_letter_tells():
    many = [study(str(90000100 + n)) for n in range(MOST_NOTES + 3)]
    edition = edition_of(compose_week(changed=[(one, (change(one.pmid),)) for one in many]))
    (status,) = [section for section in edition.sections if section.form == "status"]
    assert len(status.pieces) == MOST_NOTES
    assert status.more == ("3 more changes of status stand in the report.",)


def test_lines_stay_lines_whatever_a_title_contains():
    edition = edition_of(compose_week([study(title="A title\r\nwith a line end\u202e and a reversal.")]))
    assert not re.search("[\r\n\u202e]", "".join(texts(edition)))


def test_an_edition_of_old_is_read_although_parts_were_added_since():
    old = {"written": "2026-11-15T18:00:00Z", "sections": [{"groups": [{"pieces": [{"pmid": "90000001", "heading": "A title."}]}]}], "dropped": 1}  # fmt: skip
    edition = msgspec.json.decode(msgspec.json.encode(old), type=Edition)
    assert edition.sections[0].pieces[0].name == "A title."
