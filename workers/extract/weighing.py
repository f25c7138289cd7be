"""How likely each line of a page is the article's: a logistic rule over what can be seen of the line."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from workers.extract.lines import Line

WEIGHTS: Mapping[str, float] = {
    "candidate": 2.17,
    "style": 2.24,
    "block": 1.26,
    "alike": 0.59,
    "alike-after": 2.16,
    "length": -0.38,
    "long": 0.62,
    "candidate-short": -0.14,
    "linked": -1.83,
    "link": -0.49,
    "candidate-link": -0.49,
    "ends": 0.39,
    "slanted": -1.65,
    "dated": -1.28,
    "promotes": -2.3,
    "described": 2.37,
    "heading": 1.31,
    "heading-last": -1.0,
    "cell": 3.23,
    "quotation": 1.62,
    "footer": -0.77,
    "beside": -0.58,
    "body": 0.46,
    "before": -0.76,
    "after": -1.61,
    "first": -0.87,
    "final": -1.2,
    "intro-long": 0.71,
    "intro-lead": 1.1,
    "other-story": -1.76,
    "always": -1.83,
}
"""What each trait adds to the log-odds. Fitted (tests/extract/fit.py) on real pages read by hand: 729 pages of three
collections, each line marked as the article's or not."""

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
POINTER = 0.8
"""Share of link text above which a line is a pointer to another page."""
LONG_KEY = 30
"""A key longer than this is the same text wherever it is found."""
LONG_DESCRIPTION = 40
LIKE = 0.25
"""Share of the candidate's words set in one style, above which that style is the text's."""

_ENDS = frozenset(".!?…。！？»”\"’')]")
_DATED = re.compile(r"(?:19|20)\d\d|\d\d:\d\d")
_PROMOTES = re.compile(
    r"newsletter|subscrib|sign up|log in|follow us|folgen? (?:sie|uns)|abonn|suscr[ií]b|s[ií]guenos|whatsapp|telegram|"
    r"facebook|twitter|instagram|download the|all rights reserved|copyright|©|\(c\)|cookies?\b|read (?:more|also)|"
    r"also read|see also|more on|related|lesen sie|lies auch|mehr zum|auch interessant|lire aussi|à lire|leer también|"
    r"lea también|le puede interesar|leia (?:mais|também)|leggi anche|czytaj|читайте|advertisement|anzeige|werbung|"
    r"sponsored|click here|hier klicken|share this|comments?\b|kommentar",
    re.IGNORECASE,
)
"""Pitches, pointers and notices, as sites print them between and below their texts."""
_PITCHES = (
    *(
        "newsletter",
        "subscrib",
        "sign up",
        "log in",
        "follow us",
        "folge",
        "abonn",
        "suscr",
        "guenos",
        "whatsapp",
        "telegram",
    ),
    *(
        "facebook",
        "twitter",
        "instagram",
        "download the",
        "all rights reserved",
        "copyright",
        "©",
        "(c)",
        "cookie",
        "read ",
        "see also",
    ),
    *(
        "also read",
        "more on",
        "related",
        "lesen sie",
        "lies auch",
        "mehr zum",
        "auch interessant",
        "lire aussi",
        "à lire",
        "leer ",
    ),
    *("lea ", "puede interesar", "leia ", "leggi anche", "czytaj", "читайте", "advertisement", "anzeige", "werbung"),
    *("sponsored", "click here", "hier klicken", "share this", "comment", "kommentar"),
)
"""A part of each, which is looked for first: in a tenth of the time."""
PROMOTION_WORDS = 40
"""A longer line that names one of these is about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the page says of its article elsewhere, as keys (wording.key)."""

    titles: frozenset[str]
    descriptions: tuple[str, ...]
    bylines: frozenset[str] = frozenset()
    captions: frozenset[str] = frozenset()


def weigh(lines: Sequence[Line], candidate: Iterable[str], known: Known) -> tuple[float, ...]:
    """The probability that a line is the article's, for each line; 0 for a pointer (see `traits_of`).

    `candidate` are the keys of the blocks that a body reader took for the text.
    """
    return tuple(
        0.0
        if traits is None
        else 1
        / (1 + math.exp(-WEIGHTS["always"] - sum(WEIGHTS[name] * value for name, value in traits.items() if value)))
        for traits in traits_of(lines, candidate, known)
    )


def doubt(lines: Sequence[Line], candidate: Iterable[str], chances: Sequence[float]) -> float:
    """How far a candidate is expected to be from the article: 1 - F1 in words, were the chances true."""
    taken = members(lines, candidate)
    own = sum(line.words for line, mine in zip(lines, taken, strict=True) if mine)
    hit = sum(line.words * chance for line, mine, chance in zip(lines, taken, chances, strict=True) if mine)
    whole = sum(line.words * chance for line, chance in zip(lines, chances, strict=True))
    return 1 - 2 * hit / (own + whole) if own else 1.0


