"""The operator's pages: the health of feeds, an article's journey, what was set aside, how the rooms are doing."""

from itertools import groupby

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from workers.ledger.journal import DeadLetter
from workers.search.web.sources import OpenDesk

LETTERS = 500
"""Dead letters shown; the command line lists them all."""

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/feeds")
def feeds(desk: OpenDesk) -> str:
    """Every feed with its last polls, and when and why it is asked next."""
    return desk.render("feeds.html", feeds=desk.journal.feeds())


@router.get("/feeds/{name:path}")
def feed(desk: OpenDesk, name: str) -> str:
    """One feed, poll by poll."""
    health = desk.journal.feed(name)
    if health is None:
        raise HTTPException(404, f"No feed is called {name!r}.")
    return desk.render("feed.html", health=health)


@router.get("/trace")
def trace(desk: OpenDesk, url: str = "") -> HTMLResponse:
    """Why is it missing? The whole journey of the article announced at an address."""
    asked = url.strip()
    found = desk.journal.trace(asked) if asked else None
    html = desk.render("trace.html", asked=asked, trace=found)
    return HTMLResponse(html, 404 if asked and found is None else 200)


@router.get("/dead")
def dead(desk: OpenDesk) -> str:
    """What was set aside or given up, by reason, the most frequent first."""
    letters = desk.journal.dead(LETTERS)
    return desk.render("dead.html", groups=by_reason(letters), shown=len(letters), total=desk.journal.status().dead)


@router.get("/status")
def status(desk: OpenDesk) -> str:
    """How busy each room is, and how the store is."""
    return desk.render("status.html", status=desk.journal.status(), store=desk.reader.health())


def by_reason(letters: tuple[DeadLetter, ...]) -> tuple[tuple[str, tuple[DeadLetter, ...]], ...]:
    """Letters that died of the same reason together, the largest group first, newest letters first."""
    ordered = sorted(letters, key=lambda letter: letter.reason)
    groups = [(reason, tuple(members)) for reason, members in groupby(ordered, key=lambda letter: letter.reason)]
    return tuple(sorted(groups, key=lambda group: -len(group[1])))
