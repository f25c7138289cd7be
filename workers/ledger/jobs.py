"""What the ledger hands out (a claim) and takes back (a settlement)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from workers.model import Entry

Room = Literal["poll", "read", "fetch", "extract", "index"]
"""Where a job can be: a feed is polled and its document read, an article fetched, extracted and indexed."""
Stage = Literal["fetch", "extract", "index", "done", "dead"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

KEEP_BODY = b"="
DROP_BODY = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A lease on one job: only its token may settle it, and only until the lease runs out."""

    room: str
    job: str
    """An article's id, or a feed's name."""
    token: str
    attempts: int
    """This execution included."""
    fields: Mapping[str, str] = field(default_factory=dict)
    at: datetime = EPOCH
    """When the lease began, by the ledger's clock."""
    began: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> datetime:
        """The ledger's time, without asking it again."""
        return self.at + timedelta(seconds=time.monotonic() - self.began)

    @property
    def crawl_delay(self) -> timedelta | None:
        """What the host asks for between two requests; None while its robots.txt is not known."""
        text = self.fields.get("crawl_delay")
        return None if text is None else timedelta(milliseconds=int(text))

    @property
    def spent(self) -> float:
        """Seconds since the lease began."""
        return time.monotonic() - self.began

    @property
    def url(self) -> str:
        """The article's address as announced."""
        return self.fields["url"]

    @property
    def ask(self) -> str:
        """The address to ask now: the announced one, or where another host pointed."""
        return self.fields.get("at") or self.fields["url"]

    @property
    def hops(self) -> int:
        """How many hosts have sent us on."""
        return int(self.fields.get("hops") or 0)

    @property
    def feed(self) -> str:
        """The feed that announced it first."""
        return self.fields["feed"]

    @property
    def announced(self) -> datetime:
        """When that was."""
        return from_ms(self.fields["announced"])

    @property
    def entry(self) -> Entry:
        """As announced."""
        return Entry.from_dict(json.loads(self.fields["entry"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Where a claimed article goes, in one Lua call that checks the lease."""

    to: Stage
    outcome: str
    """One constant word, the same in log, metric and trace."""
    detail: str = ""
    after: timedelta = timedelta()
    rest: timedelta = timedelta()
    """How long the host is left alone."""
    attempts: Literal["reset", "keep", "forgive"] = "reset"
    body: bytes = KEEP_BODY
    """Kept, dropped or replaced."""
    host: str = ""
    """The host to ask next, when it is another."""
    seconds: float = 0
    """How long the work took, for the room's metrics."""
    words: int = 0
    """Of the article that a page gave, for its site's yield."""
    fields: Mapping[str, str] = field(default_factory=dict)


def from_ms(text: str | bytes | float) -> datetime:
    """Milliseconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def to_ms(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return int(span.total_seconds() * 1000)
