"""Hostile feeds and pages, each sent through the whole service with a harmless one behind it.

python -m bench.poison [--pages] [--only WORDS]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Literal

from bench import rig
from bench.doors import site
from bench.report import Figure, out, show
from bench.shared import module
from tests.fetch.conftest import Site
from tests.journey.service import Service
from workers.model import Feed
from workers.poll.catalogue import to_toml

Kind = Literal["feed", "page"]
SOFT, HARD = 8, 10
LATE = 6.0
"""Seconds after the hard limit by which a hostile document must be through."""
PATIENCE = 3
"""So many times that long an end is waited for."""
CONFIGURATION = """\
[fetch]
gap_seconds = 0
deadline_seconds = 5
allow_networks = ["127.0.0.0/8"]

[extract]
soft_seconds = {soft}
hard_seconds = {hard}

[poll]
floor_seconds = 1

[ledger]
resend_seconds = 5
retry_seconds = 2
"""
FEED = '<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
ITEM = "<item><title>Council meets</title><link>{link}</link></item>"
STORY = "The council met on the matter and will meet again, as both banks of the river have asked it to. " * 8
PAGE = f"<html><head><title>Council meets</title></head><body><article><h1>Council meets</h1><p>{STORY}</p></article>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one hostile document went."""

    name: str
    outcome: str
    """read, failed, or never."""
    seconds: float
    """From the moment it was asked for until the ledger had an end for it."""
    neighbour: bool
    """Whether the harmless article behind it reached the index."""
    alive: bool
    """Whether every worker process still ran."""


def cases(kind: Kind) -> Mapping[str, Callable[[], bytes | str]]:
    """The collection's hostile documents by name. Raises NotMeasured when it is not there."""
    hostile = module("attacks", "hostile.py")
    return dict(hostile.xml_cases() if kind == "feed" else hostile.html_cases())


def trials(
    kind: Kind, only: Callable[[str], bool] = lambda _: True, *, soft: int = SOFT, hard: int = HARD
) -> Iterator[Trial]:
    """Each hostile document in turn, through one service that must live through all of them."""
    chosen = ((name, make) for name, make in cases(kind).items() if only(name))
    with rig.service((), CONFIGURATION.format(soft=soft, hard=hard)) as service:
        service.start_workers()
        for number, (name, make) in enumerate(chosen):
            body = make()
            packed = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
            yield trial(service, kind, name, packed, number)


def trial(service: Service, kind: Kind, name: str, body: bytes, number: int) -> Trial:
    """Serve a hostile document and a harmless one, subscribe to both, and watch both to their ends."""
    asked: list[float] = []
    patience = PATIENCE * (service.settings.extract.hard_seconds + LATE)
    with ExitStack() as stack:
        # hosts of their own: a host's turn must not make one wait for the other
        bad, good = (stack.enter_context(site(f"127.30.{place}.{number + 1}")) for place in (0, 1))
        hostile_url = bad.answers("/hostile", serving(body, asked, "text/xml" if kind == "feed" else "text/html"))
        story = good.serves("/story", PAGE.encode())
        links = [story] if kind == "feed" else [hostile_url, story]
        harmless = Feed(name=f"good {number}", url=listing(good, links), source="good")
        hostile = Feed(name=f"bad {number}", url=hostile_url, source="bad")
        subscribe(service, *((hostile, harmless) if kind == "feed" else (harmless,)))
        end = feed_end if kind == "feed" else page_end
        outcome, ended = watch(lambda: end(service, hostile), patience)
        neighbour, _ = watch(lambda: article_end(service, story), patience)
        return Trial(
            name=name,
            outcome=outcome,
            seconds=ended - asked[0] if asked and outcome != "never" else math.inf,
            neighbour=neighbour == "read",
            alive=rig.alive(service),
        )


def serving(body: bytes, asked: list[float], content_type: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Sends `body`, and notes when it was asked for."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(time.monotonic())
        with suppress(OSError):  # who has read enough hangs up
            handler.send_response(200)
            handler.send_header("Content-Type", content_type)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        handler.close_connection = True

    return answer


def listing(at: Site, links: list[str]) -> str:
    """A feed of these addresses."""
    items = "".join(ITEM.format(link=link) for link in links)
    return at.serves("/feed", FEED.format(items=items).encode(), Content_Type="application/rss+xml")


def subscribe(service: Service, *feeds: Feed) -> None:
    """Put these feeds, and no others, into feeds.toml, as an operator's editor would."""
    file = service.folder / "config" / "feeds.toml"
    written = file.with_suffix(".new")
    written.write_text(to_toml(feeds), encoding="utf-8")
    written.replace(file)


def watch(end: Callable[[], str], patience: float) -> tuple[str, float]:
    """The end once there is one, and when; "never" after so many seconds without."""
    deadline = time.monotonic() + patience
    while not (found := end()):
        if time.monotonic() > deadline:
            return "never", deadline
        time.sleep(0.05)
    return found, time.monotonic()


def feed_end(service: Service, hostile: Feed) -> str:
    """What became of the poll of a hostile feed; nothing while it goes on."""
    health = service.journal.feed(hostile.name)
    if health is None or health.memory.polled is None:
        return ""
    return "failed" if health.memory.failures else "read"


def page_end(service: Service, hostile: Feed) -> str:
    """What became of a hostile page; nothing while it goes on."""
    return article_end(service, hostile.url)


def article_end(service: Service, url: str) -> str:
    """What became of an article; nothing before it was announced and while it is on its way."""
    trace = service.journal.trace(url)
    return {"done": "read", "dead": "failed"}.get(trace.stage, "") if trace else ""


def figures(kind: Kind, done: list[Trial]) -> tuple[Figure, ...]:
    """The worst of all trials, and whether anything beside it was harmed."""
    latest = max(done, key=lambda one: one.seconds)
    late = [one for one in done if one.seconds > HARD + LATE]
    slow = "\n".join(f"late: {one.name}: {one.outcome}, {one.seconds:.1f} s" for one in late)
    ended = {word: sum(one.outcome == word for one in done) for word in ("read", "failed", "never")}
    return (
        Figure(
            name=f"hostile {kind}s ({len(done)}): the latest",
            value=latest.seconds,
            unit="s",
            at_most=HARD + LATE,
            note=f"{latest.name}; {', '.join(f'{count} {word}' for word, count in ended.items())}\n{slow}".strip(),
        ),
        Figure(
            name=f"hostile {kind}s: harmless articles behind them that arrived",
            value=sum(one.neighbour for one in done),
            at_least=len(done),
        ),
        Figure(name=f"hostile {kind}s: times a worker was dead", value=sum(not one.alive for one in done), at_most=0),
    )


def measure(kind: Kind = "feed") -> tuple[Figure, ...]:
    """All hostile documents of a kind."""
    return figures(kind, list(trials(kind)))


def main() -> None:
    """Measure and print, each trial as it ends."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", action="store_true", help="pages to extract, not feeds to poll")
    options.add_argument("--only", default="", help="cases with these words in their name")
    wanted = options.parse_args()
    kind: Kind = "page" if wanted.pages else "feed"
    done = []
    for one in trials(kind, lambda name: wanted.only in name):
        beside = (
            "" if one.neighbour and one.alive else f"; article behind it arrived: {one.neighbour}; workers: {one.alive}"
        )
        out.print(f"{one.name}: {one.outcome} after {one.seconds:.1f} s{beside}", markup=False)
        done.append(one)
    show(f"Hostile {kind}s, whole service", figures(kind, done))


if __name__ == "__main__":
    main()
