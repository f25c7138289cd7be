"""The verbs of the archive, as an operator calls them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.archive.captures import capture, heads
from tests.cli.test_verbs import newsdesk
from workers.archive.files import OURS
from workers.archive.writer import Writer
from workers.cli.replay import moment
from workers.errors import ConfigError
from workers.settings import Archiving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pages of today in one file, one of last year in another."""
    archive = tmp_path / "data" / "archive"
    for days, paths in ((0, "ab"), (400, "c")):
        when = datetime.now(UTC) - timedelta(days=days)
        writer = Writer(archive, Archiving(), clock=lambda when=when: when)  # type: ignore[misc] # a lambda with a default
        for path in paths:
            writer.append(capture(path, path.encode(), fetched=when), heads(path.encode()))
        writer.close()
    return tmp_path


def test_a_day_is_its_first_moment_and_a_time_may_have_a_zone() -> None:
    assert moment("--since", None) is None
    assert moment("--since", "2026-11-24") == datetime(2026, 11, 24, tzinfo=UTC)
    assert moment("--since", "2026-11-24T06:30+01:00") == datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
    with pytest.raises(ConfigError, match="--until: want a day"):
        moment("--until", "yesterday")


def test_the_files_of_the_archive_are_listed(folder: Path) -> None:
    shown = newsdesk("archive", "list", folder=folder)
    plain = json.loads(newsdesk("archive", "list", "--json", folder=folder).stdout)

    assert "3 pages" in shown.stdout
    assert sorted(file["pages"] for file in plain) == [1, 2]
    assert not any(file["open"] for file in plain)


def test_a_sound_archive_is_verified_and_a_damaged_one_is_exit_2(folder: Path) -> None:
    assert newsdesk("archive", "verify", folder=folder).returncode == 0
    path = max((folder / "data" / "archive").glob(OURS), key=lambda one: one.stat().st_size)
    os.truncate(path, path.stat().st_size - 9)

    ended = newsdesk("archive", "verify", folder=folder)

    assert ended.returncode == 2
    assert "bytes after the last whole page" in ended.stdout.replace("\n", " ")


def test_what_is_too_old_is_deleted_on_request(folder: Path) -> None:
    files = folder / "data" / "archive"
    assert "1 files would be deleted" in newsdesk("archive", "gc", "--dry-run", folder=folder).stdout
    assert len(list(files.glob(OURS))) == 2
    assert "1 files deleted" in newsdesk("archive", "gc", folder=folder).stdout
    assert len(list(files.glob(OURS))) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay",), "the running service, and its ledger is away"),
        (("replay", "--since", "yesterday"), "--since: want a day"),
    ],
)
def test_a_replay_that_cannot_begin_is_one_line_and_exit_2(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = newsdesk(*arguments, folder=folder)

    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1)
    assert said in ended.stderr


@pytest.mark.parametrize("verb", [("archive", "list"), ("archive", "verify"), ("archive", "gc"), ("replay",)])
def test_where_nothing_was_archived_that_is_said(tmp_path: Path, verb: tuple[str, ...]) -> None:
    ended = newsdesk(*verb, folder=tmp_path)

    assert ended.returncode == 2
    assert "the archive holds nothing yet" in ended.stderr
