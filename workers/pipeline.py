"""Every task, in the order an article meets them: load, decide, hand on.

    tick            what may run now is sent; feeds.toml is followed
    poll_feed       one feed: is there anything new?       -> read
    read_feed       its document: which entries are new    -> fetch
    fetch_article   one page, in its host's turn           -> extract
    extract_article page -> article, or why not            -> index
    index_articles  all that waits, in batches             -> done
    tend_archive    old files of the archive are finished and deleted

Messages carry names and ids, never bodies. A task that finds its job done, taken or not yet due does nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from workers import batches, hubs, keeping
from workers.address import article_id, host
from workers.celery import Step, app, lease, send, send_due
from workers.connections import client, ledger, settings
from workers.errors import ConfigError, Fate, GiveUp, NotYet, TryAgain
from workers.fetch import manners
from workers.fetch.reservations import reserved
from workers.ledger import policy
from workers.ledger.bodies import pack_article, pack_page, pack_reply, unpack_page, unpack_reply
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.pressure import held
from workers.model import Article, Feed, FeedMemory, Page, Refused, Reply
from workers.pages import read_page
from workers.poll.catalogue import load as load_catalogue
from workers.poll.discover import linked
from workers.poll.marks import is_restamped, is_unseen, unmarked
from workers.poll.remember import PollVerdict
from workers.poll.verdict import address, judge, judge_document, judge_hub, judge_links, news, with_hub
from workers.turns import agent, ask, known_robots, read_robots, rest_at, rest_of

log: structlog.stdlib.BoundLogger = structlog.get_logger()

FEED_TYPES = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9"
PAGES = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
DOWNTIME = timedelta(minutes=1)
"""After a longer pause of the clock many feeds may be overdue at once."""
TURNED_BACK = timedelta(seconds=5)
"""A clock that is set right by less is not worth moving all that is due."""
PAGE_ATTEMPTS = 3
"""What fails three times in a page nearly always fails; `dead retry` and a replay give it another chance."""
READ_ATTEMPTS = 2
"""A document that took two children down is not given a third; the feed is asked again later."""


# --- tick


@app.task(name="tick", ignore_result=True)
def tick() -> None:
    """Send what may run now, once a second; twice at the same moment is harmless."""
    hold_what_is_full()  # before anything that a full Redis refuses
    upgrade_ledger()
    since = ledger().ticked()
    follow_catalogue()
    if since and since > DOWNTIME and (late := ledger().spread()):
        log.info("overdue feeds are spread", feeds=late, downtime=str(since))
    if since and since < -TURNED_BACK and (moved := ledger().turned_back(-since)):
        log.warning("the clock went back", by=str(-since), moved=moved)
    send_due(batches=True)


@cache
def upgrade_ledger() -> None:
    """Once a process: what an earlier release left is brought into the present form."""
    if moved := ledger().upgrade():
        log.info("the ledger of an earlier release is upgraded", articles=moved)


def hold_what_is_full() -> None:
    """Polling and fetching stand still while what they bring could not be kept, and say so."""
    before = ledger().held()
    now = held(ledger().memory(), ledger().archive_trouble(), before)
    if now == before:
        return
    ledger().hold(now)
    if bool(now.fetch) != bool(before.fetch):
        log.warning("held" if now.fetch else "going on", why=now.fetch or before.fetch, polling_too=bool(now.poll))


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
        return Polled(feed, memory, judged(claim, feed, memory, fate))

    def done(self, claim: Claim, outcome: Any) -> bool:
        """Remember what a poll meant, or hand its document on to be read."""
        return handed_on(claim, outcome.heard) if isinstance(outcome.heard, Reply) else remembered(claim, outcome)


class Polled(NamedTuple):
    """What came of a poll: a verdict, or a document that must be read."""

    feed: Feed
    before: FeedMemory
    heard: PollVerdict | Reply | None


@app.task(bind=True, base=PollStep, name="poll_feed", room="poll")
def poll_feed(_task: Step, claim: Claim) -> Polled:
    """Ask one feed what is new, or run its errand; a document that is new comes back to be read."""
    feed, memory = ledger().feed(claim)
    url = address(feed, memory)
    if claim.crawl_delay is None:
        read_robots(claim, url)
        raise NotYet("robots-read", after=rest_at(url))
    kind = memory.errands[0].partition(" ")[0] if memory.errands else ""
    if kind == "hub":
        return Polled(feed, memory, hub_answered(claim, feed, memory))
    if kind == "home":
        refuse_forbidden(url)
    validators = {} if kind else {"etag": memory.etag, "last_modified": memory.last_modified}
    reply = ask(claim, url, limit=settings().fetch.feed_bytes, accept=FEED_TYPES, **validators)
    return Polled(feed, memory, judged(claim, feed, memory, reply) or reply)


def hub_answered(claim: Claim, feed: Feed, memory: FeedMemory) -> PollVerdict:
    """The verdict on asking a feed's hub to push."""
    answer = hubs.subscribe(feed.name, memory, claim.now)
    return judge_hub(feed, memory, answer, now=claim.now, polling=settings().poll, took=claim.spent)


