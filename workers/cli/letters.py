"""The dead letters: what was set aside, with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from workers.cli import app
from workers.cli.asking import say_events
from workers.cli.terminal import journal, ledger, out, print_json
from workers.errors import ConfigError
from workers.ledger.journal import DeadLetter
from workers.ledger.letters import Wanted, moment
from workers.model import to_plain

dead = typer.Typer(help="What was set aside, and why: list, show, retry, drop.", no_args_is_help=True)
app.add_typer(dead, name="dead")

EVERY = 1_000_000
SHOWN = 20
"""Letters a dry run names."""

Jobs = Annotated[list[str] | None, typer.Argument(help="Addresses or ids.")]
Reason = Annotated[str | None, typer.Option(help="Only letters with this reason.")]
Host = Annotated[str | None, typer.Option(help="Only of this host, and those below it.")]
FeedName = Annotated[str | None, typer.Option("--feed", help="Only of this feed.")]
Since = Annotated[str | None, typer.Option(help="Set aside since: 2d, 12h, 2026-11-24.")]
Until = Annotated[str | None, typer.Option(help="Set aside before: 2d, 12h, 2026-11-24.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only what would be done is told.")]


@dead.command("list")
def list_(
    reason: Reason = None,
    host: Host = None,
    feed: FeedName = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The latest first."""
    found = meant(wanted(None, reason, host, feed, since, until))
    letters = found[:limit]
    if as_json:
        print_json(to_plain(letters))
        return
    for letter in letters:
        told(letter)
    rest = f", of {len(found)}; --limit shows more" if len(found) > len(letters) else ""
    out.print(f"{len(letters)} set aside{rest}")


@dead.command()
def show(
    job: Annotated[str, typer.Argument(help="An address or id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """One letter whole: where and why it ended, after how many attempts, and its journey (exit 3 when it is none)."""
    trace = journal().trace(job)
    letter = next(iter(meant(Wanted(jobs=(trace.id,)))), None) if trace else None
    if trace is None or letter is None:
        out.print("null" if as_json else "not among the dead letters")
        raise typer.Exit(3)
    page = ledger().body(letter.id)
    if as_json:
        print_json({**to_plain(letter), "page_kept": page is not None, "events": to_plain(trace.events)})
        return
    told(letter)
    out.print(f"feed {escape(letter.feed)} · id {letter.id} · {letter.attempts} attempts in {letter.stage}")
    out.print(f"its page is kept, {len(page)} bytes packed" if page else "no page is kept: a retry fetches it again")
    say_events(trace.events)


@dead.command()
def retry(
    jobs: Jobs = None,
    reason: Reason = None,
    host: Host = None,
    feed: FeedName = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
) -> None:
    """Give letters another chance, from the room they ended in. Tells what would go on; --yes does it."""
    chosen = wanted(jobs, reason, host, feed, since, until)
    carried_out(chosen, lambda letter: ledger().revive(letter.id) is not None, "would go on", "go on", yes=yes)


@dead.command()
def drop(
    jobs: Jobs = None,
    reason: Reason = None,
    host: Host = None,
    feed: FeedName = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
) -> None:
    """Forget letters for good; their addresses are not fetched again. Tells what would be dropped; --yes does it."""
    chosen = wanted(jobs, reason, host, feed, since, until)
    carried_out(chosen, lambda letter: ledger().drop(letter.id), "would be dropped", "dropped", yes=yes)


def wanted(
    jobs: Sequence[str] | None,
    reason: str | None,
    host: str | None,
    feed: str | None,
    since: str | None,
    until: str | None,
) -> Wanted:
    """What the options mean; exit 2 for a time that is none."""
    now = datetime.now(UTC)
    try:
        times = [moment(text, now) if text else None for text in (since, until)]
    except ConfigError as error:
        typer.echo(f"newsdesk: {error}", err=True)
        raise typer.Exit(2) from error
    return Wanted(jobs=tuple(jobs or ()), reason=reason, host=host, feed=feed, since=times[0], until=times[1])


def meant(chosen: Wanted) -> tuple[DeadLetter, ...]:
    """The letters, the latest first."""
    return tuple(letter for letter in journal().dead(limit=EVERY) if chosen.takes(letter))


def carried_out(chosen: Wanted, act: Callable[[DeadLetter], bool], would: str, did: str, *, yes: bool) -> None:
    """Do it to each letter, or say to which it would be done; exit 2 when nothing says which are meant."""
    if chosen.is_all:
        typer.echo(
            "newsdesk: name addresses or ids, or say which: --reason, --host, --feed, --since, --until", err=True
        )
        raise typer.Exit(2)
    letters = meant(chosen)
    if yes:
        out.print(f"{sum(act(letter) for letter in letters)} {did}")
        return
    for letter in letters[:SHOWN]:
        told(letter)
    reasons = ", ".join(f"{count} {reason}" for reason, count in Counter(one.reason for one in letters).most_common())
    out.print(f"{len(letters)} {would}{f': {reasons}' if reasons else ''}; --yes does it")


def told(letter: DeadLetter) -> None:
    """One letter in two lines."""
    out.print(
        f"{letter.at:%Y-%m-%d %H:%M}  [bold]{letter.reason:<18}[/]{letter.stage:<9}{escape(letter.url)}",
        soft_wrap=True,
    )
    if letter.detail:
        out.print(f"                  [dim]{escape(letter.detail)}[/]", soft_wrap=True)
