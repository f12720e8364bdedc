"""What can happen to an answer on its way: the bytes of a good answer in, the bytes of a damaged one out."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

Damage = Callable[[bytes], bytes]

_PROLOG = re.compile(rb"\A.*?<!DOCTYPE[^>]*>\s*", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+([\w.-]+)[^>]*>")
_RECORD = re.compile(rb"<Pubmed(?:Book)?Article[ >].*?</Pubmed(?:Book)?Article>", re.DOTALL)
_COUNT = re.compile(rb"(<Count>|\"count\":\")(\d+)")
_XML_PMIDS = re.compile(rb"<IdList>\n?((?:<Id>\d+</Id>\n?)+)</IdList>")
_JSON_PMIDS = re.compile(rb'"idlist":\[([^\]]+)\]')
_TEXT_OF_XML = re.compile(rb">([^<>]+)<")
_TEXT_OF_JSON = re.compile(rb'"([^"\\]+)"')
_SUMMARY_IN_XML = re.compile(rb'<DocumentSummary uid="(\d+)">.*?</DocumentSummary>', re.DOTALL)
_SUMMARY_IN_XML_1 = re.compile(rb"<DocSum>\s*<Id>(\d+)</Id>.*?</DocSum>", re.DOTALL)

#: Ten times ten, nine times over: what a parser that writes entities out would make of it fills any memory.
_BOMB = (
    b'[\n<!ENTITY e0 "bomb">\n'
    + b"".join(b'<!ENTITY e%d "%b">\n' % (number, b"&e%d;" % (number - 1) * 10) for number in range(1, 10))
    + b"]"
)


# ── the document ─────────────────────────────────────────────────────────────────────────────────


def cut(part: float) -> Damage:
    """Only the first `part` of the bytes."""
    return lambda body: body[: int(len(body) * part)]


def without_root(body: bytes) -> bytes:
    """Prolog and DOCTYPE only; nothing of a document that has none."""
    found = _PROLOG.match(body)
    return found[0] if found else b""


def with_broken_tag(body: bytes) -> bytes:
    """A closing tag in the middle that was never opened."""
    middle = len(body) // 2
    return body[:middle] + b"</habel" + body[middle + 7 :]


def with_broken_json(body: bytes) -> bytes:
    """The last bracket replaced by a comma."""
    return body.rstrip()[:-1] + b",\n"


def with_random_bytes(body: bytes) -> bytes:
    """About one byte in forty replaced; which ones the body itself decides, so that a test can be run again."""
    chosen, damaged = random.Random(body), bytearray(body)
    for place in chosen.sample(range(len(body)), min(len(body), max(8, len(body) // 40))):
        damaged[place] ^= chosen.randrange(1, 256)
    return bytes(damaged)


def with_inside(what: bytes) -> Damage:
    """`what` in the middle of the longest text, which in EFetch's answers is a text of one record."""

    def damage(body: bytes) -> bytes:
        texts = _TEXT_OF_JSON if body.startswith(b"{") else _TEXT_OF_XML
        longest = max(texts.finditer(body), key=lambda found: len(found[1]), default=None)
        middle = (longest.start(1) + longest.end(1)) // 2 if longest else len(body) // 2
        return body[:middle] + what + body[middle:]

    return damage


def with_entity_bomb(body: bytes) -> bytes:
    """Entities that multiply, declared in the document itself, and one that stands in its longest text."""
    found = _DOCTYPE.search(body)
    if not found:
        return (
            b'<?xml version="1.0"?>\n<!DOCTYPE eSummaryResult ' + _BOMB + b">\n<eSummaryResult>&e9;</eSummaryResult>\n"
        )
    declared = b"<!DOCTYPE " + found[1] + b" " + _BOMB + b">"
    return body[: found.start()] + declared + with_inside(b"&e9;")(body[found.end() :])


# ── the records of EFetch ────────────────────────────────────────────────────────────────────────


def without_last_record(body: bytes) -> bytes:
    found = list(_RECORD.finditer(body))
    return body[: found[-1].start()] + body[found[-1].end() :] if found else body


def without_records(body: bytes) -> bytes:
    found = list(_RECORD.finditer(body))
    return body[: found[0].start()].rstrip() + body[found[-1].end() :].lstrip() if found else body


def with_first_record_twice(body: bytes) -> bytes:
    found = _RECORD.search(body)
    return body[: found.end()] + b"\n" + found[0] + body[found.end() :] if found else body


def with_records_reversed(body: bytes) -> bytes:
    found = list(_RECORD.finditer(body))
    if not found:
        return body
    turned = b"\n".join(record[0] for record in reversed(found))
    return body[: found[0].start()] + turned + body[found[-1].end() :]


def with_a_foreign_record(body: bytes) -> bytes:
    """The first record under a PMID that was not asked for."""
    return re.sub(rb"(<PMID[^>]*>)(\d+)", lambda found: found[1] + b"%d" % (int(found[2]) + 70_000_000), body, count=1)


# ── the list of ESearch ──────────────────────────────────────────────────────────────────────────


def with_count_off(by: int) -> Damage:
    """A count that its list does not have."""
    return lambda body: _COUNT.sub(lambda found: found[1] + b"%d" % max(0, int(found[2]) + by), body, count=1)


def with_pmids(change: Callable[[list[str]], list[str]]) -> Damage:
    """Another list of PMIDs under the same count; an empty list stays as it is."""

    def damage(body: bytes) -> bytes:
        found = _XML_PMIDS.search(body) or _JSON_PMIDS.search(body)
        if not found:
            return body
        pmids = change(re.findall(r"\d+", found[1].decode()))
        is_json = found[1].startswith(b'"')
        written = (
            ",".join(f'"{pmid}"' for pmid in pmids) if is_json else "".join(f"<Id>{pmid}</Id>\n" for pmid in pmids)
        )
        return body[: found.start(1)] + written.encode() + body[found.end(1) :]

    return damage


# ── the summaries of ESummary ────────────────────────────────────────────────────────────────────


def with_first_summary_refused(body: bytes) -> bytes:
    """A PMID that PubMed has, answered as if it had not."""
    return _with_summaries(body, _refuse_first, rb'<DocumentSummary uid="\1"><error>%b</error></DocumentSummary>')


def without_a_summary(body: bytes) -> bytes:
    """A PMID that is answered neither with a summary nor with an error."""
    return _with_summaries(body, _forget_last, b"")


def _with_summaries(body: bytes, change: Callable[[dict[str, Any]], None], in_xml: bytes) -> bytes:
    if not body.startswith(b"{"):
        said = b"cannot get document summary"
        written = in_xml.replace(b"%b", said)
        body = _SUMMARY_IN_XML.sub(written, body, count=1)
        return _SUMMARY_IN_XML_1.sub(rb"<ERROR>UID=\1: " + said + b"</ERROR>" if written else b"", body, count=1)
    answer = json.loads(body, strict=False)
    if isinstance(result := answer.get("result"), dict) and result.get("uids"):
        change(result)
    return _compact(answer) + b"\n"


def _refuse_first(result: dict[str, Any]) -> None:
    uid = result["uids"][0]
    result[uid] = {"uid": uid, "error": "cannot get document summary"}


def _forget_last(result: dict[str, Any]) -> None:
    del result[result["uids"].pop()]


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
