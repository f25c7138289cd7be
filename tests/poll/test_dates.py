"""Feed dates: right, or None."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.poll import dates

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 06 Jan 2025 10:00:00 +0000", at(2025, 1, 6, 10)),
        ("Mon, 6 Jan 2025 10:00 GMT", at(2025, 1, 6, 10)),
        ("06 Jan 25 10:00:00 -0500", at(2025, 1, 6, 15)),
        ("Mon, 06 Jan 2025 10:00:00 -0500 (EST)", at(2025, 1, 6, 15)),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", at(2022, 7, 27, 19, 35, 5)),
        ("Monday, 06-Jan-25 10:00:00 GMT", at(2025, 1, 6, 10)),
        ("Monday, 6 January 2025 10:00:00 UTC", at(2025, 1, 6, 10)),
        ("Mon Jan  6 10:00:00 2025", at(2025, 1, 6, 10)),
        ("Mon Jan 06 10:00:00 CET 2025", at(2025, 1, 6, 9)),
        ("Mon, 06 Jan 2025 24:00:00 +0000", at(2025, 1, 7)),
        ("Sat, 31 Dec 2016 23:59:60 Z", at(2016, 12, 31, 23, 59, 59)),
        ("January 6, 2025 10:00 PM", at(2025, 1, 6, 22)),
        ("Jan 6th, 2025 12:30 am", at(2025, 1, 6, 0, 30)),
        ("2025-01-06T10:00:00Z", at(2025, 1, 6, 10)),
        ("2025-01-06T10:00:00.123456+09:00", at(2025, 1, 6, 1)),
        ("2025-01-06T10:00+01", at(2025, 1, 6, 9)),
        ("2025-01-06 10:00:00 UTC", at(2025, 1, 6, 10)),
        ("2025-01-06T10:00:00+01:00[Europe/Paris]", at(2025, 1, 6, 9)),
        ("2025-01-06", at(2025, 1, 6)),
        ("20250106T100000Z", at(2025, 1, 6, 10)),
        ("20250106", at(2025, 1, 6)),
        ("2025-W02-1", at(2025, 1, 6)),
        ("2016/6/29 15:07:41", at(2016, 6, 29, 15, 7, 41)),
        ("25/12/2024", at(2024, 12, 25)),
        ("12/25/2024", at(2024, 12, 25)),
        ("06.01.2025 10:00", at(2025, 1, 6, 10)),
        ("1736157600", at(2025, 1, 6, 10)),
        ("1736157600000", at(2025, 1, 6, 10)),
        ("2025년 01월 06일", at(2025, 1, 6)),
        ("2025年01月06日 10:00", at(2025, 1, 6, 10)),
        ("２０２５-０１-０６", at(2025, 1, 6)),
        ("Lun, 06 Jan 2025 10:00:00 +0100", at(2025, 1, 6, 9)),
        ("Monday, January 6, 2025 10:00:00 AM GMT", at(2025, 1, 6, 10)),
        ("Mon, 06 January 2025 10:00:00 GMT", at(2025, 1, 6, 10)),
        ("2025-W02-1T10:00:00Z", at(2025, 1, 6, 10)),
        ("Mon, 06 Jan 2025 10:00:00 +09:00", at(2025, 1, 6, 1)),
        ("2025-01-06T10:00:00.000+0000", at(2025, 1, 6, 10)),
    ],
)
def test_dates_as_feeds_write_them_are_read_as_utc(text: str, moment: datetime) -> None:
    assert dates.read(text, now=NOW) == moment


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("EST", -5), ("PDT", -7), ("BST", 1), ("CEST", 2), ("EET", 2), ("MSK", 3), ("IST", 5.5), ("JST", 9), ("AEDT", 11)],
)
def test_zone_names_are_honoured(zone: str, hours: float) -> None:
    expected = at(2025, 1, 6, 10) - timedelta(hours=hours)
    assert dates.read(f"Mon, 06 Jan 2025 10:00:00 {zone}", now=NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("Lun, 06 Jan 2025", "lundi 6 janvier 2025", "6. Januar 2025", "6 de enero de 2025", "lun. 06 janv. 2025"),
        *("6 gennaio 2025", "6 janeiro 2025", "ma 6 januari 2025", "Mo, 06 Jän 2025"),
    ],
)
def test_months_are_known_in_other_languages(text: str) -> None:
    assert dates.read(text, now=NOW) == at(2025, 1, 6)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "5", "12345", "yesterday", "2025", "2025-01", "06/01/2025", "31 Feb 2025", "2025-13-01"),
        *("2025-02-30T10:00:00Z", "2025-01-06T25:00:00Z", "2025-01-06T10:61:00Z", "13:00 PM 6 Jan 2025"),
        *("Mon, 06 Jan 2025 10:00:00 XYZ", "2025-01-06T10:00:00+99:00", "jui 6 2024", "06 Sep 99999999999 00:01:00"),
        *("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0000-00-00 00:00:00", "Mon, 06 Jan 2025 10:00:00 +0000 x"),
        *("6 Jan 2025 and 7 Jan 2025", "1" * 1_000_000, "Price: 2025-01-06"),
    ],
)
def test_what_is_no_date_or_could_be_two_is_none(text: str) -> None:
    assert dates.read(text, now=NOW) is None


def test_a_date_in_the_future_is_believed_for_a_day_only() -> None:
    assert dates.read("2026-11-25T11:00:00Z", now=NOW) == at(2026, 11, 25, 11)
    assert dates.read("2026-11-25T13:00:00Z", now=NOW) is None


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2026, 1, 1)))  # noqa: DTZ001 # zone is the point
def test_every_moment_is_read_back_from_rfc822_and_iso(naive: datetime) -> None:
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    assert dates.read(f"{moment:%a, %d %b %Y %H:%M:%S} +0000", now=NOW) == moment
    assert dates.read(moment.isoformat(), now=NOW) == moment
    assert dates.read(f"{moment + timedelta(hours=9):%Y-%m-%dT%H:%M:%S}+09:00", now=NOW) == moment


@given(
    st.from_regex(
        r"((Mon|Tue|May), )?\d{1,2} (Jan|Feb|Mai|May) \d{4} \d\d:\d\d:\d\d (GMT|Z|[+-]\d\d:?\d\d)", fullmatch=True
    )
    | st.from_regex(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)", fullmatch=True)
)
def test_the_quick_way_reads_what_the_careful_way_reads(text: str) -> None:
    try:
        quick = dates._usual(text)
    except ValueError:
        quick = None
    if quick is not None:
        assert quick == dates._careful(text)


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60) | st.from_regex(r"[0-9:/. +-]{1,30}", fullmatch=True)
)
def test_no_text_breaks_it(text: str) -> None:
    moment = dates.read(text, now=NOW)
    assert moment is None or (moment.utcoffset() == timedelta(0) and moment <= NOW + timedelta(days=1))
