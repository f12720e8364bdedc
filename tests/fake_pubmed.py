"""A PubMed made of Citations, for tests of what is done with its answers."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aggregator.citation import AbstractSection, Citation, PubDate
from aggregator.errors import PubMedUnavailable
from aggregator.harvest import update as update_library
from aggregator.pubmed.answers import SearchAnswer
from aggregator.pubmed.eutils import Fetched
from aggregator.pubmed.records import ReadRecord
from aggregator.topics import Topic

ZONE = ZoneInfo("America/New_York")
SUNDAY = datetime(2026, 11, 15, 18, tzinfo=ZONE)
WEEK = timedelta(days=7)
PTSD = Topic(slug="ptsd", title="PTSD", question="?", query="ketamin*[tiab] AND ptsd[tiab]")
SAFETY = Topic(slug="safety", title="Safety", question="?", query="ketamin*[tiab] AND safety[tiab]")


def citation(number, **fields):
    return Citation(
        pmid=str(90000000 + number),
        title=fields.pop("title", f"Ketamine for PTSD: invented study {number}"),
        abstract=(AbstractSection(text="An invented abstract."),),
        published=PubDate(2026, 11),
        entered=fields.pop("entered", date(2026, 11, 12)),
        **fields,
    )


class FakePubMed:
    """Records by topic word; asked for revisions it lists `revised`; each list may be made to fail."""

    def __init__(self, *citations):
        self.held = {c.pmid: c for c in citations}
        self.revised = ()
        self.down = ()
        self.withheld = ()
        self.ghosts = ()
        self.breaks_off = False
        self.miscount = 0
        self.fetched = []
        self.asked = []

    def put(self, *citations):
        self.held |= {c.pmid: c for c in citations}

    def search(self, query, *, limit=None):
        if any(word in query for word in self.down):
            raise PubMedUnavailable("no answer; try again later")
        self.asked.append(query)
        if "[uid]" in query:
            pmids = tuple(re.findall(r"(\d+)\[uid\]", query))
        else:
            word = "safety" if "safety" in query else "ptsd"
            pmids = tuple(pmid for pmid, c in self.held.items() if word in c.title.lower()) + self.ghosts
        if "[lr]" in query:
            pmids = tuple(pmid for pmid in pmids if pmid in self.revised)
        return SearchAnswer(
            count=len(pmids) + self.miscount, pmids=pmids, translation=query, is_complete=not self.miscount
        )

    def fetch(self, pmids):
        pmids = tuple(pmids)
        self.fetched += pmids
        came = [pmid for pmid in pmids if pmid in self.held and pmid not in self.withheld]
        yield Fetched(
            records=tuple(ReadRecord(citation=self.held[p], raw=repr(self.held[p]).encode()) for p in came),
            missing=tuple(pmid for pmid in pmids if pmid in self.held and pmid not in came),
            gone=tuple(pmid for pmid in pmids if pmid not in self.held),
        )
        if self.breaks_off:
            raise PubMedUnavailable("no more answers; try again later")


def update(library, pubmed, now=SUNDAY, topics=(PTSD,)):
    return update_library(library, topics, pubmed, now=now.astimezone(UTC))
