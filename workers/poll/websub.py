"""WebSub as a subscriber: what to ask of a feed's hub, and what to make of what a hub says (W3C WebSub).

A hub pushes what is new the moment it is published; it may also fall silent without a word, so a
pushed feed is polled all the same, only less often. Pure; what acts on it is in callbacks.py.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from workers.model import Reply, moment, to_plain

FORM = "application/x-www-form-urlencoded"
"""The type of what `request_form` makes (§5.1)."""

LEASE = timedelta(days=10)
"""How long we ask to be told; what WebSub §8.2 calls a good default."""
LONGEST_LEASE = timedelta(days=30)
"""A longer lease is renewed as if it were this long: a hub that lost us is noticed within a month."""
UNSTATED_LEASE = timedelta(days=1)
"""Taken where a hub names none, or none that can be read, though §5.3 says it must."""
RENEW_AFTER = 2 / 3
"""Of the lease: the last third is left for a hub that is away."""
AGAIN, AGAIN_CAP = timedelta(hours=1), timedelta(hours=24)
"""No hub is asked twice within the first; it doubles with each ask that goes unanswered, up to the second."""
AFTER_DENIAL = timedelta(hours=24)

CHALLENGE = 2_000
"""Longest challenge echoed, in characters."""
ADDRESS = 2_048
SECURE = ("http://pubsubhubbub.appspot.com/", "http://pubsubhubbub.superfeedr.com/")
"""Hubs that feeds still announce without https and that have it (§8.2 asks us to prefer it): half of those seen."""
LINKS = 50
"""Links of one Link header that are looked at."""

ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
"""Of signatures (§7.1.1); most hubs still sign with SHA-1, which HMAC's use of it withstands."""

