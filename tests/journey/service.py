"""The whole pipeline as processes of its own, for tests: real Valkey, real Celery workers, a real store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.valkey import Valkey
from workers.address import article_id
from workers.desk import broker, up
from workers.desk.processes import Program
from workers.ledger.ledger import connect
from workers.ledger.reading import RedisJournal
from workers.model import Feed, Hit
from workers.poll.catalogue import to_toml
from workers.search.language import read
from workers.search.store import Reader, open_reader
from workers.settings import Settings, load

SHARED_WORLD = Path(__file__).parents[2].parent / "shared" / "world" / "world.py"

CONFIG = """\
[fetch]
gap_seconds = 0
deadline_seconds = 3
allow_networks = ["127.0.0.0/8"]

[poll]
every_seconds = {every}
floor_seconds = 1

[extract]
soft_seconds = 8
hard_seconds = 10

[ledger]
resend_seconds = 5
retry_seconds = 2
attempts = 8
"""


class Service:
    """Starts Valkey at once, the workers when told; everything lies in one folder."""

    def __init__(
        self,
        folder: Path,
        feeds: Iterable[Feed],
        store: str,
        *,
        index: str = "news",
        every: int = 600,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.feeds = folder, tuple(feeds)
        config = folder / "config"
        config.mkdir(parents=True)
        given = environment or {}
        (config / "feeds.toml").write_text(to_toml(self.feeds), encoding="utf-8")
        (config / "service.toml").write_text(CONFIG.format(every=every), encoding="utf-8")
        (folder / "broker").mkdir()
        self.valkey = Valkey(folder / "broker", given)
        self.environment = {
            "NEWSDESK_CONFIG": str(config),
            "NEWSDESK_DATA": str(folder),
            "NEWSDESK_STORE": store,
            "NEWSDESK_STORE__INDEX": index,
            "NEWSDESK_REDIS_URL": self.valkey.url,
            "NEWSDESK_LOG__FORMAT": "json",
            **given,
        }
        self.settings: Settings = load(self.environment)
        self.client = connect(self.valkey.url)
        self.journal = RedisJournal(self.client, self.settings.ledger, identify=article_id)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log = (folder / "workers.log").open("ab")

    def start_workers(self) -> None:
        """The desk's own worker processes, without its page and without its supervisor."""
        for program in self.programs():
            self.start(program.command)

    def programs(self) -> list[Program]:
        """What `start_workers` starts, in its order."""
        return [program for program in up.workers(self.settings) if program.name != "web"]

    def start(self, command: Sequence[str], at: int | None = None) -> None:
        """One worker; in the place of another that has ended, or as one more."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**clean, **self.environment},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        if at is None:
            self.processes.append(process)
        else:
            self.processes[at] = process

    def restart_ended(self) -> None:
        """Start again what ended by itself, as whoever runs the workers does."""
        for at, program in enumerate(self.programs()):
            if self.processes[at].poll() is not None:
                self.start(program.command, at)

    def kill_workers(self) -> None:
        """kill -9 of every worker process and its children, all at once."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()
        self.processes.clear()

    def stop(self) -> None:
        """Ask the workers to end, insist after a while, and stop Valkey."""
        for process in self.processes:
            process.terminate()
        deadline = time.monotonic() + 20
        for process in self.processes:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()
        self.client.close()
        self.valkey.stop()
        self.log.close()

    def wait_until(self, done: Callable[[], bool], *, seconds: float = 240) -> None:
        """Poll `done`; when it does not come true the log's end tells why."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                tail = (self.folder / "workers.log").read_text(encoding="utf-8", errors="replace")[-4000:]
                raise AssertionError(f"not done after {seconds} s: {self.journal.status()}\n{tail}")
            time.sleep(0.3)

    def settled(self, announced: int) -> bool:
        """Whether that many articles were announced and none is on its way."""
        status = self.journal.status()
        return status.indexed + status.dead >= announced and status.waiting == 0

    def reader(self) -> Reader:
        return open_reader(self.settings)


def everything(reader: Reader) -> list[Hit]:
    """Every article in the store, page by page, as a reader would walk it."""
    hits: list[Hit] = []
    cursor: str | None = None
    while True:
        answer = reader.search(read("", now=datetime.now(UTC), limit=50, cursor=cursor), facets=False)
        hits += answer.hits
        cursor = answer.next_cursor
        if cursor is None:
            return hits


class World:
    """The synthetic news web, each host at a loopback address of its own."""

    def __init__(self, *options: str, hosts: int, articles: int, seconds: int = 600) -> None:
        self.port = broker.free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, str(SHARED_WORLD), "--port", str(self.port), "--hosts", str(hosts)),
                *("--articles", str(articles), "--max-seconds", str(seconds), *options),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.hosts = self.ask("/__hosts.json")
                break
            except OSError:
                assert self.process.poll() is None, "the world ended at once"
                assert time.monotonic() < deadline, "the world did not start"
                time.sleep(0.1)
        self.truth = self.ask("/__truth.json")["articles"]

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return json.load(answer)

    def feeds(self) -> Sequence[Feed]:
        return [
            Feed(name=f"host {host['i']:02}", url=host["feed"], source=f"Host {host['i']:02}", language=host["lang"])
            for host in self.hosts
        ]

    def is_allowed(self, article: dict[str, Any]) -> bool:
        """With --disallow 1 every fifth host forbids a section that its feed still announces."""
        return not (article["host"] % 5 == 2 and "/opinion/" in article["url"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
