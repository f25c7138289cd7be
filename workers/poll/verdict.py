"""What one poll means: which entries are announced, what to remember, when to ask again. Pure.

    judge            an answer, or why there was none     -> a verdict, or None: its document is to be read
    judge_document   a document that was read             -> a verdict
    judge_links      the feeds that a home page names     -> a verdict

A feed may have errands: addresses to be asked before it is asked itself again, one a turn. They are the
sitemaps of a sitemap index, the way to a feed that is no longer where it was, and the hub that pushes it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from workers.errors import Fate, NotYet, TryAgain
from workers.model import Entry, FeedMemory, ParsedFeed, Reply
from workers.poll import pace
from workers.poll.errands import candidate_read, errand_failed, index_read, is_fresh, part_read, searched
from workers.poll.fingerprint import fingerprint
from workers.poll.marks import marked
from workers.poll.remember import WHAT, Poll, PollVerdict, listed, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workers.model import Feed
    from workers.settings import Polling


QUIET = timedelta(minutes=5)
"""After "too many requests" without a time; some sites count over minutes (Reddit: one request a minute)."""


def judge(
    feed: Feed,
    before: FeedMemory,
    heard: Reply | Fate,
    *,
    now: datetime,
    polling: Polling,
    took: float = 0.0,
    push_live: bool = False,
) -> PollVerdict | None:
    """Decide what an answer means; None when it brought a document that is to be read.

    `heard` is the answer after all redirects, or what became of the request; `took` its seconds;
    `push_live` says that a hub pushes what is new. A failure never removes a feed, it only waits
    longer; 410 from its own address stops it until an operator asks.
    """
    poll = Poll(feed=feed, before=before, now=now, polling=polling, took=took, push_live=push_live)
    if isinstance(heard, NotYet):
        return _waiting(poll, heard)
    errand = bool(before.errands)
    if isinstance(heard, Fate):
        return errand_failed(poll, heard) if errand else _unanswered(poll, heard)
    if 200 <= heard.status < 300:
        known = not errand and fingerprint(heard.body) == before.body_hash
        return _unchanged(poll, heard) if known else None
    if errand:
        return errand_failed(poll, heard)
    return _unchanged(poll, heard) if heard.status == 304 else _refused(poll, heard)


def judge_document(
    feed: Feed,
    before: FeedMemory,
    reply: Reply,
    document: ParsedFeed,
    *,
    entries: Sequence[Entry],
    new: int,
    marks: bytes = b"",
    now: datetime,
    polling: Polling,
    push_live: bool = False,
) -> PollVerdict:
    """Decide what a document means that was read.

    `entries` are those of the document that are not in `marks`, which are of the document before;
    `new` of them no feed has announced.
    """
    poll = Poll(feed=feed, before=before, now=now, polling=polling, push_live=push_live)
    kind = poll.errand[0]
    if reply.pushed:
        return _delivered(poll, reply, document, entries, new, marks)
    if kind == "candidate":
        return candidate_read(poll, reply, document, entries, new)
    if not document.kind:
        what = " ".join(document.problems)
        return errand_failed(poll, TryAgain("unreadable", what)) if kind else _failed(poll, what, reply)
    if document.kind == "sitemap-index":
        return index_read(poll, reply, document)
    return part_read(poll, reply, document, entries, new, marks) if kind else read(poll, reply, document, entries, new)


def judge_links(
    feed: Feed, before: FeedMemory, reply: Reply, links: Sequence[str], *, now: datetime, polling: Polling
) -> PollVerdict:
    """Decide what a home page means that was read while its feed is not found: each feed it names is asked in turn."""
    poll = Poll(feed=feed, before=before, now=now, polling=polling)
    errands = tuple(f"candidate {link}" for link in links if link != poll.asked)
    if not errands:
        return errand_failed(poll, TryAgain("not-found", "it names no other feed"))
    memory = replace(before, found=None, errands=(before.errands[0], *errands, *before.errands[1:]))
    memory = poll.without_errand(memory)
    record = poll.record("unchanged", reply, detail=f"{len(errands)} feeds named by {reply.url}")
    return PollVerdict(outcome="unchanged", memory=memory, record=record)


def judge_hub(
    feed: Feed, before: FeedMemory, answer: str, *, now: datetime, polling: Polling, took: float
) -> PollVerdict:
    """After a feed's hub was asked to push; `answer` is in words. The feed is polled as before."""
    poll = Poll(feed=feed, before=before, now=now, polling=polling, took=took)
    record = poll.record("unchanged", None, detail=f"asked the hub {poll.errand[1]} to push: {answer}")
    return PollVerdict(outcome="unchanged", memory=poll.without_errand(before), record=record)


