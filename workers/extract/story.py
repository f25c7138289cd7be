"""A page as fetched becomes an article as understood, or the reason why it is none: the room's one entrance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from lxml.etree import LxmlError
from lxml.html import HtmlElement

from workers.errors import GiveUp, SetAside
from workers.extract import caps, embeds, metadata, outline, pictures
from workers.extract.agencies import agency, dateline
from workers.extract.authors import read_authors
from workers.extract.body import read_body, without_page_furniture
from workers.extract.byline import Byline, read_byline
from workers.extract.decode import decode
from workers.extract.head import Head, drop_large_data, read_head
from workers.extract.headline import headline, site_names, subtitle, titles
from workers.extract.identity import article_id, own_address
from workers.extract.language import language
from workers.extract.refusal import refuse
from workers.extract.tree import drop_invisible, parse
from workers.extract.wording import count_words, key
from workers.model import Article, Block, Embed, Entry, Feed, Image, Refused

EXTRACTOR = f"newsdesk-1/trafilatura-{version('trafilatura')}"
"""Names the rules that read an article: ours, and the body reader's release."""


_FOREIGN = (
    LxmlError,
    RecursionError,
    ValueError,
    ArithmeticError,
    AttributeError,
    TypeError,
    LookupError,
    AssertionError,
    RuntimeError,
)
"""What parsers of hostile pages raise; MemoryError is left to the process, which ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is known of a page before it is read, and the caller's rules."""

    entry: Entry
    feed: Feed | None
    url: str
    final_url: str
    content_type: str
    fetched: datetime
    min_words: int
    identify: Callable[[str], str]
    canonical: Callable[[str, str], str | None]


def extract(
    html: bytes,
    url: str,
    *,
    entry: Entry | None = None,
    feed: Feed | None = None,
    final_url: str | None = None,
    content_type: str = "",
    fetched: datetime | None = None,
    min_words: int = 25,
    identify: Callable[[str], str] = article_id,
    canonical: Callable[[str, str], str | None] = own_address,
) -> Article | Refused:
    """Read the article of a page.

    `html` is the page as it came, `url` its address as announced, `final_url` where redirects led. `entry` and
    `feed` say what the feed knows; the page's own word goes first except where `metadata` says otherwise.
    `fetched` (aware) is the reading's time, now by default; no article is later than a day after it. `identify`
    makes an id of a canonical address, `canonical` judges a page's rel=canonical against its address.

    Returns Refused for a page that is no article. Raises SetAside("extractor-crashed") where a parser fails,
    GiveUp("bad-url") for an address that cannot be taken apart.
    """
    _check_address(final_url or url)
    task = _Task(
        entry=entry or Entry(url=url),
        feed=feed,
        url=url,
        final_url=final_url or url,
        content_type=content_type,
        fetched=fetched or datetime.now(UTC),
        min_words=min_words,
        identify=identify,
        canonical=canonical,
    )
    try:
        outcome = _read(html, task)
    except _FOREIGN as error:
        raise SetAside("extractor-crashed", f"{type(error).__name__}: {error}"[:500], url=url) from error
    return replace(outcome, url=url) if isinstance(outcome, Refused) else outcome


def preload() -> None:
    """Load now what the first page would load (language model, date tables), so that forked processes share it.

    Measured: 75 MB and 0.7 s for the model, 1 to 3 s for the tables.
    """
    words = "A paragraph of plain words that is long enough to be read as the text of a page and told to be English. "
    body = f"<h1>A page</h1><p>12 mars 2026</p><p>{words * 8}</p>"
    page = f"<html><head><title>A page</title></head><body>{body}</body></html>"
    extract(page.encode(), "https://news.invalid/world/a-page-1.html")


def _check_address(url: str) -> None:
    try:
        urlsplit(url)
    except ValueError as error:
        raise GiveUp("bad-url", str(error), url=url) from error


def _read(html: bytes, task: _Task) -> Article | Refused:
    if refused := caps.refuse_bytes(html, task.content_type):
        return refused
    markup = caps.tame(decode(html, task.content_type))
    if refused := caps.refuse_markup(markup):
        return refused
    tree = parse(markup)
    return (
        Refused(reason="not-article", detail="no markup that can be read") if tree is None else _understand(tree, task)
    )


