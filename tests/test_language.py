"""PubMed's query language finds what PubMed finds; every record here is invented."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.citation import (
    AbstractSection,
    Author,
    Chemical,
    Citation,
    Grant,
    Identifier,
    Journal,
    MeshHeading,
    MeshQualifier,
    Notice,
    OtherAbstract,
    PubDate,
    Registration,
)
from aggregator.errors import QuerySyntaxError
from aggregator.pubmed.language import (
    Operation,
    Recent,
    compile_query,
    index,
    matches,
    operations,
    parse,
    read,
    remarks,
    terms,
    translation,
)
from aggregator.pubmed.query_fields import field_of
from aggregator.pubmed.words import words

TODAY = date(2026, 11, 22)

TRIAL = Citation(
    pmid="90000001",
    doi="10.5555/invented.1",
    pmcid="PMC9000001",
    identifiers=(Identifier(system="pii", value="S0000-1"),),
    title="Invented trial of S-ketamine for post-traumatic stress disorder in naïve volunteers.",
    abstract=(
        AbstractSection(label="BACKGROUND", category="BACKGROUND", text="Depression often follows trauma."),
        AbstractSection(
            label="RESULTS", category="RESULTS", text="The CAPS-5 score fell; a randomly chosen group got midazolam."
        ),
    ),
    other_abstracts=(OtherAbstract(language="fre", sections=(AbstractSection(text="La kétamine intraveineuse."),)),),
    authors=(
        Author(
            last_name="Aster",
            fore_name="Anna Beth",
            initials="AB",
            affiliations=("Clinic of Nowhere, Atlantis",),
            identifiers=(Identifier(system="ORCID", value="0000-0002-0000-0001"),),
        ),
        Author(last_name="de la Cruz", fore_name="Eva", initials="E", affiliations=("Hospital of Somewhere",)),
        Author(collective="Imaginary Study Group"),
    ),
    journal=Journal(
        title="Journal of Invented Medicine",
        abbreviation="J Invent Med",
        issn="0000-0001",
        nlm_id="9900001",
        country="Atlantis",
    ),
    published=PubDate(2026, 11),
    e_published=PubDate(2026, 10, 5),
    entered=date(2026, 11, 16),
    processed=date(2026, 11, 17),
    indexed=date(2026, 11, 20),
    revised=date(2026, 11, 21),
    completed=date(2026, 11, 20),
    volume="12",
    issue="3",
    pages="1-9",
    vernacular_title="Essai imaginaire",
    grants=(Grant(id="IN 0001", agency="Invented Institute", country="Atlantis"),),
    coi_statement="No ties to industry.",
    publication_status="aheadofprint",
    citation_status="MEDLINE",
    indexing_method="Automated",
    publication_types=("Journal Article", "Randomized Controlled Trial"),
    mesh=(
        MeshHeading(descriptor="Ketamine", qualifiers=(MeshQualifier(name="adverse effects", is_major=True),)),
        MeshHeading(descriptor="Stress Disorders, Post-Traumatic", qualifiers=(MeshQualifier(name="drug therapy"),)),
        MeshHeading(descriptor="Phobia, Social"),
        MeshHeading(descriptor="Humans"),
    ),
    chemicals=(Chemical(name="Esketamine", registry_number="50LFG02TXD"),),
    supplementary=("arketamine",),
    keywords=("rapid-acting antidepressants", "veterans"),
    languages=("eng",),
    registrations=(Registration(databank="ClinicalTrials.gov", accession="NCT90000001"),),
    notices=(Notice(ref_type="ErratumIn", pmid="90000009"),),
)

BARE = Citation(pmid="90000002", title="Invented letter about respiratory depression", citation_status="Publisher")
RAT = Citation(
    pmid="90000003",
    title="Invented rats and ketamine: a systematic review",
    abstract=(AbstractSection(text="Rats were given the drug."),),
    mesh=(MeshHeading(descriptor="Rats, Wistar"), MeshHeading(descriptor="Animals", is_major=True)),
    citation_status="In-Process",
    published=PubDate(2024),
)
LATE = Citation(
    pmid="90000004",
    title="Invented study, printed in the fall and put online later",
    published=PubDate(2024, stated="2024 Fall"),
    e_published=PubDate(2025, 3, 2),
    citation_status="PubMed-not-MEDLINE",
)
FUTURE = Citation(
    pmid="90000005", title="Invented study of next year", published=PubDate(2027), processed=date(2026, 10, 1)
)
PREPRINT = Citation(
    pmid="90000006",
    title="Invented preprint on ketamine",
    authors=(Author(last_name="O'Hara", fore_name="Kim J", initials="KJ", suffix="Jr"),),
    publication_types=("Preprint",),
    languages=("jpn",),
)
NOTICE = Citation(
    pmid="90000007",
    title="Invented retraction",
    publication_types=("Retraction of Publication",),
    notices=(Notice(ref_type="RetractionOf", pmid="90000008"), Notice(ref_type="CorrectedandRepublishedIn")),
)
BOOK = Citation(
    pmid="90000009", title="A chapter on ketamine", journal=Journal(title="Invented handbook of sleep", is_book=True)
)
RECORDS = {
    "trial": TRIAL,
    "bare": BARE,
    "rat": RAT,
    "late": LATE,
    "future": FUTURE,
    "preprint": PREPRINT,
    "notice": NOTICE,
    "book": BOOK,
}


def _row(query: str, record: str, expected: bool, reason: str):
    return pytest.param(query, record, expected, id=reason)


TABLE = [
    # operators
    _row("stress OR zebra AND zebra", "trial", False, "left to right: (stress OR zebra) AND zebra"),
    _row("stress OR (zebra AND zebra)", "trial", True, "parentheses change the order"),
    _row("stress NOT midazolam OR ketamine", "trial", True, "left to right: (stress NOT midazolam) OR ketamine"),
    _row("stress NOT (midazolam OR ketamine)", "trial", False, "NOT takes a whole group"),
    _row("stress NOT zebra NOT midazolam", "trial", False, "NOT after NOT takes away again"),
    _row("zebra AND stress OR trauma", "trial", True, "left to right: (zebra AND stress) OR trauma"),
    _row("ketamine trauma", "trial", True, "words side by side are joined by AND"),
    _row("ketamine zebra", "trial", False, "every word side by side is needed"),
    _row("zebra OR ketamine trauma", "trial", True, "a run of untagged words is one operand"),
    _row("ketamine & trauma", "trial", True, "& is AND"),
    _row("zebra | trauma", "trial", True, "| is OR"),
    _row("ketamine[tiab] trauma[tiab]", "trial", True, "tagged terms side by side are joined by AND"),
    _row("(ketamine)(trauma)", "trial", True, "groups side by side are joined by AND"),
    _row("ORAL OR ketamine", "trial", True, "an operator is a whole word"),
    _row("effect of ketamine", "trial", False, "stop words are left out, the others are needed"),
    _row("ketamine with trauma", "trial", True, "a stop word that the record lacks is left out"),
    _row('"ketamine with trauma"', "trial", False, "a stop word in quotes is part of the phrase"),
    _row("ketamine - trauma", "trial", True, "a sign by itself is a space"),
    _row("post-traumatic", "trial", True, "a hyphen makes a phrase"),
    _row("traumatic-post", "trial", False, "that phrase keeps its order"),
    _row("(((ketamine)))", "trial", True, "parentheses inside parentheses"),
    _row("(ketamine[ti] OR zebra[ti]) AND (zebra[ti] OR trauma[tiab])", "trial", True, "two groups"),
    _row("ketamine[ti] NOT (zebra[ti] AND trauma[tiab])", "trial", True, "NOT of a group that fails"),
    # words and phrases
    _row("KETAMINE[TIAB]", "trial", True, "case does not matter"),
    _row("naive[ti]", "trial", True, "accents do not matter in the record"),
    _row("kétamine[tiab]", "trial", True, "accents do not matter in the query"),
    _row('"post-traumatic stress"[tiab]', "trial", True, "hyphens are spaces"),
    _row('"post traumatic stress"[tiab]', "trial", True, "a phrase without hyphens finds one with them"),
    _row('"stress post traumatic"[tiab]', "trial", False, "a phrase keeps its order"),
    _row("post-traumatic stress[tiab]", "trial", True, "a tagged run of words is one phrase"),
    _row("stress post[tiab]", "trial", False, "a tagged run keeps its order"),
    _row('"follows trauma results"[tiab]', "trial", False, "no phrase runs across abstract sections"),
    _row('"ketamin"[tiab]', "trial", False, "a word is a whole word"),
    _row("ketamin*[tiab]", "trial", True, "truncation finds longer words"),
    _row('"post-traumatic stres*"[tiab]', "trial", True, "truncation at the end of a phrase"),
    _row("etamine*[tiab]", "trial", False, "truncation does not reach to the left"),
    _row('"(S)-ketamine"[tiab]', "trial", True, "parentheses inside quotes are spaces"),
    _row("caps-5[tiab]", "trial", True, "a scale with a hyphen"),
    _row("caps5[tiab]", "trial", False, "a scale without its hyphen is another word"),
    _row("post-traumat*[tiab]", "trial", True, "truncation after a hyphen"),
    _row("post traumat*[tiab]", "trial", True, "truncation of a tagged phrase without quotes"),
    _row('"traumatic depress*"[tiab]', "trial", False, "a truncated phrase stands side by side"),
    _row("ketamin*", "trial", True, "truncation without a tag"),
    _row("S-ketamine's[tiab]", "trial", False, "an apostrophe is a space, the s a word"),
    _row("intraveineuse[ab]", "trial", True, "[ab] has other abstracts"),
    # fields of words
    _row("midazolam[ti]", "trial", False, "[ti] is the title only"),
    _row("midazolam[ab]", "trial", True, "[ab] is the abstract"),
    _row("naive[ab]", "trial", False, "[ab] is not the title"),
    _row("midazolam[Title/Abstract]", "trial", True, "long names of tags"),
    _row("midazolam[ title / abstract ]", "trial", True, "spaces in tags"),
    _row("midazolam [tiab]", "trial", True, "a space before the tag"),
    _row("antidepressants[tiab]", "trial", True, "[tiab] has the authors' keywords"),
    _row("intraveineuse[tiab]", "trial", True, "[tiab] has other abstracts"),
    _row("background[tiab]", "trial", True, "[tiab] has section labels"),
    _row("humans[tiab]", "trial", False, "[tiab] has no headings"),
    _row("humans[tw]", "trial", True, "[tw] has headings"),
    _row("veterans[ot]", "trial", True, "[ot] is the authors' keywords"),
    _row("midazolam[ot]", "trial", False, "[ot] is nothing else"),
    _row("atlantis[ad]", "trial", True, "[ad] is the affiliation"),
    _row("atlantis[tw]", "trial", False, "[tw] has no affiliation"),
    _row("atlantis", "trial", True, "all fields have the affiliation"),
    _row("Imaginary Study Group[cn]", "trial", True, "[cn] is the group"),
    _row("Aster[cn]", "trial", False, "[cn] is no person"),
    _row("imaginary[tw]", "trial", True, "[tw] has the group"),
    _row("NCT90000001[tw]", "trial", True, "[tw] has the secondary source"),
    _row("ClinicalTrials.gov[tw]", "trial", True, "[tw] has the databank"),
    _row("esketamine[tw]", "trial", True, "[tw] has substances"),
    _row('"adverse effects"[tw]', "trial", True, "[tw] has subheadings"),
    _row("randomized[tw]", "trial", True, "[tw] has publication types"),
    _row("esketamine[tiab]", "trial", False, "[tiab] has no substances"),
    _row("essai[tt]", "trial", True, "[tt] is the title in its own language"),
    _row("essai[ti]", "trial", False, "[ti] is not the title in another language"),
    _row("essai[tw]", "trial", False, "[tw] has no transliterated title"),
    _row("handbook[ti]", "book", True, "[ti] has a book's own title"),
    _row("handbook[tiab]", "book", True, "[tiab] has a book's own title"),
    _row("midazolam[all]", "trial", True, "[all] is every field"),
    _row("zebra[all]", "trial", False, "[all] is no more than every field"),
    # proximity
    _row('"score midazolam"[tiab:~5]', "trial", False, "six words between are too many for five"),
    _row('"score midazolam"[tiab:~6]', "trial", True, "six words between are six"),
    _row('"midazolam score"[tiab:~6]', "trial", True, "proximity in any order"),
    _row('"trauma follows"[tiab:~0]', "trial", True, "proximity 0 in any order"),
    _row('"trauma caps"[tiab:~50]', "trial", False, "proximity stays in one section"),
    _row('"trial invented"[ti:~0]', "trial", True, "proximity in the title"),
    _row('"trial invented"[Title:~0]', "trial", True, "proximity under the long tag"),
    _row('"midazolam score"[ti:~9]', "trial", False, "proximity in the title is not in the abstract"),
    _row('"nowhere atlantis"[ad:~0]', "trial", True, "proximity in one affiliation"),
    _row('"nowhere hospital"[ad:~1000]', "trial", False, "proximity does not reach into another affiliation"),
    _row('"a score"[tiab:~3]', "trial", True, "a stop word in proximity is a word like others"),
    _row('"fell fell"[tiab:~9]', "trial", False, "a word wanted twice is needed twice"),
    # headings
    _row('"Ketamine"[mh]', "trial", True, "a heading"),
    _row('"Ketamine"[MeSH Terms]', "trial", True, "a heading under the long tag"),
    _row("ketamine[mesh]", "trial", True, "a heading without quotes"),
    _row('"Ket"[mh]', "trial", False, "part of a heading is none"),
    _row('"Anxiety Disorders"[mh]', "trial", True, "a broader heading explodes: social phobia"),
    _row('"Mental Disorders"[mh]', "trial", True, "explosion over several floors"),
    _row('"Anxiety Disorders"[mh:noexp]', "trial", False, ":noexp does not explode"),
    _row('"Phobia, Social"[mh:noexp]', "trial", True, ":noexp finds the heading itself"),
    _row('"Mood Disorders"[mh]', "trial", False, "explosion stays in its branch"),
    _row('"Unheard Of"[mh]', "trial", False, "an unknown heading is no error"),
    _row('"Rats, Wistar"[mh]', "rat", True, "a heading with a comma"),
    _row("animals[mh]", "trial", True, "animals explodes to humans"),
    _row("ketamine[tiab] NOT (animals[mh] NOT humans[mh])", "rat", False, "the animal filter takes rats away"),
    _row("ketamine[tiab] NOT (animals[mh] NOT humans[mh])", "trial", True, "the animal filter keeps people"),
    _row("stress*[mh]", "trial", True, "a truncated heading"),
    _row("ketamine[majr]", "trial", True, "a starred subheading makes a major topic"),
    _row('"Phobia, Social"[majr]', "trial", False, "a heading without star is no major topic"),
    _row("animals[majr]", "rat", True, "a starred descriptor is a major topic"),
    _row("ketamine/adverse effects[mh]", "trial", True, "heading and subheading"),
    _row("ketamine/drug therapy[mh]", "trial", False, "the subheading of another heading"),
    _row('"Stress Disorders, Post-Traumatic/therapy"[mh]', "trial", True, "a subheading explodes: drug therapy"),
    _row("ketamine/adverse effects[majr]", "trial", True, "a major subheading"),
    _row("ketamine/ae[mh]", "trial", True, "a subheading by its two letters"),
    _row("ketamine/adverse effects[mh:noexp]", "trial", True, ":noexp with the subheading itself"),
    _row('"Stress Disorders, Traumatic/drug therapy"[mh]', "trial", True, "the heading of a pair explodes"),
    _row('"Stress Disorders, Traumatic/drug therapy"[mh:noexp]', "trial", False, ":noexp stops both: the heading"),
    _row('"Stress Disorders, Post-Traumatic/therapy"[mh:noexp]', "trial", False, ":noexp stops both: the subheading"),
    _row('"Stress Disorders, Post-Traumatic/drug therapy"[majr]', "trial", False, "a pair without star"),
    _row("ketamine/pharmacology[mh]", "trial", True, "pharmacology explodes to adverse effects"),
    _row("ketamine/administration and dosage[mh]", "trial", False, "adverse effects are beside administration"),
    _row('"Stress Disorders, Traumatic"[majr:noexp]', "trial", False, "[majr:noexp] does not explode"),
    _row("ketamine[majr:noexp]", "trial", True, "[majr:noexp] finds the heading itself"),
    _row("ketamine[Mesh:NoExp]", "trial", True, ":noexp in capitals"),
    _row("ketamine[MeSH Major Topic]", "trial", True, "a major topic under the long tag"),
    _row("stress disorders[mh]", "trial", False, "the beginning of a heading is none"),
    _row('"Animals"[mh:noexp]', "trial", False, "animals without humans"),
    _row('"Animals"[mh:noexp]', "rat", True, "animals themselves"),
    _row("therapy[sh]", "trial", True, "[sh] explodes"),
    _row("dt[sh]", "trial", True, "[sh] by two letters"),
    _row('"therapeutic use"[sh]', "trial", True, "therapeutic use explodes to adverse effects"),
    _row("surgery[sh]", "trial", False, "another subheading"),
    _row("therapy[Subheading]", "trial", True, "[sh] under a long tag"),
    _row("therapy[sh:noexp]", "trial", False, "[sh:noexp] does not"),
    # other lists
    _row('"randomized controlled trial"[pt]', "trial", True, "a publication type"),
    _row('"clinical trial"[pt]', "trial", True, "publication types explode"),
    _row('"clinical trial"[pt:noexp]', "trial", False, "[pt:noexp] does not"),
    _row("review[pt]", "trial", False, "another publication type"),
    _row('"clinical study"[pt]', "trial", True, "publication types explode over three floors"),
    _row('"randomized controlled trial"[pt:noexp]', "trial", True, "[pt:noexp] finds the type itself"),
    _row('"controlled clinical trial"[Publication Type]', "trial", True, "a publication type under the long tag"),
    _row("random*[pt]", "trial", True, "a truncated publication type"),
    _row("preprint[pt]", "preprint", True, "a preprint"),
    _row("preprint[pt]", "trial", False, "no preprint"),
    _row("ketamine[ti] NOT preprint[pt]", "preprint", False, "preprints taken away"),
    _row("esketamine[nm]", "trial", True, "[nm] is a substance"),
    _row("arketamine[nm]", "trial", True, "[nm] is a supplementary concept"),
    _row("ketamine[nm]", "trial", False, "[nm] is the whole name"),
    _row("esketam*[nm]", "trial", True, "a truncated substance"),
    _row("Esketamine[Supplementary Concept]", "trial", True, "a substance under the long tag"),
    _row("50LFG02TXD[rn]", "trial", True, "[rn] is the registry number"),
    _row('"J Invent Med"[ta]', "trial", True, "a journal by its abbreviation"),
    _row("Journal of Invented Medicine[jour]", "trial", True, "a journal by its title"),
    _row("0000-0001[ta]", "trial", True, "a journal by its ISSN"),
    _row("9900001[jid]", "trial", True, "a journal by its NLM ID"),
    _row('"Any Name"[Journal:__jid9900001]', "trial", True, "a journal as PubMed's search details print it"),
    _row("J. Invent. Med.[ta]", "trial", True, "full stops in a journal's name are spaces"),
    _row("Invented[ta]", "trial", False, "a journal by one word is none"),
    _row("eng[la]", "trial", True, "a language by its code"),
    _row("English[la]", "trial", True, "a language by its name"),
    _row("german[la]", "trial", False, "another language"),
    _row("japanese[la]", "preprint", True, "a language whose code is not its beginning"),
    _row("jpn[la]", "preprint", True, "that code"),
    _row("eng[la] OR jpn[la]", "preprint", True, "one of two languages"),
    _row("NCT90000001[si]", "trial", True, "a registry number"),
    _row("ClinicalTrials.gov[si]", "trial", True, "[si] finds the databank"),
    _row("clinicaltrials.gov/NCT90000001[si]", "trial", True, "[si] finds databank and number"),
    _row("NCT90000002[si]", "trial", False, "another registry number"),
    _row("Atlantis[pl]", "trial", True, "the country of publication"),
    _row("Lemuria[pl]", "trial", False, "another country"),
    _row('"IN 0001"[gr]', "trial", True, "a grant's number"),
    _row("Invented Institute[gr]", "trial", True, "a grant's agency"),
    _row("industry[cois]", "trial", True, "the statement of interests"),
    _row("industry[tw]", "trial", False, "[tw] has no statement of interests"),
    _row("0000-0002-0000-0001[auid]", "trial", True, "an author's identifier"),
    _row("orcid 0000-0002-0000-0001[auid]", "trial", True, "an author's identifier with its authority"),
    _row("10.5555/invented.1[doi]", "trial", True, "a DOI"),
    _row("12[vi]", "trial", True, "a volume"),
    _row("13[vi]", "trial", False, "another volume"),
    _row("3[ip]", "trial", True, "an issue"),
    _row("1[pg]", "trial", True, "the first page"),
    _row("1-9[pg]", "trial", False, "[pg] is searchable by the first page only"),
    # authors
    _row("aster[au]", "trial", True, "a surname"),
    _row("aster a[au]", "trial", True, "initials are open to the right"),
    _row('"aster a"[au]', "trial", False, "quotes close the initials"),
    _row('"aster ab"[au]', "trial", True, "full initials in quotes"),
    _row("ast[au]", "trial", False, "part of a surname is none"),
    _row("de la cruz e[au]", "trial", True, "a surname of several words"),
    _row("aster[1au]", "trial", True, "the first author"),
    _row("aster[lastau]", "trial", False, "the last author is another"),
    _row("Anna Beth Aster[fau]", "trial", True, "the full name"),
    _row("Aster Anna Beth[fau]", "trial", True, "the full name in inverted order"),
    _row("Aster, Anna Beth[fau]", "trial", True, "the full name with a comma"),
    _row("Anna Cruz[fau]", "trial", False, "one author's names only"),
    _row("aster ab[Author]", "trial", True, "an author under the long tag"),
    _row("aster abc[au]", "trial", False, "an initial too many"),
    _row("o'hara k[au]", "preprint", True, "an apostrophe in a name"),
    _row("o'hara kj[au]", "preprint", True, "Jr may be left out"),
    _row("o'hara kj jr[au]", "preprint", True, "Jr at the end"),
    _row("de la cruz e[lastau]", "trial", True, "the last author is the last person"),
    _row("aste*[au]", "trial", True, "a truncated author"),
    # dates
    _row('("2026/11/15"[crdt] : "3000"[crdt])', "trial", True, "created since, open end"),
    _row('("2026/11/17"[crdt] : "3000"[crdt])', "trial", False, "created too early"),
    _row("2026/11/16:2026/11/16[crdt]", "trial", True, "both ends of a range belong to it"),
    _row("2026/11[crdt]", "trial", True, "one month"),
    _row("2025[crdt]", "trial", False, "another year"),
    _row("2020:2026[dp]", "trial", True, "years of publication"),
    _row("2026/10[dp]", "trial", True, "[dp] has the electronic date"),
    _row("2024[dp]", "rat", True, "a record that states only its year"),
    _row("2024/01/01[dp]", "rat", True, "no month is January, no day the first"),
    _row("2024/02:2024/12[dp]", "rat", False, "a record without month is in January"),
    _row("2025[dp]", "late", False, "one date: the electronic one after print is not searched"),
    _row("2025:2025[dp]", "late", True, "a range: the electronic date is searched"),
    _row("2024[dp]", "late", True, "one date: print"),
    _row("2026/10/05[dp]", "trial", True, "one date: the electronic one before print"),
    _row("2025/03/02[epdat]", "late", True, "[epdat] is the electronic date"),
    _row("2024[epdat]", "late", False, "[epdat] is not print"),
    _row("2024/10[ppdat]", "late", True, "a season: fall is October"),
    _row("2024/10/01[dp]", "late", True, "a season begins on the first"),
    _row("2025[ppdat]", "late", False, "[ppdat] is not electronic"),
    _row("2020 : 2026[dp]", "trial", True, "spaces around the colon of a range"),
    _row("2026/11/16[Date - Create]", "trial", True, "[crdt] under the name that PubMed prints"),
    _row("2026/11/16[Create Date]", "trial", True, "[crdt] under the User Guide's name"),
    _row("2026/11/16[dp]", "trial", False, "the day of creation is no day of publication"),
    _row("2026/11/16:3000[edat]", "trial", True, "[edat] with an open end"),
    _row("3000[crdt]", "trial", False, "the open end is no date of a record"),
    _row("2026/11/17[edat]", "trial", True, "[edat]"),
    _row("2026/11/20[mhda]", "trial", True, "[mhda]"),
    _row("2026/11/21[lr]", "trial", True, "[lr]"),
    _row("2026/11/20[dcom]", "trial", True, "[dcom]"),
    _row("2020:3000[dcom]", "bare", False, "a record without that date"),
    _row('"last 7 days"[crdt]', "trial", True, "the last days"),
    _row('"last 5 days"[crdt]', "trial", False, "too many days ago"),
    _row('"last 2 months"[dp]', "trial", True, "the last months"),
    _row('"last 1 year"[crdt]', "trial", True, "the last year"),
    _row('"last year"[dp]', "trial", True, "the last year without its number"),
    _row('"last 10 days"[dp]', "future", True, "the last days of publication have those to come"),
    _row('"last 10 days"[edat]', "future", False, "the last days of entry have not"),
    _row("last 7 days[crdt]", "trial", True, "the last days without quotes"),
    _row("ketamine[tiab] 2020:2026[dp]", "trial", True, "a term beside a range"),
    # numbers
    _row("90000001[uid]", "trial", True, "a PMID"),
    _row("90000001[pmid] OR 5[pmid]", "bare", False, "another PMID"),
    _row("90000001:90000002[uid]", "bare", True, "a range of PMIDs"),
    _row("1:90000001[uid]", "bare", False, "beyond the range of PMIDs"),
    _row("90000001", "trial", True, "a bare PMID"),
    _row("90000002 90000001", "trial", True, "several PMIDs are joined by OR"),
    _row("90000002 90000003", "trial", False, "several other PMIDs"),
    _row("PMC9000001", "trial", True, "a PMC ID"),
    _row("10.5555/invented.1", "trial", True, "a bare DOI"),
    _row("S0000-1[aid]", "trial", True, "a publisher's identifier"),
    # subsets, filters, flags
    _row("medline[sb]", "trial", True, "MEDLINE"),
    _row("inprocess[sb]", "rat", True, "in process"),
    _row("publisher[sb]", "bare", True, "as supplied by publisher"),
    _row("pubmednotmedline[sb]", "bare", False, "not PubMed-not-MEDLINE"),
    _row("all[sb]", "bare", True, "everything"),
    _row('"pubmed books"[sb]', "trial", False, "no book"),
    _row("free full text[sb]", "trial", True, "free full text"),
    _row("free full text[Filter]", "bare", False, "no free full text"),
    _row("systematic[sb]", "rat", True, "a systematic review that is not indexed, by its title"),
    _row("systematic[sb]", "trial", False, "a trial is no systematic review"),
    _row("Therapy/Narrow[filter]", "trial", True, "Clinical Queries, narrow"),
    _row("Therapy/Broad[filter]", "trial", True, "Clinical Queries, broad"),
    _row("Therapy/Broad[filter]", "bare", False, "a letter is no therapy study"),
    _row("hasabstract", "trial", True, "has an abstract"),
    _row("hasabstract", "bare", False, "has none"),
    _row("hasstructuredabstract AND ketamine", "rat", False, "an abstract without labels"),
    _row("haserratumin", "trial", True, "has an erratum"),
    _row("hasretractionin", "trial", False, "is not retracted"),
    _row("hasexpressionofconcernin", "trial", False, "no concern"),
    _row("pubstatusaheadofprint", "trial", True, "ahead of print"),
    _row("indexingmethod_automated", "trial", True, "automated indexing"),
    _row("indexingmethod_curated", "trial", False, "no curated indexing"),
    _row("haskeyword", "trial", True, "has keywords"),
    _row("hasdatabanklist", "trial", True, "has a databank"),
    _row("hascois", "bare", False, "has no statement of interests"),
    _row("HasAbstract", "trial", True, "a flag in any case"),
    _row("hasretractionof", "notice", True, "a retraction notice"),
    _row("hasretractionin", "notice", False, "a notice is not retracted itself"),
    _row('"retraction of publication"[pt]', "notice", True, "the notice's publication type"),
    _row("hasupdateof", "preprint", False, "no update of another"),
    _row("hascorrectedrepublishedin", "notice", True, "NLM's own spelling of corrected and republished"),
    _row("pmcbook", "book", True, "a book"),
    _row('"pubmed books"[sb]', "book", True, "a book by its subset"),
    _row("inprocess[sb]", "trial", False, "no more in process"),
    _row("pubmednotmedline[sb]", "late", True, "PubMed-not-MEDLINE"),
    _row("medline[filter]", "trial", True, "a subset as a filter"),
    _row('"pubmed pmc"[sb]', "trial", True, "in PubMed Central"),
    _row("full text[sb]", "bare", False, "no full text"),
    _row("ffrft[Filter]", "trial", True, "free full text as PubMed's search details print it"),
    _row("data[sb]", "trial", True, "associated data"),
    _row("humans[Filter]", "trial", True, "the filter for people"),
    _row("animal[Filter]", "trial", False, "the filter for other animals"),
    _row("randomizedcontrolledtrial[Filter]", "trial", True, "an article type of the sidebar"),
    _row("y_1[Filter]", "trial", True, "the last year of the sidebar"),
    _row("y_1[Filter]", "rat", False, "older than the last year"),
    _row("systematicreview[Filter]", "rat", True, "systematic reviews of the sidebar"),
    _row("adult[Filter]", "trial", False, "an age that the record does not state"),
    _row("excludepreprints[Filter]", "preprint", False, "preprints excluded by the sidebar"),
    _row("therapy/narrow[sb]", "trial", True, "Clinical Queries in small letters"),
    _row("Therapy/Narrow[filter]", "rat", False, "a review is no trial"),
]


@pytest.mark.parametrize(("query", "record", "expected"), TABLE)
def test_a_query_finds_what_pubmed_finds(query, record, expected):
    assert matches(query, RECORDS[record], today=TODAY) is expected


def test_a_retracted_study_is_found_by_its_flag():
    retracted = replace(TRIAL, notices=(Notice(ref_type="RetractionIn"), Notice(ref_type="ExpressionOfConcernIn")))
    assert matches("hasretractionin AND hasexpressionofconcernin", retracted)


FAULTY = [
    pytest.param("", 0, "the query is empty", id="empty"),
    pytest.param("  \n ", 4, "the query is empty", id="blank"),
    pytest.param("(a OR b", 0, "this ( is never closed", id="open parenthesis"),
    pytest.param("a AND (b OR (c", 12, "this ( is never closed", id="the innermost open parenthesis"),
    pytest.param("a OR b)", 6, "this ) closes nothing", id="closing parenthesis"),
    pytest.param("melanoma AND (", 13, "this ( is never closed", id="group without content at the end"),
    pytest.param("a ()", 2, "these parentheses are empty", id="empty parentheses"),
    pytest.param('x OR "b', 5, "this quotation mark is never closed", id="open quotation mark"),
    pytest.param("x[tiab", 1, "this field tag is never closed", id="open tag"),
    pytest.param("x]", 1, "this ] closes no field tag", id="closing bracket"),
    pytest.param("a AND", 5, "the query ends where a term is expected", id="operator at the end"),
    pytest.param("AND a", 0, "a term is expected here, not an operator", id="operator at the beginning"),
    pytest.param("a OR OR b", 5, "a term is expected here, not an operator", id="two operators"),
    pytest.param("(a OR) b", 5, "a term is expected before this )", id="operator before )"),
    pytest.param("[ti] OR a", 0, "this field tag belongs to no term", id="tag without term"),
    pytest.param("(a OR b)[ti]", 8, "this field tag belongs to no term", id="tag behind a group"),
    pytest.param("a[tiba]", 1, "did you mean [tiab]?", id="unknown tag, near one named"),
    pytest.param("a or b", 2, "write OR", id="small or"),
    pytest.param("a[ti] and b[ti]", 6, "write AND", id="small and before a tagged term"),
    pytest.param("ket*[tiab]", 3, "* needs at least 4 letters", id="truncation too short"),
    pytest.param("ket*mine[tiab]", 3, "* works only at the end", id="asterisk inside a word"),
    pytest.param('"psych* trial"[tiab]', 6, "* works only at the end", id="asterisk inside a phrase"),
    pytest.param('"ketamin* trial"[tiab:~3]', 8, "* turns the proximity off", id="truncation in proximity"),
    pytest.param("a\u201cb c\u201d[ti]", 1, "a curly one", id="quotation marks of a word processor"),
    pytest.param('"last 7 days"[mhda]', 0, "only, not in [Date - MeSH]", id="relative date in a field without"),
    pytest.param("score midazolam[tiab:~3]", 0, "needs its words in quotes", id="proximity without quotes"),
    pytest.param('"a b"[ab:~3]', 5, "cannot be used with", id="proximity in the abstract alone"),
    pytest.param("2024/02/30[crdt]", 0, "this is not a date", id="a day that does not exist"),
    pytest.param("9:1[uid]", 0, "ends before it begins", id="PMIDs backwards"),
    pytest.param("a : b", 2, "a range needs a field tag", id="colon between words"),
    pytest.param("NOT a", 0, "a term is expected here", id="NOT at the beginning"),
    pytest.param("a AND )", 6, "a term is expected before this )", id="closing parenthesis after an operator"),
    pytest.param('"a b"[mh:~3]', 5, "cannot be used with ':~3'", id="proximity in a field without"),
    pytest.param("a[tiab:noexp]", 1, "cannot be used with ':noexp'", id=":noexp in a field without tree"),
    pytest.param('"alone"[tiab:~3]', 0, "two or more words", id="proximity of one word"),
    pytest.param('"-"[tiab]', 0, "there is no word here", id="no word in quotes"),
    pytest.param("2024/13[dp]", 0, "this is not a date", id="thirteenth month"),
    pytest.param("2024:soon[dp]", 5, "this is not a date", id="end that is no date"),
    pytest.param("2024:2020[dp]", 0, "ends before it begins", id="range backwards"),
    pytest.param("1:x[uid]", 2, "needs whole numbers", id="range of no numbers"),
    pytest.param("a:b[ti]", 3, "has no ranges", id="range of words"),
    pytest.param("2020:2024", 4, "needs a field tag", id="range without tag"),
    pytest.param('("2020"[dp] : "2024"[crdt])', 20, "same field tag", id="range with two tags"),
    pytest.param("#1 AND ketamine", 0, "search history", id="search history"),
    pytest.param("(" * 200 + "a" + ")" * 200, 100, "too many parentheses", id="hostile nesting"),
]


@pytest.mark.parametrize(("query", "position", "message"), FAULTY)
def test_a_faulty_query_is_refused_with_its_place_and_a_remedy(query, position, message):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    assert message in str(caught.value)
    assert caught.value.position == position
    assert caught.value.query == query


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param("antidepressants[pa]", "asked of PubMed only", id="field that is not kept"),
        pytest.param("ketamine AND strange[filter]", "asked of PubMed only", id="unknown filter"),
        pytest.param("ketamine AND ownernasa", "asked of PubMed only", id="a flag that records do not state"),
        pytest.param("aster ab[fir]", "asked of PubMed only", id="investigators"),
        pytest.param("cancer[sb]", "asked of PubMed only", id="a subject's subset"),
        pytest.param('"last 7 days"[crdt]', "today's date", id="no date given"),
    ],
)
def test_what_a_citation_does_not_hold_is_refused_rather_than_answered_with_no(query, message):
    with pytest.raises(QuerySyntaxError, match=message):
        compile_query(query)


@pytest.mark.parametrize("is_tree", [False, True])
def test_what_is_refused_is_pointed_at_in_the_text_that_is_shown(is_tree):
    query = "ketamine[ti]    AND   antidepressants[pa]"
    with pytest.raises(QuerySyntaxError) as caught:
        compile_query(parse(query) if is_tree else query)
    assert caught.value.query[caught.value.position :].strip('"').startswith("antidepressants")


def test_pubmeds_tolerance_is_read_with_every_problem_named():
    reading = read("a[foo] or ket*[tiab]")
    assert [problem.position for problem in reading.problems] == [1, 7, 13]
    assert translation(reading.node) == '"a"[All Fields] AND "ket"[Title/Abstract]'


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("post-traumatic stress[tiab]", '"post traumatic stress"[Title/Abstract]'),
        ("ketamin*[tiab]", '"ketamin*"[Title/Abstract]'),
        ('"Ketamine"[Mesh]', '"Ketamine"[MeSH Terms]'),
        ("a OR b AND c", '("a"[All Fields] OR "b"[All Fields]) AND "c"[All Fields]'),
        ("depression/therapy[mh:noexp]", '"depression/therapy"[MeSH Terms:noexp]'),
        ("2025/09/27:2025/11/26[edat]", "2025/09/27:2025/11/26[Date - Entry]"),
        ("2024[dp]", "2024[Date - Publication]"),
        ("2024:2024[dp]", "2024/01/01:2024/12/31[Date - Publication]"),
        ("2024[crdt]", "2024/01/01:2024/12/31[Date - Create]"),
        ('"last year"[dp]', '"last 1 years"[Date - Publication]'),
        ("17 18", '"17"[UID] OR "18"[UID]'),
        ("effect of ketamine", '"effect"[All Fields] AND "ketamine"[All Fields]'),
        ('"a b"[tiab:~3]', '"a b"[Title/Abstract:~3]'),
        ("1:9999[uid]", "1:9999[UID]"),
    ],
)
def test_a_translation_reads_as_pubmed_prints_it(query, written):
    assert translation(parse(query)) == written


def test_terms_are_listed_with_field_and_place():
    query = "(ketamine[ti] OR 2024[dp]) AND stress"
    found = [(leaf.field.name, query[leaf.start : leaf.end]) for leaf in terms(parse(query))]
    assert found == [("Title", "ketamine[ti]"), ("Date - Publication", "2024[dp]"), ("All Fields", "stress")]


def test_one_index_serves_many_queries():
    indexed = index(TRIAL)
    assert compile_query("ketamine[tiab]")(indexed)
    assert not compile_query("zebra[tiab]")(indexed)


def test_a_long_chain_of_terms_is_no_burden():
    query = " OR ".join(f"word{number}[tiab]" for number in range(5000)) + " OR ketamine[tiab]"
    assert matches(query, TRIAL)


def test_a_hostile_chain_of_operators_is_refused():
    with pytest.raises(QuerySyntaxError, match="too many changes of operator"):
        parse("a" + " OR b AND c" * 200)


@pytest.mark.parametrize(
    ("query", "places", "message"),
    [
        pytest.param("ketamine[ti] AND sleep", [(17, 22)], "'sleep' has no field tag", id="a word without tag"),
        pytest.param("bad sleep OR x[ti]", [(0, 9)], "'bad sleep' has no field tag", id="a run of words is one remark"),
        pytest.param("effect of sleep", [(0, 15)], "without of, which PubMed leaves out", id="a stop word"),
        pytest.param("sleep[all]", [(0, 10)], "'sleep' has no field tag", id="[all] is mapped too"),
        pytest.param('"bad sleep" OR sleep* OR hasabstract OR 12345', [], "", id="what PubMed does not map"),
        pytest.param('"Unheard"[mh]', [(0, 13)], "not among the MeSH headings", id="an unknown heading"),
        pytest.param("ketamine/xy[mh]", [(0, 15)], "no subheading 'xy'", id="an unknown subheading of a heading"),
        pytest.param("xyz[sh]", [(0, 7)], "no subheading 'xyz'", id="an unknown subheading"),
        pytest.param("poem[pt]", [(0, 8)], "no publication type 'poem'", id="an unknown publication type"),
        pytest.param("klingon[la]", [(0, 11)], "no language 'klingon'", id="an unknown language"),
        pytest.param("esketamine[nm]", [(0, 14)], "would add its synonyms", id="a substance without quotes"),
        pytest.param('"Esketamine"[nm] AND "J Invent Med"[ta]', [], "", id="quotes turn mapping off"),
        pytest.param("Lancet[ta]", [(0, 10)], "knows other names", id="a journal without quotes"),
        pytest.param("free full text[sb]", [(0, 18)], "only where PubMed Central holds it", id="free full text"),
        pytest.param("sleep[ab]", [(0, 9)], "no [ab]", id="a tag that NLM does not list"),
        pytest.param("sleep[tiab] AND humans[mh] AND 2024[dp] AND eng[la]", [], "", id="nothing to say"),
    ],
)
def test_what_is_searched_plainer_than_pubmed_would_is_said_with_its_place(query, places, message):
    said = remarks(query)
    assert [(remark.start, remark.end) for remark in said] == places
    assert all(message in remark.message for remark in said)


@pytest.mark.parametrize(
    "query",
    [
        "(a[ti] OR b[ti]) AND c[ti]",
        "a[ti] OR b[ti] AND (c[ti] NOT d[ti])",
        "x OR (y z)",
        "(a[ti]) AND (b[ti])",
        "((a[ti])) OR (2020[dp])",
    ],
)
def test_a_part_of_a_tree_knows_where_it_stands(query):
    for part in operations(parse(query)):
        assert parse(query[part.start : part.end]) == part


WORDS = st.sampled_from(["ketamine", "stress", "trauma", "zebra", "midazolam", "depression", "post-traumatic stress"])
TAGS = st.sampled_from(["[tiab]", "[ti]", "[tw]", "[ab]", "[mh]", "[mh:noexp]", "[majr]", "[pt]", "[nm]", "[au]", ""])
TERMS = st.one_of(
    st.builds(lambda word, tag: f"{word.split()[0] if not tag else word}{tag}", WORDS, TAGS),
    st.builds(lambda word, tag: f'"{word}"{tag}', WORDS, TAGS),
    st.builds(lambda word: f"{word}*[tiab]", WORDS),
    st.builds(lambda one, two, gap: f'"{one} {two}"[tiab:~{gap}]', WORDS, WORDS, st.integers(0, 9)),
    st.sampled_from(
        [
            "2024[dp]",
            "2024/11/05[dp]",
            '"last year"[dp]',
            "2020:2026/11[dp]",
            '("2026/11"[crdt] : "3000"[crdt])',
            '"last 9 days"[edat]',
            "1:90000001[uid]",
        ]
    ),
    st.sampled_from(["medline[sb]", "hasabstract", "humans[mh]", "stress disorders, post-traumatic/therapy[mh]"]),
    st.sampled_from(
        ["Therapy/Broad[filter]", "y_1[Filter]", "ketamine/ae[mh:noexp]", "effect of stress", "17 90000001"]
    ),
    st.sampled_from(["eng[la]", "aster a[au]", '"aster a"[au]', "Anna Beth Aster[fau]", "1[pg]", "NCT90000001[si]"]),
)
QUERIES = st.recursive(
    TERMS,
    lambda inner: st.builds(
        lambda parts, operators: "".join(
            f" {operator} {part}" for part, operator in zip(parts[1:], operators, strict=False)
        ).join([f"({parts[0]}", ")"]),
        st.lists(inner, min_size=2, max_size=4),
        st.lists(st.sampled_from(["AND", "OR", "NOT"]), min_size=3, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(QUERIES)
def test_a_translation_read_again_is_the_same_query(query):
    node = parse(query)
    again = parse(translation(node))
    assert again == node
    for record in RECORDS.values():
        assert matches(again, record, today=TODAY) is matches(query, record, today=TODAY)


STEMS = st.sampled_from(["stre", "keta", "midaz", "zebr", "background", "rand"]).map(lambda stem: f"{stem}*[tiab]")


@settings(max_examples=100, deadline=None)
@given(st.lists(TERMS | STEMS, min_size=1, max_size=60))
def test_alternatives_that_are_looked_up_together_are_found_as_each_alone(alternatives):
    for record in RECORDS.values():
        together = matches(" OR ".join(alternatives), record, today=TODAY)
        assert together is any(matches(alone, record, today=TODAY) for alone in alternatives)


@settings(max_examples=200, deadline=None)
@given(QUERIES)
def test_whatever_is_written_every_remark_has_its_place(query):
    for remark in remarks(query):
        assert 0 <= remark.start < remark.end <= len(query)
        assert query[remark.start : remark.end].strip() == query[remark.start : remark.end]


@settings(max_examples=200, deadline=None)
@given(QUERIES)
def test_every_part_of_a_query_is_a_query_by_itself(query):
    for part in operations(parse(query)):
        assert parse(query[part.start : part.end]) == part


def test_many_stems_are_found_like_few():
    others = " OR ".join(f"stem{letter}{letter}*[tiab]" for letter in "abcdefghijklmnopqrstuvwxyz")
    assert not matches(others, TRIAL)
    assert matches(f"{others} OR ketami*[tiab]", TRIAL)
    assert not matches(f"{others} OR etami*[tiab]", TRIAL)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_ascii_is_cut_as_the_rule_says(text):
    assert words(text) == re.findall(r"[a-z0-9]+", text.lower())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab ()[]"*:~/&|ANDORT#-é', max_size=40))
def test_any_text_is_read_or_refused_in_words(text):
    fault = None
    try:
        node = parse(text)
    except QuerySyntaxError as error:
        fault = error
    assert 0 <= fault.position <= len(text) if fault else parse(translation(node)) == node


def test_a_group_is_kept_apart_from_its_neighbours():
    node = parse("(a OR b) OR c")
    assert isinstance(node, Operation)
    assert [type(operand).__name__ for operand in node.operands] == ["Operation", "Term"]


#: The names of the User Guide's list, https://pubmed.ncbi.nlm.nih.gov/help/#search-tags.
USER_GUIDE = """
Affiliation [ad] | All Fields [all] | Article Identifier [aid] | Author [au] | Author Identifier [auid] | Book [book]
Completion Date [dcom] | Conflict of Interest Statement [cois] | Corporate Author [cn] | Create Date [crdt]
EC/RN Number [rn] | Editor [ed] | Entry Date [edat] | Filter [filter] | First Author Name [1au] | Full Author Name [fau]
Full Investigator Name [fir] | Grants and Funding [gr] | Investigator [ir] | ISBN [isbn] | Issue [ip] | Journal [ta]
Language [la] | Last Author Name [lastau] | Location ID [lid] | MeSH Date [mhda] | MeSH Major Topic [majr]
MeSH Subheadings [sh] | MeSH Terms [mh] | Modification Date [lr] | NLM Unique ID [jid] | Other Term [ot]
Pagination [pg] | Personal Name as Subject [ps] | Pharmacological Action [pa] | Place of Publication [pl] | PMID [pmid]
Publication Date [dp] | Publication Type [pt] | Publisher [pubn] | Secondary Source ID [si] | Subset [sb]
Supplementary Concept [nm] | Text Words [tw] | Title [ti] | Title/Abstract [tiab] | Transliterated Title [tt] | Volume [vi]
"""


@pytest.mark.parametrize("entry", [entry for line in USER_GUIDE.strip().splitlines() for entry in line.split(" | ")])
def test_every_tag_of_the_user_guide_is_known_by_its_long_name_too(entry):
    name, _, tag = entry.removesuffix("]").rpartition(" [")
    assert field_of(tag) is not None
    assert field_of(name) == field_of(tag)


@pytest.mark.parametrize("tag", ["tiab", "TIAB", "Title/Abstract", "title / abstract"])
def test_tags_are_known_in_any_case_and_spacing(tag):
    field = field_of(tag)
    assert field is not None
    assert field.name == "Title/Abstract"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("Spravato™ spray", ["spravato", "spray"], id="a trade mark is no letter"),
        pytest.param("25 mgª", ["25", "mg"], id="nor is a foot note's mark"),
        pytest.param("phase Ⅲ", ["phase", "iii"], id="a numeral of one character"),
        pytest.param("ﬂuoxetine", ["fluoxetine"], id="a ligature"),
        pytest.param("ＫＥＴ", ["ket"], id="full-width letters"),
        pytest.param("ke\u0301tamine k\u00e9tamine", ["ketamine", "ketamine"], id="an accent by itself or not"),
        pytest.param("H₂O and Ca²⁺", ["h2o", "and", "ca2"], id="small digits"),
        pytest.param("covid-19", ["covid", "19"], id="a hyphen parts"),
    ],
)
def test_text_is_cut_into_the_words_that_a_reader_sees(written, expected):
    assert words(written) == expected


@pytest.mark.parametrize(
    ("asked", "today", "first"),
    [
        ("last 1 month", date(2026, 3, 31), date(2026, 2, 28)),
        ("last 1 year", date(2024, 2, 29), date(2023, 2, 28)),
        ("last 14 months", date(2026, 1, 15), date(2024, 11, 15)),
        ("last 9999 years", date(2026, 1, 15), date.min),
    ],
)
def test_the_last_months_begin_on_a_day_that_there_is(asked, today, first):
    recent = parse(f'"{asked}"[crdt]')
    assert isinstance(recent, Recent)
    assert recent.since(today) == first
