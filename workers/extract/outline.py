"""Where pictures and embeds stand between the article's blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from workers.extract.lines import Line
from workers.extract.wording import key

MARK = "data-newsdesk-mark"
OUTSIDE = frozenset(("nav", "aside", "footer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One element of the outline and how many of the article's blocks stand before it."""

    element: HtmlElement
    before: int
    inside: bool
    """It stands in the element that holds the article's text."""


def locate(tree: HtmlElement, lines: Sequence[Line], blocks: Sequence[str], wanted: Iterable[str]) -> tuple[Spot, ...]:
    """Find the `wanted` elements (tags; elements with a MARK are always wanted) between the article's blocks.

    `lines` are the page's, `blocks` the article's texts in order. Each block is found once, in order; an element that
    no block follows or precedes still gets its place by document order.
    """
    wanted = frozenset(wanted)
    order = _order(blocks)
    texts: dict[HtmlElement, list[str]] = {}
    for line in lines:
        if line.key in order:
            texts.setdefault(line.place.element, []).append(line.key)
    done, matched, found = 0, [], []
    for element in tree.iter(*wanted, *{str(element.tag) for element in texts}):
        if element.tag in wanted:
            found.append((element, done))
        for text in texts.get(element, ()):
            at = next((i for i in order[text] if i >= done), None)
            if at is not None:
                done = at + 1
                matched.append(element)
    home = _common_ancestor(matched[0], matched[-1]) if matched else None
    return tuple(
        Spot(element=element, before=before, inside=home is not None and _within(element, home))
        for element, before in found
    )


def _order(blocks: Sequence[str]) -> dict[str, list[int]]:
    order: dict[str, list[int]] = {}
    for index, text in enumerate(blocks):
        if name := key(text):
            order.setdefault(name, []).append(index)
    return order


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
