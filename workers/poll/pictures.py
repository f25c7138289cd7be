"""Pictures as feeds attach them to an item: thumbnails, enclosures, iTunes."""

from __future__ import annotations

from lxml import etree

from workers.poll.draft import Draft
from workers.poll.elements import Unsure, attributes, text
from workers.poll.items import Picture


def thumbnail(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """media:thumbnail."""
    if text(element):
        raise Unsure("a thumbnail's address as text")
    draft.thumbnails.append(attributes(element).get("url"))


def enclosure(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """RSS's <enclosure>."""
    if len(element):
        raise Unsure("elements inside an enclosure")
    said = attributes(element)
    draft.enclosures.append(picture(said, said.get("url", said.get("uri", said.get("href")))))


def picture(said: dict[str, str], address: str | None) -> Picture:
    """What attributes say of a file."""
    return Picture(url=address, medium=said.get("medium", ""), type=said.get("type", ""), width=said.get("width", ""))


def itunes_image(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """The episode's picture."""
    if len(element):
        raise Unsure("elements inside a picture")
    said = attributes(element)
    draft.picture = said.get("href") or said.get("url") or draft.picture


def logo(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """An <image> inside an item: no picture of it, but a title after it counts again, as in the reference."""
    if len(element):
        raise Unsure("a publisher's logo inside an item")
    draft.title_depth = -1
