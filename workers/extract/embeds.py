"""Posts, videos and frames set into an article: taken out of its text and kept beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml.etree import SubElement
from lxml.html import HtmlElement

from workers.extract.outline import MARK
from workers.extract.wording import plain, tidy
from workers.model import Embed

EMBEDS = 200
QUOTE_KINDS = {
    "twitter-tweet": "twitter",
    "twitter-video": "twitter",
    "instagram-media": "instagram",
    "tiktok-embed": "tiktok",
    "reddit-embed-bq": "reddit",
    "reddit-card": "reddit",
    "bluesky-embed": "bluesky",
    "mastodon-embed": "mastodon",
    "fb-post": "facebook",
    "fb-video": "facebook",
    "telegram-post": "telegram",
    "text-post-media": "threads",
}
"""Classes the sites' own embed codes carry."""
FRAME_HOSTS = {
    "youtube.com": "youtube",
    "youtube-nocookie.com": "youtube",
    "youtu.be": "youtube",
    "vimeo.com": "vimeo",
    "dailymotion.com": "dailymotion",
    "twitter.com": "twitter",
    "x.com": "twitter",
    "instagram.com": "instagram",
    "facebook.com": "facebook",
    "tiktok.com": "tiktok",
    "t.me": "telegram",
    "reddit.com": "reddit",
    "redditmedia.com": "reddit",
    "bsky.app": "bluesky",
    "soundcloud.com": "soundcloud",
    "spotify.com": "spotify",
}
"""Hosts whose frames are someone's post; other frames are advertisements and widgets and are dropped."""
_PERMALINK = re.compile(
    r"/status(?:es)?/\d+|/p/[\w-]+|/reel/|/video/\d+|/comments/|/posts?/[\w:.-]+|/permalink|/@[^/]+/\d+|^/\w+/\d+$"
)
_SIGNATURE = re.compile(r"[—–-]\s*(?P<name>[^()\n]{1,100}\(@[\w.]{1,40}\))\s*(?P<date>[^\n]{0,40})$")
_SHARED_BY = re.compile(r"\(?@[\w.]{2,40}\)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_US_DATE = re.compile(r"([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}), (\d{4})$")
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def take_out(tree: HtmlElement, url: str) -> tuple[Embed, ...]:
    """Replace every embed of the tree by an empty element marked with its number (outline.MARK).

    The embeds come in document order and without `position`, which the outline knows.
    """
    found: list[Embed] = []
    for element in list(tree.iter("blockquote", "iframe", "div", "script", "amp-twitter", "amp-youtube")):
        embed = _read(element, url) if len(found) < EMBEDS else None
        if embed is not None and _attached(element, tree):
            _replace(element, len(found))
            found.append(embed)
    return tuple(found)


def _read(element: HtmlElement, url: str) -> Embed | None:
    readers: dict[str, Callable[[HtmlElement, str], Embed | None]] = {
        "iframe": _frame,
        "script": _telegram,
        "amp-twitter": _amp,
        "amp-youtube": _amp,
    }
    return readers.get(str(element.tag), _post)(element, url)


def _post(element: HtmlElement, url: str) -> Embed | None:
    kind = next((QUOTE_KINDS[c] for c in (element.get("class") or "").split() if c in QUOTE_KINDS), None)
    if kind is None:
        return None
    text = tidy(" ".join(element.itertext()))
    signed = _SIGNATURE.search(text)
    words = text[: signed.start()].strip() if signed else text
    return Embed(
        kind=kind,
        url=_own_address(element, url),
        author=tidy(signed["name"]) if signed else _handle(element, text),
        text=_tight(words) or None,
        published=_posted(signed["date"] if signed else "", element),
    )


def _own_address(element: HtmlElement, url: str) -> str | None:
    """Where the post stands: stated in the embed code, else its last link that looks like a post's."""
    for name in ("cite", "data-instgrm-permalink", "data-href", "data-bluesky-uri", "data-url"):
        if stated := element.get(name):
            return _absolute(stated, url)
    links = [address for a in element.iter("a") if (address := _absolute(a.get("href") or "", url))]
    return next((link for link in reversed(links) if _PERMALINK.search(urlsplit(link).path)), None)


def _handle(element: HtmlElement, text: str) -> str | None:
    stated = element.get("data-unique-id") or element.get("data-author")
    if stated:
        return tidy(stated)
    handle = _SHARED_BY.search(text)
    return handle[0].strip("()") if handle else None


def _posted(written: str, element: HtmlElement) -> datetime | None:
    """The day in the embed's signature, as embed codes write it: "October 8, 2020", or a <time> inside."""
    stated = next((t.get("datetime") for t in element.iter("time") if t.get("datetime")), None)
    if (iso := _ISO_DAY.search(stated or written)) is not None:
        year, month, day = map(int, iso.groups())
    elif (found := _US_DATE.search(written.strip())) is not None and found[1].lower() in _MONTHS:
        year, month, day = int(found[3]), 1 + _MONTHS.index(found[1].lower()), int(found[2])
    else:
        return None
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _frame(element: HtmlElement, url: str) -> Embed | None:
    lazy = ("src", "data-src", "data-lazy-src", "data-litespeed-src")
    address = next((a for name in lazy if (a := _absolute(element.get(name) or "", url))), None)
    if address is None:
        return None
    parts = urlsplit(address)
    host = parts.hostname or ""
    kind = next((kind for name, kind in FRAME_HOSTS.items() if host == name or host.endswith("." + name)), None)
    if kind is None or "/plugins/like" in parts.path or "/plugins/page" in parts.path or "follow_button" in parts.path:
        return None
    if kind == "facebook":
        address = parse_qs(parts.query).get("href", [address])[0]
    return Embed(kind=kind, url=address, text=plain(element.get("title")))


def _telegram(element: HtmlElement, _url: str) -> Embed | None:
    post = element.get("data-telegram-post")
    if not post:
        return None
    return Embed(kind="telegram", url=f"https://t.me/{tidy(post)}", author="@" + tidy(post).partition("/")[0])


def _amp(element: HtmlElement, _url: str) -> Embed | None:
    if post := element.get("data-tweetid"):
        return Embed(kind="twitter", url=f"https://twitter.com/i/status/{tidy(post)}")
    if video := element.get("data-videoid"):
        return Embed(kind="youtube", url=f"https://www.youtube.com/watch?v={tidy(video)}")
    return None


def _absolute(address: str, url: str) -> str | None:
    try:
        whole = urljoin(url, tidy(address))
        return whole if whole.startswith(("http://", "https://", "at://")) and address.strip() else None
    except ValueError:
        return None


def _tight(text: str) -> str:
    """Text without the spaces that joining inline elements put before punctuation."""
    return re.sub(r"\s+([,.;:!?…])", r"\1", text).strip()


def _attached(element: HtmlElement, tree: HtmlElement) -> bool:
    """Still in the tree: not inside an embed that was taken out."""
    root = element
    while (above := root.getparent()) is not None:
        root = above
    return root is tree


def _replace(element: HtmlElement, number: int) -> None:
    parent = element.getparent()
    mark = SubElement(parent, "wbr", {MARK: str(number)})
    mark.tail, element.tail = element.tail, None
    parent.replace(element, mark)
