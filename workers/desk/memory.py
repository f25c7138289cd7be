"""PSS of a tree of processes: what it really costs, shared pages counted once."""

from __future__ import annotations

import psutil


def pss_megabytes(pid: int) -> dict[str, float]:
    """Megabytes (10^6 bytes) by process of the tree under `pid`, named by pid and command; RSS where PSS is unknown."""
    found: dict[str, float] = {}
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        try:
            memory = process.memory_full_info()
            name = f"{process.pid} {' '.join(process.cmdline())[:80]}"
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        found[name] = getattr(memory, "pss", memory.rss) / 1e6
    return found


def total_megabytes(pid: int) -> float:
    """The whole tree's PSS."""
    return sum(pss_megabytes(pid).values())
