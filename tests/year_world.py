"""An invented PubMed in which time passes: on every day records come, change and go, by the dice of a seed.

Each record carries its own features, and each question says by those features what it finds: what matches is known by
construction, and neither the product's query language nor its reader is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from aggregator.dates import EASTERN
from aggregator.pubmed.simulator import World
from aggregator.topics import Topic

DAY = timedelta(days=1)
#: DateRevised lies up to so many days before the day on which a revision can first be seen.
LONGEST_LAG = 6

PTSD, SOCIAL, ANIMALS, HUMANS = "Stress Disorders, Post-Traumatic", "Phobia, Social", "Animals", "Humans"
#: Descriptors with NLM's identifiers.
DESCRIPTORS = {PTSD: "D013313", SOCIAL: "D000072861", ANIMALS: "D000818", HUMANS: "D006801", "Ketamine": "D007649"}
#: What a title may speak of, besides ketamine.
SUBJECTS = ("ptsd", "social anxiety", "depression", "anesthesia")


# -- records ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state of an invented record: its features, and since when they are so."""

    pmid: str
    doi: str
    #: CRDT, EDAT, the year of publication, LR.
    entered: date
    processed: date
    year: int
    revised: date | None = None
    #: The first day of this state, and whether LR tells of it.
    since: date
    is_told: bool = True
    #: What the title speaks of.
    words: frozenset[str]
    #: MeSH descriptors; none before indexing.
    headings: frozenset[str] = frozenset()
    types: tuple[str, ...] = ("Journal Article",)
    #: RefType and PMID of each notice.
    notices: tuple[tuple[str, str], ...] = ()
    standing: str = "epublish"
    issue: int | None = None
    #: Counts the changes of the abstract.
    edition: int = 1
    version: int = 1

    def count(self, ref_type: str) -> int:
        """How many notices of a kind it bears."""
        return sum(kind == ref_type for kind, _ in self.notices)


def told(before: State, after: State) -> Counter[str]:
    """The kinds of change between two states of a record; of plain revisions those of title, abstract and MeSH."""
    found = {
        "retracted": after.count("RetractionIn") - before.count("RetractionIn"),
        "expression-of-concern": after.count("ExpressionOfConcernIn") - before.count("ExpressionOfConcernIn"),
        "corrected": after.count("ErratumIn") - before.count("ErratumIn"),
        "published": after.count("UpdateIn") - before.count("UpdateIn"),
        "issued": int(before.standing != after.standing),
        "indexed": int(not before.headings and bool(after.headings)),
        "revised title": int(before.words != after.words),
        "revised abstract": int(before.edition != after.edition),
        "revised mesh": int(bool(before.headings) and before.headings != after.headings),
    }
    return Counter({kind: times for kind, times in found.items() if times})


