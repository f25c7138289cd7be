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
ASKED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """Of some articles of a run."""

    asked: int
    agree: int
    differing: tuple[str, ...] = ()
    """Addresses of those whose trace is not what was logged."""


def heard(scene: Scene, *, seed: int = 1) -> Testimony:
    """Ask for the traces of articles chosen by chance, and compare each with the log."""
    every = [scene.web.address(host, number) for host in range(scene.web.hosts) for number in range(scene.web.articles)]
    urls = random.Random(seed).sample(every, min(ASKED, len(every)))  # noqa: S311 # to be the same in the next run
    said = steps_logged(scene.service.folder / "workers.log")
    reader = scene.service.reader()
    try:
        traces = {url: traced(url, scene.service.journal, reader) for url in urls}
    finally:
        reader.close()
    differing = [url for url, trace in traces.items() if trace is None or not agrees(trace, said[url], scene.killed)]
    return Testimony(asked=len(urls), agree=len(urls) - len(differing), differing=tuple(differing))


def agrees(trace: Trace, logged: Sequence[Step], killed: set[int]) -> bool:
    """Whether a trace has every step that was logged and no other, but for last words that a killed process kept."""
    told = [event for event in trace.events if event.room in ROOMS and event.outcome not in UNSAID]
    steps = Counter((event.room, event.outcome) for event in told)
    unsaid = Counter((event.room, event.outcome) for event in told if _pid(event.worker) in killed)
    said = Counter(logged)
    return not said - steps and not (steps - said) - unsaid


def steps_logged(log: Path) -> Mapping[str, list[Step]]:
    """What each article's log lines say, by address: one line a settled step."""
    found: dict[str, list[Step]] = defaultdict(list)
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if '"to"' not in line:
            continue
        try:
            said = json.loads(line)
        except ValueError:
            continue  # cut short by a kill
        if "url" in said and "room" in said and "to" in said:
            found[said["url"]].append((said["room"], said["event"]))
    return found


def _pid(worker: str | None) -> int:
    return int(worker.rpartition("/")[2]) if worker else 0
