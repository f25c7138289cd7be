"""The dead letters: what was set aside, with its reason."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from workers.cli import app
from workers.cli.terminal import journal, ledger, out, print_json
from workers.ledger.journal import DeadLetter
from workers.model import to_plain

dead = typer.Typer(help="What was set aside, and why: list, retry, drop.", no_args_is_help=True)
app.add_typer(dead, name="dead")

Reason = Annotated[str | None, typer.Option(help="Only letters with this reason.")]
Jobs = Annotated[list[str] | None, typer.Argument(help="Addresses or ids.")]


def chosen(jobs: list[str] | None, reason: str | None) -> tuple[DeadLetter, ...]:
    """The letters meant: by address or id, by reason, or both; none given is a mistake."""
    if not jobs and not reason:
        typer.echo("newsdesk: name addresses or ids, or --reason", err=True)
        raise typer.Exit(2)
    letters = [letter for letter in journal().dead(limit=100_000) if not reason or letter.reason == reason]
    return tuple(letter for letter in letters if not jobs or letter.id in jobs or letter.url in jobs)


@dead.command("list")
def list_(
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The latest first."""
    letters = (chosen(None, reason) if reason else journal().dead(limit=limit))[:limit]
    if as_json:
        print_json(to_plain(letters))
        return
    for letter in letters:
        out.print(
            f"{letter.at:%Y-%m-%d %H:%M}  [bold]{letter.reason:<18}[/]{letter.stage:<9}{escape(letter.url)}",
            soft_wrap=True,
        )
        if letter.detail:
            out.print(f"                  [dim]{escape(letter.detail)}[/]", soft_wrap=True)
    out.print(f"{len(letters)} set aside")


@dead.command()
def retry(jobs: Jobs = None, reason: Reason = None) -> None:
    """Give letters another chance, from the room they ended in."""
    revived = [letter for letter in chosen(jobs, reason) if ledger().revive(letter.id)]
    out.print(f"{len(revived)} go on")


@dead.command()
def drop(jobs: Jobs = None, reason: Reason = None) -> None:
    """Forget letters for good; their addresses are not fetched again."""
    dropped = [letter for letter in chosen(jobs, reason) if ledger().drop(letter.id)]
    out.print(f"{len(dropped)} dropped")
