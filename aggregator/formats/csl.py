"""CSL-JSON for citation processors (Zotero, Pandoc): dates only as far as they are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aggregator.citation import Author, Citation, PubDate
from aggregator.formats.reference import given_name, page_range, people, standing
from aggregator.study import Study

#: NLM's three letters as the two that CSL wants; other languages are left out.
_LANGUAGES = {
    "chi": "zh", "cze": "cs", "dan": "da", "dut": "nl", "eng": "en", "fin": "fi", "fre": "fr", "ger": "de", "gre": "el",
    "heb": "he", "hun": "hu", "ita": "it", "jpn": "ja", "kor": "ko", "nor": "no", "per": "fa", "pol": "pl", "por": "pt",
    "rus": "ru", "spa": "es", "swe": "sv", "tur": "tr", "ukr": "uk",
}  # fmt: skip


def write(studies: Sequence[Study]) -> str:
    """The studies as one CSL-JSON array, without abstracts.

    Source: https://github.com/citation-style-language/schema/blob/master/schemas/input/csl-data.json
    """
    return json.dumps([_item(study.citation) for study in studies], ensure_ascii=False, indent=2) + "\n"


def _item(citation: Citation) -> dict[str, Any]:
    journal = citation.journal
    fields = {
        "id": f"pmid:{citation.pmid}",
        "type": _type(citation),
        "title": citation.title,
        "author": [_name(author) for author in people(citation)],
        "editor": [_name(editor) for editor in people(citation, "editors")],
        "container-title": journal.name,
        "container-title-short": journal.abbreviation,
        "issued": _issued(citation.published),
        "volume": citation.volume,
        "issue": citation.issue,
        "page": "-".join(page for page in page_range(citation.pages) if page),
        "ISSN": journal.issn,
        "DOI": citation.doi,
        "PMID": citation.pmid,
        "PMCID": citation.pmcid,
        "URL": citation.url,
        "language": next((_LANGUAGES[code] for code in citation.languages if code in _LANGUAGES), None),
        "source": "PubMed",
        "note": "; ".join(standing(citation)),
    }
    return {name: value for name, value in fields.items() if value}


def _type(citation: Citation) -> str:
    if citation.journal.is_book:
        return "chapter"
    # CSL's word for a preprint is "article".
    return "article" if citation.is_preprint else "article-journal"


def _name(author: Author) -> dict[str, str]:
    if author.collective:
        return {"literal": author.collective}
    parts = {"family": author.last_name, "given": given_name(author), "suffix": author.suffix}
    return {name: part for name, part in parts.items() if part}


def _issued(published: PubDate) -> dict[str, Any] | None:
    if published.year is None:
        return {"literal": published.stated} if published.stated else None
    known = published.sort_key[: 1 + bool(published.month) + bool(published.month and published.day)]
    return {"date-parts": [list(known)]}
