"""What goes wrong in production: each thing is said in one clear line, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.journey.service import Service
from workers.desk import broker
from workers.desk.site.server import Site, start
from workers.ledger.journal import Trace

pytestmark = pytest.mark.integration


@pytest.fixture
def site() -> Iterator[Site]:
    with start() as site:
        yield site


def newsdesk(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line as an operator runs it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    config = folder / "config"
    config.mkdir(exist_ok=True)
    for name in ("service.toml", "feeds.toml"):
        (config / name).touch()
    ours = {"NEWSDESK_CONFIG": str(config), "NEWSDESK_DATA": str(folder / "data"), "COLUMNS": "300"}
    command = [sys.executable, "-m", "workers.cli", *arguments]
    return subprocess.run(
        command, env={**clean, **ours, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def one_line(ended: subprocess.CompletedProcess[str]) -> str:
    """What was said, when it is one line and no traceback."""
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert ended.returncode != 0
    return lines[0]


def test_a_malformed_feeds_toml_stops_the_start_naming_file_feed_and_key(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "feeds.toml").write_text('[[feed]]\nname = "Gazette"\nurl = "gopher://gazette"\n')

    said = one_line(newsdesk("up", folder=tmp_path))

    assert "feeds.toml" in said
    assert "Gazette" in said
    assert "url" in said
    assert "http" in said


def test_a_wrong_setting_stops_the_start_naming_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "service.toml").write_text("[fetch]\ngap_seconds = -1\n")

    said = one_line(newsdesk("up", folder=tmp_path))

    assert "service.toml" in said
    assert "fetch.gap_seconds" in said
    assert "greater than or equal to 0" in said


def test_a_port_in_use_stops_the_start_naming_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = one_line(newsdesk("up", "--port", str(port), folder=tmp_path))

    assert f"port {port}" in said
    assert "--port" in said


def test_a_folder_that_cannot_be_used_stops_the_start_naming_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    said = one_line(newsdesk("up", "--data", str(tmp_path / "file"), folder=tmp_path))

    assert str(tmp_path / "file") in said


def test_check_says_what_cannot_be_reached(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{broker.free_port()}"
    ended = newsdesk(
        "check", folder=tmp_path, NEWSDESK_STORE=f"elasticsearch+{nowhere}", NEWSDESK_REDIS_URL="redis://127.0.0.1:1/0"
    )

    lines = {line.split()[1]: line for line in ended.stdout.splitlines()}
    assert ended.returncode == 2
    assert "✗" in lines["redis"]
    assert "127.0.0.1:1" in lines["redis"]
    assert "✗" in lines["store"]
    assert nowhere.removeprefix("http://") in lines["store"]
    assert "✓" in lines["feeds.toml"]


class Forwarder:
    """A port at which nobody answers until `open` lets connections through to a server."""

    def __init__(self, target: str) -> None:
        split = urlsplit(target)
        self._target = (split.hostname, split.port)
        self.port = broker.free_port()
        self._socket: socket.socket | None = None

    def open(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self._target)
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError), source, sink:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        if self._socket:
            self._socket.close()


def test_articles_wait_for_an_elasticsearch_that_is_away_and_arrive_when_it_is_back(
    site: Site, elasticsearch_url: str, tmp_path: Path
) -> None:
    away = Forwarder(elasticsearch_url)
    service = Service(tmp_path / "service", site.feeds(), f"elasticsearch+http://127.0.0.1:{away.port}", index="away")
    try:
        service.start_workers()
        service.wait_until(lambda: waiting_for_index(service) == site.expected)
        service.wait_until(lambda: {trace.reason for trace in traces(service)} == {"store-down"})
        assert all(f"127.0.0.1:{away.port}" in (trace.detail or "") for trace in traces(service))

        away.open()
        service.wait_until(lambda: service.journal.status().indexed == site.expected)
        assert service.journal.status().waiting == 0
    finally:
        service.stop()
        away.close()


def traces(service: Service) -> list[Trace]:
    """What the ledger says of the articles that wait to be indexed."""
    waiting: Any = service.client.zrange("nd:due:index", 0, -1)
    found = [service.journal.trace(job.decode()) for job in waiting]
    return [trace for trace in found if trace]


def waiting_for_index(service: Service) -> int:
    rooms = {room.room: room for room in service.journal.status().rooms}
    return rooms["index"].waiting if rooms["fetch"].waiting + rooms["extract"].waiting == 0 else -1


def test_articles_wait_while_the_stores_disk_is_full_and_arrive_when_there_is_room(site: Site, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("a small disk of its own needs the right to mount one")
    service = Service(tmp_path / "service", site.feeds(), str(disk / "store"))
    try:
        fill(disk / "filler")
        service.start_workers()
        service.wait_until(lambda: "store down, the batch waits" in said_by_workers(service))
        service.wait_until(lambda: waiting_for_index(service) + service.journal.status().indexed == site.expected)

        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        service.wait_until(lambda: service.journal.status().indexed == site.expected)
        assert service.journal.status().waiting == 0
    finally:
        service.stop()
        subprocess.run(["umount", "-l", disk], check=True)


def fill(file: Path) -> None:
    """Write until the disk takes no more."""
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)


def said_by_workers(service: Service) -> str:
    return (service.folder / "workers.log").read_text(encoding="utf-8", errors="replace")


def test_up_stops_on_ctrl_c_and_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    from workers.desk.demo import CONFIG  # noqa: PLC0415 # the demo's settings, for a site on loopback
    from workers.poll.catalogue import to_toml  # noqa: PLC0415

    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "service.toml").write_text(CONFIG)
    (tmp_path / "config" / "feeds.toml").write_text(to_toml(site.feeds()))
    port = broker.free_port()
    first = UpProcess(tmp_path, port)
    first.wait_for("newsdesk is up")
    first.wait_for("indexed ")
    first.interrupt()
    visits = {visit.path for visit in site.visits if visit.path.endswith(".html") and visit.status == 200}

    second = UpProcess(tmp_path, port)
    second.wait_for("newsdesk is up")
    deadline_status = newsdesk("status", "--json", folder=tmp_path)
    assert deadline_status.returncode == 0, deadline_status.stderr
    second.interrupt()

    again = [visit.path for visit in site.visits if visit.path in visits and visit.status == 200]
    assert len(again) == len(set(again)), "a page fetched before the stop was fetched again"
    shutil.rmtree(tmp_path / "data")


class UpProcess:
    """`newsdesk up` in a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
        ours = {"NEWSDESK_CONFIG": str(folder / "config"), "NEWSDESK_DATA": str(folder / "data")}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", "up", "--port", str(port)],
            env={**clean, **ours, "NEWSDESK_LOG__FORMAT": "console"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def wait_for(self, words: str) -> None:
        for _ in range(1200):
            if any(words in line for line in list(self.lines)):
                return
            assert self.process.poll() is None, "".join(self.lines)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.1)
        raise AssertionError(f"{words!r} was never said:\n" + "".join(self.lines))

    def interrupt(self) -> None:
        """Ctrl-C: it ends by itself, with exit code 0, and leaves no process behind."""
        import psutil  # noqa: PLC0415 # only here

        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=60) == 0, "".join(self.lines)
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive
