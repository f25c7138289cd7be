"""The door hubs knock at, asked as hubs and strangers ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Literal

import httpx
import pytest
from fastapi import FastAPI

from workers.search.web import hub

LIMIT = 1_000


class FakeCallbacks:
    """Knows one callback, "c1"; `agrees` and `refuses` say how it judges; `asked` and `taken` hold what came."""

    def __init__(self) -> None:
        self.answer: str | None = None
        self.outcome: Literal["kept", "unsigned", "unknown"] = "kept"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.taken: list[tuple[str, str | None, bytes, str]] = []

    def agrees(self, answer: str) -> None:
        self.answer = answer

    def refuses(self, outcome: Literal["unsigned", "unknown"]) -> None:
        self.outcome = outcome

    def knows(self, callback: str) -> bool:
        return callback == "c1"

    def heard(self, callback: str, said: Mapping[str, str]) -> str | None:
        self.asked.append((callback, dict(said)))
        return self.answer

    def brought(
        self, callback: str, signature: str | None, body: bytes, content_type: str
    ) -> Literal["kept", "unsigned", "unknown"]:
        self.taken.append((callback, signature, body, content_type))
        return self.outcome


@pytest.fixture
def callbacks() -> FakeCallbacks:
    return FakeCallbacks()


def ask(
    callbacks: FakeCallbacks,
    verb: str,
    address: str,
    body: bytes | AsyncIterator[bytes] = b"",
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    async def asked() -> httpx.Response:
        app = FastAPI()
        app.include_router(hub.routes(callbacks, LIMIT))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            return await client.request(verb, address, content=body, headers=headers)

    return asyncio.run(asked())


def test_a_challenge_we_agree_to_is_echoed_as_text_no_browser_takes_for_a_page(callbacks: FakeCallbacks) -> None:
    callbacks.agrees("<script>alert(1)</script>")
    answer = ask(callbacks, "GET", "/hub/c1?hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.test%2F%3Fb%3Dc")
    assert (answer.status_code, answer.text) == (200, "<script>alert(1)</script>")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert callbacks.asked == [("c1", {"hub.mode": "subscribe", "hub.topic": "https://a.test/?b=c"})]


def test_what_we_do_not_agree_to_is_not_found(callbacks: FakeCallbacks) -> None:
    assert ask(callbacks, "GET", "/hub/c1?hub.mode=unsubscribe").status_code == 404


def test_a_denial_is_acknowledged_with_an_empty_answer(callbacks: FakeCallbacks) -> None:
    callbacks.agrees("")
    answer = ask(callbacks, "GET", "/hub/c1?hub.mode=denied")
    assert (answer.status_code, answer.text) == (200, "")


def test_a_push_is_taken_byte_for_byte(callbacks: FakeCallbacks) -> None:
    body = b"<rss>\xff\x00</rss>"
    headers = {"X-Hub-Signature": "sha1=0", "Content-Type": "application/rss+xml; charset=x" + "y" * 500}
    assert ask(callbacks, "POST", "/hub/c1", body, headers).status_code == 202
    ((callback, signature, taken, content_type),) = callbacks.taken
    assert (callback, signature, taken) == ("c1", "sha1=0", body)
    assert content_type == headers["Content-Type"][: hub.TYPE_CHARS]


def test_a_push_without_signature_or_type_is_judged_as_such(callbacks: FakeCallbacks) -> None:
    ask(callbacks, "POST", "/hub/c1", b"<rss/>")
    assert callbacks.taken == [("c1", None, b"<rss/>", "")]


def test_a_wrong_signature_is_answered_as_a_right_one(callbacks: FakeCallbacks) -> None:
    kept = ask(callbacks, "POST", "/hub/c1", b"<rss/>")
    callbacks.refuses("unsigned")
    dropped = ask(callbacks, "POST", "/hub/c1", b"<rss/>")
    assert (dropped.status_code, dropped.content, dropped.headers) == (kept.status_code, kept.content, kept.headers)


def test_a_hub_learns_that_a_subscription_is_no_more_and_its_push_is_not_read(callbacks: FakeCallbacks) -> None:
    assert ask(callbacks, "POST", "/hub/c2", b"<rss/>").status_code == 410
    assert callbacks.taken == []
    callbacks.refuses("unknown")
    assert ask(callbacks, "POST", "/hub/c1", b"<rss/>").status_code == 410


def test_a_push_over_the_limit_is_refused_by_its_length_or_as_it_comes(callbacks: FakeCallbacks) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 400

    assert ask(callbacks, "POST", "/hub/c1", b"x" * (LIMIT + 1)).status_code == 413
    assert ask(callbacks, "POST", "/hub/c1", endless()).status_code == 413
    assert ask(callbacks, "POST", "/hub/c1", b"", {"Content-Length": "9" * 30}).status_code == 413
    assert callbacks.taken == []
    assert ask(callbacks, "POST", "/hub/c1", b"x" * LIMIT).status_code == 202


def test_a_push_that_drips_is_given_up(callbacks: FakeCallbacks, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"<rss>"
        await asyncio.Event().wait()

    monkeypatch.setattr(hub, "READ_SECONDS", 0.1)
    assert ask(callbacks, "POST", "/hub/c1", stalled()).status_code == 408
    assert callbacks.taken == []


@pytest.mark.parametrize("address", ["/hub", "/hub/", "/hub/c1/more"])
def test_there_is_nothing_beside_the_callbacks(callbacks: FakeCallbacks, address: str) -> None:
    assert ask(callbacks, "POST", address).status_code == 404
