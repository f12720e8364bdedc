"""What an answer of the E-utilities means: the small answers read, every known failure named.

The HTTP status does not tell: PubMed reports failures inside 200 and transient ones inside 400.
Error shapes: https://www.ncbi.nlm.nih.gov/books/NBK25499/ and answers recorded in the wild.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import import_module
from typing import Any

#: The DTDs that Biopython bundles. The answer's own DOCTYPE is replaced by these, because Biopython
#: would otherwise open a connection, without a timeout, for a DTD that it does not know.
_DOCTYPES = {
    "eSearchResult": "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd",
    "eInfoResult": "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20190110/einfo.dtd",
    "eSpellResult": "https://www.ncbi.nlm.nih.gov/entrez/query/DTD/eSpell.dtd",
}
#: What each endpoint's answer must be; EFetch answers are read by `records`.
_ROOTS = {
    "esearch": "eSearchResult",
    "efetch": "PubmedArticleSet",
    "einfo": "eInfoResult",
    "espell": "eSpellResult",
}

REGISTER = (
    "NCBI has blocked this network address. Register the tool and email of your settings with "
    "eutilities@ncbi.nlm.nih.gov, get an API key (NCBI_API_KEY), and try again later"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why an answer cannot be used; a transient one is worth asking again."""

    message: str
    is_transient: bool
    is_rejection: bool = False
    #: True when it will be the same whatever is asked: no further request is sent.
    is_final: bool = False
    #: True when a smaller request would fare no better: it is not what was asked for that fails.
    is_elsewhere: bool = False
    #: Seconds that the server asks to wait.
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """What ESearch said: the number of hits and the PMIDs of this part."""

    count: int
    pmids: tuple[str, ...]
    translation: str | None = None
    warnings: tuple[str, ...] = ()
    #: False when PubMed's count and its list did not agree.
    is_complete: bool = True


def _transient(message: str, *, is_elsewhere: bool = False) -> Fault:
    return Fault(message=message, is_transient=True, is_elsewhere=is_elsewhere)


def _rejection(message: str, *, is_final: bool = False) -> Fault:
    return Fault(message=message, is_transient=False, is_rejection=True, is_final=is_final)


_TOO_MANY = _transient(
    "NCBI says that too many requests came from this address (another program there may be asking too, or you need an "
    "API key: NCBI_API_KEY)",
    is_elsewhere=True,
)

#: Words in an answer that is no result, and what they mean. The first that is found decides.
#: No message repeats the answer itself: NCBI echoes the API key in some of them.
_MARKS: tuple[tuple[str, Fault], ...] = (
    (
        "API key invalid",
        _rejection("NCBI refuses the API key; check the environment variable NCBI_API_KEY", is_final=True),
    ),
    ("API rate limit exceeded", _TOO_MANY),
    ("error forwarding request", _transient("NCBI could not forward the request", is_elsewhere=True)),
    ("Unable to route request", _transient("NCBI could not route the request", is_elsewhere=True)),
    ("Blocked Diagnostic", Fault(message=REGISTER, is_transient=False, is_final=True)),
    ("misuse.ncbi.nlm.nih.gov", Fault(message=REGISTER, is_transient=False, is_final=True)),
    ("down_bethesda", _transient("NCBI is down for maintenance", is_elsewhere=True)),
    ("Invalid db name", _rejection("PubMed does not know the database that was asked for")),
    ("Empty term and query_key", _rejection("the query is empty; write at least one search term")),
    ("ID list is empty", _rejection("PubMed finds no valid PMID in the request; check the PMIDs")),
    ("'retstart' cannot be larger", _rejection("PubMed lists the first 9,999 matches only; narrow the query")),
    ("Mandatory parameter", _rejection("PubMed misses a parameter of the request")),
    ("Too many UIDs", _rejection("PubMed refuses so many PMIDs in one request")),
    ("External viewer error", _transient("PubMed's record server timed out")),
    ("proxy_stream()", _transient("PubMed's record server failed")),
    ("PubOne", _transient("PubMed's record server could not be reached")),
    ("cannot get document summary", _transient("PubMed's record server failed")),
    ("DocSum Backend failed", _transient("PubMed's summary server failed")),
    ("TXCLIENT", _transient("PubMed's record server broke off")),
    ("NCBI C++ Exception", _transient("a program of PubMed failed")),
    ("Unable to obtain query", _transient("PubMed has lost the search it stored")),
    ("Database is not supported", _transient("PubMed's search server is out of order")),
    ("Search Backend failed", _transient("PubMed's search server failed or could not read the query")),
)

