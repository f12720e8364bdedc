"""What PubMed's E-utilities answer, byte for byte as they shape it: values in, bytes out.

Shapes follow the E-utilities' published DTDs and recorded answers
(https://www.ncbi.nlm.nih.gov/books/NBK25499/). Numbers are text in JSON, as they are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from aggregator.citation import Citation

XML = "text/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"
HTML = "text/html; charset=UTF-8"

_PROLOG = '<?xml version="1.0" encoding="UTF-8" ?>\n'
_DTD = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd"
_ESEARCH = (
    f'{_PROLOG}<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" "{_DTD}/20060628/esearch.dtd">\n'
)
_EPOST = f'{_PROLOG}<!DOCTYPE ePostResult PUBLIC "-//NLM//DTD epost 20090526//EN" "{_DTD}/20090526/epost.dtd">'
_EINFO = f'{_PROLOG}<!DOCTYPE eInfoResult PUBLIC "-//NLM//DTD einfo 20190110//EN" "{_DTD}/20190110/einfo.dtd">\n'
_EFETCH_ERROR = (
    f'{_PROLOG}<!DOCTYPE eEfetchResult PUBLIC "-//NLM//DTD efetch 20131226//EN" "{_DTD}/20131226/efetch.dtd">\n'
)
_ESUMMARY = (
    f'{_PROLOG}<!DOCTYPE eSummaryResult PUBLIC "-//NLM//DTD esummary v1 20041029//EN" '
    f'"{_DTD}/20041029/esummary-v1.dtd">\n'
)
_ESUMMARY_2 = (
    f'{_PROLOG}<!DOCTYPE eSummaryResult PUBLIC "-//NLM//DTD esummary pubmed 20210819//EN" '
    f'"{_DTD}/20210819/esummary_pubmed.dtd">\n'
)
_ESPELL = (
    '<?xml version="1.0"?>\n<!DOCTYPE eSpellResult PUBLIC "-//NLM//DTD eSpellResult, 23 November 2004//EN" '
    '"https://www.ncbi.nlm.nih.gov/entrez/query/DTD/eSpell.dtd">\n'
)
#: EFetch states no encoding; what a 2026 answer declares is not settled, so the year can be chosen.
_EFETCH = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January {year}//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_{short}0101.dtd">\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """What one ESearch has to say."""

    count: int
    ids: tuple[str, ...] = ()
    retstart: int = 0
    query_key: int | None = None
    web_env: str | None = None
    translation: str = ""
    phrases_not_found: tuple[str, ...] = ()
    fields_not_found: tuple[str, ...] = ()
    quoted_not_found: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


# ── ESearch ──────────────────────────────────────────────────────────────────────────────────────


def esearch_xml(answer: SearchAnswer) -> bytes:
    """ESearch's answer; RetMax is the number of PMIDs given, not the number asked for."""
    history = f"<QueryKey>{answer.query_key}</QueryKey><WebEnv>{answer.web_env}</WebEnv>" if answer.query_key else ""
    ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in answer.ids)
    return (
        f"{_ESEARCH}<eSearchResult><Count>{answer.count}</Count><RetMax>{len(answer.ids)}</RetMax>"
        f"<RetStart>{answer.retstart}</RetStart>{history}"
        + (f"<IdList>\n{ids}</IdList>" if ids else "<IdList/>")
        + f"<TranslationSet/><QueryTranslation>{escape(answer.translation)}</QueryTranslation>"
        + _elements(
            "ErrorList", ("PhraseNotFound", answer.phrases_not_found), ("FieldNotFound", answer.fields_not_found)
        )
        + _elements(
            "WarningList", ("QuotedPhraseNotFound", answer.quoted_not_found), ("OutputMessage", answer.messages)
        )
        + "</eSearchResult>\n"
    ).encode()


