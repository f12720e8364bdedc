"""The library: what is new, what changed, what is announced; and that nothing is lost or doubled."""

import gzip
import os
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.citation import AbstractSection, Citation, MeshHeading, Notice, PubDate
from aggregator.dates import Period
from aggregator.edition import Edition, Group, Piece, Row, Section
from aggregator.errors import LibraryError
from aggregator.job_run import JobRun, Result
from aggregator.library import Library, Record, Sent
from aggregator.library.changes import between
from aggregator.library.job_runs import KEPT
from aggregator.library.store import UPGRADES
from aggregator.study import Search
from aggregator.summary import DesignFact, Fact, Summary
from tests.studies import study as invented

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
#: One file of each version that was ever in use.
LIBRARIES = Path(__file__).parent / "fixtures" / "libraries"


def citation(pmid="90000001", **fields):
    given = {
        "title": "Ketamine for PTSD: an invented trial",
        "abstract": (AbstractSection(text="Thirty invented veterans received naïve ketamine."),),
        "published": PubDate(2026, 11),
        "entered": date(2026, 11, 12),
        "revised": date(2026, 11, 12),
    }
    return Citation(pmid=pmid, **(given | fields))


def record(pmid="90000001", *, raw=None, summary=None, **fields):
    held = citation(pmid, **fields)
    return Record(citation=held, raw=raw or repr(held).encode(), summary=summary or Summary())


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


def fill(library, *pmids, topic="ptsd", now=NOW, known_before=None, **fields):
    library.add([record(pmid, **fields) for pmid in pmids], now=now)
    library.match(topic, pmids, now=now, is_whole=False, known_before=known_before)


def period(end, days=7):
    return Period(start=end - timedelta(days=days), end=end + timedelta(microseconds=1))


# -- keeping


def test_what_is_new_is_a_set_difference_in_the_order_asked(library):
    library.add([record("90000002")], now=NOW)
    assert library.lacking(["90000003", "90000002", "90000001", "90000003"]) == ("90000003", "90000001")


def test_a_record_comes_back_as_it_was_kept_raw_xml_included(library):
    kept = record(raw=b"<PubmedArticle/>", summary=Summary(design=DesignFact(value="randomized-trial")))
    library.add([kept], now=NOW)
    study = library.study("90000001")
    assert (study.citation, study.summary, study.first_seen) == (kept.citation, kept.summary, NOW)
    assert list(library.records()) == [("90000001", b"<PubmedArticle/>")]


def test_keeping_the_same_record_again_changes_nothing(library):
    library.add([record()], now=NOW)
    added = library.add([record()], now=NOW + WEEK)
    assert (added.new, added.changed, library.changes()) == ((), (), ())
    assert library.study("90000001").first_seen == NOW


def test_an_older_state_of_a_record_never_replaces_a_newer(library):
    library.add([record(title="newer", revised=date(2026, 11, 14))], now=NOW)
    library.add([record(title="older", revised=date(2026, 10, 1))], now=NOW)
    library.add([record(title="old version", version=0)], now=NOW)
    assert library.study("90000001").citation.title == "newer"


def test_a_batch_is_kept_whole_or_not_at_all(library):
    def broken():
        yield record("90000001")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        library.add(broken(), now=NOW)
    assert len(library) == 0


