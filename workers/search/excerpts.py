"""Finds and marks the wanted words in a text, for the store that cannot do it itself. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from workers.index import words
from workers.index.mapping import language_of
from workers.model import Excerpt, Part, Phrase, Word
from workers.search.answer import EXCERPT_LENGTH, EXCERPTS, beginning, excerpt

MOST_MARKS = 500
"""In one text; a page-long list of the same word needs no more to choose two sentences from."""

Span = tuple[int, int, int]
"""Start, end, and which of the wanted it is."""

SENTENCE_ENDS = ".!?…。！？؟।\n"


def mark(text: str, wanted: Sequence[Word | Phrase], language: str | None) -> list[Span]:
    """Where the wanted words stand, in order and not overlapping; words also in their other forms."""
    code = language_of(language)
    patterns = list(_patterns(wanted, code))
    if not patterns:
        return []
    cut = words.cutter().pre_tokenize(text).tokens
    texts = [token.text for token in cut]
    vocabulary = set(texts)
    forms = {}
    for stem in {stem for _, stem, _ in patterns}:
        known = {token: _form(token, stem) for token in vocabulary}
        forms[stem] = [known[token] for token in texts]
    spans = []
    for which, stem, pattern in patterns:
        spans += [
            (cut[at].char_offset_from, cut[at + len(pattern) - 1].char_offset_to, which)
            for at in _places(forms[stem], pattern)
        ]
    return _apart(spans)


def highlighted(text: str, spans: Sequence[Span]) -> Excerpt:
    """The whole text, marked."""
    return _cut(text, 0, len(text), spans)


def excerpts(text: str, spans: Sequence[Span]) -> tuple[Excerpt, ...]:
    """The stretches that show most of what was wanted, in reading order; the beginning where there is nothing."""
    if not spans:
        first = beginning(text)
        return (first,) if first else ()
    windows: list[tuple[int, int]] = []
    best = sorted((_window(text, span) for span in spans), key=lambda window: _worth(window, spans), reverse=True)
    for left, right in best:
        if all(right <= start or left >= end for start, end in windows):
            windows.append((left, right))
        if len(windows) == EXCERPTS:
            break
    return tuple(_cut(text, start, end, spans) for start, end in sorted(windows))


def _patterns(wanted: Sequence[Word | Phrase], code: str | None) -> Iterator[tuple[int, str | None, list[str]]]:
    for which, one in enumerate(wanted):
        for stem in {None, code} if isinstance(one, Word) else {None}:
            if pattern := words.tokens(one.text, stem):
                yield which, stem, pattern


@lru_cache(maxsize=50_000)
def _form(token: str, stem: str | None) -> str:
    """Measured: a page's texts repeat most of their words, and asking the analyzer costs more than looking up."""
    return "".join(words.tokens(token, stem))


def _places(forms: list[str], pattern: list[str]) -> Iterator[int]:
    at, found = -1, 0
    while found < MOST_MARKS:
        try:
            at = forms.index(pattern[0], at + 1)
        except ValueError:
            return
        if forms[at : at + len(pattern)] == pattern:
            yield at
            found += 1


def _apart(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _window(text: str, span: Span) -> tuple[int, int]:
    """About EXCERPT_LENGTH characters with the span in it, from the start of its sentence if that is near."""
    room = max(EXCERPT_LENGTH - (span[1] - span[0]), 0)
    earliest = max(span[0] - room // 2, 0)
    before = text[earliest : span[0]]
    sentence = max((before.rfind(sign) for sign in SENTENCE_ENDS), default=-1)
    cut = sentence if sentence >= 0 or earliest == 0 else before.find(" ")
    start = earliest + cut + 1
    end = min(max(start + EXCERPT_LENGTH, span[1]), len(text))
    if end < len(text):
        blank = text.rfind(" ", span[1], end)
        end = blank if blank > 0 else end
    return start, end


def _worth(window: tuple[int, int], spans: Sequence[Span]) -> tuple[int, int, int]:
    """Different words first, then more of them, then the earlier place."""
    start, end = window
    inside = [s for s in spans[bisect_left(spans, (start, 0, 0)) : bisect_left(spans, (end, 0, 0))] if s[1] <= end]
    return len({which for _, _, which in inside}), len(inside), -start


def _cut(text: str, start: int, end: int, spans: Sequence[Span]) -> Excerpt:
    parts, at = [], start
    for left, right, _ in spans:
        if start <= left and right <= end:
            parts += [Part(text=text[at:left]), Part(text=text[left:right], match=True)]
            at = right
    parts.append(Part(text=text[at:end]))
    return _tidy(parts)


def _tidy(parts: Sequence[Part]) -> Excerpt:
    """Blanks of any kind become one, and none at the ends; no empty parts."""
    neat = [Part(text=piece.text, match=part.match) for part in parts for piece in excerpt(part.text)]
    if neat:
        neat[0] = Part(text=neat[0].text.lstrip(), match=neat[0].match)
        neat[-1] = Part(text=neat[-1].text.rstrip(), match=neat[-1].match)
    return tuple(part for part in neat if part.text)
