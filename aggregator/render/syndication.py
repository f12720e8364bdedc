"""What the report's feeds hold: everything new, each topic's new studies, and changes of status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.formats.feeds import MEDIA_TYPES, Entry, Feed, identifier, write
from aggregator.render.catalogue import Line, change_words
from aggregator.render.reading import shortened
from aggregator.report import Report, is_retracted, is_shown, newness
from aggregator.study import CHANGE_KINDS, STATUS_CHANGES, Change, Study

#: Entries of one feed; what is older stands in the weeks' archive.
MOST_ENTRIES = 100

#: The `updated` that Atom wants of a feed for which nothing was ever looked for.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed as pages name it."""

    name: str
    title: str
    #: The topic that it is about; None for the feeds of everything.
    topic: str | None = None

    @property
    def files(self) -> tuple[tuple[str, str, str], ...]:
        """(format's name, media type, path within the site) of each of its files."""
        words = {"atom": "Atom", "json": "JSON Feed"}
        return tuple((words[ending], media, f"feeds/{self.name}.{ending}") for ending, media in MEDIA_TYPES.items())


def links(report: Report) -> tuple[FeedLink, ...]:
    """Every feed that the report has."""
    return (
        FeedLink(name="new", title="New studies, all topics"),
        FeedLink(name="changes", title="Changes of status: retractions, concerns, corrections"),
        *(
            FeedLink(name=f"topic-{page.topic.slug}", title=f"New studies: {page.topic.name}", topic=page.topic.slug)
            for page in report.topics
        ),
    )


def files(report: Report, lines: Mapping[str, Line]) -> Iterator[tuple[str, str]]:
    """(path within the site, text) of every feed; `lines` has the line of every PMID.

    New is what a digest announced, and what is new on the first page. Studies set aside are in no feed.
    """
    maker = _Maker(report, lines)
    for link in links(report):
        for ending, text in write(maker.feed(link)).items():
            yield f"feeds/{link.name}.{ending}", text


class _Maker:
    """Makes the entries; holds what they share."""

    def __init__(self, report: Report, lines: Mapping[str, Line]) -> None:
        self._report = report
        self._lines = lines
        self._base = f"{report.url.rstrip('/')}/" if report.url else None
        self._names = {page.topic.slug: page.topic.name for page in report.topics}
        new = {study.pmid for study in report.new}
        # A study without `first_seen` was only looked up: it is no news.
        fresh = [study for study in report.studies if is_shown(study) and (study.announced or study.pmid in new)]
        self._new = sorted((study for study in fresh if study.first_seen), key=_recency, reverse=True)

    def feed(self, link: FeedLink) -> Feed:
        entries = tuple(self._changes() if link.name == "changes" else self._studies(link.topic))
        looked = max((search.started for search in self._report.searches), default=_NEVER)
        return Feed(
            name=link.name,
            title=f"Ketamine evidence: {link.title}",
            description=" ".join(part for part in (_DESCRIPTION, self._report.banner) if part),
            updated=max((entry.updated for entry in entries), default=looked),
            entries=entries,
            home=self._page(f"topics/{link.topic}.html" if link.topic else "index.html"),
            folder=self._page("feeds/"),
        )

    def _studies(self, topic: str | None) -> Iterator[Entry]:
        chosen = [study for study in self._new if topic is None or topic in study.topics]
        return map(self._study_entry, chosen[:MOST_ENTRIES])

    def _study_entry(self, study: Study) -> Entry:
        first = study.first_seen or _NEVER
        told = [change.seen for change in study.changes if change.kind in STATUS_CHANGES]
        line = self._lines[study.pmid]
        return self._entry(
            study,
            key=identifier(study.citation.url),
            title=f"{_RETRACTED if line.is_retracted else ''}{line.title}",
            published=first,
            updated=max([first, *told]),
            text=_text(study, line),
        )

    def _changes(self) -> Iterator[Entry]:
        """Each change once; two of one kind at one moment differ by what they name."""
        told = [
            (change, study)
            for study in self._report.studies
            if is_shown(study)
            for change in study.changes
            if change.kind in STATUS_CHANGES
        ]
        newest = sorted(told, key=lambda pair: (pair[0].seen, pair[0].pmid), reverse=True)
        unique = {_change_id(change): (change, study) for change, study in newest}
        return (self._change_entry(key, *pair) for key, pair in list(unique.items())[:MOST_ENTRIES])

    def _change_entry(self, key: str, change: Change, study: Study) -> Entry:
        line = self._lines[study.pmid]
        kind = "" if line.is_retracted and change.kind == "retracted" else f"{CHANGE_KINDS[change.kind]}: "
        words = change_words(change.kind, change.before, change.after)
        return self._entry(
            study,
            key=key,
            title=f"{_RETRACTED if line.is_retracted else ''}{kind}{line.title}",
            published=change.seen,
            updated=change.seen,
            text=f"{_sentence(shortened(words))} {_text(study, line)}",
        )

    def _entry(
        self,
        study: Study,
        *,
        key: str,
        title: str,
        published: datetime,
        updated: datetime,
        text: str,
    ) -> Entry:
        page, pubmed = self._page(f"studies/{study.pmid}.html"), study.citation.url
        return Entry(
            id=key,
            title=title,
            url=page or pubmed,
            related=pubmed if page else None,
            published=published,
            updated=updated,
            text=text,
            topics=tuple((slug, name) for slug, name in self._names.items() if slug in study.topics),
        )

    def _page(self, path: str) -> str | None:
        return f"{self._base}{path}" if self._base else None


_RETRACTED = "RETRACTED: "

_DESCRIPTION = (
    "Automated summary of published abstracts for health professionals; no medical advice. Values are extracted "
    "automatically and may be wrong: read the source before acting. Courtesy of the U.S. National Library of Medicine."
)


def _recency(study: Study) -> tuple[datetime, Sequence[object]]:
    """An old study that came to a topic late is as new as the digest that announced it."""
    moments = [study.first_seen, study.announced[1] if study.announced else None]
    return max(filter(None, moments), default=_NEVER), newness(study)


def _change_id(change: Change) -> str:
    return identifier("change", change.pmid, change.kind, change.seen.astimezone(UTC).isoformat(), change.after or "")


def _text(study: Study, line: Line) -> str:
    """Facts of the study, and the authors' conclusion in short; nothing of the results of a retracted one."""
    parts: Iterable[str | None] = (
        f"{line.design}{', confirmed by PubMed' if line.is_confirmed else ', read from the text'}",
        "; ".join(line.status) or None,
        "Deleted from PubMed" if study.deleted else None,
        line.facts or None,
        f"{line.byline}, {line.source}, PMID {line.pmid}",
        "Results are not shown" if is_retracted(study) else None,
        f"Authors conclude: “{shortened(line.conclusion)}”" if line.conclusion else None,
    )
    return " ".join(_sentence(part) for part in parts if part)


def _sentence(words: str) -> str:
    return words if words.endswith((".", ".”", "!", "?")) else f"{words}."
