"""The verbs that keep the library safe: backup, restore, check; and the copy that is kept every week."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.digest.words import plural
from aggregator.errors import LibraryError, SettingsError
from aggregator.exits import DONE, FAILED
from aggregator.house import House
from aggregator.library import Library, backup, checking
from aggregator.library.checking import Check, Held

if TYPE_CHECKING:
    from aggregator.library.mailing_list import Wishes

#: The kinds of copies in workspace/backups.
WEEKLY, REPLACED, DAMAGED = "weekly", "replaced", "damaged"
#: When the weekly one is made: a rule of the schedule.
WHEN = "sunday 03:30"
#: Libraries that `restore` replaced, as many as are kept.
KEPT_REPLACED = 3
#: Faults that are told in a table; the JSON has them all.
_FAULTS_SHOWN = 20


# -- backup -----------------------------------------------------------------------------------------


def make_backup(house: House, options: Namespace) -> int:
    """A sound copy of the library, whoever writes to it meanwhile."""
    held = checking.held_in(_library_file(house))
    to = _place(house, options.file)
    if to.exists() and not options.force:
        raise SettingsError(f"{to} is there already; name another file, or replace it with --force")
    backup.copy(held.file, to)
    house.say(f"{to}: {_in_words(checking.held_in(to))}; `restore {to}` brings it back")
    return DONE


def _library_file(house: House) -> Path:
    if not house.library_file.exists():
        raise LibraryError("there is no library yet; `update` makes it", path=house.library_file)
    return house.library_file


def _place(house: House, named: Path) -> Path:
    """Where a backup goes: a file's own name, or one with the date in a folder."""
    if not named.is_dir():
        if not named.parent.is_dir():
            raise SettingsError(f"{named.parent}: there is no such folder; make it, or mount the disk that it is on")
        if named.exists() and named.samefile(house.library_file):
            raise SettingsError(f"{named} is the library itself; name another file")
        if named.exists() and not named.is_file():
            raise SettingsError(f"{named} is no ordinary file; name another")
        return named
    return named / f"library-{house.now:%Y-%m-%dT%H%M%SZ}.sqlite"


def _in_words(held: Held) -> str:
    asked = f"PubMed asked last on {held.asked:%Y-%m-%d %H:%M} UTC" if held.asked else "PubMed was never asked"
    return f"{plural(held.studies, 'study', 'studies')}, {asked}, version {held.version}, {held.size / 1e6:,.1f} MB"


def keep_backup(house: House) -> Path | None:
    """The weekly job: keeps a copy of the library beside it, and of such copies the newest `[workspace] backups`.

    None where none is wished for, or there is no library yet.
    """
    most = house.settings.backups
    if not most or not house.library_file.exists():
        return None
    kept = backup.keep(house.library_file, WEEKLY, now=house.now)
    backup.thin_out(house.library_file, WEEKLY, most=most)
    return kept


# -- restore ----------------------------------------------------------------------------------------


def restore(house: House, options: Namespace) -> int:
    """Puts a backup in the place of the library, which is kept as a backup itself.

    Whoever left or paused since then stays so. The search index beside it notices by itself what is different.
    """
    held = checking.held_in(options.file)
    if house.library_file.exists() and options.file.samefile(house.library_file):
        raise SettingsError(f"{options.file} is the library itself; name a backup")
    beside = house.library_file.with_name(f".{house.library_file.name}.restoring")
    with house.alone("restore"):
        try:
            backup.copy(options.file, beside)
            wishes = _wishes(house)
            with Library(beside, clock=lambda: house.now, keeps_copy=False) as copied:
                is_obeyed = wishes is None or copied.mailing_list.obey(wishes)
            with _set_aside(house, is_sound=wishes is not None) as aside:
                backup.put_in_place(beside, house.library_file)
        finally:
            beside.unlink(missing_ok=True)
        backup.thin_out(house.library_file, f"{REPLACED}|{DAMAGED}", most=KEPT_REPLACED)
    house.say(f"restored {options.file}: {_in_words(held)}")
    if aside:
        house.say(f"the library that was here is kept as {aside}")
        _tell_of_wishes(house, is_known=wishes is not None, is_obeyed=is_obeyed)
    house.say(
        "next: `update` finds again what came since, `report` shows it. Letters may tell again what they told since"
    )
    return DONE


def _wishes(house: House) -> Wishes | None:
    """Who must not be written to by the present library; None where there is none, or it cannot be used."""
    if not house.library_file.exists():
        return None
    try:
        if backup.faults_of(house.library_file):
            return None
        with house.library() as library:
            return library.mailing_list.wishes()
    except LibraryError:
        return None


@contextmanager
def _set_aside(house: House, *, is_sound: bool) -> Iterator[Path | None]:
    """Keeps the present library among the backups: a copy of it or, where none can be made, the file itself.

    When what is done meanwhile fails, the library stays and no copy of it is kept.
    """
    library = house.library_file
    if not library.exists():
        yield None
        return
    keep = backup.keep if is_sound else backup.move_aside
    aside = keep(library, REPLACED if is_sound else DAMAGED, now=house.now)
    try:
        yield aside
    except BaseException:
        if is_sound:
            aside.unlink(missing_ok=True)
        else:
            backup.move_back(aside, library)
        raise


def _tell_of_wishes(house: House, *, is_known: bool, is_obeyed: bool) -> None:
    if not is_known:
        house.warn(
            "the library that was here cannot be read: whoever unsubscribed since the backup is written to again; "
            "look for such wishes and `subscribers remove` them before the next digest"
        )
    elif not is_obeyed:
        house.warn(
            "this backup is of another library: addresses that only the settings name are written to even if they "
            "unsubscribed; `subscribers remove` them before the next digest"
        )


# -- check ------------------------------------------------------------------------------------------


def check(house: House, options: Namespace) -> int:
    """Looks at everything in the library, or in a backup of it; exit 1 when something is wrong."""
    from aggregator import jobs

    held = checking.held_in(options.file or _library_file(house))
    checks = checking.check(held.file, read=jobs.read_raw)
    is_sound = not any(one.faults for one in checks)
    if options.format == "json":
        _print_json(held, checks, is_sound=is_sound)
    else:
        _print_checks(checks)
    house.say(f"{held.file}: {_in_words(held)}; {'everything is sound' if is_sound else 'NOT SOUND, see above'}")
    return DONE if is_sound else FAILED


def _print_json(held: Held, checks: tuple[Check, ...], *, is_sound: bool) -> None:
    told = asdict(held) | {"is_sound": is_sound, "checks": [asdict(one) for one in checks]}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1, default=_plain) + "\n")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _print_checks(checks: tuple[Check, ...]) -> None:
    from aggregator.terminal import print_table

    rows = [(one.name, f"{one.examined:,}", "ok" if not one.faults else f"{len(one.faults):,} wrong") for one in checks]
    print_table(("checked", "looked at", "found"), rows)
    faults = [(one.name, fault) for one in checks for fault in one.faults]
    if faults:
        print()
        shown = [(name, fault.subject, fault.problem, fault.remedy) for name, fault in faults[:_FAULTS_SHOWN]]
        print_table(("in", "what", "what is wrong", "what to do"), shown)
    if len(faults) > _FAULTS_SHOWN:
        print(f"... and {len(faults) - _FAULTS_SHOWN:,} more; `check --format json` names them all")
