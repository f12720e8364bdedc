"""The report as a folder of pages that opens from a disk, a share or any web server, and needs no network.

index.html              what is new, topics, search over all studies, charts
topics/<slug>.html      one topic: its studies by year, and those set aside with the reason
years/<year>.html       every study, for readers without JavaScript
studies/<pmid>.html     one study: its facts beside the words that they were read from
weeks/<week>.html       what one digest announced and showed, what changed, how its searches went; weeks/index.html: all
searches.html           a calendar: on which days PubMed was asked, and how completely
estimates.html          estimates with their intervals as reported; estimates/<slug>.html those of one topic
claims.html             what is commonly said, beside counts and quotations; only where there is a claims.toml
methods.html            queries as sent, dates, counts, completeness, limits
feeds/                  what is new and what changed, for feed readers
assets/                 style, script, and the data that the search loads
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from jinja2 import TemplateError
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from aggregator import accuracy, charts
from aggregator.assets import shipped
from aggregator.dates import in_words, period_in_words
from aggregator.plain import clean
from aggregator.render import naming_mistakes, searching, syndication, weeks
from aggregator.render.accuracy import accuracy_view
from aggregator.render.catalogue import Line, change_words, files, line
from aggregator.render.claims import claim_views
from aggregator.render.estimates import estimate_pages, group_views
from aggregator.render.folder import NewFolder
from aggregator.render.origin import Origin
from aggregator.render.pages import Common, page_environment
from aggregator.render.study_page import Sheet, StudyPage, drawn
from aggregator.report import Report, TopicPage, is_shown
from aggregator.stopping import NEVER, Stop, Stopped
from aggregator.study import CHANGE_KINDS, Study
from aggregator.vocabulary import BUCKETS, DESIGNS

#: Studies on one page of a list, so that no page grows past what a browser opens at once.
LIST_PAGE = 1000
#: Studies under "New" on the first page; the rest is one link away.
NEWEST_SHOWN = 6
#: Studies shown instead in a week without a new one.
LATEST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a list that is too long for one."""

    #: File name in the list's folder.
    name: str
    number: int
    lines: tuple[Line, ...]


@naming_mistakes()
def site(report: Report, *, into: Path, folder: Path, abstracts: bool = True, stop: Stop = NEVER) -> None:
    """Write the site to the folder `into` with the templates of `folder` (reports/).

    It is built beside and swapped in, so that a reader never sees half a site. With `abstracts=False` no abstract is
    written, for sites that others can reach: abstracts belong to their publishers. `stop` is looked at before each
    page.
    """
    target = NewFolder(into, stop=stop)
    try:
        builder = _Builder(report, target, folder, abstracts=abstracts)
        builder.assets(folder / "site")
        builder.pages()
        builder.archive()
        builder.feeds()
    except (OSError, TemplateError, RecursionError, Stopped):
        target.give_up()
        raise
    target.put_in_place()


