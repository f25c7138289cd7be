"""Being told what is new: the hubs of feeds, where the ledger, the client and WebSub's rules meet."""

from __future__ import annotations

from datetime import datetime

import structlog

from workers.connections import client, ledger, settings
from workers.ledger.bodies import pack_reply
from workers.ledger.hubs import Hubs
from workers.model import FeedMemory, Reply
from workers.poll import websub
from workers.poll.callbacks import Callbacks

log: structlog.stdlib.BoundLogger = structlog.get_logger()

ANSWER_BYTES = 100_000
"""More of a hub's answer to a subscription is not read."""


def subscription(feed: str) -> websub.Subscription | None:
    """What was asked for a feed, and what came of it; None always while no public address is set."""
    if not settings().poll.public_url:
        return None
    plain = Hubs(ledger().redis).get(feed)
    return websub.Subscription.from_dict(plain) if plain else None


def is_pushed(feed: str, now: datetime) -> bool:
    """Whether a hub brings what is new of a feed, so that it may be polled slowly."""
    return websub.carries(subscription(feed), now)


def planned(feed: str, memory: FeedMemory, now: datetime) -> websub.Subscription | None:
    """What to ask of a feed's hub now; None: nothing."""
    if not settings().poll.public_url or memory.hub is None or memory.topic is None:
        return None
    return websub.plan(feed, subscription(feed), websub.Announced(memory.hub, memory.topic), now)


def subscribe(feed: str, memory: FeedMemory, now: datetime) -> str:
    """Ask the hub, and say what it answered; whether it agrees it says later, at our address. Raises Fate."""
    plan = planned(feed, memory, now)
    if plan is None:
        return "nothing to ask"
    Hubs(ledger().redis).put(plan.to_dict())  # first: a quick hub calls before it has answered
    form = websub.request_form(plan, settings().poll.public_url)
    reply = client().post(plan.hub, form, websub.FORM, ANSWER_BYTES)
    if reply.redirect:  # §5.1.2: a hub may send us to another
        reply = client().post(reply.redirect, form, websub.FORM, ANSWER_BYTES)
    return websub.refusal(reply) or "taken"


def missed(feed: str) -> None:
    """A poll found what the hub should have brought."""
    found = subscription(feed)
    if found is not None and found.delivered is not None:
        Hubs(ledger().redis).change(
            found.callback, lambda plain: websub.missed(websub.Subscription.from_dict(plain)).to_dict()
        )
        log.warning("hub missed an article", feed=feed, hub=found.hub)


def door() -> Callbacks:
    """The door hubs knock at."""
    return Callbacks(Hubs(ledger().redis), deliver, ledger().now)


def deliver(feed: str, body: bytes, content_type: str) -> bool:
    """Take what was pushed into the service; False, and its subscription forgotten, when no such feed is followed."""
    found = subscription(feed)
    reply = Reply(
        url=found.topic if found else "", status=200, headers={"content-type": content_type}, body=body, pushed=True
    )
    if ledger().deliver(feed, pack_reply(reply)) != "off":
        return True
    Hubs(ledger().redis).drop(feed)
    return False