def _elements(name: str, *groups: tuple[str, Sequence[str]]) -> str:
    inside = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, texts in groups for text in texts)
    return f"<{name}>{inside}</{name}>" if inside else ""


def esearch_json(answer: SearchAnswer) -> bytes:
    """The same in JSON; the two lists of complaints come only when one has something to say."""
    result: dict[str, Any] = {
        "count": str(answer.count),
        "retmax": str(len(answer.ids)),
        "retstart": str(answer.retstart),
    }
    if answer.query_key:
        result |= {"querykey": str(answer.query_key), "webenv": answer.web_env}
    result |= {"idlist": list(answer.ids), "translationset": [], "querytranslation": answer.translation}
    if answer.phrases_not_found or answer.fields_not_found:
        result["errorlist"] = {
            "phrasesnotfound": list(answer.phrases_not_found),
            "fieldsnotfound": list(answer.fields_not_found),
        }
    if answer.quoted_not_found or answer.messages:
        result["warninglist"] = {
            "phrasesignored": [],
            "quotedphrasesnotfound": list(answer.quoted_not_found),
            "outputmessages": list(answer.messages),
        }
    return _json("esearch", esearchresult=result)


def esearch_count(count: int, *, as_json: bool) -> bytes:
    """rettype=count: the number and nothing else."""
    if as_json:
        return _json("esearch", esearchresult={"count": str(count)})
    return f"{_ESEARCH}<eSearchResult>\n\t<Count>{count}</Count>\n</eSearchResult>\n".encode()


def esearch_error(message: str, *, as_json: bool) -> bytes:
    """An error inside HTTP 200. A line break in it stays raw, which makes the JSON invalid, as it is at NCBI."""
    if as_json:
        quoted = json.dumps(message).replace("\\n", "\n")
        return f'{{"header":{{"type":"esearch","version":"0.3"}},"esearchresult":{{"ERROR":{quoted}}}}}\n'.encode()
    return f"{_ESEARCH}<eSearchResult><ERROR>{escape(message)}</ERROR></eSearchResult>\n".encode()


def wall_message(wall: int) -> str:
    """What PubMed says to a retstart past the records that ESearch can reach."""
    return (
        f"'retstart' cannot be larger than {wall - 1}. For PubMed, ESearch can only retrieve the first {wall:,} "
        f"records matching the query. To obtain more than {wall:,} PubMed records, consider using EDirect that "
        "contains additional logic to batch PubMed search results automatically so that an arbitrary number can be "
        "retrieved. For details see https://www.ncbi.nlm.nih.gov/books/NBK25499/"
    )


# ── EFetch ───────────────────────────────────────────────────────────────────────────────────────


def efetch_xml(raws: Iterable[bytes], *, dtd_year: int = 2025) -> bytes:
    """A PubmedArticleSet of the records as they are stored, one a line; an empty set has no line of its own."""
    head = _EFETCH.format(year=dtd_year, short=f"{dtd_year % 100:02d}").encode()
    records = b"".join(raw.strip() + b"\n" for raw in raws)
    return head + b"<PubmedArticleSet>" + (b"\n" + records if records else b"") + b"</PubmedArticleSet>" + records[-1:]


def uilist(pmids: Sequence[str], *, as_xml: bool) -> bytes:
    """rettype=uilist."""
    if as_xml:
        ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in pmids)
        return f'<?xml version="1.0" ?>\n<!DOCTYPE IdList SYSTEM "">\n<IdList>\n{ids}</IdList>\n'.encode()
    return "".join(f"{pmid}\n" for pmid in pmids).encode()


def efetch_error(message: str) -> bytes:
    """EFetch's error document."""
    return f"{_EFETCH_ERROR}<eFetchResult>\n\t<ERROR>{escape(message)}</ERROR>\n</eFetchResult>\n".encode()


# ── EPost ────────────────────────────────────────────────────────────────────────────────────────


