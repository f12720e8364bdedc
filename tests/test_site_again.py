"""Building the site again: what did not change is the same file, what changed is new, what is gone is gone."""

from __future__ import annotations

import os

import pytest

from aggregator import assets
from aggregator.render.folder import NewFolder
from aggregator.render.site import site
from aggregator.report import compose
from tests.studies import NOW, TOPICS, searches, study

FOLDER = assets.folder("reports")


def build(into, *studies):
    report = compose(studies=studies, topics=TOPICS, searches=searches(), now=NOW, version="0")
    site(report, into=into, folder=FOLDER)


def files(place):
    """Every file with its inode, its time and its content."""
    return {
        str(file.relative_to(place)): (file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes())
        for file in place.rglob("*")
        if file.is_file()
    }


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
