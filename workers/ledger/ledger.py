"""The verbs of the ledger: each is one Lua call, so a crash falls before it or after it."""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import redis

from workers.errors import ConfigError
from workers.ledger.jobs import Claim, Settlement, from_ms, to_ms
from workers.ledger.journal import DELAYS
from workers.ledger.journey import Finished, finished_of
from workers.ledger.pressure import Hold, Memory
from workers.model import Entry, Feed, FeedMemory, PollRecord, to_plain
from workers.settings import ROOMS, Ledgering

SCRIPTS = (
    *("subscribe", "spread", "ask", "due", "claim", "claim_many", "heard", "deliver", "poll_done", "settle"),
    *("turn", "recover", "revive", "drop", "reread", "hold", "turned_back", "upgrade"),
)

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


FORMAT = b"2"
"""Of what is kept in Redis; raised with each change that what was there before must be brought into."""
SHELF = 3
"""Digits of an id that name the hash in which what is left of a finished article lies; as in lines.lua."""


def shelf_of(job: str) -> str:
    """The hash that has what is left of this article, once it is finished."""
    return f"nd:done:{job[:SHELF]}"


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
        lines = "".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in ("clock", "lines"))
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

    def marks(self, name: str) -> bytes:
        """The marks of the entries that the feed's last document listed, as `poll_done` kept them."""
        found: Any = self.redis.get(f"nd:marks:{name}")
        return found or b""

    def unknown(self, jobs: Sequence[str]) -> int:
        """How many of these articles no feed has announced yet."""
        with self.redis.pipeline(transaction=False) as pipe:
            for job in set(jobs):
                pipe.exists(f"nd:article:{job}")
                pipe.hexists(shelf_of(job), job)
            found = pipe.execute()
        return sum(not any(either) for either in zip(found[::2], found[1::2], strict=True))

    def heard(self, claim: Claim, document: bytes, *, rest: timedelta) -> str:
        """A feed answered with a document that a child must read: it is kept, and the host is free.

        "sent": the document needs a message; "waits"; "lost": the lease was another's, and nothing was changed.
        """
        rules = self.rules
        limits = (rules.queue_limit, rules.resend_seconds * 1000)
        return _text(self._run("heard", claim.job, claim.token, to_ms(rest), claim.spent, document, *limits))

    def deliver(self, name: str, document: bytes) -> str:
        """What a hub pushed: "read" (it waits to be read), "again" (the feed is asked soon instead), or "off"."""
        return _text(self._run("deliver", name, document))

    def document(self, name: str) -> bytes | None:
        """The document that waits to be read, as it was packed."""
        found: Any = self.redis.get(f"nd:document:{name}")
        return found or None

    def poll_done(
        self,
        claim: Claim,
        *,
        memory: FeedMemory,
        outcome: str,
        host: str = "",
        record: PollRecord | None = None,
        entries: Iterable[tuple[str, str, Entry]] = (),
        restamped: bool = False,
        marks: bytes | None = None,
        rest: timedelta = timedelta(),
    ) -> tuple[str, ...] | None:
        """Announce `entries` (id, host, entry), remember the feed, free its host: all or nothing.

        A known article that its feed says otherwise is read again, unless all are `restamped`: dates mean nothing then.
        `host` is whose line the feed stands in from now on, where that is another; `marks` None keeps
        those there are. Returns the ids that were new, or None when the lease was lost and nothing was changed.
        """
        arguments: list[Any] = []
        for identity, at, entry in entries:
            plain = json.dumps(entry.to_dict(), ensure_ascii=False)
            arguments += [identity, at, entry.url, plain, "" if restamped else said(entry)]
        due = int(memory.next_poll.timestamp() * 1000) if memory.next_poll else 0
        remembered = (written(memory), written(record) if record else "", b"=" if marks is None else marks)
        step = (claim.room, claim.job, claim.token, host, due, to_ms(rest), claim.spent, outcome)
        new = self._run("poll_done", *step, *remembered, *arguments)
        return None if new is None else tuple(_text(job) for job in new)

    def arrived(self, delays: Iterable[timedelta]) -> None:
        """Count how long after their publication articles were announced (the counters delay:<bound>)."""
        with self.redis.pipeline(transaction=False) as pipe:
            for delay in delays:
                seconds = max(0.0, delay.total_seconds())
                bound = next((bound for bound in DELAYS if seconds <= bound), None)
                pipe.hincrby("nd:counts", f"delay:{bound or 'more'}", 1)
                pipe.hincrbyfloat("nd:seconds", "delay", seconds)
            pipe.execute()

    def ask(self, name: str) -> str:
        """Have a feed asked at its host's next turn, also one that is gone. "now", "again" (being asked), "off"."""
        return _text(self._run("ask", name))

    def spread(self) -> int:
        """After a downtime: overdue feeds become due one after the other, not all at once. Returns how many."""
        return int(self._run("spread"))

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
        answer, *listed = [_text(item) for item in self._run("claim", room, job, token, to_ms(lease))]
        return _claim(room, job, token, listed[1:], at=from_ms(listed[0])) if answer == "held" else None

    def claim_many(self, room: str, *, limit: int, lease: timedelta) -> tuple[Claim, ...]:
        """Leases on all that is due in a room without hosts, oldest first, `limit` at most."""
        token = self._token()
        now, *rows = self._run("claim_many", room, limit, token, to_ms(lease))
        texts = ([_text(item) for item in row] for row in rows)
        return tuple(_claim(room, row[0], token, row[1:], at=from_ms(now)) for row in texts)

    def settle(self, claim: Claim, settlement: Settlement) -> str:
        """Move a claimed article. "sent": its new room needs a message; "waits"; "lost": the lease was another's."""
        rules = self.rules
        pairs = [part for pair in settlement.fields.items() for part in pair]
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
            settlement.seconds,
            settlement.words,
            *pairs,
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

    def ticked(self) -> timedelta | None:
        """Note that the clock of the service has struck; how long ago it did before, None the first time."""
        now, last = self.now(), self.redis.hget("nd:counts", "last_tick")
        self.redis.hset("nd:counts", "last_tick", int(now.timestamp() * 1000))
        return now - from_ms(_text(last)) if last else None

    def upgrade(self) -> int:
        """Bring what an earlier release left into the present form. Harmless while workers run, and when repeated."""
        if self.redis.get("nd:format") == FORMAT:
            return 0
        done = 0
        jobs = (_text(key).removeprefix("nd:article:") for key in self.redis.scan_iter("nd:article:*", count=1000))
        while some := list(itertools.islice(jobs, 500)):
            done += int(self._run("upgrade", *some))
        self.redis.set("nd:format", FORMAT)
        return done

    def turned_back(self, by: timedelta) -> int:
        """After the clock went back: what was due in its future is due as much earlier. Returns how many jobs."""
        return int(self._run("turned_back", to_ms(by)))

    # --- what stands still on purpose

    def memory(self) -> Memory:
        """How full Redis is."""
        told: Any = self.redis.info("memory")
        return Memory(used=int(told["used_memory"]), limit=int(told["maxmemory"]))

    def archive_refuses(self, why: str, keep: timedelta) -> None:
        """Pages cannot be kept just now; forgotten after `keep`, or when they can (`archive_takes`)."""
        self.redis.set("nd:trouble:archive", why, px=to_ms(keep))

    def archive_takes(self) -> None:
        """Pages can be kept."""
        self.redis.delete("nd:trouble:archive")

    def archive_trouble(self) -> str:
        """Why no page could be kept a moment ago; "" when they are kept."""
        return _text(self.redis.get("nd:trouble:archive") or b"")

    def held(self) -> Hold:
        """What stands still on purpose."""
        poll, fetch = (_text(words or b"") for words in self.redis.hmget("nd:hold", "poll", "fetch"))
        return Hold(poll=poll, fetch=fetch)

    def hold(self, hold: Hold) -> Hold:
        """Hold these from now on, and nothing else; returns what was held before. A full Redis takes it too."""
        poll, fetch = (_text(words) for words in self._run("hold", hold.poll, hold.fetch))
        return Hold(poll=poll, fetch=fetch)

    # --- hosts

    def take_turn(self, host: str, token: str, span: timedelta) -> timedelta:
        """A turn at a host that is not the job's own. Zero: taken for `span`; else how long to wait."""
        return timedelta(milliseconds=int(self._run("turn", host, token, to_ms(span))))

    def remember_robots(
        self, origin: str, host: str, *, status: int | None, body: bytes, crawl_delay: timedelta, keep: timedelta
    ) -> None:
        """Keep an origin's robots.txt for all workers, and what it asks for between two requests at its host."""
        with self.redis.pipeline() as pipe:
            pipe.set(f"nd:robots:{origin}", b"%d\n%b" % (status or 0, body), px=to_ms(keep))
            pipe.set(f"nd:delay:{host}", to_ms(crawl_delay), px=to_ms(keep))
            pipe.execute()

    def robots(self, origin: str) -> tuple[int | None, bytes] | None:
        """Status and body of the robots.txt that `remember_robots` kept, while it is fresh."""
        found: Any = self.redis.get(f"nd:robots:{origin}")
        if found is None:
            return None
        status, _, body = found.partition(b"\n")
        return int(status) or None, body

    def crawl_delay(self, host: str) -> timedelta | None:
        """What a host asks for between two requests; None while its robots.txt is not known."""
        found: Any = self.redis.get(f"nd:delay:{host}")
        return timedelta(milliseconds=int(found)) if found else None

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

    def standing(self, jobs: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Where articles are (fetch, extract, index, done, dead, dropped), and their document's id where they have one.

        One that no feed announced is left out.
        """
        with self.redis.pipeline(transaction=False) as pipe:
            for job in jobs:
                pipe.hmget(f"nd:article:{job}", "stage", "doc")
                pipe.hget(shelf_of(job), job)
            found = pipe.execute()
        standing = {}
        for job, (stage, doc), left in zip(jobs, found[::2], found[1::2], strict=True):
            if left:
                standing[job] = ("done", finished_of(job, _text(left)).document)
            elif stage:
                standing[job] = (_text(stage), _text(doc or b""))
        return standing

    def finished(self) -> Iterator[tuple[str, Finished]]:
        """Every article whose journey is over, in no order; what ends meanwhile may be left out."""
        for shelf in self.redis.scan_iter("nd:done:*", count=1000):
            for job, left in self.redis.hscan_iter(shelf, count=1000):
                yield _text(job), finished_of(_text(job), _text(left))

    def reread(self, job: str, was: Literal["done", "dead"], settlement: Settlement, *, url: str) -> bool:
        """What reading its archived page again means for an article that is done or dead; False when it is not so now.

        Of the settlement, times, attempts and rest have no meaning here. `url` is the address it was announced under.
        """
        pairs = [part for pair in settlement.fields.items() for part in pair]
        to, outcome, detail = settlement.to, settlement.outcome, settlement.detail
        return bool(self._run("reread", job, was, to, outcome, detail, settlement.body, settlement.host, url, *pairs))

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
    return Feed.from_dict(json.loads(text))


def read_memory(text: str | None) -> FeedMemory:
    """A feed's memory as `poll_done` wrote it; an empty one before the first poll."""
    if not text:
        return FeedMemory()
    plain = json.loads(text)
    return FeedMemory(**{name: _READ[name](value) if name in _READ else value for name, value in plain.items()})


def read_record(line: str) -> PollRecord:
    """One poll as `poll_done` wrote it, with the number of articles that were new."""
    new, _, text = line.partition(" ")
    plain = json.loads(text)
    return PollRecord(**{**plain, "at": datetime.fromisoformat(plain["at"]), "new": int(new)})


_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("polled", "next_poll", "last_new", "seen_until", "moved_since"), datetime.fromisoformat),
    **dict.fromkeys(("gap", "turnover", "every"), lambda seconds: timedelta(seconds=seconds)),
    **dict.fromkeys(("errands", "skip_hours", "skip_days"), tuple),
}


def said(entry: Entry) -> str:
    """What changes in an entry when its article is corrected, in 8 characters."""
    words = f"{entry.title}\n{entry.published}\n{entry.updated}".encode("utf-8", "replace")
    return hashlib.blake2b(words, digest_size=4).hexdigest()


def written(value: FeedMemory | PollRecord) -> str:
    """JSON without what is as it is by default: most of a memory is."""
    defaults = {one.name: one.default for one in fields(value)}
    kept = {name: to_plain(now) for name, usual in defaults.items() if (now := getattr(value, name)) != usual}
    return json.dumps(kept, ensure_ascii=False)


def _claim(room: str, job: str, token: str, listed: Sequence[str], at: datetime) -> Claim:
    pairs = dict(zip(listed[::2], listed[1::2], strict=True))
    return Claim(room=room, job=job, token=token, attempts=int(pairs["attempts"]), fields=pairs, at=at)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
