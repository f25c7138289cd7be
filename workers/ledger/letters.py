"""Which dead letters are meant: by address, reason, host, feed, age. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from workers.errors import ConfigError
from workers.ledger.journal import DeadLetter

_AGE = re.compile(r"(\d{1,5})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All of what is named here holds for a letter that is meant; nothing named means every letter."""

    jobs: tuple[str, ...] = ()
    """Addresses or ids."""
    reason: str | None = None
    host: str | None = None
    """With the hosts below it: example.org is also www.example.org."""
    feed: str | None = None
    stage: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Set aside at or after, and before."""

    @property
    def is_all(self) -> bool:
        """Whether nothing is named."""
        return self == Wanted()

    def takes(self, letter: DeadLetter) -> bool:
        """Whether it is meant."""
        equal = ((self.reason, letter.reason), (self.feed, letter.feed), (self.stage, letter.stage))
        return (
            (not self.jobs or letter.id in self.jobs or letter.url in self.jobs)
            and all(wanted is None or wanted == found for wanted, found in equal)
            and (self.host is None or _is_at(letter.url, self.host.lower()))
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
        )


def moment(text: str, now: datetime) -> datetime:
    """An age before `now` (90m, 12h, 2d, 1w), or a day or time in ISO 8601, in UTC where no zone is named.

    Raises ConfigError naming what would be right.
    """
    if age := _AGE.fullmatch(text.strip().lower()):
        return now - int(age[1]) * _UNITS[age[2]]
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError("time", text, "is an age such as 90m, 12h, 2d, 1w, or a date such as 2026-11-24") from error
    return when if when.tzinfo else when.replace(tzinfo=now.tzinfo)


def _is_at(url: str, host: str) -> bool:
    try:
        found = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return found == host or found.endswith(f".{host}")