def record_xml(state: State) -> bytes:
    """The state as PubMed would hand it out; invented, and marked as such."""
    moments = (("entrez", state.entered), ("pubmed", state.processed), ("medline", state.processed))
    history = "".join(_date("PubMedPubDate", day, f' PubStatus="{status}"') for status, day in moments)
    types = "".join(f'<PublicationType UI="D016428">{kind}</PublicationType>' for kind in state.types)
    notices = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>Invent J. {state.year}</RefSource>'
        f'<PMID Version="1">{pmid}</PMID></CommentsCorrections>'
        for kind, pmid in state.notices
    )
    mesh = "".join(
        f'<MeshHeading><DescriptorName UI="{DESCRIPTORS[name]}" MajorTopicYN="N">{name}</DescriptorName></MeshHeading>'
        for name in sorted(state.headings)
    )
    return (
        f'<PubmedArticle><MedlineCitation Status="{"MEDLINE" if mesh else "Publisher"}" Owner="NLM">'
        f'<PMID Version="{state.version}">{state.pmid}</PMID>'
        f"{_date('DateRevised', state.revised) if state.revised else ''}"
        '<Article PubModel="Electronic"><Journal><JournalIssue CitedMedium="Internet">'
        f"{f'<Volume>7</Volume><Issue>{state.issue}</Issue>' if state.issue else ''}"
        f"<PubDate><Year>{state.year}</Year></PubDate></JournalIssue><Title>Invented Journal</Title>"
        "<ISOAbbreviation>Invent J</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{', '.join(sorted(state.words))}: an invented record</ArticleTitle>"
        f'<ELocationID EIdType="doi" ValidYN="Y">{state.doi}</ELocationID>'
        f"<Abstract><AbstractText>Invented, edition {state.edition}.</AbstractText></Abstract>"
        f"<Language>eng</Language><PublicationTypeList>{types}</PublicationTypeList></Article>"
        "<MedlineJournalInfo><MedlineTA>Invent J</MedlineTA></MedlineJournalInfo>"
        f"{_list('CommentsCorrectionsList', notices)}{_list('MeshHeadingList', mesh)}</MedlineCitation>"
        f"<PubmedData><History>{history}</History><PublicationStatus>{state.standing}</PublicationStatus>"
        f'<ArticleIdList><ArticleId IdType="pubmed">{state.pmid}</ArticleId>'
        f'<ArticleId IdType="doi">{state.doi}</ArticleId></ArticleIdList></PubmedData></PubmedArticle>'
    ).encode()


def _date(tag: str, day: date, attribute: str = "") -> str:
    return f"<{tag}{attribute}><Year>{day.year}</Year><Month>{day.month}</Month><Day>{day.day}</Day></{tag}>"


def _list(tag: str, members: str) -> str:
    return f"<{tag}>{members}</{tag}>" if members else ""


# -- questions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """A topic, and which states it finds: the same said twice, once for PubMed and once for the oracle."""

    slug: str
    query: str
    finds: Callable[[State], bool]

    @property
    def topic(self) -> Topic:
        return Topic(slug=self.slug, title=self.slug.title(), question="?", query=self.query)


def _is_of_trauma(state: State) -> bool:
    return "ketamine" in state.words and ("ptsd" in state.words or PTSD in state.headings)


TRAUMA = Question(
    "trauma",
    f'ketamin*[tiab] AND ("{PTSD}"[mh] OR ptsd[tiab]) NOT anesthesia[ti]',
    lambda state: _is_of_trauma(state) and "anesthesia" not in state.words,
)
#: The same topic after its query was made wider.
WIDER_TRAUMA = Question("trauma", f'ketamin*[tiab] AND ("{PTSD}"[mh] OR ptsd[tiab])', _is_of_trauma)
ANXIETY = Question(
    "anxiety",
    f'("{SOCIAL}"[mh] OR "social anxiety"[tiab]) AND ketamine[tiab]',
    lambda state: "ketamine" in state.words and ("social anxiety" in state.words or SOCIAL in state.headings),
)
MOOD = Question(
    "mood",
    "ketamin*[tiab] AND depress*[tiab] NOT (animals[mh] NOT humans[mh])",
    lambda state: {"ketamine", "depression"} <= state.words and state.headings & {ANIMALS, HUMANS} != {ANIMALS},
)
SLUGS = (TRAUMA.slug, ANXIETY.slug, MOOD.slug)


# -- what happens to records -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a record: how often, to which, what it changes, and how likely LR says nothing of it."""

    weight: int
    befalls: Callable[[State], bool]
    change: Callable[[State, Random], State]
    silent: float = 0.0


def _notice(ref_type: str, *types: str) -> Callable[[State, Random], State]:
    def change(state: State, random: Random) -> State:
        notice = (ref_type, str(random.randrange(99_000_000, 99_999_999)))
        return replace(state, types=(*state.types, *types), notices=(*state.notices, notice))

    return change


