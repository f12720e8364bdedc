"""The letter as people see it. Golden files: `UPDATE_GOLDEN=1 pytest tests/test_letter.py`, then look at the diff."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import html5lib
import pytest
from jinja2 import UndefinedError
from lxml import html as lxml_html

from aggregator import assets
from aggregator.citation import Notice, PubDate
from aggregator.dates import week_period
from aggregator.digest import Preferences, compose
from aggregator.errors import LooksError
from aggregator.render import environment, safe_url
from aggregator.render.letter import COLUMNS, letter
from tests.studies import NOW, TOPICS, change, result, retracted, search, searches, study

FOLDER = assets.folder("reports")
GOLDEN = Path(__file__).parent / "golden" / "digest"
REPORT = "https://report.example/ketamine/"
PERIOD = week_period("2026-W47", ZoneInfo("America/New_York"))

ALL = Preferences()

LAST = {
    topic.slug: study(
        f"9000080{index}",
        title=f"An invented study of last spring ({topic.short}).",
        authors=("Yarrow P", "Zinnia Q", "Aloe R"),
        journal="Invented Psychiatry",
        published=PubDate(2026, 4),
        entered=date(2026, 4, 9),
        topics=(topic.slug,),
    )
    for index, topic in enumerate(TOPICS)
}


def compose_week(studies=(), *, changed=(), incomplete=(), sent=None, preferences=ALL):
    return compose(
        issue="2026-W47",
        period=PERIOD,
        made=NOW,
        studies=studies,
        changed=changed,
        searches=[
            *(search(slug, started=NOW - timedelta(days=7)) for slug in incomplete),
            *searches(incomplete=incomplete),
        ],
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
        results=(result("Response after four weeks was 48% (103 of 214).", measure="response rate", estimate=48),),
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
        study(
            "90000008",
            design="case-report",
            n=3,
            drugs=("esketamine",),
            comparators=(),
            control=None,
            topics=("social-anxiety",),
            conditions=("social-anxiety",),
            title="Esketamine in social anxiety disorder: three invented cases.",
            authors=("Oleander P",),
        ),
        study(
            "90000009",
            design="narrative-review",
            n=None,
            topics=("psychotherapy",),
            title="Psychotherapy around ketamine sessions: what invented authors did, and when.",
            authors=("Poppy Q", "Quince R"),
        ),
        study(
            "90000010",
            design="cohort",
            n=97,
            topics=("depression",),
            conditions=("bipolar",),
            title="Blood pressure during repeated ketamine infusions in bipolar depression: an invented cohort.",
            authors=("Rose S", "Sage T", "Thyme U"),
        ),
        study(
            "90000011",
            design="cross-sectional",
            n=530,
            topics=("ptsd",),
            has_abstract=False,
            title="Who is referred for ketamine? An invented survey of clinics for post-traumatic stress disorder.",
            authors=("Umbel V",),
        ),
    ]
    noise = [
        *(
            study(
                f"9000002{i}",
                bucket="protocol",
                design="protocol",
                bucket_reason="a protocol: no results yet",
                topics=("depression",),
            )
            for i in range(3)
        ),
        *(
            study(f"9000003{i}", bucket="perioperative", bucket_reason="given for anaesthesia", topics=("depression",))
            for i in range(5)
        ),
        *(
            study(
                f"9000004{i}",
                bucket="preclinical",
                design="preclinical",
                bucket_reason="animals",
                topics=("depression",),
            )
            for i in range(2)
        ),
        study(
            "90000050",
            bucket="off-topic",
            design="other",
            bucket_reason="ketamine is not the subject",
            topics=("ptsd",),
        ),
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
        withdrawn = retracted(
            "90000601",
            title="Intranasal ketamine for social anxiety: an invented trial.",
            topics=("social-anxiety",),
            authors=("Violet W", "Willow X"),
            notices=(
                Notice(
                    ref_type="RetractionIn",
                    source="J Invent Stud. 2026;12:1",
                    pmid="90000602",
                    note="The doses were reported wrongly.",
                ),
            ),
        )
        corrected = study(
            "90000603",
            title="Ketamine and sleep: an invented trial.",
            topics=("depression",),
            notices=(Notice(ref_type="ErratumIn", source="Acta Inventa. 2026;3:80", pmid="90000604"),),
        )
        published = study(
            "90000605",
            title="Ketamine after trauma: an invented preprint.",
            topics=("ptsd",),
            publication_types=("Preprint",),
            notices=(Notice(ref_type="UpdateIn", source="Acta Inventa. 2026;3:90", pmid="90000606"),),
            announced=("2026-W31", NOW),
        )
        already = retracted("90000607", title="Ketamine in panic disorder: an invented trial.", topics=("depression",))
        changes = [
            (published, (change("90000605", "published"),)),
            (corrected, (change("90000603", "corrected"),)),
            (withdrawn, (change("90000601", "retracted"), change("90000601", "revised"))),
        ]
        return compose_week(
            [already, *week_studies()[-3:]],
            changed=changes,
            sent={"90000601": date(2026, 10, 12)},
            incomplete=("social-anxiety",),
        )
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


def words(text: str) -> int:
    return len(re.findall(r"\S*\w\S*", text))


def strict(html: str):
    """The parsed document; html5lib raises for the first fault."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


