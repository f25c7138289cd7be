"""The Celery app: queues, timetable, and the base that every task shares. Only it, the pipeline and vigil know Celery.

    celery -A workers worker -Q fetch        one room; beat is `celery -A workers worker -B -Q beat`

The settings below are those that lost nothing when measured (README, decisions); `drift`
names each one that was changed, and a worker that finds any does not start.
"""

from __future__ import annotations

import gc
import importlib
import math
import resource
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import redis
import structlog
from celery import Celery, Task, signals
from celery.beat import Scheduler
from celery.exceptions import SoftTimeLimitExceeded
from kombu import Queue

from workers import connections, logs, vigil  # noqa: F401 # vigil is told by signals
from workers.errors import ConfigError, Fate, TryAgain
from workers.ledger import policy
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.ledger import Ledger
from workers.settings import ROOMS

log: structlog.stdlib.BoundLogger = structlog.get_logger()

try:
    settings = connections.settings()
except ConfigError as error:
    raise SystemExit(f"newsdesk: {error}") from error

TASKS = {
    "poll": "poll_feed",
    "read": "read_feed",
    "fetch": "fetch_article",
    "extract": "extract_article",
    "index": "index_articles",
}
"""The task of each kind of job."""
POLL_MESSAGES = 4
"""Feeds that are due together share so many messages: most polls cost less than their message."""
QUEUES = {task: room if room != "read" else "extract" for room, task in TASKS.items()}
"""Each room has a queue, and `tick` has beat. What strangers wrote is read by extract's children alone, feeds too."""
HARD = settings.extract.hard_seconds
REQUIRED: dict[str, Any] = {
    "task_acks_late": True,
    "task_retry_on_worker_lost": True,
    "task_ignore_result": True,
    "result_backend": None,
    "worker_prefetch_multiplier": 1,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_create_missing_queues": False,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        # longer than hard limit x (1 + prefetch) + shutdown: a message is never given out twice by the clock
        "visibility_timeout": max(600, 4 * HARD),
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 5,
    },
}

app = Celery("newsdesk", broker=settings.redis.url, set_as_current=True)
app.conf.update(
    REQUIRED,
    imports=["workers.pipeline"],
    task_queues=[Queue(name) for name in (*ROOMS, "beat")],
    # the archive is looked after by a process that fetches, because those write it
    task_routes={task: {"queue": queue} for task, queue in {**QUEUES, "tend_archive": "fetch"}.items()},
    task_default_queue="beat",
    task_time_limit=HARD,
    task_soft_time_limit=settings.extract.soft_seconds,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=400_000,
    worker_soft_shutdown_timeout=30,
    worker_send_task_events=False,
    task_send_sent_event=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    # No shelve file: a tick needs no memory, and the archive may be looked after once too often.
    beat_scheduler="workers.celery:Timetable",
    beat_max_loop_interval=1,
    beat_schedule={
        "tick": {"task": "tick", "schedule": 1.0, "options": {"queue": "beat", "expires": 5}},
        "tend_archive": {"task": "tend_archive", "schedule": 10.0, "options": {"expires": 10}},
    },
)


class Timetable(Scheduler):
    """Goes on when the machine's clock is turned back: Celery's own waits until the clock has caught up (chaos)."""

    _looked = 0.0

    def tick(self, *args: Any, **options: Any) -> float:
        """Run what is due, one at most; seconds until the next look."""
        now = time.time()
        if now < self._looked:
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None
        self._looked = now
        return float(super().tick(*args, **options))


def drift(conf: Any) -> list[str]:
    """The required settings that `conf` does not have, in words."""
    return [f"{name} is {conf[name]!r}, must be {value!r}" for name, value in REQUIRED.items() if conf[name] != value]


