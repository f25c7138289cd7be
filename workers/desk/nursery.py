"""Forks the desk's Python processes from one that has loaded everything, so that they share it.

Each process of its own would load Celery, the parsers and the language model, 180 MB, again. The
nursery has one thread and does nothing else, so a fork finds no lock held. It lives as long as its
socket: a desk that dies takes it along, and it takes its children along, so that the next start
finds their port and their store free.

Messages on the socket, one JSON document a line: {"run": [command…]} with the file descriptor of
the child's output → {"pid": N}; when a child ends → {"ended": N, "status": S}.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Sequence

PRELOAD = (
    "workers.pipeline",
    "workers.known",
    "workers.poll.verdict",
    "workers.extract.story",
    "workers.archive.upkeep",
    "workers.archive.writer",
    "workers.index.embedded",
    "workers.search.embedded",
    "workers.search.web.app",
    "celery.apps.worker",
    "celery.beat",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.concurrency.solo",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "kombu.transport.redis",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.h11_impl",
)


FAREWELL_SECONDS = 3.0
"""Between asking the children of a desk that died to finish and killing them."""


def main(channel: socket.socket) -> None:
    """Load, then fork what is asked for until the desk closes the channel."""
    preload()
    children: set[int] = set()
    awake, asleep = socket.socketpair()
    awake.setblocking(False)
    asleep.setblocking(False)
    signal.set_wakeup_fd(asleep.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # the desk stops its children in order, and then closes the channel
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(awake, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is awake:
                    with contextlib.suppress(BlockingIOError):
                        awake.recv(4096)
                    report_ended(channel, children)
                elif not answer(channel, (awake, asleep), children):
                    end(children)
                    return


def preload() -> None:
    """Import what the children need, and keep the collector from writing to it."""
    for name in PRELOAD:
        importlib.import_module(name)
    story = importlib.import_module("workers.extract.story")
    story.preload()
    gc.collect()
    gc.freeze()


def answer(channel: socket.socket, own: Sequence[socket.socket], children: set[int]) -> bool:
    """Fork one child; False when the desk is gone."""
    message, descriptors, _, _ = socket.recv_fds(channel, 65536, 1)
    if not message:
        return False
    command = json.loads(message)["run"]
    (output,) = descriptors
    pid = os.fork()
    if pid == 0:
        for inherited in (channel, *own):
            inherited.close()
        become(command, output)
    os.close(output)
    children.add(pid)
    tell(channel, {"pid": pid})
    return True


def become(command: Sequence[str], output: int) -> None:
    """In the child: be the command (celery … or newsdesk …), writing to `output`; never returns."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # what Python opened at the start was the nursery's own output, which may have been of another kind
    sys.stdout, sys.stderr = (open(n, "w", buffering=1, encoding="utf-8", closefd=False) for n in (1, 2))  # noqa: SIM115 # descriptors, kept for life
    code = 1
    try:
        code = run(command)
    except BaseException:  # noqa: BLE001 # the last frame of the process: nothing is above it that could tell
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(command: Sequence[str]) -> int:
    """The command's main function, called as its script would; its exit code."""
    from celery.bin.celery import main as celery  # noqa: PLC0415 # loaded before the fork, in the order of PRELOAD

    from workers.cli import main as newsdesk  # noqa: PLC0415

    sys.argv = list(command)
    try:
        celery() if command[0] == "celery" else newsdesk()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
            return 1
        return ended.code or 0
    return 0


def report_ended(channel: socket.socket, children: set[int]) -> None:
    """Tell the desk of every child that ended."""
    for pid, status in ended():
        children.discard(pid)
        tell(channel, {"ended": pid, "status": os.waitstatus_to_exitcode(status)})


def ended() -> Iterator[tuple[int, int]]:
    """Every child that ended by now, and how."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found


def tell(channel: socket.socket, message: dict[str, int]) -> None:
    """A message to the desk; one that is gone is noticed by the next reading."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        channel.sendall(json.dumps(message).encode() + b"\n")


def end(children: set[int]) -> None:
    """The desk is gone: what it did not stop is asked to finish, then killed with all that it started."""
    groups = tuple(children)
    for pid in groups:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + FAREWELL_SECONDS
    while children and time.monotonic() < deadline:
        children.difference_update(pid for pid, _ in ended())
        time.sleep(0.05)
    for pid in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
