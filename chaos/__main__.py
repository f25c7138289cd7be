"""`python -m chaos`: each fault against the whole service under load, and the table of what became of the articles."""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bench.report import out
from chaos.account import Account, taken
from chaos.faults import FAULTS, Fault, restart_ended
from chaos.web import Web
from tests.journey.service import Service

HOSTS, ARTICLES, TIMES = 72, 20, 30
COLUMNS = ("fault", "articles", "lost", "doubled", "set aside", "resumed after", "all arrived after")
README = Path(__file__).parents[1] / "README.md"
PATIENCE = 300.0
"""Seconds after the fault in which all must have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault."""

    fault: str
    account: Account
    resumed: float
    """Seconds from the end of the fault to the next article in the index."""
    settled: float
    """Seconds from the end of the fault until nothing waited."""


def endured(name: str, fault: Fault, *, hosts: int, articles: int, times: int) -> Row:
    """A service of its own, the fault while it works, and the account."""
    web = Web(hosts, articles)
    with tempfile.TemporaryDirectory(prefix="newsdesk-chaos-") as folder:
        service = Service(Path(folder) / "service", web.feeds(), str(Path(folder) / "store"))
        try:
            service.start_workers()
            service.wait_until(lambda: service.journal.status().indexed > 0)
            fault(service, times)
            ended, before = time.monotonic(), service.journal.status().indexed
            resumed = threading.Event()
            first = ended

            def arrived() -> bool:
                nonlocal first
                restart_ended(service)
                status = service.journal.status()
                if not resumed.is_set() and (status.indexed > before or status.waiting == 0):
                    resumed.set()
                    first = time.monotonic()
                return service.settled(web.announced)

            service.wait_until(arrived, seconds=PATIENCE)
            settled = time.monotonic() - ended
            return Row(fault=name, account=taken(service, web.announced), resumed=first - ended, settled=settled)
        finally:
            service.stop()
            web.close()


def rows(*, hosts: int, articles: int, times: int) -> Iterator[Row]:
    """Every fault in turn."""
    for name, fault in FAULTS.items():
        yield endured(name, fault, hosts=hosts, articles=articles, times=times)


def cells(row: Row) -> tuple[str, ...]:
    """A row under COLUMNS."""
    account = row.account
    counts = (account.announced, account.lost, account.doubled, account.dead)
    return (row.fault, *map(str, counts), f"{row.resumed:.0f} s", f"{row.settled:.0f} s")


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


def main() -> None:
    """Print the table; exit 1 when a row does not hold."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--hosts", type=int, default=HOSTS)
    asked.add_argument("--articles", type=int, default=ARTICLES, help="of each host")
    asked.add_argument("--times", type=int, default=TIMES, help="how often something is killed")
    asked.add_argument("--readme", action="store_true", help="write the table into the README")
    options = asked.parse_args()
    done = []
    for row in rows(hosts=options.hosts, articles=options.articles, times=options.times):
        out.print(f"{row.fault}: {row.account}", markup=False)
        done.append(row)
    out.print(table(done))
    if options.readme:
        into_readme(done)
    if not all(row.account.holds for row in done):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
