"""`python -m bench.replaying`: 1,000 pages, most of them real, through the whole service, and read again.

By the same extractor the documents must be the same, byte for byte; by another one the new generation has what it
makes of them; and searches, asked all the while, must never find fewer.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Figure, NotMeasured, show
from bench.shared import needed
from chaos.web import Web
from tests.journey.service import Service, everything
from workers.search.language import read

HOSTS, EACH = 50, 20
OTHER = "newsdesk-next"
"""Another extractor: it signs otherwise."""
OTHER_EXTRACTOR = f"""\
from workers.extract import story
story.EXTRACTOR = {OTHER!r}
"""
PATIENCE = 900.0


class RealPages(Web):
    """The pages of shared/data/pages, 20 a host, and as many made ones as there are fewer than a thousand."""

    def __init__(self) -> None:
        files = sorted(needed("data", "pages").glob("*/*.html.gz"))[: HOSTS * EACH]
        if not files:
            raise NotMeasured("shared/data/pages has no pages")
        self._files = files
        super().__init__(HOSTS, EACH)

    @property
    def real(self) -> int:
        """How many are."""
        return len(self._files)

    def article(self, host: int, number: int) -> bytes:
        """A page as it was fetched once, or a made one."""
        place = host * EACH + number
        real = self._files[place : place + 1]
        return gzip.decompress(real[0].read_bytes()) if real else super().article(host, number)


@dataclass
class Watched:
    """What searches found while something else went on."""

    asked: int = 0
    fewest: int = sys.maxsize


@contextmanager
def searching(service: Service) -> Iterator[Watched]:
    """Ask for everything again and again."""
    watched, ended, reader = Watched(), threading.Event(), service.reader()

    def ask() -> None:
        while not ended.is_set():
            total = reader.search(read("", now=datetime.now(UTC)), facets=False).total
            watched.asked, watched.fewest = watched.asked + 1, min(watched.fewest, total)
            time.sleep(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield watched
    finally:
        ended.set()
        asking.join()
        reader.close()


def documents(service: Service) -> dict[str, bytes]:
    """Every document of the store as JSON, by its id."""
    reader = service.reader()
    try:
        ids = [hit.id for hit in everything(reader)]
        found = {id_: article for id_ in ids if (article := reader.get(id_))}
    finally:
        reader.close()
    return {id_: json.dumps(article.to_dict(), sort_keys=True).encode() for id_, article in found.items()}


def replay(service: Service, environment: Mapping[str, str] | None = None) -> dict[str, int]:
    """`newsdesk replay --json` beside the service; what it counted."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    command = [sys.executable, "-m", "workers.cli", "replay", "--json"]
    made = subprocess.run(  # noqa: S603 # our own command
        command,
        env={**clean, **service.environment, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(f"newsdesk replay ended with {made.returncode}: {made.stderr[-2000:]}")
    counts: dict[str, int] = json.loads(made.stdout)["counts"]
    return counts


def measure() -> tuple[Figure, ...]:
    """Ingest, replay twice, compare. Raises NotMeasured without real pages."""
    web = RealPages()
    with tempfile.TemporaryDirectory(prefix="newsdesk-replaying-") as folder:
        service = Service(Path(folder) / "service", web.feeds(), str(Path(folder) / "store"))
        try:
            service.start_workers()
            service.wait_until(lambda: service.settled(web.announced), seconds=PATIENCE)
            before = documents(service)
            with searching(service) as same_watched:
                same = replay(service)
            after = documents(service)
            with searching(service) as other_watched:
                other = replay(service, another_extractor(Path(folder)))
            anew = documents(service)
        finally:
            service.stop()
            web.close()
    return tuple(figures(web.announced, web.real, before, after, anew, (same, other), (same_watched, other_watched)))


def another_extractor(folder: Path) -> dict[str, str]:
    """The environment in which every Python reads pages with another extractor."""
    home = folder / "another"
    home.mkdir()
    (home / "sitecustomize.py").write_text(OTHER_EXTRACTOR, encoding="utf-8")
    return {"PYTHONPATH": f"{home}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


def figures(
    announced: int,
    real: int,
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    anew: Mapping[str, bytes],
    counts: tuple[Mapping[str, int], Mapping[str, int]],
    watched: tuple[Watched, Watched],
) -> Iterator[Figure]:
    """What was found, beside what is promised."""
    told = [", ".join(f"{number} {word}" for word, number in sorted(one.items())) for one in counts]
    yield Figure(
        name="Pages archived", value=announced, at_least=1000, note=f"{real} of them real; {len(before)} are articles"
    )
    yield Figure(
        name="Documents the same byte for byte, same extractor",
        value=100 * sum(after.get(id_) == document for id_, document in before.items()) / len(before),
        unit="%",
        at_least=100,
        note=told[0],
    )
    yield Figure(name="Documents more or fewer", value=len(before.keys() ^ after.keys()), at_most=0)
    signed = sum(json.loads(document)["extractor"] == OTHER for document in anew.values())
    yield Figure(
        name="Documents by another extractor, after its replay",
        value=100 * signed / len(before),
        unit="%",
        at_least=100,
        note=told[1],
    )
    for name, one in zip(("the same", "another"), watched, strict=True):
        yield Figure(
            name=f"Articles missing in a search meanwhile, {name} extractor",
            value=max(0, len(before) - one.fewest),
            at_most=0,
            note=f"{one.asked:,} searches",
        )


if __name__ == "__main__":
    found = show("Replay", measure())
    if any(figure.verdict == "MISS" for figure in found):
        raise SystemExit(1)