def refuse_forbidden(url: str) -> None:
    """Raise GiveUp("robots") for a page that robots.txt keeps from us; a feed itself is published to be asked."""
    robots = known_robots(url)
    if robots is not None and not (permission := manners.permission(robots, url, agent())).allowed:
        raise GiveUp("robots", permission.reason, url=url)


def judged(claim: Claim, feed: Feed, memory: FeedMemory, heard: Reply | Fate) -> PollVerdict | None:
    """The verdict on a poll; None when its document must be read first."""
    verdict = judge(
        feed,
        memory,
        heard,
        now=claim.now,
        polling=settings().poll,
        took=claim.spent,
        push_live=hubs.is_pushed(feed.name, claim.now),
    )
    return hub_asked(claim, verdict) if verdict else None


def hub_asked(claim: Claim, verdict: PollVerdict) -> PollVerdict:
    """The verdict; where the feed's hub must be asked to push, or to go on, that is next."""
    memory = verdict.memory
    if verdict.outcome not in ("new", "unchanged") or memory.errands:
        return verdict
    plan = hubs.planned(claim.job, memory, claim.now)
    return with_hub(verdict, plan.hub, claim.now) if plan else verdict


def handed_on(claim: Claim, reply: Reply) -> bool:
    """A document waits to be read, in a child that may be killed for it."""
    answer = ledger().heard(claim, pack_reply(replace(reply, seconds=claim.spent)), rest=rest_of(claim))
    if answer == "lost":
        log.warning("lease lost", outcome="heard")
    if answer == "sent":
        send("read", claim.job)
    return False


@app.task(bind=True, base=PollStep, name="read_feed", room="read", attempts=READ_ATTEMPTS)
def read_feed(_task: Step, claim: Claim) -> Polled:
    """Find what is new in a document; only entries that changed since the last one cost anything."""
    packed = ledger().document(claim.job)
    if packed is None:
        raise TryAgain("document-lost", "it is asked for again")
    feed, memory = ledger().feed(claim)
    return Polled(feed, memory, understood(claim, feed, memory, unpack_reply(packed)))


def understood(claim: Claim, feed: Feed, before: FeedMemory, reply: Reply) -> PollVerdict:
    """The verdict on a document, or on the home page of a feed that is lost."""
    from workers.poll.parse import parse  # noqa: PLC0415 # only extract's children load the parsers

    now, polling = claim.now, settings().poll
    if not reply.pushed and before.errands and before.errands[0].startswith("home "):
        return judge_links(feed, before, reply, linked(reply.body, reply.url), now=now, polling=polling)
    document = parse(reply.body, reply.url, reply.headers.get("content-type", ""), now=now)
    marks = ledger().marks(claim.job)
    # the marks of an index are those of all its sitemaps
    first = is_unseen(document.entries, marks) if before.errands else not marks
    entries = unmarked(news(document, first=first, now=now), marks)
    ids = [article_id(entry.url) for entry in entries if askable(entry.url)]
    new = ledger().unknown(ids) if ids else 0
    push_live = hubs.is_pushed(feed.name, now)
    if push_live and new and not reply.pushed:
        hubs.missed(feed.name)
    verdict = judge_document(
        feed,
        before,
        reply,
        document,
        entries=entries,
        new=new,
        marks=marks,
        now=now,
        polling=polling,
        push_live=push_live,
    )
    verdict = replace(verdict, restamped=is_restamped(document.entries, entries, new))
    return verdict if reply.pushed else hub_asked(claim, verdict)


def remembered(claim: Claim, polled: Polled) -> bool:
    """Announce what is new and remember the feed; whether articles may be fetched now."""
    feed, before, verdict = polled
    assert isinstance(verdict, PollVerdict)
    memory = with_askable_errands(verdict.memory)
    entries = [(article_id(entry.url), host(entry.url), entry) for entry in verdict.entries if askable(entry.url)]
    rest = max(rest_of(claim), verdict.rest or timedelta())
    new = ledger().poll_done(
        claim,
        memory=memory,
        outcome=verdict.outcome,
        host=host(address(feed, memory)),
        record=verdict.record,
        entries=entries,
        restamped=verdict.restamped,
        marks=verdict.marks,
        rest=rest,
    )
    if new is None:
        log.warning("lease lost", outcome=verdict.outcome)
        return False
    if new and before.polled:
        dates = {identity: entry.published for identity, _, entry in entries if entry.published}
        ledger().arrived(claim.now - dates[one] for one in new if dates.get(one, before.polled) > before.polled)
    say_polled(verdict, len(new))
    return bool(new) or not rest


