"""Sending from the command line to a real SMTP server over a real socket: each reader once, and no address in a log."""

import email
import email.policy
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from aiosmtpd.controller import Controller

from aggregator.cli import main
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.pubmed.simulator import Simulator
from tests.ports import free_port

TOP = Path(__file__).resolve().parent.parent
SUNDAY, NEXT_SUNDAY = (moment.isoformat() for moment in DEMO_WEEKS)


class Mailbox:
    """Keeps what it is given; refuses the addresses in `refused` for good."""

    def __init__(self):
        self.messages = []
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802 - aiosmtpd's name
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append((tuple(envelope.rcpt_tos), message))
        return "250 2.0.0 kept"


@pytest.fixture
def mailbox():
    box = Mailbox()
    box.port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=10)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def place(tmp_path, monkeypatch, mailbox):
    with Simulator(demo_world(DEMO_WEEKS[0])) as simulator:
        (tmp_path / "aggregator.toml").write_text(
            f"""
[pubmed]
url = "{simulator.url}"
requests_per_second = 1000
[report]
url = "https://intranet.example/ketamine/"
[mail]
host = "127.0.0.1"
port = {mailbox.port}
security = "none"
sender = "Ketamine evidence <digest@clinic.example>"
[[subscriber]]
email = "a.doctor@clinic.example"
[[subscriber]]
email = "b.nurse@clinic.example"
topics = ["social-anxiety"]
"""
        )
        monkeypatch.chdir(tmp_path)
        yield simulator


def test_each_reader_gets_her_own_letter_once(place, mailbox, capfd):
    assert main(["weekly", "--send", "--now", SUNDAY]) == 0
    assert main(["weekly", "--send", "--now", SUNDAY]) == 0
    assert [to for to, _ in mailbox.messages] == [("a.doctor@clinic.example",), ("b.nurse@clinic.example",)]
    (_, doctor), (_, nurse) = mailbox.messages
    assert "11 new" in doctor["Subject"]
    assert "nothing new" in nurse["Subject"]
    assert [part.get_content_type() for part in doctor.iter_parts()] == ["text/plain", "text/html"]
    assert doctor["Message-ID"] != nurse["Message-ID"]
    assert "file:" not in doctor.as_string()
    assert "https://intranet.example/ketamine/studies/" in doctor.get_body(("plain",)).get_content()
    said = capfd.readouterr().err
    assert "sent to 2, 0 had it already" in said
    assert "sent to 0, 2 had it already" in said


def test_the_next_week_tells_those_who_were_sent_a_study_of_its_retraction(place, mailbox):
    assert main(["weekly", "--send", "--quiet", "--now", SUNDAY]) == 0
    place.world.now = DEMO_WEEKS[1]
    assert main(["weekly", "--send", "--quiet", "--now", NEXT_SUNDAY]) == 0
    letters = {to[0]: message for to, message in mailbox.messages[2:]}
    assert "1 retracted" in letters["a.doctor@clinic.example"]["Subject"]
    assert "You were sent this on 15 Nov 2026." in letters["a.doctor@clinic.example"].as_string()
    assert "You were sent this" not in letters["b.nurse@clinic.example"].as_string()


def test_a_refused_address_is_named_masked_and_tried_again_by_the_next_run(place, mailbox, capfd):
    mailbox.refused.add("a.doctor@clinic.example")
    assert main(["weekly", "--send", "--now", SUNDAY]) == 3
    said = capfd.readouterr().err
    assert "NOT SENT to a***@clinic.example" in said
    assert "a.doctor" not in said
    mailbox.refused.clear()
    assert main(["digest", "--send", "--quiet", "--now", SUNDAY]) == 0
    assert sorted(to[0] for to, _ in mailbox.messages) == ["a.doctor@clinic.example", "b.nurse@clinic.example"]


def test_without_send_nothing_leaves_the_house(place, mailbox):
    assert main(["weekly", "--quiet", "--now", SUNDAY]) == 0
    assert mailbox.messages == []


def settings(**changes):
    """Adds lines to the first table of each name."""
    file = Path("aggregator.toml")
    text = file.read_text()
    for old, new in changes.items():
        text, found = re.subn(rf"^(\[+{old}\]+)$", rf"\1\n{new}", text, count=1, flags=re.MULTILINE)
        assert found
    file.write_text(text)


def letters_to(mailbox, address):
    return [message for to, message in mailbox.messages if to == (address,)]


def test_the_link_in_a_letter_ends_the_letters_though_the_settings_go_on_naming_her(place, mailbox):
    settings(mail='unsubscribe_url = "https://clinic.example/out/"\npostal_address = "1 Invented Street"')
    assert main(["weekly", "--send", "--quiet", "--now", SUNDAY]) == 0
    (letter,) = letters_to(mailbox, "a.doctor@clinic.example")
    link, by_mail = (way.strip(" <>") for way in letter["List-Unsubscribe"].split(","))
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = link.removeprefix("https://clinic.example/out/")
    assert len(token) >= 22
    assert by_mail == f"mailto:digest@clinic.example?subject=unsubscribe%20{token}"
    for kind in ("plain", "html"):
        part = letter.get_body((kind,)).get_content()
        assert link in part
        assert "1 Invented Street" in part
    with serving(Path.cwd()) as url:
        assert requests.get(f"{url}/out/{token}", timeout=10).status_code == 200
        assert requests.post(f"{url}/out/{token}x", data=CLICK, timeout=10).status_code == 404
        assert len(asked_to_send(NEXT_SUNDAY, place, mailbox)) == 2
        assert requests.post(f"{url}/out/{token}", data=CLICK, timeout=10).status_code == 200
        assert requests.post(f"{url}/out/{token}", data=CLICK, timeout=10).status_code == 200
    assert [to for to, _ in asked_to_send(A_WEEK_LATER, place, mailbox)] == [("b.nurse@clinic.example",)]
    assert "a.doctor" not in Path("workspace/library.sqlite").read_bytes().decode("latin-1")