def epost_xml(query_key: int, web_env: str, *, errors: Sequence[str] = ()) -> bytes:
    """Where the posted PMIDs are kept; complaints about some of them may stand beside."""
    said = "".join(f"\n\t<ERROR>{escape(error)}</ERROR>" for error in errors)
    return (
        f"{_EPOST}<ePostResult>\n\t<QueryKey>{query_key}</QueryKey>\n\t<WebEnv>{web_env}</WebEnv>{said}\n"
        "</ePostResult>\n"
    ).encode()


def epost_error(errors: Sequence[str]) -> bytes:
    """Nothing was stored."""
    said = "".join(f"\n\t<ERROR>{escape(error)}</ERROR>" for error in errors)
    return f"{_EPOST}<ePostResult>{said}\n</ePostResult>\n".encode()


# ── ESummary ─────────────────────────────────────────────────────────────────────────────────────

_RECORD_STATUS = {
    "MEDLINE": "PubMed - indexed for MEDLINE",
    "OLDMEDLINE": "PubMed - OLDMEDLINE",
    "Publisher": "PubMed - as supplied by publisher",
    "In-Process": "PubMed - in process",
    "In-Data-Review": "PubMed - in process",
    "Completed": "PubMed - in process",
    "PubMed-not-MEDLINE": "PubMed",
}
#: ASN.1 PubStatus values, which ESummary's JSON gives as text.
_PUB_STATUS = {"epublish": "3", "ppublish": "4", "aheadofprint": "10"}
_ID_TYPES = {"pubmed": 1, "doi": 3, "pii": 4, "pmcid": 5, "pmc": 8}
_LANGUAGES = {
    "eng": "English",
    "fre": "French",
    "ger": "German",
    "spa": "Spanish",
    "por": "Portuguese",
    "ita": "Italian",
    "chi": "Chinese",
    "jpn": "Japanese",
    "rus": "Russian",
    "pol": "Polish",
    "und": "Undetermined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocSum:
    """The facts of a citation that ESummary shows, under the names of its JSON."""

    uid: str
    pubdate: str
    epubdate: str
    source: str
    authors: tuple[str, ...]
    title: str
    volume: str
    issue: str
    pages: str
    lang: tuple[str, ...]
    nlmuniqueid: str
    issn: str
    essn: str
    pubtype: tuple[str, ...]
    recordstatus: str
    pubstatus: str
    articleids: tuple[tuple[str, str], ...]
    history: tuple[tuple[str, str], ...]
    has_abstract: bool
    fulljournalname: str
    elocationid: str
    sortpubdate: str
    vernaculartitle: str
    is_book: bool

    @property
    def so(self) -> str:
        """The source line of the version 1 answer: 2001 Jun;20(2):89-103."""
        issue = f"({self.issue})" if self.issue else ""
        place = f"{self.volume}{issue}" + (f":{self.pages}" if self.pages else "")
        return f"{self.pubdate};{place}" if place else f"{self.pubdate}."


def docsum(citation: Citation, raw: bytes) -> DocSum:
    """ESummary's view of a record; what Citation does not keep (times, both ISSNs) is read from the raw record."""
    tree = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    issn = {node.get("IssnType"): node.text or "" for node in tree.iterfind(".//Journal/ISSN")}
    people = tuple(author.name for author in citation.authors if author.role == "authors")
    year, month, day = citation.published.sort_key
    return DocSum(
        uid=citation.pmid,
        pubdate=_words(citation.published.stated or citation.published.iso),
        epubdate=_words(citation.e_published.iso if citation.e_published else None),
        source=citation.journal.abbreviation or citation.journal.title or "",
        authors=people,
        title=citation.title,
        volume=citation.volume or "",
        issue=citation.issue or "",
        pages=citation.pages or "",
        lang=citation.languages,
        nlmuniqueid=citation.journal.nlm_id or "",
        issn=issn.get("Print", ""),
        essn=issn.get("Electronic", ""),
        pubtype=citation.publication_types,
        recordstatus=_RECORD_STATUS.get(citation.citation_status or "", "PubMed"),
        pubstatus=citation.publication_status or "",
        articleids=_article_ids(citation),
        history=tuple(_history(tree)),
        has_abstract=bool(citation.abstract),
        fulljournalname=citation.journal.title or "",
        elocationid=f"doi: {citation.doi}" if citation.doi else "",
        sortpubdate=f"{year or 1:04d}/{month or 1:02d}/{day or 1:02d} 00:00",
        vernaculartitle=citation.vernacular_title or "",
        is_book=citation.journal.is_book,
    )


def _words(day: str | None) -> str:
    """2026-03-14 as ESummary prints it: 2026 Mar 14."""
    if not day or not day[:4].isdigit() or " " in day:
        return day or ""
    parts = day.split("-")
    words = [parts[0]]
    if len(parts) > 1:
        words.append(date(2000, int(parts[1]), 1).strftime("%b"))
    if len(parts) > 2:
        words.append(str(int(parts[2])))
    return " ".join(words)


def _article_ids(citation: Citation) -> tuple[tuple[str, str], ...]:
    listed = tuple((one.system, one.value) for one in citation.identifiers if one.system in _ID_TYPES)
    if any(system == "pubmed" for system, _ in listed):
        return listed
    return (("pubmed", citation.pmid), *listed)


def _history(tree: etree._Element) -> Iterable[tuple[str, str]]:
    for node in tree.iterfind(".//History/PubMedPubDate"):
        part = {child.tag: int(child.text or 0) for child in node if (child.text or "").isdigit()}
        if {"Year", "Month", "Day"} <= part.keys():
            day = f"{part['Year']:04d}/{part['Month']:02d}/{part['Day']:02d}"
            yield node.get("PubStatus", ""), f"{day} {part.get('Hour', 0):02d}:{part.get('Minute', 0):02d}"


def esummary_v1(docsums: Iterable[DocSum], *, unknown: Sequence[str] = ()) -> bytes:
    """Version 1.0: Items with a Name and a Type."""
    body = "".join(_docsum_v1(one) + "\n" for one in docsums)
    errors = "".join(f"\t<ERROR>UID={uid}: cannot get document summary</ERROR>\n" for uid in unknown)
    return f"{_ESUMMARY}<eSummaryResult>\n{body}{errors}</eSummaryResult>\n".encode()


def _docsum_v1(one: DocSum) -> str:
    lines = [
        _item("PubDate", "Date", one.pubdate),
        _item("EPubDate", "Date", one.epubdate),
        _item("Source", "String", one.source),
        _list("AuthorList", [_item("Author", "String", name, 2) for name in one.authors]),
        _item("LastAuthor", "String", one.authors[-1] if one.authors else ""),
        _item("Title", "String", one.title),
        _item("Volume", "String", one.volume),
        _item("Issue", "String", one.issue),
        _item("Pages", "String", one.pages),
        _list("LangList", [_item("Lang", "String", _LANGUAGES.get(code, code), 2) for code in one.lang]),
        _item("NlmUniqueID", "String", one.nlmuniqueid),
        _item("ISSN", "String", one.issn),
        _item("ESSN", "String", one.essn),
        _list("PubTypeList", [_item("PubType", "String", kind, 2) for kind in one.pubtype]),
        _item("RecordStatus", "String", one.recordstatus),
        _item("PubStatus", "String", one.pubstatus),
        _list("ArticleIds", [_item(kind, "String", value, 2) for kind, value in one.articleids]),
        _list("History", [_item(status, "Date", day, 2) for status, day in one.history]),
        _list("References", []),
        _item("HasAbstract", "Integer", "1" if one.has_abstract else "0"),
        _item("PmcRefCount", "Integer", "0"),
        _item("FullJournalName", "String", one.fulljournalname),
        _item("ELocationID", "String", one.elocationid),
        _item("SO", "String", one.so),
    ]
    return f"<DocSum>\n\t<Id>{one.uid}</Id>\n" + "".join(lines) + "</DocSum>\n"


def _item(name: str, kind: str, value: str, depth: int = 1) -> str:
    tabs = "\t" * depth
    return f'{tabs}<Item Name="{name}" Type="{kind}">{escape(value)}</Item>\n'


def _list(name: str, items: Sequence[str]) -> str:
    inside = "\n" + "".join(items) + "\t" if items else ""
    return f'\t<Item Name="{name}" Type="List">{inside}</Item>\n'


def esummary_v2(docsums: Iterable[DocSum], *, build: str, unknown: Sequence[str] = ()) -> bytes:
    """Version 2.0: one element for each key of the JSON."""
    known = "".join(_docsum_v2(one) for one in docsums)
    lost = "".join(
        f'<DocumentSummary uid="{uid}"><error>cannot get document summary</error></DocumentSummary>\n'
        for uid in unknown
    )
    return (
        f'{_ESUMMARY_2}<eSummaryResult>\n<DocumentSummarySet status="OK">\n<DbBuild>{build}</DbBuild>\n\n'
        f"{known}{lost}</DocumentSummarySet>\n</eSummaryResult>\n"
    ).encode()


def _docsum_v2(one: DocSum) -> str:
    authors = "".join(
        f"<Author><Name>{escape(name)}</Name><AuthType>Author</AuthType><ClusterID/></Author>" for name in one.authors
    )
    ids = "".join(
        f"<ArticleId><IdType>{kind}</IdType><IdTypeN>{_ID_TYPES[kind]}</IdTypeN><Value>{escape(value)}</Value></ArticleId>"
        for kind, value in one.articleids
    )
    history = "".join(
        f"<PubMedPubDate><PubStatus>{status}</PubStatus><Date>{day}</Date></PubMedPubDate>"
        for status, day in one.history
    )
    fields = {
        "PubDate": escape(one.pubdate),
        "EPubDate": escape(one.epubdate),
        "Source": escape(one.source),
        "Authors": authors,
        "LastAuthor": escape(one.authors[-1] if one.authors else ""),
        "Title": escape(one.title),
        "SortTitle": escape(_sort_title(one.title)),
        "Volume": escape(one.volume),
        "Issue": escape(one.issue),
        "Pages": escape(one.pages),
        "Lang": "".join(f"<string>{code}</string>" for code in one.lang),
        "NlmUniqueID": escape(one.nlmuniqueid),
        "ISSN": one.issn,
        "ESSN": one.essn,
        "PubType": "".join(f"<flag>{escape(kind)}</flag>" for kind in one.pubtype),
        "RecordStatus": one.recordstatus,
        "PubStatus": one.pubstatus,
        "ArticleIds": ids,
        "History": history,
        "References": "",
        "Attributes": "<flag>Has Abstract</flag>" if one.has_abstract else "",
        "PmcRefCount": "",
        "FullJournalName": escape(one.fulljournalname),
        "ELocationID": escape(one.elocationid),
        "DocType": "chapter" if one.is_book else "citation",
        "SortPubDate": one.sortpubdate,
        "SortFirstAuthor": escape(one.authors[0] if one.authors else ""),
        "VernacularTitle": escape(one.vernaculartitle),
    }
    lines = "".join(f"\t<{tag}>{value}</{tag}>\n" if value else f"\t<{tag}/>\n" for tag, value in fields.items())
    return f'<DocumentSummary uid="{one.uid}">\n{lines}</DocumentSummary>\n\n'


def esummary_json(docsums: Iterable[DocSum], *, order: Sequence[str], unknown: Sequence[str] = ()) -> bytes:
    """The JSON record of each PMID; one that PubMed does not hold carries an error in its place."""
    result: dict[str, Any] = {"uids": list(order)}
    result |= {one.uid: _docsum_json(one) for one in docsums}
    result |= {uid: {"uid": uid, "error": "cannot get document summary"} for uid in unknown}
    return _json("esummary", result=result)


def _docsum_json(one: DocSum) -> dict[str, Any]:
    return {
        "uid": one.uid,
        "pubdate": one.pubdate,
        "epubdate": one.epubdate,
        "source": one.source,
        "authors": [{"name": name, "authtype": "Author", "clusterid": ""} for name in one.authors],
        "lastauthor": one.authors[-1] if one.authors else "",
        "title": one.title,
        "sorttitle": _sort_title(one.title),
        "volume": one.volume,
        "issue": one.issue,
        "pages": one.pages,
        "lang": list(one.lang),
        "nlmuniqueid": one.nlmuniqueid,
        "issn": one.issn,
        "essn": one.essn,
        "pubtype": list(one.pubtype),
        "recordstatus": one.recordstatus,
        "pubstatus": _PUB_STATUS.get(one.pubstatus, "255"),
        "articleids": [{"idtype": kind, "idtypen": _ID_TYPES[kind], "value": value} for kind, value in one.articleids],
        "history": [{"pubstatus": status, "date": day} for status, day in one.history],
        "references": [],
        "attributes": ["Has Abstract"] if one.has_abstract else [],
        "pmcrefcount": 0,
        "fulljournalname": one.fulljournalname,
        "elocationid": one.elocationid,
        "doctype": "chapter" if one.is_book else "citation",
        "srccontriblist": [],
        "booktitle": "",
        "medium": "",
        "edition": "",
        "publisherlocation": "",
        "publishername": "",
        "srcdate": "",
        "reportnumber": "",
        "availablefromurl": "",
        "locationlabel": "",
        "doccontriblist": [],
        "docdate": "",
        "bookname": "",
        "chapter": "",
        "sortpubdate": one.sortpubdate,
        "sortfirstauthor": one.authors[0] if one.authors else "",
        "vernaculartitle": one.vernaculartitle,
    }


def _sort_title(title: str) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in title.lower()).split()
    return " ".join(words[1:] if words[:1] in (["a"], ["an"], ["the"]) else words)


