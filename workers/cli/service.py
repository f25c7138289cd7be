"""Running the service, and asking whether it could run."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import redis
import typer
from rich.markup import escape

from workers.cli import app
from workers.cli.terminal import journal, out, settings
from workers.desk import broker, up
from workers.errors import ConfigError, NewsdeskError, StoreDown
from workers.ledger.ledger import connect
from workers.poll.catalogue import load
from workers.search.web.show import size
from workers.settings import ROOMS, Settings
from workers.settings import load as load_settings

if TYPE_CHECKING:
    from fastapi import APIRouter

SILENT_SECONDS = 30
"""The timetable has stopped when it has not ticked for this long."""

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The search page's port.")]
Data = Annotated[Path | None, typer.Option(help="Where everything is kept.")]


@app.command("up")
def up_(port: Port = None, data: Data = None) -> None:
    """Run the whole service here: broker, workers, timetable, page. Ctrl-C stops it; the next `up` goes on."""
    wanted, environment = arranged(port, data)
    load(wanted.feeds_file)
    checked_entities(wanted)
    service = up.Service(wanted, environment, prefixed())
    service.start()
    typer.echo(f"\n  newsdesk is up: {service.web_url}   (Ctrl-C stops it)\n", err=True)
    up.run(service)
    typer.echo("stopped; the next `newsdesk up` goes on from here", err=True)


def arranged(port: int | None, data: Path | None) -> tuple[Settings, dict[str, str]]:
    """Settings and environment for the embedded service: its store lies in its data folder unless one is named."""
    found, environment = load_settings(), dict(os.environ)
    folder = (data or found.data).absolute()
    changes: dict[str, Any] = {"data": folder, "config": found.config.absolute()}
    if "NEWSDESK_STORE" not in environment and found.store.url == Settings().store.url:
        environment["NEWSDESK_STORE"] = str(folder / "store")
    if port:
        changes["web"] = found.web.model_copy(update={"port": port})
    environment.setdefault("NEWSDESK_LOG__FORMAT", "console" if sys.stderr.isatty() else found.log.format)
    return found.model_copy(update=changes), environment


def prefixed() -> Callable[[str, str], None]:
    """Print a child's line with its name before it, in its colour on a terminal."""
    names, colours = ("desk", "broker", "beat", "fetch", "extract", "index", "web"), (37, 35, 34, 36, 32, 33, 95)
    coloured = sys.stderr.isatty()

    def say(name: str, line: str) -> None:
        label = f"{name:<8}│"
        if coloured:
            label = f"\033[{dict(zip(names, colours, strict=True)).get(name, 37)}m{label}\033[0m"
        sys.stderr.write(f"{label} {line}\n")

    return say


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when everything is ingested.")] = False,
    port: Port = None,
    data: Data = None,
) -> None:
    """Run the service on a small bundled news site and show what it does."""
    from workers.desk.demo import run  # noqa: PLC0415 # the demo site is loaded only for this verb

    raise typer.Exit(run(once=once, port=port, data=data))


@app.command()
def web(host: Annotated[str | None, typer.Option()] = None, port: Port = None) -> None:
    """Serve the search page and the API."""
    import uvicorn  # noqa: PLC0415 # the web is loaded only for this verb

    from workers import logs  # noqa: PLC0415
    from workers.search.language import describe, read  # noqa: PLC0415
    from workers.search.store import open_reader  # noqa: PLC0415
    from workers.search.web.app import create_app  # noqa: PLC0415

    wanted = settings()
    logs.set_up(wanted.log)
    page = create_app(
        open_reader(wanted),
        journal(),
        read=read,
        describe=describe,
        clock=lambda: datetime.now(UTC),
        door=door(wanted),
    )
    uvicorn.run(
        page, host=host or wanted.web.host, port=port or wanted.web.port, log_config=None, access_log=False,
        server_header=False, timeout_graceful_shutdown=3,
    )  # fmt: skip


def door(wanted: Settings) -> APIRouter | None:
    """Where hubs knock; None while no public address is set."""
    if not wanted.poll.public_url:
        return None
    from workers import hubs  # noqa: PLC0415 # most desks are not reached from outside
    from workers.search.web.hub import routes  # noqa: PLC0415

    return routes(hubs.door(), wanted.fetch.feed_bytes)


@app.command()
def check() -> None:
    """Check the configuration, and try each service: one line each, exit 2 when something is wrong."""
    found = settings()
    checks: list[tuple[str, Callable[[], str]]] = [
        ("service.toml", lambda: str(found.config / "service.toml")),
        ("feeds.toml", lambda: f"{len(load(found.feeds_file))} feeds"),
        ("redis", lambda: checked_redis(found.redis.url)),
        ("store", lambda: checked_store(found)),
        ("archive", lambda: checked_archive(found)),
        ("entities", lambda: checked_entities(found)),
        ("port", lambda: checked_port(found)),
    ]
    wrong = 0
    for name, attempt in checks:
        try:
            out.print(f"[green]✓[/] {name:<13}{escape(attempt())}", soft_wrap=True)
        except NewsdeskError as error:
            wrong += 1
            out.print(f"[red]✗[/] {name:<13}{escape(str(error))}", soft_wrap=True)
    if wrong:
        raise typer.Exit(2)


