"""A few requests to sites, as politely as the service makes them: the effects of `feeds add` and `feeds check`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from workers.address import host
from workers.errors import Fate, GiveUp, TryAgain
from workers.fetch import manners
from workers.model import Reply
from workers.settings import Fetching

FEED_TYPES = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class Spent(GiveUp):
    """No more requests may be made."""


class Getter(Protocol):
    """What asks: `workers.fetch.client.Client`, or a fake in its place."""

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int,
        accept: str,
        types: tuple[str, ...] | None = None,
    ) -> Reply:
        """One request; raises Fate."""


class Scout:
    """Asks one address after the other: a host rests between two requests, and there are `budget` of them at most.

    `told` hears each request before it is made. Raises Spent (a GiveUp) when none is left.
    """

    def __init__(
        self,
        fetching: Fetching,
        getter: Getter,
        *,
        budget: int,
        told: Callable[[str], None] = lambda _: None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetching, self._getter, self._told, self._pause, self._clock = fetching, getter, told, pause, clock
        self.left = budget
        self._free: dict[str, float] = {}
        self._robots: dict[str, manners.RobotsFile] = {}

    def ask(self, url: str, *, accept: str = FEED_TYPES, limit: int | None = None, **wanted: Any) -> Reply:
        """The answer after all redirects, whatever its status; `seconds` without the waiting. Raises Fate."""
        permanent, hops, seconds, asked = True, tuple[str, ...](), 0.0, url
        for _ in range(self._fetching.redirects + 1):
            began = self._ready(asked)
            try:
                reply = self._getter.get(asked, accept=accept, limit=limit or self._fetching.feed_bytes, **wanted)
            finally:
                seconds += self._clock() - began
                self._free[host(asked)] = self._clock() + self._rest(asked).total_seconds()
            permanent, hops = permanent and (reply.permanent or not reply.hops), hops + reply.hops
            if reply.redirect is None:
                return replace(reply, hops=hops, permanent=permanent and bool(hops), seconds=seconds)
            asked = reply.redirect
        raise GiveUp("too-many-redirects", f"more than {self._fetching.redirects} hosts", url=url)

    def robots(self, url: str) -> manners.RobotsFile:
        """The rules of a host, asked for once."""
        where = manners.robots_url(url)
        if where not in self._robots:
            try:
                reply = self.ask(where, accept="text/plain, */*;q=0.5", limit=self._fetching.robots_bytes)
                rules = manners.RobotsFile(status=reply.status, body=reply.body)
                self._robots[manners.robots_url(reply.url)] = rules
            except TryAgain:
                rules = manners.RobotsFile(status=None)
            except Spent:
                raise
            except GiveUp:
                rules = manners.RobotsFile(status=404)
            self._robots[where] = rules
        return self._robots[where]

    def permission(self, url: str) -> manners.Permission:
        """Whether robots.txt lets us ask for a page; a host that fails to say its rules allows nothing."""
        try:
            return manners.permission(self.robots(url), url, self._fetching.user_agent.partition("/")[0])
        except TryAgain as fate:
            return manners.Permission(allowed=False, crawl_delay=None, reason=f"{fate.reason}: {fate.detail}")

    def _ready(self, url: str) -> float:
        """Wait for the host's turn; the moment the request begins."""
        if self.left <= 0:
            raise Spent("enough-asked", "no more requests are made for this", url=url)
        self.left -= 1
        self._told(url)
        wait = self._free.get(host(url), 0.0) - self._clock()
        if wait > 0:
            self._pause(wait)
        return self._clock()

    def _rest(self, url: str) -> timedelta:
        """How long its host is left alone after a request: our gap, or the Crawl-delay it asks for, up to the cap."""
        gap = timedelta(seconds=self._fetching.gap_seconds)
        robots = self._robots.get(manners.robots_url(url))
        if robots is None or manners.is_unreachable(robots):
            return gap
        wished = manners.permission(robots, url, self._fetching.user_agent.partition("/")[0]).crawl_delay
        return max(gap, min(wished or gap, timedelta(seconds=self._fetching.crawl_delay_cap_seconds)))


def refused(reply: Reply) -> Fate | None:
    """What a status that brings no document means; None when it brings one."""
    try:
        manners.judge_status(reply)
    except Fate as fate:
        return fate
    return None
