"""Reads PubMed's own XML: every record as a Citation, with all of its words and none of its markup.

It takes EFetch answers and the yearly baseline and daily update files alike, articles and book chapters, of the
DTD of 2025 (https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/index.html) and of the years around it, since
nothing here asks for a DTD. Bytes in, values out: no file, network, entity or clock is touched.

What is done to text: inline markup and MathML are taken off and their words kept; white space of any kind and
length becomes one space (`citation.squeeze`); comments and processing instructions inside are skipped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from io import BytesIO
from itertools import chain
from operator import itemgetter
from typing import Any, BinaryIO, cast

from lxml import etree
from lxml.etree import _Element as Element

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
)
from aggregator.dates import MONTHS
from aggregator.errors import UnreadableRecord

#: The document that `wrap` writes says what EFetch says.
_PROLOG = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
#: Documents that hold records; until 2016 files were sets of bare MedlineCitations.
_SETS = frozenset({"PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet"})
_RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle", "MedlineCitation"})
_DELETED = "DeleteCitation"
_CHUNK = 1 << 16
#: Enough of a document's beginning to say what it is when it is no set of records.
_HEAD = 4096
#: What a record may do to this reader's expectations without harm to its neighbours.
_SURPRISES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, etree.LxmlError)

#: A citation while it is being read: its fields as far as they are known.
Draft = dict[str, Any]
Handler = Callable[[Element, Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """A record that was read."""

    citation: Citation
    #: The record's own XML as UTF-8, without comments; `read_one` reads it again.
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableEntry:
    """A record that could not be read; its neighbours were."""

    pmid: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedRecord:
    """A PMID that PubMed has taken back (DeleteCitation, at the end of update files)."""

    pmid: str


Entry = ReadRecord | UnreadableEntry | DeletedRecord


# --- The door -------------------------------------------------------------------------------------------------


def read(source: bytes | BinaryIO) -> Iterator[Citation]:
    """The citations of an EFetch answer or a baseline file, one at a time in little memory; deletions are passed over.

    Raises UnreadableRecord at a record that cannot be read (`read_entries` names it and goes on), and at the end of
    a document that is not a whole set of PubMed records, after the records that were whole. Lists of references,
    of which no citation says anything, are passed over unread, and with them a fault inside one.
    """
    for element in _elements(_without_references(_chunks(source))):
        if element.tag != _DELETED:
            yield _citation(element)


def read_entries(source: bytes | BinaryIO) -> Iterator[Entry]:
    """Everything that a document says, record by record; one unreadable record costs that record only.

    Raises UnreadableRecord (without a PMID) when the document itself is broken or something else than PubMed records.
    """
    for element in _elements(_chunks(source)):
        if element.tag == _DELETED:
            yield from (DeletedRecord(pmid=pmid) for pmid in _texts(element, "PMID"))
        else:
            yield _entry(element)


def read_one(raw: bytes) -> Citation:
    """The citation of one record's XML, as `ReadRecord.raw` holds it. Raises UnreadableRecord."""
    citations = list(read(raw))
    if len(citations) != 1:
        raise UnreadableRecord(f"{len(citations)} records stand where one is expected; fetch the record again")
    return citations[0]


def wrap(raws: Iterable[bytes]) -> bytes:
    """A whole PubmedArticleSet document around records' XML, as EFetch would send it."""
    return b"".join([_PROLOG, b"<PubmedArticleSet>\n", *(raw + b"\n" for raw in raws), b"</PubmedArticleSet>\n"])


@lru_cache(maxsize=4096)
def pub_date(words: str) -> PubDate:
    """A publication date as far as its words go: "2019 Mar 14", "2019 06", "1998 Dec-1999 Jan", "2019 Winter".

    A stretch of time counts from its beginning, as in PubMed's own index, and keeps its words in `stated`.
    """
    words = " ".join(words.split())
    exact = _EXACT_DATE.fullmatch(words)
    if exact:
        year, month, day = int(exact[1]), _month(exact[2]), int(exact[3] or 0) or None
        if (month or not exact[2]) and _exists(year, month, day):
            return PubDate(year, month, day)
    found = _YEAR.search(words)
    if not found:
        return PubDate(None, stated=words or None)
    return _stated_date(int(found[0]), words)


# --- From bytes to elements -----------------------------------------------------------------------------------


