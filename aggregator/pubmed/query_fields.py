"""PubMed's search fields: the tags people type and the names PubMed answers with.

Source: PubMed User Guide, "Search field tags" (https://pubmed.ncbi.nlm.nih.gov/help/#using-search-field-tags).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto


class Kind(Enum):
    """How a field's values are compared with a term."""

    #: Running words: a term is a word or words side by side.
    WORDS = auto()
    #: A whole value from a list: heading, substance, language, journal.
    VALUE = auto()
    #: A value in a tree: a broader term finds the narrower ones.
    TREE = auto()
    NAME = auto()
    DATE = auto()
    NUMBER = auto()
    FILTER = auto()
    #: PubMed has it, a citation as we keep it has not.
    ABSENT = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A search field under the name that PubMed's query translation prints."""

    name: str
    kind: Kind
    #: Accepted beside the name, without case and spaces.
    tags: tuple[str, ...]


_TABLE = (
    Field("All Fields", Kind.WORDS, ("all",)),
    Field("Title", Kind.WORDS, ("ti", "titl")),
    Field("Title/Abstract", Kind.WORDS, ("tiab",)),
    Field("Abstract", Kind.WORDS, ("ab",)),
    Field("Text Word", Kind.WORDS, ("tw", "word", "text", "textwords")),
    Field("Other Term", Kind.WORDS, ("ot", "otrm", "keyword", "keywords")),
    Field("Transliterated Title", Kind.WORDS, ("tt",)),
    Field("Affiliation", Kind.WORDS, ("ad", "affl")),
    Field("Conflict of Interest Statements", Kind.WORDS, ("cois", "conflictofintereststatement")),
    Field("Grants and Funding", Kind.WORDS, ("gr", "grnt", "grantnumber")),
    Field("MeSH Terms", Kind.TREE, ("mh", "mesh", "meshterm", "meshheading")),
    Field("MeSH Major Topic", Kind.TREE, ("majr", "mj", "meshmajor")),
    Field("MeSH Subheading", Kind.TREE, ("sh", "subh", "meshsubheadings", "subheading", "subheadings")),
    Field("Publication Type", Kind.TREE, ("pt", "ptyp")),
    Field("Supplementary Concept", Kind.VALUE, ("nm", "subs", "substance", "substancename")),
    Field("EC/RN Number", Kind.VALUE, ("rn", "ecno", "registrynumber")),
    Field("Journal", Kind.VALUE, ("ta", "jour", "jid", "nlmuniqueid", "so")),
    Field("Language", Kind.VALUE, ("la", "lang")),
    Field("Place of Publication", Kind.VALUE, ("pl", "cnty")),
    Field("Volume", Kind.VALUE, ("vi", "vol")),
    Field("Issue", Kind.VALUE, ("ip", "iss")),
    Field("Pagination", Kind.VALUE, ("pg", "page")),
    Field("Secondary Source ID", Kind.VALUE, ("si",)),
    Field("Location ID", Kind.VALUE, ("lid", "aid", "doi", "pid", "articleidentifier", "publisherid")),
    Field("Author - Identifier", Kind.VALUE, ("auid", "authoridentifier")),
    Field("Author", Kind.NAME, ("au", "auth")),
    Field("Author - First", Kind.NAME, ("1au", "faut", "firstauthor", "firstauthorname")),
    Field("Author - Last", Kind.NAME, ("lastau", "laut", "lastauthor", "lastauthorname")),
    Field("Author - Full", Kind.NAME, ("fau", "full", "fullauthorname")),
    Field("Author - Corporate", Kind.WORDS, ("cn", "coln", "corporateauthor")),
    Field("Date - Publication", Kind.DATE, ("dp", "pdat", "publicationdate")),
    Field("Electronic Publication Date", Kind.DATE, ("epdat", "dep", "epdt")),
    Field("Print Publication Date", Kind.DATE, ("ppdat", "ppdt")),
    Field("Date - Entry", Kind.DATE, ("edat", "entrezdate", "entrydate")),
    Field("Date - Create", Kind.DATE, ("crdt", "createdate")),
    Field("Date - MeSH", Kind.DATE, ("mhda", "meshdate")),
    Field("Date - Modification", Kind.DATE, ("lr", "mdat", "modificationdate")),
    Field("Date - Completion", Kind.DATE, ("dcom", "cdat", "completiondate")),
    Field("UID", Kind.NUMBER, ("pmid",)),
    Field("Filter", Kind.FILTER, ("sb", "filt", "subset")),
    Field("Pharmacological Action", Kind.ABSENT, ("pa", "papx")),
    Field("Investigator", Kind.ABSENT, ("ir", "fir", "finv", "fullinvestigatorname")),
    Field("Subject - Personal Name", Kind.ABSENT, ("ps", "personalnameassubject")),
    Field("Book", Kind.ABSENT, ("book",)),
    Field("Editor", Kind.ABSENT, ("ed",)),
    Field("ISBN", Kind.ABSENT, ("isbn",)),
    Field("Publisher", Kind.ABSENT, ("pubn",)),
    Field("Owner", Kind.ABSENT, ()),
    Field("Author Cluster ID", Kind.ABSENT, ("aucl",)),
    Field("Extended PMID", Kind.ABSENT, ("eid",)),
    Field("DSO", Kind.ABSENT, ()),
    Field("P1DAT", Kind.ABSENT, ()),
)


def _key(tag: str) -> str:
    return re.sub(r"\s", "", tag).casefold()


_BY_TAG = {_key(tag): field for field in _TABLE for tag in (field.name, *field.tags)}
#: The names without the dashes that PubMed's own lists put in them: [Date Create].
_BY_TAG |= {key.replace("-", ""): field for key, field in _BY_TAG.items()}

ALL_FIELDS = _BY_TAG["all"]
UID = _BY_TAG["uid"]

#: Fields in which PubMed offers proximity.
NEARNESS = frozenset({"Title", "Title/Abstract", "Affiliation"})
#: Fields whose terms can be kept from exploding with :noexp.
EXPLODING = frozenset({"MeSH Terms", "MeSH Major Topic", "MeSH Subheading", "Publication Type"})


def field_of(tag: str) -> Field | None:
    """The field that a tag without its brackets means, in any case and spacing; None when PubMed has no such tag."""
    return _BY_TAG.get(_key(tag))


def nearest_tag(tag: str) -> str | None:
    """The known tag that is most like an unknown one, as one would type it."""
    near = get_close_matches(_key(tag), _BY_TAG, n=1, cutoff=0.5)
    return near[0] if near else None
