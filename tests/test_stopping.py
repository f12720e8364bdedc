"""A service that is told to end: within seconds, wherever it is, with nothing half done; and it is made up once.

Real processes, a slow PubMed and a slow mail server. What the service waits for would take minutes or for ever, so that
whoever did not look up would run into the time that a test is given.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.house import House
from aggregator.job_run import Result
from aggregator.library import Library
from aggregator.pubmed.simulator import Simulator
from aggregator.scheduling import STOPPED
from aggregator.stopping import SIGNALS, Stop, Stopped, asked_by_signals
from tests.crash_world import contents, furnish, timeless, worlds
from tests.scripted_smtp import SILENCE, ScriptedServer
from tests.test_crash import _children, _is_running

TOP = Path(__file__).resolve().parent.parent
#: Seconds after which a service that does not end is given up: far more than it needs, far less than it waits for.
LONG = 60


@pytest.fixture
def pubmed():
    with Simulator(next(worlds())) as simulator:
        yield simulator


@pytest.fixture
def place(tmp_path, pubmed):
    return furnished(tmp_path, pubmed)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a library holds that nobody told to stop."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with Simulator(next(worlds())) as simulator:
        assert once(furnished(folder, simulator)).returncode == 0
    return timeless(contents(folder / "workspace"))


def furnished(folder, pubmed, more=""):
    furnish(folder, pubmed.url)
    with (folder / "aggregator.toml").open("a") as file:
        file.write(f"{more}\n[schedule]\njitter = 0\n")
    return folder


def words(place, *verb):
    """A command as it is typed."""
    told = ["--config", str(place / "aggregator.toml"), "--workspace", str(place / "workspace")]
    return [sys.executable, str(TOP / "run.py"), *verb, *told]


@contextmanager
def service(place, *flags):
    """`schedule` as the process that a clinic would run."""
    with (place / "log.txt").open("a") as log:
        process = subprocess.Popen(words(place, "schedule", *flags), cwd=place, stderr=log, stdout=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(process, is_true):
    """Waits until something can be seen of a process, which must not end before."""
    while not is_true():
        assert process.poll() is None, "the service has ended"
        time.sleep(0.01)


def runs(place, job=None):
    with Library(place / "workspace/library.sqlite") as library:
        return library.runs.all(job)


def results(place, job):
    return [run.result for run in runs(place, job)]


def log_of(place):
    return (place / "log.txt").read_text()


def once(place):
    done = subprocess.run(words(place, "schedule", "--once"), cwd=place, check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    return done


def ends(process, number=signal.SIGTERM):
    process.send_signal(number)
    return process.wait(LONG)


# -- while PubMed is asked ------------------------------------------------------------------------


def slow(pubmed):
    pubmed.latency = 600


def silent(pubmed):
    pubmed.faults.add("efetch", "hang", times=None)


def failing(pubmed):
    pubmed.faults.add("esearch", "server-error", times=None)


def shut(pubmed):
    pubmed.faults.add("esearch", "rate-limit", times=None)


AT_WORK = {
    "waiting for the answer to a search": (slow, "", lambda pubmed: True),
    "waiting for records": (silent, "", lambda pubmed: any(one.endpoint == "efetch" for one in pubmed.log)),
    "between two tries, whose pauses grow to a minute": (failing, "attempts = 20", lambda pubmed: len(pubmed.log) >= 3),
    "while PubMed wants silence": (shut, "attempts = 20", lambda pubmed: len(pubmed.log) >= 2),
}


@pytest.mark.parametrize(("hindrance", "more", "is_there"), AT_WORK.values(), ids=AT_WORK)
def test_told_to_end_while_an_update_is_at_work_it_ends_and_the_next_start_makes_it_up_once(
    tmp_path, pubmed, undisturbed, hindrance, more, is_there
):
    place = furnished(tmp_path, pubmed, more)
    hindrance(pubmed)
    with service(place) as process:
        until(process, lambda: (place / "workspace/.writer").exists() and is_there(pubmed))
        assert ends(process) == 0
    (run,) = runs(place, "update")
    assert (run.result, run.problem) == (Result.STOPPED, STOPPED)
    assert run.ended is not None
    assert "stopped; what was stored is kept" in log_of(place)
    pubmed.latency = 0
    pubmed.faults.clear()
    assert once(place).returncode == 0
    assert results(place, "update") == [Result.STOPPED, Result.DONE]
    assert {run.due for run in runs(place, "update")} == {run.due}
    assert "nothing is due" in once(place).stderr
    # And the library is the one of an installation that nobody disturbed.
    assert timeless(contents(place / "workspace")) == undisturbed


def test_told_to_end_in_the_pace_of_its_requests_it_ends(tmp_path, pubmed):
    place = furnished(tmp_path, pubmed)
    settings = place / "aggregator.toml"
    settings.write_text(settings.read_text().replace("requests_per_second = 1000", "requests_per_second = 0.01"))
    with service(place) as process:
        until(process, lambda: pubmed.log)
        assert ends(process) == 0
    assert results(place, "update") == [Result.STOPPED]


def test_told_to_end_while_it_waits_for_the_night_it_ends():
    """Hours lie between noon and NCBI's quiet time."""
    stop, noon = Stop(), datetime(2026, 11, 25, 17, tzinfo=UTC)
    house = House(settings=load(None, environ={}), now=noon, clock=lambda: noon, stop=stop, sleep=stop.wait)
    threading.Timer(0.05, stop.ask).start()
    with pytest.raises(Stopped):
        house.at(noon + timedelta(hours=9))


