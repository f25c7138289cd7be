"""The journal, read from Redis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import redis

from workers.errors import GiveUp
from workers.ledger.jobs import from_ms
from workers.ledger.journal import DeadLetter, FeedHealth, JournalDown, RoomStatus, Status, Trace, TraceEvent
from workers.ledger.ledger import read_feed, read_memory
from workers.settings import ROOMS, Ledgering

Fields = Mapping[str, str]


class RedisJournal:
    """What the ledger knows, for people. Raises JournalDown when Redis is away."""

    def __init__(self, client: redis.Redis, rules: Ledgering, *, identify: Any) -> None:
        """`identify` makes an article's id of its address; it raises GiveUp for what is no address."""
        self._redis, self._rules, self._identify = client, rules, identify

    def feeds(self) -> tuple[FeedHealth, ...]:
        """Every subscribed feed, by name."""
        names = sorted(_texts(self._ask("smembers", "nd:feeds")), key=str.casefold)
        return tuple(_health(fields) for fields in self._hashes(f"nd:feed:{name}" for name in names) if fields)

    def feed(self, name: str) -> FeedHealth | None:
        """One feed, also one that was taken off the list."""
        (fields,) = self._hashes([f"nd:feed:{name}"])
        return _health(fields) if "feed" in fields else None

    def trace(self, url_or_id: str) -> Trace | None:
        """One article's journey, by its address or id; None when no feed announced it."""
        wanted = url_or_id.strip()
        for identity in self._identities(wanted):
            (fields,) = self._hashes([f"nd:article:{identity}"])
            if fields:
                return _trace(identity, fields)
        return None

    def dead(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """What was set aside, the latest first."""
        found = self._ask("zrevrange", "nd:dead", 0, limit - 1, withscores=True)
        hashes = self._hashes(f"nd:article:{_text(job)}" for job, _ in found)
        return tuple(
            _letter(_text(job), from_ms(at), fields) for (job, at), fields in zip(found, hashes, strict=True) if fields
        )

    def status(self) -> Status:
        """The service at a glance."""
        counts = {name: int(value) for name, value in _pairs(self._ask("hgetall", "nd:counts")).items()}
        indexed = counts.get("index:indexed", 0) + counts.get("index:already-newer", 0)
        waiting = sum(counts.get(f"waiting:{room}", 0) for room in ROOMS if room != "poll")
        last = counts.get("last_indexed")
        mark = (
            f"{self._rules.high_water} pages wait to be understood and indexed; fetching goes on when there are fewer"
        )
        return Status(
            rooms=tuple(self._room(room, counts) for room in ROOMS),
            indexed=indexed,
            dead=counts.get("waiting:dead", 0),
            waiting=waiting,
            last_indexed=from_ms(last) if last else None,
            feeds=int(self._ask("scard", "nd:feeds")),
            paused=mark if counts.get("paused") else None,
        )

    def counts(self) -> dict[str, float]:
        """Every counter, by name: outcomes as room:outcome, work as seconds:room."""
        counts = {name: float(value) for name, value in _pairs(self._ask("hgetall", "nd:counts")).items()}
        spent = {f"seconds:{room}": float(value) for room, value in _pairs(self._ask("hgetall", "nd:seconds")).items()}
        return counts | spent

    def now(self) -> datetime:
        """The ledger's time."""
        seconds, micros = self._ask("time")
        return from_ms(seconds * 1000 + micros // 1000)

    def _room(self, room: str, counts: Mapping[str, int]) -> RoomStatus:
        ends = {"poll": ("new", "unchanged", "empty"), "fetch": ("fetched",), "extract": ("extracted",)}
        done = sum(counts.get(f"{room}:{word}", 0) for word in ends.get(room, ("indexed", "already-newer")))
        return RoomStatus(
            room=room,
            waiting=counts.get(f"waiting:{room}", 0),
            oldest_due_seconds=self._standing(room, counts),
            done=done,
            failing=int(self._ask("scard", f"nd:failing:{room}")),
        )

    def _standing(self, room: str, counts: Mapping[str, int]) -> float | None:
        told = counts.get(f"told:{room}")
        if not told or not counts.get(f"waiting:{room}"):
            return None
        return max(0.0, self.now().timestamp() - told / 1000)

    def _identities(self, wanted: str) -> Iterable[str]:
        yield wanted
        try:
            yield self._identify(wanted)
        except GiveUp:
            return

    def _hashes(self, keys: Iterable[str]) -> list[Fields]:
        listed = list(keys)
        if not listed:
            return []
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for key in listed:
                    pipe.hgetall(key)
                return [_pairs(found) for found in pipe.execute()]
        except redis.RedisError as error:
            raise JournalDown(f"the ledger cannot be read: {error}") from error

    def _ask(self, command: str, *arguments: Any, **options: Any) -> Any:
        try:
            return getattr(self._redis, command)(*arguments, **options)
        except redis.RedisError as error:
            raise JournalDown(f"the ledger cannot be read: {error}") from error


def _health(fields: Fields) -> FeedHealth:
    announced, indexed, dead, dropped = (
        int(fields.get(name, 0)) for name in ("announced", "indexed", "dead", "dropped")
    )
    return FeedHealth(
        feed=read_feed(fields["feed"]),
        memory=read_memory(fields.get("memory")),
        waiting=max(0, announced - indexed - dead - dropped),
        indexed=indexed,
        dead=dead,
    )


def _trace(identity: str, fields: Fields) -> Trace:
    due = int(fields.get("due") or 0)
    return Trace(
        id=identity,
        url=fields["url"],
        feed=fields["feed"],
        stage=fields["stage"],
        reason=fields.get("reason"),
        detail=fields.get("detail") or None,
        due=from_ms(due) if due else None,
        attempts=int(fields.get("attempts") or 0),
        events=tuple(_events(fields.get("log", ""))),
        document=fields.get("doc"),
    )


def _events(log: str) -> Iterable[TraceEvent]:
    for line in log.split("\n")[:-1]:  # splitlines() would also break at characters that are text here
        at, room, outcome, detail = line.split(" ", 3)
        yield TraceEvent(at=from_ms(at), room=room, outcome=outcome, detail=detail or None)


def _letter(identity: str, at: datetime, fields: Fields) -> DeadLetter:
    return DeadLetter(
        id=identity,
        url=fields["url"],
        feed=fields["feed"],
        stage=fields.get("from", ""),
        reason=fields.get("reason", ""),
        detail=fields.get("detail") or None,
        at=at,
        attempts=int(fields.get("attempts") or 0),
    )


def _pairs(found: Any) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in found.items()}


def _texts(found: Iterable[Any]) -> list[str]:
    return [_text(value) for value in found]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
