"""Where a page states its authors: JSON-LD, meta elements, or a byline only a reader sees."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from lxml.html import HtmlElement

from workers.extract import structured
from workers.extract.byline import BYLINE_CHARS, Byline, introduces, merge, pen_name, read_byline
from workers.extract.head import Head
from workers.extract.wording import key, plain, tidy

METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "authors",
    "article:author_name", "cxenseparse:author", "mediator_author", "twitter:misc:written by",
)  # fmt: skip
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:by-?line|authors?|author-?name|autor(?:en|in)?|auteur|writer|reporter|signature|user-?name|"
    r"(?:written|posted)-?by)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_NAMED = re.compile(
    r"bio|about|related|comment|avatar|image|follow|box|(?<!v)(?<!h-)card|more|footer|sidebar|description|widget|teaser",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:^|\s)(?:(?:post-|article-)?comments?(?:[_-][\w-]+)?|related[\w-]*|recommend[\w-]*|teasers?(?:[_-][\w-]+)?|sidebar|"
    r"widget(?:[_-][\w-]+)?|newsticker[\w-]*|nav|menu)(?:$|\s)",
    re.IGNORECASE,
)
"""Parts of a page that name the authors of other texts."""
_PLACES = (
    *("a", "span", "p", "div", "address", "li", "ul", "strong", "b", "em", "font", "cite", "small", "td", "dd"),
    *("h2", "h3", "h4", "h5", "h6"),
)
BEFORE = 20
"""Elements before the headline in which a byline is looked for."""
BLOGS = ("wordpress.com", "blogspot.com", "blogger.com", "tumblr.com", "hypotheses.org", "blogspot.de", "medium.com")
"""Hosts where a blog often goes by its author's pen name."""
NEARBY = 80
"""Elements after the headline in which a byline is looked for."""
ANYWHERE = 1_500
"""Elements of a page in which a byline is looked for that says what it is, or all where no headline is found."""
LABELLED = 120
_LABEL = re.compile(
    r"(?:autor(?:in)?|author|auteur|autore|verfasst von|written by|text(?: und fotos?| & fotos?)?)\s*:", re.IGNORECASE
)
_LABEL_BEGINS = frozenset(("auto", "auth", "aute", "verf", "writ", "text"))
"""Of _LABEL."""
ABOVE = 6
"""Elements above a byline that are asked whether they are ELSEWHERE."""


def read_authors(tree: HtmlElement, head: Head, sites: Collection[str], named: Collection[str]) -> Byline:
    """Persons, agency and the byline as printed, from the first place that names persons.

    Order: JSON-LD, meta elements, the visible byline; the visible one goes first where the stated names are no full
    names (a first name, initials) and it has one. The agency is taken from wherever it is named, and the printed form
    from the visible byline when there is one. `sites` and `named` are the site's names and the page's titles, as keys.
    """
    seen = visible_byline(tree, sites, () if head.host.endswith(BLOGS) else sites, named)
    stated = [merge(read_byline(name, sites) for name in names) for names in _stated(head)]
    lines = [line for line in (*stated, seen) if line is not None]
    authors = next((line.authors for line in lines if line.authors), ())
    if seen and _full(seen.authors) and not _full(authors):
        authors = seen.authors
    agency = next((line.agency for line in lines if line.agency), None)
    spoken = [line for line in ([seen] if seen else []) + stated if line.authors or line.agency]
    printed = next((line.printed for line in sorted(spoken, key=lambda line: not line.authors)), None)
    return Byline(printed=printed, authors=authors, agency=agency)


def visible_byline(
    tree: HtmlElement, sites: Collection[str], taken: Collection[str], named: Collection[str]
) -> Byline | None:
    """The byline a reader sees: marked as author (rel, itemprop, class), or a line "By …" near the headline.

    Only one marked as author may be a pen name in small letters, and none of `taken` (keys).
    """
    elements = list(tree.iter("h1", *_PLACES))
    at = next((i for i, e in enumerate(elements) if e.tag in ("h1", "h2") and key(e.text_content()) in named), None)
    near = elements[max(0, at - BEFORE) : at + NEARBY] if at is not None else []
    after = elements[at + 1 : at + NEARBY] if at is not None else elements[:ANYWHERE]
    places = (
        (_marked(near), True),
        (filter(introduces, _texts(after)), False),
        (_marked(elements), True),
        (filter(_labels, _texts(filter(_may_label, elements[:ANYWHERE]))), False),
    )
    for texts, marked in places:
        for text in texts:
            line = read_byline(text, sites)
            if marked and not line.authors and not line.agency and (name := pen_name(text)) and key(name) not in taken:
                line = Byline(printed=name, authors=(name,))
            if line.authors or line.agency:
                return line
    return None


def _full(authors: Collection[str]) -> bool:
    """There is a first and a last name among them."""
    return any(" " in name or not name.isascii() for name in authors)


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


def _marked(elements: Iterable[HtmlElement]) -> Iterator[str]:
    """Texts of elements marked as author, outermost first: a byline holds the agency beside the person."""
    for element in elements:
        get = element.get
        label = " ".join([value for value in (get("class"), get("itemprop"), get("rel"), get("id")) if value])
        marked = 3 < len(label) < 300 and _NAMED.search(label) and not _NOT_NAMED.search(label)
        if marked and (text := _short_text(element)) and not _elsewhere(element):
            yield text


def _texts(elements: Iterable[HtmlElement]) -> Iterator[str]:
    return filter(None, map(_short_text, elements))


def _may_label(element: HtmlElement) -> bool:
    """Its first words are not those of something else than a label; most elements of a page are told by them."""
    first = next((text for part in element.itertext() if (text := part.strip())), "")
    return first[:4].lower() in _LABEL_BEGINS


def _labels(text: str) -> bool:
    return len(text) < LABELLED and _LABEL.match(text) is not None


def _elsewhere(element: HtmlElement) -> bool:
    for count, around in enumerate(element.iterancestors()):
        label = f"{around.get('class') or ''} {around.get('id') or ''}"
        if count == ABOVE or around.tag in ("body", "article"):
            return False
        if len(label) < 300 and _ELSEWHERE.search(label):
            return True
    return False


def _short_text(element: HtmlElement) -> str | None:
    """The element's text, None where it is longer than a byline."""
    parts: list[str] = []
    left = BYLINE_CHARS
    for part in element.itertext():
        parts.append(part)
        left -= len(part) + 1
        if left < 0:
            return None
    return tidy(" ".join(parts)) or None
