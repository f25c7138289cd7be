"""A feed document as its parser found it, raw, and what it becomes: the same rules whichever parser read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from workers.model import Entry, ParsedFeed
from workers.poll import dates, words
from workers.poll.wishes import Wishes

_PICTURE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)(?:[?#]|$)", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Picture:
    """A media:content or enclosure."""

    url: str | None
    medium: str = ""
    type: str = ""
    width: str = ""

    def is_one(self) -> bool:
        """Said to be a picture; or nothing said, and its address looks like one."""
        if self.medium or self.type:
            return self.medium == "image" or self.type.startswith("image/")
        return bool(self.url and _PICTURE.search(self.url))

    def pixels(self) -> int:
        """Its width; 0 when it is not said."""
        return int(self.width) if self.width.isascii() and self.width.isdecimal() and len(self.width) < 6 else 0


@dataclass(slots=True, kw_only=True)
class Item:
    """An entry's texts as written: markup in them, addresses maybe relative. Filled while it is read."""

    link: str | None = None
    original: str | None = None
    """feedburner:origLink, the address behind a counter."""
    guid: str | None = None
    title: str | None = None
    summary: str | None = None
    authors: list[str | None] = field(default_factory=list)
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    tags: list[str | None] = field(default_factory=list)
    media: list[Picture] = field(default_factory=list)
    thumbnails: list[str | None] = field(default_factory=list)
    enclosures: list[Picture] = field(default_factory=list)
    picture: str | None = None
    """itunes:image."""
    language: str | None = None
    bases: tuple[str | None, ...] = ()
    """xml:base at its title and its summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document, read but not yet judged."""

    kind: str
    title: str | None
    link: str | None
    language: str | None
    topic: str | None
    """Its own address (rel="self")."""
    hub: str | None
    cover: str | None
    """The channel's itunes:image; an RSS <image> is the publisher's logo, and no picture of an article."""
    wishes: Wishes
    items: Iterable[Item]
    problems: tuple[str, ...] = ()


def judged(document: Document, url: str, now: datetime) -> tuple[ParsedFeed, list[Entry | None]]:
    """The feed without its entries, and its entries; None stands for one without a web address."""
    home, topic = words.link(document.link, url), words.link(document.topic, url)
    base, wished = url or topic or home or "", document.wishes
    cover = words.link(document.cover, base)
    feed = ParsedFeed(
        kind=document.kind,
        title=words.plain(document.title),
        link=home,
        language=words.language(document.language),
        hub=words.link(document.hub, url),
        topic=topic,
        every=wished.every,
        every_where=wished.every_where,
        skip_hours=wished.skip_hours,
        skip_days=wished.skip_days,
        problems=document.problems,
    )
    return feed, [_entry(item, base, cover, now) for item in document.items]


def _entry(item: Item, base: str, cover: str | None, now: datetime) -> Entry | None:
    if item.bases:
        base = next(filter(None, (words.link(own, base) for own in item.bases)), base)
    link = None if item.link == item.guid and "/" not in (item.link or "/") else item.link
    url = words.link(item.original) or words.link(link, base) or words.link(item.guid)
    if url is None:
        return None
    return Entry(
        url=url,
        guid=words.tidy(item.guid, words.ADDRESS),
        title=words.plain(item.title),
        summary=words.plain(item.summary, words.SUMMARY),
        authors=words.names(item.authors) or words.names([item.author]),
        published=dates.read(item.published or "", now=now),
        updated=dates.read(item.updated or "", now=now),
        tags=words.names(item.tags),
        image=_image(item, base) or cover,
        language=words.language(item.language),
    )


def _image(item: Item, base: str) -> str | None:
    """The widest picture of media:content, else a thumbnail, an enclosed picture, itunes:image."""
    pictures = [media for media in item.media if media.is_one()]
    if len(pictures) > 1:
        pictures.sort(key=Picture.pixels, reverse=True)
    enclosed = (file.url for file in item.enclosures if file.is_one())
    for found in (*(media.url for media in pictures), *item.thumbnails, *enclosed, item.picture):
        if found and (address := words.link(found, base)):
            return address
    return None
