"""The service on the bundled news site: what it ingests, what it sets aside, what it costs."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers.address import article_id
from workers.desk import broker, up
from workers.desk.memory import total_megabytes
from workers.desk.site.server import Site, start
from workers.errors import NewsdeskError
from workers.ledger.journal import JournalDown
from workers.ledger.ledger import connect
from workers.ledger.reading import RedisJournal
from workers.poll.catalogue import to_toml
from workers.search.language import read
from workers.search.store import open_reader
from workers.settings import Settings, load

if TYPE_CHECKING:
    from workers.model import Answer

PATIENCE_SECONDS = 240
"""After this long without everything ingested the demo says so and fails; a slow machine needs a quarter of it."""
IDLE_SECONDS = 4
LOG = "newsdesk.log"
QUESTION = '"the nine gates of the Veldt dam"'

CONFIG = """\
# The demo's own settings: a news site on loopback, asked often.
[fetch]
gap_seconds = 0
allow_networks = ["127.0.0.0/8", "::1/128"]
contact = "https://localhost/newsdesk-demo"

[poll]
every_seconds = 30
floor_seconds = 5
"""


@dataclass
class Memory:
    """Megabytes of PSS, sampled while the demo goes on."""

    before: float = 0.0
    ingesting: float = 0.0
    after: float = 0.0
    _next: float = field(default=0.0, repr=False)

    def sample(self) -> None:
        """Look once a second: reading PSS is itself work."""
        if time.monotonic() >= self._next:
            self.ingesting = max(self.ingesting, total_megabytes(os.getpid()))
            self._next = time.monotonic() + 1.0


def run(*, once: bool, port: int | None, data: Path | None) -> int:
    """Start everything, ingest the site, print what happened; exit code 0 when every article is accounted for."""
    console = Console(highlight=False)
    with ExitStack() as stack:
        folder = data.absolute() if data else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsdesk-")))
        site = start(port_of(folder))
        stack.callback(site.close)
        log = stack.enter_context((prepare(folder) / LOG).open("a", encoding="utf-8", buffering=1))
        service = up.Service(*arrange(folder, port), lambda name, line: print(f"{name:<8}│ {line}", file=log))
        console.print(f"[dim]the service's log: {log.name}[/]")
        with console.status("starting broker, workers, timetable and page"):
            service.start()
        stopped = False
        try:
            complete = ingest(console, service, site)
            if once or not complete:
                return 0 if complete else 1
            console.print(f"\n  [bold]{service.web_url}[/]   (Ctrl-C stops it)\n")
            stopped = True
            up.run(service)
            return 0
        finally:
            if not stopped:
                service.stop()


def port_of(folder: Path) -> int:
    """The port this folder's site had before, so that its articles are known when the demo is run again."""
    note = folder / "site.port"
    if not note.exists() or not broker.is_free("127.0.0.1", int(note.read_text(encoding="utf-8"))):
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(str(broker.free_port()), encoding="utf-8")
    return int(note.read_text(encoding="utf-8"))


def prepare(folder: Path) -> Path:
    """The demo's config folder inside its data folder."""
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "service.toml").write_text(CONFIG, encoding="utf-8")
    (config / "feeds.toml").write_text("# the demo subscribes when the service is up\n", encoding="utf-8")
    return folder


