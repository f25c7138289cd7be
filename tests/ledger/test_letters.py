"""Which dead letters are meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.errors import ConfigError
from workers.ledger.journal import DeadLetter
from workers.ledger.letters import Wanted, moment

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LETTER = DeadLetter(id="a1", url="https://www.paper.test/a", feed="paper", stage="fetch", reason="timeout", at=NOON)


@pytest.mark.parametrize(
    ("named", "taken"),
    [
        ({}, True),
        ({"jobs": ("a1",)}, True),
        ({"jobs": ("https://www.paper.test/a", "b")}, True),
        ({"jobs": ("b",)}, False),
        ({"reason": "timeout", "feed": "paper", "stage": "fetch"}, True),
        ({"reason": "timeout", "feed": "other"}, False),
        ({"host": "paper.test"}, True),
        ({"host": "WWW.paper.test"}, True),
        ({"host": "aper.test"}, False),
        ({"host": "sport.paper.test"}, False),
        ({"since": NOON}, True),
        ({"since": NOON + timedelta(seconds=1)}, False),
        ({"until": NOON}, False),
        ({"until": NOON + timedelta(seconds=1)}, True),
    ],
)
def test_all_that_is_named_must_hold(named: dict[str, Any], taken: bool) -> None:
    assert Wanted(**named).takes(LETTER) is taken


def test_a_letter_whose_address_is_none_is_of_no_host() -> None:
    broken = DeadLetter(id="x", url="http://[", feed="f", stage="fetch", reason="bad-url", at=NOON)
    assert not Wanted(host="paper.test").takes(broken)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("90m", NOON - timedelta(minutes=90)),
        (" 2D ", NOON - timedelta(days=2)),
        ("1w", NOON - timedelta(weeks=1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_an_age_or_a_date(text: str, when: datetime) -> None:
    assert moment(text, NOON) == when


def test_what_is_no_time_is_told_with_what_would_be_right() -> None:
    with pytest.raises(ConfigError, match=r"yesterday.*such as 90m"):
        moment("yesterday", NOON)
