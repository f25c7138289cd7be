"""The children of one <item> or <entry> read into an Item, in document order, as feedparser would.

What comes twice is decided as there: of elements at the same depth the last counts, but of titles
the first that is not empty; a second description is content; media:title never hides a title.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from lxml import etree

from workers.poll.categories import category, itunes_category, keywords, media_category
from workers.poll.draft import Draft
from workers.poll.elements import Unsure, attributes, canonical, listed, markup, rebased, resolved, text, unescaped
from workers.poll.items import Item
from workers.poll.people import AUTHOR, person, without_mail
from workers.poll.pictures import enclosure, itunes_image, logo, picture, thumbnail

_IN_SOURCE = listed("id title subtitle updated published link author category rights logo icon generator contributor")
_HTML = frozenset(("html", "text/html", "xhtml", "application/xhtml+xml"))


class Action(Protocol):
    """Takes one child into the draft."""

    def __call__(self, items: Items, draft: Draft, element: etree._Element, depth: int, base: str, /) -> None:
        """`depth` is the child's, `base` that of the addresses in it."""


@dataclass(slots=True)
class Items:
    """Reads the items of one document; remembers what its tags mean."""

    based: bool
    """Whether xml:base occurs in it."""
    actions: dict[object, Action] = field(default_factory=dict)

    def read(self, element: etree._Element, depth: int, base: str) -> Item:
        """The item in `element`, which stands at `depth` (the root at 1)."""
        draft = Draft()
        if element.attrib:
            said = attributes(element)
            if "href" in said or "lastmod" in said:
                raise Unsure("CDF")
            draft.guid = said.get("rdf:about")
            base = rebased(element, base)
        self.children(draft, element, depth + 1, base)
        draft.summary = draft.summary or next(filter(None, map(markup, draft.contents)), None)
        draft.tags = [label or term for term, _, label in draft.terms]
        if self.based:
            draft.bases = (draft.title_base, draft.summary_base)
        return draft

    def children(self, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
        """Read each child by what its tag means."""
        actions, based = self.actions, self.based
        for child in element:
            action = actions.get(child.tag)
            if action is None:
                name = canonical(child)
                action = actions[child.tag] = _ACTIONS.get(name) or (_refuse if name in _REFUSED else _within)
            action(self, draft, child, depth, rebased(child, base) if based else base)


def _title(_: Items, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
    value = markup(element)
    if not -1 < draft.title_depth <= depth:
        if draft.keeps("title", depth):
            draft.title = value
        draft.title_base = base
    if value:
        draft.title_depth = depth


def _media_title(items: Items, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
    before = draft.title_depth
    _title(items, draft, element, depth, base)
    draft.title_depth = before


def _description(items: Items, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
    if draft.has_summary and not draft.has_content:
        _content(items, draft, element, depth, base)
        return
    value = markup(element)
    if draft.keeps("summary", depth):
        draft.summary = value
    draft.has_summary, draft.summary_base = True, base


def _content(_: Items, draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    if len(element) or element.attrib:
        markup(element)  # Unsure comes now or never; a text is decoded only when no summary is found
    draft.contents.append(element)
    draft.has_content = draft.has_summary = True


def _link(_: Items, draft: Draft, element: etree._Element, _depth: int, base: str) -> None:
    said = attributes(element) if element.attrib else {}
    relation = said.get("rel", "alternate")
    address = said.get("url", said.get("uri", said.get("href")))
    if address is None and relation != "enclosure":
        value = text(element)
        draft.link = unescaped(resolved(base, value).replace("&amp;", "&")) if value else value
        return
    if not address:
        raise Unsure("a link to nowhere")
    address = resolved(base, address)
    if relation == "alternate" and said.get("type", "html") in _HTML:
        draft.link = address
    elif relation == "enclosure":
        draft.enclosures.append(picture({"type": "text/html", **said}, address))


def _guid(_: Items, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
    is_link = not element.attrib or attributes(element).get("ispermalink", "true") == "true"
    value = text(element)
    if is_link and value:
        value = resolved(base, value)
    if draft.keeps("id", depth):
        draft.guid = value
    if is_link and draft.link is None:
        draft.link = value


def _author(_: Items, draft: Draft, element: etree._Element, depth: int, _base: str) -> None:
    if len(element):
        name, mail = person(element)
        if name is None and draft.authors:
            raise Unsure("an author without a name")
        draft.keeps("author", depth)
        draft.author = f"{name} ({mail})" if name and mail else name or mail or ""
        draft.authors.append(name)
        return
    value = text(element)
    if len(value) > AUTHOR:
        raise Unsure("an author of many words")
    if draft.keeps("author", depth):
        draft.author = value
    draft.authors.append(without_mail(draft.author))


def _kept(name: str) -> Action:
    """The action for a text of which the last at the same depth counts."""

    def keep(_: Items, draft: Draft, element: etree._Element, depth: int, _base: str) -> None:
        value = text(element)
        if draft.keeps(name, depth):
            setattr(draft, name, value)

    return keep


def _original(_: Items, draft: Draft, element: etree._Element, depth: int, _base: str) -> None:
    value = text(element)
    if element.attrib:
        raise Unsure("attributes where none are known")
    if draft.keeps("original", depth):
        draft.original = value


def _media(items: Items, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
    said = attributes(element)
    draft.media.append(picture(said, said.get("url") or said.get("href")))
    items.children(draft, element, depth + 1, base)


def _source(_: Items, draft: Draft, element: etree._Element, depth: int, _base: str) -> None:
    draft.title_depth = -1
    for child in element:
        name = canonical(child)
        if name not in _IN_SOURCE:
            raise Unsure(f"{name} inside a source")
        if name == "title" and markup(child):
            draft.title_depth = depth + 1


def _contributor(_: Items, _draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    if len(element):
        person(element)


def _aside(_: Items, _draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    """Read by others, of no use here; but what stands inside it might be."""
    if len(element):
        markup(element)


def _refuse(_: Items, _draft: Draft, element: etree._Element, _depth: int, _base: str) -> None:
    raise Unsure(f"{element.tag} inside an item")


def _within(items: Items, draft: Draft, element: etree._Element, depth: int, base: str) -> None:
    """An unknown element: what it wraps counts as if it stood in the item."""
    if len(element):
        items.children(draft, element, depth + 1, base)


_ACTIONS: dict[str, Action] = {
    name: action
    for names, action in (
        ("title dc_title", _title),
        ("media_title", _media_title),
        ("description dc_description media_description abstract summary itunes_summary", _description),
        ("content content_encoded fullitem", _content),
        ("link", _link),
        ("guid id", _guid),
        ("author managingeditor dc_author dc_creator itunes_author", _author),
        ("pubdate published issued dcterms_issued", _kept("published")),
        ("updated modified lastbuilddate dc_date dcterms_modified", _kept("updated")),
        ("language dc_language", _kept("language")),
        ("feedburner_origlink", _original),
        ("category keywords dc_subject", category),
        ("media_category", media_category),
        ("itunes_category", itunes_category),
        ("media_keywords itunes_keywords tags", keywords),
        ("media_content", _media),
        ("media_thumbnail", thumbnail),
        ("enclosure", enclosure),
        ("itunes_image", itunes_image),
        ("image", logo),
        ("source", _source),
        ("contributor itunes_owner", _contributor),
        (
            (
                "rights copyright dc_rights subtitle tagline itunes_subtitle info generator webmaster dc_publisher "
                "dc_contributor created dcterms_created dcterms_valid expirationdate comments cloud"
            ),
            _aside,
        ),
    )
    for name in names.split()
}
_REFUSED = listed(
    "item entry channel feed rss body xhtml_body textinput itunes_link links authors enclosures date items "
    "author_detail title_detail summary_detail description_detail svg math width height newlocation"
)
"""Names that mean something elsewhere, or that the reference would take for what it has understood itself."""
