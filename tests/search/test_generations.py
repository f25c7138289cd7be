"""A new generation is filled beside the present one and put in its place: the same promises for both stores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.articles import article
from tests.search.conftest import Shelf
from workers.index.place import Cluster, Directory, place
from workers.index.successor import Successor, open_successor
from workers.model import Article


@pytest.fixture
def successor(shelf: Shelf) -> Iterator[Successor]:
    one = open_successor(shelf.settings)
    yield one
    one.abandon()


def later(one: Article, **changes: Any) -> Article:
    return replace(one, fetched=one.fetched + timedelta(seconds=1), **changes)


def titles(shelf: Shelf) -> dict[str, str]:
    """Every article a search finds, by id."""
    shelf.writer.refresh()
    return {hit.id: "".join(part.text for part in hit.title) for hit in shelf.asked("", limit=100).hits}


def test_everything_is_carried_over_unchanged(shelf: Shelf, successor: Successor) -> None:
    before = [article(f"a{n}", f"Title {n}", tags=("x",), revision=n) for n in range(5)]
    shelf.has(*before)

    successor.begin()
    successor.complete()
    successor.take_over()

    assert titles(shelf) == {f"a{n}": f"Title {n}" for n in range(5)}
    assert [shelf.reader.get(one.id) for one in before] == before


def test_until_it_takes_over_searches_see_the_old_generation_and_then_the_new(
    shelf: Shelf, successor: Successor
) -> None:
    shelf.has(article("a", "Old"), article("gone", "Gone"))
    seen = []
    successor.begin()
    seen.append(titles(shelf))
    successor.write([article("a", "Read again"), article("b", "Found")])
    successor.forget({"gone": article("gone").version})
    seen.append(titles(shelf))
    successor.complete()
    seen.append(titles(shelf))
    successor.take_over()

    assert seen == [{"a": "Old", "gone": "Gone"}] * 3
    assert titles(shelf) == {"a": "Read again", "b": "Found"}


def test_what_the_service_writes_meanwhile_is_kept_and_wins_when_it_is_newer(
    shelf: Shelf, successor: Successor
) -> None:
    shelf.has(*(article(name, "Old") for name in ("again", "newer", "left-out", "newer-left-out")))
    successor.begin()
    successor.write([article("again", "Read again"), article("newer", "Read again")])
    successor.forget({name: article(name).version for name in ("left-out", "newer-left-out")})
    shelf.has(article("early", "Early"), later(article("newer", "Newer")))
    successor.complete()
    shelf.has(article("late", "Late"), later(article("newer-left-out", "Newer")), article("again", "Old"))
    shelf.has(article("left-out", "Old"))
    successor.take_over()
    shelf.has(article("after", "After"))

    assert titles(shelf) == {
        "again": "Read again",
        "newer": "Newer",
        "newer-left-out": "Newer",
        "early": "Early",
        "late": "Late",
        "after": "After",
    }


def test_a_newer_reading_is_written_after_as_before(shelf: Shelf, successor: Successor) -> None:
    shelf.has(article("a", "Old"))
    successor.begin()
    successor.complete()
    successor.take_over()

    assert [one.outcome for one in shelf.has(later(article("a", "New")))] == ["written"]
    assert [one.outcome for one in shelf.has(article("a", "Old"))] == ["stale"]
    assert titles(shelf) == {"a": "New"}


def test_one_that_is_abandoned_leaves_everything_as_it_was(shelf: Shelf, successor: Successor) -> None:
    shelf.has(article("a", "Old"))
    successor.begin()
    successor.write([article("a", "Read again")])
    successor.complete()
    successor.abandon()
    shelf.has(article("b", "After"))

    assert titles(shelf) == {"a": "Old", "b": "After"}
    assert generations(shelf) == 1


def test_what_a_replay_that_was_killed_left_is_removed_by_the_next(shelf: Shelf, successor: Successor) -> None:
    shelf.has(article("a", "Old"))
    killed = open_successor(shelf.settings)
    killed.begin()
    killed.write([article("b", "Half")])

    successor.begin()
    successor.complete()
    successor.take_over()
    shelf.has(article("c", "After"))

    assert titles(shelf) == {"a": "Old", "c": "After"}
    assert generations(shelf) == 1
    killed.abandon()
    assert titles(shelf) == {"a": "Old", "c": "After"}


def test_one_generation_follows_another(shelf: Shelf) -> None:
    shelf.has(article("a", "0"))
    for n in range(1, 4):
        successor = open_successor(shelf.settings)
        successor.begin()
        successor.write([article("a", str(n))])
        successor.complete()
        successor.take_over()
        shelf.has(article(f"b{n}", "After"))

    assert titles(shelf) == {"a": "3", "b1": "After", "b2": "After", "b3": "After"}
    assert generations(shelf) == 1


def test_no_search_ever_sees_fewer_articles(shelf: Shelf) -> None:
    shelf.has(*(article(f"a{n}") for n in range(20)))
    stop, totals, problems = threading.Event(), set(), []

    def searching() -> None:
        while not stop.is_set():
            try:
                answer = shelf.asked("", limit=50)
                totals.add((answer.total, len(answer.hits)))
            except Exception as error:  # noqa: BLE001 # whatever it is, the test shows it
                problems.append(error)

    threads = [threading.Thread(target=searching) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            successor = open_successor(shelf.settings)
            successor.begin()
            successor.write([article("a1", "Read again")])
            successor.complete()
            successor.take_over()
            shelf.has(article("a0"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert not problems
    assert totals == {(20, 20)}


def test_a_page_after_the_first_goes_on_where_that_ended(shelf: Shelf, successor: Successor) -> None:
    shelf.has(*(article(f"a{n}") for n in range(30)))
    first = shelf.asked("", sort="newest", limit=10)
    successor.begin()
    successor.write([article("a3", "Read again"), article("a25", "Read again")])
    successor.complete()
    successor.take_over()
    second = shelf.asked("", sort="newest", limit=30, cursor=first.next_cursor)

    assert len({hit.id for hit in (*first.hits, *second.hits)}) == 30


def test_an_empty_store_has_a_successor_too(unprepared: Shelf) -> None:
    successor = open_successor(unprepared.settings)
    successor.begin()
    successor.write([article("a", "Found")])
    successor.complete()
    successor.take_over()
    unprepared.writer.prepare()

    assert titles(unprepared) == {"a": "Found"}


def generations(shelf: Shelf) -> int:
    where = place(shelf.settings)
    if isinstance(where, Directory):
        return len(where.generations())
    assert isinstance(where, Cluster)
    client = shelf.writer._client  # type: ignore[attr-defined] # the cluster's writer has one
    return len(client.indices.get_alias(index=f"{where.index}-v*"))
