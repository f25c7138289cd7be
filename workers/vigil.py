"""A worker ends itself where it would only look alive; whoever started it (desk, compose, systemd) starts it again."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import redis
import structlog
from celery import signals
from celery.worker import state

from workers import connections
from workers.ledger.ledger import connect
from workers.standing import Look, Standing

log: structlog.stdlib.BoundLogger = structlog.get_logger()

STOPPING = 20.0
"""Seconds that a worker which ends itself is given to end well."""

_stopping = threading.Event()


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    _stopping.set()


@signals.worker_ready.connect
def _watch_clock(sender: Any, **_: Any) -> None:
    """Where the clock runs inside a worker, the worker ends with it: it would stand still and look alive.

    Whoever started the worker (desk, compose, systemd) starts both again. Measured: with its clock killed, a worker
    left 98 articles waiting for as long as anybody looked.
    """
    if clock := getattr(sender.controller, "beat", None):
        threading.Thread(target=_end_with, args=(clock,), daemon=True).start()


def _end_with(clock: Any) -> None:
    while clock.is_alive():
        time.sleep(1)
    if not _stopping.is_set():
        log.critical("the clock ended, and this worker with it")
        os.kill(os.getpid(), signal.SIGTERM)


@signals.beat_embedded_init.connect
def _watch_worker(**_: Any) -> None:
    """A clock ends with the worker that it runs in: killed, a worker would leave it behind, ticking for ever."""
    threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


@signals.worker_ready.connect
def _watch_standing(sender: Any, **_: Any) -> None:
    """A worker that stands still ends (see workers/standing.py)."""
    threading.Thread(target=_end_standing, args=(sender,), daemon=True).start()


def _end_standing(consumer: Any) -> None:
    queues, hands, standing = list(consumer.app.amqp.queues.consume_from), consumer.pool.limit or 1, Standing()
    client = connect(connections.settings().redis.url)
    while not _stopping.wait(5):
        try:
            with client.pipeline(transaction=False) as pipe:
                for queue in queues:
                    pipe.llen(queue)
                waiting = sum(pipe.execute())
        except redis.RedisError:
            standing = Standing()  # nobody can take anything
            continue
        taken = sum(state.total_count.values())
        look = Look(at=time.monotonic(), waiting=waiting, taken=taken, free=hands - len(state.active_requests))
        if standing.still(look):
            log.critical("messages wait and none is taken: this worker ends", waiting=waiting)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(STOPPING)
            os.kill(os.getpid(), signal.SIGKILL)  # it does not hear that either; the ledger has what it was at