class Step(Task[Any, Any]):
    """One room's work on one article: claim it, work, settle it, under one set of log fields.

    A body takes the Claim and returns the Settlement, or raises a Fate, which the policy turns
    into one. What it raises besides counts as a failed attempt, so a bug loses nothing either.
    """

    abstract = True
    room = ""
    attempts = settings.ledger.attempts
    """How often a job may fail, or be begun and never end."""
    max_retries = 3
    default_retry_delay = 30

    def __call__(self, *jobs: str) -> None:
        """Run the body for each job, under a lease; one that is done, taken or not yet due was a hint too many."""
        more = False
        for job in jobs:
            if claim := connections.ledger().claim(self.room, job, lease=lease(self.room)):
                with structlog.contextvars.bound_contextvars(room=self.room, **self.describe(claim)):
                    more = self.carry_out(claim) or more
        if more:
            send_due(batches=False)

    def carry_out(self, claim: Claim) -> bool:
        """Work and settle, a failure too; whether something else may run now, and not only at the next tick."""
        try:
            policy.refuse_exhausted(claim, self.attempts)
            outcome = self.run(claim)
        except Fate as fate:
            outcome = self.failed(claim, fate)
        except SoftTimeLimitExceeded:
            outcome = self.failed(claim, TryAgain("too-slow", f"stopped after {settings.extract.soft_seconds} s"))
        except redis.RedisError:
            raise  # the ledger is away: nothing was settled, and the lease will run out
        except Exception as error:
            log.exception("task crashed")
            outcome = self.failed(claim, TryAgain("crashed", f"{type(error).__name__}: {error}"))
        return self.done(claim, outcome)

    def describe(self, claim: Claim) -> dict[str, str]:
        """The fields every log line of this job carries."""
        return {"url": claim.url}

    def failed(self, claim: Claim, fate: Fate) -> Any:
        """What a fate means for this job."""
        return policy.after_fate(fate, claim, settings.ledger, attempts=self.attempts)

    def done(self, claim: Claim, outcome: Any) -> bool:
        """Settle, and say so."""
        assert isinstance(outcome, Settlement)
        answer = settle(connections.ledger(), claim, replace(outcome, seconds=claim.spent))
        if answer == "sent":
            send(outcome.to, claim.job)
        return answer != "lost" and self.room == "fetch" and not outcome.rest


def settle(ledger: Ledger, claim: Claim, settlement: Settlement) -> str:
    """Settle, and say so in one line, in the words of the article's trace; returns what the ledger answered."""
    try:
        answer = ledger.settle(claim, settlement)
    except redis.RedisError as error:
        log.warning("unheard", outcome=settlement.outcome, problem=str(error))  # settled or not: the lease will tell
        raise
    if answer == "lost":
        log.warning("lease lost", outcome=settlement.outcome)
    else:
        level = log.warning if settlement.to == "dead" else log.info
        level(settlement.outcome, to=settlement.to, **({"detail": settlement.detail} if settlement.detail else {}))
    return answer


def lease(room: str) -> timedelta:
    """How long a claim holds: longer than the work can take, which is two requests' time (pipeline.ask)."""
    if room in ("poll", "fetch"):
        return timedelta(seconds=settings.fetch.deadline_seconds * 2 + 10)
    return timedelta(seconds=HARD + 10)


def send(room: str, job: str) -> None:
    """A message: this may run now."""
    app.send_task(TASKS[room], args=[job] if job else [])


def send_due(*, batches: bool) -> None:
    """A message for everything that may run now; what the queues cannot hold waits in the ledger.

    Batches are begun by the tick alone: a commit of the index costs the same for one article as for a second's.
    """
    due = connections.ledger().due(batches=batches)
    for room, job in due:
        if room != "poll":
            send(room, job)
    feeds = [job for room, job in due if room == "poll"]
    share = math.ceil(len(feeds) / POLL_MESSAGES) or 1
    for first in range(0, len(feeds), share):
        app.send_task(TASKS["poll"], args=feeds[first : first + share])


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    logs.set_up(settings.log)


@signals.worker_init.connect
def _refuse_drift(**_: Any) -> None:
    if found := drift(app.conf):
        raise SystemExit("newsdesk: unsafe Celery settings: " + "; ".join(found))


@signals.worker_init.connect
def _load_rooms(sender: Any, **_: Any) -> None:
    """Load what a room needs before the fork, so that its children share it.

    Measured: the language model alone is 75 MB, three times if each child loads its own.
    """
    heavy = {
        "poll": ("workers.poll.verdict",),
        "extract": ("workers.poll.parse", "workers.extract.story"),
        "index": ("workers.index.store",),
    }
    for queue in sender.app.amqp.queues.consume_from:
        for name in heavy.get(queue, ()):
            getattr(importlib.import_module(name), "preload", bool)()
    rules = connections.settings().extract
    if rules.entities and "extract" in sender.app.amqp.queues.consume_from:
        importlib.import_module("workers.extract.entities").preload(rules.models)
    gc.collect()
    gc.freeze()  # the collector would write to every shared page otherwise


@signals.worker_shutdown.connect
def _finish_archive(**_: Any) -> None:
    """A file that is not finished here is finished by the next process that looks after the archive."""
    if connections.archive.cache_info().currsize and (kept := connections.archive()):
        kept.close()


@signals.worker_process_init.connect
def _limit_memory(**_: Any) -> None:
    """A hostile page may cost a child, not the machine (prefork children only)."""
    limit = settings.extract.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
