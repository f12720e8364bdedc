"""Letters through the mail servers that clinics run: throw-away Postfix and Exim with TLS, read back from disk.

Each runs from a temporary folder with its own settings, port and certificate, and is ended by its own number. They
need root (they change users to deliver) and are skipped where they are not installed: `apt-get install postfix` or
`exim4-daemon-light` (Debian has room for one of them at a time). OpenSMTPD is not among them: the one of Debian 12
fails at every TLS handshake (https://github.com/OpenSMTPD/OpenSMTPD/issues/1171).
"""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.errors import MailError
from aggregator.mail import Mailer
from tests.certificates import Certificate, make_certificate
from tests.letters import body, letter
from tests.ports import free_port

GOLDEN = Path(__file__).parent / "golden" / "digest"
DOCTOR, NURSE = "a.doctor@clinic.example", "b.nurse@clinic.example"
SECONDS = 20
#: Bytes of the largest letter that the servers take: twice what a digest may have.
LARGEST = 160_000
UNKNOWN = [f"nobody{number}@clinic.example" for number in range(5)]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server that listens, and the folder that it delivers to: one maildir a reader."""

    port: int
    certificate: Certificate
    mail: Path
    login: tuple[str, str] | None = None

    def mailer(self, **more) -> Mailer:
        stated = {"cafile": str(self.certificate.file), "sleep": _no_pause}
        if self.login:
            stated |= dict(zip(("username", "password"), self.login, strict=True))
        return Mailer("localhost", self.port, "starttls", **(stated | more))

    def delivered(self, reader: str, count: int = 1) -> list[bytes]:
        """Her letters, oldest first; a server has taken a letter before it has delivered it."""
        wait_for(lambda: self.count(reader) >= count, f"{count} letters for {reader}")
        return [file.read_bytes() for file in sorted(self._files(reader), key=lambda file: file.stat().st_mtime_ns)]

    def count(self, reader: str) -> int:
        return len(self._files(reader))

    def _files(self, reader: str) -> list[Path]:
        return list((self.mail / reader.partition("@")[0] / "new").glob("*"))


def _no_pause(seconds: float) -> None:
    pass


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Looks until it is so; how long that takes is no matter of ours."""
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _told(*command) -> str:
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def _running(command: list[str], port: int, log: Path):
    """The server as a child of ours in a session of its own, ended with all of its children."""
    with log.open("wb") as written:
        server = subprocess.Popen(command, stdout=written, stderr=written, start_new_session=True)
    try:
        wait_for(lambda: server.poll() is not None or _listens(port), f"{command[0]} to listen")
        assert server.poll() is None, log.read_text(errors="replace")
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(SECONDS)


POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mail.clinic.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = clinic.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{ a.doctor@clinic.example = a.doctor/ }}, {{ b.nurse@clinic.example = b.nurse/ }} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
alias_maps =
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate.file}
smtpd_tls_key_file = {certificate.key}
smtpd_hard_error_limit = 3
smtpd_soft_error_limit = 9
message_size_limit = {largest}
"""

POSTFIX_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path, certificate: Certificate):
    port = free_port()
    settings = folder / "postfix"
    settings.mkdir()
    (settings / "main.cf").write_text(POSTFIX.format(folder=folder, certificate=certificate, largest=LARGEST))
    (settings / "master.cf").write_text(POSTFIX_SERVICES.format(port=port))
    (folder / "queue").mkdir()
    for name, user in (("data", "postfix"), ("mail", "nobody")):
        (folder / name).mkdir()
        shutil.chown(folder / name, user)
    # `postfix start-fg` would put a shell between us and the server; `check` makes the folders of the queue.
    daemons = _told("postconf", "-c", settings, "-h", "daemon_directory")
    _told("postfix", "-c", settings, "check")
    with _running([f"{daemons}/master", "-c", str(settings), "-s"], port, folder / "said"):
        yield Running(port=port, certificate=certificate, mail=folder / "mail")


EXIM = """
primary_hostname = mail.clinic.example
spool_directory = {folder}/queue
log_file_path = {folder}/queue/%slog
keep_environment =
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
tls_certificate = {certificate.file}
tls_privatekey = {certificate.key}
tls_advertise_hosts = *
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
smtp_accept_max_per_connection = 3
message_size_limit = {largest}
acl_smtp_mail = by_mail
acl_smtp_rcpt = by_reader
acl_smtp_data = accept
deliver_drop_privilege = true
begin acl
by_mail:
  deny !encrypted = *
    message = 530 5.7.0 Must issue a STARTTLS command first
  require authenticated = *
  accept
by_reader:
  require verify = recipient
  accept
begin routers
readers:
  driver = accept
  domains = clinic.example
  local_parts = a.doctor : b.nurse
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = {folder}/mail/$local_part_data
  maildir_format
  return_path_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{ {{eq{{$auth2}}{{digest}}}} {{eq{{$auth3}}{{correct horse}}}} }}}}
  server_set_id = $auth2