def esummary_error(message: str, *, as_json: bool, listed: bool = False) -> bytes:
    """An error inside HTTP 200; `listed` is the form that JSON takes for a lost history."""
    if as_json and listed:
        return _json("esummary", esummaryresult=[message])
    if as_json:
        return _json("esummary", error=message)
    return f"{_ESUMMARY}<eSummaryResult>\n\t<ERROR>{escape(message)}</ERROR>\n</eSummaryResult>\n".encode()


def invalid_uid_json(uid: str, position: int) -> bytes:
    """ESummary's answer to an id that is no number."""
    return _json("esummary", error=f"Invalid uid {uid} at position= {position}", result={"uids": []})


# ── EInfo and ESpell ─────────────────────────────────────────────────────────────────────────────

#: PubMed's search fields: short name, full name, and those that hold of D(ate), N(umerical), S(ingle token), T(ree)
#: and H(idden).
FIELDS = (
    ("ALL", "All Fields", ""),
    ("UID", "UID", "NSH"),
    ("FILT", "Filter", "S"),
    ("TITL", "Title", ""),
    ("MESH", "MeSH Terms", "ST"),
    ("MAJR", "MeSH Major Topic", "ST"),
    ("JOUR", "Journal", "S"),
    ("AFFL", "Affiliation", ""),
    ("ECNO", "EC/RN Number", "S"),
    ("SUBS", "Supplementary Concept", "S"),
    ("PDAT", "Date - Publication", "DS"),
    ("EDAT", "Date - Entry", "DS"),
    ("VOL", "Volume", "S"),
    ("PAGE", "Pagination", "S"),
    ("PTYP", "Publication Type", "ST"),
    ("LANG", "Language", "S"),
    ("ISS", "Issue", "S"),
    ("SUBH", "MeSH Subheading", "ST"),
    ("SI", "Secondary Source ID", "S"),
    ("MHDA", "Date - MeSH", "DS"),
    ("TIAB", "Title/Abstract", ""),
    ("OTRM", "Other Term", ""),
    ("COLN", "Author - Corporate", ""),
    ("CNTY", "Place of Publication", "H"),
    ("PAPX", "Pharmacological Action", "S"),
    ("GRNT", "Grants and Funding", "S"),
    ("MDAT", "Date - Modification", "DS"),
    ("CDAT", "Date - Completion", "DS"),
    ("PID", "Publisher ID", "SH"),
    ("FAUT", "Author - First", "S"),
    ("FULL", "Author", "S"),
    ("FINV", "Investigator", "S"),
    ("TT", "Transliterated Title", ""),
    ("LAUT", "Author - Last", "S"),
    ("PPDT", "Print Publication Date", "DSH"),
    ("EPDT", "Electronic Publication Date", "DSH"),
    ("LID", "Location ID", "S"),
    ("CRDT", "Date - Create", "DS"),
    ("BOOK", "Book", "S"),
    ("ED", "Editor", "S"),
    ("ISBN", "ISBN", "S"),
    ("PUBN", "Publisher", "S"),
    ("AUCL", "Author Cluster ID", "SH"),
    ("EID", "Extended PMID", "SH"),
    ("DSO", "DSO", "H"),
    ("AUID", "Author - Identifier", "S"),
    ("PS", "Subject - Personal Name", "S"),
    ("COIS", "Conflict of Interest Statements", ""),
    ("WORD", "Text Word", ""),
    ("P1DAT", "P1DAT", "DSH"),
)
_FLAGS = {"IsDate": "D", "IsNumerical": "N", "SingleToken": "S", "Hierarchy": "T", "IsHidden": "H"}


