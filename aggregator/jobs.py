"""What is done with the harvest: records imported, the report published, the digest planned, composed and written.

With `harvest` and `delivery`, the only place where PubMed, the library, the extractor, the pages and the mail meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator import claim_evidence, digest, report
from aggregator.citation import Citation
from aggregator.claims import Claim
from aggregator.cycles import held_values_left_out, no_search_for_cycles
from aggregator.dates import Period, day_at_pubmed, issue_of, week_period
from aggregator.errors import QuerySyntaxError, TopicError, UnreadableRecord
from aggregator.files import write_whole
from aggregator.harvest import Progress, no_progress
from aggregator.library import Library
from aggregator.pubmed import language, records
from aggregator.pubmed.medline import read_medline
from aggregator.render.letter import Letter
from aggregator.render.site import site
from aggregator.scheduler import Rule
from aggregator.stopping import NEVER, Stop
from aggregator.study import Study
from aggregator.summarising import record_of
from aggregator.topics import Topic

#: How far a first digest looks back.
FIRST_LOOK_BACK = timedelta(days=7)
_INSTANT = timedelta(microseconds=1)
#: Records read again in one transaction.
_AT_ONCE = 200


# -- reading again ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Resummarised:
    """What a better reader and extractor made of the records held: PMIDs by the field of the summary that differs."""

    read: int
    changed: Mapping[str, tuple[str, ...]]
    #: PMID and reason of each record that could not be read again; it keeps its old summary.
    unreadable: tuple[tuple[str, str], ...]


def resummarise(library: Library, *, progress: Progress = no_progress) -> Resummarised:
    """Reads every record held again, from PubMed's own bytes, and puts the new summaries in the place of the old."""
    pmids = sorted(library.pmids())
    changed: dict[str, list[str]] = {}
    unreadable: list[tuple[str, str]] = []
    for start in range(0, len(pmids), _AT_ONCE):
        batch = []
        for pmid, raw in library.records(pmids[start : start + _AT_ONCE]):
            try:
                batch.append(record_of(records.ReadRecord(citation=read_raw(raw), raw=raw)))
            except (UnreadableRecord, ValueError) as error:
                unreadable.append((pmid, str(error)))
        for pmid, names in library.renew(batch).items():
            for name in names:
                changed.setdefault(name, []).append(pmid)
        progress("reading again", min(start + _AT_ONCE, len(pmids)), len(pmids))
    return Resummarised(
        read=len(pmids) - len(unreadable),
        changed={name: tuple(found) for name, found in sorted(changed.items())},
        unreadable=tuple(unreadable),
    )


def read_raw(raw: bytes) -> Citation:
    """One record as its source gave it, XML or MEDLINE text; raises UnreadableRecord or ValueError."""
    if not raw:
        raise UnreadableRecord("what is kept of PubMed's record is damaged; `update` fetches it again in time")
    if raw.lstrip().startswith(b"<"):
        return records.read_one(raw)
    return next(read_medline(raw.decode()))


# -- report -----------------------------------------------------------------------------------------


def publish(
    library: Library,
    topics: Sequence[Topic],
    *,
    into: Path,
    looks: Path,
    now: datetime,
    version: str,
    abstracts: bool = True,
    banner: str | None = None,
    url: str | None = None,
    due: Rule | None = None,
    claims: Sequence[Claim] = (),
    stop: Stop = NEVER,
) -> int:
    """Builds the report in the folder `into`; answers the number of studies in it.

    Built beside and swapped: a reader never meets half a report. Its days are those of `now`'s zone; `url` is where it
    will be served, for the links of its feeds; `due` says when searches should have been made. Where `stop` is asked,
    the old report stays as it is and Stopped is raised.
    """
    with no_search_for_cycles():
        studies = [study for study in stop.each(library.studies()) if study.topics or study.deleted is None]
    composed = report.compose(
        studies=studies,
        topics=topics,
        searches=library.searches(),
        issues=[
            report.IssueEntry(
                label=issue.issue,
                period=issue.period,
                new=len(library.announced_in(issue.issue)),
                shown=library.shown_in(issue.issue),
                edition=library.edition(issue.issue),
            )
            for issue in library.issues()
        ],
        now=now,
        version=version,
        banner=banner,
        url=url,
        due=due,
        claims=claim_evidence.compose(claims, bearing_on(claims, stop.each(studies), now=now), studies),
    )
    with held_values_left_out():
        site(composed, into=into, folder=looks, abstracts=abstracts, stop=stop)
    return len(studies)


def bearing_on(claims: Sequence[Claim], studies: Iterable[Study], *, now: datetime) -> dict[str, frozenset[str]]:
    """The PMIDs that each claim's query finds among the studies that its other conditions leave, by the claim's id."""
    finds = {claim.id: _compiled(claim, now) for claim in claims}
    found: dict[str, set[str]] = {claim.id: set() for claim in claims}
    for study in studies:
        asked = [claim for claim in claims if claim_evidence.bears_on(study, claim)]
        index = language.index(study.citation) if asked else None
        for claim in asked:
            if index and finds[claim.id](index):
                found[claim.id].add(study.pmid)
    return {name: frozenset(pmids) for name, pmids in found.items()}


def _compiled(claim: Claim, now: datetime) -> language.Match:
    try:
        return language.compile_query(claim.query, today=day_at_pubmed(now))
    except QuerySyntaxError as error:
        raise TopicError(f"claim '{claim.id}': {error}; `topics --check` says where", file=claim.file) from error


