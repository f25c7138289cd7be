"""What an operator finds at each address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.search.web.fakes import NOW, busy, feed, journey, letter
from workers.ledger.journal import Status
from workers.ledger.yields import SiteYield, Yield

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor
    from tests.search.web.fakes import FakeJournal, FakeReader


def test_a_trace_tells_the_whole_journey(visitor: Visitor, journal: FakeJournal) -> None:
    journal.tell(journey())

    page = visitor.get("/trace?url=https://example.org/harbour").text

    assert "It is in the index" in page
    assert 'href="/article/a1"' in page
    assert page.index("announced") < page.index("fetched") < page.index("extracted")
    assert "in 310 ms by fels/212" in page


def test_a_trace_of_a_waiting_article_says_for_what_and_until_when(visitor: Visitor, journal: FakeJournal) -> None:
    journal.tell(
        journey(
            stage="fetch", document=None, reason="timeout", due=NOW + timedelta(minutes=2), attempts=3, detail="20 s"
        )
    )

    page = visitor.get("/trace?url=https://example.org/harbour").text

    assert "It waits to be fetched" in page
    assert "in 2 minutes" in page
    assert "<b>no answer in time</b> (20 s)" in page
    assert "3 attempts so far" in page


def test_a_trace_of_a_dead_article_says_why_and_how_to_retry(visitor: Visitor, journal: FakeJournal) -> None:
    address = "https://example.org/harbour"
    journal.subscribe(feed())
    journal.tell(journey(stage="dead", document=None, reason="robots", detail=f"disallowed for newsdesk: {address}"))

    page = visitor.get(f"/trace?url={address}").text

    assert "It was set aside: <b>the site keeps robots out</b> (disallowed for newsdesk)." in page
    assert "newsdesk dead retry a1" in page
    assert "by The Fels Courier" in page


def test_a_reason_without_words_of_its_own_is_told_as_it_is(visitor: Visitor, journal: FakeJournal) -> None:
    journal.tell(journey(stage="dead", document=None, reason="http-418"))

    assert "It was set aside: <b>http-418</b>." in visitor.get("/trace?url=https://example.org/harbour").text


def test_an_address_no_feed_announced_says_so(visitor: Visitor) -> None:
    answer = visitor.get("/trace?url=https://example.org/unknown")

    assert answer.status_code == 404
    assert "It was never announced" in answer.text


def test_a_trace_without_an_address_is_a_form(visitor: Visitor) -> None:
    answer = visitor.get("/trace")

    assert answer.status_code == 200
    assert "never announced" not in answer.text


def test_what_was_set_aside_is_grouped_by_reason_the_largest_group_first(
    visitor: Visitor, journal: FakeJournal
) -> None:
    journal.set_aside(letter(1, reason="robots"), letter(2, reason="http-404"), letter(3, reason="http-404"))

    page = visitor.get("/dead").text

    assert page.index("<h2>http-404 <small>2</small>") < page.index("<h2>The site keeps robots out <small>1</small>")
    assert "<code>robots</code>" in page
    assert 'href="/trace?url=https%3A%2F%2Fexample.org%2Flost%2F1"' in page


def test_what_was_set_aside_of_one_feed_names_its_publication(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(feed(), dead=1)
    journal.set_aside(letter(1), letter(2, feed="elsewhere"))

    page = visitor.get("/dead?feed=fels-courier").text

    assert "lost%2F1" in page
    assert "lost%2F2" not in page
    assert "<bdi>The Fels Courier</bdi> · fetch" in page
    assert 'href="/dead?feed=fels-courier">1</a>' in visitor.get("/feeds").text


def test_more_dead_letters_than_fit_are_counted(visitor: Visitor, journal: FakeJournal) -> None:
    journal.set_aside(*(letter(number) for number in range(501)))

    assert "The latest 500 of 501" in visitor.get("/dead").text


def test_nothing_set_aside_says_so(visitor: Visitor) -> None:
    assert "Nothing is set aside" in visitor.get("/dead").text


def test_the_status_shows_each_room(visitor: Visitor, journal: FakeJournal) -> None:
    journal.says(busy())

    page = visitor.get("/status").text

    assert "61,377" in page
    assert "for 2 minutes" in page
    assert "nothing due" in page
    assert "3 minutes ago" in page


def test_the_status_says_why_fetching_is_paused(visitor: Visitor, journal: FakeJournal) -> None:
    journal.says(Status(paused="2000 pages wait"))

    assert "Fetching is paused: 2000 pages wait." in visitor.get("/status").text


def test_the_status_tells_of_a_store_that_is_down(visitor: Visitor, reader: FakeReader) -> None:
    reader.breaks("no route to 10.0.0.9")

    answer = visitor.get("/status")

    assert answer.status_code == 200
    assert "cannot be reached (no route to 10.0.0.9)" in answer.text


def test_the_status_page_names_sites_that_give_less_than_they_did(visitor: Visitor, journal: FakeJournal) -> None:
    week = Yield(outcomes={"extracted": 90}, words=45_000)
    journal.gives(
        SiteYield(site="fine.example", today=Yield(outcomes={"extracted": 9}, words=4_500), before=week),
        SiteYield(site="broken.example", today=Yield(outcomes={"too-short": 7}), before=week),
    )
    page = visitor.get("/status").text
    assert page.index("broken.example") < page.index("fine.example")
    assert "gives less than it did: 0 of 7 pages gave an article, 100% before; 7 were too-short" in page


def test_what_was_set_aside_is_narrowed_by_reason_host_and_age(visitor: Visitor, journal: FakeJournal) -> None:
    journal.set_aside(letter(1, reason="robots"), letter(2, reason="timeout", url="https://other.test/lost/2"))

    assert "lost%2F2" not in visitor.get("/dead?reason=robots").text
    assert "lost%2F1" not in visitor.get("/dead?host=other.test").text
    assert "Nothing of that kind" in visitor.get("/dead?host=nobody.test").text
    wrong = visitor.get("/dead?since=<b>yesterday")
    assert wrong.status_code == 400
    assert "“&lt;b&gt;yesterday” is an age such as 90m" in wrong.text
