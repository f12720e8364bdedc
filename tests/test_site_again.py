"""Building the site again: what did not change is the same file, what changed is new, what is gone is gone."""

from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from aggregator import assets, beside
from aggregator.errors import LooksError
from aggregator.render import study_page
from aggregator.render.folder import NewFolder
from aggregator.render.site import site
from aggregator.report import compose
from tests.studies import NOW, TOPICS, retracted, searches, study

FOLDER = assets.folder("reports")


def build(into, *studies, folder=FOLDER, abstracts=True, **rest):
    asked = {"topics": TOPICS, "searches": searches(), "now": NOW, "version": "0"} | rest
    site(compose(studies=studies, **asked), into=into, folder=folder, abstracts=abstracts)


def files(place):
    """Every file with its inode, its time and its content."""
    return {
        str(file.relative_to(place)): (file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes())
        for file in place.rglob("*")
        if file.is_file()
    }


def contents(place):
    return {name: content for name, (*_, content) in files(place).items()}


def test_built_again_with_nothing_changed_every_file_is_the_same_file(tmp_path):
    build(tmp_path / "site", study("90000001"), study("90000002"))
    before = files(tmp_path / "site")
    build(tmp_path / "site", study("90000001"), study("90000002"))
    assert files(tmp_path / "site") == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["site"]


def test_a_changed_study_is_written_anew_one_that_is_gone_has_no_page_and_the_others_stay(tmp_path):
    build(tmp_path / "site", study("90000001"), study("90000002"), study("90000003"))
    before = files(tmp_path / "site")
    build(tmp_path / "site", study("90000001"), study("90000002", n=31))
    after = files(tmp_path / "site")
    assert after["studies/90000001.html"] == before["studies/90000001.html"]
    assert after["studies/90000002.html"][0] != before["studies/90000002.html"][0]
    assert b"There were <mark" in after["studies/90000002.html"][2]
    assert "studies/90000003.html" not in after


def test_a_day_later_the_page_of_a_study_that_is_the_same_is_not_even_drawn(tmp_path, monkeypatch):
    build(tmp_path / "site", study("90000001"))
    before = files(tmp_path / "site")
    monkeypatch.setattr("aggregator.render.study_page.read", None)
    tomorrow = {"now": NOW + timedelta(days=1), "searches": searches(incomplete=["ptsd"]), "version": "1"}
    build(tmp_path / "site", study("90000001"), **tomorrow)
    after = files(tmp_path / "site")
    assert after["studies/90000001.html"] == before["studies/90000001.html"]
    assert b"PTSD\\n(never completed)" in after["assets/today.js"][2]
    assert after["index.html"] != before["index.html"]


#: What a study's page shows of the rest of the report: (studies besides, settings) that change it.
BEARING = {
    "the notice that retracts it is held now": ([study("90000098")], {}),
    "another publication of its trial": ([study("90000005", registrations=["NCT90000001"])], {}),
    "a topic has another name": ([], {"topics": [replace(topic, short="Renamed") for topic in TOPICS]}),
    "days are told in another zone": ([], {"now": NOW.astimezone(ZoneInfo("Pacific/Auckland"))}),
    "abstracts are left out": ([], {"abstracts": False}),
    "a banner": ([], {"banner": "All of it is invented."}),
}


@pytest.mark.parametrize(("besides", "settings"), BEARING.values(), ids=BEARING)
def test_a_site_built_upon_an_old_one_is_the_site_that_is_built_from_nothing(besides, settings, tmp_path):
    held = [retracted("90000001"), study("90000002", registrations=["NCT90000001"])]
    build(tmp_path / "site", *held)
    before = contents(tmp_path / "site")
    build(tmp_path / "site", *held, *besides, **settings)
    build(tmp_path / "anew", *held, *besides, **settings)
    after = contents(tmp_path / "site")
    assert after == contents(tmp_path / "anew")
    assert any(after[f"studies/{pmid}.html"] != before[f"studies/{pmid}.html"] for pmid in ("90000001", "90000002"))