CHANGES = [
    ("retracted by its type", {}, {"publication_types": ("Retracted Publication",)}, ["retracted", "revised"]),
    ("retracted by a notice without PMID", {}, {"notices": (Notice(ref_type="RetractionIn", source="J Inv. 2026"),)}, ["retracted"]),
    ("a concern", {}, {"notices": (Notice(ref_type="ExpressionOfConcernIn", pmid="90000009"),)}, ["expression-of-concern"]),
    (
        "two errata between two looks",
        {},
        {"notices": (Notice(ref_type="ErratumIn", source="A"), Notice(ref_type="ErratumIn", source="B"))},
        ["corrected", "corrected"],
    ),
    (
        "an erratum that got its PMID",
        {"notices": (Notice(ref_type="ErratumIn", source="A"),)},
        {"notices": (Notice(ref_type="ErratumIn", source="A", pmid="90000009"),)},
        ["revised"],
    ),
    ("an erratum", {}, {"notices": (Notice(ref_type="ErratumIn", pmid="90000009"),)}, ["corrected"]),
    (
        "a second erratum",
        {"notices": (Notice(ref_type="ErratumIn", pmid="90000009"),)},
        {"notices": (Notice(ref_type="ErratumIn", pmid="90000009"), Notice(ref_type="ErratumIn", pmid="90000010"))},
        ["corrected"],
    ),
    (
        "a preprint is published",
        {"publication_types": ("Preprint",)},
        {"publication_types": ("Preprint",), "notices": (Notice(ref_type="UpdateIn", pmid="90000009"),)},
        ["published"],
    ),
    ("assigned to an issue", {"publication_status": "aheadofprint"}, {"publication_status": "ppublish", "volume": "7"}, ["issued", "revised"]),
    ("indexed", {}, {"mesh": (MeshHeading(descriptor="Ketamine"),)}, ["indexed"]),
    ("a comment appears", {}, {"notices": (Notice(ref_type="CommentIn", pmid="90000009"),)}, ["revised"]),
    ("a retraction notice is not retracted", {}, {"notices": (Notice(ref_type="RetractionOf", pmid="90000009"),)}, ["revised"]),
    ("only the handling date moved", {}, {"revised": date(2026, 11, 20)}, []),
]  # fmt: skip


@pytest.mark.parametrize(("_", "before", "after", "kinds"), CHANGES, ids=[row[0] for row in CHANGES])
def test_each_change_is_named_for_what_it_means(_, before, after, kinds):
    assert [change.kind for change in between(citation(**before), citation(**after), seen=NOW)] == kinds


def test_a_change_says_what_stood_before_and_after(library):
    library.add([record(title="before")], now=NOW)
    library.add([record(title="after")], now=NOW + WEEK)
    (change,) = library.changes()
    assert (change.field, change.before, change.after, change.seen) == ("title", "before", "after", NOW + WEEK)


def test_a_deleted_record_is_marked_once_and_stays(library):
    library.add([record()], now=NOW)
    assert library.mark_deleted(["90000001", "90000077"], now=NOW + WEEK) == ("90000001",)
    assert library.mark_deleted(["90000001"], now=NOW + 2 * WEEK) == ()
    assert library.study("90000001").deleted == NOW + WEEK


# -- topics


def test_a_match_gained_and_lost_by_a_known_study_is_told(library):
    fill(library, "90000001")
    library.remember_search(Search(topic="safety", query="q", started=NOW, complete=True))
    library.match("safety", ["90000001"], now=NOW + WEEK, is_whole=True)
    library.match("safety", [], now=NOW + 2 * WEEK, is_whole=True)
    assert [(change.kind, change.before or change.after) for change in library.changes()] == [
        ("topic-gained", "safety"),
        ("topic-lost", "safety"),
    ]
    assert library.study("90000001").topics == ("ptsd",)


def test_a_study_of_two_topics_in_one_update_gains_nothing(library):
    library.add([record()], now=NOW)
    for topic in ("ptsd", "safety"):
        library.match(topic, ["90000001"], now=NOW, is_whole=True)
    assert library.changes() == ()
    assert library.counts() == {"ptsd": 1, "safety": 1}


def test_a_part_of_a_search_takes_no_match_away(library):
    fill(library, "90000001")
    library.match("ptsd", [], now=NOW + WEEK, is_whole=False)
    assert library.pmids("ptsd") == {"90000001"}


# -- announcing


def test_a_study_is_announced_in_one_issue_only(library):
    fill(library, "90000001")
    assert library.announce("2026-W46", period(NOW)) == {"90000001"}
    fill(library, "90000002", now=NOW + WEEK)
    assert library.announce("2026-W47", period(NOW + WEEK)) == {"90000002"}


def test_the_same_issue_made_again_announces_the_same(library):
    fill(library, "90000001")
    assert library.announce("2026-W46", period(NOW)) == library.announce("2026-W46", period(NOW))


def test_of_a_first_filling_only_what_pubmed_has_just_received_is_announced(library):
    fill(library, "90000001", known_before=NOW, entered=date(2019, 1, 1))
    fill(library, "90000002", known_before=NOW, entered=date(2026, 11, 12))
    assert library.announce("2026-W46", period(NOW)) == {"90000002"}


