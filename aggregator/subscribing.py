"""The verbs that look after the mailing list: subscribers, and serve, the address that unsubscribes with one click."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.digest.words import plural
from aggregator.errors import SettingsError
from aggregator.exits import DONE, FAILED, IN_PART
from aggregator.files import write_whole
from aggregator.house import House
from aggregator.library import Leaving, backup
from aggregator.subscribers import Subscriber
from aggregator.topics import choose

if TYPE_CHECKING:
    from aggregator.library import Library
    from aggregator.unsubscribe import Wish


def add(house: House, options: Namespace) -> int:
    """Enrols someone who agreed, or changes what she wants."""
    choose(house.topics, options.topics)
    reader = Subscriber(
        email=options.email,
        name=options.name,
        topics=options.topics,
        designs=options.designs,
        cadence=options.cadence,
        timezone=options.timezone,
        items=options.items,
        consented=options.consented or house.now.astimezone(house.zone).date(),
        source=options.source,
    )
    with house.library() as library:
        was_there = reader.address in {held.address for held in library.mailing_list.enrolled()}
        library.mailing_list.add(reader, now=house.now)
    house.say(f"{'changed' if was_there else 'enrolled'} {reader.email}: {_wishes(reader)}")
    return DONE


def list_all(house: House, options: Namespace) -> int:
    """Everybody whom the settings or the library name, and what becomes of their letters."""
    from aggregator.terminal import print_table

    with house.library() as library:
        rows = list(_rows(house, library))
        removed = library.mailing_list.removed()
    if options.format == "json":
        sys.stdout.write(json.dumps([row for _, row in rows], ensure_ascii=False, indent=1, default=str) + "\n")
        return DONE
    shown = [
        (reader.email, row["state"], row["from"], _wishes(reader), str(row["last letter"] or "none yet"))
        for reader, row in rows
    ]
    print_table(("subscriber", "state", "named by", "wishes", "last letter"), shown)
    never = f"; {plural(removed, 'address is', 'addresses are')} never written to again" if removed else ""
    house.say(f"{plural(len(rows), 'subscriber', 'subscribers')}{never}")
    return DONE


def _rows(house: House, library: Library) -> Iterator[tuple[Subscriber, dict[str, Any]]]:
    paused = library.mailing_list.paused()
    enrolled = {reader.address: reader for reader in library.mailing_list.enrolled()}
    everybody = {reader.address: reader for reader in house.settings.subscribers} | enrolled
    for address, reader in everybody.items():
        state = "paused" if address in paused else "gets letters"
        if library.mailing_list.is_removed(address):
            state = "removed"
        sent = [row for row in library.sent(subscriber=address) if row.state == "sent"]
        yield (
            reader,
            {
                **_plain(reader),
                "from": "the library" if address in enrolled else "the settings",
                "state": state,
                "last letter": sent[-1].issue if sent else None,
            },
        )


def _plain(reader: Subscriber) -> dict[str, Any]:
    return asdict(reader) | {"timezone": str(reader.timezone) if reader.timezone else None}


def _wishes(reader: Subscriber) -> str:
    topics = ", ".join(reader.topics) or "all topics"
    designs = ", ".join(reader.designs) or "all designs"
    most = f", at most {reader.items} studies" if reader.items else ""
    where = f", {reader.timezone}" if reader.timezone else ""
    return f"{reader.cadence}{where}; {topics}; {designs}{most}"


def pause(house: House, options: Namespace) -> int:
    """No letters for the time being; `resume` ends it."""
    with house.library() as library:
        _known(house, library, options.email)
        library.mailing_list.pause(options.email, now=house.now)
    house.say(f"{options.email} gets no letters until `subscribers resume {options.email}`")
    return DONE


def resume(house: House, options: Namespace) -> int:
    """Ends a pause; the next letter tells of everything since the last one."""
    with house.library() as library:
        was_paused = library.mailing_list.resume(options.email)
    if not was_paused:
        house.warn(f"{options.email} was not paused; `subscribers list` shows who is")
        return FAILED
    house.say(f"{options.email} gets letters again; the next tells of everything since the last")
    return DONE


def remove(house: House, options: Namespace) -> int:
    """Takes someone off the list for good; what she was sent stays in the ledger, under a keyed hash."""
    with house.library() as library:
        outcome = library.mailing_list.remove(options.email, now=house.now, way="command line")
    house.say(f"{options.email} has {outcome}: nothing is sent there any more")
    _tell_of_settings(house, options.email)
    return DONE


def erase(house: House, options: Namespace) -> int:
    """Removes someone and everything that is known of her, the ledger included."""
    with house.library() as library:
        is_known = library.mailing_list.erase(options.email, now=house.now)
    found = "is erased" if is_known else "was not known here"
    house.say(f"{options.email} {found}; only a keyed hash stays, so that an old settings file cannot bring it back")
    _tell_of_settings(house, options.email)
    _tell_of_backups(house)
    return DONE


def _tell_of_backups(house: House) -> None:
    copies = list(backup.folder_of(house.library_file).glob("library-*.sqlite"))
    if copies:
        house.warn(
            f"{plural(len(copies), 'copy', 'copies')} of the library in {copies[0].parent} may name this address: "
            "make a new one with `backup` and delete these, and those that you keep elsewhere"
        )


def _tell_of_settings(house: House, email: str) -> None:
    if any(reader.address == email.lower() for reader in house.settings.subscribers):
        house.warn(f"{house.settings.file} still names {email}: it is ignored there; take the [[subscriber]] table out")


def export(house: House, options: Namespace) -> int:
    """Everything that is known of one subscriber, or of all, as JSON: what a person may ask for."""
    with house.library() as library:
        if options.email:
            _known(house, library, options.email)
        known = [
            row | {"letters": _letters(library, reader)}
            for reader, row in _rows(house, library)
            if options.email is None or reader.address == options.email.lower()
        ]
    text = json.dumps(known, ensure_ascii=False, indent=1, default=str) + "\n"
    if options.output:
        write_whole(options.output, text, mode=0o600)
    else:
        sys.stdout.write(text)
    return DONE


def _letters(library: Library, reader: Subscriber) -> list[dict[str, Any]]:
    return [
        {
            "digest": row.issue,
            "state": row.state,
            "attempts": row.attempts,
            "moment": row.moment.isoformat(),
            "server": row.answer,
            "studies": row.pmids,
        }
        for row in library.sent(subscriber=reader.address)
    ]


def _known(house: House, library: Library, email: str) -> None:
    if email.lower() not in _named(house, library):
        raise SettingsError(f"{email} is no subscriber; `subscribers list` shows who is")


# -- leaving ----------------------------------------------------------------------------------------


def unsubscribes(house: House, options: Namespace) -> int:
    """Reads the mailbox that takes wishes to unsubscribe, and obeys them. Reading one twice does no harm."""
    with house.library() as library:
        if options.mbox:
            from aggregator.unsubscribe import wishes_in_mbox

            outcomes = Counter(_obey(house, library, wish) for wish in wishes_in_mbox(options.mbox))
            unreadable = 0
        else:
            outcomes, unreadable = _obey_mailbox(house, library)
    house.say(", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Leaving))
    if unreadable:
        house.warn(f"{plural(unreadable, 'message', 'messages')} could not be read: look into the mailbox")
    return IN_PART if unreadable else DONE


def _obey_mailbox(house: House, library: Library) -> tuple[Counter[Leaving], int]:
    """What came of the wishes in the settings' mailbox since it was last read, and how many it would not give."""
    from aggregator.unsubscribe import Bookmark

    folder = house.mailbox()
    name = f"{folder.username}@{folder.host}/{folder.folder}"
    held = library.mailing_list.read_up_to(name)
    reading = folder.wishes(after=Bookmark(validity=held[0], uid=held[1]) if held else None)
    outcomes = Counter(_obey(house, library, wish) for wish in reading.wishes)
    # Only what was obeyed counts as read.
    library.mailing_list.remember_read(name, reading.bookmark.validity, reading.bookmark.uid)
    return outcomes, reading.unreadable


