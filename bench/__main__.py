"""`python -m bench`: every short measurement, each printed as it ends, and a summary."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench import archive, doors, escapes, parsing, poison, polling, stories, transfers, world
from bench.report import Figure, NotMeasured, out, show

Measure = Callable[[], tuple[Figure, ...]]
SHORT: tuple[tuple[str, Measure], ...] = (
    ("Reading feeds", lambda: parsing.measure(rounds=1)),
    ("Unchanged polls, alone", polling.in_process),
    ("Unchanged polls, whole service", lambda: polling.in_service(polls=1500)),
    ("Addresses of our own machine", doors.measure),
    ("The same through the whole service", escapes.measure),
    ("Hostile answers", transfers.measure),
    ("Hostile feeds, whole service", poison.measure),
    ("Stories", stories.measure),
    ("Archive and replay", archive.measure),
    ("200 feeds once a minute, whole service", world.measure),
)


def main() -> None:
    """Measure all, and say in the end what holds; a promise that does not hold is a MISS, not a failure to run."""
    began = time.monotonic()
    figures: list[Figure] = []
    missing: list[str] = []
    for title, measure in SHORT:
        try:
            figures += show(title, measure())
        except NotMeasured as reason:
            missing.append(f"{title}: {reason}")
            out.print(f"{title}: not measured: {reason}\n", style="yellow")
    promised = [one for one in figures if one.verdict]
    missed = [one for one in promised if one.verdict == "MISS"]
    if missed:
        show("What does not hold", missed)
    took = time.monotonic() - began
    out.print(f"{len(promised) - len(missed)} of {len(promised)} promises hold, in {took:.0f} s.", style="bold")
    for line in missing:
        out.print(f"not measured: {line}", style="yellow")


if __name__ == "__main__":
    main()