def test_a_record_that_matches_months_after_it_entered_is_new_then(library):
    fill(library, "90000001", entered=date(2025, 1, 1))
    assert library.announce("2026-W46", period(NOW)) == {"90000001"}


def test_a_study_known_from_a_filling_is_new_to_the_topic_that_it_comes_to_later_and_only_once(library):
    fill(library, "90000001", known_before=NOW, entered=date(2019, 1, 1))
    assert library.announce("2026-W46", period(NOW)) == set()
    fill(library, "90000001", topic="safety", now=NOW + WEEK, entered=date(2019, 1, 1))
    assert library.announce("2026-W47", period(NOW + WEEK)) == {"90000001"}
    fill(library, "90000001", topic="depression", now=NOW + 2 * WEEK, entered=date(2019, 1, 1))
    assert library.announce("2026-W48", period(NOW + 2 * WEEK)) == set()


def test_what_was_new_and_never_announced_is_announced_however_late(library):
    fill(library, "90000001", now=NOW)
    assert library.announce("2026-W50", period(NOW + 4 * WEEK)) == {"90000001"}


def test_what_was_received_since_a_topic_was_first_asked_is_new_although_filling_took_weeks(library):
    fill(library, "90000001", now=NOW + 3 * WEEK, known_before=NOW, entered=(NOW + WEEK).date())
    fill(library, "90000002", now=NOW + 3 * WEEK, known_before=NOW, entered=(NOW - WEEK).date())
    assert library.announce("2026-W50", period(NOW + 4 * WEEK)) == {"90000001"}


def test_a_topic_is_filled_once_the_very_query_was_asked_completely(library):
    assert library.filled_from("ptsd", "q") is None
    library.remember_search(Search(topic="ptsd", query="q", started=NOW, problem="no network"))
    library.remember_search(Search(topic="ptsd", query="q", started=NOW + WEEK, problem="no network"))
    assert library.filled_from("ptsd", "q") == NOW
    library.remember_search(Search(topic="ptsd", query="q", started=NOW + 2 * WEEK, complete=True))
    assert library.filled_from("ptsd", " q\n") is None
    assert library.filled_from("ptsd", "q OR r") == NOW + 2 * WEEK


def test_a_deleted_record_that_comes_again_is_back(library):
    fill(library, "90000001")
    assert library.mark_deleted(["90000001"], now=NOW) == ("90000001",)
    assert library.lacking(["90000001"]) == ("90000001",)
    library.add([record("90000001")], now=NOW + WEEK, is_live=False)
    assert library.study("90000001").deleted
    library.add([record("90000001")], now=NOW + WEEK)
    assert library.study("90000001").deleted is None
    assert [change.kind for change in library.changes()] == ["deleted", "restored"]


def test_a_deleted_record_whose_doi_another_one_bears_was_merged_with_it(library):
    fill(library, "90000001", doi="10.5555/Invented-1")
    fill(library, "90000002", doi="10.5555/invented-1")
    fill(library, "90000003", doi="10.5555/invented")
    library.mark_deleted(["90000001", "90000003"], now=NOW)
    assert [(c.pmid, c.kind, c.after) for c in library.changes()] == [
        ("90000001", "merged", "90000002"),
        ("90000003", "deleted", None),
    ]


def test_a_search_is_in_the_log_from_its_beginning(library):
    begun = Search(topic="ptsd", query="q", started=NOW, problem="broken off")
    row = library.remember_search(begun)
    assert library.incomplete_since() == {"ptsd": None}
    assert library.remember_search(replace(begun, complete=True, problem=None), row) == row
    assert [search.complete for search in library.searches()] == [True]


def test_a_library_of_the_first_version_is_upgraded_when_it_is_opened(tmp_path):
    file = tmp_path / "library.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / "version-1.sqlite.gz").read_bytes()))
    with Library(file) as library:
        assert library.pmids("ptsd") == {"90000001", "90000002", "90000003"}
        assert library.last_complete("ptsd") == NOW
        library.add([record("90000003", title="An invented second title")], now=NOW)
        library.mark_deleted(["90000001", "90000003"], now=NOW)
        assert [(c.pmid, c.kind) for c in library.changes() if c.field == "record"] == [
            ("90000001", "merged"),
            ("90000003", "deleted"),
        ]
    with Library(file) as library:
        assert library.faults() == ()


