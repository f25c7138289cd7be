"""Children with tidy prefixed logs: restarted when they die, stopped in order."""

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
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from workers.errors import NewsdeskError

TERM_SECONDS = 5.0
"""Between asking a child to finish and telling it to hand its work back at once (SIGQUIT)."""
QUIT_SECONDS = 2.5
"""Then it is killed; the ledger gives its work to the next one. With the broker's stop: under 10 s in all."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60
"""A child that lived this long is restarted at once when it dies; others after a pause that doubles."""

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: nothing may be loaded after the fork

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child to be kept running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


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
        self._process = _popen(command, environment, output=None, keep=(theirs.fileno(),))
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


class Child:
    """One program, running or about to."""

    def __init__(self, program: Program, say: Say, nursery: Nursery | None) -> None:
        self.program, self._say, self._nursery = program, say, nursery
        self.restarts = 0
        self._pause = FIRST_PAUSE
        self._begin_at = 0.0
        self._start()

    def _start(self) -> None:
        reading, writing = os.pipe()
        self.process: Process = (
            self._nursery.fork(self.program.command, writing)
            if self._nursery
            else _popen(self.program.command, self.program.environment, output=writing)
        )
        os.close(writing)
        self.began = time.monotonic()
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._reader.start()

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._say(self.program.name, line.rstrip())

    def watch(self, now: float) -> None:
        """Start it again if it ended, after a pause that doubles while it keeps ending early."""
        if self.process.poll() is None:
            return
        if not self._begin_at:
            steady = now - self.began > STEADY_SECONDS
            self._pause = FIRST_PAUSE if steady else min(self._pause * 2, LONGEST_PAUSE)
            self._begin_at = now + self._pause
            self._say(self.program.name, f"ended (exit {self.process.returncode}); again in {self._pause:.0f} s")
            self.signal(signal.SIGKILL)  # children of a dead main process must not work on unseen
        elif now >= self._begin_at:
            self._begin_at = 0.0
            self.restarts += 1
            self._start()

    def signal(self, number: int) -> None:
        """Signal the main process, or with SIGKILL its whole session."""
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            elif self.process.poll() is None:
                os.kill(self.process.pid, number)

    def join(self) -> None:
        """Wait for its last words, a second at most."""
        self._reader.join(timeout=1)


class Company:
    """All children of the desk."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.children: list[Child] = []

    def start(self, program: Program, nursery: Nursery | None = None) -> Child:
        """Start, from the nursery if one is given, and keep running."""
        child = Child(program, self._say, nursery)
        self.children.append(child)
        return child

    def watch(self) -> None:
        """Restart what ended; call it a few times a second."""
        now = time.monotonic()
        for child in self.children:
            child.watch(now)

    def stop(self, *, last: str) -> None:
        """Stop all within 10 s: ask, insist, kill; the child named `last` (the broker) after the others."""
        others = [child for child in self.children if child.program.name != last]
        broker = [child for child in self.children if child.program.name == last]
        for number, patience in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGQUIT, QUIT_SECONDS)):
            for child in others:
                child.signal(number)
            if _all_ended(others, patience):
                break
        for child in others:
            child.signal(signal.SIGKILL)
        for child in broker:
            child.signal(signal.SIGTERM)
        if not _all_ended(broker, 2.0):
            for child in broker:
                child.signal(signal.SIGKILL)
        for child in self.children:
            child.process.wait()
            child.join()
        self.children.clear()


def _exists(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _all_ended(children: list[Child], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(child.process.poll() is None for child in children):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _popen(
    command: Sequence[str], environment: Mapping[str, str], *, output: int | None, keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
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
