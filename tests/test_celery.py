"""The Celery settings that lose nothing, and what the task base makes of each ending."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from workers import celery as ours
from workers import connections
from workers.celery import QUEUES, REQUIRED, TASKS, Step, app, drift, lease
from workers.errors import GiveUp, TryAgain
from workers.ledger.jobs import Claim, Settlement
from workers.settings import ROOMS, Settings


class FakeLedger:
    """Remembers what was settled; one job is due."""

    def __init__(self, attempts: int = 1) -> None:
        self.attempts = attempts
        self.settled: list[Settlement] = []

    def claim(self, room: str, job: str, *, lease: timedelta) -> Claim | None:
        assert lease.total_seconds() > 0
        fields = {"url": "https://gazette.test/a"}
        return None if job == "done" else Claim(room=room, job=job, token="t", attempts=self.attempts, fields=fields)

    def settle(self, _claim: Claim, settlement: Settlement) -> str:
        self.settled.append(settlement)
        return "waits"

    def spent(self, room: str, seconds: float) -> None:
        assert room
        assert seconds >= 0

    def due(self, *, batches: bool) -> list[tuple[str, str]]:
        assert not batches, "only the tick begins a batch"
        return []


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> FakeLedger:
    fake = FakeLedger()
    monkeypatch.setattr(connections, "ledger", lambda: fake)
    return fake


def step(raised: BaseException | None) -> Step:
    class Probe(Step):
        name = "probe"
        room = "fetch"

        def run(self, _claim: Claim) -> Settlement:
            if raised:
                raise raised
            return Settlement(to="extract", outcome="fetched")

    return Probe()


def test_the_settings_in_use_are_the_required_ones() -> None:
    assert drift(app.conf) == []


@pytest.mark.parametrize("name", REQUIRED)
def test_a_setting_that_drifted_is_named(name: str) -> None:
    conf: dict[str, Any] = {**REQUIRED, name: "something else"}

    (said,) = drift(conf)
    assert name in said


def test_every_room_has_its_queue_and_every_task_its_room() -> None:
    assert [queue.name for queue in app.conf.task_queues] == [*ROOMS, "beat"]
    app.loader.import_default_modules()
    tasks = {name for name in app.tasks if not name.startswith("celery.")}
    assert tasks == {"tick", "tend_archive", *TASKS.values()}
    for task, queue in QUEUES.items():
        assert app.amqp.router.route({}, task)["queue"].name == queue
    assert app.amqp.router.route({}, "tick")["queue"].name == "beat"
    assert app.amqp.router.route({}, "tend_archive")["queue"].name == "fetch"


def test_a_message_is_not_given_out_twice_by_the_clock() -> None:
    waits = app.conf.broker_transport_options["visibility_timeout"]

    assert waits > app.conf.task_time_limit * 2 + app.conf.worker_soft_shutdown_timeout


def test_a_lease_outlasts_the_work() -> None:
    settings = Settings()

    assert lease("fetch").total_seconds() > 2 * settings.fetch.deadline_seconds
    assert lease("extract").total_seconds() > settings.extract.hard_seconds


def test_a_body_that_returns_is_settled_as_it_says(ledger: FakeLedger) -> None:
    step(None)("a")

    assert [(s.to, s.outcome) for s in ledger.settled] == [("extract", "fetched")]


def test_a_message_for_a_job_that_is_done_does_nothing(ledger: FakeLedger) -> None:
    step(ValueError("must not run"))("done")

    assert ledger.settled == []


@pytest.mark.parametrize(
    ("raised", "to", "outcome"),
    [
        (TryAgain("timeout"), "fetch", "timeout"),
        (GiveUp("not-found"), "dead", "not-found"),
        (SoftTimeLimitExceeded(), "fetch", "too-slow"),
        (ValueError("a bug"), "fetch", "crashed"),
    ],
)
def test_what_is_raised_becomes_a_verdict(ledger: FakeLedger, raised: BaseException, to: str, outcome: str) -> None:
    step(raised)("a")

    assert [(s.to, s.outcome) for s in ledger.settled] == [(to, outcome)]


def test_a_bug_is_not_tried_for_ever(ledger: FakeLedger) -> None:
    ledger.attempts = ours.settings.ledger.attempts

    step(ValueError("a bug"))("a")

    (settled,) = ledger.settled
    assert (settled.to, settled.outcome) == ("dead", "crashed")
    assert "ValueError: a bug" in settled.detail


ORPHAN = """
import os, time
from workers import vigil
if os.fork():
    time.sleep(0.5)
    os._exit(0)  # as if killed: nobody is told
vigil._watch_worker()
print(os.getpid(), flush=True)
time.sleep(60)
print("left behind", flush=True)
"""


def test_a_clock_whose_worker_was_killed_ends() -> None:
    # the child has the pipe too: it is closed only when both have ended
    made = subprocess.run([sys.executable, "-c", ORPHAN], capture_output=True, text=True, timeout=50, check=True)
    assert made.stdout.split()[1:] == []
