"""Nothing in the project is text of a real abstract: examples are invented."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from aggregator.pubmed.records import read

TOP = Path(__file__).resolve().parent.parent
CORPUS = TOP.parent / "shared" / "data" / "corpus" / "records.xml.gz"
#: So many words in a row are nobody's stock phrase any more.
LENGTH = 12
#: A run of fewer different words, digits apart, is a list of figures such as doses, which anybody may state.
WORDS = 4


def runs(text):
    """Every run of LENGTH words that is no list of figures."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    every = (tuple(words[start : start + LENGTH]) for start in range(len(words) - LENGTH + 1))
    return {run for run in every if len({word for word in run if word.isalpha()}) >= WORDS}


@pytest.fixture(scope="module")
def real():
    if not CORPUS.exists():
        pytest.skip("the corpus of real records is not on this machine")
    with gzip.open(CORPUS) as stream:
        return {run for citation in read(stream) for section in citation.abstract for run in runs(section.text)}


def kept_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout")
    return [TOP / name for name in listed.stdout.decode().split("\0") if name]


def test_no_twelve_words_in_a_row_stand_in_a_real_abstract(real):
    found = {}
    for file in kept_files():
        if file.suffix in (".gz", ".png") or not file.exists():
            continue
        if copied := real & runs(file.read_text(encoding="utf-8", errors="replace")):
            found[file.relative_to(TOP).as_posix()] = [" ".join(run) for run in sorted(copied)[:3]]
    assert found == {}
