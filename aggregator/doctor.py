"""The verb `doctor`: what is well with an installation, what is not, and what to do."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aggregator.errors import AggregatorError, LibraryError, SettingsError
from aggregator.exits import DONE, FAILED
from aggregator.house import House
from aggregator.service import _scheduled_jobs, _timetable

if TYPE_CHECKING:
    from aggregator.library import Library


def doctor(house: House, _: Namespace) -> int:
    """One line a check, each with the remedy; exit 1 when any failed."""
    is_well = True
    for name, check in _checks(house):
        try:
            verdict, words = "ok", check()
        except AggregatorError as error:
            verdict, words, is_well = "FAILED", str(error), False
        print(f"{verdict:<7} {name}: {words}")
    return DONE if is_well else FAILED


def _checks(house: House) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"{house.settings.file or 'defaults, no aggregator.toml here'}"
    yield "topics", lambda: _topics_are_well(house)
    yield "disk", lambda: _disk_is_well(house)
    yield "library", lambda: _library_is_well(house)
    yield "PubMed", lambda: house.pubmed().info()
    yield "mail", lambda: _mail_is_well(house)
    yield "schedule", lambda: _timetable(_scheduled_jobs(house), house).replace("\n", "; ")


def _topics_are_well(house: House) -> str:
    from aggregator.topic_check import check

    errors = [fault for fault in check(house.queries) if fault.severity == "error"]
    if errors:
        raise SettingsError(f"{errors[0]} ({len(errors)} in all); run `topics --check`")
    return f"{len(house.topics)} in {house.queries}"


def _disk_is_well(house: House) -> str:
    nearest = next(folder for folder in (house.workspace, *house.workspace.resolve().parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        raise SettingsError(f"{nearest} cannot be written; check its rights or choose another --workspace")
    free = shutil.disk_usage(nearest).free / 1e9
    if free < 0.5:
        raise SettingsError(f"only {free:.1f} GB free at {nearest}; free some space")
    return f"{free:,.0f} GB free at {nearest}"


def _library_is_well(house: House) -> str:
    if not house.library_file.exists():
        return f"none yet at {house.library_file}; `update` makes it"
    if not os.access(house.library_file, os.W_OK):
        raise LibraryError("cannot be written; check its rights", path=house.library_file)
    with house.library() as library:
        faults = library.faults()
        if faults:
            raise LibraryError(f"{faults[0]}; restore it from a backup", path=house.library_file)
        return f"{len(library):,} studies in {house.library_file}; {_freshness(house, library)}"


def _freshness(house: House, library: Library) -> str:
    incomplete = library.incomplete_since()
    if incomplete:
        return "INCOMPLETE: " + ", ".join(incomplete)
    moments = [moment for topic in house.topics if (moment := library.last_complete(topic.slug))]
    return f"complete as of {min(moments):%Y-%m-%d %H:%M} UTC" if moments else "no search yet"


def _mail_is_well(house: House) -> str:
    if house.settings.mail is None:
        return "no [mail] table: digests are written, not sent"
    from aggregator.digest.words import plural

    with house.mailer() as mailer:
        mailer.check()
    count = len(house.settings.subscribers)
    if house.library_file.exists():
        with house.library() as library:
            count = len(house.recipients(library))
    return f"{house.settings.mail.host} takes our login; {plural(count, 'subscriber', 'subscribers')}"
