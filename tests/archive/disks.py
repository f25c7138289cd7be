"""A disk that is full, fails, or waits, when a test says so."""

from __future__ import annotations

import errno
import threading

from workers.archive.files import Disk


class SmallDisk(Disk):
    """Has room for so many bytes; what does not fit is written as far as it goes, as a real disk does."""

    def __init__(self, room: int | None = None) -> None:
        self.room, self.syncs, self.fails_to_sync = room, 0, False
        self.gate: threading.Event | None = None
        self.arrived = threading.Event()

    def write(self, descriptor: int, data: bytes) -> None:
        fits = data if self.room is None else data[: self.room]
        super().write(descriptor, fits)
        if self.room is not None:
            self.room -= len(fits)
        if len(fits) < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, descriptor: int) -> None:
        self.arrived.set()
        if self.gate:
            self.gate.wait()
        if self.fails_to_sync:
            raise OSError(errno.EIO, "Input/output error")
        super().sync(descriptor)
        self.syncs += 1