class _Builder:
    """Writes one site; holds what all of its pages share."""

    def __init__(self, report: Report, target: NewFolder, folder: Path, *, abstracts: bool) -> None:
        self.report = report
        self.target = target
        self.lines = {study.pmid: line(study, abstracts=abstracts) for study in report.studies}
        self.estimates = tuple(estimate_pages(report))
        self.common = Common(
            folder=str(folder.resolve()),
            topics=tuple((page.topic.slug, page.topic.name) for page in report.topics),
            feeds=syndication.links(report),
            banner=report.banner,
            has_claims=bool(report.claims),
            abstracts=abstracts,
        )
        self.environment = page_environment(self.common)
        self.environment.globals.update(
            report=report,
            designs=DESIGNS,
            change_kinds=CHANGE_KINDS,
            search_address=search_address,
            estimates=frozenset(name for name, _, _ in self.estimates),
        )
        self.environment.filters.update(local_day=lambda moment: _day(moment, report.made), period=period_in_words)

    def assets(self, source: Path) -> None:
        """The style and script, the user's own before the shipped ones, and the catalogue."""
        origins = [origin for origin in (shipped("reports") / "site", source) if origin.is_dir()]
        chosen = {file.name: file for origin in origins for file in origin.glob("*.*") if file.suffix != ".html"}
        for name, file in sorted(chosen.items()):
            self.target.write(f"assets/{name}", file.read_bytes())
        for name, text in files(self.report, self.lines):
            self.target.write(f"assets/{name}", text)
        self.target.write("assets/today.js", self._today())

    def _today(self) -> str:
        """A script with what every build says anew, for the studies' pages, which stay as they are."""
        drawn = self.environment.get_template("site/today.html").module
        arguments = {"through": (), "incomplete": ("../",), "freshness": ()}
        # Markup that Jinja has escaped; <, > and & are written so that no script can end early.
        words = {name: clean(getattr(drawn, name)(*given).strip()) for name, given in arguments.items()}
        return f"const today = {htmlsafe_json_dumps(words)};\n"

    def pages(self) -> None:
        self._index()
        for page in self.report.topics:
            self._topic(page)
        self._estimates()
        self._years()
        self._studies()
        if self.report.claims:
            self._write("claims.html", "site/claims.html", claims=claim_views(self.report, self.lines, search_address))
        self._methods()

    def _methods(self) -> None:
        view = accuracy_view(accuracy.read(), accuracy.rules())
        self._write("methods.html", "site/methods.html", figures=_figures(self.report), accuracy=view)

    def archive(self) -> None:
        """The weeks and the calendar of searches."""
        for name, template, context in chain(weeks.pages(self.report, self.lines), searching.page(self.report)):
            self._write(name, template, **context)

    def feeds(self) -> None:
        """The feeds, each in every format."""
        for name, text in syndication.files(self.report, self.lines):
            self.target.write(name, text)

    def _index(self) -> None:
        report = self.report
        self._write(
            "index.html",
            "site/index.html",
            new=[self.lines[study.pmid] for study in report.new[:NEWEST_SHOWN]],
            latest=[self.lines[study.pmid] for study in report.studies if is_shown(study)][:LATEST_SHOWN],
            status_changes=[(entry, self.lines[entry.study.pmid]) for entry in report.status_changes],
            years=sorted(_by_year(report.studies), reverse=True),
            **_charts(report),
        )

    def _topic(self, page: TopicPage) -> None:
        pages = list(_list_pages(page.topic.slug, [self.lines[study.pmid] for study in page.studies]))
        set_aside = [
            (BUCKETS.get(group.bucket, group.bucket), group.bucket, [self.lines[study.pmid] for study in group.studies])
            for group in page.set_aside
        ]
        for part in pages:
            self._write(
                f"topics/{part.name}",
                "site/topic.html",
                page=page,
                part=part,
                pages=pages,
                set_aside=set_aside,
                new={study.pmid for study in page.new},
            )

    def _estimates(self) -> None:
        for name, topic, groups in self.estimates:
            self._write(name, "site/estimates.html", topic=topic, groups=group_views(groups, "../" * name.count("/")))

    def _years(self) -> None:
        grouped = _by_year(self.report.studies)
        for year, studies in grouped.items():
            pages = list(_list_pages(year, [self.lines[study.pmid] for study in studies]))
            for part in pages:
                self._write(
                    f"years/{part.name}", "site/year.html", year=year, part=part, pages=pages, years=sorted(grouped)
                )

    def _studies(self) -> None:
        with closing(drawn(self._changed(), self.common)) as pages:
            for name, page in pages:
                self.target.write(name, page)

    def _changed(self) -> Iterator[Sheet]:
        """The pages of studies that are not drawn yet as they are now; the others are kept."""
        origin = Origin(self.common)
        for study in self.report.studies:
            values = msgspec.json.encode(self._study_page(study))
            sheet = Sheet(name=f"studies/{study.pmid}.html", values=values, mark=origin.mark(values))
            if not self.target.keep(sheet.name, sheet.mark):
                yield sheet

    def _study_page(self, study: Study) -> StudyPage:
        held = (notice.pmid for notice in study.citation.notices)
        return StudyPage(
            study=study,
            history=tuple(_history(study, self.report.made)),
            trials=tuple((number, self._others(study, number)) for number in study.registrations),
            held=tuple(pmid for pmid in held if pmid in self.lines),
        )

    def _others(self, study: Study, number: str) -> tuple[Line, ...]:
        """The other studies that carry a registry number."""
        same = self.report.trials.get(number, ())
        return tuple(self.lines[other.pmid] for other in same if other.pmid != study.pmid)

    def _write(self, name: str, template: str, **context: Any) -> None:
        root = "../" * name.count("/")
        self.target.write(name, clean(self.environment.get_template(template).render(root=root, **context)))


