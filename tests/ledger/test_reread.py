"""What reading an archived page again means for an article whose journey had ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.ledger.conftest import Clock
from tests.ledger.test_ledger import HOST, LEASE, announce, claimed, counts, journal, traced
from workers.ledger.jobs import Settlement
from workers.ledger.ledger import Ledger
from workers.model import Entry, Feed

pytestmark = pytest.mark.integration


@pytest.fixture
def done(ledger: Ledger, feed: Feed, clock: Clock) -> str:
    clock.passes(600)
    announce(ledger, feed, "a")
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="extract", outcome="fetched", body=b"page"))
    ledger.settle(claimed(ledger, "extract", "a"), Settlement(to="index", outcome="extracted", fields={"doc": "d1"}))
    (claim,) = ledger.claim_many("index", limit=9, lease=LEASE)
    ledger.settle(claim, Settlement(to="done", outcome="indexed", body=b""))
    return "a"


@pytest.fixture
def dead(ledger: Ledger, feed: Feed, clock: Clock) -> str:
    clock.passes(600)
    announce(ledger, feed, "b")
    ledger.settle(claimed(ledger, "fetch", "b"), Settlement(to="dead", outcome="too-short", body=b""))
    return "b"


def standing(client: redis.Redis) -> dict[str, int]:
    found = counts(client)
    health = journal(client).feed("Gazette")
    assert health is not None
    in_ledger: Any = {name: found.get(f"waiting:{name}", 0) for name in ("index", "done", "dead")}
    return {**in_ledger, "feed indexed": health.indexed, "feed dead": health.dead, "feed waiting": health.waiting}


def test_one_that_is_refused_now_is_set_aside_and_may_be_fetched_again(
    ledger: Ledger, done: str, client: redis.Redis
) -> None:
    entry = Entry(url=f"https://{HOST}/a", title="News a")
    refused = Settlement(
        to="dead",
        outcome="too-short",
        detail="9 words",
        host=HOST,
        fields={"entry": json.dumps(entry.to_dict())},
    )
    assert ledger.reread(done, "done", refused, url=URL)

    assert standing(client) == {
        "index": 0, "done": 0, "dead": 1, "feed indexed": 0, "feed dead": 1, "feed waiting": 0,
    }  # fmt: skip
    (letter,) = journal(client).dead()
    assert (letter.id, letter.reason, letter.detail, letter.stage) == (done, "too-short", "9 words", "extract")
    assert ledger.revive(done) == "fetch"
    assert claimed(ledger, "fetch", done).entry == entry


URL = "https://gazette.example/a"


def test_one_that_is_an_article_now_is_done(ledger: Ledger, dead: str, client: redis.Redis) -> None:
    assert ledger.reread(dead, "dead", Settlement(to="done", outcome="read-again", fields={"doc": "d2"}), url=URL)

    assert standing(client) == {
        "index": 0, "done": 1, "dead": 0, "feed indexed": 1, "feed dead": 0, "feed waiting": 0,
    }  # fmt: skip
    assert journal(client).dead() == ()
    assert traced(client, dead).document == "d2"
    assert ledger.revive(dead) is None
    assert journal(client).status().indexed == 1


def test_one_that_is_an_article_now_can_wait_to_be_indexed(ledger: Ledger, dead: str, client: redis.Redis) -> None:
    assert ledger.reread(dead, "dead", Settlement(to="index", outcome="read-again", body=b"article"), url=URL)

    assert standing(client) == {
        "index": 1, "done": 0, "dead": 0, "feed indexed": 0, "feed dead": 0, "feed waiting": 1,
    }  # fmt: skip
    (claim,) = ledger.claim_many("index", limit=9, lease=timedelta(seconds=9))
    assert (claim.job, claim.attempts, ledger.body(dead)) == (dead, 1, b"article")


def test_one_that_has_another_id_now_is_known_by_it(ledger: Ledger, done: str, client: redis.Redis) -> None:
    before = standing(client)
    assert ledger.reread(
        done, "done", Settlement(to="done", outcome="read-again", detail="x", fields={"doc": "d9"}), url=URL
    )

    assert standing(client) == before
    assert traced(client, done).document == "d9"
    assert [event.outcome for event in traced(client, done).events][-1] == "read-again"


def test_one_that_has_moved_on_since_is_let_be(ledger: Ledger, dead: str, done: str, client: redis.Redis) -> None:
    ledger.revive(dead)
    before = standing(client)

    assert not ledger.reread(dead, "dead", Settlement(to="done", outcome="read-again"), url=URL)
    assert not ledger.reread("nobody", "dead", Settlement(to="done", outcome="read-again"), url=URL)
    assert standing(client) == before


def test_where_articles_stand_is_told_for_many_at_once(ledger: Ledger, dead: str, done: str) -> None:
    assert ledger.standing([done, dead, "nobody"]) == {done: ("done", "d1"), dead: ("dead", "")}
    assert ledger.standing([]) == {}
