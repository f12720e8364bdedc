"""BibTeX for LaTeX: stable keys, protected titles, special characters escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from aggregator.citation import Author, Citation, squeeze
from aggregator.formats.reference import given_name, page_range, people, standing
from aggregator.study import Study

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)

#: Characters that LaTeX reads as commands, and common ones that its fonts lack; accented letters stay as they are.
_ESCAPES = str.maketrans(
    {
        **{character: rf"\{character}" for character in "&%$#_"},
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "\u2264": r"$\leq$",
        "\u2265": r"$\geq$",
        "\u2248": r"$\approx$",
        "\u2212": r"$-$",
        "\u00b1": r"$\pm$",
        "\u00d7": r"$\times$",
        "\u00b7": r"$\cdot$",
        "\u00b5": r"$\mu$",
        "\u00b0": r"$^{\circ}$",
        "\u221e": r"$\infty$",
        "\u2192": r"$\rightarrow$",
        "\u2190": r"$\leftarrow$",
        "\u2013": "--",
        "\u2014": "---",
        "\u2010": "-",
        "\u2011": "-",
        "\u2018": "`",
        "\u2019": "'",
        "\u201c": "``",
        "\u201d": "''",
        "\u2026": r"\ldots{}",
        **{chr(0x2080 + digit): f"$_{{{digit}}}$" for digit in range(10)},
        **{
            character: f"$^{{{digit}}}$"
            for digit, character in enumerate("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
        },
        "\u2020": r"\textdagger{}",
        "\u00ae": r"\textregistered{}",
        "\u2122": r"\texttrademark{}",
        # LaTeX has no command for omicron, which looks like an o.
        **{chr(0x3B1 + place): "o" if name == "omicron" else rf"$\{name}$" for place, name in enumerate(_GREEK)},
        **{
            chr(0x391 + _GREEK.index(name)): rf"$\{name.capitalize()}$"
            for name in ("gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega")
        },
    }
)

#: A DOI or a URL is copied as it stands, but a lone brace would swallow the rest of the file.
_URL_ESCAPES = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})

#: Letters that do not fall apart into an ASCII letter and an accent.
_ASCII = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}
)


def write(studies: Sequence[Study]) -> str:
    """The studies as BibTeX entries in UTF-8, without abstracts."""
    return "\n".join(_entry(study.citation) for study in studies)


def _entry(citation: Citation) -> str:
    kind = "incollection" if citation.journal.is_book else "article"
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(citation))
    return f"@{kind}{{{key(citation)},\n{fields}}}\n"


def key(citation: Citation) -> str:
    """First author, year and PMID (aster2026_90000001): unique, and the same in every export."""
    authors = people(citation)
    name = (authors[0].last_name or authors[0].collective or "") if authors else ""
    letters = unicodedata.normalize("NFKD", name.translate(_ASCII)).encode("ascii", "ignore").decode()
    return (
        f"{re.sub(r'[^a-z]', '', letters.lower())[:20] or 'anonymous'}{citation.published.year or ''}_{citation.pmid}"
    )


def _fields(citation: Citation) -> Iterator[tuple[str, str]]:
    journal = citation.journal
    texts = {
        "author": " and ".join(_name(author) for author in people(citation)),
        "editor": " and ".join(_name(editor) for editor in people(citation, "editors")),
        # The second pair of braces keeps the capitals of PTSD and NMDA.
        "title": f"{{{_tex(citation.title)}}}" if citation.title else "",
        "booktitle" if journal.is_book else "journal": _tex(journal.name or ""),
        "year": str(citation.published.year or ""),
        "volume": _tex(citation.volume or ""),
        "number": _tex(citation.issue or ""),
        "pages": "--".join(_tex(page) for page in page_range(citation.pages) if page),
        "issn": _tex(journal.issn or ""),
        "doi": (citation.doi or "").translate(_URL_ESCAPES),
        "pmid": citation.pmid,
        "pmcid": citation.pmcid or "",
        "url": citation.url.translate(_URL_ESCAPES),
        "keywords": ", ".join(_tex(keyword) for keyword in citation.keywords),
        "note": _tex("; ".join(standing(citation))),
    }
    for name, text in texts.items():
        if text:
            yield name, f"{{{text}}}"
        if name == "year" and citation.published.month:
            yield "month", _MONTHS[citation.published.month - 1]


def _name(author: Author) -> str:
    """Last, Suffix, First; a group in braces so that no part of its name is taken for a surname."""
    if author.collective:
        return f"{{{_tex(author.collective)}}}"
    parts = (author.last_name, author.suffix, given_name(author))
    return ", ".join(_tex(part) for part in parts if part)


def _tex(text: str) -> str:
    return squeeze(text).translate(_ESCAPES)
