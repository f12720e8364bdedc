"""How a journal writes and how far NLM has come with a record: spelling, layout, status, authors, funding."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.numbers import PRINTS, Print
from aggregator.demo_data.record import Invented, Part, Periodical

#: Records that came later than this have no MeSH headings yet when the demo begins.
INDEXED_UNTIL = date(2026, 8, 1)

_AMERICAN = (
    (r"andomis", "andomiz"),
    (r"eneralis", "eneraliz"),
    (r"haracteris", "haracteriz"),
    (r"ospitalis", "ospitaliz"),
    (r"tabilis", "tabiliz"),
    (r"omatisation", "omatization"),
    (r"ehaviour", "ehavior"),
    (r"\bcentre", "center"),
    (r"multicentre", "multicenter"),
    (r"naesth", "nesth"),
    (r"aediatric", "ediatric"),
    (r"rogramme", "rogram"),
    (r"tandardis", "tandardiz"),
    (r"rogrammes", "rograms"),
    (r"\blabour", "labor"),
    (r"ummaris", "ummariz"),
    (r"ecognis", "ecogniz"),
    (r"inimis", "inimiz"),
    (r"eneralisab", "eneralizab"),
    (r"analysed", "analyzed"),
    (r"emoris", "emoriz"),
    (r"aesarean", "esarean"),
    (r"ynthesis(e|ed|ing)\b", r"ynthesiz\1"),
    (r"ost-traumatic", "osttraumatic"),
)


@dataclass(frozen=True, slots=True)
class Writing:
    """The manner of one record."""

    journal: Periodical
    print: Print
    #: plain, objective, four (British headings) or importance (American headings).
    layout: str

    @classmethod
    def of(cls, random: Random, journals: Sequence[Periodical], *, layouts: Sequence[str] = ()) -> Writing:
        journal = random.choice(journals)
        prints = PRINTS[::2] if journal.manner == "uk" else PRINTS[1::2]
        usual = ("plain", "objective", "four") if journal.manner == "uk" else ("plain", "objective", "importance")
        return cls(journal, random.choice(prints), random.choice(layouts or usual))


def spelled(text: str, journal: Periodical) -> str:
    """British words as an American journal spells them."""
    if journal.manner == "us":
        for british, american in _AMERICAN:
            text = re.sub(british, american, text)
    return text


def finish(
    random: Random,
    writing: Writing,
    *,
    key: str,
    entered: date,
    title: str,
    abstract: tuple[Part, ...],
    publication_types: tuple[str, ...] = ("Journal Article",),
    mesh: tuple[str, ...] = (),
    major: frozenset[str] = frozenset(),
    substances: tuple[str, ...] = ("Ketamine",),
    keywords: tuple[str, ...] = (),
    is_registered: bool = False,
    fewest_authors: int = 3,
    most_authors: int = 9,
    has_group: bool = False,
    coi: str | None = None,
    status: str | None = None,
) -> Invented:
    """The record with everything that goes beside its words."""
    journal = writing.journal
    status = status or _status(random, entered)
    is_old = entered < INDEXED_UNTIL
    publication_status = (
        random.choice(("ppublish", "epublish")) if is_old else random.choice(("aheadofprint", "epublish"))
    )
    authors = people.authors(random, fewest=fewest_authors, most=most_authors, group=has_group)
    registrations = (f"NCT9{random.randint(0, 9_999_999):07d}",) if is_registered else ()
    if registrations and random.random() < 0.4:
        abstract = _with_registration(abstract, registrations[0])
    in_print = publication_status == "ppublish"
    page = random.randint(11, 640)
    return Invented(
        key=key,
        title=spelled(title, journal),
        abstract=tuple(Part(spelled(part.text, journal), part.label, part.category) for part in abstract),
        entered=entered,
        journal=journal,
        authors=authors,
        publication_types=publication_types if status == "MEDLINE" else _as_supplied(publication_types),
        mesh=mesh,
        major=major,
        substances=substances,
        keywords=tuple(spelled(keyword, journal) for keyword in keywords) if random.random() < 0.8 else (),
        registrations=registrations,
        grant=f"IRC-{entered.year - random.randint(2, 5)}-{random.randint(100, 999)}"
        if random.random() < 0.45
        else None,
        coi=coi or _interests(random, authors[0].last_name),
        status=status,
        publication_status=publication_status,
        published=entered + timedelta(days=random.randint(5, 70)) if in_print else entered,
        states_day=publication_status != "ppublish",
        volume=str(entered.year - 1990) if publication_status != "aheadofprint" else None,
        issue=str(random.randint(1, 12)) if in_print else None,
        pages=f"{page}-{page + random.randint(4, 12)}" if in_print else None,
        in_pmc=is_old and random.random() < 0.35,
    )


def _status(random: Random, entered: date) -> str:
    if entered >= INDEXED_UNTIL:
        return random.choice(("Publisher", "In-Data-Review"))
    return "MEDLINE" if random.random() < 0.82 else "PubMed-not-MEDLINE"


def _as_supplied(publication_types: tuple[str, ...]) -> tuple[str, ...]:
    """Publishers say what is a review or a letter; designs are NLM's to add."""
    kept = {
        "Journal Article",
        "Review",
        "Case Reports",
        "Letter",
        "Editorial",
        "Comment",
        "Preprint",
        "Published Erratum",
    }
    kept |= {"Retraction of Publication", "Retracted Publication", "Expression of Concern"}
    return tuple(kind for kind in publication_types if kind in kept) or ("Journal Article",)


def _with_registration(abstract: tuple[Part, ...], number: str) -> tuple[Part, ...]:
    if len(abstract) > 1:
        return (*abstract, Part(f"ClinicalTrials.gov Identifier: {number}.", "TRIAL REGISTRATION", "BACKGROUND"))
    return (Part(f"{abstract[0].text} ClinicalTrials.gov: {number}."),) if abstract else abstract


def _interests(random: Random, last_name: str) -> str | None:
    return random.choice(
        (
            None,
            None,
            "The authors declare no competing interests.",
            "The authors report no conflicts of interest.",
            "None declared.",
            f"Dr {last_name} has received consulting fees from Larkspur Therapeutics, an invented company. The other authors have nothing to disclose.",
            f"Dr {last_name} is an employee of Larkspur Therapeutics, an invented company, and holds stock in it.",
        )
    )
