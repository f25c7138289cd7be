"""What the children of tests/test_children.py are asked to do."""

from __future__ import annotations

import os
import signal
import time


def do(chore: str) -> bytes:
    """Behave as named, or say it back."""
    if chore == "hang":
        time.sleep(600)
    if chore == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if chore == "raise":
        raise ValueError("no such chore \ud800")
    if chore == "eat":
        return bytes(2_000_000_000)
    if chore == "who":
        return str(os.getpid()).encode()
    return chore.encode()
