"""What is told when a part is down or broken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.search.web.fakes import FakeJournal, FakeReader, article

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor


@pytest.mark.parametrize("address", ["/", "/search?q=harbour", "/article/a1"])
def test_without_a_store_the_page_says_so_and_what_still_works(
    visitor: Visitor, reader: FakeReader, address: str
) -> None:
    reader.breaks("connection refused")

    answer = visitor.get(address)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "article store cannot be reached" in answer.text
    assert "(connection refused)" in answer.text
    assert "Feeds, traces and the status page still work" in answer.text


@pytest.mark.parametrize("address", ["/feeds", "/feeds/x", "/trace?url=x", "/dead", "/status"])
def test_without_a_ledger_the_desk_pages_say_so_and_what_still_works(
    visitor: Visitor, journal: FakeJournal, address: str
) -> None:
    journal.breaks("connection refused")

    answer = visitor.get(address)

    assert answer.status_code == 503
    assert "ledger cannot be reached" in answer.text
    assert "Search and articles still work." in answer.text


def test_without_a_ledger_articles_can_still_be_found_and_read(
    visitor: Visitor, reader: FakeReader, journal: FakeJournal
) -> None:
    reader.add(article("Harbour reopens"))
    journal.breaks("connection refused")

    assert "reopens" in visitor.get("/search?q=harbour").text
    assert "reopens" in visitor.get("/article/a1").text
    front = visitor.get("/")
    assert "reopens" in front.text
    assert "The ledger cannot be reached" in front.text


def test_an_empty_store_without_a_ledger_does_not_pretend_to_know_the_feeds(
    visitor: Visitor, journal: FakeJournal
) -> None:
    journal.breaks("connection refused")

    page = visitor.get("/").text

    assert "cannot be told while the ledger is out of reach" in page
    assert "No feed is configured" not in page


def test_a_defect_is_told_without_its_inside_and_with_the_protective_headers(
    visitor: Visitor, reader: FakeReader
) -> None:
    class Defective(FakeReader):
        def get(self, id_: str, /) -> None:
            raise ZeroDivisionError(id_, "a secret of the inside")

    visitor.app.state.desk = _with_reader(visitor, Defective())

    answer = visitor.get("/article/a1", patient=False)

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_defect_reaches_the_server_and_its_log(visitor: Visitor) -> None:
    class Defective(FakeReader):
        def get(self, id_: str, /) -> None:
            raise ZeroDivisionError(id_)

    visitor.app.state.desk = _with_reader(visitor, Defective())

    with pytest.raises(ZeroDivisionError):
        visitor.get("/article/a1")


def test_an_unknown_address_is_a_readable_404(visitor: Visitor) -> None:
    answer = visitor.get("/nothing")

    assert answer.status_code == 404
    assert "It is not here" in answer.text


def _with_reader(visitor: Visitor, reader: FakeReader) -> object:
    return replace(visitor.app.state.desk, reader=reader)
