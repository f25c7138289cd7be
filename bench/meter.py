"""Processor time of trees of processes, each under a name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Meter:
    """Reads trees of processes by the name of each one's root; `spent` is what they took since `start`."""

    roots: Mapping[str, int]
    before: Mapping[str, float]

    @classmethod
    def start(cls, roots: Mapping[str, int]) -> Meter:
        """Begin with these process ids."""
        return cls(roots, {name: tree_seconds(pid) for name, pid in roots.items()})

    def spent(self) -> dict[str, float]:
        """CPU seconds (user and system) by name, children alive and ended included."""
        return {name: tree_seconds(pid) - self.before[name] for name, pid in self.roots.items()}

    def memory(self) -> dict[str, float]:
        """Megabytes by name, shared pages counted once (PSS where the system tells it, else RSS)."""
        return {name: tree_megabytes(pid) for name, pid in self.roots.items()}


def tree_seconds(pid: int) -> float:
    """What a process and its descendants have used; one that has ended counts with whoever reaped it."""
    seconds = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def tree_megabytes(pid: int) -> float:
    """Memory of a process and its descendants."""
    total = 0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            held = process.memory_full_info()
            total += getattr(held, "pss", 0) or held.rss
    return total / 1e6


def tree(pid: int) -> list[psutil.Process]:
    """A process and its descendants; nothing when it has ended."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