def with_askable_errands(memory: FeedMemory) -> FeedMemory:
    """Without errands to addresses that cannot be asked; a sitemap or a page may name anything."""
    errands = tuple(errand for errand in memory.errands if askable(errand.partition(" ")[2]))
    return memory if errands == memory.errands else replace(memory, errands=errands)


def say_polled(verdict: PollVerdict, new: int) -> None:
    """A log line, but for what happens all the time; the ledger keeps each poll anyway."""
    if verdict.outcome == "unchanged" and verdict.detail is None:
        return
    level = log.warning if verdict.outcome in ("failed", "gone") else log.info
    said = {"detail": verdict.detail} if verdict.detail else {}
    level("polled", outcome=verdict.outcome, new=new, next=verdict.memory.next_reason, **said)


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
        rest = rest_of(claim) if fate.reason != "robots" else timedelta()  # nothing was asked
        if isinstance(fate, TryAgain) and fate.after and fate.reason == "busy":
            rest = max(rest, fate.after)  # the host asked for quiet, not only this page
        return policy.after_fate(fate, claim, settings().ledger, rest=rest)


def fetched(claim: Claim) -> Settlement:
    """The page, or the host that has it."""
    url, now = claim.ask, claim.now
    robots = known_robots(url)
    if robots is None:
        read_robots(claim, url)
        raise NotYet("robots-read", after=rest_at(url))
    permission = manners.permission(robots, url, agent())
    if not permission.allowed:
        raise GiveUp("robots", permission.reason, url=url)
    keeping.refuse_unkept(url)
    limit = settings().fetch.page_bytes
    reply = client().get(url, limit=limit, accept=PAGE_TYPES, types=PAGES, heads=keeping.is_on())
    if reply.redirect:
        return moved(claim, reply)
    manners.judge_status(reply, now=now)
    content_type = reply.headers.get("content-type", "")
    page = Page(
        url=claim.url,
        final_url=reply.url,
        content_type=content_type,
        fetched=now,
        body=reply.body,
        reserved=reserved(reply.headers, robots, url=reply.url, agent=agent()),
    )
    heard = f"{reply.status}, {max(1, round(len(reply.body) / 1000))} kB{keeping.keep(claim, page, reply)}"
    return Settlement(to="extract", outcome="fetched", detail=heard, body=pack_page(page), rest=rest_of(claim))


@app.task(name="tend_archive", ignore_result=True)
def tend_archive() -> None:
    """Every ten seconds: finish files that are old enough, mend what dead processes left, delete what is too much."""
    keeping.tend()


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
        rest=rest_of(claim),
        host=host(reply.redirect),
        fields={"at": reply.redirect, "hops": str(claim.hops + 1)},
    )


# --- extract


@app.task(bind=True, base=Step, name="extract_article", room="extract", attempts=PAGE_ATTEMPTS)
def extract_article(_task: Step, claim: Claim) -> Settlement:
    """Understand a page, in a child that may be killed for it."""
    packed = ledger().body(claim.job)
    if packed is None:
        return Settlement(to="fetch", outcome="page-lost", detail="fetched again")
    page = unpack_page(packed)
    understood = extracted(claim, page)
    if isinstance(understood, Refused):
        return policy.after_refusal(understood)
    if claim.fields.get("again"):
        understood = replace(
            understood, id=claim.fields.get("doc") or claim.job
        )  # it is in the index under that already
    elsewhere = "" if understood.id == claim.job else f", as {understood.canonical_url}"
    return Settlement(
        to="index",
        outcome="extracted",
        detail=f"{understood.word_count} words{elsewhere}",
        body=pack_article(understood),
        words=understood.word_count,
        fields={"doc": understood.id},
    )


def extracted(claim: Claim, page: Page) -> Article | Refused:
    """The article on a page, with what its feed said of it."""
    feed, rules = ledger().feed_named(claim.feed), settings().extract
    return read_page(page, entry=claim.entry, feed=feed, announced=claim.announced, rules=rules)


# --- index


@app.task(name="index_articles", ignore_result=True)
def index_articles() -> None:
    """Write all that waits, in batches; what arrives meanwhile is the next tick's."""
    batch = settings().index.batch
    while claims := ledger().claim_many("index", limit=batch, lease=lease("index")):
        if not all(batches.indexed(part) for part in batches.parts(claims)) or len(claims) < batch:
            return
