"""Today's extraction beside the stored one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.articles import article
from workers.cli.comparing import compare
from workers.model import Refused

STORED = article(
    "a", "Bridge closed", "It is closed.\n\nMore soon.", authors=("Ada Miller",), story="s", extractor="old/1"
)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_what_is_read_otherwise_is_shown_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    today = replace(STORED, authors=("Ada Miller", "Ben Roe"), text="It is open.\n\nMore soon.", extractor="new/1")
    assert compare(today, STORED)
    said = printed(capsys)
    assert 'authors ["Ada Miller"] ["Ada Miller", "Ben Roe"]' in said
    assert "It is closed. open." in said
    assert "More soon" not in said


def test_what_was_decided_among_articles_is_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert not compare(replace(STORED, story=None, extractor="new/1"), STORED)
    assert "the same in every field" in printed(capsys)


def test_a_refusal_and_a_missing_article_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(Refused(reason="too-short", detail="9 words"), STORED)
    assert "today refused: too-short 9 words" in printed(capsys)
    assert compare(STORED, None)
    assert "the store has no article at this address" in printed(capsys)
