"""Real pages of four collections: none crashes the reader, and the figures stay where they were measured."""

from __future__ import annotations

import gzip
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workers.extract.story import extract
from workers.extract.wording import key
from workers.model import Article, Refused

PAGES = Path(__file__).parents[2].parent / "shared" / "data" / "pages"
FETCHED = datetime(2026, 6, 1, tzinfo=UTC)
WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")

needs_pages = pytest.mark.skipif(not PAGES.exists(), reason="shared/data not present")


def pages(source: str, step: int = 1) -> Iterator[tuple[dict[str, Any], Article | Refused]]:
    for line in (PAGES / f"{source}.jsonl").read_text(encoding="utf-8").splitlines()[::step]:
        page = json.loads(line)
        html = gzip.decompress((PAGES / page["file"]).read_bytes())
        yield page, extract(html, page["url"] or "https://unknown.example/page", fetched=FETCHED)


def overlap(found: str, truth: str, size: int = 1) -> float:
    """F1 of the word sequences of `size` in both texts."""
    bags = [WORD.findall(text.casefold()) for text in (found, truth)]
    a, b = (Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1)) for words in bags)
    return 2 * (a & b).total() / ((a.total() + b.total()) or 1)


def text(outcome: Article | Refused) -> str:
    return outcome.text if isinstance(outcome, Article) else ""


@pytest.mark.corpus
@needs_pages
@pytest.mark.parametrize("source", ["aeb", "traf", "htmldate", "fundus"])
def test_a_sample_of_real_pages_gives_articles(source: str) -> None:
    outcomes = [outcome for _, outcome in pages(source, step=20)]
    assert sum(isinstance(outcome, Article) for outcome in outcomes) >= 0.8 * len(outcomes)
    assert all(outcome.url for outcome in outcomes)


@needs_pages
@pytest.mark.integration
@pytest.mark.parametrize(("source", "words", "sequences"), [("aeb", 0.94, 0.93), ("fundus", 0.94, 0.93)])
def test_the_text_agrees_with_what_was_read_by_hand(source: str, words: float, sequences: float) -> None:
    read = [(text(outcome), page["text"]) for page, outcome in pages(source) if page["text"]]
    assert statistics.mean(overlap(found, truth) for found, truth in read) >= words
    assert statistics.mean(overlap(found, truth, 4) for found, truth in read) >= sequences


@needs_pages
@pytest.mark.integration
def test_news_pages_give_title_and_minute_and_none_is_refused() -> None:
    read = list(pages("fundus"))
    articles = [(page, outcome) for page, outcome in read if isinstance(outcome, Article)]
    assert len(articles) == len(read)
    dated = [(a.published, datetime.fromisoformat(p["published"])) for p, a in articles if p["published"]]
    exact = [abs((at - truth.replace(tzinfo=truth.tzinfo or UTC)).total_seconds()) < 60 for at, truth in dated if at]
    assert sum(exact) >= 0.93 * len(dated)
    assert sum(key(a.title) == key(p["title"]) for p, a in articles if p["title"]) >= 0.75 * len(articles)


@needs_pages
@pytest.mark.integration
@pytest.mark.parametrize("source", ["traf", "htmldate"])
def test_pages_of_all_kinds_are_read_without_a_crash(source: str) -> None:
    outcomes = [outcome for _, outcome in pages(source)]
    assert sum(isinstance(outcome, Article) for outcome in outcomes) >= 0.9 * len(outcomes)
