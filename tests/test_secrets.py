"""Key, passwords, the heartbeat's address and the one that NCBI is given appear nowhere, though NCBI and the mail server repeat them.

Commands run as their users run them, in processes of their own; afterwards everything that they said and left behind
is searched, compressed and encoded forms included.
"""

import base64
import gzip
import os
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from aggregator.dates import EASTERN
from aggregator.pubmed.simulator import Simulator, World
from tests.ports import free_port
from tests.test_faults import record

TOP = Path(__file__).resolve().parent.parent
SUNDAY = datetime(2026, 11, 15, 18, tzinfo=EASTERN)

KEY = "5ec4e7feed0123456789abcdef5ec4e7feed"
EMAIL = "whom.ncbi.may.write.to@sentinel.example"
PASSWORD = "sentinel-Pa55word/with+signs"
HEARTBEAT = "5entinel-heartbeat/with-what-counts"
LOGIN = base64.b64encode(f"\0digest\0{PASSWORD}".encode()).decode()

SETTINGS = """
[pubmed]
email = "{email}"
url = "{url}"
requests_per_second = 1000
attempts = 1
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
username = "digest"
sender = "Ketamine evidence <digest@clinic.example>"
[operator]
email = "it@clinic.example"
heartbeat = "http://127.0.0.1:9/{heartbeat}"
[[subscriber]]
email = "a.doctor@clinic.example"
"""
TOPIC = """
title = "Depression"
question = "Does ketamine help?"
query = 'ketamine[ti]'
"""

#: What NCBI does to every request meanwhile, and the command.
COMMANDS = [
    (None, "update"),
    ("caller-in-warning", "update -vv"),
    ("caller-in-warning", "search ketamine[ti]"),
    ("rate-limit", "search ketamine[ti] -vv"),
    ("forwarding-error", "weekly"),
    ("invalid-key", "weekly -vv"),
    ("invalid-key", "doctor"),
    (None, "doctor --format json"),
    (None, "schedule --once"),
    ("invalid-key", "schedule --once -vv --now 2026-11-17T08:00"),
    ("caller-in-warning", "schedule --once --quiet --now 2026-11-18T08:00"),
    (None, "digest --send"),
    (None, "digest --send -vv"),
    (None, "log"),
    (None, "log --format jsonl -vv"),
]


class Telltale:
    """A mail server that refuses every login and says why in the words that it was given."""

    def __call__(self, server, session, envelope, mechanism, data):
        said = f"535 5.7.8 no such login: {data.login.decode()} {data.password.decode()} {LOGIN}"
        return AuthResult(success=False, handled=False, message=said)


@pytest.fixture(scope="module")
def mail_port():
    server = Controller(
        object(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=Telltale(),
        auth_require_tls=False,
        ready_timeout=10,
    )
    server.start()
    yield server.port
    server.stop()


@pytest.fixture(scope="module")
def simulator():
    world = World(now=SUNDAY)
    world.add(*(record(number) for number in range(1, 4)))
    world.add(record(4, entered=date(2026, 11, 14)))
    with Simulator(world) as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory, simulator, mail_port):
    """A folder with settings; home and temporary files lie in it too, so that nothing is left elsewhere."""
    folder = tmp_path_factory.mktemp("secrets")
    for name in ("home", "tmp", "queries"):
        (folder / name).mkdir()
    (folder / "aggregator.toml").write_text(
        SETTINGS.format(email=EMAIL, url=simulator.url, port=mail_port, heartbeat=HEARTBEAT)
    )
    (folder / "queries" / "depression.toml").write_text(TOPIC)
    return folder