def _day(moment: date | datetime | None, made: datetime) -> str:
    """22 Nov 2026, in the zone of the report."""
    if moment is None:
        return "not stated"
    return in_words(moment.astimezone(made.tzinfo).date() if isinstance(moment, datetime) else moment)


def search_address(**filters: str) -> str:
    """The fragment of index.html that shows the studies with these values."""
    return "index.html#" + urlencode(filters)


def _charts(report: Report) -> dict[str, Any]:
    """The drawings, and the numbers of their tables where the report has them in another shape."""
    return {
        "map_chart": Markup(  # noqa: S704 - charts escapes every text it is given
            charts.evidence_map(report.evidence_map, lambda topic, design: search_address(topic=topic, design=design))
        ),
        "years_chart": Markup(charts.years(report.years)),  # noqa: S704 - as above
        "directions_chart": Markup(  # noqa: S704 - as above
            charts.directions(
                report.directions,
                lambda topic, direction: search_address(topic=topic, design="randomized-trial", direction=direction),
            )
        ),
        "families": [name for name, _ in charts.FAMILIES],
        "family_counts": charts.by_family,
        "direction_words": {name: charts.DIRECTION_WORDS[name] for name in charts.DIRECTION_SIGNS},
    }


def _by_year(studies: Iterable[Study]) -> dict[str, list[Study]]:
    grouped: defaultdict[str, list[Study]] = defaultdict(list)
    for study in studies:
        grouped[str(study.citation.published.year or "undated")].append(study)
    return grouped


def _list_pages(name: str, lines: Sequence[Line]) -> Iterator[ListPage]:
    """At least one page, an empty list too."""
    for number, start in enumerate(range(0, max(1, len(lines)), LIST_PAGE), 1):
        file = f"{name}.html" if number == 1 else f"{name}-{number}.html"
        yield ListPage(name=file, number=number, lines=tuple(lines[start : start + LIST_PAGE]))


def _figures(report: Report) -> list[tuple[str, str]]:
    """What the methods page says of the library as a whole."""
    counts = report.counts
    return [
        ("Studies held", f"{counts.studies:,}"),
        ("Shown in lists", f"{counts.shown:,}"),
        ("Set aside, each with its reason", f"{counts.set_aside:,}"),
        ("Counted in the charts", f"{counts.counted:,}"),
        ("Retracted", f"{counts.retracted:,}"),
        ("With an expression of concern", f"{counts.concerns:,}"),
        ("Preprints", f"{counts.preprints:,}"),
        ("Awaiting MeSH indexing", f"{counts.awaiting_indexing:,}"),
    ]


def _history(study: Study, made: datetime) -> list[tuple[str, str]]:
    """(day, what happened), oldest first."""
    citation = study.citation
    events: list[tuple[date, str]] = [
        (moment, words)
        for moment, words in (
            (citation.entered, "Received by PubMed"),
            # MHDA repeats EDAT until the headings come.
            (citation.indexed if citation.is_indexed else None, "Indexed with MeSH headings"),
            (citation.revised, "Record last revised by NLM"),
        )
        if moment
    ]
    moments: list[tuple[datetime | None, str]] = [
        (study.first_seen, "First found by a search"),
        (
            study.announced[1] if study.announced else None,
            f"Announced in digest {study.announced[0]}" if study.announced else "",
        ),
        (study.deleted, "Found deleted from PubMed"),
    ]
    moments += [
        (change.seen, change_words(change.kind, change.before, change.after))
        for change in study.changes
        if change.kind in CHANGE_KINDS and change.kind != "revised"
    ]
    events += [(moment.astimezone(made.tzinfo).date(), words) for moment, words in moments if moment]
    return [(in_words(day), words) for day, words in sorted(events, key=lambda event: event[0])]
