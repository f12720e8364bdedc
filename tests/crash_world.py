"""What the crash tests share: an invented PubMed that changes over six weeks, and how libraries are compared."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from zlib import crc32

from aggregator.dates import EASTERN
from aggregator.pubmed.simulator import World
from aggregator.topics import Topic

#: Three topics that share studies, because what a second topic finds depends on what the first has stored.
TOPICS = tuple(
    Topic(slug=slug, title=f"Invented: {slug}", question="What is new?", query=f"ketamin*[tiab] AND {words}[tiab]")
    for slug, words in (("depression", "depress*"), ("ptsd", "ptsd"), ("social-anxiety", '"social anxiety"'))
)

#: A first week; one so much later that a revision may lie more than the overlap before it; and one after four weeks,
#: when everything held is fetched again. Each half an hour before PubMed's midnight, so that a run an hour later is
#: made on another day of the same week.
WEEKS = tuple(datetime(2026, 11, 14, 23, 30, tzinfo=EASTERN) + timedelta(weeks=weeks) for weeks in (0, 3, 5))


# -- PubMed ---------------------------------------------------------------------------------------


def worlds():
    """What PubMed holds in each of the weeks."""
    for moment, studies in zip(WEEKS, (first_week(), fourth_week(), sixth_week()), strict=True):
        world = World(now=moment)
        world.add(*(record(number, **fields) for number, fields in studies.items()))
        yield world


def first_week():
    """Old studies, some of the last days, one of the very day."""
    about = ("ptsd", "depression", "social anxiety", "ptsd and depression", "depression and social anxiety")
    studies = {number: {"about": about[number % 5]} for number in range(1, 15)}
    studies |= {
        number: {"about": about[number % 5], "entered": date(2026, 11, day)}
        for number, day in ((33, 9), (34, 12), (35, 13), (36, 14))
    }
    studies[5]["doi"] = "10.99999/invented.5"
    return studies


def fourth_week():
    """New studies, a late one, revisions, retractions, a deletion, a merge, matches lost and gained."""
    studies = first_week()
    about = ("ptsd", "depression", "ptsd and social anxiety")
    studies |= {n: {"about": about[n % 3], "entered": date(2026, 11, n - 23)} for n in range(39, 43)}
    studies[44] = {"about": "depression", "entered": date(2026, 6, 1)}
    lately = date(2026, 11, 24)
    studies[1] |= {"title": "Ketamine and ptsd: invented trial 1, revised", "revised": lately}
    studies[2] |= {"title": "Ketamine and depression: invented trial 2, revised", "revised": lately}
    for number, about in ((6, "depression"), (7, "social anxiety"), (35, "ptsd")):
        studies[number] |= {"title": f"Ketamine and {about}: invented trial {number}, revised", "revised": lately}
    studies[3] |= {"retracted": True, "revised": lately}
    studies[33] |= {"retracted": True, "revised": lately}
    del studies[4], studies[5]
    studies[45] = {"about": "ptsd", "entered": lately, "doi": "10.99999/invented.5"}
    studies[8] |= {"about": "chronic pain", "revised": lately}
    studies[9] |= {"about": "depression only", "revised": lately}
    studies[10] |= {"about": "ptsd and depression", "revised": lately}
    studies[34] |= {"about": "surgery", "revised": lately}
    return studies


def sixth_week():
    """More of it, a deleted record that is back, and what only fetching everything again can find: silent edits."""
    studies = fourth_week()
    lately = date(2026, 12, 18)
    studies |= {n: {"about": "social anxiety", "entered": date(2026, 12, n - 33)} for n in range(46, 48)}
    studies[4] = first_week()[4]
    studies[11] |= {"title": "Ketamine and depression: invented trial 11, edited in silence"}
    studies[12] |= {"retracted": True}
    studies[8] |= {"about": "ptsd again", "revised": lately}
    studies[34] |= {"title": "Ketamine and surgery: invented trial 34, revised", "revised": lately}
    studies[36] |= {"title": "Ketamine: invented trial 36, revised", "revised": lately}
    del studies[13]
    return studies


def record(number, *, about="ptsd", title=None, entered=date(2026, 3, 1), revised=None, doi=None, retracted=False):
    """An invented study of invented people; `about` are the words that make it match a topic or none."""
    pmid = 90000000 + number
    title = title or f"Ketamine and {about}: invented trial {number}"
    abstract = (
        f"METHODS: In this invented randomised trial {20 + number} adults with {about} received intravenous ketamine "
        f"0.5 mg/kg or midazolam. CONCLUSIONS: Nobody took part in invented trial {number}."
    )
    notice = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>Inv J. 2026;1:2</RefSource>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )
    kinds = ["Randomized Controlled Trial"] + ["Retracted Publication"] * retracted
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        + (_day("DateRevised", revised) if revised else "")
        + '<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2026</Year></PubDate>'
        f"</JournalIssue><Title>Invented Journal</Title></Journal><ArticleTitle>{title}</ArticleTitle>"
        + (f'<ELocationID EIdType="doi" ValidYN="Y">{doi}</ELocationID>' if doi else "")
        + f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract><Language>eng</Language><PublicationTypeList>"
        + "".join(f"<PublicationType>{kind}</PublicationType>" for kind in kinds)
        + "</PublicationTypeList></Article><MedlineJournalInfo><MedlineTA>Inv J</MedlineTA></MedlineJournalInfo>"
        + notice * retracted
        + "</MedlineCitation><PubmedData><History>"
        + _day('PubMedPubDate PubStatus="entrez"', entered)
        + "</History><PublicationStatus>ppublish</PublicationStatus><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList></PubmedData></PubmedArticle>'
    ).encode()


def _day(tag, day):
    inner = f"<Year>{day.year}</Year><Month>{day.month}</Month><Day>{day.day}</Day>"
    return f"<{tag}>{inner}</{tag.split()[0]}>"


# -- an installation ------------------------------------------------------------------------------


def furnish(folder, url):
    """Settings and topics of its own in a folder."""
    (folder / "aggregator.toml").write_text(
        f'[pubmed]\nemail = "you@clinic.example"\nurl = "{url}"\nrequests_per_second = 1000\n'
    )
    (folder / "queries").mkdir(exist_ok=True)
    for topic in TOPICS:
        (folder / "queries" / f"{topic.slug}.toml").write_text(
            f"title = '{topic.title}'\nquestion = '{topic.question}'\nquery = '''{topic.query}'''\n"
        )
    return folder


def command(folder, verb, *words, now=WEEKS[0]):
    """The words of a verb as they are typed in such a folder."""
    place = ["--config", str(folder / "aggregator.toml"), "--workspace", str(folder / "workspace")]
    return [verb, *words, "--quiet", *place, "--now", now.isoformat()]


def files_of(folder):
    """Every file below a folder with what is in it, but for the log, which tells of every try."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "logs"
    }


