"""config/ and the environment, read into one frozen Settings and checked at start.

The only reader of what the variables say; desk and command line pass the environment on.
A wrong value stops the start with a ConfigError that names the
file (or variable), the key and what would be right. Order, later wins: the defaults below,
config/service.toml, the environment (NEWSDESK_REDIS_URL, or NEWSDESK_SECTION__KEY for any key).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.errors import ConfigError

ROOMS = ("poll", "fetch", "extract", "index")
"""Each is a folder, a queue, a compose service, a CLI verb, a metric label."""


class Section(BaseModel):
    """A table of service.toml: frozen, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Redis(Section):
    """Broker and ledger: one Redis or Valkey of our own, AOF on, noeviction."""

    url: str = Field("redis://127.0.0.1:6379/0", pattern=r"^(rediss?|unix)://")


class Store(Section):
    """Where articles are kept and searched."""

    url: str = "data/store"
    """A directory (embedded), or elasticsearch+http(s)://[user:password@]host:port."""
    index: str = Field("news", pattern=r"^[a-z][a-z0-9_-]{0,40}$")


class Fetching(Section):
    """How we knock at other people's doors."""

    user_agent: str = "newsdesk/0.1"
    contact: str = ""
    """A web or mail address a publisher can complain to; sent with the user agent."""
    deadline_seconds: float = Field(20, gt=0, le=300)
    connect_seconds: float = Field(8, gt=0, le=60)
    page_bytes: int = Field(4_000_000, ge=1_000)
    feed_bytes: int = Field(10_000_000, ge=1_000)
    robots_bytes: int = Field(5_000_000, ge=1_000)
    """Of which the first 500 kB count (RFC 9309 §2.5)."""
    redirects: int = Field(5, ge=0, le=20)
    gap_seconds: float = Field(1.0, ge=0, le=3600)
    """Between the end of one request to a host and the start of the next."""
    crawl_delay_cap_seconds: float = Field(30, ge=0)
    robots_ttl_seconds: int = Field(21_600, ge=1)
    ports: tuple[int, ...] = (80, 443)
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private ranges that may be asked all the same, and at any port; empty in production."""


class Polling(Section):
    """How often feeds are asked."""

    every_seconds: int = Field(240, ge=1)
    """Between two polls of a feed with one article a day; busier feeds are asked more often, quieter ones less."""
    floor_seconds: int = Field(60, ge=1)
    cap_seconds: int = Field(86_400, ge=60)
    public_url: str = Field("", pattern=r"^(https?://[^\s/]+(/[^\s]*[^\s/])?)?$")
    """Where hubs reach the page from outside, without a slash at the end; empty: no hub is asked (WebSub)."""


class Extracting(Section):
    """Hard limits around hostile pages."""

    soft_seconds: int = Field(30, ge=1)
    hard_seconds: int = Field(45, ge=2)
    memory_bytes: int = Field(2_000_000_000, ge=200_000_000)
    min_words: int = Field(25, ge=0)
    entities: bool = False
    models: dict[str, str] = Field(default_factory=dict)


class Archiving(Section):
    """What is kept of each page as it came: WARC files in the data folder's `archive`."""

    on: bool = True
    max_bytes: int = Field(5_000_000_000, ge=1_000_000)
    max_days: int = Field(30, ge=1)
    free_bytes: int = Field(1_000_000_000, ge=0)
    """The archive must not be why Redis and the store cannot write."""
    file_bytes: int = Field(250_000_000, ge=100_000)
    """Deleted is file by file, so a file is a small part of the whole."""
    file_hours: int = Field(24, ge=1)


class Indexing(Section):
    """Batches written to the store."""

    batch: int = Field(200, ge=1, le=2000)


class Ledgering(Section):
    """Leases, attempts, back-pressure."""

    attempts: int = Field(8, ge=1, le=100)
    """With the delays below: an outage of two hours costs no article."""
    resend_seconds: int = Field(30, ge=1)
    """A message not claimed by then is taken for lost."""
    queue_limit: int = Field(100, ge=1)
    """Messages in one queue; the rest waits in the ledger."""
    high_water: int = Field(2000, ge=1)
    """Pages fetched and not yet indexed; above it fetching pauses."""
    retry_seconds: int = Field(60, ge=1)
    """First delay after a failure; doubles with each attempt."""
    retry_cap_seconds: int = Field(3600, ge=1)


