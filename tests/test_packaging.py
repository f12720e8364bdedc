"""The wheel: what a user installs has its queries and looks inside and gives the command."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import aggregator

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel's file."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; `make test` installs it")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


def test_queries_reports_and_wordings_are_inside(built):
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
    for folder in ("queries", "reports"):
        for file in (TOP / folder).rglob("*.*"):
            assert f"aggregator/shipped/{file.relative_to(TOP).as_posix()}" in names
    for file in (TOP / "aggregator" / "lexicon").glob("*.toml"):
        assert f"aggregator/lexicon/{file.name}" in names
    assert "aggregator/accuracy.toml" in names
    assert not [name for name in names if name.startswith(("queries/", "reports/", "tests/"))]


def test_the_command_and_the_version_are_those_of_the_project():
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"aggregator": "aggregator.cli:main"}
    assert project["version"] == aggregator.__version__


def test_every_dependency_is_bounded_from_below():
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    assert all(">=" in dependency for dependency in project["dependencies"])


# -- installed in an environment of its own, away from the checkout ---------------------------------


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The folder of a new environment's commands, with the wheel and what the package index has for it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [commands / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    asked = run([*pip, "download", "--no-deps", "--dest", folder / "asked", "schedule"], cwd=folder)
    if asked.returncode:
        reason = f"the package index cannot be reached: {asked.stderr.strip().splitlines()[-1]}"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    done = run([*pip, "install", built], cwd=folder)
    assert done.returncode == 0, done.stderr
    return commands


def run(command, *, cwd):
    """In a process that knows nothing of the checkout."""
    # Nor of the tests' own cache: pip has at home what it fetched before.
    strange = ("PYTHONPATH", "VIRTUAL_ENV", "XDG_CACHE_HOME")
    environ = {name: value for name, value in os.environ.items() if name not in strange}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, env=environ)


def test_what_is_installed_runs_the_demo_away_from_the_checkout(installed, tmp_path):
    done = run([installed / "aggregator", "demo"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for made in ("site/index.html", "digests/2026-W47/digest.eml", "library.sqlite"):
        assert (tmp_path / "demo-workspace" / made).exists()
    checked = run([installed / "aggregator", "check", "--workspace", "demo-workspace"], cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "295" in checked.stdout


@pytest.mark.skipif(os.name == "nt", reason="systemd is Linux's")
def test_a_unit_of_what_is_installed_names_a_command_that_runs_from_anywhere(installed, tmp_path):
    assert run([installed / "aggregator", "init", "--yes"], cwd=tmp_path).returncode == 0
    shown = run([installed / "aggregator", "service", "show", "--user"], cwd=tmp_path)
    command = shlex.split(re.search(r"^ExecStart=(.*)$", shown.stdout, re.MULTILINE)[1])
    assert command[1:3] == ["-m", "aggregator"]
    assert Path(command[0]).parent == installed
    done = run([*command[:-1], "topics"], cwd="/")
    assert done.returncode == 0, done.stderr
    assert "social-anxiety" in done.stdout
