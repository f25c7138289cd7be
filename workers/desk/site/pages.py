"""Every page, feed and picture of the bundled site, as bytes under their paths."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from workers.desk.site import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.desk.site.content import Publication, Story

TEMPLATES = Path(__file__).parent / "templates"

FEED_TYPES = {"rss20": "application/rss+xml", "atom10": "application/atom+xml", "rss10": "application/rdf+xml"}

OLD_CHARSET = "windows-1252"
"""What the plain layout and RSS 1.0 are written in, as sites of their age are."""

_HASHTAG = re.compile(r"#(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What the server answers at one path."""

    body: bytes
    content_type: str
    changed: datetime
    status: int = 200

    @property
    def etag(self) -> str:
        """Weak, since the same body is also served compressed."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:16]}"'


def render(publications: tuple[Publication, ...], *, base: str, now: datetime) -> dict[str, Resource]:
    """All that the site serves, by path; `base` is its address without a final slash."""
    resources = {
        "/": _listing("newsdesk demo", [(p.name, f"{base}/{p.key}/") for p in publications], now=now),
        "/robots.txt": Resource(body=_robots(publications).encode(), content_type="text/plain", changed=now),
        "/site.css": Resource(body=(TEMPLATES / "site.css").read_bytes(), content_type="text/css", changed=now),
    }
    for publication in publications:
        resources.update(_publication(publication, base, now))
    return resources


def not_found(now: datetime) -> Resource:
    """The page for a path that is not there."""
    page = _listing("404 Not Found", [], now=now)
    return Resource(body=page.body, content_type=page.content_type, changed=now, status=404)


def feed_path(publication: Publication) -> str:
    """Where the publication's feed is served."""
    return f"/{publication.key}/feed.xml"


def _publication(publication: Publication, base: str, now: datetime) -> Iterator[tuple[str, Resource]]:
    updated = max(story.updated for story in publication.stories)
    around = {
        "publication": publication,
        "base": base,
        "feed_url": base + feed_path(publication),
        "feed_type": FEED_TYPES[publication.feed],
    }
    headlines = [(story.title, base + story.path) for story in publication.stories]
    yield f"/{publication.key}/", _listing(publication.name, headlines, now=updated, **around)
    yield feed_path(publication), _feed(updated, around)
    for story in publication.stories:
        if story.trap == "not-article":
            yield story.path, _listing(story.title, headlines[:3], now=now, **around)
        elif story.trap != "not-found":
            yield story.path, _article(story, around)
        if story.picture:
            yield f"/pictures/{story.slug}.svg", _picture(story)


def _article(story: Story, around: dict[str, Any]) -> Resource:
    publication: Publication = around["publication"]
    others = [other for other in publication.stories if other != story and not other.trap]
    line = wording.byline(story.authors, story.agency, story.language)
    page = _ENVIRONMENT.get_template(f"{publication.layout}.html").render(
        **around,
        story=story,
        number=sum(story.slug.encode()),
        byline=line,
        by_word=wording.by("\0", story.language).split("\0") if line else ("", ""),
        linked_data=_linked_data(story, publication, around["base"]),
        related=others[:3],
        sections=dict.fromkeys(other.section for other in others),
    )
    charset = OLD_CHARSET if publication.layout == "plain" else "utf-8"
    return Resource(body=page.encode(charset), content_type=f"text/html; charset={charset}", changed=story.updated)


def _feed(updated: datetime, around: dict[str, Any]) -> Resource:
    kind = around["publication"].feed
    text = _ENVIRONMENT.get_template(f"{kind}.xml").render(**around, updated=updated)
    return Resource(
        body=text.encode(OLD_CHARSET if kind == "rss10" else "utf-8"), content_type=FEED_TYPES[kind], changed=updated
    )


def _listing(title: str, links: list[tuple[str, str]], *, now: datetime, **around: Any) -> Resource:
    publication: Publication | None = around.get("publication")
    page = _ENVIRONMENT.get_template("listing.html").render(
        title=title,
        links=links,
        language=publication.language if publication else "en",
        tagline=publication.tagline if publication else "",
        feed_url=around.get("feed_url"),
        feed_type=around.get("feed_type"),
    )
    return Resource(body=page.encode(), content_type="text/html; charset=utf-8", changed=now)


def _picture(story: Story) -> Resource:
    """A landscape of its own for each story, always the same one."""
    hue, sun, *hills = hashlib.sha256(story.slug.encode()).digest()[:5]
    image = _ENVIRONMENT.get_template("picture.svg").render(hue=hue, sun=sun, hills=sorted(hills, reverse=True))
    return Resource(body=image.encode(), content_type="image/svg+xml", changed=story.published)


def _linked_data(story: Story, publication: Publication, base: str) -> dict[str, Any]:
    people = [{"@type": "Person", "name": author} for author in story.authors]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": base + story.path,
        "headline": story.title,
        "description": story.standfirst,
        "datePublished": story.published.isoformat(),
        "dateModified": story.updated.isoformat(),
        "inLanguage": story.language,
        "articleSection": story.section,
        "keywords": list(story.tags),
        "author": people or [{"@type": "Organization", "name": story.agency or publication.name}],
        "publisher": {"@type": "NewsMediaOrganization", "name": publication.name},
        "isAccessibleForFree": True,
    }
    if story.agency:
        data["sourceOrganization"] = {"@type": "NewsMediaOrganization", "name": story.agency}
    if story.picture:
        data["image"] = [f"{base}/pictures/{story.slug}.svg"]
    return data


def _robots(publications: tuple[Publication, ...]) -> str:
    forbidden = [
        story.path.removesuffix(story.slug) for p in publications for story in p.stories if story.trap == "robots"
    ]
    return "".join(["User-agent: *\n", *(f"Disallow: {path}\n" for path in forbidden)])


def _hashtags(text: str) -> Markup:
    """Each hashtag a link; the split's odd pieces are the tags."""
    link = Markup('<a href="https://twitter.com/hashtag/{0}?src=hash">#{0}</a>')
    return Markup().join(link.format(part) if i % 2 else part for i, part in enumerate(_HASHTAG.split(text)))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["date"] = wording.date
    environment.filters["hashtags"] = _hashtags
    environment.filters["rfc822"] = lambda moment: format_datetime(moment.astimezone(UTC), usegmt=True)
    return environment


_ENVIRONMENT = _environment()