class Web(Section):
    """The search page and API."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)


class Logging(Section):
    """One line for each thing that happened."""

    format: Literal["auto", "console", "json"] = "auto"
    """auto: words in a terminal, JSON lines elsewhere."""
    level: Literal["debug", "info", "warning", "error"] = "info"


class Desk(Section):
    """The embedded default: one command, one terminal."""

    parsers: int = Field(2, ge=1, le=64)
    """Processes that read feeds and pages; one a core is best."""
    fetchers: int = Field(8, ge=1, le=64)
    """Requests in flight, each at another host."""
    stuck_seconds: int = Field(300, ge=5)
    """A room that leaves due work lying for so long makes no progress and is started anew."""


class Settings(Section):
    """Everything that can be set, checked."""

    redis: Redis = Redis()
    store: Store = Store()
    fetch: Fetching = Fetching()
    poll: Polling = Polling()
    extract: Extracting = Extracting()
    archive: Archiving = Archiving()
    index: Indexing = Indexing()
    ledger: Ledgering = Ledgering()
    web: Web = Web()
    log: Logging = Logging()
    desk: Desk = Desk()
    config: Path = Path("config")
    """The folder that holds feeds.toml and service.toml."""
    data: Path = Path("data")
    """Where the embedded service keeps its files."""

    @property
    def feeds_file(self) -> Path:
        """The list of feeds."""
        return self.config / "feeds.toml"


SHORT = {
    "NEWSDESK_REDIS_URL": ("redis", "url"),
    "NEWSDESK_STORE": ("store", "url"),
    "NEWSDESK_CONFIG": ("config",),
    "NEWSDESK_DATA": ("data",),
}
"""The variables with a name of their own (DESIGN §6)."""


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read service.toml and the environment.

    Raises ConfigError for a file that is not TOML, an unknown key, or a value out of range.
    """
    environment = os.environ if environment is None else environment
    folder = Path(environment.get("NEWSDESK_CONFIG", "config"))
    file = folder / "service.toml"
    if not file.exists() and "NEWSDESK_CONFIG" in environment:
        raise ConfigError(str(file), "", "no such file; NEWSDESK_CONFIG must name a folder with service.toml")
    values = read_toml(file) if file.exists() else {}
    for section, table in values.items():
        if not isinstance(table, dict):
            raise ConfigError(str(file), section, f"must stand in a table such as [fetch]; known: {_known()}")
    origins: dict[tuple[str, ...], str] = {}
    origins.update({(section, key): str(file) for section, table in values.items() for key in table})
    values["config"] = folder
    for variable, path, text in _overrides(environment):
        table = values
        for part in path[:-1]:
            table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"environment variable {variable}", ".".join(path), f"unknown key; known: {_known()}")
        table[path[-1]] = text
        origins[path] = f"environment variable {variable}"
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _explain(error, origins, str(file)) from error


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file as a dict; ConfigError with line and column if it is not TOML or not UTF-8."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(str(file), "", "no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(str(file), "", f"cannot be read as TOML: {error}") from error


def _overrides(environment: Mapping[str, str]) -> list[tuple[str, tuple[str, ...], Any]]:
    found: list[tuple[str, tuple[str, ...], Any]] = []
    for variable, text in sorted(environment.items()):
        if variable in SHORT:
            found.append((variable, SHORT[variable], text))
        elif variable.startswith("NEWSDESK_") and "__" in variable:
            section, _, key = variable.removeprefix("NEWSDESK_").lower().partition("__")
            value: Any = [v for v in text.split(",") if v] if key in ("ports", "allow_networks") else text
            found.append((variable, (section, key), value))
    return found


def _explain(error: ValidationError, origins: Mapping[tuple[str, ...], str], file: str) -> ConfigError:
    first = error.errors()[0]
    path = tuple(str(part) for part in first["loc"])
    where = origins.get(path[:2]) or origins.get(path[:1]) or file
    if first["type"] == "extra_forbidden":
        return ConfigError(where, ".".join(path), f"unknown key; known here: {_known(path[:-1])}")
    return ConfigError(where, ".".join(path[:2]), f"{first['msg']}; got {first['input']!r}")


def _known(path: tuple[str, ...] = ()) -> str:
    model: Any = Settings
    for part in path:
        model = model.model_fields[part].annotation
    return ", ".join(model.model_fields)
