"""Whatever happens, in whatever order: nothing is lost, nothing is stuck, and every count is exact."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.ledger.conftest import Clock
from workers.errors import Fate, GiveUp, NotYet, SetAside, TryAgain
from workers.ledger import policy
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.ledger import Ledger
from workers.model import Entry, Feed, FeedMemory
from workers.settings import ROOMS, Ledgering

pytestmark = pytest.mark.integration

LEASE = timedelta(seconds=30)
HOSTS = ("a.test", "b.test", "c.test")
NEXT: dict[str, Any] = {"fetch": "extract", "extract": "index", "index": "done"}


class Chance:
    """A service in which anything may happen to a message, a worker, a page, a feed."""

    def __init__(self, ledger: Ledger, clock: Clock, seed: int) -> None:
        self.ledger, self.clock, self.draw = ledger, clock, random.Random(seed)
        self.messages: list[tuple[str, str]] = []
        self.claims: list[tuple[Claim, int]] = []
        self.feeds = [Feed(name=f"feed {n}", url=f"https://{host}/rss", source="S") for n, host in enumerate(HOSTS)]
        self.announced: set[str] = set()

    def happens(self) -> None:
        """One thing."""
        draw = self.draw
        self.clock.passes(draw.choice((0, 0.2, 1, 1, 5, 40)))
        things = (self.tick, self.tick, self.deliver, self.deliver, self.deliver, self.work, self.work, self.odd)
        draw.choice(things)()

    def tick(self) -> None:
        self.messages += self.ledger.due()

    def deliver(self) -> None:
        if not self.messages:
            return
        message = self.draw.choice(self.messages)
        if self.draw.random() < 0.8:  # else it is delivered again
            self.messages.remove(message)
        if self.draw.random() < 0.1:
            return  # lost between the queue and the worker
        room, job = message
        found = (
            self.ledger.claim_many(room, limit=3, lease=LEASE)
            if room == "index"
            else (self.ledger.claim(room, job, lease=LEASE),)
        )
        self.claims += [(claim, self.clock.ms) for claim in found if claim]
        self.one_at_a_host()

    def one_at_a_host(self) -> None:
        held = [
            c.fields["host"] for c, at in self.claims if c.room in ("poll", "fetch") and self.clock.ms - at < 30_000
        ]
        assert max(Counter(held).values(), default=0) <= 1

    def work(self) -> None:
        if not self.claims:
            return
        claim, _ = self.claims.pop(self.draw.randrange(len(self.claims)))
        if self.draw.random() < 0.1:
            return  # the worker died
        if claim.room == "poll" and self.draw.random() < 0.4:
            if self.ledger.heard(claim, b"document", rest=self.rest()) == "sent":
                self.messages.append(("read", claim.job))
        elif claim.room in ("poll", "read"):
            self.polled(claim)
        else:
            self.settle(claim)

    def polled(self, claim: Claim) -> None:
        ids = [f"{self.draw.randrange(60)}" for _ in range(9)]
        entries = [
            (i, HOSTS[int(i) % 3], Entry(url=f"https://{HOSTS[int(i) % 3]}/{i}", title=self.draw.choice("ab")))
            for i in ids
        ]
        later = self.ledger.now() + timedelta(seconds=self.draw.choice((5, 60)))
        outcome = self.draw.choice(("new", "failed", "waiting"))
        told = entries if outcome == "new" else []
        memory = FeedMemory(next_poll=later)
        if self.ledger.poll_done(claim, entries=told, memory=memory, outcome=outcome, rest=self.rest()) is not None:
            self.announced.update(i for i, _, _ in told)

    def settle(self, claim: Claim) -> None:
        onward = Settlement(to=NEXT[claim.room], outcome="ok", body=b"" if claim.room == "index" else b"x")
        fates: tuple[Fate, ...] = (TryAgain("timeout"), GiveUp("gone"), SetAside("odd"), NotYet("turn"))
        could = [onward, onward, onward, *(policy.after_fate(fate, claim, self.ledger.rules) for fate in fates)]
        if claim.room == "fetch":
            could.append(Settlement(to="fetch", outcome="moved", host=self.draw.choice(HOSTS), attempts="forgive"))
        else:
            could.append(Settlement(to="fetch", outcome="page-lost"))
        if self.ledger.settle(claim, self.draw.choice(could)) == "sent":
            self.messages.append(("extract", claim.job))

    def rest(self) -> timedelta:
        return timedelta(seconds=self.draw.choice((0, 1, 3)))

    def odd(self) -> None:
        """What happens seldom."""
        letters: Any = self.ledger.redis.zrange("nd:dead", 0, 0)
        draw = self.draw.random()
        if draw < 0.3:
            self.ledger.take_turn(self.draw.choice(HOSTS), "guest", self.rest())
        elif draw < 0.4 and letters:
            self.draw.choice((self.ledger.revive, self.ledger.drop))(letters[0].decode())
        elif draw < 0.45:
            self.ledger.spread()
        elif draw < 0.48:
            self.ledger.deliver(self.draw.choice(self.feeds).name, b"pushed")
        elif draw < 0.55:
            self.ledger.subscribe(self.draw.sample(self.feeds, self.draw.randint(0, 3)), lambda url: url.split("/")[2])
        elif draw < 0.6:
            self.messages, self.claims = [], []
            self.ledger.recover()

    def calms_down(self) -> None:
        """No more trouble: everything that waits arrives."""
        for _ in range(4000):
            self.clock.passes(5)
            for room, job in self.ledger.due():
                if room in ("poll", "read"):
                    continue
                many = room == "index"
                found = (
                    self.ledger.claim_many(room, limit=99, lease=LEASE)
                    if many
                    else (self.ledger.claim(room, job, lease=LEASE),)
                )
                for claim in found:
                    if claim:
                        body = b"" if many else b"x"
                        self.ledger.settle(claim, Settlement(to=NEXT[room], outcome="ok", body=body))
            if not any(self.waiting().values()):
                return
        raise AssertionError(f"still waiting: {self.waiting()}")

    def waiting(self) -> dict[str, int]:
        """By room, as counted."""
        counts: Any = self.ledger.redis.hgetall("nd:counts")
        return {room: int(counts.get(f"waiting:{room}".encode(), 0)) for room in ROOMS if room != "poll"}


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_stuck_and_every_count_is_exact(client: redis.Redis, clock: Clock, seed: int) -> None:
    ledger = Ledger(client, Ledgering(retry_seconds=5, high_water=6, queue_limit=4), worker="w", clock=clock)
    chance = Chance(ledger, clock, seed)
    ledger.subscribe(chance.feeds, lambda url: url.split("/")[2])
    for _ in range(400):
        chance.happens()
        counted_right(ledger)
    assert len(chance.announced) > 10

    chance.calms_down()

    counted_right(ledger)
    finished = {job for job, _ in ledger.finished()}
    assert set(every(client, "nd:article:")) | finished == chance.announced
    assert {article["stage"] for article in every(client, "nd:article:").values()} <= {"dead", "dropped"}
    assert not [host for host in HOSTS if client.zcard(f"nd:line:fetch:{host}")]
    held: Any = client.smembers("nd:held")
    assert not [one for one in held if not one.startswith((b"poll ", b"read "))]


def every_key(client: redis.Redis, kind: str) -> list[str]:
    """The names after a prefix."""
    keys: Any = client.keys(f"{kind}*")
    return [key.decode().removeprefix(kind) for key in keys]


def every(client: redis.Redis, kind: str) -> dict[str, dict[str, str]]:
    """All hashes of a kind, by the name after it."""
    keys: Any = client.keys(f"{kind}*")
    found: dict[str, Any] = {key.decode().removeprefix(kind): client.hgetall(key) for key in keys}
    return {name: {k.decode(): v.decode() for k, v in fields.items()} for name, fields in found.items()}


def counted_right(ledger: Ledger) -> None:
    """Every count equals what is counted from the articles themselves."""
    client = ledger.redis
    on_the_way = [(article["feed"], article["stage"]) for article in every(client, "nd:article:").values()]
    articles = [*on_the_way, *((left.feed, "done") for _, left in ledger.finished())]
    stages = Counter(stage for _, stage in articles)
    counts: Any = client.hgetall("nd:counts")
    for stage in ("fetch", "extract", "index", "dead", "done"):
        assert int(counts.get(f"waiting:{stage}".encode(), 0)) == stages[stage], stage
    outcomes_sum_to_claims(client, {name.decode(): int(value) for name, value in counts.items()})
    feeds = every(client, "nd:feed:")
    reading = [name for name, feed in feeds.items() if feed["stage"] == "read"]
    assert int(counts.get(b"waiting:read", 0)) == len(reading) == client.zcard("nd:due:read")
    assert sorted(every_key(client, "nd:document:")) == sorted(reading)
    for name, feed in feeds.items():
        if feed["stage"] == "poll" and int(feed["due"]) > 0:
            assert client.zscore(f"nd:line:poll:{feed['host']}", name) is not None, name
        own = [stage for feed_of, stage in articles if feed_of == name]
        counted = {stage: own.count(stage) for stage in ("dead", "done", "dropped")}
        assert [int(feed.get(word, 0)) for word in ("dead", "indexed", "dropped")] == list(counted.values()), name
        assert int(feed.get("announced", 0)) == len(own)


def outcomes_sum_to_claims(client: redis.Redis, counts: dict[str, int]) -> None:
    """Each time a room took an article it told one outcome of it, or still has it."""
    held: Any = client.smembers("nd:held")
    for room in ("fetch", "extract", "index"):
        told = sum(count for name, count in counts.items() if name.startswith(f"{room}:") and name != f"{room}:runs")
        has = sum(one.startswith(f"{room} ".encode()) for one in held)
        assert counts.get(f"claims:{room}", 0) == told + has, room
