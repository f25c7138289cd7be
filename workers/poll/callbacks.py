"""What hubs say at our address (WebSub): judged by the rules, remembered, and handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

import structlog

from workers.model import to_plain
from workers.poll.websub import Subscription, is_signed, verification

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Memory(Protocol):
    """Keeps subscriptions as plain dicts: `workers.ledger.hubs.Hubs`."""

    def by_callback(self, callback: str) -> dict[str, Any] | None:
        """The subscription a hub means; None when there is none, or no longer."""

    def change(self, callback: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> dict[str, Any] | None:
        """Put what `change` makes of it in its place, with nothing between; None changes nothing."""


class Deliver(Protocol):
    """Takes what was pushed into the service."""

    def __call__(self, feed: str, body: bytes, content_type: str, /) -> bool:
        """True once it is kept; False when no feed of that name is followed."""


class Callbacks:
    """What hubs say at our address: judged, remembered, and handed on."""

    def __init__(self, memory: Memory, deliver: Deliver, clock: Callable[[], datetime]) -> None:
        self._memory, self._deliver, self._clock = memory, deliver, clock

    def knows(self, callback: str) -> bool:
        """Whether a hub was ever given this address, and still has it."""
        return self._memory.by_callback(callback) is not None

    def heard(self, callback: str, said: Mapping[str, str]) -> str | None:
        """The answer to a hub's question, given as its query parameters; None when we do not agree."""
        answers: list[str] = []

        def judged(plain: dict[str, Any]) -> dict[str, Any] | None:
            verdict = verification(Subscription.from_dict(plain), said, self._clock())
            answers[:] = [verdict[1]] if verdict else []  # the change is judged again when another came between
            return verdict[0].to_dict() if verdict else None

        changed = self._memory.change(callback, judged)
        if changed is None:
            log.warning("hub asked what we did not", callback=callback, mode=said.get("hub.mode"))
            return None
        reason = {"reason": said["hub.reason"]} if said.get("hub.reason") else {}
        log.info("hub answered", feed=changed["feed"], outcome=changed["state"], ends=changed["ends"], **reason)
        return answers[0]

    def brought(
        self, callback: str, signature: str | None, body: bytes, content_type: str
    ) -> Literal["kept", "unsigned", "unknown"]:
        """Take what a hub pushes; what it did not sign is dropped."""
        plain = self._memory.by_callback(callback)
        if plain is None:
            return "unknown"
        subscription = Subscription.from_dict(plain)
        if not is_signed(subscription.secret, signature, body):
            log.warning("push dropped, its signature is wrong", feed=subscription.feed, bytes=len(body))
            return "unsigned"
        if not self._deliver(subscription.feed, body, content_type):
            return "unknown"
        now = self._clock()
        self._memory.change(callback, lambda latest: {**latest, "delivered": to_plain(now)})
        log.info("pushed", feed=subscription.feed, bytes=len(body))
        return "kept"
