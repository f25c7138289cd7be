"""Groups of near-copies in a real Redis: the same whatever the order, for as long as copies are made."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
import redis

from tests.dedupe.stories_corpus import Text, corpus
from tests.ledger.conftest import Clock
from workers.dedupe.sketch import sketch
from workers.ledger.stories import Likeness, Stories

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TEXTS = corpus(40, copied=0.5, seed=11)


def id_of(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()[:24]


@pytest.fixture
def stories(client: redis.Redis, clock: Clock) -> Stories:
    return Stories(client, clock=clock)


def one(stories: Stories, name: object, words: str, when: datetime = NOON) -> Likeness:
    (likeness,) = stories.place([(id_of(name), sketch(words), when)])
    return likeness


def groups(stories: Stories, texts: Iterable[Text]) -> set[frozenset[int]]:
    """The groups once all are placed: asked again, each article tells where it is now."""
    texts = list(texts)
    rows = [(id_of(text.number), sketch(text.words), NOON) for text in texts]
    stories.place(rows)
    found = defaultdict(set)
    for text, likeness in zip(texts, stories.place(rows), strict=True):
        found[likeness.story].add(text.number)
    return {frozenset(group) for group in found.values()}


def test_a_copy_joins_the_story_of_its_original_and_tells_whom_it_is_alike_to(stories: Stories) -> None:
    text = TEXTS[0].words
    first = one(stories, "a", text)
    second = one(stories, "b", text + " and more words at the end of it")
    assert first == Likeness(story=id_of("a"))
    assert (second.story, second.twin) == (id_of("a"), id_of("a"))
    assert second.shared >= 28


def test_an_article_asked_again_is_where_it_was(stories: Stories, client: redis.Redis) -> None:
    text = TEXTS[0].words
    one(stories, "a", text)
    before, used = one(stories, "b", text), client.hget("nd:stories", "last")
    assert one(stories, "b", text) == before
    assert client.hget("nd:stories", "last") == used


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_arrival_gives_the_same_groups(stories: Stories, client: redis.Redis, seed: int) -> None:
    expected = groups(stories, TEXTS)
    assert any(len(group) > 1 for group in expected)
    client.flushall()
    assert groups(stories, random.Random(seed).sample(TEXTS, len(TEXTS))) == expected


def test_a_report_between_two_stories_makes_one_of_them_and_names_whom_the_index_must_hear_of(
    stories: Stories,
) -> None:
    one_text, other_text = TEXTS[0].words, TEXTS[1].words
    one(stories, "a", one_text)
    one(stories, "b", other_text)
    one(stories, "b2", other_text)
    between = one(stories, "c", one_text + " " + other_text)
    assert between.story == id_of("a")
    assert set(between.moved) == {id_of("b"), id_of("b2")}
    assert {(move.id, move.story) for move in stories.moved()} == {(id_of(name), id_of("a")) for name in ("b", "b2")}


def test_what_the_index_was_told_is_not_told_again_unless_it_moved_meanwhile(stories: Stories, clock: Clock) -> None:
    for name, text in (("x", TEXTS[2]), ("a", TEXTS[0]), ("b", TEXTS[1])):
        one(stories, name, text.words)
    one(stories, "c", TEXTS[0].words + " " + TEXTS[1].words)
    told = stories.moved()
    assert {move.id for move in told} == {id_of("b")}
    clock.passes(1)
    one(stories, "d", TEXTS[2].words + " " + TEXTS[0].words)  # all of it belongs to x now
    stories.told(told)
    assert {move.id: move.story for move in stories.moved()} == {id_of(name): id_of("x") for name in "abc"}
    stories.told(stories.moved())
    assert stories.moved() == ()


def test_articles_days_apart_are_not_compared(stories: Stories) -> None:
    text = TEXTS[0].words
    one(stories, "a", text)
    assert one(stories, "b", text, NOON + 2 * DAY).story == id_of("a")
    assert one(stories, "c", text, NOON + 9 * DAY).story == id_of("c")


def test_what_came_a_week_ago_is_forgotten_and_its_room_used_again(
    stories: Stories, clock: Clock, client: redis.Redis
) -> None:
    rows = [(id_of(text.number), sketch(text.words), NOON) for text in TEXTS]
    stories.place(rows)
    kept = sum(client.strlen(key) for key in client.keys("nd:near:*"))
    for day in range(1, 121, 3):  # some days bring nothing
        clock.passes(3 * DAY.total_seconds())
        stories.place([(id_of((day, name)), made, NOON + day * DAY) for name, made, _ in rows])
    assert sum(client.strlen(key) for key in client.keys("nd:near:*")) <= 16 * kept
    assert len(client.hkeys("nd:stories")) <= 2 + 4


def test_a_text_without_a_sketch_is_its_own_story_and_costs_nothing(stories: Stories, client: redis.Redis) -> None:
    assert one(stories, "a", "Short.") == Likeness(story=id_of("a"))
    assert client.keys("*") == []


def test_a_corrected_article_is_no_twin_of_itself(stories: Stories) -> None:
    one(stories, "a", TEXTS[0].words)
    again = one(stories, "a", TEXTS[0].words + " and a correction of some words")
    assert (again.story, again.twin) == (id_of("a"), None)
