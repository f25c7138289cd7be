"""Subscriptions at hubs, kept in a real Valkey."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from workers.ledger.hubs import CALLBACKS, Hubs

pytestmark = pytest.mark.integration


@pytest.fixture
def hubs(client: redis.Redis) -> Hubs:
    return Hubs(client)


def subscription(feed: str = "Gazette", callback: str = "c1", **parts: Any) -> dict[str, Any]:
    return {"feed": feed, "callback": callback, "hub": "https://hub.test/", "ends": None, **parts}


def test_a_subscription_is_found_by_its_feed_and_by_its_callback(hubs: Hubs) -> None:
    hubs.put(subscription())
    hubs.put(subscription("Zeitung für Fels", "c2"))
    assert hubs.get("Gazette") == subscription()
    assert hubs.by_callback("c1") == subscription()
    assert hubs.by_callback("c2") == hubs.get("Zeitung für Fels") == subscription("Zeitung für Fels", "c2")


def test_what_was_never_put_is_not_there(hubs: Hubs) -> None:
    assert hubs.get("Gazette") is None
    assert hubs.by_callback("c1") is None
    assert hubs.change("c1", lambda plain: plain) is None
    assert not hubs.drop("Gazette")


def test_the_callback_of_an_earlier_subscription_is_forgotten(hubs: Hubs, client: redis.Redis) -> None:
    hubs.put(subscription())
    hubs.put(subscription(callback="c2"))
    assert hubs.by_callback("c1") is None
    assert hubs.by_callback("c2") == hubs.get("Gazette") == subscription(callback="c2")
    assert client.hgetall(CALLBACKS) == {b"c2": b"Gazette"}


def test_a_change_replaces_what_is_there_and_none_leaves_it(hubs: Hubs) -> None:
    hubs.put(subscription())
    changed = hubs.change("c1", lambda plain: {**plain, "ends": "2026-12-01"})
    assert changed == hubs.get("Gazette") == subscription(ends="2026-12-01")
    assert hubs.change("c1", lambda _: None) is None
    assert hubs.get("Gazette") == changed


def test_a_change_is_made_of_the_latest_state_whoever_wrote_it(hubs: Hubs, client: redis.Redis) -> None:
    hubs.put(subscription())
    seen: list[Any] = []

    def while_another_writes(plain: dict[str, Any]) -> dict[str, Any]:
        if not seen:
            Hubs(client).put(subscription(ends="2026-12-01"))
        seen.append(plain["ends"])
        return {**plain, "delivered": "2026-11-24"}

    assert hubs.change("c1", while_another_writes) == subscription(ends="2026-12-01", delivered="2026-11-24")
    assert seen == [None, "2026-12-01"]
    assert hubs.get("Gazette") == subscription(ends="2026-12-01", delivered="2026-11-24")


def test_a_change_meant_for_an_earlier_subscription_does_not_touch_the_new_one(hubs: Hubs, client: redis.Redis) -> None:
    hubs.put(subscription())

    def while_the_feed_moves_on(plain: dict[str, Any]) -> dict[str, Any]:
        Hubs(client).put(subscription(callback="c2"))
        return {**plain, "ends": "2026-12-01"}

    assert hubs.change("c1", while_the_feed_moves_on) is None
    assert hubs.get("Gazette") == subscription(callback="c2")


def test_a_dropped_subscription_leaves_nothing_behind(hubs: Hubs, client: redis.Redis) -> None:
    hubs.put(subscription())
    assert hubs.drop("Gazette")
    assert hubs.get("Gazette") is None
    assert hubs.by_callback("c1") is None
    assert client.keys() == []
