"""Letters, and their way to a mail server that is well (aiosmtpd) with TLS and logins; faults: test_mail_faults.py."""

from __future__ import annotations

import email
import email.policy
import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import MailError
from aggregator.mail import Mailer, mask
from tests.letters import DATE, body, letter, parsed
from tests.ports import free_port

RIGHT_TO_LEFT = "\u202e"


# --- the letter ---


def test_a_letter_read_back_has_plain_text_first_and_html_beside_it():
    found = parsed(letter(text="α ≤ 0.05\n" + "long " * 400, html="<p>ü</p>"))
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert body(found, "plain").startswith("α ≤ 0.05\nlong long")
    assert body(found, "html").strip() == "<p>ü</p>"
    assert not found.defects


def test_a_letter_carries_the_headers_of_a_mailing_list():
    found = parsed(
        letter(
            report_url="https://intranet.example/ketamine/",
            reply_to="librarian@clinic.example",
            recipient_name="Dr Ä. Doctor",
        )
    )
    assert found["From"] == "Ketamine evidence <digest@clinic.example>"
    assert [(who.display_name, who.addr_spec) for who in found["To"].addresses] == [
        ("Dr Ä. Doctor", "a.doctor@clinic.example")
    ]
    assert found["Reply-To"] == "librarian@clinic.example"
    assert found["Subject"] == "Ketamine evidence, 16–22 Nov: 7 new"
    assert found["Date"].datetime == DATE
    assert found["List-Id"] == "<ketamine-evidence.clinic.example>"
    assert found["List-Unsubscribe"] == "<mailto:librarian@clinic.example?subject=unsubscribe>"
    assert found["List-Unsubscribe-Post"] is None
    assert found["List-Archive"] == "<https://intranet.example/ketamine/>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["MIME-Version"] == "1.0"
    assert not {"Cc", "Bcc", "Disposition-Notification-To"} & set(found.keys())


def test_one_click_unsubscribing_names_the_address_first_and_whole():
    url = "https://intranet.example/unsubscribe/" + "t" * 200
    message = letter(unsubscribe_url=url)
    found = parsed(message)
    assert found["List-Unsubscribe"] == f"<{url}>, <mailto:librarian@clinic.example?subject=unsubscribe>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url.encode() in message.as_bytes()


def test_the_message_id_is_the_same_for_the_same_digest_and_reader_only():
    one = letter()["Message-ID"]
    assert re.fullmatch(r"<[0-9a-f]{32}@clinic\.example>", one)
    assert letter(subject="Other", text="Other", recipient="A.Doctor@clinic.example")["Message-ID"] == one
    assert letter(digest_id="2026-W48")["Message-ID"] != one
    assert letter(recipient="b.doctor@clinic.example")["Message-ID"] != one


HOSTILE = {
    "a header smuggled in": "News\r\nBcc: victim@clinic.example\r\n\r\nBody",
    "five hundred letters": "ketamine " * 60,
    "five hundred letters without a space": "Ω" * 500,
    "right to left": f"Study {RIGHT_TO_LEFT}yduts דוגמה",
    "markup and formulae": '<script>alert(1)</script> =HYPERLINK("x") \x00\x1b[31m',
    "a lone surrogate": "broken \ud83d half",
    "an encoded word": "=?utf-8?q?Bcc=3A?=",
    "separators of Unicode": "one\u2028two\u2029three\x85four",
    "nothing": "",
}


@pytest.mark.parametrize("subject", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_subject_does_no_harm(subject):
    message = letter(subject=subject)
    raw = message.as_bytes()
    found = parsed(message)
    assert set(found.keys()) == set(letter().keys())
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert raw.isascii()
    assert not re.search(r"[\x00-\x1f\x7f\u202e\u2028]", found["Subject"])
    assert body(found, "plain") == "Seven invented studies.\n"


@given(subject=st.text(), name=st.text(), text=st.text())
@settings(max_examples=80, deadline=None)
def test_no_text_changes_the_headers_or_the_recipient(subject, name, text):
    found = parsed(letter(subject=subject, recipient_name=name, text=text, html=text))
    assert [who.addr_spec for who in found["To"].addresses] == ["a.doctor@clinic.example"]
    assert list(found.keys()) == list(parsed(letter()).keys())


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "@x", "ä@b.example"]
)
def test_what_is_not_one_address_is_refused_for_good(recipient):
    with pytest.raises(MailError, match="is not one mail address; correct it") as caught:
        letter(recipient=recipient)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("a.doctor@clinic.example", "a***@clinic.example"),
        ("x@y.example", "x***@y.example"),
        ("nobody", "***"),
        ("", "***"),
    ],
)
def test_addresses_are_masked_for_logs(address, masked):
    assert mask(address) == masked