def _indexed(state: State, random: Random) -> State:
    of_title = {PTSD} if "ptsd" in state.words else set()
    of_people = random.choice(({HUMANS}, {HUMANS}, {HUMANS, ANIMALS}, {ANIMALS}))
    not_in_title = random.choice((set(), {PTSD}, {SOCIAL}))
    return replace(state, headings=frozenset({"Ketamine"} | of_title | of_people | not_in_title))


def _indexed_anew(state: State, random: Random) -> State:
    return replace(state, headings=state.headings ^ {random.choice((PTSD, SOCIAL, HUMANS, ANIMALS))})


def _retitled(state: State, random: Random) -> State:
    return replace(state, words=state.words ^ {random.choice((*SUBJECTS, "ketamine"))})


def _edited(state: State, _: Random) -> State:
    return replace(state, edition=state.edition + 1)


def _issued(state: State, random: Random) -> State:
    return replace(state, standing="ppublish", issue=random.randint(1, 12))


EVENTS: Mapping[str, Event] = {
    "indexed": Event(30, lambda s: not s.headings, _indexed),
    "indexed anew": Event(12, lambda s: bool(s.headings), _indexed_anew, silent=0.3),
    "retitled": Event(12, lambda _: True, _retitled, silent=0.3),
    "edited": Event(8, lambda _: True, _edited),
    "edited silently": Event(8, lambda _: True, _edited, silent=1),
    "touched": Event(6, lambda _: True, lambda s, _: s),
    "retracted": Event(5, lambda s: not s.count("RetractionIn"), _notice("RetractionIn", "Retracted Publication")),
    "questioned": Event(4, lambda s: not s.count("ExpressionOfConcernIn"), _notice("ExpressionOfConcernIn")),
    "corrected": Event(6, lambda s: s.count("ErratumIn") < 3, _notice("ErratumIn")),
    "issued": Event(12, lambda s: s.standing == "aheadofprint", _issued),
    "version 2": Event(3, lambda s: s.version == 1, lambda s, _: replace(s, version=2, edition=s.edition + 1)),
}
#: What happens to records as wholes, with its weight.
FATES = {"published": 8, "deleted": 5, "restored": 4, "doubled": 3, "merged": 4, "doubled and merged": 2}


