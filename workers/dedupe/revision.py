"""What another reading of a known article makes of it: pure."""

from __future__ import annotations

from dataclasses import replace

from workers.ledger.journey import continued
from workers.model import Article, Revision

MOST = 20
"""Earlier readings kept of one article: its first and the latest; a live blog has hundreds."""


def revised(stored: Article | None, read: Article) -> Article:
    """The article to be written when `read` was read and the store has `stored` under its id.

    It stays what was announced first (its address, feed and first sight), and keeps what it said before wherever the
    headline, the standfirst or the text became another. A reading that differs because another extractor made it, of
    a page that its publisher does not say was changed, revises nothing; nor does one older than what is stored.
    """
    if stored is None:
        return replace(read, story=read.story or read.id)
    kept = replace(
        read,
        url=stored.url,
        match_key=stored.match_key,
        first_seen=stored.first_seen,
        feed=stored.feed,
        source=stored.source,
        story=read.story or stored.story,
        revision=stored.revision,
        revisions=stored.revisions,
        journey=continued(stored.journey, read.journey),
    )
    if read.fetched <= stored.fetched or said(read) == said(stored) or _is_only_understood_anew(stored, read):
        return kept
    return replace(kept, revision=stored.revision + 1, revisions=_shortened((*stored.revisions, _as_revision(stored))))


def changed(before: Article, after: Article) -> tuple[str, ...]:
    """Which of title, subtitle and text a reader would not call the same; white space aside."""
    pairs = zip(said(before), said(after), strict=True)
    return tuple(name for name, (one, other) in zip(("title", "subtitle", "text"), pairs, strict=True) if one != other)


def said(article: Article) -> tuple[str, str, str]:
    """Headline, standfirst and text, with white space as one blank."""
    return _plain(article.title), _plain(article.subtitle or ""), _plain(article.text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _is_only_understood_anew(stored: Article, read: Article) -> bool:
    return stored.extractor != read.extractor and stored.modified == read.modified


def _as_revision(article: Article) -> Revision:
    return Revision(
        number=article.revision,
        fetched=article.fetched,
        modified=article.modified,
        title=article.title,
        subtitle=article.subtitle,
        text=article.text,
    )


def _shortened(revisions: tuple[Revision, ...]) -> tuple[Revision, ...]:
    return revisions if len(revisions) <= MOST else (revisions[0], *revisions[1 - MOST :])
