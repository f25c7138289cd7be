"""Which address an article goes by, and the id made of it, where the caller brings no rules of its own."""

from __future__ import annotations

import hashlib
from urllib.parse import urldefrag, urljoin, urlsplit


def article_id(canonical_url: str) -> str:
    """The first 24 hexadecimal digits of SHA-256 of the canonical address."""
    return hashlib.sha256(canonical_url.encode("utf-8", "replace")).hexdigest()[:24]


def own_address(candidate: str, page_url: str) -> str | None:
    """The address a rel=canonical names, None where it cannot be the page's own.

    Believed only on http(s), on the same site, and not when it names the home page of a page that is not: a common
    mistake of templates, which would make one article of a whole site.
    """
    try:
        named, page = urlsplit(urljoin(page_url, candidate)), urlsplit(page_url)
    except ValueError:
        return None
    if named.scheme not in ("http", "https") or not _same_site(named.hostname or "", page.hostname or ""):
        return None
    at_home = not named.path.strip("/") and not named.query
    return None if at_home and page.path.strip("/") else urldefrag(named.geturl())[0]


def _same_site(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return bool(one) and (one == other or one.endswith("." + other) or other.endswith("." + one))
