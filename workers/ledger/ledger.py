"""The verbs of the ledger: each is one Lua call, so a crash falls before it or after it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from workers.errors import ConfigError
from workers.ledger.jobs import Claim, Settlement, to_ms
from workers.model import Entry, Feed, FeedMemory, PollRecord, moment, to_plain
from workers.settings import ROOMS, Ledgering

SCRIPTS = ("claim", "claim_many", "settle", "poll_done", "due", "subscribe", "turn", "recover", "revive", "drop")

CONNECTION: dict[str, Any] = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 15,
    "encoding_errors": "replace",
}
"""Without a socket timeout a half-open connection is waited on for ever (measured: 150 s and no end);
half a character in what a stranger wrote must not stop the step that writes it down."""


def connect(url: str) -> redis.Redis:
    """A client that returns bytes; it connects at the first command. ConfigError for what is no address."""
    try:
        return redis.Redis.from_url(url, **CONNECTION)
    except ValueError as error:
        raise ConfigError("redis.url", "", f"is no address of a Redis: {error}") from error


class Ledger:
    """The truth about every article's journey.

    `clock` returns milliseconds since 1970; None leaves time to Redis, the one clock that all
    workers share. Raises redis.RedisError when Redis is away: nothing is half done then.
    """

    def __init__(
        self, client: redis.Redis, rules: Ledgering, *, worker: str = "", clock: Callable[[], int] | None = None
    ) -> None:
        self.redis, self.rules, self.worker, self._clock = client, rules, worker or "worker", clock
        folder = Path(__file__).parent
        lines = (folder / "lines.lua").read_text(encoding="utf-8")
        self._scripts = {
            name: client.register_script(lines + (folder / f"{name}.lua").read_text(encoding="utf-8"))
            for name in SCRIPTS
        }

    # --- feeds

    def subscribe(self, feeds: Sequence[Feed], host: Callable[[str], str]) -> int:
        """These are the feeds, and no others; a new one is due at once. Returns how many there are."""
        arguments: list[Any] = []
        for feed in feeds:
            arguments += [feed.name, host(feed.url), json.dumps(to_plain(feed), ensure_ascii=False)]
        return int(self._run("subscribe", *arguments))

    def feed(self, claim: Claim) -> tuple[Feed, FeedMemory]:
        """The claimed feed as configured, and what is remembered of it."""
        return read_feed(claim.fields["feed"]), read_memory(claim.fields.get("memory"))

    def feed_named(self, name: str) -> Feed | None:
        """A feed as configured, also after it was taken off the list."""
        text = self.redis.hget(f"nd:feed:{name}", "feed")
        return read_feed(_text(text)) if text else None

    def unknown(self, jobs: Sequence[str]) -> int:
        """How many of these articles no feed has announced yet."""
        with self.redis.pipeline(transaction=False) as pipe:
            for job in set(jobs):
                pipe.exists(f"nd:article:{job}")
            return sum(not found for found in pipe.execute())

    def poll_done(
        self,
        claim: Claim,
        *,
        entries: Iterable[tuple[str, str, Entry]],
        memory: FeedMemory,
        outcome: str,
        rest: timedelta = timedelta(),
    ) -> int | None:
        """Announce `entries` (id, host, entry), remember the feed, free the host: all or nothing.

        Returns how many were new, or None when the lease was lost and nothing was changed.
        """
        arguments: list[Any] = []
        for identity, host, entry in entries:
            arguments += [identity, host, entry.url, json.dumps(entry.to_dict(), ensure_ascii=False)]
        due = int(memory.next_poll.timestamp() * 1000) if memory.next_poll else 0
        remembered = json.dumps(to_plain(memory), ensure_ascii=False)
        new = self._run("poll_done", claim.job, claim.token, due, to_ms(rest), outcome, remembered, *arguments)
        return None if new is None else len(new)

    # --- jobs

    def due(self, limit: int = 500, *, batches: bool = True) -> list[tuple[str, str]]:
        """(room, job) of what may run now; the caller sends a message for each.

        With `batches`, ("index", "") is among it when anything waits to be indexed: a hint for all of it.
        """
        rules = self.rules
        resend = rules.resend_seconds * 1000
        found = self._run("due", limit, rules.queue_limit, resend, rules.high_water, int(batches))
        texts = [_text(item) for item in found]
        return list(zip(texts[::2], texts[1::2], strict=True))

    def claim(self, room: str, job: str, *, lease: timedelta) -> Claim | None:
        """A lease on one job, with its host's turn; None when it is done, taken, or must wait."""
        token = self._token()
        answer, *fields = [_text(item) for item in self._run("claim", room, job, token, to_ms(lease))]
        return _claim(room, job, token, fields) if answer == "held" else None

    def claim_many(self, room: str, *, limit: int, lease: timedelta) -> tuple[Claim, ...]:
        """Leases on all that is due in a room without hosts, oldest first, `limit` at most."""
        token = self._token()
        rows = self._run("claim_many", room, limit, token, to_ms(lease))
        texts = ([_text(item) for item in row] for row in rows)
        return tuple(_claim(room, row[0], token, row[1:]) for row in texts)

    def settle(self, claim: Claim, settlement: Settlement) -> str:
        """Move a claimed article. "sent": its new room needs a message; "waits"; "lost": the lease was another's."""
        rules = self.rules
        fields = [part for pair in settlement.fields.items() for part in pair]
        answer = self._run(
            "settle",
            claim.room,
            claim.job,
            claim.token,
            settlement.to,
            to_ms(settlement.after),
            to_ms(settlement.rest),
            settlement.outcome,
            settlement.detail,
            settlement.attempts,
            settlement.body,
            settlement.host,
            rules.queue_limit,
            rules.resend_seconds * 1000,
            *fields,
        )
        return _text(answer)

    def body(self, job: str) -> bytes | None:
        """The page or article on its way, as it was packed; None when there is none."""
        found: Any = self.redis.get(f"nd:body:{job}")
        return found or None

    def spent(self, room: str, seconds: float) -> None:
        """Add to the time a room has worked, for its metrics."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.hincrbyfloat("nd:seconds", room, seconds)
            pipe.hincrby("nd:counts", f"{room}:runs", 1)
            pipe.execute()

    def ticked(self) -> None:
        """Note that the clock of the service has struck."""
        self.redis.hset("nd:counts", "last_tick", int(self.now().timestamp() * 1000))

    # --- hosts

    def take_turn(self, host: str, token: str, span: timedelta) -> timedelta:
        """A turn at a host that is not the job's own. Zero: taken for `span`; else how long to wait."""
        return timedelta(milliseconds=int(self._run("turn", host, token, to_ms(span))))

    def remember_robots(self, origin: str, plain: str, *, keep: timedelta) -> None:
        """Keep an origin's robots.txt for all workers."""
        self.redis.set(f"nd:robots:{origin}", plain, px=to_ms(keep))

    def robots(self, origin: str) -> str | None:
        """What `remember_robots` kept, while it is fresh."""
        found = self.redis.get(f"nd:robots:{origin}")
        return _text(found) if found else None

    # --- after a crash; for the operator

    def recover(self) -> int:
        """End every lease: only where no worker of the last run can be alive. Returns how many."""
        return int(self._run("recover"))

    def forget_queues(self, queues: Sequence[str] = (*ROOMS, "beat")) -> None:
        """Drop the broker's messages, delivered or not: hints of a run that is over."""
        self.redis.delete(*queues, "unacked", "unacked_index", "unacked_mutex")

    def revive(self, job: str) -> str | None:
        """Give a dead letter another chance; the room it goes to, or None if it is not one."""
        room = self._run("revive", job)
        return _text(room) if room else None

    def drop(self, job: str) -> bool:
        """Forget a dead letter for good; its address stays known, so that it is not fetched again."""
        return bool(self._run("drop", job))

    def now(self) -> datetime:
        """The time by which everything here is due."""
        if self._clock:
            return datetime.fromtimestamp(self._clock() / 1000, UTC)
        seconds, micros = self.redis.time()
        return datetime.fromtimestamp(seconds + micros / 1e6, UTC)

    def _token(self) -> str:
        return f"{self.worker}:{secrets.token_hex(6)}"

    def _run(self, script: str, *arguments: Any) -> Any:
        return self._scripts[script](args=[self._clock() if self._clock else 0, *arguments])


def read_feed(text: str) -> Feed:
    """A feed as `subscribe` wrote it."""
    plain = json.loads(text)
    every = plain.pop("every", None)
    return Feed(**plain, every=None if every is None else timedelta(seconds=every))


def read_memory(text: str | None) -> FeedMemory:
    """A feed's memory as `poll_done` wrote it; an empty one before the first poll."""
    if not text:
        return FeedMemory()
    plain = json.loads(text)
    plain["polls"] = tuple(PollRecord(**{**poll, "at": moment(poll["at"])}) for poll in plain["polls"])
    for name in ("polled", "next_poll"):
        plain[name] = moment(plain[name])
    return FeedMemory(**plain)


def _claim(room: str, job: str, token: str, fields: Sequence[str]) -> Claim:
    pairs = dict(zip(fields[::2], fields[1::2], strict=True))
    return Claim(room=room, job=job, token=token, attempts=int(pairs["attempts"]), fields=pairs)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
