"""The constant words of the log and the ledger, as a reader would say them."""

from __future__ import annotations

from workers.model import Event

REASONS = {
    "bad-url": "not an address that can be fetched",
    "busy": "the site is busy",
    "consent-wall": "only a consent form",
    "extractor-crashed": "the page broke the extractor",
    "forbidden": "the site refuses us",
    "gone": "taken down by the publisher",
    "http-4xx": "the site refuses the request",
    "duplicate": "the same words on the same site",
    "kills-its-worker": "the page took its worker down",
    "not-article": "not an article",
    "not-found": "not found",
    "paywall-only": "only a paywall",
    "redirect-loop": "redirected in a circle",
    "refused-address": "an address we never connect to",
    "robots": "the site keeps robots out",
    "robots-unreachable": "robots.txt cannot be read",
    "soft-404": "an error page that claims to be one of content",
    "timeout": "no answer in time",
    "too-large": "too large",
    "too-many-redirects": "redirected too often",
    "too-short": "too little text",
    "too-slow": "sent too slowly",
    "unsupported-type": "not a web page",
}
"""Why an article waits or ended; a word that is not here is told as it is."""

ORIGINS = {
    "json-ld": "the page’s data for machines",
    "meta": "the page’s head",
    "microdata": "the page’s markup",
    "page": "the page’s text",
    "opengraph": "the page’s preview for others",
    "host": "the address’s domain",
    "url": "the address",
    "text": "the words themselves",
    "text and page": "the words, and the page agrees",
    "feed": "the feed",
}
"""Where a field was read."""

ROOMS = {
    "poll": "asks feeds what is new",
    "fetch": "gets pages, one at a time from a host",
    "extract": "understands a page",
    "index": "makes it searchable",
}
"""What each room does."""


def reason_said(reason: str) -> str:
    """A reason in words."""
    return REASONS.get(reason, reason)


def origin_said(origin: str) -> str:
    """Where a field was read, in words."""
    return ORIGINS.get(origin, origin)


def room_said(room: str) -> str:
    """What a room does; "" for one that is not known here."""
    return ROOMS.get(room, "")


def without_address(detail: str | None, url: str) -> str:
    """A detail beside an address, without that address at its end: said once is enough."""
    return (detail or "").removesuffix(url).rstrip(": ")


def event_said(event: Event, feeds: dict[str, str], url: str) -> str:
    """What there is to know about an event of the article at `url` besides its outcome; `feeds` has their sources."""
    if event.outcome == "announced" and event.detail in feeds:
        return f"by {feeds[event.detail]}"
    return without_address(event.detail, url)
