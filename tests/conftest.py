"""What several tests stand on: a throwaway certificate and a real Chromium."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.certificates import Certificate, make_certificate

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


#: The files that take longest, the longest first: begun last, one of them keeps a single worker busy while all others
#: have nothing left to do.
SLOW = (
    *("test_schedule_crash", "test_stopping", "test_sending", "test_packaging", "test_scheduler_year"),
    *("test_site_quality", "test_crash", "test_recipes", "test_scheduling", "test_sending_crash", "test_soak"),
)


def pytest_collection_modifyitems(items):
    rank = {name: place for place, name in enumerate(SLOW)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """A report as it is sent from a worker: what a test logged may hold half a character, which cannot be sent."""
    return sendable((yield))


def sendable(value):
    """The same values, in which every text can be written as UTF-8."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {sendable(key): sendable(held) for key, held in value.items()}
        case list() | tuple():
            return type(value)(map(sendable, value))
        case _:
            return value


@pytest.fixture(scope="session", autouse=True)
def _a_pace_of_our_own(tmp_path_factory):
    """One pace for all of a user's programs is what the product promises, and what tests must not share.

    A silence that a simulator asks for holds for an hour for whoever gets its port next; and the pace of somebody who
    works with PubMed on this machine is no business of ours.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Certificate:
    """For localhost."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        reason = "Chromium is not installed; install the package chromium to test the site in a browser"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(autouse=True)
def _no_log_of_a_test_that_is_over():
    """The command line logs to the standard error that it finds, which pytest closes when its test has ended."""
    yield
    root = logging.getLogger()
    for handler in [one for one in root.handlers if type(one) is logging.StreamHandler]:
        root.removeHandler(handler)


@pytest.fixture
def small_disk():
    """A file system of its own, of two megabytes."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True, text=True
        )
        if mounted.returncode:
            pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
