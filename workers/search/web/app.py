"""The search page and the API as one application, given its store, its ledger and its clock."""

from fastapi import APIRouter, FastAPI
from jinja2 import Environment, PackageLoader, StrictUndefined

from workers.ledger.journal import Journal
from workers.search.web import api, desk_pages, feeds, health, links, metrics, pages, pulse, said, show, static, trouble
from workers.search.web.guard import Guard
from workers.search.web.sources import Clock, Describe, Desk, Read, Reader

SHOWN = (
    "ago",
    "count",
    "country_name",
    "day",
    "direction",
    "emphasised",
    "exact",
    "host",
    "language_name",
    "rate",
    "safe_href",
    "short_day",
    "size",
    "span",
    "span_short",
    "stamp",
    "stretches",
    "took",
)
"""Filters of the templates."""
JUDGED = ("articles_a_day", "seconds_a_poll", "spared", "state", "why")
"""Functions that judge a feed's health."""
SAID = ("event_said", "origin_said", "reason_said", "room_said", "without_address")
"""Filters that put the constant words of the ledger into a reader's."""
LINKED = ("article_href", "dead_href", "feed_href", "filter_href", "search_href", "trace_href")
"""Functions of the templates."""


def create_app(
    reader: Reader,
    journal: Journal,
    *,
    read: Read,
    describe: Describe,
    clock: Clock,
    door: APIRouter | None = None,
) -> FastAPI:
    """The application; whoever made the reader closes it. `door` is where hubs knock (`hub.routes`)."""
    app = FastAPI(
        title="newsdesk",
        summary="Search the news",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = Desk(
        reader=reader, journal=journal, read=read, describe=describe, clock=clock, templates=templates()
    )
    for routes in (pages.router, desk_pages.router, api.router, feeds.router, metrics.router, static.router):
        app.include_router(routes)
    if door is not None:
        app.include_router(door)
    app.add_middleware(Guard)
    trouble.install(app)
    return app


def templates() -> Environment:
    """The templates: everything is escaped, and a name they do not know is an error."""
    environment = Environment(
        loader=PackageLoader("workers.search.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in SHOWN:
        environment.filters[name] = getattr(show, name)
    for name in SAID:
        environment.filters[name] = getattr(said, name)
    for name in LINKED:
        environment.globals[name] = getattr(links, name)
    for name in JUDGED:
        environment.globals[name] = getattr(health, name)
    environment.globals |= {"asset_href": static.asset_href, "bars": pulse.bars, "poll_summary": pulse.summary}
    return environment
