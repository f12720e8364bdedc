"""Wishes to unsubscribe: what a message says, in an mbox file, on a scripted IMAP server with TLS, and on Dovecot."""

from __future__ import annotations

import email
import email.policy
import grp
import imaplib
import mailbox
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import MailError
from aggregator.unsubscribe import Bookmark, ImapFolder, Wish, wish_of, wishes_in_mbox
from tests.fake_imap import FakeImap
from tests.ports import free_port

TOKEN = "Zm9v-_" + "a1B2c3D4e5F6g7H8"
OTHER = "q" * 43
ADDRESS = "a.doctor@clinic.example"


def octets(subject="", text="", *, sender=f"Dr A. Doctor <{ADDRESS}>", more=(), kind="text/plain; charset=utf-8"):
    headers = [("From", sender), ("Subject", subject), ("Message-ID", "<1@clinic.example>"), ("Content-Type", kind)]
    head = "".join(f"{name}: {value}\r\n" for name, value in [*headers, *more] if value is not None)
    return f"{head}\r\n{text}".encode()


def wish(*args, policy=email.policy.compat32, **more):
    return wish_of(email.message_from_bytes(octets(*args, **more), policy=policy))


# --- what a message says ---


@pytest.mark.parametrize("policy", [email.policy.compat32, email.policy.default], ids=["old policy", "new policy"])
@pytest.mark.parametrize(
    "subject",
    [
        f"unsubscribe {TOKEN}",
        f"Unsubscribe {TOKEN}",
        f"UNSUBSCRIBE   {TOKEN} ",
        f"unsubscribe\r\n {TOKEN}",
        f"unsubscribe%20{TOKEN}",
        f"unsubscribe+{TOKEN}",
        f"Re: unsubscribe {TOKEN}",
        f"RE: Fwd: AW: unsubscribe {TOKEN}",
        f"[EXT] Re[2]: [List] unsubscribe {TOKEN}",
        f"EXTERNAL: WG: unsubscribe {TOKEN}",
        f"=?utf-8?q?unsubscribe_{TOKEN.replace('_', '=5F')}?=",
        f"=?utf-8?b?dW5zdWJzY3JpYmU=?= {TOKEN}",
    ],
)
def test_the_token_of_a_letter_decides_whatever_the_program_made_of_the_subject(subject, policy):
    found = wish(subject, policy=policy)
    assert (found.token, found.address, found.message_id) == (TOKEN, ADDRESS, "<1@clinic.example>")


def test_the_token_decides_from_any_address_and_from_none():
    assert wish(f"unsubscribe {TOKEN}", sender="Someone@Else.example").address == "someone@else.example"
    assert wish(f"unsubscribe {TOKEN}", sender=None).token == TOKEN
    assert wish(f"unsubscribe {TOKEN}", sender="a@b.example, c@d.example").address is None


def test_a_token_keeps_the_hyphens_at_its_ends():
    token = "-" + "x" * 22 + "-"
    assert wish(f"unsubscribe {token}").token == token


@pytest.mark.parametrize(
    "subject",
    [
        *("unsubscribe", "Re: Unsubscribe", "  UNSUBSCRIBE!  ", "AW: [extern] abmelden", "“Unsubscribe”", "opt out"),
        "=?iso-8859-1?q?d=E9sabonner?=",
        "désabonner",
    ],
)
def test_without_a_token_the_sole_author_is_meant(subject):
    found = wish(subject)
    assert found == Wish(token=None, address=ADDRESS, subject=found.subject, message_id="<1@clinic.example>")


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("A.Doctor@Clinic.Example", ADDRESS),
        (f"{ADDRESS} (A. Doctor)", ADDRESS),
        (f'"Doctor, A." <{ADDRESS}>', ADDRESS),
        (f"=?utf-8?q?D=C3=B6?= <{ADDRESS}>", ADDRESS),
        (f"{ADDRESS}, victim@clinic.example", None),
        (f"victim@clinic.example <{ADDRESS}>, other@clinic.example", None),
        ("nobody", None),
        ("@", None),
        ("", None),
        (None, None),
        ("(" * 5000 + ADDRESS, None),
        (f"{ADDRESS}\r\nFrom: victim@clinic.example", None),
    ],
)
def test_an_address_counts_only_where_it_is_the_only_one(sender, address):
    found = wish("unsubscribe", sender=sender)
    assert (found.address if found else None) == address


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe\r\n",
        "\r\n \r\n  Unsubscribe.\r\n-- \r\nDr A. Doctor\r\n",
        "Please remove me\r\n\r\n> Ketamine evidence, 16-22 Nov\r\n",
        "STOP\r\n",
        "Bitte abmelden!\r\n\r\nMit freundlichen Grüßen\r\n",
        "opt-out\n> quoted",
    ],
)
def test_a_reply_whose_first_line_is_the_wish_is_one(text):
    assert wish("Re: Ketamine evidence, 16–22 Nov: 7 new", text).address == ADDRESS


