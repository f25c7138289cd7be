"""How often newsdesk and plain feedparser agree with what is known to be right, and how fast each is: the figures.

Material: shared/data/feeds (what independent parsers agree on) and shared/data/feedparser-cases
(feedparser's own suite). The functions return rows for a test to judge and a bench to print.
"""

from __future__ import annotations

import ast
import base64
import gc
import gzip
import html
import json
import re
import time
import warnings
from calendar import timegm
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser

from workers.model import Entry, ParsedFeed
from workers.poll import charset, lenient, strict, words
from workers.poll.items import judged
from workers.poll.parse import parse

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BASE = "http://127.0.0.1:8097/feed"


@dataclass(frozen=True, kw_only=True)
class Row:
    """Of `cases` known values of `what`, how many each parser gave."""

    what: str
    cases: int
    feedparser: int
    ours: int


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Processor seconds for the same documents, one after the other in one process."""

    feeds: int
    megabytes: float
    entries: int
    feedparser_seconds: float
    our_seconds: float
    fast: int
    """Documents of XML that need no feedparser, and `of` how many."""
    of: int

    @property
    def times(self) -> float:
        """How many of our feeds in the time of one of feedparser's."""
        return self.feedparser_seconds / self.our_seconds


def bodies() -> Iterator[tuple[dict[str, Any], bytes]]:
    """Every real feed with its line of the index."""
    folder = DATA / "feeds"
    for listed in json.loads((folder / "index.json").read_text("utf-8")):
        yield listed, gzip.decompress((folder / listed["file"]).read_bytes())


def agreement() -> list[Row]:
    """Real feeds, then feedparser's cases; one row a field."""
    return [*feed_agreement(), *case_agreement()]


def speed(rounds: int = 1, *, every: int = 1) -> list[Speed]:
    """feedparser with its defaults against `parse`, document by document, each the best of `rounds`; one row.

    Of the documents one in so many is read, if that is asked for.
    """
    theirs = ours = 0.0
    count = entries = size = fast = xml = 0
    for _listed, body in islice(bodies(), 0, None, every):
        one, other = zip(*(_both(body) for _ in range(rounds)), strict=True)
        theirs, ours = theirs + min(one), ours + min(other)
        count, size = count + 1, size + len(body)
        entries += len(parse(body, BASE, now=NOW).entries)
        if not body.startswith(b"{"):
            xml, fast = xml + 1, fast + is_fast(body)
    return [
        Speed(
            feeds=count,
            megabytes=size / 1e6,
            entries=entries,
            feedparser_seconds=theirs,
            our_seconds=ours,
            fast=fast,
            of=xml,
        )
    ]


def _both(body: bytes) -> tuple[float, float]:
    theirs = _seconds(lambda: _plainly(body))
    gc.collect()  # its garbage is not ours to collect
    return theirs, _seconds(lambda: parse(body, now=NOW))


def is_fast(body: bytes, content_type: str = "") -> bool:
    """Whether a document is read without feedparser."""
    whole, _ = charset.without_junk(charset.in_utf8(body, content_type)[0])
    return strict.read(whole) is not None


def feed_agreement() -> list[Row]:
    """Over the real feeds: entries found, and each field of feed and entry that is not disputed."""
    tally = _Tally()
    for listed, body in bodies():
        expected = json.loads(gzip.decompress((DATA / "feeds" / listed["expected"]).read_bytes()))
        theirs, ours = _as_rows(_plainly(body)), _our_rows(parse(body, BASE, now=NOW))
        tally.add(
            "feeds with all entries", expected["entry_count"], len(theirs[1]), _announced(parse(body, BASE, now=NOW))
        )
        for name in ("title", "link"):
            tally.field(f"feed {name}", name, expected["feed"], theirs[0], ours[0])
        for number, entry in enumerate(expected["entries"]):
            if not _has_address(entry):
                continue  # no article: `parse` says how many it left out
            one, other = _at(theirs[1], number), _matching(ours[1], number, entry, len(expected["entries"]))
            for name in ("title", "link", "id", "published"):
                tally.field(name, name, entry, one, other)
    return tally.rows()


