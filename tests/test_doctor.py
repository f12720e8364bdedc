"""`doctor`, over real HTTP, SMTP and IMAP: it says what is well and what to do, in time, and changes nothing."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import sqlite3
import threading
from argparse import Namespace
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from aggregator import config, doctor
from aggregator.cli import main
from aggregator.dates import EASTERN
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.house import House
from aggregator.job_run import JobRun, Result
from aggregator.library import Library
from aggregator.locks import holding
from aggregator.pubmed.simulator import Simulator
from tests.crash_world import files_of
from tests.fake_imap import FakeImap
from tests.ports import free_port
from tests.test_sending import Mailbox

LIBRARIES = Path(__file__).parent / "fixtures" / "libraries"
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=EASTERN)
PASSWORD = "sentinel-Pa55word"


@pytest.fixture(scope="module")
def pubmed():
    with Simulator(demo_world(DEMO_WEEKS[0])) as running:
        yield running


@pytest.fixture
def place(tmp_path, monkeypatch, pubmed):
    pubmed.faults.clear()
    monkeypatch.chdir(tmp_path)
    for name in ("NCBI_API_KEY", "NCBI_EMAIL", "AGGREGATOR_SMTP_PASSWORD", "AGGREGATOR_IMAP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    furnish(tmp_path, pubmed.url)
    yield tmp_path
    pubmed.faults.clear()


def furnish(place, url, more=""):
    file = place / "aggregator.toml"
    file.write_text(f'[pubmed]\nemail = "you@clinic.example"\nurl = "{url}"\nrequests_per_second = 1000\n{more}')
    file.chmod(0o600)


def found(capfd, *words):
    """Every finding by its check, and the exit code."""
    code = main(["doctor", "--format", "json", *words])
    said = capfd.readouterr()
    # The SMTP server of the tests logs into the same stream.
    assert [line for line in said.err.splitlines() if "Session.login_data" not in line] == []
    findings = json.loads(said.out)
    assert all(set(finding) == {"check", "verdict", "words", "remedy"} for finding in findings)
    assert all(finding["remedy"] for finding in findings if finding["verdict"] != "ok")
    assert code == (1 if any(finding["verdict"] == "FAILED" for finding in findings) else 0)
    return {finding["check"]: finding for finding in findings}


def verdicts(findings):
    return {name: finding["verdict"] for name, finding in findings.items() if finding["verdict"] != "ok"}


# -- what it looks like, and what it leaves alone


def test_one_line_a_check_with_the_remedy_and_the_same_as_json(place, capfd):
    assert main(["doctor"]) == 0
    lines = capfd.readouterr().out.splitlines()
    findings = found(capfd)
    assert len(lines) == len(findings)
    for line, finding in zip(lines, findings.values(), strict=True):
        assert line.startswith(f"{finding['verdict']:<7} {finding['check']}: ")
        assert line.endswith(finding["remedy"] or finding["words"][-5:])
    assert list(findings) == [
        "settings",
        "versions",
        "topics",
        "disk",
        "temporary folder",
        "library",
        "log",
        "PubMed",
        "clock",
        "mail",
        "operator",
        "job update",
        "job digest",
    ]
    assert verdicts(findings) == {"job update": "note", "job digest": "note"}


def test_nothing_is_made(place, capfd):
    before = files_of(place)
    found(capfd)
    assert files_of(place) == before
    assert [path.name for path in place.iterdir()] == ["aggregator.toml"]


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_an_older_library_is_told_of_and_left_as_it_is(version, place, pubmed, capfd):
    (place / "workspace").mkdir()
    library = place / "workspace/library.sqlite"
    library.write_bytes(gzip.decompress((LIBRARIES / f"version-{version}.sqlite.gz").read_bytes()))
    library.chmod(0o600)
    before = library.read_bytes()
    furnish(place, pubmed.url, '[[subscriber]]\nemail = "a@clinic.example"\n')
    findings = found(capfd)
    assert verdicts(findings) == {"library": "note", "schedule": "note"}
    assert f"of version {version}" in findings["library"]["words"]
    assert findings["library"]["remedy"] == "keep a copy of it first"
    assert library.read_bytes() == before
    assert [path.name for path in (place / "workspace").iterdir()] == ["library.sqlite"]


def test_a_library_of_a_newer_version_is_a_failure(place, capfd):
    assert main(["update", "--quiet", "--now", MONDAY.isoformat(), "ptsd"]) == 0
    with closing(sqlite3.connect("workspace/library.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    findings = found(capfd)
    assert findings["library"]["verdict"] == "FAILED"
    assert "newer version" in findings["library"]["words"]


def test_who_has_mail_and_readers_is_looked_at_without_a_word_written(place, pubmed, capfd, mail):
    furnish(place, pubmed.url, mail.settings + '[[subscriber]]\nemail = "a@clinic.example"\ncadence = "daily"\n')
    assert main(["update", "--quiet", "--now", MONDAY.isoformat(), "ptsd"]) == 0
    before = files_of(place)
    findings = found(capfd)
    assert files_of(place) == before
    assert findings["mail"]["words"] == "127.0.0.1 takes our login; 1 subscriber"
    assert "job digest, daily, America/New_York" in findings


# -- this machine


def test_settings_that_others_can_read_are_told_of(place, pubmed, capfd):
    furnish(place, pubmed.url, '[[subscriber]]\nemail = "a@clinic.example"\n')
    (place / "aggregator.toml").chmod(0o644)
    finding = found(capfd)["settings"]
    assert (finding["verdict"], finding["remedy"]) == ("note", "run `chmod o-r aggregator.toml`")
    assert "subscribers' addresses" in finding["words"]


def test_a_faulty_topic_is_named_with_its_place(place, capfd):
    (place / "queries").mkdir()
    (place / "queries/mine.toml").write_text('title = "M"\nquestion = "?"\nquery = "ketamine[tiab] AND (ptsd[tiab]"\n')
    finding = found(capfd)["topics"]
    assert finding["verdict"] == "FAILED"
    assert "mine.toml" in finding["words"]


def test_a_missing_folder_for_temporary_files_is_told(place, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(doctor.tempfile, "gettempdir", lambda: str(place / "nowhere"))
        _, temporary = doctor._disks(the_house(place))
    assert (temporary.check, temporary.verdict) == ("temporary folder", "FAILED")


DAMAGES = {
    "no library": (lambda file: file.write_bytes(b"this is no library" * 500), "this is not a library"),
    "cut short": (lambda file: os.truncate(file, file.stat().st_size // 2), ""),
    "another program's": (lambda file: spoil(file, "PRAGMA application_id = 1"), "of another program"),
    "a row that points nowhere": (
        lambda file: spoil(file, "INSERT INTO announcements VALUES ('1', '2026-W01')"),
        "names something that",
    ),
    "a study without a summary": (
        lambda file: spoil(file, "DELETE FROM summaries WHERE pmid = (SELECT min(pmid) FROM summaries)"),
        "has no summary",
    ),
}


def spoil(file, statement):
    with closing(sqlite3.connect(file)) as db:
        db.execute(statement)
        db.commit()


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_library_is_a_failure(damage, words, place, capfd):
    assert main(["update", "--quiet", "--now", MONDAY.isoformat(), "ptsd"]) == 0
    damage(place / "workspace/library.sqlite")
    findings = found(capfd)
    assert findings["library"]["verdict"] == "FAILED"
    assert words in findings["library"]["words"]
    assert findings["PubMed"]["verdict"] == "ok"


def test_searches_that_are_not_complete_are_a_note(place, pubmed, capfd):
    pubmed.faults.add("efetch", "dropped-record", times=None)
    main(["update", "--quiet", "--now", MONDAY.isoformat(), "ptsd"])
    capfd.readouterr()
    pubmed.faults.clear()
    finding = found(capfd)["library"]
    assert finding["verdict"] == "note"
    assert "not searched completely: ptsd" in finding["words"]


def test_backups_are_looked_at_where_there_is_a_folder(place, capfd):
    folder = place / "workspace/backups"
    folder.mkdir(parents=True)
    assert found(capfd)["backups"]["verdict"] == "note"
    for name, days in (("old.sqlite", 40), ("new.sqlite", 2)):
        (folder / name).touch()
        stamp = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(folder / name, (stamp, stamp))
    finding = found(capfd)["backups"]
    assert finding["verdict"] == "ok"
    assert "new.sqlite" in finding["words"]
    shutil.rmtree(folder)
    assert "backups" not in found(capfd)


@pytest.mark.parametrize(
    ("log", "verdict", "words"),
    [
        ("file = false", "ok", "none is kept, as [log] wishes"),
        ('path = "logs/a.log"', "ok", "logs/a.log"),
        ('path = "queries"', "FAILED", "is a folder"),
        ('path = "aggregator.toml/a.log"', "FAILED", "aggregator.toml is a file"),
        ('path = "/proc/a.log"', "note", "cannot be written, so that no log is kept"),
    ],
    ids=["none is wished for", "a folder that will be made", "a folder", "below a file", "where nobody may write"],
)
def test_the_place_of_the_log_is_looked_at(log, verdict, words, one_topic, place, pubmed, capfd):
    if "/proc" in log and (not Path("/proc").is_dir() or os.access("/proc", os.W_OK)):
        pytest.skip("here this user may write everywhere")
    furnish(place, pubmed.url, f"[log]\n{log}\n")
    finding = found(capfd)["log"]
    assert (finding["verdict"], words in finding["words"]) == (verdict, True)


# -- PubMed and the clock


@pytest.mark.parametrize(
    ("fault", "words", "remedy"),
    [
        ("invalid-key", "NCBI refuses the API key", "check the environment variable NCBI_API_KEY"),
        ("unavailable", "PubMed's server failed (HTTP 503)", "check the network and try again later"),
        ("captive-portal", "a web page in place of an answer", "check the network"),
        ("blocked", "NCBI has blocked this network address", ""),
    ],
)
def test_what_pubmed_answers_is_told_apart(fault, words, remedy, place, pubmed, capfd):
    pubmed.faults.add("einfo", fault, times=None)
    before = len(pubmed.log)
    findings = found(capfd)
    assert findings["PubMed"]["verdict"] == "FAILED"
    assert words in findings["PubMed"]["words"] + findings["PubMed"]["remedy"]
    assert remedy in findings["PubMed"]["remedy"]
    assert len(pubmed.log) == before + 1, "it is tried once"
    # An answer that is no use has a date all the same.
    assert findings["clock"]["verdict"] == "ok"


def test_an_api_key_is_said_to_be_in_use_and_not_shown(place, capfd, monkeypatch):
    assert "asked without an API key" in found(capfd)["PubMed"]["words"]
    monkeypatch.setenv("NCBI_API_KEY", "5ec4e7key")
    findings = found(capfd)
    assert "asked with an API key" in findings["PubMed"]["words"]
    assert "5ec4e7key" not in json.dumps(findings)


def test_who_asked_for_silence_is_not_waited_for(place, pubmed, capfd):
    house = the_house(place)
    client = house.pubmed()
    client._pace.hold(3000)
    try:
        finding = found(capfd)["PubMed"]
        assert finding["verdict"] == "FAILED"
        assert "has asked this machine to wait" in finding["words"]
    finally:
        with client._pace._sheets.edit(client._pace._server) as sheet:
            sheet.closed_until = 0.0


class Silence:
    """A server that takes connections and says nothing, or drips."""

    def __init__(self, drip=b""):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.drip, self.ends, self.callers = drip, threading.Event(), []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while not self.ends.is_set():
            try:
                caller, _ = self.listening.accept()
            except OSError:
                return
            self.callers.append(caller)
            threading.Thread(target=self._drip, args=(caller,), daemon=True).start()

    def _drip(self, caller):
        while self.drip and not self.ends.wait(0.05):
            try:
                caller.sendall(self.drip)
            except OSError:
                return

    def close(self):
        self.ends.set()
        self.listening.close()
        for caller in self.callers:
            caller.close()


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["say nothing", "drip"])
def test_servers_that_never_answer_are_given_up_together(drip, place, capfd, monkeypatch):
    """PubMed, the mail server and the mailbox at once: the bounds are made short here, and each is a failure."""
    monkeypatch.setattr(doctor, "PATIENCE", 0.6)
    monkeypatch.setattr(doctor, "_TIMEOUT", 0.4)
    silent = Silence(drip)
    try:
        furnish(
            place,
            f"http://127.0.0.1:{silent.port}/",
            f'[mail]\nhost = "127.0.0.1"\nport = {silent.port}\nsecurity = "none"\nsender = "d@clinic.example"\n'
            f'[mailbox]\nhost = "127.0.0.1"\nport = {silent.port}\nsecurity = "none"\nusername = "u"\n',
        )
        monkeypatch.setenv("AGGREGATOR_IMAP_PASSWORD", PASSWORD)
        findings = found(capfd)
    finally:
        silent.close()
    assert {name: findings[name]["verdict"] for name in ("PubMed", "mail", "mailbox")} == {
        "PubMed": "FAILED",
        "mail": "FAILED",
        "mailbox": "FAILED",
    }
    assert list(findings)[-1] == "job digest", "what comes after them is checked too"


def test_a_server_that_is_not_there_is_told_apart_from_a_wrong_key(place, capfd):
    furnish(place, "http://127.0.0.1:9/entrez/eutils/")
    findings = found(capfd)
    assert "could not be reached" in findings["PubMed"]["words"]
    assert "tried once" in findings["PubMed"]["words"]
    assert findings["clock"]["verdict"] == "note"


def the_house(place, **more):
    settings = config.load(place / "aggregator.toml", environ={})
    return House(settings=settings, now=datetime.now(UTC), **more)


@pytest.mark.parametrize(("off", "expected"), [(0, "ok"), (10, "note"), (-10, "note"), (120, "FAILED")])
def test_a_clock_that_is_off_is_told(off, expected, place, capfd):
    house = the_house(place, clock=lambda: datetime.now(UTC) + timedelta(minutes=off))
    doctor.doctor(house, Namespace(format="json"))
    (clock,) = [finding for finding in json.loads(capfd.readouterr().out) if finding["check"] == "clock"]
    assert clock["verdict"] == expected


def test_a_rehearsals_clock_is_compared_with_nothing(place, capfd):
    assert found(capfd, "--now", MONDAY.isoformat())["clock"]["words"] == "set by --now, and compared with nothing"


# -- mail


class Gate:
    def __call__(self, server, session, envelope, mechanism, data):
        is_right = data.password == PASSWORD.encode()
        return AuthResult(success=is_right, handled=False, message=None if is_right else f"535 not {PASSWORD}")


class Mail:
    def __init__(self):
        self.port = free_port()
        self.server = Controller(
            Mailbox(),
            hostname="127.0.0.1",
            port=self.port,
            authenticator=Gate(),
            auth_require_tls=False,
            ready_timeout=10,
        )
        self.settings = mail_at(self.port)


def mail_at(port):
    return (
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nusername = "digest"\n'
        'sender = "digest@clinic.example"\n'
    )


@pytest.fixture
def mail(monkeypatch):
    running = Mail()
    running.server.start()
    monkeypatch.setenv("AGGREGATOR_SMTP_PASSWORD", PASSWORD)
    yield running
    running.server.stop()


@pytest.mark.parametrize(
    ("password", "verdict", "words"),
    [
        (PASSWORD, "ok", "takes our login; 0 subscribers"),
        ("wrong", "FAILED", "refuses the login 'digest'"),
        ("", "FAILED", "has no password"),
    ],
    ids=["right", "wrong", "none"],
)
def test_the_mail_login_is_tried(password, verdict, words, place, pubmed, capfd, mail, monkeypatch):
    furnish(place, pubmed.url, mail.settings)
    monkeypatch.setenv("AGGREGATOR_SMTP_PASSWORD", password)
    finding = found(capfd)["mail"]
    assert finding["verdict"] == verdict
    assert words in finding["words"]


def test_a_mail_server_that_is_away_is_a_failure(place, pubmed, capfd, monkeypatch):
    monkeypatch.setenv("AGGREGATOR_SMTP_PASSWORD", PASSWORD)
    furnish(place, pubmed.url, mail_at(9))
    assert "refuses the connection" in found(capfd)["mail"]["words"]


def boxed(box, folder="INBOX"):
    return f'[mailbox]\nhost = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\nusername = "reader"\nfolder = "{folder}"\n'


@pytest.mark.parametrize(
    ("answers", "password", "verdict", "words"),
    [
        ({}, "correct horse ü", "ok", "127.0.0.1 takes our login and opens INBOX"),
        ({}, "wrong", "FAILED", "refuses the login 'reader'"),
        ({"EXAMINE": "NO there is no such folder"}, "correct horse ü", "FAILED", "does not open the folder 'INBOX'"),
        ({"AUTHENTICATE": "drop"}, "correct horse ü", "FAILED", ""),
    ],
    ids=["all is well", "a wrong password", "no such folder", "hung up on"],
)
def test_the_mailbox_is_opened(answers, password, verdict, words, place, pubmed, capfd, monkeypatch):
    monkeypatch.setenv("AGGREGATOR_IMAP_PASSWORD", password)
    with FakeImap({1: b"Subject: x\r\n\r\n"}, answers=answers) as box:
        furnish(place, pubmed.url, boxed(box))
        finding = found(capfd)["mailbox"]
    assert finding["verdict"] == verdict
    assert words in finding["words"]
    assert not [command for command in box.commands if "FETCH" in command or "SEARCH" in command]


# -- jobs


@pytest.fixture
def one_topic(place):
    (place / "queries").mkdir()
    (place / "queries/ptsd.toml").write_text('title = "P"\nquestion = "?"\nquery = "ptsd[ti] AND ketamin*[ti]"\n')


def test_jobs_that_ran_are_well_and_later_overdue(place, one_topic, pubmed, capfd):
    assert main(["schedule", "--once", "--now", MONDAY.isoformat()]) == 0
    capfd.readouterr()
    findings = found(capfd, "--now", (MONDAY + timedelta(hours=1)).isoformat())
    assert verdicts(findings) == {"operator": "note"}
    assert "it last succeeded at Mon 2026-11-16 08:00 EST" in findings["job update"]["words"]
    findings = found(capfd, "--now", (MONDAY + timedelta(days=4)).isoformat())
    assert verdicts(findings) == {"operator": "note", "job update": "FAILED"}
    assert findings["job update"]["remedy"].startswith("is the service running?")


def test_why_a_job_fails_is_said(place, one_topic, pubmed, capfd):
    assert main(["schedule", "--once", "--now", MONDAY.isoformat()]) == 0
    pubmed.faults.add("esearch", "invalid-key", times=None)
    later = MONDAY + timedelta(days=3)
    assert main(["schedule", "--once", "--now", later.isoformat()]) == 3
    capfd.readouterr()
    finding = found(capfd, "--now", (later + timedelta(minutes=5)).isoformat())["job update"]
    assert finding["verdict"] == "FAILED"
    assert "NCBI refuses the API key" in finding["words"]


def test_somebody_who_writes_meanwhile_is_no_failure(place, capfd):
    """A journal beside a library that cannot be read: a run is writing it just now, or was killed while it did."""
    assert main(["update", "--quiet", "--now", MONDAY.isoformat(), "ptsd"]) == 0
    file = place / "workspace/library.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("PRAGMA cache_spill = 1")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("DELETE FROM searches")
        monkey = replace_patience(0.1)
        try:
            finding = found(capfd)["library"]
        finally:
            monkey()
            db.execute("ROLLBACK")
    assert finding["verdict"] == "note"
    assert "a run is writing to it" in finding["words"]


def replace_patience(seconds):
    from aggregator.library import looking

    before, looking._PATIENCE = looking._PATIENCE, seconds
    return lambda: setattr(looking, "_PATIENCE", before)


def test_the_operator_is_masked_and_the_heartbeats_address_not_shown(place, pubmed, capfd, mail):
    more = '[operator]\nemail = "it@clinic.example"\nheartbeat = "https://watch.clinic.example/ping/5ec4e7"\n'
    furnish(place, pubmed.url, mail.settings + more)
    findings = found(capfd)
    assert findings["operator"]["words"] == (
        "i***@clinic.example is told when a job fails; watch.clinic.example hears of successes (not called now)"
    )
    assert "5ec4e7" not in json.dumps(findings)


def test_a_run_is_at_work_only_while_the_service_that_began_it_lives(place, pubmed, capfd):
    furnish(place, pubmed.url)
    with Library(place / "workspace/library.sqlite") as library:
        library.runs.remember(JobRun(id="1", job="update", started=MONDAY))
    soon = ("--now", (MONDAY + timedelta(hours=1)).isoformat())
    with holding(place / "workspace", "service", "schedule", now=MONDAY - timedelta(minutes=1)):
        assert "it has been at work since Mon 2026-11-16 08:00 EST" in found(capfd, *soon)["job update"]["words"]
    assert "and broken off" in found(capfd, *soon)["job update"]["words"]


#: A Monday in New York; the hours are quiet from 21:00 on.
WAITS = "NCBI's quiet hours, until Mon 2026-11-16 21:00 EST, to fill ptsd for the first time (`off_peak`)"


def test_a_first_run_that_waits_for_the_night_says_so_and_the_digest_that_it_waits_for_it(
    place, one_topic, pubmed, capfd
):
    file = place / "aggregator.toml"
    file.write_text(file.read_text() + "off_peak = true\n")
    with Library(place / "workspace/library.sqlite") as library:
        library.runs.remember(JobRun(id="1", job="update", started=MONDAY))
    with holding(place / "workspace", "service", "schedule", now=MONDAY):
        waiting = found(capfd, "--now", (MONDAY + timedelta(hours=1)).isoformat())
        at_night = found(capfd, "--now", (MONDAY + timedelta(hours=14)).isoformat())
    assert waiting["job update"]["words"].startswith(f"it has waited since Mon 2026-11-16 08:00 EST for {WAITS}")
    assert "it has been due since Mon 2026-11-16 07:00 EST, and waits for update" in waiting["job digest"]["words"]
    assert "it has been at work since Mon 2026-11-16 08:00 EST" in at_night["job update"]["words"]


def test_a_job_that_was_killed_is_told(place, capfd):
    with Library(place / "workspace/library.sqlite") as library:
        library.runs.remember(JobRun(id="1", job="update", started=MONDAY, ended=MONDAY, result=Result.DONE))
        library.runs.remember(JobRun(id="2", job="update", started=MONDAY + timedelta(days=1)))
    finding = found(capfd, "--now", (MONDAY + timedelta(days=3)).isoformat())["job update"]
    assert (finding["verdict"], "broken off" in finding["words"]) == ("FAILED", True)
