"""What is known of an article when it is written: its story, its twins, its earlier readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.articles import NOON, article
from tests.dedupe.stories_corpus import corpus
from tests.ledger.test_stories import id_of
from workers.known import placed, tell_moves
from workers.ledger.stories import Stories
from workers.model import Article, Verdict

pytestmark = pytest.mark.integration

ONE, OTHER = (text.words for text in corpus(2, copied=0))
HOUR = timedelta(hours=1)


class Shelf:
    """A store in a dict, that may say "later"."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.busy = False

    def stored(self, ids: Sequence[str]) -> Mapping[str, Article]:
        return {id_: self.articles[id_] for id_ in ids if id_ in self.articles}

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        if not self.busy:
            self.articles |= {one.id: one for one in articles}
        return tuple(Verdict(id=one.id, outcome="later" if self.busy else "written") for one in articles)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def stories(client: redis.Redis) -> Stories:
    return Stories(client)


def report(name: str, text: str, **rest: Any) -> Article:
    return replace(article(name, text=text, **rest), id=id_of(name))


def written(shelf: Shelf, stories: Stories, *articles: Article) -> list[str]:
    places = placed(articles, shelf, stories)
    shelf.write([place.article for place in places if place.refused is None])
    tell_moves(shelf, stories, NOON)
    return [place.refused.reason if place.refused else place.detail for place in places]


def test_a_copy_elsewhere_is_written_with_the_story_of_the_first(shelf: Shelf, stories: Stories) -> None:
    written(shelf, stories, report("a", ONE))
    url = "https://elsewhere.test/b"
    (told,) = written(shelf, stories, report("b", ONE, final_url=url, canonical_url=url))
    assert {one.story for one in shelf.articles.values()} == {id_of("a")}
    assert told == f"shares 32 of 32 with {id_of('a')}"


def test_the_same_on_the_same_site_is_set_aside_also_within_one_batch(shelf: Shelf, stories: Stories) -> None:
    assert written(shelf, stories, report("a", ONE), report("b", ONE)) == ["", "duplicate"]
    assert set(shelf.articles) == {id_of("a")}


def test_a_known_article_is_never_a_duplicate_of_a_later_one(shelf: Shelf, stories: Stories) -> None:
    written(shelf, stories, report("a", ONE), report("b", ONE))
    later = report("a", ONE, title="Another headline", fetched=NOON + HOUR)
    assert written(shelf, stories, later)[0].endswith("revision 2: another title")


def test_two_stories_that_turn_out_to_be_one_are_written_so(shelf: Shelf, stories: Stories) -> None:
    elsewhere = "https://elsewhere.test/c"
    written(shelf, stories, report("a", ONE), report("b", OTHER))
    assert len({one.story for one in shelf.articles.values()}) == 2
    written(shelf, stories, report("c", f"{ONE} {OTHER}", final_url=elsewhere, title="Both"))
    assert {one.story for one in shelf.articles.values()} == {id_of("a")}
    assert stories.moved() == ()


def test_a_store_that_is_busy_is_told_of_the_move_later(shelf: Shelf, stories: Stories) -> None:
    written(shelf, stories, report("a", ONE), report("b", OTHER))
    shelf.busy = True
    written(shelf, stories, report("c", f"{ONE} {OTHER}", title="Both"))
    assert [move.id for move in stories.moved()] == [id_of("b")]
    shelf.busy = False
    assert tell_moves(shelf, stories, NOON) == 1
    assert shelf.articles[id_of("b")].story == id_of("a")


def test_a_move_of_what_never_reached_the_store_is_forgotten_after_an_hour(
    shelf: Shelf, stories: Stories, client: redis.Redis
) -> None:
    placed([report("a", ONE)], shelf, stories)
    placed([report("b", OTHER)], shelf, stories)
    placed([report("c", f"{ONE} {OTHER}")], shelf, stories)
    (move,) = stories.moved()
    assert tell_moves(shelf, stories, move.at + HOUR) == 0
    assert stories.moved() == (move,)
    tell_moves(shelf, stories, move.at + HOUR + timedelta(seconds=1))
    assert stories.moved() == ()
