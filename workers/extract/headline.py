"""The headline and the standfirst: which of a page's titles is the article's, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from workers.extract.head import Head
from workers.extract.wording import key, plain

TITLE_CHARS = 1_000
ALIKE = 0.5
"""Two titles this similar are renderings of one (SequenceMatcher over letters): an h1 that resembles
neither og:title nor title names a section or the site."""
BARE = 12
BARE_SHARE = 0.4
"""Letters, and share of the h1's letters, that a title without the kicker has at least."""
_SEPARATOR = re.compile(r"\s+[|\-–—·•»«~:]+\s+|\s*[|｜]\s*|\s*_(?=[^_]{1,20}$)")


def headline(head: Head, named: Sequence[str], announced: str | None) -> str | None:
    """The article's headline: h1, else og:title, else JSON-LD, else the title element, else as the feed announced it.

    h1 before og:title before title is the order that measured best by hand (title exact .801 of 845).
    `named` are the page's titles (`titles`). The site's name at either end is taken off.
    """
    sites = site_names(head)
    found = [strip_site(title, sites) for title in named]
    title = next((t for t in found if t and key(t) and key(t) not in sites), None) or announced or head.title
    title = _without_kicker(title, found) if title else None
    return title[:TITLE_CHARS].strip() if title else None


def _without_kicker(title: str, others: Sequence[str]) -> str:
    """Without what is set above the headline in the same h1, where another title of the page leaves it out."""
    whole = key(title)
    bare = (t for t in others if BARE <= len(key(t)) < len(whole) and len(key(t)) > len(whole) * BARE_SHARE)
    return next((t for t in bare if whole.endswith(key(t))), title)


def titles(head: Head) -> list[str]:
    """Every title the page gives, best first."""
    others = [t for t in (head.meta("og:title"), head.said("headline"), head.title, head.meta("twitter:title")) if t]
    return [*_own_headings(head.headings, others, site_names(head)), *others]


def subtitle(head: Head, taken: str | None) -> str | None:
    """The standfirst: JSON-LD, OpenGraph or meta description; None when it only repeats the headline."""
    found = head.meta("og:description", "description", "twitter:description") or head.said(
        "description", "alternativeHeadline"
    )
    if found and key(found) not in (key(taken or ""), *site_names(head)):
        return found[:TITLE_CHARS]
    return None


def site_names(head: Head) -> frozenset[str]:
    """Keys of every name the site goes by: what it calls itself, its host, the host's parts."""
    labels = head.host.split(".")
    names = (
        head.site,
        head.meta("twitter:site"),
        head.meta("publisher"),
        head.host,
        ".".join(labels[:-1]),
        *labels[:-1],
    )
    keys = {key(name) for name in names if name and len(key(name)) > 1}
    return frozenset(keys | {"the" + k for k in keys} | {k.removeprefix("the") for k in keys if len(k) > 6})


def strip_site(title: str, sites: frozenset[str]) -> str:
    """The title without " - Site" at the end or "Site: " at the beginning, up to three of them."""
    for _ in range(3):
        marks = list(_SEPARATOR.finditer(title[:TITLE_CHARS]))
        if not marks:
            break
        first, last = marks[0], marks[-1]
        if key(title[last.end() :]) in sites:
            title = title[: last.start()].strip()
        elif key(title[: first.start()]) in sites:
            title = title[first.end() :].strip()
        else:
            break
    return title


def _own_headings(headings: tuple[str, ...], others: list[str], sites: frozenset[str]) -> list[str]:
    """The h1 texts that can be the article's headline, the likeliest first."""
    named = [plain(h) or "" for h in headings if key(h) and key(h) not in sites and len(h) <= TITLE_CHARS][:10]
    if not others:
        return named[:1]
    like = [(max(_alike(h, other) for other in others[:3]), h) for h in named]
    return [h for score, h in sorted(like, key=lambda pair: -pair[0])[:1] if score >= ALIKE]


def _alike(one: str, other: str) -> float:
    a, b = key(one)[:200], key(other)[:200]
    if min(len(a), len(b)) >= 8 and (a in b or b in a):
        return 1.0
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
