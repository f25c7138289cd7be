"""What both stores share: which words were wanted, excerpts, facets and the cursor. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from workers.index.mapping import LANGUAGES, language_of
from workers.model import (
    FACETS,
    All,
    Clause,
    Excerpt,
    Facet,
    FacetValue,
    Hit,
    Image,
    Not,
    Part,
    Phrase,
    Query,
    Word,
    moment,
)

START, END = "\ufdd0", "\ufdd1"
"""Around a match in a store's excerpt: code points that Unicode keeps out of texts for ever."""

EXCERPTS = 2
EXCERPT_LENGTH = 180
BEGINNING = 240

FACET_SIZE: Mapping[str, int] = {name: 60 if name == "day" else 20 for name in FACETS}
"""Values a facet gives: days the newest first, the others the most frequent first."""

FRESH = ((timedelta(days=1), 0.2), (timedelta(days=7), 0.2), (timedelta(days=30), 0.1))
"""An article younger than this counts so much more: today half as much again, after a month no more.
Steps, because the embedded engine has no decay function and both stores shall rank alike."""

TIE = 0.1
"""Part of the score that the fields beside the best one add."""

LISTED = (
    "id",
    "url",
    "title",
    "source",
    "language",
    "section",
    "authors",
    "agency",
    "published",
    "first_seen",
    "images",
)
"""What of a document a hit is made of."""

NOTHING_YET = "nothing is indexed yet"
OTHER_CURSOR = "the cursor belongs to another question: this is the first page"


def wanted(clause: Clause) -> tuple[Word | Phrase, ...]:
    """The words and phrases an answer must have, in order: what is scored and highlighted."""
    if isinstance(clause, All):
        return tuple(one for inner in clause.clauses for one in wanted(inner))
    return () if isinstance(clause, Not) else (clause,)


def newest_first(query: Query) -> bool:
    """Also without words: then every score is the same."""
    return query.sort == "newest" or not wanted(query.match)


def languages_for(text: str, query: Query) -> tuple[str, ...]:
    """The languages whose stemmed fields may hold `text`: by its script, and by the language filter if there is one."""
    scripts = {_script(character) for character in text if character.isalpha()}
    asked = {language_of(code) for code in query.filters.language}
    return tuple(
        code for code, language in LANGUAGES.items() if language.script in scripts and (not asked or code in asked)
    )


def _script(character: str) -> str:
    name = unicodedata.name(character, "").partition(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA") else name


# --- the cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where the last page ended."""

    after: tuple[Any, ...]
    """The store's own sort values."""
    now: datetime
    """The first page's, so that freshness does not move between pages."""

    def encode(self, query: Query) -> str:
        """Opaque, safe in a URL, bound to the query."""
        plain = {"q": fingerprint(query), "a": self.after, "n": int(self.now.timestamp())}
        return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def begin(query: Query, now: datetime, kinds: tuple[type, ...]) -> tuple[Cursor, tuple[str, ...]]:
    """The query's cursor, or the first page's; with a warning for one that is not ours or of another question.

    `kinds` are the types the store's sort values must have: a cursor comes from outside and is not trusted.
    """
    first = Cursor(after=(), now=now)
    if not query.cursor:
        return first, ()
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        plain = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        after, moment_then = tuple(plain["a"]), datetime.fromtimestamp(plain["n"], UTC)
        fits = plain["q"] == fingerprint(query) and len(after) == len(kinds)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return first, (OTHER_CURSOR,)
    sound = fits and all(type(value) is kind for value, kind in zip(after, kinds, strict=True))
    return (Cursor(after=after, now=moment_then), ()) if sound else (first, (OTHER_CURSOR,))


def fingerprint(query: Query) -> str:
    """Of the question, not of the page: what was typed, as newer:2d moves with the clock; else what is asked."""
    asked = query.text or repr((query.match, query.filters))
    return hashlib.sha256(f"{newest_first(query)}{asked}".encode("utf-8", "replace")).hexdigest()[:12]


# --- excerpts and hits


def excerpt(marked: str) -> Excerpt:
    """A store's text with START and END around matches as parts; blanks of any kind become one."""
    parts: list[Part] = []
    inside = False
    for piece in re.split(f"([{START}{END}])", re.sub(r"\s+", " ", marked)):
        if piece in (START, END):
            inside = piece == START
        elif piece:
            parts.append(Part(text=piece, match=inside))
    return tuple(parts)


def marks(text: Excerpt) -> int:
    """How many matches it shows."""
    return sum(part.match for part in text)


def beginning(text: str) -> Excerpt:
    """The first words of a text, about BEGINNING characters."""
    start = re.sub(r"\s+", " ", text[: BEGINNING * 2]).strip()
    if len(start) > BEGINNING:
        start = start[:BEGINNING].rpartition(" ")[0] or start[:BEGINNING]
    return (Part(text=start),) if start else ()


def hit(document: Mapping[str, Any], *, title: Excerpt, excerpts: tuple[Excerpt, ...], score: float | None) -> Hit:
    """A hit made of a stored document (LISTED fields) and what the store highlighted."""
    first_seen = moment(document["first_seen"])
    assert first_seen is not None
    images = document.get("images") or ()
    return Hit(
        id=document["id"],
        url=document["url"],
        title=title,
        excerpts=excerpts,
        source=document["source"],
        language=document.get("language"),
        section=document.get("section"),
        authors=tuple(document.get("authors") or ()),
        agency=document.get("agency"),
        published=moment(document.get("published")),
        first_seen=first_seen,
        image=Image(**images[0]) if images else None,
        score=score,
    )


# --- facets


def facet(name: str, counts: Sequence[tuple[str, int]], chosen: Mapping[str, int], key: Any) -> Facet:
    """One facet: the counted values, and the chosen ones the count did not reach.

    `chosen` has the count of each value of the filter; `key` folds a value as the store's filters do.
    """
    keys = {key(value) for value in chosen}
    values = [FacetValue(value=value, count=count, chosen=key(value) in keys) for value, count in counts]
    shown = {key(value.value) for value in values}
    missing = [FacetValue(value=v, count=n, chosen=True) for v, n in chosen.items() if key(v) not in shown]
    return Facet(field=name, values=(*values, *missing))