def build_of(moment: datetime) -> str:
    """The name of PubMed's nightly build at a moment."""
    return f"Build-{moment:%Y.%m.%d}.06.33"


def einfo_databases(*, as_json: bool) -> bytes:
    """The databases that are served: this one."""
    if as_json:
        return _json("einfo", einforesult={"dblist": ["pubmed"]})
    return f"{_EINFO}<eInfoResult>\n<DbList>\n\n\t<DbName>pubmed</DbName>\n</DbList>\n\n</eInfoResult>\n".encode()


def einfo_pubmed(*, count: int, now: datetime, as_json: bool, version_2: bool = False) -> bytes:
    """What can be searched in PubMed, how many records there are, and since when."""
    facts = {
        "dbname": "pubmed",
        "menuname": "PubMed",
        "description": "PubMed bibliographic record",
        "dbbuild": build_of(now),
        "count": str(count),
        "lastupdate": f"{now:%Y/%m/%d} 06:33",
    }
    if as_json:
        fields = [{name.lower(): value for name, value in _field(row, version_2=version_2).items()} for row in FIELDS]
        return _json("einfo", einforesult={"dbinfo": [facts | {"fieldlist": fields, "linklist": []}]})
    names = ("DbName", "MenuName", "Description", "DbBuild", "Count", "LastUpdate")
    head = "".join(f"\t\t<{name}>{escape(facts[name.lower()])}</{name}>\n" for name in names)
    fields_xml = "".join(_field_xml(_field(row, version_2=version_2)) for row in FIELDS)
    return (
        f"{_EINFO}<eInfoResult>\n\t<DbInfo>\n{head}\t\t<FieldList>\n{fields_xml}\t\t</FieldList>\n"
        "\t\t<LinkList>\n\t\t</LinkList>\n\t</DbInfo>\n\n</eInfoResult>\n"
    ).encode()


