"""Whether an article is another one of the same publisher once more: pure."""

from __future__ import annotations

from workers.address import host, same_site
from workers.model import Article, Refused

NEARLY_ALL = 28
"""Hashes of 32 that two readings of one text share: a date or a counter in one of them takes away up to four."""


def duplicate(article: Article, other: Article | None, shared: int) -> Refused | None:
    """Why `article`, whose sketch shares `shared` of its 32 hashes with that of `other`, is set aside; or None.

    Only the same words count, and only within a site: under an address that differs as those of twins do (mobile,
    AMP, www), or under the same headline. Another publisher's copy is a report of its own in the same story.
    """
    if other is None or other.id == article.id or shared < NEARLY_ALL:
        return None
    named = f"{other.canonical_url} ({other.id}) has its words"
    if article.match_key and article.match_key == other.match_key:
        return Refused(reason="duplicate", detail=f"another form of the same address: {named}", url=article.url)
    here, there = host(article.final_url), host(other.final_url)
    if same_site(here, there) and _headline(article) == _headline(other):
        return Refused(reason="duplicate", detail=f"the same headline on the same site: {named}", url=article.url)
    return None


def _headline(article: Article) -> str:
    return " ".join(article.title.casefold().split())
