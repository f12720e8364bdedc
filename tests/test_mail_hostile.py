"""Hostile titles on their whole way: digest, letter, message, wire, and read back by a stranger's parser."""

from __future__ import annotations

import email
import email.policy
import re

import pytest

from aggregator.errors import MailError
from aggregator.mail import Mailer
from tests import test_letter
from tests.letters import body, letter, parsed
from tests.scripted_smtp import ScriptedServer
from tests.studies import change, retracted, study

TITLES = test_letter.HOSTILE | {
    "a carriage return alone": "Ketamine\rBcc: everyone@clinic.example\rfor PTSD",
    "a line feed alone": "Ketamine\nBcc: everyone@clinic.example\n\nfor PTSD",
    "a zero byte": "Keta\x00mine for PTSD\x00",
    "a command in a formula": "=cmd|' /C calc'!A0",
    "formulae of every sign": "+1-1@SUM(1)\t=2",
    "the end of a mail": "Ketamine\r\n.\r\nMAIL FROM:<x@y.example>\r\n for PTSD",
    "a boundary": "--===============1==--\r\nContent-Type: text/html\r\n\r\n<b>",
    "an encoded word": "=?utf-8?q?=0D=0ABcc=3A_x=40y.example?=",
    "a long name with commas and an address": "O'Brien, Prof. Dr. med. " * 3 + "<x@y.example>, Z",
    "emoji": "Ketamine 💉🧠 and families 👩‍👩‍👧‍👦 with flags 🏳️‍🌈",
    "both halves of a pair, turned": "Ketamine \udc00\ud800 for PTSD",
    "marks without end": "K" + "\u0301" * 400,
    "scripts beyond the basic plane": "𝔎𝔢𝔱𝔞𝔪𝔦𝔫𝔢 𒀭 for PTSD",
}
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


def drawn_with(title: str):
    digest = test_letter.compose_week(
        [
            study("90000001", title=title, authors=(f"{title[:60]} X",), journal=title[:80], conclusion=title),
            study("90000002", title=title, design="narrative-review", n=None),
        ],
        changed=[(retracted("90000003", title=title), (change("90000003"),))],
    )
    return test_letter.letter(digest, folder=test_letter.FOLDER, report_url=test_letter.REPORT)


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_hostile_title_travels_and_is_read_back_as_it_was_drawn(title):
    drawn = drawn_with(title)
    with ScriptedServer() as server, Mailer("127.0.0.1", server.port, "none") as mailer:
        mailer.send(letter(subject=f"Ketamine evidence: {title}", text=drawn.text, html=drawn.html))
    ((_, recipient, raw),) = server.letters
    found = email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=email.policy.default)
    assert recipient == found["To"] == "a.doctor@clinic.example"
    assert list(found.keys()) == list(parsed(letter()).keys())
    assert not found.defects
    assert not HARMFUL.search(found["Subject"])
    assert body(found, "plain") == drawn.text
    assert body(found, "html").rstrip("\n") == drawn.html.rstrip("\n")
    assert not HARMFUL.search(drawn.text + drawn.html)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "title",
    [TITLES[name] for name in ("a command in a formula", "emoji", "scripts beyond the basic plane")],
    ids=["a formula", "emoji", "rare scripts"],
)
def test_what_is_only_strange_stays_whole(title):
    drawn = drawn_with(title)
    found = parsed(letter(subject=title, text=drawn.text, html=drawn.html))
    assert found["Subject"] == title
    assert title in " ".join(body(found, "plain").split())
    assert title.replace("'", "&#39;") in body(found, "html") or title in body(found, "html")


@pytest.mark.parametrize("name", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("whose", ["recipient_name", "sender"])
def test_no_name_breaks_out_of_its_header(whose, name):
    stated = {"recipient_name": name, "sender": f"{' '.join(name.split())} <digest@clinic.example>"}
    try:
        message = letter(**{whose: stated[whose]})
    except MailError as error:
        assert "is not one mail address" in str(error)  # noqa: PT017 - a name that is no name is refused, not mended
        return
    found = parsed(message)
    assert list(found.keys()) == list(parsed(letter()).keys())
    assert [who.addr_spec for who in found["To"].addresses] == ["a.doctor@clinic.example"]
    assert [who.addr_spec for who in found["From"].addresses] == ["digest@clinic.example"]
    assert b"\nBcc:" not in message.as_bytes()


@pytest.mark.parametrize("header", ["list_id", "unsubscribe", "unsubscribe_url", "report_url"])
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_no_setting_breaks_out_of_its_header(header, title):
    usual = {"list_id": "l.example", "unsubscribe": "u@l.example", "unsubscribe_url": "https://l.example/", "report_url": "https://l.example/"}  # fmt: skip
    message = letter(**(usual | {header: usual[header] + title}))
    found = parsed(message)
    assert list(found.keys()) == list(parsed(letter(**usual)).keys())
    assert re.fullmatch(r"<[^<>\s]+>", found["List-Id"])
    assert re.fullmatch(r"<[^<>\s]+>, <mailto:[^<>\s]+>", found["List-Unsubscribe"])
    assert message.as_bytes().isascii()