def test_a_ledger_of_the_second_version_keeps_who_was_told_what_and_up_to_when(tmp_path):
    file = tmp_path / "library.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / "version-2.sqlite.gz").read_bytes()))
    with Library(file) as library:
        rows = {row.subscriber: row for row in library.sent()}
        assert {address: row.has_told for address, row in rows.items()} == {
            "a.doctor@clinic.example": True,
            "b.nurse@clinic.example": False,
        }
        doctor = rows["a.doctor@clinic.example"]
        assert doctor.pmids == ("90000001",)
        assert set(doctor.told) == {"90000001", "90000002", "90000003"}
        assert doctor.period == period(NOW)
        assert library.mailing_list.enrolled() == ()
        assert library.faults() == ()


def test_a_digest_of_the_third_version_stays_as_it_is_without_a_wording_and_the_next_keeps_its_own(tmp_path):
    file = tmp_path / "library.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / "version-3.sqlite.gz").read_bytes()))
    with Library(file) as library:
        assert library.shown_in("2026-W46") == ("90000001", "90000002")
        assert library.announced_in("2026-W46") == {"90000001", "90000002", "90000003"}
        assert library.edition("2026-W46") is None
        library.announce("2026-W47", period(NOW + WEEK))
        library.remember_edition("2026-W47", EDITION)
    with Library(file) as library:
        assert library.edition("2026-W47") == EDITION
        assert library.faults() == ()


def test_a_job_of_the_fourth_version_counts_as_done_when_it_was(tmp_path):
    file = tmp_path / "library.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / "version-4.sqlite.gz").read_bytes()))
    with Library(file) as library:
        assert last_done(library, "update") == NOW
        assert last_done(library, "digest, daily, Europe/Berlin") == NOW
        assert library.runs.all("update")[-1].took is None
        assert library.moment("update done") is None
        assert library.edition("2026-W47") == EDITION
        assert library.faults() == ()


def last_done(library, job):
    return max((run.started for run in library.runs.all(job) if run.result is Result.DONE), default=None)


def run_of(number, *, job="update", result=Result.DONE):
    started = NOW + timedelta(hours=number)
    ended = started + timedelta(minutes=2) if result else None
    return JobRun(id=f"{job}-{number}", job=job, due=NOW, started=started, ended=ended, result=result)


def test_a_job_run_is_known_as_begun_and_then_as_ended(library):
    library.runs.remember(run_of(1, result=None))
    assert library.runs.all("update")[-1].result is None
    assert last_done(library, "update") is None
    library.runs.remember(run_of(1))
    assert library.runs.all("update") == (run_of(1),)
    assert last_done(library, "update") == NOW + timedelta(hours=1)
    assert last_done(library, "digest") is None


def test_the_newest_job_runs_are_kept_and_the_last_success_however_old(library):
    for number in range(KEPT + 10):
        library.runs.remember(run_of(number, result=Result.FAILED if number else Result.DONE))
    library.runs.remember(run_of(0, job="digest"))
    kept = library.runs.all("update")
    assert len(kept) == KEPT + 1
    assert last_done(library, "update") == NOW
    assert kept[-1].id == f"update-{KEPT + 9}"
    assert [run.job for run in library.runs.all()].count("digest") == 1


@pytest.mark.parametrize("version", ["version-1", "version-2", "version-3", "version-4"])
def test_an_upgraded_library_has_the_tables_of_a_new_one(tmp_path, library, version):
    file = tmp_path / "old.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / f"{version}.sqlite.gz").read_bytes()))
    with Library(file) as upgraded:
        assert columns(upgraded) == columns(library)


def columns(library):
    tables = [row[0] for row in library._store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: {tuple(row)[1:3] for row in library._store.rows(f"PRAGMA table_info({table})")} for table in tables}


def test_an_upgrade_that_breaks_off_leaves_the_library_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "library.sqlite"
    file.write_bytes(gzip.decompress((LIBRARIES / "version-3.sqlite.gz").read_bytes()))
    monkeypatch.setitem(UPGRADES, 3, UPGRADES[3] + "INSERT INTO nothing VALUES (1);\n")
    with pytest.raises(LibraryError):
        Library(file)
    monkeypatch.undo()
    with Library(file) as library:
        assert library.edition("2026-W46") is None
        assert library.shown_in("2026-W46") == ("90000001", "90000002")


