"""The log: what its lines hold, whom they do not hide anything from, and that it stops nobody."""

from __future__ import annotations

import json
import logging
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator import logs
from aggregator.cli import main
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.pubmed.simulator import Simulator

TOP = Path(__file__).resolve().parent.parent
SUNDAY = DEMO_WEEKS[0].isoformat()
LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<level>[A-Z]+) (?P<run>[0-9a-f]{32}|-) (?P<logger>[\w.]+): .*"
)
log = logging.getLogger("aggregator.invented")


@pytest.fixture(scope="module")
def simulator():
    with Simulator(demo_world(DEMO_WEEKS[0])) as running:
        yield running


@pytest.fixture
def place(tmp_path, monkeypatch, simulator):
    monkeypatch.chdir(tmp_path)
    for name in ("NCBI_API_KEY", "NCBI_EMAIL", "AGGREGATOR_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def furnish(place, simulator, more=""):
    (place / "aggregator.toml").write_text(
        f'[pubmed]\nemail = "you@clinic.example"\nurl = "{simulator.url}"\nrequests_per_second = 1000\n'
        f"attempts = 1\n{more}"
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "logs" / "aggregator.log"


def objects(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


# -- lines


def test_a_line_has_time_level_run_logger_and_words(file):
    with logs.logging_to(file), logs.as_run("0" * 32):
        log.info("%s asked", "ptsd")
        logs.said("a warning for people", logging.WARNING)
    first, second = map(LINE.fullmatch, file.read_text("utf-8").splitlines())
    assert first.group("level", "run", "logger") == ("INFO", "0" * 32, "aggregator.invented")
    assert first[0].endswith(": ptsd asked")
    assert second.group("level", "logger") == ("WARNING", "aggregator.said")
    assert second[0].endswith(": a warning for people")


def test_a_json_line_is_one_object_with_the_records_own_facts(file):
    with logs.logging_to(file, form="json"), logs.as_run("1" * 32):
        log.warning("slow", extra={"seconds": 1.5, "topic": "ptsd", "due": None, "path": Path("x/y")})
        logs.said("update: done", job="update", result="done")
    slow, done = objects(file)
    assert {name: slow[name] for name in slow if name != "time"} == {
        "level": "WARNING",
        "run": "1" * 32,
        "logger": "aggregator.invented",
        "message": "slow",
        "seconds": 1.5,
        "topic": "ptsd",
        "due": None,
        "path": "x/y",
    }
    assert (done["job"], done["result"]) == ("update", "done")


@pytest.mark.parametrize("form", logs.FORMATS)
def test_no_title_forges_a_line_of_its_own(form, file):
    hostile = "one\n2026-01-01T00:00:00.000000Z INFO - aggregator: forged\u2028three\x1b[2J\ud800"
    with logs.logging_to(file, form=form):
        log.info(hostile)
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == (3 if form == "text" else 1)
    for line in lines:
        assert "\x1b" not in line
        assert LINE.fullmatch(line)["logger"] == "aggregator.invented" if form == "text" else json.loads(line)


@pytest.mark.parametrize("form", logs.FORMATS)
def test_a_defect_is_logged_with_its_traceback(form, file):
    with logs.logging_to(file, form=form):
        try:
            {}["missing"]
        except KeyError:
            log.exception("it failed")
    text = file.read_text("utf-8")
    assert "Traceback" in text
    assert "KeyError" in text
    assert all(map(LINE.fullmatch, text.splitlines())) if form == "text" else objects(file)[0]["traceback"]


@pytest.mark.parametrize("form", logs.FORMATS)
def test_secrets_are_written_as_stars_wherever_they_stand(form, file):
    secret = 'se"cr\\et/é'
    with logs.logging_to(file, form=form, secrets=(secret,)):
        log.info("the server said %s", secret, extra={"url": f"https://x.example/?key={secret}"})
        logs.said(f"and {secret}")
        log.info("as a URL: se%22cr%5Cet%2F%C3%A9")
        try:
            int(secret)
        except ValueError:
            log.exception("it failed")
        last = "\n".join(logs.last_lines())
    for text in (file.read_text("utf-8"), last):
        assert "***" in text
        for form_of_it in (secret, json.dumps(secret)[1:-1], "cr%5Cet", repr(secret)[1:-1]):
            assert form_of_it not in text


def test_outside_a_run_the_line_says_so(file):
    with logs.logging_to(file):
        log.info("between runs")
    assert " INFO - aggregator.invented: between runs" in file.read_text("utf-8")


def test_the_last_lines_are_those_of_the_run(file):
    with logs.logging_to(None):
        log.info("before")
        with logs.as_run("2" * 32):
            for number in range(40):
                log.info("line %d", number)
            last = logs.last_lines()
    assert len(last) == logs.LAST_LINES
    assert [re.sub(r"^\d\d:\d\d:\d\d INFO ", "", line) for line in last] == [f"line {n}" for n in range(25, 40)]
    assert logs.last_lines() == ()


# -- the file


def test_only_its_owner_may_read_it(file):
    with logs.logging_to(file):
        log.info("one line")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_it_is_rotated_by_size_and_so_many_are_kept(file, monkeypatch):
    monkeypatch.setattr(logs, "SIZE", 1000)
    with logs.logging_to(file):
        for number in range(200):
            log.info("line %d", number)
    names = sorted(path.name for path in file.parent.iterdir())
    assert names == ["aggregator.log", *(f"aggregator.log.{n}" for n in range(1, logs.KEPT + 1)), "aggregator.log.lock"]
    for path in file.parent.iterdir():
        assert path.stat().st_size < 1200
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "line 199" in file.read_text("utf-8")


WRITER = """
import logging, sys
from pathlib import Path
from aggregator import logs
logs.SIZE, logs.KEPT = 20_000, 1000
with logs.logging_to(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(1000):
        logging.getLogger("aggregator.w").info("writer %s line %d %s", sys.argv[2], number, "x" * (number % 300))
"""


def test_of_several_processes_that_write_and_rotate_no_line_is_lost_or_torn(file):
    file.parent.mkdir()
    command = [sys.executable, "-c", WRITER, str(file)]
    writers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP)
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    files = [path for path in file.parent.iterdir() if path.suffix != ".lock"]
    assert len(files) > 10
    lines = [line for path in files for line in path.read_text("utf-8").splitlines()]
    assert all(map(LINE.fullmatch, lines))
    found = [re.search(r"writer (\w) line (\d+) (x*)$", line).groups() for line in lines]
    assert sorted((name, int(number), len(xs)) for name, number, xs in found) == [
        (name, number, number % 300) for name in "abc" for number in range(1000)
    ]


def test_a_file_that_was_moved_by_somebody_else_is_begun_anew(file):
    with logs.logging_to(file):
        log.info("before")
        file.rename(file.with_name("yesterday.log"))
        log.info("after")
    assert "before" not in file.read_text("utf-8")
    assert "after" in file.read_text("utf-8")


def test_lines_wait_for_the_folder_around_the_logs(tmp_path):
    file = tmp_path / "workspace" / "logs" / "aggregator.log"
    with logs.logging_to(file):
        log.info("before there is a workspace")
        assert not (tmp_path / "workspace").exists()
        (tmp_path / "workspace").mkdir()
        log.info("after")
    assert len(file.read_text("utf-8").splitlines()) == 2
    with logs.logging_to(tmp_path / "nowhere" / "logs" / "aggregator.log"):
        log.info("never")
        assert logs.trouble() is None
    assert not (tmp_path / "nowhere").exists()


def test_what_could_not_be_written_is_told_once_and_written_as_soon_as_it_can_be(file):
    file.mkdir(parents=True)
    with logs.logging_to(file):
        log.info("one")
        log.info("two")
        told = logs.trouble()
        assert str(file) in told
        assert "the work goes on without it" in told
        assert logs.trouble() is None
        file.rmdir()
        log.info("three")
        assert logs.trouble() is None
    assert [line.rpartition(" ")[2] for line in file.read_text("utf-8").splitlines()] == ["one", "two", "three"]


# -- the command line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_log_on_a_full_disk_does_not_stop_the_job(place, simulator, capfd):
    furnish(place, simulator, '[log]\npath = "/dev/full"\n')
    assert main(["update", "--now", SUNDAY, "ptsd"]) == 0
    said = capfd.readouterr().err.splitlines()
    assert "studies held" in said[-2]
    assert said[-1].startswith("the log /dev/full cannot be written (No space left on device); the work goes on")


@pytest.mark.parametrize("flags", [[], ["-v"], ["--quiet"]], ids=" ".join)
@pytest.mark.parametrize("fault", [None, "rate-limit"], ids=["all well", "PubMed fails"])
def test_people_see_the_same_with_and_without_a_file(flags, fault, place, simulator, capfd):
    seen = []
    for choice in ("true", "false"):
        furnish(place, simulator, f'[log]\nfile = {choice}\n[workspace]\npath = "{choice}"\n')
        simulator.faults.clear()
        if fault:
            simulator.faults.add("*", fault, times=None)
        code = main(["update", "ptsd", "--now", SUNDAY, *flags])
        seen.append((code, capfd.readouterr()))
    simulator.faults.clear()
    assert seen[0] == seen[1]
    assert (place / "true/logs/aggregator.log").exists()
    assert not (place / "false/logs").exists()


@pytest.mark.parametrize("flags", [[], ["--quiet"]], ids=["as people see it", "quiet"])
def test_the_file_has_what_people_are_told_and_what_was_done(flags, place, simulator, capfd):
    furnish(place, simulator, '[log]\nformat = "json"\n')
    assert main(["update", "ptsd", "--now", SUNDAY, *flags]) == 0
    said = [line for line in capfd.readouterr().err.splitlines() if line]
    lines = objects(place / "workspace/logs/aggregator.log")
    messages = [line["message"] for line in lines]
    assert messages[0].startswith("update begins")
    assert messages[-1] == "update ends"
    assert any("studies held" in message for message in messages)
    assert set(said) <= set(messages)
    # Also what was done in threads of their own belongs to the run.
    assert any(line["logger"] == "aggregator.pubmed.eutils" and "efetch: HTTP 200" in line["message"] for line in lines)
    assert len({line["run"] for line in lines}) == 1
    assert lines[0]["run"]


@pytest.mark.parametrize(
    ("words", "more", "expected"),
    [
        (["update", "nosuch"], "", "there is no topic 'nosuch'"),
        (["weekly", "--send"], "", "nobody to send to"),
        (["digest", "--send"], "", "nobody to send to"),
    ],
    ids=["no such topic", "nobody to send to", "nobody to send a digest to"],
)
def test_why_a_verb_ended_is_in_the_file(words, more, expected, place, simulator, capfd):
    furnish(place, simulator, more)
    (place / "workspace").mkdir()
    assert main([*words, "--now", SUNDAY]) == 2
    text = (place / "workspace/logs/aggregator.log").read_text("utf-8")
    assert f"{words[0]} failed: " in text
    assert expected in text
    assert expected in capfd.readouterr().err


@pytest.mark.parametrize("words", [["topics"], ["digest"], ["report"], ["log"], ["doctor"]], ids=" ".join)
def test_verbs_that_somebody_looks_at_keep_no_log(words, place, simulator, capfd):
    furnish(place, simulator)
    main([*words, "--now", SUNDAY])
    assert not (place / "workspace/logs").exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("file = 1", "must be true or false"),
        ('format = "xml"', "'xml' is not known"),
        ('path = ""', "not empty"),
        ('level = "debug"', "unknown key 'level' in [log]"),
    ],
    ids=["no switch", "no format", "no path", "no key"],
)
def test_settings_of_the_log_that_cannot_be_used_are_refused(line, expected, place, simulator, capfd):
    furnish(place, simulator, f"[log]\n{line}\n")
    assert main(["update"]) == 2
    assert expected in capfd.readouterr().err
