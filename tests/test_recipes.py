"""The recipes of docs/install.md do what they say, as far as a machine without Docker, GitHub and Windows can tell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
import yaml

from aggregator import config
from aggregator.cli import main, parser
from aggregator.pubmed.simulator import Simulator
from tests.crash_world import WEEKS, contents, furnish, worlds

TOP = Path(__file__).resolve().parent.parent
ACTIONS = TOP / "docs" / "github-actions"


def test_every_command_of_the_recipes_exists():
    text = (TOP / "docs" / "install.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("aggregator ")]
    commands += re.findall(r"`(aggregator [a-z]+[^`.[]*)`", text)
    assert len(commands) >= 8
    for command in commands:
        parser().parse_args(shlex.split(command)[1:])


# -- Docker -----------------------------------------------------------------------------------------


def instructions():
    text = (TOP / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line]


def test_what_the_image_copies_is_enough_for_the_wheel_that_a_checkout_makes(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; `make test` installs it")
    allowed = {
        line[1:] for line in (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    copied = tmp_path / "source"
    copied.mkdir()
    for instruction, words in instructions():
        if instruction == "COPY" and not words.startswith("--from"):
            *sources, target = words.split()
            for source in sources:
                assert source in allowed, f".dockerignore keeps {source} out"
                if (TOP / source).is_dir():
                    shutil.copytree(TOP / source, copied / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(TOP / source, copied)
    names = []
    for place in (TOP, copied):
        to = tmp_path / f"wheel of {place.name}"
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(to)]
        subprocess.run(command, cwd=place, check=True, capture_output=True)
        (wheel,) = to.glob("*.whl")
        names.append(set(zipfile.ZipFile(wheel).namelist()))
    assert names[0] == names[1]


def test_the_container_runs_the_schedule_as_nobody_in_particular_and_gets_its_signals_itself():
    told = dict(instructions())
    assert told["USER"] == "10001"
    assert told["ENTRYPOINT"] == '["aggregator"]', "a shell in between would keep the signal to itself"
    assert told["STOPSIGNAL"] == "SIGTERM"
    assert told["WORKDIR"] == told["VOLUME"] == "/data"
    for words in (told["CMD"], told["HEALTHCHECK"].partition("CMD ")[2]):
        parser().parse_args([word for word in yaml.safe_load(words) if word != "aggregator"])


# -- GitHub Actions ---------------------------------------------------------------------------------

WORKFLOW = yaml.safe_load((ACTIONS / "publish.yml").read_text(encoding="utf-8"))
STEPS = {step.get("name", step.get("uses")): step for step in WORKFLOW["jobs"]["update"]["steps"]}

#: What the steps ask of gh, done in the folder `assets`.
GH = """\
import os, pathlib, shutil, sys
assets, words = pathlib.Path(os.environ["ASSETS"]), sys.argv[1:]
verb, name = words[1], words[2]
assert words[0] == "release" and name == "library", words
held = sorted(file.name for file in assets.iterdir()) if assets.exists() else None
if verb == "view":
    if held is None:
        sys.exit("release not found")
    asked = words[words.index("--jq") + 1] if "--jq" in words else ""
    assert asked in ("", "[.assets[].name] | sort | last // empty", "[.assets[].name] | sort | reverse | .[4:][]"), asked
    for each in held[-1:] if "last" in asked else held[::-1][4:]:
        print(each)
elif verb == "create":
    assets.mkdir()
elif verb == "upload":
    shutil.copy(words[3], assets)
elif verb == "download":
    pathlib.Path(words[words.index("--dir") + 1]).mkdir()
    shutil.copy(assets / words[words.index("--pattern") + 1], words[words.index("--dir") + 1])
elif verb == "delete-asset":
    (assets / words[3]).unlink()
else:
    sys.exit(f"gh {words}")
"""


class Runner:
    """A machine of GitHub's for each run: nothing but the checkout and what the release holds."""

    def __init__(self, folder, url, home):
        self.folder, self.url, self.home = folder, url, home
        commands = folder / "bin"
        commands.mkdir()
        for name, words in (("aggregator", [str(TOP / "run.py")]), ("gh", [str(folder / "gh.py")])):
            (commands / name).write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, *words])} "$@"\n')
            (commands / name).chmod(0o755)
        (folder / "gh.py").write_text(GH)

    def run(self, number, *, now, first_run=False):
        """The names of the steps that failed, what was said, and the checkout."""
        checkout = self.folder / f"run {number}"
        furnish_checkout(checkout, self.url)
        environ = os.environ | {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "ASSETS": str(self.folder / "assets"),
            "GNUPGHOME": self.home,
            "LIBRARY_PASSPHRASE": "an invented passphrase",
            "NCBI_EMAIL": "you@clinic.example",
            "FIRST_RUN": str(first_run).lower(),
            "GITHUB_OUTPUT": str(checkout / "output"),
            "PYTHONPATH": str(TOP),
        }
        failed, said = [], ""
        for name in ("Refuse to publish abstracts", "Fetch the library", WEEKLY, "Keep the library"):
            if failed and not (name == "Keep the library" and failed == [WEEKLY]):
                break
            script = STEPS[name]["run"]
            if name == WEEKLY:
                script = script.replace(" weekly ", f" weekly --now {now.isoformat()} ")
            done = subprocess.run(
                ["bash", "-e", "-c", script], check=False, capture_output=True, text=True, cwd=checkout, env=environ
            )
            said += done.stdout + done.stderr
            failed += [name] if done.returncode else []
        return failed, said, checkout


WEEKLY = "Ask PubMed, write the digest and the report"


