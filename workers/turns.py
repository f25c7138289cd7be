"""Asking hosts, each in its turn: the client and the ledger's lines together, with robots.txt and the rest after."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from workers.address import host
from workers.connections import client, ledger, settings
from workers.errors import GiveUp, NotYet, TryAgain
from workers.fetch import manners
from workers.ledger.jobs import Claim
from workers.model import Reply

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def ask(claim: Claim, url: str, **wanted: Any) -> Reply:
    """Ask, and follow to other hosts, each in its own turn; NotYet when one of them is busy.

    After a request's time is up no further host is asked: two such times at most, which a lease outlasts.
    """
    permanent = True
    hops: tuple[str, ...] = ()
    began = time.monotonic()
    for _ in range(settings().fetch.redirects + 1):
        if time.monotonic() - began > settings().fetch.deadline_seconds:
            raise TryAgain("timeout", f"{len(hops)} redirects in {time.monotonic() - began:.0f} s", url=url)
        reply = asked_in_turn(claim, url, **wanted)
        permanent, hops = permanent and (reply.permanent or not reply.hops), hops + reply.hops
        if reply.redirect is None:
            return replace(reply, hops=hops, permanent=permanent and bool(hops))
        url = reply.redirect
    raise GiveUp("too-many-redirects", f"more than {settings().fetch.redirects} hosts", url=url)


def asked_in_turn(claim: Claim, url: str, **wanted: Any) -> Reply:
    """One request; at a host that is not the claim's own, in a turn taken for it."""
    there = host(url)
    if there == claim.fields["host"]:
        return client().get(url, **wanted)
    span = timedelta(seconds=settings().fetch.deadline_seconds + 5)
    if wait := ledger().take_turn(there, claim.token, span):
        raise NotYet("turn", f"{there} is busy", url=url, after=wait)
    try:
        return client().get(url, **wanted)
    finally:
        ledger().take_turn(there, claim.token, rest_at(url))


def read_robots(claim: Claim, url: str) -> None:
    """Ask for the rules of this host, and keep what was heard for all workers."""
    fetch = settings().fetch
    asked = manners.robots_url(url)
    try:
        reply = ask(claim, asked, limit=fetch.robots_bytes, accept="text/plain, */*;q=0.5")
        rules = manners.RobotsFile(status=reply.status, body=reply.body)
    except TryAgain as fate:
        if isinstance(fate, NotYet):
            raise
        rules = manners.RobotsFile(status=None)
        log.warning("robots.txt unreachable", problem=str(fate))
    except GiveUp as fate:
        if fate.reason == "refused-address":
            raise
        rules = manners.RobotsFile(status=404)
        log.info("robots.txt unusable, taken for absent", problem=str(fate))
    crawl_delay = timedelta()
    if not manners.is_unreachable(rules):
        crawl_delay = manners.permission(rules, url, agent()).crawl_delay or crawl_delay
    keep = manners.keep(rules, timedelta(seconds=fetch.robots_ttl_seconds))
    ledger().remember_robots(asked, host(url), status=rules.status, body=rules.body, crawl_delay=crawl_delay, keep=keep)


def known_robots(url: str) -> manners.RobotsFile | None:
    """The rules of this host, while they are fresh."""
    found = ledger().robots(manners.robots_url(url))
    return manners.RobotsFile(status=found[0], body=found[1]) if found else None


def rest_of(claim: Claim) -> timedelta:
    """How long the claim's host is left alone after a request."""
    return rest(claim.crawl_delay)


def rest_at(url: str) -> timedelta:
    """How long any host is left alone after a request."""
    return rest(ledger().crawl_delay(host(url)))


def rest(crawl_delay: timedelta | None) -> timedelta:
    """The longer of our gap and a Crawl-delay, of which not more than the cap is kept."""
    fetch = settings().fetch
    gap, cap = timedelta(seconds=fetch.gap_seconds), timedelta(seconds=fetch.crawl_delay_cap_seconds)
    return max(gap, min(crawl_delay or timedelta(), cap))


def agent() -> str:
    """Our product token, by which robots.txt knows us."""
    return settings().fetch.user_agent.partition("/")[0]
