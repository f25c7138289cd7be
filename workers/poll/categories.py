"""Categories, subjects and keywords, as every vocabulary writes them."""

from __future__ import annotations

from lxml import etree

from workers.poll.draft import Draft
from workers.poll.elements import Unsure, attributes, canonical, text

_ITUNES = "http://www.itunes.com/"


def category(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """RSS's and Atom's <category>, dc:subject: a text, or term, scheme and label."""
    if element.attrib:
        said = attributes(element)
        draft.tag(said.get("term"), said.get("scheme", said.get("domain")), said.get("label"))
    draft.named(text(element))


def media_category(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """media:category, which has a scheme of its own."""
    said = attributes(element)
    scheme = said.get("scheme", "http://search.yahoo.com/mrss/category_schema")
    draft.tag(said.get("term"), scheme, said.get("label"))
    draft.named(text(element))


def itunes_category(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """itunes:category, whose term is an attribute."""
    if len(element):
        raise Unsure("a category inside another")
    draft.tag(attributes(element).get("text"), _ITUNES, None)
    draft.named(text(element))


def keywords(_: object, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """Many in one text, between commas."""
    if element.attrib:
        raise Unsure("attributes where none are known")
    scheme = _ITUNES if canonical(element) == "itunes_keywords" else None
    for term in text(element).split(","):
        if term.strip():
            draft.tag(term.strip(), scheme, None)
