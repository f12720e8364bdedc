"""The runs that the crash tests start and kill: a clean process that forks a child for each, so that a run starts at once.

Reads one order a line as JSON from stdin and answers each with one line of JSON on stdout. What is to be run:

    {"workspace", "url", "now"}      update, then the week's plan, against the simulator at `url`
    {"words": ["weekly", ...]}       the command line
    {"file", "text"}                 a file written whole

and how, if not undisturbed to its end:

    "kill_line": ["store.py:17", 3]  SIGKILL as that line is reached for the third time
    "tear": 20480                    with kill_line: no kill there, but from there on the system kills at the first write
                                     beyond so many bytes of a file (SIGXFSZ), in the middle of a commit
    "kill_after": 0.05               SIGKILL that many seconds after the start
    "trace": true                    count the lines that are reached
    "user": 65534                    as this user
    "file_size": 4096                no file may grow above so many bytes (RLIMIT_FSIZE)
    "fork": false                    in this process itself, so that later runs find everything imported

Answers {"killed", "seconds"} and, of a run that came to its end, {"code", "said", "lines": {"store.py:17": 3}} or
{"failed"} with the traceback.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aggregator import (
    cli,
    delivery,
    files,
    harvest,
    house,
    jobs,
    locks,
    mail,
    safekeeping,
    scheduler,
    scheduling,
    summarising,
    verbs,
)
from aggregator.citation import AbstractSection, Citation, PubDate
from aggregator.library import Library, backup, changes, job_runs, mailing_list, store
from aggregator.library import library as library_module
from aggregator.pubmed import eutils
from aggregator.render import letter, site
from tests.crash_world import TOPICS

ZONE = ZoneInfo("America/New_York")
#: Where a kill by line may strike: what decides, stores and writes. The rest computes and leaves nothing behind.
WATCHED = {
    str(module.__file__): Path(str(module.__file__)).name
    for module in (
        *(harvest, jobs, delivery, store, library_module, mailing_list, changes),
        *(files, house, verbs, letter, mail, site),
        *(locks, scheduler, scheduling, job_runs),
        *(safekeeping, backup),
    )
}


class Tracer:
    """Counts how often each line of the watched modules is reached, in every thread; at one of them it kills its process."""

    def __init__(self, strike: tuple[str, int] | None, tear: int | None) -> None:
        self.counts: Counter[str] = Counter()
        self._strike = strike
        self._tear = tear

    def start(self) -> None:
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def _enter(self, frame: Any, event: str, argument: Any) -> Any:
        return self._step if frame.f_code.co_filename in WATCHED else None

    def _step(self, frame: Any, event: str, argument: Any) -> Any:
        if event == "line":
            line = f"{WATCHED[frame.f_code.co_filename]}:{frame.f_lineno}"
            self.counts[line] += 1
            if (line, self.counts[line]) == self._strike:
                self._end()
        return self._step

    def _end(self) -> None:
        if self._tear is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._tear, self._tear))
            # Python has it ignored.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def untraced(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same function, whose thousands of calls are not looked at one by one."""

    def call(argument: Any) -> Any:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return function(argument)
        finally:
            sys.settrace(trace)

    return call


def update_and_plan(order: dict[str, Any]) -> int:
    """What the weekly job does to the library."""
    now = datetime.fromisoformat(order["now"])
    pubmed = eutils.PubMed(email="you@clinic.example", url=order["url"], requests_per_second=1000)
    with Library(Path(order["workspace"]) / "library.sqlite") as library:
        outcome = harvest.update(library, TOPICS, pubmed, now=now)
        jobs.plan_digest(library, now=now, zone=ZONE)
    if not outcome.is_complete:
        raise RuntimeError(f"the run is not complete: {outcome}")
    return 0


def _job(order: dict[str, Any]) -> int:
    if "file" not in order:
        return update_and_plan(order)
    files.write_whole(Path(order["file"]), order["text"])
    return 0


def run(order: dict[str, Any]) -> dict[str, Any]:
    """One run in this process."""
    if "file_size" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_size"], order["file_size"]))
    if "user" in order:
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])
    tracer = Tracer(tuple(order["kill_line"]) if "kill_line" in order else None, order.get("tear"))
    if "kill_line" in order or "trace" in order:
        tracer.start()
    said, out = io.StringIO(), io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(out):
        code = cli.main(order["words"]) if "words" in order else _job(order)
    sys.settrace(None)
    return {"code": code, "said": said.getvalue(), "lines": tracer.counts}


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Forks a child for one order and waits for its end."""
    if not order.get("fork", True):
        return run(order)
    reading, writing = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_child(order, writing)
    os.close(writing)
    if "kill_after" in order:
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - start
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXFSZ):
        return {"killed": True, "seconds": seconds}
    return {"killed": False, "seconds": seconds} | json.loads(told)


def _be_the_child(order: dict[str, Any], writing: int) -> None:
    try:
        told = run(order)
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        told = {"failed": traceback.format_exc()}
    with os.fdopen(writing, "w") as stream:
        json.dump(told, stream)
    os._exit(0)


def main() -> None:
    # Small batches make many transactions of few records.
    eutils.BATCH = 4
    # What the reader of abstracts prepares on first use is prepared once, for every child.
    warm = AbstractSection(text="In this invented trial 20 adults with PTSD received ketamine 0.5 mg/kg.")
    summarising.summary_of(
        Citation(pmid="90000001", title="Ketamine for PTSD: invented", abstract=(warm,), published=PubDate(2026))
    )
    summarising.summary_of = untraced(summarising.summary_of)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
