"""How a feed publishes: what its documents show of the time between its articles, and of entries that are lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.model import FeedMemory

UNKNOWN = timedelta(hours=1)
"""The gap between two articles of a feed that has not shown its rhythm; silence soon corrects it."""

LATE = timedelta(days=1)
"""Entries may be listed so long after their dates; where what is new is dated earlier, the dates are no clock."""

SAMPLE = 20
"""The latest entries from whose dates a feed's rhythm is read."""


class Rhythm(NamedTuple):
    """How a feed publishes, as far as its documents have shown."""

    gap: timedelta | None
    last_new: datetime | None
    turnover: timedelta | None


def rhythm(before: FeedMemory, *, dates: Sequence[datetime], listed: int, new: int, now: datetime) -> Rhythm:
    """What a document that was read says of the feed's rhythm: by its entries' dates, else by what was new.

    `turnover` is set when entries fell out of the document since the last poll, a quarter of it or more:
    at that rate entries could come and go between two polls, unless the next poll is within the time in
    which half of it is replaced. It stays as it was where the last poll failed: what fell out then says
    nothing of polls that succeed.
    """
    last_new = now if new or before.last_new is None else before.last_new
    gap = _gap_by_dates(before, dates, new, now)
    if gap is None:
        gap = _gap_by_arrivals(before, new, now)
    return Rhythm(gap, last_new, before.turnover if before.failures else _turnover(before, listed, new, now))


def _gap_by_dates(before: FeedMemory, dates: Sequence[datetime], new: int, now: datetime) -> timedelta | None:
    """The mean gap of the latest entries; None without dates that tell."""
    past = sorted((date for date in dates if date <= now), reverse=True)[:SAMPLE]
    if len(past) < 3 or past[-1] >= now:
        return None
    if new and before.last_new is not None and past[0] < before.last_new - LATE:
        return None
    return (now - past[-1]) / len(past)


def _gap_by_arrivals(before: FeedMemory, new: int, now: datetime) -> timedelta | None:
    if not new or before.last_new is None:
        return before.gap
    return (before.gap or UNKNOWN) * 0.7 + (now - before.last_new) / new * 0.3


def _turnover(before: FeedMemory, listed: int, new: int, now: datetime) -> timedelta | None:
    fallen = before.listed + new - listed
    if before.polled is None or fallen <= 0 or fallen < before.listed / 4:
        return None
    return (now - before.polled) * before.listed / (2 * fallen)
