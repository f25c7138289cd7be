"""`feeds check`: ask feeds once, or twice, and explain what was heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from functools import partial
from itertools import groupby

from rich.markup import escape

from workers.address import host
from workers.cli.scout import Getter, Scout, Spent
from workers.cli.terminal import out, print_json
from workers.errors import Fate
from workers.model import Feed, Reply
from workers.poll.checkup import Checkup, examined, unanswered
from workers.search.web.show import ago, size
from workers.settings import Settings

REQUESTS = 4
"""Requests for one feed: robots.txt, the feed, a redirect, the second time."""

DEPTHS = {"full": "whole articles", "summaries": "summaries", "headlines": "headlines only"}


def closely(feed: Feed, settings: Settings, getter: Getter, *, now: Callable[[], datetime]) -> Checkup:
    """One feed with its robots.txt, and asked a second time with the validators of the first."""
    scout = Scout(settings.fetch, getter, budget=REQUESTS + 2 * settings.fetch.redirects)
    robots = _rules(scout, feed.url)
    try:
        reply = scout.ask(feed.url)
    except Fate as fate:
        return unanswered(feed, fate, robots=robots, now=now(), polling=settings.poll)
    again = _second(scout, feed, reply)
    return examined(feed, reply, again=again, robots=robots, now=now(), polling=settings.poll)


def briefly(feed: Feed, scout: Scout, settings: Settings, *, now: Callable[[], datetime]) -> Checkup:
    """One feed, asked once."""
    try:
        return examined(feed, scout.ask(feed.url), now=now(), polling=settings.poll)
    except Fate as fate:
        return unanswered(feed, fate, now=now(), polling=settings.poll)


def each(
    feeds: Iterable[Feed], settings: Settings, getter: Getter, *, now: Callable[[], datetime]
) -> Iterator[Checkup]:
    """All feeds, as they answer: those of one host after each other with the usual gap, several hosts at once."""
    by_host = groupby(sorted(feeds, key=lambda feed: host(feed.url)), key=lambda feed: host(feed.url))
    lines = [tuple(members) for _, members in by_host]
    with ThreadPoolExecutor(settings.desk.fetchers) as pool:
        waiting = [pool.submit(partial(_one_host, line, settings, getter, now)) for line in lines]
        for done in as_completed(waiting):
            yield from done.result()


def all_told(
    feeds: Iterable[Feed], settings: Settings, getter: Getter, *, now: Callable[[], datetime], as_json: bool
) -> bool:
    """All feeds, printed: one line each as they answer, or JSON by name at the end; whether all are well."""
    found = []
    for one in each(feeds, settings, getter, now=now):
        found.append(one)
        if not as_json:
            out.print(line(one, now()), soft_wrap=True)
    bad = sum(one.trouble is not None for one in found)
    if as_json:
        print_json([one.to_dict() for one in sorted(found, key=lambda one: one.name)])
    else:
        out.print(f"{len(found)} feeds, {bad} not well" if bad else f"{len(found)} feeds, all well")
    return not bad


def _one_host(
    feeds: tuple[Feed, ...], settings: Settings, getter: Getter, now: Callable[[], datetime]
) -> tuple[Checkup, ...]:
    scout = Scout(settings.fetch, getter, budget=len(feeds) * (1 + settings.fetch.redirects))
    return tuple(briefly(feed, scout, settings, now=now) for feed in feeds)


def _rules(scout: Scout, url: str) -> str:
    try:
        permission = scout.permission(url)
    except Fate as fate:
        return str(fate)
    delay = permission.crawl_delay
    return permission.reason + (f", Crawl-delay {delay.total_seconds():g} s" if delay else "")


def _second(scout: Scout, feed: Feed, first: Reply) -> Reply | None:
    etag, modified = first.headers.get("etag"), first.headers.get("last-modified")
    if not 200 <= first.status < 300 or not (etag or modified):
        return None
    try:
        return scout.ask(feed.url, etag=etag, last_modified=modified)
    except (Spent, Fate):
        return None  # told as "were not tried"


def line(found: Checkup, now: datetime) -> str:
    """A feed in one line."""
    if found.trouble:
        return f"[red]✗[/] {escape(found.name)}  {escape(found.trouble)}"
    newest = f", newest {ago(found.newest, now)}" if found.newest else ", no dates"
    moved = "  [yellow]moved for good[/]" if found.hops and found.permanent else ""
    return f"[green]✓[/] {escape(found.name)}  {found.kind}, {found.entries} entries{newest}{moved}"


def explained(found: Checkup, now: datetime) -> str:
    """A feed in as many lines as there is to say, each under its heading."""
    told = [(heading, text) for heading, text in _told(found, now) if text]
    width = max(len(heading) for heading, _ in told)
    rows = (f"[dim]{heading:<{width}}[/]  {escape(text)}" for heading, text in told)
    verdict = f"[red]✗ {escape(found.trouble)}[/]" if found.trouble else "[green]✓ all well[/]"
    return "\n".join((f"[bold]{escape(found.title or found.name)}[/]  {verdict}", *rows))


def _told(found: Checkup, now: datetime) -> Iterator[tuple[str, str]]:
    yield "address", found.url
    if found.hops and found.final_url:
        kind = "for good (301, 308): feeds.toml can have this address" if found.permanent else "for now"
        often = "once" if len(found.hops) == 1 else f"{len(found.hops)} times"
        yield "redirected", f"{often}, to {found.final_url}, {kind}"
    if found.status is not None:
        yield "answer", f"status {found.status} in {found.seconds:.1f} s, {size(found.size) or 'no body'}"
        yield "type", found.content_type or "none given"
        validators = " and ".join(n for n, v in (("ETag", found.etag), ("Last-Modified", found.last_modified)) if v)
        yield "conditional requests", f"{found.conditional} ({validators or 'no ETag, no Last-Modified'})"
    if found.kind:
        yield "document", f"{found.kind}, {found.entries} entries{_depth(found)}"
        yield "newest entry", ago(found.newest, now) if found.newest else "not known"
        yield "dates", _dates(found)
    if found.repeated:
        yield "repeated", f"{found.repeated} of {found.entries} entries with the guid of another"
    for problem in found.problems:
        yield "problem", problem
    yield "hub", found.hub or ("none" if found.kind else "")
    yield "publisher asks", "; ".join(found.asks) or ("nothing" if found.status else "")
    yield "robots.txt", found.robots or ""
    if found.next_poll:
        yield "next poll", f"{ago(found.next_poll, now)}: {found.next_reason}"


def _depth(found: Checkup) -> str:
    return f" with {DEPTHS[found.depth]}" if found.depth else ""


def _dates(found: Checkup) -> str:
    wrong = ((found.undated, "without a date"), (found.future, "in the future"))
    return ", ".join(f"{count} of {found.entries} {what}" for count, what in wrong if count) or "all entries have one"
