"""What follows a scheduled run, over real SMTP and HTTP: the mail to the operator, and the watchman's call."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from aggregator import after_run, heartbeat, verbs
from aggregator.cli import main
from aggregator.dates import EASTERN
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.library import Library
from aggregator.locks import holding
from aggregator.pubmed.simulator import Simulator
from tests.ports import free_port
from tests.test_disk import fill
from tests.test_sending import Mailbox

TOP = Path(__file__).resolve().parent.parent
#: After the update and the digest of a Monday.
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=EASTERN)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Watchman:
    """A server that notes who calls; it answers with `status`, or never."""

    def __init__(self):
        self.calls, self.status, self.hangs = [], 200, threading.Event()
        watchman = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                watchman.calls.append(self.path)
                if watchman.status is None:
                    watchman.hangs.wait(30)
                    return
                self.send_response(watchman.status)
                if watchman.status >= 300:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/5ec4e7-watch"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.hangs.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def watchman():
    running = Watchman()
    yield running
    running.close()


class Post:
    """A mail server that can be away."""

    def __init__(self):
        self.box = Mailbox()
        self.port = free_port()
        self.server = None
        self.opens()

    def opens(self):
        self.server = Controller(self.box, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self.server.start()

    def closes(self):
        if self.server:
            self.server.stop()
        self.server = None

    @property
    def told(self):
        """The subjects of the mails to the operator, and none to anybody else counts."""
        return [message["Subject"] for to, message in self.box.messages if to == ("it@clinic.example",)]


@pytest.fixture
def post():
    running = Post()
    yield running
    running.closes()


@pytest.fixture(scope="module")
def pubmed():
    with Simulator(demo_world(DEMO_WEEKS[0])) as running:
        yield running


@pytest.fixture
def place(tmp_path, monkeypatch, pubmed, post, watchman):
    pubmed.faults.clear()
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries/ptsd.toml").write_text('title = "P"\nquestion = "?"\nquery = "ptsd[ti] AND ketamin*[ti]"\n')
    (tmp_path / "aggregator.toml").write_text(
        f"""
