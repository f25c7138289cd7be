"""What an asker is told when there is no answer: a readable page, or RFC 9457 problem JSON under /v1."""

from http import HTTPStatus
from urllib.parse import quote

import redis
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from workers.errors import StoreDown
from workers.ledger.journal import JournalDown
from workers.search.web import guard
from workers.search.web.sources import desk_of

WAIT_SECONDS = 30
"""When to ask again while a part is down; a restart of either store takes about that long."""

STORE_DOWN = "The article store cannot be reached, so nothing can be searched or opened just now."
JOURNAL_DOWN = "The ledger cannot be reached, so the state of feeds and articles is unknown just now."


def install(app: FastAPI) -> None:
    """Teach the application to tell every kind of trouble."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreDown, _store_down)
    app.add_exception_handler(JournalDown, _journal_down)
    app.add_exception_handler(redis.RedisError, _journal_down)
    app.add_exception_handler(Exception, _defect)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return tell(request, error.status_code, error.detail, headers=dict(error.headers or {}))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in error.errors()]
    return tell(request, 400, "; ".join(wrong))


def _store_down(request: Request, error: Exception) -> Response:
    works = "Feeds, traces and the status page still work; nothing that was collected is lost."
    return tell(request, 503, f"{STORE_DOWN} ({error})", works=works, headers={"Retry-After": str(WAIT_SECONDS)})


def _journal_down(request: Request, error: Exception) -> Response:
    works = "Search and articles still work."
    return tell(request, 503, f"{JOURNAL_DOWN} ({error})", works=works, headers={"Retry-After": str(WAIT_SECONDS)})


def _defect(request: Request, _error: Exception) -> Response:
    # This answer is made outside the middleware, so it carries the headers itself.
    return tell(request, 500, "Something broke here. The log has the details.", headers=guard.headers())


def tell(
    request: Request, status: int, detail: str, *, works: str = "", headers: dict[str, str] | None = None
) -> Response:
    """Say it in the form the asker reads."""
    title = HTTPStatus(status).phrase
    if request.url.path.startswith("/v1/"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
        problem["instance"] = quote(request.url.path)
        return JSONResponse(problem, status, headers, media_type="application/problem+json")
    html = desk_of(request).render("trouble.html", status=status, title=title, detail=detail, works=works)
    return HTMLResponse(html, status, headers)