def test_a_token_in_the_first_line_counts():
    assert wish("Re: Ketamine evidence", f"unsubscribe {TOKEN}\r\n> ...").token == TOKEN


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text/html; charset=utf-8", "<html><head><title>x</title><style>p{}</style></head><body><p>Stop</p><hr>More"),
        ("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64", "U3RvcAo+IHF1b3RlZA=="),
        ("text/plain; charset=utf-16-le\r\nContent-Transfer-Encoding: base64", "cwB0AG8AcAA="),
        ("text/plain; charset=no-such-charset", "stop"),
        ("text/plain; charset=unicode_escape", "stop"),
        ("multipart/mixed; boundary=b", "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nstop\r\n--c--\r\n--b--"),
        ("multipart/alternative; boundary=b", "--b\r\nContent-Type: text/html\r\n\r\nno\r\n--b\r\n\r\nstop\r\n--b--"),
    ],
    ids=["html only", "base64", "utf-16", "unknown charset", "a codec that is no charset", "nested", "plain before html"],
)  # fmt: skip
def test_the_first_line_is_found_however_it_is_wrapped(kind, text):
    assert wish("Re: Ketamine evidence", text, kind=kind).address == ADDRESS


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Ketamine evidence, 16-22 Nov: 3 unsubscribe rates compared", ""),
        ("How do I unsubscribe?", "See above"),
        ("unsubscribe from the other list", ""),
        ("do not unsubscribe", ""),
        ("Re: Ketamine evidence", "Thank you!\r\n> unsubscribe\r\n"),
        ("Re: Ketamine evidence", "> unsubscribe\r\n"),
        ("Re: Ketamine evidence", "We stop here\r\n"),
        ("Re: Ketamine evidence", "Thanks\r\nstop\r\n"),
        (f"{TOKEN}", ""),
        (f"Please keep {TOKEN}", f"Do not unsubscribe {TOKEN}"),
        ("", ""),
    ],
)
def test_a_message_that_merely_contains_the_word_is_none(subject, text):
    assert wish(subject, text) is None


def test_a_wish_that_is_forwarded_as_an_attachment_is_not_the_forwarder_s():
    attached = "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n\r\nstop\r\n--b--"
    assert wish("What shall I do?", attached, kind="multipart/mixed; boundary=b") is None


AUTOMATIC = [
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated; vacation"),
    ("auto-submitted", "AUTO-NOTIFIED"),
    ("Precedence", "bulk"),
    ("Precedence", "auto_reply"),
    ("Precedence", "junk"),
    ("Return-Path", "<>"),
    ("Return-Path", "< >"),
    ("Return-Path", "<MAILER-DAEMON@clinic.example>"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", ""),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Failed-Recipients", "x@y.example"),
    ("Content-Type", "multipart/report; report-type=delivery-status; boundary=b"),
]


@pytest.mark.parametrize("header", AUTOMATIC, ids=": ".join)
def test_what_a_program_wrote_is_never_a_wish(header):
    assert wish(f"Re: unsubscribe {TOKEN}", "unsubscribe\r\n", kind=None, more=[header]) is None


@pytest.mark.parametrize(
    ("header", "subject", "is_one"),
    [
        (("Auto-Submitted", "auto-generated"), f"unsubscribe {TOKEN}", True),
        (("Precedence", "bulk"), f"unsubscribe {TOKEN}", True),
        (("Auto-Submitted", "auto-generated"), "unsubscribe", False),
        (("Auto-Submitted", "auto-generated"), f"Re: unsubscribe {TOKEN}", False),
        (("Auto-Submitted", "auto-replied"), f"unsubscribe {TOKEN}", False),
    ],
    ids=["a provider writes for its user", "and marks it as bulk", "without her token", "an answer", "an answering machine"],
)  # fmt: skip
def test_a_provider_s_program_may_press_the_button_for_its_user(header, subject, is_one):
    assert (wish(subject, more=[header]) is not None) is is_one