CLICK = {"List-Unsubscribe": "One-Click"}
A_WEEK_LATER = (DEMO_WEEKS[1] + timedelta(days=7)).isoformat()


def asked_to_send(moment, place, mailbox):
    before = len(mailbox.messages)
    assert main(["digest", "--send", "--quiet", "--now", moment]) == 0
    return mailbox.messages[before:]


@contextmanager
def serving(folder):
    """`serve` as the process that a clinic would run."""
    command = [sys.executable, str(TOP / "run.py"), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())[0]
        finally:
            process.terminate()
            assert process.stderr.read() == "stopped\n"
    assert process.returncode == 0


def test_serving_without_an_address_to_be_found_at_is_refused(place, capfd):
    assert main(["serve"]) == 2
    assert "set 'unsubscribe_url' in [mail]" in capfd.readouterr().err


def test_a_test_goes_to_one_address_and_is_not_remembered(place, mailbox, capfd):
    assert main(["update", "--quiet", "--now", SUNDAY]) == 0
    assert main(["digest", "--test", "me@clinic.example", "--now", SUNDAY]) == 0
    assert "sent a test to m***@clinic.example: 250" in capfd.readouterr().err
    ((to, letter),) = mailbox.messages
    assert (to, letter["To"]) == (("me@clinic.example",), "me@clinic.example")
    assert letter["Subject"].startswith("[Test] Ketamine evidence, ")
    assert len(asked_to_send(SUNDAY, place, mailbox)) == 2


def test_a_test_and_sending_to_all_exclude_each_other(place, capfd):
    with pytest.raises(SystemExit) as ended:
        main(["digest", "--send", "--test", "me@clinic.example"])
    assert ended.value.code == 2
    assert "not allowed with argument" in capfd.readouterr().err


def test_without_sending_the_letter_is_written_as_html_as_text_and_as_a_mail(place, mailbox):
    assert main(["weekly", "--quiet", "--now", SUNDAY]) == 0
    folder = Path("workspace/digests/2026-W46")
    assert sorted(file.name for file in folder.iterdir()) == ["digest.eml", "digest.html", "digest.txt"]
    message = email.message_from_bytes((folder / "digest.eml").read_bytes(), policy=email.policy.default)
    assert message.get_body(("plain",)).get_content().splitlines() == (folder / "digest.txt").read_text().splitlines()
    assert message.get_body(("html",)).get_content().splitlines() == (folder / "digest.html").read_text().splitlines()
    assert "11 new" in message["Subject"]
    assert mailbox.messages == []


def test_enrolled_readers_get_theirs_beside_those_of_the_settings(place, mailbox):
    add = ["subscribers", "add", "--source", "asked", "--quiet", "--now", SUNDAY]
    assert main([*add, "c.daily@clinic.example", "--cadence", "daily", "--items", "2"]) == 0
    assert main([*add, "d.paused@clinic.example"]) == 0
    assert main(["subscribers", "pause", "d.paused@clinic.example", "--quiet"]) == 0
    assert main(["weekly", "--send", "--quiet", "--now", SUNDAY]) == 0
    assert {to[0] for to, _ in mailbox.messages} == {
        "a.doctor@clinic.example",
        "b.nurse@clinic.example",
        "c.daily@clinic.example",
    }
    monday = (DEMO_WEEKS[0] + timedelta(days=1)).isoformat()
    assert {to[0] for to, _ in asked_to_send(monday, place, mailbox)} >= {"c.daily@clinic.example"}
    (first, _) = letters_to(mailbox, "c.daily@clinic.example")
    assert len(re.findall(r"^PubMed {12}", first.get_body(("plain",)).get_content(), re.MULTILINE)) <= 2


def test_the_service_serves_each_rhythm_at_its_own_hour(place, mailbox, capfd):
    settings(subscriber='cadence = "monthly"\ntimezone = "Asia/Tokyo"')
    add = ["subscribers", "add", "c.daily@clinic.example", "--source", "asked", "--cadence", "daily"]
    assert main([*add, "--timezone", "Europe/Berlin", "--quiet"]) == 0
    due = [DEMO_WEEKS[0] + timedelta(hours=hours) for hours in (0, 6, 14, 31, 24 * 16)]
    got = []
    for moment in due:
        before = len(mailbox.messages)
        assert main(["schedule", "--once", "--quiet", "--now", moment.isoformat()]) == 0
        got.append(sorted(to[0][0] for to, _ in mailbox.messages[before:]))
    # At first everything is due; it is Sunday in New York and has just become Monday in Berlin. Then Monday 8:00 in New
    # York, Tuesday 7:00 in Berlin, and the first of December.
    assert got == [["a", "b", "c"], [], ["b"], ["c"], ["a", "b", "c"]]


def test_silence_is_a_setting(place, mailbox, capfd):
    text = Path("aggregator.toml").read_text()
    Path("aggregator.toml").write_text(text + '[digest]\nquiet = "silence"\n')
    assert main(["weekly", "--send", "--now", SUNDAY]) == 0
    assert [to for to, _ in mailbox.messages] == [("a.doctor@clinic.example",)]
    assert "no letter to 1 because nothing is new" in capfd.readouterr().err
