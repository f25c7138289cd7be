"""Looking after the store: backup and restore, check and rebuild."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from redis import RedisError
from rich.markup import escape

from workers.cli import app
from workers.cli.terminal import ledger, out, settings
from workers.errors import ConfigError
from workers.index.backup import articles_of, backup, verified
from workers.index.leftovers import clear, leftovers
from workers.index.place import Directory, place
from workers.index.successor import Successor, open_successor
from workers.replay.turn import alone
from workers.search.store import open_reader

index = typer.Typer(help="The store of articles: check, rebuild, gc.", no_args_is_help=True)
app.add_typer(index, name="index")

BATCH = 500
NAMED = 20
"""Missing articles that `check` names."""

Folder = Annotated[Path, typer.Argument(help="A folder.")]


@app.command("backup")
def backup_(folder: Folder) -> None:
    """Copy every article of the embedded store into FOLDER, while the service runs."""
    where = place(settings())
    if not isinstance(where, Directory):
        raise ConfigError("store", "url", "is an Elasticsearch, which makes snapshots itself: see the README")
    made = backup(where, folder, datetime.now(UTC))
    out.print(f"{made.articles} articles in {escape(str(folder))}")


@app.command()
def restore(folder: Folder) -> None:
    """Bring the articles of a backup into the store, beside the running service; what it has newer stays."""
    manifest = verified(folder)
    written: Counter[str] = Counter()
    with new_generation() as successor:
        articles = articles_of(folder)
        while batch := list(itertools.islice(articles, BATCH)):
            written.update(verdict.outcome for verdict in successor.write(batch))
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(written.items()))
    out.print(f"{manifest.articles} articles, as of {manifest.made}: {told or 'nothing to write'}")


@index.command()
def rebuild() -> None:
    """Make the index anew from the stored articles while the present one answers, then put it in its place."""
    with new_generation():
        pass
    out.print("the index was made anew")


@index.command()
def check() -> None:
    """Whether every article that the ledger calls indexed is in the store (exit 1 when one is not)."""
    reader = open_reader(settings())
    try:
        missing, count = [], 0
        for job, left in ledger().finished():
            count += 1
            if reader.get(left.document) is None:
                missing.append((job, left.document))
        health = reader.health()
    finally:
        reader.close()
    out.print(f"{count} indexed, says the ledger; the store has {health.documents}: {escape(health.detail)}")
    for job, document in missing[:NAMED]:
        out.print(f"[red]missing[/] {document}, of the article {job}")
    out.print(f"{len(missing)} missing" + ("; newsdesk replay brings back what is in the archive" if missing else ""))
    if missing:
        raise typer.Exit(1)


@index.command()
def gc(yes: Annotated[bool, typer.Option("--yes", help="Delete it.")] = False) -> None:
    """Delete what nothing uses any more: generations that were cut off or replaced, indices of other builds."""
    with turn():
        found = clear(settings()) if yes else leftovers(settings())
    for one in found:
        out.print(f"{escape(one.name)}  {one.bytes / 1e6:.1f} MB  [dim]{one.why}[/]")
    size = sum(one.bytes for one in found) / 1e6
    if not found:
        out.print("nothing is left over")
    else:
        out.print(f"{size:.1f} MB deleted" if yes else f"{size:.1f} MB could be deleted: --yes does it")


@contextmanager
def new_generation() -> Iterator[Successor]:
    """A new generation, put in the present one's place when the block ends well, else removed."""
    successor = open_successor(settings())
    with turn():
        try:
            successor.begin()
            yield successor
            successor.complete()
            successor.take_over()
        except BaseException:
            successor.abandon()
            raise


def turn() -> AbstractContextManager[None]:
    """That of replays, which make generations too; where no Redis answers, nothing runs that could have it."""
    try:
        ledger().redis.ping()
    except RedisError:
        return nullcontext()
    return alone(ledger())