def _chunks(source: bytes | BinaryIO) -> Iterator[bytes]:
    stream = BytesIO(source) if isinstance(source, bytes) else source
    return iter(partial(stream.read, _CHUNK), b"")


def _without_references(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A document less its ReferenceLists: up to half of its bytes, which the parser need not make a tree of.

    They are cut where the tag's bytes can be nothing but the tag: in UTF-8, without declarations of the document's
    own, and as long as no comment, CDATA section or processing instruction has come. All else goes on as it stands.
    """
    first = next(chunks, b"")
    prolog = _PLAIN_PROLOG.match(first)
    is_plain = prolog is not None
    start = prolog.end() if prolog else 0
    yield first[:start]
    held = b""
    for chunk in chain([first[start:]], chunks):
        held += chunk
        is_plain = is_plain and _is_plain(held)
        # No list reaches over the end of a record's part, so all lists before the last such end are whole.
        ready, end, rest = held.rpartition(b"</Pubmed") if is_plain else (held, b"", b"")
        yield _less_references(ready) if is_plain else ready
        held = end + rest
    yield held


_PLAIN_PROLOG = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\ version="1\.0"(?:\ encoding="utf-8")?\s*\?>)?\s*
    (?:<!DOCTYPE[^<>\[\]]*>)?\s*<PubmedArticleSet>""",
    re.IGNORECASE | re.VERBOSE,
)


def _is_plain(xml: bytes) -> bool:
    # One byte is looked for ten times as fast as two, and is mostly not there.
    return not (b"!" in xml and b"<!" in xml) and not (b"?" in xml and b"<?" in xml)


def _less_references(xml: bytes) -> bytes:
    before, *lists = xml.split(b"<ReferenceList>")
    kept = [before]
    for each in lists:
        references, end, after = each.partition(b"</ReferenceList>")
        if not end or b"</Pubmed" in references:
            return xml  # a list within a list, or a fault, which is the parser's to find
        kept.append(after)
    return b"".join(kept)


