"""Makes the pictures of the README from the demo: `.venv/bin/python docs/make_pictures.py`, with Chromium installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "demo"
        command = [sys.executable, str(HERE.parent / "run.py"), "demo", "--quiet", "--workspace", str(workspace)]
        subprocess.run(command, check=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            last = max((workspace / "digests").iterdir())
            picture(browser, last / "digest.html", HERE / "digest.png", width=660, height=1640)
            picture(
                browser, workspace / "site" / "studies" / "90000269.html", HERE / "report.png", width=1180, height=1640
            )
            browser.close()


def picture(browser: Browser, page: Path, file: Path, *, width: int, height: int) -> None:
    """The top of a page, as wide and high as asked."""
    view = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1)
    view.goto(page.resolve().as_uri())
    view.screenshot(path=file)
    view.close()


if __name__ == "__main__":
    main()
