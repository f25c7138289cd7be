"""Where the pipeline meets the archive: a page is kept before the ledger hears of it, or waits until it can be."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import structlog

from workers.connections import archive, ledger, settings
from workers.errors import ArchiveDown, NotYet
from workers.ledger.jobs import Claim
from workers.model import Page, Reply

log: structlog.stdlib.BoundLogger = structlog.get_logger()

PAUSE = timedelta(seconds=10)
"""How long a page waits that the archive cannot take."""
HOLD = timedelta(seconds=25)
"""How long all fetching waits with it, unless `tend`, which looks more often, finds that pages can be kept again."""


def is_on() -> bool:
    """Whether pages are kept."""
    return archive() is not None


def refuse_unkept(url: str) -> None:
    """Raise NotYet while the archive cannot take pages: nobody is asked for what would be thrown away."""
    kept = archive()
    if kept is not None and (problem := kept.trouble()):
        raise refused(problem, url)


def keep(claim: Claim, page: Page, reply: Reply) -> str:
    """Append a page, on disk when this returns; where it lies, in words. Raises NotYet when it cannot be kept."""
    kept = archive()
    if kept is None or reply.heads is None:
        return ""
    from workers.archive.records import Capture  # noqa: PLC0415 # loaded only where the archive is on

    capture = Capture(
        article=claim.job,
        page=page,
        status=reply.status,
        hops=reply.hops,
        announced=claim.announced,
        entry=claim.entry,
        feed=ledger().feed_named(claim.feed),
    )
    try:
        place = kept.append(capture, reply.heads)
    except ArchiveDown as down:
        raise refused(str(down), page.final_url) from down
    return f", archived in {place.file} at {place.offset}"


def refused(problem: str, url: str) -> NotYet:
    """Every fetch waits, not this one alone: the tick holds the room."""
    ledger().archive_refuses(problem, HOLD)
    return NotYet("archive-full", problem, url=url, after=PAUSE)


def tend() -> None:
    """Look after the archive's folder, and whether it takes pages; what fails is said, and tried again soon."""
    kept = archive()
    if kept is None:
        return
    from workers.archive import shelf, upkeep  # noqa: PLC0415 # loaded only where the archive is on

    kept.tend()
    if problem := kept.trouble():
        ledger().archive_refuses(problem, HOLD)
    else:
        ledger().archive_takes()
    try:
        upkeep.tend(shelf.folder_of(settings().data), settings().archive, datetime.now(UTC))
    except (OSError, sqlite3.Error) as error:
        log.error("archive cannot be looked after", problem=str(error))  # noqa: TRY400 # one line is enough
