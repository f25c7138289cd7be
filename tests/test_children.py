"""Processes that may be killed: what becomes of a job, and of the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import chores
from workers import children
from workers.children import Children, Lost

pytestmark = pytest.mark.integration


@pytest.fixture
def two() -> Iterator[Children[str]]:
    with Children(chores.do, count=2, seconds=20, memory_bytes=1_000_000_000) as some:
        yield some


def answers(some: Children[str], *jobs: str) -> dict[str, bytes | Lost]:
    found = []
    for job in jobs:
        if some.is_full:
            found.append(some.take())
        some.give(job)
    while some.is_busy:
        found.append(some.take())
    assert len(found) == len(jobs)
    return dict(found)


def test_every_job_is_answered(two: Children[str]) -> None:
    wanted = [f"chore {n}" for n in range(20)]

    assert answers(two, *wanted) == {job: job.encode() for job in wanted}


def test_a_job_that_raises_is_lost_and_the_child_goes_on(two: Children[str]) -> None:
    found = answers(two, "raise", "a", "b")

    assert found["raise"] == Lost(reason="crashed", detail="ValueError: no such chore ?")
    assert (found["a"], found["b"]) == (b"a", b"b")


@pytest.mark.parametrize("end", ["die", "eat"])
def test_a_job_that_takes_its_child_down_costs_no_other_job(two: Children[str], end: str) -> None:
    found = answers(two, "a", end, "b", "c", "d")

    lost = found.pop(end)
    assert isinstance(lost, Lost)
    assert lost.reason == "kills-its-worker"
    assert found == {job: job.encode() for job in "abcd"}


def test_a_job_that_hangs_is_stopped_and_the_others_do_not_wait_for_it() -> None:
    with Children(chores.do, count=2, seconds=3, memory_bytes=1_000_000_000) as some:
        found = answers(some, "hang", "a", "b", "c")

    assert list(found)[-1] == "hang"
    assert found.pop("hang") == Lost(reason="too-slow", detail="stopped after 3 s")
    assert found == {"a": b"a", "b": b"b", "c": b"c"}


def test_a_child_makes_room_for_a_fresh_one_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "JOBS", 2)
    with Children(chores.do, count=1, seconds=20, memory_bytes=1_000_000_000) as some:
        seen = [answers(some, "who")["who"] for _ in range(5)]

    assert len(set(seen)) == 3