def _parser() -> etree.XMLPullParser:
    # Entities stay unexpanded and no DTD is asked for; without huge_tree libxml2's limits on the size of a text node
    # and on entities in attributes stay in force, and no record of PubMed's comes near them.
    return etree.XMLPullParser(
        events=("end",),
        tag=(*_RECORDS, _DELETED),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _elements(chunks: Iterator[bytes]) -> Iterator[Element]:
    """Each whole record in turn; the one before is forgotten when the next is asked for."""
    parser = _parser()
    head = b""
    at_end = False
    try:
        for chunk in chunks:
            head = head or chunk[:_HEAD]
            parser.feed(chunk)
            yield from _finished(parser)
        at_end = True
        kind = parser.close().tag
    except etree.XMLSyntaxError as error:
        yield from _finished(parser)
        if at_end and _is_only_a_namespace(parser):
            return
        raise UnreadableRecord(_complaint(head, None if at_end else error.msg)) from error
    yield from _finished(parser)
    if kind not in _SETS | _RECORDS:
        raise UnreadableRecord(_complaint(head, None))


def _finished(parser: etree.XMLPullParser) -> Iterator[Element]:
    for _, finished in parser.read_events():
        element = cast("Element", finished)
        parent = element.getparent()
        if parent is not None:
            if parent.tag == "PubmedArticle":
                continue  # the MedlineCitation inside a record is not another record
            while (earlier := element.getprevious()) is not None:
                parent.remove(earlier)
        yield element


def _is_only_a_namespace(parser: etree.XMLPullParser) -> bool:
    """Whether the parser's sole complaint is a prefix that only the DTD declares, as mml: of MathML may be."""
    domains = {entry.domain for entry in parser.feed_error_log if entry.level >= etree.ErrorLevels.ERROR}
    return domains == {etree.ErrorDomains.NAMESPACE}


def _complaint(head: bytes, fault: str | None) -> str:
    """`fault` is None when nothing is wrong but that the document ends too early."""
    found = _what_it_is(head)
    if found:
        return f"PubMed records were expected, but this is {found}. Ask PubMed again, or choose another file"
    if fault:
        return f"the XML is broken ({fault}). Ask PubMed again, or fetch the file again"
    return "the XML ends in the middle, before its records are complete. Ask PubMed again, or fetch the file again"


def _what_it_is(head: bytes) -> str | None:
    """What a document is that is no set of PubMed records, in words; None when it begins like one."""
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        return "empty"
    if head.startswith(b"\x1f\x8b"):
        return "compressed by gzip"
    if text[0] in "{[":
        return f"JSON ({_shortened(text)})"
    return _what_markup_it_is(text) if text[0] == "<" else f"plain text ({_shortened(text)})"


def _what_markup_it_is(text: str) -> str | None:
    message, title = _ERROR_ELEMENT.search(text), _HTML_TITLE.search(text)
    if message:
        return f"an error message ({_shortened(html.unescape(message[1]))})"
    if _HTML.search(text):
        return f"an HTML page ({_shortened(html.unescape(title[1]))})" if title else "an HTML page"
    root = _ROOT.search(_COMMENT.sub("", text))
    return None if not root or root[1] in _SETS | _RECORDS else f"XML of another kind ({root[1]})"


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 120 else f"{words[:119]}…"


_ERROR_ELEMENT = re.compile(r"<error>\s*([^<]+)", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+)?html\b", re.IGNORECASE)
_HTML_TITLE = re.compile(r"<title[^>]*>([^<]+)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")


# --- From elements to entries ---------------------------------------------------------------------------------


def _entry(element: Element) -> Entry:
    try:
        return ReadRecord(citation=_citation(element), raw=_raw(element))
    except UnreadableRecord as error:
        return UnreadableEntry(pmid=error.pmid, reason=str(error))


def _raw(element: Element) -> bytes:
    raw = _serialised(element)
    # A bare MedlineCitation becomes what EFetch would send today, so that stored records are of one kind.
    return b"<PubmedArticle>%b</PubmedArticle>" % raw if element.tag == "MedlineCitation" else raw


def _serialised(element: Element) -> bytes:
    """An element as XML that stands alone: characters that were named (&nbsp;) are written out."""
    return _NAMED_CHARACTER.sub(_written_out, etree.tostring(element, encoding="utf-8", with_tail=False))


def _written_out(reference: re.Match[bytes]) -> bytes:
    # A name that HTML does not know stays as it is written; nothing is ever looked up.
    return html.escape(html.unescape(reference[0].decode()), quote=False).encode()


_NAMED_CHARACTER = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)[^\s#;&<]+;")


def _citation(element: Element) -> Citation:
    draft: Draft = {}
    try:
        _READERS[element.tag](element, draft)
        pmid = draft.get("pmid") or ""
        if pmid.isdecimal():
            return Citation(**draft)
    except _SURPRISES as error:
        raise UnreadableRecord(
            f"the record cannot be understood ({type(error).__name__}: {error}). Report it with its XML",
            pmid=draft.get("pmid"),
        ) from error
    raise UnreadableRecord("a record without a PMID of its own. Look at it in the source", pmid=pmid or None)


#: An element's children all at once: a third of the time that iterating over it takes.
_children: Callable[[Element], list[Element]] = itemgetter(slice(None))


def _walk(element: Element, handlers: Mapping[str, Handler], draft: Draft) -> None:
    for child in _children(element):
        handler = handlers.get(child.tag)
        if handler is not None:
            handler(child, draft)


# --- Text -----------------------------------------------------------------------------------------------------


def _text(element: Element) -> str:
    """All words of an element; the quick way when there is nothing inside but text."""
    text = _mixed_text(element) if len(element) else element.text
    if not text:
        return ""
    # `squeeze`, for a fraction of its time: every white space but the plain one counts as unprintable.
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(text.split())


def _mixed_text(element: Element) -> str:
    if next(element.iter(etree.Entity), None) is not None:
        return _mixed_text(etree.fromstring(_serialised(element), _RE_READING))
    return etree.tostring(element, method="text", encoding=str, with_tail=False)


# Of XML that lxml itself wrote; `recover` is for a prefix that only the DTD declares.
_RE_READING = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, recover=True)


def _texts(element: Element, tag: str) -> tuple[str, ...]:
    return tuple([text for child in _children(element) if child.tag == tag and (text := _text(child))])


def _fields(element: Element) -> dict[str, str]:
    """Each child's tag and text, for elements whose children come once."""
    return {child.tag: _text(child) for child in _children(element)}


# --- Handlers: what one element adds to the draft -------------------------------------------------------------


def _text_into(field: str) -> Handler:
    def handle(element: Element, draft: Draft) -> None:
        draft[field] = _text(element) or None

    return handle


