"""The publications of the bundled site, read from articles/ and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.desk.site import wording
from workers.errors import ConfigError
from workers.model import Block
from workers.settings import read_toml

ARTICLES = Path(__file__).parent / "articles"

Language = Literal["ar", "de", "en", "es", "fr", "ja", "ru"]
Layout = Literal["json-ld", "microdata", "plain", "blog"]
FeedKind = Literal["rss20", "atom10", "rss10"]
Trap = Literal["robots", "not-found", "not-article"]
"""The reason with which an entry must be set aside: forbidden by robots.txt, a 404, a page that is only a list."""

_SUBHEAD, _QUOTE, _ITEM, _POST = "## ", "> ", "- ", "{post}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as the article shows it."""

    caption: str
    credit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post of another author, set between two paragraphs."""

    author: str
    handle: str
    text: str
    published: datetime
    kind: Literal["post"] = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article, its times in the publication's own zone."""

    slug: str
    path: str
    """Where the site serves it; the canonical URL without the host."""
    language: Language
    section: str
    title: str
    subtitle: str | None
    authors: tuple[str, ...]
    agency: str | None
    published: datetime
    modified: datetime | None
    tags: tuple[str, ...]
    picture: Picture | None
    pieces: tuple[Block | Post, ...]
    trap: Trap | None
    """None for an article that should be found."""

    @property
    def standfirst(self) -> str:
        """The subtitle, else the first paragraph: what a feed shows of the story."""
        return self.subtitle or next(p.text for p in self.pieces if p.kind == "p")

    @property
    def updated(self) -> datetime:
        """When it last changed."""
        return self.modified or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An invented newspaper."""

    key: str
    """Its path on the site, and the name of its feed."""
    name: str
    tagline: str
    language: Language
    country: str | None
    layout: Layout
    feed: FeedKind
    stories: tuple[Story, ...]
    """Newest first, the traps among them."""

    @property
    def multilingual(self) -> bool:
        """Whether it prints articles in more than one language."""
        return len({story.language for story in self.stories}) > 1


def load(now: datetime, folder: Path = ARTICLES) -> tuple[Publication, ...]:
    """Every publication, its times counted back from `now`.

    Raises ConfigError naming the file and the key for anything missing, misspelt or unknown.
    """
    return tuple(_publication(file, now) for file in sorted(folder.glob("*.toml")))


def _publication(file: Path, now: datetime) -> Publication:
    try:
        written = _WrittenPublication.model_validate(read_toml(file))
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(str(file), ".".join(str(part) for part in first["loc"]), first["msg"]) from error
    local = now.replace(microsecond=0).astimezone(timezone(timedelta(hours=written.utc_offset_hours)))
    stories = [_story(story, file.stem, written, now=local) for story in (*written.article, *written.trap)]
    return Publication(
        key=file.stem,
        name=written.name,
        tagline=written.tagline,
        language=written.language,
        country=written.country,
        layout=written.layout,
        feed=written.feed,
        stories=tuple(sorted(stories, key=lambda story: story.published, reverse=True)),
    )


def _story(written: _WrittenStory, key: str, publication: _WrittenPublication, *, now: datetime) -> Story:
    language = written.language or publication.language
    published = now - timedelta(hours=written.hours_ago)
    modified = written.modified_hours_ago
    trap = written.kind if isinstance(written, _WrittenTrap) else None
    text = wording.name_days(written.text, language=language, today=published)
    return Story(
        slug=written.slug,
        path=_path(key, publication.layout, written.slug, trap),
        language=language,
        section=written.section,
        title=written.title,
        subtitle=written.subtitle,
        authors=written.authors,
        agency=written.agency,
        published=published,
        modified=None if modified is None else now - timedelta(hours=modified),
        tags=written.tags,
        picture=written.image,
        pieces=_pieces(text, _post(written.post, now) if written.post else None),
        trap=trap,
    )


def _path(publication: str, layout: Layout, slug: str, trap: Trap | None) -> str:
    """No date in it, so that a second start does not announce every article anew."""
    folder = "members/" if trap == "robots" else ""
    ending = {"json-ld": "", "microdata": ".html", "plain": ".htm", "blog": "/"}[layout]
    return f"/{publication}/{folder}{slug}{ending}"


def _post(written: _WrittenPost, now: datetime) -> Post:
    return Post(
        author=written.author,
        handle=written.handle,
        text=written.text,
        published=now - timedelta(hours=written.hours_ago),
    )


def _pieces(text: str, post: Post | None) -> tuple[Block | Post, ...]:
    """Paragraphs stand between blank lines; `## `, `> `, `- ` and `{post}` mark the rest."""
    pieces: list[Block | Post] = []
    for chunk in text.strip().split("\n\n"):
        if chunk.startswith(_SUBHEAD):
            pieces.append(Block(kind="h", text=chunk.removeprefix(_SUBHEAD)))
        elif chunk.startswith(_QUOTE):
            pieces.append(Block(kind="quote", text=chunk.removeprefix(_QUOTE)))
        elif chunk.startswith(_ITEM):
            pieces += [Block(kind="li", text=line.removeprefix(_ITEM)) for line in chunk.splitlines()]
        elif chunk == _POST and post:
            pieces.append(post)
        else:
            pieces.append(Block(kind="p", text=chunk))
    return tuple(pieces)


class _Written(BaseModel):
    """A table of an article file: no key that is not known."""

    model_config = ConfigDict(extra="forbid")


class _WrittenPost(_Written):
    author: str
    handle: str
    hours_ago: float
    text: str


class _WrittenStory(_Written):
    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    language: Language | None = None
    section: str
    title: str
    subtitle: str | None = None
    authors: tuple[str, ...] = ()
    agency: str | None = None
    hours_ago: float = Field(ge=0)
    modified_hours_ago: float | None = Field(None, ge=0)
    tags: tuple[str, ...] = ()
    image: Picture | None = None
    post: _WrittenPost | None = None
    text: str = Field(min_length=1)


class _WrittenTrap(_WrittenStory):
    kind: Trap


class _WrittenPublication(_Written):
    name: str
    tagline: str
    language: Language
    country: str | None = None
    utc_offset_hours: int = Field(ge=-12, le=14)
    layout: Layout
    feed: FeedKind
    article: tuple[_WrittenStory, ...]
    trap: tuple[_WrittenTrap, ...] = ()
