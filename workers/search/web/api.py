"""The same answers for programs, as JSON under /v1."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from workers.ledger.journal import JournalDown, Status, Trace
from workers.model import Answer, Article, Hit, Sort, to_plain
from workers.search.journey import traced
from workers.search.missing import Missing, explain
from workers.search.web.contract import Found, Highlight, Item, Problem, Reading, Total
from workers.search.web.pages import Typed
from workers.search.web.show import plain
from workers.search.web.sources import Desk, OpenDesk

router = APIRouter()

REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The question is malformed"},
    503: {"model": Problem, "description": "A part of the service is down; Retry-After says when to ask again"},
}

EXAMPLES = {
    "/v1/articles": "/v1/articles?q=truce+lang:en+newer:2d&sort=newest&limit=5",
    "/v1/feeds": "/v1/feeds",
    "/v1/trace": "/v1/trace?url=https://…",
    "/v1/status": "/v1/status",
}
"""What to try on the page about the API; an article's id is known only from a search."""


@router.get("/v1/articles", responses={200: {"model": Found}, **REFUSALS}, summary="Search articles")
def search(
    desk: OpenDesk,
    *,
    q: Annotated[Typed, Query(description="The question, in the language of the search page; empty finds all")] = "",
    sort: Annotated[Sort | None, Query(description="The order; the question may name it too")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Articles in one answer")] = 20,
    cursor: Annotated[str | None, Query(description="next_cursor of the answer before")] = None,
    facets: Annotated[bool, Query(description="Count the values of each facet")] = True,
) -> JSONResponse:
    """Search articles; the answer says how the question was understood."""
    query = desk.read(q, now=desk.clock(), sort=sort, limit=limit, cursor=cursor)
    answer = desk.reader.search(query, facets=facets)
    return JSONResponse(to_plain(found(answer, desk.describe(query))))


@router.get(
    "/v1/articles/{id}",
    responses={200: {"model": Article}, 404: {"model": Problem, "description": "No such article"}, **REFUSALS},
    summary="One article",
)
def article(
    desk: OpenDesk,
    request: Request,
    id: Annotated[str, Path(description="An item's id")],  # noqa: A002 - the name in the path and the model
) -> Response:
    """One article whole; the ETag changes with each newer reading, and when its story is joined to another."""
    kept = desk.reader.get(id)
    if kept is None:
        raise HTTPException(404, f"there is no article {id!r}")
    headers = {"ETag": f'"{kept.version}-{kept.revision}-{kept.story}"', "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return JSONResponse(kept.to_dict(), headers=headers)


@router.get(
    "/v1/trace",
    responses={
        200: {"model": Trace},
        404: {"model": Missing, "description": "Never announced: who could tell, and what is nearest"},
        **REFUSALS,
    },
    summary="Why is that article missing?",
)
def trace(
    desk: OpenDesk, url: Annotated[Typed, Query(min_length=1, description="An article's address or id")]
) -> JSONResponse:
    """An article's whole journey: announced when and by whom, each stage with its outcome, duration and worker."""
    found = traced(url, desk.journal, desk.reader)
    if found:
        return JSONResponse(to_plain(found))
    return JSONResponse(to_plain(explain(url, desk.journal, desk.reader, desk.clock())), 404)


@router.get("/v1/status", responses={200: {"model": Status}, 503: REFUSALS[503]}, summary="The service at a glance")
def status(desk: OpenDesk) -> JSONResponse:
    """What waits, what is done, what failed, room by room."""
    return JSONResponse(to_plain(desk.journal.status()))


@router.get("/v1/docs", include_in_schema=False)
def docs(desk: OpenDesk, request: Request) -> HTMLResponse:
    """The operations, as a page of our own: the usual ones load their scripts from elsewhere."""
    described = request.app.openapi()
    operations = [
        {
            "verb": verb.upper(),
            "path": path,
            "example": f"curl '{str(request.base_url).rstrip('/')}{EXAMPLES[path]}'" if path in EXAMPLES else "",
            "fields": _fields(described, operation),
            **operation,
        }
        for path, verbs in described["paths"].items()
        for verb, operation in verbs.items()
    ]
    return HTMLResponse(desk.render("docs.html", operations=operations, title=described["info"]["title"]))


@router.get("/health/live", include_in_schema=False)
def live() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"live": True})


@router.get("/health/ready", include_in_schema=False)
def ready(desk: OpenDesk) -> JSONResponse:
    """Searches can be answered; the ledger is told of but not needed."""
    store = desk.reader.health()
    account = {"ready": store.ok, "store": store.detail, "ledger": _trouble_of_ledger(desk) or "up"}
    return JSONResponse(account, 200 if store.ok else 503)


def found(answer: Answer, reading: str) -> Found:
    """An answer in the shape of the API."""
    query = answer.query
    return Found(
        query=Reading(text=query.text, reading=reading, sort=query.sort),
        total=Total(value=answer.total, relation="eq" if answer.exact else "gte"),
        took_ms=round(answer.took_ms, 1),
        items=tuple(_item(hit) for hit in answer.hits),
        facets=answer.facets,
        warnings=tuple(dict.fromkeys(query.warnings + answer.warnings)),
        next_cursor=answer.next_cursor,
    )


def _fields(described: dict[str, Any], operation: dict[str, Any]) -> tuple[str, ...]:
    """The names at the top of an operation's answer."""
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    model = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return tuple(model["properties"])


def _item(hit: Hit) -> Item:
    return Item(
        id=hit.id,
        url=hit.url,
        title=plain(hit.title),
        excerpts=tuple(plain(excerpt) for excerpt in hit.excerpts),
        highlight=Highlight(title=hit.title, excerpts=hit.excerpts),
        source=hit.source,
        language=hit.language,
        section=hit.section,
        authors=hit.authors,
        agency=hit.agency,
        published=hit.published,
        first_seen=hit.first_seen,
        image=hit.image,
        score=hit.score,
    )


def _trouble_of_ledger(desk: Desk) -> str | None:
    try:
        desk.journal.status()
    except JournalDown as error:
        return str(error)
    return None
