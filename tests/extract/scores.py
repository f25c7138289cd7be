"""How well a reading agrees with what was read by hand, one rule a score."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from workers.extract.wording import key

_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")

Page = dict[str, Any]
"""One line of a source's list: url, title, authors, published, text, must_contain, must_not_contain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reader made of one page."""

    seconds: float
    """CPU time of the process."""
    text: str = ""
    with_posts: str = ""
    """The text with the embedded posts where they stand, for readers that keep them apart; else as `text`."""
    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | date | None = None
    day: date | None = None
    """The day as the page writes it, in its own zone."""


Pairs = Sequence[tuple[Reading, Page]]
"""A score leaves out the pages without a truth of its kind."""


def passages(pairs: Pairs) -> float | None:
    """F1 of the passages that must and must not be in the text, white space collapsed (trafilatura's own measure)."""
    hit = missed = wrong = 0
    for reading, page in pairs:
        text = " ".join(reading.text.split())
        wanted = [" ".join(passage.split()) in text for passage in page["must_contain"] or ()]
        hit, missed = hit + sum(wanted), missed + wanted.count(False)
        wrong += sum(" ".join(passage.split()) in text for passage in page["must_not_contain"] or ())
    return 2 * hit / (2 * hit + missed + wrong) if hit else None


def overlap(found: str, truth: str, size: int = 1) -> float:
    """F1 of the word sequences of `size` in both texts, with repetition; letters are words where none are spaced."""
    a, b = _shingles(found, size), _shingles(truth, size)
    return 2 * (a & b).total() / ((a.total() + b.total()) or 1)


def words(pairs: Pairs) -> float | None:
    """Word F1, mean of the pages."""
    return _mean(overlap(reading.text, page["text"]) for reading, page in pairs if page["text"])


def shingles(pairs: Pairs) -> float | None:
    """F1 of mean precision and mean recall over sequences of four words (article-extraction-benchmark's measure).

    The collections scored by it count embedded posts as text, as most readers do.
    """
    precision, recall = [], []
    for reading, page in pairs:
        if page["text"]:
            found, truth = _shingles(reading.with_posts or reading.text, 4), _shingles(page["text"], 4)
            both = (found & truth).total()
            precision.append(both / found.total() if found else float(not truth))
            recall.append(both / truth.total() if truth else float(not found))
    if not precision:
        return None
    p, r = statistics.mean(precision), statistics.mean(recall)
    return 2 * p * r / ((p + r) or 1)


def title(pairs: Pairs) -> float | None:
    """Share of titles equal in letters and digits."""
    return _mean(key(r.title) == key(p["title"]) for r, p in pairs if p["title"])


def authors(pairs: Pairs) -> float | None:
    """Share of pages with the same set of names, letters compared."""
    return _mean({*map(key, r.authors)} == {*map(key, p["authors"])} for r, p in pairs if p["authors"])


def invented(pairs: Pairs) -> float | None:
    """Share of the pages annotated without authors for which one is given."""
    return _mean(bool(r.authors) for r, p in pairs if not p["authors"])


def day(pairs: Pairs) -> float | None:
    """Share of pages given the day that was annotated, as the page writes it."""
    return _mean(str(r.day) == p["published"][:10] for r, p in pairs if p["published"])


def utc_day(pairs: Pairs) -> float | None:
    """Share of pages whose instant falls on the annotated day in UTC: what an index by UTC days shows."""
    return _mean(str(r.published)[:10] == p["published"][:10] for r, p in pairs if p["published"])


def minute(pairs: Pairs) -> float | None:
    """Share of pages given the annotated instant, of those annotated with a time; midnight is none."""
    timed = [
        (r, p["published"]) for r, p in pairs if "T" in (p["published"] or "") and "T00:00:00" not in p["published"]
    ]
    return _mean(_seconds_apart(r.published, datetime.fromisoformat(truth)) < 60 for r, truth in timed)


def cpu(pairs: Pairs) -> tuple[float, float, float]:
    """Milliseconds of CPU a page: mean, 95th percentile, largest."""
    spent = sorted(1000 * reading.seconds for reading, _ in pairs)
    return statistics.mean(spent), spent[int(0.95 * len(spent))], spent[-1]


def word_list(text: str) -> list[str]:
    """The words of a text in lower case; letters where none are spaced."""
    return _WORD.findall(text.casefold())


def _shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    tokens = word_list(text)
    size = min(size, len(tokens) or 1)
    return Counter(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def _seconds_apart(found: datetime | date | None, truth: datetime) -> float:
    if found is None:
        return float("inf")
    if not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day, tzinfo=UTC)
    return abs((found - (truth if truth.tzinfo else truth.replace(tzinfo=UTC))).total_seconds())


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return statistics.mean(listed) if listed else None


SCORES: dict[str, dict[str, Callable[[Pairs], float | None]]] = {
    "aeb": {"shingles": shingles, "words": words},
    "traf": {"passages": passages, "title": title, "authors": authors, "invented": invented, "day": day},
    "htmldate": {"day": day, "utc-day": utc_day},
    "fundus": {"words": words, "shingles": shingles, "title": title, "authors": authors, "day": day, "minute": minute},
}
