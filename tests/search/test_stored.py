"""What the write side of both stores knows of articles it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.articles import NOON, article
from tests.search.conftest import Shelf
from workers.model import Image, Revision

WHOLE = article(
    "whole",
    images=(Image(url="https://i.example/1", caption="A bridge", credit="A. Photographer"),),
    revisions=(Revision(number=1, fetched=NOON - timedelta(hours=1), title="Before", text="It was otherwise."),),
    revision=2,
    story="whole",
    provenance={"title": "json-ld"},
    language_confidence=0.97,
    live=True,
    countries=("FR", "DE"),
    people=("Ada Miller",),
    match_key="news.example/whole",
)


def test_an_article_comes_back_as_it_was_written_before_any_refresh(shelf: Shelf) -> None:
    shelf.writer.write([WHOLE])
    assert shelf.writer.stored(["whole"]) == {"whole": WHOLE}


def test_of_those_asked_only_those_that_are_there_come_back(shelf: Shelf) -> None:
    shelf.writer.write([article("a"), article("b"), article("é")])
    shelf.writer.delete(["b"])
    assert set(shelf.writer.stored(["a", "b", "é", "nobody"])) == {"a", "é"}
    assert shelf.writer.stored([]) == {}


def test_a_story_is_written_anew_at_the_same_version(shelf: Shelf) -> None:
    shelf.writer.write([WHOLE])
    (verdict,) = shelf.writer.write([replace(WHOLE, story="other")])
    assert verdict.outcome == "written"
    assert shelf.writer.stored(["whole"])["whole"].story == "other"


def test_earlier_revisions_are_kept_and_not_searched(shelf: Shelf) -> None:
    shelf.has(WHOLE)
    assert shelf.finds("otherwise") == []
    found = shelf.reader.get("whole")
    assert found is not None
    assert found.revisions == WHOLE.revisions
