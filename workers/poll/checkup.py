"""What one look at a feed says to an operator, and when it would be asked next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from workers.errors import Fate
from workers.model import Feed, FeedMemory, ParsedFeed, Reply, to_plain
from workers.poll import pace
from workers.poll.offers import Depth, dated, depth
from workers.poll.parse import parse
from workers.poll.verdict import judge, judge_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.poll.remember import PollVerdict
    from workers.settings import Polling

Conditional = Literal["work", "are ignored", "are impossible", "were not tried"]
"""What became of a second request that carried the validators of the first."""

FAR = timedelta(days=3_650)
"""How far in the future a date is still read, to be counted as wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One feed, looked at."""

    name: str
    url: str
    trouble: str | None = None
    """Why no article can come of it; None when all is well."""
    status: int | None = None
    final_url: str | None = None
    hops: tuple[str, ...] = ()
    permanent: bool = False
    """Every redirect says "for good" (301, 308)."""
    seconds: float = 0.0
    size: int = 0
    """Bytes, decoded."""
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    conditional: Conditional = "were not tried"
    kind: str = ""
    title: str | None = None
    language: str | None = None
    entries: int = 0
    depth: Depth | None = None
    newest: datetime | None = None
    undated: int = 0
    """Entries without a date that can be read."""
    future: int = 0
    """Entries dated after now."""
    repeated: int = 0
    """Entries with the guid of another."""
    problems: tuple[str, ...] = ()
    hub: str | None = None
    asks: tuple[str, ...] = ()
    """What the publisher asks of us, and where it says so."""
    robots: str | None = None
    """What robots.txt says of the address; a feed is asked all the same."""
    next_poll: datetime | None = None
    next_reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; times as UTC ISO 8601."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def unanswered(feed: Feed, fate: Fate, *, robots: str | None = None, now: datetime, polling: Polling) -> Checkup:
    """A feed that could not be asked."""
    verdict = judge(feed, FeedMemory(), fate, now=now, polling=polling)
    memory = verdict.memory if verdict else FeedMemory()
    what = ": ".join(part for part in (fate.reason, fate.detail) if part)
    return Checkup(
        name=feed.name,
        url=feed.url,
        trouble=what,
        robots=robots,
        next_poll=memory.next_poll,
        next_reason=memory.next_reason,
    )


def examined(
    feed: Feed, reply: Reply, *, again: Reply | None = None, robots: str | None = None, now: datetime, polling: Polling
) -> Checkup:
    """A feed that answered; `again` is the answer to a second request with its validators."""
    document = parse(reply.body, reply.url, reply.headers.get("content-type", ""), now=now)
    memory = _judged(feed, reply, document, now, polling).memory
    distant = parse(reply.body, reply.url, reply.headers.get("content-type", ""), now=now + FAR)
    dates = [dated(entry) for entry in distant.entries]
    guids = [entry.guid for entry in document.entries if entry.guid]
    return Checkup(
        name=feed.name,
        url=feed.url,
        trouble=trouble(reply, document),
        status=reply.status,
        final_url=reply.url,
        hops=reply.hops,
        permanent=reply.permanent,
        seconds=round(reply.seconds, 3),
        size=len(reply.body),
        content_type=reply.headers.get("content-type"),
        etag=reply.headers.get("etag"),
        last_modified=reply.headers.get("last-modified"),
        conditional=conditional(reply, again),
        kind=document.kind,
        title=document.title,
        language=document.language,
        entries=len(document.entries),
        depth=depth(reply.body, document.entries) if document.entries else None,
        newest=max((date for date in dates if date and date <= now), default=None),
        undated=dates.count(None),
        future=sum(date > now for date in dates if date),
        repeated=len(guids) - len(set(guids)),
        problems=document.problems,
        hub=memory.hub,
        asks=tuple(_asks(reply, document, now)),
        robots=robots,
        next_poll=memory.next_poll,
        next_reason=memory.next_reason,
    )


def trouble(reply: Reply, document: ParsedFeed) -> str | None:
    """Why no article can come of an answer; None when it can."""
    if not 200 <= reply.status < 300:
        return f"status {reply.status}"
    if not document.kind:
        return " ".join(document.problems) or "it is no feed"
    return None if document.entries else f"a valid {document.kind} document that lists nothing"


def conditional(first: Reply, again: Reply | None) -> Conditional:
    """Whether a second request that carries the first one's validators is spared the document."""
    if not {"etag", "last-modified"} & set(first.headers):
        return "are impossible"
    if again is None or not (again.status == 304 or 200 <= again.status < 300):
        return "were not tried"
    return "work" if again.status == 304 else "are ignored"


def _judged(feed: Feed, reply: Reply, document: ParsedFeed, now: datetime, polling: Polling) -> PollVerdict:
    """The verdict of the poll room, for a feed of which nothing is remembered."""
    before = FeedMemory()
    verdict = judge(feed, before, reply, now=now, polling=polling)
    return verdict or judge_document(
        feed,
        before,
        reply,
        document,
        entries=document.entries,
        new=len(document.entries),
        now=now,
        polling=polling,
    )


def _asks(reply: Reply, document: ParsedFeed, now: datetime) -> Iterator[str]:
    for wish in pace.wishes_of_headers(reply.headers, now):
        if wish.wait:
            yield f"{pace.in_words(wish.wait)} between two requests ({wish.where})"
    if (wish_to_retry := pace.wish_to_retry(reply.headers, now)) is not None:
        yield f"no request for {pace.in_words(wish_to_retry.wait)} (Retry-After)"
    if document.every:
        yield f"{pace.in_words(document.every)} between two requests ({document.every_where})"
    if document.skip_hours:
        hours = ", ".join(f"{hour:02}:00" for hour in document.skip_hours)
        yield f"no request in the hour after {hours} GMT (skipHours)"
    if document.skip_days:
        days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        yield f"no request on {', '.join(days[day] for day in document.skip_days)} (skipDays)"