def test_a_program_or_looks_that_changed_draw_every_page_anew(tmp_path, monkeypatch):
    build(tmp_path / "site", study("90000001"))
    before = files(tmp_path / "site")["studies/90000001.html"]
    monkeypatch.setattr("aggregator.render.origin._texts", lambda folder: b"a better extractor")
    build(tmp_path / "site", study("90000001"))
    assert files(tmp_path / "site")["studies/90000001.html"][2] != before[2]


def test_a_template_of_ones_own_that_changed_draws_every_page_anew(tmp_path):
    own = tmp_path / "reports" / "site" / "study.html"
    own.parent.mkdir(parents=True)
    for words in ("Seen here: {{ citation.title }}", "Seen there: {{ citation.title }}"):
        own.write_text(words)
        build(tmp_path / "site", study("90000001", title="An invented study."), folder=tmp_path / "reports")
        page = (tmp_path / "site" / "studies" / "90000001.html").read_text()
        assert page.startswith(words.replace("{{ citation.title }}", "An invented study."))


def test_the_page_of_a_study_knows_nothing_that_changes_from_day_to_day(tmp_path):
    own = tmp_path / "reports" / "site" / "study.html"
    own.parent.mkdir(parents=True)
    own.write_text("Drawn {{ report.made }}")
    with pytest.raises(LooksError, match=r"study\.html, line 1: .report. is undefined"):
        build(tmp_path / "site", study("90000001"), folder=tmp_path / "reports")


@pytest.mark.parametrize("breaks", [False, True], ids=["which do their work", "which break down"])
def test_many_pages_are_drawn_with_other_processes_and_come_out_the_same(tmp_path, monkeypatch, breaks):
    held = [study(str(number), n=number - 90000000) for number in range(90000001, 90000031)]
    build(tmp_path / "alone", *held)
    monkeypatch.setattr(study_page, "_BATCH", 2)
    sent = []

    def watched():
        pool = beside.pool()
        if breaks:
            with pytest.raises(BrokenExecutor):
                pool.submit(os._exit, 1).result()
        submit = pool.submit
        pool.submit = lambda *work: sent.append(work) or submit(*work)
        return pool

    monkeypatch.setattr(study_page, "beside", SimpleNamespace(pool=watched, in_order=beside.in_order))
    build(tmp_path / "together", *held)
    assert sent
    assert contents(tmp_path / "together") == contents(tmp_path / "alone")


def test_where_the_disk_has_no_links_everything_is_written(tmp_path, monkeypatch):
    refusals = []

    def refused(*names):
        refusals.append(names)
        raise OSError("no links here")

    build(tmp_path / "site", study("90000001"))
    before = files(tmp_path / "site")
    monkeypatch.setattr(os, "link", refused)
    build(tmp_path / "site", study("90000001"))
    after = files(tmp_path / "site")
    assert {name: content for name, (_, _, content) in after.items()} == {
        name: content for name, (_, _, content) in before.items()
    }
    assert not {inode for inode, _, _ in after.values()} & {inode for inode, _, _ in before.values()}
    assert len(refusals) == 1


def test_the_old_folder_is_untouched_until_the_new_one_is_put_in_place(tmp_path):
    place = tmp_path / "site"
    old = NewFolder(place)
    old.write("same.html", "same")
    old.write("deep/other.html", "before")
    old.put_in_place()
    before = files(place)
    new = NewFolder(place)
    new.write("same.html", "same")
    new.write("deep/other.html", "behind")
    assert files(place) == before
    new.give_up()
    assert files(place) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["site"]


def test_a_name_that_comes_twice_is_refused_because_the_first_may_be_a_link_into_the_old_folder(tmp_path):
    for _ in range(2):
        folder = NewFolder(tmp_path / "site")
        folder.write("one.html", "one")
        with pytest.raises(FileExistsError):
            folder.write("one.html", "two")
        folder.put_in_place()
    assert (tmp_path / "site" / "one.html").read_text() == "one"
