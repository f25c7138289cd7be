"""What is asked in a feed's stead: the sitemaps of an index, and the way to a feed that is no longer where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from workers.errors import Fate, TryAgain
from workers.model import Entry, FeedMemory, ParsedFeed, Reply
from workers.poll.fingerprint import fingerprint
from workers.poll.marks import marked
from workers.poll.remember import Poll, PollVerdict, listed, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LOST = (3, 10, 30, 100, 300)
"""After so many failures in a row a 404, or a page that is no feed, has its site searched; feeds often come back."""

SITEMAPS = 10
"""Sitemaps of an index asked in one round, the latest changed first."""

DAY = timedelta(hours=36)
"""How long a day lasts, from its midnight in Greenwich to the last place on Earth where it is that day."""

FRESH = timedelta(days=3)
"""Of a sitemap only what changed since then is news; it may list a whole archive."""


def is_fresh(entry: Entry, *, first: bool, now: datetime) -> bool:
    """Whether an entry of a sitemap is news; without a date it is, unless the sitemap is read for the first time."""
    date = entry.published or entry.updated
    return not first if date is None else now - date <= FRESH


def index_read(poll: Poll, reply: Reply, document: ParsedFeed) -> PollVerdict:
    """A sitemap index: those of its sitemaps that changed since they were last asked for are errands."""
    if poll.before.errands:
        return errand_failed(poll, TryAgain("unreadable", "a sitemap index inside another"))
    since = poll.before.seen_until
    changed = [one for one in document.entries if _may_have_changed(one, since, poll.now)]
    asked = sorted(changed, key=_latest_first)[:SITEMAPS]
    until = max((min(one.updated, poll.now) for one in asked if one.updated), default=since)
    memory = replace(
        poll.answered(reply, fingerprint(reply.body)),
        seen_until=until,
        errands=tuple(f"sitemap {one.url}" for one in asked),
    )
    if any(_is_vague(one, poll.now) for one in document.entries):  # then the index stays the same whatever is new
        memory = replace(memory, etag=None, last_modified=None, body_hash=None)
    memory = poll.soon(memory) if asked else poll.paced(memory, reply)
    detail = f"{len(document.entries)} sitemaps, {len(asked)} of them to be asked"
    return PollVerdict(outcome="unchanged", memory=memory, record=poll.record("unchanged", reply, detail=detail))


def _may_have_changed(sitemap: Entry, since: datetime | None, now: datetime) -> bool:
    return since is None or sitemap.updated is None or sitemap.updated > since or _is_vague(sitemap, now)


def _is_vague(sitemap: Entry, now: datetime) -> bool:
    """Whether it can change and its date stay: it has none, or that of this day (anywhere on Earth) without a time."""
    at = sitemap.updated
    return at is None or (at == at.replace(hour=0, minute=0, second=0) and now - at < DAY)


def _latest_first(sitemap: Entry) -> tuple[bool, float]:
    """Undated ones last: which of them changed nobody says."""
    return sitemap.updated is None, -sitemap.updated.timestamp() if sitemap.updated else 0.0


def part_read(
    poll: Poll, reply: Reply, document: ParsedFeed, entries: Sequence[Entry], new: int, marks: bytes
) -> PollVerdict:
    """One sitemap of several: the marks of the others stay, and an archive among them says nothing of the rhythm."""
    fresh = tuple(entry for entry in document.entries if is_fresh(entry, first=True, now=poll.now))
    learned = poll.learned(poll.before, reply, replace(document, entries=fresh), new)
    learned = replace(learned, turnover=None, gap=_of_several(poll.before.gap, learned.gap))
    kept = marked(document.entries, before=marks)
    return listed(poll, poll.without_errand(learned), reply, document, entries, new, kept)


def _of_several(before: timedelta | None, gap: timedelta | None) -> timedelta | None:
    """The gap of the busiest: a shorter one counts at once, a longer one little by little."""
    if before is None or gap is None or gap < before:
        return gap
    return before * 0.9 + gap * 0.1


def candidate_read(poll: Poll, reply: Reply, document: ParsedFeed, entries: Sequence[Entry], new: int) -> PollVerdict:
    """What may be the lost feed. It is, when it is on the same site and has entries or the title that this one had.

    Articles that another feed announced are no sign: a site's feeds have many in common.
    """
    url = poll.errand[1]
    if not document.kind or document.kind.startswith("sitemap"):
        return errand_failed(poll, TryAgain("not-found", "it is no feed"))
    known = len(entries) < len(document.entries) or (document.title or "") == poll.before.title
    if known and _is_same_site(url, poll.feed.url):
        found = replace(poll, before=replace(poll.before, errands=(), url=url))
        return read(found, reply, document, entries, new)
    memory = poll.without_errand(replace(poll.before, found=poll.before.found or url))
    record = poll.record("unchanged", reply, detail=f"{url} may be its new address")
    return PollVerdict(outcome="unchanged", memory=memory, record=record)


def errand_failed(poll: Poll, heard: Reply | Fate) -> PollVerdict:
    """An errand came to nothing, which is no failure of the feed."""
    why = str(heard) if isinstance(heard, Fate) else f"status {heard.status}"
    record = poll.record("failed", heard if isinstance(heard, Reply) else None, detail=f"{poll.errand[1]}: {why}")
    return PollVerdict(outcome="failed", memory=poll.without_errand(poll.before), record=record)


def _is_same_site(one: str, other: str) -> bool:
    """Whether two addresses have the same host, or one's is below the other's; "www." aside."""
    hosts = sorted(((urlsplit(url).hostname or "").removeprefix("www.") for url in (one, other)), key=len)
    return hosts[0] == hosts[1] or hosts[1].endswith(f".{hosts[0]}")


def searched(poll: Poll, memory: FeedMemory, reply: Reply) -> FeedMemory:
    """The memory after one more failure; where it shows that no feed is there any more, its site is asked for it.

    Many sites say 200 and show a page in place of what is no longer there: that counts like a 404.
    """
    missing = reply.status in (404, 410) or 200 <= reply.status < 300
    if not missing or memory.failures not in LOST:
        return memory
    if memory.url is not None:  # it moved, and is not there either: back to where it was configured
        return replace(memory, url=None)
    return poll.soon(replace(memory, errands=(f"home {urljoin(poll.feed.url, '/')}",)))
