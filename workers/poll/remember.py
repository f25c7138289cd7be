"""What is remembered of one poll, and when the next one is: the part that all its outcomes share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from workers.model import Entry, FeedMemory, PollRecord, Reply
from workers.poll import pace, websub
from workers.poll.fingerprint import fingerprint
from workers.poll.marks import marked
from workers.poll.rhythm import rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workers.model import Feed, ParsedFeed
    from workers.settings import Polling

MOVED_TIMES, MOVED_FOR = 10, timedelta(days=3)
"""A permanent redirect is believed when it was seen so often over so long: mistakes are undone within days
(Feedbin waits 6 days, Bloglines waited 14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollVerdict:
    """The outcome of a poll: what to hand on, and what the feed's memory is now."""

    outcome: str
    """new, unchanged, empty, failed, gone; waiting when it was not our turn yet."""
    memory: FeedMemory
    record: PollRecord | None = None
    """None when nothing was asked."""
    entries: tuple[Entry, ...] = ()
    """Those that are not known to be old; which of them are new the ledger knows."""
    restamped: bool = False
    """Whether the feed dates all its entries anew, so that another date says nothing of an article."""
    marks: bytes | None = None
    """Of all the entries listed now (`poll.marks`); None: as they were."""
    rest: timedelta | None = None
    """How long the host wants to be left alone, by all feeds and pages."""

    @property
    def detail(self) -> str | None:
        """Why, in words."""
        return self.record.detail if self.record else self.memory.next_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll with all it is judged by."""

    feed: Feed
    before: FeedMemory
    now: datetime
    polling: Polling
    took: float = 0.0
    """Seconds."""
    push_live: bool = False
    """A hub pushes what is new."""

    @property
    def errand(self) -> tuple[str, str]:
        """Kind and address of what was asked in the feed's stead; both "" when it was the feed itself."""
        kind, _, url = self.before.errands[0].partition(" ") if self.before.errands else ("", "", "")
        return kind, url

    @property
    def asked(self) -> str:
        """Where the feed is asked."""
        return self.before.url or self.feed.url

    def record(
        self, outcome: str, reply: Reply | None, *, entries: int = 0, new: int = 0, detail: str | None = None
    ) -> PollRecord:
        """One line of the feed's history."""
        return PollRecord(
            at=self.now,
            outcome=outcome,
            status=reply.status if reply else None,
            entries=entries,
            new=new,
            seconds=round(reply.seconds if reply and reply.seconds else self.took, 3),
            size=len(reply.body) if reply else 0,
            detail=detail,
        )

    def answered(self, reply: Reply, body_hash: str | None = None) -> FeedMemory:
        """The feed answered; validators are kept as they came, byte for byte, from a 304 too."""
        kept = self.before if reply.status == 304 else FeedMemory()
        memory = replace(
            self.before,
            etag=reply.headers.get("etag") or kept.etag,
            last_modified=reply.headers.get("last-modified") or kept.last_modified,
            body_hash=body_hash or self.before.body_hash,
            polled=self.now,
            failures=0,
            gone=False,
            found=None,
        )
        return self._moved(memory, reply)

    def learned(self, memory: FeedMemory, reply: Reply, document: ParsedFeed, new: int) -> FeedMemory:
        """What a document says of the feed and its rhythm."""
        pushed = websub.announced(reply.headers, document.hub, document.topic, reply.url)
        dates = [date for entry in document.entries if (date := entry.published or entry.updated)]
        seen = rhythm(self.before, dates=dates, listed=len(document.entries), new=new, now=self.now)
        return replace(
            memory,
            polled=self.now,
            title=document.title or self.before.title,
            gap=seen.gap,
            last_new=seen.last_new,
            turnover=seen.turnover,
            listed=len(document.entries),
            every=document.every,
            every_where=document.every_where,
            skip_hours=document.skip_hours,
            skip_days=document.skip_days,
            hub=pushed.hub if pushed else None,
            topic=pushed.topic if pushed else None,
        )

    def paced(self, memory: FeedMemory, reply: Reply | None) -> FeedMemory:
        """With the time of the next poll after one that succeeded."""
        headers = reply.headers if reply else {}
        turn = pace.after_success(
            self.feed, self.polling, memory, headers=headers, push_live=self.push_live, now=self.now
        )
        return replace(memory, next_poll=turn.at, next_reason=turn.reason)

    def without_errand(self, memory: FeedMemory) -> FeedMemory:
        """The first errand is done: the next one, or the feed again at its time."""
        memory = replace(memory, errands=memory.errands[1:])
        if memory.errands:
            return self.soon(memory)
        if not memory.failures:
            return self.paced(memory, None)
        turn = pace.after_failure(
            self.feed, self.polling, memory, failures=memory.failures, what="not found", now=self.now
        )
        return replace(memory, next_poll=turn.at, next_reason=turn.reason)

    def soon(self, memory: FeedMemory) -> FeedMemory:
        """The first errand is next, as soon as its host is free."""
        kind, _, url = memory.errands[0].partition(" ")
        return replace(memory, next_poll=self.now, next_reason=f"next is {WHAT[kind]} {url}")

    def _moved(self, memory: FeedMemory, reply: Reply) -> FeedMemory:
        if not (reply.permanent and reply.hops) or reply.url == self.asked:
            return replace(memory, moved_to=None, moved_since=None, moved_times=0)
        again = memory.moved_to == reply.url and memory.moved_since is not None
        since, times = (memory.moved_since if again else self.now), (memory.moved_times if again else 0) + 1
        if since is not None and times >= MOVED_TIMES and self.now - since >= MOVED_FOR:
            return replace(memory, url=reply.url, moved_to=None, moved_since=None, moved_times=0)
        return replace(memory, moved_to=reply.url, moved_since=since, moved_times=times)


def read(poll: Poll, reply: Reply, document: ParsedFeed, entries: Sequence[Entry], new: int) -> PollVerdict:
    """A document with entries, or an empty one."""
    memory = poll.learned(poll.answered(reply, fingerprint(reply.body)), reply, document, new)
    return listed(poll, poll.paced(memory, reply), reply, document, entries, new, marked(document.entries))


def listed(
    poll: Poll,
    memory: FeedMemory,
    reply: Reply,
    document: ParsedFeed,
    entries: Sequence[Entry],
    new: int,
    marks: bytes,
) -> PollVerdict:
    """A verdict that hands on what a document lists."""
    outcome = "new" if new else "unchanged" if document.entries else "empty"
    detail = " ".join(document.problems) or None
    record = poll.record(outcome, reply, entries=len(document.entries), new=new, detail=detail)
    return PollVerdict(outcome=outcome, memory=memory, record=record, entries=tuple(entries), marks=marks)


WHAT = {
    "sitemap": "its sitemap",
    "home": "its site, for where it is now:",
    "candidate": "what may be its new address:",
    "hub": "its hub, to be told of what is new:",
}
"""The kinds of errands, in words."""
