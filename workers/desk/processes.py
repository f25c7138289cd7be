"""Children with tidy prefixed logs: restarted when they die, stopped in order."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workers.desk.forks import Nursery, Process, popen

TERM_SECONDS = 5.0
"""Between asking a child to finish and telling it to hand its work back at once (SIGQUIT)."""
QUIT_SECONDS = 2.5
"""Then it is killed; the ledger gives its work to the next one. With the broker's stop: under 10 s in all."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60
"""A child that lived this long is restarted at once when it dies; others after a pause that doubles."""

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A child to be kept running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


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
            else popen(self.program.command, self.program.environment, output=writing)
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

    def kill(self, name: str, why: str) -> None:
        """Kill a program that makes no progress, with its children; `watch` starts it again."""
        for child in self.children:
            if child.program.name == name and child.process.poll() is None:
                self._say(name, f"killed: {why}")
                child.signal(signal.SIGKILL)

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


def _all_ended(children: list[Child], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(child.process.poll() is None for child in children):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
