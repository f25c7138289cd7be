"""OPML subscription lists: in and out, folders as sections."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from lxml import etree

from workers.errors import ConfigError
from workers.model import Feed
from workers.poll import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

JOINT = " / "
"""Between the folders of a section: "World / Asia" stands in the folder Asia of the folder World."""

_BARE_AMPERSAND = re.compile(rb"&(?!(?:#\d{1,8}|#x[0-9a-f]{1,7}|amp|lt|gt|quot|apos);)", re.IGNORECASE)
"""In addresses, of lists made by hand: the parser would drop what follows it."""
_OWN_SLASHES = re.compile(r"(?:(?<= )|^)(/+)(?= |$)")
_SAVED_SLASHES = re.compile(r"(?:(?<= )|^)/(/+)(?= |$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An outline that is no feed we could ask."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """What an OPML document lists."""

    feeds: tuple[Feed, ...]
    """In its order; `name` and `source` are the outline's title, `section` its folders."""
    skipped: tuple[Skipped, ...] = ()


def read(body: bytes, where: str = "OPML") -> Subscriptions:
    """Every outline with a feed's address, at any depth, and what was left out and why.

    Raises ConfigError naming `where` when it is not OPML at all. Source: http://opml.org/spec2.opml.
    """
    root = _root(body)
    if root is None or _tag(root) != "opml":
        raise ConfigError(where, "", "is not OPML: an <opml> element is expected at the top")
    found = list(_outlines(root, ()))
    feeds = tuple(one for one in found if isinstance(one, Feed))
    return Subscriptions(feeds=feeds, skipped=tuple(one for one in found if isinstance(one, Skipped)))


def write(feeds: Iterable[Feed], *, now: datetime) -> str:
    """An OPML 2.0 document; sections become folders, a feed is called as its publication is."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "newsdesk feeds"
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for feed in feeds:
        path = folders_of(feed.section)
        for depth in range(1, len(path) + 1):
            if path[:depth] not in folders:
                folder = etree.SubElement(folders[path[: depth - 1]], "outline", text=path[depth - 1])
                folders[path[:depth]] = folder
        outline = etree.SubElement(
            folders[path], "outline", text=feed.source, title=feed.source, type="rss", xmlUrl=feed.url
        )
        if feed.language:
            outline.set("language", feed.language)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8").decode()


def section_of(folders: Iterable[str]) -> str | None:
    """Folders as a section; slashes that stand alone in a folder's name get one more, and so are no joint."""
    return JOINT.join(_OWN_SLASHES.sub(r"/\1", name) for name in folders) or None


def folders_of(section: str | None) -> tuple[str, ...]:
    """The inverse of `section_of`."""
    return tuple(_SAVED_SLASHES.sub(r"\1", name) for name in section.split(JOINT)) if section else ()


def _root(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    if b"\0" not in body[:4]:  # in UTF-16 an ampersand is two bytes
        body = _BARE_AMPERSAND.sub(b"&amp;", body)
    try:
        return etree.fromstring(body.strip(), parser)
    except etree.XMLSyntaxError:
        return None


def _outlines(element: etree._Element, folders: tuple[str, ...]) -> Iterator[Feed | Skipped]:
    for outline in element:
        if not isinstance(outline.tag, str):
            continue
        given = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        name = words.tidy(given.get("title")) or words.tidy(given.get("text"))
        if "xmlurl" in given:
            yield _feed(given, name, folders)
        elif _tag(outline) == "outline" and not len(outline):
            yield Skipped(name=name or "an outline without a name", reason="it has no xmlUrl, and nothing in it")
        inner = (*folders, name) if name and _tag(outline) == "outline" and "xmlurl" not in given else folders
        yield from _outlines(outline, inner)


def _feed(given: dict[str, str], name: str | None, folders: tuple[str, ...]) -> Feed | Skipped:
    url = words.link(given["xmlurl"])
    if url is None:
        return Skipped(name=name or "an outline without a name", reason=f"no web address: {given['xmlurl'][:200]!r}")
    title = name or url[: words.NAME]
    language = words.language(given.get("language"))
    return Feed(name=title, url=url, source=title, section=section_of(folders), language=language)


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname.lower()
