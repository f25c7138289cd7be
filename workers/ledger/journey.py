"""An article's journey as the ledger writes it down: one line a step. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workers.ledger.jobs import Claim, from_ms
from workers.model import Event

_BY = re.compile(r"(?P<ms>-|\d+)@(?P<worker>\S+) ")
MOST = 100
"""Events kept of one article; one that is read again as often as may be has some forty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the ledger keeps of an article whose journey is over; the rest lies with its document."""

    feed: str
    announced: datetime
    last: datetime
    """When it ended."""
    document: str
    """Its id in the store."""
    outcome: str
    events: tuple[Event, ...] = ()
    """What its document does not tell."""


def events_of(log: str) -> tuple[Event, ...]:
    """A log as lines.lua (note) writes it, oldest first."""
    return tuple(_event(line) for line in log.split("\n")[:-1])  # splitlines() also breaks at what is text here


def finished_of(job: str, left: str) -> Finished:
    """What lines.lua (finish) left of an article."""
    head, _, log = left.partition("\n")
    announced, last, _said, _times, document, outcome, feed = head.split("\t", 6)
    return Finished(
        feed=feed,
        announced=from_ms(announced),
        last=from_ms(last),
        document=document or job,
        outcome=outcome,
        events=events_of(log),
    )


def so_far(claim: Claim) -> tuple[Event, ...]:
    """What has happened to a claimed article."""
    return events_of(claim.fields.get("log", ""))


def joined(*journeys: Iterable[Event]) -> tuple[Event, ...]:
    """Journeys of one article as one, in order of time; the latest are kept."""
    every = dict.fromkeys(event for journey in journeys for event in journey)
    return tuple(sorted(every, key=lambda event: event.at))[-MOST:]


def continued(before: Sequence[Event], now: Sequence[Event]) -> tuple[Event, ...]:
    """A stored journey, and the one that goes on: what the ledger has of it now replaces what was stored of the same.

    That is more than the ledger knows where an article was written and nobody heard of it; it is written again.
    """
    earlier = [event for event in before if event.at < now[0].at] if now else before
    return joined(earlier, now)


def _event(line: str) -> Event:
    at, room, outcome, rest = line.split(" ", 3)
    by = _BY.match(rest)  # lines of an earlier build do not tell
    detail = rest[by.end() :] if by else rest
    return Event(
        at=from_ms(at),
        room=room,
        outcome=outcome,
        seconds=int(by["ms"]) / 1000 if by and by["ms"] != "-" else None,
        worker=by["worker"] if by and by["worker"] != "-" else None,
        detail=detail or None,
    )