def _field(row: tuple[str, str, str], *, version_2: bool) -> dict[str, str]:
    name, full_name, flags = row
    facts = {"Name": name, "FullName": full_name, "Description": full_name, "TermCount": ""}
    facts |= {flag: "Y" if sign in flags else "N" for flag, sign in _FLAGS.items()}
    if not version_2:
        return facts
    is_range = bool(set(flags) & {"D", "N"})
    return facts | {"IsTruncatable": "N" if is_range else "Y", "IsRangeable": "Y" if is_range else "N"}


def _field_xml(facts: Mapping[str, str]) -> str:
    lines = "".join(
        f"\t\t\t\t<{name}>{escape(value)}</{name}>\n" if value else f"\t\t\t\t<{name}/>\n"
        for name, value in facts.items()
    )
    return f"\t\t\t<Field>\n{lines}\t\t\t</Field>\n"


def einfo_error(message: str) -> bytes:
    """An error inside HTTP 200."""
    return f"{_EINFO}<eInfoResult>\n\t<ERROR>{escape(message)}</ERROR>\n</eInfoResult>\n".encode()


def espell_xml(query: str, corrected: str, pieces: Sequence[tuple[bool, str]]) -> bytes:
    """A better spelling, in pieces that were kept (False) or replaced (True); none when nothing is wrong."""
    spelled = "".join(
        f"<Original>{escape(kept)}</Original><Replaced>{escape(replaced)}</Replaced>"
        if replaced
        else f"<Original>{escape(kept)}</Original>"
        for kept, replaced in _in_turns(pieces)
    )
    return (
        f"{_ESPELL}<eSpellResult>\n\t<Database>pubmed</Database>\n\t<Query>{escape(query)}</Query>\n"
        f"\t<CorrectedQuery>{escape(corrected)}</CorrectedQuery>\n"
        + (f"\t<SpelledQuery>{spelled}</SpelledQuery>\n" if spelled else "\t<SpelledQuery/>\n")
        + "\t<ERROR/>\n</eSpellResult>\n"
    ).encode()


