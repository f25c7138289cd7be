"""Today's extraction beside the stored one: what `newsdesk extract --compare` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer
from rich.markup import escape
from rich.table import Table

from workers.address import article_id
from workers.cli.terminal import journal, out, settings
from workers.model import Article, Refused
from workers.replay.rulings import differing, with_story
from workers.search.changes import changes

UNSEEN = frozenset(("text", "blocks", "fetched", "extractor", "provenance", "word_count"))
"""Fields that the table leaves out: the text is shown paragraph by paragraph, the others differ or follow always."""
CELL = 300
"""Characters of a value in the table."""


def archived(url: str) -> Article | Refused:
    """What today's extractor makes of the newest archived page at `url`; exit 2 when none was kept."""
    from workers.archive import shelf  # noqa: PLC0415 # opened only for this verb
    from workers.archive.index import Index, Listed  # noqa: PLC0415
    from workers.pages import read_page  # noqa: PLC0415

    folder = shelf.folder_of(settings().data)
    listed: tuple[Listed, ...] = ()
    if folder.exists():
        index = Index(folder)
        listed = index.of_article(article_id(url))
        index.close()
    if not listed:
        typer.echo(f"newsdesk: no page of {url} is in the archive at {folder}: give a FILE", err=True)
        raise typer.Exit(2)
    capture = shelf.read(folder, listed[0].place)
    rules = settings().extract
    return read_page(capture.page, entry=capture.entry, feed=capture.feed, announced=capture.announced, rules=rules)


def stored(url: str) -> Article | None:
    """The article in the store, by the address it was announced under or its own."""
    from workers.search.store import open_reader  # noqa: PLC0415 # a store is opened only for this verb

    known = journal().trace(url)
    reader = open_reader(settings())
    try:
        return reader.get(known.document if known and known.document else article_id(url))
    finally:
        reader.close()


def compare(found: Article | Refused, before: Article | None) -> bool:
    """Print what differs; whether anything does."""
    if before is None:
        out.print("the store has no article at this address")
        return True
    if isinstance(found, Refused):
        out.print(
            f"stored: [bold]{escape(before.title)}[/]\ntoday refused: [bold]{found.reason}[/] {escape(found.detail)}"
        )
        return True
    after = with_story(found, before)
    names = [name for name in differing(before, after) if name not in UNSEEN]
    out.print(f"[dim]stored by {before.extractor}, read {before.fetched:%Y-%m-%d %H:%M}; today {after.extractor}[/]")
    if names:
        table = Table("field", "stored", "today", box=None, pad_edge=False)
        for name in names:
            table.add_row(name, *(escape(cell(article, name)) for article in (before, after)))
        out.print(table)
    lines = list(paragraphs(before, after))
    for line in lines:
        out.print(line, soft_wrap=True)
    if not names and not lines:
        out.print("the same in every field")
    return bool(names or lines)


def cell(article: Article, name: str) -> str:
    """A field's value, short."""
    text = json.dumps(article.to_dict()[name], ensure_ascii=False)
    return text if len(text) <= CELL else text[:CELL] + "…"


def paragraphs(before: Article, after: Article) -> Iterator[str]:
    """The paragraphs that differ, what went struck through and what came underlined."""
    marks = {"same": "{}", "removed": "[red strike]{}[/]", "added": "[green underline]{}[/]"}
    for change in changes(before, after):
        if change.where == "text":
            yield "\n" + " ".join(marks[piece.kind].format(escape(piece.text)) for piece in change.pieces)
