"""Where each field of an article was read: of the places that state its value, the first in the order of SOURCES.

SOURCES is also the order in which the readers of the room look; what is decided by more than order (a headline by
agreement of several, a date by its day, an author by what is a full name) has its reason in the reader's module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from workers.extract import structured
from workers.extract.authors import METAS
from workers.extract.head import Head
from workers.extract.wording import key
from workers.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What may be stated elsewhere than in the text: the page's head and the feed's entry."""

    head: Head
    entry: Entry


Reader = Callable[[Said], Iterable[str]]


def _thing(*names: str) -> Reader:
    """Texts of the JSON-LD article."""
    return lambda said: [t for n in names for t in structured.strings(said.head.article.get(n), "name", "url", "@id")]


def _meta(*names: str) -> Reader:
    return lambda said: [value for name in names for value in said.head.metas.get(name, ())]


SOURCES: Mapping[str, tuple[tuple[str, Reader], ...]] = {
    "title": (
        ("page", lambda said: said.head.headings),
        ("opengraph", _meta("og:title")),
        ("json-ld", _thing("headline")),
        ("meta", lambda said: (said.head.title or "", *said.head.metas.get("twitter:title", ()))),
        ("feed", lambda said: (said.entry.title or "",)),
    ),
    "subtitle": (
        ("opengraph", _meta("og:description")),
        ("meta", _meta("description", "twitter:description")),
        ("json-ld", _thing("description", "alternativeHeadline")),
    ),
    "authors": (
        ("json-ld", _thing("author", "creator")),
        ("meta", _meta(*METAS)),
        ("feed", lambda said: said.entry.authors),
    ),
    "section": (
        ("json-ld", _thing("articleSection")),
        ("meta", _meta("article:section", "section", "parsely-section", "cxenseparse:section")),
        ("microdata", _meta("articlesection")),
    ),
    "tags": (
        ("json-ld", _thing("keywords")),
        ("opengraph", _meta("article:tag")),
        ("meta", _meta("news_keywords", "keywords")),
        ("feed", lambda said: said.entry.tags),
    ),
    "site": (
        ("opengraph", _meta("og:site_name")),
        ("json-ld", _thing("publisher")),
        ("meta", _meta("application-name")),
    ),
    "images": (
        ("opengraph", _meta("og:image", "og:image:url")),
        ("meta", _meta("twitter:image")),
        ("json-ld", _thing("image")),
        ("feed", lambda said: (said.entry.image or "",)),
    ),
}
"""By field, the places in the head of the page and in the feed, with what they say."""
ELSE = {"authors": "page", "images": "page", "section": "feed"}
"""Where a value stands that is stated in none of these: the visible byline, the figures; the feed's configuration."""


def origins(fields: Mapping[str, Iterable[str]], said: Said) -> dict[str, str]:
    """Where each of `fields` was read: the first place that states one of its values, alone or among other words."""
    found = {name: origin(name, [key(value) for value in values], said) for name, values in fields.items()}
    return {name: place for name, place in found.items() if place}


def origin(field: str, wanted: Iterable[str], said: Said) -> str | None:
    """The place of one field; None where it has no value. `wanted` are keys (wording.key)."""
    values = [value for value in wanted if value]
    for place, reader in SOURCES[field] if values else ():
        stated = [key(text) for text in reader(said) if isinstance(text, str)]
        if any(value in text for text in stated for value in values):
            return place
    return ELSE.get(field) if values else None
