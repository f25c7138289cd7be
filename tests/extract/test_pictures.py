"""Captions as printed, taken apart into caption and credit."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from workers.extract.pictures import caption_keys, split_caption


@pytest.mark.parametrize(
    ("printed", "caption", "credit"),
    [
        ("The lake in May. Photo: Jane Roe", "The lake in May.", "Jane Roe"),
        ("Der See im Mai. Foto: Hans Müller/dpa", "Der See im Mai.", "Hans Müller/dpa"),
        ("Le lac en mai. © Anne Roux", "Le lac en mai.", "Anne Roux"),
        ("Озеро в мае. Фото: Пётр Власов / ТАСС", "Озеро в мае.", "Пётр Власов / ТАСС"),
        ("The lake in May. Maxim Orlov / Reuters", "The lake in May.", "Maxim Orlov / Reuters"),
        ("The lake in May (AP Photo/Jane Roe)", "The lake in May", "AP Photo/Jane Roe"),
        ("The lake in May [Jane Roe/Reuters]", "The lake in May", "Jane Roe/Reuters"),
        ("The lake in May. Chancellery.gov", "The lake in May.", "Chancellery.gov"),
        ("AFP", None, "AFP"),
        ("The lake in May (archive picture of the shore)", "The lake in May", "archive picture of the shore"),
        ("The mayor (left) and her deputy (right)", "The mayor (left) and her deputy (right)", None),
        ("Boats in the and/or harbour of the old town", "Boats in the and/or harbour of the old town", None),
        ("", None, None),
    ],
)
def test_a_caption_and_its_credit_come_apart(printed: str, caption: str | None, credit: str | None) -> None:
    assert split_caption(printed) == (caption, credit)


def test_a_credit_that_the_page_sets_apart_is_believed() -> None:
    assert split_caption("The lake in May. Kremlin.ru", "Kremlin.ru") == ("The lake in May.", "Kremlin.ru")


def test_captions_are_known_whole_and_by_line() -> None:
    tree = document_fromstring("<figure><figcaption><p>The lake</p><p>Photo: Roe</p></figcaption></figure>")
    assert caption_keys(tree) == {"thelakephotoroe", "thelake", "photoroe"}
