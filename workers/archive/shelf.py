"""The archive's reading side: which pages there are, reading one, and whether a file is what it should be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from workers.archive import files
from workers.archive.files import OPEN, OURS, Place
from workers.archive.index import Index
from workers.archive.records import Capture
from workers.errors import ArchiveDamaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What reading a whole file gave."""

    file: str
    records: int
    pages: int
    problems: tuple[str, ...] = ()
    """One sentence each; none: every record is whole and is what its digests say."""


def folder_of(data: Path) -> Path:
    """Where the archive lies in the service's data folder."""
    return data / "archive"


def read(folder: Path, place: Place) -> Capture:
    """A page, as it came. Raises ArchiveDamaged."""
    finished = folder / place.file
    try:
        for path in (finished, folder / (place.file + OPEN)):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as source:
                return files.read(source, place)
        with finished.open("rb") as source:  # it got its name in between
            return files.read(source, place)
    except OSError as error:
        raise ArchiveDamaged(f"{place.file}: {error}") from error


def verify(folder: Path) -> Iterator[Verified]:
    """Each file, read from end to end with its digests checked, as any WARC tool would."""
    index = Index(folder)
    try:
        listed = {file.name: file.pages for file in index.files()}
    finally:
        index.close()
    for path in sorted((*folder.glob(OURS), *folder.glob(OURS + OPEN))):
        name = path.name.removesuffix(OPEN)
        yield _verified(path, name, listed.get(name), is_open=path.name.endswith(OPEN))


def _verified(path: Path, name: str, listed: int | None, *, is_open: bool) -> Verified:
    problems, records = [], 0
    with path.open("rb") as source:
        try:
            for record in ArchiveIterator(source, check_digests=True):
                record.raw_stream.read()
                records += 1
                if record.digest_checker.passed is False:
                    where = record.rec_headers.get_header("WARC-Record-ID")
                    problems.append(f"{where}: {'; '.join(record.digest_checker.problems)}")
        except (ArchiveLoadFailed, ValueError, EOFError) as error:
            problems.append(f"after {records} records: {error}")
        found = list(files.pages(source, name))
        end = max((one.place.offset + one.place.length for one in found), default=0)
    size = path.stat().st_size
    if end != size and not is_open:
        problems.append(f"{size - end} bytes after the last whole page")
    if listed != len(found) and not is_open:
        problems.append(f"the index lists {listed or 0} of its {len(found)} pages")
    return Verified(file=path.name, records=records, pages=len(found), problems=tuple(problems))