def _each_text_into(field: str) -> Handler:
    """For an element that itself repeats."""

    def handle(element: Element, draft: Draft) -> None:
        text = _text(element)
        if text:
            draft[field] = (*draft.get(field, ()), text)

    return handle


def _list_into(field: str, tag: str, read_child: Callable[[Element], Any]) -> Handler:
    """For a list element: what its children of one kind say, empty ones left out."""

    def handle(element: Element, draft: Draft) -> None:
        values = tuple([value for child in _children(element) if child.tag == tag and (value := read_child(child))])
        draft[field] = draft[field] + values if field in draft else values

    return handle


def _within(handlers: Mapping[str, Handler]) -> Handler:
    def handle(element: Element, draft: Draft) -> None:
        _walk(element, handlers, draft)

    return handle


def _day_into(field: str) -> Handler:
    def handle(element: Element, draft: Draft) -> None:
        draft[field] = _day(element)

    return handle


def _pmid(element: Element, draft: Draft) -> None:
    draft["pmid"] = _text(element)
    version = element.get("Version", "")
    draft["version"] = int(version) if version.isdecimal() else 1


def _title(element: Element, draft: Draft) -> None:
    draft["title"] = _text(element)


def _abstract(element: Element, draft: Draft) -> None:
    draft["abstract"] = _sections(element)
    draft["copyright"] = next(iter(_texts(element, "CopyrightInformation")), None)


def _other_abstract(element: Element, draft: Draft) -> None:
    other = OtherAbstract(
        kind=element.get("Type"),
        language=element.get("Language"),
        sections=_sections(element),
        copyright=next(iter(_texts(element, "CopyrightInformation")), None),
    )
    draft["other_abstracts"] = (*draft.get("other_abstracts", ()), other)


def _sections(element: Element) -> tuple[AbstractSection, ...]:
    return tuple(
        [section for child in _children(element) if child.tag == "AbstractText" and (section := _section(child))]
    )


def _section(element: Element) -> AbstractSection | None:
    # A heading without text is the authors' word that the part exists; neither heading nor text says nothing.
    text, label = _text(element), element.get("Label")
    if not text and not label:
        return None
    return AbstractSection(label=label or None, category=element.get("NlmCategory") or None, text=text)


def _authors(element: Element, draft: Draft) -> None:
    role = element.get("Type") or "authors"
    authors = tuple([_author(child, role) for child in _children(element) if child.tag == "Author"])
    draft["authors"] = draft.get("authors", ()) + authors
    if element.get("CompleteYN") == "N":
        draft["authors_complete"] = False


_NAME_PARTS = {
    "LastName": "last_name",
    "ForeName": "fore_name",
    "Initials": "initials",
    "Suffix": "suffix",
    "CollectiveName": "collective",
}


def _author(element: Element, role: str) -> Author:
    name: dict[str, str | None] = {}
    identifiers: tuple[Identifier, ...] = ()
    affiliations: tuple[str, ...] = ()
    for child in _children(element):
        tag = child.tag
        part = _NAME_PARTS.get(tag)
        if part:
            name[part] = _text(child) or None
        elif tag == "AffiliationInfo":
            affiliations += _texts(child, "Affiliation")
        elif tag == "Identifier":
            identifiers += _identifier(child, "Source")
    return Author(
        **name,
        role=role,
        is_valid=element.get("ValidYN") != "N",
        identifiers=identifiers,
        affiliations=affiliations,
    )


def _identifier(element: Element, system: str) -> tuple[Identifier, ...]:
    value = _text(element)
    return (Identifier(system=element.get(system) or "", value=value),) if value else ()


def _location(element: Element, draft: Draft) -> None:
    if element.get("ValidYN") != "N":
        draft["identifiers"] = draft.get("identifiers", ()) + _identifier(element, "EIdType")


def _other_id(element: Element, draft: Draft) -> None:
    draft["identifiers"] = draft.get("identifiers", ()) + _identifier(element, "Source")


def _article_ids(element: Element, draft: Draft) -> None:
    found = [each for child in _children(element) if child.tag == "ArticleId" for each in _identifier(child, "IdType")]
    draft["identifiers"] = (*draft.get("identifiers", ()), *found)


def _pages(element: Element, draft: Draft) -> None:
    stated = _fields(element)
    ends = [stated[tag] for tag in ("StartPage", "EndPage") if stated.get(tag)]
    draft["pages"] = stated.get("MedlinePgn") or "-".join(ends) or None


