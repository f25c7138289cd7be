"""From the address of a site to its feeds: each lead is asked, and only what is read as a feed is offered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from workers.cli.scout import Scout, Spent, refused
from workers.errors import Fate, GiveUp
from workers.model import ParsedFeed, Reply
from workers.poll import discover
from workers.poll.discover import Lead, Site
from workers.poll.offers import Offer, offer, ranked, recent_children, without_echoes
from workers.poll.parse import parse

BUDGET = 12
"""Requests for one `feeds add`: robots.txt, the page, and what they lead to."""

NAMED = 5
"""Feeds asked of those a page names."""

SITEMAPS = 2

FOR_SITEMAPS = 2
"""Requests kept for them when robots.txt names any: one may be an index."""

FEED_DOCUMENTS = (
    *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"),
    *("application/xml", "text/xml", "application/json", "text/plain", "application/octet-stream"),
)
"""Types of answers that may be read where robots.txt keeps us from pages: a feed is published to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found at an address."""

    site: Site
    offers: tuple[Offer, ...] = ()
    """Best first."""
    notes: tuple[str, ...] = ()
    """What stood in the way, one sentence each."""


class Search:
    """One search: what was asked, what it gave. `run` is the whole order of it."""

    def __init__(self, scout: Scout, *, now: datetime) -> None:
        self._scout, self._now = scout, now
        self._offers: list[Offer] = []
        self._notes: list[str] = []
        self._asked: set[str] = set()

    def run(self, url: str) -> Discovery:
        """The feeds at `url`. Raises Fate when the address itself cannot be asked."""
        reply = self._first(url)
        site = Site(url=url)
        found = self._try_reading(Lead(url=url, how="itself"), reply) if reply else None
        if reply and found and found.kind == "sitemap-index":
            self._read_newest(found, reply.url)
        elif reply and not found:
            site = discover.read_page(reply.body, reply.url, link_header=reply.headers.get("link", ""))
        if not self._offers:
            try:
                self._look_around(site)
            except Spent:
                self._notes.append(f"{BUDGET} requests were made, and no more are for one search.")
        offers = ranked(self._offers, site, now=self._now)
        return Discovery(site=site, offers=offers, notes=tuple(self._notes))

    def _first(self, url: str) -> Reply | None:
        """The answer at the address; where robots.txt keeps us from pages, only if it is a feed."""
        permission = self._scout.permission(url)
        types = None if permission.allowed else FEED_DOCUMENTS
        try:
            reply = self._scout.ask(url, types=types)
        except GiveUp as fate:
            if fate.reason != "unsupported-type" or permission.allowed:
                raise
            self._notes.append(f"The page was not read: {permission.reason}.")
            return None
        if (refusal := refused(reply)) is not None:
            raise refusal
        return reply

    def _look_around(self, site: Site) -> None:
        self._follow(site.leads[:NAMED])
        sitemaps = discover.sitemaps(self._scout.robots(site.url).body, site.url)
        if not any(one.feed.entries for one in self._offers):
            self._guess(site, keep=FOR_SITEMAPS if sitemaps else 0)
        self._read_sitemaps(sitemaps[:SITEMAPS])

    def _follow(self, leads: Iterable[Lead], *, deeper: bool = True) -> None:
        """Ask what a page names; a page that lists feeds is read too, once."""
        for lead in leads:
            reply = self._answer(lead)
            if reply is None or self._try_reading(lead, reply) is not None or lead.how != "linked" or not deeper:
                continue
            if self._scout.permission(lead.url).allowed:
                listed = discover.read_page(reply.body, reply.url).leads
                self._follow((one for one in listed[:NAMED] if not _is_comments(one)), deeper=False)

    def _guess(self, site: Site, *, keep: int) -> None:
        """The usual addresses, until one gives entries; then what a nonsense address answers is compared."""
        for lead in discover.guesses(site.url):
            if self._scout.left <= keep + 1:
                return
            if not self._scout.permission(lead.url).allowed:
                continue
            reply = self._answer(lead)
            found = self._try_reading(lead, reply) if reply else None
            if found is not None and found.entries:
                break
        if any(one.lead.how == "guessed" for one in self._offers):
            nonsense = self._answer(Lead(url=discover.nowhere(site.url), how="guessed"))
            echo = parse(nonsense.body, nonsense.url, nonsense.headers.get("content-type", "")) if nonsense else None
            kept = without_echoes(self._offers, echo)
            if len(kept) < len(self._offers):
                self._notes.append(f"{urlsplit(site.url).netloc} answers any address with the same feed.")
            self._offers = list(kept)

    def _read_sitemaps(self, leads: Iterable[Lead]) -> None:
        for lead in leads:
            reply = self._answer(lead)
            found = self._try_reading(lead, reply) if reply else None
            if reply and found is not None and found.kind == "sitemap-index":
                self._read_newest(found, reply.url)

    def _read_newest(self, index: ParsedFeed, url: str) -> None:
        """The sitemap of an index that most likely lists news."""
        for child in recent_children(index, url)[:1]:
            reply = self._answer(child)
            if reply is not None:
                self._try_reading(child, reply)

    def _answer(self, lead: Lead) -> Reply | None:
        """What a lead answers with a 2xx; None when it was asked before or answers nothing."""
        if lead.url in self._asked:
            return None
        self._asked.add(lead.url)
        try:
            reply = self._scout.ask(lead.url)
        except Spent:
            raise
        except Fate as fate:
            self._note(lead, str(fate))
            return None
        if (refusal := refused(reply)) is not None:
            self._note(lead, str(refusal))
            return None
        return reply

    def _note(self, lead: Lead, problem: str) -> None:
        if lead.how not in ("guessed", "itself"):
            self._notes.append(f"{problem}.")

    def _try_reading(self, lead: Lead, reply: Reply) -> ParsedFeed | None:
        """The feed in an answer, kept as an offer where it is one; None when it is no feed."""
        feed = parse(reply.body, reply.url, reply.headers.get("content-type", ""), now=self._now)
        if (found := offer(lead, reply, feed, now=self._now)) is not None:
            self._offers.append(found)
        return feed if feed.kind else None


def _is_comments(lead: Lead) -> bool:
    return discover.is_of_comments(lead.url, lead.title)
