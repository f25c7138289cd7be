"""What a program gets under /v1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter

from tests.search.web.fakes import article, busy, journey
from workers.ledger.journal import Status
from workers.model import Article
from workers.search.web.contract import Found, Problem

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor
    from tests.search.web.fakes import FakeJournal, FakeReader


def test_a_search_answers_in_the_shape_it_describes(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour reopens", authors=("Ilse",)))

    answer = visitor.get("/v1/articles?q=harbour")

    found = TypeAdapter(Found).validate_json(answer.content)
    assert set(answer.json()) == set(Found.__dataclass_fields__)
    assert found.total.value == 1
    assert found.total.relation == "eq"
    assert found.items[0].title == "Harbour reopens"
    assert found.items[0].highlight.title[0].match
    assert found.query.reading == "title or text has *harbour*"


def test_times_carry_their_zone(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article())

    assert visitor.get("/v1/articles").json()["items"][0]["published"] == "2026-11-24T12:05:00+00:00"


def test_facets_come_unless_unwanted(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article())

    assert visitor.get("/v1/articles").json()["facets"][0]["field"] == "source"
    assert visitor.get("/v1/articles?facets=false").json()["facets"] == []


def test_a_bounded_total_is_told_as_a_lower_bound(visitor: Visitor, reader: FakeReader) -> None:
    reader.exact = False

    assert visitor.get("/v1/articles").json()["total"]["relation"] == "gte"


def test_walking_by_cursor_meets_every_article_once(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(*(article(id=f"a{n}") for n in range(7)))

    met: list[str] = []
    cursor = ""
    while True:
        page = visitor.get(f"/v1/articles?limit=3{cursor}").json()
        met += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert sorted(met) == [f"a{n}" for n in range(7)]


def test_an_article_comes_whole(visitor: Visitor, reader: FakeReader) -> None:
    kept = article(tags=("ferries",))
    reader.add(kept)

    answer = visitor.get("/v1/articles/a1")

    assert answer.json() == kept.to_dict()
    assert Article.from_dict(answer.json()) == kept
    TypeAdapter(Article).validate_json(answer.content)


def test_an_article_already_known_is_not_sent_again(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article())
    tag = visitor.get("/v1/articles/a1").headers["etag"]

    answer = visitor.get("/v1/articles/a1", if_none_match=tag)

    assert answer.status_code == 304
    assert answer.content == b""


def test_the_status_is_the_ledgers(visitor: Visitor, journal: FakeJournal) -> None:
    journal.says(busy())

    assert TypeAdapter(Status).validate_json(visitor.get("/v1/status").content) == busy()


@pytest.mark.parametrize(
    ("address", "status", "detail"),
    [
        ("/v1/articles/nope", 404, "there is no article 'nope'"),
        ("/v1/articles?limit=0", 400, "limit: Input should be greater than or equal to 1"),
        ("/v1/articles/%00", 404, "there is no article '\\x00'"),
        ("/v1/articles?limit=1000", 400, "limit: Input should be less than or equal to 100"),
        (f"/v1/articles?q={'a' * 5000}", 400, "q: String should have at most 1000 characters"),
        ("/v1/articles?limit=101", 400, "limit: Input should be less than or equal to 100"),
        ("/v1/articles?sort=oldest", 400, "sort: Input should be 'relevance' or 'newest'"),
        ("/v1/nothing", 404, "Not Found"),
    ],
)
def test_trouble_is_a_problem_that_names_what_is_wrong(
    visitor: Visitor, address: str, status: int, detail: str
) -> None:
    answer = visitor.get(address)

    problem = TypeAdapter(Problem).validate_json(answer.content)
    assert answer.status_code == problem.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem.detail == detail
    assert problem.instance == address.partition("?")[0]


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("address", ["/v1/articles", "/v1/articles/a1", "/v1/status"])
def test_another_verb_than_get_is_a_problem_that_names_what_is_allowed(
    visitor: Visitor, verb: str, address: str
) -> None:
    answer = visitor.ask(verb, address)

    assert TypeAdapter(Problem).validate_json(answer.content).status == answer.status_code == 405
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("address", ["/", "/search?q=harbour", "/v1/articles", "/health/live"])
def test_head_is_answered_as_get_is(visitor: Visitor, reader: FakeReader, address: str) -> None:
    reader.add(article())

    answer = visitor.ask("HEAD", address)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == visitor.get(address).headers["content-type"]


def test_a_store_that_is_down_is_a_503_that_says_when_to_come_back(visitor: Visitor, reader: FakeReader) -> None:
    reader.breaks("connection refused")

    answer = visitor.get("/v1/articles")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "connection refused" in answer.json()["detail"]


def test_a_ledger_that_is_down_does_not_stop_a_search(
    visitor: Visitor, reader: FakeReader, journal: FakeJournal
) -> None:
    reader.add(article())
    journal.breaks("connection refused")

    assert visitor.get("/v1/articles").json()["total"]["value"] == 1
    assert visitor.get("/v1/status").status_code == 503


def test_every_described_operation_stands_on_the_page_about_the_api(visitor: Visitor) -> None:
    described = json.loads(visitor.get("/v1/openapi.json").content)
    page = visitor.get("/v1/docs").text

    assert set(described["paths"]) == {
        "/v1/articles",
        "/v1/articles/{id}",
        "/v1/feeds",
        "/v1/feeds/{name}",
        "/v1/trace",
        "/v1/status",
    }
    assert all(f"GET {path}" in page for path in described["paths"])
    assert "curl &#39;http://desk.test/v1/articles?q=" in page
    assert "<code>next_cursor</code>" in page
    assert all(p["name"] in page for p in described["paths"]["/v1/articles"]["get"]["parameters"])


def test_a_trace_has_each_stage_with_when_how_long_and_who(visitor: Visitor, journal: FakeJournal) -> None:
    journal.tell(journey())

    told = visitor.get("/v1/trace?url=https://example.org/harbour").json()

    assert (told["id"], told["stage"], told["document"]) == ("a1", "done", "a1")
    fetched = told["events"][1]
    assert (fetched["room"], fetched["outcome"], fetched["seconds"], fetched["worker"]) == (
        *("fetch", "fetched"),
        *(0.31, "fels/212"),
    )


def test_the_trace_of_what_nobody_announced_is_a_404_that_tells_who_could_have(visitor: Visitor) -> None:
    answer = visitor.get("/v1/trace?url=https://nobody.test/a-page-about-the-harbour")

    assert answer.status_code == 404
    assert set(answer.json()) == {"asked", "problem", "known", "feeds", "nearest"}


def test_a_live_process_says_so_whatever_is_down(visitor: Visitor, reader: FakeReader, journal: FakeJournal) -> None:
    reader.breaks("away")
    journal.breaks("away")

    assert visitor.get("/health/live").status_code == 200


def test_ready_needs_the_store_and_not_the_ledger(visitor: Visitor, reader: FakeReader, journal: FakeJournal) -> None:
    journal.breaks("ledger away")
    without_ledger = visitor.get("/health/ready")
    reader.breaks("store away")
    without_store = visitor.get("/health/ready")

    assert without_ledger.status_code == 200
    assert without_ledger.json()["ledger"] == "ledger away"
    assert without_store.status_code == 503
    assert without_store.json() == {"ready": False, "store": "store away", "ledger": "ledger away"}
