"""The countries a text speaks of: a gazetteer in every language the index stems. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

HEADLINE = 3
"""What a mention in the headline counts; one in the first LEAD characters counts two, any other one."""
LEAD = 300
ENOUGH = 2
"""What a country must come to: one passing mention is no subject."""
MOST = 12
SPACELESS = frozenset(("zh", "ja", "ko", "th", "lo", "my", "km", "ar", "fa", "he", "hi", "ur"))
"""Languages without spaces or without capitals, or whose articles and prepositions are glued to names."""
INFLECTED = frozenset(
    ("ru", "uk", "bg", "sr", "hr", "bs", "sl", "cs", "sk", "pl", "hu", "fi", "et", "lt", "lv", "tr", "el", "ro")
)
"""Languages that write "Rossii" for "Rossiya": names are known by their beginnings."""
GROWS = 5
"""Letters that may follow such a beginning."""
LONG = 5
"""Letters; of a longer name two may change at its end (Rossiya), else one (Rosja)."""
PREFIX = 3
"""Letters by which most words are told to be no beginning of a name."""

_WORD = re.compile(r"[^\W\d_]+(?:[-.][^\W\d_]+)*")
_CAPITALS = "".join(chr(code) for code in range(0x530) if chr(code).isupper())
_NAME = re.compile(rf"[{_CAPITALS}][^\W\d_]*(?:[-.][^\W\d_]+)*")
"""A word with a capital: where only such name countries, the others are passed over."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What names a country in one language."""

    names: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    """First word → (all words, code), the longest first; code "" of what only looks like a country."""
    whole: tuple[tuple[str, str], ...]
    """(name, code), the longest first: for texts without words."""
    stems: Mapping[str, str]
    """Beginning in small letters → code."""
    prefixes: frozenset[str]
    lengths: tuple[int, ...]
    """Of the stems, the longest first."""
    pattern: re.Pattern[str]
    """What may be a word of a name."""


def countries(title: str, text: str, language: str | None) -> tuple[str, ...]:
    """ISO 3166-1 codes of the countries that headline and text speak of, the most mentioned first; MOST at most."""
    base = (language or "en").partition("-")[0].lower()
    found: Counter[str] = Counter()
    for part, weight in ((title, HEADLINE), (text[:LEAD], 2), (text[LEAD:], 1)):
        for code in mentions(part, base):
            found[code] += weight
    return tuple(code for code, weight in found.most_common(MOST) if weight >= ENOUGH)


def mentions(text: str, language: str) -> Iterator[str]:
    """The code of each mention, in no order."""
    book = gazetteer(language)
    if language in SPACELESS:
        return _in_letters(text, book)
    return _in_words(text, book, inflected=language in INFLECTED)


def _in_letters(text: str, book: Gazetteer) -> Iterator[str]:
    for name, code in book.whole:
        if times := text.count(name):
            text = text.replace(name, " ")  # its parts name no other country
            yield from [code] * times


def _in_words(text: str, book: Gazetteer, *, inflected: bool) -> Iterator[str]:
    words = book.pattern.findall(text)
    skip = 0
    for at, word in enumerate(words):
        if at < skip:
            continue
        if word in book.names:
            size, code = _name_at(words, at, text, book)
            skip = at + size
        elif word[:PREFIX] in book.prefixes or (word[-1] == "s" and word[0].isupper()):
            code = _stemmed(word, book, inflected=inflected)
        else:
            continue
        if code:
            yield code


def _name_at(words: Sequence[str], at: int, text: str, book: Gazetteer) -> tuple[int, str]:
    """How many words the longest name takes that begins here, 1 where none does; and its country."""
    for parts, code in book.names[words[at]]:
        size = len(parts)
        if tuple(words[at : at + size]) == parts:
            return size, "" if size == 1 and _is_person(words, at, text) else code
    return 1, ""


def _stemmed(word: str, book: Gazetteer, *, inflected: bool) -> str:
    """The country of another form of a name, or of an adjective."""
    capital = word[0].isupper()
    if capital and word[-1] == "s" and len(word) > 4 and word[:-1] in book.names:  # Frankreichs, Irans
        return next((code for parts, code in book.names[word[:-1]] if len(parts) == 1), "")
    low = word.lower()
    for length in book.lengths:
        code = book.stems.get(low[:length], "")
        if code and (not inflected or (capital and len(word) <= length + GROWS)):
            return code
    return ""


def _is_person(words: Sequence[str], at: int, text: str) -> bool:
    """It is a name people bear, and another capitalised word stands beside it, with nothing but a blank between."""
    word = words[at]
    if word not in _listed()["given"]:
        return False
    before, after = words[at - 1 : at], words[at + 1 : at + 2]
    return any(
        other[0].isupper() and pair in text
        for other, pair in [(b, f"{b} {word}") for b in before] + [(a, f"{word} {a}") for a in after]
    )


# --- the book


@cache
def gazetteer(language: str) -> Gazetteer:
    """Built at first use: a few milliseconds a language."""
    own = {**dict(_named(language)), **_listed().get(language, {})}
    if language == "en":
        own.update(_listed()["elsewhere"])
    pattern = _WORD if f"{language}~" in _listed() else _NAME
    names: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, code in own.items():
        if parts := tuple(pattern.findall(name)):
            names.setdefault(parts[0], []).append((parts, code))
    stems = dict(_listed().get(f"{language}~", {}))
    if language in INFLECTED:
        stems |= {name[: -2 if len(name) > LONG else -1].lower(): code for name, code in own.items() if _bends(name)}
    return Gazetteer(
        names={first: tuple(sorted(rest, key=lambda one: -len(one[0]))) for first, rest in names.items()},
        whole=tuple(sorted(own.items(), key=lambda one: -len(one[0]))),
        stems=stems,
        prefixes=frozenset(case for stem in stems for case in (stem[:PREFIX], stem[:PREFIX].capitalize())),
        lengths=tuple(sorted({len(stem) for stem in stems}, reverse=True)),
        pattern=pattern,
    )


def _bends(name: str) -> bool:
    return " " not in name and len(name) > PREFIX + 1 and not name.isupper()


def _named(language: str) -> Iterator[tuple[str, str]]:
    """CLDR's names, and their short forms: "Myanmar (Burma)" is Myanmar."""
    try:
        territories = Locale(language).territories
    except (UnknownLocaleError, ValueError):
        return
    states = _listed()["states"]
    for code, name in territories.items():
        if code in states:
            yield name.partition(" (")[0].strip(), code


@cache
def _listed() -> Mapping[str, Mapping[str, str]]:
    """countries.txt: name → code, by what it is."""
    found: dict[str, dict[str, str]] = {}
    for line in Path(__file__).with_name("countries.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, code, names = line.split(" ", 2)
            found.setdefault(kind, {}).update(dict.fromkeys(names.split(", "), code.strip("-")))
    return found
