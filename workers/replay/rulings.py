"""What a page means that was read again from the archive: pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal

from workers.children import Lost
from workers.dedupe.revision import revised
from workers.ledger.jobs import Settlement
from workers.model import Article, Entry, Refused

Word = Literal["same", "changed", "new", "refused", "still refused", "failed", "left"]
"""same, changed: it was an article before; new: it was set aside; refused: it was an article and is none any more;
still refused; failed: it could not be read, and what was known of it stays; left: it is not ours to decide."""

LIVE = frozenset({"fetch", "extract", "index"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """An archived page that is read again, with what the ledger knows of its article."""

    article: str
    url: str
    """As announced."""
    host: str
    stage: str = ""
    """done, dead, or "" where the ledger has forgotten it."""
    document: str = ""
    """Its id in the store, once it was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwanted:
    """Today's extractor refuses the page; `entry` is what the feed said of it."""

    refused: Refused
    entry: Entry


Found = Article | Unwanted | Lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the ledger is to hear of an article, if its journey still has the end it had."""

    was: Literal["done", "dead"]
    settlement: Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is to be done about a page that was read again."""

    word: Word
    reason: str = ""
    """One constant word, of what was refused or failed."""
    detail: str = ""
    article: Article | None = None
    """To be written to the new generation; None: whatever the old one has is carried over."""
    forget: Article | None = None
    """A reading in the old generation that has no place in the new one."""
    ending: Ending | None = None
    differs: tuple[str, ...] = ()
    """The article's fields that changed."""


def is_left(stage: str) -> str:
    """Why an article at this stage is not read again, in words; "" when it is."""
    if stage in LIVE:
        return "on its way: the service reads it"
    return "dropped by the operator" if stage == "dropped" else ""


def judge(page: Reread, found: Found, stored: Article | None, taken: Article | None) -> Ruling:
    """What to do about `page`, now that it gave `found`.

    `stored` is what the store has under the article's document id, `taken` what it has under the id it has now.
    """
    if isinstance(found, Lost):
        return Ruling(word="failed", reason=found.reason, detail=found.detail)
    if isinstance(found, Unwanted):
        return _refused(page, found, stored)
    if taken is not None and taken.fetched > found.fetched:
        return Ruling(word="left", detail="the store has a newer reading")
    return _understood(page, found, stored, taken)


def _refused(page: Reread, found: Unwanted, stored: Article | None) -> Ruling:
    reason, detail = found.refused.reason, found.refused.detail
    if page.stage == "dead":
        return Ruling(word="still refused", reason=reason, detail=detail)
    if stored is None or stored.url != page.url:
        return Ruling(word="left", detail="the store has another page's reading")
    settlement = Settlement(
        to="dead",
        outcome=reason,
        detail=f"read again: {detail}",
        host=page.host,
        fields={"entry": json.dumps(found.entry.to_dict(), ensure_ascii=False)},
    )
    ending = Ending(was="done", settlement=settlement) if page.stage == "done" else None
    return Ruling(word="refused", reason=reason, detail=detail, forget=stored, ending=ending)


def _understood(page: Reread, found: Article, stored: Article | None, taken: Article | None) -> Ruling:
    article = with_story(found, taken)
    settlement = Settlement(
        to="done",
        outcome="read-again",
        detail=f"{article.word_count} words by {article.extractor}",
        fields={"doc": article.id},
    )
    if page.stage == "dead":
        return Ruling(word="new", article=article, ending=Ending(was="dead", settlement=settlement))
    if stored is None and taken is None:
        return Ruling(word="new", article=article)
    before = taken or stored
    assert before is not None
    changed = differing(before, article)
    if before.id == article.id and not changed:
        return Ruling(word="same")
    moved = stored if stored and stored.id != article.id and stored.url == page.url else None
    ending = Ending(was="done", settlement=settlement) if moved and page.stage == "done" else None
    word: Word = "changed" if set(changed) - {"extractor"} else "same"
    return Ruling(word=word, article=article, forget=moved, ending=ending, differs=changed)


def with_story(found: Article, before: Article | None) -> Article:
    """What is not read from the page, but decided among articles, stays as it was decided."""
    return revised(before, replace(found, story=before.story if before else None))


def differing(before: Article, after: Article) -> tuple[str, ...]:
    """Names of the fields that are not the same."""
    one, other = before.to_dict(), after.to_dict()
    return tuple(name for name in other if one[name] != other[name])
