"""Looks after the archive's folder: files of processes that died are mended, those too many or too old deleted."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from workers.archive.files import OPEN, OURS, lock, pages, sync_folder
from workers.archive.index import Index, Shelved
from workers.archive.retention import expired
from workers.settings import Archiving

logger = logging.getLogger(__name__)


def tend(folder: Path, rules: Archiving, now: datetime) -> tuple[Shelved, ...]:
    """Mend, then delete what is too much; the files deleted. Nothing, where another process is at it already.

    Repeatable; open files of living processes are never touched. Raises OSError and sqlite3.Error.
    """
    if not folder.is_dir():
        return ()
    with _alone(folder) as mine:
        if not mine:
            return ()
        index = Index(folder)
        try:
            mend(folder, index)
            return _delete(folder, index, too_much(folder, index, rules, now))
        finally:
            index.close()


def too_much(folder: Path, index: Index, rules: Archiving, now: datetime) -> tuple[Shelved, ...]:
    """The files that the rules ask to delete now."""
    return expired(index.files(), rules, now, shutil.disk_usage(folder).free)


def mend(folder: Path, index: Index) -> None:
    """Finish what processes that died left open, and make the index say what the files say."""
    for left in sorted(folder.glob(OURS + OPEN)):
        _finish(folder, left, index)
    known = index.known()
    for path in sorted(folder.glob(OURS)):
        size, open_ = known.get(path.name, (0, True))
        if open_ or size != path.stat().st_size:
            _list(path, index)
    there = {path.name.removesuffix(OPEN) for path in folder.glob("newsdesk-*")}
    index.forget([file for file in known if file not in there])


def _finish(folder: Path, left: Path, index: Index) -> None:
    """Cut a file after its last whole page and give it its name; let it be when its process lives."""
    try:
        descriptor = os.open(left, os.O_RDWR)
    except FileNotFoundError:
        return  # finished by its own process since it was seen
    with os.fdopen(descriptor, "r+b") as source:
        if not lock(descriptor) or not left.exists():
            return
        name = left.name.removesuffix(OPEN)
        before = source.seek(0, os.SEEK_END)
        start = index.known().get(name, (0, True))[0]
        if start > before:
            index.forget([name])
            start = 0
        found = list(pages(source, name, start))
        end = max((one.place.offset + one.place.length for one in found), default=start)
        if not end:
            left.unlink()
            return
        source.truncate(end)
        os.fsync(descriptor)
        left.rename(folder / name)
        sync_folder(folder)
        index.add(name, end, found, open_=False)
        logger.warning("%s: left by a process that died; %d bytes of a torn page cut off", name, before - end)


def _list(path: Path, index: Index) -> None:
    with path.open("rb") as source:
        found = list(pages(source, path.name))
    index.forget([path.name])
    index.add(path.name, path.stat().st_size, found, open_=False)
    logger.warning("%s: %d pages listed anew", path.name, len(found))


def _delete(folder: Path, index: Index, files: tuple[Shelved, ...]) -> tuple[Shelved, ...]:
    """The index forgets first: a page that is listed is always there."""
    index.forget([file.name for file in files])
    for file in files:
        (folder / file.name).unlink(missing_ok=True)
        logger.info("archive file deleted: %s, %d pages, newest %s", file.name, file.pages, file.newest)
    return files


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """True for one process at a time."""
    descriptor = os.open(folder / "upkeep.lock", os.O_CREAT | os.O_RDWR, 0o644)
    try:
        yield lock(descriptor)
    finally:
        os.close(descriptor)