def with_hub(verdict: PollVerdict, hub: str, now: datetime) -> PollVerdict:
    """The verdict, with the feed's hub to be asked next."""
    memory = replace(verdict.memory, errands=(f"hub {hub}",), next_poll=now, next_reason=f"next is {WHAT['hub']} {hub}")
    return replace(verdict, memory=memory)


def address(feed: Feed, memory: FeedMemory) -> str:
    """What is asked next: the first errand, or the feed where it is now."""
    return memory.errands[0].partition(" ")[2] if memory.errands else memory.url or feed.url


def news(document: ParsedFeed, *, first: bool, now: datetime) -> tuple[Entry, ...]:
    """The entries that may be announced: all, but of a sitemap only what is fresh.

    What a sitemap does not date is fresh when it was not there the `first` time.
    """
    if document.kind != "sitemap":
        return document.entries
    return tuple(entry for entry in document.entries if is_fresh(entry, first=first, now=now))


# --- no document


def _waiting(poll: Poll, reason: NotYet) -> PollVerdict:
    """Not our turn: nothing was asked, so nothing is counted."""
    detail = ": ".join(filter(None, (reason.reason, reason.detail)))
    at = poll.now + (timedelta(seconds=poll.polling.floor_seconds) if reason.after is None else reason.after)
    memory = replace(poll.before, next_poll=at, next_reason=f"waiting: {detail}")
    return PollVerdict(outcome="waiting", memory=memory)


def _unchanged(poll: Poll, reply: Reply) -> PollVerdict:
    """Nothing new."""
    memory = poll.paced(poll.answered(reply), reply)
    return PollVerdict(outcome="unchanged", memory=memory, record=poll.record("unchanged", reply))


def _unanswered(poll: Poll, fate: Fate) -> PollVerdict:
    """The request itself came to nothing."""
    what = ": ".join(filter(None, (fate.reason, fate.detail)))
    if fate.reason == "gone" and poll.before.url is None:
        return _gone(poll, None, what)
    wish = pace.Wish(fate.after, "Retry-After") if isinstance(fate, TryAgain) and fate.after else None
    return _failed(poll, what, None, wish)


def _refused(poll: Poll, reply: Reply) -> PollVerdict:
    """A status that brings no document."""
    if reply.status == 410 and not reply.hops and poll.before.url is None:
        return _gone(poll, reply, "status 410")
    where = f" from {reply.url}" if reply.hops else ""
    return _failed(poll, f"status {reply.status}{where}", reply, pace.wish_to_retry(reply.headers, poll.now))


def _failed(poll: Poll, what: str, reply: Reply | None, wish: pace.Wish | None = None) -> PollVerdict:
    """No document: ask later, and where a 404 stays, look around."""
    failures = poll.before.failures + 1
    turn = pace.after_failure(
        poll.feed, poll.polling, poll.before, failures=failures, what=what, wish=wish, now=poll.now
    )
    memory = replace(
        poll.before, polled=poll.now, gone=False, failures=failures, next_poll=turn.at, next_reason=turn.reason
    )
    if reply is not None:
        memory = searched(poll, memory, reply)
    rest = _quiet(poll, reply, wish)
    return PollVerdict(outcome="failed", memory=memory, record=poll.record("failed", reply, detail=what), rest=rest)


def _quiet(poll: Poll, reply: Reply | None, wish: pace.Wish | None) -> timedelta | None:
    """How long a host that says 429 or 503 is left alone: as long as it names; 429 alone means `QUIET`."""
    if reply is None or reply.status not in (429, 503):
        return None
    if wish is not None:
        return min(wish.wait, timedelta(seconds=poll.polling.cap_seconds))
    return QUIET if reply.status == 429 else None


def _gone(poll: Poll, reply: Reply | None, what: str) -> PollVerdict:
    """The publisher took the feed away."""
    memory = replace(
        poll.before,
        polled=poll.now,
        failures=poll.before.failures + 1,
        gone=True,
        next_poll=None,
        next_reason="gone for good, says the publisher (410): not polled until an operator asks",
    )
    return PollVerdict(outcome="gone", memory=memory, record=poll.record("gone", reply, detail=what))


# --- a document


def _delivered(
    poll: Poll, reply: Reply, document: ParsedFeed, entries: Sequence[Entry], new: int, marks: bytes
) -> PollVerdict:
    """A hub brought some entries: the rest of the feed, its validators and its next poll are as they were."""
    memory = replace(poll.before, last_new=poll.now) if new else poll.before
    verdict = listed(poll, memory, reply, document, entries, new, marked(entries, before=marks))
    if verdict.record is None or document.kind:
        return verdict
    return replace(verdict, record=replace(verdict.record, detail=f"pushed by its hub: {verdict.detail}"))