@pytest.mark.parametrize("name", WEEKS)
@pytest.mark.parametrize("part", ["txt", "html"])
def test_the_letter_of_an_invented_week_is_the_one_that_was_looked_at(name, part):
    drawn = letter_of(name)
    text = f"Subject: {drawn.subject}\n\n{drawn.text}" if part == "txt" else drawn.html
    file = GOLDEN / f"{name}.{part}"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WEEKS)
def test_the_html_is_valid_and_needs_nothing_from_outside(name):
    tree = strict(letter_of(name).html)
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "link", "iframe", "form", "svg", "video", "object"}
    assert tree.get("lang") == "en"
    assert tree.find(".//title").text == letter_of(name).subject
    style = tree.find(".//style").text
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize("name", WEEKS)
def test_headings_stand_in_order_below_one_first_heading(name):
    tree = strict(letter_of(name).html)
    levels = [
        int(element.tag[1])
        for element in tree.iter()
        if isinstance(element.tag, str) and re.fullmatch("h[1-6]", element.tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


@pytest.mark.parametrize("name", WEEKS)
def test_every_link_says_where_it_leads(name):
    tree = strict(letter_of(name).html)
    named = {}
    for element in tree.iter("a"):
        said = " ".join("".join(element.itertext()).split())
        assert len(said) > 6, said
        assert named.setdefault(said, element.get("href")) == element.get("href"), f"{said!r} leads to two places"


@pytest.mark.parametrize("name", WEEKS)
def test_layout_tables_say_that_they_are_layout_and_data_tables_have_row_headers(name):
    for table in strict(letter_of(name).html).iter("table"):
        rows = table.findall("./tbody/tr")
        assert table.get("role") == "presentation" or all(row.find("th").get("scope") == "row" for row in rows)


@pytest.mark.parametrize("name", WEEKS)
def test_the_text_part_keeps_within_its_columns(name):
    long = [row for row in letter_of(name).text.splitlines() if len(row) > COLUMNS and "://" not in row]
    assert not long


@pytest.mark.parametrize("name", WEEKS)
def test_text_and_html_name_the_same_studies_in_the_same_order(name):
    in_html = [url for url in re.findall(r'href="([^"]+)"', letter_of(name).html) if "/studies/" in url]
    in_text = [url for url in re.findall(r"\S+://\S+", letter_of(name).text) if "/studies/" in url]
    assert in_html == in_text


def test_a_full_week_is_read_in_four_minutes():
    assert words(visible(letter_of("full").html)) <= 700
    assert week("full").minutes <= 4


def test_the_minutes_are_those_of_the_words_that_stand_in_the_letter():
    for name in ("full", "retraction"):
        read = words(visible(letter_of(name).html)) / 200
        assert abs(week(name).minutes - read) < 1, name


def test_a_quiet_week_is_a_note_of_three_lines():
    sentences = week("quiet").quiet_note
    assert len(sentences) == 3
    assert sentences[0] == "Nothing new in PubMed for your 4 topics, 16–22 Nov 2026."
    assert "Set aside: 2 (2 perioperative studies)" in sentences[1]
    assert "<h3" not in letter_of("quiet").html


def test_an_incomplete_week_never_says_that_nothing_is_new():
    for text in (letter_of("incomplete").text, visible(letter_of("incomplete").html)):
        flat = " ".join(text.split())
        assert "Whether there is anything new is not known for" in flat
        assert "PTSD, With psychotherapy: the search of 23 Nov 2026 did not finish" in flat
        assert "Nothing new in PubMed" not in flat
    assert "2 of 4 searches incomplete" in letter_of("incomplete").subject
    assert "nothing new" not in letter_of("incomplete").subject


def test_a_week_without_any_complete_search_says_only_that():
    drawn = letter(compose_week([], incomplete=[topic.slug for topic in TOPICS]), folder=FOLDER)
    assert "Nothing new" not in drawn.text
    assert "No search is complete" in drawn.text


def test_a_retraction_comes_first_in_words_with_the_notice_and_the_day_it_was_sent():
    text = letter_of("retraction").text
    assert text.index("CHANGES OF STATUS") < text.index("IF YOU READ ONE STUDY")
    assert "! Retracted. You were sent this on 12 Oct 2026." in text
    assert "RETRACTED: Intranasal ketamine for social anxiety" in text
    assert re.search(r"Retraction notice: [^\n]+\n? *https://pubmed.ncbi.nlm.nih.gov/90000602/", text)
    assert "Reason given: “The doses were reported wrongly.”" in text
    assert "2 retracted" in letter_of("retraction").subject


@pytest.mark.parametrize("name", WEEKS)
def test_every_letter_carries_what_a_reader_must_know(name):
    for text in (" ".join(letter_of(name).text.split()), visible(letter_of(name).html)):
        assert "not FDA-approved for any psychiatric disorder" in text
        assert "no medical advice" in text
        assert "988" in text
        assert "Courtesy of the U.S. National Library of Medicine" in text
        assert "You get this because" in text
        assert "Searches complete:" in text


def test_no_full_abstract_is_mailed():
    for text in (letter_of("full").text, visible(letter_of("full").html)):
        assert "This randomised trial is invented." not in text


def test_without_a_report_every_link_leads_to_the_source():
    html = letter(week("full"), folder=FOLDER).html
    hosts = {re.match(r"https://([^/]+)/", url)[1] for url in re.findall(r'href="([^"]+)"', html)}
    assert hosts == {"pubmed.ncbi.nlm.nih.gov", "doi.org", "pmc.ncbi.nlm.nih.gov"}


HOSTILE = {
    "markup": "</td></table><script>alert(1)</script><img src=x onerror=alert(1)> of ketamine",
    "a mail header": "Ketamine\r\nBcc: everyone@clinic.example\r\n\r\nfor PTSD",
    "direction overrides": "Ketamine \u202egnp.exe\u202c and \u2066esketamine\u2069 for PTSD",
    "right-to-left script": "קטמין לטיפול בהפרעת דחק: ניסוי אקראי",
    "a formula": '=HYPERLINK("http://evil.example","Ketamine")',
    "control characters": "Keta\x00mine\x07 \x1b[31mfor\x7f PTSD\x85 and\u2028more",
    "a template": "{{ 7 * 7 }} {% raw %} of ketamine",
    "an entity": "Ketamine &amp;lt;b&gt; &#x202e; dose",
    "500 characters": "Ketamine for depression " * 21,
    "500 characters without a space": "K" * 500,
    "a half of a surrogate pair": "Ketamine \ud800 for PTSD",
    "nothing at all": "",
    "a style end": "</style><style>*{display:none}</style>",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_title_does_no_harm(title):
    def hostile(pmid, **rest):
        return study(pmid, title=title, conditions=(), authors=(f"{title[:60]} X", "Y Z"), journal=title[:80], **rest)

    studies = [hostile("90000001", harms=()), hostile("90000002", design="narrative-review", n=None)]
    withdrawn = retracted(
        "90000003",
        title=title,
        notices=(Notice(ref_type="RetractionIn", pmid='1"><script>', source=title, note=title),),
    )
    digest = compose_week(studies, changed=[(withdrawn, (change("90000003"),))])
    drawn = letter(digest, folder=FOLDER, report_url=REPORT)
    tree = strict(drawn.html)
    assert not {"script", "img"} & {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert len(list(tree.iter("style"))) == 1
    for text in (drawn.subject, drawn.html, drawn.text):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\ud800-\udfff]", text)
    assert "\n" not in drawn.subject
    assert not [row for row in drawn.text.splitlines() if len(row) > COLUMNS and "://" not in row]
    assert all(
        url.startswith(("https://pubmed.ncbi.nlm.nih.gov/", REPORT))
        for url in re.findall(r'href="([^"]+)"', drawn.html)
    )


def test_a_long_address_stays_whole_in_the_text_part():
    address = f"https://report.example/{'a-long-folder-name/' * 8}"
    text = letter(week("full"), folder=FOLDER, report_url=address).text
    assert f"{address}studies/90000003.html" in text


def test_an_address_of_the_report_that_is_no_web_address_is_not_linked():
    drawn = letter(week("full"), folder=FOLDER, report_url="javascript:alert(1)//")
    assert "javascript" not in drawn.html + drawn.text


@pytest.mark.parametrize(
    ("address", "link"),
    [
        pytest.param("https://report.example", "https://report.example/", id="on a web server"),
        pytest.param("file:///srv/site/", "file:///srv/site/", id="on the reader's own disk"),
        pytest.param(None, None, id="nowhere"),
    ],
)
def test_what_is_left_to_the_report_is_counted_wherever_the_report_is(address, link):
    digest = compose_week(week_studies(), preferences=Preferences(cards=1, lines=1))
    drawn = letter(digest, folder=FOLDER, report_url=address)
    count = len(digest.beyond)
    assert f"{count} more in the report" in visible(drawn.html)
    assert f"{count} more in the report" in drawn.text
    assert (f'href="{link}"' in drawn.html) == (link is not None)
    assert (f"more in the report: {link}" in drawn.text) == (link is not None)


@pytest.mark.parametrize(
    ("preferences", "count"),
    [
        pytest.param(Preferences(), 400, id="four hundred new studies"),
        pytest.param(Preferences(cards=400, lines=400, words=1_000_000), 400, id="a reader who wants them all"),
    ],
)
def test_the_letter_stays_below_what_mail_programs_cut(preferences, count):
    studies = [
        study(
            str(90001000 + i),
            title=f"Invented study {i} of ketamine: {'many words of a title ' * 8}",
            harms=("nausea", "dissociation"),
        )
        for i in range(count)
    ]
    digest = compose_week(studies, preferences=preferences)
    drawn = letter(digest, folder=FOLDER, report_url=REPORT)
    assert len(drawn.html.encode()) <= 80_000
    counts = re.search(
        r"Found new: 400. Shown here: (\d+). In the report only: (\d+). Set aside: 0", visible(drawn.html)
    )
    shown, beyond = int(counts[1]), int(counts[2])
    assert shown + beyond == count
    assert len(drawn.digest.shown) == shown
    assert f"{beyond} more in the report" in visible(drawn.html)


def test_a_hundred_retractions_are_counted_though_not_all_are_told():
    withdrawn = [retracted(str(90002000 + i), title=f"Invented trial {i}: {'long ' * 60}") for i in range(100)]
    drawn = letter(compose_week(changed=[(s, (change(s.pmid),)) for s in withdrawn]), folder=FOLDER)
    assert len(drawn.html.encode()) <= 80_000
    assert "100 retracted" in drawn.subject
    assert "88 more changes of status stand in the report" in visible(drawn.html)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _palettes():
    """The tokens of light and dark, read from the style that mail and report share."""
    css = (FOLDER / "shared" / "tokens.css").read_text(encoding="utf-8")
    light, dark = css.split("@media", 1)
    tokens = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", part)) for part in (light, dark)]
    return {"light": tokens[0], "dark": tokens[0] | tokens[1]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [(ink, ground) for ground in ("paper", "wash", "amber-wash", "red-wash") for ink in ("ink", "muted", "accent")]
    + [("amber", "paper"), ("amber", "amber-wash"), ("red", "paper"), ("red", "red-wash")],
)
def test_words_stand_out_from_their_ground_as_wcag_asks(scheme, ink, ground):
    colours = _palettes()[scheme]
    assert _contrast(colours[ink], colours[ground]) >= 4.5


def test_the_mail_uses_only_colours_of_the_shared_palette():
    css = (FOLDER / "mail" / "letter.css").read_text(encoding="utf-8")
    allowed = {value for tokens in _palettes().values() for value in tokens.values()}
    # The ground behind the letter in the dark, darker than any surface of the report.
    assert set(re.findall(r"#[0-9a-f]{6}", css)) - allowed == {"#0e1216"}


def test_a_look_of_one_s_own_may_replace_one_file_and_take_the_rest_as_shipped(tmp_path):
    own = tmp_path / "mail" / "letter.css"
    own.parent.mkdir()
    own.write_text("h1 { color: #123456; }", encoding="utf-8")
    drawn = letter(week("quiet"), folder=tmp_path)
    assert "color: #123456" in drawn.html
    assert drawn.text == letter(week("quiet"), folder=FOLDER).text


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        pytest.param("https://doi.org/10.1/x", True, id="the web"),
        pytest.param("mailto:digest@clinic.example", True, id="an address"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("java\nscript:alert(1)", False, id="a script in two lines"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("//evil.example", False, id="no scheme"),
        pytest.param("https:", False, id="no host"),
        pytest.param("http://[", False, id="no address at all"),
        pytest.param("https://a.example/\u202ex", False, id="a turned reading order"),
        pytest.param("", False, id="nothing"),
        pytest.param(None, False, id="none"),
    ],
)
def test_only_addresses_that_do_no_harm_are_linked(url, linked):
    assert safe_url(url) == (url if linked else "")


def test_whatever_a_template_prints_is_escaped_and_clean():
    env = environment(FOLDER)
    page = env.from_string("{{ one }} {{ [one, one]|join('<br>') }} {{ one|line }}").render(one="<b>\u202e\x00")
    assert "<" not in page
    assert "\u202e" not in page
    assert "\x00" not in page


def test_a_template_that_names_what_is_not_there_fails_rather_than_print_nothing():
    with pytest.raises(UndefinedError):
        environment(FOLDER).from_string("{{ nobody }}").render()


def test_a_mistake_in_a_users_own_letter_is_told_with_its_place(tmp_path):
    own = tmp_path / "mail" / "letter.html.j2"
    own.parent.mkdir()
    own.write_text("<html>\n{{ digest.no_such_part }}\n")
    with pytest.raises(LooksError, match=r"letter\.html\.j2, line 2: .*'no_such_part'"):
        letter(week("full"), folder=tmp_path)


# -- one reader's own letter


ADDRESS = "1 Invented <Street>, Example"


@pytest.mark.parametrize(
    "leave",
    [
        "https://clinic.example/unsubscribe/Zm9vYmFyYmF6cXV4Zm9v",
        "mailto:leave@clinic.example?subject=unsubscribe%20Zm9vYmFyYmF6cXV4Zm9v&x=1",
    ],
    ids=["by a link", "by mail"],
)
@pytest.mark.parametrize("name", WEEKS)
def test_a_readers_own_letter_ends_with_her_way_out_and_the_senders_address(name, leave):
    drawn = letter(week(name), folder=FOLDER, report_url=REPORT, postal_address=ADDRESS, is_personal=True)
    mine = drawn.for_reader(leave)
    assert mine.subject == drawn.subject
    (link,) = lxml_html.document_fromstring(mine.html).xpath("//a[text()='Unsubscribe']")
    assert link.get("href") == leave
    assert f"Unsubscribe: {leave}\n" in mine.text
    assert ADDRESS in mine.text
    assert ADDRESS in visible(mine.html)
    assert "leave.invalid" not in mine.html + mine.text
    strict(mine.html)


def test_the_general_edition_has_no_way_out_because_nobody_is_in_it():
    drawn = letter_of("full")
    assert "nsubscribe" not in drawn.html + drawn.text
    assert drawn.for_reader("https://clinic.example/u/x") == drawn


def test_what_was_set_aside_can_be_looked_at_in_pubmed():
    html = lxml_html.document_fromstring(letter_of("full").html)
    (link,) = html.xpath("//a[text()='3 protocols without results']")
    assert link.get("href") == (
        "https://pubmed.ncbi.nlm.nih.gov/?term=90000020%5Buid%5D+OR+90000021%5Buid%5D+OR+90000022%5Buid%5D"
    )
    assert not html.xpath("//a[contains(text(), 'off topic')]")
    assert "- 3 protocols without results: PMID 90000020, 90000021, 90000022\n" in letter_of("full").text
