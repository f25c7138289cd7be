"""Which entries a feed listed the last time, in few bytes: an unchanged one costs no more than its mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.poll.fingerprint import entry_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.model import Entry

SIZE = 11
"""Characters of a mark: 64 bits, so that among 10,000 entries two are alike once in 300 million documents."""

RESTAMPED = 5
"""Articles that nobody corrects within one poll of their feed."""

MOST = 20_000
"""Marks kept of a feed that is many documents (a sitemap index); of the latest document all are kept."""


def unmarked(entries: Sequence[Entry], marks: bytes) -> tuple[Entry, ...]:
    """The entries that are new or changed since `marks` were made."""
    known = {marks[at : at + SIZE] for at in range(0, len(marks), SIZE)}
    return tuple(entry for entry in entries if entry_mark(entry).encode() not in known)


def is_restamped(document: Sequence[Entry], entries: Sequence[Entry], new: int) -> bool:
    """Whether `entries`, changed or `new`, are all of a document, and many: a feed that dates everything anew.

    Some write the time of the request into every entry, whose pages would be read again and again for it.
    """
    return len(entries) == len(document) and len(entries) - new >= RESTAMPED


def is_unseen(entries: Sequence[Entry], marks: bytes) -> bool:
    """Whether none of a document's entries has a mark: of many documents, one that was not read before."""
    return len(unmarked(entries, marks)) == len(entries)


def marked(entries: Sequence[Entry], *, before: bytes = b"") -> bytes:
    """The marks of `entries`, followed by those of other documents that are to be kept."""
    own = dict.fromkeys(entry_mark(entry).encode() for entry in entries)
    kept = (before[at : at + SIZE] for at in range(0, len(before), SIZE))
    return b"".join([*own, *(mark for mark in kept if mark not in own)][: max(MOST, len(own))])
