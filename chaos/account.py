"""Where every announced article is: by the ledger's own entries and by the store's own rows, not by counters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from chaos.scene import Scene
from tests.journey.service import everything
from workers.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """After a run."""

    announced: int
    """What the feeds name."""
    indexed: int
    waiting: int
    dead: int
    astray: int
    """Dead letters that are not poison, and poison that is none."""
    lost: int
    """Neither in the index, nor waiting, nor set aside; or called indexed and not in the store."""
    doubled: int
    """Documents of the store beyond the first for an address."""
    strays: tuple[str, ...] = ()
    """Those astray, each with why it is among the dead letters."""

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing doubled, nothing waits, and set aside is the poison alone."""
        return not (self.lost or self.doubled or self.waiting or self.astray)


def taken(scene: Scene) -> Account:
    """Count them all."""
    service, announced = scene.service, scene.web.announced
    ledger = Ledger(service.client, service.settings.ledger)
    done = [left.document for _, left in ledger.finished()]
    keys = service.client.scan_iter("nd:article:*", count=1000)
    rest = [service.client.hmget(key, "stage", "url", "reason", "detail", "log") for key in keys]
    stages = Counter(_text(stage) for stage, *_ in rest)
    dead = {_text(url): " ".join(map(_text, why)) for stage, url, *why in rest if stage == b"dead"}
    reader = service.reader()
    try:
        hits = everything(reader)
    finally:
        reader.close()
    waiting = sum(stages[stage] for stage in ("fetch", "extract", "index"))
    return Account(
        announced=announced,
        indexed=len(done),
        waiting=waiting,
        dead=len(dead),
        astray=len(dead.keys() ^ scene.poison),
        strays=tuple(f"{url}: {dead.get(url, 'is not among them')}" for url in sorted(dead.keys() ^ scene.poison)),
        lost=announced - len(done) - waiting - len(dead) + len(set(done) - {hit.id for hit in hits}),
        doubled=sum(count - 1 for count in Counter(hit.url for hit in hits).values()),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else ""
