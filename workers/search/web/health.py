"""How a feed is doing, in one word and one plain sentence: the same on the page, in the API and at the command line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from workers.search.web.show import ago, span

if TYPE_CHECKING:
    from workers.ledger.journal import FeedHealth
    from workers.model import PollRecord

State = Literal["gone", "failing", "held", "late", "waiting", "empty", "quiet", "pushed", "fine"]

BAD: frozenset[State] = frozenset({"gone", "failing", "held", "late", "empty"})
"""What an operator should look at."""

LATE = timedelta(minutes=10)
"""Past its time by more than that, a feed is not asked because something stands still."""

QUIET = timedelta(days=14)
"""Silent so long, and for ten of its usual gaps, a feed may have ended."""

SLOW_SECONDS = 5.0

ENOUGH = 5
"""Polls before anything is said of how they usually go."""

ADVICE = {
    "not-found": "its address may have changed: `newsdesk feeds add SITE` finds the new one",
    "gone": "its publisher took it down",
    "forbidden": "the publisher refuses us; a `contact` in service.toml tells whom to talk to",
    "timeout": "its server does not answer in time",
    "dns": "its host name is not known (any more)",
    "connect": "its server takes no connection",
    "tls": "its certificate cannot be trusted",
    "busy": "its server asks for fewer requests",
    "server-error": "its server is out of order",
    "robots-unreachable": "its robots.txt cannot be read, and until then nothing may be asked",
    "too-large": "it is larger than `feed_bytes` in service.toml allows",
    "refused-address": "it leads to an address that is never asked",
    "unreadable": "what it answers cannot be read as a feed",
}
"""What the first word of a failed poll's detail means for an operator."""

STATUSES = {
    **dict.fromkeys((401, 402, 403, 451), "forbidden"),
    404: "not-found",
    410: "gone",
    429: "busy",
    503: "busy",
}


def state(health: FeedHealth, now: datetime) -> State:
    """The one word for a feed; the first that fits, the gravest first."""
    memory, latest = health.memory, health.polls[0].outcome if health.polls else ""
    signs: tuple[tuple[State, bool], ...] = (
        ("gone", memory.gone),
        ("failing", memory.failures > 0),
        ("held", health.held_until is not None and health.held_until > now),
        ("late", memory.next_poll is not None and now - memory.next_poll > LATE),
        ("waiting", memory.polled is None),
        ("empty", latest == "empty"),
        ("quiet", _is_quiet(health, now)),
        ("pushed", health.push_until is not None and health.push_until > now),
    )
    return next((word for word, shown in signs if shown), "fine")


def why(health: FeedHealth, now: datetime) -> str:
    """What an operator should know about a feed, as one sentence."""
    memory, found = health.memory, state(health, now)
    if found == "failing":
        return _failing(health, now)
    said = {
        "gone": "The publisher says it is gone for good (410): it is asked no more, but by `newsdesk feeds poll`.",
        "held": f"Its host asked to be left alone until {_hour(health.held_until)}.",
        "late": f"It was due {ago(memory.next_poll or now, now)} and was not asked: the poll room stands still.",
        "waiting": "It has not been asked yet; its first turn comes soon.",
        "empty": "It answers with a feed that lists nothing.",
        "quiet": f"It answers, and has announced nothing new since {memory.last_new or now:%d %b %Y}.",
        "pushed": f"Its hub pushes what is new until {_hour(health.push_until)}.",
    }
    return said.get(found) or _fine(health)


def articles_a_day(health: FeedHealth) -> float | None:
    """How many articles it announces in a day, by the usual time between two; None until that is known."""
    gap = health.memory.gap
    return round(timedelta(days=1) / gap, 2) if gap else None


def spared(polls: tuple[PollRecord, ...]) -> float | None:
    """The share of its answered polls that cost only a 304; None when none was answered."""
    answered = [poll for poll in polls if poll.status is not None and poll.outcome not in ("failed", "gone")]
    return round(sum(poll.status == 304 for poll in answered) / len(answered), 2) if answered else None


def seconds_a_poll(polls: tuple[PollRecord, ...]) -> float | None:
    """How long its polls usually take: the median of those that were timed."""
    timed = sorted(poll.seconds for poll in polls if poll.seconds)
    return timed[len(timed) // 2] if timed else None


def _failing(health: FeedHealth, now: datetime) -> str:
    failures, last = health.memory.failures, next((p for p in health.polls if p.outcome == "failed"), None)
    times = "the last time" if failures == 1 else f"the last {failures} times"
    what = (last.detail or f"status {last.status}") if last else "the reason is no longer kept"
    advice = ADVICE.get(_reason(last)) if last else None
    answered = next((poll.at for poll in health.polls if poll.outcome in ("new", "unchanged", "empty")), None)
    since = f"; it last answered {ago(answered, now)}" if answered else ""
    found = "; its site now names another feed" if health.memory.found else ""
    return f"It failed {times} ({what.rstrip('.')}){f': {advice}' if advice else ''}{since}{found}."


def _reason(poll: PollRecord) -> str:
    if poll.status and poll.status >= 400:
        return STATUSES.get(poll.status, "server-error" if poll.status >= 500 else "")
    return "unreadable" if poll.status and 200 <= poll.status < 300 else (poll.detail or "").partition(":")[0]


def _fine(health: FeedHealth) -> str:
    memory, took = health.memory, seconds_a_poll(health.polls)
    if memory.moved_to:
        return "It answers, and says it has moved for good."
    if took is not None and took >= SLOW_SECONDS:
        return f"It answers, but slowly: a poll usually takes {took:.0f} seconds."
    lasts = memory.turnover
    if lasts and memory.next_poll and memory.polled and memory.next_poll - memory.polled > lasts:
        return f"It answers, and may lose entries: half of them are replaced within {span(lasts.total_seconds())}."
    if wasted := _wasted(health.polls):
        return f"It answers, and ignores conditional requests: each poll brings all {round(wasted / 1000)} kB again."
    return f"It answers, with an article every {span(memory.gap.total_seconds())}." if memory.gap else "It answers."


def _wasted(polls: tuple[PollRecord, ...]) -> float:
    """Bytes an unchanged document usually costs; 0 where 304 is answered, or too little is known."""
    whole = [poll.size for poll in polls if poll.status == 200 and poll.outcome == "unchanged"]
    return sum(whole) / len(whole) if len(whole) >= ENOUGH and not spared(polls) else 0.0


def _is_quiet(health: FeedHealth, now: datetime) -> bool:
    last, gap = health.memory.last_new, health.memory.gap
    return last is not None and now - last > max(QUIET, 10 * (gap or timedelta()))


def _hour(moment: datetime | None) -> str:
    return f"{moment:%d %b, %H:%M UTC}" if moment else "further notice"
