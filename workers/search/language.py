"""The query language: what a reader typed → Query, and a Query in words; it never refuses anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from workers.model import FACETS, All, Clause, Filters, Not, Phrase, Query, Sort, Word
from workers.search.typed import Term, terms, with_filter, without_filter

__all__ = ["describe", "read", "with_filter", "without_filter"]

MOST_CLAUSES = 40
LONGEST = 1000
"""Characters. Both limits keep one question from costing what a hundred do; more is left out with a warning."""

REFUSABLE = ("source", "language")
"""Fields that may be taken away with a minus."""

PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
AGE = re.compile(r"(\d{1,4})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(slots=True)
class Reading:
    """What has been understood so far; the one thing here that changes."""

    now: datetime
    clauses: list[Clause] = field(default_factory=list)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    sort: Sort | None = None
    warnings: list[str] = field(default_factory=list)


def read(text: str, *, now: datetime, sort: Sort | None = None, limit: int = 20, cursor: str | None = None) -> Query:
    """Understand `text` as of `now`; what makes no sense is a word or left out, with a warning, never an error.

    A sort typed in the text wins over `sort`; `limit` is held between 1 and 100.
    """
    reading = Reading(now=now)
    refused = False
    for term in terms(_bounded(text, reading)):
        if term.field is None and len(reading.clauses) >= MOST_CLAUSES:
            reading.warnings.append(f"only the first {MOST_CLAUSES} words were used")
            continue
        if term.raw == "NOT":
            refused = True
            continue
        _understand(replace(term, minus=term.minus or refused), reading)
        refused = False
    lists = {name: tuple(dict.fromkeys(values))[:MOST_CLAUSES] for name, values in reading.chosen.items()}
    if any(len(values) > MOST_CLAUSES for values in reading.chosen.values()):
        reading.warnings.append(f"only the first {MOST_CLAUSES} values of a filter were used")
    return Query(
        text=text,
        match=All(clauses=tuple(reading.clauses)),
        filters=Filters(since=reading.since, until=reading.until, **lists),
        sort=reading.sort or sort or "relevance",
        limit=min(max(limit, 1), 100),
        cursor=cursor,
        warnings=tuple(dict.fromkeys(reading.warnings)),
    )


def searchable(text: str) -> bool:
    """Whether there is anything in it a search could look for."""
    return any(character.isalnum() for character in text)


def describe(query: Query) -> str:
    """The query as a sentence fragment: title or text has *truce*, language en, since 2026-11-20."""
    wanted = [_told(clause) for clause in _flat(query.match) if not isinstance(clause, Not)]
    unwanted = [_told(clause.clause) for clause in _flat(query.match) if isinstance(clause, Not)]
    filters = query.filters
    said = [f"title or text has {_and(wanted)}"] if wanted else []
    said += [f"not {told}" for told in unwanted]
    said += [f"{name} {' or '.join(getattr(filters, name))}" for name in FACETS if getattr(filters, name)]
    said += [f"not {name} {value}" for name in REFUSABLE for value in getattr(filters, f"not_{name}")]
    if filters.since:
        said.append(f"since {_day_or_moment(filters.since)}")
    if filters.until:
        last = filters.until - timedelta(days=1) if _midnight(filters.until) else None
        said.append(f"until {last.date().isoformat()}" if last else f"before {_day_or_moment(filters.until)}")
    if query.sort == "newest" or not wanted:
        said.append("newest first")
    return ", ".join(said if wanted or len(said) > 1 else ["every article", *said])


# --- understanding one term


def _understand(term: Term, reading: Reading) -> None:
    if term.field:
        _understand_field(term, reading)
    elif term.phrase is not None:
        if not term.closed:
            reading.warnings.append("a quotation mark is not closed: all after it is one phrase")
        _add(term, Phrase(text=term.phrase.strip()), reading)
    else:
        _understand_word(term, reading)


def _understand_word(term: Term, reading: Reading) -> None:
    if term.field == "":
        reading.warnings.append(f"“{term.word.partition(':')[0]}:” is no field: read as a word")
    word = term.word.strip("()[]{},;")
    if word == "AND":
        return
    if word == "OR":
        reading.warnings.append("OR is read as a word: every word is looked for")
    if "*" in word or "?" in word.rstrip("?") or "~" in word:
        reading.warnings.append(f"“{word}”: *, ? and ~ mean nothing here and are left out")
    if word != term.word and any(sign in term.word for sign in "()"):
        reading.warnings.append("parentheses mean nothing here and are left out")
    _add(term, Word(text=word), reading)


def _add(term: Term, clause: Word | Phrase, reading: Reading) -> None:
    if searchable(clause.text):
        reading.clauses.append(Not(clause=clause) if term.minus else clause)
    else:
        reading.warnings.append(f"“{term.raw}” has no letters or digits and is left out")


def _understand_field(term: Term, reading: Reading) -> None:
    name = term.field or ""
    if not term.values:
        reading.warnings.append(f"“{term.raw}” names no value and is left out")
    elif name in FACETS and not term.minus:
        reading.chosen.setdefault(name, []).extend(term.values)
    elif name in REFUSABLE:
        reading.chosen.setdefault(f"not_{name}", []).extend(term.values)
    elif term.minus:
        reading.warnings.append(f"“{term.raw}”: only {' and '.join(REFUSABLE)} can be taken away; left out")
    elif name == "sort":
        _understand_sort(term, reading)
    elif name in ("newer", "older"):
        _understand_age(term, reading)
    else:
        _understand_dates(term, reading)


def _understand_sort(term: Term, reading: Reading) -> None:
    for known in get_args(Sort):
        if term.values[0].lower() == known:
            reading.sort = known
            return
    reading.warnings.append(f"“{term.raw}”: sort is {' or '.join(get_args(Sort))}; left out")


def _understand_age(term: Term, reading: Reading) -> None:
    match = AGE.fullmatch(term.values[0].lower())
    if not match:
        reading.warnings.append(f"“{term.raw}”: want a number and h, d or w, such as {term.field}:2d; left out")
        return
    then = reading.now.astimezone(UTC) - int(match[1]) * UNITS[match[2]]
    if term.field == "newer":
        reading.since = then
    else:
        reading.until = then


def _understand_dates(term: Term, reading: Reading) -> None:
    first, dots, last = term.values[0].partition("..")
    sides = {"since": (first, ""), "until": ("", first)}.get(term.field or "", (first, last if dots else first))
    starts, ends = (period(side, reading.now) if side else None for side in sides)
    if (sides[0] and not starts) or (sides[1] and not ends) or sides == ("", ""):
        reading.warnings.append(f"“{term.raw}” is no date; want 2026-11-24, 2026-11 or 2026; left out")
        return
    reading.since = starts[0] if starts else reading.since
    reading.until = ends[1] if ends else reading.until


def period(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """A day, month or year as [start, end) in UTC; also today and yesterday; None when it is no date."""
    back = {"today": 0, "yesterday": 1}.get(text.lower())
    if back is not None:
        day = _start(now.astimezone(UTC).date()) - timedelta(days=back)
        return day, day + timedelta(days=1)
    match = PERIOD.fullmatch(text)
    if not match:
        return None
    year, month, day_of_month = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        start = _start(date(year, month or 1, day_of_month or 1))
        if day_of_month:
            return start, start + timedelta(days=1)
        following = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
        return start, _start(following)
    except (ValueError, OverflowError):
        return None


# --- small things


def _bounded(text: str, reading: Reading) -> str:
    """Printable and not too long, cut at a blank where there is one."""
    text = "".join(character if character.isprintable() else " " for character in text)
    if len(text) <= LONGEST:
        return text
    reading.warnings.append(f"only the first {LONGEST} characters were read")
    return text[:LONGEST].rpartition(" ")[0] or text[:LONGEST]


def _flat(clause: Clause) -> tuple[Clause, ...]:
    return clause.clauses if isinstance(clause, All) else (clause,)


def _told(clause: Clause) -> str:
    if isinstance(clause, Word):
        return f"*{clause.text}*"
    if isinstance(clause, Phrase):
        return f"“{clause.text}”"
    if isinstance(clause, Not):
        return f"not {_told(clause.clause)}"
    return f"({_and([_told(one) for one in clause.clauses])})"


def _and(told: list[str]) -> str:
    return ", ".join(told[:-1]) + (" and " if told[:-1] else "") + told[-1] if told else "anything"


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _midnight(moment: datetime) -> bool:
    return moment.astimezone(UTC).time() == _start(date(2000, 1, 1)).time()


def _day_or_moment(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return moment.date().isoformat() if _midnight(moment) else moment.strftime("%Y-%m-%d %H:%M UTC")
