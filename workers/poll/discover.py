"""Where a site says, or usually has, its feeds: leads to be asked, best first. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from workers.poll import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

How = Literal["itself", "named", "linked", "guessed", "sitemap"]
"""The address that was given; named as a feed by the page or its Link header; linked from it; usual; in robots.txt."""

TYPES = frozenset(
    {
        *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"),
        *("application/x-rss+xml", "application/json", "application/xml", "text/xml"),
    }
)
"""Types a page names its feeds with; oEmbed's and others have names of their own."""

USUAL = (
    "feed",
    "rss",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "rss/index.xml",
    "feeds/all.atom.xml",
)
"""Where feeds stand when no page names them, the commonest first (WordPress, Drupal, Jekyll, Hugo, Ghost, Pelican)."""

NOWHERE = "no-such-feed-0f3e9b/feed.xml"
"""What no site has: one that answers it with a feed answers everything so."""

LEADS = 40
"""Read from one page; a list of all of a newspaper's feeds is longer, and nobody asks so many."""

_FEEDLIKE = re.compile(
    r"(?:^|[/._-])(?:feeds?|rss2?|atom|rdf)(?:[?/._-]|$)|[?&](?:feed|format|output|type)=(?:rss2?|atom|xml|json)\b|\.rss\b",
    re.IGNORECASE,
)
_FEED_WORDS = re.compile(r"feeds?|rss2?|atom|rdf|xml|json|index|all|news|www|en|default", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|komment|коммент|评论|コメント|التعليق", re.IGNORECASE)
_NOT_FEEDS = re.compile(r"wp-json|oembed|opensearch|manifest", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]{1,2048})>([^<]{0,500})")
_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """An address that may be a feed."""

    url: str
    how: How
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a page says of itself and of its feeds."""

    url: str
    name: str | None = None
    """The publication's (og:site_name)."""
    language: str | None = None
    leads: tuple[Lead, ...] = ()
    """Best first."""


def linked(html: bytes, url: str) -> tuple[str, ...]:
    """The feed addresses a page names, best first, at most 5; feeds of readers' comments are none."""
    leads = read_page(html, url).leads
    return tuple(lead.url for lead in leads if not is_of_comments(lead.url, lead.title))[:5]


def read_page(html: bytes, url: str, *, link_header: str = "") -> Site:
    """The feeds that a page (and its Link header, RFC 8288) names or links to, and its name and language.

    Source of `<link rel=alternate>`: https://www.rssboard.org/rss-autodiscovery. Never raises.
    """
    root = _root(html)
    elements = [element for element in root.iter() if isinstance(element.tag, str)] if root is not None else []
    base = next((words.link(e.get("href"), url) for e in elements if e.tag == "base" and e.get("href")), None) or url
    leads = (*_of_header(link_header, url), *_named(elements, base), *_anchors(elements, base))
    return Site(
        url=url,
        name=words.tidy(next((e.get("content") for e in elements if e.get("property") == "og:site_name"), None)),
        language=words.language(root.get("lang")) if root is not None else None,
        leads=best_first(leads, url),
    )


def best_first(leads: Iterable[Lead], page: str) -> tuple[Lead, ...]:
    """Each address once: feeds of comments last, named before linked, those of the page's own section first."""
    unique: dict[str, Lead] = {}
    for lead in leads:
        if lead.url != page:
            unique.setdefault(lead.url, lead)
    ordered = sorted(
        unique.values(),
        key=lambda lead: (is_of_comments(lead.url, lead.title), lead.how == "linked", strays(lead.url, page)),
    )
    return tuple(ordered)[:LEADS]


def guesses(page: str) -> tuple[Lead, ...]:
    """The usual addresses: three under the page's own path first, then those of the whole site."""
    split = urlsplit(page)
    root = f"{split.scheme}://{split.netloc}/"
    folder = root + split.path.strip("/") + "/" if split.path.strip("/") else root
    under = [folder + name for name in USUAL[:3]] if folder != root else []
    return tuple(Lead(url=url, how="guessed") for url in dict.fromkeys((*under, *(root + name for name in USUAL))))


