"""What the verbs share: where the running service is, and how answers are printed."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from workers.address import article_id
from workers.desk import up
from workers.ledger.ledger import Ledger, connect
from workers.ledger.reading import RedisJournal
from workers.settings import Settings, load

out = Console(highlight=False)


@cache
def settings() -> Settings:
    """Settings as the running service has them: environment, else the desk on the data folder, else service.toml."""
    found = load()
    changes: dict[str, Any] = {}
    if "NEWSDESK_REDIS_URL" not in os.environ and (desk := up.running(found.data)):
        changes["redis"] = found.redis.model_copy(update={"url": desk["redis_url"]})
    if "NEWSDESK_STORE" not in os.environ and found.store.url == Settings().store.url:
        changes["store"] = found.store.model_copy(update={"url": str(found.data / "store")})
    return found.model_copy(update=changes)


@cache
def ledger() -> Ledger:
    """The ledger of the running service."""
    return Ledger(connect(settings().redis.url), settings().ledger, worker="cli")


@cache
def journal() -> RedisJournal:
    """What the ledger tells people."""
    return RedisJournal(connect(settings().redis.url), settings().ledger, identify=article_id)


def print_json(plain: Any) -> None:
    """One JSON document on stdout, readable; escaped where the terminal could not show it and would break it."""
    shows_all = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(plain, ensure_ascii=not shows_all, indent=2))


def read_file(file: Path) -> bytes:
    """A file's bytes, or one line that says why not and exit 2."""
    try:
        return file.read_bytes()
    except OSError as error:
        typer.echo(f"newsdesk: {file}: {error.strerror}", err=True)
        raise typer.Exit(2) from error
