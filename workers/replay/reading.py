"""Archived pages through processes that may be killed for them, each with what is to be done about it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from workers.address import host
from workers.archive import shelf
from workers.archive.files import Place
from workers.archive.index import Index, Listed
from workers.children import Children, Lost
from workers.errors import ArchiveDamaged, Fate
from workers.ledger.journal import DeadLetter, Status
from workers.ledger.ledger import Ledger
from workers.model import Article, Entry, Refused
from workers.pages import read_page
from workers.replay.rulings import Found, Reread, Ruling, Unwanted, is_left, judge
from workers.settings import Extracting, Settings

One = TypeVar("One")

CHUNK = 200
"""Articles whose standing the ledger is asked for at once."""


class Store(Protocol):
    """What is asked of the store's read side."""

    def get(self, id_: str) -> Article | None:
        """One article, whole."""


class Letters(Protocol):
    """What is asked of the journal."""

    def dead(self, limit: int) -> tuple[DeadLetter, ...]:
        """The latest dead letters, newest first."""

    def status(self) -> Status:
        """Counts of this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a replay works with."""

    settings: Settings
    folder: Path
    """Of the archive."""
    index: Index
    ledger: Ledger
    journal: Letters
    store: Store
    processes: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a child is given: where the page lies, and what its parent knows of it."""

    folder: Path
    place: Place
    rules: Extracting
    page: Reread
    older: tuple[Listed, ...] | None = None
    """Earlier pages of the article, newest first; None before anyone looked."""
    first: Unwanted | None = None
    """What the newest page gave, while older ones are tried."""


def rulings(desk: Desk, pages: Iterable[Listed]) -> Iterator[tuple[Reread, Ruling]]:
    """Each page with what is to be done about it, as the children come to it."""
    limits = desk.settings.extract
    with Children(
        read_again,
        count=desk.processes,
        seconds=limits.soft_seconds,  # the service gives a page no longer either
        memory_bytes=limits.memory_bytes,
        preload=("workers.replay.loaded",),
    ) as children:
        for task in _tasks(desk, pages):
            if isinstance(task, tuple):
                yield task
                continue
            while children.is_full:
                yield from _answered(desk, children)
            children.give(task)
        while children.is_busy:
            yield from _answered(desk, children)


def _tasks(desk: Desk, pages: Iterable[Listed]) -> Iterator[_Task | tuple[Reread, Ruling]]:
    """What is to be read, and what is not because it is not ours to decide."""
    rules = desk.settings.extract
    for chunk in chunks(iter(pages), CHUNK):
        standing = desk.ledger.standing([listed.article for listed in chunk])
        for listed in chunk:
            stage, document = standing.get(listed.article, ("", ""))
            page = Reread(article=listed.article, url=listed.url, host=host(listed.url), stage=stage, document=document)
            if why := is_left(stage):
                yield page, Ruling(word="left", detail=why)
            else:
                yield _Task(folder=desk.folder, place=listed.place, rules=rules, page=page)


def _answered(desk: Desk, children: Children[_Task]) -> Iterator[tuple[Reread, Ruling]]:
    """What the next answer means; a refusal only when no earlier page of the article is accepted."""
    task, answer = children.take()
    found = answer if isinstance(answer, Lost) else decoded(answer)
    if isinstance(found, Unwanted):
        older = task.older if task.older is not None else _earlier(desk, task)
        if older:
            first = task.first or found
            children.give(replace(task, place=older[0].place, older=older[1:], first=first))
            return
    if not isinstance(found, Article) and task.first:
        found = task.first
    stored = desk.store.get(task.page.document) if task.page.document else None
    taken = desk.store.get(found.id) if isinstance(found, Article) else None
    yield task.page, judge(task.page, found, stored, taken)


def _earlier(desk: Desk, task: _Task) -> tuple[Listed, ...]:
    pages = desk.index.of_article(task.page.article)
    places = [page.place for page in pages]
    return pages[places.index(task.place) + 1 :] if task.place in places else ()


def chunks(source: Iterator[One], size: int) -> Iterator[list[One]]:
    """Lists of so many, the last of fewer."""
    while chunk := list(itertools.islice(source, size)):
        yield chunk


# --- in the child


def read_again(task: _Task) -> bytes:
    """The article on an archived page, or why there is none, as JSON."""
    try:
        capture = shelf.read(task.folder, task.place)
    except ArchiveDamaged as error:
        return json.dumps({"lost": ["archive-damaged", str(error)]}).encode()
    try:
        found = read_page(
            capture.page,
            entry=capture.entry,
            feed=capture.feed,
            announced=capture.announced,
            rules=task.rules,
        )
    except Fate as fate:
        return json.dumps({"lost": [fate.reason, fate.detail]}).encode()
    if isinstance(found, Refused):
        return json.dumps({"refused": found.to_dict(), "entry": capture.entry.to_dict()}).encode()
    return json.dumps({"article": found.to_dict()}).encode()


def decoded(answer: bytes) -> Found:
    """The inverse, in the parent."""
    plain = json.loads(answer)
    if "lost" in plain:
        reason, detail = plain["lost"]
        return Lost(reason=reason, detail=detail)
    if "refused" in plain:
        return Unwanted(refused=Refused(**plain["refused"]), entry=Entry.from_dict(plain["entry"]))
    return Article.from_dict(plain["article"])
