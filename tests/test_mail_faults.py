"""What a mail server may do wrong at every step of its conversation, and what then becomes of the letters."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from aggregator.errors import MailError
from aggregator.mail import Mailer
from tests.certificates import make_certificate
from tests.letters import letter
from tests.ports import free_port
from tests.scripted_smtp import DROP, KEEP_AND_DROP, KEEP_AND_SILENCE, LATE, RESET, SILENCE, ScriptedServer

FIRST, SECOND = "a.doctor@clinic.example", "b.nurse@clinic.example"
ATTEMPTS = 3
GARBAGE = "SSH-2.0-OpenSSH_9.2"


@dataclass
class Naps:
    """A sleep that only remembers."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds):
        self.seconds.append(seconds)


@pytest.fixture(scope="module")
def context(certificate):
    return certificate.context


@pytest.fixture
def naps():
    return Naps()


def mailer(server, certificate, naps, *, patient=True, **more):
    """A mailer that encrypts and logs in; an impatient one where the server will be silent."""
    seconds = 10 if patient else 0.2
    stated = {"timeout": seconds, "patience": seconds, "sleep": naps}
    stated |= {"cafile": str(certificate.file), "attempts": ATTEMPTS}
    return Mailer("localhost", server.port, "starttls", "digest", "hush", **(stated | more))


#: What passes: the step, what the server does there, and what is said of it when it does so at every attempt.
PASSING = {
    "closing for tonight": ("greeting", "421 4.3.2 closing", "is not ready (421 4.3.2 closing)"),
    "busy at the door": ("greeting", "450 busy", "is not ready (450 busy)"),
    "lost at the door": ("greeting", DROP, "closes the connection"),
    "accepted, then silence": ("greeting", SILENCE, "does not answer in time"),
    "another service's greeting": (
        "greeting",
        GARBAGE,
        "does not speak SMTP (2.0-OpenSSH_9.2); check 'host' and 'port'",
    ),
    "no time for a hello": ("EHLO", "421 4.7.0 later", "is not ready (421 4.7.0 later)"),
    "a hello put off": ("EHLO", "451 4.3.0 later", "is not ready (451 4.3.0 later)"),
    "lost at the hello": ("EHLO", DROP, "closes the connection"),
    "silence at the hello": ("EHLO", SILENCE, "does not answer in time"),
    "no TLS just now": ("STARTTLS", "454 4.7.0 TLS not available", "is not ready (454 4.7.0 TLS not available)"),
    "closing before TLS": ("STARTTLS", "421 closing", "is not ready (421 closing)"),
    "lost before TLS": ("STARTTLS", DROP, "closes the connection"),
    "silence before TLS": ("STARTTLS", SILENCE, "does not answer in time"),
    "lost in the handshake": ("handshake", DROP, "breaks off the TLS handshake"),
    "reset in the handshake": ("handshake", RESET, "closes the connection"),
    "silence in the handshake": ("handshake", SILENCE, "does not answer in time"),
    "a hello put off behind TLS": ("EHLO again", "451 4.3.0 later", "is not ready (451 4.3.0 later)"),
    "lost behind TLS": ("EHLO again", DROP, "closes the connection"),
    "silence behind TLS": ("EHLO again", SILENCE, "does not answer in time"),
    "no logins just now": ("AUTH", "454 4.7.0 no directory", "is not ready (454 4.7.0 no directory)"),
    "closing at the login": ("AUTH", "421 closing", "is not ready (421 closing)"),
    "lost at the login": ("AUTH", DROP, "closes the connection"),
    "silence at the login": ("AUTH", SILENCE, "does not answer in time"),
    "a sender put off": ("MAIL", "451 4.3.0 later", "does not take the sender d***@clinic.example now"),
    "closing at the sender": ("MAIL", "421 closing", "does not take the sender d***@clinic.example now"),
    "words of another protocol": ("MAIL", GARBAGE, "does not take the sender d***@clinic.example now (2.0-OpenSSH"),
    "lost at the sender": ("MAIL", DROP, "lost the connection"),
    "silence at the sender": ("MAIL", SILENCE, "lost the connection"),
    "a grey list": ("RCPT", "450 4.2.0 grey", "does not take the recipient a***@clinic.example now (450 4.2.0 grey)"),
    "closing at the recipient": ("RCPT", "421 closing", "does not take the recipient a***@clinic.example now"),
    "lost at the recipient": ("RCPT", DROP, "lost the connection"),
    "silence at the recipient": ("RCPT", SILENCE, "lost the connection"),
    "no room for a letter": ("DATA", "452 4.3.1 full", "does not take the message to a***@clinic.example now"),
    "closing before the letter": ("DATA", "421 closing", "does not take the message to a***@clinic.example now"),
    "lost before the letter": ("DATA", DROP, "lost the connection"),
    "silence before the letter": ("DATA", SILENCE, "lost the connection"),
    "the answer to something else": ("DATA", "250 OK", "does not take the message to a***@clinic.example now (OK)"),
    "lost before the final dot": ("body", DROP, "lost the connection"),
    "reset before the final dot": ("body", RESET, "lost the connection"),
    "a letter put off": ("final dot", "451 4.3.0 later", "does not take the message to a***@clinic.example now"),
    "closing behind the letter": ("final dot", "421 closing", "does not take the message to a***@clinic.example now"),
    "lost behind the final dot": ("final dot", DROP, "lost the connection"),
    "reset behind the final dot": ("final dot", RESET, "lost the connection"),
    "silence behind the final dot": ("final dot", SILENCE, "lost the connection"),
}


