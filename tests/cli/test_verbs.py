"""Verbs that ask a service: what a user can mend is one line and exit 2, and --json is JSON whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers.cli import letters
from workers.ledger.journal import DeadLetter

NOWHERE = "redis://127.0.0.1:1/0"


def newsdesk(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    for name in ("service.toml", "feeds.toml"):
        (folder / name).touch()
    ours = {"NEWSDESK_CONFIG": str(folder), "NEWSDESK_DATA": str(folder / "data"), "NEWSDESK_REDIS_URL": NOWHERE}
    command = [sys.executable, "-m", "workers.cli", *arguments]
    return subprocess.run(
        command, env={**clean, **ours, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("up", "--port", "18999"), {}),
        (("status",), {"NEWSDESK_REDIS_URL": "redis://127.0.0.1:port/0"}),
        (("status",), {"NEWSDESK_CONFIG__FEEDS": "elsewhere"}),
        (("dead", "retry", "https://gazette.test/a"), {}),
        (("trace", "https://gazette.test/a"), {}),
    ],
)
def test_a_mistake_or_a_redis_that_is_away_is_one_line_and_exit_2(
    arguments: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> None:
    ended = newsdesk(*arguments, folder=tmp_path, **environment)

    assert ended.returncode == 2, ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith("newsdesk: ")


def test_the_list_of_feeds_is_json_without_a_service_too(tmp_path: Path) -> None:
    ended = newsdesk("feeds", "list", "--json", folder=tmp_path)

    assert json.loads(ended.stdout) == []
    assert "feeds.toml only" in ended.stderr


def test_a_terminal_that_cannot_show_a_character_shows_a_substitute_and_json_stays_json(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text(
        '{"version": "https://jsonfeed.org/version/1.1", "title": "Труд", "items": [{"id": "1", '
        '"url": "https://gazette.test/1", "title": "«Ночь»"}]}'
    )
    narrow = {"PYTHONIOENCODING": "ascii"}

    assert newsdesk("check", folder=tmp_path, **narrow).returncode == 2
    plain = newsdesk("parse", str(tmp_path / "feed.json"), "--json", folder=tmp_path, **narrow)
    assert json.loads(plain.stdout)["title"] == "Труд"


# --- the dead letters


class FakeJournal:
    """A hundred letters of one reason, and an older one of another."""

    def dead(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        common = [letter(number, "too-short") for number in range(100)]
        return (*common, letter(100, "robots"))[:limit]


def letter(number: int, reason: str) -> DeadLetter:
    url = f"https://gazette.test/{number}"
    return DeadLetter(id=str(number), url=url, feed="A", stage="fetch", reason=reason, at=datetime.now(UTC))


def test_letters_of_a_reason_are_found_behind_any_number_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "journal", FakeJournal)

    found = json.loads(CliRunner().invoke(letters.dead, ["list", "--reason", "robots", "--json"]).stdout)
    few = json.loads(
        CliRunner().invoke(letters.dead, ["list", "--reason", "too-short", "--limit", "2", "--json"]).stdout
    )

    assert [one["id"] for one in found] == ["100"]
    assert len(few) == 2


class FakeLedger:
    """Revives and drops, and remembers."""

    def __init__(self) -> None:
        self.revived: list[str] = []

    def revive(self, job: str) -> str | None:
        self.revived.append(job)
        return "fetch"


def test_without_yes_a_retry_only_tells_what_would_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = FakeLedger()
    monkeypatch.setattr(letters, "journal", FakeJournal)
    monkeypatch.setattr(letters, "ledger", lambda: ledger)

    told = CliRunner().invoke(letters.dead, ["retry", "--host", "gazette.test", "--since", "1h"])
    assert "101 would go on: 100 too-short, 1 robots; --yes does it" in told.stdout
    assert ledger.revived == []

    done = CliRunner().invoke(letters.dead, ["retry", "--reason", "robots", "--yes"])
    assert "1 go on" in done.stdout
    assert ledger.revived == ["100"]


def test_a_retry_that_names_nothing_or_no_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "journal", FakeJournal)
    for arguments in (["retry", "--yes"], ["drop", "--since", "yesterday"]):
        assert CliRunner().invoke(letters.dead, arguments).exit_code == 2
