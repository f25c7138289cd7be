"""JSON Feed 1.0 and 1.1 (jsonfeed.org) read into entries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workers.model import Entry, ParsedFeed
from workers.poll import dates, words

if TYPE_CHECKING:
    from datetime import datetime

KINDS = {"https://jsonfeed.org/version/1": "json10", "https://jsonfeed.org/version/1.1": "json11"}


def read(body: bytes, base: str, *, now: datetime) -> tuple[ParsedFeed, list[Entry | None]]:
    """The feed without its entries, and its entries; None stands for one without an address.

    A document that is not JSON, or not a JSON Feed, gives kind "" and the problem.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        return _unread(f"It begins as JSON but is none: {error}."), []
    version = document.get("version") if isinstance(document, dict) else None
    if not isinstance(version, str) or "jsonfeed.org" not in version:
        return _unread("It is JSON, but not a JSON Feed: no jsonfeed.org version."), []
    kind = KINDS.get(version.replace("http://", "https://").rstrip("/"), "json11")
    feed = ParsedFeed(
        kind=kind,
        title=words.plain(_text(document, "title")),
        link=words.link(_text(document, "home_page_url"), base),
        language=words.language(_text(document, "language")),
        topic=words.link(_text(document, "feed_url"), base),
        hub=_hub(document, base),
    )
    items = document.get("items")
    items = items if isinstance(items, list) else []
    return feed, [_entry(item, base, now) for item in items if isinstance(item, dict)]


def _hub(document: dict[str, Any], base: str) -> str | None:
    hubs = (hub for hub in _list(document, "hubs") if isinstance(hub, dict))
    return next((words.link(_text(hub, "url"), base) for hub in hubs if _text(hub, "type") == "WebSub"), None)


def _entry(item: dict[str, Any], base: str, now: datetime) -> Entry | None:
    guid = item.get("id")
    guid = str(guid) if isinstance(guid, str | int) else None
    url = words.link(_text(item, "url"), base) or words.link(_text(item, "external_url"), base) or words.link(guid)
    if url is None:
        return None
    content = _text(item, "summary") or _text(item, "content_text") or _text(item, "content_html")
    return Entry(
        url=url,
        guid=words.tidy(guid, words.ADDRESS),
        title=words.plain(_text(item, "title")),
        summary=words.plain(content, words.SUMMARY),
        authors=_authors(item),
        published=dates.read(_text(item, "date_published") or "", now=now),
        updated=dates.read(_text(item, "date_modified") or "", now=now),
        tags=words.names([tag for tag in _list(item, "tags") if isinstance(tag, str)]),
        image=words.link(_text(item, "image"), base) or words.link(_text(item, "banner_image"), base),
        language=words.language(_text(item, "language")),
    )


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    people = [*_list(item, "authors"), item.get("author")]
    return words.names([_text(person, "name") for person in people if isinstance(person, dict)])


def _text(table: dict[str, Any], key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) else None


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _unread(problem: str) -> ParsedFeed:
    return ParsedFeed(kind="", problems=(problem,))
