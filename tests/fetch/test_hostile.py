"""Hostile addresses, answers and documents against the client and the whole service, as `bench` measures them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import doors, escapes, poison, transfers
from bench.report import Figure, NotMeasured

pytestmark = pytest.mark.integration

WORST = (
    *("billion laughs (10^9)", "XXE http loopback (parameter entity)", "deep nesting 1 M in item", "title 50 MB"),
    *("200 k attributes", "malformed: '&' x 1 M", "leading newlines 5 MB", "author email regex 200 k"),
    "NUL, U+D800, U+FFFE refs in title",
)
"""Of each kind of attack on a parser the one that took other readers longest."""
SLOW = ("50 k items", "malformed: '<!--' x 200 k")
"""What takes seconds to read: more than the tight limits below allow."""


def broken(figures: tuple[Figure, ...]) -> list[str]:
    """The promises that do not hold, in words."""
    return [f"{one.name}: {one.value:g}, not {one.target}" for one in figures if one.verdict == "MISS"]


def test_no_spelling_of_this_machine_gets_a_request_through_and_many_would_unguarded() -> None:
    figures = doors.measure()
    assert len([one for one in figures if one.at_most == 0]) == 2
    assert len([one for one in figures if one.at_least]) == 2
    assert not broken(figures)


def test_the_whole_service_never_knocks_at_its_own_machine_whatever_a_feed_announces() -> None:
    figures = escapes.measure()
    assert len(figures) == 1
    assert not broken(figures)


@pytest.fixture(scope="module")
def hostile_server() -> Iterator[int]:
    """The shared hostile server with its bombs at full size; yields its port."""
    try:
        with transfers.hostile_server() as port:
            yield port
    except NotMeasured as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("attack", transfers.ATTACKS)
def test_a_hostile_answer_costs_its_deadline_and_little_memory_at_most(hostile_server: int, attack: str) -> None:
    deadline = 2.0
    cost = transfers.cost(hostile_server, attack, deadline)
    assert cost.seconds < 3 * deadline
    assert cost.megabytes <= transfers.GROWTH_MB


def test_hostile_feeds_end_and_the_harmless_ones_behind_them_arrive() -> None:
    done = tried(WORST)
    assert len(done) == len(WORST)
    assert [one for one in done if one.outcome == "never" or not one.neighbour or not one.alive] == []


def test_feeds_that_take_long_end_within_tight_limits_and_the_harmless_ones_behind_them_arrive() -> None:
    done = tried(SLOW, soft=1, hard=2)
    assert {one.name for one in done} == set(SLOW)
    assert [one for one in done if one.outcome == "never" or not one.neighbour or not one.alive] == []


def tried(names: tuple[str, ...], *, soft: int = poison.SOFT, hard: int = poison.HARD) -> list[poison.Trial]:
    """These hostile feeds through one service."""
    try:
        return list(poison.trials("feed", names.__contains__, soft=soft, hard=hard))
    except NotMeasured as reason:
        pytest.skip(str(reason))
