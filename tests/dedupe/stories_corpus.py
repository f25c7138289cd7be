"""Near-copies made by the project: invented reports, and copies with a known share of their words edited."""

from __future__ import annotations

import random
from dataclasses import dataclass

SYLLABLES = tuple(a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "on"))


@dataclass(frozen=True, slots=True)
class Text:
    """One report; `copied` is the number of the original it was made of, `edited` the share of words changed."""

    number: int
    words: str
    copied: int | None = None
    edited: float = 0.0


def vocabulary(chance: random.Random, size: int = 6000) -> list[str]:
    """Invented words of two to four syllables."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(size)]


def corpus(originals: int = 1000, *, copied: float = 0.3, seed: int = 7) -> tuple[Text, ...]:
    """So many originals, of which a share has a copy edited by 0 to 40 %, in a random order.

    Words come as often as in a language (Zipf 1949): frequent ones make up most of a text. Edits are what desks do:
    words replaced, sentences cut or added, in one place or all over the text.
    """
    chance = random.Random(seed)
    words = vocabulary(chance)
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    texts = [Text(number, " ".join(_report(chance, words, weights))) for number in range(originals)]
    for original in chance.sample(texts, round(originals * copied)):
        share = chance.uniform(0, 0.4)
        edited = _edited(chance, original.words.split(), share, words, weights)
        texts.append(Text(len(texts), " ".join(edited), original.number, share))
    chance.shuffle(texts)
    return tuple(texts)


def _report(chance: random.Random, words: list[str], weights: list[float]) -> list[str]:
    return chance.choices(words, weights, k=chance.randint(120, 900))


def _edited(chance: random.Random, text: list[str], share: float, words: list[str], weights: list[float]) -> list[str]:
    """The share of words replaced one by one, or in runs as whole sentences are."""
    text, left = list(text), round(len(text) * share)
    run = chance.choice((1, 3, 12, 25))
    places = list(range(0, len(text) - run, run)) or [0]
    for place in chance.sample(places, min(len(places), left // run)):
        text[place : place + run] = chance.choices(words, weights, k=run)
    return text