def _published(element: Element, draft: Draft) -> None:
    draft["published"] = _date_of(element)


def _e_published(element: Element, draft: Draft) -> None:
    draft.setdefault("e_published", _date_of(element))


#: PubStatus of a PubMedPubDate -> field; what NLM's documentation of the 2025 DTD says they are.
_HISTORY_FIELDS = {"entrez": "entered", "pubmed": "processed", "medline": "indexed"}


def _history(element: Element, draft: Draft) -> None:
    stated = [
        _history_date(child.get("PubStatus") or "", day)
        for child in _children(element)
        if child.tag == "PubMedPubDate" and (day := _day(child))
    ]
    draft["history"] = tuple(stated)
    for entry in stated:
        field = _HISTORY_FIELDS.get(entry.status)
        if field:
            draft.setdefault(field, entry.day)


# Records that stand together in a file were received, accepted and entered on the same days.
@lru_cache(maxsize=4096)
def _history_date(status: str, day: date) -> HistoryDate:
    return HistoryDate(status=status, day=day)


def _registrations(element: Element, draft: Draft) -> None:
    draft["registrations"] = tuple(
        Registration(databank=name, accession=accession)
        for bank in element.iterchildren("DataBank")
        for name in [_text_of(bank, "DataBankName") or ""]
        for accessions in bank.iterchildren("AccessionNumberList")
        for accession in _texts(accessions, "AccessionNumber")
    )


def _text_of(element: Element, tag: str) -> str | None:
    child = element.find(tag)
    return None if child is None else _text(child) or None


def _mesh_heading(element: Element) -> MeshHeading | None:
    terms = [(child.tag, _text(child), child.get("UI"), child.get("MajorTopicYN")) for child in _children(element)]
    return _heading(tuple(terms))


# MeSH is a controlled vocabulary: a few thousand of its terms make up most of what records say with it.
@lru_cache(maxsize=4096)
def _heading(terms: tuple[tuple[str, str, str | None, str | None], ...]) -> MeshHeading | None:
    """The heading of (tag, words, UI, MajorTopicYN) of each element in it."""
    descriptors = [(name, ui, major == "Y") for tag, name, ui, major in terms if tag == "DescriptorName"]
    qualifiers = [(name, ui, major == "Y") for tag, name, ui, major in terms if tag == "QualifierName"]
    if not descriptors:
        return None
    name, ui, is_major = descriptors[-1]
    return MeshHeading(
        descriptor=name,
        ui=ui,
        is_major=is_major,
        qualifiers=tuple(MeshQualifier(name=name, ui=ui, is_major=is_major) for name, ui, is_major in qualifiers),
    )


def _chemical(element: Element) -> Chemical | None:
    parts = {child.tag: child for child in _children(element)}
    name, number = parts.get("NameOfSubstance"), parts.get("RegistryNumber")
    if name is None:
        return None
    return _substance(_text(name), name.get("UI"), _text(number) or None if number is not None else None)


@lru_cache(maxsize=4096)
def _substance(name: str, ui: str | None, registry_number: str | None) -> Chemical:
    return Chemical(name=name, ui=ui, registry_number=registry_number)


def _grant(element: Element) -> Grant:
    stated = _fields(element)
    return Grant(
        id=stated.get("GrantID") or None,
        acronym=stated.get("Acronym") or None,
        agency=stated.get("Agency") or None,
        country=stated.get("Country") or None,
    )


def _notice(element: Element) -> Notice:
    stated = _fields(element)
    return Notice(
        ref_type=element.get("RefType") or "",
        source=stated.get("RefSource") or None,
        pmid=stated.get("PMID") or None,
        note=stated.get("Note") or None,
    )


# --- Dates ----------------------------------------------------------------------------------------------------


def _date_of(element: Element) -> PubDate:
    """PubDate, ArticleDate, ContributionDate: their parts stand in the order in which MEDLINE writes a date."""
    return pub_date(" ".join(_fields(element).values()))


def _day(element: Element) -> date | None:
    """A full date, or None where it is not stated in full or no calendar has it; a record is never lost over a date."""
    stated = {child.tag: child.text for child in _children(element)}
    return _calendar_day(stated.get("Year"), stated.get("Month"), stated.get("Day"))


