"""Compares tests/fixtures/mail_clients.csv with what caniemail.com has tested, and validates the letters' HTML.

The data come from the npm package `caniemail`, the validator from `html-validate`; both need node and npm and are
installed into a temporary folder. `--write` renews the table's y, a and n and keeps its last column, which people
write.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, fields, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.mail_clients import TABLE, Support, features, read_table  # noqa: E402 - the tests are no installed package

PACKAGES = ("caniemail@2.0.2", "html-validate@10.17.0")
LETTERS = sorted((ROOT / "tests" / "golden" / "digest").glob("*.html"))
#: Which of the data's platforms stand for a column; the weakest of them counts.
PLATFORMS = {
    "gmail": [("gmail", platform) for platform in ("desktop-webmail", "mobile-webmail", "ios", "android")],
    "outlook_windows": [("outlook", "windows")],
    "apple_mail": [("apple-mail", "macos"), ("apple-mail", "ios")],
}
WEAKEST = "nauy"
#: Where caniemail.com says it under another name than ours; "" where it has no page.
SOURCES = {
    "element a": "",
    "element br": "",
    "element head": "",
    "element html": "",
    "element meta": "html-meta-color-scheme",
    "element title": "",
    **dict.fromkeys(("element h1", "element h2", "element h3"), "html-h1-h6"),
    **dict.fromkeys(("element tbody", "element td", "element th", "element tr", "attribute scope"), "html-table"),
    "attribute border": "",
    "!important": "css-important",
    "@media": "css-at-media",
    "@media prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "display block": "css-display",
    "display inline-block": "css-display",
    "property color": "",
    "property font-family": "css-font",
}
#: What the letter does against the rules on purpose: Outlook reads attributes and comments of its own, mail needs
#: styles in the elements, and a title is the subject.
ALLOWED = ("no-deprecated-attr", "no-conditional-comment", "no-inline-style", "long-title")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the table")
    wanted = parser.parse_args()
    if not shutil.which("npm"):
        print("node and npm are needed; nothing compared")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", name]
        subprocess.run([*npm, *PACKAGES], check=True)
        data = json.loads((folder / "node_modules" / "caniemail" / "data" / "caniemail.json").read_text("utf-8"))
        faults = validate(folder)
    print(f"Data of {data['last_update_date'][:10]} ({PACKAGES[0]})")
    known = read_table() if TABLE.exists() else {}
    renewed = table({entry["slug"]: entry["stats"] for entry in data["data"]}, known)
    changed = [support for support in renewed if known.get(support.feature) != support]
    for support in changed:
        print(f"differs: {support}")
    print(f"{len(renewed)} features, {len(changed)} differ from the table")
    if wanted.write:
        write(renewed)
        return faults
    return faults or bool(changed)


def table(pages: dict[str, dict], known: dict[str, Support]) -> list[Support]:
    used = set().union(*(features(letter.read_text("utf-8")) for letter in LETTERS))
    return [support_of(feature, pages, known.get(feature)) for feature in sorted(used)]


def support_of(feature: str, pages: dict[str, dict], known: Support | None) -> Support:
    source = source_of(feature, pages)
    stats = pages.get(source)
    clients = {client: weakest(stats, places) if stats else "" for client, places in PLATFORMS.items()}
    fresh = Support(feature=feature, source=source, fallback="", **clients)
    return replace(fresh, fallback=known.fallback) if known else fresh


def source_of(feature: str, pages: dict[str, dict]) -> str:
    """The page about a feature; that of its family where it has none of its own (padding-left: padding)."""
    if feature in SOURCES:
        return SOURCES[feature]
    kind, _, name = feature.partition(" ")
    prefix = {"element": "html-", "attribute": "html-", "selector": "css-selector-", "display": "css-display-"}
    slug = prefix.get(kind, "css-") + name
    while slug not in pages and slug.count("-") > 1:
        slug = slug.rpartition("-")[0]
    return slug if slug in pages else ""


def weakest(stats: dict, places: list[tuple[str, str]]) -> str:
    """What the newest tested version of the weakest platform does; u where nobody knows."""
    newest = (list(stats.get(family, {}).get(platform, {"": "u"}).values())[-1][0] for family, platform in places)
    return min(newest, key=WEAKEST.index)


def write(rows: list[Support]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Support)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def validate(folder: Path) -> int:
    """The validator's verdict on the letters that tests/test_letter.py holds; 1 where it finds a fault."""
    settings = {"extends": ["html-validate:recommended"], "rules": dict.fromkeys(ALLOWED, "off")}
    (folder / ".htmlvalidate.json").write_text(json.dumps(settings))
    validator = folder / "node_modules" / ".bin" / "html-validate"
    verdict = subprocess.run(
        [validator, "--config", folder / ".htmlvalidate.json", *LETTERS], check=False, capture_output=True, text=True
    )
    is_valid = verdict.returncode == 0
    print(f"{len(LETTERS)} letters are valid HTML ({PACKAGES[1]})" if is_valid else verdict.stdout + verdict.stderr)
    return int(not is_valid)


if __name__ == "__main__":
    sys.exit(main())
