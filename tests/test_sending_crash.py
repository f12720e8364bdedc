"""Killed at any line on the way of a letter, the next run sends to those who have not got it, and nobody gets another.

The SMTP server is a real one, in this process; the runs are processes that are killed (SIGKILL) at chosen lines of our
own modules. CRASH_SEED in the environment makes other choices.
"""

import inspect
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from aggregator import delivery
from aggregator.library import Library
from aggregator.mail import Mailer
from aggregator.pubmed.simulator import Simulator
from tests.crash_world import Runner, command, furnish, worlds
from tests.test_crash import Lines, kill
from tests.test_sending import mailbox as mailbox  # noqa: PLC0414 - a fixture

READERS = tuple(f"reader-{number}@clinic.example" for number in range(4))
SEED = int(os.environ.get("CRASH_SEED", "20261115"))
#: How often four letters are sent with four kills on the way.
ROUNDS = 5
#: What decides, writes the ledger, and speaks to the server.
SENDING = ("delivery.py", "mailing_list.py", "mail.py", "verbs.py", "house.py")


@pytest.fixture
def run(tmp_path):
    runner = Runner()
    yield runner
    runner.close()


@pytest.fixture
def place(tmp_path, mailbox, run):
    """An installation with a filled library, whose runs start warm."""
    folder = tmp_path / "place"
    folder.mkdir()
    with Simulator(next(worlds())) as simulator:
        furnish(folder, simulator.url)
        with (folder / "aggregator.toml").open("a") as file:
            file.write(f'[mail]\nhost = "127.0.0.1"\nport = {mailbox.port}\nsecurity = "none"\n')
            file.write('sender = "Ketamine evidence <digest@clinic.example>"\n')
            for reader in READERS:
                file.write(f'[[subscriber]]\nemail = "{reader}"\n')
        assert run(words=command(folder, "update"), fork=False)["code"] == 0
    shutil.copytree(folder / "workspace", tmp_path / "filled")
    return folder


def lines_of(*functions):
    """The lines of these functions as the runs count them: "mail.py:17"."""
    found = set()
    for function in functions:
        code, first = inspect.getsourcelines(function)
        name = Path(inspect.getsourcefile(function)).name
        found |= {f"{name}:{number}" for number in range(first, first + len(code))}
    return found


def fresh(place):
    shutil.rmtree(place / "workspace")
    shutil.copytree(place.parent / "filled", place / "workspace")


def test_a_letter_is_lost_by_no_kill_and_doubled_only_in_the_one_window_and_then_to_the_last_byte(place, run, mailbox):
    words = command(place, "digest", "--send")
    lines = run(words=words, trace=True)["lines"]
    points = Lines(random.Random(SEED), {line: n for line, n in lines.items() if line.startswith(SENDING)})
    doubled = 0
    for _ in range(ROUNDS):
        fresh(place)
        mailbox.messages.clear()
        kills = 4
        for _ in range(kills):
            kill([lambda **point: run(words=words, **point)], points)
        done = run(words=words)
        assert done["code"] == 0, done["said"]
        got = Counter(to for (to,), _ in mailbox.messages)
        assert got.keys() == set(READERS)
        assert got.total() - len(READERS) <= kills
        doubled += got.total() - len(READERS)
        for reader in READERS:
            copies = {message.as_bytes() for (to,), message in mailbox.messages if to == reader}
            assert len(copies) == 1, f"{reader} got different letters"
        with Library(place / "workspace" / "library.sqlite") as library:
            assert {row.subscriber: row.state for row in library.sent()} == dict.fromkeys(READERS, "sent")
    assert doubled <= ROUNDS, "the window is narrow: far from every kill may fall into it"


def test_killed_by_each_line_between_the_servers_yes_and_our_note_of_it_the_letter_comes_twice_and_never_not(
    place, run, mailbox
):
    """The one window, line by line: what `_deliver` and the ledger do once the server has the letter."""
    words = command(place, "digest", "--send")
    lines = run(words=words, trace=True)["lines"]
    window = [line for line in lines if line in lines_of(Mailer._deliver, Mailer._accepted, delivery._Sending.send)]
    assert len(window) > 10
    outcomes = Counter()
    for line in window:
        fresh(place)
        mailbox.messages.clear()
        assert run(words=words, kill_line=(line, 2))["killed"]
        assert run(words=words)["code"] == 0
        got = Counter(to for (to,), _ in mailbox.messages)
        assert got.keys() == set(READERS)
        outcomes[got.total() - len(READERS)] += 1
    assert set(outcomes) == {0, 1}