# -- digest -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlan:
    """What a digest covers: its name, its period, and the PMIDs that are new in it."""

    name: str
    period: Period
    new: frozenset[str]
    #: Known for longer, and shown only if it is wanted by now: indexed later, it may match a choice that it did not.
    late: frozenset[str] = frozenset()
    #: It was sent, or its week is over: written again, it would not say what it said then.
    is_settled: bool = field(default=False, compare=False)


def plan_digest(library: Library, *, now: datetime, zone: ZoneInfo) -> DigestPlan:
    """The digest of the week that `now` lies in: what became known since the digest of an earlier week.

    Remembered by the library, so that the next one starts where this one ends. Once it was sent
    to anybody it stays as it is, and what comes later waits for the next.
    """
    name = issue_of(now.astimezone(zone))
    held = library.issue(name)
    if held and library.sent(issue=name):
        return DigestPlan(name=name, period=held.period, new=library.announced_in(name), is_settled=True)
    end = now.astimezone(zone) + _INSTANT
    start = held.period.start if held else _start_after(library, name, end)
    period = Period(start=start.astimezone(zone), end=max(end, held.period.end) if held else end)
    return DigestPlan(name=name, period=period, new=library.announce(name, period))


def _start_after(library: Library, name: str, end: datetime) -> datetime:
    earlier = [issue for issue in library.issues() if issue.issue < name]
    if earlier:
        return min(earlier[-1].period.end, end)
    return min(library.first_search() or end, end) - FIRST_LOOK_BACK


def plan_week(library: Library, week: str, *, now: datetime, zone: ZoneInfo) -> DigestPlan:
    """The digest of a given week: as it was made then, or what became known in that week.

    Raises ValueError for a week that does not exist or has not begun.
    """
    if week == issue_of(now.astimezone(zone)):
        return plan_digest(library, now=now, zone=zone)
    period = week_period(week, zone)
    if period.start > now:
        raise ValueError(f"the week {week} has not begun; choose one up to {issue_of(now.astimezone(zone))}")
    held = library.issue(week)
    if held:
        return DigestPlan(name=week, period=held.period, new=library.announced_in(week), is_settled=True)
    return DigestPlan(name=week, period=period, new=library.since(period))


def plan_since(library: Library, day: date, *, now: datetime, zone: ZoneInfo) -> DigestPlan:
    """Everything that became known, or that PubMed received, from a day on. Nothing is remembered of it.

    Raises ValueError for a day in the future.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    if start > now:
        raise ValueError(f"{day} lies in the future; choose an earlier day")
    period = Period(start=start, end=now.astimezone(zone) + _INSTANT)
    return DigestPlan(name=f"since-{day}", period=period, new=library.since(period))


def compose_digest(
    library: Library,
    topics: Sequence[Topic],
    plan: DigestPlan,
    *,
    now: datetime,
    preferences: digest.Preferences | None = None,
    caps: digest.Preferences = digest.EVERYTHING,
    sent_before: Mapping[str, date] | None = None,
    last_by_topic: Mapping[str, Study] | None = None,
    banner: str | None = None,
) -> digest.Digest:
    """What the digest shows to a reader with these preferences; without any it is the general edition, within `caps`.

    `last_by_topic` spares looking for each topic's last study again.
    """
    wishes = preferences or caps
    studies = library.studies(plan.new | plan.late)
    return digest.compose(
        issue=plan.name,
        period=plan.period,
        made=now,
        studies=[s for s in studies if s.pmid in plan.new or digest.reason_aside(s, wishes) is None],
        changed=[(study, told) for study, told in library.status_changes(plan.period) if study.pmid not in plan.new],
        searches=library.last_searches(),
        topics=topics,
        last_by_topic=newest_by_topic(library, topics) if last_by_topic is None else last_by_topic,
        preferences=wishes,
        sent_before=_shown_before(library, plan) if sent_before is None else sent_before,
        filled=len(library.filled(plan.period) - plan.new),
        is_general=preferences is None,
        banner=banner,
    )


def newest_by_topic(library: Library, topics: Sequence[Topic]) -> dict[str, Study]:
    """The last study of each topic that has one."""
    return {topic.slug: study for topic in topics if (study := library.newest_of(topic.slug))}


def _shown_before(library: Library, plan: DigestPlan) -> dict[str, date]:
    """When earlier general editions showed each study: that edition goes to nobody in person."""
    return {
        pmid: issue.period.last_day
        for issue in library.issues()
        if issue.period.end <= plan.period.start
        for pmid in library.shown_in(issue.issue)
    }


def remember_edition(library: Library, plan: DigestPlan, composed: digest.Digest) -> None:
    """Keeps what the general edition says, for the archive.

    While its week goes on and nobody was sent it, each writing replaces the one before, since it covers more. From then
    on the archive keeps what was read. What is no week's digest, as `digest --since`, is not kept.
    """
    if not plan.is_settled:
        library.remember_edition(plan.name, digest.edition_of(composed))


def write_digest(written: Letter, message: bytes, folder: Path) -> tuple[Path, ...]:
    """Writes digest.html, digest.txt and digest.eml (the mail as a mail program opens it), each whole or not at all."""
    contents: dict[str, str | bytes] = {"html": written.html, "txt": written.text, "eml": message}
    for ending, content in contents.items():
        write_whole(folder / f"digest.{ending}", content)
    return tuple(folder / f"digest.{ending}" for ending in contents)
