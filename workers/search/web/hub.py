"""Where hubs knock (WebSub): they ask whether we meant a subscription, and bring what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal, Protocol

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

READ_SECONDS = 30
"""For the whole body of a push."""
TYPE_CHARS = 200

PLAIN = {"X-Content-Type-Options": "nosniff"}
"""The challenge is a stranger's text: no browser may take it for anything else (W3C WebSub §5.3.1)."""


class Callbacks(Protocol):
    """Judges what hubs say and keeps what they bring: `workers.poll.callbacks.Callbacks`."""

    def knows(self, callback: str) -> bool:
        """Whether a hub has this address from us."""

    def heard(self, callback: str, said: Mapping[str, str]) -> str | None:
        """The text to answer a hub's question with; None when we do not agree."""

    def brought(
        self, callback: str, signature: str | None, body: bytes, content_type: str
    ) -> Literal["kept", "unsigned", "unknown"]:
        """Keep what a hub pushes."""


def routes(callbacks: Callbacks, limit: int) -> APIRouter:
    """The two routes of a callback; `limit` bounds a push, in bytes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/hub/{callback}")
    def verify(callback: str, request: Request) -> Response:
        """Echo the challenge of a hub we asked; 404 for what we do not want (§5.3.1)."""
        answer = callbacks.heard(callback, request.query_params)
        return _plain(404, "no such subscription") if answer is None else _plain(200, answer)

    @router.post("/hub/{callback}")
    async def push(callback: str, request: Request) -> Response:
        """Take what is new. 410 ends a subscription; a wrong signature is not told from a right one (§7.1.2)."""
        if not await run_in_threadpool(callbacks.knows, callback):
            return _plain(410, "no such subscription")
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await _body(request, limit)
        except TimeoutError:
            return _plain(408, f"more than {READ_SECONDS} s for one push")
        if body is None:
            return _plain(413, f"more than {limit} bytes in one push")
        signature = request.headers.get("x-hub-signature")
        content_type = request.headers.get("content-type", "")[:TYPE_CHARS]
        outcome = await run_in_threadpool(callbacks.brought, callback, signature, body, content_type)
        return _plain(410, "no such subscription") if outcome == "unknown" else _plain(202, "")

    return router


async def _body(request: Request, limit: int) -> bytes | None:
    """The whole body; None as soon as it is known to be over the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared[:20]) > limit:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            return None
    return bytes(body)


def _plain(status: int, text: str) -> Response:
    return Response(text, status, PLAIN, media_type="text/plain")
