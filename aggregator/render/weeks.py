"""The archive of digests as pages: an index, and one page an issue, with the digest in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aggregator.archive import OUTCOMES, Told, Week, weeks
from aggregator.render.catalogue import Line
from aggregator.render.reading import notice_url, shortened
from aggregator.report import Report, StatusChange
from aggregator.study import CHANGE_KINDS, Study
from aggregator.vocabulary import BUCKETS, DESIGNS

#: New studies on one issue's page, and studies set aside for one reason: the rest is one link away. An issue after
#: years of silence announces thousands.
MOST_NEW = 2000
MOST_ASIDE = 200

#: What stands beside a study that a digest told of, for what became of it since.
SINCE = {
    "retracted": "Retracted since",
    "expression-of-concern": "Expression of concern since",
    "corrected": "Corrected since",
    "published": "Published in a journal since",
    "deleted": "Deleted from PubMed since",
    "merged": "Merged with another record since",
    "gone": "No longer in the report",
}
#: Why what a digest said of a study is not repeated.
WITHHELD = {
    "retracted": "This study has been retracted since the digest was written.",
    "deleted": "PubMed has deleted the record of this study since the digest was written.",
    "merged": "PubMed has merged the record of this study with another since the digest was written.",
    "gone": "The report no longer holds this study: PubMed deleted its record, or no topic finds it any more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicList:
    """What was new on one topic."""

    slug: str
    name: str
    #: Studies that stand here, with the names of their other topics.
    own: tuple[tuple[Line, tuple[str, ...]], ...]
    #: Studies that stand under an earlier topic, with its name.
    elsewhere: tuple[tuple[Line, str], ...]

    @property
    def count(self) -> int:
        return len(self.own) + len(self.elsewhere)


def pages(report: Report, lines: Mapping[str, Line]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path within the site, template, what it is told) of the archive's pages; `lines` has the line of every PMID."""
    made = weeks(report)
    names = {page.topic.slug: page.topic.name for page in report.topics}
    words = {"names": names, "outcomes": OUTCOMES, "counts_of": _counts, "lines": lines}
    words |= {"since_words": SINCE, "why_withheld": _why_withheld, "shortened": shortened}
    words["page_of"] = lambda pmid: f"../studies/{pmid}.html" if pmid in lines else notice_url(pmid)
    by_year = [(year, tuple(group)) for year, group in groupby(made, key=lambda week: week.issue.label[:4])]
    yield "weeks/index.html", "site/weeks.html", {**words, "by_year": by_year}
    for number, week in enumerate(made):
        told_of, told_as_changed = week.told_of, _told_as_changed(week)
        left = [study for study in week.announced if study.pmid not in told_of]
        changes = [entry for entry in week.status_changes if entry.study.pmid not in told_as_changed]
        yield (
            f"weeks/{week.issue.label}.html",
            "site/week.html",
            {
                **words,
                "week": week,
                "newer": made[number - 1].issue if number else None,
                "older": made[number + 1].issue if number + 1 < len(made) else None,
                "left": left,
                "topics": _by_topic(left[:MOST_NEW], names, lines),
                "shown": [lines[study.pmid] for study in week.shown],
                "set_aside": [
                    (BUCKETS.get(group.bucket, group.bucket), [lines[study.pmid] for study in group.studies])
                    for group in week.set_aside
                ],
                "changes": [(entry.change, lines[entry.study.pmid], _notice_address(entry)) for entry in changes],
                "others": [(CHANGE_KINDS.get(kind, kind), count) for kind, count in _in_order(week.other_changes)],
                "most_new": MOST_NEW,
                "most_aside": MOST_ASIDE,
            },
        )


def _by_topic(studies: Sequence[Study], names: Mapping[str, str], lines: Mapping[str, Line]) -> list[TopicList]:
    """Studies under their topics, each in full under the first of its topics only."""
    listed: dict[str, str] = {}
    found = []
    for slug, name in names.items():
        mine = [study for study in studies if slug in study.topics]
        if not mine:
            continue
        own = [(lines[study.pmid], _others(study, slug, names)) for study in mine if study.pmid not in listed]
        elsewhere = [(lines[study.pmid], listed[study.pmid]) for study in mine if study.pmid in listed]
        found.append(TopicList(slug=slug, name=name, own=tuple(own), elsewhere=tuple(elsewhere)))
        listed.update({line.pmid: name for line, _ in own})
    if rest := [(lines[study.pmid], ()) for study in studies if study.pmid not in listed]:
        found.append(TopicList(slug="none", name="On no topic of today", own=tuple(rest), elsewhere=()))
    return found


def _told_as_changed(week: Week) -> frozenset[str]:
    """The PMIDs of which the digest's own words say that their standing changed."""
    return frozenset(piece.pmid for told in week.told if told.section.form == "status" for piece in told.section.pieces)


def _why_withheld(told: Told) -> str:
    kinds = [since.kind for since in told.since if since.kind in WITHHELD]
    return WITHHELD[kinds[0] if kinds else "retracted"]


def _others(study: Study, slug: str, names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for other, name in names.items() if other in study.topics and other != slug)


def _counts(week: Week) -> str:
    """Randomised trial 5 · Cohort study 1 · 1 retracted since: what was new, by design."""
    counted = [f"{DESIGNS.get(design, design)} {count:,}" for design, count in week.designs.items()]
    return " · ".join([*counted, *([f"{week.retracted:,} retracted since"] if week.retracted else [])])


#: How a change names the PubMed record of its notice.
_NAMED = re.compile(r"\(PMID (\d+)\)$")


def _notice_address(entry: StatusChange) -> str | None:
    """PubMed's page of the notice, or of the record that took the study's place."""
    after = entry.change.after or ""
    if entry.change.kind == "merged":
        return notice_url(after)
    named = _NAMED.search(after)
    return notice_url(named[1]) if named else None


def _in_order(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    order = list(CHANGE_KINDS)
    return sorted(counts.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
