"""How feeds are doing, in a terminal: the list, and one feed poll by poll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from rich.markup import escape
from rich.table import Column, Table

from workers.ledger.journal import FeedHealth
from workers.model import PollRecord, to_plain
from workers.search.web.health import BAD, articles_a_day, spared, state, why
from workers.search.web.show import ago, exact, rate, size, span, span_short, stamp

Order = Literal["name", "state", "next", "articles", "failures"]


def ordered(feeds: Sequence[FeedHealth], order: Order, now: datetime, *, failing: bool) -> tuple[FeedHealth, ...]:
    """The feeds (with `failing`, only those that need a look) in the order asked for; by name where that is equal."""
    kept = [one for one in feeds if not failing or state(one, now) in BAD]
    kept.sort(key=lambda one: one.feed.name.casefold())
    keys: dict[Order, Any] = {
        "name": lambda _: 0,
        "state": lambda one: (state(one, now) not in BAD, state(one, now)),
        "next": lambda one: one.memory.next_poll.timestamp() if one.memory.next_poll else float("inf"),
        "articles": lambda one: -(articles_a_day(one) or 0),
        "failures": lambda one: -one.memory.failures,
    }
    return tuple(sorted(kept, key=keys[order]))


def listed(feeds: Sequence[FeedHealth], now: datetime) -> Table:
    """One row a feed."""
    names = (
        Column("feed", no_wrap=True),
        "state",
        "last poll",
        "next poll",
        "articles/day",
        "304",
        "failures",
        "set aside",
    )
    table = Table(*names, box=None, pad_edge=False)
    for one in feeds:
        memory, last, word = one.memory, one.polls[0] if one.polls else None, state(one, now)
        daily, unmodified = articles_a_day(one), spared(one.polls)
        table.add_row(
            escape(one.feed.name),
            f"[red]{word}[/]" if word in BAD else word,
            f"{ago(last.at, now)} {escape(last.outcome)}" if last else "never",
            _next(one, now),
            "" if daily is None else rate(daily),
            "" if unmodified is None else f"{unmodified:.0%}",
            str(memory.failures or ""),
            str(one.dead or ""),
        )
    return table


def told(one: FeedHealth, now: datetime) -> str:
    """One feed in words."""
    lines = [(heading, text) for heading, text in _facts(one, now) if text]
    width = max(len(heading) for heading, _ in lines)
    head = f"[bold]{escape(one.memory.title or one.feed.source)}[/]  {state(one, now)}\n{escape(why(one, now))}"
    return "\n".join((head, *(f"[dim]{heading:<{width}}[/]  {escape(text)}" for heading, text in lines)))


def polls(records: Sequence[PollRecord]) -> Table:
    """The last polls, newest first."""
    table = Table("when", "outcome", "status", "new", "entries", "size", "took", "detail", box=None, pad_edge=False)
    for poll in records:
        outcome = f"[red]{escape(poll.outcome)}[/]" if poll.outcome in ("failed", "gone") else escape(poll.outcome)
        figures = (str(poll.status or ""), str(poll.new or ""), str(poll.entries or ""))
        table.add_row(
            stamp(poll.at), outcome, *figures, size(poll.size), span_short(poll.seconds), escape(poll.detail or "")
        )
    return table


def plain(one: FeedHealth, now: datetime) -> dict[str, Any]:
    """JSON-ready, with the word and the sentence."""
    return {**to_plain(one), "state": state(one, now), "why": why(one, now)}


def _next(one: FeedHealth, now: datetime) -> str:
    if one.memory.gone:
        return "never"
    return ago(one.memory.next_poll, now) if one.memory.next_poll else ""


def _facts(one: FeedHealth, now: datetime) -> Iterator[tuple[str, str]]:
    feed, memory = one.feed, one.memory
    yield "name", feed.name
    yield "address", feed.url
    yield "asked at", f"{memory.url} (it moved; feeds.toml has the old address)" if memory.url else ""
    yield "moving to", _moving(one)
    yield "found", f"{memory.found}: named by its site; if it is the same, change feeds.toml" if memory.found else ""
    yield "next poll", "never" if memory.gone else exact(memory.next_poll) if memory.next_poll else "at its first turn"
    yield "why then", memory.next_reason or ""
    yield "host rests", f"until {exact(one.held_until)}" if one.held_until and one.held_until > now else ""
    yield "usual gap", f"an article every {span(memory.gap.total_seconds())}" if memory.gap else "not known yet"
    yield "last new", ago(memory.last_new, now) if memory.last_new else ""
    yield "hub", _hub(one, now)
    yield "articles", f"{one.indexed} indexed, {one.waiting} on their way, {one.dead} set aside"


def _moving(one: FeedHealth) -> str:
    memory = one.memory
    if not memory.moved_to:
        return ""
    since = f" since {exact(memory.moved_since)}" if memory.moved_since else ""
    return f"{memory.moved_to}, said {memory.moved_times} times{since}; not believed yet"


def _hub(one: FeedHealth, now: datetime) -> str:
    if not one.memory.hub:
        return ""
    pushed = one.push_until is not None and one.push_until > now
    return one.memory.hub + (f", pushes until {exact(one.push_until)}" if one.push_until and pushed else "")
