"""What a page says of itself: its meta elements, its JSON-LD article, its headings, its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from workers.extract import structured
from workers.extract.wording import plain, tidy

VALUES = 50
"""Values kept of one repeated meta element."""
HEADING_CHARS = 1_000
KEPT_SCRIPT_CHARS = 20_000
"""JSON-LD left in the tree for the body reader, all scripts together: its expressions are quadratic, 200 kB: 30 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Read once from the whole page, before anything is taken out of it."""

    url: str
    """Where the page was read: the base of its relative addresses."""
    metas: Mapping[str, tuple[str, ...]]
    """Contents of meta elements by property, name or itemprop in lower case."""
    article: structured.Thing
    """The JSON-LD object of the article, {} when there is none."""
    kinds: frozenset[str]
    """schema.org types of everything the page describes."""
    canonical: str | None
    headings: tuple[str, ...]
    """The h1 elements' texts."""
    title: str | None
    """The title element's text."""
    language: str | None
    """The html element's lang, primary part, lower case."""
    site: str | None
    """The publication's name."""

    def meta(self, *names: str) -> str | None:
        """The first value of the first of `names` that the page has, as clean text."""
        return next((text for name in names for value in self.metas.get(name, ()) if (text := plain(value))), None)

    def said(self, *names: str) -> str | None:
        """The first text of the JSON-LD article under one of `names`."""
        return next(
            (text for n in names for s in structured.strings(self.article.get(n), "name") if (text := plain(s))), None
        )

    @property
    def host(self) -> str:
        """The page's host without "www."."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


def read_head(tree: HtmlElement, url: str) -> Head:
    """Read everything `Head` holds; relative addresses are resolved against `url`."""
    metas = _metas(tree)
    canonical = _canonical(tree, url)
    things = structured.things(_scripts(tree))
    named = (url, canonical, *metas.get("og:url", ())[:1])
    article = structured.article(things, [u for u in named if u])
    title = next(tree.iter("title"), None)
    return Head(
        url=url,
        metas=metas,
        article=article,
        kinds=frozenset().union(*map(structured.types, things)),
        canonical=canonical,
        headings=tuple(text for h in tree.iter("h1") if (text := tidy(h.text_content()[: 2 * HEADING_CHARS]))),
        title=plain(title.text_content()[:HEADING_CHARS]) if title is not None else None,
        language=_language(tree),
        site=_site(metas, article),
    )


def drop_large_data(tree: HtmlElement) -> None:
    """Take JSON-LD beyond KEPT_SCRIPT_CHARS, and every other script, out of the tree."""
    left = KEPT_SCRIPT_CHARS
    for script in list(tree.iter("script")):
        size = len(script.text or "")
        if size <= left and "ld+json" in (script.get("type") or "").lower():
            left -= size
        else:
            script.drop_tree()


def _scripts(tree: HtmlElement) -> list[str]:
    return [s.text or "" for s in tree.iter("script") if "ld+json" in (s.get("type") or "").lower()]


def _metas(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = (element.get("content") or "").strip()
        if name and content:
            values = found.setdefault(name.strip().lower(), [])
            if len(values) < VALUES:
                values.append(content)
    for element in tree.xpath("//*[not(self::meta)][@itemprop='articleSection']")[:VALUES]:
        if text := tidy(element.text_content()[:HEADING_CHARS]):
            found.setdefault("articlesection", []).append(text)
    return {name: tuple(values) for name, values in found.items()}


def _canonical(tree: HtmlElement, url: str) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            try:
                return str(urljoin(url, link.get("href", "").strip()))
            except ValueError:
                return None
    return None


def _language(tree: HtmlElement) -> str | None:
    declared = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    primary = declared.strip().lower().replace("_", "-").partition("-")[0]
    return primary if 2 <= len(primary) <= 3 and primary.isalpha() else None


def _site(metas: Mapping[str, tuple[str, ...]], article: structured.Thing) -> str | None:
    named = (*metas.get("og:site_name", ()), *structured.strings(article.get("publisher"), "name"))
    named = (*named, *metas.get("application-name", ()))
    return next((name for value in named if (name := plain(value, limit=200)) and not name.startswith("http")), None)