# --- the server ---


@dataclass
class Post:
    """A handler that keeps letters: from whom, to whom, and what was read back."""

    received: list = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.received.append((envelope.mail_from, envelope.rcpt_tos, found))
        return "250 taken as 42"


class Server(Controller):
    """aiosmtpd on a free port that counts its connections."""

    def __init__(self, handler, **more):
        self.connections = 0
        super().__init__(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=10, **more)

    def factory(self):
        self.connections += 1
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def serving(handler, **more):
    server = Server(handler, **more)
    server.start()
    # Starting knocks once.
    server.connections = 0
    try:
        yield server
    finally:
        server.stop()


def authenticator(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (b"digest", b"correct horse")
    return AuthResult(success=is_right, handled=is_right)


def plain(server, **more):
    return Mailer("127.0.0.1", server.port, "none", **more)


def test_a_letter_arrives_as_it_was_written():
    post = Post()
    with serving(post) as server, plain(server) as mailer:
        answer = mailer.send(letter(text="First.\n.Second begins with a dot.\n"))
    assert answer == "250 taken as 42"
    ((sender, recipients, found),) = post.received
    assert (sender, recipients) == ("digest@clinic.example", ["a.doctor@clinic.example"])
    assert found["Message-ID"] == letter()["Message-ID"]
    assert body(found, "plain") == "First.\n.Second begins with a dot.\n"
    assert "<b>invented</b>" in body(found, "html")


def test_many_letters_take_one_connection():
    post = Post()
    with serving(post) as server, plain(server) as mailer:
        for number in range(50):
            mailer.send(letter(recipient=f"reader{number}@clinic.example"))
        assert server.connections == 1
    assert [recipients for _, recipients, _ in post.received] == [
        [f"reader{number}@clinic.example"] for number in range(50)
    ]


# aiosmtpd does not count implicit TLS as TLS.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_travels_encrypted_with_a_login_and_a_checked_certificate(certificate, security):
    encryption = (
        {"ssl_context": certificate.context, "auth_require_tls": False}
        if security == "tls"
        else {"tls_context": certificate.context, "require_starttls": True}
    )
    post = Post()
    with serving(post, authenticator=authenticator, auth_required=True, **encryption) as server:
        mailer = Mailer("localhost", server.port, security, "digest", "correct horse", cafile=str(certificate.file))
        mailer.check()
        with mailer:
            mailer.send(letter())
    assert len(post.received) == 1


def test_a_wrong_password_is_told_without_it(certificate):
    with serving(
        Post(), tls_context=certificate.context, require_starttls=True, authenticator=authenticator, auth_required=True
    ) as server:
        mailer = Mailer("localhost", server.port, "starttls", "digest", "wrong-hush", cafile=str(certificate.file))
        with pytest.raises(MailError, match=r"refuses the login 'digest' \(535 .*AGGREGATOR_SMTP_PASSWORD") as caught:
            mailer.check()
    assert caught.value.permanent
    assert "hush" not in str(caught.value) + repr(mailer)


def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_word_is_said(certificate):
    post = Post()
    words = r"a certificate that cannot be trusted .*self.signed.*check that 'host'"
    with (
        serving(post, ssl_context=certificate.context) as server,
        Mailer("localhost", server.port, "tls") as mailer,
        pytest.raises(MailError, match=words) as caught,
    ):
        mailer.send(letter())
    assert caught.value.permanent
    assert post.received == []


def test_tls_to_a_port_that_speaks_none_is_explained():
    with serving(Post()) as server, pytest.raises(MailError, match=r"does not agree on TLS .*tls is usually 465"):
        Mailer("localhost", server.port, "tls").send(letter())


def test_a_login_never_travels_unencrypted_to_another_machine():
    with pytest.raises(MailError, match="would travel unencrypted"):
        Mailer("smtp.clinic.example", 25, "none", "digest", "x")


def test_a_login_without_a_password_names_the_variable():
    with pytest.raises(MailError, match="AGGREGATOR_SMTP_PASSWORD"):
        Mailer("smtp.clinic.example", 587, "starttls", "digest", None)


def test_an_unknown_host_is_explained_by_the_check():
    # RFC 6761: no resolver knows a name below .invalid.
    with pytest.raises(MailError, match=r"is not a known host .*check 'host'"):
        Mailer("mail.invalid", 587, "starttls").check()