"""


@contextmanager
def exim(folder: Path, certificate: Certificate):
    port = free_port()
    settings = folder / "exim.conf"
    settings.write_text(EXIM.format(folder=folder, certificate=certificate, port=port, largest=LARGEST))
    for name in ("queue", "mail"):
        (folder / name).mkdir()
    # With settings of its own Exim is not root for long, and its user does everything.
    for owned in (folder / "queue", folder / "mail", certificate.key):
        shutil.chown(owned, "Debian-exim")
    with _running(["exim4", "-C", str(settings), "-bdf"], port, folder / "said"):
        login = ("digest", "correct horse")
        yield Running(port=port, certificate=certificate, mail=folder / "mail", login=login)


SERVERS = {"postfix": ("postfix", postfix), "exim": ("exim4", exim)}


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    command, run = SERVERS[request.param]
    if not shutil.which(command):
        pytest.skip(f"{request.param} is not installed")
    if os.geteuid() != 0:
        pytest.skip(f"{request.param} delivers as root only")
    # Not tmp_path: the servers' own users must be able to enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "tls").mkdir()
        with run(folder, make_certificate(folder / "tls")) as running:
            yield running


def test_a_digest_is_delivered_byte_for_byte_below_the_lines_that_servers_add(server):
    drawn = {part: (GOLDEN / f"full.{part}").read_text(encoding="utf-8") for part in ("txt", "html")}
    sent = letter(text=drawn["txt"], html=drawn["html"])
    with server.mailer() as mailer:
        assert mailer.send(sent).startswith("250 ")
    arrived = server.delivered(DOCTOR)[-1]
    written = sent.as_bytes().replace(b"\r\n", b"\n")
    added = email.message_from_bytes(arrived.removesuffix(written))
    assert arrived.endswith(written)
    assert {name.lower() for name in added} <= {"return-path", "x-original-to", "delivered-to", "received"}
    found = email.message_from_bytes(arrived, policy=email.policy.default)
    assert found["To"] == DOCTOR
    assert found["Message-ID"] == letter()["Message-ID"]
    assert found["List-Id"] == "<ketamine-evidence.clinic.example>"
    assert found["List-Unsubscribe"] == "<mailto:librarian@clinic.example?subject=unsubscribe>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Subject"] == "Ketamine evidence, 16–22 Nov: 7 new"
    assert body(found, "plain") == drawn["txt"]
    assert body(found, "html").rstrip("\n") == drawn["html"].rstrip("\n")
    assert not found.defects


def test_each_reader_finds_her_own_letter_and_no_other_s_address(server):
    before = {reader: server.count(reader) for reader in (DOCTOR, NURSE)}
    with server.mailer() as mailer:
        for reader in before:
            mailer.send(letter(recipient=reader))
    for reader, other in ((DOCTOR, NURSE), (NURSE, DOCTOR)):
        letters = server.delivered(reader, before[reader] + 1)
        assert len(letters) == before[reader] + 1
        assert f"To: {reader}".encode() in letters[-1]
        assert other.encode() not in letters[-1]


def test_more_letters_than_the_server_takes_in_one_connection_arrive_all(server):
    """Exim is told to take three; it answers the fourth with 421 and hangs up."""
    before = server.count(NURSE)
    with server.mailer() as mailer:
        for _ in range(8):
            mailer.send(letter(recipient=NURSE))
    assert len(server.delivered(NURSE, before + 8)) == before + 8


def test_readers_that_the_server_does_not_know_are_refused_for_good_and_the_others_get_theirs(server):
    """More of them than Postfix bears in one connection: it answers 421 and hangs up."""
    before = server.count(NURSE)
    with server.mailer() as mailer:
        for reader in UNKNOWN:
            with pytest.raises(MailError, match=r"refuses the recipient n\*\*\*@clinic.example \(550 ") as caught:
                mailer.send(letter(recipient=reader))
            assert caught.value.permanent
        mailer.send(letter(recipient=NURSE))
    assert len(server.delivered(NURSE, before + 1)) == before + 1


def test_a_letter_that_is_too_large_is_refused_for_good_and_the_next_arrives(server):
    before = server.count(NURSE)
    with server.mailer() as mailer:
        with pytest.raises(MailError, match=r"refuses the message to b\*\*\*@clinic.example \(55\d ") as caught:
            mailer.send(letter(recipient=NURSE, text="large " * LARGEST))
        assert caught.value.permanent
        mailer.send(letter(recipient=NURSE))
    assert len(server.delivered(NURSE, before + 1)) == before + 1


def test_a_server_that_asks_for_encryption_takes_nothing_without(server):
    with (
        Mailer("localhost", server.port, "none") as mailer,
        pytest.raises(MailError, match=r"refuses the sender d\*\*\*@clinic.example \(530 .*STARTTLS") as caught,
    ):
        mailer.send(letter())
    assert caught.value.permanent


def test_a_certificate_of_its_own_making_is_trusted_only_where_its_authority_is_named(server):
    server.mailer().check()
    with pytest.raises(MailError, match="certificate that cannot be trusted"):
        server.mailer(cafile=None).check()


def test_a_wrong_password_is_refused(server):
    if not server.login:
        pytest.skip("this server asks for no login")
    with pytest.raises(MailError, match=r"refuses the login 'digest' \(535 ") as caught:
        server.mailer(password="battery staple").check()
    assert caught.value.permanent
