"""Where every announced article is: by the ledger's own entries and by the store's own rows, not by counters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.journey.service import Service, everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """After a run."""

    announced: int
    """What the feeds name."""
    indexed: int
    waiting: int
    dead: int
    lost: int
    """Neither in the index, nor waiting, nor set aside; or called indexed and not in the store."""
    doubled: int
    """Documents of the store beyond the first for an address."""

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing doubled, and the dead letter is the poison page's alone."""
        return not self.lost and not self.doubled and not self.waiting and self.dead == 1


def taken(service: Service, announced: int) -> Account:
    """Count them all."""
    stages: Counter[str] = Counter()
    done: set[str] = set()
    for key in service.client.scan_iter("nd:article:*", count=1000):
        stage, url = (_text(value) for value in service.client.hmget(key, "stage", "url"))
        stages[stage] += 1
        if stage == "done":
            done.add(url)
    reader = service.reader()
    try:
        stored = Counter(hit.url for hit in everything(reader))
    finally:
        reader.close()
    waiting = sum(stages[stage] for stage in ("fetch", "extract", "index"))
    return Account(
        announced=announced,
        indexed=stages["done"],
        waiting=waiting,
        dead=stages["dead"],
        lost=announced - stages["done"] - waiting - stages["dead"] + len(done - set(stored)),
        doubled=sum(count - 1 for count in stored.values()),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else ""
