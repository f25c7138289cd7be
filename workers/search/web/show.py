"""How values of the model look to a reader: times, counts, languages, addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

from workers.model import Part

if TYPE_CHECKING:
    from datetime import date, datetime

    from workers.model import Excerpt

SPEECH = "en_GB"
"""The interface's own language."""

MOMENT = 45
"""Seconds that nobody counts."""

STARRED = re.compile(r"\*([^*\s]+)\*")

SENTENCE_ENDS = ".!?…。！？؟।»”\"'）)」』"
"""After one of these, quotation marks and brackets among them, nothing is missing."""


def ago(then: datetime, now: datetime) -> str:
    """How long ago, or until, in words; beyond a week the date, which says more than "47 days"."""
    distance = then - now
    if abs(distance.total_seconds()) < MOMENT:
        return "in a moment" if distance > timedelta() else "just now"
    if abs(distance.days) >= 7:
        pattern = "d MMM" if then.year == now.year else "d MMM y"
        return format_datetime(then, pattern, locale=SPEECH)
    return format_timedelta(distance, threshold=1, add_direction=True, locale=SPEECH)


def exact(then: datetime) -> str:
    """The moment in full, with its zone: "Tuesday 24 November 2026, 14:05 UTC"."""
    return format_datetime(then, "EEEE d MMMM y, HH:mm 'UTC'", locale=SPEECH)


def stamp(then: datetime) -> str:
    """The moment to the second, for a column of them: "24 Nov 2026, 14:05:09 UTC"."""
    return format_datetime(then, "d MMM y, HH:mm:ss 'UTC'", locale=SPEECH)


def took(seconds: float) -> str:
    """How long a step took: "49 ms", "2.3 s", "12 s"."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def short_day(day: date) -> str:
    """A day in a narrow column: "Tue 24 Nov 2026"."""
    return format_date(day, "EEE d MMM y", locale=SPEECH)


def day(then: datetime) -> str:
    """The day in full: "Tuesday 24 November 2026"."""
    return format_datetime(then, "EEEE d MMMM y", locale=SPEECH)


def count(number: int) -> str:
    """A number with its thousands apart."""
    return format_decimal(number, locale=SPEECH)


def span(seconds: float) -> str:
    """A length of time in words, rounded to its largest unit."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1, locale=SPEECH)


def rate(number: float) -> str:
    """How many a day: "0.3", "4", "120"; what is rarer than one in ten days as "under 0.1"."""
    if 0 < number < 0.1:
        return "under 0.1"
    return format_decimal(round(number, 1) if number < 10 else round(number), locale=SPEECH)


def size(number: int) -> str:
    """Bytes in the unit that makes them a small number: "48 kB"; "" for none."""
    if number == 0:
        return ""
    for unit, bound in (("B", 1_000), ("kB", 1_000_000), ("MB", 1_000_000_000)):
        if number < bound:
            return f"{format_decimal(round(number * 1_000 / bound, 1 if unit == 'MB' else None), locale=SPEECH)} {unit}"
    return f"{format_decimal(round(number / 1e9, 1), locale=SPEECH)} GB"


def span_short(seconds: float) -> str:
    """How long a request took: "0.4 s", "12 s"; "" when it was not timed."""
    if not seconds:
        return ""
    return f"{format_decimal(max(round(seconds, 1), 0.1) if seconds < 10 else round(seconds), locale=SPEECH)} s"


def language_name(code: str) -> str:
    """A language's English name; the code itself where there is none."""
    locale = _locale(code)
    return (locale and locale.get_language_name(SPEECH)) or code


def country_name(code: str) -> str:
    """A country's English name; the code itself where there is none."""
    return str(Locale.parse(SPEECH).territories.get(code.upper(), code))


def direction(code: str | None) -> Literal["ltr", "rtl", "auto"]:
    """Which way a language is written; "auto" leaves it to the first strong letter."""
    locale = _locale(code) if code else None
    if locale is None:
        return "auto"
    return "rtl" if locale.text_direction == "rtl" else "ltr"


def safe_href(url: str | None) -> str | None:
    """The address if a browser may be sent there: http or https with a host; None otherwise.

    Feeds carry `javascript:`, `data:` and addresses with control characters inside the scheme,
    which browsers drop before reading it.
    """
    if not url or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def host(url: str) -> str:
    """The address's host without "www.", as a reader would name the site; "" when it has none."""
    return (urlsplit(url).hostname or "").removeprefix("www.") if safe_href(url) else ""


def emphasised(sentence: str) -> Excerpt:
    """A sentence whose *starred* words are marked, as the query language describes a question."""
    return tuple(Part(text=text, match=place % 2 == 1) for place, text in enumerate(STARRED.split(sentence)) if text)


def stretches(excerpts: tuple[Excerpt, ...]) -> Excerpt:
    """Excerpts in a row, with dots where a sentence was cut: at its lower-case beginning, at an end without a stop."""
    row: list[Part] = []
    for excerpt in excerpts:
        said = plain(excerpt)
        if said[:1].islower() or row:
            row.append(Part(text=" … " if row else "… "))
        row += excerpt
    if row and not plain(tuple(row)).endswith(tuple(SENTENCE_ENDS)):
        row.append(Part(text=" …"))
    return tuple(row)


def plain(excerpt: Excerpt) -> str:
    """An excerpt without its marks."""
    return "".join(part.text for part in excerpt)


def _locale(code: str) -> Locale | None:
    try:
        return Locale.parse(code.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None
