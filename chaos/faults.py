"""What goes wrong, each with how it is done to a running service. Processes are ended by the ids we started."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from chaos.scene import Needs, Scene, children_of
from chaos.store_door import Weather
from workers.address import article_id

NOTHING = Needs()
Harm = Callable[[Scene, int], None]
"""Is done so many times, where that has a meaning, and leaves a service that can go on."""

PAUSE = 0.6
"""Seconds between two kills: work is in flight again by then."""
STOPPED = 30.0
FULL = 20.0
HOUR = 3600
SHORTLY = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the table."""

    harm: Harm
    needs: Needs = NOTHING
    busy: bool = False
    """Most of it is done to work in flight, so there is more of it."""
    early: bool = False
    """It begins with the service, because it waits for one article."""


def nothing(_scene: Scene, _times: int) -> None:
    """For comparison."""


def kill_mains(scene: Scene, times: int) -> None:
    """Kill -9 of a worker's main process with its children, any of them; what started it starts it again."""
    for _ in range(times):
        time.sleep(PAUSE)
        at = random.randrange(len(scene.service.processes))  # noqa: S311 # chance is the point
        process = scene.service.processes[at]
        scene.will_die(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        scene.service.restart_ended()


def kill_children(scene: Scene, times: int) -> None:
    """Kill -9 of a process that reads pages."""
    for _ in range(times):
        time.sleep(PAUSE)
        mains = [process.pid for process in scene.service.processes if process.poll() is None]
        children = [child for main in mains for child in psutil.Process(main).children()]  # the clock is one of them
        if children:
            kill(scene, random.choice(children).pid)  # noqa: S311 # chance is the point


def kill_broker(scene: Scene, times: int) -> None:
    """Kill -9 of Valkey and a start on the same files."""
    for _ in range(times):
        time.sleep(PAUSE)
        scene.service.valkey.kill()
        scene.service.valkey.start()


def stop_for_a_while(scene: Scene, _times: int) -> None:
    """SIGSTOP of every worker for half a minute: leases run out, then all wake at once."""
    time.sleep(2)
    pids = [pid for process in scene.service.processes for pid in [process.pid, *children_of(process.pid)]]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(STOPPED)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def deploy(scene: Scene, times: int) -> None:
    """SIGTERM of all workers at once, and new ones: what is in flight is finished or handed back."""
    service = scene.service
    for _ in range(max(1, times // 10)):
        time.sleep(3)
        for process in service.processes:
            process.terminate()
        for process in service.processes:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                scene.will_die(process.pid)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        service.processes.clear()
        service.start_workers()


def second_clock(scene: Scene, _times: int) -> None:
    """Another beat and index worker beside the first."""
    again = next(program for program in scene.service.programs() if "-B" in program.command)
    scene.service.start([part.replace("index@desk", "index@other") for part in again.command])


def half_open(scene: Scene, times: int) -> None:
    """The connections to the broker stay open and bring nothing any more."""
    assert scene.door
    for _ in range(max(1, times // 15)):
        scene.tended(3)
        scene.door.swallow()
        scene.tended(10)


def lose_replies(scene: Scene, times: int) -> None:
    """A message is sent, and the broker's word that it was taken is lost: the sender sends it again."""
    assert scene.door
    scene.door.lose_replies(times)
    scene.tended(60, lambda: bool(scene.door and scene.door.lost >= times))


def fill_broker(scene: Scene, _times: int) -> None:
    """Redis has reached its maxmemory and refuses what could need room."""
    time.sleep(2)
    client = scene.service.client
    client.config_set("maxmemory", int(client.info("memory")["used_memory"]))
    scene.tended(FULL)
    client.config_set("maxmemory", 0)


def weather(kind: Weather, seconds: float) -> Harm:
    """Elasticsearch is like that for so long."""

    def harm(scene: Scene, _times: int) -> None:
        assert scene.store
        scene.store.weather = kind
        scene.tended(seconds)
        scene.store.weather = "fair"

    return harm


def poison_document(scene: Scene, _times: int) -> None:
    """One document in a bulk is none that the mapping takes."""
    assert scene.store
    scene.store.poison = scene.web.address(1, 7)
    scene.poison.add(scene.store.poison)


def turn_clock(seconds: int) -> Harm:
    """The machine's clock jumps, and jumps back after a while."""

    def harm(scene: Scene, _times: int) -> None:
        scene.tended(3)
        scene.turn_clock(seconds)
        scene.tended(SHORTLY)

    return harm


def kill_reader(scene: Scene, _times: int) -> None:
    """One page takes the process down that reads it, each time."""
    assert scene.web.long
    url = scene.web.address(*scene.web.long)
    scene.poison.add(url)
    scene.tended(150, lambda: kills_reader_of(scene, url))


def kills_reader_of(scene: Scene, url: str) -> bool:
    """Kill whoever reads this page now; whether it was given up."""
    key = f"nd:article:{article_id(url)}"
    mains = {process.pid for process in scene.service.processes}
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        found: Any = scene.service.client.hmget(key, "stage", "token")
        stage, token = found
        if stage == b"dead":
            return True
        if stage == b"extract" and token:
            reader = int(token.decode().rpartition(":")[0].rpartition("/")[2])
            if any(parent.pid in mains for parent in parents_of(reader)):
                kill(scene, reader)
        time.sleep(0.005)
    return False


def parents_of(pid: int) -> list[psutil.Process]:
    """The processes above one; none when it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).parents()
    return []


def fill_disk(scene: Scene, _times: int) -> None:
    """The disk with the archive is full, until somebody makes room."""
    scene.fill_disk()
    scene.tended(FULL)
    scene.empty_disk()


def kill(scene: Scene, pid: int) -> None:
    """Kill -9 of one process below a worker."""
    with contextlib.suppress(psutil.NoSuchProcess):
        scene.killed.add(pid)
        psutil.Process(pid).kill()


FAULTS: Mapping[str, Fault] = {
    "nothing": Fault(harm=nothing),
    "worker main kill -9": Fault(harm=kill_mains, busy=True),
    "worker child kill -9": Fault(harm=kill_children, busy=True),
    "broker kill -9 and restart": Fault(harm=kill_broker, busy=True),
    "broker connections half-open": Fault(harm=half_open, needs=Needs(door=True)),
    "broker's replies to publications lost": Fault(harm=lose_replies, needs=Needs(door=True)),
    "Redis at maxmemory for 20 s": Fault(harm=fill_broker),
    "Elasticsearch down for 60 s": Fault(harm=weather("down", 60), needs=Needs(store=True)),
    "Elasticsearch answers 429 for 20 s": Fault(harm=weather("busy", 20), needs=Needs(store=True)),
    "Elasticsearch answers 503 for 20 s": Fault(harm=weather("unavailable", 20), needs=Needs(store=True)),
    "Elasticsearch takes 6 s a request": Fault(harm=weather("slow", 30), needs=Needs(store=True)),
    "one poison document in a bulk": Fault(harm=poison_document, needs=Needs(store=True), early=True),
    "SIGTERM and new workers, under load": Fault(harm=deploy),
    "SIGSTOP of all workers for 30 s": Fault(harm=stop_for_a_while),
    "clock an hour ahead": Fault(harm=turn_clock(HOUR), needs=Needs(clock=True)),
    "clock an hour back": Fault(harm=turn_clock(-HOUR), needs=Needs(clock=True)),
    "a second clock and index worker": Fault(harm=second_clock),
    "a page that kills its process": Fault(harm=kill_reader, needs=Needs(long_page=True), early=True),
    "archive disk full for 20 s": Fault(harm=fill_disk, needs=Needs(disk=True)),
}
