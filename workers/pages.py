"""A page with what its feed said becomes an article: in the extract room, and again from the archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from workers.model import Article, Entry, Feed, Page, Refused


def read_page(page: Page, *, entry: Entry, feed: Feed | None, announced: datetime, min_words: int) -> Article | Refused:
    """The article on a page; the same page with the same facts gives the same article, whenever it is read.

    `announced` is when a feed first named it. Raises what `workers.extract.story.extract` raises.
    """
    from workers.extract.story import extract  # noqa: PLC0415 # only processes that read pages load trafilatura

    found = extract(
        page.body,
        page.url,
        entry=entry,
        feed=feed,
        final_url=page.final_url,
        content_type=page.content_type,
        fetched=page.fetched,
        min_words=min_words,
    )
    if isinstance(found, Refused):
        return found
    return replace(found, first_seen=announced, reserved=(*page.reserved, *found.reserved))
