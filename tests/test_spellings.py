"""British and American spellings know each other, and leave other words alone."""

import pytest

from aggregator.pubmed.spellings import twin, twin_phrase

PAIRS = [
    ("randomised", "randomized"),
    ("behavioural", "behavioral"),
    ("anaesthesia", "anesthesia"),
    ("subanaesthetic", "subanesthetic"),
    ("oesophageal", "esophageal"),
    ("paediatric", "pediatric"),
    ("haemodynamic", "hemodynamic"),
    ("haematoma", "hematoma"),
    ("tumours", "tumors"),
    ("multicentre", "multicenter"),
    ("hospitalisation", "hospitalization"),
    ("counselling", "counseling"),
    ("signalling", "signaling"),
    ("foetus", "fetus"),
    ("oedema", "edema"),
    ("ischaemia", "ischemia"),
    ("oestrogen", "estrogen"),
    ("aetiology", "etiology"),
    ("diarrhoea", "diarrhea"),
    ("grey", "gray"),
    ("focussed", "focused"),
    ("ageing", "aging"),
]


@pytest.mark.parametrize(("british", "american"), PAIRS)
def test_each_spelling_gives_the_other(british, american):
    assert twin(british) == american
    assert twin(american) == british


@pytest.mark.parametrize(
    "word",
    [
        "exercise",
        "disease",
        "size",
        "noise",
        "premise",
        "supervised",
        "analysis",
        "systemic",
        "epidemic",
        "hemisphere",
        "fetish",
        "travel",
        "focus",
        "ketamine",
        "behavio",
        "randomi",
        "diagnosis",
        "hypnosis",
        "alcohol",
        "september",
        "chemical",
        "promise",
    ],
)
def test_a_word_that_is_spelled_one_way_has_no_twin(word):
    assert twin(word) is None


def test_a_phrase_has_the_twins_of_its_words():
    assert twin_phrase("Spreading depolarisation") == "spreading depolarization"
    assert twin_phrase("sleep") is None
