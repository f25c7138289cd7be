"""One service under load with all that a fault can get hold of."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import libfaketime
import psutil

from chaos.door import Door
from chaos.store_door import StoreDoor
from chaos.web import Web
from tests.journey.service import Service

DISK_BYTES = 24_000_000
"""Of the disk that the archive has to itself where it fills up."""
LEAVES_BYTES = 300_000
"""What such a disk is to have left for the archive: less than the pages need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a fault works on, besides the processes."""

    door: bool = False
    """The workers reach the broker through a door."""
    clock: bool = False
    """The clock of all processes is ours."""
    disk: bool = False
    """The archive has a small disk of its own."""
    long_page: bool = False
    """One page takes long to read."""
    store: bool = False
    """The store is an Elasticsearch behind a door."""


class Scene:
    """A web, a service that ingests it, and the places where it can be hurt. `close` ends and removes it all."""

    def __init__(self, web: Web, needs: Needs, *, elasticsearch: str = "") -> None:
        self.web = web
        web.long = (web.hosts - 1, web.articles - 1) if needs.long_page else None
        self._folder = tempfile.TemporaryDirectory(prefix="newsdesk-chaos-")
        home = Path(self._folder.name)
        self._clock = home / "clock"
        self._clock.write_text("+0")
        self.disk = home / "service" / "archive"
        self._mounted = needs.disk
        if needs.disk:
            self.disk.mkdir(parents=True)
            mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "newsdesk", str(self.disk)]
            subprocess.run(mount, check=True)  # noqa: S603 # in a namespace of our own (see __main__)
        self.store = StoreDoor(elasticsearch) if needs.store else None
        place = f"elasticsearch+{self.store.url}" if self.store else str(home / "store")
        self.service = Service(
            home / "service",
            web.feeds(),
            place,
            index=f"chaos{time.monotonic_ns()}",
            environment={
                **(self._clockwork() if needs.clock else {}),
                **({"NEWSDESK_ARCHIVE__FREE_BYTES": str(LEAVES_BYTES // 3)} if needs.disk else {}),
            },
        )
        self.door = Door(self.service.valkey.port) if needs.door else None
        if self.door:
            self.service.environment["NEWSDESK_REDIS_URL"] = f"redis://127.0.0.1:{self.door.port}/0"
        self.killed: set[int] = set()
        """Processes whose last words may be missing."""
        self.poison: set[str] = {web.poison}
        """Addresses that must end among the dead letters, and nothing else."""

    def turn_clock(self, seconds: int) -> None:
        """The clock of every process jumps to so many seconds from the true time."""
        self._clock.write_text(f"{seconds:+d}")

    def fill_disk(self) -> None:
        """Nothing but a little is left on the archive's disk."""
        free = os.statvfs(self.disk)
        ballast = free.f_bavail * free.f_frsize - LEAVES_BYTES
        (self.disk / "ballast").write_bytes(b"\0" * max(0, ballast))

    def empty_disk(self) -> None:
        """Somebody makes room."""
        (self.disk / "ballast").unlink()

    def will_die(self, pid: int) -> None:
        """Remember a process that is about to be killed, and its children."""
        self.killed |= {pid, *children_of(pid)}

    def tended(self, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
        """Wait; what ended meanwhile is started again, as whoever runs the workers does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not done():
            self.service.restart_ended()
            time.sleep(0.5)

    def close(self) -> None:
        """End everything."""
        self.service.stop()
        for door in (self.door, self.store):
            if door:
                door.close()
        if self._mounted:
            subprocess.run(["umount", "-l", str(self.disk)], check=True)  # noqa: S603, S607 # what was mounted above
        self.web.close()
        self._folder.cleanup()

    def _clockwork(self) -> dict[str, str]:
        library = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def children_of(pid: int) -> list[int]:
    """The ids below a process."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
