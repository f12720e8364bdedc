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
_ACCENTS = frozenset(
    chr(code)
    for first, last in ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0xFE20, 0xFE2F))
    for code in range(first, last + 1)
)


def _signs() -> dict[str, str]:
    """Characters that stand for others (ligatures, full-width letters, numerals) or end a word."""
    apart = "ªº™℠℡℻\u212a\u212b"
    numerals = map(chr, range(0x2160, 0x2180))
    alike = [*map(chr, range(0xFB00, 0xFB07)), *map(chr, range(0xFF01, 0xFF5F))]
    return (
        dict.fromkeys(apart, " ")
        | {sign: f" {unicodedata.normalize('NFKD', sign)} " for sign in numerals}
        | {sign: unicodedata.normalize("NFKD", sign) for sign in alike}
    )


_SIGNS = _signs()

#: The digits of 0 to 9, raised and lowered. Behind a letter they are a part of its word (H₂O), elsewhere no number.
SMALL_DIGITS: tuple[tuple[str, str], ...] = tuple(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_PLAIN_DIGITS = {ord(sign): str(digit) for digit, signs in enumerate(SMALL_DIGITS) for sign in signs}
_SMALL = frozenset(map(chr, _PLAIN_DIGITS))
_BEHIND_A_LETTER = re.compile(rf"(?<=[^\W\d_])[{''.join(_SMALL)}]+")


def folded(text: str) -> str:
    """Lower-case text without accents: what is one word for PubMed however it is printed. "Spravato™" ends before ™."""
    if not text.isascii():
        # What a text has is few different characters: replacing each is quicker than looking at every place.
        for sign in _SIGNS.keys() & set(text):
            text = text.replace(sign, _SIGNS[sign])
        text = unicodedata.normalize("NFD", text)
        characters = set(text)
        for accent in _ACCENTS & characters:
            text = text.replace(accent, "")
        if not _SMALL.isdisjoint(characters):
            text = _BEHIND_A_LETTER.sub(lambda digits: digits[0].translate(_PLAIN_DIGITS), text)
    return text.lower()


def words(text: str) -> list[str]:
    """Lower-case words without accents, cut at everything that is neither letter nor digit: covid-19 is covid, 19."""
    plainly = folded(text)
    # Most text is ASCII, which a table cuts in two thirds of the expression's time.
    return plainly.translate(_ASCII_SIGNS).split() if plainly.isascii() else _WORD.findall(plainly)


def plain(text: str) -> str:
    """The words of a text joined by single spaces, which makes two spellings of one phrase equal."""
    return " ".join(words(text))
