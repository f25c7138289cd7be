"""What a later reading of an article says otherwise: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from workers.model import Article, Revision

MOST = 1000
"""Words, or paragraphs, compared one by one: it takes the square of their number; of more, all count as changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a paragraph that stayed, was added or was removed."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place where a later reading differs."""

    where: Literal["title", "subtitle", "text"]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An earlier reading, and what the next one changed."""

    revision: Revision
    followed: int
    """The number of the next one that is kept."""
    changes: tuple[Change, ...]


def steps(article: Article) -> tuple[Step, ...]:
    """Its earlier readings with what became of each, the latest first."""
    later: list[tuple[int, Article | Revision]] = [(one.number, one) for one in article.revisions[1:]]
    later.append((article.revision, article))
    made = [
        Step(revision=one, followed=number, changes=changes(one, following))
        for one, (number, following) in zip(article.revisions, later, strict=True)
    ]
    return tuple(reversed(made))


def changes(older: Article | Revision, newer: Article | Revision) -> tuple[Change, ...]:
    """What became another: in headline and standfirst, and each paragraph of the text that did; word by word."""
    found = []
    if older.title.split() != newer.title.split():
        found.append(Change(where="title", pieces=_pieces(older.title, newer.title)))
    if (older.subtitle or "").split() != (newer.subtitle or "").split():
        found.append(Change(where="subtitle", pieces=_pieces(older.subtitle or "", newer.subtitle or "")))
    before, after = older.text.split("\n\n"), newer.text.split("\n\n")
    for kind, a, b, c, d in _compared(before, after):
        if kind != "equal":
            found += _paragraphs(before[a:b], after[c:d])
    return tuple(found)


def _paragraphs(before: list[str], after: list[str]) -> list[Change]:
    """Paragraphs in the place of others: in pairs, as far as there are pairs."""
    longest = max(len(before), len(after))
    pairs = zip(before + [""] * (longest - len(before)), after + [""] * (longest - len(after)), strict=True)
    return [Change(where="text", pieces=_pieces(one, other)) for one, other in pairs]


def _pieces(before: str, after: str) -> tuple[Piece, ...]:
    one, other = before.split(), after.split()
    found: list[Piece] = []
    for kind, a, b, c, d in _compared(one, other):
        if kind == "equal":
            found.append(Piece(kind="same", text=" ".join(one[a:b])))
            continue
        found += [Piece(kind="removed", text=" ".join(one[a:b]))] if b > a else []
        found += [Piece(kind="added", text=" ".join(other[c:d]))] if d > c else []
    return tuple(found)


def _compared(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """As `SequenceMatcher.get_opcodes`."""
    if before == after:
        return [("equal", 0, len(before), 0, len(after))]
    if max(len(before), len(after)) > MOST:
        return [("replace", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