def _obey(house: House, library: Library, wish: Wish) -> Leaving:
    """A token names its owner; without one, only who writes can leave. A message is obeyed once: whoever agreed anew
    does not leave by a wish of old that still lies in the mailbox.
    """
    people = library.mailing_list
    if wish.message_id and people.is_obeyed(wish.message_id):
        return Leaving.HAD_LEFT
    outcome = Leaving.UNKNOWN
    if wish.token:
        outcome = people.unsubscribe(wish.token, now=house.now, way="mailbox")
    elif wish.address and wish.address in _named(house, library):
        outcome = people.remove(wish.address, now=house.now, way="mailbox")
    if wish.message_id and outcome is not Leaving.UNKNOWN:
        people.remember_obeyed(wish.message_id, now=house.now)
    return outcome


def _named(house: House, library: Library) -> Collection[str]:
    return {reader.address for reader in (*house.settings.subscribers, *library.mailing_list.enrolled())}


def serve(house: House, options: Namespace) -> int:
    """The address that unsubscribes with one click, until it is stopped; a proxy in front of it brings HTTPS."""
    from aggregator import endpoint
    from aggregator.limiter import Limiter
    from aggregator.render.unsubscribing import unsubscribe_page

    url = house.settings.mail.unsubscribe_url if house.settings.mail else None
    if url is None:
        raise SettingsError(
            "nobody could find it: set 'unsubscribe_url' in [mail] to the https:// address that your proxy serves it at"
        )
    house.library().close()
    app = endpoint.application(
        path=urlsplit(url).path.rstrip("/"),
        unsubscribe=partial(_unsubscribe, house),
        page=partial(unsubscribe_page, folder=house.looks),
        limiter=Limiter(clock=time.monotonic),
        trust_proxy=options.trust_proxy,
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with endpoint.serve(app, host=options.address, port=options.port) as running:
        house.say(f"unsubscribing at {running.url}{urlsplit(url).path}TOKEN, which {url} must lead to; Ctrl-C stops it")
        stop.wait()
    house.say("stopped")
    return DONE


def _unsubscribe(house: House, token: str) -> bool:
    """Each request opens the library for itself: requests come in threads, and a run may be writing meanwhile."""
    with house.library() as library:
        return library.mailing_list.unsubscribe(token, now=house.later().now, way="link") is not Leaving.UNKNOWN
