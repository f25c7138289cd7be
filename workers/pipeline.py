"""Every task, in the order an article meets them: load, decide, hand on.

    tick            what may run now is sent; feeds.toml is followed
    poll_feed       one feed: what is new in it            -> fetch
    fetch_article   one page, in its host's turn           -> extract
    extract_article page -> article, or why not            -> index
    index_articles  all that waits, in batches             -> done

Messages carry names and ids, never bodies. A task that finds its job done, taken or not yet due does nothing.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from workers.celery import Step, app, lease, send_due
from workers.connections import client, ledger, settings, writer
from workers.errors import ConfigError, Fate, GiveUp, NotYet, StoreDown, TryAgain
from workers.fetch import manners
from workers.fetch.address import article_id, host, sane_canonical
from workers.ledger import policy
from workers.ledger.bodies import pack_article, pack_page, unpack_article, unpack_page
from workers.ledger.jobs import DROP_BODY, Claim, Settlement
from workers.model import Article, Feed, FeedMemory, Page, Refused, Reply, Verdict
from workers.poll.catalogue import load as load_catalogue
from workers.turns import agent, ask, known_robots, read_robots, rest_at

if TYPE_CHECKING:
    from workers.poll.verdict import PollVerdict

log: structlog.stdlib.BoundLogger = structlog.get_logger()

FEED_TYPES = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9"
PAGES = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
WHOLE_BATCHES = 2
"""Attempts at an article in a batch with others; then it is written alone."""
STORE_PAUSE = timedelta(seconds=10)
"""How long a batch waits when the store as a whole cannot take it."""


# --- tick


@app.task(name="tick", ignore_result=True)
def tick() -> None:
    """Send what may run now, once a second; twice at the same moment is harmless."""
    ledger().ticked()
    follow_catalogue()
    send_due(batches=True)


_seen: dict[Path, float] = {}
"""The feeds.toml that was read last, by the time of its change; 0 when there was none."""


def follow_catalogue() -> None:
    """Subscribe to what feeds.toml lists, at the start and whenever the file changes.

    A list with a mistake in it is refused as a whole, said once, and the last good one stays.
    """
    file = settings().feeds_file
    changed = file.stat().st_mtime if file.exists() else 0.0
    if _seen.get(file) == changed:
        return
    try:
        feeds = load_catalogue(file)
        ledger().subscribe(feeds, host)
        log.info("feeds subscribed", feeds=len(feeds), file=str(file))
    except (ConfigError, GiveUp) as error:
        log.error("feeds.toml refused, the last good list stays", problem=str(error))  # noqa: TRY400 # one line is enough
    _seen[file] = changed  # not before: a list that Redis could not take is offered again


# --- poll


class PollStep(Step):
    """A feed is never set aside: a failed poll is one more thing that is judged."""

    abstract = True

    def describe(self, claim: Claim) -> dict[str, str]:
        """A feed goes by its name."""
        return {"feed": claim.job}

    def failed(self, claim: Claim, fate: Fate) -> Any:
        """Judge the failure as what was heard."""
        feed, memory = ledger().feed(claim)
        return judged(feed, memory, fate)

    def done(self, claim: Claim, outcome: Any) -> None:
        """Announce what is new, and remember."""
        feed = ledger().feed(claim)[0]
        entries = [(article_id(entry.url), host(entry.url), entry) for entry in outcome.entries if askable(entry.url)]
        verdict = counted(outcome, ledger().unknown([identity for identity, _, _ in entries]))
        word, detail = verdict.outcome, {"detail": verdict.detail} if verdict.detail else {}
        new = ledger().poll_done(claim, entries=entries, memory=verdict.memory, outcome=word, rest=rest_at(feed.url))
        if new is None:
            log.warning("lease lost", outcome=word)
            return
        level = log.warning if word in ("failed", "gone") else log.info
        level("polled", outcome=word, new=new, listed=len(entries), next=verdict.memory.next_reason, **detail)


@app.task(bind=True, base=PollStep, name="poll_feed", room="poll")
def poll_feed(_task: Step, claim: Claim) -> PollVerdict:
    """Ask one feed what is new."""
    feed, memory = ledger().feed(claim)
    reply = ask(
        claim,
        feed.url,
        etag=memory.etag,
        last_modified=memory.last_modified,
        limit=settings().fetch.feed_bytes,
        accept=FEED_TYPES,
    )
    return judged(feed, memory, reply)


def judged(feed: Feed, memory: FeedMemory, heard: Reply | Fate) -> PollVerdict:
    """The verdict on a poll."""
    from workers.poll.verdict import judge  # noqa: PLC0415 # only the poll room loads feedparser

    return judge(feed, memory, heard, now=ledger().now(), polling=settings().poll)


def counted(verdict: PollVerdict, new: int) -> PollVerdict:
    """A verdict with the number of articles nobody had announced, which only the ledger knows."""
    if verdict.outcome != "new":
        return verdict
    word = "new" if new else "unchanged"
    latest = replace(verdict.memory.polls[0], outcome=word, new=new)
    return replace(verdict, outcome=word, memory=replace(verdict.memory, polls=(latest, *verdict.memory.polls[1:])))


def askable(url: str) -> bool:
    """Whether an address can be asked at all; a feed may announce anything."""
    try:
        host(url)
    except GiveUp as fate:
        log.warning("entry without a usable address", problem=str(fate))
        return False
    return True


# --- fetch


@app.task(bind=True, base=Step, name="fetch_article", room="fetch")
def fetch_article(_task: Step, claim: Claim) -> Settlement:
    """Ask for one page: one request in this host's turn, robots.txt first where it is not known."""
    try:
        return fetched(claim)
    except Fate as fate:
        rest = rest_at(claim.ask) if fate.reason != "robots" else timedelta()  # nothing was asked
        if isinstance(fate, TryAgain) and fate.after and fate.reason == "busy":
            rest = max(rest, fate.after)  # the host asked for quiet, not only this page
        return policy.after_fate(fate, claim, settings().ledger, rest=rest)


