"""What must give way before something is full: pure.

Pages on their way to the index have their own mark (due.lua), because it is counted where they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass

HIGH, LOW = 0.85, 0.75
"""Shares of Redis's memory at which all is held, and goes on again: a full one refuses the workers' own writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of the Redis that has the ledger, in bytes."""

    used: int
    limit: int
    """Its maxmemory; 0 where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What stands still on purpose, and why, in words; "" goes on."""

    poll: str = ""
    fetch: str = ""


def held(memory: Memory, archive: str, before: Hold) -> Hold:
    """What to hold now. `archive` is why no page can be kept, "" when one can; `before` is what was held until now.

    A full Redis holds both: each announced article needs room. A full archive holds pages, which could not be kept.
    """
    mark = LOW if before.poll else HIGH
    full = memory.limit and memory.used >= mark * memory.limit
    if full:
        words = f"Redis has used {memory.used / memory.limit:.0%} of the {memory.limit / 1e6:,.0f} MB it may have"
        return Hold(poll=words, fetch=words)
    return Hold(fetch=f"the archive takes no pages: {archive}" if archive else "")
