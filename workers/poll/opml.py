"""OPML subscription lists: in and out."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from workers.errors import ConfigError
from workers.model import Feed


def read(body: bytes, where: str = "OPML") -> tuple[Feed, ...]:
    """Every outline with a feed's address, its folders joined as the section ("World / Asia").

    Raises ConfigError naming `where` when it is not OPML. Source: http://opml.org/spec2.opml.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(body.lstrip(), parser) if body.strip() else None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ConfigError(where, "", "is not OPML: an <opml> element is expected at the top")
    return tuple(_outlines(root, ()))


def _outlines(element: etree._Element, folders: tuple[str, ...]) -> list[Feed]:
    found: list[Feed] = []
    for outline in element:
        if not isinstance(outline.tag, str):
            continue
        name = outline.get("title") or outline.get("text") or ""
        url = outline.get("xmlUrl") or outline.get("xmlurl")
        if url and url.lower().startswith(("http://", "https://")):
            section = " / ".join(folders) or None
            found.append(
                Feed(name=name or url, url=url, source=name or url, section=section, language=outline.get("language"))
            )
        inner = folders if outline.tag.lower() in ("body", "head") or url else (*folders, name)
        found += _outlines(outline, inner)
    return found


def write(feeds: tuple[Feed, ...], *, now: datetime) -> str:
    """An OPML 2.0 document; sections become folders."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "newsdesk feeds"
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for feed in feeds:
        path = tuple(feed.section.split(" / ")) if feed.section else ()
        for depth in range(1, len(path) + 1):
            if path[:depth] not in folders:
                outline = etree.SubElement(folders[path[: depth - 1]], "outline", text=path[depth - 1])
                folders[path[:depth]] = outline
        outline = etree.SubElement(
            folders[path], "outline", text=feed.name, title=feed.name, type="rss", xmlUrl=feed.url
        )
        if feed.language:
            outline.set("language", feed.language)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8").decode()
