"""An article's whole journey is told from the ledger and from its document, each with what it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.articles import article
from workers.errors import StoreDown
from workers.ledger.journal import Trace
from workers.ledger.journey import continued, events_of, finished_of, joined
from workers.model import Article, Event
from workers.search.journey import traced

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANNOUNCED = Event(at=AT, room="poll", outcome="announced", detail="Gazette")
INDEXED = Event(at=AT + timedelta(seconds=9), room="index", outcome="indexed", seconds=0.2, worker="desk/7")
GONE = Event(at=AT + timedelta(days=1), room="fetch", outcome="gone", detail="410; it stays as it was read before")
DONE = Trace(id="a", url="a", feed="Gazette", announced=AT, stage="done", document="d", events=(GONE,))


class Ledger:
    def __init__(self, *known: Trace) -> None:
        self.known = known

    def trace(self, url_or_id: str) -> Trace | None:
        return next((trace for trace in self.known if url_or_id in (trace.id, trace.url)), None)


class Store:
    def __init__(self, *articles: Article, broken: str = "") -> None:
        self.articles, self.broken = articles, broken

    def get(self, id_: str, /) -> Article | None:
        if self.broken:
            raise StoreDown(self.broken)
        return next((one for one in self.articles if one.id == id_), None)


def test_a_finished_articles_journey_is_its_documents_and_what_came_after() -> None:
    kept = replace(article("d"), url="https://gazette.test/bridge", journey=(ANNOUNCED, INDEXED))

    found = traced("a", Ledger(DONE), Store(kept))

    assert found is not None
    assert found.events == (ANNOUNCED, INDEXED, GONE)
    assert found.url == "https://gazette.test/bridge"


def test_while_the_store_is_away_the_ledger_tells_what_it_knows() -> None:
    found = traced("a", Ledger(DONE), Store(broken="no route"))

    assert found is not None
    assert (found.stage, found.events) == ("done", (GONE,))
    assert found.detail == "the rest lies with its document, which cannot be read: no route"


def test_what_waits_is_not_asked_of_the_store() -> None:
    waits = replace(DONE, stage="fetch", document=None, events=(ANNOUNCED,))
    assert traced("a", Ledger(waits), Store(broken="no route")) == waits


def test_nobody_announced_it() -> None:
    assert traced("b", Ledger(DONE), Store()) is None


def test_journeys_are_joined_in_order_and_nothing_stands_there_twice() -> None:
    assert joined((ANNOUNCED, INDEXED), (GONE, INDEXED)) == (ANNOUNCED, INDEXED, GONE)


def test_what_was_written_and_not_settled_is_not_told_twice() -> None:
    unheard = replace(INDEXED, at=AT + timedelta(seconds=5))
    ran_out = Event(at=AT + timedelta(seconds=8), room="index", outcome="lease-ran-out")
    assert continued((ANNOUNCED, unheard), (ANNOUNCED, ran_out, INDEXED)) == (ANNOUNCED, ran_out, INDEXED)


def test_an_earlier_journey_stays_when_the_article_is_read_again() -> None:
    again = replace(ANNOUNCED, at=AT + timedelta(days=1), outcome="changed")
    assert continued((ANNOUNCED, INDEXED), (again,)) == (ANNOUNCED, INDEXED, again)
    assert continued((ANNOUNCED, INDEXED), ()) == (ANNOUNCED, INDEXED)


def test_a_line_of_the_ledger_is_an_event() -> None:
    log = "1764000000000 poll announced -@desk/1 The Gazette\n1764000001000 fetch fetched 250@desk/2 200, 3 kB\n"
    announced, fetched = events_of(log)
    assert (announced.seconds, announced.worker, announced.detail) == (None, "desk/1", "The Gazette")
    assert (fetched.room, fetched.outcome, fetched.seconds, fetched.detail) == ("fetch", "fetched", 0.25, "200, 3 kB")


def test_a_line_of_an_earlier_release_is_an_event_without_duration_and_worker() -> None:
    announced, extracted = events_of(
        "1764000000000 poll announced Gazette\n1764000001000 extract extracted 120 words\n"
    )
    assert (announced.worker, announced.detail) == (None, "Gazette")
    assert (extracted.seconds, extracted.worker, extracted.detail) == (None, None, "120 words")


def test_what_is_left_of_a_finished_article_is_read_as_it_was_written() -> None:
    left = finished_of("abc", "1764000000000\t1764000009000\t0a0b\t1\t\tindexed\tThe Gazette\tworld")
    assert (left.feed, left.document, left.outcome, left.events) == ("The Gazette\tworld", "abc", "indexed", ())
