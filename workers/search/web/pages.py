"""The reader's pages: today, search, one article."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from workers import model
from workers.ledger.journal import FeedHealth, JournalDown, Status
from workers.model import Sort
from workers.search.changes import steps
from workers.search.web import front, guard
from workers.search.web.attention import attention
from workers.search.web.narrowing import Chip, chips, narrowings, words
from workers.search.web.prose import pieces
from workers.search.web.show import language_name
from workers.search.web.sources import Desk, OpenDesk

NEWEST = 100
"""Articles the front page is made of: as many as one answer holds."""
TYPED = 1000
"""Letters in a question; longer ones are refused before any store sees them."""
STRIPS = ("section", "language")
"""Facets offered under the date, in this order."""
WIDENINGS = 6
"""Filters and words left out one by one when nothing matches: each is a search of its own."""

Typed = Annotated[str, Query(max_length=TYPED)]

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/")
def today(desk: OpenDesk, since: datetime | None = None) -> str:
    """The newest articles; with `since`, those published from that moment on."""
    now = desk.clock()
    query = desk.read("", now=now, sort="newest", limit=NEWEST)
    if since is not None:
        query = replace(query, filters=replace(query.filters, since=_aware(since)))
    answer = desk.reader.search(query)
    return desk.render(
        "today.html",
        front=front.compose(answer.hits),
        answer=answer,
        since=since and _aware(since),
        strips=sorted(
            (n for n in narrowings(answer, sort="newest") if n.field in STRIPS), key=lambda n: STRIPS.index(n.field)
        ),
        feeds=() if answer.hits else _feeds(desk),
        status=_status(desk),
    )


@router.get("/search")
def search(
    desk: OpenDesk,
    q: Typed = "",
    sort: Sort | None = None,
    cursor: str | None = None,
) -> str:
    """Results with facets; without a question, everything, newest first."""
    order: Sort | None = sort or (None if q.strip() else "newest")
    query = desk.read(q, now=desk.clock(), sort=order, cursor=cursor)
    answer = desk.reader.search(query)
    in_force = chips(query, sort=sort)
    return desk.render(
        "search.html",
        answer=answer,
        query=query,
        reading=_reading(desk, query),
        sort=sort,
        cursor=cursor,
        chips=in_force,
        narrowings=narrowings(answer, sort=sort),
        attention=attention(answer),
        warnings=tuple(dict.fromkeys(query.warnings + answer.warnings)),
        widenings=() if answer.hits or cursor else _widenings(desk, in_force + words(query, sort=sort)),
    )


@router.get("/article/{id}")
def article(
    desk: OpenDesk,
    request: Request,
    id: str,  # noqa: A002 - the name in the path and the model
    images: bool = False,
) -> HTMLResponse:
    """One article; with `images`, its pictures are loaded from their publisher."""
    found = desk.reader.get(id)
    if found is None:
        raise HTTPException(404, f"There is no article {id!r} here.")
    html = desk.render(
        "article.html",
        article=found,
        pieces=pieces(found),
        images=images,
        path=request.url.path,
        byline=_byline(found),
        stand=_stand(found),
        steps=steps(found) if found.revisions else (),
        feed=_feed_title(desk, found.feed),
    )
    return HTMLResponse(html, headers=guard.headers(images=images))


def _byline(article: model.Article) -> str | None:
    """The byline as printed when it says more than the authors' names."""
    byline = article.byline
    return byline if byline and byline not in article.authors else None


def _reading(desk: Desk, query: model.Query) -> str:
    """How it was understood, with languages by their names; programs are told the codes."""
    filters = query.filters
    named = replace(
        filters,
        language=tuple(map(language_name, filters.language)),
        not_language=tuple(map(language_name, filters.not_language)),
    )
    return desk.describe(replace(query, filters=named))


def _stand(article: model.Article) -> str | None:
    """The standfirst, unless the text begins with the very same words."""
    stand = (article.subtitle or "").rstrip(" .…")
    return None if article.text.startswith(stand) else article.subtitle


def _feed_title(desk: Desk, name: str) -> str:
    """What the feed calls itself, or its publication; its name when the ledger cannot say."""
    try:
        health = desk.journal.feed(name)
    except JournalDown:
        return name
    return (health.memory.title or health.feed.source) if health else name


def _widenings(desk: Desk, offers: tuple[Chip, ...]) -> tuple[tuple[Chip, int], ...]:
    """The offers that would find something, with how much."""
    counted = []
    for chip in offers[:WIDENINGS]:
        query = desk.read(chip.text, now=desk.clock(), limit=1)
        counted.append((chip, desk.reader.search(query, facets=False).total))
    return tuple((chip, total) for chip, total in counted if total)


def _feeds(desk: Desk) -> tuple[FeedHealth, ...] | None:
    """None when the ledger cannot say."""
    try:
        return desk.journal.feeds()
    except JournalDown:
        return None


def _status(desk: Desk) -> Status | None:
    try:
        return desk.journal.status()
    except JournalDown:
        return None


def _aware(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise HTTPException(400, f"since: {moment.isoformat()} is outside the calendar") from error
