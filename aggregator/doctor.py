"""The verb `doctor`: what is well with an installation, what is not, and what to do. It changes nothing."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from aggregator import __version__, health, heartbeat
from aggregator.beside import in_thread
from aggregator.errors import AggregatorError, LibraryError
from aggregator.exits import DONE, FAILED
from aggregator.health import Finding, Package, Verdict
from aggregator.house import House
from aggregator.job_run import JobRun
from aggregator.locks import look_at
from aggregator.scheduling import UPDATE, is_at_work, scheduled_jobs, service_seen

if TYPE_CHECKING:
    from aggregator.library import Library

#: Seconds after which a server counts as one that does not answer.
PATIENCE = 10.0
#: Seconds of ours, so that it is the client that gives up, with its own words.
_TIMEOUT = 8.0

DISTRIBUTION = "ketamine-literature-aggregator"


def doctor(house: House, options: Namespace) -> int:
    """One line a check, each with the remedy; exit 1 when any failed. Notes fail nothing."""
    # Somebody who asks how it is must not change it: an older library is not upgraded for it.
    findings = _findings(replace(house, looks_only=True))
    if options.format == "json":
        told = list(findings)
        sys.stdout.write(json.dumps([asdict(finding) for finding in told], ensure_ascii=False, indent=1) + "\n")
    else:
        told = []
        for finding in findings:
            print(finding, flush=True)
            told.append(finding)
    return FAILED if any(finding.verdict is Verdict.FAILED for finding in told) else DONE


def _findings(house: House) -> Iterator[Finding]:
    """Every finding, in the order of the table in docs/operator.md; servers are asked at the same time."""
    ends = monotonic() + PATIENCE
    asked = {
        name: in_thread(lambda ask=ask: ask(house))  # type: ignore[misc]  # each its own
        for name, ask in _SERVERS.items()
    }
    for name, check in _CHECKS.items():
        yield from _checked(name, lambda check=check: check(house))  # type: ignore[misc]  # each its own
    for name, answer in asked.items():
        left = max(0.0, ends - monotonic())
        yield from _checked(name, lambda answer=answer, left=left: iter(answer.result(left)))  # type: ignore[misc]
    runs = _runs(house)
    yield from _checked("operator", lambda: _operator(house, runs))
    yield from _checked("schedule", lambda: _jobs(house, runs))


def _checked(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except TimeoutError:
        yield health.failed(
            name, f"no answer within {PATIENCE:g} seconds", "check the network and the server's address"
        )
    except AggregatorError as error:
        yield health.of_error(name, str(error), otherwise=_OTHERWISE.get(name, "see aggregator.example.toml"))
    except OSError as error:
        place = error.filename or "the system"
        yield health.failed(name, f"{place}: {error.strerror or error}", "check the path, its rights and the disk")


#: What to do where an error's words do not end with it.
_OTHERWISE = {
    "topics": "run `aggregator topics --check`",
    "library": "run `aggregator check`",
    "mail": "check [mail] in the settings",
    "mailbox": "check [mailbox] in the settings",
}


# -- this machine -----------------------------------------------------------------------------------


def _settings(house: House) -> Iterator[Finding]:
    held = house.settings
    if held.file is None:
        yield health.ok("settings", "defaults, no aggregator.toml here")
        return
    private = [
        word
        for word, is_there in (
            ("subscribers' addresses", held.subscribers),
            ("the heartbeat's address", held.operator.heartbeat),
        )
        if is_there
    ]
    yield health.rights(
        "settings", held.file, _mode(held.file), holds=" and ".join(private), words=f"{held.file} can be used"
    )


def _mode(file: Path) -> int:
    # Elsewhere the bits say nothing of who may read.
    return file.stat().st_mode if os.name == "posix" else 0


def _topics(house: House) -> Iterator[Finding]:
    from aggregator.topic_check import check

    errors = [fault for fault in check(house.queries) if fault.severity == "error"]
    if errors:
        yield health.failed("topics", f"{errors[0]} ({len(errors)} in all)", "run `aggregator topics --check`")
        return
    yield health.ok("topics", f"{len(house.topics)} in {house.queries}")


def _disks(house: House) -> Iterator[Finding]:
    workspace = house.workspace.resolve()
    nearest = next(folder for folder in (workspace, *workspace.parents) if folder.exists())
    size = house.library_file.stat().st_size if house.library_file.exists() else 0
    yield _disk("disk", nearest, needed=size)
    try:
        yield _disk("temporary folder", Path(tempfile.gettempdir()))
    except FileNotFoundError:
        remedy = "set TMPDIR to one that can"
        yield health.failed("temporary folder", "no folder for temporary files can be written", remedy)


def _disk(check: str, place: Path, *, needed: int = 0) -> Finding:
    is_writable = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return health.disk(check, place, free=shutil.disk_usage(place).free, is_writable=is_writable, needed=needed)


def _library(house: House) -> Iterator[Finding]:
    from aggregator.library.looking import OlderLibrary

    file = house.library_file
    if not file.exists():
        yield health.ok("library", f"none yet at {file}; `aggregator update` makes it")
        return
    if not os.access(file, os.W_OK):
        raise LibraryError("cannot be written; check its rights", path=file)
    try:
        with house.library() as library:
            yield _state(house, library)
    except OlderLibrary as error:
        words, _, remedy = str(error).rpartition("; ")
        yield health.note("library", words, remedy)
    except LibraryError as error:
        journal = file.with_name(f"{file.name}-journal")
        if not journal.exists():
            raise
        yield health.half_written(str(error.path), look_at(house.workspace, "writer"))


def _state(house: House, library: Library) -> Finding:
    if faults := library.faults():
        more = f" ({len(faults)} in all)" if len(faults) > 1 else ""
        remedy = "`aggregator check` names all; restore a backup with `aggregator restore`"
        return health.failed("library", f"{library.path}: {faults[0]}{more}", remedy)
    words = f"{len(library):,} studies in {library.path}"
    if incomplete := library.incomplete_since():
        remedy = "run `aggregator update`; `aggregator log` says what is missing"
        return health.note("library", f"{words}; not searched completely: {', '.join(incomplete)}", remedy)
    moments = [moment for topic in house.topics if (moment := library.last_complete(topic.slug))]
    fresh = f"complete as of {min(moments):%Y-%m-%d %H:%M} UTC" if moments else "no search yet"
    return health.rights(
        "library", library.path, _mode(library.path), holds="the mailing list", words=f"{words}; {fresh}"
    )


def _backups(house: House) -> Iterator[Finding]:
    folder = house.workspace / "backups"
    if not folder.is_dir():
        return
    made = [(file.stat().st_mtime, file) for file in folder.glob("*.sqlite")]
    newest = max(made, default=None)
    yield health.backup((newest[1], datetime.fromtimestamp(newest[0], UTC)) if newest else None, now=house.now)


def _log(house: House) -> Iterator[Finding]:
    file = house.log_file
    if file is None:
        yield health.ok("log", "none is kept, as [log] wishes")
        return
    file = file.absolute()
    place = next(path for path in (file, *file.parents) if path.exists())
    if place.is_dir() is (place == file):
        remedy = "name a file in a folder that is there in [log] path"
        yield health.failed(
            "log", f"{file} cannot be a file: {place} is {'a folder' if place == file else 'a file'}", remedy
        )
    elif not os.access(place, os.W_OK):
        yield health.note(
            "log", f"{place} cannot be written, so that no log is kept", "check its rights, or [log] path"
        )
    else:
        mode = _mode(file) if file.exists() else 0
        yield health.rights("log", file, mode, holds="what the jobs said", words=f"{file}")


def _versions(_: House) -> Iterator[Finding]:
    from aggregator.library.looking import OLDEST_SQLITE, sqlite_version

    sqlite, is_enough = sqlite_version()
    words = f"Python {platform.python_version()}, aggregator {__version__}, SQLite {sqlite}"
    if not is_enough:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        yield health.failed(
            "versions", f"{words}; SQLite {oldest} is needed", "use a Python that brings a newer SQLite"
        )
        return
    try:
        installed = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        yield health.note(
            "versions", f"{words}; not installed as a package", "what it needs cannot be compared: `pip install .`"
        )
        return
    if installed.version != __version__:
        words += f", installed as {installed.version}"
    yield health.versions(words, [*map(_package, installed.requires or ())])


def _package(asked: str) -> Package:
    from packaging.requirements import Requirement

    wanted = Requirement(asked)
    try:
        found = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        found = None
    return Package(
        name=wanted.name,
        asked=str(wanted.specifier),
        found=found,
        is_right=found is not None and wanted.specifier.contains(found, prereleases=True),
        is_needed=wanted.marker is None or wanted.marker.evaluate({"extra": ""}),
    )


_CHECKS: dict[str, Callable[[House], Iterator[Finding]]] = {
    "settings": _settings,
    "versions": _versions,
    "topics": _topics,
    "disk": _disks,
    "library": _library,
    "backups": _backups,
    "log": _log,
}


# -- servers: asked in threads of their own, and not for ever ---------------------------------------


def _pubmed(house: House) -> tuple[Finding, ...]:
    pubmed = house.pubmed(patience=_TIMEOUT)
    try:
        told = pubmed.info()
    except AggregatorError as error:
        found = health.of_error("PubMed", str(error), otherwise="check the network and try again later")
    else:
        key = "with an API key" if house.settings.pubmed.api_key else "without an API key"
        found = health.ok(
            "PubMed", f"{told}; asked {key}, {house.settings.pubmed.requests_per_second:g} times a second at most"
        )
    here, there = house.clock(), pubmed.date_of_answer
    if house.is_rehearsal:
        return found, health.ok("clock", "set by --now, and compared with nothing")
    if there is None and found.verdict is Verdict.FAILED:
        return found, health.note("clock", "no answer to compare it with", "see the line on PubMed")
    return found, health.clock(here, there)


def _mail(house: House) -> tuple[Finding, ...]:
    from aggregator.digest.words import plural

    mail = house.settings.mail
    if mail is None:
        return (health.ok("mail", "no [mail] table: digests are written, not sent"),)
    with house.mailer(timeout=_TIMEOUT, attempts=1) as mailer:
        mailer.check()
    how = "takes our login" if mail.username else "takes our mail without a login"
    readers = plural(_readers(house), "subscriber", "subscribers")
    return (health.ok("mail", f"{mail.host} {how}; {readers}"),)


def _readers(house: House) -> int:
    """How many get letters; those of the settings where the library, whose line says why, cannot tell."""
    if house.library_file.exists():
        with suppress(LibraryError), house.library() as library:
            return len(house.recipients(library))
    return len(house.settings.subscribers)


def _mailbox(house: House) -> tuple[Finding, ...]:
    box = house.settings.mailbox
    if box is None:
        return ()
    house.mailbox(timeout=_TIMEOUT).check()
    return (health.ok("mailbox", f"{box.host} takes our login and opens {box.folder}"),)


_SERVERS: dict[str, Callable[[House], tuple[Finding, ...]]] = {"PubMed": _pubmed, "mail": _mail, "mailbox": _mailbox}


# -- the service ------------------------------------------------------------------------------------


def _operator(house: House, runs: tuple[JobRun, ...] | None) -> Iterator[Finding]:
    from aggregator.mail import mask

    told = house.settings.operator
    words = f"{mask(told.email)} is told when a job fails" if told.email else "nobody is told when a job fails"
    if told.heartbeat:
        words += f"; {heartbeat.shown(told.heartbeat.reveal())} hears of successes (not called now)"
    if runs and not (told.email or told.heartbeat):
        yield health.note("operator", words, "set `email` in [operator]")
    else:
        yield health.ok("operator", words)


def _jobs(house: House, runs: tuple[JobRun, ...] | None) -> Iterator[Finding]:
    """One finding for each scheduled job. Without a library nobody can be enrolled, and there are no letters."""
    if runs is None:
        yield health.note("schedule", "what the jobs did cannot be known", "see the line on the library")
        return
    if not house.library_file.exists():
        house = replace(house, settings=replace(house.settings, mail=None))
    service = service_seen(house)
    jobs = scheduled_jobs(house)
    past = {job.name: [run for run in runs if run.job == job.name] for job in jobs}
    lives = {name: is_at_work(done[-1], service) if done else False for name, done in past.items()}
    busy = next((name for name, is_alive in lives.items() if is_alive), None)
    waits_for = _waits_for(house, past[busy][-1]) if busy else None
    for job in jobs:
        yield health.job(
            job.name,
            job.rule,
            job.zone or house.zone,
            past[job.name],
            now=house.now,
            spread=job.spread,
            present=health.Present(
                is_at_work=lives[job.name],
                waits_for=waits_for if job.name == busy else None,
                behind=None if job.name == busy else busy,
            ),
        )


def _waits_for(house: House, run: JobRun) -> str | None:
    """What an update at work has not come yet, as far as it follows from settings, library and its start."""
    from aggregator.verbs import quiet_hours

    if run.job != UPDATE or not house.settings.pubmed.off_peak:
        return None
    with house.library() as library:
        hours = quiet_hours(library, house.topics, run.started)
    return hours.in_words(house.zone) if hours and hours.until > house.now else None


def _runs(house: House) -> tuple[JobRun, ...] | None:
    """The runs of all jobs; None where the library cannot tell."""
    if not house.library_file.exists():
        return ()
    try:
        with house.library() as library:
            return library.runs.all()
    except LibraryError:
        return None
