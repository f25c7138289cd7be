"""A feed's last polls as a row of bars that can be read without colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workers.search.web.show import exact

if TYPE_CHECKING:
    from workers.model import PollRecord

SLOTS = 30
"""Polls remembered (model.FeedMemory)."""
STEP = 6
HEIGHT = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One poll, in units of the drawing."""

    x: int
    height: int
    shape: Literal["solid", "tick", "hollow"]
    """Solid: something new, the taller the more. Tick: nothing new. Hollow: it failed."""
    label: str


def bars(polls: tuple[PollRecord, ...]) -> tuple[Bar, ...]:
    """The polls, given newest first, from left (oldest) to right."""
    shown = polls[:SLOTS][::-1]
    most = max((poll.new for poll in shown), default=0)
    first = (SLOTS - len(shown)) * STEP
    return tuple(_bar(poll, first + place * STEP, most) for place, poll in enumerate(shown))


def summary(polls: tuple[PollRecord, ...]) -> str:
    """The same in words, for those who do not see the bars."""
    if not polls:
        return "not polled yet"
    failed = sum(_failed(poll) for poll in polls)
    fresh = sum(poll.new for poll in polls)
    noun = "poll" if len(polls) == 1 else "polls"
    return f"{len(polls)} {noun}, {fresh} new articles, {failed} failed"


def _bar(poll: PollRecord, x: int, most: int) -> Bar:
    if _failed(poll):
        return Bar(x=x, height=HEIGHT - 1, shape="hollow", label=_label(poll))
    if poll.new == 0:
        return Bar(x=x, height=3, shape="tick", label=_label(poll))
    return Bar(x=x, height=8 + round((HEIGHT - 8) * poll.new / most), shape="solid", label=_label(poll))


def _failed(poll: PollRecord) -> bool:
    return poll.outcome in ("failed", "gone")


def _label(poll: PollRecord) -> str:
    parts = [f"{exact(poll.at)}: {poll.outcome}"]
    if poll.status is not None:
        parts.append(f"status {poll.status}")
    if poll.new:
        parts.append(f"{poll.new} new of {poll.entries}")
    if poll.detail:
        parts.append(poll.detail)
    return ", ".join(parts)
