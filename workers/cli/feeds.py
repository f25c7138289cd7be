"""Whom we listen to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from workers.cli import app
from workers.cli.terminal import journal, out, print_json, read_file, settings
from workers.errors import ConfigError, Fate, GiveUp
from workers.ledger.journal import FeedHealth, JournalDown
from workers.model import Feed, FeedMemory, ParsedFeed, Reply, to_plain
from workers.poll.catalogue import load, to_toml

feeds = typer.Typer(help="Whom we listen to: list, add, import, export, check.", no_args_is_help=True)
app.add_typer(feeds, name="feeds")

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@feeds.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The feeds with their health; without a running service, as configured."""
    try:
        health = journal().feeds()
    except JournalDown:
        health = tuple(FeedHealth(feed=feed, memory=FeedMemory()) for feed in load(settings().feeds_file))
        typer.echo("no ledger can be reached: this is feeds.toml only", err=True)
    if as_json:
        print_json(to_plain(health))
        return
    table = Table("feed", "last poll", "next", "indexed", "waiting", "set aside", box=None, pad_edge=False)
    for one in health:
        last = one.memory.polls[0] if one.memory.polls else None
        due = f"{one.memory.next_poll:%H:%M:%S}" if one.memory.next_poll else (one.memory.next_reason or "")
        numbers = (str(one.indexed), str(one.waiting), str(one.dead))
        table.add_row(
            escape(one.feed.name), f"{last.at:%H:%M} {last.outcome}" if last else "never", escape(due), *numbers
        )
    out.print(table)


@feeds.command()
def check(
    name: Annotated[str, typer.Argument(help="A feed's name or address.")],
) -> None:
    """Poll one feed once and explain what is heard; nothing is remembered."""
    described(*heard_and_read(address_of(name)))


def address_of(name: str) -> str:
    """The address of the feed with this name, publication or address; ConfigError when it is neither nor a URL."""
    wanted = name.casefold()
    for feed in load(settings().feeds_file):
        if wanted in (feed.name.casefold(), feed.source.casefold(), feed.url.casefold()):
            return feed.url
    if "://" not in name:
        raise ConfigError(
            str(settings().feeds_file), "name", f"no feed is called {name!r}; `newsdesk feeds list` has all"
        )
    return name


@feeds.command()
def add(
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    name: Annotated[str | None, typer.Option(help="How it is called here; its own title otherwise.")] = None,
    language: Annotated[str | None, typer.Option(help="Two letters, such as en.")] = None,
) -> None:
    """Read the feed at URL and add it to feeds.toml; a running service picks it up at once."""
    known = load(settings().feeds_file)
    if any(feed.url == url for feed in known):
        raise ConfigError(str(settings().feeds_file), "url", f"{url} is listed already")
    reply, parsed = heard_and_read(url)
    described(reply, parsed)
    title = name or (parsed.title or url)[:200]
    if any(feed.name == title for feed in known):
        raise ConfigError(str(settings().feeds_file), "name", f"{title!r} is taken; give another with --name")
    append([Feed(name=title, url=url, source=title, language=language or parsed.language)])
    out.print(f"added [bold]{escape(title)}[/] to {escape(str(settings().feeds_file))}", soft_wrap=True)


@feeds.command("import")
def import_(file: Annotated[Path, typer.Argument(help="An OPML file.")]) -> None:
    """Add the feeds of an OPML FILE to feeds.toml; those listed already are left alone."""
    from workers.poll import opml  # noqa: PLC0415 # lxml is loaded only where it is needed
    from workers.poll.words import language, tidy  # noqa: PLC0415

    known = load(settings().feeds_file)
    urls, names = {feed.url for feed in known}, {feed.name for feed in known}
    new = []
    for feed in opml.read(read_file(file), str(file)):
        if feed.url in urls:
            continue
        title = tidy(feed.name) or feed.url
        unique = title if title not in names else f"{title[:100]} ({feed.url})"
        urls.add(feed.url)
        names.add(unique)
        section, spoken = tidy(feed.section), language(feed.language)
        new.append(Feed(name=unique, url=feed.url, source=title, section=section, language=spoken))
    append(new)
    out.print(f"{len(new)} feeds added to {escape(str(settings().feeds_file))}", soft_wrap=True)


@feeds.command("export")
def export() -> None:
    """Print all feeds as OPML."""
    from workers.poll import opml  # noqa: PLC0415 # lxml is loaded only where it is needed

    typer.echo(opml.write(load(settings().feeds_file), now=datetime.now(UTC)))


def heard_and_read(url: str) -> tuple[Reply, ParsedFeed]:
    """The answer and the feed in it; where there is none, why (exit 3)."""
    try:
        reply = heard(url)
        return reply, read(reply)
    except Fate as fate:
        out.print(f"[bold]{escape(fate.reason)}[/] {escape(fate.detail)}", soft_wrap=True)
        raise typer.Exit(3) from fate


def heard(url: str) -> Reply:
    """What the address answers; redirects to other hosts are followed, as everywhere, one by one."""
    from workers.fetch.client import Client  # noqa: PLC0415 # libcurl is loaded only where it is needed
    from workers.fetch.manners import judge_status  # noqa: PLC0415

    client, asked = Client(settings().fetch), url
    for _ in range(settings().fetch.redirects + 1):
        reply = client.get(asked, limit=settings().fetch.feed_bytes, accept=ACCEPT)
        if reply.redirect is None:
            judge_status(reply)
            return reply
        out.print(f"[dim]redirected to {escape(reply.redirect)}[/]", soft_wrap=True)
        asked = reply.redirect
    raise GiveUp("too-many-redirects", url=url)


def read(reply: Reply) -> ParsedFeed:
    """The feed, or GiveUp("not-a-feed")."""
    from workers.poll.parse import parse  # noqa: PLC0415 # feedparser is loaded only where it is needed

    parsed = parse(reply.body, reply.url, reply.headers.get("content-type", ""))
    if not parsed.kind:
        raise GiveUp("not-a-feed", "; ".join(parsed.problems), url=reply.url)
    return parsed


def described(reply: Reply, parsed: ParsedFeed) -> None:
    """What was heard, in a few lines."""
    validators = [name for name in ("etag", "last-modified") if name in reply.headers]
    out.print(f"[bold]{escape(parsed.title or 'untitled')}[/]")
    out.print(f"{parsed.kind}, {len(parsed.entries)} entries, {len(reply.body)} bytes")
    out.print(f"conditional requests: {', '.join(validators) or 'not possible, no validators'}")
    for entry in parsed.entries[:5]:
        out.print(f"  {escape(entry.title or entry.url)}", soft_wrap=True)
    for problem in parsed.problems:
        out.print(f"[yellow]{escape(problem)}[/]", soft_wrap=True)


def append(new: list[Feed]) -> None:
    """Write feeds at the end of feeds.toml; what stands there, comments too, is kept."""
    file = settings().feeds_file
    draft = file.with_suffix(".draft")
    if not new:
        return
    try:
        draft.write_text(file.read_text(encoding="utf-8") + to_toml(new), encoding="utf-8")
        load(draft)
        draft.replace(file)
    except ConfigError as error:
        draft.unlink()
        raise ConfigError(str(file), error.key, f"{error.problem}; nothing was added") from error
    except OSError as error:
        raise ConfigError(str(file), "", f"cannot be written: {error}") from error
