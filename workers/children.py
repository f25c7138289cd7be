"""Processes that read hostile input and may be killed for it: a bounded number, and a time limit for each job."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from workers.errors import NewsdeskError

JOBS = 500
"""After so many a child makes room for a fresh one: what its parsers leak is given back."""
ANSWER_BYTES = 64_000_000

Job = TypeVar("Job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A job that gave no answer."""

    reason: str
    """too-slow, kills-its-worker or crashed."""
    detail: str = ""


@dataclass(eq=False)
class _Child(Generic[Job]):
    process: BaseProcess
    pipe: Connection
    done: int = 0
    job: Job | None = None
    deadline: float = 0.0


class Children(Generic[Job]):
    """`count` processes that call `work` on jobs and send back its bytes; a context manager.

    `work` must be a function of a module. What a child sends back is bytes and never a pickle: it has read what
    strangers wrote. The children are forked from a process that has loaded the modules `preload` and does nothing else.
    """

    def __init__(
        self,
        work: Callable[[Job], bytes],
        *,
        count: int,
        seconds: float,
        memory_bytes: int,
        preload: Sequence[str] = (),
    ) -> None:
        self._work, self._count, self._seconds, self._memory = work, count, seconds, memory_bytes
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._children: list[_Child[Job]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for child in tuple(self._children):
            self._end(child)

    @property
    def is_full(self) -> bool:
        """Whether every child has a job: `take` an answer before the next `give`."""
        return len(self._busy()) >= self._count

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._busy())

    def give(self, job: Job) -> None:
        """Hand a job to an idle child."""
        idle = next((child for child in self._children if child.job is None), None) or self._start()
        idle.job, idle.deadline = job, time.monotonic() + self._seconds
        idle.pipe.send(job)

    def take(self) -> tuple[Job, bytes | Lost]:
        """The first answer to come, of any child."""
        while True:
            busy = self._busy()
            patience = max(0.0, min(child.deadline for child in busy) - time.monotonic())
            ready = connection.wait([child.pipe for child in busy], patience)
            for child in busy:
                if child.pipe in ready:
                    return self._answer(child)
            for child in busy:
                if child.deadline <= time.monotonic():
                    return self._give_up(child, Lost(reason="too-slow", detail=f"stopped after {self._seconds:.0f} s"))

    def _answer(self, child: _Child[Job]) -> tuple[Job, bytes | Lost]:
        try:
            answer = child.pipe.recv_bytes(ANSWER_BYTES)
        except (EOFError, OSError) as error:
            child.process.join(1)
            ended = f"exit {child.process.exitcode}" if child.process.exitcode is not None else str(error)
            return self._give_up(child, Lost(reason="kills-its-worker", detail=ended))
        job, child.job, child.done = child.job, None, child.done + 1
        assert job is not None
        if child.done >= JOBS:
            self._end(child)
        if answer[:1] == _CRASHED:
            return job, Lost(reason="crashed", detail=answer[1:].decode("utf-8", "replace"))
        return job, answer[1:]

    def _give_up(self, child: _Child[Job], lost: Lost) -> tuple[Job, Lost]:
        assert child.job is not None
        self._end(child)
        return child.job, lost

    def _busy(self) -> list[_Child[Job]]:
        return [child for child in self._children if child.job is not None]

    def _start(self) -> _Child[Job]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_live, args=(theirs, self._work, self._memory), daemon=True)
        process.start()
        theirs.close()
        child = _Child[Job](process, ours)
        self._children.append(child)
        try:
            ours.recv_bytes(0)  # ready: the time of a job is its own
        except EOFError as error:
            raise NewsdeskError("a process that reads pages ended as it began; the lines above say why") from error
        return child

    def _end(self, child: _Child[Job]) -> None:
        self._children.remove(child)
        child.pipe.close()
        child.process.kill()
        child.process.join()
        child.process.close()


_CRASHED, _DONE = b"!", b"="


def _live(pipe: Connection, work: Callable[[Any], bytes], memory: int) -> None:
    """In the child: answer until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    pipe.send_bytes(b"")
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            answer = _DONE + work(job)
        except MemoryError:
            raise  # nothing in this process can be trusted any more
        except Exception as error:  # noqa: BLE001 # whatever a parser raises costs this job and no other
            answer = _CRASHED + f"{type(error).__name__}: {error}"[:500].encode("utf-8", "replace")
        pipe.send_bytes(answer)
