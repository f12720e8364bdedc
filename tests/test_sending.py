"""Sending from the command line to a real SMTP server over a real socket: each reader once, and no address in a log."""

import email
import email.policy
import socket

import pytest
from aiosmtpd.controller import Controller

from aggregator.cli import main
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.pubmed.simulator import Simulator

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
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
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
