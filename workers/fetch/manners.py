"""What a host's answers and its robots.txt allow us to do next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from workers.address import wire
from workers.errors import GiveUp, TryAgain

if TYPE_CHECKING:
    from workers.model import Reply

RETRY_AFTER_CAP = timedelta(hours=24)
"""A longer Retry-After (88 hours were seen) is taken for a day."""

ROBOTS_BYTES = 500 * 1024
"""RFC 9309 §2.5: at least 500 kibibytes are to be read; the rest may be ignored."""

ROBOTS_LINE = 2_000
"""Characters of one rule; longer ones match no address we would ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """A host's robots.txt as it was fetched; `status` None when the host could not be reached."""

    status: int | None
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether a URL may be asked, and why."""

    allowed: bool
    crawl_delay: timedelta | None
    """Between two requests, when the host asks for it."""
    reason: str


def robots_url(url: str) -> str:
    """Where the rules for `url` stand: /robots.txt of the same scheme, host and port. Raises GiveUp("bad-url")."""
    split = urlsplit(wire(url))
    return urlunsplit((split.scheme, split.netloc, "/robots.txt", "", ""))


def keep(robots: RobotsFile, ttl: timedelta) -> timedelta:
    """How long these rules may be used: `ttl`; a host not reached is asked again after a thirty-sixth of it.

    That is ten minutes of the usual six hours: an article waits for its host, and not much longer.
    """
    return max(ttl / 36, timedelta(minutes=1)) if is_unreachable(robots) else ttl


def is_unreachable(robots: RobotsFile) -> bool:
    """Whether a host failed to say its rules, so that nothing may be asked for now (RFC 9309 §2.3.1.4)."""
    # 429 says "too many requests", not "no rules": reading it as leave to ask more would be absurd
    return robots.status is None or robots.status == 429 or robots.status >= 500 or robots.status < 200


def permission(robots: RobotsFile, url: str, agent: str) -> Permission:
    """Whether `agent` (a product token, "newsdesk") may ask for `url` (RFC 9309 §2.3).

    No robots.txt (any 4xx but 429) allows everything. Raises TryAgain("robots-unreachable") when
    the host could not be reached or failed: then nothing may be asked.
    """
    if is_unreachable(robots):
        raise TryAgain("robots-unreachable", _heard(robots), url=url)
    if not 200 <= (robots.status or 0) < 300:
        return Permission(allowed=True, crawl_delay=None, reason=f"no robots.txt ({robots.status})")
    rules = _rules(robots.body)
    allowed = bool(rules.can_fetch(wire(url), agent))
    verdict = "allowed" if allowed else "disallowed"
    return Permission(
        allowed=allowed, crawl_delay=_delay(rules.crawl_delay(agent)), reason=f"{verdict} by robots.txt for {agent}"
    )


def judge_status(reply: Reply, *, now: datetime | None = None) -> None:
    """Return when the reply carries what was asked for (2xx, 304, a redirect); raise what else it means.

    GiveUp("not-found", "gone", "forbidden", "http-4xx") and TryAgain("busy", "server-error"), the
    latter with `after` where the host named a time. `now` is needed for a Retry-After that is a date.
    """
    status, what = reply.status, f"status {reply.status}"
    if 200 <= status < 400:
        return
    if status in (404, 410):
        raise GiveUp("gone" if status == 410 else "not-found", what, url=reply.url)
    if status in (401, 402, 403, 451):
        raise GiveUp("forbidden", what, url=reply.url)
    if status in (408, 425, 429) or status >= 500 or status < 200:
        after = retry_after(reply.headers.get("retry-after"), now or datetime.now(UTC))
        raise TryAgain("busy" if status in (429, 503) else "server-error", what, url=reply.url, after=after)
    raise GiveUp("http-4xx", what, url=reply.url)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """A Retry-After header as a delay from `now` (RFC 9110 §10.2.3: seconds or a date), at most a day.

    None when it is absent or cannot be read.
    """
    text = (value or "").strip()
    if text.isdecimal() and text.isascii():
        return min(timedelta(seconds=int(text[:9])), RETRY_AFTER_CAP)
    try:
        named = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    return min(max(named - now, timedelta(0)), RETRY_AFTER_CAP)


def _heard(robots: RobotsFile) -> str:
    return "no answer" if robots.status is None else f"status {robots.status}"


@lru_cache(maxsize=32)
def _rules(body: bytes) -> Protego:
    if len(body) > ROBOTS_BYTES:  # half a rule would match more than the whole
        body = body[:ROBOTS_BYTES].rpartition(b"\n")[0]
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = (line for line in text.splitlines() if len(line) <= ROBOTS_LINE)
    return Protego.parse("\n".join(lines))


def _delay(seconds: float | None) -> timedelta | None:
    if seconds is None or not math.isfinite(seconds) or seconds <= 0:
        return None
    return timedelta(seconds=min(seconds, RETRY_AFTER_CAP.total_seconds()))