_ERROR_TEXT = re.compile(rb"<ERROR>(.*?)</ERROR>", re.DOTALL)
_ROOT = re.compile(rb"<(?![?!])([A-Za-z][\w.-]*)")
_PROLOG = re.compile(rb"\A\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>]*>)?", re.DOTALL)


def fault_in(endpoint: str, status: int, headers: Mapping[str, str], body: bytes) -> Fault | None:
    """Why this answer cannot be used, or None when it is a complete result of the endpoint."""
    if status == 200 and _is_result(endpoint, body):
        return None
    if 300 <= status < 400:
        return _redirected(headers)
    found = _marked(body)
    if found is None:
        found = _by_status(status, body)
    wait = _retry_after(headers)
    return replace(found, retry_after=wait if wait is not None else (2.0 if status == 429 else None))


def _is_result(endpoint: str, body: bytes) -> bool:
    if endpoint == "esummary":
        return _is_json_result(body)
    root = _ROOTS[endpoint].encode()
    # An <ERROR/> is normal in ESpell; PubMed's real errors have text and stand alone in the root.
    error = _ERROR_TEXT.search(body[:4000])
    if error and error[1].strip():
        return False
    first = _ROOT.search(body[:4000])
    if first is None or first[1] != root or b"DocSum Backend failed" in body[-2000:]:
        return False
    # No answer of PubMed's declares entities; whoever does may want them to grow.
    if b"<!ENTITY" in body[:4000]:
        return False
    end = body.rstrip()
    return end.endswith((b"</" + root + b">", b"<" + root + b"/>"))


def _json(body: bytes) -> Any:
    """JSON as PubMed writes it, with raw line breaks inside its texts; ValueError when it is none."""
    try:
        return json.loads(body, strict=False)
    except RecursionError as error:
        raise ValueError("the answer is nested without end") from error


def _is_json(body: bytes) -> bool:
    try:
        _json(body)
    except ValueError:
        return False
    return True


def _is_json_result(body: bytes) -> bool:
    try:
        answer = _json(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("result"), dict) and "error" not in answer


def _marked(body: bytes) -> Fault | None:
    text = body[:20000].decode("utf-8", "replace")
    return next((fault for mark, fault in _MARKS if mark in text), None)


def _by_status(status: int, body: bytes) -> Fault:
    if status == 429:
        return _TOO_MANY
    if status == 414:
        return _rejection("the request is too long for PubMed")
    if status == 404:
        return _rejection(
            "there is no PubMed at this address (HTTP 404); check [pubmed] url in the settings", is_final=True
        )
    if status >= 500:
        return _transient(f"PubMed's server failed (HTTP {status})")
    if status != 200:
        return _transient(f"PubMed answered with HTTP {status}")
    return _transient(_what_came(body))


def _what_came(body: bytes) -> str:
    start = body.lstrip()[:200].lower()
    if not start:
        return "PubMed sent an empty answer"
    if start.startswith((b"<html", b"<!doctype html", b"<head")):
        return "PubMed sent a web page in place of an answer"
    if start.startswith(b"{") and _is_json(body):
        return "PubMed sent an error message in place of an answer"
    return "PubMed's answer broke off or is not what was asked for"


def _redirected(headers: Mapping[str, str]) -> Fault:
    target = headers.get("Location", "")
    if "misuse" in target:
        return Fault(message=REGISTER, is_transient=False, is_final=True)
    return Fault(
        message="the address of PubMed answers with a redirect, which is not followed because it would "
        "carry the request elsewhere; check [pubmed] url and any proxy",
        is_transient=False,
        is_final=True,
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; a date (RFC 9110, 10.2.3) is counted from the answer's own Date."""
    asked = headers.get("Retry-After", "")
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())