@pytest.fixture(scope="module")
def said(place, simulator):
    """What each command said, after all of them have run."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NCBI_"))} | {
        "HOME": str(place / "home"),
        "TMPDIR": str(place / "tmp"),
        "NCBI_API_KEY": KEY,
        "AGGREGATOR_SMTP_PASSWORD": PASSWORD,
    }

    def run(fault, words):
        simulator.faults.clear()
        if fault:
            simulator.faults.add("*", fault, times=None)
        command = [sys.executable, str(TOP / "run.py"), "--now", SUNDAY.isoformat(), *words.split()]
        return subprocess.run(command, capture_output=True, text=True, cwd=place, env=environment, check=False)

    return {(fault, words): run(fault, words) for fault, words in COMMANDS}


def secrets_in(text):
    """Which of the secrets stand in these bytes, as they are or as they would travel."""
    data = text if isinstance(text, bytes) else text.encode()
    forms = {
        "the key": (KEY,),
        "the heartbeat's address": (HEARTBEAT, HEARTBEAT.partition("/")[0], quote(HEARTBEAT, safe="")),
        "the email": (EMAIL, quote(EMAIL, safe="")),
        "the password": (PASSWORD, quote(PASSWORD, safe=""), base64.b64encode(PASSWORD.encode()).decode(), LOGIN),
    }
    return [name for name, written in forms.items() if any(form.encode() in data for form in written)]


def everything_in(file):
    """A file's bytes and what they hold: gzip'd files whole, each value of an SQLite file, deflated ones inflated."""
    data = file.read_bytes()
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    if data.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(file)) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in db.execute(f'SELECT * FROM "{table}"'):
                    yield from filter(None, map(_as_bytes, row))


def _as_bytes(value):
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value)
        except zlib.error:
            return value
    return str(value).encode() if value is not None else b""


def test_the_search_finds_what_is_hidden(tmp_path):
    file = tmp_path / "library.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE held (value BLOB)")
        db.execute("INSERT INTO held VALUES (?)", (zlib.compress(f"the key is {KEY}".encode()),))
        db.commit()
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(PASSWORD.encode()))
    assert not secrets_in(file.read_bytes())
    assert [name for part in everything_in(file) for name in secrets_in(part)] == ["the key"]
    assert [name for part in everything_in(tmp_path / "page.html.gz") for name in secrets_in(part)] == ["the password"]


def test_the_secrets_were_in_use_and_were_repeated(said, simulator):
    assert said[None, "update"].returncode == 0, said[None, "update"].stderr
    assert all(request.had_key for request in simulator.log)
    met = {request.fault for request in simulator.log}
    assert {fault for fault, _ in COMMANDS} <= met
    assert "NCBI_API_KEY" in said["invalid-key", "weekly -vv"].stderr
    assert "is near its limit" in said["caller-in-warning", "update -vv"].stderr
    assert "AGGREGATOR_SMTP_PASSWORD" in said["invalid-key", "doctor"].stdout
    assert "refuses the login" in said[None, "digest --send"].stderr
    assert "the heartbeat address at 127.0.0.1 cannot be reached" in said[None, "schedule --once"].stderr
    assert "the operator could not be told" in said["invalid-key", COMMANDS[9][1]].stderr


@pytest.mark.parametrize(("fault", "words"), COMMANDS, ids=[f"{words} ({fault})" for fault, words in COMMANDS])
def test_no_command_says_a_secret(said, fault, words):
    done = said[fault, words]
    assert "Traceback" not in done.stderr
    assert not secrets_in(done.stdout + done.stderr)


def test_no_file_holds_a_secret(said, place):
    files = [file for file in place.rglob("*") if file.is_file() and file.name != "aggregator.toml"]
    names = {file.name for file in files}
    assert {"library.sqlite", "index.html", "digest.txt", "pace.json", "aggregator.log"} <= names
    found = {str(file.relative_to(place)): secrets_in(part) for file in files for part in everything_in(file)}
    assert {file: names for file, names in found.items() if names} == {}


def test_nothing_travels_in_a_url(said, simulator):
    assert {(request.method, request.in_url) for request in simulator.log} == {("POST", ())}
