"""Groups of near-copies, kept beside the ledger for as long as copies of a story are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from workers.ledger.jobs import from_ms

PERIOD = timedelta(days=2)
"""Articles are compared with those published in the same period, the one before and the one after."""
ALIKE = 4
"""Hashes that near-copies share, of 32 (see workers.dedupe.sketch)."""
FORGET = timedelta(hours=1)
"""A change of group that the index could not be told by then belongs to an article that never got there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What an article is alike to."""

    story: str
    """The id of the group: that of the article which was there first."""
    twin: str | None = None
    """The id of the most similar article."""
    shared: int = 0
    """Hashes shared with it, of 32."""
    moved: tuple[str, ...] = ()
    """Ids of articles that are in this group from now on, and were in another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An article is in another group than it was."""

    id: str
    story: str
    at: datetime


class Stories:
    """Puts articles into groups. Raises redis.RedisError when Redis is away: nothing is half done then."""

    def __init__(self, client: redis.Redis, *, clock: Callable[[], int] | None = None) -> None:
        self._redis, self._clock = client, clock
        folder = Path(__file__).parent
        clock_of_redis = (folder / "clock.lua").read_text(encoding="utf-8")
        self._story, self._told = (
            client.register_script(clock_of_redis + (folder / f"{name}.lua").read_text(encoding="utf-8"))
            for name in ("story", "told")
        )

    def place(self, articles: Iterable[tuple[str, str, datetime]]) -> tuple[Likeness, ...]:
        """The group of each article: (id, 24 hexadecimal digits; sketch; when it was published), in order.

        Asked again, the same. One Lua call each; measured with 100,000 articles stored: `python -m bench.stories`. An
        article without a sketch is a group of its own and not kept.
        """
        asked = tuple(articles)
        now = self._clock() if self._clock else 0
        with self._redis.pipeline(transaction=False) as pipe:
            for identity, sketch, when in asked:
                if sketch:
                    period = int(when.timestamp() // PERIOD.total_seconds())
                    args: list[bytes | int] = [now, bytes.fromhex(identity), period, bytes.fromhex(sketch), ALIKE]
                    self._story(args=args, client=pipe)
            answers = iter(pipe.execute())
        return tuple(_likeness(next(answers)) if sketch else Likeness(story=identity) for identity, sketch, _ in asked)

    def moved(self) -> tuple[Move, ...]:
        """Articles whose group was joined to another, and that the index has not been told of."""
        found: Any = self._redis.hgetall("nd:moved")
        return tuple(
            Move(id=one.hex(), story=value[8:].hex(), at=from_ms(int.from_bytes(value[:8])))
            for one, value in found.items()
        )

    def told(self, moves: Iterable[Move]) -> None:
        """The index knows of these; one that moved again meanwhile stays."""
        pairs = [part for move in moves for part in (bytes.fromhex(move.id), _packed(move))]
        if pairs:
            self._told(args=[0, *pairs])


def _likeness(answer: Any) -> Likeness:
    story, twin, shared, *moved = answer
    return Likeness(story=story.hex(), twin=twin.hex() or None, shared=shared, moved=tuple(one.hex() for one in moved))


def _packed(move: Move) -> bytes:
    return round(move.at.timestamp() * 1000).to_bytes(8) + bytes.fromhex(move.story)
