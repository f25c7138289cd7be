"""Children of the desk: none outlives it, and the end of each is known."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workers.desk import forks, nursery
from workers.desk.up import Service
from workers.errors import NewsdeskError
from workers.settings import Settings, Web

pytestmark = pytest.mark.integration

NURSERY = """
import socket, sys
from workers.desk import nursery
nursery.preload = lambda: None
nursery.run = lambda command: {command}
nursery.main(socket.socket(fileno=int(sys.argv[1])))
"""
SLEEP = "__import__('subprocess').run(['sleep', '60'])"


class Kept(forks.Nursery):
    """A nursery that loads nothing and whose children do as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
        real = forks.popen

        def instead(words: tuple[str, ...], *given: object, **named: object) -> object:
            return real((sys.executable, "-c", NURSERY.format(command=command), words[-1]), *given, **named)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(forks, "popen", instead)
            super().__init__({"PYTHONPATH": str(Path(__file__).parents[2])})


@pytest.fixture
def output() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(end)


def ended(pids: list[int], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(forks._exists(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def started(fork: forks.Fork) -> list[int]:
    """The fork and what it started, once it has."""
    for _ in range(200):
        if found := psutil.Process(fork.pid).children(recursive=True):
            return [fork.pid, *(one.pid for one in found)]
        time.sleep(0.05)
    raise AssertionError("it never started its child")


def test_a_desk_that_dies_takes_its_children_and_theirs_along(
    monkeypatch: pytest.MonkeyPatch, output: tuple[int, int]
) -> None:
    kept = Kept(monkeypatch, SLEEP)
    pids = started(kept.fork(("a", "command"), output[1]))

    kept._channel.close()  # all that a nursery sees of the end of its desk

    assert ended(pids)
    kept._process.wait(timeout=5)


def test_the_end_of_the_nursery_is_noticed_and_that_of_its_children_still_known(
    monkeypatch: pytest.MonkeyPatch, output: tuple[int, int]
) -> None:
    kept = Kept(monkeypatch, SLEEP)
    fork = kept.fork(("a", "command"), output[1])
    pids = started(fork)
    kept._process.kill()

    deadline = time.monotonic() + 5
    while not kept.gone and time.monotonic() < deadline:
        assert fork.poll() is None
    with pytest.raises(NewsdeskError, match=r"ended \(exit -9\)"):
        kept.check()
    with pytest.raises(NewsdeskError):
        kept.fork(("another",), output[1])
    os.killpg(fork.pid, signal.SIGKILL)
    assert fork.wait(timeout=5) == -signal.SIGKILL
    assert ended(pids)
    kept.close()


def test_a_child_that_crashes_says_why(monkeypatch: pytest.MonkeyPatch, output: tuple[int, int]) -> None:
    kept = Kept(monkeypatch, "1 / 0")

    assert kept.fork(("a", "command"), output[1]).wait(timeout=10) == 1

    os.close(output[1])
    with os.fdopen(output[0], closefd=False) as said:
        assert "ZeroDivisionError" in said.read()
    kept.close()


def test_a_process_number_given_out_again_is_a_new_process() -> None:
    ours, theirs = socket.socketpair()
    kept = object.__new__(forks.Nursery)
    kept.ended, kept.gone, kept._channel, kept._pending = {}, False, ours, b""
    with ours, theirs:
        for message in ({"pid": 7}, {"ended": 7, "status": 1}, {"pid": 7}):
            nursery.tell(theirs, message)
        kept.listen(seconds=1)
        assert forks.Fork(7, kept).returncode is None
        theirs.sendall(json.dumps({"ended": 7, "status": 3}).encode() + b"\n")
        assert forks.Fork(7, kept).poll() == 3


def test_an_ipv6_address_is_written_in_brackets() -> None:
    service = Service(Settings(web=Web(host="::1", port=8080)), {}, lambda *_: None)

    assert service.web_url == "http://[::1]:8080"
