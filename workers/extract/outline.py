"""The page's texts in reading order, and where among them the article's text stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from workers.extract.wording import key, tidy
from workers.model import Block

TEXTS = ("p", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "dd", "div")
BLOCKS = frozenset(
    (
        *("p", "li", "div", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "tr", "table", "dd", "dt", "ul", "ol"),
        *("section", "article", "aside", "blockquote", "figcaption", "nav", "header", "footer", "main", "body"),
    )
)
MARK = "data-newsdesk-mark"
LINK_SHARE = 0.8
"""A line whose text is link text to this share is a pointer to another page (measured: +.0025 AEB, +.002 fundus)."""
LINE_CHARS = 300
"""A longer text is never taken for a link line."""
HEADINGS = ("h2", "h3", "h4")
HEADING_CHARS = 200
LINKS = 3_000
OUTSIDE = frozenset(("nav", "aside", "footer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One element of the outline and how many of the article's blocks stand before it."""

    element: HtmlElement
    before: int
    inside: bool
    """It stands in the element that holds the article's text."""


def locate(tree: HtmlElement, blocks: Sequence[str], wanted: Iterable[str]) -> tuple[Spot, ...]:
    """Find the `wanted` elements (tags; MARK attributes count as "mark") between the article's blocks.

    `blocks` are the texts in order. Each block is found once, in order; an element that no block
    follows or precedes still gets its place by document order.
    """
    wanted = frozenset(wanted)
    order = _order(blocks)
    done, matched, found = 0, [], []
    for element in tree.iter(*TEXTS, *wanted):
        if element.tag in wanted or element.get(MARK):
            found.append((element, done))
        elif order:
            at = next((i for i in order.get(_own_key(element), ()) if i >= done), None)
            if at is not None:
                done = at + 1
                matched.append(element)
    home = _common_ancestor(matched[0], matched[-1]) if matched else None
    return tuple(
        Spot(element=element, before=before, inside=home is not None and _within(element, home))
        for element, before in found
    )


def with_headings(tree: HtmlElement, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with the sub-heads that a body reader's last resort, which gathers paragraphs only, passed over.

    A sub-head counts when the paragraph after it in the page is the text's next block and its sibling. Texts that
    have a sub-head already are returned as they are.
    """
    order = _order([block.text for block in blocks])
    if not order or any(block.kind == "h" for block in blocks):
        return tuple(blocks)
    whole: list[Block] = []
    done, heading = 0, None
    for element in tree.iter("p", *HEADINGS):
        if element.tag in HEADINGS:
            heading = element
            continue
        at = next((i for i in order.get(_own_key(element), ()) if i >= done), None)
        if at is None:
            continue
        whole.extend(blocks[done:at])
        if heading is not None and done and heading.getparent() is element.getparent():
            whole.extend(
                Block(kind="h", text=text) for text in [tidy(heading.text_content())] if 0 < len(text) <= HEADING_CHARS
            )
        whole.append(blocks[at])
        done, heading = at + 1, None
    return (*whole, *blocks[done:])


def link_lines(tree: HtmlElement) -> frozenset[str]:
    """Keys of the texts that are link text to LINK_SHARE: teasers, "read also", share bars."""
    holders: dict[HtmlElement, list[HtmlElement]] = {}
    for count, link in enumerate(tree.iter("a")):
        if count == LINKS:
            break
        holder = _block_around(link) if link.get("href") else None
        if holder is not None:
            holders.setdefault(holder, []).append(link)
    return frozenset(filter(None, (_if_links(holder, links) for holder, links in holders.items())))


def _if_links(holder: HtmlElement, links: list[HtmlElement]) -> str | None:
    whole = "".join(holder.itertext())
    if len(whole) > 4 * LINE_CHARS:
        return None
    linked = "".join("".join(link.itertext()) for link in links)
    if len("".join(linked.split())) < (LINK_SHARE - 0.2) * len("".join(whole.split())):
        return None  # normalising is the dear part: only for likely ones
    whole, linked = key(whole), key(linked)
    return whole if whole and len(whole) <= LINE_CHARS and len(linked) >= LINK_SHARE * len(whole) else None


def _order(blocks: Sequence[str]) -> dict[str, list[int]]:
    order: dict[str, list[int]] = {}
    for index, text in enumerate(blocks):
        if name := key(text):
            order.setdefault(name, []).append(index)
    return order


def _own_key(element: HtmlElement) -> str:
    """Key of a text element; "" for a div that holds blocks of its own, whose text is theirs."""
    if element.tag == "div" and any(child.tag in BLOCKS for child in element):
        return ""
    return key("".join(element.itertext()))


def _block_around(element: HtmlElement) -> HtmlElement | None:
    around = element.getparent()
    while around is not None and around.tag not in BLOCKS:
        around = around.getparent()
    return around


def _common_ancestor(one: HtmlElement, other: HtmlElement) -> HtmlElement:
    above = set(one.iterancestors())
    return next((a for a in other.iterancestors() if a in above), one)


def _within(element: HtmlElement, home: HtmlElement) -> bool:
    for around in element.iterancestors():
        if around is home:
            return True
        if around.tag in OUTSIDE:
            return False
    return False
