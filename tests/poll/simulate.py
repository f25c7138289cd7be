"""Feeds that publish in made-up time, watched by the rules of the poll room: how late news is seen, for how many polls.

    watch          one feed, one schedule                  -> delays, losses and polls
    with_budget    the same number of polls for all feeds  -> the settings that spend them our way
    table          our schedule beside a poll every ten minutes, as lines of text

Pure: no clock, no network; the same seed gives the same figures.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from workers.model import Entry, Feed, FeedMemory, ParsedFeed, Reply
from workers.poll.marks import unmarked
from workers.poll.verdict import judge, judge_document
from workers.settings import Polling

START = datetime(2026, 11, 23, tzinfo=UTC)
"""When watching begins, a Monday's midnight; feeds have published for `PAST` by then."""
PAST, WATCHED = timedelta(days=3), timedelta(days=2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

FIXED = 10 * MINUTE
"""The schedule that ours is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """A feed as its publisher makes it."""

    name: str
    moments: tuple[datetime, ...]
    """When its articles are published, in order."""
    size: int = 30
    """Entries in its document, the latest."""
    dated: bool = True
    every: timedelta | None = None
    """What its document asks for (ttl)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What came of watching one feed."""

    delays: tuple[timedelta, ...]
    """From published to seen, of each article seen."""
    lost: int
    """Articles that came and went between two polls."""
    polls: int

    @property
    def median(self) -> timedelta:
        """Of the delays."""
        return timedelta(seconds=median(delay.total_seconds() for delay in self.delays))

    @property
    def mean(self) -> timedelta:
        """Of the delays."""
        return sum(self.delays, timedelta()) / len(self.delays)

    @property
    def polls_an_article(self) -> float:
        """How often it was asked for each article it brought."""
        return self.polls / len(self.delays)


# --- publishers


def steady(per_day: float, *, seed: int = 1, size: int = 30, dated: bool = True) -> Publisher:
    """Articles at a steady rate, at random (a Poisson process)."""
    return Publisher(name=f"{per_day:g} a day", moments=tuple(_poisson(per_day, seed)), size=size, dated=dated)


def newspaper(per_day: float, *, seed: int = 1, size: int = 30) -> Publisher:
    """Nothing from 22 to 6 o'clock, and all of it in the hours between."""
    by_day = (moment for moment in _poisson(per_day * 24 / 16, seed) if 6 <= moment.hour < 22)
    return Publisher(name=f"{per_day:g} a day, none at night", moments=tuple(by_day), size=size)


def bursts(count: int, every: timedelta, *, size: int) -> Publisher:
    """So many articles at once, again and again; a document holds `size` of them."""
    began = START - PAST + HOUR
    times = (began + n * every for n in range((PAST + WATCHED) // every))
    moments = tuple(moment for moment in times for _ in range(count))
    return Publisher(name=f"{count} at once every {every / HOUR:g} h, {size} listed", moments=moments, size=size)


def _poisson(per_day: float, seed: int) -> Iterator[datetime]:
    draw, moment = random.Random(seed), START - PAST
    while (moment := moment + DAY * draw.expovariate(per_day)) < START + WATCHED:
        yield moment


# --- watching


def watch(publisher: Publisher, *, polling: Polling | None = None, every: timedelta | None = None) -> Watched:
    """Poll a feed from `START` for `WATCHED` by the rules; `every` as an operator sets it.

    What it listed at the first poll is nobody's delay, and what the last wait would still bring is left out.
    """
    polling = polling or Polling()
    feed = Feed(name=publisher.name, url="https://news.example/feed", source="News", every=every)
    memory, marks, now, polls = FeedMemory(), b"", START, 0
    seen: dict[int, datetime] = {}
    while now < START + WATCHED:
        polls += 1
        reply = Reply(url=feed.url, status=200, body=str(bisect_right(publisher.moments, now)).encode())
        verdict = judge(feed, memory, reply, now=now, polling=polling)
        if verdict is None:
            document = _document(publisher, now)
            entries = unmarked(document.entries, marks)
            new = [number for number in map(_number, entries) if number not in seen]
            seen.update(dict.fromkeys(new, now))
            verdict = judge_document(
                feed, memory, reply, document, entries=entries, new=len(new), marks=marks, now=now, polling=polling
            )
        memory, marks = verdict.memory, marks if verdict.marks is None else verdict.marks
        assert memory.next_poll is not None, memory.next_reason
        last, now = now, memory.next_poll
    return _weighed(publisher, seen, last, polls)


def _document(publisher: Publisher, now: datetime) -> ParsedFeed:
    """What the feed lists now: its latest entries, newest first."""
    count = bisect_right(publisher.moments, now)
    numbers = range(count - 1, max(-1, count - 1 - publisher.size), -1)
    entries = tuple(_entry(publisher, number) for number in numbers)
    return ParsedFeed(kind="rss20", entries=entries, every=publisher.every, every_where="ttl")


def _entry(publisher: Publisher, number: int) -> Entry:
    published = publisher.moments[number] if publisher.dated else None
    return Entry(url=f"https://news.example/{number}", title=f"Story {number}", published=published)


def _number(entry: Entry) -> int:
    return int(entry.url.rpartition("/")[2])


def _weighed(publisher: Publisher, seen: dict[int, datetime], last: datetime, polls: int) -> Watched:
    due = [number for number, moment in enumerate(publisher.moments) if START < moment <= last]
    delays = tuple(seen[number] - publisher.moments[number] for number in due if number in seen)
    return Watched(delays=delays, lost=len(due) - len(delays), polls=polls)


# --- the comparison

PUBLISHERS = (
    steady(1),
    steady(5),
    steady(24),
    steady(100),
    steady(500),
    newspaper(60),
    bursts(20, 6 * HOUR, size=10),
    bursts(20, 6 * HOUR, size=30),
)


def table(publishers: Sequence[Publisher] = PUBLISHERS) -> list[str]:
    """Each feed under our schedule and under a poll every ten minutes: delays, polls and losses."""
    columns = f"{'median':>10}{'mean':>10}{'polls/art.':>12}{'lost':>6}"
    lines = [f"{'':32}{'newsdesk':^38}{'every 10 min':^38}", f"{'':32}{columns}{columns}"]
    for publisher in publishers:
        ours, fixed = watch(publisher), watch(publisher, every=FIXED)
        lines.append(f"{publisher.name:32}{_row(ours)}{_row(fixed)}")
    return [*lines, _same_budget(publishers)]


def _same_budget(publishers: Sequence[Publisher]) -> str:
    fixed = [watch(publisher, every=FIXED) for publisher in publishers]
    polling = with_budget(publishers, sum(one.polls for one in fixed))
    ours = [watch(publisher, polling=polling) for publisher in publishers]
    times = " and ".join(f"{mean_of(each).total_seconds():.0f} s" for each in (ours, fixed))
    return f"with the same number of polls in all (every_seconds = {polling.every_seconds}), means of {times}"


def _row(watched: Watched) -> str:
    times = "".join(f"{wait.total_seconds():8.0f} s" for wait in (watched.median, watched.mean))
    return f"{times}{watched.polls_an_article:12.1f}{watched.lost:6}"


def mean_of(feeds: Sequence[Watched]) -> timedelta:
    """The mean delay of all articles of these feeds."""
    delays = [delay for feed in feeds for delay in feed.delays]
    return sum(delays, timedelta()) / len(delays)


def with_budget(publishers: Sequence[Publisher], polls: int) -> Polling:
    """The settings under which our schedule spends no more than so many polls on all of these feeds together."""
    slow, fast = 20_000, 1
    while slow - fast > slow // 20:
        middle = (slow + fast) // 2
        spent = sum(watch(publisher, polling=Polling(every_seconds=middle)).polls for publisher in publishers)
        slow, fast = (middle, fast) if spent <= polls else (slow, middle)
    return Polling(every_seconds=slow)


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(), ""]))
