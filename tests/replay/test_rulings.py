"""What it means that an archived page gave an article, a refusal, or nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.articles import article
from workers.children import Lost
from workers.model import Entry, Refused
from workers.replay.rulings import Reread, Unwanted, differing, is_left, judge

SECOND = timedelta(seconds=1)
BEFORE = article("a", extractor="newsdesk-1", story="s1", revision=3)
NOW = replace(BEFORE, extractor="newsdesk-2", story=None, revision=1)
SHORT = Unwanted(refused=Refused(reason="too-short", detail="9 words"), entry=Entry(url=BEFORE.url, title="T"))


def page(stage: str = "done", document: str = "a") -> Reread:
    return Reread(article="j", url=BEFORE.url, host="news.example", stage=stage, document=document)


def test_the_same_reading_by_a_newer_extractor_is_written_and_called_the_same() -> None:
    ruling = judge(page(), NOW, BEFORE, BEFORE)

    assert ruling.word == "same"
    assert ruling.article == replace(BEFORE, extractor="newsdesk-2")
    assert ruling.ending is None


def test_what_is_not_different_at_all_is_not_written() -> None:
    ruling = judge(page(), replace(NOW, extractor="newsdesk-1"), BEFORE, BEFORE)

    assert (ruling.word, ruling.article) == ("same", None)


def test_what_changed_is_named_and_what_was_decided_among_articles_stays() -> None:
    ruling = judge(page(), replace(NOW, title="Better"), BEFORE, BEFORE)

    assert (ruling.word, ruling.differs) == ("changed", ("title", "extractor"))
    assert ruling.article
    assert (ruling.article.story, ruling.article.revision) == ("s1", 3)


def test_an_article_that_has_another_id_now_leaves_the_old_one_and_is_known_by_the_new() -> None:
    ruling = judge(page(), replace(NOW, id="b", canonical_url="https://news.example/b"), BEFORE, None)

    assert (ruling.word, ruling.forget) == ("changed", BEFORE)
    assert ruling.ending
    assert (ruling.ending.was, ruling.ending.settlement.to) == ("done", "done")
    assert ruling.ending.settlement.fields["doc"] == "b"


def test_a_newer_reading_in_the_store_is_let_be() -> None:
    newer = replace(BEFORE, fetched=BEFORE.fetched + SECOND)

    assert judge(page(), NOW, newer, newer).word == "left"


def test_an_older_reading_in_the_store_is_replaced_and_keeps_its_story() -> None:
    older = replace(BEFORE, fetched=BEFORE.fetched - SECOND)
    ruling = judge(page(), NOW, older, older)

    assert ruling.word == "changed"
    assert ruling.article == replace(NOW, story="s1", revision=3)


def test_an_article_that_was_set_aside_is_new_and_ends_in_the_index() -> None:
    ruling = judge(page(stage="dead", document=""), NOW, None, None)

    assert (ruling.word, ruling.article) == ("new", replace(NOW, story="a"))
    assert ruling.ending
    assert (ruling.ending.was, ruling.ending.settlement.to) == ("dead", "done")


def test_an_article_that_nobody_knows_any_more_is_new_and_the_ledger_hears_nothing() -> None:
    ruling = judge(page(stage="", document=""), NOW, None, None)

    assert (ruling.word, ruling.article, ruling.ending) == ("new", replace(NOW, story="a"), None)


def test_a_page_that_is_refused_now_leaves_the_store_for_the_dead_letters_with_what_a_retry_needs() -> None:
    ruling = judge(page(), SHORT, BEFORE, None)

    assert (ruling.word, ruling.reason, ruling.forget, ruling.article) == ("refused", "too-short", BEFORE, None)
    assert ruling.ending
    settlement = ruling.ending.settlement
    assert (ruling.ending.was, settlement.to, settlement.outcome, settlement.host) == (
        "done", "dead", "too-short", "news.example",
    )  # fmt: skip
    assert Entry.from_dict(json.loads(settlement.fields["entry"])) == SHORT.entry


def test_a_refused_page_takes_no_other_pages_article_with_it() -> None:
    others = replace(BEFORE, url="https://news.example/other")

    assert judge(page(), SHORT, others, None).word == "left"
    assert judge(page(), SHORT, None, None).word == "left"


def test_what_was_refused_and_still_is_stays_where_it_is() -> None:
    ruling = judge(page(stage="dead"), SHORT, None, None)

    assert (ruling.word, ruling.ending, ruling.forget) == ("still refused", None, None)


@pytest.mark.parametrize("stage", ["done", "dead", ""])
def test_a_page_that_could_not_be_read_changes_nothing(stage: str) -> None:
    ruling = judge(page(stage=stage), Lost(reason="too-slow", detail="stopped after 30 s"), BEFORE, None)

    assert (ruling.word, ruling.reason) == ("failed", "too-slow")
    assert (ruling.article, ruling.forget, ruling.ending) == (None, None, None)


def test_only_what_ended_is_read_again() -> None:
    assert [is_left(stage) != "" for stage in ("fetch", "extract", "index", "dropped")] == [True] * 4
    assert [is_left(stage) for stage in ("done", "dead", "")] == [""] * 3


def test_fields_that_differ_are_named() -> None:
    assert differing(BEFORE, BEFORE) == ()
    assert differing(BEFORE, replace(BEFORE, tags=("x",), text="Other")) == ("text", "tags")
