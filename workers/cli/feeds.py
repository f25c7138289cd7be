"""Whom we listen to."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from workers.cli import app
from workers.cli.terminal import journal, ledger, out, print_json, read_file, settings
from workers.errors import ConfigError, Fate
from workers.ledger.journal import FeedHealth, JournalDown
from workers.model import Feed, FeedMemory
from workers.poll import catalogue

if TYPE_CHECKING:
    from workers.cli.discovery import Discovery
    from workers.cli.scout import Getter

feeds = typer.Typer(help="Whom we listen to: list, show, add, import, export, check.", no_args_is_help=True)
app.add_typer(feeds, name="feeds")

NOTHING = 3
"""Exit code of an expected "nothing": no feed there, or one that is not well."""

Order = Literal["name", "state", "next", "articles", "failures"]
"""Of the list."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


# --- how they are doing


@feeds.command("list")
def list_(
    failing: Annotated[bool, typer.Option("--failing", help="Only those that need a look.")] = False,
    sort: Annotated[Order, typer.Option(help="By what.")] = "name",
    as_json: AsJson = False,
) -> None:
    """The feeds with their health; without a running service, as configured."""
    from workers.cli import standing  # noqa: PLC0415 # the locale's words are loaded only where they are said

    health, now = known_health(), clock()
    shown = standing.ordered(health, sort, now, failing=failing)
    if as_json:
        print_json([standing.plain(one, now) for one in shown])
    elif failing and not shown:
        out.print(f"none of {len(health)} feeds needs a look")
    else:
        out.print(standing.listed(shown, now))


@feeds.command()
def show(name: Annotated[str, typer.Argument(help="A feed's name or address.")], as_json: AsJson = False) -> None:
    """One feed: how it is doing and why, when it is asked next, and its last polls."""
    from workers.cli import standing  # noqa: PLC0415 # the locale's words are loaded only where they are said

    health, now = health_of(name), clock()
    if as_json:
        print_json(standing.plain(health, now))
        return
    out.print(standing.told(health, now), soft_wrap=True)
    if health.polls:
        out.print()
        out.print(standing.polls(health.polls))


