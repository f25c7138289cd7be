"""Whether a page is an article at all: refused only on evidence, because a refused article is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from workers.extract import structured
from workers.extract.head import Head
from workers.extract.wording import count_words, key
from workers.model import Block, Refused

_LISTS = frozenset(("CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"))
_VIDEOS = frozenset(("VideoObject", "NewsVideo", "Movie", "TVEpisode"))
_NOT_FOUND = re.compile(
    r"^(?:(?:error\s*)?404\b.*|"
    r".{0,20}\b(?:page|article|story|content)\s+(?:was\s+|is\s+|could\s+)?(?:not|no longer)\s+(?:be\s+)?"
    r"(?:found|available|exist)\w*.{0,20}|(?:die\s+)?(?:angeforderte\s+)?seite\s+(?:wurde\s+)?nicht\s+gefunden.{0,10}|"
    r"page\s+(?:non\s+trouvée|introuvable).{0,10}|página\s+no\s+encontrada.{0,10}|pagina\s+non\s+trovata.{0,10}|"
    r"страница\s+не\s+найдена.{0,10}|not\s+found)$",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|bevor sie (?:fortfahren|weiterlesen)|avant de (?:continuer|poursuivre)|consent|cookies?|"
    r"zustimm\w+|einwillig\w+|we value your privacy|werbung und tracking|abo ohne werbung",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe|subscription|subscribers?\b|abonn\w+|abonnieren|suscr[ií]b\w+|log in to (?:read|continue)|"
    r"sign in to (?:read|continue)|jetzt weiterlesen|réservé aux abonnés|подписк\w+|assine",
    re.IGNORECASE,
)
SHORT = 150
"""Words; above it a text is taken for the article whatever else it mentions."""


def refuse(
    head: Head, blocks: Sequence[Block], *, paywalled: bool | None, title: str | None, min_words: int
) -> Refused | None:
    """Why the page is no article; None when it is one, or when nothing says that it is not."""
    text = "\n".join(block.text for block in blocks)
    words = count_words(text)
    verdicts = (
        _home(head),
        _listing(head),
        _missing(head, title, words),
        _wall(head, text, words, paywalled=paywalled, min_words=min_words),
        _wordless(head, words, min_words),
    )
    return next((verdict for verdict in verdicts if verdict is not None), None)


def _described_as_article(head: Head) -> bool:
    return bool(head.kinds & structured.ARTICLES) or (head.meta("og:type") or "").lower() in (
        "article",
        "news",
        "newsarticle",
    )


def _home(head: Head) -> Refused | None:
    parts = urlsplit(head.url)
    at_root = parts.path.strip("/") == "" and not parts.query
    if at_root and not _described_as_article(head):
        return Refused(reason="not-article", detail="the site's home page")
    return None


def _listing(head: Head) -> Refused | None:
    listed = head.kinds & _LISTS
    kind = (head.meta("og:type") or "website").lower()
    if (
        listed
        and not head.kinds & structured.ARTICLES
        and kind == "website"
        and not head.meta("article:published_time")
    ):
        return Refused(reason="not-article", detail=f"the page describes itself as {min(listed)}")
    return None


def _missing(head: Head, title: str | None, words: int) -> Refused | None:
    names = (title or "", head.title or "", *head.headings[:1])
    if (
        words < SHORT
        and not _described_as_article(head)
        and any(_NOT_FOUND.match(name.strip()) for name in names if key(name))
    ):
        return Refused(reason="soft-404", detail=f"titled {title or head.title!r}")
    return None


def _wall(head: Head, text: str, words: int, *, paywalled: bool | None, min_words: int) -> Refused | None:
    if words >= SHORT:
        return None
    if len(_CONSENT.findall(text)) >= 3 and not _described_as_article(head):
        return Refused(reason="consent-wall", detail=f"{words} words, about consent")
    if words < min_words and (paywalled or _PAYWALL.search(text)):
        return Refused(reason="paywall-only", detail=f"{words} words before the wall")
    return None


def _wordless(head: Head, words: int, min_words: int) -> Refused | None:
    if words >= min_words:
        return None
    if head.kinds & _VIDEOS and not head.kinds & structured.ARTICLES:
        return Refused(reason="not-article", detail="a video without text")
    return Refused(reason="too-short", detail=f"{words} words, at least {min_words}")
