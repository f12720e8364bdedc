"""The wheel: what a user installs has its queries and looks inside and gives the command."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import aggregator

TOP = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; `make test` installs it")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_queries_reports_and_wordings_are_inside(wheel):
    names = set(wheel.namelist())
    wheel.close()
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
