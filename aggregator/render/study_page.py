"""The page of one study: what it is drawn from, and drawing it, here or in a process beside.

A page is drawn from a `StudyPage` and the site's `Common` alone, both plain values: so a page whose values are the old
ones need not be drawn again, and a process that knows nothing else can draw it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice

import msgspec

from aggregator import beside
from aggregator.dates import in_words
from aggregator.formats.vancouver import cite
from aggregator.plain import clean
from aggregator.render.catalogue import STATUS_FLAGS, Line, flags, says_retracted
from aggregator.render.pages import Common, page_environment
from aggregator.render.reading import notice_url, read, registry_url
from aggregator.report import is_preprint, is_retracted
from aggregator.study import Study
from aggregator.vocabulary import FLAGS

#: Pages that go to another process at a time, and how many such batches make one worth its start.
_BATCH = 200
_MANY = 5

#: The ties between publications that a study's page names, with the words for them; others are left to PubMed.
RELATED = {
    "retraction": "Retraction notice",
    "retraction-of": "This notice retracts",
    "expression-of-concern": "Expression of concern",
    "expression-of-concern-for": "This notice concerns",
    "erratum": "Correction",
    "erratum-for": "This notice corrects",
    "corrected-and-republished": "Corrected and republished as",
    "corrected-and-republished-from": "Corrected version of",
    "retracted-and-republished": "Retracted and republished as",
    "retracted-and-republished-from": "Republished version of",
    "republished": "Republished as",
    "republished-from": "Republished from",
    "update": "Published or updated as",
    "update-of": "Update of",
    "comment": "Comment",
    "comment-on": "Comments on",
    "original-report": "Original report",
    "summary-for-patients": "Summary for patients",
}

#: The banners of a study's page: notice kind -> (class, heading, what it means here).
BANNERS = {
    "retraction": ("stop", "Retracted", "Its results and abstract are not shown here, and no chart counts it."),
    "expression-of-concern": ("care", "Expression of concern", "The journal has published a concern about this study."),
    "erratum": ("care", "Corrected", "A correction has been published; the values below may precede it."),
    "corrected-and-republished": ("care", "Corrected and republished", "A corrected version has been published."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPage:
    """What the page of one study is drawn from."""

    study: Study
    #: (day, what happened), oldest first.
    history: tuple[tuple[str, str], ...]
    #: (registry number, the other studies that carry it).
    trials: tuple[tuple[str, tuple[Line, ...]], ...]
    #: The PMIDs among its notices that have a page here.
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A status that the reader must see before anything else of a study."""

    kind: str
    heading: str
    meaning: str
    #: (words, address or None) of each notice.
    notices: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page to be drawn."""

    #: Its file.
    name: str
    #: The StudyPage as JSON.
    values: bytes
    #: Stands at its end.
    mark: str


def drawn(sheets: Iterable[Sheet], common: Common) -> Generator[tuple[str, bytes], None, None]:
    """(file name, HTML) of each, in order; many are shared out to the machine's other cores."""
    batches = _batches(sheets)
    first = list(islice(batches, _MANY))
    drawer = _Drawer(common)
    pool = beside.pool() if len(first) == _MANY else None
    with pool or nullcontext():
        for batch, pages in _made(chain(first, batches), drawer, pool, common):
            for sheet, page in zip(batch, pages, strict=True):
                yield sheet.name, page + sheet.mark.encode()


def _batches(sheets: Iterable[Sheet]) -> Iterator[list[Sheet]]:
    each = iter(sheets)
    while batch := list(islice(each, _BATCH)):
        yield batch


def _made(
    batches: Iterable[list[Sheet]], drawer: _Drawer, pool: ProcessPoolExecutor | None, common: Common
) -> Iterator[tuple[list[Sheet], list[bytes]]]:
    def here(batch: list[Sheet]) -> list[bytes]:
        return [drawer.draw(sheet.values) for sheet in batch]

    if pool is None:
        return ((batch, here(batch)) for batch in batches)

    def there(batch: list[Sheet]) -> Future[list[bytes]]:
        return pool.submit(_drawn_beside, common, [sheet.values for sheet in batch])

    return beside.in_order(batches, there=there, here=here)


def _drawn_beside(common: Common, values: list[bytes]) -> list[bytes]:
    """What another process does, which lives for one site only."""
    drawer = _drawer_beside(common)
    return [drawer.draw(one) for one in values]


@cache
def _drawer_beside(common: Common) -> _Drawer:
    return _Drawer(common)


class _Drawer:
    def __init__(self, common: Common) -> None:
        self._template = page_environment(common).get_template("site/study.html")
        self._common = common
        self._decode = msgspec.json.Decoder(StudyPage).decode

    def draw(self, values: bytes) -> bytes:
        """The HTML of the StudyPage that `values` is the JSON of."""
        page = self._decode(values)
        study = page.study
        text = self._template.render(
            root="../",
            study=study,
            citation=study.citation,
            topics=[(slug, name) for slug, name in self._common.topics if slug in study.topics],
            reading=read(study, abstracts=self._common.abstracts),
            is_retracted=is_retracted(study),
            says_retracted=says_retracted(study.citation.title),
            banners=tuple(_banners(page)),
            chips=[(FLAGS[flag], flag in STATUS_FLAGS) for flag in flags(study)],
            related=tuple(_related(page)),
            history=page.history,
            cited=cite(study.citation),
            trials=[(number, registry_url(number), others) for number, others in page.trials],
        )
        return clean(text).encode()


def _banners(page: StudyPage) -> Iterator[Banner]:
    study, citation = page.study, page.study.citation
    kinds = dict.fromkeys(notice.kind for notice in citation.notices)
    if is_retracted(study):
        kinds = {"retraction": None, **kinds}
    for kind in (kind for kind in BANNERS if kind in kinds):
        look, heading, meaning = BANNERS[kind]
        notices = tuple(
            (notice.source or f"PMID {notice.pmid}", _publication(page, notice.pmid))
            for notice in citation.notices
            if notice.kind == kind
        )
        yield Banner(kind=look, heading=heading, meaning=meaning, notices=notices)
    if is_preprint(study):
        yield Banner(kind="care", heading="Preprint", meaning="Not peer reviewed; no chart counts it.")
    if study.deleted:
        yield Banner(
            kind="stop",
            heading="Deleted from PubMed",
            meaning=f"PubMed no longer had the record on {in_words(study.deleted.date())}; no chart counts it.",
        )


def _related(page: StudyPage) -> Iterator[tuple[str, str, str | None]]:
    """(kind in words, source, address) of the publications that the record names."""
    for notice in page.study.citation.notices:
        if notice.kind in RELATED:
            yield RELATED[notice.kind], notice.source or f"PMID {notice.pmid}", _publication(page, notice.pmid)


def _publication(page: StudyPage, pmid: str | None) -> str | None:
    return f"{pmid}.html" if pmid in page.held else notice_url(pmid)