def nowhere(page: str) -> str:
    """An address on the page's site at which nothing can be."""
    return urljoin(page, "/" + NOWHERE)


def sitemaps(robots: bytes, url: str) -> tuple[Lead, ...]:
    """The sitemaps a robots.txt names, those of news first; the others only if there are none."""
    found = (words.link(match[1].decode("utf-8", "replace"), url) for match in _SITEMAP.finditer(robots))
    leads = tuple(Lead(url=address, how="sitemap") for address in dict.fromkeys(found) if address)[:LEADS]
    news = tuple(lead for lead in leads if is_of_news(lead.url))
    return news or leads


def is_of_news(url: str) -> bool:
    """Whether a sitemap's address says that it lists news."""
    return re.search(r"news|latest|recent|today|breaking", urlsplit(url).path, re.IGNORECASE) is not None


def is_of_comments(url: str, title: str | None) -> bool:
    """Whether a feed seems to carry readers' comments."""
    return bool(_COMMENTS.search(urlsplit(url).path) or _COMMENTS.search(title or ""))


def is_feedlike(url: str) -> bool:
    """Whether an address looks like that of a feed, or of a list of feeds."""
    split = urlsplit(url)
    return bool(_FEEDLIKE.search(f"{split.path}?{split.query}")) and not _NOT_FEEDS.search(url)


def strays(url: str, page: str) -> int:
    """How far a feed is from a page: parts of the page's path it lacks, and parts of its own that the page has not."""
    own, wanted = _parts(url), _parts(page)
    return 2 * len(wanted - own) + len(own - wanted)


def _root(html: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(html, etree.HTMLParser(no_network=True, recover=True)) if html.strip() else None
    except etree.LxmlError:
        return None  # nothing in it is markup


def _parts(url: str) -> frozenset[str]:
    found = re.split(r"[/._?=&-]+", unquote(urlsplit(url).path).casefold())
    return frozenset(part for part in found if part and not _FEED_WORDS.fullmatch(part))


def _of_header(header: str, url: str) -> Iterator[Lead]:
    for target, parameters in _LINK.findall(header[:20_000]):
        given = dict(re.findall(r";\s*(\w+)\s*=\s*\"?([^\";,]*)", parameters))
        if "alternate" in given.get("rel", "").split() and (lead := _lead(target, url, given.get("type"), "named")):
            yield lead


def _named(elements: Sequence[etree._Element], base: str) -> Iterator[Lead]:
    for element in elements:
        relations = (element.get("rel") or "").lower().split()
        if element.tag == "link" and "alternate" in relations and "stylesheet" not in relations:
            lead = _lead(element.get("href"), base, element.get("type"), "named", element.get("title"))
            if lead:
                yield lead


def _lead(href: str | None, base: str, type_: str | None, how: How, title: str | None = None) -> Lead | None:
    named = (type_ or "").partition(";")[0].strip().lower() in TYPES
    address = words.link(href, base) if named else None
    if address is None or _NOT_FEEDS.search(address):
        return None
    return Lead(url=address, how=how, title=words.tidy(title))


def _anchors(elements: Sequence[etree._Element], base: str) -> Iterator[Lead]:
    for element in elements:
        if element.tag != "a" or not (address := words.link(element.get("href"), base)):
            continue
        address = address.partition("#")[0]
        if is_feedlike(address) and _is_near(address, base):
            text = "".join(str(part) for part in element.itertext())
            yield Lead(url=address, how="linked", title=words.tidy(text))


def _is_near(url: str, page: str) -> bool:
    """Whether both are of one site, or the feed is at a host that serves feeds: readers' own buttons are not."""
    there, here = (urlsplit(address).hostname or "" for address in (url, page))
    return there.split(".")[-2:] == here.split(".")[-2:] or there.startswith(("feeds.", "rss.", "feedpress."))
