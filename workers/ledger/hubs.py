"""The subscriptions at hubs (WebSub): one a feed, found by the feed's name or by the address its hub calls.

nd:push:<feed>  the subscription as JSON; only `feed` and `callback` mean anything here
nd:callbacks    hash: callback -> feed
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import redis

CALLBACKS = "nd:callbacks"

Plain = dict[str, Any]


class Hubs:
    """Keeps subscriptions as plain dicts. Raises redis.RedisError when Redis is away: nothing is half done then."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def get(self, feed: str) -> Plain | None:
        """The subscription of a feed; None when it has none."""
        return _read(self._redis.get(_key(feed)))

    def by_callback(self, callback: str) -> Plain | None:
        """The subscription a hub means; None when there is none, or when the feed has gone on to another."""
        feed: Any = self._redis.hget(CALLBACKS, callback)
        found = self.get(feed.decode()) if feed else None
        return found if found and found["callback"] == callback else None

    def put(self, subscription: Plain) -> None:
        """The subscription of its feed from now on; the callback of an earlier one is forgotten."""
        key = _key(subscription["feed"])

        def replaced(pipe: Any) -> None:
            before = _read(pipe.get(key))
            pipe.multi()
            if before and before["callback"] != subscription["callback"]:
                pipe.hdel(CALLBACKS, before["callback"])
            pipe.hset(CALLBACKS, subscription["callback"], subscription["feed"])
            pipe.set(key, _written(subscription))

        self._redis.transaction(replaced, key)

    def change(self, callback: str, change: Callable[[Plain], Plain | None]) -> Plain | None:
        """Put what `change` makes of a subscription in its place, with nothing between; returns what is there now.

        `change` may be called again when another process was faster. None, of it or of this: nothing was changed.
        """
        found = self.by_callback(callback)
        if found is None:
            return None
        key = _key(found["feed"])

        def changed(pipe: Any) -> Plain | None:
            before = _read(pipe.get(key))
            after = change(before) if before and before["callback"] == callback else None
            pipe.multi()
            if after is not None:
                pipe.set(key, _written(after))
            return after

        transaction: Any = self._redis.transaction  # typed for callables that return nothing
        outcome: Plain | None = transaction(changed, key, value_from_callable=True)
        return outcome

    def drop(self, feed: str) -> bool:
        """Forget a feed's subscription, so that its hub is told so when it calls; False when there was none."""
        found = self.get(feed)
        if found is None:
            return False
        with self._redis.pipeline() as pipe:
            pipe.delete(_key(feed))
            pipe.hdel(CALLBACKS, found["callback"])
            pipe.execute()
        return True


def _key(feed: str) -> str:
    return f"nd:push:{feed}"


def _read(text: Any) -> Plain | None:
    plain: Plain | None = json.loads(text) if text else None
    return plain


def _written(subscription: Plain) -> str:
    return json.dumps(subscription, ensure_ascii=False)
