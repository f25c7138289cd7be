"""What hostile answers cost: each asked for in a process of its own, its time and memory read from outside the client.

python -m bench.transfers URL DEADLINE     one request; prints its cost as JSON
"""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.report import Figure, NotMeasured
from bench.shared import ROOT, needed
from workers.desk import broker
from workers.errors import Fate
from workers.fetch.client import Client
from workers.settings import Fetching

DEADLINE = 3.0
LATE = 1.0
"""Seconds a request may end after its deadline."""
GROWTH_MB = 64.0
LIMIT = 10_000_000
"""Bytes of a body, decoded: the largest the service takes."""
ATTACKS = (
    *("gzip", "br", "zstd", "gzip2", "manyenc", "redir_gzip", "slowbody", "slowhead", "bighead", "longhead"),
    *("infinite", "100s", "loop", "chunkext"),
)
"""Every path of the hostile server but its redirect to anywhere, which `doors` asks."""

BOMBER = """
import asyncio, struct, sys, zlib
from bench.shared import module
evil = module("attacks", "evil_server.py")

def gz(megabytes):
    # One megabyte, squeezed once and repeated: the same bomb in no time; nobody gets as far as its wrong checksum.
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(evil.MB) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b"\\x1f\\x8b\\x08" + bytes(6) + b"\\xff"
    return head + piece * megabytes + packer.flush() + struct.pack("<II", 0, (megabytes << 20) & 0xFFFFFFFF)

evil.gz = gz
asyncio.run(evil.main(int(sys.argv[1])))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request took."""

    seconds: float
    megabytes: float
    """Growth of the process's largest size, over that after a harmless request."""
    outcome: str


@contextlib.contextmanager
def hostile_server() -> Iterator[int]:
    """The collection's hostile server; yields its port. Raises NotMeasured when it cannot run here."""
    needed("attacks", "evil_server.py")
    port = broker.free_port()
    command = [sys.executable, "-c", BOMBER, str(port)]
    with subprocess.Popen(  # noqa: S603 # our own program
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            if not any(line.startswith("ready") for line in server.stdout):
                raise NotMeasured(f"the hostile server did not start: {server.stderr.read().strip()[-300:]}")
            yield port
        finally:
            server.kill()


def cost(port: int, attack: str, deadline: float = DEADLINE) -> Cost:
    """The cost of one attack, to a process that did nothing else."""
    command = [sys.executable, "-m", "bench.transfers", f"http://127.0.0.1:{port}/{attack}", str(deadline)]
    done = subprocess.run(  # noqa: S603 # our own program
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=20 * deadline + 60
    )
    return Cost(**json.loads(done.stdout))


def measure() -> tuple[Figure, ...]:
    """The worst of all attacks, in time and in memory."""
    with hostile_server() as port:
        costs = {attack: cost(port, attack) for attack in ATTACKS}
    latest = max(costs, key=lambda attack: costs[attack].seconds)
    largest = max(costs, key=lambda attack: costs[attack].megabytes)
    return (
        Figure(
            name=f"hostile answers ({len(costs)}): the latest, after its deadline",
            value=max(0.0, costs[latest].seconds - DEADLINE),
            unit="s",
            at_most=LATE,
            note=f"{latest}, deadline {DEADLINE:g} s: {costs[latest].outcome} after {costs[latest].seconds:.2f} s",
        ),
        Figure(
            name="hostile answers: the largest, in memory",
            value=costs[largest].megabytes,
            unit="MB",
            at_most=GROWTH_MB,
            note=f"{largest}: {costs[largest].outcome}",
        ),
    )


def main() -> None:
    """Ask for one address, and print what it cost."""
    url, deadline = sys.argv[1], float(sys.argv[2])
    values = {"allow_networks": ("127.0.0.0/8",), "deadline_seconds": deadline, "connect_seconds": deadline}
    client = Client(Fetching.model_validate(values))
    client.get(url.rsplit("/", 1)[0] + "/ok", limit=LIMIT, accept="*/*")
    before = largest()
    began = time.monotonic()
    try:
        outcome = str(client.get(url, limit=LIMIT, accept="*/*").status)
    except Fate as fate:
        outcome = fate.reason
    seconds = time.monotonic() - began
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": largest() - before, "outcome": outcome}))


def largest() -> float:
    """Megabytes this program has held at most. Linux's own mark where there is one: getrusage's is the parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        mark = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(mark.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes where there is no /proc


if __name__ == "__main__":
    main()