def _in_turns(pieces: Sequence[tuple[bool, str]]) -> Iterator[tuple[str, str]]:
    """Kept and replaced text by turns, beginning with kept text even where there is none."""
    kept = ""
    for is_replaced, text in pieces:
        if is_replaced:
            yield kept, text
            kept = ""
        else:
            kept += text
    if kept:
        yield kept, ""


# ── Before any endpoint is reached ───────────────────────────────────────────────────────────────


def rate_limit_body(who: str, count: int, limit: int) -> bytes:
    """HTTP 429: JSON whatever was asked for. `who` is the caller's address, or the key itself."""
    facts = {"error": "API rate limit exceeded", "api-key": who, "count": str(count), "limit": str(limit)}
    return _compact(facts) + b"\n"


def invalid_key_body(key: str) -> bytes:
    """HTTP 400 for a key that NCBI does not know, also for a blank one. It echoes the key."""
    return _compact({"error": "API key invalid", "api-key": key, "type": "invalid", "status": "unknown"}) + b"\n"


def forwarding_error_body(who: str) -> bytes:
    """HTTP 500 of the gateway; as it was recorded, with the line break inside."""
    return f'{{"error":"error forwarding request","api-key":"{who}","type":"ip",\n"status":"ok"}}'.encode()


def missing_parameter_body(name: str) -> bytes:
    """HTTP 400, plain text."""
    return f"Bad Request (400): Mandatory parameter: {name} - is omitted".encode()


def html_page(title: str, text: str) -> bytes:
    """A page for people where an answer for programs was due."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><title>'
        f"{escape(title)}</title></head>\n<body><h1>{escape(title)}</h1>\n<p>{escape(text)}</p></body></html>\n"
    ).encode()


def _json(kind: str, **parts: Any) -> bytes:
    return _compact({"header": {"type": kind, "version": "0.3"}} | parts) + b"\n"


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