[pubmed]
email = "you@clinic.example"
url = "{pubmed.url}"
requests_per_second = 1000
attempts = 1
[mail]
host = "127.0.0.1"
port = {post.port}
security = "none"
sender = "Ketamine evidence <digest@clinic.example>"
[operator]
email = "it@clinic.example"
heartbeat = "{watchman.url}"
"""
    )
    monkeypatch.chdir(tmp_path)
    for name in ("NCBI_API_KEY", "NCBI_EMAIL", "AGGREGATOR_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    pubmed.faults.clear()


def run(moment):
    return main(["schedule", "--once", "--now", moment.isoformat()])


# -- the mail


def test_a_refused_key_is_told_at_once_and_once_and_again_when_all_is_well(place, post, pubmed, capfd):
    pubmed.faults.add("*", "invalid-key", times=None)
    for hours in range(3):
        assert run(MONDAY + hours * HOUR) == 3
    assert post.told == ["Ketamine aggregator: update fails"]
    ((_, message),) = post.box.messages
    text = message.get_content()
    assert "NCBI refuses the API key" in text
    assert "It has never succeeded." in text
    assert "The last lines of its log (time in UTC):" in text
    assert "INFO update begins" in text
    assert str(place / "workspace") in text.replace("\n", "")
    assert (message["Auto-Submitted"], message.get_content_type()) == ("auto-generated", "text/plain")
    pubmed.faults.clear()
    assert run(MONDAY + 3 * HOUR) == 0
    assert run(MONDAY + DAY) == 0
    assert post.told == ["Ketamine aggregator: update fails", "Ketamine aggregator: update works again"]
    assert "the operator was told: update fails" in capfd.readouterr().err


def test_a_pubmed_that_is_away_is_waited_for_before_it_is_told(place, post, pubmed):
    assert run(MONDAY - 7 * DAY) == 0
    pubmed.faults.add("*", "unavailable", times=None)
    for hours in range(3):
        assert run(MONDAY + hours * HOUR) == 3
    assert post.told == []
    for hours in range(3, 6):
        run(MONDAY + hours * HOUR)
    assert post.told == ["Ketamine aggregator: update fails"]
    text = post.box.messages[0][1].get_content()
    assert "Monday, 16 November 2026, 08:00 EST" in text
    assert "It last succeeded on Monday, 09 November 2026, 08:00 EST" in text.replace("\n", " ")


def test_a_mail_that_cannot_be_sent_changes_nothing_and_the_next_success_tells_it(place, post, pubmed, capfd):
    pubmed.faults.add("*", "invalid-key", times=None)
    post.closes()
    assert run(MONDAY) == 3
    said = capfd.readouterr().err
    assert "NCBI refuses the API key" in said
    assert "the operator could not be told that update fails" in said
    assert "Traceback" not in said
    with Library(place / "workspace/library.sqlite") as library:
        assert library.runs.all("update")[-1].result == "failed"
        assert "NCBI refuses the API key" in library.runs.all("update")[-1].problem
    post.opens()
    pubmed.faults.clear()
    assert run(MONDAY + HOUR) == 0
    assert post.told == ["Ketamine aggregator: update works again"]
    assert "This could not be told then" in post.box.messages[0][1].get_content()


@pytest.mark.parametrize(
    ("file", "text", "jobs"),
    [
        ("reports/mail/letter.txt.j2", "{% if %}", {"digest"}),
        ("reports/site/base.html", "{{ nothing.such }}", {"digest"}),
        # Without topics nothing can be done at all, whoever is the first to ask for them.
        ("queries/ptsd.toml", 'title = "no query"\n', {"update", "digest", "schedule"}),
    ],
    ids=["a template of the mail", "a template of the report", "a topic"],
)
def test_a_mistake_in_a_file_is_told_at_once_with_the_file(file, text, jobs, place, post):
    assert run(MONDAY - DAY) == 0
    (place / file).parent.mkdir(parents=True, exist_ok=True)
    (place / file).write_text(text)
    for hours in range(2):
        assert run(MONDAY + hours * HOUR) in (2, 3)
    assert post.told
    assert set(post.told) <= {f"Ketamine aggregator: {job} fails" for job in jobs}
    assert len(post.told) == len(set(post.told))
    assert Path(file).name in post.box.messages[0][1].get_content()


def test_of_a_damaged_library_she_is_told_once_though_it_can_remember_nothing(place, post, capfd):
    assert run(MONDAY) == 0
    library = place / "workspace/library.sqlite"
    shutil.copy(library, place / "kept.sqlite")
    library.write_bytes(b"this is no library" * 500)
    for hours in range(1, 4):
        assert run(MONDAY + hours * HOUR) == 1
    assert post.told == ["Ketamine aggregator: schedule fails"]
    assert "not a library" in post.box.messages[0][1].get_content()
    assert "Traceback" not in capfd.readouterr().err
    shutil.copy(place / "kept.sqlite", library)
    assert run(MONDAY + DAY) == 0
    assert run(MONDAY + 2 * DAY) == 0
    assert post.told == ["Ketamine aggregator: schedule fails", "Ketamine aggregator: schedule works again"]
    assert not (place / "workspace/operator-told.json").exists()


@pytest.mark.parametrize(
    ("is_one_process", "hour"), [(False, 7), (True, 1)], ids=["cron, each hour anew", "a service, at its second try"]
)
def test_where_nothing_can_be_remembered_she_is_told_once_a_day(is_one_process, hour, place, post, monkeypatch, capfd):
    (place / "workspace/operator-told.json/taken").mkdir(parents=True)
    (place / "workspace/library.sqlite").write_bytes(b"this is no library" * 500)
    midnight = MONDAY.replace(hour=0)
    for hours in range(24):
        if not is_one_process:
            monkeypatch.setattr(after_run, "_IN_THIS_PROCESS", {})
        run(midnight + hours * HOUR)
    assert post.told == ["Ketamine aggregator: schedule fails"]
    assert post.box.messages[0][1]["Date"].datetime.astimezone(EASTERN).hour == hour
    assert "cannot be remembered" in capfd.readouterr().err


def test_of_a_full_disk_she_is_told_though_nothing_can_be_written_not_even_the_log(place, post, small_disk, capfd):
    def run_there(moment):
        return main(["--workspace", str(small_disk / "workspace"), "schedule", "--once", "--now", moment.isoformat()])

    assert run_there(MONDAY) == 0
    fill(small_disk, leaving=0)
    for hours in range(24, 28):
        assert run_there(MONDAY + hours * HOUR) in (1, 3)
    assert post.told
    assert set(post.told) <= {f"Ketamine aggregator: {job} fails" for job in ("update", "digest", "schedule")}
    assert len(post.told) == len(set(post.told))
    assert "the disk is full" in post.box.messages[0][1].get_content()
    said = capfd.readouterr().err
    assert "Traceback" not in said
    (small_disk / "filler").unlink()
    failing = len(post.told)
    assert run_there(MONDAY + 2 * DAY) == 0
    assert [subject for subject in post.told if subject.endswith("works again")]
    assert len(post.told) <= 2 * failing


def test_a_library_of_an_older_version_is_upgraded_and_told_from(place, post, pubmed):
    (place / "workspace").mkdir()
    old = Path(__file__).parent / "fixtures/libraries/version-4.sqlite.gz"
    (place / "workspace/library.sqlite").write_bytes(gzip.decompress(old.read_bytes()))
    pubmed.faults.add("*", "invalid-key", times=None)
    run(MONDAY)
    assert "Ketamine aggregator: update fails" in post.told


def test_a_subscriber_who_cannot_be_reached_is_told_masked(place, post):
    (place / "aggregator.toml").write_text(
        (place / "aggregator.toml").read_text() + '[[subscriber]]\nemail = "a.doctor@clinic.example"\n'
    )
    post.box.refused.add("a.doctor@clinic.example")
    for hours in range(5):
        run(MONDAY + hours * HOUR)
    assert post.told == ["Ketamine aggregator: digest fails"]
    text = post.box.messages[0][1].get_content()
    assert "NOT SENT to a***@clinic.example" in text
    assert "a.doctor" not in text


@pytest.mark.parametrize("fault", ["invalid-key", "caller-in-warning", "rate-limit"])
def test_no_secret_is_mailed_though_pubmed_repeats_them(fault, place, post, pubmed, monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "5ec4e7feed0123456789")
    pubmed.faults.add("esearch", fault, times=None)
    pubmed.faults.add("efetch", "unavailable", times=None)
    for hours in range(4):
        run(MONDAY + hours * HOUR)
    assert post.told
    for _, message in post.box.messages:
        for secret in ("5ec4e7feed", "5ec4e7-watch", "you@clinic.example"):
            assert secret not in message.as_string()
            assert secret not in message.get_content()


def test_without_an_operator_nobody_is_written_to(place, post, pubmed):
    text = (place / "aggregator.toml").read_text().partition("[operator]")[0]
    (place / "aggregator.toml").write_text(text)
    pubmed.faults.add("*", "invalid-key", times=None)
    assert run(MONDAY) == 3
    assert post.box.messages == []


def test_the_service_itself_logs_tells_and_calls(place, post, pubmed, watchman):
    """Not --once but the process that keeps going, which ends when it is told to."""
    pubmed.faults.add("*", "invalid-key", times=None)
    command = [sys.executable, str(TOP / "run.py"), "--quiet", "schedule"]
    with subprocess.Popen(command, cwd=place, stderr=subprocess.PIPE, text=True) as service:
        try:
            # The digest is written though the update failed, and is the only success.
            wait_for(lambda: watchman.calls and post.told)
        finally:
            service.terminate()
            _, said = service.communicate()
    assert service.returncode == 0, said
    assert post.told == ["Ketamine aggregator: update fails"]
    lines = (place / "workspace/logs/aggregator.log").read_text().splitlines()
    runs = {line.split()[2] for line in lines if line.endswith((": update begins", ": digest begins"))}
    assert len(runs) == 2
    assert any("the operator was told: update fails" in line for line in lines)
    assert "the operator was told" not in said, "people who want errors only get errors only"
    with Library(place / "workspace/library.sqlite") as library:
        assert {library.runs.all(job)[-1].id for job in ("update", "digest")} == runs


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("nothing came within a minute")


# -- the heartbeat


def test_the_watchman_is_called_after_each_success_only(place, watchman, pubmed):
    assert run(MONDAY) == 0
    assert watchman.calls == ["/ping/5ec4e7-watch"] * 2, "update and digest"
    pubmed.faults.add("*", "invalid-key", times=None)
    assert run(MONDAY + DAY) == 3
    assert len(watchman.calls) == 2


@pytest.mark.parametrize("status", [404, 500, 302], ids=["unknown there", "in trouble", "a redirect"])
def test_a_watchman_who_does_not_answer_well_is_only_logged_and_his_address_is_not_shown(
    status, place, watchman, capfd
):
    watchman.status = status
    assert run(MONDAY) == 0
    said = capfd.readouterr().err + (place / "workspace/logs/aggregator.log").read_text()
    assert f"the heartbeat address at 127.0.0.1 answers with HTTP {status}" in said
    assert "5ec4e7" not in said
    assert set(watchman.calls) == {"/ping/5ec4e7-watch"}
    assert len(watchman.calls) == 4, "each of two jobs tries twice, and no redirect is followed"


def test_a_watchman_who_is_away_is_only_logged(place, watchman, capfd):
    watchman.close()
    assert run(MONDAY) == 0
    said = capfd.readouterr().err
    assert "the heartbeat address at 127.0.0.1 cannot be reached (ConnectionError)" in said
    assert "5ec4e7" not in said


def test_one_who_never_answers_is_not_waited_for(watchman):
    watchman.status = None
    told = heartbeat.beat(watchman.url, timeout=0.2)
    # Whichever of the two bounds is met first: the client's on a byte, or ours on the whole.
    assert told in (
        "the heartbeat address at 127.0.0.1 gives no answer in time",
        "the heartbeat address at 127.0.0.1 cannot be reached (ReadTimeout)",
        "the heartbeat address at 127.0.0.1 cannot be reached (ConnectTimeout)",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://watch.clinic.example/ping/5ec4e7", "must begin with https://"),
        ("https://user:5ec4e7@watch.clinic.example/", "must be an address such as"),
        ("https://watch.clinic.example/5ec4e7 x", "must be an address such as"),
        ("https://watch.clinic.example/5ec4e7#x", "must be an address such as"),
        ("5ec4e7", "must be an address such as"),
        ("ftp://watch.clinic.example/5ec4e7", "must be an address such as"),
    ],
    ids=["unencrypted", "with a password", "with a space", "with a fragment", "no address", "no web address"],
)
def test_a_bad_heartbeat_address_is_refused_and_not_repeated(value, expected, place, capfd):
    text = (place / "aggregator.toml").read_text().partition("heartbeat")[0]
    (place / "aggregator.toml").write_text(f'{text}heartbeat = "{value}"\n')
    assert main(["topics"]) == 2
    said = capfd.readouterr().err
    assert expected in said
    assert "5ec4e7" not in said


@pytest.mark.parametrize(
    "value", ["https://watch.clinic.example/api/push/abc?status=up&msg=OK", "http://localhost:8/x"]
)
def test_an_address_may_have_a_query_and_be_on_this_machine(value, place, capfd):
    text = (place / "aggregator.toml").read_text().partition("heartbeat")[0]
    (place / "aggregator.toml").write_text(f'{text}heartbeat = "{value}"\n')
    assert main(["topics"]) == 0


def test_an_operator_without_a_mail_server_is_refused(place, capfd):
    (place / "aggregator.toml").write_text('[operator]\nemail = "it@clinic.example"\n')
    assert main(["topics"]) == 2
    assert "line 2: 'email' needs a mail server; add a [mail] table" in capfd.readouterr().err


# -- from the command line


def typed(verb, moment=MONDAY, *more):
    return main([verb, "--tell-operator", "--now", moment.isoformat(), *more])


def fails(pubmed, kind):
    pubmed.faults.add("esearch", kind, times=None)


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        pytest.param("weekly", "invalid-key", id="the main job, by what stays"),
        pytest.param(
            "weekly", "server-error", id="the main job, by what may pass: nobody tries it again until next week"
        ),
        pytest.param("update", "server-error", id="an update"),
    ],
)
def test_a_run_from_a_crontab_is_told_once_and_again_when_it_works(verb, kind, place, post, pubmed):
    fails(pubmed, kind)
    assert [typed(verb), typed(verb, MONDAY + HOUR), typed(verb, MONDAY + DAY)] != [0, 0, 0]
    name = f"Ketamine aggregator: {verb} from the command line"
    assert post.told == [f"{name} fails"]
    pubmed.faults.clear()
    assert typed(verb, MONDAY + 2 * DAY) == 0
    assert typed(verb, MONDAY + 3 * DAY) == 0
    assert post.told == [f"{name} fails", f"{name} works again"]
    began, well = (" ".join(message.get_content().split()) for _, message in post.box.messages)
    assert "It is tried again when it is started the next time" in began
    assert "The last lines of its log" in began
    assert "has not succeeded since Monday, 16 November 2026, 08:00 EST (one run)" in began
    assert "(3 runs)" in well


def test_without_the_option_nobody_is_told(place, post, pubmed):
    fails(pubmed, "invalid-key")
    assert main(["weekly", "--now", MONDAY.isoformat()]) != 0
    assert post.told == []


def test_what_ends_before_anything_is_asked_is_told_too(place, post, pubmed, capfd):
    with holding(place / "workspace", "writer", "weekly", now=MONDAY):
        assert typed("weekly") == 1
    (place / "queries/ptsd.toml").write_text("query = 3")
    assert typed("digest") == 2
    assert post.told == [f"Ketamine aggregator: {verb} from the command line fails" for verb in ("weekly", "digest")]
    texts = [message.get_content() for _, message in post.box.messages]
    assert "is working here since 2026-11-16" in texts[0]
    assert "Mend the file that is named" in texts[1]


def test_letters_that_reach_nobody_are_told_with_whom_they_did_not_reach(place, post, pubmed):
    with (place / "aggregator.toml").open("a") as file:
        file.write('[[subscriber]]\nemail = "a.doctor@clinic.example"\n')
    assert typed("update") == 0
    post.box.refused = {"a.doctor@clinic.example"}
    assert typed("digest", MONDAY, "--send") == 1
    assert post.told == ["Ketamine aggregator: digest from the command line fails"]
    text = post.box.messages[-1][1].get_content()
    assert "NOT SENT to a***@clinic.example" in text
    assert "a.doctor" not in text


def test_a_defect_is_told_and_raised(place, post, monkeypatch):
    def breaks(*_):
        raise RuntimeError("on its head")

    monkeypatch.setattr(verbs, "update", breaks)
    with pytest.raises(RuntimeError, match="on its head"):
        typed("update")
    assert "RuntimeError: on its head: a defect" in post.box.messages[-1][1].get_content().replace("\n  ", " ")


def test_whoever_interrupts_a_run_knows_of_it(place, post, monkeypatch):
    def is_interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "update", is_interrupted)
    assert typed("update") == 130
    assert post.told == []


def test_a_success_calls_the_watchman_as_a_job_of_the_service_does(place, post, watchman):
    assert typed("update") == 0
    assert len(watchman.calls) == 1


def test_to_tell_nobody_is_a_mistake(place, post, capfd):
    text = (place / "aggregator.toml").read_text().replace('email = "it@clinic.example"\n', "")
    (place / "aggregator.toml").write_text(text)
    assert typed("weekly") == 2
    assert "there is nobody to tell; set `email` in [operator]" in capfd.readouterr().err


def test_where_nothing_can_be_remembered_a_run_from_a_crontab_is_told_each_time(place, post, pubmed, monkeypatch):
    fails(pubmed, "invalid-key")
    monkeypatch.setattr(after_run._Memory, "keeps", lambda *_: False)
    typed("update")
    assert len(post.told) == 1
