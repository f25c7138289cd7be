"""The page as lines: every stretch of text between two block elements, where it stands and how much of it is link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lxml.html import HtmlElement

from workers.extract.wording import count_words, key, tidy

BLOCKS = frozenset(
    (
        *(
            "p",
            "div",
            "section",
            "article",
            "ul",
            "ol",
            "dl",
            "table",
            "tbody",
            "thead",
            "tr",
            "td",
            "th",
            "blockquote",
        ),
        *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "li", "dd", "dt", "figure", "figcaption", "aside", "main"),
        *("header", "footer", "nav", "form", "center", "address", "details", "summary", "fieldset", "body"),
    )
)
"""Elements that begin and end a line."""
SILENT = frozenset(("script", "style", "noscript", "template", "svg", "select", "textarea", "iframe", "head"))
SLANTED = frozenset(("em", "i"))
LABEL_CHARS = 400
"""A longer class attribute is generated and says nothing."""


def _named(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\s_-])(?:{'|'.join(words)})(?:$|[\s_-])", re.IGNORECASE)


ROLES = {
    "beside": _named(
        *("comments?", "comment-?list", "disqus", r"related\w*", r"recommend\w*", r"newsletter\w*", r"promo\w*"),
        *(r"shar(?:e|ing)\w*", r"social\w*", "sidebar", "footer", r"nav\w*", "menu", "breadcrumbs?", "banner", "ads?"),
        *(r"cookie\w*", "consent", "teasers?", "outbrain", "taboola", r"advert\w*", r"sponsor\w*", "popup", "modal"),
        *(r"subscri\w*", "login", "tags?", "tag-?list", "read-?more", "more", "most-?read", "trending", r"widget\w*"),
        *("hidden", "skip-link", "links?", "topics?", "keywords?", "pagination", "pager", "infobox", "box", "factbox"),
        *("aside", "disclaimer", "legal", "copyright", "toc"),
    ),
    "body": _named(
        *(r"article-?(?:body|text|content)?", r"body\w*", r"content\w*", r"entry\w*", r"post\w*", r"story\w*", "copy"),
        *(r"text\w*", r"paragraph\w*", "articlebody", r"main\w*", r"news\w*", r"detail\w*", "rich-?text", "prose"),
    ),
    "lead": _named(
        *("lead", "lede", r"intro\w*", "standfirst", "summary", "sub-?title", "sub-?headline", "sub-?head", "dek"),
        *(
            "deck",
            "excerpt",
            "vorspann",
            "abstract",
            "description",
            "perex",
            "ingress",
            "chapo",
            "bajada",
            "entradilla",
        ),
        *("sommario", "teaser-?text", "kicker"),
    ),
}
"""What class, id, itemprop and role of an element say of the text in it."""

Roles = frozenset[str]
Style = tuple[str, str | None]
"""An element's tag and class: what texts set alike have in common."""


class Place(NamedTuple):
    """A block of the page and what stands around it; a tuple, because a page has thousands."""

    element: HtmlElement
    around: HtmlElement | None
    """The block around it."""
    within: frozenset[str]
    """Tags of the block and of all blocks above it."""
    style: tuple[Style, Style]
    """Of the block and of the one around it."""
    roles: tuple[Roles, Roles, Roles]
    """ROLES named by the block, by the one around it, and by the one around that."""
    above: Roles
    """ROLES named by the block or anything above it."""

    def inside(self, block: HtmlElement) -> Place:
        """The place of a block that stands directly in this one."""
        get = block.get
        looks = get("class")
        named = _named_roles(looks, get("id"), get("itemprop"), get("role"))
        style = ((block.tag, looks), self.style[0])
        own, around, _ = self.roles
        # Most blocks are one more div without a telling name: they share what is known of the one around them.
        within = self.within if block.tag in self.within else self.within | {block.tag}
        above = self.above | named if named else self.above
        return Place(block, self.element, within, style, (named, own, around), above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A stretch of text that no block element interrupts."""

    place: Place
    text: str
    key: str
    """wording.key of the text, never empty."""
    words: int
    linked: float
    """Share of the text that is link text."""
    slanted: bool
    """It has italic parts."""

    @property
    def tag(self) -> str:
        """Of the block the line stands in."""
        return str(self.place.element.tag)


def read_lines(tree: HtmlElement) -> tuple[Line, ...]:
    """Every line of the page's body that holds a letter or a digit, in document order."""
    body = tree.find("body")
    walk = _Walk()
    nothing: Roles = frozenset()
    outside = Place(None, None, frozenset(), (("", None), ("", None)), (nothing, nothing, nothing), nothing)
    walk.block(tree if body is None else body, outside)
    return tuple(walk.found)


class _Walk:
    """One pass over the tree; holds the line being gathered."""

    def __init__(self) -> None:
        self.found: list[Line] = []
        self._text: list[str] = []
        self._linked = 0
        self._slanted = False

    def block(self, block: HtmlElement, around: Place) -> None:
        """Read a block and the blocks in it."""
        place = around.inside(block)
        self._inline(block, place, linked=False)
        self._end(place)

    def _inline(self, element: HtmlElement, place: Place, *, linked: bool) -> None:
        self._gather(element.text, linked=linked)
        for child in element:
            tag = child.tag
            if tag in BLOCKS:
                self._end(place)
                self.block(child, place)
            elif tag not in SILENT:
                if tag == "br":
                    self._text.append("\n")
                elif tag in SLANTED:
                    self._slanted = True
                if len(child):
                    self._inline(child, place, linked=linked or tag == "a")
                else:
                    self._gather(child.text, linked=linked or tag == "a")
            self._gather(child.tail, linked=linked)

    def _gather(self, text: str | None, *, linked: bool) -> None:
        if text:
            self._text.append(text)
            if linked:
                self._linked += len(text.strip())

    def _end(self, place: Place) -> None:
        if not self._text:
            return
        raw, linked, slanted = "".join(self._text), self._linked, self._slanted
        self._text, self._linked, self._slanted = [], 0, False
        if not raw.isspace() and (name := key(text := tidy(raw))):
            share = min(1.0, linked / len(text))
            self.found.append(
                Line(place=place, text=text, key=name, words=count_words(text), linked=share, slanted=slanted)
            )


@lru_cache(maxsize=10_000)
def _named_roles(*said: str | None) -> Roles:
    label = " ".join(filter(None, said))
    if not label or len(label) > LABEL_CHARS:
        return frozenset()
    return frozenset(role for role, pattern in ROLES.items() if pattern.search(label))