@cache
def _biopython_parser() -> Any:
    """Biopython's parser. At its import it makes a folder for DTDs in the user's home, where a service may have none
    that can be written; we need no such folder, because every DTD that we use is bundled.
    """
    from Bio import Entrez

    entrez: Any = Entrez
    with tempfile.TemporaryDirectory() as passing:
        entrez.local_cache = passing
        parser: Any = import_module("Bio.Entrez.Parser")
        parser.DataHandler.local_dtd_dir = parser.DataHandler.local_xsd_dir = None
        entrez.local_cache = None
    return parser


def entrez_read(body: bytes) -> Any:
    """A small answer as Biopython's dictionaries and lists, read without network.

    Raises ValueError for anything that Biopython cannot read.
    """
    from Bio import Entrez

    parser = _biopython_parser()
    root = _ROOT.search(body[:4000])
    name = root[1].decode() if root else ""
    if name not in _DOCTYPES:
        raise ValueError(f"an answer of the kind '{name}' is not known")
    prolog = f'<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE {name} SYSTEM "{_DOCTYPES[name]}">\n'.encode()
    known = prolog + body[_PROLOG.match(body).end() :].lstrip()  # type: ignore[union-attr]
    try:
        return Entrez.read(io.BytesIO(known), validate=False)  # type: ignore[no-untyped-call]  # Biopython has no types
    except (
        parser.CorruptedXMLError,
        parser.NotXMLError,
        parser.ValidationError,
        RuntimeError,
        KeyError,
        TypeError,
    ) as error:
        raise ValueError(f"the answer cannot be read ({type(error).__name__})") from error


def read_search(body: bytes) -> SearchAnswer:
    """An ESearch answer; ValueError when it is damaged."""
    answer = entrez_read(body)
    try:
        count = int(answer["Count"])
        pmids = tuple(str(pmid) for pmid in answer.get("IdList", ()))
    except (KeyError, ValueError, AttributeError) as error:
        raise ValueError("the answer has no count") from error
    if count < 0 or not all(pmid.isascii() and pmid.isdecimal() for pmid in pmids):
        raise ValueError("what it lists are no PMIDs")
    translation = answer.get("QueryTranslation")
    return SearchAnswer(
        count=count,
        pmids=pmids,
        translation=str(translation) if translation else None,
        warnings=_warnings(answer),
    )


#: ESearch's lists with the words that an operator reads.
_WARNINGS = (
    ("ErrorList", "PhraseNotFound", "not found: {}"),
    ("ErrorList", "FieldNotFound", "unknown field: {}"),
    ("WarningList", "PhraseIgnored", "ignored: {}"),
    ("WarningList", "QuotedPhraseNotFound", "phrase not found: {}"),
    ("WarningList", "OutputMessage", "{}"),
)


def _warnings(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """PubMed's remarks. "No items found." is not one: the count says it."""
    found = (
        words.format(value)
        for group, name, words in _WARNINGS
        for value in (answer.get(group) or {}).get(name, ())
        if str(value) != "No items found."
    )
    return tuple(dict.fromkeys(found))


def read_existing(body: bytes, asked: Iterable[str]) -> frozenset[str]:
    """Those of the PMIDs that an ESummary answer (JSON) knows; ValueError when it is damaged or leaves one out.

    A PMID that was deleted or never given carries an "error" in place of a summary.
    """
    found = _json(body)["result"]
    wanted = tuple(asked)
    # Anything but an object is no word about a record, and silence is no proof that one is gone.
    if left_out := [pmid for pmid in wanted if not isinstance(found.get(pmid), dict)]:
        raise ValueError(f"it says nothing of PMID {', '.join(left_out)}")
    return frozenset(pmid for pmid in wanted if "error" not in found[pmid])


def read_info(body: bytes) -> str:
    """PubMed's build and number of records as EInfo says them, in words."""
    found = entrez_read(body)["DbInfo"]
    # The DTD of 2019 allows several DbInfo; Biopython gives a list for it and one value for the older.
    database = found[0] if isinstance(found, list) else found
    return f"{int(database['Count']):,} records, last updated {database['LastUpdate']}"


def read_spelling(body: bytes) -> str | None:
    """The query that ESpell proposes, or None when it has nothing to mend."""
    return str(entrez_read(body)["CorrectedQuery"]) or None