_LINK = re.compile(r'<([^<>]*)>((?:[^",<]|"[^"]*")*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


class Announced(NamedTuple):
    """What a publisher says of push."""

    hub: str
    topic: str
    """The feed's address as the hub knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What we asked of one feed's hub, and what came of it."""

    feed: str
    """The feed's name."""
    hub: str
    topic: str
    callback: str
    """The last part of the address the hub calls: unguessable, for it is all that names the caller."""
    secret: str
    """With it the hub signs what it brings."""
    state: Literal["asked", "verified", "denied"] = "asked"
    asked: datetime
    unanswered: int = 1
    """Asks since the hub last came back to us."""
    began: datetime | None = None
    """When the lease was given, and `ends` when it is over."""
    ends: datetime | None = None
    delivered: datetime | None = None
    """When the hub last brought something; None again once it failed to (`missed`)."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; times as UTC ISO 8601."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        times = {name: moment(plain[name]) for name in ("asked", "began", "ends", "delivered")}
        return cls(**{**plain, **times})


# --- what a publisher announces


def announced(headers: Mapping[str, str], hub: str | None, topic: str | None, url: str) -> Announced | None:
    """The hub a feed announces, or None; §4: Link headers go before what stands in the document.

    `hub` and `topic` are the document's own links, `url` is where it was read: the base of
    relative links, and the topic where none is named. Of several hubs the first with https is
    taken, else the first with http.
    """
    links = list(_links(headers.get("link", ""), url))
    hubs = [target for rel, target in links if rel == "hub"] or list(_absolute(hub, url))
    topics = [target for rel, target in links if rel == "self"] or list(_absolute(topic, url)) or [url]
    hubs = [address.replace("http:", "https:", 1) if address.startswith(SECURE) else address for address in hubs]
    hubs.sort(key=lambda address: not address.startswith("https:"))
    return Announced(hubs[0], topics[0]) if hubs else None


def _links(header: str, base: str) -> Iterator[tuple[str, str]]:
    """(relation, absolute address) of each link of a Link header (RFC 8288 §3)."""
    for found, _ in zip(_LINK.finditer(header), range(LINKS), strict=False):
        relations = _REL.search(found[2])
        for target in _absolute(found[1], base):
            for relation in ((relations[1] or relations[2] or "") if relations else "").lower().split():
                yield relation, target


def _absolute(link: str | None, base: str) -> Iterator[str]:
    """The http(s) address a link points to: one, or none."""
    try:
        target = urljoin(base, (link or "").strip()) if link else ""
        split = urlsplit(target)
    except ValueError:
        return  # not an address: no hub there
    if split.scheme in ("http", "https") and split.hostname and len(target) <= ADDRESS and target.isprintable():
        yield target


# --- what to ask of the hub


def plan(
    feed: str,
    current: Subscription | None,
    wanted: Announced | None,
    now: datetime,
    *,
    draw: Callable[[], str] = secrets.token_urlsafe,
) -> Subscription | None:
    """What to ask of the hub of `feed` now, as it is to be remembered before it is asked; None: nothing.

    Another hub or topic, or none before, begins anew, with a callback and a secret of its own
    (`draw`); the old hub is told 410 when it calls. A renewal keeps its callback, which to the hub
    is the name of the subscription: another one would be a second subscription beside it.
    """
    if wanted is None or (current is not None and now < current.asked + _rest(current)):
        return None
    if current is None or (current.hub, current.topic) != wanted:
        return Subscription(feed=feed, hub=wanted.hub, topic=wanted.topic, callback=draw(), secret=draw(), asked=now)
    if current.state == "verified":
        return replace(current, asked=now, unanswered=current.unanswered + 1) if now >= _renewal(current) else None
    return replace(current, state="asked", asked=now, unanswered=current.unanswered + 1)


def _rest(current: Subscription) -> timedelta:
    """How long after an ask the hub is not asked again, whatever the publisher announces by then."""
    if current.state == "denied":
        return AFTER_DENIAL
    doublings = min(max(current.unanswered - 1, 0), 10)
    return min(AGAIN * (1 << doublings), AGAIN_CAP)


def _renewal(current: Subscription) -> datetime:
    assert current.began is not None
    assert current.ends is not None
    return current.began + (current.ends - current.began) * RENEW_AFTER


def request_form(subscription: Subscription, public_url: str, lease: timedelta = LEASE) -> bytes:
    """The body of the request for a subscription (§5.1), as `FORM`; `public_url` has no slash at its end.

    The secret goes along even to a hub without https: who can read it there could read the callback
    too, and against everyone else it still protects.
    """
    fields = {
        "hub.mode": "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": f"{public_url}/hub/{subscription.callback}",
        "hub.lease_seconds": str(int(lease.total_seconds())),
        "hub.secret": subscription.secret,
    }
    return urlencode(fields).encode("ascii")


def refusal(reply: Reply) -> str | None:
    """Why a hub did not take the request, in words; None when it did (§5.1.2: 202, older hubs 204)."""
    if 200 <= reply.status < 300:
        return None
    words = " ".join(reply.body[:400].decode("utf-8", "replace").split())
    return f"status {reply.status}" + (f": {words[:200]}" if words else "")


# --- what the hub says


def verification(subscription: Subscription, said: Mapping[str, str], now: datetime) -> tuple[Subscription, str] | None:
    """What a hub's question at the callback makes of the subscription, and the text to answer with (§5.2, §5.3).

    None: we do not agree (404). We never ask to be taken off, so nobody else may on our behalf:
    what is no longer wanted is answered 410 when it comes.
    """
    mode = said.get("hub.mode")
    if unquote(said.get("hub.topic", "")) != unquote(subscription.topic):
        return None
    if mode == "denied":
        return replace(subscription, state="denied", unanswered=0, began=None, ends=None), ""
    challenge = said.get("hub.challenge", "")
    if mode != "subscribe" or subscription.state == "denied" or not 0 < len(challenge) <= CHALLENGE:
        return None
    ends = now + _lease(said.get("hub.lease_seconds", ""))
    return replace(subscription, state="verified", unanswered=0, began=now, ends=ends), challenge


def _lease(text: str) -> timedelta:
    seconds = int(text[:12]) if text.isascii() and text.isdecimal() else 0
    return min(timedelta(seconds=seconds), LONGEST_LEASE) if seconds else UNSTATED_LEASE


def is_signed(secret: str, header: str | None, body: bytes) -> bool:
    """Whether an X-Hub-Signature ("sha256=…") is that of `body` under `secret` (§7.1); takes as long if not."""
    method, _, signature = (header or "").strip().partition("=")
    if method.lower() not in ALGORITHMS:
        return False
    right = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(right.encode(), signature.strip().lower().encode())


# --- how far the hub can be relied upon


def is_live(subscription: Subscription | None, now: datetime) -> bool:
    """Whether the hub has promised to push, and the lease is not over."""
    return subscription is not None and subscription.ends is not None and now < subscription.ends


def carries(subscription: Subscription | None, now: datetime) -> bool:
    """Whether the feed may be polled slowly: its hub is live, and brought something since it last failed to."""
    return is_live(subscription, now) and subscription is not None and subscription.delivered is not None


def missed(subscription: Subscription) -> Subscription:
    """After a poll found an article the hub had not brought: it has to prove itself again."""
    return replace(subscription, delivered=None)
