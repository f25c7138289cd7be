from __future__ import annotations

import re
import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workers.desk import broker
from workers.settings import Section, Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Path(__file__).parents[1] / "config"

PLACES = ("config", "data")
"""Given by the environment alone: service.toml lies in the one and does not name the other."""


# --- service.toml


def test_every_setting_stands_in_service_toml_with_its_default() -> None:
    written = tomllib.loads((CONFIG / "service.toml").read_text(encoding="utf-8"))
    defaults = Settings().model_dump(mode="json", exclude=set(PLACES))

    assert written == defaults


def test_the_tables_of_service_toml_come_in_the_order_of_the_settings() -> None:
    written = tomllib.loads((CONFIG / "service.toml").read_text(encoding="utf-8"))

    assert [(table, list(keys)) for table, keys in written.items()] == [
        (name, list(field.annotation.model_fields))
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    ]


def test_every_key_of_service_toml_is_explained_in_the_line_above() -> None:
    lines = (CONFIG / "service.toml").read_text(encoding="utf-8").splitlines()

    unexplained = [
        line
        for above, line in pairwise(lines)
        if re.match(r"\w+ = ", line) and not re.match(r"# .*\.$|# .*: .*", above)
    ]
    assert not unexplained


def test_the_service_starts_from_the_files_as_they_are() -> None:
    assert load({"NEWSDESK_CONFIG": str(CONFIG)}) == Settings(config=CONFIG)


# --- feeds.toml


@pytest.fixture(scope="module")
def feeds() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads((CONFIG / "feeds.toml").read_text(encoding="utf-8"))["feed"]
    return tables


def test_a_dozen_feeds_in_half_a_dozen_languages_are_configured(feeds: list[dict[str, Any]]) -> None:
    assert len(feeds) >= 12
    assert len({feed["language"] for feed in feeds}) >= 6
    assert "https://www.themoscowtimes.com/rss/news" in {feed["url"] for feed in feeds}


def test_every_feed_has_a_name_and_an_address_of_its_own(feeds: list[dict[str, Any]]) -> None:
    assert len({feed["name"] for feed in feeds}) == len({feed["url"] for feed in feeds}) == len(feeds)


def test_feeds_use_the_keys_that_the_header_explains_and_well_formed_values(feeds: list[dict[str, Any]]) -> None:
    header = (CONFIG / "feeds.toml").read_text(encoding="utf-8").partition("\n\n")[0]
    explained = set(re.findall(r"^#   (\w+) = ", header, re.MULTILINE))

    for feed in feeds:
        assert {"url", "name", "source", "language"} <= set(feed) <= explained
        assert feed["url"].startswith("https://")
        assert re.fullmatch(r"[a-z0-9-]+", feed["name"])
        assert re.fullmatch(r"[a-z]{2}", feed["language"])
        assert re.fullmatch(r"[A-Z]{2}", feed.get("country", "XX"))
        assert feed.get("every", 600) >= Settings().poll.floor_seconds


# --- redis.conf


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A real server started as in docker-compose.yml: with the file, and a password from another one."""
    folder, port = tmp_path_factory.mktemp("redis"), broker.free_port()
    (folder / "auth").write_text("requirepass secret\n", encoding="utf-8")
    options = ["--bind", "127.0.0.1", "--port", str(port), "--include", str(folder / "auth")]
    command = [broker.find_server(), str(CONFIG / "redis.conf"), *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        client = redis.Redis(port=port, password="secret", decode_responses=True)
        try:
            broker.wait_until_up(f"redis://:secret@127.0.0.1:{port}/0", process)
            yield client
        finally:
            client.close()
            process.terminate()
            process.wait()


@pytest.mark.integration
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("save", ""),
        ("maxmemory", str(512 * 2**20)),
        ("maxmemory-policy", "noeviction"),
        ("protected-mode", "yes"),
        ("enable-debug-command", "no"),
        ("tcp-keepalive", "60"),
        ("timeout", "0"),
    ],
)
def test_the_server_takes_redis_conf_at_its_word(server: redis.Redis, option: str, value: str) -> None:
    assert server.config_get(option) == {option: value}


@pytest.mark.integration
def test_whoever_has_no_password_gets_no_answer(server: redis.Redis) -> None:
    port = server.get_connection_kwargs()["port"]

    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.get("anything")


@pytest.mark.integration
@pytest.mark.parametrize("command", ["FLUSHALL", "FLUSHDB", "DEBUG SLEEP 0", "CONFIG SET dir /tmp"])
def test_what_nobody_needs_is_refused(server: redis.Redis, command: str) -> None:
    with pytest.raises(redis.ResponseError, match=r"unknown command|not allowed|protected config"):
        server.execute_command(*command.split())  # type: ignore[no-untyped-call] # untyped upstream


@pytest.mark.integration
def test_a_full_server_says_so_and_keeps_what_it_has(server: redis.Redis) -> None:
    server.set("kept", "x" * 1000)
    server.config_set("maxmemory", "4mb")
    try:
        with pytest.raises(redis.OutOfMemoryError):
            fill(server)
        assert server.strlen("kept") == 1000
        assert server.exists("more:0")
    finally:
        server.config_set("maxmemory", "512mb")


def fill(server: redis.Redis) -> None:
    for i in range(1000):
        server.set(f"more:{i}", "y" * 10_000)
