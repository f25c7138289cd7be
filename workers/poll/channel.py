"""What a feed says of itself beside its items: title, home, language, hub, how often to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from workers.poll import armour
from workers.poll.elements import Unsure, attributes, canonical, listed, markup, rebased, resolved, text, unescaped
from workers.poll.entries import Items
from workers.poll.items import Document, Item
from workers.poll.wishes import wishes

_HTML = frozenset(("html", "text/html", "xhtml", "application/xhtml+xml"))
_IMAGE = frozenset(("title", "link", "description", "url", "href", "width", "height"))
_TEXT_INPUT = frozenset(("title", "link", "description", "name"))
_REFUSED = listed("channel feed rss source body xhtml_body itunes_link links title_detail media_title svg")


@dataclass(slots=True, kw_only=True)
class Channel:
    """What a feed says of itself, filled while its children are read."""

    based: bool
    title: str | None = None
    title_depth: int = -1
    link: str | None = None
    language: str | None = None
    related: dict[str, str] = field(default_factory=dict)
    cover: str | None = None
    said: dict[str, str] = field(default_factory=dict)
    """ttl, sy_updateperiod, sy_updatefrequency."""
    skipped: dict[str, list[str]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    surplus: bool = False
    reader: Items = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Items(based=self.based)

    def children(self, element: etree._Element, depth: int, base: str) -> None:
        """What stands in the channel, at `depth`."""
        for child in element:
            name = canonical(child)
            inner = rebased(child, base) if self.based else base
            if name in ("item", "entry"):
                self.item(child, depth, base)
            elif action := _ACTIONS.get(name):
                action(self, child, depth, inner)
            elif name in _REFUSED:
                raise Unsure(f"{name} inside the channel")
            elif len(child) and name not in _ASIDE:
                self.children(child, depth + 1, inner)

    def item(self, element: etree._Element, depth: int, base: str) -> None:
        """One item, as long as there are not too many."""
        self.title_depth = -1
        if len(self.items) < armour.ITEMS:
            self.items.append(self.reader.read(element, depth, base))
        else:
            self.surplus = True

    def take_title(self, element: etree._Element, depth: int, _base: str) -> None:
        """The first title that is not empty."""
        value = markup(element)
        if not -1 < self.title_depth <= depth:
            self.title = value
        if value:
            self.title_depth = depth

    def take_link(self, element: etree._Element, _depth: int, base: str) -> None:
        """The home page, or an address related in another way."""
        said = attributes(element) if element.attrib else {}
        relation, address = said.get("rel", "alternate"), said.get("url", said.get("uri", said.get("href")))
        if address is None and relation == "alternate":
            value = text(element)
            self.link = unescaped(resolved(base, value)) if value else value
            return
        if not address:
            raise Unsure("a link to nowhere")
        address = resolved(base, address)
        self.related.setdefault(relation, address)
        if relation == "alternate" and said.get("type", "html") in _HTML:
            self.link = address

    def take_id(self, element: etree._Element, _depth: int, base: str) -> None:
        """An identifier stands in for a home page."""
        is_link = not element.attrib or attributes(element).get("ispermalink", "true") == "true"
        value = text(element)
        if is_link and self.link is None:
            self.link = resolved(base, value) if value else value

    def take_language(self, element: etree._Element, _depth: int, _base: str) -> None:
        """The language element goes before xml:lang."""
        self.language = text(element)

    def take_image(self, element: etree._Element, _depth: int, _base: str) -> None:
        """The publisher's logo: its own title and link are not the channel's."""
        names = {canonical(child) for child in element}
        if not names <= _IMAGE or any(len(child) for child in element) or names == {"url"}:
            raise Unsure("not the usual logo")
        self.title_depth, self.cover = -1, None if names else self.cover

    def take_text_input(self, element: etree._Element, _depth: int, _base: str) -> None:
        """A search field: passed over."""
        if not all(len(child) == 0 and canonical(child) in _TEXT_INPUT for child in element):
            raise Unsure("more than a text field")
        self.title_depth = -1

    def take_cover(self, element: etree._Element, _depth: int, _base: str) -> None:
        """A podcast's picture."""
        said = attributes(element)
        self.cover = said.get("href") or said.get("url") or self.cover

    def take_wish(self, element: etree._Element, _depth: int, _base: str) -> None:
        """How long to wait between polls."""
        if element.attrib:
            raise Unsure("attributes where none are known")
        self.said[canonical(element)] = text(element)

    def take_skipped(self, element: etree._Element, _depth: int, _base: str) -> None:
        """When not to poll."""
        if not self.items:
            self.skipped.setdefault(canonical(element), [text(child) for child in element])

    def document(self, kind: str, problems: tuple[str, ...]) -> Document:
        """All of it."""
        return Document(
            kind=kind,
            title=self.title,
            link=self.link,
            language=self.language,
            topic=self.related.get("self"),
            hub=self.related.get("hub"),
            cover=self.cover,
            wishes=wishes(
                ttl=self.said.get("ttl", ""),
                period=self.said.get("sy_updateperiod", ""),
                frequency=self.said.get("sy_updatefrequency", ""),
                hours=self.skipped.get("skiphours", ()),
                days=self.skipped.get("skipdays", ()),
            ),
            items=self.items,
            problems=(*((armour.SURPLUS,) if self.surplus else ()), *problems),
        )


_ACTIONS: dict[str, Callable[[Channel, etree._Element, int, str], None]] = {
    "title": Channel.take_title,
    "dc_title": Channel.take_title,
    "link": Channel.take_link,
    "guid": Channel.take_id,
    "id": Channel.take_id,
    "language": Channel.take_language,
    "dc_language": Channel.take_language,
    "image": Channel.take_image,
    "textinput": Channel.take_text_input,
    "itunes_image": Channel.take_cover,
    "ttl": Channel.take_wish,
    "sy_updateperiod": Channel.take_wish,
    "sy_updatefrequency": Channel.take_wish,
    "skiphours": Channel.take_skipped,
    "skipdays": Channel.take_skipped,
}
_ASIDE = listed(
    "author managingeditor webmaster contributor itunes_owner itunes_author itunes_category category dc_creator "
    "rights copyright subtitle tagline description summary itunes_summary info generator items cloud"
)
"""What says nothing that is asked of a channel, with all that stands in it."""
