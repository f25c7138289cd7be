"""Whether a host was asked politely, read from the host's own log: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

ROBOTS = "/robots.txt"
ROUNDING = 0.0002
"""Seconds: the log's times have four decimals, and two of them are compared."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a host's log."""

    at: float
    """Seconds: when the request arrived."""
    host: int
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Breach:
    """Two requests to one host nearer to each other than they may be."""

    first: Request
    second: Request
    wanted: float
    """Seconds that had to lie between them."""

    def __str__(self) -> str:
        apart = self.second.at - self.first.at
        return (
            f"host {self.first.host}: {self.first.path}, {self.second.path} {apart:.3f} s apart, not {self.wanted:g} s"
        )


def requests(log: dict[str, list[Sequence[float | int | str]]]) -> tuple[Request, ...]:
    """The lines of the world's log, oldest first."""
    rows = (Request(float(row[0]), int(row[1]), str(row[2]), int(row[3])) for row in log["log"])
    return tuple(sorted(rows, key=lambda one: one.at))


def hosts_with_known_rules(log: Iterable[Request]) -> frozenset[int]:
    """The hosts that have told their robots.txt."""
    return frozenset(one.host for one in log if one.path == ROBOTS)


def breaches(
    log: Iterable[Request], *, gap: float, crawl_delay: float, known: Collection[int] = ()
) -> tuple[Breach, ...]:
    """Every pair of requests nearer than allowed; robots.txt itself is a request like any other.

    Between any two lies `gap`; `crawl_delay` (seconds, if longer) once the host has told its rules:
    before this log began (`known`), or in it.
    """
    by_host: dict[int, list[Request]] = {}
    for one in log:
        by_host.setdefault(one.host, []).append(one)
    found: list[Breach] = []
    for host, asked in by_host.items():
        told = host in known
        for first, second in pairwise(asked):
            told = told or first.path == ROBOTS
            wanted = max(gap, crawl_delay) if told else gap
            if second.at - first.at < wanted - ROUNDING:
                found.append(Breach(first, second, wanted))
    return tuple(found)


def share_not_modified(log: Iterable[Request], path: str = "/feed.xml") -> float:
    """Which share of the polls was answered with 304; 0 when nothing was polled."""
    polls = [one.status for one in log if one.path == path]
    return polls.count(304) / len(polls) if polls else 0.0
