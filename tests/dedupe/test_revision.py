"""What another reading makes of a known article."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.articles import NOON, article
from workers.dedupe.revision import MOST, changed, revised

HOUR = timedelta(hours=1)
FIRST = article("a", title="Bridge closed", text="The bridge is closed.", story="a", feed="first", source="The First")


def test_an_article_nobody_knew_is_its_own_story_and_first_revision() -> None:
    made = revised(None, article("a"))
    assert (made.story, made.revision, made.revisions) == ("a", 1, ())
    assert revised(None, article("a", story="b")).story == "b"


def test_a_correction_keeps_what_was_said_before_and_who_announced_it() -> None:
    correction = replace(FIRST, text="The bridge is open.", fetched=NOON + HOUR, modified=NOON + HOUR, feed="other")
    made = revised(FIRST, correction)
    assert (made.revision, made.text, made.feed, made.source) == (2, "The bridge is open.", "first", "The First")
    (before,) = made.revisions
    assert (before.number, before.text, before.fetched, before.modified) == (1, FIRST.text, NOON, None)
    assert changed(FIRST, made) == ("text",)


def test_another_headline_alone_is_a_revision() -> None:
    made = revised(FIRST, replace(FIRST, title="Bridge open", fetched=NOON + HOUR))
    assert (made.revision, made.revisions[0].title) == (2, "Bridge closed")


def test_the_same_words_with_other_space_or_pictures_are_no_revision() -> None:
    made = revised(FIRST, replace(FIRST, text="The  bridge is\nclosed.", section="Traffic", fetched=NOON + HOUR))
    assert (made.revision, made.revisions, made.section) == (1, (), "Traffic")


def test_what_only_another_extractor_reads_otherwise_is_no_revision() -> None:
    again = replace(FIRST, text="The bridge is closed. Really.", extractor="test/2", fetched=NOON + HOUR)
    assert revised(FIRST, again).revision == 1
    assert revised(FIRST, replace(again, modified=NOON + HOUR)).revision == 2


def test_the_same_reading_again_changes_nothing() -> None:
    made = revised(FIRST, replace(FIRST, text="The bridge is open.", fetched=NOON + HOUR))
    assert revised(made, replace(FIRST, text="The bridge is open.", fetched=NOON + HOUR)) == made


def test_an_older_reading_that_comes_late_revises_nothing() -> None:
    late = revised(FIRST, replace(FIRST, text="The bridge is shaky.", fetched=NOON - HOUR))
    assert (late.revision, late.revisions) == (1, ())


def test_of_many_readings_the_first_and_the_latest_are_kept() -> None:
    made = FIRST
    for number in range(1, 50):
        made = revised(made, replace(FIRST, text=f"Minute {number}.", fetched=NOON + number * HOUR))
    assert made.revision == 50
    assert len(made.revisions) == MOST
    assert [one.number for one in made.revisions] == [1, *range(31, 50)]
