"""Questions: what the news says, where an article is, how the service does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from workers.cli import app
from workers.cli.terminal import journal, out, print_json, settings
from workers.model import Answer, Event, Excerpt, to_plain

if TYPE_CHECKING:
    from workers.ledger.journal import Trace
    from workers.search.missing import Missing

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def search(
    words: Annotated[
        str, typer.Argument(help='words "a phrase" -not source:"The Moscow Times" lang:en since:2026-11-01')
    ],
    facets: Annotated[bool, typer.Option("--facets", help="Print what the answer is made of.")] = False,
    sort: Annotated[Literal["relevance", "newest"] | None, typer.Option(help="Best first, or latest first.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier answer (its next_cursor).")] = None,
    as_json: AsJson = False,
) -> None:
    """Search the indexed news."""
    from workers.search.language import read  # noqa: PLC0415 # the stores are loaded only for this verb
    from workers.search.store import open_reader  # noqa: PLC0415

    reader = open_reader(settings())
    try:
        query = read(words, now=datetime.now(UTC), sort=sort, limit=limit, cursor=cursor)
        answer = reader.search(query, facets=facets or as_json)
    finally:
        reader.close()
    if as_json:
        print_json(answer.to_dict())
    else:
        show(answer, facets=facets)


def show(answer: Answer, *, facets: bool) -> None:
    """An answer in a terminal."""
    out.print(f"[bold]{answer.total}[/] {counted(answer)}  [dim]{answer.took_ms:.0f} ms[/]")
    for hit in answer.hits:
        when = hit.published.strftime("%Y-%m-%d %H:%M") if hit.published else "no date"
        out.print(
            f"\n[bold]{marked(hit.title)}[/]\n[dim]{escape(hit.source)} · {when} · {escape(hit.url)}[/]", soft_wrap=True
        )
        for excerpt in hit.excerpts:
            out.print(f"  {marked(excerpt)}", soft_wrap=True)
    for facet in answer.facets if facets else ():
        values = ", ".join(f"{escape(value.value)} {value.count}" for value in facet.values)
        out.print(f"\n[bold]{facet.field}[/]  {values}", soft_wrap=True)
    for warning in answer.warnings:
        out.print(f"[yellow]{escape(warning)}[/]")
    if answer.next_cursor:
        out.print(f"\n[dim]more: --cursor {answer.next_cursor}[/]", soft_wrap=True)


def counted(answer: Answer) -> str:
    """The word behind the total."""
    if answer.total == 1:
        return "article"
    return "articles" if answer.exact else "articles or more"


def marked(excerpt: Excerpt) -> str:
    """An excerpt with what matched set apart."""
    return "".join(f"[reverse]{escape(part.text)}[/]" if part.match else escape(part.text) for part in excerpt)


@app.command()
def trace(url: Annotated[str, typer.Argument(help="An article's address or id.")], as_json: AsJson = False) -> None:
    """Why is that article missing? Its whole journey; or who could have announced it, and what is nearest (exit 3)."""
    from workers.search.journey import traced  # noqa: PLC0415 # the stores are loaded only for this
    from workers.search.missing import explain  # noqa: PLC0415
    from workers.search.store import open_reader  # noqa: PLC0415

    reader = open_reader(settings())
    try:
        found = traced(url, journal(), reader)
        missing = None if found else explain(url, journal(), reader, datetime.now(UTC))
    finally:
        reader.close()
    if as_json:
        print_json(to_plain(found or missing))
    elif found:
        say_trace(found)
    elif missing:
        say_missing(missing)
    if missing:
        raise typer.Exit(3)


def say_trace(found: Trace) -> None:
    """A journey in a terminal."""
    words = {"done": "in the index", "dead": f"set aside: {found.reason}", "dropped": "dropped by the operator"}
    out.print(f"[bold]{escape(found.url)}[/]\n{words.get(found.stage, f'waits for {found.stage}')}", soft_wrap=True)
    if found.due and found.stage not in words:
        out.print(f"due {found.due.isoformat(timespec='seconds')}, {found.attempts} attempts so far")
    if found.detail and not found.events:
        out.print(escape(found.detail), soft_wrap=True)
    say_events(found.events)


def say_events(events: Iterable[Event]) -> None:
    """One line each: when it was over, where, what, how long it took and who did it."""
    for event in events:
        took = "" if event.seconds is None else f"{event.seconds:.3f} s"
        worker = f"  [dim]{escape(event.worker)}[/]" if event.worker else ""
        out.print(
            f"[dim]{event.at.isoformat(timespec='milliseconds')}[/]  {event.room:<8}{event.outcome:<16}{took:>10}  "
            f"{escape(event.detail or '')}{worker}",
            soft_wrap=True,
        )


def say_missing(missing: Missing) -> None:
    """What can be said of an address that no feed announced."""
    from workers.search.missing import sentences  # noqa: PLC0415 # the stores are loaded only for this

    for sentence in sentences(missing):
        out.print(escape(sentence), soft_wrap=True)
    if missing.nearest:
        out.print("The nearest are:")
    for hit in missing.nearest:
        out.print(f"  {marked(hit.title)}\n  [dim]{escape(hit.url)}[/]", soft_wrap=True)


@app.command()
def status(as_json: AsJson = False) -> None:
    """What each room does, and what waits."""
    found = journal().status()
    if as_json:
        print_json(to_plain(found))
        return
    table = Table("room", "waiting", "oldest due", "done", "failing", box=None, pad_edge=False)
    for room in found.rooms:
        oldest = "" if room.oldest_due_seconds is None else f"{room.oldest_due_seconds:.0f} s"
        table.add_row(room.room, str(room.waiting), oldest, str(room.done), str(room.failing))
    out.print(table)
    last = f"the last at {found.last_indexed:%Y-%m-%d %H:%M:%S} UTC" if found.last_indexed else "none yet"
    out.print(f"{found.feeds} feeds · {found.indexed} indexed, {last}")
    out.print(f"{found.waiting} on their way · {found.dead} set aside")
    if found.paused:
        out.print(f"[yellow]fetching is paused: {found.paused}[/]")
    for site in journal().yields():
        if site.problem:
            out.print(f"[yellow]{escape(site.site)} gives less than it did: {escape(site.problem)}[/]", soft_wrap=True)
