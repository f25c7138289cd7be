"""Which processes make up the service, and running them until told to stop."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType
from typing import IO

from workers.address import article_id
from workers.desk import broker
from workers.desk.forks import Nursery
from workers.desk.notice import Notice
from workers.desk.processes import Company, Program, Say
from workers.desk.supervision import Seen, Watchman, looked
from workers.errors import NewsdeskError
from workers.ledger.journal import RoomStatus
from workers.ledger.ledger import Ledger, connect
from workers.ledger.reading import RedisJournal
from workers.settings import Settings

QUIET_WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat")
CHILDREN = {
    # one heap a process, and no thread pool for arithmetic: a fifth less memory, no slower here
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "OPENBLAS_NUM_THREADS": "1",
    # said once by each process; who runs a desk as root knows it
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}
"""The environment of the desk's processes, besides its own."""
STATE = "desk.json"
"""Where a running desk says how to reach it, in its data folder."""


class Service:
    """The embedded service: started whole or not at all, stopped within 10 s.

    Raises NewsdeskError when the folder is another desk's, the page's port is taken, or a part does not start.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str], say: Say) -> None:
        self.settings = settings
        self.environment = {**environment, "NEWSDESK_DATA": str(settings.data), "NEWSDESK_CONFIG": str(settings.config)}
        self._company = Company(say)
        self._say = say
        self._lock: IO[str] | None = None
        self._nursery: Nursery | None = None
        self._watchman: Watchman | None = None

    @property
    def web_url(self) -> str:
        """The search page's address."""
        host = self.settings.web.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.settings.web.port}"

    def start(self) -> None:
        """Broker, ledger, workers, page: in that order; on any failure what was started is stopped again."""
        self._lock = _own(self.settings.data)
        web = self.settings.web
        if not broker.is_free(web.host, web.port):
            raise NewsdeskError(f"port {web.port} on {web.host} is in use: stop what listens there, or give --port")
        try:
            if url := self.environment.get("NEWSDESK_REDIS_URL"):
                self.redis_url = url  # another's: workers of the last run may be alive elsewhere, and leases run out
                connect(url).ping()
            else:
                self._start_broker()
                self._recover()
            self._nursery = Nursery({**CHILDREN, **self.environment})
            for program in workers(self.settings):
                self._company.start(program, self._nursery)
            self._wait_for_page()
            self._watchman = Watchman(self._look, self.settings.desk.stuck_seconds)
        except BaseException:
            self.stop()
            raise

    def _start_broker(self) -> None:
        folder, port = self.settings.data / "broker", broker.free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.redis_url = self.environment["NEWSDESK_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        child = self._company.start(Program(name="broker", command=tuple(broker.arguments(folder, port))))
        broker.wait_until_up(self.redis_url, child.process)

    def _recover(self) -> None:
        ledger = Ledger(connect(self.redis_url), self.settings.ledger)
        ledger.forget_queues()
        if ended := ledger.recover():
            self._say("desk", f"{ended} jobs of the last run go on where they stopped")

    def _wait_for_page(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.web_url}/health/live", timeout=2):  # noqa: S310 # our own page
                    break
            except (urllib.error.URLError, OSError):
                self.watch()
                time.sleep(0.1)
        else:
            raise NewsdeskError("the search page did not start within 60 s; its log lines above say why")
        state = {"redis_url": self.redis_url, "web_url": self.web_url, "pid": os.getpid()}
        (self.settings.data / STATE).write_text(json.dumps(state), encoding="utf-8")

    def _look(self) -> Seen:
        journal = RedisJournal(connect(self.redis_url), self.settings.ledger, identify=article_id)

        def status() -> tuple[float | None, Iterable[RoomStatus]]:
            last = journal.counts().get("last_tick")
            return journal.now().timestamp() - last / 1000 if last else None, journal.status().rooms

        return looked(status, f"{self.web_url}/health/live")

    def watch(self) -> None:
        """Restart what ended, and what makes no progress; call it a few times a second.

        NewsdeskError when nothing can be restarted any more.
        """
        for name, why in self._watchman.silent().items() if self._watchman else ():
            self._company.kill(name, why)
        self._company.watch()
        if self._nursery:
            self._nursery.check()

    def stop(self) -> None:
        """Stop everything, the broker last; what was in flight goes on at the next start."""
        if self._watchman:
            self._watchman.stop()
        self._company.stop(last="broker")
        if self._nursery:
            self._nursery.close()
            self._nursery = None
        (self.settings.data / STATE).unlink(missing_ok=True)
        if self._lock:
            self._lock.close()


def workers(settings: Settings) -> tuple[Program, ...]:
    """The worker processes and the page. Rooms share a process where that saves memory and endangers nothing."""
    celery = ("celery", "-q", "-A", "workers", "worker", *QUIET_WORKER)
    desk, web = settings.desk, settings.web
    rooms = {
        # one writer and one clock: both are one at a time by nature
        "index": (*celery, "-B", "-Q", "beat,index", "-P", "solo", "-n", "index@desk"),
        # feeds and pages are asked for by threads: they only wait
        "fetch": (*celery, "-Q", "poll,fetch", "-P", "threads", "-c", str(desk.fetchers), "-n", "fetch@desk"),
        # what strangers wrote is read by prefork children that may be killed
        "extract": (*celery, "-Q", "extract", "-P", "prefork", "-c", str(desk.parsers), "-n", "extract@desk"),
        "web": ("newsdesk", "web", "--host", web.host, "--port", str(web.port)),
    }
    return tuple(Program(name=name, command=command) for name, command in rooms.items())


def run(service: Service, *, until: Callable[[], bool] | None = None) -> None:
    """Keep a started service running until Ctrl-C, SIGTERM or `until`; then stop it."""
    stopped, notice = False, Notice()

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    notice.ready()
    try:
        while not stopped and not (until and until()):
            service.watch()
            notice.alive()
            time.sleep(0.25)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        notice.stopping()
        service.stop()


def running(data: Path) -> dict[str, str] | None:
    """How to reach the desk that runs on this folder, if one does."""
    try:
        state: dict[str, str] = json.loads((data / STATE).read_text(encoding="utf-8"))
        os.kill(int(state["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return state


def _own(data: Path) -> IO[str]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "desk.lock").open("w", encoding="utf-8")
    except OSError as error:
        raise NewsdeskError(f"{data}: cannot be used as the data folder: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise NewsdeskError(f"{data}: another newsdesk runs on this folder; stop it, or give --data") from error
    return lock
