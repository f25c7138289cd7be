"""A stage on one file: no service needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workers.cli import app
from workers.cli.terminal import out, print_json, read_file
from workers.model import Article, Refused

File = Annotated[Path, typer.Argument(help="The file to read.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

REFUSED = 3
"""Exit code of an expected outcome that gives nothing: no feed, no article."""


@app.command()
def parse(
    file: File,
    url: Annotated[str, typer.Option(help="Where it came from; relative links are resolved against it.")] = "",
    content_type: Annotated[str, typer.Option(help="Its Content-Type header, if known.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read a feed or sitemap FILE: its entries, or why it is none (exit 3)."""
    from workers.poll.parse import parse as read  # noqa: PLC0415 # feedparser is loaded only for this verb

    feed = read(read_file(file), url, content_type)
    if as_json:
        print_json(feed.to_dict())
    else:
        out.print(
            f"[bold]{escape(feed.title or 'untitled')}[/]  {feed.kind or 'not a feed'}  {len(feed.entries)} entries"
        )
        for entry in feed.entries:
            when = entry.published.strftime("%Y-%m-%d %H:%M") if entry.published else "no date         "
            out.print(
                f"{when}  {escape(entry.title or '')}\n                  [dim]{escape(entry.url)}[/]", soft_wrap=True
            )
        for problem in feed.problems:
            out.print(f"[yellow]{escape(problem)}[/]", soft_wrap=True)
    if not feed.kind:
        raise typer.Exit(REFUSED)


@app.command()
def extract(
    url: Annotated[str, typer.Option(help="The page's address.")],
    file: Annotated[
        Path | None, typer.Argument(help="The page; without it, the newest one at --url in the archive.")
    ] = None,
    content_type: Annotated[str, typer.Option(help="Its Content-Type header, if known.")] = "",
    compare: Annotated[bool, typer.Option("--compare", help="Show what differs from the stored article.")] = False,
    as_json: AsJson = False,
) -> None:
    """Understand the HTML page FILE: the article, or the reason it is refused (exit 3).

    With --compare, exit 1 when today's extraction differs from the stored one, or there is none.
    """
    from workers.cli import comparing  # noqa: PLC0415 # the stores are loaded only for this verb
    from workers.extract.story import extract as understand  # noqa: PLC0415 # trafilatura is loaded only for this verb

    found = comparing.archived(url) if file is None else understand(read_file(file), url, content_type=content_type)
    if compare:
        raise typer.Exit(int(comparing.compare(found, comparing.stored(url))))
    if as_json:
        print_json(found.to_dict())
    elif isinstance(found, Refused):
        out.print(f"refused: [bold]{found.reason}[/] {escape(found.detail)}")
    else:
        show(found)
    if isinstance(found, Refused):
        raise typer.Exit(REFUSED)


def show(article: Article) -> None:
    """An article in a terminal."""
    out.print(f"[bold]{escape(article.title)}[/]")
    if article.subtitle:
        out.print(f"[italic]{escape(article.subtitle)}[/]")
    published = article.published.isoformat() if article.published else "no date"
    parts = (", ".join(article.authors), article.agency, article.site or article.source, published, article.language)
    out.print(f"[dim]{escape(' · '.join(part for part in parts if part))}[/]")
    for image in article.images:
        out.print(f"[dim]image: {escape(image.caption or '')} ({escape(image.credit or 'no credit')})[/]")
    for block in article.blocks:
        text = escape(block.text)
        out.print({"h": f"\n[bold]{text}[/]", "li": f"  • {text}", "quote": f"  “{text}”"}.get(block.kind, f"\n{text}"))
    for name in ("countries", "people", "organisations", "places"):
        if values := getattr(article, name):
            out.print(f"[dim]{name}: {escape(', '.join(values))}[/]")
    for embed in article.embeds:
        out.print(f"\n[dim]{embed.kind}: {escape(embed.author or '')}: {escape(embed.text or '')}[/]")