# -- while pages are built ------------------------------------------------------------------------


@pytest.fixture
def laborious(place):
    """A place whose report takes minutes, by a template of its own."""
    folder = place / "reports/site"
    folder.mkdir(parents=True)
    work = "{% for one in range(50000) %}{{ one * one }}{% endfor %}"
    text = '{% extends "shipped/site/study.html" %}{% block content %}{{ super() }}' + work * 8 + "{% endblock %}"
    (folder / "study.html").write_text(text)
    return place


def test_told_to_end_while_a_report_is_built_it_ends_and_the_old_report_stays(laborious):
    building = laborious / "workspace/.site.building"
    with service(laborious) as process:
        until(process, lambda: list(building.glob("studies/*.html")))
        assert ends(process) == 0
    assert results(laborious, "update") == [Result.DONE]
    assert results(laborious, "digest") == [Result.STOPPED]
    assert not building.exists()
    assert not (laborious / "workspace/site").exists(), "there was none yet, and half of one is none"
    (laborious / "reports/site/study.html").unlink()
    assert once(laborious).returncode == 0
    assert results(laborious, "digest") == [Result.STOPPED, Result.DONE]
    assert (laborious / "workspace/site/index.html").exists()


# -- while letters are sent -----------------------------------------------------------------------

READERS = [f"reader-{number}@clinic.example" for number in range(3)]


def mail_to(server):
    readers = "".join(f'[[subscriber]]\nemail = "{reader}"\n' for reader in READERS)
    sender = 'sender = "Ketamine evidence <digest@clinic.example>"'
    return f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n{sender}\n{readers}'


def test_told_to_end_while_a_server_thinks_about_a_letter_it_ends_and_the_rest_is_sent_later(tmp_path, pubmed):
    with ScriptedServer(faults={"final dot": ["", SILENCE]}) as server:
        place = furnished(tmp_path, pubmed, mail_to(server))
        with service(place) as process:
            until(process, lambda: server.steps["final dot"] == 2)
            assert ends(process) == 0
        assert results(place, "digest") == [Result.STOPPED]
        assert server.recipients == READERS[:1]
        assert once(place).returncode == 0
        assert server.recipients == READERS
        assert results(place, "digest") == [Result.STOPPED, Result.DONE]


def test_told_to_end_before_another_try_of_a_letter_it_ends(tmp_path, pubmed):
    with ScriptedServer(faults={"RCPT": ["451 try again later"] * 2}) as server:
        place = furnished(tmp_path, pubmed, mail_to(server))
        with service(place) as process:
            until(process, lambda: server.steps["RSET"] == 1)
            assert ends(process) == 0
        assert results(place, "digest") == [Result.STOPPED]
        assert server.letters == []
        assert once(place).returncode == 0
        assert sorted(server.recipients) == READERS


# -- when there is nothing to do, and how it is told ----------------------------------------------


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_told_to_end_while_nothing_is_due_it_ends_with_success(place, number):
    assert once(place).returncode == 0
    with service(place) as process:
        until(process, lambda: "next at" in log_of(place))
        assert ends(process, number) == 0
    assert log_of(place).endswith("stopped; what was stored is kept, and the rest is made up at the next start\n")
    assert [run.result for run in runs(place)] == [Result.DONE, Result.DONE]
    assert not (place / "workspace/.service").exists()


def test_once_is_ended_too_and_says_that_not_all_was_done(tmp_path, pubmed):
    place = furnished(tmp_path, pubmed)
    slow(pubmed)
    with service(place, "--once") as process:
        until(process, (place / "workspace/.writer").exists)
        assert ends(process) == 3
    assert results(place, "update") == [Result.STOPPED]
    assert results(place, "digest") == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
