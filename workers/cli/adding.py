"""From what was found to feeds.toml: which feed is meant, its name, and the file written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from rich.markup import escape
from rich.table import Column, Table

from workers.cli.checking import DEPTHS
from workers.cli.discovery import Discovery
from workers.errors import ConfigError
from workers.model import Feed
from workers.poll import catalogue
from workers.poll.offers import Offer, name_for
from workers.poll.opml import Skipped, Subscriptions
from workers.search.web.show import ago

FOUND = {
    "itself": "the address itself",
    "named": "named by the page",
    "linked": "linked on the page",
    "guessed": "at a usual address",
    "sitemap": "named in robots.txt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator says of the new feed; None leaves it to what the feed says."""

    name: str | None = None
    source: str | None = None
    language: str | None = None
    country: str | None = None
    section: str | None = None
    every: timedelta | None = None


def table(found: Discovery, known: Sequence[Feed], now: datetime) -> Table:
    """The offers, numbered as they can be picked."""
    listed = {catalogue.comparable(feed.url) for feed in known}
    shown = Table(
        "", "kind", "title", "entries", "newest", Column("address", overflow="fold"), box=None, pad_edge=False
    )
    for number, one in enumerate(found.offers, 1):
        taken = catalogue.comparable(one.url) in listed
        more = "listed already" if taken else FOUND[one.lead.how]
        depth = DEPTHS[one.depth] if one.feed.entries else ""
        newest = ago(one.newest, now) if one.newest else ""
        shown.add_row(
            str(number),
            one.feed.kind,
            f"{escape(one.title or 'untitled')}\n[dim]{depth}[/]",
            str(len(one.feed.entries)),
            newest,
            f"{escape(one.url)}\n[dim]{more}[/]",
        )
    return shown


def new_ones(offers: Sequence[Offer], known: Sequence[Feed]) -> tuple[int, ...]:
    """The numbers (from 1) of the offers that feeds.toml does not list yet."""
    listed = {catalogue.comparable(feed.url) for feed in known}
    return tuple(number for number, one in enumerate(offers, 1) if catalogue.comparable(one.url) not in listed)


def chosen(free: Sequence[int], *, pick: int | None, first: bool) -> int | None:
    """The number that is meant; None when only the operator can say. Raises ConfigError for one that is not there."""
    if pick is not None and pick not in free:
        raise ConfigError("--pick", str(pick), f"is none of those that can be added: {', '.join(map(str, free))}")
    return pick if pick is not None else free[0] if first or len(free) == 1 else None


def feed_of(offer: Offer, site_name: str | None, wishes: Wishes, known: Sequence[Feed], file: Path) -> Feed:
    """The offer as feeds.toml lists it. Raises ConfigError for a name that is taken or a value that cannot be."""
    taken = {feed.name for feed in known}
    if wishes.name and wishes.name in taken:
        raise ConfigError(str(file), "name", f"{wishes.name!r} is taken; give another with --name")
    source = wishes.source or site_name or (offer.title or offer.url)[:200]
    feed = Feed(
        name=wishes.name or name_for(offer.title or source, offer.url, taken),
        url=offer.url,
        source=source,
        language=wishes.language or offer.feed.language,
        country=wishes.country,
        section=wishes.section,
        every=wishes.every,
    )
    if not wishes.language and catalogue.refusal(feed):
        feed = replace(feed, language=None)  # what a feed says of itself may be anything
    if (problem := catalogue.refusal(feed)) is not None:
        raise ConfigError(str(file), feed.name, problem)
    return feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What becomes of a subscription list."""

    new: tuple[Feed, ...]
    known: int
    """Listed already, or twice in the list."""
    skipped: tuple[Skipped, ...]


def merged(subscriptions: Subscriptions, known: Sequence[Feed]) -> Import:
    """The feeds of a list that feeds.toml has not, each with a name of its own; what it cannot take is skipped."""
    urls = {catalogue.comparable(feed.url) for feed in known}
    names = {feed.name for feed in known}
    new: list[Feed] = []
    skipped = list(subscriptions.skipped)
    twice = 0
    for one in subscriptions.feeds:
        if catalogue.comparable(one.url) in urls:
            twice += 1
            continue
        feed = replace(one, name=name_for(one.source, one.url, names))
        if catalogue.refusal(feed):
            feed = replace(feed, language=None)
        if (problem := catalogue.refusal(feed)) is not None:
            skipped.append(Skipped(name=one.source, reason=problem))
            continue
        urls.add(catalogue.comparable(one.url))
        names.add(feed.name)
        new.append(feed)
    return Import(new=tuple(new), known=twice, skipped=tuple(skipped))


def append(new: Sequence[Feed], file: Path) -> None:
    """Write feeds at the end of feeds.toml; what stands there, comments too, is kept. Raises ConfigError."""
    draft = file.with_suffix(".draft")
    if not new:
        return
    try:
        draft.write_text(file.read_text(encoding="utf-8") + catalogue.to_toml(new), encoding="utf-8")
        catalogue.load(draft)
        draft.replace(file)
    except ConfigError as error:
        draft.unlink()
        raise ConfigError(str(file), error.key, f"{error.problem}; nothing was added") from error
    except OSError as error:
        raise ConfigError(str(file), "", f"cannot be written: {error}") from error
