"""On every real record at hand, the reader says what Biopython says and what stands in the XML.

Both oracles are written from NLM's documentation and share no code with the reader: `plainly` takes the text of
elements by XPath, `by_biopython` walks what `Bio.Entrez.read` gives. Biopython has no DTD for the sets of bare
MedlineCitations of 2016; those are held against the plain oracle alone.
"""

import gzip
import html
import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from Bio import Entrez
from lxml import etree

from aggregator.pubmed.records import DeletedRecord, ReadRecord, read, read_entries, read_one

DATA = Path(__file__).parents[2] / "shared" / "data"
FILES = sorted(path for folder in ("pubmed-xml", "corpus") for path in (DATA / folder).rglob("*.xml*"))
DOCTYPE = (
    b'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

pytestmark = pytest.mark.skipif(not FILES, reason="the shared real records are not beside this checkout")


def content(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def words(text):
    return " ".join((text or "").split())


def date_of(parts):
    """(year, month, day) of a date in parts; the words where it has no such parts."""
    if set(parts) <= {"Year", "Month", "Day"}:
        month = parts.get("Month")
        number = None if month is None else int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1
        return int(parts["Year"]), number, int(parts["Day"]) if "Day" in parts else None
    return " ".join(parts.values())


def day_of(parts):
    return date(int(parts["Year"]), int(parts["Month"]), int(parts["Day"])) if parts else None


# --- What the reader says -------------------------------------------------------------------------------------


def by_the_reader(citation):
    published = citation.published
    return {
        "pmid": citation.pmid,
        "version": citation.version,
        "title": citation.title,
        "vernacular": citation.vernacular_title,
        "abstract": [(each.label, each.category, each.text) for each in citation.abstract],
        "other abstracts": [[(each.label, each.text) for each in other.sections] for other in citation.other_abstracts],
        "authors": [
            (
                author.last_name,
                author.fore_name,
                author.initials,
                author.suffix,
                author.collective,
                author.affiliations,
                tuple((each.system, each.value) for each in author.identifiers),
            )
            for author in citation.authors
        ],
        "identifiers": {(each.system, each.value) for each in citation.identifiers},
        "registrations": [(each.databank, each.accession) for each in citation.registrations],
        "notices": [(each.ref_type, each.source, each.pmid) for each in citation.notices],
        "grants": [(each.id, each.agency, each.country) for each in citation.grants],
        "mesh": [
            (
                heading.descriptor,
                heading.ui,
                heading.is_major,
                [(each.name, each.ui, each.is_major) for each in heading.qualifiers],
            )
            for heading in citation.mesh
        ],
        "chemicals": [(each.registry_number, each.name, each.ui) for each in citation.chemicals],
        "supplementary": list(citation.supplementary),
        "keywords": list(citation.keywords),
        "types": list(citation.publication_types),
        "languages": list(citation.languages),
        "conflicts": citation.coi_statement,
        "journal": (citation.journal.title, citation.journal.nlm_id, citation.volume, citation.issue),
        "published": published.stated or (published.year, published.month, published.day),
        "electronic": citation.e_published
        and (citation.e_published.year, citation.e_published.month, citation.e_published.day),
        "revised": citation.revised,
        "completed": citation.completed,
        "history": [(each.status, each.day) for each in citation.history],
        "status": (citation.citation_status, citation.publication_status, citation.indexing_method),
    }


# --- What stands in the XML -----------------------------------------------------------------------------------


def plainly(record):
    def text(element):
        return words(element.xpath("string()"))

    def texts(path, start=record):
        return [found for each in start.xpath(path) if (found := text(each))]

    def one(path, start=record):
        return next(iter(texts(path, start)), None)

    def parts(path, start=record):
        return {each.tag: text(each) for each in start.xpath(f"({path})[1]/*")}

    def sections(start):
        found = [(each.get("Label"), each.get("NlmCategory"), text(each)) for each in start.xpath("AbstractText")]
        return [each for each in found if each[0] or each[2]]

    # A set of 2016 holds bare MedlineCitations; every path begins there.
    cited = record if record.tag == "MedlineCitation" else record.xpath("MedlineCitation")[0]
    electronic = parts("Article/ArticleDate", cited)
    return {
        "pmid": one("PMID", cited),
        "version": int(cited.xpath("number(PMID/@Version)")),
        "title": one("Article/ArticleTitle", cited) or "",
        "vernacular": one("Article/VernacularTitle", cited),
        "abstract": [each for start in cited.xpath("Article/Abstract") for each in sections(start)],
        "other abstracts": [
            [(label, found) for label, _, found in sections(start)] for start in cited.xpath("OtherAbstract")
        ],
        "authors": [
            (
                one("LastName", author),
                one("ForeName", author),
                one("Initials", author),
                one("Suffix", author),
                one("CollectiveName", author),
                tuple(texts("AffiliationInfo/Affiliation", author)),
                tuple((each.get("Source"), text(each)) for each in author.xpath("Identifier")),
            )
            for author in cited.xpath("Article/AuthorList/Author")
        ],
        "identifiers": {
            (each.get("EIdType") or each.get("IdType") or each.get("Source"), text(each))
            for each in [
                *cited.xpath("Article/ELocationID[@ValidYN='Y']"),
                *cited.xpath("OtherID"),
                *record.xpath("PubmedData/ArticleIdList/ArticleId"),
            ]
            if text(each)
        },
        "registrations": [
            (one("DataBankName", bank), accession)
            for bank in cited.xpath("Article/DataBankList/DataBank")
            for accession in texts("AccessionNumberList/AccessionNumber", bank)
        ],
        "notices": [
            (each.get("RefType"), one("RefSource", each), one("PMID", each))
            for each in cited.xpath("CommentsCorrectionsList/CommentsCorrections")
        ],
        "grants": [
            (one("GrantID", each), one("Agency", each), one("Country", each))
            for each in cited.xpath("Article/GrantList/Grant")
        ],
        "mesh": [
            (
                one("DescriptorName", heading),
                heading.xpath("string(DescriptorName/@UI)"),
                heading.xpath("DescriptorName/@MajorTopicYN") == ["Y"],
                [
                    (text(each), each.get("UI"), each.get("MajorTopicYN") == "Y")
                    for each in heading.xpath("QualifierName")
                ],
            )
            for heading in cited.xpath("MeshHeadingList/MeshHeading")
        ],
        "chemicals": [
            (one("RegistryNumber", each), one("NameOfSubstance", each), each.xpath("string(NameOfSubstance/@UI)"))
            for each in cited.xpath("ChemicalList/Chemical")
        ],
        "supplementary": texts("SupplMeshList/SupplMeshName", cited),
        "keywords": texts("KeywordList/Keyword", cited),
        "types": texts("Article/PublicationTypeList/PublicationType", cited),
        "languages": texts("Article/Language", cited),
        "conflicts": one("CoiStatement", cited),
        "journal": (
            one("Article/Journal/Title", cited),
            one("MedlineJournalInfo/NlmUniqueID", cited),
            one("Article/Journal/JournalIssue/Volume", cited),
            one("Article/Journal/JournalIssue/Issue", cited),
        ),
        "published": date_of(parts("Article/Journal/JournalIssue/PubDate", cited)),
        "electronic": date_of(electronic) if electronic else None,
        "revised": day_of(parts("DateRevised", cited)),
        "completed": day_of(parts("DateCompleted", cited)),
        "history": [
            (each.get("PubStatus"), day_of({part.tag: text(part) for part in each}))
            for each in record.xpath("PubmedData/History/PubMedPubDate")
        ],
        "status": (cited.get("Status"), one("PubmedData/PublicationStatus"), cited.get("IndexingMethod")),
    }


# --- What Biopython says --------------------------------------------------------------------------------------


def by_biopython(record):
    def text(value):
        # Read with escape=True: what stands between < and > is markup and nothing else.
        return words(html.unescape(re.sub(r"<[^>]*>", "", value))) or None

    def sections(value):
        found = [
            (each.attributes.get("Label"), each.attributes.get("NlmCategory"), text(each) or "")
            for each in value.get("AbstractText", [])
        ]
        return [each for each in found if each[0] or each[2]]

    def parts(value):
        return {name: str(each) for name, each in value.items()}

    cited, data = record["MedlineCitation"], record.get("PubmedData", {})
    article = cited["Article"]
    issue = article["Journal"]["JournalIssue"]
    return {
        "pmid": str(cited["PMID"]),
        "version": int(cited["PMID"].attributes["Version"]),
        "title": text(article["ArticleTitle"]) or "",
        "vernacular": text(article.get("VernacularTitle", "")),
        "abstract": sections(article.get("Abstract", {})),
        "other abstracts": [[(label, found) for label, _, found in sections(each)] for each in cited["OtherAbstract"]],
        "authors": [
            (
                *(
                    text(author.get(name, ""))
                    for name in ("LastName", "ForeName", "Initials", "Suffix", "CollectiveName")
                ),
                tuple(text(each["Affiliation"]) for each in author["AffiliationInfo"] if text(each["Affiliation"])),
                tuple((each.attributes["Source"], words(each)) for each in author["Identifier"]),
            )
            for author in article.get("AuthorList", [])
        ],
        "identifiers": {
            (next(each.attributes[name] for name in names if name in each.attributes), text(each))
            for names, values in (
                (["EIdType"], [each for each in article["ELocationID"] if each.attributes["ValidYN"] == "Y"]),
                (["Source"], cited["OtherID"]),
                (["IdType"], data.get("ArticleIdList", [])),
            )
            for each in values
            if text(each)
        },
        "registrations": [
            (text(bank["DataBankName"]), text(accession))
            for bank in article.get("DataBankList", [])
            for accession in bank.get("AccessionNumberList", [])
        ],
        "notices": [
            (each.attributes["RefType"], text(each["RefSource"]), text(each.get("PMID", "")))
            for each in cited.get("CommentsCorrectionsList", [])
        ],
        "grants": [
            (text(each.get("GrantID", "")), text(each["Agency"]), text(each.get("Country", "")))
            for each in article.get("GrantList", [])
        ],
        "mesh": [
            (
                text(heading["DescriptorName"]),
                heading["DescriptorName"].attributes["UI"],
                heading["DescriptorName"].attributes["MajorTopicYN"] == "Y",
                [
                    (text(each), each.attributes["UI"], each.attributes["MajorTopicYN"] == "Y")
                    for each in heading["QualifierName"]
                ],
            )
            for heading in cited.get("MeshHeadingList", [])
        ],
        "chemicals": [
            (text(each["RegistryNumber"]), text(each["NameOfSubstance"]), each["NameOfSubstance"].attributes["UI"])
            for each in cited.get("ChemicalList", [])
        ],
        "supplementary": [text(each) for each in cited.get("SupplMeshList", [])],
        "keywords": [found for owner in cited["KeywordList"] for each in owner if (found := text(each))],
        "types": [text(each) for each in article["PublicationTypeList"]],
        "languages": [text(each) for each in article["Language"]],
        "conflicts": text(cited.get("CoiStatement", "")),
        "journal": (
            text(article["Journal"].get("Title", "")),
            text(cited["MedlineJournalInfo"].get("NlmUniqueID", "")),
            text(issue.get("Volume", "")),
            text(issue.get("Issue", "")),
        ),
        "published": date_of(parts(issue["PubDate"])),
        "electronic": date_of(parts(article["ArticleDate"][0])) if article["ArticleDate"] else None,
        "revised": day_of(cited.get("DateRevised")),
        "completed": day_of(cited.get("DateCompleted")),
        "history": [(each.attributes["PubStatus"], day_of(each)) for each in data.get("History", [])],
    }


# --- Held against each other ----------------------------------------------------------------------------------


def citations_of(document):
    return [entry.citation for entry in read_entries(document) if isinstance(entry, ReadRecord)]


def differences(found, expected):
    """By PMID and field, what differs; fields that an oracle cannot see are its own matter."""
    assert len(found) == len(expected)
    return {
        (theirs["pmid"], name): (ours[name], value)
        for ours, theirs in zip(found, expected, strict=True)
        for name, value in theirs.items()
        if ours[name] != value
    }


def named(path):
    return str(path.relative_to(DATA))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_differs_from_the_text_of_the_elements(path):
    document = content(path)
    root = etree.fromstring(document, etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False))
    expected = [plainly(record) for record in root if record.tag in {"PubmedArticle", "MedlineCitation"}]
    assert expected
    assert differences([by_the_reader(each) for each in citations_of(document)], expected) == {}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_differs_from_what_biopython_reads(path):
    document = content(path)
    if b"<MedlineCitationSet" in document[:2000]:
        pytest.skip("Biopython has no DTD of MedlineCitationSet; the plain oracle reads this file")
    # Biopython looks the DTD up by its address, and the old files' is not one it will open.
    document = re.sub(rb"<!DOCTYPE[^>]*>", DOCTYPE, document, count=1)
    # Without validation it passes over what that DTD has no more (DateCreated, until 2017).
    answer = Entrez.read(BytesIO(document), escape=True, validate=False)
    expected = [by_biopython(record) for record in answer["PubmedArticle"]]
    found = [by_the_reader(each) for each in citations_of(document)]
    assert differences(found, expected) == {}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_stored_xml_reads_the_same_and_deletions_are_complete(path):
    document = content(path)
    entries = list(read_entries(document))
    assert [read_one(entry.raw) for entry in entries if isinstance(entry, ReadRecord)] == citations_of(document)
    assert list(read(document)) == citations_of(document)
    deleted = re.findall(rb"<DeleteCitation>(.*?)</DeleteCitation>", document, re.DOTALL)
    expected = re.findall(rb"<PMID[^>]*>(\d+)<", b"".join(deleted))
    assert [entry.pmid.encode() for entry in entries if isinstance(entry, DeletedRecord)] == expected