def test_processes_beside_are_ended_with_it(place, pubmed):
    """Pages are drawn, and many records summarised, in processes beside."""
    beside = """
import sys
from aggregator import beside, summarising
from aggregator.cli import main
from aggregator.pubmed import eutils
summarising.MANY, eutils.BATCH = 1, 4
sys.exit(main(sys.argv[1:]))
"""
    pubmed.latency = 0.3
    with (place / "log.txt").open("w") as log:
        told = [sys.executable, "-c", beside, *words(place, "schedule")[2:]]
        process = subprocess.Popen(told, cwd=TOP, stderr=log, env=os.environ | {"PYTHONPATH": str(TOP)})
        try:
            until(process, lambda: _children(process.pid))
            others = _children(process.pid)
            assert ends(process) == 0
        finally:
            process.kill()
            process.wait()
    assert results(place, "update") == [Result.STOPPED]
    while any(map(_is_running, others)):
        time.sleep(0.01)


# -- two services ---------------------------------------------------------------------------------


def test_a_second_service_says_who_is_there_since_when_and_leaves(place):
    with service(place) as first:
        until(first, lambda: "next at" in log_of(place))
        second = subprocess.run(words(place, "schedule"), cwd=place, check=False, capture_output=True, text=True)
        assert second.returncode == 1
        assert f"`schedule` (process {first.pid}) is working here since 20" in second.stderr
        assert "Traceback" not in second.stderr
        listed = subprocess.run(words(place, "schedule", "--list", "--format", "json"), check=True, capture_output=True)
        assert json.loads(listed.stdout)["service"]["process"] == first.pid
        assert ends(first) == 0
    with service(place) as third:
        until(third, lambda: log_of(place).count("next at update") or log_of(place).count("update: next at") == 2)


def test_cron_leaves_politely_while_a_service_is_at_work(place):
    with service(place) as first:
        until(first, lambda: "next at" in log_of(place))
        cron = once(place)
        assert cron.returncode == 0
        assert f"nothing is done here: {place / 'workspace'}: `schedule` (process {first.pid})" in cron.stderr


def test_a_killed_service_leaves_the_door_open_and_is_not_taken_for_one_that_runs(place, pubmed):
    slow(pubmed)
    with service(place) as first:
        until(first, (place / "workspace/.writer").exists)
        first.kill()
        first.wait()
    pubmed.latency = 0
    listed = subprocess.run(words(place, "schedule", "--list"), check=True, capture_output=True, text=True).stdout
    assert "broken off" in listed
    assert "No service is running" in listed
    assert once(place).returncode == 0
    assert results(place, "update") == [None, Result.DONE]


# -- the stop itself ------------------------------------------------------------------------------


def test_whoever_waits_is_woken_by_it():
    stop = Stop()
    threading.Timer(0.05, stop.ask).start()
    with pytest.raises(Stopped):
        stop.wait(LONG)
    with pytest.raises(Stopped):
        stop.wait(0)
    with pytest.raises(Stopped):
        stop.result(Future())
    with pytest.raises(Stopped):
        next(stop.each([1]))


def test_what_is_done_already_is_given_out_all_the_same():
    stop, done = Stop(), Future()
    done.set_result("taken")
    stop.ask()
    assert stop.result(done) == "taken"


def test_what_comes_to_an_end_within_its_grace_is_given_out():
    stop, letter = Stop(), Future()
    stop.ask()
    threading.Timer(0.05, letter.set_result, ("taken",)).start()
    assert stop.result(letter, grace=LONG) == "taken"


def test_without_anybody_who_asks_nothing_changes():
    stop = Stop()
    stop.check()
    stop.wait(0)
    assert list(stop.each([1, 2])) == [1, 2]
    with pytest.raises(TimeoutError):
        stop.result(Future(), 0.01)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_asks_and_the_handlers_of_before_are_put_back(number):
    before = [signal.getsignal(one) for one in SIGNALS]
    stop = Stop()
    with asked_by_signals(stop):
        signal.raise_signal(number)
        with pytest.raises(Stopped):
            stop.wait(LONG)
    assert [signal.getsignal(one) for one in SIGNALS] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_second_interrupt_ends_at_once():
    stop = Stop()
    with asked_by_signals(stop):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


OPEN_FILES = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="open files are counted in /proc")
def test_no_thread_and_no_socket_stays_behind():
    threads, files = threading.active_count(), len(list(OPEN_FILES.iterdir()))
    for _ in range(20):
        with asked_by_signals(Stop()):
            pass
    assert (threading.active_count(), len(list(OPEN_FILES.iterdir()))) == (threads, files)
