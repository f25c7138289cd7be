"""How each language names days and authors."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "ru": "в_понедельник во_вторник в_среду в_четверг в_пятницу в_субботу в_воскресенье",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "ja": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
}
"""Monday first, in the form that follows the words around it; an underscore stands for a space within one name."""

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}

DATES = {
    "en": "{month} {d:%d}, {d:%Y}",
    "fr": "{d.day} {month} {d:%Y} à {d:%Hh%M}",
    "es": "{d:%d/%m/%Y} {d:%H:%M}",
    "ja": "{d.year}年{d.month}月{d.day}日 {d:%H:%M}",
    "ar": "{d:%Y-%m-%d} {d:%H:%M}",
}
"""Other languages write 24.11.2026, 14:05."""

BYLINES = {
    "en": ("By {}", "{} for {}", " and "),
    "de": ("Von {}", "{} für {}", " und "),
    "fr": ("Par {}", "{} pour {}", " et "),
    "es": ("Por {}", "{} para {}", " y "),
    "ru": ("{}", "{}, {}", ", "),
    "ar": ("بقلم {}", "{}، {}", " و"),
    "ja": ("文・{}", "{}({})", "、"),
}
"""How a byline begins, how an author is joined to an agency, and authors to each other."""

LANGUAGES = tuple(WEEKDAYS)

_DAY = re.compile(r"\{day([+-]\d)?\}")


def name_days(text: str, *, language: str, today: datetime) -> str:
    """Put weekdays for `{day}`, `{day-1}` and `{day+2}`, counted from `today`."""
    names = WEEKDAYS[language].split()

    def name(match: re.Match[str]) -> str:
        day = today + timedelta(days=int(match[1] or 0))
        return names[day.weekday()].replace("_", " ")

    return _DAY.sub(name, text)


def date(moment: datetime, language: str) -> str:
    """The date (and in most languages the time) as a newspaper prints it."""
    months = MONTHS.get(language, "").split()
    month = months[moment.month - 1] if months else ""
    return DATES.get(language, "{d:%d.%m.%Y}, {d:%H:%M}").format(d=moment, month=month)


def byline(authors: tuple[str, ...], agency: str | None, language: str) -> str:
    """Who wrote it, without the "By": "Odile Marchetti for AFP", or the agency alone."""
    _, joined, conjunction = BYLINES[language]
    names = conjunction.join(authors)
    if names and agency:
        return joined.format(names, agency)
    return names or agency or ""


def by(line: str, language: str) -> str:
    """The byline with the word that opens it."""
    return BYLINES[language][0].format(line) if line else ""
