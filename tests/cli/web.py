"""A small web to discover feeds in: pages at addresses, no server, and a note of what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from workers.errors import Fate, GiveUp
from workers.model import Reply

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


class Web:
    """Answers as `fetch.client.Client` does; whatever is not laid out is a 404, robots.txt too."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.validators: list[tuple[str | None, str | None]] = []
        self._replies: dict[str, Reply | Fate] = {}
        self._everything: dict[str, Reply] = {}

    def serves(
        self, url: str, body: str | bytes, content_type: str = "text/html", *, status: int = 200, **headers: str
    ) -> str:
        """Lay out a page."""
        self._replies[url] = _reply(url, body, content_type, status, headers)
        return url

    def answers_everything(self, host: str, body: str | bytes, content_type: str = "text/html") -> None:
        """Whatever is asked of a host and not laid out gets this, with a 200."""
        self._everything[host] = _reply(f"https://{host}/", body, content_type, 200, {})

    def anew(self) -> Web:
        """The same web, for another visitor: nothing was asked yet."""
        self.asked.clear()
        return self

    def redirects(self, url: str, target: str, *, permanent: bool = True) -> str:
        """Lay out a redirect, within a host or to another."""
        same = urlsplit(url).netloc == urlsplit(target).netloc
        there = self._replies.get(target)
        if same and isinstance(there, Reply):
            self._replies[url] = replace(there, hops=(url,), permanent=permanent)
        else:
            self._replies[url] = Reply(url=url, status=301, redirect=target, hops=(url,), permanent=permanent)
        return url

    def fails(self, url: str, fate: Fate) -> str:
        """Lay out a host that does not answer."""
        self._replies[url] = fate
        return url

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int,  # noqa: ARG002 # pages here are small
        accept: str,  # noqa: ARG002 # and have one form
        types: tuple[str, ...] | None = None,
    ) -> Reply:
        """One request."""
        self.asked.append(url)
        self.validators.append((etag, last_modified))
        reply = self._replies.get(url) or self._everything.get(urlsplit(url).netloc) or _reply(url, "", "", 404, {})
        if isinstance(reply, Fate):
            raise reply
        kind = reply.headers.get("content-type", "")
        if types is not None and kind and kind.partition(";")[0] not in types:
            raise GiveUp("unsupported-type", kind, url=url)
        if etag and etag == reply.headers.get("etag") and "x-never-304" not in reply.headers:
            return replace(reply, status=304, body=b"")
        return reply


def _reply(url: str, body: str | bytes, content_type: str, status: int, headers: dict[str, str]) -> Reply:
    given = {"content-type": content_type} if content_type else {}
    given |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Reply(url=url, status=status, headers=given, body=body.encode() if isinstance(body, str) else body)


def rss(
    title: str, *slugs: str, site: str = "https://gazette.test", age: timedelta = timedelta(hours=1), more: str = ""
) -> str:
    """An RSS document whose newest entry is `age` old, and each further one an hour older."""
    items = "".join(
        f"<item><title>On {slug}</title><link>{site}/{slug}</link><guid>{slug}</guid>"
        f"<pubDate>{format_datetime(NOW - age - timedelta(hours=place))}</pubDate>"
        f"<description>Some words on {slug}.</description></item>"
        for place, slug in enumerate(slugs)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{more}{items}</channel></rss>'


def page(*links: str, language: str = "en", name: str = "The Gazette", body: str = "") -> str:
    """An HTML page that names feeds: each of `links` is "href|title|type"."""
    return (
        f'<!doctype html><html lang="{language}"><head><title>Home</title>'
        f'<meta property="og:site_name" content="{name}">{"".join(_links(links))}</head><body>{body}</body></html>'
    )


def _links(links: Iterable[str]) -> Iterable[str]:
    for link in links:
        href, title, kind = (*link.split("|"), "", "")[:3]
        yield f'<link rel="alternate" type="{kind or "application/rss+xml"}" title="{title}" href="{href}">'


def sitemap(*slugs: str, age: timedelta = timedelta(hours=1), site: str = "https://gazette.test") -> str:
    """A Google News sitemap."""
    urls = "".join(
        f"<url><loc>{site}/{slug}</loc><news:news><news:publication_date>{(NOW - age).isoformat()}"
        f"</news:publication_date><news:title>On {slug}</news:title></news:news></url>"
        for slug in slugs
    )
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )
