"""How often a feed document asks to be polled, and when not: ttl, sy:updatePeriod, skipHours, skipDays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
"""sy:updatePeriod (RSS 1.0 syndication module)."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_SKIPPED = {
    name: re.compile(rb"<%b>(.{0,4000}?)</%b>" % (name, name), re.IGNORECASE | re.DOTALL)
    for name in (b"skipHours", b"skipDays")
}
_VALUE = re.compile(rb">\s{0,99}(\w{1,20})\s{0,99}<")


class Wishes(NamedTuple):
    """What a document asks for; ParsedFeed has the same fields."""

    every: timedelta | None = None
    every_where: str = ""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


def wishes(  # what a document's head says, in its own words
    *, ttl: str = "", period: str = "", frequency: str = "", hours: Iterable[str] = (), days: Iterable[str] = ()
) -> Wishes:
    """The longer of RSS's ttl (minutes) and sy:updatePeriod, and the hours (GMT) and days to leave out.

    "hourly" once is no wish: WordPress writes it into every feed it makes. Nor are 24 hours or
    seven days to skip: that would be never. Hour 24 is 0 (RSS 0.91 counted from 1).
    """
    asked = [(wait, where) for wait, where in (_ttl(ttl), _period(period, frequency)) if wait]
    every, where = max(asked, default=(None, ""))
    skip_hours = sorted({int(hour) % 24 for hour in map(str.strip, hours) if hour.isdecimal() and int(hour) <= 24})
    skip_days = sorted({DAYS.index(day) for day in (day.strip().lower() for day in days) if day in DAYS})
    return Wishes(
        every=every,
        every_where=where,
        skip_hours=tuple(skip_hours) if len(skip_hours) < 24 else (),
        skip_days=tuple(skip_days) if len(skip_days) < 7 else (),
    )


def skipped(head: bytes) -> tuple[list[str], list[str]]:
    """The hours and days named in skipHours and skipDays of a document's head, well-formed or not."""
    found = (_SKIPPED[name].search(head) for name in (b"skipHours", b"skipDays"))
    hours, days = ([word.decode() for word in _VALUE.findall(one[1])] if one else [] for one in found)
    return hours, days


def _ttl(text: str) -> tuple[timedelta, str]:
    text = text.strip()
    return timedelta(minutes=int(text) if _NUMBER.fullmatch(text) else 0), "ttl"


def _period(period: str, frequency: str) -> tuple[timedelta, str]:
    wait, times = PERIODS.get(period.strip().lower(), timedelta()), frequency.strip()
    wait /= max(1, int(times)) if _NUMBER.fullmatch(times) else 1
    return wait if wait != PERIODS["hourly"] else timedelta(), "sy:updatePeriod"
