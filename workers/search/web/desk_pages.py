"""The operator's pages: an article's journey, what was set aside, how the rooms are doing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from workers.errors import ConfigError
from workers.ledger.journal import DeadLetter
from workers.ledger.letters import Wanted, moment
from workers.search.journey import traced
from workers.search.missing import explain, sentences
from workers.search.web.sources import Desk, OpenDesk

LETTERS = 500
"""Dead letters shown; the command line lists them all."""
EVERY = 100_000
"""Looked through where a filter is set."""

SITES = 50
"""Shown of those whose pages were read: the troubled ones first, then the busiest."""

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/trace")
def trace(desk: OpenDesk, url: str = "") -> HTMLResponse:
    """Why is it missing? The whole journey of the article announced at an address."""
    asked = url.strip()
    found = traced(asked, desk.journal, desk.reader) if asked else None
    missing = explain(asked, desk.journal, desk.reader, desk.clock()) if asked and not found else None
    told = tuple(sentences(missing)) if missing else ()
    html = desk.render(
        "trace.html", asked=asked, trace=found, missing=missing, told=told, sources=sources(desk) if found else {}
    )
    return HTMLResponse(html, 404 if asked and found is None else 200)


@router.get("/dead")
def dead(desk: OpenDesk, feed: str = "", reason: str = "", host: str = "", since: str = "") -> HTMLResponse:
    """What was set aside or given up, by reason, the most frequent first; all of it, or what the filters leave."""
    problem, begins = None, None
    try:
        begins = moment(since, datetime.now(UTC)) if since else None
    except ConfigError as error:
        problem = f"“{since}” {error.problem}"
    wanted = Wanted(feed=feed or None, reason=reason or None, host=host or None, since=begins)
    latest = desk.journal.dead(LETTERS if wanted.is_all else EVERY)
    letters = [letter for letter in latest if wanted.takes(letter)][:LETTERS]
    html = desk.render(
        "dead.html",
        groups=by_reason(letters),
        asked={"feed": feed, "reason": reason, "host": host, "since": since},
        filtered=not wanted.is_all,
        problem=problem,
        shown=len(letters),
        total=desk.journal.status().dead,
        sources=sources(desk),
    )
    return HTMLResponse(html, 400 if problem else 200)


@router.get("/status")
def status(desk: OpenDesk) -> str:
    """How busy each room is, and how the store is."""
    sites = sorted(desk.journal.yields(), key=lambda site: (site.problem is None, -site.today.pages, site.site))
    return desk.render("status.html", status=desk.journal.status(), store=desk.reader.health(), sites=sites[:SITES])


def sources(desk: Desk) -> dict[str, str]:
    """The publication behind each feed's name, which is an operator's word."""
    return {health.feed.name: health.feed.source for health in desk.journal.feeds()}


def by_reason(letters: Sequence[DeadLetter]) -> tuple[tuple[str, tuple[DeadLetter, ...]], ...]:
    """Letters that died of the same reason together, the largest group first, newest letters first."""
    ordered = sorted(letters, key=lambda letter: letter.reason)
    groups = [(reason, tuple(members)) for reason, members in groupby(ordered, key=lambda letter: letter.reason)]
    return tuple(sorted(groups, key=lambda group: -len(group[1])))
