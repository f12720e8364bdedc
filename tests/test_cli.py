"""The command line, used as a person would: words in, words and exit codes out."""

import contextlib
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator import terminal
from aggregator.cli import main
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.formats import FORMATS
from aggregator.house import House
from aggregator.library import Library
from aggregator.locks import holding
from aggregator.pubmed.records import wrap
from aggregator.pubmed.simulator import Simulator
from aggregator.summary import Fact, Span
from aggregator.topics import files as topic_files
from tests.studies import change, result, retracted
from tests.studies import study as invented

TOP = Path(__file__).resolve().parent.parent
TOPICS = [path.stem for path in topic_files(TOP / "queries")]
SUNDAY = DEMO_WEEKS[0].isoformat()
NEXT_SUNDAY = DEMO_WEEKS[1].isoformat()


@pytest.fixture(scope="module")
def simulator():
    with Simulator(demo_world()) as running:
        yield running


@pytest.fixture
def place(tmp_path, monkeypatch, simulator):
    """A folder with settings that point at the simulator, on the first Sunday."""
    simulator.world.now = DEMO_WEEKS[0]
    (tmp_path / "aggregator.toml").write_text(
        f'[pubmed]\nemail = "you@clinic.example"\nurl = "{simulator.url}"\nrequests_per_second = 1000\nattempts = 1\n'
    )
    monkeypatch.chdir(tmp_path)
    for name in ("NCBI_API_KEY", "NCBI_EMAIL", "AGGREGATOR_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def filled(tmp_path_factory, simulator):
    """A workspace after the weekly job of two Sundays, shared by tests that only read it."""
    folder = tmp_path_factory.mktemp("filled")
    settings = folder / "aggregator.toml"
    settings.write_text(f'[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 1000\nemail = "a@clinic.example"\n')
    for moment in DEMO_WEEKS:
        simulator.world.now = moment
        assert main(["weekly", "--config", str(settings), "--now", moment.isoformat(), "--quiet"]) == 0
    return ["--config", str(settings), "--now", NEXT_SUNDAY]


def run(capfd, *words):
    """Exit code, stdout and stderr of one command."""
    try:
        code = main(list(words))
    except SystemExit as stopped:
        code = stopped.code
    said = capfd.readouterr()
    return code, said.out, said.err


# -- the weekly job


def test_the_weekly_job_updates_reports_and_digests(place, capfd):
    code, out, err = run(capfd, "weekly", "--now", SUNDAY)
    assert (code, out) == (0, "")
    assert (place / "workspace/site/index.html").exists()
    text = (place / "workspace/digests/2026-W46/digest.txt").read_text()
    assert "KETAMINE EVIDENCE" in text
    assert re.search(r"\d+ new, 0 changed, \d+ studies held", err)


def test_run_a_second_time_it_stores_and_announces_nothing(place, capfd):
    run(capfd, "weekly", "--now", SUNDAY)
    first = (place / "workspace/digests/2026-W46/digest.txt").read_text()
    _, before, _ = run(capfd, "export", "--format", "jsonl")
    code, _, err = run(capfd, "weekly", "--now", SUNDAY.replace("18:00", "19:00"))
    _, after, _ = run(capfd, "export", "--format", "jsonl")
    assert (code, before == after) == (0, True)
    assert "\n0 new, 0 changed" in err
    assert (place / "workspace/digests/2026-W46/digest.txt").read_text() == first


def test_the_next_week_tells_the_retraction_of_a_study_that_was_sent(filled, tmp_path):
    text = (Path(filled[1]).parent / "workspace/digests/2026-W47/digest.txt").read_text()
    assert "Retracted. You were sent this on 15 Nov 2026." in text
    assert "Published after preprint" in text
    assert "Corrected" in text
    assert "Social anxiety: last" in text


def test_an_unreachable_pubmed_is_never_nothing_new(place, capfd):
    (place / "aggregator.toml").write_text(
        '[pubmed]\nemail = "you@clinic.example"\nurl = "http://127.0.0.1:9/entrez/eutils/"\nattempts = 1\n'
    )
    code, _, err = run(capfd, "update", "--now", SUNDAY)
    assert code == 1
    assert "could not be reached" in err
    assert "not known" in err
    assert "0 new" not in err
    code, _, _ = run(capfd, "weekly", "--now", SUNDAY)
    assert code == 3
    text = (place / "workspace/digests/2026-W46/digest.txt").read_text()
    assert "0 of 8" in text
    assert "Nothing new in PubMed" not in text


def test_one_topic_that_fails_is_named_and_the_run_is_done_in_part(place, capfd, simulator):
    simulator.faults.add("esearch", "backend-failed", times=1)
    try:
        code, _, err = run(capfd, "update", "ptsd", "social-anxiety", "--now", SUNDAY)
    finally:
        simulator.faults.clear()
    assert code == 3
    assert "ptsd: INCOMPLETE" in err
    assert re.search(r"social-anxiety: [1-9]\d* found", err)


def test_settings_without_an_email_are_refused_before_pubmed_is_asked(place, capfd):
    (place / "aggregator.toml").write_text("")
    code, _, err = run(capfd, "update")
    assert code == 2
    assert "NCBI_EMAIL" in err


MISUSE = [
    ("a settings file that is not there", ["topics", "--config", "none.toml"], "there is no such file"),
    ("an unknown topic with the nearest", ["update", "ptds"], "did you mean 'ptsd'?"),
    ("an unknown verb", ["updaet"], "invalid choice"),
    ("a query that is never closed", ["search", "(ketamine[ti]"], "never closed"),
    ("an empty query", ["search", " "], "empty"),
    ("a day that is none", ["digest", "--since", "soon"], "write it as 2026-11-22"),
    ("a week that is none", ["digest", "--week", "W47"], "write it as 2026-W47"),
    ("a week to come", ["digest", "--week", "2027-W20", "--now", SUNDAY], "has not begun"),
    ("a moment that is none", ["topics", "--now", "yesterday"], "2026-11-22T18:00"),
    ("a PMID that is none", ["show", "ketamine"], "is not a PMID"),
    ("sending to nobody", ["digest", "--send"], "[[subscriber]]"),
    ("a file whose ending names no format", ["export", "-o", "x.docx"], "names no format"),
    ("a limit of nought", ["search", "ketamine", "--limit", "0"], "above 0"),
]


@pytest.mark.parametrize(("_", "words", "expected"), MISUSE, ids=[row[0] for row in MISUSE])
def test_misuse_is_exit_code_2_with_what_to_do(_, words, expected, place, capfd):
    code, out, err = run(capfd, *words)
    assert (code, out) == (2, "")
    assert expected in err
    assert "Traceback" not in err


SETTINGS = [
    ("a time that is none", '[schedule]\nupdate = "sometimes"\n', "is no time for a job"),
    ("a time of day that is none", '[schedule]\ndigest = "monday 25:99"\n', "no time of day"),
    ("a reader of an unknown topic", '[[subscriber]]\nemail = "a@clinic.example"\ntopics = ["ptds"]\n', "'ptsd'"),
]


@pytest.mark.parametrize(("_", "text", "expected"), SETTINGS, ids=[row[0] for row in SETTINGS])
def test_settings_that_cannot_be_used_are_refused_before_anything_is_done(_, text, expected, place, capfd):
    (place / "aggregator.toml").write_text(text)
    code, out, err = run(capfd, "digest")
    assert (code, out) == (2, "")
    assert expected in err
    assert not (place / "workspace").exists()


def test_a_second_run_in_the_same_workspace_says_who_is_there_and_leaves(place, capfd):
    with holding(place / "workspace", "writer", "weekly", now=datetime(2026, 11, 15, 12, tzinfo=UTC)):
        code, _, err = run(capfd, "weekly", "--now", SUNDAY)
    assert code == 1
    assert f"`weekly` (process {os.getpid()}) is working here since 2026-11-15 12:00 UTC; wait until it has" in err
    assert run(capfd, "update", "social-anxiety", "--now", SUNDAY)[0] == 0


def test_a_folder_that_is_not_there_is_not_made_for_a_file(filled, place, capfd):
    code, _, err = run(capfd, "export", "-o", str(place / "none" / "x.csv"), *filled)
    assert code == 2
    assert "there is no folder" in err


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_refused(port, capfd):
    code, _, err = run(capfd, "simulate", "--corpus", "x.xml", "--port", port)
    assert code == 2
    assert "port" in err


def test_an_unknown_key_is_refused_with_the_nearest(place, capfd):
    (place / "aggregator.toml").write_text('[pubmed]\nemial = "you@clinic.example"\n')
    code, _, err = run(capfd, "topics")
    assert code == 2
    assert "email" in err


# -- asking


def test_search_prints_a_table_and_stores_nothing(place, capfd):
    code, out, err = run(capfd, "search", "ketamine[ti] AND ptsd[tiab]", "--limit", "3")
    assert code == 0
    assert out.startswith("PMID")
    assert len(re.findall(r"^9\d{7}", out, re.MULTILINE)) == 3
    assert "--limit" in err
    assert not (place / "workspace").exists()


def test_search_that_finds_nothing_says_so_and_is_no_failure(place, capfd):
    code, _, err = run(capfd, "search", "zyxwvutsrq[ti]")
    assert code == 0
    assert "no match" in err


@pytest.mark.parametrize("name", [name for name, kind in FORMATS.items() if not kind.is_binary])
def test_every_text_format_goes_down_a_pipe(name, filled, capfd):
    code, out, _ = run(capfd, "export", "--topic", "social-anxiety", "--format", name, *filled)
    assert code == 0
    assert "90000" in out


def test_a_study_as_json_has_every_key_of_the_contract(filled, capfd):
    _, out, _ = run(capfd, "export", "--topic", "ptsd", "--format", "jsonl", *filled)
    studies = [json.loads(line) for line in out.splitlines()]
    assert len(studies) > 40
    for study in studies:
        assert " ".join(study) == (
            "pmid doi pmcid title journal published entered authors publication_types mesh languages registrations "
            "abstract topics first_seen notices summary"
        )
        assert " ".join(study["summary"]) == (
            "bucket design conditions age_groups sample_size studies_included drugs routes doses regimen comparators "
            "control phase scales findings direction harms psychotherapy conclusion flags"
        )
        assert "ptsd" in study["topics"]


def test_every_span_of_an_exported_study_is_verbatim(filled, capfd):
    _, out, _ = run(capfd, "export", "--format", "jsonl", *filled)

    def spans(value):
        if isinstance(value, dict):
            yield from value.get("spans", ())
            for inner in value.values():
                yield from spans(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from spans(inner)

    count = 0
    for study in map(json.loads, out.splitlines()):
        for span in spans(study["summary"]):
            text = study["title"] if span["section"] == "title" else study["abstract"][span["section"]]["text"]
            assert 0 <= span["start"] < span["end"] <= len(text)
            count += 1
        conclusion = study["summary"]["conclusion"]
        if conclusion and len(conclusion["spans"]) == 1:
            (span,) = conclusion["spans"]
            text = study["abstract"][span["section"]]["text"]
            assert text[span["start"] : span["end"]] == conclusion["quote"]
    assert count > 1000


def test_export_by_query_in_pubmeds_own_language(filled, capfd):
    _, out, _ = run(capfd, "export", "--query", "midazolam[tiab] AND 2026[dp]", "--format", "csv", *filled)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows
    assert all(row["pmid"].startswith("900") for row in rows)


def test_show_prints_each_fact_with_its_words(filled, capfd):
    _, exported, _ = run(capfd, "export", "--topic", "depression", "--format", "jsonl", *filled)
    trial = next(
        study
        for study in map(json.loads, exported.splitlines())
        if study["summary"]["design"]["value"] == "randomized-trial" and study["summary"]["sample_size"]
    )
    (span, *_) = trial["summary"]["sample_size"]["spans"]
    text = trial["title"] if span["section"] == "title" else trial["abstract"][span["section"]]["text"]
    code, out, _ = run(capfd, "show", trial["pmid"], *filled)
    assert code == 0
    for words in ("Randomised trial", text[span["start"] : span["end"]][:20], "Authors conclude", "Registration"):
        assert words in out


NOT_MET = "The primary outcome was not met."
HOPEFUL = "Ketamine is a promising treatment."


def card_of(study):
    """The lines that show prints into a pipe, white space made single."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        terminal.print_study(study)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("stated", "row"),
    [
        pytest.param({"infusion_time": "40 min"}, "Infusion time 40 min “40 min”", id="how long one infusion lasted"),
        pytest.param(
            {"definitions": ["response meant half the score"]},
            "Definitions verbatim “response meant half the score”",
            id="what response means, in the abstract's words",
        ),
        pytest.param({}, "Regimen Single dose “single dose”", id="how often"),
        pytest.param(
            {"regimen": "repeated", "sessions": 1}, "Regimen Repeated doses, 1 session “repeated doses”", id="one session"
        ),
        pytest.param({"harms": ["nausea", "dizziness"]}, "Harms named Nausea “nausea”", id="each harm has its words"),
        pytest.param({"harms": ["nausea", "dizziness"]}, "Dizziness “dizziness”", id="the next on a line of its own"),
        pytest.param({"dose": None}, "Dose not stated in the abstract", id="what is not stated is said so"),
        pytest.param(
            {"bucket": "perioperative", "bucket_reason": "given for an operation"},
            "Reason given for an operation from PubMed's indexing",
            id="why it is set aside",
        ),
        pytest.param(
            {"not_met": [NOT_MET]}, "Primary outcome not met, as the abstract says “The primary outcome was not met.”", id="a primary outcome that was not met"
        ),
    ],
)  # fmt: skip
def test_show_has_a_row_for(stated, row):
    assert row in card_of(invented(**stated))


@pytest.mark.parametrize(
    "name", ["Infusion time", "Definitions", "Primary outcome"], ids="no row without the words: {}".format
)
def test_what_only_some_studies_can_have_is_not_missed_in_others(name):
    assert not [row for row in card_of(invented()) if row.startswith(name)]


def test_show_says_a_findings_time_point_its_direction_and_that_it_is_the_primary_outcome(monkeypatch):
    monkeypatch.setattr(terminal, "PIPE_WIDTH", 300)
    lower = result(
        "Lower by 8.4.", scale="CAPS-5", timepoint="2 weeks", estimate=8.4, direction="favours-ketamine", primary=True
    )
    told = "CAPS-5 at 2 weeks: mean difference 8.4; favours ketamine; primary outcome"
    assert f"Estimates {told} “Lower by 8.4.”" in card_of(invented(results=[lower]))


def test_that_the_primary_outcome_was_not_met_stands_directly_before_a_hopeful_conclusion():
    names = ("Harms named", "Primary outcome", "Authors conclude", "Registration")
    rows = card_of(invented(not_met=[NOT_MET], conclusion=HOPEFUL))
    found = [name for row in rows for name in names if row.startswith(name)]
    assert found == list(names)
    assert f"Authors conclude verbatim “{HOPEFUL}”" in rows


def test_in_a_pipe_the_words_that_values_were_read_from_stand_in_quotation_marks():
    rows = card_of(invented(dose="0.5 mg/kg", conclusion=HOPEFUL, not_met=[NOT_MET]))
    assert "The words that the values were read from stand in « »." in rows
    text = " ".join(rows)
    assert "The dose was «0.5 mg/kg»." in text
    assert f"RESULTS: «{NOT_MET}»" in text
    assert f"CONCLUSIONS: «{HOPEFUL}»" in text


def test_marks_taken_away_the_text_is_the_abstract():
    one = invented(harms=["nausea"], infusion_time="40 min")
    printed = " ".join(card_of(one)).replace("«", "").replace("»", "")
    for section in one.citation.abstract:
        assert f"{section.label}: {section.text}" in printed


def test_the_title_is_marked_where_something_was_read_from_it():
    one = invented(title="Esketamine for invented sorrow.", drugs=["esketamine"], has_abstract=False)
    held = invented(title="Esketamine, once more.", drugs=[], conditions=["ptsd"])
    assert not [row for row in card_of(one) if "«" in row or "stand in" in row]
    named = replace(
        held, summary=replace(held.summary, drugs=(Fact(value="esketamine", spans=(Span("title", 0, 10),)),))
    )
    assert "TITLE: «Esketamine», once more." in card_of(named)


@pytest.mark.parametrize(
    ("environment", "is_underlined"),
    [
        pytest.param({"TERM": "xterm-256color"}, True, id="a terminal"),
        pytest.param({"TERM": "xterm-256color", "NO_COLOR": "1"}, False, id="a terminal, NO_COLOR"),
        pytest.param({"TERM": "dumb"}, False, id="a terminal without styles"),
    ],
)
def test_on_a_terminal_the_source_words_are_underlined_where_it_can(monkeypatch, environment, is_underlined):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with contextlib.redirect_stdout(Screen()) as out:
        terminal.print_study(invented())
    written = out.getvalue()
    assert ("\x1b[4m0.5 mg/kg\x1b[0m" in written) is is_underlined
    assert ("«0.5 mg/kg»" in written) is not is_underlined
    assert ("are underlined" in written) is is_underlined


def test_show_of_a_retracted_study_has_its_notice_and_neither_results_nor_abstract():
    lower = result("Scores fell by 23 points.", scale="CAPS-5", estimate=23, direction="favours-ketamine")
    withdrawn = retracted(
        results=[lower], direction="favours-ketamine", harms=["nausea"], not_met=[NOT_MET], conclusion=HOPEFUL
    )
    for one in (withdrawn, replace(withdrawn, changes=(change("90000099", after="J Invent Stud. 2026;1:9"),))):
        text = " ".join(card_of(one))
        assert "RETRACTED: its results are not shown" in text
        assert "The abstract of a retracted study is not shown here" in text
        for told in (
            "23 points",
            "favours",
            "nausea",
            "promising",
            "Authors conclude",
            NOT_MET,
            "as the abstract says",
        ):
            assert told not in text


def test_a_hostile_abstract_sends_no_codes_to_the_terminal():
    one = invented(conclusion="Stop \x1b[31m[bold]here[/bold]\u202e.")
    assert "[bold]here[/bold]" in "\n".join(card_of(one))
    assert not re.search(r"[\x1b\u202e]", "".join(card_of(one)))


def test_show_asks_pubmed_for_what_is_not_held(place, capfd):
    code, out, err = run(capfd, "show", "90000001")
    assert code == 0
    assert "asking PubMed" in err
    assert "90000001" in out


def test_a_search_of_the_library_needs_no_network(filled, capfd, simulator):
    asked = len(simulator.log)
    code, out, _ = run(capfd, "search", "--local", "ketamine[ti]", "--format", "jsonl", "--limit", "5", *filled)
    assert (code, len(out.splitlines()), len(simulator.log)) == (0, 5, asked)


def test_a_search_of_the_library_says_how_many_more_there_are(filled, capfd):
    code, out, err = run(capfd, "search", "--local", "ketamine[tiab]", "--format", "jsonl", "--limit", "2", *filled)
    whole = re.search(r"2 of (\d+) matches; --limit (\d+) shows all", err)
    assert (code, len(out.splitlines())) == (0, 2)
    assert whole
    _, out, err = run(
        capfd, "search", "--local", "ketamine[tiab]", "--format", "jsonl", "--limit", whole[2], *filled, "--quiet"
    )
    assert len(out.splitlines()) == int(whole[1])
    assert not err


def test_export_by_query_and_topic_gives_the_studies_that_both_choose(filled, capfd):
    _, both, _ = run(capfd, "export", "--query", "ketamine[ti]", "--topic", "ptsd", "--format", "jsonl", *filled)
    _, of_topic, _ = run(capfd, "export", "--topic", "ptsd", "--format", "jsonl", *filled)
    expected = [json.loads(line) for line in of_topic.splitlines()]
    assert [json.loads(line)["pmid"] for line in both.splitlines()] == [
        study["pmid"] for study in expected if "ketamine" in re.split(r"\W+", study["title"].casefold())
    ]


@pytest.mark.parametrize("words", [["search", "--local"], ["export", "--query"], ["explain"]])
@pytest.mark.parametrize(
    ("query", "pointed"),
    [
        pytest.param("ketamine AND (stress", "ketamine AND (stress\n             ^", id="a group never closed"),
        pytest.param("a[ti]\n\tOR ket*[ti]", " OR ket*[ti]\n       ^", id="behind a tab in the second line"),
        pytest.param("鎮静 AND x[foo]", "鎮静 AND x[foo]\n          ^", id="behind wide letters"),
        pytest.param("naïve x[foo]", "nai\u0308ve x[foo]\n       ^", id="behind an accent by itself"),
        pytest.param("stress AND y[pa]", "stress AND y[pa]\n           ^", id="what is not kept here"),
    ],
)
def test_a_query_that_cannot_be_used_is_pointed_at(filled, capfd, words, query, pointed):
    query = query.replace("ï", "i\u0308")
    rest = ["90000001"] if words == ["explain"] else []
    code, out, err = run(capfd, *words, query, *rest, *filled)
    assert (code, out) == (2, "")
    assert err.rstrip("\n").endswith(pointed)


# -- explaining


def explained(capfd, query, *words):
    code, out, _ = run(capfd, "explain", query, "90000001", *words)
    assert code == 0
    return out


def test_explain_shows_which_clauses_match_and_the_words(filled, capfd):
    out = explained(capfd, '(ketamin*[tiab] OR zebra[tiab]) AND "walks on water"[tiab] NOT rats[mh]', *filled)
    assert re.search(r"^PMID 90000001 is not found by this query\.$", out, re.MULTILINE)
    assert re.search(r"^      ✓ ketamin\*\[tiab\]\n +(title|abstract): .*«.*etamine.*»", out, re.MULTILINE)
    assert "      ✗ zebra[tiab]\n          not there: the word zebra in Title/Abstract\n" in out
    assert '    ✗ "walks on water"[tiab]\n' in out
    assert "  ✗ NOT rats[mh]\n" in out


def test_explain_says_once_of_which_words_pubmed_would_make_more(filled, capfd):
    out = explained(capfd, "ketamine AND zebra AND trial[ti]", *filled)
    assert out.count("PubMed would also map") == 1
    assert "\nketamine, zebra: PubMed would also map" in out


def test_explain_as_json_gives_the_places_of_the_words(filled, capfd):
    told = json.loads(explained(capfd, "ketamine[tiab] NOT zebra[ti]", "--format", "json", *filled))
    assert (told["pmid"], told["found"], told["clause"]["operator"]) == ("90000001", True, "NOT")
    kept, removed = told["clause"]["clauses"]
    assert (kept["met"], removed["met"], removed["evidence"]) == (True, False, [])
    for one in kept["evidence"]:
        assert one["text"][one["start"] : one["end"]] == one["words"]


def test_explain_asks_pubmed_for_what_is_not_held(place, capfd):
    code, out, err = run(capfd, "explain", "ketamin*[tiab]", "90000001")
    assert code == 0
    assert "PMID 90000001 is not in the library; asking PubMed" in err
    assert "✓ ketamin*[tiab]" in out


def test_explain_of_a_record_that_nobody_has_fails(place, capfd):
    code, out, err = run(capfd, "explain", "ketamine", "99999999")
    assert (code, out) == (1, "")
    assert "PubMed has no record with PMID 99999999" in err


# -- keeping


def files_of(simulator, tmp_path):
    raws = [held.raw for held in list(simulator.world.records().values())[:40]]
    plain, packed = tmp_path / "records.xml", tmp_path / "records.xml.gz"
    plain.write_bytes(wrap(raws))
    packed.write_bytes(gzip.compress(wrap(raws)))
    return plain, packed


def test_import_keeps_what_a_topic_matches_once(place, capfd, simulator):
    plain, packed = files_of(simulator, place)
    code, _, err = run(capfd, "import", str(plain), str(packed))
    assert code == 0
    assert re.search(r"records\.xml: 40 read, [1-9]\d* new", err)
    assert "records.xml.gz: 40 read, 0 new, 0 changed" in err


def test_import_all_keeps_every_record(place, capfd, simulator):
    plain, _ = files_of(simulator, place)
    _, _, err = run(capfd, "import", "--all", str(plain))
    assert "40 new" in err


def test_what_is_exported_as_nbib_can_be_imported(filled, place, capfd):
    run(capfd, "export", "--topic", "ptsd", "-o", "ptsd.nbib", *filled)
    code, _, err = run(capfd, "import", "ptsd.nbib")
    assert code == 0
    assert re.search(r"ptsd\.nbib: (\d+) read, \1 new", err)


BROKEN = [
    ("not there", None, "cannot be read"),
    ("cut short", lambda whole: whole[: len(whole) // 2], "ends in the middle"),
    ("gzip cut short", lambda whole: gzip.compress(whole)[:-100], "cut short"),
    ("a web page", lambda whole: b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML"),
    ("empty", lambda whole: b"", "empty"),
    ("something else", lambda whole: b"\x00\x01\x02 nothing we know", "PubMed records were expected"),
]


@pytest.mark.parametrize(("kind", "spoil", "expected"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_file_is_named_with_what_it_is(kind, spoil, expected, place, capfd, simulator):
    plain, _ = files_of(simulator, place)
    file = place / "broken.xml"
    if spoil:
        file.write_bytes(spoil(plain.read_bytes()))
    code, _, err = run(capfd, "import", str(file))
    assert code == (3 if kind.endswith("cut short") else 1)
    assert "broken.xml" in err
    assert expected in err
    assert "Traceback" not in err


def test_of_a_broken_file_what_came_before_the_fault_is_kept_and_counted(place, capfd, simulator):
    plain, _ = files_of(simulator, place)
    whole = plain.read_bytes()
    plain.write_bytes(whole[: len(whole) // 2])
    _, _, err = run(capfd, "import", "--all", str(plain))
    read = int(re.search(r"(\d+) read", err)[1])
    assert 0 < read < 40
    _, out, _ = run(capfd, "export", "--format", "jsonl")
    assert len(out.splitlines()) == read


def test_a_broken_file_does_not_keep_the_others_out(place, capfd, simulator):
    plain, packed = files_of(simulator, place)
    plain.write_bytes(b"<html>")
    code, _, err = run(capfd, "import", str(plain), str(packed))
    assert code == 3
    assert "40 read" in err


# -- looking after


def test_topics_are_listed_with_counts(filled, capfd):
    code, out, _ = run(capfd, "topics", *filled)
    assert code == 0
    for slug in TOPICS:
        assert re.search(rf"^{slug} +\d+ +2026-11-22", out, re.MULTILINE)


def test_the_shipped_topics_have_no_fault(place, capfd):
    code, out, _ = run(capfd, "topics", "--check")
    assert (code, out) == (0, "")


def test_a_faulty_topic_of_the_users_own_is_named_with_its_place(place, capfd):
    (place / "queries").mkdir()
    (place / "queries/mine.toml").write_text(
        'title = "Mine"\nquestion = "?"\nquery = """\nketamine[tiab] AND (ptsd[tiab]\n"""\n'
    )
    code, out, _ = run(capfd, "topics", "--check")
    assert code == 2
    assert re.search(r"mine\.toml.*4", out)


def test_adding_a_topic_is_adding_a_file(place, capfd):
    (place / "queries").mkdir()
    (place / "queries/ocd.toml").write_text('title = "OCD"\nquestion = "?"\nquery = "ketamin*[tiab] AND OCD[tiab]"\n')
    code, _, err = run(capfd, "weekly", "--now", SUNDAY)
    assert code == 0
    assert re.search(r"ocd: [1-9]\d* found", err)
    assert (place / "workspace/site/topics/ocd.html").exists()


@pytest.mark.parametrize("kind", ["table", "csv", "json", "jsonl"])
def test_the_log_tells_every_search(kind, filled, capfd):
    code, out, _ = run(capfd, "log", "--format", kind, *filled)
    assert code == 0
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        assert len(rows) == 16
        assert all(row["database"] == "PubMed" and row["translation"] for row in rows)
        # What PRISMA-S asks of a search: database, platform, when, the query as sent, and what it found.
        assert {"database", "interface", "started", "query", "translation", "found"} <= set(rows[0])
        assert all(row["started"].endswith("+0000") for row in rows)
    elif kind in ("json", "jsonl"):
        rows = json.loads(out) if kind == "json" else [json.loads(line) for line in out.splitlines()]
        assert len(rows) == 16
        assert all(row["complete"] and row["found"] and row["warnings"] == [] for row in rows)
    else:
        assert len(out.splitlines()) == 17


def test_recall_names_the_landmarks_that_are_missed(place, capfd):
    (place / "queries").mkdir()
    (place / "queries/ptsd.toml").write_text('title = "P"\nquestion = "?"\nquery = "ptsd[ti]"\n')
    (place / "queries/landmarks.csv").write_text("pmid,author,year,title,topics\n90000999,Invented,2020,Nowhere,ptsd\n")
    code, out, _ = run(capfd, "topics", "--recall")
    assert code == 1
    assert "PubMed has no record of PMID 90000999 (Invented 2020)" in out


@pytest.mark.parametrize("where", [[], ["--local"]], ids=["PubMed", "the library"])
def test_recall_names_the_clause_that_loses_a_landmark(place, capfd, where):
    (place / "queries").mkdir()
    topic = 'title = "P"\nquestion = "?"\nquery = """\nketamin*[tiab]\n  AND ptsd[ti]"""\n'
    (place / "queries/ptsd.toml").write_text(topic)
    run(capfd, "update")
    pmids = [line.split(",")[0] for line in run(capfd, "export", "--format", "csv")[1].splitlines()[1:]]
    (place / "queries/ptsd.toml").write_text(topic.replace("ptsd[ti]", "zebra[ti]"))
    (place / "queries/landmarks.csv").write_text(f"pmid,author,year,title,topics\n{pmids[0]},Aster,2020,T,ptsd\n")
    code, out, _ = run(capfd, "topics", "--recall", *where)
    assert code == 1
    assert f"ptsd.toml:5: misses PMID {pmids[0]} (Aster 2020): zebra[ti] does not find it" in out


def test_a_local_search_says_what_it_searches_plainer_than_pubmed(filled, capfd):
    code, _, err = run(capfd, "search", "--local", "ketamine", *filled)
    assert code == 0
    assert "the query, from character 1: 'ketamine' has no field tag" in err


def test_a_phrase_that_pubmed_did_not_find_is_named_by_the_check(place, capfd):
    (place / "queries").mkdir()
    (place / "queries/ptsd.toml").write_text(
        'title = "P"\nquestion = "?"\nsources = ["s"]\nquery = """ketamin*[tiab] AND ptsd[ti]"""\n'
    )
    run(capfd, "update")
    with Library(place / "workspace/library.sqlite") as library:
        (search,) = library.last_searches()
        library.remember_search(replace(search, warnings=("not found: ptsd",)))
    code, out, _ = run(capfd, "topics", "--check")
    assert code == 0
    assert 'ptsd.toml:4:31: warning: PubMed has answered that it does not have "ptsd"[Title]' in out


def test_doctor_says_what_is_well_and_what_to_do(place, capfd):
    code, out, _ = run(capfd, "doctor")
    assert code == 0
    assert re.search(r"ok +PubMed: \d+ records", out)
    (place / "workspace").mkdir()
    (place / "workspace/library.sqlite").write_text("this is no library" * 50)
    code, out, _ = run(capfd, "doctor")
    assert code == 1
    assert "FAILED  library" in out


def test_schedule_once_does_what_is_due_and_then_nothing(place, capfd):
    monday = "2026-11-16T08:00:00-05:00"
    code, _, err = run(capfd, "schedule", "--once", "--now", monday)
    assert code == 0
    assert (place / "workspace/digests/2026-W47/digest.txt").exists()
    code, _, err = run(capfd, "schedule", "--once", "--now", "2026-11-16T08:10:00-05:00")
    assert (code, "nothing is due" in err) == (0, True)


def test_the_demo_refuses_a_folder_with_something_else_in_it(place, capfd):
    (place / "demo-workspace").mkdir()
    (place / "demo-workspace/library.sqlite").write_text("real")
    code, _, err = run(capfd, "demo")
    assert code == 2
    assert "not a demo" in err


def test_the_demo_runs_without_settings_and_says_where_to_look(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        code, _, err = run(capfd, "demo")
        assert code == 0
        assert "demo-workspace/site/index.html" in err
    weeks = sorted((tmp_path / "demo-workspace/digests").iterdir())
    assert [week.name for week in weeks] == ["2026-W46", "2026-W47"]
    for file in (week / f"digest.{ending}" for week in weeks for ending in ("txt", "html")):
        # The folder's own address differs from place to place, and a long one begins a line of its own.
        place = re.compile(rf"(?<!\")\s*{re.escape(tmp_path.as_uri())}|{re.escape(tmp_path.as_uri())}")
        check_golden(f"{file.parent.name}{file.suffix}", place.sub(" file:///somewhere", file.read_text("utf-8")))
    site = tmp_path / "demo-workspace/site/weeks"
    for week, day in (("2026-W46", "15 Nov 2026"), ("2026-W47", "22 Nov 2026")):
        assert f"The digest as it was written on {day}" in (site / f"{week}.html").read_text("utf-8")
    # The second week brings the retraction of a study that the first week's digest told of.
    assert "has been retracted since the digest was written" in (site / "2026-W46.html").read_text("utf-8")


def check_golden(name, text):
    """UPDATE_GOLDEN=1 writes the letters of the demo anew: look at the difference before you commit it."""
    golden = TOP / "tests" / "golden" / "demo" / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_help_is_quick_because_it_loads_no_pandas():
    code = "import sys; from aggregator.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint(sorted({'pandas','lxml','jinja2','requests'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TOP)
    assert done.stdout.splitlines()[-1] == "[]"


def test_global_options_may_stand_before_or_after_the_verb(filled, capfd):
    before = run(capfd, *filled, "topics")
    after = run(capfd, "topics", *filled)
    assert before == after


def test_every_verb_of_the_readme_exists_and_every_verb_is_in_it():
    from aggregator.cli import parser

    (verbs,) = (action for action in parser()._actions if action.dest == "verb")
    readme = (TOP / "README.md").read_text()
    assert [verb for verb in verbs.choices if f"`{verb}" not in readme] == []


def test_no_secret_appears_anywhere(place, capfd, monkeypatch, simulator):
    monkeypatch.setenv("NCBI_API_KEY", "secretkey0123456789")
    simulator.faults.add("esearch", "invalid-key", times=None)
    try:
        code, out, err = run(capfd, "weekly", "-v", "--now", SUNDAY)
    finally:
        simulator.faults.clear()
    assert code == 3
    assert "NCBI_API_KEY" in err
    assert "secretkey" not in out + err
    for file in (place / "workspace").rglob("*"):
        assert not file.is_file() or b"secretkey" not in file.read_bytes()


def test_a_first_run_waits_for_the_quiet_hours_when_told_to(place, capfd, monkeypatch):
    now, slept = [datetime(2026, 11, 18, 15, 0, tzinfo=UTC)], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += timedelta(seconds=seconds)

    real = House.__init__
    monkeypatch.setattr(
        House,
        "__init__",
        lambda self, **fields: real(self, **({"clock": lambda: now[0], "sleep": sleep} | fields | {"now": now[0]})),
    )
    code, _, err = run(capfd, "update", "--off-peak", "ptsd")
    assert code == 0
    assert "quiet hours, until Wed 2026-11-18 21:00 EST" in err
    assert sum(slept) == 11 * 3600
    slept.clear()
    now[0] = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    assert run(capfd, "update", "--off-peak", "ptsd")[0] == 0
    assert slept == []


def test_a_search_that_did_not_get_everything_says_so_by_its_exit_code(place, capfd, simulator):
    simulator.faults.add("efetch", "dropped-record", times=None)
    try:
        code, _, err = run(capfd, "search", "ketamine[tiab]", "--limit", "3")
    finally:
        simulator.faults.clear()
    assert code == 3
    assert "did not deliver" in err
    assert "no match" not in err


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "is_quiet", "shows"),
    [(Screen(), False, True), (Screen(), True, False), (io.StringIO(), False, False)],
    ids=["a terminal", "a terminal, --quiet", "a pipe"],
)
def test_progress_is_counted_on_a_terminal_only(stream, is_quiet, shows):
    with contextlib.redirect_stderr(stream), terminal.progress(is_quiet=is_quiet) as show:
        for done in (0, 200, 400):
            show("PTSD", done, 400)
    assert ("400/400" in stream.getvalue()) is shows
    assert bool(stream.getvalue()) is shows


def test_resummarise_of_an_unchanged_library_changes_nothing(filled, capfd):
    code, out, err = run(capfd, "resummarise", *filled)
    assert (code, out) == (0, "")
    assert "295 records read again, 0 summaries changed" in err
