"""The article's text in blocks: trafilatura reads it, rules that measured well take out what is not text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from lxml.etree import _Element, iterwalk
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from workers.extract.wording import key, tidy
from workers.model import Block

KINDS = {"p": "p", "head": "h", "item": "li", "quote": "quote", "row": "p", "code": "p", "div": "p"}
CONTAINERS = frozenset(("li", "quote"))
"""Kinds that a paragraph inside takes on."""
TOP = 3
"""Blocks at the beginning among which byline and date are looked for."""
HEADLINE_WITHIN = 15
SHORT_LINE = 80
"""Characters; a longer block before the headline is text, and then the headline is not what precedes the text."""
DENSE = frozenset(("zh", "ja", "ko"))
"""Languages that say in 100 characters what others say in 250, trafilatura's measure of a text long enough."""
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
FLOOR = 0.5
"""Share of the text that must stay for the link rule to hold: a page that is a list of links is left to the verdict."""


def read_body(tree: HtmlElement, url: str, language: str | None) -> tuple[Block, ...]:
    """The main text as trafilatura finds it, in reading order; () when it finds none.

    The tree is copied by trafilatura, not changed. Comments are left out, tables kept a row a block. `language` is
    the page's declared one.
    """
    document = bare_extraction(tree, url=url, options=_options(url, language))
    return tuple(_blocks(document.body)) if isinstance(document, Document) else ()


def without_page_furniture(
    blocks: Sequence[Block],
    *,
    titles: Collection[str],
    bylines: Collection[str],
    captions: Collection[str],
    links: Collection[str],
) -> tuple[Block, ...]:
    """Drop what precedes the text (headline, kicker, byline, date), captions, lines of links, trailing sub-heads.

    All collections hold keys (wording.key). A repeated headline stands on 92 of 257 news pages, and dropping it
    pays most of all rules measured; lines of links come second (measured on three sets of real pages).
    """
    kept = [block for block in _after_headline(blocks, titles) if key(block.text) not in captions]
    start = next((i for i, block in enumerate(kept[:TOP]) if not _introductory(block, bylines)), min(TOP, len(kept)))
    kept = kept[start:]
    linkless = [block for block in kept if key(block.text) not in links]
    if sum(len(block.text) for block in linkless) > FLOOR * sum(len(block.text) for block in kept):
        kept = linkless
    while kept and kept[-1].kind == "h":
        kept.pop()
    return tuple(kept)


def _after_headline(blocks: Sequence[Block], titles: Collection[str]) -> Sequence[Block]:
    """The blocks after the repeated headline, where only short lines (kicker, navigation) stand before it."""
    for index, block in enumerate(blocks[:HEADLINE_WITHIN]):
        if key(block.text) in titles:
            return _after_headline(blocks[index + 1 :], titles)
        if len(block.text) > SHORT_LINE:
            break
    return blocks


def _introductory(block: Block, bylines: Collection[str]) -> bool:
    """A byline, or a line that only says when."""
    if key(block.text) in bylines:
        return True
    dated = _YEAR.search(block.text) is not None and len(block.text) <= SHORT_LINE
    return (
        dated and block.kind == "p" and len(block.text.split()) <= 8 and not block.text.endswith((".", "!", "?", "。"))
    )


def _options(url: str, language: str | None) -> Extractor:
    options = Extractor(
        output_format="xml", comments=False, formatting=False, links=False, images=False, tables=True, url=url
    )
    if language in DENSE:
        options.min_extracted_size = options.min_extracted_size * 2 // 5
    return options


def _blocks(body: _Element) -> Iterator[Block]:
    for kind, text in _pieces(body):
        if text := tidy(text):
            yield Block(kind=kind, text=text)  # type: ignore[arg-type]  # KINDS has the Literal's values only


def _pieces(body: _Element) -> Iterator[tuple[str, str]]:
    """Stretches of text with the kind of the innermost block around them, split where a block or line ends."""
    around = ["p"]
    text: list[str] = []
    for event, element in iterwalk(body, events=("start", "end")):
        if element.tag in KINDS:
            yield around[-1], "".join(text)
            text.clear()
            if event == "start":
                around.append(
                    around[-1] if around[-1] in CONTAINERS and element.tag in ("p", "div") else KINDS[element.tag]
                )
            else:
                around.pop()
        elif element.tag in ("lb", "list", "table"):
            yield around[-1], "".join(text)
            text.clear()
        elif element.tag == "cell":
            text.append(" ")
        text.append((element.text if event == "start" else element.tail if element is not body else None) or "")
    yield around[-1], "".join(text)
