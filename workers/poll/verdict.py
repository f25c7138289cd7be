"""What one poll means: which entries are announced, what to remember, when to ask again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from workers.errors import Fate, NotYet, TryAgain
from workers.model import Entry, FeedMemory, ParsedFeed, PollRecord, Reply
from workers.poll import pace
from workers.poll.fingerprint import fingerprint
from workers.poll.parse import parse as parse_document

if TYPE_CHECKING:
    from datetime import datetime

    from workers.model import Feed
    from workers.settings import Polling

POLLS = 30
"""Poll records kept of a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollVerdict:
    """The outcome of a poll: what to hand on, and what the feed's memory is now."""

    entries: tuple[Entry, ...]
    """All the document lists; which of them are new the ledger knows."""
    memory: FeedMemory
    outcome: str
    """new, unchanged, empty, failed, gone; waiting when it was not our turn yet."""
    detail: str | None


class Parser(Protocol):
    """What reads a document: `workers.poll.parse.parse`, or a fake in its place."""

    def __call__(
        self, body: bytes, url: str = "", content_type: str = "", *, now: datetime | None = None
    ) -> ParsedFeed:
        """Read a document; never raises."""


def judge(
    feed: Feed,
    before: FeedMemory,
    heard: Reply | Fate,
    *,
    now: datetime,
    polling: Polling,
    parse: Parser = parse_document,
) -> PollVerdict:
    """Decide what a poll means; pure.

    `heard` is the answer after all redirects, or what became of the request. A failure never
    removes a feed, it only waits longer; 410 from its own address stops it until an operator asks.
    """
    poll = _Poll(feed, before, now, polling)
    if isinstance(heard, NotYet):
        return poll.waiting(heard)
    if isinstance(heard, Fate):
        return poll.unanswered(heard)
    if heard.status == 304:
        return poll.unchanged(heard, before.body_hash)
    if 200 <= heard.status < 300:
        return poll.answered(heard, parse)
    return poll.refused(heard)


@dataclass(frozen=True, slots=True)
class _Poll:
    """One poll with all it is judged by; each method is one thing it can turn out to be."""

    feed: Feed
    before: FeedMemory
    now: datetime
    polling: Polling

    def answered(self, reply: Reply, parse: Parser) -> PollVerdict:
        """A body came: the same as before, or one to be read."""
        seen = fingerprint(reply.body)
        if seen == self.before.body_hash:
            return self.unchanged(reply, seen)
        document = parse(reply.body, reply.url, reply.headers.get("content-type", ""), now=self.now)
        return self.read(reply, document, seen)

    def read(self, reply: Reply, document: ParsedFeed, body_hash: str) -> PollVerdict:
        """A document was read: entries, none, or none that can be read."""
        if document.kind == "sitemap-index":
            first = document.entries[0].url if document.entries else "none"
            return self.failed(
                f"a sitemap index, not a list of articles; poll its sitemaps (first: {first})", reply.status
            )
        if not document.kind:
            return self.failed(" ".join(document.problems), reply.status)
        outcome = "new" if document.entries else "empty"
        detail = " ".join(document.problems) or None
        memory = replace(self._answered(reply, body_hash, outcome, len(document.entries), detail), title=document.title)
        return PollVerdict(entries=document.entries, memory=memory, outcome=outcome, detail=detail)

    def unchanged(self, reply: Reply, body_hash: str | None) -> PollVerdict:
        """Nothing new; the validators are kept all the same, for a server may renew them with the same body."""
        memory = self._answered(reply, body_hash, "unchanged", 0, None)
        return PollVerdict(entries=(), memory=memory, outcome="unchanged", detail=None)

    def refused(self, reply: Reply) -> PollVerdict:
        """A status that brings no document."""
        if reply.status == 410 and not reply.hops:
            return self.gone("status 410")
        where = f" from {reply.url}" if reply.hops else ""
        return self.failed(f"status {reply.status}{where}", reply.status, pace.wish_to_retry(reply.headers, self.now))

    def unanswered(self, fate: Fate) -> PollVerdict:
        """The request itself came to nothing."""
        what = ": ".join(filter(None, (fate.reason, fate.detail)))
        if fate.reason == "gone":
            return self.gone(what)
        wish = pace.Wish(fate.after, "Retry-After") if isinstance(fate, TryAgain) and fate.after else None
        return self.failed(what, None, wish)

    def failed(self, what: str, status: int | None, wish: pace.Wish | None = None) -> PollVerdict:
        """No document: ask later."""
        failures = self.before.failures + 1
        turn = pace.after_failure(self.feed, self.polling, failures=failures, what=what, wish=wish, now=self.now)
        noted = self._noted("failed", status, 0, what)
        memory = replace(noted, failures=failures, next_poll=turn.at, next_reason=turn.reason)
        return PollVerdict(entries=(), memory=memory, outcome="failed", detail=what)

    def gone(self, what: str) -> PollVerdict:
        """The publisher took the feed away."""
        memory = replace(
            self._noted("gone", 410, 0, what),
            failures=self.before.failures + 1,
            gone=True,
            next_poll=None,
            next_reason="gone for good, says the publisher (410): not polled until an operator asks",
        )
        return PollVerdict(entries=(), memory=memory, outcome="gone", detail=what)

    def waiting(self, reason: NotYet) -> PollVerdict:
        """Not our turn: nothing was asked, so nothing is counted."""
        detail = ": ".join(filter(None, (reason.reason, reason.detail)))
        at = self.now + (reason.after or timedelta(seconds=self.polling.floor_seconds))
        memory = replace(self.before, next_poll=at, next_reason=f"waiting: {detail}")
        return PollVerdict(entries=(), memory=memory, outcome="waiting", detail=detail)

    def _answered(
        self, reply: Reply, body_hash: str | None, outcome: str, entries: int, detail: str | None
    ) -> FeedMemory:
        wishes = pace.wishes_of_headers(reply.headers, self.now)
        if self.feed.every is None:  # an operator's own interval is a decision; a document's ttl mostly a default
            wishes += pace.wishes_of_document(reply.body)
        turn = pace.after_success(self.feed, self.polling, wishes=wishes, now=self.now)
        kept = self.before if reply.status == 304 else FeedMemory()
        return replace(
            self._noted(outcome, reply.status, entries, detail),
            etag=reply.headers.get("etag") or kept.etag,
            last_modified=reply.headers.get("last-modified") or kept.last_modified,
            body_hash=body_hash,
            failures=0,
            next_poll=turn.at,
            next_reason=turn.reason,
            moved_to=reply.url if reply.permanent and reply.hops else None,
        )

    def _noted(self, outcome: str, status: int | None, entries: int, detail: str | None) -> FeedMemory:
        record = PollRecord(at=self.now, outcome=outcome, status=status, entries=entries, detail=detail)
        return replace(self.before, polled=self.now, gone=False, polls=(record, *self.before.polls)[:POLLS])
