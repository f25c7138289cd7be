"""The desk's end of the nursery: processes that are forks of it, looked at like any other."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

import psutil

from workers.errors import NewsdeskError

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: nothing may be loaded after the fork


class Process(Protocol):
    """What a child needs of its process; subprocess.Popen fits."""

    pid: int

    @property
    def returncode(self) -> int | None:
        """None while it runs."""

    def poll(self) -> int | None:
        """Look whether it ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ended."""


class Fork:
    """A process of the nursery's: not our own child, so its end is told by the nursery."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid, self._nursery = pid, nursery

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._nursery.ended.get(self.pid)

    def poll(self) -> int | None:
        """Look whether it ended."""
        self._nursery.listen(seconds=0)
        if self._nursery.gone and self.returncode is None and not _exists(self.pid):
            self._nursery.ended[self.pid] = -signal.SIGKILL  # nobody is left who could tell how
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ended; TimeoutExpired when it did not in time."""
        deadline = time.monotonic() + (timeout if timeout is not None else 3600)
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._nursery.listen(seconds=0.1)
        assert self.returncode is not None
        return self.returncode


class Nursery:
    """The desk's end of workers.desk.nursery."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.ended: dict[int, int] = {}
        self.gone = False
        self._channel, theirs = socket.socketpair()
        self._pending = b""
        command = (sys.executable, "-m", "workers.desk.nursery", str(theirs.fileno()))
        self._process = popen(command, environment, output=None, keep=(theirs.fileno(),))
        theirs.close()

    def fork(self, command: Sequence[str], output: int) -> Fork:
        """Run a command (celery … or newsdesk …) in a fork that writes to the descriptor `output`."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._channel, [json.dumps({"run": list(command)}).encode()], [output])
        while True:
            for message in self.listen(seconds=60):
                if "pid" in message:
                    return Fork(message["pid"], self)
            self.check()

    def check(self) -> None:
        """NewsdeskError when it ended: nothing can be started any more."""
        if self.gone:
            code = self._process.wait(timeout=10)
            raise NewsdeskError(f"the process that the workers are forked from ended (exit {code}); start again")

    def listen(self, *, seconds: float) -> list[dict[str, int]]:
        """Messages that are there, or come within `seconds`; ends of children are noted."""
        if self.gone or not select.select([self._channel], [], [], seconds)[0]:
            time.sleep(min(seconds, 0.1) if self.gone else 0)
            return []
        try:
            received = self._channel.recv(65536)
        except ConnectionResetError:
            received = b""
        if not received:
            self.gone = True
            return []
        *lines, self._pending = (self._pending + received).split(b"\n")
        messages: list[dict[str, int]] = [json.loads(line) for line in lines]
        for message in messages:
            if "ended" in message:
                self.ended[message["ended"]] = message["status"]
            else:
                self.ended.pop(message["pid"], None)  # the number of one that ended before is given out again
        return messages

    def close(self) -> None:
        """Let it end: its children must have ended before."""
        self._channel.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def popen(
    command: Sequence[str], environment: Mapping[str, str], *, output: int | None, keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start one of our own programs in a session of its own; it ends when the desk does."""
    return subprocess.Popen(  # noqa: S603 # our own commands
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=keep,
        start_new_session=True,  # Ctrl-C reaches the desk alone, which stops its children in order
        preexec_fn=_die_with_parent,  # noqa: PLW1509 # calls nothing that could need a lock
    )


def _die_with_parent() -> None:
    """Linux: a child of a desk that was killed ends too, and the next start finds its folder free."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _exists(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
