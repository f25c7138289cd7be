"""When a feed is asked next, and why, in words."""

from __future__ import annotations

import hashlib
import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from workers.poll.rhythm import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workers.model import Feed, FeedMemory
    from workers.settings import Polling

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

PATIENCE = HOUR
"""How far max-age, Expires, ttl or sy:updatePeriod may slow us down: longer ones (30 days were seen) are
left over from a cache's or a content system's defaults, and would make us miss articles."""

PUSHED = HOUR
"""Between two polls of a feed whose hub pushes what is new: hubs are best-effort, and some forget."""

SPREAD = 0.1
"""Up to this share of the wait is added, so that feeds read together do not stay together."""

SILENCE = 3
"""Silent for so many of its usual gaps, a feed has slowed down: at a steady rate that happens 1 time in 20."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE | re.ASCII)


class Wish(NamedTuple):
    """How long the publisher asks us to wait, and where it says so."""

    wait: timedelta
    where: str


class Turn(NamedTuple):
    """When the next poll is, and why then."""

    at: datetime
    reason: str


def after_success(
    feed: Feed,
    polling: Polling,
    memory: FeedMemory,
    *,
    headers: Mapping[str, str],
    push_live: bool = False,
    now: datetime,
) -> Turn:
    """The feed's own pace, or later where the publisher asks for it; `memory` is that after this poll.

    What answers (max-age, Expires) and what its document says (ttl, sy:updatePeriod, skipHours, skipDays)
    count up to `PATIENCE`, skipped hours and days up to the cap. A document's wish does not count where an
    operator set the interval, and no longer than entries are safe in it.
    """
    floor, cap = timedelta(seconds=polling.floor_seconds), timedelta(seconds=polling.cap_seconds)
    wait, reason = usual(feed, polling, memory, now)
    if feed.every is None:
        wait, reason = _at_least(wait, reason, wishes_of_document(memory), cap)
        wait, reason = _at_most(wait, reason, _half_life(memory, now), memory, floor)
    if push_live and wait < min(PUSHED, cap):
        wait = min(PUSHED, cap)
        reason = f"its hub pushes what is new, and may forget: asked every {in_words(wait)} all the same"
    if feed.every is None:
        wait, reason = _at_most(wait, reason, _lasting(memory, now), memory, floor)
    wait, reason = _at_least(wait, reason, wishes_of_headers(headers, now), cap)
    turn = Turn(_spread(feed, wait, now), reason)
    if feed.every is not None:
        return turn
    return _not_skipped(feed, memory, turn, latest=now + min(cap, _lasting(memory, now) or cap))


def after_failure(
    feed: Feed,
    polling: Polling,
    memory: FeedMemory,
    *,
    failures: int,
    what: str,
    wish: Wish | None = None,
    now: datetime,
) -> Turn:
    """The usual wait times the failures in a row, or what the publisher asks for if longer; never beyond the cap."""
    cap, (once, _) = timedelta(seconds=polling.cap_seconds), usual(feed, polling, memory, now)
    wait = min(once * min(failures, 10_000), max(cap, once))
    counted = f"{_ordinal(failures)} failure in a row: {what}"
    if wish is not None and min(wish.wait, cap) > wait:
        wait = min(wish.wait, cap)
        return Turn(_spread(feed, wait, now), f"{counted}; the publisher asked for {in_words(wait)} ({wish.where})")
    return Turn(_spread(feed, wait, now), f"{counted}; again in {in_words(wait)}")


def usual(feed: Feed, polling: Polling, memory: FeedMemory, now: datetime) -> tuple[timedelta, str]:
    """The wait between two polls of a feed that asks for nothing, and why.

    As configured; else by the square root of the time between its articles, which for a given number
    of polls makes the sum of all delays least (Cho and Garcia-Molina, "Effective page refresh policies
    for web crawlers", 2003; with Poisson arrivals, minimise the sum of rate x wait / 2).
    `polling.every_seconds` is the wait of a feed with one article a day.
    """
    floor = timedelta(seconds=polling.floor_seconds)
    if feed.every is not None:
        wait = max(feed.every, floor)
        return wait, f"every {in_words(wait)}, as configured"
    gap = max(memory.gap or UNKNOWN, _slowed(memory, now))
    ideal = timedelta(seconds=polling.every_seconds) * math.sqrt(gap / DAY)
    wait = min(max(ideal, floor), max(timedelta(seconds=polling.cap_seconds), floor))
    if memory.last_new is not None and gap == _slowed(memory, now):
        return wait, f"nothing new for {in_words(now - memory.last_new)}: asked every {in_words(wait)}"
    known = f"an article every {in_words(gap)}" if memory.gap else "its rhythm is not known yet"
    return wait, f"{known}: asked every {in_words(wait)}"


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


def wishes_of_document(memory: FeedMemory) -> Iterable[Wish]:
    """What the feed's latest document asked for."""
    return [Wish(memory.every, memory.every_where)] if memory.every else []


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
    except (ValueError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def in_words(wait: timedelta) -> str:
    """A duration as one reads it: "45 s", "10 min", "2 h", "3 days"; rounded up."""
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 120 and (minutes % 60 or minutes < 60):
        return f"{minutes} min"
    hours = math.ceil(minutes / 60)
    return f"{hours} h" if hours <= 48 else f"{math.ceil(hours / 24)} days"


def _slowed(memory: FeedMemory, now: datetime) -> timedelta:
    """The least time that something of the feed takes, by how long nothing was new."""
    return (now - memory.last_new) / SILENCE if memory.last_new else timedelta(0)


def _half_life(memory: FeedMemory, now: datetime) -> timedelta | None:
    """How long the document takes to be half replaced at the feed's rhythm; None where that is not known."""
    return max(memory.gap, _slowed(memory, now)) * memory.listed / 2 if memory.gap and memory.listed else None


def _lasting(memory: FeedMemory, now: datetime) -> timedelta | None:
    """The same as it was seen when entries fell out of the document; None where none did.

    A feed that brings much at once and then falls silent would be asked in haste for nothing.
    """
    return None if memory.turnover is None else max(memory.turnover, _slowed(memory, now))


def _at_most(
    wait: timedelta, reason: str, safe: timedelta | None, memory: FeedMemory, floor: timedelta
) -> tuple[timedelta, str]:
    """The wait, or how long entries are safe in the document where that is shorter: others would come and go unseen."""
    if safe is None or safe >= wait:
        return wait, reason
    wait = max(safe, floor)
    return wait, f"half of its {memory.listed} entries are new within {in_words(safe)}: asked every {in_words(wait)}"


def _at_least(wait: timedelta, reason: str, wishes: Iterable[Wish], cap: timedelta) -> tuple[timedelta, str]:
    """The wait, or the longest that the publisher asks for where that is longer, as far as we are patient."""
    wish = max(wishes, default=Wish(timedelta(0), ""))
    patient = min(wish.wait, PATIENCE, cap)
    if patient <= wait:
        return wait, reason
    asked = f"the publisher asked for {in_words(wish.wait)} ({wish.where})"
    return patient, asked if patient == wish.wait else f"{asked}, too long: asked every {in_words(patient)}"


def _not_skipped(feed: Feed, memory: FeedMemory, turn: Turn, *, latest: datetime) -> Turn:
    """The turn, or the first hour after it that RSS's skipHours and skipDays leave free, if that is not too late."""
    hours, days = frozenset(memory.skip_hours), frozenset(memory.skip_days)
    if len(hours) >= 24 or len(days) >= 7:
        return turn  # "never" cannot be meant
    free = turn.at
    while free < latest and (free.hour in hours or free.weekday() in days):
        free = free.replace(minute=0, second=0, microsecond=0) + HOUR
    if free == turn.at:
        return turn
    at = min(_spread(feed, HOUR, free - HOUR), latest)  # not all of them at the full hour
    return Turn(at, f"{turn.reason}, but not before {at:%a %H:%M} GMT (skipHours, skipDays)")


def _spread(feed: Feed, wait: timedelta, now: datetime) -> datetime:
    """`now` + `wait` + up to a tenth: the same for the same feed and moment, so that it can be tested and explained."""
    drawn = hashlib.sha256(f"{feed.name}\n{now.isoformat()}".encode()).digest()
    return now + wait * (1 + SPREAD * int.from_bytes(drawn[:4]) / 2**32)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