@pytest.mark.parametrize(
    "sender",
    ["MAILER-DAEMON", "Mail Delivery System <MAILER-DAEMON@mx.example>", "postmaster@clinic.example", "Mail Delivery Subsystem <x@mx.example>"],
)  # fmt: skip
def test_what_came_back_is_never_a_wish(sender):
    assert wish(f"unsubscribe {TOKEN}", sender=sender) is None


@pytest.mark.parametrize(
    "header",
    [("Auto-Submitted", "no"), ("Precedence", "list"), ("Return-Path", f"<{ADDRESS}>"), ("X-Auto-Response-Suppress", "DR")],
    ids=": ".join,
)  # fmt: skip
def test_marks_that_people_s_messages_carry_too_hinder_no_wish(header):
    assert wish("unsubscribe", more=[header])


def test_a_bounce_is_known_by_its_structure():
    report = "--b\r\n\r\nstop\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b--"
    assert wish("unsubscribe", report, kind="multipart/report; boundary=b") is None


WORDS = st.sampled_from([f"unsubscribe {TOKEN}", "unsubscribe", "stop", "Re: ", "=?utf-8?b?", "?=", "\r\n ", "\0", "ü"])
TEXT = st.lists(WORDS | st.text(max_size=8), max_size=5).map("".join)
HEADER_NAMES = st.sampled_from(
    ["From", "Subject", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Message-ID", "X-Other"]
)
VALUES = TEXT | st.sampled_from(
    [
        *("multipart/mixed; boundary=b", "text/html", 'text/plain; charset="', "text/plain; charset*=x''%ff"),
        *("message/rfc822", "base64", "quoted-printable", "x-uuencode", "attachment; filename*0*=", "a@b.example", "<"),
    ]
)


@given(headers=st.lists(st.tuples(HEADER_NAMES, VALUES), max_size=6), body=TEXT | st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_message_raises_and_no_automatic_one_is_a_wish(headers, body):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "surrogatepass")
    text = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    for policy in (email.policy.compat32, email.policy.default):
        found = wish_of(email.message_from_bytes(head + b"\r\n" + text, policy=policy))
        assert found is None or found.token or found.address
        for name, value in AUTOMATIC:
            # What a provider may set for its user has a test of its own.
            if name != "Content-Type" and value not in ("auto-generated; vacation", "bulk", "junk"):
                marked = f"{name}: {value}\r\n".encode() + head
                assert wish_of(email.message_from_bytes(marked + b"\r\n" + text, policy=policy)) is None


@given(raw=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(raw):
    wish_of(email.message_from_bytes(raw))


def test_a_message_that_python_built_is_read_as_well():
    message = EmailMessage()
    message["From"], message["Subject"] = f"Dr Ä <{ADDRESS}>", "abmelden"
    assert wish_of(message).address == ADDRESS
    half = email.message_from_string(f"From: {ADDRESS}\nSubject: half \ud83d\n\nstop")
    assert wish_of(half).address == ADDRESS


# --- an mbox file ---


def mbox(path, *messages):
    box = mailbox.mbox(path)
    for message in messages:
        box.add(message)
    box.close()
    return path


def tokens(wishes):
    return [found.token for found in wishes]


def test_the_wishes_of_an_mbox_file_are_found_among_broken_messages(tmp_path):
    nested = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(3000))
    path = mbox(
        tmp_path / "mbox",
        octets(f"unsubscribe {TOKEN}"),
        octets("caf\udce9".encode("utf-8", "surrogateescape").decode("latin-1"), "\0\0", kind="text/plain; charset=x"),
        octets("Re: ", nested, kind="multipart/mixed; boundary=b0"),
        octets(f"unsubscribe {OTHER}", nested, kind="multipart/mixed; boundary=b0"),
        octets("Re: ", nested.replace("\r\n\r\n", "\r\n"), kind="multipart/mixed; boundary=b0\r\nno header"),
        octets("big", "x" * 70 + "\r\n" + "A" * 3_000_000),
        octets("many headers", more=[(f"X-{n}", "y" * 60) for n in range(3000)]),
        octets("n\0ul", "From the beginning\r\nFrom me\r\n"),
        b"no header at all",
        octets("Re: x", "stop\r\n" + "A" * 1_000_000),
        octets(f"unsubscribe {OTHER}"),
    )
    assert tokens(wishes_in_mbox(path)) == [TOKEN, OTHER, None, OTHER]


def test_reading_an_mbox_file_changes_nothing(tmp_path):
    path = mbox(tmp_path / "mbox", octets("unsubscribe"))
    before = path.read_bytes()
    path.chmod(0o400)
    assert list(wishes_in_mbox(path)) == list(wishes_in_mbox(path)) != []
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["mbox"]


def test_an_empty_mbox_file_holds_no_wish(tmp_path):
    (tmp_path / "mbox").touch()
    assert list(wishes_in_mbox(tmp_path / "mbox")) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no mbox file .*; check the path"),
        (lambda path: path.mkdir(), r"is a folder \(a Maildir\?\), not an mbox file; give the path"),
        (lambda path: path.write_text("Subject: unsubscribe\n\nx"), "is not an mbox file; give a file in which"),
        (lambda path: path.write_bytes(b"\0" * 5000), "is not an mbox file"),
        (os.mkfifo, "there is no mbox file"),
    ],
    ids=["nothing", "a folder", "one message", "NULs", "a pipe"],
)
def test_what_is_no_mbox_file_is_explained(tmp_path, make, words):
    make(tmp_path / "mbox")
    with pytest.raises(MailError, match=words):
        list(wishes_in_mbox(tmp_path / "mbox"))


