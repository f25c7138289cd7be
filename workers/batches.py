"""A batch on its way into the store: each article in its place among the others, written, and settled.

One article that cannot be written stops no other; a store that cannot be written to loses none.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from workers.celery import settle
from workers.connections import ledger, settings, stories, writer
from workers.errors import ConfigError, Fate, NotYet, StoreDown
from workers.ledger import policy
from workers.ledger.bodies import unpack_article
from workers.ledger.jobs import DROP_BODY, Claim, Settlement
from workers.ledger.journey import joined, so_far
from workers.model import Article, Event, Verdict

log: structlog.stdlib.BoundLogger = structlog.get_logger()

WHOLE_BATCHES = 2
"""Attempts at an article in a batch with others; then it is written alone."""
STORE_PAUSE = timedelta(seconds=10)
"""How long a batch waits when the store as a whole cannot take it."""


def parts(claims: tuple[Claim, ...]) -> list[tuple[Claim, ...]]:
    """One batch; or each article alone, in any order, when an earlier batch took the process down with it."""
    if all(claim.attempts <= WHOLE_BATCHES for claim in claims):
        return [claims]
    return [(claim,) for claim in random.sample(claims, len(claims))]


def indexed(claims: tuple[Claim, ...]) -> bool:
    """Write one batch; False when the store as a whole refused it, and the batch waits."""
    began = time.perf_counter()
    ready = [(claim, article) for claim in claims if (article := waiting_article(claim)) is not None]
    try:
        settlements = settled_by_store(ready)
    except StoreDown as down:
        log.error("store down, the batch waits", articles=len(ready), problem=str(down))  # noqa: TRY400 # one line is enough
        wait = NotYet("store-down", str(down), after=STORE_PAUSE)
        for claim, _ in ready:
            settle_one(claim, policy.after_fate(wait, claim, settings().ledger))
        return False
    for (claim, _), settlement in zip(ready, settlements, strict=True):
        settle_one(claim, settlement)
    ledger().spent("index", time.perf_counter() - began)
    return True


def settle_one(claim: Claim, settlement: Settlement) -> None:
    """Settle one article of a batch."""
    with structlog.contextvars.bound_contextvars(room=claim.room, url=claim.url):
        settle(ledger(), claim, settlement)


def settled_by_store(ready: Sequence[tuple[Claim, Article]]) -> list[Settlement]:
    """Each article in its place among the others, written, and where its journey goes. Raises StoreDown."""
    from workers import known  # noqa: PLC0415 # only the index room loads numpy

    told = [replace(article, journey=so_far(claim)) for claim, article in ready]
    places = known.placed(told, writer(), stories())
    kept = [
        (claim, arriving(claim, place.article, place.detail))
        for (claim, _), place in zip(ready, places, strict=True)
        if not place.refused
    ]
    verdicts = iter(written(kept))
    known.tell_moves(writer(), stories(), ledger().now())
    return [
        policy.after_refusal(place.refused) if place.refused else after_write(claim, next(verdicts), place.detail)
        for (claim, _), place in zip(ready, places, strict=True)
    ]


def arriving(claim: Claim, article: Article, detail: str) -> Article:
    """An article whose journey ends with its being written."""
    last = Event(
        at=claim.now,
        room="index",
        outcome="indexed",
        seconds=round(claim.spent, 3),
        worker=claim.token.rpartition(":")[0],
        detail=detail or None,
    )
    return replace(article, journey=joined(article.journey, [last]))


def waiting_article(claim: Claim) -> Article | None:
    """What is to be written; None when it is not there or cannot be read, and the claim is settled."""
    packed = ledger().body(claim.job)
    if packed is None:
        settle_one(claim, Settlement(to="fetch", outcome="article-lost", detail="fetched again"))
        return None
    try:
        policy.refuse_exhausted(claim, settings().ledger.attempts)
        return unpack_article(packed)
    except Fate as fate:
        settle_one(claim, policy.after_fate(fate, claim, settings().ledger))
        return None
    except Exception as error:
        log.exception("article cannot be unpacked", url=claim.url)
        detail = f"{type(error).__name__}: {error}"  # without its body, so that a retry fetches the page again
        settle_one(claim, Settlement(to="dead", outcome="unreadable", detail=detail, body=DROP_BODY))
        return None


def written(ready: Sequence[tuple[Claim, Article]]) -> Sequence[Verdict]:
    """The store's verdicts; a batch that it chokes on is written one by one, so that one article stops no other."""
    articles = [article for _, article in ready]
    if not articles:
        return ()
    try:
        return writer().write(articles)
    except (StoreDown, ConfigError):
        raise
    except Exception as error:
        log.exception("batch crashed", articles=len(articles))
        if len(articles) == 1:
            return (Verdict(id=articles[0].id, outcome="rejected", reason=f"{type(error).__name__}: {error}"),)
    return [verdict for one in ready for verdict in written([one])]


def after_write(claim: Claim, verdict: Verdict, detail: str = "") -> Settlement:
    """What the store's verdict on one article means for it; `detail` is what its journey tells of its place."""
    if verdict.outcome == "later":
        fate = NotYet("store-busy", verdict.reason, after=STORE_PAUSE)
        return policy.after_fate(fate, claim, settings().ledger)
    if verdict.outcome == "rejected":
        return Settlement(to="dead", outcome="store-rejected", detail=verdict.reason)
    word = "indexed" if verdict.outcome == "written" else "already-newer"
    return Settlement(to="done", outcome=word, detail=detail, body=DROP_BODY)
