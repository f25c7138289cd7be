"""Settings, ledger, HTTP client and store: opened once a process, at first use, after the fork."""

from __future__ import annotations

import os
import socket
from functools import cache
from typing import TYPE_CHECKING

from workers import settings as configuration
from workers.ledger.ledger import Ledger, connect
from workers.ledger.stories import Stories

if TYPE_CHECKING:
    from workers.archive.writer import Writer as Archive
    from workers.fetch.client import Client
    from workers.index.store import Writer


@cache
def settings() -> configuration.Settings:
    """config/ and the environment, as they were when this process began."""
    return configuration.load()


@cache
def ledger() -> Ledger:
    """The truth, over this process's own connection; leases carry host and process."""
    name = f"{socket.gethostname()}/{os.getpid()}"
    return Ledger(connect(settings().redis.url), settings().ledger, worker=name)


@cache
def stories() -> Stories:
    """The groups of near-copies, over the ledger's connection."""
    return Stories(ledger().redis)


@cache
def client() -> Client:
    """The only door to the internet."""
    from workers.fetch.client import Client  # noqa: PLC0415 # only the rooms that ask load libcurl

    return Client(settings().fetch)


@cache
def archive() -> Archive | None:
    """Where pages are kept as they came; None where that is off."""
    if not settings().archive.on:
        return None
    from workers.archive.shelf import folder_of  # noqa: PLC0415 # only the fetch room loads the archive
    from workers.archive.writer import Writer as Archive  # noqa: PLC0415

    return Archive(folder_of(settings().data), settings().archive)


@cache
def writer() -> Writer:
    """The store's write side, prepared."""
    from workers.index.store import open_writer  # noqa: PLC0415 # only the index room loads a store

    opened = open_writer(settings())
    opened.prepare()
    return opened
