"""An XML element as feedparser would name and read it: one name a meaning, attributes in lower case, mended text."""

from __future__ import annotations

import re
from html import escape
from typing import cast

from feedparser.mixin import _FeedParserMixin as Reference
from feedparser.urls import _urljoin, make_safe_absolute_uri
from lxml import etree

from workers.poll import words

PREFIXES: dict[str, str] = {space.lower(): prefix for space, prefix in Reference.namespaces.items()}
"""Namespaces by their usual prefix: the reference's own table, so that both parsers know the same ones."""

XHTML = "{http://www.w3.org/1999/xhtml}"

_LOWERED = ("rel", "type")
_TEXT_TYPES = frozenset(("", "text", "plain", "html", "text/plain", "text/html"))
_XHTML_TYPES = frozenset(("xhtml", "application/xhtml+xml"))
_MODES = frozenset(("escaped", "xml"))
_HALF_ENTITY = re.compile(r"&([A-Za-z0-9_]+);")


def listed(names: str) -> frozenset[str]:
    """Names of elements, written one after the other."""
    return frozenset(names.split())


_OWN = listed("admin cc content dc dcterms feedburner georss gml itunes media psc rdf rss sy xhtml xml")
"""Prefixes that name what is read by us or by the reference."""


class Unsure(Exception):
    """An element beyond the rules here."""


def canonical(element: etree._Element) -> str:
    """Its name in lower case, with the usual prefix of its namespace: "title", "dc_creator", "media_content"."""
    tag = element.tag
    if not isinstance(tag, str):
        raise Unsure("an entity")
    if tag[0] != "{":
        return tag.lower()
    space, _, name = tag[1:].partition("}")
    space = space.lower()
    prefix = "" if "backend.userland.com/rss" in space else PREFIXES.get(space)
    if prefix is None:
        prefix = (element.prefix or "").lower()
        if prefix in _OWN:
            raise Unsure(f"a namespace under another's prefix: {tag}")
    return f"{prefix}_{name}".lower() if prefix else name.lower()


def attributes(element: etree._Element) -> dict[str, str]:
    """Its attributes by lower-case name; those of the XML namespace under "xml:", rel and type in lower case."""
    found: dict[str, str] = {}
    for key, value in cast("list[tuple[str, str]]", element.items()):
        name = (_prefixed(key) if key[0] == "{" else key).lower()
        found[name] = value.lower() if name in _LOWERED else value
    return found


def _prefixed(key: str) -> str:
    space, _, local = key[1:].partition("}")
    prefix = PREFIXES.get(space.lower())
    return f"{prefix}:{local}" if prefix else local


def text(element: etree._Element) -> str:
    """Its text, mended; Unsure where other elements stand in it."""
    if len(element):
        raise Unsure(f"elements inside {element.tag}")
    found = element.text
    if found is None:
        return ""
    return found.strip() if found.isascii() else _mended(found.strip())


def markup(element: etree._Element) -> str:
    """Its text, which may be markup (Atom's type says how it is written); Unsure for anything but text and XHTML."""
    said = attributes(element) if element.attrib else {}
    kind = said.get("type", "text")
    if said.get("mode", "escaped") not in _MODES or (said.get("type") == ""):
        raise Unsure("encoded content")
    if kind in _XHTML_TYPES:
        return _mended(_xhtml(element))
    if kind not in _TEXT_TYPES:
        raise Unsure(f"content of type {kind}")
    return text(element)


def resolved(base: str, address: str) -> str:
    """An address made absolute as far as `base` allows."""
    return address if words.is_address(address) else str(_urljoin(base, address))


def rebased(element: etree._Element, base: str) -> str:
    """The base of addresses inside the element: its xml:base, resolved against the one around it."""
    if not element.attrib:
        return base
    said = attributes(element)
    own = said.get("xml:base", said.get("base"))
    if not own:
        return base
    return str(make_safe_absolute_uri(base, own) or base) if base else str(_urljoin("", own))


def unescaped(address: str) -> str:
    """An address whose query was escaped twice, or cut at a parameter that reads like an entity."""
    return _HALF_ENTITY.sub(r"&\1", address) if "&" in address and ";" in address else address


def _mended(found: str) -> str:
    """UTF-8 that was once read as Latin-1 and written again: undone where that works."""
    try:
        return found.encode("iso-8859-1").decode()
    except UnicodeError:
        return found  # as it should be, nearly always


def _xhtml(element: etree._Element) -> str:
    for inner in element.iterdescendants():
        name = str(inner.tag)
        if inner.prefix or not name.startswith(XHTML) or name.removeprefix(XHTML) in ("body", "svg", "math"):
            raise Unsure(f"{name} inside XHTML")
    inside = (etree.tostring(child, encoding="unicode") for child in element)
    return escape(element.text or "", quote=False) + "".join(inside)
