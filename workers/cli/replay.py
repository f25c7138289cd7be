"""Reading archived pages again, and looking after the archive."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from redis import RedisError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from workers.archive import shelf, upkeep
from workers.archive.index import Index, Selection
from workers.cli import app
from workers.cli.terminal import journal, ledger, out, print_json, settings
from workers.errors import ConfigError, NewsdeskError
from workers.model import to_plain
from workers.replay.reading import Desk
from workers.replay.run import Summary, Watch, into_new_generation, only_look, out_of_dead_letters
from workers.search.web.show import size

archive = typer.Typer(help="Pages as they came, in WARC files: list, verify, gc.", no_args_is_help=True)
app.add_typer(archive, name="archive")

Day = Annotated[str | None, typer.Option(help="2026-11-24, or 2026-11-24T06:00; UTC where no zone is said.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

WORDS = {
    "same": "same as before",
    "changed": "changed",
    "new": "newly extracted",
    "refused": "now refused",
    "still refused": "still refused",
    "failed": "could not be read; what was known stays",
    "left": "left to the service: on their way, dropped, or read since",
}


@app.command()
def replay(
    since: Day = None,
    until: Day = None,
    feed: Annotated[str | None, typer.Option(help="Only articles that this feed announced.")] = None,
    host: Annotated[str | None, typer.Option(help="Only pages of this host and of those below it.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only articles set aside for this reason.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="How many pages are read at once.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read archived pages again with today's extractor.

    With --reason, articles set aside for it are read again; those accepted now go on to be indexed. Without,
    every page in the range goes into a new generation of the index, with all that is not in the archive, while the
    old one answers; then searches move. Ctrl-C before that changes nothing.
    """
    selection = Selection(since=moment("--since", since), until=moment("--until", until), feed=feed, host=host)
    try:
        with at_work(processes) as desk, progress(silent=as_json) as watch:
            if dry_run:
                summary = only_look(desk, selection, reason, watch)
            elif reason:
                summary = out_of_dead_letters(desk, selection, reason, watch)
            else:
                from workers.index.successor import open_successor  # noqa: PLC0415 # a store is loaded only here

                summary = into_new_generation(desk, selection, open_successor(desk.settings), watch)
    except KeyboardInterrupt:
        kept = "articles that went on to the index stay" if reason else "the index and the ledger are as they were"
        sys.stderr.write(f"newsdesk: stopped; {kept}\n")
        raise typer.Exit(130) from None
    if as_json:
        print_json({**as_dict(summary), "dry_run": dry_run})
    else:
        show(summary, dry_run=dry_run)


@contextlib.contextmanager
def at_work(processes: int | None) -> Iterator[Desk]:
    """What a replay works with, closed afterwards."""
    from workers.search.store import open_reader  # noqa: PLC0415 # a store is loaded only for this verb

    wanted = settings()
    folder = existing_folder()
    check_service()
    store, index = open_reader(wanted), Index(folder)
    try:
        yield Desk(
            settings=wanted,
            folder=folder,
            index=index,
            ledger=ledger(),
            journal=journal(),
            store=store,
            processes=processes or wanted.desk.parsers,
        )
    finally:
        index.close()
        store.close()


def check_service() -> None:
    """Raise NewsdeskError where there is no ledger to tell what became of an article."""
    try:
        ledger().redis.ping()
    except RedisError as error:
        raise NewsdeskError(f"a replay works beside the running service, and its ledger is away: {error}") from error