def test_an_mbox_file_that_may_not_be_read_is_explained(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = mbox(tmp_path / "mbox", octets("unsubscribe"))
    monkeypatch.setattr(mailbox, "mbox", refused)
    with pytest.raises(MailError, match=r"cannot be read \(Permission denied\); check the file"):
        list(wishes_in_mbox(path))


# --- an IMAP server ---

MESSAGES = {
    3: octets(f"unsubscribe {TOKEN}"),
    5: octets("Re: Ketamine evidence", "Thank you"),
    8: octets("unsubscribe", "x" * 200_000),
}


def look(server, *, after=None, **changes):
    stated = {
        "host": "localhost",
        "port": server.port,
        "security": "none",
        "username": "reader",
        "password": "correct horse ü",
        "timeout": 10,
    }
    return ImapFolder(**(stated | changes)).wishes(after)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_is_read_encrypted_with_a_checked_certificate(certificate, security):
    file, context = str(certificate.file), certificate.context
    with FakeImap(
        MESSAGES, tls=context, is_implicit=security == "tls", capabilities="IMAP4rev1 STARTTLS AUTH=PLAIN"
    ) as server:
        found = look(server, security=security, cafile=file)
    assert [(wish.token, wish.address) for wish in found.wishes] == [(TOKEN, ADDRESS), (None, ADDRESS)]
    assert (found.bookmark, found.unreadable) == (Bookmark(validity=7, uid=8), 0)


def test_a_mailbox_is_only_looked_at_and_left_politely():
    with FakeImap(MESSAGES) as server:
        look(server, folder='Wishes "2026"')
    assert 'EXAMINE "Wishes \\"2026\\""' in server.commands
    assert {command.split()[0] for command in server.commands} <= {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID", "LOGOUT"}  # fmt: skip
    assert {command.split()[1] for command in server.commands if command.startswith("UID")} == {"SEARCH", "FETCH"}
    assert all("PEEK" in command for command in server.commands if "FETCH" in command)
    assert server.commands[-1] == "LOGOUT"


def test_with_a_bookmark_only_what_came_after_is_read():
    with FakeImap(MESSAGES) as server:
        first = look(server)
        assert look(server, after=first.bookmark).wishes == ()
        assert look(server, after=first.bookmark).bookmark == first.bookmark
        server.messages = MESSAGES | {11: octets(f"unsubscribe {OTHER}")}
        again = look(server, after=first.bookmark)
        assert tokens(again.wishes) == [OTHER]
        assert again.bookmark.uid == 11


def test_when_the_server_numbers_anew_everything_is_read_again():
    with FakeImap(MESSAGES) as server:
        first = look(server)
        server.validity = 8
        assert look(server, after=first.bookmark).wishes == first.wishes
        server.validity = None
        fleeting = look(server)
        assert look(server, after=fleeting.bookmark).wishes == first.wishes


def test_an_empty_mailbox_holds_no_wish():
    with FakeImap({}) as server:
        assert look(server).wishes == ()


def test_a_message_that_the_server_will_not_give_is_counted_and_hides_no_other():
    with FakeImap(MESSAGES, answers={"UID FETCH 3 ": "NO corrupted", "UID FETCH 5 ": "OK it is gone"}) as server:
        found = look(server)
    assert ([wish.address for wish in found.wishes], found.unreadable) == ([ADDRESS], 1)


def test_a_server_that_knows_the_old_login_only_is_served_as_well():
    with FakeImap(MESSAGES, capabilities="IMAP4rev1", login=("reader", "plain")) as server:
        assert look(server, password="plain").wishes
        with pytest.raises(MailError, match="the login is not plain ASCII"):
            look(server, password="ümlaut")


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
def test_a_wrong_password_is_explained_and_not_repeated(capabilities):
    words = r"refuses the login 'reader' \(.*\*\*\*\); check 'username' in \[mailbox\].*AGGREGATOR_IMAP_PASSWORD"
    with FakeImap(MESSAGES, capabilities=capabilities) as server, pytest.raises(MailError, match=words) as caught:
        look(server, password="wrong-hush")
    assert "hush" not in str(caught.value)
    assert "b'" not in str(caught.value)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("more", "words", "permanent"),
    [
        ({"answers": {"EXAMINE": "NO no such mailbox"}}, "does not open the folder 'INBOX' (no such mailbox)", True),
        ({"answers": {"UID SEARCH": "NO try later"}}, "does not list the messages (try later); try again", False),
        ({"answers": {"UID SEARCH": "BAD what?"}}, "does not answer as an IMAP server should (", False),
        ({"answers": {"UID FETCH": "drop"}}, "closes the connection", False),
        ({"answers": {"AUTHENTICATE": "drop"}}, "closes the connection", False),
        ({"greeting": b"* BYE too many"}, "does not answer as an IMAP server should (", False),
        (
            {"greeting": b"220 mail.example ESMTP"},
            "does not answer as an IMAP server should (unexpected response: b'220 mail",
            False,
        ),
    ],
)
def test_what_a_server_refuses_is_explained(more, words, permanent):
    with FakeImap(MESSAGES, **more) as server, pytest.raises(MailError) as caught:
        look(server)
    assert words in str(caught.value)
    assert caught.value.permanent is permanent


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    context = certificate.context
    for security in ("tls", "starttls"):
        with (
            FakeImap(MESSAGES, tls=context, is_implicit=security == "tls", capabilities="IMAP4 STARTTLS") as server,
            pytest.raises(MailError, match=r"certificate that cannot be trusted .*check 'host' in \[mailbox\]|cert"),
        ):
            look(server, security=security)
    assert not any(command.startswith(("LOGIN", "AUTH")) for command in server.commands)


def test_no_login_travels_unencrypted():
    with FakeImap(MESSAGES) as server, pytest.raises(MailError, match="offers no STARTTLS, and no login travels"):
        look(server, security="starttls")
    assert not any(command.startswith(("LOGIN", "AUTH")) for command in server.commands)
    with pytest.raises(MailError, match=r"would travel unencrypted; set 'security' in \[mailbox\]"):
        look(server, host="imap.clinic.example")


def test_settings_that_cannot_work_are_explained():
    with FakeImap(MESSAGES) as server:
        with pytest.raises(MailError, match="has no password; set the environment variable AGGREGATOR_IMAP_PASSWORD"):
            look(server, password=None)
        with pytest.raises(MailError, match=r"folder 'Lösch' is not plain ASCII; set 'folder' in \[mailbox\]"):
            look(server, folder="Lösch")
        with pytest.raises(MailError, match=r"does not agree on TLS .*tls is usually 993, starttls 143"):
            look(server, security="tls")
    with pytest.raises(MailError, match=r"refuses the connection .*check 'port' in \[mailbox\]"):
        look(server)


def test_a_server_that_stands_still_is_not_waited_for_for_ever():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(MailError, match=r"does not answer in time .*'security' in \[mailbox\]") as caught,
    ):
        ImapFolder(
            host="localhost", port=silent.getsockname()[1], security="none", username="x", password="y", timeout=0.2
        ).wishes()
    assert not caught.value.permanent


