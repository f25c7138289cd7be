"""The journal, read from Redis."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import redis

from workers.errors import GiveUp
from workers.ledger.jobs import from_ms
from workers.ledger.journal import DeadLetter, FeedHealth, JournalDown, RoomStatus, Status, Trace
from workers.ledger.journey import Finished, events_of, finished_of
from workers.ledger.ledger import read_feed, read_memory, read_record, shelf_of
from workers.ledger.pressure import Hold, Memory, held
from workers.ledger.yields import DAYS, SiteYield, by_site
from workers.model import moment
from workers.settings import ROOMS, Ledgering

Fields = Mapping[str, str]


class RedisJournal:
    """What the ledger knows, for people. Raises JournalDown when Redis is away."""

    def __init__(self, client: redis.Redis, rules: Ledgering, *, identify: Any) -> None:
        """`identify` makes an article's id of its address; it raises GiveUp for what is no address."""
        self._redis, self._rules, self._identify = client, rules, identify

    def feeds(self) -> tuple[FeedHealth, ...]:
        """Every subscribed feed, by name."""
        return self._healths(sorted(_texts(self._ask("smembers", "nd:feeds")), key=str.casefold))

    def feed(self, name: str) -> FeedHealth | None:
        """One feed, also one that was taken off the list."""
        return next(iter(self._healths([name])), None)

    def _healths(self, names: Sequence[str]) -> tuple[FeedHealth, ...]:
        found = zip(names, self._hashes(f"nd:feed:{name}" for name in names), strict=True)
        known = {name: fields for name, fields in found if "feed" in fields}
        polls = self._asked([("lrange", f"nd:polls:{name}", 0, -1) for name in known])
        turns = self._asked([("get", f"nd:turn:{fields.get('host', '')}") for fields in known.values()])
        hubs = self._asked([("get", f"nd:push:{name}") for name in known])
        return tuple(_health(*one) for one in zip(known.values(), polls, turns, hubs, strict=True))

    def trace(self, url_or_id: str) -> Trace | None:
        """What the ledger knows of one article, by its address or id; None when no feed announced it."""
        wanted = url_or_id.strip()
        for identity in self._identities(wanted):
            fields, left = self._asked([("hgetall", f"nd:article:{identity}"), ("hget", shelf_of(identity), identity)])
            if fields:
                return _trace(identity, _pairs(fields))
            if left:
                return _ended(identity, wanted, finished_of(identity, _text(left)))
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
        waiting = sum(counts.get(f"waiting:{room}", 0) for room in ROOMS if room != "poll")
        last = counts.get("last_indexed")
        return Status(
            rooms=tuple(self._room(room, counts) for room in ROOMS),
            indexed=counts.get("waiting:done", 0),
            dead=counts.get("waiting:dead", 0),
            waiting=waiting,
            last_indexed=from_ms(last) if last else None,
            feeds=int(self._ask("scard", "nd:feeds")),
            paused=self._paused(counts),
        )

    def yields(self) -> tuple[SiteYield, ...]:
        """What the pages of each site gave today, beside the week before; by site."""
        today = int(self.now().timestamp() // 86400)
        days = self._asked([("hgetall", f"nd:yield:{today - back}") for back in range(DAYS)])
        return by_site({name: int(value) for name, value in _pairs(day).items()} for day in days)

    def counts(self) -> dict[str, float]:
        """Every counter, by name: outcomes as room:outcome, work as seconds:room; paused is 1 while fetching is."""
        counts = {name: float(value) for name, value in _pairs(self._ask("hgetall", "nd:counts")).items()}
        spent = {f"seconds:{room}": float(value) for room, value in _pairs(self._ask("hgetall", "nd:seconds")).items()}
        paused = {"paused": 1.0} if counts.get("paused") or self._held().fetch else {}
        return counts | spent | paused

    def now(self) -> datetime:
        """The ledger's time."""
        seconds, micros = self._ask("time")
        return from_ms(seconds * 1000 + micros // 1000)

    def _paused(self, counts: Mapping[str, int]) -> str | None:
        hold = self._held()
        if hold.fetch:
            rooms = "polling and fetching go" if hold.poll else "fetching goes"
            return f"{hold.fetch}; {rooms} on when there is room"
        if not counts.get("paused"):
            return None
        pages, articles = counts.get("waiting:extract", 0), counts.get("waiting:index", 0)
        return (
            f"{pages:,} pages wait to be understood and {articles:,} articles to be indexed; "
            f"fetching goes on when they are fewer than {self._rules.high_water:,}"
        )

    def _held(self) -> Hold:
        """What is held, also where Redis is so full that no tick could note it."""
        told, archive, (poll, fetch) = self._asked(
            [("info", "memory"), ("get", "nd:trouble:archive"), ("hmget", "nd:hold", "poll", "fetch")]
        )
        memory = Memory(used=int(told["used_memory"]), limit=int(told["maxmemory"]))
        return held(memory, _text(archive or b""), Hold(poll=_text(poll or b""), fetch=_text(fetch or b"")))

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
        waiting = counts.get(f"waiting:{room}", 0) + (counts.get("waiting:read", 0) if room == "extract" else 0)
        if not told or not waiting:
            return None
        return max(0.0, self.now().timestamp() - told / 1000)

    def _identities(self, wanted: str) -> Iterable[str]:
        yield wanted
        try:
            yield self._identify(wanted)
        except GiveUp:
            return

    def _hashes(self, keys: Iterable[str]) -> list[Fields]:
        return [_pairs(found) for found in self._asked([("hgetall", key) for key in keys])]

    def _asked(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        if not commands:
            return []
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for command, *arguments in commands:
                    getattr(pipe, command)(*arguments)
                return list(pipe.execute())
        except redis.RedisError as error:
            raise JournalDown(f"the ledger cannot be read: {error}") from error

    def _ask(self, command: str, *arguments: Any, **options: Any) -> Any:
        try:
            return getattr(self._redis, command)(*arguments, **options)
        except redis.RedisError as error:
            raise JournalDown(f"the ledger cannot be read: {error}") from error


LONG_REST = timedelta(minutes=1)
"""A rest that is longer than gap and Crawl-delay make it: the host asked for quiet."""


def _health(fields: Fields, lines: Sequence[bytes], turn: bytes | None, hub: bytes | None) -> FeedHealth:
    memory = read_memory(fields.get("memory"))
    until, _, rest = _text(turn or b"0 ").partition(" ")
    held = from_ms(until) if rest.startswith("rest-") else None
    announced, indexed, dead, dropped = (
        int(fields.get(name, 0)) for name in ("announced", "indexed", "dead", "dropped")
    )
    return FeedHealth(
        feed=read_feed(fields["feed"]),
        memory=memory,
        polls=tuple(read_record(_text(line)) for line in lines),
        push_until=moment(json.loads(hub)["ends"]) if hub else None,
        held_until=held if held and held - (memory.polled or held) > LONG_REST else None,
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
        announced=from_ms(fields["announced"]),
        stage=fields["stage"],
        reason=fields.get("reason"),
        detail=fields.get("detail") or None,
        due=from_ms(due) if due else None,
        attempts=int(fields.get("attempts") or 0),
        events=events_of(fields.get("log", "")),
        document=fields.get("doc") if fields.get("again") else None,
    )


def _ended(identity: str, wanted: str, left: Finished) -> Trace:
    return Trace(
        id=identity,
        url=wanted,
        feed=left.feed,
        announced=left.announced,
        stage="done",
        reason=left.outcome,
        events=left.events,
        document=left.document,
    )


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
