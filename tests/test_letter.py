"""The letter as people see it. Golden files: `UPDATE_GOLDEN=1 pytest tests/test_letter.py`, then look at the diff."""

from __future__ import annotations

import os
import re
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import html5lib
import pytest
from lxml import html as lxml_html

from aggregator import assets
from aggregator.citation import Notice, PubDate
from aggregator.dates import week_period
from aggregator.digest import Preferences, compose
from aggregator.render.letter import COLUMNS, MOST_BYTES, letter
from tests.studies import NOW, TOPICS, change, result, retracted, searches, study

FOLDER = assets.folder("reports")
GOLDEN = Path(__file__).parent / "golden" / "digest"
REPORT = "https://report.example/ketamine/"
PERIOD = week_period("2026-W47", ZoneInfo("America/New_York"))

LAST = {
    topic.slug: study(
        f"9000080{index}",
        title=f"Ketamine for {topic.short.lower()}: an invented study of last spring.",
        authors=("Yarrow P", "Zinnia Q", "Aloe R"),
        journal="Invented Psychiatry",
        published=PubDate(2026, 4),
        entered=date(2026, 4, 9),
        topics=(topic.slug,),
    )
    for index, topic in enumerate(TOPICS)
}


def compose_week(studies=(), *, changed=(), incomplete=(), sent=None, preferences=Preferences()):
    return compose(
        issue="2026-W47",
        period=PERIOD,
        made=NOW,
        studies=studies,
        changed=changed,
        searches=searches(incomplete=incomplete),
        topics=TOPICS,
        last_by_topic=LAST,
        preferences=preferences,
        sent_before=sent or {},
    )


def week_studies():
    """A busy week: every bucket, most designs, two reports of one trial, a preprint, a concern."""
    trial = study(
        "90000001",
        results=(
            result(
                "At 2 weeks, CAPS-5 total scores were 8.4 points lower with ketamine than with midazolam (95% CI 2.1 to 14.7; P = 0.01).",
                estimate=8.4,
                ci=(2.1, 14.7),
                p="0.01",
                scale="CAPS-5",
                timepoint="2 weeks",
                primary=True,
            ),
        ),
        n=64,
        regimen="repeated",
        sessions=6,
        harms=("dissociation", "nausea"),
        flags=("active-placebo", "veterans"),
        conclusion="Six infusions were followed by lower CAPS-5 scores than midazolam at two weeks. Whether this lasts is not known.",
        doi="10.99999/invented.1",
        pmcid="PMC99900001",
        registrations=("NCT99900001",),
        topics=("ptsd", "depression"),
    )
    follow_up = study(
        "90000002",
        design="secondary-analysis",
        n=64,
        registrations=("NCT99900001",),
        title="Sleep in the invented ketamine trial: a secondary analysis.",
    )
    meta = study(
        "90000003",
        design="meta-analysis",
        n=1210,
        studies_included=14,
        conditions=("depression",),
        drugs=("esketamine",),
        routes=("intranasal",),
        dose=None,
        regimen=None,
        comparators=("placebo",),
        control="placebo",
        age_groups=("adult",),
        results=(
            result(
                "Esketamine was followed by higher response than placebo (risk ratio 1.39, 95% CI 1.18 to 1.64; 14 trials).",
                measure="risk ratio",
                estimate=1.39,
                ci=(1.18, 1.64),
            ),
        ),
        harms=("dissociation", "dizziness", "sedation"),
        conclusion="Response was more frequent with esketamine than with placebo. The certainty of evidence was low.",
        topics=("depression",),
        authors=("Dahlia E", "Erica F", "Fern G"),
        journal="Invented Reviews",
        doi="10.99999/invented.3",
    )
    ect = study(
        "90000004",
        n=186,
        conditions=("depression",),
        comparators=("ect",),
        control="active-treatment",
        results=(
            result(
                "Remission was reached by 63% with ECT and 46% with ketamine (difference 17 percentage points; 95% CI 3 to 30).",
                measure="remission rate",
                estimate=46,
                ci=(3, 30),
            ),
        ),
        regimen="repeated",
        harms=("dissociation", "headache"),
        flags=("non-inferiority", "open-label", "primary-outcome-not-met"),
        conclusion="Non-inferiority of ketamine was not shown.",
        topics=("depression",),
        authors=("Gentian H", "Hazel I"),
        journal="Acta Inventa",
        doi="10.99999/invented.4",
        confirmed=False,
    )
    concern = study(
        "90000005",
        n=41,
        conditions=("social-anxiety",),
        comparators=("saline",),
        control="placebo",
        flags=("crossover", "inert-placebo"),
        topics=("social-anxiety",),
        authors=("Iris J",),
        notices=(Notice(ref_type="ExpressionOfConcernIn", source="Acta Inventa. 2026;3:77", pmid="90000905"),),
        journal="Acta Inventa",
    )
    cohort = study(
        "90000006",
        design="cohort",
        n=214,
        conditions=("depression", "suicidality"),
        drugs=("esketamine",),
        routes=("intranasal",),
        dose="56 mg",
        regimen="repeated",
        comparators=(),
        control=None,
        results=(
            result("Response after four weeks was 48% (103 of 214).", measure="response rate", estimate=48),
        ),
        harms=("sedation",),
        flags=("industry-linked",),
        conclusion=None,
        topics=("depression",),
        authors=("Juniper K", "Kalmia L", "Lilac M"),
        journal="Invented Clinics",
    )
    preprint = study(
        "90000007",
        n=22,
        publication_types=("Preprint", "Journal Article"),
        flags=("pilot",),
        topics=("psychotherapy", "ptsd"),
        journal="inventRxiv",
        title="Ketamine before prolonged exposure: a pilot trial with invented participants.",
        authors=("Mallow N", "Nettle O"),
    )
    minor = [
        study("90000008", design="case-report", n=3, drugs=("esketamine",), comparators=(), control=None, topics=("social-anxiety",), conditions=("social-anxiety",), title="Esketamine in social anxiety disorder: three invented cases.", authors=("Oleander P",)),
        study("90000009", design="narrative-review", n=None, topics=("psychotherapy",), title="Psychotherapy around ketamine sessions: what invented authors did, and when.", authors=("Poppy Q", "Quince R")),
        study("90000010", design="cohort", n=97, topics=("depression",), conditions=("bipolar",), title="Blood pressure during repeated ketamine infusions in bipolar depression: an invented cohort.", authors=("Rose S", "Sage T", "Thyme U")),
        study("90000011", design="cross-sectional", n=530, topics=("ptsd",), has_abstract=False, title="Who is referred for ketamine? An invented survey of clinics for post-traumatic stress disorder.", authors=("Umbel V",)),
    ]
    noise = [
        *(study(f"9000002{i}", bucket="protocol", design="protocol", bucket_reason="a protocol: no results yet", topics=("depression",)) for i in range(3)),
        *(study(f"9000003{i}", bucket="perioperative", bucket_reason="given for anaesthesia", topics=("depression",)) for i in range(5)),
        *(study(f"9000004{i}", bucket="preclinical", design="preclinical", bucket_reason="animals", topics=("depression",)) for i in range(2)),
        study("90000050", bucket="off-topic", design="other", bucket_reason="ketamine is not the subject", topics=("ptsd",)),
    ]
    return [*noise, *minor, preprint, cohort, concern, ect, meta, follow_up, trial]


