"""A worker that stands still: messages wait, it has hands free, and takes none. Pure.

Celery's consumer can come back from a broken connection with its prefetch window full of messages that it failed to
acknowledge, and then never asks for another ("Couldn't ack", then silence; connections half-open: two runs of
eleven). What ends such a worker is itself, and whoever started it starts it again.
"""

from __future__ import annotations

from dataclasses import dataclass

PATIENCE = 20.0
"""Seconds in which a worker with a hand free takes what waits; a busy machine needs fractions of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen of a worker at one moment."""

    at: float
    """Seconds, of a clock that only goes forward."""
    waiting: int
    """Messages in its queues."""
    taken: int
    """Messages that it has taken since it began."""
    free: int
    """Hands without work."""


class Standing:
    """Looks at one worker again and again."""

    def __init__(self) -> None:
        self._since: Look | None = None

    def still(self, now: Look) -> bool:
        """Whether it has stood still for too long."""
        before = self._since
        if now.waiting == 0 or now.free <= 0 or before is None or now.taken != before.taken:
            self._since = now if now.waiting and now.free > 0 else None
            return False
        return now.at - before.at >= PATIENCE
