"""Prints how well pages are read, beside what trafilatura and htmldate make of the same pages in the same run.

`python -m tests.extract.measure [SOURCE…]` with the sources of ../shared/data/pages: aeb, traf, htmldate, fundus.
Every page is read once by each, cold, in turn, so that other load on the machine meets all alike.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from htmldate import find_date
from trafilatura import bare_extraction
from trafilatura.settings import Document

from tests.extract.scores import SCORES, Page, Reading, cpu
from workers.extract import caps
from workers.extract.decode import decode
from workers.extract.head import read_head
from workers.extract.metadata import published
from workers.extract.story import extract, preload
from workers.extract.tree import parse
from workers.model import Article

PAGES = Path(__file__).parents[2].parent / "shared" / "data" / "pages"
SOURCES = ("aeb", "traf", "htmldate", "fundus")
UNKNOWN = "https://unknown.example/page"
FETCHED = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Readings:
    """A source's pages with every reader's readings, in the same order."""

    pages: list[Page] = field(default_factory=list)
    by: dict[str, list[Reading]] = field(default_factory=dict)


def pages(source: str, step: int = 1) -> Iterator[tuple[Page, bytes]]:
    """The pages of a source, or every `step`-th, as they came."""
    for line in (PAGES / f"{source}.jsonl").read_text(encoding="utf-8").splitlines()[::step]:
        page = json.loads(line)
        yield page, gzip.decompress((PAGES / page["file"]).read_bytes())


# --- the readers


def read_newsdesk(html: bytes, page: Page) -> Reading:
    """The whole extraction: text, structure, metadata, language."""
    start = time.process_time()
    outcome = extract(html, page["url"] or UNKNOWN, fetched=FETCHED)
    seconds = time.process_time() - start
    if not isinstance(outcome, Article):
        # A refused page (a home page, a forum) is dated all the same: htmldate is asked for every one too.
        return Reading(seconds=seconds, day=_written_day(html, page))
    return Reading(
        seconds=seconds,
        text=outcome.text,
        with_posts=with_posts(outcome),
        title=outcome.title,
        authors=outcome.authors,
        published=outcome.published,
        day=_written_day(html, page),
    )


def with_posts(article: Article) -> str:
    """The text with the embedded posts where they stand."""
    standing: dict[int, list[str]] = {}
    for embed in article.embeds:
        place = len(article.blocks) if embed.position is None else embed.position
        standing.setdefault(place, []).extend(part for part in (embed.text, embed.author) if part)
    ends = [*(block.text for block in article.blocks), ""]
    return "\n\n".join(part for place, text in enumerate(ends) for part in (*standing.get(place, ()), text))


def _written_day(html: bytes, page: Page) -> date | None:
    """The day in the zone the page writes it in; an article carries the instant alone."""
    tree = parse(caps.tame(decode(html)))
    found = published(tree, read_head(tree, page["url"] or UNKNOWN), None, FETCHED) if tree is not None else None
    return found[2] if found else None


def read_trafilatura(html: bytes, page: Page) -> Reading:
    """Trafilatura as it comes, with its metadata and without comments."""
    start = time.process_time()
    found = bare_extraction(html, url=page["url"], with_metadata=True, include_comments=False)
    seconds = time.process_time() - start
    if not isinstance(found, Document):
        return Reading(seconds=seconds)
    plain = found.as_dict()
    day = _day(plain["date"])
    return Reading(
        seconds=seconds,
        text=plain["text"] or "",
        title=plain["title"] or "",
        authors=tuple(filter(None, (plain["author"] or "").split("; "))),
        published=day,
        day=day,
    )


def read_htmldate(html: bytes, page: Page) -> Reading:
    """The day of publication and nothing else."""
    start = time.process_time()
    found = find_date(html, original_date=True, url=page["url"])
    return Reading(seconds=time.process_time() - start, published=_day(found), day=_day(found))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


READERS: dict[str, Callable[[bytes, Page], Reading]] = {
    "newsdesk": read_newsdesk,
    "trafilatura": read_trafilatura,
    "htmldate": read_htmldate,
}


# --- the run


def measure(source: str, readers: Iterable[str]) -> Readings:
    """Read every page of a source with each of `readers` in turn."""
    readings = Readings(by={name: [] for name in readers})
    for page, html in pages(source):
        readings.pages.append(page)
        for name, read in readings.by.items():
            read.append(READERS[name](html, page))
    return readings


def table(source: str, readings: Readings) -> str:
    """The figures of a source, a line a reader."""
    lines = []
    for name, read in readings.by.items():
        pairs = list(zip(read, readings.pages, strict=True))
        scored = {score: value for score, rule in SCORES[source].items() if (value := rule(pairs)) is not None}
        if name == "htmldate":
            scored = {score: value for score, value in scored.items() if score == "day"}
        if scored:
            figures = "  ".join(f"{score} {value:.3f}" for score, value in scored.items())
            lines.append(f"{source:9}{name:12}ms {'/'.join(f'{ms:.0f}' for ms in cpu(pairs)):12}{figures}")
    return "\n".join(lines)


def main() -> None:
    """Print a table for each source asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("source", nargs="*", help=f"of {', '.join(SOURCES)}; all by default")
    arguments.add_argument("--only", choices=READERS, help="one reader alone")
    asked = arguments.parse_args()
    if unknown := set(asked.source) - set(SOURCES):
        arguments.error(f"no such source: {', '.join(unknown)}; known: {', '.join(SOURCES)}")
    if not PAGES.exists():
        arguments.error(f"no pages at {PAGES}")
    logging.disable(logging.ERROR)
    preload()
    sys.stdout.write("CPU a page in milliseconds: mean/95th percentile/largest\n")
    for source in asked.source or SOURCES:
        print(table(source, measure(source, [asked.only] if asked.only else READERS)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
