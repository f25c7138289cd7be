"""Text of a page into one lxml tree that all readers share; nothing lost to deep nesting."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml.etree import ElementDefaultClassLookup, ErrorTypes, ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from workers.extract.lines import BLOCKS
from workers.extract.wording import count_words, key

DEPTHS = (120, 60, 30)
"""Elements left around a text when a page is flattened, tried in this order: the elements that HTML puts between
(tbody, td, li) are not counted, and libxml2 drops the rest of a page at 256 without an exception (measured)."""

STORY_WORDS = 100

HOLDERS = frozenset(("td", "div", "body", "font", "center", "article", "section", "main", "span", "dd", "blockquote"))
"""Elements whose text may be parted by empty lines."""
EMPTY_LINES = 2
"""So many make a habit of it."""
_ONE_CLASS = ElementDefaultClassLookup(element=HtmlElement)
"""lxml.html asks Python for the class of each element that is touched, for the sake of forms: 4 % of a page's CPU."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})[^<>]*+>")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_SELF_CLOSING = frozenset(
    ("p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup", "body", "html", "head")
)
_INVISIBLE = (
    *("script", "style", "svg", "template", "link", "meta", "input", "select", "button", "object", "canvas"),
    *("nav", "textarea", "dialog"),
)


def parse(markup: str) -> HtmlElement | None:
    """The page's tree; None when it holds no element at all."""
    root, deep = _parse(markup)
    for depth in DEPTHS:
        if not deep:
            break
        root, deep = _parse(flatten(markup, depth))
    return root


def flatten(markup: str, depth: int) -> str:
    """The same text with the tags deeper than `depth` taken out, start and end tags alike."""
    return "".join(_shallow(markup, depth))


def drop_invisible(tree: HtmlElement) -> None:
    """Take out of the tree what readers of text have no use for: scripts, styles, drawings, form parts, menus.

    Every reader copies the tree several times; this makes the copies small.
    """
    for element in list(tree.iter(*_INVISIBLE)):
        # One that was never closed holds the rest of the page.
        if element.find(".//p") is None:
            element.drop_tree()


def drop_other_stories(tree: HtmlElement, titles: Collection[str]) -> None:
    """Take out the article elements beside the one that holds the headline and a text of STORY_WORDS or more.

    Sites append the next story, or the beginnings of related ones, to the page. `titles` are keys (wording.key).
    Measured: word-F1 +.004 on fundus, +.004 on AEB, no page worse.
    """
    heading = next((h for h in tree.iter("h1") if key(h.text_content()) in titles), None)
    home = next(heading.iterancestors("article"), None) if heading is not None else None
    if home is None or sum(count_words(p.text_content()) for p in home.iter("p")) < STORY_WORDS:
        return
    kin = {*home.iter("article"), *home.iterancestors()}
    for other in [story for story in tree.iter("article") if story not in kin]:
        other.drop_tree()


def open_layout_table(tree: HtmlElement, titles: Collection[str]) -> None:
    """Make divisions of the tables around the headline: a table that holds it is there for the columns.

    Readers of text take a table for data. `titles` are keys (wording.key).
    """
    heading = next((h for h in tree.iter("h1", "h2") if key(h.text_content()) in titles), None)
    for around in heading.iterancestors("table", "tbody", "tr", "td") if heading is not None else ():
        around.tag = "div"


def part_by_breaks(tree: HtmlElement) -> None:
    """Make paragraphs where a page parts them by empty lines (br br) alone: readers of text look for elements."""
    for parent in dict.fromkeys(line.getparent() for line in tree.iter("br")):
        held = parent is not None and parent.tag in HOLDERS and next(parent.iter("p"), None) is None
        if held and _empty_lines(parent) >= EMPTY_LINES:
            _wrap(parent)


def _empty_lines(parent: HtmlElement) -> int:
    breaks = [(one, one.getnext()) for one in parent.iterchildren("br")]
    return sum(after is not None and after.tag == "br" and not (one.tail or "").strip() for one, after in breaks)


def _wrap(parent: HtmlElement) -> None:
    children = list(parent)
    text, parent.text = parent.text, None
    for child in children:
        parent.remove(child)
    paragraph = _paragraph(parent, text)
    for child, following in zip(children, [*children[1:], None], strict=True):
        ends = child.tag == "br" and not (child.tail or "").strip() and following is not None and following.tag == "br"
        if ends:
            paragraph = _paragraph(parent, None)
        elif child.tag in BLOCKS:
            tail, child.tail = child.tail, None
            parent.append(child)
            paragraph = _paragraph(parent, tail)
        else:
            paragraph.append(child)


def _paragraph(parent: HtmlElement, text: str | None) -> HtmlElement:
    made: HtmlElement = parent.makeelement("p")
    made.text = text
    parent.append(made)
    return made


def _parse(markup: str) -> tuple[HtmlElement | None, bool]:
    # As bytes: lxml refuses text that names an encoding of its own in an XML declaration.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        root = document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except ParserError:
        return None, False
    return root, any(entry.type == ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)


def _shallow(markup: str, depth: int) -> Iterator[str]:
    open_tags: list[tuple[str, bool]] = []
    end = 0
    for tag in _TAG.finditer(markup):
        yield markup[end : tag.start()]
        end = tag.end()
        name = tag[2].lower()
        if name in _VOID or name in _SELF_CLOSING:
            yield tag[0]
        elif not tag[1]:
            kept = len(open_tags) < depth
            open_tags.append((name, kept))
            yield tag[0] if kept else " "
        elif open_tags and open_tags[-1][0] == name:
            yield tag[0] if open_tags.pop()[1] else " "
        elif len(open_tags) < depth:
            yield tag[0]
    yield markup[end:]