def furnish_checkout(checkout, url):
    (checkout / ".github").mkdir(parents=True)
    furnish(checkout / ".github", url)
    shipped = (ACTIONS / "aggregator.toml").read_text()
    pubmed = f'[pubmed]\nurl = "{url}"\nrequests_per_second = 1000\nattempts = 1\n'
    (checkout / ".github" / "aggregator.toml").write_text(shipped.replace("[pubmed]\n", pubmed))


@pytest.fixture
def github(tmp_path):
    if not shutil.which("gpg") or not shutil.which("bash"):
        pytest.skip("gpg and bash, which GitHub's machines have, are not here")
    first, second, _ = worlds()
    # A socket of gpg's has a short name or none.
    with Simulator(first) as one, Simulator(second) as other, tempfile.TemporaryDirectory(dir="/tmp") as home:
        Path(home).chmod(0o700)
        yield Runner(tmp_path, one.url, home), other.url
        subprocess.run(["gpgconf", "--kill", "all"], check=False, env=os.environ | {"GNUPGHOME": home})


def test_the_library_goes_from_one_weeks_run_to_the_next_encrypted(github, tmp_path):
    runner, later = github
    failed, said, first = runner.run(1, now=WEEKS[0], first_run=True)
    assert failed == [], said
    (kept,) = (tmp_path / "assets").iterdir()
    assert b"SQLite" not in kept.read_bytes()[:100]
    assert (first / "workspace" / "site" / "index.html").exists()
    assert "90000001" in said_by(first / "workspace" / "site")
    assert ABSTRACT not in said_by(first / "workspace" / "site")
    runner.url = later
    failed, said, second = runner.run(2, now=WEEKS[1])
    assert failed == [], said
    before, after = (contents(place / "workspace") for place in (first, second))
    announced = {row["pmid"] for row in before["announcements"]}
    assert announced
    assert announced < {row["pmid"] for row in after["announcements"]}
    assert [row for row in before["announcements"] if row not in after["announcements"]] == []
    assert len(list((tmp_path / "assets").iterdir())) == 2


#: How each invented abstract begins.
ABSTRACT = "In this invented randomised trial"


def said_by(site):
    """Everything that a report's pages say, without the markup."""
    return re.sub(r"<[^>]*>", "", "".join(page.read_text(encoding="utf-8") for page in site.rglob("*.html")))


def test_with_abstracts_the_report_would_have_them(github):
    """Else their absence would prove nothing."""
    runner, _ = github
    checkout = runner.folder / "with abstracts"
    furnish_checkout(checkout, runner.url)
    settings = checkout / ".github" / "aggregator.toml"
    settings.write_text(settings.read_text().replace("abstracts = false", "abstracts = true"))
    assert (
        main(["--config", str(settings), "--workspace", str(checkout / "w"), "--now", WEEKS[0].isoformat(), "weekly"])
        == 0
    )
    assert ABSTRACT in said_by(checkout / "w" / "site")


def test_a_run_that_does_not_find_the_library_fails_rather_than_finding_everything_new(github, tmp_path):
    runner, _ = github
    failed, said, checkout = runner.run(1, now=WEEKS[0])
    assert failed == ["Fetch the library"]
    assert "run by hand with first_run" in said
    assert not (checkout / "workspace").exists()
    assert not (tmp_path / "assets").exists()


def test_the_last_four_libraries_stay(github, tmp_path):
    runner, _ = github
    assert runner.run(1, now=WEEKS[0], first_run=True)[0] == []
    (kept,) = (tmp_path / "assets").iterdir()
    for day in range(1, 6):
        shutil.copy(kept, kept.with_name(f"library-2025-01-0{day}T000000Z.sqlite.gpg"))
    assert runner.run(2, now=WEEKS[1])[0] == []
    names = sorted(file.name for file in (tmp_path / "assets").iterdir())
    assert names[:2] == ["library-2025-01-04T000000Z.sqlite.gpg", "library-2025-01-05T000000Z.sqlite.gpg"]
    assert len(names) == 4


def test_a_pubmed_that_fails_fails_the_run_or_tells_and_the_library_is_kept(github, tmp_path):
    runner, _ = github
    assert runner.run(1, now=WEEKS[0], first_run=True)[0] == []
    runner.url = "http://127.0.0.1:9/"
    failed, said, checkout = runner.run(2, now=WEEKS[1])
    assert failed == []
    assert (checkout / "output").read_text() == "code=3\n"
    assert "NOT SEARCHED" in said
    assert len(list((tmp_path / "assets").iterdir())) == 2


def test_abstracts_are_not_published_by_mistake(tmp_path):
    script = STEPS["Refuse to publish abstracts"]["run"]
    (tmp_path / ".github").mkdir()
    for text, code in (
        ("[report]\nabstracts = false\n", 0),
        ("[report]\nabstracts = true\n", 1),
        ("[report]\n", 1),
        ("", 1),
    ):
        (tmp_path / ".github" / "aggregator.toml").write_text(text)
        environ = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-e", "-c", script], check=False, capture_output=True, cwd=tmp_path, env=environ)
        assert done.returncode == code, text


def test_the_settings_for_github_load_and_keep_abstracts_out():
    settings = config.load(ACTIONS / "aggregator.toml", environ={})
    assert settings.report.abstracts is False
    assert settings.mail is None
    assert settings.subscribers == ()


def test_no_secret_stands_in_the_workflow_and_rights_are_given_one_by_one():
    text = (ACTIONS / "publish.yml").read_text(encoding="utf-8")
    assert WORKFLOW["permissions"] == {}
    for name in ("LIBRARY_PASSPHRASE", "NCBI_EMAIL", "NCBI_API_KEY"):
        assert WORKFLOW["jobs"]["update"]["env"][name] == f"${{{{ secrets.{name} }}}}"
    # What GitHub puts into a script's text could be a script.
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
    assert "pull_request" not in text
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is False
