"""What the pages of each site give, day by day, and which site gives less than it did: pure.

A site that changes its pages breaks in silence: its articles are refused, or shrink to a teaser. Its own last week is
the measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DAYS = 8
"""Kept: today and the week before."""
ENOUGH = 5
"""Pages of today, and of the week before, below which nothing is concluded."""
FALLEN = 0.5
"""A share of articles, or of words an article, that has fallen below this part of the week's is a break."""
ARTICLE = "extracted"
"""The outcome of a page that gave an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """Pages of one site that were understood, or refused, in some time."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many ended in each word: extracted, too-short, not-article…"""
    words: int = 0
    """Of all its articles."""

    @property
    def pages(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def articles(self) -> int:
        """Pages that gave one."""
        return self.outcomes.get(ARTICLE, 0)

    @property
    def share(self) -> float:
        """Of pages that gave an article."""
        return self.articles / self.pages if self.pages else 0.0

    @property
    def length(self) -> float:
        """Words an article."""
        return self.words / self.articles if self.articles else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteYield:
    """One site, today beside the week before."""

    site: str
    today: Yield
    before: Yield

    @property
    def problem(self) -> str | None:
        """What is wrong with it, in words; None when nothing shows."""
        now, then = self.today, self.before
        if min(now.pages, then.pages) < ENOUGH:
            return None
        if now.share < FALLEN * then.share:
            refused = Counter({word: count for word, count in now.outcomes.items() if word != ARTICLE})
            word, count = refused.most_common(1)[0]
            return f"{now.articles} of {now.pages} pages gave an article, {then.share:.0%} before; {count} were {word}"
        if now.articles and now.length < FALLEN * then.length:
            return f"its articles have {now.length:.0f} words, {then.length:.0f} before"
        return None


def by_site(days: Iterable[Mapping[str, int]]) -> tuple[SiteYield, ...]:
    """Every site with pages in these days, today's counts first: "site outcome" → pages, "site #words" → words."""
    today, *before = [_split(day) for day in days] or [{}]
    sites = sorted({site for day in (today, *before) for site in day})
    return tuple(
        SiteYield(site=site, today=_sum([today.get(site, {})]), before=_sum(day[site] for day in before if site in day))
        for site in sites
    )


def _split(day: Mapping[str, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, count in day.items():
        site, _, word = name.partition(" ")
        found.setdefault(site, {})[word] = count
    return found


def _sum(days: Iterable[Mapping[str, int]]) -> Yield:
    total: Counter[str] = Counter()
    for day in days:
        total.update(day)
    words = total.pop("#words", 0)
    return Yield(outcomes=dict(+total), words=words)  # a duplicate of yesterday's last minute takes one off today
