"""The workers of one room on this machine, for whoever finds that they make no progress."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

import psutil

STARTING = 60.0
"""Seconds in which a new worker is let be: what shows a standstill may be older than it, after a downtime."""
SAME = ("NEWSDESK_REDIS_URL", "NEWSDESK_DATA", "NEWSDESK_CONFIG")
"""Variables that tell one service from another on the same machine."""


def mains(room: str) -> Iterator[psutil.Process]:
    """The main processes of our own service that work on the queue of a room, or show the page (web)."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if works_on(words, room) and _is_ours(process) and not _is_child(process) and not is_starting(process):
            yield process


def is_starting(process: psutil.Process) -> bool:
    """Whether it began so lately that it cannot be blamed."""
    return time.time() - process.create_time() < STARTING


def works_on(words: list[str], room: str) -> bool:
    """Whether a command line is that of a worker of this room."""
    if room == "web":
        return any(word.endswith("newsdesk") for word in words) and "web" in words
    queues = words[words.index("-Q") + 1] if "-Q" in words[:-1] else ""
    return any("celery" in word for word in words) and room in queues.split(",")


def kill(room: str) -> tuple[int, ...]:
    """Kill -9, with their children, what may not hear anything else; their ids. Whoever runs them starts them again."""
    killed = []
    for main in mains(room):
        with contextlib.suppress(psutil.NoSuchProcess):
            children = main.children(recursive=True)
            main.kill()
            killed.append(main.pid)
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
    return tuple(killed)


def _is_ours(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        environment = process.environ()
        return all(environment.get(name) == os.environ.get(name) for name in SAME)
    return False


def _is_child(process: psutil.Process) -> bool:
    """Forked children have their parent's command line."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = process.parent()
        return parent is not None and parent.cmdline() == process.info["cmdline"]
    return True
