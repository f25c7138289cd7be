"""`python -m bench.extracting`: how well pages are read, at what cost, beside trafilatura and htmldate on the same."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench import poison, stories
from bench.report import Figure, show
from bench.shared import needed
from tests.extract import measure as reading
from tests.extract.scores import SCORES, Page, Reading, cpu
from tests.extract.test_countries import CASES
from workers.extract.countries import countries
from workers.extract.language import language
from workers.extract.story import preload

Pairs = Sequence[tuple[Reading, Page]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A score with what is promised of it, and whom it is compared with."""

    source: str
    score: str
    name: str
    at_least: float | None = None
    beside: str = "trafilatura"


PROMISES = (
    Promise(source="traf", score="passages", name="passages, F1 (pages annotated by hand)", at_least=0.933),
    Promise(source="traf", score="title", name="title equal", at_least=0.82),
    Promise(source="traf", score="authors", name="authors the same set", at_least=0.68),
    Promise(source="traf", score="invented", name="authors given where the page has none"),
    Promise(source="htmldate", score="day", name="day of publication", at_least=0.935, beside="htmldate"),
    Promise(source="fundus", score="words", name="words of the text, F1", at_least=0.960),
    Promise(source="fundus", score="minute", name="minute of publication", at_least=0.96),
    Promise(source="aeb", score="shingles", name="runs of four words, F1, posts in place", at_least=0.970),
)
"""What was annotated by hand judges best; fundus takes its dates from where rules read them."""

TIMED = ("fundus", "aeb")
SURE = 0.9
SLOWEST = 300.0
"""Milliseconds of CPU that no page may take."""


def measure() -> tuple[Figure, ...]:
    """Every source once, cold, each reader in turn on the same page. Raises NotMeasured without the pages."""
    needed("data", "pages")
    logging.disable(logging.ERROR)
    try:
        preload()
        return tuple(figure for source in reading.SOURCES for figure in of_source(source))
    finally:
        logging.disable(logging.NOTSET)


def of_source(source: str) -> list[Figure]:
    """The figures of one source."""
    readings = reading.measure(source, reading.READERS)
    pairs = {name: list(zip(read, readings.pages, strict=True)) for name, read in readings.by.items()}
    figures = [scored(promise, pairs) for promise in PROMISES if promise.source == source]
    return figures + (timed(source, pairs) if source in TIMED else [])


def scored(promise: Promise, pairs: Mapping[str, Pairs]) -> Figure:
    """One score, with the other reader's; authors are invented no more often than there."""
    rule: Callable[[Pairs], float | None] = SCORES[promise.source][promise.score]
    ours, theirs = rule(pairs["newsdesk"]), rule(pairs[promise.beside])
    assert ours is not None
    assert theirs is not None
    return Figure(
        name=f"{promise.source}: {promise.name}",
        value=ours,
        at_least=promise.at_least,
        at_most=theirs if promise.score == "invented" else None,
        note=f"{promise.beside} {theirs:.3f}",
    )


def timed(source: str, pairs: Mapping[str, Pairs]) -> list[Figure]:
    """CPU a page, held against trafilatura's in the same run."""
    ours, theirs = cpu(pairs["newsdesk"]), cpu(pairs["trafilatura"])
    mean, late, largest = (f"{source}: CPU a page, {what}" for what in ("mean", "95th percentile", "the slowest"))
    return [
        Figure(name=mean, value=ours[0], unit="ms", at_most=round(theirs[0], 1)),
        Figure(name=late, value=ours[1], unit="ms", at_most=round(theirs[1], 1)),
        Figure(name=largest, value=ours[2], unit="ms", at_most=SLOWEST, note=f"trafilatura {theirs[2]:.0f} ms"),
    ]


def named() -> tuple[Figure, ...]:
    """Language of the pages that are labelled with one, by their texts alone; countries in the project's own texts."""
    texts = [(page["text"], page["language"]) for source in reading.SOURCES for page, _ in reading.pages(source)
             if page.get("language") and page.get("text")]  # fmt: skip
    told = [(*language(text, None), label) for text, label in texts]
    sure = [(found, label) for found, chance, label in told if chance >= SURE]
    for code, *_ in CASES:
        countries("", "", code)  # a language's names are gathered once a process
    began = time.process_time()
    found = [(set(countries(title, text, code)), set(expected.split())) for code, title, text, expected in CASES]
    each = 1000 * (time.process_time() - began) / len(found)
    hit = sum(len(ours & theirs) for ours, theirs in found)
    return (
        Figure(
            name=f"language as labelled, of {len(texts)} pages",
            value=share(one == label for one, _, label in told),
            note="of those that differ all were looked at: nb told as no, and pages in other languages that say en",
        ),
        Figure(name=f"the same where it is at least {SURE:.0%} sure", value=share(one == label for one, label in sure)),
        Figure(name="countries found that are spoken of", value=hit / sum(len(ours) for ours, _ in found)),
        Figure(name="countries spoken of that are found", value=hit / sum(len(theirs) for _, theirs in found)),
        Figure(
            name=f"countries: CPU a text, of {len(found)} in {len({c for c, *_ in CASES})} languages",
            value=each,
            unit="ms",
        ),
    )


def share(values: Iterable[bool]) -> float:
    """Of those that hold."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def hostile() -> tuple[Figure, ...]:
    """Every hostile page through the whole service, with a harmless one behind it."""
    return poison.measure("page")


def main(parts: Iterable[str]) -> None:
    """Print what is asked for; all of it by default."""
    known: dict[str, tuple[str, Callable[[], tuple[Figure, ...]]]] = {
        "pages": ("Reading pages", measure),
        "named": ("Languages and countries", named),
        "stories": ("Stories", stories.measure),
        "hostile": ("Hostile pages, whole service", hostile),
    }
    for name in parts or known:
        title, run = known[name]
        show(title, run())


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("part", nargs="?", choices=["pages", "named", "stories", "hostile"], help="all by default")
    wanted = asked.parse_args().part
    main([wanted] if wanted else [])