def members(lines: Sequence[Line], candidate: Iterable[str]) -> list[bool]:
    """Which lines a candidate's blocks hold, alone or as part of a longer block."""
    keys = list(candidate)
    alone, whole = frozenset(keys), "".join(keys)
    return [line.key in alone or (len(line.key) > LONG_KEY and line.key in whole) for line in lines]


def traits_of(lines: Sequence[Line], candidate: Iterable[str], known: Known) -> list[dict[str, float] | None]:
    """What WEIGHTS weighs, for each line; None for a pointer, a line of link text that the candidate has not.

    Half of a page's lines are its menus; they are not worth weighing.
    """
    taken = members(lines, candidate)
    view = _View(lines, taken, known)
    return [
        view.traits(index) if mine or line.linked <= POINTER else None
        for index, (line, mine) in enumerate(zip(lines, taken, strict=True))
    ]


def _promotes(text: str) -> bool:
    low = text.lower()
    return any(pitch in low for pitch in _PITCHES) and _PROMOTES.search(text) is not None


class _View:
    """The page as the candidate divides it: its styles, its beginning and end."""

    def __init__(self, lines: Sequence[Line], taken: Sequence[bool], known: Known) -> None:
        self._lines, self._taken, self._known = lines, taken, known
        mine = [index for index, own in enumerate(taken) if own]
        self._first, self._last = (mine[0], mine[-1]) if mine else (len(lines), -1)
        self._words = sum(lines[index].words for index in mine) or 1
        self._styles: Counter[object] = Counter()
        self._blocks: Counter[object] = Counter()
        for index in mine:
            self._styles[lines[index].place.style] += lines[index].words
            self._blocks[lines[index].place.around] += lines[index].words
        self._title = self._titled(known.titles)
        anchor = self._first if self._title is None else self._title
        self._other = self._other_story(anchor, known.titles)

    def traits(self, index: int) -> dict[str, float]:
        """Every trait by its name in WEIGHTS, from 0 to 1."""
        line, own = self._lines[index], self._taken[index]
        place, words = line.place, line.words
        after, before = index > self._last >= 0, index < self._first < len(self._lines)
        other = index >= self._other
        style = self._styles[place.style] / self._words
        alike = style > LIKE and words >= 12 and line.linked < 0.4 and not other
        intro = self._title is not None and self._title < index and before
        heading = line.tag in HEADINGS
        linked = line.linked > POINTER
        return {
            "candidate": own,
            "style": style,
            "block": self._blocks[place.around] / self._words,
            "alike": alike,
            "alike-after": alike and after,
            "length": min(math.log1p(words), 5) / 5,
            "long": words >= 20,
            "candidate-short": own and words < 8,
            "linked": line.linked,
            "link": linked,
            "candidate-link": own and linked,
            "ends": line.text[-1] in _ENDS,
            "slanted": line.slanted,
            "dated": words < 12 and _DATED.search(line.text) is not None,
            "promotes": words < PROMOTION_WORDS and _promotes(line.text),
            "described": self._described(line.key),
            "heading": heading,
            "heading-last": heading and not (index + 1 < len(self._lines) and self._taken[index + 1]),
            "cell": "table" in place.within,
            "quotation": "blockquote" in place.within,
            "footer": "footer" in place.within,
            "beside": "beside" in place.above,
            "body": any("body" in roles for roles in place.roles),
            "before": before,
            "after": after,
            "first": index == self._first,
            "final": self._last - 3 < index <= self._last,
            "intro-long": intro and words >= 12,
            "intro-lead": intro and any("lead" in roles for roles in place.roles),
            "other-story": other,
        }

    def _titled(self, titles: Collection[str]) -> int | None:
        """Where the headline stands."""
        named = [index for index, line in enumerate(self._lines) if line.key in titles]
        return next((index for index in named if self._lines[index].tag == "h1"), named[0] if named else None)

    def _other_story(self, anchor: int, titles: Collection[str]) -> int:
        """Where the next story's headline stands; beyond the last line when there is none."""
        for index, line in enumerate(self._lines[anchor + 1 :], anchor + 1):
            if line.tag == "h1" and line.words >= 3 and line.key not in titles:
                return index
        return len(self._lines)

    def _described(self, name: str) -> bool:
        """It says what the page's description says."""
        if name in self._known.descriptions:
            return True
        long = (text for text in self._known.descriptions if len(text) > LONG_DESCRIPTION < len(name))
        return any(name in text or text in name for text in long)
