"""NLM's files into the library: in their order, each once, going on after whatever broke it off."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path

import pytest

from aggregator import beside, importing
from aggregator.errors import AggregatorError, RecordFileError
from aggregator.importing import files_in, gaps, import_files
from aggregator.library import Library
from aggregator.topics import Topic
from tests.test_bulk import document

TOP = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
TOPICS = (
    Topic(slug="mood", title="Mood", question="?", query="ketamin*[tiab] AND mood[tiab]"),
    Topic(slug="sleep", title="Sleep", question="?", query="spravato[tiab]"),
)
#: Nothing to look for in bytes follows from this one.
EVERYTHING = (Topic(slug="all", title="All", question="?", query="hasabstract OR 1:99999999[uid]"),)


def record(pmid: int, title: str, revised: int = 1) -> bytes:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID>'
        f"<DateRevised><Year>2026</Year><Month>10</Month><Day>{revised:02}</Day></DateRevised>"
        f"<Article><Journal><JournalIssue><PubDate><Year>2026</Year><Month>Oct</Month></PubDate></JournalIssue>"
        f"<Title>J Invent Stud</Title></Journal><ArticleTitle>{title}</ArticleTitle></Article>"
        f"</MedlineCitation></PubmedArticle>\n"
    ).encode()


#: Enough that does not shrink to leave whole records before the end of a file that is cut short.
NOISE = [record(90000300 + at, os.urandom(3000).hex()) for at in range(30)]


def deletion(*pmids: int) -> bytes:
    return b"<DeleteCitation>%s</DeleteCitation>" % b"".join(b'<PMID Version="1">%d</PMID>' % pmid for pmid in pmids)


def nlm_file(folder: Path, number: int, *records: bytes, end: bytes = b"") -> Path:
    file = folder / f"pubmed99n{number:04}.xml.gz"
    file.write_bytes(gzip.compress(document(*records, end=end)))
    return file


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "baseline"
    inside.mkdir()
    return inside


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


def imported(library, *places, topics=TOPICS, now=NOW, **rest):
    return list(import_files(library, files_in(places), topics, now=now, **rest))


def titles(library) -> dict[str, str]:
    return {study.pmid: study.citation.title for study in library.studies()}


def test_what_any_topic_matches_is_kept_and_the_rest_counted(library, folder):
    records = (record(90000001, "Ketamine and mood."), record(90000002, "Spravato."), record(90000003, "Ketamine."))
    [outcome] = imported(library, nlm_file(folder, 1, *records))
    assert (outcome.read, outcome.left_aside) == (3, 1)
    assert outcome.added.new == ("90000001", "90000002")
    assert library.pmids("mood") == {"90000001"}
    assert library.pmids("sleep") == {"90000002"}


def test_files_are_applied_in_the_order_of_their_numbers_and_newer_versions_win(library, folder):
    nlm_file(folder, 10, record(90000001, "Ketamine and mood, corrected.", revised=20), end=deletion(90000002))
    nlm_file(folder, 9, record(90000001, "Ketamine and mood."), record(90000002, "Ketamine and mood, too."))
    (folder / "README.txt").write_text("not a file of records")
    assert [outcome.file.name for outcome in imported(library, folder)] == [
        "pubmed99n0009.xml.gz",
        "pubmed99n0010.xml.gz",
    ]
    assert titles(library)["90000001"] == "Ketamine and mood, corrected."
    assert {study.pmid: bool(study.deleted) for study in library.studies()} == {"90000001": False, "90000002": True}


def test_an_older_file_that_comes_later_changes_nothing(library, folder):
    imported(library, nlm_file(folder, 10, record(90000001, "Ketamine and mood, corrected.", revised=20)))
    imported(library, nlm_file(folder, 9, record(90000001, "Ketamine and mood.")))
    assert titles(library) == {"90000001": "Ketamine and mood, corrected."}


@pytest.mark.parametrize("apart", [True, False], ids=["held before the import", "taken by the import itself"])
def test_a_newer_version_of_what_is_held_is_taken_though_no_topic_matches_it_now(library, folder, apart):
    first = nlm_file(folder, 1, record(90000001, "Ketamine and mood."))
    if apart:
        imported(library, first)
    second = nlm_file(folder, 2, record(90000001, "Withdrawn.", revised=20), record(90000002, "Plain words."))
    outcomes = imported(library, first, second)
    assert titles(library) == {"90000001": "Withdrawn."}
    assert outcomes[-1].left_aside == 1


def test_run_again_on_the_same_files_it_does_nothing(library, folder):
    nlm_file(folder, 1, record(90000001, "Ketamine and mood."))
    changed = nlm_file(folder, 2, record(90000002, "Ketamine and mood."))
    imported(library, folder)
    assert [outcome.is_known for outcome in imported(library, folder)] == [True, True]
    nlm_file(folder, 2, record(90000002, "Ketamine and mood."), record(90000003, "Ketamine and mood."))
    os.utime(changed, (1, 1))
    assert [outcome.is_known for outcome in imported(library, folder)] == [True, False]
    other = (*TOPICS, Topic(slug="new", title="New", question="?", query="esketamin*[tiab]"))
    assert [outcome.is_known for outcome in imported(library, folder, topics=other)] == [False, False]


def test_broken_off_it_goes_on_where_it_was(library, folder):
    for number in range(1, 5):
        nlm_file(folder, number, record(90000000 + number, "Ketamine and mood."))
    going = import_files(library, files_in([folder]), TOPICS, now=NOW)
    next(going), next(going)
    going.close()
    assert [outcome.is_known for outcome in imported(library, folder)] == [True, True, False, False]
    assert len(library) == 4


CHECKSUMS = {
    "as it is": (lambda text: md5(text).hexdigest(), None),
    "in capitals": (lambda text: md5(text).hexdigest().upper(), None),
    "of another file": (lambda text: "0" * 32, "fetch both again"),
    "none at all": (lambda text: "not found", "fetch both again"),
}


@pytest.mark.parametrize(("stated", "fault"), CHECKSUMS.values(), ids=CHECKSUMS)
@pytest.mark.parametrize("keep_all", [False, True], ids=["picked over", "read"])
def test_the_checksum_beside_a_file_must_agree(library, folder, stated, fault, keep_all):
    file = nlm_file(folder, 1, record(90000001, "Ketamine and mood."))
    (folder / f"{file.name}.md5").write_text(f"MD5({file.name})= {stated(file.read_bytes())}\n")
    [outcome] = imported(library, folder, keep_all=keep_all)
    assert (fault or "") in (outcome.problem or "")
    assert bool(outcome.problem) == bool(fault)
    assert len(library) == (0 if fault else 1)


def test_of_a_broken_file_what_comes_before_the_damage_is_kept_and_it_is_tried_again(library, folder):
    nlm_file(folder, 1, record(90000001, "Ketamine and mood."))
    (folder / "pubmed99n0002.xml.gz").write_bytes(gzip.compress(document(record(90000002, "Spravato."), *NOISE))[:-30])
    nlm_file(folder, 3, record(90000003, "Ketamine and mood."))
    outcomes = imported(library, folder)
    assert [bool(outcome.problem) for outcome in outcomes] == [False, True, False]
    assert library.pmids() == {"90000001", "90000002", "90000003"}
    assert [one.file.name for one in imported(library, folder) if not one.is_known] == ["pubmed99n0002.xml.gz"]


def test_topics_that_say_nothing_to_look_for_have_every_record_read(library, folder):
    [outcome] = imported(library, nlm_file(folder, 1, record(90000001, "Plain words.")), topics=EVERYTHING)
    assert outcome.added.new == ("90000001",)


def test_with_all_every_record_is_kept(library, folder):
    [outcome] = imported(library, nlm_file(folder, 1, record(90000001, "Plain words.")), keep_all=True)
    assert outcome.added.new == ("90000001",)
    assert library.pmids("mood") == frozenset()


def test_files_and_folders_are_put_in_order_and_named_once(folder):
    files = [nlm_file(folder, number) for number in (3, 1)]
    other = folder / "saved.nbib"
    other.write_text("")
    assert [file.name for file in files_in([folder, files[0]])] == [
        "saved.nbib",
        "pubmed99n0001.xml.gz",
        "pubmed99n0003.xml.gz",
    ]
    assert gaps(files) == ["pubmed99n0002.xml.gz"]
    assert gaps([*files, nlm_file(folder, 9)]) == [
        "pubmed99n0002.xml.gz",
        "pubmed99n0004.xml.gz to pubmed99n0008.xml.gz",
    ]


def test_a_folder_without_records_is_refused(folder):
    with pytest.raises(RecordFileError, match="name another"):
        files_in([folder])


# --- With others --------------------------------------------------------------------------------------------------


@pytest.fixture
def many(folder):
    """Files that share a study, so that their order counts."""
    for number in range(1, 9):
        own = record(90000100 + number, "Ketamine and mood.")
        nlm_file(folder, number, own, record(90000001, f"Ketamine and mood, version {number}.", revised=number))
    return folder


def test_other_processes_share_the_work_and_the_order_stays(library, many, monkeypatch):
    monkeypatch.setattr(importing, "_MUCH", 0)
    monkeypatch.setattr(importing, "cpu_count", lambda: 2)
    outcomes = imported(library, many)
    assert [outcome.read for outcome in outcomes] == [2] * 8
    assert titles(library)["90000001"] == "Ketamine and mood, version 8."
    assert len(library) == 9


def test_a_process_that_breaks_down_loses_nothing(library, many, monkeypatch):
    class Broken:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, *_):
            future = Future()
            future.set_exception(BrokenExecutor("the worker died"))
            return future

    monkeypatch.setattr(importing, "_MUCH", 0)
    monkeypatch.setattr(importing, "cpu_count", lambda: 2)
    monkeypatch.setattr(beside, "pool", lambda _: Broken())
    imported(library, many)
    assert titles(library)["90000001"] == "Ketamine and mood, version 8."
    assert len(library) == 9


CLUSTER = """
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path):
    """A Dask cluster of two workers in processes of their own: its address and their PIDs."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, script], text=True, env=environment, cwd=tmp_path, **pipes) as running:
        address, *workers = running.stdout.readline().split()
        yield address, [int(worker) for worker in workers]
        running.stdin.close()
        running.wait(60)


def test_a_cluster_shares_the_work_and_a_worker_that_is_killed_loses_nothing(library, many, cluster):
    address, workers = cluster
    going = import_files(library, files_in([many]), TOPICS, now=NOW, scheduler=address)
    next(going)
    os.kill(workers[0], signal.SIGKILL)
    assert [outcome.problem for outcome in going] == [None] * 7
    assert titles(library)["90000001"] == "Ketamine and mood, version 8."
    assert len(library) == 9


def test_a_cluster_that_is_not_there_is_named(library, many):
    pytest.importorskip("distributed", reason="Dask is not installed")
    with pytest.raises(AggregatorError, match="no Dask scheduler answers at tcp:"):
        imported(library, many, scheduler="tcp://127.0.0.1:9")


def test_without_dask_it_is_said_how_to_get_it(library, many, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AggregatorError, match=r"pip install .*\[bulk\]"):
        imported(library, many, scheduler="tcp://127.0.0.1:9")


def test_progress_is_told_in_bytes(library, many):
    told = []
    imported(library, many, progress=lambda done, whole: told.append((done, whole)))
    sizes = sum(file.stat().st_size for file in many.iterdir())
    assert told[0] == (0, sizes)
    assert told[-1] == (sizes, sizes)
    assert len(told) == 9


def test_days_count_from_the_day_of_the_import(library, folder):
    topic = (Topic(slug="new", title="New", question="?", query='ketamin*[tiab] AND "last 60 days"[dp]'),)
    file = nlm_file(folder, 1, record(90000001, "Ketamine and mood."))
    imported(library, file, topics=topic, now=NOW + timedelta(days=365))
    assert len(library) == 0
    imported(library, file, topics=topic)
    assert len(library) == 1


@pytest.mark.parametrize("verb", ["add", "match", "mark_deleted", "remember_imported"])
def test_broken_off_between_two_writes_the_next_run_ends_in_the_same_library(tmp_path, folder, monkeypatch, verb):
    nlm_file(folder, 1, record(90000001, "Ketamine and mood."), record(90000002, "Spravato."))
    nlm_file(folder, 2, record(90000003, "Ketamine and mood."), end=deletion(90000002))
    with Library(tmp_path / "whole.sqlite") as whole:
        imported(whole, folder)
        expected = held(whole)
    with Library(tmp_path / "broken.sqlite") as broken:
        for often in range(1, 4):
            with monkeypatch.context() as patch:
                patch.setattr(Library, verb, _stopping(getattr(Library, verb), often))
                with suppress(KeyboardInterrupt):
                    imported(broken, folder)
        imported(broken, folder)
        assert held(broken) == expected


def _stopping(write, often):
    """The write, but for the power that fails before its `often`th time."""
    left = iter(range(often - 1))

    def stopping(*given, **named):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return write(*given, **named)

    return stopping


def held(library):
    return [(one.pmid, one.citation, one.topics, bool(one.deleted)) for one in library.studies()]
