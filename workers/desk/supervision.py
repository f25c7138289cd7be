"""Which parts of the service have gone silent: they run, and nothing comes of it. Pure but for `Watchman`.

A process that died is seen by whoever started it. One that hangs (stopped, deadlocked, waiting on a connection that
swallows) is seen by the ledger alone: work is due that nobody takes, the clock does not strike.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from workers.ledger.journal import JournalDown, RoomStatus

PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "index": ("index",),
    "fetch": ("poll", "fetch"),
    "extract": ("extract",),
}
"""The desk's processes, with the rooms they work in; the first strikes the clock too."""
EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of the service at one moment."""

    broker: bool
    """Whether it answered."""
    page: bool
    ticked: float | None = None
    """Seconds since the clock last struck; None before it ever did."""
    rooms: Iterable[RoomStatus] = ()


def silent(seen: Seen, stuck_seconds: float) -> dict[str, str]:
    """Which programs make no progress, and what shows it. A broker that does not answer hides all the others."""
    if not seen.broker:
        return {"broker": "does not answer"}
    found: dict[str, str] = {} if seen.page else {"web": "the page does not answer"}
    for room in seen.rooms:
        program = next((name for name, rooms in PROGRAMS.items() if room.room in rooms), None)
        if program and (room.oldest_due_seconds or 0) > stuck_seconds:
            found[program] = f"{room.room}: nothing was taken for {room.oldest_due_seconds:.0f} s, and work is due"
    if seen.ticked is not None and seen.ticked > stuck_seconds:  # a slow store holds up the clock's process too
        found["index"] = f"the clock has not struck for {seen.ticked:.0f} s"
    return found


class Watchman:
    """Looks every few seconds, in a thread of its own: what has gone silent may hold up whoever asks it."""

    def __init__(self, look: Callable[[], Seen], stuck_seconds: float, *, every: float = EVERY_SECONDS) -> None:
        self._look, self._stuck, self._every = look, stuck_seconds, every
        self._found: dict[str, tuple[str, int]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def silent(self) -> dict[str, str]:
        """Programs found silent twice in a row, with what shows it; each is told once."""
        told = {name: why for name, (why, times) in list(self._found.items()) if times > 1}
        for name in told:
            self._found.pop(name, None)
        return told

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            found = silent(self._look(), self._stuck)
            self._found = {name: (why, self._found.get(name, ("", 0))[1] + 1) for name, why in found.items()}


def looked(status: Callable[[], tuple[float | None, Iterable[RoomStatus]]], page: str) -> Seen:
    """What the ledger says (seconds since the last tick, rooms) and whether the page at this address answers."""
    try:
        ticked, rooms = status()
    except JournalDown:
        return Seen(broker=False, page=True)
    try:
        urllib.request.urlopen(page, timeout=10).close()  # noqa: S310 # our own page
        answers = True
    except (urllib.error.URLError, OSError):
        answers = False
    return Seen(broker=True, page=answers, ticked=ticked, rooms=rooms)
