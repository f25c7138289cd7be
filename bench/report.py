"""One way to print what was measured: figure, target, whether it holds."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

out = Console(highlight=False, width=None if sys.stdout.isatty() else 110)

STYLES = {"holds": "green", "MISS": "bold red", "": ""}


class NotMeasured(Exception):
    """Something a measurement needs is not there; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, and the promise it is held against, if there is one."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """holds, MISS, or nothing where nothing is promised."""
        if self.at_most is None and self.at_least is None:
            return ""
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return "holds" if low <= self.value <= high else "MISS"

    @property
    def target(self) -> str:
        """The promise in words."""
        bounds = ((self.at_least, "≥"), (self.at_most, "≤"))
        return " ".join(f"{sign} {number(bound)} {self.unit}".strip() for bound, sign in bounds if bound is not None)


def number(value: float) -> str:
    """As many digits as mean something: three, and no fraction of what is counted."""
    if not math.isfinite(value):
        return "never" if value > 0 else str(value)
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def show(title: str, figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Print a table of figures, and give them back."""
    listed = tuple(figures)
    table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False, box=None, show_header=False)
    table.add_column(min_width=60)
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    for one in listed:
        measured = f"{number(one.value)} {one.unit}".strip()
        table.add_row(one.name, measured, one.target, one.verdict, style=STYLES[one.verdict])
        for line in one.note.splitlines():
            table.add_row(f"  {line}", style="dim")
    out.print(table)
    out.print()
    return listed


def median(values: Iterable[float]) -> float:
    """The middle one; the upper of two, so that "never" is never averaged. NaN of nothing."""
    return share_below(values, 0.5)


def share_below(values: Iterable[float], share: float) -> float:
    """The value that this share of them does not exceed; NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan
