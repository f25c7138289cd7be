"""The dates feeds write, read as UTC: right or None, never a guess."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone

AHEAD = timedelta(days=1)
"""A date further in the future than this is a mistake of the publisher (or a teaser), not a date of publication."""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
UNSET = datetime(1970, 1, 1, tzinfo=UTC)
"""What a content system writes when it has no date."""

MONTHS = tuple(
    line.split()
    for line in (
        "january february march april may june july august september october november december",
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "januar februar marz april mai juni juli august september oktober november dezember",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
    )
)
"""In English, French, German, Spanish, Italian, Portuguese, Dutch, Swedish and Danish; accents taken off."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ZONES = {
    name: float(hours)
    for line in (
        "Z=0 UT=0 UTC=0 GMT=0 WET=0 WEST=1 BST=1 CET=1 CEST=2 MEZ=1 MESZ=2 EET=2 EEST=3 MSK=3 SAST=2",
        "EST=-5 EDT=-4 CST=-6 CDT=-5 MST=-7 MDT=-6 PST=-8 PDT=-7 AKST=-9 AKDT=-8 HST=-10",
        "AST=-4 ADT=-3 NST=-3.5 NDT=-2.5 BRT=-3 PKT=5 IST=5.5 WIB=7 SGT=8 HKT=8 JST=9 KST=9",
        "AWST=8 ACST=9.5 ACDT=10.5 AEST=10 AEDT=11 NZST=12 NZDT=13",
    )
    for name, hours in (pair.split("=") for pair in line.split())
}
"""Hours east of Greenwich. Of the ambiguous names those of RFC 822 §5 (CST, EST…) and the ones feeds
in fact mean (BST British Summer Time, IST India); a name not listed makes the date None."""

_TIME = re.compile(r"(?<!\d)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?(?!\d)", re.ASCII)
_AFTER = re.compile(
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>[a-z]{1,5})?\s*(?P<offset>[+-]\d{1,2}(?::?\d{2})?)?"
    r"\s*(?P<year>\d{4})?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*",
    re.ASCII | re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\s*T?\s*", re.ASCII | re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\s*", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})-?([1-7])\s*T?\s*", re.ASCII | re.IGNORECASE)
_IDEOGRAPHIC = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]\s*", re.ASCII)
_LEADING_WORD = re.compile(r"\s*([^\W\d_]+)\.?(\s*,\s*|\s+)")
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º)?\.?[\s-]*(?:de\s+)?([^\W\d_]+)\.?[\s-]*(?:de\s+)?(\d{4}|\d{2})\s*"
)
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:\s+(\d{4}))?\s*")


_PLAIN_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d?) ([A-Z][a-z][a-z]) (\d{4}) (\d\d):(\d\d):(\d\d) "
    r"(?:GMT|UTC|UT|Z|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)
_PLAIN_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):?(\d\d))", re.ASCII)
_SHORT_MONTHS = {name[:3].capitalize(): number for number, name in enumerate(MONTHS[0], 1)}


def read(text: str, *, now: datetime) -> datetime | None:
    """The moment a feed's date string names, or None when it is no date, ambiguous or impossible.

    Knows RFC 822/2822/850, asctime, ISO 8601 (also compact and week dates), epoch seconds and
    milliseconds, Chinese, Japanese and Korean dates, and month names in nine languages. A time
    without a zone is taken as UTC; 06/01/2025 (June or January?) is None; so is a date more than
    a day after `now`.
    """
    if not text or len(text) > 100:
        return None
    try:
        moment = _usual(text) or _careful(unicodedata.normalize("NFKC", text).strip())
    except (ValueError, OverflowError):
        return None  # 31 February, 25 o'clock, the year 99999: written as a date, but none
    if moment is None or moment == UNSET or not EARLIEST <= moment <= now + AHEAD:
        return None
    return moment


