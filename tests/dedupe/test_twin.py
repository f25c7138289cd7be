"""Which articles are another one of the same publisher once more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.articles import article
from workers.dedupe.twin import NEARLY_ALL, duplicate


def at(id_: str, url: str, **rest: Any) -> Any:
    return article(id_, final_url=url, canonical_url=url, match_key=rest.pop("key", ""), **rest)


HERE = at("a", "https://www.paper.test/world/bridge", key="paper.test/world/bridge")


def test_another_form_of_its_address_is_a_duplicate() -> None:
    mobile = at("b", "https://m.paper.test/world/bridge", key="paper.test/world/bridge", title="Bridge | Mobile")
    refused = duplicate(mobile, HERE, NEARLY_ALL)
    assert refused is not None
    assert (refused.reason, refused.url) == ("duplicate", mobile.url)
    assert refused.detail == ("another form of the same address: https://www.paper.test/world/bridge (a) has its words")


def test_the_same_words_under_the_same_headline_on_the_same_site_are_a_duplicate() -> None:
    again = at("b", "https://sport.paper.test/bridge-2", title="A  QUIET day")
    refused = duplicate(again, HERE, 32)
    assert refused is not None
    assert "the same headline on the same site" in refused.detail


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (at("b", "https://elsewhere.test/bridge"), 32),  # a report of its own, in the same story
        (at("b", "https://paper.test/bridge-2", title="Another headline"), 32),
        (at("b", "https://paper.test/bridge-2"), NEARLY_ALL - 1),
        (at("a", "https://paper.test/bridge-2"), 32),  # itself
    ],
)
def test_all_else_stays(other: Any, shared: int) -> None:
    assert duplicate(other, HERE, shared) is None
    assert duplicate(other, None, shared) is None
