"""The short form of `make chaos`: two faults on a small web, and the README's table is that of the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaos.__main__ import COLUMNS, rows, to_markdown
from chaos.account import Account
from chaos.faults import FAULTS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.integration
def test_nothing_is_lost_or_doubled_when_processes_are_killed_under_load() -> None:
    faults = ["worker main kill -9", "worker child kill -9"]
    found = list(rows(faults, hosts=10, busy_hosts=10, articles=6, times=3, at_once=2))
    assert [row.fault for row in found] == faults
    for row in found:
        assert row.account == Account(announced=60, indexed=59, waiting=0, dead=1, astray=0, lost=0, doubled=0)
        assert row.testimony.differing == ()
        assert row.testimony.asked == 60


@pytest.mark.parametrize(
    "wrong",
    [{"lost": 1}, {"doubled": 1}, {"waiting": 1}, {"astray": 1}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_account_holds_only_when_every_article_is_where_it_belongs(wrong: dict[str, int]) -> None:
    right: dict[str, Any] = {
        "announced": 60,
        "indexed": 59,
        "waiting": 0,
        "dead": 1,
        "astray": 0,
        "lost": 0,
        "doubled": 0,
    }
    assert Account(**right).holds
    assert not Account(**right | wrong).holds


def test_the_readme_has_the_commands_table_with_every_fault() -> None:
    shown = README.partition("<!-- chaos -->")[2].partition("<!-- /chaos -->")[0]
    lines = shown.strip().splitlines()
    assert lines[0] == to_markdown([])[0]
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(FAULTS)
    lost, doubled = (COLUMNS.index(name) + 1 for name in ("lost", "doubled"))
    assert all(line.split("|")[at].strip() == "0" for line in lines[2:] for at in (lost, doubled))
    articles = COLUMNS.index("articles") + 1
    assert sum(int(line.split("|")[articles]) for line in lines[2:]) >= 10_000
