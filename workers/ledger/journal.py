"""What the ledger tells people who ask: the health of feeds, one article's journey, what was set aside.

Plain values and the question they answer; where they are kept is the ledger's business.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workers.errors import NewsdeskError
from workers.ledger.yields import SiteYield
from workers.model import Event, Feed, FeedMemory, PollRecord

DELAYS = (30, 60, 90, 120, 300, 900, 3600, 21_600)
"""Bounds, in seconds, by which the time from an article's publication to its announcement is counted."""


class JournalDown(NewsdeskError):
    """The ledger cannot be read just now; search does not need it and still answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """A feed, what its polls said, and where its articles are."""

    feed: Feed
    memory: FeedMemory
    polls: tuple[PollRecord, ...] = ()
    """The latest polls, newest first, 30 at most."""
    held_until: datetime | None = None
    """Until when its host is left alone, where that is longer than a usual rest (Retry-After)."""
    push_until: datetime | None = None
    """Until when its hub pushes what is new (WebSub); None: it is only polled."""
    waiting: int = 0
    """Announced articles still on their way."""
    indexed: int = 0
    dead: int = 0
    """Articles given up or set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An article's whole journey, oldest event first."""

    id: str
    url: str
    """As announced; as asked, where only the article's document has it."""
    feed: str
    announced: datetime
    stage: str
    """Where it is now: fetch, extract, index (waiting there), done, dead or dropped."""
    reason: str | None = None
    """Why it waits or died, as one constant word."""
    detail: str | None = None
    due: datetime | None = None
    """When its next step may start; None when there is none."""
    attempts: int = 0
    events: tuple[Event, ...] = ()
    """Oldest first; of an article that is done only what its document does not tell (see workers/search/journey.py)."""
    document: str | None = None
    """Its id in the index, once it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An article whose journey ended before the index, and why."""

    id: str
    url: str
    feed: str
    stage: str
    """The room in which it ended."""
    reason: str
    detail: str | None = None
    at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomStatus:
    """How busy one room is."""

    room: str
    waiting: int = 0
    oldest_due_seconds: float | None = None
    """How long the room has known of work that may run now without taking any; None while it takes what it is given."""
    done: int = 0
    """Finished since the ledger began counting."""
    failing: int = 0
    """Waiting now for another attempt after a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The service at a glance."""

    rooms: tuple[RoomStatus, ...] = ()
    """In the order an article meets them."""
    indexed: int = 0
    dead: int = 0
    waiting: int = 0
    last_indexed: datetime | None = None
    """When the newest article reached the index; None when none has."""
    feeds: int = 0
    paused: str | None = None
    """Why fetching, or polling too, stands still on purpose, in words; None when neither does."""


class Journal(Protocol):
    """Reads the ledger. Every method raises JournalDown when the ledger cannot be reached."""

    def feeds(self) -> tuple[FeedHealth, ...]:
        """All subscribed feeds, by name."""

    def feed(self, name: str) -> FeedHealth | None:
        """One feed; None when no feed has that name."""

    def trace(self, url_or_id: str) -> Trace | None:
        """What the ledger knows of the article announced at an address, or of an id; None when never announced."""

    def dead(self, limit: int) -> tuple[DeadLetter, ...]:
        """The latest dead letters, newest first."""

    def status(self) -> Status:
        """Counts of this moment."""

    def yields(self) -> tuple[SiteYield, ...]:
        """What the pages of each site gave today, beside the week before; by site."""

    def counts(self) -> dict[str, float]:
        """Every counter, by name: outcomes as room:outcome, what waits as waiting:stage, work as seconds:room."""
