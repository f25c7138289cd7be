"""A page with what its feed said becomes an article: in the extract room, and again from the archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

from workers.model import Article, Entry, Feed, Page, Refused
from workers.settings import Extracting


def read_page(
    page: Page, *, entry: Entry, feed: Feed | None, announced: datetime, rules: Extracting
) -> Article | Refused:
    """The article on a page; the same page with the same facts gives the same article, whenever it is read.

    `announced` is when a feed first named it. Raises what `workers.extract.story.extract` raises, and ConfigError
    where entities are asked for and cannot be read.
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
        min_words=rules.min_words,
    )
    if isinstance(found, Refused):
        return found
    found = replace(found, first_seen=announced, reserved=(*page.reserved, *found.reserved))
    return with_names(found, rules) if rules.entities else found


def with_names(article: Article, rules: Extracting) -> Article:
    """The article with the people, organisations and places it names."""
    from workers.extract.entities import entities  # noqa: PLC0415 # an optional extra

    own = (*article.authors, *([article.agency] if article.agency else []))
    named = entities(article.title, article.text, article.language, _models(tuple(rules.models.items())), own)
    return replace(article, people=named.people, organisations=named.organisations, places=named.places)


@cache
def _models(configured: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """To look for installed packages takes longer than to read a page."""
    from workers.extract.entities import available  # noqa: PLC0415 # an optional extra

    return available(dict(configured))