@cache
def week(name: str):
    """The invented weeks whose letters are kept as golden files."""
    if name == "quiet":
        return compose_week([study(f"9000003{i}", bucket="perioperative") for i in range(2)])
    if name == "incomplete":
        return compose_week([], incomplete=("ptsd", "psychotherapy"))
    if name == "retraction":
        withdrawn = retracted("90000601", title="Intranasal ketamine for social anxiety: an invented trial.", topics=("social-anxiety",), authors=("Violet W", "Willow X"), notices=(Notice(ref_type="RetractionIn", source="J Invent Stud. 2026;12:1", pmid="90000602", note="The doses were reported wrongly."),))
        corrected = study("90000603", title="Ketamine and sleep: an invented trial.", topics=("depression",), notices=(Notice(ref_type="ErratumIn", source="Acta Inventa. 2026;3:80", pmid="90000604"),))
        published = study("90000605", title="Ketamine after trauma: an invented preprint.", topics=("ptsd",), publication_types=("Preprint",), notices=(Notice(ref_type="UpdateIn", source="Acta Inventa. 2026;3:90", pmid="90000606"),), announced=("2026-W31", NOW))
        already = retracted("90000607", title="Ketamine in panic disorder: an invented trial.", topics=("depression",))
        changes = [(published, (change("90000605", "published"),)), (corrected, (change("90000603", "corrected"),)), (withdrawn, (change("90000601", "retracted"), change("90000601", "revised")))]
        return compose_week([already, *week_studies()[-3:]], changed=changes, sent={"90000601": date(2026, 10, 12)}, incomplete=("social-anxiety",))
    assert name == "full"
    return compose_week(week_studies())


WEEKS = ("full", "quiet", "incomplete", "retraction")


@cache
def letter_of(name: str):
    return letter(week(name), folder=FOLDER, report_url=REPORT)


def visible(html: str) -> str:
    """What a reader sees of the HTML: no head, no preheader."""
    tree = lxml_html.document_fromstring(html)
    for node in tree.xpath("//head | //*[@class='preheader']"):
        node.drop_tree()
    return " ".join(tree.text_content().split())
