"""What goes wrong, each with how it is done to a running service. Processes are ended by the ids we started."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import psutil

from tests.journey.service import Service
from workers.desk import up

Fault = Callable[[Service, int], None]
"""Does its harm so many times, with pauses in between, and leaves a service that can go on."""

PAUSE = 0.6
"""Seconds between two kills: work is in flight again by then."""
STOPPED = 30.0


def nothing(_service: Service, _times: int) -> None:
    """For comparison."""


def kill_mains(service: Service, times: int) -> None:
    """Kill -9 of a worker's main process with its children, any of them; what started it starts it again."""
    for _ in range(times):
        time.sleep(PAUSE)
        at = random.randrange(len(service.processes))  # noqa: S311 # chance is the point
        process = service.processes[at]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        restart(service, at)


def kill_children(service: Service, times: int) -> None:
    """Kill -9 of a process that reads pages."""
    for _ in range(times):
        time.sleep(PAUSE)
        mains = [process.pid for process in service.processes if process.poll() is None]
        children = [child for main in mains for child in psutil.Process(main).children()]  # the clock is one of them
        if children:
            with contextlib.suppress(psutil.NoSuchProcess):
                random.choice(children).kill()  # noqa: S311 # chance is the point


def kill_broker(service: Service, times: int) -> None:
    """Kill -9 of Valkey and a start on the same files."""
    for _ in range(times):
        time.sleep(PAUSE)
        service.valkey.kill()
        service.valkey.start()


def stop_for_a_while(service: Service, _times: int) -> None:
    """SIGSTOP of every worker for half a minute: leases run out, then all wake at once."""
    time.sleep(2)
    pids = [pid for process in service.processes for pid in [process.pid, *children_of(process.pid)]]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(STOPPED)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def deploy(service: Service, times: int) -> None:
    """SIGTERM of all workers at once, and new ones: what is in flight is finished or handed back."""
    for _ in range(max(1, times // 10)):
        time.sleep(3)
        for process in service.processes:
            process.terminate()
        for process in service.processes:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        service.processes.clear()
        service.start_workers()


def second_clock(service: Service, _times: int) -> None:
    """Another beat and index worker beside the first."""
    programs = [program for program in up.workers(service.settings) if program.name != "web"]
    again = next(program for program in programs if "-B" in program.command)
    command = [part.replace("index@desk", "index@other") for part in again.command]
    service.processes.append(started(service, command))


def restart(service: Service, at: int) -> None:
    """Start again what was at this place."""
    programs = [program for program in up.workers(service.settings) if program.name != "web"]
    service.processes[at] = started(service, list(programs[at].command))


def restart_ended(service: Service) -> None:
    """Start again what ended by itself, as whoever runs the workers does."""
    programs = [program for program in up.workers(service.settings) if program.name != "web"]
    for at, process in enumerate(service.processes[: len(programs)]):
        if process.poll() is not None:
            restart(service, at)


def started(service: Service, command: list[str]) -> subprocess.Popen[bytes]:
    """One worker, as the service's own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    return subprocess.Popen(  # noqa: S603 # our own command
        [sys.executable, "-m", *command],
        env={**clean, **service.environment},
        stdout=service.log,
        stderr=service.log,
        start_new_session=True,
    )


def children_of(pid: int) -> list[int]:
    """The ids below a process."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


FAULTS: Mapping[str, Fault] = {
    "nothing": nothing,
    "worker main kill -9": kill_mains,
    "worker child kill -9": kill_children,
    "broker kill -9 and restart": kill_broker,
    "SIGSTOP of all workers for 30 s": stop_for_a_while,
    "SIGTERM and new workers, under load": deploy,
    "a second clock and index worker": second_clock,
}