def arrange(folder: Path, port: int | None) -> tuple[Settings, dict[str, str]]:
    """Settings and environment: nothing of the operator's own service is touched."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    ours = {
        "NEWSDESK_CONFIG": str(folder / "config"),
        "NEWSDESK_DATA": str(folder),
        "NEWSDESK_STORE": str(folder / "store"),
    }
    settings = load(ours)
    chosen = port or (settings.web.port if broker.is_free(settings.web.host, settings.web.port) else broker.free_port())
    web = settings.web.model_copy(update={"port": chosen})
    return settings.model_copy(update={"web": web}), {**environment, **ours, "NEWSDESK_LOG__FORMAT": "console"}


def ingest(console: Console, service: up.Service, site: Site) -> bool:
    """Watch until every announced article is indexed or set aside; print the outcome."""
    client = connect(service.redis_url)
    journal = RedisJournal(client, service.settings.ledger, identify=article_id)
    memory = Memory(before=at_rest(service))
    # an operator would edit the file in the same way: a running service follows it
    (service.settings.feeds_file).write_text(to_toml(site.feeds()), encoding="utf-8")
    began = time.monotonic()
    complete = watch(console, service, journal, site, memory)
    took = time.monotonic() - began
    ledger_says = journal.status()
    memory.after = at_rest(service)
    report(console, journal, ledger_says.indexed, took, memory)
    answer = ask(service)
    show(console, answer)
    if not complete:
        console.print(f"[red]{ledger_says.waiting} articles are still on their way after {PATIENCE_SECONDS} s[/]")
        log = (service.settings.data / LOG).read_text(encoding="utf-8", errors="replace")
        console.print("the log ends with:\n" + escape("\n".join(log.splitlines()[-20:])), soft_wrap=True)
    client.close()
    return complete and answer.total > 0


def watch(console: Console, service: up.Service, journal: RedisJournal, site: Site, memory: Memory) -> bool:
    """The progress bars; False when patience ran out."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as progress:
        bars = {name: progress.add_task(name, total=site.expected) for name in ("fetched", "understood", "indexed")}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            service.watch()
            memory.sample()
            try:
                status = journal.status()
            except JournalDown:
                time.sleep(0.2)
                continue
            done = {room.room: room.done for room in status.rooms}
            counts = {"fetched": done["fetch"], "understood": done["extract"], "indexed": status.indexed}
            for name, bar in bars.items():
                progress.update(bar, completed=min(counts[name], site.expected))
            if status.indexed >= site.expected and status.waiting == 0:
                return True
            time.sleep(0.2)
    return False


def at_rest(service: up.Service) -> float:
    """Let the service stand idle for a moment, then read its memory in megabytes."""
    until = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < until:
        service.watch()
        time.sleep(0.2)
    return total_megabytes(os.getpid())


def report(console: Console, journal: RedisJournal, indexed: int, took: float, memory: Memory) -> None:
    """What was ingested, what was set aside and why, and the memory it took."""
    letters = journal.dead(100)
    feeds = len(journal.feeds())
    console.print(
        f"\n[bold]{indexed} articles ingested[/] in {took:.1f} s from {feeds} feeds, {len(letters)} set aside:"
    )
    for letter in letters:
        why = f"[dim]{escape(letter.detail or '')}[/]"
        console.print(f"  {letter.reason:<13}{escape(letter.url)}\n{'':<15}{why}", soft_wrap=True)
    moments = {"idle": memory.before, "while ingesting": memory.ingesting, "afterwards": memory.after}
    console.print("memory, PSS of all processes: " + ", ".join(f"{mb:.0f} MB {when}" for when, mb in moments.items()))


def ask(service: up.Service) -> Answer:
    """One search, as the page asks it."""
    reader = open_reader(load({**service.environment}))
    try:
        return reader.search(read(QUESTION, now=datetime.now(UTC)))
    except NewsdeskError as error:
        raise NewsdeskError(f"the search failed: {error}") from error
    finally:
        reader.close()


def show(console: Console, answer: Answer) -> None:
    """The search, answered."""
    console.print(f"\nsearch [bold]{escape(QUESTION)}[/]: {answer.total} found")
    for hit in answer.hits[:3]:
        title = "".join(part.text for part in hit.title)
        by = ", ".join(part for part in (hit.source, *hit.authors, hit.agency) if part)
        console.print(f"  [bold]{escape(title)}[/]\n    [dim]{escape(by)}[/]", soft_wrap=True)
        for excerpt in hit.excerpts[:1]:
            console.print(
                "    " + "".join(f"[reverse]{escape(p.text)}[/]" if p.match else escape(p.text) for p in excerpt)
            )
