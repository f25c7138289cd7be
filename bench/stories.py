"""`python -m bench.stories`: how well near-copies are grouped, and what it costs with 100,000 articles stored."""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import redis

from bench.report import Figure, show
from tests.dedupe.stories_corpus import Text, corpus
from tests.valkey import Valkey
from workers.dedupe.sketch import BITS, SIZE, sketch
from workers.ledger.ledger import connect
from workers.ledger.stories import Stories

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STORED = 100_000
MEASURED = 2_000
BATCH = 100
"""Articles the index room writes at once."""

Row = tuple[str, str, datetime]


def id_of(name: object) -> str:
    """An article's id."""
    return hashlib.sha256(str(name).encode()).hexdigest()[:24]


@contextmanager
def server() -> Iterator[redis.Redis]:
    """A Valkey of our own, empty."""
    with tempfile.TemporaryDirectory() as folder:
        valkey = Valkey(Path(folder))
        client = connect(valkey.url)
        try:
            yield client
        finally:
            client.close()
            valkey.stop()


def grouping(originals: int = 1000) -> tuple[Figure, ...]:
    """Pairs of the project's corpus: which are found to be one story, and which should be."""
    texts = corpus(originals)
    rows = [(id_of(text.number), sketch(text.words), NOW) for text in texts]
    with server() as client:
        stories = Stories(client)
        stories.place(rows)
        found = defaultdict(list)
        for text, likeness in zip(texts, stories.place(rows), strict=True):
            found[likeness.story].append(text.number)
    together = {pair for group in found.values() for pair in combinations(sorted(group), 2)}
    copies = [text for text in texts if text.copied is not None]
    true = {pair_of(text) for text in copies}
    slightly = {pair_of(text) for text in copies if text.edited <= 0.2}
    much = {pair_of(text) for text in copies if text.edited > 0.2}
    return (
        Figure(
            name=f"pairs in one story that belong there, of {len(together)}",
            value=share(together & true, together),
            at_least=0.99,
        ),
        Figure(
            name=f"copies edited by up to 20 % found, of {len(slightly)}",
            value=share(together & slightly, slightly),
            at_least=0.95,
        ),
        Figure(name=f"copies edited by 20 to 40 % found, of {len(much)}", value=share(together & much, much)),
    )


def pair_of(text: Text) -> tuple[int, int]:
    """A copy and its original."""
    assert text.copied is not None
    return min(text.number, text.copied), max(text.number, text.copied)


def share(part: Iterable[object], whole: Iterable[object]) -> float:
    """How much of it; 1 of nothing."""
    size = len(list(whole))
    return len(list(part)) / size if size else 1.0


def cost(stored: int = STORED, measured: int = MEASURED) -> tuple[Figure, ...]:
    """CPU of an article with so many stored: its sketch, the call, and what Redis does; and memory."""
    chance = random.Random(4)  # noqa: S311 # nobody is to be kept from guessing it
    texts = corpus(round(measured / 1.3), seed=5)
    with server() as client:
        stories = Stories(client)
        empty = client.info("memory")["used_memory"]
        for start in range(0, stored, 1000):
            stories.place(drawn(chance, number) for number in range(start, start + 1000))
        memory = (client.info("memory")["used_memory"] - empty) / stored
        for text in texts[: MEASURED // 20]:
            sketch(text.words)  # what is computed once a process is not an article's
        ours, theirs = time.process_time(), cpu(client)
        rows: list[Row] = [(id_of(("m", text.number)), sketch(text.words), NOW) for text in texts]
        sketched = time.process_time() - ours
        for start in range(0, len(rows), BATCH):
            stories.place(rows[start : start + BATCH])
        ours, theirs = time.process_time() - ours - sketched, cpu(client) - theirs
    each = [1000 * seconds / len(rows) for seconds in (sketched, ours, theirs)]
    words = sum(len(text.words.split()) for text in texts) / len(texts)
    return (
        Figure(name=f"CPU an article, {stored:,} stored", value=sum(each), unit="ms", at_most=0.5,
               note=f"sketch of {words:.0f} words {each[0]:.2f}, call {each[1]:.2f}, Redis {each[2]:.2f}"),
        Figure(name="memory of an article compared, for a week", value=memory, unit="B"),
    )  # fmt: skip


def drawn(chance: random.Random, number: int) -> Row:
    """An article like no other, of the last four days."""
    made = b"".join(chance.getrandbits(BITS).to_bytes(5, "big") for _ in range(SIZE))
    return id_of(number), made.hex(), NOW - timedelta(hours=96 * chance.random())


def cpu(client: redis.Redis) -> float:
    """Seconds the server has worked."""
    info: Any = client.info("cpu")
    return float(info["used_cpu_user"] + info["used_cpu_sys"])


def measure() -> tuple[Figure, ...]:
    """Both."""
    return (*grouping(), *cost())


if __name__ == "__main__":
    show("Stories", measure())
