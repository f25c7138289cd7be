"""One replay at a time, and its last step in one piece."""

from __future__ import annotations

import contextlib
import secrets
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

import redis
import structlog

from workers.errors import NewsdeskError
from workers.ledger.ledger import Ledger

log: structlog.stdlib.BoundLogger = structlog.get_logger()

TURN = "newsdesk replay"
"""A turn like a host's, under a name no host has."""
SPAN = timedelta(seconds=60)


@contextlib.contextmanager
def alone(ledger: Ledger) -> Iterator[None]:
    """Hold the replay's turn; NewsdeskError while another replay does. One that was killed gives it up in a minute."""
    token, ended = secrets.token_hex(8), threading.Event()
    if ledger.take_turn(TURN, token, SPAN):
        raise NewsdeskError("another replay is running, or was killed less than a minute ago")

    def hold() -> None:
        while not ended.wait(SPAN.total_seconds() / 4):
            try:
                ledger.take_turn(TURN, token, SPAN)
            except redis.RedisError as error:
                log.warning("the replay's turn could not be extended", problem=str(error))

    holding = threading.Thread(target=hold, daemon=True)
    holding.start()
    try:
        yield
    finally:
        ended.set()
        holding.join()
        ledger.take_turn(TURN, token, timedelta())


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C comes too late here."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