class _Tally:
    """Counts of agreement by field."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}

    def add(self, what: str, right: object, theirs: object, ours: object) -> None:
        """One case."""
        counts = self.counts.setdefault(what, [0, 0, 0])
        for place, agrees in enumerate((True, theirs == right, ours == right)):
            counts[place] += agrees

    def field(self, what: str, name: str, right: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]) -> None:
        """One field, where its value is known."""
        if right.get(name) is not None:
            known, one, other = (_normal(name, table.get(name)) for table in (right, theirs, ours))
            self.add(what, known, one, other)

    def rows(self) -> list[Row]:
        """In the order in which the fields first came."""
        return [Row(what=what, cases=c[0], feedparser=c[1], ours=c[2]) for what, c in self.counts.items()]


def _plainly(body: bytes, headers: dict[str, str] | None = None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(BytesIO(body), response_headers=headers) if headers else feedparser.parse(BytesIO(body))


def _as_rows(found: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    feed = {"title": found.feed.get("title"), "link": found.feed.get("link")}
    return feed, [
        {
            "title": entry.get("title"),
            "link": entry.get("link"),
            "id": entry.get("id"),
            "published": _moment(dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")),
        }
        for entry in found.entries
    ]


def _our_rows(feed: ParsedFeed) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return {"title": feed.title, "link": feed.link}, [
        {
            "title": entry.title,
            "link": entry.url,
            "id": entry.guid,
            "published": _iso(entry.published or entry.updated),
        }
        for entry in feed.entries
    ]


def _at(rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
    return rows[number] if number < len(rows) else {}


def _matching(rows: list[dict[str, Any]], number: int, expected: dict[str, Any], count: int) -> dict[str, Any]:
    """Ours for an expected entry: by place, or, where an address is announced twice and kept once, by what it says."""
    if len(rows) == count:
        return rows[number]
    for name in ("id", "link", "title"):
        for row in rows:
            if expected.get(name) and _normal(name, row[name]) == _normal(name, expected[name]):
                return row
    return {}


def _has_address(entry: dict[str, Any]) -> bool:
    return bool(entry.get("link") or "link" in entry.get("any_of", ()) or str(entry.get("id")).startswith("http"))


def _announced(feed: ParsedFeed) -> int:
    """Entries it found, those left out for a stated reason included."""
    left_out = [int(problem.split()[0]) for problem in feed.problems if problem.endswith("were left out.")]
    return len(feed.entries) + sum(left_out)


def _normal(name: str, value: Any) -> Any:
    """As the expectations are normalised: markup, entities and spacing of titles, trailing slashes of addresses."""
    if value is None or name == "published":
        return value[:19] if value else value
    if name == "title":
        return " ".join(html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", "", str(value))).split())
    value = urljoin(BASE, str(value)) if name == "link" else str(value)
    return value.strip().rstrip("/")


def _moment(parsed: time.struct_time | None) -> str | None:
    return _iso(datetime.fromtimestamp(timegm(parsed), UTC)) if parsed else None


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if moment else None


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def cases() -> Iterator[tuple[str, bytes, str, dict[str, str]]]:
    """feedparser's cases: name, body, expectation, headers."""
    with gzip.open(DATA / "feedparser-cases" / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            body = base64.b64decode(case["body_b64"]) if "body_b64" in case else case["body"].encode()
            yield case["name"], body, case["expect"], {name.lower(): value for name, value in case["headers"].items()}


def case_agreement() -> list[Row]:
    """Of what feedparser's cases expect and an Entry or ParsedFeed carries: what each parser gave, by field.

    An item without an address is given one here, for it is its texts that are compared.
    """
    tally = _Tally()
    for _name, body, expect, headers in cases():
        wanted = list(_wanted(expect))
        if not wanted or "content-language" in headers:
            continue  # `parse` is not told that header
        theirs = _plainly(body, headers)
        ours = _read_through(body, headers)
        for accessor, right in wanted:
            where, _number, field = _path(accessor) or ("", 0, "")
            what = f"entry {field}" if where == "entries" else f"{where} {field}".strip()
            one, other = _value_of(theirs, accessor), _value_in(ours, accessor)
            tally.add(f"case {what}", _comparable(accessor, right), _comparable(accessor, one), other)
    return tally.rows()


_CARRIED = {
    "title": "title",
    "link": "link",
    "id": "id",
    "guid": "id",
    "author": "author",
    "summary": "summary",
    "description": "summary",
    "published_parsed": "published",
    "updated_parsed": "updated",
    "language": "language",
    "tags": "tags",
    "authors": "authors",
}


def _wanted(expect: str) -> Iterator[tuple[str, Any]]:
    """Accessors and their values in an expectation such as "not bozo and feed['title'] == 'x'"."""
    for node in ast.walk(ast.parse(expect, mode="eval")):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            accessor = ast.unparse(node.left)
            try:
                value = ast.literal_eval(node.comparators[0])
            except ValueError:
                continue
            if _path(accessor):
                yield accessor, value


def _path(accessor: str) -> tuple[str, int, str] | None:
    """Where an accessor points: ("entries", 0, "title"), ("feed", 0, "link"), ("version", 0, "")."""
    if accessor in ("version", "len(entries)"):
        return accessor, 0, ""
    found = re.fullmatch(r"(feed|entries\[(\d+)\])(?:\.(\w+)|\['(\w+)'\])", accessor)
    name = _CARRIED.get(found[3] or found[4]) if found else None
    if found is None or name is None or (found[1] == "feed" and name not in ("title", "link", "language")):
        return None
    return ("entries" if found[2] else "feed"), int(found[2] or 0), name


def _value_of(theirs: Any, accessor: str) -> Any:
    try:
        return eval(
            accessor, {"len": len}, {key: theirs.get(key) for key in ("feed", "entries", "version")}
        )  # an accessor as `_path` knows it
    except (LookupError, AttributeError, TypeError):
        return None


def _value_in(ours: tuple[ParsedFeed, list[Entry | None]], accessor: str) -> Any:
    where, number, name = _path(accessor) or ("", 0, "")
    feed, entries = ours
    if where in ("version", "len(entries)"):
        return feed.kind if where == "version" else len(entries)
    if where == "entries":
        return _our_texts(entries[number]).get(name) if number < len(entries) else None
    return {"title": feed.title, "link": _normal("link", feed.link), "language": feed.language}[name]


def _our_texts(entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {
        "title": entry.title,
        "link": _normal("link", entry.url),
        "id": entry.guid,
        "author": entry.authors[0] if entry.authors else None,
        "summary": entry.summary,
        "published": _iso(entry.published),
        "updated": _iso(entry.updated),
        "language": entry.language,
        "tags": entry.tags,
        "authors": entry.authors,
    }


def _read_through(body: bytes, headers: dict[str, str]) -> tuple[ParsedFeed, list[Entry | None]]:
    """As `parse` reads, but before entries without an address, or with another's, are left out."""
    if body.startswith(b"{"):
        feed = parse(body, BASE, now=NOW)
        return feed, list(feed.entries)
    whole, _ = charset.without_junk(charset.in_utf8(body, headers.get("content-type", ""))[0])
    document = strict.read(whole) or lenient.read(whole)
    if document is None:
        return ParsedFeed(kind=""), []
    found = list(document.items)
    for number, item in enumerate(found):
        item.link = item.link or f"{BASE}/{number}"
    location = headers.get("content-location", "")
    return judged(replace(document, items=found), location if location.startswith("http") else BASE, NOW)


def _comparable(accessor: str, value: Any) -> Any:
    """A value of feedparser's as we would say it: without markup and spacing, moments as ISO, None for nothing."""
    name = (_path(accessor) or ("", 0, ""))[2]
    if isinstance(value, tuple | time.struct_time):
        return _iso(datetime.fromtimestamp(timegm(tuple(value)), UTC))
    if isinstance(value, list):
        return words.names(one.get("label") or one.get("term") or one.get("name") for one in value)
    if not isinstance(value, str) or name in ("", "id"):
        return value
    if name == "link":
        return _normal("link", value)
    return words.language(value) if name == "language" else words.plain(value, words.SUMMARY)
