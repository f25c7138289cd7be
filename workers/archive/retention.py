"""Which files of the archive are too old or too many: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from workers.archive.index import Shelved
from workers.settings import Archiving


def expired(files: Sequence[Shelved], rules: Archiving, now: datetime, free: int) -> tuple[Shelved, ...]:
    """Files to delete: those whose newest page is too old, then the oldest until the rest is within the limit.

    An open file counts towards the size and is never among them. `free` is what the disk has left, in bytes.
    """
    limit = min(rules.max_bytes, sum(file.bytes for file in files) + free - rules.free_bytes)
    eldest = now - timedelta(days=rules.max_days)
    finished = sorted((file for file in files if not file.open), key=lambda file: (file.newest or now, file.name))
    old = [file for file in finished if file.newest is None or file.newest < eldest]
    total = sum(file.bytes for file in files) - sum(file.bytes for file in old)
    gone = list(old)
    for file in finished:
        if total <= limit:
            break
        if file not in old:
            gone.append(file)
            total -= file.bytes
    return tuple(gone)
