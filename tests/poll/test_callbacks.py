"""What hubs say at our address is remembered, what they sign is handed on; then all of it over real HTTP."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.poll.hub_server import Door, Hub
from workers.fetch.client import Client
from workers.poll.callbacks import Callbacks
from workers.poll.websub import (
    FORM,
    LEASE,
    Announced,
    Subscription,
    carries,
    is_live,
    plan,
    refusal,
    request_form,
)
from workers.settings import Fetching

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://gazette.test/feed.xml"
RENEWAL = LEASE * 2 / 3


def subscription(**parts: Any) -> Subscription:
    values = {"feed": "Gazette", "hub": "https://hub.test/", "topic": URL, "callback": "c1", "secret": "s1"}
    return Subscription(**{"asked": NOW, **values, **parts})


def verified(**parts: Any) -> Subscription:
    return subscription(state="verified", unanswered=0, began=NOW, ends=NOW + LEASE, **parts)


def said(**parts: str) -> dict[str, str]:
    values = {"mode": "subscribe", "topic": URL, "challenge": "x1", "lease_seconds": "864000", **parts}
    return {f"hub.{name}": value for name, value in values.items()}


def signed(secret: str, body: bytes) -> str:
    return f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"


class FakeMemory:
    """Keeps subscriptions in a dict; `remembers` puts one there."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def remembers(self, found: Subscription) -> None:
        self.kept[found.callback] = found.to_dict()

    def recalls(self, callback: str) -> Subscription:
        return Subscription.from_dict(self.kept[callback])

    def by_callback(self, callback: str) -> dict[str, Any] | None:
        return self.kept.get(callback)

    def change(self, callback: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> dict[str, Any] | None:
        before = self.kept.get(callback)
        after = change(before) if before else None
        if after is not None:
            self.kept[callback] = after
        return after


class FakeService:
    """Takes what is pushed, in `taken`; `unfollows` makes it refuse."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes, str]] = []
        self.follows = True

    def unfollows(self) -> None:
        self.follows = False

    def __call__(self, feed: str, body: bytes, content_type: str, /) -> bool:
        if self.follows:
            self.taken.append((feed, body, content_type))
        return self.follows


@pytest.fixture
def memory() -> FakeMemory:
    return FakeMemory()


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def callbacks(memory: FakeMemory, service: FakeService) -> Callbacks:
    return Callbacks(memory, service, lambda: NOW)


def test_an_agreement_is_remembered(callbacks: Callbacks, memory: FakeMemory) -> None:
    memory.remembers(subscription())
    assert callbacks.heard("c1", said()) == "x1"
    assert is_live(memory.recalls("c1"), NOW)


def test_a_question_we_do_not_agree_to_changes_nothing(callbacks: Callbacks, memory: FakeMemory) -> None:
    memory.remembers(verified())
    assert callbacks.heard("c1", said(mode="unsubscribe")) is None
    assert callbacks.heard("c2", said()) is None
    assert memory.recalls("c1") == verified()


def test_a_denial_is_answered_with_nothing_and_remembered(callbacks: Callbacks, memory: FakeMemory) -> None:
    memory.remembers(verified())
    assert callbacks.heard("c1", said(mode="denied", reason="not here")) == ""
    assert memory.recalls("c1").state == "denied"


def test_a_signed_push_is_handed_on_and_its_time_remembered(
    callbacks: Callbacks, memory: FakeMemory, service: FakeService
) -> None:
    memory.remembers(verified())
    assert callbacks.brought("c1", signed("s1", b"<rss/>"), b"<rss/>", "text/xml") == "kept"
    assert service.taken == [("Gazette", b"<rss/>", "text/xml")]
    assert memory.recalls("c1").delivered == NOW


@pytest.mark.parametrize("signature", [None, signed("s2", b"<rss/>"), signed("s1", b"<rss>")])
def test_a_push_with_a_wrong_signature_is_dropped(
    callbacks: Callbacks, memory: FakeMemory, service: FakeService, signature: str | None
) -> None:
    memory.remembers(verified())
    assert callbacks.brought("c1", signature, b"<rss/>", "text/xml") == "unsigned"
    assert service.taken == []
    assert memory.recalls("c1").delivered is None


def test_a_push_for_what_is_not_followed_is_unknown(
    callbacks: Callbacks, memory: FakeMemory, service: FakeService
) -> None:
    assert callbacks.brought("c1", None, b"", "") == "unknown"
    memory.remembers(verified())
    service.unfollows()
    assert callbacks.brought("c1", signed("s1", b""), b"", "") == "unknown"
    assert memory.recalls("c1").delivered is None


# --- all of it, with a hub and HTTP between


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = Hub()
    yield opened
    opened.close()


@pytest.fixture
def door(callbacks: Callbacks) -> Iterator[Door]:
    opened = Door(callbacks, limit=10_000)
    yield opened
    opened.close()


def ask(memory: FakeMemory, hub: Hub, door: Door, current: Subscription | None, now: datetime) -> Subscription:
    """As the service does it: plan, remember, ask."""
    asked = plan("Gazette", current, Announced(hub.url, URL), now)
    assert asked is not None
    memory.remembers(asked)
    client = Client(Fetching.model_validate({"allow_networks": ("127.0.0.0/8",)}))
    reply = client.post(asked.hub, request_form(asked, door.url), FORM, 10_000)
    assert refusal(reply) is None
    return asked


@pytest.mark.integration
def test_a_feed_is_subscribed_to_pushed_and_renewed(
    memory: FakeMemory, service: FakeService, hub: Hub, door: Door
) -> None:
    asked = ask(memory, hub, door, None, NOW - RENEWAL)
    assert hub.verifies() == [(200, "text/plain")]
    first = memory.recalls(asked.callback)
    assert first.ends == NOW + hub.lease

    assert hub.publishes(b"<rss>1</rss>") == [202]
    assert service.taken == [("Gazette", b"<rss>1</rss>", "application/rss+xml")]
    assert carries(memory.recalls(asked.callback), NOW)

    hub.lease = 2 * DAY
    ask(memory, hub, door, replace(first, began=NOW - LEASE, ends=NOW), NOW)
    assert hub.verifies() == [(200, "text/plain")]
    assert memory.recalls(asked.callback).ends == NOW + 2 * DAY
    assert hub.publishes(b"<rss>2</rss>") == [202]
    assert [body for _, body, _ in service.taken] == [b"<rss>1</rss>", b"<rss>2</rss>"]


@pytest.mark.integration
def test_a_hub_that_signs_wrongly_learns_nothing_and_brings_nothing(
    memory: FakeMemory, service: FakeService, hub: Hub, door: Door
) -> None:
    ask(memory, hub, door, None, NOW)
    hub.verifies()
    assert hub.publishes(b"<rss>forged</rss>", secret="guessed") == [202]
    assert service.taken == []


@pytest.mark.integration
def test_a_hub_that_denies_is_believed(memory: FakeMemory, hub: Hub, door: Door) -> None:
    asked = ask(memory, hub, door, None, NOW)
    assert hub.denies("not allowed here") == [200]
    assert memory.recalls(asked.callback).state == "denied"
    assert hub.verifies() == [(404, "text/plain")]


@pytest.mark.integration
def test_a_hub_is_told_when_its_subscription_is_no_more(memory: FakeMemory, hub: Hub, door: Door) -> None:
    asked = ask(memory, hub, door, None, NOW)
    hub.verifies()
    del memory.kept[asked.callback]
    assert hub.publishes(b"<rss/>") == [410]
    assert hub.publishes(b"<rss/>") == []
