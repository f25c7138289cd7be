"""`python -m chaos`: each fault against the whole service under load, and the table of what became of the articles."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bench.report import out
from chaos.account import Account, taken
from chaos.faults import FAULTS, Fault
from chaos.scene import Scene
from chaos.testimony import Testimony, heard
from chaos.web import Web
from tests.servers import build, running

HOSTS, BUSY_HOSTS, ARTICLES, TIMES, AT_ONCE = 22, 54, 20, 30, 4
COLUMNS = ("fault", "articles", "lost", "doubled", "set aside", "resumed after", "all arrived after", "traces right")
README = Path(__file__).parents[1] / "README.md"
PATIENCE = 300.0
"""Seconds after the fault in which all must have arrived."""
RESUMES = 60.0
"""Seconds after a fault in which the next article must arrive."""
OWN_MOUNTS = "NEWSDESK_CHAOS_OWN_MOUNTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault."""

    fault: str
    account: Account
    resumed: float
    """Seconds from the end of the fault to the next article in the index."""
    settled: float
    """Seconds from the end of the fault until nothing waited."""
    testimony: Testimony

    @property
    def holds(self) -> bool:
        """Whether all that is promised is true of it."""
        return self.account.holds and self.resumed < RESUMES and not self.testimony.differing


def endured(name: str, fault: Fault, web: Web, *, times: int, elasticsearch: str = "") -> Row:
    """A service of its own, the fault while it works, and the account. Ends the web too."""
    scene = Scene(web, fault.needs, elasticsearch=elasticsearch)
    service = scene.service
    try:
        service.start_workers()
        if not fault.early:
            service.wait_until(lambda: service.journal.status().indexed > 0)
        fault.harm(scene, times)
        ended, before = time.monotonic(), service.journal.status().indexed
        first = 0.0

        def arrived() -> bool:
            nonlocal first
            service.restart_ended()
            status = service.journal.status()
            if not first and (status.indexed > before or status.waiting == 0):
                first = time.monotonic()
            return service.settled(web.announced)

        service.wait_until(arrived, seconds=PATIENCE)
        settled = time.monotonic() - ended
        account, testimony = taken(scene), heard(scene)
        return Row(fault=name, account=account, resumed=first - ended, settled=settled, testimony=testimony)
    finally:
        scene.close()


def rows(faults: list[str], *, hosts: int, busy_hosts: int, articles: int, times: int, at_once: int) -> Iterator[Row]:
    """Every fault, some at once, each with a service of its own."""
    with contextlib.ExitStack() as stack:
        needs_store = any(FAULTS[name].needs.store for name in faults)
        elasticsearch = stack.enter_context(running(*build())) if needs_store else ""
        pool = stack.enter_context(ThreadPoolExecutor(at_once))
        running_rows = [
            pool.submit(
                lambda name, fault: endured(
                    name,
                    fault,
                    Web(busy_hosts if fault.busy else hosts, articles),
                    times=times,
                    elasticsearch=elasticsearch,
                ),
                name,
                FAULTS[name],
            )
            for name in faults
        ]
        for row in running_rows:
            yield row.result()


def cells(row: Row) -> tuple[str, ...]:
    """A row under COLUMNS."""
    account, told = row.account, row.testimony
    counts = (account.announced, account.lost, account.doubled, account.dead)
    times = (f"{row.resumed:.0f} s", f"{row.settled:.0f} s")
    return (row.fault, *map(str, counts), *times, f"{told.agree} of {told.asked}")


def table(done: list[Row]) -> Table:
    """For a terminal."""
    made = Table(*COLUMNS, box=None)
    for row in done:
        made.add_row(*cells(row))
    return made


def to_markdown(done: list[Row]) -> list[str]:
    """The same for the README, line by line."""
    lines = (COLUMNS, ("---",) * len(COLUMNS), *map(cells, done))
    return ["| " + " | ".join(line) + " |" for line in lines]


def into_readme(done: list[Row]) -> None:
    """Put the table between the README's marks."""
    text = README.read_text(encoding="utf-8")
    before, mark, rest = text.partition("<!-- chaos -->\n")
    after = rest.partition("<!-- /chaos -->")[2]
    table_lines = "\n".join(to_markdown(done))
    README.write_text(f"{before}{mark}{table_lines}\n<!-- /chaos -->{after}", encoding="utf-8")


def in_own_mounts() -> None:
    """Go on in a mount namespace of our own, so that a small disk for the archive is nobody else's."""
    if OWN_MOUNTS not in os.environ:
        options = ["-m"] if os.geteuid() == 0 else ["-r", "-m"]
        os.environ[OWN_MOUNTS] = "1"
        os.execvp("unshare", ["unshare", *options, sys.executable, "-m", "chaos", *sys.argv[1:]])  # noqa: S606, S607 # util-linux


def main() -> None:
    """Print the table; exit 1 when a row does not hold."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("faults", nargs="*", help="all of them, if none is named")
    asked.add_argument("--hosts", type=int, default=HOSTS)
    asked.add_argument("--busy-hosts", type=int, default=BUSY_HOSTS, help="where what is in flight is killed")
    asked.add_argument("--articles", type=int, default=ARTICLES, help="of each host")
    asked.add_argument("--times", type=int, default=TIMES, help="how often something is killed")
    asked.add_argument("--at-once", type=int, default=AT_ONCE, help="faults endured beside each other")
    asked.add_argument("--readme", action="store_true", help="write the table into the README")
    options = vars(asked.parse_args())
    in_own_mounts()
    write, faults, done = options.pop("readme"), options.pop("faults") or list(FAULTS), []
    for row in rows(faults, **options):
        out.print(f"{row.fault}: {row.account} {row.testimony}", markup=False)
        done.append(row)
    out.print(table(done))
    out.print(f"{sum(row.account.announced for row in done):,} articles")
    if write:
        into_readme(done)
    if not all(row.holds for row in done):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
