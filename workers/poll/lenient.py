"""Feeds of any kind and in any state, read with feedparser behind the armour: slow, and forgives much."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import feedparser

from workers.poll import armour, words
from workers.poll.items import Document, Item, Picture
from workers.poll.wishes import Wishes, skipped, wishes

_CRASHES = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
"""What feedparser 6.0.14 lets out on one damaged document in 500: closing tags never opened, impossible namespaces."""


def read(body: bytes) -> Document | None:
    """The document in `body` (UTF-8), its addresses as they are written; None where feedparser sees no feed in it.

    One that feedparser cannot get through has no kind, and says where it is damaged.
    """
    armoured, problems = armour.armoured(body)
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        document = feedparser.parse(
            BytesIO(armoured), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _CRASHES as error:
        problem = f"It is damaged where no parser gets past: {type(error).__name__}: {error}."
        return _damaged((*problems, words.tidy(problem, words.TITLE) or ""))
    version = document.get("version")
    if not version and not document.entries:
        return None
    channel = document.feed
    return Document(
        kind=version or "rss",
        title=_text(channel, "title"),
        link=_text(channel, "link"),
        language=_text(channel, "language"),
        topic=_related(channel, "self"),
        hub=_related(channel, "hub"),
        cover=_cover(channel),
        wishes=_wishes(channel, armour.head(armoured)),
        items=[_item(entry) for entry in document.entries],
        problems=(*problems, *_complaint(document)),
    )


def _damaged(problems: tuple[str, ...]) -> Document:
    return Document(
        kind="",
        title=None,
        link=None,
        language=None,
        topic=None,
        hub=None,
        cover=None,
        wishes=Wishes(),
        items=(),
        problems=problems,
    )


def _complaint(document: Any) -> tuple[str, ...]:
    error = document.get("bozo_exception")
    if error is None or isinstance(error, feedparser.NonXMLContentType | feedparser.CharacterEncodingOverride):
        return ()
    return (f"The XML is not well-formed: {words.tidy(str(error))}.",)


def _wishes(channel: Any, head: bytes) -> Wishes:
    hours, days = skipped(head)  # feedparser keeps only the last of them
    return wishes(
        ttl=_text(channel, "ttl") or "",
        period=_text(channel, "sy_updateperiod") or "",
        frequency=_text(channel, "sy_updatefrequency") or "",
        hours=hours,
        days=days,
    )


def _related(channel: Any, relation: str) -> str | None:
    return next((_text(link, "href") for link in _tables(channel, "links") if link.get("rel") == relation), None)


def _cover(channel: Any) -> str | None:
    image = channel.get("image")
    return _text(image, "href") if isinstance(image, dict) and image.keys() == {"href"} else None


def _item(entry: Any) -> Item:
    picture = entry.get("image")
    return Item(
        link=_text(entry, "link"),
        original=_text(entry, "feedburner_origlink"),
        guid=_text(entry, "id"),
        title=_text(entry, "title"),
        summary=_summary(entry),
        authors=[_text(person, "name") for person in _tables(entry, "authors")],
        author=_text(entry, "author"),
        published=_text(entry, "published"),
        updated=_plain(dict.get(entry, "updated")),  # entry.get() would hand out `published` instead
        tags=[_text(tag, "label") or _text(tag, "term") for tag in _tables(entry, "tags")],
        media=[_picture(media) for media in _tables(entry, "media_content")],
        thumbnails=[_text(media, "url") for media in _tables(entry, "media_thumbnail")],
        enclosures=[_picture(link) for link in _tables(entry, "links") if link.get("rel") == "enclosure"],
        picture=_text(picture, "href") if isinstance(picture, dict) else None,
        language=_text(entry, "language"),
        bases=tuple(_text(entry.get(detail), "base") for detail in ("title_detail", "summary_detail")),
    )


def _summary(entry: Any) -> str | None:
    return _text(entry, "summary") or next(
        filter(None, (_text(one, "value") for one in _tables(entry, "content"))), None
    )


def _picture(media: Any) -> Picture:
    return Picture(
        url=_text(media, "url") or _text(media, "href"),
        medium=_text(media, "medium") or "",
        type=_text(media, "type") or "",
        width=_text(media, "width") or "",
    )


def _text(table: Any, key: str) -> str | None:
    return _plain(table.get(key)) if isinstance(table, dict) else None


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) else None  # an unknown element of a known name leaves its attributes here


def _tables(table: Any, key: str) -> list[Any]:
    value = table.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