@pytest.mark.parametrize(("step", "fault", "words"), PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_costs_one_pause_and_no_letter(certificate, context, naps, step, fault, words):
    with (
        ScriptedServer({step: [fault]}, context) as server,
        mailer(server, certificate, naps, patient=fault != SILENCE) as sending,
    ):
        for recipient in (FIRST, SECOND):
            sending.send(letter(recipient=recipient))
    assert server.recipients == [FIRST, SECOND]
    assert naps.seconds == [5]


@pytest.mark.parametrize(("step", "fault", "words"), PASSING.values(), ids=PASSING)
def test_a_fault_that_stays_is_told_after_the_last_attempt_and_stops_nobody_else(
    certificate, context, naps, step, fault, words
):
    with (
        ScriptedServer({step: [fault] * ATTEMPTS}, context) as server,
        mailer(server, certificate, naps, patient=fault != SILENCE) as sending,
    ):
        with pytest.raises(MailError) as caught:
            sending.send(letter(recipient=FIRST))
        sending.send(letter(recipient=SECOND))
    assert words in str(caught.value)
    assert f"(tried {ATTEMPTS} times)" in str(caught.value)
    assert not caught.value.permanent
    assert caught.value.recipient == FIRST
    # A 4xx that is about this reader's letter says nothing of the next one's.
    assert caught.value.general is not (
        step in ("RCPT", "DATA", "final dot") and str(fault).startswith("4") and not str(fault).startswith("421")
    )
    assert server.recipients == [SECOND]
    assert naps.seconds == [5, 10]


#: What does not pass by itself: the step, what the server says there, and what is made of it.
LASTING = {
    "a block list": ("greeting", "554 5.7.1 blocked", "turns us away (554 5.7.1 blocked); ask whoever runs it why"),
    "a hello refused": ("EHLO", "550 5.7.1 who", "turns us away (550 5.7.1 who)"),
    "no TLS after all": ("STARTTLS", "501 5.5.4 no", "turns us away (501 5.5.4 no)"),
    "no TLS behind STARTTLS": ("handshake", GARBAGE, "does not agree on TLS"),
    "a hello refused behind TLS": ("EHLO again", "550 5.7.1 who", "turns us away (550 5.7.1 who)"),
    "a sender refused": ("MAIL", "550 5.7.1 no", "refuses the sender d***@clinic.example (550 5.7.1 no); set 'sender'"),
    "a reader unknown": ("RCPT", "550 5.1.1 who", "refuses the recipient a***@clinic.example (550 5.1.1 who); correct"),
    "no letter wanted": ("DATA", "554 5.5.1 no", "refuses the message to a***@clinic.example (554 5.5.1 no)"),
    "called spam": ("final dot", "554 5.7.1 spam", "refuses the message to a***@clinic.example (554 5.7.1 spam)"),
}


@pytest.mark.parametrize(("step", "answer", "words"), LASTING.values(), ids=LASTING)
def test_a_refusal_is_told_at_once_and_stops_nobody_else(certificate, context, naps, step, answer, words):
    faults = {step: [answer]} | ({"HELO": [answer]} if step.startswith("EHLO") else {})
    with ScriptedServer(faults, context) as server, mailer(server, certificate, naps) as sending:
        with pytest.raises(MailError) as caught:
            sending.send(letter(recipient=FIRST))
        sending.send(letter(recipient=SECOND))
    assert words in str(caught.value)
    assert caught.value.permanent
    assert caught.value.recipient == FIRST
    assert server.recipients == [SECOND]
    assert naps.seconds == []


def test_a_login_is_refused_once_and_not_again_for_every_reader(certificate, context, naps):
    """A wrong password offered for each of a hundred readers would lock the account."""
    with ScriptedServer({"AUTH": ["535 5.7.8 no"]}, context) as server, mailer(server, certificate, naps) as sending:
        for recipient in (FIRST, SECOND):
            with pytest.raises(MailError, match=r"refuses the login 'digest' \(535 5.7.8 no\)") as caught:
                sending.send(letter(recipient=recipient))
            assert caught.value.permanent
            assert caught.value.recipient == recipient
    assert server.steps["AUTH"] == 1
    assert naps.seconds == []


@pytest.mark.parametrize(
    ("context_of", "features", "words"),
    [
        pytest.param("none", (), "offers no STARTTLS, and nothing is sent unencrypted", id="no STARTTLS offered"),
        pytest.param("right", (), "offers no login that we know", id="no login offered"),
        pytest.param("right", ("AUTH GSSAPI",), "offers no login that we know", id="only a login unknown to us"),
        pytest.param("stranger", (), "certificate that cannot be trusted (self", id="nobody vouches for it"),
        pytest.param("other name", (), "certificate that cannot be trusted (Hostname mismatch", id="another's name"),
        pytest.param("expired", (), "certificate that cannot be trusted (certificate has expired", id="expired"),
    ],
)
def test_what_settings_must_mend_is_told_at_once(tmp_path, certificate, context, naps, context_of, features, words):
    trusted, shown = certificate, context
    if context_of == "stranger":
        shown = make_certificate(tmp_path).context
    elif context_of == "other name":
        trusted = make_certificate(tmp_path, name="mail.clinic.example")
        shown = trusted.context
    elif context_of == "expired":
        trusted = make_certificate(tmp_path, until="20200102000000Z")
        shown = trusted.context
    elif context_of == "none":
        shown = None
    with (
        ScriptedServer(context=shown, features=features) as server,
        mailer(server, trusted, naps) as sending,
        pytest.raises(MailError) as caught,
    ):
        sending.send(letter())
    assert words in str(caught.value)
    assert caught.value.permanent
    assert server.letters == []
    assert server.steps["AUTH"] == 0
    assert naps.seconds == []


@pytest.mark.parametrize("fault", [KEEP_AND_DROP, KEEP_AND_SILENCE])
def test_a_letter_whose_fate_is_unknown_is_sent_again_as_the_same(certificate, context, naps, fault):
    with (
        ScriptedServer({"final dot": [fault]}, context) as server,
        mailer(server, certificate, naps, patient=fault == KEEP_AND_DROP) as sending,
    ):
        sending.send(letter())
    one, other = server.letters
    assert one == other
    assert f"Message-ID: {letter()['Message-ID']}".encode() in one[2]


def test_a_server_that_thinks_long_about_a_letter_is_not_given_it_twice(certificate, context, naps):
    """RFC 5321, 4.5.3.2.6: the answer to the final dot may take ten minutes."""
    with (
        ScriptedServer({"final dot": [LATE]}, context, patience=0.6) as server,
        mailer(server, certificate, naps, timeout=0.3) as sending,
    ):
        sending.send(letter())
    assert server.recipients == [FIRST]
    assert naps.seconds == []


@pytest.mark.parametrize("fault", ["421 closing", "500 what", DROP, SILENCE])
def test_a_reset_that_fails_costs_the_connection_and_no_letter(certificate, context, naps, fault):
    with (
        ScriptedServer({"RCPT": ["550 who"], "RSET": [fault]}, context) as server,
        mailer(server, certificate, naps, patient=fault != SILENCE) as sending,
    ):
        with pytest.raises(MailError, match="refuses the recipient"):
            sending.send(letter(recipient=FIRST))
        sending.send(letter(recipient=SECOND))
    assert server.recipients == [SECOND]
    assert server.connections == 2
    assert naps.seconds == []


@pytest.mark.parametrize("fault", ["421 closing", "500 what", DROP, SILENCE])
def test_a_leave_that_is_not_granted_is_taken(certificate, context, naps, fault):
    with ScriptedServer({"QUIT": [fault]}, context) as server:
        with mailer(server, certificate, naps, patient=fault != SILENCE) as sending:
            sending.send(letter())
        assert server.recipients == [FIRST]


def test_a_server_that_takes_two_letters_a_connection_gets_all_of_them(certificate, context, naps):
    readers = [f"reader{number}@clinic.example" for number in range(7)]
    limit = ["", "", "421 4.7.0 too many letters"] * 3
    with ScriptedServer({"MAIL": limit}, context) as server, mailer(server, certificate, naps) as sending:
        for reader in readers:
            sending.send(letter(recipient=reader))
    assert server.recipients == readers
    assert server.connections == 4
    assert naps.seconds == [5, 5, 5]


def test_readers_refused_among_others_are_the_only_ones_without_a_letter(certificate, context, naps):
    readers = [f"reader{number}@clinic.example" for number in range(9)]
    refusals = ["550 5.1.1 who" if number % 3 == 0 else "" for number in range(9)]
    refused = []
    with ScriptedServer({"RCPT": refusals}, context) as server, mailer(server, certificate, naps) as sending:
        for reader in readers:
            try:
                sending.send(letter(recipient=reader))
            except MailError as error:
                refused.append(error.recipient)
    assert refused == readers[::3]
    assert server.recipients == [reader for reader in readers if reader not in refused]
    assert server.connections == 1


def test_addresses_that_the_server_repeats_are_masked(certificate, context, naps):
    with (
        ScriptedServer({"RCPT": [f"550 <{FIRST}> is gone"]}, context) as server,
        mailer(server, certificate, naps) as sending,
        pytest.raises(MailError, match=r"\(550 <a\*\*\*@clinic.example> is gone\)") as caught,
    ):
        sending.send(letter())
    assert "a.doctor" not in str(caught.value)


def test_pauses_grow_up_to_a_minute(certificate, context, naps):
    with (
        ScriptedServer({"RCPT": ["451 later"] * 6}, context) as server,
        mailer(server, certificate, naps, attempts=7) as sending,
    ):
        sending.send(letter())
    assert naps.seconds == [5, 10, 20, 40, 60, 60]


def test_a_server_of_old_is_not_spoken_to_unencrypted_where_encryption_is_asked(certificate, context, naps):
    with (
        ScriptedServer({"EHLO": ["502 5.5.1 what"]}, context) as server,
        mailer(server, certificate, naps) as sending,
        pytest.raises(MailError, match="offers no STARTTLS, and nothing is sent unencrypted") as caught,
    ):
        sending.send(letter())
    assert caught.value.permanent
    assert server.steps["MAIL"] == 0


def test_a_server_of_old_that_knows_only_helo_is_greeted_so(naps):
    with ScriptedServer({"EHLO": ["502 5.5.1 what"]}) as server:
        with Mailer("127.0.0.1", server.port, "none", sleep=naps) as sending:
            sending.send(letter())
        assert server.recipients == [FIRST]
    assert naps.seconds == []


def test_a_refused_connection_is_explained_and_tried_again(naps):
    port = free_port()
    with pytest.raises(MailError, match=rf"127\.0\.0\.1:{port} refuses the connection .*check 'port'") as caught:
        Mailer("127.0.0.1", port, "none", sleep=naps).send(letter())
    assert not caught.value.permanent
    assert naps.seconds == [5, 10]