def _understand(tree: HtmlElement, task: _Task) -> Article | Refused:
    head = read_head(tree, task.final_url)
    published = metadata.published(tree, head, task.entry.published, task.fetched)
    drop_large_data(tree)
    drop_invisible(tree)
    posts = embeds.take_out(tree, head.url)
    byline = read_authors(tree, head, site_names(head))
    blocks = _text(tree, head, byline)
    title = headline(head, task.entry.title)
    paywalled = metadata.paywalled(head)
    refused = refuse(head, blocks, paywalled=paywalled, title=title, min_words=task.min_words)
    if refused or not title:
        return refused or Refused(reason="not-article", detail="the page has no title")
    images, placed = _around(tree, head, blocks, posts, task.entry.image)
    byline = _completed(byline, task.entry, blocks, site_names(head))
    text = "\n\n".join(block.text for block in blocks)
    address = _address(head, task)
    return Article(
        id=task.identify(address),
        url=task.url,
        final_url=task.final_url,
        canonical_url=address,
        title=title,
        subtitle=subtitle(head, title),
        text=text,
        blocks=blocks,
        authors=byline.authors,
        byline=byline.printed,
        agency=byline.agency,
        published=published[0] if published else None,
        published_source=published[1] if published else None,
        modified=metadata.modified(head, task.fetched),
        first_seen=task.fetched,
        fetched=task.fetched,
        language=language(text, head.language),
        source=task.feed.source if task.feed else head.host,
        feed=task.feed.name if task.feed else head.host,
        site=head.site,
        section=metadata.section(head) or (task.feed.section if task.feed else None),
        tags=metadata.tags(head, task.entry.tags),
        country=task.feed.country if task.feed else None,
        images=images,
        embeds=placed,
        word_count=count_words(text),
        paywalled=paywalled,
        extractor=EXTRACTOR,
    )


def _text(tree: HtmlElement, head: Head, byline: Byline) -> tuple[Block, ...]:
    printed = (byline.printed or "", f"by {byline.printed or ''}")
    blocks = without_page_furniture(
        read_body(tree, head.url, head.language),
        titles={key(title) for title in titles(head)} - {""},
        bylines={key(line) for line in printed} - {"", "by"},
        captions=pictures.caption_keys(tree),
        links=outline.link_lines(tree),
    )
    return outline.with_headings(tree, blocks)


def _around(
    tree: HtmlElement, head: Head, blocks: tuple[Block, ...], posts: tuple[Embed, ...], announced: str | None
) -> tuple[tuple[Image, ...], tuple[Embed, ...]]:
    """The pictures and embeds that stand in the article, not beside it."""
    spots = outline.locate(tree, [block.text for block in blocks], ("figure", "wbr"))
    figures = [spot for spot in spots if spot.element.tag == "figure"]
    placed = [
        replace(posts[int(number)], position=spot.before)
        for spot in spots
        if spot.inside and (number := spot.element.get(outline.MARK)) is not None
    ]
    return pictures.read_pictures(figures, head, announced), tuple(placed)


def _completed(byline: Byline, entry: Entry, blocks: tuple[Block, ...], sites: frozenset[str]) -> Byline:
    """The page's byline, with the feed's authors where it has none and the dateline's agency."""
    announced = [read_byline(name, sites) for name in entry.authors]
    return Byline(
        printed=byline.printed or next((line.printed for line in announced if line.authors), None),
        authors=byline.authors or tuple(name for line in announced for name in line.authors),
        agency=byline.agency or next((line.agency for line in announced if line.agency), None) or _wire(blocks),
    )


def _wire(blocks: tuple[Block, ...]) -> str | None:
    """The agency named in the text's dateline, or alone in its last line."""
    return (dateline(blocks[0].text) or agency(blocks[-1].text.lstrip("©– "))) if blocks else None


def _address(head: Head, task: _Task) -> str:
    named = task.canonical(head.canonical, task.final_url) if head.canonical else None
    return named or task.canonical(task.final_url, task.final_url) or task.final_url