@feeds.command()
def check(
    name: Annotated[str | None, typer.Argument(help="A feed's name or address; all feeds without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask one feed, twice, and explain what is heard; or all feeds, one line each. Nothing is remembered.

    Ends with 0 when all is well, with 3 when a feed is not.
    """
    from workers.cli import checking  # noqa: PLC0415 # the parsers are loaded only where they are needed

    if name is not None:
        found = checking.closely(feed_called(name), settings(), getter(), now=clock)
        if as_json:
            print_json(found.to_dict())
        else:
            out.print(checking.explained(found, clock()), soft_wrap=True)
        all_well = found.trouble is None
    else:
        listed = catalogue.load(settings().feeds_file)
        all_well = checking.all_told(listed, settings(), getter(), now=clock, as_json=as_json)
    if not all_well:
        raise typer.Exit(NOTHING)


# --- adding


@feeds.command()
def poll(name: Annotated[str, typer.Argument(help="A feed's name or address.")]) -> None:
    """Have the running service ask a feed at its host's next turn, also one that was gone."""
    feed = feed_called(name)
    answer = ledger().ask(feed.name)
    if answer == "off":
        out.print(f"the service follows no feed {escape(feed.name)!r} (yet)")
        raise typer.Exit(3)
    when = "once more after the poll that is going on" if answer == "again" else "at its host's next turn"
    out.print(f"[bold]{escape(feed.name)}[/] is asked {when}; `newsdesk feeds show` tells what it said", soft_wrap=True)


@feeds.command()
def add(
    url: Annotated[str, typer.Argument(help="A feed's address, or that of a site or section.")],
    name: Annotated[str | None, typer.Option(help="Its identity here; made of its title otherwise.")] = None,
    source: Annotated[str | None, typer.Option(help="The publication, as a reader knows it.")] = None,
    language: Annotated[str | None, typer.Option(help="Two letters, such as en.")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters, such as GB.")] = None,
    section: Annotated[str | None, typer.Option(help="For articles that name none.")] = None,
    every: Annotated[str | None, typer.Option(help="How often to ask: 15m, 1h; else by its pace.")] = None,
    pick: Annotated[int | None, typer.Option(help="Which one, by its number in the table.")] = None,
    first: Annotated[bool, typer.Option("--first", "--yes", "-y", help="The first one, without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is found.")] = False,
) -> None:
    """Find the feeds at URL and add one to feeds.toml; a running service picks it up at once."""
    from workers.cli import adding  # noqa: PLC0415 # the parsers are loaded only where they are needed

    file = settings().feeds_file
    known = catalogue.load(file)
    wishes = adding.Wishes(
        name=name, source=source, language=language, country=country, section=section, every=interval(every)
    )
    found = found_at(url, known, dry_run=dry_run)
    out.print(adding.table(found, known, clock()))
    free = adding.new_ones(found.offers, known)
    if dry_run:
        return
    if not free:
        raise ConfigError(str(file), "url", "all that was found is listed already")
    number = adding.chosen(free, pick=pick, first=first) or asked(free)
    feed = adding.feed_of(found.offers[number - 1], found.site.name, wishes, known, file)
    adding.append([feed], file)
    out.print(f"added [bold]{escape(feed.name)}[/] ({escape(feed.url)}) to {escape(str(file))}", soft_wrap=True)


def found_at(url: str, known: tuple[Feed, ...], *, dry_run: bool) -> Discovery:
    """What the site has; where there is nothing, why (exit 3)."""
    from workers.cli.discovery import BUDGET, Search  # noqa: PLC0415 # the parsers are loaded only where they are needed
    from workers.cli.scout import Scout  # noqa: PLC0415

    address = url if "://" in url else f"https://{url}"
    twin = next((feed for feed in known if catalogue.comparable(feed.url) == catalogue.comparable(address)), None)
    if twin is not None and not dry_run:
        raise ConfigError(str(settings().feeds_file), "url", f"{address} is listed already, as {twin.name!r}")
    scout = Scout(
        settings().fetch, getter(), budget=BUDGET, told=lambda asked: typer.echo(f"  asking {asked}", err=True)
    )
    try:
        found = Search(scout, now=clock()).run(address)
    except Fate as fate:
        out.print(f"[bold]{escape(fate.reason)}[/] {escape(fate.detail)} {escape(fate.url)}", soft_wrap=True)
        raise typer.Exit(NOTHING) from fate
    for note in found.notes:
        out.print(f"[yellow]{escape(note)}[/]", soft_wrap=True)
    if not found.offers:
        out.print(f"no feed was found at {escape(address)}", soft_wrap=True)
        raise typer.Exit(NOTHING)
    return found


def asked(free: tuple[int, ...]) -> int:
    """Which of several, as the operator says; without a terminal, how to say it (exit 2)."""
    if not is_terminal():
        raise ConfigError("feeds add", "--pick", "several were found; choose with --pick N, or the first with --first")
    while True:
        number: int = typer.prompt("Which one?", default=free[0], type=int)
        if number in free:
            return number
        out.print(f"one of {', '.join(map(str, free))}")


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def interval(every: str | None) -> timedelta | None:
    """The interval an operator typed. Raises ConfigError saying what would be right."""
    try:
        return catalogue.interval(every) if every else None
    except ValueError as error:
        raise ConfigError("--every", every or "", str(error)) from error


@feeds.command("import")
def import_(file: Annotated[Path, typer.Argument(help="An OPML file.")]) -> None:
    """Add the feeds of an OPML FILE to feeds.toml; what cannot be added is named with the reason."""
    from workers.cli import adding  # noqa: PLC0415 # lxml is loaded only where it is needed
    from workers.poll import opml  # noqa: PLC0415

    target = settings().feeds_file
    told = adding.merged(opml.read(read_file(file), str(file)), catalogue.load(target))
    adding.append(told.new, target)
    for one in told.skipped:
        out.print(f"[yellow]skipped[/] {escape(one.name)}: {escape(one.reason)}", soft_wrap=True)
    numbers = f"{len(told.new)} feeds added to {escape(str(target))}"
    out.print(f"{numbers}, {told.known} listed already, {len(told.skipped)} skipped", soft_wrap=True)


@feeds.command("export")
def export() -> None:
    """Print all feeds as OPML."""
    from workers.poll import opml  # noqa: PLC0415 # lxml is loaded only where it is needed

    typer.echo(opml.write(catalogue.load(settings().feeds_file), now=clock()))


# --- what the verbs share


def known_health() -> tuple[FeedHealth, ...]:
    """All feeds with their health; as configured while no ledger can be reached."""
    try:
        return tuple(journal().feeds())
    except JournalDown:
        typer.echo("no ledger can be reached: this is feeds.toml only", err=True)
        return tuple(FeedHealth(feed=feed, memory=FeedMemory()) for feed in catalogue.load(settings().feeds_file))


def health_of(name: str) -> FeedHealth:
    """The health of the feed with this name, publication or address; ConfigError when there is none."""
    found = next((one for one in known_health() if is_called(one.feed, name)), None)
    if found is None:
        raise ConfigError("feeds", "name", f"no feed is called {name!r}; `newsdesk feeds list` has all")
    return found


def feed_called(name: str) -> Feed:
    """The feed with this name, publication or address; one of no name for another address; else ConfigError."""
    file = settings().feeds_file
    found = next((feed for feed in catalogue.load(file) if is_called(feed, name)), None)
    if found is None and "://" not in name:
        raise ConfigError(str(file), "name", f"no feed is called {name!r}; `newsdesk feeds list` has all")
    return found or Feed(name=name, url=name, source=name)


def is_called(feed: Feed, name: str) -> bool:
    """Whether a feed is meant by this name, publication or address."""
    return name.casefold() in (feed.name.casefold(), feed.source.casefold(), feed.url.casefold())


def getter() -> Getter:
    """The only door to the internet."""
    from workers.fetch.client import Client  # noqa: PLC0415 # libcurl is loaded only where it is needed

    return Client(settings().fetch)


def clock() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
