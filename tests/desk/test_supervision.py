"""What has gone silent is told, and killed by the desk; what merely has nothing to do is left alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from workers.desk.supervision import Seen, Watchman, looked, silent
from workers.ledger.journal import JournalDown, RoomStatus

FINE = Seen(broker=True, page=True, ticked=0.5, rooms=(RoomStatus(room="fetch", oldest_due_seconds=4.0),))


def rooms(**due: float | None) -> tuple[RoomStatus, ...]:
    return tuple(RoomStatus(room=room, oldest_due_seconds=seconds) for room, seconds in due.items())


@pytest.mark.parametrize(
    ("seen", "names"),
    [
        ({}, set()),
        ({"rooms": rooms(poll=None, fetch=None, extract=None, index=None)}, set()),
        ({"rooms": rooms(poll=301)}, {"fetch"}),
        ({"rooms": rooms(extract=301, index=301)}, {"extract", "index"}),
        ({"ticked": 301}, {"index"}),
        ({"ticked": None}, set()),
        ({"page": False}, {"web"}),
        ({"broker": False, "page": False, "ticked": 999}, {"broker"}),
    ],
)
def test_what_makes_no_progress_is_named(seen: dict[str, Any], names: set[str]) -> None:
    values: dict[str, Any] = {"broker": True, "page": True, "ticked": 1.0, "rooms": ()}
    assert set(silent(Seen(**values | seen), 300)) == names


def test_a_broker_that_does_not_answer_is_seen() -> None:
    def status() -> Any:
        raise JournalDown("away")

    assert looked(status, "http://127.0.0.1:1/") == Seen(broker=False, page=True)


def test_a_page_that_does_not_answer_is_seen() -> None:
    assert looked(lambda: (1.0, ()), "http://127.0.0.1:1/") == Seen(broker=True, page=False, ticked=1.0, rooms=())


def test_only_what_is_silent_twice_in_a_row_is_told_and_once() -> None:
    turns = [Seen(broker=True, page=False), FINE, Seen(broker=True, page=False), Seen(broker=True, page=False), FINE]
    looks, told = iter(turns), []
    looked_at, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def look() -> Seen:
        looked_at.release()
        go_on.acquire()
        return next(looks, FINE)

    watchman = Watchman(look, 300, every=0.001)
    for _ in turns:
        looked_at.acquire()
        told.append(watchman.silent())
        go_on.release()
    watchman.stop()
    go_on.release()
    assert told[:4] == [{}, {}, {}, {}]
    assert told[4] == {"web": "the page does not answer"}