def existing_folder() -> Path:
    """The archive's folder. Raises ConfigError where nothing was ever archived, although it should have been."""
    folder = shelf.folder_of(settings().data)
    if not folder.is_dir() and settings().archive.on:
        why = "the archive holds nothing yet (NEWSDESK_DATA names the folder it lies in)"
        raise ConfigError(str(folder), "", why)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def progress(*, silent: bool) -> Iterator[Watch]:
    """A bar on the terminal's second channel, with what was found so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    found = TextColumn("{task.fields[found]}")
    with Progress(*columns, found, console=Console(stderr=True), disable=silent) as bars:
        bar = bars.add_task("reading pages", total=None, found="")

        def watch(summary: Summary) -> None:
            words = ", ".join(f"{count} {word}" for word, count in sorted(summary.counts.items()))
            bars.update(bar, description=summary.phase, total=summary.total, completed=summary.read, found=words)

        yield watch


def as_dict(summary: Summary) -> dict[str, Any]:
    """JSON-ready."""
    return {name: value for name, value in to_plain(summary).items() if name not in ("total", "phase")}


def show(summary: Summary, *, dry_run: bool) -> None:
    """What a replay did, or would do."""
    out.print(f"{summary.read} articles read again" + (" [yellow](nothing was changed)[/]" if dry_run else ""))
    for word, meaning in WORDS.items():
        if count := summary.counts[word]:
            out.print(f"{count:>8}  {meaning}{_detail(word, summary)}", soft_wrap=True)
    if summary.missing:
        out.print(f"{summary.missing:>8}  set aside, but not in the archive")
    for word in ("refused", "failed"):
        for url in summary.urls.get(word, ())[:20]:
            out.print(f"  [dim]{WORDS[word].partition(';')[0]}:[/] {escape(url)}", soft_wrap=True)


def _detail(word: str, summary: Summary) -> str:
    found = summary.differs if word == "changed" else summary.reasons.get(word, Counter())
    parts = ", ".join(f"{name} {count}" for name, count in found.most_common(8))
    return f"  [dim]{escape(parts)}[/]" if parts else ""


def moment(option: str, text: str | None) -> datetime | None:
    """A day or a time; ConfigError for what is neither."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("replay", option, f"want a day such as 2026-11-24; got {text!r}") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


# --- the archive's files


@archive.command("list")
def list_(as_json: AsJson = False) -> None:
    """Each file: pages, size, and the time they span."""
    with opened() as index:
        files = index.files()
    if as_json:
        print_json(to_plain(files))
        return
    table = Table(Column("file", overflow="fold"), "pages", "size", "from", "to", box=None, pad_edge=False)
    for file in files:
        span = (f"{when:%Y-%m-%d %H:%M}" if when else "" for when in (file.oldest, file.newest))
        table.add_row(file.name + (" [green](open)[/]" if file.open else ""), str(file.pages), size(file.bytes), *span)
    out.print(table)
    rules = settings().archive
    total = sum(file.bytes for file in files)
    out.print(
        f"{sum(file.pages for file in files)} pages, {size(total)} of at most "
        f"{size(rules.max_bytes)}, kept for {rules.max_days} days in {existing_folder()}",
        soft_wrap=True,
    )


@archive.command()
def verify() -> None:
    """Read every record of every file and check its digests; exit 2 when something is wrong."""
    wrong = 0
    for file in shelf.verify(existing_folder()):
        sign = "[red]✗[/]" if file.problems else "[green]✓[/]"
        out.print(f"{sign} {escape(file.file)}  {file.records} records, {file.pages} pages", soft_wrap=True)
        for problem in file.problems:
            out.print(f"  {escape(problem)}", soft_wrap=True)
        wrong += bool(file.problems)
    if wrong:
        raise typer.Exit(2)


@archive.command()
def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted.")] = False,
) -> None:
    """Delete now what the service would within a minute: files too old, or too many."""
    now, rules = datetime.now(UTC), settings().archive
    if dry_run:
        with opened() as index:
            files = upkeep.too_much(existing_folder(), index, rules, now)
    else:
        try:
            files = upkeep.tend(existing_folder(), rules, now)
        except (OSError, sqlite3.Error) as error:
            raise NewsdeskError(f"the archive cannot be looked after: {error}") from error
    for file in files:
        out.print(f"{file.name}  {file.pages} pages, {size(file.bytes)}", soft_wrap=True)
    out.print(f"{len(files)} files {'would be ' if dry_run else ''}deleted")


@contextlib.contextmanager
def opened() -> Iterator[Index]:
    """The archive's index. Raises NewsdeskError when it cannot be read."""
    try:
        index = Index(existing_folder())
        try:
            yield index
        finally:
            index.close()
    except sqlite3.Error as error:
        raise NewsdeskError(f"the archive's index cannot be read: {error}") from error
