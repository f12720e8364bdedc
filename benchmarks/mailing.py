"""How long a digest takes to reach 500 subscribers: composing, connections and letters, to a real SMTP server.

    python benchmarks/mailing.py [--subscribers N] [--wishes N] [--runs N] [--corpus FILE ...]

The server (aiosmtpd) is a process of its own, answers over TCP on this machine and counts connections; the library is
filled from the simulator. `--wishes` is how many different sets of wishes there are. The second row is what it
would take to compose a digest for each subscriber, the third to open a connection for each letter.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from itertools import islice, product
from pathlib import Path

from aiosmtpd.smtp import SMTP

from aggregator import assets, config, delivery, digest, jobs
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.harvest import update
from aggregator.house import House
from aggregator.library import Library
from aggregator.mail import Mailer
from aggregator.pubmed.eutils import PubMed
from aggregator.pubmed.simulator import Simulator, World
from aggregator.render.letter import Letter
from aggregator.subscribers import Subscriber
from aggregator.topics import Topic, load

NOW = DEMO_WEEKS[1].astimezone(UTC)
DESIGNS = ((), ("randomized-trial",), ("meta-analysis", "systematic-review"), ("cohort",))


class Counting:
    """Takes every letter, and counts them and the connections that they came by."""

    def __init__(self, connections: object, letters: object) -> None:
        self.connections, self.letters = connections, letters

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        session.host_name = hostname
        self.connections.value += 1
        return responses

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.value += 1
        return "250 2.0.0 kept"


def _serve(port, connections, letters) -> None:
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Counting(connections, letters)), "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(forever())


@contextmanager
def smtp_server() -> Iterator[tuple[int, object, object]]:
    """The port of a server in another process, and its counters."""
    port, connections, letters = (multiprocessing.Value("i", 0) for _ in range(3))
    process = multiprocessing.Process(target=_serve, args=(port, connections, letters), daemon=True)
    process.start()
    while not port.value:
        time.sleep(0.01)
    try:
        yield port.value, connections, letters
    finally:
        process.terminate()
        process.join()


def wishes(topics: Sequence[Topic]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Different sets of wishes: topics and designs."""
    yield from product([(), *((topic.slug,) for topic in topics)], DESIGNS)


def readers(count: int, kinds: int, topics: Sequence[Topic], *, apart: bool) -> list[delivery.Recipient]:
    """`count` recipients with `kinds` different sets of wishes; `apart`: no two want the same."""
    different = list(islice(wishes(topics), kinds))
    chosen = []
    for number in range(count):
        subjects, designs = different[number % len(different)]
        # A cap that nobody reaches makes a wish different and its digest no other.
        words = 700 + (number if apart else 0)
        reader = Subscriber(email=f"reader-{number}@clinic.example", topics=subjects, designs=designs)
        preferences = digest.Preferences(topics=subjects, designs=designs, words=words)
        chosen.append(delivery.Recipient(subscriber=reader, preferences=preferences))
    return chosen


def sent(library: Library, house: House, recipients: list[delivery.Recipient], port: int, *, one_each: bool):
    """Seconds, and what came of it."""
    mailer = Mailer("127.0.0.1", port, "none")

    def deliver(name: str, reader: Subscriber, written: Letter) -> str:
        answer = mailer.send(house.message(name, reader, written, token=library.mailing_list.token_of(reader.address)))
        if one_each:
            mailer.close()
        return answer

    plan = jobs.plan_digest(library, now=NOW, zone=house.zone)
    start = time.perf_counter()
    with mailer:
        outcome = delivery.send_digest(
            library,
            house.topics,
            recipients,
            general=plan,
            now=NOW,
            zone=house.zone,
            deliver=deliver,
            looks=assets.shipped("reports"),
            report_url="https://intranet.example/ketamine/",
        )
    return time.perf_counter() - start, outcome


def filled(path: Path, corpus: list[Path] | None, topics: Sequence[Topic]) -> None:
    world = World.load(corpus, now=DEMO_WEEKS[1]) if corpus else demo_world(DEMO_WEEKS[1])
    with Simulator(world) as simulator, Library(path) as library:
        pubmed = PubMed(email="you@clinic.example", url=simulator.url, requests_per_second=1000)
        update(library, topics, pubmed, now=NOW)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--subscribers", type=int, default=500)
    options.add_argument("--wishes", type=int, default=12)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--corpus", nargs="+", type=Path)
    chosen = options.parse_args()
    topics = load(assets.shipped("queries"))
    with tempfile.TemporaryDirectory() as folder, smtp_server() as (port, connections, letters):
        base = Path(folder) / "base.sqlite"
        filled(base, chosen.corpus, topics)
        settings = Path(folder) / "aggregator.toml"
        settings.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "d@clinic.example"\n'
        )
        house = House(settings=config.load(settings, environ={}), now=NOW)
        rows = {name: [] for name in ("as it is", "composed for each", "connected for each")}
        for run in range(chosen.runs):
            for name, found in rows.items():
                copy = Path(folder) / f"{run}-{name}.sqlite"
                copy.write_bytes(base.read_bytes())
                connections.value = letters.value = 0
                people = readers(chosen.subscribers, chosen.wishes, topics, apart=name == "composed for each")
                with Library(copy) as library:
                    seconds, outcome = sent(library, house, people, port, one_each=name == "connected for each")
                if len(outcome.sent) != chosen.subscribers or letters.value != chosen.subscribers:
                    raise SystemExit(f"{letters.value} of {chosen.subscribers} letters arrived")
                found.append((seconds, outcome.composed, connections.value))
    print(f"{chosen.subscribers} subscribers, {chosen.wishes} sets of wishes; medians of {chosen.runs} runs")
    print(f"{'':<22}{'seconds':>9}{'composed':>10}{'connections':>13}{'letters/s':>11}")
    for name, found in rows.items():
        seconds = statistics.median(row[0] for row in found)
        _, composed, opened = found[0]
        print(f"{name:<22}{seconds:>9.2f}{composed:>10}{opened:>13}{chosen.subscribers / seconds:>11.0f}")


if __name__ == "__main__":
    main()
