"""How text is cut into words for searching: the same way for queries and for records."""

from __future__ import annotations

import re
import unicodedata

#: Words that PubMed leaves out of a search that is not tagged (https://pubmed.ncbi.nlm.nih.gov/help/#help-stopwords).
_STOP_WORDS = """
a about again all almost also although always among an and another any are as at be because been before being between
both but by can could did do does done due during each either enough especially etc for found from further had has
have having here how however i if in into is it its itself just kg km made mainly make may mg might ml mm most mostly
must nearly neither no nor obtained of often on our overall perhaps pmid quite rather really regarding seem seen
several should show showed shown shows significantly since so some such than that the their theirs them then there
therefore these they this those through thus to upon various very was we were what when which while with within
without would
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_WORD = re.compile(r"[^\W_]+")
_ASCII_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}

#: Marks over and under letters, which are taken off; those of other scripts mean more and stay.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f]")


def _signs() -> dict[int, str]:
    """Characters that stand for others: ligatures, full-width letters, small digits, numerals; signs ending a word."""
    apart = [*"ªº™℠℡℻\u212a\u212b"]
    numerals = [chr(code) for code in range(0x2160, 0x2180)]
    alike = [*"²³¹⁰", *map(chr, range(0x2074, 0x207A)), *map(chr, range(0x2080, 0x208A))]
    alike += [*map(chr, range(0xFB00, 0xFB07)), *map(chr, range(0xFF01, 0xFF5F))]
    return (
        dict.fromkeys(map(ord, apart), " ")
        | {ord(sign): f" {unicodedata.normalize('NFKD', sign)} " for sign in numerals}
        | {ord(sign): unicodedata.normalize("NFKD", sign) for sign in alike}
    )


_SIGNS = _signs()


def folded(text: str) -> str:
    """Lower-case text without accents: what is one word for PubMed however it is printed. "Spravato™" ends before ™."""
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text.translate(_SIGNS)))
    return text.lower()


def words(text: str) -> list[str]:
    """Lower-case words without accents, cut at everything that is neither letter nor digit: covid-19 is covid, 19."""
    plainly = folded(text)
    # Most text is ASCII, which a table cuts in two thirds of the expression's time.
    return plainly.translate(_ASCII_SIGNS).split() if plainly.isascii() else _WORD.findall(plainly)


def plain(text: str) -> str:
    """The words of a text joined by single spaces, which makes two spellings of one phrase equal."""
    return " ".join(words(text))