class InventedPubMed:
    """A simulated PubMed in which time passes, and what is true of it.

    A first batch of records is there before `start`, most of them old; births and events happen so many times a day.
    """

    def __init__(
        self, seed: int, start: datetime, *, first: int = 24, births: float = 0.22, events: float = 0.9
    ) -> None:
        self.world = World(now=start)
        #: What happened, and how often.
        self.happened: Counter[str] = Counter()
        #: Every state of each record, the first one first.
        self.states: dict[str, list[State]] = {}
        #: Since when a record is not there, or is there again.
        self.gone: dict[str, date] = {}
        self.back: dict[str, date] = {}
        self._random = Random(seed)
        self._rates = births, events
        self._day = start.astimezone(EASTERN).date()
        for _ in range(first):
            self._born(self._day - DAY * self._random.choice((*range(10), *(30, 90, 400, 4000) * 5)))

    def pass_until(self, moment: datetime) -> None:
        """Lets time pass. What happens in the afternoon of a run's day that run does not see."""
        day = moment.astimezone(EASTERN).date()
        while self._day < day:
            self._half_a_day()
            self._day += DAY
            self._half_a_day()
        self.world.now = moment

    def now(self) -> dict[str, State]:
        """What PubMed holds."""
        return {pmid: states[-1] for pmid, states in self.states.items() if pmid not in self.gone}

    def listed(self, question: Question) -> frozenset[str]:
        """What PubMed lists for a question."""
        return frozenset(pmid for pmid, state in self.now().items() if question.finds(state))

    def twins(self, pmid: str) -> frozenset[str]:
        """Other records, there or not, that bear the same DOI."""
        doi = self.states[pmid][0].doi
        return frozenset(other for other, states in self.states.items() if states[0].doi == doi and other != pmid)

    # -- the dice -------------------------------------------------------------------------------

    def _half_a_day(self) -> None:
        births, events = self._rates
        for rate, happens in ((births, self._birth), (events, self._event)):
            # Up to three times, so that there are busy days.
            for _ in range(3):
                if self._random.random() < rate / 6:
                    happens()

    def _birth(self) -> None:
        is_late = self._random.random() < 0.2
        self.happened["created late" if is_late else "created"] += 1
        self._born(self._day, **({"processed": date(2011, 3, 1), "year": 2011} if is_late else {}))

    def _born(self, day: date, **features: Any) -> State:
        random = self._random
        pmid = str(90_000_001 + len(self.states))
        is_preprint = random.random() < 0.33
        state = State(
            pmid=pmid,
            doi=f"10.5555/invented.{pmid}",
            entered=day,
            processed=day + DAY * random.randint(0, 1),
            year=day.year,
            since=day,
            revised=random.choice((None, day)),
            words=frozenset(
                {word for word in SUBJECTS if random.random() < 0.35}
                | ({"ketamine"} if random.random() < 0.9 else set())
            ),
            types=("Preprint" if is_preprint else "Journal Article",),
            standing="epublish" if is_preprint else random.choice(("aheadofprint", "epublish")),
        )
        state = replace(state, **features)
        self._put(state)
        return state

    def _event(self) -> None:
        weights = FATES | {name: event.weight for name, event in EVENTS.items()}
        (name,) = self._random.choices(list(weights), list(weights.values()))
        self.happened[name] += self._fate(name) if name in FATES else self._change(name)

    def _change(self, name: str) -> bool:
        event = EVENTS[name]
        state = self._any(state for state in self.now().values() if event.befalls(state))
        if state:
            is_told = self._random.random() >= event.silent
            self._revise(state, event.change(state, self._random), is_told=is_told)
            self.happened["without LR"] += not is_told
        return bool(state)

    def _revise(self, before: State, after: State, *, is_told: bool = True) -> None:
        day = self._day - DAY * self._random.choice((0, 0, 0, self._random.randint(0, LONGEST_LAG)))
        revised = max(day, before.revised or day) if is_told else before.revised
        self._put(replace(after, since=self._day, revised=revised, is_told=is_told))

    def _fate(self, name: str) -> bool:
        chosen = self._any(self._candidates(name))
        if chosen is None:
            return False
        features = {"words": chosen.words, "headings": chosen.headings}
        if name == "published":
            article = self._born(self._day, types=("Journal Article",), **features)
            self._revise(chosen, replace(chosen, notices=(*chosen.notices, ("UpdateIn", article.pmid))))
        if "doubled" in name:
            self._born(self._day, doi=chosen.doi, **features)
        if name == "restored":
            del self.gone[chosen.pmid]
            self.back[chosen.pmid] = self._day
            revised = max(self._day, chosen.revised or self._day)
            self._put(replace(chosen, since=self._day, revised=revised, is_told=True))
        if name in {"deleted", "merged", "doubled and merged"}:
            self.gone[chosen.pmid] = self._day
            self.world.remove(chosen.pmid)
        return True

    def _candidates(self, name: str) -> Iterable[State]:
        now = self.now()
        if name == "restored":
            return (self.states[pmid][-1] for pmid in self.gone)
        if name == "published":
            return (state for state in now.values() if "Preprint" in state.types and not state.count("UpdateIn"))
        return (s for s in now.values() if bool(self.twins(s.pmid) & now.keys()) == (name == "merged"))

    def _any(self, states: Iterable[State]) -> State | None:
        found = list(states)
        return self._random.choice(found) if found else None

    def _put(self, state: State) -> None:
        states = self.states.setdefault(state.pmid, [])
        if states and record_xml(states[-1]) == record_xml(state):
            return
        states.append(state)
        self.world.add(record_xml(state), since=state.since)
