"""What waits to be written, beside what is known: its story, its twins, its own earlier readings.

The rules are in the dedupe room; here they meet the store and the groups in Redis, as a part of indexing: of what
was written a moment ago only the process that writes can be sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from workers.dedupe.revision import changed, revised
from workers.dedupe.sketch import SIZE, sketch
from workers.dedupe.twin import NEARLY_ALL, duplicate
from workers.ledger.stories import FORGET, Likeness, Move, Stories
from workers.model import Article, Refused, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An article in its place among the others, or why it has none."""

    article: Article
    refused: Refused | None = None
    detail: str = ""
    """What its journey tells: whom it is alike to, what was changed."""


class Store(Protocol):
    """What is asked of the store's write side."""

    def stored(self, ids: Sequence[str]) -> Mapping[str, Article]:
        """Those of these articles that are in it."""

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """One verdict an article, in order."""


def placed(articles: Sequence[Article], store: Store, stories: Stories) -> tuple[Placed, ...]:
    """Each article with its story and what it said before. Raises StoreDown, redis.RedisError: ask again then."""
    likes = stories.place((one.id, sketch(one.text), one.published or one.first_seen) for one in articles)
    twins = {like.twin for like in likes if like.twin and like.shared >= NEARLY_ALL}
    stored = dict(store.stored(sorted({one.id for one in articles} | twins)))
    found = []
    for article, like in zip(articles, likes, strict=True):
        place = beside(article, like, stored)
        if place.refused is None:
            stored[article.id] = place.article  # the next of this batch may be its twin, or another reading of it
        found.append(place)
    return tuple(found)


def beside(article: Article, like: Likeness, stored: Mapping[str, Article]) -> Placed:
    """Where an article belongs that is alike to what `like` says, given what the store has. Pure."""
    before = stored.get(article.id)
    refused = None if before else duplicate(article, stored.get(like.twin or ""), like.shared)
    if refused:
        return Placed(article=article, refused=refused)
    now = revised(before, replace(article, story=like.story))
    told = [f"shares {like.shared} of {SIZE} with {like.twin}"] if like.twin else []
    if before and now.revision > before.revision:
        told.append(f"revision {now.revision}: another {' and '.join(changed(before, now))}")
    return Placed(article=now, detail=", ".join(told))


def tell_moves(store: Store, stories: Stories, now: datetime) -> int:
    """Articles whose story was joined to an earlier one are written so; returns how many."""
    moves = stories.moved()
    if not moves:
        return 0
    stored = store.stored([move.id for move in moves])
    there = [move for move in moves if move.id in stored]
    verdicts = store.write([replace(stored[move.id], story=move.story) for move in there])
    done = [move for move, verdict in zip(there, verdicts, strict=True) if verdict.outcome != "later"]
    stories.told([*done, *_late(moves, stored, now)])
    return len(done)


def _late(moves: Iterable[Move], stored: Mapping[str, Article], now: datetime) -> list[Move]:
    return [move for move in moves if move.id not in stored and now - move.at > FORGET]
