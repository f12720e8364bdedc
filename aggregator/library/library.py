"""The library's rules: what is new, what changed, what has been announced; nothing is ever erased."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from aggregator.citation import Citation
from aggregator.dates import Period, day_at_pubmed, utc_text
from aggregator.edition import Edition
from aggregator.library import changes
from aggregator.library.job_runs import JobRuns
from aggregator.library.looking import StoreToLookAt
from aggregator.library.mailing_list import MailingList
from aggregator.library.operator_notes import OperatorNotes
from aggregator.library.store import Store, inflated, now_in_utc, pack, squeeze, unpack, unpacked
from aggregator.study import STATUS_CHANGES, Change, Search, Study
from aggregator.summary import Summary

if TYPE_CHECKING:
    import sqlite3

    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A citation ready to be kept: with PubMed's own XML and what was read from it."""

    citation: Citation
    raw: bytes
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What keeping some records did: PMIDs seen for the first time, and PMIDs that became different."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __add__(self, other: Added) -> Added:
        return Added(new=self.new + other.new, changed=self.changed + other.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file of records that was imported: one that is the same in all of this need not be imported again."""

    #: Its whole path.
    file: str
    size: int
    #: Nanoseconds, as the disk tells it.
    modified: int
    #: A hash of what it was asked.
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A digest that was made: its week and the period it covers."""

    issue: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The state of one issue's message to one subscriber."""

    issue: str
    #: The address, in lower case.
    subscriber: str
    #: "sending" (a server may have it), "sent", "failed", or "quiet" (nothing to tell, and no letter wished for that).
    state: str
    attempts: int
    answer: str | None
    moment: datetime
    #: The studies that the message showed.
    pmids: tuple[str, ...] = ()
    #: These, and the wanted ones that it left to the report.
    told: tuple[str, ...] = ()
    #: What the message was about; None in ledgers of old.
    period: Period | None = None

    @property
    def has_told(self) -> bool:
        """The subscriber has it, or may have it."""
        return self.state != "failed"


class Library:
    """Everything the aggregator remembers, in one SQLite file.

    Opening makes the file where there is none, and upgrades one of an earlier version after a copy of it was kept
    (see Store); with `looks_only` it is neither made nor upgraded nor changed. Use it as a context manager, or call
    `close`. Raises LibraryError with a remedy whenever the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime] = now_in_utc,
        keeps_copy: bool = True,
        looks_only: bool = False,
    ) -> None:
        self.path = path
        self._store = StoreToLookAt(path) if looks_only else Store(path, clock=clock, keeps_copy=keeps_copy)
        self.mailing_list = MailingList(self._store)
        self.runs = JobRuns(self._store)
        self.operator_notes = OperatorNotes(self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return int(self._store.rows("SELECT count(*) FROM citations")[0][0])

    def close(self) -> None:
        self._store.close()

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the file, or with what points where in it; empty when it is sound."""
        found = [str(row[0]) for row in self._store.rows("PRAGMA quick_check")]
        if found != ["ok"]:
            return tuple(found)
        lost = self._store.rows("PRAGMA foreign_key_check")
        bare = self._store.rows("SELECT pmid FROM citations WHERE pmid NOT IN (SELECT pmid FROM summaries)")
        return (
            *(f"a row of {row[0]} names something that {row[2]} does not have" for row in lost),
            *(f"PMID {row[0]} has no summary" for row in bare),
        )

    # -- what is held ---------------------------------------------------------------------------

    def lacking(self, pmids: Iterable[str]) -> tuple[str, ...]:
        """Those PMIDs that are not held, in the order given: what is new is this set difference.

        One that is marked as deleted is lacking too, since whoever lists it has it again.
        """
        held = {row[0] for row in self._store.rows("SELECT pmid FROM citations WHERE deleted IS NULL")}
        return tuple(pmid for pmid in dict.fromkeys(pmids) if pmid not in held)

    def unmatched(self, *, searched_since: datetime, watched: Sequence[str] = ()) -> tuple[str, ...]:
        """PMIDs held, not deleted, that matched a topic once and match none of those searched since then or watched."""
        rows = self._store.rows(
            "SELECT DISTINCT pmid FROM matches JOIN citations USING (pmid) WHERE deleted IS NULL"
            " AND pmid NOT IN (SELECT pmid FROM matches"
            " WHERE lost IS NULL AND topic IN (SELECT topic FROM searches WHERE started >= ?"
            " UNION SELECT value FROM json_each(?))) ORDER BY pmid",
            (utc_text(searched_since), _json(tuple(watched))),
        )
        return tuple(row[0] for row in rows)

    def pmids(self, topic: str | None = None) -> frozenset[str]:
        """Every PMID held, or those that match a topic now."""
        if topic is None:
            rows = self._store.rows("SELECT pmid FROM citations")
        else:
            rows = self._store.rows("SELECT pmid FROM matches WHERE topic = ? AND lost IS NULL", (topic,))
        return frozenset(row[0] for row in rows)

    def study(self, pmid: str) -> Study | None:
        """One study with everything known of it, or None."""
        return next(self.studies([pmid]), None)

    def studies(self, pmids: Iterable[str] | None = None, *, topic: str | None = None) -> Iterator[Study]:
        """Studies with everything known of them, newest publication first: all, these, or a topic's."""
        wanted = None if pmids is None else frozenset(pmids)
        if topic is not None:
            matching = self.pmids(topic)
            wanted = matching if wanted is None else wanted & matching
        # Few PMIDs are looked up one by one, many are read in one sweep.
        few = wanted if wanted is not None and len(wanted) <= 500 else None
        topics = self._topics_of(few)
        told = self._changes_of(few)
        where, values = _among(few)
        for row in self._store.each(f"{_STUDIES} {where} {_NEWEST_FIRST}", values):
            if wanted is None or row["pmid"] in wanted:
                yield _study(row, topics.get(row["pmid"], ()), told.get(row["pmid"], ()))

    def citations(self, pmids: Iterable[str]) -> dict[str, Citation]:
        """The citations of these PMIDs, as many as are held."""
        where, values = _among(frozenset(pmids))
        rows = self._store.each(f"SELECT pmid, citation FROM citations {where}", values)  # noqa: S608 - constants
        return {row["pmid"]: unpack(row["citation"], Citation) for row in rows}

    def newest_first(self) -> tuple[str, ...]:
        """Every PMID held, in the order of `studies`."""
        rows = self._store.rows(f"SELECT pmid FROM citations {_NEWEST_FIRST}")  # noqa: S608 - a constant
        return tuple(row[0] for row in rows)

    def stamps(self) -> dict[str, bytes]:
        """PMID and a stamp of the citation held, which differs when anything in it does."""
        rows = self._store.each("SELECT pmid, citation FROM citations")
        return {row[0]: blake2b(row[1], digest_size=16).digest() for row in rows}

    def records(self, pmids: Iterable[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """PMID and PubMed's own XML of what is held, so that a better reader can be applied again; b"" for damage."""
        question = "SELECT pmid, raw FROM citations"
        if pmids is None:
            rows = self._store.each(f"{question} ORDER BY pmid")
        else:
            rows = (row for pmid in pmids for row in self._store.rows(f"{question} WHERE pmid = ?", (pmid,)))
        for row in rows:
            yield row["pmid"], inflated(row["raw"]) or b""

    def counts(self) -> dict[str, int]:
        """How many studies each topic has."""
        rows = self._store.rows("SELECT topic, count(*) FROM matches WHERE lost IS NULL GROUP BY topic")
        return {row[0]: row[1] for row in rows}

    def table(
        self, *, topic: str | None = None, design: str | None = None, since: date | str | None = None
    ) -> pd.DataFrame:
        """One tidy row a study as a pandas table; `since` compares with the day PubMed received it."""
        from aggregator.library.tables import studies_table

        day = date.fromisoformat(since) if isinstance(since, str) else since
        chosen = (
            study
            for study in self.studies(topic=topic)
            if (design is None or study.summary.design.value == design)
            and (day is None or (study.citation.entered is not None and study.citation.entered >= day))
        )
        return studies_table(chosen)

    def searches_table(self) -> pd.DataFrame:
        """Every search as a pandas table, the oldest first."""
        from aggregator.library.tables import searches_table

        return searches_table(self.searches())

    def changes_table(self) -> pd.DataFrame:
        """Every change as a pandas table, the oldest first."""
        from aggregator.library.tables import changes_table

        return changes_table(self.changes())

    # -- keeping --------------------------------------------------------------------------------

    def add(self, batch: Iterable[Record], *, now: datetime, is_live: bool = True) -> Added:
        """Keeps records in one transaction: new ones are stored, differing ones replaced and each change told.

        A version older than the one held is left aside. `is_live`: PubMed has them now, so that one that is marked as
        deleted is back; a file does not prove that.
        """
        added = Added()
        with self._store.writing() as db:
            for record in batch:
                added += self._keep(db, record, now=now, is_live=is_live)
        return added

    @staticmethod
    def _keep(db: sqlite3.Connection, record: Record, *, now: datetime, is_live: bool) -> Added:
        citation = record.citation
        held = db.execute("SELECT * FROM citations WHERE pmid = ?", (citation.pmid,)).fetchone()
        if held is None:
            _write(db, record, first_seen=utc_text(now), fetched=utc_text(now))
            return Added(new=(citation.pmid,))
        told: tuple[Change, ...] = ()
        if held["deleted"] and is_live:
            db.execute("UPDATE citations SET deleted = NULL WHERE pmid = ?", (citation.pmid,))
            told = (Change(pmid=citation.pmid, kind="restored", field="record", before=None, after=None, seen=now),)
        before, raw = unpacked(held["citation"], Citation), inflated(held["raw"])
        if before is None or raw is None:
            # A damaged record is replaced; nobody knows what stood in it before.
            _write(db, record, first_seen=held["first_seen"], fetched=utc_text(now))
        elif raw != record.raw and not _is_older(citation, before) and not _says_less(record.raw, raw):
            told += changes.between(before, citation, seen=now)
            _write(db, record, first_seen=held["first_seen"], fetched=utc_text(now))
        _tell(db, told)
        return Added(changed=(citation.pmid,)) if told else Added()

    def renew(self, batch: Iterable[Record]) -> dict[str, tuple[str, ...]]:
        """Puts a better reading of held records in the place of the old one, and answers by PMID which fields of the
        summary differ; all of it where the old one was missing or damaged. The records themselves did not change, so
        that no change is told.
        """
        differing: dict[str, tuple[str, ...]] = {}
        with self._store.writing() as db:
            for record in batch:
                pmid = record.citation.pmid
                held = db.execute(
                    "SELECT * FROM citations LEFT JOIN summaries USING (pmid) WHERE pmid = ?", (pmid,)
                ).fetchone()
                before = unpacked(held["summary"], Summary)
                if before == record.summary and unpacked(held["citation"], Citation) == record.citation:
                    continue
                _write(db, record, first_seen=held["first_seen"], fetched=held["fetched"])
                if names := changes.differing_fields(before, record.summary) if before else (_WHOLE,):
                    differing[pmid] = names
        return differing

    def match(
        self, topic: str, pmids: Iterable[str], *, now: datetime, is_whole: bool, known_before: datetime | None = None
    ) -> None:
        """Remembers which held studies match a topic.

        `is_whole`: these are all of them, so that a study no longer among them has lost its match.
        `known_before`: the topic is still being filled; what PubMed received before that day is known rather than new.
        A match that a study gains or loses after the topic was filled is told as a change.
        """
        moment = utc_text(now)
        first_new_day = _day(day_at_pubmed(known_before)) if known_before else None
        with self._store.writing() as db:
            asked_of = _json(tuple(pmids))
            held = {
                row["pmid"]: row
                for row in db.execute(
                    "SELECT pmid, entered, first_seen FROM citations JOIN json_each(?) ON pmid = value", (asked_of,)
                )
            }
            matching = held.keys()
            known = {
                row["pmid"]: row["lost"]
                for row in (
                    db.execute("SELECT pmid, lost FROM matches WHERE topic = ?", (topic,))
                    if is_whole
                    else db.execute(
                        "SELECT pmid, lost FROM matches JOIN json_each(?) ON pmid = value WHERE topic = ?",
                        (asked_of, topic),
                    )
                )
            }
            fresh = sorted(matching - known.keys())

            def was_known(pmid: str) -> bool:
                return first_new_day is not None and (held[pmid]["entered"] or "") < first_new_day

            db.executemany(
                "INSERT INTO matches (pmid, topic, first_seen, backfill) VALUES (?, ?, ?, ?)",
                [(pmid, topic, moment, int(was_known(pmid))) for pmid in fresh],
            )
            again = sorted(pmid for pmid in matching & known.keys() if known[pmid] is not None)
            db.executemany(
                "UPDATE matches SET lost = NULL WHERE pmid = ? AND topic = ?", [(pmid, topic) for pmid in again]
            )
            # Gained is what the topic was asked for before, completely, when it was held and not listed.
            asked = None if known_before else _last_complete(db, topic)
            gained = [pmid for pmid in fresh if asked and held[pmid]["first_seen"] <= asked]
            lost = sorted(p for p, since in known.items() if since is None and p not in matching) if is_whole else []
            db.executemany(
                "UPDATE matches SET lost = ? WHERE pmid = ? AND topic = ?", [(moment, pmid, topic) for pmid in lost]
            )
            _tell(db, (_topic_change(pmid, "topic-gained", topic, now) for pmid in (*gained, *again)))
            _tell(db, (_topic_change(pmid, "topic-lost", topic, now) for pmid in lost))

    def imported(self) -> dict[str, ImportedFile]:
        """The files that were imported, by their paths."""
        rows = self._store.rows("SELECT file, size, modified, asked FROM imports")
        return {row["file"]: ImportedFile(**dict(row)) for row in rows}

    def remember_imported(self, file: ImportedFile, *, now: datetime) -> None:
        """Everything of the file is kept."""
        values = (file.file, file.size, file.modified, file.asked, utc_text(now))
        with self._store.writing() as db:
            db.execute("INSERT OR REPLACE INTO imports VALUES (?, ?, ?, ?, ?)", values)

    def mark_deleted(self, pmids: Iterable[str], *, now: datetime) -> tuple[str, ...]:
        """Marks held records that PubMed no longer has; answers those not marked before.

        PubMed says nothing of a merger: one is told where another record that is held bears the same DOI.
        """
        marked = []
        with self._store.writing() as db:
            for pmid in pmids:
                found = db.execute(
                    "UPDATE citations SET deleted = ? WHERE pmid = ? AND deleted IS NULL", (utc_text(now), pmid)
                )
                if found.rowcount:
                    marked.append(pmid)
                    twin = _twin(db, pmid)
                    kind = "merged" if twin else "deleted"
                    _tell(db, [Change(pmid=pmid, kind=kind, field="record", before=None, after=twin, seen=now)])
        return tuple(marked)

    # -- searches -------------------------------------------------------------------------------

    def remember_search(self, search: Search, row: int | None = None) -> int:
        """Adds one search to the log, or says anew how the one of this row went; answers its row."""
        with self._store.writing() as db:
            cursor = db.execute(
                "INSERT OR REPLACE INTO searches (id, topic, query, started, translation, found, new, changed, missing,"
                " warnings, complete, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row,
                    search.topic,
                    search.query,
                    utc_text(search.started),
                    search.translation,
                    search.found,
                    search.new,
                    search.changed,
                    _json(search.missing),
                    _json(search.warnings),
                    int(search.complete),
                    search.problem,
                ),
            )
            return int(cursor.lastrowid or 0)

    def searches(self) -> tuple[Search, ...]:
        """Every search ever made, the oldest first."""
        return tuple(map(_search, self._store.rows("SELECT * FROM searches ORDER BY id")))

    def last_searches(self) -> tuple[Search, ...]:
        """The last search of each topic and, where that one was not complete, the last complete one; oldest first."""
        rows = self._store.rows(
            "SELECT * FROM searches WHERE id IN (SELECT max(id) FROM searches GROUP BY topic)"
            " OR id IN (SELECT max(id) FROM searches WHERE complete = 1 GROUP BY topic) ORDER BY id"
        )
        return tuple(map(_search, rows))

    def last_complete(self, topic: str) -> datetime | None:
        """When a topic was last searched completely; None means that it is still to be filled."""
        rows = self._store.rows(_LAST_COMPLETE, (topic,))
        return _moment(rows[0][0])

    def filled_from(self, topic: str, query: str) -> datetime | None:
        """Since when a topic is being filled: what came before is known rather than new. None: it is filled.

        A query that was changed makes a new question of an old topic, known up to the old one's last complete search.
        """
        asked = self._store.rows("SELECT query, complete, started FROM searches WHERE topic = ?", (topic,))
        if any(row["complete"] and row["query"].split() == query.split() for row in asked):
            return None
        complete = [row["started"] for row in asked if row["complete"]]
        return _moment(max(complete) if complete else min((row["started"] for row in asked), default=None))

    def first_search(self) -> datetime | None:
        """When PubMed was asked for the first time."""
        return _moment(self._store.rows("SELECT min(started) FROM searches")[0][0])

    def incomplete_since(self) -> dict[str, datetime | None]:
        """Topics whose last search was not complete, with the last complete one."""
        last = {search.topic: search for search in self.last_searches()}
        return {topic: self.last_complete(topic) for topic, search in last.items() if not search.complete}

    # -- changes --------------------------------------------------------------------------------

    def changes(self, period: Period | None = None, kinds: Sequence[str] | None = None) -> tuple[Change, ...]:
        """Changes in the order in which they were seen, all or those of a period and of some kinds."""
        rows = self._store.rows("SELECT * FROM changes ORDER BY id")
        return tuple(
            change
            for change in map(_change, rows)
            if (period is None or change.seen in period) and (kinds is None or change.kind in kinds)
        )

    # -- issues ---------------------------------------------------------------------------------

    def issue(self, name: str) -> Issue | None:
        """A digest that was made, or None."""
        return next((issue for issue in self.issues() if issue.issue == name), None)

    def issues(self) -> tuple[Issue, ...]:
        """Every digest that was made, the oldest first."""
        rows = self._store.rows("SELECT * FROM issues ORDER BY ended, issue")
        return tuple(Issue(issue=row["issue"], period=_period(row)) for row in rows)

    def announced_in(self, issue: str) -> frozenset[str]:
        """The PMIDs that an issue announced."""
        rows = self._store.rows("SELECT pmid FROM announcements WHERE issue = ?", (issue,))
        return frozenset(row[0] for row in rows)

    def remember_edition(self, issue: str, edition: Edition) -> None:
        """Keeps an issue's general edition in the place of an earlier one; nothing for an issue that was never made."""
        with self._store.writing() as db:
            made = db.execute("UPDATE issues SET shown = ? WHERE issue = ?", (_json(edition.shown), issue))
            if made.rowcount:
                db.execute("INSERT OR REPLACE INTO editions VALUES (?, ?)", (issue, pack(edition)))

    def edition(self, issue: str) -> Edition | None:
        """An issue's general edition in its own words; None where it was not kept, as before version 4."""
        rows = self._store.rows("SELECT edition FROM editions WHERE issue = ?", (issue,))
        return unpack(rows[0][0], Edition) if rows else None

    def shown_in(self, issue: str) -> tuple[str, ...]:
        """The PMIDs that an issue's general edition showed."""
        rows = self._store.rows("SELECT shown FROM issues WHERE issue = ?", (issue,))
        return msgspec.json.decode(rows[0][0], type=tuple[str, ...]) if rows else ()

    def announce(self, issue: str, period: Period) -> frozenset[str]:
        """Settles what an issue announces, and answers those PMIDs.

        New are the studies that came to a topic before the period's end and that no other issue has announced,
        however late; of a topic's first filling only what PubMed received within the period.
        """
        with self._store.writing() as db:
            db.execute(
                "INSERT INTO issues VALUES (?, ?, ?, '[]') ON CONFLICT (issue)"
                " DO UPDATE SET started = excluded.started, ended = excluded.ended",
                (issue, period.start.isoformat(), period.end.isoformat()),
            )
            db.execute(
                f"INSERT OR IGNORE INTO announcements SELECT pmid, :issue FROM ({_BECAME_KNOWN})"  # noqa: S608 - a constant
                " WHERE news < :end OR (first >= :start AND first < :end AND entered >= :first_day)",
                {"issue": issue, **_bounds(period)},
            )
        return self.announced_in(issue)

    def since(self, period: Period) -> frozenset[str]:
        """PMIDs that became known in a period, or that PubMed received in it, announced before or not."""
        rows = self._store.rows(
            f"SELECT pmid FROM ({_BECAME_KNOWN}) WHERE (news >= :start AND news < :end)"  # noqa: S608 - a constant
            " OR (first < :end AND entered >= :first_day AND entered <= :last_day)",
            _bounds(period) | {"last_day": period.last_day.isoformat()},
        )
        return frozenset(row[0] for row in rows)

    def arrived(self, period: Period) -> frozenset[str]:
        """PMIDs that became known in a period; of a topic's first filling only what PubMed received within it."""
        rows = self._store.rows(
            f"SELECT pmid FROM ({_BECAME_KNOWN}) WHERE (news >= :start AND news < :end)"  # noqa: S608 - a constant
            " OR (first >= :start AND first < :end AND entered >= :first_day)",
            _bounds(period),
        )
        return frozenset(row[0] for row in rows)

    def came_to(self, topics: Sequence[str], period: Period) -> frozenset[str]:
        """PMIDs that came to one of these topics in a period, held before or not; no topic's first filling counts."""
        rows = self._store.rows(
            "SELECT pmid FROM matches JOIN citations USING (pmid) WHERE lost IS NULL AND backfill = 0"
            " AND deleted IS NULL AND topic IN (SELECT value FROM json_each(?))"
            " GROUP BY pmid HAVING min(matches.first_seen) >= ? AND min(matches.first_seen) < ?",
            (_json(tuple(topics)), utc_text(period.start), utc_text(period.end)),
        )
        return frozenset(row[0] for row in rows)

    def filled(self, period: Period) -> frozenset[str]:
        """PMIDs that came in a period because a topic was filled for the first time."""
        rows = self._store.rows(
            f"SELECT pmid FROM ({_BECAME_KNOWN}) WHERE news IS NULL AND first >= ? AND first < ?",  # noqa: S608 - a constant
            (utc_text(period.start), utc_text(period.end)),
        )
        return frozenset(row[0] for row in rows)

    def status_changes(self, period: Period) -> tuple[tuple[Study, tuple[Change, ...]], ...]:
        """Studies whose standing changed in a period, with those changes."""
        told: dict[str, list[Change]] = {}
        for change in self.changes(period, STATUS_CHANGES):
            told.setdefault(change.pmid, []).append(change)
        return tuple((study, tuple(told[study.pmid])) for study in self.studies(told))

    def newest_of(self, topic: str) -> Study | None:
        """The clinical study of a topic that PubMed received last.

        For a topic that bears a condition's name, one whose people have that condition goes first: queries are
        broader than their topic, and "the last study on social anxiety" must be one.
        """
        rows = self._store.rows(
            "SELECT c.pmid FROM citations c JOIN matches m USING (pmid) JOIN summaries s USING (pmid)"
            " WHERE m.topic = ? AND m.lost IS NULL AND s.bucket = 'core' AND c.deleted IS NULL"
            " ORDER BY c.entered DESC, c.pmid DESC LIMIT 200",
            (topic,),
        )
        order = [row["pmid"] for row in rows]
        held = {study.pmid: study for study in self.studies(order)}
        studies = [held[pmid] for pmid in order]
        meant = (s for s in studies if any(condition.value == topic for condition in s.summary.conditions))
        return next(meant, studies[0] if studies else None)

    # -- the ledger of messages -----------------------------------------------------------------

    def remember_sent(self, sent: Sent) -> None:
        """Writes the state of one message; the newest state stands."""
        with self._store.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO sent (issue, subscriber, state, attempts, answer, moment, pmids, told, started,"
                " ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    sent.issue,
                    sent.subscriber.lower(),
                    sent.state,
                    sent.attempts,
                    sent.answer,
                    utc_text(sent.moment),
                    _json(sent.pmids),
                    _json(sent.told),
                    sent.period.start.isoformat() if sent.period else None,
                    sent.period.end.isoformat() if sent.period else None,
                ),
            )

    def sent(self, *, issue: str | None = None, subscriber: str | None = None) -> tuple[Sent, ...]:
        """The ledger, or an issue's or a subscriber's part of it, the oldest first."""
        rows = self._store.rows(
            "SELECT * FROM sent WHERE (?1 IS NULL OR issue = ?1) AND (?2 IS NULL OR subscriber = ?2) ORDER BY moment",
            (issue, subscriber and subscriber.lower()),
        )
        return tuple(map(_sent, rows))

    # -- small facts ----------------------------------------------------------------------------

    def moment(self, name: str) -> datetime | None:
        """A remembered moment such as "refetched", or None."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = ?", (name,))
        return _moment(rows[0][0]) if rows else None

    def remember_moment(self, name: str, moment: datetime) -> None:
        """Remembers when something was last done."""
        with self._store.writing() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, utc_text(moment)))

    def installation(self) -> str | None:
        """The name that this installation was given; None: none yet."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = 'installation'")
        return rows[0][0] if rows else None

    def name_installation(self, name: str) -> str:
        """Gives this installation a name, unless it has one, and answers the one that it has."""
        with self._store.writing() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('installation', ?)", (name,))
        return self.installation() or name

    def left_over(self, name: str) -> tuple[str, ...]:
        """PMIDs that are still to be done of what was last begun at `moment(name)`."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = ?", (f"{name}: left over",))
        return msgspec.json.decode(rows[0][0], type=tuple[str, ...]) if rows else ()

    def remember_left_over(self, name: str, pmids: Iterable[str], *, since: datetime) -> None:
        """Remembers what is still to be done, and since when, in one step."""
        with self._store.writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)",
                [(name, utc_text(since)), (f"{name}: left over", _json(tuple(pmids)))],
            )

    def _topics_of(self, pmids: frozenset[str] | None) -> dict[str, tuple[str, ...]]:
        where, values = _among(pmids)
        topics: dict[str, list[str]] = {}
        for row in self._store.rows(
            f"SELECT pmid, topic FROM (SELECT * FROM matches {where}) WHERE lost IS NULL ORDER BY topic",  # noqa: S608 - constants
            values,
        ):
            topics.setdefault(row["pmid"], []).append(row["topic"])
        return {pmid: tuple(slugs) for pmid, slugs in topics.items()}

    def _changes_of(self, pmids: frozenset[str] | None) -> dict[str, tuple[Change, ...]]:
        where, values = _among(pmids)
        told: dict[str, list[Change]] = {}
        for row in self._store.rows(f"SELECT * FROM changes {where} ORDER BY id", values):  # noqa: S608 - constants
            told.setdefault(row["pmid"], []).append(_change(row))
        return {pmid: tuple(rows) for pmid, rows in told.items()}


#: Each study that matches a topic: since when, and since when as news to a topic that had been filled.
_BECAME_KNOWN = """
SELECT pmid, first, news, entered
FROM (SELECT pmid, min(first_seen) AS first, min(CASE WHEN backfill = 0 THEN first_seen END) AS news
      FROM matches GROUP BY pmid HAVING min(lost IS NOT NULL) = 0) f
