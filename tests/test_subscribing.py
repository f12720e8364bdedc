"""The mailing list from the command line: who is on it, what she is asked, and that whoever left stays away."""

import json
import mailbox
import stat
from email.message import EmailMessage
from pathlib import Path

import pytest

from aggregator.cli import main
from aggregator.library import Library
from tests.fake_imap import FakeImap

SETTINGS = """
[mail]
host = "127.0.0.1"
security = "none"
sender = "Ketamine evidence <digest@clinic.example>"
[[subscriber]]
email = "old.hand@clinic.example"
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "aggregator.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capfd, *words):
    code = main(["subscribers", *words, "--now", "2026-11-22T18:00"])
    out, err = capfd.readouterr()
    return code, out, err


def listed(capfd):
    return {row["email"]: row for row in json.loads(run(capfd, "list", "--format", "json")[1])}


def add(capfd, email="a.doctor@clinic.example", *words):
    return run(capfd, "add", email, "--source", "sign-up sheet", *words)


def test_someone_is_enrolled_with_her_wishes_her_consent_and_its_source(place, capfd):
    words = ("--topics", "ptsd, safety", "--designs", "cohort", "--cadence", "monthly")
    code, _, err = add(capfd, "A.Doctor@clinic.example", *words, "--timezone", "Europe/Berlin", "--items", "4")
    assert code == 0
    assert "enrolled A.Doctor@clinic.example: monthly, Europe/Berlin; ptsd, safety; cohort, at most 4 studies" in err
    row = listed(capfd)["A.Doctor@clinic.example"]
    assert (row["topics"], row["designs"], row["cadence"]) == (["ptsd", "safety"], ["cohort"], "monthly")
    assert (row["consented"], row["source"], row["state"]) == ("2026-11-22", "sign-up sheet", "gets letters")
    assert "changed" in add(capfd, "a.doctor@clinic.example")[2]
    assert listed(capfd)["a.doctor@clinic.example"]["topics"] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("add", "nobody", "--source", "x"), "must be one mail address"),
        (("add", "a@b.example"), "the following arguments are required: --source"),
        (("add", "a@b.example", "--source", "x", "--topics", "ptsd,depresion"), "no topic 'depresion'"),
        (("add", "a@b.example", "--source", "x", "--designs", "rct"), "'rct' is not known"),
        (("add", "a@b.example", "--source", "x", "--cadence", "hourly"), "invalid choice: 'hourly'"),
        (("add", "a@b.example", "--source", "x", "--items", "0"), "must be a whole number from 1 to 100"),
        (("add", "a@b.example", "--source", "x", "--items", "many"), "must be a whole number from 1 to 100"),
        (("add", "a@b.example", "--source", "x", "--timezone", "Berlin"), "is no time zone; did you mean"),
        (("pause", "stranger@clinic.example"), "is no subscriber; `subscribers list` shows who is"),
        (("export", "stranger@clinic.example"), "is no subscriber"),
        (("unsubscribes",), "one of the arguments --mbox --imap is required"),
        (("unsubscribes", "--imap"), "no [mailbox] table"),
        (("unsubscribes", "--mbox", "nowhere.mbox"), "nowhere.mbox"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_misuse_says_what_to_do(words, expected, place, capfd):
    try:
        code, _, err = run(capfd, *words)
    except SystemExit as ended:
        code, err = ended.code, capfd.readouterr().err
    assert code in (1, 2)
    assert expected in err
    assert "Traceback" not in err


def test_a_pause_is_shown_and_ended(place, capfd):
    assert run(capfd, "pause", "old.hand@clinic.example")[0] == 0
    assert listed(capfd)["old.hand@clinic.example"]["state"] == "paused"
    assert run(capfd, "resume", "old.hand@clinic.example")[0] == 0
    assert listed(capfd)["old.hand@clinic.example"]["state"] == "gets letters"
    code, _, err = run(capfd, "resume", "old.hand@clinic.example")
    assert (code, "was not paused" in err) == (1, True)


@pytest.mark.parametrize("verb", ["remove", "erase"])
def test_whoever_is_removed_stays_so_though_the_settings_still_name_her(verb, place, capfd):
    code, _, err = run(capfd, verb, "Old.Hand@clinic.example")
    assert code == 0
    assert "it is ignored there; take the [[subscriber]] table out" in err
    assert listed(capfd)["old.hand@clinic.example"]["state"] == "removed"
    assert "1 address is never written to again" in run(capfd, "list")[2]


def test_everything_known_of_someone_is_given_to_her(place, capfd):
    add(capfd)
    code, out, _ = run(capfd, "export", "a.doctor@clinic.example", "-o", "hers.json")
    assert stat.S_IMODE(Path("hers.json").stat().st_mode) == 0o600
    assert (code, out) == (0, "")
    (hers,) = json.loads((place / "hers.json").read_text())
    assert (hers["email"], hers["letters"], hers["from"]) == ("a.doctor@clinic.example", [], "the library")
    assert len(json.loads(run(capfd, "export")[1])) == 2


def wish(sender, subject, message_id="<1@elsewhere.example>"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "digest@clinic.example", subject
    message["Message-ID"] = message_id
    message.set_content("\n")
    return message


def test_wishes_in_a_mailbox_are_obeyed_and_reading_them_twice_does_no_harm(place, capfd):
    add(capfd)
    add(capfd, "b.nurse@clinic.example")
    with Library(place / "workspace" / "library.sqlite") as library:
        token = library.mailing_list.token_of("a.doctor@clinic.example")
    box = mailbox.mbox(place / "wishes.mbox")
    for message in (
        wish("private@elsewhere.example", f"unsubscribe {token}"),
        wish("Old Hand <old.hand@clinic.example>", "Unsubscribe", "<2@clinic.example>"),
        wish("stranger@clinic.example", "unsubscribe", "<3@clinic.example>"),
        wish("b.nurse@clinic.example", "a question on unsubscribe rates in trials"),
    ):
        box.add(message)
    box.close()
    code, _, err = run(capfd, "unsubscribes", "--mbox", "wishes.mbox")
    assert (code, err) == (0, "2 left, 0 had left before, 1 not known\n")
    assert run(capfd, "unsubscribes", "--mbox", "wishes.mbox")[2] == "0 left, 2 had left before, 1 not known\n"
    states = {email: row["state"] for email, row in listed(capfd).items()}
    assert states == {"old.hand@clinic.example": "removed", "b.nurse@clinic.example": "gets letters"}


def test_a_wish_of_old_does_not_end_a_new_consent(place, capfd):
    add(capfd)
    box = mailbox.mbox(place / "wishes.mbox")
    box.add(wish("a.doctor@clinic.example", "unsubscribe"))
    box.close()
    assert run(capfd, "unsubscribes", "--mbox", "wishes.mbox")[2].startswith("1 left")
    add(capfd)
    assert run(capfd, "unsubscribes", "--mbox", "wishes.mbox")[2] == "0 left, 1 had left before, 0 not known\n"
    assert listed(capfd)["a.doctor@clinic.example"]["state"] == "gets letters"


def test_a_mailbox_on_a_server_is_read_from_where_it_was_left(place, capfd, monkeypatch):
    for name in ("a.doctor", "b.nurse"):
        add(capfd, f"{name}@clinic.example")
    monkeypatch.setenv("AGGREGATOR_IMAP_PASSWORD", "correct horse ü")
    messages = {4: wish("A Doctor <a.doctor@clinic.example>", "unsubscribe", "<4@clinic.example>").as_bytes()}
    with FakeImap(messages) as server:
        table = f'[mailbox]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nusername = "reader"\n'
        (place / "aggregator.toml").write_text(SETTINGS + table)
        assert run(capfd, "unsubscribes", "--imap")[::2] == (0, "1 left, 0 had left before, 0 not known\n")
        assert run(capfd, "unsubscribes", "--imap")[::2] == (0, "0 left, 0 had left before, 0 not known\n")
        messages[5] = wish("b.nurse@clinic.example", "abmelden", "<5@clinic.example>").as_bytes()
        assert run(capfd, "unsubscribes", "--imap")[::2] == (0, "1 left, 0 had left before, 0 not known\n")
        server.answers["UID FETCH 6 "] = "NO corrupted"
        messages[6] = b""
        code, _, err = run(capfd, "unsubscribes", "--imap")
        assert (code, "1 message could not be read: look into the mailbox" in err) == (3, True)
    code, _, err = run(capfd, "unsubscribes", "--imap")
    assert code == 1
    assert "check 'port' in [mailbox]" in err
    monkeypatch.delenv("AGGREGATOR_IMAP_PASSWORD")
    assert "set the environment variable AGGREGATOR_IMAP_PASSWORD" in run(capfd, "unsubscribes", "--imap")[2]


def test_a_password_that_the_server_repeats_is_not_said(place, capfd, monkeypatch):
    monkeypatch.setenv("AGGREGATOR_IMAP_PASSWORD", "sentinel-Pa55word")
    with FakeImap({}) as server:
        table = f'[mailbox]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nusername = "reader"\n'
        (place / "aggregator.toml").write_text(SETTINGS + table)
        code, out, err = run(capfd, "unsubscribes", "--imap", "-vv")
    assert code == 1
    assert "refuses the login 'reader'" in err
    assert "sentinel" not in out + err
