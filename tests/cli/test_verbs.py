"""Verbs that ask a service: what a user can mend is one line and exit 2, and --json is JSON whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from workers.cli import feeds, letters
from workers.errors import ConfigError
from workers.ledger.journal import DeadLetter
from workers.model import Feed
from workers.poll.catalogue import load as load_catalogue
from workers.settings import Settings, load

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


# --- feeds.toml


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "service.toml").touch()
    (tmp_path / "feeds.toml").write_text('# mine\n[[feed]]\nname = "A"\nurl = "https://a.test/rss"\n')
    settings: Settings = load({"NEWSDESK_CONFIG": str(tmp_path)})
    monkeypatch.setattr(feeds, "settings", lambda: settings)
    yield tmp_path
    assert (tmp_path / "feeds.toml").read_text().startswith("# mine\n")
    assert not (tmp_path / "feeds.draft").exists()


def test_a_feed_that_feeds_toml_cannot_take_changes_nothing_and_names_the_file(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"feeds\.toml.*'B'.*language.*nothing was added"):
        feeds.append([Feed(name="B", url="https://b.test/rss", source="B", language="English")])

    assert "b.test" not in (config / "feeds.toml").read_text()


def test_a_feeds_toml_that_cannot_be_written_is_a_clear_line(config: Path) -> None:
    (config / "feeds.draft").mkdir()
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            feeds.append([Feed(name="B", url="https://b.test/rss", source="B")])
    finally:
        (config / "feeds.draft").rmdir()


def test_adding_what_is_no_feed_ends_as_an_expected_nothing(config: Path) -> None:
    with pytest.raises(typer.Exit) as ended:
        feeds.add("gopher://gazette.test/feed")

    assert ended.value.exit_code == 3


def test_a_subscription_list_with_odd_words_in_it_is_imported(config: Path, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline text="Line&#10;break" xmlUrl="https://b.test/rss" language="English"/>'
        '<outline text="A" xmlUrl="https://c.test/rss" language="de"/></body></opml>'
    )

    feeds.import_(tmp_path / "list.opml")

    found = {feed.name: feed.language for feed in load_catalogue(config / "feeds.toml")}
    assert found == {"A": None, "Line break": None, "A (https://c.test/rss)": "de"}


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
