"""One study as a line of a reference list, in the manner of NLM's Citing Medicine."""

from __future__ import annotations

from aggregator.citation import Citation, squeeze
from aggregator.formats.reference import people, standing

#: Authors named before "et al.": https://www.nlm.nih.gov/bsd/uniform_requirements.html
_NAMED = 6


def cite(citation: Citation) -> str:
    """Aster AB, Birch C. Title. J Invent Stud. 2026;12(3):123-8. PMID: 90000001. doi:10.5555/x [Corrected].

    What is not stated is left out; what befell the publication since stands behind it.
    """
    parts = [
        _authors(citation),
        ("RETRACTED: " if citation.is_retracted and not citation.title.lower().startswith("retracted") else "")
        + (citation.title or citation.vernacular_title or "Title not stated"),
        citation.journal.abbreviation or citation.journal.name,
        _place(citation),
        f"PMID: {citation.pmid}",
        f"doi:{citation.doi}" if citation.doi else "",
    ]
    line = " ".join(_closed(squeeze(part)) for part in parts if part)
    # A full stop directly behind a DOI would be copied as a part of it.
    line = line.removesuffix(".") if citation.doi else line
    remarks = "; ".join(standing(citation))
    return f"{line} [{remarks}]" if remarks else line


def _closed(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _authors(citation: Citation) -> str:
    names = [author.name for author in people(citation)]
    more = len(names) > _NAMED or not citation.authors_complete
    return ", ".join([*names[:_NAMED], "et al"] if names and more else names)


def _place(citation: Citation) -> str:
    """2026;12(3):123-8, as far as it is stated."""
    issue = f"({citation.issue})" if citation.issue else ""
    volume = f"{citation.volume or ''}{issue}"
    pages = f":{citation.pages}" if citation.pages else ""
    year = str(citation.published.year or "")
    return f"{year};{volume}{pages}" if year and volume else f"{year}{volume}{pages}"
