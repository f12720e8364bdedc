"""On real records, every landmark is found by its topics.

queries/landmarks.csv holds every row of the landmark list that names one of our topics, whatever its bucket: a protocol,
a preprint or a preclinical study is found and set in its place by the summary, not kept out by the search. Rows that the
list calls noise, or perioperative without another subject, name no topic and are left out.
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from aggregator import topics
from aggregator.pubmed import language, records
from aggregator.topic_check import among, recall

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
CORPUS = DATA / "corpus" / "records.xml.gz"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the development corpus is not on this machine")

#: The words of the landmark list that stand for one of our topics.
SLUGS = {
    "PTSD": "ptsd",
    "social anxiety": "social-anxiety",
    "GAD": "other-anxiety",
    "OCD": "other-anxiety",
    "anxiety": "other-anxiety",
    "depression": "depression",
    "TRD": "depression",
    "bipolar": "depression",
    "suicidality": "depression",
    "comorbidity": "anxiety-depression",
    "KAP": "psychotherapy",
    "neuroplasticity": "neuroplasticity",
    "safety": "safety",
}


@pytest.fixture(scope="module")
def citations():
    with gzip.open(CORPUS) as stream:
        return list(records.read(stream))


@pytest.fixture(scope="module")
def shipped():
    return topics.load(ROOT / "queries")


def test_every_landmark_in_the_corpus_is_found_by_its_topics(shipped, citations):
    results = recall(shipped, topics.load_landmarks(ROOT / "queries"), among(citations))
    assert {result.topic: result.losses for result in results if result.missed} == {}
    assert sum(len(result.found) for result in results) >= 30


def test_the_landmarks_are_the_lists_rows_that_name_a_topic():
    with (DATA / "landmarks.csv").open(encoding="utf-8", newline="") as stream:
        listed = {
            row["pmid"]: {SLUGS[word.strip()] for word in row["topic"].split(";") if word.strip() in SLUGS}
            for row in csv.DictReader(stream)
        }
    shipped = {landmark.pmid: set(landmark.topics) for landmark in topics.load_landmarks(ROOT / "queries")}
    assert shipped == {pmid: slugs for pmid, slugs in listed.items() if slugs}


def test_records_that_never_name_the_drug_are_left_alone(shipped, citations):
    names = language.compile_query(
        "ketamin*[tw] OR esketamin*[tw] OR arketamin*[tw] OR norketamin*[tw] OR hydroxynorketamin*[tw] OR spravato[tw]"
    )
    others = [language.index(citation) for citation in citations if not names(citation)]
    assert len(others) > 300
    for topic in shipped:
        finds = language.compile_query(topic.query)
        assert [index.citation.pmid for index in others if finds(index)] == []