EDITION = Edition(
    written=NOW,
    days="9–15 Nov 2026 · 1-minute read",
    banner="Invented.",
    summary="1 new study: 1 randomised trial.",
    sections=(
        Section(
            heading="New studies",
            form="cards",
            groups=(
                Group(
                    pieces=(
                        Piece(
                            pmid="90000001",
                            heading="An invented trial",
                            rows=(Row(label="Result", text="naïve −1.2", is_quote=True),),
                            related=("90000002",),
                            standing=("corrected",),
                        ),
                    )
                ),
            ),
        ),
    ),
    shown=("90000001", "90000002"),
)


def test_an_edition_comes_back_as_it_was_kept_and_the_last_one_stands(library):
    fill(library, "90000001", "90000002")
    library.announce("2026-W46", period(NOW))
    assert library.edition("2026-W46") is None
    library.remember_edition("2026-W46", replace(EDITION, summary="Nothing yet.", shown=()))
    library.remember_edition("2026-W46", EDITION)
    assert library.edition("2026-W46") == EDITION
    assert library.shown_in("2026-W46") == ("90000001", "90000002")


def test_an_edition_of_what_was_never_made_as_an_issue_is_not_kept(library):
    library.remember_edition("since-2026-08-01", EDITION)
    assert library.edition("since-2026-08-01") is None
    assert library.issues() == ()


def test_a_record_that_no_topic_matches_is_not_announced(library):
    library.add([record()], now=NOW)
    assert library.announce("2026-W46", period(NOW)) == set()


def test_the_last_study_of_a_topic_is_one_on_its_condition_where_there_is_one(library):
    meant = Summary(conditions=(Fact(value="social-anxiety"),))
    fill(library, "90000001", topic="social-anxiety", entered=date(2020, 1, 1), summary=meant)
    fill(library, "90000002", topic="social-anxiety", entered=date(2026, 1, 1))
    fill(library, "90000003", topic="safety", entered=date(2026, 1, 1))
    assert library.newest_of("social-anxiety").pmid == "90000001"
    assert library.newest_of("safety").pmid == "90000003"
    assert library.newest_of("ptsd") is None


def test_after_three_weeks_without_a_digest_all_three_weeks_are_announced(library):
    for week in range(3):
        fill(library, f"9000000{week}", now=NOW + week * WEEK)
    assert len(library.announce("2026-W48", period(NOW + 2 * WEEK, days=21))) == 3


# -- searches and ledger


def test_the_last_complete_search_is_remembered_apart_from_the_last(library):
    library.remember_search(Search(topic="ptsd", query="q", started=NOW, found=3, complete=True))
    library.remember_search(Search(topic="ptsd", query="q", started=NOW + WEEK, problem="no network"))
    assert library.last_complete("ptsd") == NOW
    assert library.incomplete_since() == {"ptsd": NOW}
    assert [search.found for search in library.searches()] == [3, None]


def test_the_ledger_keeps_the_newest_state_of_each_message(library):
    sent = Sent(issue="2026-W46", subscriber="a@clinic.example", state="sending", attempts=1, answer=None, moment=NOW)
    library.remember_sent(sent)
    library.remember_sent(replace(sent, state="sent", answer="250 ok"))
    assert [row.state for row in library.sent(issue="2026-W46")] == ["sent"]


# -- tables


def test_tables_keep_their_types_when_they_are_empty(library):
    empty = library.table().dtypes
    fill(library, "90000001")
    assert dict(library.table().dtypes) == dict(empty)
    assert str(empty["sample_size"]) == "Int32"
    assert str(library.table()["entered"].iloc[0].date()) == "2026-11-12"


