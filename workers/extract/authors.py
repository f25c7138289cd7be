"""Where a page states its authors: JSON-LD, meta elements, or a byline only a reader sees."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml.html import HtmlElement

from workers.extract import structured
from workers.extract.byline import BYLINE_CHARS, Byline, introduces, merge, read_byline
from workers.extract.head import Head
from workers.extract.wording import plain, tidy

METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "authors",
    "article:author_name", "cxenseparse:author", "mediator_author", "twitter:misc:written by",
)  # fmt: skip
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:by-?line|authors?|author-?name|autor(?:en|in)?|auteur|writer|reporter|signature)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_NAMED = re.compile(
    r"(?:bio|about|related|comment|avatar|image|follow|box|card|more|footer|sidebar)", re.IGNORECASE
)
_NEAR = ("p", "div", "span", "address", "li", "small", "em", "font", "td", "h4", "h5", "h6", "a")
NEARBY = 80
"""Elements after the headline in which an unmarked byline is looked for."""


def read_authors(tree: HtmlElement, head: Head, sites: Collection[str]) -> Byline:
    """Persons, agency and the byline as printed, from the first place that names persons.

    Order: JSON-LD, meta elements, the visible byline. The agency is taken from wherever it is named, and
    the printed form from the visible byline when there is one.
    """
    seen = visible_byline(tree, sites)
    stated = [merge(read_byline(name, sites) for name in names) for names in _stated(head)]
    lines = [line for line in (*stated, seen) if line is not None]
    authors = next((line.authors for line in lines if line.authors), ())
    agency = next((line.agency for line in lines if line.agency), None)
    named = [line for line in ([seen] if seen else []) + stated if line.authors or line.agency]
    printed = next((line.printed for line in sorted(named, key=lambda line: not line.authors)), None)
    return Byline(printed=printed, authors=authors, agency=agency)


def visible_byline(tree: HtmlElement, sites: Collection[str]) -> Byline | None:
    """The byline a reader sees: marked as author (rel, itemprop, class), or a line "By …" near the headline."""
    for texts in (_marked(tree), _introduced(tree)):
        for text in texts:
            line = read_byline(text, sites)
            if line.authors or line.agency:
                return line
    return None


def _stated(head: Head) -> Iterator[list[str]]:
    for field in ("author", "creator"):
        yield [
            name
            for text in structured.strings(head.article.get(field), "name", "byline")
            if (name := plain(text, limit=BYLINE_CHARS))
        ]
    for name in METAS:
        yield [
            text
            for value in head.metas.get(name, ())
            if (text := plain(value, limit=BYLINE_CHARS)) and "//" not in text
        ]


def _marked(tree: HtmlElement) -> Iterator[str]:
    """Texts of elements marked as author, outermost first: a byline holds the agency beside the person."""
    for element in tree.iter(
        "a", "span", "p", "div", "address", "li", "strong", "b", "cite", "small", "h3", "h4", "h5", "h6"
    ):
        label = " ".join(filter(None, map(element.get, ("class", "itemprop", "rel", "id"))))
        if 3 < len(label) < 300 and _NAMED.search(label) and not _NOT_NAMED.search(label):
            text = _short_text(element)
            if text:
                yield text


def _introduced(tree: HtmlElement) -> Iterator[str]:
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return
    after, seen = False, 0
    for element in tree.iter("h1", *_NEAR):
        if element is heading:
            after = True
        elif after and seen < NEARBY:
            seen += 1
            text = _short_text(element)
            if text and introduces(text):
                yield text


def _short_text(element: HtmlElement) -> str | None:
    text = " ".join(element.itertext())
    return tidy(text) or None if len(text) <= BYLINE_CHARS else None
