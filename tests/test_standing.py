"""A worker that takes nothing although it could is told from one that is idle, busy, or slow."""

from __future__ import annotations

import pytest

from workers.standing import PATIENCE, Look, Standing

LATER = PATIENCE + 1


def looks(*seen: tuple[float, int, int, int]) -> list[bool]:
    standing = Standing()
    return [standing.still(Look(at=at, waiting=waiting, taken=taken, free=free)) for at, waiting, taken, free in seen]


def test_messages_wait_hands_are_free_and_nothing_is_taken() -> None:
    assert looks((0, 9, 5, 1), (5, 9, 5, 1), (LATER, 9, 5, 1)) == [False, False, True]


@pytest.mark.parametrize(
    "then",
    [(LATER, 0, 5, 1), (LATER, 9, 6, 1), (LATER, 9, 5, 0)],
    ids=["the queue is empty", "it took one", "its hands are full"],
)
def test_it_is_no_standing_still_when(then: tuple[float, int, int, int]) -> None:
    assert looks((0, 9, 5, 1), then) == [False, False]


def test_the_time_counts_from_when_it_was_last_otherwise() -> None:
    assert looks((0, 9, 5, 1), (10, 9, 6, 1), (LATER, 9, 6, 1), (10 + LATER, 9, 6, 1)) == [False, False, False, True]
    assert looks((0, 9, 5, 1), (10, 9, 5, 0), (15, 9, 5, 1), (LATER, 9, 5, 1)) == [False] * 4
