"""Whether what `trace` tells of an article is what the workers said while they did it."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.scene import Scene
from workers.ledger.journal import Trace
from workers.search.journey import traced

Step = tuple[str, str]
"""Room and outcome."""
ROOMS = ("fetch", "extract", "index")
UNSAID = ("lease-ran-out", "worker-gone")
"""Written down by whoever finds it; the worker itself says nothing any more."""
UNHEARD = ("unheard", "lease lost")
"""The ledger's answer was lost; or it was, and the question was asked again."""
ASKED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """Of some articles of a run."""

    asked: int
    agree: int
    differing: tuple[str, ...] = ()
    """Those whose trace is not what was logged, with both."""


def heard(scene: Scene, *, seed: int = 1) -> Testimony:
    """Ask for the traces of articles chosen by chance, and compare each with the log."""
    every = [scene.web.address(host, number) for host in range(scene.web.hosts) for number in range(scene.web.articles)]
    urls = random.Random(seed).sample(every, min(ASKED, len(every)))  # noqa: S311 # to be the same in the next run
    said, unheard = steps_logged(scene.service.folder / "workers.log")
    reader = scene.service.reader()
    try:
        traces = {url: traced(url, scene.service.journal, reader) for url in urls}
    finally:
        reader.close()
    differing = [
        f"{url}: {told(trace)} but logged {said[url]}, unheard {unheard[url]}"
        for url, trace in traces.items()
        if trace is None or not agrees(trace, said[url], unheard[url], scene.killed)
    ]
    return Testimony(asked=len(urls), agree=len(urls) - len(differing), differing=tuple(differing))


def agrees(trace: Trace, logged: Sequence[Step], unheard: Sequence[Step], killed: set[int]) -> bool:
    """Whether a trace has every step that was logged, and no other but what a worker could not know to have happened.

    That is where the ledger's answer was lost on its way, which the worker says, or the worker was killed before it
    could say anything.
    """
    told = [event for event in trace.events if event.room in ROOMS and event.outcome not in UNSAID]
    steps = Counter((event.room, event.outcome) for event in told)
    unsaid = Counter((event.room, event.outcome) for event in told if _pid(event.worker) in killed)
    unsaid += Counter(unheard)
    said = Counter(logged)
    return not said - steps and not (steps - said) - unsaid


def steps_logged(log: Path) -> tuple[Mapping[str, list[Step]], Mapping[str, list[Step]]]:
    """What the log lines say of each article, by address: settled steps, one line each; and those nobody confirmed."""
    settled: dict[str, list[Step]] = defaultdict(list)
    unheard: dict[str, list[Step]] = defaultdict(list)
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # a traceback, or cut short by a kill
        if not isinstance(said, dict) or "url" not in said or "room" not in said:
            continue
        if "to" in said:
            settled[said["url"]].append((said["room"], said["event"]))
        elif said["event"] in UNHEARD:
            unheard[said["url"]].append((said["room"], said["outcome"]))
    return settled, unheard


def told(trace: Trace | None) -> list[Step]:
    """A trace's steps; none where there is no trace."""
    return [(event.room, event.outcome) for event in trace.events] if trace else []


def _pid(worker: str | None) -> int:
    return int(worker.rpartition("/")[2]) if worker else 0