@pytest.mark.parametrize(
    ("column", "kind", "stated", "silent"),
    [
        pytest.param("infusion_time", "string", "40 min", None, id="how long one infusion lasted"),
        pytest.param("primary_outcome_not_met", "boolean", True, False, id="the abstract says so, or not"),
        pytest.param("regimen", "category", "single", None, id="a closed vocabulary"),
        pytest.param("sample_size", "Int32", 30, None, id="a whole number that may be missing"),
    ],
)
def test_a_column_is_tidy_whatever_is_stated(library, column, kind, stated, silent):
    full = invented(infusion_time="40 min", not_met=["The primary outcome was not met."])
    fill(library, "90000001", summary=full.summary)
    fill(library, "90000002", summary=invented(n=None, regimen=None).summary)
    table = library.table()
    held = table.set_index("pmid")[column]
    assert str(held.dtype) == str(library.table(topic="none")[column].dtype) == kind
    assert held["90000001"] == stated
    assert held["90000002"] == silent if silent is not None else held.isna()["90000002"]


def test_studies_whose_primary_outcome_was_not_met_are_one_condition_away(library):
    fill(library, "90000001", summary=invented(not_met=["The primary outcome was not met."]).summary)
    fill(library, "90000002")
    table = library.table()
    assert list(table[table["primary_outcome_not_met"]]["pmid"]) == ["90000001"]
    assert table["pmid"].is_unique


def test_the_table_is_narrowed_by_topic_design_and_day(library):
    fill(library, "90000001", summary=Summary(design=DesignFact(value="cohort")), entered=date(2020, 1, 1))
    fill(library, "90000002", topic="safety")
    assert list(library.table(topic="ptsd")["pmid"]) == ["90000001"]
    assert list(library.table(design="cohort")["pmid"]) == ["90000001"]
    assert list(library.table(since="2026-01-01")["pmid"]) == ["90000002"]


# -- the file


def test_the_file_is_readable_by_its_owner_alone(library):
    assert oct(library.path.stat().st_mode & 0o777) == "0o600"


def test_a_file_of_another_program_is_refused(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(LibraryError, match="another program"):
        Library(path)


def test_a_library_of_a_newer_version_is_refused(library):
    with sqlite3.connect(library.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LibraryError, match="newer version"):
        Library(library.path)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, os.urandom(4096)], ids=["text", "noise"])
def test_a_file_that_is_no_library_is_named(tmp_path, content):
    path = tmp_path / "library.sqlite"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=r"library\.sqlite.*(not a library|damaged)"):
        Library(path)


def test_a_full_disk_gives_a_clear_error_and_an_intact_library(library):
    fill(library, "90000001")
    pages = library._store.rows("PRAGMA page_count")[0][0]
    library._store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError, match="disk is full"):
        library.add([record(f"9000{n:04d}", raw=os.urandom(5000)) for n in range(100)], now=NOW)
    assert len(library) == 1
    assert library.faults() == ()


KILLED = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from aggregator.library import Library
sys.path.insert(0, {tests!r})
from tests.test_library import record
library = Library(Path(sys.argv[1]))
for batch in range(1000):
    library.add([record(f"9{{batch:03d}}{{n:04d}}") for n in range(20)], now=datetime.now(UTC))
    print(batch, flush=True)
"""


def test_a_run_that_is_killed_leaves_whole_batches_behind(tmp_path):
    path = tmp_path / "library.sqlite"
    top = str(Path(__file__).resolve().parent.parent)
    run = subprocess.Popen([sys.executable, "-c", KILLED.format(tests=top), str(path)], stdout=subprocess.PIPE, cwd=top)
    said = [run.stdout.readline() for _ in range(3)]
    run.kill()
    run.wait()
    run.stdout.close()
    assert all(said)
    with Library(path) as library:
        assert library.faults() == ()
        assert len(library) % 20 == 0
        assert len(library) >= 60
        assert all(zlib.crc32(raw) for _, raw in library.records())


def test_unmatched_is_what_matched_once_and_no_longer_does(library):
    fill(library, "90000001", "90000002")
    library.add([record("90000003")], now=NOW)
    library.remember_search(Search(topic="ptsd", query="q", started=NOW, complete=True))
    library.match("ptsd", ["90000001"], now=NOW + WEEK, is_whole=True)
    assert library.unmatched(searched_since=NOW) == ("90000002",)
    # A topic that nobody has asked about for long is watched no more.
    assert library.unmatched(searched_since=NOW + WEEK) == ("90000001", "90000002")
    library.mark_deleted(["90000002"], now=NOW + WEEK)
    assert library.unmatched(searched_since=NOW) == ()
