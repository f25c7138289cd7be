"""The whole desk as a user starts it: what hangs is started anew, and Ctrl-C ends all of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from workers.desk import broker
from workers.ledger.ledger import connect

pytestmark = pytest.mark.integration


class Desk:
    """`newsdesk up` without feeds, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        (folder / "config").mkdir()
        (folder / "config" / "service.toml").write_text("[desk]\nparsers = 1\nstuck_seconds = 5\n")
        (folder / "config" / "feeds.toml").touch()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
        self.log = folder / "log"
        command = [sys.executable, "-m", "workers.cli", "up", "--port", str(broker.free_port())]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "--data", str(folder / "data")],
                env={**clean, "NEWSDESK_CONFIG": str(folder / "config")},
                stdout=out,
                stderr=out,
            )
        state = folder / "data" / "desk.json"
        self.until(state.exists)
        self.client = connect(json.loads(state.read_text())["redis_url"])

    def until(self, done: Any, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ticked(self) -> float:
        """Seconds since the clock last struck."""
        last: Any = self.client.hget("nd:counts", "last_tick")
        return time.time() - int(last) / 1000 if last else 9999

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    made.client.close()


def test_a_process_that_hangs_is_killed_and_started_anew_and_ctrl_c_ends_all(desk: Desk) -> None:
    desk.until(lambda: desk.ticked() < 3)
    nursery = next(child for child in desk.children() if "workers.desk.nursery" in child.cmdline())
    clock = min(nursery.children(), key=lambda child: child.create_time())  # the first of the desk's workers
    clock.suspend()
    desk.until(lambda: "killed: the clock has not struck" in desk.said())
    desk.until(lambda: desk.ticked() < 3)

    after = desk.children()
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(timeout=60) == 0, desk.said()
    left = [child for child in after if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert left == []
    assert clock.pid not in {child.pid for child in after}
