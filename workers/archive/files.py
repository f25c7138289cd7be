"""The file a process writes to, and what of a file is whole: names, locks, gzip members, pages."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import socket
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from warcio.exceptions import ArchiveLoadFailed

from workers.archive import records
from workers.errors import ArchiveDamaged

ENDING = ".warc.gz"
OPEN = ".open"
"""What stands behind a file's name while a process writes to it, as Heritrix does."""
OURS = f"newsdesk-*{ENDING}"
STRIDE = 262_144


class Disk:
    """What is asked of the disk; tests hand in one that is full."""

    def write(self, descriptor: int, data: bytes) -> None:
        """All of it, or OSError with some of it written."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def free(self, folder: Path) -> int:
        """Bytes that the disk with this folder, or with what it will lie in, has left."""
        there = next(place for place in (folder, *folder.parents) if place.exists())
        return shutil.disk_usage(there).free

    def sync(self, descriptor: int) -> None:
        """Return when it would survive a power cut."""
        getattr(os, "fdatasync", os.fsync)(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page lies."""

    file: str
    """Its name once it is finished, without a folder."""
    offset: int
    """Of its first record, and the `length` of all of them."""
    length: int
    body: int
    """Offset of the record with its body: its own first one, or for a revisit another's in the same file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page as it was found in a file."""

    place: Place
    about: dict[str, Any]
    """What `Capture.about` wrote."""
    digest: str


class Open:
    """A file that this process alone writes to: begun, locked, and in the end given its name."""

    def __init__(self, folder: Path, disk: Disk, now: datetime) -> None:
        """Raises OSError when it cannot be begun; nothing is left behind then."""
        self.name, self.began, self._folder, self._disk = name(now), now, folder, disk
        self.path = folder / (self.name + OPEN)
        self._descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, 0o644)
        try:
            self._take()
            head = records.warcinfo(self.name)
            disk.write(self._descriptor, head)
            sync_folder(folder)
        except BaseException:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            raise
        self.size = self.head = len(head)

    def _take(self) -> None:
        if not lock(self._descriptor):
            raise BlockingIOError(f"{self.path}: locked by another process as it began")

    def put(self, data: bytes) -> int:
        """Write at the end; the offset. Not safe before `sync`."""
        offset = self.size
        self._disk.write(self._descriptor, data)
        self.size += len(data)
        return offset

    def sync(self) -> None:
        """Return when all of it would survive a power cut."""
        self._disk.sync(self._descriptor)

    def cut(self, size: int) -> None:
        """Take back what was written beyond `size`."""
        os.ftruncate(self._descriptor, size)
        self.size = size

    def finish(self) -> None:
        """Give the file its name, or remove it when it holds no page; nothing more may be written."""
        try:
            if self.size > self.head:
                self.path.rename(self._folder / self.name)
                sync_folder(self._folder)
            else:
                self.path.unlink(missing_ok=True)
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the file as it is; whoever looks after the folder finishes it. Again is fine."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def name(now: datetime) -> str:
    """A name no other process, on any host, gives: by time, host, process and chance."""
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:40] or "host"
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"
    return f"newsdesk-{stamp}-{host}-{os.getpid()}-{secrets.token_hex(3)}{ENDING}"


def lock(descriptor: int) -> bool:
    """Take the file for this process; False when another has it. The kernel gives it back when a process dies."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Return when names in the folder would survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- reading


def members(source: BinaryIO, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Offset, length and content of each whole gzip member from `start` on; ends at one that is torn or damaged."""
    source.seek(start)
    offset, rest = start, b""
    while True:
        inflater, content, used = zlib.decompressobj(records.GZIP), bytearray(), 0
        while not inflater.eof:
            piece = rest or source.read(STRIDE)
            if not piece:
                return
            try:
                content += inflater.decompress(piece)
            except zlib.error:
                return
            used, rest = used + len(piece), b""
        rest = inflater.unused_data
        length = used - len(rest)
        yield offset, length, bytes(content)
        offset += length


def pages(source: BinaryIO, file: str, start: int = 0) -> Iterator[Found]:
    """Each whole page from `start` on: one whose last record is there."""
    begin, first = 0, None
    for offset, length, content in members(source, start):
        try:
            record = records.parse(content)
        except ArchiveLoadFailed:
            return
        if record.rec_type in ("response", "revisit"):
            begin, first = offset, record.rec_headers
        elif record.rec_type == "metadata" and first and belongs(record.rec_headers, first):
            about = records.read_about(record)
            end, body = offset + length, about["body"]
            place = Place(file=file, offset=begin, length=end - begin, body=begin if body is None else body)
            yield Found(place=place, about=about, digest=first.get_header("WARC-Payload-Digest"))
            first = None


def belongs(fields: Any, first: Any) -> bool:
    """Whether a record was written beside that first one of a page."""
    return bool(fields.get_header("WARC-Concurrent-To") == first.get_header("WARC-Record-ID"))


def read(source: BinaryIO, place: Place) -> records.Capture:
    """The page that lies there, its body wherever that is. Raises ArchiveDamaged when it cannot be read."""
    try:
        own = [content for _, _, content in islice(members(source, place.offset), 3)]
        about = records.read_about(records.parse(own[2]))
        whole = own[0] if place.body == place.offset else next(members(source, place.body))[2]
        return records.Capture.from_about(about, records.parse(whole).raw_stream.read())
    except (ArchiveLoadFailed, LookupError, StopIteration, ValueError) as error:
        raise ArchiveDamaged(f"{place.file} at {place.offset}: {type(error).__name__}: {error}") from error