@lru_cache(maxsize=4096)
def _calendar_day(year: str | None, month: str | None, day: str | None) -> date | None:
    try:
        return date(int(year or ""), int(month or ""), int(day or ""))
    except ValueError:
        return None


def _stated_date(year: int, words: str) -> PubDate:
    found = _MONTH_AND_DAY.search(words)
    month = _month(found[1]) if found else None
    day = int(found[2]) if found and found[2] else None
    return PubDate(year, month, day if _exists(year, month, day) else None, stated=words)


def _month(word: str | None) -> int | None:
    """1 to 12 of "Jun", "June", "06"; None of anything else."""
    if not word:
        return None
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= 12 else None
    return _MONTH_NUMBERS.get(word[:3].title())


def _exists(year: int, month: int | None, day: int | None) -> bool:
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return False
    return True


_MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, start=1)}
_MONTH_NAME = rf"(?:{'|'.join(MONTHS)})[a-z]*"
_EXACT_DATE = re.compile(rf"(\d{{4}})(?: ({_MONTH_NAME}|\d{{1,2}})(?: (\d{{1,2}}))?)?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_MONTH_AND_DAY = re.compile(rf"\b({_MONTH_NAME})\b(?: (\d{{1,2}})(?!\d))?", re.IGNORECASE)


# --- Tables: which element is which field ---------------------------------------------------------------------

_JOURNAL_ISSUE: Mapping[str, Handler] = {
    "Volume": _text_into("volume"),
    "Issue": _text_into("issue"),
    "PubDate": _published,
}
_JOURNAL: Mapping[str, Handler] = {
    "ISSN": _text_into("journal.issn"),
    "JournalIssue": _within(_JOURNAL_ISSUE),
    "Title": _text_into("journal.title"),
    "ISOAbbreviation": _text_into("journal.abbreviation"),
}
_JOURNAL_INFO: Mapping[str, Handler] = {
    "Country": _text_into("journal.country"),
    "MedlineTA": _text_into("journal.medline_ta"),
    "NlmUniqueID": _text_into("journal.nlm_id"),
    "ISSNLinking": _text_into("journal.issn_linking"),
}
_ARTICLE: Mapping[str, Handler] = {
    "Journal": _within(_JOURNAL),
    "ArticleTitle": _title,
    "Pagination": _pages,
    "ELocationID": _location,
    "Abstract": _abstract,
    "AuthorList": _authors,
    "Language": _each_text_into("languages"),
    "DataBankList": _registrations,
    "GrantList": _list_into("grants", "Grant", _grant),
    "PublicationTypeList": _list_into("publication_types", "PublicationType", _text),
    "VernacularTitle": _text_into("vernacular_title"),
    "ArticleDate": _e_published,
}
_MEDLINE_CITATION: Mapping[str, Handler] = {
    "PMID": _pmid,
    "DateCompleted": _day_into("completed"),
    "DateRevised": _day_into("revised"),
    "Article": _within(_ARTICLE),
    "MedlineJournalInfo": _within(_JOURNAL_INFO),
    "ChemicalList": _list_into("chemicals", "Chemical", _chemical),
    "SupplMeshList": _list_into("supplementary", "SupplMeshName", _text),
    "CommentsCorrectionsList": _list_into("notices", "CommentsCorrections", _notice),
    "MeshHeadingList": _list_into("mesh", "MeshHeading", _mesh_heading),
    "OtherID": _other_id,
    "OtherAbstract": _other_abstract,
    "KeywordList": _list_into("keywords", "Keyword", _text),
    "CoiStatement": _text_into("coi_statement"),
}
#: Of articles and of book chapters. ReferenceList is left out: its identifiers are other publications'.
_PUBMED_DATA: Mapping[str, Handler] = {
    "History": _history,
    "PublicationStatus": _text_into("publication_status"),
    "ArticleIdList": _article_ids,
}
_BOOK: Mapping[str, Handler] = {
    "PubDate": _published,
    "BookTitle": _title,
    "AuthorList": _authors,
    "Volume": _text_into("volume"),
    "ELocationID": _location,
}


def _medline_citation(element: Element, draft: Draft) -> None:
    draft["citation_status"] = element.get("Status")
    draft["indexing_method"] = element.get("IndexingMethod")
    _walk(element, _MEDLINE_CITATION, draft)


def _book(element: Element, draft: Draft) -> None:
    draft["book"] = book = Draft()
    _walk(element, _BOOK, book)


_BOOK_DOCUMENT: Mapping[str, Handler] = {
    "PMID": _pmid,
    "ArticleIdList": _article_ids,
    "Book": _book,
    "ArticleTitle": _title,
    "VernacularTitle": _text_into("vernacular_title"),
    "Pagination": _pages,
    "Language": _each_text_into("languages"),
    "AuthorList": _authors,
    "PublicationType": _each_text_into("publication_types"),
    "Abstract": _abstract,
    "KeywordList": _list_into("keywords", "Keyword", _text),
    "ContributionDate": _published,
    "DateRevised": _day_into("revised"),
    "GrantList": _list_into("grants", "Grant", _grant),
}
_ARTICLE_RECORD: Mapping[str, Handler] = {
    "MedlineCitation": _medline_citation,
    "PubmedData": _within(_PUBMED_DATA),
}
_BOOK_RECORD: Mapping[str, Handler] = {
    "BookDocument": _within(_BOOK_DOCUMENT),
    "PubmedBookData": _within(_PUBMED_DATA),
}


# --- Whole records --------------------------------------------------------------------------------------------


def _read_article(element: Element, draft: Draft) -> None:
    _walk(element, _ARTICLE_RECORD, draft)
    _complete_article(draft)


def _read_bare_citation(element: Element, draft: Draft) -> None:
    _medline_citation(element, draft)
    _complete_article(draft)


def _complete_article(draft: Draft) -> None:
    medline_ta, linking = draft.pop("journal.medline_ta", None), draft.pop("journal.issn_linking", None)
    draft["journal"] = _journal(
        draft.pop("journal.title", None),
        draft.pop("journal.abbreviation", None) or medline_ta,
        draft.pop("journal.issn", None) or linking,
        draft.pop("journal.nlm_id", None),
        draft.pop("journal.country", None),
    )
    _name_identifiers(draft)


@lru_cache(maxsize=4096)
def _journal(
    title: str | None, abbreviation: str | None, issn: str | None, nlm_id: str | None, country: str | None
) -> Journal:
    return Journal(title=title, abbreviation=abbreviation, issn=issn, nlm_id=nlm_id, country=country)


def _read_book(element: Element, draft: Draft) -> None:
    _walk(element, _BOOK_RECORD, draft)
    _complete_chapter(draft, draft.pop("book", {}))
    _name_identifiers(draft)


def _complete_chapter(draft: Draft, book: Draft) -> None:
    """What a chapter has from its book: a title where it is the whole book, a date, a volume, editors."""
    draft["journal"] = Journal(title=book.get("title"), is_book=True)
    # A growing book such as GeneReviews carries the year in which it began; the chapter's own date is ContributionDate.
    for field in ("published", "volume"):
        if field in book:
            draft.setdefault(field, book[field])
    if not draft.get("title"):
        draft["title"] = book.get("title") or ""
        draft["identifiers"] = draft.get("identifiers", ()) + book.get("identifiers", ())
    own = draft.get("authors", ())
    # The authors of a book are not those of another's chapter in it; its editors are always named.
    draft["authors"] = own + tuple(each for each in book.get("authors", ()) if not own or each.role == "editors")


def _name_identifiers(draft: Draft) -> None:
    """The DOI and the PMC id among the record's identifiers; the first of several is the record's own."""
    identifiers = tuple(dict.fromkeys(draft.get("identifiers", ())))
    draft["identifiers"] = identifiers
    draft["doi"] = next((each.value for each in identifiers if each.system == "doi" and _DOI.match(each.value)), None)
    found = (_PMC.match(each.value) for each in identifiers if each.system in _PMC_SYSTEMS)
    draft["pmcid"] = next((f"PMC{match[1]}" for match in found if match), None)


_DOI = re.compile(r"10\.\d+(?:\.\d+)*/\S")
_PMC = re.compile(r"(?:pmc-id:\s*)?(?:PMC)?(\d+)", re.IGNORECASE)
#: "NLM" is the Source of an OtherID, which is all that files of before 2016 have.
_PMC_SYSTEMS = frozenset({"pmc", "pmcid", "NLM"})

_READERS: Mapping[str, Handler] = {
    "PubmedArticle": _read_article,
    "PubmedBookArticle": _read_book,
    "MedlineCitation": _read_bare_citation,
}