# --- Dovecot ---

DOVECOT = """
base_dir = {run}/base
state_dir = {run}/state
log_path = {run}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login_user}
first_valid_uid = 1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{run}/mail
passdb {{
  driver = static
  args = password=hush
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={run}/home
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


@pytest.fixture
def dovecot(certificate):
    """Dovecot over a Maildir of its own: (the mailbox, the port of each security)."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not program:
        pytest.skip("Dovecot is not installed; install the package dovecot-imapd to read a real server's mailbox")
    me = pwd.getpwuid(os.getuid())
    is_root = me.pw_uid == 0
    # Dovecot lets root neither log anybody in nor read mail, and brings its own users.
    owner = pwd.getpwnam("nobody") if is_root else me
    with ExitStack() as leaving:
        # Names of sockets may have some 100 characters; pytest's folders are long.
        run = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="dovecot-", dir="/tmp")))
        run.chmod(0o755)
        starttls, tls = free_port(), free_port()
        box = mailbox.Maildir(run / "mail")
        (run / "dovecot.conf").write_text(
            DOVECOT.format(
                run=run,
                user="dovecot" if is_root else me.pw_name,
                group="dovecot" if is_root else grp.getgrgid(me.pw_gid).gr_name,
                login_user="dovenull" if is_root else me.pw_name,
                certificate=certificate.file,
                key=certificate.key,
                owner=owner.pw_uid,
                owner_group=owner.pw_gid,
                starttls=starttls,
                tls=tls,
            )
        )

        def deliver(message):
            box.add(message)
            for path in (run / "mail", *(run / "mail").rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid)

        process = subprocess.Popen([program, "-F", "-c", run / "dovecot.conf"], stderr=subprocess.PIPE)
        try:
            until = time.monotonic() + 20
            while not answers(tls):
                assert process.poll() is None, process.stderr.read().decode()
                assert time.monotonic() < until, (run / "log").read_text()
                time.sleep(0.05)
            yield deliver, {"starttls": starttls, "tls": tls}
        finally:
            process.terminate()
            process.communicate(timeout=20)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_wishes_in_a_real_server_s_mailbox_are_read_and_stay_unread(dovecot, certificate):
    deliver, ports = dovecot
    deliver(octets(f"Re: unsubscribe {TOKEN}"))
    deliver(octets("Re: Ketamine evidence", "Thank you", more=[("X-Odd", "\0")]))
    deliver(b"")
    deliver(octets("Re: Ketamine evidence", "stop\r\n" + ("A" * 70 + "\r\n") * 50_000))
    login = {"host": "localhost", "username": "reader", "password": "hush", "cafile": str(certificate.file)}
    for security, port in ports.items():
        for _ in range(2):
            found = ImapFolder(security=security, port=port, **login).wishes()
            assert sorted(wish.token or wish.address for wish in found.wishes) == sorted([TOKEN, ADDRESS])
            assert found.unreadable == 0
    deliver(octets(f"unsubscribe {OTHER}"))
    again = ImapFolder(security="tls", port=ports["tls"], **login).wishes(found.bookmark)
    assert tokens(again.wishes) == [OTHER]
    with imaplib.IMAP4_SSL("localhost", ports["tls"], ssl_context=ssl.create_default_context(cafile=str(certificate.file))) as look_again:  # fmt: skip
        look_again.login("reader", "hush")
        look_again.select(readonly=True)
        assert len(look_again.uid("SEARCH", "UNSEEN")[1][0].split()) == 5
    with pytest.raises(MailError, match="does not open the folder 'Nowhere'"):
        ImapFolder(security="tls", port=ports["tls"], folder="Nowhere", **login).wishes()
    with pytest.raises(MailError, match=r"refuses the login 'reader' \("):
        ImapFolder(security="tls", port=ports["tls"], **(login | {"password": "wrong"})).wishes()
