"""The main job on real records: every landmark whose record is there is found by its topics, and nothing comes twice."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from aggregator.cli import main
from aggregator.dates import EASTERN
from aggregator.pubmed.simulator import Simulator, World
from aggregator.topics import load_landmarks

TOP = Path(__file__).resolve().parent.parent
DATA = TOP.parent / "shared" / "data"
CORPUS = DATA / "corpus" / "records.xml.gz"
NOW = datetime(2026, 11, 22, 18, tzinfo=EASTERN)

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real records is not on this machine")


@pytest.fixture(scope="module")
def simulator():
    with Simulator(World.load([CORPUS], now=NOW)) as running:
        yield running


@pytest.fixture(scope="module")
def command(simulator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    settings = folder / "aggregator.toml"
    settings.write_text(f'[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 1000\nemail = "a@clinic.example"\n')
    common = ["--config", str(settings), "--now", NOW.isoformat()]
    assert main(["weekly", "--quiet", *common]) == 0
    return lambda *words: main([*words, *common])


@pytest.fixture
def studies(command, capfd):
    capfd.readouterr()
    command("export", "--format", "jsonl")
    return {study["pmid"]: study for study in map(json.loads, capfd.readouterr().out.splitlines())}


def test_every_landmark_in_the_corpus_is_found_by_each_of_its_topics(simulator, studies):
    present = set(simulator.world.records())
    landmarks = [landmark for landmark in load_landmarks(TOP / "queries") if landmark.pmid in present]
    assert len(landmarks) >= 25
    missed = [
        (landmark.pmid, slug)
        for landmark in landmarks
        for slug in landmark.topics
        if slug not in studies.get(landmark.pmid, {"topics": ()})["topics"]
    ]
    assert missed == []


def test_a_second_run_stores_and_announces_nothing(command, studies, capfd):
    assert command("weekly") == 0
    said = capfd.readouterr().err
    assert "0 new, 0 changed" in said
    command("export", "--format", "jsonl")
    again = {study["pmid"]: study for study in map(json.loads, capfd.readouterr().out.splitlines())}
    assert again == studies


def test_every_value_points_at_words_that_are_there(studies):
    count = 0
    for study in studies.values():
        for span in _spans(study["summary"]):
            text = study["title"] if span["section"] == "title" else study["abstract"][span["section"]]["text"]
            assert text[span["start"] : span["end"]].strip(), study["pmid"]
            assert span["end"] <= len(text)
            count += 1
    assert count > 5000


def test_every_file_of_real_records_can_be_imported(tmp_path, capfd):
    files = [*sorted((DATA / "pubmed-xml").glob("*.gz")), *sorted((DATA / "pubmed-xml" / "efetch").glob("*.xml"))]
    assert files
    settings = tmp_path / "aggregator.toml"
    settings.write_text("")
    common = ["--config", str(settings), "--now", NOW.isoformat()]
    assert main(["import", "--all", *map(str, files), *common]) == 0
    assert "cannot be read" not in capfd.readouterr().err
    assert main(["import", "--all", *map(str, files[-7:]), *common]) == 0
    assert "7 of 7 imported before" in capfd.readouterr().err


def _spans(value):
    if isinstance(value, dict):
        yield from value.get("spans", ())
        for inner in value.values():
            yield from _spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner)