# -- comparing libraries --------------------------------------------------------------------------


def contents(workspace):
    """Everything that a library holds, except how often it was asked; the file itself must be sound."""
    with closing(sqlite3.connect(workspace / "library.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        names = [
            row[0]
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith(("sqlite_", "words_"))
        ]
        held = {name: _rows(db, f"SELECT * FROM {name}", without={"id"}) for name in names}
        # What a broken-off run had stored is not new to the run after it.
        held["searches"] = _rows(
            db,
            "SELECT * FROM searches WHERE id IN (SELECT max(id) FROM searches GROUP BY topic)",
            without={"id", "new", "changed"},
        )
    return held


def _rows(db, sql, *, without):
    found = db.execute(sql)
    columns = [column[0] for column in found.description]
    rows = [{name: value for name, value in zip(columns, row, strict=True) if name not in without} for row in found]
    return sorted(rows, key=repr)


def differences(held, expected):
    """What two libraries differ in, short enough to be read in a failure."""
    told = []
    for table in expected.keys() | held.keys():
        rows, wanted = held.get(table, []), expected.get(table, [])
        told += [f"{table}: too much {_short(row)}" for row in rows if rows.count(row) > wanted.count(row)]
        told += [f"{table}: wanting {_short(row)}" for row in wanted if wanted.count(row) > rows.count(row)]
    return told


def _short(row):
    return {name: value for name, value in row.items() if not isinstance(value, bytes)}


def timeless(held):
    """What does not depend on the hour of the run."""
    return {
        "records": {(row["pmid"], crc32(row["raw"]), row["deleted"] is None) for row in held["citations"]},
        "summaries": {(row["pmid"], crc32(row["summary"])) for row in held["summaries"]},
        "matches": {(row["pmid"], row["topic"], row["lost"] is None) for row in held["matches"]},
        "changes": counted((c["pmid"], c["kind"], c["field"], c["before"], c["after"]) for c in held["changes"]),
        "announcements": {(row["pmid"], row["issue"]) for row in held["announcements"]},
        "complete": {(row["topic"], row["complete"], row["missing"]) for row in held["searches"]},
    }


def counted(rows):
    """As a set that tells two of the same from one."""
    return set(Counter(rows).items())


def unlike(told, expected):
    """What only one of two has, by its name; empty when they agree."""
    return {name: told[name] ^ expected[name] for name in expected if told[name] != expected[name]}


# -- runs -----------------------------------------------------------------------------------------


class Runner:
    """The process that forks the runs; see crash_child.py for what can be ordered."""

    def __init__(self, **environment):
        top = Path(__file__).resolve().parent.parent
        self._process = subprocess.Popen(
            [sys.executable, str(top / "tests/crash_child.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(top)} | environment,
        )

    def __call__(self, **order):
        print(json.dumps(order), file=self._process.stdin, flush=True)
        told = self._process.stdout.readline()
        answer = json.loads(told)
        assert "failed" not in answer, answer["failed"]
        return answer

    def week(self, workspace, url, now, **how):
        """An update and the week's plan."""
        return self(workspace=str(workspace), url=url, now=now.isoformat(), **how)

    def close(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
