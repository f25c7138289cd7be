"""Texts that share much share much of their sketches."""

from __future__ import annotations

import random

import pytest

from tests.dedupe.stories_corpus import vocabulary
from workers.dedupe.sketch import FEWEST, SIZE, sketch

TEXT = " ".join(random.Random(3).choices(vocabulary(random.Random(3)), k=400))


def shared(one: str, other: str) -> int:
    first, second = (
        {made[at : at + 10] for made in (sketch(text),) for at in range(0, len(made), 10)} for text in (one, other)
    )
    return len(first & second)


def test_a_sketch_is_so_many_hashes_and_the_same_in_every_process() -> None:
    made = sketch(TEXT)
    assert len(made) == SIZE * 10
    assert made[:10] == "cfb4ae5e79"


def test_case_punctuation_and_white_space_do_not_count() -> None:
    words = TEXT.split()
    dressed = "“" + ",  ".join(words[:200]).upper() + "” …\n\n– " + "\u00a0".join(words[200:]) + "!"
    assert sketch(dressed) == sketch(TEXT)


def test_letters_with_marks_count_by_their_case_only() -> None:
    text = " ".join(f"été{number} über{number} ночь{number}" for number in range(60))
    assert sketch(text.upper()) == sketch(text)


@pytest.mark.parametrize(("edited", "least"), [(0.05, 18), (0.1, 12), (0.2, 4)])
def test_a_copy_shares_the_more_the_less_of_it_is_edited(edited: float, least: int) -> None:
    chance, words = random.Random(5), TEXT.split()
    for place in chance.sample(range(len(words)), round(len(words) * edited)):
        words[place] = f"other{place}"
    assert shared(TEXT, " ".join(words)) >= least


def test_texts_of_the_same_words_in_another_order_share_nothing() -> None:
    words = TEXT.split()
    random.Random(1).shuffle(words)
    assert shared(TEXT, " ".join(words)) == 0


def test_a_short_text_has_no_sketch() -> None:
    words = TEXT.split()
    assert sketch(" ".join(words[: FEWEST + 2])) == ""
    assert len(sketch(" ".join(words[: FEWEST + 3]))) == SIZE * 10
    assert sketch("") == ""


def test_one_paragraph_over_and_over_is_no_long_text() -> None:
    assert sketch("Subscribe to read on. " * 2000) == ""


@pytest.mark.parametrize("first", ["漢", "あ", "ก", "က"])
def test_scripts_without_spaces_are_compared_by_letters(first: str) -> None:
    chance = random.Random(2)
    text = "".join(chr(ord(first) + chance.randrange(40)) for _ in range(500))
    assert shared(text, text[:100] + "、".join(text[100:120]) + text[120:400]) >= 12
    assert shared(text, text[::-1]) == 0


def test_half_a_character_is_no_trouble() -> None:
    assert sketch(TEXT + " \ud83d" + TEXT[:50])
