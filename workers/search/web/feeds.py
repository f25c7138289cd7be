"""Feeds and how they are doing: for people at /feeds, for programs at /v1/feeds."""

from dataclasses import fields
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import HTMLResponse, JSONResponse

from workers.errors import StoreDown
from workers.ledger.journal import FeedHealth
from workers.model import Hit, to_plain
from workers.search.typed import with_filter
from workers.search.web import health as judged
from workers.search.web.contract import FeedItem, FeedList, FeedWhole, Problem
from workers.search.web.sources import Desk, OpenDesk

LATEST = 5
"""Articles on the page of a feed."""

router = APIRouter()

REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such feed"},
    503: {"model": Problem, "description": "The ledger is down; Retry-After says when to ask again"},
}


@router.get("/feeds", response_class=HTMLResponse, include_in_schema=False)
def feeds_page(desk: OpenDesk) -> str:
    """Every feed with its last polls, and when and why it is asked next; what needs an operator first."""
    now = desk.clock()
    known = sorted(desk.journal.feeds(), key=lambda one: judged.state(one, now) not in judged.BAD)
    return desk.render("feeds.html", feeds=known, bad=sum(judged.state(one, now) in judged.BAD for one in known))


@router.get("/feeds/{name:path}", response_class=HTMLResponse, include_in_schema=False)
def feed_page(desk: OpenDesk, name: str) -> str:
    """One feed, poll by poll."""
    health = known_feed(desk, name)
    return desk.render("feed.html", health=health, latest=_latest(desk, health.feed.source))


@router.get("/v1/feeds", responses={200: {"model": FeedList}, 503: REFUSALS[503]}, summary="All feeds")
def feeds(desk: OpenDesk) -> JSONResponse:
    """Every feed and how it is doing, by name; `why` says it in one sentence."""
    return JSONResponse(to_plain(FeedList(feeds=tuple(item(one, desk) for one in desk.journal.feeds()))))


@router.get("/v1/feeds/{name:path}", responses={200: {"model": FeedWhole}, **REFUSALS}, summary="One feed")
def feed(desk: OpenDesk, name: Annotated[str, Path(description="A feed's name in feeds.toml")]) -> JSONResponse:
    """One feed with its last polls, newest first."""
    health = known_feed(desk, name)
    shared = {one.name: getattr(item(health, desk), one.name) for one in fields(FeedItem)}
    return JSONResponse(to_plain(FeedWhole(**shared, polls=health.polls)))


def known_feed(desk: Desk, name: str) -> FeedHealth:
    """The feed of that name, or a 404 that says so."""
    health = desk.journal.feed(name)
    if health is None:
        raise HTTPException(404, f"No feed is called {name!r}.")
    return health


def item(health: FeedHealth, desk: Desk) -> FeedItem:
    """A feed's health in the shape of the API."""
    feed, memory, now = health.feed, health.memory, desk.clock()
    return FeedItem(
        name=feed.name,
        url=feed.url,
        source=feed.source,
        language=feed.language,
        country=feed.country,
        section=feed.section,
        title=memory.title,
        state=judged.state(health, now),
        why=judged.why(health, now),
        polled=memory.polled,
        next_poll=None if memory.gone else memory.next_poll,
        next_reason=memory.next_reason,
        articles_a_day=judged.articles_a_day(health),
        unmodified_share=judged.spared(health.polls),
        seconds_a_poll=judged.seconds_a_poll(health.polls),
        failures=memory.failures,
        indexed=health.indexed,
        waiting=health.waiting,
        dead=health.dead,
        asked_at=memory.url or feed.url,
        moved_to=memory.moved_to,
        found=memory.found,
        hub=memory.hub,
        pushed_until=health.push_until,
        held_until=health.held_until,
    )


def _latest(desk: Desk, source: str) -> tuple[Hit, ...]:
    """The newest articles of a publication; none while the store is down, as the feed's health is known without."""
    query = desk.read(with_filter("", "source", source), now=desk.clock(), sort="newest", limit=LATEST)
    try:
        return desk.reader.search(query, facets=False).hits
    except StoreDown:
        return ()
