"""How many matching articles each day had, drawn as a row of bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.model import Answer

FEWEST, DAYS = 14, 30
"""How long a row is: from the first day with an article, within these bounds.

Stores count the sixty newest days that have articles, so within thirty an absent day had none.
"""
STEP = 8
HEIGHT = 40
WORTH = 3
"""Days with articles below which bars say no more than the list of days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    """One day, in units of the drawing."""

    x: int
    height: int
    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """A row of days, oldest first, the last being the newest with an article."""

    bars: tuple[DayBar, ...]
    most: int

    @property
    def width(self) -> int:
        """Of the drawing."""
        return len(self.bars) * STEP


def attention(answer: Answer) -> Attention | None:
    """The days of an answer's `day` facet up to its newest; None when there is nothing to compare."""
    counts = {
        date.fromisoformat(value.value): value.count
        for facet in answer.facets
        if facet.field == "day"
        for value in facet.values
    }
    if not counts:
        return None
    newest = max(counts)
    length = min(max((newest - min(counts)).days + 1, FEWEST), DAYS)
    days = [newest - timedelta(days=back) for back in reversed(range(length))]
    seen = [counts.get(day, 0) for day in days]
    if sum(count > 0 for count in seen) < WORTH:
        return None
    bars = tuple(_bar(place, day, count, max(seen)) for place, (day, count) in enumerate(zip(days, seen, strict=True)))
    return Attention(bars=bars, most=max(seen))


def _bar(place: int, day: date, count: int, most: int) -> DayBar:
    height = max(2, round(HEIGHT * count / most)) if count else 0
    return DayBar(x=place * STEP, height=height, day=day, count=count)
