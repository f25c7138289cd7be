"""A page as fetched becomes an article as understood, or the reason why it is none: the room's one entrance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from lxml.etree import LxmlError
from lxml.html import HtmlElement
from trafilatura.external import jt_stoplist_init

from workers.address import canonical, digest, match_key, sane_canonical
from workers.errors import GiveUp, SetAside
from workers.extract import caps, embeds, metadata, outline, pictures, provenance, publication
from workers.extract.agencies import agency, dateline
from workers.extract.authors import read_authors
from workers.extract.body import read_body
from workers.extract.byline import Byline, read_byline
from workers.extract.countries import countries
from workers.extract.decode import decode
from workers.extract.head import Head, drop_large_data, read_head
from workers.extract.headline import headline, site_names, subtitle, titles
from workers.extract.language import language
from workers.extract.lines import read_lines
from workers.extract.refusal import refuse
from workers.extract.reservations import reserved
from workers.extract.tree import drop_invisible, drop_other_stories, open_layout_table, parse, part_by_breaks
from workers.extract.weighing import Known
from workers.extract.wording import count_words, key
from workers.model import Article, Block, Embed, Entry, Feed, Refused

EXTRACTOR = f"newsdesk-3/trafilatura-{version('trafilatura')}"
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
    own_address: str
    """The canonical form of `final_url`."""
    content_type: str
    fetched: datetime
    min_words: int


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
) -> Article | Refused:
    """Read the article of a page.

    `html` is the page as it came, `url` its address as announced, `final_url` where redirects led. `entry` and
    `feed` say what the feed knows; the page's own word goes first except where `metadata` says otherwise.
    `fetched` (aware) is the reading's time, now by default; no article is later than a day after it.

    Returns Refused for a page that is no article. Raises SetAside("extractor-crashed") where a parser fails,
    GiveUp("bad-url") for an address that cannot be taken apart.
    """
    task = _Task(
        entry=entry or Entry(url=url),
        feed=feed,
        url=url,
        final_url=final_url or url,
        own_address=_own_address(final_url or url),
        content_type=content_type,
        fetched=fetched or datetime.now(UTC),
        min_words=min_words,
    )
    try:
        outcome = _read(html, task)
    except _FOREIGN as error:
        raise SetAside("extractor-crashed", f"{type(error).__name__}: {error}"[:500], url=url) from error
    return replace(outcome, url=url) if isinstance(outcome, Refused) else outcome


def preload() -> None:
    """Load now what the first page would load (language model, date tables, stop words), for forked processes to share.

    Measured: 75 MB and 0.7 s for the model, 1 to 3 s for the date tables, 0.3 s for the stop words of all languages.
    """
    jt_stoplist_init()
    words = "A paragraph of plain words that is long enough to be read as the text of a page and told to be English. "
    # A date that no language writes so: only then does htmldate load the tables of all of them.
    body = f"<h1>A page</h1><p class='date'>Thu 12 2026 Mar</p><p>{words * 8}</p>"
    page = f"<html><head><title>A page</title></head><body>{body}</body></html>"
    extract(page.encode(), "https://news.invalid/world/a-page-1.html")


def _own_address(url: str) -> str:
    """The address's one form; as given where it is none that can be asked for, for a file may come from anywhere.

    Raises GiveUp("bad-url") for one that cannot be taken apart.
    """
    try:
        urlsplit(url)
    except ValueError as error:
        raise GiveUp("bad-url", str(error), url=url) from error
    try:
        return canonical(url)
    except GiveUp:
        return url


def _match_key(address: str) -> str:
    try:
        return match_key(address)
    except GiveUp:
        return ""


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
    uses = reserved(tree)
    live = publication.live(tree, head)
    published = metadata.published(tree, head, task.entry.published, task.fetched)
    drop_large_data(tree)
    drop_invisible(tree)
    posts = embeds.take_out(tree, head.url)
    named, sites = titles(head), site_names(head)
    titled = frozenset(map(key, named)) - {""}
    drop_other_stories(tree, titled)
    open_layout_table(tree, titled)
    part_by_breaks(tree)
    byline = read_authors(tree, head, sites, titled)
    lines = read_lines(tree)
    blocks = read_body(tree, lines, head, known(tree, head, named, byline))
    title = headline(head, named, task.entry.title)
    paywalled = metadata.paywalled(head)
    refused = refuse(head, blocks, paywalled=paywalled, title=title, min_words=task.min_words)
    if refused or not title:
        return refused or Refused(reason="not-article", detail="the page has no title")
    spots = outline.locate(tree, lines, [block.text for block in blocks], ("figure", "wbr"))
    byline = _completed(byline, task.entry, blocks, sites)
    text = "\n\n".join(block.text for block in blocks)
    address = _address(head, task)
    spoken, confidence = language(text, head.language or task.entry.language)
    placed = publication.country(head, task.feed)
    article = Article(
        id=digest(address),
        url=task.url,
        final_url=task.final_url,
        canonical_url=address,
        match_key=_match_key(address),
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
        language=spoken,
        language_confidence=confidence,
        source=task.feed.source if task.feed else head.host,
        feed=task.feed.name if task.feed else head.host,
        site=head.site,
        section=metadata.section(head) or (task.feed.section if task.feed else None),
        tags=metadata.tags(head, task.entry.tags),
        country=placed[0] if placed else None,
        countries=countries(title, text, spoken),
        images=pictures.read_pictures([s for s in spots if s.element.tag == "figure"], head, task.entry.image),
        embeds=_placed(posts, spots),
        word_count=count_words(text),
        paywalled=paywalled,
        live=live[0] if live else None,
        reserved=uses,
        extractor=EXTRACTOR,
    )
    return replace(article, provenance=_provenance(article, head, task.entry, placed, live))


def _provenance(
    article: Article, head: Head, entry: Entry, placed: tuple[str, str] | None, live: tuple[bool, str] | None
) -> dict[str, str]:
    """Where each field was read: by its value, or as its reader says."""
    fields = {
        "title": [article.title],
        "subtitle": [article.subtitle or ""],
        "authors": article.authors,
        "section": [article.section or ""],
        "tags": article.tags[:1],
        "site": [article.site or ""],
        "images": [image.url for image in article.images[:1]],
    }
    said = {
        "published": article.published_source,
        "country": placed[1] if placed else None,
        "live": live[1] if live else None,
        "canonical_url": "page" if head.canonical and article.canonical_url != article.final_url else "url",
        "language": "text" if article.language != head.language else "text and page",
    }
    found = provenance.origins(fields, provenance.Said(head=head, entry=entry))
    return found | {name: place for name, place in said.items() if place}


def known(tree: HtmlElement, head: Head, named: Sequence[str], byline: Byline) -> Known:
    """What the page says of its article outside the text; `named` are its titles."""
    printed = (byline.printed or "", f"by {byline.printed or ''}")
    said = (head.meta("og:description"), head.meta("description"), head.said("description"))
    return Known(
        titles=frozenset(map(key, named)) - {""},
        descriptions=tuple({key(text) for text in said if text} - {""}),
        bylines=frozenset(key(line) for line in printed) - {"", "by"},
        captions=pictures.caption_keys(tree),
    )


def _placed(posts: Sequence[Embed], spots: Sequence[outline.Spot]) -> tuple[Embed, ...]:
    """The embeds that stand in the article, not beside it."""
    return tuple(
        replace(posts[int(number)], position=spot.before)
        for spot in spots
        if spot.inside and (number := spot.element.get(outline.MARK)) is not None
    )


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
    named = sane_canonical(head.canonical, task.final_url) if head.canonical else None
    return named or task.own_address