def checked_redis(url: str) -> str:
    """Redis answers, and is set up to lose nothing."""
    client = connect(url)
    try:
        info: Any = client.info()
        policy = info.get("maxmemory_policy")
        if policy != "noeviction":
            raise ConfigError(
                shown(url), "maxmemory-policy", f"is {policy}; must be noeviction, or articles are dropped in silence"
            )
        if not info.get("aof_enabled"):
            raise ConfigError(shown(url), "appendonly", "is off; must be on, or a crash forgets what was in flight")
    except redis.RedisError as error:
        raise ConfigError(shown(url), "", f"cannot be reached: {error}; `newsdesk up` starts its own") from error
    version = info.get("valkey_version") or info.get("redis_version")
    return f"{info.get('server_name', 'redis')} {version}, appended to disk"


def checked_store(found: Settings) -> str:
    """The store answers."""
    from workers.index.store import open_writer  # noqa: PLC0415 # the store is loaded only for this verb

    if up.running(found.data):
        from workers.search.store import open_reader  # noqa: PLC0415 # a running desk holds the one writer

        health = open_reader(found).health()
    else:
        writer = open_writer(found)
        try:
            writer.prepare()
            health = writer.health()
        finally:
            writer.close()
    if not health.ok:
        raise StoreDown(health.detail)
    return f"{shown(found.store.url)}: {health.documents} articles"


def checked_archive(found: Settings) -> str:
    """The archive's folder can be written to, and what it holds."""
    from workers.archive.index import Index  # noqa: PLC0415 # the archive is loaded only for this verb
    from workers.archive.shelf import folder_of  # noqa: PLC0415

    folder = folder_of(found.data)
    if not found.archive.on:
        return "off"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            index = Index(folder)
        files = index.files()
        index.close()
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(str(folder), "", f"pages cannot be kept there: {error}") from error
    kept = sum(file.pages for file in files), sum(file.bytes for file in files)
    return f"{folder}: {kept[0]} pages, {size(kept[1])} of at most {size(found.archive.max_bytes)}"


def checked_entities(found: Settings) -> str:
    """Where names are to be read from texts, the models for it can be loaded."""
    if not found.extract.entities:
        return "off: people, organisations and places are not read from texts"
    from workers.extract.entities import preload  # noqa: PLC0415 # an optional extra

    return preload(found.extract.models)


def checked_port(found: Settings) -> str:
    """The page's port is free, or our own desk's."""
    if not up.running(found.data) and not broker.is_free(found.web.host, found.web.port):
        raise ConfigError(str(found.web.port), "web.port", f"in use on {found.web.host}; choose another")
    return str(found.web.port)


def shown(url: str) -> str:
    """An address without its password."""
    head, mark, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if mark else url


@app.command()
def healthy(
    room: Annotated[str, typer.Argument(help=f"One of {', '.join(ROOMS)}, beat, web.")],
    restart: Annotated[bool, typer.Option("--restart", help="Kill its workers here if it is not.")] = False,
) -> None:
    """Exit 0 when the room makes progress or has nothing to do: for health checks.

    With --restart its workers on this machine are killed when it does not, so that whoever runs them starts them again.
    """
    if room not in (*ROOMS, "beat", "web"):
        raise ConfigError("healthy", "ROOM", f"{room!r} is none; one of {', '.join(ROOMS)}, beat, web")
    problem = unwell(room)
    if not problem:
        return
    if restart:
        from workers.desk.standstill import kill  # noqa: PLC0415 # loads psutil, for this alone

        problem += f"; killed {', '.join(map(str, kill(room))) or 'nothing: no worker of it has run here for long'}"
    raise NewsdeskError(problem)


def unwell(room: str) -> str:
    """Why a room makes no progress, in words; "" when it does. A broker that is away is no room's fault."""
    if room == "web":
        url = f"http://127.0.0.1:{settings().web.port}/health/live"
        try:
            urllib.request.urlopen(url, timeout=5).close()  # our own page
        except (urllib.error.URLError, OSError) as error:
            return f"{url}: {error}"
        return ""
    if room == "beat":
        age = journal().now().timestamp() - journal().counts().get("last_tick", 0) / 1000
        return f"no tick for {age:.0f} s" if age > SILENT_SECONDS else ""
    found = next(one for one in journal().status().rooms if one.room == room)
    late = found.oldest_due_seconds or 0
    return f"{room}: work has been due for {late:.0f} s" if late > settings().desk.stuck_seconds else ""