JOIN citations USING (pmid)
WHERE deleted IS NULL
"""

#: What differs where there was no summary to be read.
_WHOLE = "the whole summary"

_LAST_COMPLETE = "SELECT max(started) FROM searches WHERE topic = ? AND complete = 1"

_HELD = "SELECT * FROM citations JOIN summaries USING (pmid)"

_NEWEST_FIRST = "ORDER BY published DESC, pmid DESC"

_STUDIES = """
SELECT pmid, first_seen, deleted, citation, summary, published,
       (SELECT issue FROM announcements a WHERE a.pmid = citations.pmid) AS issue,
       (SELECT ended FROM announcements a JOIN issues USING (issue) WHERE a.pmid = citations.pmid) AS announced
FROM citations JOIN summaries USING (pmid)
"""


def _among(pmids: frozenset[str] | None) -> tuple[str, tuple[str, ...]]:
    """The condition that leaves these PMIDs, and its values; none for all."""
    if pmids is None:
        return "", ()
    return "WHERE pmid IN (SELECT value FROM json_each(?))", (_json(tuple(pmids)),)


def _study(row: sqlite3.Row, topics: tuple[str, ...], told: tuple[Change, ...]) -> Study:
    return Study(
        citation=unpack(row["citation"], Citation),
        summary=unpack(row["summary"], Summary),
        topics=topics,
        first_seen=_moment(row["first_seen"]),
        announced=(row["issue"], datetime.fromisoformat(row["announced"])) if row["issue"] else None,
        deleted=_moment(row["deleted"]),
        changes=told,
    )


def _is_older(incoming: Citation, held: Citation) -> bool:
    """Whether a record is an earlier state of one already held, as old bulk files bring them."""
    if incoming.version != held.version:
        return incoming.version < held.version
    return bool(incoming.revised and held.revised and incoming.revised < held.revised)


def _says_less(incoming: bytes, held: bytes) -> bool:
    """MEDLINE text says less than XML (no categories, no identifiers of headings), so it never replaces it."""
    return held.startswith(b"<") and not incoming.startswith(b"<")


def _write(db: sqlite3.Connection, record: Record, *, first_seen: str, fetched: str) -> None:
    citation = record.citation
    db.execute(
        "INSERT INTO citations"
        " (pmid, version, title, published, entered, revised, first_seen, fetched, doi, citation, raw)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pmid) DO UPDATE SET"
        " version = excluded.version, title = excluded.title, published = excluded.published,"
        " entered = excluded.entered, revised = excluded.revised, fetched = excluded.fetched,"
        " doi = excluded.doi, citation = excluded.citation, raw = excluded.raw",
        (
            citation.pmid,
            citation.version,
            citation.title,
            citation.published.iso,
            _day(citation.entered),
            _day(citation.revised),
            first_seen,
            fetched,
            citation.doi.casefold() if citation.doi else None,
            pack(citation),
            squeeze(record.raw),
        ),
    )
    _write_summary(db, citation.pmid, record.summary)


def _write_summary(db: sqlite3.Connection, pmid: str, summary: Summary) -> None:
    db.execute(
        "INSERT OR REPLACE INTO summaries VALUES (?, ?, ?, ?)",
        (pmid, summary.bucket, summary.design.value, pack(summary)),
    )


def _tell(db: sqlite3.Connection, differences: Iterable[Change]) -> None:
    db.executemany(
        "INSERT INTO changes (pmid, kind, field, before, after, seen) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (change.pmid, change.kind, change.field, change.before, change.after, utc_text(change.seen))
            for change in differences
        ],
    )


def _last_complete(db: sqlite3.Connection, topic: str) -> str | None:
    found: str | None = db.execute(_LAST_COMPLETE, (topic,)).fetchone()[0]
    return found


def _twin(db: sqlite3.Connection, pmid: str) -> str | None:
    """Another record, not deleted, that bears the same DOI; the newest, if there are several."""
    row = db.execute(
        "SELECT b.pmid FROM citations a JOIN citations b ON b.doi = a.doi WHERE a.pmid = ? AND b.pmid != a.pmid"
        " AND b.deleted IS NULL ORDER BY CAST(b.pmid AS INTEGER) DESC",
        (pmid,),
    ).fetchone()
    return row["pmid"] if row else None


def _topic_change(pmid: str, kind: str, topic: str, now: datetime) -> Change:
    before, after = (topic, None) if kind == "topic-lost" else (None, topic)
    return Change(pmid=pmid, kind=kind, field="topics", before=before, after=after, seen=now)


def _change(row: sqlite3.Row) -> Change:
    return Change(
        pmid=row["pmid"],
        kind=row["kind"],
        field=row["field"],
        before=row["before"],
        after=row["after"],
        seen=datetime.fromisoformat(row["seen"]),
    )


def _search(row: sqlite3.Row) -> Search:
    return Search(
        topic=row["topic"],
        query=row["query"],
        started=datetime.fromisoformat(row["started"]),
        translation=row["translation"],
        found=row["found"],
        new=row["new"],
        changed=row["changed"],
        missing=msgspec.json.decode(row["missing"], type=tuple[str, ...]),
        warnings=msgspec.json.decode(row["warnings"], type=tuple[str, ...]),
        complete=bool(row["complete"]),
        problem=row["problem"],
    )


def _sent(row: sqlite3.Row) -> Sent:
    return Sent(
        issue=row["issue"],
        subscriber=row["subscriber"],
        state=row["state"],
        attempts=row["attempts"],
        answer=row["answer"],
        moment=datetime.fromisoformat(row["moment"]),
        pmids=msgspec.json.decode(row["pmids"], type=tuple[str, ...]),
        told=msgspec.json.decode(row["told"], type=tuple[str, ...]),
        period=_period(row) if row["ended"] else None,
    )


def _period(row: sqlite3.Row) -> Period:
    return Period(start=datetime.fromisoformat(row["started"]), end=datetime.fromisoformat(row["ended"]))


def _bounds(period: Period) -> dict[str, object]:
    """A period as questions to the store name it; days are PubMed's."""
    return {
        "start": utc_text(period.start),
        "end": utc_text(period.end),
        "first_day": day_at_pubmed(period.start).isoformat(),
    }


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