def fetched(claim: Claim) -> Settlement:
    """The page, or the host that has it."""
    url, now = claim.ask, ledger().now()
    robots = known_robots(url)
    if robots is None:
        read_robots(claim, url)
        raise NotYet("robots-read", after=rest_at(url))
    permission = manners.permission(robots, url, agent())
    if not permission.allowed:
        raise GiveUp("robots", permission.reason, url=url)
    limit = settings().fetch.page_bytes
    reply = client().get(url, limit=limit, accept=PAGE_TYPES, types=PAGES)
    if reply.redirect:
        return moved(claim, reply)
    manners.judge_status(reply, now=now)
    content_type = reply.headers.get("content-type", "")
    page = Page(url=claim.url, final_url=reply.url, content_type=content_type, fetched=now, body=reply.body)
    heard = f"{reply.status}, {max(1, round(len(reply.body) / 1000))} kB"
    return Settlement(to="extract", outcome="fetched", detail=heard, body=pack_page(page), rest=rest_at(url))


def moved(claim: Claim, reply: Reply) -> Settlement:
    """Stand in the line of the host that was pointed to."""
    assert reply.redirect is not None
    if claim.hops >= settings().fetch.redirects:
        raise GiveUp("too-many-redirects", f"{claim.hops} hosts, the last pointed to {reply.redirect}", url=claim.url)
    return Settlement(
        to="fetch",
        outcome="moved",
        detail=reply.redirect,
        attempts="forgive",
        rest=rest_at(claim.ask),
        host=host(reply.redirect),
        fields={"at": reply.redirect, "hops": str(claim.hops + 1)},
    )


# --- extract


@app.task(bind=True, base=Step, name="extract_article", room="extract")
def extract_article(_task: Step, claim: Claim) -> Settlement:
    """Understand a page, in a child that may be killed for it."""
    packed = ledger().body(claim.job)
    if packed is None:
        return Settlement(to="fetch", outcome="page-lost", detail="fetched again")
    page = unpack_page(packed)
    understood = extracted(claim, page)
    if isinstance(understood, Refused):
        return policy.after_refusal(understood)
    elsewhere = "" if understood.id == claim.job else f", as {understood.canonical_url}"
    return Settlement(
        to="index",
        outcome="extracted",
        detail=f"{understood.word_count} words{elsewhere}",
        body=pack_article(understood),
        fields={"doc": understood.id, "final": page.final_url},
    )


def extracted(claim: Claim, page: Page) -> Article | Refused:
    """The article on a page, with what its feed said of it."""
    from workers.extract.story import extract  # noqa: PLC0415 # only the extract room loads trafilatura

    found = extract(
        page.body,
        claim.url,
        entry=claim.entry,
        feed=ledger().feed_named(claim.feed),
        final_url=page.final_url,
        content_type=page.content_type,
        fetched=page.fetched,
        min_words=settings().extract.min_words,
        identify=article_id,
        canonical=sane_canonical,
    )
    return replace(found, first_seen=claim.announced) if isinstance(found, Article) else found


# --- index


@app.task(name="index_articles", ignore_result=True)
def index_articles() -> None:
    """Write all that waits, in batches; what arrives meanwhile is the next tick's."""
    batch = settings().index.batch
    while claims := ledger().claim_many("index", limit=batch, lease=lease("index")):
        if not all(indexed(part) for part in parts(claims)) or len(claims) < batch:
            return


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
        verdicts = written(ready)
    except StoreDown as down:
        wait = NotYet("store-down", str(down), after=STORE_PAUSE)
        for claim, _ in ready:
            ledger().settle(claim, policy.after_fate(wait, claim, settings().ledger))
        log.error("store down, the batch waits", articles=len(ready), problem=str(down))  # noqa: TRY400 # one line is enough
        return False
    for (claim, _), verdict in zip(ready, verdicts, strict=True):
        ledger().settle(claim, after_write(claim, verdict))
    ledger().spent("index", time.perf_counter() - began)
    log.info("indexed", **Counter[str](verdict.outcome for verdict in verdicts))
    return True


def waiting_article(claim: Claim) -> Article | None:
    """What is to be written; None when it is not there or cannot be read, and the claim is settled."""
    packed = ledger().body(claim.job)
    if packed is None:
        ledger().settle(claim, Settlement(to="fetch", outcome="article-lost", detail="fetched again"))
        return None
    try:
        policy.refuse_exhausted(claim, settings().ledger)
        return unpack_article(packed)
    except Fate as fate:
        ledger().settle(claim, policy.after_fate(fate, claim, settings().ledger))
        return None
    except Exception as error:
        log.exception("article cannot be unpacked", url=claim.url)
        detail = f"{type(error).__name__}: {error}"  # without its body, so that a retry fetches the page again
        ledger().settle(claim, Settlement(to="dead", outcome="unreadable", detail=detail, body=DROP_BODY))
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


def after_write(claim: Claim, verdict: Verdict) -> Settlement:
    """What the store's verdict on one article means for it."""
    if verdict.outcome == "later":
        fate = NotYet("store-busy", verdict.reason, after=STORE_PAUSE)
        return policy.after_fate(fate, claim, settings().ledger)
    if verdict.outcome == "rejected":
        return Settlement(to="dead", outcome="store-rejected", detail=verdict.reason)
    word = "indexed" if verdict.outcome == "written" else "already-newer"
    return Settlement(to="done", outcome=word, body=DROP_BODY)