def _usual(text: str) -> datetime | None:
    """What nearly every feed writes, RFC 822 or ISO 8601 in full, read at once; None leaves it to `_careful`."""
    if found := _PLAIN_RFC822.fullmatch(text):
        day, name, year, *clock, sign, hours, minutes = found.groups()
        month = _SHORT_MONTHS.get(name, 0)
    elif found := _PLAIN_ISO.fullmatch(text):
        year, number, day, *clock, sign, hours, minutes = found.groups()
        month = int(number)
    else:
        return None
    hour, minute, second = map(int, clock)
    if not month or hour > 23 or second > 59 or (sign and (int(hours) > 14 or int(minutes) > 59)):
        return None
    moment = datetime(int(year), month, int(day), hour, minute, second, tzinfo=UTC)
    if sign is None:
        return moment
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return moment - east if sign == "+" else moment + east


def _careful(text: str) -> datetime | None:
    return _epoch(text) or _compact(text) or _dated(text)


def _epoch(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{10}(\d{3})?", text, re.ASCII):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _compact(text: str) -> datetime | None:
    found = _COMPACT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    return _moment(date(int(year), int(month), int(day)), clock, _zone(zone[:1] if zone == "Z" else None, zone))


def _dated(text: str) -> datetime | None:
    clock = _TIME.search(text)
    before, rest = (text[: clock.start()], text[clock.end() :]) if clock else (text, "")
    after = _AFTER.fullmatch(rest)
    day = _day(before, after["year"] if after else None)
    if after is None or day is None:
        return None
    numbers = tuple(int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    return _moment(day, (_hour(numbers[0], after["half"]), *numbers[1:]), _zone(after["zone"], after["offset"]))


def _day(text: str, year_after: str | None) -> date | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return date(int(found[1]), int(found[3]), int(found[4]))
    if found := _IDEOGRAPHIC.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _WEEK.fullmatch(text):
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.fullmatch(text):
        return _year_last(int(found[1]), int(found[3]), int(found[4]), found[2])
    return _worded(_without_weekday(text).replace(",", " "), year_after)


def _year_last(first: int, second: int, year: int, between: str) -> date | None:
    if between == "." or first > 12 or first == second:
        return date(year, second, first)
    return date(year, first, second) if second > 12 else None


def _worded(text: str, year_after: str | None) -> date | None:
    text = text.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text):
        month, day, year = found[1], found[2], found[3] or year_after or ""
    else:
        return None
    number = _month(month)
    return date(_full_year(year), number, int(day)) if number and year else None


def _without_weekday(text: str) -> str:
    found = _LEADING_WORD.match(text)
    if found is None or _month(found[1]):
        return text
    rest = text[found.end() :]
    is_weekday = "," in found[2] or rest[:1].isdigit() or any(day.startswith(found[1].lower()) for day in WEEKDAYS)
    return rest if is_weekday else text


def _month(word: str) -> int | None:
    """The month's number, when the word begins month names that all mean the same month."""
    bare = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
    numbers = {number for names in MONTHS for number, name in enumerate(names, 1) if name.startswith(bare)}
    return numbers.pop() if len(bare) >= 3 and len(numbers) == 1 else None


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 50 else 1900)  # RFC 2822 §4.3


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half}")
    return hour % 12 + (12 if half.lower().startswith("p") else 0)


def _zone(name: str | None, offset: str | None) -> timezone:
    """Raises ValueError for a zone that is not known."""
    if name is not None and name.upper() not in ZONES:
        raise ValueError(f"zone {name}")
    if offset is None or offset.upper() == "Z":
        return timezone(timedelta(hours=ZONES[name.upper()] if name else 0))
    digits = offset[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        raise ValueError(f"offset {offset}")
    east = timedelta(hours=hours, minutes=minutes)
    return timezone(-east if offset[0] == "-" else east)


def _moment(day: date, clock: tuple[int, ...], zone: timezone) -> datetime:
    hour, minute, second = clock
    midnight_after = (hour, minute, second) == (24, 0, 0)
    moment = datetime.combine(
        day, time(0 if midnight_after else hour, minute, min(second, 59) if second == 60 else second), zone
    )
    return (moment + timedelta(days=1 if midnight_after else 0)).astimezone(UTC)
