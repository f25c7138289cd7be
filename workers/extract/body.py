"""The article's text in blocks: trafilatura's reading, corrected line by line by what is likely the article's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from lxml.etree import _Element, iterwalk
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from workers.extract.byline import introduces
from workers.extract.head import Head
from workers.extract.lines import Line
from workers.extract.weighing import HEADINGS, Known, doubt, members, weigh
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
"""Share of the text that must stay for a rule to hold: a page that is a list of links is left to the verdict."""
LINK_SHARE = 0.8
"""A line whose text is link text to this share is a pointer to another page (measured: +.0025 AEB, +.002 fundus)."""
LINE_CHARS = 300
"""A longer text is never taken for a link line."""
DOUBT = 0.2
"""See weighing.doubt; anything from .15 to .25 measured alike."""
SUB_HEADS = ("h2", "h3", "h4")
HEADING_CHARS = 200
LEAD_WORDS = 12
BYLINE_KEY = 8
BYLINE_WORDS = 25
"""A longer line that holds the byline tells of the author."""
OUT = 0.25
IN = 0.6
"""Chances below which a line is taken out of the candidate, above which it is added; .2 and .7 measured alike."""


def read_body(tree: HtmlElement, lines: Sequence[Line], head: Head, known: Known) -> tuple[Block, ...]:
    """The article's text in reading order; () when there is none.

    Trafilatura's quick reading is the candidate; every line of the page is weighed beside it; where the two are too
    far apart its thorough reading takes the quick one's place (measured: on 9 % of pages, with nothing lost against
    doing so on all). Then the weights correct the candidate line by line. The tree is copied, not changed; comments
    are left out, tables kept a row a block. `lines` are the tree's.
    """
    blocks: tuple[Block, ...] = ()
    chances: tuple[float, ...] = ()
    for fast in (True, False):
        blocks = candidate(tree, lines, head, known, fast=fast)
        keys = [key(block.text) for block in blocks]
        chances = weigh(lines, keys, known)
        if doubt(lines, keys, chances) < DOUBT:
            break
    return settle(blocks, lines, chances, known) if blocks else ()


def candidate(tree: HtmlElement, lines: Sequence[Line], head: Head, known: Known, *, fast: bool) -> tuple[Block, ...]:
    """What trafilatura takes for the text, without the furniture around it."""
    document = bare_extraction(tree, url=head.url, options=_options(head, fast=fast))
    blocks = tuple(_blocks(document.body)) if isinstance(document, Document) else ()
    links = frozenset(line.key for line in lines if line.linked >= LINK_SHARE and len(line.text) <= LINE_CHARS)
    return without_page_furniture(
        blocks, titles=known.titles, bylines=known.bylines, captions=known.captions, links=links
    )


def settle(blocks: Sequence[Block], lines: Sequence[Line], chances: Sequence[float], known: Known) -> tuple[Block, ...]:
    """The candidate's blocks without the lines that are hardly the article's, with those that hardly are not."""
    likely = {line.key for line, chance in zip(lines, chances, strict=True) if chance >= OUT}
    unlikely = {line.key for line in lines} - likely
    kept = [block for block in blocks if key(block.text) not in unlikely]
    if _size(kept) < FLOOR * _size(blocks):
        kept = list(blocks)
    found = _missed(blocks, lines, chances, known)
    whole = _in_order(kept, found, lines)
    while whole and whole[-1].kind == "h":
        whole.pop()
    return tuple(whole)


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
    if _size(linkless) > FLOOR * _size(kept):
        kept = linkless
    while kept and kept[-1].kind == "h":
        kept.pop()
    return tuple(kept)


def _missed(blocks: Sequence[Block], lines: Sequence[Line], chances: Sequence[float], known: Known) -> dict[int, Line]:
    """The lines the candidate lacks, by their place on the page, each text once."""
    taken = members(lines, [key(block.text) for block in blocks])
    barred = {*known.titles, *known.captions, *known.bylines}
    own = {line.key for line in lines}
    merged = [name for block in blocks if (name := key(block.text)) not in own]
    headless = not any(block.kind == "h" for block in blocks)
    lead = _lead(lines, taken, known)
    found: dict[int, Line] = {}
    for index, (line, mine, chance) in enumerate(zip(lines, taken, chances, strict=True)):
        likely = chance > IN or (headless and _sub_head(index, lines, taken)) or index == lead
        held = mine or any(line.key in name for name in merged)
        free = not held and line.key not in barred and not _signs(line, known.bylines)
        if free and likely and line.linked < LINK_SHARE:
            found[index] = line
            barred.add(line.key)
    return found


def _lead(lines: Sequence[Line], taken: Sequence[bool], known: Known) -> int | None:
    """The line named as lead that stands between the headline and the text, where it is a sentence or more."""
    titled = next((index for index, line in enumerate(lines) if line.key in known.titles), None)
    begins = next((index for index, mine in enumerate(taken) if mine), None)
    between = range(titled + 1, begins) if titled is not None and begins is not None else range(0)
    named = (at for at in between if any("lead" in roles for roles in lines[at].place.roles))
    return next((at for at in named if lines[at].words >= LEAD_WORDS), None)


def _sub_head(index: int, lines: Sequence[Line], taken: Sequence[bool]) -> bool:
    """A heading between two of the text's lines, in the block that holds the second; last resorts gather only those."""
    if lines[index].tag not in SUB_HEADS or index + 1 == len(lines) or len(lines[index].text) > HEADING_CHARS:
        return False
    together = lines[index].place.around is lines[index + 1].place.around
    return together and taken[index + 1] and any(taken[:index])


def _signs(line: Line, bylines: Collection[str]) -> bool:
    """A byline, with whatever stands beside the names."""
    named = any(name in line.key for name in bylines if len(name) >= BYLINE_KEY)
    return introduces(line.text) or (named and line.words < BYLINE_WORDS)


def _in_order(kept: Sequence[Block], found: Mapping[int, Line], lines: Sequence[Line]) -> list[Block]:
    """The blocks with the found lines where the page has them; a block that is no line stays behind the one before."""
    at: dict[str, int] = {}
    for index, line in enumerate(lines):
        at.setdefault(line.key, index)
    waiting = sorted(found.items())
    whole: list[Block] = []
    for block in kept:
        place = at.get(key(block.text), -1)
        while waiting and waiting[0][0] < place:
            whole.append(_block(waiting.pop(0)[1]))
        whole.append(block)
    return [*whole, *(_block(line) for _, line in waiting)]


def _block(line: Line) -> Block:
    if line.tag in HEADINGS:
        return Block(kind="h", text=line.text)
    if "li" in line.place.within:
        return Block(kind="li", text=line.text)
    return Block(kind="quote" if "blockquote" in line.place.within else "p", text=line.text)


def _size(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks)


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


def _options(head: Head, *, fast: bool) -> Extractor:
    options = Extractor(
        output_format="xml",
        fast=fast,
        comments=False,
        formatting=False,
        links=False,
        images=False,
        tables=True,
        url=head.url,
    )
    if head.language in DENSE:
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
