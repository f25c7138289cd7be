"""feeds.toml read into Feeds, every mistake named by file, feed and key."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workers.errors import ConfigError
from workers.model import Feed
from workers.settings import read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_DURATION = re.compile(r"(\d{1,6})\s*([smhd])", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)


def load(file: Path) -> tuple[Feed, ...]:
    """The feeds of a feeds.toml, in order.

    Each `[[feed]]` has `name` (unique) and `url` (http or https, unique), and may have `source`
    (default: the name), `language`, `country`, `section` and `every` ("15m", "1h", or seconds).
    Raises ConfigError naming the file, the feed by number and name, the key and what would be right.
    """
    document = read_toml(file)
    if unknown := sorted(set(document) - {"feed"}):
        raise ConfigError(str(file), unknown[0], "unknown here; the file is a list of [[feed]] tables")
    tables = document.get("feed", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(str(file), "feed", "must be a list: write [[feed]], with two brackets, before each")
    feeds = tuple(_feed(str(file), number, table) for number, table in enumerate(tables, 1))
    _refuse_twins(str(file), feeds)
    return feeds


def to_toml(feeds: Iterable[Feed]) -> str:
    """`[[feed]]` tables for `feeds`, as `load` reads them."""
    return "".join(_table(feed) for feed in feeds)


def refusal(feed: Feed) -> str | None:
    """Why feeds.toml could not take this feed, with the key; None when it could."""
    table = {key: value for key in _KEYS if (value := getattr(feed, key)) is not None}
    if feed.every is not None:
        table["every"] = int(feed.every.total_seconds())
    try:
        _feed("feeds.toml", 1, table)
    except ConfigError as error:
        return f"{error.key.rpartition(': ')[2]}: {error.problem}"
    return None


def comparable(url: str) -> str:
    """An address so that two spellings of the same are equal: case of the host, fragment, last slash."""
    split = urlsplit(url)
    return split._replace(scheme=split.scheme.lower(), netloc=split.netloc.lower(), fragment="").geturl().rstrip("/")


def interval(text: str) -> timedelta:
    """A time such as "15m", "1h" or "900" (seconds). Raises ValueError saying what would be right."""
    return _every(int(text) if text.isascii() and text.isdecimal() else text)


def _table(feed: Feed) -> str:
    pairs = {key: getattr(feed, key) for key in _KEYS}
    # a JSON string is a TOML basic string (https://toml.io/en/v1.0.0#string)
    plain = {
        key: int(v.total_seconds()) if isinstance(v, timedelta) else v for key, v in pairs.items() if v is not None
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items()]
    return "\n[[feed]]\n" + "\n".join(lines) + "\n"


def _feed(file: str, number: int, table: Mapping[str, Any]) -> Feed:
    label = f"feed {number} ({table['name']!r})" if table.get("name") else f"feed {number}"
    if unknown := sorted(set(table) - set(_KEYS)):
        raise ConfigError(file, f"{label}: {unknown[0]}", f"unknown key; known here: {', '.join(_KEYS)}")
    values: dict[str, Any] = {}
    for key, check in _KEYS.items():
        if key in table:
            try:
                values[key] = check(table[key])
            except ValueError as error:
                raise ConfigError(file, f"{label}: {key}", f"{error}; got {table[key]!r}") from error
        elif key in ("name", "url"):
            raise ConfigError(file, f"{label}: {key}", "missing; every feed needs a name and a url")
    return Feed(**{"source": values["name"], **values})


def _refuse_twins(file: str, feeds: tuple[Feed, ...]) -> None:
    for key, plain in (("name", str.strip), ("url", comparable)):
        first: dict[str, int] = {}
        for number, feed in enumerate(feeds, 1):
            value = plain(getattr(feed, key))
            if value in first:
                label = f"feed {number} ({feed.name!r}): {key}"
                raise ConfigError(file, label, f"the same as that of feed {first[value]}; each must be its own")
            first[value] = number


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
        raise ValueError("must be a text of 1 to 200 printable characters")
    return value.strip()


def _address(value: Any) -> str:
    problem = "must be an address beginning with http:// or https://, without a user name"
    if not isinstance(value, str) or re.search(r"\s", value.strip()):
        raise ValueError(problem)
    try:
        split = urlsplit(value.strip())
        _ = split.port  # read for its check
    except ValueError as error:
        raise ValueError(f"{problem} ({error})") from error
    if split.scheme.lower() not in ("http", "https") or not split.hostname or "@" in split.netloc:
        raise ValueError(problem)
    return value.strip()


def _language(value: Any) -> str:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise ValueError('must be a language code such as "en" or "pt-BR"')
    return value


def _country(value: Any) -> str:
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise ValueError('must be a country code of two letters such as "GB"')
    return value.upper()


def _every(value: Any) -> timedelta:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        seconds = int(found[1]) * UNITS[found[2]]
    else:
        seconds = value if isinstance(value, int) and not isinstance(value, bool) else 0
    if not 1 <= seconds <= 31 * UNITS["d"]:
        raise ValueError('must be a time of at most 31 days such as "15m", "1h" or a number of seconds')
    return timedelta(seconds=seconds)


_KEYS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "url": _address,
    "source": _text,
    "language": _language,
    "country": _country,
    "section": _text,
    "every": _every,
}
