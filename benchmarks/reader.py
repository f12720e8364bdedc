"""How many whole records a second the reader gives, in how much memory, beside other readers on the same file.

    python benchmarks/reader.py [FILE.xml.gz ...] [--records N] [--runs N]

Without a file it writes one of invented records (seeded, about 10 kB of XML each, references included). Every
measurement is a process of its own; the readers take turns, and the table shows the median of their runs. Seconds
are the processor's, since all readers keep one core busy and a shared machine's clock also counts the neighbours.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# --- Readers: a file in, the number of records out --------------------------------------------------------------


def opened(path: Path) -> BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def ours(path: Path) -> int:
    from aggregator.pubmed import records

    with opened(path) as stream:
        return sum(1 for _ in records.read(stream))


def ours_with_raw(path: Path) -> int:
    from aggregator.pubmed import records

    with opened(path) as stream:
        return sum(isinstance(entry, records.ReadRecord) for entry in records.read_entries(stream))


def biopython(path: Path) -> int:
    from Bio import Entrez

    return sum(len(Entrez.read(BytesIO(batch))["PubmedArticle"]) for batch in batches(path, 200))


def batches(path: Path, size: int) -> Iterator[bytes]:
    """The file as documents of `size` articles: Biopython cannot stream a set."""
    from aggregator.pubmed import records

    elements = article_bytes(path)
    while batch := list(islice(elements, size)):
        yield records.wrap(batch)


def article_bytes(path: Path) -> Iterator[bytes]:
    rest = b""
    with opened(path) as stream:
        while chunk := stream.read(1 << 20):
            *articles, rest = re.split(rb"(?<=</PubmedArticle>)", rest + chunk)
            for article in articles:
                yield article[article.index(b"<PubmedArticle>") :]


def pubmed_parser(path: Path) -> int:
    import pubmed_parser as parser

    return sum(1 for _ in parser.parse_medline_xml(str(path)))


THIRTEEN_FIELDS = (
    "MedlineCitation/PMID",
    "MedlineCitation/Article/ArticleTitle",
    "MedlineCitation/Article/Abstract",
    "MedlineCitation/Article/Journal/Title",
    "MedlineCitation/Article/Journal/ISOAbbreviation",
    "MedlineCitation/Article/Journal/JournalIssue/Volume",
    "MedlineCitation/Article/Journal/JournalIssue/Issue",
    "MedlineCitation/Article/Journal/JournalIssue/PubDate",
    "MedlineCitation/Article/Pagination",
    "MedlineCitation/Article/AuthorList",
    "MedlineCitation/Article/PublicationTypeList",
    "MedlineCitation/MeshHeadingList",
    "PubmedData/ArticleIdList",
)


def lxml_fields(path: Path) -> int:
    """What a few lines of lxml give: thirteen texts, without structure."""
    from lxml import etree

    count = 0
    with opened(path) as stream:
        for _, element in etree.iterparse(stream, tag="PubmedArticle", load_dtd=False, no_network=True):
            found = [element.find(path) for path in THIRTEEN_FIELDS]
            count += bool(["".join(part.itertext()) for part in found if part is not None])
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return count


READERS: dict[str, tuple[Callable[[Path], int], str | None]] = {
    "this reader, whole Citations": (ours, None),
    "this reader, with raw XML": (ours_with_raw, None),
    "lxml iterparse, 13 fields": (lxml_fields, "lxml"),
    "pubmed_parser": (pubmed_parser, "pubmed_parser"),
    "Biopython, batches of 200": (biopython, "Bio"),
}

# --- Invented records -----------------------------------------------------------------------------------------

VOCABULARY = """
    adherence ambulatory analysis anxious arm assessed baseline blinded burden calm carried care clinic cohort
    compared daily data decline depressive diary dose drift early effect eight enrolled evening fair follow group
    half higher improved infusion interval later letter lower mean measured mild model moderate morning mood nine
    onset outcome overall paired patients period placebo plain point primary ratio record remained reported response
    risk saline scale score second severe six sleep slow stable symptom team term trial twelve visit week year
