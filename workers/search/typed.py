"""What a reader typed, cut into terms; filters are added to it and taken out, so the text stays the whole state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from workers.model import FACETS

QUOTES = '"“”„«»'
NAMES = {name: name for name in FACETS} | {"lang": "language", "published": "published", "newer": "newer"}
NAMES |= {"older": "older", "since": "since", "until": "until", "sort": "sort"}
"""What may stand before a colon, and what it means."""

TOKEN = re.compile(
    rf"""(?P<minus>-*)
    (?: (?P<field>[A-Za-z_]+): (?P<values>(?:[{QUOTES}](?:[^{QUOTES}\\]|\\.)*(?:[{QUOTES}]|$)|[^\s{QUOTES}])*)
      | [{QUOTES}](?P<phrase>(?:[^{QUOTES}\\]|\\.)*)(?P<closed>[{QUOTES}]?)
      | (?P<word>[^\s{QUOTES}]+)
    )""",
    re.VERBOSE,
)
VALUE = re.compile(rf"[{QUOTES}](?P<quoted>(?:[^{QUOTES}\\]|\\.)*)(?P<end>[{QUOTES}]?)|(?P<bare>[^,{QUOTES}]+)")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing a reader typed."""

    raw: str
    """With its signs."""
    minus: bool = False
    field: str | None = None
    """What stands before the colon means; "" when nothing does; None without a colon."""
    values: tuple[str, ...] = ()
    phrase: str | None = None
    closed: bool = True
    """False: its last quotation mark has no partner."""
    word: str = ""


def terms(text: str) -> Iterator[Term]:
    """Cut the text; every character but blanks belongs to a term."""
    for match in TOKEN.finditer(text):
        part = match.groupdict()
        base = Term(raw=match.group(), minus=bool(part["minus"]))
        if part["field"] and not part["values"].startswith("//"):
            name = NAMES.get(part["field"].lower())
            pieces = list(VALUE.finditer(part["values"]))
            closed = all(piece["end"] != "" for piece in pieces)
            values = tuple(filter(None, map(_value, pieces)))
            yield replace(base, field=name or "", values=values, closed=closed, word=match.group().lstrip("-"))
        elif part["phrase"] is not None:
            yield replace(base, phrase=_unescaped(part["phrase"]), closed=bool(part["closed"]))
        else:
            yield replace(base, word=match.group().lstrip("-"))


def with_filter(text: str, field: str, value: str) -> str:
    """The text, with `field` limited to `value` too (to any of several values, when it has some already)."""
    if any(_carries(term, field, value) for term in terms(text)):
        return text
    while any(not term.closed for term in terms(text)):
        text += '"'
    return f"{text.rstrip()} {field}:{_quoted(value)}".lstrip()


def without_filter(text: str, field: str, value: str) -> str:
    """The text, without that value of `field`; the rest stays as typed."""
    kept = []
    for term in terms(text):
        if not _carries(term, field, value):
            kept.append(term.raw)
        elif rest := [one for one in term.values if not _same(one, value)]:
            kept.append(f"{term.raw.partition(':')[0]}:{','.join(_quoted(one) for one in rest)}")
    return " ".join(kept)


def _value(match: re.Match[str]) -> str:
    return (match["bare"] if match["quoted"] is None else _unescaped(match["quoted"])).strip()


def _unescaped(text: str) -> str:
    return ESCAPED.sub(r"\1", text)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w.-]+", value):
        return value
    return '"' + re.sub(rf"([{QUOTES}\\])", r"\\\1", value) + '"'


def _carries(term: Term, field: str, value: str) -> bool:
    same_field = bool(term.field) and not term.minus and term.field == NAMES.get(field.lower())
    return same_field and any(_same(one, value) for one in term.values)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.strip().casefold()
