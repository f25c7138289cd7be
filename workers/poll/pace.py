"""When a feed is asked next, and why, in words."""

from __future__ import annotations

import hashlib
import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workers.model import Feed
    from workers.settings import Polling

PATIENCE = timedelta(hours=1)
"""How far max-age, Expires, ttl or sy:updatePeriod may slow us down: longer ones (30 days were seen) are
left over from a cache's or a content system's defaults, and would make us miss articles."""

SPREAD = 0.1
"""Up to this share of the wait is added, so that feeds read together do not stay together."""

PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}

_HEAD = 20_000
_TTL = re.compile(rb"<ttl>\s{0,20}(\d{1,6})\s{0,20}</ttl>", re.IGNORECASE)
_PERIOD = re.compile(rb"<\w{1,20}:updatePeriod>\s{0,20}(\w{1,20})\s{0,20}<", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<\w{1,20}:updateFrequency>\s{0,20}(\d{1,4})\s{0,20}<", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE | re.ASCII)


class Wish(NamedTuple):
    """How long the publisher asks us to wait, and where it says so."""

    wait: timedelta
    where: str


class Turn(NamedTuple):
    """When the next poll is, and why then."""

    at: datetime
    reason: str


def after_success(feed: Feed, polling: Polling, *, wishes: Iterable[Wish], now: datetime) -> Turn:
    """The configured interval, or longer where the publisher asks for it (at most `PATIENCE`)."""
    usual = interval(feed, polling)
    longest = max(wishes, default=Wish(timedelta(0), ""))
    wait = min(longest.wait, PATIENCE)
    if wait > usual:
        return Turn(_spread(feed, wait, now), f"the publisher asked for {in_words(wait)} ({longest.where})")
    return Turn(_spread(feed, usual, now), f"every {in_words(usual)}, as configured")


def after_failure(feed: Feed, polling: Polling, *, failures: int, what: str, wish: Wish | None, now: datetime) -> Turn:
    """The interval times the failures in a row, or what the publisher asks for if longer; never beyond the cap."""
    cap = timedelta(seconds=polling.cap_seconds)
    usual = min(interval(feed, polling) * min(failures, 10_000), max(cap, interval(feed, polling)))
    counted = f"{_ordinal(failures)} failure in a row: {what}"
    if wish is not None and min(wish.wait, cap) > usual:
        wait = min(wish.wait, cap)
        return Turn(_spread(feed, wait, now), f"{counted}; the publisher asked for {in_words(wait)} ({wish.where})")
    return Turn(_spread(feed, usual, now), f"{counted}; again in {in_words(usual)}")


def interval(feed: Feed, polling: Polling) -> timedelta:
    """The feed's own interval, else the service's, never under the floor."""
    configured = feed.every or timedelta(seconds=polling.every_seconds)
    return max(configured, timedelta(seconds=polling.floor_seconds))


def wishes_of_headers(headers: Mapping[str, str], now: datetime) -> list[Wish]:
    """Cache-Control's max-age less Age, else Expires (RFC 9111 §4.2); nothing for no-cache and no-store."""
    control = headers.get("cache-control", "")
    if re.search(r"no-(?:cache|store)", control, re.IGNORECASE):
        return []
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        spent = int(age[:9]) if age.isascii() and age.isdecimal() else 0
        return [Wish(timedelta(seconds=max(0, min(int(found[1]), 10**9) - spent)), "max-age")]
    expires = http_date(headers.get("expires"))
    if expires is None:
        return []
    return [Wish(max(timedelta(0), expires - (http_date(headers.get("date")) or now)), "Expires")]


def wishes_of_document(body: bytes) -> list[Wish]:
    """RSS's <ttl> (minutes) and RDF's sy:updatePeriod, read from the feed's head.

    "hourly" once is no wish: WordPress writes it into every feed it makes.
    """
    head, wishes = body[:_HEAD], []
    if found := _TTL.search(head):
        wishes.append(Wish(timedelta(minutes=int(found[1])), "ttl"))
    period, frequency = _PERIOD.search(head), _FREQUENCY.search(head)
    if period and (length := PERIODS.get(period[1].decode().lower())):
        wait = length / max(1, int(frequency[1])) if frequency else length
        wishes += [Wish(wait, "sy:updatePeriod")] if wait != PERIODS["hourly"] else []
    return wishes


def wish_to_retry(headers: Mapping[str, str], now: datetime) -> Wish | None:
    """Retry-After, in seconds or as a date (RFC 9110 §10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return Wish(timedelta(seconds=int(text[:9])), "Retry-After")
    date = http_date(text)
    return Wish(max(timedelta(0), date - now), "Retry-After") if date else None


def http_date(text: str | None) -> datetime | None:
    """An HTTP date header, or None where it is absent or none ("0", "-1")."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def in_words(wait: timedelta) -> str:
    """A duration as one reads it: "45 s", "10 min", "2 h", "3 days"; rounded up."""
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = math.ceil(seconds / 60)
    if minutes % 60 or minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 24 else f"{hours} h"


def _spread(feed: Feed, wait: timedelta, now: datetime) -> datetime:
    """`now` + `wait` + up to a tenth: the same for the same feed and moment, so that it can be tested and explained."""
    drawn = hashlib.sha256(f"{feed.name}\n{now.isoformat()}".encode()).digest()
    return now + wait * (1 + SPREAD * int.from_bytes(drawn[:4]) / 2**32)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
