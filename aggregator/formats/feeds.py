"""Feeds for programs that watch for news: Atom 1.0 (RFC 4287) and JSON Feed 1.1.

An entry holds facts and at most a short quotation, never an abstract. Whatever a title contains is text here: it is
escaped, in one line, and rid of characters that XML or a reader could stumble over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from aggregator.plain import line

#: Who makes the entries; the studies' authors are named in their text.
MAKER = "Ketamine Literature Aggregator"

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"

#: Ending and media type of the files, by format.
MEDIA_TYPES = {"atom": "application/atom+xml", "json": "application/feed+json"}

#: Characters that `plain.line` leaves and XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets).
_NOT_IN_XML = str.maketrans("", "", "\ufffe\uffff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of news: a study, or a change of a study's standing."""

    #: A URI that stays the same whatever becomes of the text; see `identifier`.
    id: str
    title: str
    #: The page to read: the report's, or PubMed's where nobody knows where the report is served.
    url: str
    #: PubMed's page, where `url` is another.
    related: str | None = None
    published: datetime
    updated: datetime
    text: str
    #: (slug, name) of each topic.
    topics: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """News of one kind, the newest first."""

    #: The file's name without its ending.
    name: str
    title: str
    description: str
    #: When an entry last came or changed; for a feed without entries, when one was last looked for.
    updated: datetime
    entries: tuple[Entry, ...]
    #: The page that the feed is about.
    home: str | None = None
    #: The folder in which the feed is served, with its last slash.
    folder: str | None = None

    @property
    def id(self) -> str:
        return identifier(f"feed:{self.name}")

    def address(self, ending: str) -> str | None:
        """Where the feed itself is served."""
        return f"{self.folder}{self.name}.{ending}" if self.folder else None


def identifier(*parts: str) -> str:
    """A urn:uuid: that is the same for the same parts, wherever and whenever it is made (RFC 4122, version 5)."""
    return uuid5(NAMESPACE_URL, "#".join(map(_plain, parts))).urn


def write(feed: Feed) -> dict[str, str]:
    """The feed in every format, by the ending of its file."""
    return {"atom": atom(feed), "json": json_feed(feed)}


def atom(feed: Feed) -> str:
    """The feed as an Atom document."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title, type="text")
    _add(root, "subtitle", feed.description, type="text")
    _add(root, "updated", _moment(feed.updated))
    _add(_add(root, "author"), "name", MAKER)
    _link(root, "self", feed.address("atom"), MEDIA_TYPES["atom"])
    _link(root, "alternate", feed.home, "text/html")
    for entry in feed.entries:
        _atom_entry(_add(root, "entry"), entry)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _atom_entry(element: ET.Element, entry: Entry) -> None:
    _add(element, "id", entry.id)
    _add(element, "title", entry.title, type="text")
    _add(element, "published", _moment(entry.published))
    _add(element, "updated", _moment(entry.updated))
    _link(element, "alternate", entry.url, "text/html")
    _link(element, "related", entry.related, "text/html")
    for slug, name in entry.topics:
        _add(element, "category", term=slug, label=_plain(name))
    _add(element, "summary", entry.text, type="text")


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = _plain(text)
    return element


def _link(parent: ET.Element, relation: str, address: str | None, media_type: str) -> None:
    if address:
        _add(parent, "link", rel=relation, type=media_type, href=_plain(address))


def json_feed(feed: Feed) -> str:
    """The feed as a JSON Feed document."""
    document = {
        "version": JSON_FEED,
        "title": _plain(feed.title),
        "home_page_url": feed.home,
        "feed_url": feed.address("json"),
        "description": _plain(feed.description),
        "authors": [{"name": MAKER}],
        "language": "en",
        "items": [_json_item(entry) for entry in feed.entries],
    }
    return json.dumps(_stated(document), ensure_ascii=False, indent=1) + "\n"


def _json_item(entry: Entry) -> dict[str, Any]:
    return _stated(
        {
            "id": entry.id,
            "url": entry.url,
            "external_url": entry.related,
            "title": _plain(entry.title),
            "content_text": _plain(entry.text),
            "date_published": _moment(entry.published),
            "date_modified": _moment(entry.updated),
            "tags": [_plain(name) for _, name in entry.topics],
        }
    )


def _stated(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _plain(text: str) -> str:
    return line(text).translate(_NOT_IN_XML)


def _moment(moment: datetime) -> str:
    """RFC 3339, to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
