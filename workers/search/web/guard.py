"""What a browser may do with our answers: nothing but show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def headers(*, images: bool = False) -> dict[str, str]:
    """The protective headers of an answer; `images` lets this one load pictures from elsewhere over https.

    Remote pictures are off by default: a reader's address is not the publisher's business.
    """
    pictures = "img-src 'self' https:" if images else "img-src 'self'"
    rules = (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        pictures,
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(rules),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


class Guard:
    """Puts the protective headers on every answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in headers().items():
                    sent.setdefault(name, value)
            await send(message)

        # Link checkers and monitors ask with HEAD; the server drops the body of what it was asked for so.
        asked = {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope
        await self.app(asked, receive, guarded)
