"""The desk tells the service manager that it is ready and that it goes on, so that its silence means something."""

from __future__ import annotations

import configparser
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workers.desk import standstill
from workers.desk.notice import Notice
from workers.desk.standstill import is_starting, works_on

UNIT = Path(__file__).parents[2] / "config" / "systemd" / "newsdesk.service"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def test_ready_alive_and_stopping_are_told(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    notice = Notice()
    notice.ready()
    notice.alive()
    notice.alive()  # so soon it is said once
    notice.stopping()
    assert [manager.recv(99) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_without_a_manager_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    Notice().ready()
    Notice().alive()


def test_a_manager_that_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    Notice(str(tmp_path / "nobody")).ready()


def test_the_unit_restarts_what_ends_and_what_goes_silent() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign] # names keep their case
    unit.read(UNIT)
    service = unit["Service"]
    assert (service["Type"], service["Restart"], service["NotifyAccess"]) == ("notify", "always", "main")
    assert 0 < int(service["WatchdogSec"]) <= 60
    assert service["ExecStart"].split()[-2:] == ["/opt/newsdesk/bin/newsdesk", "up"]


@pytest.mark.parametrize(
    ("command", "room"),
    [
        ("/x/python -m celery -q -A workers worker -Q poll,fetch -P threads", "fetch"),
        ("/opt/bin/python /opt/bin/celery -A workers worker -Q extract -P prefork", "extract"),
        ("/opt/bin/python /opt/bin/newsdesk web --host 0.0.0.0", "web"),
    ],
)
def test_a_rooms_workers_are_known_by_their_command(command: str, room: str) -> None:
    assert works_on(command.split(), room)
    assert not works_on(command.split(), "index")
    assert not works_on(["vi", "-Q"], room)


def test_a_worker_that_has_only_begun_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    began = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert is_starting(psutil.Process(began.pid))
        monkeypatch.setattr(standstill, "STARTING", 0.0)
        assert not is_starting(psutil.Process(began.pid))
    finally:
        began.communicate(b"\n")