"""
NAMES = ("Aster", "Birch", "Clover", "Dill", "Elder", "Fennel", "Gorse", "Hazel", "Iris", "Larch", "Mallow", "Rowan")
LABELS = (
    ("BACKGROUND", "BACKGROUND"),
    ("METHODS", "METHODS"),
    ("RESULTS", "RESULTS"),
    ("CONCLUSIONS", "CONCLUSIONS"),
)
QUALIFIERS = (
    "",
    "",
    '<QualifierName UI="Q000188" MajorTopicYN="Y">drug therapy</QualifierName>',
    '<QualifierName UI="Q000523" MajorTopicYN="N">psychology</QualifierName>',
)


class Inventor:
    """Invented records from a seed; the same seed gives the same file."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.prose = VOCABULARY.split()
        self.terms = [self.words(1, 3) for _ in range(20_000)]

    def words(self, low: int, high: int) -> str:
        return " ".join(self.random.choices(self.prose, k=self.random.randint(low, high))).capitalize()

    def sentences(self, count: int) -> str:
        text = ". ".join(self.words(12, 24) for _ in range(count))
        return f"{text} (<i>p</i> &lt; 0.05; 10<sup>-3</sup>)." if self.random.random() < 0.3 else f"{text}."

    def record(self, number: int) -> str:
        pmid = 90_000_001 + number
        return (
            f'<PubmedArticle><MedlineCitation Status="MEDLINE" IndexingMethod="Automated" Owner="NLM">'
            f'<PMID Version="1">{pmid}</PMID>{day("DateCompleted", 2026, 3, 9)}{day("DateRevised", 2026, 4, 2)}'
            f'<Article PubModel="Print-Electronic"><Journal><ISSN IssnType="Electronic">0000-0000</ISSN>'
            f'<JournalIssue CitedMedium="Internet"><Volume>{self.random.randint(1, 90)}</Volume><Issue>2</Issue>'
            f"<PubDate><Year>2026</Year><Month>Feb</Month></PubDate></JournalIssue>"
            f"<Title>Journal of invented studies</Title><ISOAbbreviation>J Invent Stud</ISOAbbreviation></Journal>"
            f"<ArticleTitle>{self.words(9, 20)}.</ArticleTitle>"
            f"<Pagination><StartPage>10</StartPage><EndPage>19</EndPage><MedlinePgn>10-19</MedlinePgn></Pagination>"
            f'<ELocationID EIdType="doi" ValidYN="Y">10.99999/invented.{pmid}</ELocationID>'
            f"<Abstract>{self.abstract()}</Abstract>"
            f'<AuthorList CompleteYN="Y">{self.authors()}</AuthorList>'
            f'<Language>eng</Language><GrantList CompleteYN="Y"><Grant><GrantID>R00 000000</GrantID>'
            f"<Acronym>XX</Acronym><Agency>Invented agency</Agency><Country>United States</Country></Grant></GrantList>"
            f'<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType>'
            f'<PublicationType UI="D016449">Randomized Controlled Trial</PublicationType></PublicationTypeList>'
            f"{day('ArticleDate', 2026, 1, 20, DateType='Electronic')}</Article>"
            f"<MedlineJournalInfo><Country>England</Country><MedlineTA>J Invent Stud</MedlineTA>"
            f"<NlmUniqueID>0000000</NlmUniqueID><ISSNLinking>0000-0000</ISSNLinking></MedlineJournalInfo>"
            f"<ChemicalList>{self.chemicals()}</ChemicalList><CitationSubset>IM</CitationSubset>"
            f"<MeshHeadingList>{self.headings()}</MeshHeadingList>"
            f'<KeywordList Owner="NOTNLM">{self.keywords()}</KeywordList>'
            f"<CoiStatement>{self.words(8, 20)}.</CoiStatement></MedlineCitation>"
            f"<PubmedData><History>{self.history()}</History><PublicationStatus>ppublish</PublicationStatus>"
            f'<ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>'
            f'<ArticleId IdType="doi">10.99999/invented.{pmid}</ArticleId>'
            f'<ArticleId IdType="pii">invented.{pmid}</ArticleId></ArticleIdList>'
            f"<ReferenceList>{self.references()}</ReferenceList></PubmedData></PubmedArticle>\n"
        )

    def abstract(self) -> str:
        return "".join(
            f'<AbstractText Label="{label}" NlmCategory="{category}">{self.sentences(3)}</AbstractText>'
            for label, category in LABELS
        )

    def authors(self) -> str:
        return "".join(self.author() for _ in range(self.random.randint(2, 8)))

    def author(self) -> str:
        last = self.random.choice(NAMES)
        return (
            f'<Author ValidYN="Y"><LastName>{last}</LastName><ForeName>{self.random.choice(NAMES)} A</ForeName>'
            f"<Initials>{last[0]}A</Initials><AffiliationInfo><Affiliation>Department of {self.words(2, 4)}, "
            f"Invented University, {self.random.choice(NAMES)}ville.</Affiliation></AffiliationInfo></Author>"
        )

    def term(self) -> tuple[int, str]:
        """A term of a controlled vocabulary: few are frequent, most are rare, as in MeSH."""
        number = int(self.random.paretovariate(0.6)) % len(self.terms)
        return number, self.terms[number]

    def chemicals(self) -> str:
        return "".join(
            f'<Chemical><RegistryNumber>0</RegistryNumber><NameOfSubstance UI="D{n:06}">{name}'
            f"</NameOfSubstance></Chemical>"
            for n, name in (self.term() for _ in range(self.random.randint(1, 4)))
        )

    def headings(self) -> str:
        return "".join(
            f'<MeshHeading><DescriptorName UI="D{n:06}" MajorTopicYN="N">{name}</DescriptorName>'
            f"{self.random.choice(QUALIFIERS)}</MeshHeading>"
            for n, name in (self.term() for _ in range(self.random.randint(6, 14)))
        )

    def keywords(self) -> str:
        return "".join(
            f'<Keyword MajorTopicYN="N">{self.words(1, 3)}</Keyword>' for _ in range(self.random.randint(3, 7))
        )

    def history(self) -> str:
        statuses = ("received", "accepted", "entrez", "pubmed", "medline")
        return "".join(day("PubMedPubDate", 2026, 1, 10 + n, PubStatus=name) for n, name in enumerate(statuses))

    def references(self) -> str:
        return "".join(
            f"<Reference><Citation>{self.random.choice(NAMES)} A. {self.words(6, 12)}. J Invent Stud. 2019;4:1-9."
            f'</Citation><ArticleIdList><ArticleId IdType="doi">10.99999/reference.{n}</ArticleId>'
            f'<ArticleId IdType="pubmed">{90_900_001 + n}</ArticleId></ArticleIdList></Reference>'
            for n in range(self.random.randint(0, 20))
        )


def day(tag: str, year: int, month: int, number: int, **attributes: str) -> str:
    stated = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{stated}><Year>{year}</Year><Month>{month:02}</Month><Day>{number:02}</Day></{tag}>"


def write_invented(path: Path, count: int, seed: int = 2) -> int:
    """Writes the file and gives the size of its XML in bytes."""
    from aggregator.pubmed import records

    inventor = Inventor(seed)
    prolog, end = records.wrap([]).split(b"<PubmedArticleSet>\n")
    size = 0
    with gzip.open(path, "wb", compresslevel=6) as stream:
        stream.write(prolog + b"<PubmedArticleSet>\n")
        for number in range(count):
            size += stream.write(inventor.record(number).encode())
        stream.write(end)
    return size


# --- Measuring --------------------------------------------------------------------------------------------------


def measure_here(name: str, path: Path) -> None:
    """One run in this process, which does nothing else; prints what it found."""
    reader = READERS[name][0]
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "first.xml.gz")
        write_invented(first, 10)
        reader(first)  # imports, and Biopython's DTD, are loaded once for any number of records
    started = time.process_time()
    count = reader(path)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps({"records": count, "seconds": seconds, "mb": peak / (1 << 20 if sys.platform == "darwin" else 1024)})
    )


def measure(name: str, path: Path) -> dict[str, float] | None:
    command = [sys.executable, __file__, "--measure", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} cannot read {path.name}: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def compare(path: Path, runs: int) -> None:
    names = [name for name, (_, package) in READERS.items() if is_installed(name, package)]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in list(results):
            result = measure(name, path)
            if result is None:
                del results[name]
            else:
                results[name].append(result)
    print(f"\n{path.name}, median of {runs} runs\n{'':32}{'records':>9}{'records/s':>11}{'ours is':>11}{'peak MB':>9}")
    speeds = {
        name: statistics.median(each["records"] / each["seconds"] for each in found) for name, found in results.items()
    }
    own = next(iter(speeds.values()), 0.0)
    for name, found in results.items():
        memory = statistics.median(each["mb"] for each in found)
        # A reader that does not know the file's kind finds no record in it.
        ratio = f"{own / speeds[name]:.2f}x" if speeds[name] else "none read"
        print(f"{name:32}{found[0]['records']:>9,.0f}{speeds[name]:>11,.0f}{ratio:>11}{memory:>9,.0f}")


def is_installed(name: str, package: str | None) -> bool:
    if package is None or importlib.util.find_spec(package):
        return True
    print(f"{name}: skipped, not installed (pip install --group bench)", file=sys.stderr)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the reader of PubMed XML beside others.")
    parser.add_argument("files", nargs="*", type=Path, help="PubMed XML, gzip'd or not; default: invented records")
    parser.add_argument("--records", type=int, default=10_000, help="how many records to invent")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", metavar="READER", choices=list(READERS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure_here(options.measure, options.files[0])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = options.files
        if not files:
            files = [Path(folder, "invented.xml.gz")]
            size = write_invented(files[0], options.records)
            print(f"{options.records:,} invented records, {size / options.records / 1000:.1f} kB of XML each")
        for path in files:
            compare(path, options.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
